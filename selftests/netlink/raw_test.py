# SPDX-License-Identifier: GPL-2.0
"""
Every request of the spec, wrong in every way that its attributes can be: each is refused with a
text and the place of the fault, and changes nothing.

  raw_test.py [SEED]
"""
import itertools
import os
import random
import struct
import sys

import rule_oracle
import tap
from tap import addr
from wire import ACK, DUMP, NESTED, REQUEST, Refused, Socket, Spec, attribute

EINVAL, EPERM, EOPNOTSUPP = 22, 1, 95
# Before: reserved bits of the header are left alone where op tables are folded
# (kmod/compat/genetlink.h), and the errors of dumps do not name an attribute.
SINCE_6_2 = tuple(int(n) for n in os.uname().release.split(".")[:2]) >= (6, 2)
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 1

spec = Spec()
sock = Socket(spec)
device = tap.devices("d0", "d1")

PORTS = struct.Struct("=HH").pack

RULE = {
    "group": "sg-a", "direction": 0, "policy": 1, "priority": 5, "proto": 6, "port-min": 443,
    "port-max": 444, "peer-address": addr("192.0.2.0"), "peer-prefix-len": 24,
    "local-address": addr("10.0.0.5"), "local-prefix-len": 32, "source-port-min": 1024,
    "source-port-max": 2048, "description": "of a rule",
}

# A request of each kind that is right in the state that is made below. Those that change something
# are sent in this order at the end, and must do so.
RIGHT = {
    ("txn-begin", "do"): {},
    ("txn-commit", "do"): {},
    ("txn-abort", "do"): {},
    ("group-add", "do"): {"name": "sg-new", "type": 0, "internal-policy": 1, "vpc": 7,
                          "description": "of a group"},
    ("group-set", "do"): {"name": "sg-a", "internal-policy": 1, "description": "another"},
    ("group-del", "do"): {"name": "sg-free"},
    ("group-get", "do"): {"name": "sg-a"},
    ("group-get", "dump"): {},
    ("rule-add", "do"): {"id": 900, **RULE},
    ("rule-set", "do"): {"id": 1, **RULE, "priority": 6},
    ("rule-del", "do"): {"id": 1},
    ("rule-get", "do"): {"id": 2},
    ("rule-get", "dump"): {"group": "sg-a"},
    ("member-add", "do"): {"group": "sg-a", "address": addr("10.1.1.1")},
    ("member-del", "do"): {"group": "sg-b", "address": addr("10.9.9.9")},
    ("member-get", "dump"): {"group": "sg-b"},
    ("port-add", "do"): {"ifindex": device["d1"], "side": 1, "group": ["sg-a", "sg-b"],
                         "address": [addr("10.0.0.6"), addr("fd00::6")], "smtp": 2, "trunk": 1,
                         "ethertype": [0x88cc, 0x8863]},
    ("port-set", "do"): {"ifindex": device["d0"], "address": addr("10.0.0.7"), "smtp": 1,
                         "trunk": 1, "ethertype": 0x88cc},
    ("port-join", "do"): {"ifindex": device["d0"], "group": "sg-b"},
    ("port-leave", "do"): {"ifindex": device["d0"], "group": "sg-a"},
    ("port-move", "do"): {"ifindex": device["d0"], "group": ["sg-a", "sg-b"]},
    ("port-get", "do"): {"ifindex": device["d0"]},
    ("port-get", "dump"): {},
    ("session-get", "dump"): {"ifindex": device["d0"]},
    # Of an address that is not the port's: taken as a request, and not loaded.
    ("session-add", "do"): {"ifindex": device["d0"], "proto": 6, "local-address": addr("10.0.0.99"),
                            "local-port": 80, "peer-address": addr("10.1.1.1"), "peer-port": 1024,
                            "opener": 0, "phase": 2, "age": 2000, "idle": 3},
    ("session-preview", "dump"): {},
    ("stats-get", "dump"): {},
    ("platform-set", "do"): {"item": 6, "switch": 0, "prefix": [addr("100.64.0.0") + b"\x0a",
                                                              addr("2001:db8::") + b"\x20"]},
    ("platform-get", "do"): {"item": 7},
    ("platform-get", "dump"): {},
    ("explain-get", "do"): {"ifindex": device["d0"], "direction": 0, "vlan": [1, 2],
                            "packet": bytes.fromhex("4500001c000000004011000001020304"
                                                    "0a0000050001000200080000"),
                            "broadcast": True},
    ("port-del", "do"): {"ifindex": device["d0"]},
    ("list-add", "do"): {"name": "pl-new", "family": 0, "max-entries": 200,
                         "prefix": [addr("10.0.0.0") + b"\x08", addr("192.0.2.1") + b"\x20"],
                         "description": "of a list"},
    ("list-set", "do"): {"name": "prl-a", "range": [PORTS(1, 2), PORTS(65535, 65535)],
                         "description": "another"},
    ("list-del", "do"): {"name": "pl-free"},
    ("list-entry-add", "do"): {"name": "prl-a", "range": [PORTS(7, 8), PORTS(1, 65535)]},
    ("list-entry-del", "do"): {"name": "pl-a", "prefix": addr("fd00::") + b"\x08"},
    ("list-get", "dump"): {"name": "prl-a"},
    ("guard-add", "do"): {"pattern": "vnet*"},
    ("guard-del", "do"): {"pattern": "tap?"},
    ("guard-get", "dump"): {},
    ("txn-confirm", "do"): {},
    ("txn-rollback", "do"): {},
    ("audit-start", "do"): {},
    ("audit-get", "dump"): {},
    ("audit-commit", "do"): {},
    ("audit-stop", "do"): {},
}
TRANSACTION = {"txn-begin", "txn-commit", "txn-abort", "session-preview", "audit-start"}
# They leave the configuration as it is.
UNCHANGING = TRANSACTION | {"txn-confirm", "audit-stop", "session-add"}

