// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <string.h>

#include <linux/sgnl.h>

#include "aws.h"
#include "error.h"
#include "name.h"
#include "text.h"

/* A permission has four lists of peers; each of them is a rule. */
static const char *const permission_fields[] = {
	"IpProtocol", "FromPort",	  "ToPort",	   "IpRanges",
	"Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds", NULL,
};

/* The last line is ignored: names of what has an id too. */
static const char *const peer_fields[] = {
	"CidrIp",	 "CidrIpv6",	   "PrefixListId",
	"GroupId",	 "UserId",	   "Description",
	"GroupName",	 "VpcId",	   "VpcPeeringConnectionId",
	"PeeringStatus", "PrefixListName", NULL,
};

static const char *const rule_fields[] = {
	[SGNL_RULE_PART_DIRECTION] = "IpPermissions",
	[SGNL_RULE_PART_POLICY] = "IpPermissions",
	[SGNL_RULE_PART_PRIORITY] = "IpPermissions",
	[SGNL_RULE_PART_PROTO] = "IpProtocol",
	[SGNL_RULE_PART_DPORT] = "FromPort",
	[SGNL_RULE_PART_SPORT] = "FromPort",
	[SGNL_RULE_PART_PEER] = "CidrIp",
	[SGNL_RULE_PART_PEER_GROUP] = "GroupId",
	[SGNL_RULE_PART_LOCAL] = "CidrIp",
	[SGNL_RULE_PART_PORT_LIST] = "FromPort",
};

static const char *plain_text(const json_t *object, const char *field)
{
	return json_string_value(json_object_get(object, field));
}

/* -1 to @max, -1 being all and what is left out where that is allowed. */
static long read_number(struct answer_part *part, const char *field, long max)
{
	const char *text = answer_text(part, field);
	unsigned long number;

	if (!text || !strcmp(text, "-1"))
		return -1;
	if (number_read(text, 0, max, 10, &number))
		return number;
	answer_bad(part, field, text, mem_printf("expected -1 to %ld", max));
	return -1;
}

static void read_ports(struct answer_part *part, struct sgnl_rule *core)
{
	long from, to;

	answer_need(part, "FromPort", "expected -1 to 65535");
	answer_need(part, "ToPort", "expected -1 to 65535");
	from = read_number(part, "FromPort", 65535);
	to = read_number(part, "ToPort", 65535);
	if (part->bad)
		return;
	if ((from == -1 && to == -1) || (from == 0 && to == 65535))
		return;
	if (from == 0)
		answer_bad(part, "FromPort", "0",
			   "expected 1 to 65535, or 0 with ToPort 65535; port 0 has no rule of its own");
	else if (from < 0 || from > to)
		answer_bad(part, "FromPort", mem_printf("%ld", from),
			   mem_printf("expected no more than ToPort, %ld", to));
	else
		core->dport = (struct sgnl_port_range){ .min = from, .max = to };
}

static void read_icmp(struct answer_part *part, struct sgnl_rule *core)
{
	long type = read_number(part, "FromPort", 255), code = read_number(part, "ToPort", 255);

	if (type == -1 && code != -1)
		answer_bad(part, "ToPort", mem_printf("%ld", code),
			   "expected -1: a code is one of a type");
	core->has_icmp_type = type != -1;
	core->has_icmp_code = code != -1;
	core->icmp_type = core->has_icmp_type ? type : 0;
	core->icmp_code = core->has_icmp_code ? code : 0;
}

static void read_protocol(struct answer_part *part, struct sgnl_rule *core)
{
	static const char expected[] = "expected -1, tcp, udp, icmp, icmpv6 or 0 to 255";
	const char *text = answer_need(part, "IpProtocol", expected);
	unsigned long number;

	if (!text)
		return;
	if (!strcmp(text, "-1"))
		core->proto = SGNL_PROTO_ALL;
	else if (number_read(text, 0, 255, 10, &number))
		core->proto = number;
	else if (!strcmp(text, "all") || !protocol_named(text, &core->proto))
		answer_bad(part, "IpProtocol", text, expected);
	switch (core->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		read_ports(part, core);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		read_icmp(part, core);
		break;
	}
}

static void read_cidr(struct answer_part *part, const char *field, uint8_t family,
		      struct sgnl_rule *core)
{
	const char *expected = family == SGNL_FAMILY_IPV6 ? "expected an IPv6 CIDR" :
							    "expected an IPv4 CIDR";
	const char *text = answer_need(part, field, expected);

	if (text && (!prefix_read(text, &core->peer) || core->peer.family != family))
		answer_bad(part, field, text, expected);
}

