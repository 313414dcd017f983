# SPDX-License-Identifier: GPL-2.0
"""S10: as many sessions as the host may have, by the module's own limits.

Real limits would take minutes and hundreds of megabytes: caps.sh builds a module with small ones.
"""

import os
import re
import time

from bench import IN, OUT, Bench, Wrong
from frames import frame, ip, udp
from run import test

LIMITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../kmod/core/limits.h")
ANY = "0.0.0.0/0"


def limit(name):
    with open(LIMITS, encoding="ascii") as file:
        return int(re.search(rf"^#define SGNL_{name}_SESSIONS_MAX\s+(\d+)$", file.read(), re.M)[1])


def flow(b, n):
    """What opens a session, and its answer."""
    peer = f"198.{18 + (n >> 16)}.{n >> 8 & 255}.{n & 255}"
    return frame(ip(peer, b.local, udp(7, 9))), frame(ip(b.local, peer, udp(9, 7)))


def opened(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a", sessions_max=limit("NET"))
    return b.rule(f"sg-a in allow udp from {ANY}")


def fill(b, first, count):
    """Opens sessions that are answered."""
    for direction, which, reason in (IN, 0, "rule-allow"), (OUT, 1, "session"):
        _, reasons = b.judge(direction, [flow(b, n)[which] for n in range(first, first + count)])
        if reasons != {(direction, reason): count}:
            raise Wrong(f"{reasons}, not {count} {reason}")
    b.new_hits()


def is_full(b, rule, first, sessions):
    """Nothing more is opened; what was goes on."""
    for n in first, first + 1:
        opens, _ = flow(b, n)
        if b.explained(IN, opens) != ("quota", rule):
            raise Wrong(f"explained as {b.explained(IN, opens)}")
        b.raw(IN, opens, "quota", rule)
    for n in 0, first - 1:
        for direction, data in zip((IN, OUT), flow(b, n)):
            b.raw(direction, data, "session")
    if b.namespace_stats()["sessions"] != sessions:
        raise Wrong(f"{b.namespace_stats()}")


@test("S10 what the host may have is a bound beside what a port may: answered sessions stay, room that comes is used", ("guest",))
def _(b):
    most, host = limit("NET"), limit("HOST")
    rule = opened(b)
    fill(b, 0, most - 1)
    # One of the same port that was not answered makes room
    for n in most, most + 1:
        b.raw(IN, flow(b, n)[0], "rule-allow", rule)
    b.raw(OUT, flow(b, most)[1], "default-deny")
    b.raw(OUT, flow(b, most + 1)[1], "session")
    if b.namespace_stats()["sessions"] != most:
        raise Wrong(f"{b.namespace_stats()}")
    b.raw(IN, flow(b, most)[0], "quota", rule)
    is_full(b, rule, most - 1, most)
    # Another namespace has its own, up to the host's
    other = Bench("q0")
    rule_there = opened(other)
    fill(other, 0, host - most)
    is_full(other, rule_there, host - most, host - most)
    is_full(b, rule, most - 1, most)
    # A port that goes gives back what it had
    b.nl.do("port-del", ifindex=b.ifindex)
    while b.namespace_stats()["sessions"]:
        time.sleep(0.01)
    fill(other, host - most, 2 * most - host)
    is_full(other, rule_there, most, most)
    other.reset()
