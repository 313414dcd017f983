// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "object.h"
#include "state.h"
#include "text.h"

/* What closes devices comes first, then groups, since all else names them. */
static void save(struct args *args)
{
	struct state state = {};
	size_t i;

	args_end(args);
	state_read(&state);
	for (i = 0; i < state.guards.n; i++)
		printf("guard add %s\n", quoted(state.guards.v[i].pattern));
	for (i = 0; i < state.platform.n; i++)
		if (!platform_is_default(&state.platform.v[i]))
			printf("platform set %s\n", platform_words(&state.platform.v[i]));
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
	.usage = "Usage: sgnl save\n"
		 "Prints the commands that make the present state from none.\n",
	.run = save,
};
