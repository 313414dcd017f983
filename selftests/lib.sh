# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For the tests that send real packets: TAP, a cloud of network namespaces, real programs in it, and
# what sgnl says of each packet. Sourced; `set -u`. Starting a process is what takes time in an emulated
# guest, so that is what is saved here: waiting and parsing is done by the shell itself.
#
#     hv   the hypervisor. sgnl's state is here. br0 has the instances, br1 the clients; it routes.
#     instance NAME ADDRESS...   a namespace behind the device tap-NAME of hv, on br0: to be guarded
#     client NAME ADDRESS...     a namespace outside, behind hv's br1: not guarded
#
# Everything made here goes away when the script ends, however it ends.

lib_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$lib_dir/../build/tool:$PATH
lib_work=$(mktemp -d)
lib_jobs=() monitor_job=''
declare -A lib_namespaces=()
rule_id=() added=''
lib_refs=0
[ ! -e /sys/module/sgnl/refcnt ] || read -r lib_refs </sys/module/sgnl/refcnt
ns_prefix=''

# --- TAP ---

tap_n=0 tap_bad=0
declare -A tap_titles=()

# result STATUS TITLE [DIAGNOSTICS]
result() {
	local status=$1 title=$2 text=${3-}
	if [ -n "${tap_titles[$title]-}" ]; then
		status=1 text="this title is there twice"
	fi
	tap_titles[$title]=1
	tap_n=$((tap_n + 1))
	if [ "$status" = 0 ]; then
		echo "ok $tap_n $title"
		return
	fi
	tap_bad=1
	echo "not ok $tap_n $title"
	[ -z "$text" ] || echo "# ${text//$'\n'/$'\n# '}"
}

# check TITLE COMMAND...: the command succeeds; what it said is shown if not.
check() {
	local title=$1 said status=0
	shift
	said=$("$@" 2>&1) || status=$?
	result "$status" "$title" "$* ended with $status"$'\n'"$said"
}

skip() { # TITLE REASON
	tap_n=$((tap_n + 1))
	echo "ok $tap_n $1 # SKIP $2"
}

# is TITLE GOT WANTED
is() {
	local status=0
	[ "$2" = "$3" ] || status=1
	result "$status" "$1" "got:"$'\n'"$2"$'\n'"wanted:"$'\n'"$3"
}

finish() {
	echo "1..$tap_n"
	exit "$tap_bad"
}

bail() {
	echo "Bail out! $*"
	exit 1
}

# refuses STATUS TEXT COMMAND...: the command ends with this status and one line that holds TEXT.
refuses() {
	local wanted=$1 text=$2 said status=0
	shift 2
	said=$("$@" 2>&1) || status=$?
	echo "status $status: $said"
	[ "$status" = "$wanted" ] && [[ $said == *"$text"* && $said != *$'\n'* ]]
}

# --- Waiting ---

# A pipe from which nothing comes: to wait for a moment without a process
mkfifo "$lib_work/never"
exec {lib_never}<>"$lib_work/never"
pause() { # SECONDS
	read -rt "$1" -u "$lib_never" || :
}

# within SECONDS COMMAND...: tries until it succeeds.
within() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		pause 0.05
	done
}

# --- The end ---

lib_unreferenced() {
	local refs
	[ -e /sys/module/sgnl/refcnt ] || return 0
	read -r refs </sys/module/sgnl/refcnt
	[ "$refs" -le "$lib_refs" ]
}

