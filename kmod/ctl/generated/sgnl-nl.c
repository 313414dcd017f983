// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	uapi/specs/sgnl.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "sgnl-nl.h"

#include <uapi/linux/sgnl.h>

/* SGNL_CMD_TXN_BEGIN - do */
static const struct nla_policy sgnl_txn_begin_nl_policy[SGNL_A_TXN_PAD + 1] = {
};

/* SGNL_CMD_TXN_COMMIT - do */
static const struct nla_policy sgnl_txn_commit_nl_policy[SGNL_A_TXN_CONFIRM + 1] = {
	[SGNL_A_TXN_EXPECT] = { .type = NLA_U64, },
	[SGNL_A_TXN_SESSIONS] = NLA_POLICY_MAX(NLA_U8, 2),
	[SGNL_A_TXN_CONFIRM] = NLA_POLICY_RANGE(NLA_U32, 1, 3600),
};

/* SGNL_CMD_TXN_ABORT - do */
static const struct nla_policy sgnl_txn_abort_nl_policy[SGNL_A_TXN_PAD + 1] = {
};

/* SGNL_CMD_GROUP_ADD - do */
static const struct nla_policy sgnl_group_add_nl_policy[SGNL_A_GROUP_DESCRIPTION + 1] = {
	[SGNL_A_GROUP_NAME] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_GROUP_TYPE] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_GROUP_INTERNAL_POLICY] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_GROUP_VPC] = { .type = NLA_U32, },
	[SGNL_A_GROUP_DESCRIPTION] = { .type = NLA_NUL_STRING, .len = SGNL_DESCRIPTION_MAX, },
};

/* SGNL_CMD_GROUP_SET - do */
static const struct nla_policy sgnl_group_set_nl_policy[SGNL_A_GROUP_DESCRIPTION + 1] = {
	[SGNL_A_GROUP_NAME] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_GROUP_INTERNAL_POLICY] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_GROUP_DESCRIPTION] = { .type = NLA_NUL_STRING, .len = SGNL_DESCRIPTION_MAX, },
};

/* SGNL_CMD_GROUP_DEL - do */
static const struct nla_policy sgnl_group_del_nl_policy[SGNL_A_GROUP_NAME + 1] = {
	[SGNL_A_GROUP_NAME] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
};

/* SGNL_CMD_GROUP_GET - do */
static const struct nla_policy sgnl_group_get_nl_policy[SGNL_A_GROUP_NAME + 1] = {
	[SGNL_A_GROUP_NAME] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
};

/* SGNL_CMD_RULE_ADD - do */
static const struct nla_policy sgnl_rule_add_nl_policy[SGNL_A_RULE_EXPIRES + 1] = {
	[SGNL_A_RULE_ID] = { .type = NLA_U32, },
	[SGNL_A_RULE_GROUP] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_DIRECTION] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_RULE_POLICY] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_RULE_PRIORITY] = NLA_POLICY_RANGE(NLA_U8, 1, 100),
	[SGNL_A_RULE_PROTO] = { .type = NLA_U8, },
	[SGNL_A_RULE_PORT_MIN] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_PORT_MAX] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_PEER_ADDRESS] = { .type = NLA_BINARY, },
	[SGNL_A_RULE_PEER_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[SGNL_A_RULE_PEER_GROUP] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_LOCAL_ADDRESS] = { .type = NLA_BINARY, },
	[SGNL_A_RULE_LOCAL_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[SGNL_A_RULE_SOURCE_PORT_MIN] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_SOURCE_PORT_MAX] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_DESCRIPTION] = { .type = NLA_NUL_STRING, .len = SGNL_DESCRIPTION_MAX, },
	[SGNL_A_RULE_PEER_LIST] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_PORT_LIST] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_ICMP_TYPE] = { .type = NLA_U8, },
	[SGNL_A_RULE_ICMP_CODE] = { .type = NLA_U8, },
	[SGNL_A_RULE_EXPIRES] = { .type = NLA_U64, },
};

