// SPDX-License-Identifier: GPL-2.0
/*
 * What the present state says of a packet or a session.
 *
 * A packet asks it, and so does whoever goes through the sessions after a
 * change (S7).
 */
#include "../core/platform.h"
#include "verdict.h"

/**
 * sgnl_verdict_port() - what comes before the rules (E5, G9)
 * @conf: the port's settings
 * @key: the packet
 *
 * Context: any.
 * Return: why it is dropped, or SGNL_REASON_UNSPEC.
 */
enum sgnl_reason sgnl_verdict_port(const struct sgnl_port_conf *conf,
				   const struct sgnl_key *key)
{
	if (sgnl_platform_smtp_denied(key, conf->setting[SGNL_PORT_SMTP]))
		return SGNL_REASON_SMTP;
	return conf->policy ? SGNL_REASON_UNSPEC : SGNL_REASON_NO_GROUP;
}

static const struct sgnl_group_set none;

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
	verdict->peer = &none;
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

/**
 * sgnl_verdict() - judges a packet that belongs to no session: E5 to E8
 * @terms: by what
 * @key: the packet
 * @verdict: where to put what it came from
 *
 * Context: under RCU.
 * Return: the reason, which tells whether it passes.
 */
enum sgnl_reason sgnl_verdict(const struct sgnl_terms *terms,
			      const struct sgnl_key *key,
			      struct sgnl_verdict *verdict)
{
	const struct sgnl_port_conf *conf = terms->conf;
	enum sgnl_reason reason;

	verdict->rule = NULL;
	verdict->peer = &none;
	reason = sgnl_verdict_port(conf, key);
	return reason ?:
		       sgnl_verdict_rules(terms, conf->policy->policy, key,
					  verdict);
}

/**
 * sgnl_verdict_keeps() - may a session go on, judged by its opening packet (S7)?
 * @terms: by what
 * @flow: the session's
 * @session: the session, which is pending
 *
 * One that was cut by its port's epoch may not (G9). One of platform traffic is
 * judged only after changes of that (P6).
 *
 * Context: under RCU.
 */
bool sgnl_verdict_keeps(const struct sgnl_terms *terms,
			const struct sgnl_flow *flow,
			const struct sgnl_session *session)
{
	const struct sgnl_port_conf *conf = terms->conf;
	const struct sgnl_platform_terms platform = {
		.platform = &terms->config->platform->platform,
		.pmtud = conf->setting[SGNL_PORT_PMTUD],
	};
	struct sgnl_verdict verdict;
	struct sgnl_key key;

	if (sgnl_session_pending(session, conf->cut))
		return false;
	if (sgnl_platform_opens(session->reason) &&
	    !sgnl_session_pending(session, conf->judged_platform))
		return true;
	key = sgnl_flow_key(flow, session->opener);
	if (sgnl_platform_opens(sgnl_platform_match(&platform, &key)))
		return true;
	return sgnl_reasons[sgnl_verdict(terms, &key, &verdict)].passes;
}
