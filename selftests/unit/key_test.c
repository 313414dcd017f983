// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/key. */
#include <stdio.h>

#include "make.h"
#include "plain.h"
#include "slots.h"
#include "reason.h"
#include "tap.h"
#include "trial.h"

/* Longer than anything that a test builds. */
#define PACKET_MAX 4096

/**
 * struct packet - bytes that are being put together
 * @b: the bytes
 * @n: how many
 */
struct packet {
	u8 b[PACKET_MAX];
	size_t n;
};

/* ---- putting packets together ---- */

static void put8(struct packet *p, u8 v)
{
	if (p->n >= PACKET_MAX)
		abort();
	p->b[p->n++] = v;
}

static void put16(struct packet *p, u16 v)
{
	put8(p, v >> 8);
	put8(p, v);
}

static void put_zero(struct packet *p, size_t n)
{
	while (n--)
		put8(p, 0);
}

static void set16(struct packet *p, size_t at, u16 v)
{
	p->b[at] = v >> 8;
	p->b[at + 1] = v;
}

/* From 192.0.2.1 to 198.51.100.2; the length is set by end(). */
static void begin4(struct packet *p, u8 proto, const u8 *option, size_t n)
{
	p->n = 0;
	put8(p, 0x40 | (5 + n / 4));
	put8(p, 0);
	put16(p, 0);
	put16(p, 0x1234);
	put16(p, 0);
	put8(p, 61);
	put8(p, proto);
	put16(p, 0);
	put16(p, 0xc000);
	put16(p, 0x0201);
	put16(p, 0xc633);
	put16(p, 0x6402);
	while (n--)
		put8(p, *option++);
}

/* From 2001:db8::1 to 2001:db8::2 */
static void begin6(struct packet *p, u8 next)
{
	unsigned int i;

	p->n = 0;
	put16(p, 0x6000);
	put16(p, 0);
	put16(p, 0);
	put8(p, next);
	put8(p, 61);
	for (i = 1; i <= 2; i++) {
		put16(p, 0x2001);
		put16(p, 0x0db8);
		put_zero(p, 10);
		put16(p, i);
	}
}

static void end(struct packet *p)
{
	if (p->b[0] >> 4 == 4)
		set16(p, 2, p->n);
	else
		set16(p, 4, p->n - 40);
}

static void put_tcp(struct packet *p, u8 flags, unsigned int words)
{
	put16(p, 40000);
	put16(p, 443);
	put_zero(p, 8);
	put8(p, words << 4);
	put8(p, flags);
	put_zero(p, 6);
	if (words > 5)
		put_zero(p, words * 4 - 20);
}

static void put_udp(struct packet *p, u16 size)
{
	put16(p, 40001);
	put16(p, 53);
	put16(p, size);
	put16(p, 0);
}

static void put_icmp(struct packet *p, u8 type, u8 code, u16 id)
{
	put8(p, type);
	put8(p, code);
	put16(p, 0);
	put16(p, id);
	put16(p, 1);
}

/* ---- the parser under test ---- */

/*
 * Parses from a block of its own that ends where what can be read ends, so
 * that the sanitizer sees the first byte read beyond.
 */
static enum sgnl_reason run(const struct parse *how, const u8 *b,
			    struct sgnl_key *key)
{
	u8 *block = malloc(how->avail);
	enum sgnl_reason reason;

	memcpy(block, b, how->avail);
	*key = (struct sgnl_key){ .family = how->family,
				  .direction = how->direction };
	reason = sgnl_key_parse(key, block, how->avail, how->len, how->super);
	free(block);
	return reason;
}

static enum sgnl_reason parse(const struct packet *p, struct sgnl_key *key)
{
	struct parse how = { .family = p->b[0] >> 4,
			     .avail = p->n,
			     .len = p->n };

	return run(&how, p->b, key);
}

static enum sgnl_reason reason_of(const struct packet *p)
{
	struct sgnl_key key;

	return parse(p, &key);
}

/* ---- a second parser, from the RFCs ---- */

/*
 * It goes on after a fault where it can, and returns the set of faults: a
 * packet that has several may be dropped for any of them.
 */
#define FAULT(reason) (1ULL << SGNL_REASON_##reason)

/* A byte, or -1 if it cannot be read or is behind the end. */
static int at(const struct parse *how, const u8 *b, size_t limit, size_t i)
{
	return i < how->avail && i < limit ? b[i] : -1;
}

static bool all_there(const struct parse *how, const u8 *b, size_t limit,
		      size_t from, size_t n)
{
	size_t i;

	for (i = from; i < from + n; i++)
		if (at(how, b, limit, i) < 0)
			return false;
	return true;
}

/* RFC 791 section 3.1 */
static u64 twin_options(const u8 *b, size_t from, size_t to)
{
	while (from < to) {
		if (b[from] == 0)
			return 0;
		if (b[from] == 1) {
			from++;
			continue;
		}
		if (b[from] == 131 || b[from] == 137)
			return FAULT(IP_OPTIONS);
		if (from + 1 >= to || b[from + 1] < 2 ||
		    from + b[from + 1] > to)
			return FAULT(IP_OPTIONS);
		from += b[from + 1];
	}
	return 0;
}

/* RFC 9293, RFC 768, RFC 792, RFC 4443 */
static u64 twin_transport(const struct parse *how, const u8 *b, size_t limit,
			  size_t off, struct sgnl_key *key)
{
	bool v4 = how->family == SGNL_FAMILY_IPV4;
	u16 src = 0, dst = 0;
	u64 faults = 0;
	u64 tiny = key->fragment ? FAULT(FRAGMENT_TINY) : FAULT(L4_HEADER);

	if (key->proto == 6) {
		if (!all_there(how, b, limit, off, how->cut ? 8 : 20))
			return tiny;
	}
	if (key->proto == 6 && !how->cut) {
		unsigned int size;

		size = (b[off + 12] >> 4) * 4;
		if (size < 20)
			faults |= FAULT(L4_HEADER);
		/* The rest of a fragmented one may be in the next fragment. */
		if (off + size > limit && !key->fragment)
			faults |= FAULT(L4_HEADER);
		key->tcp_flags = b[off + 13] & 0x3f;
		if (key->tcp_flags == 0 || (key->tcp_flags & 3) == 3 ||
		    (key->tcp_flags & 6) == 6)
			faults |= FAULT(TCP_FLAGS);
	}
	if (key->proto == 17) {
		unsigned int size;

		if (!all_there(how, b, limit, off, 8))
			return tiny;
		size = b[off + 4] * 256 + b[off + 5];
		if (size < 8)
			faults |= FAULT(L4_HEADER);
		if (off + size > limit && !key->fragment && !how->cut)
			faults |= FAULT(L4_HEADER);
	}
	if (key->proto == 6 || key->proto == 17) {
		src = b[off] * 256 + b[off + 1];
		dst = b[off + 2] * 256 + b[off + 3];
	}
	if (key->proto == (v4 ? 1 : 58)) {
		if (!all_there(how, b, limit, off, 8))
			return tiny;
		key->icmp_type = b[off];
		key->icmp_code = b[off + 1];
		if (v4 ? b[off] == 8 || b[off] == 0 :
			 b[off] == 128 || b[off] == 129) {
			src = b[off + 4] * 256 + b[off + 5];
			dst = src;
		}
		/* RFC 4861 section 4.3, 4.4 */
		if (!v4 && (b[off] == 135 || b[off] == 136) &&
		    all_there(how, b, limit, off, 24)) {
			char target[64];
			u8 family;

			inet_ntop(AF_INET6, b + off + 8, target,
				  sizeof(target));
			key->target = make_addr(target, &family);
		}
	}
	key->local_port = how->direction == SGNL_DIRECTION_IN ? dst : src;
	key->peer_port = how->direction == SGNL_DIRECTION_IN ? src : dst;
	return faults;
}

/*
 * RFC 791 section 3.2, RFC 8200 section 4.5: a fragment with so many bytes, and
 * so many in front of it that count too.
 */
static u64 twin_fragment(const struct parse *how, unsigned int id,
			 unsigned int start, bool more, size_t before,
			 size_t bytes, struct sgnl_key *key)
{
	u64 malformed = how->family == 4 ? FAULT(IP_HEADER) : FAULT(EXT_HEADER);

	key->fragment = start ? SGNL_FRAGMENT_LATER :
			more  ? SGNL_FRAGMENT_FIRST :
				SGNL_FRAGMENT_NONE;
	/* Nothing is about a later fragment. */
	if (how->cut)
		return start ? FAULT(FRAGMENT) : 0;
	if (key->fragment == SGNL_FRAGMENT_NONE)
		return 0;
	key->last = !more;
	key->frag_id = id;
	key->frag_start = start;
	key->frag_len = bytes;
	if (bytes == 0 || (more && bytes % 8 != 0))
		return malformed;
	return before + start + bytes > 65535 ? FAULT(IP_HEADER) : 0;
}

