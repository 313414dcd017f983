# SPDX-License-Identifier: GPL-2.0
"""What opens a session, and what is part of one: E3, E9, S4, S9, S12. And E10, what is denied."""

import json
import time

from bench import IN, OUT, Bench, Wrong
from frames import (BROADCAST_MAC, DEFAULT_MAC, GRE, SCTP, echo, frame, icmp, icmp6, ip, other,
                    tcp, udp)
from run import test

BOTH = IN, OUT
ANY4, ANY6 = "0.0.0.0/0", "::/0"


def turned(direction):
    return OUT if direction == IN else IN


class Switch:
    """Rules for everything of both families that can be turned from allow to deny."""

    def __init__(self, b):
        self.b, self.ids = b, {}
        b.group("sg-a", type="enterprise")
        b.port("sg-a")

    def __call__(self, inbound, outbound):
        self.b.unrule(*self.ids.values())
        self.ids = {}
        for direction, policy in (IN, inbound), (OUT, outbound):
            for family, any_of in (4, ANY4), (6, ANY6):
                self.ids[direction, family] = self.b.rule(
                    f"sg-a {direction} {policy} all {'from' if direction == IN else 'to'} {any_of}")

    def only(self, direction):
        """Allows one direction."""
        self(*(("allow", "deny") if direction == IN else ("deny", "allow")))


def ports(direction, opener, near, far):
    """Source and destination port of a packet of a flow that the opener began from near to far."""
    return (near, far) if direction == opener else (far, near)


def only_session(b, **want):
    found = b.sessions()
    if len(found) != 1:
        raise Wrong(f"{len(found)} sessions: {found}")
    got = {key: found[0].get(key.replace("_", "-")) for key in want}
    if got != want:
        raise Wrong(f"session {got}, not {want}")


@test("E3 S4 a session lets both directions through, whatever the rules say later")
def _(b):
    switch = Switch(b)
    for peer in b.peer, b.peer6:
        v6 = ":" in peer
        family = 6 if v6 else 4
        for opener in BOTH:
            back, near = turned(opener), b.number()
            switch.only(opener)
            # The answer alone is nothing
            b.expect(back, udp(*ports(back, opener, near, 53)), "rule-deny",
                     switch.ids[back, family], peer=peer)
            for transport in udp(near, 53), tcp(near, 80):
                b.expect(opener, transport, "rule-allow", switch.ids[opener, family], peer=peer)
            b.expect(back, udp(53, near), "session", peer=peer)
            b.expect(back, tcp(80, near, "SA"), "session", peer=peer)
            switch("deny", "deny")
            for direction in BOTH:
                flow = ports(direction, opener, near, 53)
                b.expect(direction, udp(*flow), "session", peer=peer)
                b.expect(direction, tcp(*ports(direction, opener, near, 80), "PA", b"data"),
                         "session", peer=peer)
                # Neighbours of it are not
                for others in ((flow[0] + 1, flow[1]), (flow[0], flow[1] + 1), flow[::-1]):
                    b.expect(direction, udp(*others), "rule-deny", switch.ids[direction, family],
                             peer=peer)
                b.expect(direction, udp(*flow), "rule-deny", switch.ids[direction, family],
                         peer="2001:db8:9::a" if v6 else "192.0.2.10")
                b.expect(direction, udp(*flow), "rule-deny", switch.ids[direction, family],
                         peer=peer, local="2001:db8::6" if v6 else "10.0.0.6")


@test("E3 S12 flows of the same ports to other addresses are others, right behind a packet of the first too")
def _(b):
    switch = Switch(b)
    for near, far in ("192.0.2.9", "192.0.2.10"), ("2001:db8:9::9", "2001:db8:9::a"):
        family, flow = 6 if ":" in near else 4, (b.number(), 53)
        switch("allow", "allow")
        b.expect(OUT, udp(*flow), "rule-allow", switch.ids[OUT, family], peer=near)
        b.expect(IN, udp(*flow[::-1]), "session", peer=near)
        switch("deny", "deny")
        for _ in range(3):
            b.expect(OUT, udp(*flow), "session", peer=near)
            b.expect(OUT, udp(*flow), "rule-deny", switch.ids[OUT, family], peer=far)


@test("S12 E3 a flow of the same addresses and ports in another namespace is another", ("guest",))
def _(b):
    here = Switch(b)
    here.only(OUT)
    there = Bench("q0")
    try:
        switch = Switch(there)
        switch("deny", "deny")
        for family, peer in (4, b.peer), (6, b.peer6):
            flow = (b.number(), 53)
            back = flow[::-1]
            b.expect(OUT, udp(*flow), "rule-allow", here.ids[OUT, family], peer=peer)
            b.expect(IN, udp(*back), "session", peer=peer)
            b.expect(OUT, udp(*flow), "session", peer=peer)
            there.expect(IN, udp(*back), "rule-deny", switch.ids[IN, family], peer=peer)
            there.expect(OUT, udp(*flow), "rule-deny", switch.ids[OUT, family], peer=peer)
        if len(b.sessions()) != 2 or there.sessions():
            raise Wrong(f"here {b.sessions()}, there {there.sessions()}")
        # One of its own goes when that port does, and the other one stays
        switch.only(OUT)
        there.expect(OUT, udp(*flow), "rule-allow", switch.ids[OUT, 6], peer=b.peer6)
        there.expect(IN, udp(*back), "session", peer=b.peer6)
        there.reset()
        b.expect(IN, udp(*back), "session", peer=b.peer6)
        b.expect(OUT, udp(*flow), "session", peer=b.peer6)
    finally:
        there.reset()
        b.host.enter()


