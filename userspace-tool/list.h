/* SPDX-License-Identifier: GPL-2.0 */
/* Prefix lists and port lists: two nouns with the same commands. */
#ifndef _SGNL_TOOL_LIST_H
#define _SGNL_TOOL_LIST_H

#include "args.h"
#include "kernel.h"
#include "print.h"

/* The entries are sorted and have nothing twice; the name tells which they are. */
struct list {
	const char *name;
	uint8_t family; /* enum sgnl_list_family */
	uint16_t max;
	bool has_entries; /* given */
	struct sgnl_prefix *prefixes;
	struct sgnl_port_range *ranges;
	size_t n_entries;
	const char *description; /* NULL: not given */
	unsigned int line; /* of the file that it is from */
	uint64_t generation;
	uint8_t command; /* of an event */
};

/* Sorts the entries, and keeps of equal ones one. */
void list_tidy(struct list *list);
/* "prefix-list" or "port-list". */
const char *list_noun(const char *name);
bool list_same_entries(const struct list *a, const struct list *b);

void list_put(struct nlmsghdr *nlh, uint8_t cmd, const struct list *list);
struct list list_get(const struct nlmsghdr *nlh);
/* Takes in the entries of a message that goes on where another ended. */
void list_go_on(struct list *list, const struct list *more);
const char *list_entries(const struct list *list);
/* The words behind `prefix-list add` or `port-list add`. */
const char *list_add_words(const struct list *list);
/* The words behind `set`. */
const char *list_set_words(const struct list *list);
json_t *list_row(const struct list *list);

#endif
