# SPDX-License-Identifier: GPL-2.0
"""Rules that name a prefix list or a port list: R3, R4, R6, R7, R9, R11 to R13."""

import ipaddress
import random
import struct

from bench import Wrong
from frames import echo, tcp, udp
from run import test


def shown(b, name):
    """A list as it is shown, put together from its messages."""
    out = {}
    for part in b.nl.dump("list-get", name=name):
        for key, value in part.items():
            if key in ("prefix", "range"):
                out.setdefault(key, []).extend(value)
            else:
                out[key] = value
    return out


def port_ranges(b, name):
    return [struct.unpack("=HH", r) for r in shown(b, name).get("range", [])]


def cost(b, group):
    return b.nl.do("group-get", name=group)["rules"]


@test("R4 R6 a prefix list matches what is in one of its entries, in its family alone")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a")
    b.prefixes("pl-4", 10, "192.0.2.8/31", "10.0.0.0/8", "10.1.0.0/16", "203.0.113.7/32")
    b.prefixes("pl-6", 10, "2001:db8:9::/64", "2001:db8:9:0:1::/80", family="ipv6")
    four = b.rule("sg-a in allow all from prefix-list pl-4")
    six = b.rule("sg-a in allow all from prefix-list pl-6")
    for peer, hit in (("192.0.2.8", True), ("192.0.2.9", True), ("192.0.2.10", False),
                      ("192.0.2.7", False), ("10.255.255.255", True), ("10.1.2.3", True),
                      ("11.0.0.0", False), ("203.0.113.7", True), ("203.0.113.6", False)):
        b.inn(udp(b.number(), 9), *(("rule-allow", four) if hit else ("default-deny",)), peer=peer)
    for peer, hit in (("2001:db8:9::9", True), ("2001:db8:9:0:1::", True),
                      ("2001:db8:9:1::", False), ("2001:db8:8:ffff::1", False)):
        b.inn(udp(b.number(), 9), *(("rule-allow", six) if hit else ("default-deny",)), peer=peer)
    out = b.rule("sg-a out deny tcp port 80 to prefix-list pl-4")
    b.out(tcp(b.number(), 80), "rule-deny", out)
    b.out(tcp(b.number(), 80), "default-allow", peer="192.0.2.10")


@test("R3 R6 a port list matches the destination port alone, and never port 0")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    b.ranges("prl-x", 10, (80, 80), (1, 3), (443, 445), (444, 500), (65535, 65535))
    both = {transport: b.rule(f"sg-a in allow {transport} port list prl-x from 192.0.2.0/24")
            for transport in ("tcp", "udp")}
    for port, hit in ((0, False), (1, True), (3, True), (4, False), (79, False), (80, True),
                      (81, False), (442, False), (443, True), (446, True), (500, True),
                      (501, False), (65534, False), (65535, True)):
        for name, make in ("tcp", tcp), ("udp", udp):
            b.inn(make(b.number(), port),
                  *(("rule-allow", both[name]) if hit else ("default-deny",)))
    b.inn(tcp(80, 79), "default-deny")
    deny = b.rule("sg-a out deny udp port list prl-x to 192.0.2.0/24")
    b.out(udp(b.number(), 445), "rule-deny", deny)
    b.out(udp(445, 600), "default-allow")


@test("R12 a list without entries matches nothing, whatever its direction or policy")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    b.prefixes("pl-x", 5)
    b.ranges("prl-x", 5)
    b.rule("sg-a in allow all from prefix-list pl-x")
    b.rule("sg-a in allow udp port list prl-x from 0.0.0.0/0")
    b.rule("sg-a out deny all to prefix-list pl-x")
    b.rule("sg-a out deny udp port list prl-x to 0.0.0.0/0")
    for port in 0, 9:
        b.inn(udp(b.number(), port), "default-deny")
        b.out(udp(b.number(), port), "default-allow")
    b.entries("entry-add", "pl-x", "192.0.2.0/24")
    b.entries("entry-add", "prl-x", (9, 9))
    b.entries("set", "pl-x")
    b.entries("set", "prl-x")
    b.inn(udp(b.number(), 9), "default-deny")
    b.out(udp(b.number(), 9), "default-allow")


