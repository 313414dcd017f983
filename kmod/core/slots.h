/* SPDX-License-Identifier: GPL-2.0 */
/* Sessions in the slots of buckets: an array that is hashed into. */
#ifndef SGNL_CORE_SLOTS_H
#define SGNL_CORE_SLOTS_H

#include <linux/in.h>
#include <linux/string.h>

#include "flow.h"
#include "session_state.h"

/* Slots of one bucket. */
#define SGNL_BUCKET_SLOTS 4

/* Words of a key: of IPv4 without tags, and of all else. */
#define SGNL_KEY4_WORDS	  2
#define SGNL_KEY_WORDS	  6

/* No slot. */
#define SGNL_SLOT_NONE	  (~0u)

/* How many slots there may be. */
#define SGNL_SLOTS_MAX	  (1u << 20)

/* What the words of a key are multiplied by, and their sum: random, and odd. */
extern u64 sgnl_slots_multiplier[SGNL_KEY_WORDS + 1];

/* Parts of struct sgnl_slot_state's @state. */
#define SGNL_SLOT_PHASE	    0x07
#define SGNL_SLOT_OPENER    0x08
#define SGNL_SLOT_RESET_BY  0x30
#define SGNL_SLOT_BY_RULE   0x40
#define SGNL_SLOT_RESET_BIT 4

/* Parts of its @idle. */
#define SGNL_SLOT_IDLE	    0x03ff
#define SGNL_SLOT_CLOSING   0x3c00

/**
 * struct sgnl_slot_state - what is known of the session in a slot
 * @rule: the rule that allowed it, or the reason if that was none
 * @epoch: the port's epoch when it was opened, or judged again
 * @last: when a packet touched it last
 * @idle: how long it lives without a packet, and of TCP how long once both
 *        sides have closed
 * @created_low: when it was opened
 * @created_high: likewise
 * @state: its phase, its opener, who has reset it, and what @rule is
 *
 * Times are seconds of the monotonic clock, as far as there is room: @last wraps
 * after 18 hours, of which no session lives one without a packet; what tells
 * when it was opened, after 194 days. Those of a bucket are one cache line.
 */
struct sgnl_slot_state {
	u32 rule;
	u32 epoch;
	u16 last;
	u16 idle;
	u16 created_low;
	u8 created_high;
	u8 state;
};

_Static_assert(SGNL_BUCKET_SLOTS * sizeof(struct sgnl_slot_state) == 64,
	       "one cache line");

/**
 * struct sgnl_slots - an array of buckets
 * @bucket: the buckets, each the keys of its slots and then their states
 * @n: how many buckets
 * @words: words of a key, SGNL_KEY4_WORDS or SGNL_KEY_WORDS
 *
 * A session is in one of two buckets: the one that its hash names, or its other
 * one. Slots are numbered through all buckets.
 */
struct sgnl_slots {
	void *bucket;
	u32 n;
	u32 words;
};

/**
 * struct sgnl_slots_hash - what a key says of a session's buckets
 * @first: a hash of it, which names one
 * @sum: sgnl_slots_sum(), which names the other
 */
struct sgnl_slots_hash {
	u32 first;
	u32 sum;
};

/**
 * struct sgnl_slots_ops - what is done for an array
 * @hash: what a key says of its buckets
 * @moved: a session has another slot now; not called for one that is added
 */
struct sgnl_slots_ops {
	struct sgnl_slots_hash (*hash)(const u64 *key, u32 words);
	void (*moved)(void *arg, u32 from, u32 to);
};

/**
 * struct sgnl_session - what is known of a session
 * @fsm: where it stands
 * @opener: enum sgnl_direction of the packet that opened it
 * @reason: enum sgnl_reason by which that packet passed
 * @times: how long it lives without a packet; of another protocol's sessions
 *         only @other is told, of TCP's all but that
 * @epoch: the port's epoch when it was opened, or judged again
 * @last: when a packet touched it last
 * @created: when it was opened
 * @rule: the rule that allowed it, or 0
 *
 * Times are seconds of the monotonic clock.
 */
struct sgnl_session {
	struct sgnl_session_fsm fsm;
	u8 opener;
	u8 reason;
	struct sgnl_idle_times times;
	u32 epoch;
	u32 last;
	u32 created;
	u32 rule;
};

/**
 * sgnl_slots_bucket_bytes() - how long a bucket is
 * @words: words of a key
 *
 * Context: any.
 */
static __always_inline size_t sgnl_slots_bucket_bytes(u32 words)
{
	return SGNL_BUCKET_SLOTS * words * sizeof(u64) +
	       SGNL_BUCKET_SLOTS * sizeof(struct sgnl_slot_state);
}

