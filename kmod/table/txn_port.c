// SPDX-License-Identifier: GPL-2.0
/* Changes of ports. */
#include <linux/err.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "txn.h"

static struct sgnl_port_conf *find_port(struct sgnl_txn *txn, int ifindex)
{
	struct sgnl_port_conf *conf;
	struct net_device *dev;

	conf = sgnl_config_port_by_ifindex(txn->config, txn->sn, ifindex);
	if (conf)
		return conf;
	dev = __dev_get_by_index(txn->sn->net, ifindex);
	if (dev)
		sgnl_txn_fail(txn, -ENOENT, "device %s: it is no port",
			      dev->name);
	else
		sgnl_txn_fail(txn, -ENOENT, "device %d: no such device",
			      ifindex);
	return NULL;
}

/* The same, to write to; or an error. */
static struct sgnl_port_conf *find_own_port(struct sgnl_txn *txn, int ifindex)
{
	struct sgnl_port_conf *conf = find_port(txn, ifindex);

	if (!conf)
		return ERR_PTR(-ENOENT);
	conf = sgnl_txn_own_port(txn, conf);
	return conf ?: ERR_PTR(sgnl_txn_out_of_memory(txn));
}

/* Makes all of a port's addresses members of a group, or takes it back. */
static int change_members(struct sgnl_txn *txn,
			  const struct sgnl_port_conf *conf,
			  struct sgnl_group *group, bool add)
{
	unsigned int i;
	int ret;

	for (i = 0; i < conf->n_addresses; i++) {
		ret = sgnl_txn_change_member(txn, group, &conf->address[i].addr,
					     conf->address[i].family, true,
					     add);
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
	sgnl_txn_forget_held(txn);
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

/*
 * Leaving the last group cuts all sessions (G9), unless the same transaction
 * joins another.
 */
static void groups_changed(struct sgnl_txn *txn, struct sgnl_port_conf *conf)
{
	const struct sgnl_port_conf *was =
		sgnl_config_port(sgnl_net_config(txn->sn), conf->port);

	txn->stale = true;
	if (!was)
		return;
	conf->cut = was->cut;
	conf->judged = was->judged;
	if (conf->n_groups || !was->n_groups)
		return;
	conf->cut = ++conf->epoch;
	conf->judged = conf->cut;
	txn->cut = true;
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
		if (sgnl_guard_has(b, n_b, &a[i].addr, a[i].family))
			continue;
		for (j = 0; j < conf->n_groups; j++) {
			struct sgnl_group *group;

			group = sgnl_config_group_by_id(txn->config,
							conf->group[j], &pos);
			ret = sgnl_txn_change_member(txn, group, &a[i].addr,
						     a[i].family, true, add);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

/* Sessions of an address that is taken are cut (E1). */
static void cut_if_taken(struct sgnl_txn *txn, struct sgnl_port_conf *conf,
			 const struct sgnl_port_args *args)
{
	unsigned int i;

	for (i = 0; i < conf->n_addresses; i++)
		if (!sgnl_guard_has(args->address, args->n_addresses,
				    &conf->address[i].addr,
				    conf->address[i].family))
			break;
	if (i == conf->n_addresses)
		return;
	conf->epoch++;
	txn->cut = true;
}

static int apply_settings(struct sgnl_txn *txn, struct sgnl_port_conf *conf,
			  struct sgnl_port_args *args)
{
	unsigned int i;
	int err;

	for (i = 0; i < SGNL_PORT_SETTINGS; i++)
		if (args->given & BIT(i))
			conf->setting[i] = args->setting[i];
	if (args->has_ethertypes) {
		conf->n_ethertypes = args->n_ethertypes;
		memcpy(conf->ethertype, args->ethertype,
		       sizeof(conf->ethertype));
	}
	if (args->given & BIT(SGNL_PORT_FOLLOW) &&
	    args->setting[SGNL_PORT_FOLLOW])
		sgnl_txn_take_addresses(args, conf->port);
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
	cut_if_taken(txn, conf, args);
	err = sgnl_port_conf_set_addresses(conf, args->address,
					   args->n_addresses, txn->gfp);
	return err ? sgnl_txn_out_of_memory(txn) : 0;
}

static int join_all(struct sgnl_txn *txn, struct sgnl_port_conf *conf,
		    const struct sgnl_port_args *args)
{
	unsigned int i;
	int err;

	for (i = 0; i < args->n_groups; i++) {
		struct sgnl_group *group =
			sgnl_txn_find_group(txn, args->group[i]);

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
 * @args: words about it; gets the device's addresses if the port follows it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_port_add(struct sgnl_txn *txn, struct sgnl_port_args *args)
{
	struct sgnl_txn_port *listed;
	struct sgnl_port_conf *conf;
	struct net_device *dev;
	struct sgnl_port *port;
	int err;

	dev = __dev_get_by_index(txn->sn->net, args->ifindex);
	if (!dev)
		return sgnl_txn_fail(txn, -ENODEV, "device %d: no such device",
				     args->ifindex);
	if (sgnl_config_port_by_ifindex(txn->config, txn->sn, args->ifindex))
		return sgnl_txn_fail(txn, -EEXIST, "port %s: exists already",
				     dev->name);
	if (txn->next_port > SGNL_ID_MAX)
		return sgnl_txn_fail(txn, -ENOSPC, "no port numbers left");
	listed = kmalloc(sizeof(*listed), txn->gfp);
	if (!listed)
		return sgnl_txn_out_of_memory(txn);
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
	return sgnl_txn_out_of_memory(txn);
}

/**
 * sgnl_txn_port_set() - changes a port's settings
 * @txn: the transaction, under RTNL
 * @args: words about it; gets the device's addresses if the port is to follow
 *
 * Return: 0 or an error.
 */
int sgnl_txn_port_set(struct sgnl_txn *txn, struct sgnl_port_args *args)
{
	struct sgnl_port_conf *conf = find_own_port(txn, args->ifindex);

	if (IS_ERR(conf))
		return PTR_ERR(conf);
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
	struct sgnl_txn_port *listed, *added;
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
		return sgnl_txn_out_of_memory(txn);
	listed->port = conf->port;
	if (sgnl_array_replace(&config->ports, conf->port->slot, NULL,
			       txn->gfp)) {
		kfree(listed);
		return sgnl_txn_out_of_memory(txn);
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
	struct sgnl_port_conf *conf = find_own_port(txn, args->ifindex);
	int err;

	if (IS_ERR(conf))
		return PTR_ERR(conf);
	err = join_all(txn, conf, args);
	if (!err)
		groups_changed(txn, conf);
	return err;
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
	struct sgnl_port_conf *conf = find_own_port(txn, args->ifindex);
	unsigned int i;
	int err;

	if (IS_ERR(conf))
		return PTR_ERR(conf);
	for (i = 0; i < args->n_groups; i++) {
		struct sgnl_group *group =
			sgnl_txn_find_group(txn, args->group[i]);

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
	groups_changed(txn, conf);
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
	struct sgnl_port_conf *conf = find_own_port(txn, args->ifindex);
	unsigned int i;
	int err;

	if (IS_ERR(conf))
		return PTR_ERR(conf);
	for (i = conf->n_groups; i-- > 0;) {
		if (named(txn, args, conf->group[i]))
			continue;
		err = leave(txn, conf, conf->group[i]);
		if (err)
			return err;
	}
	err = join_all(txn, conf, args);
	if (!err)
		groups_changed(txn, conf);
	return err;
}
