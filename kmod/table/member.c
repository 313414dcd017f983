// SPDX-License-Identifier: GPL-2.0
/*
 * Members: which groups an address is in, by generation.
 *
 * Theory of operation: members are too many to be part of snapshots. Each
 * address has a short chain of sets of groups, newest first, each with the
 * generation from which it holds. A packet that runs under the snapshot of
 * generation G takes the first set of a generation not above G. A transaction
 * prepares new sets beside the chain, where memory may run out without harm,
 * puts them in front just before the snapshot is switched, and frees what they
 * replaced once no packet runs under an older snapshot.
 *
 * A group's digest (M4) is the sum of its members' hashes, so it does not
 * matter in which order they came, and one that comes or goes is one addition.
 */
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#include "member.h"

/* A member that a transaction changed, and what it was given. */
struct touch {
	struct list_head list;
	struct sgnl_member *member;
	struct sgnl_member_set *set;
};

/* What rhashtable would call memcmp() for. */
static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct sgnl_member *member = obj;
	const struct sgnl_member_key *key = arg->key;

	return !(member->key.addr.lo == key->addr.lo &&
		 member->key.addr.hi == key->addr.hi &&
		 member->key.vpc == key->vpc &&
		 member->key.family == key->family);
}

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct sgnl_member, node),
	.key_offset = offsetof(struct sgnl_member, key),
	.key_len = sizeof(struct sgnl_member_key),
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

/**
 * sgnl_members_init() - makes an empty table
 * @members: the table
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sgnl_members_init(struct sgnl_members *members)
{
	members->n = 0;
	xa_init_flags(&members->numbers, XA_FLAGS_ALLOC);
	return rhashtable_init(&members->hash, &params);
}

static void free_member(void *ptr, void *arg)
{
	struct sgnl_member *member = ptr;

	kfree(rcu_dereference_protected(member->set, true));
	kfree(member);
}

/**
 * sgnl_members_exit() - frees the table
 * @members: the table; no packet and no transaction uses it any more
 *
 * Context: may sleep.
 */
void sgnl_members_exit(struct sgnl_members *members)
{
	rhashtable_free_and_destroy(&members->hash, free_member, NULL);
	xa_destroy(&members->numbers);
}

/**
 * sgnl_member_lookup() - the groups of an address
 * @members: the table
 * @vpc: the address's scope
 * @addr: the address
 * @family: its family
 * @generation: of the snapshot that the caller runs under
 *
 * Context: under RCU.
 * Return: the groups, possibly none; valid until the RCU section ends.
 */
const struct sgnl_group_set *sgnl_member_lookup(struct sgnl_members *members,
						u32 vpc,
						const struct sgnl_addr *addr,
						u8 family, u64 generation)
{
	static const struct sgnl_group_set none;
	struct sgnl_member_key key = {
		.addr = *addr,
		.vpc = vpc,
		.family = family,
	};
	const struct sgnl_member_set *set;
	struct sgnl_member *member;

	member = rhashtable_lookup(&members->hash, &key, params);
	if (!member)
		return &none;
	set = rcu_dereference(member->set);
	while (set && set->generation > generation)
		set = READ_ONCE(set->prev);
	return set ? &set->set : &none;
}

/* Under the lock that all writers hold. */
static struct sgnl_member_set *newest(const struct sgnl_member *member)
{
	return member->next ?: rcu_dereference_protected(member->set, true);
}

/**
 * sgnl_member_lookup_next() - the groups that an address will be in
 * @members: the table
 * @vpc: the address's scope
 * @addr: the address
 * @family: its family
 *
 * As the running transaction would leave it.
 *
 * Context: under RCU and the namespace's lock.
 * Return: the groups, possibly none; valid until the transaction goes on.
 */
const struct sgnl_group_set *
sgnl_member_lookup_next(struct sgnl_members *members, u32 vpc,
			const struct sgnl_addr *addr, u8 family)
{
	static const struct sgnl_group_set none;
	struct sgnl_member_key key = {
		.addr = *addr,
		.vpc = vpc,
		.family = family,
	};
	const struct sgnl_member_set *set = NULL;
	struct sgnl_member *member;

	member = rhashtable_lookup(&members->hash, &key, params);
	if (member)
		set = newest(member);
	return set ? &set->set : &none;
}

static struct sgnl_member_set *set_alloc(unsigned int n, gfp_t gfp)
{
	struct sgnl_member_set *set;

