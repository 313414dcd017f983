#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Instructions a packet, in a guest whose TSC counts them (guest.sh -t): `insn.py [-s] [ROW...]`.

Prints `figure ROW WHO INSTRUCTIONS`, all that hooks add to a packet; means over 4,096 flows, or as many packets
of one flow. Rows that have rounds print the median, the least and the most (rounds.py). A row is left out unless its
name begins with one of the arguments. With -s, so are peers, and what flows cost before they are flooded.
"""

import collections
import json
import os
import statistics
import sys
import time

import rules
from bed import (ACK, ANSWER, ANSWER_NEXT, BACK, BUCKETS, CONNTRACK_MAX, CROSS, EMPTY, FORWARD, IN, ONE_HOOK, OUT,
                 OUT_NEXT, REFERENCES, RELEASE, RETURN, SGNL, SYN, SYN_ACK, TOP, Bed, Wrong, command, pins)
from changes import compiling, members
from path import bulk, path
from rules import (BASIC, ESTABLISHED, INSTANCE, INSTANCE6, NEIGHBOUR, OPEN, OPEN6, PORT6, PORTS, SIMPLE, TCP, UDP,
                   crowd, mapped, ruleset)

N = 4096
FEWEST, MANY = 65536, 49 * N  # sessions of which the memory is weighed
WARM = N  # new flows before those that are counted: the first ones pay for the table's first arrays and cold slabs
SETTLE = 16  # rounds until each place of our hints has one of the flows that share it
SEED = 1
SINGLE = 5  # flows of which the median counts, where it is one flow's cost
CAPACITY = 2 * N  # sessions of the port that is flooded, half of them answered
PART = 64  # packets of each who sends in turn
IDLE, ROUNDS = 30, 3  # seconds until sessions expire; how often they do
EMPTY_SECONDS, FULL_SECONDS = 1000, 20  # for which one looks what wakes
TRACING = "/sys/kernel/tracing"
WAKES = "workqueue/workqueue_execute_start", "timer/timer_expire_entry", "timer/hrtimer_expire_entry"
GROWN_FROM, GROWN_TO = 1 << 16, 1 << 20  # sessions
MIXED = 1024  # packets of the one kind, until as many of the other come
ABOVE = 2000  # instructions that a packet may cost more than others while the table grows
PROTOS = ("udp", UDP), ("tcp", TCP)


def figure(row, who, value):
    print(f"figure {row} {who} {value:.2f}", flush=True)


def outbound(proto, peer=None, instance=INSTANCE, first=10000):
    """4,096 flows of one service, from an instance to others."""
    return [(proto, instance, first + n, peer or f"198.51.{n >> 8}.{n & 255}", 443) for n in range(N)]


def outbound6(proto):
    """The same of IPv6."""
    return [(proto, INSTANCE6, 10000 + n, f"2001:db8:9::{n:x}", 443) for n in range(N)]


def references():
    """Who uses the module."""
    with open(REFERENCES, encoding="ascii") as file:
        return int(file.read())


class Insn(Bed):
    rounds = 3  # of rows that have some

    def unhook(self):
        """Nor anything else: whatever a row does, the next one finds the same tables and keys (sgnl_seed.ko)."""
        super().unhook()
        if not os.path.exists(REFERENCES):
            return
        while references():  # a port has one until its sessions are gone, which a worker sees to
            time.sleep(0.01)
        command("rmmod", "sgnl")

    def median(self, way, flows, packets):
        """Instructions of a packet, the loop's own among them, in the median batch of a run."""
        self.run(way, flows, packets=packets, batch=PART)
        return statistics.median(self.took()) / PART

    def added(self, way, flows):
        """Instructions that hooks add to a packet, all within one second: the first packet of each has more to do."""
        base = self.base(way, flows)[0]
        time.sleep(1.01 - time.monotonic() % 1)
        for _ in range(SETTLE if flows.count > 1 else 1):
            self.run(way, flows)
        return self.run(way, flows)[0] - base

    def new(self, way, warm, flows):
        """The same for the first packets of flows."""
        base = self.base(way, flows)[0]
        self.run(way, warm, SYN)
        return self.run(way, flows, SYN)[0] - base

    def one(self, way, flows):
        """For packets of one flow; the median of some, as one may share its bucket with others."""
        return statistics.median(self.added(way, flows[n:n + 1]) for n in range(SINGLE))

    def both(self, row, who, way, flows):
        """Figures for one flow, and for all of them in turn."""
        figure(f"{row}-1", who, self.one(way, flows))
        figure(f"{row}-4k", who, self.added(way, flows))

    def some(self, flows, *ways):
        """Flows whose bases, and those of the first ones alone, are known."""
        out = self.flows(flows, *ways)
        for way in ways:
            for n in range(SINGLE):
                self.base(way, out[n:n + 1])
        return out

    def turns(self, *senders):
        """
        Each sends (way, flows, flags) as many packets as a flood has, some at a time in turn. Instructions of a
        packet, the loop's own among them, in the median turn of each; and how many of its packets were lost.
        """
        took, lost = [[] for _ in senders], [0] * len(senders)
        for begin in range(0, 10 * CAPACITY, PART):
            for n, (way, flows, flags) in enumerate(senders):
                ticks, _, passed = self.send(way, flows[begin % flows.count:][:PART], flags, PART)
                took[n].append(ticks / PART)
                lost[n] += PART - passed
        return [statistics.median(t) for t in took], lost

    def singly(self, way, flows):
        """Instructions of each packet, the loop's own among them, and how many were lost; others run in between."""
        passed = self.send(way, flows, batch=1)[2]
        return self.took(), flows.count - passed


