# SPDX-License-Identifier: GPL-2.0
"""Prefix lists and port lists: what the tool shows, saves, applies and is told of."""
import json
import select
import struct
import subprocess
import tempfile

import tap
from tap import addr, equal, is_equal, run, save, title
from wire import DUMP, REQUEST, Refused, Socket, Spec

spec = Spec()
sock = Socket(spec)

STATE = """\
prefix-list add 7/pl-x family ipv6 max 4 entry 2001:db8::/32,fd00::/8 description "of \\"another\\""
prefix-list add pl-a family ipv4 max 20 entry 10.0.0.0/8,10.0.0.0/16,192.0.2.1/32
prefix-list add pl-empty family ipv4 max 200
port-list add prl-a max 30 entry 1/65535,80/80,80/81
port-list add prl-big max 2000 entry %s
group add sg-a type basic internal accept
rule add sg-a in allow tcp port list prl-a from prefix-list pl-a priority 1 id sgr-1
rule add sg-a out deny udp port list prl-a to 192.0.2.0/24 from 10.0.0.0/8 priority 2 id sgr-2
rule add sg-a in allow all from prefix-list 7/pl-x to fd00::/64 priority 3 description text id sgr-3
""" % ",".join(f"{n}/{n}" for n in range(1, 4001, 2))

# What is written in other words, and comes to the same
SLOPPY = [("10.0.0.0/8,10.0.0.0/16,192.0.2.1/32", "192.0.2.1,10.9.9.9/8,10.0.3.0/16,192.0.2.1/32"),
          ("1/65535,80/80,80/81", "80,80/81,80/80,1/65535"),
          ("2001:db8::/32,fd00::/8", "fd00::5/8,2001:DB8:0::/32")]


def apply(text):
    run("sgnl", "apply", "-f", "-", text=text)


def elsewhere(command, text):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        return run("unshare", "-n", "sh", "-ec", f"sgnl {command} {file.name}; sgnl save")


def test_save():
    with title("C4 R6 lists: save is what was put in, in an empty namespace by -b and by apply too"):
        run("sgnl", "-b", "-", text=STATE)
        equal(save(), STATE)
        equal(elsewhere("-b", STATE), STATE)
        equal(elsewhere("apply -f", STATE), STATE)
    with title("C4 R6 lists: apply of what is there, in other words, changes nothing"):
        text, before = STATE, sock.state()
        for old, new in SLOPPY:
            equal(text.count(old), 1)
            text = text.replace(old, new)
        apply(text)
        equal(sock.state() == before, True, "the state is the same")


# Edits of STATE, and the events of lists and rules that they make
EDITS = [
    (("80/80,80/81", "80/80,80/82"), [("list-event", "list-set", "prl-a")]),
    (('"of \\"another\\""', "new"), [("list-event", "list-set", "7/pl-x")]),
    (("prefix-list add pl-empty family ipv4 max 200\n", ""), [("list-event", "list-del", "pl-empty")]),
    (("family ipv4 max 200", "family ipv6 max 200"), [("list-event", "list-del", "pl-empty"),
                                                      ("list-event", "list-add", "pl-empty")]),
    (("pl-a family ipv4 max 20", "pl-a family ipv4 max 21"),
     [("rule-event", "rule-del", 1), ("list-event", "list-del", "pl-a"),
      ("list-event", "list-add", "pl-a"), ("rule-event", "rule-add", 1)]),
    (("port list prl-a from prefix-list pl-a", "from prefix-list pl-a"), [("rule-event", "rule-set", 1)]),
    (("from prefix-list pl-a", "from prefix-list 7/pl-x"), [("rule-event", "rule-set", 1)]),
]


def test_apply():
    for (old, new), wanted in EDITS:
        with title(f"C4 R6 apply with {old.strip()[:40]!r} as {new[:40]!r} makes exactly that change"), \
                Socket(spec) as listener:
            apply(STATE)
            equal(save(), STATE)
            equal(STATE.count(old), 1)
            listener.join("config")
            apply(STATE.replace(old, new))
            equal([(name, spec.op_names[e["command"]], e.get("name") or e.get("id"))
                   for name, e in listener.events()], wanted)
            equal(save(), STATE.replace(old, new))
    with title("C4 R6 apply of a list that would be too full changes nothing and names the line"):
        apply(STATE)
        before = sock.state()
        done = tap.run("sgnl", "apply", "-f", "-", check=False,
                       text=STATE.replace("family ipv6 max 4 ", "family ipv6 max 1 "))
        equal((done.returncode, "standard input:1:" in done.stderr, "up to max, 1" in done.stderr),
              (1, True, True), done.stderr)
        equal(sock.state() == before, True, "nothing has changed")


