// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/policy and kmod/core/match. */
#include <stdio.h>
#include <linux/slab.h>

#include "classifier.h"
#include "make.h"
#include "match.h"
#include "policy.h"
#include "tap.h"
#include "trial.h"

#define RULES_MAX SGNL_RULES_MAX
#define LISTS_MAX 3

/* The rules of a port, as an operator has them: a heap in no order. */
struct heap {
	u8 type;
	unsigned int n_groups, n_rules;
	struct sgnl_policy_group group[SGNL_PORT_GROUPS_MAX];
	struct sgnl_rule rule[RULES_MAX];
	/* What rules name, by number: 1 is the first. The middle one is IPv6. */
	struct some_prefixes prefixes[LISTS_MAX];
	struct some_ports ports[LISTS_MAX];
	/* By the twin: each direction in the order of E7. */
	unsigned int n_sorted[2];
	const struct sgnl_rule *sorted[2][RULES_MAX];
};

/* E7 in words: is a before b? */
static bool twin_before(const struct sgnl_rule *a, const struct sgnl_rule *b)
{
	if (a->priority < b->priority)
		return true;
	if (a->priority > b->priority)
		return false;
	if (a->policy == SGNL_RULE_POLICY_DENY &&
	    b->policy == SGNL_RULE_POLICY_ALLOW)
		return true;
	if (a->policy == SGNL_RULE_POLICY_ALLOW &&
	    b->policy == SGNL_RULE_POLICY_DENY)
		return false;
	return a->id < b->id;
}

/* Takes the smallest of the remaining rules, again and again. */
static void twin_sort(struct heap *heap)
{
	bool taken[RULES_MAX] = {};
	unsigned int n, i;

	heap->n_sorted[0] = 0;
	heap->n_sorted[1] = 0;
	for (n = 0; n < heap->n_rules; n++) {
		const struct sgnl_rule *first = NULL;

		for (i = 0; i < heap->n_rules; i++)
			if (!taken[i] &&
			    (!first || twin_before(&heap->rule[i], first)))
				first = &heap->rule[i];
		taken[first - heap->rule] = true;
		heap->sorted[first->direction]
			    [heap->n_sorted[first->direction]++] = first;
	}
}

static struct sgnl_rule_lists lists_of(const struct heap *heap,
				       const struct sgnl_rule *rule)
{
	struct sgnl_rule_lists lists = {};

	if (rule->peer_list)
		lists.peer = &heap->prefixes[rule->peer_list - 1].list;
	if (rule->port_list)
		lists.ports = &heap->ports[rule->port_list - 1].list;
	return lists;
}

/* E6, E7, E8 in words. */
static enum sgnl_reason twin_judge(const struct heap *heap,
				   const struct sgnl_key *key,
				   const struct sgnl_group_set *peer,
				   const struct sgnl_rule **rule)
{
	bool inbound = key->direction == SGNL_DIRECTION_IN;
	bool basic = heap->type == SGNL_GROUP_TYPE_BASIC;
	unsigned int i, k;

	*rule = NULL;
	if (inbound && basic && !key->multicast)
		for (i = 0; i < heap->n_groups; i++)
			for (k = 0; k < peer->n; k++)
				if (heap->group[i].id == peer->group[k] &&
				    heap->group[i].accept)
					return SGNL_REASON_MEMBER;
	for (i = 0; i < heap->n_sorted[key->direction]; i++) {
		const struct sgnl_rule *r = heap->sorted[key->direction][i];
		struct sgnl_rule_lists lists = lists_of(heap, r);

		if (twin_rule_match(r, &lists, key, peer)) {
			*rule = r;
			return r->policy == SGNL_RULE_POLICY_DENY ?
				       SGNL_REASON_RULE_DENY :
				       SGNL_REASON_RULE_ALLOW;
		}
	}
	return basic && !inbound ? SGNL_REASON_DEFAULT_ALLOW :
				   SGNL_REASON_DEFAULT_DENY;
}

/* Lists in place of a rule's prefix or ports, where it may name them. */
static struct sgnl_rule rnd_listed(struct sgnl_rule rule)
{
	struct sgnl_rule listed = rule;
	const char *text;

