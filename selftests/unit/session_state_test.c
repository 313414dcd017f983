// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/session_state. */
#include <stdio.h>

#include "flow.h"
#include "limits.h"
#include "make.h"
#include "session_state.h"
#include "tap.h"
#include "trial.h"

#define OPENER	 SGNL_SESSION_OPENER
#define ANSWERER SGNL_SESSION_ANSWERER

static const struct sgnl_idle_times usual = { 910, 3, 910 };

/* What a session is by the words of S3, S4 and S6. */
struct twin {
	bool answered;
	bool fin[2];
	bool reset[2];
	bool cut;
};

static enum sgnl_session_step twin_step(struct twin *t, u8 flags, int side)
{
	bool closing = t->fin[0] && t->fin[1];

	/*
	 * S4: a SYN without ACK is part of a session only as the opener's
	 * repeat of an unanswered or established one.
	 */
	if ((flags & SGNL_TCP_SYN) && !(flags & SGNL_TCP_ACK) &&
	    !(flags & SGNL_TCP_RST) &&
	    (side != OPENER || closing || t->reset[0] || t->reset[1]))
		return SGNL_STEP_JUDGE;

	if (side == ANSWERER)
		t->answered = true;
	/* S6: a RST marks, what else comes from its side takes that back. */
	t->reset[side] = flags & SGNL_TCP_RST;
	/* S6: FIN from both sides. */
	if ((flags & SGNL_TCP_FIN) && !(flags & (SGNL_TCP_RST | SGNL_TCP_SYN)))
		t->fin[side] = true;
	/* S3: nothing makes an unanswered one live longer. */
	return t->answered ? SGNL_STEP_TOUCH : SGNL_STEP_PASS;
}

/* S8: a SYN, or of others what the opener sends to begin; all else is dropped. */
static enum sgnl_session_step twin_mark(const struct sgnl_key *key, int side)
{
	bool v4 = key->family == SGNL_FAMILY_IPV4;
	bool lifts = side == OPENER;

	if (key->proto == 6)
		lifts = (key->tcp_flags & SGNL_TCP_SYN) &&
			!(key->tcp_flags & SGNL_TCP_ACK);
	else if (key->proto == (v4 ? 1 : 58))
		lifts &= key->icmp_type == (v4 ? 8 : 128);
	return lifts ? SGNL_STEP_JUDGE : SGNL_STEP_DROP;
}

/* S12: requests from the opener and replies to it; all else is one flow. */
static enum sgnl_session_step twin_other(struct twin *t,
					 const struct sgnl_key *key, int side)
{
	bool v4 = key->family == SGNL_FAMILY_IPV4;
	bool request = key->icmp_type == (v4 ? 8 : 128);
	bool opener = side == OPENER;

	if (key->proto == (v4 ? 1 : 58) && request != opener)
		return SGNL_STEP_JUDGE;
	t->answered |= !opener;
	return SGNL_STEP_TOUCH;
}

/* S2, S3, S6 */
static u32 twin_idle(const struct twin *t, const struct sgnl_idle_times *times)
{
	if (t->fin[0] && t->fin[1])
		return times->closing;
	if (!t->answered)
		return 30;
	if ((t->reset[0] || t->reset[1]) && times->established > 60)
		return 60;
	return times->established;
}

static u8 twin_shown(const struct twin *t)
{
	if (t->cut)
		return SGNL_SESSION_STATE_CUT;
	if (t->reset[0] || t->reset[1])
		return SGNL_SESSION_STATE_RESET;
	if (t->fin[0] && t->fin[1])
		return SGNL_SESSION_STATE_CLOSING;
	return t->answered ? SGNL_SESSION_STATE_ESTABLISHED :
			     SGNL_SESSION_STATE_OPENED;
}

/* Pairs of a state and its twin that were reached, and are yet to be left. */
#define PAIRS_MAX 1000

struct pair {
	struct sgnl_session_fsm fsm;
	struct twin twin;
};

