# SPDX-License-Identifier: GPL-2.0
"""What clouds answer about their security groups: what the tool makes of it, refuses, and writes itself."""
import json
import os
import tempfile

import tap
from tap import equal, run, save, title

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "answers")
ALIYUN = [os.path.join(HERE, name) for name in ("aliyun-web.json", "aliyun-groups.json", "aliyun-database-1.json",
                                               "aliyun-database-2.json", "prl-web.json", "aliyun-lists.json")]


def empty():
    run("sgnl", "apply", "-f", "-", text="")


def apply(*values, partial=False, check=True):
    """Answers on the standard input, one behind the other."""
    words = ["sgnl", "apply", "-f", "-"] + ["--partial"] * partial
    return run(*words, text="\n".join(json.dumps(value, indent="\t") for value in values), check=check)


def refused(done, *texts):
    """Status 1, and each text is in a line of its own but the last, which is in the last one."""
    equal((done.returncode, done.stdout), (1, ""), "status and output")
    lines = done.stderr.splitlines()
    equal(len(lines), len(texts), f"lines of {done.stderr!r}")
    for line, text in zip(lines, texts):
        equal(text in line, True, f"{text!r} in {line!r}")


NOTHING = "cannot be carried over, so nothing is applied: expected --partial to apply the rest"


def permission(**fields):
    """A rule; a field that is None is left out."""
    rule = {"SecurityGroupRuleId": "sgr-bp1x", "Direction": "ingress", "Policy": "Accept", "Priority": "1",
            "IpProtocol": "TCP", "PortRange": "22/22", "SourceCidrIp": "192.0.2.0/24", "DestCidrIp": "",
            "NicType": "intranet", "Description": ""}
    rule.update(fields)
    return {field: value for field, value in rule.items() if value is not None}


def group(*rules, **fields):
    answer = {"SecurityGroupId": "sg-x", "InnerAccessPolicy": "Accept", "VpcId": "vpc-bp1a", "Description": "",
              "Permissions": {"Permission": list(rules)}, "NextToken": "", "RequestId": "r", "RegionId": "cn-x"}
    answer.update(fields)
    return {field: value for field, value in answer.items() if value is not None}


def rules():
    """What is saved of the rules of sg-x, without ids."""
    return [line.rsplit(" id ", 1)[0].removeprefix("rule add sg-x ") for line in save().splitlines()
            if line.startswith("rule add sg-x ")]


def rule_id(words):
    """Of the one that has these words."""
    return next(line for line in save().splitlines() if words in line).rsplit(" ", 1)[1]


OTHERS = """\
prefix-list add pl-x family ipv4 max 4 entry 10.0.0.0/8
prefix-list add pl-six family ipv6 max 4
port-list add prl-x max 4 entry 80/80
port-list add prl-fits max 250
port-list add prl-mid max 251
port-list add prl-big max 1001
group add 77/sg-y
group add sg-y
group add sg-far vpc 7
"""

OUT = {"Direction": "egress", "SourceCidrIp": "", "DestCidrIp": "192.0.2.0/24"}

