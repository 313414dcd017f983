/* SPDX-License-Identifier: GPL-2.0 */
/* Changes that would keep out who makes them. */
#ifndef _SGNL_TOOL_LOCKOUT_H
#define _SGNL_TOOL_LOCKOUT_H

#include "explain.h"

/*
 * Fails if this runs in an ssh login whose like passes now, and would not
 * behind the transaction under way, or behind the audit's commit.
 */
void lockout_check(enum explain_by behind);

#endif
