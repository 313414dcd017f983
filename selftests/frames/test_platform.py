# SPDX-License-Identifier: GPL-2.0
"""E2: platform traffic, which no rule can block. P1, P2, P5; and E5, mail, which no rule lets through."""

from bench import IN, OUT, Wrong
from frames import (BROADCAST_MAC, MORE, dhcp, echo, fragment6, icmp, icmp6, mld, neighbour,
                    other, tcp, udp)
from run import test

BOTH = IN, OUT
META = "100.100.100.200"


def rules_of_all(b, policy):
    """Rules for everything, by direction and family."""
    return {(d, f): b.rule(f"sg-a {d} {policy} all {'from' if d == IN else 'to'} {a}")
            for d in BOTH for f, a in ((4, "0.0.0.0/0"), (6, "::/0"))}


def expect_platform(b, cases):
    """cases: direction, transport, reason (None: the rules decide), more of expect(). With all
    denied, with all allowed, and in no group; no session is left."""
    def go(rules, judged):
        for direction, transport, reason, more in cases:
            v6 = ":" in more.get("peer", "") or ("peer" not in more and transport.proto == 58)
            if reason is not None:
                b.expect(direction, transport, reason, **more)
            elif rules:
                b.expect(direction, transport, judged, rules[direction, 6 if v6 else 4], **more)
            else:
                b.expect(direction, transport, judged, **more)

    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    rules = rules_of_all(b, "deny")
    go(rules, "rule-deny")
    if b.sessions():
        raise Wrong(f"sessions: {b.sessions()}")
    b.unrule(*rules.values())
    go({}, "default-deny")
    rules = rules_of_all(b, "allow")
    go(rules, "rule-allow")
    b.leave("sg-a")
    go({}, "no-group")


@test("E2 P1 fragmentation needed and packet too big pass any rule, both ways, others do not")
def _(b):
    body = bytes(4) + bytes(28)
    expect_platform(b, [(d, t, reason, {}) for d in BOTH for t, reason in (
        (icmp(3, 4, body), "pmtud"), (icmp6(2, 0, body), "pmtud"),
        (icmp(3, 3, body), None), (icmp(3, 0, body), None), (icmp(4, 4, body), None),
        (icmp(11, 0, body), None), (icmp6(1, 4, body), None), (icmp6(3, 0, body), None),
    )])


@test("E2 P2 what is sent to the metadata server passes any rule, and its replies")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    rules = rules_of_all(b, "deny")
    for port in 80, 25:
        sport = b.number()
        b.inn(tcp(port, sport, "SA"), "tcp-no-session", peer=META)
        b.out(tcp(sport, port), "metaserver", peer=META)
        b.inn(tcp(port, sport, "SA"), "session", peer=META)
        b.out(tcp(sport, port, "A"), "metaserver", peer=META)
        b.inn(tcp(port, sport, "PA", b"data"), "session", peer=META)
        b.inn(tcp(port, sport + 5000, "SA"), "tcp-no-session", peer=META)
        b.inn(tcp(sport, port), "rule-deny", rules[IN, 4], peer=META)
    sport = b.number()
    b.inn(udp(53, sport), "rule-deny", rules[IN, 4], peer=META)
    b.out(udp(sport, 53), "metaserver", peer=META)
    b.inn(udp(53, sport), "session", peer=META)
    ident = b.number()
    b.inn(echo(ident, True), "rule-deny", rules[IN, 4], peer=META)
    b.out(echo(ident), "metaserver", peer=META)
    b.inn(echo(ident, True), "session", peer=META)
    if {s["reason"] for s in b.sessions()} != {"metaserver"} or len(b.sessions()) != 4:
        raise Wrong(f"{b.sessions()}")
    for peer in "100.100.100.199", "100.100.100.201", "100.100.101.200", "::6464:64c8":
        b.out(udp(b.number(), 53), "rule-deny", rules[OUT, 6 if ":" in peer else 4], peer=peer)
    # A stranger who calls himself so is none
    b.inn(udp(53, b.number()), "rule-deny", rules[IN, 4], peer=META)


