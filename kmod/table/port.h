/* SPDX-License-Identifier: GPL-2.0 */
/* Ports: what lives as long as the device, and what snapshots say of it. */
#ifndef SGNL_TABLE_PORT_H
#define SGNL_TABLE_PORT_H

#include <linux/atomic.h>
#include <linux/hashtable.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/refcount.h>
#include "../core/chain.h"
#include "../core/guard.h"
#include "../core/limits.h"
#include "policy_cache.h"
#include "stats.h"

struct sgnl_net;
struct sgnl_port;

/**
 * enum sgnl_link - where a hook finds the network header
 * @SGNL_LINK_NONE: where the skb says, on a device without link-layer headers
 * @SGNL_LINK_RECEIVED: likewise, behind an Ethernet header
 * @SGNL_LINK_SENT: behind the Ethernet header with which the skb begins
 */
enum sgnl_link {
	SGNL_LINK_NONE,
	SGNL_LINK_RECEIVED,
	SGNL_LINK_SENT,
};

/**
 * struct sgnl_port_hook - one of a port's two netfilter hooks
 * @port: the port
 * @direction: enum sgnl_direction of the packets that meet it
 * @link: enum sgnl_link
 * @tag: of hints of these packets
 * @in_session: where to count those that pass as of a session
 * @ops: as registered
 */
struct sgnl_port_hook {
	struct sgnl_port *port;
	u8 direction;
	u8 link;
	u32 tag;
	u64 __percpu *in_session;
	struct nf_hook_ops ops;
};

/**
 * struct sgnl_port - a guarded device
 * @sn: its network namespace
 * @stats: its counters
 * @id: its number in its namespace, not used again
 * @flow: its number among the ports of all namespaces, by which flows name it;
 *        another port's once this one is freed
 * @slot: its place in a snapshot's ports, while it is in one
 * @ifindex: the device's number
 * @attached: when its hooks were registered; by sgnl_session_now()
 * @side: enum sgnl_side
 * @hooked: hooks are registered; under RTNL
 * @guarded: a guard pattern holds the device (D1); written under RTNL
 * @gone: it meets no more packets, and what it leaves is purged
 * @hook: its netfilter hooks, ingress and egress
 * @dev: the device; valid while @hooked
 * @node: in its namespace's ports by device
 * @ref: settings that name it
 * @sessions: how many it holds
 * @room: those of them that make room for others (S10), longest so first
 * @room_lock: of @room; taken inside the lock of a session's part
 * @fragments: how many of its datagrams are under way in fragments
 *
 * What all packets read is in front, what those write that open sessions is at
 * the end, and the second hook's @ops lie between, so that no cache line has
 * both. All of it is less than 256 bytes, which is what the kernel gives it.
 */
struct sgnl_port {
	struct sgnl_net *sn;
	struct sgnl_stats __percpu *stats;
	u32 id;
	u32 flow;
	u32 slot;
	int ifindex;
	u32 attached;
	u8 side;
	bool hooked;
	bool guarded;
	bool gone;
	struct sgnl_port_hook hook[2];
	struct net_device *dev;
	struct hlist_node node;
	refcount_t ref;
	atomic_t sessions;
	struct sgnl_chain room;
	spinlock_t room_lock; /* @room */
	atomic_t fragments;
};

/**
 * enum sgnl_port_setting - what a port can be told, by one number each
 * @SGNL_PORT_SMTP: enum sgnl_smtp
 * @SGNL_PORT_TRUNK: VLAN tags pass, on a guest port
 * @SGNL_PORT_GUARD: the address guard is on (E1)
 * @SGNL_PORT_PMTUD: enum sgnl_pmtud
 * @SGNL_PORT_ADOPT: seconds from attaching in which sessions are adopted (S5)
 * @SGNL_PORT_IDLE_ESTABLISHED: seconds (S2)
 * @SGNL_PORT_IDLE_CLOSING: seconds
 * @SGNL_PORT_IDLE_OTHER: seconds
 * @SGNL_PORT_SESSIONS: how many it may hold (S10)
 * @SGNL_PORT_FOLLOW: its addresses are those of the device (M2)
 * @SGNL_PORT_SETTINGS: how many settings there are
 */
