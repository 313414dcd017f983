/* SPDX-License-Identifier: GPL-2.0 */
/* What would become of a packet that is not there. */
#ifndef _SGNL_TOOL_EXPLAIN_H
#define _SGNL_TOOL_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "args.h"

/*
 * A TCP connection whose first packet the host receives at a device: do that and
 * the answer pass as the state is now, or, @queued, as the transaction under way
 * would make it? @rule: the rule that decided, or 0. What is no port lets all
 * pass, unless a guard pattern closes it. If the question cannot be answered it
 * is taken to pass: whatever is wrong with the changes, the commit says.
 */
bool explain_passes(unsigned int ifindex, const struct args_endpoint *from,
		    const struct args_endpoint *to, bool queued, uint32_t *rule);

#endif
