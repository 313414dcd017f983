#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""run.py [--seed N] [--frames M] [--features A,B] [--jump] [--tap]: the module against the model.

Random configurations, each with some hundred frames and changes in between. Of each frame verdict, reason
and rule must be the model's; after each batch so must all counters, and in the end all live sessions. What
differs is made as small as it can be and printed as commands and frames.

    --seed N       other random numbers (1)
    --frames M     so many frames (20000)
    --per K        frames of one configuration (600)
    --features A,B only these of what not every tree has (default: what the tree has; `none`)
    --sides A,B    sides of ports
    --jump         let time pass between frames: for a guest whose time jumps
    --tap          one line for each group of statements
    --keep         go on behind a difference
    --explain      ask the kernel before each frame what would become of it, too; slow
    --quick        do not make a difference small
    --case FILE    once more what was printed
"""

import argparse
import collections
import ipaddress
import os
import re
import sys
import time

import packets
from bed import Bed, Refused, Strange
from generate import Generator
from model import FEATURES, Model, Uncertain, Verdict

BATCH = 200
SHRINK_SECONDS = 30
JUMPS = 2, 4, 29, 31, 59, 61, 909, 911

# What a frame exercised, by the model's reason, or by what the model has seen besides
TITLES = [
    ("E0 what is not IP, tags and malformed packets are as the model has them",
     "not-ip arp ethertype vlan-tag vlan-depth frame ip-header ip-options ext-header l4-header tcp-flags"),
    ("E1 M2 the address guard is as the model has it", "address own-address"),
    ("E2 P1 P2 P5 platform traffic is as the model has it",
     "pmtud metaserver neighbour mld dhcp guest-ra guest-redirect guest-dhcp-server"),
    ("P3 P4 P6 balancers, probes and switches are as the model has them", "slb probe"),
    ("E3 E9 S4 S6 S12 packets of live sessions are as the model has them", "session"),
    ("E4 ICMP errors of sessions are as the model has them", "related"),
    ("E5 mail is as the model has it", "smtp"),
    ("E6 G3 G6 fellow members are as the model has them", "member"),
    ("E7 R1 R2 R3 R4 R8 R12 the deciding rule is that of a plain scan", "rule-allow rule-deny"),
    ("R5 M1 rules with groups as peers are as the model has them", "+group as peer"),
    ("R6 rules with lists are as the model has them", "+list"),
    ("R14 rules with types and codes of ICMP are as the model has them", "+type"),
    ("E8 G2 what no rule matches is as the model has it", "default-allow default-deny"),
    ("G9 ports without a group are as the model has them", "no-group"),
    ("S5 TCP without a session is as the model has it", "tcp-no-session +adopted +adopted by mirror image"),
    ("S9 R13 M2 frames behind changes of rules, members and groups are as the model has them", "+changed"),
    ("S7 S8 sessions that are judged again, or were cut, are as the model has them", "cut +cut +judged again"),
    ("S10 quotas are as the model has them", "quota +evicted"),
    ("S11 fragments are as the model has them",
     "fragment fragment-tiny fragment-orphan fragment-overlap fragment-table"),
    ("E10 counters of reasons and rules are the model's", "+counted"),
    ("E9 S12 the sessions in the end are the model's", "+sessions"),
]
# Statements whose titles wait for a feature
NEEDS = {"E1": "guard", "P3": "slb", "E4": "related", "R6": "lists", "R14": "types",
         "S10": "evict"}


class Difference(Exception):
    """Module and model do not agree. The place is the index of an element of the case."""

    def __init__(self, place, text, signature):
        super().__init__(text)
        self.place, self.text, self.signature = place, text, signature


def explain(bed, port, direction, frame):
    """What the kernel says would become of a frame; None if it does not tell of such ones."""
    try:
        kind, tags, at = packets.parse_link(frame)
    except packets.Malformed:
        return None
    # It is told no ethertype, and goes by the packet's version
    version = {packets.IPV4: 4, packets.IPV6: 6}.get(kind)
    if "explain-get" not in bed.spec.commands or at >= len(frame) or frame[at] >> 4 != version:
        return None
    return bed.explain(port, direction, frame[at:], list(tags), bool(frame[0] & 1))


def features_of(spec):
    """Those that the tree has: by its spec, or because kmod/README.md does not call their statement missing."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../kmod/README.md"), encoding="utf-8") as file:
        missing = set(re.findall(r"[A-Z]\d+", file.read().partition("## Not there yet")[2].partition(
            "\n\nThere, ")[0]))
    reasons = spec.enum["reason"]
    has = {
        "lists": "list-add" in spec.commands, "guard": "own-address" in reasons, "follow": "M2" not in missing,
        "related": "related" in reasons, "pmtud": "related" in reasons, "fragments": "fragment-orphan" in reasons,
        "adopt": "S5" not in missing, "idle": "S2" not in missing, "evict": "S10" not in missing,
        "platform": "platform-set" in spec.commands, "slb": "slb" in reasons,
        "types": "icmp-type" in spec.attrs["rule"],
    }
    return [f for f in FEATURES if has[f]]


