# SPDX-License-Identifier: GPL-2.0
"""Sessions that are saved and loaded, as those of a guest that moves from one host to another (S13)."""

import re
import time

from bench import IN, OUT, rule_words
from frames import GRE, SCTP, echo, other, tcp, udp
from netlink import Netlink
from run import test
from test_changes import METASERVER, OTHER, Flow, Rules, same, turned

STRANGER = "192.0.2.77"

# Flags that the opener sends, small ones the answerer, and what is saved of the session behind them
STANDS = [
    ("S", "opened"), ("S R", "opened reset opener"), ("S F", "opened-fin"), ("S F R", "opened-fin reset opener"),
    ("S sa", "established"), ("S sa R", "established reset opener"), ("S sa r", "established reset answerer"),
    ("S sa r R", "established reset both"), ("S sa r A a", "established"), ("S sa F", "fin-opener"),
    ("S sa f", "fin-answerer"), ("S sa F r", "fin-opener reset answerer"), ("S sa F f", "closing"),
    ("S sa F f R", "closing reset opener"),
]


def save(b):
    """What the tool saves, in lines."""
    return b.host.run("sgnl", "session", "save", b.device).splitlines()


def load(b, lines):
    """(line, outcome, reason, rule) of those that the tool says it has not loaded"""
    said = b.host.run("sgnl", "-o", "session", "load", b.device, "-", input="".join(f"{one}\n" for one in lines))
    out = []
    for row in said.splitlines():
        m = re.fullmatch(r'line (\d+) session "(.*)" outcome (\w+)(?: reason (\S+))?(?: rule sgr-(\d+))?', row)
        same(m[2], lines[int(m[1]) - 1], "the session shown:")
        out.append((m[2], m[3], m[4], m[5] and int(m[5])))
    return out


def timeless(lines):
    return [re.sub(r" age \d+ idle \d+$", "", line) for line in lines]


def ages(lines):
    """Of each line but for its times: age and idle."""
    found = [re.fullmatch(r"(.*) age (\d+) idle (\d+)", line) for line in lines]
    return {m[1]: (int(m[2]), int(m[3])) for m in found}


def emptied(b):
    """There is no port, and no session of one."""
    b.nl.do("port-del", ifindex=b.ifindex)
    while b.namespace_stats()["sessions"]:
        time.sleep(0.01)


def moved(b, **options):
    """Another port takes the place of the port, as on another host: it adopts nothing. What was saved."""
    saved = save(b)
    emptied(b)
    b.port("sg-a", adopt=0, **options)
    same(save(b), [])
    return saved


def tags_of(b):
    """The setting that lets tags in."""
    return {"trunk": 1} if b.side == "guest" else {}


class Tcp:
    """A TCP session that stands where some flags have brought it."""

    def __init__(self, b, rules, opener, flags, stands):
        self.b, self.opener, self.stands, self.near = b, opener, stands, b.number()
        for one in flags.split():
            if one == "S":
                self.send(opener, "S", "rule-allow", rules.ids[opener, False])
            else:
                self.send(opener if one.isupper() else turned(opener), one.upper(), "session")

    def send(self, direction, flags, reason, rule=None):
        ends = (self.near, 80) if direction == self.opener else (80, self.near)
        self.b.expect(direction, tcp(*ends, flags), reason, rule)

    def line(self):
        b = self.b
        ends = (f"{b.peer}:{self.near} {b.local}:80", f"{b.local}:{self.near} {b.peer}:80")
        return f"{self.opener} tcp {ends[self.opener == OUT]} state {self.stands}"


def all_tcp(b, rules):
    return [Tcp(b, rules, opener, *row) for opener in (IN, OUT) for row in STANDS]


def cut_stranger(b, *directions):
    """Cuts the stranger's sessions of these openers."""
    with b.nl.transaction("cut"):
        for d in directions:
            b.nl.do("rule-add", **rule_words(f"sg-a {d} deny all {'from' if d == IN else 'to'} {STRANGER}"))


