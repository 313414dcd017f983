#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# faults.sh: each row of faults.txt has something to change in the module.
set -eu
# shellcheck source=selftests/check/lib.sh
. "$(dirname "$0")/lib.sh"

rows() {
	selftests/faults.sh -n >"$work/rows" || {
		grep -A 1 '^not ok' "$work/rows"
		return 1
	}
}

planted() {
	mkdir "$work/selftests"
	cp -r kmod "$work"
	cp selftests/faults.sh "$work/selftests"
	echo 'core/match.c | s/what is not there// | model | nothing' >"$work/selftests/faults.txt"
	"$work/selftests/faults.sh" -n
}

try "faults: each row changes its file" rows
try "faults: one that does not is seen" sees 'changes nothing' planted
finish
