// SPDX-License-Identifier: GPL-2.0
/* Fragments of one datagram, against a map of bytes. */
#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned long steps_seen[3] = {}, full = 0;

	fuzz_begin(data, size);
	try_fragments(steps_seen, &full);
	return 0;
}
