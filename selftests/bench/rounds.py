# SPDX-License-Identifier: GPL-2.0
"""Nanoseconds of those who take turns, in rounds.

The host's speed changes meanwhile, and ratios within a round hardly do. Of packets counts the median of batches,
which passes over what was interrupted.
"""

import ctypes
import statistics
import subprocess
import sys
import time

from bed import ACK, TOP, Bed, Wrong

sys.path.append(f"{TOP}/selftests/frames")
from netlink import Netlink  # pylint: disable=wrong-import-position,unused-import # for all who measure

ROUNDS = 11
N = 4096
BATCH = 256


def show(kind, row, who, values):
    values = sorted(values)
    print(f"{kind} {row} {who} {statistics.median(values):.2f} {values[0]:.2f} {values[-1]:.2f}", flush=True)


def compare(row, rounds, ours, *peers):
    """Figures of all, and ratios of each peer to us."""
    for who in rounds:
        show("figure", row, who, rounds[who])
    for peer in peers:
        show("ratio", row, f"{peer}/{ours}", [p / o for p, o in zip(rounds[peer], rounds[ours])])


class Ns(Bed):
    rounds = ROUNDS

    def median(self, way, flows, flags=ACK, **options):
        """ns a packet in the median batch of a run."""
        batch = options.setdefault("batch", BATCH)
        ticks, ns = self.run(way, flows, flags, **options)
        return statistics.median(self.took()) / batch * ns / ticks

    def quiet(self, way, flows, **options):
        """The same without hooks, in the best of some runs."""
        return min(self.median(way, flows, **options) for _ in range(ROUNDS))


class Timed:
    """What calls or programs take that come in turn, in ns, by who and round."""

    def __init__(self):
        self.rounds = {}

    def call(self, who, function, *args, **options):
        begun = time.perf_counter_ns()
        out = function(*args, **options)
        self.rounds.setdefault(who, []).append(time.perf_counter_ns() - begun)
        return out

    def program(self, who, *words):
        self.call(who, subprocess.run, words, check=True, stdout=subprocess.DEVNULL)


class Nftables:
    """nft without a process of its own."""

    def __init__(self):
        self._library = ctypes.CDLL("libnftables.so.1")
        self._library.nft_ctx_new.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._library.nft_ctx_new(0))

    def run(self, text):
        if self._library.nft_run_cmd_from_buffer(self._context, text.encode()):
            raise Wrong(f"nft: {text}")