/* SGNL_CMD_RULE_SET - do */
static const struct nla_policy sgnl_rule_set_nl_policy[SGNL_A_RULE_EXPIRES + 1] = {
	[SGNL_A_RULE_ID] = { .type = NLA_U32, },
	[SGNL_A_RULE_GROUP] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_DIRECTION] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_RULE_POLICY] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_RULE_PRIORITY] = NLA_POLICY_RANGE(NLA_U8, 1, 100),
	[SGNL_A_RULE_PROTO] = { .type = NLA_U8, },
	[SGNL_A_RULE_PORT_MIN] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_PORT_MAX] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_PEER_ADDRESS] = { .type = NLA_BINARY, },
	[SGNL_A_RULE_PEER_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[SGNL_A_RULE_PEER_GROUP] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_LOCAL_ADDRESS] = { .type = NLA_BINARY, },
	[SGNL_A_RULE_LOCAL_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[SGNL_A_RULE_SOURCE_PORT_MIN] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_SOURCE_PORT_MAX] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_DESCRIPTION] = { .type = NLA_NUL_STRING, .len = SGNL_DESCRIPTION_MAX, },
	[SGNL_A_RULE_PEER_LIST] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_PORT_LIST] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_ICMP_TYPE] = { .type = NLA_U8, },
	[SGNL_A_RULE_ICMP_CODE] = { .type = NLA_U8, },
	[SGNL_A_RULE_EXPIRES] = { .type = NLA_U64, },
};

/* SGNL_CMD_RULE_DEL - do */
static const struct nla_policy sgnl_rule_del_nl_policy[SGNL_A_RULE_EXPIRES + 1] = {
	[SGNL_A_RULE_ID] = { .type = NLA_U32, },
	[SGNL_A_RULE_GROUP] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_DIRECTION] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_RULE_POLICY] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_RULE_PRIORITY] = NLA_POLICY_RANGE(NLA_U8, 1, 100),
	[SGNL_A_RULE_PROTO] = { .type = NLA_U8, },
	[SGNL_A_RULE_PORT_MIN] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_PORT_MAX] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_PEER_ADDRESS] = { .type = NLA_BINARY, },
	[SGNL_A_RULE_PEER_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[SGNL_A_RULE_PEER_GROUP] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_LOCAL_ADDRESS] = { .type = NLA_BINARY, },
	[SGNL_A_RULE_LOCAL_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[SGNL_A_RULE_SOURCE_PORT_MIN] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_SOURCE_PORT_MAX] = NLA_POLICY_MIN(NLA_U16, 1),
	[SGNL_A_RULE_DESCRIPTION] = { .type = NLA_NUL_STRING, .len = SGNL_DESCRIPTION_MAX, },
	[SGNL_A_RULE_PEER_LIST] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_PORT_LIST] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_ICMP_TYPE] = { .type = NLA_U8, },
	[SGNL_A_RULE_ICMP_CODE] = { .type = NLA_U8, },
	[SGNL_A_RULE_EXPIRES] = { .type = NLA_U64, },
};

/* SGNL_CMD_RULE_GET - do */
static const struct nla_policy sgnl_rule_get_do_nl_policy[SGNL_A_RULE_ID + 1] = {
	[SGNL_A_RULE_ID] = { .type = NLA_U32, },
};

/* SGNL_CMD_RULE_GET - dump */
static const struct nla_policy sgnl_rule_get_dump_nl_policy[SGNL_A_RULE_CANDIDATE + 1] = {
	[SGNL_A_RULE_GROUP] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_RULE_CANDIDATE] = { .type = NLA_FLAG, },
};

/* SGNL_CMD_MEMBER_ADD - do */
static const struct nla_policy sgnl_member_add_nl_policy[SGNL_A_MEMBER_ADDRESS + 1] = {
	[SGNL_A_MEMBER_GROUP] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_MEMBER_ADDRESS] = { .type = NLA_BINARY, },
};

/* SGNL_CMD_MEMBER_DEL - do */
static const struct nla_policy sgnl_member_del_nl_policy[SGNL_A_MEMBER_ADDRESS + 1] = {
	[SGNL_A_MEMBER_GROUP] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_MEMBER_ADDRESS] = { .type = NLA_BINARY, },
};

/* SGNL_CMD_MEMBER_GET - dump */
static const struct nla_policy sgnl_member_get_nl_policy[SGNL_A_MEMBER_GROUP + 1] = {
	[SGNL_A_MEMBER_GROUP] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
};

