// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/classifier. */
#include <stdio.h>
#include <linux/slab.h>

#include "classifier.h"
#include "make.h"
#include "policy.h"
#include "tap.h"

#define RULES_MAX SGNL_RULES_MAX
#define LISTS_MAX 24

enum { IN = SGNL_DIRECTION_IN, OUT = SGNL_DIRECTION_OUT };
enum { V4 = SGNL_FAMILY_IPV4, V6 = SGNL_FAMILY_IPV6 };

/* Rules of one direction in their order, and what they name. */
struct many {
	u8 direction;
	unsigned int n;
	struct sgnl_rule rule[RULES_MAX];
	struct sgnl_policy_rule given[RULES_MAX];
	/* Every other one is IPv6. */
	struct some_prefixes prefixes[LISTS_MAX];
	struct some_ports ports[LISTS_MAX];
	struct sgnl_classifier *classifier[2];
};

static void compile(struct many *m)
{
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		struct sgnl_rule *rule = &m->rule[i];
		struct sgnl_rule_lists lists = {};

		rule->id = i + 1;
		if (rule->peer_list)
			lists.peer = &m->prefixes[rule->peer_list - 1].list;
		if (rule->port_list)
			lists.ports = &m->ports[rule->port_list - 1].list;
		m->given[i] = (struct sgnl_policy_rule){ rule, lists };
	}
	m->classifier[0] = sgnl_classifier_create(V4, m->given, m->n);
	m->classifier[1] = sgnl_classifier_create(V6, m->given, m->n);
	CHECK(m->classifier[0] && m->classifier[1]);
}

static void forget(struct many *m)
{
	sgnl_classifier_destroy(m->classifier[0]);
	sgnl_classifier_destroy(m->classifier[1]);
}

/* By the first rule that the words of its statements allow to match; its id. */
static u32 twin_find(const struct many *m, const struct sgnl_key *key,
		     const struct sgnl_group_set *peer)
{
	unsigned int i;

	for (i = 0; i < m->n; i++)
		if (twin_rule_match(&m->rule[i], &m->given[i].lists, key, peer))
			return m->rule[i].id;
	return 0;
}

static u32 find(const struct many *m, const struct sgnl_key *key,
		const struct sgnl_group_set *peer)
{
	const struct sgnl_rule *rule =
		sgnl_classifier_find(m->classifier[key->family == V6], key,
				     peer);

	return rule ? rule->id : 0;
}

static bool same(const struct many *m, const struct sgnl_key *key,
		 const struct sgnl_group_set *peer, unsigned long *hits)
{
	u32 want = twin_find(m, key, peer);

	*hits += want != 0;
	if (CHECK_EQ(find(m, key, peer), want))
		return true;
	tap_note("%u rules, IPv%u, protocol %u, ports %u and %u, ICMP %u/%u",
		 m->n, key->family, key->proto, key->local_port, key->peer_port,
		 key->icmp_type, key->icmp_code);
	return false;
}

/* Many ends close to each other, and at both ends of everything. */
static u32 rnd_number(u32 last)
{
	switch (rnd_below(4)) {
	case 0:
		return rnd_below(4);
	case 1:
		return last - rnd_below(4);
	}
	return (last >> rnd_below(8)) - rnd_below(last > 1000 ? 1000 : last);
}

static struct sgnl_prefix rnd_close_prefix(u8 family)
{
	struct sgnl_prefix prefix = { .family = family };
	unsigned int bits = sgnl_family_bits(family);

	if (rnd_one_in(4))
		return rnd_prefix(family);
	prefix.addr.lo = rnd_number(0xffffffff);
	if (family == V6 && rnd() & 1)
		prefix.addr.hi = ~0ULL << rnd_below(64);
	if (family == V6 && rnd() & 1)
		prefix.addr.lo = ~prefix.addr.lo;
	prefix.len = rnd() & 1 ? bits : bits - rnd_below(rnd_below(bits) + 1);
	return prefix;
}

static struct sgnl_port_range rnd_close_ports(void)
{
	u16 a = rnd_number(65535), b = rnd() & 1 ? a : rnd_number(65535);