@test("S12 E3 other protocols are told by their addresses alone")
def _(b):
    switch = Switch(b)
    for number, (proto, opener) in enumerate((p, d) for p in (GRE, SCTP, 50, 253, 0, 59)
                                             for d in BOTH):
        back = turned(opener)
        peer = f"198.51.100.{number}"
        switch.only(opener)
        b.expect(back, other(proto), "rule-deny", switch.ids[back, 4], peer=peer)
        b.expect(opener, other(proto), "rule-allow", switch.ids[opener, 4], peer=peer)
        switch("deny", "deny")
        for direction in BOTH:
            b.expect(direction, other(proto, b"\xff\x01" * 10), "session", peer=peer)
            b.expect(direction, other(proto, b""), "session", peer=peer)
            b.expect(direction, other(99), "rule-deny", switch.ids[direction, 4], peer=peer)
            b.expect(direction, other(proto), "rule-deny", switch.ids[direction, 4],
                     peer="203.0.113.1")


@test("S12 an echo is told by addresses and id, opened by a request, and answered by replies")
def _(b):
    switch = Switch(b)
    for v6 in False, True:
        peer, family = (b.peer6, 6) if v6 else (b.peer, 4)
        for opener in BOTH:
            back, ident = turned(opener), b.number()
            switch.only(opener)
            b.expect(opener, echo(ident, v6=v6), "rule-allow", switch.ids[opener, family])
            switch("deny", "deny")
            b.expect(back, echo(ident, True, v6), "session")
            b.expect(opener, echo(ident, v6=v6, seq=2), "session")
            b.expect(back, echo(ident, True, v6, seq=9), "session")
            for direction, transport in (
                    (back, echo(ident, v6=v6)), (opener, echo(ident, True, v6)),
                    (back, echo(ident + 10000, True, v6)), (opener, echo(ident + 10000, v6=v6))):
                b.expect(direction, transport, "rule-deny", switch.ids[direction, family])
            b.expect(back, echo(ident, True, v6), "rule-deny", switch.ids[back, family],
                     peer="2001:db8:9::a" if v6 else "192.0.2.10")
            b.expect(back, echo(ident, True, v6), "session")
            # A request of the other side, once allowed, is a session of its own opening
            switch("allow", "allow")
            b.expect(back, echo(ident, v6=v6), "rule-allow", switch.ids[back, family])
            switch("deny", "deny")
            b.expect(opener, echo(ident, True, v6), "session")
            b.expect(back, echo(ident, True, v6), "rule-deny", switch.ids[back, family])


@test("S12 a reply without a request is judged by the rules and opens nothing")
def _(b):
    switch = Switch(b)
    for v6 in False, True:
        family = 6 if v6 else 4
        for direction in BOTH:
            ident = b.number()
            switch("allow", "allow")
            b.expect(direction, echo(ident, True, v6), "rule-allow", switch.ids[direction, family])
            b.expect(direction, echo(ident, True, v6), "rule-allow", switch.ids[direction, family])
            if b.sessions():
                raise Wrong(f"{b.sessions()}")
            switch("deny", "deny")
            b.expect(direction, echo(ident, True, v6), "rule-deny", switch.ids[direction, family])
            b.expect(turned(direction), echo(ident, v6=v6), "rule-deny",
                     switch.ids[turned(direction), family])


@test("S12 ICMP other than echo opens none and is part of none")
def _(b):
    switch = Switch(b)
    switch("allow", "allow")
    # An echo with an id of 0, which other types have in its place
    b.out(echo(0), "rule-allow", switch.ids[OUT, 4])
    b.out(echo(0, v6=True), "rule-allow", switch.ids[OUT, 6])
    kinds = [(4, icmp(t, c, bytes(32))) for t, c in ((3, 1), (11, 0), (13, 0), (14, 0), (42, 0))]
    kinds += [(6, icmp6(t, 0, bytes(44))) for t in (1, 3, 4, 139, 200)]
    for direction in BOTH:
        for family, transport in kinds:
            b.expect(direction, transport, "rule-allow", switch.ids[direction, family])
            b.expect(direction, transport, "rule-allow", switch.ids[direction, family])
    if len(b.sessions()) != 2:
        raise Wrong(f"{b.sessions()}")
    switch("deny", "deny")
    b.inn(echo(0, True), "session")
    for direction in BOTH:
        for family, transport in kinds:
            b.expect(direction, transport, "rule-deny", switch.ids[direction, family])


@test("S5 outside the adopt window TCP opens a session with a SYN alone")
def _(b):
    switch = Switch(b)
    switch("allow", "allow")
    b.set(adopt=0)
    for direction in BOTH:
        for flags in "A", "SA", "PA", "FA", "F", "R", "RA", "U":
            b.expect(direction, tcp(b.number(), 80, flags), "tcp-no-session")
    if b.sessions():
        raise Wrong(f"{b.sessions()}")
    b.inn(tcp(b.number(), 80, "S"), "rule-allow", switch.ids[IN, 4])
    only_session(b, state="opened", opener="in")


