/* SPDX-License-Identifier: GPL-2.0 */
/* What would become of a packet that is not there. */
#ifndef _SGNL_TOOL_EXPLAIN_H
#define _SGNL_TOOL_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "args.h"

/* The state that is now, or what the transaction under way or the audit's commit would make of it. */
enum explain_by { EXPLAIN_BY_STATE, EXPLAIN_BY_QUEUED, EXPLAIN_BY_CANDIDATE };

/*
 * A TCP connection whose first packet the host receives at a device: do that and
 * the answer pass? @rule: the rule that decided, or 0. What is no port lets all
 * pass, unless a guard pattern closes it. If the question cannot be answered it
 * is taken to pass: whatever is wrong with the changes, the commit says.
 */
bool explain_passes(unsigned int ifindex, const struct args_endpoint *from,
		    const struct args_endpoint *to, enum explain_by by, uint32_t *rule);

#endif
