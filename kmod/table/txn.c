// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions: how one snapshot follows another.
 *
 * A transaction builds the next snapshot beside the one in force, sharing what
 * it does not touch. Committing checks it as a whole, compiles the policies
 * that no longer fit, takes hold of new devices, and then, where nothing can
 * fail any more, switches one pointer. Aborting drops the new snapshot; there
 * is nothing to undo. The old one is freed when no packet can see it.
 */
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/stdarg.h>

#include "session.h"
#include "txn.h"

/* Ids stay below this, so that the next one is always a number. */
#define ID_MAX	0x7fffffffu

/**
 * struct sgnl_retired - a snapshot that was replaced
 * @list: in the namespace's list
 * @config: the snapshot
 * @members: what sgnl_member_publish() was given
 * @removed: ports that were detached
 * @cut: some port's sessions were cut by a new epoch
 * @rcu: the grace period after which no packet sees the snapshot
 */
struct sgnl_retired {
	struct list_head list;
	struct sgnl_config *config;
	struct list_head members;
	struct list_head removed;
	bool cut;
	unsigned long rcu;
};

/* A port in a transaction's list. */
struct listed_port {
	struct list_head list;
	struct sgnl_port *port;
};

static const struct sgnl_port_ops *port_ops;

/**
 * sgnl_txn_init() - tells how devices are taken hold of
 * @ops: the functions
 */
void sgnl_txn_init(const struct sgnl_port_ops *ops)
{
	port_ops = ops;
}

/**
 * sgnl_txn_fail() - says what is wrong
 * @txn: the transaction
 * @err: the error, negative
 * @format: the text
 *
 * Return: @err.
 */
int sgnl_txn_fail(struct sgnl_txn *txn, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(txn->error, sizeof(txn->error), format, args);
	va_end(args);
	return err;
}

static int out_of_memory(struct sgnl_txn *txn)
{
	return sgnl_txn_fail(txn, -ENOMEM, "out of memory");
}

static void unlock(struct sgnl_txn *txn)
{
	mutex_unlock(&txn->sn->lock);
	if (txn->rtnl)
		rtnl_unlock();
}

static int begin(struct sgnl_txn *txn, struct sgnl_net *sn, gfp_t gfp)
{
	*txn = (struct sgnl_txn){
		.sn = sn,
		.gfp = gfp,
		.next_group = sn->next_group,
		.next_rule = sn->next_rule,
		.next_port = sn->next_port,
	};
	INIT_LIST_HEAD(&txn->added);
	INIT_LIST_HEAD(&txn->removed);
	txn->retired = kzalloc(sizeof(*txn->retired), gfp);
	if (!txn->retired)
		return out_of_memory(txn);
	INIT_LIST_HEAD(&txn->retired->members);
	INIT_LIST_HEAD(&txn->retired->removed);
	txn->config = sgnl_config_next(sgnl_net_config(sn), gfp);
	if (!txn->config) {
		kfree(txn->retired);
		return out_of_memory(txn);
	}
	return 0;
}

/**
 * sgnl_txn_begin() - begins a transaction
 * @txn: the transaction
 * @sn: the namespace
 * @rtnl: it may add or remove ports
 *
 * On success the caller holds the namespace's lock, and RTNL if asked for,
 * until sgnl_txn_end(), and calls sgnl_txn_commit() or sgnl_txn_abort() in
 * between.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sgnl_txn_begin(struct sgnl_txn *txn, struct sgnl_net *sn, bool rtnl)
{
	int err;

	if (rtnl)
		rtnl_lock();
	mutex_lock(&sn->lock);
	err = begin(txn, sn, GFP_KERNEL_ACCOUNT);
	txn->rtnl = rtnl;
	if (err)
		unlock(txn);
	return err;
}

static void free_listed(struct list_head *head)
{
	struct listed_port *listed, *tmp;

	list_for_each_entry_safe(listed, tmp, head, list) {
		list_del(&listed->list);
		kfree(listed);
	}
}

/**
 * sgnl_txn_abort() - drops a transaction; nothing has changed
 * @txn: the transaction
 *
 * Context: may sleep.
 */
void sgnl_txn_abort(struct sgnl_txn *txn)
{
	sgnl_member_abort(&txn->sn->members, &txn->retired->members,
			  sgnl_net_config(txn->sn));
	free_listed(&txn->added);
	free_listed(&txn->removed);
	sgnl_config_destroy(txn->config);
	kfree(txn->retired);
}

/**
 * sgnl_txn_end() - lets go of the locks
 * @txn: the transaction, committed or aborted
 */
void sgnl_txn_end(struct sgnl_txn *txn)
{
	unlock(txn);
}

/* The groups of a port, as the new snapshot has them. */
static void port_groups(const struct sgnl_config *config,
			const struct sgnl_port_conf *conf,
			struct sgnl_group **group)
{
	unsigned int i, pos;

