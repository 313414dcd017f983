// SPDX-License-Identifier: GPL-2.0
/*
 * Audits: a candidate set of rules that is judged beside the one in force.
 *
 * A candidate has groups, rules and lists of its own; members, ports and all
 * else are those in force. So each compiled policy has another one beside it,
 * of the same groups as the candidate has them, by which a packet that the
 * rules have judged is judged once more. What that comes to is counted if it
 * is another verdict, and nothing else comes of it.
 *
 * A commit that changes groups, rules or lists ends the audit: what the
 * candidate was made of is no longer in force. Any other one leaves it alone,
 * and gives sets of groups that no port was in before a policy beside theirs.
 */
#include <linux/jhash.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "audit.h"

/* So that those that look for one that is not there find an end soon. */
#define ROOM (SGNL_AUDIT_DIFFERENCES / 2)

static struct sgnl_audit *running(struct sgnl_net *sn)
{
	return rcu_dereference_protected(sn->audit, lockdep_is_held(&sn->lock));
}

static bool is_pair(const struct sgnl_audit_pair *a,
		    const struct sgnl_audit_pair *b)
{
	return a->rule == b->rule && a->would_rule == b->would_rule &&
	       a->direction == b->direction && a->reason == b->reason &&
	       a->would_reason == b->would_reason;
}

/*
 * Where a pair is, or, if false, where it would have to be put. None ever goes,
 * so that nobody who looks needs the lock.
 */
static bool find(struct sgnl_audit *audit, const struct sgnl_audit_pair *pair,
		 struct sgnl_audit_difference **difference)
{
	u32 at = jhash_3words(pair->rule, pair->would_rule,
			      pair->direction << 16 | pair->reason << 8 |
				      pair->would_reason,
			      0);

	for (;; at++) {
		*difference = &audit->difference[at % SGNL_AUDIT_DIFFERENCES];
		/* Behind it there is the pair. */
		if (!smp_load_acquire(&(*difference)->used))
			return false;
		if (is_pair(&(*difference)->pair, pair))
			return true;
	}
}

static void add(struct sgnl_audit *audit, const struct sgnl_audit_pair *pair)
{
	struct sgnl_audit_difference *difference;

	spin_lock_bh(&audit->lock);
	if (audit->n < ROOM && !find(audit, pair, &difference)) {
		WRITE_ONCE(audit->n, audit->n + 1);
		difference->pair = *pair;
		/* The pair first, for find() */
		smp_store_release(&difference->used, true);
	}
	spin_unlock_bh(&audit->lock);
}

/* Where there is no room for another pair, it counts in the sums alone. */
static void count(struct sgnl_audit *audit, const struct sgnl_audit_pair *pair)
{
	struct sgnl_audit_difference *difference;

	atomic64_inc(&audit->would[sgnl_reasons[pair->would_reason].passes]);
	if (!find(audit, pair, &difference) && READ_ONCE(audit->n) < ROOM)
		add(audit, pair);
	if (find(audit, pair, &difference))
		atomic64_inc(&difference->packets);
}

/**
 * sgnl_audit_packet() - judges a packet by the candidate's rules, and counts
 * @audit: the audit, which runs
 * @terms: by what the packet was judged
 * @key: the packet
 * @reason: what that came to
 * @rule: the rule that decided, or NULL
 *
 * What was decided before the rules is left out: it does not depend on them.
 *
 * Context: softirq or disabled bottom halves, under RCU.
 */
void sgnl_audit_packet(struct sgnl_audit *audit, const struct sgnl_terms *terms,
		       const struct sgnl_key *key, enum sgnl_reason reason,
		       const struct sgnl_rule *rule)
{
	const struct sgnl_policy_entry *policy = terms->conf->policy, *beside;
	struct sgnl_verdict verdict;
	struct sgnl_audit_pair pair = {
		.rule = rule ? rule->id : 0,
		.direction = key->direction,
		.reason = reason,
	};

	if (reason == SGNL_REASON_SMTP || reason == SGNL_REASON_NO_GROUP)
		return;
	beside = rcu_dereference(policy->beside);
	if (!beside)
		return;
	this_cpu_inc(*audit->judged);
	if (beside == policy)
		return;
	pair.would_reason =
		sgnl_verdict_rules(terms, beside->policy, key, &verdict);
	pair.would_rule = verdict.rule ? verdict.rule->id : 0;
	if (sgnl_reasons[reason].passes !=
	    sgnl_reasons[pair.would_reason].passes)
		count(audit, &pair);
}

