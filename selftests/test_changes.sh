#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What becomes of connections that real programs have while rules change under them: with keep,
# revalidate and cut, and what a preview says before.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

instance web 10.0.0.5
client admin 203.0.113.9
client office 198.51.100.7

declare -A say=()

# converse KEY NAME SOCAT-ADDRESS: a connection that stays open
converse() {
	local fd
	mkfifo "$lib_work/in.$1"
	background "$2" sh -c "exec socat -T 600 - '$3' <'$lib_work/in.$1' >'$lib_work/out.$1' 2>/dev/null"
	exec {fd}>"$lib_work/in.$1"
	say[$1]=$fd
}

heard() { # KEY WORD
	local line
	while IFS= read -r line; do
		[ "$line" != "$2" ] || return 0
	done <"$lib_work/out.$1"
	return 1
}

# answered KEY [SECONDS]: says a word that was not said before; does it come back?
answered() {
	local token=said$SRANDOM
	echo "$token" >&"${say[$1]}"
	within "${2-$patience}" heard "$1" "$token"
}

unanswered() { # KEY
	! answered "$1" 1
}

# states [WORD...]: protocol, peer, its port and state of each session of the port
states() {
	local line
	while read -r line; do
		[[ $line =~ protocol\ ([^ ]+)\ .*peer_address\ ([^ ]+)(\ peer_port\ ([0-9]+))?\ state\ ([^ ]+) ]] || continue
		echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]} ${BASH_REMATCH[4]} ${BASH_REMATCH[5]}"
	done < <("$@") | sort
}
all_states() {
	states sg -o session show tap-web
}
# in_state PROTOCOL PEER PORT STATE
in_state() {
	[[ $'\n'$(all_states)$'\n' == *$'\n'"$*"$'\n'* ]]
}

pings() { # how many answers came so far
	local line n=0
	while read -r line; do
		[[ $line != *'bytes from'* ]] || n=$((n + 1))
	done <"$lib_work/pings"
	echo "$n"
}
more_pings() { # THAN
	[ "$(pings)" -gt "$1" ]
}

cloud_up
for protocol in tcp udp; do
	echo_server web "$protocol" 7
done
speed_server web
servers_ready
sg group add sg-web || bail 'no group'
sg port add tap-web side guest address 10.0.0.5 group sg-web || bail 'no port'
for what in 'tcp port 7' 'udp port 7' icmp 'tcp port 5201'; do
	# shellcheck disable=SC2086 # words of a rule
	add_rule sg-web in $what from 0.0.0.0/0
	rule_id+=("$added")
done
tcp_rule=${rule_id[0]} udp_rule=${rule_id[1]} icmp_rule=${rule_id[2]} speed_rule=${rule_id[3]}

converse admin admin TCP:10.0.0.5:7,sourceport=4001
converse office office TCP:10.0.0.5:7,sourceport=4002
converse udp admin UDP:10.0.0.5:7,sourceport=4003
background admin sh -c "exec ping -n -i 0.1 10.0.0.5 >$lib_work/pings"
background admin sh -c "exec iperf3 -c 10.0.0.5 -t 600 -b 1M --cport 4004 >$lib_work/speed 2>&1"
all_answer() {
	answered admin && answered office && answered udp && more_pings 0
}
within 30 all_answer || bail "no conversations: $(cat "$lib_work/servers")"
within 20 in_state tcp 203.0.113.9 4004 established || bail "no iperf3: $(cat "$lib_work/speed")"

# --- keep ---

before=$(all_states)
sg -b - <<-end || bail 'rules were not deleted'
	rule del $tcp_rule
	rule del $udp_rule
	rule del $icmp_rule
	rule del $speed_rule
end
check 'S7 a connection over TCP lives on when its rule goes' answered admin
check 'S7 a flow of UDP does' answered udp
check 'S7 a ping does' within 5 more_pings "$(pings)"
is 'S7 all of their sessions are as they were' "$(all_states)" "$before"

# --- preview ---

sg -b - <<-end || bail 'rules were not added'
	rule add sg-web in tcp port 7 from 0.0.0.0/0 id $tcp_rule
	rule add sg-web in udp port 7 from 0.0.0.0/0 id $udp_rule
	rule add sg-web in icmp from 0.0.0.0/0 id $icmp_rule
	rule add sg-web in tcp port 5201 from 0.0.0.0/0 id $speed_rule
end
saved=$(sg save)
office_line='tcp 198.51.100.7 4002 established'
is 'S7 a preview of a rule that changes shows whom it would cut' \
	"$(states sg -o --preview rule set "$tcp_rule" from 203.0.113.0/24)" "$office_line"
