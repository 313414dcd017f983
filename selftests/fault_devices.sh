#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Memory runs out while devices and namespaces come and go: in a kernel with failslab
# (uml-debug), in a network namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
make -s -C netlink
exec /usr/bin/python3 netlink/fault_devices_test.py