/* SGNL_CMD_PORT_ADD - do */
static const struct nla_policy sgnl_port_add_nl_policy[SGNL_A_PORT_FOLLOW + 1] = {
	[SGNL_A_PORT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SGNL_A_PORT_SIDE] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_PORT_GROUP] = { .type = NLA_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_PORT_ADDRESS] = { .type = NLA_BINARY, },
	[SGNL_A_PORT_SMTP] = NLA_POLICY_MAX(NLA_U8, 2),
	[SGNL_A_PORT_TRUNK] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_PORT_ETHERTYPE] = NLA_POLICY_MIN(NLA_U16, 1536),
	[SGNL_A_PORT_GUARD] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_PORT_PMTUD] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_PORT_ADOPT] = NLA_POLICY_MAX(NLA_U16, 910),
	[SGNL_A_PORT_IDLE_ESTABLISHED] = NLA_POLICY_RANGE(NLA_U16, 30, 910),
	[SGNL_A_PORT_IDLE_CLOSING] = NLA_POLICY_RANGE(NLA_U16, 3, 15),
	[SGNL_A_PORT_IDLE_OTHER] = NLA_POLICY_RANGE(NLA_U16, 10, 910),
	[SGNL_A_PORT_SESSIONS_MAX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SGNL_A_PORT_FOLLOW] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SGNL_CMD_PORT_SET - do */
static const struct nla_policy sgnl_port_set_nl_policy[SGNL_A_PORT_FOLLOW + 1] = {
	[SGNL_A_PORT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SGNL_A_PORT_ADDRESS] = { .type = NLA_BINARY, },
	[SGNL_A_PORT_CLEAR_ADDRESS] = { .type = NLA_FLAG, },
	[SGNL_A_PORT_SMTP] = NLA_POLICY_MAX(NLA_U8, 2),
	[SGNL_A_PORT_TRUNK] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_PORT_ETHERTYPE] = NLA_POLICY_MIN(NLA_U16, 1536),
	[SGNL_A_PORT_CLEAR_ETHERTYPE] = { .type = NLA_FLAG, },
	[SGNL_A_PORT_GUARD] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_PORT_PMTUD] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_PORT_ADOPT] = NLA_POLICY_MAX(NLA_U16, 910),
	[SGNL_A_PORT_IDLE_ESTABLISHED] = NLA_POLICY_RANGE(NLA_U16, 30, 910),
	[SGNL_A_PORT_IDLE_CLOSING] = NLA_POLICY_RANGE(NLA_U16, 3, 15),
	[SGNL_A_PORT_IDLE_OTHER] = NLA_POLICY_RANGE(NLA_U16, 10, 910),
	[SGNL_A_PORT_SESSIONS_MAX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SGNL_A_PORT_FOLLOW] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SGNL_CMD_PORT_DEL - do */
