// SPDX-License-Identifier: GPL-2.0
/*
 * The session table: one for the host.
 *
 * Theory of operation: a fixed number of hash buckets, each a list that is
 * read under RCU and written under one of some spinlocks. A key names both
 * directions of a flow alike (core/key.h), so that a session is in the table
 * once. Whether a session has expired, or was cut by its port's epoch, is seen
 * at look-up; a sweeper gives the memory back, a 64th of the table a second,
 * and sleeps while there is no session.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "net.h"
#include "session.h"

#define BUCKETS_BITS 16
#define BUCKETS	     (1u << BUCKETS_BITS)
#define LOCKS	     1024u
#define SWEEP_PART   64

static struct hlist_head *buckets;
static spinlock_t *locks;
static siphash_key_t hash_key;
static struct kmem_cache *cache;
static const struct sgnl_session_observer *observer;
static atomic_t total;
static atomic_long_t numbers;
static struct delayed_work sweep_work;
static unsigned int sweep_next;

/* What is hashed: the parts of a key that a session is found by. */
struct hashed {
	struct sgnl_addr local;
	struct sgnl_addr peer;
	u32 port;
	u16 local_port;
	u16 peer_port;
	u16 vlan[SGNL_VLAN_DEPTH];
	u8 family;
	u8 proto;
	u16 zero;
} __aligned(SIPHASH_ALIGNMENT);

static unsigned int bucket_of(const struct sgnl_port *port,
			      const struct sgnl_key *key)
{
	struct hashed h = {
		.local = key->local,
		.peer = key->peer,
		.port = port->id,
		.local_port = key->local_port,
		.peer_port = key->peer_port,
		.vlan = { key->vlan[0], key->vlan[1] },
		.family = key->family,
		.proto = key->proto,
	};

	BUILD_BUG_ON(sizeof(h) != 48);
	return siphash(&h, sizeof(h), &hash_key) & (BUCKETS - 1);
}

static spinlock_t *lock_of(unsigned int bucket)
{
	return &locks[bucket % LOCKS];
}

static bool same(const struct sgnl_session *s, const struct sgnl_port *port,
		 const struct sgnl_key *key)
{
	return s->port == port && s->proto == key->proto &&
	       s->family == key->family && s->local_port == key->local_port &&
	       s->peer_port == key->peer_port && s->vlan[0] == key->vlan[0] &&
	       s->vlan[1] == key->vlan[1] &&
	       sgnl_addr_equal(&s->local, &key->local) &&
	       sgnl_addr_equal(&s->peer, &key->peer);
}

/**
 * sgnl_session_now() - the clock of sessions
 *
 * Read once a packet and handed down.
 *
 * Context: any.
 * Return: seconds.
 */
u32 sgnl_session_now(void)
{
	return ktime_get_seconds();
}

/**
 * sgnl_session_fsm() - reads where a session stands
 * @session: the session
 *
 * Context: any; under RCU.
 */
struct sgnl_session_fsm sgnl_session_fsm(const struct sgnl_session *session)
{
	return READ_ONCE(session->fsm);
}

/**
 * sgnl_session_expired() - has a session been idle for too long (S1, S3)?
 * @session: the session
 * @now: the time
 *
 * Context: any; under RCU.
 */
bool sgnl_session_expired(const struct sgnl_session *session, u32 now)
{
	struct sgnl_session_fsm fsm = sgnl_session_fsm(session);
	s32 idle = now - READ_ONCE(session->last);

	/* Another CPU may have touched it with a later clock. */
	return idle > 0 && (u32)idle > sgnl_session_idle(&fsm, session->proto);
}

static bool live(const struct sgnl_session *s, u32 epoch, u32 now)
{
	return s->epoch == epoch && !sgnl_session_expired(s, now);
}

static struct sgnl_session *find(unsigned int bucket,
				 const struct sgnl_port *port,
				 const struct sgnl_key *key)
{
	struct sgnl_session *s;

	hlist_for_each_entry_rcu(s, &buckets[bucket], node,
				 lockdep_is_held(lock_of(bucket)))
		if (same(s, port, key))
			return s;
	return NULL;
}

/**
 * sgnl_session_lookup() - finds the live session of a packet
 * @port: the packet's port
 * @key: the packet
 * @epoch: the port's epoch; sessions of another are cut
 * @now: the time
 *
 * Context: under RCU.
 * Return: the session, or NULL.
 */
struct sgnl_session *sgnl_session_lookup(const struct sgnl_port *port,
					 const struct sgnl_key *key, u32 epoch,
					 u32 now)
{
	struct sgnl_session *s = find(bucket_of(port, key), port, key);

	return s && live(s, epoch, now) ? s : NULL;
}

