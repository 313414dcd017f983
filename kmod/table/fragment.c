// SPDX-License-Identifier: GPL-2.0
/*
 * Decisions of datagrams under way in fragments: one table for the host (S11).
 *
 * Only the first fragment of a datagram has the ports that rules and sessions
 * ask for. If it passes, its datagram is here for a while, and later fragments
 * pass by that; no fragment is kept. Everything is done under a bucket's lock:
 * fragments are few, and each writes. An entry that has expired is seen as such
 * when its bucket is looked at; a sweeper takes those that nobody looks for, and
 * sleeps while there is none.
 */
#include <linux/cache.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "../core/fragment.h"
#include "budget.h"
#include "fragment.h"
#include "session.h"

#define BUCKETS 1024u

/**
 * struct bucket - a part of the table
 * @lock: protects all that is in it
 * @list: its datagrams
 */
struct bucket {
	spinlock_t lock; /* @list */
	struct hlist_head list;
};

/**
 * struct name - what the fragments of one datagram have in common
 * @local: address at the port's own side
 * @peer: the other address
 * @port: number of the port
 * @id: the datagram's
 * @vlan: tags, as in struct sgnl_key
 * @family: enum sgnl_family
 * @direction: enum sgnl_direction
 * @proto: IPv4's protocol field
 * @zero: no hole, for it is hashed
 */
struct name {
	struct sgnl_addr local;
	struct sgnl_addr peer;
	u32 port;
	u32 id;
	u16 vlan[SGNL_VLAN_DEPTH];
	u8 family;
	u8 direction;
	u8 proto;
	u8 zero;
} __aligned(SIPHASH_ALIGNMENT);

/**
 * struct datagram - one that is under way
 * @node: in its bucket
 * @name: its name
 * @port: the port, which outlives it
 * @cut: the port's when it began; where that grows, all its sessions are cut,
 *       and its datagrams with them
 * @begun: when it began, in seconds
 * @passes: its first fragment does; not told before that was judged
 * @seen: what was seen of it
 */
struct datagram {
	struct hlist_node node;
	struct name name;
	struct sgnl_port *port;
	u32 cut;
	u32 begun;
	bool passes;
	struct sgnl_fragment_seen seen;
};

static struct bucket *buckets;
static siphash_key_t hash_key;
static struct kmem_cache *cache;

static struct sgnl_budget budget __cacheline_aligned_in_smp = {
	.max = SGNL_HOST_FRAGMENTS_MAX,
	.users_max = SGNL_USERS_FRAGMENTS_MAX,
};

static struct delayed_work sweep_work;

static struct name name_of(const struct sgnl_port *port,
			   const struct sgnl_key *key)
{
	BUILD_BUG_ON(sizeof(struct name) != 48);
	return (struct name){
		.local = key->local,
		.peer = key->peer,
		.port = port->id,
		.id = key->frag_id,
		.vlan = { key->vlan[0], key->vlan[1] },
		.family = key->family,
		.direction = key->direction,
		.proto = key->frag_proto,
	};
}

static struct bucket *bucket_of(const struct name *name)
{
	return &buckets[siphash(name, sizeof(*name), &hash_key) % BUCKETS];
}

static bool expired(const struct datagram *d, u32 now)
{
	return (s32)(now - d->begun) > SGNL_FRAGMENT_SECONDS;
}

/* Takes a datagram out of its bucket, whose lock is held. */
static void __drop(struct datagram *d)
{
	hlist_del(&d->node);
	sgnl_budget_give(&budget, d->port->sn);
	atomic_dec(&d->port->fragments);
	kmem_cache_free(cache, d);
}

/* Port numbers are a namespace's own, so the port itself is looked at. */
static struct datagram *__find(struct bucket *bucket,
			       const struct sgnl_port *port,
			       const struct name *name)
{
	struct datagram *d;

	hlist_for_each_entry(d, &bucket->list, node)
		if (d->port == port && !memcmp(&d->name, name, sizeof(*name)))
			return d;
	return NULL;
}

