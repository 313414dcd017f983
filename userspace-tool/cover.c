// SPDX-License-Identifier: GPL-2.0
/*
 * Which rules decide nothing.
 *
 * Theory of operation: a rule is a box, or, if it names lists, a box for each
 * prefix and each range of them, which its cost bounds (R7). A box has a side
 * for each field of a packet. Sides are not kept as addresses and ports but as
 * places among all values at which some side begins, so that the smallest box
 * is a cell between the fields' boundaries, and a box's volume is the number
 * of its cells.
 *
 * Is a box covered by others? If one of them contains it, it is; if their
 * volumes in it do not even add up to its own, it is not. Otherwise it is cut
 * in two where the box ends that protrudes least, and both halves are asked.
 *
 * What goes by itself covers nothing that stays longer.
 *
 * A group as a peer is a side as well, with two values. It need not be cut: a
 * rule without a group is covered where the peer is in no group at all, or not
 * at all, so groups do not help to cover it; one with a group, where the peer
 * is in no other.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cover.h"

enum { SIDE_FAMILY, SIDE_PROTO, SIDE_DPORT, SIDE_SPORT, SIDE_LOCAL, SIDE_PEER, SIDES };

/* From @first to @last, both in it. */
struct side {
	struct sgnl_addr first;
	struct sgnl_addr last;
};

/* The same as places; @rule is the place of its rule in the order of E7. */
struct box {
	uint32_t first[SIDES];
	uint32_t last[SIDES];
	size_t rule;
};

/* The rules of one direction in the order of E7, and their boxes. */
struct space {
	struct cover_rule *rule;
	size_t n;
	size_t *begin; /* of each rule, its first box; one more for the end */
	struct box *box;
	const struct box **cover; /* room for a pointer to each box */
	bool *shadowed;
	bool *by;
	const struct sgnl_rule **named;
};

