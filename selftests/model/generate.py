# SPDX-License-Identifier: GPL-2.0
"""Random configurations, changes of them, and frames that are mostly about what is configured.

A generator keeps a Model of its own of what it has configured, to aim by; it does not ask it for verdicts.
"""

import ipaddress
import random

import packets
from model import IN, OTHER, OUT, Model, Prefix, packed
from packets import (ACK, ARP, AUTH, DESTINATION, FIN, GRE, HOP_BY_HOP, ICMP, ICMP6, IPV4, IPV6, PSH, ROUTING,
                     RST, SCTP, SYN, TCP, UDP, URG)

PORTS = "p0", "p1", "p2", "p3"
OWN = ["10.0.0.5", "10.0.0.6", "10.0.0.7", "192.168.1.5", "fd00::5", "fd00::6", "2001:db8::5",
       "203.0.113.9"]
MEMBERS = ["10.0.0.20", "10.0.0.21", "10.0.0.22", "172.16.3.4", "203.0.113.9", "192.0.2.9", "fd00::20",
           "fd00::21", "2001:db8::20", "2001:db8:9::9", "10.0.0.5", "fd00::5"]
CIDRS = ["0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/8", "10.0.0.20/32", "10.0.0.21", "192.0.2.0/24", "192.0.2.128/25",
         "203.0.113.8/30", "198.51.100.77/29", "128.0.0.0/1", "192.0.2.9", "172.16.0.0/12",
         "100.100.100.200", "::/0", "::/0", "fd00::/64", "fd00::20", "fd00::20/127", "2001:db8::/32",
         "2001:db8:9::/48", "2001:db8:0:1:8000::/65", "2001:db8::4/126", "8000::/1"]
LOCALS = ["10.0.0.0/24", "10.0.0.5", "10.0.0.4/31", "fd00::/64", "fd00::5", "2001:db8::5/128", "192.168.0.0/16"]
OTHERS = [packed(t) for t in (
    "192.0.2.9", "198.51.100.1", "8.8.8.8", "172.31.255.255", "172.32.0.0", "100.127.255.255",
    "100.128.0.0", "100.100.100.200", "100.100.100.199", "10.0.0.99", "0.0.0.0", "127.0.0.1", "169.254.1.1",
    "2001:db8:9::9", "2001:db9::1", "fe80::1", "fe80::5", "::", "::1", "fdff::1", "fe00::1", "febf::1",
    "fec0::1", "::ffff:10.0.0.5")]
GROUPS_TO = [packed(t) for t in ("224.0.0.251", "239.255.1.1", "255.255.255.255", "ff02::fb", "ff02::1:2", "ff0e::9")]
SLB = ["100.64.0.0/10", "203.0.113.128/25", "2001:db8:51b::/48", "192.0.2.9"]
PROBE = ["100.96.0.0/16", "198.51.100.0/24", "2001:db8:abc::/64", "fd00::21/128"]
MAIL = ["10.255.255.255", "11.0.0.0", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "192.167.255.255",
        "192.168.0.0", "192.169.0.0", "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"]
NUMBERS = [0, 1, 22, 25, 25, 53, 67, 68, 80, 80, 443, 443, 546, 547, 1000, 8080, 65535]
RANGES = ["22/22", "80/80", "80/90", "443/443", "1/65535", "1/1", "65535/65535", "1000/2000", "25/25", "67/68",
          "53", "8080/65535", "1/79"]
PROTOS = ["tcp", "tcp", "tcp", "udp", "udp", "icmp", "icmpv6", "gre", "all", "all", "6", "17", "0", "1", "58",
          "59", "132", "47", "253"]
TYPES = {4: (8, 8, 8, 0, 3, 13, 42), 6: (128, 128, 128, 129, 1, 139, 200)}
CODES = [0, 0, 1, 4, 255]
ETHERTYPES = [0x88cc, 0x8863, 0x9100, 0x0600, 0xffff]
FLAG_WALKS = [ACK] * 8 + [PSH | ACK] * 5 + [SYN] * 5 + [SYN | ACK] * 5 + [FIN | ACK, RST, RST | ACK, FIN | PSH,
              URG, SYN | 0xc0, SYN | PSH, PSH | URG | ACK, FIN | RST, SYN | ACK | 0xc0]
WRONG_FLAGS = [0, SYN | FIN, SYN | RST, SYN | FIN | ACK, 0xc0, 0xff, SYN | RST | ACK]


def text(address):
    return str(ipaddress.ip_address(address))


def mask(address, size):
    """Some address that shares so many first bits."""
    bits = len(address) * 8 - size
    number = int.from_bytes(address, "big") >> bits << bits
    return number, bits


