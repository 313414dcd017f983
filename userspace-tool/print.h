/* SPDX-License-Identifier: GPL-2.0 */
/* Tables, lines and JSON, all from the same rows. */
#ifndef _SGNL_TOOL_PRINT_H
#define _SGNL_TOOL_PRINT_H

#include <stdint.h>

#include <jansson.h>

#include "options.h"

enum {
	COLUMN_RIGHT = 1, /* a number: to the right */
	COLUMN_STATISTICS = 2, /* with -s alone */
	COLUMN_DETAILS = 4, /* in tables with -d alone */
};

/* A row is a JSON object; a column without a heading is in JSON alone. */
struct column {
	const char *key;
	const char *heading;
	unsigned int flags;
};

/* @columns ends with an empty one. */
void print_begin(const struct column *columns);
/* Takes the row over. @line is what -o prints; row_words() if it is NULL. */
void print_row(json_t *row, const char *line);
void print_end(void);
/* One line at once, for what has no end. */
void print_event(json_t *row, const char *line);

/* The row's keys and values, as one line. */
const char *row_words(json_t *row);

/* What makes a row. A text that is NULL makes no key. */
void row_text(json_t *row, const char *key, const char *text);
void row_texts(json_t *row, const char *key, const char *const *texts, size_t n);
void row_number(json_t *row, const char *key, uint64_t number);
json_t *row_one(const char *key, const char *text);
void row_flag(json_t *row, const char *key, bool flag);

#endif
