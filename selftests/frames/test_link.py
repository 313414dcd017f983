# SPDX-License-Identifier: GPL-2.0
"""E0: what is not IP, tags, headers. And S11, as far as it goes."""

from bench import IN, OUT, Wrong
from frames import (ARP, AUTH, DESTOPTS, HOPOPTS, IPV4, IPV6, MORE, NONE, QINQ, UDP, VLAN, Extension,
                    arp, auth, echo, fragment6, frame, icmp, ip, options_header, other, routing, tcp,
                    udp)
from run import test

BOTH = IN, OUT
LLDP, PPPOE = 0x88cc, 0x8863
PEERS = "192.0.2.9", "2001:db8:9::9"


def closed(b, **options):
    """A port that no IP passes; the rules that see to it, by direction and family."""
    b.group("sg-a")
    rules = {(d, f): b.rule(f"sg-a {d} deny all {'from' if d == IN else 'to'} {any_of}")
             for d in BOTH for f, any_of in ((4, "0.0.0.0/0"), (6, "::/0"))}
    b.port("sg-a", **options)
    return rules


def opened(b, **options):
    """A port that all IP passes; the rules likewise."""
    b.group("sg-a")
    rules = {(d, f): b.rule(f"sg-a {d} allow all {'from' if d == IN else 'to'} {any_of}")
             for d in BOTH for f, any_of in ((4, "0.0.0.0/0"), (6, "::/0"))}
    b.port("sg-a", **options)
    return rules


def packet(b, direction, transport, v6=False, **kw):
    ends = (b.local6, b.peer6) if v6 else (b.local, b.peer)
    return ip(*(ends if direction == OUT else ends[::-1]), transport, **kw)


@test("E0 ARP passes a guest's port, as all that is not IP does one of the host's own")
def _(b):
    rules = closed(b)
    for direction in BOTH:
        for reply in False, True:
            data = frame(arp(b.peer, b.local, reply), ARP)
            b.raw(direction, data, "arp" if b.side == "guest" else "not-ip")
        # The same bytes as IP are none
        b.raw(direction, frame(arp(b.peer, b.local), IPV4), "ip-header")
        b.expect(direction, udp(1, 2), "rule-deny", rules[direction, 4])


@test("E0 other ethertypes pass a guest's port only if they are listed")
def _(b):
    opened(b)
    kinds = LLDP, PPPOE, 0x600, 0xffff
    payload = b"\x03" + bytes(40)
    for direction in BOTH:
        for kind in kinds:
            b.raw(direction, frame(payload, kind), "ethertype" if b.side == "guest" else "not-ip")
    b.set(ethertype=[LLDP, 0xffff])
    for direction in BOTH:
        for kind in kinds:
            listed = kind in (LLDP, 0xffff) or b.side == "self"
            b.raw(direction, frame(payload, kind), "not-ip" if listed else "ethertype")
    b.set(clear_ethertype=True)
    for direction in BOTH:
        b.raw(direction, frame(payload, LLDP), "ethertype" if b.side == "guest" else "not-ip")


@test("E0 a frame with a length where others have an ethertype is none that a guest may send")
def _(b):
    opened(b)
    payload = b"\x42\x42\x03" + bytes(35)
    for direction in BOTH:
        b.raw(direction, frame(payload, len(payload)),
              "ethertype" if b.side == "guest" else "not-ip")


