// SPDX-License-Identifier: GPL-2.0
/* Sessions over netlink. */
#include <linux/in.h>

#include "../table/verdict.h"
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
	s32 age = now - session->created;

	idle = clamp_t(s32, idle, 0, limit);
	/* It may have begun since the clock was read, and ages wrap. */
	age = max(age, idle);
	return nla_put_u32(skb, SGNL_A_SESSION_AGE, age) ?:
	       nla_put_u32(skb, SGNL_A_SESSION_IDLE, idle) ?:
	       nla_put_u32(skb, SGNL_A_SESSION_EXPIRES, limit - idle);
}

/* What a session is loaded by elsewhere, beside all that people look at. */
static int put_fsm(struct sk_buff *skb, const struct sgnl_session_fsm *fsm)
{
	return nla_put_u8(skb, SGNL_A_SESSION_PHASE, fsm->phase) ?:
	       nla_put_u8(skb, SGNL_A_SESSION_RESET_BY, fsm->reset_by);
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
	    put_fsm(dump->skb, &entry->session.fsm) ||
	    sgnl_netlink_put_u64(dump->skb, SGNL_A_SESSION_GENERATION,
				 dump->generation)) {
		genlmsg_cancel(dump->skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->skb, header);
	return 0;
}

static bool wants(const struct sgnl_port *port, void *arg)
{
	const struct dump *dump = arg;

	return port->sn == dump->sn &&
	       (!dump->ifindex || port->ifindex == dump->ifindex);
}

/* Neither expired, nor of a port that is no more. */
static int show(struct sgnl_session_entry *entry, void *arg)
{
	const struct dump *dump = arg;

	if (sgnl_session_expired(&entry->session, entry->place.flow.proto,
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
	sgnl_session_walk(cursor, wants, show, &dump);
	return skb->len;
}

/* That it stops is for want of room: the next message goes on. */
static int put_ended(struct sgnl_txn *txn, void *arg)
{
	struct dump *dump = arg;

	dump->generation = sgnl_net_config(txn->sn)->generation;
	dump->cb->seq = dump->generation + 1;
	sgnl_txn_preview(txn, (void *)dump->cb->args, put, dump);
	return 0;
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
	struct sgnl_nl_txn_look look = {
		.fate = SGNL_FATE_CUT,
		.at = put_ended,
		.arg = &dump,
	};
	int err;

	err = sgnl_netlink_dump_parse(cb, tb, SGNL_A_SESSION_MAX);
	if (err)
		return err;
	look.expect = tb[SGNL_A_SESSION_EXPECT];
	err = sgnl_nl_txn_look(sock_net(skb->sk), NETLINK_CB(cb->skb).portid,
			       cb->extack, &look);
	return err ?: skb->len;
}

/* A slot has 24 bits of when its session began; some later is told from it. */
#define AGE_MAX 16776960

/* A session that is to be loaded, with its times as ages. */
struct load {
	struct sgnl_flow flow;
	struct sgnl_session_fsm fsm;
	u8 opener;
	u32 age;
	u32 idle;
};

static int bad(struct netlink_ext_ack *extack, const struct nlattr *attr,
	       const char *text)
{
	extack->bad_attr = attr;
	extack->_msg = text;
	return -EINVAL;
}

static int parse_addresses(struct sgnl_flow *flow, struct genl_info *info)
{
	const struct nlattr *local = info->attrs[SGNL_A_SESSION_LOCAL_ADDRESS];
	const struct nlattr *peer = info->attrs[SGNL_A_SESSION_PEER_ADDRESS];
	u8 family;
	int err;

	err = sgnl_netlink_address(local, &flow->local, &flow->family,
				   info->extack) ?:
	      sgnl_netlink_address(peer, &flow->peer, &family, info->extack);
	if (err)
		return err;
	if (family != flow->family)
		return bad(info->extack, peer,
			   "peer-address: the family of local-address expected");
	if (sgnl_addr_multicast(&flow->local, family))
		return bad(info->extack, local,
			   "local-address: a unicast address expected");
	if (sgnl_addr_multicast(&flow->peer, family))
		return bad(info->extack, peer,
			   "peer-address: a unicast address expected");
	return 0;
}

/* TCP and UDP have ports, an echo has its id in the place of both. */
static int parse_ports(struct sgnl_flow *flow, struct genl_info *info)
{
	const struct nlattr *local = info->attrs[SGNL_A_SESSION_LOCAL_PORT];
	const struct nlattr *peer = info->attrs[SGNL_A_SESSION_PEER_PORT];
	const struct sgnl_key key = { .family = flow->family,
				      .proto = flow->proto };
	bool echo = sgnl_key_is_icmp(&key);

	if (echo || flow->proto == IPPROTO_TCP || flow->proto == IPPROTO_UDP) {
		if (GENL_REQ_ATTR_CHECK(info, SGNL_A_SESSION_LOCAL_PORT) ||
		    GENL_REQ_ATTR_CHECK(info, SGNL_A_SESSION_PEER_PORT))
			return -EINVAL;
	}
	flow->local_port = local ? nla_get_u16(local) : 0;
	flow->peer_port = peer ? nla_get_u16(peer) : 0;
	if (echo && flow->peer_port != flow->local_port)
		return bad(info->extack, peer,
			   "peer-port: an echo's id expected, as in local-port");
	if (echo || flow->proto == IPPROTO_TCP || flow->proto == IPPROTO_UDP)
		return 0;
	if (flow->local_port || flow->peer_port)
		return bad(info->extack, flow->local_port ? local : peer,
			   "port: 0 or none expected, but of TCP, UDP and echo");
	return 0;
}

static int parse_tags(struct sgnl_flow *flow, struct genl_info *info)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != SGNL_A_SESSION_VLAN)
			continue;
		if (n == SGNL_VLAN_DEPTH)
			return bad(info->extack, attr,
				   "vlan: two ids expected at most");
		flow->vlan[n++] = SGNL_VLAN_PRESENT | nla_get_u16(attr);
	}
	return 0;
}

