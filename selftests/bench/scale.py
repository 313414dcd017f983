#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What is very many, in a guest that runs at the host's own speed (UML): `scale.py [ROW...]`.

Ten million sessions: opened, answered, all found again when no rule lets them any more, dumped through a filter, and
gone after their idle time. A dump of a million of them beside packets that come from softirqs. And ports, groups and
members, 10 to 1,000,000 of them: how long it takes to load, to change, to list and to remove them.

Prints figures and ratios as ns.py does; times are ns, unless who is named otherwise.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import time

from bed import ANSWER, DEBUGFS, OUT, RECORD, SGNL, Bed, Flows, Wrong, command, pins, record
from changes import written
from rounds import Netlink, Timed, compare, show
from rules import INSTANCE, NEIGHBOUR, OPEN, PORTS, UDP

MANY, FEW = 10_000_000, 1000
BLOCK = 60000  # flows to one peer, each from another port
BATCH = 2048
IDLE = 60
SOON = 70  # seconds from the end of the idle time until the sweep has been everywhere
DUMPED = 1_000_000
LEAVING = 1000
SOME = 4096
PAUSE, TOGETHER, BATCHES = 250, 16, 4096  # packets beside a dump: 16 each 250 us, for a second
SECONDS = 4  # in which a dump comes to its end
ROUNDS = 5
COUNTS = 10, 100, 1000, 10000
DEVICE_GROUP = "7"
SECOND = "ingress", "p1", "p0", False


def stats():
    """Counters of the namespace."""
    shown = json.loads(command(SGNL, "-j", "-d", "stats"))
    return {row["name"]: row["value"] for row in shown if not row.get("device")}


class Scale(Bed):
    def many(self, count):
        """Flows of UDP from the instance, as flows() has them; 60,000 are written at once."""
        block = bytearray(record((UDP, INSTANCE, 0, "198.18.0.0", 9)) * BLOCK)
        size, first = RECORD.size, self._next
        block[32::size] = bytes((1024 + n) >> 8 for n in range(BLOCK))
        block[33::size] = bytes((1024 + n) & 255 for n in range(BLOCK))
        with open(f"{DEBUGFS}/flows", "wb", buffering=0) as file:
            file.seek(first * size)
            for n in range(0, count, BLOCK):
                peer = n // BLOCK
                block[18::size], block[19::size] = bytes([peer >> 8]) * BLOCK, bytes([peer & 255]) * BLOCK
                part = memoryview(block)[:min(BLOCK, count - n) * size]
                if file.write(part) != len(part):
                    raise Wrong("no room for these flows")
        self._next = first + count
        return Flows(first, count)

    def all(self, way, flows):
        """Seconds in which a packet of each flow is let through."""
        begun = time.monotonic()
        self.run(way, flows, 0, batch=BATCH)
        return time.monotonic() - begun

    def sessions(self, count, idle):
        """Flows of which both sides were heard, and the seconds that the first packets of each took."""
        flows = self.many(count)
        self.sgnl(OPEN + "".join(f"{line} sessions {count} idle-other {idle}\n" for line in PORTS.splitlines()))
        took = self.all(OUT, flows), self.all(ANSWER, flows)
        return flows, took


def is_now(what, name, value):
    if what[name] != value:
        raise Wrong(f"{name} {what[name]}, not {value}")


def sessions(bed):
    """Ten million sessions of one port, and a thousand of another."""
    few = bed.flows((UDP, NEIGHBOUR, 1024 + n, "198.51.100.1", 9) for n in range(FEW))
    flows, (opened, answered) = bed.sessions(MANY, IDLE)
    bed.run(SECOND, few, 0)
    now = stats()
    is_now(now, "sessions", MANY + FEW)
    show("figure", "sessions-10M", "open-seconds", [opened])
    show("figure", "sessions-10M", "answer-seconds", [answered])
    show("figure", "sessions-10M", "bytes", [now["session-bytes"] / (MANY + FEW)])

    netlink = Netlink()
    for rule in netlink.dump("rule-get"):
        netlink.do("rule-del", id=rule["id"])
    stranger = bed.flows([(UDP, INSTANCE, 1024, "198.51.100.2", 9)])
    if bed.send(OUT, stranger)[2]:
        raise Wrong("a packet without a session is let through")
    begun = time.monotonic()
    lost = MANY - bed.send(OUT, flows, 0, batch=BATCH)[2]
    seconds = time.monotonic() - begun
    show("figure", "sessions-10M", "lost", [lost])
    show("figure", "sessions-10M", "pass-seconds", [seconds])

    begun = time.monotonic()
    lines = command(SGNL, "-o", "session", "show", "p1").splitlines()
    show("figure", "sessions-10M", "filter-seconds", [time.monotonic() - begun])
    found = {s["local-port"] for s in netlink.dump("session-get", ifindex=socket.if_nametoindex("p1"))}
    if len(lines) != FEW or found != {1024 + n for n in range(FEW)}:
        raise Wrong(f"the filter finds {len(lines)}, and ports {sorted(found)[:3]}...")
    is_now(stats(), "sessions", MANY + FEW)

    time.sleep(max(0, begun + IDLE - time.monotonic()))
    ended = time.monotonic()
    while stats()["session-bytes"]:
        if time.monotonic() > ended + SOON:
            raise Wrong(f"{stats()['sessions']} sessions {SOON} s after their idle time")
        time.sleep(1)
    is_now(stats(), "sessions", 0)
    show("figure", "sessions-10M", "gone-seconds", [time.monotonic() - ended])
    bed.clear()