	if (rnd_one_in(4)) {
		listed.peer_kind = SGNL_PEER_LIST;
		listed.peer_list = 1 + rnd_below(LISTS_MAX);
		listed.peer.family = listed.peer_list == 2 ? SGNL_FAMILY_IPV6 :
							     SGNL_FAMILY_IPV4;
	}
	if (rnd_one_in(4)) {
		listed.dport = SGNL_PORTS_ALL;
		listed.port_list = 1 + rnd_below(LISTS_MAX);
	}
	return sgnl_rule_canonicalize(&listed, &text) ? rule : listed;
}

/* On both sides of where a scan ends and bit vectors begin, of some words. */
static unsigned int rnd_size(unsigned int max)
{
	static const unsigned int few[] = { 0, 1, 2, 3, 8, 9, 16, 20, 60 };
	static const unsigned int many[] = { 100, 130, 260, 700, RULES_MAX };
	unsigned int n = rnd_one_in(50) ? RND_OF(many) : RND_OF(few);

	return n < max ? n : max;
}

static void rnd_heap(struct heap *heap, unsigned int rules_max)
{
	unsigned int i, k;

	heap->type = rnd_below(2);
	heap->n_groups = 1 + rnd_below(3);
	for (i = 0; i < heap->n_groups; i++)
		heap->group[i] = (struct sgnl_policy_group){
			.id = 1 + i,
			/* Enterprise never is, and the policy must not rely on it. */
			.accept = rnd() & 1,
		};
	for (i = 0; i < LISTS_MAX; i++) {
		rnd_prefixes(&heap->prefixes[i],
			     i == 1 ? SGNL_FAMILY_IPV6 : SGNL_FAMILY_IPV4);
		rnd_port_list(&heap->ports[i]);
	}
	heap->n_rules = rnd_size(rules_max);
	for (i = 0; i < heap->n_rules; i++) {
		heap->rule[i] = rnd_listed(rnd_rule());
		/* Ids in no order, each once. */
		do {
			heap->rule[i].id = 1 + rnd_below(5000);
			for (k = 0; k < i; k++)
				if (heap->rule[k].id == heap->rule[i].id)
					break;
		} while (k < i);
	}
	twin_sort(heap);
}

static struct sgnl_policy *create(const struct heap *heap)
{
	struct sgnl_policy_rule rule[RULES_MAX] = {};
	struct sgnl_policy *policy;
	unsigned int i;

	for (i = 0; i < heap->n_rules; i++) {
		rule[i].rule = &heap->rule[i];
		rule[i].lists = lists_of(heap, &heap->rule[i]);
	}
	policy = sgnl_policy_create(heap->type, heap->group, heap->n_groups,
				    rule, heap->n_rules);
	CHECK(policy);
	return policy;
}

static void test_order(void)
{
	unsigned long n;

	for (n = 0; n < tap_rounds(10000); n++) {
		static struct heap heap;
		struct sgnl_policy *policy;
		unsigned int d, i;

		rnd_heap(&heap, RULES_MAX);
		policy = create(&heap);
		for (d = 0; d < 2; d++) {
			CHECK_EQ(policy->n_rules[d], heap.n_sorted[d]);
			for (i = 0; i < heap.n_sorted[d]; i++)
				CHECK(policy->rules[d][i].rule ==
				      heap.sorted[d][i]);
		}
		sgnl_policy_destroy(policy);
	}
	sgnl_policy_destroy(NULL);
}

/* The rules before the one that decided, if E6 did not. */
static bool passed_right(const struct sgnl_policy *policy,
			 const struct heap *heap, const struct sgnl_key *key,
			 const struct sgnl_group_set *peer)
{
	struct sgnl_passed_rule passed[RULES_MAX];
	unsigned int n = sgnl_match_passed(policy, key, peer, passed);
	unsigned int i;

	for (i = 0; i < heap->n_sorted[key->direction]; i++) {
		const struct sgnl_rule *r = heap->sorted[key->direction][i];
		struct sgnl_rule_lists lists = lists_of(heap, r);

		if (twin_rule_match(r, &lists, key, peer))
			break;
		if (i >= n || passed[i].id != r->id ||
		    passed[i].part != sgnl_rule_mismatch(r, &lists, key, peer))
			return false;
	}
	return i == n;
}

/* A packet that some rule matches, or nearly does, by its lists too. */
static struct sgnl_key rnd_look_up(const struct heap *heap)
{
	struct sgnl_rule near = rnd_rule();
	struct sgnl_rule_lists lists = {};

