/* SPDX-License-Identifier: GPL-2.0 */
/* The address guard: who sends by the addresses of a port (E1). */
#ifndef SGNL_CORE_GUARD_H
#define SGNL_CORE_GUARD_H

#include "flow.h"
#include "reason.h"

/* Bytes of an ARP packet that are looked at: two hardware addresses of 32. */
#define SGNL_GUARD_ARP_BYTES 80

/**
 * struct sgnl_port_address - one of a port's own addresses
 * @addr: the address
 * @family: its family
 */
struct sgnl_port_address {
	struct sgnl_addr addr;
	u8 family;
};

/**
 * sgnl_guard_has() - is an address one of a port's own?
 * @own: the port's addresses
 * @n: how many
 * @addr: the address
 * @family: its family
 *
 * Context: any.
 */
static inline bool sgnl_guard_has(const struct sgnl_port_address *own,
				  unsigned int n, const struct sgnl_addr *addr,
				  u8 family)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (own[i].family == family &&
		    sgnl_addr_equal(&own[i].addr, addr))
			return true;
	return false;
}

/**
 * sgnl_guard_plain() - does a plain packet claim no more than it may?
 * @own: the port's addresses
 * @n: how many
 * @flow: the packet's, by sgnl_plain_flow()
 * @direction: enum sgnl_direction
 *
 * Context: any.
 */
static inline bool sgnl_guard_plain(const struct sgnl_port_address *own,
				    unsigned int n,
				    const struct sgnl_flow *flow, u8 direction)
{
	if (direction == SGNL_DIRECTION_IN)
		return !sgnl_guard_has(own, n, &flow->peer, flow->family);
	return sgnl_guard_has(own, n, &flow->local, flow->family);
}

enum sgnl_reason sgnl_guard_packet(const struct sgnl_port_address *own,
				   unsigned int n, const struct sgnl_key *key);
enum sgnl_reason sgnl_guard_arp(const struct sgnl_port_address *own,
				unsigned int n, const u8 *arp, size_t len);

#endif
