// SPDX-License-Identifier: GPL-2.0
/*
 * The packet path: from a frame at a netfilter hook to its verdict.
 *
 * Everything runs under RCU. The snapshot of the configuration and the clock
 * are read once a packet and handed down.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>

#include "../compat/compiler.h"
#include "../core/guard.h"
#include "../core/plain.h"
#include "../table/net.h"
#include "../table/session.h"
#include "hook.h"
#include "judgement.h"

static const struct sgnl_hook_observer *observer;

/**
 * struct frame - a packet and where its network header is
 * @skb: the packet
 * @offset: bytes from skb->data to its network header
 * @ethertype: what the header is, in host byte order
 * @multicast: the link-layer header says that it is for many
 * @whole: there is a network header
 */
struct frame {
	struct sk_buff *skb;
	int offset;
	u16 ethertype;
	bool multicast;
	bool whole;
};

/* The Ethernet header with which a frame begins; always true. */
static bool read_ethernet(struct frame *f, const struct ethhdr *eth)
{
	f->offset = ETH_HLEN;
	f->multicast = is_multicast_ether_addr(eth->h_dest);
	f->ethertype = ntohs(eth->h_proto);
	return true;
}

/* The same of one that is not linear so far. */
static noinline bool copy_ethernet(struct frame *f)
{
	struct ethhdr eth;

	return !skb_copy_bits(f->skb, 0, &eth, sizeof(eth)) &&
	       read_ethernet(f, &eth);
}

/*
 * On receipt the stack has told the network header and the ethertype already.
 * On transmission skb->data is at the link-layer header, and what counts is
 * what goes onto the wire: the skb->protocol of a packet socket's frame need
 * not be what the frame says. False if the frame ends before its network header.
 */
static bool find_network_header(struct frame *f, enum sgnl_link link)
{
	const struct sk_buff *skb = f->skb;

	f->offset = skb_network_offset(skb);
	f->ethertype = ntohs(skb->protocol);
	switch (link) {
	case SGNL_LINK_NONE:
		return f->offset >= 0 && f->offset <= (int)skb->len;
	case SGNL_LINK_RECEIVED:
		f->multicast = skb->pkt_type == PACKET_BROADCAST ||
			       skb->pkt_type == PACKET_MULTICAST;
		return true;
	case SGNL_LINK_SENT:
		if (skb_headlen(skb) < ETH_HLEN)
			return copy_ethernet(f);
		return read_ethernet(f, (const struct ethhdr *)skb->data);
	}
	return false;
}

static u8 family_of(const struct frame *f)
{
	switch (f->ethertype) {
	case ETH_P_IP:
		return SGNL_FAMILY_IPV4;
	case ETH_P_IPV6:
		return SGNL_FAMILY_IPV6;
	default:
		return SGNL_FAMILY_ANY;
	}
}

static bool is_vlan(u16 ethertype)
{
	return ethertype == ETH_P_8021Q || ethertype == ETH_P_8021AD;
}

/* Steps over the tags, those in the skb and those in the frame (E0). */
static enum sgnl_reason read_tags(struct frame *f, struct sgnl_judgement *j)
{
	unsigned int n = 0;

	if (skb_vlan_tag_present(f->skb))
		j->key.vlan[n++] = SGNL_VLAN_PRESENT |
				   skb_vlan_tag_get_id(f->skb);
	while (is_vlan(f->ethertype)) {
		const struct vlan_hdr *h;
		struct vlan_hdr buf;

		if (n == SGNL_VLAN_DEPTH)
			return SGNL_REASON_VLAN_DEPTH;
		h = skb_header_pointer(f->skb, f->offset, sizeof(buf), &buf);
		if (!h)
			return SGNL_REASON_VLAN_TAG;
		j->key.vlan[n++] = SGNL_VLAN_PRESENT |
				   (ntohs(h->h_vlan_TCI) & VLAN_VID_MASK);
		f->ethertype = ntohs(h->h_vlan_encapsulated_proto);
		f->offset += VLAN_HLEN;
	}
	return sgnl_judgement_tags_denied(j) ? SGNL_REASON_VLAN_TAG :
					       SGNL_REASON_UNSPEC;
}

