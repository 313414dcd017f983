// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/addr. */
#include <stdio.h>

#include "make.h"
#include "tap.h"
#include "trial.h"

struct sgnl_addr rnd_addr(u8 family)
{
	struct sgnl_addr addr = { .lo = (u32)rnd() };

	if (family == SGNL_FAMILY_IPV6) {
		addr.hi = rnd();
		addr.lo = rnd();
	}
	return addr;
}

/* Few addresses, and many lengths, so that prefixes lie in one another. */
struct sgnl_prefix rnd_prefix(u8 family)
{
	static const char *const v4[] = { "10.0.0.0", "10.0.0.7", "192.0.2.255",
					  "255.255.255.255", "0.0.0.0" };
	static const char *const v6[] = {
		"2001:db8::", "2001:db8::1:0:0:7", "fd00::7",
		"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	};
	static const u8 len4[] = { 0, 1, 7, 8, 9, 16, 24, 31, 32, 32 };
	static const u8 len6[] = { 0, 1, 32, 63, 64, 65, 96, 127, 128, 128 };
	struct sgnl_prefix prefix = { .family = family };
	u8 f;

	if (family == SGNL_FAMILY_ANY)
		return prefix;
	if (rnd_one_in(4))
		prefix.addr = rnd_addr(family);
	else
		prefix.addr = make_addr(family == SGNL_FAMILY_IPV4 ?
						RND_OF(v4) :
						RND_OF(v6),
					&f);
	prefix.len = family == SGNL_FAMILY_IPV4 ? RND_OF(len4) : RND_OF(len6);
	if (rnd_one_in(4))
		prefix.len = rnd_below(sgnl_family_bits(family) + 1);
	return prefix;
}

/* In the prefix, or beside it by one bit, mostly the last one that counts. */
struct sgnl_addr rnd_addr_near(const struct sgnl_prefix *prefix)
{
	unsigned int bits = sgnl_family_bits(prefix->family), i;
	struct sgnl_addr addr = prefix->addr;

