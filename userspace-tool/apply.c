// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "audit.h"
#include "batch.h"
#include "command.h"
#include "diff.h"
#include "error.h"
#include "name.h"
#include "object.h"
#include "options.h"
#include "state.h"
#include "text.h"

/* Other writers may come between reading and writing this often. */
#define TRIES 20

static void describe_members(struct state *state, const struct change *change)
{
	const struct membership *membership = change->membership;
	size_t i;

	for (i = 0; i < membership->n; i++)
		*vec_add(&state->members) = (struct member){
			.group = membership->group,
			.address = membership->addresses[i],
			.explicit = true,
			.line = change->line,
		};
}

static void describe(struct state *state, const struct changes *file)
{
	size_t i;

	for (i = 0; i < file->n; i++) {
		const struct change *change = &file->v[i];

		switch (change->cmd) {
		case SGNL_CMD_GROUP_ADD:
			*vec_add(&state->groups) = *change->group;
			state->groups.v[state->groups.n - 1].line = change->line;
			break;
		case SGNL_CMD_RULE_ADD:
			*vec_add(&state->rules) = *change->rule;
			state->rules.v[state->rules.n - 1].line = change->line;
			break;
		case SGNL_CMD_MEMBER_ADD:
			describe_members(state, change);
			break;
		case SGNL_CMD_PORT_ADD:
			*vec_add(&state->ports) = *change->port;
			state->ports.v[state->ports.n - 1].line = change->line;
			break;
		case SGNL_CMD_GUARD_ADD:
			*vec_add(&state->guards) = *change->guard;
			state->guards.v[state->guards.n - 1].line = change->line;
			break;
		case SGNL_CMD_PLATFORM_SET:
			*vec_add(&state->platform) = *change->platform;
			state->platform.v[state->platform.n - 1].line = change->line;
			break;
		case SGNL_CMD_LIST_ADD:
			*vec_add(&state->lists) = *change->list;
			state->lists.v[state->lists.n - 1].line = change->line;
			break;
		}
	}
	state_sort(state);
}

static void need_group(const struct state *state, const char *name)
{
	const struct group key = { .name = name };

	if (!state->groups.n || !bsearch(&key, state->groups.v, state->groups.n,
					 sizeof(*state->groups.v), group_compare))
		fail("group %s: expected one that the file adds", name);
}

static void need_list(const struct state *state, uint32_t number)
{
	const struct list key = { .name = number ? name_text(number) : NULL };

	if (number && (!state->lists.n || !bsearch(&key, state->lists.v, state->lists.n,
						   sizeof(*state->lists.v), list_compare)))
		fail("%s %s: expected one that the file adds", list_noun(key.name), key.name);
}

/* Names that are not there, and things that are there twice. */
static void check(struct state *state, const char *file)
{
	size_t i, j;

	for (i = 0; i < state->groups.n; i++) {
		struct group *group = &state->groups.v[i];

		error_line(file, group->line);
		if (i && !group_compare(group - 1, group))
			fail("group %s is in line %u already: expected once", group->name,
			     group[-1].line);
		if (!group->description)
			group->description = "";
	}
	for (i = 0; i < state->lists.n; i++) {
		struct list *list = &state->lists.v[i];

		error_line(file, list->line);
		if (i && !list_compare(list - 1, list))
			fail("%s %s is in line %u already: expected once", list_noun(list->name),
			     list->name, list[-1].line);
		if (!list->description)
			list->description = "";
	}
	for (i = 0; i < state->rules.n; i++) {
		const struct rule *rule = &state->rules.v[i];

		error_line(file, rule->line);
		need_group(state, name_text(rule->core.group));
		if (rule->core.peer_kind == SGNL_PEER_GROUP)
			need_group(state, name_text(rule->core.peer_group));
		need_list(state, rule->core.peer_list);
		need_list(state, rule->core.port_list);
		if (i && rule->core.id && rule[-1].core.id == rule->core.id)
			fail("id sgr-%u is in line %u already: expected once", rule->core.id,
			     rule[-1].line);
	}
	for (i = 0; i < state->members.n; i++) {
		error_line(file, state->members.v[i].line);
		need_group(state, state->members.v[i].group);
	}
	for (i = 0; i < state->ports.n; i++) {
		const struct port *port = &state->ports.v[i];

		error_line(file, port->line);
		if (i && !port_compare(port - 1, port))
			fail("port %s is in line %u already: expected once", port->name,
			     port[-1].line);
		for (j = 0; j < port->n_groups; j++)
			need_group(state, port->groups[j]);
	}
	for (i = 0; i < state->guards.n; i++) {
		const struct guard *guard = &state->guards.v[i];

		error_line(file, guard->line);
		if (i && !guard_compare(guard - 1, guard))
			fail("pattern %s is in line %u already: expected once", guard->pattern,
			     guard[-1].line);
	}
	for (i = 1; i < state->platform.n; i++) {
		const struct platform *platform = &state->platform.v[i];

		error_line(file, platform->line);
		if (!platform_compare(platform - 1, platform))
			fail("platform %s is in line %u already: expected once",
			     word_text(words_platform_item, platform->item), platform[-1].line);
	}
	error_line(NULL, 0);
}

/* What was saved may have ended since: it would be gone by now. */
static void drop_expired(struct state *state, const char *file)
{
	time_t now = time(NULL);
	size_t i, n = 0;

	for (i = 0; i < state->rules.n; i++) {
		const struct rule *rule = &state->rules.v[i];

		if (!rule->expires || rule->expires > now) {
			state->rules.v[n++] = *rule;
			continue;
		}
		error_line(file, rule->line);
		note("the rule has expired at %s: left out", utc_text(rule->expires));
	}
	error_line(NULL, 0);
	state->rules.n = n;
}

