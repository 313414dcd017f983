// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "change.h"
#include "error.h"
#include "mem.h"
#include "name.h"
#include "object.h"
#include "rule.h"
#include "state.h"
#include "text.h"

static const struct column columns[] = {
	{ "id", "ID", 0 },
	{ "group", "GROUP", 0 },
	{ "direction", "DIR", 0 },
	{ "priority", "PRIO", COLUMN_RIGHT },
	{ "policy", "POLICY", 0 },
	{ "protocol", "PROTO", 0 },
	{ "port", "PORT", 0 },
	{ "peer_type", NULL, 0 },
	{ "peer", "PEER", 0 },
	{ "local", "LOCAL", 0 },
	{ "source_port", "SPORT", 0 },
	{ "icmp_type", "TYPE", COLUMN_RIGHT },
	{ "icmp_code", "CODE", COLUMN_RIGHT },
	{ "expires", "EXPIRES", 0 },
	{ "packets", "PACKETS", COLUMN_RIGHT | COLUMN_STATISTICS },
	{ "bytes", "BYTES", COLUMN_RIGHT | COLUMN_STATISTICS },
	{ "first_hit", "FIRST", COLUMN_STATISTICS },
	{ "last_hit", "LAST", COLUMN_STATISTICS },
	{ "description", "DESCRIPTION", 0 },
	{},
};

/* Places in the table of words; a rule's patch remembers them in its `given`. */
enum {
	WORD_ALLOW,
	WORD_DENY,
	WORD_PORT,
	WORD_FROM,
	WORD_TO,
	WORD_SPORT,
	WORD_TYPE,
	WORD_CODE,
	WORD_PRIORITY,
	WORD_EXPIRES,
	WORD_DESCRIPTION,
	WORD_ID,
	WORD_PROTO, /* no word of its own */
};

static const char *const words_add[] = {
	"allow", "deny",     "port",	"from",	       "to", "sport", "type",
	"code",	 "priority", "expires", "description", "id", NULL,
};

static const char *const words_set[] = {
	"allow", "deny", "port",     "from",	"to",	       "sport",
	"type",	 "code", "priority", "expires", "description", NULL,
};

#define PROTOCOL	   "a protocol (tcp, udp, icmp, icmpv6, gre, all or 0 to 255)"

#define PEER		   "an address, a CIDR, group NAME or prefix-list NAME"

#define GIVEN(words, word) ((words)->given >> (word)&1)

static struct rule_end parse_end(struct args *args, const char *what)
{
	const char *word = args_next(args, what, PEER);
	struct rule_end end = {};

	if (!strcmp(word, "any")) {
		end.kind = RULE_END_ANY;
	} else if (!strcmp(word, "group")) {
		end.kind = RULE_END_GROUP;
		end.group = name_number(args_group(args, "peer group"));
	} else if (!strcmp(word, "prefix-list")) {
		end.kind = RULE_END_LIST;
		end.list = name_number(args_list(args, LIST_PREFIXES));
	} else {
		if (name_valid(word))
			fail("%s \"%s\": expected an address, a CIDR or group %s", what, word,
			     word);
		if (name_begins(word, LIST_PREFIXES))
			fail("%s \"%s\": expected an address, a CIDR or prefix-list %s", what, word,
			     word);
		end.kind = RULE_END_PREFIX;
		end.prefix = args_prefix(word, what);
	}
	return end;
}

/* A type or code of ICMP, or -1 for any. */
static int parse_icmp(struct args *args, const char *what, bool may_lift)
{
	const char *expected = may_lift ? "0 to 255 or any" : "0 to 255";

	if (may_lift && args_take(args, "any"))
		return -1;
	return args_number(args_next(args, what, expected), what, 0, 255, expected);
}

/* The words behind the group and direction, or behind the id. */
static struct rule_words parse_words(struct args *args, const char *const words[], uint32_t *id)
{
	struct rule_words rule = {};
	bool set = words == words_set;
	const char *word;

