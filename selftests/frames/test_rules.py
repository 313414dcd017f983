# SPDX-License-Identifier: GPL-2.0
"""What groups and their rules decide: E6 to E8, G, R."""

import ipaddress
import itertools
import random
import struct
import time

from bench import IN, OUT, Wrong, rule_words
from frames import GRE, SCTP, echo, icmp, icmp6, ip, neighbour, other, tcp, udp
from run import test

BOTH = IN, OUT
ANY4, ANY6 = "0.0.0.0/0", "::/0"


def kinds(b, v6=False):
    """One packet of each kind, none of which meets a session of another."""
    return [tcp(b.number(), 80), udp(b.number(), 53), echo(b.number(), v6=v6)]


@test("G1 G2 E8 without rules basic denies inbound and allows outbound, enterprise denies both")
def _(b):
    b.group("sg-a", type="basic")
    b.group("sg-e", type="enterprise")
    b.port("sg-a")
    for group in "sg-a", "sg-e", "sg-a":
        b.move(group)
        for peer in b.peer, b.peer6:
            for transport in [*kinds(b, ":" in peer), other(GRE), other(SCTP), other(253)]:
                b.inn(transport, "default-deny", peer=peer)
            for transport in kinds(b, ":" in peer):
                b.out(transport, "default-deny" if group == "sg-e" else "default-allow", peer=peer)
    for proto in GRE, SCTP, 253:
        b.out(other(proto), "default-allow")
    b.move("sg-e")
    for proto in 50, 254:
        b.out(other(proto), "default-deny")


@test("G2 E6 a member of the same basic group is admitted, whatever the rules are")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    for fellow in "10.0.0.6", "2001:db8::6":
        v6 = ":" in fellow
        stranger = "2001:db8::7" if v6 else "10.0.0.7"
        b.member("sg-a", fellow)
        for transport in [*kinds(b, v6), other(253)]:
            b.inn(transport, "member", peer=fellow)
            b.inn(transport, "default-deny", peer=stranger)
        any_of = ANY6 if v6 else ANY4
        deny = b.rule(f"sg-a in deny all from {any_of}")
        deny_out = b.rule(f"sg-a out deny all to {any_of}")
        for transport in kinds(b, v6):
            b.inn(transport, "member", peer=fellow)
            b.inn(transport, "rule-deny", deny, peer=stranger)
            b.out(kinds(b, v6)[0], "rule-deny", deny_out, peer=fellow)
        b.unmember("sg-a", fellow)
        for transport in kinds(b, v6):
            b.inn(transport, "rule-deny", deny, peer=fellow)


@test("E6 is for inbound alone: outbound to a member goes by the rules")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    b.member("sg-a", "10.0.0.6")
    b.out(udp(1, 2), "default-allow", peer="10.0.0.6")
    allow = b.rule("sg-a out allow udp to 10.0.0.6")
    b.out(udp(3, 2), "rule-allow", allow, peer="10.0.0.6")


@test("G3 E6 drop leaves fellow members to the rules, accept admits them, nothing else changes")
def _(b):
    b.group("sg-a", internal_policy="drop")
    b.port("sg-a")
    b.member("sg-a", "10.0.0.6")
    b.inn(udp(b.number(), 5), "default-deny", peer="10.0.0.6")
    allow = b.rule("sg-a in allow udp port 5/5 from 10.0.0.6")
    for policy in "drop", "accept", "drop":
        b.nl.do("group-set", name="sg-a", internal_policy=policy)
        accept = policy == "accept"
        b.inn(udp(b.number(), 5), *(("member",) if accept else ("rule-allow", allow)),
              peer="10.0.0.6")
        b.inn(udp(b.number(), 6), "member" if accept else "default-deny", peer="10.0.0.6")
        b.inn(udp(b.number(), 6), "default-deny", peer="10.0.0.7")
        b.out(udp(b.number(), 6), "default-allow", peer="10.0.0.6")
        deny = b.rule("sg-a out deny udp to 10.0.0.6")
        b.out(udp(b.number(), 6), "rule-deny", deny, peer="10.0.0.6")
        b.unrule(deny)


@test("G3 an enterprise group never admits fellow members")
def _(b):
    b.group("sg-e", type="enterprise")
    b.port("sg-e")
    b.member("sg-e", "10.0.0.6")
    b.inn(udp(1, 2), "default-deny", peer="10.0.0.6")
    b.refused("enterprise", b.nl.do, "group-set", name="sg-e", internal_policy="accept")
    b.inn(udp(1, 2), "default-deny", peer="10.0.0.6")


