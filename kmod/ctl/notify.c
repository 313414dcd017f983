// SPDX-License-Identifier: GPL-2.0
/*
 * Events, to the family's multicast groups.
 *
 * Where nobody listens an event costs one test. An event that cannot be made
 * or delivered is counted; a listener learns of its own losses by ENOBUFS, and
 * has the kernel count them if it sets NETLINK_BROADCAST_ERROR.
 */
#include "nl_port.h"
#include "nl_rule.h"
#include "nl_session.h"
#include "notify.h"

/* Room for an event: of a session, or of a denial with the packet's head. */
#define EVENT_SIZE 512

static void lost(struct sgnl_net *sn)
{
	atomic64_inc(&sn->events_lost);
}

/**
 * sgnl_notify_begin_sized() - begins an event that may need much room
 * @sn: the namespace
 * @event: its number, enum SGNL_CMD_*_EVENT
 * @group: index of the multicast group
 * @size: room for its attributes
 * @gfp: how to allocate
 * @header: the message's header
 *
 * Context: as @gfp says.
 * Return: the message, or NULL if nobody listens or memory ran out.
 */
struct sk_buff *sgnl_notify_begin_sized(struct sgnl_net *sn, u8 event,
					unsigned int group, size_t size,
					gfp_t gfp, void **header)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&sgnl_family, sn->net, group))
		return NULL;
	skb = genlmsg_new(size, gfp);
	if (!skb) {
		lost(sn);
		return NULL;
	}
	*header = genlmsg_put(skb, 0, 0, &sgnl_family, 0, event);
	return skb;
}

/**
 * sgnl_notify_begin() - begins an event
 * @sn: the namespace
 * @event: its number, enum SGNL_CMD_*_EVENT
 * @group: index of the multicast group
 * @gfp: how to allocate
 * @header: the message's header
 *
 * Context: as @gfp says.
 * Return: the message, or NULL if nobody listens or memory ran out.
 */
struct sk_buff *sgnl_notify_begin(struct sgnl_net *sn, u8 event,
				  unsigned int group, gfp_t gfp, void **header)
{
	/* A port with all that it may have takes 3 KiB. */
	return sgnl_notify_begin_sized(sn, event, group,
				       group == SGNL_NLGRP_CONFIG ?
					       NLMSG_DEFAULT_SIZE :
					       EVENT_SIZE,
				       gfp, header);
}

/**
 * sgnl_notify_end() - sends an event
 * @sn: the namespace
 * @skb: the message; consumed
 * @header: the message's header
 * @group: index of the multicast group
 * @gfp: how to allocate
 * @err: what putting attributes came to; an event that has no room is lost
 *
 * Context: as @gfp says.
 */
void sgnl_notify_end(struct sgnl_net *sn, struct sk_buff *skb, void *header,
		     unsigned int group, gfp_t gfp, int err)
{
	if (err || !header) {
		nlmsg_free(skb);
		lost(sn);
		return;
	}
	genlmsg_end(skb, header);
	err = genlmsg_multicast_netns(&sgnl_family, sn->net, skb, 0, group,
				      gfp);
	if (err && err != -ESRCH)
		lost(sn);
}

/* Asked first, as sessions come and go with packets. */
static bool session_wanted(const struct sgnl_port *port)
{
	return genl_has_listeners(&sgnl_family, port->sn->net,
				  SGNL_NLGRP_SESSIONS);
}

static void session_changed(const struct sgnl_session_entry *entry, u8 event)
{
	struct sgnl_net *sn = entry->port->sn;
	struct sk_buff *skb;
	void *header;
	int err;

	skb = sgnl_notify_begin(sn, SGNL_CMD_SESSION_EVENT, SGNL_NLGRP_SESSIONS,
				GFP_ATOMIC, &header);
	if (!skb)
		return;
	err = nla_put_u8(skb, SGNL_A_SESSION_EVENT, event) ?:
	      sgnl_nl_session_put(skb, entry);
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_SESSIONS, GFP_ATOMIC, err);
}

const struct sgnl_session_observer sgnl_notify_sessions = {
	.wanted = session_wanted,
	.changed = session_changed,
};

/* The first bytes of a packet that was dropped. */
static int put_packet(struct sk_buff *skb, const struct sk_buff *packet,
		      int offset)
{
	int n = min_t(int, packet->len - offset, SGNL_PACKET_HEAD_MAX);
	struct nlattr *attr;

	if (n <= 0)
		return 0;
	attr = nla_reserve(skb, SGNL_A_DENIAL_PACKET, n);
	if (!attr)
		return -EMSGSIZE;
	return skb_copy_bits(packet, offset, nla_data(attr), n);
}

static void denied(const struct sgnl_denial *denial,
		   const struct sk_buff *packet)
{
	struct sgnl_net *sn = denial->port->sn;
	struct sk_buff *skb;
	void *header;
	int err;

	skb = sgnl_notify_begin(sn, SGNL_CMD_DENIAL_EVENT, SGNL_NLGRP_DENIALS,
				GFP_ATOMIC, &header);
	if (!skb)
		return;
	err = nla_put_u32(skb, SGNL_A_DENIAL_IFINDEX, denial->port->ifindex) ?:
	      nla_put_u8(skb, SGNL_A_DENIAL_DIRECTION, denial->direction) ?:
	      nla_put_u8(skb, SGNL_A_DENIAL_REASON, denial->reason) ?:
	      nla_put_u16(skb, SGNL_A_DENIAL_PROTOCOL, denial->ethertype) ?:
	      nla_put_u32(skb, SGNL_A_DENIAL_LENGTH,
			  max_t(int, packet->len - denial->offset, 0)) ?:
	      put_packet(skb, packet, denial->offset);
	if (!err && denial->rule)
		err = nla_put_u32(skb, SGNL_A_DENIAL_RULE, denial->rule);
	sgnl_notify_end(sn, skb, header, SGNL_NLGRP_DENIALS, GFP_ATOMIC, err);
}

const struct sgnl_hook_observer sgnl_notify_hooks = {
	.denied = denied,
	.port_gone = sgnl_nl_port_gone,
	.port_followed = sgnl_nl_port_followed,
};

const struct sgnl_expiry_observer sgnl_notify_expiry = {
	.rule_expired = sgnl_nl_rule_expired,
};
