// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "change.h"
#include "core/limits.h"
#include "error.h"
#include "link.h"
#include "mem.h"
#include "name.h"
#include "object.h"
#include "port.h"
#include "state.h"
#include "text.h"

static const struct column columns[] = {
	{ "device", "DEV", 0 },
	{ "id", "ID", COLUMN_RIGHT | COLUMN_DETAILS },
	{ "side", "SIDE", 0 },
	{ "addresses", "ADDRESSES", 0 },
	{ "groups", "GROUPS", 0 },
	{ "vpc", "VPC", COLUMN_RIGHT | COLUMN_DETAILS },
	{ "smtp", "SMTP", 0 },
	{ "trunk", "TRUNK", COLUMN_DETAILS },
	{ "guard", "GUARD", COLUMN_DETAILS },
	{ "pmtud", "PMTUD", COLUMN_DETAILS },
	{ "adopt", "ADOPT", COLUMN_RIGHT | COLUMN_DETAILS },
	{ "idle-established", "IDLE-EST", COLUMN_RIGHT | COLUMN_DETAILS },
	{ "idle-closing", "IDLE-CLOSE", COLUMN_RIGHT | COLUMN_DETAILS },
	{ "idle-other", "IDLE-OTHER", COLUMN_RIGHT | COLUMN_DETAILS },
	{ "sessions-max", "MAX", COLUMN_RIGHT | COLUMN_DETAILS },
	{ "follow", "FOLLOW", COLUMN_DETAILS },
	{ "ethertypes", "ETHERTYPES", COLUMN_DETAILS },
	{ "rules", "RULES", COLUMN_RIGHT },
	{ "sessions", "SESSIONS", COLUMN_RIGHT },
	{},
};

/*
 * What a port can be told by one word or number; the key of its row is @key, or
 * its word. Defaults depend on the side.
 */
