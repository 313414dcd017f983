# SPDX-License-Identifier: GPL-2.0
"""Transactions, generations, events, dumps, saving and applying, and what a commit refuses."""
import json
import os
import re
import signal
import socket
import struct
import tempfile
import time

import tap
from tap import addr, equal, is_equal, ok, run, save, title
from wire import BROADCAST_ERROR, DUMP, REQUEST, SOL_NETLINK, Refused, Socket, Spec, attributes

EINVAL, ENOENT, EEXIST, EBUSY, ENOSPC, ENODEV, ESTALE = 22, 2, 17, 16, 28, 19, 116

spec = Spec()
sock = Socket(spec)
device = tap.devices("d0", "d1", "d2")


def group(name, **words):
    return "group-add", {"name": name, **words}


def rule(name, peer, direction=0, **words):
    """A rule from or to an address, a CIDR or a group"""
    words = {key.replace("_", "-"): value for key, value in words.items()}
    if peer.startswith("sg-") or "/sg-" in peer:
        words["peer-group"] = peer
    else:
        address, _, length = peer.partition("/")
        words["peer-address"] = addr(address)
        words |= {"peer-prefix-len": int(length)} if length else {}
    return "rule-add", {"group": name, "direction": direction, **words}


def member(name, address, op="member-add"):
    return op, {"group": name, "address": [addr(address)]}


def port(op, name, *groups, **words):
    return f"port-{op}", {"ifindex": device[name], **({"group": list(groups)} if groups else {}),
                          **words}


def commit(changes, expect=None, on=None):
    """The changes as one transaction; the commit's reply"""
    on = on or sock
    on.do("txn-begin")
    try:
        for op, words in changes:
            on.do(op, words)
    except Refused:
        on.do("txn-abort")
        raise
    return on.do("txn-commit", {} if expect is None else {"expect": expect})


def refused(call, errno=None, *texts):
    """The refusal; its text has all of these, and nothing has changed."""
    before = sock.state()
    try:
        call()
    except Refused as e:
        if errno is not None:
            equal(e.errno, errno, f"errno of: {e}")
        for text in texts:
            if text not in e.text:
                raise AssertionError(f"no {text!r} in: {e.text}") from None
        if not e.text:
            raise AssertionError(f"no text: {e}") from None
        equal(sock.state() == before, True, "nothing has changed")
        return e
    raise AssertionError("it was taken")


def index(error):
    return struct.unpack("=I", error.cookie)[0] if error.cookie else None


def clear():
    """Back to an empty namespace, and out of a transaction that a test left open"""
    try:
        sock.do("txn-abort")
    except Refused:
        pass
    run("sgnl", "apply", "-f", "-", text="")
    equal(save(), "", "sgnl save")


# A bit of everything; applied to START.
START = [
    group("sg-a"), group("sg-b", **{"internal-policy": 1}), group("sg-c"),
    rule("sg-a", "10.0.0.0/8", proto=6, port_min=80, port_max=80, id=1),
    rule("sg-b", "sg-a", id=2), member("sg-c", "10.8.0.1"),
    port("add", "d0", "sg-a", side=0, address=addr("10.0.0.1")),
    port("add", "d1", "sg-a", side=0),
]
CHANGES = [
    group("sg-new"), rule("sg-new", "sg-a", policy=1), rule("sg-a", "2001:db8::/32", direction=1),
    ("rule-set", {**rule("sg-a", "10.0.0.0/9", proto=17)[1], "id": 1}),
    member("sg-new", "10.7.7.7"), member("sg-c", "10.8.0.1", "member-del"), ("group-del", {"name": "sg-c"}),
    ("group-set", {"name": "sg-b", "internal-policy": 0, "description": "changed"}),
    port("add", "d2", "sg-new", side=1, address=addr("fd00::2")), port("join", "d0", "sg-b"),
    port("move", "d1", "sg-new"), port("leave", "d0", "sg-a"),
    port("set", "d0", address=[addr("10.0.0.2"), addr("10.0.0.3")], smtp=2),
    port("del", "d1"), ("rule-del", {"id": 2}), ("rule-del", rule("sg-new", "sg-a", policy=1)[1]),
    ("platform-set", {"item": 6, "switch": 0, "prefix": addr("100.64.0.0") + b"\x0a"}),
]


def start():
    clear()
    commit(START)


def send_first(other, n):
    other.do("txn-begin")
    for op, words in CHANGES[:n]:
        other.do(op, words)


def test_killed():
    """A client that goes after each of its messages"""
    start()
    before, saved = sock.state(), save()
    for n in range(len(CHANGES) + 1):
        with title(f"C1 socket closed after {n} of {len(CHANGES)} changes: nothing is left"):
            with Socket(spec) as other:
                send_first(other, n)
            equal(sock.state() == before, True, "the state is the same")
    is_equal(save(), saved, "C1 sgnl save after all closed sockets: the same bytes")
    for n in range(len(CHANGES) + 1):
        with title(f"C1 process killed after {n} of {len(CHANGES)} changes: nothing is left"):
            killed(n)
            equal(sock.state() == before, True, "the state is the same")
    is_equal(save(), saved, "C1 sgnl save after all killed processes: the same bytes")
    with title("C1 all of them committed: one generation"):
        reply = commit(CHANGES)
        equal(reply, {"generation": before[1][0] + 1, "changes": len(CHANGES)})
        equal(sock.generation(), before[1][0] + 1)
        wanted = ["platform set slb off address 100.64.0.0/10",
                  "group add sg-a type basic internal accept",
                  "group add sg-b type basic internal accept description changed",
                  "group add sg-new type basic internal accept", "member add sg-new 10.7.7.7"]
        equal(save().splitlines()[:5], wanted)
        for text in ("port add d0 side guest address 10.0.0.2,10.0.0.3 group sg-b smtp private",
                     "port add d2 side self address fd00::2 group sg-new smtp deny"):
            equal(text in save().splitlines(), True, text)
        equal(len(save().splitlines()), 9, "lines of sgnl save")


def killed(n):
    """A child that has sent n changes and is killed by SIGKILL"""
    ready, tell = os.pipe()
    child = os.fork()
    if not child:
        try:
            send_first(Socket(spec), n)
            os.write(tell, b"1")
        finally:
            while True:
                signal.pause()
    os.close(tell)
    sent = os.read(ready, 1)
    os.close(ready)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    equal(sent, b"1", "what the child told")