	if (heap->n_rules && !rnd_one_in(8)) {
		near = heap->rule[rnd_below(heap->n_rules)];
		lists = lists_of(heap, &near);
	}
	if (lists.peer && lists.peer->n)
		near.peer = lists.peer->entry[rnd_below(lists.peer->n)];
	if (lists.ports && lists.ports->n)
		near.dport = lists.ports->entry[rnd_below(lists.ports->n)];
	return rnd_key(&near);
}

static bool look_up(const struct heap *heap, const struct sgnl_policy *policy,
		    unsigned long *seen)
{
	u32 group[8];
	struct sgnl_group_set peer = { .group = group };
	struct sgnl_key key = rnd_look_up(heap);
	const struct sgnl_rule *got, *want;
	enum sgnl_reason a, b;
	u32 g;

	if (rnd() & 1)
		for (g = 1; g <= 7; g++)
			if (rnd_one_in(5))
				group[peer.n++] = g;

	a = sgnl_match(policy, &key, &peer, &got);
	b = twin_judge(heap, &key, &peer, &want);
	seen[b]++;
	if (!CHECK_EQ(a, b) || !CHECK(got == want) ||
	    !CHECK(passed_right(policy, heap, &key, &peer)))
		return false;
	if (sgnl_match_needs_peer(policy, &key))
		return true;
	/* Whoever need not know the peer's groups, need not. */
	peer.n = 0;
	return CHECK_EQ(sgnl_match(policy, &key, &peer, &got), b) &&
	       CHECK(got == want);
}

bool try_policy(unsigned int rules_max, unsigned int look_ups,
		unsigned long *seen)
{
	static struct heap heap;
	struct sgnl_policy *policy;
	unsigned int n;

	rnd_heap(&heap, rules_max);
	policy = create(&heap);
	for (n = 0; n < look_ups; n++)
		if (!look_up(&heap, policy, seen))
			break;
	sgnl_policy_destroy(policy);
	return n == look_ups;
}

static void test_verdict(void)
{
	unsigned long n, rounds = tap_rounds(10000);
	unsigned long seen[SGNL_REASON_MAX + 1] = {};

	for (n = 0; n < rounds; n++)
		if (!try_policy(RULES_MAX, 200, seen)) {
			tap_note("round %lu", n);
			return;
		}
	printf("# %lu look-ups\n", rounds * 200);
	/* Every verdict was reached often. */
	CHECK(seen[SGNL_REASON_MEMBER] > rounds);
	CHECK(seen[SGNL_REASON_RULE_ALLOW] > rounds);
	CHECK(seen[SGNL_REASON_RULE_DENY] > rounds);
	CHECK(seen[SGNL_REASON_DEFAULT_ALLOW] > rounds);
	CHECK(seen[SGNL_REASON_DEFAULT_DENY] > rounds);
}

static void test_memory(void)
{
	static struct sgnl_policy_rule rule[RULES_MAX];
	long blocks = shim_blocks, n, wanted = 3;
	static struct heap heap;
	struct sgnl_policy *policy = NULL;
	unsigned int i;

	/* So many that there are bit vectors for both directions. */
	do
		rnd_heap(&heap, 60);
	while (heap.n_sorted[0] < 20 || heap.n_sorted[1] < 20);
	for (i = 0; i < heap.n_rules; i++) {
		rule[i].rule = &heap.rule[i];
		rule[i].lists = lists_of(&heap, &heap.rule[i]);
	}
	for (n = 0; !policy; n++) {
		shim_memory = n;
		policy = sgnl_policy_create(heap.type, heap.group,
					    heap.n_groups, rule, heap.n_rules);
		shim_memory = -1;
		CHECK_EQ(shim_blocks - blocks, policy ? 5 : 0);
	}
	/*
	 * The policy, what it is sorted in, and for each direction and family two, and
	 * one for each part that is restricted.
	 */
	for (i = 0; i < 4; i++) {
		unsigned int id;

		wanted += 2;
		for (id = 0; id < SGNL_FIELDS; id++)
			wanted +=
				policy->classifier[i / 2][i % 2]->field[id].n >
				0;
	}
	CHECK_EQ(n, wanted);
	sgnl_policy_destroy(policy);
	CHECK_EQ(shim_blocks, blocks);
}