	a += a == 0;
	b += b == 0;
	return (struct sgnl_port_range){ a < b ? a : b, a < b ? b : a };
}

/* Types and codes that are often the same, and often one beside the other. */
static void rnd_many_icmp(struct sgnl_rule *rule, bool wanted)
{
	rule->has_icmp_type = false;
	rule->has_icmp_code = false;
	if (!wanted ||
	    (rule->proto != 6 && rule->proto != 1 && rule->proto != 58))
		return;
	/* Few of random protocols are these. */
	if (rule->proto == 6 && rnd_one_in(2))
		return;
	rule->proto = rnd() & 1 ? 1 : 58;
	rule->has_icmp_type = !rnd_one_in(4);
	rule->has_icmp_code = rule->has_icmp_type && rnd() & 1;
	rule->icmp_type = rnd_number(255);
	rule->icmp_code = rnd_number(255);
}

/* A rule of the parts that are asked for, bits of 1 << enum sgnl_field_id. */
static struct sgnl_rule rnd_many_rule(u8 direction, unsigned int parts)
{
	struct sgnl_rule rule;
	const char *text;

	do {
		u8 family = rnd_one_in(3) ? V6 : V4;

		rule = rnd_rule();
		rule.direction = direction;
		if (!(parts & 1 << SGNL_FIELD_PROTO))
			rule.proto = 6;
		if (rnd() & 1 && parts & 1 << SGNL_FIELD_PROTO)
			rule.proto = rnd_below(257);
		rnd_many_icmp(&rule, parts & 1 << SGNL_FIELD_ICMP);
		rule.dport = SGNL_PORTS_ALL;
		rule.sport = SGNL_PORTS_ALL;
		rule.local = (struct sgnl_prefix){};
		rule.peer = (struct sgnl_prefix){ .family = family };
		if ((rule.proto == 6 || rule.proto == 17) && rnd_below(8)) {
			if (parts & 1 << SGNL_FIELD_DPORT)
				rule.dport = rnd_close_ports();
			if (parts & 1 << SGNL_FIELD_SPORT && rnd() & 1)
				rule.sport = rnd_close_ports();
			if (parts & 1 << SGNL_FIELD_DPORT && rnd_one_in(16)) {
				rule.dport = SGNL_PORTS_ALL;
				rule.port_list = 1 + rnd_below(LISTS_MAX);
			}
		}
		if (parts & 1 << SGNL_FIELD_LOCAL && rnd() & 1)
			rule.local = rnd_close_prefix(family);
		if (parts & 1 << SGNL_FIELD_PEER)
			rule.peer = rnd_close_prefix(family);
		rule.peer_kind = SGNL_PEER_PREFIX;
		if (parts & 1 << SGNL_FIELD_PEER && rnd_one_in(16)) {
			rule.peer_kind = SGNL_PEER_LIST;
			rule.peer_list = 1 + rnd_below(LISTS_MAX);
			rule.peer.family = rule.peer_list % 2 ? V4 : V6;
		} else if (parts & 1 << SGNL_FIELD_GROUP && rnd_one_in(3)) {
			rule.peer_kind = SGNL_PEER_GROUP;
			rule.peer_group = 4 + rnd_below(60);
		}
	} while (sgnl_rule_canonicalize(&rule, &text) != SGNL_RULE_PART_NONE);
	return rule;
}

static void rnd_many(struct many *m, unsigned int n)
{
	/* Now and then of a few parts, so that the others are left out. */
	unsigned int parts = rnd() & 1 ? ~0U : rnd_below(1 << SGNL_FIELDS);
	unsigned int i;

	m->direction = rnd() & 1;
	m->n = n;
	for (i = 0; i < LISTS_MAX; i++) {
		rnd_prefixes(&m->prefixes[i], i % 2 ? V6 : V4);
		rnd_port_list(&m->ports[i]);
	}
	for (i = 0; i < n; i++)
		m->rule[i] = rnd_many_rule(m->direction, parts);
	compile(m);
}