@test("E0 a tag passes a guest's port with trunk alone, and is judged as IP then")
def _(b):
    b.group("sg-a")
    deny = b.rule("sg-a in deny udp port 9/9 from 0.0.0.0/0")
    deny_out = b.rule("sg-a out deny udp port 9/9 to 0.0.0.0/0")
    allow = b.rule("sg-a in allow udp from 0.0.0.0/0 priority 2")
    b.port("sg-a")
    own = b.side == "self"
    for tags in ([7], [0], [(QINQ, 7)], [(VLAN, 7), (VLAN, 8)], [7, 8]):
        for trunk in 0, 1, 0:
            b.set(trunk=trunk)
            judged = own or trunk
            sport = b.number()
            if judged:
                b.inn(udp(sport, 8), "rule-allow", allow, tags=tags)
                b.inn(udp(sport, 9), "rule-deny", deny, tags=tags)
                b.out(udp(sport, 9), "rule-deny", deny_out, tags=tags)
                b.out(udp(sport, 8), "default-allow", tags=tags)
            else:
                for port in 8, 9:
                    b.inn(udp(sport, port), "vlan-tag", tags=tags)
                    b.out(udp(sport, port), "vlan-tag", tags=tags)
    b.inn(udp(1, 8), "rule-allow", allow)


@test("E0 a tag before ARP or another ethertype is dropped on a guest's port without trunk")
def _(b):
    opened(b)
    data = frame(arp(b.peer, b.local), ARP, tags=[7])
    other_kind = frame(bytes(40), LLDP, tags=[7])
    for direction in BOTH:
        guest = b.side == "guest"
        b.set(trunk=0, clear_ethertype=True)
        b.raw(direction, data, "vlan-tag" if guest else "not-ip")
        b.raw(direction, other_kind, "vlan-tag" if guest else "not-ip")
        b.set(trunk=1)
        b.raw(direction, data, "arp" if guest else "not-ip")
        b.raw(direction, other_kind, "ethertype" if guest else "not-ip")
        b.set(ethertype=[LLDP])
        b.raw(direction, other_kind, "not-ip")


@test("E0 two tags are stepped over, three are dropped")
def _(b):
    rules = opened(b, trunk=1)
    for tags in ([7, 8], [(VLAN, 7), (QINQ, 8)], [(VLAN, 0), (VLAN, 0)]):
        for direction in BOTH:
            b.expect(direction, udp(b.number(), 2), "rule-allow", rules[direction, 4], tags=tags)
            for third in VLAN, QINQ:
                b.expect(direction, udp(b.number(), 2), "vlan-depth", tags=[*tags, (third, 9)])
    b.set(trunk=0)
    # Whatever else is wrong with it
    if b.side == "guest":
        for direction in BOTH:
            verdict = b.probe(direction, frame(packet(b, direction, udp(1, 2)), tags=[7, 8, 9]))
            if verdict.passed or verdict.reason not in ("vlan-tag", "vlan-depth"):
                raise Wrong(f"{verdict}")


@test("E0 E3 tags are part of a session's key")
def _(b):
    b.group("sg-a")
    b.port("sg-a", trunk=1)
    tags = ([], [7], [8], [0], [7, 8], [8, 7], [(VLAN, 7), (VLAN, 7)])
    allow = b.rule("sg-a in allow udp from 0.0.0.0/0")
    first = b.number()
    for direction in BOTH:
        for opener in tags:
            reason = ("rule-allow", allow) if direction == IN else ("default-allow",)
            ports = (first, 53) if direction == IN else (53, first)
            b.expect(direction, udp(*ports), *reason, tags=opener)
            vlans = [s.get("vlan", []) for s in b.sessions() if s["peer-port"] == first]
            numbers = [t if isinstance(t, int) else t[1] for t in opener]
            if vlans != [numbers]:
                raise Wrong(f"session of tags {numbers}: {vlans}")
            # Turned round: with nothing allowed, only what has these tags passes, both ways
            b.unrule(allow)
            deny = b.rule("sg-a out deny udp to 0.0.0.0/0")
            for other_tags in tags:
                if other_tags == opener:
                    b.inn(udp(first, 53), "session", tags=other_tags)
                    b.out(udp(53, first), "session", tags=other_tags)
                else:
                    b.inn(udp(first, 53), "default-deny", tags=other_tags)
                    b.out(udp(53, first), "rule-deny", deny, tags=other_tags)
            b.unrule(deny)
            allow = b.rule("sg-a in allow udp from 0.0.0.0/0")
            first = b.number()


