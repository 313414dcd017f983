# SPDX-License-Identifier: GPL-2.0
"""E4: ICMP errors about live sessions; and P1 where the port's path MTU messages are strict."""

import struct

from bench import IN, OUT, Wrong
from frames import (DESTOPTS, GRE, HOPOPTS, MORE, auth, echo, fragment6, icmp, icmp6, ip,
                    neighbour, options_header, other, tcp, udp)
from run import test

BOTH = IN, OUT
ANY = {4: "0.0.0.0/0", 6: "::/0"}
ROUTER, ROUTER6 = "198.51.100.77", "2001:db8:77::1"
UNREACHABLE = {4: (3, 1), 6: (1, 4)}
# Without path MTU messages, which pass anyway
ERRORS = {4: [(3, 0), (3, 1), (3, 3), (3, 13), (11, 0), (11, 1), (12, 0), (12, 2)],
          6: [(1, 0), (1, 4), (3, 0), (3, 1), (4, 0), (4, 1)]}


def turned(direction):
    return OUT if direction == IN else IN


def error(family, embedded, kind=None, rest=bytes(4)):
    """An error about a packet."""
    kind = kind or UNREACHABLE[family]
    return (icmp if family == 4 else icmp6)(*kind, rest + embedded)


class Flow:
    """A live session, opened while a rule allowed it and left when the rules deny all."""

    def __init__(self, b, family, kind, opener, **packet):
        self.b, self.family, self.kind, self.opener = b, family, kind, opener
        self.ident, self.packet = b.number(), packet
        self.local, self.peer = (b.local, b.peer) if family == 4 else (b.local6, b.peer6)
        if kind == "gre":
            self.peer = f"203.0.113.{self.ident % 250}" if family == 4 else \
                f"2001:db8:5::{self.ident:x}"
        word = "from" if opener == IN else "to"
        rule = b.rule(f"sg-a {opener} allow all {word} {ANY[family]} priority 1")
        b.expect(opener, self.transport(opener), "rule-allow", rule, local=self.local,
                 peer=self.peer, **packet)
        b.unrule(rule)

    def transport(self, direction):
        """Of a packet that the session has in this direction."""
        if self.kind == "echo":
            return echo(self.ident, direction != self.opener, self.family == 6)
        if self.kind == "gre":
            return other(GRE)
        ends = (self.ident, 80) if direction == self.opener else (80, self.ident)
        return udp(*ends, b"some data") if self.kind == "udp" else tcp(*ends)

    def embedded(self, direction, src=None, dst=None, transport=None, **packet):
        """A packet of the session as an error has it."""
        ends = (self.peer, self.local) if direction == IN else (self.local, self.peer)
        return ip(src or ends[0], dst or ends[1], transport or self.transport(direction), ttl=1,
                  **packet)

    def error(self, direction, reason, embedded=None, kind=None, local=None, peer=None, rule=None,
              rest=bytes(4), **packet):
        """An error about what ran the other way round, from a router unless told otherwise."""
        if embedded is None:
            embedded = self.embedded(turned(direction))
        router = ROUTER if self.family == 4 else ROUTER6
        if direction == IN:
            local, peer = local or self.local, peer or router
        else:
            local, peer = local or router, peer or self.peer
        self.b.expect(direction, error(self.family, embedded, kind, rest), reason, rule,
                      local=local, peer=peer, **{**self.packet, **packet})


def closed(b, **options):
    b.group("sg-a", type="enterprise")
    b.port("sg-a", **options)


def flows(b, kinds=("udp", "tcp", "echo", "gre")):
    return [Flow(b, family, kind, opener)
            for family in (4, 6) for kind in kinds for opener in BOTH]


@test("E4 an ICMP error about a packet of a live session passes, of every type, both ways")
def _(b):
    closed(b)
    for flow in flows(b):
        for kind in ERRORS[flow.family]:
            # Of a session that opened, what the opener sent and what was answered
            for direction in BOTH:
                flow.error(direction, "related", kind=kind)
        # From the other end itself, too
        flow.error(IN, "related", peer=flow.peer)
        flow.error(OUT, "related", local=flow.local)


@test("E4 eight bytes of the transport header are enough, fewer are not")
def _(b):
    closed(b)
    for flow in flows(b):
        head = 20 if flow.family == 4 else 40
        for direction in BOTH:
            whole = flow.embedded(turned(direction))
            for size in range(len(whole) + 1):
                enough = size >= head + (0 if flow.kind == "gre" else 8)
                if size % 7 == 0 or abs(size - head - 4) <= 4:
                    flow.error(direction, "related" if enough else "default-deny", whole[:size])
            # What stands behind it, as RFC 4884 has it, is not read
            flow.error(direction, "related", whole[:head + 8] + bytes(120))


