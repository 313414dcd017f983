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
#include <linux/in.h>

#include "../core/guard.h"
#include "../core/key.h"
#include "../core/match.h"
#include "../core/platform.h"
#include "../table/net.h"
#include "../table/session.h"
#include "hook.h"

static const struct sgnl_hook_observer *observer;

/**
 * struct packet - a packet on its way through here
 * @skb: the packet
 * @offset: bytes from skb->data to its network header
 * @ethertype: what the header is, in host byte order
 * @port: its port
 * @config: the snapshot that it is judged by
 * @conf: the port's settings in that snapshot
 * @now: the time
 * @key: what is known of it
 * @rule: the rule that decided, or NULL
 */
struct packet {
	struct sk_buff *skb;
	int offset;
	u16 ethertype;
	struct sgnl_port *port;
	const struct sgnl_config *config;
	const struct sgnl_port_conf *conf;
	u32 now;
	struct sgnl_key key;
	const struct sgnl_rule *rule;
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
	if (p->port->dev->type != ARPHRD_ETHER)
		return p->offset >= 0 && p->offset <= (int)skb->len;
	if (hook == NF_NETDEV_INGRESS) {
		p->key.multicast = skb->pkt_type == PACKET_BROADCAST ||
				   skb->pkt_type == PACKET_MULTICAST;
		return true;
	}
	p->offset = ETH_HLEN;
	eth = skb_header_pointer(skb, 0, sizeof(buf), &buf);
	if (!eth)
		return false;
	p->key.multicast = is_multicast_ether_addr(eth->h_dest);
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
		p->key.vlan[n++] = SGNL_VLAN_PRESENT |
				   skb_vlan_tag_get_id(p->skb);
	while (is_vlan(p->ethertype)) {
		const struct vlan_hdr *h;
		struct vlan_hdr buf;

		if (n == SGNL_VLAN_DEPTH)
			return SGNL_REASON_VLAN_DEPTH;
		h = skb_header_pointer(p->skb, p->offset, sizeof(buf), &buf);
		if (!h)
			return SGNL_REASON_VLAN_TAG;
		p->key.vlan[n++] = SGNL_VLAN_PRESENT |
				   (ntohs(h->h_vlan_TCI) & VLAN_VID_MASK);
		p->ethertype = ntohs(h->h_vlan_encapsulated_proto);
		p->offset += VLAN_HLEN;
	}
	if (n && p->port->side == SGNL_SIDE_GUEST && !p->conf->setting[SGNL_PORT_TRUNK])
		return SGNL_REASON_VLAN_TAG;
	return SGNL_REASON_UNSPEC;
}

/* E0 for what is not IP. */
static enum sgnl_reason judge_other(const struct packet *p)
{
	unsigned int i;

	if (p->port->side == SGNL_SIDE_SELF)
		return SGNL_REASON_NOT_IP;
	if (p->ethertype == ETH_P_ARP)
		return SGNL_REASON_ARP;
	for (i = 0; i < p->conf->n_ethertypes; i++)
		if (p->conf->ethertype[i] == p->ethertype)
			return SGNL_REASON_NOT_IP;
	return SGNL_REASON_ETHERTYPE;
}

/* Does the port's address guard have a say (E1)? */
static bool guards(const struct packet *p)
{
	return p->conf->setting[SGNL_PORT_GUARD] && p->conf->n_addresses;
}

/* E1 for ARP. */
static enum sgnl_reason guard_arp(const struct packet *p)
{
	int len = min_t(int, p->skb->len - p->offset, SGNL_GUARD_ARP_BYTES);
	u8 buf[SGNL_GUARD_ARP_BYTES];
	const u8 *arp;

	if (!guards(p) || p->key.direction != SGNL_DIRECTION_OUT)
		return SGNL_REASON_UNSPEC;
	arp = skb_header_pointer(p->skb, p->offset, len, buf);
	if (!arp)
		return SGNL_REASON_ADDRESS;
	return sgnl_guard_arp(p->conf->address, p->conf->n_addresses, arp, len);
}

static enum sgnl_reason read_key(struct packet *p)
{
	size_t len = p->skb->len - p->offset;
	size_t avail = min_t(size_t, len, SGNL_KEY_BYTES);
	u8 buf[SGNL_KEY_BYTES];
	const u8 *data;

	data = skb_header_pointer(p->skb, p->offset, avail, buf);
	if (!data)
		return SGNL_REASON_IP_HEADER;
	return sgnl_key_parse(&p->key, data, avail, len, skb_is_gso(p->skb));
}

/* Opens a session for what passes; its opener is whoever sent the key. */
static enum sgnl_reason open(struct packet *p, const struct sgnl_key *key,
			     enum sgnl_reason reason,
			     const struct sgnl_session *stale)
{
	int err;

	err = sgnl_session_open(p->conf, key, reason,
				p->rule ? p->rule->id : 0, stale, p->now);
	if (!err)
		return reason;
	return err == -ENOSPC ? SGNL_REASON_QUOTA : SGNL_REASON_NO_MEMORY;
}

/* What comes before the rules (E5, G9). */
static enum sgnl_reason judge_port(const struct packet *p,
				   const struct sgnl_key *key)
{
	if (sgnl_platform_smtp_denied(key, p->conf->setting[SGNL_PORT_SMTP]))
		return SGNL_REASON_SMTP;
	return p->conf->policy ? SGNL_REASON_UNSPEC : SGNL_REASON_NO_GROUP;
}