def test_states():
    """Beginning, aborting, and what comes at the wrong time"""
    start()
    with title("C1 abort drops what was queued, and what follows is no part of it"):
        before = sock.state()
        send_first(sock, 5)
        sock.do("txn-abort")
        equal(sock.state() == before, True, "the state is the same")
        sock.do(*group("sg-later"))
        equal(sock.generation(), before[1][0] + 1)
        sock.do("group-del", {"name": "sg-later"})
    with title("C1 a second begin is refused and leaves the first as it is"):
        sock.do("txn-begin")
        sock.do(*group("sg-x"))
        refused(lambda: sock.do("txn-begin"), EBUSY, "already")
        equal(sock.do("txn-commit")["changes"], 1)
        sock.do("group-del", {"name": "sg-x"})
    with title("C1 commit and abort without begin are refused"):
        refused(lambda: sock.do("txn-commit"), ENOENT, "no transaction")
        refused(lambda: sock.do("txn-abort"), ENOENT, "no transaction")
    with title("C1 a commit that fails ends its transaction"):
        refused(lambda: commit([group("sg-a")]), EEXIST)
        refused(lambda: sock.do("txn-commit"), ENOENT, "no transaction")
    with title("C1 an empty transaction makes no generation"):
        generation = sock.generation()
        equal(commit([]), {"generation": generation, "changes": 0})
        equal(sock.generation(), generation)
    with title("C1 changes are not seen before the commit, and readers see them at once after it"):
        sock.do("txn-begin")
        sock.do(*group("sg-x"))
        refused(lambda: sock.do("group-get", {"name": "sg-x"}), ENOENT)
        with Socket(spec) as other:
            equal(len(other.dump("group-get")), 3, "groups")
            sock.do("txn-commit")
            equal(len(other.dump("group-get")), 4, "groups")
        sock.do("group-del", {"name": "sg-x"})
    with title("C1 two sockets with transactions at once: each has its own"):
        with Socket(spec) as a, Socket(spec) as b:
            generation = sock.generation()
            a.do("txn-begin")
            b.do("txn-begin")
            for n in range(3):
                a.do(*group(f"sg-x{n}"))
                b.do(*member("sg-c", f"10.8.1.{n}"))
            refused(lambda: sock.do("txn-commit"), ENOENT)
            equal(a.do("txn-commit"), {"generation": generation + 1, "changes": 3})
            equal([g["name"] for g in sock.dump("group-get")],
                  ["sg-a", "sg-b", "sg-c", "sg-x0", "sg-x1", "sg-x2"])
            equal(len(sock.dump("member-get", {"group": "sg-c"})), 1, "members")
            equal(b.do("txn-commit"), {"generation": generation + 2, "changes": 3})
            equal(len(sock.dump("member-get", {"group": "sg-c"})), 4, "members")


BAD = {
    "a group that is there": (group("sg-a"), EEXIST),
    "a group that is not": (rule("sg-none", "10.0.0.0/8"), ENOENT),
    "a peer group that is not": (rule("sg-a", "sg-none"), ENOENT),
    "a rule id that is not": (("rule-del", {"id": 99}), ENOENT),
    "a member that is none": (member("sg-a", "10.250.0.1", "member-del"), ENOENT),
    "a device that is not": (("port-add", {"ifindex": 99999, "side": 0}), ENODEV),
    "a port that is there": (port("add", "d0", side=0), EEXIST),
    "a port that is none": (port("join", "d2", "sg-a"), ENOENT),
    "a group that is held": (("group-del", {"name": "sg-a"}), EBUSY),
}


def test_bad_change():
    """What fails at the commit, at each place in the transaction"""
    start()
    good = [group(f"sg-g{n}") for n in range(4)] + [member("sg-c", "10.8.0.9")]
    for why, (change, errno) in BAD.items():
        with title(f"C1 C5 {why}: the whole fails, with the change's number"):
            for k in range(len(good) + 1):
                error = refused(lambda: commit(good[:k] + [change] + good[k:]), errno)
                equal(index(error), k, "number in the cookie")
    with title("C1 what an earlier change of the transaction makes can be named by a later one"):
        commit([group("sg-g"), rule("sg-a", "sg-g"), port("join", "d0", "sg-g")])
        refused(lambda: commit([port("join", "d1", "sg-h"), group("sg-h")]), ENOENT, "sg-h")
    with title("C1 C5 a change wrong by itself fails when it is queued, and is not part of it"):
        sock.do("txn-begin")
        sock.do(*group("sg-one"))
        refused(lambda: sock.do(*rule("sg-a", "10.0.0.0/8", priority=101)), None, "range")
        refused(lambda: sock.do(*rule("sg-a", "10.0.0.0/8", proto=1, port_min=1, port_max=2)), EINVAL, "port")
        sock.do(*group("sg-two"))
        equal(sock.do("txn-commit")["changes"], 2)


def test_expect():
    start()
    generation = sock.generation()
    with title("C2 the generation in force expected: committed"):
        equal(commit([group("sg-x")], generation)["generation"], generation + 1)
    for why, wrong in (("an older", generation), ("a newer", generation + 2), ("0", 0),
                       ("the greatest", (1 << 64) - 1)):
        with title(f"C2 {why} generation expected: refused, and nothing changes"):
            error = refused(lambda: commit([group("sg-y")], wrong), ESTALE, str(generation + 1), str(wrong))
            equal(index(error), None, "number of a change")
    with title("C2 of two that expect the same, one wins"):
        with Socket(spec) as other:
            now = sock.generation()
            commit([group("sg-y")], now, other)
            refused(lambda: commit([group("sg-z")], now), ESTALE)
    with title("C2 C5 a generation expected twice: refused, and the transaction is still there"):
        now = sock.generation()
        sock.do("txn-begin")
        sock.do(*group("sg-z"))
        refused(lambda: sock.do("txn-commit", [("expect", now), ("expect", now + 1)]), EINVAL, "twice")
        sock.do("txn-commit", {"expect": now})
        equal(sock.generation(), now + 1)


