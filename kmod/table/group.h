/* SPDX-License-Identifier: GPL-2.0 */
/* Groups and their rules, as snapshots hold them. */
#ifndef SGNL_TABLE_GROUP_H
#define SGNL_TABLE_GROUP_H

#include <linux/refcount.h>
#include <linux/sgnl.h>
#include <linux/xarray.h>
#include "../core/rule.h"
#include "array.h"

/**
 * struct sgnl_hits - how often a rule decided, and when
 * @packets: packets
 * @bytes: their bytes, from the network header
 * @first: when it decided first, in seconds of UTC, or 0 if it never has
 * @last: when it decided last, likewise
 */
struct sgnl_hits {
	u64 packets;
	u64 bytes;
	time64_t first;
	time64_t last;
} __aligned(4 * sizeof(u64)); /* in one cache line */

/**
 * struct sgnl_counter - hits of one rule id, whatever becomes of the rule
 * @ref: rules of this id, one for each snapshot's version of it
 * @id: the id
 * @group: number of the rule's group, which stays the same
 * @hits: by CPU
 * @since: when it began, in seconds of UTC
 * @ids: its namespace's counters by id
 * @next: another one of the same id: where a rule of that id was deleted and
 *	  added again, some snapshots have the one and some the other
 */
struct sgnl_counter {
	refcount_t ref;
	u32 id;
	u32 group;
	struct sgnl_hits __percpu *hits;
	time64_t since;
	struct xarray *ids;
	struct sgnl_counter *next;
};

/**
 * struct sgnl_rule_entry - a rule in a snapshot; immutable
 * @ref: arrays that hold it
 * @cost: what it costs (R7), in rules
 * @rule: what core/ sees of it
 * @counter: its hits
 * @expires: when it is deleted, in seconds of UTC, or 0 (R14)
 * @description: text for people, possibly empty
 */
struct sgnl_rule_entry {
	refcount_t ref;
	unsigned int cost;
	struct sgnl_rule rule;
	struct sgnl_counter *counter;
	time64_t expires;
	char description[];
};

/**
 * struct sgnl_membership - what is known of all members of a group
 * @ref: versions of the group
 * @n: how many there are, in the running transaction too
 * @digest: of those in force (M4)
 * @generation: in which they changed last, 0 if there never was one
 *
 * Under the namespace's lock.
 */
struct sgnl_membership {
	refcount_t ref;
	unsigned int n;
	u64 digest;
	u64 generation;
};

/**
 * struct sgnl_group - a group in a snapshot
 * @ref: arrays that hold it; with one it may be written to
 * @id: its number, not used again
 * @vpc: address scope
 * @type: enum sgnl_group_type
 * @internal_policy: enum sgnl_internal_policy
 * @cost: what its rules cost together (R7)
 * @rules: struct sgnl_rule_entry, by id
 * @members: shared by all versions of the group
 * @description: text for people, possibly empty; the group's own
 * @name: its name
 */
struct sgnl_group {
	refcount_t ref;
	u32 id;
	u32 vpc;
	u8 type;
	u8 internal_policy;
	unsigned int cost;
	struct sgnl_array *rules;
	struct sgnl_membership *members;
	char *description;
	char name[SGNL_NAME_MAX + 1];
};

struct sgnl_rule_entry *sgnl_rule_entry_create(const struct sgnl_rule *rule,
					       unsigned int cost,
					       time64_t expires,
					       const char *description,
					       struct sgnl_counter *counter,
					       struct xarray *ids, gfp_t gfp);
void sgnl_rule_entry_put(struct sgnl_rule_entry *entry);
void sgnl_rule_entry_hit(const struct sgnl_rule *rule, unsigned int bytes);
void sgnl_rule_entry_hits(const struct sgnl_rule_entry *entry,
			  struct sgnl_hits *sum);
time64_t sgnl_rule_entry_since(const struct sgnl_rule_entry *entry);

struct sgnl_group *sgnl_group_create(u32 id, const char *name, u8 type,
				     u8 internal_policy, u32 vpc, gfp_t gfp);
struct sgnl_group *sgnl_group_clone(const struct sgnl_group *group, gfp_t gfp);
void sgnl_group_put(struct sgnl_group *group);
int sgnl_group_describe(struct sgnl_group *group, const char *description,
			gfp_t gfp);
struct sgnl_rule_entry *sgnl_group_rule(const struct sgnl_group *group, u32 id,
					unsigned int *pos);
struct sgnl_rule_entry *sgnl_group_rule_equal(const struct sgnl_group *group,
					      const struct sgnl_rule *rule);
bool sgnl_group_accepts(const struct sgnl_group *group);

extern const struct sgnl_array_ops sgnl_groups_ops;

#endif
