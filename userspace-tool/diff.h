/* SPDX-License-Identifier: GPL-2.0 */
/* What makes one state of another. */
#ifndef _SGNL_TOOL_DIFF_H
#define _SGNL_TOOL_DIFF_H

#include "change.h"
#include "state.h"

/*
 * A rule that is there already is not added (R9): the first in a file stays. Ends
 * the tool if the two do not end at the same time.
 */
void diff_drop_doubles(struct state *state, const char *file);

/*
 * Adds to @changes what turns @have into @want, in an order in which whatever a
 * change names is there. Both are sorted as state.h says; @have is used up.
 */
void diff(struct state *have, const struct state *want, struct changes *changes);

#endif
