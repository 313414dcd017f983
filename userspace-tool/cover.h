/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which rules decide nothing: rules as sets of packets, and which sets lie in
 * which. What rules know but by name counts so: lists as they are, of groups
 * nothing, so that any address may be in any of them.
 */
#ifndef SGNL_TOOL_COVER_H
#define SGNL_TOOL_COVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/policy.h"

enum cover {
	COVER_SHADOWED, /* covered by earlier rules together */
	COVER_REDUNDANT, /* covered by a later one; the other policy does not meet it before */
	COVER_CONTRADICTION, /* met by rules of the other policy and the same priority */
};

/* A rule in canonical form, as one of a policy. */
struct cover_rule {
	const struct sgnl_rule *rule;
	struct sgnl_rule_lists lists;
	uint64_t until; /* when it goes by itself; UINT64_MAX: never */
};

/* What is found of a rule, and by which others. */
typedef void (*cover_found)(void *data, enum cover what, const struct sgnl_rule *rule,
			    const struct sgnl_rule *const *by, size_t n);

/*
 * Looks through @n rules, all that are sorted together; their order does not
 * matter. Whoever leaves out some of the shadowed and redundant ones, or all,
 * changes no verdict, neither now nor when some have gone by themselves. False if
 * memory ran out.
 */
bool cover_check(const struct cover_rule *rules, size_t n, cover_found found, void *data);

#endif
