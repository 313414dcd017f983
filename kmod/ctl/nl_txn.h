/* SPDX-License-Identifier: GPL-2.0 */
/* Transactions of more than one request, owned by sockets. */
#ifndef SGNL_CTL_NL_TXN_H
#define SGNL_CTL_NL_TXN_H

#include <net/genetlink.h>

#include "../table/txn_confirm.h"

/**
 * struct sgnl_nl_txn_look - a look at what a transaction would make
 * @expect: a generation that has to be in force, or NULL
 * @fate: what it would do to sessions, enum sgnl_fate
 * @at: sees it prepared, under the namespace's lock; may sleep
 * @arg: handed to @at
 */
struct sgnl_nl_txn_look {
	const struct nlattr *expect;
	u8 fate;
	int (*at)(struct sgnl_txn *txn, void *arg);
	void *arg;
};

extern const struct sgnl_confirm_observer sgnl_nl_txn_confirms;

int sgnl_nl_txn_init(void);
void sgnl_nl_txn_exit(void);
int sgnl_nl_txn_look(const struct net *net, u32 portid,
		     struct netlink_ext_ack *extack,
		     const struct sgnl_nl_txn_look *look);
int sgnl_nl_txn_queue(struct genl_info *info, unsigned int n);

#endif
