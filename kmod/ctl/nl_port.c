// SPDX-License-Identifier: GPL-2.0
/* Ports over netlink. */
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>

#include "netlink.h"
#include "nl_port.h"
#include "notify.h"

static int fail(struct netlink_ext_ack *extack, const struct nlattr *attr,
		const char *text)
{
	extack->_msg = text;
	extack->bad_attr = attr;
	return -EINVAL;
}

static int parse_group(struct sgnl_port_args *args, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	char *name = args->group[args->n_groups];
	int err;

	if (args->n_groups == SGNL_PORT_GROUPS_MAX) {
		fail(extack, attr, "groups: at most 10 expected");
		return -ENOSPC;
	}
	err = sgnl_netlink_group_name(attr, extack);
	if (err)
		return err;
	nla_strscpy(name, attr, sizeof(args->group[0]));
	args->n_groups++;
	return 0;
}

static int parse_address(struct sgnl_port_args *args, const struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	struct sgnl_port_address *address = &args->address[args->n_addresses];
	unsigned int i;
	int err;

	if (args->n_addresses == SGNL_PORT_ADDRESSES_MAX)
		return fail(extack, attr, "addresses: at most 64 expected");
	err = sgnl_netlink_address(attr, &address->addr, &address->family,
				   extack);
	if (err)
		return err;
	if (!sgnl_addr_can_be_member(&address->addr, address->family))
		return fail(extack, attr,
			    "address: a unicast address that is neither loopback nor link-local expected");
	for (i = 0; i < args->n_addresses; i++)
		if (args->address[i].family == address->family &&
		    sgnl_addr_equal(&args->address[i].addr, &address->addr))
			return fail(extack, attr,
				    "address: it is there twice, once expected");
	args->n_addresses++;
	args->has_addresses = true;
	return 0;
}

static int parse_ethertype(struct sgnl_port_args *args,
			   const struct nlattr *attr,
			   struct netlink_ext_ack *extack)
{
	u16 type = nla_get_u16(attr);

	if (args->n_ethertypes == SGNL_PORT_ETHERTYPES_MAX)
		return fail(extack, attr, "ethertypes: at most 16 expected");
	switch (type) {
	case ETH_P_IP:
	case ETH_P_IPV6:
	case ETH_P_8021Q:
	case ETH_P_8021AD:
		return fail(extack, attr,
			    "ethertype: one other than IP, IPv6 and VLAN tags expected");
	}
	args->ethertype[args->n_ethertypes++] = type;
	args->has_ethertypes = true;
	return 0;
}

/* The attributes that may be there several times. */
static int parse_lists(struct sgnl_port_args *args, const struct nlmsghdr *nlh,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int err = 0;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		switch (nla_type(attr)) {
		case SGNL_A_PORT_GROUP:
			err = parse_group(args, attr, extack);
			break;
		case SGNL_A_PORT_ADDRESS:
			err = parse_address(args, attr, extack);
			break;
		case SGNL_A_PORT_ETHERTYPE:
			err = parse_ethertype(args, attr, extack);
			break;
		}
		if (err)
			return err;
	}
	return 0;
}

/* The attribute of each setting, and its size in bytes. */
static const struct {
	u16 attr;
	u8 size;
} settings[SGNL_PORT_SETTINGS] = {
	[SGNL_PORT_SMTP] = { SGNL_A_PORT_SMTP, 1 },
	[SGNL_PORT_TRUNK] = { SGNL_A_PORT_TRUNK, 1 },
	[SGNL_PORT_GUARD] = { SGNL_A_PORT_GUARD, 1 },
	[SGNL_PORT_PMTUD] = { SGNL_A_PORT_PMTUD, 1 },
	[SGNL_PORT_ADOPT] = { SGNL_A_PORT_ADOPT, 2 },
	[SGNL_PORT_IDLE_ESTABLISHED] = { SGNL_A_PORT_IDLE_ESTABLISHED, 2 },
	[SGNL_PORT_IDLE_CLOSING] = { SGNL_A_PORT_IDLE_CLOSING, 2 },
	[SGNL_PORT_IDLE_OTHER] = { SGNL_A_PORT_IDLE_OTHER, 2 },
	[SGNL_PORT_SESSIONS] = { SGNL_A_PORT_SESSIONS_MAX, 4 },
	[SGNL_PORT_FOLLOW] = { SGNL_A_PORT_FOLLOW, 1 },
};

