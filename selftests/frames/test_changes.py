# SPDX-License-Identifier: GPL-2.0
"""What a change does to the sessions that there are (S7), and what is left of those that were cut (S8)."""

import random
import time

from bench import IN, OUT, PASSING, Wrong
from frames import GRE, echo, frame, icmp, ip, other, tcp, udp
from netlink import Netlink
from run import test

ANY4, ANY6 = "0.0.0.0/0", "::/0"
ALL = {"peer_address": "0.0.0.0", "peer_prefix_len": 0}
OTHER = "10.0.0.6"
METASERVER = "100.100.100.200"


def turned(direction):
    return OUT if direction == IN else IN


def same(got, want, what=""):
    if got != want:
        raise Wrong(f"{what} {got}, not {want}")


class Flow:
    """A session of the port, opened by a packet that a rule lets through; then answered."""

    def __init__(self, b, kind, opener, peer=None, reason="rule-allow", rule=None, answered=True):
        self.b, self.kind, self.opener = b, kind, opener
        self.near, self.peer = b.number(), peer or b.peer
        self.begin(reason, rule)
        if answered:
            self.answer("session")

    def _send(self, direction, transport, reason, rule=None):
        local = self.b.local6 if ":" in self.peer else self.b.local
        src, dst = (local, self.peer) if direction == OUT else (self.peer, local)
        got = self.b.probe(direction, frame(ip(src, dst, transport)))
        same(got[:2], (reason in PASSING, reason), f"{self.kind} {direction}:")
        if rule:
            same(got.rule, rule)

    def _ports(self, direction):
        return (self.near, 80) if direction == self.opener else (80, self.near)

    def _transport(self, direction, flags):
        if self.kind == "tcp":
            return tcp(*self._ports(direction), flags)
        if self.kind == "udp":
            return udp(*self._ports(direction))
        if self.kind == "echo":
            return echo(self.near, direction != self.opener, ":" in self.peer)
        return other(GRE)

    def begin(self, reason, rule=None):
        """What opens it."""
        self._send(self.opener, self._transport(self.opener, "S"), reason, rule)

    def go(self, reason, rule=None):
        """What the opener sends later."""
        self._send(self.opener, self._transport(self.opener, "A"), reason, rule)

    def answer(self, reason, rule=None):
        back = turned(self.opener)
        self._send(back, self._transport(back, "SA"), reason, rule)

    def close(self):
        """A FIN of each"""
        for direction in self.opener, turned(self.opener), self.opener:
            self._send(direction, self._transport(direction, "FA"), "session")

    def is_me(self, session):
        ports = {"tcp": (6, True), "udp": (17, True), "echo": (1, False), "gre": (GRE, False)}
        if ":" in self.peer and self.kind == "echo":
            ports["echo"] = (58, False)
        proto, has_ports = ports[self.kind]
        near = session["local-port"]
        if has_ports and self.opener == IN:
            near = session["peer-port"]
        return session["proto"] == proto and session["peer-address"] == self.peer and \
            (self.kind == "gre" or near == self.near)

    def session(self):
        found = [s for s in self.b.all_sessions() if self.is_me(s)]
        same(len(found), 1, "sessions:")
        return found[0]

    def state(self):
        return self.session()["state"]

    def pending(self):
        return self.session().get("pending", False)


class Rules:
    """An enterprise group with a rule that allows all each way, of each family."""

    def __init__(self, b, **options):
        self.b = b
        b.group("sg-a", type="enterprise")
        b.port("sg-a", **options)
        self.ids = {(d, v6): b.rule(f"sg-a {d} allow all {'from' if d == IN else 'to'} {ANY6 if v6 else ANY4}")
                    for d in (IN, OUT) for v6 in (False, True)}

    def all_denied(self, sessions=None):
        with self.b.nl.transaction(sessions):
            self.b.unrule(*self.ids.values())


KINDS = "tcp", "udp", "echo", "gre"


def some_flows(b, **words):
    return [Flow(b, kind, opener, **words) for kind in KINDS[:3] for opener in (IN, OUT)] + \
        [Flow(b, "gre", OUT, **words)]