/* RFC 8200 section 4, RFC 4302 section 2 */
static u64 twin_chain(const struct parse *how, const u8 *b, size_t limit,
		      size_t off, int next, struct sgnl_key *key)
{
	bool v4 = how->family == SGNL_FAMILY_IPV4;
	unsigned int headers = 0, bytes = 0, begin = off;
	u64 faults = 0;

	while (next == 51 ||
	       (!v4 && (next == 0 || next == 43 || next == 44 || next == 60))) {
		unsigned int size;

		if (++headers > 8)
			return faults | FAULT(EXT_HEADER);
		if (!all_there(how, b, limit, off, 8))
			return faults | (key->fragment ? FAULT(FRAGMENT_TINY) :
							 FAULT(EXT_HEADER));
		size = 8 + b[off + 1] * 8;
		if (next == 51)
			size = (b[off + 1] + 2) * 4;
		if (next == 0 && headers > 1)
			faults |= FAULT(EXT_HEADER);
		if (next == 43 && b[off + 2] == 0)
			faults |= FAULT(EXT_HEADER);
		if (next == 44) {
			size = 8;
			/* A fragment within a fragment */
			if (key->fragment)
				return faults | FAULT(EXT_HEADER);
			faults |= twin_fragment(how,
						(u32)b[off + 4] << 24 |
							b[off + 5] << 16 |
							b[off + 6] << 8 |
							b[off + 7],
						b[off + 2] * 256 +
							(b[off + 3] & 0xf8),
						b[off + 3] & 1, off - begin,
						limit - off - 8, key);
			if (key->fragment == SGNL_FRAGMENT_LATER)
				return faults;
		}
		if (off + size > limit)
			return faults | (key->fragment ? FAULT(FRAGMENT_TINY) :
							 FAULT(EXT_HEADER));
		bytes += size;
		if (bytes > 256)
			return faults | FAULT(EXT_HEADER);
		next = b[off];
		off += size;
	}
	key->proto = next;
	key->transport = off;
	key->transport_len = limit - off;
	return faults | twin_transport(how, b, limit, off, key);
}

static u64 twin(const struct parse *how, const u8 *b, struct sgnl_key *key)
{
	bool in = how->direction == SGNL_DIRECTION_IN;
	const char *text;
	char src[64], dst[64];
	size_t limit, header;
	u64 faults = 0;
	u8 family;

	*key = (struct sgnl_key){ .family = how->family,
				  .direction = how->direction };
	if (how->family == SGNL_FAMILY_IPV4) {
		if (!all_there(how, b, how->len, 0, 20) || b[0] >> 4 != 4)
			return FAULT(IP_HEADER);
		header = (b[0] & 15) * 4;
		limit = b[2] * 256 + b[3];
		if (limit == 0 && how->super)
			limit = how->len;
		if (limit > how->len && how->cut && limit >= header)
			limit = how->len;
		if (header < 20 || limit < header || limit > how->len ||
		    !all_there(how, b, limit, 0, header))
			return FAULT(IP_HEADER);
		key->hop_limit = b[8];
		inet_ntop(AF_INET, b + 12, src, sizeof(src));
		inet_ntop(AF_INET, b + 16, dst, sizeof(dst));
		key->multicast = (b[16] >= 224 && b[16] < 240) ||
				 memcmp(b + 16, "\xff\xff\xff\xff", 4) == 0;
		faults = twin_options(b, 20, header);
	} else {
		header = 40;
		if (!all_there(how, b, how->len, 0, 40) || b[0] >> 4 != 6)
			return FAULT(IP_HEADER);
		limit = 40 + b[4] * 256 + b[5];
		if (limit == 40 && how->super)
			limit = how->len;
		if (limit > how->len && how->cut)
			limit = how->len;
		if (limit > how->len)
			return FAULT(IP_HEADER);
		key->hop_limit = b[7];
		inet_ntop(AF_INET6, b + 8, src, sizeof(src));
		inet_ntop(AF_INET6, b + 24, dst, sizeof(dst));
		key->multicast = b[24] == 0xff;
	}
	text = in ? dst : src;
	key->local = make_addr(text, &family);
	text = in ? src : dst;
	key->peer = make_addr(text, &family);
	if (how->family == SGNL_FAMILY_IPV4) {
		unsigned int frag = b[6] * 256 + b[7];

		faults |= twin_fragment(how, b[4] * 256 + b[5],
					(frag & 0x1fff) * 8, frag & 0x2000,
					header, limit - header, key);
		if (key->fragment)
			key->frag_proto = b[9];
		if (frag & 0x1fff && b[9] == 6 && (frag & 0x1fff) == 1)
			faults |= FAULT(FRAGMENT_TINY);
		if (frag & 0x1fff)
			return faults;
	}
	return faults | twin_chain(how, b, limit, header,
				   b[how->family == SGNL_FAMILY_IPV4 ? 9 : 6],
				   key);
}

static bool same_key(const struct sgnl_key *a, const struct sgnl_key *b)
{
	return sgnl_addr_equal(&a->local, &b->local) &&
	       sgnl_addr_equal(&a->peer, &b->peer) &&
	       sgnl_addr_equal(&a->target, &b->target) &&
	       a->local_port == b->local_port && a->peer_port == b->peer_port &&
	       a->family == b->family && a->direction == b->direction &&
	       a->proto == b->proto && a->icmp_type == b->icmp_type &&
	       a->icmp_code == b->icmp_code && a->tcp_flags == b->tcp_flags &&
	       a->hop_limit == b->hop_limit && a->multicast == b->multicast &&
	       a->fragment == b->fragment && a->transport == b->transport &&
	       a->transport_len == b->transport_len && a->last == b->last &&
	       a->frag_proto == b->frag_proto && a->frag_id == b->frag_id &&
	       a->frag_start == b->frag_start && a->frag_len == b->frag_len;
}

static unsigned long later_seen;

/* Parses a packet twice. Returns the reason, or -1 if they do not agree. */
static int both(const struct parse *how, const u8 *b)
{
	struct sgnl_key got, want;
	enum sgnl_reason reason = run(how, b, &got);
	u64 faults = twin(how, b, &want);
	size_t i;

	later_seen += !faults && want.fragment == SGNL_FRAGMENT_LATER;
	if (faults ? CHECK(faults >> reason & 1) :
		     CHECK_EQ(reason, SGNL_REASON_UNSPEC) &&
			     CHECK(same_key(&got, &want)))
		return reason;
	printf("#   %s, of %llx; avail %zu len %zu direction %u super %u:",
	       sgnl_reasons[reason].name, (unsigned long long)faults,
	       how->avail, how->len, how->direction, how->super);
	for (i = 0; i < how->avail; i++)
		printf(" %02x", b[i]);
	puts("");
	return -1;
}

/* ---- what ICMP errors are about ---- */

/* E4 by its words, from the second parser; b is the embedded packet. */
static bool twin_error(const struct parse *how, const u8 *b,
		       const struct sgnl_key *error, struct sgnl_key *key)
{
	bool v4 = how->family == SGNL_FAMILY_IPV4;
	struct sgnl_addr from, to;
	char text[64];
	u8 family;

	if (twin(how, b, key))
		return false;
	/* Multicast is answered by no error, nor is an error or its like. */
	if (key->multicast)
		return false;
	if (key->proto == (v4 ? 1 : 58) &&
	    !(v4 ? key->icmp_type == 0 || key->icmp_type == 8 :
		   key->icmp_type == 128 || key->icmp_type == 129))
		return false;
	inet_ntop(v4 ? AF_INET : AF_INET6, b + (v4 ? 12 : 8), text,
		  sizeof(text));
	from = make_addr(text, &family);
	to = error->direction == SGNL_DIRECTION_IN ? error->local : error->peer;
	return sgnl_addr_equal(&from, &to);
}

/* Reads from a block of its own, as run() does. */
static bool run_error(const struct parse *how, const u8 *b,
		      const struct sgnl_key *error, struct sgnl_key *key)
{
	u8 *block = malloc(how->avail);
	bool about;

	memcpy(block, b, how->avail);
	about = sgnl_key_parse_error(key, error, block, how->avail, how->len);
	free(block);
	return about;
}

static bool both_errors(const struct parse *how, const u8 *b,
			const struct sgnl_key *error, bool *about)
{
	struct sgnl_key got, want;

	*about = run_error(how, b, error, &got);
	if (CHECK_EQ(*about, twin_error(how, b, error, &want)) &&
	    CHECK(!*about ||
		  (same_key(&got, &want) && got.vlan[0] == error->vlan[0] &&
		   got.vlan[1] == error->vlan[1])))
		return true;
	tap_note("avail %zu len %zu", how->avail, how->len);
	return false;
}

/* ---- what a packet is for sessions ---- */

/* S5, S12, E4, E9 by their words. */
static bool try_key(const struct sgnl_key *key)
{
	bool v4 = key->family == SGNL_FAMILY_IPV4, tcp = key->proto == 6;
	bool icmp = key->proto == (v4 ? 1 : 58);
	bool request = icmp && key->icmp_type == (v4 ? 8 : 128);
	bool reply = icmp && key->icmp_type == (v4 ? 0 : 129);
	bool error = icmp &&
		     (v4 ? key->icmp_type == 3 || key->icmp_type == 11 ||
				      key->icmp_type == 12 :
			   key->icmp_type >= 1 && key->icmp_type <= 4);
	bool syn = tcp && (key->tcp_flags & 0x12) == 2;
	bool ends = tcp && key->tcp_flags & 5;
	bool one = !key->multicast;
	struct sgnl_key mirror = sgnl_key_mirror(key), back, answer;
	bool answered = sgnl_key_answer(key, &answer);

	back = sgnl_key_mirror(&mirror);
	return CHECK_EQ(sgnl_key_is_icmp(key), icmp) &&
	       CHECK_EQ(sgnl_key_is_error(key), error) &&
	       CHECK_EQ(sgnl_key_echo_request(key), request) &&
	       CHECK_EQ(sgnl_key_tracked(key), !icmp || request || reply) &&
	       CHECK_EQ(sgnl_key_opens(key), one && (tcp  ? syn :
						     icmp ? request :
							    true)) &&
	       CHECK_EQ(sgnl_key_midstream(key), one && tcp && !syn && !ends) &&
	       CHECK_EQ(answered, one && !(tcp && key->tcp_flags & 4) &&
					  (!icmp || request)) &&
	       CHECK(!answered || (answer.direction == mirror.direction &&
				   sgnl_key_tracked(&answer) &&
				   !sgnl_key_echo_request(&answer) &&
				   !(tcp && sgnl_key_opens(&answer)))) &&
	       CHECK_EQ(sgnl_key_sport(&mirror), sgnl_key_dport(key)) &&
	       CHECK(same_key(key, &back));
}

/* ---- plain packets ---- */

