// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/slots and kmod/core/chain. */
#include <linux/in.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "limits.h"
#include "slots.h"
#include "tap.h"
#include "trial.h"

#define BUCKETS_MAX 40
#define SLOTS_MAX   (BUCKETS_MAX * SGNL_BUCKET_SLOTS)

/* What the twin knows: every session, in no order, and where it is. */
struct known {
	struct sgnl_flow flow;
	u64 key[SGNL_KEY_WORDS];
	struct sgnl_slots_hash hash;
	u32 slot;
	struct sgnl_session session;
};

struct twin {
	u32 words;
	struct sgnl_slots slots;
	struct known known[SLOTS_MAX + 1];
	unsigned int n;
	unsigned long moves;
	bool wrong;
};

/* Few hashes, so that buckets fill up. */
static u32 hash_mask = ~0u;

static struct sgnl_slots_hash hash(const u64 *key, u32 words)
{
	u64 h = 0;
	u32 i;

	for (i = 0; i < words; i++)
		h = (h ^ key[i] ^ h >> 29) * 0x9e3779b97f4a7c15ull;
	h = (h ^ h >> 32) * 0xbf58476d1ce4e5b9ull;
	return (struct sgnl_slots_hash){
		.first = (u32)(h >> 32) & hash_mask,
		.sum = sgnl_slots_sum(key, words),
	};
}

static void moved(void *arg, u32 from, u32 to)
{
	struct twin *t = arg;
	unsigned int i;

	t->moves++;
	for (i = 0; i < t->n; i++)
		if (t->known[i].slot == from) {
			t->known[i].slot = to;
			return;
		}
	t->wrong = true;
}

static const struct sgnl_slots_ops ops = { .hash = hash, .moved = moved };

static void draw_multipliers(void)
{
	unsigned int i;

	for (i = 0; i <= SGNL_KEY_WORDS; i++)
		sgnl_slots_multiplier[i] = rnd() | 1;
}

static void make_slots(struct sgnl_slots *slots, u32 n, u32 words)
{
	*slots = (struct sgnl_slots){
		.bucket = calloc(n ?: 1, sgnl_slots_bucket_bytes(words)),
		.n = n,
		.words = words,
	};
}

static struct sgnl_flow make_flow(u32 words)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP };
	struct sgnl_flow flow = {
		.local.lo = 0xc0000200 + rnd_below(4),
		.peer.lo = rnd_below(2) ? 0xffffffff : rnd_below(4),
		.local_port = rnd_below(2) ? 0xffff : rnd_below(3),
		.peer_port = rnd_below(3) ? rnd_below(4) : rnd(),
		.port = rnd_below(3) ? 1 + rnd_below(2) : SGNL_FLOW_PORTS,
		.family = SGNL_FAMILY_IPV4,
		.proto = RND_OF(protos),
	};

	if (words == SGNL_KEY4_WORDS)
		return flow;
	if (rnd_below(2)) {
		flow.vlan[0] = SGNL_VLAN_PRESENT | rnd_below(2);
		flow.vlan[1] = rnd_below(2) ? SGNL_VLAN_PRESENT : 0;
	} else {
		flow.family = SGNL_FAMILY_IPV6;
		flow.local.hi = rnd_below(2);
		flow.peer.hi = rnd();
	}
	return flow;
}

static struct sgnl_session make_session(const struct sgnl_flow *flow, u32 now)
{
	struct sgnl_session s = {
		.fsm = { .phase = rnd_below(8), .reset_by = rnd_below(4) },
		.opener = rnd_below(2),
		.reason = 1 + rnd_below(255),
		.epoch = rnd(),
		.last = now - rnd_below(SGNL_IDLE_DEFAULT * 2),
		.created = now - rnd_below(1 << 23),
	};

	if (flow->proto == IPPROTO_TCP) {
		s.times.established = 30 + rnd_below(881);
		s.times.closing = 3 + rnd_below(13);
	} else {
		s.times.other = 10 + rnd_below(901);
	}
	if (rnd_below(2)) {
		s.rule = rnd() | 1;
		s.reason = SGNL_REASON_RULE_ALLOW;
	}
	return s;
}

static bool same_session(const struct sgnl_session *a,
			 const struct sgnl_session *b)
{
	return a->fsm.both == b->fsm.both && a->opener == b->opener &&
	       a->reason == b->reason && a->epoch == b->epoch &&
	       a->last == b->last && a->created == b->created &&
	       a->rule == b->rule &&
	       a->times.established == b->times.established &&
	       a->times.closing == b->times.closing &&
	       a->times.other == b->times.other;
}

