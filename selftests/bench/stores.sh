#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stores.sh KERNEL [-s]: what packets store to memory that CPUs share, and which code they run, with Debian's 6.1 or 6.12,
# by an emulator that looks at each store and instruction (stores_plugin.c; -s: without the peers). Prints
#
#   figure ROW WHO N           stores a packet to shared memory that hooks add; the least of some runs, as the clock may
#                              tick in one
#   stores ROW WHO KIND N...   in that run, to all kinds of memory, those without hooks subtracted
#   from ROW WHO FUNCTION N    and where the code is that stores at least a hundredth of what goes to shared memory
#   code ROW WHO FUNCTION N    instructions a packet that hooks add, of each function with at least one of them
#
# What is of no kind that is known counts as shared: per-CPU memory too, if the code has a pointer to it.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
kernel=${1:?the kernel: 6.1 or 6.12}
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -shared -fPIC -O2 -Wall -Wextra -Werror -o "$work/stores.so" selftests/bench/stores_plugin.c
PROGRAM=stores.py GUEST_MACHINE="-plugin file=$work/stores.so,out=$work/counted" \
	selftests/bench/guest.sh "$kernel" "$@" >"$work/said" || {
	status=$?
	grep -v '^symbol ' "$work/said"
	exit $status
}
/usr/bin/python3 - "$work/said" "$work/counted" <<'EOF'
import bisect
import collections
import sys

said, counted = ([line.split() for line in open(path)] for path in sys.argv[1:])
runs, places = {}, collections.defaultdict(dict)
for kind, number, *words in counted:
    if kind == "run":
        runs[number] = {words[n]: int(words[n + 1]) for n in range(0, len(words), 2)}
    else:
        places[number][int(words[0], 16)] = int(words[1]), int(words[2])
symbols = sorted({(int(words[1], 16), words[2]) for words in said if words[0] == "symbol"})
rows = collections.defaultdict(list)
for words in said:
    if words[0] == "run":
        rows[words[1], words[2]].append((words[3], words[4]))


def a_packet(number, base):
    """Stores a packet by kind, those without hooks subtracted."""
    run, without = runs[number], runs[base]
    return {kind: run[kind] / run["packets"] - without[kind] / without["packets"] for kind in run if kind != "packets"}


def function(pc):
    """Its name, and where the place is in it."""
    at = bisect.bisect(symbols, (pc, "~")) - 1
    return (symbols[at][1], pc - symbols[at][0]) if at >= 0 else (f"{pc:#x}", 0)


def code(number, base):
    """Instructions a packet by function, those without hooks subtracted."""
    added = collections.Counter()
    for run, sign in (number, 1), (base, -1):
        for pc, (count, _) in places[run].items():
            added[function(pc)[0]] += sign * count / runs[run]["packets"]
    return added


for (row, who), measured in rows.items():
    number, base = min(measured, key=lambda m: a_packet(*m)["shared"])
    added = a_packet(number, base)
    print(f"figure {row} {who} {added['shared']:.4f}")
    print("stores", row, who, *(f"{kind} {n:.2f}" for kind, n in added.items()))
    for pc, (_, n) in sorted(places[number].items(), key=lambda p: -p[1][1]):
        if n and n * 100 >= runs[number]["shared"]:
            print("from", row, who, "{}+{:#x}".format(*function(pc)), f"{n / runs[number]['packets']:.4f}")
    for name, n in code(number, base).most_common():
        if n >= 1:
            print("code", row, who, name, f"{n:.1f}")
EOF
