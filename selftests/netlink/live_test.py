# SPDX-License-Identifier: GPL-2.0
"""
live_test.py moves|swaps COUNT: changes of what a port's packets are judged by, while two processes send through it
from its two ends: new flows that either state allows, flows that neither does, and answered flows. Each frame is
counted by its sender and has to be found in the port's counters, under the only verdict that it can have.
"""
import os
import socket
import struct
import sys
import time

from swap import SETS, clear, counted, rule, sock, swap, swap_singly
from tap import addr, end, equal, note, title
from taps import BAD, GOOD, GUEST, HOST, OWN, PEER, Far, Tap, child, frames

COUNT = int(sys.argv[2])
QUOTA, ANSWERED, NEW, BATCH = 600, 50, 4000, 50
NEIGHBOUR = "10.0.0.6"


def udp(out, sport, dport, word=GOOD, ends=(OWN, PEER)):
    """A frame from the guest to the peer, or back"""
    src, dst = ends if out else ends[::-1]
    head = (HOST + GUEST if out else GUEST + HOST) + struct.pack(">H", frames.IPV4)
    return head + frames.ip(src, dst, frames.udp(sport, dport, word))


def send_all(output, jobs):
    """For each (send, frames that pass, frames that do not): a batch of either, and so on; how many there were"""
    sent = [[0, 0] for _ in jobs]
    while not child.stopped:
        for (send, *kinds), count in zip(jobs, sent):
            for which, data in enumerate(kinds):
                at = count[which] % len(data)
                for one in data[at:at + BATCH]:
                    try:
                        send(one)
                    except OSError:     # a full queue, which is behind the hook
                        pass
                    count[which] += 1
        time.sleep(0.0005)     # for who makes the changes, where there is one CPU
    os.write(output, (" ".join(f"{good} {bad}" for good, bad in sent) + "\n").encode())


def new_flows(out, word, ends=(OWN, PEER)):
    return [udp(out, 2000 + n, 1000 if word == GOOD else 2000, word, ends) for n in range(NEW)]


class Traffic:
    """Two processes, one for each end of the port; the second sends to the neighbour as well."""

    def __init__(self, port, neighbour):
        self.port, self.neighbour, self.far = port, neighbour, Far()
        raw = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW) for _ in range(2)]
        raw[0].bind((port.name, 0))
        raw[1].bind((neighbour.name, 0))
        there = [udp(True, 9000 + n, 1001) for n in range(ANSWERED)]
        back = [udp(False, 1001, 9000 + n) for n in range(ANSWERED)]
        # Under the first state: that alone lets these begin.
        port.write(*there)
        for one in back:
            raw[0].send(one)
        self.before = [counted(port.ifindex, "out"), counted(port.ifindex, "in"), (0, 0)]
        self.senders = [
            child(send_all, [(lambda one: os.write(port.file, one), self.mixed(there, new_flows(True, GOOD)),
                              new_flows(True, BAD))]),
            child(send_all, [(raw[0].send, self.mixed(back, new_flows(False, GOOD)), new_flows(False, BAD)),
                             (raw[1].send, new_flows(False, GOOD, (NEIGHBOUR, OWN)),
                              new_flows(False, BAD, (NEIGHBOUR, OWN)))])]

    @staticmethod
    def mixed(answered, new):
        """A batch of answered flows before each three of new ones"""
        out = []
        for at in range(0, NEW, 3 * BATCH):
            out += answered + new[at:at + 3 * BATCH]
        return out

    def take(self, far=20):
        """Some of what arrived; nothing of it may be what both states deny."""
        got = []
        for sock_ in self.far.socks[:1]:
            try:
                for _ in range(far):
                    got.append(sock_.recv(2048))
            except OSError:
                pass
        for device in self.port, self.neighbour:
            try:
                for _ in range(500):
                    got.append(os.read(device.file, 2048))
            except OSError:
                pass
        equal([one for one in got if BAD in one], [], "arrived")
        return len(got)

    def stop(self):
        """(passed, dropped) as sent and as counted: out, in, to the neighbour"""
        sent = []
        for one in self.senders:
            one.stop()
            numbers = [int(word) for word in one.line().split()]
            sent += list(zip(numbers[::2], numbers[1::2]))
        while self.take(10000):
            pass
        after = [counted(device.ifindex, way)
                 for device, way in ((self.port, "out"), (self.port, "in"), (self.neighbour, "in"))]
        return sent, [(a[0] - b[0], a[1] - b[1]) for a, b in zip(after, self.before)]

    def answered(self):
        return sum(s["peer-port"] == 1001 and s["state"] == 1 for s in sock.dump("session-get"))