@test("S5 in the adopt window TCP that began before opens a session, unless it is a FIN or RST")
def _(b):
    switch = Switch(b)
    for peer, family in (b.peer, 4), (b.peer6, 6):
        for direction in BOTH:
            switch.only(direction)
            for flags in "FA", "F", "R", "RA", "FPU":
                b.expect(direction, tcp(b.number(), 80, flags), "tcp-no-session", peer=peer)
            for flags in "A", "PA", "SA", "U", "PAU":
                near = b.number()
                b.expect(direction, tcp(near, 80, flags), "rule-allow",
                         switch.ids[direction, family], peer=peer)
                found = [s for s in b.sessions() if near in (s["local-port"], s["peer-port"])]
                got = [(s["opener"], s["state"], s["rule"]) for s in found]
                if got != [(direction, "opened", switch.ids[direction, family])] or \
                        not 28 <= found[0]["expires"] <= 30:
                    raise Wrong(f"{found}")
                # It is a session like any other
                b.expect(turned(direction), tcp(80, near, "PA"), "session", peer=peer)
                b.expect(direction, tcp(near, 80, "FA"), "session", peer=peer)


@test("S5 what is denied in its own direction is judged in the other, whose side is the opener")
def _(b):
    switch = Switch(b)
    for peer, family in (b.peer, 4), (b.peer6, 6):
        for opener in BOTH:
            back = turned(opener)
            switch.only(opener)
            for flags in "A", "PA", "SA":
                near = b.number()
                b.expect(back, tcp(80, near, flags), "rule-allow", switch.ids[opener, family],
                         peer=peer)
                found = [s for s in b.sessions() if near in (s["local-port"], s["peer-port"])]
                got = [(s["opener"], s["state"], s["rule"]) for s in found]
                if got != [(opener, "established", switch.ids[opener, family])] or \
                        found[0]["expires"] < 908:
                    raise Wrong(f"{found}")
                # The opener may repeat its SYN, the other side may not send one
                b.expect(back, tcp(80, near), "rule-deny", switch.ids[back, family], peer=peer)
                b.expect(opener, tcp(near, 80, "A"), "session", peer=peer)
    b.unrule(*switch.ids.values())
    switch.ids = {}
    # The ports of the mirror image are those of the opener: a rule about port 80 fits it alone
    near = b.number()
    rule = b.rule(f"sg-a in allow tcp port 80/80 from {ANY4}")
    b.out(tcp(near, 80, "A"), "tcp-no-session")
    b.inn(tcp(80, near, "A"), "tcp-no-session")
    b.out(tcp(80, near, "A"), "rule-allow", rule)
    b.inn(tcp(near, 80, "A"), "session")
    if any(s["opener"] == "in" and s["local-port"] != 80 for s in b.sessions()):
        raise Wrong(f"{b.sessions()}")


@test("S5 where both directions are denied nothing is adopted, as outside the window")
def _(b):
    switch = Switch(b)
    switch("deny", "deny")
    before = len(b.sessions())
    for direction in BOTH:
        for flags in "A", "SA", "PA":
            b.expect(direction, tcp(b.number(), 80, flags), "tcp-no-session")
    b.out(tcp(b.number(), 25, "A"), "smtp")
    b.inn(tcp(25, b.number(), "A"), "tcp-no-session")
    b.leave("sg-a")
    b.out(tcp(b.number(), 80, "A"), "no-group")
    if len(b.sessions()) != before:
        raise Wrong(f"{b.sessions()}")


@test("S5 E5 E6 adopting knows mail, fellow members and the defaults of groups")
def _(b):
    b.group("sg-a")
    b.member("sg-a", "10.0.0.8")
    b.port("sg-a")
    # Outbound by default: either side's packet finds that the port's side was the opener
    b.out(tcp(b.number(), 80, "A"), "default-allow")
    only_session(b, opener="out", state="opened", reason="default-allow")
    b.inn(tcp(80, near := b.number(), "A"), "default-allow")
    if [(s["opener"], s["state"]) for s in b.sessions() if s["local-port"] == near] != \
            [("out", "established")]:
        raise Wrong(f"{b.sessions()}")
    b.inn(tcp(b.number(), 80, "A"), "member", peer="10.0.0.8")
    # To port 25 nobody has opened anything that counts
    b.out(tcp(b.number(), 25, "A"), "smtp")
    b.inn(tcp(25, b.number(), "A"), "tcp-no-session")
    # Multicast is never adopted; the rules judge it
    b.out(tcp(b.number(), 80, "A"), "default-allow", peer="224.0.0.251")
    b.inn(tcp(b.number(), 80, "A"), "default-deny", local="224.0.0.251")
    if len(b.sessions()) != 3:
        raise Wrong(f"{b.sessions()}")


@test("S5 the window is counted from attaching, and can be set at any time")
def _(b):
    switch = Switch(b)
    switch.only(OUT)
    b.set(adopt=0)
    b.out(tcp(b.number(), 80, "A"), "tcp-no-session")
    b.set(adopt=300)
    b.out(tcp(b.number(), 80, "A"), "rule-allow", switch.ids[OUT, 4])
    time.sleep(2.1)
    b.set(adopt=2)
    b.out(tcp(b.number(), 80, "A"), "tcp-no-session")
    b.set(adopt=910)
    b.out(tcp(b.number(), 80, "A"), "rule-allow", switch.ids[OUT, 4])


@test("S4 the opener's repeat of a SYN is part of its session, unanswered or established")
def _(b):
    switch = Switch(b)
    for opener in BOTH:
        back, near = turned(opener), b.number()
        switch.only(opener)
        b.expect(opener, tcp(near, 80), "rule-allow", switch.ids[opener, 4])
        switch("deny", "deny")
        b.expect(opener, tcp(near, 80), "session")
        b.expect(back, tcp(80, near, "SA"), "session")
        b.expect(opener, tcp(near, 80), "session")
        b.expect(opener, tcp(near, 80, "A"), "session")
        b.expect(opener, tcp(near, 80), "session")
        b.expect(back, tcp(80, near, "SA"), "session")


