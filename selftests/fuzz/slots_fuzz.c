// SPDX-License-Identifier: GPL-2.0
/* Sessions in slots, coming, going, and moving to other arrays, against a plain list. */
#include "fuzz.h"
#include "slots.h"
#include "tap.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned long moves = 0;

	fuzz_begin(data, size);
	try_slots(rnd_below(2) ? SGNL_KEY4_WORDS : SGNL_KEY_WORDS, rnd_below(8),
		  rnd_below(2) ? ~0u : 0xc0000003, &moves);
	return 0;
}
