/* SPDX-License-Identifier: GPL-2.0 */
/* Guard patterns: what may stand in one. */
#ifndef SGNL_CORE_PATTERN_H
#define SGNL_CORE_PATTERN_H

#include <linux/types.h>
#include <linux/sgnl.h>

#define SGNL_PATTERN_EXPECTED \
	"1 to 15 bytes of a device's name, with * and ?, expected"

bool sgnl_pattern_valid(const char *pattern);

#endif
