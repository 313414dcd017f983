// SPDX-License-Identifier: GPL-2.0
/*
 * What sgnl knows of a packet: header bytes in, flow key out.
 *
 * Everything here may come from a stranger. A packet is read through a cursor
 * that knows how much of it can be read and how long it claims to be; nothing
 * is read but through need(). Headers that sgnl could read otherwise than the
 * receiver does are refused, not guessed at.
 */
#include <linux/string.h>

#include "key.h"
#include "../compat/unaligned.h"

/* Headers between IP and transport; user space lacks some of the names. */
enum {
	NEXT_HOPOPTS = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTH = 51,
	NEXT_DESTOPTS = 60,
};

enum {
	IPV4_OPT_END = 0,
	IPV4_OPT_NOOP = 1,
	IPV4_OPT_LSRR = 131,
	IPV4_OPT_SSRR = 137,
};

enum {
	ICMP_TYPE_ECHO_REPLY = 0,
	ICMP_TYPE_UNREACHABLE = 3,
	ICMP_TYPE_TIME_EXCEEDED = 11,
	ICMP_TYPE_PARAMETER = 12,
	ICMPV6_TYPE_UNREACHABLE = 1,
	ICMPV6_TYPE_PARAMETER = 4,
	ICMPV6_TYPE_ECHO_REPLY = 129,
};

/**
 * struct cursor - how far a packet was read
 * @data: its bytes
 * @avail: how many of them can be read
 * @len: how many there are by its IP header
 * @off: those before this are done with
 * @cut: it may be longer by its IP header than it is, as what an ICMP error
 *       is about; of its transport header 8 bytes are read
 */
struct cursor {
	const u8 *data;
	size_t avail;
	size_t len;
	size_t off;
	bool cut;
};

/* The next n bytes, or NULL if they cannot be read. */
static const u8 *need(const struct cursor *c, size_t n)
{
	size_t end = c->avail < c->len ? c->avail : c->len;

	return c->off <= end && n <= end - c->off ? c->data + c->off : NULL;
}

static size_t left(const struct cursor *c)
{
	return c->len - c->off;
}

/* Source route options would let a packet go elsewhere than it says. */
static enum sgnl_reason parse_ipv4_options(const u8 *opt, size_t n)
{
	while (n) {
		size_t size;

		if (opt[0] == IPV4_OPT_END)
			break;
		if (opt[0] == IPV4_OPT_NOOP) {
			size = 1;
		} else {
			if (n < 2 || opt[1] < 2 || opt[1] > n)
				return SGNL_REASON_IP_OPTIONS;
			if (opt[0] == IPV4_OPT_LSRR || opt[0] == IPV4_OPT_SSRR)
				return SGNL_REASON_IP_OPTIONS;
			size = opt[1];
		}
		opt += size;
		n -= size;
	}
	return SGNL_REASON_UNSPEC;
}

/*
 * A fragment whose bytes are all that is left, by its place in the datagram.
 * @before: bytes in front of it that count as the datagram's too
 */
static enum sgnl_reason parse_fragment(struct sgnl_key *key,
				       const struct cursor *c, u32 id,
				       u32 start, bool more, size_t before)
{
	enum sgnl_reason malformed = key->family == SGNL_FAMILY_IPV4 ?
					     SGNL_REASON_IP_HEADER :
					     SGNL_REASON_EXT_HEADER;

	if (!more && !start) /* atomic, or not fragmented at all */
		return SGNL_REASON_UNSPEC;
	key->fragment = start ? SGNL_FRAGMENT_LATER : SGNL_FRAGMENT_FIRST;
	if (c->cut)
		return SGNL_REASON_UNSPEC;
	if (!left(c) || (more && left(c) % 8))
		return malformed;
	if (before + start + left(c) > 65535)
		return SGNL_REASON_IP_HEADER;
	key->last = !more;
	key->frag_start = start;
	key->frag_len = left(c);
	key->frag_id = id;
	return SGNL_REASON_UNSPEC;
}

