#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The life of a port's device: renamed, deleted, moved away, gone with its namespace; who keeps the module
# from being unloaded; namespaces beside each other; and the two sides, in both directions.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

instance web 10.0.0.5 fd00::5
instance app 10.0.0.7 fd00::7
client lab 203.0.113.9 2001:db8::9

group_and_rule() { # GROUP
	echo "group add $1"
	echo "rule add $1 in allow icmp from 203.0.113.0/24"
}

# saved TITLE TEXT: what `save` prints of ports, joins and members
saved() {
	is "$1" "$(sg save | grep -v '^group\|^rule')" "$2"
}

unloadable() {
	rmmod sgnl 2>&1 && insmod "$SGNL_MODULE"
}

# Old kernels rename only what is down.
rename() {
	printf 'link set %s\n' "$1 down" "$1 name $2" "$2 up" | ip_batch hv
}

renamed() {
	{
		group_and_rule sg-a
		echo 'port add tap-web side guest address 10.0.0.5 group sg-a'
	} | sg -b -
	rules_of_state
	expect 'R1 device: judged under its first name' pass "tap-web in icmp rule-allow ${rule_id[1]}" \
		ping lab 10.0.0.5
	rename tap-web tap-new
	saved 'M2 device: renamed, the port follows' \
		'port add tap-new side guest address 10.0.0.5 group sg-a smtp deny'
	expect 'R1 device: judged under its new name' pass "tap-new in icmp rule-allow ${rule_id[1]}" \
		ping lab 10.0.0.5
	sg rule set "${rule_id[1]}" deny
	expect 'R13 device: a change of rules reaches it' drop "tap-new in icmp rule-deny ${rule_id[1]}" \
		ping lab 10.0.0.5
	check 'C5 device: its first name is no port any more' refuses 1 tap-web sg port set tap-web smtp allow
	rename tap-new tap-web
	check 'C5 device: a second port of it is refused' refuses 2 tap-web \
		sg port add tap-web side guest group sg-a
	check 'C5 device: a second port of it, of the other side too' refuses 2 tap-web \
		sg port add tap-web side self
	saved 'C5 device: which changes nothing' 'port add tap-web side guest address 10.0.0.5 group sg-a smtp deny'
}

