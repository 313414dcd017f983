// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "error.h"
#include "mem.h"

/* Bytes of one read. */
#define READ_BYTES 16384

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What stands behind a backslash: \" \\ and \xHH, as quoted() writes them. */
static const char *read_escape(const char *c, char *to)
{
	char hex[3] = {};

	if (*c == '"' || *c == '\\') {
		*to = *c;
		return c + 1;
	}
	if (*c != 'x' || !isxdigit((unsigned char)c[1]) || !isxdigit((unsigned char)c[2]))
		fail("\"\\%c\" in quotes: expected \\\", \\\\ or \\xHH", *c == '\n' ? ' ' : *c);
	memcpy(hex, c + 1, 2);
	*to = strtoul(hex, NULL, 16);
	if (!*to)
		fail("\"\\x00\" in quotes: expected no zero byte");
	return c + 3;
}

/* Takes off the quotes in place: what is in them does not become longer. */
static const char *read_quoted(const char *c, char **to)
{
	while (*c != '"') {
		if (!*c || *c == '\n')
			fail("quote without end: expected another \"");
		if (*c == '\\')
			c = read_escape(c + 1, (*to)++);
		else
			*(*to)++ = *c++;
	}
	c++;
	if (*c && !is_space(*c))
		fail("\"%c\" right behind a quote: expected a space", *c);
	return c;
}

/* Makes words of a line, which it consists of from then on. */
static void read_line(struct args *args, char *line)
{
	VEC(char *) words = {};
	const char *c = line;
	char *to;

	for (;;) {
		while (is_space(*c))
			c++;
		if (!*c || *c == '#')
			break;
		to = line + (c - line);
		*vec_add(&words) = to;
		if (*c == '"')
			c = read_quoted(c + 1, &to);
		else
			while (*c && !is_space(*c))
				c++, to++;
		if (*c)
			c++;
		*to = '\0';
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
	setvbuf(in, NULL, _IOFBF, READ_BYTES);
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
		read_line(&args, obstack_copy0(&mem, text, length));
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
