// SPDX-License-Identifier: GPL-2.0
/* Packets by direction and reason. */
#include "stats.h"

/**
 * sgnl_stats_sum() - sums up what all CPUs counted
 * @stats: the counts
 * @sum: where to
 *
 * Context: any.
 */
void sgnl_stats_sum(struct sgnl_stats __percpu *stats, struct sgnl_stats *sum)
{
	int cpu, direction, reason;

	*sum = (struct sgnl_stats){};
	for_each_possible_cpu(cpu) {
		struct sgnl_stats *one = per_cpu_ptr(stats, cpu);

		for (direction = 0; direction < 2; direction++)
			for (reason = 0; reason <= SGNL_REASON_MAX; reason++)
				sum->packets[direction][reason] += READ_ONCE(
					one->packets[direction][reason]);
	}
}
