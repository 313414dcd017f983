// SPDX-License-Identifier: GPL-2.0
/* A file of changes. */
#include "fuzz.h"
#include "tool.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const char *const argv[] = { "sgnl", "-b", "-", NULL };

	tool_kernel_empty();
	tool_run(argv, data, size);
	return 0;
}
