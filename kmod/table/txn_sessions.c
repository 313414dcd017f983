// SPDX-License-Identifier: GPL-2.0
/*
 * What a change does to the sessions that there are (S7, S8).
 *
 * Theory of operation: a change that asks for it gives each port that it
 * affects another epoch, below which sessions are judged again. That alone is
 * `revalidate`: nobody goes through the sessions, each is judged by its next
 * packet. `cut` is the same, and goes through them as well. So epochs tell of
 * each session what is yet to be done, whatever other changes come meanwhile.
 */
#include <linux/netdevice.h>
#include <linux/xarray.h>

#include "session.h"
#include "txn.h"
#include "verdict.h"

/* A snapshot takes the place of another. */
struct succession {
	struct sgnl_net *sn;
	const struct sgnl_config *old;
	const struct sgnl_config *new;
	bool cuts; /* what the new one does not let is cut at once */
	bool next; /* the new one is not in force yet */
	u32 now;
	int (*show)(struct sgnl_session_entry *entry, void *arg);
	void *arg;
};

/* Does a policy ask whether somebody is in one of these groups? */
static bool asks_for(const struct sgnl_policy *policy, struct xarray *groups)
{
	unsigned int d, i;

	for (i = 0; i < policy->n_groups; i++)
		if (policy->group[i].accept &&
		    xa_load(groups, policy->group[i].id))
			return true;
	for (d = 0; d < ARRAY_SIZE(policy->rules); d++) {
		if (!policy->names_groups[d])
			continue;
		for (i = 0; i < policy->n_rules[d]; i++) {
			const struct sgnl_rule *rule = policy->rules[d][i].rule;

			if (rule->peer_group &&
			    xa_load(groups, rule->peer_group))
				return true;
		}
	}
	return false;
}

/* Ports with the same groups follow each other mostly, and share the policy. */
struct asked {
	const struct sgnl_policy_entry *policy;
	bool answer;
};

static bool members_affect(const struct sgnl_port_conf *conf,
			   struct xarray *groups, struct asked *last)
{
	if (!conf->policy || xa_empty(groups))
		return false;
	if (conf->policy != last->policy) {
		last->policy = conf->policy;
		last->answer = asks_for(conf->policy->policy, groups);
	}
	return last->answer;
}

/*
 * Where the change has cut sessions by the epoch (E1), new ones get one above
 * what a session that is judged again gets: that one may be of those to cut.
 */
static int judge_port_again(struct sgnl_txn *txn, struct sgnl_port_conf *conf,
			    const struct sgnl_port_conf *was, bool platform)
{
	struct sgnl_port_conf *own = sgnl_txn_own_port(txn, conf);
	bool cuts;

	if (!own)
		return sgnl_txn_out_of_memory(txn);
	cuts = own->epoch != was->epoch;
	own->judged = ++own->epoch;
	if (platform)
		own->judged_platform = own->judged;
	if (cuts)
		own->epoch++;
	txn->cut |= txn->fate == SGNL_FATE_CUT;
	return 0;
}

/**
 * sgnl_txn_judge_again() - has sessions of the ports affected judged again
 * @txn: the transaction, whose policies are compiled
 *
 * A port is affected whose own settings, groups or policy are other ones, for
 * which the members of a group matter that has gained or lost some, or, by a
 * change of platform traffic, any port.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sgnl_txn_judge_again(struct sgnl_txn *txn)
{
	const struct sgnl_config *old = sgnl_net_config(txn->sn);
	bool platform = txn->config->platform != old->platform;
	struct asked last = {};
	struct xarray groups;
	u32 slot;
	int err;

	xa_init(&groups);
	err = sgnl_member_changed(&txn->touched, &groups, txn->gfp);
	if (err)
		sgnl_txn_out_of_memory(txn);
	for (slot = 0; !err && slot < txn->config->ports->n; slot++) {
		struct sgnl_port_conf *conf = txn->config->ports->item[slot];
		const struct sgnl_port_conf *was;

		was = conf ? sgnl_config_port(old, conf->port) : NULL;
		if (was && (platform || conf != was ||
			    members_affect(conf, &groups, &last)))
			err = judge_port_again(txn, conf, was, platform);
	}
	xa_destroy(&groups);
	return err;
}

/* Was the session's address taken from its port (E1)? */
static bool address_taken(const struct sgnl_flow *flow,
			  const struct sgnl_port_conf *was,
			  const struct sgnl_port_conf *is)
{
	return sgnl_guard_has(was->address, was->n_addresses, &flow->local,
			      flow->family) &&
	       !sgnl_guard_has(is->address, is->n_addresses, &flow->local,
			       flow->family);
}

/*
 * Does the succession cut a session? All of a port that has left its last
 * group (G9), those of addresses that were taken (E1), and, if it is to, those
 * that are no longer allowed (S7). What a packet has opened by the new snapshot
 * is of its epoch, and stays.
 */
static bool cuts(const struct succession *s, struct sgnl_session_entry *entry,
		 const struct sgnl_port_conf *was,
		 const struct sgnl_port_conf *is)
{
	struct sgnl_session *session = &entry->session;
	const struct sgnl_flow *flow = &entry->place.flow;
	const struct sgnl_terms terms = {
		.sn = s->sn,
		.config = s->new,
		.conf = is,
		.next = s->next,
	};

	if (was->epoch == is->epoch ||
	    !sgnl_session_pending(session, is->epoch))
		return false;
	if (sgnl_session_pending(session, is->cut) ||
	    address_taken(flow, was, is))
		return true;
	return s->cuts && was->judged != is->judged &&
	       sgnl_session_pending(session, is->judged) &&
	       !sgnl_verdict_keeps(&terms, flow, session);
}