# What a request cannot do without; all else may be missing.
NEEDED = {
    "group-add": {"name"}, "group-set": {"name"}, "group-del": {"name"}, "group-get": {"name"},
    "rule-add": {"group", "direction", "peer-address", "port-min", "port-max", "source-port-min",
                 "source-port-max", "proto", "local-address"},
    "rule-del": {"id"}, "rule-get": {"id"},
    "member-add": {"group", "address"}, "member-del": {"group", "address"},
    "port-add": {"ifindex", "side"}, "port-set": {"ifindex"}, "port-del": {"ifindex"},
    "explain-get": {"ifindex", "packet"},
    "port-join": {"ifindex", "group"}, "port-leave": {"ifindex", "group"},
    "port-move": {"ifindex", "group"}, "port-get": {"ifindex"},
    "platform-set": {"item"}, "platform-get": {"item"},
    "list-add": {"name", "family", "max-entries"}, "list-set": {"name"}, "list-del": {"name"},
    "list-entry-add": {"name", "range"}, "list-entry-del": {"name", "prefix"},
    "guard-add": {"pattern"}, "guard-del": {"pattern"},
    "session-add": {"ifindex", "proto", "local-address", "local-port", "peer-address", "peer-port", "opener",
                    "phase", "age", "idle"},
}
NEEDED["rule-set"] = NEEDED["rule-add"] | {"id"}

NAMES = ["", "sg-", "web", "SG-a", "sg-a b", "sg-\u00e4", "sg-a/b", "/sg-a", "a/b/sg-a", "a/", "a b/sg-a",
         "sg-a\n", "a/web"]
PATTERNS = ["", "a b", "a/b", "a:b", "[ab]", "a]", "a\\*", "a\n", "a\x7f", "\u00e4"]
NO_MEMBERS = [addr(a) for a in ("127.0.0.1", "127.255.255.255", "169.254.1.1", "0.0.0.0", "224.0.0.1",
                                "239.255.255.255", "255.255.255.255", "::", "::1", "fe80::1",
                                "ff02::1")]