is 'S7 a preview of a file does' "$(states sg -o --preview -b - <<-end
	rule del $tcp_rule
	rule add sg-web in tcp port 7 from 198.51.100.7
end
)" 'tcp 203.0.113.9 4001 established'
is 'S7 a preview of a state to apply does' \
	"$(grep -v "$udp_rule" <<<"$saved" | states sg -o --preview apply -f -)" 'udp 203.0.113.9 4003 established'
is 'S7 a diff with a preview does, behind the commands' \
	"$(grep -v "$udp_rule" <<<"$saved" | sg --preview diff - | sed 's/ opener .*//')" \
	"rule del $udp_rule
# ends session device tap-web protocol udp local_address 10.0.0.5 local_port 7"
is 'S7 as JSON too' "$(grep -v "$udp_rule" <<<"$saved" | sg -j --preview diff - |
	jq -c '[.[] | .command // [.session.protocol, .session.peer_address, .session.peer_port]]')" \
	"[\"rule del $udp_rule\",[\"udp\",\"203.0.113.9\",4003]]"
is 'S7 a preview of nothing shows nothing' "$(states sg -o --preview apply -f - <<<"$saved")" ''
is 'S7 C4 a preview changes nothing' "$(sg save)" "$saved"
is 'S7 and no session' "$(all_states)" "$before"

# --- cut ---

monitor_start hv
events_skip
check 'S7 R13 a rule is changed, and what it lets no longer is cut' \
	sg --sessions cut rule set "$tcp_rule" from 203.0.113.0/24
check 'S7 S8 its connection is cut at once' in_state tcp 198.51.100.7 4002 cut
is 'S7 what was cut is what the preview has shown' "$(all_states)" \
	"${before/"$office_line"/"${office_line/established/cut}"}"
check 'S7 S8 who was cut is not heard any more' unanswered office
check 'S8 E10 its packets are dropped for that' within 5 saw drop 'tap-web in tcp cut'
check 'S7 who was not is' answered admin
sg rule set "$tcp_rule" from 0.0.0.0/0
check 'S8 the connection that was cut stays cut when the rule is back' unanswered office
check 'S8 a new one is let through beside it' probe_tcp office 10.0.0.5 7
check 'S8 and one with the same ports, which lifts the mark' probe_syn office 10.0.0.5 7 4002

check 'S7 a connection under load is cut at once' sg --sessions cut rule del "$speed_rule"
check 'S7 S8 it leaves a mark' in_state tcp 203.0.113.9 4004 cut
check 'S8 and its packets are dropped' within 10 saw drop 'tap-web in tcp cut'

# --- revalidate ---

sg --sessions revalidate rule del "$icmp_rule" || bail 'the rule was not deleted'
stopped() {
	local n
	n=$(pings)
	pause 0.5
	[ "$(pings)" = "$n" ]
}
check 'S7 a ping whose rule went stops at its next packet' within 5 stopped
check 'S7 a connection that is allowed goes on' answered admin
check 'S7 a flow of UDP that is allowed goes on' answered udp

sg --sessions revalidate rule del "$udp_rule" || bail 'the rule was not deleted'
sg group set sg-web description 'another change'
sg member add sg-web 10.0.0.77
check 'S7 a flow that sends nothing waits, whatever changes come' in_state udp 203.0.113.9 4003 established
pending=$(sg -o session show tap-web)
check 'S7 that it is to be judged again is shown' test "${pending/udp*pending/}" != "$pending"
check 'S7 S8 its next packet ends it' unanswered udp
check 'S7 S8 it is cut then' in_state udp 203.0.113.9 4003 cut
add_rule sg-web in udp port 7 from 0.0.0.0/0
check 'S8 what its opener sends lifts the mark once the rules allow it' answered udp

# --- what the tool says ---

said=$(sg --sessions revalidate rule add sg-web in tcp port 99 from 192.0.2.1)
check 'S7 R1 a rule that is added with it tells its id' test "${said#sgr-}" -gt 0
check 'S7 apply can ask for it' sg --sessions cut apply -f - <<<"$saved"
is 'S7 C4 and has applied' "$(sg save | grep -c '^rule add')" 4
check 'S7 a batch can ask for it' sg --sessions cut -b - <<<"group set sg-web description x"
check 'C5 another word is refused' refuses 1 'expected keep, revalidate or cut' sg --sessions maybe rule del 1
check 'C5 what changes nothing is refused with it' refuses 1 'a command that changes something' \
	sg --sessions cut session show
check 'C5 or with a preview' refuses 1 'a command that changes something' sg --preview rule show
check 'C5 a preview of what is wrong is refused' refuses 2 'no such group' sg --preview group del sg-none
finish