def test_events():
    start()
    with title("C1 events of a commit: every change, in order, with the new generation"), \
            Socket(spec) as listener:
        listener.join("config")
        send_first(sock, 3)
        sock.do("txn-abort")
        refused(lambda: commit([group("sg-q"), group("sg-a")]))
        equal(list(listener.events()), [], "events of what failed")
        generation = commit(CHANGES)["generation"]
        events = list(listener.events())
        equal([spec.op_names[words["command"]] for _, words in events], [op for op, _ in CHANGES])
        equal([name for name, _ in events], [op.split("-")[0] + "-event" for op, _ in CHANGES])
        equal({words["generation"] for _, words in events}, {generation})
        for (op, words), (_, event) in zip(CHANGES, events):
            for key in {"group-add": ["name"], "rule-add": ["group", "direction"],
                        "member-add": ["group", "address"], "port-add": ["ifindex", "side"],
                        "port-del": ["ifindex"], "group-del": ["name"]}.get(op, ()):
                if key in event or op not in ("rule-add",):
                    equal(event.get(key), words[key], f"{op} {key}")
    with title("C1 G4 an event holds a port with all that it may have"), Socket(spec) as listener:
        names = [f"{i}/sg-" + 120 * "x" for i in range(10)]
        addresses = [addr(f"fd00::{i:x}") for i in range(1, 65)]
        commit([("port-del", {"ifindex": device["d2"]})] + [group(name) for name in names])
        listener.join("config")
        sock.do("port-add", {"ifindex": device["d2"], "side": 0, "group": names,
                             "address": addresses, "ethertype": list(range(0x8800, 0x8806))
                             + list(range(0x9000, 0x900a))})
        (name, event), = listener.events()
        equal((name, sorted(event["group"]), event["address"], len(event["ethertype"])),
              ("port-event", names, addresses, 16))
        shown = sock.dump("port-get")
        equal([len(port["address"]) for port in shown if port["ifindex"] == device["d2"]], [64])
        sock.do("port-del", {"ifindex": device["d2"]})
        commit([("group-del", {"name": name}) for name in names])
    with title("C1 R9 what changes nothing makes neither an event nor a generation"), \
            Socket(spec) as listener:
        listener.join("config")
        before = sock.generation()
        sock.do(*rule("sg-a", "2001:db8::/32", direction=1))
        sock.do(*member("sg-new", "10.7.7.7"))
        equal(sock.generation(), before)
        equal(list(listener.events()), [])
    with title("E10 events that a listener had no room for are counted, if it asks for it"), \
            Socket(spec) as listener:
        for asks, wanted in ((0, 0), (1, 1)):
            listener.sock.setsockopt(SOL_NETLINK, BROADCAST_ERROR, asks)
            listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            listener.join("config")
            before = sock.stats()["events-lost"]
            for _ in range(50):
                sock.do("group-set", {"name": "sg-a", "description": "again"})
            equal(sock.stats()["events-lost"] > before, bool(wanted), f"asked {asks}")


def test_dumps():
    """Dumps that a change comes into say so."""
    start()
    commit([group(f"sg-m{n}") for n in range(3)] +
           [rule(f"sg-m{n % 3}", f"10.{n >> 8}.{n & 255}.0/24") for n in range(2100)])
    with title("C1 a dump of 2,101 rules without a change: whole, and not interrupted"):
        equal(len(sock.dump("rule-get")), 2102)
        equal(sock.interrupted, False, "interrupted")
    for what, change in ("group", group("sg-last")), ("member", member("sg-m0", "10.99.0.1")):
        with title(f"C1 a dump of rules with a change of a {what} between its parts: NLM_F_DUMP_INTR"), \
                Socket(spec) as other:
            number = other.spec.ops["rule-get"]["number"]
            message = other.message(number, b"", REQUEST | DUMP)
            other.sock.send(message)
            parts = other.answers(struct.unpack_from("=I", message, 8)[0])
            next(parts)
            sock.do(*change)
            rest = 1 + sum(1 for _ in parts)
            equal(other.interrupted, True, f"interrupted (of {rest} rules)")
            other.dump("rule-get")
            equal(other.interrupted, False, "interrupted when read again")


def test_members():
    start()
    names = [f"10.{64 + (n >> 16)}.{n >> 8 & 255}.{n & 255}" for n in range(1 << 16)]
    compiled = sock.stats()["policies-compiled"]
    with title("C1 M1 65,536 members by one file: one generation, all of them there"):
        generation = sock.generation()
        begin = time.monotonic()
        run("sgnl", "-b", "-", text="".join(f"member add sg-c {name}\n" for name in names))
        tap.note(f"65,536 members in {time.monotonic() - begin:.1f} s")
        equal(sock.generation(), generation + 1)
        number = spec.attr("member-get", "address")["number"]
        got = sorted(dict(attributes(row))[number]
                     for row in sock.dump_raw("member-get", {"group": "sg-c"}))
        equal(got == sorted(addr(name) for name in names + ["10.8.0.1"]), True, "members are these")
    with title("C1 C5 M1 of lines with many members the one is told that is refused, and none is in force"):
        before, many = run("sgnl", "save"), " ".join(names[:5000])
        for lines, at in ((f"member del sg-c {many}\nmember add sg-none 10.1.1.1 10.1.1.2\ngroup add sg-x\n", 2),
                          (f"member del sg-c {many}\nmember del sg-c {names[5000]} {names[0]}\ngroup add sg-x\n", 2),
                          (f"group add sg-x\nmember del sg-c {names[0]} {many}\n", 2),
                          (f"member del sg-c {names[0]}\nmember del sg-c {names[0]}\ngroup add sg-x\n", 2),
                          ("member add sg-b 10.1.1.1\nmember add sg-b 10.1.1.2\nmember add sg-none 10.1.1.3\n"
                           "member add sg-none 10.1.1.4\n", 3),
                          (f"group add sg-x\nmember del sg-c {many}\ngroup add sg-a\n", 3)):
            done = tap.run("sgnl", "-b", "-", text=lines, check=False)
            equal((done.returncode, f"standard input:{at}: kernel: " in done.stderr, run("sgnl", "save") == before),
                  (2, True, True), done.stderr)
    with title("M3 adding and removing members compiles no policy"):
        for number in range(5):
            sock.do(*member("sg-a", f"10.200.0.{number}"))
        commit([member("sg-a", f"10.200.0.{number}", "member-del") for number in range(5)])
        equal(sock.stats()["policies-compiled"], compiled)
        sock.do(*rule("sg-a", "172.16.0.0/12"))
        equal(sock.stats()["policies-compiled"] > compiled, True, "a rule compiles one")
    with title("C1 65,536 members deleted by one file"):
        run("sgnl", "-b", "-", text="".join(f"member del sg-c {name}\n" for name in names))
        equal(len(sock.dump("member-get", {"group": "sg-c"})), 1)


