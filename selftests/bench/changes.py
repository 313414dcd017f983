# SPDX-License-Identifier: GPL-2.0
"""Rows of ns.py and insn.py: what a change costs where much hangs on it, and what a port takes up."""

import contextlib
import os
import select
import statistics
import tempfile
import time

import rules
from bed import ACK, ANSWER, OUT, SGNL, SYN, SYN_ACK, Wrong, command
from rounds import ROUNDS, Netlink, Nftables, Timed, compare, show
from rules import ESTABLISHED, INSTANCE, NEIGHBOUR, OPEN, TCP, UDP, mapped, ruleset

SETS = 1000
SIZES = 10, 100, 990
LIVE = 1000000
TURNS = 5
MEMORY = "SUnreclaim", "SReclaimable", "VmallocUsed", "Percpu"
# A rule that no set of rules.py has
RULE = {"group": "sg-x", "direction": "in", "proto": TCP, "port_min": 9, "port_max": 9, "peer_address": "10.9.0.0",
        "peer_prefix_len": 16}


def written(text):
    file = tempfile.NamedTemporaryFile("w", delete=False)  # pylint: disable=consider-using-with
    with file:
        file.write(text)
    return file.name


def compiling(bed):
    """A change of a group of 1,000 rules, from request to answer; and all of them replaced at once."""
    sets = [rules.security_group(seed, 1000) for seed in (1, 2)]
    port = f"port add p0 side guest address {INSTANCE} group sg-a\n"
    ours = [written("group add sg-a type enterprise\n" + rules.as_sgnl("sg-a", some) + port) for some in sets]
    theirs = [written("flush ruleset\n" + ruleset(ESTABLISHED, rules.as_chain(some))) for some in sets]
    maps = [written("flush ruleset\n" + mapped(*rules.as_maps(some))) for some in sets]
    bed.sgnl("")
    timed = Timed()
    for n in range(bed.rounds + 1):
        timed.program("sgnl", SGNL, "apply", "-f", ours[n & 1])
        timed.program("nft", "nft", "-f", theirs[n & 1])
        timed.program("nft-map", "nft", "-f", maps[n & 1])
        timed.program("true", "true")
    compare("replace", {who: r[1:] for who, r in timed.rounds.items()}, "sgnl", "nft", "nft-map")
    bed.clear()

    bed.sgnl("group add sg-a type enterprise\n" + rules.as_sgnl("sg-a", sets[0][:999]) + port)
    netlink, timed = Netlink(), Timed()
    for _ in range(4 * bed.rounds):
        number = timed.call("sgnl", netlink.do, "rule-add", group="sg-a", direction="in", proto=6, port_min=9,
                            port_max=9, peer_address="10.9.0.0", peer_prefix_len=16)["id"]
        netlink.do("rule-del", id=number)
    compare("compile", timed.rounds, "sgnl")
    bed.clear()