@test("S4 a SYN of the other side is judged: it replaces the session if allowed")
def _(b):
    switch = Switch(b)
    for answered in False, True:
        for opener in BOTH:
            back, near = turned(opener), b.number()
            switch.only(opener)
            b.expect(opener, tcp(near, 80), "rule-allow", switch.ids[opener, 4])
            if answered:
                b.expect(back, tcp(80, near, "SA"), "session")
                b.expect(opener, tcp(near, 80, "A"), "session")
            switch.only(back)
            b.expect(back, tcp(80, near), "rule-allow", switch.ids[back, 4])
            found = [s for s in b.sessions() if near in (s["local-port"], s["peer-port"])]
            if [(s["opener"], s["state"]) for s in found] != [(back, "opened")]:
                raise Wrong(f"{found}")
            # Now it is this side's to repeat it
            switch("deny", "deny")
            b.expect(back, tcp(80, near), "session")
            b.expect(opener, tcp(near, 80), "rule-deny", switch.ids[opener, 4])


@test("S4 behind a SYN that replaces a session, packets answer the new one")
def _(b):
    switch = Switch(b)
    switch("allow", "allow")
    for opener in BOTH:
        back, near = turned(opener), b.number()
        b.expect(opener, tcp(near, 80), "rule-allow", switch.ids[opener, 4])
        b.expect(back, tcp(80, near, "SA"), "session")
        # Known by now to whatever remembers flows
        for _ in range(3):
            b.expect(opener, tcp(near, 80, "A"), "session")
        b.expect(back, tcp(80, near), "rule-allow", switch.ids[back, 4])
        b.expect(opener, tcp(near, 80, "A"), "session")
        found = [s for s in b.sessions() if near in (s["local-port"], s["peer-port"])]
        if [(s["opener"], s["state"]) for s in found] != [(back, "established")]:
            raise Wrong(f"{found}")


@test("S4 a SYN of the other side is judged: it leaves the session alone if denied")
def _(b):
    switch = Switch(b)
    for answered in False, True:
        for opener in BOTH:
            back, near = turned(opener), b.number()
            switch.only(opener)
            b.expect(opener, tcp(near, 80), "rule-allow", switch.ids[opener, 4])
            if answered:
                b.expect(back, tcp(80, near, "SA"), "session")
            b.expect(back, tcp(80, near), "rule-deny", switch.ids[back, 4])
            found = [s for s in b.sessions() if near in (s["local-port"], s["peer-port"])]
            if [(s["opener"], s["state"]) for s in found] != [
                    (opener, "established" if answered else "opened")]:
                raise Wrong(f"{found}")
            switch("deny", "deny")
            b.expect(back, tcp(80, near), "rule-deny", switch.ids[back, 4])
            b.expect(back, tcp(80, near, "SA"), "session")
            b.expect(opener, tcp(near, 80, "PA", b"data"), "session")
            b.expect(back, tcp(80, near, "A"), "session")


@test("S6 after FIN from both sides a SYN begins another connection, which is judged")
def _(b):
    switch = Switch(b)
    for opener in BOTH:
        back, near = turned(opener), b.number()
        switch.only(opener)
        b.expect(opener, tcp(near, 80), "rule-allow", switch.ids[opener, 4])
        b.expect(back, tcp(80, near, "SA"), "session")
        b.expect(opener, tcp(near, 80, "FA"), "session")
        b.expect(back, tcp(80, near, "PA", b"more"), "session")
        b.expect(back, tcp(80, near, "FA"), "session")
        state = [s["state"] for s in b.sessions() if near in (s["local-port"], s["peer-port"])]
        if state != ["closing"]:
            raise Wrong(f"{state}")
        b.expect(opener, tcp(near, 80, "A"), "session")
        b.expect(opener, tcp(near, 80), "rule-allow", switch.ids[opener, 4])
        state = [s["state"] for s in b.sessions() if near in (s["local-port"], s["peer-port"])]
        if state != ["opened"]:
            raise Wrong(f"{state}")
        switch("deny", "deny")
        b.expect(back, tcp(80, near, "SA"), "session")


@test("S6 a RST alone ends no session, and what its claimed sender sends undoes it")
def _(b):
    switch = Switch(b)
    for opener in BOTH:
        back, near = turned(opener), b.number()
        switch.only(opener)

        def state(want, near=near):
            got = [(s["state"], s["expires"]) for s in b.sessions()
                   if near in (s["local-port"], s["peer-port"])]
            if len(got) != 1 or got[0][0] != want[0] or not want[1] - 2 <= got[0][1] <= want[1]:
                raise Wrong(f"{got}, not {want}")

        b.expect(opener, tcp(near, 80), "rule-allow", switch.ids[opener, 4])
        b.expect(back, tcp(80, near, "SA"), "session")
        switch("deny", "deny")
        for sender, flags in (back, "R"), (opener, "RA"):
            other_side = turned(sender)
            # However many have just passed
            for direction in (sender, other_side) * 2:
                b.expect(direction, tcp(*ports(direction, opener, near, 80), "PA", b"x"), "session")
            b.expect(sender, tcp(*ports(sender, opener, near, 80), flags), "session")
            state(("reset", 60))
            # The other side says nothing about it
            b.expect(other_side, tcp(*ports(other_side, opener, near, 80), "PA", b"x"), "session")
            state(("reset", 60))
            b.expect(sender, tcp(*ports(sender, opener, near, 80), "PA", b"x"), "session")
            state(("established", 910))


