// SPDX-License-Identifier: GPL-2.0
/* What would become of a packet that is not there. */
#include "explanation.h"

static u32 rule_id(const struct sgnl_judgement *j)
{
	return j->rule ? j->rule->id : 0;
}

static enum sgnl_reason judge(struct sgnl_judgement *j,
			      const struct sgnl_explanation *e)
{
	if (sgnl_judgement_closed(j))
		return SGNL_REASON_GUARD;
	if (sgnl_judgement_tags_denied(j))
		return SGNL_REASON_VLAN_TAG;
	return sgnl_judgement_ip(j, e->data, e->len, e->len, false);
}

/* A second judgement, of the answer; a packet that was dropped opened nothing. */
static void explain_answer(const struct sgnl_judgement *j,
			   struct sgnl_explanation *e)
{
	struct sgnl_rehearsal r = *j->rehearsal;
	struct sgnl_judgement answer = {
		.port = j->port,
		.terms = j->terms,
		.now = j->now,
		.rehearsal = &r,
	};
	enum sgnl_statement statement = sgnl_reason_statement(e->reason);

	/* A closed device's was not read, and what was of a malformed one is no key. */
	if (e->reason == SGNL_REASON_GUARD || statement == SGNL_STATEMENT_E0 ||
	    statement == SGNL_STATEMENT_S11)
		return;
	e->has_answer = sgnl_key_answer(&j->key, &answer.key);
	if (!e->has_answer)
		return;
	r.passed = NULL;
	e->answer_reason = sgnl_judgement_key(&answer);
	e->answer_rule = rule_id(&answer);
}

/**
 * sgnl_explain() - judges a packet and an answer to it, and changes nothing
 * @j: the packet's judgement, with a rehearsal
 * @e: the packet; filled in
 *
 * Context: under RCU.
 */
void sgnl_explain(struct sgnl_judgement *j, struct sgnl_explanation *e)
{
	e->reason = judge(j, e);
	e->rule = rule_id(j);
	explain_answer(j, e);
}