def wrong_values(op, kind, attr):
    """(why, payload) of all that the attribute must not be"""
    yield from ((f"{n} bytes", b"\1" * n) for n in wrong_sizes(attr))
    pack, checks = attr["type"], attr["checks"]
    for bound, step in ("min", -1), ("max", 1):
        limit = spec.limit(attr, bound)
        if limit is not None and pack.startswith("u"):
            yield f"{limit + step}", spec.value(attr, limit + step)
            if bound == "max":
                yield "all bits", b"\xff" * len(spec.value(attr, 0))
            elif step:
                yield "0", spec.value(attr, 0)
    if pack == "string":
        most = spec.limit(attr, "max-len")
        yield "too long by one", b"sg-" + b"a" * (most - 2) + b"\0"
        yield "60000 bytes", b"sg-" + b"a" * 60000 + b"\0"
        if not attr["multi-attr"]:
            yield "no zero at its end", b"sg-a"
    if is_name(attr) and kind == "do" and op != "group-get":
        yield from ((f"name {name!r}", name.encode() + b"\0") for name in NAMES)
    if attr["name"] == "pattern":
        yield from ((f"pattern {name!r}", name.encode() + b"\0") for name in PATTERNS)
    if attr["name"] == "address" and op != "member-del":
        yield from ((f"address {a.hex()}", a) for a in NO_MEMBERS)
    if attr["name"].endswith("prefix-len") and op != "rule-del":
        yield "33 with IPv4", b"\x21"
    if op.startswith("rule") and attr["name"] == "id" and op != "rule-get":
        yield "0", bytes(4)
    if attr["name"] == "ethertype":
        yield from ((hex(e), spec.value(attr, e)) for e in (0x800, 0x86dd, 0x8100, 0x88a8))
    if attr["name"] == "prefix":
        yield from (("a length of 33", addr("10.0.0.0") + b"\x21"),
                    ("a length of 129", addr("fd00::") + b"\x81"),
                    ("a length of 255", addr("fd00::") + b"\xff"))
    if attr["name"] == "prefix":
        yield from ((f"length {n}", addr(a) + bytes([n]))
                    for a, n in (("10.0.0.0", 33), ("10.0.0.0", 255), ("fd00::", 129)))
    if attr["name"] == "range":
        yield from ((f"{a}/{z}", PORTS(a, z)) for a, z in ((0, 0), (0, 80), (90, 80), (1, 0)))
    if attr["name"] == "max-entries":
        yield "201 for prefixes", spec.value(attr, 201)
    if pack == "pad":
        yield "present", b""


def wrong_sizes(attr):
    kind = attr["type"]
    if attr["name"] == "prefix":
        return [0, 1, 3, 4, 6, 8, 16, 18, 64, 1000]
    if kind.startswith("u"):
        right = int(kind[1:]) // 8
        return [n for n in (0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 1000) if n != right]
    if kind == "binary" and attr["name"] in ("prefix", "range"):
        right = (5, 17) if attr["name"] == "prefix" else (4,)
        return [n for n in (0, 1, 3, 4, 5, 6, 8, 15, 16, 17, 18, 64, 1000) if n not in right]
    return {"binary": [0, 1, 3, 5, 8, 15, 17, 64, 1000], "flag": [1, 4], "string": [0]}.get(kind, [])


def right_values(op, attr):
    """(why, payload) of what it may be at its bounds, beside the rest of the right request"""
    name = attr["name"]
    if name.endswith("prefix-len"):
        yield from (("0", b"\0"), ("32", b"\x20"))
    elif attr["type"].startswith("u"):
        for bound in "min", "max":
            if spec.limit(attr, bound) is not None and not (name, bound) == ("ifindex", "min"):
                if not name.endswith("port-max") and not (name, bound) == ("max-entries", "max"):
                    yield bound, spec.value(attr, spec.limit(attr, bound))
        if name.endswith("port-max"):
            yield "65535", b"\xff\xff"
        if name == "proto":
            yield from (("17", b"\x11"),)
    elif is_name(attr) and op in ("group-add", "member-add"):
        yield "the longest", b"sg-" + b"a" * 124 + b"\0"
        yield "of another account", b"4711.x_y-z/sg-a\0"
        yield "with bytes behind its zero", b"sg-zero\0\1\2\0"
    elif name == "prefix":
        yield from (("a length of 0", addr("10.0.0.0") + b"\0"),
                    ("a length of 128", addr("fd00::1") + b"\x80"))
    elif is_name(attr) and op == "list-add":
        yield "the longest", b"pl-" + b"a" * 124 + b"\0"
        yield "of another account", b"4711.x_y-z/pl-a\0"
    elif name == "prefix":
        yield from (("/0", bytes(5)), ("the longest of IPv6", addr("fd00::1") + b"\x80"))
    elif name == "pattern" and op == "guard-add":
        yield from (("the longest", b"a" * 14 + b"*\0"), ("signs", b"\"#$%&'()+,;~\0"))
    elif name == "description":
        yield from (("empty", b"\0"), ("the longest", b"\xc3\xa4" * 256 + b"\0"))