/*
 * Walks the headers between IP and transport (RFC 8200 section 4; AH's length
 * by RFC 4302 section 2.2). IPv4 has AH alone of them. A later fragment is
 * followed no further than to its Fragment header.
 */
static enum sgnl_reason parse_extensions(struct sgnl_key *key, struct cursor *c,
					 u8 next)
{
	enum sgnl_reason reason;
	size_t start = c->off;
	unsigned int n;
	u16 field;

	for (n = 0;; n++) {
		const u8 *h;
		size_t size;

		if (next != NEXT_AUTH &&
		    (key->family == SGNL_FAMILY_IPV4 ||
		     (next != NEXT_HOPOPTS && next != NEXT_ROUTING &&
		      next != NEXT_FRAGMENT && next != NEXT_DESTOPTS)))
			break;
		if (n == SGNL_EXT_HEADERS_MAX)
			return SGNL_REASON_EXT_HEADER;
		h = need(c, 8);
		if (!h)
			return key->fragment ? SGNL_REASON_FRAGMENT_TINY :
					       SGNL_REASON_EXT_HEADER;
		switch (next) {
		case NEXT_HOPOPTS:
			if (n != 0)
				return SGNL_REASON_EXT_HEADER;
			size = (h[1] + 1) * 8;
			break;
		case NEXT_ROUTING:
			if (h[2] == 0)
				return SGNL_REASON_EXT_HEADER;
			size = (h[1] + 1) * 8;
			break;
		case NEXT_FRAGMENT:
			if (key->fragment)
				return SGNL_REASON_EXT_HEADER;
			c->off += 8;
			field = get_unaligned_be16(h + 2);
			reason = parse_fragment(key, c,
						get_unaligned_be32(h + 4),
						field & 0xfff8, field & 1,
						c->off - 8 - start);
			if (reason || key->fragment == SGNL_FRAGMENT_LATER)
				return reason;
			size = 0;
			break;
		case NEXT_AUTH:
			size = (h[1] + 2) * 4;
			break;
		default:
			size = (h[1] + 1) * 8;
			break;
		}
		next = h[0];
		if (size > left(c))
			return key->fragment ? SGNL_REASON_FRAGMENT_TINY :
					       SGNL_REASON_EXT_HEADER;
		c->off += size;
		if (c->off - start > SGNL_EXT_BYTES_MAX)
			return SGNL_REASON_EXT_HEADER;
	}
	key->proto = next;
	return SGNL_REASON_UNSPEC;
}

/* A first fragment holds all that is read of the transport header (S11). */
static enum sgnl_reason too_short(const struct sgnl_key *key)
{
	return key->fragment ? SGNL_REASON_FRAGMENT_TINY :
			       SGNL_REASON_L4_HEADER;
}

/* The length by its IP header, of which less may be there if it was cut. */
static bool set_length(struct cursor *c, size_t total)
{
	if (total > c->len)
		return c->cut;
	c->len = total;
	return true;
}

static enum sgnl_reason parse_tcp(struct sgnl_key *key, struct cursor *c,
				  u16 *sport, u16 *dport)
{
	const u8 *h = need(c, c->cut ? 8 : 20);
	u8 flags;

	if (!h)
		return too_short(key);
	*sport = get_unaligned_be16(h);
	*dport = get_unaligned_be16(h + 2);
	if (c->cut)
		return SGNL_REASON_UNSPEC;
	if ((h[12] >> 4) < 5 ||
	    (!key->fragment && (size_t)(h[12] >> 4) * 4 > left(c)))
		return SGNL_REASON_L4_HEADER;
	flags = h[13] & (SGNL_TCP_FIN | SGNL_TCP_SYN | SGNL_TCP_RST |
			 SGNL_TCP_PSH | SGNL_TCP_ACK | SGNL_TCP_URG);
	if (!flags ||
	    ((flags & SGNL_TCP_SYN) && (flags & (SGNL_TCP_FIN | SGNL_TCP_RST))))
		return SGNL_REASON_TCP_FLAGS;
	key->tcp_flags = flags;
	return SGNL_REASON_UNSPEC;
}

