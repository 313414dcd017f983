# SPDX-License-Identifier: GPL-2.0
"""Real devices that carry frames through the module, and what came of each.

Each port is one end of a veth pair; the near ends are in one network namespace, the "host", the far
ends in another one. Frames from a far end meet the port's ingress hook, frames sent on the near end its
egress hook. Everything is on one CPU, whose queue keeps frames in order; so when a last frame, on a pair
without a port, has arrived, all that were going to have. Frames are told apart by a number in
their source address. Dropped ones are told of by events, in the order in which they were dropped.
"""

import collections
import glob
import os
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../frames"))
# pylint: disable=wrong-import-position
from bench import ETH_P_ALL, PACKET_IGNORE_OUTGOING, SO_RCVBUFFORCE, SOL_PACKET, Namespace
from netlink import Netlink, attributes

OURS = b"\x02\x5f"
PORTS = "p0", "p1", "p2", "p3"
# Of what passes on receipt: a socket for all would see frames before the hook does
KINDS = 0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x88cc, 0x8863, 0x9100, 0x0600, 0xffff, 4
MARKER = b"\xff" * 6 + OURS + b"\xff\xff\xff\xff" + b"\x08\x06" + bytes(46)
PATIENCE = 30  # seconds for the marker

Outcome = collections.namedtuple("Outcome", "passed reason rule")


u32 = struct.Struct("=I").unpack_from


class Strange(Exception):
    """The bed itself is not as it should be."""


class Refused(Exception):
    """The tool or the kernel refused a configuration."""


