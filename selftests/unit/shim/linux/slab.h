/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's allocator, for core/ in user space. */
#ifndef SGNL_SHIM_SLAB_H
#define SGNL_SHIM_SLAB_H

#include <stdlib.h>

#define GFP_KERNEL_ACCOUNT	  0
#define kvzalloc(size, gfp)	  calloc(1, size)
#define kvfree(p)		  free(p)
#define struct_size(p, member, n) (sizeof(*(p)) + (n) * sizeof((p)->member[0]))

#endif
