// SPDX-License-Identifier: GPL-2.0
/* Tests of userspace-tool/cover: what sgnl check says of rules. */
#include <stdio.h>

#include "cover.h"
#include "make.h"
#include "tap.h"
#include "trial.h"

#define RULES_MAX  24
#define CELLS_MAX  (1 << 20)
/* When rules go by themselves: before that, or at no time that is looked at. */
#define UNTIL_MAX  3
/* Values at which a field's sides begin: two of each rule and entry, and the first. */
#define VALUES_MAX (1 + 2 * (RULES_MAX + 4 * ENTRIES_MAX))

/* ---- what is looked through ---- */

/* The rules of a port or group, all of one direction, and what they name. */
struct pile {
	unsigned int n;
	struct sgnl_rule rule[RULES_MAX];
	u8 until[RULES_MAX];
	struct some_prefixes prefixes[2]; /* one of each family */
	struct some_ports ports[2];
	/* What was found, by place in the order of E7. */
	const struct sgnl_rule *sorted[RULES_MAX];
	u32 found[3]; /* bits, by enum cover */
	u32 by[3][RULES_MAX];
	bool twice;
};

static struct cover_rule with_lists(const struct pile *pile,
				    const struct sgnl_rule *rule)
{
	struct cover_rule r = {
		.rule = rule,
		.until = pile->until[rule - pile->rule],
	};

	if (rule->peer_list)
		r.lists.peer = &pile->prefixes[rule->peer_list - 1].list;
	if (rule->port_list)
		r.lists.ports = &pile->ports[rule->port_list - 1].list;
	return r;
}

static unsigned int place_of(const struct pile *pile,
			     const struct sgnl_rule *rule)
{
	unsigned int i;

	for (i = 0; i < pile->n && pile->sorted[i] != rule; i++)
		;
	return i;
}

static void on_found(void *data, enum cover what, const struct sgnl_rule *rule,
		     const struct sgnl_rule *const *by, size_t n)
{
	struct pile *pile = data;
	unsigned int at = place_of(pile, rule);
	size_t i;

	pile->twice |= pile->found[what] >> at & 1;
	pile->found[what] |= 1U << at;
	for (i = 0; i < n; i++)
		pile->by[what][at] |= 1U << place_of(pile, by[i]);
}

static bool look_through(struct pile *pile)
{
	struct cover_rule rule[RULES_MAX];
	unsigned int i, k;

	for (i = 0; i < pile->n; i++) {
		rule[i] = with_lists(pile, &pile->rule[i]);
		for (k = i; k && sgnl_rule_compare(pile->sorted[k - 1],
						   &pile->rule[i]) > 0;
		     k--)
			pile->sorted[k] = pile->sorted[k - 1];
		pile->sorted[k] = &pile->rule[i];
	}
	memset(pile->found, 0, sizeof(pile->found));
	memset(pile->by, 0, sizeof(pile->by));
	pile->twice = false;
	return CHECK(cover_check(rule, pile->n, on_found, pile)) &&
	       CHECK(!pile->twice);
}

/* ---- the twin: one packet for every cell between the fields' boundaries ---- */

struct values {
	unsigned int n;
	struct sgnl_addr v[VALUES_MAX];
};

static void add_value(struct values *values, struct sgnl_addr value)
{
	unsigned int i;

	for (i = 0; i < values->n; i++)
		if (sgnl_addr_equal(&values->v[i], &value))
			return;
	values->v[values->n++] = value;
}

static void add_ports(struct values *values, const struct sgnl_port_range *r)
{
	add_value(values, (struct sgnl_addr){ .lo = r->min });
	if (r->max < 65535)
		add_value(values, (struct sgnl_addr){ .lo = r->max + 1 });
}

/* Its first address, and the one behind its last. */
static void add_prefix(struct values *values, const struct sgnl_prefix *prefix,
		       u8 family)
{
	struct sgnl_addr addr = prefix->addr;
	unsigned int i;

	if (prefix->family != family)
		return;
	add_value(values, addr);
	for (i = prefix->len; i < sgnl_family_bits(family); i++)
		addr_flip(&addr, family, i);
	if (++addr.lo == 0)
		addr.hi++;
	if (addr.hi | addr.lo &&
	    (family == SGNL_FAMILY_IPV6 || !(addr.lo >> 32)))
		add_value(values, addr);
}

/* By cell, which rules match: bits, by place in the order of E7. */
static u32 cell[CELLS_MAX];
static unsigned int n_cells;

