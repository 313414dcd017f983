// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <linux/sgnl.h>

#include "aliyun.h"
#include "core/limits.h"
#include "error.h"
#include "name.h"
#include "text.h"

/* Words by their numbers in the protocol. */
static const char *const directions[] = { "ingress", "egress", NULL };
static const char *const policies[] = { "Accept", "Drop", NULL };
static const char *const types[] = { "normal", "enterprise", NULL };
static const char *const families[] = { "IPv4", "IPv6", NULL };

/* The system's own rules, which say what happens without others. */
#define PRIORITY_SYSTEM 110

/* The fields of one end of the packets. */
struct end {
	const char *cidr;
	const char *cidr6;
	const char *group;
	const char *account;
	const char *list;
};

static const struct end source = {
	"SourceCidrIp",	      "Ipv6SourceCidrIp", "SourceGroupId", "SourceGroupOwnerAccount",
	"SourcePrefixListId",
};

static const struct end dest = {
	"DestCidrIp", "Ipv6DestCidrIp", "DestGroupId", "DestGroupOwnerAccount", "DestPrefixListId",
};

/* The last lines are ignored: names of what has an id too, and what means nothing here. */
static const char *const rule_fields[] = {
	"SecurityGroupRuleId",
	"Direction",
	"Policy",
	"Priority",
	"IpProtocol",
	"PortRange",
	"PortRangeListId",
	"SourcePortRange",
	"SourceCidrIp",
	"Ipv6SourceCidrIp",
	"SourceGroupId",
	"SourceGroupOwnerAccount",
	"SourcePrefixListId",
	"DestCidrIp",
	"Ipv6DestCidrIp",
	"DestGroupId",
	"DestGroupOwnerAccount",
	"DestPrefixListId",
	"Description",
	"NicType",
	"CreateTime",
	"SourceGroupName",
	"SourcePrefixListName",
	"DestGroupName",
	"DestPrefixListName",
	"PortRangeListName",
	NULL,
};

static const struct end *peer_of(uint8_t direction)
{
	return direction == SGNL_DIRECTION_IN ? &source : &dest;
}

static const struct end *local_of(uint8_t direction)
{
	return direction == SGNL_DIRECTION_IN ? &dest : &source;
}

static bool read_prefix(struct answer_part *part, const char *field, uint8_t family,
			struct sgnl_prefix *prefix)
{
	const char *text = answer_text(part, field);
	struct sgnl_prefix read;

	if (!text)
		return false;
	if (prefix_read(text, &read) && read.family == family)
		*prefix = read;
	else
		answer_bad(part, field, text,
			   family == SGNL_FAMILY_IPV6 ? "expected an IPv6 address or CIDR" :
							"expected an IPv4 address or CIDR");
	return true;
}

/* The field that named it, or NULL; another one is too many. */
static const char *read_cidr(struct answer_part *part, const struct end *end,
			     struct sgnl_prefix *prefix)
{
	bool v4 = read_prefix(part, end->cidr, SGNL_FAMILY_IPV4, prefix);
	bool v6 = read_prefix(part, end->cidr6, SGNL_FAMILY_IPV6, prefix);

	if (v4 && v6)
		answer_bad(part, end->cidr6, answer_text(part, end->cidr6),
			   mem_printf("expected none beside %s", end->cidr));
	return v4 ? end->cidr : v6 ? end->cidr6 : NULL;
}

/* What must be there, and once: an end that is left out is not any. */
static void read_peer(struct answer_part *part, const struct end *end, struct answer_rule *rule)
{
	const char *group = answer_text(part, end->group), *list = answer_text(part, end->list);
	const char *account = answer_text(part, end->account);
	struct sgnl_rule *core = &rule->rule.core;

	rule->peer_field = read_cidr(part, end, &core->peer);
	if (group) {
		const char *name = account && !strchr(group, '/') ?
					   mem_printf("%s/%s", account, group) :
					   group;

		if (rule->peer_field)
			answer_bad(part, end->group, group,
				   mem_printf("expected none beside %s", rule->peer_field));
		else if (!name_valid(name))
			answer_bad(part, end->group, name, "expected " GROUP_NAME);
		core->peer_kind = SGNL_PEER_GROUP;
		core->peer_group = name_number(name);
		rule->peer_field = end->group;
	}
	if (list) {
		if (rule->peer_field)
			answer_bad(part, end->list, list,
				   mem_printf("expected none beside %s", rule->peer_field));
		else if (!name_begins(list, LIST_PREFIXES))
			answer_bad(part, end->list, list, "expected " LIST_PREFIXES "NAME");
		core->peer_kind = SGNL_PEER_LIST;
		core->peer_list = name_number(list);
		rule->peer_field = end->list;
	}
	if (!rule->peer_field)
		answer_bad(part, end->cidr, NULL,
			   mem_printf("expected it, %s, %s or %s; what is left out is not any",
				      end->cidr6, end->group, end->list));
}