static const struct nla_policy sgnl_port_del_nl_policy[SGNL_A_PORT_IFINDEX + 1] = {
	[SGNL_A_PORT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* SGNL_CMD_PORT_JOIN - do */
static const struct nla_policy sgnl_port_join_nl_policy[SGNL_A_PORT_GROUP + 1] = {
	[SGNL_A_PORT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SGNL_A_PORT_GROUP] = { .type = NLA_STRING, .len = SGNL_NAME_MAX, },
};

/* SGNL_CMD_PORT_LEAVE - do */
static const struct nla_policy sgnl_port_leave_nl_policy[SGNL_A_PORT_GROUP + 1] = {
	[SGNL_A_PORT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SGNL_A_PORT_GROUP] = { .type = NLA_STRING, .len = SGNL_NAME_MAX, },
};

/* SGNL_CMD_PORT_MOVE - do */
static const struct nla_policy sgnl_port_move_nl_policy[SGNL_A_PORT_GROUP + 1] = {
	[SGNL_A_PORT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SGNL_A_PORT_GROUP] = { .type = NLA_STRING, .len = SGNL_NAME_MAX, },
};

/* SGNL_CMD_PORT_GET - do */
static const struct nla_policy sgnl_port_get_nl_policy[SGNL_A_PORT_IFINDEX + 1] = {
	[SGNL_A_PORT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* SGNL_CMD_SESSION_GET - dump */
static const struct nla_policy sgnl_session_get_nl_policy[SGNL_A_SESSION_IFINDEX + 1] = {
	[SGNL_A_SESSION_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* SGNL_CMD_PLATFORM_SET - do */
static const struct nla_policy sgnl_platform_set_nl_policy[SGNL_A_PLATFORM_CLEAR_PREFIX + 1] = {
	[SGNL_A_PLATFORM_ITEM] = NLA_POLICY_MAX(NLA_U8, 7),
	[SGNL_A_PLATFORM_SWITCH] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_PLATFORM_PREFIX] = { .type = NLA_BINARY, },
	[SGNL_A_PLATFORM_CLEAR_PREFIX] = { .type = NLA_FLAG, },
};

/* SGNL_CMD_PLATFORM_GET - do */
static const struct nla_policy sgnl_platform_get_nl_policy[SGNL_A_PLATFORM_ITEM + 1] = {
	[SGNL_A_PLATFORM_ITEM] = NLA_POLICY_MAX(NLA_U8, 7),
};

/* SGNL_CMD_GUARD_ADD - do */
static const struct nla_policy sgnl_guard_add_nl_policy[SGNL_A_GUARD_PATTERN + 1] = {
	[SGNL_A_GUARD_PATTERN] = { .type = NLA_NUL_STRING, .len = SGNL_PATTERN_MAX, },
};

/* SGNL_CMD_GUARD_DEL - do */
static const struct nla_policy sgnl_guard_del_nl_policy[SGNL_A_GUARD_PATTERN + 1] = {
	[SGNL_A_GUARD_PATTERN] = { .type = NLA_NUL_STRING, .len = SGNL_PATTERN_MAX, },
};

/* SGNL_CMD_EXPLAIN_GET - do */
static const struct nla_policy sgnl_explain_get_nl_policy[SGNL_A_EXPLAIN_CANDIDATE + 1] = {
	[SGNL_A_EXPLAIN_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SGNL_A_EXPLAIN_DIRECTION] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_EXPLAIN_PACKET] = { .type = NLA_BINARY, },
	[SGNL_A_EXPLAIN_VLAN] = NLA_POLICY_MAX(NLA_U16, 4095),
	[SGNL_A_EXPLAIN_BROADCAST] = { .type = NLA_FLAG, },
	[SGNL_A_EXPLAIN_QUEUED] = { .type = NLA_FLAG, },
	[SGNL_A_EXPLAIN_CANDIDATE] = { .type = NLA_FLAG, },
};

/* SGNL_CMD_LIST_ADD - do */
static const struct nla_policy sgnl_list_add_nl_policy[SGNL_A_LIST_DESCRIPTION + 1] = {
	[SGNL_A_LIST_NAME] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_LIST_FAMILY] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_LIST_MAX_ENTRIES] = NLA_POLICY_RANGE(NLA_U16, 1, 2000),
	[SGNL_A_LIST_PREFIX] = { .type = NLA_BINARY, },
	[SGNL_A_LIST_RANGE] = { .type = NLA_BINARY, },
	[SGNL_A_LIST_DESCRIPTION] = { .type = NLA_NUL_STRING, .len = SGNL_DESCRIPTION_MAX, },
};

/* SGNL_CMD_LIST_SET - do */
static const struct nla_policy sgnl_list_set_nl_policy[SGNL_A_LIST_DESCRIPTION + 1] = {
	[SGNL_A_LIST_NAME] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_LIST_PREFIX] = { .type = NLA_BINARY, },
	[SGNL_A_LIST_RANGE] = { .type = NLA_BINARY, },
	[SGNL_A_LIST_CLEAR_ENTRIES] = { .type = NLA_FLAG, },
	[SGNL_A_LIST_DESCRIPTION] = { .type = NLA_NUL_STRING, .len = SGNL_DESCRIPTION_MAX, },
};

/* SGNL_CMD_LIST_DEL - do */
static const struct nla_policy sgnl_list_del_nl_policy[SGNL_A_LIST_NAME + 1] = {
	[SGNL_A_LIST_NAME] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
};

/* SGNL_CMD_LIST_ENTRY_ADD - do */
static const struct nla_policy sgnl_list_entry_add_nl_policy[SGNL_A_LIST_RANGE + 1] = {
	[SGNL_A_LIST_NAME] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_LIST_PREFIX] = { .type = NLA_BINARY, },
	[SGNL_A_LIST_RANGE] = { .type = NLA_BINARY, },
};

/* SGNL_CMD_LIST_ENTRY_DEL - do */
static const struct nla_policy sgnl_list_entry_del_nl_policy[SGNL_A_LIST_RANGE + 1] = {
	[SGNL_A_LIST_NAME] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
	[SGNL_A_LIST_PREFIX] = { .type = NLA_BINARY, },
	[SGNL_A_LIST_RANGE] = { .type = NLA_BINARY, },
};