static int compare(const void *a, const void *b)
{
	const struct sgnl_addr *x = a, *y = b;

	if (x->hi != y->hi)
		return x->hi < y->hi ? -1 : 1;
	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static struct side numbers(uint64_t first, uint64_t last)
{
	return (struct side){ { .lo = first }, { .lo = last } };
}

/* With what ICMP has behind it, type and code, in the lower bits. */
static struct side protocols(const struct sgnl_rule *rule)
{
	uint64_t first = rule->proto << 16 | rule->icmp_type << 8 | rule->icmp_code;

	if (rule->proto == SGNL_PROTO_ALL)
		return numbers(0, 0xffffff);
	if (!rule->has_icmp_type)
		return numbers(first, first | 0xffff);
	return numbers(first, rule->has_icmp_code ? first : first | 0xff);
}

/* Both families begin at the first bit, so that /0 is the same in both. */
static struct side addresses(const struct sgnl_prefix *prefix)
{
	unsigned int len = prefix->family == SGNL_FAMILY_ANY ? 0 : prefix->len;
	struct sgnl_addr addr = prefix->addr;
	struct side side;

	if (prefix->family == SGNL_FAMILY_IPV4)
		addr = (struct sgnl_addr){ .hi = addr.lo << 32 };
	side.first = addr;
	side.last.hi = len < 64 ? addr.hi | UINT64_MAX >> len : addr.hi;
	side.last.lo = len < 64	 ? UINT64_MAX :
		       len < 128 ? addr.lo | UINT64_MAX >> (len - 64) :
				   addr.lo;
	return side;
}

/* Of the prefix and the range with these numbers, where the rule names lists. */
static void make_sides(const struct cover_rule *r, size_t prefix, size_t range,
		       struct side side[SIDES])
{
	const struct sgnl_rule *rule = r->rule;
	const struct sgnl_port_range *ports = r->lists.ports ? &r->lists.ports->entry[range] :
							       &rule->dport;

	side[SIDE_FAMILY] =
		rule->family == SGNL_FAMILY_ANY ?
			numbers(0, 1) :
			numbers(rule->family == SGNL_FAMILY_IPV6, rule->family == SGNL_FAMILY_IPV6);
	side[SIDE_PROTO] = protocols(rule);
	side[SIDE_DPORT] = numbers(ports->min, ports->max);
	side[SIDE_SPORT] = numbers(rule->sport.min, rule->sport.max);
	side[SIDE_LOCAL] = addresses(&rule->local);
	side[SIDE_PEER] = addresses(r->lists.peer ? &r->lists.peer->entry[prefix] : &rule->peer);
}

static size_t n_prefixes(const struct cover_rule *r)
{
	return r->lists.peer ? r->lists.peer->n : 1;
}

static size_t n_ranges(const struct cover_rule *r)
{
	return r->lists.ports ? r->lists.ports->n : 1;
}

/* How many of the values are below this one. */
static uint32_t place(const struct sgnl_addr *value, size_t n, const struct sgnl_addr *key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(&value[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The value behind a side's last one; false if there is none. */
static bool find_behind(const struct side *side, struct sgnl_addr *behind)
{
	*behind = side->last;
	behind->hi += !++behind->lo;
	return behind->hi || behind->lo;
}

/* All boxes' places of one side; @value has room for two values of each box. */
static void find_places(struct box *box, const struct side (*sides)[SIDES], size_t n, size_t s,
			struct sgnl_addr *value)
{
	struct sgnl_addr behind;
	size_t n_all = 0, n_values = 0, i;

	for (i = 0; i < n; i++) {
		value[n_all++] = sides[i][s].first;
		if (find_behind(&sides[i][s], &behind))
			value[n_all++] = behind;
	}
	qsort(value, n_all, sizeof(*value), compare);
	for (i = 0; i < n_all; i++)
		if (!n_values || compare(&value[n_values - 1], &value[i]))
			value[n_values++] = value[i];
	for (i = 0; i < n; i++) {
		box[i].first[s] = place(value, n_values, &sides[i][s].first);
		box[i].last[s] = n_values - 1;
		if (find_behind(&sides[i][s], &behind))
			box[i].last[s] = place(value, n_values, &behind) - 1;
	}
}

/* The cells of a box; with 1,000 boxes there are below 2^56. */
static uint64_t volume(const struct box *box)
{
	uint64_t cells = 1;
	size_t s;

	for (s = 0; s < SIDES; s++)
		cells *= box->last[s] - box->first[s] + 1;
	return cells;
}

/* What two boxes have in common; false if it is nothing. */
static bool meet(const struct box *a, const struct box *b, struct box *common)
{
	size_t s;

	for (s = 0; s < SIDES; s++) {
		common->first[s] = a->first[s] > b->first[s] ? a->first[s] : b->first[s];
		common->last[s] = a->last[s] < b->last[s] ? a->last[s] : b->last[s];
		if (common->first[s] > common->last[s])
			return false;
	}
	return true;
}

/* How often a box that @part lies in is to be cut until @part is left. */
static unsigned int n_cuts(const struct box *box, const struct box *part)
{
	unsigned int n = 0;
	size_t s;

	for (s = 0; s < SIDES; s++)
		n += (part->first[s] > box->first[s]) + (part->last[s] < box->last[s]);
	return n;
}

/* Cuts off a piece of the box that has nothing of @part. */
static struct box cut(struct box *box, const struct box *part)
{
	struct box piece = *box;
	size_t s;

	for (s = 0; s < SIDES; s++) {
		if (part->first[s] > box->first[s]) {
			piece.last[s] = part->first[s] - 1;
			box->first[s] = part->first[s];
			return piece;
		}
		if (part->last[s] < box->last[s]) {
			piece.first[s] = part->last[s] + 1;
			box->last[s] = part->last[s];
			return piece;
		}
	}
	return piece;
}

/*
 * Do the boxes cover it? They are put into another order: those first that meet
 * it, so that a piece of it need not look at the others. @by tells the rules
 * whose boxes it took.
 */
static bool is_covered(struct box box, const struct box **cover, size_t n, bool *by)
{
	for (;;) {
		uint64_t left = volume(&box);
		unsigned int fewest = 2 * SIDES + 1;
		struct box part, largest = {};
		size_t meeting = 0, i;

		for (i = 0; i < n; i++) {
			const struct box *other = cover[i];
			unsigned int cuts;

			if (!meet(&box, other, &part))
				continue;
			cover[i] = cover[meeting];
			cover[meeting++] = other;
			left -= volume(&part) < left ? volume(&part) : left;
			cuts = n_cuts(&box, &part);
			if (cuts > fewest || (cuts == fewest && other->rule >= largest.rule))
				continue;
			fewest = cuts;
			largest = part;
			largest.rule = other->rule;
		}
		if (!fewest) {
			by[largest.rule] = true;
			return true;
		}
		if (left)
			return false;
		n = meeting;
		if (!is_covered(cut(&box, &largest), cover, n, by))
			return false;
	}
}

/*
 * Are all packets of a rule those of some of the rules from @first to before
 * @end, as long as it is there?
 */
static bool rules_cover(const struct space *space, size_t rule, size_t first, size_t end)
{
	const struct sgnl_rule *core = space->rule[rule].rule;
	size_t n = 0, i, b;

	memset(space->by, 0, space->n * sizeof(*space->by));
	for (i = first; i < end; i++) {
		const struct sgnl_rule *other = space->rule[i].rule;

		if (other->peer_kind == SGNL_PEER_GROUP &&
		    (core->peer_kind != SGNL_PEER_GROUP || core->peer_group != other->peer_group))
			continue;
		if (space->rule[i].until < space->rule[rule].until)
			continue;
		for (b = space->begin[i]; b < space->begin[i + 1]; b++)
			space->cover[n++] = &space->box[b];
	}
	for (b = space->begin[rule]; b < space->begin[rule + 1]; b++)
		if (!is_covered(space->box[b], space->cover, n, space->by))
			return false;
	/* An empty list is one that will have entries: nothing is said of its rules. */
	return space->begin[rule] < space->begin[rule + 1];
}

/* Can a packet be both rules'? */
static bool rules_meet(const struct space *space, size_t a, size_t b)
{
	struct box common;
	size_t i, j;

	for (i = space->begin[a]; i < space->begin[a + 1]; i++)
		for (j = space->begin[b]; j < space->begin[b + 1]; j++)
			if (meet(&space->box[i], &space->box[j], &common))
				return true;
	return false;
}

/*
 * The rule behind this one that does the same. It must not be shadowed: it may
 * be so by this one, and one of the two has to stay.
 */
static bool find_later(const struct space *space, size_t rule)
{
	size_t i;

	for (i = rule + 1; i < space->n; i++) {
		if (space->rule[i].rule->policy != space->rule[rule].rule->policy) {
			if (rules_meet(space, rule, i))
				return false;
		} else if (!space->shadowed[i] && rules_cover(space, rule, i, i + 1)) {
			return true;
		}
	}
	return false;
}

/* The denying rules that stand in front of an allowing one for this alone. */
static bool find_contradictions(const struct space *space, size_t rule)
{
	const struct sgnl_rule *core = space->rule[rule].rule;
	bool found = false;
	size_t i;

	memset(space->by, 0, space->n * sizeof(*space->by));
	for (i = 0; i < rule; i++) {
		const struct sgnl_rule *other = space->rule[i].rule;

		if (other->priority == core->priority && other->policy != core->policy)
			found |= space->by[i] = rules_meet(space, rule, i);
	}
	return found;
}

static void tell(const struct space *space, enum cover what, size_t rule, cover_found found,
		 void *data)
{
	size_t n = 0, i;

	for (i = 0; i < space->n; i++)
		if (space->by[i])
			space->named[n++] = space->rule[i].rule;
	found(data, what, space->rule[rule].rule, space->named, n);
}

static void look_through(const struct space *space, cover_found found, void *data)
{
	size_t i;

	for (i = 0; i < space->n; i++) {
		space->shadowed[i] = rules_cover(space, i, 0, i);
		if (space->shadowed[i])
			tell(space, COVER_SHADOWED, i, found, data);
	}
	for (i = 0; i < space->n; i++) {
		if (!space->shadowed[i] && find_later(space, i))
			tell(space, COVER_REDUNDANT, i, found, data);
		if (space->rule[i].rule->policy == SGNL_RULE_POLICY_ALLOW &&
		    find_contradictions(space, i))
			tell(space, COVER_CONTRADICTION, i, found, data);
	}
}

static int compare_rules(const void *a, const void *b)
{
	return sgnl_rule_compare(((const struct cover_rule *)a)->rule,
				 ((const struct cover_rule *)b)->rule);
}

static bool make_boxes(struct space *space, size_t n_boxes)
{
	struct side(*sides)[SIDES] = malloc((n_boxes + 1) * sizeof(*sides));
	struct sgnl_addr *value = malloc((2 * n_boxes + 1) * sizeof(*value));
	size_t n = 0, i, j, k;

	for (i = 0; sides && value && i < space->n; i++) {
		const struct cover_rule *r = &space->rule[i];

		space->begin[i] = n;
		for (j = 0; j < n_prefixes(r); j++)
			for (k = 0; k < n_ranges(r); k++) {
				space->box[n].rule = i;
				make_sides(r, j, k, sides[n++]);
			}
	}
	space->begin[space->n] = n;
	for (i = 0; sides && value && i < SIDES; i++)
		find_places(space->box, sides, n, i, value);
	free(sides);
	free(value);
	return sides && value;
}

static bool check_direction(const struct cover_rule *rules, size_t n, uint8_t direction,
			    cover_found found, void *data)
{
	struct space space = {
		.rule = malloc((n + 1) * sizeof(*space.rule)),
		.begin = malloc((n + 1) * sizeof(*space.begin)),
		.shadowed = malloc(n + 1),
		.by = malloc(n + 1),
		.named = malloc((n + 1) * sizeof(*space.named)),
	};
	size_t n_boxes = 0, i;
	bool done = false;

	if (space.rule && space.begin && space.shadowed && space.by && space.named) {
		for (i = 0; i < n; i++) {
			if (rules[i].rule->direction != direction)
				continue;
			space.rule[space.n++] = rules[i];
			n_boxes += n_prefixes(&rules[i]) * n_ranges(&rules[i]);
		}
		qsort(space.rule, space.n, sizeof(*space.rule), compare_rules);
		space.box = malloc((n_boxes + 1) * sizeof(*space.box));
		space.cover = malloc((n_boxes + 1) * sizeof(*space.cover));
		done = space.box && space.cover && make_boxes(&space, n_boxes);
	}
	if (done)
		look_through(&space, found, data);
	free(space.rule);
	free(space.begin);
	free(space.box);
	free(space.cover);
	free(space.shadowed);
	free(space.by);
	free(space.named);
	return done;
}

bool cover_check(const struct cover_rule *rules, size_t n, cover_found found, void *data)
{
	return check_direction(rules, n, SGNL_DIRECTION_IN, found, data) &&
	       check_direction(rules, n, SGNL_DIRECTION_OUT, found, data);
}
