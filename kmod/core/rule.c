// SPDX-License-Identifier: GPL-2.0
/* One rule: validation, canonical form, order, identity, and what it matches. */
#include <linux/in.h>
#include <linux/in6.h>

#include "rule.h"

static bool ports_all(const struct sgnl_port_range *range)
{
	return range->min == 0 && range->max == 65535;
}

static bool ports_valid(const struct sgnl_port_range *range)
{
	return ports_all(range) ||
	       (range->min >= 1 && range->min <= range->max);
}

static bool ports_equal(const struct sgnl_port_range *a,
			const struct sgnl_port_range *b)
{
	return a->min == b->min && a->max == b->max;
}

static bool ports_match(const struct sgnl_port_range *range, u16 port)
{
	return range->min <= port && port <= range->max;
}

/* Both rules mean the same ICMP packets, as far as type and code go (R14). */
static bool icmp_equal(const struct sgnl_rule *a, const struct sgnl_rule *b)
{
	return a->has_icmp_type == b->has_icmp_type &&
	       a->has_icmp_code == b->has_icmp_code &&
	       a->icmp_type == b->icmp_type && a->icmp_code == b->icmp_code;
}

static bool prefix_valid(const struct sgnl_prefix *prefix)
{
	return prefix->len <= sgnl_family_bits(prefix->family);
}

static bool prefix_equal(const struct sgnl_prefix *a,
			 const struct sgnl_prefix *b)
{
	return a->family == b->family && a->len == b->len &&
	       sgnl_addr_equal(&a->addr, &b->addr);
}

/* Fixes the rule to a family; false if it is fixed to another already (R11). */
static bool fix_family(struct sgnl_rule *rule, u8 family)
{
	if (family == SGNL_FAMILY_ANY)
		return true;
	if (rule->family != SGNL_FAMILY_ANY && rule->family != family)
		return false;
	rule->family = family;
	return true;
}

/**
 * sgnl_rule_canonicalize() - checks a rule and brings it to its canonical form
 * @rule: the rule; host bits are masked and @family is derived
 * @text: if something is wrong, what is, and what is allowed
 *
 * Implements R1 to R4, R8, R11 and R14 but for what needs other objects: that the
 * groups and lists named exist, that groups share a vpc, and the family of a
 * prefix list, which is to be put into @rule->peer once it is known.
 *
 * Context: any.
 * Return: SGNL_RULE_PART_NONE, or the part that is wrong.
 */
