// SPDX-License-Identifier: GPL-2.0
/*
 * The judgement of one IP packet: E0 to E9.
 *
 * Knows of bytes alone, not of frames or skbs, and neither counts nor tells:
 * what it does beside the verdict is to keep the session of the packet. In a
 * rehearsal (struct sgnl_rehearsal) it does not do that either.
 */
#include <linux/in.h>

#include "../core/guard.h"
#include "../core/platform.h"
#include "../table/audit.h"
#include "../table/fragment.h"
#include "judgement.h"

/* Bytes of an ICMP or ICMPv6 header, behind which an error has its packet. */
#define ICMP_HEADER 8

/*
 * Was a session cut, or is it cut here, as an earlier change has asked for its
 * judgement at the next packet (S7)?
 */
static bool is_cut(struct sgnl_judgement *j,
		   const struct sgnl_session_place *place,
		   struct sgnl_session *session)
{
	bool keeps;

	if (sgnl_session_is_mark(&session->fsm))
		return true;
	if (!sgnl_session_pending(session, j->terms.conf->judged))
		return false;
	keeps = sgnl_verdict_keeps(&j->terms, &place->flow, session);
	if (j->rehearsal)
		j->rehearsal->pending = true;
	else if (keeps)
		sgnl_session_renew(place, session, j->terms.conf->judged);
	else
		sgnl_session_cut(place, session, j->now);
	return !keeps;
}

/*
 * A step in a rehearsal: on a copy of the session's state. An answer takes it
 * from where its packet left it.
 */
static noinline enum sgnl_session_step
rehearse_step(struct sgnl_judgement *j, struct sgnl_session *session)
{
	struct sgnl_rehearsal *r = j->rehearsal;
	enum sgnl_session_step step;

	if (!r->in_session) {
		r->has_session = session;
		if (!session)
			return SGNL_STEP_JUDGE;
		r->session = *session;
		r->opener = session->opener;
		r->fsm = is_cut(j, &j->place, session) ? sgnl_session_mark() :
							 session->fsm;
	}
	step = sgnl_session_step(&r->fsm, &j->key,
				 j->key.direction == r->opener ?
					 SGNL_SESSION_OPENER :
					 SGNL_SESSION_ANSWERER);
	r->in_session = step == SGNL_STEP_PASS || step == SGNL_STEP_TOUCH;
	return step;
}

/* What is to be done with a packet, by its session if there is one (E3). */
static enum sgnl_session_step step(struct sgnl_judgement *j,
				   struct sgnl_session *session)
{
	if (j->rehearsal)
		return rehearse_step(j, session);
	if (!session)
		return SGNL_STEP_JUDGE;
	is_cut(j, &j->place, session);
	return sgnl_session_packet(&j->place, session, &j->key, j->now);
}

static noinline enum sgnl_reason rehearse_open(struct sgnl_judgement *j,
					       const struct sgnl_key *key,
					       enum sgnl_reason reason)
{
	struct sgnl_rehearsal *r = j->rehearsal;

	if (!sgnl_session_has_room(j->terms.conf, &j->place)) {
		r->refused = reason;
		return SGNL_REASON_QUOTA;
	}
	r->opens = true;
	r->in_session = true;
	r->opener = key->direction;
	r->fsm = (struct sgnl_session_fsm){ .phase = SGNL_PHASE_OPENED };
	return reason;
}

/* Opens a session for what passes; its opener is whoever sent the key. */
static __always_inline enum sgnl_reason open(struct sgnl_judgement *j,
					     const struct sgnl_key *key,
					     enum sgnl_reason reason,
					     bool stale)
{
	const struct sgnl_session session =
		sgnl_session_begin(j->terms.conf, key->direction, reason,
				   j->rule ? j->rule->id : 0, j->now);
	int err;

	if (j->rehearsal)
		return rehearse_open(j, key, reason);
	err = sgnl_session_open(j->terms.conf, &j->place, &j->key, &session,
				stale);
	if (!err)
		return reason;
	return err == -ENOSPC ? SGNL_REASON_QUOTA : SGNL_REASON_NO_MEMORY;
}

/* E5 to E8. */
static __always_inline enum sgnl_reason judge_key(struct sgnl_judgement *j,
						  const struct sgnl_key *key)
{
	struct sgnl_verdict verdict;
	enum sgnl_reason reason;

	reason = sgnl_verdict(&j->terms, key, &verdict);
	j->rule = verdict.rule;
	/* Told of the packet's own way alone, not of its mirror image's. */
	if (j->rehearsal && j->rehearsal->passed &&
	    key->direction == j->key.direction &&
	    reason != SGNL_REASON_MEMBER && reason != SGNL_REASON_SMTP &&
	    reason != SGNL_REASON_NO_GROUP)
		j->rehearsal->n_passed =
			sgnl_match_passed(j->terms.conf->policy->policy, key,
					  verdict.peer, j->rehearsal->passed);
	return reason;
}