# Fields of a rule, and the rule that they are
TAKEN = [
    ("R1 as it mostly is", {}, "in allow tcp port 22/22 from 192.0.2.0/24 priority 1"),
    ("R1 policy in capitals", {"Policy": "DROP"}, "in deny tcp port 22/22 from 192.0.2.0/24 priority 1"),
    ("R1 policy in small letters", {"Policy": "accept"}, "in allow tcp port 22/22 from 192.0.2.0/24 priority 1"),
    ("R1 direction in capitals", {"Direction": "INGRESS"}, "in allow tcp port 22/22 from 192.0.2.0/24 priority 1"),
    ("R1 priority as a number", {"Priority": 100}, "in allow tcp port 22/22 from 192.0.2.0/24 priority 100"),
    ("R1 NIC type internet is ignored", {"NicType": "internet"},
     "in allow tcp port 22/22 from 192.0.2.0/24 priority 1"),
    ("R1 description", {"Description": "a \"b\" \u6c49"},
     'in allow tcp port 22/22 from 192.0.2.0/24 priority 1 description "a \\"b\\" \u6c49"'),
    ("R2 protocol in small letters", {"IpProtocol": "udp"}, "in allow udp port 22/22 from 192.0.2.0/24 priority 1"),
    ("R2 all protocols", {"IpProtocol": "All", "PortRange": "-1/-1"}, "in allow all from 192.0.2.0/24 priority 1"),
    ("R2 GRE", {"IpProtocol": "GRE", "PortRange": "-1/-1"}, "in allow gre from 192.0.2.0/24 priority 1"),
    ("R2 a number", {"IpProtocol": "112", "PortRange": ""}, "in allow 112 from 192.0.2.0/24 priority 1"),
    ("R2 a number of a name", {"IpProtocol": "1", "PortRange": None}, "in allow icmp from 192.0.2.0/24 priority 1"),
    ("R2 ICMPv6", {"IpProtocol": "ICMPv6", "PortRange": "-1/-1", "SourceCidrIp": "", "Ipv6SourceCidrIp": "::/0"},
     "in allow icmpv6 from ::/0 priority 1"),
    ("R3 all ports but 0", {"PortRange": "1/65535"}, "in allow tcp port 1/65535 from 192.0.2.0/24 priority 1"),
    ("R3 all ports", {"PortRange": "-1/-1"}, "in allow tcp from 192.0.2.0/24 priority 1"),
    ("R4 an address without length", {"SourceCidrIp": "192.0.2.9"},
     "in allow tcp port 22/22 from 192.0.2.9/32 priority 1"),
    ("R4 host bits", {"SourceCidrIp": "192.0.2.9/24"}, "in allow tcp port 22/22 from 192.0.2.0/24 priority 1"),
    ("R4 IPv6 in a long form", {"SourceCidrIp": "", "Ipv6SourceCidrIp": "2408:180:0000::1/64"},
     "in allow tcp port 22/22 from 2408:180::/64 priority 1"),
    ("R4 null is absent", {"SourceCidrIp": None, "SourceGroupId": None, "Ipv6SourceCidrIp": "::1"},
     "in allow tcp port 22/22 from ::1/128 priority 1"),
    ("R4 outbound", OUT, "out allow tcp port 22/22 to 192.0.2.0/24 priority 1"),
    ("R4 outbound, IPv6", {**OUT, "DestCidrIp": "", "Ipv6DestCidrIp": "fd00::/8"},
     "out allow tcp port 22/22 to fd00::/8 priority 1"),
    ("R5 a group", {"SourceCidrIp": "", "SourceGroupId": "sg-y"},
     "in allow tcp port 22/22 from group sg-y priority 1"),
    ("G8 R5 a group of another account", {"SourceCidrIp": "", "SourceGroupId": "sg-y",
                                          "SourceGroupOwnerAccount": "77"},
     "in allow tcp port 22/22 from group 77/sg-y priority 1"),
    ("G8 R5 a group of an account that is this one", {"SourceCidrIp": "", "SourceGroupId": "sg-y",
                                                     "SourceGroupOwnerAccount": 1234},
     "in allow tcp port 22/22 from group sg-y priority 1"),
    ("R5 outbound to a group", {**OUT, "DestCidrIp": "", "DestGroupId": "sg-y"},
     "out allow tcp port 22/22 to group sg-y priority 1"),
    ("R6 a prefix list", {"SourceCidrIp": "", "SourcePrefixListId": "pl-x"},
     "in allow tcp port 22/22 from prefix-list pl-x priority 1"),
    ("R6 outbound to a prefix list", {**OUT, "DestCidrIp": "", "DestPrefixListId": "pl-x"},
     "out allow tcp port 22/22 to prefix-list pl-x priority 1"),
    ("R6 a port list", {"PortRange": "", "PortRangeListId": "prl-x"},
     "in allow tcp port list prl-x from 192.0.2.0/24 priority 1"),
    ("R6 a prefix list of the local address's family", {"SourceCidrIp": "", "SourcePrefixListId": "pl-six",
                                                        "Ipv6DestCidrIp": "fd00::5"},
     "in allow tcp port 22/22 from prefix-list pl-six to fd00::5/128 priority 1"),
    ("R7 two lists that cost as much as a rule may", {"SourceCidrIp": "", "SourcePrefixListId": "pl-x", "PortRange": "",
                                                      "PortRangeListId": "prl-fits"},
     "in allow tcp port list prl-fits from prefix-list pl-x priority 1"),
    ("R8 five-tuple, inbound", {"DestCidrIp": "10.0.0.5", "SourcePortRange": "1024/65535"},
     "in allow tcp port 22/22 from 192.0.2.0/24 to 10.0.0.5/32 sport 1024/65535 priority 1"),
    ("R8 five-tuple, outbound", {**OUT, "SourceCidrIp": "172.16.1.0/32", "SourcePortRange": "22/22",
                                 "PortRange": "-1/-1"},
     "out allow tcp to 192.0.2.0/24 from 172.16.1.0/32 sport 22/22 priority 1"),
    ("R8 five-tuple, IPv6", {"SourceCidrIp": "", "Ipv6SourceCidrIp": "fd00::/8", "Ipv6DestCidrIp": "fd00::5"},
     "in allow tcp port 22/22 from fd00::/8 to fd00::5/128 priority 1"),
]