/* The same, of those that live; one that does not goes. */
static struct datagram *__find_live(struct bucket *bucket,
				    const struct sgnl_port *port,
				    const struct name *name, u32 cut, u32 now)
{
	struct datagram *d = __find(bucket, port, name);

	if (!d || (d->cut == cut && !expired(d, now)))
		return d;
	__drop(d);
	return NULL;
}

static void __expire(struct bucket *bucket, u32 now)
{
	struct hlist_node *next;
	struct datagram *d;

	hlist_for_each_entry_safe(d, next, &bucket->list, node)
		if (expired(d, now))
			__drop(d);
}

static bool has_room(const struct sgnl_port *port)
{
	return atomic_read(&port->fragments) < SGNL_PORT_FRAGMENTS_MAX &&
	       sgnl_budget_left(&budget, port->sn);
}

/* Room for one more, and its memory; nothing seen is taken back. */
static struct datagram *create(struct sgnl_port *port, enum sgnl_reason *reason)
{
	struct datagram *d;

	*reason = SGNL_REASON_FRAGMENT_TABLE;
	if (!sgnl_budget_add_below(&port->fragments, SGNL_PORT_FRAGMENTS_MAX))
		return NULL;
	if (!sgnl_budget_take(&budget, port->sn))
		goto unreserve_port;
	*reason = SGNL_REASON_NO_MEMORY;
	d = kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (d)
		return d;
	sgnl_budget_give(&budget, port->sn);
unreserve_port:
	atomic_dec(&port->fragments);
	return NULL;
}

static void sweep_later(void)
{
	queue_delayed_work(system_unbound_wq, &sweep_work, HZ);
}

/**
 * sgnl_fragment_begin() - a first fragment, before it is judged
 * @port: its port
 * @key: the fragment
 * @cut: the port's
 * @now: the time
 * @rehearsal: only tell; nothing is changed, and no verdict follows
 *
 * Where there is a datagram of that name already, it is poisoned by this. A
 * caller to whom UNSPEC was returned calls sgnl_fragment_judged() next.
 *
 * Context: softirq or process context, under RCU.
 * Return: SGNL_REASON_UNSPEC, or the reason to drop it.
 */
enum sgnl_reason sgnl_fragment_begin(struct sgnl_port *port,
				     const struct sgnl_key *key, u32 cut,
				     u32 now, bool rehearsal)
{
	struct name name = name_of(port, key);
	struct bucket *bucket = bucket_of(&name);
	enum sgnl_reason reason = SGNL_REASON_UNSPEC;
	struct datagram *d;

	spin_lock_bh(&bucket->lock);
	__expire(bucket, now);
	d = __find_live(bucket, port, &name, cut, now);
	if (d) {
		if (!rehearsal)
			sgnl_fragment_step(&d->seen, 0, key->frag_len, false);
		reason = SGNL_REASON_FRAGMENT_OVERLAP;
		goto unlock;
	}
	if (rehearsal) {
		if (!has_room(port))
			reason = SGNL_REASON_FRAGMENT_TABLE;
		goto unlock;
	}
	d = create(port, &reason);
	if (!d)
		goto unlock;
	reason = SGNL_REASON_UNSPEC;
	*d = (struct datagram){
		.name = name,
		.port = port,
		.cut = cut,
		.begun = now,
	};
	sgnl_fragment_first(&d->seen, key->frag_len);
	hlist_add_head(&d->node, &bucket->list);
unlock:
	spin_unlock_bh(&bucket->lock);

	if (!reason && !rehearsal && !delayed_work_pending(&sweep_work))
		sweep_later();
	return reason;
}

/**
 * sgnl_fragment_judged() - the verdict on a first fragment
 * @port: its port
 * @key: the fragment, for which sgnl_fragment_begin() returned UNSPEC
 * @passes: the verdict
 *
 * Context: softirq or process context, under RCU.
 */
