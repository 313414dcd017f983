// SPDX-License-Identifier: GPL-2.0
/* Platform traffic, which no rule can block, and what a guest may never send. */
#include <linux/in.h>
#include <linux/in6.h>

#include "platform.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ICMP_TYPE_UNREACHABLE = 3,
	ICMP_TYPE_REDIRECT = 5,
	ICMP_CODE_FRAG_NEEDED = 4,

	ICMPV6_TYPE_TOO_BIG = 2,
	ICMPV6_TYPE_MLD_QUERY = 130,
	ICMPV6_TYPE_MLD_REPORT = 131,
	ICMPV6_TYPE_MLD_DONE = 132,
	ICMPV6_TYPE_RS = 133,
	ICMPV6_TYPE_RA = 134,
	ICMPV6_TYPE_NS = 135,
	ICMPV6_TYPE_NA = 136,
	ICMPV6_TYPE_REDIRECT = 137,
	ICMPV6_TYPE_MLD2_REPORT = 143,
};

enum {
	PORT_DHCP_SERVER = 67,
	PORT_DHCP_CLIENT = 68,
	PORT_DHCPV6_CLIENT = 546,
	PORT_DHCPV6_SERVER = 547,
};

static bool is_out(const struct sgnl_key *key)
{
	return key->direction == SGNL_DIRECTION_OUT;
}

static bool is_icmpv4(const struct sgnl_key *key)
{
	return key->family == SGNL_FAMILY_IPV4 && key->proto == IPPROTO_ICMP;
}

static bool is_icmpv6(const struct sgnl_key *key)
{
	return key->family == SGNL_FAMILY_IPV6 && key->proto == IPPROTO_ICMPV6;
}

/* UDP between the client's port at this side and the server's at the other. */
static bool is_dhcp_client(const struct sgnl_key *key)
{
	if (key->proto != IPPROTO_UDP)
		return false;
	if (key->family == SGNL_FAMILY_IPV4)
		return key->local_port == PORT_DHCP_CLIENT &&
		       key->peer_port == PORT_DHCP_SERVER;
	return key->local_port == PORT_DHCPV6_CLIENT &&
	       key->peer_port == PORT_DHCPV6_SERVER;
}

/* Outbound to the metadata server, whatever the protocol. */
static bool is_metaserver(const struct sgnl_key *key)
{
	return is_out(key) && key->family == SGNL_FAMILY_IPV4 &&
	       key->peer.lo == SGNL_METASERVER;
}

static bool is_dhcp_server(const struct sgnl_key *key)
{
	if (key->proto != IPPROTO_UDP)
		return false;
	if (key->family == SGNL_FAMILY_IPV4)
		return key->local_port == PORT_DHCP_SERVER &&
		       key->peer_port == PORT_DHCP_CLIENT;
	return key->local_port == PORT_DHCPV6_SERVER &&
	       key->peer_port == PORT_DHCPV6_CLIENT;
}

/*
 * Neighbour discovery is told from what only looks like it by the hop limit,
 * which no router leaves at 255 (RFC 4861), MLD by its hop limit of 1 (RFC
 * 3810); neither comes in fragments (RFC 6980).
 */
static enum sgnl_reason match_icmpv6(const struct sgnl_key *key)
{
	switch (key->icmp_type) {
	case ICMPV6_TYPE_TOO_BIG:
		return SGNL_REASON_PMTUD;
	case ICMPV6_TYPE_RS:
		if (!is_out(key))
			break;
		goto neighbour;
	case ICMPV6_TYPE_RA:
		if (is_out(key))
			break;
		goto neighbour;
	case ICMPV6_TYPE_NS:
	case ICMPV6_TYPE_NA:
neighbour:
		if (key->hop_limit == 255 && !key->icmp_code && !key->fragment)
			return SGNL_REASON_NEIGHBOUR;
		break;
	case ICMPV6_TYPE_MLD_QUERY:
	case ICMPV6_TYPE_MLD_REPORT:
	case ICMPV6_TYPE_MLD_DONE:
	case ICMPV6_TYPE_MLD2_REPORT:
		if (key->hop_limit == 1 && !key->fragment)
			return SGNL_REASON_MLD;
		break;
	}
	return SGNL_REASON_UNSPEC;
}

