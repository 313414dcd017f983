/* SPDX-License-Identifier: GPL-2.0 */
/* Events, to the family's multicast groups. */
#ifndef SGNL_CTL_NOTIFY_H
#define SGNL_CTL_NOTIFY_H

#include "../hook/hook.h"
#include "../table/expiry.h"
#include "../table/session.h"
#include "netlink.h"

extern const struct sgnl_session_observer sgnl_notify_sessions;
extern const struct sgnl_hook_observer sgnl_notify_hooks;
extern const struct sgnl_expiry_observer sgnl_notify_expiry;

struct sk_buff *sgnl_notify_begin(struct sgnl_net *sn, u8 event,
				  unsigned int group, gfp_t gfp, void **header);
struct sk_buff *sgnl_notify_begin_sized(struct sgnl_net *sn, u8 event,
					unsigned int group, size_t size,
					gfp_t gfp, void **header);
void sgnl_notify_end(struct sgnl_net *sn, struct sk_buff *skb, void *header,
		     unsigned int group, gfp_t gfp, int err);

#endif
