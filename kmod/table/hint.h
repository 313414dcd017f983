/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hints: what each CPU saw of settled sessions last.
 *
 * A hint has between whom a plain packet went that passed by its session. While
 * nothing has changed since, another packet like it passes as well, and is spared
 * everything that was asked of the first: address guard, platform traffic, the
 * hash, the look-up. What may have changed is told by the second, in which a
 * session is touched once, and by two numbers: the snapshot's stamp, and how many
 * sessions of the session's part ceased to be settled. Both begin anew after
 * 2^32; a hint that slept until just then would be heeded, if also the second
 * were the same.
 *
 * A packet's hint is at one of two places, each of which has one, so flows push
 * each other's out; packets of a flow without a hint cost what they would cost
 * without hints, and a little more.
 */
#ifndef SGNL_TABLE_HINT_H
#define SGNL_TABLE_HINT_H

#include <linux/percpu.h>
#include "../core/plain.h"
#include "../core/slots.h"

/* Hints of a CPU, by their logarithm. */
#define SGNL_HINT_BITS	     12

/* In a tag, beside the protocol, which is below, and the port's number, above. */
#define SGNL_HINT_IPV6	     0x40
#define SGNL_HINT_OUT	     0x80
#define SGNL_HINT_PORT_SHIFT 8

/**
 * struct sgnl_hint - a settled session, as it was seen
 * @address: of struct sgnl_plain_ends
 * @ends: likewise @ports, and above them the tag
 * @unsettled: sessions of that one's part that ceased to be settled, which each
 *             of them counts when it has; valid while the module is
 * @as_of: what that was before the session was found to be settled
 * @stamp: of the snapshot by which the packet passed
 * @touched: the second in which the session was touched last
 */
struct sgnl_hint {
	u64 address[4];
	u64 ends;
	const u32 *unsettled;
	u32 as_of;
	u32 stamp;
	u32 touched;
} __aligned(64); /* one cache line */

DECLARE_PER_CPU(struct sgnl_hint *, sgnl_hints);

/* So that nobody can choose flows that share a place. */
extern u64 sgnl_hint_key[2];

/**
 * sgnl_hint_tag() - what there is in a hint beside addresses and ports
 * @port: number of the packet's port
 * @direction: enum sgnl_direction
 *
 * Context: any.
 */
static inline u32 sgnl_hint_tag(u32 port, u8 direction)
{
	return port << SGNL_HINT_PORT_SHIFT |
	       (direction == SGNL_DIRECTION_OUT ? SGNL_HINT_OUT : 0);
}

static __always_inline u64 sgnl_hint_ends(const struct sgnl_plain_ends *ends,
					  u8 family, u32 tag)
{
	tag |= ends->proto;
	if (family == SGNL_FAMILY_IPV6)
		tag |= SGNL_HINT_IPV6;
	return (u64)tag << 32 | ends->ports;
}

/**
 * sgnl_hint_at() - the place for the hint of a packet
 * @hints: those of this CPU
 * @ends: between whom it goes
 * @family: enum sgnl_family
 * @tag: by sgnl_hint_tag()
 *
 * Context: on one CPU until the hint is no longer used; a softirq or with bottom
 * halves off.
 * Return: the hint, which may be another packet's.
 */
static __always_inline struct sgnl_hint *
sgnl_hint_at(struct sgnl_hint *hints, const struct sgnl_plain_ends *ends,
	     u8 family, u32 tag)
{
	u64 mix = ends->address[0] * sgnl_hint_key[0];

	if (family == SGNL_FAMILY_IPV6) {
		mix = (mix ^ ends->address[1]) * sgnl_hint_key[1];
		mix = (mix ^ ends->address[2]) * sgnl_hint_key[0];
		mix = (mix ^ ends->address[3]) * sgnl_hint_key[1];
	}
	mix = (mix ^ sgnl_hint_ends(ends, family, tag)) * sgnl_hint_key[1];
	mix = (mix ^ mix >> 32) * sgnl_hint_key[0];
	return &hints[mix >> (64 - SGNL_HINT_BITS)];
}

