# SPDX-License-Identifier: GPL-2.0
"""The addresses of a port: the guard that holds it to them, and what is cut with them: E1."""

import contextlib
import time

from bench import IN, OUT, Wrong
from frames import ARP, MORE, arp, dhcp, echo, frame, ip, mld, neighbour, tcp, udp
from netlink import Netlink
from run import test

OTHER, OTHER6, LINK = "10.0.0.6", "2001:db8::6", "fe80::5"


def guarded(b, **options):
    """A port with an address of each family through which everything may pass."""
    b.group("sg-a", type="enterprise")
    for direction, word in (IN, "from"), (OUT, "to"):
        for any_of in "0.0.0.0/0", "::/0":
            b.rule(f"sg-a {direction} allow all {word} {any_of}")
    b.port("sg-a", address=[b.local, b.local6], guard=1, **options)


def passes(b, direction, transport, reason="rule-allow", **ends):
    """Judged so, whichever rule it was."""
    local = ends.pop("local", None)
    peer = ends.pop("peer", None)
    v6 = ":" in (local or peer or "")
    local = local or (b.local6 if v6 else b.local)
    peer = peer or (b.peer6 if v6 else b.peer)
    src, dst = (local, peer) if direction == OUT else (peer, local)
    got = b.probe(direction, frame(ip(src, dst, transport, **ends)))
    if got.reason != reason:
        raise Wrong(f"{b.side}, {direction}, {src} to {dst}: {got}, not {reason}")


@test("E1 what a port sends comes from its own addresses, or is dropped")
def _(b):
    guarded(b)
    for peer, own, others in (
            (b.peer, b.local, (OTHER, "0.0.0.0", "127.0.0.1", "10.0.0.4", b.peer)),
            (b.peer6, b.local6, (OTHER6, "::", LINK, "::1", "2001:db8::4", "fe80::"))):
        for transport in udp(b.number(), 53), tcp(b.number(), 80), echo(7, v6=":" in peer):
            passes(b, OUT, transport, local=own, peer=peer)
            for other in others:
                passes(b, OUT, transport, "address", local=other, peer=peer)
    # Whatever a session or a platform says
    passes(b, OUT, udp(1, 80), "address", local=OTHER, peer="100.100.100.200")
    passes(b, OUT, udp(1, 80), "metaserver", peer="100.100.100.200")
    passes(b, OUT, udp(b.number(), 53), "address", local=OTHER, frag=MORE)


@test("E1 what comes to a port from the port's own address is dropped")
def _(b):
    guarded(b)
    for own, other in (b.local, OTHER), (b.local6, OTHER6):
        passes(b, IN, udp(b.number(), 53), "own-address", peer=own, local=own)
        passes(b, IN, udp(b.number(), 53), "own-address", peer=own, local=other)
        passes(b, IN, udp(b.number(), 53), peer=other, local=own)
        # Inbound, the destination is not looked at
        passes(b, IN, udp(b.number(), 53), peer=other, local=b.peer6 if ":" in own else b.peer)
        # Not even where the port sends the same itself, again and again
        number = b.number()
        passes(b, OUT, udp(number, 53), local=own, peer=other)
        passes(b, IN, udp(53, number), "session", peer=other, local=own)
        for _ in range(3):
            passes(b, OUT, udp(number, 53), "session", local=own, peer=other)
            passes(b, IN, udp(number, 53), "own-address", peer=own, local=other)


@test("E1 P5 without an address, or with the link's, a port sends what needs none, and no more")
def _(b):
    guarded(b)
    for source in "::", LINK:
        passes(b, OUT, neighbour(133), "neighbour", local=source, peer="ff02::2", ttl=255)
        passes(b, OUT, neighbour(135, b.local6), "neighbour", local=source, peer="ff02::1:ff00:5",
               ttl=255)
        passes(b, OUT, mld(143), "mld", local=source, peer="ff02::16", ttl=1)
        passes(b, OUT, dhcp(546, 547), "dhcp", local=source, peer="ff02::1:2")
        passes(b, OUT, neighbour(133), "address", local=source, peer="ff02::2", ttl=64)
        passes(b, OUT, mld(143), "address", local=source, peer="ff02::16", ttl=64)
        passes(b, OUT, udp(546, 53), "address", local=source, peer="ff02::1:2")
    passes(b, OUT, dhcp(68, 67), "dhcp", local="0.0.0.0", peer="255.255.255.255")
    passes(b, OUT, udp(68, 53), "address", local="0.0.0.0", peer="255.255.255.255")
    passes(b, OUT, dhcp(68, 67), "address", local=OTHER, peer="255.255.255.255")


@test("E1 a port claims no other address by neighbour discovery")
def _(b):
    guarded(b)
    for target, reason in ((b.local6, "neighbour"), (LINK, "neighbour"), (OTHER6, "address"),
                           ("::", "address")):
        for source in b.local6, LINK:
            passes(b, OUT, neighbour(136, target), reason, local=source, peer="ff02::1", ttl=255)
            # Asking who has it claims nothing
            passes(b, OUT, neighbour(135, target), "neighbour", local=source,
                   peer="ff02::1:ff00:6", ttl=255)
        passes(b, OUT, neighbour(135, target), reason, local="::", peer="ff02::1:ff00:6", ttl=255)
        # What others say is not the port's
        passes(b, IN, neighbour(136, target), "neighbour", local="ff02::1", peer="fe80::9", ttl=255)
    passes(b, OUT, neighbour(136, b.local6), "address", local=b.local6, peer="ff02::1", ttl=255,
           keep=23)


