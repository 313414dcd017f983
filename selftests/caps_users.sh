#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a namespace, and the namespaces of users, may have: for the module of small limits that caps.sh builds.
# In a network namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/budget_test.py
