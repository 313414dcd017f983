/* SPDX-License-Identifier: GPL-2.0 */
/* What the packets of a session have in common (S12). */
#ifndef SGNL_CORE_FLOW_H
#define SGNL_CORE_FLOW_H

#include <linux/types.h>
#include "addr.h"
#include "key.h"

/**
 * struct sgnl_flow - what a session is found by
 * @local: address at the port's own side
 * @peer: the other address
 * @local_port: TCP or UDP port, or the id of an echo; 0 for all else
 * @peer_port: likewise
 * @port: number of the port of sgnl's, among those of all namespaces
 * @vlan: tags, as in struct sgnl_key
 * @family: enum sgnl_family
 * @proto: protocol
 * @zero: always 0
 * @word: all of these, to be hashed and compared
 *
 * Both directions have the same.
 */
struct sgnl_flow {
	union {
		struct {
			struct sgnl_addr local;
			struct sgnl_addr peer;
			u16 local_port;
			u16 peer_port;
			u32 port;
			u16 vlan[SGNL_VLAN_DEPTH];
			u8 family;
			u8 proto;
			u16 zero;
		};
		u64 word[6];
	};
};

_Static_assert(sizeof(struct sgnl_flow) == 6 * sizeof(u64), "no holes");

/**
 * sgnl_flow() - the flow of a packet
 * @key: the packet
 * @port: number of its port among all
 *
 * Context: any.
 */
static inline struct sgnl_flow sgnl_flow(const struct sgnl_key *key, u32 port)
{
	return (struct sgnl_flow){
		.local = key->local,
		.peer = key->peer,
		.local_port = key->local_port,
		.peer_port = key->peer_port,
		.port = port,
		.vlan = { key->vlan[0], key->vlan[1] },
		.family = key->family,
		.proto = key->proto,
	};
}

struct sgnl_key sgnl_flow_key(const struct sgnl_flow *flow, u8 opener);

#endif
