// SPDX-License-Identifier: GPL-2.0
/* Prefix lists and port lists over netlink. */
#include "netlink.h"
#include "notify.h"

/* Room that an entry takes in a message, with its attribute's header. */
#define ENTRY_SIZE 24

#define REPEATED   (BIT(SGNL_A_LIST_PREFIX) | BIT(SGNL_A_LIST_RANGE))

static int fail(struct netlink_ext_ack *extack, const struct nlattr *attr,
		const char *text)
{
	extack->_msg = text;
	extack->bad_attr = attr;
	return -EINVAL;
}

static int parse_prefix(struct sgnl_prefix *prefix, const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	const u8 *bytes = nla_data(attr);
	int n = nla_len(attr) - 1;

	if (n < 0 || !sgnl_addr_read(&prefix->addr, &prefix->family, bytes, n))
		return fail(extack, attr,
			    "prefix: 4 (IPv4) or 16 (IPv6) bytes of an address and one of a length expected");
	prefix->len = bytes[n];
	if (prefix->len > sgnl_family_bits(prefix->family))
		return fail(extack, attr,
			    "prefix: length 0 to 32 (IPv4) or 0 to 128 (IPv6) expected");
	sgnl_prefix_mask(prefix);
	return 0;
}

static int parse_range(struct sgnl_port_range *range, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	if (nla_len(attr) != sizeof(*range))
		return fail(extack, attr,
			    "range: two ports of 2 bytes expected");
	memcpy(range, nla_data(attr), sizeof(*range));
	if (range->min < 1 || range->min > range->max)
		return fail(extack, attr,
			    "range: A/B with 1 <= A <= B <= 65535 expected");
	return 0;
}

static int parse_entry(struct sgnl_list_args *args, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	struct sgnl_list_entries *entries = &args->entries;
	u8 kind = nla_type(attr) == SGNL_A_LIST_PREFIX ? SGNL_LIST_PREFIX :
							 SGNL_LIST_PORT;
	unsigned int most = kind == SGNL_LIST_PREFIX ? SGNL_PREFIX_LIST_MAX :
						       SGNL_PORT_LIST_MAX;

	if (kind != args->kind)
		return fail(extack, attr,
			    args->kind == SGNL_LIST_PREFIX ?
				    "range: the entries of a prefix list are prefixes" :
				    "prefix: the entries of a port list are ranges");
	if (entries->n == most)
		return fail(extack, attr,
			    kind == SGNL_LIST_PREFIX ?
				    "prefix: at most 200 entries expected" :
				    "range: at most 2000 entries expected");
	args->has_entries = true;
	if (kind == SGNL_LIST_PREFIX)
		return parse_prefix(&entries->prefix[entries->n++], attr,
				    extack);
	return parse_range(&entries->range[entries->n++], attr, extack);
}

static int parse_entries(struct sgnl_list_args *args,
			 const struct nlmsghdr *nlh,
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (!(BIT(nla_type(attr)) & REPEATED))
			continue;
		err = parse_entry(args, attr, extack);
		if (err)
			return err;
	}
	return 0;
}

static int parse(struct sgnl_change *change, struct nlattr **tb,
		 const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	struct sgnl_list_args *args = &change->list;
	int err;

	if (!tb[SGNL_A_LIST_NAME])
		return fail(extack, NULL, "list name: missing");
	err = sgnl_netlink_list_name(tb[SGNL_A_LIST_NAME], &args->kind, extack);
	if (err)
		return err;
	args->name = nla_data(tb[SGNL_A_LIST_NAME]);
	err = parse_entries(args, nlh, extack);
	if (err)
		return err;
	if (tb[SGNL_A_LIST_CLEAR_ENTRIES])
		args->has_entries = true;
	return sgnl_netlink_text(tb[SGNL_A_LIST_DESCRIPTION],
				 &args->description, extack);
}

static int parse_family(struct sgnl_list_args *args, const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	if (args->kind == SGNL_LIST_PORT)
		return attr ? fail(extack, attr,
				   "family: expected with a prefix list alone") :
			      0;
	if (!attr)
		return fail(extack, NULL, "family: missing");
	args->family = nla_get_u8(attr) == SGNL_LIST_FAMILY_IPV4 ?
			       SGNL_FAMILY_IPV4 :
			       SGNL_FAMILY_IPV6;
	return 0;
}