def is_name(attr):
    return attr["name"] in ("name", "group", "peer-group", "peer-list", "port-list")


class Request:
    """One message, with the place of the attribute that is at fault."""

    def __init__(self, op, kind, attrs, fault=None):
        """attrs: (name, value) or raw bytes; fault: index of the one at fault"""
        attrs = [(name, one) if not isinstance(item, bytes) else item
                 for item in attrs
                 for name, values in [item if not isinstance(item, bytes) else (None, None)]
                 for one in (values if isinstance(values, list) else [values])]
        self.op, self.kind = op, kind
        self.payload = spec.encode(op, attrs)
        self.offset = None
        if fault is not None:
            self.offset = 20 + len(spec.encode(op, attrs[:fault]))

    def send(self, sock, **header):
        flags = header.pop("flags", REQUEST | (DUMP if self.kind == "dump" else ACK))
        return sock.talk(sock.message(spec.ops[self.op]["number"], self.payload, flags, **header))


def flat(attrs):
    return [(name, one) for name, value in attrs.items()
            for one in (value if isinstance(value, list) else [value])]


def with_value(op, attrs, attr, payload, flag=0):
    """The attributes with one of them, or its first, as given; and its index."""
    attrs = flat(attrs)
    at = next((i for i, (name, _) in enumerate(attrs) if name == attr["name"]), len(attrs))
    raw = attribute(attr["number"] | flag, payload)
    return attrs[:at] + [raw] + attrs[at + 1:], at


def in_transaction(op):
    """Requests about transactions are tried while one is open, but for its beginning."""
    return op in TRANSACTION - {"txn-begin"}


state = None


def refused(request, why, wrong, errno=None, text=True, **header):
    """It must fail, say why and where, and change nothing; complaints go to `wrong`."""
    global state
    if in_transaction(request.op):
        sock.do("txn-begin")
    try:
        request.send(sock, **header)
        wrong.append(f"{why}: taken")
    except Refused as e:
        if text and not e.text and e.missing is None:
            wrong.append(f"{why}: no text: {e}")
        is_told = request.offset is not None and (request.kind == "do" or SINCE_6_2)
        if text and is_told and e.offset != request.offset:
            wrong.append(f"{why}: fault at {e.offset}, not {request.offset}: {e}")
        if errno and e.errno != errno:
            wrong.append(f"{why}: errno {e.errno}, not {errno}: {e}")
    if request.op in TRANSACTION:
        try:
            sock.do("txn-abort")
        except Refused:
            pass
    now = sock.state()
    if now != state:
        wrong.append(f"{why}: something changed")
        state = now


def taken(request, why, wrong):
    """It must be right by itself: it is queued, and dropped again."""
    changes = request.kind == "do" and not request.op.endswith("-get")
    try:
        if changes:
            sock.do("txn-begin")
        request.send(sock)
    except Refused as e:
        wrong.append(f"{why}: refused: {e}")
    if changes and request.op != "txn-abort":
        sock.do("txn-abort")
    if sock.state() != state:
        wrong.append(f"{why}: something changed")


def test_attribute(op, kind, attr, attrs):
    """All that can be wrong with one attribute of one request"""
    wrong, n = [], 0
    for why, payload in wrong_values(op, kind, attr):
        changed, at = with_value(op, attrs, attr, payload)
        # A length that does not fit is told with the address before it.
        refused(Request(op, kind, changed, at - why.endswith("with IPv4")), why, wrong)
        n += 1
    good = dict(flat(attrs)).get(attr["name"])
    payload = spec.value(attr, good) if good is not None else wrong_sized_right(attr)
    if attr["type"] != "pad":
        changed, at = with_value(op, attrs, attr, payload, NESTED)
        refused(Request(op, kind, changed, at), "with NLA_F_NESTED", wrong)
        nest = attribute(1, b"\1")
        refused(Request(op, kind, *with_value(op, attrs, attr, nest, NESTED)), "a nest", wrong)
        n += 2
        if not attr["multi-attr"] and good is not None:
            twice = flat(attrs)
            at = next(i for i, (name, _) in enumerate(twice) if name == attr["name"])
            twice.append(twice[at])
            refused(Request(op, kind, twice, len(twice) - 1), "twice", wrong)
            n += 1
    if attr["name"] in attrs:
        without = {k: v for k, v in attrs.items() if k != attr["name"]}
        if attr["name"] in NEEDED.get(op, ()) and kind == "do":
            refused(Request(op, kind, flat(without)), "missing", wrong)
            n += 1
        else:
            taken(Request(op, kind, flat(without)), "missing", wrong)
        for why, payload in right_values(op, attr):
            taken(Request(op, kind, with_value(op, attrs, attr, payload)[0]), why, wrong)
    tap.ok(not wrong, f"C5 {op} ({kind}) {attr['name']}: {n} wrong values are refused", *wrong)