static void read_local(struct answer_part *part, const struct end *end, struct answer_rule *rule)
{
	const char *group = answer_text(part, end->group), *list = answer_text(part, end->list);

	read_cidr(part, end, &rule->rule.core.local);
	if (group)
		answer_bad(part, end->group, group, "expected at the peer's end alone");
	if (list)
		answer_bad(part, end->list, list, "expected at the peer's end alone");
}

static void read_protocol(struct answer_part *part, struct sgnl_rule *core)
{
	static const char expected[] = "expected TCP, UDP, ICMP, ICMPv6, GRE, ALL or 0 to 255";
	const char *text = answer_need(part, "IpProtocol", expected), *c;
	unsigned long number;

	if (!text)
		return;
	for (c = text; *c; c++)
		obstack_1grow(&mem, *c >= 'A' && *c <= 'Z' ? *c + 'a' - 'A' : *c);
	obstack_1grow(&mem, '\0');
	if (protocol_named(obstack_finish(&mem), &core->proto))
		return;
	if (number_read(text, 0, 255, 10, &number))
		core->proto = number;
	else
		answer_bad(part, "IpProtocol", text, expected);
}

static bool read_range(struct answer_part *part, const char *field, struct sgnl_port_range *range)
{
	const char *text = answer_text(part, field);

	if (!text)
		return false;
	if (!ports_read(text, range))
		answer_bad(part, field, text, "expected A/B with 1 <= A <= B <= 65535, or -1/-1");
	return true;
}

static void read_ports(struct answer_part *part, struct answer_rule *rule)
{
	const char *list = answer_text(part, "PortRangeListId");
	struct sgnl_rule *core = &rule->rule.core;
	bool has_range = read_range(part, "PortRange", &core->dport);

	read_range(part, "SourcePortRange", &core->sport);
	if (list) {
		if (!name_begins(list, LIST_PORTS))
			answer_bad(part, "PortRangeListId", list, "expected " LIST_PORTS "NAME");
		core->port_list = name_number(list);
		rule->ports_field = "PortRangeListId";
	} else if (!has_range && (core->proto == IPPROTO_TCP || core->proto == IPPROTO_UDP)) {
		answer_bad(part, "PortRange", NULL, "expected it or PortRangeListId");
	}
}

static const char *const *fields_of(uint8_t direction)
{
	static const char *const in[] = {
		[SGNL_RULE_PART_DIRECTION] = "Direction",
		[SGNL_RULE_PART_POLICY] = "Policy",
		[SGNL_RULE_PART_PRIORITY] = "Priority",
		[SGNL_RULE_PART_PROTO] = "IpProtocol",
		[SGNL_RULE_PART_DPORT] = "PortRange",
		[SGNL_RULE_PART_SPORT] = "SourcePortRange",
		[SGNL_RULE_PART_PEER] = "SourceCidrIp",
		[SGNL_RULE_PART_PEER_GROUP] = "SourceGroupId",
		[SGNL_RULE_PART_LOCAL] = "DestCidrIp",
		[SGNL_RULE_PART_PORT_LIST] = "PortRangeListId",
	};
	static const char *const out[] = {
		[SGNL_RULE_PART_DIRECTION] = "Direction",
		[SGNL_RULE_PART_POLICY] = "Policy",
		[SGNL_RULE_PART_PRIORITY] = "Priority",
		[SGNL_RULE_PART_PROTO] = "IpProtocol",
		[SGNL_RULE_PART_DPORT] = "PortRange",
		[SGNL_RULE_PART_SPORT] = "SourcePortRange",
		[SGNL_RULE_PART_PEER] = "DestCidrIp",
		[SGNL_RULE_PART_PEER_GROUP] = "DestGroupId",
		[SGNL_RULE_PART_LOCAL] = "SourceCidrIp",
		[SGNL_RULE_PART_PORT_LIST] = "PortRangeListId",
	};

	return direction == SGNL_DIRECTION_IN ? in : out;
}