static void read_group_pair(struct answer_part *part, const char *owner, struct sgnl_rule *core)
{
	const char *id = answer_need(part, "GroupId", "expected sg-NAME"), *name = id;
	const char *account = answer_text(part, "UserId");

	if (!id)
		return;
	if (account && (!owner || strcmp(account, owner)))
		name = mem_printf("%s/%s", account, id);
	if (!name_valid(name))
		answer_bad(part, "GroupId", name, "expected " GROUP_NAME);
	core->peer_kind = SGNL_PEER_GROUP;
	core->peer_group = name_number(name);
}

static void read_prefix_list(struct answer_part *part, struct sgnl_rule *core)
{
	const char *name = answer_need(part, "PrefixListId", "expected " LIST_PREFIXES "NAME");

	if (!name)
		return;
	if (!name_begins(name, LIST_PREFIXES))
		answer_bad(part, "PrefixListId", name, "expected " LIST_PREFIXES "NAME");
	core->peer_kind = SGNL_PEER_LIST;
	core->peer_list = name_number(name);
}

enum peers { RANGES, RANGES6, GROUPS, LISTS };

static const struct {
	const char *list;
	const char *field;
} peers[] = {
	[RANGES] = { "IpRanges", "CidrIp" },
	[RANGES6] = { "Ipv6Ranges", "CidrIpv6" },
	[GROUPS] = { "UserIdGroupPairs", "GroupId" },
	[LISTS] = { "PrefixListIds", "PrefixListId" },
};

static void read_peer(struct answer_part *part, struct answer_rule rule, enum peers kind,
		      const char *owner)
{
	struct sgnl_rule *core = &rule.rule.core;

	answer_fields(part, peer_fields);
	rule.where = part->where;
	rule.peer_field = peers[kind].field;
	rule.rule.description = answer_description(part, "Description");
	switch (kind) {
	case RANGES:
		read_cidr(part, "CidrIp", SGNL_FAMILY_IPV4, core);
		break;
	case RANGES6:
		read_cidr(part, "CidrIpv6", SGNL_FAMILY_IPV6, core);
		break;
	case GROUPS:
		read_group_pair(part, owner, core);
		break;
	case LISTS:
		read_prefix_list(part, core);
		break;
	}
	answer_add(part, &rule, rule_fields);
}

static void read_permission(struct answers *answers, struct answer_rule rule, const json_t *json,
			    const char *owner)
{
	struct answer_part part = { answers, json, .where = rule.where };
	size_t kind, i, n = 0;

	answer_fields(&part, permission_fields);
	read_protocol(&part, &rule.rule.core);
	for (kind = RANGES; kind <= LISTS; kind++) {
		const json_t *list = json_object_get(json, peers[kind].list);

		for (i = 0; i < json_array_size(list); i++, n++) {
			struct answer_part peer = {
				answers,
				json_array_get(list, i),
				.where = mem_printf("%s.%s[%zu]", rule.where, peers[kind].list, i),
				.bad = part.bad,
			};

			read_peer(&peer, rule, kind, owner);
		}
	}
	if (!n)
		answer_bad(&part, "IpRanges", NULL,
			   "expected it, Ipv6Ranges, UserIdGroupPairs or PrefixListIds; what is left out is not any");
}

static void read_permissions(struct answers *answers, const struct answer_group *group,
			     const json_t *json, const char *field, uint8_t direction)
{
	const json_t *permissions = json_object_get(json, field);
	size_t i;

	if (!json_is_array(permissions))
		fail("group %s: %s missing: expected an array", group->group.name, field);
	for (i = 0; i < json_array_size(permissions); i++) {
		struct answer_rule rule =
			answer_rule(group, mem_printf("group %s, rule %s[%zu]", group->group.name,
						      field, i));

		rule.rule.core.direction = direction;
		read_permission(answers, rule, json_array_get(permissions, i),
				plain_text(json, "OwnerId"));
	}
}

/* Nothing passes but what a rule allows, among the members too: that is what enterprise is. */
static void read_group(struct answers *answers, const json_t *json)
{
	struct answer_group *group = answer_group(answers, plain_text(json, "GroupId"));
	struct answer_part part = { answers, json,
				    .where = mem_printf("group %s", group->group.name) };

	answer_page(group, NULL);
	group->group.type = SGNL_GROUP_TYPE_ENTERPRISE;
	group->has_type = true;
	group->group.description = answer_description(&part, "Description");
	group->vpc = answer_text(&part, "VpcId");
	group->bad = part.bad;
	read_permissions(answers, group, json, "IpPermissions", SGNL_DIRECTION_IN);
	read_permissions(answers, group, json, "IpPermissionsEgress", SGNL_DIRECTION_OUT);
}

bool aws_read(struct answers *answers, const json_t *value)
{
	const json_t *groups = json_object_get(value, "SecurityGroups");
	const char *token = plain_text(value, "NextToken");
	size_t i;

	if (!json_is_array(groups))
		return false;
	for (i = 0; i < json_array_size(groups); i++)
		read_group(answers, json_array_get(groups, i));
	answers->more_groups = token && *token;
	return true;
}
