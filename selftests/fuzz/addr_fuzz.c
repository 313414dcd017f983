// SPDX-License-Identifier: GPL-2.0
/* An address and a prefix, against single bits and lists. */
#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	fuzz_begin(data, size);
	try_addr();
	return 0;
}
