/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's bit operations, for core/ in user space. */
#ifndef SGNL_SHIM_BITOPS_H
#define SGNL_SHIM_BITOPS_H

#define __ffs64(word) __builtin_ctzll(word)
#define __fls(word)   (63 - __builtin_clzl(word))

#endif