@test("R6 a change of entries reaches all rules that name the list, which keep id and counters")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a", "sg-b")
    b.prefixes("pl-x", 20, "192.0.2.9/32")
    b.ranges("prl-x", 20, (80, 80))
    tcp_rule = b.rule("sg-a in allow tcp port list prl-x from prefix-list pl-x")
    udp_rule = b.rule("sg-b in allow udp port list prl-x from prefix-list pl-x")
    compiled = b.namespace_stats()["policies-compiled"]

    def judged(peer, port, hit):
        for make, rule in (tcp, tcp_rule), (udp, udp_rule):
            b.inn(make(b.number(), port), *(("rule-allow", rule) if hit else ("default-deny",)),
                  peer=peer)

    judged("192.0.2.9", 80, True)
    judged("192.0.2.9", 81, False)
    judged("192.0.2.8", 80, False)
    b.entries("entry-add", "pl-x", "192.0.2.8/32")
    judged("192.0.2.8", 80, True)
    b.entries("entry-add", "prl-x", (81, 90))
    judged("192.0.2.9", 81, True)
    b.entries("entry-del", "pl-x", "192.0.2.9/32")
    judged("192.0.2.9", 80, False)
    judged("192.0.2.8", 90, True)
    b.entries("set", "prl-x", (7, 8))
    judged("192.0.2.8", 80, False)
    judged("192.0.2.8", 8, True)
    if b.namespace_stats()["policies-compiled"] != compiled + 4:
        raise Wrong("not one policy was compiled for each change of entries")
    if {r["id"]: r["packets"] for r in b.nl.dump("rule-get")} != {tcp_rule: 5, udp_rule: 5}:
        raise Wrong(f"counters: {b.nl.dump('rule-get')}")


@test("C1 R6 in a transaction all lists and rules change together, or none do")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    with b.nl.transaction():
        b.prefixes("pl-x", 2, "192.0.2.0/24")
        b.ranges("prl-x", 2, (80, 80))
        b.nl.do("rule-add", group="sg-a", direction="in", proto=6, peer_list="pl-x",
                port_list="prl-x", id=77)
    b.inn(tcp(b.number(), 80), "rule-allow", 77)

    def fails():
        with b.nl.transaction():
            b.entries("set", "prl-x", (81, 81))
            b.entries("set", "pl-x", "10.0.0.0/8")
            b.entries("entry-add", "pl-x", "10.1.0.0/16", "10.2.0.0/16")
    b.refused("prefix-list pl-x: it would have 3 entries, at most 2 allowed", fails)
    b.inn(tcp(b.number(), 80), "rule-allow", 77)
    b.inn(tcp(b.number(), 81), "default-deny")
    if port_ranges(b, "prl-x") != [(80, 80)]:
        raise Wrong(f"entries: {port_ranges(b, 'prl-x')}")
    with b.nl.transaction():
        b.nl.do("rule-del", id=77)
        b.nl.do("list-del", name="pl-x")
        b.nl.do("list-del", name="prl-x")
    b.inn(tcp(b.number(), 80), "default-deny")


@test("R6 R7 a rule costs the maxima of its lists, and both their product")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a", "sg-b")
    b.prefixes("pl-20", 20)
    b.prefixes("pl-200", 200)
    b.ranges("prl-30", 30)
    b.ranges("prl-1000", 1000)
    b.ranges("prl-1001", 1001)
    b.ranges("prl-2000", 2000)
    one = b.rule("sg-a in tcp port 1 from 10.0.0.1")
    if cost(b, "sg-a") != 1:
        raise Wrong(f"sg-a costs {cost(b, 'sg-a')}")
    b.rule("sg-a in tcp from prefix-list pl-20")
    b.rule("sg-a out tcp port list prl-30 to 10.0.0.1")
    product = b.rule("sg-a in tcp port list prl-30 from prefix-list pl-20")
    if cost(b, "sg-a") != 1 + 20 + 30 + 600:
        raise Wrong(f"sg-a costs {cost(b, 'sg-a')}")
    if b.nl.do("port-get", ifindex=b.ifindex)["rules"] != 651:
        raise Wrong("the port costs other than its groups")
    for name in "prl-1001", "prl-2000":
        b.refused(f"group sg-b: a rule with {name} would cost {name[4:]}, at most 1000 allowed",
                  b.rule, f"sg-b in tcp port list {name} from 10.0.0.1")
    b.refused("group sg-b: a rule with pl-200 and prl-30 would cost 6000, at most 1000 allowed",
              b.rule, "sg-b in tcp port list prl-30 from prefix-list pl-200")
    b.refused("group sg-a: its rules would cost 1251, at most 1000 allowed",
              b.rule, "sg-a in udp port list prl-30 from prefix-list pl-20")
    b.refused("port p0: the rules of its groups would cost 1001, at most 1000 allowed",
              lambda: [b.rule("sg-b in udp from prefix-list pl-200"),
                       b.rule("sg-b out udp from 10.0.0.1 to prefix-list pl-20"),
                       b.rule("sg-b out udp port list prl-30 to 10.0.0.2"),
                       *[b.rule(f"sg-b in udp port {n} from 10.0.0.1") for n in range(1, 101)]])
    # What it costs goes when the rule goes, or when it names no list any more.
    b.change(product, "sg-a in tcp from 10.0.0.2")
    if cost(b, "sg-a") != 52:
        raise Wrong(f"sg-a costs {cost(b, 'sg-a')}")
    b.unrule(product, one)
    if cost(b, "sg-a") != 50:
        raise Wrong(f"sg-a costs {cost(b, 'sg-a')}")
    b.group("sg-c")
    b.rule("sg-c in tcp port list prl-1000 from 10.0.0.1")
    b.refused("port p0: the rules of its groups would cost", b.join, "sg-c")
    b.refused("group sg-c: its rules would cost 1001", b.rule, "sg-c in udp from 10.0.0.1")
    b.leave("sg-a", "sg-b")
    b.join("sg-c")
    b.refused("port p0: the rules of its groups would cost", b.join, "sg-a")


