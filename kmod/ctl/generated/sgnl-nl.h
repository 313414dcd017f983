/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	uapi/specs/sgnl.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_SGNL_GEN_H
#define _LINUX_SGNL_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/sgnl.h>

/* Ops table for sgnl */
extern const struct genl_split_ops sgnl_nl_ops[47];

int sgnl_nl_txn_begin_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_txn_commit_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_txn_abort_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_group_add_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_group_set_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_group_del_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_group_get_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_group_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sgnl_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_rule_set_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sgnl_nl_member_add_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_member_del_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_member_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sgnl_nl_port_add_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_port_set_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_port_del_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_port_join_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_port_leave_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_port_move_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_port_get_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sgnl_nl_session_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int sgnl_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sgnl_nl_platform_set_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_platform_get_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_platform_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int sgnl_nl_guard_add_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_guard_del_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_guard_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sgnl_nl_explain_get_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_list_add_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_list_set_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_list_del_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_list_entry_add_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_list_entry_del_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_list_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sgnl_nl_txn_confirm_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_txn_rollback_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_session_preview_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int sgnl_nl_audit_start_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_audit_commit_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_audit_stop_doit(struct sk_buff *skb, struct genl_info *info);
int sgnl_nl_audit_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int sgnl_nl_session_add_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	SGNL_NLGRP_CONFIG,
	SGNL_NLGRP_SESSIONS,
	SGNL_NLGRP_DENIALS,
};

#endif /* _LINUX_SGNL_GEN_H */
