// SPDX-License-Identifier: GPL-2.0
/* The configuration in force: one immutable snapshot a network namespace. */
#include <linux/atomic.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "net.h"

static const struct sgnl_array_ops names_ops = {};
static atomic_t stamps;

/**
 * sgnl_config_create() - creates the empty snapshot of a new namespace
 * @gfp: how to allocate
 *
 * Return: the snapshot, or NULL if memory ran out.
 */
struct sgnl_config *sgnl_config_create(gfp_t gfp)
{
	struct sgnl_config *config = kzalloc(sizeof(*config), gfp);

	if (!config)
		return NULL;
	config->stamp = atomic_inc_return(&stamps);
	config->groups = sgnl_array_create(&sgnl_groups_ops, gfp);
	config->names = sgnl_array_create(&names_ops, gfp);
	config->lists = sgnl_array_create(&sgnl_lists_ops, gfp);
	config->list_names = sgnl_array_create(&names_ops, gfp);
	config->ports = sgnl_array_create(&sgnl_ports_ops, gfp);
	config->platform = sgnl_platform_conf_create(gfp);
	config->patterns = sgnl_array_create(&sgnl_patterns_ops, gfp);
	if (!config->groups || !config->names || !config->lists ||
	    !config->list_names || !config->ports || !config->platform ||
	    !config->patterns) {
		sgnl_config_destroy(config);
		return NULL;
	}
	return config;
}

/**
 * sgnl_config_next() - begins the snapshot that follows one
 * @config: the one in force
 * @gfp: how to allocate
 *
 * The new one shares everything until it is written to.
 *
 * Return: the snapshot, or NULL if memory ran out.
 */
struct sgnl_config *sgnl_config_next(const struct sgnl_config *config,
				     gfp_t gfp)
{
	struct sgnl_config *next = kmemdup(config, sizeof(*config), gfp);

	if (!next)
		return NULL;
	next->generation++;
	next->stamp = atomic_inc_return(&stamps);
	sgnl_array_get(next->groups);
	sgnl_array_get(next->names);
	sgnl_array_get(next->lists);
	sgnl_array_get(next->list_names);
	sgnl_array_get(next->ports);
	sgnl_platform_conf_get(next->platform);
	sgnl_array_get(next->patterns);
	return next;
}

/**
 * sgnl_config_destroy() - frees a snapshot that nobody can see any more
 * @config: the snapshot
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_config_destroy(struct sgnl_config *config)
{
	sgnl_array_put(config->names);
	sgnl_array_put(config->groups);
	sgnl_array_put(config->list_names);
	sgnl_array_put(config->lists);
	sgnl_array_put(config->ports);
	sgnl_platform_conf_put(config->platform);
	sgnl_array_put(config->patterns);
	kfree(config);
}

static int compare_group_name(const void *item, const void *key)
{
	const struct sgnl_group *group = item;

	return strcmp(group->name, key);
}

static int compare_group_id(const void *item, const void *key)
{
	const struct sgnl_group *group = item;
	const u32 *id = key;

	return group->id < *id ? -1 : group->id > *id;
}

/**
 * sgnl_config_group() - finds a group by its name
 * @config: the snapshot
 * @name: the name
 * @pos: its place in @config->names, or where it would have to be
 *
 * Return: the group, without a reference, or NULL.
 */
struct sgnl_group *sgnl_config_group(const struct sgnl_config *config,
				     const char *name, unsigned int *pos)
{
	if (!sgnl_array_find(config->names, compare_group_name, name, pos))
		return NULL;
	return config->names->item[*pos];
}

/**
 * sgnl_config_group_by_id() - finds a group by its number
 * @config: the snapshot
 * @id: the number
 * @pos: its place in @config->groups, or where it would have to be
 *
 * Return: the group, without a reference, or NULL.
 */
struct sgnl_group *sgnl_config_group_by_id(const struct sgnl_config *config,
					   u32 id, unsigned int *pos)
{
	if (!sgnl_array_find(config->groups, compare_group_id, &id, pos))
		return NULL;
	return config->groups->item[*pos];
}

static int compare_list_name(const void *item, const void *key)
{
	const struct sgnl_list *list = item;

	return strcmp(list->name, key);
}

/**
 * sgnl_config_list() - finds a list by its name
 * @config: the snapshot
 * @name: the name
 * @pos: its place in @config->list_names, or where it would have to be
 *
 * Return: the list, without a reference, or NULL.
 */
struct sgnl_list *sgnl_config_list(const struct sgnl_config *config,
				   const char *name, unsigned int *pos)
{
	if (!sgnl_array_find(config->list_names, compare_list_name, name, pos))
		return NULL;
	return config->list_names->item[*pos];
}

/**
 * sgnl_config_rule() - finds a rule by its id
 * @config: the snapshot
 * @sn: its namespace
 * @id: the id
 * @group: the group that it is in
 *
 * Context: under the namespace's lock.
 * Return: the rule, without a reference, or NULL.
 */
struct sgnl_rule_entry *sgnl_config_rule(const struct sgnl_config *config,
					 struct sgnl_net *sn, u32 id,
					 struct sgnl_group **group)
{
	struct sgnl_rule_entry *entry = NULL;
	const struct sgnl_counter *counter;
	unsigned int pos;

	/* Each rule has a counter, be it in this snapshot or in another. */
	for (counter = xa_load(&sn->rules, id); counter && !entry;
	     counter = counter->next) {
		*group = sgnl_config_group_by_id(config, counter->group, &pos);
		if (*group)
			entry = sgnl_group_rule(*group, id, &pos);
	}
	return entry;
}

/**
 * sgnl_config_port_by_ifindex() - finds a port by its device
 * @config: the snapshot
 * @sn: its namespace
 * @ifindex: number of the device
 *
 * Context: any; under RCU or the namespace's lock.
 * Return: its settings, without a reference, or NULL.
 */
struct sgnl_port_conf *
sgnl_config_port_by_ifindex(const struct sgnl_config *config,
			    const struct sgnl_net *sn, int ifindex)
{
	struct sgnl_port_conf *conf = NULL;
	const struct sgnl_port *port;

	/* Of several ports that a device had, one is in the snapshot. */
	rcu_read_lock();
	hash_for_each_possible_rcu(sn->ports, port, node, ifindex) {
		if (port->ifindex == ifindex)
			conf = sgnl_config_port(config, port);
		if (conf)
			break;
	}
	rcu_read_unlock();
	return conf;
}

/**
 * sgnl_config_port_cost() - what the rules of a port's groups cost (R7)
 * @config: the snapshot
 * @conf: the port's settings
 *
 * Return: the cost, in rules.
 */
unsigned int sgnl_config_port_cost(const struct sgnl_config *config,
				   const struct sgnl_port_conf *conf)
{
	unsigned int i, pos, cost = 0;

	for (i = 0; i < conf->n_groups; i++)
		cost += sgnl_config_group_by_id(config, conf->group[i], &pos)
				->cost;
	return cost;
}
