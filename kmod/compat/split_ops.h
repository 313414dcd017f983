/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct genl_split_ops for kernels that lack it (before 6.2): the members
 * that a generated op table sets. Included before all else where Kbuild finds
 * it missing.
 */
#ifndef SGNL_COMPAT_SPLIT_OPS_H
#define SGNL_COMPAT_SPLIT_OPS_H

#include <net/genetlink.h>

struct genl_split_ops {
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 flags;
	u8 validate;
};

#endif