static const struct setting {
	const char *word; /* NULL: another word stands for it */
	const char *key;
	uint16_t attr;
	uint8_t size;
	const char *const *words; /* NULL: a number */
	uint32_t min, max;
	const char *expected;
	uint32_t by_default[2]; /* by side */
	bool always; /* shown even where it is the default */
} settings[PORT_SETTINGS] = {
	[PORT_SMTP] = { .word = "smtp",
			.attr = SGNL_A_PORT_SMTP,
			.size = 1,
			.words = words_smtp,
			.always = true },
	[PORT_TRUNK] = { .word = "trunk",
			 .attr = SGNL_A_PORT_TRUNK,
			 .size = 1,
			 .words = words_switch },
	[PORT_GUARD] = { .word = "guard",
			 .attr = SGNL_A_PORT_GUARD,
			 .size = 1,
			 .words = words_switch,
			 .by_default = { [SGNL_SIDE_GUEST] = 1 } },
	[PORT_PMTUD] = { .word = "pmtud",
			 .attr = SGNL_A_PORT_PMTUD,
			 .size = 1,
			 .words = words_pmtud },
	[PORT_ADOPT] = { .word = "adopt",
			 .attr = SGNL_A_PORT_ADOPT,
			 .size = 2,
			 .min = 0,
			 .max = 910,
			 .expected = "0 to 910 seconds",
			 .by_default = { 910, 910 } },
	[PORT_IDLE_ESTABLISHED] = { .word = "idle-established",
				    .attr = SGNL_A_PORT_IDLE_ESTABLISHED,
				    .size = 2,
				    .min = 30,
				    .max = 910,
				    .expected = "30 to 910 seconds",
				    .by_default = { 910, 910 } },
	[PORT_IDLE_CLOSING] = { .word = "idle-closing",
				.attr = SGNL_A_PORT_IDLE_CLOSING,
				.size = 2,
				.min = 3,
				.max = 15,
				.expected = "3 to 15 seconds",
				.by_default = { 3, 3 } },
	[PORT_IDLE_OTHER] = { .word = "idle-other",
			      .attr = SGNL_A_PORT_IDLE_OTHER,
			      .size = 2,
			      .min = 10,
			      .max = 910,
			      .expected = "10 to 910 seconds",
			      .by_default = { 910, 910 } },
	[PORT_SESSIONS] = { .word = "sessions",
			    .key = "sessions-max",
			    .attr = SGNL_A_PORT_SESSIONS_MAX,
			    .size = 4,
			    .min = 1,
			    .max = SGNL_NET_SESSIONS_MAX,
			    .expected = "1 to 12582912",
			    .by_default = { SGNL_PORT_SESSIONS_DEFAULT,
					    SGNL_PORT_SESSIONS_DEFAULT } },
	[PORT_FOLLOW] = { .key = "follow",
			  .attr = SGNL_A_PORT_FOLLOW,
			  .size = 1,
			  .words = words_switch },
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_ethertypes(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static void sort_lists(struct port *port)
{
	if (port->n_groups)
		qsort(port->groups, port->n_groups, sizeof(*port->groups), compare_names);
	if (port->n_addresses)
		qsort(port->addresses, port->n_addresses, sizeof(*port->addresses),
		      address_compare);
	if (port->n_ethertypes)
		qsort(port->ethertypes, port->n_ethertypes, sizeof(*port->ethertypes),
		      compare_ethertypes);
}

static void parse_groups(struct port *port, struct args *args)
{
	const char *list = args_next(args, "group", "A[,B...], each " GROUP_NAME);
	char **parts = args_split(list, &port->n_groups, "group", SGNL_PORT_GROUPS_MAX);
	struct args words = { .word = parts, .n = port->n_groups };
	size_t i;

	port->given |= PORT_GROUPS;
	port->groups = mem_alloc(port->n_groups * sizeof(*port->groups));
	for (i = 0; i < port->n_groups; i++)
		port->groups[i] = args_group(&words, "group");
	sort_lists(port);
	for (i = 1; i < port->n_groups; i++)
		if (port->groups[i] == port->groups[i - 1])
			fail("group \"%s\" is given twice: expected once", port->groups[i]);
}

static void parse_addresses(struct port *port, struct args *args, bool may_lift)
{
	const char *list = args_next(args, "address", "A[,B...]");
	char **parts;
	size_t i;

	port->given |= PORT_ADDRESSES;
	port->given_settings |= 1U << PORT_FOLLOW;
	port->setting[PORT_FOLLOW] = !strcmp(list, "follow");
	if (port->setting[PORT_FOLLOW] || (may_lift && !strcmp(list, "none")))
		return;
	parts = args_split(list, &port->n_addresses, "address", SGNL_PORT_ADDRESSES_MAX);
	port->addresses = mem_alloc(port->n_addresses * sizeof(*port->addresses));
	for (i = 0; i < port->n_addresses; i++)
		port->addresses[i] = args_address(parts[i], "address");
	sort_lists(port);
	for (i = 1; i < port->n_addresses; i++)
		if (!address_compare(&port->addresses[i], &port->addresses[i - 1]))
			fail("address %s is given twice: expected once",
			     address_text(&port->addresses[i]));
}

static void parse_ethertypes(struct port *port, struct args *args, bool may_lift)
{
	static const char expected[] = "A[,B...], each 0x600 to 0xffff";
	const char *list = args_next(args, "ethertype", expected);
	char **parts;
	size_t i;

	port->given |= PORT_ETHERTYPES;
	if (may_lift && !strcmp(list, "none"))
		return;
	parts = args_split(list, &port->n_ethertypes, "ethertype", SGNL_PORT_ETHERTYPES_MAX);
	port->ethertypes = mem_alloc(port->n_ethertypes * sizeof(*port->ethertypes));
	for (i = 0; i < port->n_ethertypes; i++)
		port->ethertypes[i] = args_number(parts[i], "ethertype", 0x600, 0xffff, expected);
	sort_lists(port);
	for (i = 1; i < port->n_ethertypes; i++)
		if (port->ethertypes[i] == port->ethertypes[i - 1])
			fail("ethertype 0x%04x is given twice: expected once", port->ethertypes[i]);
}

static struct port parse_device(struct args *args)
{
	struct port port = { .name = args_next(args, "device", "the name of a network device") };

	port.ifindex = link_index(port.name);
	return port;
}

/* Words other than settings that port add and port set take; add takes all. */
enum { WORD_ADDRESS, WORD_ETHERTYPE, WORD_SIDE, WORD_GROUP, WORD_SETTINGS };

static void parse_setting(struct port *port, struct args *args, unsigned int i)
{
	const struct setting *s = &settings[i];

	port->given_settings |= 1U << i;
	if (s->words)
		port->setting[i] = args_enum(args, s->word, s->words);
	else
		port->setting[i] = args_number(args_next(args, s->word, s->expected), s->word,
					       s->min, s->max, s->expected);
}

static void parse_words(struct port *port, struct args *args, bool add)
{
	const char *words[WORD_SETTINGS + PORT_SETTINGS + 1] = { "address", "ethertype" };
	unsigned int setting[WORD_SETTINGS + PORT_SETTINGS];
	unsigned int n = WORD_SIDE, first, i;
	uint64_t seen = 0;
	int word;

	if (add) {
		words[n++] = "side";
		words[n++] = "group";
	}
	first = n;
	for (i = 0; i < PORT_SETTINGS; i++)
		if (settings[i].word) {
			setting[n] = i;
			words[n++] = settings[i].word;
		}
	while ((word = args_keyword(args, words, &seen)) >= 0) {
		if (word >= (int)first) {
			parse_setting(port, args, setting[word]);
		} else if (word == WORD_ADDRESS) {
			parse_addresses(port, args, !add);
		} else if (word == WORD_ETHERTYPE) {
			parse_ethertypes(port, args, !add);
		} else if (word == WORD_SIDE) {
			port->side = args_enum(args, "side", words_side);
			port->given |= PORT_SIDE;
		} else {
			parse_groups(port, args);
		}
	}
	if (!seen && !add)
		fail("nothing to change: expected %s", args_words(words));
}

static void port_add(struct args *args, struct changes *changes)
{
	struct port port = parse_device(args);
	unsigned int i;

	parse_words(&port, args, true);
	if (!(port.given & PORT_SIDE))
		fail("side missing: expected side guest or side self");
	for (i = 0; i < PORT_SETTINGS; i++)
		if (!(port.given_settings & 1U << i))
			port.setting[i] = settings[i].by_default[port.side];
	change_add(changes, SGNL_CMD_PORT_ADD)->port = mem_copy(&port);
}

static void port_set(struct args *args, struct changes *changes)
{
	struct port port = parse_device(args);

	parse_words(&port, args, false);
	change_add(changes, SGNL_CMD_PORT_SET)->port = mem_copy(&port);
}

static void port_del(struct args *args, struct changes *changes)
{
	struct port port = parse_device(args);

	args_end(args);
	change_add(changes, SGNL_CMD_PORT_DEL)->port = mem_copy(&port);
}

static void change_groups(struct args *args, struct changes *changes, uint8_t cmd)
{
	struct port port = parse_device(args);

	if (cmd == SGNL_CMD_PORT_MOVE && !args_take(args, "to"))
		fail("to missing: expected port move DEV to A[,B...]");
	parse_groups(&port, args);
	args_end(args);
	change_add(changes, cmd)->port = mem_copy(&port);
}

static void port_join(struct args *args, struct changes *changes)
{
	change_groups(args, changes, SGNL_CMD_PORT_JOIN);
}

static void port_leave(struct args *args, struct changes *changes)
{
	change_groups(args, changes, SGNL_CMD_PORT_LEAVE);
}

static void port_move(struct args *args, struct changes *changes)
{
	change_groups(args, changes, SGNL_CMD_PORT_MOVE);
}

static bool same(const void *a, size_t n_a, const void *b, size_t n_b, size_t size)
{
	return n_a == n_b && (!n_a || !memcmp(a, b, n_a * size));
}

/* A name has one pointer. */
bool port_same_groups(const struct port *a, const struct port *b)
{
	return same(a->groups, a->n_groups, b->groups, b->n_groups, sizeof(*a->groups));
}

bool port_same_addresses(const struct port *a, const struct port *b)
{
	size_t i;

	if (a->setting[PORT_FOLLOW] != b->setting[PORT_FOLLOW])
		return false;
	if (a->setting[PORT_FOLLOW])
		return true;
	if (a->n_addresses != b->n_addresses)
		return false;
	for (i = 0; i < a->n_addresses; i++)
		if (address_compare(&a->addresses[i], &b->addresses[i]))
			return false;
	return true;
}

/* The settings in which two ports differ, as bits. */
uint32_t port_settings_differ(const struct port *a, const struct port *b)
{
	uint32_t differ = 0;
	unsigned int i;

	for (i = 0; i < PORT_SETTINGS; i++)
		if (a->setting[i] != b->setting[i])
			differ |= 1U << i;
	return differ;
}

static void put_settings(struct nlmsghdr *nlh, const struct port *port)
{
	unsigned int i;

	for (i = 0; i < PORT_SETTINGS; i++) {
		if (!(port->given_settings & 1U << i))
			continue;
		if (settings[i].size == 1)
			mnl_attr_put_u8(nlh, settings[i].attr, port->setting[i]);
		else if (settings[i].size == 2)
			mnl_attr_put_u16(nlh, settings[i].attr, port->setting[i]);
		else
			mnl_attr_put_u32(nlh, settings[i].attr, port->setting[i]);
	}
}

static void get_setting(struct port *port, const struct nlattr *attr)
{
	unsigned int i;

	for (i = 0; i < PORT_SETTINGS; i++)
		if (mnl_attr_get_type(attr) == settings[i].attr)
			port->setting[i] = settings[i].size == 1 ? attr_u8(attr) :
					   settings[i].size == 2 ? attr_u16(attr) :
								   attr_u32(attr);
}

bool port_same_ethertypes(const struct port *a, const struct port *b)
{
	return same(a->ethertypes, a->n_ethertypes, b->ethertypes, b->n_ethertypes,
		    sizeof(*a->ethertypes));
}

void port_put(struct nlmsghdr *nlh, uint8_t cmd, const struct port *port)
{
	size_t i;

	mnl_attr_put_u32(nlh, SGNL_A_PORT_IFINDEX, port->ifindex);
	if (cmd == SGNL_CMD_PORT_DEL)
		return;
	if (port->given & PORT_SIDE)
		mnl_attr_put_u8(nlh, SGNL_A_PORT_SIDE, port->side);
	for (i = 0; i < port->n_groups; i++)
		mnl_attr_put_strz(nlh, SGNL_A_PORT_GROUP, port->groups[i]);
	for (i = 0; i < port->n_addresses; i++)
		address_put(nlh, SGNL_A_PORT_ADDRESS, &port->addresses[i]);
	put_settings(nlh, port);
	for (i = 0; i < port->n_ethertypes; i++)
		mnl_attr_put_u16(nlh, SGNL_A_PORT_ETHERTYPE, port->ethertypes[i]);
	if (cmd != SGNL_CMD_PORT_SET)
		return;
	if (port->given & PORT_ADDRESSES && !port->n_addresses && !port->setting[PORT_FOLLOW])
		mnl_attr_put(nlh, SGNL_A_PORT_CLEAR_ADDRESS, 0, NULL);
	if (port->given & PORT_ETHERTYPES && !port->n_ethertypes)
		mnl_attr_put(nlh, SGNL_A_PORT_CLEAR_ETHERTYPE, 0, NULL);
}

/* Room for the lists of an answer, which say nothing of their lengths before. */
static void get_room(struct port *port, const struct nlmsghdr *nlh)
{
	size_t groups = 0, addresses = 0, ethertypes = 0;
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		groups += mnl_attr_get_type(attr) == SGNL_A_PORT_GROUP;
		addresses += mnl_attr_get_type(attr) == SGNL_A_PORT_ADDRESS;
		ethertypes += mnl_attr_get_type(attr) == SGNL_A_PORT_ETHERTYPE;
	}
	port->groups = mem_alloc(groups * sizeof(*port->groups));
	port->addresses = mem_alloc(addresses * sizeof(*port->addresses));
	port->ethertypes = mem_alloc(ethertypes * sizeof(*port->ethertypes));
}

struct port port_get(const struct nlmsghdr *nlh)
{
	struct port port = { .name = "", .given = ~0U };
	const struct nlattr *attr;

	get_room(&port, nlh);
	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_PORT_IFINDEX:
			port.ifindex = attr_u32(attr);
			break;
		case SGNL_A_PORT_IFNAME:
			port.name = mem_string(attr_string(attr));
			break;
		case SGNL_A_PORT_ID:
			port.id = attr_u32(attr);
			break;
		case SGNL_A_PORT_SIDE:
			port.side = attr_u8(attr);
			break;
		case SGNL_A_PORT_GROUP:
			port.groups[port.n_groups++] = name_text(name_number(attr_string(attr)));
			break;
		case SGNL_A_PORT_ADDRESS:
			port.addresses[port.n_addresses++] = address_get(attr);
			break;
		case SGNL_A_PORT_ETHERTYPE:
			port.ethertypes[port.n_ethertypes++] = attr_u16(attr);
			break;
		case SGNL_A_PORT_VPC:
			port.vpc = attr_u32(attr);
			break;
		case SGNL_A_PORT_RULES:
			port.rules = attr_u32(attr);
			break;
		case SGNL_A_PORT_SESSIONS:
			port.sessions = attr_u32(attr);
			break;
		case SGNL_A_PORT_COMMAND:
			port.command = attr_u8(attr);
			break;
		case SGNL_A_PORT_GENERATION:
			port.generation = attr_u64(attr);
			break;
		default:
			get_setting(&port, attr);
		}
	}
	/* The event of a port whose device is gone may have no name. */
	if (!*port.name)
		port.name = link_name(port.ifindex);
	sort_lists(&port);
	return port;
}

