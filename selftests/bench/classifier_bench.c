// SPDX-License-Identifier: GPL-2.0
/*
 * What a look-up in a policy takes, and making one: bit vectors beside a scan,
 * in user space (bench/classifier.mk).
 *
 *   classifier_bench [SECONDS]
 *
 * Each figure is the least of many batches, for which SECONDS are spent on each
 * set of rules (1). Both ways of look-up run in turn and must find the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "classifier.h"
#include "match.h"
#include "policy.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#define PACKETS	    1024
#define RULES_MAX   SGNL_RULES_MAX

static u64 state;

/* splitmix64 */
static u64 rnd(void)
{
	u64 z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static u32 below(u32 n)
{
	return (rnd() >> 32) * n >> 32;
}

static u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

struct packet {
	struct sgnl_key key;
	u32 group[2];
	struct sgnl_group_set peer;
};

/* Inbound rules of one family, and packets that meet them. */
struct set {
	unsigned int n;
	u8 family;
	bool hostile;
	struct sgnl_rule rule[RULES_MAX];
	struct packet packet[PACKETS];
};

static struct sgnl_prefix rnd_prefix(u8 family, unsigned int min,
				     unsigned int max)
{
	struct sgnl_prefix prefix = {
		.family = family,
		.len = min + below(max - min + 1),
	};

	if (family == SGNL_FAMILY_IPV4) {
		prefix.addr.lo = 0x0a000000 | (rnd() & 0xffffff);
	} else {
		/* Few networks, as there are */
		prefix.addr.hi = 0xfd00000000000000ULL | (rnd() & 0xf0000000f);
		prefix.addr.lo = rnd();
	}
	sgnl_prefix_mask(&prefix);
	return prefix;
}

static struct sgnl_addr rnd_addr(const struct sgnl_prefix *prefix)
{
	struct sgnl_addr last = sgnl_prefix_last(prefix);

	return (struct sgnl_addr){
		.hi = prefix->addr.hi | (rnd() & (last.hi ^ prefix->addr.hi)),
		.lo = prefix->addr.lo | (rnd() & (last.lo ^ prefix->addr.lo)),
	};
}

static struct sgnl_rule blank(u32 id, u8 family)
{
	return (struct sgnl_rule){
		.id = id,
		.group = 1,
		.priority = 1,
		.family = family,
		.proto = 6,
		.dport = SGNL_PORTS_ALL,
		.sport = SGNL_PORTS_ALL,
		.peer.family = family,
	};
}

/* As people write them: a service, for a host, a network, or another group. */
static struct sgnl_rule usual(u32 id, u8 family)
{
	static const struct sgnl_port_range services[] = {
		{ 22, 22 },	{ 80, 80 },	{ 443, 443 },	 { 3306, 3306 },
		{ 5432, 5432 }, { 6379, 6379 }, { 8080, 8090 },	 { 53, 53 },
		{ 123, 123 },	{ 1, 65535 },	{ 30000, 32767 }
	};
	struct sgnl_rule rule = blank(id, family);
	unsigned int bits = family == SGNL_FAMILY_IPV4 ? 32 : 128;
	u16 any = 1 + below(65535);

	rule.priority = 1 + below(10) * below(10);
	rule.policy = below(10) ? SGNL_RULE_POLICY_ALLOW :
				  SGNL_RULE_POLICY_DENY;
	rule.proto = below(5) ? 6 : 17;
	rule.dport = (struct sgnl_port_range){ any, any };
	if (below(4))
		rule.dport = services[below(COUNT_OF(services))];
	rule.peer = below(2) ? rnd_prefix(family, bits, bits) :
			       rnd_prefix(family, bits / 2, bits - 8);
	return rule;
}

static struct sgnl_rule usual_with_groups(u32 id, u8 family)
{
	struct sgnl_rule rule = usual(id, family);

	if (below(3))
		return rule;
	rule.peer_kind = SGNL_PEER_GROUP;
	rule.peer = (struct sgnl_prefix){};
	rule.peer_group = 2 + below(20);
	rule.family = SGNL_FAMILY_ANY;
	return rule;
}

/* All five parts, ranges anywhere. */
static struct sgnl_rule five_parts(u32 id, u8 family)
{
	struct sgnl_rule rule = usual(id, family);
	unsigned int bits = family == SGNL_FAMILY_IPV4 ? 32 : 128;

	rule.local = rnd_prefix(family, bits / 4, bits);
	rule.peer = rnd_prefix(family, bits / 4, bits);
	rule.dport.min = 1 + below(65535);
	rule.dport.max = rule.dport.min + below(65536 - rule.dport.min);
	rule.sport.min = 1 + below(65535);
	rule.sport.max = rule.sport.min + below(65536 - rule.sport.min);
	return rule;
}

/*
 * Almost each end of each part is another value, and each part alone has rules in
 * every word of the packets' vectors; but only the last rule matches them.
 */
static struct sgnl_rule hostile(u32 id, u8 family)
{
	struct sgnl_rule rule = blank(id, family);
	unsigned int bits = family == SGNL_FAMILY_IPV4 ? 32 : 128;
	struct sgnl_port_range wide = { 1 + 20 * id, 65535 - 20 * id };
	struct sgnl_port_range narrow = { id, 2 * id };

	rule.local = rnd_prefix(family, id & 2 ? 8 : 12, id & 2 ? 8 : bits);
	rule.peer = rnd_prefix(family, id & 2 ? 8 : 12, id & 2 ? 8 : bits);
	rule.dport = id & 1 ? wide : narrow;
	rule.sport = id & 1 ? narrow : wide;
	return rule;
}

static const struct kind {
	const char *name;
	u8 family;
	struct sgnl_rule (*rule)(u32 id, u8 family);
} kinds[] = {
	{ "usual", SGNL_FAMILY_IPV4, usual },
	{ "usual, groups", SGNL_FAMILY_IPV4, usual_with_groups },
	{ "usual, IPv6", SGNL_FAMILY_IPV6, usual },
	{ "five parts", SGNL_FAMILY_IPV4, five_parts },
	{ "five parts, IPv6", SGNL_FAMILY_IPV6, five_parts },
	{ "hostile", SGNL_FAMILY_IPV4, hostile },
	{ "hostile, IPv6", SGNL_FAMILY_IPV6, hostile },
};

/* A packet that some rule matches, or, one time in four, by chance. */
static void make_packet(const struct set *set, struct packet *packet)
{
	const struct sgnl_rule *near = &set->rule[below(set->n)];
	struct sgnl_prefix any = rnd_prefix(set->family, 8, 8);
	struct sgnl_key *key = &packet->key;

	*key = (struct sgnl_key){
		.family = set->family,
		.proto = near->proto,
		.local_port = near->dport.min +
			      below(near->dport.max - near->dport.min + 1),
		.peer_port = near->sport.min +
			     below(near->sport.max - near->sport.min + 1),
		.local = rnd_addr(near->local.family ? &near->local : &any),
		.peer = rnd_addr(near->peer.family ? &near->peer : &any),
	};
	if (!below(4))
		key->peer = rnd_addr(&any);
	if (set->hostile) {
		key->local_port = 32768;
		key->peer_port = 32768;
	}
	packet->peer =
		(struct sgnl_group_set){ .n = 2, .group = packet->group };
	packet->group[0] = 2 + below(25);
	packet->group[1] = packet->group[0] + 1 + below(5);
}

static u64 look_ups(const struct sgnl_policy *policy, const struct set *set,
		    u64 *found)
{
	u64 start = now();
	unsigned int i;

	*found = 0;
	for (i = 0; i < PACKETS; i++) {
		const struct packet *packet = &set->packet[i];
		const struct sgnl_rule *rule;

		sgnl_match(policy, &packet->key, &packet->peer, &rule);
		*found = *found * 31 + (rule ? rule->id : 0);
	}
	return now() - start;
}

static struct sgnl_policy *create(const struct set *set)
{
	static const struct sgnl_policy_group group = { .id = 1 };
	static struct sgnl_policy_rule rule[RULES_MAX];
	struct sgnl_policy *policy;
	unsigned int i;

	for (i = 0; i < set->n; i++)
		rule[i].rule = &set->rule[i];
	policy = sgnl_policy_create(SGNL_GROUP_TYPE_ENTERPRISE, &group, 1, rule,
				    set->n);
	if (!policy)
		abort();
	return policy;
}

static void lower(u64 *least, u64 value)
{
	if (!*least || value < *least)
		*least = value;
}

static void measure(const struct kind *kind, unsigned int n, double seconds)
{
	static struct set set;
	unsigned int v6 = kind->family == SGNL_FAMILY_IPV6;
	u64 scan = 0, vectors = 0, build = 0;
	struct sgnl_policy *policy, *plain;
	struct sgnl_classifier *classifier;
	u64 start = now();
	unsigned int i;

	set.n = n;
	set.family = kind->family;
	for (i = 0; i < n; i++)
		set.rule[i] = kind->rule(i + 1, kind->family);
	set.hostile = kind->rule == hostile;
	if (set.hostile) {
		set.rule[n - 1] = blank(n, kind->family);
		set.rule[n - 1].priority = 100;
	}
	for (i = 0; i < PACKETS; i++)
		make_packet(&set, &set.packet[i]);

	policy = create(&set);
	/* Also where a policy has none */
	classifier = sgnl_classifier_create(kind->family, policy->rules[0], n);
	plain = create(&set);
	for (i = 0; i < 2; i++) {
		sgnl_classifier_destroy(policy->classifier[0][i]);
		sgnl_classifier_destroy(plain->classifier[0][i]);
		policy->classifier[0][i] = NULL;
		plain->classifier[0][i] = NULL;
	}
	policy->classifier[0][v6] = classifier;
	while (now() - start < seconds * 1e9) {
		struct sgnl_policy *again;
		u64 a, b, t;

		lower(&vectors, look_ups(policy, &set, &a));
		lower(&vectors, look_ups(policy, &set, &a));
		lower(&scan, look_ups(plain, &set, &b));
		if (a != b) {
			fprintf(stderr, "%s, %u rules: not the same\n",
				kind->name, n);
			exit(1);
		}
		t = now();
		again = create(&set);
		lower(&build, now() - t);
		sgnl_policy_destroy(again);
	}
	printf("| %s | %u | %.1f | %.1f | %.2f | %.3f | %zu |\n", kind->name, n,
	       (double)scan / PACKETS, (double)vectors / PACKETS,
	       (double)scan / vectors, build / 1e6, classifier->bytes);
	fflush(stdout);
	sgnl_policy_destroy(policy);
	sgnl_policy_destroy(plain);
}

int main(int argc, char **argv)
{
	static const unsigned int sizes[] = { 4,  6,  8,   10,	12,  16,
					      32, 64, 100, 300, 1000 };
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	unsigned int k, i;

	puts("| rules | n | scan, ns | bit vectors, ns | ratio | policy, ms | classifier, bytes |");
	puts("|---|---|---|---|---|---|---|");
	for (k = 0; k < COUNT_OF(kinds); k++)
		for (i = 0; i < COUNT_OF(sizes); i++)
			measure(&kinds[k], sizes[i], seconds);
	return 0;
}
