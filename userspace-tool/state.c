// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "error.h"
#include "mem.h"
#include "state.h"

/* A dump is read again when what it shows changed meanwhile, this often. */
#define TRIES 100

int group_compare(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

int member_compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	return order ? order : address_compare(&x->address, &y->address);
}

int port_compare(const void *a, const void *b)
{
	return strcmp(((const struct port *)a)->name, ((const struct port *)b)->name);
}

int guard_compare(const void *a, const void *b)
{
	return strcmp(((const struct guard *)a)->pattern, ((const struct guard *)b)->pattern);
}

int platform_compare(const void *a, const void *b)
{
	return ((const struct platform *)a)->item - ((const struct platform *)b)->item;
}

int list_compare(const void *a, const void *b)
{
	return strcmp(((const struct list *)a)->name, ((const struct list *)b)->name);
}

static int rule_compare(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	if (x->core.id != y->core.id)
		return x->core.id < y->core.id ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

void state_sort(struct state *state)
{
	vec_sort(&state->groups, group_compare);
	vec_sort(&state->rules, rule_compare);
	vec_sort(&state->members, member_compare);
	vec_sort(&state->ports, port_compare);
	vec_sort(&state->guards, guard_compare);
	vec_sort(&state->platform, platform_compare);
	vec_sort(&state->lists, list_compare);
}

/* Dumps what @nlh asks for; @n is the length of the list that @reply fills. */
static void dump_message(struct nlmsghdr *nlh, kernel_reply reply, void *data, size_t *n)
{
	int tries, error;

	for (tries = 0; tries < TRIES; tries++) {
		*n = 0;
		error = kernel_dump(nlh, reply, data);
		if (!error)
			return;
		if (error != -EINTR)
			fail_kernel("%s", kernel_failure.text);
	}
	fail_kernel("it changed each time that it was read: try again");
}

/* The same of what @cmd gives, of one group or list if @group is not NULL. */
static void dump(uint8_t cmd, uint16_t attr, const char *group, kernel_reply reply, void *data,
		 size_t *n)
{
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh = kernel_message(room, cmd);

	if (group)
		mnl_attr_put_strz(nlh, attr, group);
	dump_message(nlh, reply, data, n);
}

static void talk(struct nlmsghdr *nlh, kernel_reply reply, void *data)
{
	if (kernel_talk(nlh, reply, data))
		fail_kernel("%s", kernel_failure.text);
}

static void get_group(const struct nlmsghdr *nlh, void *data)
{
	struct state *state = data;

	*vec_add(&state->groups) = group_get(nlh);
}

void state_groups(struct state *state, const char *name)
{
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh;

	if (name) {
		nlh = kernel_message(room, SGNL_CMD_GROUP_GET);
		mnl_attr_put_strz(nlh, SGNL_A_GROUP_NAME, name);
		talk(nlh, get_group, state);
		return;
	}
	dump(SGNL_CMD_GROUP_GET, 0, NULL, get_group, state, &state->groups.n);
	vec_sort(&state->groups, group_compare);
}

static void get_rule(const struct nlmsghdr *nlh, void *data)
{
	struct state *state = data;

	*vec_add(&state->rules) = rule_get(nlh);
}

void state_rules(struct state *state, const char *group)
{
	dump(SGNL_CMD_RULE_GET, SGNL_A_RULE_GROUP, group, get_rule, state, &state->rules.n);
	vec_sort(&state->rules, rule_compare);
}

void state_candidate_rules(struct state *state)
{
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh = kernel_message(room, SGNL_CMD_RULE_GET);

	mnl_attr_put(nlh, SGNL_A_RULE_CANDIDATE, 0, NULL);
	dump_message(nlh, get_rule, state, &state->rules.n);
	vec_sort(&state->rules, rule_compare);
}

static void get_one_rule(const struct nlmsghdr *nlh, void *data)
{
	struct rule *rule = data;

	*rule = rule_get(nlh);
}

struct rule state_rule(uint32_t id)
{
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh = kernel_message(room, SGNL_CMD_RULE_GET);
	struct rule rule = {};

	mnl_attr_put_u32(nlh, SGNL_A_RULE_ID, id);
	talk(nlh, get_one_rule, &rule);
	return rule;
}

static void get_member(const struct nlmsghdr *nlh, void *data)
{
	struct state *state = data;

	*vec_add(&state->members) = member_get(nlh);
}

void state_members(struct state *state, const char *group)
{
	dump(SGNL_CMD_MEMBER_GET, SGNL_A_MEMBER_GROUP, group, get_member, state, &state->members.n);
	vec_sort(&state->members, member_compare);
}

static void get_port(const struct nlmsghdr *nlh, void *data)
{
	struct state *state = data;

	*vec_add(&state->ports) = port_get(nlh);
}

void state_ports(struct state *state, uint32_t ifindex)
{
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh;

	if (ifindex) {
		nlh = kernel_message(room, SGNL_CMD_PORT_GET);
		mnl_attr_put_u32(nlh, SGNL_A_PORT_IFINDEX, ifindex);
		talk(nlh, get_port, state);
		return;
	}
	dump(SGNL_CMD_PORT_GET, 0, NULL, get_port, state, &state->ports.n);
	vec_sort(&state->ports, port_compare);
}

static void get_guard(const struct nlmsghdr *nlh, void *data)
{
	struct state *state = data;

	*vec_add(&state->guards) = guard_get(nlh);
}

void state_guards(struct state *state)
{
	dump(SGNL_CMD_GUARD_GET, 0, NULL, get_guard, state, &state->guards.n);
}

static void get_platform(const struct nlmsghdr *nlh, void *data)
{
	struct state *state = data;

	*vec_add(&state->platform) = platform_get(nlh);
}

void state_platform(struct state *state, int item)
{
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh;

	if (item >= 0) {
		nlh = kernel_message(room, SGNL_CMD_PLATFORM_GET);
		mnl_attr_put_u8(nlh, SGNL_A_PLATFORM_ITEM, item);
		talk(nlh, get_platform, state);
		return;
	}
	dump(SGNL_CMD_PLATFORM_GET, 0, NULL, get_platform, state, &state->platform.n);
}

/* A list may come in several messages, one behind the other. */
static void get_list(const struct nlmsghdr *nlh, void *data)
{
	struct state *state = data;
	struct list list = list_get(nlh);
	size_t n = state->lists.n;

	if (n && state->lists.v[n - 1].name == list.name)
		list_go_on(&state->lists.v[n - 1], &list);
	else
		*vec_add(&state->lists) = list;
}

void state_lists(struct state *state, const char *name)
{
	dump(SGNL_CMD_LIST_GET, SGNL_A_LIST_NAME, name, get_list, state, &state->lists.n);
	vec_sort(&state->lists, list_compare);
}

struct generation {
	uint64_t value;
	size_t n;
};

static void get_generation(const struct nlmsghdr *nlh, void *data)
{
	struct generation *generation = data;
	const struct nlattr *attr;

	attr_for_each(attr, nlh)
		if (mnl_attr_get_type(attr) == SGNL_A_STATS_GENERATION)
			generation->value = attr_u64(attr);
}

uint64_t state_generation(void)
{
	struct generation generation = {};

	dump(SGNL_CMD_STATS_GET, 0, NULL, get_generation, &generation, &generation.n);
	return generation.value;
}

/*
 * Members that ports bring come with the ports: only those that were added by
 * themselves are told apart from them.
 */
static void drop_implicit(struct state *state)
{
	size_t i, n = 0;

	for (i = 0; i < state->members.n; i++)
		if (state->members.v[i].explicit)
			state->members.v[n++] = state->members.v[i];
	state->members.n = n;
}

/* Devices are held because of their names: they are nobody's to make. */
static void drop_held(struct state *state)
{
	size_t i, n = 0;

	for (i = 0; i < state->guards.n; i++)
		if (!state->guards.v[i].device)
			state->guards.v[n++] = state->guards.v[i];
	state->guards.n = n;
}

void state_read(struct state *state)
{
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		state->generation = state_generation();
		state_groups(state, NULL);
		state_rules(state, NULL);
		state_members(state, NULL);
		state_ports(state, 0);
		state_guards(state);
		state_platform(state, -1);
		state_lists(state, NULL);
		drop_implicit(state);
		drop_held(state);
		if (state_generation() == state->generation)
			return;
	}
	fail_kernel("it changed each time that it was read: try again");
}
