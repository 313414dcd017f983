/* SPDX-License-Identifier: GPL-2.0 */
/* The judgement of one packet by a policy. */
#ifndef SGNL_CORE_MATCH_H
#define SGNL_CORE_MATCH_H

#include "policy.h"
#include "reason.h"

bool sgnl_match_needs_peer(const struct sgnl_policy *policy,
			   const struct sgnl_key *key);
enum sgnl_reason sgnl_match(const struct sgnl_policy *policy,
			    const struct sgnl_key *key,
			    const struct sgnl_group_set *peer,
			    const struct sgnl_rule **rule);

#endif
