/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's sort, for core/ in user space: a heap sort too, so that what is
 * equal ends in any order and what is measured takes as many calls.
 */
#ifndef SGNL_SHIM_SORT_H
#define SGNL_SHIM_SORT_H

#include <stddef.h>
#include <string.h>
#include <linux/types.h>

typedef int (*shim_compare)(const void *a, const void *b);

static inline void shim_swap(char *a, char *b, size_t size)
{
	u64 word;

	for (; size >= sizeof(word); size -= sizeof(word)) {
		memcpy(&word, a, sizeof(word));
		memcpy(a, b, sizeof(word));
		memcpy(b, &word, sizeof(word));
		a += sizeof(word);
		b += sizeof(word);
	}
	for (; size; size--, a++, b++) {
		word = *a;
		*a = *b;
		*b = word;
	}
}

/* Lets what is at @i sink below whatever is greater, among the first @n. */
static inline void shim_sink(char *base, size_t i, size_t n, size_t size,
			     shim_compare compare)
{
	size_t child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n &&
		    compare(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (compare(base + i * size, base + child * size) >= 0)
			break;
		shim_swap(base + i * size, base + child * size, size);
	}
}

static inline void sort(void *base, size_t n, size_t size, shim_compare compare,
			void *swap)
{
	size_t i;

	(void)swap;
	for (i = n / 2; i-- > 0;)
		shim_sink(base, i, n, size, compare);
	for (i = n; i-- > 1;) {
		shim_swap(base, (char *)base + i * size, size);
		shim_sink(base, 0, i, size, compare);
	}
}

#endif
