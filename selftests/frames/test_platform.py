# SPDX-License-Identifier: GPL-2.0
"""E2: platform traffic, which no rule can block. P1 to P6; and E5, mail, which no rule lets through."""

from bench import IN, OUT, Wrong
from frames import (ARP, BROADCAST_MAC, MORE, arp, dhcp, echo, fragment6, frame, icmp, icmp6, mld,
                    neighbour, other, tcp, udp)
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
    b.port("sg-a", adopt=0)
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


@test("G9 leaving the last group cuts all sessions of the port")
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
    b.inn(udp(53, 6), "cut", peer=META)
    b.join("sg-a")
    b.inn(udp(6, 5), "cut")


@test("G9 C1 leaving the last group for another one in one transaction ends no session")
def _(b):
    b.group("sg-a")
    b.group("sg-b")
    b.port("sg-a")
    b.out(udp(5, 6), "default-allow")
    with b.nl.transaction():
        b.leave("sg-a")
        b.join("sg-b")
    b.inn(udp(6, 5), "session")
    with b.nl.transaction():
        b.leave("sg-b")
        b.join("sg-a")
        b.leave("sg-a")
    b.inn(udp(6, 5), "no-group")
    b.join("sg-a")
    b.inn(udp(6, 5), "cut")


@test("G9 sessions that were cut are not shown as live")
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


SLB, SLB6, PROBE, PROBE6 = "100.64.0.7", "2001:db8:64::7", "198.51.100.4", "2001:db8:65::4"


def register(b):
    b.platform("slb", None, "100.64.0.0/10", "2001:db8:64::/48")
    b.platform("probe", None, "198.51.100.0/29", "2001:db8:65::4/128")


@test("E2 E9 P3 what a load balancer sends passes any rule, opens sessions, and is answered")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    rules = rules_of_all(b, "deny")
    for peer in SLB, SLB6:
        v6 = ":" in peer
        # None is registered at first
        b.inn(tcp(b.number(), 80), "rule-deny", rules[IN, 6 if v6 else 4], peer=peer)
        register(b)
        sport, count = b.number(), len(b.sessions())
        # Mid-stream TCP passes and opens nothing, so that nothing answers it
        b.inn(tcp(sport, 80, "A"), "slb", peer=peer)
        b.out(tcp(80, sport, "A"), "tcp-no-session", peer=peer)
        b.inn(tcp(sport, 80), "slb", peer=peer)
        b.out(tcp(80, sport, "SA"), "session", peer=peer)
        b.inn(tcp(sport, 80, "A"), "slb", peer=peer)
        ident = b.number()
        for transport, answer in ((udp(sport, 53), udp(53, sport)), (other(47), other(47)),
                                  (echo(ident, v6=v6), echo(ident, True, v6=v6))):
            b.out(answer, "rule-deny", rules[OUT, 6 if v6 else 4], peer=peer)
            b.inn(transport, "slb", peer=peer)
            b.out(answer, "session", peer=peer)
        opened = b.sessions()[count:]
        if len(b.sessions()) - count != 4 or {s["reason"] for s in b.sessions()} != {"slb"}:
            raise Wrong(f"{opened}")
        # Errors and multicast pass too, and open none
        b.inn(icmp6(1, 4, bytes(32)) if v6 else icmp(3, 3, bytes(32)), "slb", peer=peer)
        b.inn(udp(1, 2), "slb", peer=peer, local="ff02::1" if v6 else "224.0.0.1")
        if len(b.sessions()) - count != 4:
            raise Wrong(f"{b.sessions()}")
        # It is about what comes in: calling the balancer is for the rules
        b.out(udp(b.number(), 53), "rule-deny", rules[OUT, 6 if v6 else 4], peer=peer)
        b.nl.do("platform-set", item="slb", clear_prefix=True)
    register(b)
    for peer in "100.63.255.255", "100.128.0.0", "2001:db8:65::7":
        b.inn(udp(b.number(), 53), "rule-deny", rules[IN, 6 if ":" in peer else 4], peer=peer)


