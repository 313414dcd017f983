// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/sgnl.h>

#include "aliyun.h"
#include "answer.h"
#include "aws.h"
#include "core/limits.h"
#include "error.h"
#include "name.h"
#include "text.h"

/* So much of a value is shown. */
#define SHOWN "%.100s"

static void lose(struct answers *answers, const char *line)
{
	*vec_add(&answers->lost) = line;
}

void answer_bad(struct answer_part *part, const char *field, const char *value, const char *why)
{
	part->bad = true;
	lose(part->answers,
	     value ? mem_printf("%s: %s \"" SHOWN "\": %s", part->where, field, value, why) :
		     mem_printf("%s: %s missing: %s", part->where, field, why));
}

const char *answer_text(struct answer_part *part, const char *field)
{
	const json_t *value = json_object_get(part->object, field);

	if (!value || json_is_null(value))
		return NULL;
	if (json_is_integer(value))
		return mem_printf("%lld", (long long)json_integer_value(value));
	if (!json_is_string(value)) {
		answer_bad(part, field, json_is_object(value) ? "{...}" : "...",
			   "expected a text or a whole number");
		return NULL;
	}
	return *json_string_value(value) ? json_string_value(value) : NULL;
}

const char *answer_need(struct answer_part *part, const char *field, const char *expected)
{
	bool was_bad = part->bad;
	const char *text;

	part->bad = false;
	text = answer_text(part, field);
	if (!text && !part->bad)
		answer_bad(part, field, NULL, expected);
	part->bad |= was_bad;
	return text;
}

const json_t *answer_array(const json_t *object, const char *field, const char *inner)
{
	const json_t *value = json_object_get(object, field);

	if (inner && json_is_object(value))
		value = json_object_get(value, inner);
	return json_is_array(value) ? value : NULL;
}

const char *answer_description(struct answer_part *part, const char *field)
{
	const char *text = answer_text(part, field);
	size_t n = SGNL_DESCRIPTION_MAX;

	if (!text || strlen(text) <= n)
		return text ? text : "";
	/* Not within a character: its later bytes are 10xxxxxx. */
	while (n && (text[n] & 0xc0) == 0x80)
		n--;
	lose(part->answers,
	     mem_printf("%s: %s of %zu bytes: cut to %zu", part->where, field, strlen(text), n));
	return mem_printf("%.*s", (int)n, text);
}

static const char *words_or(const char *const words[])
{
	const char *list = words[0];
	size_t i;

	for (i = 1; words[i]; i++)
		list = mem_printf("%s%s%s", list, words[i + 1] ? ", " : " or ", words[i]);
	return mem_printf("expected %s", list);
}

uint8_t answer_enum(struct answer_part *part, const char *field, const char *const words[])
{
	const char *text = answer_need(part, field, words_or(words));
	uint8_t i;

	for (i = 0; text && words[i]; i++)
		if (!strcasecmp(words[i], text))
			return i;
	if (text)
		answer_bad(part, field, text, words_or(words));
	return 0;
}

static bool is_empty(const json_t *value)
{
	return json_is_null(value) || (json_is_string(value) && !*json_string_value(value)) ||
	       (json_is_array(value) && !json_array_size(value)) ||
	       (json_is_object(value) && !json_object_size(value));
}

void answer_fields(struct answer_part *part, const char *const known[])
{
	const char *field;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)part->object, field, value) {
		for (i = 0; known[i] && strcmp(known[i], field); i++)
			;
		if (!known[i] && !is_empty(value))
			answer_bad(part, field,
				   json_is_string(value) ? json_string_value(value) : "...",
				   "expected none: what it means is not known");
	}
}

void answer_page(struct answer_group *group, const char *token)
{
	if (group->ended)
		fail("group %s: an answer after its last page: expected each page once, in order",
		     group->group.name);
	group->ended = !token || !*token;
	group->has_rules = true;
}

struct answer_group *answer_group(struct answers *answers, const char *name)
{
	struct answer_group *group;
	size_t i;

	if (!name || !name_valid(name))
		fail("group \"" SHOWN "\": expected " GROUP_NAME, name ? name : "");
	/* Equal names are equal pointers. */
	name = name_text(name_number(name));
	for (i = 0; i < answers->groups.n; i++)
		if (answers->groups.v[i].group.name == name)
			return &answers->groups.v[i];
	group = vec_add(&answers->groups);
	*group = (struct answer_group){ .group.name = name, .group.description = "" };
	return group;
}

