// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/guard. */
#include "guard.h"
#include "make.h"
#include "platform.h"
#include "tap.h"
#include "trial.h"

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

static bool twin_has(const struct sgnl_port_address *ours, unsigned int n,
		     const struct sgnl_addr *addr, u8 family)
{
	bool has = false;

	while (n--)
		has |= ours[n].family == family &&
		       ours[n].addr.hi == addr->hi &&
		       ours[n].addr.lo == addr->lo;
	return has;
}

static bool twin_in(const char *text, const struct sgnl_addr *addr, u8 family)
{
	struct sgnl_prefix prefix = make_prefix(text);

	return twin_prefix_match(&prefix, addr, family);
}

/* E1 by its words. */
static enum sgnl_reason twin_packet(const struct sgnl_port_address *ours,
				    unsigned int n, const struct sgnl_key *key)
{
	bool none = twin_in("0.0.0.0/32", &key->local, key->family) ||
		    twin_in("::/128", &key->local, key->family);
	bool nd = key->family == 6 && key->proto == 58;

	if (key->direction == SGNL_DIRECTION_IN)
		return twin_has(ours, n, &key->peer, key->family) ?
			       SGNL_REASON_OWN_ADDRESS :
			       SGNL_REASON_UNSPEC;
	if (none || twin_in("fe80::/10", &key->local, key->family)) {
		if (!twin_needs_no_address(key))
			return SGNL_REASON_ADDRESS;
	} else if (!twin_has(ours, n, &key->local, key->family)) {
		return SGNL_REASON_ADDRESS;
	}
	if (nd && (key->icmp_type == 136 || (key->icmp_type == 135 && none)) &&
	    !twin_in("fe80::/10", &key->target, 6) &&
	    !twin_has(ours, n, &key->target, 6))
		return SGNL_REASON_ADDRESS;
	return SGNL_REASON_UNSPEC;
}

/* One of ours, none, the link's own, or any. */
static struct sgnl_addr rnd_source(u8 family)
{
	struct sgnl_addr addr = {};

	switch (rnd_below(4)) {
	case 0:
		return own[family == SGNL_FAMILY_IPV6].addr;
	case 1:
		break;
	case 2:
		if (family == SGNL_FAMILY_IPV6)
			addr.hi = 0xfe80000000000000ULL;
		addr.lo = 1;
		break;
	case 3:
		return rnd_addr(family);
	}
	return addr;
}

bool try_guard(unsigned long *seen)
{
	static const struct sgnl_platform none;
	struct sgnl_key key = rnd_platform_key(&none);
	unsigned int n = rnd_below(3);
	enum sgnl_reason want;
	struct sgnl_flow flow;

	key.local = rnd_source(key.family);
	if (rnd_one_in(2))
		key.peer = rnd_source(key.family);
	if (key.family == SGNL_FAMILY_IPV6)
		key.target = rnd_source(key.family);
	want = twin_packet(own, n, &key);
	seen[want]++;
	flow = sgnl_flow(&key, 1);
	if (CHECK_EQ(sgnl_guard_packet(own, n, &key), want) &&
	    (!twin_plain_key(&key) ||
	     CHECK_EQ(sgnl_guard_plain(own, n, &flow, key.direction), !want)))
		return true;
	tap_note("v%u dir %u proto %u type %u, %u addresses", key.family,
		 key.direction, key.proto, key.icmp_type, n);
	return false;
}

/* RFC 826, of IPv4 alone: the sender's address is behind its hardware's. */
static enum sgnl_reason twin_arp(unsigned int n, const u8 *arp, size_t len)
{
	size_t at = len < 8 ? 0 : 8 + arp[4];
	unsigned int i;

	if (!at || arp[2] != 8 || arp[3] || arp[5] != 4 ||
	    len < at + 4 + arp[4] + 4)
		return SGNL_REASON_ADDRESS;
	if (!memcmp(arp + at, "\0\0\0", 4))
		return SGNL_REASON_UNSPEC;
	for (i = 0; i < n; i++)
		if (own[i].family == SGNL_FAMILY_IPV4 &&
		    !memcmp(arp + at, "\x0a\0\0\x05", 4))
			return SGNL_REASON_UNSPEC;
	return SGNL_REASON_ADDRESS;
}

bool try_arp(unsigned long *seen)
{
	static const u8 hardware[] = { 6, 6, 6, 8, 0, 32, 33, 255 };
	struct sgnl_addr sender = rnd_source(SGNL_FAMILY_IPV4);
	u8 arp[SGNL_GUARD_ARP_BYTES] = { 0, 1, 8, 0, RND_OF(hardware), 4, 0, 1 };
	size_t len = 8 + 2 * arp[4] + 8, at = 8 + arp[4];
	unsigned int n = rnd_below(3);
	enum sgnl_reason want;
	u8 *block;
	bool same;

	if (at + 4 <= sizeof(arp))
		sgnl_addr_write(arp + at, &sender, SGNL_FAMILY_IPV4);
	if (rnd_one_in(4))
		arp[rnd_below(sizeof(arp))] = rnd();
	if (rnd_one_in(4))
		len = rnd_below(sizeof(arp) + 1);
	if (len > sizeof(arp))
		len = sizeof(arp);
	/* A block of its own, so that the first byte read beyond is seen */
	block = malloc(len);
	memcpy(block, arp, len);
	want = twin_arp(n, arp, len);
	seen[want]++;
	same = CHECK_EQ(sgnl_guard_arp(own, n, block, len), want);
	free(block);
	return same;
}

static void test_twin(void)
{
	unsigned long n, rounds = tap_rounds(200000);
	unsigned long packets[SGNL_REASON_MAX + 1] = {};
	unsigned long arps[SGNL_REASON_MAX + 1] = {};

	for (n = 0; n < rounds; n++)
		if (!try_guard(packets) || !try_arp(arps))
			return;
	CHECK(packets[SGNL_REASON_UNSPEC] > rounds / 10);
	CHECK(packets[SGNL_REASON_ADDRESS] > rounds / 10);
	CHECK(packets[SGNL_REASON_OWN_ADDRESS] > rounds / 100);
	CHECK(arps[SGNL_REASON_UNSPEC] > rounds / 10);
	CHECK(arps[SGNL_REASON_ADDRESS] > rounds / 10);
}

static const struct tap_test tests[] = {
	{ "E1 sources of both families, both directions", test_sources },
	{ "E1 P5 what is sent without an address", test_no_address },
	{ "E1 targets of neighbour discovery", test_targets },
	{ "E1 ARP, at every length", test_arp },
	{ "E1 random packets and ARP, held against their words", test_twin },
	{}
};

const struct tap_suite guard_suite = { "guard", tests };
