// SPDX-License-Identifier: GPL-2.0
/*
 * The harness of the unit tests (unit/tap.h) for fuzzers: random numbers are
 * the bytes of the input, and a check that fails ends the run.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tap.h"

static const u8 *bytes;
static size_t left;
static u64 state;

void fuzz_begin(const u8 *data, size_t size)
{
	bytes = data;
	left = size;
	state = 0;
}

char *fuzz_text(const u8 *data, size_t size)
{
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = 0;
	return text;
}

/* Behind the input's end come numbers that are always the same. */
static u8 next(void)
{
	if (left) {
		left--;
		return *bytes++;
	}
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return state >> 56;
}

/* No more bytes than the number needs, so that each of them counts. */
static u64 take(unsigned int n)
{
	u64 v = 0;

	while (n--)
		v = v << 8 | next();
	return v;
}

u64 rnd(void)
{
	return take(8);
}

u32 rnd_below(u32 n)
{
	return take(n <= 0x100 ? 1 : n <= 0x10000 ? 2 : 4) % n;
}

bool rnd_one_in(u32 n)
{
	return rnd_below(n) == 0;
}

unsigned long tap_rounds(unsigned long n)
{
	return n;
}

/* Is called behind a check that failed, which ends the run before. */
void tap_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\n", stderr);
}

bool tap_check(bool holds, const char *file, int line, const char *what)
{
	if (holds)
		return true;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

bool tap_check_equal(long long a, long long b, const char *file, int line,
		     const char *what)
{
	if (a == b)
		return true;
	fprintf(stderr, "%s:%d: %lld != %lld: %s\n", file, line, a, b, what);
	abort();
}
