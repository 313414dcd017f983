// SPDX-License-Identifier: GPL-2.0
/* Prefix lists and port lists, as snapshots hold them (R6). */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "list.h"

static size_t entries_size(u8 kind, u16 max)
{
	const struct sgnl_prefix_list *prefixes = NULL;
	const struct sgnl_port_list *ports = NULL;

	return kind == SGNL_LIST_PREFIX ? struct_size(prefixes, entry, max) :
					  struct_size(ports, entry, max);
}

/* Where a list's entries are, whatever they are. */
static void *entries_of(const struct sgnl_list *list)
{
	return list->kind == SGNL_LIST_PREFIX ? (void *)list->prefixes :
						(void *)list->ports;
}

static bool set_entries(struct sgnl_list *list, void *entries)
{
	if (list->kind == SGNL_LIST_PREFIX)
		list->prefixes = entries;
	else
		list->ports = entries;
	return entries;
}

/**
 * sgnl_list_create() - creates a list without entries
 * @id: its number
 * @name: its name, at most SGNL_NAME_MAX bytes
 * @kind: enum sgnl_list_kind
 * @family: enum sgnl_family, of a prefix list
 * @max: entries that there may be
 * @gfp: how to allocate
 *
 * Return: the list with one reference, or NULL if memory ran out.
 */
struct sgnl_list *sgnl_list_create(u32 id, const char *name, u8 kind, u8 family,
				   u16 max, gfp_t gfp)
{
	struct sgnl_list *list = kzalloc(sizeof(*list), gfp);

	if (!list)
		return NULL;
	refcount_set(&list->ref, 1);
	list->id = id;
	list->kind = kind;
	list->family = family;
	list->max = max;
	strscpy(list->name, name, sizeof(list->name));
	if (!set_entries(list, kvzalloc(entries_size(kind, max), gfp))) {
		kfree(list);
		return NULL;
	}
	return list;
}

/**
 * sgnl_list_clone() - copies a list, to change the copy
 * @list: the list
 * @gfp: how to allocate
 *
 * Return: the copy with one reference, or NULL if memory ran out.
 */
struct sgnl_list *sgnl_list_clone(const struct sgnl_list *list, gfp_t gfp)
{
	struct sgnl_list *copy;

	copy = sgnl_list_create(list->id, list->name, list->kind, list->family,
				list->max, gfp);
	if (!copy)
		return NULL;
	if (list->description &&
	    sgnl_list_describe(copy, list->description, gfp)) {
		sgnl_list_put(copy);
		return NULL;
	}
	memcpy(entries_of(copy), entries_of(list),
	       entries_size(list->kind, list->max));
	return copy;
}

static void list_get(void *item)
{
	struct sgnl_list *list = item;

	refcount_inc(&list->ref);
}

/**
 * sgnl_list_put() - gives a reference back
 * @list: the list
 *
 * Context: may sleep.
 */
void sgnl_list_put(struct sgnl_list *list)
{
	if (!refcount_dec_and_test(&list->ref))
		return;
	kvfree(entries_of(list));
	kfree(list->description);
	kfree(list);
}

static void list_put(void *item)
{
	sgnl_list_put(item);
}

const struct sgnl_array_ops sgnl_lists_ops = {
	.get = list_get,
	.put = list_put,
};

/**
 * sgnl_list_describe() - sets a list's description
 * @list: the list, the caller's own
 * @description: the text
 * @gfp: how to allocate
 *
 * Return: 0 or -ENOMEM.
 */
int sgnl_list_describe(struct sgnl_list *list, const char *description,
		       gfp_t gfp)
{
	char *copy = kstrdup(description, gfp);

	if (!copy)
		return -ENOMEM;
	kfree(list->description);
	list->description = copy;
	return 0;
}

/**
 * sgnl_list_noun() - what people call such a list
 * @kind: enum sgnl_list_kind
 */
const char *sgnl_list_noun(u8 kind)
{
	return kind == SGNL_LIST_PREFIX ? "prefix-list" : "port-list";
}

