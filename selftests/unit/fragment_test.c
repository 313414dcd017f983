// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/fragment. */
#include <string.h>

#include "fragment.h"
#include "tap.h"
#include "trial.h"

/* What was seen of a datagram, byte by byte, by the words of S11. */
struct twin {
	bool byte[65536];
	u32 top; /* no byte from here on was seen */
	u32 first_end;
	u32 total; /* 0 until the last fragment was seen */
	bool poisoned;
};

static unsigned int twin_ranges(const struct twin *t)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < t->top; i++)
		n += t->byte[i] && (i == 0 || !t->byte[i - 1]);
	return n;
}

static void twin_first(struct twin *t, u32 len)
{
	memset(t->byte, false, t->top);
	memset(t->byte, true, len);
	t->top = len;
	t->first_end = len;
	t->total = 0;
	t->poisoned = false;
}

static enum sgnl_fragment_step twin_step(struct twin *t, u32 start, u32 len,
					 bool last)
{
	u32 i;

	if (start < t->first_end)
		t->poisoned = true;
	if (t->poisoned)
		return SGNL_FRAGMENT_DROP;
	for (i = start; i < start + len; i++)
		if (t->byte[i])
			return SGNL_FRAGMENT_DROP;
	/* Nothing is behind the last fragment, and there is one of them. */
	if (t->total && (last || start + len > t->total))
		return SGNL_FRAGMENT_DROP;
	if (last)
		for (i = start + len; i < t->top; i++)
			if (t->byte[i])
				return SGNL_FRAGMENT_DROP;
	memset(t->byte + start, true, len);
	if (t->top < start + len)
		t->top = start + len;
	if (twin_ranges(t) > 8) {
		memset(t->byte + start, false, len);
		return SGNL_FRAGMENT_DROP;
	}
	if (last)
		t->total = start + len;
	if (!t->total)
		return SGNL_FRAGMENT_PASS;
	for (i = 0; i < t->total; i++)
		if (!t->byte[i])
			return SGNL_FRAGMENT_PASS;
	return SGNL_FRAGMENT_COMPLETE;
}

static bool sound(const struct sgnl_fragment_seen *seen)
{
	unsigned int i;

	for (i = 0; i < seen->n; i++)
		if (seen->range[i].start >= seen->range[i].end ||
		    (i && seen->range[i - 1].end >= seen->range[i].start))
			return false;
	return seen->n >= 1 && seen->n <= SGNL_FRAGMENT_RANGES_MAX &&
	       seen->range[0].start == 0;
}

bool try_fragments(unsigned long steps_seen[3], unsigned long *full)
{
	static struct twin t;
	/* Small datagrams so that fragments meet, and large ones */
	u32 unit = rnd_one_in(4) ? 1480 : 8;
	u32 pieces = 2 + rnd_below(unit == 8 ? 30 : 40);
	struct sgnl_fragment_seen s;
	unsigned int i;

	sgnl_fragment_first(&s, unit);
	twin_first(&t, unit);
	for (i = 0; i < 60; i++) {
		u32 start = unit * rnd_below(pieces);
		u32 len = unit * (1 + (rnd_one_in(6) ? rnd_below(4) : 0));
		bool last = rnd_one_in(12);
		int got, want;

		if (start == 0 && !rnd_one_in(20))
			start = unit;
		if (rnd_one_in(12))
			start += 8;
		if (last)
			len = 1 + rnd_below(len);
		if (start + len > 65535)
			continue;
		got = sgnl_fragment_step(&s, start, len, last);
		want = twin_step(&t, start, len, last);
		if (!CHECK_EQ(got, want) || !CHECK(sound(&s))) {
			tap_note("fragment %u: %u bytes at %u, last %u", i, len,
				 start, last);
			return false;
		}
		steps_seen[got]++;
		*full += s.n == SGNL_FRAGMENT_RANGES_MAX;
		if (got == SGNL_FRAGMENT_COMPLETE)
			break;
	}
	return true;
}

