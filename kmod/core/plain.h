/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets with nothing out of the ordinary, read at one go.
 *
 * Nearly all packets are of TCP or UDP, whole, and without options of IP. This
 * reads them and no others, in as few steps as may be; for all else there is
 * core/key.c, which would say the same of these.
 */
#ifndef SGNL_CORE_PLAIN_H
#define SGNL_CORE_PLAIN_H

#include <linux/in.h>
#include <linux/string.h>

#include "../compat/unaligned.h"
#include "flow.h"

enum {
	SGNL_PLAIN_IPV4 = 20,
	SGNL_PLAIN_IPV6 = 40,
	SGNL_PLAIN_TCP = 20,
	SGNL_PLAIN_UDP = 8,
};

/* Flags with which a connection begins or ends, and the others. */
#define SGNL_PLAIN_TCP_ENDS   (SGNL_TCP_FIN | SGNL_TCP_SYN | SGNL_TCP_RST)
#define SGNL_PLAIN_TCP_MIDDLE (SGNL_TCP_PSH | SGNL_TCP_ACK | SGNL_TCP_URG)

/* Not plain. */
#define SGNL_PLAIN_NOT	      -1

/*
 * May these be the two ports of DHCP, or of DHCPv6? By their sum, which few
 * others have.
 */
static inline bool sgnl_plain_is_dhcp(u16 a, u16 b)
{
	unsigned int sum = a + b;

	return sum == 67 + 68 || sum == 546 + 547;
}

/**
 * struct sgnl_plain_ends - between whom a plain packet goes
 * @address: source and destination as they are in the packet; of IPv4 both are
 *           in the first word, and the others are not told
 * @ports: likewise
 * @proto: its protocol
 *
 * What is told of it once; the flow is made of it, and no byte is read twice.
 */
struct sgnl_plain_ends {
	u64 address[4];
	u32 ports;
	u32 proto;
};

static __always_inline int sgnl_plain_tcp(const u8 *h, size_t avail, size_t len)
{
	unsigned int size, flags;
	u16 field;

	if (avail < SGNL_PLAIN_TCP)
		return SGNL_PLAIN_NOT;
	field = get_unaligned_be16(h + 12);
	size = field >> 12 << 2;
	if (size < SGNL_PLAIN_TCP || size > len)
		return SGNL_PLAIN_NOT;
	flags = field & (SGNL_PLAIN_TCP_ENDS | SGNL_PLAIN_TCP_MIDDLE);
	if (!flags ||
	    (flags & SGNL_TCP_SYN && flags & (SGNL_TCP_FIN | SGNL_TCP_RST)))
		return SGNL_PLAIN_NOT;
	return flags;
}

static __always_inline int sgnl_plain_udp(const u8 *h, size_t avail, size_t len)
{
	unsigned int size;

	if (avail < SGNL_PLAIN_UDP)
		return SGNL_PLAIN_NOT;
	size = get_unaligned_be16(h + 4);
	if (size < SGNL_PLAIN_UDP || size > len)
		return SGNL_PLAIN_NOT;
	return 0;
}

/*
 * The transport header at @h, of which @avail bytes can be read; @len is what
 * it and all behind it have.
 */
static __always_inline int sgnl_plain_transport(struct sgnl_plain_ends *ends,
						const u8 *h, size_t avail,
						size_t len)
{
	int flags = SGNL_PLAIN_NOT;

	if (ends->proto == IPPROTO_TCP)
		flags = sgnl_plain_tcp(h, avail, len);
	else if (ends->proto == IPPROTO_UDP)
		flags = sgnl_plain_udp(h, avail, len);
	if (flags != SGNL_PLAIN_NOT)
		memcpy(&ends->ports, h, sizeof(ends->ports));
	return flags;
}

static __always_inline int sgnl_plain_ipv4(struct sgnl_plain_ends *ends,
					   const u8 *h, size_t avail,
					   size_t len)
{
	u32 first, payload;

	if (avail < SGNL_PLAIN_IPV4)
		return SGNL_PLAIN_NOT;
	/* Version, header length, 8 bits, total length */
	first = get_unaligned_be32(h);
	/* Very large if the header does not fit in */
	payload = (first & 0xffff) - SGNL_PLAIN_IPV4;
	/* Behind the bit for "do not fragment", in the order of x86: one step less */
	if (first >> 24 != 0x45 || payload > len - SGNL_PLAIN_IPV4 ||
	    get_unaligned_le16(h + 6) & 0xff3f)
		return SGNL_PLAIN_NOT;
	memcpy(ends->address, h + 12, sizeof(ends->address[0]));
	ends->proto = h[9];
	return sgnl_plain_transport(ends, h + SGNL_PLAIN_IPV4,
				    avail - SGNL_PLAIN_IPV4, payload);
}

static __always_inline int sgnl_plain_ipv6(struct sgnl_plain_ends *ends,
					   const u8 *h, size_t avail,
					   size_t len)
{
	size_t payload;

	if (avail < SGNL_PLAIN_IPV6 || h[0] >> 4 != 6)
		return SGNL_PLAIN_NOT;
	payload = get_unaligned_be16(h + 4);
	if (payload > len - SGNL_PLAIN_IPV6)
		return SGNL_PLAIN_NOT;
	memcpy(ends->address, h + 8, sizeof(ends->address));
	ends->proto = h[6];
	return sgnl_plain_transport(ends, h + SGNL_PLAIN_IPV6,
				    avail - SGNL_PLAIN_IPV6, payload);
}