def receiver(kind):
    """All frames of a kind, on any device of the namespace."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(kind))
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    if kind == ETH_P_ALL:
        sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    sock.setblocking(False)
    return sock


def receive_at_once(cpu):
    """Where the kernel leaves what was received to its thread, as 6.1 does under load, that runs before
    the next frame is sent: frames of one direction would overtake those of the other otherwise."""
    for name in glob.glob("/proc/[0-9]*/comm"):
        with open(name, encoding="ascii", errors="replace") as file:
            if file.read() == f"ksoftirqd/{cpu}\n":
                os.sched_setscheduler(int(name.split("/")[2]), os.SCHED_FIFO, os.sched_param(1))


def sender(device):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    sock.bind((device, 0))
    return sock


class Bed:
    """Ports p0 to p3. `sides` is which side each of them has."""

    def __init__(self):
        cpu = min(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cpu})
        receive_at_once(cpu)
        self.host = Namespace()
        self.far_end = Namespace()  # and in it for now
        for n, port in enumerate((*PORTS, "mark")):
            self.host.run("ip", "link", "add", port, "type", "veth", "peer", "name", f"i{n}", "netns",
                          str(os.getpid()))
            self.far_end.run("ip", "link", "set", f"i{n}", "up")
        self.far = {port: sender(f"i{n}") for n, port in enumerate(PORTS)}
        self.far_receiver = receiver(ETH_P_ALL)
        self.host.enter()
        for port in (*PORTS, "mark"):
            self.host.run("ip", "link", "set", port, "up")
            path = f"/proc/sys/net/ipv4/conf/{port}/arp_ignore"  # with addresses of its own it is mute
            with open(path, "w", encoding="ascii") as file:
                file.write("8")
        self.near = {port: sender(port) for port in PORTS}
        self.mark = sender("mark")
        self.receivers = [receiver(kind) for kind in KINDS]
        self.index = {port: socket.if_nametoindex(port) for port in PORTS}
        self.name = {index: port for port, index in self.index.items()}
        self.nl = Netlink()
        self.spec = self.nl.spec
        self.events = Netlink(self.spec)
        self.events.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
        self.events.listen("denials")
        self.reasons = self.spec.enum["reason"]
        self.denial, self.explanation = (
            {name: a["number"] for name, a in self.spec.attrs[of].items()} for of in ("denial", "explain"))
        self.sides = {}
        self.number = 0
        self.buffer = bytearray(1 << 16)
        self.sent = 0

    # Configuration

    def tool(self, *arguments, text=None):
        done = subprocess.run(["sgnl", *arguments], input=text, capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise Refused(done.stderr.strip())
        return done.stdout

    def clear(self):
        """An empty namespace; with nothing on the devices."""
        self.nl.clear()
        for port in PORTS:
            if self.sides.pop(port + " address", None):
                self.host.run("ip", "address", "flush", "dev", port)
        self.sides = {}
        self._denials()

    def do(self, lines):
        """Commands, in one transaction; those of a device by themselves before."""
        batch, options = [], []
        for line in lines:
            if line.startswith("sessions"):
                options = ["--sessions", line.split()[1]]
                continue
            noun, verb, name, *words = line.split()
            if noun == "device":
                self._address(name, verb, words[0])
                continue
            if (noun, verb) == ("port", "add"):
                self.sides[name] = words[words.index("side") + 1]
            batch.append(line)
        if batch:
            self.tool(*options, "-b", "-", text="\n".join(batch) + "\n")

    def _address(self, device, verb, address):
        """What a device has; a port that follows it does so a moment later."""
        self.host.run("ip", "address", verb, f"{address}/32", "dev", device)
        self.sides[device + " address"] = True
        end = time.monotonic() + PATIENCE
        while True:
            port = [p for p in self.nl.dump("port-get") if p["ifindex"] == self.index[device]]
            if not port or not port[0].get("follow") or (address in port[0].get("address", ())) == (verb == "add"):
                return
            if time.monotonic() > end:
                raise Strange(f"{device}: its port does not follow")
            time.sleep(0.001)

    # Frames

    def send(self, frames, before):
        """Triples of port, direction and frame; the Outcome of each, without a reason where it passed.
        Before each is sent, `before` is called with it; those before it have met their hooks."""
        first = self.number
        self.number += len(frames)
        self.sent += len(frames)
        sockets = {(port, direction): (self.far if (direction == "out") == (side == "guest")
                                       else self.near)[port].send
                   for port, side in self.sides.items() if port in PORTS for direction in ("in", "out")}
        pack = struct.Struct(">I").pack
        for n, (port, direction, data) in enumerate(frames, first):
            before(port, direction, data)
            sockets[port, direction](data[:6] + OURS + pack(n) + data[12:])
        self.mark.send(MARKER)
        passed = self._arrived(first, len(frames))
        denials = self._denials()
        dropped = [n for n in range(len(frames)) if n not in passed]
        out = [Outcome(True, None, None)] * len(frames)
        for n, (port, direction, reason, rule, head) in zip(dropped, denials):
            if (port, direction) != frames[n][:2] or head not in frames[n][2]:
                raise Strange(f"frame {n}, {' '.join(frames[n][:2])} {frames[n][2].hex()} did not arrive, and the "
                              f"next denial is of {port} {direction} {reason}: {head.hex()}")
            out[n] = Outcome(False, reason, rule)
        if len(dropped) != len(denials):
            raise Strange(f"of {len(frames)} frames {len(dropped)} did not arrive, and there were "
                          f"{len(denials)} denials; frames {dropped[len(denials):]}, "
                          f"denials {denials[len(dropped):]}")
        return out

    def _arrived(self, first, count):
        """Numbers of those frames that did."""
        passed = set()
        end = time.monotonic() + PATIENCE
        view, marked = self.buffer, False
        unpack = struct.Struct(">2sI").unpack_from
        while not marked:
            # The far end's socket has the marker, which comes behind everything
            try:
                while True:
                    self.far_receiver.recv_into(view, 64)
                    ours, n = unpack(view, 6)
                    if n == 0xffffffff:
                        marked = True
                    elif ours == OURS:
                        passed.add(n - first)
            except BlockingIOError:
                if not marked and time.monotonic() > end:
                    raise Strange("the marker did not arrive") from None
        for sock in self.receivers:
            try:
                while True:
                    sock.recv_into(view, 64)
                    ours, n = unpack(view, 6)
                    if ours == OURS and n != 0xffffffff:
                        passed.add(n - first)
            except BlockingIOError:
                pass
        if passed and not 0 <= min(passed) <= max(passed) < count:
            raise Strange("a frame of a batch before arrived")
        return passed

    def _denials(self):
        out = []
        ifindex, direction, reason, rule, packet = (
            self.denial[name] for name in ("ifindex", "direction", "reason", "rule", "packet"))
        sock, view = self.events.sock, self.buffer
        while True:
            try:
                size = sock.recv_into(view, 0, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return out
            parts = dict(attributes(bytes(view[20:size])))
            out.append((self.name.get(u32(parts[ifindex])[0]), ("in", "out")[parts[direction][0]],
                        self.reasons[parts[reason][0]],
                        u32(parts[rule])[0] if rule in parts else None, parts.get(packet, b"")[:40]))

    def explain(self, port, direction, packet, tags, broadcast):
        """Reason and rule by which the kernel would judge an IP packet; None if it takes it for none."""
        try:
            reply = self.nl.ask("explain-get", ifindex=self.index[port], direction=direction, packet=packet,
                                vlan=tags, broadcast=broadcast)
        except OSError:
            return None
        parts = dict(attributes(reply))  # what it passed over is not asked for, and much
        reason, rule = (self.explanation[name] for name in ("reason", "rule"))
        return self.reasons[parts[reason][0]], u32(parts[rule])[0] if rule in parts else None

    # What is counted

    def counters(self):
        """Packets by port, direction and reason; those of rules."""
        out = collections.Counter()
        for stats in self.nl.dump("stats-get"):
            if stats.get("ifindex") in self.name:
                for direction in "in", "out":
                    for c in stats.get(f"counter-{direction}", ()):
                        out[self.name[stats["ifindex"]], direction, c["reason"]] = c["packets"]
        hits = collections.Counter({r["id"]: r["packets"] for r in self.nl.dump("rule-get")})
        return +out, +hits

    def sessions(self):
        """Live ones, as the kernel lists them."""
        return [s for s in self.nl.dump("session-get") if s["ifindex"] in self.name]
