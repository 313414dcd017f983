#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo.sh: security groups at work. Builds a small cloud of network namespaces, tries what should and
# should not pass, and shows for each try what was expected, what happened and what sgnl says decided.
# Ends with `demo: N checks, M failed`. `make demo` runs it in a guest; on a host it stays in namespaces of
# its own, loads the module SGNL_MODULE if none is, and takes all of it away in the end.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
ns_prefix=demo$$-

checks=0 failed=0 loaded=''

end() {
	cleanup
	[ -z "$loaded" ] || rmmod sgnl
}
trap end EXIT

say() {
	printf '\n%s\n' "$@"
}

# The commands as a user would type them, from the standard input, and their effect as one change
configure() {
	local commands
	commands=$(cat)
	printf '    sgnl %s\n' "${commands//$'\n'/$'\n    sgnl '}"
	sg -b - <<<"$commands" || failed=$((failed + 1))
}

heading() {
	printf '\n  %-50s %-8s %-8s %-6s %s\n' 'what is tried' expected happened '' 'who decided'
}

# The text of DECIDED, for readers
decided_text() { # DEVICE DIRECTION PROTOCOL REASON [RULE]
	case $4 in
	rule-allow) echo "rule $5 allows ($1, $2)" ;;
	rule-deny) echo "rule $5 denies ($1, $2)" ;;
	default-allow) echo "no rule: allowed ($1, $2)" ;;
	default-deny) echo "no rule: denied ($1, $2)" ;;
	member) echo "member of the same group ($1, $2)" ;;
	*) echo "$4 ($1, $2)" ;;
	esac
}

