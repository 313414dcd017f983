# SPDX-License-Identifier: GPL-2.0
"""What apply and audit commit refuse over ssh: changes that would keep out who makes them."""
import os
import subprocess

import tap
from tap import equal, run, save, title

device = tap.devices("d0", "d1")
OPEN = """group add sg-a
rule add sg-a in tcp port 22 from 192.0.2.0/24 id sgr-7
rule add sg-a in tcp port 22 from fd00::/64 id sgr-8
"""
PORT = "port add d0 side self group sg-a\n"
CLOSED = "group add sg-a\nrule add sg-a in deny tcp port 22 from 192.0.2.0/24 id sgr-9\n"
LOGIN = "192.0.2.9 51000 192.0.2.1 22"


def apply(text, *more, login=LOGIN, above=()):
    """sgnl apply in an ssh login; what it says if it is refused"""
    done = subprocess.run([*above, "sgnl", "apply", *more, "-f", "-"], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env={**os.environ, **({"SSH_CONNECTION": login} if login else {})})
    equal(done.returncode in (0, 1), True, f"status {done.returncode}, {done.stderr}")
    return done.stderr


def commit(*more, login=LOGIN):
    """sgnl audit commit in an ssh login; what it says if it is refused"""
    done = subprocess.run(["sgnl", *more, "audit", "commit"], text=True, capture_output=True, check=False,
                          env={**os.environ, **({"SSH_CONNECTION": login} if login else {})})
    equal(done.returncode in (0, 1), True, f"status {done.returncode}, {done.stderr}")
    return done.stderr


def audited(text):
    run("sgnl", "audit", "start", "-f", "-", text=text + PORT)


def refused(text, *, at="d0", rule="", **login):
    before = save()
    told = apply(text, **login)
    words = login.get("login", LOGIN).split()
    for word in (f"ssh from {words[0].split('%')[0]} to {words[2].split('%')[0]} port {words[3]}",
                 f"dropped at {at}" + (f" by {rule}" if rule else ":"), "--confirm SECONDS"):
        equal(word in told, True, f"{word!r} in {told!r}")
    equal(save(), before, "the state")


def accepted(text, *more, **login):
    equal(apply(text, *more, **login), "")


def audits():
    accepted(OPEN + PORT)
    with title("C3 over ssh, audit commit refuses a candidate that denies the login, names the rule, and goes on"):
        audited(CLOSED)
        before = save()
        told = commit()
        for word in "ssh from 192.0.2.9 to 192.0.2.1 port 22", "dropped at d0 by sgr-9", "--confirm SECONDS":
            equal(word in told, True, f"{word!r} in {told!r}")
        equal(save(), before, "the state")
        run("sgnl", "audit", "show")
    with title("C3 with --confirm audit commit is taken, and can be taken back"):
        equal(commit("--confirm", "60"), "")
        run("sgnl", "confirm", "--rollback")
        equal(save(), before)
    with title("C3 not over ssh, audit commit is as always"):
        run("sgnl", "audit", "stop", check=False)
        audited(CLOSED)
        equal(commit(login=None), "")
        equal("sgr-9" in save(), True, save())
    with title("C3 over ssh, audit commit of what lets the login pass, or of what is dropped already, is as always"):
        audited(CLOSED + "group add sg-b\n")
        equal(commit(), "")
        audited(OPEN)
        equal(commit(), "")
        equal("sgr-7" in save(), True, save())
    with title("C3 over ssh, members count as audit commit finds them"):
        grouped = OPEN.replace("192.0.2.0/24", "group sg-m") + "group add sg-m\n"
        accepted(OPEN + PORT + "group add sg-m\n")
        audited(grouped)
        equal("would be dropped" in commit(), True, "no member")
        run("sgnl", "member", "add", "sg-m", "192.0.2.9")
        equal(commit(), "")
    with title("C3 C5 over ssh, without an audit audit commit says so"):
        run("sgnl", "audit", "stop", check=False)
        done = run("sgnl", "audit", "commit", check=False)
        equal((done.returncode, "there is no audit" in done.stderr), (2, True), done.stderr)


