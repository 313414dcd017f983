/* SPDX-License-Identifier: GPL-2.0 */
/* Why a packet passed or was dropped: every reason once. */
#ifndef SGNL_CORE_REASON_H
#define SGNL_CORE_REASON_H

#include <linux/types.h>
#include <linux/sgnl.h>

/*
 * X(symbol, name, passes, text): the symbol is one of enum sgnl_reason, in its
 * order; the name is the spec's.
 */
#define SGNL_REASONS(X) \
	X(UNSPEC, "unspec", false, "no reason") \
	X(NOT_IP, "not-ip", true, "not IP, on a device of the host's own") \
	X(ARP, "arp", true, "ARP") \
	X(PMTUD, "pmtud", true, "path MTU message") \
	X(METASERVER, "metaserver", true, "to the metadata server") \
	X(NEIGHBOUR, "neighbour", true, "IPv6 neighbour or router discovery") \
	X(MLD, "mld", true, "multicast listener discovery") \
	X(DHCP, "dhcp", true, "DHCP as a client") \
	X(SESSION, "session", true, "packet of a live session") \
	X(MEMBER, "member", true, "from a member of the same basic group") \
	X(RULE_ALLOW, "rule-allow", true, "an allow rule matched") \
	X(DEFAULT_ALLOW, "default-allow", true, "no rule matched") \
	X(RULE_DENY, "rule-deny", false, "a deny rule matched") \
	X(DEFAULT_DENY, "default-deny", false, "no rule matched") \
	X(NO_GROUP, "no-group", false, "the port is in no group") \
	X(SMTP, "smtp", false, "TCP to port 25; use port 465 to send mail") \
	X(TCP_NO_SESSION, "tcp-no-session", false, \
	  "TCP that is no SYN and belongs to no session") \
	X(ETHERTYPE, "ethertype", false, "ethertype that is not let through") \
	X(VLAN_TAG, "vlan-tag", false, "VLAN tag on a port without trunk") \
	X(VLAN_DEPTH, "vlan-depth", false, "more than two VLAN tags") \
	X(GUEST_RA, "guest-ra", false, "router advertisement from a guest") \
	X(GUEST_DHCP_SERVER, "guest-dhcp-server", false, \
	  "DHCP server's message from a guest") \
	X(GUEST_REDIRECT, "guest-redirect", false, \
	  "ICMP redirect from a guest") \
	X(IP_HEADER, "ip-header", false, "malformed IP header") \
	X(IP_OPTIONS, "ip-options", false, "malformed or source route option") \
	X(EXT_HEADER, "ext-header", false, \
	  "malformed, too long or type 0 routing IPv6 header chain") \
	X(L4_HEADER, "l4-header", false, \
	  "short or malformed transport header") \
	X(TCP_FLAGS, "tcp-flags", false, "TCP flags that cannot be") \
	X(FRAGMENT, "fragment", true, \
	  "later fragment of a datagram that passed") \
	X(FRAGMENT_TINY, "fragment-tiny", false, \
	  "fragment too short for its transport header, or within it") \
	X(QUOTA, "quota", false, "no room for another session") \
	X(NO_MEMORY, "no-memory", false, "no memory to judge it") \
	X(FRAME, "frame", false, "frame that ends before its network header") \
	X(SLB, "slb", true, "from a load balancer's address") \
	X(PROBE, "probe", true, "echo request from a probe's address") \
	X(GUARD, "guard", false, \
	  "a guard pattern holds the device and the port is in no group") \
	X(RELATED, "related", true, "ICMP error about a live session") \
	X(FRAGMENT_ORPHAN, "fragment-orphan", false, \
	  "later fragment of no datagram that passed") \
	X(FRAGMENT_OVERLAP, "fragment-overlap", false, \
	  "fragment that overlaps another, or has too many holes before it") \
	X(FRAGMENT_TABLE, "fragment-table", false, \
	  "too many fragmented datagrams under way") \
	X(ADDRESS, "address", false, "from an address that is not the port's") \
	X(OWN_ADDRESS, "own-address", false, \
	  "comes to the port from the port's own address") \
	X(CUT, "cut", false, "packet of a session that was cut")

/**
 * struct sgnl_reason_info - what people read of a reason
 * @name: its name in the spec
 * @text: a few words more
 * @passes: the packet passes
 */
struct sgnl_reason_info {
	const char *name;
	const char *text;
	bool passes;
};

extern const struct sgnl_reason_info sgnl_reasons[SGNL_REASON_MAX + 1];

enum sgnl_statement sgnl_reason_statement(enum sgnl_reason reason);

#endif
