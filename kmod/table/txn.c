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

#include "audit.h"
#include "expiry.h"
#include "fragment.h"
#include "session.h"
#include "txn.h"
#include "txn_confirm.h"

/**
 * struct sgnl_retired - a snapshot that was replaced
 * @list: in the namespace's list
 * @config: the snapshot
 * @members: what sgnl_member_publish() was given
 * @removed: ports that were detached
 * @cut: some port's sessions were cut
 * @fate: struct sgnl_txn's
 * @rcu: the grace period after which no packet sees the snapshot
 */
struct sgnl_retired {
	struct list_head list;
	struct sgnl_config *config;
	struct list_head members;
	struct list_head removed;
	bool cut;
	u8 fate;
	unsigned long rcu;
};

static const struct sgnl_port_ops *port_ops;
static const struct sgnl_guard_ops *guard_ops;

/**
 * sgnl_txn_init() - tells how devices are taken hold of
 * @ports: the functions for ports
 * @guards: those for devices that guard patterns match
 */
void sgnl_txn_init(const struct sgnl_port_ops *ports,
		   const struct sgnl_guard_ops *guards)
{
	port_ops = ports;
	guard_ops = guards;
}

/**
 * sgnl_txn_held() - lists the devices that guard patterns hold
 * @sn: the namespace
 * @held: where to put them, or NULL
 *
 * Context: under RTNL and the namespace's lock.
 * Return: how many.
 */
