// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of the session table: arrays of slots that grow and shrink.
 *
 * The table has a fixed number of parts, by some bits of a session's hash. Each is
 * an array of buckets with a lock, grows and shrinks by itself, and is small
 * enough to be copied into another array at one go. So there never are two
 * tables, nor a moment at which all must move.
 *
 * A part is written under its lock and read without: readers look whether its
 * sequence count is still what it was, and else look again. Its array is freed
 * by RCU. Parts that fill up are given more by a worker, or, if it comes too late,
 * by the packet that finds no slot.
 *
 * Each slot has a link, by which a port lists those of its sessions that make
 * room for others (S10), wherever they are.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "part.h"

/* Arrays that packets may make themselves, which is without waiting. */
#define ATOMIC_MAX (32 * PAGE_SIZE)

/* The length of the first array. */
#define SHORTEST   1024

#define SLOT_BITS  20

/*
 * Numbers of slots, below, are of 32 bits: one that tells a part's two arrays
 * apart, the part, and the slot. Parts of a kind have the same number of sessions,
 * but for some in a hundred, and an array has less than twice as many slots as it
 * needs.
 */
static_assert(1 + 1 + SGNL_PART_BITS + SLOT_BITS == 32);
static_assert(SGNL_SLOTS_MAX == 1u << SLOT_BITS);
static_assert(SGNL_HOST_SESSIONS_MAX >> SGNL_PART_BITS <= SGNL_SLOTS_MAX / 4);

/**
 * struct tail - the end of an array, behind its links
 * @rcu: to free it
 * @array: its beginning
 * @bytes: its length
 */
struct tail {
	struct rcu_head rcu;
	void *array;
	size_t bytes;
};

struct sgnl_part *sgnl_parts __read_mostly;
u32 sgnl_part_unsettled[SGNL_PARTS] ____cacheline_aligned_in_smp;
hsiphash_key_t sgnl_part_hash_key __read_mostly;

/* What all arrays take up. */
static atomic_long_t array_bytes;

/*
 * Parts that are nearly full. Those who find no slot meanwhile are dropped, so
 * whoever makes more comes before other work (system_highpri_wq).
 */
static struct work_struct grow_work;
static DECLARE_BITMAP(full, SGNL_PARTS);

/* Where a slot's link is, by its number; 0 is none. */
static u32 number_of(const struct sgnl_part *part, u8 turn, u32 slot)
{
	u32 p = part - sgnl_parts;

	return 1 + ((turn << (SGNL_PART_BITS + 1) | p) << SLOT_BITS | slot);
}

/**
 * sgnl_part_at() - where a session is that makes room
 * @number: its number in its port's list
 * @turn: which of its part's arrays was meant
 * @slot: its slot in that
 *
 * Context: any.
 * Return: its part.
 */
struct sgnl_part *sgnl_part_at(u32 number, u8 *turn, u32 *slot)
{
	number--;
	*slot = number & ((1u << SLOT_BITS) - 1);
	number >>= SLOT_BITS;
	*turn = number >> (SGNL_PART_BITS + 1);
	return &sgnl_parts[number & (SGNL_PARTS - 1)];
}

static struct sgnl_chain_link *link_at(u32 number)
{
	struct sgnl_part *part;
	u32 slot;
	u8 turn;

	part = sgnl_part_at(number, &turn, &slot);
	return &part->link[turn][slot];
}

/**
 * sgnl_part_list_room() - lists a session among those that make room, or takes it
 *                         from there
 * @part: its part
 * @slot: its slot
 * @port: its port
 * @makes_room: whether it makes room by now
 *
 * Context: under the part's lock.
 */
void sgnl_part_list_room(struct sgnl_part *part, u32 slot,
			 struct sgnl_port *port, bool makes_room)
{
	struct sgnl_chain_link *link = &part->link[part->turn][slot];

	if (makes_room == sgnl_chain_linked(link))
		return;
	spin_lock(&port->room_lock);
	if (makes_room)
		sgnl_chain_add(&port->room, link,
			       number_of(part, part->turn, slot), link_at);
	else
		sgnl_chain_del(&port->room, link, link_at);
	spin_unlock(&port->room_lock);
}

/**
 * sgnl_part_list_room_first() - lists a session before all others that make room
 * @part: its part
 * @slot: its slot
 * @port: its port
 *
 * Context: under the part's lock.
 */
void sgnl_part_list_room_first(struct sgnl_part *part, u32 slot,
			       struct sgnl_port *port)
{
	struct sgnl_chain_link *link = &part->link[part->turn][slot];

