/* SPDX-License-Identifier: GPL-2.0 */
/* Transactions: how one snapshot follows another. */
#ifndef SGNL_TABLE_TXN_H
#define SGNL_TABLE_TXN_H

#include <linux/list.h>
#include "net.h"
#include "session.h"

#define SGNL_ERROR_MAX 256

/*
 * Groups, lists, ports and rules are numbered up to this; rules then with what
 * is free from the first on, as one that is restored may have had the last id.
 */
#define SGNL_ID_MAX    0x7fffffffu

/**
 * struct sgnl_port_ops - how a device is taken hold of
 * @attach: registers a port's hooks; may sleep, under RTNL; 0 or an error
 * @detach: takes them off again
 * @close: if a guard pattern holds the device, it passes nothing from now on,
 *         with the hooks or without
 * @open: the hooks alone decide from now on
 * @addresses: puts the device's own addresses where there is room for
 *             SGNL_PORT_ADDRESSES_MAX, under RTNL; how many there are
 */
struct sgnl_port_ops {
	int (*attach)(struct sgnl_port *port);
	void (*detach)(struct sgnl_port *port);
	void (*close)(struct sgnl_port *port);
	void (*open)(struct sgnl_port *port);
	unsigned int (*addresses)(const struct sgnl_port *port,
				  struct sgnl_port_address *address);
};

/**
 * struct sgnl_held - a device that patterns hold
 * @ifindex: its number
 * @patterns: bits of the patterns; 0 if it has gone
 */
struct sgnl_held {
	int ifindex;
	u64 patterns;
};

/**
 * struct sgnl_guard_ops - how devices are held that patterns match
 * @held: lists those that are, unless there is no room to put them; how many
 * @prepare: gets ready to hold what the next snapshot's patterns match, and what
 *           they held already; may sleep, under RTNL; 0 or an error
 * @cancel: takes that back
 * @settle: the next snapshot is in force, after @old: closes what is newly
 *          held and is no port, lets go of what is held by nothing
 */
struct sgnl_guard_ops {
	unsigned int (*held)(struct sgnl_net *sn, struct sgnl_held *held);
	int (*prepare)(struct sgnl_net *sn, const struct sgnl_config *next,
		       const struct sgnl_held *again, unsigned int n_again);
	void (*cancel)(struct sgnl_net *sn);
	void (*settle)(struct sgnl_net *sn, const struct sgnl_config *old);
};

/**
 * struct sgnl_txn - a transaction being made
 * @sn: the namespace, whose lock it holds
 * @config: the snapshot that it makes
 * @retired: what becomes of the old one
 * @touched: members that it changes
 * @added: ports to attach
 * @removed: ports to detach
 * @gfp: how to allocate
 * @rtnl: it holds RTNL too, and may add and remove ports
 * @stale: policies may no longer fit
 * @cut: some port's sessions are cut
 * @patterns: guard patterns are added or deleted
 * @expires: rules are added or set that expire
 * @held: groups that ports or other groups' rules hold, and how often, by number;
 *	  or more, while @knows_held is set
 * @knows_held: @held is complete
 * @asked_held: it was asked what holds a group
 * @fate: enum sgnl_fate, what is asked for of the sessions that there are
 * @confirm: seconds within which it is to be confirmed, or 0 (C3)
 * @pending: what is kept until then, once the commit has begun
 * @again: devices that its patterns held when they were in force before
 * @n_again: how many
 * @next_group: number of the next group
 * @next_rule: id of the next rule; above SGNL_ID_MAX, they have begun anew
 * @next_port: number of the next port
 * @next_list: number of the next list
 * @error: what is wrong, for people
 */
struct sgnl_txn {
	struct sgnl_net *sn;
	struct sgnl_config *config;
	struct sgnl_retired *retired;
	struct list_head touched;
	struct list_head added;
	struct list_head removed;
	gfp_t gfp;
	bool rtnl;
	bool stale;
	bool cut;
	bool patterns;
	bool expires;
	bool knows_held;
	bool asked_held;
	struct xarray held;
	u8 fate;
	unsigned int confirm;
	struct sgnl_pending *pending;
	const struct sgnl_held *again;
	unsigned int n_again;
	u32 next_group;
	u32 next_rule;
	u32 next_port;
	u32 next_list;
	char error[SGNL_ERROR_MAX];
};

