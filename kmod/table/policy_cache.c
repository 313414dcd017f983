// SPDX-License-Identifier: GPL-2.0
/*
 * Compiled policies, shared by all ports whose groups are the same.
 *
 * A policy fits a set of groups if it was compiled from the very arrays of
 * rules that the groups hold, and from the very lists that these name: what is
 * shared is never written to, so that the same array means the same rules.
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "policy_cache.h"

/**
 * sgnl_policy_cache_init() - makes an empty cache
 * @cache: the cache
 */
void sgnl_policy_cache_init(struct sgnl_policy_cache *cache)
{
	hash_init(cache->hash);
	cache->n = 0;
	cache->compiled = 0;
}

static u32 set_hash(struct sgnl_group *const *group, unsigned int n)
{
	u32 hash = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		hash = jhash_1word(group[i]->id, hash);
	return hash;
}

static bool fits(const struct sgnl_policy_entry *entry,
		 struct sgnl_group *const *group, unsigned int n,
		 const struct sgnl_array *lists)
{
	const struct sgnl_policy *policy = entry->policy;
	unsigned int i, pos;

	if (policy->n_groups != n)
		return false;
	for (i = 0; i < n; i++)
		if (policy->group[i].id != group[i]->id ||
		    policy->group[i].accept != sgnl_group_accepts(group[i]) ||
		    entry->rules[i] != group[i]->rules)
			return false;
	for (i = 0; i < entry->lists->n; i++) {
		const struct sgnl_list *list = entry->lists->item[i];

		if (sgnl_lists_find(lists, list->id, &pos) != list)
			return false;
	}
	return true;
}

/* Finds a list that a rule names, and keeps it with the policy. */
static struct sgnl_list *use_list(struct sgnl_array **used,
				  const struct sgnl_array *lists, u32 id)
{
	struct sgnl_list *list;
	unsigned int pos, at;

	list = sgnl_lists_find(*used, id, &pos);
	if (list)
		return list;
	list = sgnl_lists_find(lists, id, &at);
	refcount_inc(&list->ref);
	if (!sgnl_array_insert(used, pos, list, GFP_KERNEL_ACCOUNT))
		return list;
	sgnl_list_put(list);
	return NULL;
}

/* What stands behind the numbers in a rule; false if memory ran out. */
static bool resolve(struct sgnl_policy_rule *to, const struct sgnl_rule *rule,
		    const struct sgnl_array *lists, struct sgnl_array **used)
{
	struct sgnl_list *list;

	*to = (struct sgnl_policy_rule){ .rule = rule };
	if (rule->peer_list) {
		list = use_list(used, lists, rule->peer_list);
		if (!list)
			return false;
		to->lists.peer = list->prefixes;
	}
	if (rule->port_list) {
		list = use_list(used, lists, rule->port_list);
		if (!list)
			return false;
		to->lists.ports = list->ports;
	}
	return true;
}

static struct sgnl_policy *compile(struct sgnl_group *const *group,
				   unsigned int n,
				   const struct sgnl_array *lists,
				   struct sgnl_array **used)
{
	struct sgnl_policy_group about[SGNL_PORT_GROUPS_MAX];
	struct sgnl_policy_rule *rule;
	struct sgnl_policy *policy = NULL;
	unsigned int n_rules = 0;
	unsigned int i, j;

