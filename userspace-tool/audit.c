// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "audit.h"
#include "change.h"
#include "error.h"
#include "kernel.h"
#include "lockout.h"
#include "mem.h"
#include "object.h"
#include "print.h"
#include "state.h"
#include "text.h"

/* It may be replaced while it is read. */
#define TRIES 20

/* The first row is the audit's own, each other one a difference. */
static const struct column columns[] = {
	{ "state", "STATE", 0 },
	{ "since", "SINCE", 0 },
	{ "begun", NULL, 0 },
	{ "ended", NULL, 0 },
	{ "judged", "JUDGED", COLUMN_RIGHT },
	{ "would_drop", "WOULD-DROP", COLUMN_RIGHT },
	{ "would_pass", "WOULD-PASS", COLUMN_RIGHT },
	{ "packets", "PACKETS", COLUMN_RIGHT },
	{ "direction", "DIR", 0 },
	{ "reason", "REASON", 0 },
	{ "rule", "RULE", 0 },
	{ "would_reason", "WOULD-REASON", 0 },
	{ "would_rule", "WOULD-RULE", 0 },
	{ "rule_words", "RULE-WORDS", COLUMN_DETAILS },
	{ "would_rule_words", "WOULD-RULE-WORDS", COLUMN_DETAILS },
	{},
};

struct difference {
	uint64_t packets;
	uint8_t direction;
	uint8_t reason;
	uint8_t would_reason;
	uint32_t rule;
	uint32_t would_rule;
};

struct audit {
	VEC(struct difference) differences;
	uint64_t since;
	uint64_t begun;
	uint64_t ended;
	uint64_t judged;
	uint64_t would_drop;
	uint64_t would_pass;
};

static void get_audit(struct audit *audit, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_AUDIT_SINCE:
			audit->since = attr_u64(attr);
			break;
		case SGNL_A_AUDIT_BEGUN:
			audit->begun = attr_u64(attr);
			break;
		case SGNL_A_AUDIT_ENDED:
			audit->ended = attr_u64(attr);
			break;
		case SGNL_A_AUDIT_JUDGED:
			audit->judged = attr_u64(attr);
			break;
		case SGNL_A_AUDIT_WOULD_DROP:
			audit->would_drop = attr_u64(attr);
			break;
		case SGNL_A_AUDIT_WOULD_PASS:
			audit->would_pass = attr_u64(attr);
			break;
		}
	}
}

static void get_difference(struct difference *difference, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_AUDIT_PACKETS:
			difference->packets = attr_u64(attr);
			break;
		case SGNL_A_AUDIT_DIRECTION:
			difference->direction = attr_u8(attr);
			break;
		case SGNL_A_AUDIT_REASON:
			difference->reason = attr_u8(attr);
			break;
		case SGNL_A_AUDIT_WOULD_REASON:
			difference->would_reason = attr_u8(attr);
			break;
		case SGNL_A_AUDIT_RULE:
			difference->rule = attr_u32(attr);
			break;
		case SGNL_A_AUDIT_WOULD_RULE:
			difference->would_rule = attr_u32(attr);
			break;
		}
	}
}

static void get(const struct nlmsghdr *nlh, void *data)
{
	struct audit *audit = data;
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) != SGNL_A_AUDIT_DIRECTION)
			continue;
		*vec_add(&audit->differences) = (struct difference){};
		get_difference(&audit->differences.v[audit->differences.n - 1], nlh);
		return;
	}
	get_audit(audit, nlh);
}

/* The most frequent first; then as they are shown. */
static int compare(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets < y->packets ? 1 : -1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return x->would_rule < y->would_rule ? -1 : x->would_rule > y->would_rule;
}

static void read_audit(struct audit *audit)
{
	char room[KERNEL_MESSAGE_MAX];
	int error, tries;

	for (tries = 0; tries < TRIES; tries++) {
		*audit = (struct audit){};
		error = kernel_dump(kernel_message(room, SGNL_CMD_AUDIT_GET), get, audit);
		if (error && error != -EINTR)
			fail_kernel("%s", kernel_failure.text);
		if (!error)
			break;
	}
	if (error)
		fail_kernel("it changed each time that it was read: try again");
	vec_sort(&audit->differences, compare);
}

static json_t *audit_row(const struct audit *audit)
{
	json_t *row = row_one("state", audit->ended ? "over" : "running");

	row_text(row, "since", utc_text(audit->since));
	row_number(row, "begun", audit->begun);
	if (audit->ended)
		row_number(row, "ended", audit->ended);
	row_number(row, "judged", audit->judged);
	row_number(row, "would_drop", audit->would_drop);
	row_number(row, "would_pass", audit->would_pass);
	return row;
}

static void add_rule(json_t *row, const char *key, uint32_t id, const struct state *state)
{
	size_t i;

	if (!id)
		return;
	row_text(row, key, rule_id_text(id));
	for (i = 0; i < state->rules.n; i++)
		if (state->rules.v[i].core.id == id)
			row_text(row, mem_printf("%s_words", key), rule_words(&state->rules.v[i]));
}

static json_t *difference_row(const struct difference *difference, const struct state *have,
			      const struct state *candidate)
{
	json_t *row = json_object();

	row_number(row, "packets", difference->packets);
	row_text(row, "direction", word_text(words_direction, difference->direction));
	row_text(row, "reason", reason_text(difference->reason));
	add_rule(row, "rule", difference->rule, have);
	row_text(row, "would_reason", reason_text(difference->would_reason));
	add_rule(row, "would_rule", difference->would_rule, candidate);
	return row;
}

static void show(struct args *args)
{
	struct state have = {}, candidate = {};
	struct audit audit;
	size_t i;

	args_end(args);
	read_audit(&audit);
	state_rules(&have, NULL);
	state_candidate_rules(&candidate);
	print_begin(columns);
	print_row(audit_row(&audit), NULL);
	for (i = 0; i < audit.differences.n; i++)
		print_row(difference_row(&audit.differences.v[i], &have, &candidate), NULL);
	print_end();
}

static void stop(struct args *args)
{
	char room[KERNEL_MESSAGE_MAX];

	args_end(args);
	if (kernel_talk(kernel_message(room, SGNL_CMD_AUDIT_STOP), NULL, NULL))
		fail_kernel("%s", kernel_failure.text);
}

static void commit(struct args *args)
{
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh;

	args_end(args);
	if (options.preview)
		fail("--preview: expected with commands that name what they change");
	if (!options.confirm)
		lockout_check(EXPLAIN_BY_CANDIDATE);
	nlh = kernel_message(room, SGNL_CMD_AUDIT_COMMIT);
	changes_put_wishes(nlh);
	if (kernel_talk(nlh, NULL, NULL))
		fail_kernel("%s", kernel_failure.text);
	changes_tell_confirm();
}

const struct object audit_object = {
	.name = "audit",
	.usage =
		"Usage: sgnl audit start -f FILE|-\n"
		"       sgnl audit start -f JSON|- [-f JSON]... [--partial]\n"
		"       sgnl audit show\n"
		"       sgnl audit commit\n"
		"       sgnl audit stop\n"
		"Counts the packets to which the groups, rules and lists of a file would do something else\n"
		"than those in force; then puts them in force, or forgets them.\n",
	.commands = {
		{ .name = "start", .run = audit_start },
		{ .name = "show", .run = show },
		{ .name = "commit", .run = commit, .commits = true },
		{ .name = "stop", .run = stop },
	},
};