# Fields of a rule, and what is wrong with it
LEFT = [
    ("no source", {"SourceCidrIp": None}, "SourceCidrIp missing: expected it, Ipv6SourceCidrIp, SourceGroupId or "
     "SourcePrefixListId; what is left out is not any"),
    ("an empty source", {"SourceCidrIp": ""}, "SourceCidrIp missing: "),
    ("no destination", {"Direction": "egress"}, "DestCidrIp missing: expected it, Ipv6DestCidrIp, DestGroupId or "
     "DestPrefixListId; what is left out is not any"),
    ("no priority", {"Priority": ""}, "Priority missing: expected 1 to 100"),
    ("priority 101", {"Priority": "101"}, 'Priority "101": expected 1 to 100'),
    ("priority 1.5", {"Priority": 1.5}, 'Priority "...": expected a text or a whole number'),
    ("another direction", {"Direction": "all"}, 'Direction "all": expected ingress or egress'),
    ("no policy", {"Policy": None}, "Policy missing: expected Accept or Drop"),
    ("another policy", {"Policy": "Reject"}, 'Policy "Reject": expected Accept or Drop'),
    ("another protocol", {"IpProtocol": "SCTP"}, 'IpProtocol "SCTP": expected TCP, UDP, ICMP, ICMPv6, GRE, ALL'),
    ("protocol 256", {"IpProtocol": 256}, 'IpProtocol "256": expected TCP'),
    ("no protocol", {"IpProtocol": None}, "IpProtocol missing: expected TCP"),
    ("no ports", {"PortRange": ""}, "PortRange missing: expected it or PortRangeListId"),
    ("ports the wrong way round", {"PortRange": "90/80"}, 'PortRange "90/80": expected A/B with 1 <= A'),
    ("port 0", {"PortRange": "0/80"}, 'PortRange "0/80": expected A/B'),
    ("ports of GRE", {"IpProtocol": "GRE"}, 'PortRange "22/22": only tcp and udp have ports'),
    ("source ports of ICMP", {"IpProtocol": "ICMP", "PortRange": "-1/-1", "SourcePortRange": "1/2"},
     'SourcePortRange "1/2": only tcp and udp'),
    ("a range and a list", {"PortRangeListId": "prl-x"}, 'PortRangeListId "prl-x": either a range or a port list'),
    ("a list that is none", {"PortRange": "", "PortRangeListId": "pl-x"}, 'PortRangeListId "pl-x": expected prl-NAME'),
    ("an unknown port list", {"PortRange": "", "PortRangeListId": "prl-y"},
     'PortRangeListId "prl-y": neither the files nor the present state have this list'),
    ("an unknown prefix list", {"SourceCidrIp": "", "SourcePrefixListId": "pl-y"},
     'SourcePrefixListId "pl-y": neither the files'),
    ("an unknown group", {"SourceCidrIp": "", "SourceGroupId": "sg-z", "SourceGroupOwnerAccount": "8"},
     'SourceGroupId "8/sg-z": neither the files nor the present state have this group'),
    ("its own group", {"SourceCidrIp": "", "SourceGroupId": "sg-x"},
     'SourceGroupId "sg-x": a rule does not name its own group'),
    ("its own group with the account", {"SourceCidrIp": "", "SourceGroupId": "sg-x", "SourceGroupOwnerAccount": "8"},
     'SourceGroupId "8/sg-x": a rule does not name its own group'),
    ("a group of another vpc", {"SourceCidrIp": "", "SourceGroupId": "sg-far"},
     'SourceGroupId "sg-far": it is in vpc 7: expected one in vpc 0'),
    ("a list of another family than the local address", {"SourceCidrIp": "", "SourcePrefixListId": "pl-six",
                                                         "DestCidrIp": "10.0.0.5"},
     'SourcePrefixListId "pl-six": it is of IPv6: local: a rule does not mix'),
    ("a list of another family than the protocol", {"IpProtocol": "ICMP", "PortRange": "", "SourceCidrIp": "",
                                                    "SourcePrefixListId": "pl-six"},
     'SourcePrefixListId "pl-six": it is of IPv6: protocol: icmp is IPv4\'s'),
    ("a port list that costs too much", {"PortRange": "", "PortRangeListId": "prl-big"},
     'PortRangeListId "prl-big": a rule with it would cost 1001: expected at most 1000'),
    ("two lists that cost too much", {"SourceCidrIp": "", "SourcePrefixListId": "pl-x", "PortRange": "",
                                      "PortRangeListId": "prl-mid"},
     'PortRangeListId "prl-mid": a rule with it and pl-x would cost 1004: expected at most 1000'),
    ("a group's name", {"SourceCidrIp": "", "SourceGroupId": "web"}, 'SourceGroupId "web": expected sg-NAME'),
    ("a CIDR and a group", {"SourceGroupId": "sg-y"}, 'SourceGroupId "sg-y": expected none beside SourceCidrIp'),
    ("a CIDR and a list", {"SourcePrefixListId": "pl-x"}, 'SourcePrefixListId "pl-x": expected none beside SourceCidrIp'),
    ("both families", {"Ipv6SourceCidrIp": "::/0"}, 'Ipv6SourceCidrIp "::/0": expected none beside SourceCidrIp'),
    ("families that differ", {"Ipv6DestCidrIp": "fd00::5"}, "DestCidrIp \"\": a rule does not mix IPv4 and IPv6"),
    ("IPv6 in IPv4's place", {"SourceCidrIp": "::/0"}, 'SourceCidrIp "::/0": expected an IPv4 address or CIDR'),
    ("a length of 33", {"SourceCidrIp": "10.0.0.0/33"}, 'SourceCidrIp "10.0.0.0/33": expected an IPv4'),
    ("stars", {"Ipv6SourceCidrIp": "2001:db8::***", "SourceCidrIp": ""},
     'Ipv6SourceCidrIp "2001:db8::***": expected an IPv6 address or CIDR'),
    ("a list in place of a text", {"SourceCidrIp": ["10.0.0.0/8"], "SourceGroupId": "sg-y"},
     'SourceCidrIp "...": expected a text or a whole number'),
    ("a group at the local end", {"DestGroupId": "sg-y"}, 'DestGroupId "sg-y": expected at the peer\'s end alone'),
    ("a list at the local end", {"DestPrefixListId": "pl-x"}, 'DestPrefixListId "pl-x": expected at the peer\'s end'),
    ("ICMP of IPv6", {"IpProtocol": "ICMP", "PortRange": "", "SourceCidrIp": "", "Ipv6SourceCidrIp": "::/0"},
     'IpProtocol "ICMP": icmp is IPv4\'s'),
    ("a field of a later day", {"SourceTagId": "t-1"}, 'SourceTagId "t-1": expected none: what it means is not known'),
]


def test_rules():
    run("sgnl", "-b", "-", text=OTHERS)
    for text, fields, wanted in TAKEN:
        with title(f"{text.split(' ')[0]} a rule of Alibaba Cloud: {text}"):
            apply(group(permission(**fields)))
            equal(rules(), [wanted])
    apply(group(permission()))
    for text, fields, wanted in LEFT:
        before = save()
        with title(f"C5 a rule of Alibaba Cloud that is not carried over: {text}"):
            answer = group(permission(**fields), permission(PortRange="80/80", SecurityGroupRuleId="sgr-good"))
            refused(apply(answer, check=False), f"sgnl: group sg-x, rule sgr-bp1x: {wanted}", f"sgnl: 1 of what the answers say {NOTHING}")
            equal(save(), before)
            done = apply(answer, partial=True, check=False)
            equal((done.returncode, wanted in done.stderr), (0, True), f"status, text in {done.stderr!r}")
            equal(rules(), ["in allow tcp port 80/80 from 192.0.2.0/24 priority 1"])
            apply(group(permission()))
    empty()


def test_system():
    for priority in "110", 110:
        with title(f"R1 Alibaba Cloud: the system's rules are named and left out, priority {priority!r}"):
            done = apply(group(permission(), permission(Priority=priority, SourceCidrIp="", IpProtocol="ALL")), check=False)
            equal((done.returncode, done.stderr), (0, 'sgnl: group sg-x, rule sgr-bp1x: Priority "110": one of the '
                                                      "system's, left out\n"))
            equal(rules(), ["in allow tcp port 22/22 from 192.0.2.0/24 priority 1"])
    empty()


