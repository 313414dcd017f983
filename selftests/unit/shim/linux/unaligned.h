/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's unaligned accessors, for core/ in user space. */
#ifndef SGNL_SHIM_UNALIGNED_H
#define SGNL_SHIM_UNALIGNED_H

#include <endian.h>
#include <string.h>
#include <linux/types.h>

#define SGNL_SHIM_BE(bits) \
	static inline u##bits get_unaligned_be##bits(const void *p) \
	{ \
		u##bits v; \
\
		memcpy(&v, p, sizeof(v)); \
		return be##bits##toh(v); \
	} \
\
	static inline void put_unaligned_be##bits(u##bits v, void *p) \
	{ \
		v = htobe##bits(v); \
		memcpy(p, &v, sizeof(v)); \
	}

SGNL_SHIM_BE(16)
SGNL_SHIM_BE(32)
SGNL_SHIM_BE(64)
#undef SGNL_SHIM_BE

static inline u16 get_unaligned_le16(const void *p)
{
	u16 v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

#endif