@test("G6 E6 any shared group with accept connects")
def _(b):
    for name in "sg-a", "sg-b", "sg-c":
        b.group(name)
    b.member("sg-a", "10.0.0.6", "10.0.0.7")
    b.member("sg-b", "10.0.0.6", "10.0.0.8")
    b.member("sg-c", "10.0.0.9")
    b.port("sg-a", "sg-b")
    for a, c in itertools.product(("accept", "drop"), repeat=2):
        b.nl.do("group-set", name="sg-a", internal_policy=a)
        b.nl.do("group-set", name="sg-b", internal_policy=c)
        for last, shared in (6, (a, c)), (7, (a,)), (8, (c,)), (9, ()):
            b.inn(udp(b.number(), 2), "member" if "accept" in shared else "default-deny",
                  peer=f"10.0.0.{last}")


@test("G5 groups of one port have one type and one vpc")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.group("sg-e", type="enterprise")
    b.group("sg-v", vpc=7)
    b.refused("type", b.port, "sg-a", "sg-e")
    b.refused("vpc", b.port, "sg-a", "sg-v")
    b.port("sg-a")
    b.refused("type", b.join, "sg-e")
    b.refused("vpc", b.join, "sg-v")
    b.refused("type", b.move, "sg-a", "sg-e")
    b.inn(udp(1, 2), "default-deny")
    b.join("sg-b")
    # A move of all of them may
    b.move("sg-e")
    b.out(udp(1, 2), "default-deny")
    b.move("sg-v")
    b.out(udp(1, 2), "default-allow")


@test("G4 a port is in ten groups at most, and all of them count")
def _(b):
    names = [f"sg-{n}" for n in range(11)]
    rules = []
    for n, name in enumerate(names):
        b.group(name)
        rules.append(b.rule(f"{name} in allow udp port {100 + n} from {ANY4}"))
    b.refused("10", b.port, *names)
    b.port(*names[:10])
    b.refused("10", b.join, names[10])
    for n in range(10):
        b.inn(udp(b.number(), 100 + n), "rule-allow", rules[n])
    b.inn(udp(b.number(), 110), "default-deny")


@test("G8 R5 a group of another account is a peer like any other")
def _(b):
    b.group("sg-a")
    b.group("4711/sg-a", type="enterprise")
    b.group("4711/sg-v", vpc=3)
    b.port("sg-a")
    rule = b.rule("sg-a in allow udp from group 4711/sg-a")
    b.inn(udp(1, 2), "default-deny", peer="10.0.0.6")
    b.member("4711/sg-a", "10.0.0.6")
    b.inn(udp(1, 2), "rule-allow", rule, peer="10.0.0.6")
    b.inn(udp(1, 2), "default-deny", peer="10.0.0.7")
    b.refused("vpc", b.rule, "sg-a in allow udp from group 4711/sg-v")


@test("R5 a group as peer means its members, before and after the rule, of both families")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.member("sg-b", "10.0.0.6")
    b.port("sg-a")
    rules = [b.rule("sg-a in allow udp port 5/5 from group sg-b"),
             b.rule("sg-a out deny udp port 5/5 to group sg-b")]
    peers = ["10.0.0.6", "10.0.0.7", "2001:db8::7"]
    for later in peers[1:]:
        b.inn(udp(b.number(), 5), "default-deny", peer=later)
        b.out(udp(b.number(), 5), "default-allow", peer=later)
        b.member("sg-b", later)
    for peer in peers:
        b.inn(udp(b.number(), 5), "rule-allow", rules[0], peer=peer)
        b.inn(udp(b.number(), 6), "default-deny", peer=peer)
        b.out(udp(b.number(), 5), "rule-deny", rules[1], peer=peer)
    b.unmember("sg-b", *peers[:2])
    for peer in peers:
        gone = peer != peers[2]
        b.inn(udp(b.number(), 5), *(("default-deny",) if gone else ("rule-allow", rules[0])),
              peer=peer)
        b.out(udp(b.number(), 5), *(("default-allow",) if gone else ("rule-deny", rules[1])),
              peer=peer)


@test("R5 members of another vpc are strangers")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.group("sg-v", vpc=9)
    b.group("sg-w", vpc=9)
    b.member("sg-b", "10.0.0.6")
    b.port("sg-v")
    allow = b.rule("sg-v in allow udp from group sg-w")
    b.inn(udp(1, 2), "default-deny", peer="10.0.0.6")
    b.member("sg-w", "10.0.0.6")
    b.inn(udp(1, 2), "rule-allow", allow, peer="10.0.0.6")


