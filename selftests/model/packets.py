# SPDX-License-Identifier: GPL-2.0
"""What is in a frame, read from the RFCs; and frames by hand, right unless asked to be wrong.

Nothing here is taken from the module. parse() is plain on purpose: it follows a header after the other
and looks at one byte after the other.
"""

import struct

ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86dd
TAGS = 0x8100, 0x88a8
ICMP, TCP, UDP, GRE, ICMP6, SCTP = 1, 6, 17, 47, 58, 132
HOP_BY_HOP, ROUTING, FRAGMENT, AUTH, DESTINATION = 0, 43, 44, 51, 60
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128


class Malformed(Exception):
    """A packet that is dropped for what it is; its argument is the reason."""


class Packet:
    """An IP packet: the fields that something is decided by."""

    def __init__(self):
        self.family = 0  # 4 or 6
        self.src = self.dst = b""
        self.hops = 0
        self.proto = None
        self.sport = self.dport = 0
        self.flags = None  # of TCP
        self.type = self.code = None  # of ICMP in its own family
        self.body = b""  # of ICMP, behind the first 8 bytes
        self.target = None  # of neighbour solicitations and advertisements
        self.echo = None  # "request" or "reply"
        self.fragment = None  # "first" or "later"
        self.ident = None  # of a fragment: (id, protocol), (id,) in IPv6
        self.offset = self.length = 0  # of a fragment's payload, in bytes
        self.more = False
        self.multicast = False

    def icmp(self):
        return self.type is not None


# IPv4's and IPv6's numbers of the same things
ECHO_TYPES = {4: {8: "request", 0: "reply"}, 6: {128: "request", 129: "reply"}}


def is_multicast(address):
    if len(address) == 4:
        return address[0] >> 4 == 14 or address == b"\xff\xff\xff\xff"
    return address[0] == 0xff


def _options(options):
    """RFC 791, 3.1: a list of options, up to one that ends it."""
    at = 0
    while at < len(options):
        kind = options[at]
        if kind == 0:
            return
        if kind == 1:
            at += 1
            continue
        if at + 1 >= len(options) or options[at + 1] < 2 or at + options[at + 1] > len(options):
            raise Malformed("ip-options")
        if kind in (131, 137):  # loose and strict source route
            raise Malformed("ip-options")
        at += options[at + 1]


def _ipv4(data, p, cut, checks):
    if len(data) < 20 or data[0] >> 4 != 4:
        raise Malformed("ip-header")
    size = (data[0] & 15) * 4
    total = data[2] << 8 | data[3]
    if size < 20 or size > len(data) or total < size or (total > len(data) and not cut):
        raise Malformed("ip-header")
    _options(data[20:size])
    p.family, p.src, p.dst, p.hops = 4, data[12:16], data[16:20], data[8]
    rest = data[size:total]
    where = data[6] << 8 | data[7]
    p.more, p.offset = bool(where & 0x2000), (where & 0x1fff) * 8
    proto = data[9]
    if p.offset or p.more:
        p.fragment = "later" if p.offset else "first"
        p.ident, p.length = (data[4] << 8 | data[5], proto), total - size
        if checks and (not p.length or p.more and p.length % 8):
            raise Malformed("ip-header")
        if checks and size + p.offset + p.length > 65535:
            raise Malformed("ip-header")
        if p.fragment == "later":
            if checks and proto == TCP and p.offset == 8:
                raise Malformed("fragment-tiny")
            p.proto = proto
            return
    _chain(proto, rest, p, (AUTH,), cut)


def _ipv6(data, p, cut, checks):
    if len(data) < 40 or data[0] >> 4 != 6:
        raise Malformed("ip-header")
    size = data[4] << 8 | data[5]
    if 40 + size > len(data) and not cut:
        raise Malformed("ip-header")
    p.family, p.src, p.dst, p.hops = 6, data[8:24], data[24:40], data[7]
    _chain(data[6], data[40:40 + size], p, (HOP_BY_HOP, ROUTING, FRAGMENT, AUTH, DESTINATION), cut,
           checks)


def _chain(proto, rest, p, known, cut, checks=False):
    """The headers up to the first one that is none of the known: RFC 8200, RFC 4302."""
    headers = size_of_all = 0
    short = "ext-header"
    if p.fragment == "first":
        short = "fragment-tiny"
    while proto in known:
        if proto == HOP_BY_HOP and headers:
            raise Malformed("ext-header")
        headers += 1
        if headers > 8:
            raise Malformed("ext-header")
        if len(rest) < 8:
            raise Malformed(short)
        size = 8
        if proto == AUTH:
            size = (rest[1] + 2) * 4
        elif proto != FRAGMENT:
            size = (rest[1] + 1) * 8
        if proto == ROUTING and rest[2] == 0:
            raise Malformed("ext-header")
        size_of_all += size
        if size_of_all > 256:
            raise Malformed("ext-header")
        if proto == FRAGMENT:
            word = rest[2] << 8 | rest[3]
            offset, more = word & 0xfff8, bool(word & 1)
            if offset or more:
                if p.fragment:
                    raise Malformed("ext-header")
                p.fragment = "later" if offset else "first"
                p.offset, p.more, p.length = offset, more, len(rest) - 8
                p.ident = (rest[4:8],)
                if checks and (not p.length or more and p.length % 8):
                    raise Malformed("ext-header")
                if checks and offset + p.length > 65535:
                    raise Malformed("ip-header")
                if p.fragment == "later":
                    return
                short = "fragment-tiny"
        if size > len(rest):
            raise Malformed(short)
        proto, rest = rest[0], rest[size:]
    p.proto = proto
    _transport(rest, p, "fragment-tiny" if p.fragment else "l4-header", cut)