@test("S7 a change that asks for nothing, or for keep, leaves sessions alone")
def _(b):
    for sessions in None, "keep":
        b.reset(b.side)
        rules = Rules(b)
        flows = some_flows(b)
        rules.all_denied(sessions)
        for flow in flows:
            same(flow.pending(), False)
            flow.go("session")
            flow.answer("session")
            same(flow.state(), "established")


@test("S7 S8 revalidate cuts a session at its next packet, whoever sends it, and none before")
def _(b):
    for first in "opener", "answerer":
        b.reset(b.side)
        rules = Rules(b)
        flows = some_flows(b)
        rules.all_denied("revalidate")
        for flow in flows:
            same((flow.state(), flow.pending()), ("established", True))
        for flow in flows:
            if first == "answerer":
                flow.answer("cut")
            elif flow.kind == "tcp":
                flow.go("cut")
            else:
                flow.go("default-deny")
            same((flow.state(), flow.pending()), ("cut", False))
            flow.answer("cut")


@test("S7 revalidate leaves a session that is allowed yet, judged by what opened it")
def _(b):
    rules = Rules(b)
    flows = some_flows(b)
    # Its way in is closed to those that it opened out, and the other way round
    for closed in IN, OUT:
        with b.nl.transaction("revalidate"):
            b.unrule(rules.ids.pop((closed, False)))
        for flow in flows:
            same(flow.pending(), True)
            flow.answer("session" if flow.opener != closed else "cut")
            same((flow.state(), flow.pending()), ("established" if flow.opener != closed else "cut", False))
            if flow.opener != closed:
                flow.go("session")
        flows = [f for f in flows if f.opener != closed]
    same(flows, [])


@test("S7 a pending revalidation survives what comes later, and judges by what is then")
def _(b):
    rules = Rules(b)
    flows = some_flows(b)
    rules.all_denied("revalidate")
    for n in range(3):
        b.rule(f"sg-a in allow tcp port {n + 1} from 192.0.2.0/24")
    b.member("sg-a", "10.9.9.9")
    for flow in flows:
        same(flow.pending(), True)
    for flow in flows[::2]:
        flow.answer("cut")
    # What is allowed again before its next packet comes stays
    for d in IN, OUT:
        b.rule(f"sg-a {d} allow all {'from' if d == IN else 'to'} {ANY4}")
    for flow in flows[1::2]:
        flow.answer("session")
        same(flow.pending(), False)


@test("S7 revalidate and cut are of the ports that the change affects")
def _(b):
    b.group("sg-b")
    b.group("sg-c")
    b.group("sg-d")
    Rules(b)
    b.rule("sg-a in allow tcp port 7 from group sg-b")
    flow = Flow(b, "udp", OUT)

    def affects(want, change, *args, sessions="revalidate", **kw):
        with b.nl.transaction(sessions):
            b.nl.do(change, *args, **kw)
        same(flow.pending(), want, f"{change} {kw}")
        flow.go("session")
        same(flow.pending(), False)

    affects(False, "rule-add", group="sg-c", direction="in", **ALL)
    affects(False, "member-add", group="sg-c", address="10.7.7.7")
    affects(False, "member-add", group="sg-a", address="10.7.7.7")  # whose members nothing names
    affects(False, "group-set", name="sg-c", internal_policy="drop")
    affects(True, "member-add", group="sg-b", address="10.7.7.7")
    affects(False, "member-add", group="sg-b", address="10.7.7.8", sessions="keep")
    affects(True, "member-del", group="sg-b", address="10.7.7.7")
    affects(True, "rule-add", group="sg-a", direction="in", proto=6, port_min=1, port_max=2, **ALL)
    affects(True, "port-set", ifindex=b.ifindex, smtp="allow")
    affects(True, "platform-set", item="slb", switch=0)
    b.move("sg-d")
    affects(True, "member-add", group="sg-d", address="10.7.7.7")  # fellow members
    b.nl.do("group-set", name="sg-d", internal_policy="drop")
    affects(False, "member-add", group="sg-d", address="10.7.7.9")
    affects(True, "port-join", ifindex=b.ifindex, group=["sg-c"])


