// SPDX-License-Identifier: GPL-2.0
/*
 * The first of many rules that matches a packet, found without a scan (E7).
 *
 * Theory of operation: a rule matches if each of its parts does, and a part
 * is one interval of values, or a few. The ends of all rules' intervals cut the
 * values of a part into intervals within which the same rules match: a bit
 * vector, in which bit i is the i-th rule in the order of E7. A look-up finds
 * the interval of each part of the packet, and the lowest bit that is set in
 * all of their vectors. Summaries tell which words to look at; parts that no
 * rule restricts are not looked up.
 *
 * ICMP's type and code are one part, of which other protocols have no values. So
 * its vectors say of the protocol too what there is to say: an ICMP packet takes
 * the one of its type and code in the place of the one of its protocol.
 *
 * A peer may be in any number of groups. Their vectors are put together with the
 * one of its address, since a rule has either as peer.
 *
 * There are at most as many ends as twice what the rules cost (R7), which bounds
 * the memory; finding an interval takes as many steps as their number has bits.
 */
#include <linux/bitops.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../compat/compiler.h"
#include "classifier.h"
#include "policy.h"
#include "radix.h"

/* Words of a vector with its summary */
#define STRIDE_MAX  (1 + SGNL_CLASSIFIER_WORDS_MAX)

#define PROTOS	    256

/* Vectors of a peer that are kept apart until a word of them is wanted. */
#define VECTORS_MAX 8

/* Looked at before a vector is stored, be it there already or not. */
#define PROBES_MAX  16

/* Values of a part, from @first to @last, both in it. */
struct interval {
	struct sgnl_addr first;
	struct sgnl_addr last;
};

/* A part of the rules as it is cut into intervals. */
struct draft {
	unsigned int n;
	unsigned int n_vectors;
	struct sgnl_addr *start;
	u32 *vector_of;
	u64 *vector;
};

/*
 * What a classifier is made in. Of the rules that are given, @n_rules are of the
 * family. From the value of each @end on, a rule matches that did not, or no
 * longer does. @all is the vector of all these, @now that of the values that the
 * sweep has come to, @hash one of @now; @slot finds vectors by hash: 0 is none,
 * else it is one more than their number.
 */
struct workshop {
	u8 family;
	unsigned int n_given;
	const struct sgnl_policy_rule *given;
	unsigned int n_rules;
	unsigned int stride;
	struct draft draft[SGNL_FIELDS];
	unsigned int n_ends;
	struct sgnl_radix_item *end;
	struct sgnl_radix_item *spare;
	u64 all[STRIDE_MAX];
	u64 now[STRIDE_MAX];
	u64 hash;
	unsigned int n_slots;
	u32 *slot;
};

static bool fits(const struct sgnl_policy_rule *r, u8 family)
{
	return r->rule->family == SGNL_FAMILY_ANY || r->rule->family == family;
}

static bool behind(const struct sgnl_addr *a, const struct sgnl_addr *b)
{
	return a->hi != b->hi ? a->hi > b->hi : a->lo > b->lo;
}

/* The greatest value of a part. */
static struct sgnl_addr greatest(enum sgnl_field_id id, u8 family)
{
	switch (id) {
	case SGNL_FIELD_PROTO:
		return (struct sgnl_addr){ .lo = PROTOS - 1 };
	case SGNL_FIELD_ICMP:
	case SGNL_FIELD_DPORT:
	case SGNL_FIELD_SPORT:
		return (struct sgnl_addr){ .lo = 65535 };
	case SGNL_FIELD_LOCAL:
	case SGNL_FIELD_PEER:
		return sgnl_family_last(family);
	default:
		return (struct sgnl_addr){ .lo = 0xffffffff };
	}
}

/* Are there ICMP packets of some kind that it matches? Of its family, that is. */
static bool for_icmp(const struct sgnl_rule *rule)
{
	return rule->proto == SGNL_PROTO_ALL || rule->proto == IPPROTO_ICMP ||
	       rule->proto == IPPROTO_ICMPV6;
}

