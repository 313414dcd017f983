// SPDX-License-Identifier: GPL-2.0
/* Rules over netlink. */
#include "../table/audit.h"
#include "netlink.h"
#include "nl_rule.h"
#include "notify.h"

/* The last second of the year 9999 */
#define EXPIRES_MAX 253402300799ull

/* Where a part of a rule stands in a request. */
static const u8 part_attr[] = {
	[SGNL_RULE_PART_DIRECTION] = SGNL_A_RULE_DIRECTION,
	[SGNL_RULE_PART_POLICY] = SGNL_A_RULE_POLICY,
	[SGNL_RULE_PART_PRIORITY] = SGNL_A_RULE_PRIORITY,
	[SGNL_RULE_PART_PROTO] = SGNL_A_RULE_PROTO,
	[SGNL_RULE_PART_DPORT] = SGNL_A_RULE_PORT_MIN,
	[SGNL_RULE_PART_SPORT] = SGNL_A_RULE_SOURCE_PORT_MIN,
	[SGNL_RULE_PART_PEER] = SGNL_A_RULE_PEER_ADDRESS,
	[SGNL_RULE_PART_PEER_GROUP] = SGNL_A_RULE_PEER_GROUP,
	[SGNL_RULE_PART_LOCAL] = SGNL_A_RULE_LOCAL_ADDRESS,
	[SGNL_RULE_PART_PEER_LIST] = SGNL_A_RULE_PEER_LIST,
	[SGNL_RULE_PART_PORT_LIST] = SGNL_A_RULE_PORT_LIST,
	[SGNL_RULE_PART_ICMP_TYPE] = SGNL_A_RULE_ICMP_TYPE,
	[SGNL_RULE_PART_ICMP_CODE] = SGNL_A_RULE_ICMP_CODE,
};

static int fail(struct netlink_ext_ack *extack, const struct nlattr *attr,
		const char *text)
{
	extack->_msg = text;
	extack->bad_attr = attr;
	return -EINVAL;
}

static int parse_ports(struct sgnl_port_range *range, struct nlattr **tb,
		       int min, int max, struct netlink_ext_ack *extack)
{
	*range = SGNL_PORTS_ALL;
	if (!tb[min] && !tb[max])
		return 0;
	if (!tb[min] || !tb[max])
		return fail(extack, tb[min] ?: tb[max],
			    "ports: both ends of the range expected");
	range->min = nla_get_u16(tb[min]);
	range->max = nla_get_u16(tb[max]);
	return 0;
}

static void parse_icmp(struct sgnl_rule *rule, struct nlattr **tb)
{
	rule->has_icmp_type = tb[SGNL_A_RULE_ICMP_TYPE];
	rule->has_icmp_code = tb[SGNL_A_RULE_ICMP_CODE];
	if (rule->has_icmp_type)
		rule->icmp_type = nla_get_u8(tb[SGNL_A_RULE_ICMP_TYPE]);
	if (rule->has_icmp_code)
		rule->icmp_code = nla_get_u8(tb[SGNL_A_RULE_ICMP_CODE]);
}

/* Whether it is past is for the commit to say. */
static int parse_expiry(struct sgnl_rule_args *args, const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	u64 expires = attr ? nla_get_u64(attr) : 0;

	if (attr && (expires < 1 || expires > EXPIRES_MAX))
		return fail(extack, attr,
			    "expires: 1 to 253402300799 seconds of UTC expected");
	args->expires = expires;
	return 0;
}

static int parse_prefix(struct sgnl_prefix *prefix, struct nlattr **tb,
			int address, int len, struct netlink_ext_ack *extack)
{
	int err;

	if (!tb[address])
		return tb[len] ?
			       fail(extack, tb[len],
				    "prefix length: an address expected with it") :
			       0;
	err = sgnl_netlink_address(tb[address], &prefix->addr, &prefix->family,
				   extack);
	if (err)
		return err;
	prefix->len = tb[len] ? nla_get_u8(tb[len]) :
				sgnl_family_bits(prefix->family);
	return 0;
}

static int parse_list(const struct nlattr *attr, u8 kind, const char *text,
		      struct netlink_ext_ack *extack)
{
	u8 named;
	int err;