/**
 * sgnl_hint_other() - the second place for the hint of a packet
 * @hint: the first, by sgnl_hint_at()
 *
 * Beside the first in memory; and the first is the second's second.
 *
 * Context: as sgnl_hint_at().
 */
static __always_inline struct sgnl_hint *sgnl_hint_other(struct sgnl_hint *hint)
{
	return (struct sgnl_hint *)((unsigned long)hint ^ sizeof(*hint));
}

/**
 * sgnl_hint_holds() - does a packet that ends no connection pass by a hint?
 * @hint: the one at its place
 * @ends: between whom it goes
 * @family: enum sgnl_family
 * @tag: by sgnl_hint_tag()
 * @stamp: of the snapshot in force
 * @now: the time
 *
 * Also false if the session is to be touched, as it is once a second.
 *
 * Context: under RCU; as sgnl_hint_at().
 */
static __always_inline bool sgnl_hint_holds(const struct sgnl_hint *hint,
					    const struct sgnl_plain_ends *ends,
					    u8 family, u32 tag, u32 stamp,
					    u32 now)
{
	if (hint->address[0] != ends->address[0] ||
	    hint->ends != sgnl_hint_ends(ends, family, tag) ||
	    hint->stamp != stamp || hint->touched != now)
		return false;
	if (family == SGNL_FAMILY_IPV6 &&
	    (hint->address[1] != ends->address[1] ||
	     hint->address[2] != ends->address[2] ||
	     hint->address[3] != ends->address[3]))
		return false;
	/* Until then the session was settled. */
	return READ_ONCE(*hint->unsettled) == hint->as_of;
}

/**
 * sgnl_hint_yields() - may a hint be another packet's from now on?
 * @hint: the one at its place
 * @ends: between whom the packet goes
 * @family: enum sgnl_family
 * @tag: by sgnl_hint_tag()
 * @stamp: of the snapshot in force
 * @turn: grows with each packet
 * @eighth: below 8, another for each of the packet's two places
 *
 * One that may hold yet stays seven times of eight: where several flows share a
 * place, they would spare themselves nothing if each took it from the other. The
 * eighth is told by multiples of the golden ratio (Knuth), so that it falls on
 * all flows alike, also if they send in turn.
 *
 * Context: as sgnl_hint_at().
 */
static __always_inline bool sgnl_hint_yields(const struct sgnl_hint *hint,
					     const struct sgnl_plain_ends *ends,
					     u8 family, u32 tag, u32 stamp,
					     u64 turn, unsigned int eighth)
{
	return hint->stamp != stamp ||
	       turn * 0x9e3779b97f4a7c15ull >> 61 == eighth ||
	       (hint->address[0] == ends->address[0] &&
		hint->ends == sgnl_hint_ends(ends, family, tag));
}

/**
 * sgnl_hint_set() - a packet has passed
 * @hint: the one at its place, of which sgnl_session_plain() has told @unsettled
 *        and @as_of
 * @ends: between whom it went
 * @family: enum sgnl_family
 * @tag: by sgnl_hint_tag()
 * @stamp: of the snapshot by which it passed
 * @now: the time, at which its session is touched
 *
 * Context: as sgnl_hint_at().
 */
static __always_inline void sgnl_hint_set(struct sgnl_hint *hint,
					  const struct sgnl_plain_ends *ends,
					  u8 family, u32 tag, u32 stamp,
					  u32 now)
{
	hint->address[0] = ends->address[0];
	if (family == SGNL_FAMILY_IPV6)
		memcpy(hint->address, ends->address, sizeof(hint->address));
	hint->ends = sgnl_hint_ends(ends, family, tag);
	hint->stamp = stamp;
	hint->touched = now;
}

int sgnl_hint_init(void);
void sgnl_hint_exit(void);

#endif
