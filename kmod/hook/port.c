// SPDX-License-Identifier: GPL-2.0
/* Taking hold of devices, and seeing them go. */
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/netfilter_netdev.h>

#include "../table/hint.h"
#include "../table/net.h"
#include "../table/session.h"
#include "../table/txn.h"
#include "follow.h"
#include "guard.h"
#include "port.h"

static const struct sgnl_hook_observer *observer;

/* More than there can be hand-overs on a device without a pause. */
#define TURNS (1 << 30)

/*
 * First on receipt and last on transmission: no other hook of the device comes
 * between a packet and its judgement. A port that follows another one on its
 * device has its hooks behind that one's: a packet that was handed on there, by
 * the newer snapshot, is judged here.
 */
static void fill_ops(struct sgnl_port *port, struct sgnl_port_hook *hook,
		     unsigned int hooknum, int priority)
{
	bool received = hooknum == NF_NETDEV_INGRESS;
	bool in = received == (port->side == SGNL_SIDE_SELF);

	hook->port = port;
	hook->direction = in ? SGNL_DIRECTION_IN : SGNL_DIRECTION_OUT;
	if (port->dev->type != ARPHRD_ETHER)
		hook->link = SGNL_LINK_NONE;
	else
		hook->link = received ? SGNL_LINK_RECEIVED : SGNL_LINK_SENT;
	hook->tag = sgnl_hint_tag(port->flow, hook->direction);
	hook->in_session =
		&port->stats->packets[hook->direction][SGNL_REASON_SESSION];
	hook->ops = (struct nf_hook_ops){
		.hook = received ? sgnl_hook : sgnl_hook_egress,
		.dev = port->dev,
		.priv = hook,
		.pf = NFPROTO_NETDEV,
		.hooknum = hooknum,
		.priority = priority,
	};
}

static int turn_behind(const struct sgnl_port *before)
{
	return (before->hook[0].ops.priority - INT_MIN + 1) % TURNS;
}

static int attach(struct sgnl_port *port)
{
	const struct sgnl_port_conf *before;
	struct net *net = port->sn->net;
	int turn, err;

	before = sgnl_config_port_by_ifindex(sgnl_net_config(port->sn),
					     port->sn, port->ifindex);
	port->guarded = sgnl_guard_holds(port);
	port->attached = sgnl_session_now();
	turn = before ? turn_behind(before->port) : 0;
	fill_ops(port, &port->hook[0], NF_NETDEV_INGRESS, INT_MIN + turn);
	fill_ops(port, &port->hook[1], NF_NETDEV_EGRESS,
		 INT_MAX - TURNS + turn);
	err = nf_register_net_hook(net, &port->hook[0].ops);
	if (err)
		return err;
	err = nf_register_net_hook(net, &port->hook[1].ops);
	if (err) {
		nf_unregister_net_hook(net, &port->hook[0].ops);
		return err;
	}
	port->hooked = true;
	return 0;
}

static void detach(struct sgnl_port *port)
{
	struct net *net = port->sn->net;

	nf_unregister_net_hook(net, &port->hook[0].ops);
	nf_unregister_net_hook(net, &port->hook[1].ops);
	port->hooked = false;
}

static const struct sgnl_port_ops port_ops = {
	.attach = attach,
	.detach = detach,
	.open = sgnl_guard_open,
	.close = sgnl_guard_close,
	.addresses = sgnl_follow_addresses,
};

/*
 * The kernel says each second again that a device is gone, as long as somebody has
 * a reference: by then its number may be another one's.
 */
static bool has_heir(const struct net_device *dev)
{
	const struct net_device *now;

	now = __dev_get_by_index(dev_net(dev), dev->ifindex);
	return now && now != dev;
}

/*
 * A device that moves to another namespace is unregistered in the old one and
 * registered in the new one, down. Nobody heeds what the latter says of it, so
 * a device that could not be held then does not come up.
 */
static int device_event(struct notifier_block *block, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct sgnl_net *sn = sgnl_net(dev_net(dev));

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
	case NETDEV_PRE_UP:
		return notifier_from_errno(sgnl_guard_meet(sn, dev));
	case NETDEV_UNREGISTER:
		if (has_heir(dev))
			break;
		if (sgnl_txn_device_gone(sn, dev->ifindex))
			observer->port_gone(sn, dev->ifindex);
		sgnl_guard_gone(sn, dev->ifindex);
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = device_event,
};

/**
 * sgnl_port_init() - begins to follow devices
 * @who: is told of ports whose devices go
 *
 * Context: may sleep.
 * Return: 0 or an error.
 */
int sgnl_port_init(const struct sgnl_hook_observer *who)
{
	observer = who;
	sgnl_txn_init(&port_ops, &sgnl_guard_ops);
	return register_netdevice_notifier(&notifier);
}

/**
 * sgnl_port_exit() - no longer follows devices
 *
 * Context: may sleep.
 */
void sgnl_port_exit(void)
{
	unregister_netdevice_notifier(&notifier);
}