bool twin_plain_key(const struct sgnl_key *key)
{
	unsigned int sum = key->local_port + key->peer_port;

	if (key->fragment || key->multicast)
		return false;
	if (key->proto == 6)
		return true;
	return key->proto == 17 && sum != 67 + 68 && sum != 546 + 547;
}

/* What is read at one go, in words; key is NULL if the packet is malformed. */
static bool twin_plain(const struct sgnl_key *key, const u8 *b)
{
	bool v4 = key && key->family == SGNL_FAMILY_IPV4;

	if (!key || !twin_plain_key(key) || key->transport != (v4 ? 20 : 40))
		return false;
	/* What is above multicast, and lengths that are not told. */
	return v4 ? b[16] < 224 && (b[2] | b[3]) : b[4] | b[5];
}

/* Reads from a block of its own, as run() does. */
static int run_plain(const struct parse *how, const u8 *b,
		     struct sgnl_flow *flow)
{
	bool v4 = how->family == SGNL_FAMILY_IPV4;
	u8 *block = malloc(how->avail);
	struct sgnl_plain_ends ends;
	int plain;

	memset(flow, 0xa5, sizeof(*flow));
	memset(&ends, 0xa5, sizeof(ends));
	memcpy(block, b, how->avail);
	plain = sgnl_plain_read(&ends, how->family, block, how->avail,
				how->len);
	free(block);
	if (plain == SGNL_PLAIN_NOT)
		return plain;
	/* As they are in the packet: flows that differ have others. */
	CHECK(!memcmp(ends.address, b + (v4 ? 12 : 8), v4 ? 8 : 32));
	CHECK(!memcmp(&ends.ports, b + (v4 ? 20 : 40), 4));
	CHECK_EQ(ends.proto, b[v4 ? 9 : 6]);
	return sgnl_plain_flow(flow, &ends, how->family, how->direction, 77) ?
		       plain :
		       SGNL_PLAIN_NOT;
}

static unsigned long plain_seen;

static bool try_plain(const struct parse *how, const u8 *b,
		      const struct sgnl_key *key)
{
	struct sgnl_flow got, want;
	struct sgnl_key again, first;
	int plain = run_plain(how, b, &got);

	if (!twin_plain(key, b))
		return CHECK_EQ(plain, SGNL_PLAIN_NOT);
	plain_seen++;
	want = sgnl_flow(key, 77);
	sgnl_plain_key(&again, &got, plain, how->direction);
	first = *key;
	first.hop_limit = 0;
	first.transport = 0;
	first.transport_len = 0;
	return CHECK_EQ(plain, key->tcp_flags) &&
	       CHECK(!memcmp(&got, &want, sizeof(got))) &&
	       CHECK(same_key(&again, &first)) &&
	       CHECK(sgnl_key_tracked(key)) &&
	       CHECK_EQ(sgnl_plain_midway(plain), !(key->tcp_flags & 7));
}

bool try_packet(const struct parse *how, const u8 *b)
{
	struct parse embedded = *how;
	struct sgnl_key key;
	int reason = both(how, b);
	bool about;

	if (reason < 0)
		return false;
	run(how, b, &key);
	if (!try_plain(how, b, reason ? NULL : &key))
		return false;
	if (reason)
		return true;
	if (key.fragment == SGNL_FRAGMENT_LATER)
		return true;
	if (!try_key(&key))
		return false;
	if (!sgnl_key_is_error(&key))
		return true;
	b += key.transport + 8;
	embedded.direction = !how->direction;
	embedded.super = false;
	embedded.cut = true;
	embedded.len = key.transport_len - 8;
	embedded.avail = how->avail - key.transport - 8;
	if (embedded.avail > embedded.len)
		embedded.avail = embedded.len;
	return both_errors(&embedded, b, &key, &about);
}

/* ---- random packets ---- */

static const u8 protos[] = { 0, 1, 6, 6, 6, 17, 17, 47, 58, 59, 132, 136, 255 };

static void rnd_put_transport(struct packet *p, u8 proto, bool v4)
{
	static const u8 types4[] = { 0, 3, 5, 8, 8, 11, 13 };
	static const u8 types6[] = { 1, 2, 128, 128, 129, 130, 133, 136, 137 };
	static const u8 flags[] = { SGNL_TCP_SYN, SGNL_TCP_ACK, 0x12, 0x11,
				    0x14,	  0x18,		0xc2 };
	static const u8 words[] = { 5, 5, 5, 6, 8, 15, 4, 0 };
	size_t extra = rnd_below(24);

	if (proto == 6)
		put_tcp(p, rnd_one_in(4) ? rnd() : RND_OF(flags),
			RND_OF(words));
	else if (proto == 17)
		put_udp(p, rnd_one_in(4) ? rnd_below(10) + extra : 8 + extra);
	else
		put_icmp(p, v4 ? RND_OF(types4) : RND_OF(types6), rnd_below(6),
			 rnd());
	while (extra--)
		put8(p, rnd());
}

/* Extension headers, mostly right ones; how the bytes are written is ours. */
static void rnd_put_chain(struct packet *p, size_t next_at, u8 last, bool v4)
{
	static const u8 kinds[] = { 0, 43, 44, 51, 51, 60, 60 };
	unsigned int n = rnd_one_in(3) ? rnd_below(10) : rnd_below(3);
	bool big = rnd_one_in(4);

	while (n--) {
		u8 kind = v4 ? 51 : RND_OF(kinds), words;
		size_t size, start = p->n;

		if (kind == 0 && start != 40 && !rnd_one_in(8))
			kind = 60;
		words = rnd_one_in(3) ? 1 + rnd_below(big ? 31 : 4) : 0;
		size = kind == 51 ? (words + 2) * 4 :
		       kind == 44 ? 8 :
				    (words + 1) * 8;
		p->b[next_at] = kind;
		next_at = start;
		put8(p, 0);
		put8(p, words);
		if (kind == 43) {
			put8(p, rnd_one_in(8) ? 0 : 2);
			put8(p, 0);
		} else if (kind == 44) {
			put16(p, rnd_one_in(6) ? 1 << rnd_below(16) :
				 rnd_below(3)  ? 0 :
						 1);
		} else {
			put16(p, 0);
		}
		put_zero(p, size - (p->n - start));
	}
	p->b[next_at] = last;
}

static void rnd_packet(struct packet *p)
{
	bool v4 = rnd() & 1;
	u8 proto = RND_OF(protos);
	size_t i;

	if (v4) {
		static const u8 option[] = { 0, 1, 1, 7, 68, 131, 137, 148 };
		u8 bytes[40];
		size_t n = rnd_one_in(3) ? 4 * rnd_below(11) : 0;

		for (i = 0; i < n; i++)
			bytes[i] = rnd_one_in(8) ? rnd_below(42) : 1;
		/* One that fits, or nearly */
		if (n) {
			i = rnd_below(n);
			bytes[i] = RND_OF(option);
			if (i + 1 < n)
				bytes[i + 1] =
					n - i - rnd_below(3) + rnd_below(2);
		}
		begin4(p, 0, bytes, n);
		if (rnd_one_in(6))
			set16(p, 6, 1 << rnd_below(16));
		rnd_put_chain(p, 9, proto, true);
	} else {
		begin6(p, 0);
		rnd_put_chain(p, 6, proto, false);
	}
	if (rnd_one_in(8))
		p->b[v4 ? 16 : 24] = rnd_below(3) ? 0xff : rnd();
	rnd_put_transport(p, proto, v4);
	/* As much as a fragment might hold */
	if (rnd_one_in(8)) {
		size_t header = v4 ? (p->b[0] & 15) * 4 : 40;

		p->n = header + 8 * rnd_below((p->n - header) / 8 + 1);
	}
	end(p);
}

/* Faults of every kind, in nearly every place. */
static void rnd_damage(struct packet *p, struct parse *how)
{
	bool v4 = p->b[0] >> 4 == 4;
	size_t length_at = v4 ? 2 : 4;

	*how = (struct parse){ .family = v4 ? 4 : 6,
			       .direction = rnd() & 1,
			       .super = rnd_one_in(4) };
	if (rnd_one_in(6))
		p->b[rnd_below(p->n)] = rnd();
	if (rnd_one_in(12))
		p->b[rnd_below(p->n)] ^= 1 << rnd_below(8);
	if (rnd_one_in(12))
		set16(p, length_at,
		      rnd_below(3) ?
			      p->b[length_at] * 256 + p->b[length_at + 1] +
				      rnd_below(3) - 1 :
			      0);
	if (rnd_one_in(24))
		how->family = v4 ? 6 : 4;
	how->len = p->n;
	how->avail = p->n;
	/* Truncated on its way, padded, or not all of it at hand */
	if (rnd_one_in(8))
		how->len = rnd_below(p->n + 1);
	else if (rnd_one_in(8))
		how->len += rnd_below(20);
	if (how->avail > how->len)
		how->avail = how->len;
	if (rnd_one_in(6))
		how->avail = rnd_below(how->avail + 1);
}

static void test_twin(void)
{
	unsigned long seen[SGNL_REASON_MAX + 1] = {};
	unsigned long n, rounds = tap_rounds(1000000);

	later_seen = 0;
	plain_seen = 0;
	for (n = 0; n < rounds; n++) {
		static struct packet p;
		struct parse how;
		struct sgnl_key key;

		rnd_packet(&p);
		rnd_damage(&p, &how);
		if (!try_packet(&how, p.b)) {
			tap_note("round %lu", n);
			return;
		}
		seen[run(&how, p.b, &key)]++;
	}
	CHECK(plain_seen > rounds / 100);
	CHECK(seen[SGNL_REASON_UNSPEC] > rounds / 5);
	CHECK(seen[SGNL_REASON_IP_HEADER] > rounds / 100);
	CHECK(seen[SGNL_REASON_IP_OPTIONS] > rounds / 100);
	CHECK(seen[SGNL_REASON_EXT_HEADER] > rounds / 100);
	CHECK(seen[SGNL_REASON_L4_HEADER] > rounds / 100);
	CHECK(seen[SGNL_REASON_TCP_FLAGS] > rounds / 200);
	CHECK(later_seen > rounds / 200);
	CHECK(seen[SGNL_REASON_FRAGMENT_TINY] > rounds / 5000);
}