/* What is before, at, and behind an end of an interval. */
static struct sgnl_addr rnd_end(const struct sgnl_addr *first,
				const struct sgnl_addr *last, u8 family)
{
	struct sgnl_addr at = rnd() & 1 ? *first : *last;

	switch (rnd_below(3)) {
	case 0:
		at.hi -= at.lo-- == 0;
		break;
	case 1:
		at.hi += ++at.lo == 0;
		break;
	}
	if (family == V4)
		at = (struct sgnl_addr){ .lo = (u32)at.lo };
	return at;
}

static struct sgnl_addr rnd_prefix_end(const struct sgnl_prefix *prefix,
				       u8 family)
{
	struct sgnl_addr first = prefix->addr, last = prefix->addr;
	unsigned int i;

	if (prefix->family != family)
		return rnd_addr(family);
	for (i = prefix->len; i < sgnl_family_bits(family); i++)
		addr_flip(&last, family, i);
	return rnd_end(&first, &last, family);
}

static u16 rnd_port_end(const struct sgnl_port_range *range)
{
	u16 at = rnd() & 1 ? range->min : range->max;

	return at + rnd_below(3) - 1;
}

/* A packet at the ends of a rule's parts; of one part, or of each of them. */
static struct sgnl_key rnd_at_ends(const struct many *m, unsigned int i)
{
	const struct sgnl_rule *rule = &m->rule[i];
	const struct sgnl_rule_lists *lists = &m->given[i].lists;
	unsigned int part = rnd_below(SGNL_FIELDS + 1);
	struct sgnl_port_range dport = rule->dport;
	struct sgnl_prefix peer = rule->peer;
	struct sgnl_key key = { .direction = rule->direction };
	u16 src, dst;

	key.family = rule->family ? rule->family : rnd() & 1 ? V4 : V6;
	if (lists->ports && lists->ports->n)
		dport = lists->ports->entry[rnd_below(lists->ports->n)];
	if (lists->peer && lists->peer->n)
		peer = lists->peer->entry[rnd_below(lists->peer->n)];
	key.proto = rule->proto == SGNL_PROTO_ALL ? rnd_below(256) :
						    rule->proto;
	dst = dport.min;
	src = rule->sport.max;
	key.local = rule->local.family ? rule->local.addr :
					 rnd_addr(key.family);
	key.peer = peer.family == key.family ? peer.addr : rnd_addr(key.family);

	if (part == SGNL_FIELD_PROTO && rnd_one_in(4))
		key.proto += rnd_below(3) - 1;
	if (sgnl_key_is_icmp(&key)) {
		int off = rnd_below(3) - 1;

		key.icmp_type = rule->has_icmp_type ? rule->icmp_type :
						      rnd_number(255);
		key.icmp_code = rule->has_icmp_code ? rule->icmp_code :
				rnd() & 1	    ? 0 :
						      255;
		if (part == SGNL_FIELD_ICMP || part == SGNL_FIELDS) {
			key.icmp_type += rnd() & 1 ? off : 0;
			key.icmp_code += off;
		}
	}
	if (part == SGNL_FIELD_DPORT || part == SGNL_FIELDS)
		dst = rnd_port_end(&dport);
	if (part == SGNL_FIELD_SPORT || part == SGNL_FIELDS)
		src = rnd_port_end(&rule->sport);
	if (part == SGNL_FIELD_LOCAL || part == SGNL_FIELDS)
		key.local = rnd_prefix_end(&rule->local, key.family);
	if (part == SGNL_FIELD_PEER || part == SGNL_FIELDS)
		key.peer = rnd_prefix_end(&peer, key.family);
	key.local_port = rule->direction == IN ? dst : src;
	key.peer_port = rule->direction == IN ? src : dst;
	return key;
}

/* None, a few, or more than are kept apart. */
static void rnd_peer(struct sgnl_group_set *peer, u32 *group)
{
	static const u32 spread[] = { 1, 2, 4, 16, 64 };
	u32 step = RND_OF(spread), g;

	*peer = (struct sgnl_group_set){ .group = group };
	if (rnd_one_in(4))
		return;
	for (g = 1; g < 70; g++)
		if (rnd_one_in(step))
			group[peer->n++] = g;
}

