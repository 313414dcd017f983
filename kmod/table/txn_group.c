// SPDX-License-Identifier: GPL-2.0
/* Changes of groups. */
#include <linux/netdevice.h>

#include "txn.h"

/**
 * sgnl_txn_group_add() - creates a group
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_group_add(struct sgnl_txn *txn, const struct sgnl_group_args *args)
{
	struct sgnl_config *config = txn->config;
	struct sgnl_group *group;
	unsigned int pos;

	if (sgnl_config_group(config, args->name, &pos))
		return sgnl_txn_fail(txn, -EEXIST, "group %s: exists already",
				     args->name);
	if (args->type == SGNL_GROUP_TYPE_ENTERPRISE &&
	    args->has_internal_policy)
		return sgnl_txn_fail(txn, -EINVAL,
				     "group %s: an enterprise group has no internal policy",
				     args->name);
	if (config->groups->n == SGNL_GROUPS_MAX)
		return sgnl_txn_fail(txn, -ENOSPC,
				     "group %s: there are %u groups, the most allowed",
				     args->name, SGNL_GROUPS_MAX);
	if (txn->next_group > SGNL_ID_MAX)
		return sgnl_txn_fail(txn, -ENOSPC, "no group numbers left");
	group = sgnl_group_create(txn->next_group, args->name, args->type,
				  args->internal_policy, args->vpc, txn->gfp);
	if (!group)
		return sgnl_txn_out_of_memory(txn);
	if ((args->description &&
	     sgnl_group_describe(group, args->description, txn->gfp)) ||
	    sgnl_array_insert(&config->names, pos, group, txn->gfp)) {
		sgnl_group_put(group);
		return sgnl_txn_out_of_memory(txn);
	}
	if (sgnl_array_insert(&config->groups, config->groups->n, group,
			      txn->gfp)) {
		sgnl_array_remove(&config->names, pos, txn->gfp);
		sgnl_group_put(group);
		return sgnl_txn_out_of_memory(txn);
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
int sgnl_txn_group_set(struct sgnl_txn *txn, const struct sgnl_group_args *args)
{
	struct sgnl_group *group = sgnl_txn_find_group(txn, args->name);

	if (!group)
		return -ENOENT;
	if (group->type == SGNL_GROUP_TYPE_ENTERPRISE &&
	    args->has_internal_policy)
		return sgnl_txn_fail(txn, -EINVAL,
				     "group %s: an enterprise group has no internal policy",
				     args->name);
	group = sgnl_txn_own_group(txn, group);
	if (!group)
		return sgnl_txn_out_of_memory(txn);
	if (args->description &&
	    sgnl_group_describe(group, args->description, txn->gfp))
		return sgnl_txn_out_of_memory(txn);
	if (args->has_internal_policy) {
		group->internal_policy = args->internal_policy;
		txn->stale = true;
	}
	return 0;
}

/**
 * sgnl_txn_forget_held() - something may hold a group that did not
 * @txn: the transaction
 */
void sgnl_txn_forget_held(struct sgnl_txn *txn)
{
	txn->knows_held = false;
	xa_destroy(&txn->held);
}

static int count_held(struct sgnl_txn *txn, u32 id, bool more)
{
	unsigned long n =
		xa_to_value(xa_load(&txn->held, id) ?: xa_mk_value(0));

	n += more ? 1 : -1;
	return xa_err(
		xa_store(&txn->held, id, n ? xa_mk_value(n) : NULL, txn->gfp));
}

static int count_named(struct sgnl_txn *txn, const struct sgnl_group *group,
		       bool more)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < group->rules->n; i++) {
		const struct sgnl_rule_entry *entry = group->rules->item[i];

		if (entry->rule.peer_group)
			err = count_held(txn, entry->rule.peer_group, more);
	}
	return err;
}

static int count_all(struct sgnl_txn *txn)
{
	struct sgnl_config *config = txn->config;
	unsigned int i, j;
	int err = 0;

	for (i = 0; !err && i < config->ports->n; i++) {
		const struct sgnl_port_conf *conf = config->ports->item[i];

		for (j = 0; !err && conf && j < conf->n_groups; j++)
			err = count_held(txn, conf->group[j], true);
	}
	for (i = 0; !err && i < config->groups->n; i++)
		err = count_named(txn, config->groups->item[i], true);
	return err;
}

/*
 * Is it known of a group, without a look at each port and rule, that nothing
 * holds it? Who deletes one does not pay for it; who deletes many does once.
 */
static bool surely_unheld(struct sgnl_txn *txn, const struct sgnl_group *group)
{
	if (!txn->asked_held) {
		txn->asked_held = true;
		return false;
	}
	if (!txn->knows_held) {
		if (count_all(txn)) {
			sgnl_txn_forget_held(txn);
			return false;
		}
		txn->knows_held = true;
	}
	return !xa_load(&txn->held, group->id);
}

/* The group's rules go. */
static void drop_named(struct sgnl_txn *txn, const struct sgnl_group *group)
{
	if (txn->knows_held && count_named(txn, group, false))
		sgnl_txn_forget_held(txn);
}

static int unheld(struct sgnl_txn *txn, const struct sgnl_group *group)
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
 * sgnl_txn_group_unheld() - says what holds a group (G7)
 * @txn: the transaction
 * @group: the group, in the new snapshot or not any more
 *
 * Return: 0, or -EBUSY if something does.
 */
int sgnl_txn_group_unheld(struct sgnl_txn *txn, const struct sgnl_group *group)
{
	if (!group->members->n && surely_unheld(txn, group))
		return 0;
	return unheld(txn, group);
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
	struct sgnl_group *group = sgnl_txn_find_group(txn, name);
	struct sgnl_config *config = txn->config;
	unsigned int by_name, by_id;
	int err;

	if (!group)
		return -ENOENT;
	err = sgnl_txn_group_unheld(txn, group);
	if (err)
		return err;
	sgnl_config_group(config, name, &by_name);
	sgnl_config_group_by_id(config, group->id, &by_id);
	if (sgnl_array_own(&config->groups, txn->gfp) ||
	    sgnl_array_remove(&config->names, by_name, txn->gfp))
		return sgnl_txn_out_of_memory(txn);
	drop_named(txn, group);
	sgnl_array_remove(&config->groups, by_id, txn->gfp);
	return 0;
}