static void test_noise(void)
{
	unsigned long n;

	for (n = 0; n < tap_rounds(300000); n++) {
		struct parse how = { .family = rnd() & 1 ? 4 : 6,
				     .direction = rnd() & 1,
				     .super = rnd() & 1 };
		u8 b[400];
		size_t i;

		how.avail = rnd_below(sizeof(b) + 1);
		how.len = how.avail + (rnd() & 1 ? rnd_below(70000) : 0);
		for (i = 0; i < how.avail; i++)
			b[i] = rnd();
		if (how.avail && !rnd_one_in(16))
			b[0] = how.family == 4 ? 0x45 + rnd_below(4) : 0x60;
		if (!try_packet(&how, b))
			return;
	}
}

/* SGNL_KEY_BYTES are as good as the whole packet. */
static void test_key_bytes(void)
{
	unsigned long n;
	unsigned int beyond = 0;

	for (n = 0; n < tap_rounds(300000); n++) {
		static struct packet p;
		struct sgnl_key a, b;
		struct parse how;
		enum sgnl_reason x, y;

		rnd_packet(&p);
		how = (struct parse){ .family = p.b[0] >> 4,
				      .avail = p.n,
				      .len = p.n };
		if (p.n <= SGNL_KEY_BYTES)
			continue;
		beyond++;
		x = run(&how, p.b, &a);
		how.avail = SGNL_KEY_BYTES;
		y = run(&how, p.b, &b);
		if (!CHECK_EQ(x, y) || !CHECK(x || same_key(&a, &b)))
			return;
	}
	CHECK(beyond > 0);
}

/* The longest headers that there can be: they end where the bytes do. */
static void test_longest(void)
{
	static struct packet p;
	u8 option[40];
	struct sgnl_key key;
	struct parse how = { .family = 4, .avail = SGNL_KEY_BYTES };

	memset(option, 1, sizeof(option));
	begin4(&p, 51, option, sizeof(option));
	put8(&p, 6);
	put8(&p, 62);
	put_zero(&p, 254);
	put_tcp(&p, SGNL_TCP_SYN, 5);
	CHECK_EQ(p.n, SGNL_KEY_BYTES);
	put_zero(&p, 100);
	end(&p);
	how.len = p.n;
	CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_UNSPEC);
	CHECK_EQ(key.local_port, 443);
}

/* ---- one trick each ---- */

/* A sample of each shape, all of them good. */
static unsigned int samples(struct packet *p, unsigned int i)
{
	static const u8 option[] = { 148, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0 };

	switch (i) {
	case 0:
		begin4(p, 6, NULL, 0);
		put_tcp(p, SGNL_TCP_SYN, 10);
		break;
	case 1:
		begin4(p, 17, option, sizeof(option));
		put_udp(p, 20);
		put_zero(p, 12);
		break;
	case 2:
		begin4(p, 1, NULL, 0);
		put_icmp(p, 8, 0, 77);
		break;
	case 3:
		begin4(p, 51, NULL, 0);
		put8(p, 17);
		put8(p, 4);
		put_zero(p, 22);
		put_udp(p, 8);
		break;
	case 4:
		begin4(p, 47, NULL, 0);
		put_zero(p, 4);
		break;
	case 5:
		begin6(p, 6);
		put_tcp(p, SGNL_TCP_ACK, 5);
		break;
	case 6:
		begin6(p, 0);
		put16(p, 60 << 8);
		put_zero(p, 6);
		put16(p, (44 << 8) | 1);
		put_zero(p, 14);
		put16(p, 43 << 8);
		put_zero(p, 6);
		put16(p, 51 << 8);
		put16(p, 2 << 8);
		put_zero(p, 4);
		put16(p, (58 << 8) | 4);
		put_zero(p, 22);
		put_icmp(p, 128, 0, 99);
		break;
	case 7:
		begin6(p, 17);
		put_udp(p, 8);
		break;
	default:
		return 0;
	}
	end(p);
	return i + 1;
}

static void test_good(void)
{
	static const struct {
		u8 proto, type;
		u16 local_port, peer_port;
	} want[] = {
		{ 6, 0, 443, 40000 }, { 17, 0, 53, 40001 },
		{ 1, 8, 77, 77 },     { 17, 0, 53, 40001 },
		{ 47, 0, 0, 0 },      { 6, 0, 443, 40000 },
		{ 58, 128, 99, 99 },  { 17, 0, 53, 40001 },
	};
	static struct packet p;
	unsigned int i;

	for (i = 0; samples(&p, i); i++) {
		struct parse how = { .family = p.b[0] >> 4,
				     .avail = p.n,
				     .len = p.n };
		struct sgnl_key key;
		bool v4 = how.family == 4;
		struct sgnl_addr one, two;
		u8 f;

		one = make_addr(v4 ? "192.0.2.1" : "2001:db8::1", &f);
		two = make_addr(v4 ? "198.51.100.2" : "2001:db8::2", &f);
		CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_UNSPEC);
		CHECK_EQ(key.proto, want[i].proto);
		CHECK_EQ(key.icmp_type, want[i].type);
		CHECK_EQ(key.local_port, want[i].local_port);
		CHECK_EQ(key.peer_port, want[i].peer_port);
		CHECK_EQ(key.hop_limit, 61);
		CHECK(sgnl_addr_equal(&key.peer, &one));
		CHECK(sgnl_addr_equal(&key.local, &two));
		CHECK_EQ(sgnl_key_sport(&key), want[i].peer_port);
		CHECK_EQ(sgnl_key_dport(&key), want[i].local_port);
		CHECK(!key.multicast && !key.fragment);

		/* The other way, the ends change places. */
		how.direction = SGNL_DIRECTION_OUT;
		CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_UNSPEC);
		CHECK_EQ(key.local_port, want[i].peer_port);
		CHECK_EQ(key.peer_port, want[i].local_port);
		CHECK(sgnl_addr_equal(&key.local, &one));
		CHECK(sgnl_addr_equal(&key.peer, &two));
		CHECK_EQ(sgnl_key_sport(&key), want[i].peer_port);
		CHECK_EQ(sgnl_key_dport(&key), want[i].local_port);
	}
	CHECK_EQ(i, COUNT_OF(want));
}

/* Every shape, cut at every byte, by what is there and by what can be read. */
static void test_truncated(void)
{
	static struct packet p;
	unsigned int i;
	size_t avail, len;

	for (i = 0; samples(&p, i); i++)
		for (len = 0; len <= p.n; len++)
			for (avail = 0; avail <= len; avail++) {
				struct parse how = { .family = p.b[0] >> 4,
						     .avail = avail,
						     .len = len };
				int reason = both(&how, p.b);

				if (reason < 0)
					return;
				/* Shorter than it says is malformed. */
				if (len < p.n)
					CHECK_EQ(reason, SGNL_REASON_IP_HEADER);
				/* A super-packet that says nothing is cut too. */
				how.super = true;
				set16(&p, how.family == 4 ? 2 : 4, 0);
				if (both(&how, p.b) < 0)
					return;
				end(&p);
			}
}

static void test_ip_header(void)
{
	static struct packet p;
	unsigned int ihl, total, family;
	struct sgnl_key key;

	for (ihl = 0; ihl < 16; ihl++)
		for (total = 0; total <= 110; total++) {
			struct parse how = { .family = 4,
					     .avail = 100,
					     .len = 100 };

			begin4(&p, 47, NULL, 0);
			put_zero(&p, 80);
			p.b[0] = 0x40 | ihl;
			set16(&p, 2, total);
			CHECK_EQ(run(&how, p.b, &key),
				 ihl < 5 || total < ihl * 4 || total > 100 ?
					 SGNL_REASON_IP_HEADER :
					 SGNL_REASON_UNSPEC);
		}
	/* The version belongs to the ethertype that it came by. */
	for (family = 4; family <= 6; family += 2)
		for (ihl = 0; ihl < 16; ihl++) {
			struct parse how = { .family = family };

			if (family == 4)
				begin4(&p, 47, NULL, 0);
			else
				begin6(&p, 47);
			end(&p);
			p.b[0] = ihl << 4 | (p.b[0] & 15);
			how.avail = p.n;
			how.len = p.n;
			CHECK_EQ(run(&how, p.b, &key),
				 ihl == family ? SGNL_REASON_UNSPEC :
						 SGNL_REASON_IP_HEADER);
		}
}

static void test_super(void)
{
	unsigned int v6;

	for (v6 = 0; v6 < 2; v6++) {
		static struct packet p;
		struct parse how = { .family = v6 ? 6 : 4 };
		struct sgnl_key key;

		if (v6)
			begin6(&p, 6);
		else
			begin4(&p, 6, NULL, 0);
		put_tcp(&p, SGNL_TCP_ACK, 5);
		how.avail = p.n;
		/* More than the field can say */
		how.len = 180000;
		CHECK_EQ(run(&how, p.b, &key),
			 v6 ? SGNL_REASON_L4_HEADER : SGNL_REASON_IP_HEADER);
		how.super = true;
		CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_UNSPEC);
		CHECK_EQ(key.local_port, 443);
		/* What is said counts, super or not. */
		set16(&p, v6 ? 4 : 2, v6 ? 19 : 39);
		CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_L4_HEADER);
	}
}