cleanup() {
	local job name
	for job in "${lib_jobs[@]}"; do
		kill -9 -- "-$job" 2>/dev/null
	done
	for name in "${!lib_namespaces[@]}"; do
		[ ! -e "/run/netns/$name" ] || echo "netns del $name"
	done >"$lib_work/batch"
	ip -force -batch "$lib_work/batch"
	# A namespace ends a while after its name, and the module's ports in it with it.
	within 20 lib_unreferenced || echo "# the module is still in use"
	rm -rf "$lib_work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# --- Namespaces ---

in_ns() { # NAME COMMAND...
	local name=$ns_prefix$1
	shift
	nsenter --net="/run/netns/$name" "$@"
}

sg() {
	sgnl -n "${ns_prefix}hv" "$@"
}

# Commands for ip(8) on the standard input, in one process
ip_batch() { # NAME
	ip -n "$ns_prefix$1" -batch - || bail "ip in $1"
}

# An address, which network it is in: sets prefix, gateway
network_of() {
	case $1 in
	10.0.0.*) prefix=24 gateway=10.0.0.1 ;;
	172.16.*) prefix=16 gateway=172.16.0.1 ;;
	203.0.113.*) prefix=24 gateway=203.0.113.1 ;;
	198.51.100.*) prefix=24 gateway=198.51.100.1 ;;
	fd00::*) prefix=64 gateway=fd00::1 ;;
	2001:db8::*) prefix=64 gateway=2001:db8::1 ;;
	*) bail "no network for $1" ;;
	esac
}

lib_specs=()
instance() { # NAME ADDRESS...
	lib_specs+=("br0 tap-$1 $*")
}
client() { # NAME ADDRESS...
	lib_specs+=("br1 out-$1 $*")
}

# Addresses that wait for nothing; the first of each family gives the way out.
lib_addresses() {
	local address prefix gateway v4='' v6=''
	echo 'link set lo up'
	echo 'link set eth0 up'
	for address; do
		network_of "$address"
		if [[ $address = *:* ]]; then
			echo "addr add $address/$prefix dev eth0 nodad"
			[ -n "$v6" ] || echo "route add default via $gateway"
			v6=1
		else
			echo "addr add $address/$prefix dev eth0"
			[ -n "$v4" ] || echo "route add default via $gateway"
			v4=1
		fi
	done
}

lib_hypervisor() {
	local spec bridge device name rest address prefix gateway
	echo 'link set lo up'
	for bridge in br0 br1; do
		echo "link add $bridge type bridge forward_delay 0 mcast_snooping 0"
		echo "link set $bridge up"
	done
	for address in 10.0.0.1 172.16.0.1 fd00::1 203.0.113.1 198.51.100.1 2001:db8::1; do
		network_of "$address"
		bridge=br1
		[[ ! $address =~ ^(10|172|fd) ]] || bridge=br0
		rest=''
		[[ $address != *:* ]] || rest=nodad
		echo "addr add $address/$prefix dev $bridge $rest"
	done
	for spec; do
		read -r bridge device name rest <<<"$spec"
		echo "link add $device type veth peer name eth0 netns $ns_prefix$name"
		echo "link set $device master $bridge up"
	done
}

# new_ns NAME...: they go away in the end.
new_ns() {
	local name
	for name; do
		lib_namespaces[$ns_prefix$name]=1
		echo "netns add $ns_prefix$name"
	done >"$lib_work/batch"
	ip -batch "$lib_work/batch" || bail 'no namespaces'
}

# cloud_up: makes what `instance` and `client` have asked for.
cloud_up() {
	local spec name addresses names=()
	for spec in "${lib_specs[@]}"; do
		read -r _ _ name _ <<<"$spec"
		names+=("$name")
	done
	new_ns hv "${names[@]}"
	# shellcheck disable=SC2016 # for the other shell
	in_ns hv sh -c 'cd /proc/sys/net && echo 1 >ipv4/ip_forward &&
		echo 1 >ipv6/conf/all/forwarding &&
		echo 0 >ipv4/conf/all/send_redirects && echo 0 >ipv4/conf/default/send_redirects' ||
		bail 'no forwarding'
	lib_hypervisor "${lib_specs[@]}" | ip_batch hv
	for spec in "${lib_specs[@]}"; do
		read -r _ _ name addresses <<<"$spec"
		# shellcheck disable=SC2086 # a list of words
		lib_addresses $addresses | ip_batch "$name"
	done
}

