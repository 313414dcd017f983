/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One try of a noun against its twin; true if they agree. The unit tests make
 * many with random numbers, the fuzzers (selftests/fuzz) with numbers of their
 * choice. @seen counts how often each reason was reached.
 */
#ifndef SGNL_UNIT_TRIAL_H
#define SGNL_UNIT_TRIAL_H

#include "key.h"

/* What a parser of packets is told. */
struct parse {
	u8 family;
	u8 direction;
	bool super;
	bool cut; /* it is what an ICMP error is about */
	size_t avail;
	size_t len;
};

/* Reading, writing and masking of an address, and what kind it is of. */
bool try_addr(void);
/* What sgnl check says of rules; @seen by enum cover. */
bool try_cover(unsigned long seen[3]);
/* Fragments of one datagram, in any order. */
bool try_fragments(unsigned long steps_seen[3], unsigned long *full);
/* A packet under the address guard, and an ARP. */
bool try_guard(unsigned long *seen);
bool try_arp(unsigned long *seen);
/* A packet, and what it is about if it is an ICMP error. */
bool try_packet(const struct parse *how, const u8 *b);
/* A prefix list and a port list, and look-ups in them. */
bool try_prefix_list(unsigned long *hits);
bool try_port_list(unsigned long *hits);
bool try_pattern(const char *text);
/* Platform traffic, what a guest may not send, and mail. */
bool try_platform(unsigned long *seen);
/* A policy of so many rules at the most, and so many look-ups in it. */
bool try_policy(unsigned int rules_max, unsigned int look_ups,
		unsigned long *seen);
/* So many numbers, of whose bits some may be set. */
bool try_radix(unsigned int n, struct sgnl_addr mask);
bool try_reason(unsigned int reason);
/* A rule, right or wrong, and a packet; two rules that are the same, or nearly. */
bool try_rule(unsigned long *valid);
bool try_identity(unsigned long *same);
/* The packets of one session. */
bool try_session(unsigned int steps);
/* Sessions in slots of so many buckets, by hashes of some bits. */
bool try_slots(u32 words, u32 n, u32 mask, unsigned long *moves);
bool try_text(const char *text);

#endif