/* Ids that save printed are kept; the cloud's own are texts, for which there is no room. */
#define ID_MAX INT32_MAX

static uint32_t read_id(const char *text)
{
	unsigned long id;

	if (!text || strncmp(text, "sgr-", 4) || !number_read(text + 4, 1, ID_MAX, 10, &id))
		return 0;
	return id;
}

static void read_rule(struct answers *answers, const struct answer_group *group, const json_t *json,
		      size_t n)
{
	struct answer_part part = { .answers = answers, .object = json };
	const json_t *name = json_object_get(json, "SecurityGroupRuleId");
	const char *id = json_is_string(name) ? json_string_value(name) : "";
	struct answer_rule rule;
	struct sgnl_rule *core = &rule.rule.core;
	unsigned long priority = SGNL_PRIORITY_DEFAULT;
	const char *text;

	part.where = mem_printf("group %s, rule %.100s", group->group.name,
				*id ? id : mem_printf("%zu of its answer", n + 1));
	rule = answer_rule(group, part.where);
	text = answer_need(&part, "Priority", "expected 1 to 100");
	if (text && number_read(text, PRIORITY_SYSTEM, PRIORITY_SYSTEM, 10, &priority)) {
		*vec_add(&answers->notes) =
			mem_printf("%s: Priority \"%s\": one of the system's, left out", part.where,
				   text);
		return;
	}
	if (text && !number_read(text, 1, 100, 10, &priority))
		answer_bad(&part, "Priority", text, "expected 1 to 100");
	core->priority = priority;
	answer_fields(&part, rule_fields);
	core->id = read_id(id);
	core->direction = answer_enum(&part, "Direction", directions);
	core->policy = answer_enum(&part, "Policy", policies);
	read_protocol(&part, core);
	read_ports(&part, &rule);
	read_peer(&part, peer_of(core->direction), &rule);
	read_local(&part, local_of(core->direction), &rule);
	rule.rule.description = answer_description(&part, "Description");
	answer_add(&part, &rule, fields_of(core->direction));
}

static const char *plain_text(const json_t *object, const char *field)
{
	return json_string_value(json_object_get(object, field));
}

/* What both answers may tell of a group. */
static struct answer_group *read_group(struct answers *answers, const json_t *json)
{
	struct answer_group *group = answer_group(answers, plain_text(json, "SecurityGroupId"));
	struct answer_part part = { answers, json,
				    .where = mem_printf("group %s", group->group.name) };
	const char *text;

	if (answer_text(&part, "SecurityGroupType")) {
		group->group.type = answer_enum(&part, "SecurityGroupType", types);
		group->has_type = true;
	}
	if (answer_text(&part, "InnerAccessPolicy")) {
		group->group.internal = answer_enum(&part, "InnerAccessPolicy", policies);
		group->group.has_internal = true;
	}
	text = answer_description(&part, "Description");
	if (*text)
		group->group.description = text;
	text = answer_text(&part, "VpcId");
	if (text)
		group->vpc = text;
	group->may_be_saved = true;
	group->bad |= part.bad;
	return group;
}

static void read_attribute(struct answers *answers, const json_t *json, const json_t *rules)
{
	struct answer_group *group = read_group(answers, json);
	size_t i;

	answer_page(group, plain_text(json, "NextToken"));
	for (i = 0; i < json_array_size(rules); i++)
		read_rule(answers, group, json_array_get(rules, i), i);
}

/* Another page is to come. */
static bool goes_on(const json_t *json)
{
	const char *token = plain_text(json, "NextToken");

	return token && *token;
}