/**
 * struct sgnl_group_args - words about a group
 * @name: its name
 * @description: text, or NULL if not given
 * @vpc: address scope
 * @type: enum sgnl_group_type
 * @internal_policy: enum sgnl_internal_policy
 * @has_internal_policy: it was given
 */
struct sgnl_group_args {
	const char *name;
	const char *description;
	u32 vpc;
	u8 type;
	u8 internal_policy;
	bool has_internal_policy;
};

/**
 * struct sgnl_rule_args - words about a rule
 * @group: name of its group
 * @peer_group: name of the peer group, or NULL
 * @peer_list: name of the prefix list that is the peer, or NULL
 * @port_list: name of the port list, or NULL
 * @description: text, or NULL if not given
 * @expires: when it is deleted, in seconds of UTC, or 0 (R14)
 * @rule: the rest, in canonical form but for the groups' and lists' numbers
 */
struct sgnl_rule_args {
	const char *group;
	const char *peer_group;
	const char *peer_list;
	const char *port_list;
	const char *description;
	time64_t expires;
	struct sgnl_rule rule;
};

/**
 * struct sgnl_port_args - words about a port
 * @ifindex: the device
 * @side: enum sgnl_side
 * @given: bit 1 << enum sgnl_port_setting for each setting given
 * @setting: those settings
 * @has_addresses: the addresses were given
 * @has_ethertypes: the ethertypes were given
 * @n_groups: how many groups
 * @group: their names
 * @n_addresses: how many addresses
 * @address: the addresses
 * @n_ethertypes: how many ethertypes
 * @ethertype: the ethertypes
 */
struct sgnl_port_args {
	int ifindex;
	u8 side;
	u32 given;
	u32 setting[SGNL_PORT_SETTINGS];
	bool has_addresses;
	bool has_ethertypes;
	unsigned int n_groups;
	char group[SGNL_PORT_GROUPS_MAX][SGNL_NAME_MAX + 1];
	unsigned int n_addresses;
	struct sgnl_port_address address[SGNL_PORT_ADDRESSES_MAX];
	unsigned int n_ethertypes;
	u16 ethertype[SGNL_PORT_ETHERTYPES_MAX];
};

/**
 * struct sgnl_platform_args - words about an item of platform traffic
 * @item: enum sgnl_platform_item
 * @on: its packets pass
 * @has_switch: @on was given
 * @has_list: the prefixes were given
 * @list: the prefixes
 */
struct sgnl_platform_args {
	u8 item;
	bool on;
	bool has_switch;
	bool has_list;
	struct sgnl_platform_list list;
};

/**
 * struct sgnl_list_args - words about a list
 * @name: its name
 * @description: text, or NULL if not given
 * @kind: enum sgnl_list_kind
 * @family: enum sgnl_family, of a prefix list
 * @max: entries that there may be
 * @has_entries: the entries were given
 * @entries: the entries
 */
struct sgnl_list_args {
	const char *name;
	const char *description;
	u8 kind;
	u8 family;
	u16 max;
	bool has_entries;
	struct sgnl_list_entries entries;
};

/**
 * struct sgnl_txn_port - a port in a transaction's list
 * @list: in the list
 * @port: the port
 */
struct sgnl_txn_port {
	struct list_head list;
	struct sgnl_port *port;
};

void sgnl_txn_init(const struct sgnl_port_ops *ports,
		   const struct sgnl_guard_ops *guards);

unsigned int sgnl_txn_held(struct sgnl_net *sn, struct sgnl_held *held);
int sgnl_txn_begin(struct sgnl_txn *txn, struct sgnl_net *sn, bool rtnl);
int sgnl_txn_prepare(struct sgnl_txn *txn);
int sgnl_txn_preview(struct sgnl_txn *txn, struct sgnl_session_cursor *cursor,
		     int (*show)(struct sgnl_session_entry *entry, void *arg),
		     void *arg);
int sgnl_txn_begin_own(struct sgnl_txn *txn, struct sgnl_net *sn);
int sgnl_txn_commit(struct sgnl_txn *txn);
void sgnl_txn_abort(struct sgnl_txn *txn);
void sgnl_txn_end(struct sgnl_txn *txn);
int __printf(3, 4)
	sgnl_txn_fail(struct sgnl_txn *txn, int err, const char *format, ...);

