#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What passes by the hooks of a port, made on real devices, found, and no longer found when it is gone. What a
# kernel cannot make is asked of it first: netkit, XDP programs, telling of AF_XDP sockets.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

# doctor [DEVICE]: its lines, then its status
doctor() {
	local said status=0
	said=$(sg -o doctor "$@" 2>&1) || status=$?
	echo "${said:+$said$'\n'}status $status"
}

# line DEVICE WHAT DETAIL: as -o prints it
line() {
	echo "device $1 what $2 detail \"$3\"
status 1"
}

clean='status 0'
unjudged() { # DEVICE transmits|receives
	echo "packets that $1 $2 come here unjudged"
}

words() {
	is 'D4 doctor: clean ports' "$(doctor)" "$clean"
	is 'D4 doctor: no table without findings' "$(sg doctor)" ''
	is 'D4 doctor: an empty array' "$(sg -j doctor)" '[]'
	is 'D4 doctor: one clean port' "$(doctor v0)" "$clean"
	is 'D4 doctor: one that is no port' "$(doctor w0)" "$clean"
	check 'D4 C5 doctor: no such device' refuses 1 'device "none"' sg doctor none
	check 'D4 C5 doctor: one device' refuses 1 'w0' sg doctor v0 w0
	check 'D4 doctor: help' sg doctor help
}

# Of these devices v0 and u0 are ports, w0 is not.
redirects() {
	in_ns hv tc qdisc add dev v0 clsact
	in_ns hv tc filter add dev v0 ingress matchall action mirred egress redirect dev w0
	is 'D4 tc-redirect: from where a port receives' "$(doctor)" \
		"$(line v0 tc-redirect 'received packets go to w0 before they are judged')"
	is 'D4 tc-redirect: as JSON' "$(sg -j doctor)" \
		'[{"device":"v0","what":"tc-redirect","detail":"received packets go to w0 before they are judged"}]'
	is 'D4 tc-redirect: another port has none' "$(doctor u0)" "$clean"
	in_ns hv tc filter del dev v0 ingress
	in_ns hv tc filter add dev v0 ingress matchall action mirred ingress redirect dev w0
	is 'D4 tc-redirect: as if another device had received it' "$(doctor)" \
		"$(line v0 tc-redirect 'received packets go to w0 before they are judged')"
	in_ns hv tc filter del dev v0 ingress
	in_ns hv tc filter add dev v0 egress matchall action mirred egress redirect dev w0
	is 'D4 tc-redirect: what a port transmits was judged' "$(doctor)" "$clean"
	in_ns hv tc qdisc del dev v0 clsact
	in_ns hv tc qdisc add dev w0 clsact
	in_ns hv tc filter add dev w0 egress matchall action mirred egress redirect dev v0
	is 'D4 tc-redirect: what another device transmits, to a port' "$(doctor)" \
		"$(line v0 tc-redirect "$(unjudged w0 transmits)")"
	in_ns hv tc filter del dev w0 egress
	in_ns hv tc filter add dev w0 ingress matchall action mirred egress mirror dev v0
	is 'D4 tc-redirect: a copy of what another device receives, to a port' "$(doctor)" \
		"$(line v0 tc-redirect "$(unjudged w0 receives)")"
	in_ns hv tc qdisc del dev w0 clsact
	in_ns hv tc qdisc add dev w0 ingress
	in_ns hv tc filter add dev w0 ingress matchall action pass
	is 'D4 tc-redirect: a filter that redirects nothing' "$(doctor)" "$clean"
	in_ns hv tc filter add dev w0 ingress matchall action pass action mirred egress redirect dev u0
	is 'D4 tc-redirect: as a second action, below an ingress qdisc' "$(doctor)" \
		"$(line u0 tc-redirect "$(unjudged w0 receives)")"
	in_ns hv tc qdisc del dev w0 ingress
	in_ns hv tc qdisc add dev w0 ingress_block 7 ingress
	in_ns hv tc filter add block 7 matchall action mirred egress redirect dev v0
	is 'D4 tc-redirect: of a block' "$(doctor)" "$(line v0 tc-redirect "$(unjudged w0 receives)")"
	in_ns hv tc qdisc del dev w0 ingress
	is 'D4 tc-redirect: gone' "$(doctor)" "$clean"
}

ifb() {
	ip_batch hv <<<'link add ifb9 type ifb'
	in_ns hv tc qdisc add dev v0 ingress
	in_ns hv tc filter add dev v0 ingress matchall action mirred egress redirect dev ifb9
	is 'D4 ifb: where what a port receives goes' "$(doctor)" \
		"$(line v0 ifb 'received packets go to ifb9 before they are judged')"
	in_ns hv tc qdisc del dev v0 ingress
	is 'D4 ifb: nothing goes there' "$(doctor)" "$clean"
	sg port add ifb9 side guest address 10.0.0.9
	is 'D4 ifb: as a port' "$(doctor)" "$(line ifb9 ifb "it has other devices' packets")"
	ip_batch hv <<<'link del ifb9'
	is 'D4 ifb: gone' "$(doctor)" "$clean"
}

# xdp on|off DEVICE: a program that passes everything, as an "skb mode" program of a device in hv
xdp() {
	in_ns hv python3 - "$@" <<'end'
import ctypes, platform, socket, struct, sys

fd = -1
if sys.argv[1] == "on":
    # r0 = XDP_PASS; exit
    code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, 2, 0x95, 0, 0, 0))
    license = ctypes.create_string_buffer(b"GPL")
    attr = ctypes.create_string_buffer(
        struct.pack("<IIQQ", 6, 2, ctypes.addressof(code), ctypes.addressof(license)), 128
    )
    assert platform.machine() == "x86_64"
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(321, 5, attr, 128)
    assert fd >= 0, ctypes.get_errno()

