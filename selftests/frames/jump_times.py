# SPDX-License-Identifier: GPL-2.0
"""S1, S2, S3, S6, R14: how long sessions and rules live, in a guest whose time jumps. Whether a packet is judged anew
is seen by taking away, once a session is open, the rule that allowed it."""

import subprocess
import time

from bench import IN, OUT, Wrong, rule_words
from frames import MORE, echo, icmp, ip, other, tcp, udp
from run import test

ANY4 = "0.0.0.0/0"
BOTH = IN, OUT


class Clock:
    """Seconds since the last mark, kept to well within one of them."""

    def __init__(self):
        self.mark()

    def mark(self):
        self.begin = time.monotonic()

    def until(self, seconds):
        left = self.begin + seconds - time.monotonic()
        if left > 0:
            time.sleep(left)
        late = time.monotonic() - self.begin - seconds
        if late > 0.8:
            raise Wrong(f"{late:.1f} s late for second {seconds}; nothing was tested")


class Flow:
    """A flow that the opener begins."""

    def __init__(self, b, kind, opener):
        self.b, self.kind, self.opener = b, kind, opener
        self.answerer = OUT if opener == IN else IN
        self.ident = b.number()

    def packet(self, direction, flags="PA"):
        if self.kind == "echo":
            return echo(self.ident, direction != self.opener)
        ends = (self.ident, 80) if direction == self.opener else (80, self.ident)
        return udp(*ends) if self.kind == "udp" else tcp(*ends, flags)

    def passes(self, direction, flags="PA", reason="session", rule=None):
        self.b.expect(direction, self.packet(direction, flags), reason, rule)

    def open(self, rule, answered=True):
        self.passes(self.opener, "S", "rule-allow", rule)
        if answered:
            self.passes(self.answerer, "SA")
            self.passes(self.opener, "A")

    def shown(self):
        found = [s for s in self.b.sessions() if self.ident in (s["local-port"], s["peer-port"]) and
                 s["proto"] == {"echo": 1, "udp": 17, "tcp": 6}[self.kind]]
        if len(found) > 1:
            raise Wrong(f"{found}")
        return found[0] if found else None