static enum sgnl_reason parse_udp(struct sgnl_key *key, struct cursor *c,
				  u16 *sport, u16 *dport)
{
	const u8 *h = need(c, 8);
	u16 size;

	if (!h)
		return too_short(key);
	size = get_unaligned_be16(h + 4);
	if (size < 8 || (!key->fragment && !c->cut && size > left(c)))
		return SGNL_REASON_L4_HEADER;
	*sport = get_unaligned_be16(h);
	*dport = get_unaligned_be16(h + 2);
	return SGNL_REASON_UNSPEC;
}

static bool is_echo(const struct sgnl_key *key)
{
	if (key->family == SGNL_FAMILY_IPV4)
		return key->icmp_type == SGNL_ICMP_ECHO ||
		       key->icmp_type == ICMP_TYPE_ECHO_REPLY;
	return key->icmp_type == SGNL_ICMPV6_ECHO ||
	       key->icmp_type == ICMPV6_TYPE_ECHO_REPLY;
}

static enum sgnl_reason parse_icmp(struct sgnl_key *key, struct cursor *c,
				   u16 *sport, u16 *dport)
{
	const u8 *h = need(c, 8);
	u8 family;

	if (!h)
		return too_short(key);
	key->icmp_type = h[0];
	key->icmp_code = h[1];
	if (is_echo(key)) {
		*sport = get_unaligned_be16(h + 4);
		*dport = *sport;
	}
	if (key->family == SGNL_FAMILY_IPV6 &&
	    (h[0] == SGNL_ICMPV6_NS || h[0] == SGNL_ICMPV6_NA) &&
	    need(c, 8 + 16))
		sgnl_addr_read(&key->target, &family, h + 8, 16);
	return SGNL_REASON_UNSPEC;
}

static enum sgnl_reason parse_transport(struct sgnl_key *key, struct cursor *c)
{
	enum sgnl_reason reason = SGNL_REASON_UNSPEC;
	u16 sport = 0, dport = 0;

	if (key->proto == IPPROTO_TCP)
		reason = parse_tcp(key, c, &sport, &dport);
	else if (key->proto == IPPROTO_UDP)
		reason = parse_udp(key, c, &sport, &dport);
	else if (sgnl_key_is_icmp(key))
		reason = parse_icmp(key, c, &sport, &dport);

	if (key->direction == SGNL_DIRECTION_IN) {
		key->local_port = dport;
		key->peer_port = sport;
	} else {
		key->local_port = sport;
		key->peer_port = dport;
	}
	return reason;
}

static void set_ends(struct sgnl_key *key, const u8 *src, const u8 *dst,
		     size_t size)
{
	bool in = key->direction == SGNL_DIRECTION_IN;
	u8 family;

	sgnl_addr_read(&key->peer, &family, in ? src : dst, size);
	sgnl_addr_read(&key->local, &family, in ? dst : src, size);
	if (sgnl_addr_multicast(in ? &key->local : &key->peer, family))
		key->multicast = true;
}

