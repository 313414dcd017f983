/* SPDX-License-Identifier: GPL-2.0 */
/* Short ways to make what the tests need. */
#ifndef SGNL_UNIT_MAKE_H
#define SGNL_UNIT_MAKE_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "key.h"
#include "rule.h"

/* RFC 4007 and the like do not matter here; a wrong literal ends the run. */
static inline struct sgnl_addr make_addr(const char *text, u8 *family)
{
	struct sgnl_addr addr = {};
	u8 b[16] = {};
	size_t i;

	if (inet_pton(AF_INET, text, b) == 1) {
		*family = SGNL_FAMILY_IPV4;
		for (i = 0; i < 4; i++)
			addr.lo = addr.lo << 8 | b[i];
		return addr;
	}
	if (inet_pton(AF_INET6, text, b) != 1)
		abort();
	*family = SGNL_FAMILY_IPV6;
	for (i = 0; i < 8; i++) {
		addr.hi = addr.hi << 8 | b[i];
		addr.lo = addr.lo << 8 | b[i + 8];
	}
	return addr;
}

/* ADDRESS/LENGTH, or NULL for all; host bits stay as written. */
static inline struct sgnl_prefix make_prefix(const char *text)
{
	struct sgnl_prefix prefix = {};
	char copy[64], *slash;

	if (!text)
		return prefix;
	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (!slash)
		abort();
	*slash = 0;
	prefix.addr = make_addr(copy, &prefix.family);
	prefix.len = atoi(slash + 1);
	return prefix;
}

/* A bit of an address, the first one being 0, in the order of the network. */
static inline bool addr_bit(const struct sgnl_addr *addr, u8 family,
			    unsigned int i)
{
	u8 bytes[16] = {};
	size_t n;

	if (family == SGNL_FAMILY_IPV4) {
		for (n = 0; n < 4; n++)
			bytes[n] = addr->lo >> (24 - 8 * n);
	} else {
		for (n = 0; n < 8; n++) {
			bytes[n] = addr->hi >> (56 - 8 * n);
			bytes[8 + n] = addr->lo >> (56 - 8 * n);
		}
	}
	return bytes[i / 8] >> (7 - i % 8) & 1;
}

static inline void addr_flip(struct sgnl_addr *addr, u8 family, unsigned int i)
{
	if (family == SGNL_FAMILY_IPV4)
		addr->lo ^= 1ULL << (31 - i);
	else if (i < 64)
		addr->hi ^= 1ULL << (63 - i);
	else
		addr->lo ^= 1ULL << (127 - i);
}

/* R4 by its words: the same family, and the first bits are the same. */
static inline bool twin_prefix_match(const struct sgnl_prefix *prefix,
				     const struct sgnl_addr *addr, u8 family)
{
	unsigned int i;

	if (prefix->family == SGNL_FAMILY_ANY)
		return true;
	if (prefix->family != family)
		return false;
	for (i = 0; i < prefix->len; i++)
		if (addr_bit(&prefix->addr, family, i) !=
		    addr_bit(addr, family, i))
			return false;
	return true;
}

#define ENTRIES_MAX 12

/* Storage of a list; the entries follow the count as in struct sgnl_*_list. */
struct some_prefixes {
	struct sgnl_prefix_list list;
	struct sgnl_prefix room[ENTRIES_MAX];
};

struct some_ports {
	struct sgnl_port_list list;
	struct sgnl_port_range room[ENTRIES_MAX];
};

struct sgnl_addr rnd_addr(u8 family);
struct sgnl_addr rnd_addr_near(const struct sgnl_prefix *prefix);
struct sgnl_prefix rnd_prefix(u8 family);
struct sgnl_rule rnd_rule(void);
struct sgnl_key rnd_key(const struct sgnl_rule *rule);
void rnd_prefixes(struct some_prefixes *to, u8 family);
void rnd_port_list(struct some_ports *to);
struct sgnl_platform;
struct sgnl_key rnd_platform_key(const struct sgnl_platform *platform);

/* Can a packet with this key be plain? */
bool twin_plain_key(const struct sgnl_key *key);
bool twin_prefixes(const struct sgnl_prefix_list *list,
		   const struct sgnl_addr *addr, u8 family);
bool twin_ports(const struct sgnl_port_list *list, u16 port);
bool twin_needs_no_address(const struct sgnl_key *key);
bool twin_rule_match(const struct sgnl_rule *rule,
		     const struct sgnl_rule_lists *lists,
		     const struct sgnl_key *key,
		     const struct sgnl_group_set *peer);

#endif