/* How many intervals a part of a rule has, at most. */
static unsigned int n_intervals(const struct sgnl_policy_rule *r,
				enum sgnl_field_id id)
{
	switch (id) {
	case SGNL_FIELD_ICMP:
		return for_icmp(r->rule);
	case SGNL_FIELD_DPORT:
		return r->rule->port_list ? r->lists.ports->n : 1;
	case SGNL_FIELD_PEER:
		if (r->rule->peer_kind == SGNL_PEER_LIST)
			return r->lists.peer->n;
		return r->rule->peer_kind == SGNL_PEER_PREFIX;
	case SGNL_FIELD_GROUP:
		return r->rule->peer_kind == SGNL_PEER_GROUP;
	default:
		return 1;
	}
}

static bool of_prefix(struct interval *interval,
		      const struct sgnl_prefix *prefix, u8 family)
{
	if (prefix->family == SGNL_FAMILY_ANY) {
		interval->first = (struct sgnl_addr){};
		interval->last = sgnl_family_last(family);
		return true;
	}
	interval->first = prefix->addr;
	interval->last = sgnl_prefix_last(prefix);
	return prefix->family == family;
}

static bool of_numbers(struct interval *interval, u32 first, u32 last)
{
	interval->first = (struct sgnl_addr){ .lo = first };
	interval->last = (struct sgnl_addr){ .lo = last };
	return true;
}

static u16 icmp_value(u8 type, u8 code)
{
	return type << 8 | code;
}

static bool of_icmp(struct interval *interval, const struct sgnl_rule *rule)
{
	if (!rule->has_icmp_type)
		return of_numbers(interval, 0, 65535);
	return of_numbers(interval,
			  icmp_value(rule->icmp_type, rule->icmp_code),
			  icmp_value(rule->icmp_type, rule->has_icmp_code ?
							      rule->icmp_code :
							      255));
}

static bool of_ports(struct interval *interval,
		     const struct sgnl_port_range *range)
{
	return of_numbers(interval, range->min, range->max);
}

/* One of the intervals of a part of a rule; false if it is not there. */
static bool get_interval(struct interval *interval, u8 family,
			 const struct sgnl_policy_rule *r,
			 enum sgnl_field_id id, unsigned int i)
{
	const struct sgnl_rule *rule = r->rule;

	switch (id) {
	case SGNL_FIELD_PROTO:
		if (rule->proto == SGNL_PROTO_ALL)
			return of_numbers(interval, 0, PROTOS - 1);
		return of_numbers(interval, rule->proto, rule->proto);
	case SGNL_FIELD_ICMP:
		return of_icmp(interval, rule);
	case SGNL_FIELD_DPORT:
		return of_ports(interval, rule->port_list ?
						  &r->lists.ports->entry[i] :
						  &rule->dport);
	case SGNL_FIELD_SPORT:
		return of_ports(interval, &rule->sport);
	case SGNL_FIELD_LOCAL:
		return of_prefix(interval, &rule->local, family);
	case SGNL_FIELD_PEER:
		return of_prefix(interval,
				 rule->peer_kind == SGNL_PEER_LIST ?
					 &r->lists.peer->entry[i] :
					 &rule->peer,
				 family);
	default:
		return of_numbers(interval, rule->peer_group, rule->peer_group);
	}
}

/* splitmix64's last steps */
static u64 mix(u64 z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static void toggle(struct workshop *ws, unsigned int bit)
{
	unsigned int w = bit / 64;

	ws->now[1 + w] ^= 1ULL << bit % 64;
	if (ws->now[1 + w])
		ws->now[0] |= 1ULL << w;
	else
		ws->now[0] &= ~(1ULL << w);
	ws->hash ^= mix(bit + 1);
}

static void add_interval(struct workshop *ws, const struct interval *interval,
			 const struct sgnl_addr *max, unsigned int bit)
{
	struct sgnl_radix_item *end;

	if (interval->first.hi == 0 && interval->first.lo == 0) {
		toggle(ws, bit);
	} else {
		end = &ws->end[ws->n_ends++];
		end->at = interval->first;
		end->value = bit;
	}
	if (sgnl_addr_equal(&interval->last, max))
		return;
	end = &ws->end[ws->n_ends++];
	end->at = interval->last;
	end->value = bit;
	end->at.lo++;
	end->at.hi += end->at.lo == 0;
}

/* Entries of a list ascend, and may lie within one another. */
static void add_rule(struct workshop *ws, const struct sgnl_policy_rule *r,
		     enum sgnl_field_id id, const struct sgnl_addr *max,
		     unsigned int bit)
{
	unsigned int n = n_intervals(r, id);
	struct interval whole, next;
	bool any = false;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!get_interval(&next, ws->family, r, id, i))
			continue;
		if (any && !behind(&next.first, &whole.last)) {
			if (behind(&next.last, &whole.last))
				whole.last = next.last;
			continue;
		}
		if (any)
			add_interval(ws, &whole, max, bit);
		whole = next;
		any = true;
	}
	if (any)
		add_interval(ws, &whole, max, bit);
}

