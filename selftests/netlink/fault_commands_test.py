# SPDX-License-Identifier: GPL-2.0
"""Memory runs out in the kernel, at one allocation after the other of each command of the tool."""
import os
import tempfile

import failing
import tap
from tap import equal, note, run, title
from wire import Socket, Spec

sock = Socket(Spec())
NOUNS = "group", "rule", "member", "port", "platform", "list", "guard"
tap.devices("d0", "d1")

START = """\
group add sg-old
group add sg-peer
prefix-list add pl-old family ipv4 max 9 entry 10.0.0.0/8
port-list add prl-old max 9 entry 80/80
rule add sg-old in tcp port 22 from 10.0.0.0/8
rule add sg-old in tcp port list prl-old from prefix-list pl-old
member add sg-peer 10.9.0.1
guard add vnet*
port add d0 side guest address 10.0.0.5,10.0.0.7 group sg-old
"""

# Each with its way back
CHANGES = [
    ("group add sg-new type enterprise description x", "group del sg-new"),
    ("group set sg-old internal drop", "group set sg-old internal accept"),
    ("rule add sg-old out udp port 53 to group sg-peer", "rule del {rule}"),
    ("rule set {first} deny priority 7", "rule set {first} allow priority 1"),
    ("rule del {first}", "rule add sg-old in tcp port 22 from 10.0.0.0/8 id {first}"),
    ("member add sg-old 10.9.0.2", "member del sg-old 10.9.0.2"),
    ("member del sg-peer 10.9.0.1", "member add sg-peer 10.9.0.1"),
    ("prefix-list add pl-new family ipv6 max 5 entry fd00::/8", "prefix-list del pl-new"),
    ("prefix-list entry add pl-old 11.0.0.0/8", "prefix-list entry del pl-old 11.0.0.0/8"),
    ("port-list entry add prl-old 90/99", "port-list entry del prl-old 90/99"),
    ("port-list set prl-old entry 1/1,2/2,3/3", "port-list set prl-old entry 80/80"),
    ("port add d1 side guest address 10.0.0.6,fd00::6 group sg-old,sg-peer", "port del d1"),
    ("port del d0", "port add d0 side guest address 10.0.0.5,10.0.0.7 group sg-old"),
    ("port set d0 smtp allow address 10.0.0.8", "port set d0 smtp deny address 10.0.0.5,10.0.0.7"),
    ("port set d0 address follow", "port set d0 address 10.0.0.5,10.0.0.7"),
    ("port join d0 sg-peer", "port leave d0 sg-peer"),
    ("port leave d0 sg-old", "port join d0 sg-old"),
    ("port move d0 to sg-peer", "port move d0 to sg-old"),
    ("guard add d*", "guard del d*"),
    ("guard del vnet*", "guard add vnet*"),
    ("platform set metaserver off", "platform set metaserver on"),
]
READS = ["group show", "rule show", "rule show {first}", "member show", "prefix-list show",
         "port-list show", "port show", "port show d0", "guard show", "platform show",
         "session show", "session save d0", "stats", "stats d0", "-d rule show", "-j port show", "save",
         "explain d0 in tcp 10.1.1.1:99 10.0.0.5:22"]


def sgnl(line, **marks):
    return ["sgnl", *line.format(**marks).split()]


def in_force():
    """All that is configured, whatever its numbers and times are."""
    return [[{name: value for name, value in message.items()
              if name not in ("generation", "members-generation", "id", "since") and value != ""}
             for message in sock.dump(f"{what}-get")] for what in NOUNS]


def each_failure(words):
    """What a command did whose nth allocation failed, for all that it has"""
    for nth in range(1, failing.SITES_MAX):
        done, failed = failing.command(nth, words)
        yield done, failed
        if not failed:
            return
    raise AssertionError(f"more than {failing.SITES_MAX} allocations")


def names_memory(done):
    equal("memory" in done.stderr or "buffer space" in done.stderr, True,
          f"told: {done.stderr!r}, status {done.returncode}")


def change(line, back, marks):
    """Each allocation of a change fails once: it is all there, or refused and nothing is."""
    before = in_force()
    run(*sgnl(line, **marks))
    whole = in_force()
    marks = {**marks, "rule": newest_rule()}
    run(*sgnl(back, **marks))
    equal(in_force(), before, "after the way back")
    refused, sites = 0, 0
    for done, failed in each_failure(sgnl(line, **marks)):
        sites += failed
        if done.returncode:
            equal(failed, True, f"it failed without a failure: {done.stderr!r}")
            names_memory(done)
        now = in_force()
        if done.returncode and now == before:
            refused += 1
            continue
        # Taken, though its answer may have had no memory
        equal(now, whole, "in force")
        run(*sgnl(back, **{**marks, "rule": newest_rule()}))
    equal(refused > 0, True, "some were refused")
    return sites


def newest_rule():
    return "sgr-%d" % max(message["id"] for message in sock.dump("rule-get"))


def read(line, marks):
    """Each allocation of a command that reads fails once: it tells all, or says that it cannot."""
    words, sites = sgnl(line, **marks), 0
    wanted = run(*words)
    before = in_force()
    for done, failed in each_failure(words):
        sites += failed
        if done.returncode:
            equal(failed, True, f"it failed without a failure: {done.stderr!r}")
            names_memory(done)
        else:
            equal(done.stdout, wanted, "what it told")
    equal(in_force(), before, "in force")
    return sites


run("sgnl", "-b", "-", text=START)
marks = {"first": "sgr-%d" % min(message["id"] for message in sock.dump("rule-get"))}
failing.setup()
failing.of_sgnl_alone()

total = 0
for line, back in CHANGES:
    with title(f"D3 C1 `sgnl {line}`: without memory, nothing has changed"):
        total += change(line, back, marks)
for line in READS:
    with title(f"D3 `sgnl {line}`: without memory, it says so"):
        total += read(line, marks)

with title("D3 S13 `sgnl session load`: without memory, it says so and loads nothing"):
    line, refused = "in tcp 10.1.1.1:99 10.0.0.5:22 state established age 9 idle 1", 0
    with tempfile.NamedTemporaryFile("w", suffix=".sgnl") as file:
        file.write(line + "\n")
        file.flush()
        for done, failed in each_failure(["sgnl", "session", "load", "d0", file.name]):
            total += failed
            loaded = [one.split(" age ")[0] for one in run("sgnl", "session", "save", "d0").splitlines()]
            if done.returncode:
                equal(failed, True, f"it failed without a failure: {done.stderr!r}")
                names_memory(done)
                refused += not loaded
            if not done.returncode or loaded:
                equal(loaded, [line.split(" age ")[0]], "loaded")
            run("sgnl", "port", "del", "d0")
            run("sgnl", "port", "add", *START.splitlines()[-1].split()[2:])
    equal(refused > 0, True, "some were refused")

with title("D3 C1 `sgnl apply`: without memory, nothing has changed"):
    want = START.replace("sg-peer", "sg-else").replace("80/80", "81/81").replace("vnet", "tap")
    with tempfile.TemporaryDirectory() as place:
        files = [os.path.join(place, name) for name in ("now", "then")]
        for name, text in zip(files, (tap.save(), want)):
            with open(name, "w", encoding="ascii") as file:
                file.write(text)
        total += change(f"apply -f {files[1]}", f"apply -f {files[0]}", marks)

note(f"{total} allocations failed")
tap.end()
