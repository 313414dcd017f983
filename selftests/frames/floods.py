# SPDX-License-Identifier: GPL-2.0
"""Floods at one port, and what another one loses by them: nothing. S10, S11.

The flood is frames through the bench's port, as fast as they go. Meanwhile a neighbour, a namespace
behind another port of the same host, holds TCP connections, begins others, and asks by UDP, in whole datagrams
and in fragments, all by the kernel's own stack and both ways. Each request must be answered, and none of the
neighbour's packets may be dropped.
"""

import collections
import contextlib
import json
import os
import select
import socket
import traceback

from bench import IN, OUT, PASSING, Namespace, Wrong
from frames import MORE, Transport, echo, frame, ip, tcp, udp
from run import test

SECONDS = float(os.environ.get("SGNL_FLOOD_SECONDS", "3"))
QUOTA = 500
FLOWS = 2048
FRAGMENTS = 256
ANY = "0.0.0.0/0"
HOST, NEIGHBOUR = "10.9.0.1", "10.9.0.2"
PATIENCE = 10  # seconds for an answer


# The neighbour

class Requests:
    """Sockets of both ends of the neighbour's port, in one process."""

    def __init__(self, host, instance):
        self.ends = {HOST: host, NEIGHBOUR: instance}
        self.counts = {"answered": collections.Counter(), "lost": collections.Counter()}
        self.tcp, self.udp = {}, {}
        for address in self.ends:
            self.tcp[address] = self.socket(address, socket.SOCK_STREAM)
            self.tcp[address].bind((address, 7000))
            self.tcp[address].listen()
            self.udp[address] = self.socket(address, socket.SOCK_DGRAM)
            self.udp[address].bind((address, 7000))
        self.held = {near: self.connect(near) for near in self.ends}

    def socket(self, address, kind):
        self.ends[address].enter()
        sock = socket.socket(socket.AF_INET, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.settimeout(PATIENCE)
        return sock

    def far(self, near):
        return HOST if near == NEIGHBOUR else NEIGHBOUR

    def connect(self, near):
        """Both ends of a new connection."""
        sock = self.socket(near, socket.SOCK_STREAM)
        sock.connect((self.far(near), 7000))
        there, _ = self.tcp[self.far(near)].accept()
        there.settimeout(PATIENCE)
        return sock, there

    @staticmethod
    def talk(ends):
        for sender, receiver in ends, ends[::-1]:
            sender.send(b"hello")
            if receiver.recv(5) != b"hello":
                raise OSError("the connection ended")

    def begin(self, near):
        ends = self.connect(near)
        self.talk(ends)
        for sock in ends:
            sock.close()

    def ask(self, near, size):
        server = self.udp[self.far(near)]
        with self.socket(near, socket.SOCK_DGRAM) as sock:
            sock.sendto(bytes(size), (self.far(near), 7000))
            data, source = server.recvfrom(1 << 16)
            server.sendto(data, source)
            if len(sock.recv(1 << 16)) != size:
                raise OSError("another answer")

    def all(self):
        for near in self.ends:
            for what, request in (("held", lambda n: self.talk(self.held[n])), ("new", self.begin),
                                  ("udp", lambda n: self.ask(n, 100)), ("fragments", lambda n: self.ask(n, 4000))):
                try:
                    request(near)
                    self.counts["answered"][what] += 1
                except OSError as e:
                    self.counts["lost"][f"{what}: {e}"] += 1

class Neighbour:
    """A port beside the bench's, p1, and its requests in a process of their own."""

    instance = None

    def __init__(self, b):
        self.b = b
        if not Neighbour.instance:
            Neighbour.instance = Namespace()
            b.host.run("ip", "link", "add", "p1", "type", "veth", "peer", "name", "eth0", "netns",
                       str(os.getpid()))
            for ns, device, address in ((Neighbour.instance, "eth0", NEIGHBOUR), (b.host, "p1", HOST)):
                ns.run("ip", "address", "add", f"{address}/24", "dev", device)
                ns.run("ip", "link", "set", device, "up")
            b.host.enter()
        self.ifindex = socket.if_nametoindex("p1")
        b.group("sg-n")
        for proto in "tcp", "udp":
            b.rule(f"sg-n in allow {proto} port 7000/7000 from {ANY}")
        b.nl.do("port-add", ifindex=self.ifindex, side="guest", group="sg-n", address=NEIGHBOUR, guard=1)
        self.output, theirs = os.pipe()
        orders, self.orders = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                self._run(orders, theirs)
            except Exception:  # pylint: disable=broad-except
                traceback.print_exc()
            os._exit(1)
        os.close(theirs)
        os.close(orders)
        if os.read(self.output, 1) != b"+":
            raise Wrong("the neighbour does not begin")

    def _run(self, orders, output):
        os.sched_setaffinity(0, range(os.cpu_count()))
        requests = Requests(self.b.host, self.instance)
        os.write(output, b"+")
        while not select.select([orders], [], [], 0.05)[0]:
            requests.all()
        requests.all()
        os.write(output, json.dumps(requests.counts).encode())

    def end(self):
        """What was answered and what was lost, and which of its packets were dropped, by reason."""
        os.write(self.orders, b"end")
        said = json.loads(os.read(self.output, 1 << 16))
        os.waitpid(self.pid, 0)
        stats, = (s for s in self.b.nl.dump("stats-get") if s.get("ifindex") == self.ifindex)
        dropped = {c["reason"]: c["packets"] for way in (IN, OUT) for c in stats[f"counter-{way}"]
                   if c["reason"] not in PASSING}
        return said["answered"], said["lost"], dropped


@contextlib.contextmanager
def beside(b):
    """In here a neighbour's requests are under way; at the end they were all answered."""
    neighbour = Neighbour(b)
    try:
        yield
    finally:
        answered, lost, dropped = neighbour.end()
    print(f"#   neighbour: answered {answered}, lost {lost or 'nothing'}", flush=True)
    if lost or dropped or len(answered) != 4:
        raise Wrong(f"answered {answered}, lost {lost}, dropped {dropped}")


# The flood

def port(b, **options):
    """Both ways through the bench's port all passes."""
    b.group("sg-a", type="enterprise")
    rules = {d: b.rule(f"sg-a {d} allow all {'from' if d == IN else 'to'} {ANY}") for d in (IN, OUT)}
    b.port("sg-a", **options)
    return rules


def held(b):
    """How many sessions the bench's port has."""
    shown, = (p for p in b.nl.dump("port-get") if p["ifindex"] == b.ifindex)
    return shown["sessions"]


def strangers():
    return [f"198.18.{n >> 8}.{n & 255}" for n in range(FLOWS)]


def answered_sessions(b, count):
    """Opens them; the packets by which they live on."""
    near = [b.number() for _ in range(count)]
    for n in near:
        b.out(tcp(n, 80), "rule-allow", b.rules[OUT])
        b.inn(tcp(80, n, "SA"), "session")
    return near


def alive(b, near):
    for n in near:
        b.inn(tcp(80, n, "A"), "session")
        b.out(tcp(n, 80, "A"), "session")


def flooded(b, what, direction, batch, watch=lambda: None):
    """Floods, with the neighbour beside it; reasons by which packets were counted, and how many."""
    before = b.counters()
    with beside(b):
        sent, seconds = b.flood(direction, batch, SECONDS, watch)
        reasons = b.counters() - before
    reasons = {reason: n for (way, reason), n in reasons.items() if way == direction and reason != "arp"}
    b.new_hits()
    print(f"# {what}: {sent} frames in {seconds:.1f} s: {reasons}", flush=True)
    if sum(reasons.values()) != sent:
        raise Wrong(f"{sent} frames were counted as {reasons}")
    return reasons, sent


def openings(b, what, direction, transport):
    """A flood of packets each of which would open a session of its own."""
    b.rules = port(b, sessions_max=QUOTA)
    near = answered_sessions(b, 20)
    most = [0]

    def watch():
        most[0] = max(most[0], held(b))

    batch = [frame(ip(*((s, b.local) if direction == IN else (b.local, s)), transport(n)))
             for n, s in enumerate(strangers(), 1)]
    reasons, sent = flooded(b, what, direction, batch, watch)
    if most[0] != QUOTA or held(b) != QUOTA:
        raise Wrong(f"{most[0]} sessions, then {held(b)}, of {QUOTA}")
    if reasons != {"rule-allow": sent}:
        raise Wrong(f"{reasons}")
    alive(b, near)


@test("S10 S3 a flood of SYNs keeps to its port's quota, ends nothing answered, and a neighbour loses nothing", ("guest",))
def _(b):
    openings(b, "SYN", IN, lambda n: tcp(n, 80))


@test("S10 S12 a flood of UDP likewise", ("guest",))
def _(b):
    openings(b, "UDP", OUT, lambda n: udp(n, 53, b"some data"))


@test("S10 S12 a flood of echo requests likewise", ("guest",))
def _(b):
    openings(b, "echo", IN, echo)


@test("S10 at a quota of answered sessions a flood is refused, they live on, and a neighbour loses nothing", ("guest",))
def _(b):
    b.rules = port(b, sessions_max=QUOTA)
    near = answered_sessions(b, QUOTA)
    batch = [frame(ip(s, b.local, (tcp, udp)[n % 2](n + 1, 80))) for n, s in enumerate(strangers())]
    reasons, sent = flooded(b, "full", IN, batch)
    if reasons != {"quota": sent} or held(b) != QUOTA:
        raise Wrong(f"{reasons}, {held(b)} sessions")
    alive(b, near[::10])


@test("S11 a flood of fragments fills its port's room alone: what it began goes on, a neighbour's fragments pass", ("guest",))
def _(b):
    rules = port(b)
    data = udp(b.number(), 53, bytes(120)).data
    b.inn(Transport(17, data[:64]), "rule-allow", rules[IN], ident=9, frag=MORE)
    batch = []
    for n in range(FLOWS):
        whole = udp(n + 1, 53, bytes(120)).data
        first, later = (frame(ip(b.peer, b.local, Transport(17, part), ident=n, frag=offset | MORE))
                        for part, offset in ((whole[:64], 0), (whole[64:128], 16)))
        batch += [later, first] if n != 9 else []
    reasons, _ = flooded(b, "fragments", IN, batch)
    # Thirty seconds later they are forgotten
    if not FRAGMENTS - 1 <= reasons["rule-allow"] <= FRAGMENTS * (2 + SECONDS // 30) or \
            set(reasons) - {"fragment", "fragment-table", "fragment-orphan", "fragment-overlap", "rule-allow"}:
        raise Wrong(f"{reasons}")
    if SECONDS < 20:
        b.inn(Transport(17, data[64:]), "fragment", ident=9, frag=8)
