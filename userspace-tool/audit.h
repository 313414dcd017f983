/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SGNL_TOOL_AUDIT_H
#define _SGNL_TOOL_AUDIT_H

#include "args.h"

/* Of what sgnl apply would do with the same words. */
void audit_start(struct args *args);

#endif
