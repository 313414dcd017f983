// SPDX-License-Identifier: GPL-2.0
/* What the packets of a session have in common (S12). */
#include <linux/in.h>

#include "flow.h"

/**
 * sgnl_flow_key() - the packet that would open a session of a flow
 * @flow: the flow
 * @opener: enum sgnl_direction of the packet
 *
 * As much of it as a flow tells, which is all that rules look at.
 *
 * Context: any.
 */
struct sgnl_key sgnl_flow_key(const struct sgnl_flow *flow, u8 opener)
{
	struct sgnl_key key = {
		.local = flow->local,
		.peer = flow->peer,
		.local_port = flow->local_port,
		.peer_port = flow->peer_port,
		.vlan = { flow->vlan[0], flow->vlan[1] },
		.family = flow->family,
		.direction = opener,
		.proto = flow->proto,
	};

	if (key.proto == IPPROTO_TCP)
		key.tcp_flags = SGNL_TCP_SYN;
	else if (sgnl_key_is_icmp(&key))
		key.icmp_type = key.family == SGNL_FAMILY_IPV4 ?
					SGNL_ICMP_ECHO :
					SGNL_ICMPV6_ECHO;
	return key;
}