static void test_twin(void)
{
	unsigned long n, seen_step[3] = {}, full = 0;

	for (n = 0; n < tap_rounds(400); n++)
		if (!try_fragments(seen_step, &full)) {
			tap_note("round %lu", n);
			return;
		}
	CHECK(seen_step[SGNL_FRAGMENT_PASS] > n);
	CHECK(seen_step[SGNL_FRAGMENT_COMPLETE] > n / 100);
	CHECK(seen_step[SGNL_FRAGMENT_DROP] > n);
	CHECK(full > n / 10);
}

/* Every order of five fragments: all pass, and the last to come completes. */
static void test_orders(void)
{
	unsigned int order, i;

	for (order = 0; order < 4 * 4 * 4 * 4; order++) {
		unsigned int left = 0;
		struct sgnl_fragment_seen s;

		for (i = 0; i < 4; i++)
			left |= 1 << (order >> 2 * i & 3);
		if (left != 15)
			continue;
		sgnl_fragment_first(&s, 16);
		for (i = 0; i < 4; i++) {
			unsigned int k = 1 + (order >> 2 * i & 3);

			CHECK_EQ(sgnl_fragment_step(&s, 16 * k, k == 4 ? 3 : 16,
						    k == 4),
				 i < 3 ? SGNL_FRAGMENT_PASS :
					 SGNL_FRAGMENT_COMPLETE);
		}
	}
}

static void test_poison(void)
{
	static const struct {
		u32 start, len;
		bool poisons;
	} row[] = {
		{ 0, 16, true },   { 0, 8, true },   { 8, 8, true },
		{ 8, 64, true },   { 32, 8, false }, { 24, 16, false },
		{ 32, 16, false },
	};
	unsigned int i;

	for (i = 0; i < COUNT_OF(row); i++) {
		struct sgnl_fragment_seen s;

		sgnl_fragment_first(&s, 16);
		CHECK_EQ(sgnl_fragment_step(&s, 32, 8, false),
			 SGNL_FRAGMENT_PASS);
		CHECK_EQ(sgnl_fragment_step(&s, row[i].start, row[i].len,
					    false),
			 SGNL_FRAGMENT_DROP);
		if (!CHECK_EQ(sgnl_fragment_step(&s, 16, 8, false),
			      row[i].poisons ? SGNL_FRAGMENT_DROP :
					       SGNL_FRAGMENT_PASS))
			tap_note("row %u", i);
	}
}

static void test_bounds(void)
{
	struct sgnl_fragment_seen s;
	unsigned int i;

	/* Eight ranges; what touches one is no ninth */
	sgnl_fragment_first(&s, 8);
	for (i = 1; i < 8; i++)
		CHECK_EQ(sgnl_fragment_step(&s, 32 * i, 8, false),
			 SGNL_FRAGMENT_PASS);
	CHECK_EQ(sgnl_fragment_step(&s, 32 * 8, 8, false), SGNL_FRAGMENT_DROP);
	CHECK_EQ(sgnl_fragment_step(&s, 40, 8, false), SGNL_FRAGMENT_PASS);
	CHECK_EQ(sgnl_fragment_step(&s, 24, 8, false), SGNL_FRAGMENT_PASS);
	CHECK_EQ(sgnl_fragment_step(&s, 8, 16, false), SGNL_FRAGMENT_PASS);
	CHECK_EQ(sgnl_fragment_step(&s, 32 * 8, 8, false), SGNL_FRAGMENT_PASS);
	/* To the last byte */
	sgnl_fragment_first(&s, 65528);
	CHECK_EQ(sgnl_fragment_step(&s, 65528, 7, true),
		 SGNL_FRAGMENT_COMPLETE);
}

static const struct tap_test tests[] = {
	{ "S11 fragments in every order, the last one completes", test_orders },
	{ "S11 an overlap with the first fragment poisons the datagram",
	  test_poison },
	{ "S11 at most eight ranges a datagram, and its last byte",
	  test_bounds },
	{ "S11 random fragments, held against a map of bytes", test_twin },
	{}
};

const struct tap_suite fragment_suite = { "fragment", tests };