	while ((word = args_peek(args))) {
		if (args_is_protocol(word, &rule.proto)) {
			if (GIVEN(&rule, WORD_PROTO))
				fail("second protocol \"%s\": expected one", word);
			rule.given |= 1ULL << WORD_PROTO;
			args->at++;
			continue;
		}
		if (args_find(words, word) < 0)
			args_unexpected(word, words, PROTOCOL);
		switch (args_keyword(args, words, &rule.given)) {
		case WORD_ALLOW:
			rule.policy = SGNL_RULE_POLICY_ALLOW;
			break;
		case WORD_DENY:
			rule.policy = SGNL_RULE_POLICY_DENY;
			break;
		case WORD_PORT:
			rule.dport = SGNL_PORTS_ALL;
			if (args_take(args, "list"))
				rule.port_list = name_number(args_list(args, LIST_PORTS));
			else
				rule.dport = args_ports(args, "port", set);
			break;
		case WORD_FROM:
			rule.from = parse_end(args, "from");
			break;
		case WORD_TO:
			rule.to = parse_end(args, "to");
			break;
		case WORD_SPORT:
			rule.sport = args_ports(args, "sport", set);
			break;
		case WORD_TYPE:
			rule.icmp_type = parse_icmp(args, "type", set);
			break;
		case WORD_CODE:
			rule.icmp_code = parse_icmp(args, "code", set);
			break;
		case WORD_PRIORITY:
			rule.priority = args_number(args_next(args, "priority", "1 to 100"),
						    "priority", 1, 100, "1 to 100");
			break;
		case WORD_EXPIRES:
			rule.expires = args_time(args, "expires", set);
			break;
		case WORD_DESCRIPTION:
			rule.description = args_description(args);
			break;
		case WORD_ID:
			*id = args_rule_id(args_next(args, "id", "sgr-N"));
			break;
		}
	}
	if (GIVEN(&rule, WORD_ALLOW) && GIVEN(&rule, WORD_DENY))
		fail("both allow and deny: expected one of them");
	return rule;
}

static void merge_peer(struct sgnl_rule *rule, const struct rule_end *end)
{
	switch (end->kind) {
	case RULE_END_NONE:
		break;
	case RULE_END_ANY:
		fail("peer \"any\": expected an address, a CIDR (0.0.0.0/0, ::/0), group NAME or prefix-list NAME");
	case RULE_END_PREFIX:
		rule->peer_kind = SGNL_PEER_PREFIX;
		rule->peer = end->prefix;
		break;
	case RULE_END_GROUP:
		rule->peer_kind = SGNL_PEER_GROUP;
		rule->peer_group = end->group;
		break;
	case RULE_END_LIST:
		/* The kernel knows the list's family. */
		rule->peer_kind = SGNL_PEER_LIST;
		rule->peer = (struct sgnl_prefix){};
		rule->peer_list = end->list;
		break;
	}
}

static void merge_local(struct sgnl_rule *rule, const struct rule_end *end)
{
	bool in = rule->direction == SGNL_DIRECTION_IN;

	switch (end->kind) {
	case RULE_END_NONE:
		break;
	case RULE_END_ANY:
		rule->local = (struct sgnl_prefix){};
		break;
	case RULE_END_PREFIX:
		rule->local = end->prefix;
		break;
	case RULE_END_GROUP:
	case RULE_END_LIST:
		fail("%s %s: expected an address or a CIDR; the peer stands behind %s",
		     in ? "to" : "from", end->kind == RULE_END_GROUP ? "group" : "prefix-list",
		     in ? "from" : "to");
	}
}

/* A code is one of its type: another type has any, unless one is given. */
static void merge_icmp(struct sgnl_rule *rule, const struct rule_words *words)
{
	if (GIVEN(words, WORD_TYPE)) {
		rule->has_icmp_type = words->icmp_type >= 0;
		rule->icmp_type = words->icmp_type;
		rule->has_icmp_code = false;
	}
	if (GIVEN(words, WORD_CODE)) {
		rule->has_icmp_code = words->icmp_code >= 0;
		rule->icmp_code = words->icmp_code;
	}
}