def summary(**fields):
    group_ = {"SecurityGroupId": "sg-x", "SecurityGroupType": "normal", "VpcId": "vpc-bp1a", "Description": ""}
    group_.update(fields)
    return {"SecurityGroups": {"SecurityGroup": [group_]}, "TotalCount": 1}


def groups():
    return [line.removeprefix("group add ") for line in save().splitlines() if line.startswith("group add ")]


def test_groups():
    with title("G1 G3 Alibaba Cloud: a group that accepts is basic"):
        apply(group(Description="text"))
        equal(groups(), ["sg-x type basic internal accept description text"])
    with title("G3 Alibaba Cloud: a group that is there keeps its type"):
        apply(group(InnerAccessPolicy="drop"))
        equal(groups(), ["sg-x type basic internal drop"])
        apply(group(InnerAccessPolicy=""))
        equal(groups(), ["sg-x type basic internal drop"])
    empty()
    with title("G1 C5 Alibaba Cloud: one that drops may be of either type, which must be told"):
        refused(apply(group(InnerAccessPolicy="Drop"), check=False), "group sg-x: SecurityGroupType missing: expected "
                "normal or enterprise, here or in the answer of DescribeSecurityGroups", NOTHING)
        equal(save(), "")
    for kind, wanted in ("normal", "basic internal drop"), ("Enterprise", "enterprise"):
        with title(f"G1 Alibaba Cloud: it is told by the answer of groups: {kind}"):
            for order in (0, 1), (1, 0):
                answers = group(InnerAccessPolicy="Drop"), summary(SecurityGroupType=kind)
                apply(*(answers[i] for i in order))
                equal(groups(), [f"sg-x type {wanted}"])
                empty()
        with title(f"G1 Alibaba Cloud: or in the answer itself: {kind}"):
            apply(group(InnerAccessPolicy="Drop", SecurityGroupType=kind))
            equal(groups(), [f"sg-x type {wanted}"])
            empty()
    with title("G3 C5 Alibaba Cloud: an enterprise group does not accept"):
        refused(apply(group(SecurityGroupType="enterprise"), check=False),
                'group sg-x: InnerAccessPolicy "Accept": expected Drop', NOTHING)
    for field, value in ("SecurityGroupType", "large"), ("InnerAccessPolicy", "perhaps"):
        with title(f"C5 Alibaba Cloud: {field} {value}: the group stays away, with --partial too"):
            refused(apply(group(permission(), **{field: value}), check=False), f'group sg-x: {field} "{value}": expected ', NOTHING)
            apply(group(permission(), **{field: value}), group(SecurityGroupId="sg-z"), partial=True)
            equal(groups(), ["sg-z type basic internal accept"])
            empty()
    with title("C5 Alibaba Cloud: a group whose rules no answer tells is not made"):
        refused(apply(summary(), check=False), "group sg-x: Permissions missing: expected the group's answer of "
                "DescribeSecurityGroupAttribute", NOTHING)
    with title("C4 Alibaba Cloud: and one that is there is left alone"):
        apply(group(permission()))
        before = save()
        apply(summary(Description="other"))
        equal(save(), before)
    empty()


def test_vpc():
    with title("G8 Alibaba Cloud: groups of one VPC are made in vpc 0"):
        apply(group(), group(SecurityGroupId="sg-y"))
        equal(groups(), [f"sg-{n} type basic internal accept" for n in "xy"])
    empty()
    with title("G8 C5 Alibaba Cloud: of two VPCs, which may have the same addresses, the second is not"):
        refused(apply(group(), group(SecurityGroupId="sg-y", VpcId="vpc-bp1b"), check=False),
                'group sg-y: VpcId "vpc-bp1b": vpc 0 is that of "vpc-bp1a"; make the group first', NOTHING)
    with title("G8 Alibaba Cloud: the name that save gives a VPC says its vpc, one that only looks like it does not"):
        apply(group(VpcId="vpc-7"), group(SecurityGroupId="sg-y", VpcId="vpc-007"))
        equal(groups(), ["sg-x type basic internal accept vpc 7", "sg-y type basic internal accept"])
        for name in "vpc-4294967296", "vpc-+7", "vpc-7 ", "vpc-", "vpc-0x7", "VPC-7", "vpc-00":
            empty()
            apply(group(VpcId=name))
            equal(groups(), ["sg-x type basic internal accept"], name)
    empty()
    with title("G8 Alibaba Cloud: vpc 0 that save has named is no other VPC's"):
        for answers in (group(VpcId="vpc-0"), group(SecurityGroupId="sg-y")), \
                (group(SecurityGroupId="sg-y"), group(VpcId="vpc-0")):
            refused(apply(*answers, check=False), 'group sg-y: VpcId "vpc-bp1a": vpc 0 is that of "vpc-0"', NOTHING)
    with title("G8 AWS: a VPC whose name has nothing but digits is one like others"):
        apply(aws(VpcId="vpc-12345678"))
        equal(groups(), ["sg-x type enterprise description text"])
    empty()
    with title("G8 Alibaba Cloud: unless its group is there, which says in which vpc"):
        run("sgnl", "group", "add", "sg-y", "vpc", "7")
        apply(group(), group(SecurityGroupId="sg-y", VpcId="vpc-bp1b"))
        equal(groups(), ["sg-x type basic internal accept", "sg-y type basic internal accept vpc 7"])
    empty()
    with title("G8 Alibaba Cloud: the same once more is refused for the same reason"):
        answers = group(), group(SecurityGroupId="sg-y", VpcId="vpc-bp1b")
        for _ in range(2):
            apply(*answers, partial=True)
            equal(groups(), ["sg-x type basic internal accept"])
    with title("G8 Alibaba Cloud: new groups come where a group of the same VPC is"):
        run("sgnl", "group", "add", "sg-y", "vpc", "7")
        apply(*answers, group(SecurityGroupId="sg-z", VpcId="vpc-bp1b"), group(SecurityGroupId="sg-a"))
        equal(groups(), ["sg-a type basic internal accept", "sg-x type basic internal accept"] +
              [f"sg-{n} type basic internal accept vpc 7" for n in "yz"])
    empty()