@test("R12 a rule whose group is empty matches nothing")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a")
    allow = b.rule("sg-a in allow all from group sg-b")
    deny = b.rule("sg-a out deny all to group sg-b")
    for peer in b.peer, b.peer6:
        for transport in kinds(b, ":" in peer):
            b.inn(transport, "default-deny", peer=peer)
            b.out(transport, "default-allow", peer=peer)
    b.member("sg-b", b.peer)
    b.inn(udp(b.number(), 1), "rule-allow", allow)
    b.out(udp(b.number(), 1), "rule-deny", deny)
    b.unmember("sg-b", b.peer)
    b.inn(udp(b.number(), 1), "default-deny")
    b.out(udp(b.number(), 1), "default-allow")


@test("R12 protocol 0 is not all of them")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    zero = b.rule(f"sg-a in allow 0 from {ANY4}")
    for transport in kinds(b):
        b.inn(transport, "default-deny")
    b.inn(other(1, bytes(4)), "l4-header")
    b.inn(other(0), "rule-allow", zero)
    # In IPv6 it is the hop-by-hop header, and that has no end of its own
    b.rule(f"sg-a in allow 0 from {ANY6}")
    b.inn(other(0, bytes([58, 0]) + bytes(6)), "l4-header", peer=b.peer6)
    every = b.rule(f"sg-a in allow all from {ANY4}")
    b.inn(udp(b.number(), 1), "rule-allow", every)
    b.inn(other(9), "rule-allow", every)


@test("E7 the smallest priority decides, whichever group it is in")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a", "sg-b")
    for first, second in itertools.permutations(("sg-a", "sg-b")):
        for policy in "allow", "deny":
            opposite = "deny" if policy == "allow" else "allow"
            weak = b.rule(f"{first} in {opposite} udp from {ANY4} priority 51")
            strong = b.rule(f"{second} in {policy} udp from {ANY4} priority 50")
            b.inn(udp(b.number(), 1), f"rule-{policy}", strong)
            b.unrule(strong)
            b.inn(udp(b.number(), 1), f"rule-{opposite}", weak)
            b.unrule(weak)
    low = b.rule(f"sg-a in allow udp from {ANY4} priority 100")
    b.inn(udp(b.number(), 1), "rule-allow", low)
    high = b.rule(f"sg-a in deny udp from {ANY4} priority 1")
    b.inn(udp(b.number(), 1), "rule-deny", high)


@test("E7 deny wins at equal priority")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a", "sg-b")
    for groups in itertools.product(("sg-a", "sg-b"), repeat=2):
        for allow_first in True, False:
            for way, end in ((IN, "from"), (OUT, "to")):
                words = [f"{groups[0]} {way} allow udp {end} {ANY4} priority 7",
                         f"{groups[1]} {way} deny udp {end} {ANY4} priority 7"]
                ids = [b.rule(w) for w in (words if allow_first else reversed(words))]
                allow, deny = ids if allow_first else reversed(ids)
                b.expect(way, udp(b.number(), 1), "rule-deny", deny)
                b.unrule(deny)
                b.expect(way, udp(b.number(), 1), "rule-allow", allow)
                b.unrule(allow)


@test("E7 of equal rules the older one decides")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a", "sg-b")
    for policy in "allow", "deny":
        ids = [b.rule(f"{g} in {policy} {p} from {a}") for g, p, a in (
            ("sg-b", "udp", "192.0.2.0/24"), ("sg-a", "udp", ANY4), ("sg-b", "all", ANY4),
            ("sg-a", "all", "192.0.2.9"))]
        if ids != sorted(ids):
            raise Wrong(f"ids {ids}")
        for number in ids:
            b.inn(udp(b.number(), 1), f"rule-{policy}", number)
            b.unrule(number)
        b.inn(udp(b.number(), 1), "default-deny")


