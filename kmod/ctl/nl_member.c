// SPDX-License-Identifier: GPL-2.0
/* Members over netlink. */
#include "netlink.h"
#include "notify.h"

static int parse_address(const struct nlattr *attr, struct sgnl_addr *addr,
			 u8 *family, struct netlink_ext_ack *extack)
{
	int err = sgnl_netlink_address(attr, addr, family, extack);

	if (!err && !sgnl_addr_can_be_member(addr, *family)) {
		NL_SET_ERR_MSG_ATTR(
			extack, attr,
			"address: a unicast address that is neither loopback nor link-local expected");
		err = -EINVAL;
	}
	return err;
}

/* The next address of a request, or NULL; how many bytes are left is in rem. */
static const struct nlattr *next_address(const struct nlattr *attr, int *rem)
{
	for (; nla_ok(attr, *rem); attr = nla_next(attr, rem))
		if (nla_type(attr) == SGNL_A_MEMBER_ADDRESS)
			return attr;
	return NULL;
}

#define for_each_address(attr, nlh, rem) \
	for (rem = nlmsg_attrlen(nlh, GENL_HDRLEN), \
	    attr = next_address(nlmsg_attrdata(nlh, GENL_HDRLEN), &rem); \
	     attr; attr = next_address(nla_next(attr, &rem), &rem))

static int parse(struct sgnl_change *change, struct nlattr **tb,
		 const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	struct sgnl_addr addr;
	int rem, err;
	u8 family;

	if (!tb[SGNL_A_MEMBER_GROUP]) {
		NL_SET_ERR_MSG(extack, "group: missing");
		return -EINVAL;
	}
	if (!tb[SGNL_A_MEMBER_ADDRESS]) {
		NL_SET_ERR_MSG(extack, "address: missing");
		return -EINVAL;
	}
	err = sgnl_netlink_group_name(tb[SGNL_A_MEMBER_GROUP], extack);
	if (err)
		return err;
	change->member.group = nla_data(tb[SGNL_A_MEMBER_GROUP]);
	change->member.request = nlh;
	change->n = 0;
	for_each_address(attr, nlh, rem) {
		if (change->n++ == SGNL_MEMBER_ADDRESSES_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "address: at most 64 expected");
			return -EINVAL;
		}
		err = parse_address(attr, &addr, &family, extack);
		if (err)
			return err;
	}
	return 0;
}

static int apply(struct sgnl_txn *txn, struct sgnl_change *change,
		 int (*one)(struct sgnl_txn *txn, struct sgnl_group *group,
			    const struct sgnl_addr *addr, u8 family))
{
	const struct sgnl_member_words *words = &change->member;
	struct sgnl_group *group = sgnl_txn_find_group(txn, words->group);
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem, ret;

	if (!group)
		return -ENOENT;
	for_each_address(attr, words->request, rem) {
		struct sgnl_addr addr;
		u8 family;

		sgnl_addr_read(&addr, &family, nla_data(attr), nla_len(attr));
		ret = one(txn, group, &addr, family);
		if (ret < 0)
			return ret;
		change->members |= (u64)ret << n++;
	}
	return change->members != 0;
}

static int apply_add(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return apply(txn, change, sgnl_txn_member_add);
}

static int apply_del(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return apply(txn, change, sgnl_txn_member_del);
}

static int put_generation(struct sk_buff *skb, const struct sgnl_config *config)
{
	return sgnl_netlink_put_u64(skb, SGNL_A_MEMBER_GENERATION,
				    config->generation);
}

/* Those addresses alone that it was about. */
static int put_addresses(struct sk_buff *skb, const struct sgnl_change *change)
{
	u64 members = change->members;
	const struct nlattr *attr;
	int rem, err = 0;

	for_each_address(attr, change->member.request, rem) {
		if (members & 1)
			err = nla_put(skb, SGNL_A_MEMBER_ADDRESS, nla_len(attr),
				      nla_data(attr));
		if (err)
			break;
		members >>= 1;
	}
	return err;
}

static void notify(struct sgnl_net *sn, u8 cmd,
		   const struct sgnl_change *change)
{
	struct sk_buff *skb;
	void *header;
	int err;

	skb = sgnl_notify_begin(sn, SGNL_CMD_MEMBER_EVENT, SGNL_NLGRP_CONFIG,
				GFP_KERNEL, &header);
	if (!skb)
		return;
	err = nla_put_u8(skb, SGNL_A_MEMBER_COMMAND, cmd) ?:
	      nla_put_string(skb, SGNL_A_MEMBER_GROUP, change->member.group) ?:
	      put_addresses(skb, change) ?:
	      put_generation(skb, sgnl_net_config(sn));
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_CONFIG, GFP_KERNEL, err);
}

const struct sgnl_command sgnl_member_commands[] = {
	{
		.cmd = SGNL_CMD_MEMBER_ADD,
		.repeated = BIT(SGNL_A_MEMBER_ADDRESS),
		.size = sizeof(struct sgnl_member_words),
		.parse = parse,
		.apply = apply_add,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_MEMBER_DEL,
		.repeated = BIT(SGNL_A_MEMBER_ADDRESS),
		.size = sizeof(struct sgnl_member_words),
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