static const char **address_texts(const struct port *port)
{
	const char **texts = mem_alloc(port->n_addresses * sizeof(*texts));
	size_t i;

	for (i = 0; i < port->n_addresses; i++)
		texts[i] = address_text(&port->addresses[i]);
	return texts;
}

static const char **ethertype_texts(const struct port *port)
{
	const char **texts = mem_alloc(port->n_ethertypes * sizeof(*texts));
	size_t i;

	for (i = 0; i < port->n_ethertypes; i++)
		texts[i] = mem_printf("0x%04x", port->ethertypes[i]);
	return texts;
}

/* " WORD A,B,C", or nothing for no texts. */
static const char *list_words(const char *word, const char *const *texts, size_t n)
{
	size_t i;

	if (!n)
		return "";
	obstack_printf(&mem, " %s %s", word, texts[0]);
	for (i = 1; i < n; i++)
		obstack_printf(&mem, ",%s", texts[i]);
	obstack_1grow(&mem, '\0');
	return obstack_finish(&mem);
}

/* Those of the settings whose bits are set */
static const char *setting_words(const struct port *port, uint32_t which)
{
	const char *text = "";
	unsigned int i;

	for (i = 0; i < PORT_SETTINGS; i++) {
		const struct setting *s = &settings[i];
		uint32_t value = port->setting[i];

		if (!s->word || !(which & 1U << i))
			continue;
		text = s->words ?
			       mem_printf("%s %s %s", text, s->word, word_text(s->words, value)) :
			       mem_printf("%s %s %u", text, s->word, value);
	}
	return text;
}

