#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_migration.sh [SECONDS]: a guest moves from one host to another while iperf3 runs, for so long (6). Its sessions
# are saved in one network namespace and loaded in the other, under another device. And what is refused of a file.
#
#     guest   has eth0, whose cable ends in wire
#     wire    leads all frames of guest and client to one of the hosts, and all of both hosts to them
#     old     tap0, and uplink to the client; both on a bridge
#     new     vnet7, and uplink
#     client  has eth0
#
# What the single states become is in frames/test_migration.py, how long they live in frames/jump_times.py.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

guest=10.0.0.5 client=10.0.0.9 seconds=${1:-6}
new_ns wire guest old new client
for name in guest client; do
	ip -n wire link add "$name" type veth peer name eth0 netns "$name" || bail "no link of $name"
	ip_batch "$name" <<-end
		link set lo up
		addr add ${!name}/24 dev eth0
		link set eth0 up
	end
done
for host in old new; do
	tap=tap0
	[ "$host" = old ] || tap=vnet7
	ip_batch "$host" <<-end
		link add br0 type bridge forward_delay 0 mcast_snooping 0
		link add $tap type veth peer name guest-$host netns wire
		link add uplink type veth peer name client-$host netns wire
		link set $tap master br0
		link set uplink master br0
		link set br0 up
		link set $tap up
		link set uplink up
	end
done

# For tc(8): led FROM TO; a later one has the lower number and goes first.
preference=100
led() {
	echo "filter add dev $1 ingress pref $preference matchall action mirred egress redirect dev $2"
}
wire() {
	tc -n wire -batch "$lib_work/tc" || bail "tc in wire: $(cat "$lib_work/tc")"
}
plugged() { # HOST: both ends in one process, so that it takes a moment only
	preference=$((preference - 1))
	{ led guest "guest-$1" && led client "client-$1"; } >"$lib_work/tc"
	wire
}
for end in guest client; do
	for device in "$end" "$end-old" "$end-new"; do
		ip -n wire link set "$device" up
		echo "qdisc add dev $device clsact"
		[ "$device" = "$end" ] || led "$device" "$end"
	done
done >"$lib_work/tc"
wire
plugged old

# Without an answer to a session, nothing leaves the guest: outbound is denied. No TCP is adopted.
rules() { # HOST
	sgnl -n "$1" -b - <<-end || bail "no rules in $1"
		group add sg-web type enterprise
		rule add sg-web in tcp port 5201/5202 from $client
		rule add sg-web in udp port 5201/5202 from $client
	end
}
port() { # HOST DEVICE
	sgnl -n "$1" port add "$2" side guest address $guest adopt 0 group sg-web || bail "no port in $1"
}
port_again() {
	sgnl -n "$1" port del "$2" || bail "no port in $1"
	port "$1" "$2"
}
rules old
port old tap0
rules new
port new vnet7
for port in 5201 5202; do
	background guest iperf3 -s -p "$port"
	lib_servers+=("$background tcp $port")
done
servers_ready

# run NAME SECONDS OPTION...: iperf3 in both directions
run() {
	background client sh -c \
		"timeout $(($2 + 20)) iperf3 -c $guest --bidir --json -t ${*:2} >$lib_work/$1; echo \$? >$lib_work/$1.status"
}
ended() { # NAME
	[ -s "$lib_work/$1.status" ]
}
# running DEVICE HOST: the connections of both, and both flows of UDP, are established there
running() {
	local shown line n=0
	shown=$(sgnl -n "$2" -o session show "$1")
	while read -r line; do
		[[ $line != *' state established '* ]] || n=$((n + 1))
	done <<<"$shown"
	[ "$n" -ge 6 ]
}
said() { # NAME FILTER
	jq -r "$2" "$lib_work/$1" 2>&1
}
# passed DEVICE HOST in|out REASON: so many packets
passed() {
	sgnl -n "$2" -j stats "$1" | jq --arg d "$3" --arg r "$4" '[.[] | select(.direction == $d and .name == $r).packets] | add // 0'
}
counted() { # DEVICE HOST
	sgnl -n "$2" -j stats "$1" | jq -r '[.[] | select(.packets > 0) | "\(.direction) \(.name) \(.packets)"] | join(", ")'
}
# overrun END: packets of UDP for which a socket there had no room
overrun() {
	ip netns exec "$ns_prefix$1" sed -n 's/^Udp: [0-9]* [0-9]* [0-9]* [0-9]* \([0-9]*\) .*/\1/p' /proc/net/snmp
}
timeless() {
	sed 's/ state .*//'
}

