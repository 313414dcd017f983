/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's types, for core/ in user space; the system's header below it. */
#ifndef SGNL_SHIM_TYPES_H
#define SGNL_SHIM_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/cdefs.h> /* __always_inline */

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#endif
