# SPDX-License-Identifier: GPL-2.0
"""Memory that runs out at the nth allocation: fail-nth of the kernel's fault injection."""
import contextlib
import os
import subprocess
import threading

KINDS = "failslab", "fail_page_alloc"
PRELOAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/netlink/fail_nth.so")
MANY = 1 << 30
SITES_MAX = 2000


def _setting(kind, name):
    return f"/sys/kernel/debug/{kind}/{name}"


def _write(kind, name, value):
    with open(_setting(kind, name), "w", encoding="ascii") as file:
        file.write(str(value))


def setup():
    """Allocations that may sleep fail too, and in silence, whatever another test has left here. Pages: of sgnl's
    functions alone, for a process that gets none for its own memory is killed."""
    for kind in KINDS:
        _only_below(kind, 0, (1 << 64) - 1)
        _never_below(kind, 0, 0)
        for name, value in (("ignore-gfp-wait", "N"), ("verbose", 0), ("task-filter", "N"),
                            ("stacktrace-depth", 32), ("times", MANY)):
            _write(kind, name, value)
    _write("fail_page_alloc", "min-order", 0)
    _write("fail_page_alloc", "ignore-gfp-highmem", "N")
    _only_below("fail_page_alloc", *_text())


def of_sgnl_alone():
    """From here on only what sgnl's functions allocate, and what is allocated for them, fails."""
    _only_below("failslab", *_text())


def not_of_caches():
    """The kernel warns when the making of a cache fails, and leaks its name: nothing in there fails."""
    start, end = _function("__kmem_cache_create_args")
    for kind in KINDS:
        _never_below(kind, start, end)


def _symbols():
    """(address, type, name, module) in their order"""
    with open("/proc/kallsyms", encoding="ascii") as file:
        rows = [[*line.split(), ""][:4] for line in file]
    return sorted((int(row[0], 16), *row[1:]) for row in rows)


def _text():
    """Where the module's functions are."""
    found = [row[0] for row in _symbols() if row[3] == "[sgnl]" and row[1] in "tT"]
    return found[0], found[-1] + 4096


def _function(name):
    rows = [row for row in _symbols() if not row[3] and row[1] in "tT"]
    at = [row[2] for row in rows].index(name)
    return rows[at][0], rows[at + 1][0]


def _only_below(kind, start, end):
    _write(kind, "require-start", f"{start:#x}")
    _write(kind, "require-end", f"{end:#x}")


def _never_below(kind, start, end):
    _write(kind, "reject-start", f"{start:#x}")
    _write(kind, "reject-end", f"{end:#x}")


class FailNth:
    """In this block the thread's nth allocation fails; `done` tells whether there was one."""

    def __init__(self, nth):
        self.file = os.open(f"/proc/self/task/{threading.get_native_id()}/fail-nth", os.O_RDWR)
        self.nth, self.done = b"%d" % nth, False

    def __enter__(self):
        os.write(self.file, self.nth)
        return self

    def __exit__(self, *_):
        # Tell first: writing 0 forgets
        self.done = int(os.pread(self.file, 16, 0)) == 0
        os.pwrite(self.file, b"0", 0)
        os.close(self.file)


@contextlib.contextmanager
def none():
    """In this block every allocation fails that may, of whichever task."""
    for kind in KINDS:
        for name, value in (("interval", 1), ("probability", 100)):
            _write(kind, name, value)
    yield
    for kind in KINDS:
        _write(kind, "probability", 0)


def _left():
    left = 0
    for kind in KINDS:
        with open(_setting(kind, "times"), encoding="ascii") as file:
            left += int(file.read())
    return left


def command(nth, words):
    """Runs a command whose nth allocation fails: what it did, and whether there was one."""
    before = _left()
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env={**os.environ, "LD_PRELOAD": PRELOAD, "FAIL_NTH": str(nth)})
    return done, _left() != before
