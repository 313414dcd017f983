# SPDX-License-Identifier: GPL-2.0
"""The tricks by which others were fooled, one row each, in frames that scapy makes.

A row yields what is sent, in order: the way that it goes, the packet, and the reason that must be
counted. By its reason it must arrive at a socket on the other end of the real device, or not. Each row
goes both ways through a port, by which it meets both hooks; where the side matters, through one of either
side. TCP to port 80, UDP to 53 and GRE are allowed both ways, and all else is denied; the address guard is
on, and no TCP is adopted. Hash flooding and full tables are in floods.py.
"""

import socket
import struct

from scapy.layers.inet import (ICMP, IP, TCP, UDP, IPOption, IPOption_LSRR, IPOption_NOP,
                               IPOption_Router_Alert, IPOption_RR, IPOption_SSRR,
                               IPOption_Timestamp, fragment)
from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt,
                                IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Jumbo,
                                PadN, fragment6)
from scapy.layers.l2 import ARP, GRE, LLC, SNAP, Dot1AD, Dot1Q, Dot3, Ether
from scapy.layers.sctp import SCTP
from scapy.packet import Raw

from bench import IN, OUT, PASSING, SOL_PACKET, Wrong
from frames import DEFAULT_MAC, frame
from run import SIDES, test

ANY = {4: "0.0.0.0/0", 6: "::/0"}
OPEN = "tcp port 80/80", "udp port 53/53", "gre"
LETTERS = bytes(range(65, 91)) * 100
PACKET_VNET_HDR = 15


class Way:
    """One direction between the port's own addresses and a peer's."""

    def __init__(self, b, direction):
        self.b, self.direction = b, direction

    def ends(self, own, peer):
        src, dst = (own, peer) if self.direction == OUT else (peer, own)
        return {"src": src, "dst": dst}

    def v4(self, **fields):
        return IP(**{**self.ends(self.b.local, self.b.peer), **fields})

    def v6(self, **fields):
        return IPv6(**{**self.ends(self.b.local6, self.b.peer6), **fields})

    @property
    def families(self):
        return self.v4, self.v6

    def number(self):
        return self.b.number()

    def allow(self, words, families=(4, 6)):
        """Rules for this direction; their ids."""
        return [self.b.rule(f"sg-a {self.direction} allow {words} "
                            f"{'from' if self.direction == IN else 'to'} {ANY[family]}")
                for family in families]

    def send(self, packet, reason):
        data = bytes(packet)
        if not isinstance(packet, (Ether, Dot3)):
            data = frame(data)
        got = self.b.probe(self.direction, data)
        if got[:2] != (reason in PASSING, reason):
            raise Wrong(f"{self.b.side}, {self.direction}: {got}, not {reason}; "
                        f"{packet.summary()}: {data[12:].hex()}")


def link(**fields):
    return Ether(dst=DEFAULT_MAC, src=bytes(6), **fields)


def port(b):
    b.port("sg-a", address=[b.local, b.local6], guard=1, adopt=0)


def trick(title, sides=("guest",)):
    def add(rows):
        def run(b):
            b.group("sg-a", type="enterprise")
            for direction in IN, OUT:
                for what in OPEN:
                    Way(b, direction).allow(what)
            port(b)
            for direction in IN, OUT:
                for way, packet, reason in rows(Way(b, direction),
                                                Way(b, OUT if direction == IN else IN)):
                    way.send(packet, reason)
        test(title, sides)(run)
    return add


def transport(ip, layers):
    """The bytes behind an IP header, their checksum as it should be."""
    return bytes((ip / layers)[1])