def test_pages():
    first = group(permission(), NextToken="AAAA")
    last = group(permission(PortRange="80/80"))
    for name, pages, wanted in [
            ("the first page alone", [first], "group sg-x: a page is missing"),
            ("the first page twice", [first, first], "group sg-x: a page is missing"),
            ("a page behind the last", [last, first], "group sg-x: an answer after its last page"),
            ("the last page twice", [first, last, last], "group sg-x: an answer after its last page"),
            ("a page of groups", [{**summary(), "NextToken": "BBBB"}, group()], "a page of groups is missing"),
            ("a page of port lists", [{**PORTS, "NextToken": "CCCC"}, ENTRIES], "a page of port lists is missing")]:
        with title(f"C5 pages: {name}"):
            for partial in False, True:
                refused(apply(*pages, partial=partial, check=False), wanted)
                equal(save(), "")
    with title("R1 pages: all of them, in one file and in two"):
        wanted = [f"in allow tcp port {n}/{n} from 192.0.2.0/24 priority 1" for n in (22, 80)]
        apply(first, last)
        equal(rules(), wanted)
        empty()
        with tempfile.TemporaryDirectory() as where:
            for n, page in enumerate((first, last)):
                with open(f"{where}/{n}.json", "w") as file:
                    json.dump(page, file)
            run("sgnl", "apply", "-f", f"{where}/0.json", "-f", f"{where}/1.json")
        equal(rules(), wanted)
    with title("R1 pages: of groups, in an array"):
        empty()
        apply([{**summary(), "NextToken": "BBBB"}, summary(SecurityGroupId="sg-y"), first, last, group(SecurityGroupId="sg-y")])
        equal(len(groups()), 2)
    empty()


PREFIXES = {"PrefixListId": "pl-a", "AddressFamily": "IPv4", "MaxEntries": 3, "Description": "text",
            "Entries": {"Entry": [{"Cidr": "192.0.2.9/24"}, {"Cidr": "10.0.0.1", "Description": "d"}]}}
PORTS = {"PortRangeLists": [{"PortRangeListId": "prl-a", "MaxEntries": 2, "Description": "p"}]}
ENTRIES = {"PortRangeListId": "prl-a", "Entries": [{"PortRange": "80/80"}, {"PortRange": "1/9"}]}


def test_lists():
    with title("R6 lists of Alibaba Cloud"):
        apply(PREFIXES, ENTRIES, PORTS)
        equal(save(), "prefix-list add pl-a family ipv4 max 3 entry 10.0.0.1/32,192.0.2.0/24 description text\n"
                      "port-list add prl-a max 2 entry 1/9,80/80 description p\n")
    with title("R6 lists of Alibaba Cloud: entries of a port list that is there"):
        apply({**ENTRIES, "Entries": []}, {**PREFIXES, "AddressFamily": "ipv6", "Entries": {"Entry": [{"Cidr": "::/0"}]}})
        equal(save(), "prefix-list add pl-a family ipv6 max 3 entry ::/0 description text\n"
                      "port-list add prl-a max 2\n")
    empty()
    for name, answers, wanted in [
            ("a port list's maximum is not told", [ENTRIES], "port-list prl-a: MaxEntries missing: expected it here or"),
            ("a port list's entries are not told", [PORTS], "port-list prl-a: Entries missing: expected the list's answer of"),
            ("more than the maximum", [{**PREFIXES, "MaxEntries": 1}], 'prefix-list pl-a: MaxEntries "1": expected room for'),
            ("a maximum of 201", [{**PREFIXES, "MaxEntries": 201}], 'prefix-list pl-a: MaxEntries "201": expected 1 to 200'),
            ("a family of its own", [{**PREFIXES, "AddressFamily": "IPv5"}], 'AddressFamily "IPv5": expected IPv4 or IPv6'),
            ("the other family", [{**PREFIXES, "Entries": {"Entry": [{"Cidr": "::/0"}]}}], 'Cidr "::/0": expected an IPv4'),
            ("an entry without a range", [PORTS, {**ENTRIES, "Entries": [{}]}], "port-list prl-a: PortRange missing"),
            ("all ports", [PORTS, {**ENTRIES, "Entries": [{"PortRange": "-1/-1"}]}], 'PortRange "-1/-1": expected 1/65535')]:
        with title(f"R6 C5 lists of Alibaba Cloud: {name}"):
            refused(apply(*answers, check=False), wanted, NOTHING)
            apply(*answers, partial=True)
            equal(save(), "")
    for name, answers, wanted in [
            ("entries of no list", [PORTS, {"Entries": ENTRIES["Entries"]}], "PortRangeListId missing: expected it beside"),
            ("entries twice", [PORTS, ENTRIES, ENTRIES], "port-list prl-a: its entries come again"),
            ("a name that is none", [{**PREFIXES, "PrefixListId": "x"}], 'PrefixListId "x": expected pl-NAME')]:
        with title(f"C5 lists of Alibaba Cloud: {name}"):
            refused(apply(*answers, partial=True, check=False), wanted)
            equal(save(), "")


OWN = """\
guard add vnet*
platform set slb on address 100.64.0.0/10
prefix-list add pl-old family ipv4 max 3
group add sg-old type basic internal accept
group add sg-x type basic internal accept
member add sg-x 10.1.1.1
rule add sg-old in allow tcp port 1/1 from group sg-x priority 1 id sgr-7
rule add sg-x in allow tcp port 22/22 from 192.0.2.0/24 priority 1 id sgr-9
port add t0 side guest address 10.0.0.9 group sg-old,sg-x smtp deny
"""