/*
 * Seconds from attaching in which TCP that began before is adopted (S5). None
 * began before on a device that a guard pattern has closed from its birth.
 */
static u32 adopt_window(const struct sgnl_judgement *j)
{
	return READ_ONCE(j->port->guarded) ?
		       0 :
		       j->terms.conf->setting[SGNL_PORT_ADOPT];
}

/* The packet is the first of a session that it did not open itself. */
static void step_adopted(struct sgnl_judgement *j)
{
	struct sgnl_session session;

	if (j->rehearsal)
		rehearse_step(j, NULL);
	else if (sgnl_session_lookup(&j->place, j->now, &session))
		sgnl_session_packet(&j->place, &session, &j->key, j->now);
}

/*
 * TCP without a session that is no SYN. In the window it is judged as if
 * either side had opened it; the side that may have is the opener, and the
 * packet is then the session's first (S5). Mail that the port may not send
 * stays so, whoever may have opened it (E5).
 */
static noinline enum sgnl_reason judge_midstream(struct sgnl_judgement *j)
{
	struct sgnl_key opener = j->key;
	enum sgnl_reason reason;

	reason = sgnl_verdict_port(j->terms.conf, &j->key);
	if (reason)
		return reason;
	if (!sgnl_key_midstream(&j->key) ||
	    j->now - j->port->attached >= adopt_window(j))
		return SGNL_REASON_TCP_NO_SESSION;
	reason = judge_key(j, &opener);
	if (!sgnl_reasons[reason].passes) {
		opener = sgnl_key_mirror(&j->key);
		reason = judge_key(j, &opener);
	}
	if (!sgnl_reasons[reason].passes) {
		j->rule = NULL;
		return SGNL_REASON_TCP_NO_SESSION;
	}
	reason = open(j, &opener, reason, false);
	if (sgnl_reasons[reason].passes)
		step_adopted(j);
	return reason;
}

/* While an audit runs, by the candidate's rules too. */
static void judge_beside(const struct sgnl_judgement *j,
			 enum sgnl_reason reason)
{
	struct sgnl_audit *audit = rcu_dereference(j->terms.sn->audit);

	if (likely(!audit) || j->rehearsal)
		return;
	sgnl_audit_packet(audit, &j->terms, &j->key, reason, j->rule);
}

/* E5 to E9 for what belongs to no session; those of platform traffic aside. */
static __always_inline enum sgnl_reason
judge_new(struct sgnl_judgement *j, enum sgnl_reason platform, bool stale)
{
	bool opens = sgnl_key_opens(&j->key);
	enum sgnl_reason reason;

	if (!platform && j->key.proto == IPPROTO_TCP && !j->key.multicast &&
	    !opens)
		return judge_midstream(j);
	reason = platform ?: judge_key(j, &j->key);
	if (!platform)
		judge_beside(j, reason);
	if (!opens || !sgnl_reasons[reason].passes)
		return reason;
	return open(j, &j->key, reason, stale);
}

/*
 * A port in no group has sessions of platform traffic alone, and they pass
 * only while it is switched on (G9).
 */
static bool is_closed_to(const struct sgnl_judgement *j,
			 const struct sgnl_session *session)
{
	int item;

	if (j->terms.conf->policy)
		return false;
	item = sgnl_platform_item(session->reason);
	return item < 0 ||
	       !sgnl_platform_on(&j->terms.config->platform->platform, item);
}

/* E4: an ICMP error about a live session, which it neither steps nor touches. */
static noinline bool related(struct sgnl_judgement *j)
{
	size_t from = j->key.transport + ICMP_HEADER;
	struct sgnl_session_place place;
	struct sgnl_session session;
	struct sgnl_key key;

	if (!j->data || j->key.multicast ||
	    j->key.transport_len < ICMP_HEADER || j->avail < from)
		return false;
	if (!sgnl_key_parse_error(&key, &j->key, j->data + from,
				  j->avail - from,
				  j->key.transport_len - ICMP_HEADER))
		return false;
	place = sgnl_session_place(&key, j->port);
	if (!sgnl_session_lookup(&place, j->now, &session) ||
	    is_closed_to(j, &session) || is_cut(j, &place, &session))
		return false;
	/* Of an echo session, requests run one way and replies the other. */
	return !sgnl_key_is_icmp(&key) ||
	       sgnl_key_echo_request(&key) == (session.opener == key.direction);
}

