# SPDX-License-Identifier: GPL-2.0
"""A port on a bench: frames go in at one end, and it is told what came out at the other, and why.

A veth pair, both ends in network namespaces of their own: the near end is the port, in the "host";
the far one is the instance's, or the wire's if the port's side is `self`. Frames from the far end meet
the port's ingress hook, frames sent on the near end its egress hook. Behind each batch goes a marker,
an ARP frame of no address, which passes any port: when it has arrived, so has all that was going to. So nothing
waits for what does not come. Frames are told apart by their source addresses.
"""

import collections
import ctypes
import errno
import functools
import ipaddress
import itertools
import json
import os
import socket
import struct
import subprocess
import time

import frames
from netlink import SOL_NETLINK, Netlink, Refused

IN, OUT = "in", "out"
PASSING = frozenset("not-ip arp pmtud metaserver neighbour mld dhcp session member rule-allow "
                    "default-allow slb probe related fragment".split())
PROTOCOLS = {"icmp": 1, "icmpv4": 1, "tcp": 6, "udp": 17, "gre": 47, "icmpv6": 58}

SOL_PACKET, PACKET_QDISC_BYPASS, PACKET_IGNORE_OUTGOING, ETH_P_ALL = 263, 20, 23, 3
SO_RCVBUFFORCE, CLONE_NEWNET = 33, 0x40000000
NETLINK_BROADCAST_ERROR = 4
OURS = b"\x02\x5e"
MARKER = OURS + b"\xff\xff\xff\xff"
SEND_AT_ONCE = 256
LOST_AFTER = 20  # seconds without the marker

libc = ctypes.CDLL(None, use_errno=True)

Verdict = collections.namedtuple("Verdict", "passed reason rule")


class Wrong(AssertionError):
    """The module did not do what it should."""


def _check(status):
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Namespace:
    """A network namespace that lives as long as this process."""

    def __init__(self):
        _check(libc.unshare(CLONE_NEWNET))
        self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        # Nothing but what is sent here shall be on the wires
        for name in "all", "default":
            path = f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6"
            if os.path.exists(path):
                with open(path, "w", encoding="ascii") as file:
                    file.write("1")

    def enter(self):
        _check(libc.setns(self.fd, CLONE_NEWNET))

    def run(self, *command, **options):
        """A program in here; its output."""
        return subprocess.run(command, check=True, capture_output=True, text=True,
                              preexec_fn=self.enter, **options).stdout

    def start(self, *command, **options):
        return subprocess.Popen(command, preexec_fn=self.enter, **options)


def packet_socket(device, kind):
    """Bound to a device; kind 0 receives nothing."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", LOST_AFTER, 0))
    if kind == ETH_P_ALL:
        sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    sock.bind((device, kind))
    return sock


def drain(sock):
    while True:
        try:
            yield sock.recv(2048, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return


def rule_words(words):
    """The attributes of a rule in the tool's words: `sg-a in deny tcp port 1/9 from 10.0.0.0/8`."""
    group, direction, *rest = words.split()
    out = {"group": group, "direction": direction}
    if rest[0] in ("allow", "deny"):
        out["policy"] = rest.pop(0)
    proto = rest.pop(0)
    if proto != "all":
        out["proto"] = PROTOCOLS[proto] if proto in PROTOCOLS else int(proto)
    peer = "from" if direction == IN else "to"
    while rest:
        key, value = rest.pop(0), rest.pop(0)
        if key == "port" and value == "list":
            out["port_list"] = rest.pop(0)
        elif key in ("port", "sport"):
            if value == "-1/-1":
                continue
            first, _, last = value.partition("/")
            name = "port" if key == "port" else "source_port"
            out[f"{name}_min"], out[f"{name}_max"] = int(first), int(last or first)
        elif key in ("type", "code"):
            out[f"icmp_{key}"] = int(value)
        elif key == "priority":
            out["priority"] = int(value)
        elif key == peer and value == "group":
            out["peer_group"] = rest.pop(0)
        elif key == peer and value == "prefix-list":
            out["peer_list"] = rest.pop(0)
        elif key in ("from", "to"):
            end = "peer" if key == peer else "local"
            address, _, size = value.partition("/")
            out[f"{end}_address"] = address
            if size:
                out[f"{end}_prefix_len"] = int(size)
        else:
            raise ValueError(f"{key} in: {words}")
    return out