# --- A guest moves, and takes its sessions along ---

run udp "$seconds" -p 5201 -u -b 40K -l 200
run tcp "$seconds" -p 5202 -b 400K -l 1K
within 20 running tap0 old || bail "iperf3 does not run: $(cat "$lib_work/servers"; sgnl -n old session show)"
sgnl -n old session save tap0 >"$lib_work/saved" || bail 'session save'
is 'S13 what is loaded at another place, for a device of another name, is all there' \
	"$(sgnl -n new session load vnet7 "$lib_work/saved")" ''
is 'S13 and is the same' "$(sgnl -n new session save vnet7 | timeless)" "$(timeless <"$lib_work/saved")"
plugged new
check 'S13 iperf3 over UDP and TCP end' within $((seconds + 30)) eval 'ended udp && ended tcp'
is 'S13 iperf3 over UDP ended well' "$(cat "$lib_work/udp.status")" 0
is 'S13 iperf3 over TCP did' "$(cat "$lib_work/tcp.status")" 0
for place in 'tap0 old' 'vnet7 new'; do
	# shellcheck disable=SC2086 # words
	echo "# ${place% *} counted $(counted $place)"
done
# What a socket had no room for did come: who reads has had no CPU for long, as it may be in a slow guest.
full=$(($(overrun guest) + $(overrun client)))
echo "# $(said udp '[.end.streams[].udp.lost_packets] | tostring') of $(said udp '[.end.streams[].udp.packets] | tostring') packets of UDP were lost, and $full of them at a full socket"
check 'S13 at most one packet was lost on its way, both ways together' \
	test "$(said udp '[.end.streams[].udp.lost_packets] | add')" -le $((full + 1))
# 25 a second, where the machine is quick enough
check 'S13 and they came all the time' test "$(said udp '[.end.streams[].udp.packets] | min')" -ge $((5 * seconds))
check 'S13 over TCP bytes came until the end, both ways' test "$(said tcp '[.intervals[-1].streams[].bytes] | min')" -gt 0
check 'S13 E3 its sessions were met at the new place, from outside' test "$(passed vnet7 new in session)" -gt 10
check 'S13 E3 and from the guest' test "$(passed vnet7 new out session)" -gt 10
is 'S13 the new place denied nothing of it' "$(passed vnet7 new in tcp-no-session) $(passed vnet7 new out tcp-no-session)" '0 0'

# --- The same without its sessions ---

