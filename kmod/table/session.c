// SPDX-License-Identifier: GPL-2.0
/*
 * The session table: one for the host.
 *
 * Theory of operation: a fixed number of hash buckets, each a list that is
 * read under RCU and written under one of some spinlocks. A key names both
 * directions of a flow alike (core/key.h), so that a session is in the table
 * once. Whether a session has expired is seen at look-up; a sweeper gives the
 * memory back, a 64th of the table a second, and sleeps while there is no
 * session. One that was cut stays in its place as a mark (S8).
 *
 * Each port has a list of its sessions that were cut, never answered or reset,
 * so that the next to make room for another is found at once (S10). A session
 * moves in and out of it when its state changes, which is a few times in its
 * life.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "budget.h"
#include "net.h"
#include "session.h"

#define BUCKETS_BITS 16
#define BUCKETS	     (1u << BUCKETS_BITS)
#define LOCKS	     1024u
#define SWEEP_PART   64

static struct hlist_head *buckets;
static spinlock_t *locks;
static hsiphash_key_t hash_key;
static struct kmem_cache *cache;
static const struct sgnl_session_observer *observer;

static struct sgnl_budget budget = {
	.max = SGNL_HOST_SESSIONS_MAX,
	.users_max = SGNL_USERS_SESSIONS_MAX,
};

static atomic_long_t numbers;
static struct delayed_work sweep_work;
static unsigned int sweep_next;

/*
 * By SipHash-1-3, keyed, as tenants are hostile. Of IPv4 without tags the
 * numbers of port and protocol are made one: two that become the same are told
 * apart like all that meet in a bucket.
 */
static inline unsigned int bucket_of(const struct sgnl_flow *flow)
{
	u32 ports = flow->word[4], port = flow->word[4] >> 32, hash;

	BUILD_BUG_ON(offsetof(struct sgnl_flow, local_port) != 4 * sizeof(u64));
	if (flow->family == SGNL_FAMILY_IPV4 && !flow->vlan[0])
		hash = hsiphash_4u32(flow->local.lo, flow->peer.lo, ports,
				     port ^ flow->word[5] >> 32, &hash_key);
	else
		hash = hsiphash(flow, sizeof(*flow), &hash_key);
	return hash & (BUCKETS - 1);
}

static spinlock_t *lock_of(unsigned int bucket)
{
	return &locks[bucket % LOCKS];
}

/**
 * sgnl_session_fsm() - reads where a session stands
 * @session: the session
 *
 * Context: any; under RCU.
 */
struct sgnl_session_fsm sgnl_session_fsm(const struct sgnl_session *session)
{
	return (struct sgnl_session_fsm){ .both = READ_ONCE(
						  session->fsm.both) };
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
	return idle > 0 &&
	       (u32)idle > sgnl_session_idle(&fsm, session->flow.proto,
					     &session->times);
}

static bool before(u32 epoch, u32 other)
{
	return (s32)(epoch - other) < 0;
}

/**
 * sgnl_session_pending() - is a session to be judged again (S7)?
 * @session: the session
 * @judged: its port's; sessions of an epoch before it are
 *
 * Context: any; under RCU.
 */
bool sgnl_session_pending(const struct sgnl_session *session, u32 judged)
{
	return before(READ_ONCE(session->epoch), judged);
}

/**
 * sgnl_session_renew() - a session was judged again, and may go on
 * @session: the session
 * @epoch: of the settings by which it was; another CPU's may be later
 *
 * Context: any; under RCU.
 */
void sgnl_session_renew(struct sgnl_session *session, u32 epoch)
{
	u32 old = READ_ONCE(session->epoch);

	while (before(old, epoch) && !try_cmpxchg(&session->epoch, &old, epoch))
		;
}

static inline struct sgnl_session *find(unsigned int bucket,
					const struct sgnl_flow *flow)
{
	struct sgnl_session *s;

	hlist_for_each_entry_rcu(s, &buckets[bucket], node,
				 rcu_read_lock_bh_held() ||
					 lockdep_is_held(lock_of(bucket)))
		if (sgnl_flow_equal(&s->flow, flow))
			return s;
	return NULL;
}

