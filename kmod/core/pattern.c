// SPDX-License-Identifier: GPL-2.0
/* Guard patterns: what may stand in one. */
#include "pattern.h"

/* A device's name has no space, slash or colon; [ ] and \ mean more to shells. */
static bool is_pattern_char(u8 c)
{
	return c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '[' &&
	       c != ']' && c != '\\';
}

/**
 * sgnl_pattern_valid() - is a text a guard pattern?
 * @pattern: the text
 *
 * Context: any.
 */
bool sgnl_pattern_valid(const char *pattern)
{
	unsigned int n;

	for (n = 0; pattern[n]; n++)
		if (n == SGNL_PATTERN_MAX || !is_pattern_char(pattern[n]))
			return false;
	return n > 0;
}
