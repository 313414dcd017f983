/* SPDX-License-Identifier: GPL-2.0 */
/* Decisions of datagrams under way in fragments: one table for the host. */
#ifndef SGNL_TABLE_FRAGMENT_H
#define SGNL_TABLE_FRAGMENT_H

#include "../core/key.h"
#include "../core/reason.h"
#include "port.h"

int sgnl_fragment_init(void);
void sgnl_fragment_exit(void);

enum sgnl_reason sgnl_fragment_begin(struct sgnl_port *port,
				     const struct sgnl_key *key, u32 epoch,
				     u32 now, bool rehearsal);
void sgnl_fragment_judged(struct sgnl_port *port, const struct sgnl_key *key,
			  bool passes);
enum sgnl_reason sgnl_fragment_later(struct sgnl_port *port,
				     const struct sgnl_key *key, u32 epoch,
				     u32 now, bool rehearsal);
void sgnl_fragment_purge(void);

#endif