def wrong_sized_right(attr):
    """A payload of the right size for an attribute that the right request does not have"""
    return {"binary": bytes([10, 0, 0, 1]), "string": b"sg-b\0", "flag": b""}.get(
        attr["type"]) or (spec.value(attr, 1) if attr["type"].startswith("u") else b"")


def test_unknown(op, kind, names, attrs):
    """Attributes of the set that the request does not have, and those that are in none"""
    wrong, attr_set = [], spec.set_of(op)
    highest = max(k for k in attr_set.by_number if isinstance(k, int))
    # Before 6.2 a dump's words are held against the policy of do first, which knows their range.
    errno = EINVAL if kind == "do" or SINCE_6_2 else None
    numbers = [n for n, a in attr_set.by_number.items() if isinstance(n, int) and
               a["name"] not in names]
    for number in numbers + [0, highest + 1, 31, 32, 33, 255, 0x3fff]:
        raw = attribute(number, bytes(4))
        refused(Request(op, kind, flat(attrs) + [raw], len(flat(attrs))), f"type {number}", wrong,
                errno)
    tap.ok(not wrong, f"C5 {op} ({kind}): attributes that it does not have are refused", *wrong)


def test_frame(op, kind, attrs):
    """What is wrong with the message itself"""
    wrong = []
    request = Request(op, kind, flat(attrs))
    whole, flags = request.payload, REQUEST | (DUMP if kind == "dump" else ACK)
    for why, tail in ((f"{n} bytes of garbage", b"\1" * n) for n in (1, 2, 3)):
        request.payload = whole + tail
        refused(request, why, wrong, EINVAL)
    for why, tail in (("attribute of length 0", struct.pack("=HH", 0, 1)),
                      ("attribute of length 3", struct.pack("=HH", 3, 1)),
                      ("attribute longer than the message", struct.pack("=HH", 5, 1))):
        request.payload = whole + tail
        refused(request, why, wrong, EINVAL)
    request.payload = whole
    if SINCE_6_2:
        refused(request, "reserved field not 0", wrong, reserved=1)
        for flag in (0x400, 0x800) + ((0x100, 0x200) if kind == "do" else ()):
            refused(request, f"flag {flag:#x}", wrong, flags=flags | flag)
    other = "do" if kind == "dump" else "dump"
    if other not in spec.ops[op]:
        refused(request, f"sent as {other}", wrong, EOPNOTSUPP, text=False,
                flags=REQUEST | (DUMP if other == "dump" else ACK))
    tap.ok(not wrong, f"C5 {op} ({kind}): broken messages are refused", *wrong)


def test_short_header(op, kind):
    """The generic header cut off at each of its bytes"""
    wrong = []
    for size in range(16, 20):
        message = sock.message(spec.ops[op]["number"], b"",
                               REQUEST | (DUMP if kind == "dump" else ACK))
        message = struct.pack("=I", size) + message[4:20]
        try:
            sock.talk(message)
            wrong.append(f"length {size}: taken")
        except Refused as e:
            if e.errno != EINVAL:
                wrong.append(f"length {size}: {e}")
        if sock.state() != state:
            wrong.append(f"length {size}: something changed")
    tap.ok(not wrong, f"C5 {op} ({kind}): a header cut short is refused", *wrong)


def test_commands():
    """Numbers that are no request"""
    wrong = []
    requests = {spec.ops[op]["number"] for op, _, _ in spec.requests()}
    for number in range(256):
        if number in requests:
            continue
        for flags in REQUEST | ACK, REQUEST | DUMP:
            try:
                sock.talk(sock.message(number, b"", flags))
                wrong.append(f"command {number}: taken")
            except Refused as e:
                if e.errno != EOPNOTSUPP:
                    wrong.append(f"command {number}: {e}")
    if sock.state() != state:
        wrong.append("something changed")
    tap.ok(not wrong, "C5 commands that are none are refused", *wrong)