/**
 * sgnl_audit_judged() - how many packets were judged twice
 * @audit: the audit
 *
 * Context: any.
 */
u64 sgnl_audit_judged(const struct sgnl_audit *audit)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(audit->judged, cpu));
	return sum;
}

static void destroy(struct sgnl_audit *audit)
{
	if (audit->candidate)
		sgnl_config_destroy(audit->candidate);
	free_percpu(audit->judged);
	kvfree(audit);
}

static struct sgnl_audit *create(const struct sgnl_txn *txn)
{
	struct sgnl_audit *audit = kvzalloc(sizeof(*audit), txn->gfp);
	struct sgnl_array *none;

	if (!audit)
		return NULL;
	none = sgnl_array_create(&sgnl_ports_ops, txn->gfp);
	audit->judged = alloc_percpu_gfp(u64, txn->gfp);
	audit->candidate = sgnl_config_next(txn->config, txn->gfp);
	if (!none || !audit->judged || !audit->candidate) {
		sgnl_array_put(none);
		destroy(audit);
		return NULL;
	}
	/* Ports come and go meanwhile, and do not wait for the audit. */
	sgnl_array_put(audit->candidate->ports);
	audit->candidate->ports = none;
	audit->candidate->n_ports = 0;
	audit->next_group = txn->next_group;
	audit->next_rule = txn->next_rule;
	audit->next_list = txn->next_list;
	audit->since = ktime_get_real_seconds();
	audit->begun = sgnl_net_config(txn->sn)->generation;
	spin_lock_init(&audit->lock);
	return audit;
}

/* Ends it, if it runs; what it has counted stays. */
static void end(struct sgnl_net *sn, u64 generation)
{
	struct sgnl_audit *audit = running(sn);

	if (!audit)
		return;
	audit->ended = generation;
	RCU_INIT_POINTER(sn->audit, NULL);
	synchronize_rcu();
	sgnl_policy_cache_part(&sn->policies);
}

static void forget(struct sgnl_net *sn)
{
	end(sn, 0);
	if (sn->audited)
		destroy(sn->audited);
	sn->audited = NULL;
}

/**
 * sgnl_audit_start() - begins to judge packets by what a transaction would make
 * @txn: the transaction, of groups, rules and lists alone; prepared, and to be
 *	aborted by the caller
 *
 * The place of an audit that is over is taken.
 *
 * Context: may sleep; under the namespace's lock.
 * Return: 0, -EBUSY if one runs, or -ENOMEM.
 */
int sgnl_audit_start(struct sgnl_txn *txn)
{
	const struct sgnl_config *config = sgnl_net_config(txn->sn);
	struct sgnl_net *sn = txn->sn;
	struct sgnl_audit *audit;
	u32 slot;

	if (running(sn))
		return sgnl_txn_fail(
			txn, -EBUSY,
			"an audit runs: audit stop or audit commit expected before another");
	audit = create(txn);
	if (!audit)
		return sgnl_txn_out_of_memory(txn);
	forget(sn);
	/* The transaction has the same ports, in the same slots. */
	for (slot = 0; slot < config->ports->n; slot++) {
		const struct sgnl_port_conf *conf = config->ports->item[slot];
		const struct sgnl_port_conf *would =
			txn->config->ports->item[slot];

		if (conf && conf->policy)
			sgnl_policy_cache_pair(conf->policy, would->policy);
	}
	audit->number = ++sn->audits;
	sn->audited = audit;
	rcu_assign_pointer(sn->audit, audit);
	return 0;
}

/**
 * sgnl_audit_stop() - ends the audit, and forgets what it has counted
 * @sn: the namespace
 *
 * Context: may sleep.
 * Return: 0, or -ENOENT if there is none.
 */
