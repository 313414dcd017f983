// SPDX-License-Identifier: GPL-2.0
/*
 * What a set of groups decides: E6 to E8, sorted and immutable.
 *
 * Theory of operation: the rules of all groups are put into one list for each
 * direction and sorted (E7); the first that matches decides. The list is
 * scanned as it is, so a look-up costs what the rules before the match cost.
 */
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "policy.h"

static int compare(const void *a, const void *b)
{
	const struct sgnl_policy_rule *x = a, *y = b;

	return sgnl_rule_compare(x->rule, y->rule);
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

	for (i = 0; i < n_rules; i++) {
		d = rule[i].rule->direction;
		policy->rules[d][policy->n_rules[d]++] = rule[i];
		if (rule[i].rule->peer_kind == SGNL_PEER_GROUP)
			policy->names_groups[d] = true;
	}
	for (d = 0; d < 2; d++)
		sort(policy->rules[d], policy->n_rules[d],
		     sizeof(policy->rules[d][0]), compare, NULL);
	return policy;
}

/**
 * sgnl_policy_destroy() - frees a policy that no packet can see any more
 * @policy: the policy, or NULL
 *
 * Context: may sleep.
 */
void sgnl_policy_destroy(struct sgnl_policy *policy)
{
	kvfree(policy);
}
