#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Bad input to the tool: status | what stderr says (an expression) | the words, or a file whose lines
# are parted by ;; with the number of the bad one. In a network namespace of its own.
set -eu
cd "$(dirname "$0")"
[ -n "${SGNL_TEST_NETNS-}" ] || SGNL_TEST_NETNS=1 exec unshare -n "$PWD/${0##*/}" "$@"
exec /usr/bin/python3 netlink/input_test.py <<'TABLE'
# the words before the command
1 | unknown object "": expected group, rule, prefix-list, port-list, member, port | ''
1 | unknown object "gruop": expected group, rule | gruop add sg-x
1 | -z | -z group show
1 | option "-b": expected a word behind it | -b
1 | no-such-file.*No such file | -b /no-such-file
1 | no-such-netns | -n no-such-netns group show
1 | group: command missing: expected add, set, del, show or help | group
1 | group: unknown command "ad": expected add, set, del | group ad sg-x
1 | rule: unknown command "change": expected | rule change sgr-1
1 | member: unknown command "set" | member set sg-a 10.0.0.1
1 | port: unknown command "up" | port up d0
1 | session: unknown command "del" | session del
# group
1 | group missing: expected sg-NAME or ACCOUNT/sg-NAME | group add
1 | group "web": expected sg-NAME | group add web
1 | group "sg-": expected sg-NAME | group add sg-
1 | group "sg-a b": expected | group add 'sg-a b'
1 | group "sg-ü": expected | group add sg-ü
1 | group "/sg-x": expected | group add /sg-x
1 | group "1/2/sg-x": expected | group add 1/2/sg-x
1 | group "sg-a+": expected | group add sg-$125{a}
1 | unexpected word "basic": expected type, internal, vpc or description | group add sg-x basic
1 | type "fancy": expected basic or enterprise | group add sg-x type fancy
1 | type missing: expected basic or enterprise | group add sg-x type
1 | internal "reject": expected accept or drop | group add sg-x internal reject
1 | internal: expected with type basic | group add sg-x type enterprise internal drop
1 | vpc "-1": expected 0 to 4294967295 | group add sg-x vpc -1
1 | vpc "4294967296": expected 0 to 4294967295 | group add sg-x vpc 4294967296
1 | vpc "1x": expected 0 to | group add sg-x vpc 1x
1 | vpc "": expected 0 to | group add sg-x vpc ''
1 | "vpc" is given twice: expected once | group add sg-x vpc 1 vpc 2
1 | description of 513 bytes: expected up to 512 | group add sg-x description $513{a}
1 | description ".*": expected UTF-8 | group add sg-x description '\xff\xfe'
1 | description missing | group add sg-x description
1 | nothing to change: expected internal or description | group set sg-a
1 | unexpected word "type": expected internal or description | group set sg-a type basic
1 | unexpected word "now": expected no more | group del sg-a now
2 | group sg-a: exists already | group add sg-a
2 | group sg-none: no such group | group set sg-none internal drop
2 | group sg-none: no such group | group del sg-none
2 | no such group | group show sg-none
2 | group sg-ent: an enterprise group has no internal policy | group set sg-ent internal accept
2 | group sg-a: port d0 is in it | group del sg-a
2 | group sg-b: it has 1 member | group del sg-b
# rule
1 | direction missing: expected in or out | rule add sg-a
1 | direction "inn": expected in or out | rule add sg-a inn tcp from 10.0.0.1
1 | protocol missing: expected a protocol \(tcp, udp | rule add sg-a in from 10.0.0.1
1 | unexpected word "tpc": expected allow, deny, port | rule add sg-a in tpc from 10.0.0.1
1 | unexpected word "256": expected .*0 to 255 | rule add sg-a in 256 from 10.0.0.1
1 | unexpected word "-1" | rule add sg-a in -1 from 10.0.0.1
1 | second protocol "udp": expected one | rule add sg-a in tcp udp from 10.0.0.1
1 | both allow and deny: expected one | rule add sg-a in allow deny tcp from 10.0.0.1
1 | port "0": expected 1 to 65535, A/B or -1/-1 | rule add sg-a in tcp port 0 from 10.0.0.1
1 | port "70000": expected 1 to 65535 | rule add sg-a in tcp port 70000 from 10.0.0.1
1 | port "1/65536": expected 1 to 65535 | rule add sg-a in tcp port '1/65536' from 10.0.0.1
1 | port "80-90": expected 1 to 65535 | rule add sg-a in tcp port 80-90 from 10.0.0.1
1 | port "90/80": expected A/B with A not above B | rule add sg-a in tcp port 90/80 from 10.0.0.1
1 | port "80/": expected | rule add sg-a in tcp port 80/ from 10.0.0.1
1 | port "-1/80": expected | rule add sg-a in tcp port -1/80 from 10.0.0.1
1 | port "-1": expected | rule add sg-a in tcp port -1 from 10.0.0.1
1 | port: only tcp and udp have ports | rule add sg-a in icmp port 80 from 10.0.0.1
1 | port: only tcp and udp have ports | rule add sg-a in all port 80 from 10.0.0.1
1 | sport "0": expected 1 to 65535 | rule add sg-a in tcp from 10.0.0.1 sport 0
1 | source port: only tcp and udp have ports | rule add sg-a in gre from 10.0.0.1 sport 5
1 | type "256": expected 0 to 255 | rule add sg-a in icmp type 256 from 10.0.0.1
1 | type "any": expected 0 to 255 | rule add sg-a in icmp type any from 10.0.0.1
1 | type "echo": expected 0 to 255 | rule add sg-a in icmp type echo from 10.0.0.1
1 | type "-1": expected 0 to 255 or any | rule set sgr-1 icmp type -1
1 | type missing: expected 0 to 255 | rule add sg-a in icmp from 10.0.0.1 type
1 | code "256": expected 0 to 255 | rule add sg-a in icmp type 3 code 256 from 10.0.0.1
1 | "type" is given twice | rule add sg-a in icmp type 3 type 4 from 10.0.0.1
1 | type: only icmp and icmpv6 have types | rule add sg-a in tcp type 8 from 10.0.0.1
1 | type: only icmp and icmpv6 have types | rule add sg-a in all type 8 from 10.0.0.1
1 | type: only icmp and icmpv6 have types | rule set sgr-1 type 8
1 | code: a code is one of a type | rule add sg-a in icmp code 0 from 10.0.0.1
1 | expires missing: expected YYYY-MM-DDTHH:MM:SSZ, or .N with s, m, h or d | rule add sg-a in tcp from 10.0.0.1 expires
1 | expires "never": expected | rule add sg-a in tcp from 10.0.0.1 expires never
1 | expires "tomorrow": expected | rule add sg-a in tcp from 10.0.0.1 expires tomorrow
1 | expires "2099-02-30T00:00:00Z": expected | rule add sg-a in tcp from 10.0.0.1 expires 2099-02-30T00:00:00Z
1 | expires "2099-02-01T00:00:60Z": expected | rule add sg-a in tcp from 10.0.0.1 expires 2099-02-01T00:00:60Z
1 | expires "2099-02-01T00:00:00": expected | rule add sg-a in tcp from 10.0.0.1 expires 2099-02-01T00:00:00
1 | expires "2099-02-01 00:00:00Z": expected | rule add sg-a in tcp from 10.0.0.1 expires '2099-02-01 00:00:00Z'
1 | expires "2099-2-1T00:00:00Z": expected | rule add sg-a in tcp from 10.0.0.1 expires 2099-2-1T00:00:00Z
1 | expires "10000-01-01T00:00:00Z": expected | rule add sg-a in tcp from 10.0.0.1 expires 10000-01-01T00:00:00Z
1 | expires "1970-01-01T00:00:00Z": expected | rule add sg-a in tcp from 10.0.0.1 expires 1970-01-01T00:00:00Z
1 | expires "\+1": expected | rule add sg-a in tcp from 10.0.0.1 expires +1
1 | expires "\+0s": expected | rule add sg-a in tcp from 10.0.0.1 expires +0s
1 | expires "\+h": expected | rule add sg-a in tcp from 10.0.0.1 expires +h
1 | expires "\+-1h": expected | rule add sg-a in tcp from 10.0.0.1 expires +-1h
1 | expires "\+9999999d": expected | rule add sg-a in tcp from 10.0.0.1 expires +9999999d
1 | expires "\+1w": expected .* or never | rule set sgr-1 expires +1w
2 | expires: 1577836800 is past | rule add sg-a in tcp from 10.0.0.1 expires 2020-01-01T00:00:00Z
2 | expires: 1577836800 is past | rule set sgr-1 expires 2020-01-01T00:00:00Z
2 | expires: the same rule exists as sgr-1 with another expiry | rule add sg-a in tcp port 80 from 10.0.0.0/8 expires +1h
1 | peer missing: expected from ADDRESS | rule add sg-a in tcp
1 | peer missing: expected to ADDRESS | rule add sg-a out tcp from 10.0.0.1
1 | from missing: expected an address, a CIDR, group NAME or prefix-list NAME | rule add sg-a in tcp from
1 | from "10.0.0": expected an IPv4 or IPv6 address or CIDR | rule add sg-a in tcp from 10.0.0
1 | from "10.0.0.256": expected | rule add sg-a in tcp from 10.0.0.256
1 | from "10.0.0.0/33": expected a prefix length of 0 to 32 | rule add sg-a in tcp from 10.0.0.0/33
1 | from "fd00::/129": expected a prefix length of 0 to 128 | rule add sg-a in tcp from fd00::/129
1 | from "10.0.0.0/": expected a prefix length | rule add sg-a in tcp from 10.0.0.0/
1 | from "fd00:::1": expected | rule add sg-a in tcp from fd00:::1
1 | from "example.com": expected | rule add sg-a in tcp from example.com
1 | from "sg-b": expected an address, a CIDR or group sg-b | rule add sg-a in tcp from sg-b
1 | peer group missing: expected sg-NAME | rule add sg-a in tcp from group
1 | peer "any": expected an address, a CIDR | rule add sg-a in tcp from any
1 | peer group: a rule does not name its own group | rule add sg-a in tcp from group sg-a
1 | local: a rule does not mix IPv4 and IPv6 | rule add sg-a in tcp from 10.0.0.1 to fd00::1
1 | local: a rule does not mix IPv4 and IPv6 | rule add sg-a out tcp to fd00::/8 from 10.0.0.0/8
1 | protocol: icmp is IPv4's; icmpv6 expected | rule add sg-a in icmp from fd00::1
1 | protocol: icmpv6 is IPv6's; icmp expected | rule add sg-a in 58 from 10.0.0.1
1 | protocol: icmp is IPv4's | rule add sg-a in icmp from group sg-b to fd00::1
1 | to group: expected an address or a CIDR | rule add sg-a in tcp from 10.0.0.1 to group sg-b
1 | priority "0": expected 1 to 100 | rule add sg-a in tcp from 10.0.0.1 priority 0
1 | priority "101": expected 1 to 100 | rule add sg-a in tcp from 10.0.0.1 priority 101
1 | priority "1.5": expected 1 to 100 | rule add sg-a in tcp from 10.0.0.1 priority 1.5
1 | priority missing: expected 1 to 100 | rule add sg-a in tcp from 10.0.0.1 priority
1 | "priority" is given twice | rule add sg-a in tcp from 10.0.0.1 priority 1 priority 1
1 | rule id "7": expected sgr-N | rule add sg-a in tcp from 10.0.0.1 id 7
1 | rule id "sgr-0": expected sgr-N | rule add sg-a in tcp from 10.0.0.1 id sgr-0
1 | rule id "sgr-x": expected sgr-N | rule set sgr-x priority 1
1 | rule missing: expected sgr-N | rule del
1 | nothing to change: expected words of rule add | rule set sgr-1
1 | unexpected word "id" | rule set sgr-1 id sgr-5
1 | id: expected no id beside | rule del sg-a in tcp port 80 from 10.0.0.0/8 id sgr-1
1 | port: only tcp and udp | rule set sgr-1 icmp
2 | group sg-none: no such group | rule add sg-none in tcp from 10.0.0.1
2 | group sg-none: no such group | rule add sg-a in tcp from group sg-none
2 | group sg-a is in vpc 0 and group sg-far is in vpc 9|sg-far | rule add sg-a in tcp from group sg-far
2 | rule sgr-2: exists already, in group sg-a | rule add sg-b in tcp from 10.0.0.1 id sgr-2
2 | sgr-99|no such rule | rule del sgr-99
2 | no such rule | rule set sgr-99 priority 3
2 | no such rule | rule show sgr-99
2 | the same rule exists as sgr-1 | rule set sgr-2 port 80
2 | sgr-98 | rule del sgr-1 sgr-98
2 | no such group | rule show sg-none
# lists
1 | prefix-list missing: expected pl-NAME or ACCOUNT/pl-NAME | prefix-list add
1 | prefix-list "prl-x": expected pl-NAME | prefix-list add prl-x family ipv4 max 1
1 | prefix-list "pl-": expected pl-NAME | prefix-list add pl- family ipv4 max 1
1 | prefix-list "pl-a b": expected pl-NAME | prefix-list set 'pl-a b' entry none
1 | prefix-list "/pl-x": expected | prefix-list show /pl-x
1 | port-list "pl-x": expected prl-NAME or ACCOUNT/prl-NAME | port-list add pl-x max 1
1 | port-list "prl-a+": expected | port-list add prl-$124{a}
1 | family missing: expected family ipv4 or family ipv6 | prefix-list add pl-x max 1
1 | family "4": expected ipv4 or ipv6 | prefix-list add pl-x family 4 max 1
1 | unexpected word "family": expected max, entry or description | port-list add prl-x family ipv4 max 1
1 | max missing: expected max with 1 to 200 | prefix-list add pl-x family ipv4
1 | max missing: expected max with 1 to 2000 | port-list add prl-x
1 | max "0": expected 1 to 200 | prefix-list add pl-x family ipv4 max 0
1 | max "201": expected 1 to 200 | prefix-list add pl-x family ipv4 max 201
1 | max "2001": expected 1 to 2000 | port-list add prl-x max 2001
1 | "max" is given twice | port-list add prl-x max 1 max 1
1 | entry "10.0.0.0/33": expected a prefix length of 0 to 32 | prefix-list add pl-x family ipv4 max 1 entry 10.0.0.0/33
1 | entry "": expected an IPv4 or IPv6 address or CIDR | prefix-list add pl-x family ipv4 max 2 entry 10.0.0.0/8,
1 | entry fd00::/8: expected family ipv4 | prefix-list add pl-x family ipv4 max 2 entry fd00::/8
1 | entry list of 2: expected up to max, 1 | prefix-list add pl-x family ipv4 max 1 entry 10.0.0.1,10.0.0.2
1 | entry list of 201: expected up to 200 | prefix-list set pl-a entry $200{10.0.0.1,}10.0.0.2
1 | entry list of 2001: expected up to 2000 | port-list set prl-a entry $2000{1,}2
1 | entry "0": expected 1 to 65535 | port-list add prl-x max 2 entry 0
1 | entry "90/80": expected A/B with A not above B | port-list add prl-x max 2 entry 90/80
1 | entry "-1/-1": expected 1 to 65535 or A/B | port-list add prl-x max 2 entry -1/-1
1 | entry "1/65536": expected | port-list add prl-x max 2 entry 1/65536
1 | unexpected word "max": expected entry or description | prefix-list set pl-a max 3
1 | nothing to change: expected entry or description | port-list set prl-a
1 | entry "set": expected add or del | port-list entry set prl-a 1
1 | entry missing: expected A/B | port-list entry add prl-a
1 | entry missing: expected CIDR | prefix-list entry del pl-a
1 | entry "none": expected | prefix-list entry del pl-a none
1 | unexpected word "now" | prefix-list entry add pl-a 10.0.0.0/8 now
1 | unexpected word "now" | prefix-list del pl-a now
1 | unknown command "join": expected add, set, del, entry, show | prefix-list join pl-a
2 | prefix-list pl-a: exists already | prefix-list add pl-a family ipv4 max 2
2 | port-list prl-none: no such list | port-list set prl-none entry none
2 | prefix-list pl-none: no such list | prefix-list del pl-none
2 | no such list | prefix-list show pl-none
2 | prefix-list pl-a: rule sgr-4 of group sg-b names it | prefix-list del pl-a
2 | port-list prl-a: rule sgr-4 of group sg-b names it | port-list del prl-a
2 | prefix-list pl-a: it would have 3 entries, at most 2 allowed | prefix-list entry add pl-a 11.0.0.0/8,12.0.0.0/8
2 | port-list prl-a: it would have 4 entries, at most 3 allowed | port-list set prl-a entry 1,2,3,4
2 | prefix-list pl-a: 10.0.0.0/9 is not in it | prefix-list entry del pl-a 10.0.0.0/9
2 | port-list prl-a: 80/81 is not in it | port-list entry del prl-a 80/81
2 | prefix-list pl-a: fd00::/8 is IPv6; the list is of IPv4 | prefix-list entry add pl-a fd00::/8
2 | prefix-list pl-six: 10.0.0.0/8 is IPv4; the list is of IPv6 | prefix-list set pl-six entry 10.0.0.0/8
1 | from "pl-a": expected an address, a CIDR or prefix-list pl-a | rule add sg-a in tcp from pl-a
1 | prefix-list missing: expected pl-NAME | rule add sg-a in tcp from prefix-list
1 | prefix-list "prl-a": expected pl-NAME | rule add sg-a in tcp from prefix-list prl-a
1 | port-list "80": expected prl-NAME | rule add sg-a in tcp port list 80 from 10.0.0.1
1 | to prefix-list: expected an address or a CIDR; the peer stands behind from | rule add sg-a in tcp from 10.0.0.1 to prefix-list pl-a
1 | port list: only tcp and udp have ports | rule add sg-a in icmp port list prl-a from 10.0.0.1
1 | port list: only tcp and udp have ports | rule add sg-a in all port list prl-a from 10.0.0.1
2 | prefix-list pl-none: no such list | rule add sg-a in tcp from prefix-list pl-none
2 | port-list prl-none: no such list | rule add sg-a in tcp port list prl-none from 10.0.0.1
2 | group sg-a: a rule with prl-big would cost 2000, at most 1000 allowed | rule add sg-a in tcp port list prl-big from 10.0.0.1
2 | prefix-list pl-six is of IPv6: local: a rule does not mix IPv4 and IPv6 | rule add sg-a in tcp from prefix-list pl-six to 10.0.0.5
2 | prefix-list pl-six is of IPv6: protocol: icmp is IPv4's | rule add sg-a in icmp from prefix-list pl-six
1 | prefix-list pl-a is in line 1 already | apply 2: prefix-list add pl-a family ipv4 max 1;; prefix-list add pl-a family ipv4 max 2
1 | prefix-list pl-a: expected one that the file adds | apply 2: group add sg-a;; rule add sg-a in tcp from prefix-list pl-a
1 | port-list prl-a: expected one that the file adds | apply 2: group add sg-a;; rule add sg-a in tcp port list prl-a from 10.0.0.1
1 | expected add | apply 2: prefix-list add pl-a family ipv4 max 1;; prefix-list entry add pl-a 10.0.0.1
# member
1 | address missing: expected an IPv4 or IPv6 address | member add sg-a
1 | address "10.0.0.0/24": expected an IPv4 or IPv6 address | member add sg-a 10.0.0.0/24
1 | address "127.0.0.1": expected a unicast address | member add sg-a 127.0.0.1
1 | address "fe80::1": expected a unicast address | member add sg-a fe80::1
1 | address "224.0.0.1": expected a unicast address | member add sg-a 10.0.0.1 224.0.0.1
1 | address "0.0.0.0": expected a unicast address | member add sg-a 0.0.0.0
1 | address "host": expected an IPv4 or IPv6 address | member del sg-a host
2 | group sg-none: no such group | member add sg-none 10.0.0.1
2 | group sg-a: member add did not make 10.77.0.1 a member | member del sg-a 10.77.0.1
2 | did not make 10.9.9.8 a member | member del sg-b 10.9.9.9 10.9.9.8
2 | no such group | member show sg-none
# port
1 | device missing | port add
1 | no-dev | port add no-dev side guest
1 | side missing: expected side guest or side self | port add d1
1 | side "left": expected guest or self | port add d1 side left
1 | address "10.0.0": expected an IPv4 or IPv6 address | port add d1 side guest address 10.0.0
1 | address "": expected | port add d1 side guest address 10.0.0.1,
1 | address 10.0.0.1 is given twice: expected once | port add d1 side guest address 10.0.0.1,10.0.0.1
1 | address list of 65: expected up to 64 | port add d1 side guest address $64{10.0.0.1,}10.0.0.2
1 | group "b": expected sg-NAME | port add d1 side guest group sg-a,b
1 | group "sg-a" is given twice | port add d1 side guest group sg-a,sg-a
1 | group list of 11: expected up to 10 | port join d0 $10{sg-a,}sg-b
1 | smtp "maybe": expected deny, allow or private | port add d1 side guest smtp maybe
1 | trunk "yes": expected off or on | port add d1 side guest trunk yes
1 | ethertype "0x5ff": expected A | port add d1 side guest ethertype 0x5ff
1 | ethertype "0x10000": expected A | port add d1 side guest ethertype 0x88cc,0x10000
1 | ethertype 0x88cc is given twice | port add d1 side guest ethertype 0x88cc,0x88cc
1 | nothing to change: expected address, ethertype, smtp | port set d0
1 | unexpected word "side" | port set d0 side self
1 | unexpected word "now" | port del d0 now
1 | to missing: expected port move DEV to | port move d0 sg-b
1 | group missing | port join d0
1 | unexpected word "sg-b" | port join d0 sg-a sg-b
2 | no such group | port add d1 side guest group sg-none
2 | exists already | port add d0 side guest
2 | it is no port | port set d1 smtp deny
2 | it is no port | port del d1
2 | it is no port | port join d1 sg-a
2 | no port | port show d1
2 | all basic or all enterprise | port join d0 sg-ent
2 | all in one vpc | port join d0 sg-far
2 | the port is not in it | port leave d0 sg-b
2 | no such group | port move d0 to sg-a,sg-none
2 | ethertype|[Ee]therType | port add d1 side guest ethertype 0x0800
# platform
1 | platform: command missing: expected set, show or help | platform
1 | platform: unknown command "add": expected set, show or help | platform add slb
1 | item missing: expected arp, neighbour, mld, dhcp, pmtud, metaserver, slb or probe | platform set
1 | item "ntp": expected arp, neighbour | platform set ntp off
1 | item "ntp": expected arp, neighbour | platform show ntp
1 | nothing to change: expected on, off or address | platform set slb
1 | unexpected word "yes": expected on, off or address | platform set slb yes
1 | both on and off: expected one | platform set slb on off
1 | "off" is given twice | platform set slb off off
1 | address: expected with slb and probe alone | platform set metaserver address 10.0.0.1
1 | address missing: expected A\[,B...\] or none | platform set slb address
1 | address "100.64.0.0/33": expected a prefix length of 0 to 32 | platform set slb address 100.64.0.0/33
1 | address "lb": expected an IPv4 or IPv6 address or CIDR | platform set probe address lb
1 | address "": expected | platform set probe address 10.0.0.1,
1 | address 10.0.0.0/24 is given twice | platform set slb address 10.0.0.0/24,10.0.0.7/24
1 | address list of 65: expected up to 64 | platform set slb address $64{10.0.0.1,}10.0.0.2
1 | unexpected word "now" | platform show slb now
# the rest
1 | no-dev | session show no-dev
1 | unexpected word "now" | save now
1 | file missing: expected apply -f | apply
1 | file missing | apply -f
1 | No such file | apply -f /no-such-file
1 | no-dev | stats no-dev
1 | unexpected word "all" | monitor all
# explain
1 | explain: device missing: expected the device of a port | explain
1 | explain: device "no-dev": expected a device | explain no-dev in tcp 192.0.2.9 10.0.0.5:1
1 | direction "inn": expected in or out | explain d0 inn tcp 192.0.2.9 10.0.0.5:1
1 | protocol "all": expected tcp, udp, icmp, icmpv6, gre or 0 to 255 | explain d0 in all 192.0.2.9 10.0.0.5
1 | destination missing | explain d0 in tcp 192.0.2.9
1 | destination port missing | explain d0 in tcp [fd00::9]:80 fd00::5
1 | source "192.0.2.9/24": expected ADDRESS, IPV4:PORT or \[IPV6\]:PORT | explain d0 in tcp 192.0.2.9/24 10.0.0.5:1
1 | source "\[192.0.2.9\]:1": expected | explain d0 in tcp [192.0.2.9]:1 10.0.0.5:1
1 | port "65536": expected 0 to 65535 | explain d0 in tcp 192.0.2.9 10.0.0.5:65536
1 | destination port missing: expected IPV4:PORT or \[IPV6\]:PORT | explain d0 in tcp 192.0.2.9 10.0.0.5
1 | port: only tcp and udp have ports; none expected | explain d0 in gre 192.0.2.9 10.0.0.5:1
1 | addresses: expected two of the same family | explain d0 in udp 192.0.2.9 [fd00::5]:1
1 | protocol: icmp is IPv4's and icmpv6 IPv6's | explain d0 in icmp fd00::9 fd00::5
1 | type, code, id: expected with icmp and icmpv6 only | explain d0 in udp 192.0.2.9 10.0.0.5:1 type 3
1 | type "256": expected 0 to 255 | explain d0 in icmp 192.0.2.9 10.0.0.5 type 256
1 | flags: expected with tcp only | explain d0 in udp 192.0.2.9 10.0.0.5:1 flags syn
1 | flag "sin": expected fin, syn, rst, psh, ack or urg | explain d0 in tcp 192.0.2.9 10.0.0.5:1 flags sin
1 | vlan "4096": expected one or two ids of 0 to 4095 | explain d0 in udp 192.0.2.9 10.0.0.5:1 vlan 4096
1 | third id "3" | explain d0 in udp 192.0.2.9 10.0.0.5:1 vlan 1,2,3
1 | unexpected word "now": expected type, code, id, flags, vlan or broadcast | explain d0 in udp 192.0.2.9 10.0.0.5:1 now
2 | the device is no port | explain d1 in udp 192.0.2.9 10.0.0.5:1
# files
1 | port "1+$ | -b 1: rule add sg-a in tcp port $9000000{1} from 10.0.0.1
1 | from "1+$ | -b 1: rule add sg-a in tcp from $9000000{1}
1 | unexpected word "tpc" | -b 3: group add sg-x;; ;; rule add sg-x in tpc from 10.0.0.1;; group add sg-y
1 | unknown object "grup" | -b 1: grup add sg-x;; group add sg-y
1 | unknown command "ad" | -b 2: group add sg-x # one;; group ad sg-y
1 | expected a command that changes something | -b 2: group add sg-x;; group show
1 | expected a command that changes something | -b 2: group add sg-x;; save
1 | quote without end | -b 2: group add sg-x;; group add sg-y description "abc
1 | in quotes: expected | -b 1: group add sg-x description "\q"
1 | right behind a quote | -b 1: group add sg-x description "a"b
1 | priority "0" | -b 4: # a comment;; group add sg-x;; ;; rule add sg-x in tcp from 10.0.0.1 priority 0
2 | group sg-x: exists already | -b 3: group add sg-x;; group add sg-y;; group add sg-x
2 | group sg-none: no such group | -b 2: group add sg-x;; rule add sg-x in tcp from group sg-none;; group add sg-y
2 | no such rule | -b 3: group add sg-x;; member add sg-x 10.0.0.1;; rule del sgr-99
1 | expected add | apply 2: group add sg-a;; group del sg-b
1 | expected add or platform set | apply 2: group add sg-a;; group set sg-a internal drop
1 | platform slb is in line 1 already: expected once | apply 3: platform set slb off;; group add sg-a;; platform set slb address 10.0.0.1
1 | group sg-a is in line 1 already | apply 2: group add sg-a;; group add sg-a
1 | group sg-c: expected one that the file adds | apply 2: group add sg-a;; rule add sg-a in tcp from group sg-c
1 | group sg-c: expected one that the file adds | apply 2: group add sg-a;; member add sg-c 10.0.0.1
1 | priority "101" | apply 2: group add sg-a;; rule add sg-a in tcp from 10.0.0.1 priority 101
TABLE
