// SPDX-License-Identifier: GPL-2.0
/* A packet and an ARP under the address guard, against E1's words. */
#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned long seen[SGNL_REASON_MAX + 1] = {};

	fuzz_begin(data, size);
	try_guard(seen);
	try_arp(seen);
	return 0;
}
