#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_storm.sh [SWAPS [PACKETS]]: a group's rules are replaced by others so often (200), under so many packets
# (200,000) from all CPUs. They come from the bench's module, which needs the first network namespace.
set -eu
cd "$(dirname "$0")"
[ -e "../build/bench/$(uname -r)/sgnl_bench.ko" ] || {
	echo 'sgnl_bench.ko is not built'
	exit 4
}
exec /usr/bin/python3 netlink/storm_test.py "${1:-200}" "${2:-200000}"
