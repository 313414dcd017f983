#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# mutants.sh [PATTERN]: applies each fault of mutants.txt alone to a copy of kmod/core/ and the tool, and
# demands that the unit tests fail. PATTERN: only the rows that it matches. TAP.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# A fault may leave a variable unused; that is no reason not to try it.
export LC_ALL=C CFLAGS='-O1 -w' ROUNDS=${ROUNDS:-10} FAIL_FAST=1

build() { # OUT TREE [MAKE-ARGUMENT...]
	make -s -C "$here" O="$1" CORE="$2/kmod/core" TOOL="$2/userspace-tool" "${@:3}" all
}

# The suites that know the file best go first: they know soonest, mostly. A mutant may well loop for
# ever, which is noticed too: by the time that it computes, so that a busy machine makes none fail.
passes() ( # UNIT [SUITE...]
	ulimit -t $((10 + ROUNDS))
	[ $# = 1 ] || "$@" || exit
	"$1"
)

# One row, in a directory of its own; a line of TAP without its number, and notes.
mutant() { # WORK NUMBER ROW
	local work=$1 dir=$1/$2 where=kmod/core file expression what objects suites
	file=${3%% | *}
	what=${3##* | }
	expression=${3#* | }
	expression=${expression% | *}
	[ -e "$top/$where/$file" ] || where=userspace-tool

	mkdir -p "$dir/kmod"
	cp -a "$top/kmod/core" "$top/kmod/compat" "$dir/kmod/"
	cp -a "$top/userspace-tool" "$dir/"
	sed -i -e "$expression" "$dir/$where/$file"
	if cmp -s "$dir/$where/$file" "$top/$where/$file"; then
		echo "not ok - $file: $what"
		echo "# changes nothing: $expression"
		return
	fi
	# What does not depend on the file is not built again. Its own suite knows it best, or all that include it.
	cp -a "$work/plain" "$dir/out"
	if [ "${file##*.}" = c ]; then
		suites=${file%.c}
		[ -e "$here/${suites}_test.c" ] || suites=''
	else
		objects=$(grep -rlF --include='*.d' "/$file" "$dir/out" | sed 's/d$/o/')
		suites=$(sed -n 's,.*/\(.*\)_test\.o$,\1,p' <<<"$objects")
		xargs -r rm <<<"$objects"
	fi
	if ! build "$dir/out" "$dir" >"$dir/log" 2>&1; then
		echo "not ok - $file: $what"
		echo "# does not compile: $expression"
		sed 's/^/#   /' "$dir/log"
		return
	fi
	# shellcheck disable=SC2086 # words
	if passes "$dir/out/unit" $suites >"$dir/log" 2>&1; then
		echo "not ok - $file: $what"
		echo "# no test failed: $expression"
	else
		echo "ok - $file: $what"
	fi
	rm -rf "$dir/out" "$dir/kmod" "$dir/userspace-tool"
}

if [ "${1-}" = --one ]; then
	mutant "$2" "${3%%:*}" "${3#*:}" >"$2/${3%%:*}.tap"
	exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep -v '^#\|^$' "$here/mutants.txt" | grep -e "${1-}" >"$work/rows" || {
	echo "Bail out! no row of mutants.txt matches '${1-}'"
	exit 1
}

if ! build "$work/plain" "$top" -j"$(nproc)" || ! "$work/plain/unit" >"$work/log"; then
	cat "$work/log"
	echo "Bail out! the unit tests fail without any fault"
	exit 1
fi
grep -n '' "$work/rows" | xargs -d '\n' -n 1 -P "$(nproc)" "$0" --one "$work"

bad=0
n=$(wc -l <"$work/rows")
for i in $(seq "$n"); do
	sed "s/ok -/ok $i mutant/" "$work/$i.tap"
	! grep -q '^not ok' "$work/$i.tap" || bad=1
done
echo "1..$n"
exit $bad