@test("S1 E3 each packet starts the idle time anew, however many came before it")
def _(b):
    switch = Switch(b)
    switch.only(OUT)
    flows = {}
    for peer in b.peer, b.peer6:
        number = flows[peer] = b.number()
        b.out(udp(number, 53), "rule-allow", switch.ids[OUT, 6 if ":" in peer else 4], peer=peer)
        for _ in range(3):
            b.inn(udp(53, number), "session", peer=peer)
            b.out(udp(number, 53), "session", peer=peer)
    time.sleep(3.1)
    idle = [s["expires"] for s in b.sessions()]
    for direction, peer in (OUT, b.peer), (IN, b.peer6):
        b.expect(direction, udp(*ports(direction, OUT, flows[peer], 53)), "session", peer=peer)
    touched = [s["expires"] for s in b.sessions()]
    if not max(idle) < 908 <= min(touched) or len(touched) != 2:
        raise Wrong(f"{idle}, then {touched}")


@test("S9 moving a port to other groups loses no session, and new ones are judged by the new set")
def _(b):
    b.group("sg-a")
    b.group("sg-e", type="enterprise")
    allow = b.rule(f"sg-a in allow all from {ANY4}")
    b.port("sg-a")
    near = b.number()
    b.inn(tcp(near, 80), "rule-allow", allow)
    b.out(tcp(80, near, "SA"), "session")
    b.out(udp(near, 53), "default-allow")
    b.out(echo(near), "default-allow")
    for group in "sg-e", "sg-a", "sg-e":
        b.move(group)
        b.inn(tcp(near, 80, "A"), "session")
        b.inn(udp(53, near), "session")
        b.inn(echo(near, True), "session")
        later = b.number()
        old = group == "sg-a"
        b.inn(tcp(later, 80), *(("rule-allow", allow) if old else ("default-deny",)))
        b.out(udp(later, 53), "default-allow" if old else "default-deny")
    # The vendor's own way: join, then leave; here from one type to the same
    b.group("sg-f", type="enterprise")
    b.join("sg-f")
    b.leave("sg-e")
    b.inn(udp(53, near), "session")
    b.out(tcp(80, near, "A"), "session")


def quota_port(b, quota):
    """A port that may hold so many sessions; all may begin, and nothing else passes."""
    b.group("sg-a", type="enterprise")
    for direction in BOTH:
        word = "from" if direction == IN else "to"
        b.rule(f"sg-a {direction} allow all {word} {ANY4}")
    b.port("sg-a", sessions_max=quota, adopt=0)
    return {d: r["id"] for d in BOTH for r in b.nl.dump("rule-get") if r["direction"] == d}


def near_ends(b):
    """The port's own numbers of all sessions, oldest first as they were given out."""
    return sorted(s["local-port"] for s in b.sessions())


@test("S10 at its quota a port ends the oldest of its sessions that was never answered")
def _(b):
    rules = quota_port(b, 4)
    for kind in udp, tcp:
        for opener in BOTH:
            first = [b.number() for _ in range(4)]
            for near in first:
                b.expect(opener, kind(*ports(opener, OUT, near, 80)), "rule-allow", rules[opener])
            if near_ends(b) != first:
                raise Wrong(f"{b.sessions()}")
            # The second is heard again by its opener, which is no answer
            b.expect(opener, kind(*ports(opener, OUT, first[1], 80)), "session")
            back = turned(opener)
            b.expect(back, udp(*ports(back, OUT, first[2], 80)) if kind is udp else
                     tcp(*ports(back, OUT, first[2], 80), "SA"), "session")
            later = [b.number() for _ in range(5)]
            kept = [first[2]]
            for n, near in enumerate(later):
                b.expect(opener, kind(*ports(opener, OUT, near, 80)), "rule-allow", rules[opener])
                want = sorted(kept + ([first[0], first[1], first[3]] + later[:n + 1])[n + 1:])
                if near_ends(b) != want:
                    raise Wrong(f"{near_ends(b)}, not {want}")
            b.expect(back, udp(*ports(back, OUT, first[2], 80)) if kind is udp else
                     tcp(*ports(back, OUT, first[2], 80), "A"), "session")
            b.leave("sg-a")  # cuts them all, whose marks make room first
            b.join("sg-a")


@test("S10 what all sessions take up is told in the first network namespace alone")
def _(b):
    rules = quota_port(b, 4)
    b.out(udp(b.number(), 80), "rule-allow", rules[OUT])
    if "session-bytes" in b.namespace_stats():
        raise Wrong("another network namespace is told")
    first = "nsenter", "--net=/proc/1/ns/net"
    shown = {row["name"]: row["value"] for row in json.loads(b.host.run(*first, "sgnl", "-j", "stats"))}
    if shown.get("session-bytes", 0) < 1024:
        raise Wrong(f"{shown}")


