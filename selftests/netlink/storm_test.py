# SPDX-License-Identifier: GPL-2.0
"""
storm_test.py SWAPS PACKETS: a group's rules are replaced by others, at least so often, while one process for each CPU
throws packets through the kernel's hooks from inside of it (bench/module), at least so many: of answered flows, first
ones of flows that either set allows, and of flows that neither does, both ways. What became of each is known to the
bench, and counted by the port.
"""
import mmap
import os
import socket
import sys
import time

from swap import ANY, SETS, clear, counted, prepared, sock, swap, swap_singly
from tap import addr, end, equal, note, title
from taps import OWN, PEER, child

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../bench"))
from bed import ACK, ANSWER, IN, OUT, SYN, SYN_ACK, Bed  # pylint: disable=wrong-import-position

SWAPS, PACKETS = map(int, sys.argv[1:])
CPUS = sorted(os.sched_getaffinity(0))[:8]
TCP, UDP, RST, QUOTA, ANSWERED, NEW, BATCH = 6, 17, 0x04, 600, 50, 4000, 64
NO_IPV6 = "/proc/sys/net/ipv6/conf/default/disable_ipv6"


def flows(bed, out, port, first, count=NEW):
    ends = (OWN, PEER) if out else (PEER, OWN)
    return bed.flows((UDP, ends[0], first + n, ends[1], port) for n in range(count))


class Storm:
    """A port, and who sends through it"""

    def __init__(self, bed):
        self.bed = bed
        self.ifindex, self.senders = socket.if_nametoindex("p0"), []
        sock.do("group-add", {"name": "sg-1", "type": 1})
        self.port = {"ifindex": self.ifindex, "side": 0, "group": ["sg-1"], "address": [addr(OWN)],
                     "sessions-max": QUOTA}
        sock.do("port-add", self.port)
        for one in SETS[0]:
            sock.do(*one)
        answered = flows(bed, True, 1001, 1024, ANSWERED)
        for way in OUT, ANSWER:     # under the first set: that alone lets these begin
            bed.run(way, answered)
        self.before = self.counted()
        denied = [(way, flows(bed, way == OUT, 2000, 10000), 0) for way in (OUT, IN)]
        jobs = [[(OUT, answered, 1), (ANSWER, answered, 1),
                 *((way, flows(bed, way == OUT, 1000, 10000 + n * NEW), 1) for way in (OUT, IN)), *denied]
                for n in range(len(CPUS))]
        # For each CPU and job: sent, let through
        self.counts = memoryview(mmap.mmap(-1, len(CPUS) * len(jobs[0]) * 16)).cast("Q")
        self.jobs = [job for one in jobs for job in one]
        part = 2 * len(jobs[0])
        for n, cpu in enumerate(CPUS):
            self.senders.append(child(self.send, cpu, jobs[n], self.counts[n * part:][:part]))

    def send(self, _, cpu, jobs, counts):
        os.sched_setaffinity(0, {cpu})
        self.bed.open()
        while not child.stopped:
            for n, (way, some, _) in enumerate(jobs):
                counts[2 * n + 1] += self.bed.send(way, some, packets=NEW, batch=BATCH)[2]
                counts[2 * n] += NEW

    def counted(self):
        """(passed, dropped) out and in"""
        return [counted(self.ifindex, way) for way in ("out", "in")]

    def sent(self):
        return sum(self.counts[::2])

    def stop(self):
        while self.senders:
            self.senders.pop().stop()

    def results(self):
        """
        How many were let through, by job, as it must be and as it was; and (passed, dropped) out and in, as the
        bench and as the port has counted.
        """
        wanted, got, sums = [], [], [[0, 0], [0, 0]]
        for (way, _, passes), sent, passed in zip(self.jobs, self.counts[::2], self.counts[1::2]):
            wanted.append(sent * passes)
            got.append(passed)
            sums[way != OUT][0] += passed
            sums[way != OUT][1] += sent - passed
        counters = [[a - b for a, b in zip(*pair)] for pair in zip(self.counted(), self.before)]
        return wanted, got, sums, counters