static u32 matches(const struct pile *pile, const struct sgnl_key *key,
		   unsigned int groups)
{
	u32 group[2], mask = 0;
	struct sgnl_group_set peer = { .group = group };
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (groups >> i & 1)
			group[peer.n++] = 7 + i;
	for (i = 0; i < pile->n; i++) {
		struct cover_rule r = with_lists(pile, pile->sorted[i]);

		if (sgnl_rule_match(r.rule, &r.lists, key, &peer))
			mask |= 1U << i;
	}
	return mask;
}

/* Empties the values but for the one that comes before all others. */
static void begin_values(struct values *values)
{
	values->n = 1;
	values->v[0] = (struct sgnl_addr){};
}

/* Type and code as one number; where none is given, no value is needed. */
static void add_icmp(struct values *values, const struct sgnl_rule *r)
{
	u32 first = r->icmp_type << 8 | r->icmp_code;
	u32 behind = first + (r->has_icmp_code ? 1 : 256);

	if (!r->has_icmp_type)
		return;
	add_value(values, (struct sgnl_addr){ .lo = first });
	if (behind < 65536)
		add_value(values, (struct sgnl_addr){ .lo = behind });
}

static void values_of_rules(const struct pile *pile, struct values *proto,
			    struct values *icmp, struct values *dport,
			    struct values *sport)
{
	unsigned int i, k;

	for (i = 0; i < pile->n; i++) {
		const struct sgnl_rule *r = &pile->rule[i];
		struct sgnl_rule_lists lists = with_lists(pile, r).lists;

		for (k = r->proto; k <= r->proto + 1U && k <= 255; k++)
			add_value(proto, (struct sgnl_addr){ .lo = k });
		add_icmp(icmp, r);
		add_ports(dport, &r->dport);
		add_ports(sport, &r->sport);
		for (k = 0; lists.ports && k < lists.ports->n; k++)
			add_ports(dport, &lists.ports->entry[k]);
	}
}

static void addresses_of_rules(const struct pile *pile, u8 family,
			       struct values *local, struct values *peer)
{
	unsigned int i, k;

	for (i = 0; i < pile->n; i++) {
		const struct sgnl_rule *r = &pile->rule[i];
		struct sgnl_rule_lists lists = with_lists(pile, r).lists;

		add_prefix(local, &r->local, family);
		if (r->peer_kind == SGNL_PEER_PREFIX)
			add_prefix(peer, &r->peer, family);
		for (k = 0; lists.peer && k < lists.peer->n; k++)
			add_prefix(peer, &lists.peer->entry[k], family);
	}
}

/* One of the values; @rest counts through all combinations. */
static struct sgnl_addr pick(const struct values *values, unsigned long *rest)
{
	struct sgnl_addr value = values->v[*rest % values->n];

	*rest /= values->n;
	return value;
}

/* False if there are too many. */
static bool make_cells(const struct pile *pile)
{
	static const u8 families[] = { SGNL_FAMILY_IPV4, SGNL_FAMILY_IPV6 };
	static struct values proto, icmp, dport, sport, local, peer;
	u8 direction = pile->n ? pile->rule[0].direction : 0;
	unsigned int f;

	begin_values(&proto);
	begin_values(&icmp);
	begin_values(&dport);
	begin_values(&sport);
	values_of_rules(pile, &proto, &icmp, &dport, &sport);
	n_cells = 0;
	for (f = 0; f < COUNT_OF(families); f++) {
		unsigned long i, n = 4UL * proto.n * dport.n * sport.n;

		begin_values(&local);
		begin_values(&peer);
		addresses_of_rules(pile, families[f], &local, &peer);
		n *= local.n * peer.n * icmp.n;
		if (n_cells + n > CELLS_MAX)
			return false;
		for (i = 0; i < n; i++) {
			unsigned long rest = i / 4;
			struct sgnl_key key = {
				.family = families[f],
				.direction = direction,
				.proto = pick(&proto, &rest).lo,
				.local_port = pick(&dport, &rest).lo,
				.peer_port = pick(&sport, &rest).lo,
				.local = pick(&local, &rest),
				.peer = pick(&peer, &rest),
			};
			u16 type_and_code = pick(&icmp, &rest).lo;

			key.icmp_type = type_and_code >> 8;
			key.icmp_code = type_and_code & 0xff;

			if (direction == SGNL_DIRECTION_OUT) {
				u16 port = key.local_port;

				key.local_port = key.peer_port;
				key.peer_port = port;
			}
			cell[n_cells++] = matches(pile, &key, i % 4);
		}
	}
	return true;
}