void rule_merge(struct rule *rule, const struct rule_words *words)
{
	struct sgnl_rule *core = &rule->core;
	bool in = core->direction == SGNL_DIRECTION_IN;
	const char *text;

	if (GIVEN(words, WORD_ALLOW) || GIVEN(words, WORD_DENY))
		core->policy = words->policy;
	if (GIVEN(words, WORD_PRIORITY))
		core->priority = words->priority;
	if (GIVEN(words, WORD_PROTO))
		core->proto = words->proto;
	if (GIVEN(words, WORD_PORT)) {
		core->dport = words->dport;
		core->port_list = words->port_list;
	}
	if (GIVEN(words, WORD_SPORT))
		core->sport = words->sport;
	merge_icmp(core, words);
	if (GIVEN(words, WORD_EXPIRES))
		rule->expires = words->expires;
	if (GIVEN(words, WORD_DESCRIPTION))
		rule->description = words->description;
	merge_peer(core, in ? &words->from : &words->to);
	merge_local(core, in ? &words->to : &words->from);
	if (sgnl_rule_canonicalize(core, &text) != SGNL_RULE_PART_NONE)
		fail("%s", text);
}

static struct rule rule_parse(struct args *args)
{
	struct rule rule = {
		.core = {
			.priority = SGNL_PRIORITY_DEFAULT,
			.dport = SGNL_PORTS_ALL,
			.sport = SGNL_PORTS_ALL,
		},
		.description = "",
	};
	struct rule_words words;
	bool in;

	rule.core.group = name_number(args_group(args, "group"));
	rule.core.direction = args_enum(args, "direction", words_direction);
	in = rule.core.direction == SGNL_DIRECTION_IN;
	words = parse_words(args, words_add, &rule.core.id);
	if (!GIVEN(&words, WORD_PROTO))
		fail("protocol missing: expected " PROTOCOL);
	if (!GIVEN(&words, in ? WORD_FROM : WORD_TO))
		fail("peer missing: expected %s ADDRESS, CIDR, group NAME or prefix-list NAME",
		     in ? "from" : "to");
	rule_merge(&rule, &words);
	return rule;
}

static void rule_add(struct args *args, struct changes *changes)
{
	struct rule rule = rule_parse(args);

	change_add(changes, SGNL_CMD_RULE_ADD)->rule = mem_copy(&rule);
}

static void rule_set(struct args *args, struct changes *changes)
{
	struct rule_words *words = mem_alloc(sizeof(*words));
	struct rule rule = { .patch = words };

	rule.core.id = args_rule_id(args_next(args, "rule", "sgr-N"));
	*words = parse_words(args, words_set, NULL);
	if (!words->given)
		fail("nothing to change: expected words of rule add");
	change_add(changes, SGNL_CMD_RULE_SET)->rule = mem_copy(&rule);
}

static bool is_rule_id(const char *word)
{
	return !strncmp(word, "sgr-", 4) && !strchr(word, '/');
}

static void rule_del(struct args *args, struct changes *changes)
{
	const char *word = args_peek(args);
	struct rule rule = {};

	if (!word)
		fail("rule missing: expected sgr-N... or GROUP and the words of rule add");
	if (!is_rule_id(word)) {
		rule = rule_parse(args);
		if (rule.core.id)
			fail("id: expected no id beside the words of a rule");
		change_add(changes, SGNL_CMD_RULE_DEL)->rule = mem_copy(&rule);
		return;
	}
	while ((word = args_peek(args))) {
		rule.core.id = args_rule_id(word);
		change_add(changes, SGNL_CMD_RULE_DEL)->rule = mem_copy(&rule);
		args->at++;
	}
}

static void put_prefix(struct nlmsghdr *nlh, uint16_t address, uint16_t len,
		       const struct sgnl_prefix *prefix)
{
	address_put(nlh, address, prefix);
	mnl_attr_put_u8(nlh, len, prefix->len);
}