static enum sgnl_reason parse_ipv4(struct sgnl_key *key, struct cursor *c,
				   bool super)
{
	enum sgnl_reason reason;
	size_t header, total;
	const u8 *h;
	u16 field;

	h = need(c, 20);
	if (!h || h[0] >> 4 != 4)
		return SGNL_REASON_IP_HEADER;
	header = (h[0] & 0xf) * 4;
	total = get_unaligned_be16(h + 2);
	if (total == 0 && super)
		total = c->len;
	if (header < 20 || total < header || !need(c, header) ||
	    !set_length(c, total))
		return SGNL_REASON_IP_HEADER;
	reason = parse_ipv4_options(h + 20, header - 20);
	if (reason)
		return reason;
	key->hop_limit = h[8];
	set_ends(key, h + 12, h + 16, 4);
	c->off = header;
	field = get_unaligned_be16(h + 6);
	reason = parse_fragment(key, c, get_unaligned_be16(h + 4),
				(field & 0x1fff) * 8, field & 0x2000, header);
	if (reason)
		return reason;
	if (key->fragment)
		key->frag_proto = h[9];
	if (key->fragment == SGNL_FRAGMENT_LATER) {
		/* It would write over the flags. */
		if (h[9] == IPPROTO_TCP && key->frag_start == 8)
			return SGNL_REASON_FRAGMENT_TINY;
		return SGNL_REASON_UNSPEC;
	}
	return parse_extensions(key, c, h[9]);
}

static enum sgnl_reason parse_ipv6(struct sgnl_key *key, struct cursor *c,
				   bool super)
{
	const u8 *h = need(c, 40);
	size_t total;

	if (!h || h[0] >> 4 != 6)
		return SGNL_REASON_IP_HEADER;
	total = get_unaligned_be16(h + 4) + 40;
	if (total == 40 && super)
		total = c->len;
	if (!set_length(c, total))
		return SGNL_REASON_IP_HEADER;
	key->hop_limit = h[7];
	set_ends(key, h + 8, h + 24, 16);
	c->off = 40;
	return parse_extensions(key, c, h[6]);
}

static enum sgnl_reason parse(struct sgnl_key *key, struct cursor *c,
			      bool super)
{
	enum sgnl_reason reason;

	reason = key->family == SGNL_FAMILY_IPV4 ? parse_ipv4(key, c, super) :
						   parse_ipv6(key, c, super);
	if (reason || key->fragment == SGNL_FRAGMENT_LATER)
		return reason;
	key->transport = c->off;
	key->transport_len = left(c);
	return parse_transport(key, c);
}

/**
 * sgnl_key_parse() - reads a packet's headers
 * @key: where to; @family, @direction, @vlan and @multicast are set by the
 *       caller, the last only where the link layer tells; all else is zero
 * @data: the packet from its network header
 * @avail: bytes of it that can be read at @data; SGNL_KEY_BYTES are enough
 * @len: bytes of it in all
 * @super: it is a super-packet (GSO), whose length field may be 0
 *
 * Context: any.
 * Return: SGNL_REASON_UNSPEC, or the reason to drop it.
 */
enum sgnl_reason sgnl_key_parse(struct sgnl_key *key, const u8 *data,
				size_t avail, size_t len, bool super)
{
	struct cursor c = { .data = data, .avail = avail, .len = len };

	return parse(key, &c, super);
}

/**
 * sgnl_key_parse_error() - reads the packet that an ICMP error is about (E4)
 * @key: where to; that packet, if it ran the other way round
 * @error: the error, one of sgnl_key_is_error()
 * @data: the embedded packet from its network header, which is 8 bytes behind
 *        the error's transport header
 * @avail: bytes of it that can be read at @data; SGNL_KEY_BYTES are enough
 * @len: bytes of it in all
 *
 * The error must go to who sent the embedded packet, for otherwise anyone who
 * knows of a session could send errors about it to somebody else.
 *
 * Context: any.
 * Return: whether a session of @key, if there is one, is what the error is
 * about.
 */
bool sgnl_key_parse_error(struct sgnl_key *key, const struct sgnl_key *error,
			  const u8 *data, size_t avail, size_t len)
{
	struct cursor c = {
		.data = data,
		.avail = avail,
		.len = len,
		.cut = true,
	};
	bool in = error->direction == SGNL_DIRECTION_IN;

	*key = (struct sgnl_key){
		.vlan = { error->vlan[0], error->vlan[1] },
		.family = error->family,
		.direction = in ? SGNL_DIRECTION_OUT : SGNL_DIRECTION_IN,
	};
	if (parse(key, &c, false) || key->fragment == SGNL_FRAGMENT_LATER ||
	    key->multicast || !sgnl_key_tracked(key))
		return false;
	return in ? sgnl_addr_equal(&key->local, &error->local) :
		    sgnl_addr_equal(&key->peer, &error->peer);
}