static struct known *find_known(struct twin *t, const struct sgnl_flow *flow)
{
	unsigned int i;

	for (i = 0; i < t->n; i++)
		if (!memcmp(&t->known[i].flow, flow, sizeof(*flow)))
			return &t->known[i];
	return NULL;
}

static void key_of(const struct sgnl_flow *flow, u64 *key)
{
	if (sgnl_slots_key_words(flow) == SGNL_KEY4_WORDS)
		sgnl_slots_key4(flow, key);
	else
		memcpy(key, flow->word, sizeof(flow->word));
}

static bool check_all(struct twin *t, u32 now)
{
	unsigned int i, used = 0;

	for (i = 0; i < t->slots.n * SGNL_BUCKET_SLOTS; i++)
		used += sgnl_slots_used(&t->slots, i);
	if (!CHECK_EQ(used, t->n) || !CHECK(!t->wrong))
		return false;
	for (i = 0; i < t->n; i++) {
		struct known *k = &t->known[i];
		struct sgnl_session s;
		struct sgnl_flow flow;

		if (!CHECK_EQ(sgnl_slots_find(&t->slots, k->hash, k->key),
			      k->slot))
			return false;
		flow = sgnl_slots_flow(&t->slots, k->slot);
		sgnl_slots_get(&t->slots, k->slot, now, &s);
		if (!CHECK(!memcmp(&flow, &k->flow, sizeof(flow))) ||
		    !CHECK_EQ(sgnl_slots_port(&t->slots, k->slot), flow.port) ||
		    !CHECK_EQ(sgnl_slots_proto(&t->slots, k->slot),
			      flow.proto) ||
		    !CHECK(same_session(&s, &k->session)))
			return false;
	}
	return true;
}

static bool is_full(const struct twin *t, u32 bucket)
{
	u32 i;

	for (i = 0; i < SGNL_BUCKET_SLOTS; i++)
		if (!sgnl_slots_used(&t->slots, bucket * SGNL_BUCKET_SLOTS + i))
			return false;
	return true;
}

/*
 * Are a bucket, the buckets to which its sessions could move, and those to which
 * theirs could, full?
 */
static bool all_full(const struct twin *t, u32 bucket, unsigned int steps)
{
	u32 i;

	if (!is_full(t, bucket))
		return false;
	if (!steps)
		return true;
	for (i = 0; i < SGNL_BUCKET_SLOTS; i++) {
		const u64 *key = sgnl_slots_key(&t->slots,
						bucket * SGNL_BUCKET_SLOTS + i);
		u32 other = sgnl_slots_other(bucket,
					     sgnl_slots_sum(key, t->words),
					     t->slots.n);

		if (!all_full(t, other, steps - 1))
			return false;
	}
	return true;
}

/* A slot is refused only if two steps do not lead from it to a free one. */
static bool refused_rightly(const struct twin *t, const struct known *k)
{
	u32 n = t->slots.n, first = sgnl_slots_first(k->hash, n);

	return all_full(t, first, 2) &&
	       all_full(t, sgnl_slots_other(first, k->hash.sum, n), 2);
}

static bool add(struct twin *t, u32 now)
{
	struct known *k = &t->known[t->n];

	k->flow = make_flow(t->words);
	if (find_known(t, &k->flow))
		return true;
	key_of(&k->flow, k->key);
	k->hash = hash(k->key, t->words);
	if (!CHECK_EQ(sgnl_slots_find(&t->slots, k->hash, k->key),
		      SGNL_SLOT_NONE))
		return false;
	k->slot = sgnl_slots_add(&t->slots, k->hash, k->key, &ops, t);
	if (k->slot == SGNL_SLOT_NONE)
		return !t->slots.n || CHECK(refused_rightly(t, k));
	k->session = make_session(&k->flow, now);
	sgnl_slots_set(&t->slots, k->slot, &k->session);
	t->n++;
	return true;
}

static void take(struct twin *t, unsigned int i)
{
	sgnl_slots_clear(&t->slots, t->known[i].slot);
	t->known[i] = t->known[--t->n];
}