def enterprise(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")


def allow(b, opener):
    return b.rule(f"sg-a {opener} allow all {'from' if opener == IN else 'to'} {ANY4}")


def flows(b, kinds=("udp", "echo", "tcp")):
    """One of each kind in each direction."""
    return [Flow(b, kind, opener) for kind in kinds for opener in (IN, OUT)]


def gone(flow, direction):
    """A packet of a session that is no more is judged by the rules, which deny all."""
    no_session = flow.kind == "tcp"
    flow.passes(direction, reason="tcp-no-session" if no_session else "default-deny")


def opened(b, each, answered=True):
    """Opens flows and takes the rules away."""
    rules = {d: allow(b, d) for d in (IN, OUT)}
    for flow in each:
        flow.open(rules[flow.opener], answered)
    b.unrule(*rules.values())


@test("S13 S1 S3 S8 the time that a session has spent goes along to another place", sides=("guest",))
def _(b):
    enterprise(b)
    late, later, unanswered = flows(b), flows(b), flows(b, ("tcp",))
    clock = Clock()
    opened(b, late + later)
    clock.until(885)
    rules = {d: allow(b, d) for d in (IN, OUT)}
    for flow in unanswered:
        flow.open(rules[flow.opener], False)
    clock.until(900)
    saved = b.host.run("sgnl", "session", "save", b.device)
    b.nl.do("port-del", ifindex=b.ifindex)
    b.port("sg-a", adopt=0)
    if said := b.host.run("sgnl", "session", "load", b.device, "-", input=saved):
        raise Wrong(said)
    b.unrule(*rules.values())
    for flow in late + later + unanswered:
        if not 9 <= flow.shown()["expires"] <= (15 if flow in unanswered else 10):
            raise Wrong(f"{flow.shown()}")
    clock.until(909)
    for flow in late:
        flow.passes(flow.answerer)
    clock.begin += 0.5  # asking them took some of the second
    clock.until(911)
    for flow in later:
        gone(flow, flow.opener)
    clock.until(914)
    unanswered[0].passes(unanswered[0].answerer, "SA")
    clock.until(917)
    gone(unanswered[1], unanswered[1].answerer)
    for flow in late:
        flow.passes(flow.opener)


@test("S1 S2 a packet 909 s after the last one passes, and one 911 s after is judged anew",
      sides=("guest",))
def _(b):
    enterprise(b)
    # Of each kind four: what comes after 909 s and 911 s, from the opener and from the answerer.
    late, later = flows(b) + flows(b), flows(b) + flows(b)
    clock = Clock()
    opened(b, late + later)
    clock.until(909)
    for n, flow in enumerate(late):
        flow.passes(flow.opener if n < len(late) // 2 else flow.answerer)
    clock.begin += 0.5  # opening and asking them took some of the second
    clock.until(911)
    for n, flow in enumerate(later):
        direction = flow.opener if n < len(later) // 2 else flow.answerer
        gone(flow, direction)
        if flow.shown():
            raise Wrong(f"still there: {flow.shown()}")
    # Where a rule allows it, a new session begins, with an opener of its own
    rules = {d: allow(b, d) for d in (IN, OUT)}
    for flow in later[:len(later) // 2]:
        if flow.kind == "udp":
            flow.passes(flow.answerer, reason="rule-allow", rule=rules[flow.answerer])
            new = flow.shown()
            if new["age"] > 1 or new["opener"] != flow.answerer:
                raise Wrong(f"{new}")
        else:
            flow.passes(flow.opener, "S", "rule-allow", rules[flow.opener])
            if flow.shown()["age"] > 1:
                raise Wrong(f"{flow.shown()}")


@test("S1 each packet starts the 910 s anew, from either side in turn", sides=("self", "guest"))
def _(b):
    enterprise(b)
    each = flows(b)
    opened(b, each)
    for turn in range(4):
        clock = Clock()
        for flow in each:
            flow.passes(flow.opener if turn % 2 == 0 else flow.answerer)
        if turn < 3:
            clock.until(909)
            for flow in each:
                shown = flow.shown()
                if not 908 <= shown["idle"] <= 910 or shown["age"] < 908 * (turn + 1):
                    raise Wrong(f"{shown}")
    clock.begin += 0.5
    clock.until(911)
    for flow in each:
        gone(flow, flow.opener)
        gone(flow, flow.answerer)


@test("E4 S1 an error about a session does not make it live longer", sides=("guest",))
def _(b):
    enterprise(b)
    each = flows(b)
    opened(b, each)
    clock = Clock()
    clock.begin += 0.5

    def errors(reason):
        for flow in each:
            for direction in BOTH:
                ends = (b.peer, b.local) if direction == OUT else (b.local, b.peer)
                embedded = ip(*ends, flow.packet(IN if direction == OUT else OUT))
                b.expect(direction, icmp(3, 1, bytes(4) + embedded), reason)

    for second in 1, 600, 908:
        clock.until(second)
        errors("related")
    clock.until(911)
    errors("default-deny")
    for flow in each:
        gone(flow, flow.opener)


@test("S11 later fragments pass for 30 s from the first one, however many come", sides=("guest",))
def _(b):
    enterprise(b)
    rules = {d: allow(b, d) for d in (IN, OUT)}
    clock = Clock()

    def piece(direction, ident, n, reason, rule=None):
        b.expect(direction, other(132, bytes(64)), reason, rule, ident=ident, frag=MORE | 8 * n)

    for direction in BOTH:
        for ident in 1, 2:
            new = direction == IN and ident == 1
            piece(direction, ident, 0, "rule-allow" if new else "session",
                  rules[IN] if new else None)
    for n, second in enumerate((1, 15, 29), 1):
        clock.until(second)
        for direction in BOTH:
            piece(direction, 1, n, "fragment")
    clock.begin += 0.5
    clock.until(31)
    for direction in BOTH:
        for ident in 1, 2:
            piece(direction, ident, 5, "fragment-orphan")
        # Its number may be used again, and there is room again
        piece(direction, 1, 0, "session")
        piece(direction, 1, 1, "fragment")
    for n in range(254):
        piece(IN, 1000 + n, 0, "session")
    piece(IN, 2000, 0, "fragment-table")
    clock.until(75)
    for n in range(256):
        piece(IN, 3000 + n, 0, "session")


@test("S1 with the rule still there a packet after 911 s opens a new session", sides=("guest",))
def _(b):
    enterprise(b)
    rule = allow(b, IN)
    flow = Flow(b, "udp", IN)
    flow.open(rule)
    clock = Clock()
    flow.passes(IN)
    clock.until(909)
    if flow.shown()["age"] < 908:
        raise Wrong(f"{flow.shown()}")
    flow.passes(IN)
    clock.mark()
    flow.passes(OUT)
    clock.begin += 0.3
    clock.until(911)
    flow.passes(IN, reason="rule-allow", rule=rule)
    if flow.shown()["age"] > 1 or flow.shown()["state"] != "opened":
        raise Wrong(f"{flow.shown()}")


@test("S3 TCP never answered is gone 31 s after its first SYN, however often that was repeated",
      sides=("guest", "self"))
def _(b):
    enterprise(b)
    each, answered = flows(b, ("tcp",)), flows(b, ("tcp",))
    clock = Clock()
    opened(b, each, answered=False)
    opened(b, answered, answered=False)
    for second in 3, 9, 21, 29:
        clock.until(second)
        for flow in each + answered:
            flow.passes(flow.opener, "S")
    for flow in answered:
        flow.passes(flow.answerer, "SA")
    clock.begin += 0.5
    clock.until(31)
    for flow in each:
        flow.passes(flow.opener, "S", "default-deny")
        gone(flow, flow.answerer)
        if flow.shown():
            raise Wrong(f"{flow.shown()}")
    clock.until(60)
    for flow in answered:
        flow.passes(flow.opener, "A")


@test("S2 S6 a closed TCP session lives 3 s more, and one that one side closed 910 s",
      sides=("guest", "self"))
def _(b):
    enterprise(b)
    soon, late, half = flows(b, ("tcp",)), flows(b, ("tcp",)), flows(b, ("tcp",))
    opened(b, soon + late + half)
    clock = Clock()
    for flow in soon + late:
        flow.passes(flow.opener, "FA")
        flow.passes(flow.answerer, "FA")
        flow.passes(flow.opener, "A")
    for flow, closer in zip(half, ("opener", "answerer")):
        flow.passes(getattr(flow, closer), "FA")
    clock.until(2.5)
    for flow in soon:
        flow.passes(flow.answerer, "A")
    clock.begin += 0.5
    clock.until(4)
    for flow in late:
        gone(flow, flow.opener)
        gone(flow, flow.answerer)
    clock.until(900)
    for flow in half:
        flow.passes(flow.answerer)
        flow.passes(flow.opener, "A")


@test("S6 a RST lowers the idle time to 60 s, and its claimed sender's next packet restores it",
      sides=("guest", "self"))
def _(b):
    enterprise(b)
    sets = [flows(b, ("tcp",)) for _ in range(5)]
    late, later, restored, wrong_side, both = sets
    opened(b, sum(sets, []))
    clock = Clock()
    for flow in late + later + restored + wrong_side + both:
        flow.passes(flow.answerer, "R")
    for flow in both:
        flow.passes(flow.opener, "RA")
    clock.until(10)
    for flow in restored:
        flow.passes(flow.answerer)
    for flow in wrong_side:
        flow.passes(flow.opener)
    for flow in both:
        flow.passes(flow.answerer)
    clock.until(60)
    for flow in late:
        flow.passes(flow.opener)
    clock.begin += 0.5
    clock.until(61)
    for flow in later:
        gone(flow, flow.opener)
        gone(flow, flow.answerer)
    clock.until(72)
    for flow in wrong_side + both:
        gone(flow, flow.opener)
        gone(flow, flow.answerer)
    clock.until(900)
    for flow in restored:
        flow.passes(flow.opener)
        flow.passes(flow.answerer)


@test("S2 S6 a port's own idle times hold for the sessions that were opened under them",
      sides=("guest", "self"))
def _(b):
    enterprise(b)
    b.set(idle_established=40, idle_closing=8, idle_other=20)
    sets = [flows(b) for _ in range(2)]  # what comes a second before its time, and one after
    reset = [flows(b, ("tcp",)) for _ in range(2)]
    closed = [flows(b, ("tcp",)) for _ in range(2)]
    unanswered = flows(b, ("tcp",))
    clock = Clock()
    opened(b, sum(sets + reset + closed, []))
    opened(b, unanswered, answered=False)
    # What is set later is not theirs
    b.set(idle_established=910, idle_closing=3, idle_other=910)
    usual = flows(b)
    opened(b, usual)
    for flow in sum(reset, []):
        flow.passes(flow.answerer, "R")
        if not 38 <= flow.shown()["expires"] <= 40:
            raise Wrong(f"{flow.shown()}")
    for flow in sum(closed, []):
        flow.passes(flow.opener, "FA")
        flow.passes(flow.answerer, "FA")

    def before(second, each):
        clock.until(second)
        for flow in each:
            flow.passes(flow.opener)

    def after(second, each):
        clock.until(second)
        for flow in each:
            gone(flow, flow.answerer)

    def others(each):
        return [flow for flow in each if flow.kind != "tcp"]

    def tcps(each):
        return [flow for flow in each if flow.kind == "tcp"]

    before(7, closed[0])
    clock.begin += 0.7  # opening them took some of the second
    after(9, closed[1])
    clock.begin -= 0.7
    before(19, others(sets[0]))
    clock.begin += 0.7
    after(21, others(sets[1]))
    after(31, unanswered)
    clock.begin -= 0.7
    before(39, tcps(sets[0]) + reset[0])
    clock.begin += 0.7
    after(41, tcps(sets[1]) + reset[1])
    before(900, usual)


@test("S5 TCP from before the port is adopted for 910 s", sides=("guest",))
def _(b):
    clock = Clock()
    enterprise(b)
    rule = allow(b, OUT)
    flow, answers, late = (Flow(b, "tcp", OUT) for _ in range(3))
    flow.passes(OUT, "A", "rule-allow", rule)
    clock.until(908)
    answers.passes(IN, "PA", "rule-allow", rule)
    clock.begin += 0.5
    clock.until(911)
    late.passes(OUT, "A", "tcp-no-session")
    late.passes(IN, "A", "tcp-no-session")
    answers.passes(OUT, "A")
    # The first was never answered, and nobody brings it back
    flow.passes(OUT, "A", "tcp-no-session")


@test("S1 socat's UDP and ping's echo: 909 s and 911 s between programs", sides=("guest",))
def _(b):
    host, inst = "192.0.2.9", "10.0.0.5"
    b.host.run("ip", "address", "replace", f"{host}/32", "dev", b.device)
    b.host.run("ip", "route", "replace", inst, "dev", b.device)
    b.instance.run("ip", "address", "replace", f"{inst}/32", "dev", "i0")
    b.instance.run("ip", "route", "replace", host, "dev", "i0")
    enterprise(b)
    server = b.instance.start("socat", "UDP4-RECVFROM:5000,fork", "PIPE",
                              stdin=subprocess.DEVNULL)
    listening = f"{5000:04X}"
    try:
        while listening not in b.instance.run("cat", "/proc/thread-self/net/udp"):
            time.sleep(0.05)

        def udp_answers(port):
            done = b.host.start("socat", "-t", "0.1", "-", f"UDP4:{inst}:5000,sourceport={port}",
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            return done.communicate(b"hello", timeout=30)[0] == b"hello"

        def ping_answers(ident):
            done = b.host.start("ping", "-n", "-c", "1", "-W", "0.5", "-e", str(ident), inst,
                                stdout=subprocess.DEVNULL)
            return done.wait(timeout=30) == 0

        def ask(want, *numbers):
            for n in numbers:
                got = udp_answers(6000 + n), ping_answers(7000 + n)
                if got != (want, want):
                    raise Wrong(f"pair {n}: {got}, not {want} for both")

        ask(False, 1)
        rule = allow(b, IN)
        ask(True, 1, 2)
        b.unrule(rule)
        ask(False, 3)
        clock = Clock()
        ask(True, 1, 2)
        begin = time.monotonic()
        took = begin - clock.begin
        if took > 0.9:
            raise Wrong(f"the programs took {took:.1f} s; nothing was tested")
        clock.until(909)
        ask(True, 1)
        clock.begin = begin
        clock.until(911.1)
        ask(False, 2)
        ask(True, 1)
    finally:
        server.kill()
        server.wait()
        b.host.run("ip", "address", "flush", "dev", b.device)
        b.instance.run("ip", "address", "flush", "dev", "i0")


def rule_ends(b, at, wait):
    """A rule that expires at a second of UTC; it decides now, and after a while."""
    rule = b.nl.do("rule-add", expires=at, **rule_words(f"sg-a in allow udp from {ANY4}"))["id"]
    b.inn(udp(b.number(), 1), "rule-allow", rule)
    time.sleep(wait)
    b.inn(udp(b.number(), 1), "rule-allow", rule)
    return rule


@test("R14 a rule that expires in two hours, and one whose time comes when the clock is set", sides=("guest",))
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    b.set(idle_other=10)
    at = int(time.time()) + 7200
    rule_ends(b, at, 7190)
    time.sleep(at + 0.5 - time.time())
    b.inn(udp(b.number(), 1), "default-deny")
    # Forward: 10 s until it is looked at again. Backward: it has as long as it had
    begun = time.time()
    rule_ends(b, int(time.time()) + 100000, 100)
    time.clock_settime(time.CLOCK_REALTIME, begun + 200000)
    time.sleep(11)
    b.inn(udp(b.number(), 1), "default-deny")
    at = int(time.time()) + 20
    rule = rule_ends(b, at, 5)
    time.clock_settime(time.CLOCK_REALTIME, at - 3600)
    time.sleep(3595)
    b.inn(udp(b.number(), 1), "rule-allow", rule)
    time.sleep(7)
    b.inn(udp(b.number(), 1), "default-deny")


@test("S8 the mark of a session lives as long as an established one does, from when it was cut", sides=("guest",))
def _(b):
    enterprise(b)
    near, far = flows(b), flows(b)
    rules = {d: allow(b, d) for d in BOTH}
    for flow in near + far:
        flow.open(rules[flow.opener])
    time.sleep(300)
    clock = Clock()
    with b.nl.transaction("cut"):
        b.unrule(*rules.values())
    clock.until(908)
    # What it drops does not make it live longer
    for flow in near:
        flow.passes(flow.answerer, reason="cut")
    same = {flow.ident for flow in near + far}
    if {s["local-port"] for s in b.all_sessions()} | {s["peer-port"] for s in b.all_sessions()} < same:
        raise Wrong(f"marks: {b.all_sessions()}")
    clock.until(911.5)
    for flow in near + far:
        gone(flow, flow.answerer)
    if b.all_sessions():
        raise Wrong(f"marks: {b.all_sessions()}")
