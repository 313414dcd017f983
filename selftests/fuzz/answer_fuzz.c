// SPDX-License-Identifier: GPL-2.0
/*
 * A cloud's answers. Applied a second time they change nothing; what is saved in
 * the cloud's form makes the same groups, rules and lists from none, and is
 * saved as it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tool.h"

static bool apply(const void *file, size_t size)
{
	static const char *const argv[] = { "sgnl", "apply",	 "-f",
					    "-",    "--partial", NULL };

	return !tool_run(argv, file, size);
}

static char *saved(const char *form)
{
	const char *const argv[] = { "sgnl", "save", form, NULL };

	return tool_run(argv, "", 0) ? NULL : strdup(tool_printed);
}

static void same(char *a, char *b, const char *what)
{
	if (!b || strcmp(a, b)) {
		fprintf(stderr, "%s:\n%sand then:\n%s", what, a,
			b ? b : "nothing");
		abort();
	}
	free(b);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *state, *answers;

	/* A file of commands is apply_fuzz.c's. */
	if (!size || (*data != '{' && *data != '['))
		return -1;
	tool_kernel_empty();
	if (!apply(data, size))
		return 0;
	state = saved(NULL);
	answers = saved("--aliyun");
	if (!state || !apply(data, size))
		abort();
	same(state, saved(NULL), "applied");
	/* One with ICMP types is not written. */
	if (!answers) {
		free(state);
		return 0;
	}
	tool_kernel_empty();
	if (*answers && !apply(answers, strlen(answers))) {
		fprintf(stderr, "what was saved is refused:\n%s", answers);
		abort();
	}
	same(answers, saved("--aliyun"), "saved");
	same(state, saved(NULL), "applied to none");
	free(answers);
	free(state);
	return 0;
}
