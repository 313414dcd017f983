# SPDX-License-Identifier: GPL-2.0
"""
Taps and floods. What is written to a tap's file the host receives, what is sent to the device can be read
from the file; so both ends of its every packet are here. What the host receives is counted behind the
hooks, by packet sockets for one ethertype.
"""
import ctypes
import fcntl
import itertools
import os
import signal
import socket
import struct
import sys
import time

from tap import addr, equal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../frames"))
import frames  # pylint: disable=wrong-import-position

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 2, 0x1000
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFNAME, IFF_UP = 0x8913, 0x8914, 0x8923, 1
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
HOST, GUEST = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
OWN, PEER = "10.0.0.5", "203.0.113.9"

# The rules of the ports here let pass UDP to port 1000, in either direction, and nothing to 2000.
GOOD, BAD = b"good", b"evil"


def frame(out, word):
    src, dst = (OWN, PEER) if out else (PEER, OWN)
    macs = HOST + GUEST if out else GUEST + HOST
    packet = frames.ip(src, dst, frames.udp(3000, 1000 if word == GOOD else 2000, word))
    return macs + struct.pack(">H", frames.IPV4) + packet


def arp(out):
    return (HOST + GUEST if out else GUEST + HOST) + struct.pack(
        ">HHHBBH", frames.ARP, 1, frames.IPV4, 6, 4, 1) + (
            GUEST + addr(OWN) + bytes(6) + addr(PEER) if out else
            HOST + addr(PEER) + bytes(6) + addr(OWN))


ioctls = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def new_namespace():
    """This process leaves for a network namespace of its own."""
    global ioctls  # pylint: disable=global-statement
    if LIBC.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    ioctls = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def enter_namespace(file):
    """And goes to another one."""
    global ioctls  # pylint: disable=global-statement
    if LIBC.setns(file, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
    ioctls = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def set_flags(name, up):
    ask = struct.pack("16sH14x", name.encode(), 0)
    flags = struct.unpack_from("H", fcntl.ioctl(ioctls, SIOCGIFFLAGS, ask), 16)[0]
    flags = flags | IFF_UP if up else flags & ~IFF_UP
    fcntl.ioctl(ioctls, SIOCSIFFLAGS, struct.pack("16sH14x", name.encode(), flags))


def rename(name, new):
    """Old kernels rename only what is down."""
    set_flags(name, False)
    fcntl.ioctl(ioctls, SIOCSIFNAME, struct.pack("16s16s", name.encode(), new.encode()))
    set_flags(new, True)


def move(name, pid):
    """RTM_NEWLINK with IFLA_NET_NS_PID, from this very task"""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as rtnl:
        body = struct.pack("=BxHiII", 0, 0, socket.if_nametoindex(name), 0, 0)
        body += struct.pack("=HHI", 8, 19, pid)
        rtnl.send(struct.pack("=IHHII", 16 + len(body), 16, 5, 1, 0) + body)
        error = -struct.unpack_from("=i", rtnl.recv(4096), 16)[0]
    if error:
        raise OSError(error, os.strerror(error))


class Far:
    """What the host has received of the devices of this namespace, behind the hooks"""

    def __init__(self):
        self.socks = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(proto))
                      for proto in (frames.IPV4, frames.ARP, frames.IPV6)]
        for sock in self.socks:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.send = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)

    def take(self):
        got = []
        for sock in self.socks:
            try:
                while True:
                    got.append(sock.recv(2048))
            except OSError:
                pass
        return got


class Tap:
    def __init__(self, name, up=True):
        self.name, self.file = name, os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(self.file, TUNSETIFF,
                        struct.pack("16sH14x", name.encode(), IFF_TAP | IFF_NO_PI))
        except OSError:
            os.close(self.file)
            raise
        self.ifindex = socket.if_nametoindex(name)
        if up:
            set_flags(name, True)

    def close(self):
        os.close(self.file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write(self, *data):
        for one in data:
            try:
                os.write(self.file, one)
            except OSError:  # it is down
                pass

    def take(self):
        got = []
        try:
            while True:
                got.append(os.read(self.file, 2048))
        except OSError:
            return got

    def drain(self, far):
        """Forgets what passed before the device was closed, such as its first words of IPv6."""
        self.take()
        far.take()

    def push(self, far, *data):
        for one in data:
            try:
                far.send.sendto(one, (self.name, 0))
            except OSError:
                pass

    def passes(self, far, rounds=20, seconds=0.05):
        """How many arrive of all kinds: (received by the host, transmitted)"""
        received = sent = 0
        until = time.monotonic() + seconds
        for n in itertools.count():
            self.write(frame(True, GOOD), frame(True, BAD), arp(True))
            self.push(far, frame(False, GOOD), frame(False, BAD), arp(False))
            received, sent = received + len(far.take()), sent + len(self.take())
            if n >= rounds and time.monotonic() > until:
                break
        time.sleep(0.02)
        return received + len(far.take()), sent + len(self.take())


class child:
    """
    Runs a function in a process of its own, there when this returns, until it is stopped; it may
    write to a pipe.
    """

    stopped = False
    running = []

    def __init__(self, function, *args):
        self.output, end_of_it = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                signal.signal(signal.SIGTERM, lambda *_: setattr(child, "stopped", True))
                os.write(end_of_it, b"begun\n")
                function(end_of_it, *args)
            finally:
                os._exit(0)
        os.close(end_of_it)
        self.running.append(self)
        equal(self.line(), "begun")

    def line(self):
        text = b""
        while not text.endswith(b"\n"):
            text += os.read(self.output, 1) or b"\n"
        return text.decode().strip()

    def stop(self, number=signal.SIGTERM):
        self.running.remove(self)
        os.kill(self.pid, number)
        os.waitpid(self.pid, 0)

    @classmethod
    def end_all(cls):
        """Those that a failed test has left running."""
        while cls.running:
            cls.running[-1].stop(signal.SIGKILL)


def flood_names(_, names):
    """Sends to devices by their names, whether there are any."""
    send = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    while True:
        for name in names:
            for one in frame(False, BAD), arp(False):
                try:
                    send.sendto(one, (name, 0))
                except OSError:
                    pass


def make_group(sock):
    """sg-a, whose rules let pass what is GOOD, both ways."""
    sock.do("group-add", {"name": "sg-a", "type": 1})
    for direction in 0, 1:
        sock.do("rule-add", {"group": "sg-a", "direction": direction, "policy": 0, "proto": 17,
                             "port-min": 1000, "port-max": 1000, "peer-address": addr("0.0.0.0"),
                             "peer-prefix-len": 0})
