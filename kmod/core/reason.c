// SPDX-License-Identifier: GPL-2.0
/* Why a packet passed or was dropped: every reason once. */
#include "reason.h"

const struct sgnl_reason_info sgnl_reasons[SGNL_REASON_MAX + 1] = {
#define SGNL_REASON_ROW(symbol, name_, passes_, text_) \
	[SGNL_REASON_##symbol] = { \
		.name = name_, \
		.text = text_, \
		.passes = passes_, \
	},
	SGNL_REASONS(SGNL_REASON_ROW)
#undef SGNL_REASON_ROW
};

#define SGNL_REASON_COUNT(symbol, name, passes, text) +1
_Static_assert(0 SGNL_REASONS(SGNL_REASON_COUNT) == SGNL_REASON_MAX + 1,
	       "every reason of the spec has its row");
#undef SGNL_REASON_COUNT
