// SPDX-License-Identifier: GPL-2.0
/* Sessions over netlink. */
#include "netlink.h"
#include "nl_session.h"
#include "nl_txn.h"

/**
 * sgnl_nl_session_put() - puts a session into a message, but for its times
 * @skb: the message
 * @entry: the session
 *
 * Context: under RCU.
 * Return: 0 or -EMSGSIZE.
 */
int sgnl_nl_session_put(struct sk_buff *skb,
			const struct sgnl_session_entry *entry)
{
	const struct sgnl_session *session = &entry->session;
	const struct sgnl_flow *flow = &entry->place.flow;
	unsigned int i;
	int err;

	err = nla_put_u32(skb, SGNL_A_SESSION_IFINDEX,
			  entry->port->ifindex) ?:
	      nla_put_u8(skb, SGNL_A_SESSION_PROTO, flow->proto) ?:
	      sgnl_netlink_put_address(skb, SGNL_A_SESSION_LOCAL_ADDRESS,
				       &flow->local, flow->family) ?:
	      nla_put_u16(skb, SGNL_A_SESSION_LOCAL_PORT,
			  flow->local_port) ?:
	      sgnl_netlink_put_address(skb, SGNL_A_SESSION_PEER_ADDRESS,
				       &flow->peer, flow->family) ?:
	      nla_put_u16(skb, SGNL_A_SESSION_PEER_PORT, flow->peer_port) ?:
	      nla_put_u8(skb, SGNL_A_SESSION_OPENER, session->opener) ?:
	      nla_put_u8(skb, SGNL_A_SESSION_STATE,
			 sgnl_session_shown_state(&session->fsm)) ?:
	      nla_put_u8(skb, SGNL_A_SESSION_REASON, session->reason);
	if (!err && session->rule)
		err = nla_put_u32(skb, SGNL_A_SESSION_RULE, session->rule);
	for (i = 0; !err && i < SGNL_VLAN_DEPTH && flow->vlan[i]; i++)
		err = nla_put_u16(skb, SGNL_A_SESSION_VLAN,
				  flow->vlan[i] & SGNL_VLAN_ID);
	return err;
}

/* A dump of sessions under way. */
struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	struct sgnl_net *sn;
	u64 generation;
	u32 ifindex;
	u32 now;
};

static int put_times(struct sk_buff *skb,
		     const struct sgnl_session_entry *entry, u32 now)
{
	const struct sgnl_session *session = &entry->session;
	u32 limit = sgnl_session_idle(&session->fsm, entry->place.flow.proto,
				      &session->times);
	s32 idle = now - session->last;

	idle = clamp_t(s32, idle, 0, limit);
	return nla_put_u32(skb, SGNL_A_SESSION_AGE, now - session->created) ?:
	       nla_put_u32(skb, SGNL_A_SESSION_IDLE, idle) ?:
	       nla_put_u32(skb, SGNL_A_SESSION_EXPIRES, limit - idle);
}

/* What the snapshot in force says of its port, if there is one yet. */
static const struct sgnl_port_conf *
conf_of(const struct sgnl_session_entry *entry)
{
	return sgnl_config_port(rcu_dereference(entry->port->sn->config),
				entry->port);
}

static int put_pending(struct sk_buff *skb,
		       const struct sgnl_session_entry *entry)
{
	const struct sgnl_session *session = &entry->session;
	const struct sgnl_port_conf *conf = conf_of(entry);

	if (!conf || sgnl_session_is_mark(&session->fsm) ||
	    !sgnl_session_pending(session, conf->judged))
		return 0;
	return nla_put_flag(skb, SGNL_A_SESSION_PENDING);
}

static int put(struct sgnl_session_entry *entry, void *arg)
{
	struct dump *dump = arg;
	void *header;

	header = sgnl_netlink_dump_begin(dump->skb, dump->cb);
	if (!header)
		return -EMSGSIZE;
	if (sgnl_nl_session_put(dump->skb, entry) ||
	    put_times(dump->skb, entry, dump->now) ||
	    put_pending(dump->skb, entry) ||
	    sgnl_netlink_put_u64(dump->skb, SGNL_A_SESSION_GENERATION,
				 dump->generation)) {
		genlmsg_cancel(dump->skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->skb, header);
	return 0;
}

/* Neither expired, nor of a port that is no more. */
static int show(struct sgnl_session_entry *entry, void *arg)
{
	const struct dump *dump = arg;

	if (entry->port->sn != dump->sn ||
	    (dump->ifindex && entry->port->ifindex != dump->ifindex) ||
	    sgnl_session_expired(&entry->session, entry->place.flow.proto,
				 dump->now) ||
	    !conf_of(entry))
		return 0;
	return put(entry, arg);
}

/**
 * sgnl_nl_session_get_dumpit() - shows sessions, live ones and marks
 * @skb: the dump
 * @cb: the dump
 *
 * A session that lives throughout is shown once; those that come and go
 * meanwhile may be shown or not.
 *
 * Return: bytes put, or an error.
 */
int sgnl_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgnl_session_cursor *cursor = (void *)cb->args;
	struct nlattr *tb[SGNL_A_SESSION_MAX + 1];
	struct dump dump = {
		.skb = skb,
		.cb = cb,
		.sn = sgnl_net(sock_net(skb->sk)),
		.now = sgnl_session_now(),
	};
	int err;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->args));
	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_SESSION_MAX);
	if (err)
		return err;
	if (tb[SGNL_A_SESSION_IFINDEX])
		dump.ifindex = nla_get_u32(tb[SGNL_A_SESSION_IFINDEX]);
	rcu_read_lock();
	dump.generation = rcu_dereference(dump.sn->config)->generation;
	rcu_read_unlock();
	sgnl_session_walk(cursor, show, &dump);
	return skb->len;
}

/**
 * sgnl_nl_session_preview_dumpit() - shows what the socket's transaction would
 *                                    end
 * @skb: the dump
 * @cb: the dump
 *
 * The transaction is made anew for each message, and dropped again. So no lock
 * is held while a client reads, and the client is told if something else came
 * into force meanwhile.
 *
 * Return: bytes put, or an error.
 */
int sgnl_nl_session_preview_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	struct nlattr *tb[SGNL_A_SESSION_MAX + 1];
	struct dump dump = {
		.skb = skb,
		.cb = cb,
		.sn = sgnl_net(sock_net(skb->sk)),
		.now = sgnl_session_now(),
	};
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_SESSION_MAX) ?:
	      sgnl_nl_txn_preview(cb, tb[SGNL_A_SESSION_EXPECT],
				  &dump.generation, put, &dump);
	return err ?: skb->len;
}