@test("E0 what a packet socket calls its frames does not matter")
def _(b):
    near = IN if b.side == "guest" else OUT
    rules = closed(b)
    for claim in ARP, IPV6, LLDP, VLAN:
        data = frame(packet(b, near, udp(1, 2)))
        b.raw(near, data, "rule-deny", rules[near, 4], claim=claim)
    b.raw(near, frame(arp(b.peer, b.local), ARP), "arp" if b.side == "guest" else "not-ip",
          claim=IPV4)


def each(b, kinds):
    """Wrong packets and right ones of the same shape, in both directions, through an open port."""
    rules = opened(b)
    b.set(adopt=0)
    for v6, transport, reason, shape in kinds:
        for direction in BOTH:
            data = frame(packet(b, direction, transport(b), v6, **shape), IPV6 if v6 else IPV4)
            family = 6 if v6 else 4
            rule = rules[direction, family] if reason == "rule-allow" else None
            try:
                b.raw(direction, data, reason, rule)
            except Wrong as e:
                raise Wrong(f"{shape}: {e}") from None


def some_udp(b):
    return udp(b.number(), 53, b"data")


def some_tcp(b):
    return tcp(b.number(), 80)


@test("E0 packets with a malformed IP header are dropped")
def _(b):
    each(b, [
        (False, some_udp, "rule-allow", {}),
        (False, some_udp, "ip-header", {"version": 5}),
        (False, some_udp, "ip-header", {"version": 6}),
        (False, some_udp, "ip-header", {"version": 0}),
        (False, some_udp, "ip-header", {"words": 4}),
        (False, some_udp, "ip-header", {"words": 0}),
        (False, some_udp, "ip-header", {"words": 15}),
        (False, some_udp, "ip-header", {"claim": 19}),
        (False, some_udp, "ip-header", {"claim": 0}),
        (False, some_udp, "ip-header", {"claim": 20 + 8 + 4 + 1}),
        (False, some_udp, "ip-header", {"claim": 65535}),
        (True, some_udp, "rule-allow", {}),
        (True, some_udp, "ip-header", {"version": 4}),
        (True, some_udp, "ip-header", {"version": 15}),
        (True, some_udp, "ip-header", {"claim": 8 + 4 + 1}),
        (True, some_udp, "ip-header", {"claim": 65535}),
    ])
    for direction in BOTH:
        for kind, whole in (IPV4, 20), (IPV6, 40):
            data = packet(b, direction, udp(1, 2), kind == IPV6)
            for size in 1, whole // 2, whole - 1:
                b.raw(direction, frame(data[:size], kind), "ip-header")


@test("E0 bytes behind the packet's own length are not looked at")
def _(b):
    rules = opened(b)
    for direction in BOTH:
        for v6 in False, True:
            data = packet(b, direction, udp(b.number(), 53), v6) + bytes(20)
            b.raw(direction, frame(data), "rule-allow", rules[direction, 6 if v6 else 4])
            # There is a TCP header in them, and none in the packet
            data = packet(b, direction, tcp(b.number(), 53), v6, keep=19, claim=19 + 20 * (not v6))
            b.raw(direction, frame(data + bytes(40)), "l4-header")


@test("E0 IPv4 source routes and malformed options are dropped, others pass")
def _(b):
    each(b, [(False, some_udp, reason, {"options": bytes.fromhex(text)}) for reason, text in (
        ("rule-allow", "01010101"), ("rule-allow", "00000000"), ("rule-allow", "94040000"),
        ("rule-allow", "07070400000000" + "00"), ("rule-allow", "44080500" + "00000000"),
        ("rule-allow", "01" * 40), ("rule-allow", "01010102" + "04ffff00"),
        # What is behind the end is none
        ("rule-allow", "00830304"), ("rule-allow", "0007ff00"),
        ("ip-options", "83070400000000" + "00"), ("ip-options", "89070400000000" + "00"),
        ("ip-options", "01830304"), ("ip-options", "94040000" + "89030400"),
        ("ip-options", "07010000"), ("ip-options", "07000000"), ("ip-options", "07050000"),
        ("ip-options", "01010107"), ("ip-options", "0707ff00"),
    )])


