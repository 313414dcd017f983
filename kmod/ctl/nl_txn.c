// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions of more than one request, owned by sockets.
 *
 * Requests are checked alone when they come, kept as they came, and applied at
 * the commit, so that no lock is held while a client thinks and a client that
 * dies leaves nothing but memory that its socket's end gives back.
 */
#include <linux/err.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../table/audit.h"
#include "netlink.h"
#include "nl_txn.h"
#include "notify.h"

/**
 * struct request - a request that waits for the commit
 * @list: in its queue
 * @rule_id: once applied, struct sgnl_change's
 * @changed: likewise
 * @members: likewise
 * @nlh: the request
 */
struct request {
	struct list_head list;
	u32 rule_id;
	bool changed;
	u64 members;
	struct nlmsghdr nlh[];
};

/**
 * struct queue - the transaction of a socket
 * @list: in queues
 * @net: the socket's namespace
 * @portid: the socket's address
 * @n: changes in it
 * @rtnl: some request needs RTNL
 * @busy: it is being previewed
 * @requests: the requests
 */
struct queue {
	struct list_head list;
	const struct net *net;
	u32 portid;
	u32 n;
	bool rtnl;
	bool busy;
	struct list_head requests;
};

static LIST_HEAD(queues);
static DEFINE_MUTEX(queues_lock);

static struct queue *find_queue(const struct net *net, u32 portid)
{
	struct queue *queue;

	lockdep_assert_held(&queues_lock);
	list_for_each_entry(queue, &queues, list)
		if (queue->net == net && queue->portid == portid)
			return queue;
	return NULL;
}

/*
 * A socket's transaction if there is one that no other thread previews. It is
 * left where it is; nothing but its own socket's requests comes near it.
 */
static struct queue *idle_queue(const struct net *net, u32 portid,
				struct netlink_ext_ack *extack)
{
	struct queue *queue = find_queue(net, portid);

	if (!queue) {
		NL_SET_ERR_MSG(extack, "the socket has no transaction");
		return ERR_PTR(-ENOENT);
	}
	if (queue->busy) {
		NL_SET_ERR_MSG(extack, "the socket's transaction is previewed");
		return ERR_PTR(-EBUSY);
	}
	return queue;
}

/* Takes a socket's transaction out, for the caller to use or free. */
static struct queue *take_queue(const struct net *net, u32 portid,
				struct netlink_ext_ack *extack)
{
	struct queue *queue;

	mutex_lock(&queues_lock);
	queue = idle_queue(net, portid, extack);
	if (!IS_ERR(queue))
		list_del(&queue->list);
	mutex_unlock(&queues_lock);
	return queue;
}

static void free_queue(struct queue *queue)
{
	struct request *request, *tmp;

	list_for_each_entry_safe(request, tmp, &queue->requests, list)
		kvfree(request);
	kfree(queue);
}

/**
 * sgnl_nl_txn_begin_doit() - opens the socket's transaction
 * @skb: the request
 * @info: the request
 *
 * Return: 0, -EBUSY if there is one, or -ENOMEM.
 */
int sgnl_nl_txn_begin_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct queue *queue = kmalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);
	int err = 0;

	if (!queue)
		return -ENOMEM;
	*queue = (struct queue){
		.net = genl_info_net(info),
		.portid = info->snd_portid,
	};
	INIT_LIST_HEAD(&queue->requests);
	mutex_lock(&queues_lock);
	if (find_queue(queue->net, queue->portid))
		err = -EBUSY;
	else
		list_add(&queue->list, &queues);
	mutex_unlock(&queues_lock);
	if (err) {
		kfree(queue);
		NL_SET_ERR_MSG(info->extack,
			       "the socket has a transaction already");
	}
	return err;
}

/* Does a transaction of the namespace hold so many changes? */
static bool holds(const struct net *net, u32 n, struct netlink_ext_ack *extack)
{
	if (n > SGNL_TXN_CHANGES_MAX) {
		NL_SET_ERR_MSG(extack,
			       "the transaction has 2097152 changes, the most allowed");
		return false;
	}
	if (net->user_ns != &init_user_ns && n > SGNL_USERS_TXN_CHANGES_MAX) {
		NL_SET_ERR_MSG(extack,
			       "the transaction has 65536 changes, the most allowed in a user namespace");
		return false;
	}
	return true;
}