static void put_ports(struct nlmsghdr *nlh, uint16_t min, uint16_t max,
		      const struct sgnl_port_range *ports)
{
	if (!ports->min)
		return;
	mnl_attr_put_u16(nlh, min, ports->min);
	mnl_attr_put_u16(nlh, max, ports->max);
}

void rule_put(struct nlmsghdr *nlh, uint8_t cmd, const struct rule *rule)
{
	const struct sgnl_rule *core = &rule->core;

	if (core->id)
		mnl_attr_put_u32(nlh, SGNL_A_RULE_ID, core->id);
	if (cmd == SGNL_CMD_RULE_DEL && core->id)
		return;
	mnl_attr_put_strz(nlh, SGNL_A_RULE_GROUP, name_text(core->group));
	mnl_attr_put_u8(nlh, SGNL_A_RULE_DIRECTION, core->direction);
	mnl_attr_put_u8(nlh, SGNL_A_RULE_POLICY, core->policy);
	mnl_attr_put_u8(nlh, SGNL_A_RULE_PRIORITY, core->priority);
	if (core->proto != SGNL_PROTO_ALL)
		mnl_attr_put_u8(nlh, SGNL_A_RULE_PROTO, core->proto);
	put_ports(nlh, SGNL_A_RULE_PORT_MIN, SGNL_A_RULE_PORT_MAX, &core->dport);
	if (core->port_list)
		mnl_attr_put_strz(nlh, SGNL_A_RULE_PORT_LIST, name_text(core->port_list));
	put_ports(nlh, SGNL_A_RULE_SOURCE_PORT_MIN, SGNL_A_RULE_SOURCE_PORT_MAX, &core->sport);
	if (core->has_icmp_type)
		mnl_attr_put_u8(nlh, SGNL_A_RULE_ICMP_TYPE, core->icmp_type);
	if (core->has_icmp_code)
		mnl_attr_put_u8(nlh, SGNL_A_RULE_ICMP_CODE, core->icmp_code);
	if (core->peer_kind == SGNL_PEER_GROUP)
		mnl_attr_put_strz(nlh, SGNL_A_RULE_PEER_GROUP, name_text(core->peer_group));
	else if (core->peer_kind == SGNL_PEER_LIST)
		mnl_attr_put_strz(nlh, SGNL_A_RULE_PEER_LIST, name_text(core->peer_list));
	else
		put_prefix(nlh, SGNL_A_RULE_PEER_ADDRESS, SGNL_A_RULE_PEER_PREFIX_LEN, &core->peer);
	if (core->local.family != SGNL_FAMILY_ANY)
		put_prefix(nlh, SGNL_A_RULE_LOCAL_ADDRESS, SGNL_A_RULE_LOCAL_PREFIX_LEN,
			   &core->local);
	if (rule->expires)
		mnl_attr_put_u64(nlh, SGNL_A_RULE_EXPIRES, rule->expires);
	if (*rule->description)
		mnl_attr_put_strz(nlh, SGNL_A_RULE_DESCRIPTION, rule->description);
}

