// SPDX-License-Identifier: GPL-2.0
/*
 * A file of a state; what is saved of it makes the same state from none, and
 * changes nothing where that state is already (C4). The health check says what
 * it likes of it, and changes nothing unless it is told to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tool.h"

static bool apply(const void *file, size_t size)
{
	static const char *const argv[] = { "sgnl", "apply", "-f", "-", NULL };

	return !tool_run(argv, file, size);
}

static char *saved(void)
{
	static const char *const argv[] = { "sgnl", "save", NULL };

	if (tool_run(argv, "", 0))
		abort();
	return strdup(tool_printed);
}

static void same_again(const char *state)
{
	char *now;

	if (!apply(state, strlen(state))) {
		fprintf(stderr, "what was saved is refused:\n%s", state);
		abort();
	}
	now = saved();
	if (strcmp(now, state)) {
		fprintf(stderr, "saved:\n%sand then:\n%s", state, now);
		abort();
	}
	free(now);
}

/* It may refuse what this kernel alone takes. */
static void check(const char *state)
{
	static const char *const look[] = { "sgnl", "check", NULL };
	static const char *const clean[] = { "sgnl", "check", "--remove",
					     NULL };
	char *now;

	tool_run(look, "", 0);
	now = saved();
	if (strcmp(now, state)) {
		fprintf(stderr, "saved:\n%sand checked:\n%s", state, now);
		abort();
	}
	free(now);
	tool_run(clean, "", 0);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *state;

	tool_kernel_empty();
	if (!apply(data, size))
		return 0;
	state = saved();
	same_again(state);
	tool_kernel_empty();
	same_again(state);
	check(state);
	free(state);
	return 0;
}