/**
 * sgnl_nl_txn_queue() - lets a request wait for the socket's commit
 * @info: the request, checked alone
 * @n: how many changes it is
 *
 * Context: may sleep.
 * Return: 0, -ENOENT if the socket has no transaction, or another error.
 */
int sgnl_nl_txn_queue(struct genl_info *info, unsigned int n)
{
	u32 len = info->nlhdr->nlmsg_len;
	struct request *request;
	struct queue *queue;
	int err = 0;

	/* Sockets of other users wait for the lock when they are closed. */
	request = kvmalloc(sizeof(*request) + len, GFP_KERNEL_ACCOUNT);
	if (!request)
		return -ENOMEM;
	memcpy(request->nlh, info->nlhdr, len);
	mutex_lock(&queues_lock);
	queue = find_queue(genl_info_net(info), info->snd_portid);
	if (!queue) {
		err = -ENOENT;
	} else if (queue->busy) {
		NL_SET_ERR_MSG(info->extack,
			       "the socket's transaction is previewed");
		err = -EBUSY;
	} else if (!holds(queue->net, queue->n + n, info->extack)) {
		err = -ENOSPC;
	} else {
		list_add_tail(&request->list, &queue->requests);
		queue->n += n;
		queue->rtnl |= sgnl_netlink_command(info->genlhdr->cmd)->rtnl;
	}
	mutex_unlock(&queues_lock);
	if (err)
		kvfree(request);
	return err;
}

static u8 request_cmd(const struct request *request)
{
	const struct genlmsghdr *header = nlmsg_data(request->nlh);

	return header->cmd;
}

/* Names the request that fails by its number. */
static void set_index(struct netlink_ext_ack *extack, u32 index)
{
	memcpy(extack->cookie, &index, sizeof(index));
	extack->cookie_len = sizeof(index);
}

static int apply_all(struct queue *queue, struct sgnl_txn *txn,
		     struct sgnl_change *change, struct netlink_ext_ack *extack,
		     u32 *changes)
{
	struct request *request;
	u32 index = 0;
	int ret;

	list_for_each_entry(request, &queue->requests, list) {
		const struct sgnl_command *command;

		/* It was parsed without an error when it was queued. */
		command = sgnl_netlink_command(request_cmd(request));
		ret = sgnl_netlink_parse(command, change, request->nlh, extack);
		if (!ret)
			ret = command->apply(txn, change);
		if (ret < 0) {
			set_index(extack, index);
			return ret;
		}
		request->changed = ret;
		request->rule_id = change->rule_id;
		request->members = change->members;
		*changes += ret;
		index++;
		cond_resched();
		if (fatal_signal_pending(current))
			return sgnl_txn_fail(txn, -EINTR, "killed");
	}
	return 0;
}

static void notify_all(struct queue *queue, struct sgnl_net *sn,
		       struct sgnl_change *change)
{
	struct netlink_ext_ack extack;
	struct request *request;

	/* Else each request would be read once more for nobody. */
	if (!genl_has_listeners(&sgnl_family, sn->net, SGNL_NLGRP_CONFIG))
		return;
	list_for_each_entry(request, &queue->requests, list) {
		const struct sgnl_command *command;

		if (!request->changed)
			continue;
		command = sgnl_netlink_command(request_cmd(request));
		if (sgnl_netlink_parse(command, change, request->nlh, &extack))
			continue;
		change->rule_id = request->rule_id;
		change->members = request->members;
		command->notify(sn, command->cmd, change);
		cond_resched();
	}
}

static int check_expected(struct sgnl_txn *txn, const struct nlattr *expect)
{
	u64 generation = sgnl_net_config(txn->sn)->generation;

	if (!expect || nla_get_u64(expect) == generation)
		return 0;
	return sgnl_txn_fail(txn, -ESTALE,
			     "generation %llu is in force, %llu was expected",
			     generation, nla_get_u64(expect));
}

/*
 * Tells listeners of a commit that waits to be confirmed, or no longer, or whose
 * changes nobody lists.
 */
static void notify_txn(struct sgnl_net *sn, u8 cmd, u32 seconds)
{
	struct sk_buff *skb;
	void *header;
	int err;

	skb = sgnl_notify_begin(sn, SGNL_CMD_TXN_EVENT, SGNL_NLGRP_CONFIG,
				GFP_KERNEL, &header);
	if (!skb)
		return;
	err = nla_put_u8(skb, SGNL_A_TXN_COMMAND, cmd) ?:
	      sgnl_netlink_put_u64(skb, SGNL_A_TXN_GENERATION,
				   sgnl_net_config(sn)->generation);
	if (!err && seconds)
		err = nla_put_u32(skb, SGNL_A_TXN_CONFIRM, seconds);
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_CONFIG, GFP_KERNEL, err);
}

