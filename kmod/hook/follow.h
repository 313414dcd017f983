/* SPDX-License-Identifier: GPL-2.0 */
/* Ports that take their addresses from their devices (M2). */
#ifndef SGNL_HOOK_FOLLOW_H
#define SGNL_HOOK_FOLLOW_H

#include "hook.h"

unsigned int sgnl_follow_addresses(const struct sgnl_port *port,
				   struct sgnl_port_address *address);

void sgnl_follow_net_init(struct sgnl_net *sn);
void sgnl_follow_net_exit(struct sgnl_net *sn);
void sgnl_follow_init(const struct sgnl_hook_observer *observer);
void sgnl_follow_exit(void);

#endif