def test_queued():
    """In a transaction: refused at once, and the rest goes on"""
    wrong, n = [], 0
    sock.do("txn-begin")
    for (op, kind), attrs in RIGHT.items():
        if op in TRANSACTION or op.endswith("-get"):
            continue
        for name in spec.ops[op]["do"]["request"]["attributes"]:
            attr = spec.attr(op, name)
            for why, payload in wrong_values(op, kind, attr):
                n += 1
                try:
                    Request(op, kind, with_value(op, attrs, attr, payload)[0]).send(sock)
                    wrong.append(f"{op} {name} {why}: queued")
                except Refused:
                    pass
    if sock.state() != state:
        wrong.append("something changed")
    reply = sock.do("txn-commit")
    if reply != {"generation": state[1][0], "changes": 0}:
        wrong.append(f"the commit: {reply}")
    if sock.state() != state:
        wrong.append("something changed by the commit")
    tap.ok(not wrong, "C1 C5 wrong requests are refused when they would be queued", *wrong,
           f"of {n}")


PREFIX = addr("10.0.0.0") + b"\x08"


def test_platform():
    """What is wrong with several attributes of a change of platform traffic"""
    wrong = []
    for why, attrs, fault in (
            ("an item without prefixes", [("item", 5), ("prefix", PREFIX)], 1),
            ("one, to be cleared", [("item", 0), ("clear-prefix", True)], 1),
            ("prefixes, and none", [("item", 6), ("prefix", PREFIX), ("clear-prefix", True)], 2),
            ("a prefix twice", [("item", 7), ("prefix", PREFIX), ("prefix", PREFIX)], 2),
            ("one with other host bits",
             [("item", 7), ("prefix", PREFIX), ("prefix", addr("10.9.9.9") + b"\x08")], 2),
            ("65 prefixes", [("item", 6)] + [("prefix", bytes([10, 0, n, 0, 24]))
                                             for n in range(65)], 65)):
        refused(Request("platform-set", "do", attrs, fault), why, wrong, EINVAL)
    taken(Request("platform-set", "do", [("item", 6)] + [("prefix", bytes([10, 0, n, 0, 24]))
                                                         for n in range(64)]), "64", wrong)
    tap.ok(not wrong, "P3 P4 P6 C5 platform-set: prefixes that cannot be are refused", *wrong)


def unprivileged():
    """What a process without capabilities is told; runs in a child."""
    os.setgroups([])
    os.setuid(65534)
    wrong = []
    with Socket(spec) as other:
        for (op, kind), attrs in RIGHT.items():
            try:
                Request(op, kind, flat(attrs)).send(other)
                wrong.append(f"{op} {kind}: taken")
            except Refused as e:
                if e.errno != EPERM:
                    wrong.append(f"{op} {kind}: {e}")
        for group in spec_groups(other):
            try:
                other.join(group)
                wrong.append(f"multicast group {group}: joined")
            except PermissionError:
                pass
    return wrong


def spec_groups(other):
    return other.multicast or ["none was found"]


def test_unprivileged():
    read, write = os.pipe()
    child = os.fork()
    if not child:
        text = "it crashed"
        try:
            text = "\n".join(unprivileged())
        finally:
            os.write(write, text.encode())
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as pipe:
        wrong = pipe.read()
    tap.ok(not wrong and sock.state() == state, "C5 without CAP_NET_ADMIN every request is refused",
           wrong)


# Family of each, and its greatest number of entries
LISTS = {"pl-a": (6, 9), "pl-free": (4, 200), "prl-a": (None, 100)}
GROUPS = {"sg-a": 0, "sg-b": 0, "sg-e": 0, "sg-v": 9, "sg-free": 0}


def add_and_compare(words, wrong):
    """One rule against the oracle; it is deleted again. True if it was taken."""
    wanted = rule_oracle.judge(words, GROUPS, LISTS)
    try:
        rule_id = sock.do("rule-add", words)["id"]
    except Refused as e:
        if wanted is not None:
            wrong.append(f"{words}: refused: {e}")
        elif not e.text:
            wrong.append(f"{words}: refused without a text")
        return False
    got = sock.do("rule-get", {"id": rule_id})
    for key in "packets", "bytes", "since", "generation":
        del got[key]
    if wanted is None:
        wrong.append(f"{words}: taken as {got}")
    elif got != {**wanted, "id": rule_id}:
        wrong.append(f"{words}: shown as {got}")
    if words.get("id", rule_id) != rule_id:
        wrong.append(f"{words}: id {rule_id}")
    sock.do("rule-del", {"id": rule_id})
    return True


