/* SPDX-License-Identifier: GPL-2.0 */
/* The tool as a function, with a kernel that holds what it is told and judges nothing. */
#ifndef SGNL_FUZZ_TOOL_H
#define SGNL_FUZZ_TOOL_H

#include <stddef.h>

/* The main() of the tool. */
int sgnl_main(int argc, char **argv);

/* Forgets all that it was told. */
void tool_kernel_empty(void);

/* Runs a command line, ended by NULL, with @size bytes to read; its exit status. */
int tool_run(const char *const *argv, const void *input, size_t size);

/* What the last run has printed. */
extern char tool_printed[];

#endif
