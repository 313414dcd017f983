/* SPDX-License-Identifier: GPL-2.0 */
/* AWS's answers. */
#ifndef _SGNL_TOOL_AWS_H
#define _SGNL_TOOL_AWS_H

#include "answer.h"

/* False if it is none of this cloud's answers. */
bool aws_read(struct answers *answers, const json_t *value);

#endif
