// SPDX-License-Identifier: GPL-2.0
/* Explanations over netlink: what would become of a packet. */
#include <linux/slab.h>

#include "../hook/explanation.h"
#include "../hook/guard.h"
#include "../table/audit.h"
#include "../table/session.h"
#include "netlink.h"
#include "nl_txn.h"

/* A reply's size but for its steps and rules. */
#define REPLY_SIZE 256

/* An explanation under way. */
struct explain {
	struct sgnl_explanation e;
	struct sgnl_judgement j;
	struct sgnl_rehearsal r;
};

static int parse_tags(struct sgnl_key *key, struct genl_info *info)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != SGNL_A_EXPLAIN_VLAN)
			continue;
		if (n == SGNL_VLAN_DEPTH) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "vlan: two ids expected at most");
			return -EINVAL;
		}
		key->vlan[n++] = SGNL_VLAN_PRESENT | nla_get_u16(attr);
	}
	return 0;
}

/* Malformed packets are explained too, if they tell their IP version. */
static int parse_packet(struct explain *x, const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	u8 version;

	x->e.data = nla_data(attr);
	x->e.len = nla_len(attr);
	version = x->e.len ? x->e.data[0] >> 4 : 0;
	if (x->e.len > SGNL_EXPLAIN_PACKET_MAX ||
	    (version != SGNL_FAMILY_IPV4 && version != SGNL_FAMILY_IPV6)) {
		NL_SET_ERR_MSG_ATTR(
			extack, attr,
			"packet: an IPv4 or IPv6 packet of up to 9216 bytes expected");
		return -EINVAL;
	}
	x->j.key.family = version;
	return 0;
}

static int parse(struct explain *x, struct genl_info *info)
{
	int err;

	if (GENL_REQ_ATTR_CHECK(info, SGNL_A_EXPLAIN_IFINDEX) ||
	    GENL_REQ_ATTR_CHECK(info, SGNL_A_EXPLAIN_PACKET) ||
	    sgnl_netlink_check_repeated(info->nlhdr, BIT(SGNL_A_EXPLAIN_VLAN),
					info->extack))
		return -EINVAL;
	if (info->attrs[SGNL_A_EXPLAIN_QUEUED] &&
	    info->attrs[SGNL_A_EXPLAIN_CANDIDATE]) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[SGNL_A_EXPLAIN_CANDIDATE],
				    "candidate: not together with queued");
		return -EINVAL;
	}
	x->j.key.multicast = info->attrs[SGNL_A_EXPLAIN_BROADCAST];
	err = parse_packet(x, info->attrs[SGNL_A_EXPLAIN_PACKET], info->extack);
	return err ?: parse_tags(&x->j.key, info);
}

static int put_step(struct sk_buff *skb, enum sgnl_statement statement,
		    enum sgnl_reason reason)
{
	struct nlattr *nest = nla_nest_start(skb, SGNL_A_EXPLAIN_STEP);

