// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "error.h"
#include "name.h"

static struct change *add(struct changes *changes, uint8_t cmd, unsigned int line)
{
	changes->line = line;
	return change_add(changes, cmd);
}

static void change_member(const struct member *member, uint8_t cmd, unsigned int line,
			  struct changes *changes)
{
	const struct membership one = { member->group, mem_copy(&member->address), 1 };

	add(changes, cmd, line)->membership = mem_copy(&one);
}

static void *find(const void *key, const void *list, size_t n, size_t size,
		  int (*compare)(const void *, const void *))
{
	return n ? bsearch(key, list, n, size, compare) : NULL;
}

#define FIND(key, list, compare) find(key, (list)->v, (list)->n, sizeof(*(list)->v), compare)

/*
 * A group's type and vpc are for life: a group that shall have others is made
 * anew, and whatever names it lets go of it first.
 */
static bool is_replaced(const struct state *have, const struct state *want, const char *name)
{
	const struct group key = { .name = name };
	const struct group *old = FIND(&key, &have->groups, group_compare);
	const struct group *new = FIND(&key, &want->groups, group_compare);

	return old && new && (old->type != new->type || old->vpc != new->vpc);
}

/* A list's family and max are for life likewise; 0 stands for no list. */
static bool is_replaced_list(const struct state *have, const struct state *want, uint32_t number)
{
	const struct list key = { .name = number ? name_text(number) : "" };
	const struct list *old = FIND(&key, &have->lists, list_compare);
	const struct list *new = FIND(&key, &want->lists, list_compare);

	return old && new && (old->family != new->family || old->max != new->max);
}

static void leave_replaced(struct port *port, const struct state *have, const struct state *want,
			   struct changes *changes)
{
	struct port left = { .name = port->name, .ifindex = port->ifindex };
	const char **groups = port->groups;
	size_t n = port->n_groups, i;

	left.groups = mem_alloc(n * sizeof(*groups));
	port->groups = mem_alloc(n * sizeof(*groups));
	port->n_groups = 0;
	for (i = 0; i < n; i++) {
		if (is_replaced(have, want, groups[i]))
			left.groups[left.n_groups++] = groups[i];
		else
			port->groups[port->n_groups++] = groups[i];
	}
	if (left.n_groups)
		add(changes, SGNL_CMD_PORT_LEAVE, 0)->port = mem_copy(&left);
}

static bool names_replaced(const struct rule *rule, const struct state *have,
			   const struct state *want)
{
	const struct sgnl_rule *core = &rule->core;

	return is_replaced(have, want, name_text(core->group)) ||
	       (core->peer_kind == SGNL_PEER_GROUP &&
		is_replaced(have, want, name_text(core->peer_group))) ||
	       is_replaced_list(have, want, core->peer_list) ||
	       is_replaced_list(have, want, core->port_list);
}

static void drop_replaced(struct state *have, const struct state *want, struct changes *changes)
{
	size_t i, n;

	for (i = 0; i < have->ports.n; i++)
		leave_replaced(&have->ports.v[i], have, want, changes);
	for (i = n = 0; i < have->rules.n; i++) {
		if (names_replaced(&have->rules.v[i], have, want))
			add(changes, SGNL_CMD_RULE_DEL, 0)->rule = mem_copy(&have->rules.v[i]);
		else
			have->rules.v[n++] = have->rules.v[i];
	}
	have->rules.n = n;
	for (i = n = 0; i < have->members.n; i++) {
		if (is_replaced(have, want, have->members.v[i].group))
			change_member(&have->members.v[i], SGNL_CMD_MEMBER_DEL, 0, changes);
		else
			have->members.v[n++] = have->members.v[i];
	}
	have->members.n = n;
	for (i = n = 0; i < have->lists.n; i++) {
		if (is_replaced_list(have, want, name_number(have->lists.v[i].name)))
			add(changes, SGNL_CMD_LIST_DEL, 0)->list = mem_copy(&have->lists.v[i]);
		else
			have->lists.v[n++] = have->lists.v[i];
	}
	have->lists.n = n;
	/* Last, since the list tells which are replaced; it stays sorted meanwhile. */
	for (i = n = 0; i < have->groups.n; i++) {
		if (is_replaced(have, want, have->groups.v[i].name))
			add(changes, SGNL_CMD_GROUP_DEL, 0)->group = mem_copy(&have->groups.v[i]);
		else
			have->groups.v[n++] = have->groups.v[i];
	}
	have->groups.n = n;
}