STATE = r'''
group add sg-web description "web \"front\" \\ and more"
group add sg-db internal drop description "Datenbank äöü 数据库 🙂"
group add 4711/sg-other description "  spaces around  "
group add sg-ent type enterprise description "#1"
group add sg-v7 vpc 7 description "a # b"
group add acc.1/sg-v7 vpc 7
group add sg-v4294967295 vpc 4294967295
rule add sg-web in tcp port 443 from 0.0.0.0/0
rule add sg-web in tcp port 80/90 from ::/0 priority 100 description "öffentlich \"ja\""
rule add sg-web in deny all from 10.1.2.3/8 priority 2
rule add sg-db in tcp port 5432 from group sg-web
rule add sg-db in udp from group 4711/sg-other
rule add sg-db out deny all to 2001:db8::ff/64
rule add sg-web in tcp port 22 from 192.0.2.0/24 to 10.0.0.5 sport 1000/2000
rule add sg-web out udp port 53 to 198.51.100.53 from 10.0.0.0/24 sport 5353
rule add sg-web in tcp sport 1/65535 from 203.0.113.1
rule add sg-ent in icmp from group sg-web id sgr-500
rule add sg-ent in icmpv6 from fd00::/8
rule add sg-ent in icmpv6 type 128 from fd00::/8
rule add sg-ent out icmp type 3 code 0 to 10.5.5.5 expires 2099-12-31T23:59:59Z description "for a while"
rule add sg-ent out deny icmp type 255 code 255 to 10.5.5.5 from 10.0.0.0/8
rule add sg-ent out gre to 10.5.5.5
rule add sg-ent in 0 from 10.5.5.5
rule add sg-ent in 255 from 10.5.5.5
rule add sg-v7 in all from group acc.1/sg-v7
rule add acc.1/sg-v7 in all from group sg-v7 id sgr-7000 description ends\
member add sg-web 10.0.0.9 2001:db8::9
member add 4711/sg-other 172.16.9.9 10.0.0.9
member add acc.1/sg-v7 10.0.0.9
port add d0 side guest address 10.0.0.5,fd00::5,10.0.0.4 group sg-web,sg-db smtp private trunk on ethertype 0x88cc,0x8863
port add d1 side self address 10.0.0.5 group sg-v7,acc.1/sg-v7 smtp allow
port add d2 side guest group sg-ent
'''
# The same with a few changes: what is to be seen of each
EDITS = [
    ('description "a # b"', 'description new'),
    ("port add d2 side guest group sg-ent", "port add d2 side guest group sg-ent smtp allow"),
    ("group sg-web,sg-db smtp private trunk on", "group sg-db smtp private"),
    ("member add sg-web 10.0.0.9 2001:db8::9", "member add sg-web 10.0.0.9 2001:db8::a"),
    ("rule add sg-ent out gre to 10.5.5.5", "rule add sg-ent out gre to 10.5.5.6"),
    ("icmp type 3 code 0 to", "icmp type 3 to"),
    ("rule add sg-db in udp from group 4711/sg-other", "rule add sg-db in udp from group sg-web"),
]


def elsewhere(command, text):
    """A command in an empty namespace with devices of the same names, then sgnl save there"""
    links = "".join(f"link add {n} type veth peer name {n}-peer\n" for n in device)
    with tempfile.NamedTemporaryFile("w", errors="surrogateescape") as file, \
            tempfile.NamedTemporaryFile("w") as batch:
        file.write(text)
        file.flush()
        batch.write(links)
        batch.flush()
        return run("unshare", "-n", "sh", "-ec",
                   f"ip -batch {batch.name}; sgnl {command} {file.name}; sgnl save")


def ids():
    """Rule ids by what the rule says"""
    out = {}
    for row in sock.dump("rule-get"):
        row = dict(row)
        key = row.pop("id")
        for drop in "packets", "bytes", "since", "generation":
            row.pop(drop)
        out[repr(sorted(row.items()))] = key
    return out


def without_ids(saved):
    return sorted(re.sub(r" id sgr-\d+", "", saved).splitlines())


def test_saved_expiry(saved):
    """What has expired is left out, what expires otherwise is changed in place, and both are told."""
    line, = [line for line in saved.splitlines() if "2099" in line]
    with title("R14 C4 apply leaves out what has expired since, and says so"):
        run("sgnl", "apply", "-f", "-", text=saved.replace("2099-12-31T23:59:59Z", "2020-02-29T00:00:00Z"))
        equal(save().splitlines(), [other for other in saved.splitlines() if other != line])
        done = tap.run("sgnl", "apply", "-f", "-", check=False,
                       text=saved.replace("2099-12-31T23:59:59Z", "2020-02-29T00:00:00Z"))
        at = saved.splitlines().index(line) + 1
        equal((done.returncode, done.stdout, done.stderr),
              (0, "", f"sgnl: standard input:{at}: the rule has expired at 2020-02-29T00:00:00Z: left out\n"))
        run("sgnl", "apply", "-f", "-", text=saved)
        equal(save(), saved)
    with title("R9 R14 C4 apply gives an equal rule the file's expiry; a file has one for each"):
        for other in line.replace("2099", "2098"), line.replace(" expires 2099-12-31T23:59:59Z", ""):
            generation = sock.generation()
            run("sgnl", "apply", "-f", "-", text=saved.replace(line, other))
            equal((save(), sock.generation()), (saved.replace(line, other), generation + 1))
        run("sgnl", "apply", "-f", "-", text=saved)
        double = saved + re.sub(" id sgr-.*", "", line.replace("2099", "2098")) + "\n"
        done = tap.run("sgnl", "apply", "-f", "-", text=double, check=False)
        equal((done.returncode, "with another expiry" in done.stderr, save()), (1, True, saved))
    with title("R14 -b refuses a file with what has expired as a whole"):
        done = tap.run("unshare", "-n", "sgnl", "-b", "-", check=False,
                       text="group add sg-x\nrule add sg-x in all from ::/0 expires 2020-02-29T00:00:00Z\n")
        equal((done.returncode, "standard input:2: " in done.stderr, "is past" in done.stderr), (2, True, True),
              done.stderr)


