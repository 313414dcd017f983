# SPDX-License-Identifier: GPL-2.0
"""What sgnl decides, once more: a plain scan, written from the semantics and sharing nothing with the module.

A Model is told the same commands as the tool and the same packets as the module, and answers with
verdict, reason and rule. Time is a number that whoever asks sets; a pair of them is "between these".
"""

import collections
import ipaddress

import packets
from packets import ACK, ARP, FIN, ICMP, ICMP6, IPV4, IPV6, RST, SYN, TCP, UDP, Malformed

IN, OUT = "in", "out"
OTHER = {IN: OUT, OUT: IN}
PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv4": ICMP, "icmpv6": ICMP6, "gre": 47, "all": None}
PASSING = frozenset("not-ip arp pmtud metaserver neighbour mld dhcp session member rule-allow "
                    "default-allow related slb probe".split())
PLATFORM = "arp neighbour mld dhcp pmtud metaserver slb probe".split()
SWEEP = 70  # seconds that an ended session may hold its room
OPENING = "metaserver", "slb", "probe"  # platform traffic that opens sessions
METASERVER = ipaddress.ip_address("100.100.100.200").packed
# What not every tree has; SEMANTICS has all of them.
FEATURES = "lists guard follow related pmtud fragments adopt idle evict platform slb types".split()

Verdict = collections.namedtuple("Verdict", "passed reason rule", defaults=(None,))


class Uncertain(Exception):
    """It depends on when exactly the packet came; nothing can be said."""


def packed(text):
    return ipaddress.ip_address(text).packed


class Prefix:
    """An address range by its first bits; host bits do not matter (R4)."""

    def __init__(self, text):
        address, _, size = text.partition("/")
        data = packed(address)
        self.bytes = len(data)
        self.size = int(size) if size else len(data) * 8
        self.rest = len(data) * 8 - self.size
        self.bits = int.from_bytes(data, "big") >> self.rest

    def __contains__(self, address):
        return len(address) == self.bytes and int.from_bytes(address, "big") >> self.rest == self.bits

    def key(self):
        return self.bytes, self.size, self.bits


PRIVATE = [Prefix(t) for t in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                               "fc00::/7")]
LINK_LOCAL = Prefix("fe80::/10")


def is_link_local(address):
    return address in LINK_LOCAL


class Group:
    def __init__(self, name, kind, accept, vpc):
        self.name, self.kind, self.accept, self.vpc = name, kind, accept, vpc
        self.members = set()  # those that `member add` made
        self.version = 0  # of its rules


class Rule:
    def __init__(self, number, group, direction):
        self.number, self.group, self.direction = number, group, direction
        self.deny, self.priority, self.proto = False, 1, None
        # A range, or the name of a list, or None for all; a Prefix, or ("group"|"list", name)
        self.port = self.sport = self.peer = self.local = None
        self.type = self.code = None  # of ICMP

    def order(self):
        return self.priority, not self.deny, self.number

    def identity(self):
        def of(x):
            return x.key() if isinstance(x, Prefix) else x
        return (self.group, self.direction, self.deny, self.priority, self.proto, self.port, self.sport,
                of(self.peer), of(self.local), self.type, self.code)


class Session:
    def __init__(self, opener, reason, rule, now, port):
        self.opener, self.reason, self.rule = opener, reason, rule
        self.opened = self.last = now
        self.answered, self.fins, self.resets = False, set(), set()
        self.room = None  # since when it is one of the first to go: a number that grows
        self.limits = port.idle["established"], port.idle["closing"], port.idle["other"]
        self.cut = False
        self.pending = self.pending_platform = False  # to be judged again

    def state(self, tcp):
        if self.cut:
            return "cut"
        if tcp and self.resets:
            return "reset"
        if tcp and len(self.fins) == 2:
            return "closing"
        return "established" if self.answered else "opened"


