// SPDX-License-Identifier: GPL-2.0
#include "change.h"
#include "core/pattern.h"
#include "error.h"
#include "guard.h"
#include "mem.h"
#include "object.h"
#include "print.h"
#include "state.h"
#include "text.h"

/* A row for each pattern, and with -s one for each device that it holds. */
static const struct column columns[] = {
	{ "pattern", "PATTERN", 0 }, { "devices", "DEVICES", COLUMN_RIGHT }, { "device", "DEV", 0 },
	{ "state", "STATE", 0 },     { "drops", "DROPS", COLUMN_RIGHT },     {},
};

static void guard_change(struct args *args, struct changes *changes, uint8_t cmd)
{
	do {
		const char *word = args_next(args, "pattern", SGNL_PATTERN_EXPECTED);

		if (!sgnl_pattern_valid(word))
			fail("pattern \"%s\": " SGNL_PATTERN_EXPECTED, word);
		change_add(changes, cmd)->guard = mem_copy((&(struct guard){ .pattern = word }));
	} while (args_peek(args));
}

static void guard_add(struct args *args, struct changes *changes)
{
	guard_change(args, changes, SGNL_CMD_GUARD_ADD);
}

static void guard_del(struct args *args, struct changes *changes)
{
	guard_change(args, changes, SGNL_CMD_GUARD_DEL);
}

void guard_put(struct nlmsghdr *nlh, const struct guard *guard)
{
	mnl_attr_put_strz(nlh, SGNL_A_GUARD_PATTERN, guard->pattern);
}

struct guard guard_get(const struct nlmsghdr *nlh)
{
	struct guard guard = { .pattern = "" };
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_GUARD_PATTERN:
			guard.pattern = mem_string(attr_string(attr));
			break;
		case SGNL_A_GUARD_IFNAME:
			guard.device = mem_string(attr_string(attr));
			break;
		case SGNL_A_GUARD_OPEN:
			guard.open = attr_u8(attr);
			break;
		case SGNL_A_GUARD_DROPS:
			guard.drops = attr_u64(attr);
			break;
		case SGNL_A_GUARD_COMMAND:
			guard.command = attr_u8(attr);
			break;
		case SGNL_A_GUARD_GENERATION:
			guard.generation = attr_u64(attr);
			break;
		}
	}
	return guard;
}

static void print_pattern(const struct guard *guard, size_t devices)
{
	json_t *row = row_one("pattern", guard->pattern);

	row_number(row, "devices", devices);
	print_row(row, mem_printf("guard add %s", quoted(guard->pattern)));
}

static void print_device(const struct guard *guard)
{
	json_t *row = row_one("pattern", guard->pattern);

	row_text(row, "device", guard->device);
	row_text(row, "state", guard->open ? "open" : "closed");
	row_number(row, "drops", guard->drops);
	print_row(row, NULL);
}

static void guard_show(struct args *args)
{
	struct state state = {};
	size_t i, n;

	args_end(args);
	state_guards(&state);
	print_begin(columns);
	/* Each pattern is followed by its devices. */
	for (i = 0; i < state.guards.n; i += n) {
		const struct guard *guard = &state.guards.v[i];
		size_t k;

		for (n = 1; i + n < state.guards.n && guard[n].device; n++)
			;
		print_pattern(guard, n - 1);
		for (k = 1; options.statistics && k < n; k++)
			print_device(&guard[k]);
	}
	print_end();
}

const struct object guard_object = {
	.name = "guard",
	.usage =
		"Usage: sgnl guard add PATTERN...\n"
		"       sgnl guard del PATTERN...\n"
		"       sgnl guard show\n"
		"PATTERN := " SGNL_PATTERN_EXPECTED "; quote it, or the shell reads it\n",
	.commands = {
		{ .name = "add", .change = guard_add },
		{ .name = "del", .change = guard_del },
		{ .name = "show", .run = guard_show },
	},
};
