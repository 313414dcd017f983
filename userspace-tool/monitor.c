// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <string.h>

#include "address.h"
#include "denial.h"
#include "group.h"
#include "guard.h"
#include "kernel.h"
#include "list.h"
#include "mem.h"
#include "member.h"
#include "object.h"
#include "platform.h"
#include "port.h"
#include "print.h"
#include "rule.h"
#include "session.h"
#include "state.h"
#include "text.h"

/* What was deleted is named and no more. */
static bool is_del(uint8_t cmd)
{
	return cmd == SGNL_CMD_GROUP_DEL || cmd == SGNL_CMD_RULE_DEL || cmd == SGNL_CMD_PORT_DEL;
}

static const char *command_text(uint8_t cmd)
{
	switch (cmd) {
	case SGNL_CMD_GROUP_ADD:
	case SGNL_CMD_RULE_ADD:
	case SGNL_CMD_MEMBER_ADD:
	case SGNL_CMD_PORT_ADD:
	case SGNL_CMD_GUARD_ADD:
		return "add";
	case SGNL_CMD_GROUP_DEL:
	case SGNL_CMD_RULE_DEL:
	case SGNL_CMD_MEMBER_DEL:
	case SGNL_CMD_PORT_DEL:
	case SGNL_CMD_GUARD_DEL:
		return "del";
	case SGNL_CMD_PORT_JOIN:
		return "join";
	case SGNL_CMD_PORT_LEAVE:
		return "leave";
	case SGNL_CMD_PORT_MOVE:
		return "move";
	default:
		return "set";
	}
}

/*
 * An event's row says first what happened. It has what the event has: of the
 * object's columns, not those in @absent, which ends with NULL.
 */
static void print(const char *object, const char *command, json_t *row, const char *const absent[],
		  const char *words)
{
	const char *sep = *command ? "-" : "";
	char *name = mem_printf("%s%s%s", object, sep, command), *c;
	json_t *event;

	/* "prefix-list entry add" is the event prefix-list-entry-add. */
	for (c = name; (c = strchr(c, ' '));)
		*c = '-';
	event = row_one("event", name);
	while (absent && *absent)
		json_object_del(row, *absent++);
	if (!words)
		words = row_words(row);
	json_object_update(event, row);
	json_decref(row);
	print_event(event, mem_printf("%s %s%s%s", object, command, *command ? " " : "", words));
}

static void print_group(const struct group *group)
{
	static const char *const absent[] = {
		"rules", "members", "ports", "members_digest", "members_generation", NULL,
	};

	if (is_del(group->command))
		print("group", "del", row_one("name", group->name), NULL, group->name);
	else
		print("group", command_text(group->command), group_row(group), absent,
		      group_words(group));
}

static void print_rule(const struct rule *rule)
{
	static const char *const absent[] = { "packets", "bytes", "first_hit", "last_hit", NULL };
	const char *id = rule_id_text(rule->core.id);

	if (is_del(rule->command))
		print("rule", "del", row_one("id", id), NULL, id);
	else
		print("rule", command_text(rule->command), rule_row(rule), absent,
		      rule_words(rule));
}

static void print_member(const struct member *member)
{
	static const char *const absent[] = { "explicit", "ports", NULL };

	print("member", command_text(member->command), member_row(member), absent,
	      member_words(member));
}

/* An event tells of all addresses that one request changed. */
static void print_members(const struct nlmsghdr *nlh)
{
	struct member member = member_get(nlh);
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) != SGNL_A_MEMBER_ADDRESS)
			continue;
		member.address = address_get(attr);
		print_member(&member);
	}
}

static void print_port(const struct port *port)
{
	static const char *const absent[] = { "vpc", "rules", "sessions", NULL };

	if (is_del(port->command))
		print("port", "del", row_one("device", port->name), NULL, quoted(port->name));
	else
		print("port", command_text(port->command), port_row(port), absent,
		      port_words(port));
}

static void print_platform(const struct platform *platform)
{
	static const char *const absent[] = { "packets", NULL };

	print("platform", command_text(platform->command), platform_row(platform), absent,
	      platform_words(platform));
}

