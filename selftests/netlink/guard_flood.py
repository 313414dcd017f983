# SPDX-License-Identifier: GPL-2.0
"""guard_flood.py [ROUNDS]: guard patterns under a flood; ports are made so many times (300)."""
import os
import signal
import socket
import subprocess
import sys
import time

from tap import addr, end, equal, title
from taps import (BAD, GOOD, OWN, Far, Tap, arp, child, flood_names, frame, make_group, move,
                  new_namespace, rename, set_flags)
from wire import Refused, Socket, Spec

ENOENT, EEXIST, ENOSPC = 2, 17, 28
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 300


def flood_out(output, tap, far):
    """Writes to the tap, and says at its end how many of each kind the host has received."""
    count = {GOOD: 0, BAD: 0}
    good, bad = frame(True, GOOD), frame(True, BAD)
    while not child.stopped:
        for _ in range(20):
            tap.write(good, bad, bad)
        tally(far.take(), count)
    time.sleep(0.1)
    tally(far.take(), count)
    os.write(output, f"{count[GOOD]} {count[BAD]}\n".encode())


def flood_in(output, tap):
    """Sends to the tap's device, and counts what can be read."""
    count = {GOOD: 0, BAD: 0}
    good, bad = frame(False, GOOD), frame(False, BAD)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as send:
        send.bind((tap.name, 0))
        while not child.stopped:
            for _ in range(20):
                for one in good, bad, bad:
                    try:
                        send.send(one)
                    except OSError:
                        pass
            tally(tap.take(), count)
    time.sleep(0.1)
    tally(tap.take(), count)
    os.write(output, f"{count[GOOD]} {count[BAD]}\n".encode())


def tally(got, count):
    for data in got:
        for word in count:
            count[word] += word in data


def held(sock):
    """The devices that patterns hold: name to (open, drops)"""
    return {one["ifname"]: (one["open"], one["drops"]) for one in sock.dump("guard-get")
            if "ifname" in one}


def patterns(sock):
    return [one["pattern"] for one in sock.dump("guard-get") if "ifname" not in one]


def port_add(sock, tap, *groups):
    sock.do("port-add", {"ifindex": tap.ifindex, "side": 0, "group": list(groups),
                         "address": [addr(OWN)]})


def port(sock, op, tap, *groups):
    sock.do(f"port-{op}", {"ifindex": tap.ifindex, **({"group": list(groups)} if groups else {})})


def guard(sock, op, *names):
    for name in names:
        sock.do(f"guard-{op}", {"pattern": name})


def test_births(sock, far):
    with title("D1 the bench: both ends count what passes a device that no pattern matches"), \
            Tap("free0") as tap:
        received, sent = tap.passes(far)
        equal((received >= 60, sent >= 60), (True, True), f"{received} {sent}")
    names = [f"vnet{n}" for n in range(20)]
    flood = child(flood_names, names)
    try:
        for pattern in "vnet*", "v?et*", "*7", "vnet1?":
            guard(sock, "add", pattern)
            with title(f"D1 20 devices from birth to death under a flood, pattern {pattern}"):
                for name in names:
                    with Tap(name) as tap:
                        counts, closed = tap.passes(far, 5, 0.02), held(sock)
                    matched = name in closed
                    if not matched:
                        continue
                    equal((closed[name][0], counts), (0, (0, 0)), name)
                    equal(closed[name][1] > 0, True, "something was dropped")
                equal(matched, pattern != "*7", f"{pattern} matches {name}")
            guard(sock, "del", pattern)
    finally:
        flood.stop(signal.SIGKILL)
    with title("D1 what a pattern does not match lives as before"):
        guard(sock, "add", "vnet?")
        for name in "vnet", "vnet10", "xvnet1", "VNET1":
            with Tap(name) as tap:
                equal((min(tap.passes(far)) >= 60, held(sock)), (True, {}), name)
        guard(sock, "del", "vnet?")


