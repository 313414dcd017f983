# SPDX-License-Identifier: GPL-2.0
"""
What the tool is told wrongly: one line on stderr, the right status, and nothing changed.

Standard input is a table of `status | expression | words`; of a row with a file, `status |
expression | -b 3: first line; second line; ...` (or apply): the fault is said to be in line 3.
"""
import re
import shlex
import sys

import tap
from wire import Socket, Spec

spec = Spec()
sock = Socket(spec)
device = tap.devices("d0", "d1")

PREPARE = """
group add sg-a description "one \\"two\\""
group add sg-b internal drop
group add sg-ent type enterprise
group add sg-far vpc 9
rule add sg-a in tcp port 80 from 10.0.0.0/8 id sgr-1
rule add sg-a in tcp port 81 from 10.0.0.0/8 id sgr-2
rule add sg-b in all from group sg-a id sgr-3
member add sg-b 10.9.9.9
prefix-list add pl-a family ipv4 max 2 entry 10.0.0.0/8
prefix-list add pl-six family ipv6 max 200
port-list add prl-a max 3 entry 80/80,443/443
port-list add prl-big max 2000
rule add sg-b in tcp port list prl-a from prefix-list pl-a id sgr-4
port add d0 side guest address 10.0.0.5 group sg-a
"""


def unescape(text):
    """$N{c} is N times c; \\n and \\xHH as in python."""
    text = re.sub(r"\$(\d+)\{(.*?)\}", lambda m: int(m[1]) * m[2], text)
    return text.encode().decode("unicode_escape").encode("latin-1").decode(errors="surrogateescape") \
        if "\\x" in text else text


def row(line):
    status, expression, words = (part.strip() for part in line.split(" | ", 2))
    at = re.match(r"(-b|apply) (\d+): (.*)", words)
    text = None
    if at:
        command = ["-b", "-"] if at[1] == "-b" else ["apply", "-f", "-"]
        text = "\n".join(part.strip() for part in at[3].split(";;")) + "\n"
        expression = rf"standard input:{at[2]}: .*(?:{expression})"
    else:
        command = shlex.split(words)
    command = [unescape(word) for word in command]
    if text:
        text = unescape(text)
    done = tap.run("sgnl", *command, text=text or "", check=False)
    wrong = []
    if done.returncode != int(status):
        wrong.append(f"status {done.returncode}")
    if done.stdout:
        wrong.append(f"it printed: {done.stdout}")
    if done.stderr.count("\n") != 1 or not done.stderr.endswith("\n"):
        wrong.append(f"{len(done.stderr.splitlines())} lines on stderr")
    if not done.stderr.startswith("sgnl: ") or not re.search(expression, done.stderr):
        wrong.append(f"it does not say: {expression}")
    if sock.state() != before:
        wrong.append("something changed")
    tap.ok(not wrong, "C5 refused: " + words.replace("#", ""), *wrong, f"stderr: {done.stderr}")


tap.run("sgnl", "-b", "-", text=PREPARE)
saved, before = tap.save(), sock.state()
for number, line in enumerate(sys.stdin):
    if line.strip() and not line.startswith("#"):
        row(line.rstrip("\n"))
tap.is_equal(tap.save(), saved, "C5 sgnl save after all of it is what it was before")
tap.end()
