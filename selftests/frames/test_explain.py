# SPDX-License-Identifier: GPL-2.0
"""Explanations: what the kernel says of a packet is what it does, and saying it changes nothing."""

import ipaddress
import json
import random

from bench import IN, OUT, Wrong, rule_words
from frames import (BROADCAST_MAC, GRE, IPV6, MORE, echo, frame, icmp, icmp6, ip, neighbour, other, tcp,
                    udp)
from netlink import Netlink, Refused
from run import test

STATEMENTS = "e0 e1 s11 e2 e3 e4 e5 g9 s5 e6 e7 e8 e9".split()
ANY4 = "0.0.0.0/0"


def same(got, want):
    if got != want:
        raise Wrong(f"{got}, not {want}"[:2000])


def explained(b, direction, transport, local=None, peer=None, tags=(), mac=None, **packet):
    """The explanation of a packet as Bench.expect() has it; all its steps but the last go on."""
    local, peer = local or b.local, peer or b.peer
    src, dst = (local, peer) if direction == OUT else (peer, local)
    said = b.explain(direction, frame(ip(src, dst, transport, **packet), tags=tags, mac=mac))
    check_steps(said)
    return said


def check_steps(said):
    """Those are told that were asked: what is too short a fragment to have ends was never held against addresses."""
    steps = said["step"]
    names = [s["statement"] for s in steps]
    asked = [s for s in STATEMENTS if s != "e1" or said["reason"] != "fragment-tiny"]
    same(names, asked[:len(names)])
    same([s for s in steps[:-1] if "reason" in s], [])
    same(steps[-1]["reason"], said["reason"])


def decided(said):
    return said["step"][-1]["statement"], said["reason"], said.get("rule")


@test("E0 E2 E3 E5 E6 E7 E8 the explanation names the statement that decides, with reason and rule")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.member("sg-a", "10.0.0.6")
    deny = b.rule(f"sg-a in deny udp port 9/9 from {ANY4}")
    allow = b.rule(f"sg-a in allow tcp port 22/22 from {ANY4}")
    b.port("sg-a", adopt=0)
    for direction, want, transport, options in (
            (IN, ("e0", "tcp-flags", None), tcp(1, 2, ""), {}),
            (IN, ("e0", "l4-header", None), tcp(1, 2), {"keep": 12}),
            (IN, ("s11", "fragment-tiny", None), tcp(1, 2), {"keep": 8, "frag": MORE}),
            (OUT, ("e2", "metaserver", None), tcp(1, 80), {"peer": "100.100.100.200"}),
            (IN, ("e2", "pmtud", None), icmp(3, 4), {}),
            (OUT, ("e5", "smtp", None), tcp(1, 25), {}),
            (IN, ("s5", "tcp-no-session", None), tcp(1, 22, "A"), {}),
            (IN, ("e6", "member", None), udp(1, 9), {"peer": "10.0.0.6"}),
            (IN, ("e7", "rule-deny", deny), udp(1, 9), {}),
            (IN, ("e7", "rule-allow", allow), tcp(1, 22), {}),
            (IN, ("e8", "default-deny", None), tcp(1, 23), {}),
            (OUT, ("e8", "default-allow", None), udp(1, 9), {})):
        same(decided(explained(b, direction, transport, **options)), want)
    b.inn(tcp(7, 22), "rule-allow", allow)
    said = explained(b, OUT, tcp(22, 7, "SA"))
    same(decided(said), ("e3", "session", None))
    same(said["session"], {"opener": IN, "state": "opened", "reason": "rule-allow", "rule": allow})
    b.leave("sg-a")
    same(decided(explained(b, OUT, udp(1, 9))), ("g9", "no-group", None))


@test("E1 S11 the explanation of a fragment that is too short says nothing of the address guard")
def _(b):
    b.group("sg-a")
    b.port("sg-a", address=[b.local, b.local6], guard=1)
    for local in b.local, "10.0.0.77":
        said = explained(b, OUT, tcp(1, 2), local=local, keep=8, frag=MORE)
        same([s["statement"] for s in said["step"]], ["e0", "s11"])
        b.out(tcp(1, 2), "fragment-tiny", local=local, keep=8, frag=MORE)
    same(decided(explained(b, OUT, tcp(1, 2), local="10.0.0.77")), ("e1", "address", None))


