// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "error.h"
#include "object.h"
#include "options.h"

static const char usage[] =
	"Usage: sgnl [OPTIONS] OBJECT COMMAND [help]\n"
	"       sgnl [OPTIONS] -b FILE|-\n"
	"OBJECT := group | rule | prefix-list | port-list | member | port | guard | platform |\n"
	"          session | stats | monitor | save | apply | confirm | diff | audit |\n"
	"          explain | check | doctor | help\n"
	"OPTIONS := -j|--json | -p|--pretty | -s|--statistics | -d|--details | -o|--oneline |\n"
	"           -n|--netns NAME | -b|--batch FILE|- | -c|--confirm SECONDS |\n"
	"           -V|--version | -h|--help |\n"
	"           --sessions keep|revalidate|cut | --preview\n";

static const struct object *const objects[] = {
	&group_object,	 &rule_object,	  &prefix_list_object, &port_list_object, &member_object,
	&port_object,	 &guard_object,	  &platform_object,    &session_object,	  &stats_object,
	&monitor_object, &save_object,	  &apply_object,       &confirm_object,	  &diff_object,
	&audit_object,	 &explain_object, &check_object,       &doctor_object,
};

#define N_OBJECTS (sizeof(objects) / sizeof(objects[0]))

void command_usage(FILE *out)
{
	fputs(usage, out);
}

static const struct object *find_object(struct args *args)
{
	const char *names[N_OBJECTS + 2] = {};
	const char *word;
	size_t i;

	for (i = 0; i < N_OBJECTS; i++)
		names[i] = objects[i]->name;
	names[i] = "help";
	word = args_next(args, "object", args_words(names));
	for (i = 0; i < N_OBJECTS; i++)
		if (!strcmp(objects[i]->name, word))
			return objects[i];
	if (strcmp(word, "help"))
		fail("unknown object \"%s\": expected %s", word, args_words(names));
	return NULL;
}

static const struct command *find_command(const struct object *object, struct args *args)
{
	const char *names[sizeof(object->commands) / sizeof(object->commands[0]) + 1];
	const struct command *command;
	const char *word;
	size_t n = 0;

	for (command = object->commands; command->name; command++)
		names[n++] = command->name;
	names[n++] = "help";
	names[n] = NULL;
	word = args_next(args, "command", args_words(names));
	for (command = object->commands; command->name; command++)
		if (!strcmp(command->name, word))
			return command;
	if (strcmp(word, "help"))
		fail("unknown command \"%s\": expected %s", word, args_words(names));
	return NULL;
}

/* What only shows something can do nothing to sessions. */
static void need_no_fate(void)
{
	if (options.fate || options.preview)
		fail("--%s: expected with a command that changes something",
		     options.preview ? "preview" : "sessions");
}

static bool asks_help(const struct args *args)
{
	return args->n - args->at == 1 && !strcmp(args->word[args->at], "help");
}

static void refuse_confirm(void)
{
	if (options.confirm)
		fail("confirm %u: expected with a command that changes something", options.confirm);
}

void command_run(struct args *args)
{
	const struct object *object = find_object(args);
	const struct command *command;
	struct changes changes = {};

	if (!object) {
		args_end(args);
		command_usage(stdout);
		return;
	}
	error_command(object->name, NULL);
	if (asks_help(args)) {
		fputs(object->usage, stdout);
		return;
	}
	if (object->run) {
		if (!object->changes && !(object == &diff_object && !options.fate))
			need_no_fate();
		if (object != &apply_object && object != &check_object)
			refuse_confirm();
		object->run(args);
		return;
	}
	command = find_command(object, args);
	if (!command || asks_help(args)) {
		fputs(object->usage, stdout);
		return;
	}
	error_command(object->name, command->name);
	if (command->run) {
		if (!command->commits) {
			need_no_fate();
			refuse_confirm();
		}
		command->run(args);
		return;
	}
	command->change(args, &changes);
	changes_run(&changes);
}

static const struct command *file_command(struct args *args)
{
	const struct object *object = find_object(args);
	const struct command *command = NULL;

	if (object) {
		error_command(object->name, NULL);
		if (!object->run)
			command = find_command(object, args);
	}
	if (!command || !command->change)
		fail("\"%s\" in a file: expected a command that changes something",
		     args->word[args->at - 1]);
	error_command(object->name, command->name);
	return command;
}

void command_queue(struct args *args, struct changes *changes)
{
	file_command(args)->change(args, changes);
}

void command_describe(struct args *args, struct changes *changes)
{
	const struct command *command = file_command(args);

	if (strcmp(command->name, "add") && !command->describes)
		fail("expected add or platform set: the file says what there shall be");
	command->change(args, changes);
}
