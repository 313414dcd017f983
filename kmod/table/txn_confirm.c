// SPDX-License-Identifier: GPL-2.0
/*
 * Commits that are taken back unless they are confirmed in time (C3).
 *
 * What was in force before such a commit is kept, and no other client commits
 * anything until it is over. Taking it back is a transaction like others, which
 * begins with the snapshot that was kept in the place of the one in force. So
 * all that a snapshot has is there again, the very rules with their counters.
 * Four things are no part of snapshots, or cannot be as they were:
 *
 * - Members. Those that member-add and member-del changed were written down;
 *   ports give and take their addresses as anywhere else.
 * - Devices. A port that was deleted is made anew, if its device is there. A
 *   device that goes takes its port out of what is kept.
 * - Devices that guard patterns hold: they do so whatever their names are later,
 *   so those that were held are written down.
 * - Epochs of ports, which do not go back.
 */
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "txn_confirm.h"

/* Until it is tried again where memory ran out. */
#define RETRY HZ

/**
 * struct sgnl_pending - a commit that waits to be confirmed
 * @config: what was in force before it; no packet sees it
 * @flips: struct sgnl_member_flip, the members that it changed by themselves
 * @held: devices that patterns held, if it changed those
 * @n_held: how many
 * @until: when it is taken back, in jiffies
 */
struct sgnl_pending {
	struct sgnl_config *config;
	struct list_head flips;
	struct sgnl_held *held;
	unsigned int n_held;
	unsigned long until;
};

static const struct sgnl_confirm_observer *observer;

static void destroy(struct sgnl_pending *pending)
{
	sgnl_member_flips_free(&pending->flips);
	sgnl_config_destroy(pending->config);
	kvfree(pending->held);
	kfree(pending);
	module_put(THIS_MODULE);
}

static int keep_held(struct sgnl_pending *pending, struct sgnl_net *sn,
		     gfp_t gfp)
{
	pending->n_held = sgnl_txn_held(sn, NULL);
	if (!pending->n_held)
		return 0;
	pending->held =
		kvmalloc_array(pending->n_held, sizeof(*pending->held), gfp);
	if (!pending->held)
		return -ENOMEM;
	sgnl_txn_held(sn, pending->held);
	return 0;
}

/**
 * sgnl_confirm_prepare() - keeps what a transaction is about to replace
 * @txn: the transaction, which asks to be confirmed
 *
 * The module is in use until it is over: it would forget to take it back.
 *
 * Context: may sleep; under the namespace's lock.
 * Return: 0 or -ENOMEM.
 */
int sgnl_confirm_prepare(struct sgnl_txn *txn)
{
	struct sgnl_pending *pending = kzalloc(sizeof(*pending), txn->gfp);

	if (!pending)
		return sgnl_txn_out_of_memory(txn);
	INIT_LIST_HEAD(&pending->flips);
	pending->config = sgnl_config_next(sgnl_net_config(txn->sn), txn->gfp);
	if (!pending->config) {
		kfree(pending);
		return sgnl_txn_out_of_memory(txn);
	}
	if (!try_module_get(THIS_MODULE)) { /* D2 */
		sgnl_config_destroy(pending->config);
		kfree(pending);
		return sgnl_txn_out_of_memory(txn);
	}
	txn->pending = pending;
	if (sgnl_member_flips(&txn->touched, &pending->flips, txn->gfp))
		return sgnl_txn_out_of_memory(txn);
	if (txn->patterns && keep_held(pending, txn->sn, txn->gfp))
		return sgnl_txn_out_of_memory(txn);
	return 0;
}

/**
 * sgnl_confirm_start() - a transaction that asks to be confirmed is in force
 * @txn: the transaction
 *
 * Context: under the namespace's lock.
 */
void sgnl_confirm_start(struct sgnl_txn *txn)
{
	unsigned long delay = txn->confirm * HZ;
	struct sgnl_net *sn = txn->sn;

	sn->pending = txn->pending;
	sn->pending->until = jiffies + delay;
	mod_delayed_work(system_unbound_wq, &sn->confirm_work, delay);
}

/**
 * sgnl_confirm_cancel() - a transaction is aborted
 * @txn: the transaction
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_confirm_cancel(struct sgnl_txn *txn)
{
	if (txn->pending)
		destroy(txn->pending);
}

/**
 * sgnl_confirm_forget() - a device leaves the namespace
 * @sn: the namespace
 * @ifindex: number of the device
 *
 * Its port will not come back, and no other device will be held for it. Does not
 * fail for want of memory: it waits.
 *
 * Context: may sleep; under RTNL and the namespace's lock.
 */
void sgnl_confirm_forget(struct sgnl_net *sn, int ifindex)
{
	const struct sgnl_port_conf *conf;
	struct sgnl_config *kept;
	unsigned int i;
	u32 slot;

	if (!sn->pending)
		return;
	for (i = 0; i < sn->pending->n_held; i++)
		if (sn->pending->held[i].ifindex == ifindex)
			sn->pending->held[i].patterns = 0;
	kept = sn->pending->config;
	conf = sgnl_config_port_by_ifindex(kept, sn, ifindex);
	if (!conf)
		return;
	slot = conf->port->slot;
	sgnl_array_replace(&kept->ports, slot, NULL, GFP_KERNEL | __GFP_NOFAIL);
	kept->n_ports--;
}

