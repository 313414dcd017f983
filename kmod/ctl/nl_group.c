// SPDX-License-Identifier: GPL-2.0
/* Groups over netlink. */
#include "netlink.h"
#include "notify.h"

static int parse(struct sgnl_change *change, struct nlattr **tb,
		 const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	struct sgnl_group_args *args = &change->group;
	int err;

	if (!tb[SGNL_A_GROUP_NAME]) {
		NL_SET_ERR_MSG(extack, "group name: missing");
		return -EINVAL;
	}
	err = sgnl_netlink_group_name(tb[SGNL_A_GROUP_NAME], extack);
	if (err)
		return err;
	args->name = nla_data(tb[SGNL_A_GROUP_NAME]);
	if (tb[SGNL_A_GROUP_TYPE])
		args->type = nla_get_u8(tb[SGNL_A_GROUP_TYPE]);
	if (tb[SGNL_A_GROUP_INTERNAL_POLICY]) {
		args->internal_policy =
			nla_get_u8(tb[SGNL_A_GROUP_INTERNAL_POLICY]);
		args->has_internal_policy = true;
	}
	if (tb[SGNL_A_GROUP_VPC])
		args->vpc = nla_get_u32(tb[SGNL_A_GROUP_VPC]);
	return sgnl_netlink_text(tb[SGNL_A_GROUP_DESCRIPTION],
				 &args->description, extack);
}

static int apply_add(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_group_add(txn, &change->group) ?: 1;
}

static int apply_set(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_group_set(txn, &change->group) ?: 1;
}

static int apply_del(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_group_del(txn, change->group.name) ?: 1;
}

static int put_words(struct sk_buff *skb, const struct sgnl_group *group)
{
	int err;

	err = nla_put_string(skb, SGNL_A_GROUP_NAME, group->name) ?:
	      nla_put_u8(skb, SGNL_A_GROUP_TYPE, group->type) ?:
	      nla_put_u32(skb, SGNL_A_GROUP_VPC, group->vpc);
	if (!err && group->type == SGNL_GROUP_TYPE_BASIC)
		err = nla_put_u8(skb, SGNL_A_GROUP_INTERNAL_POLICY,
				 group->internal_policy);
	if (!err && group->description)
		err = nla_put_string(skb, SGNL_A_GROUP_DESCRIPTION,
				     group->description);
	return err;
}

static int put_generation(struct sk_buff *skb, const struct sgnl_config *config)
{
	return sgnl_netlink_put_u64(skb, SGNL_A_GROUP_GENERATION,
				    config->generation);
}

/* Groups of which the ports are counted at one go, as many as a message has about. */
#define COUNTED 128

/* The ports of some groups: of that many from the one at @first on. */
struct counts {
	unsigned int first;
	unsigned int n;
	u32 ports[COUNTED];
};

/* One look at each port for all of them, as there may be many of both. */
static void count_ports(const struct sgnl_config *config, unsigned int first,
			struct counts *counts)
{
	const struct sgnl_array *groups = config->groups;
	const struct sgnl_group *begin, *end;
	unsigned int i, j, pos;

	memset(counts, 0, sizeof(*counts));
	counts->first = first;
	counts->n = min_t(unsigned int, groups->n - first, COUNTED);
	begin = groups->item[first];
	end = groups->item[first + counts->n - 1];
	for (i = 0; i < config->ports->n; i++) {
		const struct sgnl_port_conf *conf = config->ports->item[i];

		for (j = 0; conf && j < conf->n_groups; j++) {
			if (conf->group[j] < begin->id ||
			    conf->group[j] > end->id)
				continue;
			sgnl_config_group_by_id(config, conf->group[j], &pos);
			counts->ports[pos - first]++;
		}
	}
}