/**
 * sgnl_slots_key_words() - how many words the key of a flow has
 * @flow: the flow
 *
 * Context: any.
 */
static inline u32 sgnl_slots_key_words(const struct sgnl_flow *flow)
{
	return flow->family == SGNL_FAMILY_IPV4 && !flow->vlan[0] ?
		       SGNL_KEY4_WORDS :
		       SGNL_KEY_WORDS;
}

/**
 * sgnl_slots_key4() - the key of an IPv4 flow without tags
 * @flow: the flow, whose port's number has 24 bits
 * @key: where to put it
 *
 * The first word is never 0, as ports are numbered from 1.
 *
 * Context: any.
 */
static __always_inline void sgnl_slots_key4(const struct sgnl_flow *flow,
					    u64 key[SGNL_KEY4_WORDS])
{
	key[0] = (u64)flow->local_port << 48 | (u64)flow->peer_port << 32 |
		 flow->port << 8 | flow->proto;
	key[1] = flow->local.lo << 32 | (u32)flow->peer.lo;
}

/* The word of a key that is 0 in a slot without a session. */
static __always_inline u32 sgnl_slots_marker(u32 words)
{
	return words == SGNL_KEY4_WORDS ? 0 : 4;
}

static __always_inline bool sgnl_slots_key_equal(const u64 *a, const u64 *b,
						 u32 words)
{
	if (words == SGNL_KEY4_WORDS)
		return a[0] == b[0] && a[1] == b[1];
	/* Those first in which flows differ most. */
	return a[4] == b[4] && a[3] == b[3] && a[1] == b[1] && a[5] == b[5] &&
	       a[2] == b[2] && a[0] == b[0];
}

static __always_inline u64 *sgnl_slots_bucket(const struct sgnl_slots *slots,
					      u32 bucket)
{
	return (u64 *)((char *)slots->bucket +
		       bucket * sgnl_slots_bucket_bytes(slots->words));
}

/**
 * sgnl_slots_key() - the key in a slot
 * @slots: the array
 * @slot: the slot
 *
 * Context: any.
 */
static __always_inline u64 *sgnl_slots_key(const struct sgnl_slots *slots,
					   u32 slot)
{
	return sgnl_slots_bucket(slots, slot / SGNL_BUCKET_SLOTS) +
	       slot % SGNL_BUCKET_SLOTS * slots->words;
}

/**
 * sgnl_slots_state() - what is known of the session in a slot
 * @slots: the array
 * @slot: the slot
 *
 * Context: any.
 */
static __always_inline struct sgnl_slot_state *
sgnl_slots_state(const struct sgnl_slots *slots, u32 slot)
{
	u64 *bucket = sgnl_slots_bucket(slots, slot / SGNL_BUCKET_SLOTS);
	struct sgnl_slot_state *states =
		(void *)(bucket + SGNL_BUCKET_SLOTS * slots->words);

	return &states[slot % SGNL_BUCKET_SLOTS];
}

/**
 * sgnl_slots_used() - is there a session in a slot?
 * @slots: the array
 * @slot: the slot
 *
 * Context: any.
 */
static __always_inline bool sgnl_slots_used(const struct sgnl_slots *slots,
					    u32 slot)
{
	return sgnl_slots_key(slots, slot)[sgnl_slots_marker(slots->words)];
}

/**
 * sgnl_slots_port() - number of the port of a session, among all
 * @slots: the array
 * @slot: its slot
 *
 * Context: any; what it says while others write is to be looked at again.
 */
static inline u32 sgnl_slots_port(const struct sgnl_slots *slots, u32 slot)
{
	const u64 *key = sgnl_slots_key(slots, slot);
	struct sgnl_flow flow;

	if (slots->words == SGNL_KEY4_WORDS)
		return (u32)key[0] >> 8;
	flow.word[4] = key[4];
	return flow.port;
}

/**
 * sgnl_slots_proto() - protocol of a session
 * @slots: the array
 * @slot: its slot
 *
 * Context: any; what it says while others write is to be looked at again.
 */
static inline u8 sgnl_slots_proto(const struct sgnl_slots *slots, u32 slot)
{
	const u64 *key = sgnl_slots_key(slots, slot);
	struct sgnl_flow flow;

	if (slots->words == SGNL_KEY4_WORDS)
		return key[0];
	flow.word[5] = key[5];
	return flow.proto;
}

