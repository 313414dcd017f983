# SPDX-License-Identifier: GPL-2.0
"""Memory runs out while devices and namespaces come and go, and while the module is loaded."""
import ctypes
import os
import socket
import subprocess
import time

import failing
import tap
from failing import command
from tap import addr, equal, note, run, title
from wire import Socket, Spec

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)

spec = Spec()
sock = Socket(spec)
HERE = os.open("/proc/self/ns/net", os.O_RDONLY)


def exists(name):
    return name in [known for _, known in socket.if_nameindex()]


def held(name, where=None):
    """Whether a pattern holds a device."""
    with where.inside() if where else open(os.devnull, encoding="ascii"):
        index = socket.if_nametoindex(name)
    return any(message.get("ifindex") == index for message in (where or sock).dump("guard-get"))


def each(words, back=None):
    """Runs a command whose nth allocation in sgnl fails, for all that there are: whether it ended well.
    What it did is undone by `back` if it did."""
    failures = 0
    for nth in range(1, failing.SITES_MAX):
        done, failed = command(nth, words)
        failures += failed
        yield not done.returncode
        if not done.returncode and back:
            run(*back)
        if not failed:
            break
    else:
        raise AssertionError("no end of allocations")
    note(f"{' '.join(words)}: {failures} allocations failed")


def ip(line):
    return ["ip", *line.split()]


class Elsewhere(Socket):
    """A namespace of its own, with a socket in it."""

    def __init__(self, name):
        self.name = name
        run("ip", "netns", "add", name)
        with self.inside():
            super().__init__(spec)

    def inside(self):
        return Inside(f"/run/netns/{self.name}")

    def __exit__(self, *error):
        super().__exit__(*error)
        run("ip", "netns", "del", self.name)


class Inside:
    def __init__(self, path):
        self.path = path

    def __enter__(self):
        with open(self.path, "rb") as file:
            enter(file.fileno())

    def __exit__(self, *_):
        enter(HERE)


def enter(namespace):
    if LIBC.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


failing.setup()
failing.of_sgnl_alone()
sock.do("guard-add", {"pattern": "held*"})

with title("D1 D3 a device that no memory is there to hold is not born"):
    for well in each(ip("link add held0 type dummy"), ip("link del held0")):
        equal(exists("held0"), well, "there is one")
        equal(well and not held("held0"), False, "it is there and not held")

with title("D1 D3 nor is one renamed to what a pattern matches"):
    run(*ip("link add else0 type dummy"))
    for well in each(ip("link set else0 name held0")):
        equal(exists("held0"), well, "it has its name")
        if not well:
            equal(held("else0"), False, "it is as it was")
            continue
        equal(held("held0"), True, "it is held")
        # And stays so under any name: the next round has a new one
        run(*ip("link del held0"))
        run(*ip("link add else0 type dummy"))
    run(*ip("link del else0"))

with title("D1 D3 one that moves to a namespace comes up there held, or not at all"):
    with Elsewhere("fault0") as there:
        there.do("guard-add", {"pattern": "move*"})
        for nth in range(1, failing.SITES_MAX):
            run(*ip("link add move0 type dummy"))
            _, failed = command(nth, ip("link set move0 netns fault0"))
            for well in each(ip("-n fault0 link set move0 up"), ip("-n fault0 link set move0 down")):
                equal(well and not held("move0", there), False, "it is up and not held")
            run(*ip("-n fault0 link del move0"))
            if not failed:
                break
        equal(nth > 1, True, "there was something to fail")

with title("D1 D3 a pattern for devices that are there holds all of them, or is refused"):
    run(*ip("link add many0 type dummy"))
    run(*ip("link add many1 type dummy"))
    for well in each(["sgnl", "guard", "add", "many*"], ["sgnl", "guard", "del", "many*"]):
        equal([held("many0"), held("many1")], [well, well], "both are held")

with title("D2 D3 a port's device goes, whatever has no memory"):
    sock.do("group-add", {"name": "sg-a"})
    for nth in range(1, failing.SITES_MAX):
        run(*ip("link add port0 type dummy"))
        sock.do("port-add", {"ifindex": socket.if_nametoindex("port0"), "side": 0, "group": ["sg-a"]})
        done, failed = command(nth, ip("link del port0"))
        equal(done.returncode, 0, done.stderr)
        equal(sock.dump("port-get"), [], "ports")
        if not failed:
            break


def probability(percent):
    """So often, whoever allocates for sgnl"""
    for kind in failing.KINDS:
        with open(f"/sys/kernel/debug/{kind}/probability", "w", encoding="ascii") as file:
            file.write(str(percent))


def waits_for(address):
    """A worker looks at the device afterwards."""
    end = time.monotonic() + 10
    while [addr(address)] != [a for a in sock.dump("port-get")[0].get("address", [])]:
        if time.monotonic() > end:
            raise AssertionError(f"{address} is not the port's")
        time.sleep(0.02)


with title("M2 D3 a port follows its device's address, whatever has no memory"):
    run(*ip("link add port0 type dummy"))
    sock.do("port-add", {"ifindex": socket.if_nametoindex("port0"), "side": 0, "group": ["sg-a"],
                         "follow": 1})
    for n in range(1, 20):
        run(*ip(f"addr add 10.0.0.{n}/32 dev port0"))
        waits_for(f"10.0.0.{n}")
        probability(100)
        subprocess.run(ip(f"addr del 10.0.0.{n}/32 dev port0"), check=True)
        time.sleep(0.02)
        probability(0)
    run(*ip("link del port0"))

with title("D3 a namespace is not made without memory for sgnl's part, or is whole"):
    for well in each(ip("netns add fault1"), ip("netns del fault1")):
        if well:
            run("sgnl", "-n", "fault1", "group", "add", "sg-x")
            equal("sg-x" in run("sgnl", "-n", "fault1", "save"), True, "sgnl works in it")

tap.end()
