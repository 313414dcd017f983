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
	{ "ethertypes", "ETHERTYPES", COLUMN_DETAILS },
	{ "rules", "RULES", COLUMN_RIGHT },
	{ "sessions", "SESSIONS", COLUMN_RIGHT },
	{},
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
	if (may_lift && !strcmp(list, "none"))
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

static void port_add(struct args *args, struct changes *changes)
{
	static const char *const words[] = {
		"side", "address", "group", "smtp", "trunk", "ethertype", NULL,
	};
	struct port port = parse_device(args);
	uint64_t seen = 0;

	for (;;) {
		switch (args_keyword(args, words, &seen)) {
		case 0:
			port.side = args_enum(args, "side", words_side);
			port.given |= PORT_SIDE;
			continue;
		case 1:
			parse_addresses(&port, args, false);
			continue;
		case 2:
			parse_groups(&port, args);
			continue;
		case 3:
			port.smtp = args_enum(args, "smtp", words_smtp);
			port.given |= PORT_SMTP;
			continue;
		case 4:
			port.trunk = args_enum(args, "trunk", words_switch);
			port.given |= PORT_TRUNK;
			continue;
		case 5:
			parse_ethertypes(&port, args, false);
			continue;
		}
		break;
	}
	if (!(port.given & PORT_SIDE))
		fail("side missing: expected side guest or side self");
	change_add(changes, SGNL_CMD_PORT_ADD)->port = port;
}

static void port_set(struct args *args, struct changes *changes)
{
	static const char *const words[] = { "address", "smtp", "trunk", "ethertype", NULL };
	struct port port = parse_device(args);
	uint64_t seen = 0;

	for (;;) {
		switch (args_keyword(args, words, &seen)) {
		case 0:
			parse_addresses(&port, args, true);
			continue;
		case 1:
			port.smtp = args_enum(args, "smtp", words_smtp);
			port.given |= PORT_SMTP;
			continue;
		case 2:
			port.trunk = args_enum(args, "trunk", words_switch);
			port.given |= PORT_TRUNK;
			continue;
		case 3:
			parse_ethertypes(&port, args, true);
			continue;
		}
		break;
	}
	if (!seen)
		fail("nothing to change: expected address, smtp, trunk or ethertype");
	change_add(changes, SGNL_CMD_PORT_SET)->port = port;
}

static void port_del(struct args *args, struct changes *changes)
{
	struct port port = parse_device(args);

	args_end(args);
	change_add(changes, SGNL_CMD_PORT_DEL)->port = port;
}

static void change_groups(struct args *args, struct changes *changes, uint8_t cmd)
{
	struct port port = parse_device(args);

	if (cmd == SGNL_CMD_PORT_MOVE && !args_take(args, "to"))
		fail("to missing: expected port move DEV to A[,B...]");
	parse_groups(&port, args);
	args_end(args);
	change_add(changes, cmd)->port = port;
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

	if (a->n_addresses != b->n_addresses)
		return false;
	for (i = 0; i < a->n_addresses; i++)
		if (address_compare(&a->addresses[i], &b->addresses[i]))
			return false;
	return true;
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
	if (port->given & PORT_SMTP)
		mnl_attr_put_u8(nlh, SGNL_A_PORT_SMTP, port->smtp);
	if (port->given & PORT_TRUNK)
		mnl_attr_put_u8(nlh, SGNL_A_PORT_TRUNK, port->trunk);
	for (i = 0; i < port->n_ethertypes; i++)
		mnl_attr_put_u16(nlh, SGNL_A_PORT_ETHERTYPE, port->ethertypes[i]);
	if (cmd != SGNL_CMD_PORT_SET)
		return;
	if (port->given & PORT_ADDRESSES && !port->n_addresses)
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
		case SGNL_A_PORT_SMTP:
			port.smtp = attr_u8(attr);
			break;
		case SGNL_A_PORT_TRUNK:
			port.trunk = attr_u8(attr);
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

const char *port_words(const struct port *port)
{
	const char *addresses = list_words("address", address_texts(port), port->n_addresses);
	const char *groups = list_words("group", port->groups, port->n_groups);
	const char *ethertypes = list_words("ethertype", ethertype_texts(port), port->n_ethertypes);

	return mem_printf("%s side %s%s%s smtp %s%s%s", quoted(port->name),
			  word_text(words_side, port->side), addresses, groups,
			  word_text(words_smtp, port->smtp), port->trunk ? " trunk on" : "",
			  ethertypes);
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
	row_text(row, "smtp", word_text(words_smtp, port->smtp));
	row_flag(row, "trunk", port->trunk);
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
		"Usage: sgnl port add DEV side guest|self [address LIST] [group LIST]\n"
		"                     [smtp deny|allow|private] [trunk on|off] [ethertype LIST]\n"
		"       sgnl port set DEV [address LIST|none] [smtp deny|allow|private] [trunk on|off]\n"
		"                     [ethertype LIST|none]\n"
		"       sgnl port del DEV\n"
		"       sgnl port join DEV LIST\n"
		"       sgnl port leave DEV LIST\n"
		"       sgnl port move DEV to LIST\n"
		"       sgnl port show [DEV]\n"
		"LIST := A[,B...]\n",
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
