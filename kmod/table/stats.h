/* SPDX-License-Identifier: GPL-2.0 */
/* Packets by direction and reason. */
#ifndef SGNL_TABLE_STATS_H
#define SGNL_TABLE_STATS_H

#include <linux/percpu.h>
#include <linux/sgnl.h>

/**
 * struct sgnl_stats - one CPU's counts of one port
 * @packets: by enum sgnl_direction and enum sgnl_reason
 */
struct sgnl_stats {
	u64 packets[2][SGNL_REASON_MAX + 1];
};

static inline void sgnl_stats_count(struct sgnl_stats __percpu *stats,
				    u8 direction, enum sgnl_reason reason)
{
	this_cpu_inc(stats->packets[direction][reason]);
}

void sgnl_stats_sum(struct sgnl_stats __percpu *stats, struct sgnl_stats *sum);

#endif
