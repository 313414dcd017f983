/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of one command. Strings and lists live on one obstack until the tool
 * exits (the monitor takes back what each event needed), so that no object has
 * an owner to be told of.
 */
#ifndef _SGNL_TOOL_MEM_H
#define _SGNL_TOOL_MEM_H

#include <obstack.h>
#include <stddef.h>

extern struct obstack mem;

void mem_init(void);
void *mem_alloc(size_t size);
char *mem_string(const char *text);
#define mem_copy(object) ((typeof(object))obstack_copy(&mem, (object), sizeof(*(object))))
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A growing array: VEC(struct rule) rules = {}; *vec_add(&rules) = rule; */
#define VEC(type) \
	struct { \
		type *v; \
		size_t n; \
		size_t room; \
	}

void *vec_room(void *v, size_t n, size_t *room, size_t size);

#define vec_add(vec) \
	((vec)->v = vec_room((vec)->v, (vec)->n, &(vec)->room, sizeof(*(vec)->v)), \
	 &(vec)->v[(vec)->n++])

#define vec_sort(vec, compare) \
	((vec)->n ? qsort((vec)->v, (vec)->n, sizeof(*(vec)->v), (compare)) : (void)0)

#endif