	spin_lock(&port->room_lock);
	sgnl_chain_del(&port->room, link, link_at);
	sgnl_chain_add_first(&port->room, link,
			     number_of(part, part->turn, slot), link_at);
	spin_unlock(&port->room_lock);
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

/* NULL if there is no array. */
static struct tail *tail_of(const struct sgnl_part *part)
{
	if (!part->array)
		return NULL;
	return part->array + part->n * bytes_of(part->words);
}

static size_t length_of(const struct sgnl_part *part)
{
	const struct tail *tail = tail_of(part);

	return tail ? tail->bytes : 0;
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

static struct sgnl_slots_hash hash_of(const u64 *key, u32 words)
{
	return sgnl_part_hash(key, words);
}

/* Of an array that nobody sees yet, where each link says which slot it was. */
static void moved_unseen(void *arg, u32 from, u32 to)
{
	struct sgnl_chain_link *link = arg;

	link[to] = link[from];
}

static const struct sgnl_slots_ops unseen_ops = {
	.hash = hash_of,
	.moved = moved_unseen,
};

/*
 * The link of what was moved gets another number, in its part's present array or
 * in the next: @slots is that array, @turn whose links it has.
 */
static void move_link(struct sgnl_part *part, u32 from,
		      const struct sgnl_slots *slots, u8 turn, u32 to)
{
	struct sgnl_chain_link *link = &part->link[part->turn][from];
	struct sgnl_port *port;

	if (!sgnl_chain_linked(link)) {
		sgnl_chain_link_init(&part->link[turn][to]);
		return;
	}
	port = sgnl_port_by_flow(sgnl_slots_port(slots, to));
	spin_lock(&port->room_lock);
	sgnl_chain_move(&port->room, link, number_of(part, turn, to), link_at);
	spin_unlock(&port->room_lock);
}

/* A part's array is another from now on; NULL is none. */
static void publish(struct sgnl_part *part, struct tail *tail, u32 n)
{
	struct tail *old = tail_of(part);

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
static bool resize(struct sgnl_part *part, struct tail *tail)
{
	struct sgnl_slots old = sgnl_part_slots(part);
	struct sgnl_slots new = {
		.bucket = tail->array,
		.n = buckets_in(tail->bytes, part->words),
		.words = part->words,
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
		move_link(part, link[slot].prev, &new, turn, slot);
	}
	publish(part, tail, new.n);
	return true;
}

/*
 * Under the part's lock. Of few sessions those that meet in two buckets would
 * meet in a longer array too.
 */
static bool resize_atomic(struct sgnl_part *part)
{
	struct tail *tail;

	if (part->used < part->n)
		return false;
	tail = new_array(longer(length_of(part)), part->words, GFP_ATOMIC);
	if (!tail)
		return false;
	if (resize(part, tail))
		return true;
	free_array(&tail->rcu);
	return false;
}

/* The same, from where one may wait for memory. */
static void resize_part(struct sgnl_part *part, size_t bytes)
{
	struct tail *tail = new_array(bytes, part->words, GFP_KERNEL);
	bool done;

	if (!tail)
		return;
	spin_lock_bh(&part->lock);
	/* Not if a packet has done so meanwhile, or all have ended. */
	done = part->used && length_of(part) != bytes && resize(part, tail);
	spin_unlock_bh(&part->lock);
	if (!done)
		free_array(&tail->rcu);
}

/*
 * More than three of four slots are taken. Of 20 million sessions, random ones or
 * of addresses in turn, each in another's place, none finds no slot when four of
 * five are.
 */
static bool nearly_full(const struct sgnl_part *part)
{
	return part->used > part->n * 3;
}

static void grow(struct work_struct *work)
{
	unsigned int i;

	for_each_set_bit(i, full, SGNL_PARTS) {
		struct sgnl_part *part = &sgnl_parts[i];
		size_t bytes = 0;

		clear_bit(i, full);
		spin_lock_bh(&part->lock);
		if (part->array && nearly_full(part))
			bytes = longer(length_of(part));
		spin_unlock_bh(&part->lock);
		if (bytes)
			resize_part(part, bytes);
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
static void grow_later(const struct sgnl_part *part)
{
	unsigned int i = part - sgnl_parts;

	if (nearly_full(part) && !test_and_set_bit(i, full))
		irq_work_queue(&grow_soon);
}

struct moved {
	struct sgnl_part *part;
	const struct sgnl_slots *slots;
};

static void moved_seen(void *arg, u32 from, u32 to)
{
	struct moved *moved = arg;

	move_link(moved->part, from, moved->slots, moved->part->turn, to);
}

static const struct sgnl_slots_ops seen_ops = {
	.hash = hash_of,
	.moved = moved_seen,
};

/* sgnl_part_add(), made once for each kind of keys. */
static __always_inline u32 add(struct sgnl_part *part, u32 words,
			       struct sgnl_slots_hash hash, const u64 *key,
			       const struct sgnl_session *session)
{
	struct sgnl_slots slots = { part->array, part->n, words }, seen = slots;
	struct moved moved = { part, &seen };
	u32 slot;

	write_seqcount_begin(&part->seq);
	slot = sgnl_slots_add(&slots, hash, key, &seen_ops, &moved);
	if (slot != SGNL_SLOT_NONE)
		sgnl_slots_set(&slots, slot, session);
	write_seqcount_end(&part->seq);
	return slot;
}

/**
 * sgnl_part_add() - puts a session into a part, which grows if need be
 * @part: the part
 * @hash: what its key says of part and buckets
 * @key: its key, which the part does not have
 * @session: what is known of it
 *
 * Context: under the part's lock.
 * Return: its slot, or SGNL_SLOT_NONE if memory ran out.
 */
u32 sgnl_part_add(struct sgnl_part *part, struct sgnl_slots_hash hash,
		  const u64 *key, const struct sgnl_session *session)
{
	u32 slot;

	do {
		if (part->words == SGNL_KEY4_WORDS)
			slot = add(part, SGNL_KEY4_WORDS, hash, key, session);
		else
			slot = add(part, SGNL_KEY_WORDS, hash, key, session);
	} while (slot == SGNL_SLOT_NONE && resize_atomic(part));
	if (slot == SGNL_SLOT_NONE)
		return slot;
	part->used++;
	grow_later(part);
	return slot;
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

/**
 * sgnl_part_shrink() - gives back what a part does not use
 * @part: the part
 *
 * Context: may sleep.
 */
void sgnl_part_shrink(struct sgnl_part *part)
{
	size_t bytes = 0;

	if (!READ_ONCE(part->array))
		return;
	spin_lock_bh(&part->lock);
	if (!part->used)
		publish(part, NULL, 0);
	else if (part->used < part->n)
		bytes = fitting(part->used, part->words);
	if (bytes >= length_of(part))
		bytes = 0;
	spin_unlock_bh(&part->lock);
	if (bytes)
		resize_part(part, bytes);
}

/**
 * sgnl_part_bytes() - what the arrays of all parts take up
 *
 * Not what is always there: the parts themselves, and the hints of each CPU.
 *
 * Context: any.
 * Return: bytes; 0 when the last of them was freed.
 */
unsigned long sgnl_part_bytes(void)
{
	return atomic_long_read(&array_bytes);
}

/**
 * sgnl_part_init() - makes the parts
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int sgnl_part_init(void)
{
	unsigned int i;

	sgnl_parts = kvcalloc(SGNL_PARTS, sizeof(*sgnl_parts), GFP_KERNEL);
	if (!sgnl_parts)
		return -ENOMEM;
	for (i = 0; i < SGNL_PARTS; i++) {
		struct sgnl_part *part = &sgnl_parts[i];

		spin_lock_init(&part->lock);
		seqcount_spinlock_init(&part->seq, &part->lock);
		part->words = i >> SGNL_PART_BITS ? SGNL_KEY_WORDS :
						    SGNL_KEY4_WORDS;
	}
	get_random_bytes(&sgnl_part_hash_key, sizeof(sgnl_part_hash_key));
	get_random_bytes(sgnl_slots_multiplier, sizeof(sgnl_slots_multiplier));
	for (i = 0; i <= SGNL_KEY_WORDS; i++)
		sgnl_slots_multiplier[i] |= 1;
	INIT_WORK(&grow_work, grow);
	return 0;
}

/**
 * sgnl_part_exit() - frees the parts, which have no session any more
 *
 * Context: may sleep.
 */
void sgnl_part_exit(void)
{
	unsigned int i;

	irq_work_sync(&grow_soon);
	cancel_work_sync(&grow_work);
	for (i = 0; i < SGNL_PARTS; i++)
		sgnl_part_shrink(&sgnl_parts[i]);
	rcu_barrier(); /* free_array() is this module's */
	kvfree(sgnl_parts);
}