def test_rest():
    tap.devices("t0")
    with title("C4 what the answers do not tell of stays, and so does a rule that is as it was"):
        run("sgnl", "apply", "-f", "-", text=OWN)
        apply(group(permission(), permission(PortRange="80/80")))
        equal([line for line in save().splitlines() if "port 80/80" not in line], OWN.splitlines())
        equal(rules(), [f"in allow tcp port {n}/{n} from 192.0.2.0/24 priority 1" for n in (22, 80)])
    with title("C4 a rule that is not in the group's answer goes"):
        apply(group(permission(PortRange="80/80")))
        equal([line for line in save().splitlines() if "port 80/80" not in line],
              [line for line in OWN.splitlines() if "port 22/22" not in line])
        equal(rules(), ["in allow tcp port 80/80 from 192.0.2.0/24 priority 1"])
    with title("C4 the same once more changes nothing, not even the generation"):
        before = run("sgnl", "-j", "stats")
        apply(group(permission(PortRange="80/80")))
        equal(run("sgnl", "-j", "stats"), before)
    with title("C4 where all that comes of it is one more rule, nothing is printed either"):
        equal(apply(group(permission(PortRange="80/80"), permission(PortRange="90/90"))), "")
        equal(len(rules()), 2)
    with title("C4 an id that another group's rule has is not taken"):
        apply(group(permission(PortRange="90/90", SecurityGroupRuleId="sgr-7")))
        equal("rule add sg-old in allow tcp port 1/1 from group sg-x priority 1 id sgr-7" in save(), True)
        equal(rules(), ["in allow tcp port 90/90 from 192.0.2.0/24 priority 1"])
    with title("C4 rules that no answer gives an id are numbered in the answer's order"):
        apply(group(*(permission(PortRange=f"{n}/{n}") for n in (5, 3, 4))))
        equal([rule.split()[4] for rule in rules()], ["5/5", "3/3", "4/4"])
    with title("C5 what the kernel refuses ends with 2, and changes nothing"):
        before = save()
        many = [permission(PortRange=f"{n}/{n}") for n in range(1, 1002)]
        done = apply(group(*many), check=False)
        equal((done.returncode, done.stderr.startswith("sgnl: kernel: "), save()), (2, True, before))
    empty()


def test_bad_files():
    for name, text, wanted in [
            ("no JSON", '{"a":\n 1 x', "standard input:2: not JSON: "),
            ("no JSON behind an answer", json.dumps(group(), indent=1) + "\n]", "not JSON: "),
            ("a key twice", '{"SecurityGroupId": "sg-a", "SecurityGroupId": "sg-b"}', "not JSON: duplicate object key"),
            ("an error's answer", '\n\n{"Code": "Forbidden", "Message": "no"}', "standard input:3: JSON of another kind: expected "),
            ("an array of something", "[[], [1]]", "JSON of another kind"),
            ("entries of AWS", '{"Entries": [{"Cidr": "10.0.0.0/8"}]}', "JSON of another kind"),
            ("no name", json.dumps(group(SecurityGroupId=None)), 'group "": expected sg-NAME'),
            ("a name with stars", json.dumps(group(SecurityGroupId="sg-a****")), 'group "sg-a****": expected sg-NAME'),
            ("commands behind it", json.dumps(group()) + "\ngroup add sg-a", "not JSON: ")]:
        with title(f"C5 files of answers: {name}"):
            refused(run("sgnl", "apply", "-f", "-", text=text, check=False), wanted)
    for name, words, wanted in [
            ("two files of commands", ["-f", "/dev/null", "-f", "/dev/null"], "/dev/null: expected one file of commands, or"),
            ("an answer and commands", ["-f", ALIYUN[0], "-f", "/dev/null"], "/dev/null: expected one file of commands"),
            ("--partial with commands", ["--partial", "-f", "/dev/null"], "--partial: expected with a cloud's answers"),
            ("no file", ["--partial"], "file missing: expected apply -f FILE")]:
        with title(f"C5 apply: {name}"):
            refused(run("sgnl", "apply", *words, check=False), wanted)
    equal(save(), "")
    with title("C5 a description of more than 512 bytes is cut between characters, if that is wanted"):
        answer = group(permission(Description="x" + "\u6c49" * 200))
        refused(apply(answer, check=False), "rule sgr-bp1x: Description of 601 bytes: cut to 511", NOTHING)
        apply(answer, partial=True)
        equal(rules()[0].endswith("description x" + "\u6c49" * 170), True)
    empty()


# The command `save --aliyun` prints what gives all of this again.
ROUND = """\
prefix-list add 7/pl-x family ipv6 max 4 entry 2001:db8::/32,fd00::/8 description "of \\"another\\""
port-list add 7/prl-b max 300
prefix-list add pl-empty family ipv4 max 20
port-list add prl-a max 30 entry 1/65535,80/80,80/81 description \u6c49
group add 4711/sg-c type enterprise vpc 7
group add sg-a type basic internal drop description "two words"
group add sg-b type basic internal accept vpc 4294967295
group add sg-d type enterprise
rule add sg-a in allow tcp port list prl-a from prefix-list pl-empty priority 1 id sgr-1
rule add sg-a out deny udp port list 7/prl-b to 192.0.2.0/24 from 10.0.0.0/8 priority 100 id sgr-2
rule add sg-a in allow all from prefix-list 7/pl-x to fd00::/64 priority 3 description text id sgr-3
rule add sg-a in allow tcp port 1/65535 from group sg-d priority 1 id sgr-4
rule add 4711/sg-c out allow tcp to 0.0.0.0/0 from 10.0.0.1/32 sport 22/22 priority 1 id sgr-5
rule add sg-d out allow udp to group sg-a sport 1/65535 priority 1 id sgr-6
rule add sg-b in deny icmpv6 from ::/0 priority 1 id sgr-8
rule add sg-b in deny icmp from 0.0.0.0/0 priority 1 id sgr-9
rule add sg-b out deny gre to 2001:db8::/32 priority 1 id sgr-10
rule add sg-b out deny 0 to 10.0.0.0/8 priority 1 id sgr-5000
"""


