// SPDX-License-Identifier: GPL-2.0
/*
 * The health check: what could be left out, and what looks like a mistake.
 *
 * A group's rules are sorted together with those of the other groups of each
 * port that it is in, so a rule decides nothing only if it does so on all of
 * these ports: such a rule is safe to delete.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "core/limits.h"
#include "cover.h"
#include "error.h"
#include "mem.h"
#include "name.h"
#include "object.h"
#include "print.h"
#include "state.h"
#include "text.h"

/* What is above this share of a limit, in per cent, is told. */
#define LIMIT_PERCENT 80
/* What a list costs above its content before it is told. */
#define LIST_EXCESS   50

static const struct column columns[] = {
	{ "what", "WHAT", 0 },	   { "name", "NAME", 0 },
	{ "safe", "SAFE", 0 },	   { "needed_on", "NEEDED-ON", 0 },
	{ "by", "BY", 0 },	   { "since", "SINCE", 0 },
	{ "detail", "DETAIL", 0 }, {},
};

/* Rules that are sorted together: those of a port's groups, or of a group alone. */
struct scope {
	const char *port; /* the first one with these groups; NULL: none has */
	const char *const *groups;
	size_t n;
};

/* What is known of a rule, beside it. */
struct judged {
	struct cover_rule core;
	bool here; /* in the scope that is looked through */
	bool idle; /* and decides nothing there */
	bool needed; /* decides something in some scope */
	const char *needed_on; /* the first port where it does */
	bool told; /* that it decides nothing */
	bool removed;
};

struct finding {
	enum cover what;
	size_t rule;
	const char **by;
	size_t n_by;
};

struct check {
	VEC(struct scope) scopes; /* each rule is in one of them at least */
	VEC(struct finding) findings;
	struct state state;
	struct judged *rules; /* as in the state */
	bool tells; /* findings of the scope that is looked through */
	/* What is asked for: a port, a group, or all. */
	const struct port *port;
	const char *group;
	bool remove;
	bool found; /* something that is there still */
};

static const struct list *find_list(const struct state *state, uint32_t number)
{
	const struct list key = { .name = number ? name_text(number) : "" };

	return state->lists.n ?
		       bsearch(&key, state->lists.v, state->lists.n, sizeof(key), list_compare) :
		       NULL;
}

static bool has_group(const struct scope *scope, const char *group)
{
	size_t i;

	for (i = 0; i < scope->n; i++)
		if (!strcmp(scope->groups[i], group))
			return true;
	return false;
}

/* The core's own lists, of those that the rule names. */
static struct sgnl_rule_lists make_lists(const struct state *state, const struct sgnl_rule *rule)
{
	const struct list *peer = find_list(state, rule->peer_list);
	const struct list *ports = find_list(state, rule->port_list);
	struct sgnl_rule_lists lists = {};
	struct sgnl_prefix_list *p;
	struct sgnl_port_list *r;

	if (peer) {
		p = mem_alloc(sizeof(*p) + peer->n_entries * sizeof(*p->entry));
		p->n = peer->n_entries;
		if (p->n)
			memcpy(p->entry, peer->prefixes, p->n * sizeof(*p->entry));
		lists.peer = p;
	}
	if (ports) {
		r = mem_alloc(sizeof(*r) + ports->n_entries * sizeof(*r->entry));
		r->n = ports->n_entries;
		if (r->n)
			memcpy(r->entry, ports->ranges, r->n * sizeof(*r->entry));
		lists.ports = r;
	}
	return lists;
}

static void make_rules(struct check *check)
{
	struct state *state = &check->state;
	const char *text;
	size_t i;

	check->rules = mem_alloc(state->rules.n * sizeof(*check->rules));
	for (i = 0; i < state->rules.n; i++) {
		struct sgnl_rule *core = &state->rules.v[i].core;
		const struct list *peer = find_list(state, core->peer_list);

		if (peer)
			core->peer.family = peer->family == SGNL_LIST_FAMILY_IPV6 ?
						    SGNL_FAMILY_IPV6 :
						    SGNL_FAMILY_IPV4;
		if (sgnl_rule_canonicalize(core, &text) != SGNL_RULE_PART_NONE)
			fail_kernel("rule sgr-%u: %s", core->id, text);
		check->rules[i].core.rule = core;
		check->rules[i].core.lists = make_lists(state, core);
		check->rules[i].core.until = state->rules.v[i].expires ?
						     (uint64_t)state->rules.v[i].expires :
						     UINT64_MAX;
	}
}

