/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers of 128 bits in ascending order. */
#ifndef SGNL_CORE_RADIX_H
#define SGNL_CORE_RADIX_H

#include <linux/types.h>
#include "addr.h"

/**
 * struct sgnl_radix_item - what is sorted
 * @at: by this, as a number
 * @value: what it stands for
 */
struct sgnl_radix_item {
	struct sgnl_addr at;
	u64 value;
};

struct sgnl_radix_item *sgnl_radix_sort(struct sgnl_radix_item *item,
					struct sgnl_radix_item *spare,
					unsigned int n);

#endif