	switch (rnd_below(4)) {
	case 0:
		break;
	case 1:
		for (i = prefix->len; i < bits; i++)
			if (!addr_bit(&addr, prefix->family, i))
				addr_flip(&addr, prefix->family, i);
		break;
	case 2:
		for (i = prefix->len; i < bits; i++)
			if (rnd() & 1)
				addr_flip(&addr, prefix->family, i);
		break;
	case 3:
		addr_flip(&addr, prefix->family,
			  prefix->len && rnd() & 1 ? prefix->len - 1u :
						     rnd_below(bits));
		break;
	}
	return addr;
}

static void test_read(void)
{
	static const char *const text[] = {
		"0.0.0.0",    "1.2.3.4", "255.255.255.255",	 "128.0.0.1",
		"::",	      "::1",	 "2001:db8:1:2:3:4:5:6", "ff02::1",
		"8000::8000",
	};
	u8 bytes[17], back[17];
	size_t i;

	for (i = 0; i < COUNT_OF(text); i++) {
		struct sgnl_addr want, got;
		u8 family, f = 99;
		size_t n;

		want = make_addr(text[i], &family);
		n = family == SGNL_FAMILY_IPV4 ? 4 : 16;
		/* Unaligned, and beyond what is written nothing changes. */
		inet_pton(n == 4 ? AF_INET : AF_INET6, text[i], bytes + 1);
		CHECK(sgnl_addr_read(&got, &f, bytes + 1, n));
		CHECK_EQ(f, family);
		CHECK(sgnl_addr_equal(&got, &want));
		memset(back, 0xa5, sizeof(back));
		CHECK_EQ(sgnl_addr_write(back + 1, &got, f), n);
		CHECK(memcmp(back + 1, bytes + 1, n) == 0);
		CHECK_EQ(back[0], 0xa5);
		if (n == 4)
			CHECK_EQ(back[5], 0xa5);
	}
}

static void test_read_length(void)
{
	struct sgnl_addr addr;
	u8 bytes[40] = {}, family;
	size_t n;

	for (n = 0; n <= sizeof(bytes); n++)
		CHECK_EQ(sgnl_addr_read(&addr, &family, bytes, n),
			 n == 4 || n == 16);
}

static void test_equal(void)
{
	unsigned long i;

	for (i = 0; i < tap_rounds(10000); i++) {
		struct sgnl_addr a = rnd_addr(SGNL_FAMILY_IPV6), b = a;

		CHECK(sgnl_addr_equal(&a, &b));
		addr_flip(&b, SGNL_FAMILY_IPV6, rnd_below(128));
		if (!CHECK(!sgnl_addr_equal(&a, &b)))
			break;
	}
}

static void test_mask_vectors(void)
{
	static const char *const row[][2] = {
		{ "10.1.2.3/0", "0.0.0.0/0" },
		{ "255.255.255.255/1", "128.0.0.0/1" },
		{ "10.255.2.3/8", "10.0.0.0/8" },
		{ "10.1.2.255/31", "10.1.2.254/31" },
		{ "10.1.2.3/32", "10.1.2.3/32" },
		{ "2408:180:0000::1/32", "2408:180::/32" },
		{ "ffff:ffff:ffff:ffff:ffff::/0", "::/0" },
		{ "2001:db8:1:2:ffff::1/64", "2001:db8:1:2::/64" },
		{ "2001:db8:1:2:ffff::1/65", "2001:db8:1:2:8000::/65" },
		{ "2001:db8:1:3::/63", "2001:db8:1:2::/63" },
		{ "2001:db8::ff/127", "2001:db8::fe/127" },
		{ "2001:db8::ff/128", "2001:db8::ff/128" },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(row); i++) {
		struct sgnl_prefix a = make_prefix(row[i][0]);
		struct sgnl_prefix b = make_prefix(row[i][1]);

		sgnl_prefix_mask(&a);
		if (!CHECK(sgnl_addr_equal(&a.addr, &b.addr)))
			tap_note("%s", row[i][0]);
		CHECK_EQ(a.len, b.len);
		CHECK_EQ(a.family, b.family);
	}
}

static void test_mask_twin(void)
{
	unsigned long n;

	for (n = 0; n < tap_rounds(200000); n++) {
		u8 family = rnd() & 1 ? SGNL_FAMILY_IPV4 : SGNL_FAMILY_IPV6;
		struct sgnl_prefix a = rnd_prefix(family), b = a;
		struct sgnl_addr last;
		unsigned int i;

		sgnl_prefix_mask(&a);
		for (i = b.len; i < sgnl_family_bits(family); i++)
			if (addr_bit(&b.addr, family, i))
				addr_flip(&b.addr, family, i);
		if (!CHECK(sgnl_addr_equal(&a.addr, &b.addr)))
			break;
		for (i = b.len; i < sgnl_family_bits(family); i++)
			addr_flip(&b.addr, family, i);
		last = sgnl_prefix_last(&a);
		if (!CHECK(sgnl_addr_equal(&last, &b.addr)))
			break;
	}
}

static void test_match_twin(void)
{
	unsigned long n, hits = 0, rounds = tap_rounds(1000000);

	for (n = 0; n < rounds; n++) {
		u8 family = rnd() & 1 ? SGNL_FAMILY_IPV4 : SGNL_FAMILY_IPV6;
		struct sgnl_prefix prefix = rnd_prefix(family);
		struct sgnl_addr addr = rnd_addr_near(&prefix);
		bool want;

		sgnl_prefix_mask(&prefix);
		want = twin_prefix_match(&prefix, &addr, family);
		hits += want;
		if (!CHECK_EQ(sgnl_prefix_match(&prefix, &addr, family),
			      want)) {
			tap_note("round %lu family %u len %u", n, family,
				 prefix.len);
			break;
		}
	}
	/* The generator gives both answers often. */
	CHECK(hits > rounds / 4 && hits < rounds - rounds / 16);
}

static void test_match_family(void)
{
	struct sgnl_prefix all4 = make_prefix("0.0.0.0/0");
	struct sgnl_prefix all6 = make_prefix("::/0");
	struct sgnl_prefix any = make_prefix(NULL);
	struct sgnl_addr addr = {};

	/* Numerically 0 in both families. */
	CHECK(sgnl_prefix_match(&all4, &addr, SGNL_FAMILY_IPV4));
	CHECK(!sgnl_prefix_match(&all4, &addr, SGNL_FAMILY_IPV6));
	CHECK(!sgnl_prefix_match(&all6, &addr, SGNL_FAMILY_IPV4));
	CHECK(sgnl_prefix_match(&all6, &addr, SGNL_FAMILY_IPV6));
	CHECK(sgnl_prefix_match(&any, &addr, SGNL_FAMILY_IPV4));
	CHECK(sgnl_prefix_match(&any, &addr, SGNL_FAMILY_IPV6));
}

/* Addresses on both edges of the prefixes, inside and outside. */
static void check_edges(const char *const *text, size_t n,
			bool (*in)(const struct sgnl_addr *addr, u8 family))
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		struct sgnl_prefix prefix = make_prefix(text[i]);
		unsigned int bits = sgnl_family_bits(prefix.family), b;
		struct sgnl_addr edge[4];

