// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/platform. */
#include <stdio.h>

#include "make.h"
#include "platform.h"
#include "tap.h"
#include "trial.h"

enum { IN = SGNL_DIRECTION_IN, OUT = SGNL_DIRECTION_OUT, BOTH = 2 };

#define ANY -1

/* As in a new network namespace: all is on, and nobody is registered. */
static const struct sgnl_platform all_on;

static enum sgnl_reason match(const struct sgnl_platform *platform,
			      const struct sgnl_key *key)
{
	struct sgnl_platform_terms terms = { .platform = platform };

	return sgnl_platform_match(&terms, key);
}

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
		if (!CHECK_EQ(match(&all_on, &key),
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
		CHECK_EQ(match(&all_on, &key), SGNL_REASON_METASERVER);
		key = key_of(IN, protos[i], "100.100.100.200", 4000, 80);
		CHECK_EQ(match(&all_on, &key), SGNL_REASON_UNSPEC);
		key = key_of(OUT, protos[i], "100.100.100.201", 4000, 80);
		CHECK_EQ(match(&all_on, &key), SGNL_REASON_UNSPEC);
		/* The same number in the other family */
		key = key_of(OUT, protos[i], "::100.100.100.200", 4000, 80);
		CHECK_EQ(match(&all_on, &key), SGNL_REASON_UNSPEC);
		/* Our own address, not the peer's */
		key = key_of(OUT, protos[i], "10.0.0.1", 4000, 80);
		key.local.lo = 0x646464c8;
		CHECK_EQ(match(&all_on, &key), SGNL_REASON_UNSPEC);
	}
	/* An echo request too */
	key = key_of(OUT, 1, "100.100.100.200", 7, 7);
	key.icmp_type = 8;
	CHECK_EQ(match(&all_on, &key), SGNL_REASON_METASERVER);
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
		CHECK_EQ(match(&all_on, &key),
			 client ? SGNL_REASON_DHCP : SGNL_REASON_UNSPEC);
		CHECK_EQ(sgnl_platform_forbidden(&key),
			 server ? SGNL_REASON_GUEST_DHCP_SERVER :
				  SGNL_REASON_UNSPEC);
	}
}

/*
 * P1 to P6 by their words, in the order that decides on the reason: each item
 * that is on is asked in turn.
 */
static bool twin_listed(const struct sgnl_platform_list *list,
			const struct sgnl_key *key)
{
	bool found = false;
	size_t i;

	for (i = 0; i < list->n; i++)
		found |= twin_prefix_match(&list->prefix[i], &key->peer,
					   key->family);
	return found && key->direction == IN;
}

static bool twin_dhcp(const struct sgnl_key *key)
{
	bool v4 = key->family == 4;

	return key->proto == 17 && !key->fragment &&
	       key->local_port == (v4 ? 68 : 546) &&
	       key->peer_port == (v4 ? 67 : 547);
}

/* E1, P5: what may be sent by "::", 0.0.0.0 or an address of the link. */
bool twin_needs_no_address(const struct sgnl_key *key)
{
	enum sgnl_reason reason = twin(passing, COUNT_OF(passing), key);

	return reason == SGNL_REASON_NEIGHBOUR || reason == SGNL_REASON_MLD ||
	       twin_dhcp(key);
}

static enum sgnl_reason twin_match(const struct sgnl_platform_terms *terms,
				   const struct sgnl_key *key)
{
	const struct sgnl_platform *platform = terms->platform;
	bool v4 = key->family == 4, icmp = key->proto == (v4 ? 1 : 58);
	enum sgnl_reason by_icmp = twin(passing, COUNT_OF(passing), key);
	const struct {
		enum sgnl_platform_item item;
		enum sgnl_reason reason;
		bool is;
	} item[] = {
		{ SGNL_PLATFORM_ITEM_PMTUD, SGNL_REASON_PMTUD,
		  by_icmp == SGNL_REASON_PMTUD &&
			  terms->pmtud == SGNL_PMTUD_OPEN },
		{ SGNL_PLATFORM_ITEM_NEIGHBOUR, SGNL_REASON_NEIGHBOUR,
		  by_icmp == SGNL_REASON_NEIGHBOUR },
		{ SGNL_PLATFORM_ITEM_MLD, SGNL_REASON_MLD,
		  by_icmp == SGNL_REASON_MLD },
		{ SGNL_PLATFORM_ITEM_METASERVER, SGNL_REASON_METASERVER,
		  key->direction == OUT && v4 && key->peer.lo == 0x646464c8 },
		{ SGNL_PLATFORM_ITEM_DHCP, SGNL_REASON_DHCP, twin_dhcp(key) },
		{ SGNL_PLATFORM_ITEM_SLB, SGNL_REASON_SLB,
		  twin_listed(&platform->slb, key) },
		{ SGNL_PLATFORM_ITEM_PROBE, SGNL_REASON_PROBE,
		  icmp && key->icmp_type == (v4 ? 8 : 128) &&
			  twin_listed(&platform->probe, key) },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(item); i++)
		if (item[i].is && !(platform->off & 1U << item[i].item))
			return item[i].reason;
	return SGNL_REASON_UNSPEC;
}

