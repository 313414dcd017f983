// SPDX-License-Identifier: GPL-2.0
/*
 * Packets with nothing out of the ordinary, read at one go.
 *
 * Most packets are of TCP or UDP, whole, without options of IP, and in the
 * middle of a connection. This reads them and no others; for all else there is
 * core/key.c, and of these that would say the same.
 */
#include <linux/in.h>

#include "../compat/unaligned.h"
#include "plain.h"

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	TCP_HEADER = 20,
	UDP_HEADER = 8,
};

/* Flags with which a connection begins or ends, and those that may be. */
#define TCP_ENDS   (SGNL_TCP_FIN | SGNL_TCP_SYN | SGNL_TCP_RST)
#define TCP_MIDDLE (SGNL_TCP_PSH | SGNL_TCP_ACK | SGNL_TCP_URG)

/* The well-known ports of DHCP, and those of DHCPv6. */
static bool is_dhcp(u16 port)
{
	return port == 67 || port == 68 || port == 546 || port == 547;
}

/*
 * The transport header at @h, of which @avail bytes can be read; @len is what
 * it and all behind it have.
 */
static bool read_transport(struct sgnl_flow *flow, u8 direction, const u8 *h,
			   size_t avail, size_t len)
{
	u16 sport, dport;

	if (flow->proto == IPPROTO_TCP) {
		unsigned int size;

		if (avail < TCP_HEADER)
			return false;
		size = (h[12] >> 4) * 4;
		if (size < TCP_HEADER || size > len || h[13] & TCP_ENDS ||
		    !(h[13] & TCP_MIDDLE))
			return false;
	} else if (flow->proto == IPPROTO_UDP) {
		unsigned int size;

		if (avail < UDP_HEADER)
			return false;
		size = get_unaligned_be16(h + 4);
		if (size < UDP_HEADER || size > len)
			return false;
	} else {
		return false;
	}
	sport = get_unaligned_be16(h);
	dport = get_unaligned_be16(h + 2);
	if (flow->proto == IPPROTO_UDP && (is_dhcp(sport) || is_dhcp(dport)))
		return false;
	if (direction == SGNL_DIRECTION_IN) {
		flow->local_port = dport;
		flow->peer_port = sport;
	} else {
		flow->local_port = sport;
		flow->peer_port = dport;
	}
	return true;
}

static bool read_ipv4(struct sgnl_flow *flow, u8 direction, const u8 *h,
		      size_t avail, size_t len)
{
	u32 source, destination;
	size_t total;

	if (avail < IPV4_HEADER || h[0] != 0x45)
		return false;
	total = get_unaligned_be16(h + 2);
	if (total < IPV4_HEADER || total > len)
		return false;
	/* An offset, or more to come. */
	if (get_unaligned_be16(h + 6) & 0x3fff)
		return false;
	source = get_unaligned_be32(h + 12);
	destination = get_unaligned_be32(h + 16);
	if (destination >= 0xe0000000)
		return false;
	flow->local.hi = 0;
	flow->peer.hi = 0;
	if (direction == SGNL_DIRECTION_IN) {
		flow->local.lo = destination;
		flow->peer.lo = source;
	} else {
		flow->local.lo = source;
		flow->peer.lo = destination;
	}
	flow->proto = h[9];
	return read_transport(flow, direction, h + IPV4_HEADER,
			      avail - IPV4_HEADER, total - IPV4_HEADER);
}

static bool read_ipv6(struct sgnl_flow *flow, u8 direction, const u8 *h,
		      size_t avail, size_t len)
{
	struct sgnl_addr *source = &flow->local;
	struct sgnl_addr *destination = &flow->peer;
	size_t payload;

	if (avail < IPV6_HEADER || h[0] >> 4 != 6 || h[24] == 0xff)
		return false;
	payload = get_unaligned_be16(h + 4);
	if (payload > len - IPV6_HEADER)
		return false;
	if (direction == SGNL_DIRECTION_IN) {
		source = &flow->peer;
		destination = &flow->local;
	}
	source->hi = get_unaligned_be64(h + 8);
	source->lo = get_unaligned_be64(h + 16);
	destination->hi = get_unaligned_be64(h + 24);
	destination->lo = get_unaligned_be64(h + 32);
	flow->proto = h[6];
	return read_transport(flow, direction, h + IPV6_HEADER,
			      avail - IPV6_HEADER, payload);
}

/**
 * sgnl_plain_read() - reads a packet's flow, if the packet is plain
 * @flow: where to, by sgnl_flow_begin(); the rest of it is written
 * @direction: enum sgnl_direction
 * @data: the packet from its network header
 * @avail: bytes of it that can be read at @data; 80 are enough
 * @len: bytes of it in all, not fewer than @avail
 *
 * Plain is TCP without SYN, FIN and RST, or UDP that is not DHCP, not in
 * fragments, with no header but IP's in front, to one receiver, and with
 * nothing wrong. It is no platform traffic but by its addresses.
 *
 * Context: any.
 * Return: false if it is not plain, which says nothing else of it.
 */
bool sgnl_plain_read(struct sgnl_flow *flow, u8 direction, const u8 *data,
		     size_t avail, size_t len)
{
	return flow->family == SGNL_FAMILY_IPV4 ?
		       read_ipv4(flow, direction, data, avail, len) :
		       read_ipv6(flow, direction, data, avail, len);
}