def open_others(b, rules):
    """Sessions of other protocols and families, answered or not, and marks of some of each."""
    for opener in IN, OUT:
        for kind in "udp", "echo", "tcp":
            for peer in None, b.peer6, STRANGER:
                for answered in True, False:
                    Flow(b, kind, opener, peer=peer, answered=answered)
    b.out(other(GRE), "rule-allow", rules.ids[OUT, False])
    b.inn(other(SCTP), "rule-allow", rules.ids[IN, True], peer=b.peer6)
    b.out(other(SCTP), "session", peer=b.peer6)
    for tags in [5], [5, 6]:
        b.inn(udp(b.number(), 80), "rule-allow", rules.ids[IN, False], tags=tags)
    cut_stranger(b, IN, OUT)


@test("S13 what is saved and loaded is saved the same again, of all kinds and in all states")
def _(b):
    rules = Rules(b, idle_closing=15, **tags_of(b))
    flows = all_tcp(b, rules)
    open_others(b, rules)
    saved = save(b)
    same(len(saved), len(flows) + 36 + 2 + 2)
    same({flow.line() for flow in flows} - set(timeless(saved)), set())
    same(sum(" state cut " in line for line in saved), 12, "marks:")
    same([line.split(" state")[0] for line in saved if " vlan " in line][0].split()[-2:], ["vlan", "5"])
    saved = moved(b, idle_closing=15, **tags_of(b))
    begun = time.monotonic()
    same(load(b, saved), [])
    again = save(b)
    took = time.monotonic() - begun + 2
    same(timeless(again), timeless(saved))
    before, after = ages(saved), ages(again)
    same([one for one, (age, idle) in after.items()
          if not (before[one][0] <= age <= before[one][0] + took and before[one][1] <= idle <= before[one][1] + took)],
         [], "other times:")
    # Loading them again changes nothing
    same([row[1] for row in load(b, saved)], ["present"] * len(saved))
    same(timeless(save(b)), timeless(saved))


@test("S13 S4 S6 S8 loaded TCP sessions go on where they stood, and without that do not")
def _(b):
    rules = Rules(b, idle_closing=15)
    flows = all_tcp(b, rules)
    cut = Flow(b, "tcp", IN, peer=STRANGER)
    left_out = [Tcp(b, rules, opener, "S sa", "established") for opener in (IN, OUT)]
    cut_stranger(b, IN)
    saved = moved(b, idle_closing=15)
    same(load(b, [line for line in saved if not any(line.startswith(f.line()) for f in left_out)]), [])
    rules.all_denied()
    cut.go("cut")
    cut.answer("cut")
    for flow in left_out:
        for direction in IN, OUT:
            flow.send(direction, "A", "tcp-no-session")
    for flow in flows:
        reset, closing = "reset" in flow.stands, flow.stands.startswith("closing")
        # A repeated SYN is part of it, unless it has ended.
        flow.send(flow.opener, "S", "default-deny" if reset or closing else "session")
        flow.send(turned(flow.opener), "SA", "session")
        flow.send(flow.opener, "A", "session")
    by_port = {max(s["local-port"], s["peer-port"]): s for s in b.sessions()}
    for flow in flows:
        phase = flow.stands.split()[0]
        same(by_port[flow.near]["phase"],
             {"opened": "established", "opened-fin": "fin-opener"}.get(phase, phase), flow.stands)
        same(by_port[flow.near]["reset-by"], 0)


