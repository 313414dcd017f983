/* SPDX-License-Identifier: GPL-2.0 */
/* Every limit and every time, once. Times are in seconds. */
#ifndef SGNL_CORE_LIMITS_H
#define SGNL_CORE_LIMITS_H

/* Groups of one port (G4). */
#define SGNL_PORT_GROUPS_MAX	   10
/* What the rules of one port, or of one group, may cost together (R7). */
#define SGNL_RULES_MAX		   1000
/* Rules that one group may have within a transaction: old and new ones. */
#define SGNL_TXN_RULES_MAX	   (2 * SGNL_RULES_MAX)
/* What the greatest number of entries of a list may be (R6). */
#define SGNL_PREFIX_LIST_MAX	   200
#define SGNL_PORT_LIST_MAX	   2000
/* Addresses of one port, and ethertypes that it lets through. */
#define SGNL_PORT_ADDRESSES_MAX	   64
#define SGNL_PORT_ETHERTYPES_MAX   16

/* Ports of the host, by the 24 bits that the key of a session has for them. */
#define SGNL_FLOW_PORTS		   0xffffff

/* Prefixes of one item of platform traffic (P3, P4). */
#define SGNL_PLATFORM_PREFIXES_MAX 64

/*
 * Changes that one transaction may hold, and one of a network namespace that
 * belongs to another user namespace than the first: others wait until all are
 * made, and perhaps for RTNL.
 */
#define SGNL_TXN_CHANGES_MAX	   2097152
#define SGNL_USERS_TXN_CHANGES_MAX 65536

/* Of one network namespace; each that comes or goes moves those behind it. */
#define SGNL_GROUPS_MAX		   65536
#define SGNL_LISTS_MAX		   65536

/*
 * Sessions of one port (S10), of one network namespace, of all those together
 * that belong to other user namespaces than the first, of this host.
 */
#define SGNL_PORT_SESSIONS_DEFAULT 262144
#define SGNL_NET_SESSIONS_MAX	   12582912
#define SGNL_USERS_SESSIONS_MAX	   2097152
#define SGNL_HOST_SESSIONS_MAX	   16777216

/* How long connections from before a port are adopted: S5. */
#define SGNL_ADOPT_DEFAULT	   910

/* Idle times: S1, S2, S3, S6. */
#define SGNL_IDLE_DEFAULT	   910
#define SGNL_IDLE_TCP_OPENED	   30
#define SGNL_IDLE_TCP_CLOSING	   3
#define SGNL_IDLE_TCP_RESET	   60

/*
 * Datagrams under way in fragments (S11): of this host, of the namespaces of
 * other user namespaces, of one port; ranges of bytes seen of one, with holes
 * between; and how long it may take.
 */
#define SGNL_HOST_FRAGMENTS_MAX	   4096
#define SGNL_USERS_FRAGMENTS_MAX   2048
#define SGNL_PORT_FRAGMENTS_MAX	   256
#define SGNL_FRAGMENT_RANGES_MAX   8
#define SGNL_FRAGMENT_SECONDS	   30

/* VLAN tags read (E0), and bounds of an IPv6 extension header chain. */
#define SGNL_VLAN_DEPTH		   2
#define SGNL_EXT_HEADERS_MAX	   8
#define SGNL_EXT_BYTES_MAX	   256

/*
 * Bytes of a packet that are looked at, from its network header: the longest IP
 * header, extension headers (AH in IPv4), and as much of a transport header as
 * is read.
 */
#define SGNL_KEY_BYTES		   (60 + SGNL_EXT_BYTES_MAX + 20)

/* The same of a packet and the one that is embedded in it, if it is an error. */
#define SGNL_PACKET_BYTES	   (2 * SGNL_KEY_BYTES)

/* Guard patterns of one network namespace (D1): bits of a u64. */
#define SGNL_GUARD_PATTERNS_MAX	   64

#endif
