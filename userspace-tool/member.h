/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SGNL_TOOL_MEMBER_H
#define _SGNL_TOOL_MEMBER_H

#include "args.h"
#include "kernel.h"
#include "print.h"

struct member {
	const char *group;
	struct sgnl_prefix address;
	bool explicit;
	unsigned int line; /* of the file that it is from */
	uint32_t ports;
	uint64_t generation;
	uint8_t command; /* of an event */
};

/* Addresses that come into a group, or leave it. */
struct membership {
	const char *group;
	const struct sgnl_prefix *addresses;
	size_t n;
};

/* @n addresses from number @from on. */
void membership_put(struct nlmsghdr *nlh, const struct membership *membership, size_t from,
		    size_t n);
const char *membership_words(const struct membership *membership);
struct member member_get(const struct nlmsghdr *nlh);
const char *member_words(const struct member *member);
json_t *member_row(const struct member *member);

#endif
