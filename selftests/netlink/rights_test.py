# SPDX-License-Identifier: GPL-2.0
"""Who may do what: users with a user namespace of their own, and network namespaces beside each other."""
import os
import signal
import socket

import tap
from tap import addr, equal, run, title
from taps import LIBC, OWN, PEER, Tap, child, frames, new_namespace
from wire import Refused, Socket, Spec

CLONE_NEWUSER, EPERM, ENODEV, ENOENT = 0x10000000, 1, 19, 2
NOBODY = 65534
CGROUP = "/sys/fs/cgroup"
spec = Spec()
sock = Socket(spec)


def say(output, text):
    os.write(output, f"{text or 'nothing'}\n".replace("\n", " ").strip().encode() + b"\n")


def refused(sock, wrong):
    """Every request, and every multicast group, to one who may not"""
    for op, kind, _ in spec.requests():
        try:
            sock.dump(op) if kind == "dump" else sock.do(op)
            wrong.append(f"{op} {kind}: taken")
        except Refused as e:
            if e.errno != EPERM:
                wrong.append(f"{op} {kind}: {e}")
    for group in sock.multicast:
        try:
            sock.join(group)
            wrong.append(f"{group}: joined")
        except PermissionError:
            pass


def user_here(output):
    """All rights, in a user namespace that does not own this network namespace"""
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    wrong = []
    if LIBC.unshare(CLONE_NEWUSER):
        wrong.append("no user namespace")
    else:
        refused(Socket(spec), wrong)
    say(output, "; ".join(wrong))


def user_apart(output):
    """The same, with a network namespace that is the user's own"""
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    if LIBC.unshare(CLONE_NEWUSER):
        raise OSError("unshare")
    new_namespace()
    own = Socket(spec)
    own.do("group-add", {"name": "sg-users"})
    own.do("member-add", {"group": "sg-users", "address": addr("10.9.9.9")})
    own.do("port-add", {"ifindex": socket.if_nametoindex("lo"), "side": 1, "group": ["sg-users"]})
    seen = [[one["name"] for one in own.dump("group-get")], len(own.dump("port-get"))]
    say(output, "" if seen == [["sg-users"], 1] else f"{seen}")
    signal.pause()


with title("C5 with all rights in a user namespace of one's own, the host's is neither read nor changed"):
    sock.do("group-add", {"name": "sg-host"})
    before = sock.state()
    one = child(user_here)
    equal(one.line(), "nothing", "what went wrong")
    os.waitpid(one.pid, 0)
    equal(sock.state(), before, "in force")

with title("C5 a user's own network namespace is the user's, and nothing of it is seen elsewhere"):
    before = sock.state()
    one = child(user_apart)
    equal(one.line(), "nothing", "what went wrong")
    equal(sock.state(), before, "in force here")
    one.stop(signal.SIGKILL)


with title("S13 a user's own network namespace takes a file of many sessions, though no socket has much room there"):
    sessions = "".join(f"in udp 192.0.2.1:{n} 10.0.0.1:53 state established age 0 idle 0\n" for n in range(1, 1501))
    done = run("unshare", "-Urn", "sh", "-ec", "sgnl group add sg-a; sgnl rule add sg-a in udp port 53 from 192.0.2.0/24 id sgr-1;"
               "sgnl port add lo side self group sg-a; sgnl session load lo -; sgnl -o session show lo | wc -l", text=sessions)
    equal(done.split(), ["sgr-1", "1500"])


def beside(output, orders, name):
    """Another namespace of the same user: what it says of itself, what it hears"""
    new_namespace()
    own = Socket(spec)
    for group in own.multicast:
        own.join(group)
    with Tap(name) as there:
        own.do("group-add", {"name": "sg-b"})
        own.do("port-add", {"ifindex": there.ifindex, "side": 0, "group": ["sg-b"], "address": [addr(OWN)]})
        list(own.events())
        say(output, f"{there.ifindex}")
        os.read(orders, 1)
        say(output, f"{list(own.events())}")
        say(output, f"{[one['name'] for one in own.dump('group-get')]} {len(own.dump('port-get'))} "
            f"{own.dump('session-get')}")
        os.read(orders, 1)


def frame():
    packet = frames.ip(OWN, PEER, frames.udp(1, 2, b""))
    return bytes(12) + frames.IPV4.to_bytes(2, "big") + packet


with title("M3 C2 a namespace sees itself alone: what there is, what happens, sessions, devices"):
    orders, hand = os.pipe()
    other = child(beside, orders, "there0")
    index = int(other.line())
    listener = Socket(spec)
    for group in listener.multicast:
        listener.join(group)
    try:
        sock.do("port-add", {"ifindex": index + 1000, "side": 0, "group": ["sg-host"]})
    except Refused as e:
        equal(e.errno in (ENODEV, ENOENT), True, f"{e}")
    with Tap("here0") as here:
        sock.do("port-add", {"ifindex": here.ifindex, "side": 0, "group": ["sg-host"], "address": [addr(OWN)]})
        here.write(frame())
        equal(len(sock.dump("session-get")), 1, "sessions here")
        equal({name for name, _ in listener.events()}, {"port-event", "session-event"}, "heard here")
        equal([one["ifname"] for one in sock.dump("port-get")], ["here0"], "ports here")
        os.write(hand, b"x")
        equal(other.line(), "[]", "heard there")
        equal(other.line(), "['sg-b'] 1 []", "groups, ports, sessions there")
        equal([one["name"] for one in sock.dump("group-get")], ["sg-host"], "groups here")
    os.write(hand, b"x")
    os.waitpid(other.pid, 0)


def slab():
    with open(f"{CGROUP}/rights/memory.stat", encoding="ascii") as file:
        return int(next(line.split()[1] for line in file if line.startswith("slab ")))


def charge():
    """A thousand members in a thousand groups"""
    sock.do("txn-begin")
    for n in range(1000):
        sock.do("group-add", {"name": f"sg-{n}"})
        sock.do("member-add", {"group": f"sg-{n}", "address": addr(f"10.1.{n >> 8}.{n & 255}")})
    sock.do("txn-commit")


def accounted():
    with open(f"{CGROUP}/cgroup.controllers", encoding="ascii") as file:
        return "memory" in file.read().split()


# A kernel without the controller has nobody to account it to.
if accounted():
    with title("C5 what is configured is accounted to the cgroup of who configures it"):
        with open(f"{CGROUP}/cgroup.subtree_control", "w", encoding="ascii") as file:
            file.write("+memory")
        os.mkdir(f"{CGROUP}/rights")
        with open(f"{CGROUP}/rights/cgroup.procs", "w", encoding="ascii") as file:
            file.write("0")
        before = slab()
        charge()
        tap.note(f"{slab() - before} bytes for 1,000 groups with a member each")
        equal(slab() - before > 1000 * 2 * 64, True, "bytes that were accounted")
        run("sgnl", "apply", "-f", "/dev/null")
        with open(f"{CGROUP}/cgroup.procs", "w", encoding="ascii") as file:
            file.write("0")

tap.end()