	for (i = 0; i < conf->n_groups; i++)
		group[i] = sgnl_config_group_by_id(config, conf->group[i],
						   &pos);
}

/* Settings that the transaction may write to. */
static struct sgnl_port_conf *own_port(struct sgnl_txn *txn,
				       struct sgnl_port_conf *conf)
{
	struct sgnl_port_conf *copy;
	u32 slot = conf->port->slot;

	if (sgnl_array_own(&txn->config->ports, txn->gfp))
		return NULL;
	if (refcount_read(&conf->ref) == 1)
		return conf;
	copy = sgnl_port_conf_clone(conf, txn->gfp);
	if (!copy)
		return NULL;
	sgnl_array_replace(&txn->config->ports, slot, copy, txn->gfp);
	return copy;
}

/* Gives a port the policy of its groups, if it has not got it already. */
static int update_policy(struct sgnl_txn *txn, struct sgnl_port_conf *conf)
{
	struct sgnl_policy_cache *cache = &txn->sn->policies;
	struct sgnl_group *group[SGNL_PORT_GROUPS_MAX];
	struct sgnl_policy_entry *policy = NULL;
	struct sgnl_port_conf *own;

	if (conf->n_groups) {
		port_groups(txn->config, conf, group);
		policy = sgnl_policy_cache_get(cache, group, conf->n_groups);
		if (!policy)
			return out_of_memory(txn);
	}
	own = policy == conf->policy ? conf : own_port(txn, conf);
	if (!own) {
		if (policy)
			sgnl_policy_cache_put(cache, policy);
		return out_of_memory(txn);
	}
	if (own->policy)
		sgnl_policy_cache_put(cache, own->policy);
	own->policy = policy;
	return 0;
}

/* R7, and the policies of all ports. */
static int check_and_compile(struct sgnl_txn *txn)
{
	struct sgnl_config *config = txn->config;
	unsigned int i;
	int err;

	for (i = 0; i < config->groups->n; i++) {
		struct sgnl_group *group = config->groups->item[i];

		if (group->rules->n > SGNL_RULES_MAX)
			return sgnl_txn_fail(txn, -ENOSPC,
					     "group %s: its rules would cost %u, at most %u allowed",
					     group->name, group->rules->n,
					     SGNL_RULES_MAX);
	}
	for (i = 0; i < config->ports->n; i++) {
		struct sgnl_port_conf *conf = config->ports->item[i];
		unsigned int cost;

		if (!conf)
			continue;
		cost = sgnl_config_port_cost(config, conf);
		if (cost > SGNL_RULES_MAX)
			return sgnl_txn_fail(txn, -ENOSPC,
					     "port %s: the rules of its groups would cost %u, at most %u allowed",
					     netdev_name(conf->port->dev), cost,
					     SGNL_RULES_MAX);
		err = update_policy(txn, conf);
		if (err)
			return err;
	}
	return 0;
}

static int attach_added(struct sgnl_txn *txn)
{
	struct listed_port *listed;
	int err;

	list_for_each_entry(listed, &txn->added, list) {
		err = port_ops->attach(listed->port);
		if (!err)
			continue;
		sgnl_txn_fail(txn, err, "port %s: its hooks cannot be registered",
			      netdev_name(listed->port->dev));
		list_for_each_entry_continue_reverse(listed, &txn->added, list)
			port_ops->detach(listed->port);
		return err;
	}
	return 0;
}

/* From here on nothing fails. */
static void publish(struct sgnl_txn *txn)
{
	struct sgnl_retired *retired = txn->retired;
	struct sgnl_net *sn = txn->sn;
	struct listed_port *listed;

	sgnl_member_publish(&sn->members, &retired->members,
			    txn->config->generation);
	retired->config = rcu_replace_pointer(sn->config, txn->config,
					      lockdep_is_held(&sn->lock));
	sn->next_group = txn->next_group;
	sn->next_rule = txn->next_rule;
	sn->next_port = txn->next_port;

	list_for_each_entry(listed, &txn->removed, list)
		port_ops->detach(listed->port);
	list_splice(&txn->removed, &retired->removed);
	free_listed(&txn->added);
	retired->rcu = get_state_synchronize_rcu();
	list_add_tail(&retired->list, &sn->retired);
	queue_work(system_unbound_wq, &sn->retire_work);
}

/**
 * sgnl_txn_commit() - puts a transaction in force as one generation
 * @txn: the transaction
 *
 * Context: may sleep.
 * Return: 0, or an error, whereupon sgnl_txn_abort() is to be called.
 */
int sgnl_txn_commit(struct sgnl_txn *txn)
{
	int err;

	if (txn->stale) {
		err = check_and_compile(txn);
		if (err)
			return err;
	}
	err = attach_added(txn);
	if (err)
		return err;
	publish(txn);
	return 0;
}

