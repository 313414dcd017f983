/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration in force: one immutable snapshot a network namespace. */
#ifndef SGNL_TABLE_CONFIG_H
#define SGNL_TABLE_CONFIG_H

#include <linux/cache.h>
#include "array.h"
#include "group.h"
#include "platform.h"
#include "pattern.h"
#include "list.h"
#include "port.h"

/**
 * struct sgnl_config - a snapshot
 * @generation: grows with each change in force
 * @stamp: no other snapshot's of the host, until 2^32 of them were made
 * @groups: struct sgnl_group, by number
 * @names: the same, by name; borrowed from @groups
 * @lists: struct sgnl_list, by number
 * @list_names: the same, by name; borrowed from @lists
 * @ports: struct sgnl_port_conf, by slot; free slots are NULL
 * @n_ports: slots in use
 * @platform: platform traffic
 * @patterns: struct sgnl_pattern, by text
 *
 * Packets read it under RCU, everybody else under the namespace's lock. A
 * packet reads the namespace's pointer to it once and so sees rules, ports and
 * members of one generation. As each packet does, it shares no cache line with
 * a stranger.
 */
struct sgnl_config {
	u64 generation;
	u32 stamp;
	struct sgnl_array *groups;
	struct sgnl_array *names;
	struct sgnl_array *lists;
	struct sgnl_array *list_names;
	struct sgnl_array *ports;
	unsigned int n_ports;
	struct sgnl_platform_conf *platform;
	struct sgnl_array *patterns;
} ____cacheline_aligned_in_smp;

struct sgnl_config *sgnl_config_create(gfp_t gfp);
struct sgnl_config *sgnl_config_next(const struct sgnl_config *config,
				     gfp_t gfp);
void sgnl_config_destroy(struct sgnl_config *config);

struct sgnl_group *sgnl_config_group(const struct sgnl_config *config,
				     const char *name, unsigned int *pos);
struct sgnl_group *sgnl_config_group_by_id(const struct sgnl_config *config,
					   u32 id, unsigned int *pos);
struct sgnl_list *sgnl_config_list(const struct sgnl_config *config,
				   const char *name, unsigned int *pos);
struct sgnl_rule_entry *sgnl_config_rule(const struct sgnl_config *config,
					 struct sgnl_net *sn, u32 id,
					 struct sgnl_group **group);
struct sgnl_port_conf *
sgnl_config_port_by_ifindex(const struct sgnl_config *config,
			    const struct sgnl_net *sn, int ifindex);
unsigned int sgnl_config_port_cost(const struct sgnl_config *config,
				   const struct sgnl_port_conf *conf);

/**
 * sgnl_config_port() - what a snapshot says of a port
 * @config: the snapshot
 * @port: the port
 *
 * Context: any; under RCU or the namespace's lock.
 * Return: its settings, or NULL if the port is not in this snapshot.
 */
static inline struct sgnl_port_conf *
sgnl_config_port(const struct sgnl_config *config, const struct sgnl_port *port)
{
	struct sgnl_port_conf *conf = NULL;
	u32 slot = READ_ONCE(port->slot);

	if (slot < config->ports->n)
		conf = config->ports->item[slot];
	return conf && conf->port == port ? conf : NULL;
}

#endif