	err = sgnl_netlink_list_name(attr, &named, extack);
	if (err || named == kind)
		return err;
	return fail(extack, attr, text);
}

static int parse_port_list(struct sgnl_rule_args *args, struct nlattr **tb,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *list = tb[SGNL_A_RULE_PORT_LIST];

	if (!list)
		return 0;
	args->port_list = nla_data(list);
	return parse_list(list, SGNL_LIST_PORT, "port list: prl-NAME expected",
			  extack);
}

static int parse_peer(struct sgnl_rule_args *args, struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *group = tb[SGNL_A_RULE_PEER_GROUP];
	const struct nlattr *list = tb[SGNL_A_RULE_PEER_LIST];
	struct sgnl_rule *rule = &args->rule;

	if (!group && !list)
		return parse_prefix(&rule->peer, tb, SGNL_A_RULE_PEER_ADDRESS,
				    SGNL_A_RULE_PEER_PREFIX_LEN, extack);
	if (tb[SGNL_A_RULE_PEER_ADDRESS] || tb[SGNL_A_RULE_PEER_PREFIX_LEN] ||
	    (group && list))
		return fail(extack, list ?: group,
			    "peer: either an address, a group or a prefix list expected");
	if (list) {
		args->peer_list = nla_data(list);
		rule->peer_kind = SGNL_PEER_LIST;
		return parse_list(list, SGNL_LIST_PREFIX,
				  "peer list: pl-NAME expected", extack);
	}
	args->peer_group = nla_data(group);
	rule->peer_kind = SGNL_PEER_GROUP;
	return sgnl_netlink_group_name(group, extack);
}

/* The words that describe a rule, brought to canonical form. */
static int parse_words(struct sgnl_rule_args *args, struct nlattr **tb,
		       struct netlink_ext_ack *extack)
{
	struct sgnl_rule *rule = &args->rule;
	enum sgnl_rule_part part;
	const char *text;
	int err;

	if (!tb[SGNL_A_RULE_GROUP])
		return fail(extack, NULL, "group: missing");
	if (!tb[SGNL_A_RULE_DIRECTION])
		return fail(extack, NULL, "direction: missing");
	err = sgnl_netlink_group_name(tb[SGNL_A_RULE_GROUP], extack);
	if (err)
		return err;
	args->group = nla_data(tb[SGNL_A_RULE_GROUP]);
	rule->direction = nla_get_u8(tb[SGNL_A_RULE_DIRECTION]);
	if (tb[SGNL_A_RULE_POLICY])
		rule->policy = nla_get_u8(tb[SGNL_A_RULE_POLICY]);
	rule->priority = SGNL_PRIORITY_DEFAULT;
	if (tb[SGNL_A_RULE_PRIORITY])
		rule->priority = nla_get_u8(tb[SGNL_A_RULE_PRIORITY]);
	rule->proto = SGNL_PROTO_ALL;
	if (tb[SGNL_A_RULE_PROTO])
		rule->proto = nla_get_u8(tb[SGNL_A_RULE_PROTO]);
	parse_icmp(rule, tb);
	err = parse_expiry(args, tb[SGNL_A_RULE_EXPIRES], extack) ?:
		      parse_ports(&rule->dport, tb, SGNL_A_RULE_PORT_MIN, SGNL_A_RULE_PORT_MAX, extack) ?:
		      parse_port_list(args, tb, extack) ?:
		      parse_ports(&rule->sport, tb, SGNL_A_RULE_SOURCE_PORT_MIN, SGNL_A_RULE_SOURCE_PORT_MAX, extack) ?:
		      parse_peer(args, tb, extack) ?:
		      parse_prefix(&rule->local, tb, SGNL_A_RULE_LOCAL_ADDRESS, SGNL_A_RULE_LOCAL_PREFIX_LEN, extack) ?:
		      sgnl_netlink_text(tb[SGNL_A_RULE_DESCRIPTION],
					&args->description, extack);
	if (err)
		return err;

