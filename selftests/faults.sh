#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# faults.sh [-n] [PATTERN]: plants each fault of faults.txt alone in a copy of the tree, builds the module, and runs the
# test that must see it in a guest. PATTERN: only the rows that it matches. -n: no test, is there something to change?
# TAP.
#
# KERNEL  the guest's kernel (uml-debug), but for rows that name theirs
# FRAMES  so many until the model counts as blind (20000)
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
dry=''
if [ "${1-}" = -n ]; then
	dry=1
	shift
fi
mapfile -t rows < <(grep -v '^#\|^$' "$here/faults.txt" | grep -e "${1-}")
[ ${#rows[@]} != 0 ] || {
	echo "Bail out! no row of faults.txt matches '${1-}'"
	exit 1
}
# In the checkout: a guest sees no other place of it
mkdir -p "$top/build"
copy=$(mktemp -d "$top/build/faults.XXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM HUP
tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C "$copy" -xf -

echo "1..${#rows[@]}"
n=0 bad=0
for row in "${rows[@]}"; do
	n=$((n + 1)) status=0
	file=${row%% | *} what=${row##* | }
	expression=${row#* | }
	expression=${expression% | *}
	read -ra words <<<"${expression##* | }"
	expression=${expression% | *}
	kernel=${KERNEL:-uml-debug}
	if [[ ${words[0]} = smp-* || ${words[0]} = 6.* ]]; then
		kernel=${words[0]} words=("${words[@]:1}")
	fi
	title="${words[*]}: $file: $what" seen='^not ok'
	if [ "${words[0]}" = model ]; then
		words+=(--frames "${FRAMES:-20000}" --quick)
		seen='^# difference'
	fi
	sed -i -e "$expression" "$copy/kmod/$file"
	if cmp -s "$copy/kmod/$file" "$top/kmod/$file"; then
		echo "not ok $n $title"
		echo "# changes nothing: $expression"
		bad=1
		continue
	fi
	if [ -n "$dry" ]; then
		cp "$top/kmod/$file" "$copy/kmod/$file"
		echo "ok $n $title"
		continue
	fi
	test=selftests/${words[0]}.sh
	[ -e "$top/$test" ] || test=selftests/test_${words[0]}.sh
	"$copy/selftests/guest.sh" -k "$kernel" "$test ${words[*]:1}" \
		>"$copy/log" 2>&1 || status=$?
	cp "$top/kmod/$file" "$copy/kmod/$file"
	# 98: what is looked at after a test, such as leaks; 99 may be a crash
	[ "$status" != 99 ] || seen+='\|Kernel panic'
	if [ "$status" = 98 ] || { [ "$status" != 0 ] && grep -q "$seen" "$copy/log"; }; then
		echo "ok $n $title"
		grep -m 1 "$seen\|^kmemleak\|^in the kernel" "$copy/log" | sed 's/^[# ]*/# /'
	else
		echo "not ok $n $title"
		tail -n 20 "$copy/log" | sed 's/^/# /'
		bad=1
	fi
done
exit $bad