def test_save():
    clear()
    run("sgnl", "-b", "-", text=STATE)
    saved = save()
    with title("C4 save, and in an empty namespace -b and save: the same bytes"):
        equal(len(saved.splitlines()), 7 + 19 + 5 + 3, "lines")
        equal(elsewhere("-b", saved), saved)
    is_equal(elsewhere("apply -f", saved), saved, "C4 the same by apply")
    test_saved_expiry(saved)
    with title("C4 descriptions of every kind of text come back"):
        texts = {g["name"]: g.get("description") for g in sock.dump("group-get")}
        equal(texts["sg-web"], 'web "front" \\ and more')
        equal(texts["sg-db"], "Datenbank äöü 数据库 🙂")
        equal(texts["4711/sg-other"], "  spaces around  ")
        equal(texts["sg-v7"], "a # b")
    with title("C4 apply of what is there changes nothing, not even the generation"):
        before = sock.state()
        run("sgnl", "apply", "-f", "-", text=saved)
        equal(sock.state() == before, True, "the state is the same")
    with title("C4 apply without the ids: rules that are equal keep theirs"):
        run("sgnl", "apply", "-f", "-", text="\n".join(without_ids(saved)))
        equal(save(), saved)
    with title("C4 apply of a changed file makes exactly its changes, as one generation"), \
            Socket(spec) as listener:
        text = STATE
        for old, new in EDITS:
            equal(text.count(old), 1, old)
            text = text.replace(old, new)
        before, generation = ids(), sock.generation()
        listener.join("config")
        run("sgnl", "apply", "-f", "-", text=text)
        equal(sock.generation(), generation + 1)
        after = ids()
        kept = set(before) & set(after)
        equal({k: after[k] for k in kept}, {k: before[k] for k in kept}, "ids of equal rules")
        equal((len(kept), len(after)), (16, 19), "rules kept, and there")
        changed = sorted({(name, words.get("name") or words.get("group") or words.get("ifname") or
                           words.get("id")) if name != "port-event" else (name, words["ifname"])
                          for name, words in listener.events() if name != "rule-event"})
        equal(changed, [("group-event", "sg-v7"), ("member-event", "sg-web"), ("port-event", "d0"),
                        ("port-event", "d2")])
    is_equal(without_ids(elsewhere("-b", text)), without_ids(save()),
             "C4 the state is the changed file's, ids aside")
    with title("C4 apply of an empty file removes all, ports included"):
        clear()
    with title("C4 text that another client gave: save can be applied"):
        texts = (b"new\nline", b"tab\there", b"\x01\x7f", b"\\x41", b"#", b'"', b" ", b"a\\", b"\xc2\x85",
                 b"\xff\xfe not UTF-8")
        for n, text in enumerate(texts):
            try:
                sock.do("group-add", {"name": f"sg-{n}", "description": text + b"\0"})
            except Refused as e:    # may say no to what is no text
                equal(n, len(texts) - 1, f"refused: {e}")
        saved = save()
        equal(elsewhere("-b", saved), saved)


PLATFORM = """\
platform set arp off
platform set slb on address 100.64.0.0/10,2001:db8::/32
platform set probe off address 192.0.2.1/32
"""


def platform():
    """What the kernel says of each item, by its number"""
    return {row["item"]: (row["switch"], row.get("prefix", [])) for row in sock.dump("platform-get")}


def test_platform():
    clear()
    new = {item: (1, []) for item in range(8)}
    with title("P6 in a new namespace all is on, and no balancer or probe is registered"):
        equal(platform(), new)
    with title("P6 C4 what differs from that is saved in canonical form, and comes back"):
        run("sgnl", "-b", "-", text="platform set probe address 192.0.2.1 off\n"
            "platform set slb address 2001:DB8::1/32,100.127.1.2/10\nplatform set arp off\n")
        equal(save(), PLATFORM)
        equal(elsewhere("-b", PLATFORM), PLATFORM)
        equal(elsewhere("apply -f", PLATFORM), PLATFORM)
    with title("P6 C4 apply of what is there changes nothing"):
        before = sock.state()
        run("sgnl", "apply", "-f", "-", text=PLATFORM)
        equal(sock.state() == before, True, "the state is the same")
    with title("P6 C4 apply: what the file does not name is as in a new namespace"), \
            Socket(spec) as listener:
        listener.join("config")
        generation = sock.generation()
        run("sgnl", "apply", "-f", "-", text="platform set slb address 2001:db8::/32\n")
        equal(sock.generation(), generation + 1)
        equal(platform(), {**new, 6: (1, [addr("2001:db8::") + b"\x20"])})
        equal(sorted((words["item"], words["switch"], len(words.get("prefix", [])))
                     for _, words in listener.events()), [(0, 1, 0), (6, 1, 1), (7, 1, 0)])
        clear()
        equal(platform(), new)
    with title("P6 C1 an item may change twice in a transaction, and a dropped one changes none"):
        commit([("platform-set", {"item": 6, "prefix": bytes([10, 0, 0, 0, 8])}),
                ("platform-set", {"item": 6, "switch": 0}), ("platform-set", {"item": 7, "switch": 0})])
        equal(platform(), {**new, 6: (0, [bytes([10, 0, 0, 0, 8])]), 7: (0, [])})
        refused(lambda: commit([("platform-set", {"item": 6, "switch": 1}),
                                ("group-del", {"name": "sg-none"})]), ENOENT)
        sock.do("platform-set", {"item": 6, "clear-prefix": True})
        equal(platform(), {**new, 6: (0, []), 7: (0, [])})
    with title("P6 C1 an event and an answer hold an item with all that it may have"), \
            Socket(spec) as listener:
        prefixes = [addr(f"fd00::{i:x}") + b"\x80" for i in range(64)]
        listener.join("config")
        sock.do("platform-set", {"item": 7, "switch": 1, "prefix": prefixes})
        (name, event), = listener.events()
        equal((name, event["prefix"]), ("platform-event", prefixes))
        equal(sock.do("platform-get", {"item": 7})["prefix"], prefixes)
        sock.do("platform-set", {"item": 6, "prefix": prefixes})
        equal(platform(), {**new, 6: (0, prefixes), 7: (1, prefixes)})
    with title("P6 sgnl platform show: all items or one, as a table, as JSON, as words"):
        run("sgnl", "platform", "set", "slb", "on", "address", "100.64.0.0/10")
        run("sgnl", "platform", "set", "probe", "off", "address", "none")
        rows = json.loads(run("sgnl", "-j", "platform", "show"))
        equal([row["item"] for row in rows],
              ["arp", "neighbour", "mld", "dhcp", "pmtud", "metaserver", "slb", "probe"])
        equal(rows[6:], [{"item": "slb", "on": True, "packets": 0, "addresses": ["100.64.0.0/10"]},
                         {"item": "probe", "on": False, "packets": 0, "addresses": []}])
        equal(run("sgnl", "-o", "platform", "show", "slb"),
              "platform set slb on address 100.64.0.0/10\n")
        equal(len(run("sgnl", "platform", "show").splitlines()), 9, "lines")
    clear()