@test("E7 the first match of the sorted list decides, as a plain scan says")
def _(b):
    rng = random.Random(b.side)
    names = ["sg-a", "sg-b", "sg-c"]
    for name in names:
        b.group(name)
    nets = ["192.0.2.0/24", "192.0.2.8/31", "192.0.2.9", "198.51.100.0/24"]
    rules = []
    for _ in range(60):
        way, policy = rng.choice(BOTH), rng.choice(("allow", "deny"))
        proto, priority = rng.choice(("udp", "tcp") * 9 + ("all",)), rng.randint(1, 5)
        low = rng.randint(1, 60)
        ports = (low, low + rng.randint(0, 9)) if proto != "all" else (0, 65535)
        net, group = rng.choice(nets), rng.choice(names)
        number = b.rule(f"{group} {way} {policy} {proto} " +
                        (f"port {ports[0]}/{ports[1]} " if proto != "all" else "") +
                        f"{'from' if way == IN else 'to'} {net} priority {priority}")
        rules.append((priority, policy == "allow", number, way, policy, proto, ports, net))
    rules.sort()
    b.port(*names)
    size = {"192.0.2.0/24": lambda n: n < 256,
            "192.0.2.8/31": lambda n: n in (8, 9), "192.0.2.9": lambda n: n == 9,
            "198.51.100.0/24": lambda n: n >= 256}
    decided = set()
    for _ in range(120):
        way, proto, port = rng.choice(BOTH), rng.choice(("udp", "tcp")), rng.randint(1, 62)
        peer = rng.choice((8, 9, 10, 300))
        address = f"192.0.2.{peer}" if peer < 256 else "198.51.100.44"
        for _, _, number, rule_way, policy, rule_proto, ports, net in rules:
            if rule_way == way and rule_proto in (proto, "all") and size[net](peer) and \
                    ports[0] <= port <= ports[1]:
                want = f"rule-{policy}", number
                break
        else:
            want = ("default-deny" if way == IN else "default-allow", None)
        decided.add(want)
        transport = (udp if proto == "udp" else tcp)(b.number(), port)
        b.expect(way, transport, *want, peer=address)
    if len(decided) < 15:
        raise Wrong(f"only {len(decided)} rules decided")


@test("R1 policy allow and priority 1 unless written; changed by its id, counted, deleted by it")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    rule = b.rule(f"sg-a in udp from {ANY4}")
    shown = [r for r in b.nl.dump("rule-get") if r["id"] == rule][0]
    if shown["policy"] != "allow" or shown["priority"] != 1:
        raise Wrong(f"{shown}")
    b.inn(udp(b.number(), 1, bytes(100)), "rule-allow", rule)
    b.change(rule, f"sg-a in deny udp from {ANY4} priority 9")
    b.inn(udp(b.number(), 1), "rule-deny", rule)
    shown = [r for r in b.nl.dump("rule-get") if r["id"] == rule][0]
    if (shown["policy"], shown["priority"], shown["packets"]) != ("deny", 9, 2):
        raise Wrong(f"{shown}")
    if shown["bytes"] != 20 + 8 + 100 + 20 + 8:
        raise Wrong(f"{shown['bytes']} bytes")
    b.unrule(rule)
    b.inn(udp(b.number(), 1), "default-deny")


@test("R13 E7 first and last hit: of packets that the rule decides, through changes, order and other rules")
def _(b):
    def hits():
        shown = [r for r in b.nl.dump("rule-get") if r["id"] == rule][0]
        return shown.get("first-hit"), shown.get("last-hit")

    def hit(*expected):
        """A packet of a new flow, in another second than the one before; when that was."""
        time.sleep(1.1)
        start = int(time.time())
        b.inn(udp(b.number(), 1), *expected)
        return start - 1, int(time.time())

    def is_last(between, first):
        if hits()[0] != first or not between[0] <= hits()[1] <= between[1] or hits()[1] <= first:
            raise Wrong(f"hits {hits()}, the first in {first}, the last between {between}")

    b.group("sg-a")
    b.port("sg-a")
    rule = b.rule(f"sg-a in udp from {ANY4}")
    if hits() != (None, None):
        raise Wrong(f"hits before the first: {hits()}")
    start, packet = int(time.time()) - 1, udp(b.number(), 1)
    b.inn(packet, "rule-allow", rule)
    first, last = hits()
    if first != last or not start <= first <= time.time():
        raise Wrong(f"one hit: {hits()}, after {start}")
    time.sleep(1.1)
    b.inn(packet, "session")
    if hits() != (first, first):
        raise Wrong(f"a packet of a session: {hits()}, not {first}")
    b.change(rule, f"sg-a in deny udp from {ANY4} priority 9")
    b.rule(f"sg-a in udp port 2 from {ANY4}")
    if hits() != (first, first):
        raise Wrong(f"after a change: {hits()}, not {first}")
    is_last(hit("rule-deny", rule), first)
    b.unrule(rule)
    b.nl.do("rule-add", id=rule, **rule_words(f"sg-a in udp from {ANY4}"))
    if hits() != (None, None):
        raise Wrong(f"a rule anew: {hits()}")