@test("E4 an error of which one part is forged goes on to the rules")
def _(b):
    closed(b)
    for flow in flows(b):
        v6 = flow.family == 6
        stranger = "2001:db8:9::66" if v6 else "192.0.2.66"
        for direction in BOTH:
            def wrong(embedded=None, d=direction, f=flow, **more):
                f.error(d, "default-deny", embedded, **more)

            ran = turned(direction)
            src, dst = (flow.local, flow.peer) if ran == OUT else (flow.peer, flow.local)
            # To another than who sent the packet, and from another to another
            wrong(**{"local" if direction == IN else "peer": stranger})
            wrong(flow.embedded(ran, src=stranger))
            wrong(flow.embedded(ran, src=stranger),
                  **{"local" if direction == IN else "peer": stranger})
            wrong(flow.embedded(ran, dst=stranger))
            wrong(flow.embedded(ran, src=dst, dst=src))
            # Of the same direction, told to who did not send it
            wrong(flow.embedded(direction))
            wrong(flow.embedded(direction),
                  **{"local" if direction == IN else "peer": dst})
            # Another protocol
            for proto in 6, 17, 132, 47, 1, 58:
                if flow.transport(ran).proto != proto:
                    wrong(flow.embedded(ran, transport=other(
                        proto, flow.transport(ran).data + bytes(20))))
            if flow.kind in ("udp", "tcp"):
                make = udp if flow.kind == "udp" else tcp
                sport, dport = struct.unpack_from(">HH", flow.transport(ran).data)
                for ends in ((sport + 1, dport), (sport, dport + 1), (dport, sport), (0, 0)):
                    wrong(flow.embedded(ran, transport=make(*ends)))
            if flow.kind == "echo":
                # A request of the answerer, a reply of the opener, another id, what is no echo
                reply = ran == flow.opener
                wrong(flow.embedded(ran, transport=echo(flow.ident, reply, v6)))
                wrong(flow.embedded(ran, transport=echo(flow.ident + 5000, not reply, v6)))
                wrong(flow.embedded(ran, transport=(icmp6 if v6 else icmp)(
                    1 if v6 else 3, 0, struct.pack(">HH", flow.ident, 1))))
            # A later fragment, what is multicast, what is malformed
            if v6:
                wrong(flow.embedded(ran, ext=[fragment6(1)]))
                wrong(flow.embedded(ran, dst="ff02::1"))
            else:
                wrong(flow.embedded(ran, frag=1))
                wrong(flow.embedded(ran, frag=MORE | 4))
                wrong(flow.embedded(ran, dst="224.0.0.1"))
                wrong(flow.embedded(ran, options=bytes.fromhex("83070400") + bytes(4)))
                wrong(flow.embedded(ran, words=4))
                wrong(flow.embedded(ran, claim=19))
            wrong(flow.embedded(ran, version=6 if not v6 else 4))
            wrong(b"")
            # And so that it was not something else
            flow.error(direction, "related")
            flow.error(direction, "related", flow.embedded(ran, ext=[fragment6(0, True)]) if v6
                       else flow.embedded(ran, frag=MORE))


@test("E4 types that are no errors do not pass for a session's sake, and a redirect never does")
def _(b):
    closed(b)
    guest = b.side == "guest"
    for flow in flows(b, ("udp", "echo")):
        v6 = flow.family == 6
        for direction in BOTH:
            no_error = (0, 5, 100, 127, 130, 133, 138, 255) if v6 else (4, 6, 9, 10, 13, 14, 17, 30)
            for kind in no_error:
                flow.error(direction, "default-deny", kind=(kind, 1))
            redirect = "guest-redirect" if guest and direction == OUT else "default-deny"
            embedded = flow.embedded(turned(direction))
            if v6:
                body = neighbour(137).data[4:] + bytes([4, 6]) + bytes(6)
                b.expect(direction, icmp6(137, 0, body + embedded), redirect, ttl=255)
            else:
                for code in range(4):
                    flow.error(direction, redirect, kind=(5, code))
                flow.error(direction, redirect, kind=(5, 1), peer=flow.peer, local=flow.local)