/* All into an array of another length, or back where they do not fit. */
static bool copy(struct twin *t, u32 n)
{
	struct sgnl_slots to;
	struct twin next;
	unsigned int i;

	make_slots(&to, n, t->words);
	next = *t;
	next.slots = to;
	next.n = 0;
	for (i = 0; i < t->n; i++) {
		struct known *k = &next.known[i];

		k->slot = sgnl_slots_copy(&to, &t->slots, t->known[i].slot,
					  &ops, &next);
		if (k->slot == SGNL_SLOT_NONE) {
			free(to.bucket);
			return true;
		}
		next.n++;
	}
	free(t->slots.bucket);
	*t = next;
	return CHECK(!t->wrong);
}

bool try_slots(u32 words, u32 n, u32 mask, unsigned long *moves)
{
	static struct twin t;
	u32 now = rnd(), i;
	bool agree = true;

	t = (struct twin){ .words = words };
	hash_mask = mask;
	draw_multipliers();
	make_slots(&t.slots, n, words);
	for (i = 0; i < 400 && agree; i++) {
		if (t.n && rnd_below(5) < 2)
			take(&t, rnd_below(t.n));
		else if (rnd_one_in(50))
			agree = copy(&t, 1 + rnd_below(BUCKETS_MAX));
		else if (t.n < SLOTS_MAX)
			agree = add(&t, now);
		if (agree && i % 20 == 0)
			agree = check_all(&t, now);
	}
	agree = agree && check_all(&t, now);
	*moves += t.moves;
	free(t.slots.bucket);
	return agree;
}

static void test_twin(void)
{
	unsigned long i, moves = 0;

	for (i = 0; i < tap_rounds(400); i++) {
		u32 words = i % 2 ? SGNL_KEY4_WORDS : SGNL_KEY_WORDS;

		if (!try_slots(words, 1 + rnd_below(BUCKETS_MAX), ~0u,
			       &moves) ||
		    !try_slots(words, 2 + rnd_below(6), ~0u, &moves) ||
		    !try_slots(words, rnd_below(BUCKETS_MAX), 0xc0000003,
			       &moves))
			return;
	}
	CHECK(moves); /* full buckets were met */
}

/* The next key of some kind: one that differs in a word alone, or a random one. */
static void next_key(u64 *key, u32 words, unsigned int kind, unsigned int n)
{
	u32 i;

	if (kind == words) {
		for (i = 0; i < words; i++)
			key[i] = rnd();
		key[sgnl_slots_marker(words)] |= 1;
	} else {
		key[kind] = (u64)n << 32 | n;
	}
}

/*
 * Nearly all slots of an array of some length can be used, of whatever flows:
 * random ones, and those that differ in one word alone.
 */
static void test_load(void)
{
	unsigned int round, least = 100;

	hash_mask = ~0u;
	for (round = 0; round < tap_rounds(300); round++) {
		u32 words = round % 2 ? SGNL_KEY4_WORDS : SGNL_KEY_WORDS;
		u64 key[SGNL_KEY_WORDS] = { 1, 1, 1, 1, 1, 1 };
		unsigned int n = 0, kind = rnd_below(words + 1);
		struct sgnl_slots slots;
		u32 slot;

		draw_multipliers();
		/* The worst: each sum is a quarter of all buckets further. */
		if (kind < words && rnd_one_in(2))
			sgnl_slots_multiplier[kind] = (1ull << 62) + 1;
		make_slots(&slots, 100, words);
		do {
			static struct twin none;

			next_key(key, words, kind, n + 1);
			none.n = 0;
			slot = sgnl_slots_add(&slots, hash(key, words), key,
					      &ops, &none);
			n++;
		} while (slot != SGNL_SLOT_NONE);
		free(slots.bucket);
		if (n * 100 / 400 < least)
			least = n * 100 / 400;
	}
	tap_note("the least that was used of 400 slots: %u %%", least);
	CHECK(least >= 85);
}

/* Either bucket says which the other one is, in arrays of any length. */
static void test_other(void)
{
	unsigned int round;

	for (round = 0; round < tap_rounds(100000); round++) {
		u32 n = 1 + rnd_below(rnd_one_in(2) ? 10 : 1 << 18);
		u32 bucket = rnd_below(n), sum = rnd(), other;

		other = sgnl_slots_other(bucket, sum, n);
		if (!CHECK(other < n) ||
		    !CHECK_EQ(sgnl_slots_other(other, sum, n), bucket))
			return;
	}
}