static void confirm_ended(struct sgnl_net *sn, bool confirmed)
{
	notify_txn(sn, confirmed ? SGNL_CMD_TXN_CONFIRM : SGNL_CMD_TXN_ROLLBACK,
		   0);
}

const struct sgnl_confirm_observer sgnl_nl_txn_confirms = {
	.ended = confirm_ended,
};

/* What a request to commit asks for beside that. */
static void read_wishes(struct sgnl_txn *txn, const struct genl_info *info)
{
	const struct nlattr *fate = info->attrs[SGNL_A_TXN_SESSIONS];
	const struct nlattr *seconds = info->attrs[SGNL_A_TXN_CONFIRM];

	if (fate)
		txn->fate = nla_get_u8(fate);
	if (seconds)
		txn->confirm = nla_get_u32(seconds);
}

static int commit(struct queue *queue, struct sgnl_change *change,
		  struct genl_info *info, u32 *changes, u64 *generation)
{
	struct sgnl_net *sn = sgnl_net(genl_info_net(info));
	struct sgnl_txn txn;
	int err;

	err = sgnl_txn_begin(&txn, sn, queue->rtnl);
	if (err) {
		sgnl_netlink_fail(info->extack, &txn);
		return err;
	}
	read_wishes(&txn, info);
	err = check_expected(&txn, info->attrs[SGNL_A_TXN_EXPECT]);
	if (!err)
		err = apply_all(queue, &txn, change, info->extack, changes);
	if (!err && *changes)
		err = sgnl_txn_commit(&txn);
	if (err || !*changes)
		sgnl_txn_abort(&txn);
	else
		notify_all(queue, sn, change);
	if (!err && *changes && txn.confirm)
		notify_txn(sn, SGNL_CMD_TXN_COMMIT, txn.confirm);
	*generation = sgnl_net_config(sn)->generation;
	sgnl_txn_end(&txn);
	if (err)
		sgnl_netlink_fail(info->extack, &txn);
	return err;
}

/* The rule of a rule-add that was alone. */
static u32 only_rule(struct queue *queue)
{
	const struct request *request;

	request = list_first_entry_or_null(&queue->requests, struct request,
					   list);
	return request && queue->n == 1 &&
			       request_cmd(request) == SGNL_CMD_RULE_ADD ?
		       request->rule_id :
		       0;
}

static int reply(struct genl_info *info, u32 changes, u64 generation, u32 rule)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return -ENOMEM;
	header = sgnl_netlink_begin(skb, info);
	if (!header ||
	    sgnl_netlink_put_u64(skb, SGNL_A_TXN_GENERATION, generation) ||
	    nla_put_u32(skb, SGNL_A_TXN_CHANGES, changes) ||
	    (rule && nla_put_u32(skb, SGNL_A_TXN_RULE, rule))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	return sgnl_netlink_reply(skb, header, info);
}

/**
 * sgnl_nl_txn_commit_doit() - puts the socket's transaction in force
 * @skb: the request
 * @info: the request
 *
 * The transaction ends, whatever comes of it, unless the request is malformed.
 *
 * Return: 0, -ENOENT if there is none, -ESTALE if another generation was
 * expected, -EBUSY if a commit waits to be confirmed, -EINTR if the thread is
 * killed meanwhile, or the error of the request that failed.
 */
int sgnl_nl_txn_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sgnl_change *change;
	struct queue *queue;
	u32 changes = 0, rule;
	u64 generation;
	int err;

	err = sgnl_netlink_check_repeated(info->nlhdr, 0, info->extack);
	if (err)
		return err;
	queue = take_queue(genl_info_net(info), info->snd_portid, info->extack);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	change = kmalloc(sizeof(*change), GFP_KERNEL);
	err = change ? commit(queue, change, info, &changes, &generation) :
		       -ENOMEM;
	kfree(change);
	rule = only_rule(queue);
	free_queue(queue);
	return err ?: reply(info, changes, generation, rule);
}

/**
 * sgnl_nl_txn_abort_doit() - drops the socket's transaction
 * @skb: the request
 * @info: the request
 *
 * Return: 0, or -ENOENT if there is none.
 */
