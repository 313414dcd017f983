// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/rule. */
#include <stdio.h>

#include "make.h"
#include "tap.h"
#include "trial.h"

/* All comes first, which is no packet's. */
static const u16 protos[] = {
	SGNL_PROTO_ALL, 0, 1, 6, 6, 6, 17, 17, 47, 58, 132, 255
};

/* Ports at the edges of things */
static const u16 edges[] = { 0,	  1,	2,    22,    79,    80,	  81,
			     443, 1023, 1024, 32768, 65534, 65535 };
static const u8 families[] = { SGNL_FAMILY_ANY, SGNL_FAMILY_IPV4,
			       SGNL_FAMILY_IPV6 };

/* Types and codes of ICMP, echo's of both families among them, and at the edges. */
static const u8 types[] = { 0, 3, 8, 9, 127, 128, 129, 255 };
static const u8 codes[] = { 0, 1, 4, 255 };

static const struct sgnl_rule_lists no_lists;

static bool has_ports(u16 proto)
{
	return proto == 6 || proto == 17;
}

static bool has_types(u16 proto)
{
	return proto == 1 || proto == 58;
}

/* Now and then a code without a type, which is wrong. */
static void rnd_icmp(struct sgnl_rule *rule)
{
	rule->has_icmp_type = rnd() & 1;
	rule->has_icmp_code = rule->has_icmp_type ? rnd() & 1 : rnd_one_in(16);
	rule->icmp_type = RND_OF(types);
	rule->icmp_code = RND_OF(codes);
}

static struct sgnl_port_range rnd_ports(u16 proto)
{
	struct sgnl_port_range r = SGNL_PORTS_ALL;
	u16 t;

	if (!has_ports(proto) || rnd_one_in(3))
		return r;
	r.min = RND_OF(edges);
	r.max = rnd_one_in(3) ? r.min : RND_OF(edges);
	if (r.min > r.max) {
		t = r.min;
		r.min = r.max;
		r.max = t;
	}
	r.min += r.min == 0;
	r.max += r.max == 0;
	return r;
}

/* A rule that is valid, in canonical form; its id is left to the caller. */
struct sgnl_rule rnd_rule(void)
{
	struct sgnl_rule rule;
	const char *text;

	do {
		rule = (struct sgnl_rule){
			.group = 1 + rnd_below(3),
			.direction = rnd_below(2),
			.policy = rnd_below(2),
			.priority = rnd_one_in(4) ? 1 + rnd_below(100) :
						    1 + rnd_below(3),
			.proto = RND_OF(protos),
			.peer_kind = rnd_one_in(3) ? SGNL_PEER_GROUP :
						     SGNL_PEER_PREFIX,
			.peer_group = 1 + rnd_below(6),
		};
		rule.dport = rnd_ports(rule.proto);
		rule.sport = rnd_one_in(3) ? rnd_ports(rule.proto) :
					     SGNL_PORTS_ALL;
		if (has_types(rule.proto))
			rnd_icmp(&rule);
		rule.peer = rnd_prefix(families[1 + rnd_below(2)]);
		if (rnd_one_in(3))
			rule.local = rnd_prefix(RND_OF(families));
	} while (sgnl_rule_canonicalize(&rule, &text) != SGNL_RULE_PART_NONE);
	return rule;
}

static u16 rnd_port_near(const struct sgnl_port_range *r)
{
	switch (rnd_below(6)) {
	case 0:
		return r->min;
	case 1:
		return r->max;
	case 2:
		return r->min - 1;
	case 3:
		return r->max + 1;
	case 4:
		return RND_OF(edges);
	}
	return r->min + rnd_below(r->max - r->min + 1);
}

static bool is_echo(const struct sgnl_key *key)
{
	return key->family == SGNL_FAMILY_IPV4 ?
		       key->icmp_type == 0 || key->icmp_type == 8 :
		       key->icmp_type == 128 || key->icmp_type == 129;
}

/*
 * A packet that the rule matches, or nearly does. The key is one that the
 * parser could have made: ports of TCP, UDP and echo alone, and types of ICMP.
 */
struct sgnl_key rnd_key(const struct sgnl_rule *rule)
{
	u8 family = rule->family ? rule->family : families[1 + rnd_below(2)];
	struct sgnl_prefix any;
	struct sgnl_key key = {
		.direction = rule->direction,
		.proto = rule->proto,
		.multicast = rnd_one_in(16),
		.hop_limit = 64,
	};
	u16 sport = rnd_port_near(&rule->sport);
	u16 dport = rnd_port_near(&rule->dport);

