/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's sort, for core/ in user space. */
#ifndef SGNL_SHIM_SORT_H
#define SGNL_SHIM_SORT_H

#include <stdlib.h>

#define sort(base, n, size, compare, swap) qsort(base, n, size, compare)

#endif
