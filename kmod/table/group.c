// SPDX-License-Identifier: GPL-2.0
/* Groups and their rules, as snapshots hold them. */
#include <linux/container_of.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "group.h"

static struct sgnl_counter *counter_create(const struct sgnl_rule *rule,
					   struct xarray *ids, gfp_t gfp)
{
	struct sgnl_counter *counter = kmalloc(sizeof(*counter), gfp);

	if (!counter)
		return NULL;
	counter->hits = alloc_percpu_gfp(struct sgnl_hits, gfp);
	if (!counter->hits)
		goto free_counter;
	counter->next = xa_load(ids, rule->id);
	if (xa_is_err(xa_store(ids, rule->id, counter, gfp)))
		goto free_hits;
	refcount_set(&counter->ref, 1);
	counter->id = rule->id;
	counter->group = rule->group;
	counter->ids = ids;
	counter->since = ktime_get_real_seconds();
	return counter;

free_hits:
	free_percpu(counter->hits);
free_counter:
	kfree(counter);
	return NULL;
}

/* Takes one out of those of its id; that there is no memory does not matter. */
static void forget_id(struct sgnl_counter *counter)
{
	struct sgnl_counter *before = xa_load(counter->ids, counter->id);

	if (before == counter) {
		xa_store(counter->ids, counter->id, counter->next, GFP_NOWAIT);
		return;
	}
	while (before->next != counter)
		before = before->next;
	before->next = counter->next;
}

static void counter_put(struct sgnl_counter *counter)
{
	if (!refcount_dec_and_test(&counter->ref))
		return;
	forget_id(counter);
	free_percpu(counter->hits);
	kfree(counter);
}

/**
 * sgnl_rule_entry_create() - creates a rule for a snapshot
 * @rule: the rule, in canonical form
 * @cost: what it costs (R7)
 * @expires: when it is deleted, in seconds of UTC, or 0
 * @description: text for people, or NULL
 * @counter: the counter of the rule that it takes the place of, or NULL
 * @ids: the namespace's counters by id
 * @gfp: how to allocate
 *
 * Context: under the namespace's lock.
 * Return: the rule with one reference, or NULL if memory ran out.
 */
struct sgnl_rule_entry *sgnl_rule_entry_create(const struct sgnl_rule *rule,
					       unsigned int cost,
					       time64_t expires,
					       const char *description,
					       struct sgnl_counter *counter,
					       struct xarray *ids, gfp_t gfp)
{
	size_t len = description ? strlen(description) : 0;
	struct sgnl_rule_entry *entry;

	entry = kmalloc(struct_size(entry, description, len + 1), gfp);
	if (!entry)
		return NULL;
	if (counter)
		refcount_inc(&counter->ref);
	else
		counter = counter_create(rule, ids, gfp);
	if (!counter) {
		kfree(entry);
		return NULL;
	}
	refcount_set(&entry->ref, 1);
	entry->rule = *rule;
	entry->counter = counter;
	entry->cost = cost;
	entry->expires = expires;
	memcpy(entry->description, description ?: "", len + 1);
	return entry;
}

static void rule_entry_get(void *item)
{
	struct sgnl_rule_entry *entry = item;

	refcount_inc(&entry->ref);
}

/**
 * sgnl_rule_entry_put() - gives a reference back
 * @entry: the rule
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_rule_entry_put(struct sgnl_rule_entry *entry)
{
	if (!refcount_dec_and_test(&entry->ref))
		return;
	counter_put(entry->counter);
	kfree(entry);
}

static void rule_entry_put(void *item)
{
	sgnl_rule_entry_put(item);
}

static const struct sgnl_array_ops rules_ops = {
	.get = rule_entry_get,
	.put = rule_entry_put,
};

/**
 * sgnl_rule_entry_hit() - counts a packet that a rule decided
 * @rule: the rule, one of a policy
 * @bytes: the packet's length from its network header
 *
 * Context: softirq or disabled bottom halves, under RCU.
 */
void sgnl_rule_entry_hit(const struct sgnl_rule *rule, unsigned int bytes)
{
	const struct sgnl_rule_entry *entry =
		container_of(rule, struct sgnl_rule_entry, rule);
	struct sgnl_hits *hits = this_cpu_ptr(entry->counter->hits);
	time64_t now = ktime_get_real_seconds();

	WRITE_ONCE(hits->packets, hits->packets + 1);
	WRITE_ONCE(hits->bytes, hits->bytes + bytes);
	WRITE_ONCE(hits->last, now);
	if (!hits->first)
		WRITE_ONCE(hits->first, now);
}

/**
 * sgnl_rule_entry_hits() - sums up a rule's hits
 * @entry: the rule
 * @sum: where to
 *
 * Context: any.
 */
void sgnl_rule_entry_hits(const struct sgnl_rule_entry *entry,
			  struct sgnl_hits *sum)
{
	time64_t first;
	int cpu;

	*sum = (struct sgnl_hits){};
	for_each_possible_cpu(cpu) {
		struct sgnl_hits *hits = per_cpu_ptr(entry->counter->hits, cpu);

		sum->packets += READ_ONCE(hits->packets);
		sum->bytes += READ_ONCE(hits->bytes);
		sum->last = max(sum->last, READ_ONCE(hits->last));
		first = READ_ONCE(hits->first);
		if (first && (!sum->first || first < sum->first))
			sum->first = first;
	}
}