static bool same_pair(const struct pair *a, const struct pair *b)
{
	return a->fsm.phase == b->fsm.phase &&
	       a->fsm.reset_by == b->fsm.reset_by &&
	       memcmp(&a->twin, &b->twin, sizeof(a->twin)) == 0;
}

/*
 * Every sequence of packets, however long: from the first pair on, each pair
 * is left by every packet until no new one turns up.
 */
static void test_tcp_all(void)
{
	static struct pair pair[PAIRS_MAX];
	unsigned int n = 1, i, k, flags, side;

	memset(pair, 0, sizeof(pair[0]));
	for (i = 0; i < n; i++)
		for (flags = 1; flags < 64; flags++)
			for (side = 0; side < 2; side++) {
				struct pair p = pair[i];
				struct sgnl_key key = {
					.family = SGNL_FAMILY_IPV4,
					.proto = 6,
					.tcp_flags = flags,
				};
				int got, want;

				got = sgnl_session_step(&p.fsm, &key, side);
				want = twin_step(&p.twin, flags, side);
				if (!CHECK_EQ(got, want) ||
				    !CHECK_EQ(sgnl_session_idle(&p.fsm, 6,
								&usual),
					      twin_idle(&p.twin, &usual)) ||
				    !CHECK_EQ(sgnl_session_shown_state(&p.fsm),
					      twin_shown(&p.twin))) {
					tap_note("pair %u phase %u reset_by %u flags %02x side %u",
						 i, pair[i].fsm.phase,
						 pair[i].fsm.reset_by, flags,
						 side);
					return;
				}
				for (k = 0; k < n; k++)
					if (same_pair(&p, &pair[k]))
						break;
				if (k < n)
					continue;
				if (!CHECK(n < PAIRS_MAX))
					return;
				pair[n++] = p;
			}
	/* Unanswered, established, two halves, closing, by resets. */
	CHECK(n >= 10);
}

static int step(struct sgnl_session_fsm *fsm, u8 flags, int side)
{
	struct sgnl_key key = { .family = SGNL_FAMILY_IPV4,
				.proto = 6,
				.tcp_flags = flags };

	return sgnl_session_step(fsm, &key, side);
}

enum {
	SYN = SGNL_TCP_SYN,
	ACK = SGNL_TCP_ACK,
	SYNACK = SGNL_TCP_SYN | SGNL_TCP_ACK,
	FIN = SGNL_TCP_FIN | SGNL_TCP_ACK,
	RST = SGNL_TCP_RST,
	DATA = SGNL_TCP_ACK | SGNL_TCP_PSH,
};

static struct sgnl_session_fsm established(void)
{
	struct sgnl_session_fsm fsm = {};

	CHECK_EQ(step(&fsm, SYNACK, ANSWERER), SGNL_STEP_TOUCH);
	CHECK_EQ(step(&fsm, ACK, OPENER), SGNL_STEP_TOUCH);
	return fsm;
}

static void test_unanswered(void)
{
	struct sgnl_session_fsm fsm = {};

	CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 30);
	CHECK_EQ(step(&fsm, SYN, OPENER), SGNL_STEP_PASS);
	CHECK_EQ(step(&fsm, SYN, OPENER), SGNL_STEP_PASS);
	CHECK_EQ(step(&fsm, DATA, OPENER), SGNL_STEP_PASS);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 30);
	CHECK_EQ(sgnl_session_shown_state(&fsm), SGNL_SESSION_STATE_OPENED);
	CHECK_EQ(step(&fsm, SYNACK, ANSWERER), SGNL_STEP_TOUCH);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 910);
}

