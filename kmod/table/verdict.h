/* SPDX-License-Identifier: GPL-2.0 */
/* What the present state says of a packet or a session. */
#ifndef SGNL_TABLE_VERDICT_H
#define SGNL_TABLE_VERDICT_H

#include "../core/match.h"
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

enum sgnl_reason sgnl_verdict_port(const struct sgnl_port_conf *conf,
				   const struct sgnl_key *key);
enum sgnl_reason sgnl_verdict(const struct sgnl_terms *terms,
			      const struct sgnl_key *key,
			      struct sgnl_verdict *verdict);
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

#endif