xdp = struct.pack("<HHi", 8, 1, fd) + struct.pack("<HHI", 8, 3, 2)  # IFLA_XDP_FD, _FLAGS: skb mode
body = struct.pack("<BxHiII", 0, 0, socket.if_nametoindex(sys.argv[2]), 0, 0)
body += struct.pack("<HH", 4 + len(xdp), 0x8000 | 43) + xdp  # IFLA_XDP
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
s.send(struct.pack("<IHHII", 16 + len(body), 19, 5, 1, 0) + body)  # RTM_SETLINK
assert struct.unpack("<i", s.recv(4096)[16:20])[0] == 0
end
}

programs() {
	xdp on v0
	is 'D4 xdp: which program' "$(doctor | sed 's/program [1-9][0-9]*/program N/')" \
		"$(line v0 xdp 'program N, generic')"
	xdp off v0
	is 'D4 xdp: gone' "$(doctor)" "$clean"
}

# A socket bound to queue 0 of v0 until it is told to end
xdp_socket() {
	background hv python3 -c '
import ctypes, socket, struct, time
s = socket.socket(44, socket.SOCK_RAW, 0)
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.CDLL(None).mmap
room.restype = ctypes.c_void_p
room.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
umem = room(None, 65536, 3, 0x22, -1, 0)
s.setsockopt(283, 4, struct.pack("<QQIIII", umem, 65536, 4096, 0, 0, 0)) # XDP_UMEM_REG
for ring in 5, 6, 2: # XDP_UMEM_FILL_RING, _COMPLETION_RING, XDP_RX_RING
    s.setsockopt(283, ring, struct.pack("<I", 64))
address = struct.pack("<HHIII", 44, 2, socket.if_nametoindex("v0"), 0, 0) # copied
assert libc.bind(s.fileno(), address, 16) == 0, ctypes.get_errno()
open("'"$lib_work"'/bound", "w")
time.sleep(1000)'
}

# Whether the kernel tells of AF_XDP sockets
tells_of_xdp() {
	python3 - <<'end'
import socket, struct, sys

s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
s.send(struct.pack("<IHHII", 36, 20, 0x301, 1, 0) + struct.pack("<BBHIIII", 44, 0, 0, 0, 1, 0, 0))
sys.exit(struct.unpack_from("<H", s.recv(4096), 4)[0] != 3)
end
}

sockets() {
	xdp_socket
	check 'D4 af-xdp: a socket' within 30 test -e "$lib_work/bound"
	is 'D4 af-xdp: found' "$(doctor)" "$(line v0 af-xdp 'a socket at queue 0')"
	kill -9 -- "-$background"
	check 'D4 af-xdp: gone' within 10 sg doctor
}

flowtables() {
	in_ns hv nft -f - <<-end
		table inet ours {
			flowtable fast {
				hook ingress priority 0
				devices = { v0, w0 }
			}
		}
	end
	is 'D4 flowtable: found' "$(doctor)" "$(line v0 flowtable 'fast of table ours')"
	in_ns hv nft delete table inet ours
	is 'D4 flowtable: gone' "$(doctor)" "$clean"
}

sides() {
	ip_batch hv <<-end
		tuntap add tap9 mode tap
		link add mac9 link w0 type macvlan
		link add dummy9 type dummy
	end
	sg -b - <<-end
		port add tap9 side guest address 10.0.0.9
		port add mac9 side self address 10.0.0.10
		port add dummy9 side self address 10.0.0.11
	end
	is 'D4 side: those that fit' "$(doctor)" "$clean"
	sg port del tap9
	sg port del mac9
	sg port add tap9 side self address 10.0.0.9
	is 'D4 side: self on a tap' "$(doctor)" \
		"$(line tap9 side "self, on the host's end of a tun or tap device")"
	sg port del tap9
	sg port add mac9 side guest address 10.0.0.10
	is 'D4 side: guest on a macvlan' "$(doctor)" \
		"$(line mac9 side 'guest, on a macvlan whose owner sends through it')"
	sg port del mac9
	sg port add lo side guest address 10.0.0.10
	is 'D4 side: guest on a device of no kind' "$(doctor lo)" \
		"$(line lo side "guest, on a device of this host's own")"
	sg port del lo
	is 'D4 side: gone' "$(doctor)" "$clean"
}

netkit() {
	sg port add nk9 side guest address 10.0.0.12
	is 'D4 netkit: found' "$(doctor)" "$(line nk9 netkit 'programs at either end run before the hooks')"
	ip_batch hv <<<'link del nk9'
	is 'D4 netkit: gone' "$(doctor)" "$clean"
}

new_ns hv
ip_batch hv <<-end
	link add v0 type veth peer name v1
	link add u0 type veth peer name u1
	link add w0 type veth peer name w1
	link set v0 up
	link set v1 up
	link set u0 up
	link set w0 up
end
sg -b - <<-end
	port add v0 side guest address 10.0.0.5
	port add u0 side self address 10.0.0.6
end
words
redirects
ifb
# Only a kernel that loads programs has this.
if [ -e /proc/sys/kernel/unprivileged_bpf_disabled ]; then
	programs
fi
if tells_of_xdp; then
	sockets
fi
# Making a flowtable is what lockdep says a kernel does wrongly by itself.
if [ ! -e /proc/lockdep ]; then
	flowtables
fi
sides
if in_ns hv ip link add nk9 type netkit 2>/dev/null; then
	netkit
fi
finish