/* Where the vector is that is now, which is stored unless it is there. */
static u32 store(struct workshop *ws, struct draft *draft)
{
	size_t size = ws->stride * sizeof(*draft->vector);
	unsigned int probe;
	u64 *vector;
	u32 *slot;

	for (probe = 0; probe < PROBES_MAX; probe++) {
		slot = &ws->slot[(ws->hash + probe) & (ws->n_slots - 1)];
		if (!*slot)
			break;
		vector = draft->vector + (*slot - 1) * ws->stride;
		if (memcmp(vector, ws->now, size) == 0)
			return (*slot - 1) * ws->stride;
	}
	memcpy(draft->vector + draft->n_vectors * ws->stride, ws->now, size);
	*slot = ++draft->n_vectors;
	return (draft->n_vectors - 1) * ws->stride;
}

static void cut(struct workshop *ws, struct draft *draft,
		const struct sgnl_addr *at)
{
	u32 vector = store(ws, draft);

	if (draft->n && draft->vector_of[draft->n - 1] == vector)
		return;
	draft->start[draft->n] = *at;
	draft->vector_of[draft->n++] = vector;
}

/* Does no rule restrict the part? If none has a type, the protocol tells of ICMP. */
static bool unrestricted(const struct workshop *ws, enum sgnl_field_id id)
{
	if (ws->n_ends)
		return false;
	if (id == SGNL_FIELD_ICMP)
		return true;
	if (id == SGNL_FIELD_GROUP)
		return ws->now[0] == 0;
	return memcmp(ws->now, ws->all, ws->stride * sizeof(*ws->now)) == 0;
}

/* At most half of them are used. */
static unsigned int slots_for(unsigned int n_ends)
{
	return 2u << __fls(2 * n_ends + 1);
}

/* Values at which something begins or ends, and 0, where the first interval does. */
static unsigned int count_cuts(const struct sgnl_radix_item *end,
			       unsigned int n_ends)
{
	unsigned int n = 1 + (n_ends > 0);
	unsigned int i;

	for (i = 1; i < n_ends; i++)
		n += !sgnl_addr_equal(&end[i - 1].at, &end[i].at);
	return n;
}

/* Room for so many intervals, each with a vector of its own. */
static bool furnish_draft(const struct workshop *ws, struct draft *draft,
			  unsigned int n)
{
	draft->start = kvmalloc(n * (sizeof(*draft->start) +
				     ws->stride * sizeof(*draft->vector) +
				     sizeof(*draft->vector_of)),
				GFP_KERNEL_ACCOUNT);
	if (!draft->start)
		return false;
	draft->vector = (u64 *)(draft->start + n);
	draft->vector_of = (u32 *)(draft->vector + n * ws->stride);
	return true;
}

/* What the rules say of a part; false if memory ran out. */
static bool sweep(struct workshop *ws, enum sgnl_field_id id)
{
	struct sgnl_addr max = greatest(id, ws->family);
	struct draft *draft = &ws->draft[id];
	struct sgnl_radix_item *end;
	struct sgnl_addr at = {};
	unsigned int bit = 0;
	unsigned int i;

	ws->n_ends = 0;
	ws->hash = 0;
	memset(ws->now, 0, sizeof(ws->now));
	for (i = 0; i < ws->n_given; i++)
		if (fits(&ws->given[i], ws->family))
			add_rule(ws, &ws->given[i], id, &max, bit++);
	if (unrestricted(ws, id))
		return true;
	end = sgnl_radix_sort(ws->end, ws->spare, ws->n_ends);
	if (!furnish_draft(ws, draft, count_cuts(end, ws->n_ends)))
		return false;
	ws->n_slots = slots_for(ws->n_ends);
	memset(ws->slot, 0, ws->n_slots * sizeof(*ws->slot));
	cut(ws, draft, &at);
	for (i = 0; i < ws->n_ends;) {
		at = end[i].at;
		while (i < ws->n_ends && sgnl_addr_equal(&end[i].at, &at))
			toggle(ws, end[i++].value);
		cut(ws, draft, &at);
	}
	return true;
}

