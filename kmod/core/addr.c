// SPDX-License-Identifier: GPL-2.0
/* Addresses and prefixes of both families as numbers in host byte order. */
#include "addr.h"
#include "../compat/unaligned.h"

/**
 * sgnl_addr_read() - reads an address in network byte order
 * @addr: where to put it
 * @family: where to put its family, told by @len
 * @bytes: the address, unaligned
 * @len: its length, 4 or 16 bytes
 *
 * Context: any.
 * Return: false if @len is neither.
 */
bool sgnl_addr_read(struct sgnl_addr *addr, u8 *family, const void *bytes,
		    size_t len)
{
	switch (len) {
	case 4:
		addr->hi = 0;
		addr->lo = get_unaligned_be32(bytes);
		*family = SGNL_FAMILY_IPV4;
		return true;
	case 16:
		addr->hi = get_unaligned_be64(bytes);
		addr->lo = get_unaligned_be64((const u8 *)bytes + 8);
		*family = SGNL_FAMILY_IPV6;
		return true;
	}
	return false;
}

/**
 * sgnl_addr_write() - writes an address in network byte order
 * @bytes: where to, room for 16 bytes, unaligned
 * @addr: the address
 * @family: its family
 *
 * Context: any.
 * Return: the number of bytes written, 4 or 16.
 */
size_t sgnl_addr_write(void *bytes, const struct sgnl_addr *addr, u8 family)
{
	if (family == SGNL_FAMILY_IPV4) {
		put_unaligned_be32(addr->lo, bytes);
		return 4;
	}
	put_unaligned_be64(addr->hi, bytes);
	put_unaligned_be64(addr->lo, (u8 *)bytes + 8);
	return 16;
}

/**
 * sgnl_addr_multicast() - is it a multicast or the limited broadcast address?
 * @addr: the address
 * @family: its family
 *
 * Context: any.
 */
bool sgnl_addr_multicast(const struct sgnl_addr *addr, u8 family)
{
	if (family == SGNL_FAMILY_IPV6)
		return addr->hi >> 56 == 0xff;
	return addr->lo >> 28 == 0xe || addr->lo == 0xffffffff;
}

/**
 * sgnl_addr_can_be_member() - may a group or a port have this address?
 * @addr: the address
 * @family: its family
 *
 * Any unicast address may, but loopback, link-local and unspecified ones.
 *
 * Context: any.
 */
bool sgnl_addr_can_be_member(const struct sgnl_addr *addr, u8 family)
{
	if (sgnl_addr_multicast(addr, family))
		return false;
	if (family == SGNL_FAMILY_IPV6)
		return !(addr->hi == 0 && addr->lo <= 1) &&
		       addr->hi >> 54 != 0xfe80 >> 6;
	return addr->lo >> 24 != 127 && addr->lo >> 16 != 0xa9fe &&
	       addr->lo >> 28 != 0xf && addr->lo >> 24 != 0;
}

static u64 ones(unsigned int n)
{
	return n == 0 ? 0 : ~0ULL << (64 - n);
}

static void prefix_masks(const struct sgnl_prefix *prefix, u64 *hi, u64 *lo)
{
	if (prefix->family == SGNL_FAMILY_IPV6) {
		*hi = ones(prefix->len < 64 ? prefix->len : 64);
		*lo = ones(prefix->len < 64 ? 0 : prefix->len - 64);
	} else {
		*hi = 0;
		*lo = ones(prefix->len) >> 32;
	}
}

/**
 * sgnl_prefix_mask() - clears the bits behind the prefix
 * @prefix: the prefix; its length must fit its family
 *
 * Context: any.
 */
void sgnl_prefix_mask(struct sgnl_prefix *prefix)
{
	u64 hi, lo;

	prefix_masks(prefix, &hi, &lo);
	prefix->addr.hi &= hi;
	prefix->addr.lo &= lo;
}

/**
 * sgnl_prefix_last() - the last address of a prefix
 * @prefix: the prefix, masked, of one family
 *
 * Context: any.
 */
struct sgnl_addr sgnl_prefix_last(const struct sgnl_prefix *prefix)
{
	struct sgnl_addr last = sgnl_family_last(prefix->family);
	u64 hi, lo;

	prefix_masks(prefix, &hi, &lo);
	last.hi = prefix->addr.hi | (last.hi & ~hi);
	last.lo = prefix->addr.lo | (last.lo & ~lo);
	return last;
}

/**
 * sgnl_prefix_match() - does the prefix hold the address?
 * @prefix: the prefix, masked
 * @addr: the address
 * @family: its family, never SGNL_FAMILY_ANY
 *
 * Context: any.
 */
bool sgnl_prefix_match(const struct sgnl_prefix *prefix,
		       const struct sgnl_addr *addr, u8 family)
{
	u64 hi, lo;

	if (prefix->family == SGNL_FAMILY_ANY)
		return true;
	if (prefix->family != family)
		return false;
	prefix_masks(prefix, &hi, &lo);
	return (addr->hi & hi) == prefix->addr.hi &&
	       (addr->lo & lo) == prefix->addr.lo;
}