/**
 * sgnl_session_packet() - a packet of a session
 * @session: the session
 * @key: the packet
 * @now: the time
 *
 * Stores nothing unless the state changes or a second has passed.
 *
 * Context: under RCU.
 * Return: what is to be done with the packet.
 */
enum sgnl_session_step sgnl_session_packet(struct sgnl_session *session,
					   const struct sgnl_key *key, u32 now)
{
	enum sgnl_session_side side = key->direction == session->opener ?
					      SGNL_SESSION_OPENER :
					      SGNL_SESSION_ANSWERER;
	struct sgnl_session_fsm old, new;
	enum sgnl_session_step step;

	BUILD_BUG_ON(sizeof(session->fsm) != sizeof(u16));
	do {
		old = sgnl_session_fsm(session);
		new = old;
		step = sgnl_session_step(&new, key, side);
		if (step == SGNL_STEP_JUDGE)
			return step;
	} while ((new.phase != old.phase || new.reset_by != old.reset_by) &&
		 cmpxchg((u16 *)&session->fsm, *(u16 *)&old, *(u16 *)&new) !=
			 *(u16 *)&old);

	if (step == SGNL_STEP_TOUCH && READ_ONCE(session->last) != now)
		WRITE_ONCE(session->last, now);
	return step;
}

static void free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct sgnl_session, rcu));
}

/* Takes a session out of its bucket, whose lock is held. */
static void __unlink(struct sgnl_session *s)
{
	hlist_del_rcu(&s->node);
	atomic_dec(&s->port->sessions);
	atomic_dec(&s->port->sn->sessions);
	atomic_dec(&total);
	observer->changed(s, SGNL_SESSION_EVENT_END);
	call_rcu(&s->rcu, free_rcu);
}

/* Room for one more; quotas first, so that nothing seen is taken back. */
static bool reserve(struct sgnl_port *port)
{
	if (!atomic_add_unless(&port->sessions, 1, SGNL_PORT_SESSIONS_DEFAULT))
		return false;
	if (!atomic_add_unless(&port->sn->sessions, 1, SGNL_NET_SESSIONS_MAX))
		goto unreserve_port;
	if (!atomic_add_unless(&total, 1, SGNL_HOST_SESSIONS_MAX))
		goto unreserve_net;
	return true;

unreserve_net:
	atomic_dec(&port->sn->sessions);
unreserve_port:
	atomic_dec(&port->sessions);
	return false;
}

static void unreserve(struct sgnl_port *port)
{
	atomic_dec(&total);
	atomic_dec(&port->sn->sessions);
	atomic_dec(&port->sessions);
}

static void sweep_later(void)
{
	queue_delayed_work(system_unbound_wq, &sweep_work, HZ);
}

/**
 * sgnl_session_open() - opens a session
 * @port: the port
 * @key: the packet that opens it
 * @epoch: the port's epoch
 * @reason: why the packet passes
 * @rule: the rule that lets it, or 0
 * @stale: a session of the same key that the packet was found to be no part
 *         of, and which the new one replaces (S4), or NULL
 * @now: the time
 *
 * Where another CPU has opened the session meanwhile, that one is kept.
 *
 * Context: softirq or process context, under RCU.
 * Return: 0, -ENOSPC if the port, namespace or host may have no more, or
 * -ENOMEM.
 */
int sgnl_session_open(struct sgnl_port *port, const struct sgnl_key *key,
		      u32 epoch, enum sgnl_reason reason, u32 rule,
		      const struct sgnl_session *stale, u32 now)
{
	unsigned int bucket = bucket_of(port, key);
	struct sgnl_session *s, *old;

	if (!reserve(port))
		return -ENOSPC;
	s = kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!s) {
		unreserve(port);
		return -ENOMEM;
	}
	*s = (struct sgnl_session){
		.port = port,
		.local = key->local,
		.peer = key->peer,
		.local_port = key->local_port,
		.peer_port = key->peer_port,
		.vlan = { key->vlan[0], key->vlan[1] },
		.family = key->family,
		.proto = key->proto,
		.opener = key->direction,
		.reason = reason,
		.rule = rule,
		.epoch = epoch,
		.created = now,
		.last = now,
	};

	spin_lock_bh(lock_of(bucket));
	old = find(bucket, port, key);
	if (old && old != stale && live(old, epoch, now)) {
		spin_unlock_bh(lock_of(bucket));
		kmem_cache_free(cache, s);
		unreserve(port);
		return 0;
	}
	if (old)
		__unlink(old);
	s->number = atomic_long_inc_return(&numbers);
	hlist_add_head_rcu(&s->node, &buckets[bucket]);
	observer->changed(s, SGNL_SESSION_EVENT_NEW);
	spin_unlock_bh(lock_of(bucket));

	if (!delayed_work_pending(&sweep_work))
		sweep_later();
	return 0;
}

