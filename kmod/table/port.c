// SPDX-License-Identifier: GPL-2.0
/* Ports: what lives as long as the device, and what snapshots say of it. */
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "net.h"
#include "port.h"

/* Ports of all namespaces, by the number that flows have. */
static DEFINE_XARRAY_ALLOC1(flows);

/**
 * sgnl_port_create() - creates a port that is not hooked yet
 * @sn: its network namespace
 * @dev: the device
 * @id: its number
 * @side: enum sgnl_side
 * @gfp: how to allocate
 *
 * Context: may sleep; under RTNL and the namespace's lock.
 * Return: the port with one reference, or NULL if memory ran out.
 */
struct sgnl_port *sgnl_port_create(struct sgnl_net *sn, struct net_device *dev,
				   u32 id, u8 side, gfp_t gfp)
{
	struct sgnl_port *port = kzalloc(sizeof(*port), gfp);

	if (!port)
		return NULL;
	port->stats = alloc_percpu_gfp(struct sgnl_stats, gfp);
	if (!port->stats)
		goto free_port;
	if (!try_module_get(THIS_MODULE)) /* D2 */
		goto free_stats;
	if (xa_alloc(&flows, &port->flow, port, XA_LIMIT(1, SGNL_FLOW_PORTS),
		     gfp))
		goto put_module;
	refcount_set(&port->ref, 1);
	port->sn = sn;
	port->dev = dev;
	port->ifindex = dev->ifindex;
	port->id = id;
	port->side = side;
	spin_lock_init(&port->room_lock);
	hash_add_rcu(sn->ports, &port->node, dev->ifindex);
	return port;

put_module:
	module_put(THIS_MODULE);
free_stats:
	free_percpu(port->stats);
free_port:
	kfree(port);
	return NULL;
}

/**
 * sgnl_port_destroy() - frees a port that no settings name
 * @port: the port
 *
 * A dump may still look at a session that was ended, and from there at the
 * port, until its RCU section ends.
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_port_destroy(struct sgnl_port *port)
{
	WARN_ON_ONCE(port->hooked || atomic_read(&port->sessions) ||
		     atomic_read(&port->fragments));
	free_percpu(port->stats);
	xa_erase(&flows, port->flow);
	hash_del_rcu(&port->node);
	kfree_rcu_mightsleep(port);
	module_put(THIS_MODULE);
}

/**
 * sgnl_port_by_flow() - the port that flows name by a number
 * @flow: the number
 *
 * Context: any; under RCU, unless the port has a session.
 * Return: the port, or NULL if there is none.
 */
struct sgnl_port *sgnl_port_by_flow(u32 flow)
{
	return xa_load(&flows, flow);
}

static void port_put(struct sgnl_port *port)
{
	if (refcount_dec_and_test(&port->ref))
		sgnl_port_destroy(port);
}

/**
 * sgnl_port_conf_create() - creates the settings of a new port
 * @port: the port; the settings take over the caller's reference on success
 * @gfp: how to allocate
 *
 * Return: the settings with one reference, or NULL if memory ran out.
 */
struct sgnl_port_conf *sgnl_port_conf_create(struct sgnl_port *port, gfp_t gfp)
{
	struct sgnl_port_conf *conf = kzalloc(sizeof(*conf), gfp);

	if (!conf)
		return NULL;
	refcount_set(&conf->ref, 1);
	conf->port = port;
	conf->setting[SGNL_PORT_SMTP] = SGNL_SMTP_DENY;
	conf->setting[SGNL_PORT_GUARD] = port->side == SGNL_SIDE_GUEST;
	conf->setting[SGNL_PORT_PMTUD] = SGNL_PMTUD_OPEN;
	conf->setting[SGNL_PORT_ADOPT] = SGNL_ADOPT_DEFAULT;
	conf->setting[SGNL_PORT_IDLE_ESTABLISHED] = SGNL_IDLE_DEFAULT;
	conf->setting[SGNL_PORT_IDLE_CLOSING] = SGNL_IDLE_TCP_CLOSING;
	conf->setting[SGNL_PORT_IDLE_OTHER] = SGNL_IDLE_DEFAULT;
	conf->setting[SGNL_PORT_SESSIONS] = SGNL_PORT_SESSIONS_DEFAULT;
	return conf;
}

/**
 * sgnl_port_conf_clone() - copies a port's settings, to change the copy
 * @conf: the settings
 * @gfp: how to allocate
 *
 * Context: under the namespace's lock.
 * Return: the copy with one reference, or NULL if memory ran out.
 */
struct sgnl_port_conf *sgnl_port_conf_clone(const struct sgnl_port_conf *conf,
					    gfp_t gfp)
{
	struct sgnl_port_conf *copy = kmemdup(conf, sizeof(*conf), gfp);

	if (!copy)
		return NULL;
	copy->address = NULL;
	if (sgnl_port_conf_set_addresses(copy, conf->address, conf->n_addresses,
					 gfp)) {
		kfree(copy);
		return NULL;
	}
	refcount_set(&copy->ref, 1);
	refcount_inc(&copy->port->ref);
	if (copy->policy)
		sgnl_policy_cache_hold(copy->policy);
	return copy;
}

/**
 * sgnl_port_conf_set_addresses() - gives a port other addresses
 * @conf: its settings, which are the caller's own
 * @address: the addresses
 * @n: how many, SGNL_PORT_ADDRESSES_MAX at the most
 * @gfp: how to allocate
 *
 * Return: 0, or -ENOMEM with everything as it was.
 */
int sgnl_port_conf_set_addresses(struct sgnl_port_conf *conf,
				 const struct sgnl_port_address *address,
				 unsigned int n, gfp_t gfp)
{
	struct sgnl_port_address *copy = NULL;

	if (n) {
		copy = kmemdup(address, array_size(n, sizeof(*address)), gfp);
		if (!copy)
			return -ENOMEM;
	}
	kfree(conf->address);
	conf->address = copy;
	conf->n_addresses = n;
	return 0;
}

/**
 * sgnl_port_conf_hand_over() - makes settings those of another port
 * @conf: the settings, which are the caller's own
 * @port: the port; the settings take over the caller's reference
 */
void sgnl_port_conf_hand_over(struct sgnl_port_conf *conf,
			      struct sgnl_port *port)
{
	port_put(conf->port);
	conf->port = port;
}

static void port_conf_get(void *item)
{
	struct sgnl_port_conf *conf = item;

	refcount_inc(&conf->ref);
}

/**
 * sgnl_port_conf_put() - gives a reference back
 * @conf: the settings
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_port_conf_put(struct sgnl_port_conf *conf)
{
	if (!refcount_dec_and_test(&conf->ref))
		return;
	if (conf->policy)
		sgnl_policy_cache_put(&conf->port->sn->policies, conf->policy);
	port_put(conf->port);
	kfree(conf->address);
	kfree(conf);
}

static void port_conf_put(void *item)
{
	sgnl_port_conf_put(item);
}

const struct sgnl_array_ops sgnl_ports_ops = {
	.get = port_conf_get,
	.put = port_conf_put,
};

/**
 * sgnl_port_conf_in_group() - is a port in a group?
 * @conf: its settings
 * @group: number of the group
 */
bool sgnl_port_conf_in_group(const struct sgnl_port_conf *conf, u32 group)
{
	unsigned int i;

	for (i = 0; i < conf->n_groups; i++)
		if (conf->group[i] == group)
			return true;
	return false;
}
