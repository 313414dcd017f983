#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_swaps.sh [COUNT]: a group's rules are replaced by others so often (100), under traffic. In a network namespace
# of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/live_test.py swaps "${1:-100}"