/* Bits: the rules that are there as long as this one, at least. */
static u32 lasting(const struct pile *pile, unsigned int until)
{
	u32 mask = 0;
	unsigned int i;

	for (i = 0; i < pile->n; i++)
		if (pile->until[pile->sorted[i] - pile->rule] >= until)
			mask |= 1U << i;
	return mask;
}

/* By rule, bits: which others do not match all that it does, and which match some. */
struct relation {
	bool reached;
	bool first; /* of some cell, there is no earlier rule that lasts */
	u32 lasting;
	u32 miss;
	u32 meet;
};

static void relate(const struct pile *pile, struct relation *relation)
{
	unsigned int n, i;

	memset(relation, 0, RULES_MAX * sizeof(*relation));
	for (i = 0; i < pile->n; i++)
		relation[i].lasting =
			lasting(pile,
				pile->until[pile->sorted[i] - pile->rule]);
	for (n = 0; n < n_cells; n++)
		for (i = 0; i < pile->n; i++) {
			if (!(cell[n] >> i & 1))
				continue;
			relation[i].reached = true;
			relation[i].first |= !(cell[n] & relation[i].lasting &
					       ((1U << i) - 1));
			relation[i].miss |= ~cell[n];
			relation[i].meet |= cell[n];
		}
}

static bool shadowed(const struct relation *relation)
{
	return relation->reached && !relation->first;
}

/* H2 in words. */
static bool redundant(const struct pile *pile, const struct relation *relation,
		      unsigned int i)
{
	unsigned int later, k;

	if (!relation[i].reached || shadowed(&relation[i]))
		return false;
	for (later = i + 1; later < pile->n; later++) {
		bool between = false;

		if (pile->sorted[later]->policy != pile->sorted[i]->policy ||
		    relation[i].miss >> later & 1 ||
		    !(relation[i].lasting >> later & 1) ||
		    shadowed(&relation[later]))
			continue;
		for (k = i + 1; k < later; k++)
			between |= pile->sorted[k]->policy !=
					   pile->sorted[i]->policy &&
				   relation[i].meet >> k & 1;
		if (!between)
			return true;
	}
	return false;
}

/* Bits: what denies at the priority of a rule that allows, and meets it. */
static u32 contradictions(const struct pile *pile,
			  const struct relation *relation, unsigned int i)
{
	u32 by = 0;
	unsigned int k;

	for (k = 0; k < pile->n; k++)
		if (pile->sorted[i]->policy == SGNL_RULE_POLICY_ALLOW &&
		    pile->sorted[k]->policy == SGNL_RULE_POLICY_DENY &&
		    pile->sorted[k]->priority == pile->sorted[i]->priority)
			by |= 1U << k;
	return by & relation[i].meet;
}

/* Do these rules match all that the rule does? */
static bool cover(u32 by, unsigned int i)
{
	unsigned int n;

	for (n = 0; n < n_cells; n++)
		if (cell[n] >> i & 1 && !(cell[n] & by))
			return false;
	return true;
}

static bool found_right(const struct pile *pile,
			const struct relation *relation, unsigned int i)
{
	u32 denying = contradictions(pile, relation, i);
	u32 shadows = pile->by[COVER_SHADOWED][i];
	u32 later = pile->by[COVER_REDUNDANT][i];

	if (!CHECK_EQ(pile->found[COVER_SHADOWED] >> i & 1,
		      shadowed(&relation[i])) ||
	    !CHECK_EQ(pile->found[COVER_REDUNDANT] >> i & 1,
		      redundant(pile, relation, i)) ||
	    !CHECK_EQ(pile->found[COVER_CONTRADICTION] >> i & 1, !!denying) ||
	    !CHECK_EQ(pile->by[COVER_CONTRADICTION][i], denying))
		return false;
	/* What is named does it. */
	if (pile->found[COVER_SHADOWED] >> i & 1 &&
	    (!CHECK(!(shadows >> i)) || !CHECK(cover(shadows, i)) ||
	     !CHECK_EQ(shadows & ~relation[i].lasting, 0)))
		return false;
	return !(pile->found[COVER_REDUNDANT] >> i & 1) ||
	       (CHECK(!(later & ((2U << i) - 1))) &&
		CHECK_EQ(later & (later - 1), 0) && CHECK(cover(later, i)));
}

/* What the first match says: a policy, or -1. */
static int verdict(const struct pile *pile, u32 mask)
{
	return mask ? pile->sorted[__builtin_ctz(mask)]->policy : -1;
}