static void purge_bucket(unsigned int bucket, const struct sgnl_port *port,
			 const u32 *epoch)
{
	struct hlist_node *next;
	struct sgnl_session *s;

	if (hlist_empty(&buckets[bucket]))
		return;
	spin_lock_bh(lock_of(bucket));
	hlist_for_each_entry_safe(s, next, &buckets[bucket], node)
		if (s->port == port && (!epoch || s->epoch != *epoch))
			__unlink(s);
	spin_unlock_bh(lock_of(bucket));
}

/**
 * sgnl_session_purge() - ends the sessions of a port
 * @port: the port
 * @epoch: leave those of this epoch alone; NULL means end all
 *
 * Context: may sleep.
 */
void sgnl_session_purge(struct sgnl_port *port, const u32 *epoch)
{
	unsigned int bucket;

	for (bucket = 0; bucket < BUCKETS; bucket++) {
		purge_bucket(bucket, port, epoch);
		cond_resched();
	}
}

/**
 * sgnl_session_walk() - shows sessions one after another
 * @cursor: where to begin, zero at first; left where @show said stop
 * @show: called for each; other than 0 stops before the session counts as
 *        shown
 * @arg: handed to @show
 *
 * Context: may sleep; @show is called under RCU.
 * Return: 0 at the end of the table, or what @show returned.
 */
int sgnl_session_walk(struct sgnl_session_cursor *cursor,
		      int (*show)(const struct sgnl_session *session,
				  void *arg),
		      void *arg)
{
	struct sgnl_session *s;
	int ret = 0;

	for (; cursor->bucket < BUCKETS; cursor->bucket++, cursor->before = 0) {
		rcu_read_lock();
		hlist_for_each_entry_rcu(s, &buckets[cursor->bucket], node) {
			if (cursor->before && s->number >= cursor->before)
				continue;
			ret = show(s, arg);
			if (ret)
				break;
			cursor->before = s->number;
		}
		rcu_read_unlock();
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

static void sweep_bucket(unsigned int bucket, u32 now)
{
	struct hlist_node *next;
	struct sgnl_session *s;

	if (hlist_empty(&buckets[bucket]))
		return;
	spin_lock_bh(lock_of(bucket));
	hlist_for_each_entry_safe(s, next, &buckets[bucket], node)
		if (sgnl_session_expired(s, now))
			__unlink(s);
	spin_unlock_bh(lock_of(bucket));
}

static void sweep(struct work_struct *work)
{
	u32 now = sgnl_session_now();
	unsigned int i;

	for (i = 0; i < BUCKETS / SWEEP_PART; i++) {
		sweep_bucket(sweep_next, now);
		sweep_next = (sweep_next + 1) % BUCKETS;
		cond_resched();
	}
	if (atomic_read(&total))
		sweep_later();
}

/**
 * sgnl_session_init() - makes the table
 * @who: is told of sessions
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sgnl_session_init(const struct sgnl_session_observer *who)
{
	unsigned int i;

	buckets = kvcalloc(BUCKETS, sizeof(*buckets), GFP_KERNEL);
	locks = kvmalloc_array(LOCKS, sizeof(*locks), GFP_KERNEL);
	cache = KMEM_CACHE(sgnl_session, 0);
	if (!buckets || !locks || !cache) {
		kmem_cache_destroy(cache);
		kvfree(locks);
		kvfree(buckets);
		return -ENOMEM;
	}
	for (i = 0; i < LOCKS; i++)
		spin_lock_init(&locks[i]);
	get_random_bytes(&hash_key, sizeof(hash_key));
	observer = who;
	INIT_DELAYED_WORK(&sweep_work, sweep);
	return 0;
}

/**
 * sgnl_session_exit() - frees the table
 *
 * All ports are gone, and their sessions with them.
 *
 * Context: may sleep.
 */
void sgnl_session_exit(void)
{
	cancel_delayed_work_sync(&sweep_work);
	WARN_ON_ONCE(atomic_read(&total));
	rcu_barrier(); /* free_rcu() is this module's */
	kmem_cache_destroy(cache);
	kvfree(locks);
	kvfree(buckets);
}
