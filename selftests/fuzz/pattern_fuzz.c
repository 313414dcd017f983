// SPDX-License-Identifier: GPL-2.0
/* A guard pattern, against a regular expression. */
#include <stdlib.h>

#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *text = fuzz_text(data, size);

	try_pattern(text);
	free(text);
	return 0;
}