@test("E2 P5 router solicitations pass out, advertisements in, neighbours' both ways")
def _(b):
    guest = b.side == "guest"
    at255 = {"ttl": 255}
    expect_platform(b, [
        (OUT, neighbour(133), "neighbour", at255), (IN, neighbour(133), None, at255),
        (IN, neighbour(134), "neighbour", at255),
        (OUT, neighbour(134), "guest-ra" if guest else None, at255),
        *((d, neighbour(n), "neighbour", at255) for d in BOTH for n in (135, 136)),
        # What a router could have passed on is none, nor is another code or a fragment
        (OUT, neighbour(133), None, {"ttl": 254}), (IN, neighbour(134), None, {"ttl": 254}),
        (OUT, neighbour(134), "guest-ra" if guest else None, {"ttl": 64}),
        *((d, neighbour(n), None, {"ttl": t}) for d in BOTH for n in (135, 136)
          for t in (254, 1, 0)),
        *((d, neighbour(135, code=1), None, at255) for d in BOTH),
        (IN, neighbour(136), None, {"ttl": 255, "ext": [fragment6(0, True)]}),
        (IN, neighbour(136), "neighbour",
         {"ttl": 255, "peer": "fe80::1", "local": "ff02::1"}),
        (OUT, neighbour(135), "neighbour",
         {"ttl": 255, "peer": "ff02::1:ff00:1", "local": "fe80::5"}),
    ])


@test("E2 P5 a guest sends no redirect, and rules judge those that others send")
def _(b):
    guest = b.side == "guest"
    body = bytes(4) + bytes(28)
    expect_platform(b, [
        (OUT, neighbour(137), "guest-redirect" if guest else None, {"ttl": 255}),
        (OUT, neighbour(137), "guest-redirect" if guest else None, {"ttl": 3}),
        *((OUT, icmp(5, code, body), "guest-redirect" if guest else None, {})
          for code in range(4)),
        (IN, neighbour(137), None, {"ttl": 255}), (IN, icmp(5, 1, body), None, {}),
    ])


@test("E2 P5 multicast listener discovery passes with a hop limit of 1")
def _(b):
    cases = []
    for d in BOTH:
        ends = {"local": "fe80::5", "peer": "ff02::16"} if d == OUT else \
            {"peer": "fe80::1", "local": "ff02::16"}
        for n in 130, 131, 132, 143:
            cases += [(d, mld(n), "mld", {"ttl": 1, **ends}), (d, mld(n), None, {"ttl": 2, **ends}),
                      (d, mld(n), None, {"ttl": 255, **ends})]
        cases.append((d, mld(130), None, {"ttl": 1, "ext": [fragment6(0, True)], **ends}))
        cases.append((d, icmp6(142), None, {"ttl": 1, **ends}))
    expect_platform(b, cases)


@test("E2 P5 DHCP and DHCPv6 pass as a client's, and not as a server's")
def _(b):
    guest = b.side == "guest"
    server = "guest-dhcp-server" if guest else None
    v6 = {"local": "fe80::5", "peer": "fe80::1"}
    to_all = {"local": "fe80::5", "peer": "ff02::1:2"}
    everyone = {"local": "0.0.0.0", "peer": "255.255.255.255"}
    expect_platform(b, [
        (OUT, dhcp(68, 67), "dhcp", {}), (OUT, dhcp(68, 67), "dhcp", everyone),
        (IN, dhcp(67, 68), "dhcp", {}),
        (IN, dhcp(67, 68), "dhcp", {"peer": "192.0.2.1", "local": "255.255.255.255"}),
        (OUT, dhcp(546, 547), "dhcp", to_all), (OUT, dhcp(546, 547), "dhcp", v6),
        (IN, dhcp(547, 546), "dhcp", v6),
        (OUT, dhcp(67, 68), server, {"mac": BROADCAST_MAC}),
        (OUT, dhcp(547, 546), server, {**v6, "mac": BROADCAST_MAC}),
        (IN, dhcp(68, 67), None, {"peer": "192.0.2.1", "local": "255.255.255.255"}),
        (IN, dhcp(546, 547), None, {**v6, "mac": BROADCAST_MAC}),
        # Neither other ports, nor the other family's, nor TCP, nor fragments of it
        *((d, udp(*ports), None, {"mac": BROADCAST_MAC}) for d, ports in (
            (OUT, (68, 68)), (OUT, (67, 67)), (OUT, (69, 67)), (OUT, (68, 66)), (IN, (67, 67)),
            (IN, (68, 68)), (IN, (67, 69)), (OUT, (546, 547)), (IN, (547, 546)))),
        (OUT, udp(68, 67), None, {**v6, "mac": BROADCAST_MAC}),
        (OUT, tcp(68, 67), None, {"mac": BROADCAST_MAC}),
        (OUT, dhcp(68, 67), None, {"frag": MORE, "keep": 248, "mac": BROADCAST_MAC}),
    ])


