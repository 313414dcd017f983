// SPDX-License-Identifier: GPL-2.0
/*
 * Ports that take their addresses from their devices (M2).
 *
 * An address may come and go where nothing can sleep, so a worker a namespace
 * looks at the devices afterwards.
 */
#include <linux/inetdevice.h>
#include <linux/jiffies.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>

#include "../core/guard.h"
#include "../table/net.h"
#include "../table/txn.h"
#include "follow.h"

/* Until that may succeed which then did not. */
#define TRY_AGAIN HZ

static const struct sgnl_hook_observer *observer;

/* A device may have one address with several prefix lengths. */
static unsigned int take(struct sgnl_port_address *address, unsigned int n,
			 const void *bytes, size_t len)
{
	struct sgnl_port_address a = {};

	sgnl_addr_read(&a.addr, &a.family, bytes, len);
	if (n == SGNL_PORT_ADDRESSES_MAX ||
	    !sgnl_addr_can_be_member(&a.addr, a.family) ||
	    sgnl_guard_has(address, n, &a.addr, a.family))
		return n;
	address[n] = a;
	return n + 1;
}

/**
 * sgnl_follow_addresses() - the addresses that a port's device has now
 * @port: the port
 * @address: where to put them, room for SGNL_PORT_ADDRESSES_MAX
 *
 * Those that may be members, in the device's order; the first ones if there
 * are too many.
 *
 * Context: under RTNL.
 * Return: how many.
 */
unsigned int sgnl_follow_addresses(const struct sgnl_port *port,
				   struct sgnl_port_address *address)
{
	const struct in_device *in = __in_dev_get_rtnl(port->dev);
	struct inet6_dev *in6 = __in6_dev_get(port->dev);
	const struct inet6_ifaddr *ifa6;
	const struct in_ifaddr *ifa;
	unsigned int n = 0;

	if (in)
		in_dev_for_each_ifa_rtnl(ifa, in)
			n = take(address, n, &ifa->ifa_local,
				 sizeof(ifa->ifa_local));
	if (!in6)
		return n;
	/* Those that a router advertises come and go without RTNL. */
	read_lock_bh(&in6->lock);
	list_for_each_entry(ifa6, &in6->addr_list, if_list)
		n = take(address, n, &ifa6->addr, sizeof(ifa6->addr));
	read_unlock_bh(&in6->lock);
	return n;
}

/* Spares the namespaces without such ports RTNL. */
static bool any_follows(struct sgnl_net *sn)
{
	const struct sgnl_array *ports;
	bool any = false;
	unsigned int i;

	mutex_lock(&sn->lock);
	ports = sgnl_net_config(sn)->ports;
	for (i = 0; !any && i < ports->n; i++) {
		const struct sgnl_port_conf *conf = ports->item[i];

		any = conf && conf->setting[SGNL_PORT_FOLLOW];
	}
	mutex_unlock(&sn->lock);
	return any;
}

static void follow(struct work_struct *work)
{
	struct sgnl_net *sn =
		container_of(work, struct sgnl_net, follow_work.work);
	int err;

	if (!any_follows(sn))
		return;
	rtnl_lock();
	err = sgnl_txn_follow(sn, observer->port_followed);
	rtnl_unlock();
	if (err)
		queue_delayed_work(system_unbound_wq, &sn->follow_work,
				   TRY_AGAIN);
}

static void changed(const struct net_device *dev)
{
	struct sgnl_net *sn = sgnl_net(dev_net(dev));

	mod_delayed_work(system_unbound_wq, &sn->follow_work, 0);
}

static int inet_event(struct notifier_block *block, unsigned long event,
		      void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	changed(ifa->ifa_dev->dev);
	return NOTIFY_DONE;
}

static int inet6_event(struct notifier_block *block, unsigned long event,
		       void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;

	changed(ifa->idev->dev);
	return NOTIFY_DONE;
}

static struct notifier_block inet_notifier = {
	.notifier_call = inet_event,
};

static struct notifier_block inet6_notifier = {
	.notifier_call = inet6_event,
};

/**
 * sgnl_follow_net_init() - gets a new namespace ready
 * @sn: sgnl's part of it
 */
void sgnl_follow_net_init(struct sgnl_net *sn)
{
	INIT_DELAYED_WORK(&sn->follow_work, follow);
}

/**
 * sgnl_follow_net_exit() - ends it for a namespace
 * @sn: sgnl's part of it; its devices are gone, or sgnl_follow_exit() ran
 *
 * Context: may sleep; not under RTNL.
 */
void sgnl_follow_net_exit(struct sgnl_net *sn)
{
	cancel_delayed_work_sync(&sn->follow_work);
}

/**
 * sgnl_follow_init() - begins to see addresses come and go
 * @who: is told of ports whose addresses change with them
 *
 * Context: may sleep.
 */
void sgnl_follow_init(const struct sgnl_hook_observer *who)
{
	observer = who;
	/* Neither fails. */
	register_inetaddr_notifier(&inet_notifier);
	register_inet6addr_notifier(&inet6_notifier);
}

/**
 * sgnl_follow_exit() - no longer sees addresses come and go
 *
 * Context: may sleep.
 */
void sgnl_follow_exit(void)
{
	unregister_inet6addr_notifier(&inet6_notifier);
	unregister_inetaddr_notifier(&inet_notifier);
}
