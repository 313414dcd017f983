#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Commits that are taken back unless they are confirmed in time. In a network namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/confirm_test.py