enum sgnl_rule_part sgnl_rule_canonicalize(struct sgnl_rule *rule,
					   const char **text)
{
	bool has_ports = rule->proto == IPPROTO_TCP ||
			 rule->proto == IPPROTO_UDP;
	bool has_types = rule->proto == IPPROTO_ICMP ||
			 rule->proto == IPPROTO_ICMPV6;

	if (rule->direction > SGNL_DIRECTION_OUT) {
		*text = "direction: in or out expected";
		return SGNL_RULE_PART_DIRECTION;
	}
	if (rule->policy > SGNL_RULE_POLICY_DENY) {
		*text = "policy: allow or deny expected";
		return SGNL_RULE_PART_POLICY;
	}
	if (rule->priority < 1 || rule->priority > 100) {
		*text = "priority: 1 to 100 expected";
		return SGNL_RULE_PART_PRIORITY;
	}
	if (rule->proto > SGNL_PROTO_ALL) {
		*text = "protocol: 0 to 255 or all expected";
		return SGNL_RULE_PART_PROTO;
	}
	if (!ports_valid(&rule->dport)) {
		*text = "port: a range A/B with 1 <= A <= B <= 65535 expected";
		return SGNL_RULE_PART_DPORT;
	}
	if (!ports_all(&rule->dport) && !has_ports) {
		*text = "port: only tcp and udp have ports; -1/-1 expected";
		return SGNL_RULE_PART_DPORT;
	}
	if (rule->port_list && !has_ports) {
		*text = "port list: only tcp and udp have ports; none expected";
		return SGNL_RULE_PART_PORT_LIST;
	}
	if (rule->port_list && !ports_all(&rule->dport)) {
		*text = "port list: either a range or a port list expected";
		return SGNL_RULE_PART_PORT_LIST;
	}
	if (!ports_valid(&rule->sport)) {
		*text = "source port: a range A/B with 1 <= A <= B <= 65535 expected";
		return SGNL_RULE_PART_SPORT;
	}
	if (!ports_all(&rule->sport) && !has_ports) {
		*text = "source port: only tcp and udp have ports; none expected";
		return SGNL_RULE_PART_SPORT;
	}
	if (rule->has_icmp_type && !has_types) {
		*text = "type: only icmp and icmpv6 have types; none expected";
		return SGNL_RULE_PART_ICMP_TYPE;
	}
	if (rule->has_icmp_code && !rule->has_icmp_type) {
		*text = "code: a code is one of a type; a type expected with it";
		return SGNL_RULE_PART_ICMP_CODE;
	}
	if (!rule->has_icmp_type)
		rule->icmp_type = 0;
	if (!rule->has_icmp_code)
		rule->icmp_code = 0;

	rule->family = SGNL_FAMILY_ANY;
	if (rule->peer_kind == SGNL_PEER_GROUP) {
		if (rule->peer_group == rule->group) {
			*text = "peer group: a rule does not name its own group; members reach each other by the internal policy";
			return SGNL_RULE_PART_PEER_GROUP;
		}
		rule->peer = (struct sgnl_prefix){};
		rule->peer_list = 0;
	} else if (rule->peer_kind == SGNL_PEER_LIST) {
		rule->peer =
			(struct sgnl_prefix){ .family = rule->peer.family };
		rule->peer_group = 0;
		fix_family(rule, rule->peer.family);
	} else {
		if (rule->peer.family == SGNL_FAMILY_ANY) {
			*text = "peer: an address, a CIDR, a group or a prefix list expected";
			return SGNL_RULE_PART_PEER;
		}
		if (!prefix_valid(&rule->peer)) {
			*text = "peer: prefix length 0 to 32 (IPv4) or 0 to 128 (IPv6) expected";
			return SGNL_RULE_PART_PEER;
		}
		sgnl_prefix_mask(&rule->peer);
		rule->peer_group = 0;
		rule->peer_list = 0;
		fix_family(rule, rule->peer.family);
	}
	if (rule->local.family != SGNL_FAMILY_ANY) {
		if (!prefix_valid(&rule->local)) {
			*text = "local: prefix length 0 to 32 (IPv4) or 0 to 128 (IPv6) expected";
			return SGNL_RULE_PART_LOCAL;
		}
		sgnl_prefix_mask(&rule->local);
		if (!fix_family(rule, rule->local.family)) {
			*text = "local: a rule does not mix IPv4 and IPv6";
			return SGNL_RULE_PART_LOCAL;
		}
	} else {
		rule->local = (struct sgnl_prefix){};
	}
	if (rule->proto == IPPROTO_ICMP &&
	    !fix_family(rule, SGNL_FAMILY_IPV4)) {
		*text = "protocol: icmp is IPv4's; icmpv6 expected with IPv6";
		return SGNL_RULE_PART_PROTO;
	}
	if (rule->proto == IPPROTO_ICMPV6 &&
	    !fix_family(rule, SGNL_FAMILY_IPV6)) {
		*text = "protocol: icmpv6 is IPv6's; icmp expected with IPv4";
		return SGNL_RULE_PART_PROTO;
	}
	return SGNL_RULE_PART_NONE;
}

/**
 * sgnl_rule_order() - place of a rule among those of its direction (E7)
 * @rule: the rule
 *
 * By priority, then deny before allow, then by number of creation.
 *
 * Context: any.
 * Return: a number, lower than that of a rule that comes later.
 */