static enum sgnl_reason match_icmp(const struct sgnl_key *key)
{
	if (is_icmpv6(key))
		return match_icmpv6(key);
	if (is_icmpv4(key) && key->icmp_type == ICMP_TYPE_UNREACHABLE &&
	    key->icmp_code == ICMP_CODE_FRAG_NEEDED)
		return SGNL_REASON_PMTUD;
	return SGNL_REASON_UNSPEC;
}

/**
 * sgnl_platform_list_has() - is an address in a list?
 * @list: the list
 * @addr: the address
 * @family: its family
 *
 * Context: any.
 */
bool sgnl_platform_list_has(const struct sgnl_platform_list *list,
			    const struct sgnl_addr *addr, u8 family)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		if (sgnl_prefix_match(&list->prefix[i], addr, family))
			return true;
	return false;
}

/* Inbound from one of these. */
static bool is_from(const struct sgnl_platform_list *list,
		    const struct sgnl_key *key)
{
	return !is_out(key) &&
	       sgnl_platform_list_has(list, &key->peer, key->family);
}

/**
 * sgnl_platform_item() - the item by which packets with this reason pass
 * @reason: the reason
 *
 * Context: any.
 * Return: enum sgnl_platform_item, or -1 if they pass or not by something else.
 */
int sgnl_platform_item(enum sgnl_reason reason)
{
	switch (reason) {
	case SGNL_REASON_ARP:
		return SGNL_PLATFORM_ITEM_ARP;
	case SGNL_REASON_NEIGHBOUR:
		return SGNL_PLATFORM_ITEM_NEIGHBOUR;
	case SGNL_REASON_MLD:
		return SGNL_PLATFORM_ITEM_MLD;
	case SGNL_REASON_DHCP:
		return SGNL_PLATFORM_ITEM_DHCP;
	case SGNL_REASON_PMTUD:
		return SGNL_PLATFORM_ITEM_PMTUD;
	case SGNL_REASON_METASERVER:
		return SGNL_PLATFORM_ITEM_METASERVER;
	case SGNL_REASON_SLB:
		return SGNL_PLATFORM_ITEM_SLB;
	case SGNL_REASON_PROBE:
		return SGNL_PLATFORM_ITEM_PROBE;
	default:
		return -1;
	}
}

/**
 * sgnl_platform_opens() - does this platform traffic open sessions (E9)?
 * @reason: the reason by which it passes
 *
 * That of P2 to P4 does, whose replies pass as well.
 *
 * Context: any.
 */
bool sgnl_platform_opens(enum sgnl_reason reason)
{
	return reason == SGNL_REASON_METASERVER || reason == SGNL_REASON_SLB ||
	       reason == SGNL_REASON_PROBE;
}

/**
 * sgnl_platform_list() - whose packets an item means
 * @platform: what the namespace says
 * @item: enum sgnl_platform_item
 *
 * Context: any.
 * Return: the prefixes, or NULL if the item has none.
 */
const struct sgnl_platform_list *
sgnl_platform_list(const struct sgnl_platform *platform, unsigned int item)
{
	switch (item) {
	case SGNL_PLATFORM_ITEM_SLB:
		return &platform->slb;
	case SGNL_PLATFORM_ITEM_PROBE:
		return &platform->probe;
	default:
		return NULL;
	}
}

/**
 * sgnl_platform_match() - is the packet platform traffic (P1 to P5)?
 * @terms: by what it is told
 * @key: the packet
 *
 * An item that is switched off is passed over; the packet may yet be another
 * item's.
 *
 * Context: any.
 * Return: the reason by which it passes, or SGNL_REASON_UNSPEC.
 */