static bool same_groups(const struct scope *scope, const struct port *port)
{
	size_t i;

	if (scope->n != port->n_groups)
		return false;
	for (i = 0; i < scope->n; i++)
		if (strcmp(scope->groups[i], port->groups[i]))
			return false;
	return true;
}

static bool in_a_scope(const struct check *check, const char *group)
{
	size_t i;

	for (i = 0; i < check->scopes.n; i++)
		if (has_group(&check->scopes.v[i], group))
			return true;
	return false;
}

static struct scope port_scope(const struct port *port)
{
	return (struct scope){
		.port = port->name,
		.groups = (const char *const *)port->groups,
		.n = port->n_groups,
	};
}

/* One for all ports with the same groups, and one for each group that no port is in. */
static void make_scopes(struct check *check)
{
	size_t i, k;

	for (i = 0; i < check->state.ports.n; i++) {
		const struct port *port = &check->state.ports.v[i];

		for (k = 0; k < check->scopes.n; k++)
			if (same_groups(&check->scopes.v[k], port))
				break;
		if (k == check->scopes.n && port->n_groups)
			*vec_add(&check->scopes) = port_scope(port);
	}
	for (i = 0; i < check->state.groups.n; i++)
		if (!in_a_scope(check, check->state.groups.v[i].name))
			*vec_add(&check->scopes) = (struct scope){
				.groups = &check->state.groups.v[i].name,
				.n = 1,
			};
}

static void on_found(void *data, enum cover what, const struct sgnl_rule *core,
		     const struct sgnl_rule *const *by, size_t n)
{
	struct check *check = data;
	size_t offset = (const char *)core - (const char *)&check->state.rules.v[0].core, i;
	struct finding finding = { .what = what, .rule = offset / sizeof(struct rule) };

	if (what != COVER_CONTRADICTION)
		check->rules[finding.rule].idle = true;
	if (!check->tells)
		return;
	finding.by = mem_alloc(n * sizeof(*finding.by));
	for (i = 0; i < n; i++)
		finding.by[finding.n_by++] = rule_id_text(by[i]->id);
	*vec_add(&check->findings) = finding;
}

static void look_through(struct check *check, const struct scope *scope)
{
	VEC(struct cover_rule) rules = {};
	size_t i;

	for (i = 0; i < check->state.rules.n; i++) {
		struct judged *judged = &check->rules[i];

		judged->here = has_group(scope, name_text(judged->core.rule->group));
		judged->idle = false;
		if (judged->here)
			*vec_add(&rules) = judged->core;
	}
	if (!cover_check(rules.v, rules.n, on_found, check))
		fail("out of memory");
	free(rules.v);
}

/* Says of each rule whether it is safe to delete. */
static void look_through_all(struct check *check)
{
	size_t i, k;

	for (i = 0; i < check->scopes.n; i++) {
		look_through(check, &check->scopes.v[i]);
		for (k = 0; k < check->state.rules.n; k++) {
			struct judged *judged = &check->rules[k];

			if (!judged->here || judged->idle || judged->needed)
				continue;
			judged->needed = true;
			judged->needed_on = check->scopes.v[i].port;
		}
	}
}

static bool is_wanted(const struct check *check, const char *group)
{
	const struct scope groups = { .groups = &check->group, .n = 1 };
	const struct scope of_port = check->port ? port_scope(check->port) : groups;

	return (!check->port && !check->group) || has_group(&of_port, group);
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int order = 0;
	size_t i;

	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->n_by != y->n_by)
		return x->n_by < y->n_by ? -1 : 1;
	for (i = 0; i < x->n_by && !order; i++)
		order = strcmp(x->by[i], y->by[i]);
	return order;
}

static json_t *begin_row(const char *what, const char *name)
{
	json_t *row = row_one("what", what);

	row_text(row, "name", name);
	return row;
}

static json_t *begin_rule_row(const char *what, const struct rule *rule)
{
	return begin_row(what, rule_id_text(rule->core.id));
}

