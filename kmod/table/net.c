// SPDX-License-Identifier: GPL-2.0
/* What sgnl keeps for one network namespace. */
#include <linux/user_namespace.h>
#include <net/netns/generic.h>

#include "expiry.h"
#include "net.h"
#include "txn.h"

unsigned int sgnl_net_id;

/**
 * sgnl_net() - sgnl's part of a network namespace
 * @net: the namespace
 *
 * Context: any, while the namespace lives.
 */
struct sgnl_net *sgnl_net(const struct net *net)
{
	return net_generic(net, sgnl_net_id);
}

/**
 * sgnl_net_init() - sets up a new network namespace
 * @sn: sgnl's part of it
 * @net: the namespace
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sgnl_net_init(struct sgnl_net *sn, struct net *net)
{
	struct sgnl_config *config;
	int err = -ENOMEM;

	config = sgnl_config_create(GFP_KERNEL_ACCOUNT);
	if (!config)
		return err;
	sn->platform_stats = alloc_percpu_gfp(struct sgnl_platform_stats,
					      GFP_KERNEL_ACCOUNT);
	if (!sn->platform_stats)
		goto destroy_config;
	err = sgnl_members_init(&sn->members);
	if (err)
		goto free_stats;
	sn->net = net;
	sn->users = net->user_ns != &init_user_ns;
	hash_init(sn->ports);
	xa_init(&sn->rules);
	mutex_init(&sn->lock);
	sgnl_policy_cache_init(&sn->policies);
	sn->next_group = 1;
	sn->next_rule = 1;
	sn->next_port = 1;
	xa_init(&sn->guards);
	sn->next_list = 1;
	INIT_LIST_HEAD(&sn->retired);
	INIT_WORK(&sn->retire_work, sgnl_txn_retire);
	INIT_DELAYED_WORK(&sn->expiry_work, sgnl_expiry_work);
	RCU_INIT_POINTER(sn->config, config);
	return 0;

free_stats:
	free_percpu(sn->platform_stats);
destroy_config:
	sgnl_config_destroy(config);
	return err;
}

/**
 * sgnl_net_exit() - frees what a network namespace had
 * @sn: sgnl's part of it; its devices are gone
 *
 * Context: may sleep.
 */
void sgnl_net_exit(struct sgnl_net *sn)
{
	cancel_delayed_work_sync(&sn->expiry_work);
	flush_work(&sn->retire_work);
	mutex_lock(&sn->lock);
	sgnl_config_destroy(sgnl_net_config(sn));
	RCU_INIT_POINTER(sn->config, NULL);
	mutex_unlock(&sn->lock);
	sgnl_members_exit(&sn->members);
	WARN_ON_ONCE(!hash_empty(sn->ports) || !xa_empty(&sn->rules));
	free_percpu(sn->platform_stats);
	WARN_ON_ONCE(!xa_empty(&sn->guards));
	xa_destroy(&sn->guards);
}
