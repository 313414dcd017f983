# SPDX-License-Identifier: GPL-2.0
"""
teardown_test.py MODULE KILL_AFTER.SO [ROUNDS [SEED]]: devices, namespaces, sockets, processes and the module
itself end, while frames flow and others look on.
"""
import ctypes
import os
import random
import re
import signal
import subprocess
import sys
import time

import tap
from tap import addr, equal, note, run, title
from taps import (BAD, GOOD, LIBC, Tap, arp, child, enter_namespace, flood_names, frame,
                  make_group, move, new_namespace, rename, set_flags)
from wire import DUMP, REQUEST, Refused, Socket, Spec, attribute

MODULE, KILL_AFTER = sys.argv[1:3]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 50
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1
FINIT_MODULE, DELETE_MODULE, O_NONBLOCK = 313, 176, 0o4000
ENOENT, EBUSY, EAGAIN, EPROTONOSUPPORT, ENOBUFS = 2, 16, 11, 93, 105
GENL_ID_CTRL, CTRL_CMD_GETPOLICY, CTRL_ATTR_FAMILY_ID = 16, 10, 1

spec = Spec()
r = random.Random(SEED)
HERE = os.open("/proc/self/ns/net", os.O_RDONLY)
NAMES = [f"{way}{n}" for way in ("wire", "name", "else") for n in range(3)]
FRAMES = [frame(True, GOOD), frame(True, BAD), arp(True)]


# Those that look on. Each says in the end how often it did so, or what went wrong.

def looking(output, look):
    os.nice(10)  # a round takes as long as one process does, not five
    count, wrong = 0, ""
    while not child.stopped and not wrong:
        try:
            look()
            count += 1
        except Refused as e:
            # The module may be gone, or about to go
            if e.errno not in (ENOENT, EPROTONOSUPPORT):
                wrong = f" {look.__name__}: {e}"
            time.sleep(0.001)
        except OSError as e:
            if e.errno not in (ENOENT, ENOBUFS):
                wrong = f" {look.__name__}: {e}"
    os.write(output, f"{count}{wrong}\n".encode())


def dump():
    with Socket(spec) as sock:
        for name, kind, _ in spec.requests():
            if kind == "dump" and name not in ("session-preview", "audit-get"):
                sock.dump(name)
        sock.do("txn-begin")
        sock.dump("session-preview")
        sock.do("group-add", {"name": "sg-candidate"})
        sock.do("audit-start")
        sock.dump("audit-get")
        sock.do("audit-stop")


def dump_policy():
    """What `genl ctrl policy` asks for"""
    with Socket(spec) as sock:
        family, sock.family = sock.family, GENL_ID_CTRL
        ask = attribute(CTRL_ATTR_FAMILY_ID, family.to_bytes(2, sys.byteorder))
        sock.talk(sock.message(CTRL_CMD_GETPOLICY, ask, flags=REQUEST | DUMP, version=2))


def listen():
    with Socket(spec) as sock:
        for group in sock.multicast:
            sock.join(group)
        for _ in range(20):
            list(sock.events())
            time.sleep(0.002)


def give_up():
    """Sockets that are closed in the middle of a transaction"""
    with Socket(spec) as sock:
        sock.do("txn-begin")
        sock.do("group-add", {"name": "sg-never"})
        for n in range(5):
            sock.do("member-add", {"group": "sg-never", "address": addr(f"10.9.0.{n}")})


def flood(output):
    os.nice(10)
    flood_names(output, NAMES)


def lookers():
    begun = [child(looking, look) for look in (dump, dump_policy, listen, give_up)]
    begun.append(child(flood))
    return begun


def end_of(begun):
    begun.pop().stop(signal.SIGKILL)
    counts = []
    for one in begun:
        one.stop()
        said = one.line()
        equal(said.isdecimal(), True, said)
        counts.append(int(said))
    note(f"{ROUNDS} rounds, seed {SEED}: dumps, dumps of policy, listeners, transactions given up: {counts}")
    equal(min(counts) > 0, True, f"all of them looked on: {counts}")


# What comes and goes

def attach(sock, device):
    sock.do("port-add", {"ifindex": device.ifindex, "side": 0, "group": ["sg-a"],
                         "address": [addr("10.0.0.5")]})


def away(_, orders):
    """Another namespace, to which devices go and in which they stay"""
    new_namespace()
    with Socket(spec) as sock:
        sock.do("guard-add", {"pattern": "*"})
        while os.read(orders, 1):
            pass
        sock.do("guard-del", {"pattern": "*"})


