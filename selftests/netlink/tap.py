# SPDX-License-Identifier: GPL-2.0
"""TAP, and small helpers of the tests."""
import ipaddress
import socket
import subprocess
import sys
import traceback

_titles, _failed = set(), False


def ok(good, title, *diagnostics):
    """One result; what went wrong is printed only if something did."""
    global _failed
    if title in _titles:
        good, diagnostics = False, [*diagnostics, "the title is there twice"]
    _titles.add(title)
    _failed |= not good
    print("ok" if good else "not ok", len(_titles), title)
    if not good:
        for line in [str(d) for d in diagnostics][:20]:
            line = line.encode("ascii", "backslashreplace").decode()
            print("\n".join("# " + part for part in line.splitlines()))
    sys.stdout.flush()
    return good


def is_equal(got, wanted, title):
    return ok(got == wanted, title, f"got    {got!r}"[:2000], f"wanted {wanted!r}"[:2000])


def note(text):
    print("#", text)


class title:
    """A block that is one test: it is ok unless it raises."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind and not issubclass(kind, Exception):
            return False
        ok(not kind, self.text, *(traceback.format_exception(kind, error, trace) if kind else []))
        return True


def equal(got, wanted, what="value"):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}"[:3000])


def end():
    print(f"1..{len(_titles)}")
    sys.exit(_failed)


def run(*words, text=None, check=True):
    """A command; its standard output. What fails unexpectedly is an error here."""
    done = subprocess.run(words, input=text, capture_output=True, text=True, errors="surrogateescape")
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(words)}: status {done.returncode}: {done.stderr}")
    return done.stdout if check else done


def save():
    return run("sgnl", "save")


def devices(*names):
    """Makes veth pairs NAME and NAME-peer, down; ifindex by name."""
    run("ip", "-batch", "-", text="".join(f"link add {n} type veth peer name {n}-peer\n"
                                          for n in names))
    return {name: socket.if_nametoindex(name) for name in names}


def addr(text):
    return ipaddress.ip_address(text).packed
