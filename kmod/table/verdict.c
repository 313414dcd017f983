// SPDX-License-Identifier: GPL-2.0
/*
 * What the present state says of a packet or a session.
 *
 * A packet asks it, and so does whoever goes through the sessions after a
 * change (S7).
 */
#include "../core/guard.h"
#include "../core/platform.h"
#include "verdict.h"

const struct sgnl_group_set sgnl_verdict_no_groups;

/**
 * sgnl_verdict_rules() - judges a packet by a set of rules: E6 to E8
 * @terms: by what else
 * @policy: the rules, those in force or not, of the port's groups
 * @key: the packet
 * @verdict: where to put what it came from
 *
 * Context: under RCU.
 * Return: the reason, which tells whether it passes.
 */
enum sgnl_reason sgnl_verdict_rules(const struct sgnl_terms *terms,
				    const struct sgnl_policy *policy,
				    const struct sgnl_key *key,
				    struct sgnl_verdict *verdict)
{
	const struct sgnl_port_conf *conf = terms->conf;

	verdict->rule = NULL;
	verdict->peer = &sgnl_verdict_no_groups;
	if (sgnl_match_needs_peer(policy, key))
		verdict->peer =
			terms->next ?
				sgnl_member_lookup_next(&terms->sn->members,
							conf->vpc, &key->peer,
							key->family) :
				sgnl_member_lookup(&terms->sn->members,
						   conf->vpc, &key->peer,
						   key->family,
						   terms->config->generation);
	return sgnl_match(policy, key, verdict->peer, &verdict->rule);
}

/* Why a packet passes as platform traffic that opens sessions, if it does. */
static enum sgnl_reason platform_opens(const struct sgnl_terms *terms,
				       const struct sgnl_key *key)
{
	const struct sgnl_platform_terms platform = {
		.platform = &terms->config->platform->platform,
		.pmtud = terms->conf->setting[SGNL_PORT_PMTUD],
	};
	enum sgnl_reason reason = sgnl_platform_match(&platform, key);

	return sgnl_platform_opens(reason) ? reason : SGNL_REASON_UNSPEC;
}

/**
 * sgnl_verdict_keeps() - may a session go on, judged by its opening packet (S7)?
 * @terms: by what
 * @flow: the session's
 * @session: the session, which is pending; if it may, why, and by which rule, is
 *           told there, for sgnl_session_renew()
 *
 * One that was cut by its port's epoch may not (G9). One of platform traffic is
 * judged only after changes of that (P6).
 *
 * Context: under RCU.
 */
bool sgnl_verdict_keeps(const struct sgnl_terms *terms,
			const struct sgnl_flow *flow,
			struct sgnl_session *session)
{
	const struct sgnl_port_conf *conf = terms->conf;
	struct sgnl_verdict verdict = {};
	enum sgnl_reason reason;
	struct sgnl_key key;

	if (sgnl_session_pending(session, conf->cut))
		return false;
	if (sgnl_platform_opens(session->reason) &&
	    !sgnl_session_pending(session, conf->judged_platform))
		return true;
	key = sgnl_flow_key(flow, session->opener);
	reason = platform_opens(terms, &key) ?:
			 sgnl_verdict(terms, &key, &verdict);
	if (!sgnl_reasons[reason].passes)
		return false;
	session->reason = reason;
	session->rule = verdict.rule ? verdict.rule->id : 0;
	return true;
}

/* E0 and E1, of the packets of both directions. */
static enum sgnl_reason forbidden(const struct sgnl_port_conf *conf,
				  const struct sgnl_key *key)
{
	const struct sgnl_key mirror = sgnl_key_mirror(key);

	if (key->vlan[0] && !sgnl_port_conf_tags(conf))
		return SGNL_REASON_VLAN_TAG;
	if (!sgnl_port_conf_guards(conf))
		return SGNL_REASON_UNSPEC;
	return sgnl_guard_packet(conf->address, conf->n_addresses, key) ?:
	       sgnl_guard_packet(conf->address, conf->n_addresses, &mirror);
}

/**
 * sgnl_verdict_saved() - may a session that was saved go on here (S13)?
 * @terms: by what
 * @flow: the session's
 * @session: the session; why, and by which rule, is told there
 *
 * It is judged as if it began. A mark lets nothing pass, so that rules have
 * nothing to say of it.
 *
 * Context: under RCU.
 */
bool sgnl_verdict_saved(const struct sgnl_terms *terms,
			const struct sgnl_flow *flow,
			struct sgnl_session *session)
{
	struct sgnl_key key = sgnl_flow_key(flow, session->opener);
	struct sgnl_verdict verdict = {};

	session->reason = forbidden(terms->conf, &key);
	if (session->reason)
		return false;
	if (sgnl_session_is_mark(&session->fsm)) {
		session->reason = SGNL_REASON_CUT;
		return true;
	}
	session->reason = platform_opens(terms, &key) ?:
			  sgnl_verdict(terms, &key, &verdict);
	session->rule = verdict.rule ? verdict.rule->id : 0;
	return sgnl_reasons[session->reason].passes;
}