@test("E2 E9 P4 echo requests of a probe pass any rule, and their replies, and nothing else of it")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    rules = rules_of_all(b, "deny")
    for peer in PROBE, PROBE6:
        v6 = ":" in peer
        family = 6 if v6 else 4
        ident = b.number()
        b.inn(echo(ident, v6=v6), "rule-deny", rules[IN, family], peer=peer)
        register(b)
        b.inn(echo(ident, True, v6=v6), "rule-deny", rules[IN, family], peer=peer)
        b.inn(udp(b.number(), 53), "rule-deny", rules[IN, family], peer=peer)
        b.inn(tcp(b.number(), 80), "rule-deny", rules[IN, family], peer=peer)
        b.out(echo(ident, True, v6=v6), "rule-deny", rules[OUT, family], peer=peer)
        b.out(echo(ident, v6=v6), "rule-deny", rules[OUT, family], peer=peer)
        b.inn(echo(ident, v6=v6), "probe", peer=peer)
        b.inn(echo(ident, v6=v6), "probe", peer=peer)
        b.out(echo(ident, True, v6=v6), "session", peer=peer)
        if [s["reason"] for s in b.sessions()].count("probe") != 1 + v6:
            raise Wrong(f"{b.sessions()}")
        b.nl.do("platform-set", item="probe", clear_prefix=True)
    register(b)
    for peer in "198.51.100.8", "2001:db8:65::5":
        b.inn(echo(b.number(), v6=":" in peer), "rule-deny", rules[IN, 6 if ":" in peer else 4],
              peer=peer)


def cases_of_items(b):
    """What passes by each item: item, and the words of expect()."""
    ends = {"local": "fe80::5", "peer": "ff02::16"}
    return [
        ("pmtud", IN, icmp(3, 4, bytes(32)), {}), ("pmtud", OUT, icmp6(2, 0, bytes(32)), {}),
        ("neighbour", IN, neighbour(135), {"ttl": 255}),
        ("neighbour", OUT, neighbour(133), {"ttl": 255}),
        ("mld", OUT, mld(143), {"ttl": 1, **ends}),
        ("dhcp", OUT, dhcp(68, 67), {}),
        ("dhcp", OUT, dhcp(546, 547), {"local": "fe80::5", "peer": "fe80::1"}),
        ("metaserver", OUT, udp(b.number(), 53), {"peer": META}),
        ("slb", IN, udp(b.number(), 53), {"peer": SLB}),
        ("probe", IN, echo(b.number()), {"peer": PROBE}),
    ]


@test("P6 E2 an item that is off leaves its packets to the rules, and no other item's")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    register(b)
    items = [p["item"] for p in b.nl.dump("platform-get")]
    for off in items:
        if off == "arp":
            continue
        b.platform(off, 0)
        for item, direction, transport, more in cases_of_items(b):
            reason = item if item != off else "default-deny"
            b.expect(direction, transport, reason, **more)
        rules = rules_of_all(b, "allow")
        for item, direction, transport, more in cases_of_items(b):
            if item == off:
                v6 = ":" in more.get("peer", "") or ("peer" not in more and transport.proto == 58)
                b.expect(direction, transport, "rule-allow", rules[direction, 6 if v6 else 4],
                         **more)
        b.unrule(*rules.values())
        b.platform(off, 1)
        for item, direction, transport, more in cases_of_items(b):
            b.expect(direction, transport, item, **more)


@test("P6 E2 what two items mean passes by the other one when one is off")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    b.platform("slb", None, "100.64.0.0/10", "198.51.100.4/32")
    b.platform("probe", None, "198.51.100.4/32")
    number = b.number()
    for reason in "slb", "probe", "default-deny":
        b.inn(echo(number), reason, peer=PROBE)
        if reason in ("slb", "probe"):
            b.platform(reason, 0)
        number = b.number()
    b.platform("slb", 1)
    for reason in "pmtud", "slb":
        b.inn(icmp(3, 4, bytes(32)), reason, peer=SLB)
        b.platform("pmtud", 0)
    for reason in "metaserver", "dhcp", "default-deny":
        b.out(dhcp(68, 67), reason, peer=META)
        if reason != "default-deny":
            b.platform(reason, 0)
        # Another session each time: what was opened goes on
        b.nl.do("port-del", ifindex=b.ifindex)
        b.port("sg-a")


