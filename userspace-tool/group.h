/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SGNL_TOOL_GROUP_H
#define _SGNL_TOOL_GROUP_H

#include "args.h"
#include "kernel.h"
#include "print.h"

struct group {
	const char *name;
	uint8_t type;
	uint8_t internal;
	bool has_internal;
	uint32_t vpc;
	const char *description; /* NULL: not given */
	unsigned int line; /* of the file that it is from */
	uint32_t rules;
	uint32_t members;
	uint32_t ports;
	uint64_t members_digest; /* M4 */
	uint64_t members_generation;
	uint64_t generation;
	uint8_t command; /* of an event */
};

void group_put(struct nlmsghdr *nlh, uint8_t cmd, const struct group *group);
struct group group_get(const struct nlmsghdr *nlh);
/* The words behind `group add`. */
const char *group_words(const struct group *group);
/* The words behind `group set`. */
const char *group_set_words(const struct group *group);
json_t *group_row(const struct group *group);

#endif
