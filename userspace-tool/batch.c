// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "error.h"
#include "mem.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What stands behind a backslash: \" \\ and \xHH, as quoted() writes them. */
static const char *read_escape(const char *c)
{
	char hex[3] = {};
	char byte;

	if (*c == '"' || *c == '\\') {
		obstack_1grow(&mem, *c);
		return c + 1;
	}
	if (*c != 'x' || !isxdigit((unsigned char)c[1]) || !isxdigit((unsigned char)c[2]))
		fail("\"\\%c\" in quotes: expected \\\", \\\\ or \\xHH", *c == '\n' ? ' ' : *c);
	memcpy(hex, c + 1, 2);
	byte = strtoul(hex, NULL, 16);
	if (!byte)
		fail("\"\\x00\" in quotes: expected no zero byte");
	obstack_1grow(&mem, byte);
	return c + 3;
}

static const char *read_quoted(const char *c)
{
	while (*c != '"') {
		if (!*c || *c == '\n')
			fail("quote without end: expected another \"");
		if (*c == '\\') {
			c = read_escape(c + 1);
			continue;
		}
		obstack_1grow(&mem, *c++);
	}
	c++;
	if (*c && !is_space(*c))
		fail("\"%c\" right behind a quote: expected a space", *c);
	return c;
}

static void read_line(struct args *args, const char *c)
{
	VEC(char *) words = {};

	for (;;) {
		while (is_space(*c))
			c++;
		if (!*c || *c == '#')
			break;
		if (*c == '"')
			c = read_quoted(c + 1);
		else
			while (*c && !is_space(*c))
				obstack_1grow(&mem, *c++);
		obstack_1grow(&mem, '\0');
		*vec_add(&words) = obstack_finish(&mem);
	}
	*args = (struct args){ .word = words.v, .n = words.n };
}

FILE *batch_open(const char *file, struct changes *changes)
{
	bool is_stdin = !strcmp(file, "-");
	FILE *in = is_stdin ? stdin : fopen(file, "re");
	int c;

	changes->file = is_stdin ? "standard input" : file;
	changes->line = 0;
	if (!in)
		fail("%s: %s", file, strerror(errno));
	while ((c = getc(in)) != EOF && is_space(c))
		changes->line += c == '\n';
	ungetc(c, in);
	return in;
}

void batch_read(FILE *in, struct changes *changes, batch_line line)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t length;

	while ((length = getline(&text, &room, in)) >= 0) {
		struct args args;

		error_line(changes->file, ++changes->line);
		if (strlen(text) != (size_t)length)
			fail("zero byte: expected text");
		read_line(&args, text);
		if (args.n)
			line(&args, changes);
		free(args.word);
	}
	error_line(NULL, 0);
	if (ferror(in))
		fail("%s: %s", changes->file, strerror(errno));
	free(text);
	if (in != stdin)
		fclose(in);
}