/* E0 for what is not IP. */
static enum sgnl_reason judge_other(const struct frame *f,
				    const struct sgnl_judgement *j)
{
	unsigned int i;

	if (j->port->side == SGNL_SIDE_SELF)
		return SGNL_REASON_NOT_IP;
	if (f->ethertype == ETH_P_ARP &&
	    sgnl_platform_on(&j->config->platform->platform,
			     SGNL_PLATFORM_ITEM_ARP))
		return SGNL_REASON_ARP;
	for (i = 0; i < j->conf->n_ethertypes; i++)
		if (j->conf->ethertype[i] == f->ethertype)
			return SGNL_REASON_NOT_IP;
	return SGNL_REASON_ETHERTYPE;
}

/* E1 for what is not IP and would pass by E0: ARP says who sends it. */
static enum sgnl_reason guard_other(const struct frame *f,
				    const struct sgnl_judgement *j,
				    enum sgnl_reason reason)
{
	int len = min_t(int, f->skb->len - f->offset, SGNL_GUARD_ARP_BYTES);
	u8 buf[SGNL_GUARD_ARP_BYTES];
	const u8 *arp;

	if (f->ethertype != ETH_P_ARP || !sgnl_reasons[reason].passes ||
	    !sgnl_port_conf_guards(j->conf) ||
	    j->key.direction != SGNL_DIRECTION_OUT)
		return reason;
	arp = skb_header_pointer(f->skb, f->offset, len, buf);
	if (!arp)
		return SGNL_REASON_ADDRESS;
	return sgnl_guard_arp(j->conf->address, j->conf->n_addresses, arp, len) ?:
		       reason;
}

static enum sgnl_reason judge_ip(const struct frame *f,
				 struct sgnl_judgement *j)
{
	size_t len = f->skb->len - f->offset;
	size_t avail = min_t(size_t, len, SGNL_PACKET_BYTES);
	u8 buf[SGNL_PACKET_BYTES] SGNL_UNINITIALIZED;
	const u8 *data;

	data = skb_header_pointer(f->skb, f->offset, avail, buf);
	if (!data)
		return SGNL_REASON_IP_HEADER;
	return sgnl_judgement_ip(j, data, avail, len, skb_is_gso(f->skb));
}

static enum sgnl_reason judge(struct frame *f, struct sgnl_judgement *j)
{
	enum sgnl_reason reason;

	if (!f->whole)
		return SGNL_REASON_FRAME;
	if (sgnl_judgement_closed(j))
		return SGNL_REASON_GUARD;
	reason = read_tags(f, j);
	if (reason)
		return reason;
	j->key.family = family_of(f);
	return j->key.family ? judge_ip(f, j) :
			       guard_other(f, j, judge_other(f, j));
}

static void report(const struct frame *f, const struct sgnl_judgement *j,
		   enum sgnl_reason reason)
{
	struct sgnl_denial denial = {
		.port = j->port,
		.direction = j->key.direction,
		.reason = reason,
		.rule = j->rule ? j->rule->id : 0,
		.ethertype = f->ethertype,
		.offset = f->offset,
	};

	observer->denied(&denial, f->skb);
}

/* Without settings a held device is as closed as one that is no port (D1). */
static bool passes_unjudged(const struct sgnl_port_hook *hook)
{
	if (!READ_ONCE(hook->port->guarded))
		return true;
	sgnl_stats_count(hook->port->stats, hook->direction, SGNL_REASON_GUARD);
	return false;
}

/*
 * Reads a packet, if it is plain and neither E1 nor E2 has a say: its TCP flags,
 * or SGNL_PLAIN_NOT.
 */
static __always_inline int read_plain(struct sgnl_flow *flow,
				      const struct frame *f,
				      const struct sgnl_port_hook *hook,
				      const struct sgnl_config *config,
				      const struct sgnl_port_conf *conf)
{
	int avail = (int)skb_headlen(f->skb) - f->offset;
	int flags;

	sgnl_flow_begin(flow, hook->port->flow, family_of(f));
	if (!flow->family || f->multicast || skb_vlan_tag_present(f->skb) ||
	    !conf->policy || avail < 0)
		return SGNL_PLAIN_NOT;
	flags = sgnl_plain_read(flow, hook->direction, f->skb->data + f->offset,
				avail, f->skb->len - f->offset);
	if (flags == SGNL_PLAIN_NOT)
		return SGNL_PLAIN_NOT;
	if (sgnl_port_conf_guards(conf) &&
	    !sgnl_guard_plain(conf->address, conf->n_addresses, flow,
			      hook->direction))
		return SGNL_PLAIN_NOT;
	if (sgnl_platform_plain(&config->platform->platform, flow,
				hook->direction))
		return SGNL_PLAIN_NOT;
	return flags;
}