def _transport(data, p, short, cut):
    icmp = p.proto == (ICMP if p.family == 4 else ICMP6)
    least = 8 if icmp else {TCP: 8 if cut else 20, UDP: 8}.get(p.proto, 0)
    if len(data) < least:
        raise Malformed(short)
    if p.proto in (TCP, UDP):
        p.sport, p.dport = struct.unpack_from(">HH", data)
    if p.proto == TCP and len(data) >= 20:
        if data[12] >> 4 < 5 or (data[12] >> 4) * 4 > len(data) and not cut:
            raise Malformed("l4-header")
        p.flags = data[13]
        if not p.flags & 0x3f or p.flags & SYN and p.flags & (FIN | RST):
            raise Malformed("tcp-flags")
    elif p.proto == UDP:
        size = struct.unpack_from(">H", data, 4)[0]
        if size < 8 or size > len(data) and not p.fragment and not cut:
            raise Malformed("l4-header")
    elif icmp:
        p.type, p.code, p.body = data[0], data[1], data[8:]
        p.echo = ECHO_TYPES[p.family].get(p.type)
        if p.echo:
            p.sport = p.dport = struct.unpack_from(">H", data, 4)[0]
        if p.family == 6 and p.type in (135, 136) and len(data) >= 24:
            p.target = data[8:24]


def parse_ip(data, kind, cut=False, checks=True):
    """The Packet in data, an IP packet of that ethertype.

    cut: it is the beginning of one, as in an ICMP error; checks: of fragments' lengths.
    """
    p = Packet()
    (_ipv4 if kind == IPV4 else _ipv6)(data, p, cut, checks)
    p.multicast = is_multicast(p.dst)
    return p


def parse_link(frame):
    """Ethertype, VLAN ids (outer first) and where the payload begins."""
    tags, at = [], 12
    while True:
        if len(frame) < at + 2:
            raise Malformed("frame")
        kind = frame[at] << 8 | frame[at + 1]
        at += 2
        if kind not in TAGS:
            return kind, tuple(tags), at
        if len(tags) == 2:
            raise Malformed("vlan-depth")
        if len(frame) < at + 2:
            raise Malformed("frame")
        tags.append((frame[at] << 8 | frame[at + 1]) & 0xfff)
        at += 2


# Building

def checksum(data):
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def with_sum(data, at, head=b""):
    total = checksum(head + data) or 0xffff
    return data[:at] + struct.pack(">H", total) + data[at + 2:]


def pseudo(src, dst, proto, size):
    return src + dst + struct.pack(">II", size, proto)


def tcp(src, dst, sport, dport, flags, data=b"", words=None):
    head = struct.pack(">HHIIBBHHH", sport, dport, 1, 1, (5 if words is None else words) << 4, flags,
                       1024, 0, 0) + data
    return with_sum(head, 16, pseudo(src, dst, TCP, len(head)))


def udp(src, dst, sport, dport, data=b"", size=None):
    head = struct.pack(">HHHH", sport, dport, 8 + len(data) if size is None else size, 0) + data
    return with_sum(head, 6, pseudo(src, dst, UDP, len(head)))


def icmp(src, dst, kind, code, rest):
    data = bytes([kind, code, 0, 0]) + rest
    if len(src) == 4:
        return with_sum(data, 2)
    return with_sum(data, 2, pseudo(src, dst, ICMP6, len(data)))


def ipv4(src, dst, proto, data, hops=64, ident=0, where=0, options=b"", **wrong):
    size = 20 + len(options)
    first = wrong.get("version", 4) << 4 | wrong.get("words", size // 4)
    total = wrong.get("total", size + len(data))
    head = struct.pack(">BBHHHBBH", first, 0, total & 0xffff, ident, where, hops, proto,
                       0) + src + dst + options
    return with_sum(head, 10) + data


def ipv6(src, dst, proto, data, hops=64, ext=(), **wrong):
    """ext: pairs of a header's number and what is behind its first byte."""
    for number, rest in reversed(ext):
        data = bytes([proto]) + rest + data
        proto = number
    return struct.pack(">IHBB", wrong.get("version", 6) << 28, wrong.get("total", len(data)) & 0xffff,
                       proto, hops) + src + dst + data


def packet(src, dst, proto, data, **more):
    return (ipv4 if len(src) == 4 else ipv6)(src, dst, proto, data, **more)


def fragment_header(offset, more, ident):
    """Of IPv6; offset in bytes."""
    return FRAGMENT, struct.pack(">BHI", 0, offset | more, ident)


def arp(sender, target, operation=1):
    return struct.pack(">HHBBH", 1, IPV4, 6, 4, operation) + bytes(6) + sender + bytes(6) + target


STATION = bytes.fromhex("020000000002")


def link_address(dst):
    if dst == b"\xff" * 4:
        return b"\xff" * 6
    if is_multicast(dst):
        if len(dst) == 4:
            return b"\x01\x00\x5e" + bytes([dst[1] & 127]) + dst[2:]
        return b"\x33\x33" + dst[12:]
    return STATION


def frame(payload, kind, tags=(), mac=STATION):
    """The source is left to the bed. tags: VLAN ids, outer first."""
    head = mac + bytes(6)
    for n, tag in enumerate(tags):
        head += struct.pack(">HH", TAGS[1] if n + 1 < len(tags) else TAGS[0], tag)
    return head + struct.pack(">H", kind) + payload