@test("E0 IPv6 extension headers: bounded, in their places, no routing header of type 0")
def _(b):
    hop, dest = options_header(HOPOPTS), options_header(DESTOPTS)
    each(b, [(True, some_udp, reason, {"ext": ext}) for reason, ext in (
        ("rule-allow", [hop]), ("rule-allow", [dest]), ("rule-allow", [hop, dest]),
        ("rule-allow", [routing(2, 24)]), ("rule-allow", [routing(4)]),
        ("rule-allow", [fragment6()]), ("rule-allow", [auth()]),
        ("rule-allow", [hop] + [dest] * 7), ("ext-header", [hop] + [dest] * 8),
        ("rule-allow", [options_header(DESTOPTS, 256)]),
        ("ext-header", [options_header(DESTOPTS, 264)]),
        ("ext-header", [options_header(DESTOPTS, 128), options_header(DESTOPTS, 136)]),
        ("ext-header", [routing(0)]), ("ext-header", [hop, routing(0, 24)]),
        ("ext-header", [dest, hop]), ("ext-header", [hop, hop]),
        ("rule-allow", [fragment6(), fragment6()]),
        ("ext-header", [fragment6(0, True), fragment6()]),
        ("ext-header", [Extension(DESTOPTS, b"\xff" + bytes(6))]),
        ("ext-header", [Extension(AUTH, b"\xff" + bytes(10))]),
    )])


@test("E0 the protocol is that of the first header that is no extension header")
def _(b):
    b.group("sg-a")
    rule = {p: b.rule(f"sg-a in allow {p} from {a}") for p, a in (("udp", "::/0"), (59, "::/0"),
                                                                 (51, "0.0.0.0/0"), (50, "::/0"))}
    rule4 = b.rule("sg-a in allow udp from 0.0.0.0/0")
    b.port("sg-a")
    chain = [options_header(HOPOPTS), options_header(DESTOPTS), routing(2, 24), fragment6(), auth()]
    for n in range(len(chain) + 1):
        ext = chain[:n]
        b.inn(udp(b.number(), 2), "rule-allow", rule["udp"], ext=ext, peer=PEERS[1])
        b.inn(tcp(b.number(), 2), "default-deny", ext=ext, peer=PEERS[1])
        b.inn(other(NONE), "session" if n else "rule-allow", None if n else rule[59], ext=ext,
              peer=PEERS[1])
    # ESP hides what is in it
    b.inn(other(50, udp(1, 2).data * 2), "rule-allow", rule[50], peer=PEERS[1])
    # In IPv4 authentication alone is stepped over; the others are protocols there
    b.inn(udp(b.number(), 2), "rule-allow", rule4, ext=[auth()])
    b.inn(tcp(b.number(), 2), "default-deny", ext=[auth()])
    for number in HOPOPTS, DESTOPTS, 43, 44:
        b.inn(other(number, bytes([UDP]) + bytes(23)), "default-deny")


@test("E0 short and malformed transport headers are dropped")
def _(b):
    kinds = []
    for v6 in False, True:
        kinds += [
            (v6, some_tcp, "l4-header", {"keep": 19}),
            (v6, some_tcp, "l4-header", {"keep": 0}),
            (v6, some_tcp, "rule-allow", {"keep": 20}),
            (v6, lambda b: tcp(b.number(), 80, doff=4), "l4-header", {}),
            (v6, lambda b: tcp(b.number(), 80, doff=6), "l4-header", {}),
            (v6, lambda b: tcp(b.number(), 80, options=bytes(40)), "rule-allow", {}),
            (v6, lambda b: tcp(b.number(), 80, options=bytes(40)), "l4-header", {"keep": 59}),
            (v6, some_udp, "l4-header", {"keep": 7}),
            (v6, some_udp, "l4-header", {"keep": 11}),
            (v6, lambda b: udp(b.number(), 53), "rule-allow", {}),
            (v6, lambda b: udp(b.number(), 53, length=7), "l4-header", {}),
            (v6, lambda b: udp(b.number(), 53, length=0), "l4-header", {}),
            (v6, lambda b: udp(b.number(), 53, length=9), "l4-header", {}),
            (v6, lambda b: udp(b.number(), 53, b"more", length=9), "rule-allow", {}),
            (v6, lambda b, v6=v6: echo(b.number(), v6=v6), "rule-allow", {"keep": 8}),
            (v6, lambda b, v6=v6: echo(b.number(), v6=v6), "l4-header", {"keep": 7}),
        ]
    each(b, kinds)