	if (rnd_one_in(16))
		family = families[1 + rnd_below(2)];
	key.family = family;
	any = rnd_prefix(family);
	key.peer =
		rnd_addr_near(rule->peer.family == family ? &rule->peer : &any);
	any = rnd_prefix(family);
	key.local = rnd_addr_near(rule->local.family == family ? &rule->local :
								 &any);
	if (rule->proto == SGNL_PROTO_ALL || rnd_one_in(8))
		key.proto = protos[1 + rnd_below(COUNT_OF(protos) - 1)];
	if (key.proto == (family == SGNL_FAMILY_IPV4 ? 1 : 58)) {
		key.icmp_type = rule->has_icmp_type && !rnd_one_in(6) ?
					rule->icmp_type :
					RND_OF(types);
		key.icmp_code = rule->has_icmp_code && !rnd_one_in(6) ?
					rule->icmp_code :
					RND_OF(codes);
		sport = is_echo(&key) ? sport : 0;
		dport = sport;
	} else if (!has_ports(key.proto)) {
		sport = 0;
		dport = 0;
	}
	if (key.proto == 6)
		key.tcp_flags = SGNL_TCP_SYN;
	key.local_port = key.direction == SGNL_DIRECTION_IN ? dport : sport;
	key.peer_port = key.direction == SGNL_DIRECTION_IN ? sport : dport;
	return key;
}

/* R2 to R5, R8 and R14 by their words, from what the operator wrote alone. */
bool twin_rule_match(const struct sgnl_rule *rule,
		     const struct sgnl_rule_lists *lists,
		     const struct sgnl_key *key,
		     const struct sgnl_group_set *peer)
{
	bool inbound = key->direction == SGNL_DIRECTION_IN;
	unsigned int i;

	/* R2, R4: 1 is IPv4's alone and 58 is IPv6's; all is more than 0. */
	if (rule->proto == 1 && key->family != SGNL_FAMILY_IPV4)
		return false;
	if (rule->proto == 58 && key->family != SGNL_FAMILY_IPV6)
		return false;
	if (rule->proto < 256 && rule->proto != key->proto)
		return false;

	/* R14: the protocol is ICMP, then. */
	if (rule->has_icmp_type && key->icmp_type != rule->icmp_type)
		return false;
	if (rule->has_icmp_code && key->icmp_code != rule->icmp_code)
		return false;

	/* R3: the destination's; all matches port 0, a range never does. */
	if (has_ports(rule->proto)) {
		unsigned int dst = inbound ? key->local_port : key->peer_port;
		unsigned int src = inbound ? key->peer_port : key->local_port;

		/* R6 */
		if (rule->port_list && !twin_ports(lists->ports, dst))
			return false;
		if (!(rule->dport.min == 0 && rule->dport.max == 65535) &&
		    (dst == 0 || dst < rule->dport.min ||
		     dst > rule->dport.max))
			return false;
		if (!(rule->sport.min == 0 && rule->sport.max == 65535) &&
		    (src == 0 || src < rule->sport.min ||
		     src > rule->sport.max))
			return false;
	}

	/* R8 */
	if (!twin_prefix_match(&rule->local, &key->local, key->family))
		return false;

	/* R4, R5, R12 */
	if (rule->peer_kind == SGNL_PEER_PREFIX)
		return twin_prefix_match(&rule->peer, &key->peer, key->family);
	if (rule->peer_kind == SGNL_PEER_LIST)
		return twin_prefixes(lists->peer, &key->peer, key->family);
	for (i = 0; i < peer->n; i++)
		if (peer->group[i] == rule->peer_group)
			return true;
	return false;
}

/* The first part that does not fit, by the same words. */
static enum sgnl_rule_part twin_mismatch(const struct sgnl_rule *rule,
					 const struct sgnl_key *key,
					 const struct sgnl_group_set *peer)
{
	bool inbound = key->direction == SGNL_DIRECTION_IN;
	u16 dst = inbound ? key->local_port : key->peer_port;
	u16 src = inbound ? key->peer_port : key->local_port;
	bool group = rule->peer_kind == SGNL_PEER_GROUP;
	u8 fixed[] = { group ? 0 : rule->peer.family, rule->local.family,
		       rule->proto == 1	 ? 4 :
		       rule->proto == 58 ? 6 :
					   0 };
	unsigned int i;

	if (twin_rule_match(rule, &no_lists, key, peer))
		return SGNL_RULE_PART_NONE;
	for (i = 0; i < COUNT_OF(fixed); i++)
		if (fixed[i] && fixed[i] != key->family)
			return SGNL_RULE_PART_FAMILY;
	if (rule->proto < 256 && rule->proto != key->proto)
		return SGNL_RULE_PART_PROTO;
	if (rule->has_icmp_type && rule->icmp_type != key->icmp_type)
		return SGNL_RULE_PART_ICMP_TYPE;
	if (rule->has_icmp_code && rule->icmp_code != key->icmp_code)
		return SGNL_RULE_PART_ICMP_CODE;
	if (dst < rule->dport.min || dst > rule->dport.max)
		return SGNL_RULE_PART_DPORT;
	if (src < rule->sport.min || src > rule->sport.max)
		return SGNL_RULE_PART_SPORT;
	if (!twin_prefix_match(&rule->local, &key->local, key->family))
		return SGNL_RULE_PART_LOCAL;
	return group ? SGNL_RULE_PART_PEER_GROUP : SGNL_RULE_PART_PEER;
}