static void read_groups(struct answers *answers, const json_t *json, const json_t *groups)
{
	size_t i;

	for (i = 0; i < json_array_size(groups); i++)
		read_group(answers, json_array_get(groups, i));
	answers->more_groups = goes_on(json);
}

/* ---- lists ---- */

static struct answer_list *read_list(struct answers *answers, const json_t *json, const char *field,
				     const char *kind, struct answer_part *part)
{
	const char *name = plain_text(json, field);
	struct answer_list *list;

	if (!name || !name_begins(name, kind))
		fail("%s \"%.100s\": expected %sNAME", field, name ? name : "", kind);
	list = answer_list(answers, name);
	*part = (struct answer_part){ answers, json,
				      .where = mem_printf("%s %s", list_noun(name), name) };
	return list;
}

static void read_max(struct answer_part *part, struct answer_list *list, unsigned long most)
{
	const char *expected = mem_printf("expected 1 to %lu", most);
	const char *text = answer_need(part, "MaxEntries", expected);
	unsigned long max;

	if (!text)
		return;
	if (number_read(text, 1, most, 10, &max))
		list->list.max = max;
	else
		answer_bad(part, "MaxEntries", text, expected);
}

/* Room for the entries, which come once. */
static void begin_entries(struct answer_list *list, size_t n)
{
	if (list->list.has_entries)
		fail("%s %s: its entries come again: expected them once",
		     list_noun(list->list.name), list->list.name);
	list->list.has_entries = true;
	list->list.prefixes = mem_alloc(n * sizeof(*list->list.prefixes));
	list->list.ranges = mem_alloc(n * sizeof(*list->list.ranges));
}

static void read_prefix_list(struct answers *answers, const json_t *json, const json_t *entries)
{
	struct answer_part part;
	struct answer_list *list = read_list(answers, json, "PrefixListId", LIST_PREFIXES, &part);
	uint8_t family;
	size_t i;

	list->list.family = answer_enum(&part, "AddressFamily", families);
	family = list->list.family == SGNL_LIST_FAMILY_IPV6 ? SGNL_FAMILY_IPV6 : SGNL_FAMILY_IPV4;
	list->list.description = answer_description(&part, "Description");
	read_max(&part, list, SGNL_PREFIX_LIST_MAX);
	begin_entries(list, json_array_size(entries));
	for (i = 0; i < json_array_size(entries); i++) {
		struct answer_part entry = { answers, json_array_get(entries, i),
					     .where = part.where };

		if (!read_prefix(&entry, "Cidr", family, &list->list.prefixes[i]))
			answer_bad(&entry, "Cidr", NULL, "expected in each entry");
		part.bad |= entry.bad;
	}
	list->list.n_entries = json_array_size(entries);
	list_tidy(&list->list);
	list->bad = part.bad;
}

static void read_port_lists(struct answers *answers, const json_t *page, const json_t *lists)
{
	size_t i;

	for (i = 0; i < json_array_size(lists); i++) {
		struct answer_part part;
		const json_t *json = json_array_get(lists, i);
		struct answer_list *list =
			read_list(answers, json, "PortRangeListId", LIST_PORTS, &part);

		read_max(&part, list, SGNL_PORT_LIST_MAX);
		list->list.description = answer_description(&part, "Description");
		list->bad |= part.bad;
	}
	answers->more_port_lists = goes_on(page);
}

/* The answer does not say of which list it is: then the file's name does. */
static json_t *name_entries(const json_t *json, const char *file)
{
	const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
	const char *name = mem_printf("%.*s", (int)strcspn(base, "."), base);
	json_t *named = json_copy((json_t *)json);

	if (!name_begins(name, LIST_PORTS))
		fail("PortRangeListId missing: expected it beside Entries, or a file that is named after the list, " LIST_PORTS
		     "NAME.json");
	json_object_set_new(named, "PortRangeListId", json_string(name));
	return named;
}

