/* SPDX-License-Identifier: GPL-2.0 */
/* Texts for people. */
#ifndef SGNL_CORE_TEXT_H
#define SGNL_CORE_TEXT_H

#include <linux/types.h>

bool sgnl_text_valid(const char *text);

#endif
