// SPDX-License-Identifier: GPL-2.0
/* Platform traffic over netlink. */
#include "netlink.h"
#include "notify.h"

static int fail(struct netlink_ext_ack *extack, const struct nlattr *attr,
		const char *text)
{
	extack->_msg = text;
	extack->bad_attr = attr;
	return -EINVAL;
}

static bool equal(const struct sgnl_prefix *a, const struct sgnl_prefix *b)
{
	return a->family == b->family && a->len == b->len &&
	       sgnl_addr_equal(&a->addr, &b->addr);
}

/* An address, and behind it how many of its bits count. */
static int parse_prefix(struct sgnl_platform_list *list,
			const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	struct sgnl_prefix *prefix = &list->prefix[list->n];
	const u8 *bytes = nla_data(attr);
	size_t len = nla_len(attr);
	unsigned int i;

	if (list->n == SGNL_PLATFORM_PREFIXES_MAX)
		return fail(extack, attr, "prefixes: at most 64 expected");
	if (!len ||
	    !sgnl_addr_read(&prefix->addr, &prefix->family, bytes, len - 1))
		return fail(extack, attr,
			    "prefix: 5 (IPv4) or 17 (IPv6) bytes expected");
	prefix->len = bytes[len - 1];
	if (prefix->len > sgnl_family_bits(prefix->family))
		return fail(extack, attr,
			    "prefix length: 0 to 32 (IPv4) or 0 to 128 (IPv6) expected");
	sgnl_prefix_mask(prefix);
	for (i = 0; i < list->n; i++)
		if (equal(&list->prefix[i], prefix))
			return fail(extack, attr,
				    "prefix: it is there twice, once expected");
	list->n++;
	return 0;
}

static int parse_list(struct sgnl_platform_args *args, struct nlattr **tb,
		      const struct nlmsghdr *nlh,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *clear = tb[SGNL_A_PLATFORM_CLEAR_PREFIX];
	const struct nlattr *first = tb[SGNL_A_PLATFORM_PREFIX];
	const struct nlattr *attr;
	int err, rem;

	if (!clear && !first)
		return 0;
	if (args->item != SGNL_PLATFORM_ITEM_SLB &&
	    args->item != SGNL_PLATFORM_ITEM_PROBE)
		return fail(extack, clear ?: first,
			    "prefix: expected with slb and probe alone");
	if (clear && first)
		return fail(extack, clear,
			    "clear-prefix: no prefixes expected with it");
	args->has_list = true;
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != SGNL_A_PLATFORM_PREFIX)
			continue;
		err = parse_prefix(&args->list, attr, extack);
		if (err)
			return err;
	}
	return 0;
}

static int parse(struct sgnl_change *change, struct nlattr **tb,
		 const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	struct sgnl_platform_args *args = &change->platform;

	if (!tb[SGNL_A_PLATFORM_ITEM])
		return fail(extack, NULL, "item: missing");
	args->item = nla_get_u8(tb[SGNL_A_PLATFORM_ITEM]);
	if (tb[SGNL_A_PLATFORM_SWITCH]) {
		args->on = nla_get_u8(tb[SGNL_A_PLATFORM_SWITCH]);
		args->has_switch = true;
	}
	return parse_list(args, tb, nlh, extack);
}

static int apply_set(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_platform_set(txn, &change->platform) ?: 1;
}

static int put_prefix(struct sk_buff *skb, const struct sgnl_prefix *prefix)
{
	u8 bytes[17];
	size_t len;

	len = sgnl_addr_write(bytes, &prefix->addr, prefix->family);
	bytes[len] = prefix->len;
	return nla_put(skb, SGNL_A_PLATFORM_PREFIX, len + 1, bytes);
}

static int put_words(struct sk_buff *skb, const struct sgnl_config *config,
		     unsigned int item)
{
	const struct sgnl_platform *platform = &config->platform->platform;
	const struct sgnl_platform_list *list;
	unsigned int i;
	int err;

	list = sgnl_platform_list(platform, item);
	err = nla_put_u8(skb, SGNL_A_PLATFORM_ITEM, item) ?:
	      nla_put_u8(skb, SGNL_A_PLATFORM_SWITCH,
			 sgnl_platform_on(platform, item)) ?:
	      sgnl_netlink_put_u64(skb, SGNL_A_PLATFORM_GENERATION,
				   config->generation);
	for (i = 0; !err && list && i < list->n; i++)
		err = put_prefix(skb, &list->prefix[i]);
	return err;
}

static int put(struct sk_buff *skb, struct sgnl_net *sn, unsigned int item)
{
	return put_words(skb, sgnl_net_config(sn), item) ?:
	       sgnl_netlink_put_u64(
		       skb, SGNL_A_PLATFORM_PACKETS,
		       sgnl_platform_stats_sum(sn->platform_stats, item));
}

static void notify(struct sgnl_net *sn, u8 cmd,
		   const struct sgnl_change *change)
{
	struct sk_buff *skb;
	void *header;
	int err;

	skb = sgnl_notify_begin(sn, SGNL_CMD_PLATFORM_EVENT, SGNL_NLGRP_CONFIG,
				GFP_KERNEL, &header);
	if (!skb)
		return;
	err = nla_put_u8(skb, SGNL_A_PLATFORM_COMMAND, cmd) ?:
	      put_words(skb, sgnl_net_config(sn), change->platform.item);
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_CONFIG, GFP_KERNEL, err);
}

const struct sgnl_command sgnl_platform_commands[] = {
	{
		.cmd = SGNL_CMD_PLATFORM_SET,
		.repeated = BIT(SGNL_A_PLATFORM_PREFIX),
		.size = sizeof(struct sgnl_platform_args),
		.parse = parse,
		.apply = apply_set,
		.notify = notify,
	},
	{}
};

static int put_one(struct sk_buff *skb, struct sgnl_net *sn,
		   const struct nlattr *item)
{
	int err;

	mutex_lock(&sn->lock);
	err = put(skb, sn, nla_get_u8(item));
	mutex_unlock(&sn->lock);
	return err;
}

/**
 * sgnl_nl_platform_get_doit() - shows one item of platform traffic
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or an error.
 */
int sgnl_nl_platform_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return sgnl_netlink_show(info, SGNL_A_PLATFORM_ITEM, put_one,
				 "no such item");
}

/**
 * sgnl_nl_platform_get_dumpit() - shows all items of platform traffic
 * @skb: the dump
 * @cb: the dump
 *
 * Return: bytes put, or an error.
 */
int sgnl_nl_platform_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct sgnl_net *sn = sgnl_net(sock_net(skb->sk));
	struct nlattr *tb[SGNL_A_PLATFORM_MAX + 1];
	void *header;
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_PLATFORM_MAX);
	if (err)
		return err;
	mutex_lock(&sn->lock);
	cb->seq = sgnl_net_config(sn)->generation + 1;
	for (; cb->args[0] <= SGNL_PLATFORM_ITEM_MAX; cb->args[0]++) {
		header = sgnl_netlink_dump_begin(skb, cb);
		if (!header)
			break;
		if (put(skb, sn, cb->args[0])) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	mutex_unlock(&sn->lock);
	return skb->len;
}