/* Ends the sessions that a port's epoch has cut. */
static void purge_cut(struct sgnl_net *sn, const struct sgnl_config *old)
{
	const struct sgnl_config *config = sgnl_net_config(sn);
	unsigned int i;

	for (i = 0; i < old->ports->n; i++) {
		const struct sgnl_port_conf *was = old->ports->item[i], *is;

		if (!was)
			continue;
		is = sgnl_config_port(config, was->port);
		if (is && is->epoch != was->epoch)
			sgnl_session_purge(was->port, &is->epoch);
	}
}

/**
 * sgnl_txn_retire() - frees replaced snapshots, in their order
 * @work: the namespace's retire_work
 *
 * Context: process context, may sleep.
 */
void sgnl_txn_retire(struct work_struct *work)
{
	struct sgnl_net *sn = container_of(work, struct sgnl_net, retire_work);
	struct sgnl_retired *retired;

	for (;;) {
		struct listed_port *listed;

		mutex_lock(&sn->lock);
		retired = list_first_entry_or_null(&sn->retired,
						   struct sgnl_retired, list);
		mutex_unlock(&sn->lock);
		if (!retired)
			break;
		cond_synchronize_rcu(retired->rcu);

		mutex_lock(&sn->lock);
		list_del(&retired->list);
		sgnl_member_retire(&sn->members, &retired->members);
		list_for_each_entry(listed, &retired->removed, list)
			sgnl_session_purge(listed->port, NULL);
		free_listed(&retired->removed);
		if (retired->cut)
			purge_cut(sn, retired->config);
		sgnl_config_destroy(retired->config);
		mutex_unlock(&sn->lock);
		kfree(retired);
	}
}

static struct sgnl_group *find_group(struct sgnl_txn *txn, const char *name)
{
	struct sgnl_group *group;
	unsigned int pos;

	group = sgnl_config_group(txn->config, name, &pos);
	if (!group)
		sgnl_txn_fail(txn, -ENOENT, "group %s: no such group", name);
	return group;
}

/* A group that the transaction may write to. */
static struct sgnl_group *own_group(struct sgnl_txn *txn,
				    struct sgnl_group *group)
{
	struct sgnl_config *config = txn->config;
	unsigned int by_name, by_id;
	struct sgnl_group *copy;

	if (sgnl_array_own(&config->groups, txn->gfp) ||
	    sgnl_array_own(&config->names, txn->gfp))
		return NULL;
	if (refcount_read(&group->ref) == 1)
		return group;
	copy = sgnl_group_clone(group, txn->gfp);
	if (!copy)
		return NULL;
	sgnl_config_group(config, group->name, &by_name);
	sgnl_config_group_by_id(config, group->id, &by_id);
	config->names->item[by_name] = copy;
	sgnl_array_replace(&config->groups, by_id, copy, txn->gfp);
	return copy;
}

/**
 * sgnl_txn_group_add() - creates a group
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_group_add(struct sgnl_txn *txn,
		       const struct sgnl_group_args *args)
{
	struct sgnl_config *config = txn->config;
	struct sgnl_group *group;
	unsigned int pos;

	if (sgnl_config_group(config, args->name, &pos))
		return sgnl_txn_fail(txn, -EEXIST,
				     "group %s: exists already", args->name);
	if (args->type == SGNL_GROUP_TYPE_ENTERPRISE &&
	    args->has_internal_policy)
		return sgnl_txn_fail(txn, -EINVAL,
				     "group %s: an enterprise group has no internal policy",
				     args->name);
	if (txn->next_group > ID_MAX)
		return sgnl_txn_fail(txn, -ENOSPC, "no group numbers left");
	group = sgnl_group_create(txn->next_group, args->name, args->type,
				  args->internal_policy, args->vpc, txn->gfp);
	if (!group)
		return out_of_memory(txn);
	if ((args->description &&
	     sgnl_group_describe(group, args->description, txn->gfp)) ||
	    sgnl_array_insert(&config->names, pos, group, txn->gfp)) {
		sgnl_group_put(group);
		return out_of_memory(txn);
	}
	if (sgnl_array_insert(&config->groups, config->groups->n, group,
			      txn->gfp)) {
		sgnl_array_remove(&config->names, pos, txn->gfp);
		sgnl_group_put(group);
		return out_of_memory(txn);
	}
	txn->next_group++;
	return 0;
}

/**
 * sgnl_txn_group_set() - changes a group's internal policy or description
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_group_set(struct sgnl_txn *txn,
		       const struct sgnl_group_args *args)
{
	struct sgnl_group *group = find_group(txn, args->name);

	if (!group)
		return -ENOENT;
	if (group->type == SGNL_GROUP_TYPE_ENTERPRISE &&
	    args->has_internal_policy)
		return sgnl_txn_fail(txn, -EINVAL,
				     "group %s: an enterprise group has no internal policy",
				     args->name);
	group = own_group(txn, group);
	if (!group)
		return out_of_memory(txn);
	if (args->description &&
	    sgnl_group_describe(group, args->description, txn->gfp))
		return out_of_memory(txn);
	if (args->has_internal_policy) {
		group->internal_policy = args->internal_policy;
		txn->stale = true;
	}
	return 0;
}

/* Says what holds a group (G7). */
static int check_unheld(struct sgnl_txn *txn, const struct sgnl_group *group)
{
	struct sgnl_config *config = txn->config;
	unsigned int i, j;

	for (i = 0; i < config->ports->n; i++) {
		struct sgnl_port_conf *conf = config->ports->item[i];

		if (conf && sgnl_port_conf_in_group(conf, group->id))
			return sgnl_txn_fail(txn, -EBUSY,
					     "group %s: port %s is in it",
					     group->name,
					     netdev_name(conf->port->dev));
	}
	if (group->members->n)
		return sgnl_txn_fail(txn, -EBUSY, "group %s: it has %u members",
				     group->name, group->members->n);
	for (i = 0; i < config->groups->n; i++) {
		struct sgnl_group *other = config->groups->item[i];

		for (j = 0; j < other->rules->n; j++) {
			struct sgnl_rule_entry *entry = other->rules->item[j];

			if (entry->rule.peer_group == group->id)
				return sgnl_txn_fail(txn, -EBUSY,
						     "group %s: rule sgr-%u of group %s names it",
						     group->name,
						     entry->rule.id,
						     other->name);
		}
	}
	return 0;
}