def test_round():
    with title("C4 save --aliyun: applied to nothing it gives the same groups, rules and lists"):
        run("sgnl", "-b", "-", text=ROUND)
        equal(save(), ROUND)
        written = run("sgnl", "save", "--aliyun")
        empty()
        run("sgnl", "apply", "-f", "-", text=written)
        equal(save(), ROUND)
        equal(run("sgnl", "save", "--aliyun"), written)
    with title("C4 save --aliyun: applied to what is there it changes nothing"):
        before = run("sgnl", "-j", "stats")
        run("sgnl", "apply", "-f", "-", text=written)
        equal(run("sgnl", "-j", "stats"), before)
    empty()
    with title("C4 save --aliyun: of what the cloud's own answers give the same again"):
        run("sgnl", "apply", *(word for name in ALIYUN for word in ("-f", name)))
        wanted, written = save(), run("sgnl", "save", "--aliyun")
        equal(len(wanted.splitlines()), 12)
        empty()
        run("sgnl", "apply", "-f", "-", text=written)
        equal(save(), wanted)
    empty()
    with title("C4 save --aliyun: of nothing is nothing"):
        equal(run("sgnl", "save", "--aliyun"), "")
    with title("C5 R14 save --aliyun: a rule of one ICMP type is named, and nothing is printed"):
        apply(aws(allow(IpProtocol="icmp", FromPort=8, ToPort=-1), allow()))
        refused(run("sgnl", "save", "--aliyun", check=False), ": type 8: there is no field for ICMP types",
                "1 rules cannot be written, so nothing is: expected --partial")
        written = run("sgnl", "save", "--aliyun", "--partial")
        run("sgnl", "rule", "set", rule_id("port 22/22"), "expires", "2099-01-01T00:00:00Z")
        refused(run("sgnl", "save", "--aliyun", check=False), ": type 8: there is no field for ICMP types",
                ": expires 2099-01-01T00:00:00Z: there is no field for a rule's end", "2 rules cannot be written")
        equal([rule["IpProtocol"] for rule in json.loads(written)["Permissions"]["Permission"]], ["TCP"])
    empty()
    with title("C5 save: another word is refused"):
        refused(run("sgnl", "save", "--other", check=False), 'unexpected word "--other"')


def aws(*permissions, egress=(), **fields):
    group_ = {"GroupId": "sg-x", "OwnerId": "11", "VpcId": "vpc-0a", "GroupName": "x", "Description": "text",
              "IpPermissions": list(permissions), "IpPermissionsEgress": list(egress)}
    group_.update(fields)
    return {"SecurityGroups": [{field: value for field, value in group_.items() if value is not None}]}


def allow(**fields):
    one = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.0/24"}],
           "Ipv6Ranges": [], "UserIdGroupPairs": [], "PrefixListIds": []}
    one.update(fields)
    return {field: value for field, value in one.items() if value is not None}


AWS_TAKEN = [
    ("R3 a range", allow(), ["in allow tcp port 22/22 from 192.0.2.0/24 priority 1"]),
    ("R3 all ports", allow(FromPort=0, ToPort=65535), ["in allow tcp from 192.0.2.0/24 priority 1"]),
    ("R2 all protocols", allow(IpProtocol="-1", FromPort=None, ToPort=None), ["in allow all from 192.0.2.0/24 priority 1"]),
    ("R2 a number, whose ports mean nothing", allow(IpProtocol="50"), ["in allow 50 from 192.0.2.0/24 priority 1"]),
    ("R2 a number of a name", allow(IpProtocol="17"), ["in allow udp port 22/22 from 192.0.2.0/24 priority 1"]),
    ("R2 all of ICMP", allow(IpProtocol="icmp", FromPort=-1, ToPort=-1), ["in allow icmp from 192.0.2.0/24 priority 1"]),
    ("R2 all of ICMPv6, ports left out", allow(IpProtocol="icmpv6", FromPort=None, ToPort=None, IpRanges=[],
                                               Ipv6Ranges=[{"CidrIpv6": "::/0"}]), ["in allow icmpv6 from ::/0 priority 1"]),
    ("R14 a type of ICMP", allow(IpProtocol="icmp", FromPort=8, ToPort=-1),
     ["in allow icmp type 8 from 192.0.2.0/24 priority 1"]),
    ("R14 a code of a type of ICMP", allow(IpProtocol="1", FromPort=0, ToPort=0),
     ["in allow icmp type 0 code 0 from 192.0.2.0/24 priority 1"]),
    ("R14 a type of ICMPv6", allow(IpProtocol="icmpv6", FromPort=128, ToPort=None, IpRanges=[],
                                   Ipv6Ranges=[{"CidrIpv6": "::/0"}]), ["in allow icmpv6 type 128 from ::/0 priority 1"]),
    ("R4 a rule each", allow(IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "d"}, {"CidrIp": "192.0.2.9/32"}],
                             Ipv6Ranges=[{"CidrIpv6": "2001:db8::1/64"}]),
     ["in allow tcp port 22/22 from 10.0.0.0/8 priority 1 description d", "in allow tcp port 22/22 from 192.0.2.9/32 priority 1",
      "in allow tcp port 22/22 from 2001:db8::/64 priority 1"]),
    ("R5 a group of the same account", allow(IpRanges=[], UserIdGroupPairs=[{"UserId": "11", "GroupId": "sg-y"}]),
     ["in allow tcp port 22/22 from group sg-y priority 1"]),
    ("G8 R5 a group of another account", allow(IpRanges=[], UserIdGroupPairs=[
        {"UserId": "77", "GroupId": "sg-y", "VpcPeeringConnectionId": "pcx-1", "PeeringStatus": "active"}]),
     ["in allow tcp port 22/22 from group 77/sg-y priority 1"]),
    ("R6 a prefix list", allow(IpRanges=[], PrefixListIds=[{"PrefixListId": "pl-x"}]),
     ["in allow tcp port 22/22 from prefix-list pl-x priority 1"]),
]