# --- Servers ---

# background NAME COMMAND...: runs until the end; its process is in $background.
background() {
	local name=$ns_prefix$1
	shift
	# In a process group of its own, so that its children go with it
	set -m
	(exec nsenter --net="/run/netns/$name" "$@" </dev/null >>"$lib_work/servers" 2>&1) &
	set +m
	background=$!
	lib_jobs+=("$background")
	disown "$background"
}

# listens PID tcp|udp PORT: as the namespace of that process sees it
listens() {
	local port state=0A file line
	[ "$2" = tcp ] || state=07
	printf -v port '%04X' "$3"
	for file in "/proc/$1/net/$2" "/proc/$1/net/${2}6"; do
		[ -r "$file" ] || continue
		while IFS= read -r line; do
			[[ ! $line =~ ^\ *[0-9]+:\ [0-9A-F]+:$port\ [0-9A-F]+:0000\ $state\  ]] || return 0
		done <"$file"
	done
	return 1
}

# Servers start side by side: all that were asked for are waited for here.
lib_servers=()
servers_ready() {
	local server
	for server in "${lib_servers[@]}"; do
		# shellcheck disable=SC2086 # three words
		within 30 listens $server || bail "no server for $server: $(cat "$lib_work/servers")"
	done
	lib_servers=()
}

# echo_server NAME tcp|udp PORT [ADDRESS]: sends back what comes, both families; with ADDRESS from that
# IPv4 address alone, which UDP with many addresses needs.
echo_server() {
	local listen="${2^^}6-LISTEN:$3,ipv6only=0"
	[ $# = 3 ] || listen="${2^^}4-LISTEN:$3,bind=$4"
	background "$1" socat -T 30 "$listen,fork,reuseaddr" PIPE
	lib_servers+=("$background $2 $3")
}

web_server() { # NAME PORT...
	local name=$1 port dir=$lib_work/nginx-$1
	shift
	mkdir -p "$dir"
	echo "this is $name" >"$dir/index.html"
	{
		echo "daemon off; master_process off; user root; pid $dir/pid; error_log $dir/error;"
		echo "events { worker_connections 64; }"
		echo "http { access_log off; client_body_temp_path $dir; proxy_temp_path $dir;"
		echo "fastcgi_temp_path $dir; uwsgi_temp_path $dir; scgi_temp_path $dir; server { root $dir;"
		for port; do
			echo "listen $port; listen [::]:$port;"
		done
		echo "} }"
	} >"$dir/conf"
	background "$name" nginx -e "$dir/error" -p "$dir" -c "$dir/conf"
	for port; do
		lib_servers+=("$background tcp $port")
	done
}

speed_server() { # NAME
	background "$1" iperf3 -s
	lib_servers+=("$background tcp 5201")
}

# --- Probes: each succeeds if its packets arrived and were answered ---

# Seconds that a probe waits for an answer, on a machine that may be busy
patience=10

# lib_echo NAME SOCAT-ADDRESS [LINE]: a line there and back. UDP has no end, so it is ended.
lib_echo() {
	local name=$1 address=$2 line=${3:-hello} reply='' fd job
	exec {fd}< <(
		exec nsenter --net="/run/netns/$ns_prefix$name" \
			socat -t "$patience" -b 16384 STDIO "$address" 2>/dev/null <<<"$line"
	)
	job=$!
	read -rt "$patience" -u "$fd" reply
	kill "$job" 2>/dev/null
	exec {fd}<&-
	[ "$reply" = "$line" ]
}

bracket() {
	case $1 in
	*:*) echo "[$1]" ;;
	*) echo "$1" ;;
	esac
}

probe_tcp() { # NAME ADDRESS PORT [SOURCE-PORT]
	lib_echo "$1" "TCP:$(bracket "$2"):$3,connect-timeout=$patience${4:+,sourceport=$4,reuseaddr}"
}

