// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/pattern, beside a regular expression. */
#include <regex.h>
#include <stdio.h>

#include "pattern.h"
#include "tap.h"
#include "trial.h"

bool try_pattern(const char *text)
{
	static regex_t naive;
	static bool compiled;

	if (!compiled)
		compiled = !regcomp(&naive, "^[!-.0-9;-Z^-~]{1,15}$",
				    REG_EXTENDED | REG_NOSUB);
	return CHECK(compiled) && CHECK_EQ(sgnl_pattern_valid(text),
					   !regexec(&naive, text, 0, NULL, 0));
}

static void test_vectors(void)
{
	CHECK(sgnl_pattern_valid("*"));
	CHECK(sgnl_pattern_valid("vnet*"));
	CHECK(sgnl_pattern_valid("!\"#$%&'()+,-."));
	CHECK(sgnl_pattern_valid("0;<=>?@Z^_`{|}~"));
	CHECK(sgnl_pattern_valid("abcdefghijklmn?"));
	CHECK(!sgnl_pattern_valid("abcdefghijklmnop"));
	CHECK(!sgnl_pattern_valid(""));
	CHECK(!sgnl_pattern_valid("a b"));
	CHECK(!sgnl_pattern_valid("tap\t"));
	CHECK(!sgnl_pattern_valid("[ab]"));
	CHECK(!sgnl_pattern_valid("a\\*"));
	CHECK(!sgnl_pattern_valid("a/b"));
	CHECK(!sgnl_pattern_valid("a:b"));
	CHECK(!sgnl_pattern_valid("\xc3\xa4"));
}

/* Each byte, alone and behind others of every length around the longest. */
static void test_bytes(void)
{
	unsigned int c, n;

	for (c = 1; c < 256; c++)
		for (n = 0; n < 20; n++) {
			char text[32];

			snprintf(text, sizeof(text), "%.*s%c", (int)n,
				 "abcdefghijklmnopqrst", (char)c);
			if (!try_pattern(text))
				tap_note("%u bytes, then %02x", n, c);
		}
}

static const struct tap_test tests[] = {
	{ "D1 what may be a guard pattern", test_vectors },
	{ "D1 each byte in a guard pattern, beside a regular expression",
	  test_bytes },
	{}
};

const struct tap_suite pattern_suite = { "pattern", tests };