	for (i = 0; i < n; i++)
		n_rules += group[i]->rules->n;
	rule = kvmalloc_array(n_rules, sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return NULL;
	n_rules = 0;
	for (i = 0; i < n; i++) {
		about[i].id = group[i]->id;
		about[i].accept = sgnl_group_accepts(group[i]);
		for (j = 0; j < group[i]->rules->n; j++) {
			struct sgnl_rule_entry *r = group[i]->rules->item[j];

			if (!resolve(&rule[n_rules++], &r->rule, lists, used))
				goto free_rules;
		}
	}
	policy = sgnl_policy_create(group[0]->type, about, n, rule, n_rules);
free_rules:
	kvfree(rule);
	return policy;
}

/**
 * sgnl_policy_cache_get() - the policy of a set of groups
 * @cache: the cache
 * @group: the groups, by number
 * @n: how many, at least 1
 * @lists: all lists, by number
 *
 * Compiles it if no port has it yet.
 *
 * Context: may sleep; under the namespace's lock.
 * Return: the policy with a reference for the caller, or NULL if memory ran
 * out.
 */
struct sgnl_policy_entry *sgnl_policy_cache_get(struct sgnl_policy_cache *cache,
						struct sgnl_group *const *group,
						unsigned int n,
						const struct sgnl_array *lists)
{
	u32 hash = set_hash(group, n);
	struct sgnl_policy_entry *entry;
	unsigned int i;

	hash_for_each_possible(cache->hash, entry, node, hash) {
		if (fits(entry, group, n, lists)) {
			entry->ref++;
			return entry;
		}
	}
	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return NULL;
	entry->lists = sgnl_array_create(&sgnl_lists_ops, GFP_KERNEL_ACCOUNT);
	if (entry->lists)
		entry->policy = compile(group, n, lists, &entry->lists);
	if (!entry->policy) {
		sgnl_array_put(entry->lists);
		kfree(entry);
		return NULL;
	}
	for (i = 0; i < n; i++)
		entry->rules[i] = sgnl_array_get(group[i]->rules);
	entry->ref = 1;
	hash_add(cache->hash, &entry->node, hash);
	cache->n++;
	cache->compiled++;
	return entry;
}

/**
 * sgnl_policy_cache_hold() - takes another reference
 * @entry: the policy
 *
 * Context: under the namespace's lock.
 */
void sgnl_policy_cache_hold(struct sgnl_policy_entry *entry)
{
	entry->ref++;
}

/* False if there is none beside it. */
static bool part(struct sgnl_policy_cache *cache,
		 struct sgnl_policy_entry *entry)
{
	struct sgnl_policy_entry *beside;

	/* Whoever calls has the lock, or the only reference. */
	beside = rcu_replace_pointer(entry->beside, NULL, true);
	if (!beside)
		return false;
	if (beside != entry)
		sgnl_policy_cache_put(cache, beside);
	return true;
}

/**
 * sgnl_policy_cache_put() - gives a reference back
 * @cache: the cache
 * @entry: the policy; once its last reference is gone no packet may see it
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_policy_cache_put(struct sgnl_policy_cache *cache,
			   struct sgnl_policy_entry *entry)
{
	unsigned int i;

	if (--entry->ref)
		return;
	part(cache, entry);
	hash_del(&entry->node);
	cache->n--;
	for (i = 0; i < entry->policy->n_groups; i++)
		sgnl_array_put(entry->rules[i]);
	sgnl_array_put(entry->lists);
	sgnl_policy_destroy(entry->policy);
	kfree(entry);
}

/**
 * sgnl_policy_cache_pair() - puts a policy beside another
 * @entry: a policy that is in force, or is to be
 * @beside: what is judged beside it; possibly the same
 *
 * Nothing happens if there is one already.
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_policy_cache_pair(struct sgnl_policy_entry *entry,
			    struct sgnl_policy_entry *beside)
{
	if (rcu_access_pointer(entry->beside))
		return;
	if (beside != entry)
		sgnl_policy_cache_hold(beside);
	rcu_assign_pointer(entry->beside, beside);
}

/* The first of a bucket that has one beside it, which may be in the same. */
static bool part_first(struct sgnl_policy_cache *cache, struct hlist_head *head)
{
	struct sgnl_policy_entry *entry;

	hlist_for_each_entry(entry, head, node)
		if (part(cache, entry))
			return true;
	return false;
}

/**
 * sgnl_policy_cache_part() - leaves no policy beside another
 * @cache: the cache, in which no packet looks for such any more
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_policy_cache_part(struct sgnl_policy_cache *cache)
{
	unsigned int i;

	for (i = 0; i < HASH_SIZE(cache->hash); i++)
		while (part_first(cache, &cache->hash[i]))
			;
}
