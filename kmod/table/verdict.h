/* SPDX-License-Identifier: GPL-2.0 */
/* What the present state says of a packet or a session. */
#ifndef SGNL_TABLE_VERDICT_H
#define SGNL_TABLE_VERDICT_H

#include "../core/match.h"
#include "../core/platform.h"
#include "net.h"
#include "session.h"

/**
 * struct sgnl_verdict - what a verdict came from
 * @rule: the rule that decided, or NULL
 * @peer: the groups of the peer, as far as they matter; under RCU
 */
struct sgnl_verdict {
	const struct sgnl_rule *rule;
	const struct sgnl_group_set *peer;
};

/**
 * struct sgnl_terms - the state by which is judged
 * @sn: the namespace
 * @config: a snapshot of it
 * @conf: what that says of the port
 * @next: the snapshot is a transaction's, and not in force yet; under the
 *        namespace's lock
 */
struct sgnl_terms {
	struct sgnl_net *sn;
	const struct sgnl_config *config;
	const struct sgnl_port_conf *conf;
	bool next;
};

/* Those of a peer that does not matter */
extern const struct sgnl_group_set sgnl_verdict_no_groups;

enum sgnl_reason sgnl_verdict_rules(const struct sgnl_terms *terms,
				    const struct sgnl_policy *policy,
				    const struct sgnl_key *key,
				    struct sgnl_verdict *verdict);
bool sgnl_verdict_saved(const struct sgnl_terms *terms,
			const struct sgnl_flow *flow,
			struct sgnl_session *session);
bool sgnl_verdict_keeps(const struct sgnl_terms *terms,
			const struct sgnl_flow *flow,
			struct sgnl_session *session);

/**
 * sgnl_verdict_port() - what comes before the rules (E5, G9)
 * @conf: the port's settings
 * @key: the packet
 *
 * Context: any.
 * Return: why it is dropped, or SGNL_REASON_UNSPEC.
 */
static inline enum sgnl_reason
sgnl_verdict_port(const struct sgnl_port_conf *conf, const struct sgnl_key *key)
{
	if (sgnl_platform_smtp_denied(key, conf->setting[SGNL_PORT_SMTP]))
		return SGNL_REASON_SMTP;
	return conf->policy ? SGNL_REASON_UNSPEC : SGNL_REASON_NO_GROUP;
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
static inline enum sgnl_reason sgnl_verdict(const struct sgnl_terms *terms,
					    const struct sgnl_key *key,
					    struct sgnl_verdict *verdict)
{
	const struct sgnl_port_conf *conf = terms->conf;
	enum sgnl_reason reason;

	reason = sgnl_verdict_port(conf, key);
	if (!reason)
		return sgnl_verdict_rules(terms, conf->policy->policy, key,
					  verdict);
	verdict->rule = NULL;
	verdict->peer = &sgnl_verdict_no_groups;
	return reason;
}

#endif
