// SPDX-License-Identifier: GPL-2.0
/* Texts for people. */
#include "text.h"

/* Bytes that follow the first of a character, or -1 if none begins so. */
static int followers(u8 first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xc2 && first < 0xe0)
		return 1;
	if (first >= 0xe0 && first < 0xf0)
		return 2;
	if (first >= 0xf0 && first < 0xf5)
		return 3;
	return -1;
}

/**
 * sgnl_text_valid() - is a text UTF-8?
 * @text: the text
 *
 * By the table of well-formed byte sequences of the Unicode standard (table
 * 3-7): nothing overlong, no surrogates, nothing above U+10FFFF.
 *
 * Context: any.
 */
bool sgnl_text_valid(const char *text)
{
	const u8 *s = (const u8 *)text;

	while (*s) {
		u8 first = *s++;
		u8 low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
		u8 high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
		int n = followers(first);

		if (n < 0)
			return false;
		for (; n; n--, s++, low = 0x80, high = 0xbf)
			if (*s < low || *s > high)
				return false;
	}
	return true;
}
