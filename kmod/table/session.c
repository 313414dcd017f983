// SPDX-License-Identifier: GPL-2.0
/*
 * The session table: one for the host.
 *
 * Theory of operation: sessions are in the slots of buckets (core/slots.h), with
 * no memory of their own. The table has a fixed number of parts, by some bits
 * of a session's hash. Each part is an array of buckets with a lock, grows and
 * shrinks by itself, and is small enough to be copied into another array at one
 * go. So there never are two tables, nor a moment at which all must move.
 *
 * A part is written under its lock and read without: readers look whether its
 * sequence count is still what it was, and else look again. Its array is freed
 * by RCU. A key names both directions of a flow alike (core/key.h), so that a
 * session is in the table once. Of IPv4 without tags keys are short; for these
 * and for all others there is a set of parts each.
 *
 * Whether a session has expired is seen at look-up; a sweeper gives the memory
 * back, a 60th of the table a second, which is 64 seconds at most as timers are
 * a little late, and sleeps while there is none. One that was cut stays in its
 * place as a mark (S8). Parts that fill up are given more by a worker,
 * or, if it comes too late, by the packet that finds no slot.
 *
 * Each port has a list of its sessions that were cut, never answered or reset,
 * so that the next to make room for another is found at once (S10). A session
 * moves in and out of it when its state changes, which is a few times in its
 * life.
 *
 * Each CPU has hints of where it saw settled sessions last (hint.h): packets of
 * these do not come here.
 */
#include <linux/bitmap.h>
#include <linux/cache.h>
#include <linux/gfp.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/seqlock.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "../core/platform.h"
#include "budget.h"
#include "hint.h"
#include "net.h"
#include "session.h"

#define PART_BITS  10
#define PARTS	   (1u << PART_BITS)
#define SWEEP_PART 60

/* Arrays that packets may make themselves, which is without waiting. */
#define ATOMIC_MAX (32 * PAGE_SIZE)

/* The length of the first array. */
#define SHORTEST   1024

#define SLOT_BITS  20

/*
 * Numbers of slots, below, are of 32 bits: one that tells the tables apart, one
 * that tells a part's two arrays apart, the part, and the slot. Parts have the
 * same number of sessions, but for some in a hundred, and an array has less than
 * twice as many slots as it needs.
 */
static_assert(2 + PART_BITS + SLOT_BITS == 32);
static_assert(SGNL_SLOTS_MAX == 1u << SLOT_BITS);
static_assert(SGNL_HOST_SESSIONS_MAX / PARTS * 4 <= SGNL_SLOTS_MAX);

/**
 * struct part - a part of the table
 * @lock: whoever writes has it
 * @seq: changes when what readers see does
 * @n: buckets
 * @used: sessions
 * @array: the buckets, and behind them a link for each slot, and a struct tail
 * @link: those links, by turns: in each array that follows another they are the
 *	  other's
 * @turn: whose it is
 */
struct part {
	spinlock_t lock; /* all of it */
	seqcount_spinlock_t seq;
	u32 n;
	u32 used;
	void *array;
	struct sgnl_chain_link *link[2];
	u8 turn;
} ____cacheline_aligned_in_smp;

/**
 * struct tail - the end of an array
 * @rcu: to free it
 * @array: its beginning
 * @bytes: its length
 */
struct tail {
	struct rcu_head rcu;
	void *array;
	size_t bytes;
};

/**
 * struct table - the parts for one kind of keys
 * @words: words of a key
 * @part: the parts
 */
struct table {
	u32 words;
	struct part *part;
};

enum { IPV4, OTHERS, TABLES };

static struct table tables[TABLES] __read_mostly = {
	[IPV4] = { .words = SGNL_KEY4_WORDS },
	[OTHERS] = { .words = SGNL_KEY_WORDS },
};

/*
 * How many settled sessions of each part are so no more. All that a packet with
 * a hint reads of the table: side by side, so that a cache holds those of all
 * parts.
 */
static u32 unsettled[TABLES][PARTS] ____cacheline_aligned_in_smp;

static hsiphash_key_t hash_key __read_mostly, tie_key __read_mostly;
static const struct sgnl_session_observer *observer __read_mostly;

/* Each packet that opens a session writes to it. */
static struct sgnl_budget budget __cacheline_aligned_in_smp = {
	.max = SGNL_HOST_SESSIONS_MAX,
	.users_max = SGNL_USERS_SESSIONS_MAX,
};

/* What all arrays take up. */
static atomic_long_t array_bytes;
static struct delayed_work sweep_work;
static unsigned int sweep_next;

/*
 * Parts that are nearly full. Those who find no slot meanwhile are dropped, so
 * whoever makes more comes before other work (system_highpri_wq).
 */
static struct work_struct grow_work;
static DECLARE_BITMAP(full, TABLES *PARTS);

/* By SipHash-1-3, keyed, as tenants are hostile. */
static inline u32 hash_of(const u64 *key, u32 words)
{
	if (words == SGNL_KEY4_WORDS)
		return hsiphash_4u32(key[0], key[0] >> 32, key[1], key[1] >> 32,
				     &hash_key);
	return hsiphash(key, SGNL_KEY_WORDS * sizeof(*key), &hash_key);
}

static inline struct part *part_of(struct table *table, u32 hash)
{
	return &table->part[hash & (PARTS - 1)];
}

/* For whoever has the part's lock. */
static inline struct sgnl_slots slots_of(const struct table *table,
					 const struct part *part)
{
	return (struct sgnl_slots){
		.bucket = part->array,
		.n = part->n,
		.words = table->words,
	};
}

/*
 * What a reader sees of a part, as of @seq: false if that is no more. Else
 * array and number of buckets belong together.
 */
static __always_inline bool see(const struct part *part, unsigned int seq,
				struct sgnl_slots *slots, u32 words)
{
	slots->bucket = READ_ONCE(part->array);
	slots->n = READ_ONCE(part->n);
	slots->words = words;
	return !read_seqcount_retry(&part->seq, seq);
}

static inline u32 *unsettled_of(const struct table *table,
				const struct part *part)
{
	return &unsettled[table - tables][part - table->part];
}

/*
 * A settled session has just become something else, or nothing: no hint that was
 * made before holds. One that is made from now on has seen it. Under the part's
 * lock.
 */
static void unsettle(const struct table *table, const struct part *part)
{
	u32 *n = unsettled_of(table, part);

	/* With the smp_load_acquire() in passes() */
	smp_store_release(n, *n + 1);
}

/* Where a flow's session is or would be. */
struct spot {
	struct table *table;
	struct part *part;
	const u64 *key;
	u64 key4[SGNL_KEY4_WORDS];
};