	/*
	 * The numbers are not known yet: equal names of groups stand for them.
	 * The family of a prefix list is not known either.
	 */
	rule->group = 1;
	rule->peer_list = !!args->peer_list;
	rule->port_list = !!args->port_list;
	rule->peer_group =
		args->peer_group && strcmp(args->peer_group, args->group) ? 2 :
									    1;
	part = sgnl_rule_canonicalize(rule, &text);
	return part ? fail(extack, tb[part_attr[part]], text) : 0;
}

static int parse_id(struct sgnl_rule_args *args, struct nlattr **tb,
		    struct netlink_ext_ack *extack)
{
	if (!tb[SGNL_A_RULE_ID])
		return 0;
	args->rule.id = nla_get_u32(tb[SGNL_A_RULE_ID]);
	if (args->rule.id)
		return 0;
	return fail(extack, tb[SGNL_A_RULE_ID], "id: 1 or above expected");
}

static int parse_add(struct sgnl_change *change, struct nlattr **tb,
		     const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	return parse_id(&change->rule, tb, extack) ?:
		       parse_words(&change->rule, tb, extack);
}

static int parse_set(struct sgnl_change *change, struct nlattr **tb,
		     const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	if (!tb[SGNL_A_RULE_ID])
		return fail(extack, NULL, "id: missing");
	return parse_add(change, tb, nlh, extack);
}

static int parse_del(struct sgnl_change *change, struct nlattr **tb,
		     const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	unsigned int i;

	if (!tb[SGNL_A_RULE_ID])
		return parse_words(&change->rule, tb, extack);
	for (i = SGNL_A_RULE_ID + 1; i <= SGNL_A_RULE_MAX; i++)
		if (tb[i])
			return fail(extack, tb[i],
				    "either an id or the words of a rule expected");
	return parse_id(&change->rule, tb, extack);
}

static int apply_add(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_rule_add(txn, &change->rule, &change->rule_id);
}

static int apply_set(struct sgnl_txn *txn, struct sgnl_change *change)
{
	change->rule_id = change->rule.rule.id;
	return sgnl_txn_rule_set(txn, &change->rule) ?: 1;
}

static int apply_del(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_rule_del(txn, &change->rule, &change->rule_id);
}

static int put_ports(struct sk_buff *skb, const struct sgnl_port_range *range,
		     int min, int max)
{
	if (range->min == 0 && range->max == 65535)
		return 0;
	return nla_put_u16(skb, min, range->min) ?:
		       nla_put_u16(skb, max, range->max);
}

static int put_prefix(struct sk_buff *skb, const struct sgnl_prefix *prefix,
		      int address, int len)
{
	if (prefix->family == SGNL_FAMILY_ANY)
		return 0;
	return sgnl_netlink_put_address(skb, address, &prefix->addr, prefix->family) ?:
		       nla_put_u8(skb, len, prefix->len);
}

static int put_list(struct sk_buff *skb, const struct sgnl_config *config,
		    int attr, u32 id)
{
	unsigned int pos;

	return id ? nla_put_string(skb, attr,
				   sgnl_lists_find(config->lists, id, &pos)
					   ->name) :
		    0;
}

static int put_peer(struct sk_buff *skb, const struct sgnl_config *config,
		    const struct sgnl_rule *rule)
{
	unsigned int pos;

	switch (rule->peer_kind) {
	case SGNL_PEER_GROUP:
		return nla_put_string(skb, SGNL_A_RULE_PEER_GROUP,
				      sgnl_config_group_by_id(config,
							      rule->peer_group,
							      &pos)
					      ->name);
	case SGNL_PEER_LIST:
		return put_list(skb, config, SGNL_A_RULE_PEER_LIST,
				rule->peer_list);
	default:
		return put_prefix(skb, &rule->peer, SGNL_A_RULE_PEER_ADDRESS,
				  SGNL_A_RULE_PEER_PREFIX_LEN);
	}
}