static void parse_settings(struct sgnl_port_args *args, struct nlattr **tb)
{
	unsigned int i;

	for (i = 0; i < SGNL_PORT_SETTINGS; i++) {
		const struct nlattr *attr = tb[settings[i].attr];

		if (!attr)
			continue;
		args->given |= BIT(i);
		args->setting[i] = settings[i].size == 1 ? nla_get_u8(attr) :
				   settings[i].size == 2 ? nla_get_u16(attr) :
							   nla_get_u32(attr);
	}
}

static int parse(struct sgnl_change *change, struct nlattr **tb,
		 const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	struct sgnl_port_args *args = &change->port;
	int err;

	if (!tb[SGNL_A_PORT_IFINDEX])
		return fail(extack, NULL, "ifindex: missing");
	args->ifindex = nla_get_u32(tb[SGNL_A_PORT_IFINDEX]);
	err = parse_lists(args, nlh, extack);
	if (err)
		return err;
	if (tb[SGNL_A_PORT_SIDE])
		args->side = nla_get_u8(tb[SGNL_A_PORT_SIDE]);
	parse_settings(args, tb);
	/* Beyond what a policy says in 16 bits; ranges are not const in 6.1. */
	if (args->given & BIT(SGNL_PORT_SESSIONS) &&
	    args->setting[SGNL_PORT_SESSIONS] > SGNL_NET_SESSIONS_MAX)
		return fail(extack, tb[SGNL_A_PORT_SESSIONS_MAX],
			    "sessions-max: 1 to 12582912 expected");
	if (tb[SGNL_A_PORT_CLEAR_ADDRESS]) {
		if (args->n_addresses)
			return fail(extack, tb[SGNL_A_PORT_CLEAR_ADDRESS],
				    "clear-address: no addresses expected with it");
		args->has_addresses = true;
	}
	if (args->has_addresses) {
		if (args->setting[SGNL_PORT_FOLLOW])
			return fail(extack, tb[SGNL_A_PORT_FOLLOW],
				    "follow: no addresses expected with it");
		args->given |= BIT(SGNL_PORT_FOLLOW); /* it does no longer */
	}
	if (tb[SGNL_A_PORT_CLEAR_ETHERTYPE]) {
		if (args->n_ethertypes)
			return fail(extack, tb[SGNL_A_PORT_CLEAR_ETHERTYPE],
				    "clear-ethertype: no ethertypes expected with it");
		args->has_ethertypes = true;
	}
	return 0;
}

static int parse_add(struct sgnl_change *change, struct nlattr **tb,
		     const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	if (!tb[SGNL_A_PORT_SIDE])
		return fail(extack, NULL,
			    "side: missing; guest or self expected");
	return parse(change, tb, nlh, extack);
}

static int parse_groups(struct sgnl_change *change, struct nlattr **tb,
			const struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	if (!tb[SGNL_A_PORT_GROUP])
		return fail(extack, NULL, "groups: at least one expected");
	return parse(change, tb, nlh, extack);
}

static int apply_add(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_port_add(txn, &change->port) ?: 1;
}

static int apply_set(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_port_set(txn, &change->port) ?: 1;
}

static int apply_del(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_port_del(txn, change->port.ifindex) ?: 1;
}

static int apply_join(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_port_join(txn, &change->port) ?: 1;
}

static int apply_leave(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_port_leave(txn, &change->port) ?: 1;
}

static int apply_move(struct sgnl_txn *txn, struct sgnl_change *change)
{
	return sgnl_txn_port_move(txn, &change->port) ?: 1;
}