@test("E1 a port claims no other address by ARP, and malformed ARP is dropped")
def _(b):
    guarded(b)
    good = "arp" if b.side == "guest" else "not-ip"
    for reply in False, True:
        for sender, reason in (b.local, good), ("0.0.0.0", good), (OTHER, "address"):
            b.raw(OUT, frame(arp(sender, b.peer, reply), ARP), reason)
            b.raw(IN, frame(arp(sender, b.local, reply), ARP), good)
    whole = arp(b.local, b.peer)
    for wrong in (whole[:27], whole[:5], whole[:2] + b"\x86\xdd" + whole[4:],
                  whole[:4] + b"\x07" + whole[5:27], whole[:5] + b"\x06" + whole[6:],
                  whole[:4] + b"\xff" + whole[5:] + bytes(100)):
        b.raw(OUT, frame(wrong, ARP), "address")


@test("E1 the guard is on for guests and off for the host's own, and acts where there are addresses")
def _(b):
    b.group("sg-a")
    b.port("sg-a")
    shown = b.nl.dump("port-get")[0]["guard"]
    if shown != (b.side == "guest"):
        raise Wrong(f"{shown}")
    b.out(udp(b.number(), 53), "default-allow", local=OTHER)
    b.set(address=[b.local])
    b.out(udp(b.number(), 53), "address" if b.side == "guest" else "default-allow", local=OTHER)
    b.set(guard=0)
    b.out(udp(b.number(), 53), "default-allow", local=OTHER)
    b.set(guard=1)
    b.out(udp(b.number(), 53), "address", local=OTHER)
    b.set(clear_address=True)
    b.out(udp(b.number(), 53), "default-allow", local=OTHER)


@test("E1 taking an address from a port cuts its sessions at once, guard or not")
def _(b):
    for guard in 1, 0:
        b.reset(b.side)
        guarded(b)
        b.set(address=[b.local, OTHER, b.local6], guard=guard)
        near = b.number()
        for own in b.local, OTHER, b.local6:
            passes(b, OUT, udp(near, 53), local=own, peer=b.peer6 if ":" in own else b.peer)
        b.set(address=[OTHER])
        left = [s["local-address"] for s in b.sessions()]
        if left != [OTHER]:
            raise Wrong(f"{left}")
        passes(b, IN, udp(53, near), "session", local=OTHER, peer=b.peer)
        b.inn(udp(53, near), "cut")
        b.set(address=[OTHER, b.local])
        passes(b, IN, udp(53, near), "session", local=OTHER, peer=b.peer)


@test("E1 what is opened after an address was taken stays, and what was there before it came back does not")
def _(b):
    guarded(b)
    b.set(guard=0)
    near = b.number()
    for _ in range(5):
        b.set(address=[b.local, OTHER])
        passes(b, OUT, udp(near, 53), local=OTHER)
        b.set(address=[b.local])
        passes(b, OUT, udp(near, 53), local=OTHER)
        time.sleep(0.2)  # snapshots are freed after a grace period
        passes(b, IN, udp(53, near), "session", local=OTHER)
        b.set(address=[b.local, OTHER])
        passes(b, IN, udp(53, near), "session", local=OTHER)
        b.set(address=[b.local])
        b.set(address=[b.local, OTHER])
        b.inn(udp(53, near), "cut", local=OTHER)
        b.set(address=[b.local])


@test("E1 C1 an address that one transaction takes and gives back cuts nothing")
def _(b):
    guarded(b)
    near = b.number()
    passes(b, OUT, udp(near, 53))
    with b.nl.transaction():
        b.set(clear_address=True)
        b.set(address=[OTHER, b.local])
    passes(b, IN, udp(53, near), "session")


@contextlib.contextmanager
def following(b):
    """A port that has its device's addresses. Gives a function that changes them, and waits."""
    def change(verb, addresses, want):
        lines = "".join(f"address {verb} {a}/32 dev {b.device}\n" for a in addresses)
        b.host.run("ip", "-batch", "-", input=lines)
        end = time.monotonic() + 20
        while (got := b.nl.dump("port-get")[0].get("address", [])) != want:
            if time.monotonic() > end:
                raise Wrong(f"addresses {got}, not {want}")
            time.sleep(0.01)

    b.group("sg-a")
    b.port("sg-a", follow=1)
    try:
        yield change
    finally:
        b.host.run("ip", "address", "flush", "dev", b.device)


@test("M2 E1 an address that goes from its device takes its sessions along, and listeners are told")
def _(b):
    listener = Netlink(b.nl.spec)
    with following(b) as change:
        listener.listen("config")
        change("add", [b.local, OTHER], [b.local, OTHER])
        near = b.number()
        for own in b.local, OTHER:
            passes(b, OUT, udp(near, 53), "default-allow", local=own)
        change("del", [b.local], [OTHER])
        left = [s["local-address"] for s in b.sessions()]
        if left != [OTHER]:
            raise Wrong(f"sessions of {left}")
        told = [(name, event["command"], event["ifindex"], event.get("address")) for name, event in listener.events()]
        number = b.nl.spec.commands["port-set"]
        if {t[:3] for t in told} != {("port-event", number, b.ifindex)} or told[-1][3] != [OTHER]:
            raise Wrong(f"{told}")


@test("M2 of a device's addresses a port takes the first 64")
def _(b):
    many = [f"10.1.0.{n}" for n in range(1, 71)]
    with following(b) as change:
        change("add", many, many[:64])
        change("del", many[:10], many[10:])
