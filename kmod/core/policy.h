/* SPDX-License-Identifier: GPL-2.0 */
/* What a set of groups decides: E6 to E8, sorted and immutable. */
#ifndef SGNL_CORE_POLICY_H
#define SGNL_CORE_POLICY_H

#include <linux/types.h>
#include "limits.h"
#include "rule.h"

/**
 * struct sgnl_policy_group - what a policy knows of one of its groups
 * @id: number of the group
 * @accept: members of it are admitted (E6)
 */
struct sgnl_policy_group {
	u32 id;
	bool accept;
};

/**
 * struct sgnl_policy_rule - a rule, with what it names
 * @rule: the rule
 * @lists: the lists that it names
 */
struct sgnl_policy_rule {
	const struct sgnl_rule *rule;
	struct sgnl_rule_lists lists;
};

struct sgnl_classifier;

/**
 * struct sgnl_policy - the rules of a set of groups, sorted
 * @type: enum sgnl_group_type, the same for all of them
 * @n_groups: how many groups
 * @group: the groups
 * @n_rules: how many rules, by direction
 * @rules: the rules of each direction in the order of E7
 * @classifier: by direction and family, IPv4 first, what finds the first rule
 *              that matches; NULL if the rules are few enough to be scanned
 * @names_groups: by direction, whether some rule has a group as peer
 * @rule: room for both
 *
 * Immutable once created. It borrows the rules and lists, which its owner keeps.
 */
struct sgnl_policy {
	u8 type;
	bool names_groups[2];
	unsigned int n_groups;
	struct sgnl_policy_group group[SGNL_PORT_GROUPS_MAX];
	unsigned int n_rules[2];
	struct sgnl_policy_rule *rules[2];
	struct sgnl_classifier *classifier[2][2];
	struct sgnl_policy_rule rule[];
};

struct sgnl_policy *sgnl_policy_create(u8 type,
				       const struct sgnl_policy_group *group,
				       unsigned int n_groups,
				       const struct sgnl_policy_rule *rule,
				       unsigned int n_rules);
void sgnl_policy_destroy(struct sgnl_policy *policy);

#endif
