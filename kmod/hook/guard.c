// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that guard patterns hold: closed until they are ports (D1).
 *
 * A held device has hooks of its own beside those of a port. They drop
 * everything unless they are open, and they are open only while every packet
 * that meets them meets the port's hooks too: table/txn.c closes them before,
 * and opens them after, and waits in between for packets that may still run
 * along the hooks as they were.
 */
#include <linux/err.h>
#include <linux/netdevice.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "guard.h"

static unsigned int guard_hook(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct sgnl_guard *guard = priv;

	if (READ_ONCE(guard->open))
		return NF_ACCEPT;
	atomic64_inc(&guard->drops);
	/* Silent, as a denial is (E10). */
	return NF_DROP_REASON(skb, SKB_DROP_REASON_NETFILTER_DROP, 0);
}

static void fill_ops(struct sgnl_guard *guard, struct nf_hook_ops *ops,
		     unsigned int hooknum, int priority)
{
	*ops = (struct nf_hook_ops){
		.hook = guard_hook,
		.dev = guard->dev,
		.priv = guard,
		.pf = NFPROTO_NETDEV,
		.hooknum = hooknum,
		.priority = priority,
	};
}

/* Takes hold of a device that no pattern holds yet. */
static struct sgnl_guard *create(struct sgnl_net *sn, struct net_device *dev,
				 bool open)
{
	struct sgnl_guard *guard;
	int err;

	guard = kzalloc(sizeof(*guard), GFP_KERNEL_ACCOUNT);
	if (!guard)
		return ERR_PTR(-ENOMEM);
	guard->dev = dev;
	guard->open = open;
	fill_ops(guard, &guard->ops[0], NF_NETDEV_INGRESS, INT_MIN);
	fill_ops(guard, &guard->ops[1], NF_NETDEV_EGRESS, INT_MAX);
	err = xa_insert(&sn->guards, dev->ifindex, guard, GFP_KERNEL);
	if (err)
		goto free;
	err = nf_register_net_hook(sn->net, &guard->ops[0]);
	if (err)
		goto erase;
	err = nf_register_net_hook(sn->net, &guard->ops[1]);
	if (err)
		goto unregister;
	return guard;

unregister:
	nf_unregister_net_hook(sn->net, &guard->ops[0]);
erase:
	xa_erase(&sn->guards, dev->ifindex);
free:
	kfree_rcu(guard, rcu);
	return ERR_PTR(err);
}

static void destroy(struct sgnl_net *sn, struct sgnl_guard *guard)
{
	nf_unregister_net_hook(sn->net, &guard->ops[0]);
	nf_unregister_net_hook(sn->net, &guard->ops[1]);
	xa_erase(&sn->guards, guard->dev->ifindex);
	kfree_rcu(guard, rcu);
}

static struct sgnl_port *port_of(struct sgnl_net *sn, int ifindex)
{
	struct sgnl_port_conf *conf;

	conf = sgnl_config_port_by_ifindex(sgnl_net_config(sn), sn, ifindex);
	return conf ? conf->port : NULL;
}

static struct sgnl_guard *guard_of(const struct sgnl_port *port)
{
	return xa_load(&port->sn->guards, port->ifindex);
}

/* Closes a device, unless it is a port: that one knows that it is held. */
static void close_unless_port(struct sgnl_net *sn, struct sgnl_guard *guard)
{
	struct sgnl_port *port = port_of(sn, guard->dev->ifindex);

	if (port)
		WRITE_ONCE(port->guarded, true);
	WRITE_ONCE(guard->open, port);
}

static void let_go(struct sgnl_net *sn, struct sgnl_guard *guard)
{
	struct sgnl_port *port = port_of(sn, guard->dev->ifindex);

	if (port)
		WRITE_ONCE(port->guarded, false);
	destroy(sn, guard);
}

/* Bits of those patterns that match a device's name. */
static u64 matches(const struct sgnl_array *patterns,
		   const struct net_device *dev)
{
	unsigned int i;
	u64 bits = 0;

	for (i = 0; i < patterns->n; i++) {
		const struct sgnl_pattern *pattern = patterns->item[i];

		if (sgnl_pattern_matches(pattern, dev->name))
			bits |= BIT_ULL(pattern->slot);
	}
	return bits;
}

/**
 * sgnl_guard_would_hold() - do patterns hold a device, or would they?
 * @sn: the namespace
 * @patterns: those in force, or a transaction's
 * @ifindex: number of the device
 *
 * Context: may sleep; under the namespace's lock.
 */
bool sgnl_guard_would_hold(struct sgnl_net *sn,
			   const struct sgnl_array *patterns, int ifindex)
{
	const struct sgnl_guard *guard = xa_load(&sn->guards, ifindex);
	const struct net_device *dev;
	unsigned int i;
	u64 bits = 0;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(sn->net, ifindex);
	if (dev)
		bits = matches(patterns, dev);
	rcu_read_unlock();
	/* What has closed it stays, whatever its name is now. */
	for (i = 0; guard && i < patterns->n; i++) {
		const struct sgnl_pattern *pattern = patterns->item[i];

		bits |= guard->patterns & BIT_ULL(pattern->slot);
	}
	return bits;
}

/**
 * sgnl_guard_meet() - holds a device if its name is one that patterns match
 * @sn: the namespace
 * @dev: the device: born, come from elsewhere, renamed, or about to come up
 *
 * A pattern that has closed a device holds it whatever its name is later.
 *
 * Context: may sleep; under RTNL.
 * Return: 0, or an error, whereupon the device must not pass anything.
 */
