// SPDX-License-Identifier: GPL-2.0
/* Audits over netlink: how they end, and what they have counted. */
#include "../table/audit.h"
#include "netlink.h"

/**
 * sgnl_nl_audit_stop_doit() - ends the audit, and forgets what it has counted
 * @skb: the request
 * @info: the request, of any socket
 *
 * Return: 0, or -ENOENT if there is none.
 */
int sgnl_nl_audit_stop_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err = sgnl_audit_stop(sgnl_net(genl_info_net(info)));

	if (err)
		NL_SET_ERR_MSG(info->extack, "there is no audit");
	return err;
}

static int put_audit(struct sk_buff *skb, const struct sgnl_audit *audit)
{
	int err;

	err = sgnl_netlink_put_u64(skb, SGNL_A_AUDIT_SINCE, audit->since) ?:
		      sgnl_netlink_put_u64(skb, SGNL_A_AUDIT_BEGUN, audit->begun) ?:
		      sgnl_netlink_put_u64(skb, SGNL_A_AUDIT_JUDGED, sgnl_audit_judged(audit)) ?:
		      sgnl_netlink_put_u64(skb, SGNL_A_AUDIT_WOULD_DROP, atomic64_read(&audit->would[false])) ?:
		      sgnl_netlink_put_u64(skb, SGNL_A_AUDIT_WOULD_PASS,
					   atomic64_read(&audit->would[true]));
	if (!err && audit->ended)
		err = sgnl_netlink_put_u64(skb, SGNL_A_AUDIT_ENDED,
					   audit->ended);
	return err;
}

static int put_difference(struct sk_buff *skb,
			  const struct sgnl_audit_difference *difference)
{
	const struct sgnl_audit_pair *pair = &difference->pair;
	int err;

	err = nla_put_u8(skb, SGNL_A_AUDIT_DIRECTION, pair->direction) ?:
		      nla_put_u8(skb, SGNL_A_AUDIT_REASON, pair->reason) ?:
		      nla_put_u8(skb, SGNL_A_AUDIT_WOULD_REASON, pair->would_reason) ?:
		      sgnl_netlink_put_u64(skb, SGNL_A_AUDIT_PACKETS,
					   atomic64_read(&difference->packets));
	if (!err && pair->rule)
		err = nla_put_u32(skb, SGNL_A_AUDIT_RULE, pair->rule);
	if (!err && pair->would_rule)
		err = nla_put_u32(skb, SGNL_A_AUDIT_WOULD_RULE,
				  pair->would_rule);
	return err;
}

/* The audit itself, and then its differences; -EMSGSIZE if there is no room. */
static int put(struct sk_buff *skb, struct netlink_callback *cb,
	       const struct sgnl_audit *audit, unsigned int at)
{
	const struct sgnl_audit_difference *difference;
	void *header;
	int err;

	difference = at ? &audit->difference[at - 1] : NULL;
	/* Behind it there is the pair. */
	if (difference && !smp_load_acquire(&difference->used))
		return 0;
	header = sgnl_netlink_dump_begin(skb, cb);
	if (!header)
		return -EMSGSIZE;
	err = difference ? put_difference(skb, difference) :
			   put_audit(skb, audit);
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

/**
 * sgnl_nl_audit_get_dumpit() - shows the audit and what it has counted
 * @skb: the dump
 * @cb: the dump
 *
 * Return: bytes put, -ENOENT if there is none, or another error.
 */
int sgnl_nl_audit_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgnl_net *sn = sgnl_net(sock_net(skb->sk));
	struct nlattr *tb[SGNL_A_AUDIT_MAX + 1];
	const struct sgnl_audit *audit;
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_AUDIT_MAX);
	if (err)
		return err;
	mutex_lock(&sn->lock);
	audit = sn->audited;
	if (!audit) {
		mutex_unlock(&sn->lock);
		NL_SET_ERR_MSG(cb->extack, "there is no audit");
		return -ENOENT;
	}
	cb->seq = audit->number;
	for (; cb->args[0] <= SGNL_AUDIT_DIFFERENCES; cb->args[0]++)
		if (put(skb, cb, audit, cb->args[0]))
			break;
	mutex_unlock(&sn->lock);
	return skb->len;
}
