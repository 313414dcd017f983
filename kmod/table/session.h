/* SPDX-License-Identifier: GPL-2.0 */
/* The session table: one for the host. */
#ifndef SGNL_TABLE_SESSION_H
#define SGNL_TABLE_SESSION_H

#include <linux/timekeeping.h>
#include <linux/types.h>
#include "../core/flow.h"
#include "../core/slots.h"
#include "port.h"

struct sgnl_hint;

/**
 * struct sgnl_session_place - where the session of a packet is, or would be
 * @flow: the packet's flow
 * @hash: what that says of its part and buckets
 * @absent: sequence count of its part of the table as of which there is none; an
 *          odd number if that is not known
 */
struct sgnl_session_place {
	struct sgnl_flow flow;
	struct sgnl_slots_hash hash;
	u32 absent;
};

/* Nothing is known of whether there is a session. */
#define SGNL_SESSION_ABSENT_UNKNOWN 1

/**
 * struct sgnl_session_entry - a session, for those who look at all of them
 * @port: its port; valid under RCU
 * @place: where it is
 * @session: what is known of it
 */
struct sgnl_session_entry {
	const struct sgnl_port *port;
	struct sgnl_session_place place;
	struct sgnl_session session;
};

/**
 * struct sgnl_session_observer - who is told of sessions
 * @wanted: whether anybody listens to those of a port
 * @changed: a session began or ended; with bottom halves off
 */
struct sgnl_session_observer {
	bool (*wanted)(const struct sgnl_port *port);
	void (*changed)(const struct sgnl_session_entry *entry, u8 event);
};

/**
 * struct sgnl_session_cursor - where a dump of sessions stands
 * @part: number of the part of the table
 * @begun: in it, some were shown, up to
 * @hash: the one of this hash
 * @tie: and, of several that have it, of this one
 *
 * In a part they are shown in the order of their hashes, wherever they are and
 * whatever comes and goes beside them, so that a session that lives throughout
 * is shown once.
 */
struct sgnl_session_cursor {
	u32 part;
	bool begun;
	u32 hash;
	u32 tie;
};

/**
 * sgnl_session_now() - the clock of sessions
 *
 * Read once a packet and handed down.
 *
 * Context: any.
 * Return: seconds.
 */
static inline u32 sgnl_session_now(void)
{
	return ktime_get_seconds();
}

/**
 * sgnl_session_begin() - what is known of a session that begins
 * @conf: its port's settings; it keeps the times in them
 * @opener: enum sgnl_direction of the packet that opens it
 * @reason: why that packet passes
 * @rule: the rule that lets it, or 0
 * @now: the time
 *
 * Context: any.
 */
static inline struct sgnl_session
sgnl_session_begin(const struct sgnl_port_conf *conf, u8 opener,
		   enum sgnl_reason reason, u32 rule, u32 now)
{
	return (struct sgnl_session){
		.opener = opener,
		.reason = reason,
		.times = {
			.established = conf->setting[SGNL_PORT_IDLE_ESTABLISHED],
			.closing = conf->setting[SGNL_PORT_IDLE_CLOSING],
			.other = conf->setting[SGNL_PORT_IDLE_OTHER],
		},
		.epoch = conf->epoch,
		.last = now,
		.created = now,
		.rule = rule,
	};
}

/**
 * sgnl_session_pending() - is a session to be judged again (S7)?
 * @session: the session
 * @judged: its port's; sessions of an epoch before it are
 *
 * Context: any.
 */
static inline bool sgnl_session_pending(const struct sgnl_session *session,
					u32 judged)
{
	return (s32)(session->epoch - judged) < 0;
}

int sgnl_session_init(const struct sgnl_session_observer *observer);
void sgnl_session_exit(void);

struct sgnl_session_place sgnl_session_place(const struct sgnl_key *key,
					     const struct sgnl_port *port);
bool sgnl_session_lookup(const struct sgnl_session_place *place, u32 now,
			 struct sgnl_session *session);
bool sgnl_session_plain(struct sgnl_session_place *place, bool midway,
			u32 judged, u32 now, struct sgnl_hint *hint);
enum sgnl_session_step
sgnl_session_packet(const struct sgnl_session_place *place,
		    struct sgnl_session *session, const struct sgnl_key *key,
		    u32 now);
int sgnl_session_open(const struct sgnl_port_conf *conf,
		      const struct sgnl_session_place *place,
		      const struct sgnl_key *key,
		      const struct sgnl_session *session, bool stale);
int sgnl_session_load(const struct sgnl_port_conf *conf,
		      const struct sgnl_session_place *place,
		      const struct sgnl_session *session, u32 now);
bool sgnl_session_has_room(const struct sgnl_port_conf *conf,
			   const struct sgnl_session_place *place);
void sgnl_session_renew(const struct sgnl_session_place *place,
			const struct sgnl_session *session, u32 epoch);
void sgnl_session_cut(const struct sgnl_session_place *place,
		      struct sgnl_session *session, u32 now);
void sgnl_session_purge(void);
bool sgnl_session_expired(const struct sgnl_session *session, u8 proto,
			  u32 now);
int sgnl_session_walk(struct sgnl_session_cursor *cursor,
		      bool (*wants)(const struct sgnl_port *port, void *arg),
		      int (*show)(struct sgnl_session_entry *entry, void *arg),
		      void *arg);

#endif