enum sgnl_port_setting {
	SGNL_PORT_SMTP,
	SGNL_PORT_TRUNK,
	SGNL_PORT_GUARD,
	SGNL_PORT_PMTUD,
	SGNL_PORT_ADOPT,
	SGNL_PORT_IDLE_ESTABLISHED,
	SGNL_PORT_IDLE_CLOSING,
	SGNL_PORT_IDLE_OTHER,
	SGNL_PORT_SESSIONS,
	SGNL_PORT_FOLLOW,
	SGNL_PORT_SETTINGS,
};

/**
 * struct sgnl_port_conf - what one snapshot says of a port
 * @ref: arrays that hold it; with one it may be written to
 * @port: the port
 * @policy: what its groups decide, or NULL if it is in none
 * @epoch: what the sessions that it opens have; grows when some are cut or are
 *         to be judged again
 * @judged: sessions of an epoch before this one are judged again (S7)
 * @judged_platform: those of platform traffic, if of one before this one
 * @cut: sessions of an epoch before this one are cut, whatever they are; not
 *       above @judged
 * @vpc: address scope of its groups
 * @setting: by enum sgnl_port_setting
 * @n_groups: how many groups
 * @group: their numbers, ascending
 * @n_ethertypes: how many ethertypes
 * @ethertype: those let through besides IP, ARP and tags
 * @n_addresses: how many addresses
 * @address: its own addresses, members of its groups; NULL if it has none
 */
struct sgnl_port_conf {
	refcount_t ref;
	struct sgnl_port *port;
	struct sgnl_policy_entry *policy;
	u32 epoch;
	u32 judged;
	u32 judged_platform;
	u32 cut;
	u32 vpc;
	u32 setting[SGNL_PORT_SETTINGS];
	unsigned int n_groups;
	u32 group[SGNL_PORT_GROUPS_MAX];
	unsigned int n_ethertypes;
	u16 ethertype[SGNL_PORT_ETHERTYPES_MAX];
	unsigned int n_addresses;
	struct sgnl_port_address *address;
};

/**
 * sgnl_port_conf_guards() - does the port's address guard have a say (E1)?
 * @conf: its settings
 *
 * Context: any.
 */
static inline bool sgnl_port_conf_guards(const struct sgnl_port_conf *conf)
{
	return conf->setting[SGNL_PORT_GUARD] && conf->n_addresses;
}

/**
 * sgnl_port_conf_tags() - may its packets have VLAN tags (E0)?
 * @conf: its settings
 *
 * Context: any.
 */
static inline bool sgnl_port_conf_tags(const struct sgnl_port_conf *conf)
{
	return conf->port->side != SGNL_SIDE_GUEST ||
	       conf->setting[SGNL_PORT_TRUNK];
}

struct sgnl_port *sgnl_port_create(struct sgnl_net *sn, struct net_device *dev,
				   u32 id, u8 side, gfp_t gfp);
void sgnl_port_destroy(struct sgnl_port *port);
struct sgnl_port *sgnl_port_by_flow(u32 flow);
struct sgnl_port_conf *sgnl_port_conf_create(struct sgnl_port *port, gfp_t gfp);
struct sgnl_port_conf *sgnl_port_conf_clone(const struct sgnl_port_conf *conf,
					    gfp_t gfp);
int sgnl_port_conf_set_addresses(struct sgnl_port_conf *conf,
				 const struct sgnl_port_address *address,
				 unsigned int n, gfp_t gfp);
void sgnl_port_conf_hand_over(struct sgnl_port_conf *conf,
			      struct sgnl_port *port);
void sgnl_port_conf_put(struct sgnl_port_conf *conf);
bool sgnl_port_conf_in_group(const struct sgnl_port_conf *conf, u32 group);

extern const struct sgnl_array_ops sgnl_ports_ops;

#endif
