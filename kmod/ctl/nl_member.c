// SPDX-License-Identifier: GPL-2.0
/* Members over netlink. */
#include "netlink.h"
#include "notify.h"

static int parse(struct sgnl_change *change, struct nlattr **tb,
		 const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	struct sgnl_member_args *args = &change->member;
	int err;

	if (!tb[SGNL_A_MEMBER_GROUP]) {
		NL_SET_ERR_MSG(extack, "group: missing");
		return -EINVAL;
	}
	if (!tb[SGNL_A_MEMBER_ADDRESS]) {
		NL_SET_ERR_MSG(extack, "address: missing");
		return -EINVAL;
	}
	err = sgnl_netlink_group_name(tb[SGNL_A_MEMBER_GROUP], extack) ?:
	      sgnl_netlink_address(tb[SGNL_A_MEMBER_ADDRESS], &args->addr,
				   &args->family, extack);
	if (err)
		return err;
	args->group = nla_data(tb[SGNL_A_MEMBER_GROUP]);
	if (!sgnl_addr_can_be_member(&args->addr, args->family)) {
		NL_SET_ERR_MSG_ATTR(
			extack, tb[SGNL_A_MEMBER_ADDRESS],
			"address: a unicast address that is neither loopback nor link-local expected");
		return -EINVAL;
	}
	return 0;
}

static int apply_add(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_member_add(txn, &change->member);
}

static int apply_del(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_member_del(txn, &change->member);
}

static int put_generation(struct sk_buff *skb, const struct sgnl_config *config)
{
	return sgnl_netlink_put_u64(skb, SGNL_A_MEMBER_GENERATION,
				    config->generation);
}

static void notify(struct sgnl_net *sn, u8 cmd,
		   const struct sgnl_change *change)
{
	const struct sgnl_member_args *args = &change->member;
	struct sk_buff *skb;
	void *header;
	int err;

	skb = sgnl_notify_begin(sn, SGNL_CMD_MEMBER_EVENT, SGNL_NLGRP_CONFIG,
				GFP_KERNEL, &header);
	if (!skb)
		return;
	err = nla_put_u8(skb, SGNL_A_MEMBER_COMMAND, cmd) ?:
	      nla_put_string(skb, SGNL_A_MEMBER_GROUP, args->group) ?:
	      sgnl_netlink_put_address(skb, SGNL_A_MEMBER_ADDRESS, &args->addr,
				       args->family) ?:
	      put_generation(skb, sgnl_net_config(sn));
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_CONFIG, GFP_KERNEL, err);
}

const struct sgnl_command sgnl_member_commands[] = {
	{
		.cmd = SGNL_CMD_MEMBER_ADD,
		.size = sizeof(struct sgnl_member_args),
		.parse = parse,
		.apply = apply_add,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_MEMBER_DEL,
		.size = sizeof(struct sgnl_member_args),
		.parse = parse,
		.apply = apply_del,
		.notify = notify,
	},
	{}
};

static int put(struct sk_buff *skb, const struct sgnl_config *config,
	       const struct sgnl_member *member, const char *group, u32 refs)
{
	int err;

	err = nla_put_string(skb, SGNL_A_MEMBER_GROUP, group) ?:
	      sgnl_netlink_put_address(skb, SGNL_A_MEMBER_ADDRESS,
				       &member->key.addr, member->key.family) ?:
	      nla_put_u32(skb, SGNL_A_MEMBER_PORTS,
			  refs & ~SGNL_MEMBER_EXPLICIT) ?:
	      put_generation(skb, config);
	if (!err && refs & SGNL_MEMBER_EXPLICIT)
		err = nla_put_flag(skb, SGNL_A_MEMBER_EXPLICIT);
	return err;
}

/* One address, once for each of its groups from *next on. */
static bool dump_member(struct sk_buff *skb, struct netlink_callback *cb,
			const struct sgnl_config *config,
			const struct sgnl_member *member, const char *only,
			long *next)
{
	const struct sgnl_member_set *set = sgnl_member_set(member);
	unsigned int pos;
	void *header;

	for (; set && *next < set->set.n; ++*next) {
		const struct sgnl_group *group;
		u32 refs = set->data[set->set.n + *next];

		group = sgnl_config_group_by_id(config, set->data[*next], &pos);
		if (only && strcmp(only, group->name))
			continue;
		header = sgnl_netlink_dump_begin(skb, cb);
		if (!header)
			return false;
		if (put(skb, config, member, group->name, refs)) {
			genlmsg_cancel(skb, header);
			return false;
		}
		genlmsg_end(skb, header);
	}
	*next = 0;
	return true;
}

/**
 * sgnl_nl_member_get_dumpit() - shows members
 * @skb: the dump
 * @cb: the dump
 *
 * Return: bytes put, or an error.
 */
int sgnl_nl_member_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgnl_net *sn = sgnl_net(sock_net(skb->sk));
	struct nlattr *tb[SGNL_A_MEMBER_MAX + 1];
	const struct sgnl_config *config;
	const struct sgnl_member *member;
	const char *only = NULL;
	unsigned long number;
	unsigned int pos;
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_MEMBER_MAX);
	if (err)
		return err;
	if (tb[SGNL_A_MEMBER_GROUP])
		only = nla_data(tb[SGNL_A_MEMBER_GROUP]);
	mutex_lock(&sn->lock);
	config = sgnl_net_config(sn);
	cb->seq = config->generation + 1;
	if (only && !sgnl_config_group(config, only, &pos)) {
		NL_SET_ERR_MSG(cb->extack, "no such group");
		err = -ENOENT;
		goto unlock;
	}
	for (number = cb->args[0];; number++) {
		member = sgnl_member_next(&sn->members, &number);
		cb->args[0] = number;
		if (!member ||
		    !dump_member(skb, cb, config, member, only, &cb->args[1]))
			break;
	}
	if (!member)
		cb->args[0] = LONG_MAX;
unlock:
	mutex_unlock(&sn->lock);
	return err ?: skb->len;
}