def test_limits():
    clear()
    thousand = [rule("sg-a", f"10.{n >> 8}.{n & 255}.0/24") for n in range(1000)]
    with title("R7 1,000 rules in a group, the 1,001st is refused with the count"):
        commit([group("sg-a"), group("sg-b")] + thousand)
        refused(lambda: sock.do(*rule("sg-a", "192.0.2.1", direction=1)), ENOSPC, "sg-a", "1001", "1000")
        refused(lambda: commit([rule("sg-a", "192.0.2.1", direction=1)]), ENOSPC, "sg-a", "1001")
    with title("R7 R9 one that exists still succeeds, and after deleting one there is room"):
        sock.do(*thousand[500])
        sock.do("rule-del", thousand[500][1])
        sock.do(*rule("sg-a", "192.0.2.1", direction=1))
    with title("R7 a port whose groups would cost 1,001: joins and adds are refused with count and port"):
        sock.do(*port("add", "d0", "sg-a", side=0))
        sock.do(*rule("sg-b", "192.0.2.1"))
        refused(lambda: sock.do(*port("join", "d0", "sg-b")), ENOSPC, "d0", "1001", "1000")
        refused(lambda: sock.do(*port("add", "d1", "sg-a", "sg-b", side=0)), ENOSPC, "d1", "1001")
        refused(lambda: sock.do(*port("move", "d0", "sg-b", "sg-a")), ENOSPC, "d0", "1001")
    with title("R7 a rule that would put a port over 1,000 is refused with count and port"):
        equal(sock.do("port-get", {"ifindex": device["d0"]})["rules"], 1000)
        commit([("rule-del", thousand[1][1]), port("join", "d0", "sg-b")])
        refused(lambda: sock.do(*rule("sg-b", "192.0.2.2")), ENOSPC, "d0", "1001")
    with title("R7 what one transaction takes away makes room for what it adds"):
        commit([("rule-del", thousand[2][1]), rule("sg-b", "192.0.2.2")])
        refused(lambda: commit([rule("sg-b", "192.0.2.3")]), ENOSPC, "d0", "1001")
    full = [rule("sg-c", f"10.{n >> 8}.{n & 255}.0/24") for n in range(1000)]
    other = [rule("sg-c", f"10.{n >> 8}.{n & 255}.0/24", direction=1) for n in range(1001)]
    away = [("rule-del", words) for _, words in full]
    with title("R7 C1 all rules of a full group replaced in one transaction, the new ones first"):
        commit([group("sg-c")] + full)
        commit(other[:1000] + away)
    with title("R7 C1 C5 the 2,001st rule at once in a group is refused with the count and the change's number"):
        e = refused(lambda: commit(full + [other[1000]] + away), ENOSPC, "sg-c", "2001", "2000")
        equal(index(e), 1000)


def test_rules():
    start()
    words = rule("sg-a", "192.0.2.77/24", proto=6, port_min=1, port_max=2, description="one")[1]
    with title("R9 the same rule again: its id, whatever the description and the host bits"):
        first = sock.do("rule-add", words)
        again = sock.do("rule-add", {**words, "peer-address": addr("192.0.2.1"), "policy": 0,
                                     "priority": 1, "description": "two"})
        equal(again, first)
        equal(sock.do("rule-get", {"id": first["id"]})["description"], "one")
        sock.do("txn-begin")
        sock.do("rule-add", words)
        equal(sock.do("txn-commit")["changes"], 0)
    with title("R9 each part of its identity makes another rule"):
        seen = {first["id"]}
        for change in ({"direction": 1}, {"policy": 1}, {"priority": 2}, {"proto": 17},
                       {"port-max": 3}, {"peer-prefix-len": 25}, {"peer-address": addr("192.0.3.0")},
                       {"local-address": addr("10.0.0.1")}, {"source-port-min": 1, "source-port-max": 65535},
                       {"group": "sg-b"}):
            seen.add(sock.do("rule-add", {**words, **change})["id"])
        equal(len(seen), 11, "ids")
    with title("R1 R9 an id that is in use is refused, one that is free is given"):
        refused(lambda: sock.do(*rule("sg-b", "192.0.2.9", id=first["id"])), EEXIST, f"sgr-{first['id']}")
        equal(sock.do(*rule("sg-b", "192.0.2.9", id=100000))["id"], 100000)
        equal(sock.do(*rule("sg-b", "192.0.2.10"))["id"], 100001, "the next id")
    with title("R1 R10 an id that goes to another group in one step is found there, or where it was if the step fails"):
        moved = [("rule-del", {"id": 100000}), rule("sg-c", "192.0.2.9", id=100000)]
        refused(lambda: commit([*moved, ("rule-del", {"id": 9999})]), ENOENT)
        equal(sock.do("rule-get", {"id": 100000})["group"], "sg-b")
        commit([*moved, ("rule-set", {**rule("sg-c", "192.0.2.11")[1], "id": 100000})])
        equal(sock.do("rule-get", {"id": 100000})["group"], "sg-c")
        sock.do("rule-del", {"id": 100000})
        refused(lambda: sock.do("rule-get", {"id": 100000}), ENOENT)
    with title("R10 an unknown id is an error for deleting, changing and showing"):
        refused(lambda: sock.do("rule-del", {"id": 9999}), ENOENT, "sgr-9999")
        refused(lambda: sock.do("rule-set", {**words, "id": 9999}), ENOENT, "sgr-9999")
        refused(lambda: sock.do("rule-get", {"id": 9999}), ENOENT)
    with title("R10 deleting by words: the rule goes; without a match it succeeds and changes nothing"):
        sock.do("rule-del", {**words, "description": "another"})
        generation = sock.generation()
        sock.do("rule-del", words)
        equal(sock.generation(), generation)
        refused(lambda: sock.do("rule-get", {"id": first["id"]}), ENOENT)
    with title("R13 changing by id keeps the id, and may change everything but group and direction"):
        rule_id = sock.do("rule-add", words)["id"]
        new = rule("sg-a", "sg-b", policy=1, priority=9, proto=17, port_min=5, port_max=6,
                   source_port_min=7, source_port_max=8, description="new")[1]
        sock.do("rule-set", {**new, "id": rule_id})
        got = sock.do("rule-get", {"id": rule_id})
        equal({key: got.get(key) for key in new}, new)
        refused(lambda: sock.do("rule-set", {**new, "id": rule_id, "direction": 1}), EINVAL, "direction")
        refused(lambda: sock.do("rule-set", {**new, "id": rule_id, "group": "sg-c"}), EINVAL, "sg-a")
    with title("R13 a result that exists already is refused"):
        other = sock.do("rule-add", words)["id"]
        refused(lambda: sock.do("rule-set", {**words, "id": rule_id}), EEXIST, f"sgr-{other}")
        sock.do("rule-set", {**words, "id": other, "description": "itself"})
        equal(sock.do("rule-get", {"id": other})["description"], "itself")
    with title("R11 a rule that names its own group or mixes families is refused with the reason"):
        refused(lambda: sock.do(*rule("sg-a", "sg-a")), EINVAL, "own group")
        refused(lambda: sock.do(*rule("sg-a", "10.0.0.1", local_address=addr("fd00::1"))),
                EINVAL, "IPv4 and IPv6")
        refused(lambda: sock.do(*rule("sg-a", "fd00::1", proto=1)), EINVAL, "icmp")
        refused(lambda: sock.do("rule-set", {**rule("sg-a", "sg-a")[1], "id": other}), EINVAL, "own group")
    with title("G8 a peer group may be of another account and type, and is in the same vpc"):
        commit([group("4711/sg-o", type=1), group("sg-far", vpc=1)])
        sock.do(*rule("sg-a", "4711/sg-o"))
        refused(lambda: sock.do(*rule("sg-a", "sg-far")), EINVAL, "sg-far", "vpc 1", "vpc 0")


