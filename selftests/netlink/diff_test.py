# SPDX-License-Identifier: GPL-2.0
"""sgnl diff FILE prints the commands that sgnl apply -f FILE would run, and runs none."""
import itertools
import json
import re

import tap
from tap import equal, run, save, title
from wire import Socket, Spec

START = """\
guard add tap*
platform set slb on address 100.64.0.0/10
prefix-list add pl-a family ipv4 max 5 entry 192.0.2.0/24
port-list add prl-a max 4 entry 80/80,443/443
group add sg-a description first
group add sg-b
group add sg-e type enterprise
member add sg-b 10.0.0.9
rule add sg-a in tcp port 80 from 10.0.0.0/8 id sgr-1
rule add sg-a out deny udp to group sg-b priority 7 id sgr-2
rule add sg-b in tcp port list prl-a from prefix-list pl-a to 10.1.0.0/16 sport 1000/2000 id sgr-3
rule add sg-e in icmp type 3 code 2 from 10.9.0.0/16 id sgr-8
port add d0 side guest address 10.0.0.5 group sg-a ethertype 0x88cc
port add d1 side self address follow group sg-a,sg-b
port add d2 side guest group sg-e
"""

# What is changed in START, and the lines that say so
KINDS = [
    ("a guard pattern", "guard add tap*", "guard add vnet*", ["guard del tap*", "guard add vnet*"]),
    ("platform traffic", "platform set slb on address 100.64.0.0/10", "platform set arp off",
     ["platform set arp off", "platform set slb on address none"]),
    ("a list's entries", "entry 192.0.2.0/24", "entry 198.51.100.0/24",
     ["prefix-list set pl-a entry 198.51.100.0/24"]),
    ("a list emptied and described", " entry 192.0.2.0/24", ' description "none yet"',
     ['prefix-list set pl-a entry none description "none yet"']),
    ("a list's size", "family ipv4 max 5", "family ipv4 max 6",
     ["rule del sgr-3", "prefix-list del pl-a", "prefix-list add pl-a family ipv4 max 6 entry 192.0.2.0/24",
      "rule add sg-b in allow tcp port list prl-a from prefix-list pl-a to 10.1.0.0/16 sport 1000/2000"
      " priority 1 id sgr-3"]),
    ("a new list", "port-list add", "port-list add prl-b max 1\nport-list add", ["port-list add prl-b max 1"]),
    ("a group's internal policy and text", "group add sg-a description first", "group add sg-a internal drop",
     ['group set sg-a internal drop description ""']),
    ("a new group", "group add sg-b", "group add 4711/sg-b description \"a b\"\ngroup add sg-b",
     ['group add 4711/sg-b type basic internal accept description "a b"']),
    ("a group's type", "group add sg-e type enterprise", "group add sg-e",
     ["port leave d2 sg-e", "rule del sgr-8", "group del sg-e", "group add sg-e type basic internal accept",
      "rule add sg-e in allow icmp type 3 code 2 from 10.9.0.0/16 priority 1 id sgr-8", "port move d2 to sg-e"]),
    ("a member", "member add sg-b 10.0.0.9", "member add sg-b fd00::9",
     ["member del sg-b 10.0.0.9", "member add sg-b fd00::9"]),
    ("a rule's ports", "tcp port 80 from", "tcp port 80/90 from", ["rule set sgr-1 port 80/90"]),
    ("a rule's ports lifted", "tcp port 80 from", "tcp from", ["rule set sgr-1 port any"]),
    ("a rule's protocol", "tcp port 80 from", "icmp from", ["rule set sgr-1 icmp port any"]),
    ("a rule's ICMP type and code", "tcp port 80 from", "icmp type 3 code 4 from",
     ["rule set sgr-1 icmp port any type 3 code 4"]),
    ("a rule's ICMP code", "code 2", "code 1",
     ["rule set sgr-8 code 1"]),
    ("a rule's ICMP type, with any code", "icmp type 3 code 2 from", "icmp type 8 from",
     ["rule set sgr-8 type 8"]),
    ("a rule's ICMP type lifted", " type 3 code 2", "", ["rule set sgr-8 type any"]),
    ("a rule's policy and description", "tcp port 80 from 10.0.0.0/8",
     'deny tcp port 80 from 10.0.0.0/8 description "no web"', ['rule set sgr-1 deny description "no web"']),
    ("a rule's peer and priority", "to group sg-b priority 7", "to 2001:db8::/32 priority 8",
     ["rule set sgr-2 to 2001:db8::/32 priority 8"]),
    ("a rule's peer becomes a group", "from 10.0.0.0/8", "from group sg-e", ["rule set sgr-1 from group sg-e"]),
    ("a rule's five-tuple parts lifted", " to 10.1.0.0/16 sport 1000/2000", "", ["rule set sgr-3 to any sport any"]),
    ("a rule's port list", "port list prl-a", "port 22", ["rule set sgr-3 port 22/22"]),
    ("a rule that goes", "rule add sg-a out deny udp to group sg-b priority 7 id sgr-2\n", "", ["rule del sgr-2"]),
    ("a rule without an id", "rule add sg-a out", "rule add sg-a in 47 from 10.0.0.1\nrule add sg-a out",
     ["rule add sg-a in allow gre from 10.0.0.1/32 priority 1"]),
    ("a port's settings", "port add d0 side guest address 10.0.0.5 group sg-a ethertype 0x88cc",
     "port add d0 side guest group sg-a smtp private trunk on idle-other 60",
     ["port set d0 address none smtp private trunk on idle-other 60 ethertype none"]),
    ("a port's addresses follow", "address 10.0.0.5", "address follow", ["port set d0 address follow"]),
    ("a port's addresses follow no more", "address follow", "address fd00::1,10.0.0.7",
     ["port set d1 address 10.0.0.7,fd00::1"]),
    ("a port follows no more, and has none", " address follow", "", ["port set d1 address none"]),
    ("a port's groups", "group sg-a,sg-b", "group sg-b", ["port move d1 to sg-b"]),
    ("a port leaves its groups", " group sg-a,sg-b", "", ["port leave d1 sg-a,sg-b"]),
    ("a port's side", "port add d2 side guest", "port add d2 side self",
     ["port del d2", "port add d2 side self group sg-e smtp deny"]),
    ("a port that goes", "port add d2 side guest group sg-e\n", "", ["port del d2"]),
]