static inline void find_spot(struct spot *spot,
			     const struct sgnl_session_place *place)
{
	if (sgnl_slots_key_words(&place->flow) == SGNL_KEY4_WORDS) {
		sgnl_slots_key4(&place->flow, spot->key4);
		spot->key = spot->key4;
		spot->table = &tables[IPV4];
	} else {
		spot->key = place->flow.word;
		spot->table = &tables[OTHERS];
	}
	spot->part = part_of(spot->table, place->hash);
}

/* sgnl_slots_find(), made once for each kind of keys. */
static __always_inline u32 find(const struct sgnl_slots *slots, u32 hash,
				const u64 *key)
{
	struct sgnl_slots one = *slots;

	one.words = SGNL_KEY4_WORDS;
	if (slots->words == SGNL_KEY4_WORDS)
		return sgnl_slots_find(&one, hash, key);
	one.words = SGNL_KEY_WORDS;
	return sgnl_slots_find(&one, hash, key);
}

static bool before(u32 epoch, u32 other)
{
	return (s32)(epoch - other) < 0;
}

/**
 * sgnl_session_expired() - has a session been idle for too long (S1, S3)?
 * @session: the session
 * @proto: its protocol
 * @now: the time
 *
 * Context: any.
 */
bool sgnl_session_expired(const struct sgnl_session *session, u8 proto, u32 now)
{
	s32 idle = now - session->last;

	/* Another CPU may have touched it with a later clock. */
	return idle > 0 && (u32)idle > sgnl_session_idle(&session->fsm, proto,
							 &session->times);
}

static noinline u32 hash_of_flow(const struct sgnl_flow *flow)
{
	u64 key4[SGNL_KEY4_WORDS];

	if (sgnl_slots_key_words(flow) != SGNL_KEY4_WORDS)
		return hash_of(flow->word, SGNL_KEY_WORDS);
	sgnl_slots_key4(flow, key4);
	return hash_of(key4, SGNL_KEY4_WORDS);
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
	struct sgnl_session_place place = {
		.flow = sgnl_flow(key, port->flow),
		.absent = SGNL_SESSION_ABSENT_UNKNOWN,
	};

	place.hash = hash_of_flow(&place.flow);
	return place;
}

/* False if there is none, expired or not. */
static bool look_up(const struct sgnl_session_place *place, u32 now,
		    struct sgnl_session *session)
{
	struct sgnl_slots slots;
	struct spot spot;
	unsigned int seq;
	u32 slot;

	find_spot(&spot, place);
	do {
		seq = read_seqcount_begin(&spot.part->seq);
		if (!see(spot.part, seq, &slots, spot.table->words))
			continue;
		slot = find(&slots, place->hash, spot.key);
		if (slot != SGNL_SLOT_NONE)
			sgnl_slots_get(&slots, slot, now, session);
	} while (read_seqcount_retry(&spot.part->seq, seq));
	return slot != SGNL_SLOT_NONE;
}

/**
 * sgnl_session_lookup() - finds the session of a packet
 * @place: the packet's
 * @now: the time
 * @session: where to put what is known of it
 *
 * It may be a mark, or be judged again first.
 *
 * Context: under RCU.
 * Return: false if there is none.
 */
bool sgnl_session_lookup(const struct sgnl_session_place *place, u32 now,
			 struct sgnl_session *session)
{
	return look_up(place, now, session) &&
	       !sgnl_session_expired(session, place->flow.proto, now);
}

/* Where a slot's link is, by its number; 0 is none. */
static u32 number_of(const struct table *table, const struct part *part,
		     u8 turn, u32 slot)
{
	u32 t = table - tables, p = part - table->part;

	return 1 + (((t << 1 | turn) << PART_BITS | p) << SLOT_BITS | slot);
}

static struct part *part_at(u32 number, u8 *turn, u32 *slot,
			    struct table **table)
{
	number--;
	*slot = number & ((1u << SLOT_BITS) - 1);
	number >>= SLOT_BITS;
	*table = &tables[number >> (PART_BITS + 1)];
	*turn = number >> PART_BITS & 1;
	return &(*table)->part[number & (PARTS - 1)];
}

static struct sgnl_chain_link *link_at(u32 number)
{
	struct table *table;
	struct part *part;
	u32 slot;
	u8 turn;

	part = part_at(number, &turn, &slot, &table);
	return &part->link[turn][slot];
}

/*
 * Lists a session among those that make room, or takes it from there, as its
 * state is by now. Under the part's lock.
 */
static void list_room(struct table *table, struct part *part, u32 slot,
		      struct sgnl_port *port, bool makes_room)
{
	struct sgnl_chain_link *link = &part->link[part->turn][slot];

	if (makes_room == sgnl_chain_linked(link))
		return;
	spin_lock(&port->room_lock);
	if (makes_room)
		sgnl_chain_add(&port->room, link,
			       number_of(table, part, part->turn, slot),
			       link_at);
	else
		sgnl_chain_del(&port->room, link, link_at);
	spin_unlock(&port->room_lock);
}

static void touch(struct sgnl_slot_state *state, u32 now)
{
	if (state->last != (u16)now)
		WRITE_ONCE(state->last, now);
}

/* The same from where it is not known whether the session is still there. */
static noinline void touch_locked(struct table *table, u32 hash, const u64 *key,
				  u32 now)
{
	struct part *part = part_of(table, hash);
	struct sgnl_slots slots;
	u32 slot;

	spin_lock_bh(&part->lock);
	slots = slots_of(table, part);
	slot = find(&slots, hash, key);
	if (slot != SGNL_SLOT_NONE)
		touch(sgnl_slots_state(&slots, slot), now);
	spin_unlock_bh(&part->lock);
}

enum verdict { NO_SESSION, NOT_SETTLED, SETTLED, SETTLED_STALE };

/*
 * What is in a slot for a packet that leaves a settled session as it is;
 * SETTLED_STALE if it is to be touched.
 */
static __always_inline enum verdict meet(const struct sgnl_slots *slots,
					 u32 slot, u32 judged, u32 now)
{
	const struct sgnl_slot_state *s = sgnl_slots_state(slots, slot);
	s16 idle = now - READ_ONCE(s->last);

	if (!sgnl_slot_settled(READ_ONCE(s->state)) ||
	    before(READ_ONCE(s->epoch), judged) ||
	    idle > (s16)(READ_ONCE(s->idle) & SGNL_SLOT_IDLE))
		return NOT_SETTLED;
	return idle ? SETTLED_STALE : SETTLED;
}

/*
 * For one kind of keys; where the packet passes, the hint is told as of when: the
 * count is read before the session is looked for.
 */