@test("S7 M3 a kept change of members compiles nothing, and has nobody judged again")
def _(b):
    b.group("sg-m")
    Rules(b)
    b.rule("sg-a in allow tcp port 7 from group sg-m")
    flow = Flow(b, "udp", OUT)
    compiled = b.namespace_stats()["policies-compiled"]
    for sessions in "keep", "revalidate", "cut":
        with b.nl.transaction(sessions):
            b.member("sg-m", f"10.7.0.{len(sessions)}")
        same(flow.pending(), sessions == "revalidate")
        flow.go("session")
    same(b.namespace_stats()["policies-compiled"], compiled)


@test("S7 cut cuts at once what is no longer allowed, and nothing else")
def _(b):
    rules = Rules(b)
    flows = some_flows(b) + [Flow(b, kind, OUT, peer=b.peer6) for kind in ("tcp", "udp", "echo")]
    listener = Netlink(b.nl.spec)
    listener.listen("sessions")
    with b.nl.transaction("cut"):
        b.unrule(rules.ids[OUT, False])
    for flow in flows:
        cut = flow.opener == OUT and ":" not in flow.peer
        same((flow.state(), flow.pending()), ("cut" if cut else "established", False))
        flow.answer("cut" if cut else "session")
    ends = [e for _, e in listener.events() if e["event"] == "end"]
    same(len(ends), 4, "ends told:")
    # They have ended once, and do not when their marks go
    b.nl.do("port-del", ifindex=b.ifindex)
    while b.namespace_stats()["sessions"]:
        time.sleep(0.01)
    ends = [e for _, e in listener.events() if e["event"] == "end"]
    same(len(ends), len(flows) - 4, "ends told:")


@test("S1 S7 S8 a session that was over and is not swept yet is not cut: its addresses may open another")
def _(b):
    rules = Rules(b)
    flows = [Flow(b, "tcp", OUT) for _ in range(20)]
    for flow in flows:
        flow.close()
    time.sleep(4)  # 3 seconds behind the last FIN
    with b.nl.transaction("cut"):
        b.unrule(rules.ids[OUT, False])
    same([s["state"] for s in b.all_sessions()], [], "sessions")
    for flow in flows:
        b.inn(tcp(80, flow.near, "S"), "rule-allow", rules.ids[IN, False])


@test("S7 E5 E6 R6 mail, fellow members and lists are judged again as well")
def _(b):
    b.group("sg-a")
    b.member("sg-a", "10.9.0.1")
    b.prefixes("pl-a", 5, "198.51.100.0/24")
    b.port("sg-a", smtp="allow")
    b.nl.do("rule-add", group="sg-a", direction="in", peer_list="pl-a")
    near = b.number()
    b.out(tcp(near, 25), "default-allow")
    b.inn(tcp(25, near, "SA"), "session")
    fellow = Flow(b, "udp", IN, peer="10.9.0.1", reason="member")
    listed = Flow(b, "udp", IN, peer="198.51.100.7")
    with b.nl.transaction("cut"):
        b.set(smtp="deny")
    b.inn(tcp(25, near, "A"), "cut")
    same((fellow.state(), listed.state()), ("established", "established"))
    with b.nl.transaction("cut"):
        b.nl.do("group-set", name="sg-a", internal_policy="drop")
    fellow.answer("cut")
    listed.answer("session")
    with b.nl.transaction("revalidate"):
        b.entries("entry-del", "pl-a", "198.51.100.0/24")
    listed.answer("cut")
    fellow = Flow(b, "udp", OUT, peer="10.9.0.1", reason="default-allow")
    with b.nl.transaction("cut"):
        b.unmember("sg-a", "10.9.0.1")
    fellow.answer("session")


@test("S7 P6 sessions of platform traffic are not cut by rules, but where platform traffic changes")
def _(b):
    rules = Rules(b)
    b.platform("slb", None, "100.70.0.0/16")
    near = b.number()
    b.out(tcp(near, 80), "metaserver", peer=METASERVER)
    b.inn(tcp(80, near, "SA"), "session", peer=METASERVER)
    balanced = Flow(b, "udp", IN, peer="100.70.1.1", reason="slb")
    rules.all_denied("cut")
    b.inn(tcp(80, near, "A"), "session", peer=METASERVER)
    balanced.answer("session")
    b.platform("metaserver", 0)
    with b.nl.transaction("cut"):
        b.nl.do("rule-add", group="sg-a", direction="in", policy="deny", **ALL)
    b.inn(tcp(80, near, "A"), "session", peer=METASERVER)
    with b.nl.transaction("cut"):
        b.platform("slb", None, "100.70.1.0/24")
    balanced.answer("session")
    b.inn(tcp(80, near, "A"), "cut", peer=METASERVER)
    with b.nl.transaction("revalidate"):
        b.platform("slb", 0)
    balanced.answer("cut")
    # It cannot be blocked by a mark either
    b.platform("slb", 1)
    balanced.begin("slb")
    balanced.answer("session")


