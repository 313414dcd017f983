# SPDX-License-Identifier: GPL-2.0
"""Generic netlink from the spec alone: numbers, encoding, decoding, a socket."""
import os
import socket
import struct

import yaml

SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../uapi/specs/sgnl.yaml")

NETLINK_GENERIC = 16
SOL_NETLINK, ADD_MEMBERSHIP, BROADCAST_ERROR, CAP_ACK, EXT_ACK = 270, 1, 4, 10, 11
REQUEST, ACK, DUMP, DUMP_INTR, CAPPED, ACK_TLVS = 1, 4, 0x300, 0x10, 0x100, 0x200
MSG_ERROR, MSG_DONE = 2, 3
NESTED = 0x8000
HEADER = struct.Struct("=IHHII")
SCALARS = {"u8": "=B", "u16": "=H", "u32": "=I", "u64": "=Q"}


class Set:
    """One attribute set: attributes by name and by number."""

    def __init__(self, raw):
        self.by_name, self.by_number = {}, {}
        for number, attr in enumerate(raw["attributes"], 1):
            attr = {"multi-attr": False, "checks": {}, **attr, "number": number}
            self.by_name[attr["name"]] = self.by_number[number] = attr


class Spec:
    def __init__(self, path=SPEC):
        with open(path, encoding="utf-8") as file:
            raw = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.name, self.version = raw["name"], raw["version"]
        self.consts = {d["name"]: d["value"] for d in raw["definitions"] if d["type"] == "const"}
        self.enums = {d["name"]: [e if isinstance(e, str) else e["name"] for e in d["entries"]]
                      for d in raw["definitions"] if d["type"] == "enum"}
        self.sets = {s["name"]: Set(s) for s in raw["attribute-sets"]}
        self.ops = {}
        for number, op in enumerate(raw["operations"]["list"], 1):
            self.ops[op["name"]] = {**op, "number": number}
        self.op_names = {op["number"]: name for name, op in self.ops.items()}

    def set_of(self, op):
        return self.sets[self.ops[op]["attribute-set"]]

    def attr(self, op, name):
        return self.set_of(op).by_name[name]

    def limit(self, attr, which):
        """The value of a check: a number or a constant's name."""
        value = attr["checks"].get(which)
        return self.consts.get(value, value)

    def requests(self):
        """(op, "do" or "dump", names of the attributes that the request may have)"""
        for name, op in self.ops.items():
            for kind in "do", "dump":
                if kind in op:
                    yield name, kind, op[kind].get("request", {}).get("attributes", [])

    def value(self, attr, value):
        kind = attr["type"]
        if isinstance(value, bytes):
            return value
        if kind in SCALARS:
            return struct.pack(SCALARS[kind], value)
        if kind == "string":
            return value.encode() + b"\0"
        if kind == "flag":
            return b""
        raise ValueError(f"{attr['name']}: {value!r}")

    def encode(self, op, attrs):
        """attrs: (name, value), a value that is bytes as it is; or raw bytes."""
        out = b""
        for item in attrs.items() if isinstance(attrs, dict) else attrs:
            if isinstance(item, bytes):
                out += item
                continue
            name, value = item
            attr = self.attr(op, name)
            for one in value if isinstance(value, list) else [value]:
                out += attribute(attr["number"], self.value(attr, one))
        return out

    def decode(self, attr_set, data):
        out = {}
        for number, payload in attributes(data):
            attr = attr_set.by_number.get(number & 0x3fff)
            kind = attr["type"] if attr else "unknown"
            if kind == "pad":
                continue
            if kind in SCALARS:
                value = struct.unpack(SCALARS[kind], payload)[0]
            elif kind == "string":
                value = payload[:-1].decode(errors="surrogateescape")
            elif kind == "flag":
                value = True
            elif kind == "nest":
                value = self.decode(self.sets[attr["nested-attributes"]], payload)
            else:
                value = payload
            name = attr["name"] if attr else number
            if attr and attr["multi-attr"]:
                out.setdefault(name, []).append(value)
            else:
                out[name] = value
        return out


def attribute(number, payload):
    return struct.pack("=HH", len(payload) + 4, number) + payload + b"\0" * (-len(payload) % 4)


def attributes(data):
    at = 0
    while at + 4 <= len(data):
        size, number = struct.unpack_from("=HH", data, at)
        yield number, data[at + 4:at + size]
        at += (size + 3) & ~3