static __always_inline bool passes(struct table *table,
				   struct sgnl_session_place *place,
				   const u64 *key, u32 words, bool midway,
				   u32 judged, u32 now, struct sgnl_hint *hint)
{
	const u32 hash = hash_of(key, words);
	const struct part *part = part_of(table, hash);
	struct sgnl_slots slots;
	u32 as_of = 0, slot;
	enum verdict verdict;
	unsigned int seq;

	place->hash = hash;
	if (hint) /* With the smp_store_release() in unsettle() */
		as_of = smp_load_acquire(unsettled_of(table, part));
	do {
		verdict = NO_SESSION;
		seq = read_seqcount_begin(&part->seq);
		if (!see(part, seq, &slots, words))
			continue;
		slot = sgnl_slots_find(&slots, hash, key);
		if (slot != SGNL_SLOT_NONE)
			verdict = meet(&slots, slot, judged, now);
	} while (read_seqcount_retry(&part->seq, seq));
	place->absent = verdict == NO_SESSION ? seq :
						SGNL_SESSION_ABSENT_UNKNOWN;
	if (verdict < SETTLED || !midway)
		return false;
	if (verdict == SETTLED_STALE)
		touch_locked(table, hash, key, now);
	if (hint) {
		hint->unsettled = unsettled_of(table, part);
		hint->as_of = as_of;
	}
	return true;
}

/**
 * sgnl_session_plain() - does a plain packet pass, as of a settled session?
 * @place: the packet's, of which the flow is known; the rest is written
 * @midway: the packet neither begins nor ends a connection
 * @judged: its port's; sessions of an epoch before it are judged again
 * @now: the time
 * @hint: the packet's, or NULL; where it passes, @unsettled and @as_of are
 *        written
 *
 * The same as sgnl_session_lookup() and sgnl_session_packet() are for such a
 * packet, which leaves the state of such a session as it is.
 *
 * Context: under RCU, on one CPU throughout.
 * Return: false if it is to be judged.
 */
bool sgnl_session_plain(struct sgnl_session_place *place, bool midway,
			u32 judged, u32 now, struct sgnl_hint *hint)
{
	u64 key[SGNL_KEY_WORDS]; /* sparse sees the longer keys compared too */

	if (place->flow.family == SGNL_FAMILY_IPV4) {
		sgnl_slots_key4(&place->flow, key);
		return passes(&tables[IPV4], place, key, SGNL_KEY4_WORDS,
			      midway, judged, now, hint);
	}
	return passes(&tables[OTHERS], place, place->flow.word, SGNL_KEY_WORDS,
		      midway, judged, now, hint);
}

static enum sgnl_session_side side_of(const struct sgnl_session *session,
				      const struct sgnl_key *key)
{
	return key->direction == session->opener ? SGNL_SESSION_OPENER :
						   SGNL_SESSION_ANSWERER;
}

static struct sgnl_port *port_of(const struct sgnl_flow *flow)
{
	return sgnl_port_by_flow(flow->port);
}

/* Stores where a session stands by now. Under the part's lock. */
static void set_fsm(const struct table *table, const struct part *part,
		    struct sgnl_slot_state *state,
		    const struct sgnl_session_fsm *fsm)
{
	bool settled = sgnl_slot_settled(state->state);

	WRITE_ONCE(state->state, sgnl_slot_pack_fsm(fsm, state->state));
	if (settled)
		unsettle(table, part);
}

/* A step of what is in a slot by now, whose state is stored. */
static enum sgnl_session_step step_slot(struct table *table, struct part *part,
					const struct sgnl_slots *slots,
					u32 slot, struct sgnl_session *session,
					const struct sgnl_key *key, u32 now)
{
	struct sgnl_slot_state *state = sgnl_slots_state(slots, slot);
	struct sgnl_session_fsm old;
	enum sgnl_session_step step;
	struct sgnl_flow flow;
	bool makes_room;

	sgnl_slots_get(slots, slot, now, session);
	old = session->fsm;
	step = sgnl_session_step(&session->fsm, key, side_of(session, key));
	if (step == SGNL_STEP_JUDGE || step == SGNL_STEP_DROP)
		return step;
	makes_room = sgnl_session_makes_room(&session->fsm);
	if (session->fsm.both != old.both)
		set_fsm(table, part, state, &session->fsm);
	if (makes_room != sgnl_session_makes_room(&old)) {
		flow = sgnl_slots_flow(slots, slot);
		list_room(table, part, slot, port_of(&flow), makes_room);
	}
	if (step == SGNL_STEP_TOUCH)
		touch(state, now);
	return step;
}

/**
 * sgnl_session_packet() - a packet of a session
 * @place: the packet's
 * @session: what was found there
 * @key: the packet
 * @now: the time
 *
 * Stores nothing unless the state changes or a second has passed.
 *
 * Context: under RCU.
 * Return: what is to be done with the packet.
 */
enum sgnl_session_step
sgnl_session_packet(const struct sgnl_session_place *place,
		    struct sgnl_session *session, const struct sgnl_key *key,
		    u32 now)
{
	struct sgnl_session_fsm fsm = session->fsm;
	enum sgnl_session_step step;
	struct sgnl_slots slots;
	struct spot spot;
	u32 slot;

	step = sgnl_session_step(&fsm, key, side_of(session, key));
	if (step == SGNL_STEP_JUDGE || step == SGNL_STEP_DROP ||
	    (fsm.both == session->fsm.both &&
	     (step == SGNL_STEP_PASS || session->last == now)))
		return step;

	find_spot(&spot, place);
	spin_lock_bh(&spot.part->lock);
	slots = slots_of(spot.table, spot.part);
	slot = find(&slots, place->hash, spot.key);
	if (slot != SGNL_SLOT_NONE)
		step = step_slot(spot.table, spot.part, &slots, slot, session,
				 key, now);
	spin_unlock_bh(&spot.part->lock);
	return step;
}

static noinline void tell_now(const struct sgnl_port *port,
			      const struct sgnl_flow *flow,
			      const struct sgnl_session *session, u8 event)
{
	const struct sgnl_session_entry entry = {
		.port = port,
		.place.flow = *flow,
		.session = *session,
	};

	observer->changed(&entry, event);
}

/* Mostly nobody listens. */
static inline void tell(const struct sgnl_port *port,
			const struct sgnl_flow *flow,
			const struct sgnl_session *session, u8 event)
{
	if (observer->wanted(port))
		tell_now(port, flow, session, event);
}

/*
 * The slot of a session that was looked at; or none, if it has ended, or one of
 * another opener or epoch is there. Under its part's lock.
 */
