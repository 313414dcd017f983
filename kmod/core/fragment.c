// SPDX-License-Identifier: GPL-2.0
/*
 * Which bytes of a fragmented datagram were seen.
 *
 * The last fragment counts as reaching to the end of all datagrams. So one that
 * begins behind it overlaps it, a second last one does too, and a datagram is
 * complete when one range holds everything.
 */
#include <linux/string.h>

#include "fragment.h"

#define END (1u << 16)

/**
 * sgnl_fragment_first() - begins with a first fragment
 * @seen: what was seen; set
 * @len: its bytes
 *
 * Context: any.
 */
void sgnl_fragment_first(struct sgnl_fragment_seen *seen, u32 len)
{
	*seen = (struct sgnl_fragment_seen){
		.first_end = len,
		.n = 1,
		.range[0] = { 0, len },
	};
}

/* Ranges from the i-th on move by one place, up or down. */
static void move(struct sgnl_fragment_seen *seen, unsigned int i, int by)
{
	memmove(&seen->range[i + by], &seen->range[i],
		(seen->n - i) * sizeof(seen->range[0]));
	seen->n += by;
}

/**
 * sgnl_fragment_step() - one more fragment of a datagram
 * @seen: what was seen of it; the fragment is added if it passes
 * @start: its first byte
 * @len: its bytes, at least one; @start + @len is at most 65535
 * @last: no more fragments are behind it
 *
 * One that overlaps the first fragment, or is a second one, poisons the
 * datagram: no more of it passes.
 *
 * Context: any. The caller holds what protects @seen.
 * Return: what is to be done with it.
 */
enum sgnl_fragment_step sgnl_fragment_step(struct sgnl_fragment_seen *seen,
					   u32 start, u32 len, bool last)
{
	u32 end = last ? END : start + len;
	struct sgnl_fragment_range *r = seen->range;
	unsigned int i = 1; /* the first range behind the fragment */

	if (start < seen->first_end)
		seen->poisoned = true;
	if (seen->poisoned)
		return SGNL_FRAGMENT_DROP;

	/* The first fragment's range is before it. */
	while (i < seen->n && r[i].start <= start)
		i++;
	if (r[i - 1].end > start || (i < seen->n && r[i].start < end))
		return SGNL_FRAGMENT_DROP;

	if (r[i - 1].end == start) {
		r[i - 1].end = end;
		if (i < seen->n && r[i].start == end) {
			r[i - 1].end = r[i].end;
			move(seen, i + 1, -1);
		}
	} else if (i < seen->n && r[i].start == end) {
		r[i].start = start;
	} else {
		if (seen->n == SGNL_FRAGMENT_RANGES_MAX)
			return SGNL_FRAGMENT_DROP;
		move(seen, i, 1);
		r[i] = (struct sgnl_fragment_range){ start, end };
	}
	return r[0].end == END ? SGNL_FRAGMENT_COMPLETE : SGNL_FRAGMENT_PASS;
}