static void test_ends(void)
{
	static const unsigned int sizes[] = {
		1, 2, 10, 63, 64, 65, 128, 129, 200, 448, 449, RULES_MAX
	};
	unsigned long n, k, rounds = tap_rounds(1000), hits = 0;
	static struct many m;

	for (n = 0; n < rounds; n++) {
		rnd_many(&m, RND_OF(sizes));
		for (k = 0; k < 400; k++) {
			struct sgnl_key key = rnd_at_ends(&m, rnd_below(m.n));
			struct sgnl_group_set peer;
			u32 group[70];

			rnd_peer(&peer, group);
			if (!same(&m, &key, &peer, &hits)) {
				tap_note("round %lu", n);
				forget(&m);
				return;
			}
		}
		forget(&m);
	}
	printf("# %lu of %lu look-ups found a rule\n", hits, rounds * 400);
	CHECK(hits > rounds * 100 && hits < rounds * 390);
}

/* Protocol TCP, and all else all. */
static struct sgnl_rule plain(u8 family)
{
	return (struct sgnl_rule){
		.group = 1,
		.proto = 6,
		.dport = SGNL_PORTS_ALL,
		.sport = SGNL_PORTS_ALL,
		.peer.family = family,
		.family = family,
	};
}

static const struct sgnl_group_set nobody;

/* Rule i has port i alone, so that one bit is left of all. */
static void test_each_bit(void)
{
	struct sgnl_key key = { .family = V4, .proto = 6 };
	static struct many m;
	unsigned int n, i;

	for (n = 1; n <= RULES_MAX; n += n < 130 ? 1 : 29) {
		m.n = n;
		for (i = 0; i < n; i++) {
			m.rule[i] = plain(V4);
			m.rule[i].dport =
				(struct sgnl_port_range){ i + 1, i + 1 };
		}
		compile(&m);
		for (i = 0; i <= n + 1; i++) {
			key.local_port = i;
			if (!CHECK_EQ(find(&m, &key, &nobody), i > n ? 0 : i)) {
				tap_note("%u rules", n);
				break;
			}
		}
		forget(&m);
	}
}

/* Rules of both families in turn; those of the other one have no bit. */
static void test_families(void)
{
	struct sgnl_key key = { .proto = 6 };
	static struct many m;
	unsigned int i;

	m.n = 200;
	for (i = 0; i < m.n; i++) {
		m.rule[i] = plain(i % 2 ? V6 : V4);
		m.rule[i].dport = (struct sgnl_port_range){ i / 2 + 1, 65535 };
	}
	compile(&m);
	for (i = 0; i < m.n; i++) {
		key.family = i % 2 ? V6 : V4;
		key.local_port = i / 2 + 1;
		CHECK_EQ(find(&m, &key, &nobody), 1 + i % 2);
	}
	key.local_port = 0;
	CHECK_EQ(find(&m, &key, &nobody), 0);
	forget(&m);

	/* None at all of a family. */
	m.n = 20;
	for (i = 0; i < m.n; i++)
		m.rule[i] = plain(V4);
	compile(&m);
	key.family = V6;
	CHECK_EQ(find(&m, &key, &nobody), 0);
	key.family = V4;
	CHECK_EQ(find(&m, &key, &nobody), 1);
	forget(&m);
}