/* Groups of a packet's peer: none, the one that is named, others. */
static unsigned int rnd_groups(u32 *group)
{
	unsigned int n = 0;
	u32 g;

	for (g = 1; g <= 7; g++)
		if (rnd_one_in(3))
			group[n++] = g;
	return n;
}

static void test_match_twin(void)
{
	unsigned long n, hits = 0, rounds = tap_rounds(2000000);

	for (n = 0; n < rounds; n++) {
		struct sgnl_rule rule = rnd_rule();
		struct sgnl_key key = rnd_key(&rule);
		u32 group[8];
		struct sgnl_group_set peer = { .group = group };
		bool want;

		peer.n = rnd_groups(group);
		want = twin_rule_match(&rule, &no_lists, &key, &peer);
		hits += want;
		if (!CHECK_EQ(sgnl_rule_match(&rule, &no_lists, &key, &peer),
			      want) ||
		    !CHECK_EQ(sgnl_rule_mismatch(&rule, &no_lists, &key, &peer),
			      twin_mismatch(&rule, &key, &peer))) {
			tap_note("round %lu proto %u/%u family %u/%u", n,
				 rule.proto, key.proto, rule.family,
				 key.family);
			break;
		}
	}
	CHECK(hits > rounds / 10 && hits < rounds - rounds / 10);
}

/* A rule of a few words; the rest as R1 and R3 have it. */
static struct sgnl_rule simple_rule(u8 direction, u16 proto, const char *peer)
{
	return (struct sgnl_rule){
		.id = 1,
		.group = 1,
		.direction = direction,
		.priority = 1,
		.proto = proto,
		.dport = SGNL_PORTS_ALL,
		.sport = SGNL_PORTS_ALL,
		.peer = make_prefix(peer),
	};
}

static bool matches(struct sgnl_rule rule, u8 proto, const char *peer,
		    const char *local, u16 sport, u16 dport)
{
	bool in = rule.direction == SGNL_DIRECTION_IN;
	struct sgnl_group_set none = {};
	struct sgnl_key key = {
		.direction = rule.direction,
		.proto = proto,
		.local_port = in ? dport : sport,
		.peer_port = in ? sport : dport,
	};
	const char *text;
	u8 family;

	CHECK_EQ(sgnl_rule_canonicalize(&rule, &text), SGNL_RULE_PART_NONE);
	key.peer = make_addr(peer, &family);
	key.local = make_addr(local, &key.family);
	return sgnl_rule_match(&rule, &no_lists, &key, &none);
}

static void test_protocol(void)
{
	unsigned int a, b;

	for (a = 0; a <= 256; a++) {
		struct sgnl_rule r4 = simple_rule(0, a, "0.0.0.0/0");
		struct sgnl_rule r6 = simple_rule(0, a, "::/0");

		for (b = 0; b <= 255; b++) {
			if (a != 58)
				CHECK_EQ(matches(r4, b, "1.2.3.4", "5.6.7.8", 0,
						 0),
					 a == 256 || a == b);
			if (a != 1)
				CHECK_EQ(matches(r6, b, "2001:db8::1",
						 "fd00::1", 0, 0),
					 a == 256 || a == b);
		}
	}
}

static void test_icmp_family(void)
{
	struct sgnl_rule rule = simple_rule(0, 58, "::/0");
	struct sgnl_group_set set = { .n = 1, .group = (u32[]){ 9 } };
	struct sgnl_key key = { .family = SGNL_FAMILY_IPV4, .proto = 58 };
	const char *text;

	/* By a group as peer, so that no CIDR fixes the family. */
	rule.peer_kind = SGNL_PEER_GROUP;
	rule.peer_group = 9;
	CHECK_EQ(sgnl_rule_canonicalize(&rule, &text), SGNL_RULE_PART_NONE);
	CHECK_EQ(rule.family, SGNL_FAMILY_IPV6);
	CHECK(!sgnl_rule_match(&rule, &no_lists, &key, &set));
	key.family = SGNL_FAMILY_IPV6;
	CHECK(sgnl_rule_match(&rule, &no_lists, &key, &set));

	rule.proto = 1;
	CHECK_EQ(sgnl_rule_canonicalize(&rule, &text), SGNL_RULE_PART_NONE);
	CHECK_EQ(rule.family, SGNL_FAMILY_IPV4);
	key.proto = 1;
	CHECK(!sgnl_rule_match(&rule, &no_lists, &key, &set));
	key.family = SGNL_FAMILY_IPV4;
	CHECK(sgnl_rule_match(&rule, &no_lists, &key, &set));

	rule.proto = SGNL_PROTO_ALL;
	CHECK_EQ(sgnl_rule_canonicalize(&rule, &text), SGNL_RULE_PART_NONE);
	CHECK_EQ(rule.family, SGNL_FAMILY_ANY);
	key.proto = 58;
	CHECK(sgnl_rule_match(&rule, &no_lists, &key, &set));
}

