#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Packets whose stores and instructions are counted, in a guest that stores.sh has booted: `stores.py [-s]`.

The emulator counts, and tells the host (stores_plugin.c). Here it is only said which of its runs is what:
`run ROW WHO NUMBER OF-THE-SAME-WITHOUT-HOOKS`, and where the kernel's functions are, `symbol ADDRESS NAME`.
With -s, peers are left out.
"""

import re
import sys
import time

import rules
from bed import ACK, ANSWER, FORWARD, IN, OUT, RETURN, SYN, TOP, Bed, Wrong, pins
from rules import ESTABLISHED, INSTANCE, OPEN, PORTS, SIMPLE, TCP, UDP, mapped, ruleset

N = 4096
RUNS = 3  # as the clock may go on to the next second in one
INSTANCE6 = "2001:db8::5"
SESSIONS = f"""{OPEN}rule add sg-a out allow all to ::/0
port add p0 side guest address {INSTANCE},{INSTANCE6} group sg-a
"""
PARAMETERS = "/sys/module/sgnl_bench/parameters"
HINT_BYTES = 64


class Stores(Bed):
    """Numbers its runs as the emulator does."""

    runs = 0

    def send(self, *args, **options):
        self.runs += 1
        return super().send(*args, **options)

    def number(self, way, flows, flags=ACK, **options):
        """Sends packets; the number of that run."""
        self.run(way, flows, flags, **options)
        return self.runs


def flows_of(proto, family, more=0):
    """4,096 flows from the instance to others; with `more`, others."""
    if family == 6:
        return [(proto, INSTANCE6, 10000 + n, f"2001:db8:9::{n + more:x}", 443) for n in range(N)]
    return [(proto, INSTANCE, 10000 + n, f"198.51.{n + more >> 8}.{n + more & 255}", 443) for n in range(N)]


def symbols(of_modules):
    """Functions of modules, or of the kernel."""
    with open("/proc/kallsyms", encoding="ascii") as file:
        for line in file:
            address, kind, name, *module = line.split()
            if kind in "tT" and bool(module) == of_modules:
                print("symbol", address, name)


def tell_hints():
    """Hints are each CPU's own, though it finds them by a pointer, which sgnl_bench.ko is told of here."""
    with open(f"{TOP}/kmod/table/hint.h", encoding="utf-8") as file:
        bits = int(re.search(r"#define SGNL_HINT_BITS\s+(\d+)", file.read())[1])
    with open("/proc/kallsyms", encoding="ascii") as file:
        found = [line.split()[0] for line in file if line.endswith(" sgnl_hints\t[sgnl]\n")]
    if len(found) != 1:
        raise Wrong("there is no sgnl_hints")
    for name, value in ("own_bytes", HINT_BYTES << bits), ("own", f"0x{found[0]}"):
        with open(f"{PARAMETERS}/{name}", "w", encoding="ascii") as file:
            file.write(str(value))


def said(row, who, number, base):
    print("run", row, who, number, base, flush=True)


def established(bed, name, who, way, flows, base):
    """In the second in which they were touched: one flow, and all of them."""
    for row, some in ("1", flows[:1]), ("4k", flows):
        bed.run(way, some)
        for _ in range(RUNS):
            said(f"stores-{name}-{row}", who, bed.number(way, some), base)


def others(bed, name, who, way, flows, fresh, base):
    """In the next second, and the first packets of other flows."""
    time.sleep(1.1)
    said(f"stores-touch-{name}", who, bed.number(way, flows), base)
    said(f"stores-new-{name}", who, bed.number(way, fresh, SYN), base)


def ours(bed, name, proto, family):
    flows, fresh = bed.flows(flows_of(proto, family)), bed.flows(flows_of(proto, family, N))
    base, back = (bed.number(way, flows) for way in (OUT, ANSWER))
    bed.sgnl(SESSIONS)
    tell_hints()
    bed.establish(OUT, ANSWER, flows)
    established(bed, name, "sgnl", OUT, flows, base)
    established(bed, name, "sgnl-transmit", ANSWER, flows, back)
    others(bed, name, "sgnl", OUT, flows, fresh, base)
    symbols(True)
    bed.clear()


def peers(bed, name, proto, family):
    flows, fresh = bed.flows(flows_of(proto, family)), bed.flows(flows_of(proto, family, N))
    base = bed.number(FORWARD, flows)
    bed.nft(ruleset(ESTABLISHED, SIMPLE, family="ip6" if family == 6 else "ip"))
    bed.establish(FORWARD, RETURN, flows)
    established(bed, name, "conntrack", FORWARD, flows, base)
    others(bed, name, "conntrack", FORWARD, flows, fresh, base)
    symbols(True)
    bed.clear()


def through_rules(bed, who):
    """First packets through the 1,000 rules of insn.py's `new`, once as many others have been there."""
    some = rules.security_group(1, 1000)
    flows = bed.flows(rules.flows(1 if who == "sgnl" else 2, some, 2 * N))
    way = IN if who == "sgnl" else FORWARD
    base = bed.number(way, flows[N:])
    if who == "sgnl":
        bed.sgnl("group add sg-a type enterprise\n" + rules.as_sgnl("sg-a", some) + PORTS)
    else:
        bed.nft(mapped(*rules.as_maps(some)))
    bed.run(way, flows[:N], SYN)
    said("stores-new-rules", who, bed.number(way, flows[N:], SYN), base)
    symbols(True)
    bed.clear()


def main(arguments):
    pins()
    bed = Stores(flows_max=2 * N, packets=N)
    symbols(False)
    for family in 4, 6:
        for name, proto in ("udp", UDP), ("tcp", TCP):
            ours(bed, f"{name}{family}", proto, family)
            if "-s" not in arguments:
                peers(bed, f"{name}{family}", proto, family)
    for who in ("sgnl",) if "-s" in arguments else ("sgnl", "conntrack-map"):
        through_rules(bed, who)


main(sys.argv[1:])