/* Bytes behind the packet, as short frames have them, are not the packet's. */
static void test_padding(void)
{
	static struct packet p;
	struct sgnl_key key;
	struct parse how = { .family = 4, .avail = 46, .len = 46 };

	begin4(&p, 17, NULL, 0);
	put_udp(&p, 8);
	end(&p);
	put_zero(&p, 18);
	CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_UNSPEC);
	set16(&p, 24, 9);
	CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_L4_HEADER);
	set16(&p, 24, 8);
	set16(&p, 2, 27);
	CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_L4_HEADER);
}

static enum sgnl_reason with_options(const u8 *option, size_t n)
{
	static struct packet p;

	begin4(&p, 17, option, n);
	put_udp(&p, 8);
	end(&p);
	return reason_of(&p);
}

static void test_options(void)
{
	static const struct {
		u8 b[12];
		u8 n;
		bool good;
	} row[] = {
		{ { 131, 7, 4, 1, 2, 3, 4, 0 }, 8, false },
		{ { 137, 7, 4, 1, 2, 3, 4, 0 }, 8, false },
		{ { 1, 1, 1, 1, 131, 3, 4, 0 }, 8, false },
		{ { 148, 4, 0, 0, 137, 3, 4, 0 }, 8, false },
		{ { 7, 7, 4, 0, 0, 0, 0, 0 }, 8, true }, /* record route */
		{ { 68, 8, 5, 0, 0, 0, 0, 0 }, 8, true }, /* timestamp */
		{ { 148, 4, 0, 0 }, 4, true }, /* router alert */
		{ { 1, 1, 1, 1 }, 4, true },
		{ { 0, 131, 3, 4 }, 4, true }, /* behind the end */
		{ { 148, 0, 0, 0 }, 4, false },
		{ { 148, 1, 0, 0 }, 4, false },
		{ { 148, 5, 0, 0 }, 4, false },
		{ { 1, 1, 1, 148 }, 4, false },
		{ { 1, 1, 148, 2 }, 4, true },
		{ { 1, 1, 148, 3 }, 4, false },
		{ { 1, 1, 1, 0 }, 4, true },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(row); i++)
		if (!CHECK_EQ(with_options(row[i].b, row[i].n),
			      row[i].good ? SGNL_REASON_UNSPEC :
					    SGNL_REASON_IP_OPTIONS))
			tap_note("row %zu", i);
}

/* Every type with every length */
static void test_options_all(void)
{
	unsigned int type, size;

	for (type = 0; type < 256; type++)
		for (size = 0; size < 256; size++) {
			u8 option[8] = { type, size, 1, 1, 1, 1, 1, 1 };
			bool good = type == 0 || (type != 131 && type != 137 &&
						  size >= 2 && size <= 8);

			/* After a NOP, size is an option's type. */
			if (type == 1)
				continue;
			if (!CHECK_EQ(with_options(option, 8),
				      good ? SGNL_REASON_UNSPEC :
					     SGNL_REASON_IP_OPTIONS)) {
				tap_note("type %u size %u", type, size);
				return;
			}
		}
}

/* n headers of some kind, then UDP */
static enum sgnl_reason chain(u8 kind, unsigned int n, u8 words)
{
	static struct packet p;
	unsigned int i;

	begin6(&p, n ? kind : 17);
	for (i = 0; i < n; i++) {
		put8(&p, i + 1 < n ? kind : 17);
		put8(&p, words);
		put16(&p, kind == 43 ? 0x0400 : 0);
		put_zero(&p, (kind == 51 ? (words + 2) * 4 :
			      kind == 44 ? 8 :
					   (words + 1) * 8) -
				     4);
	}
	put_udp(&p, 8);
	end(&p);
	return reason_of(&p);
}

static void test_chain_bounds(void)
{
	CHECK_EQ(chain(60, 8, 0), SGNL_REASON_UNSPEC);
	CHECK_EQ(chain(60, 9, 0), SGNL_REASON_EXT_HEADER);
	CHECK_EQ(chain(43, 8, 0), SGNL_REASON_UNSPEC);
	CHECK_EQ(chain(51, 9, 0), SGNL_REASON_EXT_HEADER);
	CHECK_EQ(chain(44, 8, 0), SGNL_REASON_UNSPEC);
	CHECK_EQ(chain(44, 9, 0), SGNL_REASON_EXT_HEADER);
	/* 256 bytes, and 8 more */
	CHECK_EQ(chain(60, 1, 31), SGNL_REASON_UNSPEC);
	CHECK_EQ(chain(60, 1, 32), SGNL_REASON_EXT_HEADER);
	CHECK_EQ(chain(60, 8, 3), SGNL_REASON_UNSPEC);
	CHECK_EQ(chain(60, 2, 16), SGNL_REASON_EXT_HEADER);
	CHECK_EQ(chain(51, 1, 62), SGNL_REASON_UNSPEC);
	CHECK_EQ(chain(51, 1, 63), SGNL_REASON_EXT_HEADER);
	CHECK_EQ(chain(60, 1, 255), SGNL_REASON_EXT_HEADER);
}

static void test_auth_length(void)
{
	static struct packet p;
	struct sgnl_key key;

	/* (n + 2) * 4 bytes: 24 here, where other headers would have 40 */
	begin6(&p, 51);
	put8(&p, 17);
	put8(&p, 4);
	put_zero(&p, 22);
	put_udp(&p, 8);
	end(&p);
	CHECK_EQ(parse(&p, &key), SGNL_REASON_UNSPEC);
	CHECK_EQ(key.local_port, 53);
	/* The Fragment header has no length: what is there does not count. */
	begin6(&p, 44);
	put8(&p, 17);
	put8(&p, 200);
	put_zero(&p, 6);
	put_udp(&p, 8);
	end(&p);
	CHECK_EQ(parse(&p, &key), SGNL_REASON_UNSPEC);
	CHECK_EQ(key.local_port, 53);
}

static void test_routing(void)
{
	static struct packet p;
	unsigned int type;

	for (type = 0; type < 256; type++) {
		begin6(&p, 43);
		put16(&p, 17 << 8);
		put16(&p, type << 8);
		put_zero(&p, 4);
		put_udp(&p, 8);
		end(&p);
		CHECK_EQ(reason_of(&p),
			 type ? SGNL_REASON_UNSPEC : SGNL_REASON_EXT_HEADER);
	}
}

static void test_hop_by_hop(void)
{
	static struct packet p;

	CHECK_EQ(chain(0, 1, 0), SGNL_REASON_UNSPEC);
	CHECK_EQ(chain(0, 2, 0), SGNL_REASON_EXT_HEADER);
	begin6(&p, 60);
	put_zero(&p, 8);
	put16(&p, 17 << 8);
	put_zero(&p, 6);
	put_udp(&p, 8);
	end(&p);
	CHECK_EQ(reason_of(&p), SGNL_REASON_EXT_HEADER);
}

static void test_other_next(void)
{
	static struct packet p;
	struct sgnl_key key;
	unsigned int next;

	for (next = 0; next < 256; next++) {
		if (next == 0 || next == 6 || next == 17 || next == 43 ||
		    next == 44 || next == 51 || next == 58 || next == 60)
			continue;
		/* No next header (59) is one of them, with nothing behind. */
		begin6(&p, next);
		end(&p);
		CHECK_EQ(parse(&p, &key), SGNL_REASON_UNSPEC);
		CHECK_EQ(key.proto, next);
		CHECK_EQ(key.local_port, 0);
		CHECK_EQ(key.peer_port, 0);
	}
	/* In IPv4 none but AH stands before the transport header. */
	for (next = 0; next < 256; next++) {
		if (next == 1 || next == 6 || next == 17 || next == 51)
			continue;
		begin4(&p, next, NULL, 0);
		end(&p);
		CHECK_EQ(parse(&p, &key), SGNL_REASON_UNSPEC);
		CHECK_EQ(key.proto, next);
	}
}

static void test_foreign_icmp(void)
{
	static struct packet p;
	struct sgnl_key key;

	begin4(&p, 58, NULL, 0);
	put_icmp(&p, 128, 0, 7);
	end(&p);
	CHECK_EQ(parse(&p, &key), SGNL_REASON_UNSPEC);
	CHECK_EQ(key.proto, 58);
	CHECK_EQ(key.local_port, 0);
	CHECK_EQ(key.icmp_type, 0);
	CHECK(!sgnl_key_is_icmp(&key));
	begin6(&p, 1);
	put_icmp(&p, 8, 0, 7);
	end(&p);
	CHECK_EQ(parse(&p, &key), SGNL_REASON_UNSPEC);
	CHECK_EQ(key.local_port, 0);
	CHECK(!sgnl_key_is_icmp(&key));
}

static void test_fragments4(void)
{
	static struct packet p;
	struct sgnl_key key;
	unsigned int bit;

	for (bit = 0; bit < 16; bit++) {
		begin4(&p, 17, NULL, 0);
		put_udp(&p, 8);
		end(&p);
		set16(&p, 6, 1 << bit);
		/* Offset, more fragments, do not fragment, reserved */
		CHECK_EQ(parse(&p, &key), SGNL_REASON_UNSPEC);
		CHECK_EQ(key.fragment, bit < 13	 ? SGNL_FRAGMENT_LATER :
				       bit == 13 ? SGNL_FRAGMENT_FIRST :
						   SGNL_FRAGMENT_NONE);
		CHECK_EQ(key.frag_start, bit < 13 ? 8 << bit : 0);
		CHECK_EQ(key.frag_len, bit < 14 ? 8 : 0);
		CHECK_EQ(key.frag_id, bit < 14 ? 0x1234 : 0);
		CHECK_EQ(key.frag_proto, bit < 14 ? 17 : 0);
		CHECK_EQ(key.last, bit < 13);
		/* Of a later one no port is read. */
		CHECK_EQ(key.local_port, bit < 13 ? 0 : 53);
	}
	/* A TCP header at offset 1 would overwrite the flags. */
	begin4(&p, 6, NULL, 0);
	put_tcp(&p, SGNL_TCP_ACK, 5);
	end(&p);
	set16(&p, 6, 1);
	CHECK_EQ(reason_of(&p), SGNL_REASON_FRAGMENT_TINY);
	set16(&p, 6, 2);
	CHECK_EQ(reason_of(&p), SGNL_REASON_UNSPEC);
}

