/* SPDX-License-Identifier: GPL-2.0 */
/* Files of commands. */
#ifndef _SGNL_TOOL_BATCH_H
#define _SGNL_TOOL_BATCH_H

#include "args.h"
#include "change.h"

typedef void (*batch_line)(struct args *args, struct changes *changes);

/* Hands the words of each line to @line; "-" is standard input. */
void batch_read(const char *file, struct changes *changes, batch_line line);

#endif