/* Room for the ends of all rules in any part. */
static bool furnish(struct workshop *ws)
{
	unsigned int n_ends = 0;
	unsigned int id, i;

	for (id = 0; id < SGNL_FIELDS; id++) {
		unsigned int n = 0;

		for (i = 0; i < ws->n_given; i++)
			if (fits(&ws->given[i], ws->family))
				n += 2 * n_intervals(&ws->given[i], id);
		if (n > n_ends)
			n_ends = n;
	}
	ws->end = kvmalloc(n_ends * 2 * sizeof(*ws->end) +
				   slots_for(n_ends) * sizeof(*ws->slot),
			   GFP_KERNEL_ACCOUNT);
	if (!ws->end)
		return false;
	ws->spare = ws->end + n_ends;
	ws->slot = (u32 *)(ws->spare + n_ends);
	return true;
}

static void clear_up(struct workshop *ws)
{
	unsigned int id;

	for (id = 0; id < SGNL_FIELDS; id++)
		kvfree(ws->draft[id].start);
	kvfree(ws->end);
}

/* Room in a block, or NULL while only its size is wanted. */
static void *take(void *block, size_t *used, size_t size)
{
	void *room = block ? (u8 *)block + *used : NULL;

	*used += (size + sizeof(u64) - 1) / sizeof(u64) * sizeof(u64);
	return room;
}

static size_t start_size(enum sgnl_field_id id, bool ipv6)
{
	switch (id) {
	case SGNL_FIELD_PROTO:
		return 0;
	case SGNL_FIELD_ICMP:
	case SGNL_FIELD_DPORT:
	case SGNL_FIELD_SPORT:
		return sizeof(u16);
	case SGNL_FIELD_LOCAL:
	case SGNL_FIELD_PEER:
		return ipv6 ? sizeof(struct sgnl_addr) : sizeof(u32);
	default:
		return sizeof(u32);
	}
}

/* The same values in as many bytes as the part needs. */
static void narrow(void *to, size_t size, const struct draft *draft)
{
	struct sgnl_addr *as_addr = to;
	u32 *as_u32 = to;
	u16 *as_u16 = to;
	unsigned int i;

	for (i = 0; i < draft->n; i++) {
		if (size == sizeof(u16))
			as_u16[i] = draft->start[i].lo;
		else if (size == sizeof(u32))
			as_u32[i] = draft->start[i].lo;
		else
			as_addr[i] = draft->start[i];
	}
}

/* Each of the protocols with its vector. */
static void spread(u32 *to, const struct draft *draft)
{
	unsigned int i = 0;
	unsigned int proto;

	for (proto = 0; proto < PROTOS; proto++) {
		i += i + 1 < draft->n && draft->start[i + 1].lo == proto;
		to[proto] = draft->vector_of[i];
	}
}

/*
 * Puts the arrays into a block, or tells how large it has to be. What is not
 * restricted takes the vector of all rules.
 */
static size_t lay_out(struct sgnl_classifier *c, const struct workshop *ws,
		      void *block)
{
	size_t used = 0;
	unsigned int id;

	c->rule = take(block, &used, ws->n_rules * sizeof(*c->rule));
	c->all = take(block, &used, ws->stride * sizeof(*c->all));
	for (id = 0; id < SGNL_FIELDS; id++) {
		const struct draft *draft = &ws->draft[id];
		struct sgnl_field *field = &c->field[id];

		field->vector = c->all;
		if (!draft->n)
			continue;
		field->n = id == SGNL_FIELD_PROTO ? PROTOS : draft->n;
		field->n_vectors = draft->n_vectors;
		field->start =
			take(block, &used, field->n * start_size(id, c->ipv6));
		field->vector_of = take(block, &used,
					field->n * sizeof(*field->vector_of));
		field->vector = take(block, &used,
				     draft->n_vectors * ws->stride *
					     sizeof(*field->vector));
	}
	return used;
}