def test_patterns(sock, far):
    with title("D1 a pattern added closes at once what is there; deleted, it lets go"), \
            Tap("vnet0") as tap:
        guard(sock, "add", "vnet*")
        tap.drain(far)
        equal(tap.passes(far), (0, 0))
        guard(sock, "del", "vnet*")
        equal(min(tap.passes(far)) >= 60, True, "passes")
    with title("D1 a device that two patterns match is let go of with the second"), \
            Tap("vnet0") as tap:
        guard(sock, "add", "vnet*", "*0")
        tap.drain(far)
        guard(sock, "del", "vnet*")
        equal(tap.passes(far), (0, 0))
        guard(sock, "del", "*0")
        equal(min(tap.passes(far)) >= 60, True, "passes")
    with title("D1 renamed into a pattern: closed; renamed out of it: still closed, until it is deleted"), \
            Tap("free0") as tap:
        guard(sock, "add", "vnet*")
        for name, wanted in ("vnet0", 0), ("free1", 0):
            rename(tap.name, name)
            tap.name = name
            tap.drain(far)
            equal((max(tap.passes(far)), list(held(sock))), (wanted, [name]), name)
        guard(sock, "del", "vnet*")
        equal((min(tap.passes(far)) >= 60, held(sock)), (True, {}), "passes")
    with title("D1 a pattern added behind a rename holds it too, and the first one lets go alone"), \
            Tap("vnet0") as tap:
        guard(sock, "add", "vnet*")
        tap.drain(far)
        rename("vnet0", "free0")
        tap.name = "free0"
        guard(sock, "add", "free*")
        guard(sock, "del", "vnet*")
        equal(tap.passes(far), (0, 0))
        rename("free0", "other0")
        tap.name = "other0"
        equal(tap.passes(far), (0, 0))
        guard(sock, "del", "free*")
        equal(min(tap.passes(far)) >= 60, True, "passes")
    with title("D1 C1 deleted and added again in one transaction: closed throughout"), \
            Tap("vnet0") as tap:
        guard(sock, "add", "vnet*")
        tap.drain(far)
        flood = child(flood_in, tap)
        for _ in range(10):
            sock.do("txn-begin")
            guard(sock, "del", "vnet*")
            guard(sock, "add", "other*", "vnet*")
            sock.do("txn-commit")
            guard(sock, "del", "other*")
        flood.stop()
        equal(flood.line(), "0 0")
        guard(sock, "del", "vnet*")


def quiet():
    """From here on nothing is sent but by the tests themselves."""
    for name in "all", "default":
        with open(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "w", encoding="ascii") as file:
            file.write("1")


