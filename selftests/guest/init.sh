#!/bin/bash
# First process of a guest, once its root is in place. Loads the module, runs the command, and then
# judges: only when all is well does it write the token that guest.sh waits for.
#
# SGNL_RUN (from the kernel's command line) is the run's directory: settings and command are there.
# output and result are files in it under UML, and virtio ports under QEMU.
set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
for n in 0:stdin 1:stdout 2:stderr; do
	ln -s "/proc/self/fd/${n%:*}" "/dev/${n#*:}"
done
ln -s /proc/self/fd /dev/fd
if [ ! -e /dev/net/tun ]; then # opening it loads the module
	mkdir -p /dev/net
	mknod /dev/net/tun c 10 200
fi
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t debugfs debugfs /sys/kernel/debug
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir /sys/fs/cgroup/command
ip link set lo up

# shellcheck source=/dev/null # written by guest.sh
. "$SGNL_RUN/settings"

if [ -e /proc/exitcode ]; then # only UML has it
	mkdir /run/report
	mount -t hostfs -o "$SGNL_RUN" none /run/report
	output=/run/report/output result=/run/report/result
else
	output=/dev/vport0p1 result=/dev/vport0p2
	modprobe -aq virtio_pci virtio_console
	until [ -c $output ] && [ -c $result ]; do
		sleep 0.01
	done
fi

problems=0
problem() {
	problems=$((problems + 1))
	printf 'problem %s\n' "${1//$'\n'/$'\n'problem }" >>"$result"
}

load() {
	insmod "$module" || {
		problem "the module does not load: $1"
		return 1
	}
}
unload() {
	rmmod sgnl || {
		problem "the module does not unload: $1"
		return 1
	}
}

# KCSAN looks at few accesses, for a moment that is short when CPUs are emulated. From here on it
# looks at more, and longer.
if [ "$SGNL_GUEST" = smp-kcsan ]; then
	for setting in skip_watch:200 udelay_task:300 udelay_interrupt:200; do
		echo "${setting#*:}" >"/sys/module/kcsan/parameters/${setting%:*}"
	done
fi

# The command's output goes through a pipe, for programs behave differently on a terminal.
mkfifo /run/pipe
cat /run/pipe >"$output" &
drain=$!
exec 3>/run/pipe

# shellcheck disable=SC2154 # from settings
cd "$checkout" || problem 'no checkout in the guest'
status=98
if [ -z "$module" ] || load 'first time' 2>&3; then
	[ -z "$module" ] || PATH=$checkout/build/tool:$PATH
	(
		echo $BASHPID >/sys/fs/cgroup/command/cgroup.procs
		exec setsid sh -c "$(cat "$SGNL_RUN/command")" </dev/null >&3 2>&3 3>&-
	) &
	wait $!
	status=$?
fi
cd /

# Whatever it left running, daemons and all
echo 1 >/sys/fs/cgroup/command/cgroup.kill
while grep -q 'populated 1' /sys/fs/cgroup/command/cgroup.events; do
	sleep 0.01
done

check_unload() {
	# With everything that the command configured still there, and then with nothing.
	[ ! -d /sys/module/sgnl ] || unload 'with what the command left' || return
	load 'second time' && unload 'untouched'
}

# Addresses in the module that is gone, as its functions
name_addresses() {
	awk 'NR == FNR { address[NR] = $1; name[NR] = $3; n = NR; next }
		/^ +0x[0-9a-f]+$/ {
			a = "0000000000000000" substr($1, 3)
			a = substr(a, length(a) - 15)
			for (i = n; i > 0 && address[i] > a; i--)
				;
			if (i)
				$0 = "    " name[i] "+... [sgnl]"
		}
		{ print }' /run/symbols -
}

check_leaks() {
	local leaks=/sys/kernel/debug/kmemleak found try
	# It reports what two scans find unchanged and without a reference. That may be something on its
	# way to be freed (a process of our own that has just ended): a leak is still there later.
	for try in 1 2 3; do
		[ $try = 1 ] || sleep 2
		if ! { echo scan >$leaks && echo scan >$leaks && found=$(cat $leaks); }; then
			problem "kmemleak does not scan: $1"
			return
		fi
		[ -n "$found" ] || return
	done
	problem "kmemleak, $1:"$'\n'"$(name_addresses <<<"$found")"
	echo clear >$leaks
}

