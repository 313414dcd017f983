/* SPDX-License-Identifier: GPL-2.0 */
/* Rules over netlink. */
#ifndef SGNL_CTL_NL_RULE_H
#define SGNL_CTL_NL_RULE_H

#include "../table/net.h"

void sgnl_nl_rule_expired(struct sgnl_net *sn, u32 id);

#endif
