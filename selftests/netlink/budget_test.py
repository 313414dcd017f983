# SPDX-License-Identifier: GPL-2.0
"""
What a namespace, the namespaces of users, and the host may have, for a module that was built with the small limits
of caps.sh. A namespace belongs to users if its user namespace is not the first one.
"""
import os
import re
import signal
import struct

from tap import addr, end, equal, title
from taps import GUEST, HOST, LIBC, Tap, child, frames, new_namespace
from wire import Refused, Socket, Spec

LIMITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../kmod/core/limits.h")
CLONE_NEWUSER, ENOSPC = 0x10000000, 28
spec = Spec()


def limit(name):
    with open(LIMITS, encoding="ascii") as file:
        return int(re.search(rf"^#define SGNL_{name}_MAX\s+(\d+)$", file.read(), re.M)[1])


class Place:
    """This namespace, with ports that let out what they are sent"""

    def __init__(self, ports=1):
        self.sock = Socket(spec)
        self.sock.do("group-add", {"name": "sg-a"})
        self.taps = [Tap(f"tap{n}") for n in range(ports)]
        for tap in self.taps:
            self.sock.do("port-add", {"ifindex": tap.ifindex, "side": 0, "group": ["sg-a"],
                                      "address": [addr("10.0.0.5")]})

    def send(self, count, frag=0):
        """As many flows from each port, or as many datagrams' first fragments"""
        for n in range(count):
            packet = frames.ip("10.0.0.5", "203.0.113.9", frames.udp(1000 + n, 53, b"x" * 16), frag=frag, ident=n + 1)
            for tap in self.taps:
                tap.write(HOST + GUEST + struct.pack(">H", frames.IPV4) + packet)

    def sessions(self):
        return self.sock.stats()["sessions"]

    def dropped(self, reason):
        rows = [row for stats in self.sock.dump("stats-get") if "ifindex" in stats for row in stats["counter-out"]]
        return sum(row["packets"] for row in rows if row["name"] == reason)


def fill(op, there, most, words):
    """As many are taken as there may be, and no more"""
    for n in range(there, most):
        sock.do(op, words(n))
    try:
        sock.do(op, words(most))
        raise AssertionError("one more was taken")
    except Refused as e:
        equal((e.errno, e.text.endswith(f"there are {most} {op.split('-')[0]}s, the most allowed")), (ENOSPC, True), e.text)


def changer(output):
    """A transaction of another user's namespace: how many changes it may have"""
    if LIBC.unshare(CLONE_NEWUSER):
        raise OSError("unshare")
    new_namespace()
    own = Socket(spec)
    own.do("group-add", {"name": "sg-a"})
    own.do("txn-begin")
    taken = 0
    try:
        while taken < 1000:
            own.do("member-add", {"group": "sg-a", "address": [addr(f"10.0.0.{n}") for n in range(1, 11)]})
            taken += 10
    except Refused as e:
        os.write(output, f"{taken} {e.errno}\n".encode())
    signal.pause()


def user(output, count):
    """Another user's namespace, with two ports: how many sessions it has, how many datagrams were refused"""
    if LIBC.unshare(CLONE_NEWUSER):
        raise OSError("unshare")
    new_namespace()
    place = Place(2)
    place.send(count)
    place.send(12, frames.MORE)
    os.write(output, f"{place.sessions()} {place.dropped('fragment-table')}\n".encode())
    signal.pause()


net, users, host = (limit(f"{who}_SESSIONS") for who in ("NET", "USERS", "HOST"))
place = Place(2)
with title("S10 what a namespace may have, its ports have together"):
    place.send(net - 50)
    equal(place.sessions(), net)
for tap in place.taps:
    place.sock.do("port-del", {"ifindex": tap.ifindex})
    tap.close()
place.sock.do("group-del", {"name": "sg-a"})

guests = [child(user, net), child(user, net)]
with title("S10 what the namespaces of users may have, they have together, and no one else's"):
    counts = [guest.line().split() for guest in guests]
    equal(sum(int(count[0]) for count in counts), users, f"sessions of {counts}")
    place = Place()
    place.send(host)
    equal(place.sessions(), host - users)

with title("S11 and so it is with datagrams in fragments"):
    equal(4 * 12 - sum(int(count[1]) for count in counts), limit("USERS_FRAGMENTS"), f"{counts}")
    place.send(12, frames.MORE)
    equal(12 - place.dropped("fragment-table"), limit("HOST_FRAGMENTS") - limit("USERS_FRAGMENTS"))

for guest in guests:
    guest.stop(signal.SIGKILL)

sock = Socket(spec)
with title("C1 C5 a namespace has as many groups and lists as it may have"):
    fill("group-add", len(sock.dump("group-get")), limit("GROUPS"), lambda n: {"name": f"sg-{n}"})
    fill("list-add", 0, limit("LISTS"), lambda n: {"name": f"pl-{n}", "family": 0, "max-entries": 1})
with title("C1 C5 a transaction of a user's namespace has fewer changes"):
    guest = child(changer)
    equal(guest.line().split(), [str(limit("USERS_TXN_CHANGES")), str(ENOSPC)])
    guest.stop(signal.SIGKILL)
end()