/* Whether a packet that was judged passes; counted and told. */
static bool passes(const struct frame *f, const struct sgnl_judgement *j,
		   enum sgnl_reason reason)
{
	struct sgnl_port *port = j->port;

	sgnl_stats_count(port->stats, j->key.direction, reason);
	if (j->rule)
		sgnl_rule_entry_hit(j->rule, f->skb->len - f->offset);
	if (sgnl_reasons[reason].passes) {
		sgnl_platform_count(port->sn->platform_stats, reason);
		return true;
	}
	report(f, j, reason);
	return false;
}

/* Each judgement enters RCU, as what it calls demands it by name. */
static noinline bool judged_passes(struct frame *f,
				   const struct sgnl_port_hook *hook,
				   const struct sgnl_config *config,
				   const struct sgnl_port_conf *conf, u32 now)
{
	struct sgnl_judgement j = {
		.port = hook->port,
		.config = config,
		.conf = conf,
		.now = now,
		.key.direction = hook->direction,
		.key.multicast = f->multicast,
	};
	bool pass;

	rcu_read_lock();
	pass = passes(f, &j, judge(f, &j));
	rcu_read_unlock();
	return pass;
}

static noinline bool
plain_passes(const struct frame *f, const struct sgnl_port_hook *hook,
	     const struct sgnl_config *config,
	     const struct sgnl_port_conf *conf, u32 now, u8 tcp_flags,
	     const struct sgnl_session_place *place, bool is_new)
{
	struct sgnl_judgement j = {
		.port = hook->port,
		.config = config,
		.conf = conf,
		.now = now,
		.key = sgnl_plain_key(&place->flow, tcp_flags, hook->direction),
		.place = *place,
		.is_new = is_new,
	};
	bool pass;

	rcu_read_lock();
	pass = passes(f, &j, sgnl_judgement_plain(&j));
	rcu_read_unlock();
	return pass;
}

/* The same, and a plain packet of a settled session at once (E3). */
static __always_inline bool meets(struct frame *f,
				  const struct sgnl_port_hook *hook,
				  const struct sgnl_config *config,
				  const struct sgnl_port_conf *conf)
{
	struct sgnl_session_place place SGNL_UNINITIALIZED;
	enum sgnl_session_plain seen;
	int plain = SGNL_PLAIN_NOT;
	u32 now = sgnl_session_now();

	f->whole = find_network_header(f, hook->link);
	if (f->whole)
		plain = read_plain(&place.flow, f, hook, config, conf);
	if (plain == SGNL_PLAIN_NOT)
		return judged_passes(f, hook, config, conf, now);
	seen = sgnl_session_plain(&place, sgnl_plain_midway(plain),
				  conf->judged, now);
	if (seen != SGNL_PLAIN_PASS)
		return plain_passes(f, hook, config, conf, now, plain, &place,
				    seen == SGNL_PLAIN_NEW);
	this_cpu_inc(*hook->in_session);
	return true;
}

/**
 * sgnl_hook() - the netfilter hook of a port's one direction
 * @priv: struct sgnl_port_hook
 * @skb: the packet
 * @state: where it was met
 *
 * Context: under RCU on receipt, with bottom halves off on transmission, for
 * which RCU waits as well.
 * Return: NF_ACCEPT, or NF_STOLEN of a packet that was dropped.
 */
unsigned int sgnl_hook(void *priv, struct sk_buff *skb,
		       const struct nf_hook_state *state)
{
	const struct sgnl_port_hook *hook = priv;
	const struct sgnl_config *config;
	const struct sgnl_port_conf *conf;
	struct frame f = { .skb = skb };

	config = rcu_dereference_check(hook->port->sn->config,
				       rcu_read_lock_bh_held());
	conf = sgnl_config_port(config, hook->port);
	/* Without settings it is not a port yet, or no longer. */
	if (conf ? meets(&f, hook, config, conf) : passes_unjudged(hook))
		return NF_ACCEPT;
	/* No errno: the drop is silent for a sender on this host too (E10). */
	return NF_DROP_REASON(skb, SKB_DROP_REASON_NETFILTER_DROP, 0);
}

/**
 * sgnl_hook_init() - tells who is told of denials
 * @who: the functions
 */
void sgnl_hook_init(const struct sgnl_hook_observer *who)
{
	observer = who;
}
