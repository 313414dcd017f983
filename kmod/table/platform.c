// SPDX-License-Identifier: GPL-2.0
/* Platform traffic: what snapshots say of it, and its counters. */
#include <linux/slab.h>
#include <linux/string.h>

#include "platform.h"

/**
 * sgnl_platform_conf_create() - what a new namespace says: all is on, and
 *                               nobody is a load balancer or a probe
 * @gfp: how to allocate
 *
 * Return: it with one reference, or NULL if memory ran out.
 */
struct sgnl_platform_conf *sgnl_platform_conf_create(gfp_t gfp)
{
	struct sgnl_platform_conf *conf = kzalloc(sizeof(*conf), gfp);

	if (conf)
		refcount_set(&conf->ref, 1);
	return conf;
}

/**
 * sgnl_platform_conf_clone() - copies what a snapshot says, to change the copy
 * @conf: what it says
 * @gfp: how to allocate
 *
 * Return: the copy with one reference, or NULL if memory ran out.
 */
struct sgnl_platform_conf *
sgnl_platform_conf_clone(const struct sgnl_platform_conf *conf, gfp_t gfp)
{
	struct sgnl_platform_conf *copy = kmemdup(conf, sizeof(*conf), gfp);

	if (copy)
		refcount_set(&copy->ref, 1);
	return copy;
}

/**
 * sgnl_platform_conf_get() - takes a reference
 * @conf: what a snapshot says
 */
void sgnl_platform_conf_get(struct sgnl_platform_conf *conf)
{
	refcount_inc(&conf->ref);
}

/**
 * sgnl_platform_conf_put() - gives a reference back
 * @conf: what a snapshot says, which no packet can see any more; or NULL
 */
void sgnl_platform_conf_put(struct sgnl_platform_conf *conf)
{
	if (conf && refcount_dec_and_test(&conf->ref))
		kfree(conf);
}

/**
 * sgnl_platform_stats_sum() - sums up what all CPUs counted of an item
 * @stats: the counts
 * @item: enum sgnl_platform_item
 *
 * Context: any.
 */
u64 sgnl_platform_stats_sum(struct sgnl_platform_stats __percpu *stats,
			    unsigned int item)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(stats, cpu)->packets[item]);
	return sum;
}
