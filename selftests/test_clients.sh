#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The protocol as others speak it: the kernel's YNL client and one on libnl-3. In a network namespace
# of its own. Both are built here if `netlink/ynl.sh` and `make -C netlink` have not been run before.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
ynl=$(netlink/ynl.sh)
make -s -C netlink
exec /usr/bin/python3 netlink/clients_test.py "$ynl" "$(realpath ../build/netlink/nl3_client)"