/* A port of which the change has something to do with sessions. */
static bool is_affected(const struct sgnl_port *port, void *arg)
{
	const struct succession *s = arg;
	const struct sgnl_port_conf *was, *is;

	if (port->sn != s->sn)
		return false;
	was = sgnl_config_port(s->old, port);
	is = sgnl_config_port(s->new, port);
	return was && is &&
	       (was->epoch != is->epoch || was->judged != is->judged);
}

/* It was cut before, or it has expired and is there until it is swept. */
static bool is_over(const struct sgnl_session_entry *entry, u32 now)
{
	return sgnl_session_is_mark(&entry->session.fsm) ||
	       sgnl_session_expired(&entry->session, entry->place.flow.proto,
				    now);
}

static int settle(struct sgnl_session_entry *entry, void *arg)
{
	const struct succession *s = arg;
	const struct sgnl_port_conf *was, *is;

	if (is_over(entry, s->now))
		return 0;
	was = sgnl_config_port(s->old, entry->port);
	is = sgnl_config_port(s->new, entry->port);
	if (cuts(s, entry, was, is))
		sgnl_session_cut(&entry->place, &entry->session, s->now);
	else if (s->cuts && was->judged != is->judged &&
		 sgnl_session_pending(&entry->session, is->judged))
		sgnl_session_renew(&entry->place, &entry->session, is->judged);
	return 0;
}

/**
 * sgnl_txn_settle_sessions() - cuts what a snapshot cuts that came into force
 * @sn: the namespace
 * @old: the snapshot before it
 * @new: the snapshot
 * @fate: enum sgnl_fate, what was asked for
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_txn_settle_sessions(struct sgnl_net *sn,
			      const struct sgnl_config *old,
			      const struct sgnl_config *new, u8 fate)
{
	struct sgnl_session_cursor cursor = {};
	struct succession s = {
		.sn = sn,
		.old = old,
		.new = new,
		.cuts = fate == SGNL_FATE_CUT,
		.now = sgnl_session_now(),
	};

	sgnl_session_walk(&cursor, is_affected, settle, &s);
}

/* A port of which sessions would end, be it some or, with it, all. */
static bool would_be_affected(const struct sgnl_port *port, void *arg)
{
	const struct succession *s = arg;

	return port->sn == s->sn && sgnl_config_port(s->old, port) &&
	       (is_affected(port, arg) || !sgnl_config_port(s->new, port));
}

static int preview(struct sgnl_session_entry *entry, void *arg)
{
	const struct succession *s = arg;
	const struct sgnl_port_conf *was, *is;

	if (is_over(entry, s->now))
		return 0;
	was = sgnl_config_port(s->old, entry->port);
	is = sgnl_config_port(s->new, entry->port);
	if (is && !cuts(s, entry, was, is))
		return 0;
	return s->show(entry, s->arg);
}

/**
 * sgnl_txn_preview() - shows the sessions that a transaction would end
 * @txn: the transaction, prepared with SGNL_FATE_CUT
 * @cursor: as for sgnl_session_walk()
 * @show: likewise
 * @arg: likewise
 *
 * Context: may sleep.
 * Return: 0 at the end, or what @show returned.
 */
int sgnl_txn_preview(struct sgnl_txn *txn, struct sgnl_session_cursor *cursor,
		     int (*show)(struct sgnl_session_entry *entry, void *arg),
		     void *arg)
{
	struct succession s = {
		.sn = txn->sn,
		.old = sgnl_net_config(txn->sn),
		.new = txn->config,
		.cuts = true,
		.next = true,
		.now = sgnl_session_now(),
		.show = show,
		.arg = arg,
	};

	return sgnl_session_walk(cursor, would_be_affected, preview, &s);
}

/* Sessions that some rules have allowed. */
struct allowed {
	struct sgnl_net *sn;
	const struct sgnl_config *config;
	struct xarray *rules;
	u32 now;
};

static bool is_here(const struct sgnl_port *port, void *arg)
{
	const struct allowed *allowed = arg;

	return port->sn == allowed->sn;
}

static int judge_allowed(struct sgnl_session_entry *entry, void *arg)
{
	const struct allowed *allowed = arg;
	struct sgnl_terms terms = {
		.sn = allowed->sn,
		.config = allowed->config,
	};

	if (is_over(entry, allowed->now) ||
	    !xa_load(allowed->rules, entry->session.rule))
		return 0;
	terms.conf = sgnl_config_port(terms.config, entry->port);
	if (!terms.conf)
		return 0;
	if (sgnl_verdict_keeps(&terms, &entry->place.flow, &entry->session))
		sgnl_session_renew(&entry->place, &entry->session,
				   terms.conf->judged);
	else
		sgnl_session_cut(&entry->place, &entry->session, allowed->now);
	return 0;
}

/**
 * sgnl_txn_rules_ended() - judges the sessions again that rules have allowed
 *                          which are no more (R14)
 * @sn: the namespace
 * @rules: by the ids of those rules, anything
 *
 * A packet that sees them yet may open a session by one of them; so that is
 * waited for.
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_txn_rules_ended(struct sgnl_net *sn, struct xarray *rules)
{
	struct sgnl_session_cursor cursor = {};
	struct allowed allowed = {
		.sn = sn,
		.config = sgnl_net_config(sn),
		.rules = rules,
		.now = sgnl_session_now(),
	};

	synchronize_net();
	sgnl_session_walk(&cursor, is_here, judge_allowed, &allowed);
}
