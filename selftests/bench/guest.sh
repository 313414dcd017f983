#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest.sh KERNEL [-s] [ROW...]: counts instructions in a guest with Debian's 6.1 or 6.12: of all rows, or of those
# whose names begin so; -s: without the peers. Prints what the figures hold for (`pin NAME VALUE`), and then them.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
kernel=${1:?the kernel: 6.1 or 6.12}
shift
kdir=$(selftests/qemu/kernel.sh "$kernel")
export MAKEFLAGS=
make -s module tool KDIR="$kdir" STRICT=1 >&2
make -s -C selftests/bench module KDIR="$kdir" >&2

echo "pin compiler gcc $(gcc -dumpfullversion), $(dpkg-query -W -f '${source:Version}' gcc-12-base)"
echo "pin qemu $(qemu-system-x86_64 --version | sed -n '1s/.*(\(.*\)).*/\1/p')"
# No security module, for it may have hooks in a packet's way; no KFENCE, which takes allocations at random.
GUEST_ARGS='lsm=yama kfence.sample_interval=0' selftests/guest.sh -k "$kernel" -t -m \
	"PYTHONDONTWRITEBYTECODE=1 python3 selftests/bench/insn.py $*"
