// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"

int exit_status;

static struct {
	const char *file;
	unsigned int line;
	const char *object;
	const char *command;
} at;

void error_line(const char *file, unsigned int line)
{
	at.file = file;
	at.line = line;
	at.object = NULL;
	at.command = NULL;
}

void error_command(const char *object, const char *command)
{
	at.object = object;
	at.command = command;
}

/* One line, whatever bytes the words have that it quotes. */
static void print(const char *what, const char *format, va_list args)
{
	char text[1024], *c;

	vsnprintf(text, sizeof(text), format, args);
	for (c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	fflush(stdout);
	fputs("sgnl: ", stderr);
	if (at.file)
		fprintf(stderr, "%s:%u: ", at.file, at.line);
	fprintf(stderr, "%s%s\n", what, text);
}

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print("", format, args);
	va_end(args);
}

void fail(const char *format, ...)
{
	char what[64] = "";
	va_list args;

	if (at.object)
		snprintf(what, sizeof(what), at.command ? "%s %s: " : "%s: ", at.object,
			 at.command);
	va_start(args, format);
	print(what, format, args);
	va_end(args);
	exit(STATUS_REFUSED);
}

void fail_kernel(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print("kernel: ", format, args);
	va_end(args);
	exit(STATUS_KERNEL);
}