/* A policy of one group and what a packet of it meets. */
struct small {
	u8 type;
	bool accept;
	unsigned int n;
	struct sgnl_rule rule[4];
};

static enum sgnl_reason judge(const struct small *s, u8 direction,
			      const char *peer, u32 peer_group, bool multicast,
			      u32 *id)
{
	struct sgnl_policy_group group = { .id = 1, .accept = s->accept };
	struct sgnl_group_set set = { .n = peer_group != 0,
				      .group = &peer_group };
	struct sgnl_key key = { .direction = direction,
				.proto = 6,
				.local_port = 80,
				.peer_port = 80,
				.multicast = multicast };
	struct sgnl_policy_rule rule[4] = {};
	const struct sgnl_rule *decided;
	struct sgnl_policy *policy;
	enum sgnl_reason reason;
	unsigned int i;

	for (i = 0; i < s->n; i++)
		rule[i].rule = &s->rule[i];
	policy = sgnl_policy_create(s->type, &group, 1, rule, s->n);
	key.peer = make_addr(peer, &key.family);
	reason = sgnl_match(policy, &key, &set, &decided);
	if (id)
		*id = decided ? decided->id : 0;
	sgnl_policy_destroy(policy);
	return reason;
}

static struct sgnl_rule rule_of(u32 id, u8 direction, u8 policy, u8 priority,
				const char *peer)
{
	return (struct sgnl_rule){
		.id = id,
		.group = 1,
		.direction = direction,
		.policy = policy,
		.priority = priority,
		.proto = SGNL_PROTO_ALL,
		.dport = SGNL_PORTS_ALL,
		.sport = SGNL_PORTS_ALL,
		.peer = make_prefix(peer),
		.family = SGNL_FAMILY_IPV4,
	};
}

enum { IN = SGNL_DIRECTION_IN, OUT = SGNL_DIRECTION_OUT };
enum { ALLOW = SGNL_RULE_POLICY_ALLOW, DENY = SGNL_RULE_POLICY_DENY };

static void test_defaults(void)
{
	struct small basic = { .type = SGNL_GROUP_TYPE_BASIC, .accept = true };
	struct small enterprise = { .type = SGNL_GROUP_TYPE_ENTERPRISE };

	CHECK_EQ(judge(&basic, IN, "10.0.0.1", 1, false, NULL),
		 SGNL_REASON_MEMBER);
	CHECK_EQ(judge(&basic, IN, "10.0.0.1", 2, false, NULL),
		 SGNL_REASON_DEFAULT_DENY);
	CHECK_EQ(judge(&basic, IN, "10.0.0.1", 0, false, NULL),
		 SGNL_REASON_DEFAULT_DENY);
	CHECK_EQ(judge(&basic, OUT, "10.0.0.1", 0, false, NULL),
		 SGNL_REASON_DEFAULT_ALLOW);
	CHECK_EQ(judge(&enterprise, IN, "10.0.0.1", 1, false, NULL),
		 SGNL_REASON_DEFAULT_DENY);
	CHECK_EQ(judge(&enterprise, OUT, "10.0.0.1", 1, false, NULL),
		 SGNL_REASON_DEFAULT_DENY);
}

static void test_internal_policy(void)
{
	struct small s = { .type = SGNL_GROUP_TYPE_BASIC, .n = 2 };
	u32 id;

	/* Under drop a custom allow still admits a fellow member. */
	s.rule[0] = rule_of(1, IN, ALLOW, 1, "10.0.0.0/8");
	s.rule[1] = rule_of(2, OUT, DENY, 1, "10.0.0.0/8");
	CHECK_EQ(judge(&s, IN, "10.0.0.1", 1, false, &id),
		 SGNL_REASON_RULE_ALLOW);
	CHECK_EQ(id, 1);
	CHECK_EQ(judge(&s, IN, "11.0.0.1", 1, false, NULL),
		 SGNL_REASON_DEFAULT_DENY);
	/* Under accept an outbound deny still blocks at the sender. */
	s.accept = true;
	CHECK_EQ(judge(&s, OUT, "10.0.0.1", 1, false, &id),
		 SGNL_REASON_RULE_DENY);
	CHECK_EQ(id, 2);
	/* Enterprise is always drop, whatever the flag says. */
	s.type = SGNL_GROUP_TYPE_ENTERPRISE;
	CHECK_EQ(judge(&s, IN, "11.0.0.1", 1, false, NULL),
		 SGNL_REASON_DEFAULT_DENY);
}