def prepare(groups, port, neighbour):
    for name in ("sg-1", "sg-2", "sg-n"):
        sock.do("group-add", {"name": name, "type": 1})
    for device, address, joined in (port, OWN, groups), (neighbour, NEIGHBOUR, ["sg-n"]):
        sock.do("port-add", {"ifindex": device.ifindex, "side": 0, "group": joined, "address": [addr(address)],
                             "sessions-max": QUOTA})


def under_traffic(rules, groups, change, count, exact=True):
    """
    The changes number 0 to count - 1, while frames flow. If exact, all frames have the verdict that every state
    gives them; else how many did not.
    """
    with Tap("tap0") as port, Tap("tap1") as neighbour:
        try:
            prepare(groups, port, neighbour)
            for one in rules:
                sock.do(*one)
            traffic = Traffic(port, neighbour)
            begin = time.monotonic()
            for number in range(count):
                change(number, port.ifindex)
                traffic.take()
                time.sleep(0.0005)
            seconds = time.monotonic() - begin
            sent, got = traffic.stop()
            answered = traffic.answered()
        finally:
            clear()
    note(f"{count} changes in {seconds:.1f} s; to pass and to drop: {sent[0]} out, {sent[1]} in, "
         f"{sent[2]} to the neighbour")
    equal([sum(pair) for pair in got], [sum(pair) for pair in sent], "frames judged")
    equal(min(min(pair) for pair in sent) > 0, True, "there were some of each")
    if not exact:
        return sum(abs(a[0] - b[0]) for a, b in zip(got, sent))
    equal(got, sent, "(passed, dropped) out, in, to the neighbour")
    equal(answered, ANSWERED, "answered flows that live")
    return 0


# What sg-1 and sg-2 both allow is port 1000; 1001 and 1002 is what one alone does. The neighbour admits the members
# of either, so it sees whether the port's address is in one of them at every moment.
MOVES = [
    *(rule(group, direction, port) for direction in (0, 1)
      for group, port in (("sg-1", 1000), ("sg-1", 1001), ("sg-2", 1000), ("sg-2", 1002))),
    rule("sg-n", 0, 1000, peer={"peer-group": "sg-1"}), rule("sg-n", 0, 1000, peer={"peer-group": "sg-2"}),
]


def move(number, ifindex):
    sock.do("port-move", {"ifindex": ifindex, "group": [f"sg-{2 - number % 2}"]})


def join_and_leave(number, ifindex):
    sock.do("port-join", {"ifindex": ifindex, "group": [f"sg-{2 - number % 2}"]})
    sock.do("port-leave", {"ifindex": ifindex, "group": [f"sg-{1 + number % 2}"]})


def leave_and_join(number, ifindex):
    sock.do("port-leave", {"ifindex": ifindex, "group": [f"sg-{1 + number % 2}"]})
    time.sleep(0.002)
    sock.do("port-join", {"ifindex": ifindex, "group": [f"sg-{2 - number % 2}"]})


def moves():
    with title(f"S9 {COUNT} moves under load: nothing that both sets allow is dropped, nothing that neither does "
               "passes, no session is lost"):
        under_traffic(MOVES, ["sg-1"], move, COUNT)
    with title(f"S9 the vendor's way, {COUNT // 2} times: join the new group, leave the old one"):
        under_traffic(MOVES, ["sg-1"], join_and_leave, COUNT // 2)
    with title("S9 a gap would be seen: the old group is left before the new one is joined"):
        equal(under_traffic(MOVES, ["sg-1"], leave_and_join, 20, exact=False) > 0, True, "frames judged otherwise")


SWAPS = [*SETS[0], rule("sg-n", 0, 1000, peer={"peer-group": "sg-1"})]


def swaps():
    with title(f"C1 E7 {COUNT} swaps of two rule sets under load: what both judge alike is never judged otherwise, "
               "no answered flow loses a packet"):
        under_traffic(SWAPS, ["sg-1"], lambda number, _: swap(number), COUNT)
    with title("C1 a gap would be seen: the same changes, each by itself"):
        equal(under_traffic(SWAPS, ["sg-1"], lambda number, _: swap_singly(number), 20, exact=False) > 0, True,
              "frames judged otherwise")


# No frames but those that are sent here
with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w", encoding="ascii") as switch:
    switch.write("1")
{"moves": moves, "swaps": swaps}[sys.argv[1]]()
end()
