#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What members sum up to, in two network namespaces. In one of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/digest_test.py