enum sgnl_reason sgnl_platform_match(const struct sgnl_platform_terms *terms,
				     const struct sgnl_key *key)
{
	const struct sgnl_platform *platform = terms->platform;
	enum sgnl_reason reason = match_icmp(key);

	/* Strict: those that E4 lets through (P1). */
	if (reason == SGNL_REASON_PMTUD && terms->pmtud == SGNL_PMTUD_STRICT)
		reason = SGNL_REASON_UNSPEC;
	if (reason && sgnl_platform_on(platform, sgnl_platform_item(reason)))
		return reason;
	if (is_metaserver(key) &&
	    sgnl_platform_on(platform, SGNL_PLATFORM_ITEM_METASERVER))
		return SGNL_REASON_METASERVER;
	if (is_dhcp_client(key) && !key->fragment &&
	    sgnl_platform_on(platform, SGNL_PLATFORM_ITEM_DHCP))
		return SGNL_REASON_DHCP;
	if (sgnl_platform_on(platform, SGNL_PLATFORM_ITEM_SLB) &&
	    is_from(&platform->slb, key))
		return SGNL_REASON_SLB;
	if (sgnl_platform_on(platform, SGNL_PLATFORM_ITEM_PROBE) &&
	    sgnl_key_echo_request(key) && is_from(&platform->probe, key))
		return SGNL_REASON_PROBE;
	return SGNL_REASON_UNSPEC;
}

/**
 * sgnl_platform_needs_no_address() - is a packet sent before there is an
 *                                    address, or where the link's own will do?
 * @key: the packet
 *
 * What has the form of P5, whether its item is switched on or not.
 *
 * Context: any.
 */
bool sgnl_platform_needs_no_address(const struct sgnl_key *key)
{
	enum sgnl_reason reason = match_icmp(key);

	return reason == SGNL_REASON_NEIGHBOUR || reason == SGNL_REASON_MLD ||
	       (is_dhcp_client(key) && !key->fragment);
}

/**
 * sgnl_platform_forbidden() - does a guest send what only a router or a DHCP
 *                             server may (P5)?
 * @key: the packet, of a guest port
 *
 * Context: any.
 * Return: the reason to drop it, or SGNL_REASON_UNSPEC.
 */
enum sgnl_reason sgnl_platform_forbidden(const struct sgnl_key *key)
{
	if (!is_out(key))
		return SGNL_REASON_UNSPEC;
	if (is_icmpv6(key) && key->icmp_type == ICMPV6_TYPE_RA)
		return SGNL_REASON_GUEST_RA;
	if ((is_icmpv6(key) && key->icmp_type == ICMPV6_TYPE_REDIRECT) ||
	    (is_icmpv4(key) && key->icmp_type == ICMP_TYPE_REDIRECT))
		return SGNL_REASON_GUEST_REDIRECT;
	if (is_dhcp_server(key))
		return SGNL_REASON_GUEST_DHCP_SERVER;
	return SGNL_REASON_UNSPEC;
}

/* RFC 1918, 100.64.0.0/10 and fc00::/7. */
static const struct sgnl_prefix private_prefixes[] = {
	{ { 0, 0x0a000000 }, SGNL_FAMILY_IPV4, 8 },
	{ { 0, 0xac100000 }, SGNL_FAMILY_IPV4, 12 },
	{ { 0, 0xc0a80000 }, SGNL_FAMILY_IPV4, 16 },
	{ { 0, 0x64400000 }, SGNL_FAMILY_IPV4, 10 },
	{ { 0xfc00000000000000ULL, 0 }, SGNL_FAMILY_IPV6, 7 },
};

/**
 * sgnl_platform_mail_denied() - sgnl_platform_smtp_denied(), of what is known to be
 *                               mail that the port sends
 * @key: the packet
 * @smtp: the port's setting, enum sgnl_smtp
 *
 * Context: any.
 */
bool sgnl_platform_mail_denied(const struct sgnl_key *key, u8 smtp)
{
	size_t i;

	if (smtp == SGNL_SMTP_ALLOW)
		return false;
	if (smtp == SGNL_SMTP_DENY)
		return true;
	for (i = 0; i < ARRAY_LEN(private_prefixes); i++)
		if (sgnl_prefix_match(&private_prefixes[i], &key->peer,
				      key->family))
			return false;
	return true;
}