/**
 * sgnl_session_place() - where to look for a packet's session
 * @key: the packet
 * @port: its port
 *
 * Context: any.
 */
struct sgnl_session_place sgnl_session_place(const struct sgnl_key *key,
					     const struct sgnl_port *port)
{
	struct sgnl_session_place place = { .flow = sgnl_flow(key,
							      port->flow) };

	place.bucket = bucket_of(&place.flow);
	return place;
}

/**
 * sgnl_session_lookup() - finds the session of a packet
 * @place: the packet's
 * @now: the time
 *
 * It may be a mark, or be judged again first.
 *
 * Context: under RCU.
 * Return: the session, or NULL.
 */
struct sgnl_session *sgnl_session_lookup(const struct sgnl_session_place *place,
					 u32 now)
{
	struct sgnl_session *s = find(place->bucket, &place->flow);

	return s && !sgnl_session_expired(s, now) ? s : NULL;
}

static void touch(struct sgnl_session *s, u32 now)
{
	if (READ_ONCE(s->last) != now)
		WRITE_ONCE(s->last, now);
}

/**
 * sgnl_session_plain() - a plain packet, if its session is settled
 * @place: the packet's; the bucket is written
 * @midway: the packet neither begins nor ends a connection
 * @judged: its port's; sessions of an epoch before it are judged again
 * @now: the time
 *
 * The same as sgnl_session_lookup() and sgnl_session_packet() are for such a
 * packet, which leaves the state of such a session as it is.
 *
 * Context: under RCU, or with bottom halves off.
 * Return: false if there is no such session, which says nothing of others.
 */
bool sgnl_session_plain(struct sgnl_session_place *place, bool midway,
			u32 judged, u32 now)
{
	struct sgnl_session_fsm fsm;
	struct sgnl_session *s;

	place->bucket = bucket_of(&place->flow);
	if (!midway)
		return false;
	s = find(place->bucket, &place->flow);
	if (!s)
		return false;
	fsm = sgnl_session_fsm(s);
	if (!sgnl_session_settled(&fsm) || sgnl_session_pending(s, judged) ||
	    sgnl_session_expired(s, now))
		return false;
	touch(s, now);
	return true;
}

/*
 * Lists a session among those that make room, or takes it from there, as its
 * state is by now. Whoever changes the state comes here afterwards, so that
 * the last one leaves the list as it should be.
 */
static void list_room(struct sgnl_session *s)
{
	struct sgnl_port *port = s->port;
	struct sgnl_session_fsm fsm;

	spin_lock_bh(&port->room_lock);
	if (!hlist_unhashed_lockless(&s->node)) {
		fsm = sgnl_session_fsm(s);
		if (!sgnl_session_makes_room(&fsm))
			list_del_init(&s->room);
		else if (list_empty(&s->room))
			list_add_tail(&s->room, &port->room);
	}
	spin_unlock_bh(&port->room_lock);
}

/* True for whoever makes it a mark; the room's lock is held. */
static bool make_mark(struct sgnl_session *s)
{
	struct sgnl_session_fsm old, mark = sgnl_session_mark();

	if (hlist_unhashed_lockless(&s->node))
		return false;
	do {
		old = sgnl_session_fsm(s);
		if (sgnl_session_is_mark(&old))
			return false;
	} while (cmpxchg(&s->fsm.both, old.both, mark.both) != old.both);
	return true;
}

/**
 * sgnl_session_cut() - cuts a session, which leaves a mark (S8)
 * @session: the session
 * @now: the time, from which on the mark has its idle time
 *
 * It ends for those who are told of sessions, and makes room before all others.
 *
 * Context: any; under RCU.
 */
void sgnl_session_cut(struct sgnl_session *session, u32 now)
{
	struct sgnl_port *port = session->port;
	bool cut;

	spin_lock_bh(&port->room_lock);
	cut = make_mark(session);
	if (cut) {
		touch(session, now);
		list_move(&session->room, &port->room);
	}
	spin_unlock_bh(&port->room_lock);
	if (cut)
		observer->changed(session, SGNL_SESSION_EVENT_END);
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

	do {
		old = sgnl_session_fsm(session);
		new = old;
		step = sgnl_session_step(&new, key, side);
		if (step == SGNL_STEP_JUDGE || step == SGNL_STEP_DROP)
			return step;
	} while (new.both != old.both &&
		 cmpxchg(&session->fsm.both, old.both, new.both) != old.both);
	if (sgnl_session_makes_room(&new) != sgnl_session_makes_room(&old))
		list_room(session);

	if (step == SGNL_STEP_TOUCH)
		touch(session, now);
	return step;
}

