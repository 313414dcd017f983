#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_moves.sh [COUNT]: a port is moved to and fro between two sets of groups so often (1,000), under traffic. In a
# network namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/live_test.py moves "${1:-1000}"
