/* SPDX-License-Identifier: GPL-2.0 */
/* Alibaba Cloud's answers: reading, and writing them. */
#ifndef _SGNL_TOOL_ALIYUN_H
#define _SGNL_TOOL_ALIYUN_H

#include "answer.h"

/* False if it is none of this cloud's answers. */
bool aliyun_read(struct answers *answers, const json_t *value);
/*
 * Prints the groups with their rules, and the lists, as the answers that tell
 * of them. A rule that none of them can tell is said to be left out, and ends
 * the tool before, unless @partial.
 */
void aliyun_print(struct state *state, bool partial);

#endif