static void test_syn(void)
{
	struct sgnl_session_fsm fsm = established(), before = fsm;

	/* The opener's repeat is part of it, the other side's is not. */
	CHECK_EQ(step(&fsm, SYN, OPENER), SGNL_STEP_TOUCH);
	CHECK_EQ(step(&fsm, SYN, ANSWERER), SGNL_STEP_JUDGE);
	CHECK_EQ(fsm.phase, before.phase);
	CHECK_EQ(fsm.reset_by, before.reset_by);
	/* A SYN with ACK is not a new connection. */
	CHECK_EQ(step(&fsm, SYNACK, ANSWERER), SGNL_STEP_TOUCH);
	/* Closing, any SYN is judged. */
	step(&fsm, FIN, OPENER);
	step(&fsm, FIN, ANSWERER);
	CHECK_EQ(step(&fsm, SYN, OPENER), SGNL_STEP_JUDGE);
	CHECK_EQ(step(&fsm, SYN, ANSWERER), SGNL_STEP_JUDGE);
}

static void test_fin(void)
{
	struct sgnl_session_fsm fsm = established();

	CHECK_EQ(step(&fsm, FIN, OPENER), SGNL_STEP_TOUCH);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 910);
	CHECK_EQ(step(&fsm, FIN, OPENER), SGNL_STEP_TOUCH);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 910);
	CHECK_EQ(step(&fsm, FIN, ANSWERER), SGNL_STEP_TOUCH);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 3);
	CHECK_EQ(step(&fsm, ACK, OPENER), SGNL_STEP_TOUCH);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 3);

	fsm = established();
	step(&fsm, FIN, ANSWERER);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 910);
	step(&fsm, FIN, OPENER);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 3);
}

static void test_rst(void)
{
	int side;

	for (side = 0; side < 2; side++) {
		struct sgnl_session_fsm fsm = established();

		CHECK_EQ(step(&fsm, RST, side), SGNL_STEP_TOUCH);
		CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 60);
		CHECK_EQ(sgnl_session_shown_state(&fsm),
			 SGNL_SESSION_STATE_RESET);
		/* The other side's packets prove nothing. */
		step(&fsm, DATA, !side);
		CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 60);
		step(&fsm, RST | ACK, side);
		CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 60);
		CHECK_EQ(step(&fsm, DATA, side), SGNL_STEP_TOUCH);
		CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 910);
	}
}

static void test_rst_both(void)
{
	int side;

	for (side = 0; side < 2; side++) {
		struct sgnl_session_fsm fsm = established();

		step(&fsm, RST, side);
		step(&fsm, RST, !side);
		step(&fsm, DATA, side);
		CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 60);
		step(&fsm, DATA, !side);
		CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 910);
	}
}

static void test_others(void)
{
	static const u8 protos[] = { 0, 17, 47, 132, 255 };
	unsigned int i;

	for (i = 0; i < COUNT_OF(protos); i++) {
		struct sgnl_session_fsm fsm = {};
		struct sgnl_key key = { .family = SGNL_FAMILY_IPV6,
					.proto = protos[i] };

		CHECK_EQ(sgnl_session_idle(&fsm, protos[i], &usual), 910);
		CHECK_EQ(sgnl_session_step(&fsm, &key, OPENER),
			 SGNL_STEP_TOUCH);
		CHECK_EQ(sgnl_session_shown_state(&fsm),
			 SGNL_SESSION_STATE_OPENED);
		CHECK_EQ(sgnl_session_step(&fsm, &key, ANSWERER),
			 SGNL_STEP_TOUCH);
		CHECK_EQ(sgnl_session_shown_state(&fsm),
			 SGNL_SESSION_STATE_ESTABLISHED);
		CHECK_EQ(sgnl_session_step(&fsm, &key, OPENER),
			 SGNL_STEP_TOUCH);
		CHECK_EQ(sgnl_session_shown_state(&fsm),
			 SGNL_SESSION_STATE_ESTABLISHED);
		CHECK_EQ(sgnl_session_idle(&fsm, protos[i], &usual), 910);
	}
}

