// SPDX-License-Identifier: GPL-2.0
/* A rule, right or wrong, against the words of R1 to R11. */
#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned long valid = 0, same = 0;

	fuzz_begin(data, size);
	try_rule(&valid);
	try_identity(&same);
	return 0;
}