static int put_words(struct sk_buff *skb, const struct sgnl_config *config,
		     const struct sgnl_group *group,
		     const struct sgnl_rule_entry *entry)
{
	const struct sgnl_rule *rule = &entry->rule;
	int err;

	err = nla_put_u32(skb, SGNL_A_RULE_ID, rule->id)		      ?:
		      nla_put_string(skb, SGNL_A_RULE_GROUP, group->name)     ?:
		      nla_put_u8(skb, SGNL_A_RULE_DIRECTION, rule->direction) ?:
		      nla_put_u8(skb, SGNL_A_RULE_POLICY, rule->policy)	      ?:
		      nla_put_u8(skb, SGNL_A_RULE_PRIORITY, rule->priority)   ?:
		      put_ports(skb, &rule->dport, SGNL_A_RULE_PORT_MIN, SGNL_A_RULE_PORT_MAX) ?:
		      put_ports(skb, &rule->sport, SGNL_A_RULE_SOURCE_PORT_MIN, SGNL_A_RULE_SOURCE_PORT_MAX) ?:
		      put_peer(skb, config, rule) ?:
		      put_list(skb, config, SGNL_A_RULE_PORT_LIST, rule->port_list) ?:
		      put_prefix(skb, &rule->local, SGNL_A_RULE_LOCAL_ADDRESS,
				 SGNL_A_RULE_LOCAL_PREFIX_LEN);
	if (!err && rule->proto != SGNL_PROTO_ALL)
		err = nla_put_u8(skb, SGNL_A_RULE_PROTO, rule->proto);
	if (!err && rule->has_icmp_type)
		err = nla_put_u8(skb, SGNL_A_RULE_ICMP_TYPE, rule->icmp_type);
	if (!err && rule->has_icmp_code)
		err = nla_put_u8(skb, SGNL_A_RULE_ICMP_CODE, rule->icmp_code);
	if (!err && entry->expires)
		err = sgnl_netlink_put_u64(skb, SGNL_A_RULE_EXPIRES,
					   entry->expires);
	if (!err && entry->description[0])
		err = nla_put_string(skb, SGNL_A_RULE_DESCRIPTION,
				     entry->description);
	return err;
}

static int put_generation(struct sk_buff *skb, const struct sgnl_config *config)
{
	return sgnl_netlink_put_u64(skb, SGNL_A_RULE_GENERATION,
				    config->generation);
}

static int put(struct sk_buff *skb, const struct sgnl_config *config,
	       const struct sgnl_group *group,
	       const struct sgnl_rule_entry *entry)
{
	struct sgnl_hits hits;
	int err;

	sgnl_rule_entry_hits(entry, &hits);
	err = put_words(skb, config, group, entry) ?:
		      sgnl_netlink_put_u64(skb, SGNL_A_RULE_PACKETS, hits.packets) ?:
		      sgnl_netlink_put_u64(skb, SGNL_A_RULE_BYTES, hits.bytes) ?:
		      sgnl_netlink_put_u64(skb, SGNL_A_RULE_SINCE, sgnl_rule_entry_since(entry)) ?:
		      put_generation(skb, config);
	if (!err && hits.first)
		err = sgnl_netlink_put_u64(skb, SGNL_A_RULE_FIRST_HIT, hits.first) ?:
			      sgnl_netlink_put_u64(skb, SGNL_A_RULE_LAST_HIT, hits.last);
	return err;
}

static void notify_id(struct sgnl_net *sn, u8 cmd, u32 id)
{
	const struct sgnl_config *config = sgnl_net_config(sn);
	const struct sgnl_rule_entry *entry;
	struct sgnl_group *group;
	struct sk_buff *skb;
	void *header;
	int err;

	skb = sgnl_notify_begin(sn, SGNL_CMD_RULE_EVENT, SGNL_NLGRP_CONFIG,
				GFP_KERNEL, &header);
	if (!skb)
		return;
	entry = sgnl_config_rule(config, sn, id, &group);
	err = nla_put_u8(skb, SGNL_A_RULE_COMMAND, cmd) ?:
		      put_generation(skb, config);
	if (!err)
		err = entry ? put_words(skb, config, group, entry) :
			      nla_put_u32(skb, SGNL_A_RULE_ID, id);
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_CONFIG, GFP_KERNEL, err);
}

static void notify(struct sgnl_net *sn, u8 cmd,
		   const struct sgnl_change *change)
{
	notify_id(sn, cmd, change->rule_id);
}

