/* SPDX-License-Identifier: GPL-2.0 */
/* The harness of the unit tests: checks, random numbers, TAP. */
#ifndef SGNL_UNIT_TAP_H
#define SGNL_UNIT_TAP_H

#include <linux/types.h>

/**
 * struct tap_test - one line of TAP
 * @title: statements that it tests, then a few words
 * @run: does so, through CHECK()
 */
struct tap_test {
	const char *title;
	void (*run)(void);
};

/**
 * struct tap_suite - the tests of one noun
 * @name: the noun
 * @test: its tests, ended by one without a title
 */
struct tap_suite {
	const char *name;
	const struct tap_test *test;
};

extern const struct tap_suite addr_suite, rule_suite, policy_suite, key_suite,
	guard_suite;
extern const struct tap_suite platform_suite, session_state_suite, reason_suite;
extern const struct tap_suite text_suite, list_suite, fragment_suite;
extern const struct tap_suite pattern_suite, classifier_suite, cover_suite;
extern const struct tap_suite slots_suite, radix_suite;

/* Evaluates to whether it holds, so that loops can stop at the first failure. */
#define CHECK(cond) tap_check((cond), __FILE__, __LINE__, #cond)
#define CHECK_EQ(a, b) \
	tap_check_equal((long long)(a), (long long)(b), __FILE__, __LINE__, \
			#a " == " #b)

bool tap_check(bool holds, const char *file, int line, const char *what);
bool tap_check_equal(long long a, long long b, const char *file, int line,
		     const char *what);
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How often a loop of random tries runs: n times, or ROUNDS per cent of that. */
unsigned long tap_rounds(unsigned long n);

/* Random numbers from SEED, the same in every run unless it is set. */
u64 rnd(void);
u32 rnd_below(u32 n);
bool rnd_one_in(u32 n);

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define RND_OF(a)   ((a)[rnd_below(COUNT_OF(a))])

#endif