AWS_LEFT = [
    ("no peer", allow(IpRanges=[]), "IpPermissions[0]: IpRanges missing: expected it, Ipv6Ranges, UserIdGroupPairs or "
     "PrefixListIds; what is left out is not any"),
    ("no protocol", allow(IpProtocol=None), "IpPermissions[0]: IpProtocol missing: expected -1, tcp"),
    ("another protocol", allow(IpProtocol="all"), 'IpPermissions[0]: IpProtocol "all": expected -1, tcp'),
    ("no port", allow(FromPort=None), "IpPermissions[0]: FromPort missing: expected -1 to 65535"),
    ("port 0 and others", allow(FromPort=0), 'IpPermissions[0]: FromPort "0": expected 1 to 65535, or 0 with ToPort 65535'),
    ("ports the wrong way round", allow(FromPort=23), 'IpPermissions[0]: FromPort "23": expected no more than ToPort, 22'),
    ("port 65536", allow(ToPort=65536), 'IpPermissions[0]: ToPort "65536": expected -1 to 65535'),
    ("an ICMP type of 256", allow(IpProtocol="icmp", FromPort=256, ToPort=-1), 'IpPermissions[0]: FromPort "256": expected -1 to 255'),
    ("an ICMP code without a type", allow(IpProtocol="icmp", FromPort=-1, ToPort=1), 'IpPermissions[0]: ToPort "1": expected -1: a code'),
    ("its own group", allow(IpRanges=[], UserIdGroupPairs=[{"UserId": "11", "GroupId": "sg-x"}]),
     'IpPermissions[0].UserIdGroupPairs[0]: GroupId "sg-x": a rule does not name its own group'),
    ("an unknown group", allow(IpRanges=[], UserIdGroupPairs=[{"UserId": "12", "GroupId": "sg-z"}]),
     'IpPermissions[0].UserIdGroupPairs[0]: GroupId "12/sg-z": neither the files nor'),
    ("an unknown list", allow(IpRanges=[], PrefixListIds=[{"PrefixListId": "pl-6"}]),
     'IpPermissions[0].PrefixListIds[0]: PrefixListId "pl-6": neither the files nor'),
    ("IPv6 in IPv4's place", allow(IpRanges=[{"CidrIp": "::/0"}]), 'IpPermissions[0].IpRanges[0]: CidrIp "::/0": expected an IPv4'),
    ("a range without an address", allow(IpRanges=[{"Description": "d"}]), "IpPermissions[0].IpRanges[0]: CidrIp missing: "),
    ("ICMP of IPv6", allow(IpProtocol="icmp", FromPort=-1, ToPort=-1, IpRanges=[], Ipv6Ranges=[{"CidrIpv6": "::/0"}]),
     'IpPermissions[0].Ipv6Ranges[0]: IpProtocol "icmp": icmp is IPv4\'s'),
    ("a field of a later day", allow(Until="2030"), 'IpPermissions[0]: Until "2030": expected none'),
    ("a peer's field of a later day", allow(IpRanges=[{"CidrIp": "::/0", "Tag": "2030"}]),
     'IpPermissions[0].IpRanges[0]: Tag "2030": expected none'),
]


def test_aws():
    run("sgnl", "-b", "-", text=OTHERS)
    for text, one, wanted in AWS_TAKEN:
        with title(f"{text.split(' ')[0]} a permission of AWS: {text}"):
            apply(aws(one))
            equal(rules(), wanted)
    with title("R1 a permission of AWS: outbound"):
        apply(aws(egress=[allow(IpProtocol="-1", IpRanges=[{"CidrIp": "0.0.0.0/0"}])]))
        equal(rules(), ["out allow all to 0.0.0.0/0 priority 1"])
    with title("G1 G2 groups of AWS are enterprise: nothing passes but what a rule allows"):
        equal([line for line in groups() if "sg-x" in line], ["sg-x type enterprise description text"])
    apply(aws(allow()))
    for text, one, wanted in AWS_LEFT:
        before = save()
        with title(f"C5 a permission of AWS that is not carried over: {text}"):
            done = apply(aws(one, allow(FromPort=80, ToPort=80)), check=False)
            equal((done.returncode, save()), (1, before))
            equal(f"sgnl: group sg-x, rule {wanted}" in done.stderr, True, f"{wanted!r} in {done.stderr!r}")
            equal(done.stderr.splitlines()[-1].endswith(NOTHING), True, "the last line")
            apply(aws(one, allow(FromPort=80, ToPort=80)), partial=True)
            equal(rules(), ["in allow tcp port 80/80 from 192.0.2.0/24 priority 1"])
            apply(aws(allow()))
    empty()
    for name, answers, wanted in [
            ("pages: the last is missing", [{**aws(), "NextToken": "t"}], "a page of groups is missing"),
            ("a group twice", [aws(), aws()], "group sg-x: an answer after its last page"),
            ("no outbound permissions", [aws(IpPermissionsEgress=None)], "group sg-x: IpPermissionsEgress missing")]:
        with title(f"C5 answers of AWS: {name}"):
            refused(apply(*answers, partial=True, check=False), wanted)
            equal(save(), "")
    with title("R1 answers of AWS: the file in answers/, all of it"):
        run("sgnl", "apply", "-f", os.path.join(HERE, "aws.json"))
        equal([len(groups()), save().count("rule add")], [2, 9])
    empty()


test_rules()
test_system()
test_groups()
test_vpc()
test_pages()
test_lists()
test_rest()
test_bad_files()
test_round()
test_aws()
tap.end()