int sgnl_guard_meet(struct sgnl_net *sn, struct net_device *dev)
{
	struct sgnl_guard *guard;
	int err = 0;
	u64 bits;

	mutex_lock(&sn->lock);
	bits = matches(sgnl_net_config(sn)->patterns, dev);
	if (!bits)
		goto unlock;
	guard = xa_load(&sn->guards, dev->ifindex);
	if (!guard) {
		guard = create(sn, dev, port_of(sn, dev->ifindex));
		if (IS_ERR(guard)) {
			err = PTR_ERR(guard);
			goto unlock;
		}
		close_unless_port(sn, guard);
	}
	guard->patterns |= bits;
unlock:
	mutex_unlock(&sn->lock);
	return err;
}

/**
 * sgnl_guard_gone() - lets go of a device that leaves the namespace
 * @sn: the namespace
 * @ifindex: number of the device, which is down
 *
 * Context: may sleep; under RTNL.
 */
void sgnl_guard_gone(struct sgnl_net *sn, int ifindex)
{
	struct sgnl_guard *guard;

	mutex_lock(&sn->lock);
	guard = xa_load(&sn->guards, ifindex);
	if (guard)
		destroy(sn, guard);
	mutex_unlock(&sn->lock);
}

/**
 * sgnl_guard_holds() - does a pattern hold a port's device?
 * @port: the port
 *
 * Context: under RTNL and the namespace's lock.
 */
bool sgnl_guard_holds(const struct sgnl_port *port)
{
	return guard_of(port);
}

/**
 * sgnl_guard_open() - leaves a held device's packets to its port
 * @port: the port; every packet meets its hooks
 *
 * Context: under RTNL and the namespace's lock.
 */
void sgnl_guard_open(struct sgnl_port *port)
{
	struct sgnl_guard *guard = guard_of(port);

	if (guard)
		WRITE_ONCE(guard->open, true);
}

/**
 * sgnl_guard_close() - closes a held device again
 * @port: its port
 *
 * Context: under RTNL and the namespace's lock.
 */
void sgnl_guard_close(struct sgnl_port *port)
{
	struct sgnl_guard *guard = guard_of(port);

	if (!guard)
		return;
	WRITE_ONCE(port->guarded, true);
	WRITE_ONCE(guard->open, false);
}

/* Lets go of devices that are held by nothing. */
static void let_go_unheld(struct sgnl_net *sn)
{
	struct sgnl_guard *guard;
	unsigned long ifindex;

	xa_for_each(&sn->guards, ifindex, guard)
		if (!guard->patterns)
			let_go(sn, guard);
}

static unsigned int held(struct sgnl_net *sn, struct sgnl_held *held)
{
	struct sgnl_guard *guard;
	unsigned long ifindex;
	unsigned int n = 0;

	xa_for_each(&sn->guards, ifindex, guard) {
		if (held)
			held[n] =
				(struct sgnl_held){ ifindex, guard->patterns };
		n++;
	}
	return n;
}

static void cancel(struct sgnl_net *sn)
{
	struct sgnl_guard *guard;
	unsigned long ifindex;

	xa_for_each(&sn->guards, ifindex, guard)
		guard->again = 0;
	let_go_unheld(sn);
}

/* A device's hooks, which are open if they are new. */
static int prepare_device(struct sgnl_net *sn, struct net_device *dev,
			  u64 again)
{
	struct sgnl_guard *guard = xa_load(&sn->guards, dev->ifindex);

	if (!guard)
		guard = create(sn, dev, true);
	if (IS_ERR(guard))
		return PTR_ERR(guard);
	guard->again |= again;
	return 0;
}

/*
 * Devices that the next snapshot's patterns match, or held before, get their
 * hooks before it is sure to come; they are open until then.
 */
static int prepare(struct sgnl_net *sn, const struct sgnl_config *next,
		   const struct sgnl_held *again, unsigned int n_again)
{
	struct net_device *dev;
	unsigned int i;
	int err = 0;

	ASSERT_RTNL();
	for_each_netdev(sn->net, dev) {
		if (!err && matches(next->patterns, dev))
			err = prepare_device(sn, dev, 0);
	}
	for (i = 0; !err && i < n_again; i++) {
		dev = __dev_get_by_index(sn->net, again[i].ifindex);
		if (dev && again[i].patterns)
			err = prepare_device(sn, dev, again[i].patterns);
	}
	if (err)
		cancel(sn);
	return err;
}

/* Bits of the patterns that a snapshot has and another has not. */
static u64 lacking(const struct sgnl_array *has, const struct sgnl_array *lacks)
{
	unsigned int i, pos;
	u64 bits = 0;

	for (i = 0; i < has->n; i++) {
		const struct sgnl_pattern *pattern = has->item[i];

		if (sgnl_pattern_find(lacks, pattern->text, &pos) != pattern)
			bits |= BIT_ULL(pattern->slot);
	}
	return bits;
}

static void settle(struct sgnl_net *sn, const struct sgnl_config *old)
{
	const struct sgnl_config *config = sgnl_net_config(sn);
	u64 removed = lacking(old->patterns, config->patterns);
	struct sgnl_guard *guard;
	unsigned long ifindex;

	xa_for_each(&sn->guards, ifindex, guard) {
		bool prepared = !guard->patterns;

		guard->patterns &= ~removed;
		guard->patterns |= matches(config->patterns, guard->dev) |
				   guard->again;
		guard->again = 0;
		if (prepared)
			close_unless_port(sn, guard);
	}
	let_go_unheld(sn);
}

const struct sgnl_guard_ops sgnl_guard_ops = {
	.held = held,
	.prepare = prepare,
	.cancel = cancel,
	.settle = settle,
};
