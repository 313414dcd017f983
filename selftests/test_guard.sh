#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Guard patterns by the tool's words, on real devices of several kinds: a veth whose other end pings all the
# time, taps, dummies; what is said of them, saved and applied; and what keeps the module. What passes under
# a flood is test_guard_flood.sh's.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

client lab 203.0.113.9

# pinging NAME ADDRESS: without a pause, until the end; what comes back is in $pings
pinging() {
	pings=$lib_work/pings.${#lib_jobs[@]}
	: >"$pings"
	background "$1" sh -c "exec ping -n -i 0.05 -W 1 $2 >$pings 2>&1"
	pinger=$background
}
answers() {
	grep -c 'bytes from' "$pings" || :
}
answered() { # more than COUNT times
	[ "$(answers)" -gt "$1" ]
}

devices() { # PATTERN: its devices and whether they are open
	sg -s -j guard show | jq -r --arg p "$1" '.[] | select(.pattern == $p and .device) | "\(.device) \(.state)"'
}
drops() { # DEVICE
	sg -s -j guard show | jq -r --arg d "$1" '[.[] | select(.device == $d).drops] | first'
}
dropping() { # DEVICE
	local before
	before=$(drops "$1")
	pause 0.3
	[ "$(drops "$1")" -gt "$before" ]
}

words() {
	check 'D1 guard: two patterns' sg guard add 'vnet*' 'ta?9'
	is 'D1 guard: show says what add takes' "$(sg -o guard show)" "guard add ta?9
guard add vnet*"
	is 'D1 guard: as JSON' "$(sg -j guard show)" '[{"pattern":"ta?9","devices":0},{"pattern":"vnet*","devices":0}]'
	check 'D1 C5 guard: one that is there' refuses 2 'pattern vnet*: exists already' sg guard add 'vnet*'
	check 'D1 C5 guard: one that is not' refuses 2 'pattern vnet?: no such pattern' sg guard del 'vnet?'
	for word in '' 'abcdefghijklmnop' 'a b' 'a/b' 'a:b' '[ab]' 'a\*' $'a\001' 'ä'; do
		check "D1 C5 guard: no pattern is: ${word@Q}" refuses 1 '1 to 15 bytes' sg guard add "$word"
	done
	check 'D1 C5 guard: which of two is wrong changes nothing' refuses 1 'a b' sg guard add new 'a b'
	check 'D1 guard: the longest' sg guard add 'abcdefghijklmn*'
	check 'D1 guard: of signs' sg guard add '"#$?' "#'*"
	is 'C4 D1 guard: saved' "$(sg save)" 'guard add "\"#$?"
guard add "#'"'"'*"
guard add abcdefghijklmn*
guard add ta?9
guard add vnet*'
	sg save >"$lib_work/saved"
	new_ns other
	sgnl -n other -b "$lib_work/saved"
	is 'C4 D1 guard: saved, applied, saved' "$(sgnl -n other save)" "$(cat "$lib_work/saved")"
	ip netns del other
	check 'C4 D1 guard: apply of what is there' sg apply -f "$lib_work/saved"
	is 'C4 D1 guard: makes no generation' "$(sg stats | grep -w generation)" \
		"$(sg apply -f "$lib_work/saved"; sg stats | grep -w generation)"
	echo 'guard add vnet* new' | sg apply -f -
	is 'C4 D1 guard: apply takes and gives' "$(sg save)" 'guard add new
guard add vnet*'
	check 'C5 D1 guard: twice in a file' refuses 1 'line 1 already' sg apply -f - <<-end
		guard add vnet*
		guard add vnet*
	end
	sg guard del new
}

told() {
	local said=$lib_work/config
	background hv sh -c "exec sgnl monitor config >$said"
	within 20 lib_monitoring
	sg guard add 'told*'
	sg guard del 'told*'
	within 10 grep -q 'guard del' "$said"
	is 'D1 guard: the monitor tells of it' "$(cat "$said")" 'guard add told*
guard del told*'
	kill -9 -- "-$background"
}

# The instance pings from before its link's other end is born until after it is gone.
veth() {
	new_ns inst
	ip_batch hv <<-end
		link add vnet0 type veth peer name eth0 netns inst
		addr add 10.1.0.1/24 dev vnet0
		link set vnet0 up
	end
	ip_batch inst <<-end
		addr add 10.1.0.5/24 dev eth0
		link set eth0 up
		route add default via 10.1.0.1
	end
	pinging inst 203.0.113.9
	is 'D1 guard veth: born closed' "$(devices 'vnet*')" 'vnet0 closed'
	check 'D1 guard veth: what it drops is counted' within 10 dropping vnet0
	is 'D1 guard veth: the table shows it' "$(sg -s guard show | tr -s ' ' | grep -o 'vnet0 closed')" 'vnet0 closed'
	monitor_start hv
	sg -b - <<-end
		group add sg-a type enterprise
		rule add sg-a out allow icmp to 203.0.113.9
		port add vnet0 side guest address 10.1.0.5
	end
	is 'D1 guard veth: a port in no group is open for its own hooks' "$(devices 'vnet*')" 'vnet0 open'
	check 'D1 E10 guard veth: which drop ARP too, and say why' within 10 said 'reason guard'
	is 'D1 guard veth: no answer so far' "$(answers)" 0
	is 'D1 guard veth: explain says so of platform traffic too, and that nothing was asked before' \
		"$(sg -j explain vnet0 out tcp 10.1.0.5:9 100.100.100.200:80 |
			jq -r '.[] | "\(.says) \(.step) \(.reason)"')" 'drop G9 guard'
	sg port join vnet0 sg-a
	check 'D1 guard veth: in a group its rules decide' within 20 answered 0
	sg port leave vnet0 sg-a
	pause 0.3
	before=$(answers)
	pause 1
	is 'D1 guard veth: out of it, nothing passes again' "$(answers)" "$before"
	sg port join vnet0 sg-a
	check 'D1 guard veth: in it again' within 20 answered "$before"
	sg port del vnet0
	pause 0.3
	before=$(answers)
	pause 1
	is 'D1 guard veth: no port any more, closed' "$(answers) $(devices 'vnet*')" "$before vnet0 closed"
	monitor_stop
	ip_batch hv <<-end
		link set vnet0 down
		link set vnet0 name other0
		link set other0 up
	end
	pause 1
	is 'D1 guard veth: renamed, still closed' "$(answers) $(devices 'vnet*')" "$before other0 closed"
	sg guard del 'vnet*'
	check 'D1 guard veth: the pattern deleted, it passes' within 20 answered "$before"
	is 'D1 guard veth: and nothing is held' "$(sg -o guard show)" ''
	kill -9 -- "-$pinger"
}
said() {
	local line
	while read -r -u "$lib_monitor" line; do
		[[ $line != *"$1"* ]] || return 0
	done
	return 1
}