def storm(change, swaps, packets):
    """How many packets were judged otherwise than both sets do"""
    bed = Bed(interrupts=True)
    try:
        s = Storm(bed)
        try:
            begin, number = time.monotonic(), 0
            while number < swaps or s.sent() < packets:
                change(number)
                number += 1
            seconds = time.monotonic() - begin
        finally:
            s.stop()
        wanted, got, sums, counters = s.results()
        answered = sum(row["peer-port"] == 1001 and row["state"] == 1 for row in sock.dump("session-get"))
    finally:
        clear()
        bed.close()
    note(f"{number} swaps, {s.sent()} packets, {len(CPUS)} CPUs, {seconds:.1f} s; "
         f"(passed, dropped) out and in: {counters}")
    equal(counters, sums, "(passed, dropped) out and in, by the port and by the bench")
    equal(min(s.counts[::2]) > 0, True, "each CPU sent some of each kind")
    equal(answered, ANSWERED, "answered flows that live")
    return [w - g for w, g in zip(wanted, got)]


def dropped(ifindex, reason):
    """Packets that a port dropped for a reason"""
    number = sock.spec.enums["reason"].index(reason)
    return sum(counter["packets"] for row in sock.dump("stats-get") if row.get("ifindex") == ifindex
               for way in ("counter-in", "counter-out") for counter in row.get(way, [])
               if counter["reason"] == number)


def replaced(ports, pattern=None):
    """
    How many packets that all rules deny were let through while one port followed another in one step, each second
    step being taken back; and how many were dropped as if it were no port, if the device is held.
    """
    held = 0
    bed = Bed(interrupts=True)
    try:
        s = Storm(bed)
        if pattern:
            sock.do("guard-add", {"pattern": pattern})
        step = prepared([("port-del", {"ifindex": s.ifindex}), ("port-add", s.port)])
        try:
            for n in range(ports):
                sock.sock.send(step)
                equal(sock.do("txn-commit", {"confirm": 60} if n & 1 else {})["changes"], 2, "changes")
                held += dropped(s.ifindex, "guard")
                if n & 1:
                    sock.do("txn-rollback")
                    held += dropped(s.ifindex, "guard")
        finally:
            s.stop()
        wanted, got, *_ = s.results()
    finally:
        clear()
        if pattern:
            sock.do("guard-del", {"pattern": pattern})
        bed.close()
    equal(min(s.counts[::2]) > 0, True, "each CPU sent some of each kind")
    return sum(g for w, g in zip(wanted, got) if not w), held


def followed(count):
    """How many packets are let through of TCP sessions that were reset, whose places others have got"""
    bed = Bed(interrupts=True)
    try:
        sock.do("group-add", {"name": "sg-1", "type": 1})
        sock.do("port-add", {"ifindex": socket.if_nametoindex("p0"), "side": 0, "group": ["sg-1"], "adopt": 0,
                             "address": [addr(OWN)], "sessions-max": count})
        sock.do("rule-add", {"group": "sg-1", "direction": 1, "policy": 0, "proto": TCP, "port-min": 80,
                             "port-max": 80, **ANY})
        first, second = (bed.flows((TCP, OWN, port + n, PEER, 80) for n in range(count)) for port in (10000, 30000))
        for some in first, second:
            for way, flags in (OUT, SYN), (ANSWER, SYN_ACK), (OUT, ACK), (OUT, ACK):
                bed.run(way, some, flags)
            if some is first:
                bed.run(ANSWER, some, RST)
        return bed.send(OUT, first)[2], bed.send(OUT, second)[2]
    finally:
        clear()
        bed.close()


with open(NO_IPV6, "w", encoding="ascii") as switch:    # no packets but those that are sent here
    switch.write("1")
with title(f"C1 E7 {SWAPS} swaps of two rule sets under {PACKETS} packets of all CPUs: what both judge alike is never "
           "judged otherwise, no answered flow loses a packet"):
    equal(storm(swap, SWAPS, PACKETS), [0] * 6 * len(CPUS), "packets that were judged otherwise, by kind")
with title("C1 a gap would be seen: the same changes, each by itself, under packets of all CPUs"):
    equal(any(storm(swap_singly, 20, 100000)), True, "packets were judged otherwise")
with title("C1 E7 a port that another one follows in one step lets nothing through that neither allows"):
    equal(replaced(max(300, SWAPS)), (0, 0), "packets that were let through")
with title("C1 D1 on a device that is held, too, and the newer port drops nothing before it is one"):
    equal(replaced(50, "p0"), (0, 0), "packets that were let through, and dropped by a port")
with title("E3 S10 what was let through by a session passes no more when another one has got its place"):
    equal(followed(1500), (0, 1500), "packets that were let through, of those that ended and of those that live")
with open(NO_IPV6, "w", encoding="ascii") as switch:
    switch.write("0")
end()
