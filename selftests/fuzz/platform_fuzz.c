// SPDX-License-Identifier: GPL-2.0
/* Platform traffic and mail, against a table of both. */
#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned long seen[SGNL_REASON_MAX + 1] = {};

	fuzz_begin(data, size);
	try_platform(seen);
	return 0;
}