/**
 * sgnl_confirm_seconds() - how long a commit still waits to be confirmed
 * @sn: the namespace
 *
 * Context: under the namespace's lock.
 * Return: seconds, at least 1, or 0 if none waits.
 */
unsigned int sgnl_confirm_seconds(const struct sgnl_net *sn)
{
	unsigned long now = jiffies;

	if (!sn->pending)
		return 0;
	if (time_after_eq(now, sn->pending->until))
		return 1;
	return DIV_ROUND_UP(sn->pending->until - now, HZ);
}

/* A port's addresses in its groups, of one snapshot, come or go. */
static int change_members(struct sgnl_txn *txn,
			  const struct sgnl_config *config,
			  const struct sgnl_port_conf *conf, bool add)
{
	unsigned int i, j, pos;
	int ret;

	for (i = 0; i < conf->n_groups; i++) {
		struct sgnl_group *group =
			sgnl_config_group_by_id(config, conf->group[i], &pos);

		for (j = 0; j < conf->n_addresses; j++) {
			ret = sgnl_txn_change_member(txn, group,
						     &conf->address[j].addr,
						     conf->address[j].family,
						     true, add);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

/*
 * A port's sessions know its epoch, which only grows. They are cut as by other
 * changes: all if it is in no group any more (G9), or those of addresses that
 * it has no longer (E1).
 */
static void carry_epoch(struct sgnl_txn *txn, struct sgnl_port_conf *conf,
			const struct sgnl_port_conf *was)
{
	unsigned int i;

	conf->epoch = was->epoch;
	conf->judged = was->judged;
	conf->judged_platform = was->judged_platform;
	conf->cut = was->cut;
	if (was->n_groups && !conf->n_groups) {
		conf->cut = ++conf->epoch;
		txn->cut = true;
		return;
	}
	for (i = 0; i < was->n_addresses; i++) {
		if (sgnl_guard_has(conf->address, conf->n_addresses,
				   &was->address[i].addr,
				   was->address[i].family))
			continue;
		conf->epoch++;
		txn->cut = true;
		return;
	}
}

/* The port of settings that were kept has been deleted: a new one for them. */
static struct sgnl_port_conf *remake(struct sgnl_txn *txn,
				     const struct sgnl_port_conf *kept)
{
	const struct sgnl_port *old = kept->port;
	struct sgnl_txn_port *listed;
	struct sgnl_port_conf *conf;
	struct sgnl_port *port;

	listed = kmalloc(sizeof(*listed), txn->gfp);
	conf = sgnl_port_conf_clone(kept, txn->gfp);
	port = sgnl_port_create(txn->sn, old->dev, old->id, old->side,
				txn->gfp);
	if (!listed || !conf || !port)
		goto free;
	WRITE_ONCE(port->slot, old->slot);
	sgnl_port_conf_hand_over(conf, port);
	listed->port = port;
	list_add_tail(&listed->list, &txn->added);
	return conf;

free:
	if (port)
		sgnl_port_destroy(port);
	if (conf)
		sgnl_port_conf_put(conf);
	kfree(listed);
	return NULL;
}

/* What fails here aborts the transaction, and frees all. */
static int restore_port(struct sgnl_txn *txn, const struct sgnl_port_conf *kept)
{
	const struct sgnl_config *now = sgnl_net_config(txn->sn);
	const struct sgnl_port_conf *was = sgnl_config_port(now, kept->port);
	struct sgnl_port_conf *conf;
	int err;

	if (was == kept)
		return 0;
	conf = was ? sgnl_port_conf_clone(kept, txn->gfp) : remake(txn, kept);
	if (!conf)
		return sgnl_txn_out_of_memory(txn);
	/* The array is the transaction's own. */
	sgnl_array_replace(&txn->config->ports, conf->port->slot, conf,
			   txn->gfp);
	if (conf->setting[SGNL_PORT_FOLLOW]) {
		err = sgnl_txn_follow_now(txn, conf);
		if (err)
			return err;
	}
	err = change_members(txn, txn->config, conf, true);
	if (err || !was)
		return err;
	carry_epoch(txn, conf, was);
	return change_members(txn, now, was, false);
}

/* A port that the commit has added. */
static int remove_port(struct sgnl_txn *txn, const struct sgnl_port_conf *conf)
{
	struct sgnl_txn_port *listed = kmalloc(sizeof(*listed), txn->gfp);

	if (!listed)
		return sgnl_txn_out_of_memory(txn);
	listed->port = conf->port;
	list_add_tail(&listed->list, &txn->removed);
	return change_members(txn, sgnl_net_config(txn->sn), conf, false);
}

static int restore_ports(struct sgnl_txn *txn, const struct sgnl_config *kept)
{
	const struct sgnl_config *now = sgnl_net_config(txn->sn);
	struct sgnl_array **ports = &txn->config->ports;
	u32 slot;
	int err;

	if (*ports == now->ports)
		return 0;
	if (sgnl_array_own(ports, txn->gfp))
		return sgnl_txn_out_of_memory(txn);
	for (slot = 0; slot < kept->ports->n; slot++) {
		const struct sgnl_port_conf *conf = kept->ports->item[slot];

		err = conf ? restore_port(txn, conf) : 0;
		if (err)
			return err;
	}
	for (slot = 0; slot < now->ports->n; slot++) {
		const struct sgnl_port_conf *conf = now->ports->item[slot];

		if (!conf || sgnl_config_port(txn->config, conf->port))
			continue;
		err = remove_port(txn, conf);
		if (err)
			return err;
	}
	return 0;
}

/* The groups are those that were kept, or that the commit has added. */
static int restore_members(struct sgnl_txn *txn, const struct list_head *flips)
{
	const struct sgnl_config *now = sgnl_net_config(txn->sn);
	const struct sgnl_member_flip *flip;
	unsigned int pos;
	int ret;

	list_for_each_entry(flip, flips, list) {
		struct sgnl_group *group;

		group = sgnl_config_group_by_id(txn->config, flip->group,
						&pos) ?:
			sgnl_config_group_by_id(now, flip->group, &pos);
		ret = sgnl_txn_change_member(txn, group, &flip->key.addr,
					     flip->key.family, false,
					     flip->was);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Both locks are held. Where it fails, the commit waits on. */
static int rollback(struct sgnl_net *sn)
{
	struct sgnl_pending *pending = sn->pending;
	struct sgnl_txn txn;
	int err;

	err = sgnl_txn_begin_from(&txn, sn, pending->config,
				  GFP_KERNEL | __GFP_NOFAIL);
	if (err)
		return err;
	txn.fate = SGNL_FATE_REVALIDATE;
	txn.patterns = txn.config->patterns != sgnl_net_config(sn)->patterns;
	txn.again = pending->held;
	txn.n_again = pending->n_held;
	/* Rules may be back whose time came meanwhile (R14). */
	txn.expires = true;
	err = restore_ports(&txn, pending->config) ?:
	      restore_members(&txn, &pending->flips) ?:
	      sgnl_txn_commit(&txn);
	if (err) {
		sgnl_txn_abort(&txn);
		return err;
	}
	sn->pending = NULL;
	observer->ended(sn, false);
	destroy(pending);
	return 0;
}

static void time_is_over(struct work_struct *work)
{
	struct sgnl_net *sn = container_of(to_delayed_work(work),
					   struct sgnl_net, confirm_work);

	rtnl_lock();
	mutex_lock(&sn->lock);
	/* Another commit may wait by now. */
	if (sn->pending && time_after_eq(jiffies, sn->pending->until) &&
	    rollback(sn))
		mod_delayed_work(system_unbound_wq, &sn->confirm_work, RETRY);
	mutex_unlock(&sn->lock);
	rtnl_unlock();
}

/**
 * sgnl_confirm() - leaves the commit in force that waits for it
 * @sn: the namespace
 *
 * Context: may sleep.
 * Return: 0, or -ENOENT if none waits.
 */
int sgnl_confirm(struct sgnl_net *sn)
{
	struct sgnl_pending *pending;

	mutex_lock(&sn->lock);
	pending = sn->pending;
	if (pending) {
		sn->pending = NULL;
		cancel_delayed_work(&sn->confirm_work);
		observer->ended(sn, true);
		destroy(pending);
	}
	mutex_unlock(&sn->lock);
	return pending ? 0 : -ENOENT;
}

/**
 * sgnl_confirm_rollback() - takes the commit back that waits to be confirmed
 * @sn: the namespace
 *
 * Context: may sleep.
 * Return: 0, -ENOENT if none waits, or -ENOMEM and the like, whereupon it still
 * waits.
 */
int sgnl_confirm_rollback(struct sgnl_net *sn)
{
	int err;

	rtnl_lock();
	mutex_lock(&sn->lock);
	err = sn->pending ? rollback(sn) : -ENOENT;
	if (!err)
		cancel_delayed_work(&sn->confirm_work);
	mutex_unlock(&sn->lock);
	rtnl_unlock();
	return err;
}

/**
 * sgnl_confirm_init() - says who is told
 * @who: the observer
 */
void sgnl_confirm_init(const struct sgnl_confirm_observer *who)
{
	observer = who;
}

/**
 * sgnl_confirm_net_init() - gets a new namespace ready
 * @sn: sgnl's part of it
 */
void sgnl_confirm_net_init(struct sgnl_net *sn)
{
	INIT_DELAYED_WORK(&sn->confirm_work, time_is_over);
}

/**
 * sgnl_confirm_net_exit() - a namespace ends, and what it waits for with it
 * @sn: sgnl's part of it; its devices are gone
 *
 * Context: may sleep; not under RTNL.
 */
void sgnl_confirm_net_exit(struct sgnl_net *sn)
{
	cancel_delayed_work_sync(&sn->confirm_work);
	mutex_lock(&sn->lock);
	if (sn->pending)
		destroy(sn->pending);
	sn->pending = NULL;
	mutex_unlock(&sn->lock);
}
