// SPDX-License-Identifier: GPL-2.0
/* Changes of platform traffic. */
#include "txn.h"

/* Makes what the snapshot says of it the transaction's own, to write to. */
static struct sgnl_platform *own(struct sgnl_txn *txn)
{
	struct sgnl_platform_conf *conf = txn->config->platform, *copy;

	if (refcount_read(&conf->ref) == 1)
		return &conf->platform;
	copy = sgnl_platform_conf_clone(conf, txn->gfp);
	if (!copy)
		return NULL;
	sgnl_platform_conf_put(conf);
	txn->config->platform = copy;
	return &copy->platform;
}

/**
 * sgnl_txn_platform_set() - changes an item of platform traffic
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_platform_set(struct sgnl_txn *txn,
			  const struct sgnl_platform_args *args)
{
	struct sgnl_platform *platform = own(txn);
	u32 bit = BIT(args->item);

	if (!platform)
		return sgnl_txn_out_of_memory(txn);
	if (args->has_switch)
		platform->off = args->on ? platform->off & ~bit :
					   platform->off | bit;
	if (args->has_list && args->item == SGNL_PLATFORM_ITEM_SLB)
		platform->slb = args->list;
	if (args->has_list && args->item == SGNL_PLATFORM_ITEM_PROBE)
		platform->probe = args->list;
	return 0;
}