# By the number that the session's key has for its port, 1 to 4: host of 192.0.2.0/24 and port of peers. The SipHash-1-3,
# with a key of 0, of their UDP to port 53 of 10.0.0.5 has the same bits wherever they tell the part of the table (0 to
# 9), and the two buckets of a short array (28 to 31 of it, and of it times 2654435761).
SHARING = (
    ((1, 55933), (3, 35321), (6, 62504), (9, 43832), (13, 50798), (16, 57839), (26, 63385), (29, 39967)),
    ((18, 15977), (19, 22350), (27, 33841), (29, 21071), (29, 22351), (38, 37321), (53, 55296), (58, 15919)),
    ((3, 20784), (9, 60575), (12, 8671), (20, 23654), (28, 39806), (30, 15923), (30, 23426), (36, 44896)),
    ((12, 61806), (21, 37544), (27, 23321), (31, 45560), (31, 61481), (32, 15873), (32, 41849), (32, 58698)),
)


@test("S10 flows that would share a bucket, were the key of its hash known, all find room", ("guest",))
def _(b):
    b.group("sg-a", type="enterprise")
    rule = b.rule("sg-a in allow udp port 53 from 192.0.2.0/24")
    b.port("sg-a")
    for flows in SHARING:
        for host, port in flows:
            b.inn(udp(port, 53), "rule-allow", rule, peer=f"192.0.2.{host}")


@test("S10 answered sessions are never ended for others: the new one is refused, reason quota")
def _(b):
    rules = quota_port(b, 3)
    flows = [(b.number(), kind, opener) for kind, opener in ((udp, IN), (tcp, OUT), (echo, IN))]

    def packet(near, kind, opener, direction, flags="A"):
        if kind is echo:
            return echo(near, direction != opener)
        ends = ports(direction, OUT, near, 80)
        return tcp(*ends, flags) if kind is tcp else udp(*ends)

    for near, kind, opener in flows:
        b.expect(opener, packet(near, kind, opener, opener, "S"), "rule-allow", rules[opener])
        b.expect(turned(opener), packet(near, kind, opener, turned(opener), "SA"), "session")
    for direction in BOTH:
        for kind in udp, tcp:
            b.expect(direction, kind(b.number(), 80), "quota", rules[direction])
        b.expect(direction, echo(b.number()), "quota", rules[direction])
        said = b.explained(direction, frame(ip(*ports(direction, OUT, b.local, b.peer), udp(b.number(), 80))))
        if said != ("quota", rules[direction]):
            raise Wrong(f"explained as {said}")
    if b.namespace_stats()["sessions"] != 3:
        raise Wrong(f"{b.sessions()}")
    for near, kind, opener in flows:
        for direction in BOTH:
            b.expect(direction, packet(near, kind, opener, direction), "session")
    # More room by a word; a lower quota ends none
    b.set(sessions_max=4)
    b.out(udp(b.number(), 80), "rule-allow", rules[OUT])
    b.set(sessions_max=1)
    if len(b.sessions()) != 4:
        raise Wrong(f"{b.sessions()}")
    b.out(udp(near := b.number(), 80), "rule-allow", rules[OUT])
    if len(b.sessions()) != 4 or near not in near_ends(b):
        raise Wrong(f"{b.sessions()}")
    b.inn(udp(80, near), "session")
    b.out(udp(b.number(), 80), "quota", rules[OUT])


@test("S10 S6 a reset session makes room, and one whose RST was undone does not")
def _(b):
    rules = quota_port(b, 3)
    opened = [b.number() for _ in range(3)]
    for near in opened:
        b.out(tcp(near, 80), "rule-allow", rules[OUT])
        b.inn(tcp(80, near, "SA"), "session")
    # Reset in this order, and the first of them heard again
    for near in opened[1], opened[2], opened[0]:
        b.inn(tcp(80, near, "R"), "session")
    b.inn(tcp(80, opened[1], "A"), "session")
    b.inn(udp(first := b.number(), 80), "rule-allow", rules[IN], peer="192.0.2.10")
    b.inn(udp(80, 1), "rule-allow", rules[IN], peer="192.0.2.10")
    left = {s["local-port"] for s in b.sessions() if s["proto"] == 6}
    if left != {opened[1]}:
        raise Wrong(f"{b.sessions()}; {opened}")
    b.out(udp(80, first), "session", peer="192.0.2.10")
    b.out(udp(1, 80), "session", peer="192.0.2.10")
    for direction in BOTH:
        b.expect(direction, tcp(*ports(direction, OUT, opened[1], 80), "A"), "session")


@test("S10 S4 a session that another one replaces makes room for it")
def _(b):
    rules = quota_port(b, 1)
    near = b.number()
    b.out(tcp(near, 80), "rule-allow", rules[OUT])
    b.inn(tcp(80, near, "SA"), "session")
    b.out(tcp(b.number(), 80), "quota", rules[OUT])
    b.out(tcp(near, 80, "FA"), "session")
    b.inn(tcp(80, near, "FA"), "session")
    b.out(tcp(b.number(), 80), "quota", rules[OUT])
    b.out(tcp(near, 80), "rule-allow", rules[OUT])
    only_session(b, state="opened", local_port=near)
    b.inn(tcp(80, near), "rule-allow", rules[IN])
    only_session(b, state="opened", opener="in", local_port=near)


@test("S10 a flood of openings ends nothing that was answered")
def _(b):
    rules = quota_port(b, 50)
    near = [b.number() for _ in range(20)]
    for n in near:
        b.out(tcp(n, 80), "rule-allow", rules[OUT])
        b.inn(tcp(80, n, "SA"), "session")
    flood = [frame(ip(f"198.51.{n >> 8}.{n & 255}", b.local, tcp(n + 1, 80)))
             for n in range(3000)]
    arrived, reasons = b.judge(IN, flood)
    if reasons != {(IN, "rule-allow"): 3000} or not all(arrived):
        raise Wrong(f"{reasons}")
    b.new_hits()
    if b.namespace_stats()["sessions"] != 50:
        raise Wrong(f"{b.namespace_stats()}")
    for n in near:
        b.inn(tcp(80, n, "A"), "session")