PRESENCE = {
    "proto": 6, "port-min": 80, "port-max": 90, "source-port-min": 1, "source-port-max": 65535,
    "peer-address": addr("198.51.100.77"), "peer-prefix-len": 26, "peer-group": "sg-b",
    "local-address": addr("10.0.0.5"), "local-prefix-len": 8,
    "peer-list": "pl-a", "port-list": "prl-a", "icmp-type": 3, "icmp-code": 0,
}
# Once more with a protocol that has types and no ports
PRESENCE_ICMP = {
    "proto": 1, "port-min": 80, "peer-address": addr("198.51.100.77"), "peer-group": "sg-b",
    "local-address": addr("10.0.0.5"), "port-list": "prl-a", "icmp-type": 255, "icmp-code": 255,
}


def test_subsets():
    """Each subset of the attributes that depend on each other"""
    wrong, taken_n, n = [], 0, 0
    before = sock.save_words()
    for presence in PRESENCE, PRESENCE_ICMP:
        for present in itertools.product((False, True), repeat=len(presence)):
            words = {"group": "sg-a", "direction": n & 1}
            words |= {k: v for (k, v), there in zip(presence.items(), present) if there}
            taken_n += add_and_compare(words, wrong)
            n += 1
    tap.ok(not wrong and taken_n > 20 and sock.save_words() == before,
           f"R1 R3 R4 R8 R11 R14 rule add: {n} subsets of its attributes against an oracle", *wrong,
           f"{taken_n} were taken")


VALUES = {
    "id": [None] * 8 + [0, 5000, 6000],
    "group": ["sg-a"] * 6 + ["sg-v", "sg-none"],
    "direction": [0, 1, 0, 1, 2],
    "policy": [None, None, 0, 1, 2],
    "priority": [None, None, 1, 2, 50, 100, 0, 101],
    "proto": [None, 6, 6, 17, 17, 1, 58, 47, 0, 255],
    "port-min": [None, None, 1, 80, 443, 65535, 0],
    "port-max": [None, None, 80, 443, 65535, 65535],
    "source-port-min": [None, None, None, 1, 1024],
    "source-port-max": [None, None, None, 1023, 65535],
    "peer-address": [None, addr("10.1.2.3"), addr("0.0.0.0"), addr("2408:180::1"), addr("::"),
                     b"", bytes(5), addr("255.255.255.255"), addr("192.0.2.1")],
    "peer-prefix-len": [None, None, 0, 1, 24, 31, 32, 33, 64, 127, 128, 129],
    "peer-group": [None, None, None, None, "sg-a", "sg-b", "sg-e", "sg-v", "sg-none"],
    "local-address": [None, None, None, addr("10.0.0.5"), addr("fd00::5"), bytes(3)],
    "local-prefix-len": [None, None, 8, 32, 64],
    "description": [None, "", "text", "\u00fc \"quoted\" \\"],
    "peer-list": [None] * 20 + ["pl-a", "pl-free", "prl-a", "pl-none"],
    "port-list": [None] * 20 + ["prl-a", "prl-a", "pl-a", "prl-none"],
    "icmp-type": [None, None, 0, 8, 255],
    "icmp-code": [None, None, None, 0, 4],
    "expires": [None] * 40 + [4102444800] * 9 + [253402300799, 253402300800, 0, 1],
}
PAIRED = ("port", "source-port")


def random_words(rng):
    words = {name: rng.choice(values) for name, values in VALUES.items()}
    # Mostly what has a chance, so that the parts behind are reached.
    for which in PAIRED:
        if rng.random() < 0.8 and None in (words[f"{which}-min"], words[f"{which}-max"]):
            words[f"{which}-min"] = words[f"{which}-max"] = None
    if rng.random() < 0.8 and words["proto"] not in (6, 17):
        words |= {f"{which}-{end}": None for which in PAIRED for end in ("min", "max")}
    if rng.random() < 0.8 and (words["peer-address"] is None) == (words["peer-group"] is None):
        words |= {"peer-group": None, "peer-address": addr("203.0.113.9")}
    if rng.random() < 0.8 and words["peer-list"]:
        words |= {"peer-group": None, "peer-address": None, "peer-prefix-len": None}
    if rng.random() < 0.95 and words["proto"] not in (1, 58):
        words |= {"icmp-type": None, "icmp-code": None}
    if rng.random() < 0.9 and words["icmp-type"] is None:
        words["icmp-code"] = None
    if rng.random() < 0.8 and words["port-list"]:
        words |= {"port-min": None, "port-max": None}
    for which in "peer", "local":
        if rng.random() < 0.7 and words[f"{which}-address"] is None:
            words[f"{which}-prefix-len"] = None
    return {name: value for name, value in words.items() if value is not None}


