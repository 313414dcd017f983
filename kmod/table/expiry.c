// SPDX-License-Identifier: GPL-2.0
/*
 * Rules that end by themselves (R14).
 *
 * Theory of operation: a worker a namespace looks for the next rule to expire and
 * sleeps until then, but not long, since the clock on the wall may be set, and a
 * host may be suspended. What has expired it deletes in a transaction, as an
 * operator would, and has the sessions judged again that it allowed. Without a rule that expires it does not run; commits of such
 * rules wake it.
 */
#include <linux/jiffies.h>
#include <linux/timekeeping.h>
#include <linux/xarray.h>

#include "expiry.h"
#include "txn.h"

/* In seconds: so much later than it should a rule ends if the clock was set. */
#define LOOK_AGAIN 10

/* Until memory is there again, which then was not. */
#define TRY_AGAIN  HZ

static const struct sgnl_expiry_observer *observer;

/**
 * sgnl_expiry_init() - tells who is told
 * @who: is told of rules that expire
 */
void sgnl_expiry_init(const struct sgnl_expiry_observer *who)
{
	observer = who;
}

/**
 * sgnl_expiry_look() - looks for rules that expire, soon
 * @sn: the namespace
 *
 * Context: any.
 */
void sgnl_expiry_look(struct sgnl_net *sn)
{
	mod_delayed_work(system_unbound_wq, &sn->expiry_work, 0);
}

static bool has_expired(const struct sgnl_rule_entry *entry, time64_t now)
{
	return entry->expires && entry->expires <= now;
}

/* What is done with a rule; an error ends the walk. */
typedef int (*rule_fn)(const struct sgnl_rule_entry *entry, void *data);

static int walk_rules(const struct sgnl_config *config, rule_fn fn, void *data)
{
	unsigned int i, k;
	int err;

	for (i = 0; i < config->groups->n; i++) {
		const struct sgnl_group *group = config->groups->item[i];

		for (k = 0; k < group->rules->n; k++) {
			err = fn(group->rules->item[k], data);
			if (err)
				return err;
		}
	}
	return 0;
}

static int find_next(const struct sgnl_rule_entry *entry, void *data)
{
	time64_t *next = data;

	if (entry->expires && (!*next || entry->expires < *next))
		*next = entry->expires;
	return 0;
}

/* When the next rule expires, or has; 0 if none does. */
static time64_t next_expiry(struct sgnl_net *sn)
{
	time64_t next = 0;

	mutex_lock(&sn->lock);
	walk_rules(sgnl_net_config(sn), find_next, &next);
	mutex_unlock(&sn->lock);
	return next;
}

/* A transaction that deletes what has expired. */
struct ending {
	struct sgnl_txn txn;
	struct xarray ended;
	time64_t now;
	bool any;
};

static int delete_expired(const struct sgnl_rule_entry *entry, void *data)
{
	struct sgnl_rule_args args = { .rule.id = entry->rule.id };
	struct ending *ending = data;
	int ret;
	u32 id;

	if (!has_expired(entry, ending->now))
		return 0;
	ending->any = true;
	ret = sgnl_txn_rule_del(&ending->txn, &args, &id);
	return ret < 0 ? ret : 0;
}

static int tell_expired(const struct sgnl_rule_entry *entry, void *data)
{
	struct ending *ending = data;

	if (!has_expired(entry, ending->now))
		return 0;
	xa_store(&ending->ended, entry->rule.id, xa_mk_value(0),
		 GFP_KERNEL | __GFP_NOFAIL);
	observer->rule_expired(ending->txn.sn, entry->rule.id);
	return 0;
}

/* The snapshot that is replaced stays for as long as the lock is held. */
static int end_expired(struct sgnl_net *sn)
{
	struct ending ending = { .now = ktime_get_real_seconds() };
	const struct sgnl_config *old;
	int err;

	err = sgnl_txn_begin_own(&ending.txn, sn);
	if (err)
		return err;
	xa_init(&ending.ended);
	old = sgnl_net_config(sn);
	err = walk_rules(old, delete_expired, &ending);
	if (!err && ending.any)
		err = sgnl_txn_commit(&ending.txn);
	if (err || !ending.any) {
		sgnl_txn_abort(&ending.txn);
	} else {
		walk_rules(old, tell_expired, &ending);
		sgnl_txn_rules_ended(sn, &ending.ended);
	}
	xa_destroy(&ending.ended);
	sgnl_txn_end(&ending.txn);
	return err;
}

static unsigned long until(time64_t at)
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	if (at <= now.tv_sec)
		return 0;
	if (at - now.tv_sec > LOOK_AGAIN)
		return LOOK_AGAIN * HZ;
	return msecs_to_jiffies((at - now.tv_sec) * MSEC_PER_SEC -
				now.tv_nsec / NSEC_PER_MSEC);
}

/**
 * sgnl_expiry_work() - deletes rules that have expired, and waits for the next
 * @work: the namespace's expiry_work
 *
 * Context: process context, may sleep.
 */
void sgnl_expiry_work(struct work_struct *work)
{
	struct sgnl_net *sn =
		container_of(work, struct sgnl_net, expiry_work.work);
	time64_t next = next_expiry(sn);
	unsigned long delay;

	if (!next)
		return;
	delay = until(next);
	/* What comes then is looked for at once. */
	if (!delay && end_expired(sn))
		delay = TRY_AGAIN;
	queue_delayed_work(system_unbound_wq, &sn->expiry_work, delay);
}