def test_groups():
    clear()
    many = [f"sg-{n}" for n in range(11)]
    commit([group(name) for name in many] + [group("sg-ent", type=1), group("sg-vpc", vpc=5)])
    with title("G4 a port is in ten groups, the eleventh is refused"):
        sock.do(*port("add", "d0", *many[:9], side=0, address=addr("10.0.0.1")))
        sock.do(*port("join", "d0", many[9]))
        refused(lambda: sock.do(*port("join", "d0", many[10])), ENOSPC, "11", "10")
        refused(lambda: sock.do(*port("add", "d1", *many, side=0)), ENOSPC, "10")
        sock.do(*port("join", "d0", many[0]))
        equal(len(sock.do("port-get", {"ifindex": device["d0"]})["group"]), 10)
        commit([port("leave", "d0", many[0]), port("join", "d0", many[10])])
        sock.do(*port("move", "d0", *many[:10]))
    for name, why in (("sg-ent", "type"), ("sg-vpc", "vpc")):
        with title(f"G5 groups of another {why} are refused: join, add and move"):
            sock.do(*port("move", "d0", "sg-0"))
            refused(lambda: sock.do(*port("join", "d0", name)), EINVAL, name, why)
            refused(lambda: sock.do(*port("add", "d1", "sg-0", name, side=0)), EINVAL, name, why)
            refused(lambda: sock.do(*port("move", "d0", name, "sg-0")), EINVAL, why)
            sock.do(*port("move", "d0", name))
            sock.do(*port("move", "d0", "sg-0"))
    with title("G7 a group with a port, a member or a rule of another group is not deleted"):
        refused(lambda: sock.do("group-del", {"name": "sg-0"}), EBUSY, "sg-0", "port d0")
        sock.do(*member("sg-1", "10.2.2.2"))
        refused(lambda: sock.do("group-del", {"name": "sg-1"}), EBUSY, "sg-1", "1 member")
        rule_id = sock.do(*rule("sg-3", "sg-2"))["id"]
        refused(lambda: sock.do("group-del", {"name": "sg-2"}), EBUSY, f"sgr-{rule_id}", "sg-3")
    with title("G7 once nothing holds it, a group goes, with its own rules"):
        sock.do("group-del", {"name": "sg-3"})
        refused(lambda: sock.do("rule-get", {"id": rule_id}), ENOENT)
        sock.do("group-del", {"name": "sg-2"})
        commit([member("sg-1", "10.2.2.2", "member-del"), ("group-del", {"name": "sg-1"})])
    ring = [f"sg-r{n}" for n in range(300)]
    gone = [("group-del", {"name": name}) for name in ring]
    commit([group(name) for name in ring] + [rule(a, b) for a, b in zip(ring, ring[1:])])
    with title("G4 each of many groups tells how many ports are in it"):
        some = ring[0], ring[150], ring[299]
        sock.do(*port("join", "d0", *some))
        equal({g["name"] for g in sock.dump("group-get") if g["ports"]}, {"sg-0", *some})
        equal([sock.do("group-get", {"name": name})["ports"] for name in ring[149:152]], [0, 1, 0])
        sock.do(*port("leave", "d0", *some))
    with title("G7 of many groups that go in one step none is held, nor has come to be held in it"):
        refused(lambda: commit([*gone[:4], gone[5]]), EBUSY, "sg-r5", "sg-r4")
        # Without an address, and so no member either
        refused(lambda: commit([*gone[:3], port("add", "d1", "sg-r3", side=0), gone[3]]), EBUSY, "sg-r3", "port d1")
        refused(lambda: commit([*gone[:3], rule("sg-r9", "sg-r3"), gone[3]]), EBUSY, "sg-r3", "sg-r9")
        commit(gone)
    with title("G3 an enterprise group has no internal policy: setting it is an error"):
        for policy in 0, 1:
            refused(lambda: sock.do(*group("sg-e2", type=1, **{"internal-policy": policy})),
                    EINVAL, "enterprise")
            refused(lambda: sock.do("group-set", {"name": "sg-ent", "internal-policy": policy}),
                    EINVAL, "enterprise")
        sock.do("group-set", {"name": "sg-ent", "description": "but a description"})
        equal("internal-policy" in sock.do("group-get", {"name": "sg-ent"}), False)
    with title("G1 G3 a basic group accepts unless told otherwise, and can be told"):
        equal(sock.do("group-get", {"name": "sg-0"})["internal-policy"], 0)
        sock.do("group-set", {"name": "sg-0", "internal-policy": 1})
        equal(sock.do("group-get", {"name": "sg-0"})["internal-policy"], 1)
    with title("G9 leaving a group that it is not in is refused; leaving the last is not"):
        refused(lambda: sock.do(*port("leave", "d0", "sg-4")), ENOENT, "sg-4")
        refused(lambda: sock.do(*port("move", "d0")), EINVAL, "group")
        sock.do(*port("leave", "d0", "sg-0"))
        equal("group" in sock.do("port-get", {"ifindex": device["d0"]}), False)
        sock.do(*port("add", "d1", side=0))


def members(name):
    return {address.hex(): (row.get("explicit", False), row["ports"])
            for row in sock.dump("member-get", {"group": name}) for address in row["address"]}