/* SGNL_CMD_LIST_GET - dump */
static const struct nla_policy sgnl_list_get_nl_policy[SGNL_A_LIST_NAME + 1] = {
	[SGNL_A_LIST_NAME] = { .type = NLA_NUL_STRING, .len = SGNL_NAME_MAX, },
};

/* SGNL_CMD_TXN_CONFIRM - do */
static const struct nla_policy sgnl_txn_confirm_nl_policy[SGNL_A_TXN_PAD + 1] = {
};

/* SGNL_CMD_TXN_ROLLBACK - do */
static const struct nla_policy sgnl_txn_rollback_nl_policy[SGNL_A_TXN_PAD + 1] = {
};

/* SGNL_CMD_SESSION_PREVIEW - dump */
static const struct nla_policy sgnl_session_preview_nl_policy[SGNL_A_SESSION_EXPECT + 1] = {
	[SGNL_A_SESSION_EXPECT] = { .type = NLA_U64, },
};

/* SGNL_CMD_AUDIT_START - do */
static const struct nla_policy sgnl_audit_start_nl_policy[SGNL_A_TXN_EXPECT + 1] = {
	[SGNL_A_TXN_EXPECT] = { .type = NLA_U64, },
};

/* SGNL_CMD_AUDIT_COMMIT - do */
static const struct nla_policy sgnl_audit_commit_nl_policy[SGNL_A_TXN_CONFIRM + 1] = {
	[SGNL_A_TXN_SESSIONS] = NLA_POLICY_MAX(NLA_U8, 2),
	[SGNL_A_TXN_CONFIRM] = NLA_POLICY_RANGE(NLA_U32, 1, 3600),
};

/* SGNL_CMD_AUDIT_STOP - do */
static const struct nla_policy sgnl_audit_stop_nl_policy[SGNL_A_TXN_PAD + 1] = {
};

/* SGNL_CMD_SESSION_ADD - do */
static const struct nla_policy sgnl_session_add_nl_policy[SGNL_A_SESSION_RESET_BY + 1] = {
	[SGNL_A_SESSION_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SGNL_A_SESSION_PROTO] = { .type = NLA_U8, },
	[SGNL_A_SESSION_LOCAL_ADDRESS] = { .type = NLA_BINARY, },
	[SGNL_A_SESSION_LOCAL_PORT] = { .type = NLA_U16, },
	[SGNL_A_SESSION_PEER_ADDRESS] = { .type = NLA_BINARY, },
	[SGNL_A_SESSION_PEER_PORT] = { .type = NLA_U16, },
	[SGNL_A_SESSION_OPENER] = NLA_POLICY_MAX(NLA_U8, 1),
	[SGNL_A_SESSION_PHASE] = NLA_POLICY_MAX(NLA_U8, 6),
	[SGNL_A_SESSION_RESET_BY] = NLA_POLICY_MAX(NLA_U8, 3),
	[SGNL_A_SESSION_AGE] = { .type = NLA_U32, },
	[SGNL_A_SESSION_IDLE] = NLA_POLICY_MAX(NLA_U32, 910),
	[SGNL_A_SESSION_VLAN] = NLA_POLICY_MAX(NLA_U16, 4095),
};

