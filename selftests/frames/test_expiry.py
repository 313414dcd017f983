# SPDX-License-Identifier: GPL-2.0
"""R14: rules that end by themselves, in seconds of the clock on the wall."""

import time

from bench import Wrong, rule_words
from frames import echo, tcp, udp
from netlink import Netlink
from run import test

ANY4 = "0.0.0.0/0"


def until(at, more=0.0):
    """Waits for that much behind a second of UTC."""
    left = at + more - time.time()
    if left > 0:
        time.sleep(left)


def soon(seconds):
    return int(time.time()) + seconds


def ids(b):
    return sorted(rule["id"] for rule in b.nl.dump("rule-get"))


def same(got, want, what=""):
    if got != want:
        raise Wrong(f"{what}: {got}, not {want}")


def expiring(b, words, expires, **more):
    return b.nl.do("rule-add", expires=expires, **rule_words(words), **more)["id"]


def gone_by(b, want, at):
    """The rules that are left are these a second behind `at`, and not before it."""
    if time.time() < at - 0.3 and ids(b) == want:
        raise Wrong("a rule ended before its time")
    until(at)
    while ids(b) != want:
        if time.time() > at + 1:
            raise Wrong(f"{time.time() - at:.1f} s late: {ids(b)}, not {want}")
        time.sleep(0.02)


@test("R14 E7 a rule decides until it expires, and then is gone, as one generation and an event for each")
def _(b):
    b.group("sg-a")
    b.port("sg-a", adopt=0)
    stays = b.rule(f"sg-a in allow udp port 1 from {ANY4}")
    at = soon(3)
    deny = expiring(b, f"sg-a in deny udp port 7 from {ANY4} priority 2", at)
    allow = expiring(b, f"sg-a in allow udp from {ANY4} priority 3", at)
    later = expiring(b, f"sg-a out deny udp to {ANY4}", at + 1000)
    same(b.nl.do("rule-get", id=allow)["expires"], at)
    generation = b.nl.dump("rule-get")[0]["generation"]
    listener = Netlink(b.nl.spec)
    listener.listen("config")
    b.inn(udp(b.number(), 7), "rule-deny", deny)
    b.inn(udp(b.number(), 8), "rule-allow", allow)
    gone_by(b, [stays, later], at)
    b.inn(udp(b.number(), 7), "default-deny")
    b.inn(udp(b.number(), 8), "default-deny")
    b.out(udp(b.number(), 8), "rule-deny", later)
    same(b.nl.dump("rule-get")[0]["generation"], generation + 1, "generation")
    same([(name, e["command"], e["id"], e["generation"], "group" in e) for name, e in listener.events()],
         [("rule-event", b.nl.spec.commands["rule-del"], number, generation + 1, False)
          for number in (deny, allow)], "events")
    listener.sock.close()


@test("R14 C1 of many rules those that have expired go, in the order of their times")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    at = soon(2)
    rules = [expiring(b, f"sg-a out allow udp port {n} to {ANY4}", at + n % 3) for n in range(1, 31)]
    for second in range(3):
        left = [rule for n, rule in enumerate(rules, 1) if n % 3 > second]
        gone_by(b, left, at + second)
        for n, rule in list(enumerate(rules, 1))[:6]:
            b.out(udp(b.number(), n), *(("rule-allow", rule) if rule in left else ("default-deny",)))


@test("R14 S8 the sessions that it allowed are judged again: one that another rule allows goes on, others are cut")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    at = soon(2)
    rule = expiring(b, f"sg-a in allow all from {ANY4}", at)
    port, number, kept = b.number(), b.number(), b.number()
    for packet in tcp(port, 80), udp(port, 80), echo(number), udp(kept, 90):
        b.inn(packet, "rule-allow", rule)
    b.out(udp(90, kept), "session")
    stays = b.rule(f"sg-a in allow udp port 90 from {ANY4}")
    # Not allowed by what expires, and kept by the change that took its own rule away
    other = b.rule(f"sg-a out allow udp to {ANY4}")
    b.out(udp(80, port + 1), "rule-allow", other)
    b.unrule(other)
    gone_by(b, [stays], at)
    time.sleep(0.3)
    b.inn(tcp(b.number(), 80), "default-deny")
    for answer in tcp(80, port, "SA"), udp(80, port), echo(number, reply=True):
        b.out(answer, "cut")
    b.out(udp(90, kept), "session")
    b.inn(udp(port + 1, 80), "session")