def live(sock, other):
    """A device with a port, and one of its ends"""
    name = r.choice(NAMES[:3])
    with Tap(name) as device:
        attach(sock, device)
        device.write(*FRAMES * 3)
        what = r.randrange(6)
        if what == 0:
            sock.do("port-del", {"ifindex": device.ifindex})
            device.write(*FRAMES)
        elif what == 1:
            rename(name, r.choice(NAMES[3:]))
            device.write(*FRAMES)
        elif what == 2:
            move(name, other.pid)
            device.write(*FRAMES)
        elif what == 3:
            set_flags(name, False)
            set_flags(name, True)
            device.write(*FRAMES)
        elif what == 4:
            sock.do("port-move", {"ifindex": device.ifindex, "group": ["sg-b"]})
            device.write(*FRAMES)
        device.take()


def namespace():
    """A namespace with a port and a pattern, which ends with all that is in it"""
    new_namespace()
    try:
        with Socket(spec) as sock:
            make_group(sock)
            sock.do("guard-add", {"pattern": "name*"})
            device, held = Tap("wire0"), Tap("name0")
            attach(sock, device)
            if r.random() < 0.5:
                attach(sock, held)
            device.write(*FRAMES)
            held.write(*FRAMES)
    finally:
        enter_namespace(HERE)
    return device, held


def references():
    with open("/sys/module/sgnl/refcnt", encoding="ascii") as file:
        return int(file.read())


def come_down_to(count):
    """A namespace ends a while after its last process."""
    until = time.monotonic() + 60
    while references() > count:
        if time.monotonic() > until:
            raise AssertionError(f"{references()} references to the module, {count} expected")
        time.sleep(0.01)


def lives():
    before = references()
    begin = time.monotonic()
    with Socket(spec) as sock:
        make_group(sock)
        sock.do("group-add", {"name": "sg-b", "type": 1})
        orders, hand = os.pipe()
        other = child(away, orders)
        os.close(orders)
        begun = lookers()
        for n in range(ROUNDS):
            live(sock, other)
            for one in namespace():
                one.close()
            if n % 50 == 49:
                come_down_to(before + 20)
        note(f"{time.monotonic() - begin:.1f} s")
        end_of(begun)
        os.close(hand)
        other.stop(signal.SIGKILL)
        come_down_to(before)
        equal(sock.dump("port-get"), [], "ports")
        equal(sock.dump("session-get"), [], "sessions")


with title("D2 C1 devices and namespaces end under load, with their ports, patterns and sessions"):
    try:
        lives()
    finally:
        child.end_all()


# The module

def load(module):
    if LIBC.syscall(FINIT_MODULE, module.fileno(), b"", 0):
        raise OSError(ctypes.get_errno(), "finit_module")


def unload():
    until = time.monotonic() + 20
    while LIBC.syscall(DELETE_MODULE, b"sgnl", O_NONBLOCK):
        if ctypes.get_errno() not in (EAGAIN, EBUSY) or time.monotonic() > until:
            raise OSError(ctypes.get_errno(), f"delete_module, {references()} references")
        time.sleep(0.001)


def loads():
    run("sgnl", "apply", "-f", "/dev/null")
    unload()
    with open(MODULE, "rb") as module, Tap("wire0") as device:
        begun = lookers()
        for _ in range(ROUNDS):
            load(module)
            with Socket(spec) as sock:
                make_group(sock)
                attach(sock, device)
                device.write(*FRAMES * 5)
                sock.do("port-del", {"ifindex": device.ifindex})
            device.write(*FRAMES)
            unload()
        load(module)
        end_of(begun)


with title("D2 the module is loaded and unloaded under load"):
    try:
        loads()
    finally:
        child.end_all()


# The tool

BATCH = """\
group add sg-t
group add sg-u
rule add sg-t in tcp port 22 from 10.0.0.0/8
rule add sg-t in udp from group sg-u
member add sg-u 10.9.0.1
member add sg-u 10.9.0.2
group set sg-u internal drop
rule add sg-u out all to ::/0
"""


def killed(after):
    done = subprocess.run(["sgnl", "-b", "-"], input=BATCH, text=True, check=False, capture_output=True,
                          env={**os.environ, "LD_PRELOAD": KILL_AFTER, "KILL_AFTER": str(after)})
    return done.returncode == -signal.SIGKILL


def saved():
    """Each time rules have other ids."""
    return re.sub(r"sgr-\d+", "sgr-N", tap.save())


def kills():
    before, partly, n = saved(), 0, 1
    run("sgnl", "-b", "-", text=BATCH)
    whole = saved()
    run("sgnl", "apply", "-f", "/dev/null")
    equal(saved(), before)
    while killed(n):
        now = saved()
        if now != whole:
            equal(now, before, f"in force, killed after message {n}")
            partly += 1
        run("sgnl", "apply", "-f", "/dev/null")
        n += 1
    equal(saved(), whole)
    note(f"killed after each of {n - 1} messages")
    equal(partly > 0 and n > 2, True, f"{n - 1} times killed, {partly} times nothing was in force")


with title("C1 the tool is killed after each message of a transaction: all is in force, or nothing"):
    kills()

tap.end()