def floor(bed):
    """An empty hook; and that a tick is an instruction: n turns of the same loop take n times as many."""
    flows = bed.some(outbound(UDP), OUT)
    figure("floor", "none", bed.base(OUT, flows)[0])
    figure("floor", "empty", bed.run(EMPTY, flows)[0] - bed.base(OUT, flows)[0])
    short, long = (bed.run(OUT, flows[:1], packets=n)[0] * n for n in (1000, 3000))
    if abs((long - short) / 2000 - bed.base(OUT, flows[:1])[0]) > 1:
        raise Wrong("ticks of the TSC do not count instructions")
    bed.clear()


def sgnl_bytes(bed):
    """What the arrays of the session table take up."""
    shown = json.loads(command(SGNL, "-j", "-d", "stats"))
    return next(row["value"] for row in shown if row["name"] == "session-bytes")


def conntrack_bytes(_):
    """What conntrack's slab and its buckets take up."""
    with open("/proc/slabinfo", encoding="ascii") as file:
        words = next(line.split() for line in file if line.startswith("nf_conntrack "))
    with open(BUCKETS, encoding="ascii") as file:
        return int(words[14]) * int(words[5]) * os.sysconf("SC_PAGE_SIZE") + 8 * int(file.read())


def weigh(bed, row, who, flows, ways, weight):
    """Bytes a live session, answered, while they become more: the median, and the best and the worst moment."""
    found = []
    for n in range(0, MANY, N):
        for way, flags in ways:
            bed.run(way, flows[n:n + N], flags, batch=256)
        if n + N >= FEWEST:
            time.sleep(1)  # what is freed behind RCU, or by a worker
            found.append(weight(bed) / (n + N))
    figure(row, who, statistics.median(found))
    figure(row, f"{who}-least", min(found))
    figure(row, f"{who}-most", max(found))
    bed.clear()