static int parse_state(struct load *load, struct genl_info *info)
{
	struct nlattr **tb = info->attrs;

	load->opener = nla_get_u8(tb[SGNL_A_SESSION_OPENER]);
	load->fsm.phase = nla_get_u8(tb[SGNL_A_SESSION_PHASE]);
	if (tb[SGNL_A_SESSION_RESET_BY])
		load->fsm.reset_by = nla_get_u8(tb[SGNL_A_SESSION_RESET_BY]);
	load->age = nla_get_u32(tb[SGNL_A_SESSION_AGE]);
	load->idle = nla_get_u32(tb[SGNL_A_SESSION_IDLE]);
	if (!sgnl_session_reachable(&load->fsm, load->flow.proto))
		return bad(info->extack, tb[SGNL_A_SESSION_PHASE],
			   "phase, reset-by: those expected that a session of the protocol comes to");
	if (load->age > AGE_MAX)
		return bad(info->extack, tb[SGNL_A_SESSION_AGE],
			   "age: up to 16776960 expected");
	if (load->idle > load->age)
		return bad(info->extack, tb[SGNL_A_SESSION_IDLE],
			   "idle: no more than age expected");
	return 0;
}

static int parse_load(struct load *load, struct genl_info *info)
{
	static const int needed[] = {
		SGNL_A_SESSION_IFINDEX,	      SGNL_A_SESSION_PROTO,
		SGNL_A_SESSION_LOCAL_ADDRESS, SGNL_A_SESSION_PEER_ADDRESS,
		SGNL_A_SESSION_OPENER,	      SGNL_A_SESSION_PHASE,
		SGNL_A_SESSION_AGE,	      SGNL_A_SESSION_IDLE,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (GENL_REQ_ATTR_CHECK(info, needed[i]))
			return -EINVAL;
	load->flow.proto = nla_get_u8(info->attrs[SGNL_A_SESSION_PROTO]);
	return sgnl_netlink_check_repeated(info->nlhdr,
					   BIT(SGNL_A_SESSION_VLAN),
					   info->extack) ?:
	       parse_addresses(&load->flow, info) ?:
	       parse_ports(&load->flow, info) ?:
	       parse_tags(&load->flow, info) ?:
	       parse_state(load, info);
}

static enum sgnl_session_outcome outcome_of(int err,
					    struct sgnl_session *session)
{
	if (!err)
		return SGNL_SESSION_OUTCOME_LOADED;
	/* What lets it does not matter then. */
	session->rule = 0;
	session->reason = SGNL_REASON_UNSPEC;
	if (err == -EEXIST)
		return SGNL_SESSION_OUTCOME_PRESENT;
	session->reason = err == -ENOSPC ? SGNL_REASON_QUOTA :
					   SGNL_REASON_NO_MEMORY;
	return SGNL_SESSION_OUTCOME_REFUSED;
}

/* Under the namespace's lock, and RCU. Why is told in the session. */
static enum sgnl_session_outcome load_session(const struct load *load,
					      const struct sgnl_terms *terms,
					      struct sgnl_session *session)
{
	const struct sgnl_port_conf *conf = terms->conf;
	struct sgnl_key key = sgnl_flow_key(&load->flow, load->opener);
	struct sgnl_session_place place = sgnl_session_place(&key, conf->port);
	u32 now = sgnl_session_now();

	*session = sgnl_session_begin(conf, load->opener, SGNL_REASON_UNSPEC, 0,
				      now);
	session->fsm = load->fsm;
	session->last = now - load->idle;
	session->created = now - load->age;
	if (sgnl_session_expired(session, load->flow.proto, now))
		return SGNL_SESSION_OUTCOME_EXPIRED;
	if (!sgnl_verdict_saved(terms, &load->flow, session))
		return SGNL_SESSION_OUTCOME_REFUSED;
	return outcome_of(sgnl_session_load(conf, &place, session, now),
			  session);
}

static int reply_outcome(struct genl_info *info, u8 outcome,
			 const struct sgnl_session *session)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;
	int err;

	if (!skb)
		return -ENOMEM;
	header = sgnl_netlink_begin(skb, info);
	err = header ? nla_put_u8(skb, SGNL_A_SESSION_OUTCOME, outcome) :
		       -EMSGSIZE;
	if (!err && session->reason)
		err = nla_put_u8(skb, SGNL_A_SESSION_REASON, session->reason);
	if (!err && session->rule)
		err = nla_put_u32(skb, SGNL_A_SESSION_RULE, session->rule);
	if (!err)
		return sgnl_netlink_reply(skb, header, info);
	nlmsg_free(skb);
	return err;
}

/**
 * sgnl_nl_session_add_doit() - loads a session that was saved (S13)
 * @skb: the request
 * @info: the request
 *
 * It is judged by what is in force, and by nothing that a commit has in work.
 *
 * Return: 0, be it loaded or not; -ENOENT if the device is no port, or another
 * error.
 */
int sgnl_nl_session_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sgnl_net *sn = sgnl_net(genl_info_net(info));
	struct sgnl_terms terms = { .sn = sn };
	struct sgnl_session session;
	struct load load = {};
	u8 outcome;
	int err;

	err = parse_load(&load, info);
	if (err)
		return err;
	mutex_lock(&sn->lock);
	terms.config = sgnl_net_config(sn);
	terms.conf = sgnl_config_port_by_ifindex(
		terms.config, sn,
		nla_get_u32(info->attrs[SGNL_A_SESSION_IFINDEX]));
	if (terms.conf) {
		rcu_read_lock();
		outcome = load_session(&load, &terms, &session);
		rcu_read_unlock();
	}
	mutex_unlock(&sn->lock);
	if (terms.conf)
		return reply_outcome(info, outcome, &session);
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SGNL_A_SESSION_IFINDEX],
			    "the device is no port");
	return -ENOENT;
}
