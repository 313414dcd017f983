/* SPDX-License-Identifier: GPL-2.0 */
/* Sorted arrays of pointers that snapshots share until one is written to. */
#ifndef SGNL_TABLE_ARRAY_H
#define SGNL_TABLE_ARRAY_H

#include <linux/refcount.h>
#include <linux/types.h>

/**
 * struct sgnl_array_ops - what an array does with its items
 * @get: takes a reference on an item, or NULL if the array only borrows them
 * @put: gives it back
 */
struct sgnl_array_ops {
	void (*get)(void *item);
	void (*put)(void *item);
};

/**
 * struct sgnl_array - a reference-counted array of pointers
 * @ref: how many snapshots or objects share it
 * @ops: what to do with items
 * @n: items in it
 * @cap: items that there is room for
 * @item: the items
 *
 * An array with one reference belongs to whoever holds it and may be written
 * to; one with more is immutable and is copied first (sgnl_array_own()).
 */
struct sgnl_array {
	refcount_t ref;
	const struct sgnl_array_ops *ops;
	unsigned int n;
	unsigned int cap;
	void *item[];
};

/* Compares an item with what is looked for: <0, 0, >0 as item is to key. */
typedef int (*sgnl_array_compare)(const void *item, const void *key);

struct sgnl_array *sgnl_array_create(const struct sgnl_array_ops *ops,
				     gfp_t gfp);
struct sgnl_array *sgnl_array_get(struct sgnl_array *array);
void sgnl_array_put(struct sgnl_array *array);
int sgnl_array_own(struct sgnl_array **array, gfp_t gfp);
int sgnl_array_insert(struct sgnl_array **array, unsigned int pos, void *item,
		      gfp_t gfp);
int sgnl_array_remove(struct sgnl_array **array, unsigned int pos, gfp_t gfp);
int sgnl_array_replace(struct sgnl_array **array, unsigned int pos, void *item,
		       gfp_t gfp);
bool sgnl_array_find(const struct sgnl_array *array, sgnl_array_compare compare,
		     const void *key, unsigned int *pos);

#endif