/* Files of commands or of a cloud's answers, which begin with a bracket. */
struct input {
	struct changes commands;
	struct state described; /* by them */
	struct answers answers;
	unsigned int files;
	bool is_answers;
	bool partial;
};

static void read_file(struct input *input, const char *name)
{
	FILE *in = batch_open(name, &input->commands);
	int first = getc(in);
	bool is_answers = first == '{' || first == '[';

	ungetc(first, in);
	if (input->files++ && !(input->is_answers && is_answers))
		fail("%s: expected one file of commands, or files of a cloud's answers in JSON",
		     name);
	input->is_answers = is_answers;
	if (!is_answers) {
		batch_read(in, &input->commands, command_describe);
		return;
	}
	answers_read(&input->answers, in, input->commands.file, input->commands.line + 1);
	input->commands.file = NULL;
	if (in != stdin)
		fclose(in);
}

/* With @option in front of each file, or without one; for the command that has it. */
static struct input read_input(struct args *args, const char *option, const char *command)
{
	bool may_confirm = !strcmp(command, "apply -f");
	struct input input = {};

	while (args_peek(args)) {
		if (args_take(args, "--partial"))
			input.partial = true;
		else if (may_confirm && args_take(args, "--confirm"))
			options.confirm =
				args_confirm(args_next(args, "confirm", "1 to 3600 seconds"));
		else if (!option || args_take(args, option))
			read_file(&input, args_next(args, "file", "the name of a file, or -"));
		else
			args_end(args);
	}
	if (!input.files)
		fail("file missing: expected %s FILE or %s -", command, command);
	if (input.partial && !input.is_answers)
		fail("--partial: expected with a cloud's answers in JSON alone");
	if (!input.is_answers) {
		describe(&input.described, &input.commands);
		check(&input.described, input.commands.file);
		drop_expired(&input.described, input.commands.file);
		diff_drop_doubles(&input.described, input.commands.file);
	}
	return input;
}

/* What shall be in force where @have is; answers leave some of that as it is. */
static struct state wanted(struct input *input, const struct state *have)
{
	struct state want = {};

	if (!input->is_answers)
		return input->described;
	answers_describe(&input->answers, have, &want, input->partial);
	diff_drop_doubles(&want, NULL);
	return want;
}

/* Makes what is in force what a file says, or what else is to be done with that. */
static void do_changes(struct input *input,
		       bool (*run)(struct changes *changes, const uint64_t *expect))
{
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		struct changes changes = { .file = input->commands.file, .keeps_login = true };
		struct state have = {}, want;

		state_read(&have);
		want = wanted(input, &have);
		diff(&have, &want, &changes);
		if (run(&changes, &have.generation))
			return;
	}
	fail_kernel("other changes came between each time: try again");
}

static void apply(struct args *args)
{
	struct input input = read_input(args, "-f", "apply -f");

	do_changes(&input, changes_commit);
}

void audit_start(struct args *args)
{
	struct input input = read_input(args, "-f", "audit start -f");

	do_changes(&input, changes_audit);
}

static const struct column columns[] = {
	{ "command", "COMMAND", 0 },
	{ "line", NULL, 0 },
	{},
};

/* Lines that can be run, not a table; in JSON with the line of the file that asks for it. */
static void show_command(const struct change *change, bool has_line)
{
	const char *line = change_line(change);
	json_t *row;

	if (!options.json) {
		puts(line);
		return;
	}
	row = row_one("command", line);
	if (has_line && change->line)
		row_number(row, "line", change->line);
	print_row(row, NULL);
}

static void show_session(const struct session *session)
{
	json_t *row = session_row(session), *outer;

	if (!options.json) {
		printf("# ends session %s\n", row_words(row));
		json_decref(row);
		return;
	}
	outer = json_object();
	json_object_set_new(outer, "session", row);
	print_row(outer, NULL);
}

static bool show_changes(struct changes *changes, const uint64_t *expect)
{
	struct sessions sessions = {};
	size_t i;

	if (options.preview && !changes_preview(changes, expect, &sessions))
		return false;
	print_begin(columns);
	for (i = 0; i < changes->n; i++)
		show_command(&changes->v[i], changes->file);
	for (i = 0; i < sessions.n; i++)
		show_session(&sessions.v[i]);
	if (options.json)
		print_end();
	if (changes->n)
		exit_status = STATUS_DIFFERS;
	return true;
}

static void show_diff(struct args *args)
{
	struct input input = read_input(args, NULL, "diff");

	do_changes(&input, show_changes);
}

const struct object diff_object = {
	.name = "diff",
	.usage =
		"Usage: sgnl diff FILE|-\n"
		"       sgnl diff JSON|-... [--partial]\n"
		"Prints the commands that sgnl apply -f FILE would run, and changes nothing. Status 0: none,\n"
		"2: some. With --preview, the sessions too that they would end with --sessions cut.\n",
	.run = show_diff,
};

const struct object apply_object = {
	.name = "apply",
	.usage =
		"Usage: sgnl apply [--confirm SECONDS] -f FILE|-\n"
		"       sgnl apply [--confirm SECONDS] -f JSON|- [-f JSON]... [--partial]\n"
		"Makes the state what the file describes with add commands and platform set, as sgnl save\n"
		"prints it; or the groups and lists what a cloud's answers in JSON say of them.\n",
	.run = apply,
	.changes = true,
};
