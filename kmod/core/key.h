/* SPDX-License-Identifier: GPL-2.0 */
/* What sgnl knows of a packet: header bytes in, flow key out. */
#ifndef SGNL_CORE_KEY_H
#define SGNL_CORE_KEY_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/types.h>
#include <linux/sgnl.h>
#include "addr.h"
#include "limits.h"

/* TCP flags, as byte 13 of the header has them. */
enum sgnl_tcp_flag {
	SGNL_TCP_FIN = 0x01,
	SGNL_TCP_SYN = 0x02,
	SGNL_TCP_RST = 0x04,
	SGNL_TCP_PSH = 0x08,
	SGNL_TCP_ACK = 0x10,
	SGNL_TCP_URG = 0x20,
};

/**
 * enum sgnl_fragment - which part of a datagram a packet is
 * @SGNL_FRAGMENT_NONE: all of it
 * @SGNL_FRAGMENT_FIRST: its beginning, with the transport header
 * @SGNL_FRAGMENT_LATER: another part, of which no header behind IP is read
 */
enum sgnl_fragment {
	SGNL_FRAGMENT_NONE,
	SGNL_FRAGMENT_FIRST,
	SGNL_FRAGMENT_LATER,
};

enum {
	SGNL_ICMP_ECHO = 8,
	SGNL_ICMPV6_ECHO = 128,
	SGNL_ICMPV6_NS = 135,
	SGNL_ICMPV6_NA = 136,
};

/* A VLAN tag in a key: its id, and a bit that tells it from no tag. */
#define SGNL_VLAN_PRESENT 0x8000
#define SGNL_VLAN_ID	  0x0fff

/**
 * struct sgnl_key - one packet, as seen from its port
 * @local: address at the port's own side
 * @peer: the other address
 * @target: of an IPv6 neighbour solicitation or advertisement; else "::"
 * @local_port: TCP or UDP port, or the id of an echo; 0 for all else
 * @peer_port: likewise; equal to @local_port for an echo
 * @vlan: SGNL_VLAN_PRESENT and the VLAN id, outer tag first; 0 without a tag
 * @family: SGNL_FAMILY_IPV4 or SGNL_FAMILY_IPV6
 * @direction: enum sgnl_direction
 * @proto: protocol of the first header that is no extension header
 * @icmp_type: of ICMP in IPv4 and ICMPv6 in IPv6
 * @icmp_code: likewise
 * @tcp_flags: enum sgnl_tcp_flag
 * @hop_limit: hop limit or time to live
 * @multicast: goes to a multicast or broadcast address
 * @fragment: enum sgnl_fragment
 * @last: of a fragment, no more are behind it
 * @frag_proto: likewise, IPv4's protocol field; 0 in IPv6
 * @frag_start: likewise, where its bytes begin in the datagram
 * @frag_len: likewise, how many there are
 * @frag_id: likewise, the datagram's number
 * @transport: bytes before the transport header, from the network header on
 * @transport_len: bytes from there on; not told of a later fragment, nor is
 *                 what the transport header has
 *
 * Both directions of a flow have the same addresses, ports and tags in here,
 * which is why they find the same session.
 */
struct sgnl_key {
	struct sgnl_addr local;
	struct sgnl_addr peer;
	struct sgnl_addr target;
	u16 local_port;
	u16 peer_port;
	u16 vlan[SGNL_VLAN_DEPTH];
	u8 family;
	u8 direction;
	u8 proto;
	u8 icmp_type;
	u8 icmp_code;
	u8 tcp_flags;
	u8 hop_limit;
	bool multicast;
	u8 fragment;
	bool last;
	u8 frag_proto;
	u16 frag_start;
	u16 frag_len;
	u32 frag_id;
	u16 transport;
	u32 transport_len;
};

static inline u16 sgnl_key_dport(const struct sgnl_key *key)
{
	return key->direction == SGNL_DIRECTION_IN ? key->local_port :
						     key->peer_port;
}

static inline u16 sgnl_key_sport(const struct sgnl_key *key)
{
	return key->direction == SGNL_DIRECTION_IN ? key->peer_port :
						     key->local_port;
}

enum sgnl_reason sgnl_key_parse(struct sgnl_key *key, const u8 *data,
				size_t avail, size_t len, bool super);
bool sgnl_key_parse_error(struct sgnl_key *key, const struct sgnl_key *error,
			  const u8 *data, size_t avail, size_t len);
bool sgnl_key_icmp_is_error(const struct sgnl_key *key);
bool sgnl_key_tracked(const struct sgnl_key *key);
bool sgnl_key_answer(const struct sgnl_key *key, struct sgnl_key *answer);
bool sgnl_key_midstream(const struct sgnl_key *key);
struct sgnl_key sgnl_key_mirror(const struct sgnl_key *key);

/**
 * sgnl_key_is_icmp() - is it ICMP in IPv4 or ICMPv6 in IPv6?
 * @key: the packet
 *
 * Context: any.
 */
static inline bool sgnl_key_is_icmp(const struct sgnl_key *key)
{
	return key->proto == (key->family == SGNL_FAMILY_IPV4 ? IPPROTO_ICMP :
								IPPROTO_ICMPV6);
}

/**
 * sgnl_key_echo_request() - is it an ICMP or ICMPv6 echo request?
 * @key: the packet
 *
 * Context: any.
 */
static inline bool sgnl_key_echo_request(const struct sgnl_key *key)
{
	return sgnl_key_is_icmp(key) &&
	       key->icmp_type == (key->family == SGNL_FAMILY_IPV4 ?
					  SGNL_ICMP_ECHO :
					  SGNL_ICMPV6_ECHO);
}

/**
 * sgnl_key_opens() - can this packet, once allowed, open a session?
 * @key: the packet
 *
 * TCP opens one with a SYN (S5), ICMP with an echo request (S12), multicast
 * and broadcast none (E9).
 *
 * Context: any.
 */
static inline bool sgnl_key_opens(const struct sgnl_key *key)
{
	if (key->multicast)
		return false;
	if (key->proto == IPPROTO_TCP)
		return (key->tcp_flags & (SGNL_TCP_SYN | SGNL_TCP_ACK)) ==
		       SGNL_TCP_SYN;
	if (sgnl_key_is_icmp(key))
		return sgnl_key_echo_request(key);
	return true;
}

/**
 * sgnl_key_is_error() - is it an ICMP or ICMPv6 error, which tells of a packet?
 * @key: the packet
 *
 * A redirect is none, since it never passes for the packet's sake (E4).
 *
 * Context: any.
 */
static inline bool sgnl_key_is_error(const struct sgnl_key *key)
{
	return sgnl_key_is_icmp(key) && sgnl_key_icmp_is_error(key);
}

#endif
