// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "change.h"
#include "core/limits.h"
#include "error.h"
#include "list.h"
#include "mem.h"
#include "name.h"
#include "object.h"
#include "state.h"
#include "text.h"

static const struct column prefix_columns[] = {
	{ "name", "NAME", 0 },
	{ "family", "FAMILY", 0 },
	{ "max", "MAX", COLUMN_RIGHT },
	{ "used", "USED", COLUMN_RIGHT },
	{ "entries", "ENTRIES", COLUMN_DETAILS },
	{ "description", "DESCRIPTION", 0 },
	{},
};

static const struct column port_columns[] = {
	{ "name", "NAME", 0 },
	{ "max", "MAX", COLUMN_RIGHT },
	{ "used", "USED", COLUMN_RIGHT },
	{ "entries", "ENTRIES", COLUMN_DETAILS },
	{ "description", "DESCRIPTION", 0 },
	{},
};

static bool is_ports(const char *name)
{
	return name_begins(name, LIST_PORTS);
}

const char *list_noun(const char *name)
{
	return is_ports(name) ? "port-list" : "prefix-list";
}

static int compare_prefixes(const void *a, const void *b)
{
	int order = address_compare(a, b);

	if (order)
		return order;
	return ((const struct sgnl_prefix *)a)->len - ((const struct sgnl_prefix *)b)->len;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct sgnl_port_range *x = a, *y = b;

	return x->min != y->min ? x->min - y->min : x->max - y->max;
}

/* Sorts, and keeps of equal ones the first; how many there are then. */
static size_t tidy(void *entries, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	char *at = entries;
	size_t i, kept = 0;

	if (n)
		qsort(entries, n, size, compare);
	for (i = 0; i < n; i++)
		if (!kept || compare(at + (kept - 1) * size, at + i * size))
			memmove(at + kept++ * size, at + i * size, size);
	return kept;
}

void list_tidy(struct list *list)
{
	list->n_entries = is_ports(list->name) ? tidy(list->ranges, list->n_entries,
						      sizeof(*list->ranges), compare_ranges) :
						 tidy(list->prefixes, list->n_entries,
						      sizeof(*list->prefixes), compare_prefixes);
}

static struct sgnl_port_range parse_range(char *word)
{
	struct args words = { .word = &word, .n = 1 };
	struct sgnl_port_range range = args_ports(&words, "entry", false);

	if (!range.min)
		fail("entry \"%s\": expected 1 to 65535 or A/B", word);
	return range;
}

static void parse_entries(struct list *list, struct args *args, bool may_lift)
{
	bool ports = is_ports(list->name);
	const char *word = args_next(args, "entry", ports ? "A/B[,C/D...]" : "CIDR[,CIDR...]");
	char **parts;
	size_t i;

	list->has_entries = true;
	if (may_lift && !strcmp(word, "none"))
		return;
	parts = args_split(word, &list->n_entries, "entry",
			   ports ? SGNL_PORT_LIST_MAX : SGNL_PREFIX_LIST_MAX);
	list->ranges = mem_alloc(list->n_entries * sizeof(*list->ranges));
	list->prefixes = mem_alloc(list->n_entries * sizeof(*list->prefixes));
	for (i = 0; i < list->n_entries; i++) {
		if (ports)
			list->ranges[i] = parse_range(parts[i]);
		else
			list->prefixes[i] = args_prefix(parts[i], "entry");
	}
	list_tidy(list);
}

