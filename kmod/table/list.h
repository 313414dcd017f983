/* SPDX-License-Identifier: GPL-2.0 */
/* Prefix lists and port lists, as snapshots hold them (R6). */
#ifndef SGNL_TABLE_LIST_H
#define SGNL_TABLE_LIST_H

#include <linux/refcount.h>
#include <linux/sgnl.h>
#include "../core/limits.h"
#include "../core/list.h"
#include "array.h"

enum sgnl_list_kind {
	SGNL_LIST_PREFIX,
	SGNL_LIST_PORT,
};

/**
 * struct sgnl_list - a list in a snapshot
 * @ref: arrays that hold it; with one it may be written to
 * @id: its number, not used again
 * @kind: enum sgnl_list_kind
 * @family: enum sgnl_family, of a prefix list
 * @max: entries that there may be
 * @prefixes: the entries of a prefix list, with room for @max
 * @ports: likewise, of a port list
 * @description: text for people, possibly empty; the list's own
 * @name: its name
 */
struct sgnl_list {
	refcount_t ref;
	u32 id;
	u8 kind;
	u8 family;
	u16 max;
	union {
		struct sgnl_prefix_list *prefixes;
		struct sgnl_port_list *ports;
	};
	char *description;
	char name[SGNL_NAME_MAX + 1];
};

/**
 * struct sgnl_list_entries - entries to add to a list, or to take from it
 * @n: how many
 * @prefix: of a prefix list, in canonical form
 * @range: of a port list
 */
struct sgnl_list_entries {
	unsigned int n;
	union {
		struct sgnl_prefix prefix[SGNL_PREFIX_LIST_MAX];
		struct sgnl_port_range range[SGNL_PORT_LIST_MAX];
	};
};

struct sgnl_list *sgnl_list_create(u32 id, const char *name, u8 kind, u8 family,
				   u16 max, gfp_t gfp);
struct sgnl_list *sgnl_list_clone(const struct sgnl_list *list, gfp_t gfp);
void sgnl_list_put(struct sgnl_list *list);
int sgnl_list_describe(struct sgnl_list *list, const char *description,
		       gfp_t gfp);
const char *sgnl_list_noun(u8 kind);
unsigned int sgnl_list_entries(const struct sgnl_list *list);
bool sgnl_list_has(const struct sgnl_list *list,
		   const struct sgnl_list_entries *entries, unsigned int i);
bool sgnl_list_insert(struct sgnl_list *list,
		      const struct sgnl_list_entries *entries, unsigned int i);
void sgnl_list_remove(struct sgnl_list *list,
		      const struct sgnl_list_entries *entries, unsigned int i);
void sgnl_list_clear(struct sgnl_list *list);

struct sgnl_list *sgnl_lists_find(const struct sgnl_array *lists, u32 id,
				  unsigned int *pos);

extern const struct sgnl_array_ops sgnl_lists_ops;

#endif
