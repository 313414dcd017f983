/* SPDX-License-Identifier: GPL-2.0 */
/* Which bytes of a fragmented datagram were seen. */
#ifndef SGNL_CORE_FRAGMENT_H
#define SGNL_CORE_FRAGMENT_H

#include <linux/types.h>
#include "limits.h"

/**
 * struct sgnl_fragment_range - bytes of a datagram that hang together
 * @start: the first of them
 * @end: the first behind them
 */
struct sgnl_fragment_range {
	u32 start;
	u32 end;
};

/**
 * struct sgnl_fragment_seen - the bytes of a datagram that were seen
 * @first_end: where its first fragment ended
 * @n: how many ranges
 * @range: they, ascending; no two touch
 * @poisoned: someone tried to write over the first fragment
 */
struct sgnl_fragment_seen {
	u32 first_end;
	u8 n;
	bool poisoned;
	struct sgnl_fragment_range range[SGNL_FRAGMENT_RANGES_MAX];
};

/**
 * enum sgnl_fragment_step - what is to be done with a later fragment
 * @SGNL_FRAGMENT_PASS: it passes
 * @SGNL_FRAGMENT_COMPLETE: it passes, and all of the datagram was seen
 * @SGNL_FRAGMENT_DROP: it overlaps what was seen, or is one hole too many
 */
enum sgnl_fragment_step {
	SGNL_FRAGMENT_PASS,
	SGNL_FRAGMENT_COMPLETE,
	SGNL_FRAGMENT_DROP,
};

void sgnl_fragment_first(struct sgnl_fragment_seen *seen, u32 len);
enum sgnl_fragment_step sgnl_fragment_step(struct sgnl_fragment_seen *seen,
					   u32 start, u32 len, bool last);

#endif
