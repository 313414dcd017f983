// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>

#include "change.h"
#include "error.h"
#include "group.h"
#include "mem.h"
#include "name.h"
#include "object.h"
#include "state.h"
#include "text.h"

static const struct column columns[] = {
	{ "name", "NAME", 0 },
	{ "type", "TYPE", 0 },
	{ "internal_policy", "INTERNAL", 0 },
	{ "vpc", "VPC", COLUMN_RIGHT },
	{ "rules", "RULES", COLUMN_RIGHT },
	{ "members", "MEMBERS", COLUMN_RIGHT },
	{ "ports", "PORTS", COLUMN_RIGHT },
	{ "members_digest", "DIGEST", COLUMN_DETAILS },
	{ "members_generation", "CHANGED", COLUMN_RIGHT | COLUMN_DETAILS },
	{ "description", "DESCRIPTION", 0 },
	{},
};

static void group_add(struct args *args, struct changes *changes)
{
	static const char *const words[] = { "type", "internal", "vpc", "description", NULL };
	struct group group = { .name = args_group(args, "group") };
	uint64_t seen = 0;

	for (;;) {
		switch (args_keyword(args, words, &seen)) {
		case 0:
			group.type = args_enum(args, "type", words_group_type);
			continue;
		case 1:
			group.internal = args_enum(args, "internal", words_internal);
			group.has_internal = true;
			continue;
		case 2:
			group.vpc = args_number(args_next(args, "vpc", "0 to 4294967295"), "vpc", 0,
						UINT32_MAX, "0 to 4294967295");
			continue;
		case 3:
			group.description = args_description(args);
			continue;
		}
		break;
	}
	if (group.type == SGNL_GROUP_TYPE_ENTERPRISE && group.has_internal)
		fail("internal: expected with type basic alone; enterprise groups always drop");
	change_add(changes, SGNL_CMD_GROUP_ADD)->group = mem_copy(&group);
}

static void group_set(struct args *args, struct changes *changes)
{
	static const char *const words[] = { "internal", "description", NULL };
	struct group group = { .name = args_group(args, "group") };
	uint64_t seen = 0;

	for (;;) {
		switch (args_keyword(args, words, &seen)) {
		case 0:
			group.internal = args_enum(args, "internal", words_internal);
			group.has_internal = true;
			continue;
		case 1:
			group.description = args_description(args);
			continue;
		}
		break;
	}
	if (!seen)
		fail("nothing to change: expected internal or description");
	change_add(changes, SGNL_CMD_GROUP_SET)->group = mem_copy(&group);
}

static void group_del(struct args *args, struct changes *changes)
{
	struct group group = { .name = args_group(args, "group") };

	args_end(args);
	change_add(changes, SGNL_CMD_GROUP_DEL)->group = mem_copy(&group);
}

void group_put(struct nlmsghdr *nlh, uint8_t cmd, const struct group *group)
{
	mnl_attr_put_strz(nlh, SGNL_A_GROUP_NAME, group->name);
	if (cmd == SGNL_CMD_GROUP_DEL)
		return;
	if (group->has_internal)
		mnl_attr_put_u8(nlh, SGNL_A_GROUP_INTERNAL_POLICY, group->internal);
	if (group->description)
		mnl_attr_put_strz(nlh, SGNL_A_GROUP_DESCRIPTION, group->description);
	if (cmd != SGNL_CMD_GROUP_ADD)
		return;
	mnl_attr_put_u8(nlh, SGNL_A_GROUP_TYPE, group->type);
	mnl_attr_put_u32(nlh, SGNL_A_GROUP_VPC, group->vpc);
}