struct answer_list *answer_list(struct answers *answers, const char *name)
{
	struct answer_list *list;
	size_t i;

	name = name_text(name_number(name));
	for (i = 0; i < answers->lists.n; i++)
		if (answers->lists.v[i].list.name == name)
			return &answers->lists.v[i];
	list = vec_add(&answers->lists);
	*list = (struct answer_list){ .list.name = name, .list.description = "" };
	return list;
}

struct answer_rule answer_rule(const struct answer_group *group, const char *where)
{
	return (struct answer_rule){
		.rule = {
			.core = {
				.group = name_number(group->group.name),
				.priority = SGNL_PRIORITY_DEFAULT,
				.dport = SGNL_PORTS_ALL,
				.sport = SGNL_PORTS_ALL,
			},
			.description = "",
		},
		.where = where,
	};
}

void answer_add(struct answer_part *part, struct answer_rule *rule, const char *const fields[])
{
	const char *why, *value, *text;
	enum sgnl_rule_part wrong;

	if (part->bad)
		return;
	wrong = sgnl_rule_canonicalize(&rule->rule.core, &text);
	if (wrong != SGNL_RULE_PART_NONE) {
		/* The core names the part in its own words first. */
		why = strstr(text, ": ");
		value = answer_text(part, fields[wrong]);
		if (!value)
			value = wrong == SGNL_RULE_PART_PROTO ?
					protocol_text(rule->rule.core.proto) :
					"";
		answer_bad(part, fields[wrong], value, why ? why + 2 : text);
		return;
	}
	rule->rule.line = part->answers->rules.n + 1;
	*vec_add(&part->answers->rules) = *rule;
}

/* ---- files ---- */

static char *read_all(FILE *in, const char *file, size_t *size)
{
	char room[4096];
	size_t n;

	while ((n = fread(room, 1, sizeof(room), in)))
		obstack_grow(&mem, room, n);
	if (ferror(in))
		fail("%s: %s", file, strerror(errno));
	*size = obstack_object_size(&mem);
	obstack_1grow(&mem, '\0');
	return obstack_finish(&mem);
}

/* Past spaces; counts the lines that end on the way from @at. */
static size_t skip(const char *text, size_t at, size_t to, unsigned int *line)
{
	to += strspn(text + to, " \t\r\n");
	while (at < to)
		*line += text[at++] == '\n';
	return to;
}

static void read_value(struct answers *answers, const json_t *value)
{
	size_t i;

	if (json_is_array(value)) {
		for (i = 0; i < json_array_size(value); i++)
			read_value(answers, json_array_get(value, i));
		return;
	}
	if (!aliyun_read(answers, value) && !aws_read(answers, value))
		fail("JSON of another kind: expected the answer of DescribeSecurityGroupAttribute, DescribeSecurityGroups, DescribePrefixListAttributes, DescribePortRangeLists, DescribePortRangeListEntries or describe-security-groups");
}

