/* SPDX-License-Identifier: GPL-2.0 */
/* Ports over netlink. */
#ifndef SGNL_CTL_NL_PORT_H
#define SGNL_CTL_NL_PORT_H

#include "../table/net.h"

void sgnl_nl_port_gone(struct sgnl_net *sn, int ifindex);
void sgnl_nl_port_followed(struct sgnl_net *sn, int ifindex);

#endif
