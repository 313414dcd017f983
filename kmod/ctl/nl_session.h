/* SPDX-License-Identifier: GPL-2.0 */
/* Sessions over netlink. */
#ifndef SGNL_CTL_NL_SESSION_H
#define SGNL_CTL_NL_SESSION_H

#include <linux/skbuff.h>
#include "../table/session.h"

int sgnl_nl_session_put(struct sk_buff *skb,
			const struct sgnl_session_entry *entry);

#endif
