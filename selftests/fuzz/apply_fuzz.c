// SPDX-License-Identifier: GPL-2.0
/* A file of a state; what is saved of it makes the same state again (C4). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tool.h"

static char *apply[] = { "sgnl", "apply", "-f", "-", NULL };
static char *save[] = { "sgnl", "save", NULL };

static char *saved(void)
{
	if (tool_run(save, "", 0))
		abort();
	return strdup(tool_printed);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *first, *second;

	tool_kernel_empty();
	if (tool_run(apply, data, size))
		return 0;
	first = saved();
	tool_kernel_empty();
	if (tool_run(apply, first, strlen(first))) {
		fprintf(stderr, "what was saved is refused:\n%s", first);
		abort();
	}
	second = saved();
	if (strcmp(first, second)) {
		fprintf(stderr, "saved:\n%sand then:\n%s", first, second);
		abort();
	}
	free(first);
	free(second);
	return 0;
}
