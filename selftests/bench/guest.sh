#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest.sh KERNEL [ROW...]: figures of the rows whose names begin so, or of all: instructions in a guest with Debian's
# 6.1 or 6.12. Prints what they hold for (`pin NAME VALUE`) and then the figures.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
kernel=${1:?the kernel: 6.1 or 6.12}
shift
kdir=$(selftests/qemu/kernel.sh "$kernel")
export MAKEFLAGS=
make -s module tool KDIR="$kdir" STRICT=1
make -s -C selftests/bench module KDIR="$kdir"

# No security module, for it may have hooks in a packet's way, and no KFENCE, which takes allocations at random.
arguments='lsm=yama kfence.sample_interval=0'
echo "pin compiler $(gcc -dumpfullversion) ($(dpkg-query -W -f '${Version}' gcc-12 2>/dev/null || :))"
echo "pin qemu $(qemu-system-x86_64 --version | sed -n '1s/.*(\(.*\)).*/\1/p')"
GUEST_ARGS=$arguments selftests/guest.sh -k "$kernel" -t -m \
	"PYTHONDONTWRITEBYTECODE=1 python3 selftests/bench/insn.py $*"