/**
 * sgnl_txn_group_del() - deletes a group and its rules
 * @txn: the transaction
 * @name: its name
 *
 * Return: 0 or an error.
 */
int sgnl_txn_group_del(struct sgnl_txn *txn, const char *name)
{
	struct sgnl_group *group = find_group(txn, name);
	struct sgnl_config *config = txn->config;
	unsigned int by_name, by_id;
	int err;

	if (!group)
		return -ENOENT;
	err = check_unheld(txn, group);
	if (err)
		return err;
	sgnl_config_group(config, name, &by_name);
	sgnl_config_group_by_id(config, group->id, &by_id);
	if (sgnl_array_own(&config->groups, txn->gfp) ||
	    sgnl_array_remove(&config->names, by_name, txn->gfp))
		return out_of_memory(txn);
	sgnl_array_remove(&config->groups, by_id, txn->gfp);
	return 0;
}

/* The rule with the numbers of its groups. */
static int resolve_rule(struct sgnl_txn *txn, const struct sgnl_rule_args *args,
			struct sgnl_group *group, struct sgnl_rule *rule)
{
	struct sgnl_group *peer;

	*rule = args->rule;
	rule->group = group->id;
	if (rule->peer_kind != SGNL_PEER_GROUP)
		return 0;
	peer = find_group(txn, args->peer_group);
	if (!peer)
		return -ENOENT;
	if (peer == group)
		return sgnl_txn_fail(txn, -EINVAL,
				     "group %s: a rule does not name its own group",
				     group->name);
	if (peer->vpc != group->vpc)
		return sgnl_txn_fail(txn, -EINVAL,
				     "group %s is in vpc %u and group %s in vpc %u: a peer group must be in the same",
				     group->name, group->vpc, peer->name,
				     peer->vpc);
	rule->peer_group = peer->id;
	return 0;
}

static int insert_rule(struct sgnl_txn *txn, struct sgnl_group *group,
		       const struct sgnl_rule *rule, const char *description)
{
	struct sgnl_rule_entry *entry;
	unsigned int pos;

	group = own_group(txn, group);
	if (!group)
		return out_of_memory(txn);
	entry = sgnl_rule_entry_create(rule, description, NULL, txn->gfp);
	if (!entry)
		return out_of_memory(txn);
	sgnl_group_rule(group, rule->id, &pos);
	if (sgnl_array_insert(&group->rules, pos, entry, txn->gfp)) {
		sgnl_rule_entry_put(entry);
		return out_of_memory(txn);
	}
	txn->stale = true;
	return 0;
}

/**
 * sgnl_txn_rule_add() - adds a rule (R9)
 * @txn: the transaction
 * @args: words about it; an id other than 0 is the one it had before
 * @id: its id, or that of the rule that is equal to it
 *
 * Return: 1 if it was added, 0 if it was there, or an error.
 */
