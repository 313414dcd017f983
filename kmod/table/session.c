// SPDX-License-Identifier: GPL-2.0
/*
 * The session table: one for the host.
 *
 * Theory of operation: sessions are in the slots of buckets (core/slots.h), in
 * parts of the table (part.h), with no memory of their own. A key names both
 * directions of a flow alike (core/key.h), so that a session is in the table
 * once. Of IPv4 without tags keys are short; for these and for all others there
 * is a set of parts each.
 *
 * Whether a session has expired is seen at look-up; a sweeper gives the memory
 * back, a 60th of the table a second, which is 64 seconds at most as timers are
 * a little late, and sleeps while there is none. One that was cut stays in its
 * place as a mark (S8).
 *
 * Each port has a list of its sessions that were cut, never answered or reset,
 * so that the next to make room for another is found at once (S10). A session
 * moves in and out of it when its state changes, which is a few times in its
 * life.
 *
 * Each CPU has hints of where it saw settled sessions last (hint.h): packets of
 * these do not come here.
 */
#include <linux/cache.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "../compat/compiler.h"
#include "../core/platform.h"
#include "budget.h"
#include "hint.h"
#include "net.h"
#include "part.h"
#include "session.h"

#define SWEEP_PART 60

static const struct sgnl_session_observer *observer __read_mostly;

/* Each packet that opens a session writes to it. */
static struct sgnl_budget budget __cacheline_aligned_in_smp = {
	.max = SGNL_HOST_SESSIONS_MAX,
	.users_max = SGNL_USERS_SESSIONS_MAX,
};

static struct delayed_work sweep_work;
static unsigned int sweep_next;

/* Where a flow's session is or would be. */
struct spot {
	struct sgnl_part *part;
	const u64 *key;
	u64 key4[SGNL_KEY4_WORDS];
};

