# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For the static checks: each says what it tries, one line of TAP for each, and finish at the end.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top" || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tap_n=0
tap_bad=0

# try TITLE COMMAND...: passes if the command succeeds, and shows what it said if not.
try() {
	local title=$1
	shift
	tap_n=$((tap_n + 1))
	if "$@" >"$work/said" 2>&1 </dev/null; then
		echo "ok $tap_n $title"
	else
		echo "not ok $tap_n $title"
		head -n 60 "$work/said" | sed 's/^/# /'
		tap_bad=1
	fi
}

# sees TEXT COMMAND...: for checks that must be seen to fail on something planted, and for that
# reason: the command fails and says TEXT.
sees() {
	local text=$1
	shift
	if "$@" >"$work/seen" 2>&1; then
		echo "this passed, and should not have: $*"
		return 1
	fi
	grep -qF -- "$text" "$work/seen" || {
		echo "this failed, but did not say '$text': $*"
		cat "$work/seen"
		return 1
	}
}

# Our files, committed or about to be, by git's patterns; generated ones are not ours to style.
ours() {
	git ls-files --cached --others --exclude-standard -- "$@" | sort -u |
		grep -v '^kmod/ctl/generated/\|^uapi/linux/' | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

finish() {
	echo "1..$tap_n"
	exit $tap_bad
}