/* Several values may follow each other in a file. */
void answers_read(struct answers *answers, FILE *in, const char *file, unsigned int line)
{
	size_t size, at = 0;
	char *text = read_all(in, file, &size);
	json_error_t error;

	answers->file = file;
	for (at = skip(text, at, at, &line); at < size;
	     at = skip(text, at, at + error.position, &line)) {
		json_t *value;

		value = json_loadb(text + at, size - at,
				   JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
		if (!value) {
			error_line(file, line + (error.line > 0 ? error.line - 1 : 0));
			fail("not JSON: %s", error.text);
		}
		error_line(file, line);
		read_value(answers, value);
	}
	error_line(NULL, 0);
}

/* ---- the state ---- */

static void check_pages(const struct answers *answers)
{
	size_t i;

	for (i = 0; i < answers->groups.n; i++) {
		const struct answer_group *group = &answers->groups.v[i];

		if (group->has_rules && !group->ended)
			fail("group %s: a page is missing: expected the answer with no NextToken behind those that have one",
			     group->group.name);
	}
	if (answers->more_groups || answers->more_port_lists)
		fail("a page of %s is missing: expected the answer with no NextToken behind those that have one",
		     answers->more_groups ? "groups" : "port lists");
}

static struct group *find_group(const struct state *state, const char *name)
{
	const struct group key = { .name = name };

	return state->groups.n ? bsearch(&key, state->groups.v, state->groups.n,
					 sizeof(*state->groups.v), group_compare) :
				 NULL;
}

static struct list *find_list(const struct state *state, uint32_t number)
{
	const struct list key = { .name = name_text(number) };

	return state->lists.n ? bsearch(&key, state->lists.v, state->lists.n,
					sizeof(*state->lists.v), list_compare) :
				NULL;
}

/* What the answers do not tell of stays; they tell of no members, ports and so on at all. */
static void keep(const struct answers *answers, const struct state *have, struct state *want)
{
	size_t i, j;

	for (i = 0; i < have->members.n; i++)
		*vec_add(&want->members) = have->members.v[i];
	for (i = 0; i < have->ports.n; i++)
		*vec_add(&want->ports) = have->ports.v[i];
	for (i = 0; i < have->guards.n; i++)
		*vec_add(&want->guards) = have->guards.v[i];
	for (i = 0; i < have->platform.n; i++)
		*vec_add(&want->platform) = have->platform.v[i];
	for (i = 0; i < have->groups.n; i++)
		*vec_add(&want->groups) = have->groups.v[i];
	for (i = 0; i < have->lists.n; i++) {
		for (j = 0; j < answers->lists.n; j++)
			if (answers->lists.v[j].list.name == have->lists.v[i].name)
				break;
		if (j == answers->lists.n)
			*vec_add(&want->lists) = have->lists.v[i];
	}
}

/* Numbers of the clouds' VPCs, by their names. */
struct vpc {
	const char *name;
	uint32_t number;
};

struct vpcs {
	VEC(struct vpc) list;
};

static struct vpc *find_vpc(struct vpcs *vpcs, const char *name)
{
	size_t i;

	for (i = 0; i < vpcs->list.n; i++)
		if (!strcmp(vpcs->list.v[i].name, name))
			return &vpcs->list.v[i];
	return NULL;
}

static const char *vpc_name(const struct answer_group *group)
{
	return group->vpc ? group->vpc : "";
}

/*
 * Did save give the group's VPC this name, which then says its number? A cloud's own
 * begin alike, and may have nothing but digits behind it.
 */
static bool is_saved_vpc(const struct answer_group *group, uint32_t *number)
{
	const char *name = vpc_name(group);
	unsigned long value;

	if (!group->may_be_saved || strncmp(name, "vpc-", 4) ||
	    !number_read(name + 4, 0, UINT32_MAX, 10, &value) ||
	    strcmp(name, mem_printf("vpc-%lu", value)))
		return false;
	*number = value;
	return true;
}

/* The groups that are there tell in which vpc others of their VPC are. */
static struct vpcs known_vpcs(const struct answers *answers, const struct state *have)
{
	struct vpcs vpcs = {};
	uint32_t number;
	size_t i;

	for (i = 0; i < answers->groups.n; i++) {
		const struct answer_group *group = &answers->groups.v[i];
		const struct group *old = find_group(have, group->group.name);

		if (find_vpc(&vpcs, vpc_name(group)))
			continue;
		if (is_saved_vpc(group, &number))
			*vec_add(&vpcs.list) = (struct vpc){ vpc_name(group), number };
		else if (old)
			*vec_add(&vpcs.list) = (struct vpc){ vpc_name(group), old->vpc };
	}
	return vpcs;
}

/* Of the VPCs that nothing is known of one can be 0. */
static void choose_vpc(struct answer_part *part, struct answer_group *group,
		       const struct group *old, struct vpcs *vpcs)
{
	const char *name = vpc_name(group);
	struct vpc *vpc;
	size_t i;

	if (is_saved_vpc(group, &group->group.vpc))
		return;
	vpc = find_vpc(vpcs, name);
	if (old || vpc) {
		group->group.vpc = old ? old->vpc : vpc->number;
		return;
	}
	for (i = 0; i < vpcs->list.n; i++)
		if (!vpcs->list.v[i].number) {
			answer_bad(part, "VpcId", name,
				   mem_printf("vpc 0 is that of \"" SHOWN
					      "\"; make the group first, with sgnl group add and vpc N",
					      vpcs->list.v[i].name));
			return;
		}
	*vec_add(&vpcs->list) = (struct vpc){ name, 0 };
}

static void choose_type(struct answer_part *part, struct answer_group *group,
			const struct group *old)
{
	struct group *new = &group->group;

	if (!group->has_type) {
		if (old)
			new->type = old->type;
		else if (new->has_internal &&new->internal == SGNL_INTERNAL_POLICY_ACCEPT)
			new->type = SGNL_GROUP_TYPE_BASIC;
		else
			answer_bad(part, "SecurityGroupType", NULL,
				   "expected normal or enterprise, here or in the answer of DescribeSecurityGroups");
	}
	if (new->type == SGNL_GROUP_TYPE_ENTERPRISE) {
		if (new->has_internal &&new->internal == SGNL_INTERNAL_POLICY_ACCEPT)
			answer_bad(part, "InnerAccessPolicy", "Accept",
				   "expected Drop: enterprise groups always drop");
		new->has_internal = false;
		new->internal = SGNL_INTERNAL_POLICY_ACCEPT;
	} else if (!new->has_internal) {
		if (old && old->type == SGNL_GROUP_TYPE_BASIC)
			new->internal = old->internal;
		else
			answer_bad(part, "InnerAccessPolicy", NULL, "expected Accept or Drop");
		new->has_internal = true;
	}
}

/* Takes a group over, or leaves it and its rules as they are. */
static void describe_group(struct answers *answers, struct answer_group group,
			   const struct state *have, struct state *want, struct vpcs *vpcs)
{
	struct answer_part part = { answers, .where = mem_printf("group %s", group.group.name) };
	const struct group *old = find_group(have, group.group.name);
	size_t i, n = 0;

	if (group.bad)
		return;
	if (!group.has_rules) {
		if (!old)
			answer_bad(&part, "Permissions", NULL,
				   "expected the group's answer of DescribeSecurityGroupAttribute");
		return;
	}
	choose_type(&part, &group, old);
	choose_vpc(&part, &group, old, vpcs);
	if (part.bad)
		return;
	for (i = 0; i < want->groups.n; i++)
		if (want->groups.v[i].name != group.group.name)
			want->groups.v[n++] = want->groups.v[i];
	want->groups.n = n;
	/* So that it is told from one that only was there. */
	group.group.line = 1;
	*vec_add(&want->groups) = group.group;
}

static void describe_list(struct answers *answers, const struct answer_list *answer,
			  const struct state *have, struct state *want)
{
	struct answer_part part = { answers,
				    .where = mem_printf("%s %s", list_noun(answer->list.name),
							answer->list.name) };
	struct list list = answer->list;
	const struct list *old = NULL;
	size_t i;

	for (i = 0; i < have->lists.n; i++)
		if (have->lists.v[i].name == list.name)
			old = &have->lists.v[i];
	if (!list.max && old)
		list.max = old->max;
	if (answer->bad)
		part.bad = true;
	else if (!list.has_entries)
		answer_bad(&part, "Entries", NULL,
			   "expected the list's answer of DescribePortRangeListEntries");
	else if (!list.max)
		answer_bad(&part, "MaxEntries", NULL,
			   "expected it here or in the answer of DescribePortRangeLists");
	else if (list.n_entries > list.max)
		answer_bad(&part, "MaxEntries", mem_printf("%u", list.max),
			   mem_printf("expected room for its %zu entries", list.n_entries));
	if (!part.bad)
		*vec_add(&want->lists) = list;
	else if (old)
		*vec_add(&want->lists) = *old;
}

/* A group of this account may be known by its name alone. */
static bool find_peer(const struct state *want, struct sgnl_rule *core)
{
	const char *name = name_text(core->peer_group), *slash = strchr(name, '/');

	if (find_group(want, name))
		return true;
	if (!slash || !find_group(want, slash + 1))
		return false;
	core->peer_group = name_number(slash + 1);
	return true;
}

/* Those that the kernel would refuse are named as whatever else cannot be carried over. */
static void check_peer_group(struct answer_part *part, struct answer_rule *rule,
			     const struct group *group, const struct state *want)
{
	struct sgnl_rule *core = &rule->rule.core;
	const char *name = name_text(core->peer_group);
	uint32_t vpc;

	if (!find_peer(want, core)) {
		answer_bad(part, rule->peer_field, name,
			   "neither the files nor the present state have this group");
		return;
	}
	vpc = find_group(want, name_text(core->peer_group))->vpc;
	if (core->peer_group == core->group)
		answer_bad(part, rule->peer_field, name,
			   "a rule does not name its own group; members reach each other by the internal policy");
	else if (vpc != group->vpc)
		answer_bad(part, rule->peer_field, name,
			   mem_printf("it is in vpc %u: expected one in vpc %u, as the rule's group",
				      vpc, group->vpc));
}

/* A prefix list fixes the rule's family. */
static void check_family(struct answer_part *part, const struct answer_rule *rule,
			 const struct list *list)
{
	bool v6 = list->family == SGNL_LIST_FAMILY_IPV6;
	struct sgnl_rule core = rule->rule.core;
	const char *text;

	core.peer.family = v6 ? SGNL_FAMILY_IPV6 : SGNL_FAMILY_IPV4;
	if (sgnl_rule_canonicalize(&core, &text) != SGNL_RULE_PART_NONE)
		answer_bad(part, rule->peer_field, list->name,
			   mem_printf("it is of %s: %s", v6 ? "IPv6" : "IPv4", text));
}

static void check_lists(struct answer_part *part, const struct answer_rule *rule,
			const struct state *want)
{
	static const char unknown[] = "neither the files nor the present state have this list";
	const struct sgnl_rule *core = &rule->rule.core;
	const struct list *peer = core->peer_list ? find_list(want, core->peer_list) : NULL;
	const struct list *ports = core->port_list ? find_list(want, core->port_list) : NULL;
	unsigned int cost = (peer ? peer->max : 1) * (ports ? ports->max : 1);

	if (peer)
		check_family(part, rule, peer);
	else if (core->peer_list)
		answer_bad(part, rule->peer_field, name_text(core->peer_list), unknown);
	if (!ports && core->port_list)
		answer_bad(part, rule->ports_field, name_text(core->port_list), unknown);
	/* No prefix list costs that much alone. */
	if (ports && cost > SGNL_RULES_MAX)
		answer_bad(part, rule->ports_field, ports->name,
			   mem_printf("a rule with it%s%s would cost %u: expected at most %u",
				      peer ? " and " : "", peer ? peer->name : "", cost,
				      SGNL_RULES_MAX));
}

static void describe_rule(struct answers *answers, struct answer_rule rule, struct state *want)
{
	struct answer_part part = { answers, .where = rule.where };
	const struct sgnl_rule *core = &rule.rule.core;
	const struct group *group = find_group(want, name_text(core->group));

	if (!group || !group->line)
		return;
	if (core->peer_kind == SGNL_PEER_GROUP)
		check_peer_group(&part, &rule, group, want);
	check_lists(&part, &rule, want);
	if (!part.bad)
		*vec_add(&want->rules) = rule.rule;
}

/* A rule that is new gives way to the one that has its id. */
static void drop_taken_ids(struct state *state)
{
	size_t i;

	for (i = state->rules.n; i-- > 1;)
		if (state->rules.v[i].core.id == state->rules.v[i - 1].core.id)
			state->rules.v[i].core.id = 0;
	state_sort(state);
}

static void say(const struct answers *answers, bool partial)
{
	size_t i;

	for (i = 0; i < answers->notes.n; i++)
		note("%s", answers->notes.v[i]);
	for (i = 0; i < answers->lost.n; i++)
		note("%s", answers->lost.v[i]);
	if (answers->lost.n && !partial)
		fail("%zu of what the answers say cannot be carried over, so nothing is applied: expected --partial to apply the rest",
		     answers->lost.n);
}

void answers_describe(struct answers *answers, const struct state *have, struct state *want,
		      bool partial)
{
	size_t i, n_lost = answers->lost.n;
	struct vpcs vpcs = known_vpcs(answers, have);

	check_pages(answers);
	keep(answers, have, want);
	for (i = 0; i < answers->lists.n; i++)
		describe_list(answers, &answers->lists.v[i], have, want);
	for (i = 0; i < answers->groups.n; i++)
		describe_group(answers, answers->groups.v[i], have, want, &vpcs);
	state_sort(want);
	for (i = 0; i < have->rules.n; i++) {
		const struct rule *rule = &have->rules.v[i];
		const struct group *group = find_group(want, name_text(rule->core.group));

		if (group && !group->line)
			*vec_add(&want->rules) = *rule;
	}
	for (i = 0; i < answers->rules.n; i++)
		describe_rule(answers, answers->rules.v[i], want);
	state_sort(want);
	drop_taken_ids(want);
	say(answers, partial);
	answers->lost.n = n_lost;
}
