// SPDX-License-Identifier: GPL-2.0
/*
 * What rules name instead of a prefix or a range: lists of them (R6).
 *
 * Entries may lie within one another, so a look-up scans them; it takes no
 * longer than the rules would that the list stands for, which is what a rule
 * with a list costs.
 */
#include "list.h"

/* <0, 0 or >0 as a comes before b, is b, or comes behind b. */
static int compare_prefixes(const struct sgnl_prefix *a,
			    const struct sgnl_prefix *b)
{
	if (a->addr.hi != b->addr.hi)
		return a->addr.hi < b->addr.hi ? -1 : 1;
	if (a->addr.lo != b->addr.lo)
		return a->addr.lo < b->addr.lo ? -1 : 1;
	return (int)a->len - (int)b->len;
}

static int compare_ranges(const struct sgnl_port_range *a,
			  const struct sgnl_port_range *b)
{
	if (a->min != b->min)
		return (int)a->min - (int)b->min;
	return (int)a->max - (int)b->max;
}

/**
 * sgnl_prefix_list_find() - finds an entry
 * @list: the list
 * @prefix: a prefix of its family, in canonical form
 * @pos: its place in @list, or where it would have to be
 *
 * Context: any.
 * Return: true if it is there.
 */
bool sgnl_prefix_list_find(const struct sgnl_prefix_list *list,
			   const struct sgnl_prefix *prefix, unsigned int *pos)
{
	unsigned int low = 0, high = list->n;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (compare_prefixes(&list->entry[mid], prefix) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*pos = low;
	return low < list->n && !compare_prefixes(&list->entry[low], prefix);
}

/**
 * sgnl_prefix_list_match() - is an address in some entry?
 * @list: the list
 * @addr: the address
 * @family: its family
 *
 * Context: any.
 */
bool sgnl_prefix_list_match(const struct sgnl_prefix_list *list,
			    const struct sgnl_addr *addr, u8 family)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		if (sgnl_prefix_match(&list->entry[i], addr, family))
			return true;
	return false;
}

/**
 * sgnl_port_list_find() - finds an entry
 * @list: the list
 * @range: a range
 * @pos: its place in @list, or where it would have to be
 *
 * Context: any.
 * Return: true if it is there.
 */
bool sgnl_port_list_find(const struct sgnl_port_list *list,
			 const struct sgnl_port_range *range, unsigned int *pos)
{
	unsigned int low = 0, high = list->n;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (compare_ranges(&list->entry[mid], range) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*pos = low;
	return low < list->n && !compare_ranges(&list->entry[low], range);
}

/**
 * sgnl_port_list_match() - is a port in some entry?
 * @list: the list
 * @port: the port
 *
 * Context: any.
 */
bool sgnl_port_list_match(const struct sgnl_port_list *list, u16 port)
{
	unsigned int i;

	/* They ascend: behind one that begins above the port is none. */
	for (i = 0; i < list->n && list->entry[i].min <= port; i++)
		if (port <= list->entry[i].max)
			return true;
	return false;
}