static inline void find_spot(struct spot *spot,
			     const struct sgnl_session_place *place)
{
	u32 words = sgnl_slots_key_words(&place->flow);

	spot->key = place->flow.word;
	if (words == SGNL_KEY4_WORDS) {
		sgnl_slots_key4(&place->flow, spot->key4);
		spot->key = spot->key4;
	}
	spot->part = sgnl_part_of(place->hash, words);
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

static noinline struct sgnl_slots_hash
hash_of_flow(const struct sgnl_flow *flow)
{
	u64 key4[SGNL_KEY4_WORDS];

	if (sgnl_slots_key_words(flow) != SGNL_KEY4_WORDS)
		return sgnl_part_hash(flow->word, SGNL_KEY_WORDS);
	sgnl_slots_key4(flow, key4);
	return sgnl_part_hash(key4, SGNL_KEY4_WORDS);
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
		if (!sgnl_part_see(spot.part, seq, &slots, spot.part->words))
			continue;
		slot = sgnl_part_find(&slots, place->hash, spot.key);
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

static void touch(struct sgnl_slot_state *state, u32 now)
{
	if (state->last != (u16)now)
		WRITE_ONCE(state->last, now);
}

/* The same from where it is not known whether the session is still there. */
static noinline void touch_locked(struct sgnl_part *part,
				  struct sgnl_slots_hash hash, const u64 *key,
				  u32 now)
{
	struct sgnl_slots slots;
	u32 slot;

	spin_lock_bh(&part->lock);
	slots = sgnl_part_slots(part);
	slot = sgnl_part_find(&slots, hash, key);
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
static __always_inline bool passes(struct sgnl_session_place *place,
				   const u64 *key, u32 words, bool midway,
				   u32 judged, u32 now, struct sgnl_hint *hint)
{
	const struct sgnl_slots_hash hash = sgnl_part_hash(key, words);
	struct sgnl_part *part = sgnl_part_of(hash, words);
	const u32 *unsettled = &sgnl_part_unsettled[part - sgnl_parts];
	struct sgnl_slots slots;
	u32 as_of = 0, slot;
	enum verdict verdict;
	unsigned int seq;

	place->hash = hash;
	if (hint) /* With the smp_store_release() in sgnl_part_unsettle() */
		as_of = smp_load_acquire(unsettled);
	do {
		verdict = NO_SESSION;
		seq = read_seqcount_begin(&part->seq);
		if (!sgnl_part_see(part, seq, &slots, words))
			continue;
		slot = sgnl_slots_find(&slots, hash, key);
		if (slot != SGNL_SLOT_NONE)
			verdict = meet(&slots, slot, judged, now);
	} while (read_seqcount_retry(&part->seq, seq));
	place->absent = verdict == NO_SESSION ? seq :
						SGNL_SESSION_ABSENT_UNKNOWN;
	if (verdict == NO_SESSION)
		sgnl_part_expect(&slots, hash);
	if (verdict < SETTLED || !midway)
		return false;
	if (verdict == SETTLED_STALE)
		touch_locked(part, hash, key, now);
	if (hint) {
		hint->unsettled = unsettled;
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
	/* As long as this, as sparse sees the longer keys compared too. */
	u64 key[SGNL_KEY_WORDS] SGNL_UNINITIALIZED;

	if (place->flow.family == SGNL_FAMILY_IPV4) {
		sgnl_slots_key4(&place->flow, key);
		return passes(place, key, SGNL_KEY4_WORDS, midway, judged, now,
			      hint);
	}
	return passes(place, place->flow.word, SGNL_KEY_WORDS, midway, judged,
		      now, hint);
}

static enum sgnl_session_side side_of(const struct sgnl_session *session,
				      const struct sgnl_key *key)
{
	return key->direction == session->opener ? SGNL_SESSION_OPENER :
						   SGNL_SESSION_ANSWERER;
}

/* Stores where a session stands by now. Under the part's lock. */
static void set_fsm(const struct sgnl_part *part, struct sgnl_slot_state *state,
		    const struct sgnl_session_fsm *fsm)
{
	bool settled = sgnl_slot_settled(state->state);

	WRITE_ONCE(state->state, sgnl_slot_pack_fsm(fsm, state->state));
	if (settled)
		sgnl_part_unsettle(part);
}

static struct sgnl_port *port_of(const struct sgnl_slots *slots, u32 slot)
{
	return sgnl_port_by_flow(sgnl_slots_port(slots, slot));
}

/* A step of what is in a slot by now, whose state is stored. */
static enum sgnl_session_step step_slot(struct sgnl_part *part,
					const struct sgnl_slots *slots,
					u32 slot, struct sgnl_session *session,
					const struct sgnl_key *key, u32 now)
{
	struct sgnl_slot_state *state = sgnl_slots_state(slots, slot);
	struct sgnl_session_fsm old;
	enum sgnl_session_step step;
	bool makes_room;

	sgnl_slots_get(slots, slot, now, session);
	old = session->fsm;
	step = sgnl_session_step(&session->fsm, key, side_of(session, key));
	if (step == SGNL_STEP_JUDGE || step == SGNL_STEP_DROP)
		return step;
	makes_room = sgnl_session_makes_room(&session->fsm);
	if (session->fsm.both != old.both)
		set_fsm(part, state, &session->fsm);
	if (makes_room != sgnl_session_makes_room(&old))
		sgnl_part_list_room(part, slot, port_of(slots, slot),
				    makes_room);
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
	slots = sgnl_part_slots(spot.part);
	slot = sgnl_part_find(&slots, place->hash, spot.key);
	if (slot != SGNL_SLOT_NONE)
		step = step_slot(spot.part, &slots, slot, session, key, now);
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

	*slots = sgnl_part_slots(spot->part);
	slot = sgnl_part_find(slots, place->hash, spot->key);
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

/* What is in a slot becomes a mark. */
static void make_mark(const struct spot *spot, const struct sgnl_slots *slots,
		      u32 slot, struct sgnl_port *port, u32 now)
{
	struct sgnl_slot_state *state = sgnl_slots_state(slots, slot);
	const struct sgnl_session_fsm mark = sgnl_session_mark();

	set_fsm(spot->part, state, &mark);
	touch(state, now);
	sgnl_part_list_room_first(spot->part, slot, port);
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
	struct sgnl_port *port = sgnl_port_by_flow(place->flow.port);
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
static __always_inline bool reserve(struct sgnl_port *port, u32 quota)
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
static void end(struct sgnl_part *part, const struct sgnl_slots *slots,
		u32 slot, struct sgnl_port *port)
{
	struct sgnl_session session;
	struct sgnl_flow flow;

	sgnl_part_list_room(part, slot, port, false);
	if (!observer->wanted(port))
		return;
	flow = sgnl_slots_flow(slots, slot);
	sgnl_slots_get(slots, slot, sgnl_session_now(), &session);
	if (sgnl_session_is_mark(&session.fsm)) /* that has ended already */
		return;
	tell(port, &flow, &session, SGNL_SESSION_EVENT_END);
}

/* Takes a session out of its slot; its room is the caller's. */
static void take_out(struct sgnl_part *part, const struct sgnl_slots *slots,
		     u32 slot, struct sgnl_port *port)
{
	bool settled = is_settled(slots, slot);

	end(part, slots, slot, port);
	write_seqcount_begin(&part->seq);
	sgnl_slots_clear(slots, slot);
	write_seqcount_end(&part->seq);
	if (settled)
		sgnl_part_unsettle(part);
	part->used--;
}

/* Whether there is one in a slot that may be ended for another of its port. */
static bool makes_room(const struct sgnl_slots *slots, u32 slot,
		       const struct sgnl_port *port)
{
	struct sgnl_session_fsm fsm;

	if (slot >= slots->n * SGNL_BUCKET_SLOTS ||
	    !sgnl_slots_used(slots, slot) ||
	    sgnl_slots_port(slots, slot) != port->flow)
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
		struct sgnl_part *part;
		u32 slot;
		u8 turn;

		part = sgnl_part_at(number, &turn, &slot);
		spin_lock_bh(&part->lock);
		slots = sgnl_part_slots(part);
		done = part->turn == turn && makes_room(&slots, slot, port);
		if (done)
			take_out(part, &slots, slot, port);
		spin_unlock_bh(&part->lock);
	}
	return done;
}

static void sweep_later(void)
{
	queue_delayed_work(system_unbound_wq, &sweep_work, HZ);
}

/* What is in a slot ends, and another session of its flow begins there. */
static void replace(const struct spot *spot, const struct sgnl_slots *slots,
		    u32 slot, struct sgnl_port *port,
		    const struct sgnl_session *session)
{
	bool settled = is_settled(slots, slot);

	end(spot->part, slots, slot, port);
	write_seqcount_begin(&spot->part->seq);
	sgnl_slots_set(slots, slot, session);
	write_seqcount_end(&spot->part->seq);
	if (settled)
		sgnl_part_unsettle(spot->part);
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

/* No error: a session that is there already is kept. */
#define KEPT 1

/*
 * Under the part's lock; uses the room that there is, or gives it back. What is
 * there already has its own, be it replaced or kept.
 */
static __always_inline int
put_locked(const struct spot *spot, struct sgnl_port *port,
	   const struct sgnl_session_place *place, const struct sgnl_key *key,
	   const struct sgnl_session *session, u32 now, bool room)
{
	struct sgnl_slots slots = sgnl_part_slots(spot->part);
	u32 slot = SGNL_SLOT_NONE;

	if (read_seqcount_retry(&spot->part->seq, place->absent))
		slot = sgnl_part_find(&slots, place->hash, spot->key);
	if (slot == SGNL_SLOT_NONE && !room)
		return -ENOSPC;
	if (slot == SGNL_SLOT_NONE) {
		slot = sgnl_part_add(spot->part, place->hash, spot->key,
				     session);
		if (slot == SGNL_SLOT_NONE) {
			unreserve(port);
			return -ENOMEM;
		}
	} else {
		if (room)
			unreserve(port);
		if (stays(&slots, slot, place->flow.proto, key, session, now))
			return key ? KEPT : -EEXIST;
		replace(spot, &slots, slot, port, session);
	}
	/* One that was never answered, before anyone can answer it. */
	if (sgnl_session_is_mark(&session->fsm))
		sgnl_part_list_room_first(spot->part, slot, port);
	else
		sgnl_part_list_room(spot->part, slot, port,
				    sgnl_session_makes_room(&session->fsm));
	return 0;
}

/* Puts a session where it belongs, with the room that there is. */
static __always_inline int put(struct sgnl_port *port,
			       const struct sgnl_session_place *place,
			       const struct sgnl_key *key,
			       const struct sgnl_session *session, u32 now,
			       bool room)
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
	return err == KEPT ? 0 : err;
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

static bool is_gone(const struct sgnl_slots *slots, u32 slot, u32 now)
{
	return READ_ONCE(port_of(slots, slot)->gone);
}

static bool is_over(const struct sgnl_slots *slots, u32 slot, u32 now)
{
	struct sgnl_session session;

	sgnl_slots_get(slots, slot, now, &session);
	return sgnl_session_expired(&session, sgnl_slots_proto(slots, slot),
				    now);
}

/*
 * Ends those of a part that are to end, and gives their room back: last, as a port
 * that has no session any more may be freed.
 */
static __always_inline void
end_some(struct sgnl_part *part,
	 bool (*ends)(const struct sgnl_slots *slots, u32 slot, u32 now),
	 u32 now)
{
	struct sgnl_slots slots;
	u32 slot;

	if (!READ_ONCE(part->array))
		return;
	spin_lock_bh(&part->lock);
	slots = sgnl_part_slots(part);
	for (slot = 0; slot < slots.n * SGNL_BUCKET_SLOTS; slot++) {
		struct sgnl_port *port;

		if (!sgnl_slots_used(&slots, slot) || !ends(&slots, slot, now))
			continue;
		port = port_of(&slots, slot);
		take_out(part, &slots, slot, port);
		unreserve(port);
	}
	spin_unlock_bh(&part->lock);
}

/**
 * sgnl_session_purge() - ends all sessions of ports that are gone
 *
 * Context: may sleep.
 */
void sgnl_session_purge(void)
{
	unsigned int i;

	for (i = 0; i < SGNL_PARTS; i++) {
		end_some(&sgnl_parts[i], is_gone, 0);
		cond_resched();
	}
}

/* Ends what has expired, and gives back what that leaves unused. */
static void sweep(struct work_struct *work)
{
	u32 now = sgnl_session_now();
	unsigned int i;

	for (i = 0; i < SGNL_PARTS / SWEEP_PART; i++) {
		struct sgnl_part *part = &sgnl_parts[sweep_next];

		end_some(part, is_over, now);
		sgnl_part_shrink(part);
		sweep_next = (sweep_next + 1) % SGNL_PARTS;
		cond_resched();
	}
	if (sgnl_part_bytes())
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
	observer = who;
	INIT_DELAYED_WORK(&sweep_work, sweep);
	return sgnl_part_init();
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
	sgnl_part_exit();
}