/* Times at the edges of what is stored of them. */
static void test_times(void)
{
	static const u32 nows[] = { 0,	      1,	 300,
				    0xffff,   0x10000,	 0x10001,
				    0xffffff, 0x1000000, 0xffffffff };
	struct sgnl_flow flow = make_flow(SGNL_KEY4_WORDS);
	struct sgnl_slots slots;
	struct sgnl_session s, got;
	u64 key[SGNL_KEY4_WORDS];
	unsigned int i, k;

	make_slots(&slots, 1, SGNL_KEY4_WORDS);
	key_of(&flow, key);
	sgnl_slots_add(&slots, (struct sgnl_slots_hash){}, key, &ops, NULL);
	for (i = 0; i < COUNT_OF(nows); i++)
		for (k = 0; k < 1000; k++) {
			u32 now = nows[i];

			s = make_session(&flow, now);
			/* Another CPU's clock may be ahead. */
			s.last = now + 100 - rnd_below(60000);
			s.created = now + 100 - rnd_below(16000000);
			sgnl_slots_set(&slots, 0, &s);
			sgnl_slots_get(&slots, 0, now, &got);
			if (!CHECK(same_session(&s, &got)))
				break;
		}
	free(slots.bucket);
}

/* The state that is stored is what the state machine has, whatever else is. */
static void test_state(void)
{
	unsigned int kept, phase, reset;

	for (kept = 0; kept < 256; kept++)
		for (phase = 0; phase < 8; phase++)
			for (reset = 0; reset < 4; reset++) {
				struct sgnl_session_fsm fsm = { .phase = phase,
								.reset_by =
									reset },
							got;
				u8 state = sgnl_slot_pack_fsm(&fsm, kept);

				got = sgnl_slot_fsm(state);
				CHECK_EQ(got.both, fsm.both);
				CHECK_EQ(sgnl_slot_settled(state),
					 sgnl_session_settled(&fsm));
				CHECK_EQ(state & (SGNL_SLOT_OPENER |
						  SGNL_SLOT_BY_RULE),
					 kept & (SGNL_SLOT_OPENER |
						 SGNL_SLOT_BY_RULE));
			}
}

#define LINKS 32

static struct sgnl_chain_link links[LINKS];

/* Numbers that are no index, so that the two are not mixed up. */
static struct sgnl_chain_link *at(u32 number)
{
	return &links[number - 7];
}

static bool check_chain(const struct sgnl_chain *chain, const u32 *order,
			unsigned int n)
{
	u32 prev = SGNL_CHAIN_END, number = chain->first;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!CHECK_EQ(number, order[i]) ||
		    !CHECK_EQ(at(number)->prev, prev))
			return false;
		prev = number;
		number = at(number)->next;
	}
	return CHECK_EQ(number, SGNL_CHAIN_END) && CHECK_EQ(chain->last, prev);
}

static void test_chain(void)
{
	struct sgnl_chain chain = {};
	u32 order[LINKS];
	unsigned int n = 0, i, k;
	unsigned long round;

	for (i = 0; i < LINKS; i++)
		sgnl_chain_link_init(&links[i]);
	for (round = 0; round < tap_rounds(200000); round++) {
		u32 number = 7 + rnd_below(LINKS), to = 7 + rnd_below(LINKS);

		for (k = 0; k < n && order[k] != number; k++)
			;
		if (!CHECK_EQ(sgnl_chain_linked(at(number)), k < n))
			return;
		switch (rnd_below(4)) {
		case 0:
			if (k < n)
				continue;
			sgnl_chain_add(&chain, at(number), number, at);
			order[n++] = number;
			break;
		case 3:
			if (k < n)
				continue;
			sgnl_chain_add_first(&chain, at(number), number, at);
			memmove(order + 1, order, n++ * sizeof(*order));
			order[0] = number;
			break;
		case 1:
			sgnl_chain_del(&chain, at(number), at);
			if (k < n)
				memmove(order + k, order + k + 1,
					(--n - k) * sizeof(*order));
			break;
		case 2:
			if (sgnl_chain_linked(at(to)) || to == number)
				continue;
			sgnl_chain_move(&chain, at(number), to, at);
			if (k < n)
				order[k] = to;
			if (!CHECK(!sgnl_chain_linked(at(number))))
				return;
			break;
		}
		if (!check_chain(&chain, order, n))
			return;
	}
}

static const struct tap_test tests[] = {
	{ "S12 sessions in slots, held against a plain list", test_twin },
	{ "S10 most slots can be used, of whatever flows", test_load },
	{ "S12 either bucket of a session says the other one", test_other },
	{ "S1 S3 times are what they were, whichever clock reads them",
	  test_times },
	{ "S6 the state in a slot", test_state },
	{ "S10 a chain of numbers, held against an array", test_chain },
	{}
};

const struct tap_suite slots_suite = { "slots", tests };
