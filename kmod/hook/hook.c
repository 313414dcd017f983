// SPDX-License-Identifier: GPL-2.0
/*
 * The packet path: from a frame at a netfilter hook to its verdict.
 *
 * Everything runs under RCU, as netfilter calls its hooks. The snapshot of the configuration is read once a
 * packet and handed down; so is the clock, once no hint lets it through.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/interrupt.h>

#include "../compat/compiler.h"
#include "../core/guard.h"
#include "../core/plain.h"
#include "../table/hint.h"
#include "../table/net.h"
#include "../table/session.h"
#include "hook.h"
#include "judgement.h"

static const struct sgnl_hook_observer *observer;

/**
 * struct frame - a packet and where its network header is
 * @skb: the packet
 * @offset: bytes from skb->data to its network header
 * @ethertype: what the header is
 * @multicast: the link-layer header says that it is for many
 */
struct frame {
	struct sk_buff *skb;
	int offset;
	__be16 ethertype;
	bool multicast;
};

/* The Ethernet header with which a frame begins; always true. */
static bool read_ethernet(struct frame *f, const struct ethhdr *eth)
{
	f->offset = ETH_HLEN;
	f->multicast = is_multicast_ether_addr(eth->h_dest);
	f->ethertype = eth->h_proto;
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
 * not be what the frame says. False if the network header is not seen at once.
 */
static __always_inline bool glance(struct frame *f, enum sgnl_link link)
{
	const struct sk_buff *skb = f->skb;

	if (link == SGNL_LINK_SENT)
		return skb_headlen(skb) >= ETH_HLEN &&
		       read_ethernet(f, (const struct ethhdr *)skb->data);
	f->offset = skb_network_offset(skb);
	f->ethertype = skb->protocol;
	if (link == SGNL_LINK_NONE)
		return f->offset >= 0 && f->offset <= (int)skb->len;
	f->multicast = skb->pkt_type == PACKET_BROADCAST ||
		       skb->pkt_type == PACKET_MULTICAST;
	return true;
}

/* False if the frame ends before its network header. */
static bool find_network_header(struct frame *f, enum sgnl_link link)
{
	return glance(f, link) || (link == SGNL_LINK_SENT && copy_ethernet(f));
}

static u8 family_of(const struct frame *f)
{
	switch (f->ethertype) {
	case htons(ETH_P_IP):
		return SGNL_FAMILY_IPV4;
	case htons(ETH_P_IPV6):
		return SGNL_FAMILY_IPV6;
	default:
		return SGNL_FAMILY_ANY;
	}
}

static bool is_vlan(__be16 ethertype)
{
	return ethertype == htons(ETH_P_8021Q) ||
	       ethertype == htons(ETH_P_8021AD);
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
		f->ethertype = h->h_vlan_encapsulated_proto;
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
	if (f->ethertype == htons(ETH_P_ARP) &&
	    sgnl_platform_on(&j->terms.config->platform->platform,
			     SGNL_PLATFORM_ITEM_ARP))
		return SGNL_REASON_ARP;
	for (i = 0; i < j->terms.conf->n_ethertypes; i++)
		if (htons(j->terms.conf->ethertype[i]) == f->ethertype)
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

	if (f->ethertype != htons(ETH_P_ARP) || !sgnl_reasons[reason].passes ||
	    !sgnl_port_conf_guards(j->terms.conf) ||
	    j->key.direction != SGNL_DIRECTION_OUT)
		return reason;
	arp = skb_header_pointer(f->skb, f->offset, len, buf);
	if (!arp)
		return SGNL_REASON_ADDRESS;
	return sgnl_guard_arp(j->terms.conf->address, j->terms.conf->n_addresses, arp, len) ?:
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
		.ethertype = ntohs(f->ethertype),
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

/* Reads an IP packet without tags, if it is plain by its form. */
static __always_inline int read_plain(struct sgnl_plain_ends *ends,
				      const struct frame *f, u8 family)
{
	u32 linear = skb_headlen(f->skb), offset = f->offset;

	if (linear < offset)
		return SGNL_PLAIN_NOT;
	return sgnl_plain_read(ends, family, f->skb->data + offset,
			       linear - offset, f->skb->len - offset);
}

/* Whether a packet that was judged passes; counted and told. */
static bool passes(const struct frame *f, const struct sgnl_judgement *j,
		   enum sgnl_reason reason)
{
	struct sgnl_port *port = j->port;

	sgnl_stats_count(port->stats, j->key.direction, reason);
	if (j->rule)
		sgnl_rule_entry_hit(j->rule, f->skb->len - f->offset);
	else
		sgnl_platform_count(port->sn->platform_stats, reason);
	if (sgnl_reasons[reason].passes)
		return true;
	report(f, j, reason);
	return false;
}

static unsigned int verdict(const struct frame *f, bool passes)
{
	if (passes)
		return NF_ACCEPT;
	/* No errno: the drop is silent for a sender on this host too (E10). */
	return NF_DROP_REASON(f->skb, SKB_DROP_REASON_NETFILTER_DROP, 0);
}

/*
 * Does its device have another port, the one before it or the one that follows?
 * Then the packet is judged by that one's hook: hooks of both are there as long as
 * packets see either snapshot, those of the newer port behind the other's.
 */
static bool has_other(const struct sgnl_port *port,
		      const struct sgnl_config *config)
{
	return sgnl_config_port_by_ifindex(config, port->sn, port->ifindex);
}

static noinline unsigned int judge_any(struct sk_buff *skb,
				       const struct sgnl_port_hook *hook,
				       const struct sgnl_config *config)
{
	struct frame f = { .skb = skb };
	struct sgnl_judgement j = {
		.port = hook->port,
		.terms = {
			.sn = hook->port->sn,
			.config = config,
			.conf = sgnl_config_port(config, hook->port),
		},
		.now = sgnl_session_now(),
		.key.direction = hook->direction,
	};
	enum sgnl_reason reason = SGNL_REASON_FRAME;

	/* Without settings it is not a port yet, or no longer. */
	if (!j.terms.conf)
		return verdict(&f, has_other(hook->port, config) ||
					   passes_unjudged(hook));
	if (find_network_header(&f, hook->link)) {
		j.key.multicast = f.multicast;
		reason = judge(&f, &j);
	}
	return verdict(&f, passes(&f, &j, reason));
}

/* Its place is known; all else of @j is written here. */
static __always_inline unsigned int
judge_plain(const struct frame *f, const struct sgnl_port_hook *hook,
	    const struct sgnl_config *config, const struct sgnl_port_conf *conf,
	    u32 now, u8 tcp_flags, struct sgnl_judgement *j)
{
	j->port = hook->port;
	j->terms.sn = hook->port->sn;
	j->terms.config = config;
	j->terms.conf = conf;
	j->terms.next = false;
	j->now = now;
	sgnl_plain_key(&j->key, &j->place.flow, tcp_flags, hook->direction);
	j->data = NULL;
	j->avail = 0;
	j->rule = NULL;
	j->begun = false;
	j->rehearsal = NULL;
	return verdict(f, passes(f, j, sgnl_judgement_plain(j)));
}

/* Is it plain also by its flow, and have neither E1 nor E2 a say? */
static __always_inline bool
is_plain(struct sgnl_flow *flow, const struct sgnl_plain_ends *ends, u8 family,
	 const struct sgnl_port_hook *hook, const struct sgnl_config *config,
	 const struct sgnl_port_conf *conf)
{
	if (!conf->policy ||
	    !sgnl_plain_flow(flow, ends, family, hook->direction,
			     hook->port->flow))
		return false;
	if (sgnl_port_conf_guards(conf) &&
	    !sgnl_guard_plain(conf->address, conf->n_addresses, flow,
			      hook->direction))
		return false;
	return !sgnl_platform_plain(&config->platform->platform, flow,
				    hook->direction);
}

/*
 * Of the two places of a packet that no hint has let through, the one that may
 * have its hint from now on, or NULL.
 */
static __always_inline struct sgnl_hint *
place_hint(struct sgnl_hint *hint, const struct sgnl_plain_ends *ends,
	   u8 family, const struct sgnl_port_hook *hook, u32 stamp)
{
	u64 turn = this_cpu_read(*hook->in_session);
	unsigned int way;

	for (way = 0; way < 2; way++, hint = sgnl_hint_other(hint))
		if (sgnl_hint_yields(hint, ends, family, hook->tag, stamp, turn,
				     way))
			return hint;
	return NULL;
}

/*
 * A packet that is plain by its form, and that the hint at its first place does
 * not let through: by the other, or by its session if that is settled (E3), else
 * judged.
 */
static __always_inline unsigned int meet(const struct frame *f, u8 family,
					 const struct sgnl_port_hook *hook,
					 const struct sgnl_config *config,
					 const struct sgnl_plain_ends *ends,
					 u8 tcp_flags)
{
	struct sgnl_judgement j SGNL_UNINITIALIZED;
	u32 now = sgnl_session_now(), stamp = config->stamp;
	const struct sgnl_port_conf *conf;
	bool midway = sgnl_plain_midway(tcp_flags);
	struct sgnl_hint *hints = this_cpu_read(sgnl_hints), *hint = NULL;

	if (midway && hints)
		hint = sgnl_hint_at(hints, ends, family, hook->tag);
	if (hint && sgnl_hint_holds(sgnl_hint_other(hint), ends, family,
				    hook->tag, stamp, now)) {
		this_cpu_inc(*hook->in_session);
		return NF_ACCEPT;
	}
	conf = sgnl_config_port(config, hook->port);
	if (!conf || !is_plain(&j.place.flow, ends, family, hook, config, conf))
		return judge_any(f->skb, hook, config);
	if (hint)
		hint = place_hint(hint, ends, family, hook, stamp);
	if (!sgnl_session_plain(&j.place, midway, conf->judged, now, hint))
		return judge_plain(f, hook, config, conf, now, tcp_flags, &j);
	if (hint)
		sgnl_hint_set(hint, ends, family, hook->tag, stamp, now);
	this_cpu_inc(*hook->in_session);
	return NF_ACCEPT;
}

/* struct sgnl_plain_ends of IPv4 and the flags, to be handed on in registers. */
struct ends_ipv4 {
	u64 address;
	u32 ports;
	u8 proto;
	u8 tcp_flags;
};

static noinline unsigned int meet_ipv4(struct sk_buff *skb, int offset,
				       const struct sgnl_port_hook *hook,
				       const struct sgnl_config *config,
				       struct ends_ipv4 e)
{
	const struct frame f = {
		.skb = skb,
		.offset = offset,
		.ethertype = htons(ETH_P_IP),
	};
	const struct sgnl_plain_ends ends = {
		.address[0] = e.address,
		.ports = e.ports,
		.proto = e.proto,
	};

	return meet(&f, SGNL_FAMILY_IPV4, hook, config, &ends, e.tcp_flags);
}

/* Is it midway through a connection, and does a hint let it through? */
static __always_inline bool is_known(const struct sgnl_plain_ends *ends,
				     u8 family, u8 tcp_flags,
				     const struct sgnl_port_hook *hook,
				     u32 stamp, u32 now)
{
	struct sgnl_hint *hints = this_cpu_read(sgnl_hints);

	return hints && sgnl_plain_midway(tcp_flags) &&
	       sgnl_hint_holds(sgnl_hint_at(hints, ends, family, hook->tag),
			       ends, family, hook->tag, stamp, now);
}

static noinline unsigned int hook_ipv6(struct sk_buff *skb, int offset,
				       const struct sgnl_port_hook *hook,
				       const struct sgnl_config *config,
				       u32 now)
{
	struct sgnl_plain_ends ends SGNL_UNINITIALIZED;
	const struct frame f = {
		.skb = skb,
		.offset = offset,
		.ethertype = htons(ETH_P_IPV6),
	};
	int flags = read_plain(&ends, &f, SGNL_FAMILY_IPV6);

	if (flags == SGNL_PLAIN_NOT)
		return judge_any(skb, hook, config);
	if (!is_known(&ends, SGNL_FAMILY_IPV6, flags, hook, config->stamp, now))
		return meet(&f, SGNL_FAMILY_IPV6, hook, config, &ends, flags);
	this_cpu_inc(*hook->in_session);
	return NF_ACCEPT;
}

/**
 * sgnl_hook() - the netfilter hook of a port's one direction
 * @priv: struct sgnl_port_hook
 * @skb: the packet
 * @state: where it was met
 *
 * Most packets are midway through a connection, and pass here, by a hint
 * (table/hint.h). What others need is out of line, and is handed on in registers.
 *
 * Context: under RCU, bottom halves off.
 * Return: NF_ACCEPT, or NF_STOLEN of a packet that was dropped.
 */
unsigned int sgnl_hook(void *priv, struct sk_buff *skb,
		       const struct nf_hook_state *state)
{
	struct sgnl_plain_ends ends SGNL_UNINITIALIZED;
	const struct sgnl_port_hook *hook = priv;
	const struct sgnl_config *config;
	struct frame f = { .skb = skb };
	u32 now = sgnl_session_now();
	int flags;

	lockdep_assert_once(softirq_count());
	config = rcu_dereference(hook->port->sn->config);
	if (!glance(&f, hook->link) || f.multicast || skb_vlan_tag_present(skb))
		return judge_any(skb, hook, config);
	if (f.ethertype == htons(ETH_P_IPV6))
		return hook_ipv6(skb, f.offset, hook, config, now);
	if (f.ethertype != htons(ETH_P_IP))
		return judge_any(skb, hook, config);

	flags = read_plain(&ends, &f, SGNL_FAMILY_IPV4);
	if (flags == SGNL_PLAIN_NOT)
		return judge_any(skb, hook, config);
	if (!is_known(&ends, SGNL_FAMILY_IPV4, flags, hook, config->stamp, now))
		return meet_ipv4(skb, f.offset, hook, config,
				 (struct ends_ipv4){ ends.address[0],
						     ends.ports, ends.proto,
						     flags });
	this_cpu_inc(*hook->in_session);
	return NF_ACCEPT;
}

/**
 * sgnl_hook_egress() - the same, of what is transmitted
 * @priv: struct sgnl_port_hook
 * @skb: the packet
 * @state: where it was met
 *
 * Context: under RCU. A packet socket that passes by the queue
 * (PACKET_QDISC_BYPASS) comes with bottom halves on.
 * Return: as sgnl_hook().
 */
unsigned int sgnl_hook_egress(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	unsigned int verdict;

	if (likely(softirq_count()))
		return sgnl_hook(priv, skb, state);
	local_bh_disable();
	verdict = sgnl_hook(priv, skb, state);
	local_bh_enable();
	return verdict;
}

/**
 * sgnl_hook_init() - tells who is told of denials
 * @who: the functions
 */
void sgnl_hook_init(const struct sgnl_hook_observer *who)
{
	observer = who;
}
