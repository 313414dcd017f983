// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/list, and of the rules and policies that name lists. */
#include <stdio.h>

#include "list.h"
#include "make.h"
#include "match.h"
#include "policy.h"
#include "tap.h"
#include "trial.h"

/* Puts an entry where it belongs; false if it is there. */
static bool add_prefix(struct some_prefixes *to, struct sgnl_prefix prefix)
{
	struct sgnl_prefix *entry = to->list.entry;
	unsigned int pos;

	sgnl_prefix_mask(&prefix);
	if (sgnl_prefix_list_find(&to->list, &prefix, &pos))
		return false;
	memmove(entry + pos + 1, entry + pos,
		(to->list.n++ - pos) * sizeof(*entry));
	entry[pos] = prefix;
	return true;
}

static bool add_range(struct some_ports *to, struct sgnl_port_range range)
{
	struct sgnl_port_range *entry = to->list.entry;
	unsigned int pos;

	if (sgnl_port_list_find(&to->list, &range, &pos))
		return false;
	memmove(entry + pos + 1, entry + pos,
		(to->list.n++ - pos) * sizeof(*entry));
	entry[pos] = range;
	return true;
}

static struct sgnl_port_range rnd_range(void)
{
	static const u16 edges[] = { 1, 2, 3, 80, 81, 1000, 65534, 65535 };
	u16 a = rnd_one_in(3) ? 1 + rnd_below(65535) : RND_OF(edges);
	u16 b = rnd_one_in(3) ? a : RND_OF(edges);

	return (struct sgnl_port_range){ .min = a < b ? a : b,
					 .max = a < b ? b : a };
}

void rnd_prefixes(struct some_prefixes *to, u8 family)
{
	unsigned int n = rnd_below(ENTRIES_MAX);

	for (to->list.n = 0; n; n--)
		add_prefix(to, rnd_prefix(family));
}

void rnd_port_list(struct some_ports *to)
{
	unsigned int n = rnd_below(ENTRIES_MAX);

	for (to->list.n = 0; n; n--)
		add_range(to, rnd_range());
}

/* The whole address and length as one number, for what comes before what. */
static bool before(const struct sgnl_prefix *a, const struct sgnl_prefix *b)
{
	unsigned int i;

	for (i = 0; i < sgnl_family_bits(a->family); i++) {
		bool x = addr_bit(&a->addr, a->family, i);
		bool y = addr_bit(&b->addr, b->family, i);

		if (x != y)
			return y;
	}
	return a->len < b->len;
}

bool twin_prefixes(const struct sgnl_prefix_list *list,
		   const struct sgnl_addr *addr, u8 family)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		if (twin_prefix_match(&list->entry[i], addr, family))
			return true;
	return false;
}

bool twin_ports(const struct sgnl_port_list *list, u16 port)
{
	bool in = false;
	unsigned int i;

	for (i = 0; i < list->n; i++)
		in |= port >= list->entry[i].min && port <= list->entry[i].max;
	return in && port != 0;
}

/* They ascend, and one is found if it is there. */
static bool ordered_prefixes(const struct sgnl_prefix_list *list, u8 family)
{
	struct sgnl_prefix prefix = rnd_prefix(family);
	unsigned int i, pos;
	bool there = false;

	sgnl_prefix_mask(&prefix);
	for (i = 0; i < list->n; i++) {
		const struct sgnl_prefix *e = &list->entry[i];

		if (i && !CHECK(before(e - 1, e)))
			return false;
		there |= e->len == prefix.len &&
			 sgnl_addr_equal(&e->addr, &prefix.addr);
	}
	return CHECK_EQ(sgnl_prefix_list_find(list, &prefix, &pos), there);
}

static bool ordered_ranges(const struct sgnl_port_list *list)
{
	struct sgnl_port_range range = rnd_range();
	unsigned int i, pos;
	bool there = false;

	for (i = 0; i < list->n; i++) {
		const struct sgnl_port_range *e = &list->entry[i];

		if (i && !CHECK(e[-1].min * 65536ULL + e[-1].max <
				e->min * 65536ULL + e->max))
			return false;
		there |= e->min == range.min && e->max == range.max;
	}
	return CHECK_EQ(sgnl_port_list_find(list, &range, &pos), there);
}

bool try_prefix_list(unsigned long *hits)
{
	u8 family = rnd() & 1 ? SGNL_FAMILY_IPV4 : SGNL_FAMILY_IPV6;
	u8 other = rnd_one_in(8) ? SGNL_FAMILY_IPV4 : family;
	struct sgnl_prefix near = rnd_prefix(family);
	static struct some_prefixes p;
	struct sgnl_addr addr;
	bool want;

	rnd_prefixes(&p, other);
	if (p.list.n && rnd() & 1)
		near = p.list.entry[rnd_below(p.list.n)];
	addr = rnd_addr_near(&near);
	want = twin_prefixes(&p.list, &addr, family);
	*hits += want;
	return ordered_prefixes(&p.list, other) &&
	       CHECK_EQ(sgnl_prefix_list_match(&p.list, &addr, family), want);
}

