# SPDX-License-Identifier: GPL-2.0
"""Memory runs out in the kernel while a commit waits to be confirmed, and is taken back."""
import time

import failing
import tap
from tap import equal, note, run, title
from wire import Socket, Spec

sock = Socket(Spec())
NOUNS = "group", "rule", "member", "port", "platform", "list", "guard"
tap.devices("d0", "d1", "d2")

START = """\
group add sg-old
group add sg-gone
prefix-list add pl-old family ipv4 max 9 entry 10.0.0.0/8
rule add sg-old in tcp port 22 from prefix-list pl-old
rule add sg-gone in udp from group sg-old
member add sg-old 10.9.0.1
member add sg-gone 10.9.0.2
guard add vnet*
port add d0 side guest address 10.0.0.5,10.0.0.7 group sg-old
port add d1 side guest address 10.0.0.6 group sg-gone
"""
CHANGES = """\
guard del vnet*
guard add d*
platform set metaserver off
prefix-list entry add pl-old 192.0.2.0/24
group add sg-new
rule add sg-new in icmp from group sg-old
member del sg-old 10.9.0.1
member del sg-gone 10.9.0.2
member add sg-new 10.9.0.1 10.9.0.3
port set d0 address 10.0.0.5,10.0.0.8
port move d0 to sg-new
port del d1
group del sg-gone
port add d2 side guest address 10.0.0.9 group sg-old
"""


def in_force():
    """All that is configured, whatever the generation is"""
    return [sorted(({name: value for name, value in message.items() if name not in ("generation", "members-generation")}
                    for message in sock.dump(f"{what}-get")), key=repr) for what in NOUNS]


def waits():
    return "confirm" in sock.stats()


def begin(seconds=3600):
    run("sgnl", "--confirm", str(seconds), "-b", "-", text=CHANGES)


run("sgnl", "-b", "-", text=START)
failing.setup()
failing.of_sgnl_alone()
before, saved = in_force(), tap.save()

with title("C3 D3 memory runs out while it is taken back: it waits on, or all is as before; never half"):
    refused = 0
    for nth in range(1, failing.SITES_MAX):
        begin()
        now = in_force()
        done, failed = failing.command(nth, ["sgnl", "confirm", "--rollback"])
        if waits():
            equal((failed, done.returncode), (True, 2), f"a failure, told: {done.stderr!r}")
            equal(in_force(), now, "in force")
            refused += 1
            run("sgnl", "confirm", "--rollback")
        equal(in_force(), before, "in force")
        equal(tap.save(), saved, "sgnl save")
        if not failed:
            break
    note(f"{nth - 1} allocations failed, {refused} times it waited on")
    equal(failed, False, "allocations without an end")
    equal(refused > 0, True, "some were refused")

with title("C3 D3 memory runs out while it is put in force: in force and waiting, or nothing has changed"):
    refused = 0
    with open("/tmp/sgnl-confirm", "w", encoding="ascii") as file:
        file.write(CHANGES)
    for nth in range(1, failing.SITES_MAX):
        done, failed = failing.command(nth, ["sgnl", "--confirm", "3600", "-b", file.name])
        if waits():
            run("sgnl", "confirm", "--rollback")
        else:
            equal((failed, done.returncode), (True, 2), f"a failure, told: {done.stderr!r}")
            refused += 1
        equal(in_force(), before, "in force")
        if not failed:
            break
    note(f"{nth - 1} allocations failed, {refused} times nothing changed")
    equal(failed, False, "allocations without an end")

with title("C3 D3 no memory when the time is over: in force as it is until there is some, and then as before"):
    begin(5)
    now = in_force()
    with failing.none():
        time.sleep(8)
    equal(waits(), True, "it waits")
    equal(in_force(), now, "in force")
    end = time.monotonic() + 10
    while waits() and time.monotonic() < end:
        time.sleep(0.1)
    equal(in_force(), before, "in force")
    equal(tap.save(), saved, "sgnl save")

with title("C3 D3 a device goes while there is no memory: its port does not come back"):
    begin()
    with failing.none():
        run("ip", "link", "del", "d1")
    run("sgnl", "confirm", "--rollback")
    equal(tap.save(), "".join(line for line in saved.splitlines(True) if "port add d1" not in line))

with title("C3 D3 nothing is left over"):
    run("sgnl", "apply", "-f", "-", text="")
    equal(tap.save(), "")
    equal((sock.stats()["members"], sock.stats()["policies"]), (0, 0))
tap.end()
