# SPDX-License-Identifier: GPL-2.0
"""Frames by hand: from the transport up to Ethernet, right unless asked to be wrong."""

import functools
import ipaddress
import struct
from collections import namedtuple

IPV4, ARP, VLAN, IPV6, QINQ = 0x0800, 0x0806, 0x8100, 0x86dd, 0x88a8
ICMP, TCP, UDP, GRE, ICMP6, SCTP = 1, 6, 17, 47, 58, 132
HOPOPTS, ROUTING, FRAGMENT, AUTH, NONE, DESTOPTS = 0, 43, 44, 51, 59, 60
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}
MORE = 0x2000  # IPv4's "more fragments"

# A transport: its protocol, its bytes, where its checksum stands (or None), and whether that
# covers the addresses.
Transport = namedtuple("Transport", "proto data sum_at pseudo", defaults=(None, False))
# An extension header: its number, and all of it behind the "next header" byte.
Extension = namedtuple("Extension", "number rest")


@functools.lru_cache(maxsize=1 << 16)
def packed(address):
    return address if isinstance(address, bytes) else ipaddress.ip_address(address).packed


def prefix(cidr):
    """As the protocol has it: an address, and a byte for its length."""
    network = ipaddress.ip_network(cidr, strict=False)
    return packed(cidr.split("/")[0]) + bytes([network.prefixlen])


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


# Transports

def tcp(sport, dport, flags="S", data=b"", seq=1, ack=0, options=b"", doff=None):
    """doff: the header's length as it claims, in words."""
    bits = sum(FLAGS[f] for f in flags)
    words = 5 + len(options) // 4 if doff is None else doff
    return Transport(TCP, struct.pack(">HHIIBBHHH", sport, dport, seq, ack, words << 4, bits,
                                      65535, 0, 0) + options + data, 16, True)


def udp(sport, dport, data=b"", length=None):
    """length: as the header claims."""
    size = 8 + len(data) if length is None else length
    return Transport(UDP, struct.pack(">HHHH", sport, dport, size, 0) + data, 6, True)


def icmp(kind, code=0, body=bytes(4)):
    return Transport(ICMP, struct.pack(">BBH", kind, code, 0) + body, 2)


def icmp6(kind, code=0, body=bytes(4)):
    return Transport(ICMP6, struct.pack(">BBH", kind, code, 0) + body, 2, True)


def echo(ident, reply=False, v6=False, seq=1):
    body = struct.pack(">HH", ident, seq) + b"data"
    if v6:
        return icmp6(129 if reply else 128, 0, body)
    return icmp(0 if reply else 8, 0, body)


def other(proto, data=bytes(16)):
    """Any protocol, without checksum: GRE, SCTP, unknown ones."""
    return Transport(proto, data)


def neighbour(kind, target="fe80::1", code=0):
    """133 to 137: router and neighbour solicitation and advertisement, redirect."""
    body = {133: bytes(4), 134: bytes(12), 137: bytes(4) + packed(target) * 2}
    return icmp6(kind, code, body.get(kind) or bytes(4) + packed(target))


def mld(kind, group="ff02::1:3"):
    """130 to 132: query, report and done; 143: report of version 2."""
    if kind == 143:
        return icmp6(143, 0, bytes.fromhex("0000000104000000") + packed(group))
    return icmp6(kind, 0, bytes(4) + packed(group))


def dhcp(sport, dport):
    return udp(sport, dport, bytes.fromhex("01010600") + bytes(240))


# Extension headers

def options_header(number, size=8):
    """Hop-by-hop or destination options of so many bytes, Pad1 in them."""
    return Extension(number, bytes([size // 8 - 1]) + bytes(size - 2))


def routing(kind, size=8):
    return Extension(ROUTING, bytes([size // 8 - 1, kind]) + bytes(size - 3))


def fragment6(offset=0, more=False, ident=1):
    return Extension(FRAGMENT, struct.pack(">BHI", 0, offset << 3 | more, ident))


def auth(size=24):
    return Extension(AUTH, bytes([size // 4 - 2]) + bytes(size - 2))


# Packets

def ip(src, dst, transport, ttl=64, ext=(), keep=None, options=b"", frag=0, ident=1, claim=None,
       version=None, words=None):
    """A packet; its family is the addresses'.

    ext: extension headers; keep: so many bytes of the transport alone; options, frag: IPv4's;
    claim, version, words: the length, version and IPv4's header length as the packet tells them.
    """
    src, dst = packed(src), packed(dst)
    proto, data, sum_at, pseudo = transport
    if sum_at is not None and len(data) >= sum_at + 2:
        head = src + dst + struct.pack(">II", len(data), proto) if pseudo else b""
        total = checksum(head + data) or 0xffff
        data = data[:sum_at] + struct.pack(">H", total) + data[sum_at + 2:]
    if keep is not None:
        data = data[:keep]
    for number, rest in reversed(ext):
        data = bytes([proto]) + rest + data
        proto = number
    if len(src) == 16:
        size = len(data) if claim is None else claim
        return struct.pack(">IHBB", (6 if version is None else version) << 28, size, proto,
                           ttl) + src + dst + data
    size = 20 + len(options)
    head = struct.pack(">BBHHHBBH",
                       (4 if version is None else version) << 4 |
                       (size // 4 if words is None else words),
                       0, size + len(data) if claim is None else claim, ident, frag, ttl, proto,
                       0) + src + dst + options
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + data


def arp(sender, target, reply=False):
    return struct.pack(">HHBBH", 1, IPV4, 6, 4, 2 if reply else 1) + bytes(6) + \
        packed(sender) + bytes(6) + packed(target)


# Frames

DEFAULT_MAC = bytes.fromhex("020000000002")
BROADCAST_MAC = b"\xff" * 6


def link_address(packet):
    """The destination that an Ethernet has for a packet."""
    if packet[0] >> 4 == 4 and len(packet) >= 20:
        if packet[16:20] == b"\xff" * 4:
            return BROADCAST_MAC
        if packet[16] >> 4 == 14:
            return b"\x01\x00\x5e" + bytes([packet[17] & 0x7f]) + packet[18:20]
    elif packet[0] >> 4 == 6 and len(packet) >= 40 and packet[24] == 0xff:
        return b"\x33\x33" + packet[36:40]
    return DEFAULT_MAC


def frame(packet, kind=None, tags=(), mac=None):
    """A frame; its source is left to whoever sends it.

    tags: VLAN ids, outer first, or pairs of ethertype and id; kind: another ethertype.
    """
    if kind is None:
        kind = IPV6 if packet[0] >> 4 == 6 else IPV4
    if mac is None:
        mac = link_address(packet) if packet else DEFAULT_MAC
    head = mac + bytes(6)
    for n, tag in enumerate(tags):
        if isinstance(tag, int):
            tag = (QINQ if n + 1 < len(tags) else VLAN, tag)
        head += struct.pack(">HH", *tag)
    return head + struct.pack(">H", kind) + packet


def ethertypes(data):
    """The ethertype of a frame and those behind its tags."""
    out, at = [], 12
    while at + 2 <= len(data):
        kind = struct.unpack_from(">H", data, at)[0]
        out.append(kind if kind >= 0x600 else 4)
        if kind not in (VLAN, QINQ):
            break
        at += 4
    return out