def test_show():
    apply(STATE)
    with title("C5 R6 show -j has every field, one list or all of a kind"):
        equal(json.loads(run("sgnl", "-j", "prefix-list", "show", "7/pl-x")),
              [{"name": "7/pl-x", "family": "ipv6", "max": 4, "used": 2,
                "entries": ["2001:db8::/32", "fd00::/8"], "description": 'of "another"'}])
        equal([row["name"] for row in json.loads(run("sgnl", "-j", "prefix-list", "show"))],
              ["7/pl-x", "pl-a", "pl-empty"])
        big = json.loads(run("sgnl", "-j", "port-list", "show"))[1]
        equal((big["name"], big["used"], big["entries"][-1]), ("prl-big", 2000, "3999/3999"))
        rows = json.loads(run("sgnl", "-j", "rule", "show", "sg-a"))
        equal([(r["peer_type"], r["peer"], r["port"]) for r in rows],
              [("prefix-list", "pl-a", "prl-a"), ("prefix-list", "7/pl-x", "-1/-1"),
               ("cidr", "192.0.2.0/24", "prl-a")])
    with title("R6 R7 a group's rules are shown at what they cost"):
        equal(json.loads(run("sgnl", "-j", "group", "show", "sg-a"))[0]["rules"], 20 * 30 + 30 + 4)
    with title("C4 R6 -o prints what add takes"):
        lines = run("sgnl", "-o", "prefix-list", "show") + run("sgnl", "-o", "port-list", "show")
        equal(lines, "".join(STATE.splitlines(True)[:5]))
    with title("R13 rule set replaces a list by a range or an address, and back"):
        for words, shown in (("port 80", "port 80/80 from prefix-list pl-a"),
                             ("from 10.0.0.1", "port 80/80 from 10.0.0.1/32"),
                             ("port list prl-a from prefix-list pl-a", "port list prl-a from prefix-list pl-a"),
                             ("port any", "tcp from prefix-list pl-a")):
            run("sgnl", "rule", "set", "sgr-1", *words.split())
            equal(shown in run("sgnl", "-o", "rule", "show", "sgr-1"), True, words)


def test_entries():
    apply(STATE)
    with title("R6 entry add of what is there makes neither an event nor a generation"), \
            Socket(spec) as listener:
        listener.join("config")
        before = sock.generation()
        run("sgnl", "prefix-list", "entry", "add", "pl-a", "10.4.5.6/8,192.0.2.1")
        equal((sock.generation(), list(listener.events())), (before, []))
    with title("R6 entries come and go by the tool"):
        run("sgnl", "port-list", "entry", "add", "prl-a", "22,1000/2000")
        run("sgnl", "port-list", "entry", "del", "prl-a", "80,1/65535")
        run("sgnl", "prefix-list", "set", "pl-a", "entry", "none")
        equal([row["entries"] for row in json.loads(run("sgnl", "-j", "port-list", "show", "prl-a"))],
              [["22/22", "80/81", "1000/2000"]])
        equal("entry" in run("sgnl", "-o", "prefix-list", "show", "pl-a"), False)
    with title("R6 by -b many changes of one list are one generation"):
        before = sock.generation()
        run("sgnl", "-b", "-", text="".join(f"port-list entry add prl-a {n}\n" for n in range(1, 21)))
        equal(sock.generation(), before + 1)


