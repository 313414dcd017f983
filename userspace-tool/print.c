// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libsmartcols.h>

#include "error.h"
#include "mem.h"
#include "print.h"
#include "text.h"

static const struct column *columns;
static json_t *rows;
static struct libscols_table *table;

static void need(const void *p)
{
	if (!p)
		fail("out of memory");
}

/* Names of devices can be other than UTF-8, which is all that JSON carries. */
static json_t *utf8(const char *text)
{
	json_t *value = json_string(text);
	char *ascii, *c;

	if (value)
		return value;
	ascii = strdupa(text);
	for (c = ascii; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return json_string(ascii);
}

void row_text(json_t *row, const char *key, const char *text)
{
	if (text)
		json_object_set_new(row, key, utf8(text));
}

void row_texts(json_t *row, const char *key, const char *const *texts, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(array, utf8(texts[i]));
	json_object_set_new(row, key, array);
}

void row_number(json_t *row, const char *key, uint64_t number)
{
	json_object_set_new(row, key, json_integer(number));
}

json_t *row_one(const char *key, const char *text)
{
	json_t *row = json_object();

	row_text(row, key, text);
	return row;
}

void row_flag(json_t *row, const char *key, bool flag)
{
	json_object_set_new(row, key, json_boolean(flag));
}

static bool shown(const struct column *column)
{
	return !(column->flags & COLUMN_STATISTICS) || options.statistics;
}

static bool in_table(const struct column *column)
{
	return column->heading && shown(column) &&
	       (!(column->flags & COLUMN_DETAILS) || options.details);
}

static void drop_hidden(json_t *row)
{
	const struct column *column;

	for (column = columns; column->key; column++)
		if (!shown(column))
			json_object_del(row, column->key);
}

static const char *value_text(const json_t *value)
{
	const char *text = "";
	json_t *element;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_value(value);
	case JSON_INTEGER:
		return mem_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_TRUE:
		return "yes";
	case JSON_ARRAY:
		json_array_foreach(value, i, element)
			text = mem_printf("%s%s%s", text, i ? "," : "", value_text(element));
		return text;
	default:
		return "";
	}
}

const char *row_words(json_t *row)
{
	const char *key, *text, *words = "";
	json_t *value;

	json_object_foreach(row, key, value) {
		text = value_text(value);
		if (*text)
			words = mem_printf("%s%s%s %s", words, *words ? " " : "", key,
					   quoted(text));
	}
	return words;
}

static void table_begin(void)
{
	const struct column *column;

	table = scols_new_table();
	need(table);
	for (column = columns; column->key; column++)
		if (in_table(column))
			need(scols_table_new_column(table, column->heading, 0,
						    column->flags & COLUMN_RIGHT ? SCOLS_FL_RIGHT :
										   0));
}

static void table_row(const json_t *row)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	const struct column *column;
	const json_t *value;
	size_t i = 0;

	need(line);
	for (column = columns; column->key; column++) {
		if (!in_table(column))
			continue;
		value = json_object_get(row, column->key);
		if (scols_line_set_data(line, i++, value ? value_text(value) : ""))
			need(NULL);
	}
}

void print_begin(const struct column *of)
{
	columns = of;
	if (options.json)
		rows = json_array();
	else if (!options.oneline)
		table_begin();
}

void print_row(json_t *row, const char *line)
{
	need(row);
	drop_hidden(row);
	if (options.json) {
		json_array_append_new(rows, row);
		return;
	}
	if (options.oneline)
		puts(line ? line : row_words(row));
	else
		table_row(row);
	json_decref(row);
}

static void print_json(const json_t *value, size_t indent)
{
	json_dumpf(value, stdout, indent);
	putchar('\n');
}

void print_end(void)
{
	if (options.json) {
		print_json(rows, options.pretty ? JSON_INDENT(4) : JSON_COMPACT);
		json_decref(rows);
	} else if (!options.oneline) {
		scols_print_table(table);
		scols_unref_table(table);
	}
}

void print_event(json_t *row, const char *line)
{
	need(row);
	if (options.json)
		print_json(row, JSON_COMPACT);
	else
		puts(line);
	json_decref(row);
	if (fflush(stdout))
		fail("writing: %s", strerror(errno));
}
