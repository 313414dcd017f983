# SPDX-License-Identifier: GPL-2.0
"""Two sets of rules of the group sg-1 that judge some packets alike, and what replaces one by the other."""
import time

from tap import addr, equal
from wire import REQUEST, Socket, Spec

PASSES, DROPS = {"rule-allow", "session"}, {"rule-deny", "default-deny", "no-group", "cut"}
ANY = {"peer-address": addr("0.0.0.0"), "peer-prefix-len": 0}
sock = Socket(Spec())


def rule(group, direction, port, policy=0, peer=None, **words):
    return "rule-add", {"group": group, "direction": direction, "policy": policy, "proto": 17, "port-min": port,
                        "port-max": port, **(peer or ANY), **words}


# UDP to port 1000 passes and to 2000 does not, by other rules of each; to 1001 it passes by the first alone.
# Ids say which set is in force.
SETS = [
    [rule("sg-1", way, 1000, id=100 + way) for way in (0, 1)] +
    [rule("sg-1", way, 1001, id=102 + way) for way in (0, 1)] +
    [rule("sg-1", way, 2000, 1, priority=1, id=104 + way) for way in (0, 1)] +
    [rule("sg-1", n & 1, 3000 + n, n & 1, id=110 + n) for n in range(20)],
    [rule("sg-1", way, 1000, priority=50, id=200 + way) for way in (0, 1)] +
    [rule("sg-1", n & 1, 4000 + n, n & 1, priority=2 + n, id=210 + n) for n in range(20)],
]


def replace(number):
    old, new = SETS[number % 2], SETS[1 - number % 2]
    return [*(("rule-del", {"id": words["id"]}) for _, words in old), *new]


def prepared(changes):
    """A transaction up to its commit, for one send; nobody waits for an answer to each."""
    return b"".join(sock.message(sock.spec.ops[op]["number"], sock.spec.encode(op, words), flags=REQUEST)
                    for op, words in [("txn-begin", {}), *changes])


SWAP = [prepared(replace(number)) for number in (0, 1)]


def swap(number):
    """One transaction"""
    sock.sock.send(SWAP[number % 2])
    equal(sock.do("txn-commit")["changes"], len(replace(number)), "changes")


def swap_singly(number):
    """The same changes, each by itself"""
    for change in replace(number):
        sock.do(*change)
    time.sleep(0.002)


def counted(ifindex, way):
    """(passed, dropped) in one direction of a port; no other reasons than these"""
    stats, = (s for s in sock.dump("stats-get") if s.get("ifindex") == ifindex)
    reasons = {c["name"]: c["packets"] for c in stats.get(f"counter-{way}", [])}
    equal(set(reasons) - PASSES - DROPS, set(), f"other reasons: {reasons}")
    return tuple(sum(reasons.get(name, 0) for name in names) for names in (PASSES, DROPS))


def clear():
    for row in sock.dump("port-get"):
        sock.do("port-del", {"ifindex": row["ifindex"]})
    for row in sock.dump("rule-get"):
        sock.do("rule-del", {"id": row["id"]})
    for row in sock.dump("group-get"):
        sock.do("group-del", {"name": row["name"]})
