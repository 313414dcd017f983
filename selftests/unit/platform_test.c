// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/platform. */
#include <stdio.h>

#include "make.h"
#include "platform.h"
#include "tap.h"

enum { IN = SGNL_DIRECTION_IN, OUT = SGNL_DIRECTION_OUT, BOTH = 2 };

#define ANY -1

/* What passes as platform traffic by ICMP, or what a guest may not send. */
struct row {
	u8 family;
	u8 direction;
	int type;
	int code;
	int hop_limit;
	bool whole;
	enum sgnl_reason reason;
};

/* P1, P5; MLD by RFC 2710 and RFC 3810 */
static const struct row passing[] = {
	{ 4, BOTH, 3, 4, ANY, false, SGNL_REASON_PMTUD },
	{ 6, BOTH, 2, ANY, ANY, false, SGNL_REASON_PMTUD },
	{ 6, OUT, 133, 0, 255, true, SGNL_REASON_NEIGHBOUR },
	{ 6, IN, 134, 0, 255, true, SGNL_REASON_NEIGHBOUR },
	{ 6, BOTH, 135, 0, 255, true, SGNL_REASON_NEIGHBOUR },
	{ 6, BOTH, 136, 0, 255, true, SGNL_REASON_NEIGHBOUR },
	{ 6, BOTH, 130, ANY, 1, true, SGNL_REASON_MLD },
	{ 6, BOTH, 131, ANY, 1, true, SGNL_REASON_MLD },
	{ 6, BOTH, 132, ANY, 1, true, SGNL_REASON_MLD },
	{ 6, BOTH, 143, ANY, 1, true, SGNL_REASON_MLD },
};

static const struct row forbidden[] = {
	{ 6, OUT, 134, ANY, ANY, false, SGNL_REASON_GUEST_RA },
	{ 6, OUT, 137, ANY, ANY, false, SGNL_REASON_GUEST_REDIRECT },
	{ 4, OUT, 5, ANY, ANY, false, SGNL_REASON_GUEST_REDIRECT },
};

static enum sgnl_reason twin(const struct row *row, size_t n,
			     const struct sgnl_key *key)
{
	size_t i;

	for (i = 0; i < n; i++, row++) {
		if (row->family != key->family ||
		    key->proto != (row->family == 4 ? 1 : 58) ||
		    (row->direction != BOTH &&
		     row->direction != key->direction) ||
		    row->type != key->icmp_type ||
		    (row->code != ANY && row->code != key->icmp_code) ||
		    (row->hop_limit != ANY &&
		     row->hop_limit != key->hop_limit) ||
		    (row->whole && key->fragment))
			continue;
		return row->reason;
	}
	return SGNL_REASON_UNSPEC;
}

/* Every ICMP packet that differs in what is looked at. */
static void test_icmp(void)
{
	static const u8 protos[] = { 1, 58, 17 };
	static const u8 codes[] = { 0, 1, 3, 4, 5, 255 };
	static const u8 hops[] = { 0, 1, 2, 64, 254, 255 };
	struct sgnl_key key = {};
	unsigned int n, i;

	for (n = 0; n < 2 * 2 * 3 * 256 * 6 * 6 * 2; n++) {
		i = n;
		key.family = i % 2 ? SGNL_FAMILY_IPV4 : SGNL_FAMILY_IPV6;
		i /= 2;
		key.direction = i % 2;
		i /= 2;
		key.proto = protos[i % 3];
		i /= 3;
		key.icmp_type = i % 256;
		i /= 256;
		key.icmp_code = codes[i % 6];
		i /= 6;
		key.hop_limit = hops[i % 6];
		key.fragment = i / 6 ? SGNL_FRAGMENT_FIRST : SGNL_FRAGMENT_NONE;
		if (!CHECK_EQ(sgnl_platform_match(&key),
			      twin(passing, COUNT_OF(passing), &key)) ||
		    !CHECK_EQ(sgnl_platform_forbidden(&key),
			      twin(forbidden, COUNT_OF(forbidden), &key))) {
			tap_note("v%u dir %u proto %u type %u code %u hops %u fragment %u",
				 key.family, key.direction, key.proto,
				 key.icmp_type, key.icmp_code, key.hop_limit,
				 key.fragment);
			return;
		}
	}
}

static struct sgnl_key key_of(u8 direction, u8 proto, const char *peer,
			      u16 local_port, u16 peer_port)
{
	struct sgnl_key key = { .direction = direction,
				.proto = proto,
				.local_port = local_port,
				.peer_port = peer_port };

	key.peer = make_addr(peer, &key.family);
	return key;
}

