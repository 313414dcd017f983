#!/bin/bash
# run.sh RELEASE KERNEL RUN JUMP KERNEL-ARGUMENTS: boots a kernel under emulation, Debian's installed
# one or what kernel/build.sh left in the directory KERNEL, and waits for its end. Called by guest.sh,
# which says what is in the directory RUN.
#
# The host's / is the guest's root over virtiofs. When JUMP is set, instructions are counted instead
# of time, and nobody waits when all sleep; a file server that works in real time would be late
# there, so everything is in the initrd.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
release=$1 run=$3 jump=$4 arguments=$5
init=$here/../guest/init.sh
image=/boot/vmlinuz-$release
[ -e "$image" ] || image=$2/arch/x86/boot/bzImage

home=$(mktemp -d)
server=
trap 'kill $! $server 2>/dev/null || :; rm -rf "$home"' EXIT
trap 'exit 143' TERM

"$here/initrd.sh" "$release" "$home/initrd" "$run" "$jump"

# Mitigations cost time here and protect nobody. An emulated CPU may stand still for a while when the
# host is busy: watchdogs wait longer, and the clock is not doubted. KFENCE sleeps in Debian's 6.12
# until it is given an interval.
arguments="console=ttyS0 oops=panic mitigations=off tsc=reliable watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120
	kfence.sample_interval=100 SGNL_RUN=$run SGNL_INIT=$(realpath "$init") $arguments"
# The emulator translates a program's code again for each address that it is seen at: it is always at the same, and
# starts in less than half the time. Bench's baseline holds for a command line without it.
[ -n "$jump" ] || arguments+=' norandmaps'

machine=(-M q35 -cpu max -m 2G -nographic -nodefaults -no-reboot
	-kernel "$image" -initrd "$home/initrd" -append "${arguments//[$'\n\t']/ }"
	-serial "file:$run/console"
	-device virtio-serial-pci
	-chardev "file,id=output,path=$run/output" -device 'virtserialport,nr=1,chardev=output'
	-chardev "file,id=result,path=$run/result" -device 'virtserialport,nr=2,chardev=result')

if [ -n "$jump" ]; then
	machine+=(-accel 'tcg,thread=single' -smp 1 -icount 'shift=0,sleep=off')
else
	# The files as they were at first sight (nothing is asked twice: half the time of a short run), and
	# in mounts of its own, so that they are read-only whatever the guest does.
	socket=$home/socket
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount sh -c '
		mount --bind "$1" "$1" && mount -t tmpfs tmpfs /run && mount -o remount,bind,ro / &&
			exec /usr/lib/qemu/virtiofsd --socket-path="$1/socket" -o source=/,cache=always,sandbox=chroot,log_level=err
		' - "$home" &
	server=$!
	until [ -S "$socket" ]; do
		kill -0 $server
		sleep 0.05
	done
	machine+=(-accel 'tcg,thread=multi' -smp 2
		-object 'memory-backend-memfd,id=memory,size=2G,share=on' -numa 'node,memdev=memory'
		-chardev "socket,id=root,path=$socket" -device 'vhost-user-fs-pci,chardev=root,tag=root')
fi
# By the PIT, a busy host gave the clock of our own kernels a rate that was fifty times too high; without
# one it comes from the HPET.
[[ $image = /boot/* ]] || machine+=(-M pit=off)
read -ra more <<<"${GUEST_MACHINE-}"
machine+=("${more[@]}")

timeout -k 5 "${GUEST_TIMEOUT:-900}" qemu-system-x86_64 "${machine[@]}" &
wait $!