/* With the entries that the request gave. */
static void print_list(const struct list *list)
{
	const char *noun = list_noun(list->name);
	json_t *row = list_row(list);

	json_object_del(row, "used");
	if (!list->has_entries)
		json_object_del(row, "entries");
	switch (list->command) {
	case SGNL_CMD_LIST_ADD:
		print(noun, "add", row, NULL, list_add_words(list));
		break;
	case SGNL_CMD_LIST_DEL:
		json_decref(row);
		print(noun, "del", row_one("name", list->name), NULL, list->name);
		break;
	case SGNL_CMD_LIST_ENTRY_ADD:
	case SGNL_CMD_LIST_ENTRY_DEL:
		print(noun, list->command == SGNL_CMD_LIST_ENTRY_ADD ? "entry add" : "entry del",
		      row, NULL, mem_printf("%s %s", list->name, list_entries(list)));
		break;
	default:
		print(noun, "set", row, NULL, list_set_words(list));
		break;
	}
}

static void print_session(const struct session *session)
{
	static const char *const absent[] = { "age", "idle", "expires", NULL };

	print("session", word_text(words_session_event, session->event), session_row(session),
	      absent, NULL);
}

static void print_guard(const struct guard *guard)
{
	print("guard", command_text(guard->command), row_one("pattern", guard->pattern), NULL,
	      quoted(guard->pattern));
}

static void print_txn(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	uint32_t seconds = 0;
	uint8_t cmd = 0;
	json_t *row;

	attr_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) == SGNL_A_TXN_COMMAND)
			cmd = attr_u8(attr);
		else if (mnl_attr_get_type(attr) == SGNL_A_TXN_CONFIRM)
			seconds = attr_u32(attr);
	}
	row = json_object();
	if (seconds)
		row_number(row, "confirm", seconds);
	print("txn",
	      cmd == SGNL_CMD_TXN_COMMIT   ? "commit" :
	      cmd == SGNL_CMD_TXN_CONFIRM  ? "confirm" :
	      cmd == SGNL_CMD_AUDIT_COMMIT ? "audit-commit" :
					     "rollback",
	      row, NULL, NULL);
}

/* Where an event of the configuration tells of the generation that it made. */
static const uint16_t generation_attr[] = {
	[SGNL_CMD_GROUP_EVENT] = SGNL_A_GROUP_GENERATION,
	[SGNL_CMD_RULE_EVENT] = SGNL_A_RULE_GENERATION,
	[SGNL_CMD_MEMBER_EVENT] = SGNL_A_MEMBER_GENERATION,
	[SGNL_CMD_PORT_EVENT] = SGNL_A_PORT_GENERATION,
	[SGNL_CMD_PLATFORM_EVENT] = SGNL_A_PLATFORM_GENERATION,
	[SGNL_CMD_LIST_EVENT] = SGNL_A_LIST_GENERATION,
	[SGNL_CMD_GUARD_EVENT] = SGNL_A_GUARD_GENERATION,
	[SGNL_CMD_TXN_EVENT] = SGNL_A_TXN_GENERATION,
};

/* The generation that was shown as a whole after events were lost, or 0. */
static uint64_t shown;

/*
 * It tells of what was shown already. That a commit is confirmed makes no
 * generation and is not in what is shown: of the one that was shown, it is news.
 */
static bool is_old(const struct nlmsghdr *nlh)
{
	uint8_t cmd = kernel_command(nlh);
	uint64_t generation = UINT64_MAX;
	const struct nlattr *attr;
	bool confirms = false;

	if (cmd >= sizeof(generation_attr) / sizeof(generation_attr[0]) || !generation_attr[cmd])
		return false;
	attr_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) == generation_attr[cmd])
			generation = attr_u64(attr);
		else if (cmd == SGNL_CMD_TXN_EVENT && mnl_attr_get_type(attr) == SGNL_A_TXN_COMMAND)
			confirms = attr_u8(attr) == SGNL_CMD_TXN_CONFIRM;
	}
	return confirms ? generation < shown : generation <= shown;
}