struct rule rule_get(const struct nlmsghdr *nlh)
{
	struct rule rule = {
		.core = {
			.group = name_number(""),
			.priority = SGNL_PRIORITY_DEFAULT,
			.proto = SGNL_PROTO_ALL,
			.dport = SGNL_PORTS_ALL,
			.sport = SGNL_PORTS_ALL,
		},
		.description = "",
	};
	struct sgnl_rule *core = &rule.core;
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_RULE_ID:
			core->id = attr_u32(attr);
			break;
		case SGNL_A_RULE_GROUP:
			core->group = name_number(attr_string(attr));
			break;
		case SGNL_A_RULE_DIRECTION:
			core->direction = attr_u8(attr);
			break;
		case SGNL_A_RULE_POLICY:
			core->policy = attr_u8(attr);
			break;
		case SGNL_A_RULE_PRIORITY:
			core->priority = attr_u8(attr);
			break;
		case SGNL_A_RULE_PROTO:
			core->proto = attr_u8(attr);
			break;
		case SGNL_A_RULE_PORT_MIN:
			core->dport.min = attr_u16(attr);
			break;
		case SGNL_A_RULE_PORT_MAX:
			core->dport.max = attr_u16(attr);
			break;
		case SGNL_A_RULE_PEER_ADDRESS:
			core->peer = address_get(attr);
			break;
		case SGNL_A_RULE_PEER_PREFIX_LEN:
			core->peer.len = attr_u8(attr);
			break;
		case SGNL_A_RULE_PEER_GROUP:
			core->peer_kind = SGNL_PEER_GROUP;
			core->peer_group = name_number(attr_string(attr));
			break;
		case SGNL_A_RULE_PEER_LIST:
			core->peer_kind = SGNL_PEER_LIST;
			core->peer_list = name_number(attr_string(attr));
			break;
		case SGNL_A_RULE_PORT_LIST:
			core->port_list = name_number(attr_string(attr));
			break;
		case SGNL_A_RULE_LOCAL_ADDRESS:
			core->local = address_get(attr);
			break;
		case SGNL_A_RULE_LOCAL_PREFIX_LEN:
			core->local.len = attr_u8(attr);
			break;
		case SGNL_A_RULE_SOURCE_PORT_MIN:
			core->sport.min = attr_u16(attr);
			break;
		case SGNL_A_RULE_SOURCE_PORT_MAX:
			core->sport.max = attr_u16(attr);
			break;
		case SGNL_A_RULE_ICMP_TYPE:
			core->has_icmp_type = true;
			core->icmp_type = attr_u8(attr);
			break;
		case SGNL_A_RULE_ICMP_CODE:
			core->has_icmp_code = true;
			core->icmp_code = attr_u8(attr);
			break;
		case SGNL_A_RULE_DESCRIPTION:
			rule.description = mem_string(attr_string(attr));
			break;
		case SGNL_A_RULE_EXPIRES:
			rule.expires = attr_u64(attr);
			break;
		case SGNL_A_RULE_PACKETS:
			rule.packets = attr_u64(attr);
			break;
		case SGNL_A_RULE_BYTES:
			rule.bytes = attr_u64(attr);
			break;
		case SGNL_A_RULE_SINCE:
			rule.since = attr_u64(attr);
			break;
		case SGNL_A_RULE_FIRST_HIT:
			rule.first_hit = attr_u64(attr);
			break;
		case SGNL_A_RULE_LAST_HIT:
			rule.last_hit = attr_u64(attr);
			break;
		case SGNL_A_RULE_COMMAND:
			rule.command = attr_u8(attr);
			break;
		case SGNL_A_RULE_GENERATION:
			rule.generation = attr_u64(attr);
			break;
		}
	}
	return rule;
}

static const char *peer_name(const struct sgnl_rule *core)
{
	switch (core->peer_kind) {
	case SGNL_PEER_GROUP:
		return name_text(core->peer_group);
	case SGNL_PEER_LIST:
		return name_text(core->peer_list);
	default:
		return prefix_text(&core->peer);
	}
}

/* What the tool calls the kinds of peers, by their numbers. */
static const char *const words_peer_kind[] = { "cidr", "group", "prefix-list", NULL };

static bool same_ports(const struct sgnl_port_range *a, const struct sgnl_port_range *b)
{
	return a->min == b->min && a->max == b->max;
}

static const char *any_or_ports(const struct sgnl_port_range *ports)
{
	return ports->min ? ports_text(ports) : "any";
}

/* -1 for any */
static int icmp_type(const struct sgnl_rule *core)
{
	return core->has_icmp_type ? core->icmp_type : -1;
}

static int icmp_code(const struct sgnl_rule *core)
{
	return core->has_icmp_code ? core->icmp_code : -1;
}

static const char *any_or_number(int number)
{
	return number < 0 ? "any" : mem_printf("%d", number);
}

/* As it stands behind from or to. */
static const char *peer_words(const struct sgnl_rule *core)
{
	if (core->peer_kind == SGNL_PEER_PREFIX)
		return peer_name(core);
	return mem_printf("%s %s", words_peer_kind[core->peer_kind], peer_name(core));
}

