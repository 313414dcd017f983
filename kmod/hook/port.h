/* SPDX-License-Identifier: GPL-2.0 */
/* Taking hold of devices, and seeing them go. */
#ifndef SGNL_HOOK_PORT_H
#define SGNL_HOOK_PORT_H

#include "hook.h"

int sgnl_port_init(const struct sgnl_hook_observer *observer);
void sgnl_port_exit(void);

#endif