@test("R6 entries are shown in canonical form, once each and in order; the maximum stays")
def _(b):
    b.prefixes("pl-x", 3, "10.1.2.3/8", "10.9.9.9/8", "10.0.0.0/16")
    got = [(ipaddress.ip_address(p[:-1]), p[-1]) for p in shown(b, "pl-x")["prefix"]]
    if got != [(ipaddress.ip_address("10.0.0.0"), 8), (ipaddress.ip_address("10.0.0.0"), 16)]:
        raise Wrong(f"entries: {got}")
    before = b.nl.dump("list-get")[0]["generation"]
    b.entries("entry-add", "pl-x", "10.77.0.0/8")
    if b.nl.dump("list-get")[0]["generation"] != before:
        raise Wrong("an entry that was there made a generation")
    b.entries("entry-add", "pl-x", "11.0.0.0/8")
    b.refused("it would have 4 entries, at most 3 allowed", b.entries, "entry-add", "pl-x",
              "10.0.0.0/8", "12.0.0.0/8")
    b.refused("it would have 5 entries, at most 3 allowed", b.entries, "set", "pl-x",
              *(f"{n}.0.0.0/8" for n in range(1, 6)))
    b.refused("10.0.0.0/9 is not in it", b.entries, "entry-del", "pl-x", "11.0.0.0/8", "10.0.0.0/9")
    b.refused("fd00::/8 is IPv6; the list is of IPv4", b.entries, "entry-add", "pl-x", "fd00::/8")
    b.refused("exists already", b.prefixes, "pl-x", 3)
    b.refused("no such list", b.entries, "set", "pl-y")
    if shown(b, "pl-x")["entries"] != 3:
        raise Wrong(f"{shown(b, 'pl-x')}")


@test("R6 a list with 2000 entries is shown whole, and its changes are what a set would become")
def _(b):
    random.seed(6)
    every = [(p, p + n) for p in range(1, 64001, 32) for n in range(1)]
    b.ranges("prl-big", 2000, *every)
    if port_ranges(b, "prl-big") != every:
        raise Wrong("not all entries are shown")
    b.refused("it would have 2001 entries, at most 2000 allowed", b.entries, "entry-add",
              "prl-big", (7, 7))
    b.ranges("prl-set", 40)
    model = set()
    for _ in range(200):
        some = [(a, random.randint(a, 12)) for a in (random.randint(1, 12) for _ in range(3))]
        if random.random() < 0.5 and len(model | set(some)) <= 40:
            b.entries("entry-add", "prl-set", *some)
            model |= set(some)
        elif model:
            gone = random.choice(sorted(model))
            b.entries("entry-del", "prl-set", gone)
            model.remove(gone)
        if port_ranges(b, "prl-set") != sorted(model):
            raise Wrong(f"{port_ranges(b, 'prl-set')} is not {sorted(model)}")


@test("R6 a list that a rule names cannot be deleted, and its name is free afterwards")
def _(b):
    b.group("sg-a")
    b.prefixes("pl-x", 5)
    b.ranges("7/prl-x", 5)
    rule = b.rule("sg-a in tcp port list 7/prl-x from prefix-list pl-x")
    b.refused(f"prefix-list pl-x: rule sgr-{rule} of group sg-a names it", b.nl.do, "list-del",
              name="pl-x")
    b.refused(f"port-list 7/prl-x: rule sgr-{rule} of group sg-a names it", b.nl.do, "list-del",
              name="7/prl-x")
    b.unrule(rule)
    b.nl.do("list-del", name="pl-x")
    b.nl.do("list-del", name="7/prl-x")
    b.refused("no such list", b.nl.do, "list-del", name="pl-x")
    b.prefixes("pl-x", 7, family="ipv6")
    if shown(b, "pl-x")["family"] != "ipv6":
        raise Wrong("it is the old list")


