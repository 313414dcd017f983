/* SPDX-License-Identifier: GPL-2.0 */
/* What is in force, or what a file asks for. */
#ifndef _SGNL_TOOL_STATE_H
#define _SGNL_TOOL_STATE_H

#include "group.h"
#include "guard.h"
#include "list.h"
#include "mem.h"
#include "member.h"
#include "platform.h"
#include "port.h"
#include "rule.h"

struct state {
	VEC(struct group) groups; /* by name */
	VEC(struct rule) rules; /* by id */
	VEC(struct member) members; /* by group, then address */
	VEC(struct port) ports; /* by name */
	VEC(struct guard) guards; /* by pattern; its devices follow each */
	VEC(struct platform) platform; /* by item */
	VEC(struct list) lists; /* by name */
	uint64_t generation;
};

/* Read from the kernel: one kind, all of them or those named. */
void state_groups(struct state *state, const char *name);
void state_rules(struct state *state, const char *group);
/* As the candidate of the audit has them. */
void state_candidate_rules(struct state *state);
void state_members(struct state *state, const char *group);
void state_ports(struct state *state, uint32_t ifindex);
void state_guards(struct state *state);
/* One item, or all if it is negative. */
void state_platform(struct state *state, int item);
void state_lists(struct state *state, const char *name);
struct rule state_rule(uint32_t id);

uint64_t state_generation(void);
/*
 * Everything, as it was at one moment; of the members the explicit ones, of the
 * guards the patterns.
 */
void state_read(struct state *state);

void state_sort(struct state *state);
int group_compare(const void *a, const void *b);
int member_compare(const void *a, const void *b);
int port_compare(const void *a, const void *b);
int guard_compare(const void *a, const void *b);
int platform_compare(const void *a, const void *b);
int list_compare(const void *a, const void *b);

#endif
