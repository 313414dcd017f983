# SPDX-License-Identifier: GPL-2.0
"""Commits that are taken back unless they are confirmed in time."""
import errno
import json
import os
import re
import signal
import socket
import subprocess
import time

import tap
from tap import equal, is_equal, run, save, title
from wire import Refused, Socket, Spec

spec = Spec()
sock = Socket(spec)
device = tap.devices("d0", "d1", "d2", "d3", "d4")
NOUNS = "group", "rule", "member", "port", "platform", "list", "guard"
STATE_CUT = 4

START = r'''
guard add vnet*
guard add d4
platform set slb on address 100.64.0.0/10,fd00:64::/64
platform set metaserver off
prefix-list add pl-a family ipv4 max 9 entry 10.0.0.0/8,192.0.2.0/24 description "a \"list\""
port-list add prl-a max 5 entry 80/80,443/443
prefix-list add pl-gone family ipv6 max 3 entry fd00::/8
group add sg-a description "äöü # \\ 🙂"
group add sg-b internal drop
group add sg-gone type enterprise description "  spaces  "
group add sg-self
member add sg-a 10.9.0.1 fd00::9
member add sg-b 10.9.0.1
member add sg-gone 10.9.0.2
rule add sg-a in tcp port 22 from 10.0.0.0/8
rule add sg-a in tcp port list prl-a from prefix-list pl-a description "öffentlich"
rule add sg-a in deny udp from group sg-b priority 7
rule add sg-gone in icmp from group sg-a
rule add sg-self in all from 0.0.0.0/0
port add d0 side guest address 10.0.0.5,fd00::5 group sg-a,sg-b smtp private trunk on ethertype 0x88cc adopt 60 idle-other 99 sessions 1000 pmtud strict
port add d1 side guest address 10.0.0.6 group sg-gone
port add d2 side self address follow group sg-self
'''
CHANGES = r'''
guard del vnet*
guard add tap*
platform set slb off address none
platform set metaserver on
prefix-list entry del pl-a 10.0.0.0/8
prefix-list del pl-gone
port-list set prl-a entry 1/1 description now
port-list add prl-new max 2
group set sg-a internal drop description ""
group add sg-new
rule del {1}
rule set {0} deny priority 50 from group sg-new
rule add sg-new out udp port list prl-new to 0.0.0.0/0
member del sg-a 10.9.0.1
member add sg-b fd00::9
member add sg-new 10.9.0.1 10.9.0.7
port move d0 to sg-new
port set d0 address 10.0.0.5,10.0.0.8 smtp allow trunk off ethertype none adopt 0 sessions 5 pmtud open
port del d1
rule del {3}
member del sg-gone 10.9.0.2
group del sg-gone
port add d1 side self address 10.0.0.6 group sg-new
port add d3 side guest address 10.0.0.9 group sg-b
port set d2 address 10.0.0.10
port leave d2 sg-self
'''


def start():
    sgnl("apply", "-f", "-", text="")
    equal(save(), "", "sgnl save")
    sgnl("-b", "-", text=START)


def sgnl(*words, **more):
    return run("sgnl", *words, **more)


def everything():
    """All that is configured, whatever the generation is, with hits and the time from which they count"""
    return [sorted(({name: value for name, value in message.items() if name not in ("generation", "members-generation")}
                    for message in sock.dump(f"{what}-get")), key=repr) for what in NOUNS]


def changes():
    ids = [f"sgr-{r['id']}" for r in sock.dump("rule-get")]
    return CHANGES.format(*ids)


def remaining():
    return sock.stats().get("confirm", 0)


def held():
    """Devices that patterns hold"""
    return {row["ifname"] for row in sock.dump("guard-get") if "ifname" in row}