struct group group_get(const struct nlmsghdr *nlh)
{
	struct group group = { .name = "", .description = "" };
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_GROUP_NAME:
			group.name = name_text(name_number(attr_string(attr)));
			break;
		case SGNL_A_GROUP_TYPE:
			group.type = attr_u8(attr);
			break;
		case SGNL_A_GROUP_INTERNAL_POLICY:
			group.internal = attr_u8(attr);
			break;
		case SGNL_A_GROUP_VPC:
			group.vpc = attr_u32(attr);
			break;
		case SGNL_A_GROUP_DESCRIPTION:
			group.description = mem_string(attr_string(attr));
			break;
		case SGNL_A_GROUP_RULES:
			group.rules = attr_u32(attr);
			break;
		case SGNL_A_GROUP_MEMBERS:
			group.members = attr_u32(attr);
			break;
		case SGNL_A_GROUP_PORTS:
			group.ports = attr_u32(attr);
			break;
		case SGNL_A_GROUP_COMMAND:
			group.command = attr_u8(attr);
			break;
		case SGNL_A_GROUP_MEMBERS_DIGEST:
			group.members_digest = attr_u64(attr);
			break;
		case SGNL_A_GROUP_MEMBERS_GENERATION:
			group.members_generation = attr_u64(attr);
			break;
		case SGNL_A_GROUP_GENERATION:
			group.generation = attr_u64(attr);
			break;
		}
	}
	group.has_internal = group.type == SGNL_GROUP_TYPE_BASIC;
	return group;
}

const char *group_words(const struct group *group)
{
	const char *line =
		mem_printf("%s type %s", group->name, word_text(words_group_type, group->type));

	if (group->type == SGNL_GROUP_TYPE_BASIC)
		line = mem_printf("%s internal %s", line,
				  word_text(words_internal, group->internal));
	if (group->vpc)
		line = mem_printf("%s vpc %u", line, group->vpc);
	if (group->description && *group->description)
		line = mem_printf("%s description %s", line, quoted(group->description));
	return line;
}

const char *group_set_words(const struct group *group)
{
	const char *line = group->name;

	if (group->has_internal)
		line = mem_printf("%s internal %s", line,
				  word_text(words_internal, group->internal));
	if (group->description)
		line = mem_printf("%s description %s", line, quoted(group->description));
	return line;
}

json_t *group_row(const struct group *group)
{
	uint8_t internal = group->type == SGNL_GROUP_TYPE_BASIC ? group->internal :
								  SGNL_INTERNAL_POLICY_DROP;
	json_t *row = json_object();

	row_text(row, "name", group->name);
	row_text(row, "type", word_text(words_group_type, group->type));
	row_text(row, "internal_policy", word_text(words_internal, internal));
	row_number(row, "vpc", group->vpc);
	row_number(row, "rules", group->rules);
	row_number(row, "members", group->members);
	row_number(row, "ports", group->ports);
	row_text(row, "members_digest", mem_printf("%016" PRIx64, group->members_digest));
	row_number(row, "members_generation", group->members_generation);
	row_text(row, "description", group->description);
	return row;
}

static void group_show(struct args *args)
{
	const char *name = args_peek(args) ? args_group(args, "group") : NULL;
	struct state state = {};
	size_t i;

	args_end(args);
	state_groups(&state, name);
	print_begin(columns);
	for (i = 0; i < state.groups.n; i++) {
		const struct group *group = &state.groups.v[i];

		print_row(group_row(group), mem_printf("group add %s", group_words(group)));
	}
	print_end();
}

const struct object group_object = {
	.name = "group",
	.usage =
		"Usage: sgnl group add NAME [type basic|enterprise] [internal accept|drop] [vpc N]\n"
		"                           [description TEXT]\n"
		"       sgnl group set NAME [internal accept|drop] [description TEXT]\n"
		"       sgnl group del NAME\n"
		"       sgnl group show [NAME]\n"
		"NAME := [ACCOUNT/]sg-...\n",
	.commands = {
		{ .name = "add", .change = group_add },
		{ .name = "set", .change = group_set },
		{ .name = "del", .change = group_del },
		{ .name = "show", .run = group_show },
	},
};
