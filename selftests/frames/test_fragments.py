# SPDX-License-Identifier: GPL-2.0
"""S11: fragments of a datagram share the decision on the first one."""

from bench import IN, OUT, Wrong
from frames import (DESTOPTS, HOPOPTS, MORE, Transport, auth, echo, fragment6, frame, icmp, ip,
                    options_header, other, tcp, udp)
from run import test

BOTH = IN, OUT
ANY = {4: "0.0.0.0/0", 6: "::/0"}
DATA = bytes(range(256)) * 8


def turned(direction):
    return OUT if direction == IN else IN


class Datagram:
    """One datagram in fragments of 64 bytes, or of `size`; a reason for each that is sent."""

    number = 0

    def __init__(self, b, family, direction, transport=None, fragments=4, size=64, ident=None,
                 **packet):
        Datagram.number += 1
        self.b, self.family, self.direction, self.size = b, family, direction, size
        self.ident = ident or Datagram.number
        self.packet = packet
        self.ends = (b.number(), 53)
        whole = transport or udp(*self.ends, DATA[:size * fragments - 8 - 3])
        self.proto, self.data = whole.proto, whole.data

    def send(self, reason, start, end, more=True, rule=None, **packet):
        """The bytes of it from start to end."""
        packet = {**self.packet, **packet}
        ext = packet.pop("ext", [])
        data = self.data[start:end]
        if self.family == 4:
            packet = {"ident": self.ident, "frag": start // 8 | (MORE if more else 0), **packet}
        else:
            ext = [*ext, fragment6(start // 8, more, packet.pop("ident", self.ident))]
        if self.family == 6:
            packet = {"local": self.b.local6, "peer": self.b.peer6, **packet}
        self.b.expect(packet.pop("direction", self.direction),
                      Transport(packet.pop("proto", self.proto), data), reason, rule, ext=ext,
                      **packet)

    def first_frame(self):
        b = self.b
        ends = (b.local, b.peer) if self.family == 4 else (b.local6, b.peer6)
        if self.direction == IN:
            ends = ends[::-1]
        packet = {"ident": self.ident, "frag": MORE} if self.family == 4 else \
            {"ext": [fragment6(0, True, self.ident)]}
        return frame(ip(*ends, Transport(self.proto, self.data[:self.size]), **packet))

    def part(self, n, reason="fragment", more=None, rule=None, **packet):
        """The n-th fragment, from 0."""
        start = n * self.size
        if more is None:
            more = start + self.size < len(self.data)
        self.send(reason, start, start + self.size, more, rule, **packet)

    def first(self, reason="rule-allow", rule=None, **packet):
        self.part(0, reason, rule=rule, **packet)


def opened(b, **options):
    """An enterprise port with rules for UDP; by direction and family."""
    b.group("sg-a", type="enterprise")
    rules = {(d, f): b.rule(f"sg-a {d} allow udp {'from' if d == IN else 'to'} {ANY[f]}")
             for d in BOTH for f in (4, 6)}
    b.port("sg-a", **options)
    return rules


def long_echo(b, v6):
    short = echo(b.number(), v6=v6)
    return Transport(short.proto, short.data + DATA[:100])


def cases(b, **options):
    """A datagram of each family in each direction, its first fragment to be passed by a rule."""
    rules = opened(b, **options)
    for family in 4, 6:
        for direction in BOTH:
            yield family, direction, rules[direction, family]


@test("S11 later fragments pass after the first one, in any order, until the datagram is complete")
def _(b):
    for family, direction, rule in cases(b):
        for order in ((1, 2, 3), (3, 2, 1), (2, 1, 3), (3, 1, 2)):
            d = Datagram(b, family, direction)
            d.first(rule=rule)
            for n in order:
                d.part(n)
            # All of it was there
            for n in 1, 2, 3:
                d.part(n, "fragment-orphan")
            # Its number may be used again
            d.first("session")
            for n in order:
                d.part(n)


@test("S11 a later fragment without its first one is an orphan, whatever the rules allow")
def _(b):
    for family, direction, rule in cases(b):
        d = Datagram(b, family, direction)
        for n in 3, 1, 2:
            d.part(n, "fragment-orphan")
        # One that was dropped makes none; one that passes makes it from then on
        d.first(rule=rule)
        d.part(1)
        denied = Datagram(b, family, direction, tcp(b.number(), 80, "S", DATA[:200]))
        denied.first("default-deny")
        for n in 1, 2, 3:
            denied.part(n, "fragment-orphan")


@test("S11 each part of what names a datagram counts, so does the direction")
def _(b):
    for family, direction, rule in cases(b):
        d = Datagram(b, family, direction)
        v6 = family == 6
        d.first(rule=rule)
        wrong = [{"ident": d.ident + 5000}, {"peer": "2001:db8::66" if v6 else "192.0.2.66"},
                 {"local": "2001:db8::67" if v6 else "10.0.0.67"}]
        wrong.append({"direction": turned(direction)})
        ends = {"local": b.local6 if v6 else b.local, "peer": b.peer6 if v6 else b.peer}
        wrong.append({"local": ends["peer"], "peer": ends["local"]})
        if not v6:
            wrong.append({"proto": 132})
        if b.side == "self":
            wrong += [{"tags": [7]}]
        for more in wrong:
            d.part(1, "fragment-orphan", **more)
        if v6:
            # There the next header is none of them
            d.part(3, proto=99)
        d.part(1)


@test("S11 E3 fragments of a session pass by it, and touch it by the first one alone")
def _(b):
    rules = opened(b)
    for family in 4, 6:
        for direction in BOTH:
            ask = Datagram(b, family, direction)
            ask.first(rule=rules[direction, family])
            ask.part(1)
            # The answer, in fragments, while no rule allows it
            b.unrule(rules[turned(direction), family])
            back = Datagram(b, family, turned(direction),
                            udp(*reversed(ask.ends), DATA[:240]))
            back.part(1, "fragment-orphan")
            back.first("session")
            back.part(2)
            back.part(1)
            word = "from" if turned(direction) == IN else "to"
            rules[turned(direction), family] = b.rule(
                f"sg-a {turned(direction)} allow udp {word} {ANY[family]}")
    if len(b.sessions()) != 4:
        raise Wrong(f"{b.sessions()}")


@test("S11 an overlap is dropped; one with the first fragment, or a second first, poisons all")
def _(b):
    for family, direction, rule in cases(b):
        def begun(f=family, d=direction, r=rule):
            datagram = Datagram(b, f, d, fragments=8)
            datagram.first(rule=r)
            datagram.part(2)
            return datagram

        d = begun()
        for start, end in ((128, 192), (120, 136), (184, 200), (64, 256), (136, 144)):
            d.send("fragment-overlap", start, end)
        for n in 1, 3, 4, 5, 6, 7:
            d.part(n)
        d.part(1, "fragment-orphan")
        for start, end in ((0, 64), (0, 8), (8, 16), (56, 72), (8, 504)):
            d = begun()
            d.send("fragment-overlap", start, end)
            for n in 1, 3, 4, 7:
                d.part(n, "fragment-overlap")
            d.first("fragment-overlap")
        # Behind the last one, and a second last one
        d = begun()
        d.part(7)
        d.data += bytes(64)
        d.send("fragment-overlap", 512, 520)
        d.send("fragment-overlap", 520, 528)
        d.send("fragment-overlap", 64, 72, more=False)
        d.part(1)
        # A last one in front of what was seen
        d = begun()
        d.send("fragment-overlap", 64, 80, more=False)
        d.part(1)


@test("S11 at most eight pieces with holes between")
def _(b):
    for family, direction, rule in cases(b):
        d = Datagram(b, family, direction, fragments=24)
        d.first(rule=rule)
        for n in range(2, 16, 2):
            d.part(n)
        d.part(16, "fragment-overlap")
        d.part(3)
        d.part(16)
        for n in 1, 5, 7, 9, 11, 13, 15, *range(17, 24):
            d.part(n)
        d.part(23, "fragment-orphan")


@test("S11 a first fragment holds the whole transport header, and TCP none that begins within it")
def _(b):
    rules = opened(b)
    rule4, rule6 = (b.rule(f"sg-a in allow all from {ANY[f]} priority 2") for f in (4, 6))
    for family, rule in (4, rule4), (6, rule6):
        v6 = family == 6
        for make, size in ((lambda: tcp(b.number(), 80, "S", DATA[:100]), 24),
                           (lambda: udp(b.number(), 53, DATA[:100]), 8),
                           (lambda v6=v6: long_echo(b, v6), 8)):
            d = Datagram(b, family, IN, make(), size=size)
            decided = rules[IN, family] if d.proto == 17 else rule
            if size > 8:
                for tiny in 8, 16:
                    d.send("fragment-tiny", 0, tiny)
            d.part(1, "fragment-orphan", more=True)
            d.first(rule=decided, more=True)
            d.send("fragment", size, size + 8, more=len(d.data) > size + 8)
        d = Datagram(b, family, IN, tcp(b.number(), 80, "S", DATA[:100]), size=24)
        d.first(rule=rule)
        d.send("fragment-overlap" if v6 else "fragment-tiny", 8, 16)


@test("S11 E0 malformed fragments: between units of eight bytes, empty, past 65535 bytes")
def _(b):
    for family, direction, rule in cases(b):
        malformed = "ext-header" if family == 6 else "ip-header"
        d = Datagram(b, family, direction)
        for end in 0, 9, 60, 63:
            d.send(malformed, 0, end)
        d.first(rule=rule)
        for end in 64, 65, 100, 127:
            d.send(malformed, 64, end)
        d.send(malformed, 64, 64, more=False)
        offset = 65528
        far = {"ident": d.ident, "frag": offset // 8} if family == 4 else \
            {"ext": [fragment6(offset // 8, False, d.ident)]}
        ends = {"local": b.local6, "peer": b.peer6} if family == 6 else {}
        b.expect(direction, Transport(17, bytes(8)), "ip-header", **ends, **far)
        d.part(1)


@test("S11 IPv6: an atomic fragment is none, extension headers before a fragment do not matter")
def _(b):
    rules = opened(b)
    for direction in BOTH:
        rule = rules[direction, 6]
        d = Datagram(b, 6, direction)
        d.first(rule=rule)
        for atomic in range(3):
            b.expect(direction, udp(b.number(), 53), "rule-allow", rule, peer=b.peer6,
                     ext=[fragment6(0, False, d.ident)])
        d.part(1)
        d = Datagram(b, 6, direction)
        d.first(rule=rule, ext=[options_header(HOPOPTS)])
        d.part(1, ext=[options_header(HOPOPTS)])
        d.part(2, ext=[options_header(HOPOPTS), options_header(DESTOPTS, 40)])
        d.part(3)
        # The chain goes on behind the Fragment header of the first one alone
        whole = options_header(DESTOPTS, 24)
        inner = udp(b.number(), 53, DATA[:256 - 32 - 3])
        d = Datagram(b, 6, direction, Transport(DESTOPTS, bytes([17]) + whole.rest + inner.data))
        d.first(rule=rule)
        d.part(1)
    # In IPv4 authentication may stand there
    for direction in BOTH:
        inner = udp(b.number(), 53, DATA[:200])
        d = Datagram(b, 4, direction, Transport(51, bytes([17]) + auth().rest + inner.data))
        d.first(rule=rules[direction, 4])
        d.part(1)
        d.part(2, "fragment-orphan", proto=17)


@test("S11 E0 behind VLAN tags", sides=("guest", "self"))
def _(b):
    for family, direction, rule in cases(b, trunk=1):
        for tags in (7,), (7, 8):
            d = Datagram(b, family, direction, tags=tags)
            d.first(rule=rule)
            for others in (), (8,), (7, 7), (8, 7):
                d.part(1, "fragment-orphan", tags=others)
            for n in 1, 2, 3:
                d.part(n)


@test("S11 E2 E9 fragments of platform traffic and of multicast pass by the first one, too")
def _(b):
    rules = opened(b)
    d = Datagram(b, 4, OUT, tcp(b.number(), 80, "S", DATA[:200]), peer="100.100.100.200")
    d.first("metaserver")
    for n in 1, 2, 3:
        d.part(n)
    d = Datagram(b, 4, IN, icmp(3, 4, DATA[:200]))
    d.first("pmtud")
    d.part(1)
    before = len(b.sessions())
    d = Datagram(b, 4, OUT, peer="224.0.0.9")
    d.first(rule=rules[OUT, 4])
    d.part(1)
    if len(b.sessions()) != before:
        raise Wrong(f"{b.sessions()}")


@test("S11 a port has 256 datagrams under way; the next is dropped, and opens no session")
def _(b):
    for direction in BOTH:
        b.reset(b.side)
        rules = opened(b)
        many = [Datagram(b, 4 if n % 2 else 6, direction) for n in range(256)]
        _, reasons = b.judge(direction, [d.first_frame() for d in many])
        if reasons != {(direction, "rule-allow"): 256}:
            raise Wrong(f"{reasons}")
        b.new_hits()
        before = len(b.sessions())
        more = [Datagram(b, family, way) for family in (4, 6) for way in BOTH]
        for d in more:
            if (said := b.explained(d.direction, d.first_frame())) != ("fragment-table", None):
                raise Wrong(f"explained as {said}")
            d.first("fragment-table")
            d.part(1, "fragment-orphan")
        if len(b.sessions()) != before:
            raise Wrong(f"{before} sessions, then {len(b.sessions())}")
        # What is no fragment is not concerned, nor is what was begun
        b.expect(direction, udp(b.number(), 53), "rule-allow", rules[direction, 4])
        many[0].part(1)
        many[-1].part(1)
        # What is complete makes room
        for n in 2, 3:
            many[0].part(n)
        more[0].first(rule=rules[more[0].direction, 4])
        more[1].first("fragment-table")
        # One that is dropped takes none
        for n in 1, 2, 3:
            many[2].part(n)
        for _ in range(3):
            Datagram(b, 4, direction, other(132, DATA[:200])).first("default-deny")
        more[1].first(rule=rules[more[1].direction, 4])


@test("S11 G9 a port that goes, or leaves its last group, takes its datagrams with it")
def _(b):
    for family, direction, rule in cases(b):
        d = Datagram(b, family, direction)
        d.first(rule=rule)
        b.leave("sg-a")
        d.part(1, "fragment-orphan")
        b.join("sg-a")
        d.part(1, "fragment-orphan")
        d.first(rule=rule)
        d.part(1)
        b.nl.do("port-del", ifindex=b.ifindex)
        b.port("sg-a")
        d.part(2, "fragment-orphan")
        d.first(rule=rule)
