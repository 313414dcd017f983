/* SPDX-License-Identifier: GPL-2.0 */
/* Packets with nothing out of the ordinary, read at one go. */
#ifndef SGNL_CORE_PLAIN_H
#define SGNL_CORE_PLAIN_H

#include "flow.h"

bool sgnl_plain_read(struct sgnl_flow *flow, u8 direction, const u8 *data,
		     size_t avail, size_t len);

#endif