static int put_lists(struct sk_buff *skb, const struct sgnl_config *config,
		     const struct sgnl_port_conf *conf)
{
	unsigned int i, pos;
	int err = 0;

	for (i = 0; !err && i < conf->n_groups; i++)
		err = nla_put_string(skb, SGNL_A_PORT_GROUP,
				     sgnl_config_group_by_id(config,
							     conf->group[i],
							     &pos)
					     ->name);
	for (i = 0; !err && i < conf->n_addresses; i++)
		err = sgnl_netlink_put_address(skb, SGNL_A_PORT_ADDRESS,
					       &conf->address[i].addr,
					       conf->address[i].family);
	for (i = 0; !err && i < conf->n_ethertypes; i++)
		err = nla_put_u16(skb, SGNL_A_PORT_ETHERTYPE,
				  conf->ethertype[i]);
	return err;
}

static int put_generation(struct sk_buff *skb, const struct sgnl_config *config)
{
	return sgnl_netlink_put_u64(skb, SGNL_A_PORT_GENERATION,
				    config->generation);
}

static int put_settings(struct sk_buff *skb, const struct sgnl_port_conf *conf)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < SGNL_PORT_SETTINGS; i++) {
		u16 attr = settings[i].attr;
		u32 value = conf->setting[i];

		err = settings[i].size == 1 ? nla_put_u8(skb, attr, value) :
		      settings[i].size == 2 ? nla_put_u16(skb, attr, value) :
					      nla_put_u32(skb, attr, value);
	}
	return err;
}

static int put_words(struct sk_buff *skb, const struct sgnl_config *config,
		     const struct sgnl_port_conf *conf)
{
	const struct sgnl_port *port = conf->port;

	ASSERT_RTNL(); /* the device's name */
	return nla_put_u32(skb, SGNL_A_PORT_IFINDEX, port->ifindex) ?:
		       nla_put_string(skb, SGNL_A_PORT_IFNAME, port->dev->name) ?:
		       nla_put_u32(skb, SGNL_A_PORT_ID, port->id)    ?:
		       nla_put_u8(skb, SGNL_A_PORT_SIDE, port->side) ?:
		       put_settings(skb, conf)			     ?:
		       put_lists(skb, config, conf)		     ?:
		       put_generation(skb, config);
}

static int put(struct sk_buff *skb, const struct sgnl_config *config,
	       const struct sgnl_port_conf *conf)
{
	return put_words(skb, config, conf)			    ?:
		       nla_put_u32(skb, SGNL_A_PORT_VPC, conf->vpc) ?:
		       nla_put_u32(skb, SGNL_A_PORT_RULES, sgnl_config_port_cost(config, conf)) ?:
		       nla_put_u32(skb, SGNL_A_PORT_SESSIONS,
				   atomic_read(&conf->port->sessions));
}

static void notify_ifindex(struct sgnl_net *sn, u8 cmd, int ifindex)
{
	const struct sgnl_config *config = sgnl_net_config(sn);
	const struct sgnl_port_conf *conf;
	struct sk_buff *skb;
	void *header;
	int err;

	skb = sgnl_notify_begin(sn, SGNL_CMD_PORT_EVENT, SGNL_NLGRP_CONFIG,
				GFP_KERNEL, &header);
	if (!skb)
		return;
	conf = sgnl_config_port_by_ifindex(config, sn, ifindex);
	err = nla_put_u8(skb, SGNL_A_PORT_COMMAND, cmd);
	if (!err)
		err = conf ? put_words(skb, config, conf) :
		      nla_put_u32(skb, SGNL_A_PORT_IFINDEX, ifindex) ?:
			     put_generation(skb, config);
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_CONFIG, GFP_KERNEL, err);
}

static void notify(struct sgnl_net *sn, u8 cmd,
		   const struct sgnl_change *change)
{
	notify_ifindex(sn, cmd, change->port.ifindex);
}

/**
 * sgnl_nl_port_gone() - tells listeners of a port whose device has gone
 * @sn: the namespace
 * @ifindex: number of the device
 *
 * Context: may sleep; under RTNL.
 */
void sgnl_nl_port_gone(struct sgnl_net *sn, int ifindex)
{
	mutex_lock(&sn->lock);
	notify_ifindex(sn, SGNL_CMD_PORT_DEL, ifindex);
	mutex_unlock(&sn->lock);
}