		edge[0] = prefix.addr;
		edge[1] = prefix.addr;
		for (b = prefix.len; b < bits; b++)
			addr_flip(&edge[1], prefix.family, b);
		edge[2] = edge[0];
		edge[2].hi -= edge[0].lo == 0;
		edge[2].lo--;
		edge[3] = edge[1];
		edge[3].lo++;
		edge[3].hi += edge[3].lo == 0;
		for (k = 0; k < 4; k++) {
			bool want = false;
			size_t j;

			if (prefix.family == SGNL_FAMILY_IPV4) {
				edge[k].hi = 0;
				edge[k].lo &= 0xffffffff;
			}
			for (j = 0; j < n; j++) {
				struct sgnl_prefix p = make_prefix(text[j]);

				want |= twin_prefix_match(&p, &edge[k],
							  prefix.family);
			}
			if (!CHECK_EQ(in(&edge[k], prefix.family), want))
				tap_note("%s, edge %zu", text[i], k);
		}
	}
}

static const char *const multicast[] = {
	"224.0.0.0/4",
	"255.255.255.255/32",
	"ff00::/8",
};

static const char *const refused[] = {
	"0.0.0.0/8",   "127.0.0.0/8", "169.254.0.0/16",
	"224.0.0.0/4", "240.0.0.0/4", "::/128",
	"::1/128",     "fe80::/10",   "ff00::/8",
};

static void test_multicast(void)
{
	check_edges(multicast, COUNT_OF(multicast), sgnl_addr_multicast);
}

static bool cannot_be_member(const struct sgnl_addr *addr, u8 family)
{
	return !sgnl_addr_can_be_member(addr, family);
}

static void test_member(void)
{
	static const char *const admitted[] = {
		"10.0.0.5",    "192.168.255.255", "100.64.0.1",
		"203.0.113.9", "fd00::1",	  "2001:db8::1",
		"::2",	       "::ffff:10.0.0.5", "fec0::1",
	};
	struct sgnl_addr addr;
	size_t i;
	u8 family;

	check_edges(refused, COUNT_OF(refused), cannot_be_member);
	for (i = 0; i < COUNT_OF(admitted); i++) {
		addr = make_addr(admitted[i], &family);
		if (!CHECK(sgnl_addr_can_be_member(&addr, family)))
			tap_note("%s", admitted[i]);
	}
}

/* By lists of prefixes, as text. */
static bool twin_in(const char *const *text, size_t n,
		    const struct sgnl_addr *addr, u8 family)
{
	bool in = false;

	while (n--) {
		struct sgnl_prefix prefix = make_prefix(text[n]);

		in |= twin_prefix_match(&prefix, addr, family);
	}
	return in;
}

bool try_addr(void)
{
	u8 family = rnd() & 1 ? SGNL_FAMILY_IPV4 : SGNL_FAMILY_IPV6, read;
	struct sgnl_prefix a = rnd_prefix(family), b = a;
	struct sgnl_addr addr = rnd_addr_near(&a), back;
	u8 bytes[16];
	unsigned int i;
	size_t n;

	if (rnd_one_in(4)) {
		a = make_prefix(RND_OF(refused));
		family = a.family;
		addr = rnd_addr_near(&a);
		b = a;
	}
	n = sgnl_addr_write(bytes, &addr, family);
	sgnl_prefix_mask(&a);
	for (i = b.len; i < sgnl_family_bits(family); i++)
		if (addr_bit(&b.addr, family, i))
			addr_flip(&b.addr, family, i);
	return CHECK(sgnl_addr_read(&back, &read, bytes, n)) &&
	       CHECK(!sgnl_addr_read(&back, &read, bytes, n - 1)) &&
	       CHECK_EQ(read, family) && CHECK(sgnl_addr_equal(&addr, &back)) &&
	       CHECK(sgnl_addr_equal(&a.addr, &b.addr)) &&
	       CHECK_EQ(sgnl_prefix_match(&a, &addr, family),
			twin_prefix_match(&a, &addr, family)) &&
	       CHECK_EQ(sgnl_addr_can_be_member(&addr, family),
			!twin_in(refused, COUNT_OF(refused), &addr, family)) &&
	       CHECK_EQ(sgnl_addr_multicast(&addr, family),
			twin_in(multicast, COUNT_OF(multicast), &addr, family));
}

static void test_addr(void)
{
	unsigned long n;

	for (n = 0; n < tap_rounds(20000); n++)
		if (!try_addr())
			return;
}

static const struct tap_test tests[] = {
	{ "R4 addresses are read and written in network order", test_read },
	{ "R4 addresses of other lengths than 4 and 16 are refused",
	  test_read_length },
	{ "R4 addresses that differ in one bit are different", test_equal },
	{ "R4 host bits are masked", test_mask_vectors },
	{ "R4 first and last address of a prefix, held against bit by bit",
	  test_mask_twin },
	{ "R4 prefixes, held against comparing bit by bit", test_match_twin },
	{ "R4 a prefix matches its own family alone", test_match_family },
	{ "R4 E9 M1 random addresses, held against lists and single bits",
	  test_addr },
	{ "E9 multicast and broadcast addresses", test_multicast },
	{ "M1 members are unicast, not loopback and not link-local",
	  test_member },
	{}
};

const struct tap_suite addr_suite = { "addr", tests };
