// SPDX-License-Identifier: GPL-2.0
/*
 * What a packet does to a session: pure steps of small state machines.
 *
 * A TCP session is followed by its flags alone, not by its sequence numbers:
 * what a forged segment can do is bounded instead (a RST takes time away that
 * the next honest segment gives back, S6; a SYN from the wrong side is judged
 * by the rules, S4).
 */
#include <linux/in.h>

#include "session_state.h"

enum tcp_event { EV_SYN, EV_SYNACK, EV_OTHER, EV_FIN, EV_RST, EV_COUNT };

enum {
	sOP = SGNL_PHASE_OPENED,
	sOF = SGNL_PHASE_OPENED_FIN,
	sES = SGNL_PHASE_ESTABLISHED,
	sFO = SGNL_PHASE_FIN_OPENER,
	sFA = SGNL_PHASE_FIN_ANSWERER,
	sCL = SGNL_PHASE_CLOSING,
	sJU = 0xff, /* no part of the session */
};

/*
 * The next phase by side, event and present phase.
 *
 * opener
 *   SYN     a repeat of an unanswered or established session's (S4); in sCL
 *           it is a new connection, to be judged
 * answerer
 *   SYN     judged wherever it comes (S4)
 *   others  any of them answers
 * A RST changes no phase but by answering; see sgnl_session_step().
 */
static const u8 tcp_next[2][EV_COUNT][sCL + 1] = {
	[SGNL_SESSION_OPENER] = {
		/*              sOP  sOF  sES  sFO  sFA  sCL */
		[EV_SYN]    = { sOP, sOF, sES, sFO, sFA, sJU },
		[EV_SYNACK] = { sOP, sOF, sES, sFO, sFA, sCL },
		[EV_OTHER]  = { sOP, sOF, sES, sFO, sFA, sCL },
		[EV_FIN]    = { sOF, sOF, sFO, sFO, sCL, sCL },
		[EV_RST]    = { sOP, sOF, sES, sFO, sFA, sCL },
	},
	[SGNL_SESSION_ANSWERER] = {
		/*              sOP  sOF  sES  sFO  sFA  sCL */
		[EV_SYN]    = { sJU, sJU, sJU, sJU, sJU, sJU },
		[EV_SYNACK] = { sES, sFO, sES, sFO, sFA, sCL },
		[EV_OTHER]  = { sES, sFO, sES, sFO, sFA, sCL },
		[EV_FIN]    = { sFA, sCL, sFA, sCL, sFA, sCL },
		[EV_RST]    = { sES, sFO, sES, sFO, sFA, sCL },
	},
};

static bool unanswered(const struct sgnl_session_fsm *state)
{
	return state->phase < SGNL_PHASE_ESTABLISHED;
}

static enum tcp_event tcp_event(u8 flags)
{
	if (flags & SGNL_TCP_RST)
		return EV_RST;
	if (flags & SGNL_TCP_SYN)
		return flags & SGNL_TCP_ACK ? EV_SYNACK : EV_SYN;
	return flags & SGNL_TCP_FIN ? EV_FIN : EV_OTHER;
}

static enum sgnl_session_step tcp_step(struct sgnl_session_fsm *state, u8 flags,
				       enum sgnl_session_side side)
{
	enum tcp_event event = tcp_event(flags);
	u8 next = tcp_next[side][event][state->phase];

	/* After a RST, a SYN begins another connection. */
	if (event == EV_SYN && state->reset_by)
		next = sJU;
	if (next == sJU)
		return SGNL_STEP_JUDGE;

	state->phase = next;
	if (event == EV_RST)
		state->reset_by |= 1 << side;
	else
		state->reset_by &= ~(1 << side);
	return unanswered(state) ? SGNL_STEP_PASS : SGNL_STEP_TOUCH;
}

/*
 * What may lift a mark is judged as new: a SYN of either side, of others what
 * the opener sends to open a session. All else of the flow is dropped (S8).
 */
static enum sgnl_session_step mark_step(const struct sgnl_key *key,
					enum sgnl_session_side side)
{
	if (sgnl_key_opens(key) &&
	    (key->proto == IPPROTO_TCP || side == SGNL_SESSION_OPENER))
		return SGNL_STEP_JUDGE;
	return SGNL_STEP_DROP;
}