def test_ports(sock, far):
    quiet()
    guard(sock, "add", "vnet*")
    with title("D1 a port in no group on a held device passes nothing, nor ARP; in a group its rules decide"), \
            Tap("vnet0") as tap:
        port_add(sock, tap)
        equal((tap.passes(far), held(sock)["vnet0"][0]), ((0, 0), 1))
        reasons = [{c["reason"] for c in stats[way]} for stats in sock.dump("stats-get")
                   if "ifindex" in stats for way in ("counter-in", "counter-out")]
        names = [e["name"] for d in definitions() if d["name"] == "reason" for e in d["entries"]]
        equal(reasons, [{names.index("guard")}] * 2, "reasons")
        port(sock, "join", tap, "sg-a")
        tap.write(arp(True), frame(True, GOOD), frame(True, BAD))
        tap.push(far, arp(False), frame(False, GOOD), frame(False, BAD))
        time.sleep(0.1)
        equal((far.take(), tap.take()),
              ([frame(True, GOOD), arp(True)], [arp(False), frame(False, GOOD)]))
        port(sock, "leave", tap, "sg-a")
        equal(tap.passes(far), (0, 0))
        port(sock, "del", tap)
        equal((tap.passes(far), held(sock)["vnet0"][0]), ((0, 0), 0))
    for what, add, remove in (
            ("", lambda tap: port_add(sock, tap, "sg-a"), lambda tap: port(sock, "del", tap)),
            (" without a group, which joins and leaves one",
             lambda tap: (port_add(sock, tap), port(sock, "join", tap, "sg-a")),
             lambda tap: (port(sock, "leave", tap, "sg-a"), port(sock, "del", tap))),
            (" of one side and then, in one transaction, of the other", lambda tap: sides(sock, tap),
             lambda tap: port(sock, "del", tap))):
        with title(f"D1 under a flood, a port made {ROUNDS} times{what}: what no rule allows never passes"), \
                Tap("vnet0") as tap:
            floods = child(flood_out, tap, far), child(flood_in, tap)
            for _ in range(ROUNDS):
                add(tap)
                remove(tap)
            for flood in floods:
                flood.stop()
            counts = [[int(n) for n in flood.line().split()] for flood in floods]
            equal([bad for _, bad in counts], [0, 0], "what must not pass")
            equal(min(good for good, _ in counts) > 0, True, f"something passes: {counts}")
    with title("D1 patterns that come and go under a flood on a port: its rules decide throughout"), \
            Tap("vnet1") as tap:
        port_add(sock, tap, "sg-a")
        floods = child(flood_out, tap, far), child(flood_in, tap)
        for _ in range(ROUNDS // 3):
            guard(sock, "add", "*1")
            guard(sock, "del", "vnet*")
            guard(sock, "add", "vnet*")
            guard(sock, "del", "*1")
        for flood in floods:
            flood.stop()
        counts = [[int(n) for n in flood.line().split()] for flood in floods]
        equal(([bad for _, bad in counts], min(good for good, _ in counts) > 0), ([0, 0], True))
        equal(held(sock)["vnet1"], (1, 0), "open, and nothing dropped")
    guard(sock, "del", "vnet*")
    with title("D1 a pattern that comes to hold a port loses none of its packets, and lets go of it open"), \
            Tap("vnet0") as tap:
        port_add(sock, tap, "sg-a")
        for op in "add", "del":
            guard(sock, op, "vnet*")
            tap.write(frame(True, GOOD), frame(True, BAD))
            tap.push(far, frame(False, GOOD), frame(False, BAD))
            time.sleep(0.1)
            equal((far.take(), tap.take()), ([frame(True, GOOD)], [frame(False, GOOD)]), op)
        port(sock, "leave", tap, "sg-a")
        equal(min(tap.passes(far)) >= 20, True, "ARP passes a port in no group that nothing holds")
    with title("D1 C1 pattern and port by one transaction, and both gone by one"), Tap("vnet0") as tap:
        for op in "add", "del":
            sock.do("txn-begin")
            guard(sock, op, "vnet*")
            if op == "add":
                port_add(sock, tap, "sg-a")
            else:
                port(sock, "del", tap)
            sock.do("txn-commit")
            tap.write(frame(True, BAD))
            time.sleep(0.05)
            equal((len(far.take()), held(sock)), (0, {"vnet0": (1, 0)}) if op == "add" else (1, {}), op)
    with title("D1 C1 a transaction that fails behind its pattern closes nothing"), Tap("vnet0") as tap:
        sock.do("txn-begin")
        guard(sock, "add", "vnet*")
        sock.do("port-add", {"ifindex": 99999, "side": 0})
        try:
            sock.do("txn-commit")
        except Refused:
            pass
        equal((held(sock), patterns(sock), min(tap.passes(far)) >= 60), ({}, [], True))


def sides(sock, tap):
    port_add(sock, tap, "sg-a")
    sock.do("txn-begin")
    sock.do("port-del", {"ifindex": tap.ifindex})
    sock.do("port-add", {"ifindex": tap.ifindex, "side": 1, "group": "sg-a"})
    sock.do("txn-commit")


def definitions():
    import yaml  # pylint: disable=import-outside-toplevel
    with open(os.path.join(os.path.dirname(__file__), "../../uapi/specs/sgnl.yaml"),
              encoding="utf-8") as file:
        return yaml.safe_load(file)["definitions"]


def away(output, spec, orders):
    """Another namespace with a pattern: says how many packets a device passes there."""
    new_namespace()
    sock, far = Socket(spec), Far()
    guard(sock, "add", "vnet*")
    os.write(output, b"ready\n")
    while True:
        order, name = os.read(orders, 64).decode().split()
        if order == "up":
            try:
                set_flags(name, True)
                said = "up"
            except OSError as e:
                said = f"errno {e.errno}"
            os.write(output, f"{said}\n".encode())
        elif order == "count":
            got = len(far.take())
            os.write(output, f"{got} {list(held(sock).items())}\n".encode())
        else:
            move(name, os.getppid())
            os.write(output, b"moved\n")


def test_moves(spec, sock, far):
    orders, hand = os.pipe()
    other = child(away, spec, orders)
    other.line()

    def ask(order, name):
        os.write(hand, f"{order} {name}".encode())
        return other.line()

    try:
        with title("D1 moved to a namespace with a pattern and back to one with another: closed in both"):
            guard(sock, "add", "v*")
            for n in range(10):
                with Tap(f"vnet{n}") as tap:
                    bad = child(flood_names, [tap.name])
                    move(tap.name, other.pid)
                    equal(held(sock), {}, "where it was, nothing holds it")
                    ask("up", tap.name)
                    for _ in range(50):
                        tap.write(frame(True, BAD), arp(True), frame(True, GOOD))
                    time.sleep(0.01)
                    count = ask("count", tap.name)
                    equal(count.startswith(f"0 [('{tap.name}', (0, "), True, count)
                    equal(tap.take(), [])
                    ask("back", tap.name)
                    set_flags(tap.name, True)
                    equal(tap.passes(far), (0, 0), "back again")
                    bad.stop(signal.SIGKILL)
            guard(sock, "del", "v*")
        with title("D1 moved out of a port: where it comes to it is closed, back again it is as it was born"), \
                Tap("vnet0") as tap:
            port_add(sock, tap, "sg-a")
            move(tap.name, other.pid)
            ask("up", tap.name)
            for _ in range(50):
                tap.write(frame(True, GOOD))
            equal(ask("count", tap.name).split()[0], "0")
            ask("back", tap.name)
            set_flags(tap.name, True)
            equal((held(sock), min(tap.passes(far)) >= 60), ({}, True))
    finally:
        other.stop(signal.SIGKILL)


class failing:
    """The Nth allocation of this task fails; happened says whether there was an Nth."""

    debug = "/sys/kernel/debug"

    def __init__(self, n):
        self.n, self.happened = n, False

    @classmethod
    def possible(cls):
        if not os.path.exists("/proc/self/fail-nth"):
            return False
        if not os.path.exists(f"{cls.debug}/failslab"):
            subprocess.run(["mount", "-t", "debugfs", "none", cls.debug], check=False)
        for name, value in ("ignore-gfp-wait", "N"), ("verbose", "0"):
            with open(f"{cls.debug}/failslab/{name}", "w", encoding="ascii") as file:
                file.write(value)
        return True

    def __enter__(self):
        # Opened for this very task, and read from the same file
        self.file = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
        os.write(self.file, str(self.n).encode())
        return self

    def __exit__(self, *_):
        left = os.pread(self.file, 16, 0)
        self.happened = int(left) == 0
        os.pwrite(self.file, b"0", 0)
        os.close(self.file)


def test_no_memory(sock, far):
    if not failing.possible():
        return
    with title("D1 D3 a pattern added, with each allocation failing: closed, or there is no pattern"):
        refusals = 0
        for n in range(1, 1000):
            with Tap("vnet0") as tap:
                with failing(n) as fail:
                    try:
                        guard(sock, "add", "vnet*")
                    except (OSError, Refused):
                        refusals += 1
                if patterns(sock):
                    equal(tap.passes(far, 2, 0), (0, 0), f"allocation {n}")
                    guard(sock, "del", "vnet*")
                else:
                    equal((min(tap.passes(far, 2, 0)) > 0, held(sock)), (True, {}), f"allocation {n}")
            if not fail.happened:
                break
        equal(refusals > 3, True, f"{refusals} refusals")


def test_limits(sock):
    names = [f"p{n}-*" for n in range(64)]
    with title("D1 64 patterns; one more is refused, and takes a deleted one's place"):
        guard(sock, "add", *names)
        equal(sorted(patterns(sock)), sorted(names))
        refused(sock, "add", "p64-*", ENOSPC, "at most 64")
        guard(sock, "del", "p7-*")
        guard(sock, "add", "p64-*")
        equal(len(patterns(sock)), 64)
    with title("D1 a pattern that is there, and one that is not, are refused"):
        refused(sock, "add", "p1-*", EEXIST, "p1-*")
        refused(sock, "del", "p7-*", ENOENT, "p7-*")
    with title("D1 a dump in many parts: each of 64 patterns, and each of 30 devices under both its patterns"):
        guard(sock, "del", "p64-*")
        guard(sock, "add", "d*")
        taps = [Tap(f"p{n}-{'x' * 8}", up=False) for n in range(30)]
        guard(sock, "del", "d*")
        guard(sock, "add", "*x")
        rows = sock.dump("guard-get")
        shown = [(r["pattern"], r["ifname"]) for r in rows if "ifname" in r]
        wanted = [(f"p{n}-*", tap.name) for n, tap in enumerate(taps) if n != 7]
        equal(sorted(shown), sorted(wanted + [("*x", tap.name) for tap in taps]))
        equal(len([r for r in rows if "ifname" not in r]), 64, "patterns")
        for tap in taps:
            tap.close()
        equal(held(sock), {})
    guard(sock, "del", *patterns(sock))


def refused(sock, op, name, errno, text):
    try:
        guard(sock, op, name)
    except Refused as e:
        equal((e.errno, text in e.text), (errno, True), e.text)
        return
    raise AssertionError("it was taken")


def main():
    spec = Spec()
    sock, far = Socket(spec), Far()
    make_group(sock)
    test_births(sock, far)
    test_patterns(sock, far)
    test_ports(sock, far)
    test_moves(spec, sock, far)
    test_no_memory(sock, far)
    test_limits(sock)
    end()


main()
