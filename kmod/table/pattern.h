/* SPDX-License-Identifier: GPL-2.0 */
/* Guard patterns: names of devices that are closed until they are ports. */
#ifndef SGNL_TABLE_PATTERN_H
#define SGNL_TABLE_PATTERN_H

#include <linux/refcount.h>
#include "../core/limits.h"
#include "../core/pattern.h"
#include "array.h"

/**
 * struct sgnl_pattern - a guard pattern; it never changes
 * @ref: arrays that hold it
 * @slot: its bit in what tells which patterns hold a device
 * @text: the pattern
 */
struct sgnl_pattern {
	refcount_t ref;
	u8 slot;
	char text[SGNL_PATTERN_MAX + 1];
};

struct sgnl_pattern *sgnl_pattern_create(const char *text, u8 slot, gfp_t gfp);
void sgnl_pattern_put(struct sgnl_pattern *pattern);
struct sgnl_pattern *sgnl_pattern_find(const struct sgnl_array *patterns,
				       const char *text, unsigned int *pos);
bool sgnl_pattern_matches(const struct sgnl_pattern *pattern, const char *name);

extern const struct sgnl_array_ops sgnl_patterns_ops;

#endif