port_again old tap0
run udp $((seconds - 2)) -p 5201 -u -b 40K -l 200
run tcp $((seconds - 2)) -p 5202 -b 400K -l 1K
rm -f "$lib_work"/*.status
within 20 running vnet7 new || bail "iperf3 does not run: $(cat "$lib_work/servers"; sgnl -n new session show)"
plugged old
denied() {
	[ "$(passed tap0 old out default-deny)" -gt 10 ] && [ "$(passed tap0 old out tcp-no-session)" -gt 0 ] &&
		[ "$(passed tap0 old in tcp-no-session)" -gt 0 ]
}
check 'S13 S5 without loading them, TCP and what the guest sends by UDP is denied at the new place' within 10 denied
is 'S13 S5 nothing of TCP passes there' "$(sgnl -n old -o session show tap0 | grep -c ' protocol tcp ')" 0
sgnl -n new session save vnet7 | grep ' tcp ' >"$lib_work/late"
check 'S13 loaded late, they go on' sgnl -n old session load tap0 "$lib_work/late"
late() {
	[ "$(passed tap0 old in session)" -gt 0 ]
}
check 'S13 E3 their packets pass then' within 10 late

# --- What is refused ---

# So that nothing comes there any more
plugged new
port_again old tap0
bad() { # TEXT LINE
	refuses 1 "standard input:2: $1" sgnl -n old session load tap0 - <<<"in udp $client:1 $guest:1 state opened age 0 idle 0"$'\n'"$2"
}
udp="in udp $client:2 $guest:2" tcp="in tcp $client:2 $guest:2" rest='state established age 9 idle 5'
while IFS='|' read -r text line; do
	check "S13 C5 refused: $line" bad "$text" "$line"
done <<-end
	direction "udp": expected in or out|udp in $client:2 $guest:2 $rest
	protocol "256": expected tcp, udp, icmp, icmpv6, gre or 0 to 255|in 256 $client $guest $rest
	protocol "all": expected|in all $client $guest $rest
	source "10.0.0:2": expected ADDRESS|in udp 10.0.0:2 $guest:2 $rest
	port "65536": expected 0 to 65535|in udp $client:65536 $guest:2 $rest
	destination port missing|in udp $client:2 $guest $rest
	source port missing|in udp $client $guest:2 $rest
	port: only tcp and udp have ports|in gre $client:2 $guest:2 $rest
	addresses: expected two of the same family|in udp [fd00::1]:2 $guest:2 $rest
	destination "224.0.0.1": expected a unicast address|in udp $client:2 224.0.0.1:2 $rest
	source "255.255.255.255": expected a unicast address|in udp 255.255.255.255:2 $guest:2 $rest
	id missing|in icmp $client $guest $rest
	id: expected with icmp and icmpv6 only|$udp id 5 $rest
	id "65536": expected 0 to 65535|in icmp $client $guest id 65536 $rest
	state "closed": expected opened, opened-fin, established, fin-opener, fin-answerer, closing or cut|$tcp state closed age 9 idle 5
	state "closing": expected opened, established or cut|$udp state closing age 9 idle 5
	reset "opener": expected with tcp only|$udp reset opener $rest
	reset "answerer": expected none or opener in state opened|$tcp reset answerer state opened age 9 idle 5
	reset "both": expected none in state cut|$tcp reset both state cut age 9 idle 5
	reset "me": expected none, opener, answerer or both|$tcp reset me $rest
	state missing|$tcp age 9 idle 5
	age missing|$tcp state opened idle 5
	idle missing|$tcp state opened age 5
	age "-1": expected 0 to 16776960 seconds|$tcp state opened age -1 idle 0
	age "16776961": expected 0 to 16776960 seconds|$tcp state opened age 16776961 idle 0
	idle "911": expected 0 to 910 seconds|$tcp state opened age 999 idle 911
	idle "6": expected no more than age, which is 5|$tcp state opened age 5 idle 6
	vlan "4096": expected one or two ids|$tcp vlan 4096 $rest
	third id "3": expected one or two ids|$tcp vlan 1,2,3 $rest
	"idle" is given twice|$tcp $rest idle 5
	unexpected word "rule": expected state|$tcp $rest rule sgr-1
	direction "rule": expected in or out|rule add sg-web in tcp from 10.0.0.1
end
is 'S13 C5 and nothing was loaded' "$(sgnl -n old session save tap0)" ''
check 'S13 C5 what is no port has nothing to save' refuses 2 'no port' sgnl -n old session save uplink
check 'S13 C5 or to load' refuses 2 'standard input:1: kernel: the device is no port' \
	sgnl -n old session load uplink - <<<"$udp $rest"
check 'S13 C5 nor has what is no device' refuses 1 'device "none"' sgnl -n old session save none
check 'S13 C5 a file is needed' refuses 1 'file missing' sgnl -n old session load tap0
check 'S13 C5 one that is there' refuses 1 'No such file' sgnl -n old session load tap0 /none
check 'S13 C5 loading cannot be a line of a file of commands' refuses 1 'a command that changes something' \
	sgnl -n old -b - <<<'session load tap0 -'
is 'S13 what is not loaded is shown, in JSON too' \
	"$(sgnl -n old -j session load tap0 - <<<"# lines like this one are no session"$'\n'"out ${udp#in } $rest" | jq -c '.[] | [.line, .outcome, .reason]')" \
	'[2,"refused","address"]'
check 'S13 an empty file loads nothing' sgnl -n old session load tap0 /dev/null
finish