static void test_echo(void)
{
	int v6;

	for (v6 = 0; v6 < 2; v6++) {
		struct sgnl_session_fsm fsm = {};
		struct sgnl_key request = { .family = v6 ? 6 : 4,
					    .proto = v6 ? 58 : 1,
					    .icmp_type = v6 ? 128 : 8 };
		struct sgnl_key reply = request;

		reply.icmp_type = v6 ? 129 : 0;
		CHECK_EQ(sgnl_session_step(&fsm, &request, OPENER),
			 SGNL_STEP_TOUCH);
		CHECK_EQ(sgnl_session_step(&fsm, &reply, OPENER),
			 SGNL_STEP_JUDGE);
		CHECK_EQ(sgnl_session_step(&fsm, &request, ANSWERER),
			 SGNL_STEP_JUDGE);
		CHECK_EQ(sgnl_session_shown_state(&fsm),
			 SGNL_SESSION_STATE_OPENED);
		CHECK_EQ(sgnl_session_step(&fsm, &reply, ANSWERER),
			 SGNL_STEP_TOUCH);
		CHECK_EQ(sgnl_session_shown_state(&fsm),
			 SGNL_SESSION_STATE_ESTABLISHED);
		CHECK_EQ(sgnl_session_idle(&fsm, request.proto, &usual), 910);
	}
}

/* S2: each time is its own; the first SYN's 30 s are nobody's to change. */
static void test_times(void)
{
	static const struct sgnl_idle_times times = { 200, 7, 20 };
	static const struct sgnl_idle_times low = { 45, 15, 10 };
	struct sgnl_session_fsm fsm = {};

	CHECK_EQ(sgnl_session_idle(&fsm, 6, &times), 30);
	CHECK_EQ(sgnl_session_idle(&fsm, 17, &times), 20);
	CHECK_EQ(sgnl_session_idle(&fsm, 17, &low), 10);
	fsm = established();
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &times), 200);
	CHECK_EQ(sgnl_session_idle(&fsm, 47, &times), 20);
	/* A RST lowers the time, or leaves it where it is lower already. */
	step(&fsm, RST, ANSWERER);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &times), 60);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &low), 45);
	fsm = established();
	step(&fsm, FIN, OPENER);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &times), 200);
	step(&fsm, FIN, ANSWERER);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &times), 7);
	step(&fsm, RST, ANSWERER);
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &low), 15);
}

static void test_room(void)
{
	struct sgnl_session_fsm fsm = {};
	struct sgnl_key key = { .family = SGNL_FAMILY_IPV4, .proto = 17 };

	CHECK(sgnl_session_makes_room(&fsm));
	sgnl_session_step(&fsm, &key, OPENER);
	CHECK(sgnl_session_makes_room(&fsm));
	sgnl_session_step(&fsm, &key, ANSWERER);
	CHECK(!sgnl_session_makes_room(&fsm));

	fsm = (struct sgnl_session_fsm){};
	step(&fsm, SYN, OPENER);
	CHECK(sgnl_session_makes_room(&fsm));
	fsm = established();
	CHECK(!sgnl_session_makes_room(&fsm));
	step(&fsm, RST, OPENER);
	CHECK(sgnl_session_makes_room(&fsm));
	step(&fsm, DATA, OPENER);
	CHECK(!sgnl_session_makes_room(&fsm));
	/* Closed is not reset. */
	step(&fsm, FIN, OPENER);
	step(&fsm, FIN, ANSWERER);
	CHECK(!sgnl_session_makes_room(&fsm));
}