class Refused(Exception):
    """What the kernel said: errno, text, offset of the bad attribute, missing type, cookie."""

    def __init__(self, error, tlvs):
        self.errno = error
        self.text = tlvs.get(1, b"").rstrip(b"\0").decode(errors="replace")
        self.offset, self.missing = number(tlvs.get(2)), number(tlvs.get(5))
        self.cookie = tlvs.get(3)
        super().__init__(f"{os.strerror(error)}: {self.text}")


def number(data):
    return struct.unpack("=I", data)[0] if data else None


class Socket:
    def __init__(self, spec):
        self.spec, self.seq, self.interrupted = spec, 0, False
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.setsockopt(SOL_NETLINK, EXT_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, CAP_ACK, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind((0, 0))
        self.family, self.multicast = 16, {}
        # nlctrl: CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME
        message = self.message(3, attribute(2, spec.name.encode() + b"\0"), version=2)
        for _, _, data in self.talk(message):
            for kind, payload in attributes(data):
                if kind == 1:
                    self.family = struct.unpack("=H", payload)[0]
                elif kind == 7:
                    for _, group in attributes(payload):
                        group = dict(attributes(group))
                        name = group[1].rstrip(b"\0").decode()
                        self.multicast[name] = struct.unpack("=I", group[2])[0]

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def message(self, command, payload, flags=REQUEST | ACK, version=None, reserved=0):
        self.seq += 1
        version = self.spec.version if version is None else version
        body = struct.pack("=BBH", command, version, reserved) + payload
        return HEADER.pack(len(body) + 16, self.family, flags, self.seq, 0) + body

    def receive(self):
        """(type, flags, seq, payload) of the messages of one datagram"""
        data, at = self.sock.recv(1 << 17), 0
        while at < len(data):
            size, kind, flags, seq, _ = HEADER.unpack_from(data, at)
            yield kind, flags, seq, data[at + 16:at + size]
            at += (size + 3) & ~3

    def answers(self, seq):
        """(command, flags, attributes) until the end or an ack; errors are raised."""
        while True:
            for kind, flags, got, data in self.receive():
                if got != seq:
                    continue
                self.interrupted |= bool(flags & DUMP_INTR)
                if kind not in (MSG_ERROR, MSG_DONE):
                    yield data[0], flags, data[4:]
                    continue
                error = -struct.unpack_from("=i", data)[0]
                skip = 4 if kind == MSG_DONE else 20
                if kind == MSG_ERROR and not flags & CAPPED and error:
                    skip += struct.unpack_from("=I", data, 4)[0] - 16
                if error:
                    tlvs = dict(attributes(data[skip:])) if flags & ACK_TLVS else {}
                    raise Refused(error, tlvs)
                return

    def talk(self, message):
        seq = struct.unpack_from("=I", message, 8)[0]
        self.sock.send(message)
        return list(self.answers(seq))

    def do(self, op, attrs=(), **header):
        """The reply's attributes, or None for a mere ack"""
        message = self.message(self.spec.ops[op]["number"], self.spec.encode(op, attrs), **header)
        replies = self.talk(message)
        return self.spec.decode(self.spec.set_of(op), replies[0][2]) if replies else None

    def dump_raw(self, op, attrs=()):
        self.interrupted = False
        message = self.message(self.spec.ops[op]["number"], self.spec.encode(op, attrs),
                               flags=REQUEST | DUMP)
        return [data for _, _, data in self.talk(message)]

    def dump(self, op, attrs=()):
        return [self.spec.decode(self.spec.set_of(op), data) for data in self.dump_raw(op, attrs)]

    def stats(self):
        return self.dump("stats-get")[0]

    def generation(self):
        return self.stats()["generation"]

    def state(self):
        """All that is configured, byte by byte, with the generation in each message."""
        stats = self.stats()
        return tuple(tuple(self.dump_raw(f"{what}-get"))
                     for what in ("group", "rule", "member", "port", "platform", "list",
                                  "guard")), tuple(
                         stats[key] for key in ("generation", "groups", "ports", "members",
                                                "policies-compiled"))

    def join(self, group):
        self.sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, self.multicast[group])

    def events(self):
        """The events that are waiting: (name, attributes)"""
        self.sock.setblocking(False)
        try:
            while True:
                for _, _, _, data in self.receive():
                    name = self.spec.op_names[data[0]]
                    yield name, self.spec.decode(self.spec.set_of(name), data[4:])
        except BlockingIOError:
            return
        finally:
            self.sock.setblocking(True)
