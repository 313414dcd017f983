// SPDX-License-Identifier: GPL-2.0
#include "address.h"
#include "change.h"
#include "mem.h"
#include "member.h"
#include "name.h"
#include "object.h"
#include "state.h"
#include "text.h"

static const struct column columns[] = {
	{ "group", "GROUP", 0 },
	{ "address", "ADDRESS", 0 },
	{ "explicit", "EXPLICIT", 0 },
	{ "ports", "PORTS", COLUMN_RIGHT },
	{},
};

static void member_change(struct args *args, struct changes *changes, uint8_t cmd)
{
	struct membership membership = { .group = args_group(args, "group") };
	struct sgnl_prefix *addresses = mem_alloc((args->n - args->at) * sizeof(*addresses));

	do {
		const char *word = args_next(args, "address", "an IPv4 or IPv6 address");

		addresses[membership.n++] = args_address(word, "address");
	} while (args_peek(args));
	membership.addresses = addresses;
	change_add(changes, cmd)->membership = mem_copy(&membership);
}

static void member_add(struct args *args, struct changes *changes)
{
	member_change(args, changes, SGNL_CMD_MEMBER_ADD);
}

static void member_del(struct args *args, struct changes *changes)
{
	member_change(args, changes, SGNL_CMD_MEMBER_DEL);
}

void membership_put(struct nlmsghdr *nlh, const struct membership *membership, size_t from,
		    size_t n)
{
	size_t i;

	for (i = from; i < from + n; i++)
		address_put(nlh, SGNL_A_MEMBER_ADDRESS, &membership->addresses[i]);
}

const char *membership_words(const struct membership *membership)
{
	const char *words = membership->group;
	size_t i;

	for (i = 0; i < membership->n; i++)
		words = mem_printf("%s %s", words, address_text(&membership->addresses[i]));
	return words;
}

struct member member_get(const struct nlmsghdr *nlh)
{
	struct member member = { .group = "" };
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_MEMBER_GROUP:
			member.group = name_text(name_number(attr_string(attr)));
			break;
		case SGNL_A_MEMBER_ADDRESS:
			member.address = address_get(attr);
			break;
		case SGNL_A_MEMBER_EXPLICIT:
			member.explicit = true;
			break;
		case SGNL_A_MEMBER_PORTS:
			member.ports = attr_u32(attr);
			break;
		case SGNL_A_MEMBER_COMMAND:
			member.command = attr_u8(attr);
			break;
		case SGNL_A_MEMBER_GENERATION:
			member.generation = attr_u64(attr);
			break;
		}
	}
	return member;
}

const char *member_words(const struct member *member)
{
	return mem_printf("%s %s", member->group, address_text(&member->address));
}

json_t *member_row(const struct member *member)
{
	json_t *row = json_object();

	row_text(row, "group", member->group);
	row_text(row, "address", address_text(&member->address));
	row_flag(row, "explicit", member->explicit);
	row_number(row, "ports", member->ports);
	return row;
}

static void member_show(struct args *args)
{
	const char *group = args_peek(args) ? args_group(args, "group") : NULL;
	struct state state = {};
	size_t i;

	args_end(args);
	state_members(&state, group);
	print_begin(columns);
	for (i = 0; i < state.members.n; i++) {
		const struct member *member = &state.members.v[i];

		/* A port's addresses are no commands of their own. */
		if (options.oneline && !options.json && !member->explicit)
			continue;
		print_row(member_row(member), mem_printf("member add %s", member_words(member)));
	}
	print_end();
}

const struct object member_object = {
	.name = "member",
	.usage =
		"Usage: sgnl member add GROUP ADDRESS...\n"
		"       sgnl member del GROUP ADDRESS...\n"
		"       sgnl member show [GROUP]\n",
	.commands = {
		{ .name = "add", .change = member_add },
		{ .name = "del", .change = member_del },
		{ .name = "show", .run = member_show },
	},
};
