/* SPDX-License-Identifier: GPL-2.0 */
/* One rule: validation, canonical form, order, identity, and what it matches. */
#ifndef SGNL_CORE_RULE_H
#define SGNL_CORE_RULE_H

#include <linux/types.h>
#include <linux/sgnl.h>
#include "addr.h"
#include "key.h"

/* The protocol of a rule that matches all; a number is that protocol, 0 too. */
#define SGNL_PROTO_ALL	      256

#define SGNL_PRIORITY_DEFAULT 1

/**
 * struct sgnl_port_range - the ports from @min to @max, both in it
 * @min: first port
 * @max: last port
 *
 * All ports are 0 to 65535: port 0 is matched by such a range alone, since
 * every other one begins at 1 or above.
 */
struct sgnl_port_range {
	u16 min;
	u16 max;
};

#define SGNL_PORTS_ALL ((struct sgnl_port_range){ .min = 0, .max = 65535 })

enum sgnl_peer_kind {
	SGNL_PEER_PREFIX,
	SGNL_PEER_GROUP,
};

/**
 * struct sgnl_rule - one rule
 * @id: number of creation
 * @group: number of the group that it belongs to
 * @direction: enum sgnl_direction
 * @policy: enum sgnl_rule_policy
 * @priority: 1 to 100, smaller first
 * @family: the family that it is fixed to, or SGNL_FAMILY_ANY; derived
 * @proto: 0 to 255, or SGNL_PROTO_ALL
 * @dport: destination ports
 * @sport: source ports
 * @peer_kind: what the peer is
 * @peer: the peer's addresses, for SGNL_PEER_PREFIX
 * @peer_group: number of the group whose members are the peer, for
 *              SGNL_PEER_GROUP
 * @local: addresses of the port's own side; SGNL_FAMILY_ANY means all
 */
struct sgnl_rule {
	u32 id;
	u32 group;
	u8 direction;
	u8 policy;
	u8 priority;
	u8 family;
	u16 proto;
	struct sgnl_port_range dport;
	struct sgnl_port_range sport;
	u8 peer_kind;
	struct sgnl_prefix peer;
	u32 peer_group;
	struct sgnl_prefix local;
};

/**
 * struct sgnl_group_set - groups that an address is in
 * @n: how many
 * @group: their numbers, ascending
 */
struct sgnl_group_set {
	unsigned int n;
	const u32 *group;
};

enum sgnl_rule_part sgnl_rule_canonicalize(struct sgnl_rule *rule,
					   const char **text);
int sgnl_rule_compare(const struct sgnl_rule *a, const struct sgnl_rule *b);
bool sgnl_rule_equal(const struct sgnl_rule *a, const struct sgnl_rule *b);
enum sgnl_rule_part sgnl_rule_mismatch(const struct sgnl_rule *rule,
				       const struct sgnl_key *key,
				       const struct sgnl_group_set *peer);
bool sgnl_group_set_has(const struct sgnl_group_set *set, u32 group);

/**
 * sgnl_rule_match() - does a rule match a packet?
 * @rule: a rule in canonical form, of the packet's direction
 * @key: the packet's key
 * @peer: the groups that the packet's peer is in
 *
 * Context: any.
 */
static inline bool sgnl_rule_match(const struct sgnl_rule *rule,
				   const struct sgnl_key *key,
				   const struct sgnl_group_set *peer)
{
	return sgnl_rule_mismatch(rule, key, peer) == SGNL_RULE_PART_NONE;
}

#endif