def test_members_counted():
    clear()
    commit([group("sg-a"), group("sg-b")])
    one = addr("10.0.0.1").hex()
    with title("M1 C5 one request may name 64 addresses, and changes all or none"), Socket(spec) as listener:
        few = [addr(f"10.201.0.{n}") for n in range(65)]
        for op, words, at in (("member-add", few, 64), ("member-add", few[:2] + [addr("127.0.0.1")], 2),
                              ("member-del", few[:2] + [b"1"], 2)):
            refusal = refused(lambda op=op, words=words: sock.do(op, {"group": "sg-a", "address": words}),
                              EINVAL, "address: ")
            equal(refusal.offset, 20 + 12 + 8 * at, f"place of: {refusal}")  # behind the headers and the group
        listener.join("config")
        sock.do("member-add", {"group": "sg-a", "address": few[1:4:2]})
        sock.do("member-add", {"group": "sg-a", "address": few[:64]})
        refused(lambda: sock.do("member-del", {"group": "sg-a", "address": few[63:65]}), ENOENT,
                "did not make 10.201.0.64 a member")
        commit([("member-add", {"group": "sg-a", "address": few[62:]}),
                ("member-del", {"group": "sg-a", "address": few[:3]}),
                ("member-del", {"group": "sg-a", "address": few[3:]})])
        equal([words["address"] for _, words in listener.events()],
              [few[1:4:2], few[:1] + few[2:3] + few[4:64], few[64:], few[:3], few[3:]], "events")
        equal(members("sg-a"), {}, "members")
    with title("C1 C5 a transaction has 2,097,152 changes at most, and each address is one"):
        words = {"group": "sg-a", "address": [addr(f"10.202.0.{n}") for n in range(64)]}
        request = sock.message(spec.ops["member-add"]["number"], spec.encode("member-add", words), flags=REQUEST)
        sock.do("txn-begin")
        for _ in range((1 << 21) // 64 // 32 - 1):
            sock.sock.send(request * 32)
        for n in range(31):
            sock.do("member-add", words)
        sock.do(*group("sg-x"))
        refused(lambda: sock.do("member-add", words), ENOSPC, "2097152 changes")
        sock.do("member-add", {"group": "sg-a", "address": words["address"][1:]})
        refused(lambda: sock.do(*group("sg-y")), ENOSPC, "2097152 changes")
        sock.do("txn-abort")
    with title("M2 the same address through two ports counts twice and stays until both are gone"):
        commit([port("add", name, "sg-a", side=0, address=addr("10.0.0.1")) for name in ("d0", "d1")])
        equal(members("sg-a"), {one: (False, 2)})
        sock.do(*port("leave", "d0", "sg-a"))
        equal(members("sg-a"), {one: (False, 1)})
        sock.do(*port("del", "d1"))
        equal(members("sg-a"), {})
    with title("M2 a member that was added by itself as well stays after the ports"):
        sock.do(*member("sg-a", "10.0.0.1"))
        sock.do(*port("join", "d0", "sg-a"))
        equal(members("sg-a"), {one: (True, 1)})
        refused(lambda: sock.do("group-del", {"name": "sg-a"}), EBUSY)
        sock.do(*port("del", "d0"))
        equal(members("sg-a"), {one: (True, 0)})
        sock.do(*port("add", "d0", "sg-a", side=0, address=addr("10.0.0.1")))
        sock.do(*member("sg-a", "10.0.0.1", "member-del"))
        equal(members("sg-a"), {one: (False, 1)})
        refused(lambda: sock.do(*member("sg-a", "10.0.0.1", "member-del")), ENOENT, "sg-a")
    with title("M2 joins, moves and other addresses of a port take its members along"):
        sock.do(*port("join", "d0", "sg-b"))
        sock.do(*port("set", "d0", address=[addr("10.0.0.2"), addr("fd00::2")]))
        two = {addr("10.0.0.2").hex(): (False, 1), addr("fd00::2").hex(): (False, 1)}
        equal((members("sg-a"), members("sg-b")), (two, two))
        sock.do(*port("move", "d0", "sg-b"))
        equal((members("sg-a"), members("sg-b")), ({}, two))
        sock.do(*port("set", "d0", **{"clear-address": b""}))
        equal((members("sg-a"), members("sg-b")), ({}, {}))
    with title("M2 addresses and follow exclude each other, and those given later end it"):
        refused(lambda: sock.do(*port("set", "d0", follow=1, address=addr("10.0.0.3"))), EINVAL, "follow")
        sock.do(*port("set", "d0", follow=1))
        equal(sock.do("port-get", {"ifindex": device["d0"]})["follow"], 1)
        sock.do(*port("set", "d0", address=addr("10.0.0.3")))
        equal(sock.do("port-get", {"ifindex": device["d0"]})["follow"], 0)
    with title("S10 C5 a quota of more than a namespace may have is refused"):
        refused(lambda: sock.do(*port("set", "d0", **{"sessions-max": 12582913})), EINVAL,
                "sessions-max: 1 to 12582912 expected")
        sock.do(*port("set", "d0", **{"sessions-max": 12582912}))
    with title("M2 a device that goes takes its members along"):
        sock.do(*port("set", "d0", address=addr("10.0.0.3")))
        sock.do(*port("add", "d2", "sg-a", side=0, address=addr("10.0.0.4")))
        run("ip", "link", "del", "d2-peer")
        equal((members("sg-a"), members("sg-b")), ({}, {addr("10.0.0.3").hex(): (False, 1)}))
    with title("M1 the same address in two vpcs: two members"):
        commit([group("sg-v", vpc=3), member("sg-v", "10.0.0.3")])
        equal(members("sg-v"), {addr("10.0.0.3").hex(): (True, 0)})
        equal(members("sg-b"), {addr("10.0.0.3").hex(): (False, 1)})


def test_last_id():
    """The last of all, as ids begin anew behind it"""
    saved = run("sgnl", "save")
    run("sgnl", "apply", "-f", "-", text="")
    with title("R1 C4 behind the last id come those that are free, which can be saved and restored"):
        last = 0x7fffffff
        commit([group("sg-z")])
        words = {"group": "sg-z", "direction": 0, "peer-address": addr("10.0.0.0"), "peer-prefix-len": 8}
        give = [2, last - 1, last, 5, 1, 0, 0, 0, 0]
        got = [sock.do("rule-add", {**words, "priority": n + 1, **({"id": id} if id else {})})["id"]
               for n, id in enumerate(give)]
        equal(got, [2, last - 1, last, 5, 1, 3, 4, 6, 7])
        sock.do("rule-del", {"id": 3})
        equal(sock.do("rule-add", {**words, "priority": 50})["id"], 8)
        before = run("sgnl", "save")
        run("sgnl", "apply", "-f", "-", text="")
        run("sgnl", "apply", "-f", "-", text=before)
        equal(run("sgnl", "save"), before)
    run("sgnl", "apply", "-f", "-", text=saved)


def main():
    for test in (test_killed, test_states, test_bad_change, test_expect, test_events, test_dumps,
                 test_members, test_save, test_platform, test_limits, test_rules, test_groups,
                 test_members_counted, test_last_id):
        begin = time.monotonic()
        with guard(test.__name__):
            test()
        tap.note(f"{test.__name__}: {time.monotonic() - begin:.1f} s")
    tap.end()


class guard:
    """What goes wrong outside of a title is a failed test, and the rest is run."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind and issubclass(kind, Exception):
            with title(f"C1 {self.name} is prepared"):
                raise error
            return True
        return False


main()
