// SPDX-License-Identifier: GPL-2.0
/* Each byte a reason, against the list of what ends by which statement. */
#include "fuzz.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	for (; size; size--, data++)
		try_reason(*data % (SGNL_REASON_MAX + 1));
	return 0;
}