static void fill(struct sgnl_classifier *c, const struct workshop *ws)
{
	size_t size = ws->stride * sizeof(u64);
	unsigned int bit = 0;
	unsigned int id, i;

	for (i = 0; i < ws->n_given; i++)
		if (fits(&ws->given[i], ws->family))
			c->rule[bit++] = ws->given[i].rule;
	memcpy(c->all, ws->all, size);
	for (id = 0; id < SGNL_FIELDS; id++) {
		const struct draft *draft = &ws->draft[id];
		struct sgnl_field *field = &c->field[id];

		if (!draft->n)
			continue;
		memcpy(field->vector, draft->vector, draft->n_vectors * size);
		if (id == SGNL_FIELD_PROTO) {
			spread(field->vector_of, draft);
			continue;
		}
		memcpy(field->vector_of, draft->vector_of,
		       draft->n * sizeof(*draft->vector_of));
		narrow(field->start, start_size(id, c->ipv6), draft);
	}
}

/* The classifier, in one block; NULL if memory ran out. */
static struct sgnl_classifier *assemble(const struct workshop *ws)
{
	struct sgnl_classifier form = {
		.ipv6 = ws->family == SGNL_FAMILY_IPV6,
		.stride = ws->stride,
	};
	struct sgnl_classifier *c;

	form.bytes = sizeof(*c) + lay_out(&form, ws, NULL);
	c = kvmalloc(form.bytes, GFP_KERNEL_ACCOUNT);
	if (!c)
		return NULL;
	*c = form;
	lay_out(c, ws, c->block);
	fill(c, ws);
	return c;
}

/**
 * sgnl_classifier_create() - compiles rules for packets of one family
 * @family: the family
 * @rule: rules of one direction in the order of E7, with their lists; the rules
 *        must outlive the classifier
 * @n_rules: how many, SGNL_RULES_MAX at the most
 *
 * Context: may sleep.
 * Return: the classifier, or NULL if memory ran out.
 */
struct sgnl_classifier *
sgnl_classifier_create(u8 family, const struct sgnl_policy_rule *rule,
		       unsigned int n_rules)
{
	struct workshop ws = { .family = family,
			       .given = rule,
			       .n_given = n_rules };
	struct sgnl_classifier *c = NULL;
	unsigned int id, i;
	bool done;

	for (i = 0; i < n_rules; i++)
		ws.n_rules += fits(&rule[i], family);
	for (i = 0; i < ws.n_rules; i++)
		toggle(&ws, i);
	ws.stride = 1 + (ws.n_rules + 63) / 64;
	memcpy(ws.all, ws.now, sizeof(ws.all));

	done = furnish(&ws);
	for (id = 0; done && id < SGNL_FIELDS; id++)
		done = sweep(&ws, id);
	if (done)
		c = assemble(&ws);
	clear_up(&ws);
	return c;
}

/**
 * sgnl_classifier_destroy() - frees a classifier that no packet can see any more
 * @classifier: the classifier, or NULL
 *
 * Context: may sleep.
 */
void sgnl_classifier_destroy(struct sgnl_classifier *classifier)
{
	kvfree(classifier);
}

/*
 * Of n values that ascend from 0 on, the number of the last one that is not
 * behind a value: L. E. Shar's search, by powers of two (D. E. Knuth, "The Art of
 * Computer Programming", vol. 3, 6.2.1). What is compared ends in a conditional
 * move: as a branch it would be guessed wrong every other time.
 */
static __always_inline unsigned int search_u16(const u16 *start, unsigned int n,
					       u16 value)
{
	unsigned int half = 1u << __fls(n);
	const u16 *base = start;

	base = base[n - half] <= value ? base + (n - half) : base;
	while (half >>= 1)
		base = base[half] <= value ? base + half : base;
	return base - start;
}

static __always_inline unsigned int search_u32(const u32 *start, unsigned int n,
					       u32 value)
{
	unsigned int half = 1u << __fls(n);
	const u32 *base = start;

	base = base[n - half] <= value ? base + (n - half) : base;
	while (half >>= 1)
		base = base[half] <= value ? base + half : base;
	return base - start;
}

static bool not_behind(const struct sgnl_addr *a, const struct sgnl_addr *b)
{
	return (a->hi < b->hi) | ((a->hi == b->hi) & (a->lo <= b->lo));
}

static __always_inline unsigned int search_addr(const struct sgnl_addr *start,
						unsigned int n,
						const struct sgnl_addr *value)
{
	unsigned int half = 1u << __fls(n);
	const struct sgnl_addr *base = start;

	base = not_behind(base + (n - half), value) ? base + (n - half) : base;
	while (half >>= 1)
		base = not_behind(base + half, value) ? base + half : base;
	return base - start;
}