static void free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct sgnl_session, rcu));
}

/**
 * sgnl_session_has_room() - would sgnl_session_open() find room?
 * @conf: the port's settings
 * @place: the packet's
 *
 * Context: under RCU.
 */
bool sgnl_session_has_room(const struct sgnl_port_conf *conf,
			   const struct sgnl_session_place *place)
{
	struct sgnl_port *port = conf->port;

	if (atomic_read(&port->sessions) <
		    (int)conf->setting[SGNL_PORT_SESSIONS] &&
	    atomic_read(&port->sn->sessions) < SGNL_NET_SESSIONS_MAX &&
	    sgnl_budget_left(&budget, port->sn))
		return true;
	return !list_empty(&port->room) || find(place->bucket, &place->flow);
}

/* Room for one more; quotas first, so that nothing seen is taken back. */
static bool reserve(struct sgnl_port *port, u32 quota)
{
	if (!sgnl_budget_add_below(&port->sessions, quota))
		return false;
	if (!sgnl_budget_add_below(&port->sn->sessions, SGNL_NET_SESSIONS_MAX))
		goto unreserve_port;
	if (!sgnl_budget_take(&budget, port->sn))
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
	sgnl_budget_give(&budget, port->sn);
	atomic_dec(&port->sn->sessions);
	atomic_dec(&port->sessions);
}

/*
 * Takes a session out of its bucket, whose lock is held. Its room is the
 * caller's.
 */
static void take_out(struct sgnl_session *s)
{
	struct sgnl_session_fsm fsm;

	spin_lock_bh(&s->port->room_lock);
	hlist_del_init_rcu(&s->node);
	list_del_init(&s->room);
	fsm = sgnl_session_fsm(s);
	spin_unlock_bh(&s->port->room_lock);
	if (!sgnl_session_is_mark(&fsm)) /* that has ended already */
		observer->changed(s, SGNL_SESSION_EVENT_END);
	call_rcu(&s->rcu, free_rcu);
}

/* The same, and gives its room back. */
static void __unlink(struct sgnl_session *s)
{
	unreserve(s->port); /* while the session yet keeps the port */
	take_out(s);
}

static struct sgnl_session *pop_room(struct sgnl_port *port)
{
	struct sgnl_session *s;

	spin_lock_bh(&port->room_lock);
	s = list_first_entry_or_null(&port->room, struct sgnl_session, room);
	if (s)
		list_del_init(&s->room);
	spin_unlock_bh(&port->room_lock);
	return s;
}

/*
 * Ends the port's session that has been making room for longest (S10), and
 * leaves its room to the caller. RCU keeps the session while no lock does; in
 * between it may have ended, or have been answered.
 */
static bool evict(struct sgnl_port *port)
{
	struct sgnl_session_fsm fsm;
	struct sgnl_session *s;
	bool done = false;

	while (!done && (s = pop_room(port))) {
		spinlock_t *lock = lock_of(bucket_of(&s->flow));

		spin_lock_bh(lock);
		fsm = sgnl_session_fsm(s);
		done = !hlist_unhashed(&s->node) &&
		       sgnl_session_makes_room(&fsm);
		if (done)
			take_out(s);
		spin_unlock_bh(lock);
	}
	return done;
}

static void sweep_later(void)
{
	queue_delayed_work(system_unbound_wq, &sweep_work, HZ);
}