probe_udp() { # NAME ADDRESS PORT [SOURCE-PORT]
	lib_echo "$1" "UDP:$(bracket "$2"):$3${4:+,sourceport=$4,reuseaddr}"
}

probe_ping() { # NAME ADDRESS
	in_ns "$1" ping -n -q -c 1 -W "$patience" "$2" >/dev/null 2>&1
}

# An ICMP message of a type, which has an answer or not; it arrives, as tcpdump there sees
probe_icmp() { # NAME ADDRESS TYPE CODE TO
	local got=$lib_work/got.$BASHPID
	in_ns "$5" timeout --foreground "$patience" tcpdump -n -p -U -c 1 \
		"icmp[0] = $3 and icmp[1] = $4 and dst $2" >"$got" 2>&1 &
	within 10 grep -q 'listening on' "$got"
	in_ns "$1" timeout --foreground "$patience" hping3 -q -n -c 1 -1 -C "$3" -K "$4" "$2" >/dev/null 2>&1
	wait $!
}

# Four fragments there, and four back
probe_large_ping() { # NAME ADDRESS
	in_ns "$1" ping -n -q -c 1 -s 4000 -W "$patience" "$2" >/dev/null 2>&1
}

# A datagram of 8000 bytes, there and back
probe_large_udp() { # NAME ADDRESS PORT
	lib_echo "$1" "UDP:$(bracket "$2"):$3" "$(printf '%07999d' 0)"
}

# As traceroute does: the first router says that the time to live was exceeded.
probe_hop() { # NAME ADDRESS
	in_ns "$1" ping -n -c 1 -t 1 -W "$patience" "$2" 2>&1 | grep -qi 'time to live exceeded\|hop limit'
}

probe_web() { # NAME ADDRESS [PORT]
	in_ns "$1" curl -s -o /dev/null -m "$patience" "http://$(bracket "$2"):${3:-80}/" 2>/dev/null
}

# A lot of packets, and both ends agree on how many
probe_speed() { # NAME ADDRESS
	in_ns "$1" timeout --foreground $((patience + 5)) iperf3 -c "$2" -n 512K -l 8K \
		--connect-timeout $((patience * 1000)) >/dev/null 2>&1
}

# A bare SYN; the answer is a SYN-ACK
probe_syn() { # NAME ADDRESS PORT [SOURCE-PORT]
	in_ns "$1" timeout --foreground $((patience + 2)) hping3 -q -n -c 1 -S -p "$3" ${4:+-s "$4"} "$2" >/dev/null 2>&1
}

# --- What sgnl says ---

# monitor_start [NAME]: what is let through and what is dropped there (in hv) is followed from here on.
monitor_start() {
	local name=${1-hv} said=$lib_work/monitor.${#lib_jobs[@]}
	monitor_stop
	background "$name" sh -c "exec sgnl monitor sessions denials >$said"
	monitor_job=$background
	within 20 lib_monitoring || bail 'the monitor does not listen'
	exec {lib_monitor}<"$said"
}
# A process in a namespace keeps it.
monitor_stop() {
	[ -z "$monitor_job" ] || kill -9 -- "-$monitor_job"
	monitor_job=''
}
lib_monitoring() {
	local protocol groups pid
	while read -r _ protocol pid groups _; do
		[ "$protocol $pid" != "16 $background" ] || [ "$groups" = 00000000 ] || return 0
	done <"/proc/$background/net/netlink" && return 1
}

# event_words LINE: sets event to "DEVICE DIRECTION PROTOCOL REASON [RULE]"
event_words() {
	local -A word=()
	local parts i
	read -ra parts <<<"$1"
	for ((i = 0; i < ${#parts[@]} - 1; i++)); do
		case ${parts[i]} in
		device | direction | opener | protocol | reason | rule)
			word[${parts[i]}]=${parts[i + 1]}
			i=$((i + 1))
			;;
		esac
	done
	event="${word[device]-} ${word[direction]-${word[opener]-}} ${word[protocol]-} ${word[reason]-}"
	event+="${word[rule]+ ${word[rule]}}"
}

# All that was said so far
events_skip() {
	events_seen=''
	while read -r -u "$lib_monitor" _; do
		:
	done
}

# saw pass|drop "DEVICE DIRECTION PROTOCOL REASON [RULE]": since events_skip
saw() {
	local line event
	while read -r -u "$lib_monitor" line; do
		case $line in
		*denial*) event_words "$line" && event="drop $event" ;;
		*session*new*) event_words "$line" && event="pass $event" ;;
		*) continue ;;
		esac
		events_seen+="$event"$'\n'
	done
	[[ $'\n'$events_seen == *$'\n'"$1 $2"$'\n'* ]]
}