static __always_inline const u64 *find_proto(const struct sgnl_field *field,
					     u8 proto)
{
	return field->n ? field->vector + field->vector_of[proto] :
			  field->vector;
}

static __always_inline const u64 *find_u16(const struct sgnl_field *field,
					   u16 value)
{
	if (!field->n)
		return field->vector;
	return field->vector +
	       field->vector_of[search_u16(field->start, field->n, value)];
}

static __always_inline const u64 *find_u32(const struct sgnl_field *field,
					   u32 value)
{
	if (!field->n)
		return field->vector;
	return field->vector +
	       field->vector_of[search_u32(field->start, field->n, value)];
}

static __always_inline const u64 *find_addr(const struct sgnl_field *field,
					    bool ipv6,
					    const struct sgnl_addr *addr)
{
	if (!ipv6)
		return find_u32(field, addr->lo);
	if (!field->n)
		return field->vector;
	return field->vector +
	       field->vector_of[search_addr(field->start, field->n, addr)];
}

/* A word of several vectors together. */
static u64 any_of(const u64 *const *vector, unsigned int n, unsigned int w)
{
	u64 word = vector[0][w];
	unsigned int i;

	for (i = 1; i < n; i++)
		word |= vector[i][w];
	return word;
}

/*
 * The vectors of the peer: of its address, and of its groups as far as they have
 * words in @left. So many that there is no room are put together in @sum.
 */
static unsigned int find_groups(const struct sgnl_classifier *c,
				const struct sgnl_group_set *set, u64 left,
				const u64 **vector, u64 *sum)
{
	const struct sgnl_field *field = &c->field[SGNL_FIELD_GROUP];
	unsigned int n = 1;
	unsigned int i, w;

	for (i = 0; i < set->n; i++) {
		const u64 *group = find_u32(field, set->group[i]);

		if (!(group[0] & left))
			continue;
		vector[n++] = group;
		if (n < VECTORS_MAX)
			continue;
		for (w = 0; w < c->stride; w++)
			sum[w] = any_of(vector, n, w);
		vector[0] = sum;
		n = 1;
	}
	return n;
}

/**
 * sgnl_classifier_find() - the first rule that matches a packet
 * @classifier: the rules
 * @key: a packet of their direction and family
 * @peer: the groups that its peer is in
 *
 * Context: any; under RCU if @classifier is.
 * Return: the rule, or NULL if none matches.
 */
const struct sgnl_rule *
sgnl_classifier_find(const struct sgnl_classifier *classifier,
		     const struct sgnl_key *key,
		     const struct sgnl_group_set *peer)
{
	const struct sgnl_classifier *c = classifier;
	const struct sgnl_field *field = c->field;
	const u64 *proto, *dport, *sport, *local;
	const u64 *from[VECTORS_MAX] SGNL_UNINITIALIZED;
	u64 sum[STRIDE_MAX] SGNL_UNINITIALIZED;
	unsigned int n = 1;
	unsigned int w;
	u64 left, match;

	if (field[SGNL_FIELD_ICMP].n && sgnl_key_is_icmp(key))
		proto = find_u16(&field[SGNL_FIELD_ICMP],
				 icmp_value(key->icmp_type, key->icmp_code));
	else
		proto = find_proto(&field[SGNL_FIELD_PROTO], key->proto);
	dport = find_u16(&field[SGNL_FIELD_DPORT], sgnl_key_dport(key));
	sport = find_u16(&field[SGNL_FIELD_SPORT], sgnl_key_sport(key));
	local = find_addr(&field[SGNL_FIELD_LOCAL], c->ipv6, &key->local);
	from[0] = find_addr(&field[SGNL_FIELD_PEER], c->ipv6, &key->peer);
	left = proto[0] & dport[0] & sport[0] & local[0];
	if (field[SGNL_FIELD_GROUP].n)
		n = find_groups(c, peer, left, from, sum);
	left &= any_of(from, n, 0);
	for (; left; left &= left - 1) {
		w = __ffs64(left);
		match = proto[1 + w] & dport[1 + w] & sport[1 + w] &
			local[1 + w];
		match &= any_of(from, n, 1 + w);
		if (match)
			return c->rule[64 * w + __ffs64(match)];
	}
	return NULL;
}
