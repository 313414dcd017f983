/* SPDX-License-Identifier: GPL-2.0 */
/* Compiled policies, shared by all ports whose groups are the same. */
#ifndef SGNL_TABLE_POLICY_CACHE_H
#define SGNL_TABLE_POLICY_CACHE_H

#include <linux/hashtable.h>
#include "../core/policy.h"
#include "array.h"
#include "group.h"
#include "list.h"

#define SGNL_POLICY_CACHE_BITS 10

/**
 * struct sgnl_policy_entry - a policy and what it was compiled from
 * @node: in the cache
 * @ref: settings of ports that use it; under the namespace's lock
 * @policy: the compiled policy
 * @beside: while an audit runs, what the same groups decide by the candidate;
 *	possibly the same; read under RCU
 * @rules: the rules of each group, kept since the policy borrows them
 * @lists: the lists that they name, by number, likewise
 */
struct sgnl_policy_entry {
	struct hlist_node node;
	unsigned int ref;
	struct sgnl_policy *policy;
	struct sgnl_policy_entry __rcu *beside;
	struct sgnl_array *rules[SGNL_PORT_GROUPS_MAX];
	struct sgnl_array *lists;
};

/**
 * struct sgnl_policy_cache - the policies of a network namespace
 * @hash: by the numbers of their groups
 * @n: policies in it
 * @compiled: how often one was compiled
 *
 * Written under the namespace's lock.
 */
struct sgnl_policy_cache {
	DECLARE_HASHTABLE(hash, SGNL_POLICY_CACHE_BITS);
	unsigned int n;
	u64 compiled;
};

void sgnl_policy_cache_init(struct sgnl_policy_cache *cache);
struct sgnl_policy_entry *sgnl_policy_cache_get(struct sgnl_policy_cache *cache,
						struct sgnl_group *const *group,
						unsigned int n,
						const struct sgnl_array *lists);
void sgnl_policy_cache_hold(struct sgnl_policy_entry *entry);
void sgnl_policy_cache_put(struct sgnl_policy_cache *cache,
			   struct sgnl_policy_entry *entry);
void sgnl_policy_cache_pair(struct sgnl_policy_entry *entry,
			    struct sgnl_policy_entry *beside);
void sgnl_policy_cache_part(struct sgnl_policy_cache *cache);

#endif
