#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# caps.sh: sessions, fragments, groups, lists and changes up to what a namespace and the host may have (S10, S11,
# C1), with a module whose limits are small, in a guest. TAP.
#
# KERNEL  the guest's kernel (uml-debug)
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
# In the checkout: a guest sees no other place of it
mkdir -p "$top/build"
copy=$(mktemp -d "$top/build/caps.XXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM HUP
tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C "$copy" -xf -
cd "$copy"
limit() { # NAME VALUE
	sed -i "s/^\\(#define SGNL_$1_MAX[\t ]*\\).*/\\1$2/" kmod/core/limits.h
}
limit NET_SESSIONS 300
limit USERS_SESSIONS 400
limit HOST_SESSIONS 500
limit USERS_FRAGMENTS 20
limit USERS_TXN_CHANGES 200
limit GROUPS 50
limit LISTS 40
limit HOST_FRAGMENTS 30
# The module alone: these tests want no tool.
kernel=${KERNEL:-uml-debug}
case $kernel in
6.*) kdir=$(selftests/qemu/kernel.sh "$kernel") ;;
*) kdir=$(selftests/kernel/build.sh "$kernel") ;;
esac
MAKEFLAGS='' make -s module KDIR="$kdir"
GUEST_BUILD=no selftests/guest.sh -k "$kernel" 'selftests/run-guest.sh caps'
