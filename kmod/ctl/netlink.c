// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family: requests, replies, dumps. */
#include <linux/ctype.h>
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../compat/genetlink.h"
#include "../core/text.h"
#include "netlink.h"
#include "nl_txn.h"
#include "notify.h"

/* More attributes than any set has; checked where sets are parsed. */
#define ATTR_MAX 31

static struct genl_ops folded_ops[ARRAY_SIZE(sgnl_nl_ops)];

static const struct genl_multicast_group mcgrps[] = {
	[SGNL_NLGRP_CONFIG] = { .name = SGNL_MCGRP_CONFIG,
				.flags = GENL_MCAST_CAP_NET_ADMIN },
	[SGNL_NLGRP_SESSIONS] = { .name = SGNL_MCGRP_SESSIONS,
				  .flags = GENL_MCAST_CAP_NET_ADMIN },
	[SGNL_NLGRP_DENIALS] = { .name = SGNL_MCGRP_DENIALS,
				 .flags = GENL_MCAST_CAP_NET_ADMIN },
};

struct genl_family sgnl_family __ro_after_init = {
	.name = SGNL_FAMILY_NAME,
	.version = SGNL_FAMILY_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.mcgrps = mcgrps,
	.n_mcgrps = ARRAY_SIZE(mcgrps),
	.resv_start_op = 1,
};

static const struct sgnl_command *const command_tables[] = {
	sgnl_group_commands, sgnl_rule_commands,     sgnl_member_commands,
	sgnl_port_commands,  sgnl_platform_commands, sgnl_guard_commands,
	sgnl_list_commands,
};

/**
 * sgnl_netlink_command() - how a request that changes something is handled
 * @cmd: its number
 *
 * Return: the command, or NULL.
 */
const struct sgnl_command *sgnl_netlink_command(u8 cmd)
{
	const struct sgnl_command *command;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(command_tables); i++)
		for (command = command_tables[i]; command->cmd; command++)
			if (command->cmd == cmd)
				return command;
	return NULL;
}

/**
 * sgnl_netlink_op() - what the spec says of a request
 * @cmd: its number
 * @cap: GENL_CMD_CAP_DO or GENL_CMD_CAP_DUMP
 *
 * Return: the entry of the generated table, or NULL.
 */
const struct genl_split_ops *sgnl_netlink_op(u8 cmd, u8 cap)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sgnl_nl_ops); i++)
		if (sgnl_nl_ops[i].cmd == cmd && sgnl_nl_ops[i].flags & cap)
			return &sgnl_nl_ops[i];
	return NULL;
}

/**
 * sgnl_netlink_check_repeated() - refuses attributes that are there twice
 * @nlh: the request
 * @repeated: bit n is set if attribute n may be
 * @extack: where errors are told
 *
 * Such an attribute would be read once: which one?
 *
 * Return: 0 or -EINVAL.
 */
int sgnl_netlink_check_repeated(const struct nlmsghdr *nlh, u32 repeated,
				struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u32 seen = 0;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		u32 bit = BIT(nla_type(attr) & ATTR_MAX);

		if (seen & bit & ~repeated) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "attribute is there twice, once expected");
			return -EINVAL;
		}
		seen |= bit;
	}
	return 0;
}

/**
 * sgnl_netlink_parse() - reads and checks a request alone
 * @command: how it is handled
 * @change: what it changes
 * @nlh: the request
 * @extack: where errors are told
 *
 * Return: 0 or an error.
 */
int sgnl_netlink_parse(const struct sgnl_command *command,
		       struct sgnl_change *change, const struct nlmsghdr *nlh,
		       struct netlink_ext_ack *extack)
{
	const struct genl_split_ops *op;
	struct nlattr *tb[ATTR_MAX + 1];
	int err;

	op = sgnl_netlink_op(command->cmd, GENL_CMD_CAP_DO);
	if (WARN_ON_ONCE(op->maxattr > ATTR_MAX || !command->size))
		return -EINVAL;
	err = nlmsg_parse(nlh, GENL_HDRLEN, tb, op->maxattr, op->policy,
			  extack);
	if (err)
		return err;
	/* A request has no attribute behind the last that it may have. */
	memset(tb + op->maxattr + 1, 0,
	       (ATTR_MAX - op->maxattr) * sizeof(tb[0]));
	err = sgnl_netlink_check_repeated(nlh, command->repeated, extack);
	if (err)
		return err;
	memset(change, 0, sgnl_netlink_change_size(command));
	change->n = 1;
	return command->parse(change, tb, nlh, extack);
}

