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

bool sgnl_match_needs_peer(const struct sgnl_policy *policy,
			   const struct sgnl_key *key);
enum sgnl_reason sgnl_match(const struct sgnl_policy *policy,
			    const struct sgnl_key *key,
			    const struct sgnl_group_set *peer,
			    const struct sgnl_rule **rule);
unsigned int sgnl_match_passed(const struct sgnl_policy *policy,
			       const struct sgnl_key *key,
			       const struct sgnl_group_set *peer,
			       struct sgnl_passed_rule *passed);

#endif