def mem(bed):
    """Memory of sessions."""
    v4 = bed.flows([(UDP, INSTANCE, 1024 + n % 400, f"198.51.{n // 400 >> 8}.{n // 400 & 255}", 443)
                    for n in range(MANY)])
    v6 = bed.flows([(UDP, INSTANCE6, 1024 + n % 400, f"2001:db8:9::{n // 400:x}", 443) for n in range(MANY)])
    for row, flows in ("mem-ipv4", v4), ("mem-ipv6", v6):
        bed.sgnl(f"{OPEN6}{PORT6} sessions {MANY}\n")
        weigh(bed, row, "sgnl", flows, ((OUT, SYN), (ANSWER, SYN_ACK)), sgnl_bytes)
    if bed.peers:
        bed.nft(ruleset(ESTABLISHED, SIMPLE))
        weigh(bed, "mem-ipv4", "conntrack", v4, ((FORWARD, SYN), (RETURN, SYN_ACK)), conntrack_bytes)


def _est(bed, row, some, ports, family):
    flows = bed.some(some, OUT, ANSWER)
    bed.sgnl(ports)
    bed.establish(OUT, ANSWER, flows)
    bed.both(row, "sgnl", OUT, flows)
    figure(f"{row}-4k", "sgnl-transmit", bed.added(ANSWER, flows))
    bed.clear()

    if not bed.peers:
        return
    flows = bed.some(some, FORWARD, ONE_HOOK)
    bed.nft(ruleset(ESTABLISHED, SIMPLE, family=family))
    bed.establish(FORWARD, RETURN, flows)
    bed.both(row, "conntrack", FORWARD, flows)
    bed.nft("flush ruleset\n" + ruleset("ct state invalid drop", ESTABLISHED, SIMPLE, family=family))
    bed.both(row, "conntrack-naive", FORWARD, flows)
    command("nft", "flush", "ruleset")
    bed.nft(ruleset(ESTABLISHED, hook="prerouting", family=family))
    bed.both(row, "conntrack-one-hook", ONE_HOOK, flows)
    bed.clear()


def est(bed):
    """Packets of established flows."""
    for name, proto in PROTOS:
        _est(bed, f"est-{name}", outbound(proto), OPEN + PORTS, "ip")


def est6(bed):
    """The same of IPv6."""
    for name, proto in PROTOS:
        _est(bed, f"est6-{name}", outbound6(proto), f"{OPEN6}{PORT6}\n", "ip6")


def two(bed):
    """The same from instance to instance, which crosses two ports."""
    for name, proto in PROTOS:
        for kind, group in ("enterprise", OPEN), ("basic", BASIC):
            flows = bed.some(outbound(proto, NEIGHBOUR), CROSS)
            bed.sgnl(group + PORTS)
            bed.establish(CROSS, BACK, flows)
            bed.both(f"two-{name}", f"sgnl-{kind}", CROSS, flows)
            bed.clear()


def flat(bed):
    """What an established packet costs beside rules, groups and ports that it has nothing to do with."""
    many = rules.security_group(SEED, 1000)
    tenth = "".join(f"group add sg-{n} type basic\n" + rules.as_sgnl(f"sg-{n}", many[n * 100:][:100])
                    for n in range(10))
    devices = [f"q{n}" for n in range(999)]
    command("ip", "-batch", "-", stdin="".join(f"link add {d} type dummy\n" for d in devices))
    port = f"port add p0 side guest address {INSTANCE} group "
    others = "".join(f"port add {d} side guest address 10.1.{n >> 8}.{n & 255} group sg-a\n"
                     for n, d in enumerate(devices))
    for who, text in (
            ("one-group", BASIC + port + "sg-a\n"),
            ("1000-rules", BASIC + rules.as_sgnl("sg-a", many) + port + "sg-a\n"),
            ("10-groups", tenth + port + ",".join(f"sg-{n}" for n in range(10)) + "\n"),
            ("1000-ports", BASIC + port + "sg-a\n" + others)):
        flows = bed.some(outbound(UDP), OUT)
        bed.sgnl(text)
        bed.establish(OUT, ANSWER, flows)
        figure("flat", who, bed.one(OUT, flows))
        bed.clear()
    command("ip", "-batch", "-", stdin="".join(f"link del {d}\n" for d in devices))