/**
 * sgnl_nl_port_followed() - tells listeners of a port whose addresses changed
 * @sn: the namespace
 * @ifindex: number of the device
 *
 * Context: may sleep; under RTNL and the namespace's lock.
 */
void sgnl_nl_port_followed(struct sgnl_net *sn, int ifindex)
{
	notify_ifindex(sn, SGNL_CMD_PORT_SET, ifindex);
}

#define REPEATED \
	(BIT(SGNL_A_PORT_GROUP) | BIT(SGNL_A_PORT_ADDRESS) | \
	 BIT(SGNL_A_PORT_ETHERTYPE))

const struct sgnl_command sgnl_port_commands[] = {
	{
		.cmd = SGNL_CMD_PORT_ADD,
		.repeated = REPEATED,
		.rtnl = true,
		.size = sizeof(struct sgnl_port_args),
		.parse = parse_add,
		.apply = apply_add,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_PORT_SET,
		.repeated = REPEATED,
		.rtnl = true,
		.size = sizeof(struct sgnl_port_args),
		.parse = parse,
		.apply = apply_set,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_PORT_DEL,
		.rtnl = true,
		.size = sizeof(struct sgnl_port_args),
		.parse = parse,
		.apply = apply_del,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_PORT_JOIN,
		.repeated = REPEATED,
		.rtnl = true,
		.size = sizeof(struct sgnl_port_args),
		.parse = parse_groups,
		.apply = apply_join,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_PORT_LEAVE,
		.repeated = REPEATED,
		.rtnl = true,
		.size = sizeof(struct sgnl_port_args),
		.parse = parse_groups,
		.apply = apply_leave,
		.notify = notify,
	},
	{
		.cmd = SGNL_CMD_PORT_MOVE,
		.repeated = REPEATED,
		.rtnl = true,
		.size = sizeof(struct sgnl_port_args),
		.parse = parse_groups,
		.apply = apply_move,
		.notify = notify,
	},
	{}
};

static void lock(struct sgnl_net *sn)
{
	rtnl_lock();
	mutex_lock(&sn->lock);
}

static void unlock(struct sgnl_net *sn)
{
	mutex_unlock(&sn->lock);
	rtnl_unlock();
}

static int put_by_ifindex(struct sk_buff *skb, struct sgnl_net *sn,
			  const struct nlattr *ifindex)
{
	const struct sgnl_port_conf *conf;
	int err = -ENOENT;

	lock(sn);
	conf = sgnl_config_port_by_ifindex(sgnl_net_config(sn), sn,
					   nla_get_u32(ifindex));
	if (conf)
		err = put(skb, sgnl_net_config(sn), conf);
	unlock(sn);
	return err;
}

/**
 * sgnl_nl_port_get_doit() - shows one port
 * @skb: the request
 * @info: the request
 *
 * Return: 0, -ENOENT if the device is no port, or another error.
 */
int sgnl_nl_port_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return sgnl_netlink_show(info, SGNL_A_PORT_IFINDEX, put_by_ifindex,
				 "the device is no port");
}

/**
 * sgnl_nl_port_get_dumpit() - shows all ports
 * @skb: the dump
 * @cb: the dump
 *
 * Return: bytes put, or an error.
 */
int sgnl_nl_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgnl_net *sn = sgnl_net(sock_net(skb->sk));
	struct nlattr *tb[SGNL_A_PORT_MAX + 1];
	const struct sgnl_config *config;
	void *header;
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_PORT_MAX);
	if (err)
		return err;
	lock(sn);
	config = sgnl_net_config(sn);
	cb->seq = config->generation + 1;
	for (; cb->args[0] < config->ports->n; cb->args[0]++) {
		const struct sgnl_port_conf *conf;

		conf = config->ports->item[cb->args[0]];
		if (!conf)
			continue;
		header = sgnl_netlink_dump_begin(skb, cb);
		if (!header)
			break;
		if (put(skb, config, conf)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	unlock(sn);
	return skb->len;
}
