#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_teardown.sh [ROUNDS [SEED]]: devices, namespaces, sockets, processes and the module end while frames
# flow, others dump and listen. In a network namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
make -s -C netlink
exec /usr/bin/python3 netlink/teardown_test.py "$SGNL_MODULE" "$(realpath ../build/netlink/kill_after.so)" "$@"