@test("E0 TCP flags that cannot be are dropped")
def _(b):
    each(b, [(v6, lambda b, flags=flags: tcp(b.number(), 80, flags), reason, {})
             for v6 in (False, True) for reason, flags in (
                 ("tcp-flags", ""), ("tcp-flags", "SF"), ("tcp-flags", "SR"),
                 ("tcp-flags", "SFA"), ("tcp-flags", "SRA"), ("tcp-flags", "SFRPAU"),
                 ("tcp-flags", "EC"), ("tcp-flags", "SFEC"),
                 ("rule-allow", "S"), ("rule-allow", "SEC"), ("rule-allow", "SP"),
                 ("tcp-no-session", "SA"), ("tcp-no-session", "A"), ("tcp-no-session", "F"),
                 ("tcp-no-session", "R"), ("tcp-no-session", "RA"), ("tcp-no-session", "PAU"),
                 ("tcp-no-session", "FPU"))])


@test("S11 a later fragment without its first one is dropped, and a first one that is too short")
def _(b):
    kinds = []

    def more_tcp(b):
        return tcp(b.number(), 80, "S", bytes(20))

    for kind, whole in (more_tcp, 20), (some_udp, 8), (lambda b: echo(b.number()), 8):
        kinds += [
            (False, kind, "fragment-tiny" if whole > 8 else "ip-header",
             {"frag": MORE, "keep": whole - 4 if whole > 8 else 7}),
            (False, kind, "ip-header", {"frag": MORE, "keep": 0}),
            (False, kind, "rule-allow",
             {"frag": MORE, "keep": -(-whole // 8) * 8, "ident": b.number()}),
            (False, kind, "fragment-tiny" if whole > 8 else "fragment-orphan", {"frag": 1}),
            (False, kind, "ip-header", {"frag": 0x1fff}),
            (False, kind, "fragment-orphan", {"frag": MORE | 2, "keep": 8}),
            # "Do not fragment" is no part of an offset
            (False, kind, "rule-allow", {"frag": 0x4000}),
        ]
    for kind, whole in (more_tcp, 20), (some_udp, 8), (lambda b: echo(b.number(), v6=True), 8):
        kinds += [
            (True, kind, "fragment-tiny" if whole > 8 else "ext-header",
             {"ext": [fragment6(0, True, b.number())], "keep": whole - 4 if whole > 8 else 7}),
            (True, kind, "rule-allow",
             {"ext": [fragment6(0, True, b.number())], "keep": -(-whole // 8) * 8}),
            (True, kind, "fragment-orphan", {"ext": [fragment6(1)]}),
            (True, kind, "fragment-orphan", {"ext": [fragment6(185, True)], "keep": 8}),
        ]
    # The whole chain is in the first
    kinds += [(True, some_udp, "fragment-tiny",
               {"ext": [fragment6(0, True), Extension(DESTOPTS, b"\x03" + bytes(6))], "keep": 8})]
    each(b, kinds)


@test("E0 a tag that is cut off is dropped")
def _(b):
    # On receipt the kernel drops these itself
    near = IN if b.side == "guest" else OUT
    closed(b, trunk=1)
    whole = frame(packet(b, near, icmp(8)), tags=[7])
    for size in 14, 15, 17:
        verdict = b.probe(near, whole[:size])
        if verdict.passed:
            raise Wrong(f"{size} bytes: {verdict}")