@test("S13 S12 loaded sessions of other protocols let both directions pass")
def _(b):
    rules = Rules(b, **tags_of(b))
    flows = [Flow(b, kind, opener, peer=peer, answered=False) for kind in ("udp", "echo") for opener in (IN, OUT)
             for peer in (None, b.peer6)]
    tagged = b.number()
    b.inn(udp(tagged, 80), "rule-allow", rules.ids[IN, False], tags=[5, 6])
    b.out(other(GRE), "rule-allow", rules.ids[OUT, False])
    b.inn(other(SCTP), "rule-allow", rules.ids[IN, True], peer=b.peer6)
    same(load(b, moved(b, **tags_of(b))), [])
    rules.all_denied()
    for flow in flows:
        flow.answer("session")
        flow.go("session")
        same(flow.state(), "established")
    b.inn(other(GRE), "session")
    b.out(other(SCTP), "session", peer=b.peer6)
    b.out(udp(80, tagged), "session", tags=[5, 6])
    b.out(udp(80, tagged), "default-deny", tags=[5])


@test("S13 R1 rules of the new place decide, by a session's opening packet; it is theirs from then on")
def _(b):
    rules = Rules(b)
    flows = {(kind, opener): Flow(b, kind, opener) for kind in ("tcp", "udp") for opener in (IN, OUT)}
    cut = Flow(b, "udp", OUT, peer=STRANGER)
    cut_stranger(b, OUT)
    saved = moved(b)
    rules.all_denied()
    deny = b.rule("sg-a out deny udp to 0.0.0.0/0 priority 2")
    allow = b.rule("sg-a in allow udp from 192.0.2.0/24 priority 3")
    b.rule("sg-a out allow udp to 0.0.0.0/0 priority 9")
    listener = Netlink(b.nl.spec)
    listener.listen("sessions")
    hits = b.new_hits()
    left = load(b, saved)
    by_flow = {tuple(line.split()[:2][::-1]): row for line, *row in left}
    same(by_flow, {("tcp", IN): ["refused", "default-deny", None], ("tcp", OUT): ["refused", "default-deny", None],
                   ("udp", OUT): ["refused", "rule-deny", deny]})
    same((flows["udp", IN].session()["reason"], flows["udp", IN].session()["rule"]), ("rule-allow", allow))
    same((cut.state(), cut.session()["reason"]), ("cut", "cut"))
    same(len(b.all_sessions()), 2)
    same([(e["event"], e["proto"]) for _, e in listener.events()], [("new", 17)], "told:")
    same(b.new_hits() - hits, {}, "loading is no packet of a rule:")
    flows["udp", IN].answer("session")
    cut.answer("cut")
    # They are this port's like others.
    with b.nl.transaction("cut"):
        b.unrule(allow)
    flows["udp", IN].answer("cut")


@test("S13 E0 E1 E5 P2 G9 what no rule decides is judged as well")
def _(b):
    b.group("sg-a")
    b.member("sg-a", "10.9.0.1")
    b.platform("slb", None, "100.70.0.0/16")
    b.port("sg-a", smtp="allow", address=[b.local, OTHER], guard=1, **tags_of(b))
    near = b.number()
    b.out(tcp(near, 25), "default-allow")
    b.out(udp(near, 80), "default-allow", local=OTHER)
    b.inn(udp(near, 81), "slb", peer="100.70.1.1", local=OTHER)
    b.out(udp(near, 80), "default-allow", tags=[5])
    b.inn(udp(near, 80), "member", peer="10.9.0.1")
    b.inn(udp(near, 80), "slb", peer="100.70.1.1")
    b.out(udp(near, 80), "metaserver", peer=METASERVER)
    saved = moved(b, address=[b.local], guard=1, smtp="deny")
    left = {tuple(line.split()[1:4]): (outcome, reason) for line, outcome, reason, rule in load(b, saved)}
    wanted = {("tcp", f"{b.local}:{near}", f"{b.peer}:25"): ("refused", "smtp"),
              ("udp", f"{OTHER}:{near}", f"{b.peer}:80"): ("refused", "address"),
              ("udp", f"100.70.1.1:{near}", f"{OTHER}:81"): ("refused", "address")}
    if b.side == "guest":
        wanted["udp", f"{b.local}:{near}", f"{b.peer}:80"] = ("refused", "vlan-tag")
    same(left, wanted)
    same(sorted(s["reason"] for s in b.sessions()),
         ["member", "metaserver", "slb"] if b.side == "guest" else ["default-allow", "member", "metaserver", "slb"])
    # Its own address at the other end
    line = f"in udp {b.local}:1 {b.local}:2 state opened age 0 idle 0"
    same(load(b, [line]), [(line, "refused", "own-address", None)])
    # In no group, what is switched on of platform traffic alone
    emptied(b)
    b.port(address=[b.local], guard=1, adopt=0)
    b.platform("slb", 0)
    same({(outcome, reason) for _, outcome, reason, _ in load(b, [one for one in saved if "vlan" not in one])},
         {("refused", "no-group"), ("refused", "smtp"), ("refused", "address")})
    same([s["reason"] for s in b.sessions()], ["metaserver"])