int sgnl_txn_rule_add(struct sgnl_txn *txn, const struct sgnl_rule_args *args,
		      u32 *id)
{
	struct sgnl_group *group = find_group(txn, args->group), *other;
	const struct sgnl_rule_entry *equal;
	struct sgnl_rule rule;
	int err;

	if (!group)
		return -ENOENT;
	err = resolve_rule(txn, args, group, &rule);
	if (err)
		return err;
	equal = sgnl_group_rule_equal(group, &rule);
	if (equal) {
		*id = equal->rule.id;
		return 0;
	}
	if (!rule.id)
		rule.id = txn->next_rule;
	else if (rule.id < txn->next_rule &&
		 sgnl_config_rule(txn->config, rule.id, &other))
		return sgnl_txn_fail(txn, -EEXIST,
				     "rule sgr-%u: exists already, in group %s",
				     rule.id, other->name);
	if (rule.id > ID_MAX)
		return sgnl_txn_fail(txn, -ENOSPC,
				     "rule sgr-%u: ids end at sgr-%u", rule.id,
				     ID_MAX);
	err = insert_rule(txn, group, &rule, args->description);
	if (err)
		return err;
	if (rule.id >= txn->next_rule)
		txn->next_rule = rule.id + 1;
	*id = rule.id;
	return 1;
}

static struct sgnl_rule_entry *find_rule(struct sgnl_txn *txn, u32 id,
					 struct sgnl_group **group)
{
	struct sgnl_rule_entry *entry;

	entry = sgnl_config_rule(txn->config, id, group);
	if (!entry)
		sgnl_txn_fail(txn, -ENOENT, "rule sgr-%u: no such rule", id);
	return entry;
}

/**
 * sgnl_txn_rule_set() - replaces a rule; id and counters stay (R13)
 * @txn: the transaction
 * @args: words about it; the id names it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_rule_set(struct sgnl_txn *txn, const struct sgnl_rule_args *args)
{
	struct sgnl_rule_entry *entry, *equal, *new;
	struct sgnl_group *group;
	struct sgnl_rule rule;
	unsigned int pos;
	int err;

	entry = find_rule(txn, args->rule.id, &group);
	if (!entry)
		return -ENOENT;
	if (strcmp(group->name, args->group) ||
	    entry->rule.direction != args->rule.direction)
		return sgnl_txn_fail(txn, -EINVAL,
				     "rule sgr-%u: its group %s and its direction %s do not change",
				     args->rule.id, group->name,
				     entry->rule.direction ? "out" : "in");
	err = resolve_rule(txn, args, group, &rule);
	if (err)
		return err;
	equal = sgnl_group_rule_equal(group, &rule);
	if (equal && equal != entry)
		return sgnl_txn_fail(txn, -EEXIST,
				     "rule sgr-%u: the same rule exists as sgr-%u",
				     rule.id, equal->rule.id);
	group = own_group(txn, group);
	if (!group)
		return out_of_memory(txn);
	new = sgnl_rule_entry_create(&rule, args->description, entry->counter,
				     txn->gfp);
	if (!new)
		return out_of_memory(txn);
	sgnl_group_rule(group, rule.id, &pos);
	if (sgnl_array_replace(&group->rules, pos, new, txn->gfp)) {
		sgnl_rule_entry_put(new);
		return out_of_memory(txn);
	}
	txn->stale = true;
	return 0;
}

/**
 * sgnl_txn_rule_del() - deletes a rule (R10)
 * @txn: the transaction
 * @args: its id, or with an id of 0 the words that describe it
 * @id: the id of the rule that was deleted
 *
 * Return: 1 if one was deleted, 0 if none was described, or an error.
 */
int sgnl_txn_rule_del(struct sgnl_txn *txn, const struct sgnl_rule_args *args,
		      u32 *id)
{
	const struct sgnl_rule_entry *entry;
	struct sgnl_group *group;
	struct sgnl_rule rule;
	unsigned int pos;
	int err;

	if (args->rule.id) {
		entry = find_rule(txn, args->rule.id, &group);
		if (!entry)
			return -ENOENT;
	} else {
		group = find_group(txn, args->group);
		if (!group)
			return -ENOENT;
		err = resolve_rule(txn, args, group, &rule);
		if (err)
			return err;
		entry = sgnl_group_rule_equal(group, &rule);
		if (!entry)
			return 0;
	}
	*id = entry->rule.id;
	group = own_group(txn, group);
	if (!group)
		return out_of_memory(txn);
	sgnl_group_rule(group, *id, &pos);
	if (sgnl_array_remove(&group->rules, pos, txn->gfp))
		return out_of_memory(txn);
	txn->stale = true;
	return 1;
}

static int change_member(struct sgnl_txn *txn, struct sgnl_group *group,
			 const struct sgnl_addr *addr, u8 family, bool port,
			 bool add)
{
	struct sgnl_member_key key = {
		.addr = *addr,
		.vpc = group->vpc,
		.family = family,
	};
	int ret;

	ret = sgnl_member_change(&txn->sn->members, &txn->retired->members,
				 &key, group, port, add, txn->gfp);
	if (ret < 0)
		return sgnl_txn_fail(txn, ret,
				     "group %s: no memory for a member",
				     group->name);
	return ret;
}

