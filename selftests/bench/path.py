# SPDX-License-Identifier: GPL-2.0
"""Rows of ns.py and insn.py: packets that cross this host from one network namespace to another, over real devices.

    client's c0 -- h0, forwarding, h1 -- s0 of the server

`added` is what a crossing takes with hooks, less what it takes without, just before and behind.
"""

import contextlib
import ctypes
import os
import socket
import time

from bed import COME_BACK, LEAVE, Wrong, command
from rounds import N, compare, show
from rules import ESTABLISHED, INSTANCE, NEIGHBOUR, OPEN, SIMPLE, UDP, ruleset

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
# What the bench's packets are sent to, and what nobody has: who receives that looks no further.
HOST, NOBODY = "02:00:00:00:00:00", "02:00:00:00:00:ff"
# (of the host, far one, its namespace, its address, and the address of its link layer)
WIRES = (("h0", "c0", "client", INSTANCE, "02:00:00:00:00:05"),
         ("h1", "s0", "server", NEIGHBOUR, "02:00:00:00:00:06"))
ONE, TWO = (OPEN + "".join(f"port add {wire[0]} side guest address {wire[3]} group sg-a\n" for wire in WIRES[:n])
            for n in (1, 2))
# With any hook on any device, the kernel takes a longer way through all of them.
ELSEWHERE = """table netdev elsewhere {
chain receipt { type filter hook ingress device "p0" priority 0; }
chain transmission { type filter hook egress device "p0" priority 0; }
}
"""
SERVER_PORT = 5001
BULK = 256 << 20
CHUNK = bytes(1 << 20)
LONG = 60  # seconds without a byte
TRIES = 10


class Place:
    """A network namespace, to go to."""

    def __init__(self, path):
        self._fd = os.open(path, os.O_RDONLY)

    def enter(self):
        if LIBC.setns(self._fd, CLONE_NEWNET):
            raise Wrong(f"setns: {os.strerror(ctypes.get_errno())}")


class Wires:
    """The host is the guest's first namespace. Nothing is on the wires but what is sent here."""

    def __init__(self, bed, arrive):
        self._bed = bed
        self._home = Place("/proc/self/ns/net")
        self._place = {}
        for _, _, name, _, _ in WIRES:
            command("ip", "netns", "add", name)
            self._place[name] = Place(f"/run/netns/{name}")
        for place in self._home, *self._place.values():
            place.enter()
            with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w", encoding="ascii") as file:
                file.write("1")
        self._home.enter()
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as file:
            file.write("1")
        for wire, other in (WIRES, WIRES[::-1]):
            self._add(wire, other, arrive)

    @staticmethod
    def _add(wire, other, arrive):
        host, far, name, address, mac = wire
        command("ip", "link", "add", host, "address", HOST, "type", "veth",
                "peer", "name", far, "address", mac, "netns", name)
        command("ip", "-batch", "-", stdin=f"""link set {host} up
neigh add {address} lladdr {mac if arrive else NOBODY} dev {host} nud permanent
route add {address} dev {host}
""")
        command("ip", "-n", name, "-batch", "-", stdin=f"""link set {far} up
address add {address}/32 dev {far}
neigh add {other[3]} lladdr {HOST} dev {far} nud permanent
route add default dev {far}
""")

    def close(self):
        for host, _, name, _, _ in WIRES:
            command("ip", "link", "del", host)
            command("ip", "netns", "del", name)

    @contextlib.contextmanager
    def inside(self, name):
        self._place[name].enter()
        try:
            yield
        finally:
            self._home.enter()

    def cross(self, way, flows, packets):
        """What a packet takes from one end to the other; each must be transmitted to that."""
        name, counter = ("client", "h1") if way == LEAVE else ("server", "h0")
        counter = f"/sys/class/net/{counter}/statistics/tx_packets"
        for _ in range(TRIES):
            before = number(counter)
            with self.inside(name):
                took = self._bed.median(way, flows, packets=packets)
            if number(counter) == before + packets:
                return took
            time.sleep(0.1)  # ksoftirqd has them, and what it took is not in the figure
            if number(counter) != before + packets:
                raise Wrong(f"{number(counter) - before} of {packets} packets crossed")
        raise Wrong("ksoftirqd takes packets each time")


def number(path):
    with open(path, encoding="ascii") as file:
        return int(file.read())


def take_turns(bed, whos, measure):
    """What each takes, by round, and what nobody does around it; one after the other puts hooks where packets pass."""
    rounds, around = ({who: [] for who in whos} for _ in range(2))
    for _ in range(bed.rounds):
        before = measure()
        for who, (give, text) in whos.items():
            give(bed, text)
            rounds[who].append(measure())
            bed.unhook()
            after = measure()
            around[who].append((before + after) / 2)
            before = after
    return rounds, around


def sgnl(bed, text):
    bed.sgnl(text)


def nft(bed, text):
    bed.nft(text)


WHOS = {"sgnl": (sgnl, ONE), "sgnl-two-ports": (sgnl, TWO), "conntrack": (nft, ruleset(ESTABLISHED, SIMPLE)),
        "elsewhere": (nft, ELSEWHERE)}


def path(bed):
    """UDP of established flows."""
    wires = Wires(bed, arrive=False)
    for count in 1, 1000:
        flows = bed.flows((UDP, INSTANCE, 1024 + n, NEIGHBOUR, 443) for n in range(count))

        def measure(flows=flows, count=count):
            for way in LEAVE, COME_BACK, LEAVE:
                wires.cross(way, flows, count)
            return wires.cross(LEAVE, flows, 4 * N)

        rounds, around = take_turns(bed, WHOS, measure)
        added = {who: [took - base for took, base in zip(rounds[who], around[who])] for who in WHOS}
        compare(f"path-{count}", {"without": around["sgnl"], **added}, "sgnl", "conntrack")
        compare(f"path-{count}-two", {who: added[who] for who in ("sgnl-two-ports", "conntrack")}, "sgnl-two-ports",
                "conntrack")
    wires.close()
    bed.clear()


def serve(listener):
    """Takes what comes, connection by connection, and says so at the end of each."""
    room = bytearray(len(CHUNK))
    while True:
        connection, _ = listener.accept()
        with connection:
            while connection.recv_into(room):
                pass
            connection.sendall(b"!")


def bulk(bed):
    """TCP in super-packets, from one process to another."""
    wires = Wires(bed, arrive=True)
    with wires.inside("server"):
        listener = socket.create_server((NEIGHBOUR, SERVER_PORT))
    server = os.fork()
    if not server:
        serve(listener)

    def measure():
        with wires.inside("client"):
            connection = socket.create_connection((NEIGHBOUR, SERVER_PORT), LONG)
        with connection:
            begun = time.perf_counter_ns()
            for _ in range(0, BULK, len(CHUNK)):
                connection.sendall(CHUNK)
            connection.shutdown(socket.SHUT_WR)
            if connection.recv(1) != b"!":
                raise Wrong("the server did not take all")
            return time.perf_counter_ns() - begun

    rounds, around = take_turns(bed, WHOS, measure)
    show("figure", "bulk", "without", around["sgnl"])
    for who, took in rounds.items():
        show("figure", "bulk", who, took)
        show("ratio", "bulk", f"{who}/without", [t / a for t, a in zip(took, around[who])])
    os.kill(server, 9)
    os.waitpid(server, 0)
    listener.close()
    wires.close()
    bed.clear()