def piece(ip, number, data, start, end, more=True, proto=socket.IPPROTO_UDP):
    """A fragment of a datagram: its bytes from start to end."""
    if ip.__name__ == "v4":
        return ip(id=number, flags="MF" if more else 0, frag=start // 8, proto=proto) / \
            Raw(data[start:end])
    return ip() / IPv6ExtHdrFragment(nh=proto, id=number, m=int(more), offset=start // 8) / \
        Raw(data[start:end])


# Fragments

@trick("S11 a later fragment inherits the first one's decision; where none is known it is dropped")
def _(there, _):
    for dport, kind, first in (53, UDP, "rule-allow"), (22, TCP, "default-deny"):
        layers = kind(sport=there.number(), dport=dport) / Raw(LETTERS[:220])
        for parts in (fragment(there.v4(id=there.number()) / layers, 64),
                      fragment6(there.v6() / IPv6ExtHdrFragment(id=there.number()) / layers, 112)):
            if len(parts) < 4:
                raise Wrong(f"scapy made {len(parts)} fragments")
            later = "fragment" if first == "rule-allow" else "fragment-orphan"
            yield there, parts[1], "fragment-orphan"
            yield there, parts[0], first
            for part in reversed(parts[1:]):
                yield there, part, later
            yield there, parts[1], "fragment-orphan"


@trick("S11 an overlap with the header's bytes or a second first fragment is dropped, and poisons the rest")
def _(there, _):
    for ip in there.families:
        # All of the first once more, its ports, more than it; behind the ports, its end
        for start, end in (0, 64), (0, 8), (0, 128), (8, 72), (56, 64):
            number = there.number()
            honest, forged = (transport(ip(), UDP(sport=number, dport=dport) / Raw(LETTERS[:248]))
                              for dport in (53, 22))
            yield there, piece(ip, number, honest, 0, 64), "rule-allow"
            yield there, piece(ip, number, forged, start, end), "fragment-overlap"
            yield there, piece(ip, number, honest, 64, 128), "fragment-overlap"
            yield there, piece(ip, number, honest, 0, 64), "fragment-overlap"
            yield there, piece(ip, number, honest, 192, 256, more=False), "fragment-overlap"
        # Teardrop, behind the first: what overlaps is dropped, and it alone
        number = there.number()
        yield there, piece(ip, number, honest, 0, 64), "session"
        yield there, piece(ip, number, honest, 64, 192), "fragment"
        yield there, piece(ip, number, forged, 72, 80, more=False), "fragment-overlap"
        yield there, piece(ip, number, forged, 184, 256), "fragment-overlap"
        yield there, piece(ip, number, honest, 192, 256, more=False), "fragment"


@trick("S11 a first fragment that is tiny is dropped: TCP below 20 bytes; and TCP at offset 1")
def _(there, _):
    tcp = TCP(sport=there.number(), dport=80) / Raw(LETTERS[:100])
    for ip in there.families:
        data = transport(ip(), tcp)
        for end in 8, 16:
            number = there.number()
            yield there, piece(ip, number, data, 0, end, proto=6), "fragment-tiny"
            yield there, piece(ip, number, data, end, 120, False, proto=6), \
                "fragment-tiny" if end == 8 and ip == there.v4 else "fragment-orphan"
        number = there.number()
        yield there, piece(ip, number, data, 0, 24, proto=6), "rule-allow"
        # It would write over the flags
        yield there, piece(ip, number, data, 8, 24, proto=6), \
            "fragment-tiny" if ip == there.v4 else "fragment-overlap"
        # Eight bytes, less than which none but a last one has, are enough for UDP
        data = transport(ip(), UDP(sport=there.number(), dport=53) / Raw(LETTERS[:100]))
        yield there, piece(ip, there.number(), data, 0, 8), "rule-allow"
        yield there, piece(ip, there.number(), data, 0, 7), \
            "ip-header" if ip == there.v4 else "ext-header"


@trick("S11 eight bytes of ICMP in a first fragment are enough")
def _(there, _):
    rules = there.allow("icmp", [4]) + there.allow("icmpv6", [6])
    for ip, kind, proto in ((there.v4, ICMP(id=there.number()), 1),
                            (there.v6, ICMPv6EchoRequest(id=there.number()), 58)):
        data = transport(ip(), kind / Raw(LETTERS[:100]))
        number = there.number()
        yield there, piece(ip, number, data, 0, 7, proto=proto), \
            "ip-header" if ip == there.v4 else "ext-header"
        yield there, piece(ip, number, data, 0, 8, proto=proto), "rule-allow"
        yield there, piece(ip, number, data, 8, 108, False, proto=proto), "fragment"
    there.b.unrule(*rules)


@trick("S11 E0 a chain of extension headers that is not whole in the first fragment is dropped")
def _(there, _):
    number = there.number()
    chain = bytes(there.v6() / IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(28))]) /
                  TCP(sport=number, dport=80))[40:]
    for end in 8, 24, 32, 40, 48:
        yield there, piece(there.v6, there.number(), chain, 0, end, proto=60), "fragment-tiny"
    yield there, piece(there.v6, there.number(), chain + bytes(8), 0, 56, proto=60), "rule-allow"


