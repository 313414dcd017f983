/* SPDX-License-Identifier: GPL-2.0 */
/* What a packet does to a session: pure steps of small state machines. */
#ifndef SGNL_CORE_SESSION_STATE_H
#define SGNL_CORE_SESSION_STATE_H

#include "key.h"

/**
 * struct sgnl_session_fsm - where a session stands
 * @phase: enum sgnl_session_phase
 * @reset_by: bit 1 << enum sgnl_session_side for each side that a RST claimed
 *            to come from and that was not heard since
 * @both: the two, to be read and replaced as one number
 */
struct sgnl_session_fsm {
	union {
		struct {
			u8 phase;
			u8 reset_by;
		};
		u16 both;
	};
};

/**
 * struct sgnl_idle_times - how long sessions live without a packet (S2)
 * @established: TCP, in seconds
 * @closing: TCP that both sides have closed
 * @other: other protocols
 */
struct sgnl_idle_times {
	u16 established;
	u16 closing;
	u16 other;
};

enum sgnl_session_side {
	SGNL_SESSION_OPENER,
	SGNL_SESSION_ANSWERER,
};

/**
 * enum sgnl_session_step - what is to be done with the packet
 * @SGNL_STEP_JUDGE: it is no part of the session; judge it as new
 * @SGNL_STEP_PASS: it passes, and the session's time runs on
 * @SGNL_STEP_TOUCH: it passes, and the idle time starts anew
 * @SGNL_STEP_DROP: it is dropped, as the session was cut
 */
enum sgnl_session_step {
	SGNL_STEP_JUDGE,
	SGNL_STEP_PASS,
	SGNL_STEP_TOUCH,
	SGNL_STEP_DROP,
};

/**
 * sgnl_session_mark() - where a session stands once it was cut (S8)
 *
 * Context: any.
 */
static inline struct sgnl_session_fsm sgnl_session_mark(void)
{
	return (struct sgnl_session_fsm){ .phase = SGNL_PHASE_CUT };
}

/**
 * sgnl_session_is_mark() - was a session cut?
 * @state: where it stands
 *
 * Context: any.
 */
static inline bool sgnl_session_is_mark(const struct sgnl_session_fsm *state)
{
	return state->phase == SGNL_PHASE_CUT;
}

enum sgnl_session_step sgnl_session_step(struct sgnl_session_fsm *state,
					 const struct sgnl_key *key,
					 enum sgnl_session_side side);
/**
 * sgnl_session_settled() - is it in the middle of a connection?
 * @state: where it stands
 *
 * Then a packet of either side leaves it as it is and touches it
 * (SGNL_STEP_TOUCH), unless that is ICMP or has a SYN, FIN or RST.
 *
 * Context: any.
 */
static inline bool sgnl_session_settled(const struct sgnl_session_fsm *state)
{
	return state->phase == SGNL_PHASE_ESTABLISHED && !state->reset_by;
}

bool sgnl_session_makes_room(const struct sgnl_session_fsm *state);
bool sgnl_session_reachable(const struct sgnl_session_fsm *state, u8 proto);
u32 sgnl_session_idle(const struct sgnl_session_fsm *state, u8 proto,
		      const struct sgnl_idle_times *times);
u8 sgnl_session_shown_state(const struct sgnl_session_fsm *state);

#endif
