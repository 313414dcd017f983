/* SPDX-License-Identifier: GPL-2.0 */
/* The session table: one for the host. */
#ifndef SGNL_TABLE_SESSION_H
#define SGNL_TABLE_SESSION_H

#include <linux/rculist.h>
#include <linux/timekeeping.h>
#include <linux/types.h>
#include "../core/flow.h"
#include "../core/session_state.h"
#include "port.h"

/**
 * struct sgnl_session - a tracked flow of one port
 * @node: in its bucket
 * @flow: what it is found by
 * @fsm: where it stands
 * @opener: enum sgnl_direction of the packet that opened it
 * @reason: enum sgnl_reason by which that packet passed
 * @times: how long it lives without a packet
 * @epoch: the port's epoch when it was opened, or judged again
 * @last: when a packet touched it last
 * @created: when it was opened
 * @rule: the rule that allowed it, or 0
 * @port: the port, which outlives its sessions
 * @number: grows with each session opened
 * @room: in its port's list of those that make room for others (S10)
 * @rcu: to free it, once it is on no list any more
 *
 * Times are seconds of the monotonic clock. What a packet of the session looks
 * at is in the first 96 bytes.
 */
struct sgnl_session {
	struct hlist_node node;
	struct sgnl_flow flow;
	struct sgnl_session_fsm fsm;
	u8 opener;
	u8 reason;
	struct sgnl_idle_times times;
	u32 epoch;
	u32 last;
	u32 created;
	u32 rule;
	struct sgnl_port *port;
	u64 number;
	union {
		struct list_head room;
		struct rcu_head rcu;
	};
};

/**
 * struct sgnl_session_place - where the session of a packet is, or would be
 * @flow: the packet's flow
 * @bucket: number of the bucket
 */
struct sgnl_session_place {
	struct sgnl_flow flow;
	unsigned int bucket;
};

/**
 * struct sgnl_session_observer - who is told of sessions
 * @changed: a session began or ended; softirq or process context, under RCU
 */
struct sgnl_session_observer {
	void (*changed)(const struct sgnl_session *session, u8 event);
};

/**
 * struct sgnl_session_cursor - where a dump of sessions stands
 * @bucket: number of the bucket
 * @before: in it, those of this number and above were shown; 0 if none was
 *
 * Buckets have their newest sessions first, so that a session that lives
 * throughout the dump is shown once, whatever comes and goes beside it.
 */
struct sgnl_session_cursor {
	unsigned long bucket;
	unsigned long before;
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

int sgnl_session_init(const struct sgnl_session_observer *observer);
void sgnl_session_exit(void);

struct sgnl_session_place sgnl_session_place(const struct sgnl_key *key,
					     const struct sgnl_port *port);
struct sgnl_session *sgnl_session_lookup(const struct sgnl_session_place *place,
					 u32 now);
bool sgnl_session_plain(struct sgnl_session_place *place, bool midway,
			u32 judged, u32 now);
enum sgnl_session_step sgnl_session_packet(struct sgnl_session *session,
					   const struct sgnl_key *key, u32 now);
int sgnl_session_open(const struct sgnl_port_conf *conf,
		      const struct sgnl_session_place *place, u8 opener,
		      enum sgnl_reason reason, u32 rule,
		      const struct sgnl_session *stale, u32 now);
bool sgnl_session_has_room(const struct sgnl_port_conf *conf,
			   const struct sgnl_session_place *place);
void sgnl_session_purge(struct sgnl_port *port);
bool sgnl_session_expired(const struct sgnl_session *session, u32 now);
bool sgnl_session_pending(const struct sgnl_session *session, u32 judged);
void sgnl_session_renew(struct sgnl_session *session, u32 epoch);
void sgnl_session_cut(struct sgnl_session *session, u32 now);
struct sgnl_session_fsm sgnl_session_fsm(const struct sgnl_session *session);
int sgnl_session_walk(struct sgnl_session_cursor *cursor,
		      int (*show)(struct sgnl_session *session, void *arg),
		      void *arg);

#endif