@test("E5 G9 on a port in no group mail is mail, of a session that does not live any more too, as is explained")
def _(b):
    b.port()
    for port, step in (25, "e5"), (26, "g9"):
        b.platform("metaserver", 1)
        b.out(tcp(7, port), "metaserver", peer="100.100.100.200")
        b.platform("metaserver", 0)
        said = explained(b, OUT, tcp(7, port), peer="100.100.100.200")
        same(decided(said), (step, {"e5": "smtp", "g9": "no-group"}[step], None))
        b.out(tcp(7, port), said["reason"], peer="100.100.100.200")
    b.platform("metaserver", 1)


@test("E0 tags are explained as the port takes them", sides=("guest",))
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    same(decided(explained(b, OUT, udp(1, 9), tags=(5,))), ("e0", "vlan-tag", None))
    b.set(trunk=1)
    same(decided(explained(b, OUT, udp(1, 9), tags=(5, 6))), ("e8", "default-allow", None))
    b.out(udp(1, 9), "default-allow", tags=(5, 6))
    same(explained(b, OUT, udp(1, 9), tags=(5, 6))["reason"], "session")
    same(explained(b, OUT, udp(1, 9), tags=(6, 5))["reason"], "default-allow")
    try:
        b.nl.do("explain-get", ifindex=b.ifindex, direction=IN, vlan=[1, 2, 3],
                packet=ip(b.peer, b.local, udp(1, 2)))
    except Refused as e:
        same(e.strerror, "vlan: two ids expected at most")
    else:
        raise Wrong("three tags were taken")


@test("E7 the explanation lists each rule passed over and the first part of it that does not fit")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.group("sg-m")
    b.member("sg-m", "192.0.2.7")
    b.port("sg-a", "sg-b")
    rows = [(b.rule(words), part) for words, part in (
        ("sg-a in deny tcp from ::/0 priority 1", "family"),
        (f"sg-b in allow udp from {ANY4} priority 2", "proto"),
        (f"sg-a in deny tcp port 80/90 from {ANY4} priority 3", "dport"),
        (f"sg-b in deny tcp port 443 from {ANY4} sport 1/9 priority 4", "sport"),
        (f"sg-a in deny all from {ANY4} to 10.0.0.6 priority 5", "local"),
        ("sg-b in deny all from 198.51.100.0/24 priority 6", "peer"),
        ("sg-a in deny all from group sg-m priority 7", "peer-group"))]
    match = b.rule(f"sg-b in allow tcp port 443 from {ANY4} priority 8")
    b.rule(f"sg-a in deny all from {ANY4} priority 9")
    b.rule(f"sg-a out deny tcp to {ANY4}")
    said = explained(b, IN, tcp(1000, 443))
    same(decided(said), ("e7", "rule-allow", match))
    same([(r["id"], r["part"]) for r in said["passed-rule"]], rows)
    # Where none matches all were passed over; where another statement decides, none
    said = explained(b, IN, udp(1, 1), peer=b.peer6, local=b.local6)
    same(decided(said), ("e8", "default-deny", None))
    same(len(said["passed-rule"]), 9)
    b.member("sg-a", "192.0.2.8")
    for said in (explained(b, IN, tcp(1, 443), peer="192.0.2.8"), explained(b, OUT, tcp(1, 25))):
        same("passed-rule" in said, False)


@test("E7 R14 the explanation tells the type and the code of ICMP that do not fit")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    rows = [(b.rule(words), part) for words, part in (
        (f"sg-a in deny icmp type 13 from {ANY4} priority 1", "icmp-type"),
        (f"sg-a in deny icmp type 8 code 1 from {ANY4} priority 2", "icmp-code"),
        (f"sg-a in deny icmp type 8 from {ANY4} to 10.0.0.6 priority 3", "local"))]
    match = b.rule(f"sg-a in allow icmp type 8 code 0 from {ANY4} priority 4")
    said = explained(b, IN, echo(7))
    same(decided(said), ("e7", "rule-allow", match))
    same([(r["id"], r["part"]) for r in said["passed-rule"]], rows)
    same([r.get("part") for r in told(b, "in icmp 192.0.2.9 10.0.0.5") if r.get("says") == "goes on"
          and "rule" in r], ["type", "code", "local"])


