#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The answers of clouds in answers/, applied, and real programs: what they allow passes, what they deny
# does not. Whatever must not pass is also seen to pass in the same place.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$lib_dir/answers" || exit

instance web 10.0.0.5 fd00::5
instance db 10.0.0.6 fd00::6
client admin 203.0.113.9 2001:db8::9
client other 203.0.113.20 2001:db8::20

# id_of WORDS: of the rule that has them
id_of() {
	local line
	while read -r line; do
		[[ $line != *"$1"* ]] || break
	done < <(sg -o rule show)
	echo "${line##* }"
}

cloud_up
web_server web 80 443 8100
echo_server db tcp 5432
servers_ready
monitor_start hv
answers=(-f aliyun-groups.json -f aliyun-web.json -f aliyun-database-1.json -f aliyun-database-2.json
	-f aliyun-lists.json -f prl-web.json)

check 'R1 answers of Alibaba Cloud are applied' sg apply "${answers[@]}"
check 'R1 ports join their groups' sg -b - <<-end
	port add tap-web side guest address 10.0.0.5,fd00::5 group sg-bp1web
	port add tap-db side guest address 10.0.0.6,fd00::6 group sg-bp1database
end
http=$(id_of 'from 203.0.113.0/24') but=$(id_of 'from 203.0.113.20/32') list=$(id_of 'port list prl-web')
expect 'R1 R4 Alibaba Cloud: HTTP from a CIDR that was given with host bits' pass \
	"tap-web in tcp rule-allow $http" web admin 10.0.0.5 80
expect 'R1 E7 Alibaba Cloud: at equal priority what is dropped is dropped' drop \
	"tap-web in tcp rule-deny $but" web other 10.0.0.5 80
expect 'R6 Alibaba Cloud: a port of a list, IPv6' pass "tap-web in tcp rule-allow $list" web admin fd00::5 443
expect 'R6 Alibaba Cloud: a port that is not in the list' drop 'tap-web in tcp default-deny' \
	web admin fd00::5 8100
expect 'R5 G2 Alibaba Cloud: from a member of the other group to its answer'\''s second page and first' pass \
	"tap-db in tcp rule-allow $(id_of 'port 5432/5432')" tcp web 10.0.0.6 5432
expect 'G2 E8 Alibaba Cloud: an enterprise group lets nothing out' drop \
	'tap-db out tcp default-deny' tcp db 10.0.0.5 80

sed 's/"203.0.113.20"/"203.0.113.21"/' aliyun-web.json >"$lib_work/web.json"
check 'C4 one group'\''s answer is applied anew' sg apply -f "$lib_work/web.json"
expect 'E7 R13 Alibaba Cloud: who is no longer dropped passes, by the rule as it was' pass \
	"tap-web in tcp rule-allow $http" web other 10.0.0.5 80
is 'R9 the rules that are the same kept their ids, and the ports their groups' \
	"$(id_of 'from 203.0.113.0/24') $(sg -o port show | grep -c 'group sg-bp1')" "$http 2"

check 'R1 answers of AWS are applied, and the others stay' sg apply -f aws.json
check 'R1 a port moves to AWS' sg port move tap-web to sg-0a1b2c3d4e5f60001
expect 'R4 AWS: HTTP from the named address' pass \
	"tap-web in tcp rule-allow $(id_of 'from 203.0.113.9/32')" web admin 10.0.0.5 80
expect 'G2 E8 AWS: nobody else' drop 'tap-web in tcp default-deny' web other 10.0.0.5 80
expect 'R4 AWS: but by IPv6, as it says' pass \
	"tap-web in tcp rule-allow $(id_of 'from 2001:db8::/32')" web other fd00::5 80
expect 'R14 AWS: an echo request, which is what it says of ICMP' pass \
	"tap-web in icmp rule-allow $(id_of 'icmp type 8')" ping other 10.0.0.5
finish
