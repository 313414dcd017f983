#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_fuzz.sh [OPERATIONS [SEED]]: requests and frames at random (netlink/fuzz.c), in a network namespace of
# its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
make -s -C netlink
exec ../build/netlink/fuzz "$@"