/* Each type, each code, and both. */
static void test_icmp_type(void)
{
	struct sgnl_group_set none = {};
	unsigned int type, code, n;
	const char *text;

	for (n = 0; n < 2 * 3 * 256; n++) {
		bool ipv4 = n & 1;
		struct sgnl_rule rule =
			simple_rule(0, ipv4 ? 1 : 58,
				    ipv4 ? "0.0.0.0/0" : "::/0");
		struct sgnl_key key = {
			.family = ipv4 ? SGNL_FAMILY_IPV4 : SGNL_FAMILY_IPV6,
			.proto = rule.proto,
		};

		rule.has_icmp_type = n / 2 % 3 > 0;
		rule.has_icmp_code = n / 2 % 3 > 1;
		rule.icmp_type = n / 6;
		rule.icmp_code = 255 - n / 6;
		CHECK_EQ(sgnl_rule_canonicalize(&rule, &text),
			 SGNL_RULE_PART_NONE);
		for (type = 0; type < 256; type++)
			for (code = 0; code < 256; code += 1 + type % 5) {
				bool want = true;

				if (rule.has_icmp_type)
					want &= type == n / 6;
				if (rule.has_icmp_code)
					want &= code == 255 - n / 6;
				key.icmp_type = type;
				key.icmp_code = code;
				CHECK_EQ(sgnl_rule_match(&rule, &no_lists, &key,
							 &none),
					 want);
			}
	}
}

static void test_destination_port(void)
{
	struct sgnl_rule in = simple_rule(SGNL_DIRECTION_IN, 6, "0.0.0.0/0");
	struct sgnl_rule out = simple_rule(SGNL_DIRECTION_OUT, 17, "0.0.0.0/0");

	in.dport = (struct sgnl_port_range){ 80, 90 };
	out.dport = (struct sgnl_port_range){ 53, 53 };
	CHECK(matches(in, 6, "1.1.1.1", "2.2.2.2", 40000, 80));
	CHECK(matches(in, 6, "1.1.1.1", "2.2.2.2", 40000, 90));
	CHECK(!matches(in, 6, "1.1.1.1", "2.2.2.2", 40000, 79));
	CHECK(!matches(in, 6, "1.1.1.1", "2.2.2.2", 40000, 91));
	CHECK(!matches(in, 6, "1.1.1.1", "2.2.2.2", 80, 40000));
	CHECK(!matches(in, 17, "1.1.1.1", "2.2.2.2", 40000, 80));
	CHECK(matches(out, 17, "1.1.1.1", "2.2.2.2", 40000, 53));
	CHECK(!matches(out, 17, "1.1.1.1", "2.2.2.2", 53, 40000));
}

static void test_port_zero(void)
{
	struct sgnl_rule rule = simple_rule(SGNL_DIRECTION_IN, 6, "0.0.0.0/0");

	CHECK(matches(rule, 6, "1.1.1.1", "2.2.2.2", 0, 0));
	rule.dport = (struct sgnl_port_range){ 1, 65535 };
	CHECK(!matches(rule, 6, "1.1.1.1", "2.2.2.2", 7, 0));
	CHECK(matches(rule, 6, "1.1.1.1", "2.2.2.2", 0, 1));
	CHECK(matches(rule, 6, "1.1.1.1", "2.2.2.2", 0, 65535));
}

static void test_five_tuple(void)
{
	struct sgnl_rule in = simple_rule(SGNL_DIRECTION_IN, 6, "10.0.0.0/8");
	struct sgnl_rule out = simple_rule(SGNL_DIRECTION_OUT, 6, "10.0.0.0/8");

	in.local = make_prefix("192.0.2.0/24");
	in.sport = (struct sgnl_port_range){ 1000, 2000 };
	out.local = in.local;
	out.sport = in.sport;
	CHECK(matches(in, 6, "10.1.1.1", "192.0.2.9", 1000, 80));
	CHECK(!matches(in, 6, "10.1.1.1", "192.0.3.9", 1000, 80));
	CHECK(!matches(in, 6, "192.0.2.9", "10.1.1.1", 1000, 80));
	CHECK(!matches(in, 6, "10.1.1.1", "192.0.2.9", 999, 80));
	CHECK(!matches(in, 6, "10.1.1.1", "192.0.2.9", 2001, 80));
	CHECK(matches(out, 6, "10.1.1.1", "192.0.2.9", 2000, 80));
	CHECK(!matches(out, 6, "10.1.1.1", "192.0.2.9", 80, 2000));
}

static void test_empty_group(void)
{
	struct sgnl_rule rule = simple_rule(0, SGNL_PROTO_ALL, "0.0.0.0/0");
	struct sgnl_group_set none = {};
	struct sgnl_group_set other = { .n = 2, .group = (u32[]){ 1, 3 } };
	struct sgnl_key key = { .family = SGNL_FAMILY_IPV4, .proto = 6 };
	const char *text;

	rule.peer_kind = SGNL_PEER_GROUP;
	rule.peer_group = 2;
	CHECK_EQ(sgnl_rule_canonicalize(&rule, &text), SGNL_RULE_PART_NONE);
	CHECK(!sgnl_rule_match(&rule, &no_lists, &key, &none));
	CHECK(!sgnl_rule_match(&rule, &no_lists, &key, &other));
	other.group = (u32[]){ 1, 2 };
	CHECK(sgnl_rule_match(&rule, &no_lists, &key, &other));
	other.group = (u32[]){ 2, 3 };
	CHECK(sgnl_rule_match(&rule, &no_lists, &key, &other));
}