/**
 * sgnl_session_open() - opens a session
 * @conf: the port's settings; the session keeps the times in them
 * @place: where
 * @opener: enum sgnl_direction of the packet that opens it
 * @reason: why the packet passes
 * @rule: the rule that lets it, or 0
 * @stale: a session of the same key that the packet was found to be no part
 *         of, and which the new one replaces (S4), or a mark that it lifts
 *         (S8), or NULL
 * @now: the time
 *
 * Where another CPU has opened the session meanwhile, that one is kept. Where
 * port, namespace or host may have no more, the session that is replaced makes
 * room, or else another one of the port (S10). That is done before the bucket
 * is locked, as the other one may be in any bucket.
 *
 * Context: softirq or process context, under RCU.
 * Return: 0, -ENOSPC if there is no room, or -ENOMEM.
 */
int sgnl_session_open(const struct sgnl_port_conf *conf,
		      const struct sgnl_session_place *place, u8 opener,
		      enum sgnl_reason reason, u32 rule,
		      const struct sgnl_session *stale, u32 now)
{
	struct sgnl_port *port = conf->port;
	unsigned int bucket = place->bucket;
	struct sgnl_session *s, *old;
	bool room;

	s = kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!s)
		return -ENOMEM;
	room = reserve(port, conf->setting[SGNL_PORT_SESSIONS]) ||
	       (!stale && evict(port));
	*s = (struct sgnl_session){
		.flow = place->flow,
		.opener = opener,
		.reason = reason,
		.times = {
			.established = conf->setting[SGNL_PORT_IDLE_ESTABLISHED],
			.closing = conf->setting[SGNL_PORT_IDLE_CLOSING],
			.other = conf->setting[SGNL_PORT_IDLE_OTHER],
		},
		.epoch = conf->epoch,
		.last = now,
		.created = now,
		.rule = rule,
		.port = port,
	};

	INIT_LIST_HEAD(&s->room);

	spin_lock_bh(lock_of(bucket));
	old = find(bucket, &place->flow);
	if (old && old != stale && !sgnl_session_expired(old, now)) {
		spin_unlock_bh(lock_of(bucket));
		kmem_cache_free(cache, s);
		if (room)
			unreserve(port);
		return 0;
	}
	if (!old && !room) {
		spin_unlock_bh(lock_of(bucket));
		kmem_cache_free(cache, s);
		return -ENOSPC;
	}
	if (old) {
		take_out(old); /* and have its room, if there is no other */
		if (room)
			unreserve(port);
	}
	s->number = atomic_long_inc_return(&numbers);
	/* Never answered so far; before anyone can find and answer it. */
	spin_lock(&port->room_lock);
	list_add_tail(&s->room, &port->room);
	spin_unlock(&port->room_lock);
	hlist_add_head_rcu(&s->node, &buckets[bucket]);
	observer->changed(s, SGNL_SESSION_EVENT_NEW);
	spin_unlock_bh(lock_of(bucket));

	if (!delayed_work_pending(&sweep_work))
		sweep_later();
	return 0;
}

static void purge_bucket(unsigned int bucket, const struct sgnl_port *port)
{
	struct hlist_node *next;
	struct sgnl_session *s;

	if (hlist_empty(&buckets[bucket]))
		return;
	spin_lock_bh(lock_of(bucket));
	hlist_for_each_entry_safe(s, next, &buckets[bucket], node)
		if (s->port == port)
			__unlink(s);
	spin_unlock_bh(lock_of(bucket));
}

/**
 * sgnl_session_purge() - ends all sessions of a port that is no more
 * @port: the port
 *
 * Context: may sleep.
 */
void sgnl_session_purge(struct sgnl_port *port)
{
	unsigned int bucket;

	for (bucket = 0; bucket < BUCKETS; bucket++) {
		purge_bucket(bucket, port);
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
 * Context: may sleep; @show is called under RCU, and may cut the session.
 * Return: 0 at the end of the table, or what @show returned.
 */
int sgnl_session_walk(struct sgnl_session_cursor *cursor,
		      int (*show)(struct sgnl_session *session, void *arg),
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
	if (atomic_read(&budget.taken))
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
	cache = KMEM_CACHE(sgnl_session, SLAB_HWCACHE_ALIGN);
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
	WARN_ON_ONCE(atomic_read(&budget.taken));
	rcu_barrier(); /* free_rcu() is this module's */
	kmem_cache_destroy(cache);
	kvfree(locks);
	kvfree(buckets);
}