static u32 slot_still(const struct spot *spot, struct sgnl_slots *slots,
		      const struct sgnl_session_place *place,
		      const struct sgnl_session *session)
{
	struct sgnl_session present;
	u32 slot;

	*slots = slots_of(spot->table, spot->part);
	slot = find(slots, place->hash, spot->key);
	if (slot == SGNL_SLOT_NONE)
		return slot;
	sgnl_slots_get(slots, slot, 0, &present);
	return present.epoch == session->epoch &&
			       present.opener == session->opener ?
		       slot :
		       SGNL_SLOT_NONE;
}

/* What is in a slot has another reason, rule and epoch from now on. */
static void set_judged(const struct spot *spot, const struct sgnl_slots *slots,
		       u32 slot, const struct sgnl_session *judged, u32 epoch)
{
	struct sgnl_session session;

	/* Times are written back as they were read, by whatever clock. */
	sgnl_slots_get(slots, slot, 0, &session);
	session.reason = judged->reason;
	session.rule = judged->rule;
	if (before(session.epoch, epoch))
		session.epoch = epoch;
	write_seqcount_begin(&spot->part->seq);
	sgnl_slots_set(slots, slot, &session);
	write_seqcount_end(&spot->part->seq);
}

/**
 * sgnl_session_renew() - a session was judged again, and may go on
 * @place: where it is
 * @session: what was known of it then, with the reason and the rule by which it
 *           may
 * @epoch: below which those were to be judged; one that is above stays there
 *
 * Context: any; under RCU.
 */
void sgnl_session_renew(const struct sgnl_session_place *place,
			const struct sgnl_session *session, u32 epoch)
{
	struct sgnl_slots slots;
	struct spot spot;
	u32 slot;

	find_spot(&spot, place);
	spin_lock_bh(&spot.part->lock);
	slot = slot_still(&spot, &slots, place, session);
	if (slot != SGNL_SLOT_NONE)
		set_judged(&spot, &slots, slot, session, epoch);
	spin_unlock_bh(&spot.part->lock);
}

/* What is in a slot is the first to make room. */
static void list_room_first(const struct spot *spot, u32 slot,
			    struct sgnl_port *port)
{
	u8 turn = spot->part->turn;
	struct sgnl_chain_link *link = &spot->part->link[turn][slot];

	spin_lock(&port->room_lock);
	sgnl_chain_del(&port->room, link, link_at);
	sgnl_chain_add_first(&port->room, link,
			     number_of(spot->table, spot->part, turn, slot),
			     link_at);
	spin_unlock(&port->room_lock);
}

/* What is in a slot becomes a mark. */
static void make_mark(const struct spot *spot, const struct sgnl_slots *slots,
		      u32 slot, struct sgnl_port *port, u32 now)
{
	struct sgnl_slot_state *state = sgnl_slots_state(slots, slot);
	const struct sgnl_session_fsm mark = sgnl_session_mark();

	set_fsm(spot->table, spot->part, state, &mark);
	touch(state, now);
	list_room_first(spot, slot, port);
}

/**
 * sgnl_session_cut() - cuts a session, which leaves a mark (S8)
 * @place: where it is
 * @session: what was known of it; a mark from now on
 * @now: the time, from which on the mark has its idle time
 *
 * It ends for those who are told of sessions, and makes room before all others.
 *
 * Context: any; under RCU.
 */
void sgnl_session_cut(const struct sgnl_session_place *place,
		      struct sgnl_session *session, u32 now)
{
	struct sgnl_port *port = port_of(&place->flow);
	struct sgnl_session was;
	struct sgnl_slots slots;
	struct spot spot;
	u32 slot;

	find_spot(&spot, place);
	spin_lock_bh(&spot.part->lock);
	slot = slot_still(&spot, &slots, place, session);
	if (slot != SGNL_SLOT_NONE) {
		sgnl_slots_get(&slots, slot, now, &was);
		if (!sgnl_session_is_mark(&was.fsm)) {
			make_mark(&spot, &slots, slot, port, now);
			was.fsm = sgnl_session_mark();
			tell(port, &place->flow, &was, SGNL_SESSION_EVENT_END);
		}
	}
	spin_unlock_bh(&spot.part->lock);
	session->fsm = sgnl_session_mark();
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
	struct sgnl_session session;

	if (atomic_read(&port->sessions) <
		    (int)conf->setting[SGNL_PORT_SESSIONS] &&
	    atomic_read(&port->sn->sessions) < SGNL_NET_SESSIONS_MAX &&
	    sgnl_budget_left(&budget, port->sn))
		return true;
	return READ_ONCE(port->room.first) != SGNL_CHAIN_END ||
	       look_up(place, 0, &session);
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

static bool is_settled(const struct sgnl_slots *slots, u32 slot)
{
	return sgnl_slot_settled(sgnl_slots_state(slots, slot)->state);
}

/* What is in a slot ends; the slot, and the room, are the caller's. */
static void end(struct table *table, struct part *part,
		const struct sgnl_slots *slots, u32 slot,
		struct sgnl_port *port)
{
	struct sgnl_session session;
	struct sgnl_flow flow;

	list_room(table, part, slot, port, false);
	if (!observer->wanted(port))
		return;
	flow = sgnl_slots_flow(slots, slot);
	sgnl_slots_get(slots, slot, sgnl_session_now(), &session);
	if (sgnl_session_is_mark(&session.fsm)) /* that has ended already */
		return;
	tell(port, &flow, &session, SGNL_SESSION_EVENT_END);
}

/* Takes a session out of its slot; its room is the caller's. */
static void take_out(struct table *table, struct part *part,
		     const struct sgnl_slots *slots, u32 slot,
		     struct sgnl_port *port)
{
	bool settled = is_settled(slots, slot);