# Kinds of devices: each is held from its birth, and gone with its death.
kinds() {
	sg guard add 'vnet*'
	ip_batch hv <<-end
		tuntap add vnet1 mode tap
		tuntap add vnet2 mode tun
		link add vnet3 type dummy
		link add vnet4 type veth peer name vnet5
		link add vnet6 type bridge
		link add link vnet3 name vnet7 type macvlan
		link add link vnet3 name vnet8 type vlan id 8
	end
	is 'D1 guard kinds: tap, tun, dummy, veth, bridge, macvlan, vlan' "$(devices 'vnet*' | sort)" \
		"$(for n in 1 2 3 4 5 6 7 8; do echo "vnet$n closed"; done)"
	sg group add sg-k
	sg port add vnet1 side guest group sg-k
	sg port add vnet3 side self group sg-k
	ip_batch hv <<-end
		tuntap del vnet1 mode tap
		tuntap del vnet2 mode tun
		link del vnet3
		link del vnet4
		link del vnet6
	end
	is 'D1 guard kinds: gone, ports or not' "$(devices 'vnet*')$(sg -o port show)" ''
	sg group del sg-k
	sg guard del 'vnet*'
}

# Patterns are of their namespace alone.
beside() {
	new_ns away
	sgnl -n away guard add 'mover*'
	{
		echo 'link add mover type veth peer name mover-peer'
		echo 'link set mover up'
	} | ip_batch hv
	is 'D1 guard namespaces: where there is no pattern it is free' "$(sg -o guard show)" ''
	echo 'link set mover netns away' | ip_batch hv
	is 'D1 guard namespaces: where there is one it is closed' \
		"$(sgnl -n away -s -j guard show | jq -r '.[1] | "\(.device) \(.state)"')" 'mover closed'
	echo 'link set mover netns hv' | ip_batch away
	is 'D1 guard namespaces: gone from there' "$(sgnl -n away -j guard show | jq -r '.[0].devices')" 0
	echo 'link del mover' | ip_batch hv
}

unloadable() {
	rmmod sgnl 2>&1 && insmod "$SGNL_MODULE"
}

# A pattern anywhere keeps the module; nobody needs to stay for it.
unloading() {
	sg apply -f /dev/null
	check 'D2 guard: in use while another namespace has a pattern' refuses 1 'in use' rmmod sgnl
	sgnl -n away guard del 'mover*'
	check 'D2 guard: free without one' within 10 lib_unreferenced
	background hv sh -c "sgnl guard add 'vnet*'; sleep 1000"
	within 20 holds_pattern
	kill -9 -- "-$background"
	echo 'link add vnet0 type dummy' | ip_batch hv
	is 'D2 D1 guard: who added it is dead, and a device born is closed' "$(devices 'vnet*')" 'vnet0 closed'
	check 'D2 guard: in use, with no process left' refuses 1 'in use' rmmod sgnl
	sg guard del 'vnet*'
	check 'D2 guard: unloaded and loaded with a device that was held' unloadable
	is 'D2 guard: which starts anew' "$(sg save)" ''
	sg guard add 'vnet*'
	is 'D1 guard: and finds a device that was there before it' "$(devices 'vnet*')" 'vnet0 closed'
	ip netns del hv
	check 'D2 guard: gone with its namespace, devices held and all' within 20 lib_unreferenced
	check 'D2 guard: and unloaded' unloadable
}
holds_pattern() {
	[ -n "$(sg -o guard show)" ]
}

cloud_up
words
told
veth
kinds
beside
if [ -n "${SGNL_MODULE-}" ]; then
	unloading
else
	skip 'D2 guard: unloading' 'SGNL_MODULE does not say which to load again'
fi
finish
