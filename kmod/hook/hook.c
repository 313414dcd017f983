// SPDX-License-Identifier: GPL-2.0
/*
 * The packet path: from a frame at a netfilter hook to its verdict.
 *
 * Everything runs under RCU. The snapshot of the configuration and the clock
 * are read once a packet and handed down.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>

#include "../core/guard.h"
#include "../table/net.h"
#include "../table/session.h"
#include "hook.h"
#include "judgement.h"

static const struct sgnl_hook_observer *observer;

/**
 * struct packet - a packet on its way through here
 * @skb: the packet
 * @offset: bytes from skb->data to its network header
 * @ethertype: what the header is, in host byte order
 * @j: its judgement
 */
struct packet {
	struct sk_buff *skb;
	int offset;
	u16 ethertype;
	struct sgnl_judgement j;
};

/*
 * On receipt the stack has told the network header and the ethertype already.
 * On transmission skb->data is at the link-layer header, and what counts is
 * what goes onto the wire: the skb->protocol of a packet socket's frame need
 * not be what the frame says. False if the frame ends before its network header.
 */
static bool find_network_header(struct packet *p, unsigned int hook)
{
	struct sk_buff *skb = p->skb;
	const struct ethhdr *eth;
	struct ethhdr buf;

	p->offset = skb_network_offset(skb);
	p->ethertype = ntohs(skb->protocol);
	if (p->j.port->dev->type != ARPHRD_ETHER)
		return p->offset >= 0 && p->offset <= (int)skb->len;
	if (hook == NF_NETDEV_INGRESS) {
		p->j.key.multicast = skb->pkt_type == PACKET_BROADCAST ||
				     skb->pkt_type == PACKET_MULTICAST;
		return true;
	}
	p->offset = ETH_HLEN;
	eth = skb_header_pointer(skb, 0, sizeof(buf), &buf);
	if (!eth)
		return false;
	p->j.key.multicast = is_multicast_ether_addr(eth->h_dest);
	p->ethertype = ntohs(eth->h_proto);
	return true;
}

static bool is_vlan(u16 ethertype)
{
	return ethertype == ETH_P_8021Q || ethertype == ETH_P_8021AD;
}

/* Steps over the tags, those in the skb and those in the frame (E0). */
static enum sgnl_reason read_tags(struct packet *p)
{
	unsigned int n = 0;

	if (skb_vlan_tag_present(p->skb))
		p->j.key.vlan[n++] = SGNL_VLAN_PRESENT |
				     skb_vlan_tag_get_id(p->skb);
	while (is_vlan(p->ethertype)) {
		const struct vlan_hdr *h;
		struct vlan_hdr buf;

		if (n == SGNL_VLAN_DEPTH)
			return SGNL_REASON_VLAN_DEPTH;
		h = skb_header_pointer(p->skb, p->offset, sizeof(buf), &buf);
		if (!h)
			return SGNL_REASON_VLAN_TAG;
		p->j.key.vlan[n++] = SGNL_VLAN_PRESENT |
				     (ntohs(h->h_vlan_TCI) & VLAN_VID_MASK);
		p->ethertype = ntohs(h->h_vlan_encapsulated_proto);
		p->offset += VLAN_HLEN;
	}
	return sgnl_judgement_tags_denied(&p->j) ? SGNL_REASON_VLAN_TAG :
						   SGNL_REASON_UNSPEC;
}

/* E0 for what is not IP. */
static enum sgnl_reason judge_other(const struct packet *p)
{
	unsigned int i;

	if (p->j.port->side == SGNL_SIDE_SELF)
		return SGNL_REASON_NOT_IP;
	if (p->ethertype == ETH_P_ARP &&
	    sgnl_platform_on(&p->j.config->platform->platform,
			     SGNL_PLATFORM_ITEM_ARP))
		return SGNL_REASON_ARP;
	for (i = 0; i < p->j.conf->n_ethertypes; i++)
		if (p->j.conf->ethertype[i] == p->ethertype)
			return SGNL_REASON_NOT_IP;
	return SGNL_REASON_ETHERTYPE;
}

/* E1 for what is not IP and would pass by E0: ARP says who sends it. */
static enum sgnl_reason guard_other(const struct packet *p,
				    enum sgnl_reason reason)
{
	int len = min_t(int, p->skb->len - p->offset, SGNL_GUARD_ARP_BYTES);
	u8 buf[SGNL_GUARD_ARP_BYTES];
	const u8 *arp;