# show WHAT pass|drop DECIDED PROBE...
show() {
	local what=$1 wanted=$2 decided=$3 verdict=ok
	shift
	if ! try "$@"; then
		verdict=FAILED
		failed=$((failed + 1))
	fi
	checks=$((checks + 1))
	# shellcheck disable=SC2086 # a list of words
	printf '  %-50s %-8s %-8s %-6s %s\n' "$what" "${words[$wanted]}" "${words[$tried]}" "$verdict" \
		"$([ $verdict = ok ] && decided_text $decided || echo "wanted: $decided; sgnl said: ${events_seen//$'\n'/; }")"
}
declare -A words=([pass]=passes [drop]=dropped)

# count WHAT GOT WANTED: a check that is no packet
count() {
	local verdict=ok
	if [ "$2" != "$3" ]; then
		verdict=FAILED
		failed=$((failed + 1))
	fi
	checks=$((checks + 1))
	printf '  %-50s %-8s %-8s %-6s\n' "$1" "$3" "$2" "$verdict"
}

build_cloud() {
	instance web 10.0.0.5 fd00::5
	instance web2 10.0.0.6 fd00::6
	instance db 10.0.0.7 fd00::7
	client client 203.0.113.9 2001:db8::9
	cloud_up
	web_server web 80
	echo_server web tcp 22
	echo_server web2 tcp 22
	echo_server db tcp 5432
	echo_server db udp 53
	echo_server client tcp 25
	echo_server client tcp 443
	servers_ready
	monitor_start hv
}

introduce() {
	cat <<-end

		A small cloud on one host. The hypervisor is a network namespace, and so is every instance: a
		veth pair joins it to the bridge, and the end that the hypervisor holds is what sgnl guards.

		    client  203.0.113.9, 2001:db8::9     outside, not guarded
		    web     10.0.0.5, fd00::5   tap-web    serves HTTP (80) and SSH (22)
		    web2    10.0.0.6, fd00::6   tap-web2   serves SSH (22)
		    db      10.0.0.7, fd00::7   tap-db     a database (5432), and DNS (53)
	end
}

step_groups() {
	say '1. Groups. A basic group lets its own members in, denies all others, and allows all outbound.'
	configure <<-end
		group add sg-web
		group add sg-db
		port add tap-web side guest address 10.0.0.5,fd00::5 group sg-web
		port add tap-web2 side guest address 10.0.0.6,fd00::6 group sg-web
		port add tap-db side guest address 10.0.0.7,fd00::7 group sg-db
	end
	heading
	show 'client -> web    HTTP' drop 'tap-web in tcp default-deny' web client 10.0.0.5
	show 'client -> web    ping, IPv6' drop 'tap-web in icmpv6 default-deny' ping client fd00::5
	show 'web    -> web2   SSH, in the same group' pass 'tap-web2 in tcp member' tcp web 10.0.0.6 22
	show 'web2   -> web    ping, IPv6, in the same group' pass 'tap-web in icmpv6 member' ping web2 fd00::5
	show 'web    -> db     database' drop 'tap-db in tcp default-deny' tcp web 10.0.0.7 5432
	show 'web    -> client HTTPS; the answer needs no rule' pass 'tap-web out tcp default-allow' \
		tcp web 203.0.113.9 443
}

step_rules() {
	say '2. Rules by address. Allow is what a rule does unless it says deny, priority 1 what it has.'
	configure <<-end
		rule add sg-web in tcp port 80/80 from 0.0.0.0/0 id sgr-1
		rule add sg-web in tcp port 80/80 from ::/0 id sgr-2
		rule add sg-web in icmp from 203.0.113.0/24 id sgr-3
		rule add sg-web in icmpv6 from 2001:db8::/32 id sgr-9
	end
	heading
	show 'client -> web    HTTP' pass 'tap-web in tcp rule-allow sgr-1' web client 10.0.0.5
	show 'client -> web    HTTP, IPv6' pass 'tap-web in tcp rule-allow sgr-2' web client fd00::5
	show 'client -> web    ping' pass 'tap-web in icmp rule-allow sgr-3' ping client 10.0.0.5
	show 'client -> web    ping, IPv6' pass 'tap-web in icmpv6 rule-allow sgr-9' ping client fd00::5
	show 'client -> web    SSH: no rule names port 22' drop 'tap-web in tcp default-deny' \
		tcp client 10.0.0.5 22
	configure <<-end
		rule add sg-web in tcp port 22/22 from 203.0.113.9 id sgr-10
	end
	heading
	show 'client -> web    SSH: now one does' pass 'tap-web in tcp rule-allow sgr-10' tcp client 10.0.0.5 22
}

step_peers() {
	say '3. A group as peer: its members are meant, whatever host they are on, both families at once.'
	configure <<-end
		rule add sg-db in tcp port 5432/5432 from group sg-web id sgr-4
	end
	heading
	show 'web    -> db     database' pass 'tap-db in tcp rule-allow sgr-4' tcp web 10.0.0.7 5432
	show 'web2   -> db     database, IPv6' pass 'tap-db in tcp rule-allow sgr-4' tcp web2 fd00::7 5432
	show 'web    -> db     DNS: another port' drop 'tap-db in udp default-deny' udp web 10.0.0.7 53
	show 'client -> db     database' drop 'tap-db in tcp default-deny' tcp client 10.0.0.7 5432
	say '   The client becomes a member: to sgnl it is an instance on another host.'
	configure <<-end
		member add sg-web 203.0.113.9
	end
	heading
	show 'client -> db     database' pass 'tap-db in tcp rule-allow sgr-4' tcp client 10.0.0.7 5432
	say '   And leaves again; and the other port gets its rule.'
	configure <<-end
		member del sg-web 203.0.113.9
		rule add sg-db in udp port 53/53 from group sg-web id sgr-11
	end
	heading
	show 'web    -> db     DNS' pass 'tap-db in udp rule-allow sgr-11' udp web 10.0.0.7 53
	show 'client -> db     database' drop 'tap-db in tcp default-deny' tcp client 10.0.0.7 5432
}

step_order() {
	say '4. Order: the smaller number is asked first, and deny before allow where numbers are equal.'
	configure <<-end
		rule add sg-web in deny tcp port 80/80 from 203.0.113.9 priority 2 id sgr-5
	end
	heading
	show 'client -> web    HTTP: the allow is asked first' pass 'tap-web in tcp rule-allow sgr-1' \
		web client 10.0.0.5
	configure <<-end
		rule set sgr-5 priority 1
	end
	heading
	show 'client -> web    HTTP: now the deny is' drop 'tap-web in tcp rule-deny sgr-5' web client 10.0.0.5
	configure <<-end
		rule set sgr-5 allow
	end
	heading
	show 'client -> web    HTTP: the same rule turned round' pass 'tap-web in tcp rule-allow sgr-1' \
		web client 10.0.0.5
}

step_out() {
	say '5. Outbound. What may not be visited is denied last, so that what may be comes before it.
   Mail (25) leaves no instance, whatever rules say, unless its port is told otherwise.'
	configure <<-end
		rule add sg-db out tcp port 443/443 to 203.0.113.9 priority 1 id sgr-6
		rule add sg-db out deny all to 0.0.0.0/0 priority 100 id sgr-7
		rule add sg-web out tcp port 25/25 to 203.0.113.9 id sgr-8
	end
	heading
	show 'db     -> client HTTPS' pass 'tap-db out tcp rule-allow sgr-6' tcp db 203.0.113.9 443
	show 'db     -> client ping' drop 'tap-db out icmp rule-deny sgr-7' ping db 203.0.113.9
	show 'web    -> client mail (25), in spite of sgr-8' drop 'tap-web out tcp smtp' tcp web 203.0.113.9 25
	say '   Turned round: the rule allows, and the port may send mail.'
	configure <<-end
		rule set sgr-7 allow
		port set tap-web smtp allow
	end
	heading
	show 'db     -> client ping' pass 'tap-db out icmp rule-allow sgr-7' ping db 203.0.113.9
	show 'web    -> client mail (25)' pass 'tap-web out tcp rule-allow sgr-8' tcp web 203.0.113.9 25
}

step_internal() {
	say '6. Isolation: members of a group no longer reach each other.'
	configure <<-end
		group set sg-web internal drop
	end
	heading
	show 'web    -> web2   SSH, in the same group' drop 'tap-web2 in tcp default-deny' tcp web 10.0.0.6 22
	show 'web2   -> web    HTTP: by the rule, as for all' pass 'tap-web in tcp rule-allow sgr-1' web web2 10.0.0.5
}

step_counts() {
	say '7. Each rule counts the packets that it has decided; the rest of a session is not asked again.'
	sg -s rule show | sed 's/^/    /'
	printf '\n  %-50s %-8s %-8s\n' 'what is counted' expected counted
	count 'sgr-1: connections that it has let in' "$(hits sgr-1)" 4
	count 'sgr-4: connections that it has let in' "$(hits sgr-4)" 3
}

if [ ! -d /sys/module/sgnl ]; then
	insmod "${SGNL_MODULE:?no module is loaded, and SGNL_MODULE does not say which}" || exit
	loaded=1
fi
introduce
build_cloud
step_groups
step_rules
step_peers
step_order
step_out
step_internal
step_counts
printf '\ndemo: %d checks, %d failed\n' "$checks" "$failed"
[ "$failed" = 0 ]