static void test_metaserver(void)
{
	static const u8 protos[] = { 0, 6, 17, 47, 132, 255 };
	struct sgnl_key key;
	size_t i;

	for (i = 0; i < COUNT_OF(protos); i++) {
		key = key_of(OUT, protos[i], "100.100.100.200", 4000, 80);
		CHECK_EQ(sgnl_platform_match(&key), SGNL_REASON_METASERVER);
		key = key_of(IN, protos[i], "100.100.100.200", 4000, 80);
		CHECK_EQ(sgnl_platform_match(&key), SGNL_REASON_UNSPEC);
		key = key_of(OUT, protos[i], "100.100.100.201", 4000, 80);
		CHECK_EQ(sgnl_platform_match(&key), SGNL_REASON_UNSPEC);
		/* The same number in the other family */
		key = key_of(OUT, protos[i], "::100.100.100.200", 4000, 80);
		CHECK_EQ(sgnl_platform_match(&key), SGNL_REASON_UNSPEC);
		/* Our own address, not the peer's */
		key = key_of(OUT, protos[i], "10.0.0.1", 4000, 80);
		key.local.lo = 0x646464c8;
		CHECK_EQ(sgnl_platform_match(&key), SGNL_REASON_UNSPEC);
	}
	/* An echo request too */
	key = key_of(OUT, 1, "100.100.100.200", 7, 7);
	key.icmp_type = 8;
	CHECK_EQ(sgnl_platform_match(&key), SGNL_REASON_METASERVER);
}

/* Every pair of the ports that matter, in both families and directions. */
static void test_dhcp(void)
{
	static const u16 ports[] = { 66, 67, 68, 69, 545, 546, 547, 548 };
	static const u8 protos[] = { 6, 17 };
	unsigned int n, i;

	for (n = 0; n < 2 * 2 * 2 * 8 * 8 * 2; n++) {
		bool client, server, v4 = n % 2;
		struct sgnl_key key;
		u16 c = v4 ? 68 : 546, s = v4 ? 67 : 547;

		i = n / 2;
		key = key_of(i % 2, protos[i / 2 % 2],
			     v4 ? "10.0.0.1" : "fe80::1", ports[i / 4 % 8],
			     ports[i / 32 % 8]);
		key.fragment = i / 256 ? SGNL_FRAGMENT_FIRST :
					 SGNL_FRAGMENT_NONE;
		client = key.proto == 17 && key.local_port == c &&
			 key.peer_port == s && !key.fragment;
		server = key.proto == 17 && key.direction == OUT &&
			 key.local_port == s && key.peer_port == c;
		CHECK_EQ(sgnl_platform_match(&key),
			 client ? SGNL_REASON_DHCP : SGNL_REASON_UNSPEC);
		CHECK_EQ(sgnl_platform_forbidden(&key),
			 server ? SGNL_REASON_GUEST_DHCP_SERVER :
				  SGNL_REASON_UNSPEC);
	}
}

static void test_smtp(void)
{
	static const struct {
		const char *peer;
		bool is_private;
	} row[] = {
		{ "9.255.255.255", false },   { "10.0.0.0", true },
		{ "10.255.255.255", true },   { "11.0.0.0", false },
		{ "172.15.255.255", false },  { "172.16.0.0", true },
		{ "172.31.255.255", true },   { "172.32.0.0", false },
		{ "192.167.255.255", false }, { "192.168.0.0", true },
		{ "192.168.255.255", true },  { "192.169.0.0", false },
		{ "100.63.255.255", false },  { "100.64.0.0", true },
		{ "100.127.255.255", true },  { "100.128.0.0", false },
		{ "203.0.113.1", false },     { "fbff::1", false },
		{ "fc00::", true },	      { "fdff:ffff::1", true },
		{ "fe00::", false },	      { "2001:db8::1", false },
		{ "::10.0.0.1", false },
	};
	static const u16 ports[] = { 0, 24, 25, 26, 465, 587 };
	static const u8 protos[] = { 6, 17, 132 };
	unsigned int n, i;

	for (n = 0; n < COUNT_OF(row) * 2 * 3 * 6 * 3; n++) {
		const char *peer = row[n % COUNT_OF(row)].peer;
		bool is_private = row[n % COUNT_OF(row)].is_private, want;
		struct sgnl_key key;
		u8 smtp;

		i = n / COUNT_OF(row);
		key = key_of(i % 2, protos[i / 2 % 3], peer, 25,
			     ports[i / 6 % 6]);
		smtp = i / 36;
		want = key.direction == OUT && key.proto == 6 &&
		       key.peer_port == 25 &&
		       !(smtp == SGNL_SMTP_ALLOW ||
			 (smtp == SGNL_SMTP_PRIVATE && is_private));
		if (!CHECK_EQ(sgnl_platform_smtp_denied(&key, smtp), want))
			tap_note("%s smtp %u", peer, smtp);
	}
}

static const struct tap_test tests[] = {
	{ "P1 P5 ICMP, every type, held against a list", test_icmp },
	{ "P2 the metadata server, outbound alone", test_metaserver },
	{ "P5 DHCP as a client, not as a server", test_dhcp },
	{ "E5 mail: deny, allow and private", test_smtp },
	{}
};

const struct tap_suite platform_suite = { "platform", tests };