static void fragment6(struct packet *p, u8 next, u16 field)
{
	begin6(p, 44);
	put16(p, next << 8);
	put16(p, field);
	put_zero(p, 4);
}

static void test_fragments6(void)
{
	static struct packet p;
	struct sgnl_key key;
	unsigned int bit;

	for (bit = 0; bit < 16; bit++) {
		fragment6(&p, 17, 1 << bit);
		put_udp(&p, 8);
		end(&p);
		/* More fragments, two reserved, offset */
		CHECK_EQ(parse(&p, &key), SGNL_REASON_UNSPEC);
		CHECK_EQ(key.fragment, bit > 2	? SGNL_FRAGMENT_LATER :
				       bit == 0 ? SGNL_FRAGMENT_FIRST :
						  SGNL_FRAGMENT_NONE);
		CHECK_EQ(key.frag_start, bit > 2 ? 1 << bit : 0);
		CHECK_EQ(key.last, bit > 2);
		CHECK_EQ(key.local_port, bit > 2 ? 0 : 53);
	}
	/* Atomic: as if there were no such header. */
	fragment6(&p, 17, 0);
	put_udp(&p, 9);
	end(&p);
	CHECK_EQ(reason_of(&p), SGNL_REASON_L4_HEADER);
	/* A fragment within a first fragment */
	fragment6(&p, 44, 1);
	put16(&p, 17 << 8);
	put_zero(&p, 6);
	put_udp(&p, 8);
	end(&p);
	CHECK_EQ(reason_of(&p), SGNL_REASON_EXT_HEADER);
}

/* Units of eight bytes but for the last one, and 65535 bytes in all. */
static void test_fragment_length(void)
{
	static struct packet p;
	unsigned int n, more, v6, words;

	for (v6 = 0; v6 < 2; v6++)
		for (more = 0; more < 2; more++)
			for (n = 0; n <= 24; n++) {
				if (v6) {
					fragment6(&p, 47, 64 | more);
				} else {
					begin4(&p, 47, NULL, 0);
					set16(&p, 6, 8 | more << 13);
				}
				put_zero(&p, n);
				end(&p);
				CHECK_EQ(reason_of(&p),
					 n && (!more || n % 8 == 0) ?
						 SGNL_REASON_UNSPEC :
					 v6 ? SGNL_REASON_EXT_HEADER :
					      SGNL_REASON_IP_HEADER);
			}
	/* Where nothing of IP but its first 20 bytes counts, and more of it */
	for (n = 1; n < 32; n++) {
		for (words = 0; words <= 40; words += 4) {
			u8 option[40];

			memset(option, 1, sizeof(option));
			begin4(&p, 47, option, words);
			set16(&p, 6, 65512 / 8);
			put_zero(&p, n);
			end(&p);
			CHECK_EQ(reason_of(&p), 20 + words + 65512 + n > 65535 ?
							SGNL_REASON_IP_HEADER :
							SGNL_REASON_UNSPEC);
		}
		fragment6(&p, 47, 65512);
		put_zero(&p, n);
		end(&p);
		CHECK_EQ(reason_of(&p), 65512 + n > 65535 ?
						SGNL_REASON_IP_HEADER :
						SGNL_REASON_UNSPEC);
		/* IPv6's extension headers before it count too. */
		begin6(&p, 0);
		put8(&p, 44);
		put_zero(&p, 7);
		put16(&p, 47 << 8);
		put16(&p, 65512);
		put_zero(&p, 4 + n);
		end(&p);
		CHECK_EQ(reason_of(&p), 8 + 65512 + n > 65535 ?
						SGNL_REASON_IP_HEADER :
						SGNL_REASON_UNSPEC);
	}
}

static void test_tiny(void)
{
	static const struct {
		u8 proto4, proto6;
		unsigned int need;
	} row[] = { { 6, 6, 20 }, { 17, 17, 8 }, { 1, 58, 8 }, { 47, 47, 0 } };
	unsigned int i, v6, n;

	for (i = 0; i < COUNT_OF(row); i++)
		for (v6 = 0; v6 < 2; v6++)
			for (n = 0; n <= 24; n++) {
				static struct packet p;

				if (v6) {
					fragment6(&p, row[i].proto6, 1);
				} else {
					begin4(&p, row[i].proto4, NULL, 0);
					set16(&p, 6, 0x2000);
				}
				if (row[i].need == 20) {
					/* Its options are in the next one. */
					put_tcp(&p, SGNL_TCP_SYN, 5);
					p.b[p.n - 8] = 0xf0;
				} else {
					put_udp(&p, 5000);
				}
				put_zero(&p, 24);
				p.n = (v6 ? 48 : 20) + n;
				end(&p);
				if (!CHECK_EQ(reason_of(&p),
					      !n || n % 8 ?
						      v6 ?
						      SGNL_REASON_EXT_HEADER :
						      SGNL_REASON_IP_HEADER :
					      n < row[i].need ?
						      SGNL_REASON_FRAGMENT_TINY :
						      SGNL_REASON_UNSPEC))
					tap_note("proto %u %s %u bytes",
						 row[i].proto4,
						 v6 ? "IPv6" : "IPv4", n);
			}
}

/* The whole chain is in the first fragment (RFC 7112). */
static void test_tiny_chain(void)
{
	unsigned int n;

	for (n = 0; n <= 24 + 8; n++) {
		static struct packet p;

		fragment6(&p, 60, 1);
		put16(&p, (17 << 8) | 2);
		put_zero(&p, 22);
		put_udp(&p, 8);
		p.n = 48 + n;
		end(&p);
		CHECK_EQ(reason_of(&p), !n || n % 8 ? SGNL_REASON_EXT_HEADER :
					n < 32 ? SGNL_REASON_FRAGMENT_TINY :
						 SGNL_REASON_UNSPEC);
	}
}

static void test_udp_length(void)
{
	static const size_t payload[] = { 0, 1, 100 };
	static struct packet p;
	unsigned int size, i;

	for (i = 0; i < COUNT_OF(payload); i++)
		for (size = 0; size < 65536; size++) {
			begin4(&p, 17, NULL, 0);
			put_udp(&p, size);
			put_zero(&p, payload[i]);
			end(&p);
			if (!CHECK_EQ(reason_of(&p),
				      size < 8 || size > 8 + payload[i] ?
					      SGNL_REASON_L4_HEADER :
					      SGNL_REASON_UNSPEC))
				return;
		}
}

static void test_tcp_flags(void)
{
	static struct packet p;
	unsigned int flags, v6;
	struct sgnl_key key;

	for (v6 = 0; v6 < 2; v6++)
		for (flags = 0; flags < 256; flags++) {
			bool syn = flags & 2, fin = flags & 1, rst = flags & 4;
			/* ECE and CWR are none that a connection is made of. */
			bool good = (flags & 0x3f) && !(syn && (fin || rst));

			if (v6)
				begin6(&p, 6);
			else
				begin4(&p, 6, NULL, 0);
			put_tcp(&p, flags, 5);
			end(&p);
			CHECK_EQ(parse(&p, &key), good ? SGNL_REASON_UNSPEC :
							 SGNL_REASON_TCP_FLAGS);
			if (good)
				CHECK_EQ(key.tcp_flags, flags & 0x3f);
		}
}

static void test_tcp_offset(void)
{
	static struct packet p;
	unsigned int words, n;

	for (words = 0; words < 16; words++)
		for (n = 20; n <= 64; n++) {
			begin4(&p, 6, NULL, 0);
			put_tcp(&p, SGNL_TCP_SYN, 16);
			p.b[20 + 12] = words << 4;
			p.n = 20 + n;
			end(&p);
			CHECK_EQ(reason_of(&p), words < 5 || words * 4 > n ?
							SGNL_REASON_L4_HEADER :
							SGNL_REASON_UNSPEC);
		}
	/* Malformed in a fragment too, which is not the same as tiny */
	begin4(&p, 6, NULL, 0);
	put_tcp(&p, SGNL_TCP_SYN, 5);
	p.b[20 + 12] = 4 << 4;
	put_zero(&p, 4);
	end(&p);
	set16(&p, 6, 0x2000);
	CHECK_EQ(reason_of(&p), SGNL_REASON_L4_HEADER);
}

static void test_icmp_types(void)
{
	static struct packet p;
	unsigned int type, v6;
	struct sgnl_key key;

	for (v6 = 0; v6 < 2; v6++)
		for (type = 0; type < 256; type++) {
			bool request = type == (v6 ? 128 : 8);
			bool reply = type == (v6 ? 129 : 0);

			if (v6)
				begin6(&p, 58);
			else
				begin4(&p, 1, NULL, 0);
			put_icmp(&p, type, 3, 0x1234);
			end(&p);
			CHECK_EQ(parse(&p, &key), SGNL_REASON_UNSPEC);
			CHECK_EQ(key.icmp_type, type);
			CHECK_EQ(key.icmp_code, 3);
			CHECK_EQ(key.local_port, request || reply ? 0x1234 : 0);
			CHECK_EQ(key.peer_port, key.local_port);
			/* An error with id 0 is no packet of echo session 0. */
			CHECK_EQ(sgnl_key_tracked(&key), request || reply);
			CHECK_EQ(sgnl_key_echo_request(&key), request);
			CHECK_EQ(sgnl_key_opens(&key), request);
		}
}

