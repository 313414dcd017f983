/* SPDX-License-Identifier: GPL-2.0 */
/* How much of something there may be on this host. */
#ifndef SGNL_TABLE_BUDGET_H
#define SGNL_TABLE_BUDGET_H

#include <linux/atomic.h>

#include "net.h"

/**
 * struct sgnl_budget - how many things packets may make
 * @taken: how many there are
 * @users: how many of them are of namespaces of other user namespaces
 * @max: how many there may be
 * @users_max: how many of those
 */
struct sgnl_budget {
	atomic_t taken;
	atomic_t users;
	int max;
	int users_max;
};

/**
 * sgnl_budget_add_below() - one more, unless there are so many
 * @count: how many there are; more than @limit if that was lowered
 * @limit: how many there may be
 *
 * Context: any.
 */
static inline bool sgnl_budget_add_below(atomic_t *count, int limit)
{
	int old = atomic_read(count);

	do {
		if (old >= limit)
			return false;
	} while (!atomic_try_cmpxchg(count, &old, old + 1));
	return true;
}

/**
 * sgnl_budget_left() - would sgnl_budget_take() find room?
 * @budget: the budget
 * @sn: the namespace that would have it
 *
 * Context: any.
 */
static inline bool sgnl_budget_left(const struct sgnl_budget *budget,
				    const struct sgnl_net *sn)
{
	return atomic_read(&budget->taken) < budget->max &&
	       (!sn->users || atomic_read(&budget->users) < budget->users_max);
}

/**
 * sgnl_budget_take() - room for one more
 * @budget: the budget
 * @sn: the namespace that has it
 *
 * Context: any.
 * Return: false if there is none.
 */
static inline bool sgnl_budget_take(struct sgnl_budget *budget,
				    const struct sgnl_net *sn)
{
	if (sn->users &&
	    !sgnl_budget_add_below(&budget->users, budget->users_max))
		return false;
	if (sgnl_budget_add_below(&budget->taken, budget->max))
		return true;
	if (sn->users)
		atomic_dec(&budget->users);
	return false;
}

/**
 * sgnl_budget_give() - gives room for one back
 * @budget: the budget
 * @sn: the namespace that had it
 *
 * Context: any.
 */
static inline void sgnl_budget_give(struct sgnl_budget *budget,
				    const struct sgnl_net *sn)
{
	if (sn->users)
		atomic_dec(&budget->users);
	atomic_dec(&budget->taken);
}

#endif
