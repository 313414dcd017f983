/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses and prefixes of both families as numbers in host byte order. */
#ifndef SGNL_CORE_ADDR_H
#define SGNL_CORE_ADDR_H

#include <linux/types.h>

enum sgnl_family {
	SGNL_FAMILY_ANY = 0,
	SGNL_FAMILY_IPV4 = 4,
	SGNL_FAMILY_IPV6 = 6,
};

/**
 * struct sgnl_addr - an address as a 128-bit number
 * @hi: the upper 64 bits of an IPv6 address, 0 for IPv4
 * @lo: the lower 64 bits, or the 32 bits of an IPv4 address
 *
 * The family is told by whatever holds the address.
 */
struct sgnl_addr {
	u64 hi;
	u64 lo;
};

/**
 * struct sgnl_prefix - the addresses that share their first bits
 * @addr: the first of them; the other bits are 0
 * @family: SGNL_FAMILY_ANY means every address of both families
 * @len: number of shared bits, 0 to 32 or 0 to 128
 */
struct sgnl_prefix {
	struct sgnl_addr addr;
	u8 family;
	u8 len;
};

static inline bool sgnl_addr_equal(const struct sgnl_addr *a,
				   const struct sgnl_addr *b)
{
	return a->hi == b->hi && a->lo == b->lo;
}

static inline unsigned int sgnl_family_bits(u8 family)
{
	return family == SGNL_FAMILY_IPV6 ? 128 : 32;
}

/* All bits set */
static inline struct sgnl_addr sgnl_family_last(u8 family)
{
	if (family == SGNL_FAMILY_IPV6)
		return (struct sgnl_addr){ .hi = ~0ULL, .lo = ~0ULL };
	return (struct sgnl_addr){ .lo = 0xffffffff };
}

bool sgnl_addr_read(struct sgnl_addr *addr, u8 *family, const void *bytes,
		    size_t len);
size_t sgnl_addr_write(void *bytes, const struct sgnl_addr *addr, u8 family);
bool sgnl_addr_multicast(const struct sgnl_addr *addr, u8 family);
bool sgnl_addr_can_be_member(const struct sgnl_addr *addr, u8 family);
struct sgnl_addr sgnl_prefix_last(const struct sgnl_prefix *prefix);
void sgnl_prefix_mask(struct sgnl_prefix *prefix);
bool sgnl_prefix_match(const struct sgnl_prefix *prefix,
		       const struct sgnl_addr *addr, u8 family);

#endif