@test("R2 a protocol's number and its name are the same")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    for name, number, any_of, packet in (
            ("tcp", 6, ANY4, lambda: tcp(b.number(), 1)), ("udp", 17, ANY4, lambda: udp(b.number(), 1)),
            ("icmp", 1, ANY4, lambda: icmp(13)), ("icmpv6", 58, ANY6, lambda: icmp6(200)),
            ("gre", 47, ANY4, None), (132, 132, ANY4, None), (255, 255, ANY6, None)):
        packet = packet or (lambda number=number: other(number))
        peer = b.peer6 if any_of == ANY6 else b.peer
        b.inn(packet(), "default-deny", peer=peer)
        rule = b.rule(f"sg-a in deny {name} from {any_of}")
        if b.rule(f"sg-a in deny {number} from {any_of}") != rule:
            raise Wrong(f"{name} and {number} are two rules")
        b.inn(packet(), "rule-deny", rule, peer=peer)
        for wrong in (number + 1) % 256, (number - 1) % 256:
            if wrong not in (0, 1, 6, 17, 43, 44, 51, 58, 60):
                b.inn(other(wrong), "default-deny", peer=peer)
        every = b.rule(f"sg-a in deny all from {any_of}")
        b.inn(packet(), "rule-deny", rule, peer=peer)
        b.unrule(rule)
        b.inn(packet(), "rule-deny", every, peer=peer)
        b.unrule(every)


@test("R3 both ends of a port range, and neither side of it")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    for low, high in (80, 80), (1, 1), (65535, 65535), (1000, 2000), (1, 65535), (2, 65534):
        for make, proto in (tcp, "tcp"), (udp, "udp"):
            rules = [b.rule(f"sg-a in allow {proto} port {low}/{high} from {ANY4}"),
                     b.rule(f"sg-a out deny {proto} port {low}/{high} to {ANY4}")]
            for port in {0, 1, low - 1, low, high, high + 1, 65535} - {65536, 25}:
                hit = low <= port <= high
                # The destination's, not the source's
                sport = b.number()
                b.inn(make(sport, port), *(("rule-allow", rules[0]) if hit else ("default-deny",)))
                if low > 20000 or high < 20000:
                    b.inn(make(port, sport + 20000), "default-deny")
                b.out(make(sport + 10000, port),
                      *(("rule-deny", rules[1]) if hit else ("default-allow",)))
            b.unrule(*rules)


@test("R3 port 0 is matched by rules for all ports alone")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    for make, proto in (tcp, "tcp"), (udp, "udp"):
        ranged = b.rule(f"sg-a in allow {proto} port 1/65535 from {ANY4}")
        b.inn(make(b.number(), 0), "default-deny")
        b.inn(make(b.number(), 1), "rule-allow", ranged)
        every = b.rule(f"sg-a in allow {proto} port -1/-1 from {ANY4} priority 2")
        b.inn(make(b.number(), 0), "rule-allow", every)
        b.inn(make(0, b.number()), "rule-allow", ranged)
        b.unrule(ranged, every)


def edges(first, last):
    first, last = ipaddress.ip_address(first), ipaddress.ip_address(last)
    return [str(first), str(last)], [str(first - 1), str(last + 1)]


@test("R4 a prefix has its first and last address, and neither neighbour; host bits do not matter")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    for cidr, first, last in (
            ("198.51.100.77/24", "198.51.100.0", "198.51.100.255"),
            ("198.51.100.77/32", "198.51.100.77", "198.51.100.77"),
            ("198.51.100.77", "198.51.100.77", "198.51.100.77"),
            ("198.51.100.77/31", "198.51.100.76", "198.51.100.77"),
            ("198.51.100.77/9", "198.0.0.0", "198.127.255.255"),
            ("198.51.100.77/1", "128.0.0.1", "223.255.255.254"),
            ("2408:180::1", "2408:180::1", "2408:180::1"),
            ("2408:180::1:0:0:1/64", "2408:180::", "2408:180::ffff:ffff:ffff:ffff"),
            ("2408:180:0:1:8000::/65", "2408:180:0:1:8000::", "2408:180:0:1:ffff:ffff:ffff:ffff"),
            ("2408:180:0:3::/63", "2408:180:0:2::", "2408:180:0:3:ffff:ffff:ffff:ffff"),
            ("2408:180::7/127", "2408:180::6", "2408:180::7"),
            ("2408:180::7/12", "2400::", "240f:ffff:ffff:ffff:ffff:ffff:ffff:ffff")):
        rules = [b.rule(f"sg-a in allow udp from {cidr}"), b.rule(f"sg-a out deny udp to {cidr}")]
        inside, outside = edges(first, last)
        if cidr.endswith("/1"):
            outside = ["127.255.255.255"]
        for addresses, verdicts in ((inside, (("rule-allow", rules[0]), ("rule-deny", rules[1]))),
                                    (outside, (("default-deny",), ("default-allow",)))):
            for peer in addresses:
                b.inn(udp(b.number(), 1), *verdicts[0], peer=peer)
                b.out(udp(b.number(), 1), *verdicts[1], peer=peer)
        b.unrule(*rules)


