# SPDX-License-Identifier: GPL-2.0
"""Memory runs out, at one allocation after the other, while a namespace is made and the module loaded."""
import ctypes
import os

import failing
import tap
from failing import FailNth
from tap import equal, note, run, title

CLONE_NEWNET, FINIT_MODULE = 0x40000000, 313
LIBC = ctypes.CDLL(None, use_errno=True)
HERE = os.open("/proc/self/ns/net", os.O_RDONLY)
MODULE = os.environ["SGNL_MODULE"]


def each(attempt, undo):
    """Fails the nth allocation of an attempt until there is none left."""
    refused = 0
    for nth in range(1, 20 * failing.SITES_MAX):
        with FailNth(nth) as fail:
            well = attempt()
        if well:
            undo()
        refused += not well
        if not fail.done:
            equal(well, True, "nothing failed, and it works")
            note(f"{nth - 1} allocations failed, {refused} attempts were refused")
            return refused
    raise AssertionError("no end of allocations")


def unshare():
    return not LIBC.unshare(CLONE_NEWNET)


def back():
    if LIBC.setns(HERE, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def loaded():
    return os.path.exists("/sys/module/sgnl/initstate")


failing.setup()
# The kernel has faults of its own where it makes a namespace or loads a module without memory
failing.of_sgnl_alone()
failing.not_of_caches()

with title("D3 a namespace that lacks memory for anything is taken back whole"):
    equal(each(unshare, back) > 0, True, "some were refused")

with title("D3 the module is loaded, or leaves nothing"):
    run("rmmod", "sgnl")
    with open(MODULE, "rb") as module:
        def load():
            well = not LIBC.syscall(FINIT_MODULE, module.fileno(), b"", 0)
            equal(loaded(), well, "it is there")
            return well
        try:
            equal(each(load, lambda: run("rmmod", "sgnl")) > 0, True, "some were refused")
        finally:
            if not loaded():
                run("insmod", MODULE)
    run("sgnl", "group", "add", "sg-here")
    run("sgnl", "group", "del", "sg-here")

tap.end()