/**
 * sgnl_slots_sum() - what the numbers of a session's two buckets add up to
 * @key: its key
 * @words: how many words that has
 *
 * The sum is modulo the number of buckets, so that each of the two follows from
 * the other one without a hash that is safe against whoever chooses the key. To
 * have both where somebody wants them takes that hash too, so a sum of products is
 * enough here (J. Carter, M. Wegman, "Universal Classes of Hash Functions", 1979),
 * multiplied once more, as sums of keys in sequence are in sequence. That a bucket
 * follows from the other one is of B. Fan et al., "Cuckoo Filter: Practically
 * Better Than Bloom" (2014).
 *
 * Context: any.
 * Return: the sum, in 2^-32 of the number of buckets.
 */
static __always_inline u32 sgnl_slots_sum(const u64 *key, u32 words)
{
	const u64 *by = sgnl_slots_multiplier;
	u64 sum = key[0] * by[0] + key[1] * by[1];

	if (words != SGNL_KEY4_WORDS)
		sum += key[2] * by[2] + key[3] * by[3] + key[4] * by[4] +
		       key[5] * by[5];
	return (sum ^ sum >> 32) * by[SGNL_KEY_WORDS] >> 32;
}

/* The bucket that a session's hash names. */
static __always_inline u32 sgnl_slots_first(struct sgnl_slots_hash hash, u32 n)
{
	return (u64)hash.first * n >> 32;
}

/* The other bucket of a session, which may be the same: either way. */
static __always_inline u32 sgnl_slots_other(u32 bucket, u32 sum, u32 n)
{
	sum = (u64)sum * n >> 32;
	return sum >= bucket ? sum - bucket : sum + n - bucket;
}

_Static_assert(SGNL_BUCKET_SLOTS == 4, "as written out below");

static __always_inline u32 sgnl_slots_find_in(const struct sgnl_slots *slots,
					      u32 bucket, const u64 *key)
{
	const u64 *at = sgnl_slots_bucket(slots, bucket);
	u32 slot = bucket * SGNL_BUCKET_SLOTS;

	if (sgnl_slots_key_equal(at, key, slots->words))
		return slot;
	if (sgnl_slots_key_equal(at + slots->words, key, slots->words))
		return slot + 1;
	if (sgnl_slots_key_equal(at + 2 * slots->words, key, slots->words))
		return slot + 2;
	if (sgnl_slots_key_equal(at + 3 * slots->words, key, slots->words))
		return slot + 3;
	return SGNL_SLOT_NONE;
}

/**
 * sgnl_slots_find() - finds a session
 * @slots: the array, which may have no bucket
 * @hash: what its key says of its buckets
 * @key: its key
 *
 * Memory is asked for what may be read, the states behind the keys as well,
 * before any of it is looked at, so that it is waited for once.
 *
 * Context: any; what it says while others write is to be looked at again.
 * Return: the slot, or SGNL_SLOT_NONE.
 */
static __always_inline u32 sgnl_slots_find(const struct sgnl_slots *slots,
					   struct sgnl_slots_hash hash,
					   const u64 *key)
{
	u32 first, second, slot;

	if (!slots->n)
		return SGNL_SLOT_NONE;
	first = sgnl_slots_first(hash, slots->n);
	second = sgnl_slots_other(first, hash.sum, slots->n);
	__builtin_prefetch(sgnl_slots_state(slots, first * SGNL_BUCKET_SLOTS));
	__builtin_prefetch(sgnl_slots_bucket(slots, second));
	slot = sgnl_slots_find_in(slots, first, key);
	if (slot != SGNL_SLOT_NONE)
		return slot;
	return sgnl_slots_find_in(slots, second, key);
}

/**
 * sgnl_slot_pack_fsm() - where a session stands, as its slot has it
 * @fsm: where it stands
 * @kept: @state of the slot, of which the rest is kept
 *
 * Context: any.
 */
static inline u8 sgnl_slot_pack_fsm(const struct sgnl_session_fsm *fsm, u8 kept)
{
	return (kept & (SGNL_SLOT_OPENER | SGNL_SLOT_BY_RULE)) | fsm->phase |
	       fsm->reset_by << SGNL_SLOT_RESET_BIT;
}

/**
 * sgnl_slot_fsm() - where a session stands
 * @state: @state of its slot
 *
 * Context: any.
 */
static inline struct sgnl_session_fsm sgnl_slot_fsm(u8 state)
{
	return (struct sgnl_session_fsm){
		.phase = state & SGNL_SLOT_PHASE,
		.reset_by = (state & SGNL_SLOT_RESET_BY) >> SGNL_SLOT_RESET_BIT,
	};
}

