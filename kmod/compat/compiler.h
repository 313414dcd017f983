/* SPDX-License-Identifier: GPL-2.0 */
/* What the compiler is told. */
#ifndef SGNL_COMPAT_COMPILER_H
#define SGNL_COMPAT_COMPILER_H

/*
 * For what is written to before it is read: kernels that zero what is on the
 * stack (CONFIG_INIT_STACK_ALL_ZERO, as Debian's do) would write it twice.
 */
#define SGNL_UNINITIALIZED __attribute__((__uninitialized__))

#endif