@test("S7 P6 a session of platform traffic that a rule lets go on is that rule's, and cut with it")
def _(b):
    rules = Rules(b)
    flow = Flow(b, "udp", OUT, peer=METASERVER, reason="metaserver")
    with b.nl.transaction("revalidate"):
        b.platform("metaserver", 0)
    flow.answer("session")
    same((flow.session()["reason"], flow.session().get("rule")), ("rule-allow", rules.ids[OUT, False]))
    rules.all_denied("cut")
    flow.answer("cut")


@test("S8 E9 platform traffic lifts a mark from either side")
def _(b):
    for kind in "udp", "gre":
        b.reset(b.side)
        rules = Rules(b)
        b.platform("slb", None, "100.70.0.0/16")
        flow = Flow(b, kind, OUT, peer="100.70.1.1", answered=False)
        rules.all_denied("cut")
        flow.go("default-deny")
        same(flow.state(), "cut")
        flow.answer("slb")
        same((flow.session()["opener"], flow.session()["reason"]), (IN, "slb"))
        flow.go("session")


@test("S8 E3 what is left of a TCP session lets nothing through but a SYN that the rules allow")
def _(b):
    for opener in IN, OUT:
        back = turned(opener)
        for lifts in opener, back:
            b.reset(b.side)
            rules = Rules(b)
            flow = Flow(b, "tcp", opener)
            rules.all_denied("cut")
            there, here = flow._ports(opener), flow._ports(back)
            for direction, ports in (opener, there), (back, here):
                for flags in "A", "PA", "FA", "R", "RA", "SA":
                    b.expect(direction, tcp(*ports, flags), "cut")
                b.expect(direction, tcp(*ports, "S"), "default-deny")
                same(flow.state(), "cut")
            ids = [b.rule(f"sg-a {d} allow tcp {'from' if d == IN else 'to'} {ANY4}") for d in (IN, OUT)]
            for direction, ports in (opener, there), (back, here):
                for flags in "A", "FA", "R", "SA":
                    b.expect(direction, tcp(*ports, flags), "cut")
            ports = there if lifts == opener else here
            b.expect(lifts, tcp(*ports), "rule-allow", ids[lifts == OUT])
            same(flow.session()["opener"], lifts)
            b.expect(turned(lifts), tcp(*ports[::-1], "SA"), "session")


@test("S8 E3 what is left of other sessions lets nothing through but what the opener may send")
def _(b):
    for kind in "udp", "echo", "gre":
        for opener in IN, OUT:
            b.reset(b.side)
            rules = Rules(b)
            flow = Flow(b, kind, opener)
            rules.all_denied("cut")
            for _ in range(2):
                flow.answer("cut")
                flow.go("default-deny")
            back = turned(opener)
            b.rule(f"sg-a {back} allow all {'from' if back == IN else 'to'} {ANY4}")
            flow.answer("cut")
            if kind == "echo":
                b.expect(back, echo(flow.near), "cut")
                b.expect(opener, echo(flow.near, True), "cut")
            rule = b.rule(f"sg-a {opener} allow all {'from' if opener == IN else 'to'} {ANY4}")
            flow.answer("cut")
            flow.go("rule-allow", rule)
            flow.answer("session")
            same(flow.state(), "established")


def first_out(b):
    return min(r["id"] for r in b.nl.dump("rule-get") if r["direction"] == OUT)


