/* SPDX-License-Identifier: GPL-2.0 */
/* Members: which groups an address is in, by generation. */
#ifndef SGNL_TABLE_MEMBER_H
#define SGNL_TABLE_MEMBER_H

#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/xarray.h>
#include "../core/addr.h"
#include "../core/rule.h"
#include "config.h"

/**
 * struct sgnl_member_key - an address in its scope
 * @addr: the address
 * @vpc: the scope
 * @family: its family
 */
struct sgnl_member_key {
	struct sgnl_addr addr;
	u32 vpc;
	u32 family;
};

/* In a member's references: member-add made it one. The rest counts ports. */
#define SGNL_MEMBER_EXPLICIT 0x80000000u

/**
 * struct sgnl_member_set - the groups of an address from some generation on
 * @rcu: to free it
 * @generation: the first generation that it holds in
 * @prev: what held before, while packets of that generation may run
 * @set: the groups
 * @data: their numbers, then as many references
 */
struct sgnl_member_set {
	struct rcu_head rcu;
	u64 generation;
	struct sgnl_member_set *prev;
	struct sgnl_group_set set;
	u32 data[];
};

/**
 * struct sgnl_member - an address that is in some group
 * @node: in the table
 * @next: the set that the running transaction gives it; under the lock
 * @rcu: to free it, when no transaction can come to it any more
 * @key: the address
 * @number: its place in a dump
 * @set: its newest set of groups in force, or NULL if it has none yet
 *
 * One cache line, which is all that a look-up reads of it.
 */
struct sgnl_member {
	struct rhash_head node;
	union {
		struct sgnl_member_set *next;
		struct rcu_head rcu;
	};
	struct sgnl_member_key key;
	u32 number;
	struct sgnl_member_set __rcu *set;
};

/**
 * struct sgnl_members - the members of a network namespace
 * @hash: struct sgnl_member by its key
 * @numbers: the same by number, for dumps; under the lock
 * @n: addresses in it that are in some group; under the lock
 */
struct sgnl_members {
	struct rhashtable hash;
	struct xarray numbers;
	unsigned int n;
};

/**
 * struct sgnl_member_flip - a membership that a transaction gave or took by
 *	itself, not through a port
 * @list: in the list of them
 * @key: the address
 * @group: number of the group
 * @was: it was a member
 */
struct sgnl_member_flip {
	struct list_head list;
	struct sgnl_member_key key;
	u32 group;
	bool was;
};

int sgnl_members_init(struct sgnl_members *members);
void sgnl_members_exit(struct sgnl_members *members);

const struct sgnl_group_set *sgnl_member_lookup(struct sgnl_members *members,
						u32 vpc,
						const struct sgnl_addr *addr,
						u8 family, u64 generation);
const struct sgnl_group_set *
sgnl_member_lookup_next(struct sgnl_members *members, u32 vpc,
			const struct sgnl_addr *addr, u8 family);

struct sgnl_member *sgnl_member_next(struct sgnl_members *members,
				     unsigned long *number);
const struct sgnl_member_set *sgnl_member_set(const struct sgnl_member *member);

int sgnl_member_change(struct sgnl_members *members, struct list_head *touched,
		       const struct sgnl_member_key *key,
		       struct sgnl_group *group, bool ports, bool add,
		       gfp_t gfp);
int sgnl_member_changed(const struct list_head *touched, struct xarray *groups,
			gfp_t gfp);
void sgnl_member_publish(struct sgnl_members *members,
			 struct list_head *touched,
			 const struct sgnl_config *config,
			 const struct sgnl_config *before);
void sgnl_member_abort(struct sgnl_members *members, struct list_head *touched,
		       const struct sgnl_config *config,
		       const struct sgnl_config *next);
void sgnl_member_retire(struct sgnl_members *members,
			struct list_head *touched);
int sgnl_member_flips(const struct list_head *touched, struct list_head *flips,
		      gfp_t gfp);
void sgnl_member_flips_free(struct list_head *flips);

#endif
