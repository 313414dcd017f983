// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/guard. */
#include "guard.h"
#include "tap.h"

static const struct sgnl_port_address own[] = {
	{ { 0, 0x0a000005 }, SGNL_FAMILY_IPV4 },
	{ { 0x20010db800000000ULL, 5 }, SGNL_FAMILY_IPV6 },
};

static int guard(const struct sgnl_key *key)
{
	return sgnl_guard_packet(own, 2, key);
}

static void test_sources(void)
{
	struct sgnl_key key = { .family = 4,
				.direction = SGNL_DIRECTION_OUT,
				.proto = 17,
				.local = { 0, 0x0a000005 },
				.peer = { 0, 0x0a000009 } };

	CHECK_EQ(guard(&key), SGNL_REASON_UNSPEC);
	key.local.lo++;
	CHECK_EQ(guard(&key), SGNL_REASON_ADDRESS);
	key.direction = SGNL_DIRECTION_IN;
	CHECK_EQ(guard(&key), SGNL_REASON_UNSPEC);
	key.peer.lo = 0x0a000005;
	CHECK_EQ(guard(&key), SGNL_REASON_OWN_ADDRESS);
	/* The same number is another address in IPv6. */
	key.family = 6;
	CHECK_EQ(guard(&key), SGNL_REASON_UNSPEC);
	key.direction = SGNL_DIRECTION_OUT;
	key.local = own[0].addr;
	CHECK_EQ(guard(&key), SGNL_REASON_ADDRESS);
	key.local = own[1].addr;
	CHECK_EQ(guard(&key), SGNL_REASON_UNSPEC);
}

static void test_no_address(void)
{
	struct sgnl_key key = { .family = 4,
				.direction = SGNL_DIRECTION_OUT,
				.proto = 17,
				.local_port = 68,
				.peer_port = 67 };

	CHECK_EQ(guard(&key), SGNL_REASON_UNSPEC);
	key.local.lo = 1;
	CHECK_EQ(guard(&key), SGNL_REASON_ADDRESS);
	key.local.lo = 0;
	key.peer_port = 53;
	CHECK_EQ(guard(&key), SGNL_REASON_ADDRESS);
	/* The metadata server's platform traffic needs an address. */
	key.peer.lo = 0x646464c8;
	CHECK_EQ(guard(&key), SGNL_REASON_ADDRESS);

	key = (struct sgnl_key){ .family = 6,
				 .direction = SGNL_DIRECTION_OUT,
				 .proto = 58,
				 .icmp_type = 133,
				 .hop_limit = 255,
				 .local = { 0xfebfffffffffffffULL, 1 } };
	CHECK_EQ(guard(&key), SGNL_REASON_UNSPEC);
	key.local.hi++;
	CHECK_EQ(guard(&key), SGNL_REASON_ADDRESS);
}

static void test_targets(void)
{
	struct sgnl_key key = { .family = 6,
				.direction = SGNL_DIRECTION_OUT,
				.proto = 58,
				.icmp_type = 136,
				.hop_limit = 255,
				.local = own[1].addr,
				.target = own[1].addr };

	CHECK_EQ(guard(&key), SGNL_REASON_UNSPEC);
	key.target.lo++;
	CHECK_EQ(guard(&key), SGNL_REASON_ADDRESS);
	key.icmp_type = 135;
	CHECK_EQ(guard(&key), SGNL_REASON_UNSPEC);
	key.local = (struct sgnl_addr){};
	CHECK_EQ(guard(&key), SGNL_REASON_ADDRESS);
	key.target = (struct sgnl_addr){ 0xfe80000000000000ULL, 7 };
	CHECK_EQ(guard(&key), SGNL_REASON_UNSPEC);
}

static void test_arp(void)
{
	u8 arp[80] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	size_t len;
	u8 *sender = arp + 14;

	for (len = 0; len < 28; len++)
		CHECK_EQ(sgnl_guard_arp(own, 2, arp, len), SGNL_REASON_ADDRESS);
	CHECK_EQ(sgnl_guard_arp(own, 2, arp, 28), SGNL_REASON_UNSPEC);
	sender[0] = 10;
	CHECK_EQ(sgnl_guard_arp(own, 2, arp, 28), SGNL_REASON_ADDRESS);
	sender[3] = 5;
	CHECK_EQ(sgnl_guard_arp(own, 2, arp, 28), SGNL_REASON_UNSPEC);
	arp[5] = 6;
	CHECK_EQ(sgnl_guard_arp(own, 2, arp, 80), SGNL_REASON_ADDRESS);
	arp[5] = 4;
	arp[4] = 7;
	CHECK_EQ(sgnl_guard_arp(own, 2, arp, 80), SGNL_REASON_ADDRESS);
	arp[4] = 33;
	CHECK_EQ(sgnl_guard_arp(own, 2, arp, 80), SGNL_REASON_ADDRESS);
}

static const struct tap_test tests[] = {
	{ "E1 sources of both families, both directions", test_sources },
	{ "E1 P5 what is sent without an address", test_no_address },
	{ "E1 targets of neighbour discovery", test_targets },
	{ "E1 ARP, at every length", test_arp },
	{}
};

const struct tap_suite guard_suite = { "guard", tests };