	set = kmalloc(struct_size(set, data, 2 * n), gfp);
	if (!set)
		return NULL;
	set->prev = NULL;
	set->set.n = n;
	set->set.group = set->data;
	return set;
}

/* A copy of old in which group has refs references; none means not in it. */
static struct sgnl_member_set *set_with(const struct sgnl_member_set *old,
					u32 group, u32 refs, gfp_t gfp)
{
	unsigned int n_old = old ? old->set.n : 0, n = 0, i;
	struct sgnl_member_set *set;

	for (i = 0; i < n_old; i++)
		n += old->data[i] != group;
	n += refs != 0;
	set = set_alloc(n, gfp);
	if (!set)
		return NULL;
	n = 0;
	for (i = 0; i < n_old; i++) {
		if (old->data[i] == group)
			continue;
		set->data[n] = old->data[i];
		set->data[set->set.n + n] = old->data[n_old + i];
		n++;
	}
	if (refs) {
		set->data[n] = group;
		set->data[set->set.n + n] = refs;
	}
	return set;
}

static u32 set_refs(const struct sgnl_member_set *set, u32 group)
{
	unsigned int i;

	for (i = 0; set && i < set->set.n; i++)
		if (set->data[i] == group)
			return set->data[set->set.n + i];
	return 0;
}

static struct sgnl_member *find_or_add(struct sgnl_members *members,
				       const struct sgnl_member_key *key,
				       gfp_t gfp, int *err)
{
	struct sgnl_member *member;

	member = rhashtable_lookup_fast(&members->hash, key, params);
	if (member)
		return member;
	member = kzalloc(sizeof(*member), gfp);
	if (!member) {
		*err = -ENOMEM;
		return NULL;
	}
	member->key = *key;
	*err = xa_alloc(&members->numbers, &member->number, member,
			xa_limit_31b, gfp);
	if (*err)
		goto free_member;
	*err = rhashtable_insert_fast(&members->hash, &member->node, params);
	if (*err)
		goto erase_number;
	return member;

erase_number:
	xa_erase(&members->numbers, member->number);
free_member:
	kfree(member);
	return NULL;
}

static void remove_member(struct sgnl_members *members,
			  struct sgnl_member *member)
{
	rhashtable_remove_fast(&members->hash, &member->node, params);
	xa_erase(&members->numbers, member->number);
	kfree_rcu(member, rcu);
}

/**
 * sgnl_member_next() - goes through the members
 * @members: the table
 * @number: where to look from on, 0 at first; left at the member found
 *
 * Context: under the namespace's lock.
 * Return: the next member from @number on, or NULL.
 */
struct sgnl_member *sgnl_member_next(struct sgnl_members *members,
				     unsigned long *number)
{
	return xa_find(&members->numbers, number, ULONG_MAX, XA_PRESENT);
}

/**
 * sgnl_member_set() - the groups that a member is in now
 * @member: the member
 *
 * Context: under the namespace's lock.
 * Return: its set in force, or NULL if it is in no group.
 */
const struct sgnl_member_set *sgnl_member_set(const struct sgnl_member *member)
{
	const struct sgnl_member_set *set;

	set = rcu_dereference_protected(member->set, true);
	return set && set->set.n ? set : NULL;
}

/**
 * sgnl_member_change() - gives or takes a reason for an address's membership
 * @members: the table
 * @touched: the members that this transaction has changed
 * @key: the address
 * @group: the group
 * @ports: the reason is one port more or less; else it is member-add
 * @add: give the reason; else take it back
 * @gfp: how to allocate
 *
 * Nothing is seen of it before sgnl_member_publish().
 *
 * Context: may sleep; under the namespace's lock.
 * Return: 1 if something changed, 0 if not, or -ENOMEM and the like.
 */
int sgnl_member_change(struct sgnl_members *members, struct list_head *touched,
		       const struct sgnl_member_key *key,
		       struct sgnl_group *group, bool ports, bool add,
		       gfp_t gfp)
{
	struct sgnl_member_set *old, *set;
	struct sgnl_member *member;
	struct touch *touch = NULL;
	u32 before, after;
	int err = 0;

	member = find_or_add(members, key, gfp, &err);
	if (!member)
		return err;
	old = newest(member);
	before = set_refs(old, group->id);
	if (ports)
		after = add ? before + 1 : before - 1;
	else
		after = add ? before | SGNL_MEMBER_EXPLICIT :
			      before & ~SGNL_MEMBER_EXPLICIT;
	if (after == before) {
		if (!old)
			remove_member(members, member);
		return 0;
	}

	set = set_with(old, group->id, after, gfp);
	if (set && !member->next)
		touch = kmalloc(sizeof(*touch), gfp);
	if (!set || (!member->next && !touch)) {
		kfree(set);
		if (!old)
			remove_member(members, member);
		return -ENOMEM;
	}
	if (touch) {
		touch->member = member;
		list_add_tail(&touch->list, touched);
	} else {
		kfree(member->next);
	}
	member->next = set;
	group->members->n += !before;
	group->members->n -= !after;
	return 1;
}