@test("P6 E3 sessions that an item opened live on when it is switched off")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    register(b)
    sport = b.number()
    b.out(udp(sport, 53), "metaserver", peer=META)
    b.inn(udp(sport, 53), "slb", peer=SLB)
    for item in "metaserver", "slb":
        b.platform(item, 0)
    b.out(udp(sport, 53), "session", peer=META)
    b.inn(udp(53, sport), "session", peer=META)
    b.inn(udp(sport, 53), "session", peer=SLB)
    b.out(udp(b.number(), 53), "default-deny", peer=META)
    b.inn(udp(b.number(), 53), "default-deny", peer=SLB)


@test("P6 G9 a port in no group passes platform traffic only while it is switched on")
def _(b):
    b.port()
    register(b)
    for item, direction, transport, more in cases_of_items(b):
        b.expect(direction, transport, item, **more)
        b.platform(item, 0)
        b.expect(direction, transport, "no-group", **more)
        b.platform(item, 1)
    # The balancers' prefix holds the metadata server as well
    sport = b.number()
    b.out(udp(sport, 53), "metaserver", peer=META)
    b.inn(udp(53, sport), "slb", peer=META)
    b.platform("slb", 0)
    b.inn(udp(53, sport), "session", peer=META)
    b.platform("metaserver", 0)
    b.inn(udp(53, sport), "no-group", peer=META)
    b.platform("metaserver", 1)
    b.inn(udp(53, sport), "session", peer=META)


@test("P6 P5 ARP that is off is an ethertype like others")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    b.marker = 0x88b5
    ask = frame(arp("10.0.0.5", "10.0.0.1"), ARP, mac=BROADCAST_MAC)
    guest = b.side == "guest"
    b.set(ethertype=[b.marker])
    for d in BOTH:
        b.raw(d, ask, "arp" if guest else "not-ip")
    b.platform("arp", 0)
    for d in BOTH:
        b.raw(d, ask, "ethertype" if guest else "not-ip")
    b.set(ethertype=[b.marker, ARP])
    for d in BOTH:
        b.raw(d, ask, "not-ip")
    b.platform("arp", 1)
    for d in BOTH:
        b.raw(d, ask, "arp" if guest else "not-ip")


@test("P6 P5 what guests never send is dropped whatever the switches", sides=("guest",))
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    for item in "neighbour", "dhcp":
        b.platform(item, 0)
    b.out(neighbour(134), "guest-ra", ttl=255)
    b.out(neighbour(137), "guest-redirect", ttl=255)
    b.out(dhcp(67, 68), "guest-dhcp-server", mac=BROADCAST_MAC)


@test("P6 each item counts the packets that pass by it, for longer than a port lives")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    register(b)
    for item, direction, transport, more in cases_of_items(b):
        before = b.platform_packets()
        b.expect(direction, transport, item, **more)
        new = b.platform_packets() - before
        if b.side == "guest":
            new["arp"] -= 1  # the marker
        if +new != {item: 1}:
            raise Wrong(f"{item}: {new}")
        b.platform(item, 0)
        before = b.platform_packets()
        b.nl.do("port-del", ifindex=b.ifindex)
        b.port("sg-a")
        b.expect(direction, transport, "default-deny", **more)
        new = b.platform_packets() - before
        new.pop("arp", None)
        if +new:
            raise Wrong(f"{item}, which is off: {new}")
        b.platform(item, 1)


@test("P6 packets that pass by something else count at no item")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    before = b.platform_packets()
    b.out(udp(1, 2), "default-allow")
    b.inn(udp(2, 1), "session")
    new = b.platform_packets() - before
    new.pop("arp", None)
    if new:
        raise Wrong(f"{new}")


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
