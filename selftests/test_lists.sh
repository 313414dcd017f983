#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Prefix lists and port lists as an operator meets them: show, save, apply, events, dumps. In a
# network namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/list_test.py