static void end_rule_row(json_t *row, const struct rule *rule)
{
	row_text(row, "detail", rule_words(rule));
	print_row(row, NULL);
}

static void print_finding(struct check *check, const struct finding *finding)
{
	static const char *const words[] = {
		[COVER_SHADOWED] = "shadowed",
		[COVER_REDUNDANT] = "redundant",
		[COVER_CONTRADICTION] = "contradiction",
	};
	const struct rule *rule = &check->state.rules.v[finding->rule];
	struct judged *judged = &check->rules[finding->rule];
	json_t *row = begin_rule_row(words[finding->what], rule);

	if (finding->what != COVER_CONTRADICTION) {
		judged->told = true;
		judged->removed = check->remove && !judged->needed;
		row_flag(row, "safe", !judged->needed);
		row_text(row, "needed_on", judged->needed_on);
	}
	row_texts(row, "by", finding->by, finding->n_by);
	end_rule_row(row, rule);
	check->found |= !judged->removed;
}

/* Over all, only what is safe is told of rules that decide nothing, and once. */
static bool is_told(const struct check *check, size_t at)
{
	const struct finding *finding = &check->findings.v[at];
	const struct judged *judged = &check->rules[finding->rule];

	if (check->port || check->group)
		return true;
	if (finding->what == COVER_CONTRADICTION)
		return !at || compare_findings(finding - 1, finding);
	return !judged->needed && !judged->told;
}

static void print_findings(struct check *check)
{
	size_t i;

	vec_sort(&check->findings, compare_findings);
	for (i = 0; i < check->findings.n; i++)
		if (is_told(check, i))
			print_finding(check, &check->findings.v[i]);
}

static void print_never_hit(struct check *check)
{
	size_t i;

	for (i = 0; i < check->state.rules.n; i++) {
		const struct rule *rule = &check->state.rules.v[i];
		json_t *row;

		if (rule->packets || check->rules[i].told ||
		    !is_wanted(check, name_text(rule->core.group)))
			continue;
		row = begin_rule_row("never-hit", rule);
		row_text(row, "since", utc_text(rule->since));
		end_rule_row(row, rule);
		check->found = true;
	}
}

/* Is the rule's local address one of this port's? Who lists none may have any. */
static bool has_local(const struct port *port, const struct sgnl_prefix *local)
{
	size_t i;

	for (i = 0; i < port->n_addresses; i++)
		if (sgnl_prefix_match(local, &port->addresses[i].addr, port->addresses[i].family))
			return true;
	return !port->n_addresses;
}

/* R8: a rule whose local addresses none of the ports has that it reaches. */
static bool is_lost(const struct check *check, const struct sgnl_rule *rule)
{
	bool reaches = false;
	size_t i;

	for (i = 0; i < check->state.ports.n; i++) {
		const struct port *port = &check->state.ports.v[i];
		const struct scope scope = port_scope(port);

		if (!has_group(&scope, name_text(rule->group)))
			continue;
		if (has_local(port, &rule->local))
			return false;
		reaches = true;
	}
	return reaches;
}

static void print_lost(struct check *check)
{
	size_t i;

	for (i = 0; i < check->state.rules.n; i++) {
		const struct rule *rule = &check->state.rules.v[i];

		if (rule->core.local.family == SGNL_FAMILY_ANY || check->rules[i].removed ||
		    !is_wanted(check, name_text(rule->core.group)) || !is_lost(check, &rule->core))
			continue;
		end_rule_row(begin_rule_row("local", rule), rule);
		check->found = true;
	}
}

static bool is_named(const struct check *check, const struct list *list)
{
	uint32_t number = name_number(list->name);
	size_t i;

	for (i = 0; i < check->state.rules.n; i++) {
		const struct sgnl_rule *rule = &check->state.rules.v[i].core;

		if ((rule->peer_list == number || rule->port_list == number) &&
		    is_wanted(check, name_text(rule->group)))
			return true;
	}
	return false;
}

