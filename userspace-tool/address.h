/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses in messages, and their order. */
#ifndef _SGNL_TOOL_ADDRESS_H
#define _SGNL_TOOL_ADDRESS_H

#include "core/rule.h"
#include "kernel.h"

/* By family, then by number. */
int address_compare(const void *a, const void *b);
void address_put(struct nlmsghdr *nlh, uint16_t type, const struct sgnl_prefix *address);
struct sgnl_prefix address_get(const struct nlattr *attr);

/* Likewise, then by length. A message has a prefix as an address and one byte, its length. */
int prefix_compare(const void *a, const void *b);
void prefix_put(struct nlmsghdr *nlh, uint16_t type, const struct sgnl_prefix *prefix);
struct sgnl_prefix prefix_get(const struct nlattr *attr);

#endif