/* S8: of each kind of session, what lifts its mark, and what does not. */
static void test_mark(void)
{
	static const u8 flags[] = { SYNACK, ACK, DATA, FIN, RST, RST | ACK };
	struct sgnl_session_fsm fsm = sgnl_session_mark();
	struct sgnl_key udp = { .family = SGNL_FAMILY_IPV4, .proto = 17 };
	struct sgnl_key echo = { .family = SGNL_FAMILY_IPV4, .proto = 1 };
	unsigned int side, i;

	for (side = 0; side < 2; side++) {
		CHECK_EQ(step(&fsm, SYN, side), SGNL_STEP_JUDGE);
		for (i = 0; i < COUNT_OF(flags); i++)
			CHECK_EQ(step(&fsm, flags[i], side), SGNL_STEP_DROP);
	}
	CHECK_EQ(sgnl_session_step(&fsm, &udp, OPENER), SGNL_STEP_JUDGE);
	CHECK_EQ(sgnl_session_step(&fsm, &udp, ANSWERER), SGNL_STEP_DROP);
	echo.icmp_type = 8;
	CHECK_EQ(sgnl_session_step(&fsm, &echo, OPENER), SGNL_STEP_JUDGE);
	CHECK_EQ(sgnl_session_step(&fsm, &echo, ANSWERER), SGNL_STEP_DROP);
	echo.icmp_type = 0;
	CHECK_EQ(sgnl_session_step(&fsm, &echo, OPENER), SGNL_STEP_DROP);
	CHECK_EQ(sgnl_session_step(&fsm, &echo, ANSWERER), SGNL_STEP_DROP);
	/* None of them has changed it. */
	CHECK(sgnl_session_is_mark(&fsm));
	CHECK(!sgnl_session_settled(&fsm));
	CHECK(sgnl_session_makes_room(&fsm));
	CHECK_EQ(sgnl_session_idle(&fsm, 6, &usual), 910);
	CHECK_EQ(sgnl_session_idle(&fsm, 17, &usual), 910);
	CHECK_EQ(sgnl_session_shown_state(&fsm), SGNL_SESSION_STATE_CUT);
	fsm = established();
	CHECK(!sgnl_session_is_mark(&fsm));
}

/* S7: what a session is judged by again is the packet that opened it. */
static void test_flow_key(void)
{
	static const u8 protos[] = { 6, 17, 47, 1, 58 };
	unsigned long n;

	for (n = 0; n < tap_rounds(10000); n++) {
		struct sgnl_key key = {
			.local = { rnd(), rnd() },
			.peer = { rnd(), rnd() },
			.local_port = rnd(),
			.peer_port = rnd(),
			.vlan = { rnd(), rnd() },
			.family = rnd_one_in(2) ? SGNL_FAMILY_IPV4 :
						  SGNL_FAMILY_IPV6,
			.direction = rnd_below(2),
			.proto = RND_OF(protos),
		};
		struct sgnl_flow flow;
		struct sgnl_key got;

		if (key.proto == 6)
			key.tcp_flags = SGNL_TCP_SYN;
		if (key.proto == 1 && key.family == SGNL_FAMILY_IPV4)
			key.icmp_type = 8;
		if (key.proto == 58 && key.family == SGNL_FAMILY_IPV6)
			key.icmp_type = 128;
		flow = sgnl_flow(&key, 1);
		got = sgnl_flow_key(&flow, key.direction);
		if (!CHECK(sgnl_key_opens(&got)) ||
		    !CHECK(!memcmp(&got, &key, sizeof(key)))) {
			tap_note("proto %u family %u direction %u", key.proto,
				 key.family, key.direction);
			return;
		}
	}
}

/* Goes on from where a session stands, by every packet, wherever it was not yet. */
static void reach(bool been[8][4], struct sgnl_session_fsm fsm, u8 proto)
{
	struct sgnl_key key = { .family = 4, .proto = proto };
	unsigned int flags, type;
	int side;

	if (been[fsm.phase][fsm.reset_by])
		return;
	been[fsm.phase][fsm.reset_by] = true;
	for (side = 0; side < 2; side++)
		for (flags = 0; flags < (proto == 6 ? 64 : 1); flags++)
			for (type = 0; type <= 8; type += 8) {
				struct sgnl_session_fsm next = fsm;

				key.tcp_flags = flags;
				key.icmp_type = type;
				sgnl_session_step(&next, &key, side);
				reach(been, next, proto);
			}
}

static void test_reachable(void)
{
	static const u8 protos[] = { 6, 17, 1, 47, 132 };
	unsigned int i;

	for (i = 0; i < COUNT_OF(protos); i++) {
		bool been[8][4] = {};
		struct sgnl_session_fsm fsm = {};

		reach(been, fsm, protos[i]);
		reach(been, sgnl_session_mark(), protos[i]);
		for (fsm.phase = 0; fsm.phase < 8; fsm.phase++)
			for (fsm.reset_by = 0; fsm.reset_by < 4; fsm.reset_by++)
				if (!CHECK_EQ(sgnl_session_reachable(&fsm,
								     protos[i]),
					      been[fsm.phase][fsm.reset_by]))
					tap_note("proto %u phase %u reset %u",
						 protos[i], fsm.phase,
						 fsm.reset_by);
	}
}