/* Less than a quarter full, and dearer than its content. */
static void print_lists(struct check *check)
{
	size_t i;

	for (i = 0; i < check->state.lists.n; i++) {
		const struct list *list = &check->state.lists.v[i];
		json_t *row;

		if (4 * list->n_entries >= list->max || list->max < list->n_entries + LIST_EXCESS ||
		    !is_named(check, list))
			continue;
		row = begin_row("list", list->name);
		row_text(row, "detail",
			 mem_printf("%zu entries, max %u", list->n_entries, list->max));
		print_row(row, NULL);
		check->found = true;
	}
}

static void print_limit(struct check *check, const struct port *port, const char *what, uint64_t n,
			uint64_t limit)
{
	json_t *row;

	if (100 * n <= LIMIT_PERCENT * limit)
		return;
	row = begin_row("limit", port->name);
	row_text(row, "detail",
		 mem_printf("%s: %llu of %llu", what, (unsigned long long)n,
			    (unsigned long long)limit));
	print_row(row, NULL);
	check->found = true;
}

static void print_limits(struct check *check)
{
	size_t i;

	for (i = 0; i < check->state.ports.n; i++) {
		const struct port *port = &check->state.ports.v[i];

		if (check->group || (check->port && check->port != port))
			continue;
		print_limit(check, port, "rules", port->rules, SGNL_RULES_MAX);
		print_limit(check, port, "groups", port->n_groups, SGNL_PORT_GROUPS_MAX);
		print_limit(check, port, "addresses", port->n_addresses, SGNL_PORT_ADDRESSES_MAX);
		print_limit(check, port, "ethertypes", port->n_ethertypes,
			    SGNL_PORT_ETHERTYPES_MAX);
		print_limit(check, port, "sessions", port->sessions, port->setting[PORT_SESSIONS]);
	}
}

/* As it was when it was shown, or not at all. */
static void remove_rules(const struct check *check)
{
	struct changes changes = {};
	size_t i;

	for (i = 0; i < check->state.rules.n; i++)
		if (check->rules[i].removed)
			change_add(&changes, SGNL_CMD_RULE_DEL)->rule = &check->state.rules.v[i];
	if (!changes_commit(&changes, &check->state.generation))
		fail_kernel("another change came between: nothing was removed; check again");
}

static const struct port *find_port(const struct state *state, const char *name)
{
	const struct port key = { .name = name };
	const struct port *port = NULL;

	if (state->ports.n)
		port = bsearch(&key, state->ports.v, state->ports.n, sizeof(key), port_compare);
	if (!port)
		fail("port \"%s\": expected a device that is a port", name);
	return port;
}

static void need_group(const struct state *state, const char *name)
{
	size_t i;

	for (i = 0; i < state->groups.n; i++)
		if (!strcmp(state->groups.v[i].name, name))
			return;
	fail("group %s: expected a group of this network namespace", name);
}

static void check(struct args *args)
{
	static const char *const words[] = { "port", "group", "--remove", NULL };
	struct check check = {};
	const char *port = NULL;
	struct scope scope;
	uint64_t seen = 0;
	int word;

	while ((word = args_keyword(args, words, &seen)) >= 0) {
		if (word == 0)
			port = args_next(args, "port", "a device that is a port");
		else if (word == 1)
			check.group = args_group(args, "group");
		else
			check.remove = true;
	}
	if (port && check.group)
		fail("both port and group: expected one of them");
	state_read(&check.state);
	if (port)
		check.port = find_port(&check.state, port);
	if (check.group)
		need_group(&check.state, check.group);

	make_rules(&check);
	make_scopes(&check);
	check.tells = !check.port && !check.group;
	look_through_all(&check);
	if (!check.tells) {
		check.tells = true;
		scope = check.port ? port_scope(check.port) :
				     (struct scope){ .groups = &check.group, .n = 1 };
		look_through(&check, &scope);
	}

	print_begin(columns);
	print_findings(&check);
	print_never_hit(&check);
	print_lost(&check);
	print_lists(&check);
	print_limits(&check);
	print_end();
	if (fflush(stdout))
		fail("writing: %s", strerror(errno));
	remove_rules(&check);
	if (check.found)
		exit_status = STATUS_REFUSED;
}

const struct object check_object = {
	.name = "check",
	.usage = "Usage: sgnl check [port DEV | group GROUP] [--remove]\n",
	.run = check,
};
