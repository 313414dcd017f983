/* SPDX-License-Identifier: GPL-2.0 */
/* One rule: validation, canonical form, order, identity, and what it matches. */
#ifndef SGNL_CORE_RULE_H
#define SGNL_CORE_RULE_H

#include <linux/types.h>
#include <linux/sgnl.h>
#include "addr.h"
#include "key.h"
#include "list.h"

/* The protocol of a rule that matches all; a number is that protocol, 0 too. */
#define SGNL_PROTO_ALL	      256

#define SGNL_PRIORITY_DEFAULT 1

#define SGNL_PORTS_ALL	      ((struct sgnl_port_range){ .min = 0, .max = 65535 })

enum sgnl_peer_kind {
	SGNL_PEER_PREFIX,
	SGNL_PEER_GROUP,
	SGNL_PEER_LIST,
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
 * @has_icmp_type: ICMP packets of one type are meant (R14)
 * @has_icmp_code: and of one code
 * @icmp_type: the type; 0 without @has_icmp_type
 * @icmp_code: the code; 0 without @has_icmp_code
 * @peer_kind: what the peer is
 * @peer: the peer's addresses, for SGNL_PEER_PREFIX; for SGNL_PEER_LIST the
 *        list's family, as far as it is known, and no more
 * @peer_group: number of the group whose members are the peer, for
 *              SGNL_PEER_GROUP
 * @local: addresses of the port's own side; SGNL_FAMILY_ANY means all
 * @peer_list: number of the prefix list that is the peer, for SGNL_PEER_LIST
 * @port_list: number of the port list that stands for @dport, or 0
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
	bool has_icmp_type;
	bool has_icmp_code;
	u8 icmp_type;
	u8 icmp_code;
	u8 peer_kind;
	struct sgnl_prefix peer;
	u32 peer_group;
	struct sgnl_prefix local;
	u32 peer_list;
	u32 port_list;
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

/**
 * struct sgnl_rule_lists - the lists that a rule names by their numbers
 * @peer: the prefix list, or NULL
 * @ports: the port list, or NULL
 */
struct sgnl_rule_lists {
	const struct sgnl_prefix_list *peer;
	const struct sgnl_port_list *ports;
};

enum sgnl_rule_part sgnl_rule_canonicalize(struct sgnl_rule *rule,
					   const char **text);
struct sgnl_addr sgnl_rule_order(const struct sgnl_rule *rule);

/**
 * sgnl_rule_compare() - order of the rules of one direction (E7)
 * @a: a rule
 * @b: another
 *
 * Context: any.
 * Return: negative if @a comes first, positive if @b does, 0 for the same id.
 */
static inline int sgnl_rule_compare(const struct sgnl_rule *a,
				    const struct sgnl_rule *b)
{
	struct sgnl_addr x = sgnl_rule_order(a), y = sgnl_rule_order(b);

	if (x.hi != y.hi)
		return x.hi < y.hi ? -1 : 1;
	if (x.lo != y.lo)
		return x.lo < y.lo ? -1 : 1;
	return 0;
}

bool sgnl_rule_equal(const struct sgnl_rule *a, const struct sgnl_rule *b);
enum sgnl_rule_part sgnl_rule_mismatch(const struct sgnl_rule *rule,
				       const struct sgnl_rule_lists *lists,
				       const struct sgnl_key *key,
				       const struct sgnl_group_set *peer);
bool sgnl_group_set_has(const struct sgnl_group_set *set, u32 group);

/**
 * sgnl_rule_match() - does a rule match a packet?
 * @rule: a rule in canonical form, of the packet's direction
 * @lists: the lists that it names
 * @key: the packet's key
 * @peer: the groups that the packet's peer is in
 *
 * Context: any.
 */
static inline bool sgnl_rule_match(const struct sgnl_rule *rule,
				   const struct sgnl_rule_lists *lists,
				   const struct sgnl_key *key,
				   const struct sgnl_group_set *peer)
{
	return sgnl_rule_mismatch(rule, lists, key, peer) ==
	       SGNL_RULE_PART_NONE;
}

#endif