/*
 * The next group from *i on that one set has and another has not. A group may
 * be in one of two snapshots alone, and yet be back later: all versions of it
 * have one struct sgnl_membership.
 */
static struct sgnl_group *next_only_in(const struct sgnl_config *config,
				       const struct sgnl_config *other,
				       const struct sgnl_member_set *in,
				       const struct sgnl_member_set *not_in,
				       unsigned int *i)
{
	unsigned int pos;

	while (in && *i < in->set.n) {
		u32 id = in->data[(*i)++];
		struct sgnl_group *group;

		if (set_refs(not_in, id))
			continue;
		group = sgnl_config_group_by_id(config, id, &pos) ?:
			sgnl_config_group_by_id(other, id, &pos);
		if (group)
			return group;
	}
	return NULL;
}

/*
 * The same on every host: keyed by what is written in sgnl(8), and of the
 * address's bytes in network order. How many they are tells the family.
 */
static u64 address_hash(const struct sgnl_member_key *key)
{
	/* "sgnl member sets" */
	static const siphash_key_t fixed = {
		{ 0x6d656d206c6e6773, 0x7374657320726562 },
	};
	__be64 bytes[2] = {
		cpu_to_be64(key->addr.hi),
		cpu_to_be64(key->addr.lo),
	};
	__be32 ipv4 = cpu_to_be32(key->addr.lo);

	return key->family == SGNL_FAMILY_IPV4 ?
		       siphash(&ipv4, sizeof(ipv4), &fixed) :
		       siphash(bytes, sizeof(bytes), &fixed);
}

/* The digests of the groups that a member enters and leaves (M4). */
static void digest(const struct sgnl_config *config,
		   const struct sgnl_config *before,
		   const struct sgnl_member *member,
		   const struct sgnl_member_set *old,
		   const struct sgnl_member_set *new)
{
	u64 hash = address_hash(&member->key);
	struct sgnl_group *group;
	unsigned int i = 0;

	while ((group = next_only_in(config, before, new, old, &i))) {
		group->members->digest += hash;
		group->members->generation = config->generation;
	}
	i = 0;
	while ((group = next_only_in(config, before, old, new, &i))) {
		group->members->digest -= hash;
		group->members->generation = config->generation;
	}
}

/* Notes the groups of a set that another has not. */
static int note_groups(struct xarray *groups, const struct sgnl_member_set *in,
		       const struct sgnl_member_set *not_in, gfp_t gfp)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && in && i < in->set.n; i++)
		if (!set_refs(not_in, in->data[i]))
			err = xa_err(xa_store(groups, in->data[i],
					      xa_mk_value(1), gfp));
	return err;
}

/**
 * sgnl_member_changed() - the groups that gain or lose a member
 * @touched: the members that a transaction has changed
 * @groups: gets an entry at the number of each of them
 * @gfp: how to allocate
 *
 * Context: may sleep; under the namespace's lock.
 * Return: 0 or -ENOMEM.
 */
int sgnl_member_changed(const struct list_head *touched, struct xarray *groups,
			gfp_t gfp)
{
	const struct touch *touch;
	int err = 0;

	list_for_each_entry(touch, touched, list) {
		const struct sgnl_member *member = touch->member;
		const struct sgnl_member_set *old;

		old = rcu_dereference_protected(member->set, true);
		err = note_groups(groups, old, member->next, gfp) ?:
		      note_groups(groups, member->next, old, gfp);
		if (err)
			break;
		cond_resched();
	}
	return err;
}

