# SPDX-License-Identifier: GPL-2.0
"""
parallel_test.py [SECONDS]: new flows as fast as they go from both ends of one port, by two processes, at a
full quota (5). Where there are two CPUs, both make room in the port's one list at the same time.
"""
import socket
import struct
import sys
import time

from tap import addr, end, equal, note, title
from taps import GUEST, HOST, OWN, PEER, Tap, child, frames, make_group
from wire import Socket, Spec

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 5
QUOTA, FLOWS = 100, 2000
sock = Socket(Spec())


def flows(out, first=2000, count=FLOWS):
    """A frame each of so many flows, which the rules let pass"""
    src, dst = (OWN, PEER) if out else (PEER, OWN)
    head = (HOST + GUEST if out else GUEST + HOST) + struct.pack(">H", frames.IPV4)
    return [head + frames.ip(src, dst, frames.udp(n, 1000, b"new")) for n in range(first, first + count)]


def flood(_, send, data):
    while not child.stopped:
        for one in data:
            try:
                send(one)
            except OSError:
                pass


def passed(device):
    """How many opened a session, by direction, and how many sessions the port holds by its own count"""
    stats, = (s for s in sock.dump("stats-get") if s.get("ifindex") == device.ifindex)
    return [sum(c["packets"] for c in stats[way] if c["name"] == "rule-allow")
            for way in ("counter-in", "counter-out")], stats["sessions"]


def parallel():
    with Tap("tap0") as device, socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((device.name, 0))
        sock.do("port-add", {"ifindex": device.ifindex, "side": 0, "group": ["sg-a"],
                             "address": [addr(OWN)], "sessions-max": QUOTA})
        floods = child(flood, device.write, flows(True)), child(flood, raw.send, flows(False))
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            device.take()
            time.sleep(0.01)
        for one in floods:
            one.stop()
        counts, held = passed(device)
        note(f"new sessions: {counts[0]} in, {counts[1]} out")
        equal(min(counts) > 10 * QUOTA, True, f"both ends began many: {counts}")
        equal((held, len(sock.dump("session-get"))), (QUOTA, QUOTA), "counted, and there")
        # Each of them can yet make room
        device.write(*flows(True, 10000, QUOTA))
        equal({s["local-port"] for s in sock.dump("session-get")}, set(range(10000, 10000 + QUOTA)), "replaced")
        sock.do("port-del", {"ifindex": device.ifindex})
    equal(sock.dump("session-get"), [], "sessions")


make_group(sock)
with title("S10 two that open sessions of one port at once, at its quota: no more than that, and none is lost"):
    parallel()
end()
