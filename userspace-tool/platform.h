/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SGNL_TOOL_PLATFORM_H
#define _SGNL_TOOL_PLATFORM_H

#include "args.h"
#include "kernel.h"
#include "print.h"

/* What a command gives. */
enum {
	PLATFORM_SWITCH = 1,
	PLATFORM_PREFIXES = 2,
};

/* An item of platform traffic. The list is sorted and has nothing twice. */
struct platform {
	uint8_t item;
	bool on;
	unsigned int given;
	unsigned int line; /* of the file that it is from */
	struct sgnl_prefix *prefixes;
	size_t n_prefixes;
	uint64_t packets;
	uint8_t command; /* of an event */
};

/* As it is in a new network namespace. */
struct platform platform_default(uint8_t item);
bool platform_is_default(const struct platform *platform);
bool platform_same_prefixes(const struct platform *a, const struct platform *b);

void platform_put(struct nlmsghdr *nlh, const struct platform *platform);
struct platform platform_get(const struct nlmsghdr *nlh);
/* The words behind `platform set`. */
const char *platform_words(const struct platform *platform);
json_t *platform_row(const struct platform *platform);

#endif
