// SPDX-License-Identifier: GPL-2.0
/* A text, against the C library's reading of UTF-8. */
#include <stdlib.h>

#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *text = fuzz_text(data, size);

	try_text(text);
	free(text);
	return 0;
}