/**
 * sgnl_session_step() - one packet of a session
 * @state: where the session stands; changed if the packet is part of it
 * @key: the packet, one that sgnl_key_tracked() tells to be tracked
 * @side: which side of the session sent it
 *
 * A mark stays one: what lifts it begins another session in its place.
 *
 * An echo session is made of its opener's requests and the other side's
 * replies; what runs the other way round is judged like a SYN that does.
 *
 * Context: any. The caller sees to it that no two steps are lost.
 * Return: what is to be done with the packet.
 */
enum sgnl_session_step sgnl_session_step(struct sgnl_session_fsm *state,
					 const struct sgnl_key *key,
					 enum sgnl_session_side side)
{
	bool opener = side == SGNL_SESSION_OPENER;

	if (sgnl_session_is_mark(state))
		return mark_step(key, side);
	if (key->proto == IPPROTO_TCP)
		return tcp_step(state, key->tcp_flags, side);
	if (sgnl_key_is_icmp(key) && sgnl_key_echo_request(key) != opener)
		return SGNL_STEP_JUDGE;
	if (side == SGNL_SESSION_ANSWERER)
		state->phase = SGNL_PHASE_ESTABLISHED;
	return SGNL_STEP_TOUCH;
}

/**
 * sgnl_session_makes_room() - may a session be ended so that another can begin
 *                             (S10)?
 * @state: where it stands
 *
 * One that was never answered, of whatever protocol, that was reset (S6), or
 * that was cut, which goes before all others (S8).
 *
 * Context: any.
 */
bool sgnl_session_makes_room(const struct sgnl_session_fsm *state)
{
	return unanswered(state) || state->reset_by ||
	       sgnl_session_is_mark(state);
}

/**
 * sgnl_session_reachable() - can a session stand there (S13)?
 * @state: where it would stand
 * @proto: its protocol
 *
 * Only TCP has a FIN and a RST; a RST of the answerer answers.
 *
 * Context: any.
 */
bool sgnl_session_reachable(const struct sgnl_session_fsm *state, u8 proto)
{
	if (sgnl_session_is_mark(state))
		return !state->reset_by;
	if (proto != IPPROTO_TCP)
		return !state->reset_by &&
		       (state->phase == SGNL_PHASE_OPENED ||
			state->phase == SGNL_PHASE_ESTABLISHED);
	return state->phase < SGNL_PHASE_CUT &&
	       !(unanswered(state) &&
		 state->reset_by & 1 << SGNL_SESSION_ANSWERER);
}

/**
 * sgnl_session_idle() - how long a session lives without a packet
 * @state: where it stands
 * @proto: its protocol
 * @times: its port's times when it was opened (S2)
 *
 * An unanswered TCP session lives that long from its first SYN (S3), since no
 * step touches it. A mark lives as long as an established session, from when
 * it was cut.
 *
 * Context: any.
 * Return: seconds.
 */
u32 sgnl_session_idle(const struct sgnl_session_fsm *state, u8 proto,
		      const struct sgnl_idle_times *times)
{
	if (proto != IPPROTO_TCP)
		return times->other;
	if (state->phase == SGNL_PHASE_CLOSING)
		return times->closing;
	if (unanswered(state))
		return SGNL_IDLE_TCP_OPENED;
	if (state->reset_by && times->established > SGNL_IDLE_TCP_RESET)
		return SGNL_IDLE_TCP_RESET;
	return times->established;
}

/**
 * sgnl_session_shown_state() - the state as user space is told
 * @state: where the session stands
 *
 * Context: any.
 * Return: enum sgnl_session_state of the protocol.
 */
u8 sgnl_session_shown_state(const struct sgnl_session_fsm *state)
{
	if (sgnl_session_is_mark(state))
		return SGNL_SESSION_STATE_CUT;
	if (state->reset_by)
		return SGNL_SESSION_STATE_RESET;
	if (unanswered(state))
		return SGNL_SESSION_STATE_OPENED;
	if (state->phase == SGNL_PHASE_CLOSING)
		return SGNL_SESSION_STATE_CLOSING;
	return SGNL_SESSION_STATE_ESTABLISHED;
}