def differs(text):
    """The lines that diff prints, and what the exit status has to be for them"""
    done = run("sgnl", "diff", "-", text=text, check=False)
    lines = done.stdout.splitlines()
    equal((done.returncode, done.stderr), (2 if lines else 0, ""))
    return lines


def saved():
    """sgnl save; the id that a new rule was given is not for comparing"""
    return re.sub(r" id sgr-(9|1\d)\b", "", save())


def become(text):
    run("sgnl", "apply", "-f", "-", text="")
    run("sgnl", "-b", "-", text=text)


def edited(old, new):
    equal(START.count(old), 1, f"places of {old}")
    return START.replace(old, new)


def kinds(sock):
    become(START)
    with title("C4 diff of what is there prints nothing, status 0"):
        equal(differs(save()), [])
        equal(differs(START), [], "START")
    for what, old, new, lines in KINDS:
        with title(f"C4 diff: {what}"):
            before = sock.state()
            got = differs(edited(old, new))
            equal(sock.state() == before, True, "nothing changed")
            equal(got, lines)


def runs():
    texts = ["", START, *(edited(old, new) for _, old, new, _ in KINDS)]
    with title("C4 C1 what diff prints, run by -b, is what apply does; backwards too"):
        for old, new in itertools.chain(((START, text) for text in texts), ((text, START) for text in texts)):
            become(old)
            run("sgnl", "apply", "-f", "-", text=new)
            wanted = saved()
            become(old)
            run("sgnl", "-b", "-", text="".join(f"{line}\n" for line in differs(new)))
            equal(saved(), wanted, f"from\n{old}\nto\n{new}\nby the lines; state")
            equal(differs(new), [], "lines that are left")


def words():
    become(START)
    with title("C4 diff -j: the same lines, with the file's where there is one"):
        text = edited("rule add sg-a out deny udp to group sg-b priority 7 id sgr-2\n", "").replace("smtp", "")
        text = text.replace("member add sg-b 10.0.0.9", "member add sg-b 10.0.0.8")
        done = run("sgnl", "-j", "diff", "-", text=text, check=False)
        equal((done.returncode, json.loads(done.stdout)),
              (2, [{"command": "member del sg-b 10.0.0.9"}, {"command": "rule del sgr-2"},
                   {"command": "member add sg-b 10.0.0.8", "line": 8}]))
        done = run("sgnl", "-j", "diff", "-", text=START, check=False)
        equal((done.returncode, json.loads(done.stdout)), (0, []))
    with title("C5 diff of a file with a mistake: its line, status 1, nothing printed"):
        done = run("sgnl", "diff", "-", text=START + "rule add sg-none in tcp from 10.0.0.1\n", check=False)
        equal((done.returncode, done.stdout), (1, ""))
        equal("standard input:16: " in done.stderr and "sg-none" in done.stderr, True, done.stderr)
        equal(run("sgnl", "diff", check=False).returncode, 1)


def answers():
    """DescribeSecurityGroupAttribute in the place of a file of commands"""
    def permission(port, policy):
        return {"Direction": "ingress", "IpProtocol": "TCP", "PortRange": f"{port}/{port}", "Policy": policy,
                "Priority": "1", "SourceCidrIp": "203.0.113.9/24"}

    def answer(*permissions):
        return json.dumps({"SecurityGroupId": "sg-cloud", "SecurityGroupType": "normal", "InnerAccessPolicy": "Drop",
                           "Permissions": {"Permission": [permission(*p) for p in permissions]}})

    def lines_by_run(text):
        lines = differs(text)
        run("sgnl", "-b", "-", text="".join(f"{line}\n" for line in lines))
        equal(differs(text), [], "lines that are left")
        return [re.sub(r" id sgr-\d+", "", line) for line in lines]

    become(START)
    with title("C4 diff of a cloud's answer: the lines that apply would run, and of what is there none"):
        first = answer((80, "Accept"), (443, "Accept"))
        shown = json.loads(run("sgnl", "-j", "diff", "-", text=first, check=False).stdout)
        equal([{"command": line} for line in differs(first)], shown, "in JSON")
        equal(lines_by_run(first), ["group add sg-cloud type basic internal drop",
                                    "rule add sg-cloud in allow tcp port 80/80 from 203.0.113.0/24 priority 1",
                                    "rule add sg-cloud in allow tcp port 443/443 from 203.0.113.0/24 priority 1"])
        lines = lines_by_run(answer((80, "Drop"), (443, "Accept")))
        equal((len(lines), lines[0].startswith("rule del sgr-"), lines[-1]),
              (2, True, "rule add sg-cloud in deny tcp port 80/80 from 203.0.113.0/24 priority 1"))


tap.devices("d0", "d1", "d2")
with Socket(Spec()) as sock_:
    kinds(sock_)
runs()
words()
answers()
tap.end()