static void list_add(struct args *args, struct changes *changes, const char *kind)
{
	static const char *const words[] = { "max", "entry", "description", "family", NULL };
	static const char *const words_ports[] = { "max", "entry", "description", NULL };
	struct list list = { .name = args_list(args, kind) };
	bool ports = is_ports(list.name);
	const char *most = ports ? "1 to 2000" : "1 to 200";
	uint64_t seen = 0;
	size_t i;

	for (;;) {
		switch (args_keyword(args, ports ? words_ports : words, &seen)) {
		case 0:
			list.max = args_number(args_next(args, "max", most), "max", 1,
					       ports ? SGNL_PORT_LIST_MAX : SGNL_PREFIX_LIST_MAX,
					       most);
			continue;
		case 1:
			parse_entries(&list, args, true);
			continue;
		case 2:
			list.description = args_description(args);
			continue;
		case 3:
			list.family = args_enum(args, "family", words_family);
			continue;
		}
		break;
	}
	if (!ports && !(seen >> 3 & 1))
		fail("family missing: expected family ipv4 or family ipv6");
	if (!(seen & 1))
		fail("max missing: expected max with %s", most);
	if (list.n_entries > list.max)
		fail("entry list of %zu: expected up to max, %u", list.n_entries, list.max);
	for (i = 0; !ports && i < list.n_entries; i++)
		if (list.prefixes[i].family !=
		    (list.family == SGNL_LIST_FAMILY_IPV4 ? SGNL_FAMILY_IPV4 : SGNL_FAMILY_IPV6))
			fail("entry %s: expected family %s", prefix_text(&list.prefixes[i]),
			     word_text(words_family, list.family));
	change_add(changes, SGNL_CMD_LIST_ADD)->list = mem_copy(&list);
}

static void list_set(struct args *args, struct changes *changes, const char *kind)
{
	static const char *const words[] = { "entry", "description", NULL };
	struct list list = { .name = args_list(args, kind) };
	uint64_t seen = 0;

	for (;;) {
		switch (args_keyword(args, words, &seen)) {
		case 0:
			parse_entries(&list, args, true);
			continue;
		case 1:
			list.description = args_description(args);
			continue;
		}
		break;
	}
	if (!seen)
		fail("nothing to change: expected entry or description");
	change_add(changes, SGNL_CMD_LIST_SET)->list = mem_copy(&list);
}

static void list_del(struct args *args, struct changes *changes, const char *kind)
{
	struct list list = { .name = args_list(args, kind) };

	args_end(args);
	change_add(changes, SGNL_CMD_LIST_DEL)->list = mem_copy(&list);
}

static void list_entry(struct args *args, struct changes *changes, const char *kind)
{
	static const char *const words[] = { "add", "del", NULL };
	bool del = args_enum(args, "entry", words);
	struct list list = { .name = args_list(args, kind) };

	parse_entries(&list, args, false);
	args_end(args);
	change_add(changes, del ? SGNL_CMD_LIST_ENTRY_DEL : SGNL_CMD_LIST_ENTRY_ADD)->list =
		mem_copy(&list);
}

static void put_prefix(struct nlmsghdr *nlh, const struct sgnl_prefix *prefix)
{
	unsigned char bytes[17];
	size_t n = sgnl_addr_write(bytes, &prefix->addr, prefix->family);

	bytes[n++] = prefix->len;
	mnl_attr_put(nlh, SGNL_A_LIST_PREFIX, n, bytes);
}

void list_put(struct nlmsghdr *nlh, uint8_t cmd, const struct list *list)
{
	bool ports = is_ports(list->name);
	size_t i;

	mnl_attr_put_strz(nlh, SGNL_A_LIST_NAME, list->name);
	if (cmd == SGNL_CMD_LIST_DEL)
		return;
	if (list->description)
		mnl_attr_put_strz(nlh, SGNL_A_LIST_DESCRIPTION, list->description);
	if (cmd == SGNL_CMD_LIST_ADD) {
		mnl_attr_put_u16(nlh, SGNL_A_LIST_MAX_ENTRIES, list->max);
		if (!ports)
			mnl_attr_put_u8(nlh, SGNL_A_LIST_FAMILY, list->family);
	}
	if (cmd == SGNL_CMD_LIST_SET && list->has_entries && !list->n_entries)
		mnl_attr_put(nlh, SGNL_A_LIST_CLEAR_ENTRIES, 0, NULL);
	for (i = 0; list->has_entries && i < list->n_entries; i++) {
		if (ports)
			mnl_attr_put(nlh, SGNL_A_LIST_RANGE, sizeof(list->ranges[i]),
				     &list->ranges[i]);
		else
			put_prefix(nlh, &list->prefixes[i]);
	}
}

static struct sgnl_prefix get_prefix(const struct nlattr *attr)
{
	const unsigned char *bytes = mnl_attr_get_payload(attr);
	size_t n = mnl_attr_get_payload_len(attr);
	struct sgnl_prefix prefix = {};