	end(table, part, slots, slot, port);
	write_seqcount_begin(&part->seq);
	sgnl_slots_clear(slots, slot);
	write_seqcount_end(&part->seq);
	if (settled)
		unsettle(table, part);
	part->used--;
}

/* Whether there is one in a slot that may be ended for another of its port. */
static bool makes_room(const struct sgnl_slots *slots, u32 slot,
		       const struct sgnl_port *port)
{
	struct sgnl_session_fsm fsm;

	if (slot >= slots->n * SGNL_BUCKET_SLOTS ||
	    !sgnl_slots_used(slots, slot) ||
	    sgnl_slots_flow(slots, slot).port != port->flow)
		return false;
	fsm = sgnl_slot_fsm(sgnl_slots_state(slots, slot)->state);
	return sgnl_session_makes_room(&fsm);
}

/*
 * Ends the port's session that has been making room for longest (S10), and
 * leaves its room to the caller. Until its part is locked it may have ended, or
 * have been answered, or be somewhere else; whoever did that has made another
 * one the first.
 */
static bool evict(struct sgnl_port *port)
{
	bool done = false;
	u32 number;

	while (!done &&
	       (number = READ_ONCE(port->room.first)) != SGNL_CHAIN_END) {
		struct sgnl_slots slots;
		struct table *table;
		struct part *part;
		u32 slot;
		u8 turn;

		part = part_at(number, &turn, &slot, &table);
		spin_lock_bh(&part->lock);
		slots = slots_of(table, part);
		done = part->turn == turn && makes_room(&slots, slot, port);
		if (done)
			take_out(table, part, &slots, slot, port);
		spin_unlock_bh(&part->lock);
	}
	return done;
}

/* What a bucket and its links take up in an array. */
static size_t bytes_of(u32 words)
{
	return sgnl_slots_bucket_bytes(words) +
	       SGNL_BUCKET_SLOTS * sizeof(struct sgnl_chain_link);
}

static u32 buckets_in(size_t bytes, u32 words)
{
	return (bytes - sizeof(struct tail)) / bytes_of(words);
}

/* Lengths of arrays, of which the allocators waste nothing. */
static size_t longer(size_t bytes)
{
	if (!bytes)
		return SHORTEST;
	if (bytes < PAGE_SIZE)
		return roundup_pow_of_two(bytes + 1);
	return bytes + PAGE_ALIGN(bytes / 4);
}

static size_t length_of(const struct table *table, const struct part *part)
{
	const struct tail *tail;

	if (!part->array)
		return 0;
	tail = part->array + part->n * bytes_of(table->words);
	return tail->bytes;
}

static struct tail *new_array(size_t bytes, u32 words, gfp_t gfp)
{
	bool may_wait = gfpflags_allow_blocking(gfp);
	u32 n = buckets_in(bytes, words);
	struct tail *tail;
	void *array = NULL;

	if (n * SGNL_BUCKET_SLOTS >= SGNL_SLOTS_MAX - 1)
		return NULL;
	gfp |= __GFP_ZERO | __GFP_NOWARN;
	/* In one piece if there is one: the kernel maps these by huge pages. */
	if (bytes < PAGE_SIZE)
		array = kmalloc(bytes, gfp);
	else if (bytes <= ATOMIC_MAX || may_wait)
		array = alloc_pages_exact(bytes, gfp | __GFP_NORETRY);
	if (!array && bytes >= PAGE_SIZE && may_wait)
		array = __vmalloc(bytes, gfp);
	if (!array)
		return NULL;
	memset(array + n * sgnl_slots_bucket_bytes(words), 0xff,
	       n * SGNL_BUCKET_SLOTS * sizeof(struct sgnl_chain_link));
	tail = array + n * bytes_of(words);
	tail->array = array;
	tail->bytes = bytes;
	atomic_long_add(bytes, &array_bytes);
	return tail;
}

static void free_array(struct rcu_head *rcu)
{
	struct tail *tail = container_of(rcu, struct tail, rcu);
	size_t bytes = tail->bytes;

	if (bytes < PAGE_SIZE)
		kfree(tail->array);
	else if (is_vmalloc_addr(tail->array))
		vfree(tail->array);
	else
		free_pages_exact(tail->array, bytes);
	atomic_long_sub(bytes, &array_bytes);
}

static u32 hash_key_of(const u64 *key, u32 words)
{
	return hash_of(key, words);
}

/* Of an array that nobody sees yet, where each link says which slot it was. */
static void moved_unseen(void *arg, u32 from, u32 to)
{
	struct sgnl_chain_link *link = arg;

	link[to] = link[from];
}

static const struct sgnl_slots_ops unseen_ops = {
	.hash = hash_key_of,
	.moved = moved_unseen,
};

/* A link gets another number, in its part's present array or in the next. */
static void move_link(struct table *table, struct part *part,
		      const struct sgnl_slots *slots, u32 from, u8 turn, u32 to)
{
	struct sgnl_chain_link *link = &part->link[part->turn][from];
	struct sgnl_flow flow = sgnl_slots_flow(slots, from);
	struct sgnl_port *port = port_of(&flow);

	spin_lock(&port->room_lock);
	sgnl_chain_move(&port->room, link, number_of(table, part, turn, to),
			link_at);
	spin_unlock(&port->room_lock);
}

/* A part's array is another from now on; NULL is none. */
static void publish(const struct table *table, struct part *part,
		    struct tail *tail, u32 n)
{
	struct tail *old = NULL;

