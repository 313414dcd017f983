// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions in the slots of buckets.
 *
 * A session has two buckets, and goes into the one that has fewer; where both are
 * full, one of those in them is moved to its own other bucket, where another one
 * is moved first if need be. With four slots a bucket nearly all slots can be
 * used so. Both are known from the literature: M. Mitzenmacher, "The Power of Two
 * Choices in Randomized Load Balancing" (1996); M. Dietzfelbinger, C. Weidling,
 * "Balanced Allocation and Dictionaries with Tightly Packed Constant Size Bins"
 * (2005).
 */
#include <linux/cache.h>

#include "slots.h"

u64 sgnl_slots_multiplier[SGNL_KEY_WORDS + 1] __read_mostly;

/*
 * The time that @low has the lower @bits of, a while before @now, or a little
 * later: a packet on another CPU may have been there since @now was read.
 */
static u32 widen(u32 low, u32 now, unsigned int bits)
{
	const u32 all = (1u << bits) - 1, later = 255;
	u32 ago = (now - low) & all;

	return ago < all - later ? now - ago : now + all + 1 - ago;
}

/**
 * sgnl_slots_get() - what is known of a session
 * @slots: the array
 * @slot: its slot
 * @now: the time
 * @session: where to put it
 *
 * Context: any; what it says while others write is to be looked at again.
 */
void sgnl_slots_get(const struct sgnl_slots *slots, u32 slot, u32 now,
		    struct sgnl_session *session)
{
	const struct sgnl_slot_state *s = sgnl_slots_state(slots, slot);
	u16 idle = s->idle;
	u8 state = s->state;
	bool tcp = sgnl_slots_proto(slots, slot) == IPPROTO_TCP;

	*session = (struct sgnl_session){
		.fsm = sgnl_slot_fsm(state),
		.opener = state & SGNL_SLOT_OPENER ? SGNL_DIRECTION_OUT :
						     SGNL_DIRECTION_IN,
		.epoch = s->epoch,
		.last = widen(s->last, now, 16),
		.created = widen(s->created_low | (u32)s->created_high << 16,
				 now, 24),
	};
	if (tcp) {
		session->times.established = idle & SGNL_SLOT_IDLE;
		session->times.closing = (idle & SGNL_SLOT_CLOSING) >> 10;
	} else {
		session->times.other = idle & SGNL_SLOT_IDLE;
	}
	if (state & SGNL_SLOT_BY_RULE) {
		session->rule = s->rule;
		session->reason = SGNL_REASON_RULE_ALLOW;
	} else {
		session->reason = s->rule;
	}
}

/**
 * sgnl_slots_flow() - the flow of a session
 * @slots: the array
 * @slot: its slot
 *
 * Context: any; what it says while others write is to be looked at again.
 */
struct sgnl_flow sgnl_slots_flow(const struct sgnl_slots *slots, u32 slot)
{
	const u64 *key = sgnl_slots_key(slots, slot);
	struct sgnl_flow flow;

	if (slots->words == SGNL_KEY_WORDS) {
		memcpy(flow.word, key, sizeof(flow.word));
		return flow;
	}
	return (struct sgnl_flow){
		.local = { .lo = key[1] >> 32 },
		.peer = { .lo = (u32)key[1] },
		.local_port = key[0] >> 48,
		.peer_port = key[0] >> 32,
		.port = sgnl_slots_port(slots, slot),
		.family = SGNL_FAMILY_IPV4,
		.proto = sgnl_slots_proto(slots, slot),
	};
}

/**
 * sgnl_slots_clear() - takes a session out
 * @slots: the array
 * @slot: its slot
 *
 * Context: any; one writer at a time.
 */
void sgnl_slots_clear(const struct sgnl_slots *slots, u32 slot)
{
	memset(sgnl_slots_key(slots, slot), 0, slots->words * sizeof(u64));
}

/* The other bucket of the session in a slot of a bucket. */
static __always_inline u32 other_bucket(const struct sgnl_slots *slots,
					u32 slot)
{
	u32 sum = sgnl_slots_sum(sgnl_slots_key(slots, slot), slots->words);

	return sgnl_slots_other(slot / SGNL_BUCKET_SLOTS, sum, slots->n);
}