@test("R4 a CIDR is of one family, and a group of both")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a")
    b.member("sg-b", b.peer, b.peer6)
    for any_of, yes, no in (ANY4, b.peer, b.peer6), (ANY6, b.peer6, b.peer):
        rule = b.rule(f"sg-a in allow all from {any_of}")
        b.inn(udp(b.number(), 1), "rule-allow", rule, peer=yes)
        b.inn(udp(b.number(), 1), "default-deny", peer=no)
        b.unrule(rule)
    rule = b.rule("sg-a in allow all from group sg-b")
    for peer in b.peer, b.peer6:
        b.inn(udp(b.number(), 1), "rule-allow", rule, peer=peer)
    # An IPv4 address in an IPv6 one is IPv6
    b.inn(udp(b.number(), 1), "default-deny", peer="::ffff:192.0.2.9", local=b.local6)


@test("R4 58 in IPv4 and 1 in IPv6 match all alone")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.member("sg-b", b.peer, b.peer6)
    b.port("sg-a")
    rules = [b.rule(f"sg-a in deny {p} from group sg-b") for p in ("icmp", "icmpv6")]
    strange4, strange6 = other(58, icmp6(128).data), other(1, icmp(8).data)
    b.inn(icmp(8, 0, bytes(4)), "rule-deny", rules[0], peer=b.peer)
    b.inn(icmp6(128, 0, bytes(4)), "rule-deny", rules[1], peer=b.peer6)
    b.inn(strange4, "default-deny", peer=b.peer)
    b.inn(strange6, "default-deny", peer=b.peer6)
    every = b.rule("sg-a in deny all from group sg-b priority 2")
    b.inn(strange4, "rule-deny", every, peer=b.peer)
    b.inn(strange6, "rule-deny", every, peer=b.peer6)
    # Nor are they neighbours' or path MTU messages there
    for kind in 2, 135, 136:
        b.inn(other(58, neighbour(135).data.replace(b"\x87", bytes([kind]), 1)), "rule-deny", every,
              peer=b.peer, ttl=255)
    b.inn(other(1, icmp(3, 4, bytes(32)).data), "rule-deny", every, peer=b.peer6)


@test("R8 a five-tuple rule tells local address and source port too, in both directions")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    b.local = "10.0.0.5"
    inbound = b.rule("sg-a in allow tcp port 80/81 from 192.0.2.0/24 to 10.0.0.4/31 sport 1000/1001")
    outbound = b.rule("sg-a out deny tcp port 80/81 to 192.0.2.0/24 from 10.0.0.4/31 sport 1000/1001")
    for local, peer, sport, dport in itertools.product(
            ("10.0.0.5", "10.0.0.6"), ("192.0.2.9", "192.0.3.9"), (999, 1000, 1001, 1002),
            (79, 80, 81, 82)):
        hit = (local, peer) == ("10.0.0.5", "192.0.2.9") and sport in (1000, 1001) and \
            dport in (80, 81)
        ends = {"local": local, "peer": peer}
        # A SYN of the other direction is judged although there may be a session
        b.inn(tcp(sport, dport), *(("rule-allow", inbound) if hit else ("default-deny",)), **ends)
        b.out(tcp(sport, dport), *(("rule-deny", outbound) if hit else ("default-allow",)), **ends)
        if hit:
            b.inn(tcp(dport, sport), "default-deny", **ends)


@test("R8 an absent part of a five-tuple matches all, and sorts like any other rule")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    broad = b.rule(f"sg-a in deny udp from {ANY4} priority 5")
    for n, (words, yes, no) in enumerate((
            ("to 10.0.0.5", {"local": "10.0.0.5"}, {"local": "10.0.0.6"}),
            ("to 10.0.0.0/30", {"local": "10.0.0.3"}, {"local": "10.0.0.4"}))):
        rule = b.rule(f"sg-a in allow udp from {ANY4} {words} priority {4 - n}")
        b.inn(udp(b.number(), 1), "rule-allow", rule, **yes)
        b.inn(udp(b.number(), 1), "rule-deny", broad, **no)
        b.unrule(rule)
    rule = b.rule(f"sg-a in allow udp from {ANY4} sport 53")
    for dport in 0, 1, 65535:
        b.inn(udp(53, dport), "rule-allow", rule)
        b.inn(udp(54, dport), "rule-deny", broad)
    six = b.rule(f"sg-a in allow udp from {ANY6} to 2001:db8::4/127 sport 7")
    b.inn(udp(7, 1), "rule-allow", six, peer=b.peer6)
    b.inn(udp(8, 1), "default-deny", peer=b.peer6)
    b.inn(udp(7, 1), "default-deny", peer=b.peer6, local="2001:db8::6")