@test("R9 R13 a rule's lists are part of what it is, and can be changed")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    b.prefixes("pl-x", 5, "192.0.2.9/32")
    b.prefixes("pl-y", 5, "192.0.2.8/32")
    b.ranges("prl-x", 5, (80, 80))
    first = b.rule("sg-a in tcp port list prl-x from prefix-list pl-x")
    if b.rule("sg-a in tcp port list prl-x from prefix-list pl-x") != first:
        raise Wrong("an equal rule was added")
    others = [b.rule(words) for words in (
        "sg-a in tcp port list prl-x from prefix-list pl-y",
        "sg-a in tcp from prefix-list pl-x", "sg-a in tcp port list prl-x from 192.0.2.9")]
    if len({first, *others}) != 4 or cost(b, "sg-a") != 25 + 25 + 5 + 5:
        raise Wrong(f"rules {first} {others} cost {cost(b, 'sg-a')}")
    b.refused(f"the same rule exists as sgr-{first}", b.change, others[0],
              "sg-a in tcp port list prl-x from prefix-list pl-x")
    b.unrule(*others)
    b.inn(tcp(b.number(), 80), "rule-allow", first)
    b.change(first, "sg-a in tcp port list prl-x from prefix-list pl-y")
    b.inn(tcp(b.number(), 80), "default-deny")
    b.inn(tcp(b.number(), 80), "rule-allow", first, peer="192.0.2.8")
    # By its words; there is no other
    b.nl.do("rule-del", group="sg-a", direction="in", proto=6, peer_list="pl-y",
            port_list="prl-x")
    b.inn(tcp(b.number(), 80), "default-deny", peer="192.0.2.8")


@test("R3 R4 R11 a prefix list fixes a rule's family, a port list goes with tcp and udp alone")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    b.prefixes("pl-4", 5, "192.0.2.0/24")
    b.prefixes("pl-6", 5, "2001:db8:9::/48", family="ipv6")
    b.ranges("prl-x", 5, (1, 65535))
    b.refused("mix IPv4 and IPv6", b.rule, "sg-a in tcp from prefix-list pl-4 to fd00::/8")
    b.refused("mix IPv4 and IPv6", b.rule, "sg-a in tcp from prefix-list pl-6 to 10.0.0.0/8")
    b.refused("icmp is IPv4's", b.rule, "sg-a in icmp from prefix-list pl-6")
    b.refused("icmpv6 is IPv6's", b.rule, "sg-a in icmpv6 from prefix-list pl-4")
    for proto in "icmp", "gre", "all", "132":
        b.refused("only tcp and udp have ports", b.rule,
                  f"sg-a in {proto} port list prl-x from 192.0.2.0/24")
    b.refused("no such list", b.rule, "sg-a in tcp from prefix-list pl-none")
    b.refused("no such list", b.rule, "sg-a in tcp port list prl-none from 192.0.2.9")
    icmp = b.rule("sg-a in icmp from prefix-list pl-4")
    six = b.rule("sg-a in icmpv6 from prefix-list pl-6 to 2001:db8::/32")
    b.inn(echo(b.number()), "rule-allow", icmp)
    b.inn(echo(b.number(), v6=True), "rule-allow", six)


@test("R6 E7 random rules with lists: verdict and rule equal those of a plain scan")
def _(b):
    random.seed(36)
    b.group("sg-a")
    b.port("sg-a")
    peers = [f"192.0.2.{n}" for n in range(8, 16)]
    lists = {}
    for n in range(4):
        lists[f"pl-{n}"] = random.sample(
            [f"{p}/{size}" for p in peers for size in (30, 31, 32)], random.randint(0, 3))
        b.prefixes(f"pl-{n}", 5, *lists[f"pl-{n}"])
        lists[f"prl-{n}"] = [(a, random.randint(a, 8)) for a in random.sample(range(1, 9), n)]
        b.ranges(f"prl-{n}", 5, *lists[f"prl-{n}"])
    rules = {}
    for _ in range(30):
        words = (random.choice(["allow", "deny"]), f"prl-{random.randrange(4)}",
                 f"pl-{random.randrange(4)}", random.randint(1, 3))
        policy, ports, prefixes, priority = words
        rules[b.rule(f"sg-a in {policy} udp port list {ports} from prefix-list {prefixes} "
                     f"priority {priority}")] = words
    order = sorted(rules.items(), key=lambda r: (r[1][3], r[1][0] == "allow", r[0]))
    for _ in range(150):
        peer, port = random.choice(peers), random.randint(1, 8)
        want = ("default-deny",)
        for number, (policy, ports, prefixes, _) in order:
            if any(a <= port <= z for a, z in lists[ports]) and \
               any(ipaddress.ip_address(peer) in ipaddress.ip_network(p, strict=False)
                   for p in lists[prefixes]):
                want = (f"rule-{policy}", number)
                break
        b.inn(udp(b.number(), port), *want, peer=peer)