static void test_peer_group_families(void)
{
	struct sgnl_rule rule = simple_rule(0, SGNL_PROTO_ALL, "10.0.0.0/8");
	struct sgnl_group_set set = { .n = 1, .group = (u32[]){ 2 } };
	struct sgnl_key key = { .family = SGNL_FAMILY_IPV4, .proto = 6 };
	const char *text;

	rule.peer_kind = SGNL_PEER_GROUP;
	rule.peer_group = 2;
	CHECK_EQ(sgnl_rule_canonicalize(&rule, &text), SGNL_RULE_PART_NONE);
	/* What was in the unused part is gone, so that R9 compares what counts. */
	CHECK_EQ(rule.peer.family, SGNL_FAMILY_ANY);
	CHECK_EQ(rule.peer.addr.lo, 0);
	CHECK_EQ(rule.peer.len, 0);
	CHECK(sgnl_rule_match(&rule, &no_lists, &key, &set));
	key.family = SGNL_FAMILY_IPV6;
	CHECK(sgnl_rule_match(&rule, &no_lists, &key, &set));

	/* A local CIDR fixes the family for a group too. */
	rule.local = make_prefix("fd00::/8");
	CHECK_EQ(sgnl_rule_canonicalize(&rule, &text), SGNL_RULE_PART_NONE);
	CHECK_EQ(rule.family, SGNL_FAMILY_IPV6);
	key.local = make_addr("fd00::1", &key.family);
	CHECK(sgnl_rule_match(&rule, &no_lists, &key, &set));
	key.family = SGNL_FAMILY_IPV4;
	CHECK(!sgnl_rule_match(&rule, &no_lists, &key, &set));
}

static enum sgnl_rule_part part_of(struct sgnl_rule rule)
{
	const char *text = NULL;
	enum sgnl_rule_part part = sgnl_rule_canonicalize(&rule, &text);

	/* An error says what is wrong, and only an error does. */
	CHECK_EQ(part != SGNL_RULE_PART_NONE, text && strlen(text) > 10);
	return part;
}

static void test_refused(void)
{
	const struct sgnl_rule good = simple_rule(0, 6, "10.0.0.0/8");
	struct sgnl_rule r;

	CHECK_EQ(part_of(good), SGNL_RULE_PART_NONE);
	r = good;
	r.direction = 2;
	CHECK_EQ(part_of(r), SGNL_RULE_PART_DIRECTION);
	r = good;
	r.policy = 2;
	CHECK_EQ(part_of(r), SGNL_RULE_PART_POLICY);
	r = good;
	r.proto = 257;
	CHECK_EQ(part_of(r), SGNL_RULE_PART_PROTO);
	r = good;
	r.peer.family = SGNL_FAMILY_ANY;
	CHECK_EQ(part_of(r), SGNL_RULE_PART_PEER);
	r = good;
	r.peer.len = 33;
	CHECK_EQ(part_of(r), SGNL_RULE_PART_PEER);
	r.peer = make_prefix("fd00::/128");
	CHECK_EQ(part_of(r), SGNL_RULE_PART_NONE);
	r.peer.len = 129;
	CHECK_EQ(part_of(r), SGNL_RULE_PART_PEER);
	r = good;
	r.local = make_prefix("10.0.0.0/32");
	CHECK_EQ(part_of(r), SGNL_RULE_PART_NONE);
	r.local.len = 33;
	CHECK_EQ(part_of(r), SGNL_RULE_PART_LOCAL);
}

static void test_priority(void)
{
	struct sgnl_rule rule = simple_rule(0, 6, "10.0.0.0/8");
	unsigned int i;

	for (i = 0; i < 256; i++) {
		rule.priority = i;
		CHECK_EQ(part_of(rule), i >= 1 && i <= 100 ?
						SGNL_RULE_PART_NONE :
						SGNL_RULE_PART_PRIORITY);
	}
}

static void test_ports_refused(void)
{
	static const u16 edge[] = { 0, 1, 2, 80, 65534, 65535 };
	unsigned int proto;
	size_t a, b;

	for (proto = 0; proto <= 256; proto++)
		for (a = 0; a < COUNT_OF(edge); a++)
			for (b = 0; b < COUNT_OF(edge); b++) {
				struct sgnl_port_range p = { edge[a], edge[b] };
				struct sgnl_rule rule;
				bool all = p.min == 0 && p.max == 65535;
				bool want = all ||
					    (has_ports(proto) && 1 <= p.min &&
					     p.min <= p.max);

				rule = simple_rule(0, proto,
						   proto == 58 ? "::/0" :
								 "0.0.0.0/0");
				rule.dport = p;
				CHECK_EQ(part_of(rule),
					 want ? SGNL_RULE_PART_NONE :
						SGNL_RULE_PART_DPORT);
				rule.dport = SGNL_PORTS_ALL;
				rule.sport = p;
				CHECK_EQ(part_of(rule),
					 want ? SGNL_RULE_PART_NONE :
						SGNL_RULE_PART_SPORT);
			}
}