static void change_list(const struct list *have, const struct list *want, struct changes *changes)
{
	struct list set = *want;

	set.has_entries = !list_same_entries(have, want);
	if (!strcmp(have->description, want->description))
		set.description = NULL;
	if (set.has_entries || set.description)
		add(changes, SGNL_CMD_LIST_SET, want->line)->list = mem_copy(&set);
}

static void make_lists(const struct state *have, const struct state *want, struct changes *changes)
{
	size_t i;

	for (i = 0; i < want->lists.n; i++) {
		const struct list *list = &want->lists.v[i];
		const struct list *old = FIND(list, &have->lists, list_compare);

		if (old)
			change_list(old, list, changes);
		else
			add(changes, SGNL_CMD_LIST_ADD, list->line)->list = list;
	}
}

static void drop_lists(const struct state *have, const struct state *want, struct changes *changes)
{
	size_t i;

	for (i = 0; i < have->lists.n; i++)
		if (!FIND(&have->lists.v[i], &want->lists, list_compare))
			add(changes, SGNL_CMD_LIST_DEL, 0)->list = &have->lists.v[i];
}

static void change_group(const struct group *have, const struct group *want,
			 struct changes *changes)
{
	struct group set = { .name = want->name };

	if (want->type == SGNL_GROUP_TYPE_BASIC && have->internal != want->internal) {
		set.internal = want->internal;
		set.has_internal = true;
	}
	if (strcmp(have->description, want->description))
		set.description = want->description;
	if (set.has_internal || set.description)
		add(changes, SGNL_CMD_GROUP_SET, want->line)->group = mem_copy(&set);
}

static void make_groups(const struct state *have, const struct state *want, struct changes *changes)
{
	size_t i;

	for (i = 0; i < want->groups.n; i++) {
		const struct group *group = &want->groups.v[i];
		const struct group *old = FIND(group, &have->groups, group_compare);

		if (old)
			change_group(old, group, changes);
		else
			add(changes, SGNL_CMD_GROUP_ADD, group->line)->group = group;
	}
}

static void drop_groups(const struct state *have, const struct state *want, struct changes *changes)
{
	size_t i;

	for (i = 0; i < have->groups.n; i++)
		if (!FIND(&have->groups.v[i], &want->groups, group_compare))
			add(changes, SGNL_CMD_GROUP_DEL, 0)->group = &have->groups.v[i];
}

static void drop_members(const struct state *have, const struct state *want,
			 struct changes *changes)
{
	size_t i;

	for (i = 0; i < have->members.n; i++)
		if (!FIND(&have->members.v[i], &want->members, member_compare))
			change_member(&have->members.v[i], SGNL_CMD_MEMBER_DEL, 0, changes);
}

static void make_members(const struct state *have, const struct state *want,
			 struct changes *changes)
{
	size_t i;

	for (i = 0; i < want->members.n; i++) {
		const struct member *member = &want->members.v[i];

		if (i && !member_compare(member - 1, member))
			continue;
		if (!FIND(member, &have->members, member_compare))
			change_member(member, SGNL_CMD_MEMBER_ADD, member->line, changes);
	}
}

/* A rule of one state, and the one of the other state that it is. */
struct pair {
	const struct rule *rule;
	const struct rule *other;
};

/*
 * Equal rules stand near each other in this order; which of them are equal is
 * for the core to say.
 */
static int compare_near(const void *a, const void *b)
{
	const struct sgnl_rule *x = &(*(struct pair *const *)a)->rule->core;
	const struct sgnl_rule *y = &(*(struct pair *const *)b)->rule->core;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->direction != y->direction)
		return x->direction - y->direction;
	if (x->priority != y->priority)
		return x->priority - y->priority;
	return x->dport.min - y->dport.min;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = ((const struct pair *)a)->rule->core.id;
	uint32_t y = ((const struct pair *)b)->rule->core.id;

	return x < y ? -1 : x > y;
}

/* In the order of the state: by id. */
static struct pair *make_pairs(const struct state *state)
{
	struct pair *pairs = mem_alloc(state->rules.n * sizeof(*pairs));
	size_t i;

	for (i = 0; i < state->rules.n; i++)
		pairs[i].rule = &state->rules.v[i];
	return pairs;
}

static struct pair **sort_near(struct pair *pairs, size_t n)
{
	struct pair **near = mem_alloc(n * sizeof(*near));
	size_t i;

