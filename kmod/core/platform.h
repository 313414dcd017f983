/* SPDX-License-Identifier: GPL-2.0 */
/* Platform traffic, which no rule can block, and what a guest may never send. */
#ifndef SGNL_CORE_PLATFORM_H
#define SGNL_CORE_PLATFORM_H

#include "flow.h"
#include "limits.h"
#include "reason.h"

/* Mail (E5) */
#define SGNL_PLATFORM_PORT_SMTP 25

/* 100.100.100.200, the vendor's address of the metadata server (P2). */
#define SGNL_METASERVER		0x646464c8

/**
 * struct sgnl_platform_list - whose packets an item means
 * @n: how many prefixes
 * @prefix: the prefixes, masked
 */
struct sgnl_platform_list {
	unsigned int n;
	struct sgnl_prefix prefix[SGNL_PLATFORM_PREFIXES_MAX];
};

/**
 * struct sgnl_platform - what passes as platform traffic in a network namespace
 * @off: bit n is set if item n, enum sgnl_platform_item, is switched off (P6)
 * @slb: the load balancers (P3)
 * @probe: the probes (P4)
 */
struct sgnl_platform {
	u32 off;
	struct sgnl_platform_list slb;
	struct sgnl_platform_list probe;
};

/**
 * struct sgnl_platform_terms - by what a port's platform traffic is told
 * @platform: what the namespace says
 * @pmtud: what the port says of path MTU messages, enum sgnl_pmtud
 */
struct sgnl_platform_terms {
	const struct sgnl_platform *platform;
	u8 pmtud;
};

/**
 * sgnl_platform_on() - is an item switched on?
 * @platform: what the namespace says
 * @item: enum sgnl_platform_item
 *
 * Context: any.
 */
static inline bool sgnl_platform_on(const struct sgnl_platform *platform,
				    unsigned int item)
{
	return !(platform->off >> item & 1);
}

int sgnl_platform_item(enum sgnl_reason reason);
bool sgnl_platform_opens(enum sgnl_reason reason);
const struct sgnl_platform_list *
sgnl_platform_list(const struct sgnl_platform *platform, unsigned int item);
enum sgnl_reason sgnl_platform_match(const struct sgnl_platform_terms *terms,
				     const struct sgnl_key *key);
bool sgnl_platform_list_has(const struct sgnl_platform_list *list,
			    const struct sgnl_addr *addr, u8 family);
enum sgnl_reason sgnl_platform_forbidden(const struct sgnl_key *key);
bool sgnl_platform_needs_no_address(const struct sgnl_key *key);
bool sgnl_platform_mail_denied(const struct sgnl_key *key, u8 smtp);

/**
 * sgnl_platform_smtp_denied() - is it mail that the port may not send (E5)?
 * @key: the packet
 * @smtp: the port's setting, enum sgnl_smtp
 *
 * Context: any.
 */
static inline bool sgnl_platform_smtp_denied(const struct sgnl_key *key,
					     u8 smtp)
{
	return key->proto == IPPROTO_TCP &&
	       key->direction == SGNL_DIRECTION_OUT &&
	       key->peer_port == SGNL_PLATFORM_PORT_SMTP &&
	       sgnl_platform_mail_denied(key, smtp);
}

/**
 * sgnl_platform_plain() - may a plain packet be platform traffic?
 * @platform: what the namespace says
 * @flow: the packet's, by sgnl_plain_flow()
 * @direction: enum sgnl_direction
 *
 * Context: any.
 * Return: false if it is not.
 */
static inline bool sgnl_platform_plain(const struct sgnl_platform *platform,
				       const struct sgnl_flow *flow,
				       u8 direction)
{
	if (direction == SGNL_DIRECTION_OUT)
		return flow->peer.lo == SGNL_METASERVER &&
		       flow->family == SGNL_FAMILY_IPV4;
	return sgnl_platform_on(platform, SGNL_PLATFORM_ITEM_SLB) &&
	       sgnl_platform_list_has(&platform->slb, &flow->peer,
				      flow->family);
}

#endif