@test("E9 the explanation says whether a session would open")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    for transport, opens in ((udp(1, 2), True), (tcp(1, 2), True), (other(GRE), True),
                             (echo(3), True), (echo(3, reply=True), False), (icmp(13), False)):
        said = explained(b, OUT, transport)
        same((said["reason"], said.get("opens", False)), ("default-allow", opens))
    same("opens" in explained(b, IN, udp(1, 2)), False)
    same("opens" in explained(b, OUT, udp(1, 2), peer="224.0.0.9"), False)
    same("opens" in explained(b, OUT, udp(1, 2), peer="192.0.2.255", mac=BROADCAST_MAC), False)
    b.out(udp(1, 2), "default-allow")
    said = explained(b, OUT, udp(1, 2))
    same((said["reason"], said.get("opens", False)), ("session", False))


@test("S4 E3 the explanation of an answer: by the session, or as a packet of its own")
def _(b):
    b.group("sg-a")
    allow = b.rule(f"sg-a in allow udp port 53 from {ANY4}")
    b.port("sg-a", adopt=0)

    def answer(*args, **kw):
        said = explained(b, *args, **kw)
        return said.get("answer-reason"), said.get("answer-rule")

    for transport in udp(1, 2), tcp(1, 2), echo(3), other(GRE):
        same(answer(OUT, transport), ("session", None))
    same(answer(IN, udp(9, 53)), ("session", None))
    # What is dropped opens nothing: its answer is on its own
    same(answer(IN, udp(9, 54)), ("default-allow", None))
    same(answer(IN, tcp(9, 54)), ("tcp-no-session", None))
    same(answer(IN, echo(9)), ("default-allow", None))
    deny = b.rule(f"sg-a out deny udp to {ANY4}")
    same(answer(IN, udp(9, 54)), ("rule-deny", deny))
    same(answer(IN, udp(9, 53)), ("session", None))
    same(answer(OUT, udp(53, 9)), ("rule-allow", allow))
    # None is to be expected
    for transport in tcp(1, 2, "R"), icmp(3, 1), echo(1, reply=True):
        same(answer(OUT, transport), (None, None))
    same(answer(OUT, udp(1, 2), peer="224.0.0.9"), (None, None))
    same(answer(IN, tcp(1, 2, "")), (None, None))


@test("S4 a session that the packet is no part of is told, and what would become of it")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    b.out(tcp(1, 2), "default-allow")
    said = explained(b, IN, tcp(2, 1))
    same(decided(said), ("e8", "default-deny", None))
    same(said["session"], {"opener": OUT, "state": "opened", "reason": "default-allow"})
    same(said["answer-reason"], "session")
    b.inn(tcp(2, 1), "default-deny")


class Rules:
    """Random rules, and a plain scan of them for what is passed over."""

    def __init__(self, b, rng, groups):
        self.rules = []
        for _ in range(40):
            direction, v6 = rng.choice((IN, OUT)), rng.random() < 0.3
            proto = rng.choice(("tcp", "udp", "tcp", "udp", "icmpv6" if v6 else "icmp", "all", "47"))
            net = rng.choice(("2001:db8:9::/48", "2001:db8:9::9") if v6 else
                             ("192.0.2.0/24", "192.0.2.8/31", "192.0.2.9", "192.0.0.0/16"))
            words = f"{rng.choice(groups)} {direction} {rng.choice(('allow', 'deny'))} {proto}"
            if proto in ("tcp", "udp") and rng.random() < 0.7:
                low = rng.randint(20, 28)
                words += f" port {low}/{low + rng.randint(0, 3)}"
            words += f" {'from' if direction == IN else 'to'} {net} priority {rng.randint(1, 9)}"
            if rng.random() < 0.2:
                words += f" {'to' if direction == IN else 'from'} {b.local6 if v6 else '10.0.0.4/31'}"
            attrs = rule_words(words)
            number = b.rule(words)
            self.rules.append((attrs["priority"], attrs["policy"] == "allow", number, attrs))
        self.rules = sorted({r[2]: r for r in self.rules}.values(), key=lambda r: r[:3])

    @staticmethod
    def mismatch(rule, key):
        def within(end):
            net = ipaddress.ip_network(f"{rule[end + '_address']}/" + str(
                rule.get(f"{end}_prefix_len", 128 if ":" in rule[end + "_address"] else 32)))
            return ipaddress.ip_address(key[end]) in net
        if (":" in rule["peer_address"]) != (":" in key["peer"]):
            return "family"
        if rule.get("proto", key["proto"]) != key["proto"]:
            return "proto"
        if not rule.get("port_min", 0) <= key["dport"] <= rule.get("port_max", 65535):
            return "dport"
        if "local_address" in rule and not within("local"):
            return "local"
        return None if within("peer") else "peer"

    def passed(self, direction, key):
        """The rules before the first that matches, and the first part that does not fit."""
        out = []
        for _, _, number, rule in self.rules:
            if rule["direction"] != direction:
                continue
            part = self.mismatch(rule, key)
            if part is None:
                break
            out.append((number, part))
        return out