/**
 * sgnl_txn_member_add() - makes an address a member of a group
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 1 if it was made one, 0 if it was one, or an error.
 */
int sgnl_txn_member_add(struct sgnl_txn *txn,
			const struct sgnl_member_args *args)
{
	struct sgnl_group *group = find_group(txn, args->group);

	if (!group)
		return -ENOENT;
	return change_member(txn, group, &args->addr, args->family, false,
			     true);
}

/**
 * sgnl_txn_member_del() - takes back what member-add did
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 1, or an error.
 */
int sgnl_txn_member_del(struct sgnl_txn *txn,
			const struct sgnl_member_args *args)
{
	struct sgnl_group *group = find_group(txn, args->group);
	int ret;

	if (!group)
		return -ENOENT;
	ret = change_member(txn, group, &args->addr, args->family, false,
			    false);
	if (!ret)
		return sgnl_txn_fail(txn, -ENOENT,
				     "group %s: member add did not make this address a member",
				     group->name);
	return ret;
}

static struct sgnl_port_conf *find_port(struct sgnl_txn *txn, int ifindex)
{
	struct sgnl_port_conf *conf;

	conf = sgnl_config_port_by_ifindex(txn->config, ifindex);
	if (!conf)
		sgnl_txn_fail(txn, -ENOENT, "device %d: it is no port",
			      ifindex);
	return conf;
}

/* Makes all of a port's addresses members of a group, or takes it back. */
static int change_members(struct sgnl_txn *txn,
			  const struct sgnl_port_conf *conf,
			  struct sgnl_group *group, bool add)
{
	unsigned int i;
	int ret;