/**
 * struct said - what a thread was last told
 * @node: in its bucket
 * @pid: the thread
 * @text: the text
 *
 * A text must outlive its request until the ack is written, and kernels before
 * 6.2 have no room for it in extack, later ones for 80 bytes. The thread that
 * sends a request writes its ack too, before it sends another. So each thread
 * that was ever refused something has a text of its own, which the next one
 * replaces. Those of threads that have ended are freed when another thread
 * comes to the same bucket.
 */
struct said {
	struct hlist_node node;
	struct pid *pid;
	char text[SGNL_ERROR_MAX];
};

#define SAID_BITS 6

static struct hlist_head said_to[1 << SAID_BITS];
static DEFINE_MUTEX(said_lock);

static void free_said(struct said *said)
{
	hlist_del(&said->node);
	put_pid(said->pid);
	kfree(said);
}

static struct said *find_said(struct hlist_head *bucket, const struct pid *pid)
{
	struct said *said, *found = NULL;
	struct hlist_node *tmp;

	mutex_lock(&said_lock);
	hlist_for_each_entry_safe(said, tmp, bucket, node) {
		if (said->pid == pid)
			found = said;
		else if (!pid_has_task(said->pid, PIDTYPE_PID))
			free_said(said);
	}
	mutex_unlock(&said_lock);
	return found;
}

/* Only the thread itself adds one for it. */
static struct said *add_said(struct hlist_head *bucket, struct pid *pid)
{
	struct said *said = kmalloc(sizeof(*said), GFP_KERNEL);

	if (!said)
		return NULL;
	said->pid = get_pid(pid);
	mutex_lock(&said_lock);
	hlist_add_head(&said->node, bucket);
	mutex_unlock(&said_lock);
	return said;
}

/* The family is gone: all acks are written. */
static void free_all_said(void)
{
	struct hlist_node *tmp;
	struct said *said;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(said_to); i++)
		hlist_for_each_entry_safe(said, tmp, &said_to[i], node)
			free_said(said);
}

/**
 * sgnl_netlink_fail() - tells what a transaction says is wrong
 * @extack: where to
 * @txn: the transaction
 *
 * Context: may sleep; the thread that writes the ack.
 */
void sgnl_netlink_fail(struct netlink_ext_ack *extack,
		       const struct sgnl_txn *txn)
{
	struct pid *pid = task_pid(current);
	struct hlist_head *bucket = &said_to[hash_ptr(pid, SAID_BITS)];
	struct said *said;

	if (!txn->error[0]) /* it was told where it was found */
		return;
	said = find_said(bucket, pid) ?: add_said(bucket, pid);
	if (!said) {
		NL_SET_ERR_MSG(extack, "no memory to say what is wrong");
		return;
	}
	strscpy(said->text, txn->error, sizeof(said->text));
	extack->_msg = said->text;
}

/**
 * sgnl_netlink_begin() - begins the reply to a request
 * @skb: the reply
 * @info: the request
 *
 * Return: the message's header, or NULL if there is no room.
 */
void *sgnl_netlink_begin(struct sk_buff *skb, struct genl_info *info)
{
	return genlmsg_put_reply(skb, info, &sgnl_family, 0,
				 info->genlhdr->cmd);
}

/**
 * sgnl_netlink_reply() - sends the reply to a request
 * @skb: the reply; consumed
 * @header: the message's header
 * @info: the request
 *
 * Return: 0 or an error.
 */
int sgnl_netlink_reply(struct sk_buff *skb, void *header,
		       struct genl_info *info)
{
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* A rule that was added is answered with its id. */
static int reply_rule_id(struct genl_info *info,
			 const struct sgnl_change *change, u64 generation)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return -ENOMEM;
	header = sgnl_netlink_begin(skb, info);
	if (!header || nla_put_u32(skb, SGNL_A_RULE_ID, change->rule_id) ||
	    sgnl_netlink_put_u64(skb, SGNL_A_RULE_GENERATION, generation)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	return sgnl_netlink_reply(skb, header, info);
}

/* One change as a transaction of its own. */
static int change_alone(const struct sgnl_command *command,
			struct sgnl_change *change, struct genl_info *info)
{
	struct sgnl_net *sn = sgnl_net(genl_info_net(info));
	struct sgnl_txn txn;
	u64 generation;
	int ret;