int sgnl_audit_stop(struct sgnl_net *sn)
{
	int err;

	mutex_lock(&sn->lock);
	err = sn->audited ? 0 : -ENOENT;
	forget(sn);
	mutex_unlock(&sn->lock);
	return err;
}

static void replace(struct sgnl_array **array, struct sgnl_array *by)
{
	sgnl_array_put(*array);
	*array = sgnl_array_get(by);
}

/* A group may have got ports and members meanwhile that would go (G7). */
static int check_gone(struct sgnl_txn *txn)
{
	const struct sgnl_array *groups = sgnl_net_config(txn->sn)->groups;
	unsigned int i, pos;
	int err = 0;

	for (i = 0; !err && i < groups->n; i++) {
		const struct sgnl_group *group = groups->item[i];

		if (!sgnl_config_group_by_id(txn->config, group->id, &pos))
			err = sgnl_txn_group_unheld(txn, group);
	}
	return err;
}

/**
 * sgnl_audit_take() - makes the candidate's rules those of a transaction
 * @txn: the transaction, in which nothing was changed
 *
 * Context: under the namespace's lock.
 * Return: 0, -ENOENT if there is no audit, -ESTALE if it is over, or what else
 * does not fit any more.
 */
int sgnl_audit_take(struct sgnl_txn *txn)
{
	const struct sgnl_audit *audit = txn->sn->audited;
	const struct sgnl_config *candidate;

	if (!audit)
		return sgnl_txn_fail(txn, -ENOENT, "there is no audit");
	if (audit->ended)
		return sgnl_txn_fail(txn, -ESTALE,
				     "the audit is over: generation %llu has changed groups, rules or lists",
				     audit->ended);
	candidate = audit->candidate;
	replace(&txn->config->names, candidate->names);
	replace(&txn->config->groups, candidate->groups);
	replace(&txn->config->list_names, candidate->list_names);
	replace(&txn->config->lists, candidate->lists);
	txn->next_group = audit->next_group;
	txn->next_rule = audit->next_rule;
	txn->next_list = audit->next_list;
	txn->stale = true;
	txn->expires = true;
	return check_gone(txn);
}

static bool ends(const struct sgnl_txn *txn)
{
	const struct sgnl_config *config = sgnl_net_config(txn->sn);

	return txn->config->groups != config->groups ||
	       txn->config->lists != config->lists;
}

/**
 * sgnl_audit_policy() - puts the candidate's policy beside one, while an audit runs
 * @txn: the transaction
 * @policy: a policy that is to be in force
 *
 * A set with a group that the candidate has not has none beside it.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sgnl_audit_policy(struct sgnl_txn *txn, struct sgnl_policy_entry *policy)
{
	struct sgnl_audit *audit = running(txn->sn);
	struct sgnl_group *group[SGNL_PORT_GROUPS_MAX];
	struct sgnl_policy_entry *beside;
	unsigned int i, pos;

	if (!audit || ends(txn) || rcu_access_pointer(policy->beside))
		return 0;
	for (i = 0; i < policy->policy->n_groups; i++) {
		group[i] = sgnl_config_group_by_id(audit->candidate,
						   policy->policy->group[i].id,
						   &pos);
		if (!group[i])
			return 0;
	}
	beside = sgnl_policy_cache_get(&txn->sn->policies, group, i,
				       audit->candidate->lists);
	if (!beside)
		return sgnl_txn_out_of_memory(txn);
	sgnl_policy_cache_pair(policy, beside);
	sgnl_policy_cache_put(&txn->sn->policies, beside);
	return 0;
}

/**
 * sgnl_audit_follow() - a transaction is about to come into force
 * @txn: the transaction
 *
 * Context: may sleep; under the namespace's lock.
 */
void sgnl_audit_follow(struct sgnl_txn *txn)
{
	if (ends(txn))
		end(txn->sn, txn->config->generation);
}

/**
 * sgnl_audit_net_exit() - a namespace ends, and its audit with it
 * @sn: sgnl's part of it; its devices are gone
 *
 * Context: may sleep.
 */
void sgnl_audit_net_exit(struct sgnl_net *sn)
{
	mutex_lock(&sn->lock);
	forget(sn);
	mutex_unlock(&sn->lock);
}