def members(bed):
    """A member of 65,536, in a group that a rule of 1,000 ports names; and all of them at once."""
    devices = [f"q{n}" for n in range(999)]
    command("ip", "-batch", "-", stdin="".join(f"link add {d} type dummy\n" for d in devices))
    addresses = [f"172.{16 + (n >> 16)}.{n >> 8 & 255}.{n & 255}" for n in range(65536)]
    before = """group add sg-peers type basic
group add sg-a type enterprise
rule add sg-a in allow tcp port 443/443 from group sg-peers
"""
    add = "".join(f"member add sg-peers {' '.join(addresses[n:n + 256])}\n" for n in range(0, 65536, 256))
    table = """add table ip peer
add set ip peer s { type ipv4_addr; }
add chain ip peer filter { type filter hook forward priority 0; policy drop; }
add rule ip peer filter ip saddr @s tcp dport 443 accept
"""
    element = "add element ip peer s { " + ", ".join(addresses) + " }\n"
    timed = Timed()
    files = written(before + add), written("flush ruleset\n" + table + element)
    nothing = written("")
    bed.sgnl("")
    for n in range(bed.rounds):
        command(SGNL, "apply", "-f", nothing)
        bed.nft("flush ruleset")
        time.sleep(1)  # what is freed behind RCU, or by a worker
        timed.program("sgnl", SGNL, "-b", files[0])
        timed.program("nft", "nft", "-f", files[1])
    compare("members", timed.rounds, "sgnl", "nft")
    ports = "".join(f"port add {d} side guest address 10.1.{n >> 8}.{n & 255} group sg-a\n"
                    for n, d in enumerate(devices + ["p0"]))
    bed.sgnl(ports)
    timed = Timed()
    for n in range(bed.rounds):
        for act in "add", "del":
            timed.program("sgnl", SGNL, "member", act, "sg-peers", "192.0.2.1")
            timed.program("true", "true")
            timed.program("nft", "nft", "add" if act == "add" else "delete", "element", "ip", "peer", "s",
                          "{ 192.0.2.1 }")
    compare("member-program", timed.rounds, "sgnl", "nft")
    netlink, nftables, timed = Netlink(), Nftables(), Timed()
    for n in range(4 * bed.rounds):
        for ours, theirs in ("add", "add"), ("del", "delete"):
            timed.call("sgnl", netlink.do, f"member-{ours}", group="sg-peers", address="192.0.2.1")
            timed.call("nft", nftables.run, f"{theirs} element ip peer s {{ 192.0.2.1 }}")
    compare("member", timed.rounds, "sgnl", "nft")
    bed.clear()
    command("ip", "-batch", "-", stdin="".join(f"link del {d}\n" for d in devices))


@contextlib.contextmanager
def dummies(count):
    """Devices without packets."""
    names = [f"q{n}" for n in range(count)]
    command("ip", "-batch", "-", stdin="".join(f"link add {n} type dummy\n" for n in names))
    yield names
    command("ip", "-batch", "-", stdin="".join(f"link del {n}\n" for n in names))


def address(number):
    return f"10.1.{number >> 8}.{number & 255}"


def port(device, number, groups):
    return f"port add {device} side guest address {address(number)} group {groups}\n"


def stats(netlink):
    return netlink.dump("stats-get")[0]


def change(netlink, timed, who):
    """One rule comes, and goes."""
    number = timed.call(who, netlink.do, "rule-add", **RULE)["id"]
    timed.call(who, netlink.do, "rule-del", id=number)


def memory():
    """Bytes of the kernel's objects, by kind, once what was let go is free."""
    time.sleep(2)
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3")
    with open("/proc/meminfo", encoding="ascii") as file:
        words = dict(line.split(":") for line in file)
    return [int(words[kind].split()[0]) << 10 for kind in MEMORY]


def more(before, after):
    return sum(after) - sum(before)


def spin(ns):
    """Does no more than to take the CPU."""
    end = time.perf_counter_ns() + ns
    while time.perf_counter_ns() < end:
        pass


class Beside:
    """Another process that does something over and over, and knows what took it longest."""

    def __init__(self, prepare):
        (self._answer, answer), (stop, self._stop) = os.pipe(), os.pipe()
        self._process = os.fork()
        if self._process:
            os.close(answer)
            os.close(stop)
            os.read(self._answer, 1)
            return
        once = prepare()
        os.write(answer, b"!")
        longest, last = 0, time.perf_counter_ns()
        while not select.select([stop], [], [], 0)[0]:
            once()
            now = time.perf_counter_ns()
            longest, last = max(longest, now - last), now
        os.write(answer, str(longest).encode())
        os._exit(0)

    def longest(self):
        os.write(self._stop, b"!")
        out = int(os.read(self._answer, 32))
        os.waitpid(self._process, 0)
        os.close(self._answer)
        os.close(self._stop)
        return out