def until(true, what, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def wait():
    """Until nothing waits to be confirmed"""
    until(lambda: not remaining(), "nothing waits")


def begin(seconds, text=None):
    """A commit that waits to be confirmed"""
    return sgnl("--confirm", str(seconds), "-b", "-", text=text or changes())


def busy(call):
    try:
        call()
    except Refused as e:
        equal(e.errno, errno.EBUSY, "errno")
        equal(bool(re.fullmatch(r"busy: the last commit waits to be confirmed, and is taken back in \d+ seconds",
                                e.text)), True, e.text)
        return
    raise AssertionError("it was taken")


def same(before, saved):
    equal(everything(), before, "all there is")
    equal(save(), saved, "sgnl save")


def refs():
    with open("/sys/module/sgnl/refcnt", encoding="ascii") as file:
        return int(file.read())


def test_all():
    start()
    before, saved = everything(), save()
    generation = sock.generation()
    with title("C3 rules, groups, lists, members, ports, platform and guards changed, not confirmed: all as before"):
        told = begin(5)
        equal(told, "in force: confirm within 5 seconds by sgnl confirm\n", "told")
        equal(save() == saved, False, "sgnl save is the same while it waits")
        equal(sock.generation(), generation + 1, "generation")
        wait()
        same(before, saved)
        equal(sock.generation(), generation + 2, "generation")
    with title("C3 taken back at once by sgnl confirm --rollback"):
        begin(3600)
        sgnl("confirm", "--rollback")
        same(before, saved)
        equal(remaining(), 0)
    with title("C3 and again what was taken back, with the same result as without confirmation"):
        begin(100)
        changed, text = everything(), save()
        sgnl("confirm", "--rollback")
        begin(100)
        equal([len(rows) for rows in everything()], [len(rows) for rows in changed])
        numbers = re.compile(r" id sgr-\d+")
        equal(numbers.sub("", save()), numbers.sub("", text))
        sgnl("confirm", "--rollback")
        same(before, saved)
    with title("C3 confirmed: in force for good"):
        begin(5)
        sgnl("confirm")
        changed, text = everything(), save()
        equal(remaining(), 0)
        time.sleep(5.5)
        equal(save(), text)
        equal(everything(), changed)
        sgnl("group", "add", "sg-after")
    with title("C3 numbers of members and groups are right afterwards: each group goes when it is empty"):
        sgnl("apply", "-f", "-", text="")
        equal(everything()[:4], [[], [], [], []])
        equal(sock.stats()["members"], 0)
        until(lambda: not sock.stats()["policies"], "policies are gone")


def test_busy():
    start()
    before, saved = everything(), save()
    with title("C3 while it waits other commits are busy, and say for how long; by any client"), \
            Socket(spec) as other:
        begin(60, "group add sg-x\n")
        for client in sock, other:
            busy(lambda: client.do("group-add", {"name": "sg-y"}))
            busy(lambda: client.do("group-del", {"name": "sg-x"}))
            busy(lambda: client.do("group-add", {"name": "sg-x"}))
            client.do("txn-begin")
            client.do("group-add", {"name": "sg-y"})
            busy(lambda: client.do("txn-commit", {"confirm": 5}))
        done = run("sgnl", "-b", "-", text="group add sg-y\ngroup add sg-z\n", check=False)
        equal((done.returncode, "busy" in done.stderr), (2, True), done.stderr)
        done = run("sgnl", "apply", "-f", "-", text=saved, check=False)
        equal((done.returncode, "busy" in done.stderr), (2, True), done.stderr)
    with title("C3 dumps, explanations and sgnl stats go on; sgnl stats says how long"):
        equal("group add sg-x" in save(), True)
        sgnl("explain", "d0", "in", "tcp", "10.1.1.1:99", "10.0.0.5:22")
        row, = [line.split() for line in sgnl("stats").splitlines() if line.split()[:1] == ["confirm"]]
        equal(50 <= int(row[1]) <= 60, True, f"seconds: {row}")
        equal(50 <= remaining() <= 60, True, "seconds")
    with title("C3 another client takes it back"), Socket(spec) as other:
        other.do("txn-rollback")
        same(before, saved)
    with title("C3 nothing waits: confirm and rollback are refused, and nothing changes"):
        for words in ("confirm",), ("confirm", "--rollback"):
            done = run("sgnl", *words, check=False)
            equal((done.returncode, done.stderr), (2, "sgnl: kernel: no commit waits to be confirmed\n"))
        same(before, saved)
        equal([line for line in sgnl("-d", "stats").splitlines() if line.startswith("confirm")], [])
    with title("C3 what changes nothing does not wait to be confirmed"):
        equal(begin(60, "member add sg-a 10.9.0.1\n"), "")
        equal(sgnl("apply", "--confirm", "60", "-f", "-", text=saved), "")
        equal(remaining(), 0)
    with title("C3 what is refused does not wait to be confirmed"):
        done = run("sgnl", "--confirm", "60", "-b", "-", text="group add sg-x\ngroup add sg-a\n", check=False)
        equal((done.returncode, "sg-a" in done.stderr), (2, True), done.stderr)
        equal(remaining(), 0)
        same(before, saved)
    for why, words in ("sgnl apply --confirm", ("apply", "--confirm", "60", "-f", "-")), \
            ("sgnl --confirm apply", ("--confirm", "60", "apply", "-f", "-")):
        with title(f"C3 {why}: waits, and is taken back"):
            sgnl(*words, text="group add sg-only\n")
            equal(save(), "group add sg-only type basic internal accept\n")
            sgnl("confirm", "--rollback")
            same(before, saved)
    with title("C3 one command alone waits too"):
        sgnl("--confirm", "60", "port", "del", "d0")
        sgnl("confirm", "--rollback")
        same(before, saved)


def test_input():
    with title("C3 C5 seconds out of range are refused, by the tool and by the kernel"):
        start()
        before, saved = everything(), save()
        for word in "0", "3601", "-1", "x", "":
            for words in ("--confirm", word, "group", "add", "sg-x"), ("apply", "--confirm", word, "-f", "-"):
                done = run("sgnl", *words, text="", check=False)
                equal((done.returncode, f"confirm \"{word}\": expected 1 to 3600 seconds" in done.stderr),
                      (1, True), done.stderr)
        for value in 0, 3601, (1 << 32) - 1:
            sock.do("txn-begin")
            sock.do("group-add", {"name": "sg-x"})
            try:
                sock.do("txn-commit", {"confirm": value})
                raise AssertionError(f"{value} was taken")
            except Refused as e:
                equal("range" in e.text, True, e.text)
            sock.do("txn-abort")
        same(before, saved)
    with title("C3 C5 confirm with a command that changes nothing is refused"):
        done = run("sgnl", "--confirm", "5", "group", "show", check=False)
        equal((done.returncode, "changes something" in done.stderr), (1, True), done.stderr)
    for seconds in 1, 3600:
        with title(f"C3 {seconds} seconds are taken"):
            begin(seconds, "group add sg-x\n")
            run("sgnl", "confirm", "--rollback", check=seconds > 1)
            wait()


def test_killed():
    start()
    before, saved = everything(), save()
    with title("C3 the client is killed by SIGKILL: taken back by the kernel all the same"):
        ready, tell = os.pipe()
        child = os.fork()
        if not child:
            try:
                own = Socket(spec)
                own.do("txn-begin")
                own.do("group-add", {"name": "sg-x"})
                own.do("port-del", {"ifindex": device["d0"]})
                own.do("txn-commit", {"confirm": 5})
                os.write(tell, b"1")
            finally:
                while True:
                    signal.pause()
        os.close(tell)
        equal(os.read(ready, 1), b"1", "what the child told")
        os.close(ready)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        equal(everything() == before, False, "taken back already")
        wait()
        same(before, saved)


def test_events():
    start()
    with title("C3 events: the commit with its seconds, and what became of it"), Socket(spec) as listener:
        listener.join("config")
        now = sock.generation()
        number = {name: op["number"] for name, op in spec.ops.items()}
        for word, end in ("confirm", "txn-confirm"), ("--rollback", "txn-rollback"), (None, "txn-rollback"):
            seconds = 60 if word else 1
            begin(seconds, "group set sg-a description x%d\n" % now)
            if word:
                sgnl("confirm", *([word] if word != "confirm" else []))
            wait()
            events = [e for e in listener.events() if e[0] == "txn-event"]
            after = now + 1 if word == "confirm" else now + 2
            equal(events, [("txn-event", {"command": number["txn-commit"], "generation": now + 1, "confirm": seconds}),
                           ("txn-event", {"command": number[end], "generation": after})])
            now = after
    with title("C3 sgnl monitor tells of both"):
        with subprocess.Popen(["sgnl", "monitor", "config"], stdout=subprocess.PIPE, text=True) as monitor:
            time.sleep(0.5)
            begin(9, "group set sg-a description y\n")
            sgnl("confirm", "--rollback")
            lines = [monitor.stdout.readline().rstrip() for _ in range(3)]
            monitor.kill()
        equal(lines[1:], ["txn commit confirm 9", "txn rollback"], f"{lines}")


def test_devices():
    """Devices that come and go while a commit waits"""
    start()
    saved = save()
    without = "".join(line for line in saved.splitlines(True) if not line.startswith("port add d0 "))
    with title("C3 a port's device goes: it stays gone, its members with it, the rest comes back"):
        begin(60, "group add sg-x\nport join d0 sg-x\n")
        run("ip", "link", "del", "d0")
        equal("port add d0" in save(), False)
        sgnl("confirm", "--rollback")
        equal(save(), without)
        equal([m["address"] for m in sock.dump("member-get")].count([tap.addr("10.0.0.5")]), 0)
    device.update(tap.devices("d0"))
    sgnl("-b", "-", text="".join(line for line in saved.splitlines(True) if line.startswith("port add d0 ")))
    equal(save(), saved, "made again")
    with title("C3 the device of a port that was deleted goes: likewise"):
        begin(60, "port del d0\n")
        run("ip", "link", "del", "d0")
        sgnl("confirm", "--rollback")
        equal(save(), without)
    with title("C3 a device that went and came under the same name is another one"):
        device.update(tap.devices("d0"))
        sgnl("confirm", check=False)
        begin(60, "group add sg-x\nport add d0 side guest group sg-x\n")
        run("ip", "link", "del", "d0")
        device.update(tap.devices("d0"))
        sgnl("confirm", "--rollback")
        equal(save(), without)
    start()
    saved = save()
    with title("C3 all devices go, and then it is taken back when the time is over"):
        begin(2)
        for name in device:
            run("ip", "link", "del", name)
        wait()
        equal(save(), "".join(line for line in saved.splitlines(True) if not line.startswith("port add")))
        equal(sock.stats()["ports"], 0)
    device.update(tap.devices(*device))
    with title("C3 a port that follows its device has the device's addresses after it is taken back"):
        start()
        run("ip", "addr", "add", "10.7.0.1/32", "dev", "d2")
        begin(60, "port set d2 address 10.0.0.10\n")
        run("ip", "addr", "add", "10.7.0.2/32", "dev", "d2")
        run("ip", "addr", "del", "10.7.0.1/32", "dev", "d2")
        run("ip", "addr", "add", "10.7.0.3/32", "dev", "d2")
        sgnl("confirm", "--rollback")
        addresses = {a for p in sock.dump("port-get") if p["ifindex"] == device["d2"] for a in p["address"]}
        members = {a for m in sock.dump("member-get", {"group": "sg-self"}) for a in m["address"]}
        equal({tap.addr("10.7.0.2"), tap.addr("10.7.0.3")} <= addresses, True, f"{addresses}")
        equal(tap.addr("10.7.0.1") in addresses | members, False, "an address of before")
        equal(members, addresses, "members")
    with title("C3 M2 addresses are followed while it waits"):
        begin(60, "group add sg-x\n")
        run("ip", "addr", "add", "10.7.0.4/32", "dev", "d2")
        until(lambda: "10.7.0.4" in sgnl("-d", "port", "show", "d2"), "followed")
        sgnl("confirm", "--rollback")
        equal("10.7.0.4" in sgnl("-d", "port", "show", "d2"), True, "kept")
    with title("C3 D1 a pattern that is taken back lets go of the device that it closed"):
        begin(60, "guard add late*\nguard del d4\n")
        run("ip", "link", "add", "late0", "type", "dummy")
        equal(held(), {"late0"})
        sgnl("confirm", "--rollback")
        equal(held(), {"d4"})
        run("ip", "link", "del", "late0")
    with title("C3 D1 a device that a deleted pattern held is held again, whatever its name is by then"):
        sgnl("guard", "add", "late*")
        run("ip", "link", "add", "late0", "type", "dummy")
        begin(60, "guard del late*\n")
        equal(held(), {"d4"})
        run("ip", "link", "set", "late0", "name", "other0")
        sgnl("confirm", "--rollback")
        equal(held(), {"d4", "other0"})
        equal("other0 closed" in " ".join(sgnl("-s", "guard", "show").split()), True, sgnl("-s", "guard", "show"))
        begin(60, "guard del late*\nguard add tap*\nport add other0 side guest\n")
        sgnl("confirm", "--rollback")
        equal(held(), {"d4", "other0"}, "another pattern in its place")
        begin(60, "guard del late*\n")
        sgnl("confirm")
        equal(held(), {"d4"}, "confirmed")
    with title("C3 D1 a device that comes with the number of one that was held is not"):
        sgnl("guard", "add", "other*")
        begin(60, "guard del other*\n")
        number = socket.if_nametoindex("other0")
        run("ip", "link", "del", "other0")
        run("ip", "link", "add", "new0", "index", str(number), "type", "dummy")
        sgnl("confirm", "--rollback")
        equal(held(), {"d4"})
        run("ip", "link", "del", "new0")
    with title("C3 D2 the module is in use while a commit waits, without any port or pattern"):
        sgnl("apply", "-f", "-", text="")
        until(lambda: not refs(), "no reference")
        unused = refs()
        begin(60, "group add sg-x\n")
        equal(refs(), unused + 1, "references")
        sgnl("confirm")
        equal(refs(), unused, "references")
    with title("C3 a namespace ends while a commit waits: nothing of it is left"):
        run("unshare", "-n", "sh", "-ec", "ip link add e0 type dummy; sgnl group add sg-n; "
            "sgnl port add e0 side self group sg-n; sgnl --confirm 3600 port del e0")
        until(lambda: refs() == unused, "no reference")


def test_expiry():
    """Rules whose time comes while a commit waits"""
    start()
    with title("C3 R9 rule add prints the id of the rule that waits to be confirmed"):
        said = sgnl("--confirm", "60", "rule", "add", "sg-a", "in", "icmp", "from", "10.1.0.7").splitlines()
        last = max(r["id"] for r in sock.dump("rule-get"))
        equal(said, [f"sgr-{last}", "in force: confirm within 60 seconds by sgnl confirm"])
        sgnl("confirm", "--rollback")
    with title("C3 R14 a rule expires while a commit waits, and is not back; nor is one that the commit deleted"):
        saved = save()
        sgnl("-b", "-", text="rule add sg-a in icmp from 10.1.0.1 expires +8s\n"
                             "rule add sg-a in icmp from 10.1.0.2 expires +8s\n")
        last = max(r["id"] for r in sock.dump("rule-get"))
        begin(60, f"group add sg-x\nrule del sgr-{last}\n")
        equal("10.1.0.1" in save(), True, "there")
        until(lambda: "10.1.0.1" not in save(), "expired", 20)
        equal(remaining() > 0, True, "waits")
        sgnl("confirm", "--rollback")
        until(lambda: save() == saved, "both are gone")


def ns(*words, **more):
    return run("ip", "netns", "exec", "confirm", *words, **more)


def uncut():
    """Sessions but for the marks that those leave which were cut"""
    return [s for s in sock.dump("session-get") if s["state"] != STATE_CUT]


def test_traffic():
    """A guest behind d0-peer that talks while commits are made and taken back"""
    sgnl("apply", "-f", "-", text="")
    run("ip", "netns", "add", "confirm")
    run("ip", "link", "add", "t0", "type", "veth", "peer", "name", "eth0", "netns", "confirm")
    ns("ip", "addr", "add", "10.3.0.2/24", "dev", "eth0")
    ns("ip", "link", "set", "eth0", "up")
    run("ip", "addr", "add", "10.3.0.1/24", "dev", "t0")
    run("ip", "link", "set", "t0", "up")
    sgnl("-b", "-", text="group add sg-t\nrule add sg-t in icmp from 10.3.0.1\nrule add sg-t in tcp from 10.3.0.1\n"
                         "port add t0 side guest address 10.3.0.2 group sg-t\n")
    ns("ping", "-c1", "-W5", "10.3.0.1")
    run("ping", "-c1", "-W5", "10.3.0.2")
    with title("C3 hits of rules go on from what they were, also of a rule that was deleted"):
        run("ping", "-c1", "-W5", "10.3.0.2")
        before = everything()
        rule = before[1][0]
        equal(rule["packets"] >= 1 and rule["first-hit"] <= rule["last-hit"] <= time.time(), True, f"{rule}")
        shown = json.loads(sgnl("-s", "-j", "rule", "show", f"sgr-{rule['id']}"))[0]
        equal((shown["first_hit"], shown["last_hit"]), (rule["first-hit"], rule["last-hit"]), "the tool's")
        begin(60, f"rule del sgr-{rule['id']}\n")
        equal(run("ping", "-c1", "-W1", "10.3.0.2", check=False).returncode, 1, "a ping without the rule")
        sgnl("confirm", "--rollback")
        equal(everything()[1], before[1])
        run("ping", "-c1", "-W5", "10.3.0.2")
        after = everything()[1][0]
        equal((after["packets"], after["first-hit"]), (rule["packets"] + 1, rule["first-hit"]))
    with title("C3 under traffic: no packet is lost that both states let pass, and none is left out"):
        saved = save()
        with subprocess.Popen(["ping", "-i", "0.01", "-q", "10.3.0.2"], stdout=subprocess.PIPE, text=True) as ping:
            for n in range(40):
                begin(60, f"group add sg-x\nrule add sg-x in all from 10.3.0.{n + 1}\nport join t0 sg-x\n"
                          f"member add sg-t 10.3.9.{n + 1}\nport set t0 smtp allow adopt {n}\n")
                sgnl("confirm", "--rollback")
            ping.send_signal(signal.SIGINT)
            told = ping.communicate()[0]
        equal(", 0% packet loss" in told, True, told)
        equal(save(), saved)
    with title("C3 G9 E1 sessions that taking it back cuts: of a port without a group, and of an address"):
        sgnl("-b", "-", text="port set t0 address 10.3.0.7\n")
        begin(60, "port set t0 address 10.3.0.2\n")
        run("ping", "-c1", "-W5", "10.3.0.2")
        equal(len(uncut()) > 0, True, "sessions")
        sgnl("confirm", "--rollback")
        equal([s for s in uncut() if s["local-address"] == tap.addr("10.3.0.2")], [])
        sgnl("-b", "-", text="port set t0 address 10.3.0.2\nport leave t0 sg-t\n")
        begin(60, "port join t0 sg-t\n")
        run("ping", "-c1", "-W5", "10.3.0.2")
        equal(len(uncut()) > 0, True, "sessions")
        sgnl("confirm", "--rollback")
        equal(uncut(), [])
        equal(run("ping", "-c1", "-W1", "10.3.0.2", check=False).returncode, 1, "a ping without a group")
    run("ip", "netns", "del", "confirm")


def main():
    for test in test_all, test_busy, test_input, test_killed, test_events, test_devices, test_expiry, test_traffic:
        test()
    with title("C3 nothing is left over"):
        sgnl("apply", "-f", "-", text="")
        equal(save(), "")
    is_equal(remaining(), 0, "C3 and nothing waits")
    tap.end()


main()
