#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_guard_flood.sh [ROUNDS]: guard patterns under a flood of frames from both ends of a device that is born,
# renamed, moved and made a port. In a network namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/guard_flood.py "$@"