/* Of each type one rule, of some also one for a code of it; the latter first. */
static void test_icmp(void)
{
	static struct many m;
	unsigned int f, i, type, code;

	for (f = 0; f < 2; f++) {
		struct sgnl_key key = { .family = f ? V6 : V4 };
		u8 icmp = f ? 58 : 1;

		m.n = 0;
		for (i = 0; i < 256 + 64; i++) {
			struct sgnl_rule *rule = &m.rule[m.n++];

			*rule = plain(key.family);
			rule->proto = icmp;
			rule->has_icmp_type = true;
			rule->icmp_type = i < 64 ? i * 4 : i - 64;
			rule->has_icmp_code = i < 64;
			rule->icmp_code = i < 64 ? i : 0;
		}
		m.rule[m.n++] = plain(key.family);
		m.rule[m.n] = plain(key.family);
		m.rule[m.n++].proto = SGNL_PROTO_ALL;
		compile(&m);
		key.proto = icmp;
		for (type = 0; type < 256; type++)
			for (code = 0; code < 256; code++) {
				key.icmp_type = type;
				key.icmp_code = code;
				CHECK_EQ(find(&m, &key, &nobody),
					 type % 4 || code != type / 4 ?
						 65 + type :
						 1 + type / 4);
			}
		/* Other protocols have no type; 58 in IPv4 and 1 in IPv6 too. */
		key.icmp_type = 0;
		key.icmp_code = 0;
		key.proto = 6;
		CHECK_EQ(find(&m, &key, &nobody), m.n - 1);
		key.proto = f ? 1 : 58;
		CHECK_EQ(find(&m, &key, &nobody), m.n);
		forget(&m);
	}
}