static int parse_add(struct sgnl_change *change, struct nlattr **tb,
		     const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	struct sgnl_list_args *args = &change->list;
	int err;

	err = parse(change, tb, nlh, extack) ?:
	      parse_family(args, tb[SGNL_A_LIST_FAMILY], extack);
	if (err)
		return err;
	if (!tb[SGNL_A_LIST_MAX_ENTRIES])
		return fail(extack, NULL, "max: missing");
	args->max = nla_get_u16(tb[SGNL_A_LIST_MAX_ENTRIES]);
	if (args->kind == SGNL_LIST_PREFIX && args->max > SGNL_PREFIX_LIST_MAX)
		return fail(extack, tb[SGNL_A_LIST_MAX_ENTRIES],
			    "max: 1 to 200 expected with a prefix list");
	return 0;
}

static int parse_some(struct sgnl_change *change, struct nlattr **tb,
		      const struct nlmsghdr *nlh,
		      struct netlink_ext_ack *extack)
{
	int err = parse(change, tb, nlh, extack);

	if (err || change->list.entries.n)
		return err;
	return fail(extack, NULL, "entries: at least one expected");
}

static int apply_add(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_list_add(txn, &change->list) ?: 1;
}

static int apply_set(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_list_set(txn, &change->list) ?: 1;
}

static int apply_del(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_list_del(txn, &change->list) ?: 1;
}

static int apply_entry_add(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_list_entry_add(txn, &change->list);
}

static int apply_entry_del(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_list_entry_del(txn, &change->list) ?: 1;
}

static int put_prefix(struct sk_buff *skb, const struct sgnl_prefix *prefix)
{
	u8 bytes[17];
	size_t n = sgnl_addr_write(bytes, &prefix->addr, prefix->family);

	bytes[n++] = prefix->len;
	return nla_put(skb, SGNL_A_LIST_PREFIX, n, bytes);
}

static int put_range(struct sk_buff *skb, const struct sgnl_port_range *range)
{
	return nla_put(skb, SGNL_A_LIST_RANGE, sizeof(*range), range);
}

static int put_words(struct sk_buff *skb, const struct sgnl_list *list)
{
	int err;

	err = nla_put_string(skb, SGNL_A_LIST_NAME, list->name) ?:
	      nla_put_u16(skb, SGNL_A_LIST_MAX_ENTRIES, list->max);
	if (!err && list->kind == SGNL_LIST_PREFIX)
		err = nla_put_u8(skb, SGNL_A_LIST_FAMILY,
				 list->family == SGNL_FAMILY_IPV4 ?
					 SGNL_LIST_FAMILY_IPV4 :
					 SGNL_LIST_FAMILY_IPV6);
	if (!err && list->description)
		err = nla_put_string(skb, SGNL_A_LIST_DESCRIPTION,
				     list->description);
	return err;
}

static int put_generation(struct sk_buff *skb, const struct sgnl_config *config)
{
	return sgnl_netlink_put_u64(skb, SGNL_A_LIST_GENERATION,
				    config->generation);
}

static int put_given(struct sk_buff *skb, const struct sgnl_list_args *args)
{
	const struct sgnl_list_entries *entries = &args->entries;
	unsigned int i;
	int err = 0;

	if (args->has_entries && !entries->n)
		return nla_put_flag(skb, SGNL_A_LIST_CLEAR_ENTRIES);
	for (i = 0; i < entries->n && !err; i++)
		err = args->kind == SGNL_LIST_PREFIX ?
			      put_prefix(skb, &entries->prefix[i]) :
			      put_range(skb, &entries->range[i]);
	return err;
}