/**
 * sgnl_slot_settled() - sgnl_session_settled(), at one go
 * @state: @state of the session's slot
 *
 * Context: any.
 */
static __always_inline bool sgnl_slot_settled(u8 state)
{
	return (state & (SGNL_SLOT_PHASE | SGNL_SLOT_RESET_BY)) ==
	       SGNL_PHASE_ESTABLISHED;
}

/**
 * sgnl_slots_set() - tells what is known of a session
 * @slots: the array
 * @slot: its slot, which has its key already
 * @session: what is known
 *
 * Context: any; one writer at a time.
 */
static __always_inline void sgnl_slots_set(const struct sgnl_slots *slots,
					   u32 slot,
					   const struct sgnl_session *session)
{
	struct sgnl_slot_state *s = sgnl_slots_state(slots, slot);
	u8 kept = session->opener == SGNL_DIRECTION_OUT ? SGNL_SLOT_OPENER : 0;

	if (session->rule)
		kept |= SGNL_SLOT_BY_RULE;
	s->rule = session->rule ?: session->reason;
	s->epoch = session->epoch;
	s->last = session->last;
	if (sgnl_slots_proto(slots, slot) == IPPROTO_TCP)
		s->idle = session->times.established | session->times.closing
							       << 10;
	else
		s->idle = session->times.other;
	s->created_low = session->created;
	s->created_high = session->created >> 16;
	s->state = sgnl_slot_pack_fsm(&session->fsm, kept);
}

static __always_inline void sgnl_slots_put_key(const struct sgnl_slots *slots,
					       u32 slot, const u64 *key)
{
	memcpy(sgnl_slots_key(slots, slot), key, slots->words * sizeof(*key));
}

/* A slot of a bucket that is free, and how many are. */
static __always_inline u32 sgnl_slots_free_in(const struct sgnl_slots *slots,
					      u32 bucket, u32 *slot)
{
	const u64 *marker = sgnl_slots_bucket(slots, bucket) +
			    sgnl_slots_marker(slots->words);
	u32 i, n = 0;

#pragma GCC unroll 4
	for (i = 0; i < SGNL_BUCKET_SLOTS; i++, marker += slots->words)
		if (!*marker) {
			*slot = bucket * SGNL_BUCKET_SLOTS + i;
			n++;
		}
	return n;
}

u32 sgnl_slots_make_room(const struct sgnl_slots *slots, u32 first, u32 second,
			 const struct sgnl_slots_ops *ops, void *arg);

/**
 * sgnl_slots_add() - finds a slot for a session
 * @slots: the array, which does not have it; it may have no bucket
 * @hash: what its key says of its buckets
 * @key: its key
 * @ops: what is done for the array
 * @arg: handed to @ops
 *
 * Context: any; one writer at a time.
 * Return: the slot, in which its key is now, or SGNL_SLOT_NONE if there is none.
 */
static __always_inline u32 sgnl_slots_add(const struct sgnl_slots *slots,
					  struct sgnl_slots_hash hash,
					  const u64 *key,
					  const struct sgnl_slots_ops *ops,
					  void *arg)
{
	u32 slot = SGNL_SLOT_NONE, slot_second = SGNL_SLOT_NONE;
	/* Handed on, so that the compiler still knows what is in @slots */
	const struct sgnl_slots same = *slots;
	u32 first, second, n_first, n_second;

	if (!slots->n)
		return SGNL_SLOT_NONE;
	first = sgnl_slots_first(hash, slots->n);
	second = sgnl_slots_other(first, hash.sum, slots->n);
	n_first = sgnl_slots_free_in(slots, first, &slot);
	n_second = sgnl_slots_free_in(slots, second, &slot_second);
	if (n_second > n_first)
		slot = slot_second;
	if (!n_first && !n_second) {
		slot = sgnl_slots_make_room(&same, first, second, ops, arg);
		if (slot == SGNL_SLOT_NONE)
			return SGNL_SLOT_NONE;
	}
	sgnl_slots_put_key(slots, slot, key);
	return slot;
}

void sgnl_slots_get(const struct sgnl_slots *slots, u32 slot, u32 now,
		    struct sgnl_session *session);
struct sgnl_flow sgnl_slots_flow(const struct sgnl_slots *slots, u32 slot);
void sgnl_slots_clear(const struct sgnl_slots *slots, u32 slot);
u32 sgnl_slots_copy(const struct sgnl_slots *to, const struct sgnl_slots *from,
		    u32 slot, const struct sgnl_slots_ops *ops, void *arg);

#endif