# lib_probe PROBE...: in the background; the file `ended` is there when it has, `arrived` before if it succeeded.
# Not by its process: bash was seen to block SIGCHLD for good, whereupon what has ended stays a process.
lib_probe() {
	rm -f "$lib_work/arrived" "$lib_work/ended"
	set -m
	{
		"probe_$1" "${@:2}" && : >"$lib_work/arrived"
		: >"$lib_work/ended"
	} 2>/dev/null &
	set +m
	probe_job=$!
	disown "$probe_job"
}
lib_probe_ended() {
	[ -e "$lib_work/ended" ]
}

# try pass|drop DECIDED PROBE...: the probe ends so, and this decided. Sets tried, events_seen.
# What is dropped is not waited for until the probe gives up: once sgnl has said that it was this that
# decided, what it let slip would arrive at once.
try() {
	local wanted=$1 decided=$2 said='' end=$((SECONDS + patience + 10))
	shift 2
	events_skip
	lib_probe "$@"
	until lib_probe_ended || [ "$SECONDS" -gt "$end" ]; do
		if [ "$wanted" = drop ] && saw drop "$decided"; then
			said=1
			pause 0.2
			break
		fi
		pause 0.03
	done
	kill -9 -- "-$probe_job" 2>/dev/null
	tried=drop
	[ ! -e "$lib_work/arrived" ] || tried=pass
	[ "$tried" = "$wanted" ] && { [ -n "$said" ] || within 5 saw "$wanted" "$decided"; }
}

# expect TITLE pass|drop DECIDED PROBE...: the same as a test
expect() {
	local title=$1 status=0
	shift
	try "$@" || status=1
	[ "$status" = 0 ] || saw none none
	result "$status" "$title" "wanted: $1, decided by: $2
probe: ${*:3}
it went: $tried; sgnl said:
$events_seen"
}

# rules_of_state: sets rule_id[1]... to the ids of the rules that there are, the oldest first.
# shellcheck disable=SC2034 # rule_id and added are for the tests
rules_of_state() {
	local line numbers=() n=0
	while read -r line; do
		[[ ! $line =~ ' id sgr-'([0-9]+) ]] || numbers[BASH_REMATCH[1]]=1
	done < <(sg -o rule show)
	rule_id=()
	for line in "${!numbers[@]}"; do
		n=$((n + 1))
		rule_id[n]=sgr-$line
	done
}

# load FILE: commands of a file into a namespace that is emptied before.
load() {
	sg apply -f /dev/null || bail 'apply -f /dev/null'
	sg -b "$1" || bail "sgnl -b $1"
	rules_of_state
}

# add_rule WORDS...: sets added to its id.
# shellcheck disable=SC2034
add_rule() {
	added=$(sg rule add "$@") || bail "rule add $*"
}

# hits ID: how many packets a rule has decided
hits() {
	local line
	line=$(sg -j -s rule show "$1")
	[[ $line =~ \"packets\":([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}