def test_events():
    apply(STATE)
    monitor = subprocess.Popen(["sgnl", "monitor", "config"], stdout=subprocess.PIPE, text=True)
    as_json = subprocess.Popen(["sgnl", "-j", "monitor", "config"], stdout=subprocess.PIPE, text=True)
    try:
        # Their sockets listen once they are told of something.
        for process in monitor, as_json:
            while not process.poll():
                run("sgnl", "group", "set", "sg-a", "description", "x")
                if select_line(process):
                    break
        commands = ["prefix-list add pl-m family ipv4 max 3 entry 10.0.0.0/8",
                    "prefix-list entry add pl-m 11.0.0.0/8,12.0.0.0/8",
                    "prefix-list entry del pl-m 12.0.0.0/8",
                    "prefix-list set pl-m entry none description text",
                    "port-list set prl-a entry 5/6 description other", "prefix-list del pl-m"]
        for command in commands:
            run("sgnl", *command.split())
        with title("C5 R6 the monitor prints changes of lists as the commands that make them"):
            equal(lines_after(monitor, len(commands)), commands)
        with title("C5 R6 the same as JSON"):
            rows = [json.loads(line) for line in lines_after(as_json, len(commands))]
            equal(rows[0], {"event": "prefix-list-add", "name": "pl-m", "family": "ipv4", "max": 3,
                            "entries": ["10.0.0.0/8"], "description": ""})
            equal([row["event"] for row in rows],
                  ["prefix-list-add", "prefix-list-entry-add", "prefix-list-entry-del",
                   "prefix-list-set", "port-list-set", "prefix-list-del"])
            equal((rows[1]["entries"], rows[3]["entries"], rows[4]["entries"]),
                  (["11.0.0.0/8", "12.0.0.0/8"], [], ["5/6"]))
    finally:
        for process in monitor, as_json:
            process.kill()
            process.wait()
    with title("C1 R6 an event holds a list with all that it may have"), Socket(spec) as listener:
        listener.join("config")
        every = [struct.pack("=HH", n, n) for n in range(1, 2001)]
        sock.do("list-add", {"name": "prl-" + 123 * "x", "max-entries": 2000, "range": every,
                             "description": 512 * "x"})
        (name, event), = listener.events()
        equal((name, event["range"] == every), ("list-event", True))


def select_line(process):
    """One line, if there is one within a moment."""
    if not select.select([process.stdout], [], [], 0.5)[0]:
        return None
    return process.stdout.readline()


def lines_after(process, n):
    """The next lines that are no group's."""
    lines = []
    while len(lines) < n:
        line = process.stdout.readline().rstrip("\n")
        if "group" not in line.split(",")[0].split(" ")[0]:
            lines.append(line)
    return lines


def test_dumps():
    apply("")
    run("sgnl", "-b", "-", text="group add sg-a\n" + "".join(
        f"prefix-list add pl-{n} family ipv6 max 200 entry "
        + ",".join(f"2001:db8:{n:x}:{i:x}::/64" for i in range(200)) + "\n" for n in range(100)))
    with title("C1 R6 a dump of lists that takes several parts: whole, and not interrupted"):
        got = {}
        for part in sock.dump("list-get"):
            got.setdefault(part["name"], []).extend(part.get("prefix", []))
        wanted = {f"pl-{n}": [addr(f"2001:db8:{n:x}:{i:x}::") + b"\x40" for i in range(200)]
                  for n in range(100)}
        equal(got == wanted, True, "lists")
        equal(sock.interrupted, False, "interrupted")
    for op, words in (("list-set", {"name": "pl-99", "clear-entries": True}),
                      ("group-set", {"name": "sg-a", "description": "x"})):
        with title(f"C1 R6 a dump of lists with a {op} between its parts: NLM_F_DUMP_INTR"), \
                Socket(spec) as other:
            message = other.message(spec.ops["list-get"]["number"], b"", REQUEST | DUMP)
            other.sock.send(message)
            parts = other.answers(struct.unpack_from("=I", message, 8)[0])
            next(parts)
            sock.do(op, words)
            for _ in parts:
                pass
            equal(other.interrupted, True, "interrupted")
    with title("C5 R6 an unknown list is refused with a text"):
        try:
            sock.dump("list-get", {"name": "pl-none"})
            equal(True, False, "taken")
        except Refused as e:
            equal((e.errno, e.text), (2, "no such list"))
    apply("")
    is_equal(save(), "", "C4 R6 apply of an empty file removes all lists")


for test in test_save, test_apply, test_show, test_entries, test_events, test_dumps:
    test()
tap.end()
