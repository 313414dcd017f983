#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What sgnl monitor says when events are lost. In a network namespace of its own, of a user namespace, in which
# a socket's buffer has no more room than anybody's.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -Urn "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/monitor_test.py