	if (!nest || nla_put_u8(skb, SGNL_A_STEP_STATEMENT, statement) ||
	    (reason && nla_put_u8(skb, SGNL_A_STEP_REASON, reason)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/*
 * Statements that a packet did not come to, although they are in front of the one
 * that decides.
 */
static bool is_skipped(enum sgnl_statement s, enum sgnl_reason decides)
{
	switch (decides) {
	case SGNL_REASON_GUARD:
		/* Before all others: sgnl_judgement_closed(). */
		return s != SGNL_STATEMENT_G9;
	case SGNL_REASON_FRAGMENT_TINY:
		/* By its headers alone: sgnl_key_parse(). */
		return s == SGNL_STATEMENT_E1;
	default:
		return false;
	}
}

/*
 * All statements up to the one that decides; those before it have no reason.
 * Where one lets pass what there is no room for, the next is E9, which refuses.
 */
static int put_steps(struct sk_buff *skb, enum sgnl_reason reason,
		     enum sgnl_reason refused)
{
	enum sgnl_reason decides = refused ?: reason;
	enum sgnl_statement last = sgnl_reason_statement(decides);
	enum sgnl_statement s;
	int err;

	for (s = 0; s <= last; s++) {
		if (is_skipped(s, decides))
			continue;
		err = put_step(skb, s, s == last ? decides : 0);
		if (err)
			return err;
	}
	return refused ? put_step(skb, sgnl_reason_statement(reason), reason) :
			 0;
}

static int put_passed(struct sk_buff *skb, const struct sgnl_rehearsal *r)
{
	unsigned int i;

	for (i = 0; i < r->n_passed; i++) {
		struct nlattr *nest =
			nla_nest_start(skb, SGNL_A_EXPLAIN_PASSED_RULE);

		if (!nest ||
		    nla_put_u32(skb, SGNL_A_PASSED_RULE_ID, r->passed[i].id) ||
		    nla_put_u8(skb, SGNL_A_PASSED_RULE_PART, r->passed[i].part))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_session(struct sk_buff *skb, const struct sgnl_rehearsal *r)
{
	const struct sgnl_session *session = &r->session;
	struct nlattr *nest;

	if (!r->has_session)
		return 0;
	nest = nla_nest_start(skb, SGNL_A_EXPLAIN_SESSION);
	if (!nest ||
	    nla_put_u8(skb, SGNL_A_EXPLAIN_SESSION_OPENER, session->opener) ||
	    nla_put_u8(skb, SGNL_A_EXPLAIN_SESSION_STATE,
		       sgnl_session_shown_state(&session->fsm)) ||
	    nla_put_u8(skb, SGNL_A_EXPLAIN_SESSION_REASON, session->reason) ||
	    (session->rule &&
	     nla_put_u32(skb, SGNL_A_EXPLAIN_SESSION_RULE, session->rule)) ||
	    (r->pending && nla_put_flag(skb, SGNL_A_EXPLAIN_SESSION_PENDING)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_rule(struct sk_buff *skb, int type, u32 rule)
{
	return rule ? nla_put_u32(skb, type, rule) : 0;
}

/* Under RCU, in which the judgement was made. */
static int put(struct sk_buff *skb, const struct explain *x)
{
	int err;

	err = put_steps(skb, x->e.reason, x->r.refused)			  ?:
		      nla_put_u8(skb, SGNL_A_EXPLAIN_REASON, x->e.reason) ?:
		      put_rule(skb, SGNL_A_EXPLAIN_RULE, x->e.rule)	  ?:
		      put_passed(skb, &x->r)				  ?:
		      put_session(skb, &x->r);
	if (!err && x->r.opens)
		err = nla_put_flag(skb, SGNL_A_EXPLAIN_OPENS);
	if (!err && x->e.has_answer)
		err = nla_put_u8(skb, SGNL_A_EXPLAIN_ANSWER_REASON, x->e.answer_reason) ?:
			      put_rule(skb, SGNL_A_EXPLAIN_ANSWER_RULE,
				       x->e.answer_rule);
	return err   ?:
		       sgnl_netlink_put_u64(skb, SGNL_A_EXPLAIN_GENERATION,
					    x->j.terms.config->generation);
}

/* Rules that can be passed over: whichever direction is judged. */
static unsigned int rules_of(const struct sgnl_port_conf *conf)
{
	const struct sgnl_policy *policy;

	if (!conf->policy)
		return 0;
	policy = conf->policy->policy;
	return max(policy->n_rules[SGNL_DIRECTION_IN],
		   policy->n_rules[SGNL_DIRECTION_OUT]);
}

static struct sk_buff *new_reply(unsigned int n_rules)
{
	size_t step = nla_total_size(2 * nla_total_size(1));
	size_t rule = nla_total_size(nla_total_size(4) + nla_total_size(1));

	return genlmsg_new(REPLY_SIZE + (SGNL_STATEMENT_MAX + 1) * step +
				   n_rules * rule,
			   GFP_KERNEL);
}

/* Under the namespace's lock, which keeps the rules as they are. */
static int explain(struct explain *x, struct genl_info *info)
{
	unsigned int n = rules_of(x->j.terms.conf);
	struct sk_buff *skb = new_reply(n);
	int err = -ENOMEM;
	void *header;

	x->r.passed =
		kvmalloc_array(max(n, 1u), sizeof(*x->r.passed), GFP_KERNEL);
	if (!skb || !x->r.passed)
		goto free;
	err = -EMSGSIZE;
	header = sgnl_netlink_begin(skb, info);
	if (!header)
		goto free;
	x->j.now = sgnl_session_now();
	x->j.rehearsal = &x->r;
	rcu_read_lock();
	sgnl_explain(&x->j, &x->e);
	err = put(skb, x);
	rcu_read_unlock();
	if (err)
		goto free;
	kvfree(x->r.passed);
	return sgnl_netlink_reply(skb, header, info);

free:
	kvfree(x->r.passed);
	nlmsg_free(skb);
	return err;
}

/* That of what the host receives there, unless the request says another. */
static u8 direction_of(const struct sgnl_port *port, struct genl_info *info)
{
	const struct nlattr *direction = info->attrs[SGNL_A_EXPLAIN_DIRECTION];

	if (direction)
		return nla_get_u8(direction);
	return port->side == SGNL_SIDE_GUEST ? SGNL_DIRECTION_OUT :
					       SGNL_DIRECTION_IN;
}

/* By a snapshot: the one in force, or a transaction's. */
static int explain_by(const struct sgnl_config *config, struct explain *x,
		      struct genl_info *info)
{
	const struct nlattr *ifindex = info->attrs[SGNL_A_EXPLAIN_IFINDEX];
	struct sgnl_net *sn = sgnl_net(genl_info_net(info));

	x->j.terms.sn = sn;
	x->j.terms.config = config;
	x->j.terms.conf =
		sgnl_config_port_by_ifindex(config, sn, nla_get_u32(ifindex));
	if (!x->j.terms.conf &&
	    sgnl_guard_would_hold(sn, config->patterns, nla_get_u32(ifindex))) {
		NL_SET_ERR_MSG_ATTR(
			info->extack, ifindex,
			"the device is no port, and a guard pattern closes it");
		return -EACCES;
	}
	if (!x->j.terms.conf) {
		NL_SET_ERR_MSG_ATTR(info->extack, ifindex,
				    "the device is no port");
		return -ENOENT;
	}
	x->j.port = x->j.terms.conf->port;
	x->j.key.direction = direction_of(x->j.port, info);
	return explain(x, info);
}

/* An explanation by what a transaction would make. */
struct queued {
	struct explain *x;
	struct genl_info *info;
};

static int explain_queued(struct sgnl_txn *txn, void *arg)
{
	struct queued *queued = arg;

	queued->x->j.terms.next = true;
	return explain_by(txn->config, queued->x, queued->info);
}

/* By what committing the audit would make. */
static int explain_candidate(struct explain *x, struct genl_info *info)
{
	struct sgnl_txn txn;
	int err;

	err = sgnl_txn_begin(&txn, sgnl_net(genl_info_net(info)), false);
	if (err) {
		sgnl_netlink_fail(info->extack, &txn);
		return err;
	}
	x->j.terms.next = true;
	err = sgnl_audit_take(&txn) ?:
		      sgnl_txn_prepare(&txn) ?:
		      explain_by(txn.config, x, info);
	sgnl_txn_abort(&txn);
	sgnl_txn_end(&txn);
	if (err)
		sgnl_netlink_fail(info->extack, &txn);
	return err;
}

/**
 * sgnl_nl_explain_get_doit() - tells what would become of a packet
 * @skb: the request
 * @info: the request
 *
 * Return: 0, -ENOENT if the device is no port, or there is no audit that was
 * asked for, -EACCES if a guard pattern closes what is no port, or another
 * error.
 */
int sgnl_nl_explain_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sgnl_net *sn = sgnl_net(genl_info_net(info));
	struct explain x = {};
	struct queued queued = { .x = &x, .info = info };
	const struct sgnl_nl_txn_look look = {
		.fate = SGNL_FATE_KEEP,
		.at = explain_queued,
		.arg = &queued,
	};
	int err;

	err = parse(&x, info);
	if (err)
		return err;
	if (info->attrs[SGNL_A_EXPLAIN_QUEUED])
		return sgnl_nl_txn_look(genl_info_net(info), info->snd_portid,
					info->extack, &look);
	if (info->attrs[SGNL_A_EXPLAIN_CANDIDATE])
		return explain_candidate(&x, info);
	mutex_lock(&sn->lock);
	err = explain_by(sgnl_net_config(sn), &x, info);
	mutex_unlock(&sn->lock);
	return err;
}