def dumping(report):
    """Dumps all sessions, again and again, and tells how many there were."""
    netlink = Netlink()
    while True:
        os.write(report, b"%d\n" % netlink.count("session-get"))


def computing(_):
    """Asks nothing of the kernel."""
    while True:
        pass


@contextlib.contextmanager
def beside(does):
    """A process that does something meanwhile; it tells numbers."""
    end, report = os.pipe()
    child = os.fork()
    if not child:
        try:
            does(report)
        finally:
            os._exit(1)
    os.close(report)
    told = []
    try:
        yield told
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(end) as lines:
            told += map(int, lines)


def dump(bed):
    """Packets from softirqs, each 250 us, while a million sessions are dumped, and while a process just computes."""
    flows, _ = bed.sessions(DUMPED, 910)
    netlink = Netlink()
    begun = time.monotonic()
    if netlink.count("session-get") != DUMPED:
        raise Wrong("the dump is not complete")
    show("figure", "dump-1M", "seconds", [time.monotonic() - begun])
    who = {"busy": computing, "dump": dumping}
    longest, late, costs = ({name: [] for name in who} for _ in range(3))
    packets, dumps = BATCHES * TOGETHER, []
    for _ in range(ROUNDS):
        for name, does in who.items():
            with beside(does) as told:
                for _ in range(SECONDS):
                    _, ns, passed = bed.send(OUT, flows[:SOME], 0, packets=packets, batch=TOGETHER, pause=PAUSE)
                    if passed != packets:
                        raise Wrong(f"{passed} of {packets} packets came through beside others")
                    gaps = sorted(bed.took())
                    longest[name].append(gaps[-1])
                    late[name].append(gaps[len(gaps) * 99 // 100])
                    costs[name].append(ns / packets)
            dumps += told
    if set(dumps) != {DUMPED}:
        raise Wrong(f"dumps beside packets are of {dumps}")
    compare("dump-longest", longest, "busy", "dump")
    compare("dump-late", late, "busy", "dump")
    compare("dump-cost", costs, "busy", "dump")
    bed.clear()


def measure(row, count, text, change, back, *listing):
    """What `count` of something cost to load, change, list and remove."""
    load, nothing = written(text), written("")
    netlink, timed = Netlink(), Timed()
    for _ in range(1 if count > 10000 else 3 if count > 1000 else 5):
        timed.program("load", SGNL, "-b", load)
        for _ in range(ROUNDS):
            back(netlink, timed.call("change", change, netlink))
        timed.program("list", SGNL, "-o", *listing)
        if len(command(SGNL, "-o", *listing).splitlines()) != count:
            raise Wrong(f"{row}: {' '.join(listing)} does not list {count}")
        timed.program("unload", SGNL, "apply", "-f", nothing)
    for who, values in timed.rounds.items():
        show("figure", f"{row}-{count}", who, values)


def add_rule(group):
    return lambda netlink: netlink.do("rule-add", group=group, direction="in", proto=6, port_min=9, port_max=9,
                                      peer_address="10.9.0.0", peer_prefix_len=16)["id"]


def del_rule(netlink, rule):
    netlink.do("rule-del", id=rule)


class Devices:
    """Devices beside those of the bed, as many as are asked for."""

    def __init__(self):
        self._names = []

    def first(self, count):
        new = [f"q{n}" for n in range(len(self._names), count)]
        command("ip", "-batch", "-", stdin="".join(f"link add {d} group {DEVICE_GROUP} type dummy\n" for d in new))
        self._names += new
        return self._names[:count]

    def remove(self):
        command("ip", "link", "del", "group", DEVICE_GROUP)


def port_address(n):
    return f"10.{1 + (n >> 16)}.{n >> 8 & 255}.{n & 255}"


def ports(bed):
    """Ports of one group; the change is a rule of it."""
    devices = Devices()
    bed.sgnl("")
    for count in COUNTS:
        text = OPEN + "".join(f"port add {d} side guest address {port_address(n)} group sg-a\n"
                              for n, d in enumerate(devices.first(count)))
        measure("ports", count, text, add_rule("sg-a"), del_rule, "port", "show")
    devices.remove()


def leave(bed):
    """A thousand ports of one session each, beside a million sessions of another port, go in one step; and a change meanwhile."""
    devices = Devices()
    names = devices.first(LEAVING)
    bed.sessions(DUMPED, 910)
    flows = bed.flows((UDP, port_address(n), 1024, "198.51.100.1", 9) for n in range(LEAVING))
    bed.sgnl("".join(f"port add {d} side guest address {port_address(n)} group sg-a\n" for n, d in enumerate(names)))
    for n, device in enumerate(names):
        bed.run(("ingress", device, "p1", False), flows[n:n + 1], packets=1)
    is_now(stats(), "sessions", DUMPED + LEAVING)
    netlink, timed = Netlink(), Timed()
    timed.program("unload", SGNL, "-b", written("".join(f"port del {d}\n" for d in names)))
    begun, answers = time.monotonic(), []
    while not answers or stats()["sessions"] != DUMPED:
        if time.monotonic() > begun + SOON:
            raise Wrong(f"{stats()['sessions']} sessions after {SOON} s")
        asked = time.monotonic()
        netlink.do("member-add", group="sg-a", address="192.0.2.1")
        netlink.do("member-del", group="sg-a", address="192.0.2.1")
        answers.append(time.monotonic() - asked)
    show("figure", "leave-1000", "seconds", [time.monotonic() - begun])
    show("figure", "leave-1000", "longest-change", [max(answers) * 1e9])
    show("figure", "leave-1000", "unload", timed.rounds["unload"])
    devices.remove()
    bed.clear()


def groups(bed):
    """Groups of one rule each; the change is another one of one group, in which a port is."""
    bed.sgnl("")
    for count in COUNTS:
        text = "".join(f"group add sg-{n} type enterprise\n"
                       f"rule add sg-{n} in allow tcp port 443/443 from 10.0.0.0/8\n" for n in range(count))
        text += f"port add p0 side guest address {INSTANCE} group sg-{count // 2}\n"
        measure("groups", count, text, add_rule(f"sg-{count // 2}"), del_rule, "group", "show")


def member_address(n):
    return f"172.{16 + (n >> 16)}.{n >> 8 & 255}.{n & 255}"


def add_members(group, numbers):
    return "".join(f"member add {group} {' '.join(map(member_address, numbers[n:n + 256]))}\n"
                   for n in range(0, len(numbers), 256))


def members(bed):
    """Members of one group that a rule names; the change is one of them."""
    bed.sgnl("")

    def change(netlink):
        netlink.do("member-add", group="sg-m", address="192.0.2.1")

    def back(netlink, _):
        netlink.do("member-del", group="sg-m", address="192.0.2.1")

    for count in *COUNTS, 100000, 1000000:
        text = ("group add sg-m type basic\ngroup add sg-a type enterprise\n"
                "rule add sg-a in allow tcp port 443/443 from group sg-m\n"
                f"port add p0 side guest address {INSTANCE} group sg-a\n" + add_members("sg-m", range(count)))
        measure("members", count, text, change, back, "member", "show", "sg-m")


def whole(bed):
    """All at once: 10,000 groups of 100 members, each named by a rule of the next one, and a port in each."""
    bed.sgnl("")
    count, devices = COUNTS[-1], Devices()
    text = "".join(f"group add sg-{n} type enterprise\n" for n in range(count))
    text += "".join(f"rule add sg-{n} in allow tcp port 443/443 from group sg-{(n + 1) % count}\n"
                    for n in range(count))
    text += "".join(add_members(f"sg-{n}", range(100 * n, 100 * n + 100)) for n in range(count))
    text += "".join(f"port add {d} side guest address {port_address(n)} group sg-{n}\n"
                    for n, d in enumerate(devices.first(count)))
    measure("whole", count, text, add_rule("sg-5000"), del_rule, "port", "show")
    devices.remove()


ROWS = sessions, dump, ports, leave, groups, members, whole


def main(wanted):
    pins()
    bed = Scale(flows_max=MANY + FEW + 1, packets=SOME)
    for row in ROWS:
        if not wanted or any(row.__name__.startswith(w) for w in wanted):
            row(bed)


main(sys.argv[1:])