/* E5 to E8. */
static enum sgnl_reason judge_key(struct packet *p, const struct sgnl_key *key)
{
	static const struct sgnl_group_set none;
	const struct sgnl_group_set *peer = &none;
	const struct sgnl_policy *policy;
	enum sgnl_reason reason;

	reason = judge_port(p, key);
	if (reason)
		return reason;
	policy = p->conf->policy->policy;
	if (sgnl_match_needs_peer(policy, key))
		peer = sgnl_member_lookup(&p->port->sn->members, p->conf->vpc,
					  &key->peer, key->family,
					  p->config->generation);
	return sgnl_match(policy, key, peer, &p->rule);
}

/* Seconds from attaching in which TCP that began before is adopted (S5). */
static u32 adopt_window(const struct packet *p)
{
	return p->conf->setting[SGNL_PORT_ADOPT];
}

/*
 * TCP without a session that is no SYN. In the window it is judged as if
 * either side had opened it; the side that may have is the opener, and the
 * packet is then the session's first (S5). Mail that the port may not send
 * stays so, whoever may have opened it (E5).
 */
static enum sgnl_reason judge_midstream(struct packet *p)
{
	struct sgnl_key opener = p->key;
	struct sgnl_session *session;
	enum sgnl_reason reason;

	reason = judge_port(p, &p->key);
	if (reason)
		return reason;
	if (!sgnl_key_midstream(&p->key) ||
	    p->now - p->port->attached >= adopt_window(p))
		return SGNL_REASON_TCP_NO_SESSION;
	reason = judge_key(p, &opener);
	if (!sgnl_reasons[reason].passes) {
		opener = sgnl_key_mirror(&p->key);
		reason = judge_key(p, &opener);
	}
	if (!sgnl_reasons[reason].passes) {
		p->rule = NULL;
		return SGNL_REASON_TCP_NO_SESSION;
	}
	reason = open(p, &opener, reason, NULL);
	session = sgnl_session_lookup(p->port, &p->key, p->conf->epoch, p->now);
	if (session)
		sgnl_session_packet(session, &p->key, p->now);
	return reason;
}

/* E5 to E9 for what belongs to no session; those of platform traffic aside. */
static enum sgnl_reason judge_new(struct packet *p, enum sgnl_reason platform,
				  const struct sgnl_session *stale)
{
	bool opens = sgnl_key_opens(&p->key);
	enum sgnl_reason reason;

	if (!platform && p->key.proto == IPPROTO_TCP && !p->key.multicast &&
	    !opens)
		return judge_midstream(p);
	reason = platform ?: judge_key(p, &p->key);
	if (!opens || !sgnl_reasons[reason].passes)
		return reason;
	return open(p, &p->key, reason, stale);
}

/* E1 to E9 for a packet whose key was read. */
static enum sgnl_reason judge_ip(struct packet *p)
{
	struct sgnl_session *session = NULL;
	enum sgnl_reason platform, reason;

	if (p->port->side == SGNL_SIDE_GUEST) {
		reason = sgnl_platform_forbidden(&p->key);
		if (reason)
			return reason;
	}
	if (guards(p)) {
		reason = sgnl_guard_packet(p->conf->address,
					   p->conf->n_addresses, &p->key);
		if (reason)
			return reason;
	}
	platform = sgnl_platform_match(&p->key);
	if (platform && platform != SGNL_REASON_METASERVER)
		return platform;

	if (sgnl_key_tracked(&p->key) && !p->key.multicast) {
		session = sgnl_session_lookup(p->port, &p->key, p->conf->epoch,
					      p->now);
		if (session && sgnl_session_packet(session, &p->key, p->now) !=
				       SGNL_STEP_JUDGE)
			return platform ?: SGNL_REASON_SESSION;
	}
	return judge_new(p, platform, session);
}

static enum sgnl_reason judge(struct packet *p, unsigned int hook)
{
	enum sgnl_reason reason;

	if (!find_network_header(p, hook))
		return SGNL_REASON_FRAME;
	reason = read_tags(p);
	if (reason)
		return reason;
	if (p->ethertype == ETH_P_IP)
		p->key.family = SGNL_FAMILY_IPV4;
	else if (p->ethertype == ETH_P_IPV6)
		p->key.family = SGNL_FAMILY_IPV6;
	else if (p->ethertype == ETH_P_ARP)
		return guard_arp(p) ?: judge_other(p);
	else
		return judge_other(p);
	reason = read_key(p);
	return reason ?: judge_ip(p);
}

static void report(const struct packet *p, enum sgnl_reason reason)
{
	struct sgnl_denial denial = {
		.port = p->port,
		.direction = p->key.direction,
		.reason = reason,
		.rule = p->rule ? p->rule->id : 0,
		.ethertype = p->ethertype,
		.offset = p->offset,
	};

	observer->denied(&denial, p->skb);
}

/* Whether the packet passes, counted and told. */
static bool passes(struct packet *p, unsigned int hook)
{
	enum sgnl_reason reason;

	p->config = rcu_dereference(p->port->sn->config);
	p->conf = sgnl_config_port(p->config, p->port);
	if (!p->conf) /* not a port yet, or no longer */
		return true;
	p->now = sgnl_session_now();

	reason = judge(p, hook);
	sgnl_stats_count(p->port->stats, p->key.direction, reason);
	if (p->rule)
		sgnl_rule_entry_hit(p->rule, p->skb->len - p->offset);
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
		.port = hook->port,
		.key.direction = hook->direction,
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
