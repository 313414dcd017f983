/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SGNL_TOOL_GUARD_H
#define _SGNL_TOOL_GUARD_H

#include "args.h"
#include "kernel.h"

/* A pattern, or a device that it holds. */
struct guard {
	const char *pattern;
	const char *device; /* NULL: the pattern itself */
	bool open;
	uint64_t drops;
	unsigned int line; /* of the file that it is from */
	uint64_t generation;
	uint8_t command; /* of an event */
};

void guard_put(struct nlmsghdr *nlh, const struct guard *guard);
struct guard guard_get(const struct nlmsghdr *nlh);

#endif