@test("E9 S12 sessions are listed as they are")
def _(b):
    b.group("sg-a")
    b.member("sg-a", "10.0.0.8", "2001:db8::8")
    allow = b.rule(f"sg-a in allow tcp port 443/443 from {ANY4}")
    b.port("sg-a")
    flows = [
        (IN, tcp(1111, 443), b.peer, "rule-allow", allow, 6, 443, 1111, tcp(443, 1111, "SA")),
        (OUT, udp(2222, 53), b.peer6, "default-allow", None, 17, 2222, 53, None),
        (IN, udp(3333, 7), "10.0.0.8", "member", None, 17, 7, 3333, udp(7, 3333)),
        (IN, echo(44, v6=True), "2001:db8::8", "member", None, 58, 44, 44, None),
        (OUT, other(GRE), b.peer, "default-allow", None, 47, 0, 0, other(GRE)),
        (OUT, tcp(5555, 80), "100.100.100.200", "metaserver", None, 6, 5555, 80, None),
    ]
    want = []
    for direction, opening, peer, reason, rule, proto, local, remote, answer in flows:
        b.expect(direction, opening, reason, rule, peer=peer)
        if answer:
            b.expect(turned(direction), answer, "session", peer=peer)
        want.append({"proto": proto, "local-address": b.local6 if ":" in peer else b.local,
                     "local-port": local, "peer-address": peer, "peer-port": remote,
                     "opener": direction, "state": "established" if answer else "opened",
                     "phase": "established" if answer else "opened", "reset-by": 0, "reason": reason, **({"rule": rule} if rule else {})})
    times = "age", "idle", "expires", "ifindex", "generation"
    found = [{k: v for k, v in s.items() if k not in times} for s in b.sessions()]
    key = json.dumps
    if sorted(map(lambda s: key(s, sort_keys=True), found)) != \
            sorted(map(lambda s: key(s, sort_keys=True), want)):
        raise Wrong(f"{found}\nnot {want}")
    for s in b.sessions():
        limit = 30 if s["proto"] == 6 and s["state"] == "opened" else 910
        if s["age"] > 5 or s["idle"] > s["age"] or not limit - 5 <= s["expires"] <= limit:
            raise Wrong(f"{s}")
    # And as the tool shows them
    shown = json.loads(b.host.run("sgnl", "-j", "session", "show", b.device))
    if len(shown) != len(want):
        raise Wrong(f"the tool shows {len(shown)} sessions of {len(want)}: {shown}")
    text = json.dumps(shown)
    for s in want:
        if f'"{s["peer-address"]}"' not in text:
            raise Wrong(f"the tool does not show {s['peer-address']}: {shown}")


@test("E9 multicast and broadcast open no session")
def _(b):
    switch = Switch(b)
    switch("allow", "allow")
    for direction in BOTH:
        for group in "224.0.0.251", "239.255.255.250", "255.255.255.255", "ff02::fb", "ff0e::1":
            v6 = ":" in group
            ends = {"peer": group} if direction == OUT else \
                {"local": group, "peer": b.peer6 if v6 else b.peer}
            for transport in udp(b.number(), 53), other(253), tcp(b.number(), 80), echo(7, v6=v6):
                b.expect(direction, transport, "rule-allow", switch.ids[direction, 6 if v6 else 4],
                         **ends)
        # The link's broadcast, whatever the address
        for mac in BROADCAST_MAC, b"\x01\x00\x5e\x00\x00\x01":
            b.expect(direction, udp(b.number(), 53), "rule-allow", switch.ids[direction, 4],
                     mac=mac, peer="192.0.2.255" if direction == OUT else None)
        if len(b.sessions()) != BOTH.index(direction):
            raise Wrong(f"{b.sessions()}")
        # As a unicast the same is one
        b.expect(direction, udp(b.number(), 53), "rule-allow", switch.ids[direction, 4],
                 mac=DEFAULT_MAC, peer="192.0.2.255")
        if len(b.sessions()) != BOTH.index(direction) + 1:
            raise Wrong(f"{b.sessions()}")


@test("E9 E6 multicast and broadcast of a fellow member are judged by the rules")
def _(b):
    b.group("sg-a")
    b.member("sg-a", "10.0.0.6", "2001:db8::6")
    b.port("sg-a")
    for local, peer in (("224.0.0.251", "10.0.0.6"), ("255.255.255.255", "10.0.0.6"),
                        ("ff02::fb", "2001:db8::6")):
        b.inn(udp(b.number(), 53), "default-deny", peer=peer, local=local)
        b.inn(udp(b.number(), 53), "member", peer=peer)
    b.inn(udp(b.number(), 53), "default-deny", peer="10.0.0.6", local="10.0.0.255",
          mac=BROADCAST_MAC)
    allow = b.rule(f"sg-a in allow udp from {ANY4}")
    b.inn(udp(b.number(), 53), "rule-allow", allow, peer="10.0.0.6", local="224.0.0.251")


@test("E9 a unicast answer to a multicast is judged by itself")
def _(b):
    switch = Switch(b)
    switch.only(OUT)
    near = b.number()
    b.out(udp(near, 5353), "rule-allow", switch.ids[OUT, 4], peer="224.0.0.251")
    b.inn(udp(5353, near), "rule-deny", switch.ids[IN, 4], peer="224.0.0.251")
    b.inn(udp(5353, near), "rule-deny", switch.ids[IN, 4])


