/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family: requests, replies, dumps. */
#ifndef SGNL_CTL_NETLINK_H
#define SGNL_CTL_NETLINK_H

#include <net/genetlink.h>
#include <net/sock.h>
#include "../table/txn.h"
#include "generated/sgnl-nl.h"

/**
 * struct sgnl_member_words - words about members
 * @group: name of their group
 * @request: where their addresses are, SGNL_MEMBER_ADDRESSES_MAX at most
 */
struct sgnl_member_words {
	const char *group;
	const struct nlmsghdr *request;
};

/**
 * struct sgnl_change - what one request changes
 * @n: how many changes it is: its addresses if it is about members, else one
 * @rule_id: once applied, the id of the rule that it was about
 * @changed: once applied, it changed something
 * @members: once applied, bit n is set if its n-th address became a member, or
 *           is none any more
 * @group: words about a group
 * @rule: words about a rule
 * @member: words about members
 * @port: words about a port
 * @platform: words about an item of platform traffic
 * @pattern: a guard pattern
 * @list: words about a list
 *
 * Most words are few, and lists have 8 KiB: what belongs to one request has room
 * for its own alone (sgnl_netlink_change_size()). Strings are borrowed from the
 * request.
 */
struct sgnl_change {
	unsigned int n;
	u32 rule_id;
	bool changed;
	u64 members;
	union {
		struct sgnl_group_args group;
		struct sgnl_rule_args rule;
		struct sgnl_member_words member;
		struct sgnl_port_args port;
		struct sgnl_platform_args platform;
		const char *pattern;
		struct sgnl_list_args list;
	};
};

/**
 * struct sgnl_command - a request that changes something
 * @cmd: its number
 * @repeated: bit n is set if attribute n may be there more than once
 * @rtnl: it may add or remove a port
 * @size: bytes of its words in struct sgnl_change, all 0 before they are read
 * @parse: reads and checks a request alone; 0 or an error told in extack
 * @apply: makes the change in a transaction; 1 if it changed something, 0 if
 *         not, or an error told in the transaction
 * @notify: tells listeners of the change in force
 * @replies_rule_id: it is answered with a rule's id and the generation
 */
struct sgnl_command {
	u8 cmd;
	u32 repeated;
	bool rtnl;
	size_t size;
	int (*parse)(struct sgnl_change *change, struct nlattr **tb,
		     const struct nlmsghdr *nlh,
		     struct netlink_ext_ack *extack);
	int (*apply)(struct sgnl_txn *txn, struct sgnl_change *change);
	void (*notify)(struct sgnl_net *sn, u8 cmd,
		       const struct sgnl_change *change);
	bool replies_rule_id;
};

/**
 * sgnl_netlink_change_size() - bytes of struct sgnl_change that a request needs
 * @command: of which kind it is
 *
 * Context: any.
 */
static inline size_t
sgnl_netlink_change_size(const struct sgnl_command *command)
{
	return offsetof(struct sgnl_change, group) + command->size;
}

extern struct genl_family sgnl_family;

extern const struct sgnl_command sgnl_group_commands[];
extern const struct sgnl_command sgnl_rule_commands[];
extern const struct sgnl_command sgnl_member_commands[];
extern const struct sgnl_command sgnl_port_commands[];
extern const struct sgnl_command sgnl_platform_commands[];
extern const struct sgnl_command sgnl_guard_commands[];
extern const struct sgnl_command sgnl_list_commands[];

int sgnl_netlink_init(void);
void sgnl_netlink_exit(void);

const struct sgnl_command *sgnl_netlink_command(u8 cmd);
const struct genl_split_ops *sgnl_netlink_op(u8 cmd, u8 cap);
int sgnl_netlink_parse(const struct sgnl_command *command,
		       struct sgnl_change *change, const struct nlmsghdr *nlh,
		       struct netlink_ext_ack *extack);
void sgnl_netlink_fail(struct netlink_ext_ack *extack,
		       const struct sgnl_txn *txn);
void *sgnl_netlink_begin(struct sk_buff *skb, struct genl_info *info);
int sgnl_netlink_reply(struct sk_buff *skb, void *header,
		       struct genl_info *info);
int sgnl_netlink_show(struct genl_info *info, int key,
		      int (*put)(struct sk_buff *skb, struct sgnl_net *sn,
				 const struct nlattr *key),
		      const char *none);
int sgnl_netlink_dump_parse(struct netlink_callback *cb, struct nlattr **tb,
			    unsigned int max);
void *sgnl_netlink_dump_begin(struct sk_buff *skb, struct netlink_callback *cb);

int sgnl_netlink_check_repeated(const struct nlmsghdr *nlh, u32 repeated,
				struct netlink_ext_ack *extack);
int sgnl_netlink_text(const struct nlattr *attr, const char **text,
		      struct netlink_ext_ack *extack);
int sgnl_netlink_group_name(const struct nlattr *attr,
			    struct netlink_ext_ack *extack);
int sgnl_netlink_list_name(const struct nlattr *attr, u8 *kind,
			   struct netlink_ext_ack *extack);
int sgnl_netlink_address(const struct nlattr *attr, struct sgnl_addr *addr,
			 u8 *family, struct netlink_ext_ack *extack);
int sgnl_netlink_put_u64(struct sk_buff *skb, int type, u64 value);
int sgnl_netlink_put_address(struct sk_buff *skb, int type,
			     const struct sgnl_addr *addr, u8 family);

#endif