static void read_port_entries(struct answers *answers, const json_t *json, const json_t *entries)
{
	struct answer_part part;
	struct answer_list *list;
	size_t i;

	if (!plain_text(json, "PortRangeListId"))
		json = name_entries(json, answers->file);
	list = read_list(answers, json, "PortRangeListId", LIST_PORTS, &part);
	begin_entries(list, json_array_size(entries));
	for (i = 0; i < json_array_size(entries); i++) {
		struct answer_part entry = { answers, json_array_get(entries, i),
					     .where = part.where };
		struct sgnl_port_range *range = &list->list.ranges[i];

		if (!read_range(&entry, "PortRange", range))
			answer_bad(&entry, "PortRange", NULL, "expected in each entry");
		else if (!entry.bad && !range->min)
			answer_bad(&entry, "PortRange", "-1/-1", "expected 1/65535 for all ports");
		part.bad |= entry.bad;
	}
	list->list.n_entries = json_array_size(entries);
	list_tidy(&list->list);
	list->bad |= part.bad;
}

bool aliyun_read(struct answers *answers, const json_t *value)
{
	const json_t *rules = answer_array(value, "Permissions", "Permission");
	const json_t *groups = json_is_object(json_object_get(value, "SecurityGroups")) ?
				       answer_array(value, "SecurityGroups", "SecurityGroup") :
				       NULL;
	const json_t *port_lists = answer_array(value, "PortRangeLists", "PortRangeList");
	const json_t *entries = answer_array(value, "Entries", "Entry");

	if (rules)
		read_attribute(answers, value, rules);
	else if (groups)
		read_groups(answers, value, groups);
	else if (port_lists)
		read_port_lists(answers, value, port_lists);
	else if (entries && json_object_get(value, "PrefixListId"))
		read_prefix_list(answers, value, entries);
	else if (entries && !json_object_get(json_array_get(entries, 0), "Cidr"))
		read_port_entries(answers, value, entries);
	else
		return false;
	return true;
}

/* ---- writing ---- */

/* A key that has no value is an empty text, as in the cloud's own. */
static void put(json_t *object, const char *field, const char *text)
{
	json_object_set_new(object, field, json_string(text ? text : ""));
}

