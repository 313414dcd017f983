/* SPDX-License-Identifier: GPL-2.0 */
/* What rules name instead of a prefix or a range: lists of them (R6). */
#ifndef SGNL_CORE_LIST_H
#define SGNL_CORE_LIST_H

#include <linux/types.h>
#include "addr.h"

/**
 * struct sgnl_port_range - the ports from @min to @max, both in it
 * @min: first port
 * @max: last port
 *
 * All ports are 0 to 65535: port 0 is matched by such a range alone, since
 * every other one begins at 1 or above.
 */
struct sgnl_port_range {
	u16 min;
	u16 max;
};

/**
 * struct sgnl_prefix_list - prefixes of one family
 * @n: how many
 * @entry: the prefixes in canonical form, ascending, each once
 */
struct sgnl_prefix_list {
	unsigned int n;
	struct sgnl_prefix entry[];
};

/**
 * struct sgnl_port_list - ranges of ports
 * @n: how many
 * @entry: the ranges, ascending, each once; port 0 is in none
 */
struct sgnl_port_list {
	unsigned int n;
	struct sgnl_port_range entry[];
};

bool sgnl_prefix_list_find(const struct sgnl_prefix_list *list,
			   const struct sgnl_prefix *prefix, unsigned int *pos);
bool sgnl_prefix_list_match(const struct sgnl_prefix_list *list,
			    const struct sgnl_addr *addr, u8 family);
bool sgnl_port_list_find(const struct sgnl_port_list *list,
			 const struct sgnl_port_range *range,
			 unsigned int *pos);
bool sgnl_port_list_match(const struct sgnl_port_list *list, u16 port);

#endif