/* Also when those have gone that go by themselves. */
static bool same_without(const struct pile *pile, u32 gone)
{
	unsigned int n, until;

	for (until = 0; until < UNTIL_MAX; until++) {
		u32 there = lasting(pile, until);

		for (n = 0; n < n_cells; n++)
			if (verdict(pile, cell[n] & there) !=
			    verdict(pile, cell[n] & there & ~gone))
				return false;
	}
	return true;
}

/* ---- random piles, of few values, so that they meet and cover each other ---- */

static const char *const prefixes[][6] = {
	{ "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/24",
	  "10.0.0.128/25", "255.255.255.255/32" },
	{ "::/0", "::/1", "8000::/1", "fd00::/64", "fd00::8000:0:0:0/65",
	  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128" },
};

static struct sgnl_port_range rnd_range(void)
{
	static const struct sgnl_port_range ranges[] = {
		{ 1, 65535 }, { 1, 1023 },   { 1024, 65535 },
		{ 80, 80 },   { 443, 1100 }, { 65535, 65535 },
	};

	return RND_OF(ranges);
}

/* Entries ascend. */
static void rnd_lists(struct pile *pile)
{
	unsigned int i, k, n, pos;

	for (i = 0; i < 2; i++) {
		struct sgnl_prefix_list *p = &pile->prefixes[i].list;
		struct sgnl_port_list *r = &pile->ports[i].list;

		p->n = 0;
		for (n = rnd_below(4); n; n--) {
			struct sgnl_prefix entry =
				make_prefix(RND_OF(prefixes[i]));

			if (sgnl_prefix_list_find(p, &entry, &pos))
				continue;
			for (k = p->n++; k > pos; k--)
				p->entry[k] = p->entry[k - 1];
			p->entry[pos] = entry;
		}
		r->n = 0;
		for (n = rnd_below(4); n; n--) {
			struct sgnl_port_range entry = rnd_range();

			if (sgnl_port_list_find(r, &entry, &pos))
				continue;
			for (k = r->n++; k > pos; k--)
				r->entry[k] = r->entry[k - 1];
			r->entry[pos] = entry;
		}
	}
}

/* @fields: bits, which of a rule's parts are not the same in all rules. */
static struct sgnl_rule rnd_pile_rule(u32 id, u8 direction, u8 fields)
{
	static const u16 protos[] = { SGNL_PROTO_ALL, 1, 6, 17, 58, 255 };
	static const u8 types[] = { 0, 8, 128, 255 };
	struct sgnl_rule rule;
	const char *text;

	do {
		unsigned int family = rnd_below(2);

		rule = (struct sgnl_rule){
			.id = id,
			.group = 1,
			.direction = direction,
			.policy = rnd_below(2),
			.priority = 1 + rnd_below(3),
			.proto = fields & 1 ? RND_OF(protos) : 6,
			.dport = SGNL_PORTS_ALL,
			.sport = SGNL_PORTS_ALL,
			.peer = make_prefix(prefixes[family][0]),
		};
		if (fields & 128 && rnd_one_in(4)) {
			rule.proto = family ? 58 : 1;
			rule.has_icmp_type = !rnd_one_in(4);
			rule.has_icmp_code = rule.has_icmp_type && rnd() & 1;
			rule.icmp_type = RND_OF(types);
			rule.icmp_code = rnd() & 1 ? 255 : 0;
		}
		if (fields & 2 && !rnd_one_in(3))
			rule.dport = rnd_range();
		if (fields & 4 && !rnd_one_in(3))
			rule.sport = rnd_range();
		if (fields & 8 && !rnd_one_in(3))
			rule.local = make_prefix(RND_OF(prefixes[family]));
		if (fields & 16)
			rule.peer = make_prefix(RND_OF(prefixes[family]));
		if (fields & 32 && rnd_one_in(3)) {
			rule.peer_kind = SGNL_PEER_GROUP;
			rule.peer_group = 7 + rnd_below(2);
		} else if (fields & 64 && rnd_one_in(3)) {
			rule.peer_kind = SGNL_PEER_LIST;
			rule.peer_list = 1 + family;
		}
		if (fields & 64 && rnd_one_in(3)) {
			rule.dport = SGNL_PORTS_ALL;
			rule.port_list = 1 + rnd_below(2);
		}
	} while (sgnl_rule_canonicalize(&rule, &text));
	return rule;
}

static void rnd_pile(struct pile *pile)
{
	u8 direction = rnd_below(2), fields = rnd();
	unsigned int i;

	rnd_lists(pile);
	pile->n = rnd_below(RULES_MAX + 1) / (1 + rnd_below(4));
	/* Ids in no order. */
	for (i = 0; i < pile->n; i++) {
		pile->rule[i] =
			rnd_pile_rule(1 + (i * 7 + 3) % 29, direction, fields);
		pile->until[i] = rnd_one_in(8) ? rnd_below(UNTIL_MAX) :
						 UNTIL_MAX;
	}
}

bool try_cover(unsigned long seen[3])
{
	static struct relation relation[RULES_MAX];
	static struct pile pile;
	unsigned int i;
	u32 safe;

	rnd_pile(&pile);
	if (!look_through(&pile))
		return false;
	if (!make_cells(&pile))
		return true;
	relate(&pile, relation);
	for (i = 0; i < pile.n; i++)
		if (!found_right(&pile, relation, i))
			return false;
	for (i = 0; i < 3; i++)
		seen[i] += __builtin_popcount(pile.found[i]);
	safe = pile.found[COVER_SHADOWED] | pile.found[COVER_REDUNDANT];
	return CHECK(same_without(&pile, safe)) &&
	       CHECK(same_without(&pile, safe & (u32)rnd()));
}

static void test_twin(void)
{
	unsigned long n, rounds = tap_rounds(10000), seen[3] = {};

	for (n = 0; n < rounds; n++)
		if (!try_cover(seen)) {
			tap_note("round %lu", n);
			return;
		}
	printf("# %lu shadowed, %lu redundant, %lu contradictions\n",
	       seen[COVER_SHADOWED], seen[COVER_REDUNDANT],
	       seen[COVER_CONTRADICTION]);
	/* All of it came often. */
	CHECK(seen[COVER_SHADOWED] > rounds / 2);
	CHECK(seen[COVER_REDUNDANT] > rounds / 10);
	CHECK(seen[COVER_CONTRADICTION] > rounds / 2);
}

/* ---- a few piles of known rules ---- */

enum { ALLOW = SGNL_RULE_POLICY_ALLOW, DENY = SGNL_RULE_POLICY_DENY };

static struct sgnl_rule *add_rule(struct pile *pile, u8 policy, u8 priority,
				  u16 proto, const char *peer)
{
	struct sgnl_rule *rule = &pile->rule[pile->n++];
	const char *text;

	*rule = (struct sgnl_rule){
		.id = pile->n,
		.group = 1,
		.policy = policy,
		.priority = priority,
		.proto = proto,
		.dport = SGNL_PORTS_ALL,
		.sport = SGNL_PORTS_ALL,
		.peer = make_prefix(peer),
	};
	CHECK_EQ(sgnl_rule_canonicalize(rule, &text), SGNL_RULE_PART_NONE);
	return rule;
}

static void test_union(void)
{
	struct pile pile = {};

	/* Two halves, of either policy, and the whole. */
	add_rule(&pile, DENY, 1, 6, "0.0.0.0/1");
	add_rule(&pile, ALLOW, 2, 6, "128.0.0.0/1");
	add_rule(&pile, ALLOW, 3, 6, "0.0.0.0/0");
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 4);
	CHECK_EQ(pile.by[COVER_SHADOWED][2], 3);
	/* The other family is not theirs. */
	pile.n = 2;
	add_rule(&pile, ALLOW, 3, 6, "::/0");
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 0);
}