@test("G9 a port in no group passes nothing but platform traffic")
def _(b):
    b.group("sg-a")
    b.port()
    for transport in udp(1, 2), tcp(1, 2), echo(1), echo(1, v6=True), other(47):
        for d in BOTH:
            b.expect(d, transport, "no-group")
    b.out(udp(1, 53), "metaserver", peer=META)
    b.inn(udp(53, 1), "session", peer=META)
    b.inn(icmp(3, 4, bytes(32)), "pmtud")
    b.out(dhcp(68, 67), "dhcp")
    b.join("sg-a")
    b.out(udp(1, 2), "default-allow")


@test("G9 leaving the last group ends all sessions of the port")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a", "sg-b")
    b.out(udp(5, 6), "default-allow")
    b.out(udp(6, 53), "metaserver", peer=META)
    b.leave("sg-b")
    b.inn(udp(6, 5), "session")
    b.leave("sg-a")
    b.inn(udp(6, 5), "no-group")
    b.inn(udp(53, 6), "no-group", peer=META)
    b.join("sg-a")
    b.inn(udp(6, 5), "default-deny")


@test("G9 sessions that were cut are shown no more")
def _(b):
    b.group("sg-a")
    for cut, back in ((lambda: b.leave("sg-a"), lambda: b.join("sg-a")),
                      (lambda: b.nl.do("port-del", ifindex=b.ifindex), lambda: b.port("sg-a"))):
        if not b.nl.dump("port-get"):
            b.port("sg-a")
        b.out(udp(b.number(), 6), "default-allow")
        if len(b.sessions()) != 1:
            raise Wrong(f"{b.sessions()}")
        for step in cut, back:
            step()
            if shown := b.sessions():
                raise Wrong(f"{shown}")


PRIVATE = {"10.0.0.0": "10.255.255.255", "172.16.0.0": "172.31.255.255",
           "192.168.0.0": "192.168.255.255", "100.64.0.0": "100.127.255.255",
           "fc00::": "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}
PUBLIC = ["9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
          "192.169.0.0", "100.63.255.255", "100.128.0.0", "198.51.100.1",
          "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::", "2001:db8::1",
          "::ffff:a00:1"]


@test("E5 outbound TCP to port 25 is dropped unless smtp allows it, and no rule lifts that")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    rules = {}
    for allowed in None, "allow", "deny":
        if allowed:
            rules = rules_of_all(b, allowed)
        for smtp in "deny", "allow", "private":
            b.set(smtp=smtp)
            for peer in [*PRIVATE, *PRIVATE.values(), *PUBLIC]:
                lifted = smtp == "allow" or smtp == "private" and \
                    peer in [*PRIVATE, *PRIVATE.values()]
                rule = rules.get((OUT, 6 if ":" in peer else 4))
                judged = (f"rule-{allowed}", rule) if allowed else ("default-allow",)
                b.out(tcp(b.number(), 25), *(judged if lifted else ("smtp",)), peer=peer)
        b.unrule(*rules.values())


@test("E5 it is about new outbound TCP to port 25 alone, and drop is what a port does at first")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    allow = b.rule("sg-a in allow tcp from 0.0.0.0/0")
    b.out(tcp(b.number(), 25), "smtp")
    for port in 24, 26, 465, 587, 2500:
        b.out(tcp(b.number(), port), "default-allow")
    b.out(tcp(25, b.number()), "default-allow")
    b.out(udp(b.number(), 25), "default-allow")
    sport = b.number()
    b.inn(tcp(sport, 25), "rule-allow", allow)
    b.out(tcp(25, sport, "SA"), "session")
    sport = b.number()
    b.inn(tcp(25, sport), "rule-allow", allow)
    # Its answers go to port 25, by the session
    b.out(tcp(sport, 25, "SA"), "session")
    b.out(tcp(sport, 25, "A"), "session")
    # Not so a connection of its own in the other direction
    b.out(tcp(sport, 25), "smtp")
    b.out(tcp(b.number(), 25, "A"), "smtp")
    # What was opened while it was allowed goes on
    b.set(smtp="allow")
    sport = b.number()
    b.out(tcp(sport, 25), "default-allow")
    b.set(smtp="deny")
    b.inn(tcp(25, sport, "SA"), "session")
    b.out(tcp(sport, 25, "A"), "session")
    b.out(tcp(sport + 10000, 25), "smtp")