static void test_icmp_refused(void)
{
	unsigned int proto;

	for (proto = 0; proto <= 256; proto++) {
		struct sgnl_rule rule =
			simple_rule(0, proto,
				    proto == 58 ? "::/0" : "0.0.0.0/0");

		rule.has_icmp_type = true;
		CHECK_EQ(part_of(rule), has_types(proto) ?
						SGNL_RULE_PART_NONE :
						SGNL_RULE_PART_ICMP_TYPE);
		rule.has_icmp_code = true;
		CHECK_EQ(part_of(rule), has_types(proto) ?
						SGNL_RULE_PART_NONE :
						SGNL_RULE_PART_ICMP_TYPE);
		rule.has_icmp_type = false;
		CHECK_EQ(part_of(rule), SGNL_RULE_PART_ICMP_CODE);
	}
}

static void test_mixed(void)
{
	struct sgnl_rule rule = simple_rule(0, 6, "10.0.0.0/8");

	rule.local = make_prefix("fd00::/8");
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_LOCAL);
	rule.peer = make_prefix("fd00::/8");
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_NONE);
	rule.local = make_prefix("10.0.0.0/8");
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_LOCAL);

	CHECK_EQ(part_of(simple_rule(0, 1, "::/0")), SGNL_RULE_PART_PROTO);
	CHECK_EQ(part_of(simple_rule(0, 58, "0.0.0.0/0")),
		 SGNL_RULE_PART_PROTO);
	CHECK_EQ(part_of(simple_rule(0, 1, "0.0.0.0/0")), SGNL_RULE_PART_NONE);
	CHECK_EQ(part_of(simple_rule(0, 58, "::/0")), SGNL_RULE_PART_NONE);
}

static void test_own_group(void)
{
	struct sgnl_rule rule = simple_rule(0, 6, "10.0.0.0/8");

	/* The field means nothing while the peer is a CIDR. */
	rule.peer_group = rule.group;
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_NONE);
	rule.peer_kind = SGNL_PEER_GROUP;
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_PEER_GROUP);
	rule.peer_group++;
	CHECK_EQ(part_of(rule), SGNL_RULE_PART_NONE);
}

/* A rule in words; two rules are the same if their words are (R9). */
static void words_of(const struct sgnl_rule *r, char *out, size_t size)
{
	char peer[64], icmp[32] = "";

	if (r->has_icmp_type)
		snprintf(icmp, sizeof(icmp), "type %u", r->icmp_type);
	if (r->has_icmp_code)
		snprintf(icmp, sizeof(icmp), "type %u code %u", r->icmp_type,
			 r->icmp_code);
	if (r->peer_kind == SGNL_PEER_GROUP)
		snprintf(peer, sizeof(peer), "group %u", r->peer_group);
	else if (r->peer_kind == SGNL_PEER_LIST)
		snprintf(peer, sizeof(peer), "list %u", r->peer_list);
	else
		snprintf(peer, sizeof(peer), "v%u %llx.%llx/%u", r->peer.family,
			 (unsigned long long)r->peer.addr.hi,
			 (unsigned long long)r->peer.addr.lo, r->peer.len);
	snprintf(out, size,
		 "%u dir %u pol %u prio %u proto %u %s port %u-%u list %u from %s local v%u %llx.%llx/%u sport %u-%u",
		 r->group, r->direction, r->policy, r->priority, r->proto, icmp,
		 r->dport.min, r->dport.max, r->port_list, peer,
		 r->local.family, (unsigned long long)r->local.addr.hi,
		 (unsigned long long)r->local.addr.lo, r->local.len,
		 r->sport.min, r->sport.max);
}

/* Another value in one part, mostly one that still is valid. */
static void change_part(struct sgnl_rule *r)
{
	switch (rnd_below(17)) {
	case 15:
		rnd_icmp(r);
		break;
	case 16:
		/* What counts not, unless it is said to. */
		r->icmp_type += rnd() & 1;
		r->icmp_code += rnd() & 1;
		break;
	case 13:
		r->port_list = 1 + rnd_below(2);
		r->dport = SGNL_PORTS_ALL;
		break;
	case 14:
		r->peer_kind = SGNL_PEER_LIST;
		r->peer_list = 1 + rnd_below(2);
		break;
	case 0:
		r->id++;
		break;
	case 1:
		r->group += 10;
		break;
	case 2:
		r->direction ^= 1;
		break;
	case 3:
		r->policy ^= 1;
		break;
	case 4:
		r->priority = r->priority % 100 + 1;
		break;
	case 5:
		r->proto = RND_OF(protos);
		break;
	case 6:
		r->dport = rnd_ports(r->proto);
		break;
	case 7:
		r->sport = rnd_ports(r->proto);
		break;
	case 8:
		r->peer = rnd_prefix(families[1 + rnd_below(2)]);
		break;
	case 9:
		r->peer_group = 1 + rnd_below(6);
		break;
	case 10:
		r->peer_kind ^= 1;
		break;
	case 11:
		r->local = rnd_prefix(RND_OF(families));
		break;
	case 12:
		/* Host bits, which are masked away again. */
		r->peer.addr.lo |= rnd_below(256);
		break;
	}
}

