/* SPDX-License-Identifier: GPL-2.0 */
/* What core/ uses of the kernel's <linux/compiler.h>. */
#ifndef SGNL_SHIM_COMPILER_H
#define SGNL_SHIM_COMPILER_H

#define WRITE_ONCE(x, value) __atomic_store_n(&(x), value, __ATOMIC_RELAXED)

#endif
