// SPDX-License-Identifier: GPL-2.0
/* A command line: the words are lines. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tool.h"

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text;
	const char *argv[WORDS_MAX + 2] = { "sgnl" };
	int n = 1;

	/* An argument ends at the first zero byte. */
	while (n <= WORDS_MAX && (argv[n] = strsep(&rest, "\n")))
		n++;
	argv[n] = NULL;
	tool_kernel_empty();
	tool_run(argv, "", 0);
	free(text);
	return 0;
}