@test("S13 S1 S2 S3 S6 a loaded session has the times of the port, of which some is spent")
def _(b):
    Rules(b, idle_established=300, idle_closing=5, idle_other=100)
    ends = f"{b.peer}:%d {b.local}:80"

    def expires(n, rest, want):
        line = f"in {rest.replace('ENDS', ends % n)}"
        got = load(b, [line])
        if want is None:
            same(got, [(line, "expired", None, None)])
            return
        same(got, [])
        session, = [s for s in b.all_sessions() if n in (s["local-port"], s["peer-port"])]
        if not want - 2 <= session["expires"] <= want:
            same(session["expires"], want, rest)

    expires(1, "tcp ENDS state established age 5000 idle 290", 10)
    expires(2, "tcp ENDS state established age 5000 idle 303", None)
    expires(3, "tcp ENDS state opened age 25 idle 25", 5)
    expires(4, "tcp ENDS state opened age 33 idle 33", None)
    expires(5, "tcp ENDS state established reset both age 50 idle 50", 10)
    expires(6, "tcp ENDS state fin-opener reset opener age 63 idle 63", None)
    expires(7, "tcp ENDS state closing age 50 idle 1", 4)
    expires(8, "tcp ENDS state closing age 50 idle 8", None)
    expires(9, "udp ENDS state opened age 90 idle 90", 10)
    expires(10, "udp ENDS state established age 16776960 idle 103", None)
    expires(11, "udp ENDS state established age 16776960 idle 0", 100)
    expires(12, "udp ENDS state cut age 100 idle 95", 5)
    expires(13, f"icmp {b.peer} {b.local} id 13 state opened age 900 idle 103", None)


@test("S13 a session of the same flow that is there already stays")
def _(b):
    Rules(b)
    flows = [Flow(b, "udp", IN), Flow(b, "tcp", OUT)]
    cut = Flow(b, "udp", OUT, peer=STRANGER)
    saved = save(b)
    cut_stranger(b, OUT)
    saved = [line.replace("state established", "state cut").replace("reset opener ", "") for line in saved
             if STRANGER not in line] + [line for line in saved if STRANGER in line]
    # Refused by a rule before it is looked whether there is one
    same({row[1:] for row in load(b, saved)[:2]}, {("present", None, None)})
    same([f.state() for f in flows] + [cut.state()], ["established", "established", "cut"])
    for flow in flows:
        flow.answer("session")