/**
 * sgnl_member_publish() - puts a transaction's changes in front
 * @members: the table
 * @touched: the members changed
 * @config: the snapshot that is about to be switched to
 * @before: the one in force
 *
 * Cannot fail. Packets see them once they see that snapshot.
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_member_publish(struct sgnl_members *members,
			 struct list_head *touched,
			 const struct sgnl_config *config,
			 const struct sgnl_config *before)
{
	struct touch *touch;

	list_for_each_entry(touch, touched, list) {
		struct sgnl_member *member = touch->member;
		struct sgnl_member_set *old;

		old = rcu_dereference_protected(member->set, true);
		members->n += member->next->set.n && !(old && old->set.n);
		members->n -= !member->next->set.n && old && old->set.n;
		digest(config, before, member, old, member->next);
		touch->set = member->next;
		touch->set->generation = config->generation;
		touch->set->prev = old;
		member->next = NULL;
		rcu_assign_pointer(member->set, touch->set);
		cond_resched();
	}
}

/**
 * sgnl_member_abort() - drops a transaction's changes
 * @members: the table
 * @touched: the members changed
 * @config: the snapshot that stays in force
 * @next: the one that does not come
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_member_abort(struct sgnl_members *members, struct list_head *touched,
		       const struct sgnl_config *config,
		       const struct sgnl_config *next)
{
	struct touch *touch, *tmp;

	list_for_each_entry_safe(touch, tmp, touched, list) {
		struct sgnl_member *member = touch->member;
		struct sgnl_member_set *old;
		struct sgnl_group *group;
		unsigned int i = 0;

		old = rcu_dereference_protected(member->set, true);
		while ((group = next_only_in(config, next, old, member->next,
					     &i)))
			group->members->n++;
		i = 0;
		while ((group = next_only_in(config, next, member->next, old,
					     &i)))
			group->members->n--;
		kfree(member->next);
		member->next = NULL;
		if (!old)
			remove_member(members, member);
		list_del(&touch->list);
		kfree(touch);
		cond_resched();
	}
}

/**
 * sgnl_member_retire() - frees what published changes have replaced
 * @members: the table
 * @touched: the members changed
 *
 * Called in the order of the transactions, each time when no packet runs
 * under an older snapshot any more.
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_member_retire(struct sgnl_members *members, struct list_head *touched)
{
	struct touch *touch, *tmp;

	list_for_each_entry_safe(touch, tmp, touched, list) {
		struct sgnl_member *member = touch->member;
		struct sgnl_member_set *set = touch->set;

		kfree(set->prev);
		WRITE_ONCE(set->prev, NULL);
		if (!set->set.n && newest(member) == set) {
			remove_member(members, member);
			kfree_rcu(set, rcu);
		}
		list_del(&touch->list);
		kfree(touch);
		cond_resched();
	}
}

/* Groups that member-add made it one of, and that another set has not so. */
static int add_flips(const struct sgnl_member *member,
		     const struct sgnl_member_set *in,
		     const struct sgnl_member_set *not_in, bool was,
		     struct list_head *flips, gfp_t gfp)
{
	unsigned int i;

	for (i = 0; in && i < in->set.n; i++) {
		struct sgnl_member_flip *flip;
		u32 group = in->data[i];

		if (!(set_refs(in, group) & ~set_refs(not_in, group) &
		      SGNL_MEMBER_EXPLICIT))
			continue;
		flip = kmalloc(sizeof(*flip), gfp);
		if (!flip)
			return -ENOMEM;
		flip->key = member->key;
		flip->group = group;
		flip->was = was;
		list_add_tail(&flip->list, flips);
	}
	return 0;
}

/**
 * sgnl_member_flips() - writes down what a transaction does by itself
 * @touched: the members that it changes
 * @flips: where to, struct sgnl_member_flip
 * @gfp: how to allocate
 *
 * To be asked before sgnl_member_publish().
 *
 * Context: may sleep; under the namespace's lock.
 * Return: 0 or -ENOMEM.
 */
int sgnl_member_flips(const struct list_head *touched, struct list_head *flips,
		      gfp_t gfp)
{
	const struct touch *touch;

	list_for_each_entry(touch, touched, list) {
		const struct sgnl_member *member = touch->member;
		const struct sgnl_member_set *old;
		int err;

		old = rcu_dereference_protected(member->set, true);
		err = add_flips(member, old, member->next, true, flips, gfp) ?:
		      add_flips(member, member->next, old, false, flips, gfp);
		if (err)
			return err;
	}
	return 0;
}

/**
 * sgnl_member_flips_free() - frees what sgnl_member_flips() wrote down
 * @flips: the list
 */
void sgnl_member_flips_free(struct list_head *flips)
{
	struct sgnl_member_flip *flip, *tmp;

	list_for_each_entry_safe(flip, tmp, flips, list) {
		list_del(&flip->list);
		kfree(flip);
	}
}