void sgnl_fragment_judged(struct sgnl_port *port, const struct sgnl_key *key,
			  bool passes)
{
	struct name name = name_of(port, key);
	struct bucket *bucket = bucket_of(&name);
	struct datagram *d;

	spin_lock_bh(&bucket->lock);
	d = __find(bucket, port, &name);
	if (d && passes)
		d->passes = true;
	else if (d)
		__drop(d);
	spin_unlock_bh(&bucket->lock);
}

/**
 * sgnl_fragment_later() - judges a later fragment
 * @port: its port
 * @key: the fragment
 * @cut: the port's; datagrams of another are cut
 * @now: the time
 * @rehearsal: only tell; nothing is changed
 *
 * Context: softirq or process context, under RCU.
 * Return: the reason by which it passes or is dropped.
 */
enum sgnl_reason sgnl_fragment_later(struct sgnl_port *port,
				     const struct sgnl_key *key, u32 cut,
				     u32 now, bool rehearsal)
{
	struct name name = name_of(port, key);
	struct bucket *bucket = bucket_of(&name);
	enum sgnl_reason reason = SGNL_REASON_FRAGMENT;
	struct sgnl_fragment_seen seen;
	struct datagram *d;

	spin_lock_bh(&bucket->lock);
	d = __find_live(bucket, port, &name, cut, now);
	if (!d || !d->passes) {
		reason = SGNL_REASON_FRAGMENT_ORPHAN;
		goto unlock;
	}
	seen = d->seen;
	switch (sgnl_fragment_step(rehearsal ? &seen : &d->seen,
				   key->frag_start, key->frag_len, key->last)) {
	case SGNL_FRAGMENT_PASS:
		break;
	case SGNL_FRAGMENT_COMPLETE:
		if (!rehearsal)
			__drop(d);
		break;
	case SGNL_FRAGMENT_DROP:
		reason = SGNL_REASON_FRAGMENT_OVERLAP;
		break;
	}
unlock:
	spin_unlock_bh(&bucket->lock);
	return reason;
}

/**
 * sgnl_fragment_purge() - forgets the datagrams of ports that are gone
 *
 * Context: may sleep.
 */
void sgnl_fragment_purge(void)
{
	struct hlist_node *next;
	struct datagram *d;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		spin_lock_bh(&buckets[i].lock);
		hlist_for_each_entry_safe(d, next, &buckets[i].list, node)
			if (READ_ONCE(d->port->gone))
				__drop(d);
		spin_unlock_bh(&buckets[i].lock);
		cond_resched();
	}
}

static void sweep(struct work_struct *work)
{
	u32 now = sgnl_session_now();
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		if (hlist_empty(&buckets[i].list))
			continue;
		spin_lock_bh(&buckets[i].lock);
		__expire(&buckets[i], now);
		spin_unlock_bh(&buckets[i].lock);
		cond_resched();
	}
	if (atomic_read(&budget.taken))
		sweep_later();
}

/**
 * sgnl_fragment_init() - makes the table
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sgnl_fragment_init(void)
{
	unsigned int i;

	buckets = kvcalloc(BUCKETS, sizeof(*buckets), GFP_KERNEL);
	cache = kmem_cache_create("sgnl_fragment", sizeof(struct datagram), 0,
				  0, NULL);
	if (!buckets || !cache) {
		kmem_cache_destroy(cache);
		kvfree(buckets);
		return -ENOMEM;
	}
	for (i = 0; i < BUCKETS; i++)
		spin_lock_init(&buckets[i].lock);
	get_random_bytes(&hash_key, sizeof(hash_key));
	INIT_DELAYED_WORK(&sweep_work, sweep);
	return 0;
}

/**
 * sgnl_fragment_exit() - frees the table
 *
 * All ports are gone, and their datagrams with them.
 *
 * Context: may sleep.
 */
void sgnl_fragment_exit(void)
{
	cancel_delayed_work_sync(&sweep_work);
	WARN_ON_ONCE(atomic_read(&budget.taken));
	kmem_cache_destroy(cache);
	kvfree(buckets);
}
