/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors end the tool at once: whatever it has queued in the kernel belongs to
 * its socket and goes with it, so that nothing is half done.
 */
#ifndef _SGNL_TOOL_ERROR_H
#define _SGNL_TOOL_ERROR_H

enum {
	STATUS_REFUSED = 1, /* by the tool */
	STATUS_KERNEL = 2, /* by the kernel */
	STATUS_DIFFERS = 2, /* diff found something, and nothing failed */
};

/* What the tool ends with if nothing fails. */
extern int exit_status;

/* Where the words come from: a file's line (NULL: the command line)... */
void error_line(const char *file, unsigned int line);
/* ... and the command that they belong to. */
void error_command(const char *object, const char *command);

/* What is told beside: nothing ends. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail_kernel(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
