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

/*
 * The transport header at @h, of which @avail bytes can be read; @len is what
 * it and all behind it have.
 */
static inline int sgnl_plain_read_transport(struct sgnl_flow *flow,
					    u8 direction, const u8 *h,
					    size_t avail, size_t len)
{
	unsigned int size, flags = 0;
	u16 sport, dport;
	u32 ports;

	if (flow->proto == IPPROTO_TCP) {
		u16 field;

		if (avail < SGNL_PLAIN_TCP)
			return SGNL_PLAIN_NOT;
		field = get_unaligned_be16(h + 12);
		size = field >> 12 << 2;
		if (size < SGNL_PLAIN_TCP || size > len)
			return SGNL_PLAIN_NOT;
		flags = field & (SGNL_PLAIN_TCP_ENDS | SGNL_PLAIN_TCP_MIDDLE);
		if (!flags || (flags & SGNL_TCP_SYN &&
			       flags & (SGNL_TCP_FIN | SGNL_TCP_RST)))
			return SGNL_PLAIN_NOT;
	} else if (flow->proto == IPPROTO_UDP) {
		if (avail < SGNL_PLAIN_UDP)
			return SGNL_PLAIN_NOT;
		size = get_unaligned_be16(h + 4);
		if (size < SGNL_PLAIN_UDP || size > len)
			return SGNL_PLAIN_NOT;
	} else {
		return SGNL_PLAIN_NOT;
	}
	ports = get_unaligned_be32(h);
	sport = ports >> 16;
	dport = ports;
	if (flow->proto == IPPROTO_UDP && sgnl_plain_is_dhcp(sport, dport))
		return SGNL_PLAIN_NOT;
	if (direction == SGNL_DIRECTION_IN) {
		flow->local_port = dport;
		flow->peer_port = sport;
	} else {
		flow->local_port = sport;
		flow->peer_port = dport;
	}
	return flags;
}

static inline int sgnl_plain_read_ipv4(struct sgnl_flow *flow, u8 direction,
				       const u8 *h, size_t avail, size_t len)
{
	u64 first, addresses;
	u32 total;

	if (avail < SGNL_PLAIN_IPV4)
		return SGNL_PLAIN_NOT;
	/* Version, header length, 8 bits, total length; 16 bits, fragment */
	first = get_unaligned_be64(h);
	total = first >> 32 & 0xffff;
	if (first >> 56 != 0x45 || total < SGNL_PLAIN_IPV4 || total > len ||
	    first & 0x3fff)
		return SGNL_PLAIN_NOT;
	addresses = get_unaligned_be64(h + 12);
	if ((u32)addresses >= 0xe0000000)
		return SGNL_PLAIN_NOT;
	flow->local.hi = 0;
	flow->peer.hi = 0;
	if (direction == SGNL_DIRECTION_IN) {
		flow->local.lo = (u32)addresses;
		flow->peer.lo = addresses >> 32;
	} else {
		flow->local.lo = addresses >> 32;
		flow->peer.lo = (u32)addresses;
	}
	flow->proto = h[9];
	return sgnl_plain_read_transport(flow, direction, h + SGNL_PLAIN_IPV4,
					 avail - SGNL_PLAIN_IPV4,
					 total - SGNL_PLAIN_IPV4);
}

static inline int sgnl_plain_read_ipv6(struct sgnl_flow *flow, u8 direction,
				       const u8 *h, size_t avail, size_t len)
{
	struct sgnl_addr *source = &flow->local;
	struct sgnl_addr *destination = &flow->peer;
	size_t payload;

	if (avail < SGNL_PLAIN_IPV6 || h[0] >> 4 != 6 || h[24] == 0xff)
		return SGNL_PLAIN_NOT;
	payload = get_unaligned_be16(h + 4);
	if (payload > len - SGNL_PLAIN_IPV6)
		return SGNL_PLAIN_NOT;
	if (direction == SGNL_DIRECTION_IN) {
		source = &flow->peer;
		destination = &flow->local;
	}
	source->hi = get_unaligned_be64(h + 8);
	source->lo = get_unaligned_be64(h + 16);
	destination->hi = get_unaligned_be64(h + 24);
	destination->lo = get_unaligned_be64(h + 32);
	flow->proto = h[6];
	return sgnl_plain_read_transport(flow, direction, h + SGNL_PLAIN_IPV6,
					 avail - SGNL_PLAIN_IPV6, payload);
}

/**
 * sgnl_plain_read() - reads a packet, if it is plain
 * @flow: where to write its flow, begun by sgnl_flow_begin()
 * @direction: enum sgnl_direction
 * @data: the packet from its network header
 * @avail: bytes of it that can be read at @data; 60 are enough
 * @len: bytes of it in all, not fewer than @avail
 *
 * Plain is TCP, or UDP that is not DHCP by the sum of its ports, not in
 * fragments, with no header but IP's in front, to one receiver, and with
 * nothing wrong. It is no platform traffic but by its addresses.
 *
 * Context: any.
 * Return: enum sgnl_tcp_flag of TCP and 0 of UDP, or SGNL_PLAIN_NOT, which says
 * nothing else of the packet.
 */
static inline int sgnl_plain_read(struct sgnl_flow *flow, u8 direction,
				  const u8 *data, size_t avail, size_t len)
{
	return flow->family == SGNL_FAMILY_IPV4 ?
		       sgnl_plain_read_ipv4(flow, direction, data, avail, len) :
		       sgnl_plain_read_ipv6(flow, direction, data, avail, len);
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
 * @flow: the packet's, by sgnl_plain_read()
 * @tcp_flags: likewise
 * @direction: enum sgnl_direction
 *
 * But for where its headers are and how far it may go.
 *
 * Context: any.
 */
static inline struct sgnl_key sgnl_plain_key(const struct sgnl_flow *flow,
					     u8 tcp_flags, u8 direction)
{
	return (struct sgnl_key){
		.local = flow->local,
		.peer = flow->peer,
		.local_port = flow->local_port,
		.peer_port = flow->peer_port,
		.family = flow->family,
		.direction = direction,
		.proto = flow->proto,
		.tcp_flags = tcp_flags,
	};
}

#endif
