/* SPDX-License-Identifier: GPL-2.0 */
/* What sgnl keeps for one network namespace. */
#ifndef SGNL_TABLE_NET_H
#define SGNL_TABLE_NET_H

#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include "config.h"
#include "member.h"
#include "policy_cache.h"

struct sgnl_audit;
struct sgnl_pending;

/**
 * struct sgnl_net - one network namespace
 * @config: the snapshot in force; replaced under @lock
 * @audit: the audit that runs, or NULL; likewise; of table/audit.h
 * @platform_stats: packets that passed as platform traffic
 * @net: the namespace
 * @users: it belongs to another user namespace than the first: whoever may make
 *	such can have any number of them, so they share a part of what the host
 *	has
 * @members: members by address
 * @lock: serializes transactions; taken inside RTNL where both are
 * @rules: struct sgnl_counter by id, those of all snapshots that there are yet
 * @ports: by device, struct sgnl_port, those of all snapshots that there are yet
 * @policies: compiled policies
 * @next_group: number of the next group
 * @next_rule: as in struct sgnl_txn
 * @next_port: number of the next port
 * @next_list: number of the next list
 * @sessions: sessions of all its ports
 * @events_lost: events that could not be delivered
 * @guards: struct sgnl_guard of hook/guard.h, by number of device
 * @retired: transactions whose old state is still to be freed, in order
 * @retire_work: frees it
 * @expiry_work: deletes rules that have expired
 * @follow_work: looks at devices that ports follow; of hook/follow.h
 * @pending: the commit that waits to be confirmed, or NULL; of
 *	table/txn_confirm.c
 * @confirm_work: takes it back
 * @audited: the audit that runs, or the last one, or NULL
 * @audits: how many there were
 *
 * What packets read is in front, away from what they write and from @lock, which
 * whoever looks at the configuration takes.
 */
struct sgnl_net {
	struct sgnl_config __rcu *config;
	struct sgnl_audit __rcu *audit;
	struct sgnl_platform_stats __percpu *platform_stats;
	struct net *net;
	bool users;
	struct sgnl_members members;
	struct mutex lock; /* all that is written, but by packets */
	struct xarray rules;
	DECLARE_HASHTABLE(ports, 8);
	struct sgnl_policy_cache policies;
	u32 next_group;
	u32 next_rule;
	u32 next_port;
	u32 next_list;
	atomic_t sessions;
	atomic64_t events_lost;
	struct xarray guards;
	struct list_head retired;
	struct work_struct retire_work;
	struct delayed_work expiry_work;
	struct delayed_work follow_work;
	struct sgnl_pending *pending;
	struct delayed_work confirm_work;
	struct sgnl_audit *audited;
	u32 audits;
};

extern unsigned int sgnl_net_id;

struct sgnl_net *sgnl_net(const struct net *net);
int sgnl_net_init(struct sgnl_net *sn, struct net *net);
void sgnl_net_exit(struct sgnl_net *sn);

/**
 * sgnl_net_config() - the snapshot in force, for whoever holds the lock
 * @sn: the namespace
 */
static inline struct sgnl_config *sgnl_net_config(struct sgnl_net *sn)
{
	return rcu_dereference_protected(sn->config,
					 lockdep_is_held(&sn->lock));
}

#endif
