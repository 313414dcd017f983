// SPDX-License-Identifier: GPL-2.0
/* Lists and look-ups in them, against a scan. */
#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned long hits = 0;

	fuzz_begin(data, size);
	try_prefix_list(&hits);
	try_port_list(&hits);
	return 0;
}