bool try_session(unsigned int steps)
{
	static const u8 protos[] = { 6, 6, 6, 17, 47, 1, 58 };
	static const u8 types[] = { 8, 0, 128, 129 };
	struct sgnl_idle_times times = { .established = 30 + rnd_below(881),
					 .closing = 3 + rnd_below(13),
					 .other = 10 + rnd_below(901) };
	struct sgnl_session_fsm fsm = {};
	struct twin t = {};
	struct sgnl_key key = { .family = rnd_one_in(2) ? 4 : 6,
				.proto = RND_OF(protos) };
	bool tcp = key.proto == 6;

	while (steps--) {
		struct sgnl_session_fsm before = fsm;
		int side = rnd_below(2), got, want;
		bool settled = t.answered && !t.fin[0] && !t.fin[1] &&
			       !t.reset[0] && !t.reset[1] && !t.cut;

		key.icmp_type = RND_OF(types);
		key.tcp_flags = tcp ? 1 + rnd_below(63) : 0;
		got = sgnl_session_step(&fsm, &key, side);
		want = t.cut ? twin_mark(&key, side) :
		       tcp   ? twin_step(&t, key.tcp_flags, side) :
			       twin_other(&t, &key, side);
		if (!CHECK_EQ(got, want) ||
		    !CHECK_EQ(sgnl_session_idle(&fsm, key.proto, &times),
			      !tcp  ? times.other :
			      t.cut ? times.established :
				      twin_idle(&t, &times)) ||
		    !CHECK_EQ(sgnl_session_makes_room(&fsm),
			      !t.answered || t.reset[0] || t.reset[1] ||
				      t.cut) ||
		    !CHECK_EQ(sgnl_session_shown_state(&fsm), twin_shown(&t))) {
			tap_note("proto %u flags %02x type %u side %d",
				 key.proto, key.tcp_flags, key.icmp_type, side);
			return false;
		}
		if (!CHECK_EQ(sgnl_session_settled(&before), settled))
			return false;
		if (settled && (tcp ? !(key.tcp_flags & 7) : key.proto == 17) &&
		    !(CHECK_EQ(got, SGNL_STEP_TOUCH) &&
		      CHECK(!memcmp(&fsm, &before, sizeof(fsm)))))
			return false;
		if (rnd_one_in(40)) {
			fsm = sgnl_session_mark();
			t.cut = true;
		}
	}
	return true;
}

static void test_random(void)
{
	unsigned long n;

	for (n = 0; n < tap_rounds(50000); n++)
		if (!try_session(20))
			return;
}

static const struct tap_test tests[] = {
	{ "S1 sessions without states live 910 seconds", test_others },
	{ "S3 an unanswered TCP session lives 30 seconds, not extended",
	  test_unanswered },
	{ "S4 a SYN is the opener's repeat, or is judged", test_syn },
	{ "S6 FIN from both sides starts closing", test_fin },
	{ "S6 RST lowers the time, its own side restores it", test_rst },
	{ "S6 RST in both names needs both to restore it", test_rst_both },
	{ "S2 idle times are the session's own", test_times },
	{ "S10 never answered or reset makes room", test_room },
	{ "S12 echo requests one way, replies the other", test_echo },
	{ "S8 S10 what was cut is a mark, which little lifts", test_mark },
	{ "S7 a session's flow tells what opened it", test_flow_key },
	{ "S13 a session stands where packets bring it, and nowhere else",
	  test_reachable },
	{ "S3 S4 S6 TCP, all sequences, held against their words",
	  test_tcp_all },
	{ "S2 S3 S4 S6 S8 S10 S12 random packets, held against their words",
	  test_random },
	{}
};

const struct tap_suite session_state_suite = { "session_state", tests };
