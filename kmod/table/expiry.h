/* SPDX-License-Identifier: GPL-2.0 */
/* Rules that end by themselves (R14). */
#ifndef SGNL_TABLE_EXPIRY_H
#define SGNL_TABLE_EXPIRY_H

#include "net.h"

/**
 * struct sgnl_expiry_observer - whoever wants to know
 * @rule_expired: a rule was deleted; in process context, under the namespace's
 *                lock
 */
struct sgnl_expiry_observer {
	void (*rule_expired)(struct sgnl_net *sn, u32 id);
};

void sgnl_expiry_init(const struct sgnl_expiry_observer *observer);
void sgnl_expiry_look(struct sgnl_net *sn);
void sgnl_expiry_work(struct work_struct *work);

#endif
