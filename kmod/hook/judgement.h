/* SPDX-License-Identifier: GPL-2.0 */
/* The judgement of one IP packet: E0 to E9. */
#ifndef SGNL_HOOK_JUDGEMENT_H
#define SGNL_HOOK_JUDGEMENT_H

#include "../core/session_state.h"
#include "../table/verdict.h"

/**
 * struct sgnl_rehearsal - what a judgement that changes nothing has seen
 * @passed: where to put the rules before the one that decides, room for all of
 *          a direction; or NULL
 * @n_passed: how many there are
 * @has_session: the packet's flow has a session:
 * @session: what is known of it
 * @pending: that is judged again by the packet (S7)
 * @refused: why the packet would open a session for which there is no room
 * @opens: the packet would open a session
 * @in_session: the packet would be part of one, found or opened:
 * @opener: of that session, enum sgnl_direction
 * @fsm: where it would stand behind the packet
 */
struct sgnl_rehearsal {
	struct sgnl_passed_rule *passed;
	unsigned int n_passed;
	bool has_session;
	struct sgnl_session session;
	bool pending;
	enum sgnl_reason refused;
	bool opens;
	bool in_session;
	u8 opener;
	struct sgnl_session_fsm fsm;
};

/**
 * struct sgnl_judgement - a packet and what it is judged by
 * @port: its port
 * @terms: by what state
 * @now: the time
 * @key: what is known of it
 * @data: its bytes from the network header, or NULL if there are none
 * @avail: how many of them can be read
 * @place: of a packet that can be part of a session, where that is
 * @rule: the rule that decided, or NULL
 * @begun: it begins a datagram, whose later fragments wait for its verdict
 * @rehearsal: if not NULL, nothing is changed, and told here instead
 */
struct sgnl_judgement {
	struct sgnl_port *port;
	struct sgnl_terms terms;
	u32 now;
	struct sgnl_key key;
	const u8 *data;
	size_t avail;
	struct sgnl_session_place place;
	const struct sgnl_rule *rule;
	bool begun;
	struct sgnl_rehearsal *rehearsal;
};

/**
 * sgnl_judgement_tags_denied() - are there VLAN tags that may not be (E0)?
 * @j: the packet, whose tags were read
 */
static inline bool sgnl_judgement_tags_denied(const struct sgnl_judgement *j)
{
	return j->key.vlan[0] && !sgnl_port_conf_tags(j->terms.conf);
}

/**
 * sgnl_judgement_closed() - is its device held, and its port in no group (D1)?
 * @j: the packet
 *
 * Then nothing passes, whatever it is.
 */
static inline bool sgnl_judgement_closed(const struct sgnl_judgement *j)
{
	return !j->terms.conf->policy && READ_ONCE(j->port->guarded);
}

enum sgnl_reason sgnl_judgement_key(struct sgnl_judgement *j);
enum sgnl_reason sgnl_judgement_plain(struct sgnl_judgement *j);

enum sgnl_reason sgnl_judgement_ip(struct sgnl_judgement *j, const u8 *data,
				   size_t avail, size_t len, bool super);

#endif
