// SPDX-License-Identifier: GPL-2.0
/* A policy and look-ups in it, against a scan of its rules. */
#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned long seen[SGNL_REASON_MAX + 1] = {};

	fuzz_begin(data, size);
	/* Three words of bit vectors */
	try_policy(130, 8, seen);
	return 0;
}