@test("S8 G9 E1 the last group and addresses that are taken leave marks too")
def _(b):
    Rules(b, address=[b.local, OTHER], guard=0)
    flow = Flow(b, "udp", OUT)
    b.set(address=[OTHER])
    same(flow.state(), "cut")
    flow.answer("cut")
    b.set(address=[OTHER, b.local])
    flow.answer("cut")
    flow.go("rule-allow", first_out(b))
    flow.answer("session")
    b.leave("sg-a")
    same(flow.state(), "cut")
    flow.answer("no-group")
    b.join("sg-a")
    flow.answer("cut")
    flow.begin("rule-allow", first_out(b))
    flow.answer("session")
    # With the port they go
    b.leave("sg-a")
    b.nl.do("port-del", ifindex=b.ifindex)
    while b.namespace_stats()["sessions"]:
        time.sleep(0.01)


@test("S8 S10 marks count, and make room before any other")
def _(b):
    rules = Rules(b, sessions_max=4)
    cut = [Flow(b, "udp", OUT) for _ in range(2)]
    with b.nl.transaction("cut"):
        b.unrule(rules.ids[OUT, False])
    rule = b.rule(f"sg-a out allow tcp to {ANY4}")
    waiting = Flow(b, "tcp", OUT, answered=False)
    live = Flow(b, "tcp", OUT)
    same((len(b.all_sessions()), len(b.sessions())), (4, 2))
    more = [Flow(b, "tcp", OUT) for _ in range(2)]
    same(len(b.all_sessions()), 4)
    for flow in [live, waiting] + more:
        flow.answer("session")
    for flow in cut:
        same([s for s in b.all_sessions() if flow.is_me(s)], [])
    b.out(tcp(b.number(), 80), "quota", rule)


@test("S8 E4 an error about a session that was cut, or is then judged again and cut, does not pass")
def _(b):
    rules = Rules(b)
    for sessions in "cut", "revalidate":
        rules.ids[OUT, False] = rules.ids[OUT, False] or b.rule(f"sg-a out allow all to {ANY4}")
        rules.ids[IN, False] = rules.ids[IN, False] or b.rule(f"sg-a in allow all from {ANY4}")
        flow = Flow(b, "udp", OUT)
        about = ip(b.local, b.peer, udp(flow.near, 80))[:28]
        error = icmp(3, 1, bytes(4) + about)
        b.inn(error, "related", peer="203.0.113.1")
        with b.nl.transaction(sessions):
            b.unrule(rules.ids[OUT, False], rules.ids[IN, False])
        rules.ids[OUT, False] = rules.ids[IN, False] = None
        b.inn(error, "default-deny", peer="203.0.113.1")
        same(flow.state(), "cut")


@test("S7 S8 explanations tell of marks, and of sessions that are judged again")
def _(b):
    rules = Rules(b)
    flows = [Flow(b, "udp", OUT) for _ in range(3)]
    rules.all_denied("revalidate")
    said = [frame(ip(b.local, b.peer, udp(f.near, 80))) for f in flows]
    back = [frame(ip(b.peer, b.local, udp(80, f.near))) for f in flows]
    for _ in range(2):
        got = b.explain(IN, back[0])
        same((got["reason"], got["session"]["state"], got["session"].get("pending")),
             ("cut", "established", True))
        got = b.explain(OUT, said[0])
        same((got["reason"], got["session"].get("pending")), ("default-deny", True))
        same((flows[0].state(), flows[0].pending()), ("established", True))
    flows[0].answer("cut")
    got = b.explain(IN, back[0])
    same((got["reason"], got["session"]["state"], got["session"].get("pending")), ("cut", "cut", None))
    b.rule(f"sg-a out allow all to {ANY4}")
    got = b.explain(OUT, said[0])
    same((got["reason"], got.get("opens"), got["answer-reason"]), ("rule-allow", True, "session"))
    got = b.explain(IN, back[1])
    same((got["reason"], got["session"].get("pending")), ("session", True))
    same(flows[1].pending(), True)
    flows[1].answer("session")


def key(session):
    return tuple(session[k] for k in ("proto", "local-address", "local-port", "peer-address", "peer-port"))


