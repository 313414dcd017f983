#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# faults.sh [PATTERN]: plants each fault of faults.txt alone in a copy of the tree, and demands that its fuzzer finds
# it. PATTERN: only the rows that it matches. TAP.
#
# TIME  seconds until a fuzzer counts as blind (60)
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
mapfile -t rows < <(grep -v '^#\|^$' "$here/faults.txt" | grep -e "${1-}")
[ ${#rows[@]} != 0 ] || {
	echo "Bail out! no row of faults.txt matches '${1-}'"
	exit 1
}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM HUP
tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C "$copy" -xf -
export TIME=${TIME:-60}

echo "1..${#rows[@]}"
n=0 bad=0
for row in "${rows[@]}"; do
	n=$((n + 1)) status=0
	file=${row%% | *} what=${row##* | }
	expression=${row#* | }
	expression=${expression% | *}
	fuzzer=${expression##* | }
	expression=${expression% | *}
	title="$fuzzer: $file: $what"
	sed -i -e "$expression" "$copy/$file"
	if cmp -s "$copy/$file" "$top/$file"; then
		echo "not ok $n $title"
		echo "# changes nothing: $expression"
		bad=1
		continue
	fi
	"$copy/selftests/fuzz/run.sh" "$fuzzer" >"$copy/log" 2>&1 || status=$?
	cp "$top/$file" "$copy/$file"
	if [ "$status" != 0 ] && grep -q '^not ok' "$copy/log"; then
		echo "ok $n $title"
		grep -a -m 1 'does not hold\| != \|SUMMARY:' "$copy/log"
	else
		echo "not ok $n $title"
		tail -n 20 "$copy/log" | sed 's/^/# /'
		bad=1
	fi
done
exit "$bad"