# Reports of data races in which the module has no part, that is, without it in a stack, are left out:
# the kernel has races of its own, and some in interrupts, below which stands whatever was interrupted. So are those that
# it has by design where we call it: clocks of seconds are read while they are written, and hooks while they are
# taken off. A report stands between two lines of "=", all from one caller.
without_foreign_races() {
	awk -F ';' '
		BEGIN {
			kernels = "ktime_get_(real_)?seconds / timekeeping_advance|__nf_unregister_net_hook / nf_hook_slow"
		}
		{
			split($1, head, ",")
			caller = head[5]
		}
		$2 ~ /^=+$/ && !(caller in report) {
			report[caller] = $0
			ours[caller] = interrupted[caller] = 0
			next
		}
		caller in report {
			report[caller] = report[caller] "\n" $0
			if ($2 !~ /^=+$/) {
				if ($2 !~ /^ +[^ ]/) # between stacks
					interrupted[caller] = 0
				else if ($2 ~ /^ +asm_(sysvec_|common_interrupt)/)
					interrupted[caller] = 1
				else if ($2 ~ /\[sgnl\]/ && !interrupted[caller])
					ours[caller] = 1
				next
			}
			if (report[caller] !~ /BUG: KCSAN/ ||
			    (ours[caller] && report[caller] !~ "data-race in (" kernels ")"))
				print report[caller]
			delete report[caller]
			next
		}
		{ print }
		END {
			for (caller in report)
				print report[caller]
		}'
}

# Who watches must be awake.
check_watch() {
	case $SGNL_GUEST in
	6.12)
		grep -q '^total allocations: [1-9]' /sys/kernel/debug/kfence/stats || problem 'KFENCE sleeps'
		;;
	smp-*)
		[ "$(nproc)" -ge 2 ] || problem 'one CPU alone races with nobody'
		[ "$SGNL_GUEST" != smp-kcsan ] || grep -q '^enabled: 1' /sys/kernel/debug/kcsan ||
			problem 'KCSAN sleeps'
		;;
	esac
}

check_log() {
	local log=/run/log bad=/run/bad allow=/run/allow
	# Every record since boot, even if the command cleared the log. At its end there is nothing to
	# read yet, which dd calls an error.
	dd if=/dev/kmsg bs=8k iflag=nonblock >$log 2>/dev/null
	grep -q '^[0-7],0,' $log || problem 'the beginning of the kernel log is lost'

	# The kernel's own records have a level of one digit; what was written to /dev/kmsg has not.
	# Some bad news comes at a harmless level.
	grep -aE '^[0-4],|^[5-7],.*(segfault|general protection|traps:|WARNING|BUG|suspicious)' $log |
		without_foreign_races | cut -d ';' -f 2- >$bad
	# Loading it always leaves one such line: proof that this has read what it should.
	grep -q 'sgnl: loading out-of-tree module' $bad || problem 'the kernel log was not read'
	# shellcheck disable=SC2154 # from settings
	grep -hv '^#\|^$' "$checkout/selftests/guest/log-allow" ${more_allow:+"$more_allow"} >$allow
	grep -avxEf $allow $bad >$log
	[ $? = 1 ] || problem "in the kernel log:"$'\n'"$(cat $log)"
}

if [ -n "$module" ]; then
	if [ -e /sys/kernel/debug/kmemleak ]; then
		sleep 5.1 # it does not report what is younger
		grep '\[sgnl\]$' /proc/kallsyms | sort >/run/symbols
		check_leaks 'before unloading' 2>&3
		check_unload 2>&3
		check_leaks 'after unloading' 2>&3
	else
		check_unload 2>&3
	fi
	check_watch 2>&3
	check_log
fi

exec 3>&-
wait $drain
echo "status $status" >>"$result"
# shellcheck disable=SC2154 # from settings
[ $problems != 0 ] || echo "token $token" >>"$result"
sync
# Under QEMU a reboot ends the run (-no-reboot).
if [ -d /run/report ]; then
	busybox poweroff -f
else
	busybox reboot -f
fi
