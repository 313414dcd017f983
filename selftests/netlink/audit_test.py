# SPDX-License-Identifier: GPL-2.0
"""A candidate set of rules that is judged beside the one in force."""
import collections
import errno
import json
import random
import socket
import struct
import subprocess
import time

import tap
from tap import addr, equal, is_equal, run, save, title
from wire import DUMP, REQUEST, Refused, Socket, Spec

spec = Spec()
sock = Socket(spec)
IN, OUT, STATE_CUT = 0, 1, 4
REASON = {name: number for number, name in enumerate(spec.enums["reason"])}
PASSES = {REASON[name] for name in ("member", "rule-allow", "default-allow")}
HOST = [f"10.3.0.{n}" for n in (1, 11, 12, 13, 14)]
GUEST = "10.3.0.2"
SHOWN = 8  # times, of which some meet a change
next_port = iter(range(20001, 65000))


def sgnl(*words, **more):
    return run("sgnl", *words, **more)


def ns(*words, **more):
    return run("ip", "netns", "exec", "audit", *words, **more)


def refused(status, says, *words, **more):
    done = run("sgnl", *words, check=False, **more)
    equal((done.returncode, says in done.stderr), (status, True), f"{words}: {done.stderr!r}")


def start(text, base=None):
    """An audit of what is in force with lines added, or of other text"""
    sgnl("audit", "start", "-f", "-", text=(save() if base is None else base) + text)


def audit():
    """The audit itself, and packets by how they are judged otherwise"""
    first, *rest = sock.dump("audit-get")
    found = collections.Counter()
    for row in rest:
        found[row["direction"], row["reason"], row.get("rule", 0), row["would-reason"], row.get("would-rule", 0)] = row["packets"]
    return first, found


def sums():
    first, _ = audit()
    return first["judged"], first["would-drop"], first["would-pass"]


def send(source, port):
    """A datagram to the guest, of a flow that there never was"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((source, next(next_port)))
        s.sendto(b"x", (GUEST, port))
        return s.getsockname()[1]


def send_out(count, port):
    """As many from the guest"""
    ns("/usr/bin/python3", "-c", f"""
