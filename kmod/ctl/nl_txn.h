/* SPDX-License-Identifier: GPL-2.0 */
/* Transactions of more than one request, owned by sockets. */
#ifndef SGNL_CTL_NL_TXN_H
#define SGNL_CTL_NL_TXN_H

#include <net/genetlink.h>

#include "../table/txn_confirm.h"

extern const struct sgnl_confirm_observer sgnl_nl_txn_confirms;

int sgnl_nl_txn_init(void);
void sgnl_nl_txn_exit(void);
int sgnl_nl_txn_preview(struct netlink_callback *cb,
			const struct nlattr *expect, u64 *generation,
			int (*put)(struct sgnl_session_entry *entry, void *arg),
			void *arg);
int sgnl_nl_txn_queue(struct genl_info *info);

#endif
