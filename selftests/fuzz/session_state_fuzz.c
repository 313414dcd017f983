// SPDX-License-Identifier: GPL-2.0
/* The packets of one session, against the words of S2 to S12. */
#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	fuzz_begin(data, size);
	try_session(40);
	return 0;
}
