/* SPDX-License-Identifier: GPL-2.0 */
/* Platform traffic: what snapshots say of it, and its counters. */
#ifndef SGNL_TABLE_PLATFORM_H
#define SGNL_TABLE_PLATFORM_H

#include <linux/percpu.h>
#include <linux/refcount.h>
#include "../core/platform.h"

/**
 * struct sgnl_platform_conf - what a snapshot says of platform traffic
 * @ref: snapshots that say so
 * @platform: what they say; immutable once a second snapshot does
 */
struct sgnl_platform_conf {
	refcount_t ref;
	struct sgnl_platform platform;
};

/**
 * struct sgnl_platform_stats - one CPU's counts of a network namespace
 * @packets: those that passed, by enum sgnl_platform_item
 */
struct sgnl_platform_stats {
	u64 packets[SGNL_PLATFORM_ITEM_MAX + 1];
};

struct sgnl_platform_conf *sgnl_platform_conf_create(gfp_t gfp);
struct sgnl_platform_conf *
sgnl_platform_conf_clone(const struct sgnl_platform_conf *conf, gfp_t gfp);
void sgnl_platform_conf_get(struct sgnl_platform_conf *conf);
void sgnl_platform_conf_put(struct sgnl_platform_conf *conf);
u64 sgnl_platform_stats_sum(struct sgnl_platform_stats __percpu *stats,
			    unsigned int item);

/**
 * sgnl_platform_count() - counts a packet, if it passed by an item
 * @stats: the namespace's counts
 * @reason: what came of the packet
 */
static inline void
sgnl_platform_count(struct sgnl_platform_stats __percpu *stats,
		    enum sgnl_reason reason)
{
	int item = sgnl_platform_item(reason);

	if (item >= 0)
		this_cpu_inc(stats->packets[item]);
}

#endif
