# SPDX-License-Identifier: GPL-2.0
"""What is measured, in a guest: two devices, sgnl or a peer on them, and sgnl_bench.ko.

Runs in the guest's first network namespace, which nobody else uses. A figure is what is added by
hooks: the same packets without any are measured before, and subtracted.
"""

import itertools
import os
import platform
import socket
import struct
import subprocess
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RELEASE = platform.release()
SGNL = f"{TOP}/build/tool/sgnl"
DEBUGFS = "/sys/kernel/debug/sgnl_bench"
CONNTRACK_MAX = "/proc/sys/net/netfilter/nf_conntrack_max"
REFERENCES = "/sys/module/sgnl/refcnt"
BUCKETS = "/proc/sys/net/netfilter/nf_conntrack_buckets"
SYN, SYN_ACK, ACK = 0x02, 0x12, 0x10
DEVICES = "p0", "p1"
RECORD = struct.Struct("!16s16sHHBB2x")
RESULT = struct.Struct("=3Q")

# Ways: hooks, the devices of receipt and transmission, and whether packets run against their flows.
# What the instance on p0 sends is received there, what it gets is transmitted.
OUT = "ingress", "p0", "p1", False
IN = "egress", "p1", "p0", False
ANSWER = "egress", "p1", "p0", True
# The same of the instance on p1
OUT_NEXT = "ingress", "p1", "p0", False
IN_NEXT = "egress", "p0", "p1", False
ANSWER_NEXT = "egress", "p0", "p1", True
# From the instance on p0 to that on p1, and back
CROSS = "cross", "p0", "p1", False
BACK = "cross", "p1", "p0", True
# Through this host
FORWARD = "forward", "p0", "p1", False
RETURN = "forward", "p1", "p0", True
ONE_HOOK = "prerouting", "p0", "p1", False
EMPTY = "empty", "p0", "p1", False
# No hooks, but a line of memory at random
LINE = "line", "p0", "p1", False
# From a device at the end of a wire, whose namespace the process is in
LEAVE = "leave", "c0", "c0", False
COME_BACK = "leave", "s0", "s0", True


class Wrong(SystemExit):
    """The bench does not do what a row needs."""


def command(*words, stdin=None):
    """A program's output; what it says when it fails is shown."""
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Wrong(f"{' '.join(words)[:200]}: {done.stderr[:500]}")
    return done.stdout


def pins():
    """What figures depend on, beside compiler and QEMU."""
    with open("/proc/version", encoding="ascii") as version, \
            open("/proc/cmdline", encoding="ascii") as line, \
            open("/proc/cpuinfo", encoding="ascii") as cpu:
        print("pin kernel", version.read().split(") ", 1)[0].split()[2])
        words = line.read().split()
        # Without what is another one each time
        print("pin cmdline", *(w for w in words if "/" not in w))
        print("pin cpu", next(l for l in cpu if l.startswith("model name")).split(": ")[1].strip())


def record(flow):
    """A flow (proto, source, its port, destination, its port) as sgnl_bench.ko has it."""
    proto, src, sport, dst, dport = flow
    family = 6 if ":" in src else 4
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    return RECORD.pack(socket.inet_pton(kind, src), socket.inet_pton(kind, dst), sport, dport,
                       family, proto)


class Flows:
    """Flows that are in the module's array."""

    def __init__(self, first, count):
        self.first, self.count = first, count

    def __getitem__(self, part):
        begin, end, _ = part.indices(self.count)
        return Flows(self.first + begin, end - begin)