/* Intervals that end where all values end. */
static void test_last_values(void)
{
	static const char *const last[] = {
		"255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	};
	static const char *const before[] = {
		"255.255.255.254", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"
	};
	static struct many m;
	u32 group = 0xffffffff;
	struct sgnl_group_set peer = { .n = 1, .group = &group };
	unsigned int i;
	u8 f;

	for (i = 0; i < 2; i++) {
		u8 family = i ? V6 : V4;
		struct sgnl_key key = { .family = family, .proto = 255 };

		m.n = 5;
		m.rule[0] = plain(family);
		m.rule[0].proto = 6;
		m.rule[0].dport = (struct sgnl_port_range){ 65535, 65535 };
		m.rule[1] = m.rule[0];
		m.rule[1].dport = SGNL_PORTS_ALL;
		m.rule[1].sport = (struct sgnl_port_range){ 65535, 65535 };
		m.rule[2] = plain(family);
		m.rule[2].proto = 255;
		m.rule[2].peer =
			(struct sgnl_prefix){ make_addr(last[i], &f), family,
					      sgnl_family_bits(family) };
		m.rule[3] = plain(family);
		m.rule[3].proto = 255;
		m.rule[3].local = m.rule[2].peer;
		m.rule[4] = plain(family);
		m.rule[4].proto = 255;
		m.rule[4].peer_kind = SGNL_PEER_GROUP;
		m.rule[4].peer_group = group;
		compile(&m);

		key.peer = make_addr(last[i], &f);
		CHECK_EQ(find(&m, &key, &nobody), 3);
		key.peer = make_addr(before[i], &f);
		CHECK_EQ(find(&m, &key, &nobody), 0);
		key.local = make_addr(last[i], &f);
		CHECK_EQ(find(&m, &key, &nobody), 4);
		key.local = (struct sgnl_addr){};
		CHECK_EQ(find(&m, &key, &nobody), 0);
		CHECK_EQ(find(&m, &key, &peer), 5);
		group--;
		CHECK_EQ(find(&m, &key, &peer), 0);
		group = 0;
		CHECK_EQ(find(&m, &key, &peer), 0);
		group = 0xffffffff;
		key.peer = (struct sgnl_addr){};
		key.proto = 254;
		CHECK_EQ(find(&m, &key, &peer), 0);
		key.proto = 6;
		key.local_port = 65535;
		CHECK_EQ(find(&m, &key, &nobody), 1);
		key.local_port = 65534;
		CHECK_EQ(find(&m, &key, &nobody), 0);
		key.local_port = 0;
		CHECK_EQ(find(&m, &key, &nobody), 0);
		key.peer_port = 65535;
		CHECK_EQ(find(&m, &key, &nobody), 2);
		key.peer_port = 65534;
		CHECK_EQ(find(&m, &key, &nobody), 0);
		forget(&m);
	}
}

/* A carry out of the lower half of an address. */
static void test_halves(void)
{
	struct sgnl_key key = { .family = V6, .proto = 6 };
	static struct many m;
	u8 f;

	m.n = 1;
	m.rule[0] = plain(V6);
	m.rule[0].peer = make_prefix("2001:db8:0:7::/64");
	compile(&m);
	key.peer = make_addr("2001:db8:0:7::", &f);
	CHECK_EQ(find(&m, &key, &nobody), 1);
	key.peer = make_addr("2001:db8:0:7:ffff:ffff:ffff:ffff", &f);
	CHECK_EQ(find(&m, &key, &nobody), 1);
	key.peer = make_addr("2001:db8:0:8::", &f);
	CHECK_EQ(find(&m, &key, &nobody), 0);
	key.peer = make_addr("2001:db8:0:6:ffff:ffff:ffff:ffff", &f);
	CHECK_EQ(find(&m, &key, &nobody), 0);
	forget(&m);
}

/* Entries that lie in one another, meet, or are of the other family. */
static void test_lists(void)
{
	struct sgnl_key key = { .family = V4, .proto = 6 };
	static struct many m;
	struct sgnl_prefix_list *prefixes = &m.prefixes[0].list;
	struct sgnl_port_list *ports = &m.ports[0].list;
	u8 f;

	prefixes->n = 4;
	prefixes->entry[0] = make_prefix("10.0.0.0/8");
	prefixes->entry[1] = make_prefix("10.1.0.0/16");
	prefixes->entry[2] = make_prefix("10.1.2.0/24");
	prefixes->entry[3] = make_prefix("11.0.0.0/8");
	ports->n = 4;
	ports->entry[0] = (struct sgnl_port_range){ 10, 20 };
	ports->entry[1] = (struct sgnl_port_range){ 15, 17 };
	ports->entry[2] = (struct sgnl_port_range){ 20, 30 };
	ports->entry[3] = (struct sgnl_port_range){ 31, 31 };
	m.n = 1;
	m.rule[0] = plain(V4);
	m.rule[0].peer_kind = SGNL_PEER_LIST;
	m.rule[0].peer_list = 1;
	m.rule[0].port_list = 1;
	compile(&m);
	key.peer = make_addr("10.1.2.3", &f);
	/* Nothing changes from 30 to 31. */
	CHECK_EQ(m.classifier[0]->field[SGNL_FIELD_DPORT].n, 3);
	for (key.local_port = 8; key.local_port < 34; key.local_port++)
		CHECK_EQ(find(&m, &key, &nobody),
			 key.local_port >= 10 && key.local_port <= 31);
	key.local_port = 25;
	key.peer = make_addr("10.255.255.255", &f);
	CHECK_EQ(find(&m, &key, &nobody), 1);
	key.peer = make_addr("11.255.255.255", &f);
	CHECK_EQ(find(&m, &key, &nobody), 1);
	key.peer = make_addr("12.0.0.0", &f);
	CHECK_EQ(find(&m, &key, &nobody), 0);
	key.peer = make_addr("9.255.255.255", &f);
	CHECK_EQ(find(&m, &key, &nobody), 0);
	forget(&m);

	/* A rule that does not know its list's family is of both. */
	m.rule[0].family = SGNL_FAMILY_ANY;
	compile(&m);
	key.peer = make_addr("10.1.2.3", &f);
	CHECK_EQ(find(&m, &key, &nobody), 1);
	key.family = V6;
	CHECK_EQ(find(&m, &key, &nobody), 0);
	key.family = V4;
	forget(&m);

	/* Empty is not any (R12). */
	prefixes->n = 0;
	compile(&m);
	key.peer = make_addr("10.1.2.3", &f);
	CHECK_EQ(find(&m, &key, &nobody), 0);
	forget(&m);
}

/* Rule i has group i as peer; many of them, more than are kept apart. */
static void test_groups(void)
{
	struct sgnl_key key = { .family = V4, .proto = 6 };
	static struct many m;
	u32 group[300];
	struct sgnl_group_set peer = { .group = group };
	unsigned int i, n;

	m.n = 300;
	for (i = 0; i < m.n; i++) {
		m.rule[i] = plain(SGNL_FAMILY_ANY);
		m.rule[i].peer_kind = SGNL_PEER_GROUP;
		m.rule[i].peer_group = 1000 + i;
		/* The later the wider, so that each is found. */
		m.rule[i].dport = (struct sgnl_port_range){ 1, 300 - i };
		m.rule[i].dport.min = m.rule[i].dport.max;
	}
	compile(&m);
	CHECK_EQ(find(&m, &key, &nobody), 0);
	for (n = 1; n <= 300; n += n < 40 ? 1 : 20) {
		peer.n = n;
		for (i = 0; i < n; i++)
			group[i] = 1000 + 300 - n + i;
		for (i = 1; i <= 300; i++) {
			key.local_port = i;
			CHECK_EQ(find(&m, &key, &peer), i <= n ? 301 - i : 0);
		}
	}
	forget(&m);
}

/* What no rule restricts is left out, and what one does is not. */
static void test_unrestricted(void)
{
	static struct many m;
	struct sgnl_field *field;
	unsigned int i, k;

	m.n = 100;
	for (i = 0; i < m.n; i++) {
		m.rule[i] = plain(V4);
		m.rule[i].proto = SGNL_PROTO_ALL;
	}
	compile(&m);
	for (i = 0; i < SGNL_FIELDS; i++)
		CHECK_EQ(m.classifier[0]->field[i].n, 0);
	forget(&m);

	for (k = 0; k < SGNL_FIELDS; k++) {
		struct sgnl_rule keep = m.rule[70];
		struct sgnl_rule *rule = &m.rule[70];

		if (k == SGNL_FIELD_PROTO)
			rule->proto = 6;
		else if (k == SGNL_FIELD_ICMP)
			rule->proto = 1, rule->has_icmp_type = true;
		else if (k == SGNL_FIELD_DPORT)
			rule->dport = (struct sgnl_port_range){ 1, 65535 };
		else if (k == SGNL_FIELD_SPORT)
			rule->sport = (struct sgnl_port_range){ 1, 65535 };
		else if (k == SGNL_FIELD_LOCAL)
			rule->local = make_prefix("0.0.0.0/1");
		else if (k == SGNL_FIELD_PEER)
			rule->peer = make_prefix("0.0.0.0/1");
		else
			rule->peer_kind = SGNL_PEER_GROUP;
		compile(&m);
		field = m.classifier[0]->field;
		for (i = 0; i < SGNL_FIELDS; i++)
			CHECK_EQ(field[i].n != 0,
				 i == k ||
					 (k == SGNL_FIELD_GROUP &&
					  i == SGNL_FIELD_PEER) ||
					 (k == SGNL_FIELD_ICMP &&
					  i == SGNL_FIELD_PROTO));
		forget(&m);
		*rule = keep;
	}
}

/* The same vector comes back between any two of these. */
static void test_once(void)
{
	static struct many m;
	const struct sgnl_field *field;
	unsigned int i;

	m.n = RULES_MAX;
	for (i = 0; i < m.n; i++) {
		m.rule[i] = plain(V4);
		m.rule[i].peer = (struct sgnl_prefix){
			{ 0, 0x0a000001 + 2 * i }, V4, 32
		};
		m.rule[i].dport = (struct sgnl_port_range){ 1 + i % 10 * 100,
							    50 + i % 10 * 100 };
	}
	compile(&m);
	field = m.classifier[0]->field;
	/* None, and each rule alone. */
	CHECK_EQ(field[SGNL_FIELD_PEER].n, 2 * RULES_MAX + 1);
	CHECK_EQ(field[SGNL_FIELD_PEER].n_vectors, RULES_MAX + 1);
	CHECK_EQ(field[SGNL_FIELD_DPORT].n, 2 * 10 + 1);
	CHECK_EQ(field[SGNL_FIELD_DPORT].n_vectors, 10 + 1);
	CHECK_EQ(field[SGNL_FIELD_PROTO].n_vectors, 2);
	forget(&m);

	m.n = LISTS_MAX;
	for (i = 0; i < m.n; i++) {
		struct sgnl_port_list *list = &m.ports[i].list;

		list->n = 2;
		list->entry[0] =
			(struct sgnl_port_range){ 10 * i + 1, 10 * i + 5 };
		list->entry[1] = (struct sgnl_port_range){ 10 * i + 1001,
							   10 * i + 1005 };
		m.rule[i] = plain(V4);
		m.rule[i].port_list = i + 1;
	}
	compile(&m);
	field = m.classifier[0]->field;
	CHECK_EQ(field[SGNL_FIELD_DPORT].n, 4 * LISTS_MAX + 1);
	CHECK_EQ(field[SGNL_FIELD_DPORT].n_vectors, LISTS_MAX + 1);
	forget(&m);
}

/* As many vectors as there can be: each end is another one, where they may cross. */
static void test_bytes(void)
{
	static struct many m;
	const struct sgnl_field *field;
	unsigned int i;

	m.n = RULES_MAX;
	for (i = 0; i < m.n; i++) {
		struct sgnl_rule *rule = &m.rule[i];

		*rule = plain(V6);
		rule->proto = 6 + 11 * (i % 2);
		rule->dport = (struct sgnl_port_range){ 1 + i, 2000 + i };
		rule->sport = rule->dport;
		rule->peer =
			(struct sgnl_prefix){ { i, 0x10000 * i }, V6, 112 };
		rule->local = rule->peer;
	}
	compile(&m);
	field = m.classifier[1]->field;
	CHECK_EQ(field[SGNL_FIELD_DPORT].n_vectors, 2 * RULES_MAX);
	CHECK_EQ(field[SGNL_FIELD_SPORT].n_vectors, 2 * RULES_MAX);
	CHECK_EQ(field[SGNL_FIELD_PEER].n_vectors, RULES_MAX + 1);
	CHECK_EQ(field[SGNL_FIELD_LOCAL].n_vectors, RULES_MAX + 1);
	CHECK_EQ(field[SGNL_FIELD_PROTO].n_vectors, 3);
	CHECK(m.classifier[1]->bytes < 1000000);
	/* None of these is of the other family. */
	CHECK(m.classifier[0]->bytes < 1000);
	forget(&m);
}

/* What it takes to make it: one for each part that is restricted, and two. */
static long allocations(const struct sgnl_classifier *classifier)
{
	unsigned int id;
	long n = 2;

	for (id = 0; id < SGNL_FIELDS; id++)
		n += classifier->field[id].n > 0;
	return n;
}

static void test_memory(void)
{
	long blocks = shim_blocks, n, wanted = 0;
	static struct many m;

	rnd_many(&m, 100);
	forget(&m);
	CHECK_EQ(shim_blocks, blocks);
	for (n = 0;; n++) {
		struct sgnl_classifier *classifier;

		shim_memory = n;
		classifier = sgnl_classifier_create(V4, m.given, m.n);
		if (shim_memory >= 0) {
			shim_memory = -1;
			CHECK(classifier);
			wanted = allocations(classifier);
			sgnl_classifier_destroy(classifier);
			break;
		}
		CHECK(!classifier);
		CHECK_EQ(shim_blocks, blocks);
	}
	CHECK_EQ(n, wanted);
	CHECK_EQ(shim_blocks, blocks);
}

static const struct tap_test tests[] = {
	{ "E7 each of up to 1,000 rules is found by its bit", test_each_bit },
	{ "R4 R11 rules of the other family are left out", test_families },
	{ "R14 each type of ICMP, and codes", test_icmp },
	{ "R2 R3 R4 R5 R8 the last value of each part", test_last_values },
	{ "R4 IPv6 addresses on both sides of their middle", test_halves },
	{ "R6 R12 entries that lie in one another or meet, and none at all",
	  test_lists },
	{ "R5 a peer in hundreds of groups that rules name", test_groups },
	{ "E7 what no rule restricts is not looked up", test_unrestricted },
	{ "E7 the same vector is stored once", test_once },
	{ "R7 bytes of a classifier of the dearest rules", test_bytes },
	{ "D3 memory that runs out", test_memory },
	{ "E7 up to 1,000 rules at the ends of their parts, held against a plain scan",
	  test_ends },
	{}
};

const struct tap_suite classifier_suite = { "classifier", tests };
