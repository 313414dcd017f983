#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_parallel.sh [SECONDS]: two processes open sessions of one port at once, for so long (5). In a network
# namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/parallel_test.py "$@"
