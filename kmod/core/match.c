// SPDX-License-Identifier: GPL-2.0
/* The judgement of one packet by a policy: E6, E7, E8. */
#include "classifier.h"
#include "match.h"

static const struct sgnl_rule *scan(const struct sgnl_policy *policy,
				    const struct sgnl_key *key,
				    const struct sgnl_group_set *peer)
{
	unsigned int i;

	for (i = 0; i < policy->n_rules[key->direction]; i++) {
		const struct sgnl_policy_rule *r =
			&policy->rules[key->direction][i];

		if (sgnl_rule_match(r->rule, &r->lists, key, peer))
			return r->rule;
	}
	return NULL;
}

/* The first rule that matches (E7), or NULL. */
static const struct sgnl_rule *first_match(const struct sgnl_policy *policy,
					   const struct sgnl_key *key,
					   const struct sgnl_group_set *peer)
{
	bool ipv6 = key->family == SGNL_FAMILY_IPV6;
	const struct sgnl_classifier *classifier =
		policy->classifier[key->direction][ipv6];

	if (classifier)
		return sgnl_classifier_find(classifier, key, peer);
	return scan(policy, key, peer);
}

/**
 * sgnl_match() - judges a packet that belongs to no session
 * @policy: the policy of the port's groups
 * @key: the packet
 * @peer: the groups that its peer is in
 * @rule: where to put the rule that decided, or NULL if none did
 *
 * Context: any; under RCU if @policy is.
 * Return: the reason, which tells whether it passes.
 */
enum sgnl_reason sgnl_match(const struct sgnl_policy *policy,
			    const struct sgnl_key *key,
			    const struct sgnl_group_set *peer,
			    const struct sgnl_rule **rule)
{
	unsigned int i;

	*rule = NULL;
	if (sgnl_match_admits_members(policy, key))
		for (i = 0; i < policy->n_groups; i++)
			if (policy->group[i].accept &&
			    sgnl_group_set_has(peer, policy->group[i].id))
				return SGNL_REASON_MEMBER;

	*rule = first_match(policy, key, peer);
	if (*rule)
		return (*rule)->policy == SGNL_RULE_POLICY_ALLOW ?
			       SGNL_REASON_RULE_ALLOW :
			       SGNL_REASON_RULE_DENY;
	if (policy->type == SGNL_GROUP_TYPE_BASIC &&
	    key->direction == SGNL_DIRECTION_OUT)
		return SGNL_REASON_DEFAULT_ALLOW;
	return SGNL_REASON_DEFAULT_DENY;
}

/**
 * sgnl_match_passed() - the rules that come before the one that matches
 * @policy: the policy of the port's groups
 * @key: the packet
 * @peer: the groups that its peer is in
 * @passed: where to put them; room for all rules of the direction
 *
 * Context: any; under RCU if @policy is.
 * Return: how many; all rules of the direction if none matches.
 */
unsigned int sgnl_match_passed(const struct sgnl_policy *policy,
			       const struct sgnl_key *key,
			       const struct sgnl_group_set *peer,
			       struct sgnl_passed_rule *passed)
{
	unsigned int i;

	for (i = 0; i < policy->n_rules[key->direction]; i++) {
		const struct sgnl_policy_rule *r =
			&policy->rules[key->direction][i];

		passed[i].id = r->rule->id;
		passed[i].part =
			sgnl_rule_mismatch(r->rule, &r->lists, key, peer);
		if (passed[i].part == SGNL_RULE_PART_NONE)
			break;
	}
	return i;
}
