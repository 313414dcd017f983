/* SPDX-License-Identifier: GPL-2.0 */
/* Devices that guard patterns hold: closed until they are ports (D1). */
#ifndef SGNL_HOOK_GUARD_H
#define SGNL_HOOK_GUARD_H

#include <linux/netfilter.h>
#include "../table/txn.h"

/**
 * struct sgnl_guard - a device that patterns hold
 * @rcu: to free it
 * @dev: the device
 * @patterns: bits of the patterns that have matched its name
 * @again: bits of those that will hold it whatever its name is, in the next snapshot
 * @open: it is a port, whose hooks judge its packets
 * @drops: packets dropped while it was closed
 * @ops: its netfilter hooks, ingress and egress
 *
 * In its namespace's guards, by number of device. Written under RTNL and the
 * namespace's lock.
 */
struct sgnl_guard {
	struct rcu_head rcu;
	struct net_device *dev;
	u64 patterns;
	u64 again;
	bool open;
	atomic64_t drops;
	struct nf_hook_ops ops[2];
};

extern const struct sgnl_guard_ops sgnl_guard_ops;

bool sgnl_guard_would_hold(struct sgnl_net *sn,
			   const struct sgnl_array *patterns, int ifindex);
int sgnl_guard_meet(struct sgnl_net *sn, struct net_device *dev);
void sgnl_guard_gone(struct sgnl_net *sn, int ifindex);
bool sgnl_guard_holds(const struct sgnl_port *port);
void sgnl_guard_open(struct sgnl_port *port);
void sgnl_guard_close(struct sgnl_port *port);

#endif