def prefix_bytes(text):
    """An entry of a prefix list, as the protocol has it."""
    address, _, size = text.partition("/")
    return ipaddress.ip_address(address).packed + bytes([int(size)])


class Bench:
    """A port, and what may be done with it. `side` is what the next port() is."""

    # What frames are made of unless they say otherwise
    local, peer = "10.0.0.5", "192.0.2.9"
    local6, peer6 = "2001:db8::5", "2001:db8:9::9"

    def __init__(self, device="p0"):
        # One CPU, so that frames stay in order
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        self.device, self.side = device, "guest"
        self.host = Namespace()
        self.instance = Namespace()  # and in it for now
        self.host.run("ip", "link", "add", device, "type", "veth", "peer", "name", "i0", "netns",
                      str(os.getpid()))
        self.instance.run("ip", "link", "set", "i0", "up")
        self.instance.run("ip", "link", "set", "lo", "up")
        self.far = packet_socket("i0", ETH_P_ALL)
        self.host.enter()
        self.host.run("ip", "link", "set", device, "up")
        self.host.run("ip", "link", "set", "lo", "up")
        self.near = packet_socket(device, 0)
        # A socket for all protocols would get what the hook has not seen yet.
        self.receivers = {}
        for kind in frames.ARP, frames.IPV4, frames.IPV6:
            self._receiver(kind)
        self.ifindex = socket.if_nametoindex(device)
        self.mac = bytes.fromhex(json.loads(self.host.run(
            "ip", "-j", "link", "show", device))[0]["address"].replace(":", ""))
        self.nl = Netlink()
        self.events = Netlink(self.nl.spec)
        self.marker = frames.ARP
        self.strange = []  # what came to the far end and was not sent here
        self.bypasses = False
        self._sequence = 0
        self._counters, self._hits = None, collections.Counter()
        self._ident = 20000

    def _receiver(self, kind):
        if kind not in self.receivers:
            self.receivers[kind] = packet_socket(self.device, kind)
        return self.receivers[kind]

    # Frames

    def send(self, direction, batch, claim=0):
        """Sends frames through the port; tells of each whether it arrived.

        claim: what a packet socket on the near end calls their protocol.
        """
        arrived = []
        for at in range(0, len(batch) or 1, SEND_AT_ONCE):
            arrived += self._send(direction, batch[at:at + SEND_AT_ONCE], claim)
        self._counters = None
        return arrived

    def _send(self, direction, batch, claim):
        inwards = (direction == OUT) == (self.side == "guest")
        sender = self.far if inwards else self.near
        receiver = self._receiver(self.marker) if inwards else self.far
        first = self._sequence
        self._sequence += len(batch)
        for n, data in enumerate(batch):
            data = data[:6] + OURS + struct.pack(">I", first + n) + data[12:]
            if inwards:
                for kind in frames.ethertypes(data):
                    self._receiver(kind)
                sender.send(data)
            elif claim:
                sender.sendto(data, (self.device, claim))
            else:
                self._try(sender, data)
        sender.send(marker_frame(self.marker))
        arrived = [False] * len(batch)

        def note(data):
            if data[6:8] != OURS:
                if not inwards:
                    self.strange.append(data)
            elif data[6:12] != MARKER:
                n = struct.unpack_from(">I", data, 8)[0] - first
                if not 0 <= n < len(batch) or arrived[n]:
                    raise Wrong(f"frame {n + first} arrived again or late")
                arrived[n] = True

        while True:
            try:
                data = receiver.recv(2048)
            except BlockingIOError:
                raise Wrong("the marker behind the frames did not arrive") from None
            if data[6:12] == MARKER:
                break
            note(data)
        if inwards:
            for kind, sock in self.receivers.items():
                if kind != self.marker:
                    for data in drain(sock):
                        note(data)
        return arrived

    def flood(self, direction, batch, seconds, watch):
        """Sends a batch once, and again and again for so long; how many frames in how many seconds.

        `watch` is called after each part of it, whose marker is waited for: no queue overflows.
        """
        inwards = (direction == OUT) == (self.side == "guest")
        sender = self.far if inwards else self.near
        receiver = self._receiver(self.marker) if inwards else self.far
        parts = [batch[at:at + SEND_AT_ONCE] for at in range(0, len(batch), SEND_AT_ONCE)]
        begun, sent = time.monotonic(), 0
        for n, part in enumerate(itertools.cycle(parts)):
            if n >= len(parts) and time.monotonic() - begun > seconds:
                break
            for data in part:
                sender.send(data)
            sender.send(marker_frame(self.marker))
            while receiver.recv(64)[6:12] != MARKER:
                pass
            sent += len(part)
            watch()
        for sock in self.receivers.values():
            collections.deque(drain(sock), 0)
        self._counters = None
        return sent, time.monotonic() - begun

    def bypass(self, on):
        """From now on the near end sends past the device's queue, or no more."""
        self.bypasses = on
        self.near.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, on)

    def _try(self, sender, data):
        try:
            sender.send(data)
        except OSError as e:    # past the queue the kernel tells of what is dropped
            if not self.bypasses or e.errno != errno.ENOBUFS:
                raise

    def far_noise(self):
        """What came to the far end by itself since it was asked last."""
        self.send(IN if self.side == "guest" else OUT, [])
        out, self.strange = self.strange, []
        return out

    # Verdicts

    def counters(self):
        """Packets by direction and reason."""
        out = collections.Counter()
        for stats in self.nl.dump("stats-get"):
            if stats.get("ifindex") == self.ifindex:
                for direction in IN, OUT:
                    for counter in stats.get(f"counter-{direction}", []):
                        out[direction, counter["reason"]] = counter["packets"]
        return out

    def namespace_stats(self):
        return [s for s in self.nl.dump("stats-get") if "ifindex" not in s][0]

    def hits(self):
        """Packets by rule."""
        return collections.Counter(
            {rule["id"]: rule["packets"] for rule in self.nl.dump("rule-get")})

    def judge(self, direction, batch, claim=0):
        """Sends frames; whether each arrived, and how often which reason."""
        before = self._counters if self._counters is not None else self.counters()
        arrived = self.send(direction, batch, claim)
        self._counters = self.counters()
        reasons = self._counters - before
        is_item = self.side == "guest" and self.marker == frames.ARP
        reasons[direction, "arp" if is_item else "not-ip"] -= -(-len(batch) // SEND_AT_ONCE) or 1
        return arrived, +reasons

    def explain(self, direction, data):
        """What the kernel says of a frame with IP in it that is not sent."""
        kinds = frames.ethertypes(data)
        tags = [struct.unpack_from(">H", data, 14 + 4 * n)[0] & 0xfff
                for n in range(len(kinds) - 1)]
        return self.nl.do("explain-get", ifindex=self.ifindex, direction=direction,
                          packet=data[14 + 4 * len(tags):], vlan=tags,
                          broadcast=bool(data[0] & 1))

    def explained(self, direction, data):
        """The reason and the rule, or None, that a frame with IP in it would meet."""
        said = self.explain(direction, data)
        return said["reason"], said.get("rule")

    def new_hits(self):
        """How often rules decided since this was asked last."""
        before, self._hits = self._hits, self.hits()
        return self._hits - before

    def probe(self, direction, data, claim=0):
        """Sends one frame; its Verdict.

        Hits are read where a rule decided; if one was counted without that, the next time tells.
        """
        arrived, reasons = self.judge(direction, [data], claim)
        if len(reasons) != 1 or sum(reasons.values()) != 1:
            raise Wrong(f"one {direction} frame was counted as {dict(reasons)}")
        (counted, reason), = reasons
        if counted != direction:
            raise Wrong(f"one {direction} frame was counted as {counted}")
        decided = reason.startswith("rule-") or reason in ("quota", "no-memory")
        rules = self.new_hits() if decided else {}
        if sum(rules.values()) > 1:
            raise Wrong(f"one {direction} frame, {reason}, was counted at rules {dict(rules)}")
        return Verdict(arrived[0], reason, next(iter(rules), None))

    def raw(self, direction, data, reason, rule=None, claim=0):
        """A frame that must be judged so."""
        want = Verdict(reason in PASSING, reason, rule)
        got = self.probe(direction, data, claim)
        if got != want:
            raise Wrong(f"{self.side}, {direction}: {got}, not {want}; frame {data[12:].hex()}")

    def expect(self, direction, transport, reason, rule=None, local=None, peer=None, tags=(),
               mac=None, **packet):
        """A packet between the port's address and a peer's that must be judged so."""
        v6 = ":" in (local or "") + (peer or "") or \
            (not local and not peer and transport.proto == frames.ICMP6)
        local = local or (self.local6 if v6 else self.local)
        peer = peer or (self.peer6 if v6 else self.peer)
        src, dst = (local, peer) if direction == OUT else (peer, local)
        self.raw(direction, frames.frame(frames.ip(src, dst, transport, **packet), tags=tags,
                                         mac=mac), reason, rule)

    def inn(self, *args, **kw):
        self.expect(IN, *args, **kw)

    def out(self, *args, **kw):
        self.expect(OUT, *args, **kw)

    def number(self):
        """A port or id that was not used before."""
        self._ident += 1
        return self._ident

    # Configuration

    def group(self, name, **options):
        self.nl.do("group-add", name=name, **options)

    def rule(self, words):
        """Adds a rule in the tool's words; its id."""
        return self.nl.do("rule-add", **rule_words(words))["id"]

    def unrule(self, *ids):
        for number in ids:
            self.nl.do("rule-del", id=number)

    def change(self, number, words):
        self.nl.do("rule-set", id=number, **rule_words(words))

    def prefixes(self, name, size, *entries, family="ipv4"):
        """Makes a prefix list."""
        self.nl.do("list-add", name=name, max_entries=size, family=family,
                   prefix=[prefix_bytes(e) for e in entries])

    def ranges(self, name, size, *entries):
        """Makes a port list."""
        self.nl.do("list-add", name=name, max_entries=size,
                   range=[struct.pack("=HH", *e) for e in entries])

    def entries(self, command, name, *entries):
        """Adds entries to a list (entry-add), takes some away (entry-del) or replaces all (set)."""
        if name.startswith("pl-"):
            words = {"prefix": [prefix_bytes(e) for e in entries]}
        else:
            words = {"range": [struct.pack("=HH", *e) for e in entries]}
        self.nl.do(f"list-{command}", name=name, clear_entries=not entries, **words)

    def member(self, group, *addresses):
        for address in addresses:
            self.nl.do("member-add", group=group, address=address)

    def unmember(self, group, *addresses):
        for address in addresses:
            self.nl.do("member-del", group=group, address=address)

    def port(self, *groups, **options):
        self._counters = None
        self.nl.do("port-add", ifindex=self.ifindex, side=self.side, group=groups, **options)

    def set(self, **options):
        self.nl.do("port-set", ifindex=self.ifindex, **options)

    def platform(self, item, switch=None, *prefixes):
        """Switches an item of platform traffic, or gives it prefixes."""
        self.nl.do("platform-set", item=item, switch=switch,
                   prefix=[frames.prefix(p) for p in prefixes])

    def platform_packets(self):
        """Packets by item."""
        return collections.Counter(
            {p["item"]: p["packets"] for p in self.nl.dump("platform-get")})

    def join(self, *groups):
        self.nl.do("port-join", ifindex=self.ifindex, group=groups)

    def leave(self, *groups):
        self.nl.do("port-leave", ifindex=self.ifindex, group=groups)

    def move(self, *groups):
        self.nl.do("port-move", ifindex=self.ifindex, group=groups)

    def refused(self, text, change, *args, **kw):
        """A change that the kernel must refuse with these words."""
        try:
            change(*args, **kw)
        except Refused as e:
            if text not in e.strerror:
                raise Wrong(f"refused with '{e.strerror}', not with '{text}'") from None
        else:
            raise Wrong(f"not refused with '{text}'")

    def sessions(self):
        """The live sessions of the port."""
        return [s for s in self.all_sessions() if s["state"] != "cut"]

    def all_sessions(self):
        """Also those that were cut, of which there are marks."""
        return [s for s in self.nl.dump("session-get") if s["ifindex"] == self.ifindex]

    def small_listener(self, group):
        """One with room for few events, which has the kernel count those that it does not get."""
        listener = Netlink(self.nl.spec)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.sock.setsockopt(SOL_NETLINK, NETLINK_BROADCAST_ERROR, 1)
        listener.listen(group)
        return listener

    def reset(self, side="guest"):
        """No port, no group, nothing."""
        if strays := self.new_hits():
            raise Wrong(f"packets that no rule decided were counted at rules {dict(strays)}")
        self.nl.clear()
        self.side, self._counters, self._hits = side, None, collections.Counter()
        self.marker = frames.ARP
        # The sessions of a port that is no more are given back in the background
        while self.namespace_stats()["sessions"]:
            time.sleep(0.01)


@functools.lru_cache
def marker_frame(kind):
    data = frames.frame(frames.arp("0.0.0.0", "192.0.2.2"), kind, mac=frames.BROADCAST_MAC)
    return data[:6] + MARKER + data[12:]
