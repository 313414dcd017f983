/* SPDX-License-Identifier: GPL-2.0 */
/* What would become of a packet that is not there. */
#ifndef SGNL_HOOK_EXPLANATION_H
#define SGNL_HOOK_EXPLANATION_H

#include "judgement.h"

/**
 * struct sgnl_explanation - a packet and what would become of it
 * @data: the packet from its network header
 * @len: bytes of it
 * @reason: why it would pass or be dropped
 * @rule: id of the rule that would decide, or 0
 * @has_answer: an answer is to be expected:
 * @answer_reason: why that would pass or be dropped
 * @answer_rule: id of the rule that would decide it, or 0
 */
struct sgnl_explanation {
	const u8 *data;
	size_t len;
	enum sgnl_reason reason;
	u32 rule;
	bool has_answer;
	enum sgnl_reason answer_reason;
	u32 answer_rule;
};

void sgnl_explain(struct sgnl_judgement *j, struct sgnl_explanation *e);

#endif