bool try_port_list(unsigned long *hits)
{
	struct sgnl_port_range near = rnd_range();
	static struct some_ports p;
	bool want;
	u16 port;

	rnd_port_list(&p);
	if (p.list.n && rnd() & 1)
		near = p.list.entry[rnd_below(p.list.n)];
	port = (rnd() & 1 ? near.min : near.max) + rnd_below(3) - 1;
	want = twin_ports(&p.list, port);
	*hits += want;
	return ordered_ranges(&p.list) &&
	       CHECK_EQ(sgnl_port_list_match(&p.list, port), want);
}

static void test_prefixes(void)
{
	unsigned long n, hits = 0, rounds = tap_rounds(200000);

	for (n = 0; n < rounds; n++)
		if (!try_prefix_list(&hits))
			break;
	CHECK(hits > rounds / 10 && hits < rounds - rounds / 10);
}

static void test_ranges(void)
{
	unsigned long n, hits = 0, rounds = tap_rounds(200000);

	for (n = 0; n < rounds; n++)
		if (!try_port_list(&hits))
			break;
	CHECK(hits > rounds / 10 && hits < rounds - rounds / 10);
}

static void test_empty(void)
{
	static const char *const any[] = { "0.0.0.0", "10.0.0.1",
					   "::", "fd00::1" };
	struct some_prefixes prefixes = {};
	struct some_ports ports = {};
	unsigned int i;

	for (i = 0; i < COUNT_OF(any); i++) {
		u8 family;
		struct sgnl_addr addr = make_addr(any[i], &family);

		CHECK(!sgnl_prefix_list_match(&prefixes.list, &addr, family));
	}
	for (i = 0; i < 65536; i++)
		CHECK(!sgnl_port_list_match(&ports.list, i));
}

static void test_port_zero(void)
{
	struct some_ports ports = {};

	add_range(&ports, (struct sgnl_port_range){ 1, 65535 });
	CHECK(!sgnl_port_list_match(&ports.list, 0));
	CHECK(sgnl_port_list_match(&ports.list, 1));
	CHECK(sgnl_port_list_match(&ports.list, 65535));
}

/* A rule that names the lists with these numbers, or 0. */
static struct sgnl_rule rule_of(u16 proto, u32 peer_list, u8 family,
				u32 port_list)
{
	struct sgnl_rule rule = {
		.id = 1,
		.group = 1,
		.priority = 1,
		.proto = proto,
		.dport = SGNL_PORTS_ALL,
		.sport = SGNL_PORTS_ALL,
		.peer_kind = peer_list ? SGNL_PEER_LIST : SGNL_PEER_PREFIX,
		.peer = { .family = family },
		.peer_list = peer_list,
		.port_list = port_list,
	};

	return rule;
}

static enum sgnl_rule_part part_of(struct sgnl_rule rule)
{
	const char *text = NULL;
	enum sgnl_rule_part part = sgnl_rule_canonicalize(&rule, &text);

	CHECK_EQ(part != SGNL_RULE_PART_NONE, text && strlen(text) > 10);
	return part;
}

static void test_port_list_protocols(void)
{
	unsigned int proto;

	for (proto = 0; proto <= 256; proto++) {
		struct sgnl_rule rule = rule_of(proto, 0, 0, 7);

		rule.peer = make_prefix(proto == 58 ? "::/0" : "0.0.0.0/0");
		CHECK_EQ(part_of(rule), proto == 6 || proto == 17 ?
						SGNL_RULE_PART_NONE :
						SGNL_RULE_PART_PORT_LIST);
	}
}

static void test_port_list_or_range(void)
{
	struct sgnl_rule rule = rule_of(6, 5, SGNL_FAMILY_IPV4, 7);

	CHECK_EQ(part_of(rule), SGNL_RULE_PART_NONE);
	rule.sport = (struct sgnl_port_range){ 1, 2 };
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_NONE);
	rule.dport = (struct sgnl_port_range){ 80, 80 };
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_PORT_LIST);
}