	if (!n || !sgnl_addr_read(&prefix.addr, &prefix.family, bytes, n - 1))
		fail_kernel("prefix of %zu bytes in an answer", n);
	prefix.len = bytes[n - 1];
	return prefix;
}

static struct sgnl_port_range get_range(const struct nlattr *attr)
{
	struct sgnl_port_range range;

	if (mnl_attr_get_payload_len(attr) != sizeof(range))
		fail_kernel("range of %u bytes in an answer", mnl_attr_get_payload_len(attr));
	memcpy(&range, mnl_attr_get_payload(attr), sizeof(range));
	return range;
}

/* How many entries there are in a message. */
static size_t count(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	size_t n = 0;

	attr_for_each(attr, nlh) {
		uint16_t type = mnl_attr_get_type(attr);

		n += type == SGNL_A_LIST_PREFIX || type == SGNL_A_LIST_RANGE;
	}
	return n;
}

struct list list_get(const struct nlmsghdr *nlh)
{
	size_t n = count(nlh);
	struct list list = {
		.name = "",
		.description = "",
		.has_entries = n > 0,
		.prefixes = mem_alloc(n * sizeof(*list.prefixes)),
		.ranges = mem_alloc(n * sizeof(*list.ranges)),
	};
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_LIST_NAME:
			list.name = name_text(name_number(attr_string(attr)));
			break;
		case SGNL_A_LIST_FAMILY:
			list.family = attr_u8(attr);
			break;
		case SGNL_A_LIST_MAX_ENTRIES:
			list.max = attr_u16(attr);
			break;
		case SGNL_A_LIST_PREFIX:
			list.prefixes[list.n_entries++] = get_prefix(attr);
			break;
		case SGNL_A_LIST_RANGE:
			list.ranges[list.n_entries++] = get_range(attr);
			break;
		case SGNL_A_LIST_CLEAR_ENTRIES:
			list.has_entries = true;
			break;
		case SGNL_A_LIST_DESCRIPTION:
			list.description = mem_string(attr_string(attr));
			break;
		case SGNL_A_LIST_COMMAND:
			list.command = attr_u8(attr);
			break;
		case SGNL_A_LIST_GENERATION:
			list.generation = attr_u64(attr);
			break;
		}
	}
	return list;
}

static void *append(const void *a, size_t n_a, const void *b, size_t n_b, size_t size)
{
	char *both = mem_alloc((n_a + n_b) * size);

	memcpy(both, a, n_a * size);
	memcpy(both + n_a * size, b, n_b * size);
	return both;
}

void list_go_on(struct list *list, const struct list *more)
{
	size_t n = list->n_entries, n_more = more->n_entries;

	list->prefixes = append(list->prefixes, n, more->prefixes, n_more, sizeof(*list->prefixes));
	list->ranges = append(list->ranges, n, more->ranges, n_more, sizeof(*list->ranges));
	list->n_entries += n_more;
}

bool list_same_entries(const struct list *a, const struct list *b)
{
	size_t i;

	if (a->n_entries != b->n_entries)
		return false;
	for (i = 0; i < a->n_entries; i++)
		if (is_ports(a->name) ? compare_ranges(&a->ranges[i], &b->ranges[i]) :
					compare_prefixes(&a->prefixes[i], &b->prefixes[i]))
			return false;
	return true;
}

static const char *entry_text(const struct list *list, size_t i)
{
	return is_ports(list->name) ? ports_text(&list->ranges[i]) :
				      prefix_text(&list->prefixes[i]);
}

/* Not by mem_printf() over and over: there may be 2,000. */
const char *list_entries(const struct list *list)
{
	const char **texts = mem_alloc(list->n_entries * sizeof(*texts));
	size_t i;

	if (!list->n_entries)
		return "none";
	for (i = 0; i < list->n_entries; i++)
		texts[i] = entry_text(list, i);
	for (i = 0; i < list->n_entries; i++) {
		if (i)
			obstack_1grow(&mem, ',');
		obstack_grow(&mem, texts[i], strlen(texts[i]));
	}
	obstack_1grow(&mem, '\0');
	return obstack_finish(&mem);
}

