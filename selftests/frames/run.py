#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""run.py MODULE... [-k WORD]: runs the tests of modules in here, TAP on the standard output."""

import importlib
import sys
import time
import traceback

from bench import Bench

SIDES = "guest", "self"
tests = []


def test(title, sides=SIDES):
    """A test: called with an empty bench, for each side of the port."""
    def add(function):
        tests.append((title, sides, function))
        return function
    return add


def run(bench, sides, function):
    for side in sides:
        try:
            bench.reset(side)
            function(bench)
        except Exception:  # pylint: disable=broad-except
            return f"side {side}\n{traceback.format_exc()}"
    return ""


def main(arguments):
    word = ""
    if "-k" in arguments:
        at = arguments.index("-k")
        word = arguments[at + 1]
        del arguments[at:at + 2]
    for name in arguments:
        importlib.import_module(name)
    chosen = [t for t in tests if word in t[0]]
    titles = [t[0] for t in chosen]
    if len(set(titles)) != len(titles):
        sys.exit("a title is there twice")
    print(f"TAP version 13\n1..{len(chosen)}", flush=True)
    bench = Bench()
    failed = 0
    for n, (title, sides, function) in enumerate(chosen, 1):
        begin = time.monotonic()
        error = run(bench, sides, function)
        failed += bool(error)
        for line in error.splitlines():
            print(f"# {line}")
        print(f"{'not ok' if error else 'ok'} {n} {title}", flush=True)
        if time.monotonic() - begin > 20 and not title.startswith("S"):
            print(f"# {time.monotonic() - begin:.0f} s")
    bench.reset()
    return bool(failed)


if __name__ == "__main__":
    # Under this name the tests import it
    sys.modules["run"] = sys.modules["__main__"]
    sys.exit(main(sys.argv[1:]))
