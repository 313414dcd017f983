// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "mem.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free  free

struct obstack mem;

static void no_memory(void)
{
	fail("out of memory");
}

void mem_init(void)
{
	obstack_alloc_failed_handler = no_memory;
	obstack_init(&mem);
}

void *mem_alloc(size_t size)
{
	return memset(obstack_alloc(&mem, size), 0, size);
}

char *mem_string(const char *text)
{
	return obstack_copy0(&mem, text, strlen(text));
}

char *mem_printf(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	obstack_vprintf(&mem, format, args);
	va_end(args);
	obstack_1grow(&mem, '\0');
	return obstack_finish(&mem);
}

void *vec_room(void *v, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return v;
	*room = *room ? 2 * *room : 16;
	v = reallocarray(v, *room, size);
	if (!v)
		no_memory();
	return v;
}