@test("R9 a rule that exists already is not added again")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a")
    first = b.rule("sg-a in deny tcp port 80/80 from 198.51.100.0/24")
    for same in ("sg-a in deny 6 port 80 from 198.51.100.99/24 priority 1",):
        if b.rule(same) != first:
            raise Wrong(f"another id: {same}")
    for differs in ("sg-b in deny tcp port 80/80 from 198.51.100.0/24",
                    "sg-a out deny tcp port 80/80 to 198.51.100.0/24",
                    "sg-a in allow tcp port 80/80 from 198.51.100.0/24",
                    "sg-a in deny udp port 80/80 from 198.51.100.0/24",
                    "sg-a in deny tcp port 80/81 from 198.51.100.0/24",
                    "sg-a in deny tcp from 198.51.100.0/24",
                    "sg-a in deny tcp port 80/80 from 198.51.100.0/25",
                    "sg-a in deny tcp port 80/80 from 198.51.100.0/24 priority 2",
                    "sg-a in deny tcp port 80/80 from 198.51.100.0/24 to 10.0.0.5",
                    "sg-a in deny tcp port 80/80 from 198.51.100.0/24 sport 5"):
        if b.rule(differs) == first:
            raise Wrong(f"the same id: {differs}")
    b.inn(tcp(1, 80), "rule-deny", first, peer="198.51.100.7")


@test("R9 R14 a rule with another type or code of ICMP is another one")
def _(b):
    b.group("sg-a")
    kinds = ("", " type 0", " type 0 code 0", " type 0 code 1", " type 8", " type 8 code 0")
    ids = [b.rule(f"sg-a in deny icmp{kind} from 198.51.100.0/24") for kind in kinds]
    if len(set(ids)) != len(ids):
        raise Wrong(f"some are the same: {ids}")
    again = [b.rule(f"sg-a in deny icmp{kind} from 198.51.100.9/24") for kind in kinds]
    if again != ids:
        raise Wrong(f"{again} are not {ids}")
    b.refused("the same rule exists", b.change, ids[0], f"sg-a in deny icmp{kinds[2]} from 198.51.100.0/24")
    b.nl.do("rule-del", **rule_words("sg-a in deny icmp type 0 from 198.51.100.0/24"))
    b.refused("no such rule", b.unrule, ids[1])
    b.unrule(ids[0], *ids[2:])


def of_type(b, v6, kind, code):
    """An ICMP packet; where it is an echo, none meets a session of another."""
    return (icmp6 if v6 else icmp)(kind, code, struct.pack(">HH", b.number(), 1))


KINDS = {False: (0, 3, 8, 12, 13, 14, 42, 255), True: (0, 1, 3, 127, 128, 129, 139, 200, 255)}


@test("R14 E7 rules for types and codes of ICMP, both families and directions, few rules and many")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    # More than eight are looked up in another way
    for more in range(2):
        for v6, direction in itertools.product((False, True), BOTH):
            name, everybody = ("icmpv6", ANY6) if v6 else ("icmp", ANY4)
            end = f"{'from' if direction == IN else 'to'} {everybody}"
            one, some, echoes = KINDS[v6][5], KINDS[v6][-1], 128 if v6 else 8
            rules = {
                (one, 7): ("rule-deny", f"deny {name} type {one} code 7 {end} priority 1"),
                (one, None): ("rule-allow", f"allow {name} type {one} {end} priority 2"),
                (some, 255): ("rule-allow", f"allow {name} type {some} code 255 {end} priority 3"),
                (0, 0): ("rule-deny", f"deny {name} type 0 code 0 {end} priority 3"),
                (echoes, None): ("rule-allow", f"allow {name} type {echoes} {end} priority 4"),
            }
            ids = {key: (reason, b.rule(f"sg-a {direction} {rule}")) for key, (reason, rule) in rules.items()}
            for kind, code in itertools.product(KINDS[v6], (0, 1, 7, 254, 255)):
                want = ids.get((kind, code), ids.get((kind, None), ("default-deny",)))
                b.expect(direction, of_type(b, v6, kind, code), *want,
                         **({"peer": b.peer6, "local": b.local6} if v6 else {}))
            # What is no ICMP has no type, nor has ICMP of the other family
            for transport in tcp(b.number(), 80), udp(b.number(), 0), other(47), other(1 if v6 else 58):
                b.expect(direction, transport, "default-deny",
                         **({"peer": b.peer6, "local": b.local6} if v6 else {}))
            b.unrule(*(number for _, number in ids.values()))
        if not more:
            for number in range(20):
                for direction, end in (IN, "from"), (OUT, "to"):
                    b.rule(f"sg-a {direction} allow tcp port 9999 {end} 198.51.100.{number}")
                    b.rule(f"sg-a {direction} allow tcp port 9999 {end} fd99::{number}")


