// SPDX-License-Identifier: GPL-2.0
/* Changes of rules. */
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "txn.h"

static int resolve_group(struct sgnl_txn *txn,
			 const struct sgnl_rule_args *args,
			 struct sgnl_group *group, struct sgnl_rule *rule)
{
	struct sgnl_group *peer;

	peer = sgnl_txn_find_group(txn, args->peer_group);
	if (!peer)
		return -ENOENT;
	if (peer == group)
		return sgnl_txn_fail(txn, -EINVAL,
				     "group %s: a rule does not name its own group",
				     group->name);
	if (peer->vpc != group->vpc)
		return sgnl_txn_fail(txn, -EINVAL,
				     "group %s is in vpc %u and group %s in vpc %u: a peer group must be in the same",
				     group->name, group->vpc, peer->name,
				     peer->vpc);
	rule->peer_group = peer->id;
	sgnl_txn_forget_held(txn);
	return 0;
}

/* R6; and R4: a prefix list fixes the rule's family, once it is known. */
static int resolve_peer_list(struct sgnl_txn *txn,
			     const struct sgnl_rule_args *args,
			     struct sgnl_rule *rule, unsigned int *cost)
{
	struct sgnl_list *list;
	const char *text;

	list = sgnl_txn_find_list(txn, args->peer_list, SGNL_LIST_PREFIX);
	if (!list)
		return -ENOENT;
	*cost *= list->max;
	rule->peer_list = list->id;
	rule->peer.family = list->family;
	if (sgnl_rule_canonicalize(rule, &text) == SGNL_RULE_PART_NONE)
		return 0;
	return sgnl_txn_fail(txn, -EINVAL, "prefix-list %s is of %s: %s",
			     list->name,
			     list->family == SGNL_FAMILY_IPV4 ? "IPv4" : "IPv6",
			     text);
}

static int resolve_port_list(struct sgnl_txn *txn,
			     const struct sgnl_rule_args *args,
			     struct sgnl_rule *rule, unsigned int *cost)
{
	struct sgnl_list *list;

	list = sgnl_txn_find_list(txn, args->port_list, SGNL_LIST_PORT);
	if (!list)
		return -ENOENT;
	*cost *= list->max;
	rule->port_list = list->id;
	return 0;
}

/* The rule with the numbers of what it names, and what it costs (R6, R7). */
static int resolve_rule(struct sgnl_txn *txn, const struct sgnl_rule_args *args,
			struct sgnl_group *group, struct sgnl_rule *rule,
			unsigned int *cost)
{
	int err = 0;

	*rule = args->rule;
	*cost = 1;
	rule->group = group->id;
	if (args->peer_group)
		err = resolve_group(txn, args, group, rule);
	if (!err && args->port_list)
		err = resolve_port_list(txn, args, rule, cost);
	if (!err && args->peer_list)
		err = resolve_peer_list(txn, args, rule, cost);
	return err;
}

/*
 * R6, R7: a rule that costs too much alone is refused at once, so that the sums
 * that the commit checks do not overflow meanwhile.
 */
static int check_cost(struct sgnl_txn *txn, const struct sgnl_rule_args *args,
		      unsigned int cost)
{
	bool both = args->peer_list && args->port_list;

	if (cost <= SGNL_RULES_MAX)
		return 0;
	return sgnl_txn_fail(txn, -ENOSPC,
			     "group %s: a rule with %s%s%s would cost %u, at most %u allowed",
			     args->group, args->peer_list ?: "",
			     both ? " and " : "", args->port_list ?: "", cost,
			     SGNL_RULES_MAX);
}

/* R14: what has expired already would be gone before anybody saw it. */
static int check_expiry(struct sgnl_txn *txn, const struct sgnl_rule_args *args)
{
	time64_t now = ktime_get_real_seconds();

	if (!args->expires || args->expires > now)
		return 0;
	return sgnl_txn_fail(txn, -EINVAL,
			     "expires: %lld is past, it is %lld now; a later time expected",
			     args->expires, now);
}