static const char *local_words(const struct sgnl_rule *core)
{
	return core->local.family == SGNL_FAMILY_ANY ? "any" : prefix_text(&core->local);
}

const char *rule_set_words(const struct rule *rule)
{
	const struct sgnl_rule *is = &rule->core, *was = &rule->before->core;
	bool in = is->direction == SGNL_DIRECTION_IN;
	const char *line = "";

	if (is->policy != was->policy)
		line = mem_printf(" %s", word_text(words_policy, is->policy));
	if (is->proto != was->proto)
		line = mem_printf("%s %s", line, protocol_text(is->proto));
	if (is->port_list && is->port_list != was->port_list)
		line = mem_printf("%s port list %s", line, name_text(is->port_list));
	else if (is->port_list != was->port_list || !same_ports(&is->dport, &was->dport))
		line = mem_printf("%s port %s", line, any_or_ports(&is->dport));
	/* Another type has any code, unless one is given. */
	if (icmp_type(is) != icmp_type(was))
		line = mem_printf("%s type %s", line, any_or_number(icmp_type(is)));
	if (icmp_type(is) != icmp_type(was) ? is->has_icmp_code : icmp_code(is) != icmp_code(was))
		line = mem_printf("%s code %s", line, any_or_number(icmp_code(is)));
	if (strcmp(peer_words(is), peer_words(was)))
		line = mem_printf("%s %s %s", line, in ? "from" : "to", peer_words(is));
	if (strcmp(local_words(is), local_words(was)))
		line = mem_printf("%s %s %s", line, in ? "to" : "from", local_words(is));
	if (!same_ports(&is->sport, &was->sport))
		line = mem_printf("%s sport %s", line, any_or_ports(&is->sport));
	if (is->priority != was->priority)
		line = mem_printf("%s priority %u", line, is->priority);
	if (rule->expires != rule->before->expires)
		line = mem_printf("%s expires %s", line,
				  rule->expires ? utc_text(rule->expires) : "never");
	if (strcmp(rule->description, rule->before->description))
		line = mem_printf("%s description %s", line, quoted(rule->description));
	return line + 1;
}

const char *rule_words(const struct rule *rule)
{
	const struct sgnl_rule *core = &rule->core;
	bool in = core->direction == SGNL_DIRECTION_IN;
	const char *line;

	line = mem_printf("%s %s %s %s", name_text(core->group),
			  word_text(words_direction, core->direction),
			  word_text(words_policy, core->policy), protocol_text(core->proto));
	if (core->port_list)
		line = mem_printf("%s port list %s", line, name_text(core->port_list));
	else if (core->dport.min)
		line = mem_printf("%s port %s", line, ports_text(&core->dport));
	if (core->has_icmp_type)
		line = mem_printf("%s type %u", line, core->icmp_type);
	if (core->has_icmp_code)
		line = mem_printf("%s code %u", line, core->icmp_code);
	line = mem_printf("%s %s %s", line, in ? "from" : "to", peer_words(core));
	if (core->local.family != SGNL_FAMILY_ANY)
		line = mem_printf("%s %s %s", line, in ? "to" : "from", prefix_text(&core->local));
	if (core->sport.min)
		line = mem_printf("%s sport %s", line, ports_text(&core->sport));
	line = mem_printf("%s priority %u", line, core->priority);
	if (rule->expires)
		line = mem_printf("%s expires %s", line, utc_text(rule->expires));
	if (*rule->description)
		line = mem_printf("%s description %s", line, quoted(rule->description));
	return core->id ? mem_printf("%s id sgr-%u", line, core->id) : line;
}

/* Seconds for programs, UTC for people. */
static void row_time(json_t *row, const char *key, time_t at)
{
	if (at && options.json)
		row_number(row, key, at);
	else if (at)
		row_text(row, key, utc_text(at));
}

