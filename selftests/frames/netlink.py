# SPDX-License-Identifier: GPL-2.0
"""sgnl's netlink family, spoken from the spec: numbers, names and types are read from sgnl.yaml."""

import contextlib
import functools
import ipaddress
import os
import re
import socket
import struct

SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../uapi/specs/sgnl.yaml")

NETLINK_GENERIC, SOL_NETLINK = 16, 270
NETLINK_ADD_MEMBERSHIP, NETLINK_EXT_ACK = 1, 11
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP_INTR, NLM_F_DUMP = 0x1, 0x4, 0x10, 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE, NLMSGERR_ATTR_MSG = 2, 3, 1
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 1, 2, 7
NUMBERS = {"u8": "B", "u16": "=H", "u32": "=I", "u64": "=Q"}


class Spec:
    """Enums, attribute sets and commands of the spec, each in its order."""

    def __init__(self, path=SPEC):
        self.enum, self.attrs, self.commands, self.set_of = {}, {}, {}, {}
        keys = "name|type|multi-attr|entries|enum|nested-attributes|attribute-set"
        section = ""
        with open(path, encoding="utf-8") as spec:
            for line in spec:
                if m := re.match(r"([\w-]+):", line):
                    section = m[1]
                elif m := re.match(rf"( +)({keys}): (.*)", line):
                    self._line(section, len(m[1]), m[2], m[3])
        self.by_number = {name: {a["number"]: key for key, a in attrs.items()}
                          for name, attrs in self.attrs.items()}

    def _line(self, section, indent, key, value):
        if section == "definitions":
            if indent == 4 and key == "name":
                self._enum = self.enum.setdefault(value, [])
            elif key == "entries":
                self._enum += value.strip("[] ").split(", ")
            elif indent == 8 and key == "name":
                self._enum.append(value)
        elif section == "attribute-sets":
            if indent == 4 and key == "name":
                self._attrs = self.attrs.setdefault(value, {})
            elif indent == 8 and key == "name":
                self._attr = self._attrs.setdefault(value, {"number": len(self._attrs) + 1})
            elif indent == 8:
                self._attr[key] = value
        elif section == "operations" and indent == 6:
            if key == "name":
                self._command = value
                self.commands[value] = len(self.commands) + 1
            elif key == "attribute-set":
                self.set_of[self._command] = value

    def encode(self, name, values):
        """A dictionary as attributes of the set; lists become several of a kind."""
        out = bytearray()
        for key, value in values.items():
            attr = self.attrs[name][key.replace("_", "-")]
            if value is None or value is False and attr["type"] == "flag":
                continue
            for v in value if isinstance(value, (list, tuple)) else [value]:
                if "enum" in attr and isinstance(v, str):
                    v = self.enum[attr["enum"]].index(v)
                if attr["type"] in NUMBERS:
                    data = struct.pack(NUMBERS[attr["type"]], v)
                elif attr["type"] == "string":
                    data = v.encode() + b"\0"
                elif attr["type"] == "flag":
                    data = b""
                else:
                    data = v if isinstance(v, bytes) else ipaddress.ip_address(v).packed
                out += struct.pack("=HH", 4 + len(data), attr["number"]) + data
                out += bytes(-len(data) % 4)
        return bytes(out)

    @functools.lru_cache(maxsize=1 << 14)  # of many counters few have changed
    def decode(self, name, data):
        """Attributes of the set as a dictionary, not to be changed; those that may be there several
        times as lists."""
        out = {}
        for number, payload in attributes(data):
            key = self.by_number[name].get(number)
            if key is None:
                raise ValueError(f"{name}: attribute {number} is not in the spec")
            attr = self.attrs[name][key]
            kind = attr["type"]
            if kind == "pad":
                continue
            if kind in NUMBERS:
                value = struct.unpack(NUMBERS[kind], payload)[0]
                if "enum" in attr:
                    value = self.enum[attr["enum"]][value]
            elif kind == "string":
                value = payload.rstrip(b"\0").decode()
            elif kind == "flag":
                value = True
            elif kind == "nest":
                value = self.decode(attr["nested-attributes"], payload)
            else:
                value = payload
                if key.endswith("address"):
                    value = str(ipaddress.ip_address(payload))
            if attr.get("multi-attr") == "true":
                out.setdefault(key, []).append(value)
            else:
                out[key] = value
        return out


def attributes(data):
    at = 0
    while at + 4 <= len(data):
        size, number = struct.unpack_from("=HH", data, at)
        yield number & 0x3fff, data[at + 4:at + size]
        at += (size + 3) & ~3


class Refused(OSError):
    """The kernel's error, with its text."""