static void test_any_group(void)
{
	struct sgnl_policy_group group[] = { { 5, false }, { 7, true } };
	u32 peer_group[] = { 5, 6, 7 };
	struct sgnl_group_set set = { .n = 3, .group = peer_group };
	struct sgnl_key key = { .family = SGNL_FAMILY_IPV4, .proto = 6 };
	const struct sgnl_rule *rule;
	struct sgnl_policy *policy;

	policy = sgnl_policy_create(SGNL_GROUP_TYPE_BASIC, group, 2, NULL, 0);
	CHECK_EQ(sgnl_match(policy, &key, &set, &rule), SGNL_REASON_MEMBER);
	CHECK(!rule);
	set.n = 2;
	CHECK_EQ(sgnl_match(policy, &key, &set, &rule),
		 SGNL_REASON_DEFAULT_DENY);
	sgnl_policy_destroy(policy);
}

static void test_member_before_deny(void)
{
	struct small s = { .type = SGNL_GROUP_TYPE_BASIC,
			   .accept = true,
			   .n = 1 };
	u32 id;

	s.rule[0] = rule_of(1, IN, DENY, 1, "0.0.0.0/0");
	CHECK_EQ(judge(&s, IN, "10.0.0.1", 1, false, &id), SGNL_REASON_MEMBER);
	CHECK_EQ(id, 0);
	s.accept = false;
	CHECK_EQ(judge(&s, IN, "10.0.0.1", 1, false, &id),
		 SGNL_REASON_RULE_DENY);
	CHECK_EQ(id, 1);
}

static void test_multicast(void)
{
	struct small s = { .type = SGNL_GROUP_TYPE_BASIC, .accept = true };

	CHECK_EQ(judge(&s, IN, "10.0.0.1", 1, true, NULL),
		 SGNL_REASON_DEFAULT_DENY);
	s.n = 1;
	s.rule[0] = rule_of(1, IN, ALLOW, 1, "10.0.0.0/8");
	CHECK_EQ(judge(&s, IN, "10.0.0.1", 1, true, NULL),
		 SGNL_REASON_RULE_ALLOW);
}

static void test_first_match(void)
{
	struct small s = { .type = SGNL_GROUP_TYPE_BASIC, .n = 3 };
	u32 id;

	s.rule[0] = rule_of(1, IN, DENY, 2, "10.0.0.0/8");
	s.rule[1] = rule_of(2, IN, ALLOW, 1, "10.0.0.0/24");
	s.rule[2] = rule_of(3, IN, ALLOW, 100, "0.0.0.0/0");
	CHECK_EQ(judge(&s, IN, "10.0.0.1", 0, false, &id),
		 SGNL_REASON_RULE_ALLOW);
	CHECK_EQ(id, 2);
	CHECK_EQ(judge(&s, IN, "10.0.1.1", 0, false, &id),
		 SGNL_REASON_RULE_DENY);
	CHECK_EQ(id, 1);
	CHECK_EQ(judge(&s, IN, "11.0.0.1", 0, false, &id),
		 SGNL_REASON_RULE_ALLOW);
	CHECK_EQ(id, 3);
}

static void test_deny_wins(void)
{
	struct small s = { .type = SGNL_GROUP_TYPE_BASIC, .n = 2 };
	u32 id;

	s.rule[0] = rule_of(1, IN, ALLOW, 5, "0.0.0.0/0");
	s.rule[1] = rule_of(2, IN, DENY, 5, "0.0.0.0/0");
	CHECK_EQ(judge(&s, IN, "10.0.0.1", 0, false, &id),
		 SGNL_REASON_RULE_DENY);
	CHECK_EQ(id, 2);
	s.rule[0].priority = 4;
	CHECK_EQ(judge(&s, IN, "10.0.0.1", 0, false, &id),
		 SGNL_REASON_RULE_ALLOW);
	CHECK_EQ(id, 1);
}

static void test_older_id(void)
{
	struct small s = { .type = SGNL_GROUP_TYPE_BASIC, .n = 2 };
	u32 id;

	s.rule[0] = rule_of(9, IN, ALLOW, 5, "0.0.0.0/0");
	s.rule[1] = rule_of(8, IN, ALLOW, 5, "10.0.0.0/8");
	judge(&s, IN, "10.0.0.1", 0, false, &id);
	CHECK_EQ(id, 8);
	judge(&s, IN, "11.0.0.1", 0, false, &id);
	CHECK_EQ(id, 9);
}

