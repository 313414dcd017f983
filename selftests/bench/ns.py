#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Nanoseconds, in a guest that runs at the host's own speed (UML): `ns.py [ROW...]`.

Prints `figure ROW WHO MEDIAN LEAST MOST` of rounds, and `ratio ROW WHO/WHO MEDIAN LEAST MOST` of those who were
measured in turn in each round (rounds.py).
"""

import sys

import rules
from bed import ACK, ANSWER, BACK, CROSS, FORWARD, IN, IN_NEXT, LINE, OUT, RETURN, SYN, SYN_ACK, Wrong, pins
from changes import change_live, compiling, mem_ports, members, spread
from path import bulk, path
from rounds import BATCH, N, ROUNDS, Netlink, Ns, compare, show
from rules import ESTABLISHED, INSTANCE, NEIGHBOUR, OPEN, PORTS, SIMPLE, TCP, UDP, crowd, mapped, ruleset

LINE_KIB = 1 << 17  # of which lines are read at random
COLD = 64  # packets that are sent one by one into cold caches, a round
SEED = 1
COUNTS = 1, 100, 1000, 10000, 65536, 1000000
LOOKUPS, HINTS = 10 ** 8, 4096  # while sessions become more; those of a CPU
GROWN_FROM, GROWN_TO = 1 << 16, 1 << 20


def opening(bed):
    """
    New sessions through 1,000 rules, each round with flows that were not there before; warm, and some cold. To an
    instance of an enterprise group, to one of a basic group that knows their peers not, and from the former to the
    latter.
    """
    some, each = rules.security_group(SEED, 1000)[:999], N + COLD
    fresh = rules.flows(SEED, some, each * (ROUNDS + 1))
    parts = {}
    for who, flows in (("sgnl", fresh), ("sgnl-basic", [(p, s, sp, NEIGHBOUR, dp) for p, s, sp, _, dp in fresh]),
                       ("sgnl-two-ports", [(TCP, INSTANCE, 10000 + n, NEIGHBOUR, 443) for n in range(len(fresh))]),
                       ("conntrack-map", [(p, s, sp ^ 1, d, dp) for p, s, sp, d, dp in fresh])):
        flows = bed.flows(flows)
        parts[who] = [flows[n:n + each] for n in range(0, flows.count, each)]
    parts["conntrack"] = parts["sgnl"]
    ways = {"sgnl": IN, "sgnl-basic": IN_NEXT, "sgnl-two-ports": CROSS, "conntrack": FORWARD, "conntrack-map": FORWARD}
    one_by_one = {"packets": COLD, "batch": 1, "evict": True}
    base = {who: bed.quiet(way, parts[who][0][:N]) for who, way in ways.items()}
    base_cold = {who: bed.quiet(way, parts[who][0][N:], **one_by_one) for who, way in ways.items()}
    bed.sgnl("group add sg-a type enterprise\n" + rules.as_sgnl("sg-a", some) +
             "rule add sg-a out allow all to 0.0.0.0/0\ngroup add sg-b type basic\n" + rules.as_sgnl("sg-b", some) +
             "rule add sg-b in allow tcp port 443/443 from 10.0.0.0/24\n" +
             f"port add p0 side guest address {INSTANCE} group sg-a sessions 262144\n"
             f"port add p1 side guest address {NEIGHBOUR} group sg-b sessions 262144\n")
    bed.buckets(1 << 18)
    tables = {"conntrack": ruleset(ESTABLISHED, SIMPLE), "conntrack-map": mapped(*rules.as_maps(some))}
    rounds, cold = ({who: [] for who in ways} for _ in range(2))
    for n in range(ROUNDS + 1):
        for who, way in ways.items():
            if who in tables:
                bed.nft("flush ruleset\n" + tables[who])
            part = parts[who][n]
            took = bed.median(way, part[:N], SYN) - base[who]
            took_cold = bed.median(way, part[N:], SYN, **one_by_one) - base_cold[who]
            if n:  # the first round is for the slabs
                rounds[who].append(took)
                cold[who].append(took_cold)
    compare("open", rounds, "sgnl", "conntrack", "conntrack-map")
    compare("open-cold", cold, "sgnl", "conntrack", "conntrack-map")
    show("figure", "open-rate", "sgnl", [1e9 / ns for ns in rounds["sgnl"]])
    bed.clear()


def resize(bed):
    """Sessions become 16 times as many, while packets of those that were there come: none of them may be missed."""
    there = bed.flows(crowd(TCP, GROWN_FROM))
    opened = bed.flows(crowd(UDP, GROWN_TO - GROWN_FROM))
    bed.sgnl(f"{OPEN}{PORTS.splitlines()[0]} adopt 0 sessions {GROWN_TO}\n")
    for way, flags in (OUT, SYN), (ANSWER, SYN_ACK), (OUT, ACK):
        bed.run(way, there, flags, batch=BATCH)
    # As each of these has another flow, hints spare no more of them a look-up than there are.
    turns = opened.count // BATCH
    packets = -(-LOOKUPS // turns) + HINTS
    refused = missed = 0
    for n in range(turns):
        refused += BATCH - bed.send(OUT, opened[n * BATCH:][:BATCH], SYN)[2]
        begin = n * packets % (there.count - packets)
        missed += packets - bed.send(OUT, there[begin:][:packets], batch=BATCH)[2]
    show("figure", "resize-established", "sgnl-lookups", [(packets - HINTS) * turns])
    show("figure", "resize-established", "sgnl-lost", [missed])
    show("figure", "resize-opening", "sgnl-lost", [refused])
    bed.clear()


def est(bed):
    """
    Packets of established flows, caches warm; with few flows also cold. Beside the most of them, the least that one
    at random takes who does not know where it is: one of one flow, and a line of as much memory as the sessions have.
    """
    least = []
    for count in COUNTS:
        for name, proto in ("tcp", TCP), ("udp", UDP):
            if count > 65536 and proto == UDP:
                continue
            # Not in the order in which their sessions were made, which memory may have too
            made, flows = (bed.flows((proto, INSTANCE, 1024 + n % 1000, NEIGHBOUR, 1024 + n // 1000)
                                     for n in order) for order in (range(count), rules.shuffled(SEED, count)))
            ways = {"sgnl": OUT, "sgnl-two-ports": CROSS, "conntrack": FORWARD}
            answers = {"sgnl": ANSWER, "sgnl-two-ports": BACK, "conntrack": RETURN}
            if count > 65536:  # two ports have twice as many sessions, which is another number
                del ways["sgnl-two-ports"]
            packets = max(N, count)
            base = {who: bed.quiet(way, flows, packets=packets) for who, way in ways.items()}
            colds = {who: bed.quiet(way, flows, packets=COLD, batch=1, evict=True)
                     for who, way in ways.items()} if count in (1, 10000) else {}
            bed.sgnl(OPEN + "".join(f"{line} sessions 1048576\n" for line in PORTS.splitlines()))
            bed.nft(ruleset(ESTABLISHED, SIMPLE))
            bed.buckets(1 << 20 if count > 65536 else 1 << 18)
            for who, way in ways.items():
                for each, flags in (way, SYN), (answers[who], SYN_ACK), (way, ACK):
                    bed.run(each, made, flags, batch=BATCH, packets=count)
            rounds = {who: [] for who in ways}
            cold = {who: [] for who in colds}
            lines, near = [], 0
            if count > 65536:
                bed.lines(4)
                near = bed.quiet(LINE, flows, packets=packets)
                bed.lines(min(Netlink().dump("stats-get")[0]["session-bytes"] >> 10, LINE_KIB))
            for n in range(ROUNDS):
                if near:
                    lines.append(least[n] + bed.median(LINE, flows, packets=packets) - near)
                for who, way in ways.items():
                    rounds[who].append(bed.median(way, flows, packets=packets) - base[who])
                for who in colds:
                    cold[who].append(bed.median(ways[who], flows, packets=COLD, batch=1, evict=True) - colds[who])
            compare(f"est-{name}-{count}", rounds, "sgnl", "conntrack")
            if count == 1 and proto == TCP:
                least = rounds["sgnl"]
            if lines:
                show("figure", f"est-{name}-{count}", "line-and-first", lines)
            if cold:
                compare(f"est-{name}-{count}-cold", cold, "sgnl", "conntrack")
            bed.clear()


# What conntrack knows, it keeps: the most of it comes last. And a change that compiles takes longer where memory is in
# pieces, as it must be mapped: so that row is first.
ROWS = change_live, opening, compiling, members, spread, mem_ports, path, bulk, resize, est


def main(wanted):
    pins()
    bed = Ns(flows_max=1 << 21, packets=N, evict_kib=1 << 16, line_kib=LINE_KIB)
    for row in ROWS:
        if not wanted or any(row.__name__.startswith(w) for w in wanted):
            row(bed)


if __name__ == "__main__":
    main(sys.argv[1:])