	if (part->array)
		old = part->array + part->n * bytes_of(table->words);
	write_seqcount_begin(&part->seq);
	WRITE_ONCE(part->array, tail ? tail->array : NULL);
	WRITE_ONCE(part->n, n);
	write_seqcount_end(&part->seq);
	part->link[part->turn] = NULL;
	part->turn = !part->turn;
	if (old)
		call_rcu(&old->rcu, free_array);
}

/*
 * Moves all of a part into another array, under its lock. False if they do not
 * fit, with everything as it was.
 */
static bool resize(struct table *table, struct part *part, struct tail *tail)
{
	struct sgnl_slots old = slots_of(table, part);
	struct sgnl_slots new = {
		.bucket = tail->array,
		.n = buckets_in(tail->bytes, table->words),
		.words = table->words,
	};
	struct sgnl_chain_link *link =
		tail->array + new.n *sgnl_slots_bucket_bytes(new.words);
	u8 turn = !part->turn;
	u32 slot, to, left;

	for (slot = 0, left = part->used; left; slot++) {
		if (!sgnl_slots_used(&old, slot))
			continue;
		left--;
		to = sgnl_slots_copy(&new, &old, slot, &unseen_ops, link);
		if (to == SGNL_SLOT_NONE)
			return false;
		link[to].prev = slot;
	}
	part->link[turn] = link;
	for (slot = 0, left = part->used; left; slot++) {
		if (!sgnl_slots_used(&new, slot))
			continue;
		left--;
		move_link(table, part, &old, link[slot].prev, turn, slot);
	}
	publish(table, part, tail, new.n);
	return true;
}

/*
 * Under the part's lock. Of few sessions those that meet in two buckets would
 * meet in a longer array too.
 */
static bool resize_atomic(struct table *table, struct part *part)
{
	struct tail *tail;

	if (part->used < part->n)
		return false;
	tail = new_array(longer(length_of(table, part)), table->words,
			 GFP_ATOMIC);
	if (!tail)
		return false;
	if (resize(table, part, tail))
		return true;
	free_array(&tail->rcu);
	return false;
}

/* The same, from where one may wait for memory. */
static void resize_part(struct table *table, struct part *part, size_t bytes)
{
	struct tail *tail = new_array(bytes, table->words, GFP_KERNEL);
	bool done;

	if (!tail)
		return;
	spin_lock_bh(&part->lock);
	/* Not if a packet has done so meanwhile, or all have ended. */
	done = part->used && length_of(table, part) != bytes &&
	       resize(table, part, tail);
	spin_unlock_bh(&part->lock);
	if (!done)
		free_array(&tail->rcu);
}

/*
 * More than three of four slots are taken. Of 20 million random sessions, each in
 * another's place, none finds no slot when four of five are.
 */
static bool nearly_full(const struct part *part)
{
	return part->used > part->n * 3;
}

static void grow(struct work_struct *work)
{
	unsigned int i;

	for_each_set_bit(i, full, TABLES * PARTS) {
		struct table *table = &tables[i / PARTS];
		struct part *part = &table->part[i % PARTS];
		size_t bytes = 0;

		clear_bit(i, full);
		spin_lock_bh(&part->lock);
		if (part->array && nearly_full(part))
			bytes = longer(length_of(table, part));
		spin_unlock_bh(&part->lock);
		if (bytes)
			resize_part(table, part, bytes);
		cond_resched();
	}
}

/*
 * The worker is woken by the next tick, not by the packet, which that would cost
 * more than all else.
 */
static void wake_grow(struct irq_work *work)
{
	queue_work(system_highpri_wq, &grow_work);
}

static struct irq_work grow_soon = IRQ_WORK_INIT_LAZY(wake_grow);

/* A worker gives the part more room, in time if it can. */
static void grow_later(const struct table *table, const struct part *part)
{
	unsigned int i = (table - tables) * PARTS + (part - table->part);

	if (nearly_full(part) && !test_and_set_bit(i, full))
		irq_work_queue(&grow_soon);
}

static void sweep_later(void)
{
	queue_delayed_work(system_unbound_wq, &sweep_work, HZ);
}

struct moved {
	struct table *table;
	struct part *part;
	const struct sgnl_slots *slots;
};

static void moved_seen(void *arg, u32 from, u32 to)
{
	struct moved *moved = arg;

	move_link(moved->table, moved->part, moved->slots, from,
		  moved->part->turn, to);
}

static const struct sgnl_slots_ops seen_ops = {
	.hash = hash_key_of,
	.moved = moved_seen,
};

/* Finds a slot for a new session, in an array with more of them if need be. */
static u32 add(const struct spot *spot, u32 hash,
	       const struct sgnl_session *session)
{
	struct sgnl_slots slots;
	struct moved moved = { spot->table, spot->part, &slots };
	u32 slot;

	do {
		slots = slots_of(spot->table, spot->part);
		write_seqcount_begin(&spot->part->seq);
		slot = sgnl_slots_add(&slots, hash, spot->key, &seen_ops,
				      &moved);
		if (slot != SGNL_SLOT_NONE)
			sgnl_slots_set(&slots, slot, session);
		write_seqcount_end(&spot->part->seq);
	} while (slot == SGNL_SLOT_NONE &&
		 resize_atomic(spot->table, spot->part));
	return slot;
}

/* What is in a slot ends, and another session of its flow begins there. */
static void replace(const struct spot *spot, const struct sgnl_slots *slots,
		    u32 slot, struct sgnl_port *port,
		    const struct sgnl_session *session)
{
	bool settled = is_settled(slots, slot);

	end(spot->table, spot->part, slots, slot, port);
	write_seqcount_begin(&spot->part->seq);
	sgnl_slots_set(slots, slot, session);
	write_seqcount_end(&spot->part->seq);
	if (settled)
		unsettle(spot->table, spot->part);
}

/*
 * Does what is in a slot stay: a session of which the packet is part, or a mark
 * that it does not lift, as platform traffic does from either side? Without a
 * packet, whatever has not expired.
 */
static bool stays(const struct sgnl_slots *slots, u32 slot, u8 proto,
		  const struct sgnl_key *key, const struct sgnl_session *new,
		  u32 now)
{
	struct sgnl_session session;

	sgnl_slots_get(slots, slot, now, &session);
	if (sgnl_session_expired(&session, proto, now))
		return false;
	if (!key)
		return true;
	if (sgnl_session_is_mark(&session.fsm) &&
	    sgnl_platform_opens(new->reason))
		return false;
	return sgnl_session_step(&session.fsm, key, side_of(&session, key)) !=
	       SGNL_STEP_JUDGE;
}

/*
 * Under the part's lock; uses the room that there is, or gives it back. What is
 * there already has its own, be it replaced or kept.
 */
static int put_locked(const struct spot *spot, struct sgnl_port *port,
		      const struct sgnl_session_place *place,
		      const struct sgnl_key *key,
		      const struct sgnl_session *session, u32 now, bool room)
{
	struct sgnl_slots slots = slots_of(spot->table, spot->part);
	u32 slot = SGNL_SLOT_NONE;

	if (read_seqcount_retry(&spot->part->seq, place->absent))
		slot = find(&slots, place->hash, spot->key);
	if (slot == SGNL_SLOT_NONE && !room)
		return -ENOSPC;
	if (slot == SGNL_SLOT_NONE) {
		slot = add(spot, place->hash, session);
		if (slot == SGNL_SLOT_NONE) {
			unreserve(port);
			return -ENOMEM;
		}
		spot->part->used++;
		grow_later(spot->table, spot->part);
	} else {
		if (room)
			unreserve(port);
		if (stays(&slots, slot, place->flow.proto, key, session, now))
			return key ? 0 : -EEXIST;
		replace(spot, &slots, slot, port, session);
	}
	/* One that was never answered, before anyone can answer it. */
	if (sgnl_session_is_mark(&session->fsm))
		list_room_first(spot, slot, port);
	else
		list_room(spot->table, spot->part, slot, port,
			  sgnl_session_makes_room(&session->fsm));
	return 0;
}

/* Puts a session where it belongs, with the room that there is. */
static int put(struct sgnl_port *port, const struct sgnl_session_place *place,
	       const struct sgnl_key *key, const struct sgnl_session *session,
	       u32 now, bool room)
{
	struct spot spot;
	int err;

	find_spot(&spot, place);
	spin_lock_bh(&spot.part->lock);
	err = put_locked(&spot, port, place, key, session, now, room);
	if (!err && !sgnl_session_is_mark(&session->fsm))
		tell(port, &place->flow, session, SGNL_SESSION_EVENT_NEW);
	spin_unlock_bh(&spot.part->lock);

	if (!err && !delayed_work_pending(&sweep_work))
		sweep_later();
	return err;
}

/**
 * sgnl_session_open() - opens a session
 * @conf: the port's settings
 * @place: where
 * @key: the packet by which it is opened
 * @session: what is known of it, by sgnl_session_begin()
 * @stale: there is a session of the same flow that the packet was found to be no
 *         part of, and which the new one replaces (S4)
 *
 * Where another CPU has opened one meanwhile of which the packet is part, that
 * one is kept. Where port, namespace or host may have no more, the session that
 * is replaced makes room, or else another one of the port (S10). That is done
 * before the part is locked, as the other one may be in any part.
 *
 * Context: softirq or process context, under RCU.
 * Return: 0, -ENOSPC if there is no room, or -ENOMEM.
 */
int sgnl_session_open(const struct sgnl_port_conf *conf,
		      const struct sgnl_session_place *place,
		      const struct sgnl_key *key,
		      const struct sgnl_session *session, bool stale)
{
	struct sgnl_port *port = conf->port;
	bool room = reserve(port, conf->setting[SGNL_PORT_SESSIONS]) ||
		    (!stale && evict(port));

	return put(port, place, key, session, session->last, room);
}

/**
 * sgnl_session_load() - puts a session back that was saved (S13)
 * @conf: its port's settings
 * @place: where
 * @session: what is known of it
 * @now: the time
 *
 * One of the same flow that is there stays, as it is newer. One that makes room
 * for others itself takes none from another.
 *
 * Context: softirq or process context, under RCU.
 * Return: 0, -EEXIST, -ENOSPC if there is no room, or -ENOMEM.
 */
int sgnl_session_load(const struct sgnl_port_conf *conf,
		      const struct sgnl_session_place *place,
		      const struct sgnl_session *session, u32 now)
{
	struct sgnl_port *port = conf->port;
	struct sgnl_session present;
	bool room;

	if (sgnl_session_lookup(place, now, &present))
		return -EEXIST;
	room = reserve(port, conf->setting[SGNL_PORT_SESSIONS]) ||
	       (!sgnl_session_makes_room(&session->fsm) && evict(port));
	return put(port, place, NULL, session, now, room);
}

/* Whom a part is cleared of: of all of a port, or of all that have expired. */
struct purge {
	const struct sgnl_port *port;
	u32 now;
};

static bool ends(const struct sgnl_slots *slots, u32 slot,
		 const struct sgnl_flow *flow, const struct purge *purge)
{
	struct sgnl_session session;

	if (purge->port)
		return flow->port == purge->port->flow;
	sgnl_slots_get(slots, slot, purge->now, &session);
	return sgnl_session_expired(&session, flow->proto, purge->now);
}

/* Ends those of a part that are to end, and gives their room back. */
static void end_some(struct table *table, struct part *part,
		     const struct purge *purge)
{
	struct sgnl_slots slots = slots_of(table, part);
	u32 slot;

	for (slot = 0; slot < slots.n * SGNL_BUCKET_SLOTS; slot++) {
		struct sgnl_flow flow;
		struct sgnl_port *port;

		if (!sgnl_slots_used(&slots, slot))
			continue;
		flow = sgnl_slots_flow(&slots, slot);
		if (!ends(&slots, slot, &flow, purge))
			continue;
		port = port_of(&flow);
		/* While the session yet keeps the port. */
		unreserve(port);
		take_out(table, part, &slots, slot, port);
	}
}

/**
 * sgnl_session_purge() - ends all sessions of a port that is no more
 * @port: the port
 *
 * Context: may sleep.
 */
void sgnl_session_purge(struct sgnl_port *port)
{
	const struct purge purge = { .port = port };
	unsigned int i;

	for (i = 0; i < TABLES * PARTS && atomic_read(&port->sessions); i++) {
		struct table *table = &tables[i / PARTS];
		struct part *part = &table->part[i % PARTS];

		if (!READ_ONCE(part->array))
			continue;
		spin_lock_bh(&part->lock);
		end_some(table, part, &purge);
		spin_unlock_bh(&part->lock);
		cond_resched();
	}
}

/* Sessions of a part that are collected at one go: more than a message has. */
#define PICKS 512

/* A session's place among those of its part, by hash and tie; and where it is. */
struct pick {
	u64 order;
	u32 slot;
	u32 entry;
};

/* A walk; what it needs room for, beside who wants it. */
struct walk {
	bool (*wants)(const struct sgnl_port *port, void *arg);
	void *arg;
	struct pick pick[PICKS];
	struct sgnl_session_entry entry[PICKS];
};

static u64 order_of(u32 hash, u32 tie)
{
	return (u64)hash << 32 | tie;
}

/*
 * Puts one among the first that came so far, in the place of the last of them if
 * there is no more room. They are a heap, with the last one on top.
 */
static void keep_first(struct pick *pick, unsigned int *n, struct pick new)
{
	unsigned int i, next;

	if (*n < PICKS) {
		for (i = (*n)++; i; i = next) {
			next = (i - 1) / 2;
			if (pick[next].order > new.order)
				break;
			pick[i] = pick[next];
		}
	} else {
		for (i = 0; 2 * i + 1 < PICKS; i = next) {
			next = 2 * i + 1;
			if (next + 1 < PICKS &&
			    pick[next + 1].order > pick[next].order)
				next++;
			if (pick[next].order < new.order)
				break;
			pick[i] = pick[next];
		}
	}
	pick[i] = new;
}

static int by_order(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

/* Picks those that are first behind the cursor; under the part's lock. */
static unsigned int pick_first(const struct sgnl_slots *slots,
			       const struct sgnl_session_cursor *cursor,
			       struct walk *walk)
{
	u64 shown = order_of(cursor->hash, cursor->tie);
	struct pick *pick = walk->pick;
	unsigned int n = 0;
	u32 slot;

	for (slot = 0; slot < slots->n * SGNL_BUCKET_SLOTS; slot++) {
		const u64 *key = sgnl_slots_key(slots, slot);
		struct sgnl_flow flow;
		u32 hash, tie;
		u64 order;

		if (!sgnl_slots_used(slots, slot))
			continue;
		flow = sgnl_slots_flow(slots, slot);
		if (!walk->wants(port_of(&flow), walk->arg))
			continue;
		hash = hash_of(key, slots->words);
		if ((cursor->begun && hash < cursor->hash) ||
		    (n == PICKS && hash > pick->order >> 32))
			continue;
		tie = hsiphash(key, slots->words * sizeof(*key), &tie_key);
		order = order_of(hash, tie);
		if ((cursor->begun && order <= shown) ||
		    (n == PICKS && order > pick->order))
			continue;
		keep_first(pick, &n,
			   (struct pick){ .order = order, .slot = slot });
	}
	return n;
}

/*
 * What is to be shown of a part next, in order; the caller is under RCU, which
 * keeps the ports. Less than PICKS are the last.
 */
static unsigned int collect(const struct table *table, struct part *part,
			    const struct sgnl_session_cursor *cursor,
			    struct walk *walk)
{
	u32 now = sgnl_session_now();
	struct sgnl_slots slots;
	unsigned int i, n;

	spin_lock_bh(&part->lock);
	slots = slots_of(table, part);
	n = pick_first(&slots, cursor, walk);
	for (i = 0; i < n; i++) {
		struct sgnl_session_entry *entry = &walk->entry[i];
		struct pick *pick = &walk->pick[i];

		pick->entry = i;
		entry->place.hash = pick->order >> 32;
		entry->place.flow = sgnl_slots_flow(&slots, pick->slot);
		entry->port = port_of(&entry->place.flow);
		sgnl_slots_get(&slots, pick->slot, now, &entry->session);
	}
	spin_unlock_bh(&part->lock);
	sort(walk->pick, n, sizeof(*walk->pick), by_order, NULL);
	return n;
}

static int show_part(const struct table *table, struct part *part,
		     struct sgnl_session_cursor *cursor, struct walk *walk,
		     int (*show)(struct sgnl_session_entry *entry, void *arg))
{
	unsigned int i, n;
	int ret = 0;

	do {
		if (!READ_ONCE(part->used))
			return 0;
		rcu_read_lock();
		n = collect(table, part, cursor, walk);
		for (i = 0; i < n && !ret; i++) {
			const struct pick *pick = &walk->pick[i];

			ret = show(&walk->entry[pick->entry], walk->arg);
			if (ret)
				break;
			cursor->begun = true;
			cursor->hash = pick->order >> 32;
			cursor->tie = pick->order;
		}
		rcu_read_unlock();
		cond_resched();
	} while (n == PICKS && !ret);
	return ret;
}

/**
 * sgnl_session_walk() - shows sessions one after another
 * @cursor: where to begin, zero at first; left where @show said stop
 * @wants: are a port's sessions to be shown? With bottom halves off
 * @show: called for each; other than 0 stops before the session counts as
 *        shown
 * @arg: handed to both
 *
 * Does not fail for want of memory: it waits for it.
 *
 * Context: may sleep; @show is called under RCU, and may cut the session.
 * Return: 0 at the end of the table, or what @show returned.
 */
int sgnl_session_walk(struct sgnl_session_cursor *cursor,
		      bool (*wants)(const struct sgnl_port *port, void *arg),
		      int (*show)(struct sgnl_session_entry *entry, void *arg),
		      void *arg)
{
	struct walk *walk;
	int ret = 0;

	walk = kvmalloc(sizeof(*walk), GFP_KERNEL | __GFP_NOFAIL);
	walk->wants = wants;
	walk->arg = arg;
	while (cursor->part < TABLES * PARTS) {
		const struct table *table = &tables[cursor->part / PARTS];

		ret = show_part(table, &table->part[cursor->part % PARTS],
				cursor, walk, show);
		if (ret)
			break;
		cursor->begun = false;
		cursor->part++;
	}
	kvfree(walk);
	return ret;
}

/**
 * sgnl_session_bytes() - what the arrays of the table take up
 *
 * Not what is always there: the parts themselves, and the hints of each CPU.
 *
 * Context: any.
 * Return: bytes; 0 when the last of them was freed.
 */
unsigned long sgnl_session_bytes(void)
{
	return atomic_long_read(&array_bytes);
}

/* The length of an array in which at most 9 of 16 slots are taken. */
static size_t fitting(u32 used, u32 words)
{
	size_t bytes = 0;

	do
		bytes = longer(bytes);
	while (used * 4 > buckets_in(bytes, words) * 9);
	return bytes;
}

/* Ends what has expired, and gives back what that leaves unused. */
static void sweep_part(struct table *table, struct part *part,
		       const struct purge *purge)
{
	size_t bytes = 0;

	if (!READ_ONCE(part->array))
		return;
	spin_lock_bh(&part->lock);
	end_some(table, part, purge);
	if (!part->used)
		publish(table, part, NULL, 0);
	else if (part->used < part->n)
		bytes = fitting(part->used, table->words);
	if (bytes >= length_of(table, part))
		bytes = 0;
	spin_unlock_bh(&part->lock);
	if (bytes)
		resize_part(table, part, bytes);
}

static void sweep(struct work_struct *work)
{
	const struct purge purge = { .now = sgnl_session_now() };
	unsigned int i;

	for (i = 0; i < TABLES * PARTS / SWEEP_PART; i++) {
		struct table *table = &tables[sweep_next / PARTS];

		sweep_part(table, &table->part[sweep_next % PARTS], &purge);
		sweep_next = (sweep_next + 1) % (TABLES * PARTS);
		cond_resched();
	}
	if (sgnl_session_bytes())
		sweep_later();
}

static void free_tables(void)
{
	unsigned int i;

	for (i = 0; i < TABLES; i++)
		kvfree(tables[i].part);
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
	unsigned int i, p;

	for (i = 0; i < TABLES; i++) {
		struct table *table = &tables[i];

		table->part = kvcalloc(PARTS, sizeof(*table->part), GFP_KERNEL);
		if (!table->part) {
			free_tables();
			return -ENOMEM;
		}
		for (p = 0; p < PARTS; p++) {
			spin_lock_init(&table->part[p].lock);
			seqcount_spinlock_init(&table->part[p].seq,
					       &table->part[p].lock);
		}
	}
	get_random_bytes(&hash_key, sizeof(hash_key));
	get_random_bytes(&tie_key, sizeof(tie_key));
	observer = who;
	INIT_DELAYED_WORK(&sweep_work, sweep);
	INIT_WORK(&grow_work, grow);
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
	unsigned int i;

	cancel_delayed_work_sync(&sweep_work);
	irq_work_sync(&grow_soon);
	cancel_work_sync(&grow_work);
	WARN_ON_ONCE(atomic_read(&budget.taken));
	for (i = 0; i < TABLES * PARTS; i++) {
		struct table *table = &tables[i / PARTS];
		struct part *part = &table->part[i % PARTS];

		spin_lock_bh(&part->lock);
		if (part->array)
			publish(table, part, NULL, 0);
		spin_unlock_bh(&part->lock);
	}
	rcu_barrier(); /* free_array() is this module's */
	free_tables();
}