@test("S13 S10 loading keeps to the quota, and no answered session makes room")
def _(b):
    Rules(b, sessions_max=5)
    lines = [f"in udp {b.peer}:{n} {b.local}:80 state {'established' if n < 4 else 'opened'} age 9 idle 1"
             for n in range(1, 9)]

    def loads(lines):
        done = b.host.start("sgnl", "-o", "session", "load", b.device, "-", stdin=-1, stdout=-1, stderr=-1, text=True)
        said, error = done.communicate("".join(f"{one}\n" for one in lines))
        return done.returncode, [row.split(" outcome ")[1] for row in said.splitlines()], error

    status, left, error = loads(lines)
    same((status, left), (2, ["refused reason quota"] * 3))
    if "3 of 8 sessions found no room" not in error or f"port set {b.device} sessions" not in error:
        same(error, "an error that says so")
    same(sorted(s["peer-port"] for s in b.sessions()), [1, 2, 3, 4, 5])
    # For one that is there already none makes room.
    same(loads(lines[:1]), (0, ["present"], ""))
    same(sorted(s["peer-port"] for s in b.sessions()), [1, 2, 3, 4, 5])
    # Those that were never answered make room for those that were.
    same(loads([line.replace("opened", "established") for line in lines[5:7]]), (0, [], ""))
    same(sorted(s["peer-port"] for s in b.sessions()), [1, 2, 3, 6, 7])
    same(loads([lines[7].replace("opened", "established")])[0], 2)
    same(sorted(s["peer-port"] for s in b.sessions()), [1, 2, 3, 6, 7])
    b.set(sessions_max=7)
    same(loads([lines[4], lines[3].replace("opened", "cut")]), (0, [], ""))
    # A mark is the first to make room, then what was never answered.
    for left in [1, 2, 3, 5, 6, 7], [1, 2, 3, 6, 7]:
        Flow(b, "udp", IN)
        same(sorted(s["peer-port"] for s in b.all_sessions() if s["peer-port"] < 9), left)


GOOD = {"proto": 6, "local_address": "10.0.0.5", "local_port": 80, "peer_address": "192.0.2.9", "peer_port": 9,
        "opener": "in", "phase": "established", "reset_by": 0, "age": 10, "idle": 5}

# What is wrong with a request, and what is said of it
BAD = [
    ({"proto": None}, ""), ({"local_address": None}, ""), ({"peer_address": None}, ""), ({"local_port": None}, ""),
    ({"peer_port": None}, ""), ({"opener": None}, ""), ({"phase": None}, ""), ({"age": None}, ""),
    ({"idle": None}, ""),
    ({"local_address": b"123"}, "address: 4 (IPv4) or 16"),
    ({"peer_address": "2001:db8::1"}, "peer-address: the family of local-address"),
    ({"local_address": "224.0.0.1"}, "local-address: a unicast"),
    ({"peer_address": "255.255.255.255"}, "peer-address: a unicast"),
    ({"local_address": "ff02::1", "peer_address": "fd00::1"}, "local-address: a unicast"),
    ({"proto": 47}, "port: 0 or none"), ({"proto": 58, "local_port": 0}, "port: 0 or none"),
    ({"proto": 1}, "peer-port: an echo's id"),
    ({"opener": 2}, ""), ({"phase": 7}, ""), ({"reset_by": 4}, ""), ({"age": 16776961}, "age: up to 16776960"), ({"idle": 911}, ""),
    ({"phase": "opened", "reset_by": 2}, "phase, reset-by:"), ({"phase": "cut", "reset_by": 1}, "phase, reset-by:"),
    ({"proto": 17, "phase": "closing"}, "phase, reset-by:"), ({"proto": 17, "reset_by": 1}, "phase, reset-by:"),
    ({"idle": 11}, "idle: no more than age"),
    ({"vlan": [1, 2, 3]}, "vlan: two ids"), ({"vlan": [4096]}, ""), ({"proto": [6, 6]}, "twice"),
    ({"ifindex": 0}, ""), ({"ifindex": 999999}, "no port"),
]


@test("S13 C5 the kernel refuses what no session can be, and loads nothing")
def _(b):
    Rules(b)
    for words, text in BAD:
        b.refused(text, b.nl.do, "session-add", **{"ifindex": b.ifindex, **GOOD, **words})
        same(b.all_sessions(), [], words)
    got = b.nl.do("session-add", ifindex=b.ifindex, **GOOD)
    same((got["outcome"], got["reason"]), ("loaded", "rule-allow"))
    # It needs no transaction, and is part of none.
    with b.nl.transaction():
        same(b.nl.do("session-add", ifindex=b.ifindex, **{**GOOD, "peer_port": 10})["outcome"], "loaded")
    same(len(b.sessions()), 2)
