# SPDX-License-Identifier: GPL-2.0
"""The digest of a group's members: equal on two hosts that hold the same, and as sgnl(8) says."""
import ipaddress
import json
import os
import random

import tap
from tap import addr, equal, run, title
from wire import Socket, Spec

MASK = (1 << 64) - 1
NAME = f"digest-{os.getpid()}"


def rotate(x, bits):
    return (x << bits | x >> 64 - bits) & MASK


def siphash(data, key=b"sgnl member sets"):
    """SipHash-2-4 of up to 2^8 bytes, from its paper"""
    k = [int.from_bytes(key[i:i + 8], "little") for i in (0, 8)]
    v = [k[0] ^ 0x736f6d6570736575, k[1] ^ 0x646f72616e646f6d,
         k[0] ^ 0x6c7967656e657261, k[1] ^ 0x7465646279746573]

    def rounds(n):
        for _ in range(n):
            v[0], v[2] = (v[0] + v[1]) & MASK, (v[2] + v[3]) & MASK
            v[1], v[3] = rotate(v[1], 13) ^ v[0], rotate(v[3], 16) ^ v[2]
            v[0] = rotate(v[0], 32)
            v[2], v[0] = (v[2] + v[1]) & MASK, (v[0] + v[3]) & MASK
            v[1], v[3] = rotate(v[1], 17) ^ v[2], rotate(v[3], 21) ^ v[0]
            v[2] = rotate(v[2], 32)

    whole = len(data) // 8 * 8
    last = data[whole:].ljust(7, b"\0") + bytes([len(data) & 255])
    for word in [data[i:i + 8] for i in range(0, whole, 8)] + [last]:
        word = int.from_bytes(word, "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 255
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def digest(addresses):
    return sum(siphash(addr(one)) for one in set(addresses)) & MASK


def there(*words, text=None):
    """sgnl in the other network namespace"""
    return run("sgnl", "-n", NAME, *words, text=text)


def shown(name, say=lambda *words: run("sgnl", *words)):
    row = json.loads(say("-j", "group", "show", name))[0]
    return row["members_digest"], row["members_generation"]


def load(addresses, say):
    say("-b", "-", text="".join(f"member add sg-a {one}\n" for one in addresses))


def some(n, seed):
    pick = random.Random(seed)
    return [str(ipaddress.ip_address(0x0a000000 + pick.randrange(1 << 24)) if pick.randrange(2) else
                ipaddress.ip_address((0xfd << 120) + pick.randrange(1 << 64))) for _ in range(n)]


def test(sock, here):
    reference = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
    with title("M4 the twin hashes as the paper's vectors say"):
        equal(siphash(reference[:15], reference), 0xa129ca6149be45e5)
    with title("M4 a group without members: digest and generation are 0"):
        here("group", "add", "sg-a")
        there("group", "add", "sg-a")
        equal(shown("sg-a"), ("0" * 16, 0))
    addresses = some(400, 1)
    with title("M4 two hosts, another order, pieces and detours: the same digest, and the twin's"):
        load(addresses, here)
        for i in range(0, len(addresses), 50):
            load(addresses[::-1][i:i + 50], there)
        there("member", "add", "sg-a", "10.9.9.9", "fd09::9")
        there("member", "del", "sg-a", "10.9.9.9", "fd09::9")
        equal(shown("sg-a")[0], f"{digest(addresses):016x}")
        equal(shown("sg-a", there)[0], shown("sg-a")[0])
    with title("M4 sets that differ in one address, or in its family, have other digests"):
        there("member", "add", "sg-a", "10.9.9.9")
        equal(shown("sg-a", there)[0], f"{digest(addresses + ['10.9.9.9']):016x}")
        there("member", "del", "sg-a", "10.9.9.9")
        there("member", "add", "sg-a", "::a09:909")
        equal(shown("sg-a", there)[0], f"{digest(addresses + ['::a09:909']):016x}")
        equal(len({digest(addresses), digest(addresses + ["10.9.9.9"]), digest(addresses + ["::a09:909"])}), 3)
    with title("M4 M2 an address counts once: through two ports, and added as well"):
        everything = addresses + ["10.9.9.9"]
        for name in "d0", "d1":
            here("port", "add", name, "side", "guest", "address", "10.9.9.9", "group", "sg-a")
            equal(shown("sg-a")[0], f"{digest(everything):016x}", f"after {name}")
        _, generation = shown("sg-a")
        here("member", "add", "sg-a", "10.9.9.9")
        here("port", "del", "d0")
        here("member", "del", "sg-a", "10.9.9.9")
        equal(shown("sg-a"), (f"{digest(everything):016x}", generation), "none of this changed the set")
        here("port", "leave", "d1", "sg-a")
        equal(shown("sg-a"), (f"{digest(addresses):016x}", sock.generation()))
    with title("M4 the generation is that of the last change of the members, and of nothing else"):
        here("member", "add", "sg-a", "10.9.9.8")
        generation = sock.generation()
        here("group", "add", "sg-b")
        here("group", "set", "sg-a", "internal", "drop")
        here("rule", "add", "sg-a", "in", "tcp", "from", "10.0.0.0/8")
        here("member", "add", "sg-b", "10.9.9.8")
        here("-b", "-", text="member del sg-a 10.9.9.8\nmember add sg-a 10.9.9.8\n")
        equal(shown("sg-a")[1], generation)
        equal(shown("sg-b"), (f"{digest(['10.9.9.8']):016x}", generation + 4))
    with title("M4 C1 what is not committed leaves no trace, nor is it seen before"):
        before = sock.dump("group-get")
        sock.do("txn-begin")
        sock.do("member-add", {"group": "sg-a", "address": addr("10.1.1.1")})
        sock.do("member-del", {"group": "sg-b", "address": addr("10.9.9.8")})
        equal(sock.dump("group-get"), before)
        sock.do("txn-abort")
        equal(sock.dump("group-get"), before)
        for wrong in ("member del sg-a 10.99.99.99", "member add sg-none 10.1.1.1"):
            try:
                here("-b", "-", text=f"group add sg-c\nmember add sg-c 10.1.1.1\nmember add sg-a 10.1.1.1\n"
                     f"member del sg-b 10.9.9.8\n{wrong}\n")
            except RuntimeError:
                pass
            equal(sock.dump("group-get"), before, wrong)
    with title("M4 a group that is made anew under its name begins at 0"):
        here("-b", "-", text="member del sg-b 10.9.9.8\ngroup del sg-b\ngroup add sg-b\n")
        equal(shown("sg-b"), ("0" * 16, 0))
    with title("M4 C4 saved and applied elsewhere, in the order of the file, the digest is the same"):
        there("apply", "-f", "-", text="".join(
            line for line in here("save").splitlines(True) if not line.startswith("port")))
        equal(shown("sg-a", there)[0], shown("sg-a")[0])
    with title("M4 a move takes an address from one digest into the other"):
        before = shown("sg-a")[0]
        here("port", "set", "d1", "address", "10.7.7.7,fd07::7")
        here("port", "join", "d1", "sg-a")
        here("port", "move", "d1", "to", "sg-b")
        equal((shown("sg-a")[0], shown("sg-b")[0]), (before, f"{digest(['10.7.7.7', 'fd07::7']):016x}"))
        equal(shown("sg-a")[1], shown("sg-b")[1])
        run("ip", "link", "del", "d1-peer")
        equal(shown("sg-b")[0], "0" * 16)
    with title("M4 500 random changes at random, and the twin counts along"):
        pick, held = random.Random(4), set()
        pool = some(60, 2)
        here("group", "add", "sg-r")
        for _ in range(50):
            lines = ""
            for _ in range(10):
                one = pick.choice(pool)
                lines += f"member {'del' if one in held else 'add'} sg-r {one}\n"
                held ^= {one}
            here("-b", "-", text=lines)
            equal(shown("sg-r")[0], f"{digest(held):016x}")


def main():
    tap.devices("d0", "d1")
    run("ip", "netns", "add", NAME)
    try:
        test(Socket(Spec()), lambda *words, text=None: run("sgnl", *words, text=text))
    finally:
        run("ip", "netns", "del", NAME)
    tap.end()


main()
