// SPDX-License-Identifier: GPL-2.0
/* Sorted arrays of pointers that snapshots share until one is written to. */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "array.h"

/*
 * With __GFP_NOFAIL until there is memory. Kernels that wait themselves map the
 * pages again on top of those that were mapped when there was none for a page
 * table (__vmalloc_area_node(), of 6.1 and of 6.12): they find them there, warn,
 * and try again, for ever. Here each try is a new one; but who is killed gets
 * pages in the kernel's way alone.
 */
static void *alloc(size_t size, gfp_t gfp)
{
	gfp_t once = (gfp & ~__GFP_NOFAIL) | __GFP_NOWARN;
	void *memory;

	if (size <= PAGE_SIZE || !(gfp & __GFP_NOFAIL))
		return kvmalloc(size, gfp);
	while (!fatal_signal_pending(current)) {
		memory = kvmalloc(size, once);
		if (memory)
			return memory;
		schedule_timeout_uninterruptible(1);
	}
	return kvmalloc(size, gfp);
}

static struct sgnl_array *array_alloc(const struct sgnl_array_ops *ops,
				      unsigned int cap, gfp_t gfp)
{
	struct sgnl_array *array;

	array = alloc(struct_size(array, item, cap), gfp);
	if (!array)
		return NULL;
	refcount_set(&array->ref, 1);
	array->ops = ops;
	array->n = 0;
	array->cap = cap;
	return array;
}

/**
 * sgnl_array_create() - creates an empty array
 * @ops: what to do with items
 * @gfp: how to allocate
 *
 * Context: as @gfp says.
 * Return: the array with one reference, or NULL if memory ran out.
 */
struct sgnl_array *sgnl_array_create(const struct sgnl_array_ops *ops,
				     gfp_t gfp)
{
	return array_alloc(ops, 0, gfp);
}

/**
 * sgnl_array_get() - takes a reference
 * @array: the array
 *
 * Return: @array.
 */
struct sgnl_array *sgnl_array_get(struct sgnl_array *array)
{
	refcount_inc(&array->ref);
	return array;
}

/**
 * sgnl_array_put() - gives a reference back; the last one frees the array
 * @array: the array, or NULL
 *
 * Context: may sleep.
 */
void sgnl_array_put(struct sgnl_array *array)
{
	unsigned int i;

	if (!array || !refcount_dec_and_test(&array->ref))
		return;
	if (array->ops->put)
		for (i = 0; i < array->n; i++)
			if (array->item[i])
				array->ops->put(array->item[i]);
	kvfree(array);
}

/* Makes *array the caller's own, with room for n more items. */
static int array_own(struct sgnl_array **array, unsigned int n, gfp_t gfp)
{
	struct sgnl_array *old = *array, *new;
	bool shared = refcount_read(&old->ref) > 1;
	unsigned int i;

	if (!shared && old->n + n <= old->cap)
		return 0;
	new = array_alloc(old->ops, old->n + n + (n ? old->n / 2 : 0), gfp);
	if (!new)
		return -ENOMEM;
	memcpy(new->item, old->item, old->n * sizeof(old->item[0]));
	new->n = old->n;
	if (shared) {
		if (new->ops->get)
			for (i = 0; i < new->n; i++)
				if (new->item[i])
					new->ops->get(new->item[i]);
		sgnl_array_put(old);
	} else {
		kvfree(old); /* the items moved */
	}
	*array = new;
	return 0;
}

/**
 * sgnl_array_own() - makes an array the caller's own, to write to
 * @array: the array; replaced by a copy if it is shared
 * @gfp: how to allocate
 *
 * Return: 0 or -ENOMEM.
 */
int sgnl_array_own(struct sgnl_array **array, gfp_t gfp)
{
	return array_own(array, 0, gfp);
}

/**
 * sgnl_array_insert() - puts an item into an array
 * @array: the array; replaced by a copy if it is shared
 * @pos: its place; what is there and behind moves up
 * @item: the item; the array takes over the caller's reference on success
 * @gfp: how to allocate
 *
 * Return: 0 or -ENOMEM.
 */
int sgnl_array_insert(struct sgnl_array **array, unsigned int pos, void *item,
		      gfp_t gfp)
{
	struct sgnl_array *a;
	int err;

	err = array_own(array, 1, gfp);
	if (err)
		return err;
	a = *array;
	memmove(&a->item[pos + 1], &a->item[pos],
		(a->n - pos) * sizeof(a->item[0]));
	a->item[pos] = item;
	a->n++;
	return 0;
}

/**
 * sgnl_array_remove() - takes an item out of an array and puts it
 * @array: the array; replaced by a copy if it is shared
 * @pos: its place
 * @gfp: how to allocate
 *
 * Return: 0 or -ENOMEM.
 */
int sgnl_array_remove(struct sgnl_array **array, unsigned int pos, gfp_t gfp)
{
	struct sgnl_array *a;
	void *item;
	int err;

	err = sgnl_array_own(array, gfp);
	if (err)
		return err;
	a = *array;
	item = a->item[pos];
	a->n--;
	memmove(&a->item[pos], &a->item[pos + 1],
		(a->n - pos) * sizeof(a->item[0]));
	if (a->ops->put && item)
		a->ops->put(item);
	return 0;
}

/**
 * sgnl_array_replace() - puts another item in one's place
 * @array: the array; replaced by a copy if it is shared
 * @pos: the place
 * @item: the new item, or NULL for none; the array takes over the caller's
 *        reference on success
 * @gfp: how to allocate
 *
 * Return: 0 or -ENOMEM.
 */
int sgnl_array_replace(struct sgnl_array **array, unsigned int pos, void *item,
		       gfp_t gfp)
{
	struct sgnl_array *a;
	void *old;
	int err;

	err = sgnl_array_own(array, gfp);
	if (err)
		return err;
	a = *array;
	old = a->item[pos];
	a->item[pos] = item;
	if (a->ops->put && old)
		a->ops->put(old);
	return 0;
}

/**
 * sgnl_array_find() - binary search
 * @array: the array, sorted as @compare says
 * @compare: compares an item with @key
 * @key: what is looked for
 * @pos: where it is, or where it would have to be
 *
 * Return: true if it is there.
 */
bool sgnl_array_find(const struct sgnl_array *array, sgnl_array_compare compare,
		     const void *key, unsigned int *pos)
{
	unsigned int low = 0, high = array->n;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		int c = compare(array->item[mid], key);

		if (!c) {
			*pos = mid;
			return true;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*pos = low;
	return false;
}