static void print_reply(const struct nlmsghdr *nlh, void *data)
{
	struct group group;
	struct rule rule;
	struct port port;
	struct session session;
	struct guard guard;
	struct platform platform;
	struct list list;

	(void)data;
	if (is_old(nlh))
		return;
	switch (kernel_command(nlh)) {
	case SGNL_CMD_GROUP_EVENT:
		group = group_get(nlh);
		print_group(&group);
		break;
	case SGNL_CMD_RULE_EVENT:
		rule = rule_get(nlh);
		print_rule(&rule);
		break;
	case SGNL_CMD_MEMBER_EVENT:
		print_members(nlh);
		break;
	case SGNL_CMD_PORT_EVENT:
		port = port_get(nlh);
		print_port(&port);
		break;
	case SGNL_CMD_PLATFORM_EVENT:
		platform = platform_get(nlh);
		print_platform(&platform);
		break;
	case SGNL_CMD_LIST_EVENT:
		list = list_get(nlh);
		print_list(&list);
		break;
	case SGNL_CMD_SESSION_EVENT:
		session = session_get(nlh);
		print_session(&session);
		break;
	case SGNL_CMD_GUARD_EVENT:
		guard = guard_get(nlh);
		print_guard(&guard);
		break;
	case SGNL_CMD_TXN_EVENT:
		print_txn(nlh);
		break;
	case SGNL_CMD_DENIAL_EVENT:
		print("denial", "", denial_row(nlh), NULL, NULL);
		break;
	}
}

static void print_resync(const char *event, const char *text)
{
	json_t *row = row_one("event", event);

	row_number(row, "generation", shown);
	print_event(row, mem_printf("%s: generation %" PRIu64 " %s", event, shown, text));
}

/* What is in force, as events that make it from nothing; later ones follow. */
static void resync(void)
{
	struct state state = {};
	size_t i;

	state_read(&state);
	shown = state.generation;
	print_resync("resync", "is all that follows:");
	for (i = 0; i < state.guards.n; i++) {
		state.guards.v[i].command = SGNL_CMD_GUARD_ADD;
		print_guard(&state.guards.v[i]);
	}
	for (i = 0; i < state.platform.n; i++) {
		state.platform.v[i].command = SGNL_CMD_PLATFORM_SET;
		print_platform(&state.platform.v[i]);
	}
	for (i = 0; i < state.lists.n; i++) {
		state.lists.v[i].command = SGNL_CMD_LIST_ADD;
		print_list(&state.lists.v[i]);
	}
	for (i = 0; i < state.groups.n; i++) {
		state.groups.v[i].command = SGNL_CMD_GROUP_ADD;
		print_group(&state.groups.v[i]);
	}
	for (i = 0; i < state.members.n; i++) {
		state.members.v[i].command = SGNL_CMD_MEMBER_ADD;
		print_member(&state.members.v[i]);
	}
	for (i = 0; i < state.rules.n; i++) {
		state.rules.v[i].command = SGNL_CMD_RULE_ADD;
		print_rule(&state.rules.v[i]);
	}
	for (i = 0; i < state.ports.n; i++) {
		state.ports.v[i].command = SGNL_CMD_PORT_ADD;
		print_port(&state.ports.v[i]);
	}
	print_resync("resync-end", "is what there is");
}

static void monitor(struct args *args)
{
	static const char *const groups[] = {
		SGNL_MCGRP_CONFIG,
		SGNL_MCGRP_SESSIONS,
		SGNL_MCGRP_DENIALS,
		NULL,
	};
	uint64_t wanted = 0;
	bool config;
	int i;

	while (args_keyword(args, groups, &wanted) >= 0)
		;
	for (i = 0; groups[i]; i++)
		if (!wanted || wanted >> i & 1)
			kernel_listen(groups[i]);
	config = !wanted || wanted & 1;
	for (;;) {
		void *mark = mem_alloc(1);

		if (!kernel_event(print_reply, NULL)) {
			print_event(row_one("event", "lost"), "lost: events did not arrive");
			if (config)
				resync();
		}
		obstack_free(&mem, mark);
	}
}

const struct object monitor_object = {
	.name = "monitor",
	.usage =
		"Usage: sgnl monitor [config] [sessions] [denials]\n"
		"Prints what happens, a line each, until it is interrupted; all three without a word.\n",
	.run = monitor,
};
