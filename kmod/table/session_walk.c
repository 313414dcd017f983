// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions, shown one after another.
 *
 * Those of a part are shown in the order of their hashes, as many at a time as
 * there is room for: each time the whole part is looked at for those that are
 * next, under its lock. Sessions that have the same hash are told apart by
 * another one, whose key nobody knows either.
 */
#include <linux/mm.h>
#include <linux/once.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "part.h"
#include "session.h"

static hsiphash_key_t tie_key __read_mostly;

/* Sessions of a part that are collected at one go: more than a message has. */
#define PICKS 512

/* Where there is no memory for so many: what a page has room for. */
#define PICKS_FEW \
	((PAGE_SIZE - sizeof(struct walk)) / \
	 (sizeof(struct pick) + sizeof(struct sgnl_session_entry)))

/* A session's place among those of its part, by hash and tie; and where it is. */
struct pick {
	u64 order;
	u32 slot;
	u32 entry;
};

/* A walk: who wants it, and what it has room for; @entry is behind @pick. */
struct walk {
	bool (*wants)(const struct sgnl_port *port, void *arg);
	void *arg;
	unsigned int room;
	struct sgnl_session_entry *entry;
	struct pick pick[];
};

static u64 order_of(u32 hash, u32 tie)
{
	return (u64)hash << 32 | tie;
}

/*
 * Puts one among the first @n that came so far, in the place of the last of them
 * if there is no more room. They are a heap, with the last one on top.
 */
static void keep_first(struct walk *walk, unsigned int *n, struct pick new)
{
	struct pick *pick = walk->pick;
	unsigned int i, next;

	if (*n < walk->room) {
		for (i = (*n)++; i; i = next) {
			next = (i - 1) / 2;
			if (pick[next].order > new.order)
				break;
			pick[i] = pick[next];
		}
	} else {
		for (i = 0; 2 * i + 1 < walk->room; i = next) {
			next = 2 * i + 1;
			if (next + 1 < walk->room &&
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
	const struct pick *pick = walk->pick;
	unsigned int n = 0;
	u32 slot;

	for (slot = 0; slot < slots->n * SGNL_BUCKET_SLOTS; slot++) {
		const u64 *key = sgnl_slots_key(slots, slot);
		const struct sgnl_port *port;
		u32 hash, tie;
		u64 order;

		if (!sgnl_slots_used(slots, slot))
			continue;
		port = sgnl_port_by_flow(sgnl_slots_port(slots, slot));
		if (!walk->wants(port, walk->arg))
			continue;
		hash = sgnl_part_hash(key, slots->words).first;
		if ((cursor->begun && hash < cursor->hash) ||
		    (n == walk->room && hash > pick->order >> 32))
			continue;
		tie = hsiphash(key, slots->words * sizeof(*key), &tie_key);
		order = order_of(hash, tie);
		if ((cursor->begun && order <= shown) ||
		    (n == walk->room && order > pick->order))
			continue;
		keep_first(walk, &n,
			   (struct pick){ .order = order, .slot = slot });
	}
	return n;
}

/*
 * What is to be shown of a part next, in order; the caller is under RCU, which
 * keeps the ports. Less than there is room for are the last.
 */
static unsigned int collect(struct sgnl_part *part,
			    const struct sgnl_session_cursor *cursor,
			    struct walk *walk)
{
	u32 now = sgnl_session_now();
	struct sgnl_slots slots;
	unsigned int i, n;

	spin_lock_bh(&part->lock);
	slots = sgnl_part_slots(part);
	n = pick_first(&slots, cursor, walk);
	for (i = 0; i < n; i++) {
		struct sgnl_session_entry *entry = &walk->entry[i];
		struct pick *pick = &walk->pick[i];

		pick->entry = i;
		entry->place.hash = (struct sgnl_slots_hash){
			.first = pick->order >> 32,
			.sum = sgnl_slots_sum(sgnl_slots_key(&slots,
							     pick->slot),
					      slots.words),
		};
		entry->place.flow = sgnl_slots_flow(&slots, pick->slot);
		entry->port = sgnl_port_by_flow(entry->place.flow.port);
		sgnl_slots_get(&slots, pick->slot, now, &entry->session);
	}
	spin_unlock_bh(&part->lock);
	sort(walk->pick, n, sizeof(*walk->pick), by_order, NULL);
	return n;
}

static int show_part(struct sgnl_part *part, struct sgnl_session_cursor *cursor,
		     struct walk *walk,
		     int (*show)(struct sgnl_session_entry *entry, void *arg))
{
	unsigned int i, n;
	int ret = 0;

	do {
		if (!READ_ONCE(part->used))
			return 0;
		rcu_read_lock();
		n = collect(part, cursor, walk);
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
	} while (n == walk->room && !ret);
	return ret;
}

static size_t size_of(unsigned int room)
{
	return sizeof(struct walk) +
	       room * (sizeof(struct pick) + sizeof(struct sgnl_session_entry));
}

/* A page is what the kernel has in the end. */
static struct walk *walk_create(void)
{
	unsigned int room = PICKS;
	struct walk *walk;

	walk = kvmalloc(size_of(room), GFP_KERNEL | __GFP_NOWARN);
	if (!walk) {
		room = PICKS_FEW;
		walk = kmalloc(size_of(room), GFP_KERNEL | __GFP_NOFAIL);
	}
	walk->room = room;
	walk->entry = (void *)&walk->pick[room];
	return walk;
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

	get_random_once(&tie_key, sizeof(tie_key));
	walk = walk_create();
	walk->wants = wants;
	walk->arg = arg;
	while (cursor->part < SGNL_PARTS) {
		ret = show_part(&sgnl_parts[cursor->part], cursor, walk, show);
		if (ret)
			break;
		cursor->begun = false;
		cursor->part++;
	}
	kvfree(walk);
	return ret;
}