class Bed:
    """Two devices, and packets through them."""

    def __init__(self, flows_max=65536, packets=4096, evict_kib=0, line_kib=0, interrupts=False):
        self.packets = packets
        self._next, self._bases, self._hooks = 0, {}, False
        command("insmod", f"{TOP}/build/bench/{RELEASE}/sgnl_bench.ko", f"flows_max={flows_max}",
                f"evict_kib={evict_kib}", f"line_kib={line_kib}", f"interrupts={int(interrupts)}")
        for device in DEVICES:
            command("ip", "link", "add", device, "type", "dummy")
            command("ip", "link", "set", device, "up")
        self.open()

    def open(self):
        """For each process, which then sends beside the others."""
        self._file = os.open(f"{DEBUGFS}/run", os.O_RDWR)

    @staticmethod
    def lines(kib):
        """Of how much memory LINE reads one."""
        with open("/sys/module/sgnl_bench/parameters/line_kib", "w", encoding="ascii") as file:
            file.write(str(kib))

    def close(self):
        """Leaves nothing behind."""
        os.close(self._file)
        for device in DEVICES:
            command("ip", "link", "del", device)
        command("rmmod", "sgnl_bench")

    # Who has hooks

    def sgnl(self, text):
        """Commands of the tool, in one transaction."""
        if not self._hooks and not os.path.exists(REFERENCES):
            command("insmod", f"{TOP}/build/{RELEASE}/sgnl.ko")
        self._hooks = True
        command(SGNL, "-b", "-", stdin=text)

    def nft(self, text):
        if not os.path.exists(CONNTRACK_MAX):
            command("modprobe", "nf_conntrack")
        with open(CONNTRACK_MAX, "w", encoding="ascii") as file:
            file.write("4000000")
        self._hooks = True
        command("nft", "-f", "-", stdin=text)

    def buckets(self, count):
        """How many conntrack's table has: one for each flow is what it is told to have on large hosts."""
        with open(BUCKETS, "w", encoding="ascii") as file:
            file.write(str(count))

    def unhook(self):
        """No hooks."""
        if os.path.exists(REFERENCES):
            command(SGNL, "apply", "-f", "/dev/null")
        command("nft", "flush", "ruleset")
        self._hooks = False

    def clear(self):
        """Nor flows in the array; and conntrack knows none where it is a module."""
        self.unhook()
        if os.path.exists("/sys/module/nf_conntrack/refcnt"):
            command("modprobe", "-r", "nft_ct", "nf_conntrack")
        self._next, self._bases = 0, {}

    # Packets

    def flows(self, flows, *ways):
        """Brings flows into the array, and measures ways without hooks."""
        first, flows = self._next, iter(flows)
        with open(f"{DEBUGFS}/flows", "wb", buffering=0) as file:
            file.seek(first * RECORD.size)
            # In parts: a process of UML may not have much memory
            while data := b"".join(map(record, itertools.islice(flows, 4096))):
                if file.write(data) != len(data):
                    raise Wrong("no room for these flows")
                self._next += len(data) // RECORD.size
        out = Flows(first, self._next - first)
        for way in ways:
            self.base(way, out)
        return out

    def base(self, way, flows):
        """Ticks and ns a packet without hooks."""
        key = way, flows.first, flows.count
        if key not in self._bases:
            if self._hooks:
                raise Wrong(f"{key} is asked for when there are hooks")
            self._bases[key] = min(self.run(way, flows) for _ in range(3))
        return self._bases[key]

    def send(self, way, flows, flags=ACK, packets=None, batch=None, evict=False, pause=0):
        """Sends packets, with a pause in microseconds from softirqs; (ticks, ns, packets that were let through)."""
        path, received, transmitted, reverse = way
        packets = packets or flows.count
        os.write(self._file, " ".join(map(str, (
            path, received, transmitted, int(reverse), flags, flows.first, flows.count, packets,
            batch or packets, int(evict), pause))).encode())
        return RESULT.unpack(os.pread(self._file, RESULT.size, 0))

    def run(self, way, flows, flags=ACK, packets=None, **options):
        """Sends packets, all of which must be let through; (ticks, ns) a packet."""
        packets = packets or max(flows.count, self.packets if flows.count == 1 else 0)
        ticks, ns, passed = self.send(way, flows, flags, packets, **options)
        if passed != packets:
            raise Wrong(f"{way[0]}: {passed} of {packets} packets came through")
        return ticks / packets, ns / packets

    def took(self):
        """Ticks of each batch of the last run; with a pause the ns from one to the next."""
        data = os.pread(self._file, 1 << 20, RESULT.size)
        return struct.unpack(f"={len(data) // 8}Q", data)

    def establish(self, there, back, flows):
        """Both sides have been heard."""
        self.run(there, flows, SYN)
        self.run(back, flows, SYN_ACK)
        self.run(there, flows)