def main():
    run("ip", "addr", "add", "192.0.2.1/24", "dev", "d0")
    run("ip", "addr", "add", "fd00::1/64", "dev", "d0", "nodad")
    run("ip", "link", "set", "d0", "up")
    with title("C3 over ssh, apply refuses to attach the device of the login without a rule for it"):
        refused("group add sg-a\n" + PORT)
        refused("port add d0 side self\n")
    with title("C3 over ssh, apply of what lets the login pass is as always"):
        accepted(OPEN + PORT)
    with title("C3 over ssh, apply refuses a rule that denies the login, and names it"):
        refused(CLOSED + PORT, rule="sgr-9")
        refused("group add sg-a\nrule add sg-a in tcp port 22 from 192.0.2.0/24\n" + PORT,
                login="fd00::9 51000 fd00::1 22")
    with title("C3 over ssh, the port and the client of the login are those that count"):
        accepted(CLOSED + PORT, login="198.51.100.9 51000 203.0.113.1 22")
        accepted(OPEN + "rule add sg-a in tcp port 2222 from 192.0.2.9\n" + PORT)
        refused(OPEN + "rule add sg-a in deny tcp port 2222 from 192.0.2.9 id sgr-9\n" + PORT,
                login="192.0.2.9 51000 192.0.2.1 2222", rule="sgr-9")
    with title("C3 over ssh, members count as the change makes them"):
        grouped = OPEN.replace("192.0.2.0/24", "group sg-m") + PORT + "group add sg-m\nmember add sg-m 192.0.2.9\n"
        accepted(grouped)
        refused(grouped.replace("192.0.2.9", "192.0.2.8"))
        accepted(OPEN + PORT)
    with title("C3 D1 over ssh, apply refuses a guard pattern that closes the device of the login"):
        accepted(OPEN + PORT)
        refused("guard add d0\n" + OPEN)
        accepted("guard add d0\n" + OPEN + PORT)
        refused("guard add d?\n" + OPEN)
        accepted(OPEN + PORT)
        run("sgnl", "apply", "-f", "-", text="")
        refused("guard add d?\n")
        accepted("guard add d1\n" + OPEN + PORT)
        accepted(OPEN + PORT)
    with title("C3 E1 over ssh, apply refuses what drops the answer to the login"):
        guarded = "port add d0 side self guard on address 192.0.2.{} group sg-a\n"
        accepted(OPEN + guarded.format(1))
        refused(OPEN + guarded.format(2))
        accepted(OPEN + PORT)
    with title("C3 over ssh from an instance, what it sends to the host counts"):
        instance = "group add sg-a type basic\n{}port add d0 side guest address 192.0.2.9 group sg-a\n"
        run("sgnl", "apply", "-f", "-", text="")
        accepted(instance.format(""))
        refused(instance.format("rule add sg-a out deny tcp port 22 to 192.0.2.1 id sgr-9\n"), rule="sgr-9")
        run("sgnl", "apply", "-f", "-", text="")
        accepted(OPEN + PORT)
    with title("C3 C5 over ssh, what is wrong with a file is told as ever"):
        text = OPEN + PORT + "port add d0 side self\n"
        equal(apply(text), apply(text, login=None))
    with title("C3 with --confirm it is taken, and can be taken back"):
        before = save()
        told = apply(CLOSED + PORT, "--confirm", "60")
        equal(told, "")
        run("sgnl", "confirm", "--rollback")
        equal(save(), before)
    with title("C3 not over ssh, and at a device that the login does not come by, apply is as always"):
        accepted(CLOSED + PORT, login=None)
        accepted(OPEN + PORT)
        accepted(OPEN + PORT + "group add sg-b\nport add d1 side guest group sg-b\n")
    with title("C3 what is dropped already is no reason to refuse"):
        accepted(CLOSED + PORT, login=None)
        accepted("group add sg-b\n" + CLOSED + PORT)
        accepted(OPEN + PORT)
    with title("C3 the login is found above sudo, which takes its variable away"):
        refused(CLOSED + PORT, rule="sgr-9", above=("sh", "-c", 'env -u SSH_CONNECTION "$@"; exit $?', "sh"))
    with title("C3 of a link-local address, its device is no part"):
        refused("group add sg-a\n" + PORT, login="fd00::9%d0 51000 fd00::1%d0 22")
    with title("C3 what is no login is taken for none"):
        for login in "", "x", "192.0.2.9 51000", "192.0.2.9 1 fd00::1 22":
            accepted(CLOSED + PORT, login=login or " ")
            accepted(OPEN + PORT, login=None)
    audits()
    run("sgnl", "apply", "-f", "-", text="")
    tap.end()


main()