/* S5: what may be adopted, and the flow it would have been opened by. */
static void test_midstream(void)
{
	unsigned int flags, direction;

	for (flags = 1; flags < 64; flags++) {
		struct sgnl_key key = { .family = 4,
					.proto = 6,
					.tcp_flags = flags };
		bool syn = flags & SGNL_TCP_SYN, ack = flags & SGNL_TCP_ACK;
		bool ends = flags & (SGNL_TCP_FIN | SGNL_TCP_RST);

		CHECK_EQ(sgnl_key_midstream(&key), !ends && (!syn || ack));
		CHECK(!(sgnl_key_midstream(&key) && sgnl_key_opens(&key)));
		key.multicast = true;
		CHECK(!sgnl_key_midstream(&key));
		key.multicast = false;
		key.proto = 17;
		CHECK(!sgnl_key_midstream(&key));
	}
	for (direction = 0; direction < 2; direction++) {
		struct sgnl_key key = { .family = 6,
					.proto = 6,
					.direction = direction,
					.local = { 1, 2 },
					.peer = { 3, 4 },
					.local_port = 5,
					.peer_port = 6,
					.vlan = { 0x8007 },
					.tcp_flags = SGNL_TCP_ACK };
		struct sgnl_key mirror = sgnl_key_mirror(&key), back;

		CHECK_EQ(mirror.direction, !direction);
		CHECK_EQ(sgnl_key_sport(&mirror), sgnl_key_dport(&key));
		CHECK_EQ(sgnl_key_dport(&mirror), sgnl_key_sport(&key));
		CHECK(sgnl_addr_equal(&mirror.local, &key.local));
		CHECK(sgnl_addr_equal(&mirror.peer, &key.peer));
		back = sgnl_key_mirror(&mirror);
		CHECK_EQ(back.direction, direction);
		CHECK_EQ(back.tcp_flags, key.tcp_flags);
		CHECK_EQ(back.vlan[0], key.vlan[0]);
	}
}

static void test_opens(void)
{
	static const u8 numbers[] = { 0, 1, 17, 47, 58, 132, 255 };
	unsigned int flags, i;

	for (flags = 1; flags < 64; flags++) {
		struct sgnl_key key = { .family = 4,
					.proto = 6,
					.tcp_flags = flags };

		CHECK_EQ(sgnl_key_opens(&key),
			 (flags & SGNL_TCP_SYN) && !(flags & SGNL_TCP_ACK));
		key.multicast = true;
		CHECK(!sgnl_key_opens(&key));
	}
	for (i = 0; i < COUNT_OF(numbers); i++) {
		/* Of these, 1 is no ICMP in IPv6, nor is 58 in IPv4. */
		struct sgnl_key key = { .family = numbers[i] == 1 ? 6 : 4,
					.proto = numbers[i] };

		CHECK(sgnl_key_opens(&key));
		CHECK(sgnl_key_tracked(&key));
		CHECK(!sgnl_key_echo_request(&key));
		key.multicast = true;
		CHECK(!sgnl_key_opens(&key));
	}
}

/* A packet of IPv4 with all that an answer takes over. */
static struct sgnl_key question(u8 proto)
{
	return (struct sgnl_key){
		.local = { 0, 1 },
		.peer = { 0, 2 },
		.local_port = 3,
		.peer_port = 4,
		.vlan = { SGNL_VLAN_PRESENT | 5, SGNL_VLAN_PRESENT | 6 },
		.family = SGNL_FAMILY_IPV4,
		.direction = SGNL_DIRECTION_OUT,
		.proto = proto,
		.fragment = true,
	};
}

static void test_answer(void)
{
	struct sgnl_key key = question(17), answer, again;

	if (!CHECK(sgnl_key_answer(&key, &answer)))
		return;
	CHECK_EQ(answer.direction, SGNL_DIRECTION_IN);
	CHECK_EQ(answer.local.lo, 1);
	CHECK_EQ(answer.peer.lo, 2);
	CHECK_EQ(answer.local_port, 3);
	CHECK_EQ(answer.peer_port, 4);
	CHECK_EQ(answer.vlan[0], key.vlan[0]);
	CHECK_EQ(answer.vlan[1], key.vlan[1]);
	CHECK_EQ(answer.proto, 17);
	CHECK(!answer.fragment);
	CHECK(sgnl_key_answer(&answer, &again));
	CHECK_EQ(again.direction, SGNL_DIRECTION_OUT);
	key.multicast = true;
	CHECK(!sgnl_key_answer(&key, &answer));
}

static void test_answer_flags(void)
{
	struct sgnl_key answer;
	unsigned int flags;

	for (flags = 1; flags < 64; flags++) {
		struct sgnl_key key = question(6);
		bool syn = flags & SGNL_TCP_SYN;

		key.tcp_flags = flags;
		if (flags & SGNL_TCP_RST) {
			CHECK(!sgnl_key_answer(&key, &answer));
			continue;
		}
		CHECK(sgnl_key_answer(&key, &answer));
		CHECK_EQ(answer.tcp_flags,
			 syn ? SGNL_TCP_SYN | SGNL_TCP_ACK : SGNL_TCP_ACK);
	}
}

static void test_answer_icmp(void)
{
	struct sgnl_key answer;
	unsigned int type;

	for (type = 0; type < 256; type++) {
		struct sgnl_key v4 = question(1), v6 = question(58);

		v6.family = SGNL_FAMILY_IPV6;
		v4.icmp_type = type;
		v6.icmp_type = type;
		CHECK_EQ(sgnl_key_answer(&v4, &answer), type == 8);
		CHECK(type != 8 || answer.icmp_type == 0);
		CHECK_EQ(sgnl_key_answer(&v6, &answer), type == 128);
		CHECK(type != 128 || answer.icmp_type == 129);
	}
}

static void test_multicast(void)
{
	static const struct {
		const char *destination;
		bool multicast;
	} row[] = {
		{ "223.255.255.255", false }, { "224.0.0.1", true },
		{ "239.255.255.255", true },  { "240.0.0.0", false },
		{ "255.255.255.255", true },  { "10.255.255.255", false },
		{ "ff02::1", true },	      { "fe80::1", false },
	};
	static struct packet p;
	struct sgnl_key key;
	unsigned int i;

	for (i = 0; i < COUNT_OF(row); i++) {
		bool v4 = strchr(row[i].destination, '.');
		struct parse how = { .family = v4 ? 4 : 6 };

		for (how.direction = 0; how.direction < 2; how.direction++) {
			if (v4)
				begin4(&p, 47, NULL, 0);
			else
				begin6(&p, 47);
			inet_pton(v4 ? AF_INET : AF_INET6, row[i].destination,
				  p.b + (v4 ? 16 : 24));
			end(&p);
			how.avail = p.n;
			how.len = p.n;
			CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_UNSPEC);
			if (!CHECK_EQ(key.multicast, row[i].multicast))
				tap_note("%s", row[i].destination);
		}
		/* As the source it says nothing. */
		memcpy(p.b + (v4 ? 12 : 8), p.b + (v4 ? 16 : 24), v4 ? 4 : 16);
		p.b[v4 ? 16 : 24] = 0x20;
		how.direction = SGNL_DIRECTION_IN;
		CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_UNSPEC);
		CHECK(!key.multicast);
	}
	/* What the link layer said stays. */
	begin4(&p, 47, NULL, 0);
	end(&p);
	key = (struct sgnl_key){ .family = 4, .multicast = true };
	CHECK_EQ(sgnl_key_parse(&key, p.b, p.n, p.n, false),
		 SGNL_REASON_UNSPEC);
	CHECK(key.multicast);
}

/* ---- errors about random packets ---- */

/* An error to who sent the packet, from anywhere. */
static struct sgnl_key error_about(const struct packet *p, u8 direction)
{
	bool v4 = p->b[0] >> 4 == 4;
	struct sgnl_key error = { .family = v4 ? 4 : 6,
				  .direction = direction,
				  .vlan = { 0x8005, 0x8006 },
				  .proto = v4 ? 1 : 58,
				  .icmp_type = v4 ? 3 : 1 };
	struct sgnl_addr *to = direction == SGNL_DIRECTION_IN ? &error.local :
								&error.peer;
	u8 family;

	sgnl_addr_read(to, &family, p->b + (v4 ? 12 : 8), v4 ? 4 : 16);
	return error;
}

static void test_error_twin(void)
{
	unsigned long n, rounds = tap_rounds(500000), about = 0, cut = 0;

	for (n = 0; n < rounds; n++) {
		static struct packet p;
		struct sgnl_key error;
		struct parse how;
		bool x;

		rnd_packet(&p);
		error = error_about(&p, rnd() & 1);
		rnd_damage(&p, &how);
		how.family = error.family;
		how.direction = !error.direction;
		how.super = false;
		how.cut = true;
		if (rnd_one_in(2)) {
			how.len = rnd_below(p.n + 1);
			how.avail = how.len;
		}
		if (rnd_one_in(8))
			addr_flip(error.direction == SGNL_DIRECTION_IN ?
					  &error.local :
					  &error.peer,
				  error.family, rnd_below(32));
		if (!both_errors(&how, p.b, &error, &x)) {
			tap_note("round %lu", n);
			return;
		}
		about += x;
		cut += x && how.len < p.n;
	}
	CHECK(about > rounds / 10);
	CHECK(cut > rounds / 50);
}

/* Eight bytes of a transport header are enough, and seven are not. */
static void test_error_cut(void)
{
	static struct packet p;
	unsigned int i;

	for (i = 0; samples(&p, i); i++) {
		struct sgnl_key key, error;
		struct parse how = { .family = p.b[0] >> 4,
				     .avail = p.n,
				     .len = p.n };
		size_t need;

		CHECK_EQ(run(&how, p.b, &key), SGNL_REASON_UNSPEC);
		need = key.transport + (key.proto == 47 ? 0 : 8);
		error = error_about(&p, SGNL_DIRECTION_IN);
		for (how.len = 0; how.len <= p.n; how.len++) {
			how.avail = how.len;
			if (!CHECK_EQ(run_error(&how, p.b, &error, &key),
				      how.len >= need))
				tap_note("sample %u, %zu bytes", i, how.len);
		}
		/* It ran the other way round. */
		CHECK_EQ(key.direction, SGNL_DIRECTION_OUT);
	}
}