/**
 * sgnl_nl_rule_expired() - tells listeners of a rule that has expired (R14)
 * @sn: the namespace
 * @id: the rule's id
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_nl_rule_expired(struct sgnl_net *sn, u32 id)
{
	notify_id(sn, SGNL_CMD_RULE_DEL, id);
}

const struct sgnl_command sgnl_rule_commands[] = {
	{
		.cmd = SGNL_CMD_RULE_ADD,
		.size = sizeof(struct sgnl_rule_args),
		.parse = parse_add,
		.apply = apply_add,
		.notify = notify,
		.replies_rule_id = true,
	},
	{
		.cmd = SGNL_CMD_RULE_SET,
		.size = sizeof(struct sgnl_rule_args),
		.parse = parse_set,
		.apply = apply_set,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_RULE_DEL,
		.size = sizeof(struct sgnl_rule_args),
		.parse = parse_del,
		.apply = apply_del,
		.notify = notify,
	},
	{}
};

static int put_by_id(struct sk_buff *skb, struct sgnl_net *sn,
		     const struct nlattr *id)
{
	const struct sgnl_rule_entry *entry;
	struct sgnl_group *group;
	int err = -ENOENT;

	mutex_lock(&sn->lock);
	entry = sgnl_config_rule(sgnl_net_config(sn), sn, nla_get_u32(id),
				 &group);
	if (entry)
		err = put(skb, sgnl_net_config(sn), group, entry);
	mutex_unlock(&sn->lock);
	return err;
}

/**
 * sgnl_nl_rule_get_doit() - shows one rule
 * @skb: the request
 * @info: the request
 *
 * Return: 0, -ENOENT if there is none of the id, or another error.
 */
int sgnl_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return sgnl_netlink_show(info, SGNL_A_RULE_ID, put_by_id,
				 "no such rule");
}

/* The rules of one group from *next on; false if there is no more room. */
static bool dump_group(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct sgnl_config *config,
		       const struct sgnl_group *group, long *next)
{
	void *header;

	for (; *next < group->rules->n; ++*next) {
		header = sgnl_netlink_dump_begin(skb, cb);
		if (!header)
			return false;
		if (put(skb, config, group, group->rules->item[*next])) {
			genlmsg_cancel(skb, header);
			return false;
		}
		genlmsg_end(skb, header);
	}
	*next = 0;
	return true;
}

/**
 * sgnl_nl_rule_get_dumpit() - shows rules, by group and id
 * @skb: the dump
 * @cb: the dump
 *
 * Return: bytes put, or an error.
 */
int sgnl_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgnl_net *sn = sgnl_net(sock_net(skb->sk));
	struct nlattr *tb[SGNL_A_RULE_MAX + 1];
	const struct sgnl_config *config;
	const struct sgnl_group *group;
	unsigned int pos;
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_RULE_MAX);
	if (err)
		return err;
	mutex_lock(&sn->lock);
	config = sgnl_net_config(sn);
	cb->seq = config->generation + 1;
	if (tb[SGNL_A_RULE_CANDIDATE]) {
		if (!sn->audited) {
			mutex_unlock(&sn->lock);
			NL_SET_ERR_MSG(cb->extack, "there is no audit");
			return -ENOENT;
		}
		config = sn->audited->candidate;
		cb->seq = sn->audited->number;
	}
	for (; cb->args[0] < config->groups->n; cb->args[0]++) {
		group = config->groups->item[cb->args[0]];
		if (tb[SGNL_A_RULE_GROUP] &&
		    strcmp(group->name, nla_data(tb[SGNL_A_RULE_GROUP])))
			continue;
		if (!dump_group(skb, cb, config, group, &cb->args[1]))
			break;
	}
	if (tb[SGNL_A_RULE_GROUP] &&
	    !sgnl_config_group(config, nla_data(tb[SGNL_A_RULE_GROUP]), &pos)) {
		NL_SET_ERR_MSG(cb->extack, "no such group");
		err = -ENOENT;
	}
	mutex_unlock(&sn->lock);
	return err ?: skb->len;
}