struct sgnl_addr sgnl_rule_order(const struct sgnl_rule *rule)
{
	bool allow = rule->policy == SGNL_RULE_POLICY_ALLOW;

	return (struct sgnl_addr){
		.hi = rule->priority << 1 | allow,
		.lo = rule->id,
	};
}

/**
 * sgnl_rule_equal() - identity of two rules in canonical form (R9)
 * @a: a rule
 * @b: another
 *
 * A rule is compared with all of its group: what differs most comes first.
 *
 * Context: any.
 * Return: true if they differ in nothing but their ids.
 */
bool sgnl_rule_equal(const struct sgnl_rule *a, const struct sgnl_rule *b)
{
	return prefix_equal(&a->peer, &b->peer) &&
	       ports_equal(&a->dport, &b->dport) && a->proto == b->proto &&
	       a->direction == b->direction && a->group == b->group &&
	       a->policy == b->policy && a->priority == b->priority &&
	       ports_equal(&a->sport, &b->sport) && icmp_equal(a, b) &&
	       a->peer_kind == b->peer_kind && a->peer_group == b->peer_group &&
	       a->peer_list == b->peer_list && a->port_list == b->port_list &&
	       prefix_equal(&a->local, &b->local);
}

/**
 * sgnl_group_set_has() - is a group in the set?
 * @set: the set, possibly empty
 * @group: number of the group
 *
 * Context: any.
 */
bool sgnl_group_set_has(const struct sgnl_group_set *set, u32 group)
{
	unsigned int i;

	for (i = 0; i < set->n; i++)
		if (set->group[i] == group)
			return true;
	return false;
}

/**
 * sgnl_rule_mismatch() - by which part does a rule not match a packet?
 * @rule: a rule in canonical form, of the packet's direction
 * @lists: the lists that it names
 * @key: the packet's key
 * @peer: the groups that the packet's peer is in
 *
 * Context: any.
 * Return: the first part that does not fit, or SGNL_RULE_PART_NONE if the rule
 * matches.
 */
enum sgnl_rule_part sgnl_rule_mismatch(const struct sgnl_rule *rule,
				       const struct sgnl_rule_lists *lists,
				       const struct sgnl_key *key,
				       const struct sgnl_group_set *peer)
{
	u16 dport = sgnl_key_dport(key);

	if (rule->family != SGNL_FAMILY_ANY && rule->family != key->family)
		return SGNL_RULE_PART_FAMILY;
	if (rule->proto != SGNL_PROTO_ALL && rule->proto != key->proto)
		return SGNL_RULE_PART_PROTO;
	if (rule->has_icmp_type && rule->icmp_type != key->icmp_type)
		return SGNL_RULE_PART_ICMP_TYPE;
	if (rule->has_icmp_code && rule->icmp_code != key->icmp_code)
		return SGNL_RULE_PART_ICMP_CODE;
	if (rule->port_list ? !sgnl_port_list_match(lists->ports, dport) :
			      !ports_match(&rule->dport, dport))
		return SGNL_RULE_PART_DPORT;
	if (!ports_match(&rule->sport, sgnl_key_sport(key)))
		return SGNL_RULE_PART_SPORT;
	if (!sgnl_prefix_match(&rule->local, &key->local, key->family))
		return SGNL_RULE_PART_LOCAL;
	if (rule->peer_kind == SGNL_PEER_GROUP)
		return sgnl_group_set_has(peer, rule->peer_group) ?
			       SGNL_RULE_PART_NONE :
			       SGNL_RULE_PART_PEER_GROUP;
	if (rule->peer_kind == SGNL_PEER_LIST)
		return sgnl_prefix_list_match(lists->peer, &key->peer,
					      key->family) ?
			       SGNL_RULE_PART_NONE :
			       SGNL_RULE_PART_PEER_LIST;
	return sgnl_prefix_match(&rule->peer, &key->peer, key->family) ?
		       SGNL_RULE_PART_NONE :
		       SGNL_RULE_PART_PEER;
}