static uint32_t not_default(const struct port *port)
{
	uint32_t bits = 0;
	unsigned int i;

	for (i = 0; i < PORT_SETTINGS; i++)
		if (settings[i].always || port->setting[i] != settings[i].by_default[port->side])
			bits |= 1U << i;
	return bits;
}

const char *port_words(const struct port *port)
{
	const char *addresses = list_words("address", address_texts(port), port->n_addresses);
	const char *groups = list_words("group", port->groups, port->n_groups);
	const char *ethertypes = list_words("ethertype", ethertype_texts(port), port->n_ethertypes);

	if (port->setting[PORT_FOLLOW])
		addresses = " address follow";
	return mem_printf("%s side %s%s%s%s%s", quoted(port->name),
			  word_text(words_side, port->side), addresses, groups,
			  setting_words(port, not_default(port)), ethertypes);
}

const char *port_set_words(const struct port *port)
{
	const char *addresses = "", *ethertypes = "";

	if (port->given & PORT_ADDRESSES) {
		addresses = list_words("address", address_texts(port), port->n_addresses);
		if (port->setting[PORT_FOLLOW])
			addresses = " address follow";
		else if (!port->n_addresses)
			addresses = " address none";
	}
	if (port->given & PORT_ETHERTYPES) {
		ethertypes = list_words("ethertype", ethertype_texts(port), port->n_ethertypes);
		if (!port->n_ethertypes)
			ethertypes = " ethertype none";
	}
	return mem_printf("%s%s%s%s", quoted(port->name), addresses,
			  setting_words(port, port->given_settings), ethertypes);
}

