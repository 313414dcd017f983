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

bool sgnl_guard_has(const struct sgnl_port_address *own, unsigned int n,
		    const struct sgnl_addr *addr, u8 family);
enum sgnl_reason sgnl_guard_packet(const struct sgnl_port_address *own,
				   unsigned int n, const struct sgnl_key *key);
bool sgnl_guard_plain(const struct sgnl_port_address *own, unsigned int n,
		      const struct sgnl_flow *flow, u8 direction);
enum sgnl_reason sgnl_guard_arp(const struct sgnl_port_address *own,
				unsigned int n, const u8 *arp, size_t len);

#endif