def random_transport(rng, v6):
    """A transport, what answers it, its protocol and destination port"""
    sport, dport = rng.randint(30000, 30003), rng.choice((25, rng.randint(19, 30)))
    kind = rng.choice(("tcp", "tcp", "udp", "udp", "echo", "icmp", "gre"))
    if kind == "tcp":
        flags = rng.choice(("S", "S", "S", "A", "SA", "FA", "R", "", "SF"))
        answer = None if "R" in flags else tcp(dport, sport, "SA" if "S" in flags else "A")
        return tcp(sport, dport, flags), answer, 6, dport
    if kind == "udp":
        return udp(sport, dport), udp(dport, sport), 17, dport
    if kind == "echo":
        reply = rng.random() < 0.3
        ident = sport & 3
        return echo(ident, reply, v6), None if reply else echo(ident, True, v6), 58 if v6 else 1, ident
    if kind == "gre":
        return other(GRE), other(GRE), GRE, 0
    if v6:
        return rng.choice((icmp6(2), icmp6(200), neighbour(135), neighbour(134))), None, 58, 0
    return rng.choice((icmp(3, 4), icmp(3, 1), icmp(13), icmp(5))), None, 1, 0


def random_packet(b, rng):
    """A frame, the frame of its answer or None, and what rules see of it"""
    v6, direction = rng.random() < 0.3, rng.choice((IN, OUT))
    transport, answer, proto, dport = random_transport(rng, v6)
    if v6:
        local, peer = b.local6, rng.choice((b.peer6, "2001:db8:9::8", "ff02::5"))
    else:
        local = b.local
        peer = rng.choice((b.peer, "192.0.2.8", "192.0.2.10", "198.51.100.1", "10.0.0.6", "224.0.0.9",
                           "100.100.100.200"))
    if direction == IN and ipaddress.ip_address(peer).is_multicast:
        peer = b.peer6 if v6 else b.peer
    src, dst = (local, peer) if direction == OUT else (peer, local)
    tags = rng.choice(((), (), (), (7,), (7, 8)))
    odd = rng.choice(({},) * 8 + ({"keep": 6}, {"claim": 4000}, {"ttl": 255}))
    if not v6 and rng.random() < 0.1:
        odd = {**odd, "frag": MORE, "ident": rng.randint(1, 0xffff)}
    mac = BROADCAST_MAC if rng.random() < 0.05 else None
    data = frame(ip(src, dst, transport, **odd), tags=tags, mac=mac, kind=IPV6 if v6 else None)
    back = answer and frame(ip(dst, src, answer), tags=tags)
    return direction, data, back, {"local": local, "peer": peer, "proto": proto, "dport": dport}


def quiet(b):
    """All that an explanation must not change, but for sessions; and those, with the seconds that each has yet"""
    state = [{k: v for k, v in s.items() if k != "sessions"}
             for s in (*b.nl.dump("port-get"), b.namespace_stats())]
    return (b.counters(), b.hits(), state), {
        tuple((k, str(v)) for k, v in sorted(s.items()) if k not in ("age", "idle", "expires")): s["expires"]
        for s in b.sessions()}


def unchanged(b, before):
    """Nothing is, but that sessions may have expired meanwhile"""
    state, sessions = quiet(b)
    same(state, before[0])
    same([s for s in sessions if s not in before[1]], [])
    same([(s, left) for s, left in before[1].items() if s not in sessions and left > 3], [])


