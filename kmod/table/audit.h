/* SPDX-License-Identifier: GPL-2.0 */
/* Audits: a candidate set of rules that is judged beside the one in force. */
#ifndef SGNL_TABLE_AUDIT_H
#define SGNL_TABLE_AUDIT_H

#include <linux/atomic.h>
#include <linux/spinlock.h>

#include "txn.h"
#include "verdict.h"

/* Kinds of differences that are told apart; a power of two. */
#define SGNL_AUDIT_DIFFERENCES 1024

/**
 * struct sgnl_audit_pair - what decided a packet, and would have decided it
 * @rule: id of the rule that decided, or 0
 * @would_rule: id of the candidate's rule, or 0
 * @direction: enum sgnl_direction
 * @reason: why it passed or was dropped, enum sgnl_reason
 * @would_reason: why it would have
 */
struct sgnl_audit_pair {
	u32 rule;
	u32 would_rule;
	u8 direction;
	u8 reason;
	u8 would_reason;
};

/**
 * struct sgnl_audit_difference - packets that two sets of rules judge otherwise
 * @pair: by what
 * @used: there is one; what is in @pair stays from then on
 * @packets: how many
 */
struct sgnl_audit_difference {
	struct sgnl_audit_pair pair;
	bool used;
	atomic64_t packets;
};

/**
 * struct sgnl_audit - an audit, running or over
 * @number: grows with each audit of the namespace, from 1 on
 * @candidate: groups, rules and lists as they would be; no ports
 * @next_group: struct sgnl_net's, once the candidate is in force
 * @next_rule: likewise
 * @next_list: likewise
 * @since: when it began, in seconds of UTC
 * @begun: the generation that it began with
 * @ended: the generation with which it was over, or 0
 * @judged: by CPU, packets that were judged twice
 * @would: packets that were judged otherwise: those that would be dropped, and
 *	those that would pass
 * @lock: of what is added to @difference
 * @n: how many are used
 * @difference: a hash table, by pair
 */
struct sgnl_audit {
	u32 number;
	struct sgnl_config *candidate;
	u32 next_group;
	u32 next_rule;
	u32 next_list;
	time64_t since;
	u64 begun;
	u64 ended;
	u64 __percpu *judged;
	atomic64_t would[2];
	spinlock_t lock; /* @n and new ones in @difference */
	unsigned int n;
	struct sgnl_audit_difference difference[SGNL_AUDIT_DIFFERENCES];
};

void sgnl_audit_packet(struct sgnl_audit *audit, const struct sgnl_terms *terms,
		       const struct sgnl_key *key, enum sgnl_reason reason,
		       const struct sgnl_rule *rule);
u64 sgnl_audit_judged(const struct sgnl_audit *audit);

int sgnl_audit_start(struct sgnl_txn *txn);
int sgnl_audit_stop(struct sgnl_net *sn);
int sgnl_audit_take(struct sgnl_txn *txn);
void sgnl_audit_net_exit(struct sgnl_net *sn);

/* For the transactions themselves. */
int sgnl_audit_policy(struct sgnl_txn *txn, struct sgnl_policy_entry *policy);
void sgnl_audit_follow(struct sgnl_txn *txn);

#endif
