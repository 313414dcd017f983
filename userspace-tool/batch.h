/* SPDX-License-Identifier: GPL-2.0 */
/* Files of commands. */
#ifndef _SGNL_TOOL_BATCH_H
#define _SGNL_TOOL_BATCH_H

#include <stdio.h>

#include "args.h"
#include "change.h"

typedef void (*batch_line)(struct args *args, struct changes *changes);

/* Opens a file, past leading spaces and empty lines; "-" is standard input. */
FILE *batch_open(const char *file, struct changes *changes);
/* Hands the words of each line to @line, and closes the file. */
void batch_read(FILE *in, struct changes *changes, batch_line line);

#endif