/*
 * R7 counts at the commit, so that a transaction may take away what it makes
 * room for later. Each rule that is added is compared with all of its group.
 */
static int check_rules(struct sgnl_txn *txn, const struct sgnl_group *group)
{
	if (group->rules->n < SGNL_TXN_RULES_MAX)
		return 0;
	return sgnl_txn_fail(txn, -ENOSPC,
			     "group %s: it would have %u rules at once, at most %u allowed within a transaction, and %u at its end",
			     group->name, group->rules->n + 1,
			     SGNL_TXN_RULES_MAX, SGNL_RULES_MAX);
}

static int insert_rule(struct sgnl_txn *txn, struct sgnl_group *group,
		       const struct sgnl_rule *rule, unsigned int cost,
		       const struct sgnl_rule_args *args)
{
	struct sgnl_rule_entry *entry;
	unsigned int pos;
	int err;

	err = check_rules(txn, group);
	if (err)
		return err;
	group = sgnl_txn_own_group(txn, group);
	if (!group)
		return sgnl_txn_out_of_memory(txn);
	entry = sgnl_rule_entry_create(rule, cost, args->expires,
				       args->description, NULL, &txn->sn->rules,
				       txn->gfp);
	if (!entry)
		return sgnl_txn_out_of_memory(txn);
	sgnl_group_rule(group, rule->id, &pos);
	if (sgnl_array_insert(&group->rules, pos, entry, txn->gfp)) {
		sgnl_rule_entry_put(entry);
		return sgnl_txn_out_of_memory(txn);
	}
	group->cost += cost;
	txn->stale = true;
	txn->expires |= args->expires;
	return 0;
}

/* Behind the last id they begin anew; the bit above says that they have. */
static u32 id_after(u32 next)
{
	return (next & SGNL_ID_MAX) == SGNL_ID_MAX ? SGNL_ID_MAX + 2 : next + 1;
}

/* The first time round, what is behind all others is free. */
static u32 next_free(const struct sgnl_txn *txn)
{
	u32 next = txn->next_rule;
	struct sgnl_group *group;

	while (next > SGNL_ID_MAX &&
	       sgnl_config_rule(txn->config, txn->sn, next & SGNL_ID_MAX,
				&group))
		next = id_after(next);
	return next;
}

/**
 * sgnl_txn_rule_add() - adds a rule (R9)
 * @txn: the transaction
 * @args: words about it; an id other than 0 is the one it had before
 * @id: its id, or that of the rule that is equal to it
 *
 * Return: 1 if it was added, 0 if it was there, or an error.
 */
int sgnl_txn_rule_add(struct sgnl_txn *txn, const struct sgnl_rule_args *args,
		      u32 *id)
{
	struct sgnl_group *group = sgnl_txn_find_group(txn, args->group),
			  *other;
	const struct sgnl_rule_entry *equal;
	struct sgnl_rule rule;
	unsigned int cost;
	u32 next;
	int err;

	if (!group)
		return -ENOENT;
	err = resolve_rule(txn, args, group, &rule, &cost) ?:
	      check_cost(txn, args, cost) ?:
	      check_expiry(txn, args);
	if (err)
		return err;
	equal = sgnl_group_rule_equal(group, &rule);
	if (equal && equal->expires != args->expires)
		return sgnl_txn_fail(txn, -EEXIST,
				     "expires: the same rule exists as sgr-%u with another expiry",
				     equal->rule.id);
	if (equal) {
		*id = equal->rule.id;
		return 0;
	}
	next = rule.id;
	if (!next)
		next = next_free(txn);
	else if (next > SGNL_ID_MAX)
		return sgnl_txn_fail(txn, -ERANGE,
				     "rule sgr-%u: at most sgr-%u can be restored",
				     next, SGNL_ID_MAX);
	else if (sgnl_config_rule(txn->config, txn->sn, next, &other))
		return sgnl_txn_fail(txn, -EEXIST,
				     "rule sgr-%u: exists already, in group %s",
				     next, other->name);
	rule.id = next & SGNL_ID_MAX;
	err = insert_rule(txn, group, &rule, cost, args);
	if (err)
		return err;
	if (next >= txn->next_rule)
		txn->next_rule = id_after(next);
	*id = rule.id;
	return 1;
}

