/* SPDX-License-Identifier: GPL-2.0 */
/* The grammar's upper two words: objects and their commands. */
#ifndef _SGNL_TOOL_COMMAND_H
#define _SGNL_TOOL_COMMAND_H

#include "args.h"
#include "change.h"

void command_usage(FILE *out);
/* Does what a command line asks for. */
void command_run(struct args *args);
/* Adds what a file's line asks for; only changes can stand in a file. */
void command_queue(struct args *args, struct changes *changes);
/* The same for a file that describes a state: add and platform set can stand in it. */
void command_describe(struct args *args, struct changes *changes);

#endif
