#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The health check on groups, lists and ports of a kernel: what it finds over a group, over a port and over all, what
# it calls safe, and that it was safe: sgnl explain says the same of each packet before and after.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

# found [WORDS...]: its lines up to the rule's words, but for rules that were never hit; then its status
found() {
	local said line status=0
	said=$(sg -o check "$@" 2>&1) || status=$?
	while read -r line; do
		[[ -z $line || $line == 'what never-hit '* ]] || echo "${line%% detail *}"
	done <<<"$said"
	echo "status $status"
}

# never_hit [WORDS...]: the rules that were never hit
never_hit() {
	local line name
	while read -r line; do
		[[ $line == 'what never-hit '* ]] || continue
		read -r _ _ _ name _ <<<"$line"
		echo "$name"
	done < <(sg -o check "$@")
}

ids() {
	rules_of_state
	echo "${rule_id[*]}"
}

generation() {
	local line
	line=$(sg -j stats)
	[[ $line =~ \"generation\",\"value\":([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# explained: pass or drop, of packets that some rule is about, on both ports
explained() {
	local port packet line
	for port in v0 u0; do
		for packet in 10.0.0.9/22 10.0.0.9/80 10.0.0.200/443 10.0.0.7/443 10.0.1.9/22 192.0.2.9/8080; do
			while read -r line; do
				[[ ! $line =~ says\ (pass|drop) ]] || break
			done < <(sg -o explain "$port" in tcp "${packet%/*}:1024" "10.0.0.5:${packet#*/}")
			echo "$port $packet ${BASH_REMATCH[1]}"
		done
	done
}

words() {
	check 'H1 check: help' sg check help
	is 'H1 check: nothing there' "$(sg -j check) $(found)" '[] status 0'
	check 'H1 C5 check: no such device' refuses 1 'port "none"' sg check port none
	check 'H1 C5 check: a device that is no port' refuses 1 'port "w0"' sg check port w0
	check 'H1 C5 check: no such group' refuses 1 'group sg-none' sg check group sg-none
	check 'H1 C5 check: a port and a group' refuses 1 'one of them' sg check port w0 group sg-a
	check 'H1 C5 check: an unknown word' refuses 1 'expected port, group or --remove' sg check w0
	check 'H1 C5 check: a word twice' refuses 1 'twice' sg check --remove --remove
}

# sg-a is on both ports, sg-b on u0 alone, sg-c on none.
configure() {
	sg -b - <<-end || bail 'no configuration'
		group add sg-a
		group add sg-b
		group add sg-c
		prefix-list add pl-wide family ipv4 max 60 entry 10.0.0.0/25,10.0.0.128/25
		prefix-list add pl-empty family ipv4 max 10
		port-list add prl-web max 4 entry 80/80,443/443
		rule add sg-a in tcp port list prl-web from prefix-list pl-wide priority 1 id sgr-1
		rule add sg-a in deny tcp port 80/80 from 10.0.0.0/24 priority 2 id sgr-2
		rule add sg-a in tcp port 22/22 from 10.0.0.0/24 priority 5 id sgr-3
		rule add sg-a in tcp port 22/22 from 10.0.0.0/16 priority 7 id sgr-4
		rule add sg-a in deny udp port 53/53 from 10.0.0.0/24 priority 9 id sgr-5
		rule add sg-a in udp port 53/53 from 10.0.0.0/16 priority 9 id sgr-6
		rule add sg-a in tcp port 8080/8080 from 192.0.2.0/25 priority 11 id sgr-7
		rule add sg-a in tcp port 8000/8999 from 192.0.2.0/24 priority 12 id sgr-8
		rule add sg-a in deny tcp port 80/80 from prefix-list pl-empty priority 50 id sgr-9
		rule add sg-a in tcp port 25/25 from 10.0.0.0/24 to 10.9.9.0/24 priority 60 id sgr-10
		rule add sg-a out icmp to 10.0.0.1 priority 90 id sgr-11
		rule add sg-b in deny tcp port 22/22 from 10.0.0.0/16 priority 6 id sgr-20
		rule add sg-b in tcp port 443/443 from 10.0.0.7 priority 30 id sgr-21
		rule add sg-c in icmp from 10.0.0.1 priority 1 id sgr-30
		rule add sg-c in icmp from 10.0.0.0/8 priority 2 id sgr-31
		port add v0 side guest address 10.0.0.5 group sg-a
		port add u0 side guest address 10.0.0.6 group sg-a,sg-b
	end
}

others='what contradiction name sgr-6 by sgr-5
what local name sgr-10
what list name pl-wide
status 1'

findings() {
	is 'H2 R6 over a group: by a list, by a later rule; what other groups of a port make of it' \
		"$(found group sg-a)" "what shadowed name sgr-2 safe yes by sgr-1
what redundant name sgr-3 needed_on u0 by sgr-4
what redundant name sgr-7 safe yes by sgr-8
$others"
	is 'H2 over a port of one group' "$(found port v0)" "$(found group sg-a)"
	is 'H2 over all groups of a port, as sorted together' "$(found port u0)" \
		"what shadowed name sgr-2 safe yes by sgr-1
what shadowed name sgr-4 needed_on v0 by sgr-20
what shadowed name sgr-21 safe yes by sgr-1
what redundant name sgr-7 safe yes by sgr-8
$others"
	is 'H2 over a group that only another one shadows' "$(found group sg-b)" 'status 1'
	is 'H2 over a group of no port' "$(found group sg-c)" \
		'what redundant name sgr-30 safe yes by sgr-31
status 1'
	is 'H2 H3 R8 over all: what is safe on every port, contradictions, local addresses, lists' "$(found)" \
		"what shadowed name sgr-2 safe yes by sgr-1
what shadowed name sgr-21 safe yes by sgr-1
what redundant name sgr-7 safe yes by sgr-8
what redundant name sgr-30 safe yes by sgr-31
$others"
	check 'H2 as JSON' grep -qF '{"what":"shadowed","name":"sgr-4","safe":false,"needed_on":"v0","by":["sgr-20"],"detail":"sg-a in allow tcp port 22/22 from 10.0.0.0/16 priority 7 id sgr-4"}' \
		<(sg -j check port u0)
	check 'H2 H3 as a table' grep -qx 'list  *pl-wide  *2 entries, max 60' <(sg check)
}

never() {
	local since now
	is 'H3 never hit: those of a group that are nothing else' "$(never_hit group sg-a)" \
		"$(printf 'sgr-%d\n' 1 4 5 6 8 9 10 11)"
	check 'H3 never hit: a packet' probe_ping inst 10.0.0.1
	is 'H3 never hit: one less' "$(never_hit port v0)" "$(printf 'sgr-%d\n' 1 4 5 6 8 9 10)"
	since=$(sg -j check group sg-b)
	since=${since#*\"since\":\"}
	printf -v now '%(%s)T' -1
	since=$((now - $(date -d "${since%%\"*}" +%s)))
	check "H3 never hit: since when" [ "$since" -ge 0 -a "$since" -lt 600 ]
	sg rule set sgr-11 description 'the same rule'
	is 'H3 R13 never hit: a rule that is changed was hit' "$(never_hit group sg-a)" \
		"$(printf 'sgr-%d\n' 1 4 5 6 8 9 10)"
}

# What was shown and what is removed are one state: the tool is held up while it prints.
held_up() {
	local full job status=0 asleep=0 state
	mkfifo "$lib_work/full"
	exec {full}<>"$lib_work/full"
	dd if=/dev/zero bs=65536 count=1 status=none 1>&"$full"
	sgnl -n hv -o check --remove 1>&"$full" 2>"$lib_work/refused" &
	job=$!
	while [ "$asleep" -lt 10 ] && kill -0 "$job"; do
		read -r _ _ state _ <"/proc/$job/stat"
		asleep=$((asleep + 1))
		[ "$state" = S ] || asleep=0
		pause 0.1
	done
	sg group add sg-late
	dd bs=65536 count=1 status=none <&"$full" >/dev/null
	wait "$job" || status=$?
	exec {full}>&-
	is 'H1 C2 remove: another change between' "$status $(<"$lib_work/refused")" \
		'2 sgnl: kernel: another change came between: nothing was removed; check again'
}

removal() {
	local before all was
	before=$(explained) all=$(ids)
	check 'H1 remove: packets that pass, and others' [ "$(grep -c pass <<<"$before") $(grep -c drop <<<"$before")" = '11 1' ]
	check 'H1 remove: where it cannot be shown' refuses 1 'writing' sh -c 'sgnl -n hv check --remove >/dev/full'
	held_up
	is 'H1 remove: nothing so far' "$(ids)" "$all"
	was=$(generation)
	is 'H1 remove: over a port, shown first' "$(found port u0 --remove)" \
		"what shadowed name sgr-2 safe yes by sgr-1
what shadowed name sgr-4 needed_on v0 by sgr-20
what shadowed name sgr-21 safe yes by sgr-1
what redundant name sgr-7 safe yes by sgr-8
$others"
	is 'H1 remove: what was safe there, and no more' "$(ids)" \
		"$(echo sgr-{1,3,4,5,6,8,9,10,11,20,30,31})"
	is 'H1 C1 remove: in one transaction' "$(generation)" $((was + 1))
	is 'H1 H2 remove: no verdict is another' "$(explained)" "$before"
	is 'H1 remove: all that is left' "$(found --remove)" \
		"what redundant name sgr-30 safe yes by sgr-31
$others"
	is 'H1 remove: nothing is' "$(found --remove) $(generation)" "$others $((was + 2))"
	is 'H1 remove: and nothing more' "$(ids)" "$(echo sgr-{1,3,4,5,6,8,9,10,11,20,31})"
	is 'H1 H2 remove: no verdict is another in the end' "$(explained)" "$before"
}

limits() {
	local i
	for ((i = 1; i <= 9; i++)); do
		echo "group add sg-$i"
	done | sg -b -
	sg port add w0 side guest group sg-1,sg-2,sg-3,sg-4,sg-5,sg-6,sg-7,sg-8
	is 'H3 limits: eight of ten groups' "$(found port w0)" 'status 0'
	sg port join w0 sg-9
	is 'H3 limits: nine of ten groups' "$(sg -o check port w0)" \
		'what limit name w0 detail "groups: 9 of 10"'
	sg port leave w0 sg-9
	sg prefix-list add pl-full family ipv4 max 200
	sg port-list add prl-full max 4
	add_rule sg-1 in tcp port list prl-full from prefix-list pl-full id sgr-50
	is 'H3 limits: rules that cost 800' "$(found port w0)" "what list name pl-full
status 1"
	add_rule sg-2 in tcp from 192.0.2.1 id sgr-51
	is 'H3 limits: rules that cost 801' "$(found port w0)" "what list name pl-full
what limit name w0
status 1"
	sg prefix-list entry add pl-full "$(echo 10.0.{0..49}.0/24 | tr ' ' ,)"
	is 'H3 lists: a quarter full' "$(found port w0)" "what limit name w0
status 1"
}

new_ns hv inst
ip_batch hv <<-end
	link add v0 type veth peer name eth0 netns inst
	link add u0 type veth peer name u1
	link add w0 type veth peer name w1
	addr add 10.0.0.1/24 dev v0
	link set v0 up
end
ip_batch inst <<-end
	addr add 10.0.0.5/24 dev eth0
	link set eth0 up
end
words
configure
findings
never
removal
limits
finish