/**
 * sgnl_list_entries() - how many entries a list has
 * @list: the list
 */
unsigned int sgnl_list_entries(const struct sgnl_list *list)
{
	return list->kind == SGNL_LIST_PREFIX ? list->prefixes->n :
						list->ports->n;
}

static bool find(const struct sgnl_list *list,
		 const struct sgnl_list_entries *entries, unsigned int i,
		 unsigned int *pos)
{
	return list->kind == SGNL_LIST_PREFIX ?
		       sgnl_prefix_list_find(list->prefixes,
					     &entries->prefix[i], pos) :
		       sgnl_port_list_find(list->ports, &entries->range[i],
					   pos);
}

/**
 * sgnl_list_has() - is an entry in a list?
 * @list: the list
 * @entries: entries of its kind
 * @i: which of them
 */
bool sgnl_list_has(const struct sgnl_list *list,
		   const struct sgnl_list_entries *entries, unsigned int i)
{
	unsigned int pos;

	return find(list, entries, i, &pos);
}

/**
 * sgnl_list_insert() - adds an entry to a list, unless it is there
 * @list: the list, the caller's own
 * @entries: entries of its kind
 * @i: which of them
 *
 * Return: false if there is no room.
 */
bool sgnl_list_insert(struct sgnl_list *list,
		      const struct sgnl_list_entries *entries, unsigned int i)
{
	unsigned int n = sgnl_list_entries(list), pos;

	if (find(list, entries, i, &pos))
		return true;
	if (n == list->max)
		return false;
	if (list->kind == SGNL_LIST_PREFIX) {
		struct sgnl_prefix *entry = list->prefixes->entry;

		memmove(entry + pos + 1, entry + pos,
			(n - pos) * sizeof(*entry));
		entry[pos] = entries->prefix[i];
		list->prefixes->n++;
	} else {
		struct sgnl_port_range *entry = list->ports->entry;

		memmove(entry + pos + 1, entry + pos,
			(n - pos) * sizeof(*entry));
		entry[pos] = entries->range[i];
		list->ports->n++;
	}
	return true;
}

/**
 * sgnl_list_remove() - takes an entry from a list
 * @list: the list, the caller's own
 * @entries: entries of its kind
 * @i: which of them; it is in the list
 */
void sgnl_list_remove(struct sgnl_list *list,
		      const struct sgnl_list_entries *entries, unsigned int i)
{
	unsigned int pos;

	find(list, entries, i, &pos);
	if (list->kind == SGNL_LIST_PREFIX) {
		struct sgnl_prefix *entry = list->prefixes->entry;

		list->prefixes->n--;
		memmove(entry + pos, entry + pos + 1,
			(list->prefixes->n - pos) * sizeof(*entry));
	} else {
		struct sgnl_port_range *entry = list->ports->entry;

		list->ports->n--;
		memmove(entry + pos, entry + pos + 1,
			(list->ports->n - pos) * sizeof(*entry));
	}
}

/**
 * sgnl_list_clear() - takes all entries from a list
 * @list: the list, the caller's own
 */
void sgnl_list_clear(struct sgnl_list *list)
{
	if (list->kind == SGNL_LIST_PREFIX)
		list->prefixes->n = 0;
	else
		list->ports->n = 0;
}

static int compare_id(const void *item, const void *key)
{
	const struct sgnl_list *list = item;
	const u32 *id = key;

	return list->id < *id ? -1 : list->id > *id;
}

/**
 * sgnl_lists_find() - finds a list by its number
 * @lists: lists, by number
 * @id: the number
 * @pos: its place, or where it would have to be
 *
 * Return: the list, without a reference, or NULL.
 */
struct sgnl_list *sgnl_lists_find(const struct sgnl_array *lists, u32 id,
				  unsigned int *pos)
{
	if (!sgnl_array_find(lists, compare_id, &id, pos))
		return NULL;
	return lists->item[*pos];
}
