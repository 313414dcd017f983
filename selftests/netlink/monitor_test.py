# SPDX-License-Identifier: GPL-2.0
"""sgnl monitor: what it says when events are lost."""
import array
import fcntl
import json
import os
import re
import select
import signal
import subprocess
import termios
import time

import tap
from tap import addr, equal, run, save, title
from taps import child
from wire import Socket, Spec

device = tap.devices("d0")
RULES = 1800  # more events than a listener's buffer holds
START = """guard add vnet*
platform set metaserver off
prefix-list add pl-a family ipv4 max 9 entry 10.0.0.0/8
port-list add prl-a max 5 entry 80/80
group add sg-a description "a b"
group add sg-b type enterprise
group add sg-c
member add sg-c 10.9.0.1
port add d0 side guest address 10.0.0.5,fd00::5 group sg-a smtp allow
"""


def listeners():
    with open("/proc/net/netlink", encoding="ascii") as table:
        return sum(line.split()[1] == "16" and int(line.split()[3], 16) != 0 for line in table.readlines()[1:])


class Monitor:
    def __init__(self, *words, stdout=subprocess.PIPE):
        there = listeners()
        self.process = subprocess.Popen(["sgnl", *words], stdout=stdout)
        self.said = ""
        until = time.monotonic() + 20
        while listeners() == there and time.monotonic() < until:
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def line(self):
        """Its next line, which comes soon"""
        while "\n" not in self.said:
            equal(select.select([self.process.stdout], [], [], 30)[0], [self.process.stdout], "a line in time")
            more = os.read(self.process.stdout.fileno(), 1 << 16).decode()
            equal(bool(more), True, "it goes on")
            self.said += more
        line, self.said = self.said.split("\n", 1)
        return line

    def lines(self, last):
        """Its lines up to the first that begins so"""
        lines = [self.line()]
        while not lines[-1].startswith(last):
            lines.append(self.line())
        return lines

    def misses(self, before, after, groups):
        """Stopped, while more happens than its buffer holds"""
        self.process.send_signal(signal.SIGSTOP)
        run("sgnl", "-b", "-", text=before)
        run("sgnl", "-b", "-", text="".join(f"rule add sg-{groups[n % 2]} in tcp port {n} from 10.0.0.0/8\n"
                                            for n in range(1, RULES + 1)))
        run("sgnl", "-b", "-", text=after)
        self.process.send_signal(signal.SIGCONT)

    def unread(self):
        """Until it waits for somebody who reads what it says"""
        waiting = array.array("i", [0])
        before = None
        while before != waiting[0]:
            before = waiting[0]
            time.sleep(1)
            fcntl.ioctl(self.process.stdout, termios.FIONREAD, waiting)
        equal(waiting[0] >= 32768, True, f"{waiting[0]} bytes are as many as a pipe holds")


def part(lines):
    """What was lost, and what is told anew; what came before the loss is left out."""
    lost = lines.index("lost: events did not arrive")
    equal(lines[lost + 1].startswith("resync: generation "), True, lines[lost + 1])
    return lines[lost + 2:-1]


def changes(_):
    with Socket(Spec()) as sock:
        while True:
            for change in "member-add", "member-del":
                sock.do(change, {"group": "sg-flood", "address": addr("10.7.0.1")})


def floods():
    """Each line waits for its reader, so that there is always more to come."""
    run("sgnl", "group", "add", "sg-flood")
    told, end_of_it = os.pipe2(os.O_DIRECT)
    fcntl.fcntl(told, fcntl.F_SETPIPE_SZ, 4096)
    with Monitor("monitor", "config", stdout=end_of_it), \
            title("C1 monitor: that events are lost is told also while there is no end of them"):
        flood, said = child(changes), b""
        try:
            until = time.monotonic() + 60
            while not said.startswith(b"lost: ") and time.monotonic() < until:
                time.sleep(0.02)
                said = os.read(told, 4096)
            equal(said, b"lost: events did not arrive\n")
        finally:
            flood.stop(signal.SIGKILL)


def main():
    with Monitor("monitor", "config") as monitor:
        with title("C1 monitor: without a loss, each change is told, and nothing else"):
            run("sgnl", "-b", "-", text="group add sg-gone\ngroup add sg-x\n")
            run("sgnl", "group", "del", "sg-x")
            equal([monitor.line() for _ in range(3)], ["group add sg-gone type basic internal accept",
                                                       "group add sg-x type basic internal accept",
                                                       "group del sg-x"])
            run("sgnl", "-b", "-", text="member add sg-gone 10.9.0.2\nmember add sg-gone 10.9.0.1 10.9.0.2 fd00::9\n")
            run("sgnl", "member", "del", "sg-gone", "10.9.0.1", "10.9.0.2", "fd00::9")
            equal([monitor.line() for _ in range(6)],
                  [f"member {change} sg-gone {one}" for change, ones in (("add", ("10.9.0.2", "10.9.0.1", "fd00::9")),
                                                                         ("del", ("10.9.0.1", "10.9.0.2", "fd00::9")))
                   for one in ones])
        with title("C1 C4 monitor: after a loss it says so, and tells of all that is in force"):
            monitor.misses(START, "group del sg-gone\ngroup add sg-late\n", "bc")
            told = part(monitor.lines("resync-end: "))
            equal(sum(line.startswith("rule add ") for line in told), RULES, "rules")
            # Platform traffic is told of as a whole; save leaves out what is as in the beginning.
            equal([line for line in told if not re.fullmatch("platform set [a-z]+ on", line)],
                  save().splitlines())
        with title("C1 monitor: so it does of what changes before it has told all that was not lost"):
            monitor.misses("group add sg-d\ngroup add sg-e\n", "", "de")
            monitor.unread()
            run("sgnl", "group", "add", "sg-z")
            told = part(monitor.lines("resync-end: "))
            added = "group add sg-z type basic internal accept"
            if added not in told:
                told.append(monitor.line())
            equal(told.count(added), 1, "told of it")
        with title("C1 monitor: what comes behind is told once, and nothing that was told already"):
            run("sgnl", "group", "add", "sg-y")
            equal(monitor.line(), "group add sg-y type basic internal accept")
    with Monitor("-j", "monitor", "config") as monitor:
        with title("C1 monitor: as JSON, with the generation"):
            monitor.process.send_signal(signal.SIGSTOP)
            run("sgnl", "apply", "--confirm", "600", "-f", "-", text=START)
            monitor.process.send_signal(signal.SIGCONT)
            events = [json.loads(monitor.line())]
            while events[-1]["event"] != "resync-end":
                events.append(json.loads(monitor.line()))
            names = [event["event"] for event in events]
            told = events[names.index("lost") + 1:]
            equal([told[0]["event"], told[0]["generation"]], ["resync", told[-1]["generation"]])
            equal([event["name"] for event in told if event["event"] == "group-add"], ["sg-a", "sg-b", "sg-c"])
            equal([(event["device"], event["groups"]) for event in told if event["event"] == "port-add"],
                  [("d0", ["sg-a"])])
        with title("C1 C3 monitor: that the change which was shown is confirmed is told, though nothing changes by it"):
            run("sgnl", "confirm")
            equal(json.loads(monitor.line()), {"event": "txn-confirm"})
    with Monitor("monitor", "denials") as monitor:
        with title("C1 monitor: who does not ask for the configuration is not told of it"):
            run("sgnl", "group", "add", "sg-unseen")
            equal(select.select([monitor.process.stdout], [], [], 1)[0], [], "what it says")
    floods()
    tap.end()


main()