json_t *rule_row(const struct rule *rule)
{
	const struct sgnl_rule *core = &rule->core;
	json_t *row = json_object();

	row_text(row, "id", rule_id_text(core->id));
	row_text(row, "group", name_text(core->group));
	row_text(row, "direction", word_text(words_direction, core->direction));
	row_number(row, "priority", core->priority);
	row_text(row, "policy", word_text(words_policy, core->policy));
	row_text(row, "protocol", protocol_text(core->proto));
	row_text(row, "port",
		 core->port_list ? name_text(core->port_list) : ports_text(&core->dport));
	row_text(row, "peer_type", words_peer_kind[core->peer_kind]);
	row_text(row, "peer", peer_name(core));
	if (core->local.family != SGNL_FAMILY_ANY)
		row_text(row, "local", prefix_text(&core->local));
	if (core->sport.min)
		row_text(row, "source_port", ports_text(&core->sport));
	if (core->has_icmp_type)
		row_number(row, "icmp_type", core->icmp_type);
	if (core->has_icmp_code)
		row_number(row, "icmp_code", core->icmp_code);
	if (rule->expires)
		row_text(row, "expires", utc_text(rule->expires));
	row_number(row, "packets", rule->packets);
	row_number(row, "bytes", rule->bytes);
	row_time(row, "first_hit", rule->first_hit);
	row_time(row, "last_hit", rule->last_hit);
	row_text(row, "description", rule->description);
	return row;
}

/* The rules of a group in the order in which they are asked (E7). */
static int compare_shown(const void *a, const void *b)
{
	const struct sgnl_rule *x = &((const struct rule *)a)->core;
	const struct sgnl_rule *y = &((const struct rule *)b)->core;

	if (x->group != y->group)
		return strcmp(name_text(x->group), name_text(y->group));
	if (x->direction != y->direction)
		return x->direction < y->direction ? -1 : 1;
	return sgnl_rule_compare(x, y);
}

static void rule_show(struct args *args)
{
	const char *word = args_peek(args);
	struct state state = {};
	size_t i;

	if (!word) {
		state_rules(&state, NULL);
	} else if (is_rule_id(word)) {
		args->at++;
		*vec_add(&state.rules) = state_rule(args_rule_id(word));
	} else {
		state_rules(&state, args_group(args, "group"));
	}
	args_end(args);
	vec_sort(&state.rules, compare_shown);
	print_begin(columns);
	for (i = 0; i < state.rules.n; i++) {
		const struct rule *rule = &state.rules.v[i];

		print_row(rule_row(rule), mem_printf("rule add %s", rule_words(rule)));
	}
	print_end();
}

const struct object rule_object = {
	.name = "rule",
	.usage =
		"Usage: sgnl rule add GROUP in [allow|deny] PROTO [port PORTS] from PEER [to CIDR]\n"
		"                     [sport PORTS] [type 0-255 [code 0-255]] [priority 1-100]\n"
		"                     [expires TIME] [description TEXT] [id sgr-N]\n"
		"       sgnl rule add GROUP out [allow|deny] PROTO [port PORTS] to PEER [from CIDR]\n"
		"                     [sport PORTS] [type 0-255 [code 0-255]] [priority 1-100]\n"
		"                     [expires TIME] [description TEXT] [id sgr-N]\n"
		"       sgnl rule set ID [words of rule add that change; port any, sport any, type any,\n"
		"                     code any, expires never, to any (in) or from any (out) lift a part]\n"
		"       sgnl rule del ID...\n"
		"       sgnl rule del GROUP <words of rule add>\n"
		"       sgnl rule show [GROUP|ID]\n"
		"PROTO := tcp | udp | icmp | icmpv4 | icmpv6 | gre | all | 0-255\n"
		"PORTS := A/B | A | -1/-1; behind port also list PORT-LIST\n"
		"PEER := ADDRESS | CIDR | group NAME | prefix-list PREFIX-LIST\n"
		"TIME := YYYY-MM-DDTHH:MM:SSZ | +N with s, m, h or d\n"
		"ID := sgr-N\n",
	.commands = {
		{ .name = "add", .change = rule_add },
		{ .name = "set", .change = rule_set },
		{ .name = "del", .change = rule_del },
		{ .name = "show", .run = rule_show },
	},
};