	ret = sgnl_txn_begin(&txn, sn, command->rtnl);
	if (ret) {
		sgnl_netlink_fail(info->extack, &txn);
		return ret;
	}
	ret = command->apply(&txn, change);
	change->changed = ret > 0;
	if (ret > 0)
		ret = sgnl_txn_commit(&txn);
	if (ret || !change->changed)
		sgnl_txn_abort(&txn);
	else
		command->notify(sn, command->cmd, change);
	generation = sgnl_net_config(sn)->generation;
	sgnl_txn_end(&txn);
	if (ret < 0) {
		sgnl_netlink_fail(info->extack, &txn);
		return ret;
	}
	return command->replies_rule_id ?
		       reply_rule_id(info, change, generation) :
		       0;
}

/* In a transaction of its own, or as part of the socket's. */
static int change_doit(struct genl_info *info)
{
	const struct sgnl_command *command;
	struct sgnl_change *change;
	int ret;

	command = sgnl_netlink_command(info->genlhdr->cmd);
	change = kmalloc(sgnl_netlink_change_size(command), GFP_KERNEL);
	if (!change)
		return -ENOMEM;
	ret = sgnl_netlink_parse(command, change, info->nlhdr, info->extack);
	if (!ret)
		ret = sgnl_nl_txn_queue(info, change->n);
	if (ret == -ENOENT) /* the socket has no transaction */
		ret = change_alone(command, change, info);
	kfree(change);
	return ret;
}

/* What changes something is told apart by its struct sgnl_command alone. */
#define CHANGE_DOIT(name) \
	int sgnl_nl_##name##_doit(struct sk_buff *skb, struct genl_info *info) \
	{ \
		return change_doit(info); \
	}

CHANGE_DOIT(group_add)
CHANGE_DOIT(group_set)
CHANGE_DOIT(group_del)
CHANGE_DOIT(rule_add)
CHANGE_DOIT(rule_set)
CHANGE_DOIT(rule_del)
CHANGE_DOIT(member_add)
CHANGE_DOIT(member_del)
CHANGE_DOIT(port_add)
CHANGE_DOIT(port_set)
CHANGE_DOIT(port_del)
CHANGE_DOIT(port_join)
CHANGE_DOIT(port_leave)
CHANGE_DOIT(port_move)
CHANGE_DOIT(platform_set)
CHANGE_DOIT(guard_add)
CHANGE_DOIT(guard_del)
CHANGE_DOIT(list_add)
CHANGE_DOIT(list_set)
CHANGE_DOIT(list_del)
CHANGE_DOIT(list_entry_add)
CHANGE_DOIT(list_entry_del)

/**
 * sgnl_netlink_show() - answers a request that asks for one object
 * @info: the request
 * @key: the attribute that names the object
 * @put: puts it into the reply; 0, -ENOENT if there is none, or -EMSGSIZE
 * @none: says that there is none
 *
 * Context: may sleep.
 * Return: 0 or an error.
 */
int sgnl_netlink_show(struct genl_info *info, int key,
		      int (*put)(struct sk_buff *skb, struct sgnl_net *sn,
				 const struct nlattr *key),
		      const char *none)
{
	struct sk_buff *skb;
	void *header;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, key) ||
	    sgnl_netlink_check_repeated(info->nlhdr, 0, info->extack))
		return -EINVAL;
	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	header = sgnl_netlink_begin(skb, info);
	err = header ? put(skb, sgnl_net(genl_info_net(info)),
			   info->attrs[key]) :
		       -EMSGSIZE;
	if (!err)
		return sgnl_netlink_reply(skb, header, info);
	nlmsg_free(skb);
	if (err == -ENOENT)
		info->extack->_msg = none;
	return err;
}

/**
 * sgnl_netlink_dump_parse() - reads the words of a dump request
 * @cb: the dump
 * @tb: attributes by number, 0 to @max
 * @max: the greatest number that the caller looks at
 *
 * Return: 0 or an error.
 */
int sgnl_netlink_dump_parse(struct netlink_callback *cb, struct nlattr **tb,
			    unsigned int max)
{
	const struct genlmsghdr *header = nlmsg_data(cb->nlh);
	const struct genl_split_ops *op;

	op = sgnl_netlink_op(header->cmd, GENL_CMD_CAP_DUMP);
	if (WARN_ON_ONCE(op->maxattr > max))
		return -EINVAL;
	memset(tb, 0, (max + 1) * sizeof(*tb));
	return nlmsg_parse(cb->nlh, GENL_HDRLEN, tb, op->maxattr, op->policy,
			   cb->extack) ?:
	       sgnl_netlink_check_repeated(cb->nlh, 0, cb->extack);
}

/**
 * sgnl_netlink_dump_begin() - begins a message of a dump
 * @skb: the dump
 * @cb: the dump
 *
 * @cb->seq is the generation shown, so that user space is told if it changed
 * since the last message.
 *
 * Return: the message's header, or NULL if there is no room.
 */
void *sgnl_netlink_dump_begin(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genlmsghdr *request = nlmsg_data(cb->nlh);
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
			     cb->nlh->nlmsg_seq, &sgnl_family, NLM_F_MULTI,
			     request->cmd);
	if (header)
		genl_dump_check_consistent(cb, header);
	return header;
}