def test_random(count):
    wrong, taken_n, rng = [], 0, random.Random(SEED)
    before = sock.save_words()
    for _ in range(count):
        taken_n += add_and_compare(random_words(rng), wrong)
    tap.ok(not wrong and taken_n > count // 25 and sock.save_words() == before,
           f"R1 R2 R3 R4 R8 R11 R14 rule add: {count} random ones against an oracle", *wrong,
           f"{taken_n} were taken; seed {SEED}")


def wait_for_confirmation(text):
    """A commit that is confirmed or taken back next"""
    sock.do("txn-begin")
    sock.do("group-set", {"name": "sg-b", "description": text})
    sock.do("txn-commit", {"confirm": 60})


def test_right():
    """The requests that were made wrong above are right as they are, and do something."""
    for (op, kind), attrs in RIGHT.items():
        if op in ("txn-confirm", "txn-rollback"):
            wait_for_confirmation(op)
        before, wrong = sock.state(), []
        if in_transaction(op):
            sock.do("txn-begin")
        if op == "audit-start":
            sock.do("group-add", {"name": "sg-candidate"})
        try:
            Request(op, kind, flat(attrs)).send(sock)
        except Refused as e:
            wrong.append(e)
        if op in ("txn-begin", "session-preview"):
            sock.do("txn-abort")
        changed = sock.state() != before
        if changed != (kind == "do" and not op.endswith("-get") and op not in UNCHANGING):
            wrong.append(f"changed: {changed}")
        tap.ok(not wrong, f"C5 {op} ({kind}) is taken when nothing is wrong", *wrong)


def prepare():
    for name, vpc in GROUPS.items():
        sock.do("group-add", {"name": name, "vpc": vpc, "type": name == "sg-e"})
    for port in 80, 81:
        sock.do("rule-add", {"group": "sg-a", "direction": 0, "proto": 6, "port-min": port,
                             "port-max": port, "peer-address": addr("10.0.0.0"),
                             "peer-prefix-len": 8})
    sock.do("member-add", {"group": "sg-b", "address": addr("10.9.9.9")})
    sock.do("list-add", {"name": "pl-a", "family": 1, "max-entries": 9,
                         "prefix": addr("fd00::") + b"\x08"})
    sock.do("list-add", {"name": "pl-free", "family": 0, "max-entries": 200})
    sock.do("list-add", {"name": "prl-a", "max-entries": 100})
    sock.do("port-add", {"ifindex": device["d0"], "side": 0, "group": "sg-a",
                         "address": addr("10.0.0.5")})
    sock.do("guard-add", {"pattern": "tap?"})


def save_words():
    """The state without generations"""
    return [
        [{k: v for k, v in row.items() if k != "generation"} for row in sock.dump(f"{what}-get")]
        for what in ("group", "rule", "member", "port", "platform", "list", "guard")]


sock.save_words = save_words


def main():
    global state
    prepare()
    begin, state = tap.save(), sock.state()
    requests = list(spec.requests())
    tap.ok({(op, kind) for op, kind, _ in requests} == set(RIGHT),
           "C5 every request of the spec is tried", sorted(set(RIGHT) ^ {r[:2] for r in requests}))
    for op, kind, names in requests:
        attrs = RIGHT[op, kind]
        for name in names:
            test_attribute(op, kind, spec.attr(op, name), attrs)
        test_unknown(op, kind, names, attrs)
        test_frame(op, kind, attrs)
        test_short_header(op, kind)
    test_platform()
    test_commands()
    test_queued()
    test_unprivileged()
    tap.is_equal(tap.save(), begin, "C5 sgnl save after all refused requests is what it was before")
    test_subsets()
    test_random(1500)
    tap.is_equal(tap.save(), begin, "C5 sgnl save after all refused rules is what it was before")
    test_right()
    tap.end()


main()