static void print(json_t *object)
{
	json_dumpf(object, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(object);
}

static const char *protocol(uint16_t proto)
{
	const char *text = protocol_text(proto), *c;

	if (proto == IPPROTO_ICMPV6)
		return "ICMPv6";
	for (c = text; *c; c++)
		obstack_1grow(&mem, *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	obstack_1grow(&mem, '\0');
	return obstack_finish(&mem);
}

static void put_cidr(json_t *json, const struct end *end, const struct sgnl_prefix *prefix)
{
	if (prefix->family != SGNL_FAMILY_ANY)
		put(json, prefix->family == SGNL_FAMILY_IPV6 ? end->cidr6 : end->cidr,
		    prefix_text(prefix));
}

static void put_peer(json_t *json, const struct end *end, const struct sgnl_rule *core)
{
	const char *name, *slash;

	switch (core->peer_kind) {
	case SGNL_PEER_GROUP:
		name = name_text(core->peer_group);
		slash = strchr(name, '/');
		put(json, end->group, slash ? slash + 1 : name);
		if (slash)
			put(json, end->account, mem_printf("%.*s", (int)(slash - name), name));
		break;
	case SGNL_PEER_LIST:
		put(json, end->list, name_text(core->peer_list));
		break;
	default:
		put_cidr(json, end, &core->peer);
		break;
	}
}

static json_t *rule_json(const struct rule *rule)
{
	const struct sgnl_rule *core = &rule->core;
	json_t *json = json_object();
	size_t i;

	for (i = 0; rule_fields[i] && strcmp(rule_fields[i], "CreateTime"); i++)
		put(json, rule_fields[i], NULL);
	put(json, "SecurityGroupRuleId", rule_id_text(core->id));
	put(json, "Direction", word_text(directions, core->direction));
	put(json, "Policy", word_text(policies, core->policy));
	put(json, "Priority", mem_printf("%u", core->priority));
	put(json, "IpProtocol", protocol(core->proto));
	put(json, "PortRange", core->port_list ? NULL : ports_text(&core->dport));
	put(json, "PortRangeListId", core->port_list ? name_text(core->port_list) : NULL);
	put(json, "SourcePortRange", core->sport.min ? ports_text(&core->sport) : NULL);
	put_peer(json, peer_of(core->direction), core);
	put_cidr(json, local_of(core->direction), &core->local);
	put(json, "Description", rule->description);
	put(json, "NicType", "intranet");
	return json;
}

static void print_group(const struct state *state, const struct group *group)
{
	bool basic = group->type == SGNL_GROUP_TYPE_BASIC;
	json_t *json = json_object(), *rules = json_array();
	uint32_t name = name_number(group->name);
	size_t i;

	for (i = 0; i < state->rules.n; i++)
		if (state->rules.v[i].core.group == name)
			json_array_append_new(rules, rule_json(&state->rules.v[i]));
	put(json, "SecurityGroupId", group->name);
	put(json, "SecurityGroupType", word_text(types, group->type));
	put(json, "InnerAccessPolicy", basic ? word_text(policies, group->internal) : "Drop");
	put(json, "VpcId", mem_printf("vpc-%u", group->vpc));
	put(json, "Description", group->description);
	json_object_set_new(json, "Permissions", json_pack("{s:o}", "Permission", rules));
	put(json, "NextToken", NULL);
	print(json);
}

static void print_prefix_list(const struct list *list)
{
	json_t *json = json_object(), *entries = json_array();
	size_t i;

	for (i = 0; i < list->n_entries; i++)
		json_array_append_new(entries,
				      json_pack("{s:s}", "Cidr", prefix_text(&list->prefixes[i])));
	put(json, "PrefixListId", list->name);
	put(json, "AddressFamily", word_text(families, list->family));
	json_object_set_new(json, "MaxEntries", json_integer(list->max));
	put(json, "Description", list->description);
	json_object_set_new(json, "Entries", json_pack("{s:o}", "Entry", entries));
	print(json);
}

static json_t *port_list_json(const struct list *list)
{
	json_t *json = json_object();

	put(json, "PortRangeListId", list->name);
	json_object_set_new(json, "MaxEntries", json_integer(list->max));
	put(json, "Description", list->description);
	return json;
}

static void print_port_entries(const struct list *list)
{
	json_t *json = json_object(), *entries = json_array();
	size_t i;

	for (i = 0; i < list->n_entries; i++)
		json_array_append_new(entries, json_pack("{s:s}", "PortRange",
							 ports_text(&list->ranges[i])));
	put(json, "PortRangeListId", list->name);
	json_object_set_new(json, "Entries", entries);
	print(json);
}

static void print_port_lists(const struct state *state)
{
	json_t *lists = json_array();
	size_t i;

	for (i = 0; i < state->lists.n; i++)
		if (name_begins(state->lists.v[i].name, LIST_PORTS))
			json_array_append_new(lists, port_list_json(&state->lists.v[i]));
	if (json_array_size(lists))
		print(json_pack("{s:O}", "PortRangeLists", lists));
	json_decref(lists);
}

/* What there are no fields for. */
static bool can_be_written(const struct rule *rule)
{
	const struct sgnl_rule *core = &rule->core;

	if (core->has_icmp_type)
		note("group %s, rule %s: type %u: there is no field for ICMP types",
		     name_text(core->group), rule_id_text(core->id), core->icmp_type);
	if (rule->expires)
		note("group %s, rule %s: expires %s: there is no field for a rule's end",
		     name_text(core->group), rule_id_text(core->id), utc_text(rule->expires));
	return !core->has_icmp_type && !rule->expires;
}

static void drop_others(struct state *state, bool partial)
{
	size_t i, n = 0;

	for (i = 0; i < state->rules.n; i++)
		if (can_be_written(&state->rules.v[i]))
			state->rules.v[n++] = state->rules.v[i];
	if (n < state->rules.n && !partial)
		fail("%zu rules cannot be written, so nothing is: expected --partial to write the rest",
		     state->rules.n - n);
	state->rules.n = n;
}

void aliyun_print(struct state *state, bool partial)
{
	size_t i;

	drop_others(state, partial);
	print_port_lists(state);
	for (i = 0; i < state->lists.n; i++) {
		const struct list *list = &state->lists.v[i];

		if (name_begins(list->name, LIST_PORTS))
			print_port_entries(list);
		else
			print_prefix_list(list);
	}
	for (i = 0; i < state->groups.n; i++)
		print_group(state, &state->groups.v[i]);
}