	for (i = 0; i < n; i++)
		near[i] = &pairs[i];
	qsort(near, n, sizeof(*near), compare_near);
	return near;
}

/* One of two equal rules that a file has is enough, unless they end otherwise (R9). */
static void check_double(const char *file, const struct rule *earlier, const struct rule *later)
{
	error_line(file, later->line);
	if (earlier->expires != later->expires)
		fail("the same rule is in line %u with another expiry: expected once",
		     earlier->line);
	error_line(NULL, 0);
}

void diff_drop_doubles(struct state *state, const char *file)
{
	struct pair *pairs = make_pairs(state);
	struct pair **near = sort_near(pairs, state->rules.n);
	size_t start = 0, i, j, n = 0;

	for (i = 0; i < state->rules.n; i++) {
		if (compare_near(&near[start], &near[i]))
			start = i;
		for (j = start; j < i; j++) {
			bool later = near[i]->rule->line > near[j]->rule->line;
			struct pair *first = near[later ? j : i], *second = near[later ? i : j];

			if (near[j]->other ||
			    !sgnl_rule_equal(&first->rule->core, &second->rule->core))
				continue;
			check_double(file, first->rule, second->rule);
			second->other = first->rule;
		}
	}
	for (i = 0; i < state->rules.n; i++)
		if (!pairs[i].other)
			state->rules.v[n++] = state->rules.v[i];
	state->rules.n = n;
}

static void pair_up(struct pair *a, struct pair *b)
{
	a->other = b->rule;
	b->other = a->rule;
}

/* Equal rules (R9) are one rule, whatever their ids. */
static void pair_equal(struct pair *have, size_t n_have, struct pair *want, size_t n_want)
{
	struct pair **had = sort_near(have, n_have), **wanted = sort_near(want, n_want);
	size_t i, start = 0, at;

	for (i = 0; i < n_want; i++) {
		while (start < n_have && compare_near(&had[start], &wanted[i]) < 0)
			start++;
		for (at = start; at < n_have && !compare_near(&had[at], &wanted[i]); at++) {
			if (!sgnl_rule_equal(&had[at]->rule->core, &wanted[i]->rule->core))
				continue;
			pair_up(had[at], wanted[i]);
			break;
		}
	}
}

/*
 * What is left on both sides with the same id is a rule that was edited, unless
 * it went to another group or direction.
 */
static void pair_ids(struct pair *have, size_t n_have, struct pair *want, size_t n_want)
{
	size_t i;

	for (i = 0; i < n_want; i++) {
		const struct sgnl_rule *core = &want[i].rule->core;
		struct pair *same;

		if (want[i].other || !core->id)
			continue;
		same = find(&want[i], have, n_have, sizeof(*have), compare_ids);
		if (same && !same->other && same->rule->core.group == core->group &&
		    same->rule->core.direction == core->direction)
			pair_up(same, &want[i]);
	}
}

/* A new rule has the id that the file gives, unless a rule that stays has it. */
static void add_rule(const struct pair *want, const struct pair *have, size_t n_have,
		     struct changes *changes)
{
	const struct pair *same = find(want, have, n_have, sizeof(*have), compare_ids);
	struct change *change = add(changes, SGNL_CMD_RULE_ADD, want->rule->line);

	change->rule = want->rule;
	if (same && same->other) {
		struct rule rule = *want->rule;

		rule.core.id = 0;
		change->rule = mem_copy(&rule);
	}
}

static void set_rule(const struct rule *have, const struct rule *want, struct changes *changes)
{
	struct rule rule = *want;

	if (sgnl_rule_equal(&have->core, &want->core) && have->expires == want->expires &&
	    !strcmp(have->description, want->description))
		return;
	rule.core.id = have->core.id;
	rule.before = have;
	add(changes, SGNL_CMD_RULE_SET, want->line)->rule = mem_copy(&rule);
}

static void change_rules(const struct state *have, const struct state *want,
			 struct changes *changes)
{
	struct pair *had = make_pairs(have), *wanted = make_pairs(want);
	size_t n_had = have->rules.n, n_wanted = want->rules.n, i;

	pair_equal(had, n_had, wanted, n_wanted);
	pair_ids(had, n_had, wanted, n_wanted);