deleted() {
	sg port add tap-app side guest address 10.0.0.7,fd00::7 group sg-a
	sg member add sg-a 10.0.0.99
	echo 'link del tap-app' | ip_batch hv
	saved 'M2 device: deleted, port, joins and members are gone' 'member add sg-a 10.0.0.99
port add tap-web side guest address 10.0.0.5 group sg-a smtp deny'
	is 'M2 M1 device: other members of the group stay' \
		"$(sg -j member show sg-a | grep -o '"address":"[^"]*"')" '"address":"10.0.0.5"
"address":"10.0.0.99"'
	is 'M2 device: its sessions are gone with it' "$(sg -o session show | grep -c 'device tap-app')" 0
	sg member del sg-a 10.0.0.99
	echo 'link add tap-app type veth peer name eth9' | ip_batch hv
	check 'C5 device: another of that name is no port' refuses 2 'no port' sg port set tap-app smtp allow
	echo 'link del tap-app' | ip_batch hv
}

# As long as somebody has a reference the kernel says each second that it is gone.
gone_for_long() {
	local module index deleter
	module=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/build/bench/$(uname -r)/sgnl_hold.ko
	[ -e "$module" ] || {
		skip 'D1 M2 device: gone for long' 'sgnl_hold.ko is not built'
		return
	}
	echo 'link add old type veth peer name old-peer' | ip_batch hv
	sg port add old side guest address 10.0.0.9 group sg-a
	index=$(ip -n "${ns_prefix}hv" -o link show old | cut -d : -f 1)
	in_ns hv insmod "$module" device=old
	echo 'link del old' | ip_batch hv &
	deleter=$!
	check 'M2 device: deleted, though somebody holds it' within 10 lacks_device old
	echo "link add heir index $index type dummy" | ip_batch hv
	sg -b - <<-'end'
		guard add hei*
		port add heir side guest address 10.0.0.10 group sg-a
	end
	sleep 2.5
	is 'D1 M2 device: its number is another port'"'"'s, which stays while it is told again and again' \
		"$(sg save | grep heir)" 'port add heir side guest address 10.0.0.10 group sg-a smtp deny'
	is 'M1 M2 device: as do its members' "$(sg -j member show sg-a | grep -c '"address":"10.0.0.10"')" 1
	is 'M2 device: and its guard' "$(sg -o guard show)" 'guard add hei*'
	rmmod sgnl_hold
	wait "$deleter"
	echo 'link del heir' | ip_batch hv
	sg guard del 'hei*'
}

lacks_device() { # NAME
	! ip -n "${ns_prefix}hv" link show "$1" 2>/dev/null
}

moved() {
	new_ns away
	{
		echo 'link add mover type veth peer name mover-peer'
		echo 'link set mover up'
	} | ip_batch hv
	sg port add mover side guest address 10.0.0.8 group sg-a
	echo "link set mover netns away" | ip_batch hv
	saved 'M2 device: moved to another namespace, its port is gone' \
		'port add tap-web side guest address 10.0.0.5 group sg-a smtp deny'
	is 'M2 device: where it came to it is none' "$(sgnl -n away save)" ''
	check 'M2 device: and can be made one' sgnl -n away port add mover side guest
	echo 'link set mover netns hv' | ip_batch away
	is 'M2 device: until it moves on' "$(sgnl -n away save)" ''
	saved 'M2 device: back again, it is none' \
		'port add tap-web side guest address 10.0.0.5 group sg-a smtp deny'
}

# follows TITLE ADDRESSES: those of the port and the members of its group are these, after a moment.
follows() {
	within 10 follows_now "$2"
	is "$1" "$follows_port" "$2"
	is "$1: members" "$follows_members" "$2"
}
follows_now() {
	follows_port=$(sg -j port show lead | grep -o '"addresses":\[[^]]*' | sed 's/.*\[//; s/"//g')
	follows_members=$(sg -j member show sg-lead | grep -o '"address":"[^"]*"' | cut -d '"' -f 4 | paste -sd ,)
	[ "$follows_port $follows_members" = "$1 $1" ]
}

following() {
	local line='port add lead side guest address follow group sg-lead smtp deny'
	ip_batch hv <<-end
		link add lead type veth peer name lead-peer
		link set lead up
		addr add 10.7.0.5/24 dev lead
		addr add 10.7.0.5/25 dev lead
		addr add 127.7.0.1/32 dev lead scope host
		addr add 169.254.7.1/16 dev lead
		addr add fd07::5/64 dev lead nodad
		addr add fe80::7/64 dev lead nodad
	end
	sg -b - <<-end
		group add sg-lead
		port add lead side guest address follow group sg-lead
	end
	follows 'M2 follow: what the device has, without loopback and link-local' 10.7.0.5,fd07::5
	is 'M2 C4 follow: saved as such' "$(sg save | grep lead | grep -v ^group)" "$line"
	echo 'addr add 10.7.0.6/32 dev lead' | ip_batch hv
	follows 'M2 follow: an IPv4 address that comes' 10.7.0.5,10.7.0.6,fd07::5
	echo 'addr add fd07::6/64 dev lead nodad' | ip_batch hv
	follows 'M2 follow: an IPv6 address that comes' 10.7.0.5,10.7.0.6,fd07::5,fd07::6
	echo 'addr del 10.7.0.5/24 dev lead' | ip_batch hv
	follows 'M2 follow: one of two prefixes that goes leaves the address' \
		10.7.0.5,10.7.0.6,fd07::5,fd07::6
	echo 'addr del 10.7.0.5/25 dev lead' | ip_batch hv
	follows 'M2 follow: an IPv4 address that goes' 10.7.0.6,fd07::5,fd07::6
	echo 'addr del fd07::5/64 dev lead' | ip_batch hv
	follows 'M2 follow: an IPv6 address that goes' 10.7.0.6,fd07::6
	check 'M2 C4 follow: what was saved is the same' sgnl_round_trip
	check 'M2 C5 follow: addresses with it are refused' refuses 1 follow \
		sg port set lead address follow,10.7.0.9
	sg port set lead address 10.7.0.9
	follows 'M2 follow: given addresses take their place' 10.7.0.9
	echo 'addr add 10.7.0.7/32 dev lead' | ip_batch hv
	pause 0.5
	follows 'M2 follow: and it follows no longer' 10.7.0.9
	sg port set lead address follow
	follows 'M2 follow: until it is told to' 10.7.0.6,10.7.0.7,fd07::6
	echo 'link set lead down' | ip_batch hv
	follows 'M2 follow: a device that goes down loses those of IPv6' 10.7.0.6,10.7.0.7
	echo 'link del lead' | ip_batch hv
	is 'M2 follow: its device deleted, the members are gone' "$(sg -o member show sg-lead)" ''
	sg group del sg-lead
}

# Applying what save prints changes nothing.
sgnl_round_trip() {
	local before after
	before=$(sg save)
	after=$(sg apply -f - <<<"$before" 2>&1; sg save)
	echo "$after"
	[ "$before" = "$after" ]
}

# Groups, members, rules, ids: each namespace has its own.
beside() {
	{
		group_and_rule sg-a
		echo 'member add sg-a 10.0.0.77'
	} | sgnl -n away -b -
	is 'C4 namespaces: a group of the same name is another one' "$(sgnl -n away save)" \
		'group add sg-a type basic internal accept
member add sg-a 10.0.0.77
rule add sg-a in allow icmp from 203.0.113.0/24 priority 1 id sgr-1'
	saved 'C4 namespaces: which leaves the first as it was' \
		'port add tap-web side guest address 10.0.0.5 group sg-a smtp deny'
	check 'R10 namespaces: a rule deleted in one' sgnl -n away rule del sgr-1
	check 'R10 namespaces: is still there in the other' sg rule show "${rule_id[1]}"
	sgnl -n away member del sg-a 10.0.0.77
	check 'G7 namespaces: a group deleted in one' sgnl -n away group del sg-a
	expect 'G7 E7 namespaces: still decides in the other' drop \
		"tap-web in icmp rule-deny ${rule_id[1]}" ping lab 10.0.0.5
	sg rule set "${rule_id[1]}" allow
	expect 'R13 E7 namespaces: turned round' pass \
		"tap-web in icmp rule-allow ${rule_id[1]}" ping lab 10.0.0.5
}

# One's own device: `self` in the client's namespace, where the same packets run the other way.
side_self() {
	local in='in icmp' out='out icmp'
	sg apply -f /dev/null
	monitor_start lab
	sgnl -n lab -b - <<-end
		group add sg-self type enterprise
		rule add sg-self in allow icmp from 10.0.0.5 id sgr-1
		rule add sg-self out deny icmp to 10.0.0.5 id sgr-2
		port add eth0 side self address 203.0.113.9 group sg-self
	end
	expect 'R1 side self: received is inbound' pass "eth0 $in rule-allow sgr-1" ping web 203.0.113.9
	expect 'R1 side self: transmitted is outbound' drop "eth0 $out rule-deny sgr-2" ping lab 10.0.0.5
	sgnl -n lab -b - <<-end
		rule set sgr-1 deny
		rule set sgr-2 allow
	end
	expect 'R1 side self: received, turned round' drop "eth0 $in rule-deny sgr-1" ping web 203.0.113.9
	expect 'R1 side self: transmitted, turned round' pass "eth0 $out rule-allow sgr-2" ping lab 10.0.0.5
	expect 'E8 side self: no rule for IPv6' drop 'eth0 in icmpv6 default-deny' ping web 2001:db8::9
	sgnl -n lab rule add sg-self in allow icmpv6 from fd00::/64 id sgr-3 >/dev/null
	expect 'E7 side self: a rule for IPv6' pass 'eth0 in icmpv6 rule-allow sgr-3' ping web 2001:db8::9
	sgnl -n lab apply -f /dev/null
}

# The host's end of a link: what it transmits is inbound.
side_guest() {
	local in='in icmp' out='out icmp'
	monitor_start hv
	sg -b - <<-end
		group add sg-guest type enterprise
		rule add sg-guest in allow icmp from 203.0.113.9 id sgr-11
		rule add sg-guest out deny icmp to 203.0.113.9 id sgr-12
		port add tap-web side guest address 10.0.0.5,fd00::5 group sg-guest
	end
	expect 'R1 side guest: transmitted is inbound' pass "tap-web $in rule-allow sgr-11" ping lab 10.0.0.5
	expect 'R1 side guest: received is outbound' drop "tap-web $out rule-deny sgr-12" ping web 203.0.113.9
	sg -b - <<-end
		rule set sgr-11 deny
		rule set sgr-12 allow
	end
	expect 'R1 side guest: transmitted, turned round' drop "tap-web $in rule-deny sgr-11" ping lab 10.0.0.5
	expect 'R1 side guest: received, turned round' pass "tap-web $out rule-allow sgr-12" ping web 203.0.113.9
	expect 'E8 side guest: no rule for IPv6' drop 'tap-web out icmpv6 default-deny' ping web 2001:db8::9
	sg rule add sg-guest out allow icmpv6 to 2001:db8::/64 id sgr-13 >/dev/null
	expect 'E7 side guest: a rule for IPv6' pass 'tap-web out icmpv6 rule-allow sgr-13' ping web 2001:db8::9
}

# More of them than a socket has room for, while the monitor has nothing to say.
links_change() {
	local i
	sg apply -f /dev/null
	monitor_start hv
	{
		group_and_rule sg-a
		echo 'port add tap-web side guest address 10.0.0.5,fd00::5 group sg-a'
	} | sg -b -
	expect 'E10 monitor: says what passes' pass 'tap-web out icmp default-allow' ping web 203.0.113.9
	for ((i = 0; i < 1000; i++)); do
		echo "link set tap-web alias n$i"
	done | ip_batch hv
	expect 'E10 monitor: and yet does after many changes of devices' \
		drop 'tap-web in icmpv6 default-deny' ping lab fd00::5
}

# What looks at addresses a moment after they came is then still to run.
unfollowed() {
	local i
	for i in 1 2 3 4 5; do
		sg port add tap-web side guest address follow || return
		printf 'addr %s 10.7.0.9/32 dev tap-web\n' add del add del | ip_batch hv
		sg port del tap-web
		echo 'addr add 10.7.0.9/32 dev tap-web' | ip_batch hv
		unloadable || return
		echo 'addr del 10.7.0.9/32 dev tap-web' | ip_batch hv
	done
}

# A port anywhere keeps the module; groups, rules and members do not.
unloading() {
	check 'D2 module: in use while hv has a port' refuses 1 'in use' rmmod sgnl
	new_ns other
	ip_batch other <<-end
		link add v0 type veth peer name v1
		link set v0 up
	end
	sgnl -n other -b - <<-end
		group add sg-x
		port add v0 side self address 192.0.2.1 group sg-x
	end
	sg apply -f /dev/null
	check 'D2 module: in use while another namespace has one' refuses 1 'in use' rmmod sgnl
	echo 'link del v0' | ip_batch other
	check 'D2 module: free when the device is gone' within 10 lib_unreferenced
	monitor_stop
	check 'D2 M2 module: unloaded while addresses that a port followed come and go' unfollowed
	{
		group_and_rule sg-a
		echo 'member add sg-a 10.0.0.9 fd00::9'
	} | sg -b -
	check 'D2 module: unloaded and loaded beside groups, rules and members' unloadable
	is 'D2 module: which starts anew' "$(sg save)" ''
}

# Everything at once, with live sessions, and nothing said to sgnl.
namespace_gone() {
	monitor_start hv
	{
		group_and_rule sg-a
		echo 'group add sg-b'
		echo 'rule add sg-b in allow all from group sg-a'
		echo 'member add sg-a 10.0.0.9 fd00::9'
		echo 'port add tap-web side guest address 10.0.0.5,fd00::5 group sg-a,sg-b'
	} | sg -b -
	expect 'E3 namespace: a session in it' pass 'tap-web out icmp default-allow' ping web 203.0.113.9
	is 'E3 namespace: which is live' "$(sg -o session show tap-web | grep -c 'protocol icmp ')" 1
	monitor_stop
	check 'D2 namespace: in use' refuses 1 'in use' rmmod sgnl
	ip netns del hv
	check 'D2 namespace: deleted with all that is in it, it holds nothing' within 20 lib_unreferenced
	check 'D2 namespace: and the module can be unloaded' unloadable
	new_ns hv
	is 'C4 namespace: another of that name is empty' "$(sg save)" ''
}

cloud_up
monitor_start hv
renamed
deleted
gone_for_long
moved
beside
side_self
side_guest
links_change
following
if [ -n "${SGNL_MODULE-}" ]; then
	unloading
	namespace_gone
else
	skip 'D2 module: unloading' 'SGNL_MODULE does not say which to load again'
fi
finish