/*
 * S11: a later fragment is judged here. A first one makes room for what is known
 * of its datagram before it is judged, so that none opens a session in vain.
 */
static enum sgnl_reason judge_fragment(struct sgnl_judgement *j)
{
	bool rehearsal = j->rehearsal;
	enum sgnl_reason reason;

	if (j->key.fragment == SGNL_FRAGMENT_LATER)
		return sgnl_fragment_later(j->port, &j->key, j->terms.conf->cut,
					   j->now, rehearsal);
	reason = sgnl_fragment_begin(j->port, &j->key, j->terms.conf->cut,
				     j->now, rehearsal);
	j->begun = !reason && !rehearsal;
	return reason;
}

/*
 * E3 to E9.
 * @platform: the reason by which it passes as platform traffic that opens
 *            sessions, or SGNL_REASON_UNSPEC
 * @tracked: it can be part of a session, whose place is known
 */
static __always_inline enum sgnl_reason
judge_session(struct sgnl_judgement *j, enum sgnl_reason platform, bool tracked)
{
	struct sgnl_session session;
	bool found = false;

	if (tracked && j->place.absent == SGNL_SESSION_ABSENT_UNKNOWN) {
		found = sgnl_session_lookup(&j->place, j->now, &session);
		if (found && !platform && is_closed_to(j, &session))
			return sgnl_verdict_port(j->terms.conf, &j->key);
		switch (step(j, found ? &session : NULL)) {
		case SGNL_STEP_PASS:
		case SGNL_STEP_TOUCH:
			return platform ?: SGNL_REASON_SESSION;
		case SGNL_STEP_DROP:
			if (!platform)
				return SGNL_REASON_CUT;
			break;
		case SGNL_STEP_JUDGE:
			break;
		}
	}
	if (!platform && sgnl_key_is_error(&j->key) && related(j))
		return SGNL_REASON_RELATED;
	return judge_new(j, platform, found);
}

/**
 * sgnl_judgement_key() - judges a packet whose key was read: E1 to E9
 * @j: the packet
 *
 * Context: under RCU.
 * Return: the reason, which tells whether it passes.
 */
enum sgnl_reason sgnl_judgement_key(struct sgnl_judgement *j)
{
	struct sgnl_platform_terms terms = {
		.platform = &j->terms.config->platform->platform,
		.pmtud = j->terms.conf->setting[SGNL_PORT_PMTUD],
	};
	enum sgnl_reason platform, reason;
	bool tracked;

	if (j->port->side == SGNL_SIDE_GUEST) {
		reason = sgnl_platform_forbidden(&j->key);
		if (reason)
			return reason;
	}
	if (sgnl_port_conf_guards(j->terms.conf)) {
		reason = sgnl_guard_packet(j->terms.conf->address,
					   j->terms.conf->n_addresses, &j->key);
		if (reason)
			return reason;
	}
	if (j->key.fragment) {
		reason = judge_fragment(j);
		if (reason)
			return reason;
	}
	platform = sgnl_platform_match(&terms, &j->key);
	if (platform && !sgnl_platform_opens(platform))
		return platform;

	tracked = sgnl_key_tracked(&j->key) && !j->key.multicast;
	if (tracked)
		j->place = sgnl_session_place(&j->key, j->port);
	return judge_session(j, platform, tracked);
}

/**
 * sgnl_judgement_plain() - judges a plain packet: E3 to E9
 * @j: the packet; the caller has seen that E1 and E2 have nothing to say of it,
 *     and has set its key and its place
 *
 * Context: under RCU.
 * Return: the reason, which tells whether it passes.
 */
enum sgnl_reason sgnl_judgement_plain(struct sgnl_judgement *j)
{
	return judge_session(j, SGNL_REASON_UNSPEC, true);
}

/**
 * sgnl_judgement_ip() - judges an IP packet
 * @j: the packet; all but @key's own parts and @rule was set by the caller,
 *     and of @key what sgnl_key_parse() wants
 * @data: the packet from its network header
 * @avail: bytes of it that can be read at @data; SGNL_PACKET_BYTES are enough
 * @len: bytes of it in all
 * @super: it is a super-packet (GSO)
 *
 * Context: under RCU.
 * Return: the reason, which tells whether it passes.
 */
enum sgnl_reason sgnl_judgement_ip(struct sgnl_judgement *j, const u8 *data,
				   size_t avail, size_t len, bool super)
{
	enum sgnl_reason reason;

	j->data = data;
	j->avail = avail;
	reason = sgnl_key_parse(&j->key, data, avail, len, super) ?:
			 sgnl_judgement_key(j);
	if (j->begun)
		sgnl_fragment_judged(j->port, &j->key,
				     sgnl_reasons[reason].passes);
	return reason;
}