/* What goes by itself covers what goes no later. */
static void test_until(void)
{
	struct pile pile = { .until = { 1, 2, 1 } };

	add_rule(&pile, DENY, 1, 6, "10.0.0.0/8");
	add_rule(&pile, DENY, 2, 6, "10.0.0.0/24");
	add_rule(&pile, ALLOW, 3, 6, "10.0.0.0/16");
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 4);
	pile.until[0] = 2;
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 6);
}

static void test_port_0(void)
{
	struct pile pile = {};

	add_rule(&pile, DENY, 1, 6, "0.0.0.0/0")->dport =
		(struct sgnl_port_range){ 1, 65535 };
	add_rule(&pile, DENY, 2, 6, "0.0.0.0/0");
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 0);
	/* The first one is covered by the second. */
	CHECK_EQ(pile.found[COVER_REDUNDANT], 1);
	CHECK_EQ(pile.by[COVER_REDUNDANT][0], 2);
}

/* Of two that are equal but for their priority one has to stay. */
static void test_one_stays(void)
{
	struct pile pile = {};

	add_rule(&pile, ALLOW, 1, 6, "10.0.0.0/24");
	add_rule(&pile, ALLOW, 2, 6, "10.0.0.0/24");
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 2);
	CHECK_EQ(pile.found[COVER_REDUNDANT], 0);
}