static void notify(struct sgnl_net *sn, u8 cmd,
		   const struct sgnl_change *change)
{
	const struct sgnl_config *config = sgnl_net_config(sn);
	const struct sgnl_list_args *args = &change->list;
	const struct sgnl_list *list;
	struct sk_buff *skb;
	unsigned int pos;
	void *header;
	int err;

	skb = sgnl_notify_begin_sized(sn, SGNL_CMD_LIST_EVENT,
				      SGNL_NLGRP_CONFIG,
				      NLMSG_DEFAULT_SIZE +
					      args->entries.n * ENTRY_SIZE,
				      GFP_KERNEL, &header);
	if (!skb)
		return;
	list = sgnl_config_list(config, args->name, &pos);
	err = nla_put_u8(skb, SGNL_A_LIST_COMMAND, cmd) ?:
	      put_generation(skb, config);
	if (!err)
		err = list ? put_words(skb, list) :
			     nla_put_string(skb, SGNL_A_LIST_NAME, args->name);
	if (!err)
		err = put_given(skb, args);
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_CONFIG, GFP_KERNEL, err);
}

const struct sgnl_command sgnl_list_commands[] = {
	{
		.cmd = SGNL_CMD_LIST_ADD,
		.repeated = REPEATED,
		.size = sizeof(struct sgnl_list_args),
		.parse = parse_add,
		.apply = apply_add,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_LIST_SET,
		.repeated = REPEATED,
		.size = sizeof(struct sgnl_list_args),
		.parse = parse,
		.apply = apply_set,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_LIST_DEL,
		.size = sizeof(struct sgnl_list_args),
		.parse = parse,
		.apply = apply_del,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_LIST_ENTRY_ADD,
		.repeated = REPEATED,
		.size = sizeof(struct sgnl_list_args),
		.parse = parse_some,
		.apply = apply_entry_add,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_LIST_ENTRY_DEL,
		.repeated = REPEATED,
		.size = sizeof(struct sgnl_list_args),
		.parse = parse_some,
		.apply = apply_entry_del,
		.notify = notify,
	},
	{}
};

static int put_entry(struct sk_buff *skb, const struct sgnl_list *list,
		     unsigned int i)
{
	return list->kind == SGNL_LIST_PREFIX ?
		       put_prefix(skb, &list->prefixes->entry[i]) :
		       put_range(skb, &list->ports->entry[i]);
}

/* A list from its entry *next on, as much of it as there is room for. */
static bool put_part(struct sk_buff *skb, const struct sgnl_config *config,
		     const struct sgnl_list *list, long *next)
{
	unsigned int n = sgnl_list_entries(list);
	long first = *next;

	if (put_words(skb, list) || nla_put_u32(skb, SGNL_A_LIST_ENTRIES, n) ||
	    put_generation(skb, config))
		return false;
	while (*next < n && !put_entry(skb, list, *next))
		++*next;
	return *next > first || *next >= n;
}

/* A list in as many messages as it takes; false if there is no more room. */
static bool dump_list(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct sgnl_config *config,
		      const struct sgnl_list *list, long *next)
{
	void *header;

	do {
		header = sgnl_netlink_dump_begin(skb, cb);
		if (!header)
			return false;
		if (!put_part(skb, config, list, next)) {
			genlmsg_cancel(skb, header);
			return false;
		}
		genlmsg_end(skb, header);
	} while (*next < sgnl_list_entries(list));
	*next = 0;
	return true;
}

/**
 * sgnl_nl_list_get_dumpit() - shows lists, in the order of creation
 * @skb: the dump
 * @cb: the dump
 *
 * Return: bytes put, or an error.
 */
int sgnl_nl_list_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgnl_net *sn = sgnl_net(sock_net(skb->sk));
	struct nlattr *tb[SGNL_A_LIST_MAX + 1];
	const struct sgnl_config *config;
	const struct sgnl_list *list;
	const struct nlattr *name;
	unsigned int pos;
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_LIST_MAX);
	if (err)
		return err;
	name = tb[SGNL_A_LIST_NAME];
	mutex_lock(&sn->lock);
	config = sgnl_net_config(sn);
	cb->seq = config->generation + 1;
	for (; cb->args[0] < config->lists->n; cb->args[0]++) {
		list = config->lists->item[cb->args[0]];
		if (name && strcmp(list->name, nla_data(name)))
			continue;
		if (!dump_list(skb, cb, config, list, &cb->args[1]))
			break;
	}
	if (name && !sgnl_config_list(config, nla_data(name), &pos)) {
		NL_SET_ERR_MSG(cb->extack, "no such list");
		err = -ENOENT;
	}
	mutex_unlock(&sn->lock);
	return err ?: skb->len;
}