static void test_error_types(void)
{
	unsigned int type, v6;

	for (v6 = 0; v6 < 2; v6++)
		for (type = 0; type < 256; type++) {
			struct sgnl_key key = { .family = v6 ? 6 : 4,
						.proto = v6 ? 58 : 1,
						.icmp_type = type };
			/* Neither source quench nor redirects */
			bool error = v6 ? type >= 1 && type <= 4 :
					  type == 3 || type == 11 || type == 12;

			CHECK_EQ(sgnl_key_is_error(&key), error);
			key.proto = v6 ? 1 : 58;
			CHECK(!sgnl_key_is_error(&key));
		}
}

/* What no error may be about, whatever sessions there are. */
static void test_error_about(void)
{
	static const struct {
		u8 v4, proto, type;
		u16 fragment;
		bool multicast, about;
	} row[] = {
		{ 4, 17, 0, 0, false, true },
		{ 6, 17, 0, 0, false, true },
		{ 4, 1, 8, 0, false, true },
		{ 6, 58, 129, 0, false, true },
		{ 4, 1, 3, 0, false, false },
		{ 6, 58, 1, 0, false, false },
		{ 4, 1, 5, 0, false, false },
		{ 6, 58, 135, 0, false, false },
		{ 4, 17, 0, 0, true, false },
		{ 6, 17, 0, 0, true, false },
		{ 4, 17, 0, 0x2000, false, true },
		{ 4, 17, 0, 0x0001, false, false },
		{ 4, 17, 0, 0x2001, false, false },
	};
	static struct packet p;
	unsigned int i;

	for (i = 0; i < COUNT_OF(row); i++) {
		struct sgnl_key error, key;
		struct parse how = { .family = row[i].v4 };

		if (row[i].v4 == 4)
			begin4(&p, row[i].proto, NULL, 0);
		else
			begin6(&p, row[i].proto);
		if (row[i].proto == 17)
			put_udp(&p, 1000);
		else
			put_icmp(&p, row[i].type, 0, 0);
		end(&p);
		if (row[i].fragment)
			set16(&p, 6, row[i].fragment);
		if (row[i].multicast)
			memset(p.b + (row[i].v4 == 4 ? 16 : 24), 0xff, 4);
		how.avail = p.n;
		how.len = p.n;
		error = error_about(&p, SGNL_DIRECTION_OUT);
		if (!CHECK_EQ(run_error(&how, p.b, &error, &key), row[i].about))
			tap_note("row %u", i);
	}
}

/* A plain packet, changed at one place. */
static void test_plain(void)
{
	static const struct {
		bool v6, udp;
		size_t at;
		u8 value;
		bool plain;
	} row[] = {
		{ 0, 0, 1, 0, 1 },     { 0, 1, 1, 0, 1 },
		{ 1, 0, 1, 0, 1 },     { 1, 1, 1, 0, 1 },
		{ 0, 0, 0, 0x46, 0 },  { 1, 0, 0, 0x70, 0 },
		{ 0, 0, 6, 0x40, 1 },  /* DF */ { 0, 0, 6, 0x20, 0 },
		{ 0, 0, 7, 1, 0 },     { 0, 0, 16, 223, 1 },
		{ 0, 0, 16, 224, 0 },  { 0, 0, 16, 255, 0 },
		{ 1, 0, 24, 0xff, 0 }, { 1, 0, 24, 0xfe, 1 },
		{ 0, 0, 9, 1, 0 },     { 1, 0, 6, 58, 0 },
		{ 1, 0, 6, 44, 0 },    { 0, 0, 33, 0x11, 1 },
		{ 0, 0, 33, 0x02, 1 }, { 0, 0, 33, 0x14, 1 },
		{ 0, 0, 33, 0x03, 0 }, { 0, 0, 33, 0x06, 0 },
		{ 0, 0, 33, 0x18, 1 }, { 0, 0, 33, 0xd0, 1 },
		{ 0, 0, 33, 0xc0, 0 }, { 0, 0, 33, 0x20, 1 },
		{ 0, 0, 32, 0x40, 0 }, { 0, 0, 32, 0x60, 0 },
		{ 0, 1, 25, 7, 0 },    { 0, 1, 25, 8, 1 },
		{ 0, 1, 25, 9, 0 },    { 1, 1, 45, 9, 0 },
		{ 0, 0, 3, 39, 0 },    { 0, 0, 3, 41, 0 },
		{ 1, 0, 5, 19, 0 },    { 1, 0, 5, 21, 0 },
	};
	static const u16 dhcp[] = { 67, 68, 546, 547 };
	static const u16 other[] = { 68, 67, 547, 546 };
	struct packet p;
	struct sgnl_flow flow;
	unsigned int i;

	for (i = 0; i < COUNT_OF(row); i++) {
		struct parse how = { .family = row[i].v6 ? 6 : 4 };

		if (row[i].v6)
			begin6(&p, row[i].udp ? 17 : 6);
		else
			begin4(&p, row[i].udp ? 17 : 6, NULL, 0);
		if (row[i].udp)
			put_udp(&p, 8);
		else
			put_tcp(&p, SGNL_TCP_ACK, 5);
		end(&p);
		p.b[row[i].at] = row[i].value;
		how.avail = p.n;
		how.len = p.n;
		if (!CHECK_EQ(run_plain(&how, p.b, &flow) >= 0, row[i].plain) ||
		    !CHECK(try_packet(&how, p.b)))
			tap_note("row %u", i);
	}
	/* DHCP both ways, by UDP and, for which it means nothing, by TCP. */
	for (i = 0; i < 4 * COUNT_OF(dhcp); i++) {
		struct parse how = { .family = 4 };
		bool udp = i & 1;

		begin4(&p, udp ? 17 : 6, NULL, 0);
		if (udp)
			put_udp(&p, 8);
		else
			put_tcp(&p, SGNL_TCP_ACK, 5);
		end(&p);
		set16(&p, 20, dhcp[i / 4]);
		set16(&p, 22, other[i / 4] + (i & 2));
		how.avail = p.n;
		how.len = p.n;
		CHECK_EQ(run_plain(&how, p.b, &flow) >= 0, !udp || i & 2);
	}
}

static void test_flow(void)
{
	struct sgnl_key key = { .family = 4, .proto = 6 };
	struct sgnl_flow flow = sgnl_flow(&key, 1);
	size_t i;

	CHECK(sgnl_slots_key_equal(flow.word, flow.word, SGNL_KEY_WORDS));
	for (i = 0; i < offsetof(struct sgnl_flow, zero); i++) {
		struct sgnl_flow other = flow;

		((u8 *)&other)[i] ^= 0x40;
		if (!CHECK(!sgnl_slots_key_equal(flow.word, other.word,
						 SGNL_KEY_WORDS)))
			tap_note("byte %zu", i);
	}
}

static const struct tap_test tests[] = {
	{ "S12 flows differ by each of their parts", test_flow },
	{ "E0 S12 plain packets are read at one go, and no others",
	  test_plain },
	{ "E0 every kind of good packet, both directions", test_good },
	{ "E0 cut at every byte", test_truncated },
	{ "E0 IP header: version, header length, total length",
	  test_ip_header },
	{ "E0 super-packets whose length field is 0", test_super },
	{ "E0 padding is not part of a packet", test_padding },
	{ "E0 IPv4 options: source routes and bad lengths are dropped",
	  test_options },
	{ "E0 IPv4 options, every type with every length", test_options_all },
	{ "E0 IPv6: at most 8 extension headers of 256 bytes",
	  test_chain_bounds },
	{ "E0 IPv6: lengths of AH and Fragment header", test_auth_length },
	{ "E0 IPv6: routing header of type 0 is dropped", test_routing },
	{ "E0 IPv6: hop-by-hop options come first", test_hop_by_hop },
	{ "E0 any other next header is the protocol, 59 too", test_other_next },
	{ "E0 UDP lengths, all of them", test_udp_length },
	{ "E0 TCP flags, all of them", test_tcp_flags },
	{ "E0 TCP data offset against what is there", test_tcp_offset },
	{ "E0 the longest headers fit into what is read", test_longest },
	{ "E0 what is read at most is enough, random packets", test_key_bytes },
	{ "R4 ICMP of the other family has no type and no id",
	  test_foreign_icmp },
	{ "S11 IPv4 fragments: flags, offset, number", test_fragments4 },
	{ "S11 IPv6 fragments, an atomic one is none", test_fragments6 },
	{ "S11 lengths of fragments, and of all of them",
	  test_fragment_length },
	{ "S11 a first fragment holds the whole transport header", test_tiny },
	{ "S11 IPv6: a first fragment holds the whole chain", test_tiny_chain },
	{ "S12 ICMP: echo alone has an id, its request alone opens",
	  test_icmp_types },
	{ "S5 S12 E9 what opens a session", test_opens },
	{ "S4 an answer is the same flow the other way", test_answer },
	{ "S4 the answer to a SYN, to what follows and to a RST",
	  test_answer_flags },
	{ "S12 an echo request is answered by a reply, other ICMP by nothing",
	  test_answer_icmp },
	{ "S5 what may be adopted, and its mirror image", test_midstream },
	{ "E9 multicast and broadcast destinations", test_multicast },
	{ "E4 ICMP errors by type, redirects are none", test_error_types },
	{ "E4 what an error is about is no error, multicast or later fragment",
	  test_error_about },
	{ "E4 an error holds 8 bytes of the transport header", test_error_cut },
	{ "E4 random errors, held against a second parser", test_error_twin },
	{ "E0 noise, held against a second parser", test_noise },
	{ "E0 S11 S12 random packets, held against a second parser",
	  test_twin },
	{}
};

const struct tap_suite key_suite = { "key", tests };