/**
 * sgnl_plain_read() - reads a packet, if it is plain by its form
 * @ends: where to write between whom it goes
 * @family: enum sgnl_family
 * @data: the packet from its network header
 * @avail: bytes of it that can be read at @data; 60 are enough
 * @len: bytes of it in all, not fewer than @avail
 *
 * Plain is TCP or UDP, not in fragments, with no header but IP's in front, and
 * with nothing wrong; to one receiver, and not DHCP, for which it may yet be
 * (sgnl_plain_flow()). It is no platform traffic but by its addresses.
 *
 * Context: any.
 * Return: enum sgnl_tcp_flag of TCP and 0 of UDP, or SGNL_PLAIN_NOT, which says
 * nothing else of the packet.
 */
static __always_inline int sgnl_plain_read(struct sgnl_plain_ends *ends,
					   u8 family, const u8 *data,
					   size_t avail, size_t len)
{
	return family == SGNL_FAMILY_IPV4 ?
		       sgnl_plain_ipv4(ends, data, avail, len) :
		       sgnl_plain_ipv6(ends, data, avail, len);
}

static __always_inline bool
sgnl_plain_is_multicast(const struct sgnl_flow *flow, u8 direction)
{
	const struct sgnl_addr *to =
		direction == SGNL_DIRECTION_IN ? &flow->local : &flow->peer;

	return flow->family == SGNL_FAMILY_IPV4 ? to->lo >= 0xe0000000 :
						  to->hi >> 56 == 0xff;
}

/**
 * sgnl_plain_flow() - the flow of a packet that is plain by its form
 * @flow: where to write it
 * @ends: what sgnl_plain_read() has told
 * @family: enum sgnl_family
 * @direction: enum sgnl_direction
 * @port: number of the packet's port
 *
 * Context: any.
 * Return: false if the packet is for many, or is DHCP by its ports, and so not
 * plain.
 */
static __always_inline bool sgnl_plain_flow(struct sgnl_flow *flow,
					    const struct sgnl_plain_ends *ends,
					    u8 family, u8 direction, u32 port)
{
	bool in = direction == SGNL_DIRECTION_IN;
	struct sgnl_addr *source = in ? &flow->peer : &flow->local;
	struct sgnl_addr *destination = in ? &flow->local : &flow->peer;
	u32 ports = get_unaligned_be32(&ends->ports);

	if (family == SGNL_FAMILY_IPV4) {
		u64 both = get_unaligned_be64(&ends->address[0]);

		source->hi = 0;
		source->lo = both >> 32;
		destination->hi = 0;
		destination->lo = (u32)both;
	} else {
		source->hi = get_unaligned_be64(&ends->address[0]);
		source->lo = get_unaligned_be64(&ends->address[1]);
		destination->hi = get_unaligned_be64(&ends->address[2]);
		destination->lo = get_unaligned_be64(&ends->address[3]);
	}
	flow->local_port = in ? ports : ports >> 16;
	flow->peer_port = in ? ports >> 16 : ports;
	flow->port = port;
	flow->vlan[0] = 0;
	flow->vlan[1] = 0;
	flow->family = family;
	flow->proto = ends->proto;
	flow->zero = 0;
	return !sgnl_plain_is_multicast(flow, direction) &&
	       (ends->proto != IPPROTO_UDP ||
		!sgnl_plain_is_dhcp(ports >> 16, ports));
}

/**
 * sgnl_plain_midway() - neither begins nor ends it a connection by its flags?
 * @tcp_flags: the packet's, by sgnl_plain_read()
 *
 * Context: any.
 */
static inline bool sgnl_plain_midway(u8 tcp_flags)
{
	return !(tcp_flags & SGNL_PLAIN_TCP_ENDS);
}

/**
 * sgnl_plain_key() - what sgnl_key_parse() would say of it, for its judgement
 * @key: where to put it
 * @flow: the packet's, by sgnl_plain_flow()
 * @tcp_flags: its flags, by sgnl_plain_read()
 * @direction: enum sgnl_direction
 *
 * But for where its headers are and how far it may go.
 *
 * Context: any.
 */
static __always_inline void sgnl_plain_key(struct sgnl_key *key,
					   const struct sgnl_flow *flow,
					   u8 tcp_flags, u8 direction)
{
	const size_t from = offsetof(struct sgnl_key, target);
	const size_t half = offsetof(struct sgnl_key, fragment);
	u8 *bytes = (u8 *)key;

	_Static_assert(offsetof(struct sgnl_key, target) ==
			       2 * sizeof(struct sgnl_addr),
		       "only local and peer lie before");
	/* In two: of the whole compilers make a string instruction, which is slow to begin. */
	memset(bytes + from, 0, half - from);
	memset(bytes + half, 0, sizeof(*key) - half);
	key->local = flow->local;
	key->peer = flow->peer;
	key->local_port = flow->local_port;
	key->peer_port = flow->peer_port;
	key->family = flow->family;
	key->direction = direction;
	key->proto = flow->proto;
	key->tcp_flags = tcp_flags;
}

#endif
