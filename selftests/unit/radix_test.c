// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/radix, beside taking the smallest again and again. */
#include <string.h>

#include "radix.h"
#include "tap.h"
#include "trial.h"

#define ITEMS 64

static bool less(const struct sgnl_addr *a, const struct sgnl_addr *b)
{
	return a->hi < b->hi || (a->hi == b->hi && a->lo < b->lo);
}

/* The first of the smallest goes first. */
static void twin_sort(struct sgnl_radix_item *item, unsigned int n)
{
	struct sgnl_radix_item first;
	unsigned int i, k, least;

	for (i = 0; i < n; i++) {
		for (least = k = i; k < n; k++)
			if (less(&item[k].at, &item[least].at))
				least = k;
		first = item[least];
		memmove(&item[i + 1], &item[i], (least - i) * sizeof(*item));
		item[i] = first;
	}
}

bool try_radix(unsigned int n, struct sgnl_addr mask)
{
	struct sgnl_radix_item item[ITEMS], spare[ITEMS], twin[ITEMS], *sorted;
	unsigned int i;

	for (i = 0; i < n; i++)
		item[i] = (struct sgnl_radix_item){
			.at.hi = rnd() & mask.hi,
			.at.lo = rnd() & mask.lo,
			.value = i,
		};
	memcpy(twin, item, n * sizeof(*twin));
	twin_sort(twin, n);
	sorted = sgnl_radix_sort(item, spare, n);
	for (i = 0; i < n; i++)
		if (!CHECK(sgnl_addr_equal(&sorted[i].at, &twin[i].at)) ||
		    !CHECK_EQ(sorted[i].value, twin[i].value))
			return false;
	return true;
}

static void test_random(void)
{
	unsigned long n;

	for (n = 0; n < tap_rounds(100000); n++) {
		struct sgnl_addr mask = {
			.hi = rnd() & rnd() & rnd(),
			.lo = rnd() & rnd() & rnd(),
		};

		if (!try_radix(rnd_below(ITEMS + 1), mask))
			break;
	}
}

/* Numbers that differ in one byte alone, each of the sixteen. */
static void test_bytes(void)
{
	unsigned int d, n;

	for (d = 0; d < 16; d++)
		for (n = 0; n <= ITEMS; n++) {
			struct sgnl_addr mask = {
				.hi = d < 8 ? 0 : 0xffULL << 8 * (d - 8),
				.lo = d < 8 ? 0xffULL << 8 * d : 0,
			};

			if (!try_radix(n, mask))
				tap_note("%u items, byte %u", n, d);
		}
}

static const struct tap_test tests[] = {
	{ "E7 numbers in ascending order, beside taking the smallest",
	  test_random },
	{ "E7 numbers that differ in one byte", test_bytes },
	{}
};

const struct tap_suite radix_suite = { "radix", tests };