int sgnl_nl_txn_abort_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct queue *queue =
		take_queue(genl_info_net(info), info->snd_portid, info->extack);

	if (IS_ERR(queue))
		return PTR_ERR(queue);
	free_queue(queue);
	return 0;
}

static int look_at(struct queue *queue, struct sgnl_change *change,
		   struct netlink_ext_ack *extack,
		   const struct sgnl_nl_txn_look *look)
{
	struct sgnl_txn txn;
	u32 changes = 0;
	int err;

	err = sgnl_txn_begin(&txn, sgnl_net(queue->net), queue->rtnl);
	if (err) {
		sgnl_netlink_fail(extack, &txn);
		return err;
	}
	txn.fate = look->fate;
	err = check_expected(&txn, look->expect)			?:
		      apply_all(queue, &txn, change, extack, &changes)	?:
		      sgnl_txn_prepare(&txn)				?:
		      look->at(&txn, look->arg);
	sgnl_txn_abort(&txn);
	sgnl_txn_end(&txn);
	if (err)
		sgnl_netlink_fail(extack, &txn);
	return err;
}

/**
 * sgnl_nl_txn_look() - looks at what the socket's transaction would make
 * @net: the network namespace
 * @portid: the socket's port id
 * @extack: for errors
 * @look: who looks, and what for
 *
 * The transaction is applied and dropped again; its requests stay queued.
 *
 * Context: may sleep.
 * Return: 0, -ENOENT if there is none, -ESTALE if another generation was
 * expected, or the error of a request or of the look.
 */
int sgnl_nl_txn_look(const struct net *net, u32 portid,
		     struct netlink_ext_ack *extack,
		     const struct sgnl_nl_txn_look *look)
{
	struct sgnl_change *change;
	struct queue *queue;
	int err;

	mutex_lock(&queues_lock);
	queue = idle_queue(net, portid, extack);
	if (!IS_ERR(queue))
		queue->busy = true;
	mutex_unlock(&queues_lock);
	if (IS_ERR(queue))
		return PTR_ERR(queue);

	change = kmalloc(sizeof(*change), GFP_KERNEL);
	err = change ? look_at(queue, change, extack, look) : -ENOMEM;
	kfree(change);
	mutex_lock(&queues_lock);
	queue->busy = false;
	mutex_unlock(&queues_lock);
	return err;
}

static bool can_be_audited(u8 cmd)
{
	switch (cmd) {
	case SGNL_CMD_GROUP_ADD:
	case SGNL_CMD_GROUP_SET:
	case SGNL_CMD_GROUP_DEL:
	case SGNL_CMD_RULE_ADD:
	case SGNL_CMD_RULE_SET:
	case SGNL_CMD_RULE_DEL:
	case SGNL_CMD_LIST_ADD:
	case SGNL_CMD_LIST_SET:
	case SGNL_CMD_LIST_DEL:
	case SGNL_CMD_LIST_ENTRY_ADD:
	case SGNL_CMD_LIST_ENTRY_DEL:
		return true;
	default:
		return false;
	}
}

static int check_audited(struct queue *queue, struct netlink_ext_ack *extack)
{
	const struct request *request;
	u32 index = 0;

	list_for_each_entry(request, &queue->requests, list) {
		if (!can_be_audited(request_cmd(request))) {
			NL_SET_ERR_MSG(extack,
				       "audit: a change of a group, a rule or a list expected; ports, members, platform traffic and guards stay as they are");
			set_index(extack, index);
			return -EINVAL;
		}
		index++;
	}
	return 0;
}

static int begin_audit(struct queue *queue, struct sgnl_change *change,
		       struct genl_info *info, u32 *changes, u64 *generation)
{
	struct sgnl_net *sn = sgnl_net(genl_info_net(info));
	struct sgnl_txn txn;
	int err;

	err = check_audited(queue, info->extack);
	if (err)
		return err;
	err = sgnl_txn_begin(&txn, sn, false);
	if (err) {
		sgnl_netlink_fail(info->extack, &txn);
		return err;
	}
	err = check_expected(&txn, info->attrs[SGNL_A_TXN_EXPECT]) ?:
	      apply_all(queue, &txn, change, info->extack, changes);
	if (!err && !*changes)
		err = sgnl_txn_fail(&txn, -EINVAL,
				    "audit: nothing would change, a change expected");
	if (!err)
		err = sgnl_txn_prepare(&txn) ?: sgnl_audit_start(&txn);
	*generation = sgnl_net_config(sn)->generation;
	sgnl_txn_abort(&txn);
	sgnl_txn_end(&txn);
	if (err)
		sgnl_netlink_fail(info->extack, &txn);
	return err;
}