unsigned int sgnl_txn_held(struct sgnl_net *sn, struct sgnl_held *held)
{
	return guard_ops->held(sn, held);
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

/**
 * sgnl_txn_out_of_memory() - says that memory ran out
 * @txn: the transaction
 *
 * Return: -ENOMEM.
 */
int sgnl_txn_out_of_memory(struct sgnl_txn *txn)
{
	return sgnl_txn_fail(txn, -ENOMEM, "out of memory");
}

/* For the end of a message about what others refuse. */
static const char *because(int err)
{
	return err == -ENOMEM ? ": out of memory" : "";
}

static void unlock(struct sgnl_txn *txn)
{
	mutex_unlock(&txn->sn->lock);
	if (txn->rtnl)
		rtnl_unlock();
}

/**
 * sgnl_txn_begin_from() - begins a transaction under the locks
 * @txn: the transaction
 * @sn: the namespace
 * @from: what the new snapshot is at first; no packet sees its generation
 * @gfp: how to allocate
 *
 * Context: as @gfp says; under the namespace's lock.
 * Return: 0 or -ENOMEM.
 */
int sgnl_txn_begin_from(struct sgnl_txn *txn, struct sgnl_net *sn,
			const struct sgnl_config *from, gfp_t gfp)
{
	*txn = (struct sgnl_txn){
		.sn = sn,
		.gfp = gfp,
		.next_group = sn->next_group,
		.next_rule = sn->next_rule,
		.next_port = sn->next_port,
		.next_list = sn->next_list,
	};
	xa_init(&txn->held);
	INIT_LIST_HEAD(&txn->touched);
	INIT_LIST_HEAD(&txn->added);
	INIT_LIST_HEAD(&txn->removed);
	txn->retired = kzalloc(sizeof(*txn->retired), gfp);
	if (!txn->retired)
		return sgnl_txn_out_of_memory(txn);
	txn->config = sgnl_config_next(from, gfp);
	if (!txn->config) {
		kfree(txn->retired);
		return sgnl_txn_out_of_memory(txn);
	}
	txn->config->generation = sgnl_net_config(sn)->generation + 1;
	return 0;
}

static int begin(struct sgnl_txn *txn, struct sgnl_net *sn, gfp_t gfp)
{
	return sgnl_txn_begin_from(txn, sn, sgnl_net_config(sn), gfp);
}

/* C3 */
static int check_pending(struct sgnl_txn *txn, struct sgnl_net *sn)
{
	unsigned int seconds = sgnl_confirm_seconds(sn);

	if (!seconds)
		return 0;
	return sgnl_txn_fail(txn, -EBUSY,
			     "busy: the last commit waits to be confirmed, and is taken back in %u seconds",
			     seconds);
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
 * Return: 0, -EBUSY if a commit waits to be confirmed, or -ENOMEM.
 */
int sgnl_txn_begin(struct sgnl_txn *txn, struct sgnl_net *sn, bool rtnl)
{
	int err;

	if (rtnl)
		rtnl_lock();
	mutex_lock(&sn->lock);
	err = check_pending(txn, sn) ?: begin(txn, sn, GFP_KERNEL_ACCOUNT);
	txn->rtnl = rtnl;
	if (!err)
		return 0;
	txn->sn = sn;
	unlock(txn);
	return err;
}

/**
 * sgnl_txn_begin_own() - begins a transaction of the kernel's own
 * @txn: the transaction, which adds and removes no ports
 * @sn: the namespace
 *
 * As sgnl_txn_begin(), but a commit that waits to be confirmed is no obstacle.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sgnl_txn_begin_own(struct sgnl_txn *txn, struct sgnl_net *sn)
{
	int err;

	mutex_lock(&sn->lock);
	err = begin(txn, sn, GFP_KERNEL_ACCOUNT);
	if (err)
		mutex_unlock(&sn->lock);
	return err;
}

static void free_listed(struct list_head *head)
{
	struct sgnl_txn_port *listed, *tmp;

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
	sgnl_member_abort(&txn->sn->members, &txn->touched,
			  sgnl_net_config(txn->sn), txn->config);
	sgnl_confirm_cancel(txn);
	sgnl_txn_forget_held(txn);
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
		group[i] =
			sgnl_config_group_by_id(config, conf->group[i], &pos);
}

/**
 * sgnl_txn_find_group() - finds a group, or says that there is none
 * @txn: the transaction
 * @name: its name
 *
 * Return: the group in the new snapshot, or NULL.
 */
struct sgnl_group *sgnl_txn_find_group(struct sgnl_txn *txn, const char *name)
{
	struct sgnl_group *group;
	unsigned int pos;

	group = sgnl_config_group(txn->config, name, &pos);
	if (!group)
		sgnl_txn_fail(txn, -ENOENT, "group %s: no such group", name);
	return group;
}

/**
 * sgnl_txn_own_group() - makes a group the transaction's own, to write to
 * @txn: the transaction
 * @group: the group in the new snapshot
 *
 * Return: the group or the copy that takes its place, or NULL if memory ran
 * out.
 */
struct sgnl_group *sgnl_txn_own_group(struct sgnl_txn *txn,
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
 * sgnl_txn_own_port() - makes a port's settings the transaction's own
 * @txn: the transaction
 * @conf: the settings in the new snapshot
 *
 * Return: the settings or the copy that takes their place, or NULL if memory
 * ran out.
 */
struct sgnl_port_conf *sgnl_txn_own_port(struct sgnl_txn *txn,
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
	int err;

	if (conf->n_groups) {
		port_groups(txn->config, conf, group);
		policy = sgnl_policy_cache_get(cache, group, conf->n_groups,
					       txn->config->lists);
		if (!policy)
			return sgnl_txn_out_of_memory(txn);
		err = sgnl_audit_policy(txn, policy);
		if (err) {
			sgnl_policy_cache_put(cache, policy);
			return err;
		}
	}
	if (policy == conf->policy) {
		/* The settings may be those in force: nothing is written. */
		if (policy)
			sgnl_policy_cache_put(cache, policy);
		return 0;
	}
	own = sgnl_txn_own_port(txn, conf);
	if (!own) {
		if (policy)
			sgnl_policy_cache_put(cache, policy);
		return sgnl_txn_out_of_memory(txn);
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

		if (group->cost > SGNL_RULES_MAX)
			return sgnl_txn_fail(txn, -ENOSPC,
					     "group %s: its rules would cost %u, at most %u allowed",
					     group->name, group->cost,
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
		cond_resched();
	}
	return 0;
}

/* May one port follow another on its device? */
static bool may_follow(const struct sgnl_txn *txn)
{
	return !list_empty(&txn->removed) && !list_empty(&txn->added);
}

/*
 * Those of a port that follows another are there before the snapshot is: no
 * packet that sees it has come past them.
 *
 * Where hooks cannot be registered, a packet may still run along those that
 * were, and count in its port, which the abort frees.
 */
static int attach_added(struct sgnl_txn *txn)
{
	struct sgnl_txn_port *listed;
	int err;

	list_for_each_entry(listed, &txn->added, list) {
		err = port_ops->attach(listed->port);
		if (!err)
			continue;
		sgnl_txn_fail(txn, err,
			      "port %s: its hooks cannot be registered%s",
			      netdev_name(listed->port->dev), because(err));
		list_for_each_entry_continue_reverse(listed, &txn->added, list)
			port_ops->detach(listed->port);
		synchronize_net();
		return err;
	}
	if (may_follow(txn))
		synchronize_net();
	return 0;
}

/*
 * Ports that come and go on held devices, once the snapshot is in force. A
 * packet may still run along hooks as they were: without those of a new port,
 * or past the guard of an old one. Only when there is none left is the new
 * one's device opened, and are the old one's hooks taken off. So it is where one
 * port may follow another: the old one's hooks stay until no packet sees the
 * snapshot by which it judges.
 */
static void settle_ports(struct sgnl_txn *txn)
{
	struct sgnl_txn_port *listed;
	bool wait = may_follow(txn);

	list_for_each_entry(listed, &txn->removed, list)
		wait |= listed->port->guarded;
	list_for_each_entry(listed, &txn->added, list) {
		port_ops->close(listed->port);
		wait |= listed->port->guarded;
	}
	if (wait)
		synchronize_net();
	list_for_each_entry(listed, &txn->removed, list)
		port_ops->detach(listed->port);
	list_for_each_entry(listed, &txn->added, list)
		port_ops->open(listed->port);
}

/* The snapshot that came after a retired one. */
static const struct sgnl_config *successor(struct sgnl_net *sn,
					   const struct sgnl_retired *retired)
{
	return list_is_last(&retired->list, &sn->retired) ?
		       sgnl_net_config(sn) :
		       list_next_entry(retired, list)->config;
}

/*
 * From here on nothing fails. Sessions are cut at once, and again after the
 * grace period, as a packet that sees the old snapshot may yet open one.
 */
static void publish(struct sgnl_txn *txn)
{
	struct sgnl_retired *retired = txn->retired;
	struct sgnl_net *sn = txn->sn;
	struct sgnl_txn_port *listed;

	sgnl_txn_forget_held(txn);
	list_for_each_entry(listed, &txn->removed, list)
		port_ops->close(listed->port);
	sgnl_audit_follow(txn);
	sgnl_member_publish(&sn->members, &txn->touched, txn->config,
			    sgnl_net_config(sn));
	retired->config = rcu_replace_pointer(sn->config, txn->config,
					      lockdep_is_held(&sn->lock));
	sn->next_group = txn->next_group;
	sn->next_rule = txn->next_rule;
	sn->next_port = txn->next_port;
	sn->next_list = txn->next_list;

	if (txn->expires)
		sgnl_expiry_look(sn);
	if (txn->patterns)
		guard_ops->settle(sn, retired->config);
	settle_ports(txn);
	INIT_LIST_HEAD(&retired->members);
	list_splice(&txn->touched, &retired->members);
	INIT_LIST_HEAD(&retired->removed);
	list_splice(&txn->removed, &retired->removed);
	free_listed(&txn->added);
	retired->cut = txn->cut;
	retired->fate = txn->fate;
	if (txn->cut)
		sgnl_txn_settle_sessions(sn, retired->config, txn->config,
					 txn->fate);
	retired->rcu = get_state_synchronize_rcu();
	list_add_tail(&retired->list, &sn->retired);
	queue_work(system_unbound_wq, &sn->retire_work);
}

/**
 * sgnl_txn_prepare() - checks a transaction as a whole, and compiles policies
 * @txn: the transaction
 *
 * Part of sgnl_txn_commit(), and all of it that a preview needs.
 *
 * Context: may sleep.
 * Return: 0 or an error.
 */
int sgnl_txn_prepare(struct sgnl_txn *txn)
{
	int err = 0;

	if (txn->stale)
		err = check_and_compile(txn);
	if (!err && txn->fate != SGNL_FATE_KEEP)
		err = sgnl_txn_judge_again(txn);
	return err;
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

	err = sgnl_txn_prepare(txn);
	if (err)
		return err;
	if (txn->confirm) {
		err = sgnl_confirm_prepare(txn);
		if (err)
			return err;
	}
	if (txn->patterns) {
		err = guard_ops->prepare(txn->sn, txn->config, txn->again,
					 txn->n_again);
		if (err)
			return sgnl_txn_fail(txn, err,
					     "devices that a pattern matches cannot be held%s",
					     because(err));
	}
	err = attach_added(txn);
	if (err) {
		if (txn->patterns)
			guard_ops->cancel(txn->sn);
		return err;
	}
	publish(txn);
	if (txn->confirm)
		sgnl_confirm_start(txn);
	return 0;
}

/* What ports have left that went with one of these snapshots, by one walk. */
static void purge_ports(const struct sgnl_retired *retired,
			const struct sgnl_retired *last)
{
	bool sessions = false, fragments = false;
	struct sgnl_txn_port *listed;

	for (;; retired = list_next_entry(retired, list)) {
		list_for_each_entry(listed, &retired->removed, list) {
			struct sgnl_port *port = listed->port;

			WRITE_ONCE(port->gone, true);
			sessions |= atomic_read(&port->sessions);
			fragments |= atomic_read(&port->fragments);
		}
		if (retired == last)
			break;
	}
	if (sessions)
		sgnl_session_purge();
	if (fragments)
		sgnl_fragment_purge();
}

static void free_retired(struct sgnl_net *sn, struct sgnl_retired *retired)
{
	mutex_lock(&sn->lock);
	sgnl_member_retire(&sn->members, &retired->members);
	free_listed(&retired->removed);
	if (retired->cut)
		sgnl_txn_settle_sessions(sn, retired->config,
					 successor(sn, retired), retired->fate);
	list_del(&retired->list);
	sgnl_config_destroy(retired->config);
	mutex_unlock(&sn->lock);
	kfree(retired);
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

	for (;;) {
		struct sgnl_retired *retired, *next, *last;

		mutex_lock(&sn->lock);
		retired = list_first_entry_or_null(&sn->retired,
						   struct sgnl_retired, list);
		last = list_last_entry(&sn->retired, struct sgnl_retired, list);
		mutex_unlock(&sn->lock);
		if (!retired)
			break;
		cond_synchronize_rcu(last->rcu);
		purge_ports(retired, last);
		for (; retired != last; retired = next) {
			next = list_next_entry(retired, list);
			free_retired(sn, retired);
		}
		free_retired(sn, last);
	}
}

/**
 * sgnl_txn_take_addresses() - words about the addresses that a device has (M2)
 * @args: where to put them
 * @port: its port
 *
 * Context: under RTNL.
 */
void sgnl_txn_take_addresses(struct sgnl_port_args *args,
			     const struct sgnl_port *port)
{
	args->n_addresses = port_ops->addresses(port, args->address);
	args->has_addresses = true;
}

/**
 * sgnl_txn_follow_now() - gives a port the addresses that its device has (M2)
 * @txn: the transaction
 * @conf: the port's settings, which say so; the transaction's own
 *
 * Context: under RTNL.
 * Return: 0 or -ENOMEM.
 */
int sgnl_txn_follow_now(struct sgnl_txn *txn, struct sgnl_port_conf *conf)
{
	struct sgnl_port_address *address;
	unsigned int n;
	int err;

	address = kmalloc_array(SGNL_PORT_ADDRESSES_MAX, sizeof(*address),
				txn->gfp);
	if (!address)
		return sgnl_txn_out_of_memory(txn);
	n = port_ops->addresses(conf->port, address);
	err = sgnl_port_conf_set_addresses(conf, address, n, txn->gfp);
	kfree(address);
	return err ? sgnl_txn_out_of_memory(txn) : 0;
}

static bool has_all(const struct sgnl_port_conf *conf,
		    const struct sgnl_port_args *args)
{
	unsigned int i;

	for (i = 0; i < args->n_addresses; i++)
		if (!sgnl_guard_has(conf->address, conf->n_addresses,
				    &args->address[i].addr,
				    args->address[i].family))
			return false;
	return true;
}

/* 1 if the addresses of its device were other ones, 0 if not, or an error. */
static int follow(struct sgnl_net *sn, const struct sgnl_port_conf *conf,
		  struct sgnl_port_args *args)
{
	struct sgnl_txn txn;
	int err;

	sgnl_txn_take_addresses(args, conf->port);
	if (args->n_addresses == conf->n_addresses && has_all(conf, args))
		return 0;
	args->ifindex = conf->port->ifindex;
	begin(&txn, sn, GFP_KERNEL | __GFP_NOFAIL);
	err = sgnl_txn_port_set(&txn, args);
	if (!err)
		err = sgnl_txn_commit(&txn);
	if (!err)
		return 1;
	sgnl_txn_abort(&txn);
	return err;
}

/**
 * sgnl_txn_follow() - gives ports the addresses that their devices have (M2)
 * @sn: the namespace
 * @followed: is told of each port whose addresses changed, under the lock
 *
 * Waits for memory where it can. A port for which it fails all the same stays
 * as it is, and is to be looked at again.
 *
 * Context: may sleep; under RTNL.
 * Return: 0 or an error.
 */
int sgnl_txn_follow(struct sgnl_net *sn,
		    void (*followed)(struct sgnl_net *sn, int ifindex))
{
	struct sgnl_port_args *args;
	int ret, err = 0;
	u32 slot;

	args = kzalloc(sizeof(*args), GFP_KERNEL | __GFP_NOFAIL);
	mutex_lock(&sn->lock);
	for (slot = 0; slot < sgnl_net_config(sn)->ports->n; slot++) {
		const struct sgnl_port_conf *conf;

		conf = sgnl_net_config(sn)->ports->item[slot];
		if (!conf || !conf->setting[SGNL_PORT_FOLLOW])
			continue;
		ret = follow(sn, conf, args);
		if (ret > 0)
			followed(sn, args->ifindex);
		else if (ret < 0)
			err = ret;
	}
	mutex_unlock(&sn->lock);
	kfree(args);
	return err;
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
	sgnl_confirm_forget(sn, ifindex);
	was_port =
		sgnl_config_port_by_ifindex(sgnl_net_config(sn), sn, ifindex);
	if (was_port) {
		begin(&txn, sn, GFP_KERNEL | __GFP_NOFAIL);
		sgnl_txn_port_del(&txn, ifindex);
		sgnl_txn_commit(&txn);
	}
	mutex_unlock(&sn->lock);
	return was_port;
}