/**
 * sgnl_netlink_text() - checks a text for people
 * @attr: the text, or NULL if it was not given
 * @text: where to put it; NULL if it was not given
 * @extack: where errors are told
 *
 * Return: 0 or -EINVAL.
 */
int sgnl_netlink_text(const struct nlattr *attr, const char **text,
		      struct netlink_ext_ack *extack)
{
	*text = attr ? nla_data(attr) : NULL;
	if (!attr || sgnl_text_valid(*text))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "description: UTF-8 expected");
	return -EINVAL;
}

/* What may stand in the two parts of a name. */
static bool is_word(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isascii(s[i]) || (!isalnum(s[i]) && !strchr("._-", s[i])))
			return false;
	return n > 0;
}

/* Is it a name that begins so, or ACCOUNT/ and such a name? */
static bool is_name(const struct nlattr *attr, const char *begin)
{
	size_t n = strnlen(nla_data(attr), nla_len(attr));
	const char *name = nla_data(attr);
	const char *slash = memchr(name, '/', n);
	size_t len = strlen(begin);

	if (slash) {
		if (!is_word(name, slash - name))
			return false;
		n -= slash + 1 - name;
		name = slash + 1;
	}
	return n > len && !memcmp(name, begin, len) &&
	       is_word(name + len, n - len);
}

/**
 * sgnl_netlink_group_name() - checks a group's name
 * @attr: the name, possibly without its terminating zero
 * @extack: where errors are told
 *
 * Return: 0 or -EINVAL.
 */
int sgnl_netlink_group_name(const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	if (is_name(attr, "sg-"))
		return 0;
	NL_SET_ERR_MSG_ATTR(
		extack, attr,
		"group name: sg-NAME or ACCOUNT/sg-NAME expected, of letters, digits and . _ -");
	return -EINVAL;
}

/**
 * sgnl_netlink_list_name() - checks a list's name
 * @attr: the name, possibly without its terminating zero
 * @kind: where to put the list's kind, which its name tells
 * @extack: where errors are told
 *
 * Return: 0 or -EINVAL.
 */
int sgnl_netlink_list_name(const struct nlattr *attr, u8 *kind,
			   struct netlink_ext_ack *extack)
{
	*kind = is_name(attr, "pl-") ? SGNL_LIST_PREFIX : SGNL_LIST_PORT;
	if (*kind == SGNL_LIST_PREFIX || is_name(attr, "prl-"))
		return 0;
	NL_SET_ERR_MSG_ATTR(
		extack, attr,
		"list name: pl-NAME (prefixes) or prl-NAME (ports) expected, ACCOUNT/ in front or not, of letters, digits and . _ -");
	return -EINVAL;
}

/**
 * sgnl_netlink_address() - reads an address
 * @attr: the attribute
 * @addr: where to put it
 * @family: where to put its family
 * @extack: where errors are told
 *
 * Return: 0 or -EINVAL.
 */
int sgnl_netlink_address(const struct nlattr *attr, struct sgnl_addr *addr,
			 u8 *family, struct netlink_ext_ack *extack)
{
	if (sgnl_addr_read(addr, family, nla_data(attr), nla_len(attr)))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "address: 4 (IPv4) or 16 (IPv6) bytes expected");
	return -EINVAL;
}

/**
 * sgnl_netlink_put_u64() - puts a number into a message
 * @skb: the message
 * @type: the attribute
 * @value: the number
 *
 * Without an attribute before it that aligns it, which only some architectures
 * would have and not every client knows.
 *
 * Return: 0 or -EMSGSIZE.
 */
int sgnl_netlink_put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put(skb, type, sizeof(value), &value);
}

/**
 * sgnl_netlink_put_address() - puts an address into a message
 * @skb: the message
 * @type: the attribute
 * @addr: the address
 * @family: its family
 *
 * Return: 0 or -EMSGSIZE.
 */
int sgnl_netlink_put_address(struct sk_buff *skb, int type,
			     const struct sgnl_addr *addr, u8 family)
{
	u8 bytes[16];

	return nla_put(skb, type, sgnl_addr_write(bytes, addr, family), bytes);
}

/**
 * sgnl_netlink_init() - makes the family known
 *
 * Context: may sleep.
 * Return: 0 or an error.
 */
int __init sgnl_netlink_init(void)
{
	sgnl_compat_set_ops(&sgnl_family, sgnl_nl_ops, ARRAY_SIZE(sgnl_nl_ops),
			    folded_ops);
	return genl_register_family(&sgnl_family);
}

/**
 * sgnl_netlink_exit() - takes the family back
 *
 * Context: may sleep.
 */
void sgnl_netlink_exit(void)
{
	genl_unregister_family(&sgnl_family);
	free_all_said();
}