/**
 * sgnl_key_icmp_is_error() - sgnl_key_is_error(), of what is known to be ICMP
 * @key: the packet
 *
 * Context: any.
 */
bool sgnl_key_icmp_is_error(const struct sgnl_key *key)
{
	if (key->family == SGNL_FAMILY_IPV4)
		return key->icmp_type == ICMP_TYPE_UNREACHABLE ||
		       key->icmp_type == ICMP_TYPE_TIME_EXCEEDED ||
		       key->icmp_type == ICMP_TYPE_PARAMETER;
	return key->icmp_type >= ICMPV6_TYPE_UNREACHABLE &&
	       key->icmp_type <= ICMPV6_TYPE_PARAMETER;
}

/**
 * sgnl_key_tracked() - can this packet be part of a session?
 * @key: the packet
 *
 * Of ICMP only echo can (S12); an error with an id of 0 must not be taken for
 * a packet of an echo session with that id.
 *
 * Context: any.
 */
bool sgnl_key_tracked(const struct sgnl_key *key)
{
	return !sgnl_key_is_icmp(key) || is_echo(key);
}

/**
 * sgnl_key_answer() - the first packet that an answer would have
 * @key: the packet
 * @answer: where to put it
 *
 * Context: any.
 * Return: false if none is to be expected: behind multicast, a RST, and all
 * ICMP but echo requests.
 */
bool sgnl_key_answer(const struct sgnl_key *key, struct sgnl_key *answer)
{
	if (key->multicast || key->tcp_flags & SGNL_TCP_RST ||
	    (sgnl_key_is_icmp(key) && !sgnl_key_echo_request(key)))
		return false;
	*answer = (struct sgnl_key){
		.local = key->local,
		.peer = key->peer,
		.local_port = key->local_port,
		.peer_port = key->peer_port,
		.vlan = { key->vlan[0], key->vlan[1] },
		.family = key->family,
		.direction = key->direction == SGNL_DIRECTION_IN ?
				     SGNL_DIRECTION_OUT :
				     SGNL_DIRECTION_IN,
		.proto = key->proto,
		.hop_limit = 64,
	};
	if (key->proto == IPPROTO_TCP)
		answer->tcp_flags = SGNL_TCP_ACK |
				    (key->tcp_flags & SGNL_TCP_SYN);
	if (sgnl_key_is_icmp(key))
		answer->icmp_type = key->family == SGNL_FAMILY_IPV4 ?
					    ICMP_TYPE_ECHO_REPLY :
					    ICMPV6_TYPE_ECHO_REPLY;
	return true;
}

/**
 * sgnl_key_midstream() - can this be TCP that began before anyone looked (S5)?
 * @key: the packet
 *
 * A SYN with ACK can. FIN and RST end what is there, and begin nothing.
 *
 * Context: any.
 */
bool sgnl_key_midstream(const struct sgnl_key *key)
{
	return key->proto == IPPROTO_TCP && !key->multicast &&
	       !(key->tcp_flags & (SGNL_TCP_FIN | SGNL_TCP_RST)) &&
	       !sgnl_key_opens(key);
}

/**
 * sgnl_key_mirror() - the same flow's packet in the other direction
 * @key: the packet
 *
 * Source and destination are swapped; local and peer are who they were.
 *
 * Context: any.
 * Return: the mirror image.
 */
struct sgnl_key sgnl_key_mirror(const struct sgnl_key *key)
{
	struct sgnl_key mirror = *key;

	mirror.direction = key->direction == SGNL_DIRECTION_IN ?
				   SGNL_DIRECTION_OUT :
				   SGNL_DIRECTION_IN;
	return mirror;
}