static void move(const struct sgnl_slots *slots, u32 from, u32 to,
		 const struct sgnl_slots_ops *ops, void *arg)
{
	sgnl_slots_put_key(slots, to, sgnl_slots_key(slots, from));
	*sgnl_slots_state(slots, to) = *sgnl_slots_state(slots, from);
	ops->moved(arg, from, to);
}

/* Moves some session of a bucket to its other one; the slot that it had. */
static __always_inline u32 make_room(const struct sgnl_slots *slots, u32 bucket,
				     const struct sgnl_slots_ops *ops,
				     void *arg)
{
	u32 i;

	for (i = 0; i < SGNL_BUCKET_SLOTS; i++) {
		u32 from = bucket * SGNL_BUCKET_SLOTS + i, to;

		if (!sgnl_slots_free_in(slots, other_bucket(slots, from), &to))
			continue;
		move(slots, from, to, ops, arg);
		return from;
	}
	return SGNL_SLOT_NONE;
}

/* The same, once another one has made room in that bucket. */
static __always_inline u32 make_room_twice(const struct sgnl_slots *slots,
					   u32 bucket,
					   const struct sgnl_slots_ops *ops,
					   void *arg)
{
	u32 i;

	for (i = 0; i < SGNL_BUCKET_SLOTS; i++) {
		u32 from = bucket * SGNL_BUCKET_SLOTS + i, to;

		to = make_room(slots, other_bucket(slots, from), ops, arg);
		if (to == SGNL_SLOT_NONE)
			continue;
		move(slots, from, to, ops, arg);
		return from;
	}
	return SGNL_SLOT_NONE;
}

static __always_inline u32 make_room_in_two(const struct sgnl_slots *slots,
					    u32 first, u32 second,
					    const struct sgnl_slots_ops *ops,
					    void *arg)
{
	u32 slot;

	slot = make_room(slots, first, ops, arg);
	if (slot == SGNL_SLOT_NONE)
		slot = make_room(slots, second, ops, arg);
	if (slot == SGNL_SLOT_NONE)
		slot = make_room_twice(slots, first, ops, arg);
	if (slot == SGNL_SLOT_NONE)
		slot = make_room_twice(slots, second, ops, arg);
	return slot;
}

/**
 * sgnl_slots_make_room() - moves sessions so that one more has a slot
 * @slots: the array
 * @first: one of its buckets
 * @second: the other one
 * @ops: what is done for the array
 * @arg: handed to @ops
 *
 * Made once for each kind of keys.
 *
 * Context: any; one writer at a time.
 * Return: the slot, or SGNL_SLOT_NONE if there is none.
 */
u32 sgnl_slots_make_room(const struct sgnl_slots *slots, u32 first, u32 second,
			 const struct sgnl_slots_ops *ops, void *arg)
{
	struct sgnl_slots one = *slots;

	one.words = SGNL_KEY4_WORDS;
	if (slots->words == SGNL_KEY4_WORDS)
		return make_room_in_two(&one, first, second, ops, arg);
	one.words = SGNL_KEY_WORDS;
	return make_room_in_two(&one, first, second, ops, arg);
}

/**
 * sgnl_slots_copy() - copies a session into another array
 * @to: that array; of the same kind of keys
 * @from: the array in which it is
 * @slot: its slot there
 * @ops: what is done for @to
 * @arg: handed to @ops
 *
 * Context: any; one writer at a time.
 * Return: its slot in @to, or SGNL_SLOT_NONE if there is none.
 */
u32 sgnl_slots_copy(const struct sgnl_slots *to, const struct sgnl_slots *from,
		    u32 slot, const struct sgnl_slots_ops *ops, void *arg)
{
	const u64 *key = sgnl_slots_key(from, slot);
	const struct sgnl_slots four = { to->bucket, to->n, SGNL_KEY4_WORDS };
	struct sgnl_slots_hash hash = ops->hash(key, to->words);
	u32 added;

	if (to->words == SGNL_KEY4_WORDS)
		added = sgnl_slots_add(&four, hash, key, ops, arg);
	else
		added = sgnl_slots_add(to, hash, key, ops, arg);

	if (added != SGNL_SLOT_NONE)
		*sgnl_slots_state(to, added) = *sgnl_slots_state(from, slot);
	return added;
}
