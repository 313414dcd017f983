// SPDX-License-Identifier: GPL-2.0
/*
 * The address guard: who sends by the addresses of a port (E1).
 *
 * A port's owner may claim its own addresses and no others: as the source of a
 * packet, as the sender of an ARP, as the target of a neighbour advertisement
 * or of a look whether an address is free. And nobody else may claim them
 * towards the port.
 */
#include "../compat/unaligned.h"
#include "guard.h"
#include "platform.h"

#define ARP_IPV4 0x0800

/* "::" or 0.0.0.0 */
static bool unspecified(const struct sgnl_addr *addr)
{
	return !addr->hi && !addr->lo;
}

/* fe80::/10 */
static bool link_local(const struct sgnl_addr *addr, u8 family)
{
	return family == SGNL_FAMILY_IPV6 && addr->hi >> 54 == 0xfe80 >> 6;
}

/* Does neighbour discovery claim an address beside its source? */
static bool claims_target(const struct sgnl_key *key)
{
	if (!sgnl_key_is_icmp(key) || key->family != SGNL_FAMILY_IPV6)
		return false;
	return key->icmp_type == SGNL_ICMPV6_NA ||
	       (key->icmp_type == SGNL_ICMPV6_NS && unspecified(&key->local));
}

/**
 * sgnl_guard_packet() - does an IP packet claim what it may not?
 * @own: the port's addresses
 * @n: how many
 * @key: the packet
 *
 * Context: any.
 * Return: the reason to drop it, or SGNL_REASON_UNSPEC.
 */
enum sgnl_reason sgnl_guard_packet(const struct sgnl_port_address *own,
				   unsigned int n, const struct sgnl_key *key)
{
	const struct sgnl_addr *source = &key->local;

	if (key->direction == SGNL_DIRECTION_IN)
		return sgnl_guard_has(own, n, &key->peer, key->family) ?
			       SGNL_REASON_OWN_ADDRESS :
			       SGNL_REASON_UNSPEC;
	if (!sgnl_guard_has(own, n, source, key->family) &&
	    !((unspecified(source) || link_local(source, key->family)) &&
	      sgnl_platform_needs_no_address(key)))
		return SGNL_REASON_ADDRESS;
	if (claims_target(key) && !link_local(&key->target, key->family) &&
	    !sgnl_guard_has(own, n, &key->target, key->family))
		return SGNL_REASON_ADDRESS;
	return SGNL_REASON_UNSPEC;
}

/**
 * sgnl_guard_arp() - does an outbound ARP packet claim what it may not?
 * @own: the port's addresses
 * @n: how many
 * @arp: the packet
 * @len: bytes of it; SGNL_GUARD_ARP_BYTES are enough
 *
 * One whose sender has no address yet asks whether that is free. What is no ARP
 * for IPv4 over addresses of up to 32 bytes claims nothing that can be read.
 *
 * Context: any.
 * Return: the reason to drop it, or SGNL_REASON_UNSPEC.
 */
enum sgnl_reason sgnl_guard_arp(const struct sgnl_port_address *own,
				unsigned int n, const u8 *arp, size_t len)
{
	struct sgnl_addr sender;
	size_t hardware;
	u8 family;

	if (len < 8 || get_unaligned_be16(arp + 2) != ARP_IPV4 || arp[5] != 4)
		return SGNL_REASON_ADDRESS;
	hardware = arp[4];
	if (len < 8 + 2 * hardware + 2 * 4)
		return SGNL_REASON_ADDRESS;
	sgnl_addr_read(&sender, &family, arp + 8 + hardware, 4);
	if (unspecified(&sender) || sgnl_guard_has(own, n, &sender, family))
		return SGNL_REASON_UNSPEC;
	return SGNL_REASON_ADDRESS;
}