/* Ops table for sgnl */
const struct genl_split_ops sgnl_nl_ops[47] = {
	{
		.cmd		= SGNL_CMD_TXN_BEGIN,
		.doit		= sgnl_nl_txn_begin_doit,
		.policy		= sgnl_txn_begin_nl_policy,
		.maxattr	= SGNL_A_TXN_PAD,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_TXN_COMMIT,
		.doit		= sgnl_nl_txn_commit_doit,
		.policy		= sgnl_txn_commit_nl_policy,
		.maxattr	= SGNL_A_TXN_CONFIRM,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_TXN_ABORT,
		.doit		= sgnl_nl_txn_abort_doit,
		.policy		= sgnl_txn_abort_nl_policy,
		.maxattr	= SGNL_A_TXN_PAD,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_GROUP_ADD,
		.doit		= sgnl_nl_group_add_doit,
		.policy		= sgnl_group_add_nl_policy,
		.maxattr	= SGNL_A_GROUP_DESCRIPTION,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_GROUP_SET,
		.doit		= sgnl_nl_group_set_doit,
		.policy		= sgnl_group_set_nl_policy,
		.maxattr	= SGNL_A_GROUP_DESCRIPTION,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_GROUP_DEL,
		.doit		= sgnl_nl_group_del_doit,
		.policy		= sgnl_group_del_nl_policy,
		.maxattr	= SGNL_A_GROUP_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_GROUP_GET,
		.doit		= sgnl_nl_group_get_doit,
		.policy		= sgnl_group_get_nl_policy,
		.maxattr	= SGNL_A_GROUP_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SGNL_CMD_GROUP_GET,
		.dumpit	= sgnl_nl_group_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SGNL_CMD_RULE_ADD,
		.doit		= sgnl_nl_rule_add_doit,
		.policy		= sgnl_rule_add_nl_policy,
		.maxattr	= SGNL_A_RULE_EXPIRES,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_RULE_SET,
		.doit		= sgnl_nl_rule_set_doit,
		.policy		= sgnl_rule_set_nl_policy,
		.maxattr	= SGNL_A_RULE_EXPIRES,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_RULE_DEL,
		.doit		= sgnl_nl_rule_del_doit,
		.policy		= sgnl_rule_del_nl_policy,
		.maxattr	= SGNL_A_RULE_EXPIRES,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_RULE_GET,
		.doit		= sgnl_nl_rule_get_doit,
		.policy		= sgnl_rule_get_do_nl_policy,
		.maxattr	= SGNL_A_RULE_ID,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_RULE_GET,
		.dumpit		= sgnl_nl_rule_get_dumpit,
		.policy		= sgnl_rule_get_dump_nl_policy,
		.maxattr	= SGNL_A_RULE_CANDIDATE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SGNL_CMD_MEMBER_ADD,
		.doit		= sgnl_nl_member_add_doit,
		.policy		= sgnl_member_add_nl_policy,
		.maxattr	= SGNL_A_MEMBER_ADDRESS,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_MEMBER_DEL,
		.doit		= sgnl_nl_member_del_doit,
		.policy		= sgnl_member_del_nl_policy,
		.maxattr	= SGNL_A_MEMBER_ADDRESS,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_MEMBER_GET,
		.dumpit		= sgnl_nl_member_get_dumpit,
		.policy		= sgnl_member_get_nl_policy,
		.maxattr	= SGNL_A_MEMBER_GROUP,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SGNL_CMD_PORT_ADD,
		.doit		= sgnl_nl_port_add_doit,
		.policy		= sgnl_port_add_nl_policy,
		.maxattr	= SGNL_A_PORT_FOLLOW,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_PORT_SET,
		.doit		= sgnl_nl_port_set_doit,
		.policy		= sgnl_port_set_nl_policy,
		.maxattr	= SGNL_A_PORT_FOLLOW,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_PORT_DEL,
		.doit		= sgnl_nl_port_del_doit,
		.policy		= sgnl_port_del_nl_policy,
		.maxattr	= SGNL_A_PORT_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_PORT_JOIN,
		.doit		= sgnl_nl_port_join_doit,
		.policy		= sgnl_port_join_nl_policy,
		.maxattr	= SGNL_A_PORT_GROUP,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_PORT_LEAVE,
		.doit		= sgnl_nl_port_leave_doit,
		.policy		= sgnl_port_leave_nl_policy,
		.maxattr	= SGNL_A_PORT_GROUP,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_PORT_MOVE,
		.doit		= sgnl_nl_port_move_doit,
		.policy		= sgnl_port_move_nl_policy,
		.maxattr	= SGNL_A_PORT_GROUP,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_PORT_GET,
		.doit		= sgnl_nl_port_get_doit,
		.policy		= sgnl_port_get_nl_policy,
		.maxattr	= SGNL_A_PORT_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SGNL_CMD_PORT_GET,
		.dumpit	= sgnl_nl_port_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SGNL_CMD_SESSION_GET,
		.dumpit		= sgnl_nl_session_get_dumpit,
		.policy		= sgnl_session_get_nl_policy,
		.maxattr	= SGNL_A_SESSION_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= SGNL_CMD_STATS_GET,
		.dumpit	= sgnl_nl_stats_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SGNL_CMD_PLATFORM_SET,
		.doit		= sgnl_nl_platform_set_doit,
		.policy		= sgnl_platform_set_nl_policy,
		.maxattr	= SGNL_A_PLATFORM_CLEAR_PREFIX,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_PLATFORM_GET,
		.doit		= sgnl_nl_platform_get_doit,
		.policy		= sgnl_platform_get_nl_policy,
		.maxattr	= SGNL_A_PLATFORM_ITEM,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SGNL_CMD_PLATFORM_GET,
		.dumpit	= sgnl_nl_platform_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SGNL_CMD_GUARD_ADD,
		.doit		= sgnl_nl_guard_add_doit,
		.policy		= sgnl_guard_add_nl_policy,
		.maxattr	= SGNL_A_GUARD_PATTERN,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_GUARD_DEL,
		.doit		= sgnl_nl_guard_del_doit,
		.policy		= sgnl_guard_del_nl_policy,
		.maxattr	= SGNL_A_GUARD_PATTERN,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SGNL_CMD_GUARD_GET,
		.dumpit	= sgnl_nl_guard_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SGNL_CMD_EXPLAIN_GET,
		.doit		= sgnl_nl_explain_get_doit,
		.policy		= sgnl_explain_get_nl_policy,
		.maxattr	= SGNL_A_EXPLAIN_CANDIDATE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_LIST_ADD,
		.doit		= sgnl_nl_list_add_doit,
		.policy		= sgnl_list_add_nl_policy,
		.maxattr	= SGNL_A_LIST_DESCRIPTION,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_LIST_SET,
		.doit		= sgnl_nl_list_set_doit,
		.policy		= sgnl_list_set_nl_policy,
		.maxattr	= SGNL_A_LIST_DESCRIPTION,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_LIST_DEL,
		.doit		= sgnl_nl_list_del_doit,
		.policy		= sgnl_list_del_nl_policy,
		.maxattr	= SGNL_A_LIST_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_LIST_ENTRY_ADD,
		.doit		= sgnl_nl_list_entry_add_doit,
		.policy		= sgnl_list_entry_add_nl_policy,
		.maxattr	= SGNL_A_LIST_RANGE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_LIST_ENTRY_DEL,
		.doit		= sgnl_nl_list_entry_del_doit,
		.policy		= sgnl_list_entry_del_nl_policy,
		.maxattr	= SGNL_A_LIST_RANGE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_LIST_GET,
		.dumpit		= sgnl_nl_list_get_dumpit,
		.policy		= sgnl_list_get_nl_policy,
		.maxattr	= SGNL_A_LIST_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SGNL_CMD_TXN_CONFIRM,
		.doit		= sgnl_nl_txn_confirm_doit,
		.policy		= sgnl_txn_confirm_nl_policy,
		.maxattr	= SGNL_A_TXN_PAD,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_TXN_ROLLBACK,
		.doit		= sgnl_nl_txn_rollback_doit,
		.policy		= sgnl_txn_rollback_nl_policy,
		.maxattr	= SGNL_A_TXN_PAD,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_SESSION_PREVIEW,
		.dumpit		= sgnl_nl_session_preview_dumpit,
		.policy		= sgnl_session_preview_nl_policy,
		.maxattr	= SGNL_A_SESSION_EXPECT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SGNL_CMD_AUDIT_START,
		.doit		= sgnl_nl_audit_start_doit,
		.policy		= sgnl_audit_start_nl_policy,
		.maxattr	= SGNL_A_TXN_EXPECT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_AUDIT_COMMIT,
		.doit		= sgnl_nl_audit_commit_doit,
		.policy		= sgnl_audit_commit_nl_policy,
		.maxattr	= SGNL_A_TXN_CONFIRM,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SGNL_CMD_AUDIT_STOP,
		.doit		= sgnl_nl_audit_stop_doit,
		.policy		= sgnl_audit_stop_nl_policy,
		.maxattr	= SGNL_A_TXN_PAD,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SGNL_CMD_AUDIT_GET,
		.dumpit	= sgnl_nl_audit_get_dumpit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SGNL_CMD_SESSION_ADD,
		.doit		= sgnl_nl_session_add_doit,
		.policy		= sgnl_session_add_nl_policy,
		.maxattr	= SGNL_A_SESSION_RESET_BY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group sgnl_nl_mcgrps[] = {
	[SGNL_NLGRP_CONFIG] = { "config", },
	[SGNL_NLGRP_SESSIONS] = { "sessions", },
	[SGNL_NLGRP_DENIALS] = { "denials", },
};
