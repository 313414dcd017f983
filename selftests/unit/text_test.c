// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/text, beside the C library's own reading of UTF-8. */
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "tap.h"
#include "text.h"
#include "trial.h"

static bool naive_valid(const char *text)
{
	mbstate_t state = {};
	size_t left = strlen(text);

	while (left) {
		wchar_t c;
		size_t n = mbrtowc(&c, text, left, &state);

		if (n == (size_t)-1 || n == (size_t)-2)
			return false;
		/* glibc reads on beyond Unicode. */
		if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
		text += n;
		left -= n;
	}
	return true;
}

bool try_text(const char *text)
{
	static const char *locale;
	unsigned int i;

	if (!locale)
		locale = setlocale(LC_CTYPE, "C.UTF-8");
	if (CHECK(locale) && CHECK_EQ(sgnl_text_valid(text), naive_valid(text)))
		return true;
	for (i = 0; text[i]; i++)
		tap_note("%02x", (u8)text[i]);
	return false;
}

static void test_vectors(void)
{
	CHECK(sgnl_text_valid(""));
	CHECK(sgnl_text_valid("web \"front\" \\ caf\xc3\xa9 \xe2\x82\xac"));
	CHECK(sgnl_text_valid("\xf4\x8f\xbf\xbf"));
	CHECK(!sgnl_text_valid("\xf4\x90\x80\x80"));
	CHECK(!sgnl_text_valid("\xff\xfe"));
	CHECK(!sgnl_text_valid("\xc0\x80"));
	CHECK(!sgnl_text_valid("\xe0\x80\x80"));
	CHECK(!sgnl_text_valid("\xed\xa0\x80"));
	CHECK(!sgnl_text_valid("\xe2\x82"));
	CHECK(!sgnl_text_valid("a\x80"));
}

/* Bytes near the edges of the table, where a random one would seldom fall. */
static void test_random(void)
{
	static const u8 edge[] = {
		0x01, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
		0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
		0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
	};
	unsigned long i;

	for (i = 0; i < tap_rounds(1000000); i++) {
		unsigned int n = rnd_below(7), k;
		char text[8];

		for (k = 0; k < n; k++)
			text[k] = edge[rnd_below(sizeof(edge))];
		text[n] = 0;
		if (!try_text(text))
			return;
	}
}

static const struct tap_test tests[] = {
	{ "R1 C4 a description is UTF-8", test_vectors },
	{ "R1 C4 what is UTF-8, beside the C library", test_random },
	{}
};

const struct tap_suite text_suite = { "text", tests };
