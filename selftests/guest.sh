#!/bin/bash
# Runs a command in a guest that has the module loaded and the tool on its PATH.
#
#   guest.sh [-k KERNEL] [-t] [-m] COMMAND...
#
#   -k  the guest's kernel (6.12):
#         6.1, 6.12  Debian's own under emulation, two CPUs
#         uml-debug  UML with KASAN, lockdep, kmemleak and fault injection, one CPU
#         uml-bench  UML in which nobody watches: for bench/
#         smp-debug  the same catchers under emulation, two CPUs: slow
#         smp-kcsan  KCSAN under emulation, two CPUs; races without sgnl in a stack are passed over
#   -t  time passes at once: `sleep 910` takes a moment. One CPU; a busy wait may last for ever.
#       Not with smp-debug and smp-kcsan.
#   -m  the machine only: the module is not loaded, nothing is looked at afterwards
#
# COMMAND is one line of shell, as root, in the checkout. The guest sees the host's files (with -t
# under QEMU: the checkout and the programs of qemu/initrd.sh); what it writes is gone afterwards.
# It finds SGNL_GUEST (the kernel, as -k says it), SGNL_MODULE (the .ko) and all other SGNL_*.
#
# Output arrives as it comes, stdout and stderr together; the status is COMMAND's, or
#   97  the emulator failed: one CPU ran into code that the other was changing, outside of sgnl
#   98  a check after it failed: a warning in the kernel's log, a leak, a module that does not unload
#   99  the guest gave no token: it did not boot, hung or crashed
# The log of a run stays in build/guest/, and the last forty of them.
#
# GUEST_TIMEOUT  seconds of real time for a run (900)
# GUEST_BUILD=no trust that module and tool are up to date
# GUEST_ALLOW    a file like guest/log-allow, with more messages that this run may leave
# GUEST_ARGS     more arguments for the kernel, such as slub_debug=FZPU
# GUEST_MACHINE  more arguments for QEMU, such as -d guest_errors
set -eu

kernel=6.12 jump='' raw=''
while getopts k:tm option; do
	case $option in
	k) kernel=$OPTARG ;;
	t) jump=1 ;;
	m) raw=1 ;;
	*) exit 1 ;;
	esac
done
shift $((OPTIND - 1))
[ $# != 0 ] || {
	echo "usage: ${0##*/} [-k 6.1|6.12|uml-debug|uml-bench|smp-debug|smp-kcsan] [-t] [-m] COMMAND..." >&2
	exit 1
}

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
mkdir -p build/guest

# Nothing that fails before the boot may look like COMMAND's status.
trap 'exit 99' ERR
selftests/install-deps.sh build guest >&2
case $kernel in
6.1 | 6.12)
	bed=qemu
	kdir=$(selftests/qemu/kernel.sh "$kernel")
	;;
uml-debug | uml-bench | smp-debug | smp-kcsan)
	bed=qemu
	[[ $kernel != uml-* ]] || bed=uml
	if [ $bed = qemu ] && [ -n "$jump" ]; then
		echo "${0##*/}: no -t with $kernel" >&2
		exit 1
	fi
	selftests/install-deps.sh check >&2
	kdir=$(selftests/kernel/build.sh "$kernel")
	;;
*)
	echo "${0##*/}: no kernel '$kernel' (6.1, 6.12, uml-debug, uml-bench, smp-debug or smp-kcsan)" >&2
	exit 1
	;;
esac
release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$kdir/include/generated/utsrelease.h")
module=''
if [ -z "$raw" ]; then
	module=$top/build/$release/sgnl.ko
	# Not with the flags of a make that called us
	[ "${GUEST_BUILD-}" = no ] || {
		MAKEFLAGS='' make -s module tool KDIR="$kdir" STRICT=1 >&2
		MAKEFLAGS='' make -s -C selftests/bench module KDIR="$kdir" >&2
	}
fi

# What the guest is told, and what it reports, is in one directory for each run.
find build/guest -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +40 |
	cut -d ' ' -f 2- | xargs -r rm -rf
run=$top/$(mktemp -d "build/guest/$(date +%m%d-%H%M%S)-$kernel${jump:+-t}-XXXX")
token=$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
touch "$run"/{console,output,result}
printf '%s\n' "$*" >"$run/command"
{
	printf '%s=%q\n' checkout "$top" module "$module" token "$token" more_allow "${GUEST_ALLOW:+$(realpath "$GUEST_ALLOW")}"
	for name in "${!SGNL_@}" CI; do
		[ -z "${!name+x}" ] || printf 'export %s=%q\n' "$name" "${!name}"
	done
	printf 'export %s=%q\n' SGNL_GUEST "$kernel" SGNL_MODULE "$module"
} >"$run/settings"

trap - ERR
machine=
trap '[ -z "$machine" ] || kill $machine 2>/dev/null || :' EXIT
trap 'exit 130' INT TERM HUP
for boot in first second; do
	"selftests/$bed/run.sh" "$release" "$kdir" "$run" "$jump" "panic=-1 log_buf_len=16M ${GUEST_ARGS-}" \
		>"$run/bed" 2>&1 </dev/null &
	machine=$!
	tail -f -c +1 -s 0.1 --pid=$machine "$run/output" &
	ended=0
	wait $machine || ended=$?
	wait $!
	# A kernel that dies before anything of ours runs says nothing of it. Emulated CPUs do that, seldom: one runs
	# into code that the other is changing.
	if [ $boot = second ] || [ -s "$run/output" ] || [ -s "$run/result" ] ||
		! grep -q 'Kernel panic' "$run/console"; then
		break
	fi
	echo "guest $kernel: died as it booted, and boots once more; its console: ${run#"$top"/}/console.first" >&2
	mv "$run/console" "$run/console.first"
	touch "$run/console"
done

result() {
	sed -n "s/^$1 //p" "$run/result"
}

if [ "$(result token)" = "$token" ]; then
	exit "$(result status)"
fi
# What the kernel puts in the place of code that it changes (static keys) is an int3, which no CPU meets unless the
# kernel knows of it; an emulated one may, that has seen the code of before.
emulator_failed() {
	[ $bed = qemu ] && awk '
		/RIP: / && oops { exit !(/ RIP: / && !/\[sgnl/) }
		/ int3: 0000 \[#1\]/ { oops = 1 }
		END { if (!oops) exit 1 }' "$run/console"
}

{
	echo "guest $kernel: $*"
	if [ -n "$(result problem)" ]; then
		result problem | head -n 100
		status=98
	else
		[ "$ended" != 124 ] || echo "the time limit of ${GUEST_TIMEOUT:-900} s passed"
		echo "no token came back; the last lines of its console:"
		tail -n 30 "$run/bed" "$run/console"
		status=99
		! emulator_failed || status=97
	fi
	echo "log: ${run#"$top"/}"
} >&2
exit $status