static void rnd_list(struct sgnl_platform_list *list)
{
	list->n = rnd_one_in(8) ? SGNL_PLATFORM_PREFIXES_MAX : rnd_below(4);
	for (size_t i = 0; i < list->n; i++) {
		list->prefix[i] = rnd_prefix(rnd_one_in(2) ? 4 : 6);
		sgnl_prefix_mask(&list->prefix[i]);
	}
}

/* Mostly platform traffic of some kind, and often of two kinds at once. */
struct sgnl_key rnd_platform_key(const struct sgnl_platform *platform)
{
	static const u8 types[] = { 0,	 2,   3,   5,	8,   128, 129, 130,
				    131, 132, 133, 134, 135, 136, 137, 143 };
	static const u16 ports[] = { 25, 67, 68, 546, 547, 80 };
	static const u8 protos[] = { 1, 6, 17, 58 };
	static const u8 hops[] = { 1, 64, 255 };
	const struct sgnl_platform_list *list;
	struct sgnl_key key = {
		.family = rnd_one_in(2) ? 4 : 6,
		.direction = rnd_below(2),
		.proto = RND_OF(protos),
		.icmp_type = RND_OF(types),
		.icmp_code = rnd_one_in(2) ? 4 : 0,
		.hop_limit = RND_OF(hops),
		.fragment = rnd_one_in(4),
		.local_port = RND_OF(ports),
		.peer_port = RND_OF(ports),
	};

	key.peer = rnd_addr(key.family);
	list = rnd_one_in(2) ? &platform->slb : &platform->probe;
	if (rnd_one_in(4)) {
		key.peer = (struct sgnl_addr){ .lo = 0x646464c8 };
	} else if (list->n && !rnd_one_in(4)) {
		const struct sgnl_prefix *prefix =
			&list->prefix[rnd_below(list->n)];

		key.peer = rnd_addr_near(prefix);
		if (!rnd_one_in(8))
			key.family = prefix->family;
	}
	return key;
}

/* E5 by its words. */
static bool twin_smtp(const struct sgnl_key *key, u8 smtp)
{
	static const char *const text[] = { "10.0.0.0/8", "172.16.0.0/12",
					    "192.168.0.0/16", "100.64.0.0/10",
					    "fc00::/7" };
	size_t i;

	if (key->direction != OUT || key->proto != 6 || key->peer_port != 25)
		return false;
	for (i = 0; i < COUNT_OF(text) && smtp == SGNL_SMTP_PRIVATE; i++) {
		struct sgnl_prefix prefix = make_prefix(text[i]);

		if (twin_prefix_match(&prefix, &key->peer, key->family))
			return false;
	}
	return smtp != SGNL_SMTP_ALLOW;
}

static enum sgnl_reason twin_forbidden(const struct sgnl_key *key)
{
	bool v4 = key->family == 4;

	if (key->direction == OUT && key->proto == 17 &&
	    key->local_port == (v4 ? 67 : 547) &&
	    key->peer_port == (v4 ? 68 : 546))
		return SGNL_REASON_GUEST_DHCP_SERVER;
	return twin(forbidden, COUNT_OF(forbidden), key);
}

/* A plain packet is platform traffic if it is told to be, and never forbidden. */
static bool try_plain(const struct sgnl_platform *platform,
		      const struct sgnl_key *key, enum sgnl_reason want)
{
	struct sgnl_flow flow = sgnl_flow(key, 1);
	bool told = sgnl_platform_plain(platform, &flow, key->direction);

	return CHECK(told || !want) && CHECK(!told || want || platform->off) &&
	       CHECK(!twin_forbidden(key)) &&
	       CHECK(!twin_needs_no_address(key));
}