@trick("S11 E0 a datagram that would be longer than any is dropped")
def _(there, _):
    for ip in there.families:
        data = transport(ip(), UDP(sport=there.number(), dport=53) / Raw(LETTERS[:248]))
        number = there.number()
        yield there, piece(ip, number, data, 0, 64), "rule-allow"
        # The ping of death
        packet = piece(ip, number, data, 0, 64, more=False)
        packet[1 if ip == there.v6 else 0].setfieldval("offset" if ip == there.v6 else "frag", 8190)
        yield there, packet, "ip-header"
        yield there, piece(ip, number, data, 64, 256, more=False), "fragment"


# Headers

def chain_of(headers):
    out = headers[0]
    for header in headers[1:]:
        out = out / header
    return out


@trick("E0 IPv6 extension headers: eight of them and 256 bytes, in their places, no routing type 0")
def _(there, _):
    def fresh():
        return UDP(sport=there.number(), dport=53)

    def options(size=8):
        return IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(size // 2 - 3))] * 2)

    hop = IPv6ExtHdrHopByHop
    for headers, reason in (
            ([options()] * 8, "rule-allow"), ([options()] * 9, "ext-header"),
            ([options(256)], "rule-allow"), ([options(264)], "ext-header"),
            ([options(128)] * 2, "rule-allow"), ([options(136), options(128)], "ext-header"),
            ([hop(), options()], "rule-allow"), ([options(), hop()], "ext-header"),
            ([hop(), hop()], "ext-header"),
            ([IPv6ExtHdrRouting(type=0, addresses=[there.b.peer6])], "ext-header"),
            ([IPv6ExtHdrRouting(type=0, segleft=0)], "ext-header"),
            ([hop(), IPv6ExtHdrRouting(type=2, addresses=[there.b.peer6])], "rule-allow"),
            # An atomic fragment is no fragment, however often; one in a fragment is a trick
            ([IPv6ExtHdrFragment(id=7)], "rule-allow"),
            ([IPv6ExtHdrFragment(id=7), IPv6ExtHdrFragment(id=7)], "rule-allow"),
            ([IPv6ExtHdrFragment(id=7, m=1), IPv6ExtHdrFragment(id=7)], "ext-header"),
            # Longer than the packet
            ([IPv6ExtHdrDestOpt(len=255)], "ext-header")):
        yield there, there.v6() / chain_of([h.copy() for h in headers]) / fresh(), reason
        # None of them hides a port that is closed
        if reason == "rule-allow":
            yield there, there.v6() / chain_of([h.copy() for h in headers]) / TCP(dport=22), "default-deny"
    # 59 is a protocol of its own, whatever stands behind it
    yield there, there.v6(nh=59) / Raw(bytes(fresh())), "default-deny"
    yield there, there.v6() / IPv6ExtHdrDestOpt(nh=59, options=[PadN(optdata=bytes(4))]), "default-deny"
    # A jumbogram has no length of its own
    yield there, there.v6(plen=0) / hop(options=[Jumbo(jumboplen=72)]) / fresh(), "ext-header"


@trick("E0 an authentication header is (n + 2) * 4 bytes long, in IPv4 too")
def _(there, _):
    # In 24 bytes of it, read as if they were 40, there would be what is behind them
    for ip, field in (there.v4, "proto"), (there.v6, "nh"):
        for size in 12, 24, 44:
            for proto, port, reason in (17, 53, "rule-allow"), (6, 22, "default-deny"):
                head = bytes([proto, size // 4 - 2]) + bytes(size - 2)
                inner = transport(ip(), (UDP if proto == 17 else TCP)(sport=there.number(), dport=port))
                yield there, ip(**{field: 51}) / Raw(head + inner + bytes(32)), reason
        yield there, ip(**{field: 51}) / Raw(b"\x11\xff" + bytes(80)), "ext-header"


@trick("E0 IPv4 source routes are dropped, options with wrong lengths as malformed; others pass")
def _(there, _):
    for options, reason in (
            ([IPOption_LSRR(routers=["192.0.2.1"])], "ip-options"),
            ([IPOption_SSRR(routers=["192.0.2.1"])], "ip-options"),
            ([IPOption_NOP(), IPOption_Router_Alert(), IPOption_LSRR(pointer=8)], "ip-options"),
            ([IPOption_RR(routers=["0.0.0.0"])], "rule-allow"), ([IPOption_Timestamp()], "rule-allow"),
            ([IPOption_Router_Alert()], "rule-allow"), ([IPOption_NOP()] * 40, "rule-allow"),
            (IPOption(b"\x07\x00\x00\x00"), "ip-options"), (IPOption(b"\x07\x01\x00\x00"), "ip-options"),
            (IPOption(b"\x44\x05\x05\x00"), "ip-options"), (IPOption(b"\x01\x01\x01\x94"), "ip-options"),
            # Behind the end of options there are none
            (IPOption(b"\x00\x83\x03\x04"), "rule-allow")):
        yield there, there.v4(options=options) / UDP(sport=there.number(), dport=53), reason


@trick("E0 a header that lies about length or version is dropped; what it does not claim counts for nothing")
def _(there, _):
    def fresh():
        return UDP(sport=there.number(), dport=53) / Raw(b"data")

    for fields, reason in (({"ihl": 0}, "ip-header"), ({"ihl": 4}, "ip-header"), ({"ihl": 15}, "ip-header"),
                           ({"len": 0}, "ip-header"), ({"len": 19}, "ip-header"),
                           ({"len": 33}, "ip-header"), ({"len": 65535}, "ip-header"),
                           ({"len": 27}, "l4-header"), ({"len": 31}, "l4-header"),
                           ({"version": 6}, "ip-header"), ({"version": 0}, "ip-header")):
        yield there, link(type=0x0800) / there.v4(**fields) / fresh(), reason
    for fields, reason in (({"plen": 13}, "ip-header"), ({"plen": 65535}, "ip-header"),
                           ({"plen": 7}, "l4-header"), ({"plen": 11}, "l4-header"),
                           ({"plen": 0}, "l4-header"), ({"version": 4}, "ip-header")):
        yield there, link(type=0x86dd) / there.v6(**fields) / fresh(), reason
    # As an ethertype other than its own
    yield there, link(type=0x86dd) / there.v4() / fresh(), "ip-header"
    yield there, link(type=0x0800) / there.v6() / fresh(), "ip-header"
    # Ethernet's padding, be there a header in it
    for ip, size in (there.v4, 20), (there.v6, 0):
        packet = bytes(ip() / fresh())
        yield there, link(type=0x0800 if size else 0x86dd) / Raw(packet + bytes(60 - len(packet) % 60)), \
            "rule-allow"
        field = {"len" if size else "plen": size + 19}
        yield there, ip(**field) / TCP(sport=there.number(), dport=80) / Raw(bytes(40)), "l4-header"


@trick("E0 a UDP length below 8 or beyond the packet is dropped; no payload at all passes")
def _(there, _):
    for ip in there.families:
        for claim, data, reason in ((7, b"", "l4-header"), (0, b"", "l4-header"), (9, b"", "l4-header"),
                                    (65535, b"data", "l4-header"), (8, b"", "rule-allow"),
                                    (9, b"data", "rule-allow"), (0, b"data", "l4-header")):
            yield there, ip() / UDP(sport=there.number(), dport=53, len=claim) / Raw(data), reason


@trick("E0 S5 TCP with no flag, SYN with FIN or RST: malformed; other scans find no session")
def _(there, _):
    for ip in there.families:
        for flags, reason in (("", "tcp-flags"), ("SF", "tcp-flags"), ("SR", "tcp-flags"),
                              ("SFA", "tcp-flags"), ("FSRPAU", "tcp-flags"), ("SRA", "tcp-flags"),
                              ("EC", "tcp-flags"), ("FPU", "tcp-no-session"), ("F", "tcp-no-session"),
                              ("A", "tcp-no-session"), ("SA", "tcp-no-session"), ("R", "tcp-no-session"),
                              ("RA", "tcp-no-session"), ("PA", "tcp-no-session"), ("SEC", "rule-allow")):
            yield there, ip() / TCP(sport=there.number(), dport=80, flags=flags), reason
        for doff in 0, 4, 6, 15:
            yield there, ip() / TCP(sport=there.number(), dport=80, dataofs=doff), "l4-header"


@trick("E7 a wrong checksum is the receiver's to find: the packet is judged as it is")
def _(there, _):
    yield there, there.v4(chksum=1) / UDP(sport=there.number(), dport=53), "rule-allow"
    for ip in there.families:
        yield there, ip() / UDP(sport=there.number(), dport=53, chksum=1), "rule-allow"
        yield there, ip() / TCP(sport=there.number(), dport=22, chksum=1), "default-deny"


# Connections

def connected(there, back, ip):
    """Yields the packets that open a TCP session from there; first of all, its port."""
    near = there.number()
    ip_back = getattr(back, ip.__name__)
    return near, (
        (there, ip() / TCP(sport=near, dport=80, flags="S"), "rule-allow"),
        (back, ip_back() / TCP(sport=80, dport=near, flags="SA"), "session"),
        (there, ip() / TCP(sport=near, dport=80, flags="A"), "session"))


def state(way, near):
    own = "local-port" if way.direction == OUT else "peer-port"
    return {s["state"] for s in way.b.sessions() if s[own] == near}


def is_state(way, near, wanted):
    if state(way, near) != {wanted}:
        raise Wrong(f"{way.b.side}, {way.direction}: {state(way, near)}, not {wanted}")


@trick("S4 a SYN against the direction of an established session is judged by the rules, and harms it not")
def _(there, back):
    for ip, ip_back in zip(there.families, back.families):
        near, opening = connected(there, back, ip)
        yield from opening
        yield back, ip_back() / TCP(sport=80, dport=near, flags="S"), "default-deny"
        yield back, ip_back() / TCP(sport=80, dport=near, flags="SPU"), "default-deny"
        yield there, ip() / TCP(sport=near, dport=80, flags="A"), "session"
        yield back, ip_back() / TCP(sport=80, dport=near, flags="PA"), "session"
        is_state(there, near, "established")


@trick("S6 a blind RST or FIN ends nothing: what its claimed sender sends next undoes it")
def _(there, back):
    for ip, ip_back in zip(there.families, back.families):
        near, opening = connected(there, back, ip)
        ends = {there: (ip, {"sport": near, "dport": 80}), back: (ip_back, {"sport": 80, "dport": near})}
        yield from opening
        for way, (header, ports) in ends.items():
            # Its sequence number is wrong, and so is its checksum, which a receiver would see
            for flags in "R", "RA":
                yield way, header() / TCP(**ports, flags=flags, seq=1, chksum=1), "session"
                is_state(there, near, "reset")
                yield way, header() / TCP(**ports, flags="A"), "session"
                is_state(there, near, "established")
        for flags in "F", "FA":
            yield back, ip_back() / TCP(sport=80, dport=near, flags=flags, seq=1), "session"
            is_state(there, near, "established")
            yield there, ip() / TCP(sport=near, dport=80, flags="PA"), "session"
            yield back, ip_back() / TCP(sport=80, dport=near, flags="PA"), "session"


@trick("S5 TCP from the middle of a connection opens nothing, and after attaching what the rules would have let open")
def _(there, back):
    for ip, ip_back in zip(there.families, back.families):
        for dport in 80, 22:
            for flags in "A", "PA", "SA", "FA":
                yield there, ip() / TCP(sport=there.number(), dport=dport, flags=flags), "tcp-no-session"
        there.b.set(adopt=910)
        near = there.number()
        yield there, ip() / TCP(sport=near, dport=22, flags="PA"), "tcp-no-session"
        yield back, ip_back() / TCP(sport=80, dport=near, flags="PA"), "rule-allow"
        yield there, ip() / TCP(sport=near, dport=80, flags="PA"), "session"
        there.b.set(adopt=0)


# Beside TCP and UDP, and beside IP

@trick("S12 GRE, SCTP and unknown protocols: one session by addresses; ports are not looked for")
def _(there, back):
    hidden = TCP(sport=there.number(), dport=22)
    for n, (ip, ip_back) in enumerate(zip(there.families, back.families)):
        yield there, ip() / GRE(key_present=1, key=1) / there.v4() / hidden, "rule-allow"
        yield there, ip() / GRE(key_present=1, key=2) / there.v6() / hidden, "session"
        yield back, ip_back() / GRE() / Raw(LETTERS[:40]), "session"
        yield back, ip_back(**{("proto", "nh")[n]: 47}) / Raw(b""), "session"
        sctp = SCTP(sport=80, dport=80) / Raw(bytes(20))
        yield there, ip() / sctp, "default-deny"
        # A tunnel of whatever kind is what it is
        for proto in 4, 41, 50, 94, 97, 136, 137, 253, 255:
            yield there, ip(**{("proto", "nh")[n]: proto}) / Raw(bytes(there.v4() / hidden)), "default-deny"
        rules = there.allow("132")
        yield there, ip() / sctp, "rule-allow"
        yield there, ip() / SCTP(sport=1, dport=2) / Raw(bytes(20)), "session"
        yield back, ip_back() / SCTP(sport=3, dport=4) / Raw(bytes(20)), "session"
        there.b.unrule(*rules)
    # Of these sessions either direction has the same: with the port they go, and leave no marks
    there.b.nl.do("port-del", ifindex=there.b.ifindex)
    port(there.b)


@trick("E0 ethertypes beside IP pass no guest's port, whatever is packed in them", SIDES)
def _(there, _):
    inner = there.v4() / UDP(sport=there.number(), dport=53)
    reason = "ethertype" if there.b.side == "guest" else "not-ip"
    for kind in 0x8847, 0x8863, 0x8864, 0x888e, 0x88cc, 0x88e5, 0x22f3, 0x6558, 0x0805:
        yield there, link(type=kind) / Raw(bytes(inner)), reason
    mac = {"dst": DEFAULT_MAC, "src": bytes(6)}
    yield there, Dot3(**mac) / LLC() / SNAP() / inner, reason
    yield there, Dot3(**mac) / LLC(dsap=6, ssap=6) / inner, reason


@trick("E0 a VLAN tag, one or two, passes a guest's port with trunk alone, and what is behind it is judged", SIDES)
def _(there, _):
    tagged = ([Dot1Q(vlan=7)], [Dot1Q(vlan=0)], [Dot1AD(vlan=7)], [Dot1AD(vlan=7), Dot1Q(vlan=8)],
              [Dot1Q(vlan=7), Dot1Q(vlan=8)], [Dot1Q(vlan=0), Dot1Q(vlan=0)])

    def fresh(tags, layers):
        return link() / chain_of([t.copy() for t in tags]) / layers

    for trunk in 0, 1:
        there.b.set(trunk=trunk)
        shut = there.b.side == "guest" and not trunk
        for tags in tagged:
            for ip in there.families:
                udp = UDP(sport=there.number(), dport=53)
                yield there, fresh(tags, ip() / udp), "vlan-tag" if shut else "rule-allow"
                yield there, fresh(tags, ip() / TCP(dport=22)), "vlan-tag" if shut else "default-deny"
                yield there, fresh(tags, ip() / udp), "vlan-tag" if shut else "session"
        for third in Dot1Q, Dot1AD:
            yield there, fresh([Dot1AD(vlan=7), Dot1Q(vlan=8), third(vlan=9)], there.v4() / UDP(dport=53)), \
                "vlan-depth"


# Who it claims to be

@trick("E1 a source that is not the port's own goes out by no packet, and its own comes in by none", SIDES)
def _(there, back):
    for ip, own, stranger in ((there.v4, there.b.local, "10.0.0.66"), (there.v6, there.b.local6, "2001:db8::66")):
        if there.direction == IN:
            for dst in own, stranger:  # the first is called Land
                yield there, ip(src=own, dst=dst) / TCP(sport=80, dport=80), "own-address"
                yield there, ip(src=own, dst=dst) / UDP(sport=there.number(), dport=53), "own-address"
            continue
        for src in stranger, "127.0.0.1" if own == there.b.local else "::1", \
                "0.0.0.0" if own == there.b.local else "::":
            yield there, ip(src=src) / UDP(sport=there.number(), dport=53), "address"
            yield there, ip(src=src) / TCP(sport=there.number(), dport=80), "address"
        # Nor does a session of the same ports help, nor a first fragment
        near, opening = connected(there, back, ip)
        yield from opening
        yield there, ip(src=stranger) / TCP(sport=near, dport=80, flags="A"), "address"
        data = transport(ip(), UDP(sport=there.number(), dport=53) / Raw(LETTERS[:100]))
        number = there.number()
        forged = piece(ip, number, data, 0, 64)
        forged.src = stranger
        yield there, forged, "address"
        yield there, piece(ip, number, data, 64, 108, more=False), "fragment-orphan"
    if there.direction == OUT:
        for sender, reason in (there.b.local, "arp"), ("10.0.0.66", "address"), ("10.0.0.1", "address"):
            yield there, link() / ARP(op=2, hwsrc=DEFAULT_MAC, psrc=sender, pdst=there.b.peer), \
                reason if there.b.side == "guest" or reason == "address" else "not-ip"


@trick("E4 an ICMP error passes about a packet that ran in a live session; with one part forged it does not", SIDES)
def _(there, back):
    routers = "198.51.100.77", "2001:db8:77::1"
    strangers = "192.0.2.66", "2001:db8:9::66"
    for n, (ip, ip_back) in enumerate(zip(there.families, back.families)):
        near, opening = connected(there, back, ip)
        yield from opening
        router, stranger = routers[n], strangers[n]
        about = ICMP(type=3, code=1) if n == 0 else ICMPv6DestUnreach(code=4)
        # The guard would have its say about what leaves from an address that is not the port's
        outer = {"src": router} if back.direction == IN else {}
        src, dst = ip().src, ip().dst
        ports = {"sport": near, "dport": 80}

        def error(inner, about=about, outer=outer, ip_back=ip_back, **fields):
            return back, ip_back(**{**outer, **fields}) / about.copy() / Raw(bytes(inner))

        honest = ip() / TCP(**ports, flags="A")
        yield *error(honest), "related"
        yield *error(bytes(honest)[:len(ip()) + 8]), "related"
        for inner in (ip() / TCP(sport=near + 1, dport=80), ip() / TCP(sport=near, dport=81),
                      ip() / TCP(sport=80, dport=near), ip() / UDP(**ports), ip() / SCTP(**ports),
                      ip(src=stranger) / TCP(**ports), ip(dst=stranger) / TCP(**ports),
                      ip(src=dst, dst=src) / TCP(**ports), ip_back() / TCP(sport=80, dport=near),
                      ip(version=9) / TCP(**ports), bytes(honest)[:len(ip()) + 7], b"",
                      piece(ip, 1, bytes(80), 8, 16, proto=6)):
            yield *error(inner), "default-deny"
        # To another than the one who sent what it is about
        if back.direction == IN:
            yield *error(honest, dst=stranger), "default-deny"
        else:
            yield *error(honest, dst=router), "default-deny"
        # No error, be its body as it may; and a redirect, which steers
        for kind in (4, 10, 13) if n == 0 else (100, 127, 200):
            packet = error(honest)[1]
            packet[1].type = kind
            yield back, packet, "default-deny"
        redirect = error(honest)[1]
        redirect[1].type = 5 if n == 0 else 137
        steers = back.b.side == "guest" and back.direction == OUT
        yield back, redirect, "guest-redirect" if steers else "default-deny"
        # None of all these has harmed the session
        is_state(there, near, "established")


# What comes whole

class Whole:
    """A packet socket whose frames, but the marker, are super-packets, as a guest's tap has them."""

    def __init__(self, sock, v6):
        self.sock, self.v6 = sock, v6

    def send(self, data):
        if len(data) < 1000:
            return self.sock.send(data)
        start = 54 if self.v6 else 34
        # To be summed; TCP of that family, in pieces of 1000 bytes
        head = struct.pack("=BBHHHH", 1, 4 if self.v6 else 1, start + 20, 1000, start, 16)
        self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        try:
            return self.sock.send(head + data)
        finally:
            self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 0)

    def __getattr__(self, name):
        return getattr(self.sock, name)


@trick("E3 E8 a super-packet is one packet: one verdict, counted once, and its length may be 0", SIDES)
def _(there, back):
    b = there.b
    plain = b.far, b.near
    for ip, field in (there.v4, "len"), (there.v6, "plen"):
        near, opening = connected(there, back, ip)
        yield from opening
        b.far, b.near = (Whole(sock, ip == there.v6) for sock in plain)
        try:
            for fields in {}, {field: 0}:
                yield there, ip(**fields) / TCP(sport=near, dport=80, flags="A") / Raw(LETTERS), "session"
                yield there, ip(**fields) / TCP(sport=near, dport=22, flags="S") / Raw(LETTERS), "default-deny"
        finally:
            b.far, b.near = plain
        yield there, ip(**{field: 0}) / TCP(sport=near, dport=80, flags="A") / Raw(LETTERS[:1300]), \
            "ip-header" if ip == there.v4 else "l4-header"