/* Where bit vectors begin: entries of lists count as rules do. */
static void test_crossing(void)
{
	static struct some_prefixes prefixes;
	static struct some_ports ports;
	struct sgnl_policy_group group = { .id = 1 };
	struct sgnl_policy_rule rule[9] = {};
	struct sgnl_rule rules[9];
	struct sgnl_policy *policy;
	unsigned int n, i;

	prefixes.list.n = 3;
	ports.list.n = 4;
	for (i = 0; i < 3; i++)
		prefixes.list.entry[i] =
			(struct sgnl_prefix){ { 0, i << 24 }, 4, 8 };
	for (i = 0; i < 4; i++)
		ports.list.entry[i] = (struct sgnl_port_range){ i + 1, i + 1 };
	for (i = 0; i < 9; i++) {
		rules[i] = rule_of(i + 1, i == 8 ? OUT : IN, ALLOW, 1,
				   "10.0.0.0/8");
		rule[i].rule = &rules[i];
	}
	for (n = 1; n <= 9; n++) {
		for (i = 0; i < 4; i++) {
			unsigned int looks = n < 9 ? n : 8;

			rule[0].lists = (struct sgnl_rule_lists){
				.peer = i & 1 ? &prefixes.list : NULL,
				.ports = i & 2 ? &ports.list : NULL,
			};
			looks += (i & 1 ? 3 : 0) + (i & 2 ? 4 : 0);
			policy = sgnl_policy_create(SGNL_GROUP_TYPE_BASIC,
						    &group, 1, rule, n);
			CHECK_EQ(!!policy->classifier[IN][0], looks > 8);
			CHECK_EQ(!!policy->classifier[IN][1], looks > 8);
			CHECK(!policy->classifier[OUT][0]);
			sgnl_policy_destroy(policy);
		}
	}
}

/* More than R7 allows, which there is no vector for. */
static void test_too_many(void)
{
	enum { N = RULES_MAX + 1 };
	static struct sgnl_policy_rule rule[N];
	static struct sgnl_rule rules[N];
	struct sgnl_policy_group group = { .id = 1 };
	struct sgnl_group_set nobody = {};
	struct sgnl_key key = { .family = SGNL_FAMILY_IPV4, .proto = 6 };
	const struct sgnl_rule *got;
	struct sgnl_policy *policy;
	unsigned int i;

	for (i = 0; i < N; i++) {
		rules[i] = rule_of(i + 1, IN, ALLOW, 1, "10.0.0.0/8");
		rules[i].proto = 6;
		rules[i].dport = (struct sgnl_port_range){ i + 1, i + 1 };
		rule[i].rule = &rules[i];
	}
	policy = sgnl_policy_create(SGNL_GROUP_TYPE_BASIC, &group, 1, rule, N);
	CHECK(!policy->classifier[IN][0]);
	key.peer.lo = 0x0a000001;
	for (i = 0; i < N; i++) {
		key.local_port = i + 1;
		sgnl_match(policy, &key, &nobody, &got);
		CHECK(got == &rules[i]);
	}
	sgnl_policy_destroy(policy);
}

static const struct tap_test tests[] = {
	{ "G2 E8 defaults of basic and enterprise", test_defaults },
	{ "G3 the internal policy switches E6 and nothing else",
	  test_internal_policy },
	{ "G6 any group with accept that both are in connects",
	  test_any_group },
	{ "E6 a member comes before a custom deny", test_member_before_deny },
	{ "E9 multicast and broadcast skip E6", test_multicast },
	{ "E7 the first match decides", test_first_match },
	{ "E7 deny wins at equal priority", test_deny_wins },
	{ "E7 the older id wins at equal priority and policy", test_older_id },
	{ "E7 short lists of rules are scanned", test_crossing },
	{ "E7 R7 more rules than there may be", test_too_many },
	{ "D3 memory that runs out", test_memory },
	{ "E7 sorting, held against taking the smallest again and again",
	  test_order },
	{ "E6 E7 E8 verdict, rule and rules passed over, held against a plain scan",
	  test_verdict },
	{}
};

const struct tap_suite policy_suite = { "policy", tests };
