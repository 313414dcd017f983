#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# apply and audit commit refuse what would keep out who makes it over ssh. In a network namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/lockout_test.py