int sgnl_txn_group_add(struct sgnl_txn *txn,
		       const struct sgnl_group_args *args);
int sgnl_txn_group_set(struct sgnl_txn *txn,
		       const struct sgnl_group_args *args);
int sgnl_txn_group_del(struct sgnl_txn *txn, const char *name);
int sgnl_txn_rule_add(struct sgnl_txn *txn, const struct sgnl_rule_args *args,
		      u32 *id);
int sgnl_txn_rule_set(struct sgnl_txn *txn, const struct sgnl_rule_args *args);
int sgnl_txn_rule_del(struct sgnl_txn *txn, const struct sgnl_rule_args *args,
		      u32 *id);
int sgnl_txn_member_add(struct sgnl_txn *txn, struct sgnl_group *group,
			const struct sgnl_addr *addr, u8 family);
int sgnl_txn_member_del(struct sgnl_txn *txn, struct sgnl_group *group,
			const struct sgnl_addr *addr, u8 family);
int sgnl_txn_port_add(struct sgnl_txn *txn, struct sgnl_port_args *args);
int sgnl_txn_port_set(struct sgnl_txn *txn, struct sgnl_port_args *args);
int sgnl_txn_port_del(struct sgnl_txn *txn, int ifindex);
int sgnl_txn_port_join(struct sgnl_txn *txn, const struct sgnl_port_args *args);
int sgnl_txn_port_leave(struct sgnl_txn *txn,
			const struct sgnl_port_args *args);
int sgnl_txn_port_move(struct sgnl_txn *txn, const struct sgnl_port_args *args);
int sgnl_txn_platform_set(struct sgnl_txn *txn,
			  const struct sgnl_platform_args *args);
int sgnl_txn_guard_add(struct sgnl_txn *txn, const char *text);
int sgnl_txn_guard_del(struct sgnl_txn *txn, const char *text);
int sgnl_txn_list_add(struct sgnl_txn *txn, const struct sgnl_list_args *args);
int sgnl_txn_list_set(struct sgnl_txn *txn, const struct sgnl_list_args *args);
int sgnl_txn_list_del(struct sgnl_txn *txn, const struct sgnl_list_args *args);
int sgnl_txn_list_entry_add(struct sgnl_txn *txn,
			    const struct sgnl_list_args *args);
int sgnl_txn_list_entry_del(struct sgnl_txn *txn,
			    const struct sgnl_list_args *args);

/* For the changes themselves. */
int sgnl_txn_begin_from(struct sgnl_txn *txn, struct sgnl_net *sn,
			const struct sgnl_config *from, gfp_t gfp);
int sgnl_txn_out_of_memory(struct sgnl_txn *txn);
struct sgnl_group *sgnl_txn_find_group(struct sgnl_txn *txn, const char *name);
struct sgnl_list *sgnl_txn_find_list(struct sgnl_txn *txn, const char *name,
				     u8 kind);
struct sgnl_group *sgnl_txn_own_group(struct sgnl_txn *txn,
				      struct sgnl_group *group);
struct sgnl_port_conf *sgnl_txn_own_port(struct sgnl_txn *txn,
					 struct sgnl_port_conf *conf);
int sgnl_txn_change_member(struct sgnl_txn *txn, struct sgnl_group *group,
			   const struct sgnl_addr *addr, u8 family, bool port,
			   bool add);
void sgnl_txn_take_addresses(struct sgnl_port_args *args,
			     const struct sgnl_port *port);
int sgnl_txn_group_unheld(struct sgnl_txn *txn, const struct sgnl_group *group);
void sgnl_txn_forget_held(struct sgnl_txn *txn);
int sgnl_txn_judge_again(struct sgnl_txn *txn);
void sgnl_txn_settle_sessions(struct sgnl_net *sn,
			      const struct sgnl_config *old,
			      const struct sgnl_config *new, u8 fate);
int sgnl_txn_follow_now(struct sgnl_txn *txn, struct sgnl_port_conf *conf);

void sgnl_txn_rules_ended(struct sgnl_net *sn, struct xarray *rules);
bool sgnl_txn_device_gone(struct sgnl_net *sn, int ifindex);
int sgnl_txn_follow(struct sgnl_net *sn,
		    void (*followed)(struct sgnl_net *sn, int ifindex));
void sgnl_txn_retire(struct work_struct *work);

#endif