def _beside(bed, who, hooks, text):
    flows = bed.some(outbound(UDP), OUT, ANSWER)
    hooks(text)
    figure("unbound", who, bed.one(OUT, flows))
    figure("unbound", f"{who}-transmit", bed.one(ANSWER, flows))
    bed.clear()


def unbound(bed):
    """
    A device without hooks, beside one that has some: whoever puts them on any device makes the kernel look at each
    whether there are any.
    """
    _beside(bed, "sgnl", bed.sgnl, f"{OPEN}{PORTS.splitlines()[1]}\n")
    if bed.peers:
        chains = "".join(f"chain {hook} {{ type filter hook {hook} device p1 priority 0; }}\n"
                         for hook in ("ingress", "egress"))
        _beside(bed, "nft", bed.nft, f"table netdev peer {{\n{chains}}}\n")


def _syns(bed):
    """Those that fill a port, and ten times as many as it has room for."""
    flows = bed.flows((TCP, f"203.0.{n >> 8 & 255}.{n & 255}", 1024 + (n >> 16), INSTANCE, 443)
                      for n in range(11 * CAPACITY))
    return flows[:CAPACITY], flows[CAPACITY:]


def _flood_sgnl(bed):
    own, near = bed.flows(outbound(TCP)), bed.flows(outbound(TCP, instance=NEIGHBOUR))
    waiting = bed.flows(outbound(TCP, instance=NEIGHBOUR, first=20000))
    fill, more = _syns(bed)
    storm = IN, more, SYN
    pairs = {count: ((OUT, own[:n], ACK), (OUT_NEXT, near[:n], ACK)) for count, n in (("4k", N), ("1", 1))}
    bases = {count: bed.turns(*pair, storm)[0] for count, pair in pairs.items()}
    mine, next_one = PORTS.splitlines()
    bed.sgnl(f"{OPEN}{mine} adopt 0 sessions {CAPACITY}\n{next_one} adopt 0\n")
    bed.establish(OUT, ANSWER, own)
    bed.establish(OUT_NEXT, ANSWER_NEXT, near)
    bed.run(OUT_NEXT, waiting, SYN)
    bed.run(IN, fill, SYN)
    gone = [0, 0]
    for count, pair in pairs.items():
        # No hint of before holds after a change: a flow that is alone has the first of its two places.
        bed.sgnl(f"group add sg-{count} type basic\n")
        for _ in range(SETTLE):
            for way, flows, flags in pair:
                bed.run(way, flows, flags)
        before, _ = bed.turns(*pair) if bed.peers else (None, None)
        meanwhile, lost = bed.turns(*pair, storm)
        if lost[2]:
            raise Wrong(f"{lost[2]} SYNs found no room")
        for n, whose in enumerate(("port", "neighbour")):
            gone[n] += lost[n]
            if before:
                figure(f"flood-{whose}-{count}", "sgnl-before", before[n] - bases[count][n])
            figure(f"flood-{whose}-{count}", "sgnl", meanwhile[n] - bases[count][n])
        if count == "4k":
            figure("flood", "sgnl", meanwhile[2] - bases[count][2])
    if bed.send(IN, more[:PART], ACK)[2]:
        raise Wrong("what made room has a session yet, or none is needed")
    gone[0] += N - bed.send(OUT, own)[2]
    gone[1] += 2 * N - bed.send(OUT_NEXT, near)[2] - bed.send(ANSWER_NEXT, waiting, SYN_ACK)[2]
    figure("flood-lost", "sgnl", gone[0])
    figure("flood-lost", "sgnl-neighbour", gone[1])
    bed.clear()


