// SPDX-License-Identifier: GPL-2.0
/*
 * What a set of groups decides: E6 to E8, sorted and immutable.
 *
 * Theory of operation: the rules of all groups are put into one list for each
 * direction and sorted (E7); the first that matches decides. A short list is
 * scanned as it is; of a long one a classifier is made for each family.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "classifier.h"
#include "policy.h"
#include "radix.h"

/*
 * Up to so many a scan takes no longer than bit vectors: with 4 rules 13 to 18 ns
 * against 16 to 25, with 8 rules 20 to 29 against 17 to 28, with 16 rules 34 to 52
 * against 19 to 32 (selftests/bench/classifier_bench.c). Each entry of a list
 * counts, as it is looked at.
 */
#define SCAN_MAX 8

static bool quickly_scanned(const struct sgnl_policy_rule *rule, unsigned int n)
{
	unsigned int looks = n;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (rule[i].lists.peer)
			looks += rule[i].lists.peer->n;
		if (rule[i].lists.ports)
			looks += rule[i].lists.ports->n;
	}
	return looks <= SCAN_MAX;
}

static bool classify(struct sgnl_policy *policy, u8 direction)
{
	unsigned int n = policy->n_rules[direction];
	unsigned int i;

	/* More than R7 allows are found all the same. */
	if (quickly_scanned(policy->rules[direction], n) || n > SGNL_RULES_MAX)
		return true;
	for (i = 0; i < 2; i++) {
		u8 family = i ? SGNL_FAMILY_IPV6 : SGNL_FAMILY_IPV4;
		struct sgnl_classifier *classifier =
			sgnl_classifier_create(family, policy->rules[direction],
					       n);

		if (!classifier)
			return false;
		policy->classifier[direction][i] = classifier;
	}
	return true;
}

/* Puts rules into those of their direction, in order; false if memory ran out. */
static bool put_in_order(struct sgnl_policy *policy,
			 const struct sgnl_policy_rule *rule,
			 unsigned int n_rules)
{
	struct sgnl_radix_item *item, *sorted;
	unsigned int i;

	item = kvmalloc_array(n_rules, 2 * sizeof(*item), GFP_KERNEL_ACCOUNT);
	if (!item)
		return false;
	for (i = 0; i < n_rules; i++) {
		item[i].at = sgnl_rule_order(rule[i].rule);
		item[i].value = i;
	}
	sorted = sgnl_radix_sort(item, item + n_rules, n_rules);
	for (i = 0; i < n_rules; i++) {
		const struct sgnl_policy_rule *r = &rule[sorted[i].value];
		u8 d = r->rule->direction;

		policy->rules[d][policy->n_rules[d]++] = *r;
		if (r->rule->peer_kind == SGNL_PEER_GROUP)
			policy->names_groups[d] = true;
	}
	kvfree(item);
	return true;
}

/**
 * sgnl_policy_create() - compiles the policy of a set of groups
 * @type: the groups' type, enum sgnl_group_type
 * @group: the groups
 * @n_groups: how many, 1 to SGNL_PORT_GROUPS_MAX
 * @rule: all their rules, in canonical form and any order, with their lists;
 *        both must outlive the policy
 * @n_rules: how many
 *
 * Context: may sleep.
 * Return: the policy, or NULL if memory ran out.
 */
struct sgnl_policy *sgnl_policy_create(u8 type,
				       const struct sgnl_policy_group *group,
				       unsigned int n_groups,
				       const struct sgnl_policy_rule *rule,
				       unsigned int n_rules)
{
	struct sgnl_policy *policy;
	unsigned int i, d;

	policy = kvzalloc(struct_size(policy, rule, n_rules),
			  GFP_KERNEL_ACCOUNT);
	if (!policy)
		return NULL;
	policy->type = type;
	policy->n_groups = n_groups;
	memcpy(policy->group, group, n_groups * sizeof(*group));

	for (i = 0; i < n_rules; i++)
		policy->n_rules[rule[i].rule->direction]++;
	policy->rules[SGNL_DIRECTION_IN] = policy->rule;
	policy->rules[SGNL_DIRECTION_OUT] =
		policy->rule + policy->n_rules[SGNL_DIRECTION_IN];
	policy->n_rules[SGNL_DIRECTION_IN] = 0;
	policy->n_rules[SGNL_DIRECTION_OUT] = 0;

	if (!put_in_order(policy, rule, n_rules))
		goto destroy;
	for (d = 0; d < 2; d++)
		if (!classify(policy, d))
			goto destroy;
	return policy;
destroy:
	sgnl_policy_destroy(policy);
	return NULL;
}

/**
 * sgnl_policy_destroy() - frees a policy that no packet can see any more
 * @policy: the policy, or NULL
 *
 * Context: may sleep.
 */
void sgnl_policy_destroy(struct sgnl_policy *policy)
{
	unsigned int d, i;

	if (!policy)
		return;
	for (d = 0; d < 2; d++)
		for (i = 0; i < 2; i++)
			sgnl_classifier_destroy(policy->classifier[d][i]);
	kvfree(policy);
}
