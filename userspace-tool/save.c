// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "aliyun.h"
#include "object.h"
#include "state.h"
#include "text.h"

/* What closes devices comes first, then groups, since all else names them. */
static void save(struct args *args)
{
	struct state state = {};
	bool aliyun = args_take(args, "--aliyun");
	bool partial = aliyun && args_take(args, "--partial");
	size_t i;

	args_end(args);
	state_read(&state);
	if (aliyun) {
		aliyun_print(&state, partial);
		return;
	}
	for (i = 0; i < state.guards.n; i++)
		printf("guard add %s\n", quoted(state.guards.v[i].pattern));
	for (i = 0; i < state.platform.n; i++)
		if (!platform_is_default(&state.platform.v[i]))
			printf("platform set %s\n", platform_words(&state.platform.v[i]));
	for (i = 0; i < state.lists.n; i++)
		printf("%s add %s\n", list_noun(state.lists.v[i].name),
		       list_add_words(&state.lists.v[i]));
	for (i = 0; i < state.groups.n; i++)
		printf("group add %s\n", group_words(&state.groups.v[i]));
	for (i = 0; i < state.members.n; i++)
		printf("member add %s\n", member_words(&state.members.v[i]));
	for (i = 0; i < state.rules.n; i++)
		printf("rule add %s\n", rule_words(&state.rules.v[i]));
	for (i = 0; i < state.ports.n; i++)
		printf("port add %s\n", port_words(&state.ports.v[i]));
}

const struct object save_object = {
	.name = "save",
	.usage =
		"Usage: sgnl save [--aliyun [--partial]]\n"
		"Prints the commands that make the present state from none; with --aliyun groups, rules\n"
		"and lists as the cloud's answers, in JSON.\n",
	.run = save,
};