bool try_platform(unsigned long *seen)
{
	static struct sgnl_platform platform;
	struct sgnl_platform_terms terms = {
		.platform = &platform,
		.pmtud = rnd_one_in(4) ? SGNL_PMTUD_STRICT : SGNL_PMTUD_OPEN,
	};
	u8 smtp = rnd_below(3);
	enum sgnl_reason want;
	struct sgnl_key key;

	platform.off = rnd_one_in(4) ? 0 : rnd();
	rnd_list(&platform.slb);
	rnd_list(&platform.probe);
	key = rnd_platform_key(&platform);
	want = twin_match(&terms, &key);
	seen[want]++;
	if (CHECK_EQ(sgnl_platform_match(&terms, &key), want) &&
	    CHECK_EQ(sgnl_platform_forbidden(&key), twin_forbidden(&key)) &&
	    CHECK_EQ(sgnl_platform_needs_no_address(&key),
		     twin_needs_no_address(&key)) &&
	    CHECK_EQ(sgnl_platform_smtp_denied(&key, smtp),
		     twin_smtp(&key, smtp)) &&
	    (!twin_plain_key(&key) || try_plain(&platform, &key, want)))
		return true;
	tap_note("off %x v%u dir %u proto %u type %u", platform.off, key.family,
		 key.direction, key.proto, key.icmp_type);
	return false;
}

static void test_switches(void)
{
	unsigned long n = tap_rounds(400000);
	unsigned long seen[SGNL_REASON_MAX + 1] = {};

	while (n--)
		if (!try_platform(seen))
			return;
	/* Each of them was tried */
	for (n = 0; n <= SGNL_REASON_MAX; n++)
		if (sgnl_platform_item(n) >= 0 && n != SGNL_REASON_ARP)
			CHECK(seen[n]);
}

static void add(struct sgnl_platform_list *list, const char *prefix)
{
	list->prefix[list->n++] = make_prefix(prefix);
}

/* Whatever comes from them, their replies not being ours to tell. */
static void test_slb(void)
{
	static const u8 protos[] = { 0, 1, 6, 17, 47, 132, 255 };
	struct sgnl_platform platform = {};
	struct sgnl_key key;
	size_t i;

	add(&platform.slb, "100.64.0.0/10");
	add(&platform.slb, "2001:db8:64::/48");
	for (i = 0; i < COUNT_OF(protos); i++) {
		key = key_of(IN, protos[i], "100.127.255.255", 80, 4000);
		CHECK_EQ(match(&platform, &key), SGNL_REASON_SLB);
		CHECK_EQ(match(&all_on, &key), SGNL_REASON_UNSPEC);
		key = key_of(IN, protos[i], "2001:db8:64::1", 80, 4000);
		CHECK_EQ(match(&platform, &key), SGNL_REASON_SLB);
		key = key_of(OUT, protos[i], "100.64.0.1", 80, 4000);
		CHECK_EQ(match(&platform, &key), SGNL_REASON_UNSPEC);
		key = key_of(IN, protos[i], "100.128.0.0", 80, 4000);
		CHECK_EQ(match(&platform, &key), SGNL_REASON_UNSPEC);
		key = key_of(IN, protos[i], "::100.64.0.1", 80, 4000);
		CHECK_EQ(match(&platform, &key), SGNL_REASON_UNSPEC);
		/* Our own address, not the peer's */
		key = key_of(IN, protos[i], "192.0.2.1", 80, 4000);
		key.local.lo = 0x64400001;
		CHECK_EQ(match(&platform, &key), SGNL_REASON_UNSPEC);
	}
}

/* Echo requests alone. */
/* A path MTU message passes by another item where it does not pass by its own. */
static void test_strict(void)
{
	struct sgnl_platform platform = {};
	struct sgnl_platform_terms terms = {
		.platform = &platform,
		.pmtud = SGNL_PMTUD_STRICT,
	};
	struct sgnl_key key = key_of(IN, 1, "100.64.0.1", 0, 0);

	key.icmp_type = 3;
	key.icmp_code = 4;
	CHECK_EQ(match(&platform, &key), SGNL_REASON_PMTUD);
	CHECK_EQ(sgnl_platform_match(&terms, &key), SGNL_REASON_UNSPEC);
	add(&platform.slb, "100.64.0.0/10");
	CHECK_EQ(sgnl_platform_match(&terms, &key), SGNL_REASON_SLB);
	key.icmp_code = 3;
	CHECK_EQ(sgnl_platform_match(&terms, &key), SGNL_REASON_SLB);
}