@test("E2 E3 E5 E6 E7 E8 E9 what is explained is what happens, to packet and answer; it changes nothing")
def _(b):
    rng = random.Random(b.side)
    groups = ["sg-a", "sg-b"]
    for name in groups:
        b.group(name)
    b.member("sg-b", "10.0.0.6", "192.0.2.10")
    rules = Rules(b, rng, groups)
    b.port(*groups, trunk=1, adopt=910 if b.side == "guest" else 0, idle_closing=15)
    listener = Netlink(b.nl.spec)
    listener.listen("sessions")
    listener.listen("denials")
    seen, passed_over, opened = set(), 0, 0
    for n in range(250):
        direction, data, back, key = random_packet(b, rng)
        before = quiet(b)
        listener.events()
        said = b.explain(direction, data)
        check_steps(said)
        same(b.explain(direction, data), said)
        unchanged(b, before)
        same([event for _, event in listener.events() if event.get("event") != "end"], [])
        if "passed-rule" in said:
            passed_over += 1
            same([(r["id"], r["part"]) for r in said["passed-rule"]], rules.passed(direction, key))
        got = b.probe(direction, data)
        if (got.reason, got.rule) != (said["reason"], said.get("rule")):
            raise Wrong(f"{n}: {direction} {data[12:].hex()}: {got}, but explained as {said}")
        new = {"session-event"} & {name for name, event in listener.events()
                                   if event.get("event") == "new"}
        same(bool(new), "opens" in said)
        opened += bool(new)
        seen.add(said["reason"])
        if back and "answer-reason" in said:
            got = b.probe(OUT if direction == IN else IN, back)
            if (got.reason, got.rule) != (said["answer-reason"], said.get("answer-rule")):
                raise Wrong(f"{n}: answer to {direction} {data[12:].hex()}: {got}, but explained as "
                            f"{said}")
    want = {"session", "member", "rule-allow", "rule-deny", "default-allow", "default-deny", "smtp",
            "tcp-no-session", "pmtud", "metaserver", "tcp-flags", "ip-header"}
    if not want <= seen or passed_over < 50 or opened < 30:
        raise Wrong(f"seen: {sorted(seen)}; {passed_over} with rules passed over, {opened} opened")


@test("C5 explaining without a port, or what is no IP packet, is refused")
def _(b):
    packet = ip(b.peer, b.local, udp(1, 2))
    b.refused("no port", b.nl.do, "explain-get", ifindex=b.ifindex, direction=IN, packet=packet)
    b.group("sg-a")
    b.port("sg-a")
    for wrong in b"", b"\x50" + packet[1:], packet + bytes(9217 - len(packet)):
        b.refused("packet: an IPv4 or IPv6 packet", b.nl.do, "explain-get", ifindex=b.ifindex,
                  direction=IN, packet=wrong)
    b.nl.do("explain-get", ifindex=b.ifindex, direction=IN, packet=packet + bytes(9216 - len(packet)))
    for size in range(1, len(packet)):
        same(b.nl.do("explain-get", ifindex=b.ifindex, direction=IN, packet=packet[:size])["reason"],
             "ip-header")


@test("E7 a thousand rules passed over are told")
def _(b):
    b.group("sg-a")
    with b.nl.transaction():
        for n in range(1000):
            b.nl.do("rule-add", **rule_words(f"sg-a in allow udp port {n + 1} from {ANY4}"))
    b.port("sg-a")
    said = explained(b, IN, udp(1, 2000))
    same(decided(said), ("e8", "default-deny", None))
    same([r["part"] for r in said["passed-rule"]], ["dport"] * 1000)
    same(decided(explained(b, OUT, udp(1, 2000))), ("e8", "default-allow", None))