static struct sgnl_rule_entry *find_rule(struct sgnl_txn *txn, u32 id,
					 struct sgnl_group **group)
{
	struct sgnl_rule_entry *entry;

	entry = sgnl_config_rule(txn->config, txn->sn, id, group);
	if (!entry)
		sgnl_txn_fail(txn, -ENOENT, "rule sgr-%u: no such rule", id);
	return entry;
}

/**
 * sgnl_txn_rule_set() - replaces a rule; id and counters stay (R13)
 * @txn: the transaction
 * @args: words about it; the id names it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_rule_set(struct sgnl_txn *txn, const struct sgnl_rule_args *args)
{
	struct sgnl_rule_entry *entry, *equal, *new;
	unsigned int pos, cost, old_cost;
	struct sgnl_group *group;
	struct sgnl_rule rule;
	int err;

	entry = find_rule(txn, args->rule.id, &group);
	if (!entry)
		return -ENOENT;
	if (strcmp(group->name, args->group) ||
	    entry->rule.direction != args->rule.direction)
		return sgnl_txn_fail(txn, -EINVAL,
				     "rule sgr-%u: its group %s and its direction %s do not change",
				     args->rule.id, group->name,
				     entry->rule.direction ? "out" : "in");
	err = resolve_rule(txn, args, group, &rule, &cost) ?:
	      check_cost(txn, args, cost) ?:
	      check_expiry(txn, args);
	if (err)
		return err;
	equal = sgnl_group_rule_equal(group, &rule);
	if (equal && equal != entry)
		return sgnl_txn_fail(txn, -EEXIST,
				     "rule sgr-%u: the same rule exists as sgr-%u",
				     rule.id, equal->rule.id);
	group = sgnl_txn_own_group(txn, group);
	if (!group)
		return sgnl_txn_out_of_memory(txn);
	old_cost = entry->cost;
	new = sgnl_rule_entry_create(&rule, cost, args->expires,
				     args->description, entry->counter,
				     &txn->sn->rules, txn->gfp);
	if (!new)
		return sgnl_txn_out_of_memory(txn);
	sgnl_group_rule(group, rule.id, &pos);
	if (sgnl_array_replace(&group->rules, pos, new, txn->gfp)) {
		sgnl_rule_entry_put(new);
		return sgnl_txn_out_of_memory(txn);
	}
	group->cost += cost - old_cost;
	txn->stale = true;
	txn->expires |= args->expires;
	return 0;
}

/**
 * sgnl_txn_rule_del() - deletes a rule (R10)
 * @txn: the transaction
 * @args: its id, or with an id of 0 the words that describe it
 * @id: the id of the rule that was deleted
 *
 * Return: 1 if one was deleted, 0 if none was described, or an error.
 */
int sgnl_txn_rule_del(struct sgnl_txn *txn, const struct sgnl_rule_args *args,
		      u32 *id)
{
	const struct sgnl_rule_entry *entry;
	unsigned int pos, cost;
	struct sgnl_group *group;
	struct sgnl_rule rule;
	int err;

	if (args->rule.id) {
		entry = find_rule(txn, args->rule.id, &group);
		if (!entry)
			return -ENOENT;
	} else {
		group = sgnl_txn_find_group(txn, args->group);
		if (!group)
			return -ENOENT;
		err = resolve_rule(txn, args, group, &rule, &cost);
		if (err)
			return err;
		entry = sgnl_group_rule_equal(group, &rule);
		if (!entry)
			return 0;
	}
	*id = entry->rule.id;
	cost = entry->cost;
	group = sgnl_txn_own_group(txn, group);
	if (!group)
		return sgnl_txn_out_of_memory(txn);
	sgnl_group_rule(group, *id, &pos);
	if (sgnl_array_remove(&group->rules, pos, txn->gfp))
		return sgnl_txn_out_of_memory(txn);
	group->cost -= cost;
	txn->stale = true;
	return 1;
}
