#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# regenerate.sh: what is generated from uapi/specs/sgnl.yaml is what is committed.
set -eu
# shellcheck source=selftests/check/lib.sh
. "$(dirname "$0")/lib.sh"

# same DIR: are the generated files there those of the tree, none more and none less?
same() {
	local status=0
	diff -u uapi/linux/sgnl.h "$1/uapi/linux/sgnl.h" || status=1
	diff -ru kmod/ctl/generated "$1/kmod/ctl/generated" || status=1
	[ "$status" = 0 ] || echo "run uapi/regenerate.sh, and commit what it changes"
	return "$status"
}

planted() {
	cp -r "$work/new" "$work/planted"
	sed -i 's/SGNL_FAMILY_VERSION[ \t]*1/SGNL_FAMILY_VERSION 2/' "$work/planted/uapi/linux/sgnl.h"
	same "$work/planted"
}

try "regenerate: the generator runs" uapi/regenerate.sh "$work/new"
try "regenerate: its output is what is committed" same "$work/new"
try "regenerate: a difference is seen" sees 'SGNL_FAMILY_VERSION' planted
finish
