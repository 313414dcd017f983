/* SPDX-License-Identifier: GPL-2.0 */
/* Lists whose links are numbers, so that they are small and what is linked can move. */
#ifndef SGNL_CORE_CHAIN_H
#define SGNL_CORE_CHAIN_H

#include <linux/compiler.h>
#include <linux/types.h>

/* No link; and what is in no chain has this for its neighbours. */
#define SGNL_CHAIN_END	    0u
#define SGNL_CHAIN_UNLINKED (~0u)

/**
 * struct sgnl_chain_link - what is in a chain, or may be
 * @prev: number of the one before, or SGNL_CHAIN_END
 * @next: number of the one behind, or SGNL_CHAIN_END
 */
struct sgnl_chain_link {
	u32 prev;
	u32 next;
};

/**
 * struct sgnl_chain - a chain
 * @first: number of its first link, or SGNL_CHAIN_END
 * @last: number of its last link, or SGNL_CHAIN_END
 *
 * Numbers are neither SGNL_CHAIN_END nor SGNL_CHAIN_UNLINKED. A function that is
 * handed in tells where the link of a number is.
 */
struct sgnl_chain {
	u32 first;
	u32 last;
};

typedef struct sgnl_chain_link *sgnl_chain_at(u32 number);

/**
 * sgnl_chain_link_init() - a link in no chain
 * @link: the link
 */
static inline void sgnl_chain_link_init(struct sgnl_chain_link *link)
{
	link->prev = SGNL_CHAIN_UNLINKED;
	link->next = SGNL_CHAIN_UNLINKED;
}

/**
 * sgnl_chain_linked() - is a link in a chain?
 * @link: the link
 */
static inline bool sgnl_chain_linked(const struct sgnl_chain_link *link)
{
	return link->next != SGNL_CHAIN_UNLINKED;
}

/* Lets both neighbours of a place in the chain, or its ends, name @prev and @next. */
static inline void sgnl_chain_join(struct sgnl_chain *chain, u32 prev, u32 next,
				   u32 to_prev, u32 to_next, sgnl_chain_at *at)
{
	if (prev == SGNL_CHAIN_END)
		WRITE_ONCE(chain->first, to_next); /* read without the lock */
	else
		at(prev)->next = to_next;
	if (next == SGNL_CHAIN_END)
		chain->last = to_prev;
	else
		at(next)->prev = to_prev;
}

/**
 * sgnl_chain_add() - puts a link behind all others
 * @chain: the chain
 * @link: the link, which is in no chain
 * @number: its number
 * @at: where links are
 *
 * Context: any; under the chain's lock.
 */
static inline void sgnl_chain_add(struct sgnl_chain *chain,
				  struct sgnl_chain_link *link, u32 number,
				  sgnl_chain_at *at)
{
	*link = (struct sgnl_chain_link){ .prev = chain->last,
					  .next = SGNL_CHAIN_END };
	sgnl_chain_join(chain, chain->last, SGNL_CHAIN_END, number, number, at);
}

/**
 * sgnl_chain_add_first() - puts a link before all others
 * @chain: the chain
 * @link: the link, which is in no chain
 * @number: its number
 * @at: where links are
 *
 * Context: any; under the chain's lock.
 */
static inline void sgnl_chain_add_first(struct sgnl_chain *chain,
					struct sgnl_chain_link *link,
					u32 number, sgnl_chain_at *at)
{
	*link = (struct sgnl_chain_link){ .prev = SGNL_CHAIN_END,
					  .next = chain->first };
	sgnl_chain_join(chain, SGNL_CHAIN_END, chain->first, number, number,
			at);
}

/**
 * sgnl_chain_del() - takes a link out
 * @chain: the chain
 * @link: the link; nothing is done if it is in none
 * @at: where links are
 *
 * Context: any; under the chain's lock.
 */
static inline void sgnl_chain_del(struct sgnl_chain *chain,
				  struct sgnl_chain_link *link,
				  sgnl_chain_at *at)
{
	if (!sgnl_chain_linked(link))
		return;
	sgnl_chain_join(chain, link->prev, link->next, link->prev, link->next,
			at);
	sgnl_chain_link_init(link);
}

/**
 * sgnl_chain_move() - gives a link another number
 * @chain: the chain
 * @from: the link; nothing but that is done if it is in none
 * @to: number of the link that takes its place
 * @at: where links are
 *
 * Context: any; under the chain's lock.
 */
static inline void sgnl_chain_move(struct sgnl_chain *chain,
				   struct sgnl_chain_link *from, u32 to,
				   sgnl_chain_at *at)
{
	*at(to) = *from;
	if (sgnl_chain_linked(from))
		sgnl_chain_join(chain, from->prev, from->next, to, to, at);
	sgnl_chain_link_init(from);
}

#endif