@test("E9 what is denied opens none, and platform traffic but the metadata server's neither")
def _(b):
    switch = Switch(b)
    switch("deny", "deny")
    for direction in BOTH:
        b.expect(direction, udp(b.number(), 53), "rule-deny", switch.ids[direction, 4])
        b.expect(direction, icmp(3, 4, bytes(32)), "pmtud")
    b.out(udp(68, 67), "dhcp")
    b.inn(udp(67, 68), "dhcp")
    if b.sessions():
        raise Wrong(f"{b.sessions()}")
    b.out(udp(1, 53), "metaserver", peer="100.100.100.200")
    only_session(b, reason="metaserver", opener="out")


def reply_of_stack(b, policy):
    """What comes back by itself when a SYN for a closed port, and then UDP, come to the host."""
    b.group("sg-a")
    b.rule(f"sg-a out {policy} all to {ANY4}")
    b.rule(f"sg-a in allow icmp from {ANY4}")
    b.port("sg-a")
    b.far_noise()
    for transport in tcp(b.number(), 4444), udp(b.number(), 4444):
        b.send(OUT, [frame(ip(b.local, b.peer, transport), mac=b.mac)])
    heard = b.far_noise()
    if not b.new_hits():
        raise Wrong("no rule decided")
    return heard


@test("E10 a denied packet is answered by nothing, neither RST nor ICMP", sides=("guest",))
def _(b):
    # The host itself is the peer
    b.host.run("ip", "address", "replace", f"{b.peer}/32", "dev", b.device)
    b.host.run("ip", "route", "replace", b.local, "dev", b.device)
    b.host.run("ip", "neighbour", "replace", b.local, "lladdr", "02:00:00:00:00:05", "dev", b.device)
    try:
        heard = reply_of_stack(b, "allow")
        protocols = sorted(data[23] for data in heard)
        if protocols != [1, 6]:
            raise Wrong(f"allowed: what came back is of protocols {protocols}")
        b.reset(b.side)
        heard = reply_of_stack(b, "deny")
        if heard:
            raise Wrong(f"denied: {[data.hex() for data in heard]} came back")
    finally:
        b.host.run("ip", "address", "flush", "dev", b.device)


@test("E10 each denied packet is reported, with its reason, rule and first bytes")
def _(b):
    b.group("sg-a")
    rule = b.rule(f"sg-a in deny udp port 7/7 from {ANY4}")
    rule_out = b.rule(f"sg-a out deny udp port 7/7 to {ANY6}")
    b.port("sg-a")
    b.events.listen("denials")
    b.events.events()
    long, tagged = ip(b.peer, b.local, udp(1, 7, bytes(range(200)))), b.side == "self"
    cases = [
        (IN, frame(long), "rule-deny", rule, 0x0800, long),
        (OUT, frame(p := ip(b.local6, b.peer6, udp(1, 7))), "rule-deny", rule_out, 0x86dd, p),
        (IN, frame(p := ip(b.peer, b.local, tcp(1, 7))), "default-deny", None, 0x0800, p),
        (OUT, frame(p := ip(b.local, b.peer, tcp(1, 25))), "smtp", None, 0x0800, p),
        (OUT, frame(p := ip(b.local, b.peer, udp(1, 7), version=7)), "ip-header", None, 0x0800, p),
        (IN, frame(p := ip(b.peer, b.local, udp(1, 7)), tags=[5, 6, 7]), "vlan-depth", None, None,
         None),
    ]
    if not tagged:
        cases.append((OUT, frame(bytes(50), 0x88cc), "ethertype", None, 0x88cc, bytes(50)))
    for direction, data, reason, number, kind, head in cases:
        b.raw(direction, data, reason, number)
        # What passes is not reported
        b.out(udp(b.number(), 8), "default-allow")
        events = b.events.events()
        if len(events) != 1 or events[0][0] != "denial-event":
            raise Wrong(f"{reason}: {events}")
        event = events[0][1]
        want = {"ifindex": b.ifindex, "direction": direction, "reason": reason,
                **({"rule": number} if number else {})}
        if kind:
            want.update(protocol=kind, length=len(head), packet=head[:128])
        got = {k: event.get(k) for k in want}
        if got != want or bool(number) != ("rule" in event):
            raise Wrong(f"{got}, not {want}")


@test("E10 denials that could not be delivered are counted")
def _(b):
    b.group("sg-a")
    b.port("sg-a")

    listener = b.small_listener("denials")
    try:
        before = b.namespace_stats()["events-lost"]
        batch = [frame(ip(b.peer, b.local, udp(n + 1, 9, bytes(200)))) for n in range(200)]
        _, reasons = b.judge(IN, batch)
        if reasons != {(IN, "default-deny"): 200}:
            raise Wrong(f"{reasons}")
        lost = b.namespace_stats()["events-lost"] - before
        if not 0 < lost < 200:
            raise Wrong(f"{lost} of 200 events lost")
    finally:
        listener.sock.close()


@test("E10 the tool shows the counters that the kernel keeps")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    for _ in range(3):
        b.inn(udp(b.number(), 5), "default-deny")
    kernel = b.counters()
    shown = json.loads(b.host.run("sgnl", "-j", "stats", b.device))
    text = json.dumps(shown)
    if '"default-deny"' not in text or kernel[IN, "default-deny"] != 3:
        raise Wrong(f"{kernel}: {shown}")