@test("R14 E3 E4 sessions and errors about them need no type, and a change of a rule's type leaves them alone")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    rule = b.rule(f"sg-a out allow icmp type 8 code 0 to {ANY4}")
    deny = b.rule(f"sg-a in deny icmp type 3 from {ANY4}")
    ident = b.number()
    b.out(icmp(8, 1, struct.pack(">HH", ident, 1)), "default-deny")
    b.inn(echo(ident, reply=True), "default-deny")
    b.out(echo(ident), "rule-allow", rule)
    b.inn(echo(ident, reply=True), "session")
    # Its code is not the session's
    b.out(icmp(8, 1, struct.pack(">HH", ident, 1)), "session")
    b.change(rule, f"sg-a out allow icmp type 13 to {ANY4}")
    b.out(echo(ident), "session")
    b.out(echo(b.number()), "default-deny")
    b.out(icmp(13), "rule-allow", rule)
    about = ip(b.local, b.peer, echo(ident))
    b.inn(icmp(3, 1, bytes(4) + about), "related")
    b.inn(icmp(3, 1, bytes(4) + ip(b.local, b.peer, echo(b.number()))), "rule-deny", deny)


@test("R14 a type goes with icmp and icmpv6 alone, and a code with a type")
def _(b):
    b.group("sg-a")
    for proto in "tcp", "udp", "gre", "all", "0", "255":
        b.refused("type: only icmp and icmpv6 have types", b.rule, f"sg-a in {proto} type 8 from {ANY4}")
    for proto, peer in ("icmp", ANY4), ("icmpv6", ANY6), ("tcp", ANY4):
        b.refused("code: a code is one of a type", b.rule, f"sg-a in {proto} code 0 from {peer}")
    if b.nl.dump("rule-get"):
        raise Wrong("there is a rule")


@test("R10 an unknown id is an error, and deleting by words what is not there is none")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    rule = b.rule(f"sg-a in allow udp from {ANY4}")
    b.refused("", b.unrule, rule + 1)
    b.refused("", b.change, rule + 1, f"sg-a in allow udp from {ANY4}")
    b.nl.do("rule-del", **rule_words(f"sg-a in allow tcp from {ANY4}"))
    b.inn(udp(b.number(), 1), "rule-allow", rule)
    b.nl.do("rule-del", **rule_words(f"sg-a in allow udp from {ANY4}"))
    b.inn(udp(b.number(), 1), "default-deny")


@test("E7 D1 what a packet socket sends past the queue is judged as all else")
def _(b):
    near, far = (OUT, IN) if b.side == "self" else (IN, OUT)  # it sends on the near end
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    rules = {d: b.rule(f"sg-a {d} allow udp port 5/5 {'from' if d == IN else 'to'} {ANY4}") for d in (IN, OUT)}
    b.bypass(True)
    for n in range(1, 40):
        b.expect(near, udp(n, 5), "rule-allow", rules[near])
        b.expect(near, udp(n, 5), "session")
        b.expect(far, udp(5, n), "session")
        b.expect(near, udp(n, 6), "default-deny")
    b.bypass(False)


@test("R11 mixed families and the own group as peer are refused, and nothing is changed")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    b.refused("mix", b.rule, f"sg-a in allow udp from {ANY4} to {ANY6}")
    b.refused("own", b.rule, "sg-a in allow udp from group sg-a")
    b.refused("icmp", b.rule, f"sg-a in allow icmp from {ANY6}")
    b.refused("icmpv6", b.rule, f"sg-a in allow icmpv6 from {ANY4}")
    if b.nl.dump("rule-get"):
        raise Wrong("there is a rule")
    b.inn(udp(1, 2), "default-deny")
