// SPDX-License-Identifier: GPL-2.0
/* The memory of hints: each CPU's own, while it is online. */
#include <linux/cpuhotplug.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "hint.h"

DEFINE_PER_CPU(struct sgnl_hint *, sgnl_hints);
u64 sgnl_hint_key[2] __read_mostly;

static enum cpuhp_state hotplug;

/* Before a CPU comes online. */
static int prepare(unsigned int cpu)
{
	struct sgnl_hint *hints;

	hints = kvzalloc_node(sizeof(*hints) << SGNL_HINT_BITS, GFP_KERNEL,
			      cpu_to_node(cpu));
	if (!hints)
		return -ENOMEM;
	per_cpu(sgnl_hints, cpu) = hints;
	return 0;
}

/* It is offline, or there is no packet any more. */
static int dead(unsigned int cpu)
{
	kvfree(per_cpu(sgnl_hints, cpu));
	per_cpu(sgnl_hints, cpu) = NULL;
	return 0;
}

/**
 * sgnl_hint_init() - gives hints to CPUs, those online and those that come
 *
 * Context: may sleep; before any packet.
 * Return: 0 or -ENOMEM.
 */
int sgnl_hint_init(void)
{
	unsigned int i;
	int ret;

	get_random_bytes(sgnl_hint_key, sizeof(sgnl_hint_key));
	/* A product by an odd number loses nothing. */
	for (i = 0; i < ARRAY_SIZE(sgnl_hint_key); i++)
		sgnl_hint_key[i] |= 1;
	ret = cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "net/sgnl:prepare",
				prepare, dead);
	if (ret < 0)
		return ret;
	hotplug = ret;
	return 0;
}

/**
 * sgnl_hint_exit() - frees them
 *
 * Context: may sleep; when there is no packet any more.
 */
void sgnl_hint_exit(void)
{
	cpuhp_remove_state(hotplug);
}