/**
 * sgnl_nl_audit_start_doit() - begins an audit of the socket's transaction
 * @skb: the request
 * @info: the request
 *
 * The transaction ends, whatever comes of it, unless the request is malformed.
 *
 * Return: 0, -ENOENT if there is none, -ESTALE if another generation was
 * expected, -EBUSY if an audit runs or a commit waits to be confirmed, or the
 * error of the request that failed.
 */
int sgnl_nl_audit_start_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sgnl_change *change;
	struct queue *queue;
	u32 changes = 0;
	u64 generation;
	int err;

	err = sgnl_netlink_check_repeated(info->nlhdr, 0, info->extack);
	if (err)
		return err;
	queue = take_queue(genl_info_net(info), info->snd_portid, info->extack);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	change = kmalloc(sizeof(*change), GFP_KERNEL);
	err = change ? begin_audit(queue, change, info, &changes, &generation) :
		       -ENOMEM;
	kfree(change);
	free_queue(queue);
	return err ?: reply(info, changes, generation, 0);
}

/**
 * sgnl_nl_audit_commit_doit() - puts the candidate of the audit in force
 * @skb: the request
 * @info: the request, of any socket
 *
 * Return: 0, -ENOENT if there is no audit, -ESTALE if it is over, -EBUSY if a
 * commit waits to be confirmed, or another error, whereupon it goes on.
 */
int sgnl_nl_audit_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sgnl_net *sn = sgnl_net(genl_info_net(info));
	struct sgnl_txn txn;
	u64 generation;
	int err;

	err = sgnl_netlink_check_repeated(info->nlhdr, 0, info->extack);
	if (err)
		return err;
	err = sgnl_txn_begin(&txn, sn, false);
	if (err) {
		sgnl_netlink_fail(info->extack, &txn);
		return err;
	}
	read_wishes(&txn, info);
	err = sgnl_audit_take(&txn) ?: sgnl_txn_commit(&txn);
	if (err)
		sgnl_txn_abort(&txn);
	else
		notify_txn(sn, SGNL_CMD_AUDIT_COMMIT, txn.confirm);
	generation = sgnl_net_config(sn)->generation;
	sgnl_txn_end(&txn);
	if (err) {
		sgnl_netlink_fail(info->extack, &txn);
		return err;
	}
	return reply(info, 0, generation, 0);
}

static int say_none(struct genl_info *info, int err)
{
	if (err == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "no commit waits to be confirmed");
	return err;
}

/**
 * sgnl_nl_txn_confirm_doit() - leaves the commit in force that waits for it
 * @skb: the request
 * @info: the request, of any socket
 *
 * Return: 0, or -ENOENT if none waits.
 */
int sgnl_nl_txn_confirm_doit(struct sk_buff *skb, struct genl_info *info)
{
	return say_none(info, sgnl_confirm(sgnl_net(genl_info_net(info))));
}

/**
 * sgnl_nl_txn_rollback_doit() - takes the commit back that waits
 * @skb: the request
 * @info: the request, of any socket
 *
 * Return: 0, -ENOENT if none waits, or another error, whereupon it still waits.
 */
int sgnl_nl_txn_rollback_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sgnl_net *sn = sgnl_net(genl_info_net(info));

	return say_none(info, sgnl_confirm_rollback(sn));
}

static int socket_event(struct notifier_block *block, unsigned long event,
			void *ptr)
{
	const struct netlink_notify *notify = ptr;
	struct queue *queue;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	queue = take_queue(notify->net, notify->portid, NULL);
	if (!IS_ERR(queue))
		free_queue(queue);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = socket_event,
};

/**
 * sgnl_nl_txn_init() - begins to follow the end of sockets
 *
 * Return: 0 or an error.
 */
int sgnl_nl_txn_init(void)
{
	return netlink_register_notifier(&notifier);
}

/**
 * sgnl_nl_txn_exit() - drops what transactions there are
 *
 * The family is gone; no request comes any more.
 */
void sgnl_nl_txn_exit(void)
{
	struct queue *queue, *tmp;

	netlink_unregister_notifier(&notifier);
	list_for_each_entry_safe(queue, tmp, &queues, list)
		free_queue(queue);
}
