// SPDX-License-Identifier: GPL-2.0
/*
 * The judgement of one IP packet: E0 to E9.
 *
 * Knows of bytes alone, not of frames or skbs, and neither counts nor tells:
 * what it does beside the verdict is to keep the session of the packet. In a
 * rehearsal (struct sgnl_rehearsal) it does not do that either.
 */
#include <linux/in.h>

#include "../core/match.h"
#include "../core/platform.h"
#include "../table/session.h"
#include "judgement.h"

/*
 * A step in a rehearsal: on a copy of the session's state. An answer takes it
 * from where its packet left it.
 */
static enum sgnl_session_step rehearse_step(struct sgnl_judgement *j,
					    const struct sgnl_session *session)
{
	struct sgnl_rehearsal *r = j->rehearsal;
	enum sgnl_session_step step;

	if (!r->in_session) {
		r->session = session;
		if (!session)
			return SGNL_STEP_JUDGE;
		r->opener = session->opener;
		r->fsm = sgnl_session_fsm(session);
	}
	step = sgnl_session_step(&r->fsm, &j->key,
				 j->key.direction == r->opener ?
					 SGNL_SESSION_OPENER :
					 SGNL_SESSION_ANSWERER);
	r->in_session = step != SGNL_STEP_JUDGE;
	return step;
}

/* Is it a packet of that session, if there is one (E3)? */
static bool in_session(struct sgnl_judgement *j, struct sgnl_session *session)
{
	if (j->rehearsal)
		return rehearse_step(j, session) != SGNL_STEP_JUDGE;
	return session &&
	       sgnl_session_packet(session, &j->key, j->now) != SGNL_STEP_JUDGE;
}

static void rehearse_open(struct sgnl_judgement *j)
{
	struct sgnl_rehearsal *r = j->rehearsal;

	r->opens = true;
	r->in_session = true;
	r->opener = j->key.direction;
	r->fsm = (struct sgnl_session_fsm){ .phase = SGNL_PHASE_OPENED };
}

/* A packet that passes opens its session, if it is one that does (E9). */
static enum sgnl_reason open(struct sgnl_judgement *j, enum sgnl_reason reason,
			     const struct sgnl_session *stale)
{
	int err;

	if (!sgnl_key_opens(&j->key))
		return reason;
	if (j->rehearsal) {
		rehearse_open(j);
		return reason;
	}
	err = sgnl_session_open(j->conf, &j->key, reason,
				j->rule ? j->rule->id : 0, stale, j->now);
	if (!err)
		return reason;
	return err == -ENOSPC ? SGNL_REASON_QUOTA : SGNL_REASON_NO_MEMORY;
}

/* E5 to E8. */
static enum sgnl_reason judge_new(struct sgnl_judgement *j)
{
	static const struct sgnl_group_set none;
	const struct sgnl_group_set *peer = &none;
	const struct sgnl_policy *policy;
	enum sgnl_reason reason;

	if (sgnl_platform_smtp_denied(&j->key,
				      j->conf->setting[SGNL_PORT_SMTP]))
		return SGNL_REASON_SMTP;
	if (!j->conf->policy)
		return SGNL_REASON_NO_GROUP;
	if (j->key.proto == IPPROTO_TCP && !j->key.multicast &&
	    !sgnl_key_opens(&j->key))
		return SGNL_REASON_TCP_NO_SESSION;
	policy = j->conf->policy->policy;
	if (sgnl_match_needs_peer(policy, &j->key))
		peer = sgnl_member_lookup(&j->port->sn->members, j->conf->vpc,
					  &j->key.peer, j->key.family,
					  j->config->generation);
	reason = sgnl_match(policy, &j->key, peer, &j->rule);
	if (j->rehearsal && j->rehearsal->passed &&
	    reason != SGNL_REASON_MEMBER)
		j->rehearsal->n_passed =
			sgnl_match_passed(policy, &j->key, peer,
					  j->rehearsal->passed);
	return reason;
}

/*
 * A port in no group has sessions of platform traffic alone, and they pass
 * only while it is switched on (G9).
 */
static bool is_closed_to(const struct sgnl_judgement *j,
			 const struct sgnl_session *session)
{
	int item;

	if (j->conf->policy)
		return false;
	item = sgnl_platform_item(session->reason);
	return item < 0 ||
	       !sgnl_platform_on(&j->config->platform->platform, item);
}

/**
 * sgnl_judgement_key() - judges a packet whose key was read: E2 to E9
 * @j: the packet
 *
 * Context: under RCU.
 * Return: the reason, which tells whether it passes.
 */
enum sgnl_reason sgnl_judgement_key(struct sgnl_judgement *j)
{
	struct sgnl_platform_terms terms = {
		.platform = &j->config->platform->platform,
	};
	struct sgnl_session *session = NULL;
	enum sgnl_reason platform, reason;

	if (j->port->side == SGNL_SIDE_GUEST) {
		reason = sgnl_platform_forbidden(&j->key);
		if (reason)
			return reason;
	}
	platform = sgnl_platform_match(&terms, &j->key);
	if (platform && !sgnl_platform_opens(platform))
		return platform;

	if (sgnl_key_tracked(&j->key) && !j->key.multicast) {
		session = sgnl_session_lookup(j->port, &j->key, j->conf->epoch,
					      j->now);
		if (session && !platform && is_closed_to(j, session))
			return SGNL_REASON_NO_GROUP;
		if (in_session(j, session))
			return platform ?: SGNL_REASON_SESSION;
	}
	reason = platform ?: judge_new(j);
	return sgnl_reasons[reason].passes ? open(j, reason, session) : reason;
}

/**
 * sgnl_judgement_ip() - judges an IP packet
 * @j: the packet; all but @key's own parts and @rule was set by the caller,
 *     and of @key what sgnl_key_parse() wants
 * @data: the packet from its network header
 * @avail: bytes of it that can be read at @data; SGNL_KEY_BYTES are enough
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

	reason = sgnl_key_parse(&j->key, data, avail, len, super);
	return reason ?: sgnl_judgement_key(j);
}
