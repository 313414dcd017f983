/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's allocator, for core/ in user space. */
#ifndef SGNL_SHIM_SLAB_H
#define SGNL_SHIM_SLAB_H

#include <stdlib.h>
#include <string.h>

#define GFP_KERNEL_ACCOUNT	     0
#define kvmalloc(size, gfp)	     shim_alloc(size, 0xaa)
#define kvzalloc(size, gfp)	     shim_alloc(size, 0)
#define kvmalloc_array(n, size, gfp) shim_alloc((size_t)(n) * (size), 0xaa)
#define kvfree(p)		     shim_free(p)
#define struct_size(p, member, n)    (sizeof(*(p)) + (n) * sizeof((p)->member[0]))

/* So many allocations succeed before one fails; below 0 none does. */
__attribute__((weak)) long shim_memory = -1;
/* Blocks that have not been freed. */
__attribute__((weak)) long shim_blocks;

static inline void *shim_alloc(size_t size, int byte)
{
	void *block;

	if (shim_memory >= 0 && shim_memory-- == 0)
		return NULL;
	block = malloc(size);
	if (!block)
		abort();
	shim_blocks++;
	return memset(block, byte, size);
}

static inline void shim_free(void *block)
{
	shim_blocks -= !!block;
	free(block);
}

#endif
