/* SPDX-License-Identifier: GPL-2.0 */
/* The judgement of one packet by a policy. */
#ifndef SGNL_CORE_MATCH_H
#define SGNL_CORE_MATCH_H

#include "policy.h"
#include "reason.h"

/**
 * struct sgnl_passed_rule - a rule that did not match a packet
 * @id: its id
 * @part: enum sgnl_rule_part, the first part that did not fit
 */
struct sgnl_passed_rule {
	u32 id;
	u8 part;
};

/* Do members of the peer's groups come in without a rule (E6)? */
static inline bool sgnl_match_admits_members(const struct sgnl_policy *policy,
					     const struct sgnl_key *key)
{
	return policy->type == SGNL_GROUP_TYPE_BASIC &&
	       key->direction == SGNL_DIRECTION_IN && !key->multicast;
}

/**
 * sgnl_match_needs_peer() - do the peer's groups matter?
 * @policy: the policy
 * @key: the packet
 *
 * Saves the look-up of the peer where they do not.
 *
 * Context: any.
 */
static inline bool sgnl_match_needs_peer(const struct sgnl_policy *policy,
					 const struct sgnl_key *key)
{
	return policy->names_groups[key->direction] ||
	       sgnl_match_admits_members(policy, key);
}

enum sgnl_reason sgnl_match(const struct sgnl_policy *policy,
			    const struct sgnl_key *key,
			    const struct sgnl_group_set *peer,
			    const struct sgnl_rule **rule);
unsigned int sgnl_match_passed(const struct sgnl_policy *policy,
			       const struct sgnl_key *key,
			       const struct sgnl_group_set *peer,
			       struct sgnl_passed_rule *passed);

#endif
