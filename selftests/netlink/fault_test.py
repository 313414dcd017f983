# SPDX-License-Identifier: GPL-2.0
"""Memory runs out, at one allocation after the other of a commit and of a packet."""
import json
import socket
import struct
import time

import failing
import tap
from failing import SITES_MAX, FailNth
from tap import addr, equal, note, run, title
from wire import Refused, Socket, Spec

ENOMEM, ENOBUFS = 12, 105

spec = Spec()
sock = Socket(spec)
sock.sock.settimeout(5)
device = tap.devices("d0", "d1")


def peer(text, length=None):
    return {"peer-address": addr(text), **({"peer-prefix-len": length} if length else {})}


MAKE = [
    ("group-add", {"name": "sg-new", "description": "of this transaction"}),
    ("rule-add", {"group": "sg-new", "direction": 0, "proto": 6, "port-min": 80, "port-max": 90,
                  **peer("10.0.0.0", 8)}),
    ("rule-add", {"group": "sg-new", "direction": 1, "policy": 1, "peer-group": "sg-old"}),
    ("rule-add", {"group": "sg-old", "direction": 0, "peer-group": "sg-new"}),
    ("member-add", {"group": "sg-new", "address": [addr("10.9.0.1"), addr("10.9.0.2")]}),
    ("member-add", {"group": "sg-old", "address": addr("fd00::9")}),
    ("port-add", {"ifindex": device["d1"], "side": 0, "group": ["sg-new", "sg-old"],
                  "address": [addr("10.0.0.6"), addr("fd00::6")]}),
    ("port-set", {"ifindex": device["d0"], "smtp": 1,
                  "address": [addr("10.0.0.5"), addr("10.0.0.7")]}),
    ("port-join", {"ifindex": device["d0"], "group": ["sg-new"]}),
    ("group-set", {"name": "sg-old", "internal-policy": 1}),
]
UNMAKE = [
    ("group-set", {"name": "sg-old", "internal-policy": 0}),
    ("port-leave", {"ifindex": device["d0"], "group": ["sg-new"]}),
    ("port-set", {"ifindex": device["d0"], "smtp": 0, "address": [addr("10.0.0.5")]}),
    ("port-del", {"ifindex": device["d1"]}),
    ("member-del", {"group": "sg-old", "address": addr("fd00::9")}),
    ("member-del", {"group": "sg-new", "address": [addr("10.9.0.1"), addr("10.9.0.2")]}),
    ("rule-del", {"group": "sg-old", "direction": 0, "peer-group": "sg-new"}),
    ("group-del", {"name": "sg-new"}),
]


def queue(changes):
    sock.do("txn-begin")
    for op, words in changes:
        sock.do(op, words)


def in_force():
    """All that is configured, with the generation."""
    return sock.state()[0]


def sizes():
    """How many groups, rules, members and ports there are."""
    return [len(messages) for messages in in_force()]


def try_commit(changes, nth):
    """Whether the commit was taken, and whether an allocation of it failed."""
    queue(changes)
    with FailNth(nth) as fail:
        try:
            sock.do("txn-commit")
            taken = True
        except (Refused, OSError) as e:
            equal(e.errno in (ENOMEM, ENOBUFS), True, f"errno of: {e}")
            taken = False
    return taken, fail.done


def failing_commits(changes, back):
    """Fails each allocation of a commit once: what is refused has changed nothing."""
    refused = 0
    queue(changes)
    sock.do("txn-commit")
    whole = sizes()
    queue(back)
    sock.do("txn-commit")
    for nth in range(1, SITES_MAX):
        before = in_force()
        generation = sock.generation()
        taken, failed = try_commit(changes, nth)
        if not taken and sock.generation() != generation:
            taken = True  # the commit was, and its answer had no memory
        if not taken:
            refused += 1
            equal(in_force(), before, f"in force after allocation {nth} failed")
            # The socket's transaction may be there still, if the request had no memory
            try:
                sock.do("txn-abort")
            except Refused:
                pass
        else:
            equal(sizes(), whole, f"what a commit made of which allocation {nth} failed")
            queue(back)
            sock.do("txn-commit")
        if not failed:
            note(f"{nth - 1} allocations failed, {refused} commits were refused")
            return refused
    raise AssertionError(f"more than {SITES_MAX} allocations")


failing.setup()
sock.do("group-add", {"name": "sg-old"})
sock.do("port-add", {"ifindex": device["d0"], "side": 0, "group": ["sg-old"],
                     "address": [addr("10.0.0.5")]})

with title("D3 a commit that runs out of memory, at any allocation, changes nothing"):
    equal(failing_commits(MAKE, UNMAKE) > len(MAKE), True, "many were refused")

with title("D3 the way back, likewise"):
    queue(MAKE)
    sock.do("txn-commit")
    equal(failing_commits(UNMAKE, MAKE) > 0, True, "some were refused")
    queue(UNMAKE)
    sock.do("txn-commit")


def packets(reason):
    """How many packets of the port d2 ended so."""
    rows = json.loads(run("sgnl", "-j", "stats", "d2"))
    return sum(row["packets"] for row in rows if row.get("name") == reason)


def frame(port):
    """UDP from 10.0.0.8 to 10.0.0.9, with nothing in it."""
    udp = struct.pack("!HHHH", port, 53, 8, 0)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
    return b"\2" * 12 + b"\x08\0" + ip + addr("10.0.0.8") + addr("10.0.0.9") + udp


def failing_packets(out):
    """Fails each allocation on the way of a packet that opens a session."""
    for nth in range(1, 50):
        lost, passed = packets("no-memory"), packets("default-allow")
        with FailNth(nth) as fail:
            try:
                out.send(frame(1000 + nth))
            except OSError:
                pass  # its own buffer had no memory
        if not fail.done:
            return
        dropped = packets("no-memory") - lost
        equal(dropped == 0 or packets("default-allow") == passed, True, "it is one of the two")
        if dropped:
            yield nth
    raise AssertionError("no end of allocations")


with title("D3 S10 a packet whose session has no memory is dropped and counted, and the next one passes"):
    device |= tap.devices("d2")
    run("ip", "link", "set", "d2", "up")
    run("ip", "link", "set", "d2-peer", "up")
    sock.do("port-add", {"ifindex": device["d2"], "side": 1, "group": ["sg-old"]})
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind(("d2", 0))
        equal(len(list(failing_packets(out))), 1, "allocations whose failure dropped the packet")
        before = packets("default-allow")
        out.send(frame(999))
        equal(packets("default-allow"), before + 1, "packets that passed")

with title("R14 D3 where memory runs out when a rule expires it decides on, and goes once there is some"):
    failing.of_sgnl_alone()
    at = int(time.time()) + 3
    sock.do("rule-add", {"group": "sg-old", "direction": 0, "expires": at, **peer("10.0.0.0", 8)})
    generation = sock.generation()
    with failing.none():
        time.sleep(at + 2.5 - time.time())
    # It is tried again each second
    equal(sock.generation(), generation, "generation without memory")
    end = time.monotonic() + 3
    while sock.dump("rule-get", {"group": "sg-old"}) and time.monotonic() < end:
        time.sleep(0.05)
    equal((sock.dump("rule-get", {"group": "sg-old"}), sock.generation()), ([], generation + 1))

tap.end()
