#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What was measured against what was aimed at: `goals.py RESULTS README FILE...`.

Each FILE is what one guest printed. Prints a line a goal; leaves in RESULTS bench.json, with pins and figures
beside the goals, and what plot.gp draws; and writes the table of README anew, below the line that names it.
"""

import collections
import json
import os
import sys

# (goal, where, row/who [/ row/who], at most or at least, how much); figures are instructions, ns, bytes or stores
STOCK, UML, SCALE = ("6.1", "6.12"), ("uml-bench",), ("scale",)
GOALS = [
    *((f"est-insn-1-{proto}", (kernel,), [f"est-{proto}-1/sgnl"], "<=", most)
      for kernel, most in (("6.1", 320), ("6.12", 300)) for proto in ("udp", "tcp")),
    *((f"est-insn-1-{proto}-conntrack", STOCK, [f"est-{proto}-1/conntrack", f"est-{proto}-1/sgnl"], ">=", least)
      for proto, least in (("udp", 5.3), ("tcp", 6.4))),
    *((f"est-insn-4k-{proto}", (kernel,), [f"est-{proto}-4k/sgnl"], "<=", most)
      for kernel, most in (("6.1", 430), ("6.12", 405)) for proto in ("udp", "tcp")),
    *((f"flat-{who}", STOCK, [f"flat/{who}", "flat/one-group"], "+-", 1)
      for who in ("1000-rules", "10-groups", "1000-ports")),
    ("new-insn-three", STOCK, ["new/sgnl-three"], "<=", 950),
    ("new-insn-five", STOCK, ["new/sgnl-five"], "<=", 1200),
    ("new-insn-map", STOCK, ["new/conntrack-map-three", "new/sgnl-three"], ">=", 4.3),
    ("new-insn-chain", STOCK, ["chain/conntrack-chain-last", "new/sgnl-three"], ">=", 170),
    ("new-growth", STOCK, ["growth-1000/sgnl", "growth-10/sgnl"], "<=", 1.25),
    ("new-group", STOCK, ["group-65536/sgnl", "group-cidr/sgnl"], "<=", 1.3),
    *((f"est-ns-{count}", UML, [f"est-tcp-{count}/conntrack/sgnl"], ">=", least)
      for count, least in ((1, 5), (100, 5), (1000, 5), (65536, 3.5), (1000000, 3.5))),
    ("est-ns-line", UML, ["est-tcp-1000000/sgnl", "est-tcp-1000000/line-and-first"], "<=", 1.3),
    ("open-rate-map", UML, ["open/conntrack-map/sgnl"], ">=", 5),
    ("open-rate", UML, ["open/conntrack/sgnl"], ">=", 3.5),
    *((f"unbound{way}", STOCK, [f"unbound/sgnl{way}"], "<=", 0) for way in ("", "-transmit")),
    *((f"unbound{way}-nft", STOCK, [f"unbound/sgnl{way}", f"unbound/nft{way}"], "+-", 0)
      for way in ("", "-transmit")),
    *((f"flood-lost{whose}", STOCK, [f"flood-lost/sgnl{whose}"], "<=", 0) for whose in ("", "-neighbour")),
    *((f"flood-est-{row}", STOCK, [f"flood-{row}/sgnl", f"flood-{row}/sgnl-before"], "<=", 1.2)
      for row in ("port-1", "port-4k", "neighbour-1", "neighbour-4k")),
    ("expiry", STOCK, ["expiry/sgnl"], "<=", 64),
    ("expiry-wakes", STOCK, ["expiry-wakes/sgnl-none"], "<=", 0),
    *((f"resize-lost-{row}", STOCK + UML, [f"resize-{row}/sgnl-lost"], "<=", 0) for row in ("established", "opening")),
    ("resize-lookups", UML, ["resize-established/sgnl-lookups"], ">=", 1e8),
    *((f"resize-worst-{row}", STOCK, [f"resize-{row}/sgnl-worst"], "<=", 2000) for row in ("established", "opening")),
    *((f"mem-session-{row}{moment}", STOCK, [f"mem-{row}/sgnl{moment}"], "<=", most)
      for row, best, worst in (("ipv4", 64, 96), ("ipv6", 128, 192))
      for moment, most in (("-least", best), ("-most", worst))),
    *((f"stores-{row}{way}", STOCK, [f"stores-{row}/sgnl{way}"], "<=", 0)
      for way in ("", "-transmit")
      for row in ("udp4-1", "udp4-4k", "tcp4-1", "tcp4-4k", "udp6-1", "udp6-4k", "tcp6-1", "tcp6-4k")),
    ("compile", UML, ["compile/sgnl"], "<=", 1e6),
    ("replace", STOCK + UML, ["replace/nft/sgnl"], ">=", 10),
    ("member", STOCK + UML, ["member/nft/sgnl"], ">=", 5),
    ("members", STOCK + UML, ["members/nft/sgnl"], ">=", 5),
    ("scale-lost", SCALE, ["sessions-10M/lost"], "<=", 0),
    ("scale-gone", SCALE, ["sessions-10M/gone-seconds"], "<=", 64),
    *((f"scale-dump-{what}", SCALE, [f"dump-{what}/dump/busy"], "<=", most)
      for what, most in (("longest", 2), ("late", 2), ("cost", 1.5))),
    # Ten times as many take ten times as long, but for what caches no longer hold
    *((f"scale-{row}-{act}", SCALE, [f"{row}-{many}/{act}", f"{row}-{many // 10}/{act}"], "<=", 13)
      for row, many in (("ports", 10000), ("groups", 10000), ("members", 1000000))
      for act in ("load", "change", "list", "unload")),
    *((f"spread-{rules}", UML, [f"spread-{rules}/sgnl"], "<=", 3e5) for rules in (10, 100, 990)),
    *((f"spread-{rules}-gap", UML, [f"spread-{rules}-gap/sends/spinning"], "<=", 2) for rules in (10, 100, 990)),
    ("change-live", UML, ["change-live/live/none"], "<=", 1.1),
    ("mem-ports-policies", UML, ["mem-ports/policies"], "<=", 1),
    ("mem-ports", UML, ["mem-ports/bytes"], "<=", 512),
    *((f"path-{count}{two}", STOCK + UML, [f"path-{count}{two}/conntrack/sgnl{two and '-two-ports'}"], ">=", least)
      for count in (1, 1000) for two, least in (("", 5), ("-two", 2.5))),
    *((f"bulk{two}", STOCK + UML, [f"bulk/sgnl{two and '-two-ports'}/without"], "<=", 1.01) for two in ("", "-two")),
]
# Plots: (name, where, prefix of rows, who); the rest of the row is what cost is drawn against.
PLOTS = [
    ("rules", "6.12", "growth-", ("sgnl", "conntrack-map", "conntrack-chain")),
    ("members", "6.12", "group-", ("sgnl", "conntrack-set")),
    ("ports", "6.12", "ports-", ("sgnl", "conntrack")),
    ("sessions", "uml-bench", "est-tcp-", ("sgnl", "conntrack")),
    *((f"scale-{row}", "scale", f"{row}-", ("load", "change", "list", "unload"))
      for row in ("ports", "groups", "members")),
]
# The README's table: (what, unit, where, row, who is we, who is the peer)
TABLE = [
    ("UDP packet of an established flow", "instructions", "6.12", "est-udp-1", "sgnl", "conntrack"),
    ("the same, TCP, 4,096 flows in turn", "instructions", "6.12", "est-tcp-4k", "sgnl", "conntrack"),
    ("the same, TCP over IPv6", "instructions", "6.12", "est6-tcp-4k", "sgnl", "conntrack"),
    ("all of its way through this host, veth to veth", "instructions", "6.12", "path-1", "sgnl", "conntrack"),
    ("first packet of a flow, 1,000 rules; the peer has a map", "instructions", "6.12", "new", "sgnl-three",
     "conntrack-map-three"),
    ("SYN of a flood, for which another session makes room", "instructions", "6.12", "flood", "sgnl", "conntrack"),
    ("TCP packet, 1,000 sessions", "ns", "uml-bench", "est-tcp-1000", "sgnl", "conntrack"),
    ("TCP packet, 1,000,000 sessions at random", "ns", "uml-bench", "est-tcp-1000000", "sgnl", "conntrack"),
    ("new session, 1,000 rules; the peer has a map", "ns", "uml-bench", "open", "sgnl", "conntrack-map"),
    ("memory of an IPv4 session", "bytes", "6.12", "mem-ipv4", "sgnl", "conntrack"),
    ("1,000 rules replaced, one process", "million instructions", "6.12", "replace", "sgnl", "nft"),
    ("65,536 members of a group, one process", "million instructions", "6.12", "members", "sgnl", "nft"),
]
TABLE_HEAD = "| cost | | sgnl | nftables with conntrack |\n|---|---|---|---|\n"


def read(path):
    """Pins and figures of a guest; ratios are figures of their own. [median, least, most] where there is a spread."""
    pins, figures = {}, {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            kind, *words = line.split()
            if kind == "pin":
                pins[words[0]] = " ".join(words[1:])
            elif kind in ("figure", "ratio"):
                figures[f"{words[0]}/{words[1]}"] = [float(w) for w in words[2:]]
    return pins, figures


def met(value, other, kind, limit):
    """The value, or what it is against the other one; and whether that is what was aimed at."""
    if kind == "+-":
        return value - other, abs(value - other) <= limit
    if other is not None:
        value /= other
    return value, value <= limit if kind == "<=" else value >= limit


def judge(guests):
    for name, where, names, kind, limit in GOALS:
        for kernel in where:
            figures = guests[kernel]["figures"]
            values = [figures[n][0] for n in names] + [None]
            value, good = met(values[0], values[1], kind, limit)
            what = "ratio" if len(names) == 2 and kind != "+-" or names[0].count("/") == 2 else "value"
            yield {"goal": name, "kernel": kernel, "of": names, what: round(value, 2) or value,
                   "limit": f"{kind}{limit:g}", "met": good}


def plot_data(folder, guests):
    """A table a plot: the number in the row, and a column for each who."""
    for name, kernel, prefix, whos in PLOTS:
        columns = collections.defaultdict(dict)
        for key, values in guests[kernel]["figures"].items():
            row, _, who = key.partition("/")
            if row.startswith(prefix) and row[len(prefix):].isdigit() and who in whos:
                columns[int(row[len(prefix):])][who] = values[0]
        with open(f"{folder}/{name}.dat", "w", encoding="ascii") as file:
            print(name, *whos, file=file)
            for number, values in sorted(columns.items()):
                print(number, *(f"{values[w]:.2f}" if w in values else "?" for w in whos), file=file)


def write_table(path, guests):
    """The rows in place of those that are there."""
    with open(path, encoding="utf-8") as file:
        before, head, after = file.read().partition(TABLE_HEAD)
    if not head:
        raise SystemExit(f"{path} has no line {TABLE_HEAD.splitlines()[0]}")
    while after.startswith("|"):
        after = after.partition("\n")[2]
    rows = ""
    for what, unit, kernel, row, us, peer in TABLE:
        values = [guests[kernel]["figures"][f"{row}/{who}"][0] for who in (us, peer)]
        scale = 1e-6 if unit.startswith("million") else 1
        rows += f"| {what} | {unit} | " + " | ".join(f"{v * scale:,.0f}" for v in values) + " |\n"
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + head + rows + after)


def main(folder, readme, paths):
    guests = {}
    for path in paths:
        pins, figures = read(path)
        guests[os.path.splitext(os.path.basename(path))[0]] = {"pins": pins, "figures": figures}
    goals = list(judge(guests))
    for g in goals:
        what = "ratio" if "ratio" in g else "value"
        print(f"bench {g['goal']} {g['kernel']} {what} {g[what]:g} goal {g['limit']} {'ok' if g['met'] else 'short'}")
    with open(f"{folder}/bench.json", "w", encoding="ascii") as file:
        json.dump({"guests": guests, "goals": goals}, file, indent=1)
        file.write("\n")
    plot_data(folder, guests)
    write_table(readme, guests)


main(sys.argv[1], sys.argv[2], sys.argv[3:])
