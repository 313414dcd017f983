#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# statements.sh [--write]: test titles carry the number of the statement that they test; the table in
# selftests/README.md says which file tests what, and has every number that there is. --write brings
# the table's last column up to date.
set -eu
# shellcheck source=selftests/check/lib.sh
. "$(dirname "$0")/lib.sh"

statements() { # SELFTESTS [--write]
	/usr/bin/python3 - "$@" <<'EOF'
import glob, os, re, sys

where, write = sys.argv[1], "--write" in sys.argv[2:]
status = 0


def wrong(text):
    global status
    status = 1
    print(text)


# What is not built yet; everything else has a test.
UNBUILT = set("".split())

readme = open(f"{where}/README.md").read()
row = re.compile(r"^\| ([A-Z]\d+) \| (.*?) \|(?: (.*?))? \|$", re.M)
known = [m[1] for m in row.finditer(readme)]
if len(known) < 60 or len(set(known)) != len(known):
    wrong(f"README.md: {len(known)} rows, of {len(set(known))} statements")

tested = {number: set() for number in known}


def title(shown, text, needed):
    m = re.match(r"((?:[GREPSMHCD]\d+ )+)", text)
    if not m:
        if needed:
            wrong(f"{shown}: no statement in the title: {text}")
        return
    for number in m[1].split():
        if number in tested:
            tested[number].add(os.path.relpath(shown, where))
        else:
            wrong(f"{shown}: there is no statement {number}: {text}")


# In C the titles are the strings of one table; elsewhere they are strings that begin so.
for path in sorted(glob.glob(f"{where}/unit/*_test.c")):
    tables = re.findall(r"struct tap_test tests\[\] = \{(.*?)\n\};", open(path).read(), re.S)
    titles = re.findall(r'\{ "([^"]*)"', "".join(tables))
    if not titles:
        wrong(f"{path}: no titles found")
    for text in titles:
        title(path, text, True)
for pattern in ("test_*.sh", "jump_*.sh", "fault_*.sh", "cases/*", "*/*.py"):
    for path in sorted(glob.glob(f"{where}/{pattern}")):
        if not os.path.isfile(path):
            continue
        text = open(path, errors="replace").read()
        for m in re.finditer(r"""["']((?:[GREPSMHCD]\d+ )+[^"'\n]*)""", text):
            title(path, m[1], False)


def column(number):
    return ", ".join(f"`{name}`" for name in sorted(tested[number])) or "not yet"


if write:
    with open(f"{where}/README.md", "w") as out:
        out.write(row.sub(lambda m: f"| {m[1]} | {m[2]} | {column(m[1])} |", readme))
else:
    for number in known:
        if bool(tested[number]) == (number in UNBUILT):
            wrong(f"{number}: {'is tested, and said to be unbuilt' if tested[number] else 'no test'}")
    for m in row.finditer(readme):
        if (m[3] or "") != column(m[1]):
            wrong(f"README.md: {m[1]} is tested in: {column(m[1])}; it says: {m[3]}")
    if status:
        print("selftests/check/statements.sh --write brings the table up to date")
print(f"{sum(1 for n in known if tested[n])} of {len(known)} statements have tests")
sys.exit(status)
EOF
}

# planted FILE EXPRESSION: what is said of a copy with a change in one file
planted() {
	rm -rf "$work/copy"
	cp -r selftests "$work/copy"
	sed -i -e "$2" "$work/copy/$1"
	statements "$work/copy"
}

# The same with a change in all files of tests
planted_all() {
	rm -rf "$work/copy"
	cp -r selftests "$work/copy"
	find "$work/copy" -type f ! -name README.md -exec sed -i -e "$1" {} +
	statements "$work/copy"
}

if [ "${1-}" = --write ]; then
	statements selftests --write
	exit
fi
try "statements: titles and the table in README.md agree" statements selftests
try "statements: an unknown number is seen" \
	sees 'there is no statement E99' planted unit/policy_test.c 's/"E7 /"E99 /'
try "statements: a title without a number is seen" \
	sees 'no statement in the title' planted unit/policy_test.c 's/"E7 /"/'
try "statements: a row without its test is seen" \
	sees 'README.md: G6 is tested in: ' planted unit/policy_test.c 's/"G6 /"E7 /'
try "statements: one that loses its last test is seen" \
	sees 'P4: no test' planted_all 's/P4 /P3 /'
finish
