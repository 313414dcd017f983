// SPDX-License-Identifier: GPL-2.0
/* Counters over netlink. */
#include "../core/reason.h"
#include "../table/part.h"
#include "../table/txn_confirm.h"
#include "netlink.h"

static int put_counter(struct sk_buff *skb, int type, unsigned int reason,
		       u64 packets)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u8(skb, SGNL_A_COUNTER_REASON, reason) ||
	    nla_put_string(skb, SGNL_A_COUNTER_NAME,
			   sgnl_reasons[reason].name) ||
	    sgnl_netlink_put_u64(skb, SGNL_A_COUNTER_PACKETS, packets))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_generation(struct sk_buff *skb, const struct sgnl_config *config)
{
	return sgnl_netlink_put_u64(skb, SGNL_A_STATS_GENERATION,
				    config->generation);
}

/* The counters of a port that are not 0. */
static int put_port(struct sk_buff *skb, const struct sgnl_config *config,
		    const struct sgnl_port *port)
{
	struct sgnl_stats sum;
	unsigned int reason;
	int err;

	sgnl_stats_sum(port->stats, &sum);
	err = nla_put_u32(skb, SGNL_A_STATS_IFINDEX, port->ifindex) ?:
	      nla_put_u32(skb, SGNL_A_STATS_SESSIONS,
			  atomic_read(&port->sessions)) ?:
	      put_generation(skb, config);
	for (reason = 0; !err && reason <= SGNL_REASON_MAX; reason++) {
		u64 in = sum.packets[SGNL_DIRECTION_IN][reason];
		u64 out = sum.packets[SGNL_DIRECTION_OUT][reason];

		if (in)
			err = put_counter(skb, SGNL_A_STATS_COUNTER_IN, reason,
					  in);
		if (!err && out)
			err = put_counter(skb, SGNL_A_STATS_COUNTER_OUT, reason,
					  out);
	}
	return err;
}

static int put_namespace(struct sk_buff *skb, const struct sgnl_net *sn,
			 const struct sgnl_config *config)
{
	u32 confirm = sgnl_confirm_seconds(sn);

	return nla_put_u32(skb, SGNL_A_STATS_GROUPS, config->groups->n) ?:
	       nla_put_u32(skb, SGNL_A_STATS_PORTS, config->n_ports) ?:
	       nla_put_u32(skb, SGNL_A_STATS_MEMBERS, sn->members.n) ?:
	       nla_put_u32(skb, SGNL_A_STATS_SESSIONS,
			   atomic_read(&sn->sessions)) ?:
	       nla_put_u32(skb, SGNL_A_STATS_POLICIES, sn->policies.n) ?:
	       sgnl_netlink_put_u64(skb, SGNL_A_STATS_POLICIES_COMPILED, sn->policies.compiled) ?:
	       sgnl_netlink_put_u64(skb, SGNL_A_STATS_EVENTS_LOST, atomic64_read(&sn->events_lost)) ?:
	       put_generation(skb, config) ?:
	       (confirm ? nla_put_u32(skb, SGNL_A_STATS_CONFIRM, confirm) : 0) ?:
	       (net_eq(sn->net, &init_net) ? sgnl_netlink_put_u64(skb, SGNL_A_STATS_SESSION_BYTES, sgnl_part_bytes()) : 0);
}

/**
 * sgnl_nl_stats_get_dumpit() - shows counters: the namespace's, then each
 *                              port's
 * @skb: the dump
 * @cb: the dump
 *
 * Return: bytes put, or an error.
 */
int sgnl_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgnl_net *sn = sgnl_net(sock_net(skb->sk));
	struct nlattr *tb[SGNL_A_STATS_MAX + 1];
	const struct sgnl_config *config;
	void *header;
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_STATS_MAX);
	if (err)
		return err;
	mutex_lock(&sn->lock);
	config = sgnl_net_config(sn);
	cb->seq = config->generation + 1;
	/* 0 stands for the namespace, n for the port in slot n - 1. */
	for (; cb->args[0] <= config->ports->n; cb->args[0]++) {
		const struct sgnl_port_conf *conf = NULL;

		if (cb->args[0]) {
			conf = config->ports->item[cb->args[0] - 1];
			if (!conf)
				continue;
		}
		header = sgnl_netlink_dump_begin(skb, cb);
		if (!header)
			break;
		err = conf ? put_port(skb, config, conf->port) :
			     put_namespace(skb, sn, config);
		if (err) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	mutex_unlock(&sn->lock);
	return skb->len;
}