static int put(struct sk_buff *skb, const struct sgnl_config *config,
	       const struct sgnl_group *group, u32 ports)
{
	return put_words(skb, group) ?:
	       nla_put_u32(skb, SGNL_A_GROUP_RULES, group->cost) ?:
	       nla_put_u32(skb, SGNL_A_GROUP_MEMBERS, group->members->n) ?:
	       nla_put_u32(skb, SGNL_A_GROUP_PORTS, ports)		 ?:
	       sgnl_netlink_put_u64(skb, SGNL_A_GROUP_MEMBERS_DIGEST,
				    group->members->digest) ?:
	       sgnl_netlink_put_u64(skb, SGNL_A_GROUP_MEMBERS_GENERATION,
				    group->members->generation) ?:
	       put_generation(skb, config);
}

static void notify(struct sgnl_net *sn, u8 cmd,
		   const struct sgnl_change *change)
{
	const struct sgnl_config *config = sgnl_net_config(sn);
	const struct sgnl_group *group;
	struct sk_buff *skb;
	unsigned int pos;
	void *header;
	int err;

	skb = sgnl_notify_begin(sn, SGNL_CMD_GROUP_EVENT, SGNL_NLGRP_CONFIG,
				GFP_KERNEL, &header);
	if (!skb)
		return;
	group = sgnl_config_group(config, change->group.name, &pos);
	err = nla_put_u8(skb, SGNL_A_GROUP_COMMAND, cmd) ?:
	      put_generation(skb, config);
	if (!err)
		err = group ? put_words(skb, group) :
			      nla_put_string(skb, SGNL_A_GROUP_NAME,
					     change->group.name);
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_CONFIG, GFP_KERNEL, err);
}

const struct sgnl_command sgnl_group_commands[] = {
	{
		.cmd = SGNL_CMD_GROUP_ADD,
		.size = sizeof(struct sgnl_group_args),
		.parse = parse,
		.apply = apply_add,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_GROUP_SET,
		.size = sizeof(struct sgnl_group_args),
		.parse = parse,
		.apply = apply_set,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_GROUP_DEL,
		.size = sizeof(struct sgnl_group_args),
		.parse = parse,
		.apply = apply_del,
		.notify = notify,
	},
	{}
};

static int put_named(struct sk_buff *skb, struct sgnl_net *sn,
		     const struct nlattr *name)
{
	const struct sgnl_config *config;
	const struct sgnl_group *group;
	struct counts counts;
	unsigned int pos;
	int err = -ENOENT;

	mutex_lock(&sn->lock);
	config = sgnl_net_config(sn);
	group = sgnl_config_group(config, nla_data(name), &pos);
	if (group) {
		sgnl_config_group_by_id(config, group->id, &pos);
		count_ports(config, pos, &counts);
		err = put(skb, config, group, counts.ports[0]);
	}
	mutex_unlock(&sn->lock);
	return err;
}

/**
 * sgnl_nl_group_get_doit() - shows one group
 * @skb: the request
 * @info: the request
 *
 * Return: 0, -ENOENT if there is none of the name, or another error.
 */
int sgnl_nl_group_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return sgnl_netlink_show(info, SGNL_A_GROUP_NAME, put_named,
				 "no such group");
}

/**
 * sgnl_nl_group_get_dumpit() - shows all groups, in the order of creation
 * @skb: the dump
 * @cb: the dump
 *
 * Return: bytes put, or an error.
 */
int sgnl_nl_group_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgnl_net *sn = sgnl_net(sock_net(skb->sk));
	struct nlattr *tb[SGNL_A_GROUP_MAX + 1];
	const struct sgnl_config *config;
	struct counts counts = {};
	void *header;
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_GROUP_MAX);
	if (err)
		return err;
	mutex_lock(&sn->lock);
	config = sgnl_net_config(sn);
	cb->seq = config->generation + 1;
	for (; cb->args[0] < config->groups->n; cb->args[0]++) {
		if (cb->args[0] >= counts.first + counts.n)
			count_ports(config, cb->args[0], &counts);
		header = sgnl_netlink_dump_begin(skb, cb);
		if (!header)
			break;
		if (put(skb, config, config->groups->item[cb->args[0]],
			counts.ports[cb->args[0] - counts.first])) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	mutex_unlock(&sn->lock);
	return skb->len;
}
