#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest.sh KERNEL [-s | -l] [ROW...]: measures all rows, or those whose names begin so: with Debian's 6.1 or 6.12
# instructions (insn.py; -s: without the peers), with uml-bench nanoseconds (ns.py; -l: what is very many, by
# scale.py). Prints what the figures hold for (`pin NAME VALUE`), and then them.
#
# PROGRAM  measures instead of insn.py
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
kernel=${1:?the kernel: 6.1, 6.12 or uml-bench}
shift
case $kernel in
uml-*)
	kdir=$(selftests/kernel/build.sh "$kernel")
	options=() rows=ns.py
	echo "pin host $(sed -n '/^model name/{s/.*: //p;q}' /proc/cpuinfo)"
	export GUEST_ARGS='mem=4G'
	if [ "${1-}" = -l ]; then
		shift
		rows=scale.py GUEST_ARGS='mem=6G'
	fi
	;;
*)
	kdir=$(selftests/qemu/kernel.sh "$kernel")
	options=(-t) rows=${PROGRAM:-insn.py}
	# No security module, for it may have hooks in a packet's way; no KFENCE, which takes allocations at random.
	export GUEST_ARGS='lsm=yama kfence.sample_interval=0'
	echo "pin qemu $(qemu-system-x86_64 --version | sed -n '1s/.*(\(.*\)).*/\1/p')"
	;;
esac
MAKEFLAGS='' make -s module tool KDIR="$kdir" STRICT=1 >&2
MAKEFLAGS='' make -s -C selftests/bench module KDIR="$kdir" >&2
echo "pin compiler gcc $(gcc -dumpfullversion), $(dpkg-query -W -f '${source:Version}' gcc-12-base)"
selftests/guest.sh -k "$kernel" "${options[@]}" -m \
	"PYTHONDONTWRITEBYTECODE=1 python3 selftests/bench/$rows $*"