@test("E7 sgnl explain says what the kernel does, for each kind of packet that it makes")
def _(b):
    b.group("sg-a")
    b.member("sg-a", "10.0.0.6")
    over = b.rule(f"sg-a in allow tcp port 443 from {ANY4} priority 2")
    rules = [b.rule(f"sg-a in deny {words} priority 3") for words in (
        f"tcp port 22 from {ANY4}", f"udp port 53 from {ANY4}", f"icmp from {ANY4}", f"gre from {ANY4}",
        "tcp port 22 from ::/0", "icmpv6 from ::/0")]
    b.port("sg-a", trunk=1, adopt=0)
    for rule, words, transport in (
            (rules[0], "tcp 192.0.2.9 10.0.0.5:22", tcp(49152, 22)),
            (rules[1], "udp 192.0.2.9:7 10.0.0.5:53", udp(7, 53)),
            (rules[2], "icmp 192.0.2.9 10.0.0.5", echo(0)),
            (rules[2], "icmp 192.0.2.9 10.0.0.5 type 13", icmp(13)),
            (rules[3], "gre 192.0.2.9 10.0.0.5", other(GRE)),
            (rules[4], "tcp [2001:db8:9::9]:7 [2001:db8::5]:22", tcp(7, 22)),
            (rules[5], "icmpv6 2001:db8:9::9 2001:db8::5 id 7", echo(7, v6=True)),
            (rules[5], "icmpv6 2001:db8:9::9 2001:db8::5 type 200 code 1", icmp6(200, 1))):
        rows = told(b, f"in {words}")
        decides = [r for r in rows if r["says"] == "drop" and r["step"] != "answer"]
        same([(r["step"], r["reason"], r["rule"]) for r in decides],
             [("E7", "rule-deny", f"sgr-{rule}")])
        same(f"id sgr-{rule}" in decides[0]["text"], True)
        same(rows[-1]["step"], "E7" if "type" in words else "answer")
        part = "family" if "2001" in words else "port" if words.startswith("tcp") else "protocol"
        first = [r for r in rows if r.get("rule") == f"sgr-{over}"][0]
        same((first["says"], first["part"]), ("goes on", part))
        v6 = "2001" in words
        b.inn(transport, "rule-deny", rule, **({"local": b.local6, "peer": b.peer6} if v6 else {}))
    rows = told(b, "out tcp 10.0.0.5 192.0.2.9:80 vlan 5,6")
    same([r["step"] for r in rows],
         "E0 E1 S11 E2 E3 E4 E5 G9 S5 E6 E7 E8 E9 answer".split())
    same([(r["says"], r.get("reason")) for r in rows[-3:]],
         [("pass", "default-allow"), ("opens", None), ("pass", "session")])
    same(told(b, "out udp 10.0.0.5 192.0.2.9:80 broadcast")[-1]["step"], "E8")
    same(told(b, "in tcp 192.0.2.9 10.0.0.5:443 flags ack")[-1]["reason"], "tcp-no-session")
    same(told(b, "out icmpv6 fe80::5 ff02::2 type 133")[-1]["reason"], "neighbour")
    same(told(b, "in udp 10.0.0.6 10.0.0.5:9")[-3]["reason"], "member")
    b.inn(tcp(49152, 443), "rule-allow", over)
    same(told(b, "in tcp 192.0.2.9 10.0.0.5:443 flags ack")[4]["text"],
         f"session opened, opened in by rule-allow sgr-{over}")


@test("E9 S10 what there is no room for is told behind the step that lets it pass")
def _(b):
    b.group("sg-a")
    allow = b.rule("sg-a in allow tcp port 80/80 from 0.0.0.0/0")
    b.port("sg-a", sessions_max=1)
    b.out(udp(1, 53), "default-allow")
    b.inn(udp(53, 1), "session")
    for words, step, reason, rule in (("in tcp 192.0.2.9 10.0.0.5:80", "E7", "rule-allow", f"sgr-{allow}"),
                                      ("out udp 10.0.0.5 192.0.2.9:9", "E8", "default-allow", None),
                                      ("out udp 10.0.0.5 100.100.100.200:53", "E2", "metaserver", None)):
        rows = [r for r in told(b, words) if r["step"] != "answer"]
        same([(r["step"], r["says"], r.get("reason"), r.get("rule")) for r in rows[-2:]],
             [(step, "pass", reason, rule), ("E9", "drop", "quota", rule)])
        same({r["says"] for r in rows[:-2]}, {"goes on"})


def told(b, words):
    """The rows that the tool prints."""
    direction, *rest = words.split()
    return json.loads(b.host.run("sgnl", "-j", "explain", b.device, direction, *rest))