class Runner:
    """Runs cases: lists of elements, each a pair of "do" and a command, "frame" and what the bed is given, or
    "sleep" and seconds. Commands that stand together are one transaction, frames are one batch."""

    def __init__(self, bed, features):
        self.bed, self.features = bed, features
        self.seen = collections.Counter()
        self.late = 0
        self.explains = False

    @staticmethod
    def _steps(case, batch):
        """Elements that go together, and the place of the first."""
        at = 0
        while at < len(case):
            kind, end = case[at][0], at + 1
            while end < len(case) and case[end][0] == kind and kind != "sleep" and \
                    (kind != "frame" or end - at < batch) and case[end] != ("do", ""):
                end += 1
            yield at, kind, [value for _, value in case[at:end]]
            at = end

    def run(self, case, batch=BATCH, count=False):
        """Raises Difference; tells whether it came to the end."""
        bed, model = self.bed, Model(self.features)
        bed.clear()
        changes = frames = 0
        try:
            for at, kind, values in self._steps(case, batch):
                begin = time.monotonic()
                if kind == "sleep":
                    time.sleep(values[0])
                elif kind == "do":
                    bed.do([v for v in values if v])
                    model.now = begin, time.monotonic()
                    # What is done to a device is no part of a transaction, and comes first
                    for line in values:
                        if line.startswith("device"):
                            model.do(line)
                    model.do(*[v for v in values if v and not v.startswith("device")])
                    changes += 1
                else:
                    said = []
                    got = bed.send(values, lambda *frame: said.append(explain(bed, *frame))
                                   if self.explains else None)
                    model.now = begin, time.monotonic()
                    self._compare(at, values, got, model, said)
                    frames += len(values)
                    if changes > 1:
                        model.seen["changed"] += len(values)
                    self._compare_counters(at + len(values) - 1, model)
                    model.seen["counted"] += len(values)
            self._compare_sessions(len(case) - 1, model)
        except Uncertain:
            self.late += 1
            return False
        finally:
            if count:
                self.seen += model.seen
                for (_, _, reason), n in model.counters.items():
                    self.seen[reason, ] += n
        return True

    def _compare(self, at, frames, got, model, said):
        for n, ((port, direction, data), outcome) in enumerate(zip(frames, got)):
            want = model.decide(port, direction, data)
            same = outcome.passed == want.passed and \
                (outcome.passed or (outcome.reason, outcome.rule) == (want.reason, want.rule))
            if not same:
                raise Difference(at + n, f"model: {say(want)}\nkernel: {say(outcome)}",
                                 ("verdict", want.reason, outcome.passed, outcome.reason))
            if said and said[n] and said[n] != want[1:]:
                raise Difference(at + n, f"model: {say(want)}\nexplain: {say(Verdict(want.passed, *said[n]))}",
                                 ("explain", want.reason, said[n][0]))

    def _compare_counters(self, at, model):
        counters, hits = self.bed.counters()
        ports = {name for name in model.ports}
        want = +collections.Counter({k: v for k, v in model.counters.items() if k[0] in ports})
        if counters != want:
            more, less = counters - want, want - counters
            raise Difference(at, f"counters: the kernel has besides {dict(more)}, the model {dict(less)}",
                             ("counted", *sorted({k[2] for k in more}), "-", *sorted({k[2] for k in less})))
        want = +collections.Counter({n: v for n, v in model.hits.items() if n in model.rules})
        if hits != want:
            raise Difference(at, f"packets of rules: the kernel has besides {dict(hits - want)}, the model "
                             f"{dict(want - hits)}", ("counted", "rules"))

    def _compare_sessions(self, at, model):
        want = {}
        for port in model.ports.values():
            for key in list(port.sessions):
                session = model._find(port, key)  # pylint: disable=protected-access
                if not session:
                    continue
                tags, proto, local, peer, lport, pport = key
                want[port.name, tags, proto, ip(local), ip(peer), lport, pport] = (
                    session.opener, session.state(proto == 6), session.reason, session.rule, session.pending)
        got = {}
        for s in self.bed.sessions():
            key = (self.bed.name[s["ifindex"]], tuple(s.get("vlan", ())), s["proto"], s["local-address"],
                   s["peer-address"], s.get("local-port", 0), s.get("peer-port", 0))
            got[key] = s["opener"], s["state"], s["reason"], s.get("rule"), s.get("pending", False)
        if got != want:
            lines = [f"session {key}: model {want.get(key)}, kernel {got.get(key)}"
                     for key in sorted({*got, *want}, key=str) if got.get(key) != want.get(key)]
            kinds = {(want.get(k, (0, 0))[1], got.get(k, (0, 0))[1])
                     for k in {*got, *want} if got.get(k) != want.get(k)}
            raise Difference(at, "\n".join(lines[:5]), ("sessions", *sorted(kinds, key=str)))
        self.seen["sessions"] += len(got)

    # Making it small

    def _same(self, case, signature, batch=BATCH):
        try:
            self.run(case, batch)
        except Difference as e:
            return e if e.signature[0] == signature[0] and (
                signature[0] != "verdict" or e.signature == signature) else None
        except (Refused, Strange, KeyError, IndexError):
            pass
        return None

    def shrink(self, case, found):
        """The smallest case that still differs in this way, and how; None if it does not any more."""
        end = time.monotonic() + SHRINK_SECONDS
        signature = found.signature
        case = case[:found.place + 1]
        again = self._same(case, signature) or self._same(case, signature)
        if not again:
            return case, None
        found = again
        case = case[:found.place + 1]
        # Most often it is about one port, and about frames that have the addresses of the last one
        last = case[-1][1]
        for keep in (lambda f: f[0] == last[0],
                     lambda f: f[0] == last[0] and (last[2][26:34] in f[2] or last[2][30:34] in f[2]
                                                    and last[2][26:30] in f[2])):
            less = [e for e in case if e[0] != "frame" or keep(e[1])] if isinstance(last, tuple) else []
            e = self._same(less, signature) if less else None
            if e:
                case, found = less[:e.place + 1], e
        size = max(1, len(case) // 2)
        while size and time.monotonic() < end:
            at, smaller = 0, False
            while at < len(case) and time.monotonic() < end:
                less = case[:at] + case[at + size:]
                e = self._same(less, signature) if less else None
                if e:
                    case, found, smaller = less[:e.place + 1], e, True
                else:
                    at += size
            if size == 1 and not smaller:
                break
            size = max(1, size // 2) if size > 1 else (1 if smaller else 0)
        return case, found


def ip(address):
    return str(ipaddress.ip_address(address))


def say(verdict):
    rule = "" if verdict.rule is None else f", sgr-{verdict.rule}"
    if verdict.reason is None:
        return "passes"
    return f"{'passes' if verdict.passed else 'drops'}, {verdict.reason}{rule}"


def show(case):
    """A case as text that --case reads."""
    out = []
    for kind, value in case:
        if kind == "frame":
            out.append(f"frame {value[0]} {value[1]} {value[2].hex()}")
        elif kind == "sleep":
            out.append(f"sleep {value}")
        else:
            out.append(f"sgnl {value}" if value else "--")
    return out


def read_case(path):
    case = []
    with open(path, encoding="ascii") as file:
        for line in file:
            word, _, rest = line.strip().lstrip("# ").partition(" ")
            if word == "frame":
                port, direction, data = rest.split()
                case.append(("frame", (port, direction, bytes.fromhex(data))))
            elif word == "sleep":
                case.append(("sleep", float(rest)))
            elif word in ("sgnl", "--"):
                case.append(("do", rest))
    return case


def make_case(generator, frames, jump):
    """A configuration, frames and changes. ("do", "") begins another transaction."""
    r = generator.r
    case = [("do", line) for line in generator.configuration()]
    while frames > 0:
        n = min(frames, r.choice((50, 100, 200)))
        case += [("frame", f) for f in generator.frames(n)]
        frames -= n
        if frames > 0 and r.random() < 0.6:
            lines = generator.change()
            # What is done to a device is no part of a transaction
            for line in lines:
                if line.startswith("device"):
                    case.append(("do", ""))
                case.append(("do", line))
        if jump and frames > 0:
            case.append(("sleep", r.choice(JUMPS)))
    return case


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--frames", type=int, default=20000)
    parser.add_argument("--per", type=int, default=600)
    parser.add_argument("--features")
    parser.add_argument("--sides", default="guest,self")
    parser.add_argument("--jump", action="store_true")
    parser.add_argument("--tap", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--case")
    return parser.parse_args()


def main():
    o = arguments()
    bed = Bed()
    features = features_of(bed.spec)
    if o.features is not None:
        features = [f for f in o.features.split(",") if f != "none"]
    runner = Runner(bed, features)
    runner.explains = o.explain
    print(f"# seed {o.seed}, features: {' '.join(features) or 'none'}", flush=True)
    if o.case:
        try:
            print("no difference" if runner.run(read_case(o.case)) else "too late to tell")
        except Difference as e:
            print(f"element {e.place}:\n{e.text}")
            return 1
        return 0
    generator = Generator(o.seed, features, o.sides.split(","))
    begin, signatures, unclear = time.monotonic(), [], 0
    while bed.sent < o.frames:
        case = make_case(generator, min(o.per, o.frames - bed.sent), o.jump)
        try:
            runner.run(case, count=True)
        except Difference as e:
            before = bed.sent
            if o.quick:
                print(f"# difference after {before} frames: {e.text}")
                return 1
            took = time.monotonic() - begin
            case, small = runner.shrink(case, e)
            begin, bed.sent = time.monotonic() - took, before
            if not small:
                print(f"# it differed once, and not again: {e.text}")
                unclear += 1
                if unclear > 3:
                    return 1
                continue
            signatures.append(small.signature)
            print(f"# difference {len(signatures)}:", *(f"#   {line}" for line in show(case)),
                  *(f"# {line}" for line in small.text.splitlines()), sep="\n", flush=True)
            if not o.keep:
                break
    took = time.monotonic() - begin
    print(f"# {bed.sent} frames in {took:.1f} s, {bed.sent / took:.0f} a second; {runner.late} configurations "
          "left early for their time")
    if o.tap:
        tap(runner, features, signatures)
    else:
        for what, n in sorted(runner.seen.items(), key=str):
            print(f"# {n:8} {what if isinstance(what, str) else what[0]}")
    return bool(signatures)


def tap(runner, features, signatures):
    """A line for each group of statements; what differed is told of in all that it may belong to."""
    titles = [(t, what) for t, what in TITLES if NEEDS.get(t.split()[0]) in (None, *features)]
    print(f"1..{len(titles)}")
    wrong = {word for signature in signatures for word in signature}
    for n, (title, what) in enumerate(titles, 1):
        reasons = [word for word in what.split("+")[0].split()]
        others = [word.strip() for word in what.split("+")[1:]]
        count = sum(runner.seen[reason, ] for reason in reasons) + sum(runner.seen[o] for o in others)
        good = count and not wrong & {*reasons, *others}
        print(f"{'ok' if good else 'not ok'} {n} {title}\n# {count} times")


if __name__ == "__main__":
    sys.exit(main())
