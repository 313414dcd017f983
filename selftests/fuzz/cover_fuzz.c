// SPDX-License-Identifier: GPL-2.0
/* What sgnl check says of rules, against one packet for every cell. */
#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned long seen[3] = {};

	fuzz_begin(data, size);
	try_cover(seen);
	return 0;
}