@test("E4 an error is judged by the rules where no session is, and opens none")
def _(b):
    closed(b)
    made = flows(b, ("udp", "tcp", "echo"))
    before = b.sessions()
    for flow in made:
        for direction in BOTH:
            flow.error(direction, "related")
    # Leaving the last group cuts the sessions
    if len(before) != len(made) or len(b.sessions()) != len(made):
        raise Wrong(f"{before}, then {b.sessions()}")
    b.leave("sg-a")
    for flow in made:
        flow.error(IN, "no-group")
    b.join("sg-a")
    for flow in made:
        for direction in BOTH:
            flow.error(direction, "default-deny")
    rules = {(d, f): b.rule(f"sg-a {d} allow {'icmp' if f == 4 else 'icmpv6'} "
                            f"{'from' if d == IN else 'to'} {ANY[f]}")
             for d in BOTH for f in (4, 6)}
    for flow in made:
        for direction in BOTH:
            flow.error(direction, "rule-allow", rule=rules[direction, flow.family])
    if b.sessions():
        raise Wrong(f"{b.sessions()}")


@test("E4 S3 an error does not answer a session, nor does one that claims to be of the answerer")
def _(b):
    closed(b)
    for flow in flows(b, ("tcp", "udp", "echo")):
        for direction in BOTH:
            flow.error(direction, "related")
    states = {s["state"] for s in b.sessions()}
    if states != {"opened"}:
        raise Wrong(f"{b.sessions()}")


@test("E4 E0 tags of an error and of its session are the same")
def _(b):
    closed(b, trunk=1)
    for family in 4, 6:
        for opener in BOTH:
            for tags in (7,), (7, 8):
                flow = Flow(b, family, "udp", opener, tags=tags)
                for direction in BOTH:
                    flow.error(direction, "related")
                    for others in (), (8,), (8, 7), (7, 9), (7, 7):
                        flow.error(direction, "default-deny", tags=others)


@test("E4 E0 extension headers before the error and in what it is about are stepped over")
def _(b):
    closed(b)
    many = [options_header(HOPOPTS), *[options_header(DESTOPTS, 40)] * 5, auth(44)]
    for opener in BOTH:
        flow = Flow(b, 6, "tcp", opener)
        for direction in BOTH:
            for outer in [], [auth()], many:
                for inner in [], [options_header(HOPOPTS)], [fragment6()], many:
                    embedded = flow.embedded(turned(direction), ext=inner)
                    flow.error(direction, "related", embedded, ext=outer)
            # Past the bounds
            for inner in ([options_header(DESTOPTS, 264)], [options_header(DESTOPTS)] * 9,
                          [options_header(DESTOPTS), options_header(HOPOPTS)]):
                flow.error(direction, "default-deny",
                           flow.embedded(turned(direction), ext=inner))
        flow = Flow(b, 4, "tcp", opener)
        for direction in BOTH:
            for outer in {}, {"options": bytes.fromhex("01" * 40)}, {"ext": [auth()]}:
                for inner in {}, {"options": bytes.fromhex("94040000")}, {"ext": [auth(264 - 8)]}:
                    flow.error(direction, "related", flow.embedded(turned(direction), **inner),
                               **outer)


@test("E4 P1 path MTU messages pass anyway, and under strict about a live session alone")
def _(b):
    closed(b)
    kinds = {4: (3, 4), 6: (2, 0)}
    mtu = struct.pack(">I", 1400)
    for setting in "open", "strict", "open":
        b.set(pmtud=setting)
        strict = setting == "strict"
        for flow in flows(b, ("udp", "tcp", "echo")):
            kind = kinds[flow.family]
            for direction in BOTH:
                flow.error(direction, "related" if strict else "pmtud", kind=kind, rest=mtu)
                other_end = {"local" if direction == IN else "peer":
                             "10.0.0.99" if flow.family == 4 else "2001:db8::99"}
                flow.error(direction, "default-deny" if strict else "pmtud", kind=kind, rest=mtu,
                           **other_end)
                flow.error(direction, "default-deny" if strict else "pmtud", kind=kind, rest=mtu,
                           embedded=b"")
        # A rule may let them in
        rule = b.rule("sg-a in allow icmp from 0.0.0.0/0")
        b.inn(icmp(3, 4, bytes(32)), *(("rule-allow", rule) if strict else ("pmtud",)))
        b.unrule(rule)


@test("E4 G9 on a port in no group an error passes only while its session's platform traffic does")
def _(b):
    meta = "100.100.100.200"
    b.port()
    b.out(udp(5, 53), "metaserver", peer=meta)
    about = error(4, ip(b.local, meta, udp(5, 53), ttl=1))
    b.inn(about, "related", peer=ROUTER)
    b.platform("metaserver", 0)
    b.inn(about, "no-group", peer=ROUTER)
    b.platform("metaserver", 1)
    b.inn(about, "related", peer=ROUTER)