static void test_empty(void)
{
	struct pile pile = {};
	struct sgnl_rule *rule;

	add_rule(&pile, DENY, 1, SGNL_PROTO_ALL, "0.0.0.0/0");
	rule = add_rule(&pile, ALLOW, 2, 6, "10.0.0.0/24");
	rule->peer_kind = SGNL_PEER_LIST;
	rule->peer_list = 1;
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 0);
	pile.prefixes[0].list.n = 1;
	pile.prefixes[0].list.entry[0] = make_prefix("10.0.0.0/24");
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 2);
	pile.n = 0;
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 0);
}

static unsigned int n_large; /* shadowed by so many */

/* Of the last rule alone, by all others. */
static void count(void *data, enum cover what, const struct sgnl_rule *rule,
		  const struct sgnl_rule *const *by, size_t n)
{
	CHECK_EQ(rule->id, 257);
	CHECK_EQ(by[n - 1]->id, 256);
	n_large += what == COVER_SHADOWED && n == *(size_t *)data;
}

static void test_protocols(void)
{
	static struct cover_rule r[257];
	static struct sgnl_rule rule[257];
	size_t others = 256;
	unsigned int i;

	for (i = 0; i < COUNT_OF(rule); i++) {
		rule[i] = (struct sgnl_rule){
			.id = 1 + i,
			.policy = i < 256 ? DENY : ALLOW,
			.priority = 1,
			.proto = i, /* and all, in the end */
			.dport = SGNL_PORTS_ALL,
			.sport = SGNL_PORTS_ALL,
			.peer = make_prefix("10.0.0.0/8"),
			.family = SGNL_FAMILY_IPV4,
		};
		r[i].rule = &rule[i];
	}
	CHECK(cover_check(r, COUNT_OF(r), count, &others));
	CHECK_EQ(n_large, 1);
	/* One is missing; the contradictions are the same. */
	CHECK(cover_check(r + 1, COUNT_OF(r) - 1, count, &others));
	CHECK_EQ(n_large, 1);
}

static struct sgnl_rule *add_icmp_rule(struct pile *pile, u8 priority, int type,
				       int code)
{
	struct sgnl_rule *rule =
		add_rule(pile, ALLOW, priority, 1, "0.0.0.0/0");

	rule->has_icmp_type = type >= 0;
	rule->icmp_type = type >= 0 ? type : 0;
	rule->has_icmp_code = code >= 0;
	rule->icmp_code = code >= 0 ? code : 0;
	return rule;
}

static void test_icmp(void)
{
	struct pile pile = {};
	unsigned int i;

	/* All of a type, a code of it and of another, all types. */
	add_icmp_rule(&pile, 1, 3, -1);
	add_icmp_rule(&pile, 2, 3, 255);
	add_icmp_rule(&pile, 3, 4, 0);
	add_icmp_rule(&pile, 4, -1, -1);
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 1 << 1);
	CHECK_EQ(pile.found[COVER_REDUNDANT], 1 << 0 | 1 << 2);
	/* The next protocol begins where the last code ends. */
	add_rule(&pile, ALLOW, 5, 2, "0.0.0.0/0");
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 1 << 1);

	/* Some codes of a type are not all. */
	pile.n = 0;
	for (i = 0; i < 20; i++)
		add_icmp_rule(&pile, 1, 3, i);
	add_icmp_rule(&pile, 2, 3, -1);
	CHECK(look_through(&pile));
	CHECK_EQ(pile.found[COVER_SHADOWED], 0);
}

static const struct tap_test tests[] = {
	{ "H2 covered by earlier rules together, whatever their policy",
	  test_union },
	{ "H2 all protocols cover all", test_protocols },
	{ "H2 R14 ICMP's types and codes", test_icmp },
	{ "H2 port 0 is not covered by ranges", test_port_0 },
	{ "H2 of two equal rules one stays", test_one_stays },
	{ "H2 R14 what expires covers nothing that stays longer", test_until },
	{ "H2 R12 a list without entries is waited for", test_empty },
	{ "H2 H3 shadowed, redundant, contradicted, held against every cell",
	  test_twin },
	{}
};

const struct tap_suite cover_suite = { "cover", tests };
