// SPDX-License-Identifier: GPL-2.0
/*
 * The harness of the unit tests.
 *
 *   unit [SUITE...]
 *
 * SEED       begins the random numbers (1)
 * ROUNDS     per cent of the random tries (100)
 * FAIL_FAST  any value: stop at the first failed check
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* The quick ones first: mutants.sh waits for the first failure of any. */
static const struct tap_suite *const suites[] = {
	&session_state_suite, &reason_suite, &text_suite,	&fragment_suite,
	&pattern_suite,	      &guard_suite,  &slots_suite,	&radix_suite,
	&addr_suite,	      &list_suite,   &classifier_suite, &platform_suite,
	&key_suite,	      &policy_suite, &cover_suite,	&rule_suite,
};

/* Failed checks that are printed of one test. */
#define SHOWN_MAX 5

static u64 seed = 1;
static u64 state;
static unsigned long percent = 100;
static bool fail_fast;
static unsigned int failed_checks;

static void failed(const char *file, int line)
{
	const char *base = strrchr(file, '/');

	failed_checks++;
	if (failed_checks <= SHOWN_MAX)
		printf("# %s:%d: ", base ? base + 1 : file, line);
}

static void end_failed(void)
{
	if (!fail_fast)
		return;
	puts("Bail out! a check failed");
	exit(1);
}

bool tap_check(bool holds, const char *file, int line, const char *what)
{
	if (holds)
		return true;
	failed(file, line);
	if (failed_checks <= SHOWN_MAX)
		printf("does not hold: %s\n", what);
	end_failed();
	return false;
}

bool tap_check_equal(long long a, long long b, const char *file, int line,
		     const char *what)
{
	if (a == b)
		return true;
	failed(file, line);
	if (failed_checks <= SHOWN_MAX)
		printf("%lld != %lld: %s\n", a, b, what);
	end_failed();
	return false;
}

/* Says more of a check that failed. */
void tap_note(const char *format, ...)
{
	va_list args;

	if (failed_checks > SHOWN_MAX)
		return;
	printf("#   ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	puts("");
}

unsigned long tap_rounds(unsigned long n)
{
	n = n * percent / 100;
	return n ? n : 1;
}

/* splitmix64 */
u64 rnd(void)
{
	u64 z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

u32 rnd_below(u32 n)
{
	return (rnd() >> 32) * n >> 32;
}

bool rnd_one_in(u32 n)
{
	return rnd_below(n) == 0;
}

static bool wanted(const struct tap_suite *suite, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], suite->name) == 0)
			return true;
	return argc < 2;
}

int main(int argc, char **argv)
{
	unsigned int n = 0, bad = 0;
	const struct tap_test *t;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getenv("SEED"))
		seed = strtoull(getenv("SEED"), NULL, 0);
	if (getenv("ROUNDS"))
		percent = strtoul(getenv("ROUNDS"), NULL, 0);
	fail_fast = getenv("FAIL_FAST");
	printf("TAP version 13\n# SEED=%llu\n", (unsigned long long)seed);

	for (i = 0; i < COUNT_OF(suites); i++) {
		if (!wanted(suites[i], argc, argv))
			continue;
		for (t = suites[i]->test; t->title; t++) {
			/* A test does the same alone as after others. */
			state = seed;
			failed_checks = 0;
			t->run();
			n++;
			bad += failed_checks > 0;
			printf("%sok %u %s\n", failed_checks ? "not " : "", n,
			       t->title);
		}
	}
	printf("1..%u\n", n);
	return bad || !n;
}
