// SPDX-License-Identifier: GPL-2.0
/* Guard patterns, and the devices that they hold, over netlink. */
#include <linux/rtnetlink.h>

#include "../hook/guard.h"
#include "netlink.h"
#include "notify.h"

static int parse(struct sgnl_change *change, struct nlattr **tb,
		 const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	if (!tb[SGNL_A_GUARD_PATTERN]) {
		NL_SET_ERR_MSG(extack, "pattern: missing");
		return -EINVAL;
	}
	change->pattern = nla_data(tb[SGNL_A_GUARD_PATTERN]);
	if (!sgnl_pattern_valid(change->pattern)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SGNL_A_GUARD_PATTERN],
				    "pattern: " SGNL_PATTERN_EXPECTED);
		return -EINVAL;
	}
	return 0;
}

static int apply_add(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_guard_add(txn, change->pattern) ?: 1;
}

static int apply_del(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_guard_del(txn, change->pattern) ?: 1;
}

static int put_generation(struct sk_buff *skb, const struct sgnl_config *config)
{
	return sgnl_netlink_put_u64(skb, SGNL_A_GUARD_GENERATION,
				    config->generation);
}

static void notify(struct sgnl_net *sn, u8 cmd,
		   const struct sgnl_change *change)
{
	struct sk_buff *skb;
	void *header;
	int err;

	skb = sgnl_notify_begin(sn, SGNL_CMD_GUARD_EVENT, SGNL_NLGRP_CONFIG,
				GFP_KERNEL, &header);
	if (!skb)
		return;
	err = nla_put_u8(skb, SGNL_A_GUARD_COMMAND, cmd) ?:
	      nla_put_string(skb, SGNL_A_GUARD_PATTERN, change->pattern) ?:
	      put_generation(skb, sgnl_net_config(sn));
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_CONFIG, GFP_KERNEL, err);
}

const struct sgnl_command sgnl_guard_commands[] = {
	{
		.cmd = SGNL_CMD_GUARD_ADD,
		.rtnl = true,
		.size = sizeof(const char *),
		.parse = parse,
		.apply = apply_add,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_GUARD_DEL,
		.rtnl = true,
		.size = sizeof(const char *),
		.parse = parse,
		.apply = apply_del,
		.notify = notify,
	},
	{}
};

static int put_held(struct sk_buff *skb, const struct sgnl_guard *guard)
{
	ASSERT_RTNL(); /* the device's name */
	return nla_put_u32(skb, SGNL_A_GUARD_IFINDEX, guard->dev->ifindex) ?:
	       nla_put_string(skb, SGNL_A_GUARD_IFNAME, guard->dev->name) ?:
	       nla_put_u8(skb, SGNL_A_GUARD_OPEN, guard->open) ?:
	       sgnl_netlink_put_u64(skb, SGNL_A_GUARD_DROPS,
				    atomic64_read(&guard->drops));
}

/* A message of a pattern, or of a device that it holds; false without room. */
static bool dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct sgnl_config *config,
		     const struct sgnl_pattern *pattern,
		     const struct sgnl_guard *guard)
{
	void *header = sgnl_netlink_dump_begin(skb, cb);

	if (!header)
		return false;
	if (nla_put_string(skb, SGNL_A_GUARD_PATTERN, pattern->text) ||
	    (guard && put_held(skb, guard)) || put_generation(skb, config)) {
		genlmsg_cancel(skb, header);
		return false;
	}
	genlmsg_end(skb, header);
	return true;
}

/* A pattern, then its devices, from number *next on; 0 is the pattern. */
static bool dump_pattern(struct sk_buff *skb, struct netlink_callback *cb,
			 struct sgnl_net *sn,
			 const struct sgnl_pattern *pattern, long *next)
{
	const struct sgnl_config *config = sgnl_net_config(sn);
	struct sgnl_guard *guard;
	unsigned long ifindex;

	if (!*next && !dump_one(skb, cb, config, pattern, NULL))
		return false;
	xa_for_each_start(&sn->guards, ifindex, guard, *next) {
		*next = ifindex;
		if (guard->patterns & BIT_ULL(pattern->slot) &&
		    !dump_one(skb, cb, config, pattern, guard))
			return false;
	}
	*next = 0;
	return true;
}

/**
 * sgnl_nl_guard_get_dumpit() - shows patterns and the devices that they hold
 * @skb: the dump
 * @cb: the dump
 *
 * Return: bytes put, or an error.
 */
int sgnl_nl_guard_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgnl_net *sn = sgnl_net(sock_net(skb->sk));
	struct nlattr *tb[SGNL_A_GUARD_MAX + 1];
	const struct sgnl_array *patterns;
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_GUARD_MAX);
	if (err)
		return err;
	rtnl_lock();
	mutex_lock(&sn->lock);
	patterns = sgnl_net_config(sn)->patterns;
	cb->seq = sgnl_net_config(sn)->generation + 1;
	for (; cb->args[0] < patterns->n; cb->args[0]++)
		if (!dump_pattern(skb, cb, sn, patterns->item[cb->args[0]],
				  &cb->args[1]))
			break;
	mutex_unlock(&sn->lock);
	rtnl_unlock();
	return skb->len;
}
