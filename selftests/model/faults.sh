#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# faults.sh [PATTERN]: plants each fault of faults.txt alone in a copy of the tree, builds the module, and runs the
# model against it in a guest until they differ. PATTERN: only the rows that it matches. TAP.
#
# KERNEL  the guest's kernel (uml-debug)
# FRAMES  so many until a fault counts as not found (20000)
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
mapfile -t rows < <(grep -v '^#\|^$' "$here/faults.txt" | grep -e "${1-}")
[ ${#rows[@]} != 0 ] || {
	echo "Bail out! no row of faults.txt matches '${1-}'"
	exit 1
}
# In the checkout: a guest sees no other place of it
copy=$(mktemp -d "$top/build/faults.XXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM HUP

echo "1..${#rows[@]}"
n=0 bad=0
for row in "${rows[@]}"; do
	n=$((n + 1)) status=0
	file=${row%% | *} what=${row##* | }
	expression=${row#* | }
	expression=${expression% | *}
	rm -rf "$copy/tree"
	mkdir "$copy/tree"
	tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C "$copy/tree" -xf -
	sed -i -e "$expression" "$copy/tree/kmod/$file"
	if cmp -s "$copy/tree/kmod/$file" "$top/kmod/$file"; then
		echo "not ok $n $file: $what"
		echo "# changes nothing: $expression"
		bad=1
		continue
	fi
	"$copy/tree/selftests/guest.sh" -k "${KERNEL:-uml-debug}" \
		"selftests/test_model.sh --frames ${FRAMES:-20000} --quick" >"$copy/log" 2>&1 || status=$?
	if [ "$status" != 0 ] && grep -q '^# difference' "$copy/log"; then
		echo "ok $n $file: $what"
		grep -m 1 '^# difference' "$copy/log"
	else
		echo "not ok $n $file: $what"
		tail -n 20 "$copy/log" | sed 's/^/# /'
		bad=1
	fi
done
exit $bad
