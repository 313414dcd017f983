#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The configurations of cases/, as they stand there, with real programs: what should pass passes, what
# should not does not, and sgnl says which rule or default decided. Whatever must not pass is also seen
# to pass in the same place with the rule turned round or added.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
cases=$lib_dir/cases

instance web 10.0.0.5 fd00::5
instance db 10.0.0.6 fd00::6
instance app 10.0.0.7 fd00::7
instance spare 10.0.0.8 fd00::8
instance tuple 172.16.1.0
client admin 203.0.113.9 2001:db8::9
client other 203.0.113.20 2001:db8::20
client office 198.51.100.7 2001:db8::7

# turned ID TITLE DECIDED PROBE...: with the rule's policy the other way, for a moment. DECIDED says
# what decides then: "pass ..." or "drop ...".
turned() {
	local id=$1 title=$2 wanted=${3%% *} decided=${3#* } from=allow to=deny
	shift 3
	if [ "$wanted" = pass ]; then
		from=deny to=allow
	fi
	sg rule set "$id" "$to" || bail "rule set $id"
	expect "$title" "$wanted" "$decided" "$@"
	sg rule set "$id" "$from" || bail "rule set $id"
}

# with_rule "WORDS" TITLE WHERE PROBE...: with one more rule, for a moment, it passes, by that rule.
with_rule() {
	local words=$1 title=$2 where=$3
	shift 3
	# shellcheck disable=SC2086 # words of a rule
	add_rule $words
	expect "$title" pass "$where rule-allow $added" "$@"
	sg rule del "$added" || bail "rule del $added"
}

web_service() {
	local allow='tap-web in tcp rule-allow' id
	load "$cases/1-web-service.sgnl"
	expect 'R1 R3 E7 web service: HTTP, IPv4' pass "$allow ${rule_id[1]}" web admin 10.0.0.5 80
	expect 'R1 R3 E7 web service: HTTPS, IPv4' pass "$allow ${rule_id[2]}" web office 10.0.0.5 443
	expect 'R4 E7 web service: HTTP, IPv6' pass "$allow ${rule_id[3]}" web admin fd00::5 80
	expect 'R4 E7 web service: HTTPS, IPv6' pass "$allow ${rule_id[4]}" web office fd00::5 443
	is 'R1 E3 web service: a rule decides the first packet of a session alone' \
		"$(for id in "${rule_id[@]}"; do hits "$id"; done)" $'1\n1\n1\n1'

	turned "${rule_id[1]}" 'E7 R13 web service: HTTP turned round, IPv4' \
		"drop tap-web in tcp rule-deny ${rule_id[1]}" web admin 10.0.0.5 80
	turned "${rule_id[4]}" 'E7 R13 web service: HTTPS turned round, IPv6' \
		"drop tap-web in tcp rule-deny ${rule_id[4]}" web office fd00::5 443
	expect 'G2 E8 web service: not SSH' drop 'tap-web in tcp default-deny' tcp admin 10.0.0.5 22
	with_rule 'sg-web in tcp port 22 from 0.0.0.0/0' 'E8 web service: SSH with a rule for it' \
		'tap-web in tcp' tcp admin 10.0.0.5 22
	expect 'R3 E8 web service: not UDP to the same port' drop 'tap-web in udp default-deny' \
		udp admin fd00::5 443
	with_rule 'sg-web in udp port 443 from ::/0' 'R3 E8 web service: UDP with a rule for it' \
		'tap-web in udp' udp admin fd00::5 443
	expect 'G2 E8 S4 web service: its own visits need no rule' pass 'tap-web out tcp default-allow' \
		tcp web 203.0.113.9 22
}

remote_access() {
	load "$cases/2-remote-access.sgnl"
	expect 'R4 E7 remote access: SSH from the named address, IPv4' pass \
		"tap-web in tcp rule-allow ${rule_id[1]}" tcp admin 10.0.0.5 22
	expect 'R4 E7 remote access: SSH from the named address, IPv6' pass \
		"tap-web in tcp rule-allow ${rule_id[2]}" tcp admin fd00::5 22
	expect 'R4 E7 remote access: RDP from the office' pass \
		"tap-web in tcp rule-allow ${rule_id[3]}" tcp office 10.0.0.5 3389
	turned "${rule_id[1]}" 'E7 remote access: SSH turned round' \
		"drop tap-web in tcp rule-deny ${rule_id[1]}" tcp admin 10.0.0.5 22

	expect 'R4 E8 remote access: not SSH from another address, IPv4' drop \
		'tap-web in tcp default-deny' tcp other 10.0.0.5 22
	with_rule 'sg-remote in tcp port 22 from 203.0.113.20' \
		'R4 E8 remote access: SSH once that address is named, IPv4' 'tap-web in tcp' tcp other 10.0.0.5 22
	expect 'R4 E8 remote access: not SSH from another address, IPv6' drop \
		'tap-web in tcp default-deny' tcp other fd00::5 22
	with_rule 'sg-remote in tcp port 22 from 2001:db8::20' \
		'R4 E8 remote access: SSH once that address is named, IPv6' 'tap-web in tcp' tcp other fd00::5 22
	expect 'R3 E8 remote access: not RDP for the administrator' drop \
		'tap-web in tcp default-deny' tcp admin 10.0.0.5 3389
	sg rule set "${rule_id[1]}" port 22/3389
	expect 'R3 R13 remote access: RDP once the range holds it' pass \
		"tap-web in tcp rule-allow ${rule_id[1]}" tcp admin 10.0.0.5 3389
	expect 'R3 R4 remote access: not SSH for the office' drop \
		'tap-web in tcp default-deny' syn office 10.0.0.5 22
	sg rule set "${rule_id[1]}" port 22/22 from 198.51.100.0/24
	expect 'R4 R13 remote access: SSH once the office is meant' pass \
		"tap-web in tcp rule-allow ${rule_id[1]}" syn office 10.0.0.5 22
}

database_by_address() {
	local db='tap-db in tcp'
	load "$cases/3-database.sgnl"
	expect 'R4 E7 database: by address' pass "$db rule-allow ${rule_id[1]}" tcp spare 10.0.0.6 3306
	expect 'R4 E7 database: by CIDR' pass "$db rule-allow ${rule_id[2]}" tcp tuple 10.0.0.6 6379
	expect 'R4 E8 database: not from the address beside it' drop "$db default-deny" tcp app 10.0.0.6 3306
	sg rule set "${rule_id[1]}" from 10.0.0.6/31
	expect 'R4 R13 database: from it with a CIDR of both' pass "$db rule-allow ${rule_id[1]}" \
		tcp app 10.0.0.6 3306
	expect 'R4 E8 database: not from outside the CIDR' drop "$db default-deny" tcp spare 10.0.0.6 6379
	with_rule 'sg-db in tcp port 6379 from 10.0.0.0/24' 'R4 E8 database: with a rule for its CIDR' "$db" \
		tcp spare 10.0.0.6 6379
	turned "${rule_id[2]}" 'E7 database: by CIDR, turned round' "drop $db rule-deny ${rule_id[2]}" \
		tcp tuple 10.0.0.6 6379
}

# With the state of the last one. Members that were there before the rule, and on two hosts.
database_by_group() {
	local db='tap-db in tcp'
	local allow="$db rule-allow ${rule_id[3]}" deny="drop $db rule-deny ${rule_id[3]}"
	expect 'R5 M2 database: by group, a member on a port here, IPv4' pass "$allow" tcp app 10.0.0.6 5432
	expect 'R5 M2 database: by group, a member on a port here, IPv6' pass "$allow" tcp app fd00::6 5432
	expect 'R5 M1 database: by group, a member elsewhere, IPv4' pass "$allow" tcp other 10.0.0.6 5432
	expect 'R5 M1 database: by group, a member elsewhere, IPv6' pass "$allow" tcp other fd00::6 5432
	turned "${rule_id[3]}" 'R5 E7 database: by group, here, turned round, IPv4' "$deny" \
		tcp app 10.0.0.6 5432
	turned "${rule_id[3]}" 'R5 E7 database: by group, elsewhere, turned round, IPv6' "$deny" \
		tcp other fd00::6 5432
}

# Members that come after the rule, and go again.
database_later_members() {
	local db='tap-db in tcp'
	local allow="$db rule-allow ${rule_id[3]}" none="$db default-deny"
	expect 'R5 E8 database: no member, IPv4' drop "$none" tcp admin 10.0.0.6 5432
	expect 'R5 E8 database: no member, IPv6' drop "$none" tcp admin fd00::6 5432
	sg member add sg-app 203.0.113.9 2001:db8::9
	expect 'R5 M1 database: a member since the rule, elsewhere, IPv4' pass "$allow" tcp admin 10.0.0.6 5432
	expect 'R5 M1 database: a member since the rule, elsewhere, IPv6' pass "$allow" tcp admin fd00::6 5432
	sg member del sg-app 203.0.113.9
	expect 'R5 M1 database: no longer a member, IPv4' drop "$none" tcp admin 10.0.0.6 5432
	expect 'R5 M1 database: its other address still is one' pass "$allow" tcp admin fd00::6 5432
	sg member del sg-app 2001:db8::9
	expect 'R5 M1 database: no longer a member, IPv6' drop "$none" tcp admin fd00::6 5432

	expect 'R5 M2 database: a port that is no member' drop "$none" tcp spare fd00::6 5432
	sg port add tap-spare side guest address 10.0.0.8,fd00::8 group sg-app
	expect 'R5 M2 database: a port that joined since the rule, IPv4' pass "$allow" tcp spare 10.0.0.6 5432
	expect 'R5 M2 database: a port that joined since the rule, IPv6' pass "$allow" tcp spare fd00::6 5432
	sg port del tap-spare
	expect 'R5 M2 database: a port that is gone' drop "$none" tcp spare fd00::6 5432
}

# The rule is empty as soon as the group is.
database_empty_group() {
	local db='tap-db in tcp'
	load "$cases/3-database.sgnl"
	sg -b - <<-end
		member del sg-app 203.0.113.20 2001:db8::20
		port del tap-app
	end
	expect 'R12 database: a group without a member is nobody, IPv4' drop "$db default-deny" \
		tcp app 10.0.0.6 5432
	expect 'R12 database: a group without a member is nobody, IPv6' drop "$db default-deny" \
		tcp other fd00::6 5432
	sg member add sg-app 10.0.0.7 2001:db8::20
	expect 'R5 R12 database: and a member makes it match again, IPv4' pass "$db rule-allow ${rule_id[3]}" \
		tcp app 10.0.0.6 5432
	expect 'R5 R12 database: and a member makes it match again, IPv6' pass "$db rule-allow ${rule_id[3]}" \
		tcp other fd00::6 5432
}

ping_only() {
	load "$cases/4-ping-only.sgnl"
	expect 'R2 E7 S12 ping only: ping, IPv4' pass "tap-web in icmp rule-allow ${rule_id[1]}" \
		ping admin 10.0.0.5
	expect 'R2 E7 S12 ping only: ping, IPv6' pass "tap-web in icmpv6 rule-allow ${rule_id[2]}" \
		ping admin fd00::5
	is 'E9 S12 ping only: the sessions that it opened name their rules' \
		"$(sg -o session show tap-web | grep -o 'protocol icmp[v6]*\|rule sgr-[0-9]*')" \
		"protocol icmp
rule ${rule_id[1]}
protocol icmpv6
rule ${rule_id[2]}"
	turned "${rule_id[1]}" 'R2 E7 ping only: ping turned round, IPv4' \
		"drop tap-web in icmp rule-deny ${rule_id[1]}" ping admin 10.0.0.5
	turned "${rule_id[2]}" 'R2 E7 ping only: ping turned round, IPv6' \
		"drop tap-web in icmpv6 rule-deny ${rule_id[2]}" ping admin fd00::5
	expect 'R2 E8 ping only: not TCP' drop 'tap-web in tcp default-deny' web admin 10.0.0.5 80
	with_rule 'sg-ping in tcp from 0.0.0.0/0' 'R2 E8 ping only: TCP with a rule for it' \
		'tap-web in tcp' web admin 10.0.0.5 80
	expect 'R2 E8 ping only: not UDP' drop 'tap-web in udp default-deny' udp admin 10.0.0.5 443
	with_rule 'sg-ping in 17 from 0.0.0.0/0' 'R2 E8 ping only: UDP with a rule for its number' \
		'tap-web in udp' udp admin 10.0.0.5 443
	sg rule del "${rule_id[1]}"
	expect 'R4 E8 ping only: the rule for IPv6 is none for IPv4' drop 'tap-web in icmp default-deny' \
		ping admin 10.0.0.5
	with_rule 'sg-ping in all from 0.0.0.0/0' 'R2 R4 ping only: all protocols are ping too' \
		'tap-web in icmp' ping admin 10.0.0.5
}

# Ping alone of all that ICMP has, and one thing besides.
icmp_types() {
	load "$cases/4-ping-only.sgnl"
	sg rule set "${rule_id[1]}" type 8 code 0
	sg rule set "${rule_id[2]}" type 128
	expect 'R14 E7 types: an echo request, and its answer, IPv4' pass \
		"tap-web in icmp rule-allow ${rule_id[1]}" ping admin 10.0.0.5
	expect 'R14 E7 types: an echo request, and its answer, IPv6' pass \
		"tap-web in icmpv6 rule-allow ${rule_id[2]}" ping admin fd00::5
	sg rule set "${rule_id[1]}" type 13
	expect 'R13 R14 types: not with a rule for another, IPv4' drop 'tap-web in icmp default-deny' \
		ping admin 10.0.0.5
	sg rule set "${rule_id[2]}" type 129
	expect 'R13 R14 types: not with a rule for another, IPv6' drop 'tap-web in icmpv6 default-deny' \
		ping admin fd00::5
	sg rule set "${rule_id[2]}" type 128 code 1
	expect 'R13 R14 types: nor with one for another code' drop 'tap-web in icmpv6 default-deny' \
		ping admin fd00::5
	sg rule set "${rule_id[2]}" code any
	expect 'R13 R14 types: but with one for any code' pass "tap-web in icmpv6 rule-allow ${rule_id[2]}" \
		ping admin fd00::5
	sg rule set "${rule_id[1]}" type any
	expect 'R13 R14 types: and with one for any type' pass "tap-web in icmp rule-allow ${rule_id[1]}" \
		ping admin 10.0.0.5
	expect_icmp
}

# A timestamp request of hping3, which opens no session, by what arrives and what the rule counts.
expect_icmp() {
	local before
	sg rule set "${rule_id[1]}" type 13
	before=$(hits "${rule_id[1]}")
	check 'R14 types: a timestamp request arrives by a rule for it' probe_icmp admin 10.0.0.5 13 0 web
	is 'R14 types: and the rule counts it' "$(($(hits "${rule_id[1]}") - before))" 1
	sg rule set "${rule_id[1]}" type 13 code 9
	expect 'R14 types: not by one for another code of it' drop 'tap-web in icmp default-deny' \
		icmp admin 10.0.0.5 13 0 web
	sg rule set "${rule_id[1]}" type 17
	expect 'R14 types: nor by one for another type' drop 'tap-web in icmp default-deny' icmp admin 10.0.0.5 13 0 web
}

# What belongs to a session without having its ports
parts_and_errors() {
	load "$cases/4-ping-only.sgnl"
	expect 'S11 fragments: ping of 4000 bytes, IPv4' pass "tap-web in icmp rule-allow ${rule_id[1]}" \
		large_ping admin 10.0.0.5
	expect 'S11 fragments: ping of 4000 bytes, IPv6' pass "tap-web in icmpv6 rule-allow ${rule_id[2]}" \
		large_ping admin fd00::5
	expect 'S11 fragments: ping of 4000 bytes outwards' pass 'tap-web out icmp default-allow' \
		large_ping web 203.0.113.9
	expect 'S11 fragments: none of UDP without a rule' drop 'tap-web in udp default-deny' \
		large_udp admin 10.0.0.5 443
	with_rule 'sg-ping in udp from 0.0.0.0/0' 'S11 fragments: UDP of 8000 bytes, IPv4' 'tap-web in udp' \
		large_udp admin 10.0.0.5 443
	with_rule 'sg-ping in udp from ::/0' 'S11 fragments: UDP of 8000 bytes, IPv6' 'tap-web in udp' \
		large_udp admin fd00::5 443
	expect 'E4 errors: the first router on the way, IPv4' pass 'tap-web out icmp default-allow' \
		hop web 203.0.113.9
	expect 'E4 errors: the first router on the way, IPv6' pass 'tap-web out icmpv6 default-allow' \
		hop web 2001:db8::9
}

two_groups() {
	load "$cases/5-two-groups.sgnl"
	expect 'R5 E7 two groups: TCP from blue to red, IPv4' pass "tap-web in tcp rule-allow ${rule_id[1]}" \
		tcp app 10.0.0.5 22
	expect 'R5 E7 two groups: UDP from red to blue, IPv6' pass "tap-app in udp rule-allow ${rule_id[2]}" \
		udp web fd00::7 53
	expect 'R5 E7 two groups: ping from red to blue' pass "tap-app in icmp rule-allow ${rule_id[2]}" \
		ping web 10.0.0.7
	expect 'R5 E3 two groups: half a megabyte from blue to red' pass \
		"tap-web in tcp rule-allow ${rule_id[1]}" speed app 10.0.0.5
	turned "${rule_id[1]}" 'R5 E7 two groups: blue to red, turned round' \
		"drop tap-web in tcp rule-deny ${rule_id[1]}" speed app 10.0.0.5
	turned "${rule_id[2]}" 'R5 E7 two groups: red to blue, turned round, IPv6' \
		"drop tap-app in udp rule-deny ${rule_id[2]}" udp web fd00::7 53

	expect 'R5 E8 two groups: nobody else to red' drop 'tap-web in tcp default-deny' \
		tcp other 10.0.0.5 22
	sg member add sg-blue 203.0.113.20
	expect 'R5 M1 two groups: a blue one elsewhere to red' pass "tap-web in tcp rule-allow ${rule_id[1]}" \
		tcp other 10.0.0.5 22
	sg rule del "${rule_id[2]}"
	expect 'R5 E8 two groups: the rule of red is none for blue' drop 'tap-app in icmp default-deny' \
		ping web 10.0.0.7
	sg port move tap-app to sg-red
	expect 'G2 E6 two groups: in one group none is needed, IPv4' pass 'tap-app in icmp member' \
		ping web 10.0.0.7
	expect 'G2 E6 two groups: in one group none is needed, IPv6' pass 'tap-web in tcp member' \
		tcp app fd00::5 22
	sg group set sg-red internal drop
	expect 'G3 E6 E8 two groups: but where the group is told to drop' drop 'tap-app in icmp default-deny' \
		ping web 10.0.0.7
}

restricted_visits() {
	local out='tap-web out tcp'
	load "$cases/6-restricted-visits.sgnl"
	expect 'R1 E7 restricted visits: the site, IPv4' pass "$out rule-allow ${rule_id[1]}" \
		web web 203.0.113.9 80
	expect 'R1 E7 restricted visits: the site, IPv6' pass "$out rule-allow ${rule_id[2]}" \
		web web 2001:db8::9 80
	expect 'R1 E7 restricted visits: no other, IPv4' drop "$out rule-deny ${rule_id[3]}" \
		tcp web 198.51.100.7 80
	expect 'R1 E7 restricted visits: no other, IPv6' drop "$out rule-deny ${rule_id[4]}" \
		tcp web 2001:db8::7 80
	expect 'R3 E7 restricted visits: no other port of the site' drop "$out rule-deny ${rule_id[3]}" \
		tcp web 203.0.113.9 22
	turned "${rule_id[3]}" 'E7 restricted visits: others with the deny turned round, IPv4' \
		"pass $out rule-allow ${rule_id[3]}" tcp web 198.51.100.7 80
	turned "${rule_id[4]}" 'E7 restricted visits: others with the deny turned round, IPv6' \
		"pass $out rule-allow ${rule_id[4]}" tcp web 2001:db8::7 80
	turned "${rule_id[3]}" 'E7 restricted visits: another port with the deny turned round' \
		"pass $out rule-allow ${rule_id[3]}" tcp web 203.0.113.9 22
	sg rule set "${rule_id[3]}" priority 1
	expect 'E7 restricted visits: at equal priority the deny wins' drop "$out rule-deny ${rule_id[3]}" \
		web web 203.0.113.9 80
	sg -b - <<-end
		rule set ${rule_id[1]} priority 100
		rule set ${rule_id[2]} priority 100
		rule set ${rule_id[4]} priority 1
	end
	expect 'E7 restricted visits: with the priorities the wrong way round, IPv6' drop \
		"$out rule-deny ${rule_id[4]}" web web 2001:db8::9 80
	sg rule del "${rule_id[3]}"
	expect 'G2 E8 restricted visits: without the deny all may be visited' pass "$out default-allow" \
		tcp web 198.51.100.7 80
}

five_tuple() {
	local out='tap-tuple out tcp'
	load "$cases/five-tuple.sgnl"
	expect 'R8 E7 five-tuple: what it says' pass "$out rule-allow ${rule_id[1]}" tcp tuple 10.0.0.1 22 22
	expect 'R8 E7 five-tuple: any port of the peer' pass "$out rule-allow ${rule_id[1]}" \
		tcp tuple 10.0.0.1 8080 22
	turned "${rule_id[1]}" 'R8 E7 five-tuple: turned round' "drop $out rule-deny ${rule_id[1]}" \
		syn tuple 10.0.0.1 443 22

	expect 'R8 E8 five-tuple: not from another source port' drop "$out default-deny" \
		tcp tuple 10.0.0.1 22 2222
	expect 'R8 E8 five-tuple: not to another address' drop "$out default-deny" tcp tuple 10.0.0.6 5432 22
	expect 'R8 E8 five-tuple: not UDP' drop 'tap-tuple out udp default-deny' udp tuple 10.0.0.1 22 22
	sg rule set "${rule_id[1]}" from 172.16.1.1/32
	expect 'R8 E8 five-tuple: not from another local address' drop "$out default-deny" \
		syn tuple 10.0.0.1 53 22
	sg rule set "${rule_id[1]}" from any sport any to 10.0.0.0/24
	expect 'R8 R13 five-tuple: from any source port once none is named' pass \
		"$out rule-allow ${rule_id[1]}" tcp tuple 10.0.0.1 22 2222
	expect 'R8 R13 five-tuple: to the other address once the peer holds it' pass \
		"$out rule-allow ${rule_id[1]}" tcp tuple 10.0.0.6 5432 22
	expect 'R8 R13 five-tuple: from any local address once none is named' pass \
		"$out rule-allow ${rule_id[1]}" syn tuple 10.0.0.1 22 2022
	with_rule 'sg-tuple out udp port 22 to 10.0.0.1 from 172.16.1.0 sport 22' \
		'R8 E8 five-tuple: UDP with a rule for it' 'tap-tuple out udp' udp tuple 10.0.0.1 22 22
}

# What reaches an instance beside all rules would reach it without sgnl as well: first nothing is guarded.
unguarded() {
	check 'E8 unguarded: TCP outside to inside' probe_tcp other 10.0.0.6 5432
	check 'E8 unguarded: UDP outside to inside, IPv6' probe_udp admin fd00::5 443
	check 'E8 unguarded: SYN with a source port' probe_syn tuple 10.0.0.1 53 22
}

cloud_up
web_server web 80 443
web_server admin 80
for place in 'web tcp 22' 'web tcp 3389' 'web udp 443' 'app udp 53' 'db tcp 3306' 'db tcp 6379' \
	'db tcp 5432' 'admin tcp 22' 'office tcp 80' 'hv tcp 22' 'hv tcp 8080' 'hv tcp 443' 'hv tcp 53' \
	'hv udp 22 10.0.0.1'; do
	# shellcheck disable=SC2086 # a list of words
	echo_server $place
done
speed_server web
servers_ready
monitor_start hv

unguarded
web_service
remote_access
database_by_address
database_by_group
database_later_members
database_empty_group
ping_only
icmp_types
parts_and_errors
two_groups
restricted_visits
five_tuple
finish
