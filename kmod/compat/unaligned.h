/* SPDX-License-Identifier: GPL-2.0 */
/* The unaligned accessors, wherever this kernel keeps them. */
#ifndef SGNL_COMPAT_UNALIGNED_H
#define SGNL_COMPAT_UNALIGNED_H

#ifdef SGNL_NO_LINUX_UNALIGNED /* set by Kbuild */
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

#endif
