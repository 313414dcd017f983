/* SPDX-License-Identifier: GPL-2.0 */
/* Commits that are taken back unless they are confirmed in time (C3). */
#ifndef SGNL_TABLE_TXN_CONFIRM_H
#define SGNL_TABLE_TXN_CONFIRM_H

#include "txn.h"

/**
 * struct sgnl_confirm_observer - who is told of the end of such a commit
 * @ended: it was confirmed, or else taken back; under the namespace's lock
 */
struct sgnl_confirm_observer {
	void (*ended)(struct sgnl_net *sn, bool confirmed);
};

void sgnl_confirm_init(const struct sgnl_confirm_observer *observer);
void sgnl_confirm_net_init(struct sgnl_net *sn);
void sgnl_confirm_net_exit(struct sgnl_net *sn);

unsigned int sgnl_confirm_seconds(const struct sgnl_net *sn);
int sgnl_confirm(struct sgnl_net *sn);
int sgnl_confirm_rollback(struct sgnl_net *sn);

/* For the transactions themselves. */
int sgnl_confirm_prepare(struct sgnl_txn *txn);
void sgnl_confirm_start(struct sgnl_txn *txn);
void sgnl_confirm_cancel(struct sgnl_txn *txn);
void sgnl_confirm_forget(struct sgnl_net *sn, int ifindex);

#endif
