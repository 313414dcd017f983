/* SPDX-License-Identifier: GPL-2.0 */
/* The first of many rules that matches a packet, found without a scan (E7). */
#ifndef SGNL_CORE_CLASSIFIER_H
#define SGNL_CORE_CLASSIFIER_H

#include <linux/types.h>
#include "key.h"
#include "limits.h"
#include "rule.h"

/* Words of a bit vector of as many rules as there may be. */
#define SGNL_CLASSIFIER_WORDS_MAX ((SGNL_RULES_MAX + 63) / 64)

/* The parts of a rule, all of those that sgnl_rule_mismatch() knows. */
enum sgnl_field_id {
	SGNL_FIELD_PROTO,
	SGNL_FIELD_ICMP,
	SGNL_FIELD_DPORT,
	SGNL_FIELD_SPORT,
	SGNL_FIELD_LOCAL,
	SGNL_FIELD_PEER,
	SGNL_FIELD_GROUP,
	SGNL_FIELDS
};

/**
 * struct sgnl_field - what rules say of one part of a packet
 * @n: how many intervals its values are cut into; 0 if no rule restricts it
 * @n_vectors: how many bit vectors there are
 * @start: where each interval begins, ascending, the first one at 0; u16 for
 *         ports and for ICMP's type and code, u32 for IPv4 addresses and groups, struct sgnl_addr for IPv6
 *         addresses; unused for protocols, of which each is an interval
 * @vector_of: where in @vector the bit vector of each interval is
 * @vector: the bit vectors, each once: a summary, then the words; the vector of
 *          all rules if none restricts the part
 *
 * Bit i of a vector is set if rule i matches the values of the interval. Bit w
 * of the summary is set if word w is not 0.
 */
struct sgnl_field {
	unsigned int n;
	unsigned int n_vectors;
	void *start;
	u32 *vector_of;
	u64 *vector;
};

/**
 * struct sgnl_classifier - the rules of one direction for one family
 * @bytes: size of all of it
 * @ipv6: the family
 * @stride: words of a vector with its summary
 * @field: what the rules say of each part; the groups' vectors are of the rules
 *         that have a group as peer, the peers' of all others; those of ICMP's
 *         type and code are of the rules for ICMP or for all protocols
 * @rule: the rules, by bit
 * @all: the vector of all of them
 * @block: room for what is pointed to
 */
struct sgnl_classifier {
	size_t bytes;
	bool ipv6;
	unsigned int stride;
	struct sgnl_field field[SGNL_FIELDS];
	const struct sgnl_rule **rule;
	u64 *all;
	u64 block[];
};

struct sgnl_policy_rule;

struct sgnl_classifier *
sgnl_classifier_create(u8 family, const struct sgnl_policy_rule *rule,
		       unsigned int n_rules);
void sgnl_classifier_destroy(struct sgnl_classifier *classifier);
const struct sgnl_rule *
sgnl_classifier_find(const struct sgnl_classifier *classifier,
		     const struct sgnl_key *key,
		     const struct sgnl_group_set *peer);

#endif