static void test_family(void)
{
	struct sgnl_rule rule = rule_of(6, 5, SGNL_FAMILY_ANY, 0);
	const char *text;

	/* A family that is not known yet fixes nothing. */
	rule.local = make_prefix("fd00::/8");
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_NONE);
	rule.peer.family = SGNL_FAMILY_IPV6;
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_NONE);
	rule.peer.family = SGNL_FAMILY_IPV4;
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_LOCAL);
	rule.local = make_prefix("10.0.0.0/8");
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_NONE);

	rule = rule_of(58, 5, SGNL_FAMILY_IPV4, 0);
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_PROTO);
	rule = rule_of(1, 5, SGNL_FAMILY_IPV6, 0);
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_PROTO);
	rule.peer.family = SGNL_FAMILY_IPV4;
	CHECK_EQ(sgnl_rule_canonicalize(&rule, &text), SGNL_RULE_PART_NONE);
	CHECK_EQ(rule.family, SGNL_FAMILY_IPV4);
}

static void test_identity(void)
{
	struct sgnl_rule a = rule_of(6, 5, SGNL_FAMILY_IPV4, 7), b = a;

	CHECK(sgnl_rule_equal(&a, &b));
	b.peer_list = 6;
	CHECK(!sgnl_rule_equal(&a, &b));
	b = a;
	b.port_list = 8;
	CHECK(!sgnl_rule_equal(&a, &b));
	/* A list and what it holds are different peers. */
	b = a;
	b.peer_kind = SGNL_PEER_PREFIX;
	b.peer_list = 0;
	CHECK(!sgnl_rule_equal(&a, &b));
	/* Numbers of what is no peer any more do not count. */
	a = rule_of(6, 5, SGNL_FAMILY_IPV4, 0);
	a.peer_kind = SGNL_PEER_PREFIX;
	a.peer = make_prefix("10.0.0.0/8");
	b = a;
	b.peer_list = 0;
	CHECK_EQ(part_of(a), SGNL_RULE_PART_NONE);
	sgnl_rule_canonicalize(&a, &(const char *){ NULL });
	sgnl_rule_canonicalize(&b, &(const char *){ NULL });
	CHECK(sgnl_rule_equal(&a, &b));
}

/* Some rules with lists of their own, against a scan of them in their order. */
static void test_policy(void)
{
	unsigned long n, hits = 0, rounds = tap_rounds(20000);

	for (n = 0; n < rounds; n++) {
		static struct some_prefixes prefixes[4];
		static struct some_ports ports[4];
		struct sgnl_policy_group group = { .id = 1 };
		struct sgnl_policy_rule rule[4] = {};
		struct sgnl_group_set none = {};
		const struct sgnl_rule *got, *want = NULL;
		struct sgnl_rule r[4];
		struct sgnl_policy *policy;
		struct sgnl_prefix near;
		struct sgnl_key key = { .proto = 6,
					.family = SGNL_FAMILY_IPV4,
					.peer_port = 5 };
		unsigned int i;

		for (i = 0; i < 4; i++) {
			rnd_prefixes(&prefixes[i], SGNL_FAMILY_IPV4);
			rnd_port_list(&ports[i]);
			r[i] = rule_of(6, i + 1, SGNL_FAMILY_IPV4, i + 1);
			r[i].id = 10 - i; /* the last is the first */
			rule[i].rule = &r[i];
			rule[i].lists.peer = &prefixes[i].list;
			rule[i].lists.ports = &ports[i].list;
		}
		policy = sgnl_policy_create(SGNL_GROUP_TYPE_BASIC, &group, 1,
					    rule, 4);
		i = rnd_below(4);
		near = prefixes[i].list.n ? prefixes[i].list.entry[0] :
					    rnd_prefix(SGNL_FAMILY_IPV4);
		key.peer = rnd_addr_near(&near);
		key.local_port = ports[i].list.n ? ports[i].list.entry[0].min +
							   rnd_below(2) :
						   rnd_below(100);
		for (i = 4; i-- > 0 && !want;)
			if (twin_prefixes(&prefixes[i].list, &key.peer,
					  key.family) &&
			    twin_ports(&ports[i].list, key.local_port))
				want = &r[i];
		hits += !!want;
		sgnl_match(policy, &key, &none, &got);
		sgnl_policy_destroy(policy);
		if (!CHECK(got == want))
			break;
	}
	CHECK(hits > rounds / 10 && hits < rounds - rounds / 20);
}

static const struct tap_test tests[] = {
	{ "R3 a port list goes with TCP and UDP alone",
	  test_port_list_protocols },
	{ "R3 either a range or a port list", test_port_list_or_range },
	{ "R3 R6 port 0 is in no port list", test_port_zero },
	{ "R4 R11 a prefix list fixes the family once it is known",
	  test_family },
	{ "R6 prefix lists, their order and look-ups held against one bit after the other",
	  test_prefixes },
	{ "R6 port lists, their order and look-ups held against one range after the other",
	  test_ranges },
	{ "R9 lists are part of a rule's identity", test_identity },
	{ "R12 an empty list matches nothing", test_empty },
	{ "R6 E7 rules keep their lists when they are sorted", test_policy },
	{}
};

const struct tap_suite list_suite = { "list", tests };
