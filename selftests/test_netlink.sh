#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The protocol as the spec has it: every request wrong in every way, by an encoder that knows only the
# spec. In a network namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/raw_test.py "$@"