const char *list_add_words(const struct list *list)
{
	const char *line = list->name;

	if (!is_ports(list->name))
		line = mem_printf("%s family %s", line, word_text(words_family, list->family));
	line = mem_printf("%s max %u", line, list->max);
	if (list->n_entries)
		line = mem_printf("%s entry %s", line, list_entries(list));
	if (list->description && *list->description)
		line = mem_printf("%s description %s", line, quoted(list->description));
	return line;
}

const char *list_set_words(const struct list *list)
{
	const char *line = list->name;

	if (list->has_entries)
		line = mem_printf("%s entry %s", line, list_entries(list));
	if (list->description)
		line = mem_printf("%s description %s", line, quoted(list->description));
	return line;
}

json_t *list_row(const struct list *list)
{
	const char **texts = mem_alloc(list->n_entries * sizeof(*texts));
	json_t *row = json_object();
	size_t i;

	for (i = 0; i < list->n_entries; i++)
		texts[i] = entry_text(list, i);
	row_text(row, "name", list->name);
	if (!is_ports(list->name))
		row_text(row, "family", word_text(words_family, list->family));
	row_number(row, "max", list->max);
	row_number(row, "used", list->n_entries);
	row_texts(row, "entries", texts, list->n_entries);
	row_text(row, "description", list->description);
	return row;
}

static void list_show(struct args *args, const char *kind)
{
	const char *name = args_peek(args) ? args_list(args, kind) : NULL;
	bool ports = !strcmp(kind, LIST_PORTS);
	struct state state = {};
	size_t i;

	args_end(args);
	state_lists(&state, name);
	print_begin(ports ? port_columns : prefix_columns);
	for (i = 0; i < state.lists.n; i++) {
		const struct list *list = &state.lists.v[i];

		if (is_ports(list->name) == ports)
			print_row(list_row(list), mem_printf("%s add %s", list_noun(list->name),
							     list_add_words(list)));
	}
	print_end();
}

/* The commands of both nouns. */
#define CHANGE(command) \
	static void prefix_##command(struct args *args, struct changes *changes) \
	{ \
		list_##command(args, changes, LIST_PREFIXES); \
	} \
	static void port_##command(struct args *args, struct changes *changes) \
	{ \
		list_##command(args, changes, LIST_PORTS); \
	}

CHANGE(add)
CHANGE(set)
CHANGE(del)
CHANGE(entry)

static void prefix_show(struct args *args)
{
	list_show(args, LIST_PREFIXES);
}

static void port_show(struct args *args)
{
	list_show(args, LIST_PORTS);
}

const struct object prefix_list_object = {
	.name = "prefix-list",
	.usage =
		"Usage: sgnl prefix-list add NAME family ipv4|ipv6 max 1-200 [entry CIDR[,CIDR...]]\n"
		"                            [description TEXT]\n"
		"       sgnl prefix-list set NAME [entry CIDR[,CIDR...]|none] [description TEXT]\n"
		"       sgnl prefix-list del NAME\n"
		"       sgnl prefix-list entry add|del NAME CIDR[,CIDR...]\n"
		"       sgnl prefix-list show [NAME]\n"
		"NAME := [ACCOUNT/]pl-...\n",
	.commands = {
		{ .name = "add", .change = prefix_add },
		{ .name = "set", .change = prefix_set },
		{ .name = "del", .change = prefix_del },
		{ .name = "entry", .change = prefix_entry },
		{ .name = "show", .run = prefix_show },
	},
};

const struct object port_list_object = {
	.name = "port-list",
	.usage =
		"Usage: sgnl port-list add NAME max 1-2000 [entry A/B[,C/D...]] [description TEXT]\n"
		"       sgnl port-list set NAME [entry A/B[,C/D...]|none] [description TEXT]\n"
		"       sgnl port-list del NAME\n"
		"       sgnl port-list entry add|del NAME A/B[,C/D...]\n"
		"       sgnl port-list show [NAME]\n"
		"NAME := [ACCOUNT/]prl-...\n",
	.commands = {
		{ .name = "add", .change = port_add },
		{ .name = "set", .change = port_set },
		{ .name = "del", .change = port_del },
		{ .name = "entry", .change = port_entry },
		{ .name = "show", .run = port_show },
	},
};
