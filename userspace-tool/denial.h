/* SPDX-License-Identifier: GPL-2.0 */
/* Packets that were dropped, as events tell of them. */
#ifndef _SGNL_TOOL_DENIAL_H
#define _SGNL_TOOL_DENIAL_H

#include "kernel.h"
#include "print.h"

json_t *denial_row(const struct nlmsghdr *nlh);

#endif