def _flood_conntrack(bed):
    """As much room for as many flows, which are in one table."""
    flows = bed.flows(outbound(TCP))
    fill, more = _syns(bed)
    senders = (FORWARD, flows, ACK), (FORWARD, more, SYN)
    base, _ = bed.turns(*senders)
    bed.nft(ruleset(ESTABLISHED, SIMPLE))
    bed.buckets(CAPACITY)
    with open(CONNTRACK_MAX, "w", encoding="ascii") as file:
        file.write(str(CAPACITY))
    bed.establish(FORWARD, RETURN, flows)
    bed.send(FORWARD, fill, SYN)
    before, _ = bed.turns(senders[0])
    meanwhile, lost = bed.turns(*senders)
    figure("flood-port-4k", "conntrack-before", before[0] - base[0])
    figure("flood-port-4k", "conntrack", meanwhile[0] - base[0])
    figure("flood", "conntrack", meanwhile[1] - base[1])
    figure("flood", "conntrack-refused", lost[1])
    bed.clear()


def flood(bed):
    """A port is flooded with SYNs, ten times as many as it may have sessions, beside answered flows of two ports."""
    _flood_sgnl(bed)
    if bed.peers:
        _flood_conntrack(bed)


def _wakes(seconds):
    """How often something of ours runs by itself."""
    if not os.path.exists(f"{TRACING}/events"):
        command("mount", "-t", "tracefs", "tracefs", TRACING)

    def write(name, value):
        with open(f"{TRACING}/{name}", "w", encoding="ascii") as file:
            file.write(value)
    write("trace", "")
    for event in WAKES:
        write(f"events/{event}/enable", "1")
    time.sleep(seconds)
    for event in WAKES:
        write(f"events/{event}/enable", "0")
    with open(f"{TRACING}/trace", encoding="ascii") as file:
        lines = file.read().splitlines()
    kept, written = next(line.split()[2] for line in lines if "entries-in-buffer" in line).split("/")
    if kept != written:
        raise Wrong(f"of {written} events {kept} were kept")
    return sum("[sgnl]" in line for line in lines)


def _emptied(bed):
    while sgnl_bytes(bed):  # the sweeper goes round in 64 seconds
        time.sleep(0.25)


def expiry(bed):
    """Seconds until the memory of sessions is back after the last of them has expired; and what wakes then."""
    flows = bed.flows(outbound(UDP)), bed.flows(outbound6(UDP))
    bed.sgnl(f"{OPEN6}{PORT6} idle-other {IDLE}\n")
    took = []
    for _ in range(ROUNDS):
        for some in flows:
            bed.run(OUT, some)
        last = int(time.monotonic())
        bed.run(OUT, flows[0])
        _emptied(bed)
        took.append(time.monotonic() - (last + IDLE + 1))  # sessions know whole seconds, and expire after so many
    figure("expiry", "sgnl", max(took))
    bed.run(OUT, flows[0][:1])
    seen = _wakes(FULL_SECONDS)
    if not seen:
        raise Wrong("nobody sees the sweeper, which runs while there is a session")
    figure("expiry-wakes", "sgnl-one", seen)
    _emptied(bed)
    time.sleep(2)  # the sweeper finds that there is nothing left
    figure("expiry-wakes", "sgnl-none", _wakes(EMPTY_SECONDS))
    bed.clear()


def resize(bed):
    """
    16 times as many sessions are opened, while packets of those that were there come. Each packet is a batch of its
    own, so that the worker may come between them.
    """
    there = bed.flows(crowd(TCP, GROWN_FROM))
    opened = bed.flows(crowd(UDP, GROWN_TO - GROWN_FROM))
    base = statistics.median(bed.singly(OUT, there[:N])[0])
    mine = PORTS.splitlines()[0]
    bed.sgnl(f"{OPEN}{mine} adopt 0 sessions {GROWN_TO}\n")
    for way, flags in (OUT, SYN), (ANSWER, SYN_ACK), (OUT, ACK):
        bed.run(way, there, flags, batch=PART)
    costs, lost = {"established": collections.Counter(), "opening": collections.Counter()}, collections.Counter()
    for n in range(0, opened.count, MIXED):
        for kind, some in ("opening", opened[n:n + MIXED]), ("established", there[n % there.count:][:MIXED]):
            took, missing = bed.singly(OUT, some)
            costs[kind].update(took)
            lost[kind] += missing
    for kind, cost in costs.items():
        median = statistics.median_low(cost.elements())
        figure(f"resize-{kind}", "sgnl", median - base)
        figure(f"resize-{kind}", "sgnl-worst", max(cost) - median)
        figure(f"resize-{kind}", "sgnl-above", sum(n for ticks, n in cost.items() if ticks > median + ABOVE))
        figure(f"resize-{kind}", "sgnl-lost", lost[kind])
    bed.clear()