@test("S7 C1 a preview lists the very sessions that cut then cuts, and changes nothing")
def _(b):
    numbers = random.Random(7)
    for _ in range(6):
        b.reset(b.side)
        b.group("sg-m")
        b.group("sg-b")
        b.group("sg-a")
        b.prefixes("pl-a", 5, "203.0.113.0/24")
        b.port("sg-a", "sg-b", address=[b.local, OTHER], guard=0)
        b.rule(f"sg-a in allow all from {ANY4}")
        b.member("sg-m", "203.0.113.1")
        peers = "192.0.2.9", "203.0.113.1", "203.0.113.2", "198.51.100.7"
        batch = []
        for peer in peers:
            for local in b.local, OTHER:
                for direction in IN, OUT:
                    for make in udp, tcp:
                        src, dst = (local, peer) if direction == OUT else (peer, local)
                        batch.append((direction, frame(ip(src, dst, make(b.number(), numbers.choice((53, 80)))))))
        for direction in IN, OUT:
            b.send(direction, [f for d, f in batch if d == direction])
        b.new_hits()
        same(len(b.sessions()), len(batch))

        def change():
            which = numbers_of.getrandbits(6) | 1 << numbers_of.randrange(4)
            if which & 1:
                b.nl.do("rule-add", group="sg-a", direction="in", policy="deny", proto=6, peer_group="sg-m")
            if which & 2:
                b.member("sg-m", "203.0.113.2")
                b.unmember("sg-m", "203.0.113.1")
                b.nl.do("rule-add", group="sg-b", direction="out", policy="deny", peer_group="sg-m")
            if which & 4:
                b.nl.do("rule-add", group="sg-b", direction="out", policy="deny", proto=17, port_min=53,
                        port_max=53, peer_list="pl-a")
            if which & 8:
                b.set(address=[OTHER])
            if which & 16:
                b.move("sg-b")
            if which & 32:
                b.entries("entry-add", "pl-a", "198.51.100.0/24")

        state = numbers.getrandbits(32)
        generation = b.namespace_stats()["generation"]
        before = b.all_sessions()
        for _ in range(2):
            numbers_of = random.Random(state)
            with b.nl.preview() as found:
                change()
            same(b.namespace_stats()["generation"], generation)
            same([(key(s), s["state"], s.get("pending")) for s in b.all_sessions()],
                 [(key(s), s["state"], s.get("pending")) for s in before])
        numbers_of = random.Random(state)
        with b.nl.transaction("cut"):
            change()
        cut = {key(s) for s in b.all_sessions() if s["state"] == "cut"}
        same({key(s) for s in found}, cut)
        same(len(found), len(cut))
        if not 0 < len(cut) < len(batch):
            raise Wrong(f"{len(cut)} of {len(batch)}: nothing was tried")


@test("S7 C2 C5 a preview is of a transaction, of the generation expected, and says what is wrong in it")
def _(b):
    Rules(b)
    flow = Flow(b, "udp", OUT)
    b.refused("", b.nl.dump, "session-preview")
    generation = b.namespace_stats()["generation"]
    with b.nl.preview() as found:
        b.nl.do("port-del", ifindex=b.ifindex)
        same(len(b.nl.dump("session-preview", expect=generation)), 1)
        b.refused("", b.nl.dump, "session-preview", expect=generation - 1)
    same([key(s) for s in found], [key(flow.session())])
    b.nl.do("txn-begin")
    b.nl.do("group-del", name="sg-none")
    b.refused("", b.nl.dump, "session-preview")
    b.nl.do("txn-abort")
    flow.answer("session")
    # What only a commit finds
    b.nl.do("txn-begin")
    for n in range(1001):
        b.nl.do("rule-add", group="sg-a", direction="in", proto=6, port_min=n + 1, port_max=n + 1,
                **ALL)
    b.refused("", b.nl.dump, "session-preview")
    b.nl.do("txn-abort")
    same(b.namespace_stats()["generation"], generation)


@test("S7 C1 R9 a commit of one rule tells its id")
def _(b):
    Rules(b)
    b.nl.do("txn-begin")
    b.nl.do("rule-add", group="sg-a", direction="in", peer_address="192.0.2.1")
    said = b.nl.do("txn-commit", sessions="revalidate")
    same(said["rule"], max(r["id"] for r in b.nl.dump("rule-get")))
    b.nl.do("txn-begin")
    for n in 2, 3:
        b.nl.do("rule-add", group="sg-a", direction="in", peer_address=f"192.0.2.{n}")
    same("rule" in b.nl.do("txn-commit"), False)