def spread(bed):
    """A change of a group that is in 1,000 different sets of groups; by how many rules it has."""
    flow = bed.flows([(UDP, INSTANCE, 1024, NEIGHBOUR, 443)])

    def sends():
        bed.open()
        return lambda: bed.run(OUT, flow, packets=1)

    def asks():
        netlink = Netlink()
        return lambda: netlink.do("group-get", name="sg-x")

    with dummies(SETS - 1) as devices:
        devices = [*devices, "p0"]
        for size in SIZES:
            bed.sgnl("group add sg-x type enterprise\nrule add sg-x out allow all to 0.0.0.0/0\n" +
                     rules.as_sgnl("sg-x", rules.security_group(1, size - 1)) +
                     "".join(f"group add sg-{n} type enterprise\n" for n in range(SETS)) +
                     "".join(port(d, n, "sg-x,sg-0") for n, d in enumerate(devices)) +
                     f"port set p0 address {INSTANCE}\n")
            before = memory()
            bed.sgnl("".join(f"port move {d} to sg-x,sg-{n}\n" for n, d in enumerate(devices)))
            show("figure", f"spread-{size}-bytes", "sgnl", [more(before, memory()) / (SETS - 1)])
            netlink, timed = Netlink(), Timed()
            compiled = stats(netlink)["policies-compiled"]
            for _ in range(TURNS):
                change(netlink, timed, "sgnl")
            compiled = stats(netlink)["policies-compiled"] - compiled
            if compiled != 2 * TURNS * SETS:
                raise Wrong(f"{compiled} policies were compiled")
            took = timed.rounds["sgnl"]
            show("figure", f"spread-{size}", "sgnl", [t / SETS for t in took])
            gaps = {"spinning": [], "sends": [], "asks": []}
            for _ in range(TURNS):
                for who, prepare, work in (("spinning", sends, lambda: spin(2 * statistics.median(took))),
                                           ("sends", sends, lambda: change(netlink, Timed(), who)),
                                           ("asks", asks, lambda: change(netlink, Timed(), who))):
                    beside = Beside(prepare)
                    work()
                    gaps[who].append(beside.longest())
            compare(f"spread-{size}-gap", gaps, "spinning", "sends", "asks")
            bed.unhook()
    bed.clear()


def change_live(bed):
    """A change that keeps sessions, with many of them and with none."""
    flows = bed.flows((TCP, INSTANCE, 1024 + n % 1000, NEIGHBOUR, 1024 + n // 1000) for n in range(LIVE))
    bed.sgnl(OPEN.replace("sg-a", "sg-x"))
    netlink, rounds = Netlink(), {"none": [], "live": []}
    for _ in range(TURNS):
        bed.sgnl(f"port add p0 side guest address {INSTANCE} group sg-x sessions 1048576\n")
        for who in rounds:
            timed = Timed()
            time.sleep(1)  # the workers that make room, or give it back, come to their end
            for _ in range(4 * ROUNDS):
                change(netlink, timed, who)
            took = timed.rounds[who]
            rounds[who].append(statistics.median(map(sum, zip(took[::2], took[1::2]))))
            if who == "none":
                for way, flags in (OUT, SYN), (ANSWER, SYN_ACK), (OUT, ACK):
                    bed.run(way, flows, flags, batch=256)
        if stats(netlink)["sessions"] != LIVE:
            raise Wrong(f"{stats(netlink)['sessions']} sessions live")
        bed.sgnl("port del p0\n")
        while stats(netlink)["sessions"]:
            time.sleep(0.1)
    compare("change-live", rounds, "none", "live")
    bed.clear()


def mem_ports(bed):
    """What 1,000 ports of the same groups take up, on devices that were there before."""
    bed.sgnl(OPEN)
    rounds = []
    with dummies(SETS) as devices:
        for _ in range(TURNS):
            before = memory()
            bed.sgnl("".join(port(d, n, "sg-a") for n, d in enumerate(devices)))
            rounds.append([(b - a) / SETS for a, b in zip(before, memory())])
            policies = stats(Netlink())["policies"]
            bed.sgnl("".join(f"port del {d}\n" for d in devices))
    # What a CPU has, the kernel does not give back at once: the first round got it.
    per_cpu = max(r[-1] for r in rounds)
    show("figure", "mem-ports", "policies", [policies])
    show("figure", "mem-ports", "bytes-of-a-cpu", [per_cpu])
    show("figure", "mem-ports", "bytes", [sum(r[:-1]) + per_cpu for r in rounds])
    bed.clear()