def _new_sgnl(bed, row, who, some_rules, group="type enterprise", more="", flows=None, way=IN):
    flows = bed.flows(flows or rules.flows(SEED, some_rules, WARM + N))
    bed.base(way, flows[WARM:])
    bed.sgnl(f"group add sg-a {group}\n" + rules.as_sgnl("sg-a", some_rules) + more + PORTS)
    figure(row, who, bed.new(way, flows[:WARM], flows[WARM:]))
    bed.clear()


_used = 0


def _new_peer(bed, row, who, some_rules, text, count=N, flows=None):
    """conntrack does not forget: each time other flows of the same rules."""
    global _used
    if not bed.peers:
        return
    _used += 1
    flows = bed.flows(flows or rules.flows(f"{SEED} {_used}", some_rules, WARM + count))
    bed.base(FORWARD, flows[WARM:])
    bed.nft(text)
    figure(row, who, bed.new(FORWARD, flows[:WARM], flows[WARM:]))
    bed.clear()


def new(bed):
    """The first packets of flows, through 1,000 rules."""
    three = rules.security_group(SEED, 1000)
    five = rules.security_group(SEED, 1000, 5)
    bad = rules.adversarial(1000)
    _new_sgnl(bed, "new", "sgnl-three", three)
    _new_sgnl(bed, "new", "sgnl-five", five)
    _new_sgnl(bed, "new", "sgnl-adversarial", bad, flows=rules.flows(SEED, bad[-1:], WARM + N))
    members = sorted({f[1] for f in rules.flows(SEED, three, WARM + N)})
    joined = "".join(f"member add sg-a {' '.join(members[n:n + 100])}\n"
                     for n in range(0, len(members), 100))
    _new_sgnl(bed, "new", "sgnl-basic-member", three, "type basic", joined)
    _new_sgnl(bed, "new", "sgnl-basic-stranger", three, "type basic")
    near = [(TCP, INSTANCE, 10000 + n, NEIGHBOUR, 443) for n in range(WARM + N)]
    last = "rule add sg-a out allow all to 0.0.0.0/0\nrule add sg-a in allow tcp port 443/443 from 10.0.0.0/24\n"
    _new_sgnl(bed, "new", "sgnl-two-ports-enterprise", three[:998], more=last, flows=near, way=CROSS)
    _new_sgnl(bed, "new", "sgnl-two-ports-basic", three, "type basic", flows=near, way=CROSS)
    _new_peer(bed, "new", "conntrack", three, ruleset(ESTABLISHED, SIMPLE))
    _new_peer(bed, "new", "conntrack-map-three", three, mapped(*rules.as_maps(three)))
    _new_peer(bed, "new", "conntrack-map-naive", three, mapped(*rules.as_maps(three, naive=True)))
    _new_peer(bed, "new", "conntrack-map-five", five, mapped(*rules.as_maps(five, 5)))


def chain(bed):
    """The same through a chain, as rules are written naively; and what only the last rule allows."""
    three = rules.security_group(SEED, 1000)
    text = ruleset(ESTABLISHED, rules.as_chain(three))
    _new_peer(bed, "chain", "conntrack-chain-mean", three, text)
    _new_peer(bed, "chain", "conntrack-chain-last", three[-1:], text, 512)
    bad = rules.adversarial(1000)
    _new_peer(bed, "chain", "conntrack-chain-adversarial", bad[-1:], ruleset(ESTABLISHED, rules.as_chain(bad)), 512)


