#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [NAME...]: builds the fuzzers and runs those that are named, or all: first with their corpora, then with
# what libFuzzer makes of these. With all of them it also counts which branches of kmod/core/ the corpora reach,
# and demands 95 %. TAP. What a fuzzer fails on is kept in build/fuzz/found/.
#
# SEED  begins libFuzzer's random numbers (1)
# TIME  seconds for each (2)
# RUNS  executions of each that are enough (as many as there is time for)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
O=${O:-$top/build/fuzz}
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fuzz() { # NAME PROFILE ARGUMENT...
	local name=$1 profile=$2
	shift 2
	LLVM_PROFILE_FILE=$profile "$O/$name" -seed="${SEED:-1}" -timeout=20 -rss_limit_mb=4096 \
		-artifact_prefix="$O/found/$name-" -print_final_stats=1 "$@" "$here/corpus/$name" \
		>>"$work/$name.log" 2>&1
}

executions() { # NAME
	awk '/^stat::number_of_executed_units:/ { n += $2 } END { printf "%d", n }' "$work/$1.log"
}

one() { # NAME
	local options=(-max_total_time="${TIME:-2}" -runs="${RUNS:--1}")
	[ ! -e "$here/$1.dict" ] || options+=(-dict="$here/$1.dict")
	mkdir "$work/$1"
	rm -f "$O/found/$1-"*
	fuzz "$1" "$work/$1.profraw" -runs=0 && fuzz "$1" /dev/null "${options[@]}" "$work/$1"
}

# Branches of each file, and of all; status 1 below 95 %
branches() {
	local name objects=("$O/$1")
	for name in "${@:2}"; do
		objects+=(-object "$O/$name")
	done
	llvm-profdata merge -o "$work/profdata" "$work"/*.profraw
	llvm-cov export "${objects[@]}" -summary-only -instr-profile="$work/profdata" "$top"/kmod/core/*.c >"$work/json"
	/usr/bin/python3 - "$work/json" <<'PYTHON'
import json, os, sys

data = json.load(open(sys.argv[1]))["data"][0]
for file in data["files"]:
    b = file["summary"]["branches"]
    if b["count"]:
        print(f"# {os.path.basename(file['filename'])}: {b['covered']} of {b['count']} branches")
total = data["totals"]["branches"]
print(f"the corpora reach {total['covered']} of {total['count']} branches of kmod/core/, 95 % wanted")
sys.exit(total["covered"] < 0.95 * total["count"])
PYTHON
}

read -ra all < <(make -s -C "$here" O="$O" list)
names=("${@:-${all[@]}}")
make -s -j2 -C "$here" O="$O" "${names[@]/#/$O/}"
mkdir -p "$O/found"

n=0 bad=0
result() { # STATUS TITLE
	n=$((n + 1))
	[ "$1" = 0 ] || bad=1
	[ "$1" = 0 ] || printf 'not '
	echo "ok $n fuzz: $2"
}

for name in "${names[@]}"; do
	status=0
	one "$name" || status=1
	result "$status" "$name: $(executions "$name") executions, seed ${SEED:-1}"
	[ "$status" != 0 ] || continue
	grep -a 'does not hold\| != \|ERROR:\|runtime error\|SUMMARY:' "$work/$name.log" | sed 's/^/# /'
	for input in "$O/found/$name-"*; do
		[ ! -e "$input" ] || echo "# $input: $(od -An -v -tx1 "$input" | tr -d ' \n')"
	done
done
if [ $# = 0 ] && [ "$bad" = 0 ]; then
	status=0
	branches "${names[@]}" >"$work/branches" || status=1
	result "$status" "$(tail -n 1 "$work/branches")"
	sed '$d' "$work/branches"
fi
echo "1..$n"
exit "$bad"