const char *port_group_words(const struct port *port)
{
	return list_words("", port->groups, port->n_groups) + 2;
}

static void row_settings(json_t *row, const struct port *port)
{
	unsigned int i;

	for (i = 0; i < PORT_SETTINGS; i++) {
		const struct setting *s = &settings[i];
		const char *key = s->key ? s->key : s->word;

		if (s->words == words_switch)
			row_flag(row, key, port->setting[i]);
		else if (s->words)
			row_text(row, key, word_text(s->words, port->setting[i]));
		else
			row_number(row, key, port->setting[i]);
	}
}

json_t *port_row(const struct port *port)
{
	json_t *row = json_object();

	row_text(row, "device", port->name);
	row_number(row, "ifindex", port->ifindex);
	row_number(row, "id", port->id);
	row_text(row, "side", word_text(words_side, port->side));
	row_texts(row, "addresses", address_texts(port), port->n_addresses);
	row_texts(row, "groups", port->groups, port->n_groups);
	row_number(row, "vpc", port->vpc);
	row_settings(row, port);
	row_texts(row, "ethertypes", ethertype_texts(port), port->n_ethertypes);
	row_number(row, "rules", port->rules);
	row_number(row, "sessions", port->sessions);
	return row;
}

static void port_show(struct args *args)
{
	const char *name = args_peek(args) ? args_next(args, "device", "") : NULL;
	struct state state = {};
	size_t i;

	args_end(args);
	state_ports(&state, name ? link_index(name) : 0);
	print_begin(columns);
	for (i = 0; i < state.ports.n; i++) {
		const struct port *port = &state.ports.v[i];

		print_row(port_row(port), mem_printf("port add %s", port_words(port)));
	}
	print_end();
}

const struct object port_object = {
	.name = "port",
	.usage =
		"Usage: sgnl port add DEV side guest|self [address LIST|follow] [group LIST]\n"
		"                     [ethertype LIST] [SETTINGS]\n"
		"       sgnl port set DEV [address LIST|follow|none] [ethertype LIST|none] [SETTINGS]\n"
		"       sgnl port del DEV\n"
		"       sgnl port join DEV LIST\n"
		"       sgnl port leave DEV LIST\n"
		"       sgnl port move DEV to LIST\n"
		"       sgnl port show [DEV]\n"
		"LIST := A[,B...]\n"
		"SETTINGS := [smtp deny|allow|private] [trunk on|off] [guard on|off]\n"
		"            [pmtud open|strict] [adopt SECONDS] [idle-established SECONDS]\n"
		"            [idle-closing SECONDS] [idle-other SECONDS] [sessions N]\n",
	.commands = {
		{ .name = "add", .change = port_add },
		{ .name = "set", .change = port_set },
		{ .name = "del", .change = port_del },
		{ .name = "join", .change = port_join },
		{ .name = "leave", .change = port_leave },
		{ .name = "move", .change = port_move },
		{ .name = "show", .run = port_show },
	},
};