def growth(bed):
    """The same through fewer rules."""
    for count in 10, 30, 100, 300, 1000:
        some = rules.security_group(SEED, count)
        _new_sgnl(bed, f"growth-{count}", "sgnl", some)
        _new_peer(bed, f"growth-{count}", "conntrack-map", some, mapped(*rules.as_maps(some)))
        _new_peer(bed, f"growth-{count}", "conntrack-chain", some,
                  ruleset(ESTABLISHED, rules.as_chain(some)), 512)


def ports(bed):
    """An established packet beside more and more guarded devices, each with rules of its own."""
    devices = [f"q{n}" for n in range(999)]
    command("ip", "-batch", "-", stdin="".join(f"link add {d} type dummy\n" for d in devices))
    for count in 1, 10, 100, 1000:
        names = ["p0"] + devices[:count - 1]
        flows = bed.some(outbound(UDP), OUT)
        bed.sgnl(OPEN + "".join(
            f"port add {d} side guest address 10.{n >> 8}.{n & 255}.5 group sg-a\n" for n, d in enumerate(names)))
        bed.establish(OUT, ANSWER, flows)
        figure(f"ports-{count}", "sgnl", bed.one(OUT, flows))
        bed.clear()
        if bed.peers:
            flows = bed.some(outbound(UDP), FORWARD)
            chains = "".join(f"chain of_{d} {{ udp dport 443 accept; }}\n" for d in names)
            jumps = ", ".join(f"{d} : jump of_{d}" for d in names)
            bed.nft(ruleset(ESTABLISHED, f"iifname vmap {{ {jumps} }}", extra=chains))
            bed.establish(FORWARD, RETURN, flows)
            figure(f"ports-{count}", "conntrack", bed.one(FORWARD, flows))
            bed.clear()
    command("ip", "-batch", "-", stdin="".join(f"link del {d}\n" for d in devices))


def group(bed):
    """1,000 rules that name a group of few or many members, or a prefix that all of them are in."""
    for count in 1, 16, 256, 4096, 65536:
        members = [f"172.16.{n >> 8}.{n & 255}" for n in range(count)]
        flows = [(TCP, members[n * 257 % count], 20000 + n, INSTANCE, 1 + n % 1000) for n in range(WARM + N)]
        added = "group add sg-peers type basic\n" + "".join(
            f"member add sg-peers {' '.join(members[n:n + 256])}\n" for n in range(0, count, 256))
        text = "".join(f"rule add sg-a in allow tcp port {p}/{p} from group sg-peers\n" for p in range(1, 1001))
        _new_sgnl(bed, f"group-{count}", "sgnl", [], more=added + text, flows=flows)
        if bed.peers:
            flows = [(p, s, sp + 20000, d, dp) for p, s, sp, d, dp in flows]
            _new_peer(bed, f"group-{count}", "conntrack-set", [], ruleset(
                ESTABLISHED, "ip saddr @s tcp dport @ports accept", extra=f"""set s {{ type ipv4_addr; elements = {{ {
                    ', '.join(members)} }} }}
set ports {{ type inet_service; elements = {{ {', '.join(map(str, range(1, 1001)))} }} }}"""), flows=flows)
    text = "".join(f"rule add sg-a in allow tcp port {p}/{p} from 172.16.0.0/16\n" for p in range(1, 1001))
    flows = [(p, s, sp - 20000, d, dp) for p, s, sp, d, dp in flows] if bed.peers else flows
    _new_sgnl(bed, "group-cidr", "sgnl", [], more=text, flows=flows)


ROWS = mem, floor, est, est6, two, flat, unbound, ports, flood, new, chain, growth, group, expiry, resize, path, bulk, \
    compiling, members


def main(arguments):
    pins()
    command("insmod", f"{TOP}/build/bench/{RELEASE}/sgnl_seed.ko")
    bed = Insn(flows_max=GROWN_TO, packets=N)
    bed.peers = "-s" not in arguments
    wanted = [a for a in arguments if a != "-s"]
    for row in ROWS:
        if not wanted or any(row.__name__.startswith(w) for w in wanted):
            row(bed)


main(sys.argv[1:])