class Netlink:
    """A socket of the family, in the network namespace that the caller is in."""

    def __init__(self, spec=None):
        self.spec = spec or Spec()
        self.seq = 0
        self.buffer = bytearray(1 << 16)  # once: memory is dear in an emulated machine
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        name = struct.pack("=HH", 9, CTRL_ATTR_FAMILY_NAME) + b"sgnl\0\0\0\0"
        self._send(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, name, NLM_F_ACK)
        family = dict(attributes(self._receive()[0]))
        self.family = struct.unpack("=H", family[CTRL_ATTR_FAMILY_ID])[0]
        self.groups = {}
        for _, group in attributes(family[CTRL_ATTR_MCAST_GROUPS]):
            parts = dict(attributes(group))
            self.groups[parts[1].rstrip(b"\0").decode()] = struct.unpack("=I", parts[2])[0]

    def _send(self, kind, command, data, flags):
        self.seq += 1
        self.sock.send(struct.pack("=IHHIIBBH", 20 + len(data), kind, NLM_F_REQUEST | flags,
                                   self.seq, 0, command, 1, 0) + data)

    def _receive(self):
        """What came as answer up to its end: an acknowledgement, or the end of a dump."""
        out, again = [], False
        while True:
            data = bytes(memoryview(self.buffer)[:self.sock.recv_into(self.buffer)])
            at = 0
            while at < len(data):
                size, kind, flags, seq, _ = struct.unpack_from("=IHHII", data, at)
                body = data[at + 16:at + size]
                at += (size + 3) & ~3
                if seq != self.seq:
                    continue
                again |= bool(flags & NLM_F_DUMP_INTR)
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    error = struct.unpack_from("=i", body)[0]
                    if error:
                        raise Refused(-error, self._text(kind, flags, body) or os.strerror(-error))
                    return None if again else out
                out.append(body[4:])

    @staticmethod
    def _text(kind, flags, body):
        if kind != NLMSG_ERROR or not flags & NLM_F_ACK_TLVS:
            return ""
        at = 20 if flags & NLM_F_CAPPED else 4 + struct.unpack_from("=I", body, 4)[0]
        return dict(attributes(body[at:])).get(NLMSGERR_ATTR_MSG, b"").rstrip(b"\0").decode()

    def ask(self, command, **values):
        """A request; the attributes of its reply as they are."""
        name = self.spec.set_of[command]
        self._send(self.family, self.spec.commands[command], self.spec.encode(name, values),
                   NLM_F_ACK)
        replies = self._receive()
        return replies[0] if replies else b""

    def do(self, command, **values):
        """A request; its reply, or an empty dictionary."""
        return self.spec.decode(self.spec.set_of[command], self.ask(command, **values))

    @contextlib.contextmanager
    def transaction(self, sessions=None):
        """What is changed in here comes into force together; sessions: keep, revalidate or cut."""
        self.do("txn-begin")
        try:
            yield
        except BaseException:
            self.do("txn-abort")
            raise
        self.do("txn-commit", sessions=sessions)

    @contextlib.contextmanager
    def preview(self):
        """A list that gets the sessions that cut would end, if what is changed in here came into force."""
        found = []
        self.do("txn-begin")
        try:
            yield found
            found += self.dump("session-preview")
        finally:
            self.do("txn-abort")

    def clear(self):
        """Leaves no port, no group, nothing."""
        ports, groups, rules = (self.dump(f"{noun}-get") for noun in ("port", "group", "rule"))
        members = [m for m in self.dump("member-get") if m.get("explicit")]
        lists = {entry["name"] for entry in self.dump("list-get")}
        items = [i for i in self.dump("platform-get") if not i["switch"] or i.get("prefix")]
        with self.transaction():
            for port in ports:
                self.do("port-del", ifindex=port["ifindex"])
            for rule in rules:
                self.do("rule-del", id=rule["id"])
            for member in members:
                self.do("member-del", group=member["group"], address=member["address"])
            for group in groups:
                self.do("group-del", name=group["name"])
            for item in items:
                self.do("platform-set", item=item["item"], switch=1, clear_prefix=bool(item.get("prefix")))
            for name in lists:
                self.do("list-del", name=name)

    def dump(self, command, **values):
        """All objects of a kind; begun again if they changed meanwhile."""
        name = self.spec.set_of[command]
        while True:
            self._send(self.family, self.spec.commands[command], self.spec.encode(name, values),
                       NLM_F_DUMP)
            replies = self._receive()
            if replies is not None:
                return [self.spec.decode(name, reply) for reply in replies]

    def count(self, command, **values):
        """How many objects a dump has, which is read to its end and not kept."""
        name = self.spec.set_of[command]
        self._send(self.family, self.spec.commands[command], self.spec.encode(name, values), NLM_F_DUMP)
        count = 0
        while True:
            got, at = self.sock.recv_into(self.buffer), 0
            while at < got:
                size, kind = struct.unpack_from("=IH", self.buffer, at)
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    return count
                count += 1
                at += (size + 3) & ~3

    def listen(self, group):
        """From now on events() has what comes to the multicast group."""
        self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, self.groups[group])

    def events(self):
        """The events that are there: pairs of a name and what is in it."""
        names = {number: name for name, number in self.spec.commands.items()}
        out = []
        while True:
            try:
                size = self.sock.recv_into(self.buffer, 0, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return out
            data = bytes(memoryview(self.buffer)[:size])
            at = 0
            while at < len(data):
                size = struct.unpack_from("=I", data, at)[0]
                name = names[data[at + 16]]
                out.append((name, self.spec.decode(self.spec.set_of[name],
                                                   data[at + 20:at + size])))
                at += (size + 3) & ~3