/**
 * sgnl_rule_entry_since() - when a rule began to count its hits
 * @entry: the rule
 *
 * Context: any.
 * Return: seconds of UTC.
 */
time64_t sgnl_rule_entry_since(const struct sgnl_rule_entry *entry)
{
	return entry->counter->since;
}

/**
 * sgnl_group_create() - creates a group without rules and members
 * @id: its number
 * @name: its name, at most SGNL_NAME_MAX bytes
 * @type: enum sgnl_group_type
 * @internal_policy: enum sgnl_internal_policy
 * @vpc: address scope
 * @gfp: how to allocate
 *
 * Return: the group with one reference, or NULL if memory ran out.
 */
struct sgnl_group *sgnl_group_create(u32 id, const char *name, u8 type,
				     u8 internal_policy, u32 vpc, gfp_t gfp)
{
	struct sgnl_group *group = kzalloc(sizeof(*group), gfp);

	if (!group)
		return NULL;
	group->rules = sgnl_array_create(&rules_ops, gfp);
	group->members = kzalloc(sizeof(*group->members), gfp);
	if (!group->rules || !group->members) {
		sgnl_array_put(group->rules);
		kfree(group->members);
		kfree(group);
		return NULL;
	}
	refcount_set(&group->members->ref, 1);
	refcount_set(&group->ref, 1);
	group->id = id;
	group->vpc = vpc;
	group->type = type;
	group->internal_policy = internal_policy;
	strscpy(group->name, name, sizeof(group->name));
	return group;
}

/**
 * sgnl_group_clone() - copies a group, to change the copy
 * @group: the group; the copy shares its rules until they are written to
 * @gfp: how to allocate
 *
 * Return: the copy with one reference, or NULL if memory ran out.
 */
struct sgnl_group *sgnl_group_clone(const struct sgnl_group *group, gfp_t gfp)
{
	struct sgnl_group *copy = kmemdup(group, sizeof(*group), gfp);

	if (!copy)
		return NULL;
	if (group->description) {
		copy->description = kstrdup(group->description, gfp);
		if (!copy->description) {
			kfree(copy);
			return NULL;
		}
	}
	refcount_set(&copy->ref, 1);
	sgnl_array_get(copy->rules);
	refcount_inc(&copy->members->ref);
	return copy;
}

static void group_get(void *item)
{
	struct sgnl_group *group = item;

	refcount_inc(&group->ref);
}

/**
 * sgnl_group_put() - gives a reference back
 * @group: the group
 *
 * Context: may sleep.
 */
void sgnl_group_put(struct sgnl_group *group)
{
	if (!refcount_dec_and_test(&group->ref))
		return;
	sgnl_array_put(group->rules);
	if (refcount_dec_and_test(&group->members->ref))
		kfree(group->members);
	kfree(group->description);
	kfree(group);
}

static void group_put(void *item)
{
	sgnl_group_put(item);
}

const struct sgnl_array_ops sgnl_groups_ops = {
	.get = group_get,
	.put = group_put,
};

/**
 * sgnl_group_describe() - sets a group's description
 * @group: the group, the caller's own
 * @description: the text
 * @gfp: how to allocate
 *
 * Return: 0 or -ENOMEM.
 */
int sgnl_group_describe(struct sgnl_group *group, const char *description,
			gfp_t gfp)
{
	char *copy = kstrdup(description, gfp);

	if (!copy)
		return -ENOMEM;
	kfree(group->description);
	group->description = copy;
	return 0;
}

static int compare_rule_id(const void *item, const void *key)
{
	const struct sgnl_rule_entry *entry = item;
	const u32 *id = key;

	return entry->rule.id < *id ? -1 : entry->rule.id > *id;
}

/**
 * sgnl_group_rule() - finds a rule of a group by its id
 * @group: the group
 * @id: the id
 * @pos: its place in the group's rules, or where it would have to be
 *
 * Return: the rule, without a reference, or NULL.
 */
struct sgnl_rule_entry *sgnl_group_rule(const struct sgnl_group *group, u32 id,
					unsigned int *pos)
{
	if (!sgnl_array_find(group->rules, compare_rule_id, &id, pos))
		return NULL;
	return group->rules->item[*pos];
}

/**
 * sgnl_group_rule_equal() - finds a rule of a group by its identity (R9)
 * @group: the group
 * @rule: a rule in canonical form
 *
 * Return: the rule, without a reference, or NULL.
 */
struct sgnl_rule_entry *sgnl_group_rule_equal(const struct sgnl_group *group,
					      const struct sgnl_rule *rule)
{
	unsigned int i;

	for (i = 0; i < group->rules->n; i++) {
		struct sgnl_rule_entry *entry = group->rules->item[i];

		if (sgnl_rule_equal(&entry->rule, rule))
			return entry;
	}
	return NULL;
}

/**
 * sgnl_group_accepts() - does a group admit its own members (G3)?
 * @group: the group
 */
bool sgnl_group_accepts(const struct sgnl_group *group)
{
	return group->type == SGNL_GROUP_TYPE_BASIC &&
	       group->internal_policy == SGNL_INTERNAL_POLICY_ACCEPT;
}
