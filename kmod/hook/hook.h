/* SPDX-License-Identifier: GPL-2.0 */
/* The packet path. */
#ifndef SGNL_HOOK_HOOK_H
#define SGNL_HOOK_HOOK_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include "../core/reason.h"
#include "../table/port.h"

/**
 * struct sgnl_denial - a packet that was dropped
 * @port: its port
 * @direction: enum sgnl_direction
 * @reason: why
 * @rule: id of the rule that dropped it, or 0
 * @ethertype: its ethertype, in host byte order
 * @offset: bytes from skb->data to its network header
 */
struct sgnl_denial {
	const struct sgnl_port *port;
	u8 direction;
	enum sgnl_reason reason;
	u32 rule;
	u16 ethertype;
	int offset;
};

/**
 * struct sgnl_hook_observer - who is told of what the hooks see
 * @denied: a packet was dropped; softirq or process context, under RCU
 * @port_gone: a port's device has left the namespace; under RTNL
 * @port_followed: a port's addresses have changed with its device's (M2);
 *                 under RTNL and the namespace's lock
 */
struct sgnl_hook_observer {
	void (*denied)(const struct sgnl_denial *denial,
		       const struct sk_buff *skb);
	void (*port_gone)(struct sgnl_net *sn, int ifindex);
	void (*port_followed)(struct sgnl_net *sn, int ifindex);
};

void sgnl_hook_init(const struct sgnl_hook_observer *observer);
unsigned int sgnl_hook(void *priv, struct sk_buff *skb,
		       const struct nf_hook_state *state);
unsigned int sgnl_hook_egress(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);

#endif