	for (i = 0; i < conf->n_addresses; i++) {
		ret = change_member(txn, group, &conf->address[i].addr,
				    conf->address[i].family, true, add);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* One group more; the settings are the transaction's own. */
static int join(struct sgnl_txn *txn, struct sgnl_port_conf *conf,
		struct sgnl_group *group)
{
	unsigned int i, pos;
	int err;

	if (sgnl_port_conf_in_group(conf, group->id))
		return 0;
	if (conf->n_groups == SGNL_PORT_GROUPS_MAX)
		return sgnl_txn_fail(txn, -ENOSPC,
				     "group %s: the port would be in %u groups, at most %u allowed",
				     group->name, conf->n_groups + 1,
				     SGNL_PORT_GROUPS_MAX);
	if (conf->n_groups) {
		const struct sgnl_group *other;

		other = sgnl_config_group_by_id(txn->config, conf->group[0],
						&pos);
		if (other->type != group->type)
			return sgnl_txn_fail(txn, -EINVAL,
					     "group %s: a port's groups are all basic or all enterprise, and group %s is of the other type",
					     group->name, other->name);
		if (other->vpc != group->vpc)
			return sgnl_txn_fail(txn, -EINVAL,
					     "group %s: a port's groups are all in one vpc, and group %s is in vpc %u",
					     group->name, other->name,
					     other->vpc);
	}
	err = change_members(txn, conf, group, true);
	if (err)
		return err;
	for (i = conf->n_groups; i && conf->group[i - 1] > group->id; i--)
		conf->group[i] = conf->group[i - 1];
	conf->group[i] = group->id;
	conf->n_groups++;
	conf->vpc = group->vpc;
	return 0;
}

/* One group less. */
static int leave(struct sgnl_txn *txn, struct sgnl_port_conf *conf, u32 id)
{
	unsigned int i, pos, n = 0;
	int err;

	err = change_members(txn, conf,
			     sgnl_config_group_by_id(txn->config, id, &pos),
			     false);
	if (err)
		return err;
	for (i = 0; i < conf->n_groups; i++)
		if (conf->group[i] != id)
			conf->group[n++] = conf->group[i];
	conf->n_groups = n;
	return 0;
}

/* Leaving the last group cuts all sessions (G9). */
static void cut_if_groupless(struct sgnl_txn *txn, struct sgnl_port_conf *conf)
{
	txn->stale = true;
	if (conf->n_groups)
		return;
	conf->epoch++;
	txn->retired->cut = true;
}

static bool has_address(const struct sgnl_port_address *address, unsigned int n,
			const struct sgnl_port_address *one)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (address[i].family == one->family &&
		    sgnl_addr_equal(&address[i].addr, &one->addr))
			return true;
	return false;
}

/* In all of the port's groups, what is in a and not in b comes or goes. */
static int change_addresses(struct sgnl_txn *txn,
			    const struct sgnl_port_conf *conf,
			    const struct sgnl_port_address *a, unsigned int n_a,
			    const struct sgnl_port_address *b, unsigned int n_b,
			    bool add)
{
	unsigned int i, j, pos;
	int ret;

	for (i = 0; i < n_a; i++) {
		if (has_address(b, n_b, &a[i]))
			continue;
		for (j = 0; j < conf->n_groups; j++) {
			struct sgnl_group *group;

			group = sgnl_config_group_by_id(txn->config,
							conf->group[j], &pos);
			ret = change_member(txn, group, &a[i].addr, a[i].family,
					    true, add);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static int apply_settings(struct sgnl_txn *txn, struct sgnl_port_conf *conf,
			  const struct sgnl_port_args *args)
{
	int err;

	if (args->has_smtp)
		conf->smtp = args->smtp;
	if (args->has_trunk)
		conf->trunk = args->trunk;
	if (args->has_ethertypes) {
		conf->n_ethertypes = args->n_ethertypes;
		memcpy(conf->ethertype, args->ethertype,
		       sizeof(conf->ethertype));
	}
	if (!args->has_addresses)
		return 0;
	err = change_addresses(txn, conf, args->address, args->n_addresses,
			       conf->address, conf->n_addresses, true);
	if (err)
		return err;
	err = change_addresses(txn, conf, conf->address, conf->n_addresses,
			       args->address, args->n_addresses, false);
	if (err)
		return err;
	conf->n_addresses = args->n_addresses;
	memcpy(conf->address, args->address, sizeof(conf->address));
	return 0;
}

static int join_all(struct sgnl_txn *txn, struct sgnl_port_conf *conf,
		    const struct sgnl_port_args *args)
{
	unsigned int i;
	int err;

	for (i = 0; i < args->n_groups; i++) {
		struct sgnl_group *group = find_group(txn, args->group[i]);

		if (!group)
			return -ENOENT;
		err = join(txn, conf, group);
		if (err)
			return err;
	}
	return 0;
}

/* Puts a port into the first free slot. */
static int add_to_slot(struct sgnl_txn *txn, struct sgnl_port_conf *conf)
{
	struct sgnl_config *config = txn->config;
	u32 slot;
	int err;

	for (slot = 0; slot < config->ports->n; slot++)
		if (!config->ports->item[slot])
			break;
	err = slot < config->ports->n ?
		      sgnl_array_replace(&config->ports, slot, conf, txn->gfp) :
		      sgnl_array_insert(&config->ports, slot, conf, txn->gfp);
	if (err)
		return err;
	WRITE_ONCE(conf->port->slot, slot);
	config->n_ports++;
	return 0;
}

/**
 * sgnl_txn_port_add() - makes a port of a device
 * @txn: the transaction, under RTNL
 * @args: words about it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_port_add(struct sgnl_txn *txn, const struct sgnl_port_args *args)
{
	struct listed_port *listed;
	struct sgnl_port_conf *conf;
	struct net_device *dev;
	struct sgnl_port *port;
	int err;

	dev = __dev_get_by_index(txn->sn->net, args->ifindex);
	if (!dev)
		return sgnl_txn_fail(txn, -ENODEV, "device %d: no such device",
				     args->ifindex);
	if (sgnl_config_port_by_ifindex(txn->config, args->ifindex))
		return sgnl_txn_fail(txn, -EEXIST,
				     "port %s: exists already", dev->name);
	if (txn->next_port > ID_MAX)
		return sgnl_txn_fail(txn, -ENOSPC, "no port numbers left");
	listed = kmalloc(sizeof(*listed), txn->gfp);
	if (!listed)
		return out_of_memory(txn);
	port = sgnl_port_create(txn->sn, dev, txn->next_port, args->side,
				txn->gfp);
	if (!port)
		goto free_listed;
	conf = sgnl_port_conf_create(port, txn->gfp);
	if (!conf)
		goto free_port;
	if (add_to_slot(txn, conf))
		goto free_conf;
	txn->next_port++;
	txn->stale = true;
	listed->port = port;
	list_add_tail(&listed->list, &txn->added);

	/* What fails from here on aborts the transaction, and frees all. */
	err = apply_settings(txn, conf, args);
	return err ?: join_all(txn, conf, args);

free_conf:
	sgnl_port_conf_put(conf);
	goto free_listed;
free_port:
	sgnl_port_destroy(port);
free_listed:
	kfree(listed);
	return out_of_memory(txn);
}

/**
 * sgnl_txn_port_set() - changes a port's settings
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_port_set(struct sgnl_txn *txn, const struct sgnl_port_args *args)
{
	struct sgnl_port_conf *conf = find_port(txn, args->ifindex);

	if (!conf)
		return -ENOENT;
	conf = own_port(txn, conf);
	if (!conf)
		return out_of_memory(txn);
	return apply_settings(txn, conf, args);
}

/**
 * sgnl_txn_port_del() - lets go of a device
 * @txn: the transaction, under RTNL
 * @ifindex: number of the device
 *
 * Return: 0 or an error.
 */
int sgnl_txn_port_del(struct sgnl_txn *txn, int ifindex)
{
	struct sgnl_port_conf *conf = find_port(txn, ifindex);
	struct sgnl_config *config = txn->config;
	struct listed_port *listed, *added;
	unsigned int i, pos;
	int err;

	if (!conf)
		return -ENOENT;
	for (i = 0; i < conf->n_groups; i++) {
		struct sgnl_group *group;

		group = sgnl_config_group_by_id(config, conf->group[i], &pos);
		err = change_members(txn, conf, group, false);
		if (err)
			return err;
	}
	/* One that this very transaction has added was never seen. */
	list_for_each_entry(added, &txn->added, list) {
		if (added->port != conf->port)
			continue;
		list_del(&added->list);
		kfree(added);
		config->n_ports--;
		sgnl_array_replace(&config->ports, conf->port->slot, NULL,
				   txn->gfp);
		return 0;
	}
	listed = kmalloc(sizeof(*listed), txn->gfp);
	if (!listed)
		return out_of_memory(txn);
	listed->port = conf->port;
	if (sgnl_array_replace(&config->ports, conf->port->slot, NULL,
			       txn->gfp)) {
		kfree(listed);
		return out_of_memory(txn);
	}
	config->n_ports--;
	list_add_tail(&listed->list, &txn->removed);
	return 0;
}

/**
 * sgnl_txn_port_join() - adds groups to a port
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_port_join(struct sgnl_txn *txn, const struct sgnl_port_args *args)
{
	struct sgnl_port_conf *conf = find_port(txn, args->ifindex);

	if (!conf)
		return -ENOENT;
	conf = own_port(txn, conf);
	if (!conf)
		return out_of_memory(txn);
	txn->stale = true;
	return join_all(txn, conf, args);
}

/**
 * sgnl_txn_port_leave() - removes groups from a port
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_port_leave(struct sgnl_txn *txn, const struct sgnl_port_args *args)
{
	struct sgnl_port_conf *conf = find_port(txn, args->ifindex);
	unsigned int i;
	int err;

	if (!conf)
		return -ENOENT;
	conf = own_port(txn, conf);
	if (!conf)
		return out_of_memory(txn);
	for (i = 0; i < args->n_groups; i++) {
		struct sgnl_group *group = find_group(txn, args->group[i]);

		if (!group)
			return -ENOENT;
		if (!sgnl_port_conf_in_group(conf, group->id))
			return sgnl_txn_fail(txn, -ENOENT,
					     "group %s: the port is not in it",
					     group->name);
		err = leave(txn, conf, group->id);
		if (err)
			return err;
	}
	cut_if_groupless(txn, conf);
	return 0;
}

static bool named(struct sgnl_txn *txn, const struct sgnl_port_args *args,
		  u32 id)
{
	unsigned int i, pos;

	for (i = 0; i < args->n_groups; i++) {
		struct sgnl_group *group;

		group = sgnl_config_group(txn->config, args->group[i], &pos);
		if (group && group->id == id)
			return true;
	}
	return false;
}

/**
 * sgnl_txn_port_move() - gives a port another set of groups (S9)
 * @txn: the transaction
 * @args: words about it; at least one group
 *
 * Return: 0 or an error.
 */
int sgnl_txn_port_move(struct sgnl_txn *txn, const struct sgnl_port_args *args)
{
	struct sgnl_port_conf *conf = find_port(txn, args->ifindex);
	unsigned int i;
	int err;

	if (!conf)
		return -ENOENT;
	conf = own_port(txn, conf);
	if (!conf)
		return out_of_memory(txn);
	for (i = conf->n_groups; i-- > 0;) {
		if (named(txn, args, conf->group[i]))
			continue;
		err = leave(txn, conf, conf->group[i]);
		if (err)
			return err;
	}
	txn->stale = true;
	return join_all(txn, conf, args);
}

/**
 * sgnl_txn_device_gone() - lets go of a device that leaves the namespace
 * @sn: the namespace
 * @ifindex: number of the device
 *
 * Does not fail for want of memory: it waits for it.
 *
 * Context: may sleep; under RTNL.
 * Return: true if it was a port.
 */
bool sgnl_txn_device_gone(struct sgnl_net *sn, int ifindex)
{
	struct sgnl_txn txn;
	bool was_port;

	mutex_lock(&sn->lock);
	was_port = sgnl_config_port_by_ifindex(sgnl_net_config(sn), ifindex);
	if (was_port) {
		begin(&txn, sn, GFP_KERNEL | __GFP_NOFAIL);
		sgnl_txn_port_del(&txn, ifindex);
		sgnl_txn_commit(&txn);
	}
	mutex_unlock(&sn->lock);
	return was_port;
}