	if (p->ethertype != ETH_P_ARP || !sgnl_reasons[reason].passes ||
	    !sgnl_judgement_guards(&p->j) ||
	    p->j.key.direction != SGNL_DIRECTION_OUT)
		return reason;
	arp = skb_header_pointer(p->skb, p->offset, len, buf);
	if (!arp)
		return SGNL_REASON_ADDRESS;
	return sgnl_guard_arp(p->j.conf->address, p->j.conf->n_addresses, arp, len) ?:
		       reason;
}

static enum sgnl_reason judge_ip(struct packet *p)
{
	size_t len = p->skb->len - p->offset;
	size_t avail = min_t(size_t, len, SGNL_PACKET_BYTES);
	u8 buf[SGNL_PACKET_BYTES];
	const u8 *data;

	data = skb_header_pointer(p->skb, p->offset, avail, buf);
	if (!data)
		return SGNL_REASON_IP_HEADER;
	return sgnl_judgement_ip(&p->j, data, avail, len, skb_is_gso(p->skb));
}

static enum sgnl_reason judge(struct packet *p, unsigned int hook)
{
	enum sgnl_reason reason;

	if (!find_network_header(p, hook))
		return SGNL_REASON_FRAME;
	if (!p->j.conf->policy && READ_ONCE(p->j.port->guarded))
		return SGNL_REASON_GUARD; /* D1 */
	reason = read_tags(p);
	if (reason)
		return reason;
	if (p->ethertype == ETH_P_IP)
		p->j.key.family = SGNL_FAMILY_IPV4;
	else if (p->ethertype == ETH_P_IPV6)
		p->j.key.family = SGNL_FAMILY_IPV6;
	else
		return guard_other(p, judge_other(p));
	return judge_ip(p);
}

static void report(const struct packet *p, enum sgnl_reason reason)
{
	struct sgnl_denial denial = {
		.port = p->j.port,
		.direction = p->j.key.direction,
		.reason = reason,
		.rule = p->j.rule ? p->j.rule->id : 0,
		.ethertype = p->ethertype,
		.offset = p->offset,
	};

	observer->denied(&denial, p->skb);
}

/* Without settings a held device is as closed as one that is no port (D1). */
static bool passes_unjudged(const struct packet *p)
{
	if (!READ_ONCE(p->j.port->guarded))
		return true;
	sgnl_stats_count(p->j.port->stats, p->j.key.direction,
			 SGNL_REASON_GUARD);
	return false;
}

/* Whether the packet passes, counted and told. */
static bool passes(struct packet *p, unsigned int hook)
{
	enum sgnl_reason reason;

	p->j.config = rcu_dereference(p->j.port->sn->config);
	p->j.conf = sgnl_config_port(p->j.config, p->j.port);
	if (!p->j.conf) /* not a port yet, or no longer */
		return passes_unjudged(p);
	p->j.now = sgnl_session_now();

	reason = judge(p, hook);
	sgnl_stats_count(p->j.port->stats, p->j.key.direction, reason);
	sgnl_platform_count(p->j.port->sn->platform_stats, reason);
	if (p->j.rule)
		sgnl_rule_entry_hit(p->j.rule, p->skb->len - p->offset);
	if (sgnl_reasons[reason].passes)
		return true;
	report(p, reason);
	return false;
}

/**
 * sgnl_hook() - the netfilter hook of a port's one direction
 * @priv: struct sgnl_port_hook
 * @skb: the packet
 * @state: where it was met
 *
 * Context: softirq or process context with bottom halves off. Transmission
 * holds RCU's bottom-half flavour alone, so RCU is entered here.
 * Return: NF_ACCEPT, or NF_STOLEN of a packet that was dropped.
 */
unsigned int sgnl_hook(void *priv, struct sk_buff *skb,
		       const struct nf_hook_state *state)
{
	const struct sgnl_port_hook *hook = priv;
	struct packet p = {
		.skb = skb,
		.j.port = hook->port,
		.j.key.direction = hook->direction,
	};
	bool pass;

	rcu_read_lock();
	pass = passes(&p, state->hook);
	rcu_read_unlock();
	if (pass)
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