	for (i = 0; i < n_had; i++)
		if (!had[i].other)
			add(changes, SGNL_CMD_RULE_DEL, 0)->rule = had[i].rule;
	for (i = 0; i < n_wanted; i++)
		if (wanted[i].other)
			set_rule(wanted[i].other, wanted[i].rule, changes);
	/* Those with an id first, or a new rule might be given it. */
	for (i = 0; i < n_wanted; i++)
		if (!wanted[i].other && wanted[i].rule->core.id)
			add_rule(&wanted[i], had, n_had, changes);
	for (i = 0; i < n_wanted; i++)
		if (!wanted[i].other && !wanted[i].rule->core.id)
			add_rule(&wanted[i], had, n_had, changes);
}

static void drop_ports(const struct state *have, const struct state *want, struct changes *changes)
{
	size_t i;

	for (i = 0; i < have->ports.n; i++) {
		const struct port *port = &have->ports.v[i];
		const struct port *kept = FIND(port, &want->ports, port_compare);

		/* A port's side is for life. */
		if (!kept || kept->side != port->side)
			add(changes, SGNL_CMD_PORT_DEL, 0)->port = port;
	}
}

static void change_port_groups(const struct port *have, const struct port *want,
			       struct changes *changes)
{
	struct port port = { .name = want->name, .ifindex = want->ifindex };
	const struct port *from = want->n_groups ? want : have;

	if (port_same_groups(have, want))
		return;
	port.groups = from->groups;
	port.n_groups = from->n_groups;
	add(changes, want->n_groups ? SGNL_CMD_PORT_MOVE : SGNL_CMD_PORT_LEAVE, want->line)->port =
		mem_copy(&port);
}

static void change_port(const struct port *have, const struct port *want, struct changes *changes)
{
	struct port port = *want;

	port.n_groups = 0;
	port.given = 0;
	port.given_settings = port_settings_differ(have, want);
	if (port_same_addresses(have, want))
		port.n_addresses = 0;
	else
		port.given |= PORT_ADDRESSES;
	if (port_same_ethertypes(have, want))
		port.n_ethertypes = 0;
	else
		port.given |= PORT_ETHERTYPES;
	if (port.given || port.given_settings)
		add(changes, SGNL_CMD_PORT_SET, want->line)->port = mem_copy(&port);
	change_port_groups(have, want, changes);
}

static void make_ports(const struct state *have, const struct state *want, struct changes *changes)
{
	size_t i;

	for (i = 0; i < want->ports.n; i++) {
		const struct port *port = &want->ports.v[i];
		const struct port *old = FIND(port, &have->ports, port_compare);

		if (old && old->side == port->side)
			change_port(old, port, changes);
		else
			add(changes, SGNL_CMD_PORT_ADD, port->line)->port = port;
	}
}

static void make_guards(const struct state *have, const struct state *want, struct changes *changes)
{
	size_t i;

	for (i = 0; i < want->guards.n; i++)
		if (!FIND(&want->guards.v[i], &have->guards, guard_compare))
			add(changes, SGNL_CMD_GUARD_ADD, want->guards.v[i].line)->guard =
				&want->guards.v[i];
}

static void drop_guards(const struct state *have, const struct state *want, struct changes *changes)
{
	size_t i;

	for (i = 0; i < have->guards.n; i++)
		if (!FIND(&have->guards.v[i], &want->guards, guard_compare))
			add(changes, SGNL_CMD_GUARD_DEL, 0)->guard = &have->guards.v[i];
}

/* An item of which a file says nothing is as it was at first. */
static void change_platform(const struct state *have, const struct state *want,
			    struct changes *changes)
{
	size_t i;

	for (i = 0; i < have->platform.n; i++) {
		const struct platform *old = &have->platform.v[i];
		const struct platform *new = FIND(old, &want->platform, platform_compare);
		struct platform set = new ? *new : platform_default(old->item);

		set.given = 0;
		if (old->on != set.on)
			set.given |= PLATFORM_SWITCH;
		if (!platform_same_prefixes(old, &set))
			set.given |= PLATFORM_PREFIXES;
		if (set.given)
			add(changes, SGNL_CMD_PLATFORM_SET, set.line)->platform = mem_copy(&set);
	}
}

void diff(struct state *have, const struct state *want, struct changes *changes)
{
	drop_replaced(have, want, changes);
	make_lists(have, want, changes);
	make_groups(have, want, changes);
	drop_ports(have, want, changes);
	drop_members(have, want, changes);
	change_rules(have, want, changes);
	make_members(have, want, changes);
	make_ports(have, want, changes);
	drop_groups(have, want, changes);
	drop_guards(have, want, changes);
	make_guards(have, want, changes);
	change_platform(have, want, changes);
	drop_lists(have, want, changes);
}