@test("R14 S7 a session that was judged again is of the rule that let it go on, and ends with that")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    at = soon(3)
    early = expiring(b, f"sg-a in allow udp port 81 from {ANY4} priority 1", at)
    last = expiring(b, f"sg-a in allow udp from {ANY4} priority 9", at + 2)
    goes = b.rule(f"sg-a in allow udp port 80 from {ANY4} priority 1")
    stays, other = (b.rule(f"sg-a in allow {proto} from {ANY4}") for proto in ("tcp", "icmp"))
    asked, walked, expired = flows = {b.number(): 80, b.number(): 80, b.number(): 81}
    for near, port in flows.items():
        b.inn(udp(near, port), "rule-allow", goes if port == 80 else early)
        b.out(udp(port, near), "session")
    with b.nl.transaction("revalidate"):
        b.unrule(goes)
    b.out(udp(80, asked), "session")
    shown = {s["peer-port"]: s["rule"] for s in b.sessions()}
    same(shown, {asked: last, walked: goes, expired: early})
    with b.nl.transaction("cut"):
        b.unrule(other)
    shown = {s["peer-port"]: s["rule"] for s in b.sessions()}
    same(shown, {asked: last, walked: last, expired: early})
    gone_by(b, [last, stays], at)
    time.sleep(0.3)
    same({s["peer-port"]: s["rule"] for s in b.sessions()}, dict.fromkeys(flows, last))
    gone_by(b, [stays], at + 2)
    time.sleep(0.3)
    for near, port in flows.items():
        b.out(udp(port, near), "cut")


@test("R9 R13 R14 the same rule with another expiry is refused, and rule set gives it one, or none")
def _(b):
    b.group("sg-a", type="enterprise")
    b.port("sg-a")
    words = f"sg-a in allow udp from {ANY4}"
    at = soon(3)
    rule = expiring(b, words, at)
    same(expiring(b, words, at), rule)
    for other in at + 1, None:
        b.refused("another expiry", expiring, b, words, other)
    same(b.nl.do("rule-get", id=rule)["expires"], at)
    b.nl.do("rule-set", id=rule, expires=at + 1, **rule_words(words))
    until(at, 0.5)
    same(ids(b), [rule], "it was given another second")
    b.change(rule, words)
    same("expires" in b.nl.do("rule-get", id=rule), False)
    until(at + 1, 0.7)
    b.inn(udp(b.number(), 1), "rule-allow", rule)
    b.refused("another expiry", expiring, b, words, soon(100))
    b.nl.do("rule-set", id=rule, expires=soon(2), **rule_words(words))
    gone_by(b, [], soon(2))
    # By words it is deleted whatever its expiry is
    rule = expiring(b, words, soon(100))
    b.nl.do("rule-del", **rule_words(words))
    same(ids(b), [])


@test("R14 C5 an expiry that is past is refused, and so is what is no time, and nothing is changed")
def _(b):
    b.group("sg-a")
    words = f"sg-a in allow udp from {ANY4}"
    now = int(time.time())
    for past in 1, now - 1, now:
        b.refused("is past", expiring, b, words, past)
    for wrong in 0, 253402300800, 1 << 63, (1 << 64) - 1:
        b.refused("expires: 1 to 253402300799", expiring, b, words, wrong)
    same(ids(b), [])
    rule = expiring(b, words, 253402300799)
    b.refused("is past", b.nl.do, "rule-set", id=rule, expires=now, **rule_words(words))
    same(b.nl.do("rule-get", id=rule)["expires"], 253402300799)


@test("R14 C1 rules that expire and are deleted at the same time make no generation of their own")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    at = soon(2)
    rule = expiring(b, f"sg-a in allow udp from {ANY4}", at)
    b.unrule(rule)
    stays = b.rule(f"sg-a in allow udp from {ANY4}")
    generation = b.nl.dump("rule-get")[0]["generation"]
    until(at, 0.7)
    same(b.nl.dump("rule-get")[0]["generation"], generation, "generation")
    b.inn(udp(b.number(), 1), "rule-allow", stays)


@test("R14 namespaces end while rules in them wait to expire", sides=("guest",))
def _(b):
    for n in range(8):
        b.host.run("unshare", "-n", "sh", "-ec",
                   f"sgnl group add sg-a; sgnl rule add sg-a in all from {ANY4} expires +{1 + n % 2}s; "
                   f"sleep {n % 4 * 0.3}")
    time.sleep(3)