import socket
for n in range({count}):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(b"x", ("{HOST[0]}", {port}))
""")


def explain(source, port, direction=IN):
    """Reason and rule for a datagram of a new flow"""
    ends = (addr(source), addr(GUEST))
    packet = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 29, 0, 0, 64, 17, 0, *ends[::1 if direction == IN else -1])
    total = sum(struct.unpack("!10H", packet))
    total = (total & 0xffff) + (total >> 16)
    total = (total & 0xffff) + (total >> 16)
    packet = packet[:10] + struct.pack("!H", total ^ 0xffff) + packet[12:] + struct.pack("!HHHHB", 9, port, 9, 0, 120)
    told = sock.do("explain-get", {"ifindex": socket.if_nametoindex("t0"), "direction": direction, "packet": packet})
    return told["reason"], told.get("rule", 0)


def hits():
    return {r["id"]: r["packets"] for r in sock.dump("rule-get")}


def setup():
    run("ip", "netns", "add", "audit")
    run("ip", "link", "add", "t0", "type", "veth", "peer", "name", "eth0", "netns", "audit")
    for word in "all", "default":
        ns("sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{word}/disable_ipv6")
    run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/t0/disable_ipv6")
    ns("ip", "addr", "add", f"{GUEST}/24", "dev", "eth0")
    ns("ip", "link", "set", "eth0", "up")
    for address in HOST:
        run("ip", "addr", "add", f"{address}/24", "dev", "t0")
    run("ip", "link", "set", "t0", "up")


START = f"""\
group add sg-t
group add sg-p
member add sg-p {HOST[1]}
prefix-list add pl-a family ipv4 max 4 entry {HOST[4]}/32
rule add sg-t in allow udp port 1000/1009 from 0.0.0.0/0 id sgr-1
rule add sg-t in deny udp port 1010/1019 from 0.0.0.0/0 id sgr-2
port add t0 side guest address {GUEST} group sg-t
"""


def again(text=START):
    stop()
    sgnl("apply", "-f", "-", text="")
    sgnl("-b", "-", text=text)


def stop():
    run("sgnl", "audit", "stop", check=False)


def test_counts():
    again()
    with title("E7 audit: a candidate with the same verdicts, 0 differences of as many packets as the rules judged"):
        start("rule add sg-t in allow udp port 1000/1000 from 0.0.0.0/0 priority 50\n")
        for _ in range(10):
            send(HOST[0], 1000)
        send(HOST[0], 1010)
        send_out(3, 7)
        equal(sums(), (14, 0, 0))
        stop()
    with title("E7 audit: packets of sessions are not judged beside"):
        start("rule add sg-t in deny udp port 1001/1001 from 0.0.0.0/0\n")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((HOST[0], 19999))
            for _ in range(5):
                s.sendto(b"x", (GUEST, 1001))
        equal(sums(), (1, 1, 0))
        stop()
    with title("E7 audit: what passes and would be dropped is counted at both rules, and passes"):
        before = hits()
        start("rule add sg-t in deny udp port 1002/1003 from 0.0.0.0/0\n")
        for port in 1002, 1003, 1002, 1004:
            send(HOST[0], port)
        first, found = audit()
        rule = max(row[4] for row in found)
        equal((first["judged"], first["would-drop"], first["would-pass"]), (4, 3, 0))
        equal(found, {(IN, REASON["rule-allow"], 1, REASON["rule-deny"], rule): 3})
        equal(hits()[1] - before[1], 4, "packets that rule sgr-1 let in")
        equal(rule in hits(), False, "the candidate's rule is in force")
    with title("E7 audit: explanations and previews count nothing"):
        explain(HOST[0], 1002)
        sgnl("--preview", "rule", "del", "sgr-1")
        equal(sums(), (4, 3, 0))
    with title("C1 audit commit: in force, with the ids that were shown, and what was counted happens"):
        saved = save().splitlines()
        sgnl("audit", "commit")
        new, = set(save().splitlines()) - set(saved)
        equal(("deny udp port 1002/1003" in new, new.endswith(f"id sgr-{rule}")), (True, True), new)
        equal(explain(HOST[0], 1002), (REASON["rule-deny"], rule))
        equal(audit()[0]["ended"], sock.generation())
        for port in 1002, 1003, 1002, 1004:
            send(HOST[0], port)
        equal(hits()[rule], 3, "packets that it dropped")
        equal(sums(), (4, 3, 0), "an audit that is over")
    again()
    with title("E7 E8 audit: what is dropped and would pass is counted, also where no rule decides, and is dropped"):
        before = hits()
        start("rule add sg-t in allow udp port 1010/1010 from 10.3.0.0/24 priority 1\n"
              f"rule add sg-t in allow udp port 1020/1020 from group sg-p\n"
              f"rule add sg-t out deny udp port 8/8 to 0.0.0.0/0\n",
              save().replace("deny udp port 1010/1019", "deny udp port 1011/1019"))
        send(HOST[0], 1010)
        for source in HOST:
            send(source, 1020)
        send_out(2, 8)
        first, found = audit()
        equal((first["judged"], first["would-drop"], first["would-pass"]), (8, 2, 2))
        # In the order in which sgnl apply makes them
        ids = {row["port-min"]: row["id"] for row in sock.dump("rule-get", {"candidate": True})}
        equal(found, {(IN, REASON["rule-deny"], 2, REASON["rule-allow"], ids[1010]): 1,
                      (IN, REASON["default-deny"], 0, REASON["rule-allow"], ids[1020]): 1,
                      (OUT, REASON["default-allow"], 0, REASON["rule-deny"], ids[8]): 2})
        equal(hits()[2] - before.get(2, 0), 1, "dropped by rule sgr-2")
    with title("R12 M3 audit: members that come and go meanwhile count in both, and end nothing"):
        sgnl("member", "add", "sg-p", HOST[2])
        send(HOST[2], 1020)
        sgnl("member", "del", "sg-p", HOST[2])
        send(HOST[2], 1020)
        equal(sums(), (10, 2, 3))
        equal("ended" in audit()[0], False)
    with title("R7 audit show: state, sums, rules with their words; in JSON too"):
        rows = json.loads(sgnl("-j", "audit", "show"))
        equal((rows[0]["state"], rows[0]["judged"], rows[0]["would_drop"], rows[0]["would_pass"], len(rows)), ("running", 10, 2, 3, 4))
        equal([row["packets"] for row in rows[1:]], [2, 2, 1])
        by = {row.get("rule", row["would_rule"]): row for row in rows[1:]}
        equal((by["sgr-2"]["reason"], by["sgr-2"]["would_reason"]), ("rule-deny", "rule-allow"))
        equal("1010/1019" in by["sgr-2"]["rule_words"], True, by)
        equal("port 1010/1010" in by["sgr-2"]["would_rule_words"], True, by)
        lines = sgnl("audit", "show").splitlines()
        equal(len(lines), 5, lines)
    stop()


def random_rules(group, rng, count):
    lines = []
    for _ in range(count):
        low = rng.randrange(1000, 1020)
        high = min(low + rng.choice((0, 1, 4, 9)), 1019)
        peer = rng.choice(("10.3.0.0/29", f"{rng.choice(HOST)}/32", f"{rng.choice(HOST)}/32", f"{rng.choice(HOST)}/32", "group sg-p",
                           "prefix-list pl-a"))
        lines.append(f"rule add {group} in {rng.choice(('allow', 'deny'))} {rng.choice(['udp'] * 19 + ['all'])} "
                     f"{{}} from {peer} priority {rng.randrange(1, 60)}")
        lines[-1] = lines[-1].format("" if " all " in lines[-1] else f"port {low}/{high}").replace("  ", " ")
    return list(dict.fromkeys(lines))


def test_random():
    rng = random.Random(42)
    for turn in range(2):
        with title(f"E6 E7 E8 audit: counts equal what explain says before and after the commit, random rules {turn}"):
            base = START.split("rule add")[0] + f"group add sg-u\nmember add sg-t {HOST[2]}\n"
            have = random_rules("sg-t", rng, 25) + random_rules("sg-u", rng, 8)
            want = [line for line in have if rng.random() < 0.6]
            want += [line for line in random_rules("sg-t", rng, 12) + random_rules("sg-u", rng, 4) if line not in have]
            port = f"port add t0 side guest address {GUEST} group sg-t,sg-u\n"
            again(base + "\n".join(have) + "\n" + port)
            base = base.replace("group add sg-t\n", f"group add sg-t internal {'drop' if turn % 2 else 'accept'}\n")
            base = base.replace(f"entry {HOST[4]}/32", f"entry {HOST[turn % 4]}/32")
            sgnl("audit", "start", "-f", "-", text=base + "\n".join(want) + "\n" + port)
            kinds = [(source, port) for source in HOST for port in range(1000, 1021)]
            now = {kind: explain(*kind) for kind in kinds}
            sent = [rng.choice(kinds) for _ in range(250)]
            for kind in sent:
                send(*kind)
            first, found = audit()
            sgnl("audit", "commit")
            then = {kind: explain(*kind) for kind in kinds}
            wanted = collections.Counter((IN, *now[k], *then[k]) for k in sent if (now[k][0] in PASSES) != (then[k][0] in PASSES))
            equal(dict(found), dict(wanted))
            drops = sum(n for k, n in wanted.items() if k[1] in PASSES)
            equal((first["judged"], first["would-drop"], first["would-pass"]), (len(sent), drops, sum(wanted.values()) - drops))
            equal(len(wanted) > 3, True, f"differences: {wanted}")


def test_life():
    again()
    extra = "rule add sg-t in deny udp port 1005/1005 from 0.0.0.0/0\n"
    with title("C1 audit stop: forgotten, nothing is judged beside; again: there is none"):
        start(extra)
        policies = sock.stats()["policies"]
        sgnl("audit", "stop")
        equal(sock.stats()["policies"], policies - 1)
        for words in ("stop",), ("show",), ("commit",):
            refused(2, "there is no audit", "audit", *words)
        try:
            sock.dump("rule-get", {"candidate": True})
            raise AssertionError("it has rules")
        except Refused as e:
            equal((e.errno, e.text), (errno.ENOENT, "there is no audit"))
    with title("C1 a dump of the candidate's rules with another audit between its parts: NLM_F_DUMP_INTR"), \
            Socket(spec) as other:
        many = "".join(f"rule add sg-t in deny udp port {n}/{n} from 10.0.0.0/8\n" for n in range(2000, 2700))
        start(many)
        message = other.message(spec.ops["rule-get"]["number"], spec.encode("rule-get", {"candidate": True}),
                                REQUEST | DUMP)
        other.sock.send(message)
        parts = other.answers(struct.unpack_from("=I", message, 8)[0])
        next(parts)
        sgnl("audit", "stop")
        start(many.replace("deny", "allow"))
        rest = sum(1 for _ in parts)
        equal((rest > 600, other.interrupted), (True, True), f"interrupted (before {rest} rules)")
        other.dump("rule-get", {"candidate": True})
        equal(other.interrupted, False, "interrupted when read again")
        sgnl("audit", "stop")
    with title("C2 audit: ended by another client's rule, group or list; what was counted stays, and commit is refused"):
        for change in (("rule", "add", "sg-p", "in", "icmp", "from", "10.0.0.0/8"), ("group", "add", "sg-x"),
                       ("prefix-list", "entry", "add", "pl-a", "192.0.2.0/24"), ("group", "set", "sg-p", "internal", "drop")):
            start(extra)
            send(HOST[0], 1005)
            sgnl(*change)
            first, found = audit()
            equal((first["ended"], first["would-drop"], list(found.values())), (sock.generation(), 1, [1]))
            send(HOST[0], 1005)
            equal(sums(), (1, 1, 0), f"after {change}")
            saved = save()
            refused(2, f"the audit is over: generation {sock.generation()} has changed groups, rules or lists", "audit", "commit")
            equal(save(), saved)
        equal(json.loads(sgnl("-j", "audit", "show"))[0]["state"], "over")
    with title("C2 audit: another begins where one is over, and is refused where one runs"):
        start(extra)
        equal("ended" in audit()[0], False)
        refused(2, "an audit runs", "audit", "start", "-f", "-", text=save() + extra)
        sgnl("audit", "stop")
    with title("C5 audit: changes of ports, members, platform traffic and guards are refused, and named"):
        saved = save()
        for line, word in (("member add sg-p 10.9.9.9\n", "member add sg-p 10.9.9.9"), ("guard add zz*\n", "guard add \"zz*\""),
                           ("platform set mld off\n", "platform set mld off")):
            done = run("sgnl", "audit", "start", "-f", "-", text=saved + extra + line, check=False)
            equal((done.returncode, word.split('"')[0] in done.stderr, "ports, members, platform traffic and guards stay" in done.stderr),
                  (2, True, True), done.stderr)
        for line in (f"port add t0 side guest address {GUEST} group sg-t,sg-p\n", ""):
            text = "".join(row for row in saved.splitlines(True) if not row.startswith("port add")) + line
            done = run("sgnl", "audit", "start", "-f", "-", text=text, check=False)
            equal((done.returncode, '"port ' in done.stderr), (2, True), done.stderr)
        equal(save(), saved)
        refused(2, "there is no audit", "audit", "show")
    with title("C5 audit: what would change nothing, other options and words are refused"):
        refused(2, "nothing would change", "audit", "start", "-f", "-", text=save())
        refused(1, "file missing: expected audit start -f FILE", "audit", "start")
        refused(1, "--confirm", "audit", "start", "--confirm", "5", "-f", "-", text="")
        refused(1, "expected with a command that changes something", "--confirm", "5", "audit", "start", "-f", "-", text="")
        refused(1, "expected with a command that changes something", "--preview", "audit", "show")
        refused(1, "--preview", "--preview", "audit", "commit")
        refused(1, "unknown command \"x\"", "audit", "x")
        refused(2, "cost", "audit", "start", "-f", "-", text=save() + "port-list add prl-z max 900 entry 1/1\n"
                "rule add sg-t in tcp port list prl-z from 0.0.0.0/0\nrule add sg-t out tcp port list prl-z to 0.0.0.0/0\n")
        for op in "audit-start", "audit-commit":
            try:
                sock.do(op)
                raise AssertionError(f"{op} was taken")
            except Refused as e:
                equal(e.errno, errno.ENOENT, op)
        refused(2, "there is no audit", "audit", "show")
    with title("C2 audit start: not if another generation was expected"):
        sock.do("txn-begin")
        sock.do("group-add", {"name": "sg-y"})
        try:
            sock.do("audit-start", {"expect": sock.generation() + 1})
            raise AssertionError("it was taken")
        except Refused as e:
            equal(e.errno, errno.ESTALE)
    with title("C3 audit: none begins while a commit waits; commit can wait to be confirmed, and be taken back"):
        saved = save()
        sgnl("--confirm", "60", "member", "add", "sg-p", "10.9.9.9")
        refused(2, "busy", "audit", "start", "-f", "-", text=save() + extra)
        sgnl("confirm", "--rollback")
        start(extra)
        equal(sgnl("--confirm", "60", "audit", "commit"), "in force: confirm within 60 seconds by sgnl confirm\n")
        equal("1005" in save(), True)
        sgnl("confirm", "--rollback")
        equal(save(), saved)
    with title("S7 audit commit: --sessions cut cuts what is no longer allowed"):
        start(extra)
        cut, kept = send(HOST[0], 1005), send(HOST[0], 1006)
        sgnl("--sessions", "cut", "audit", "commit")
        states = {s.get("peer-port"): s["state"] for s in sock.dump("session-get")}
        equal((states[cut], states[kept] == STATE_CUT), (STATE_CUT, False), states)
    with title("C1 audit commit: one event, txn-event"), Socket(spec) as listener:
        again()
        start(extra)
        listener.join("config")
        sgnl("audit", "commit")
        equal(list(listener.events()), [("txn-event", {"command": spec.ops["audit-commit"]["number"], "generation": sock.generation()})])


def test_ports():
    again()
    extra = "rule add sg-t in deny udp port 1005/1005 from 0.0.0.0/0\n"
    more = tap.devices("d0", "d1")
    with title("R7 audit: ports that come, join, move and go meanwhile are judged by the candidate of their groups"):
        sgnl("group", "add", "sg-gone")
        start(extra, save().replace("group add sg-gone type basic internal accept\n", ""))
        sgnl("port", "add", "d0", "side", "guest", "group", "sg-t,sg-p")
        sgnl("port", "join", "t0", "sg-p")
        send(HOST[0], 1005)
        equal(sums(), (1, 1, 0))
        sgnl("port", "leave", "t0", "sg-p")
        send(HOST[0], 1005)
        sgnl("port", "set", "t0", "address", f"{GUEST},10.3.0.3")
        send(HOST[0], 1005)
        equal(sums(), (3, 3, 0))
    with title("G7 audit commit: a group that would go and has got a member, or a port, is named, and nothing changes"):
        sgnl("member", "add", "sg-gone", "10.9.9.9")
        refused(2, "group sg-gone: it has 1 members", "audit", "commit")
        sgnl("member", "del", "sg-gone", "10.9.9.9")
        sgnl("port", "add", "d1", "side", "guest", "group", "sg-gone,sg-t")
        refused(2, "group sg-gone: port d1 is in it", "audit", "commit")
        equal("1005" in save(), False)
        equal("ended" in audit()[0], False)
    with title("D2 audit: a device goes while it runs, and then all of them"):
        run("ip", "link", "del", "d0")
        send(HOST[0], 1005)
        equal(sums(), (4, 4, 0))
        run("ip", "link", "del", "d1")
        sgnl("audit", "commit")
        equal("sg-gone" in save(), False)
        sgnl("rule", "add", "sg-p", "in", "icmp", "from", "10.0.0.0/8")
        start("rule add sg-p in tcp from 10.0.0.0/8\n")
        run("ip", "netns", "del", "audit")
        for _ in range(100):
            if not sock.stats()["ports"]:
                break
            time.sleep(0.05)
        equal((sock.stats()["ports"], "ended" in audit()[0]), (0, False))
        sgnl("audit", "commit")
        equal("tcp" in save(), True)
    equal(len(more), 2)
    with title("D2 audit: a namespace ends while one runs"):
        run("unshare", "-n", "sh", "-ec", "ip link add e0 type dummy; sgnl group add sg-n; sgnl port add e0 side self group sg-n; "
            "(sgnl save; echo rule add sg-n in icmp from 10.0.0.0/8) | sgnl audit start -f -; sgnl audit show >/dev/null")
    with title("D2 audit: one that runs without a port does not keep the module"):
        sgnl("apply", "-f", "-", text="group add sg-a\n")
        start("rule add sg-a in icmp from 10.0.0.0/8\n")
        end = time.monotonic() + 10
        while open("/sys/module/sgnl/refcnt", encoding="ascii").read().strip() != "0" and time.monotonic() < end:
            time.sleep(0.1)
        equal(open("/sys/module/sgnl/refcnt", encoding="ascii").read().strip(), "0")


def test_full():
    again()
    with title("S10 audit: the table of differences is full: the sums are right, what is shown is a part"):
        lines = [f"rule add sg-t in udp port {n}/{n} from 0.0.0.0/0\n" for n in range(2000, 2600)]
        sgnl("-b", "-", text="".join(lines))
        base = "".join(line for line in save().splitlines(True) if " port 2" not in line)
        sgnl("audit", "start", "-f", "-", text=base)
        for port in range(2000, 2600):
            send(HOST[0], port)
        send(HOST[0], 2000)
        first, found = audit()
        equal((first["judged"], first["would-drop"]), (601, 601))
        equal((len(found), sum(found.values())), (512, 513))
        stop()


def test_show():
    again()
    rules = "".join(f"rule add sg-{n} in udp port {port} from 0.0.0.0/0\n" for n in "ab" for port in range(1, 1001))
    sgnl("-b", "-", text="group add sg-a\ngroup add sg-b\n")
    start(rules)
    with title("C1 audit show: it is shown while members come and go"):
        for n in range(SHOWN):
            with subprocess.Popen(["sgnl", "-j", "audit", "show"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as show:
                # Fewer than the tool tries again
                for op in ("member-add", "member-del") * 8:
                    sock.do(op, {"group": "sg-a", "address": addr("10.9.9.9")})
                    time.sleep(0.02)
                said, wrong = show.communicate()
            equal((show.returncode, wrong), (0, b""), f"time {n}")
            equal(json.loads(said)[0]["state"], "running")
    stop()


def main():
    setup()
    for test in test_counts, test_random, test_life, test_full, test_show, test_ports:
        test()
    is_equal(sock.stats()["policies"], 0, "D2 audit: no policy is left over")
    tap.end()


main()