class Datagram:
    """A fragmented datagram: what of it was seen."""

    def __init__(self, now, length):
        self.begin, self.first = now, length
        self.seen = [(0, length)]
        self.poisoned = False

    def ranges(self):
        """What was seen, with neighbours joined."""
        out = []
        for begin, end in sorted(self.seen):
            if out and out[-1][1] == begin:
                out[-1] = (out[-1][0], end)
            else:
                out.append((begin, end))
        return out


class Port:
    def __init__(self, name, side, now):
        self.name, self.side, self.attached = name, side, now
        self.addresses, self.groups, self.ethertypes = set(), [], set()
        self.follow = False
        self.version = 0
        self.smtp, self.trunk, self.guard, self.strict = "deny", False, side == "guest", False
        self.adopt, self.quota = 910, 262144
        self.idle = {"established": 910, "closing": 3, "other": 910}
        self.sessions, self.datagrams = {}, {}


class Model:
    def __init__(self, features):
        self.features = frozenset(features)
        self.now = 0.0, 0.0
        self.groups, self.rules, self.ports = {}, {}, {}
        self.prefix_lists, self.port_lists = {}, {}
        self.versions = collections.Counter()  # of lists, and of platform traffic
        self.platform = {item: True for item in PLATFORM}
        self.sources = {"slb": [], "probe": []}
        self.device_addresses = collections.defaultdict(set)
        self.counters = collections.Counter()  # by device, direction and reason
        self.hits = collections.Counter()  # by rule
        self.seen = collections.Counter()  # what else has happened, for those who look
        self._sorted, self._members = {}, {}
        self._turn = 0

    # Time

    def _over(self, since, limit):
        """Whether that many seconds have passed; where a second more or less would tell, it is uncertain."""
        least, most = self.now[0] - since[1], self.now[1] - since[0]
        if most <= limit - 0.9:
            return False
        if least >= limit + 0.9:
            return True
        raise Uncertain

    # Commands, in the tool's words

    def do(self, *lines):
        """As one transaction; "sessions keep|revalidate|cut" says what becomes of sessions (S7)."""
        fate = "keep"
        self._sorted, self._members = {}, {}
        before = {port: (port.groups, port.addresses, self._concerns(port)) for port in self.ports.values()}
        platform = self.versions["platform"]
        for line in lines:
            noun, verb, *words = line.split()
            if noun == "sessions":
                fate = verb
            else:
                getattr(self, f"_{noun}_{verb}".replace("-", "_"))(*words)
        self._sorted, self._members = {}, {}
        platform = platform != self.versions["platform"]
        for port, (groups, addresses, concerns) in before.items():
            self._cut(port, groups, addresses - port.addresses)
            if fate == "keep" or port.name not in self.ports or \
                    not platform and self._concerns(port) == concerns:
                continue
            for key, session in port.sessions.items():
                session.pending = not session.cut
                session.pending_platform |= platform
                if fate == "cut":
                    self._settle(port, key, session)

    def _concerns(self, port):
        """S7: what affects a port if it changes."""
        rules = [r for r in self.rules.values() if r.group in port.groups]
        lists = {r.port for r in rules if isinstance(r.port, str)} | \
            {r.peer[1] for r in rules if isinstance(r.peer, tuple) and r.peer[0] == "list"}
        groups = {r.peer[1] for r in rules if isinstance(r.peer, tuple) and r.peer[0] == "group"} | \
            {name for name in port.groups if self.groups[name].kind == "basic" and self.groups[name].accept}
        self._members = {}
        return (port.version, sorted(port.groups),
                [(self.groups[g].version, self.groups[g].accept) for g in sorted(port.groups)],
                {name: self.versions[name] for name in lists},
                {name: frozenset(self.members_of(name)) for name in groups})

    def _cut(self, port, groups, taken):
        """What of a port is cut with its last group (G9), or with addresses (E1)."""
        everything = groups and not port.groups
        if everything:
            port.datagrams.clear()
        for key, session in port.sessions.items():
            if everything or "guard" in self.features and key[2] in taken:
                self._mark(session)

    def _mark(self, session):
        """S8."""
        if not session.cut:
            self._turn += 1
            session.cut, session.pending = True, False
            session.last = self.now
            session.room = -self._turn  # before any other
            self.seen["cut"] += 1

    def _settle(self, port, key, session):
        """S7: judges a session by the packet that opened it, if it is to be."""
        if not session.pending:
            return
        platform, session.pending, session.pending_platform = session.pending_platform, False, False
        self.seen["judged again"] += 1
        if session.reason in OPENING and not platform:  # P6
            return
        p = packets.Packet()
        _, p.proto, local, peer, lport, pport = key
        p.family = 4 if len(local) == 4 else 6
        if session.opener == IN:
            p.src, p.dst, p.sport, p.dport = peer, local, pport, lport
        else:
            p.src, p.dst, p.sport, p.dport = local, peer, lport, pport
        if p.proto == TCP:
            p.flags = SYN
        if p.proto == (ICMP if p.family == 4 else ICMP6):
            p.type, p.code, p.echo = 8 if p.family == 4 else 128, 0, "request"
        verdict = Verdict(True, self._platform(port, session.opener, p))
        if verdict.reason not in OPENING:
            if not port.groups or self._mail_denied(port, session.opener, p):
                return self._mark(session)
            verdict = self.judge(port, session.opener, p)
        if not verdict.passed:
            return self._mark(session)
        session.reason, session.rule = verdict.reason, verdict.rule

    @staticmethod
    def _options(words):
        return dict(zip(words[::2], words[1::2]))

    def _group_add(self, name, *words):
        o = self._options(words)
        kind = o.get("type", "basic")
        accept = o.get("internal", "accept" if kind == "basic" else "drop") == "accept"
        self.groups[name] = Group(name, kind, accept, int(o.get("vpc", 0)))

    def _group_set(self, name, *words):
        o = self._options(words)
        if "internal" in o:
            self.groups[name].accept = o["internal"] == "accept"

    def _group_del(self, name):
        del self.groups[name]
        self._forget(*[n for n, r in self.rules.items() if r.group == name])

    def _member_add(self, group, *addresses):
        self.groups[group].members.update(map(packed, addresses))

    def _member_del(self, group, *addresses):
        self.groups[group].members.difference_update(map(packed, addresses))

    @staticmethod
    def _rule_words(rule, words):
        words = list(words)
        peer = "from" if rule.direction == IN else "to"
        while words:
            word = words.pop(0)
            if word in ("allow", "deny"):
                rule.deny = word == "deny"
            elif word == "priority":
                rule.priority = int(words.pop(0))
            elif word in ("port", "sport"):
                value = words.pop(0)
                if value == "list":
                    value = words.pop(0)
                elif value in ("any", "-1/-1"):
                    value = None
                else:
                    first, _, last = value.partition("/")
                    value = int(first), int(last or first)
                setattr(rule, word, value)
            elif word in ("type", "code"):
                value = words.pop(0)
                setattr(rule, word, None if value == "any" else int(value))
                if word == "type":
                    rule.code = None
            elif word in ("from", "to"):
                value = words.pop(0)
                if value == "group":
                    value = "group", words.pop(0)
                elif value == "prefix-list":
                    value = "list", words.pop(0)
                elif value == "any":
                    value = None
                else:
                    value = Prefix(value)
                if word == peer:
                    rule.peer = value
                else:
                    rule.local = value
            elif word == "id":
                rule.number = int(words.pop(0)[4:])
            else:
                rule.proto = PROTOCOLS[word] if word in PROTOCOLS else int(word)

    def _rule_add(self, group, direction, *words):
        rule = Rule(None, group, direction)
        self._rule_words(rule, words)
        same = [r for r in self.rules.values() if r.identity() == rule.identity()]
        if not same:
            self.rules[rule.number] = rule
            self.groups[group].version += 1

    def _rule_set(self, number, *words):
        rule = self.rules[int(number[4:])]
        self._rule_words(rule, words)
        self.groups[rule.group].version += 1

    def _rule_del(self, *numbers):
        self._forget(*[int(number[4:]) for number in numbers])

    def _forget(self, *numbers):
        for number in numbers:
            rule = self.rules.pop(number)
            if rule.group in self.groups:
                self.groups[rule.group].version += 1
            self.hits.pop(number, None)

    def _prefix_list_add(self, name, *words):
        self.prefix_lists[name] = {}
        self._entries(self.prefix_lists[name], words, True)

    def _port_list_add(self, name, *words):
        self.port_lists[name] = {}
        self._entries(self.port_lists[name], words, True)

    def _prefix_list_entry(self, verb, name, entries):
        self.versions[name] += 1
        self._entries(self.prefix_lists[name], ("entry", entries), verb == "add")

    def _port_list_entry(self, verb, name, entries):
        self.versions[name] += 1
        self._entries(self.port_lists[name], ("entry", entries), verb == "add")

    @staticmethod
    def _entries(entries, words, add):
        if "entry" not in words:
            return
        for text in words[words.index("entry") + 1].split(","):
            if "/" in text and ("." in text or ":" in text):
                value = Prefix(text)
                key = value.key()
            else:
                first, _, last = text.partition("/")
                key = value = int(first), int(last or first)
            if add:
                entries[key] = value
            else:
                entries.pop(key, None)

    def _port_settings(self, port, words):
        o = self._options(words)
        if "address" in o:
            port.follow = o["address"] == "follow"
            if port.follow:
                port.addresses = set(self.device_addresses[port.name])
            else:
                port.addresses = set() if o["address"] == "none" else \
                    {packed(a) for a in o["address"].split(",")}
        if "ethertype" in o:
            port.ethertypes = set() if o["ethertype"] == "none" else \
                {int(e, 16) for e in o["ethertype"].split(",")}
        port.smtp = o.get("smtp", port.smtp)
        for word, name in (("trunk", "trunk"), ("guard", "guard")):
            if word in o:
                setattr(port, name, o[word] == "on")
        if "pmtud" in o:
            port.strict = o["pmtud"] == "strict"
        port.adopt = int(o.get("adopt", port.adopt))
        port.quota = int(o.get("sessions", port.quota))
        for kind in port.idle:
            port.idle[kind] = int(o.get(f"idle-{kind}", port.idle[kind]))

    def _port_add(self, name, *words):
        o = self._options(words)
        port = self.ports[name] = Port(name, o["side"], self.now)
        if "adopt" not in self.features:
            port.adopt = 0
        if "guard" not in self.features:
            port.guard = False
        self._port_settings(port, words)
        port.groups = o["group"].split(",") if "group" in o else []

    def _port_set(self, name, *words):
        self.ports[name].version += 1
        self._port_settings(self.ports[name], words)

    def _port_del(self, name):
        del self.ports[name]

    def _port_join(self, name, groups):
        self.ports[name].version += 1
        self.ports[name].groups = self.ports[name].groups + [g for g in groups.split(",") if g not in self.ports[name].groups]

    def _port_leave(self, name, groups):
        port = self.ports[name]
        port.version += 1
        port.groups = [g for g in port.groups if g not in groups.split(",")]

    def _port_move(self, name, _, groups):
        self.ports[name].version += 1
        self.ports[name].groups = groups.split(",")

    def _platform_set(self, item, *words):
        self.versions["platform"] += 1
        if words[0] == "address":
            self.sources[item] = [] if words[1] == "none" else [Prefix(t) for t in words[1].split(",")]
        else:
            self.platform[item] = words[0] == "on"

    def _device_address(self, verb, name, address):
        """Not a command of the tool: what `ip address` does to a device."""
        getattr(self.device_addresses[name], verb)(packed(address))
        port = self.ports.get(name)
        if port and port.follow:
            port.addresses = set(self.device_addresses[name])

    def _device_add(self, name, address):
        self._device_address("add", name, address)

    def _device_del(self, name, address):
        self._device_address("discard", name, address)

    # Groups and rules

    def is_member(self, group, address):
        """M1, M2: by itself, or through any port that is in the group."""
        return address in self.members_of(group)

    def members_of(self, group):
        """All members of a group."""
        if group not in self._members:
            found = set(self.groups[group].members)
            for port in self.ports.values():
                if group in port.groups:
                    found |= port.addresses
            self._members[group] = found
        return self._members[group]

    def rules_of(self, port, direction):
        """E7: the rules of all groups of a port, as they are asked."""
        key = tuple(port.groups), direction
        if key not in self._sorted:
            rules = [r for r in self.rules.values() if r.group in port.groups and r.direction == direction]
            self._sorted[key] = sorted(rules, key=Rule.order)
        return self._sorted[key]

    def _port_matches(self, want, number):
        if want is None:
            return True
        if isinstance(want, str):
            return any(first <= number <= last for first, last in self.port_lists[want].values())
        return want[0] <= number <= want[1]

    def _address_matches(self, want, address):
        if want is None:
            return True
        if isinstance(want, Prefix):
            return address in want
        kind, name = want
        if kind == "group":
            return self.is_member(name, address)
        return any(address in prefix for prefix in self.prefix_lists[name].values())

    def matches(self, rule, direction, p):
        """R2 to R4, R8, R12, R14."""
        if rule.proto is not None:
            if rule.proto != p.proto:
                return False
            if p.proto == ICMP and p.family != 4 or p.proto == ICMP6 and p.family != 6:
                return False
        if rule.type not in (None, p.type) or rule.code not in (None, p.code):
            return False
        if not self._port_matches(rule.port, p.dport) or not self._port_matches(rule.sport, p.sport):
            return False
        local, peer = (p.dst, p.src) if direction == IN else (p.src, p.dst)
        return self._address_matches(rule.peer, peer) and self._address_matches(rule.local, local)

    def _mail_denied(self, port, direction, p):
        """E5."""
        if direction != OUT or p.proto != TCP or p.dport != 25 or port.smtp == "allow":
            return False
        return port.smtp == "deny" or not any(p.dst in prefix for prefix in PRIVATE)

    def judge(self, port, direction, p):
        """The verdict of a port's groups."""
        groups = [self.groups[g] for g in port.groups]
        basic = groups[0].kind == "basic"
        if basic and direction == IN and not p.multicast and \
                any(g.accept and self.is_member(g.name, p.src) for g in groups):
            return Verdict(True, "member")
        for rule in self.rules_of(port, direction):
            if self.matches(rule, direction, p):
                if isinstance(rule.port, str) or isinstance(rule.peer, tuple) and rule.peer[0] == "list":
                    self.seen["list"] += 1
                elif rule.type is not None:
                    self.seen["type"] += 1
                elif isinstance(rule.peer, tuple):
                    self.seen["group as peer"] += 1
                return Verdict(not rule.deny, "rule-deny" if rule.deny else "rule-allow", rule.number)
        if basic and direction == OUT:
            return Verdict(True, "default-allow")
        return Verdict(False, "default-deny")

    # Sessions

    @staticmethod
    def key(direction, tags, p):
        """S12; the same for both directions."""
        if direction == IN:
            return tags, p.proto, p.dst, p.src, p.dport, p.sport
        return tags, p.proto, p.src, p.dst, p.sport, p.dport

    def _ended(self, session, tcp, ago=0):
        """S1, S2, S3, S6: so many seconds ago, at least."""
        established, closing, other = (limit + ago for limit in session.limits)
        if session.cut:
            return self._over(session.last, established if tcp else other)
        if not tcp:
            return self._over(session.last, other)
        if len(session.fins) == 2:
            return self._over(session.last, closing)
        if session.resets and self._over(session.last, min(60 + ago, established)):
            return True
        if not session.answered:
            return self._over(session.opened, 30 + ago)
        return self._over(session.last, established)

    def _find(self, port, key):
        session = port.sessions.get(key)
        return None if session and self._ended(session, key[1] == TCP) else session

    @staticmethod
    def _tracked(p):
        return not p.icmp() or p.echo is not None

    @staticmethod
    def _is_part(session, direction, p):
        """S4, S12: packets with a session's key are not all of it."""
        if p.proto == TCP and p.flags & SYN and not p.flags & ACK:
            return direction == session.opener and not session.resets and len(session.fins) < 2
        if p.echo:
            return (p.echo == "request") == (direction == session.opener)
        return True

    def _lifts(self, session, direction, p):
        """S8: what is judged as new where a session was cut; all else is dropped."""
        return self._opens(p) and (p.proto == TCP or direction == session.opener)

    def _step(self, session, direction, p):
        """A packet of a session was seen."""
        session.last = self.now
        if direction != session.opener:
            session.answered = True
        if p.proto == TCP:
            if p.flags & RST:
                session.resets.add(direction)
            else:
                session.resets.discard(direction)
            if p.flags & FIN and not p.flags & RST:
                session.fins.add(direction)
        if session.answered and not session.resets:
            session.room = None
        elif not session.room:
            self._turn += 1
            session.room = self._turn

    def _opens(self, p):
        """E9, S5, S12."""
        if p.multicast:
            return False
        if p.proto == TCP:
            return bool(p.flags & SYN and not p.flags & ACK)
        return self._tracked(p) and p.echo != "reply"

    def _open(self, port, key, direction, verdict):
        """A new session, in place of one that was there; False if there is no room (S10)."""
        if not port.sessions.pop(key, None):
            if len(port.sessions) >= port.quota:
                self._sweep(port)
            if len(port.sessions) >= port.quota and not self._evict(port):
                return None
        session = Session(direction, verdict.reason, verdict.rule, self.now, port)
        self._turn += 1
        session.room = self._turn
        port.sessions[key] = session
        return session

    def _sweep(self, port):
        """Those that have ended give their room back within some seconds, one sooner than another."""
        for key, session in list(port.sessions.items()):
            if self._ended(session, key[1] == TCP, SWEEP):
                del port.sessions[key]
            elif self._ended(session, key[1] == TCP):
                raise Uncertain

    def _evict(self, port):
        """Ends the session that has been never answered, or reset, for longest (S10)."""
        found = [(s.room, key) for key, s in port.sessions.items() if s.room]
        if not found or "evict" not in self.features:
            return False
        if sum(room < 0 for room, _ in found) > 1:
            raise Uncertain  # those that one change has cut are in no order
        del port.sessions[min(found)[1]]
        self.seen["evicted"] += 1
        return True

    # The decision

    def decide(self, name, direction, frame):
        """Of one frame; counts it."""
        port = self.ports[name]
        try:
            verdict = self._decide(port, direction, frame)
        except Malformed as e:
            verdict = Verdict(False, e.args[0])
        self.counters[name, direction, verdict.reason] += 1
        return verdict

    def _hit(self, verdict):
        if verdict.rule is not None:
            self.hits[verdict.rule] += 1

    def _decide(self, port, direction, frame):
        kind, tags, at = packets.parse_link(frame)
        guest = port.side == "guest"
        if guest and tags and not port.trunk:
            return Verdict(False, "vlan-tag")
        if kind not in (IPV4, IPV6):
            return self._not_ip(port, direction, kind, frame[at:])
        p = packets.parse_ip(frame[at:], kind, checks="fragments" in self.features)
        p.multicast |= bool(frame[0] & 1)
        if guest and direction == OUT and (reason := self._forbidden(p)):
            return Verdict(False, reason)
        if port.guard and port.addresses and (reason := self._guarded(port, direction, p)):
            return Verdict(False, reason)
        datagram = direction, tags, p.src, p.dst, p.ident
        if p.fragment and "fragments" in self.features:
            verdict = self._fragment(port, datagram, p)
            if verdict:
                return verdict
        elif p.fragment == "later":
            return Verdict(False, "fragment")
        verdict = self._packet(port, direction, tags, p)
        if verdict.passed and p.fragment and "fragments" in self.features:
            port.datagrams[datagram] = Datagram(self.now, p.length)
        return verdict

    def _not_ip(self, port, direction, kind, data):
        """E0, and E1 of ARP."""
        arp = kind == ARP
        if port.side == "guest" and not (arp and self.platform["arp"]) and \
                (kind if kind >= 0x600 else None) not in port.ethertypes:
            return Verdict(False, "ethertype")
        if arp and port.guard and port.addresses and direction == OUT:
            # Any hardware, IPv4 over it
            size = data[4] if len(data) >= 8 else 0
            sender = data[8 + size:12 + size]
            if len(data) < 16 + 2 * size or data[2:4] != b"\x08\0" or data[5] != 4 or \
                    sender not in port.addresses and sender != bytes(4):
                return Verdict(False, "address")
        if arp and port.side == "guest" and self.platform["arp"]:
            return Verdict(True, "arp")
        return Verdict(True, "not-ip")

    @staticmethod
    def _forbidden(p):
        """P5: what guests never send."""
        if p.family == 6 and p.type == 134:
            return "guest-ra"
        if p.family == 6 and p.type == 137 or p.family == 4 and p.type == 5:
            return "guest-redirect"
        if p.proto == UDP and p.fragment != "later" and \
                (p.family, p.sport, p.dport) in ((4, 67, 68), (6, 547, 546)):
            return "guest-dhcp-server"
        return None

    @staticmethod
    def _housekeeping(direction, p):
        """P5's form, of IP: its item, or None."""
        if p.fragment:
            return None
        if p.family == 6 and p.icmp() and p.code == 0:
            if p.hops == 255 and (p.type in (135, 136) or p.type == (133 if direction == OUT else 134)):
                return "neighbour"
            if p.hops == 1 and p.type in (130, 131, 132, 143):
                return "mld"
        if p.proto == UDP:
            ports = (p.sport, p.dport) if direction == OUT else (p.dport, p.sport)
            if (p.family, *ports) in ((4, 68, 67), (6, 546, 547)):
                return "dhcp"
        return None

    def _guarded(self, port, direction, p):
        """E1."""
        own = port.addresses
        if direction == IN:
            return "own-address" if p.src in own else None
        if p.src not in own:
            nobody = not any(p.src) or p.family == 6 and is_link_local(p.src)
            if not nobody or not self._housekeeping(direction, p):
                return "address"
        # By its type alone, whatever the hop limit
        if p.family == 6 and (p.type == 136 or p.type == 135 and not any(p.src)):
            if p.target is None or p.target not in own and not is_link_local(p.target):
                return "address"
        return None

    def _platform(self, port, direction, p):
        """E2, P1 to P6: the item that lets it pass."""
        on = self.platform
        if on["pmtud"] and not port.strict and \
                ((p.family, p.type, p.code) == (4, 3, 4) or (p.family, p.type) == (6, 2)):
            return "pmtud"
        item = self._housekeeping(direction, p)
        if item in ("neighbour", "mld") and on[item]:
            return item
        if on["metaserver"] and direction == OUT and p.dst == METASERVER:
            return "metaserver"
        if item == "dhcp" and on["dhcp"]:
            return "dhcp"
        if direction == IN:
            if on["slb"] and any(p.src in prefix for prefix in self.sources["slb"]):
                return "slb"
            if on["probe"] and p.echo == "request" and \
                    any(p.src in prefix for prefix in self.sources["probe"]):
                return "probe"
        return None

    def _packet(self, port, direction, tags, p):
        """What comes before the rules. A packet for many belongs to no session, TCP of any flags too."""
        key = self.key(direction, tags, p)
        session = self._find(port, key) if self._tracked(p) and not p.multicast else None
        item = self._platform(port, direction, p)
        if item and item not in OPENING:
            return Verdict(True, item)
        if session and not item and not port.groups and not self.platform.get(session.reason):  # G9
            return Verdict(False, "smtp" if self._mail_denied(port, direction, p) else "no-group")
        if session:
            self._settle(port, key, session)
            if session.cut and not item and not self._lifts(session, direction, p):
                return Verdict(False, "cut")
            if session.cut or not self._is_part(session, direction, p):
                session = None
        if item:
            if session:
                self._step(session, direction, p)
            elif self._opens(p):
                if not self._open(port, key, direction, Verdict(True, item)):
                    return Verdict(False, "quota")
            return Verdict(True, item)
        if session:
            self._step(session, direction, p)
            return Verdict(True, "session")
        if "related" in self.features and self._related(port, direction, tags, p):
            return Verdict(True, "related")
        return self._new(port, key, direction, p)

    def _related(self, port, direction, tags, p):
        """E4."""
        kind = None
        if p.icmp() and p.type in ((3, 11, 12) if p.family == 4 else (1, 2, 3, 4)):
            kind = IPV4 if p.family == 4 else IPV6
        if kind is None or not p.body or p.multicast:
            return False
        try:
            inner = packets.parse_ip(p.body, kind, cut=True, checks=False)
        except Malformed:
            return False
        if inner.fragment == "later" or inner.multicast or inner.src != p.dst or not self._tracked(inner):
            return False
        way = OTHER[direction]
        key = self.key(way, tags, inner)
        session = self._find(port, key)
        if not session or not port.groups and not self.platform.get(session.reason):
            return False
        self._settle(port, key, session)
        if session.cut:
            return False
        return not inner.echo or (inner.echo == "request") == (way == session.opener)

    def _new(self, port, key, direction, p):
        """What is of no session: E5 to E9."""
        mail = self._mail_denied(port, direction, p)
        if not mail and not port.groups:
            return Verdict(False, "no-group")
        midstream = p.proto == TCP and not p.multicast and (not p.flags & SYN or p.flags & ACK)
        if midstream:
            return self._midstream(port, key, direction, p, mail)
        if mail:
            return Verdict(False, "smtp")
        verdict = self.judge(port, direction, p)
        self._hit(verdict)
        if verdict.passed and self._opens(p) and not self._open(port, key, direction, verdict):
            return Verdict(False, "quota", verdict.rule)
        return verdict

    def _midstream(self, port, key, direction, p, mail):
        """S5."""
        # Mail that the port may not send is not adopted by its mirror image
        if mail:
            return Verdict(False, "smtp")
        denied = Verdict(False, "tcp-no-session")
        if port.adopt == 0 or p.flags & (FIN | RST) or not port.groups or \
                self._over(port.attached, port.adopt):
            return denied
        verdict = self.judge(port, direction, p)
        opener = direction
        if not verdict.passed:
            opener = OTHER[direction]
            mirror = packets.Packet()
            mirror.__dict__.update(p.__dict__)
            mirror.src, mirror.dst, mirror.sport, mirror.dport = p.dst, p.src, p.dport, p.sport
            if self._mail_denied(port, opener, mirror):
                return denied
            verdict = self.judge(port, opener, mirror)
            if not verdict.passed:
                return denied
        self._hit(verdict)
        session = self._open(port, key, opener, verdict)
        if not session:
            return Verdict(False, "quota", verdict.rule)
        self._step(session, direction, p)
        self.seen["adopted" if opener == direction else "adopted by mirror image"] += 1
        return verdict

    def _fragment(self, port, key, p):
        """S11: of later fragments, and of first ones whose datagram is known; None if it is to be judged."""
        entry = port.datagrams.get(key)
        if entry and self._over(entry.begin, 30):
            del port.datagrams[key]
            entry = None
        if p.fragment == "first":
            if not entry:
                return None
            entry.poisoned = True
            return Verdict(False, "fragment-overlap")
        if not entry:
            return Verdict(False, "fragment-orphan")
        # The last one claims all that is behind it
        begin, end = p.offset, p.offset + p.length if p.more else 65536
        if any(begin < b and a < end for a, b in entry.seen):
            if begin < entry.first:
                entry.poisoned = True
            return Verdict(False, "fragment-overlap")
        if entry.poisoned:
            return Verdict(False, "fragment-overlap")
        entry.seen.append((begin, end))
        if len(entry.ranges()) > 8:
            entry.seen.pop()
            return Verdict(False, "fragment-overlap")
        if entry.ranges() == [(0, 65536)]:
            del port.datagrams[key]
        return Verdict(True, "fragment")
