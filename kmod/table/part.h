/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the session table: arrays of slots that grow and shrink. */
#ifndef SGNL_TABLE_PART_H
#define SGNL_TABLE_PART_H

#include <linux/cache.h>
#include <linux/prefetch.h>
#include <linux/seqlock.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include "../core/chain.h"
#include "../core/slots.h"
#include "port.h"

/* Parts for each kind of keys, by their logarithm; and all of them. */
#define SGNL_PART_BITS 10
#define SGNL_PARTS     (2u << SGNL_PART_BITS)

/**
 * struct sgnl_part - a part of the session table
 * @lock: whoever writes has it
 * @seq: changes when what readers see does
 * @n: buckets
 * @used: sessions
 * @words: words of a key
 * @turn: which of @link the array's links are
 * @array: the buckets, and behind them a link for each slot
 * @link: those links, by turns: in each array that follows another they are the
 *	  other's
 */
struct sgnl_part {
	spinlock_t lock; /* all of it */
	seqcount_spinlock_t seq;
	u32 n;
	u32 used;
	u8 words;
	u8 turn;
	void *array;
	struct sgnl_chain_link *link[2];
} ____cacheline_aligned_in_smp;

/* Those for IPv4 without tags, and behind them those for all others. */
extern struct sgnl_part *sgnl_parts;

/*
 * How many settled sessions of each part are so no more. All that a packet with
 * a hint reads of the table: side by side, so that a cache holds those of all
 * parts.
 */
extern u32 sgnl_part_unsettled[SGNL_PARTS];

extern hsiphash_key_t sgnl_part_hash_key;

/**
 * sgnl_part_hash() - what a key says of a session's part and buckets
 * @key: its key
 * @words: words of that
 *
 * @first is of SipHash-1-3, keyed, as tenants are hostile.
 *
 * Context: any.
 */
static inline struct sgnl_slots_hash sgnl_part_hash(const u64 *key, u32 words)
{
	struct sgnl_slots_hash hash = { .sum = sgnl_slots_sum(key, words) };

	if (words == SGNL_KEY4_WORDS)
		hash.first = hsiphash_4u32(key[0], key[0] >> 32, key[1],
					   key[1] >> 32, &sgnl_part_hash_key);
	else
		hash.first = hsiphash(key, SGNL_KEY_WORDS * sizeof(*key),
				      &sgnl_part_hash_key);
	return hash;
}

/**
 * sgnl_part_of() - the part in which a session is, or would be
 * @hash: what its key says
 * @words: words of its key
 *
 * Context: any.
 */
static inline struct sgnl_part *sgnl_part_of(struct sgnl_slots_hash hash,
					     u32 words)
{
	u32 others = words == SGNL_KEY4_WORDS ? 0 : 1u << SGNL_PART_BITS;

	return &sgnl_parts[others | (hash.first & ((1u << SGNL_PART_BITS) - 1))];
}

/**
 * sgnl_part_slots() - the slots of a part
 * @part: the part
 *
 * Context: under the part's lock.
 */
static inline struct sgnl_slots sgnl_part_slots(const struct sgnl_part *part)
{
	return (struct sgnl_slots){
		.bucket = part->array,
		.n = part->n,
		.words = part->words,
	};
}

/**
 * sgnl_part_see() - the slots of a part, for a reader
 * @part: the part
 * @seq: its sequence count as of which they are to be seen
 * @slots: where to put them; array and number of buckets belong together
 * @words: words of a key
 *
 * Context: under RCU.
 * Return: false if that is no more its count.
 */
static __always_inline bool sgnl_part_see(const struct sgnl_part *part,
					  unsigned int seq,
					  struct sgnl_slots *slots, u32 words)
{
	slots->bucket = READ_ONCE(part->array);
	slots->n = READ_ONCE(part->n);
	slots->words = words;
	return !read_seqcount_retry(&part->seq, seq);
}

/**
 * sgnl_part_find() - sgnl_slots_find(), made once for each kind of keys
 * @slots: the array
 * @hash: what its key says of its buckets
 * @key: its key
 *
 * Context: as sgnl_slots_find().
 * Return: the slot, or SGNL_SLOT_NONE.
 */
static __always_inline u32 sgnl_part_find(const struct sgnl_slots *slots,
					  struct sgnl_slots_hash hash,
					  const u64 *key)
{
	struct sgnl_slots one = *slots;

	one.words = SGNL_KEY4_WORDS;
	if (slots->words == SGNL_KEY4_WORDS)
		return sgnl_slots_find(&one, hash, key);
	one.words = SGNL_KEY_WORDS;
	return sgnl_slots_find(&one, hash, key);
}

/**
 * sgnl_part_expect() - asks memory for what sgnl_part_add() would write to
 * @slots: the part's slots
 * @hash: of a session that was not found there
 *
 * Whatever of it sgnl_slots_find() has not asked for: it comes while the packet is
 * judged.
 *
 * Context: any.
 */
static __always_inline void sgnl_part_expect(const struct sgnl_slots *slots,
					     struct sgnl_slots_hash hash)
{
	u32 bucket = sgnl_slots_first(hash, slots->n);
	u32 first = bucket * SGNL_BUCKET_SLOTS;
	u32 second = sgnl_slots_other(bucket, hash.sum, slots->n) *
		     SGNL_BUCKET_SLOTS;
	const struct sgnl_chain_link *link =
		(void *)sgnl_slots_bucket(slots, slots->n);

	prefetchw(sgnl_slots_state(slots, second));
	prefetchw(&link[first]);
	prefetchw(&link[second]);
}

/**
 * sgnl_part_unsettle() - a settled session ceased to be so
 * @part: its part
 *
 * No hint that was made before holds. One that is made from now on has seen what
 * the session has become.
 *
 * Context: under the part's lock.
 */
static inline void sgnl_part_unsettle(const struct sgnl_part *part)
{
	u32 *n = &sgnl_part_unsettled[part - sgnl_parts];

	/* With the smp_load_acquire() of whoever makes a hint */
	smp_store_release(n, *n + 1);
}

int sgnl_part_init(void);
void sgnl_part_exit(void);
u32 sgnl_part_add(struct sgnl_part *part, struct sgnl_slots_hash hash,
		  const u64 *key, const struct sgnl_session *session);
void sgnl_part_shrink(struct sgnl_part *part);
unsigned long sgnl_part_bytes(void);

void sgnl_part_list_room(struct sgnl_part *part, u32 slot,
			 struct sgnl_port *port, bool makes_room);
void sgnl_part_list_room_first(struct sgnl_part *part, u32 slot,
			       struct sgnl_port *port);
struct sgnl_part *sgnl_part_at(u32 number, u8 *turn, u32 *slot);

#endif
