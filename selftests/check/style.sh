#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# style.sh [--fix]: checkpatch, clang-format, shellcheck, mandoc and python over what is ours. --fix lets
# clang-format rewrite what is not as it has it (`clang-format -i` alone would spoil chains of "?:").
set -eu
# shellcheck source=selftests/check/lib.sh
. "$(dirname "$0")/lib.sh"

source=$(selftests/kernel/build.sh --source)

# Not asked of checkpatch:
ignore=(
	# what clang-format decides
	SPACING PARENTHESIS_ALIGNMENT OPEN_ENDED_LINE LONG_LINE LONG_LINE_STRING
	# taken for a function's side effects or a missing bracket in lists of X(...) and in containers
	COMPLEX_MACRO MACRO_ARG_REUSE MACRO_ARG_UNUSED
	# _Static_assert and _Noreturn
	CAMELCASE
	# needs a header that core/ does not include
	BIT_MACRO
	# is for patches
	FILE_PATH_CHANGES
)
# Nor of what runs in user space, which has none of the kernel's own words for these:
ignore_user=(
	PREFER_KERNEL_TYPES PREFER_DEFINED_ATTRIBUTE_MACRO ARRAY_SIZE MACRO_ARG_PRECEDENCE
	# the word that it takes for __func__ is a command of the tool
	EMBEDDED_FUNCTION_NAME
)

# checkpatch IGNORED FILE...; it fails when it found anything, but also has to have run.
checkpatch() {
	local ignored=$1 status=0
	shift
	[ $# != 0 ] || return 1
	perl "$source/scripts/checkpatch.pl" --no-tree --strict --terse --no-summary --show-types \
		--ignore "$ignored" -f "$@" 2>"$work/errors" || status=1
	# It leaves a cache, and where there is no commit yet it asks git in vain.
	rm -f .checkpatch-camelcase.*
	grep -v '^fatal: ' "$work/errors" || :
	return "$status"
}

words() {
	local IFS=,
	echo "$*"
}

# ranges FILE: --lines for all of it but statements chained by "?:", which clang-format 14 does not know
ranges() {
	awk '
		{ line[NR] = $0 }
		END {
			for (i = 1; i <= NR; i++) {
				if (line[i] !~ /[?]:$/)
					continue
				for (k = i; k > 1 && line[k - 1] !~ /[;{}]$|^$|[*][/]$|:$/; k--)
					skip[k - 1] = 1
				for (k = i; k <= NR; k++) {
					skip[k] = 1
					if (line[k] ~ /;$/)
						break
				}
			}
			for (i = 1; i <= NR; i++) {
				if (!(i in skip) && !begin)
					begin = i
				if (begin && ((i + 1 in skip) || i == NR)) {
					print "--lines=" begin ":" i
					begin = 0
				}
			}
		}' "$1"
}

formatted() { # FILE [OPTION...]
	local lines
	mapfile -t lines < <(ranges "$1")
	clang-format "${@:2}" "${lines[@]}" "$1"
}

format() {
	local file status=0
	[ $# != 0 ] || return
	for file; do
		formatted "$file" >"$work/formatted" && cmp -s "$work/formatted" "$file" && continue
		echo "not as clang-format has it (selftests/check/style.sh --fix): $file"
		status=1
	done
	return "$status"
}

manuals() {
	[ $# != 0 ] && mandoc -Tlint -W warning "$@"
}

compile() {
	[ $# != 0 ] && PYTHONPYCACHEPREFIX=$work/py /usr/bin/python3 -m py_compile "$@"
}

scripts() {
	# SC2317: functions that are called by way of another are not seen to be
	[ $# != 0 ] && shellcheck -x -e SC2317 "$@"
}

mapfile -t kernel < <(ours 'kmod/*.[ch]' 'selftests/bench/*.[ch]')
mapfile -t user < <(ours 'userspace-tool/*.[ch]' 'selftests/*.[ch]' ':!selftests/bench')
mapfile -t shell < <(ours '*.sh' .ci/run)
if [ "${1-}" = --fix ]; then
	for file in "${kernel[@]}" "${user[@]}"; do
		formatted "$file" -i
	done
	exit
fi
mapfile -t python < <(ours '*.py')
mapfile -t man < <(ours 'userspace-tool/man/*')

try "style: checkpatch --strict, kernel" checkpatch "$(words "${ignore[@]}")" "${kernel[@]}"
try "style: checkpatch --strict, user space" \
	checkpatch "$(words "${ignore[@]}" "${ignore_user[@]}")" "${user[@]}"
try "style: clang-format, kernel" format "${kernel[@]}"
try "style: clang-format, user space" format "${user[@]}"
try "style: shellcheck" scripts "${shell[@]}"
try "style: mandoc" manuals "${man[@]}"
[ ${#python[@]} = 0 ] || try "style: python compiles" compile "${python[@]}"

# Each of them can fail.
printf '// SPDX-License-Identifier: GPL-2.0\nint f(void){\nreturn(1) ;}\n' >"$work/planted.c"
printf '#!/bin/bash\nrm %sx\n' '$' >"$work/planted.sh"
printf '.TH\n.XX\n' >"$work/planted.8"
printf 'def f(:\n' >"$work/planted.py"
try "style: checkpatch sees a fault" sees ERROR: checkpatch "$(words "${ignore[@]}" "${ignore_user[@]}")" \
	"$work/planted.c"
try "style: clang-format sees a fault" sees 'not as clang-format has it' format "$work/planted.c"
try "style: shellcheck sees a fault" sees SC2086 scripts "$work/planted.sh"
try "style: mandoc sees a fault" sees WARNING manuals "$work/planted.8"
try "style: python sees a fault" sees SyntaxError compile "$work/planted.py"
finish