static void test_probe(void)
{
	struct sgnl_platform platform = {};
	struct sgnl_key key;
	unsigned int n;

	add(&platform.probe, "192.0.2.0/28");
	add(&platform.probe, "2001:db8::7/128");
	for (n = 0; n < 256 * 4; n++) {
		bool v4 = n % 2, in = n / 2 % 2;
		u8 type = n / 4;

		if (!v4 && type >= 130) /* neighbour discovery and MLD */
			continue;
		key = key_of(in ? IN : OUT, v4 ? 1 : 58,
			     v4 ? "192.0.2.15" : "2001:db8::7", 9, 9);
		key.icmp_type = type;
		if (!v4 && type == 2)
			continue;
		CHECK_EQ(match(&platform, &key), in && type == (v4 ? 8 : 128) ?
							 SGNL_REASON_PROBE :
							 SGNL_REASON_UNSPEC);
	}
	key = key_of(IN, 17, "192.0.2.15", 7, 7);
	key.icmp_type = 8;
	CHECK_EQ(match(&platform, &key), SGNL_REASON_UNSPEC);
	key = key_of(IN, 1, "192.0.2.16", 7, 7);
	key.icmp_type = 8;
	CHECK_EQ(match(&platform, &key), SGNL_REASON_UNSPEC);
	/* Where it is a balancer as well, it is that first */
	key = key_of(IN, 1, "192.0.2.15", 7, 7);
	key.icmp_type = 8;
	add(&platform.slb, "192.0.2.15/32");
	CHECK_EQ(match(&platform, &key), SGNL_REASON_SLB);
	platform.off = 1 << SGNL_PLATFORM_ITEM_SLB;
	CHECK_EQ(match(&platform, &key), SGNL_REASON_PROBE);
}

/* Each reason that is an item's has the item's name, and each item has one. */
static void test_items(void)
{
	static const char *const names[] = { "arp",  "neighbour", "mld",
					     "dhcp", "pmtud",	  "metaserver",
					     "slb",  "probe" };
	unsigned int reason, items = 0;

	CHECK_EQ(COUNT_OF(names), SGNL_PLATFORM_ITEM_MAX + 1);
	for (reason = 0; reason <= SGNL_REASON_MAX; reason++) {
		int item = sgnl_platform_item(reason);

		CHECK(item >= 0 || !sgnl_platform_opens(reason));
		if (item < 0)
			continue;
		items |= 1U << item;
		CHECK(!strcmp(names[item], sgnl_reasons[reason].name));
		CHECK(sgnl_reasons[reason].passes);
		CHECK_EQ(sgnl_platform_opens(reason),
			 item == SGNL_PLATFORM_ITEM_METASERVER ||
				 item == SGNL_PLATFORM_ITEM_SLB ||
				 item == SGNL_PLATFORM_ITEM_PROBE);
	}
	CHECK_EQ(items, (1U << COUNT_OF(names)) - 1);
}

static void test_lists(void)
{
	unsigned int item;

	for (item = 0; item <= SGNL_PLATFORM_ITEM_MAX; item++)
		CHECK(sgnl_platform_list(&all_on, item) ==
		      (item == SGNL_PLATFORM_ITEM_SLB	? &all_on.slb :
		       item == SGNL_PLATFORM_ITEM_PROBE ? &all_on.probe :
							  NULL));
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
	{ "P3 load balancers, inbound alone, whatever they send", test_slb },
	{ "P1 P3 strict path MTU messages, from a load balancer too",
	  test_strict },
	{ "P4 probes, echo requests inbound alone", test_probe },
	{ "P1 P2 P3 P4 P5 P6 E5 items that are on, and mail, held against a twin",
	  test_switches },
	{ "E9 P6 reasons are those of their items, and which open sessions",
	  test_items },
	{ "P3 P4 which items have prefixes", test_lists },
	{ "E5 mail: deny, allow and private", test_smtp },
	{}
};

const struct tap_suite platform_suite = { "platform", tests };
