/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SGNL_TOOL_RULE_H
#define _SGNL_TOOL_RULE_H

#include <time.h>

#include "args.h"
#include "kernel.h"
#include "print.h"

/* What `from` or `to` names; a rule's direction tells whether it is the peer. */
struct rule_end {
	enum {
		RULE_END_NONE,
		RULE_END_ANY,
		RULE_END_PREFIX,
		RULE_END_GROUP,
		RULE_END_LIST,
	} kind;
	struct sgnl_prefix prefix;
	uint32_t group;
	uint32_t list;
};

/* The words of a command, as far as they were given. */
struct rule_words {
	uint64_t given;
	uint8_t policy;
	uint8_t priority;
	uint16_t proto;
	struct sgnl_port_range dport;
	struct sgnl_port_range sport;
	int icmp_type; /* -1: any */
	int icmp_code;
	uint32_t port_list;
	struct rule_end from;
	struct rule_end to;
	const char *description;
	time_t expires; /* 0: never */
};

/* Groups and lists are numbered by name.h. */
struct rule {
	struct sgnl_rule core;
	const char *description;
	time_t expires; /* seconds of UTC, or 0 */
	unsigned int line; /* of the file that it is from */
	uint64_t packets;
	uint64_t bytes;
	uint64_t since; /* these are counted, in seconds of UTC */
	uint64_t first_hit; /* seconds of UTC, or 0 */
	uint64_t last_hit;
	uint64_t generation;
	uint8_t command; /* of an event */
	const struct rule_words *patch; /* of rule set, until it is merged */
	const struct rule *before; /* of a change that diff() found */
};

/* Changes what the words give; ends the tool if there cannot be such a rule. */
void rule_merge(struct rule *rule, const struct rule_words *words);

void rule_put(struct nlmsghdr *nlh, uint8_t cmd, const struct rule *rule);
struct rule rule_get(const struct nlmsghdr *nlh);
const char *rule_words(const struct rule *rule);
/* The words behind `rule set ID` that make it of the one before. */
const char *rule_set_words(const struct rule *rule);
json_t *rule_row(const struct rule *rule);

#endif