/* R1 to R4, R8, R11, R14 by their words: all parts that are wrong. */
static unsigned int twin_faults(const struct sgnl_rule *r)
{
	bool all_dports = r->dport.min == 0 && r->dport.max == 65535;
	bool all_sports = r->sport.min == 0 && r->sport.max == 65535;
	u8 fixed = r->peer_kind == SGNL_PEER_GROUP ? 0 : r->peer.family;
	unsigned int faults = 0;

#define FAULT(part, cond) \
	(faults |= (unsigned int)!!(cond) << SGNL_RULE_PART_##part)
	FAULT(DIRECTION, r->direction > 1);
	FAULT(POLICY, r->policy > 1);
	FAULT(PRIORITY, r->priority < 1 || r->priority > 100);
	FAULT(PROTO, r->proto > 256);
	FAULT(DPORT, !all_dports && (!has_ports(r->proto) || r->dport.min < 1 ||
				     r->dport.min > r->dport.max));
	FAULT(SPORT, !all_sports && (!has_ports(r->proto) || r->sport.min < 1 ||
				     r->sport.min > r->sport.max));
	FAULT(ICMP_TYPE, r->has_icmp_type && !has_types(r->proto));
	FAULT(ICMP_CODE, r->has_icmp_code && !r->has_icmp_type);
	FAULT(PORT_LIST, r->port_list && (!has_ports(r->proto) || !all_dports));
	FAULT(PEER_GROUP,
	      r->peer_kind == SGNL_PEER_GROUP && r->peer_group == r->group);
	FAULT(PEER, r->peer_kind == SGNL_PEER_PREFIX &&
			    (!fixed || r->peer.len > (fixed == 4 ? 32 : 128)));
	FAULT(LOCAL,
	      r->local.family &&
		      (r->local.len > (r->local.family == 4 ? 32 : 128) ||
		       (fixed && fixed != r->local.family)));
	if (!fixed)
		fixed = r->local.family;
	FAULT(PROTO,
	      (r->proto == 1 && fixed == 6) || (r->proto == 58 && fixed == 4));
#undef FAULT
	return faults;
}

/* Any value in one part, mostly a wrong one. */
static void spoil_part(struct sgnl_rule *r)
{
	switch (rnd_below(12)) {
	case 11:
		rnd_icmp(r);
		break;
	case 0:
		r->direction = rnd_below(4);
		break;
	case 1:
		r->policy = rnd_below(4);
		break;
	case 2:
		r->priority = rnd();
		break;
	case 3:
		r->proto = rnd_below(260);
		break;
	case 4:
		r->dport.min = RND_OF(edges);
		break;
	case 5:
		r->sport.max = RND_OF(edges);
		break;
	case 6:
		r->port_list = rnd_below(2);
		break;
	case 7:
		r->peer_kind = rnd_below(3);
		break;
	case 8:
		r->peer = rnd_prefix(RND_OF(families));
		r->peer.len += rnd_one_in(3);
		break;
	case 9:
		r->local = rnd_prefix(RND_OF(families));
		r->local.len += rnd_one_in(3);
		break;
	case 10:
		r->peer_group = rnd_below(4);
		break;
	}
}

/* The rule as it was written and in its canonical form say the same. */
static bool same_match(const struct sgnl_rule *written,
		       const struct sgnl_rule *rule)
{
	static struct some_prefixes prefixes;
	static struct some_ports ports;
	struct sgnl_rule_lists lists = {};
	u32 group[8];
	struct sgnl_group_set peer = { .group = group };
	struct sgnl_key key = rnd_key(rule);

	if (rule->peer_kind == SGNL_PEER_LIST) {
		rnd_prefixes(&prefixes, rule->peer.family ?: SGNL_FAMILY_IPV4);
		lists.peer = &prefixes.list;
	}
	if (rule->port_list) {
		rnd_port_list(&ports);
		lists.ports = &ports.list;
	}
	peer.n = rnd_groups(group);
	return CHECK_EQ(sgnl_rule_match(rule, &lists, &key, &peer),
			twin_rule_match(written, &lists, &key, &peer));
}

bool try_rule(unsigned long *valid)
{
	struct sgnl_rule written = rnd_rule(), rule, again;
	unsigned int n = rnd_below(4), faults;
	enum sgnl_rule_part part;
	const char *text = NULL;

	while (n--)
		spoil_part(&written);
	rule = written;
	faults = twin_faults(&written);
	part = sgnl_rule_canonicalize(&rule, &text);
	if (!CHECK(faults ? faults >> part & 1 : part == SGNL_RULE_PART_NONE) ||
	    !CHECK_EQ(!faults, !text)) {
		tap_note("part %u of %x", part, faults);
		return false;
	}
	if (faults)
		return true;
	++*valid;
	again = rule;
	return CHECK(!sgnl_rule_canonicalize(&again, &text)) &&
	       CHECK(sgnl_rule_equal(&rule, &again)) &&
	       same_match(&written, &rule);
}

static void test_written(void)
{
	unsigned long n, valid = 0, rounds = tap_rounds(300000);

	for (n = 0; n < rounds; n++)
		if (!try_rule(&valid))
			break;
	CHECK(valid > rounds / 4 && valid < rounds - rounds / 4);
}

bool try_identity(unsigned long *same)
{
	struct sgnl_rule a = rnd_rule(), b = a;
	char x[256], y[256];
	const char *text;

	change_part(&b);
	if (sgnl_rule_canonicalize(&b, &text))
		return true;
	words_of(&a, x, sizeof(x));
	words_of(&b, y, sizeof(y));
	*same += strcmp(x, y) == 0;
	if (CHECK_EQ(sgnl_rule_equal(&a, &b), strcmp(x, y) == 0))
		return true;
	tap_note("%s | %s", x, y);
	return false;
}

static void test_identity(void)
{
	unsigned long n, same = 0, rounds = tap_rounds(300000);

	for (n = 0; n < rounds; n++)
		if (!try_identity(&same))
			break;
	CHECK(same > rounds / 20 && same < rounds / 2);
}

static void test_canonical_is_stable(void)
{
	unsigned long n;

	for (n = 0; n < tap_rounds(100000); n++) {
		struct sgnl_rule a = rnd_rule(), b = a;
		const char *text;

		CHECK_EQ(sgnl_rule_canonicalize(&b, &text),
			 SGNL_RULE_PART_NONE);
		if (!CHECK(sgnl_rule_equal(&a, &b) && a.family == b.family))
			break;
	}
}

/* Negative as E7 has it: priority, then deny before allow, then id. */
static void test_compare(void)
{
	unsigned int n;

	for (n = 0; n < 3 * 2 * 3 * 3 * 2 * 3; n++) {
		static const u8 priority[] = { 1, 2, 100 };
		static const u32 id[] = { 1, 2, 0xffffffff };
		struct sgnl_rule a = { .priority = priority[n % 3],
				       .policy = n / 3 % 2,
				       .id = id[n / 6 % 3] };
		struct sgnl_rule b = { .priority = priority[n / 18 % 3],
				       .policy = n / 54 % 2,
				       .id = id[n / 108] };
		bool a_denies = a.policy == SGNL_RULE_POLICY_DENY;
		bool b_denies = b.policy == SGNL_RULE_POLICY_DENY;
		int want = 0, got = sgnl_rule_compare(&a, &b);

		if (a.id != b.id)
			want = a.id < b.id ? -1 : 1;
		if (a_denies != b_denies)
			want = a_denies ? -1 : 1;
		if (a.priority != b.priority)
			want = a.priority < b.priority ? -1 : 1;
		CHECK_EQ((got > 0) - (got < 0), want);
	}
}

static const struct tap_test tests[] = {
	{ "R1 priority is 1 to 100", test_priority },
	{ "R1 each part out of range is refused and named", test_refused },
	{ "R2 a protocol is a number, all is none of them", test_protocol },
	{ "R3 ports are the destination's", test_destination_port },
	{ "R3 port 0 is matched by rules without ports alone", test_port_zero },
	{ "R3 only TCP and UDP have port ranges, from 1 on",
	  test_ports_refused },
	{ "R4 protocol 1 is IPv4's and 58 is IPv6's", test_icmp_family },
	{ "R14 ICMP packets of a type, and of a code of it", test_icmp_type },
	{ "R14 only ICMP has types, and only a type has codes",
	  test_icmp_refused },
	{ "R5 a group as peer matches both families",
	  test_peer_group_families },
	{ "R8 five-tuple rules, both directions", test_five_tuple },
	{ "R9 R14 identity, held against the rules in words", test_identity },
	{ "R9 canonical form stays as it is", test_canonical_is_stable },
	{ "R11 families mixed in one rule are refused", test_mixed },
	{ "R11 a rule that names its own group is refused", test_own_group },
	{ "R1 R2 R3 R4 R8 R11 R14 rules right and wrong, held against their words",
	  test_written },
	{ "R12 an empty group matches nothing", test_empty_group },
	{ "R2 R3 R4 R5 R8 R12 R14 matching, held against their words",
	  test_match_twin },
	{ "E7 order is priority, deny before allow, id", test_compare },
	{}
};

const struct tap_suite rule_suite = { "rule", tests };