class Flow:
    """A flow of a port; data is of the whole packet's transport, if it was cut into fragments."""

    def __init__(self, tags, proto, local, peer, lport, pport, opener):
        self.tags, self.proto, self.local, self.peer = tags, proto, local, peer
        self.lport, self.pport, self.opener = lport, pport, opener

    def ends(self, direction):
        """Source, destination, source port and destination port of its packets."""
        if direction == OUT:
            return self.local, self.peer, self.lport, self.pport
        return self.peer, self.local, self.pport, self.lport


class Generator:
    def __init__(self, seed, features, sides=("guest", "self")):
        self.r = random.Random(seed)
        self.features = frozenset(features)
        self.sides = sides
        self.start()

    def start(self):
        self.m = Model(self.features)
        self.flows, self.pending = {}, []
        self.left = {}  # groups that a port left, to join them again
        self.number = self.r.randrange(1, 1000)
        self.ident = self.r.randrange(1 << 16)
        self.names = []

    def has(self, feature):
        return feature in self.features

    def chance(self, p):
        return self.r.random() < p

    # Configurations

    def _do(self, lines, line):
        self.m.do(line)
        lines.append(line)

    def _rule(self, group, direction):
        """The words of a rule of a group, or None if it would be refused or exist."""
        r = self.r
        words = [r.choice(("allow", "allow", "deny"))]
        family = r.choice((4, 4, 6))
        proto = r.choice(PROTOS)
        if proto in ("1", "58"):
            proto = proto if r.random() < 0.5 else {"1": "icmp", "58": "icmpv6"}[proto]
        if proto in ("icmp", "1"):
            family = 4
        if proto in ("icmpv6", "58"):
            family = 6
        words.append(proto)
        if self.has("types") and proto in ("icmp", "1", "icmpv6", "58") and self.chance(0.5):
            words += ["type", str(r.choice(TYPES[family]))]
            if self.chance(0.4):
                words += ["code", str(r.choice(CODES))]
        if proto in ("tcp", "udp", "6", "17"):
            if self.m.port_lists and self.chance(0.25):
                words += ["port", "list", r.choice(sorted(self.m.port_lists))]
            elif self.chance(0.75):
                words += ["port", r.choice(RANGES)]
            if self.chance(0.2):
                words += ["sport", r.choice(RANGES)]
        peer, local = ("from", "to") if direction == IN else ("to", "from")
        vpc = self.m.groups[group].vpc
        others = [g.name for g in self.m.groups.values() if g.vpc == vpc and g.name != group]
        lists = [n for n, f in self.families.items() if f == family] if self.has("lists") else []
        what = r.random()
        if what < 0.3 and others:
            words += [peer, "group", r.choice(others)]
        elif what < 0.5 and lists:
            words += [peer, "prefix-list", r.choice(lists)]
        else:
            words += [peer, r.choice([c for c in CIDRS if (":" in c) == (family == 6)])]
        if self.chance(0.25):
            words += [local, r.choice([c for c in LOCALS if (":" in c) == (family == 6)])]
        if self.chance(0.7):
            words += ["priority", str(r.choice((1, 1, 2, 3, 50, 99, 100)))]
        return words

    def _rules(self, lines, group, count):
        for _ in range(count):
            direction = self.r.choice((IN, OUT))
            words = self._rule(group, direction)
            before = len(self.m.rules)
            # Ids in another order than that in which the rules come
            self.number += self.r.randrange(1, 9)
            number = self.number ^ self.r.randrange(4)
            if number in self.m.rules or not number:
                continue
            line = f"rule add {group} {direction} {' '.join(words)} id sgr-{number}"
            self.m.do(line)
            if len(self.m.rules) > before:
                lines.append(line)

    def _lists(self, lines):
        r = self.r
        self.families = {}
        if not self.has("lists"):
            return
        for n in range(r.randrange(3)):
            family = r.choice((4, 6))
            entries = self._prefixes(family, r.randrange(5))
            self.families[f"pl-{n}"] = family
            self._do(lines, f"prefix-list add pl-{n} family ipv{family} max 20" +
                     (f" entry {entries}" if entries else ""))
        for n in range(r.randrange(3)):
            entries = ",".join(sorted({e if "/" in e else f"{e}/{e}" for e in r.sample(RANGES, r.randrange(4))}))
            self._do(lines, f"port-list add prl-{n} max 10" + (f" entry {entries}" if entries else ""))

    def _prefixes(self, family, count):
        pool = [c for c in CIDRS if (":" in c) == (family == 6) and "/" in c and not c.endswith("/0")]
        return ",".join(sorted(set(self.r.sample(pool, count))))

    def _settings(self, side, addresses):
        """Words of a port's settings."""
        r, words = self.r, []
        words += ["smtp", r.choice(("deny", "allow", "private"))]
        if self.chance(0.5):
            words += ["trunk", r.choice(("on", "on", "off"))]
        if self.chance(0.3):
            words += ["ethertype", ",".join(f"{e:#06x}" for e in r.sample(
                ETHERTYPES[:3] + ([ARP] if self.has("platform") else []), r.randrange(1, 3)))]
        if self.has("guard") and addresses and self.chance(0.5):
            words += ["guard", r.choice(("on", "off"))]
        if self.has("pmtud") and self.chance(0.3):
            words += ["pmtud", r.choice(("open", "strict"))]
        if self.has("adopt") and self.chance(0.5):
            words += ["adopt", r.choice(("0", "910"))]
        if self.has("evict") and self.chance(0.3):
            words += ["sessions", str(r.choice((1, 3, 8, 20)))]
        if self.has("idle"):
            words += ["idle-closing", "15"]
            if self.chance(0.3):
                words += ["idle-established", str(r.choice((30, 60, 90, 910)))]
            if self.chance(0.3):
                words += ["idle-other", str(r.choice((30, 60, 910)))]
        return words

    def configuration(self):
        """Commands for an empty namespace."""
        r = self.r
        self.start()
        lines = []
        vpcs = r.choice(((0,), (0,), (0, 7)))
        for n in range(r.randrange(2, 6)):
            kind = r.choice(("basic", "basic", "enterprise"))
            name = ("4711/" if self.chance(0.2) else "") + f"sg-{n}"
            line = f"group add {name} type {kind} vpc {r.choice(vpcs)}"
            if kind == "basic" and self.chance(0.4):
                line += " internal drop"
            self._do(lines, line)
        self.names = sorted(self.m.groups)
        self._lists(lines)
        # As many rules that name lists might cost more than a port may have (R7).
        most = 15 if self.m.prefix_lists or self.m.port_lists else 60
        for name in self.names:
            self._rules(lines, name, r.choice((0, 2, 4, 8, most)))
            for address in r.sample(MEMBERS, r.randrange(4)):
                self._do(lines, f"member add {name} {address}")
        if self.has("platform"):
            for item in "arp", "neighbour", "mld", "dhcp", "pmtud", "metaserver", "slb", "probe":
                if self.chance(0.1):
                    self._do(lines, f"platform set {item} off")
        if self.has("slb"):
            for item, pool in ("slb", SLB), ("probe", PROBE):
                if self.chance(0.5):
                    self._do(lines, f"platform set {item} address " +
                             ",".join(sorted(r.sample(pool, r.randrange(1, 4)))))
        for port in PORTS[:r.choice((1, 2, 2, 3, 4))]:
            side = r.choice(self.sides)
            words = ["side", side]
            addresses = r.sample(OWN, r.randrange(4))
            if self.has("follow") and self.chance(0.15):
                for address in addresses:
                    if "." in address:
                        self._do(lines, f"device add {port} {address}")
                words += ["address", "follow"]
            elif addresses:
                words += ["address", ",".join(addresses)]
            groups = self._groups()
            if groups:
                words += ["group", ",".join(groups)]
            words += self._settings(side, addresses)
            self._do(lines, f"port add {port} {' '.join(words)}")
            self.flows[port] = []
        return lines

    def _groups(self, beside=()):
        """Groups that a port may be in together, with others in which it is."""
        if self.chance(0.06):
            return []
        first = self.m.groups[beside[0] if beside else self.r.choice(self.names)]
        fit = [g.name for g in self.m.groups.values()
               if (g.kind, g.vpc) == (first.kind, first.vpc) and g.name not in beside]
        return self.r.sample(fit, self.r.randrange(1, len(fit) + 1)) if fit else []

    def change(self):
        """Commands that change what there is."""
        lines = []
        for name in [name for name in self.left if self.chance(0.8)]:
            groups = self.left.pop(name)
            if not self.m.ports[name].groups:
                self._do(lines, f"port join {name} {','.join(groups)}")
        for _ in range(self.r.choice((1, 1, 2, 4))):
            self._one_change(lines)
        if lines and self.chance(0.4):
            lines.append(f"sessions {self.r.choice(('keep', 'revalidate', 'cut', 'cut'))}")
        return lines

    def _one_change(self, lines):
        r, m = self.r, self.m
        port = m.ports[r.choice(sorted(m.ports))]
        group = m.groups[r.choice(self.names)]
        what = r.randrange(12)
        if what == 0:
            if group.kind == "basic":
                self._do(lines, f"group set {group.name} internal {r.choice(('accept', 'drop'))}")
        elif what == 1:
            self._do(lines, f"member add {group.name} {r.choice(MEMBERS)}")
        elif what == 2:
            if group.members:
                address = text(r.choice(sorted(group.members)))
                self._do(lines, f"member del {group.name} {address}")
        elif what in (3, 4):
            self._rules(lines, group.name, 2)
        elif what in (5, 6):
            if m.rules:
                self._do(lines, f"rule del sgr-{r.choice(sorted(m.rules))}")
        elif what == 7:
            self._change_rule(lines)
        elif what == 8:
            groups = self._groups()
            if groups:
                self._do(lines, f"port move {port.name} to {','.join(groups)}")
        elif what == 9:
            more = self._groups(port.groups)
            if more and self.chance(0.5):
                self._do(lines, f"port join {port.name} {','.join(more)}")
            elif port.groups and self.chance(0.4):
                self.left[port.name] = list(port.groups)
                self._do(lines, f"port leave {port.name} {','.join(port.groups)}")
            elif len(port.groups) > 1:
                self._do(lines, f"port leave {port.name} {r.choice(port.groups)}")
        elif what == 10:
            if not port.follow:
                addresses = ",".join(r.sample(OWN, r.randrange(4))) or "none"
                words = ["address", addresses] if self.chance(0.4) else \
                    self._settings(port.side, port.addresses)
                if words:
                    self._do(lines, f"port set {port.name} {' '.join(words)}")
            else:
                have = m.device_addresses[port.name]
                own = [a for a in OWN if "." in a]
                address = r.choice(own)
                verb = "del" if packed(address) in have else "add"
                if not lines:  # it is not part of a transaction
                    self._do(lines, f"device {verb} {port.name} {address}")
        elif what == 11:
            self._change_list(lines)

    def _change_rule(self, lines):
        r, m = self.r, self.m
        if not m.rules:
            return
        rule = m.rules[r.choice(sorted(m.rules))]
        word = r.choice(("policy", "priority"))
        new = f"priority {r.randrange(1, 101)}" if word == "priority" else \
            ("allow" if rule.deny else "deny")
        old = rule.deny, rule.priority
        line = f"rule set sgr-{rule.number} {new}"
        m.do(line)
        if any(o is not rule and o.identity() == rule.identity() for o in m.rules.values()):
            rule.deny, rule.priority = old  # it exists already
        else:
            lines.append(line)

    def _change_list(self, lines):
        r, m = self.r, self.m
        if m.prefix_lists and self.chance(0.6):
            name = r.choice(sorted(m.prefix_lists))
            self._entry(lines, "prefix-list", name, m.prefix_lists[name],
                        self._prefixes(self.families[name], 1))
        elif m.port_lists:
            name = r.choice(sorted(m.port_lists))
            entry = r.choice(RANGES)
            self._entry(lines, "port-list", name, m.port_lists[name],
                        entry if "/" in entry else f"{entry}/{entry}")

    def _entry(self, lines, noun, name, entries, entry):
        prefix = Prefix(entry) if noun == "prefix-list" else None
        key = prefix.key() if prefix else tuple(map(int, entry.split("/")))
        verb = "del" if key in entries else "add"
        self._do(lines, f"{noun} entry {verb} {name} {entry}")

    # Addresses and ports to aim at

    def _in(self, prefix):
        """At the edges of a prefix, just outside, or within."""
        size = prefix.bytes * 8
        first = prefix.bits << prefix.rest
        last = first + (1 << prefix.rest) - 1
        number = self.r.choice((first, last, first, last, first - 1, last + 1,
                                self.r.randrange(first, last + 1)))
        return (number % (1 << size)).to_bytes(prefix.bytes, "big")

    def _aim(self, want, fallback):
        """An address for what a rule wants of one."""
        m, r = self.m, self.r
        if isinstance(want, Prefix):
            return self._in(want)
        if want is not None:
            kind, name = want
            if kind == "group":
                members = sorted(m.groups[name].members) + sorted(
                    a for p in m.ports.values() if name in p.groups for a in p.addresses)
                if members:
                    return r.choice(members)
            elif m.prefix_lists[name]:
                return self._in(r.choice(sorted(m.prefix_lists[name].values(), key=Prefix.key)))
        return fallback()

    def _number(self, want):
        r = self.r
        if isinstance(want, str):
            entries = sorted(self.m.port_lists[want])
            want = r.choice(entries) if entries else None
        if want is None:
            return r.choice(NUMBERS) if self.chance(0.6) else r.randrange(65536)
        first, last = want
        return r.choice((first, last, first - 1, last + 1, r.randint(first, last))) % 65536

    def _own(self, port):
        if port.addresses and self.chance(0.85):
            return self.r.choice(sorted(port.addresses))
        return packed(self.r.choice(OWN))

    def _anyone(self, port):
        """A peer."""
        r, m = self.r, self.m
        what = r.random()
        if what < 0.25 and port.groups:
            group = r.choice(port.groups)
            members = sorted(m.groups[group].members) + sorted(
                a for p in m.ports.values() if group in p.groups for a in p.addresses)
            if members:
                return r.choice(members)
        if what < 0.4:
            sources = m.sources["slb"] + m.sources["probe"]
            if sources:
                return self._in(r.choice(sources))
        if what < 0.5:
            return packed("100.100.100.200")
        if what < 0.75:
            return packed(r.choice(MEMBERS))
        return r.choice(OTHERS)

    # Frames

    def frames(self, count):
        """So many, as triples of port, direction and frame."""
        out = []
        ports = [self.m.ports[name] for name in sorted(self.m.ports)]
        while len(out) < count:
            if self.pending and self.chance(0.4):
                at = self.r.randrange(min(3, len(self.pending)))
                out.append(self.pending.pop(at))
                continue
            port = self.r.choice(ports)
            out.append(self._one(port))
        return out

    def _one(self, port):
        r = self.r
        what = r.random()
        flows = self.flows[port.name]
        if what < 0.42 and flows:
            flow = r.choice(flows)
            direction = r.choice((IN, OUT))
            return self._emit(port, direction, flow, *self._transport(flow, direction, False))
        if what < 0.76:
            return self._begin(port)
        if what < 0.84:
            return self._platform(port)
        if what < 0.87:
            return self._link(port)
        if what < 0.92 and flows:
            # Of those that a port itself opens most live
            likely = [f for f in flows if f.opener == OUT and f.proto in (TCP, UDP, ICMP, ICMP6)]
            return self._error(port, r.choice(likely or flows))
        if what < 0.95:
            return self._fragments(port)
        return self._malformed(port)

    def _tags(self, port):
        if self.chance(0.85) or port.side == "guest" and not port.trunk and self.chance(0.8):
            return ()
        return self.r.choice(((7,), (8,), (0,), (7, 8), (8, 7), (7, 7)))

    def _new_flow(self, port):
        r, m = self.r, self.m
        direction = r.choice((IN, OUT))
        rules = m.rules_of(port, direction)
        rule = r.choice(rules) if rules and self.chance(0.7) else None
        proto = rule.proto if rule else None
        if proto is None or self.chance(0.07):
            proto = r.choice((TCP, TCP, TCP, UDP, UDP, ICMP, ICMP6, GRE, SCTP, 0, 59, 253, 50))
        local = self._aim(rule.local if rule else None, lambda: self._own(port))
        peer = self._aim(rule.peer if rule else None, lambda: self._anyone(port))
        for _ in range(8):
            if len(local) == len(peer):
                break
            if r.random() < 0.5 and not (rule and isinstance(rule.peer, Prefix)):
                peer = self._anyone(port)
            else:
                local = self._own(port)
        if len(local) != len(peer):
            local = packed("10.0.0.5" if len(peer) == 4 else "fd00::5")
        if proto == ICMP and len(local) == 16 and self.chance(0.9):
            proto = ICMP6
        elif proto == ICMP6 and len(local) == 4 and self.chance(0.9):
            proto = ICMP
        sport, dport = (self._number(rule.sport), self._number(rule.port)) if rule else \
            (r.randrange(1, 65536), self._number(None))
        if proto in (ICMP, ICMP6):
            sport = dport = r.randrange(65536)
        if direction == OUT and self.chance(0.06):
            proto, dport = TCP, 25
            if len(local) == 4 and self.chance(0.5):
                peer = packed(r.choice(MAIL))
        ports = (dport, sport) if direction == IN else (sport, dport)
        flow = Flow(self._tags(port), proto, local, peer, *ports, direction)
        flows = self.flows[port.name]
        if flows and self.chance(0.1):
            flow = self._near(r.choice(flows))
        if len(flows) >= 30:
            flows[r.randrange(30)] = flow
        else:
            flows.append(flow)
        return flow

    def _near(self, flow):
        """One that differs from another in one part of a session's key."""
        tags, local, peer, lport, pport = flow.tags, flow.local, flow.peer, flow.lport, flow.pport
        what = self.r.randrange(6)
        if what == 0:
            tags = tags[:-1] + (tags[-1] ^ 1,) if tags else (7,)
        elif what == 1:
            tags = (tags[0] ^ 1, *tags[1:]) if tags else (7, 8)
        elif what == 2:
            local = local[:-1] + bytes([local[-1] ^ 1])
        elif what == 3:
            peer = peer[:-1] + bytes([peer[-1] ^ 1])
        elif what == 4:
            lport ^= 1
        else:
            pport ^= 1
        if flow.proto in (ICMP, ICMP6):
            pport = lport
        return Flow(tags, flow.proto, local, peer, lport, pport, flow.opener)

    def _begin(self, port):
        flow = self._new_flow(port)
        return self._emit(port, flow.opener, flow, *self._transport(flow, flow.opener, True))

    def _transport(self, flow, direction, first):
        """The protocol's bytes, and its number."""
        r = self.r
        src, dst, sport, dport = flow.ends(direction)
        if flow.proto == TCP:
            flags = r.choice((SYN, SYN, SYN, SYN, SYN, SYN | 0xc0, ACK, SYN | ACK)) if first else \
                r.choice(FLAG_WALKS)
            if flags & FIN and not self.has("idle") and self.chance(0.5):
                flags = ACK
            return packets.tcp(src, dst, sport, dport, flags, bytes(r.randrange(4))), TCP
        if flow.proto == UDP:
            return packets.udp(src, dst, sport, dport, bytes(r.randrange(4))), UDP
        if (flow.proto, len(src)) in ((ICMP, 4), (ICMP6, 16)):
            request = direction == flow.opener
            if self.chance(0.15):
                request = not request
            kind = (8 if request else 0) if len(src) == 4 else (128 if request else 129)
            code = r.choice(CODES) if self.chance(0.2) else 0
            rest = (flow.lport).to_bytes(2, "big") + bytes(r.randrange(2, 6))
            if self.chance(0.1):
                kind = r.choice((3, 11, 12, 13, 4, 42) if len(src) == 4 else (1, 3, 4, 139, 200))
            return packets.icmp(src, dst, kind, code, rest), flow.proto
        return bytes(r.choice((0, 4, 16))), flow.proto

    def _emit(self, port, direction, flow, data, proto, **more):
        r = self.r
        src, dst, _, _ = flow.ends(direction)
        if self.chance(0.03) and not more:
            dst = r.choice([g for g in GROUPS_TO if len(g) == len(src)])
            data = data[:]
        if self.chance(0.06) and not more and len(src) == 16:
            more["ext"] = self._extensions()
        if self.chance(0.03) and not more and len(src) == 4:
            more["options"] = r.choice((b"\1\1\1\1", b"\x94\4\0\0", b"\7\7\4\0\0\0\0\0", b"\0\xff\3\4"))
        payload = packets.packet(src, dst, proto, data, **more) + bytes(r.choice((0, 0, 0, 6)))
        mac = packets.link_address(dst)
        if self.chance(0.02):
            mac = r.choice((b"\xff" * 6, b"\1\0\x5e\0\0\1", packets.STATION))
        return port.name, direction, packets.frame(payload, IPV4 if len(src) == 4 else IPV6, flow.tags, mac)

    def _extensions(self):
        r = self.r
        out = []
        if self.chance(0.4):
            out.append((HOP_BY_HOP, b"\0" + bytes(6)))
        for _ in range(r.choice((0, 1, 1, 2, 7, 8))):
            out.append(r.choice((
                (DESTINATION, b"\0" + bytes(6)), (DESTINATION, b"\3" + bytes(30)),
                (ROUTING, b"\0" + bytes([r.choice((2, 3, 4))]) + bytes(5)),
                (AUTH, b"\4" + bytes(22)), (AUTH, b"\2" + bytes(14)),
                packets.fragment_header(0, 0, 5))))
        if self.chance(0.15):
            out.insert(r.randrange(len(out) + 1), r.choice((
                (ROUTING, bytes(7)), (HOP_BY_HOP, bytes(7)), (DESTINATION, b"\x1f" + bytes(254)),
                (DESTINATION, b"\x20" + bytes(262)), (DESTINATION, b"\xff" + bytes(6)))))
        return out

    def _platform(self, port):
        """P1, P5 and what guests never send, right and almost right."""
        r = self.r
        direction = r.choice((IN, OUT))
        what = r.randrange(6)
        own, peer = self._own(port), self._anyone(port)
        if what == 0:
            own4 = own if len(own) == 4 else packed("10.0.0.5")
            sender = r.choice((own4, own4, bytes(4), packed("10.0.0.99")))
            data = packets.arp(sender, packed("192.0.2.9"), r.choice((1, 2)))
            if self.chance(0.15):
                data = r.choice((data[:27], data[:8], b"\0\2" + data[2:], data + bytes(18)))
            return port.name, direction, packets.frame(data, ARP, self._tags(port), b"\xff" * 6)
        if what == 1:
            ports = r.choice(((68, 67), (67, 68), (546, 547), (547, 546), (67, 67), (68, 68), (546, 546)))
            six = ports[0] > 500 if self.chance(0.95) else ports[0] < 500
            if six:
                src, dst = r.choice(((packed("fe80::5"), packed("ff02::1:2")), (packed("fe80::1"), packed("fe80::5")),
                                     (packed("fd00::5"), packed("ff02::1:2"))))
            else:
                src, dst = r.choice(((bytes(4), b"\xff" * 4), (packed("10.0.0.5"), packed("10.0.0.1")),
                                     (packed("10.0.0.1"), b"\xff" * 4)))
            data, proto, hops, more = packets.udp(src, dst, *ports, bytes(4)), UDP, 64, {}
        elif what in (2, 3):
            kind = r.choice((133, 134, 135, 135, 136, 136, 137))
            own6 = own if len(own) == 16 else packed("fd00::5")
            src = r.choice((own6, packed("fe80::5"), bytes(16), packed("fd00::99")))
            dst = r.choice((packed("ff02::1"), packed("fe80::1"), packed("ff02::1:ff00:5")))
            target = r.choice((own6, own6, packed("fe80::5"), packed("fd00::99"), packed("2001:db8::5")))
            rest = {133: bytes(4), 134: bytes(12), 137: bytes(4) + target * 2}.get(kind, bytes(4) + target)
            data = packets.icmp(src, dst, kind, r.choice((0, 0, 0, 0, 0, 0, 0, 1)), rest)
            proto, hops, more = ICMP6, r.choice((255, 255, 255, 255, 254, 1)), {}
        elif what == 4:
            src = r.choice((packed("fe80::5"), bytes(16), packed("fd00::5"), packed("fd00::99")))
            dst = packed("ff02::16")
            kind = r.choice((130, 131, 132, 143, 142))
            data = packets.icmp(src, dst, kind, 0, bytes(4) + packed("ff02::1:3"))
            proto, hops, more = ICMP6, r.choice((1, 1, 1, 2, 255)), {}
        else:
            src, dst = (peer, own) if direction == IN else (own, peer)
            if len(src) != len(dst):
                src, dst = packed("10.0.0.5"), packed("192.0.2.9")
            kind, code = r.choice(((3, 4), (3, 4), (5, 1), (3, 3), (4, 4))) if len(src) == 4 else \
                r.choice(((2, 0), (2, 0), (137, 0), (3, 0)))
            data = packets.icmp(src, dst, kind, code, bytes(32))
            proto, hops, more = ICMP if len(src) == 4 else ICMP6, 64, {}
        if len(src) == 16 and self.chance(0.05):
            more["ext"] = [packets.fragment_header(0, 0, 6)]
        payload = packets.packet(src, dst, proto, data, hops=hops, **more)
        return port.name, direction, packets.frame(payload, IPV4 if len(src) == 4 else IPV6, self._tags(port),
                                                   packets.link_address(dst))

    def _link(self, port):
        """E0: what is not IP, tags in all numbers."""
        r = self.r
        direction = r.choice((IN, OUT))
        tags = self._tags(port)
        if self.chance(0.3) and (port.side == "self" or port.trunk):
            tags = r.choice(((7, 8, 9), (1, 1, 1, 1)))
        kind = r.choice((*ETHERTYPES, IPV4, IPV6, 46))
        data = r.choice((bytes(46), b"\x45" + bytes(45), b"\x60" + bytes(59), b"\x42\x42\3" + bytes(43)))
        return port.name, direction, packets.frame(data, kind, tags)

    def _error(self, port, flow):
        """E4: an ICMP error about a flow, forged in some part or not."""
        r = self.r
        direction = r.choice((IN, OUT))
        way = OTHER[direction]
        data, proto = self._transport(flow, way, self.chance(0.5))
        src, dst, sport, dport = flow.ends(way)
        outer_dst, tags = src, flow.tags
        forge = r.randrange(24)
        other = packed("10.0.0.98") if len(src) == 4 else packed("fd00::98")
        if forge == 0:
            outer_dst = other
        elif forge == 1:
            dst = other
        elif forge == 2:
            src = other
        elif forge == 3 and proto in (TCP, UDP):
            data = ((sport + 1) % 65536).to_bytes(2, "big") + data[2:]
        elif forge == 4 and proto in (TCP, UDP):
            data = data[:2] + ((dport + 1) % 65536).to_bytes(2, "big") + data[4:]
        elif forge == 5:
            tags = () if tags else (7,)
        elif forge == 6:
            src, dst = dst, src
        elif forge == 7:
            dst = packed("224.0.0.1") if len(src) == 4 else packed("ff02::1")
        data = data[:r.choice((8, 8, 20, 64, 7))]
        more = {}
        if forge == 8:
            more["version"] = 5
        elif forge == 9:
            if len(src) == 4:
                more["where"] = r.choice((0x2000, 0x2, 0x2002))
            else:
                more["ext"] = [packets.fragment_header(r.choice((0, 8)), 1, 7)]
        elif forge == 10:
            more["total"] = 1400
        elif forge == 11 and len(src) == 16:
            more["ext"] = [(DESTINATION, b"\0" + bytes(6))]
        inner = packets.packet(src, dst, proto, data, **more)
        if self.chance(0.05):
            inner = inner[:r.randrange(len(inner))]
        sender = r.choice((dst if len(dst) == len(outer_dst) and not packets.is_multicast(dst) else other, other))
        kind, code = r.choice(((3, 1), (3, 3), (3, 4), (11, 0), (12, 0), (5, 1), (4, 0))) if len(src) == 4 else \
            r.choice(((1, 0), (2, 0), (3, 0), (4, 1), (1, 4), (137, 0), (100, 0)))
        proto = ICMP if len(src) == 4 else ICMP6
        message = packets.icmp(sender, outer_dst, kind, code, bytes(4) + inner)
        payload = packets.packet(sender, outer_dst, proto, message)
        return port.name, direction, packets.frame(payload, IPV4 if len(src) == 4 else IPV6, tags)

    def _fragments(self, port):
        """S11: a datagram in pieces; the first one that is sent now, the others soon."""
        r = self.r
        flows = self.flows[port.name]
        flow = r.choice(flows) if flows and self.chance(0.6) else self._new_flow(port)
        direction = flow.opener if self.chance(0.7) else OTHER[flow.opener]
        src, dst, sport, dport = flow.ends(direction)
        size = 8 * r.randrange(3, 12) + r.choice((0, 0, 1, 5))
        if flow.proto == TCP:
            data = packets.tcp(src, dst, sport, dport, r.choice((SYN, ACK, PSH | ACK)), bytes(size))
        elif flow.proto == UDP:
            data = packets.udp(src, dst, sport, dport, bytes(size))
        elif flow.proto in (ICMP, ICMP6):
            data, _ = self._transport(flow, direction, True)
            data += bytes(size)
        else:
            data = bytes(size)
        cuts = sorted({8 * r.randrange(1, len(data) // 8 + 1) for _ in range(r.randrange(1, 4))} - {len(data)})
        if self.chance(0.7):
            cuts = [c for c in cuts if c >= 24] or [24]
        pieces = list(zip([0, *cuts], [*cuts, len(data)]))
        pieces = [(a, b, b < len(data)) for a, b in pieces if a < b]
        self.ident = (self.ident + 1) % 65536
        ident = self.ident if self.chance(0.95) else 5
        what = r.randrange(10)
        if what == 0:
            r.shuffle(pieces)
        elif what == 1:
            del pieces[0]
        elif what == 2:
            pieces.append(r.choice(pieces))
        elif what == 3 and len(pieces) > 1:  # into what was there before
            a, b, more = pieces[-1]
            pieces.insert(r.randrange(1, len(pieces) + 1), (max(8, a - 8), b, more))
        elif what == 4:
            pieces.insert(r.randrange(1, len(pieces) + 1), (8, 24, True))
        elif what == 5:
            pieces = pieces[:1] + [(8 * n, 8 * n + 8, True) for n in range(9, 9 + 2 * r.choice((6, 8, 9)), 2)]
        elif what == 6:
            pieces.append((0x1fff * 8, 0x1fff * 8 + r.choice((7, 8, 30)), False))
        elif what == 7:
            a, b, more = pieces[0]
            pieces[0] = a, b - r.choice((1, 4)) if b - a > 8 else b, more
        out = []
        for begin, end, more in pieces:
            part = data[begin:end]
            part += bytes(end - begin - len(part))
            shape = {"where": (0x2000 if more else 0) | begin // 8, "ident": ident} if len(src) == 4 else \
                {"ext": [packets.fragment_header(begin, more, ident)]}
            payload = packets.packet(src, dst, flow.proto, part, **shape)
            kind = IPV4 if len(src) == 4 else IPV6
            out.append((port.name, direction, packets.frame(payload, kind, flow.tags,
                                                            packets.link_address(dst))))
        if not out:
            return self._begin(port)
        self.pending += out[1:]
        return out[0]

    def _malformed(self, port):
        """E0: whatever is wrong with a packet."""
        r = self.r
        flow = self._new_flow(port)
        direction = flow.opener
        src, dst, sport, dport = flow.ends(direction)
        data, proto = self._transport(flow, direction, True)
        more = {}
        what = r.randrange(8)
        if what == 0:
            data = packets.tcp(src, dst, sport, dport, r.choice(WRONG_FLAGS))
            proto = TCP
        elif what == 1:
            data = packets.tcp(src, dst, sport, dport, SYN, bytes(r.choice((0, 40))), r.choice((0, 4, 6, 15)))
            proto = TCP
        elif what == 2:
            data = packets.udp(src, dst, sport, dport, bytes(4), r.choice((0, 7, 8, 11, 12, 13, 65535)))
            proto = UDP
        elif what == 3:
            data = data[:r.choice((0, 1, 4, 7, 8, 11, 19, 20))]
        elif what == 4:
            more["version"] = r.choice((0, 4, 5, 6, 15))
        elif what == 5:
            more["total"] = len(data) + r.choice((-21, -1, 0, 1, 19, 20, 21, 40, 1000))
            if more["total"] < 0:
                more["total"] = 0
        elif what == 6:
            if len(src) == 4:
                more["options"] = bytes.fromhex(r.choice((
                    "83070400000000 00", "89070400000000 00", "07010000", "07000000", "07050000", "01010107",
                    "0707ff00", "00830304", "94040000 89030400", "01" * 40)))
            else:
                more["ext"] = self._extensions()
        elif len(src) == 4:
            if self.chance(0.5):
                more["words"] = r.choice((0, 4, 6, 15))
            else:
                size = r.choice((1, 2, 4, 255))
                data = bytes([proto, size]) + bytes(10 + 4 * r.choice((0, 1, 3))) + data
                proto = AUTH
        payload = packets.packet(src, dst, proto, data, **more)
        if self.chance(0.1):
            # The kernel itself drops a tagged frame with less than two bytes
            payload = payload[:r.randrange(2 if flow.tags else 0, len(payload))]
        return port.name, direction, packets.frame(payload, IPV4 if len(src) == 4 else IPV6, flow.tags,
                                                   packets.link_address(dst))
