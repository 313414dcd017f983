// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "change.h"
#include "error.h"
#include "lockout.h"
#include "print.h"
#include "session.h"
#include "state.h"
#include "text.h"

/* Bytes of one send: the kernel copies it in one piece. */
#define SEND_BYTES 65536

/*
 * Messages of one send that are all answered: the answers wait in the receive
 * buffer, which has room for some 440 where nobody may enlarge it.
 */
#define SEND_ASKED 200

/* Other writers may come between reading and writing this often. */
#define TRIES	   20

struct change *change_add(struct changes *changes, uint8_t cmd)
{
	struct change *change = vec_add(changes);

	change->cmd = cmd;
	change->line = changes->line;
	return change;
}

/* How far the messages have come; @address is that of a membership. */
struct place {
	size_t change;
	size_t address;
};

static bool is_membership(const struct change *change)
{
	return change->cmd == SGNL_CMD_MEMBER_ADD || change->cmd == SGNL_CMD_MEMBER_DEL;
}

/*
 * May one message tell of both? If it is refused, the line of the first is told:
 * of addresses to be added all would be refused, of others perhaps one.
 */
static bool is_more_of(const struct change *change, const struct change *first)
{
	return change->cmd == first->cmd &&
	       (change->cmd == SGNL_CMD_MEMBER_ADD || change->line == first->line) &&
	       !strcmp(change->membership->group, first->membership->group);
}

/* Tells of as many addresses as a message may, of one change or of several; @nlh may be NULL. */
static void put_members(struct nlmsghdr *nlh, const struct changes *changes, struct place *place)
{
	const struct change *change = &changes->v[place->change], *first = change;
	size_t room = SGNL_MEMBER_ADDRESSES_MAX;

	if (nlh)
		mnl_attr_put_strz(nlh, SGNL_A_MEMBER_GROUP, first->membership->group);
	do {
		size_t left = change->membership->n - place->address;
		size_t n = left < room ? left : room;

		if (nlh)
			membership_put(nlh, change->membership, place->address, n);
		room -= n;
		place->address += n;
		if (n == left) {
			place->address = 0;
			place->change++;
			change++;
		}
	} while (room && place->change < changes->n && is_more_of(change, first));
}

static void skip_message(const struct changes *changes, struct place *place)
{
	if (is_membership(&changes->v[place->change]))
		put_members(NULL, changes, place);
	else
		place->change++;
}

/* The change of which a message was, by its place among all; NULL if it was of none. */
static const struct change *change_at(const struct changes *changes, size_t message)
{
	struct place place = {};

	for (; place.change < changes->n; skip_message(changes, &place))
		if (!message--)
			return &changes->v[place.change];
	return NULL;
}

/* The message at a place, which it moves to the next one's. */
static struct nlmsghdr *change_message(void *room, const struct changes *changes,
				       struct place *place)
{
	const struct change *change = &changes->v[place->change];
	struct nlmsghdr *nlh = kernel_message(room, change->cmd);

	if (is_membership(change)) {
		put_members(nlh, changes, place);
		return nlh;
	}
	place->change++;

	switch (change->cmd) {
	case SGNL_CMD_GROUP_ADD:
	case SGNL_CMD_GROUP_SET:
	case SGNL_CMD_GROUP_DEL:
		group_put(nlh, change->cmd, change->group);
		break;
	case SGNL_CMD_RULE_ADD:
	case SGNL_CMD_RULE_SET:
	case SGNL_CMD_RULE_DEL:
		rule_put(nlh, change->cmd, change->rule);
		break;
	case SGNL_CMD_GUARD_ADD:
	case SGNL_CMD_GUARD_DEL:
		guard_put(nlh, change->guard);
		break;
	case SGNL_CMD_PLATFORM_SET:
		platform_put(nlh, change->platform);
		break;
	case SGNL_CMD_LIST_ADD:
	case SGNL_CMD_LIST_SET:
	case SGNL_CMD_LIST_DEL:
	case SGNL_CMD_LIST_ENTRY_ADD:
	case SGNL_CMD_LIST_ENTRY_DEL:
		list_put(nlh, change->cmd, change->list);
		break;
	case SGNL_CMD_SESSION_ADD:
		session_put(nlh, change->session);
		break;
	default:
		port_put(nlh, change->cmd, change->port);
		break;
	}
	return nlh;
}

/* Addresses that were given, and are none, take those away that there are. */
static const char *platform_line(const struct platform *platform)
{
	bool lifts = platform->given & PLATFORM_PREFIXES && !platform->n_prefixes;

	return mem_printf("platform set %s%s", platform_words(platform),
			  lifts ? " address none" : "");
}

/* Those that diff() finds: it neither joins groups nor changes single entries. */
const char *change_line(const struct change *change)
{
	const struct group *group = change->group;
	const struct rule *rule = change->rule;
	const struct port *port = change->port;
	const struct list *list = change->list;

	switch (change->cmd) {
	case SGNL_CMD_GROUP_ADD:
		return mem_printf("group add %s", group_words(group));
	case SGNL_CMD_GROUP_SET:
		return mem_printf("group set %s", group_set_words(group));
	case SGNL_CMD_GROUP_DEL:
		return mem_printf("group del %s", group->name);
	case SGNL_CMD_RULE_ADD:
		return mem_printf("rule add %s", rule_words(rule));
	case SGNL_CMD_RULE_SET:
		return mem_printf("rule set %s %s", rule_id_text(rule->core.id),
				  rule_set_words(rule));
	case SGNL_CMD_RULE_DEL:
		return mem_printf("rule del %s", rule_id_text(rule->core.id));
	case SGNL_CMD_MEMBER_ADD:
		return mem_printf("member add %s", membership_words(change->membership));
	case SGNL_CMD_MEMBER_DEL:
		return mem_printf("member del %s", membership_words(change->membership));
	case SGNL_CMD_GUARD_ADD:
		return mem_printf("guard add %s", quoted(change->guard->pattern));
	case SGNL_CMD_GUARD_DEL:
		return mem_printf("guard del %s", quoted(change->guard->pattern));
	case SGNL_CMD_PLATFORM_SET:
		return platform_line(change->platform);
	case SGNL_CMD_LIST_ADD:
		return mem_printf("%s add %s", list_noun(list->name), list_add_words(list));
	case SGNL_CMD_LIST_SET:
		return mem_printf("%s set %s", list_noun(list->name), list_set_words(list));
	case SGNL_CMD_LIST_DEL:
		return mem_printf("%s del %s", list_noun(list->name), list->name);
	case SGNL_CMD_PORT_ADD:
		return mem_printf("port add %s", port_words(port));
	case SGNL_CMD_PORT_SET:
		return mem_printf("port set %s", port_set_words(port));
	case SGNL_CMD_PORT_DEL:
		return mem_printf("port del %s", quoted(port->name));
	case SGNL_CMD_PORT_LEAVE:
		return mem_printf("port leave %s %s", quoted(port->name), port_group_words(port));
	default:
		return mem_printf("port move %s to %s", quoted(port->name), port_group_words(port));
	}
}

/* @change: what was refused, or NULL */
static _Noreturn void refused(const struct changes *changes, const struct change *change)
{
	/* What apply takes away is in no line. */
	bool has_line = changes->file && change && change->line;

	error_line(has_line ? changes->file : NULL, has_line ? change->line : 0);
	fail_kernel("%s", kernel_failure.text);
}

void changes_send(const struct changes *changes, kernel_reply reply, void *data)
{
	static char room[SEND_BYTES + KERNEL_MESSAGE_MAX];
	size_t bytes = 0, first = 0, n = 0;
	struct place place = {};

	while (place.change < changes->n) {
		const struct nlmsghdr *nlh = change_message(room + bytes, changes, &place);

		bytes += MNL_ALIGN(nlh->nlmsg_len);
		n++;
		if (bytes < SEND_BYTES && !(reply && n == SEND_ASKED) && place.change < changes->n)
			continue;
		if (kernel_send((void *)room, bytes, n, reply, data))
			refused(changes, change_at(changes, first + kernel_failure.at));
		first += n;
		n = 0;
		bytes = 0;
	}
}

static void get_rule_id(const struct nlmsghdr *nlh, void *data)
{
	uint32_t *id = data;

	*id = rule_get(nlh).core.id;
}

/* What a commit answers: how many changes, and the rule if one was added alone. */
struct committed {
	uint32_t changes;
	uint32_t rule;
};

static void get_committed(const struct nlmsghdr *nlh, void *data)
{
	struct committed *committed = data;
	const struct nlattr *attr;

	attr_for_each(attr, nlh)
		if (mnl_attr_get_type(attr) == SGNL_A_TXN_RULE)
			committed->rule = attr_u32(attr);
		else if (mnl_attr_get_type(attr) == SGNL_A_TXN_CHANGES)
			committed->changes = attr_u32(attr);
}

/* A rule add that is no part of something, nor what apply came to, tells what it made. */
static void print_rule_id(const struct changes *changes, uint32_t id)
{
	if (changes->n == 1 && changes->v[0].cmd == SGNL_CMD_RULE_ADD && !changes->file &&
	    !changes->keeps_login)
		print_event(row_one("id", rule_id_text(id)), rule_id_text(id));
}

static bool is_one_message(const struct changes *changes)
{
	struct place place = {};

	skip_message(changes, &place);
	return changes->n == 1 && place.change == 1;
}

/* One change of one message needs no transaction. */
static void commit_one(struct changes *changes)
{
	bool is_rule = changes->v->cmd == SGNL_CMD_RULE_ADD;
	char room[KERNEL_MESSAGE_MAX];
	struct place place = {};
	uint32_t id = 0;

	if (kernel_talk(change_message(room, changes, &place), is_rule ? get_rule_id : NULL, &id))
		refused(changes, changes->v);
	print_rule_id(changes, id);
}

/* Of what is in force, and waits. */
void changes_tell_confirm(void)
{
	json_t *row;

	if (!options.confirm)
		return;
	row = row_one("event", "txn-commit");
	row_number(row, "confirm", options.confirm);
	print_event(row, mem_printf("in force: confirm within %u seconds by sgnl confirm",
				    options.confirm));
}

static int preview(const uint64_t *expect, struct sessions *sessions)
{
	char room[KERNEL_MESSAGE_MAX];
	int error = -EINTR, tries;

	for (tries = 0; tries < TRIES && error == -EINTR; tries++) {
		struct nlmsghdr *nlh = kernel_message(room, SGNL_CMD_SESSION_PREVIEW);

		if (expect)
			mnl_attr_put_u64(nlh, SGNL_A_SESSION_EXPECT, *expect);
		sessions->n = 0;
		error = sessions_read(nlh, sessions);
	}
	if (error == -EINTR)
		fail_kernel("it changed each time that it was read: try again");
	return error;
}

static void begin(const struct changes *changes)
{
	char room[KERNEL_MESSAGE_MAX];

	if (kernel_talk(kernel_message(room, SGNL_CMD_TXN_BEGIN), NULL, NULL))
		refused(changes, NULL);
	changes_send(changes, NULL, NULL);
}

/* What a commit found wrong, if it says so. */
static const struct change *failed_at_commit(const struct changes *changes)
{
	return kernel_failure.has_index ? change_at(changes, kernel_failure.index) : NULL;
}

/* Returns false for what came between. */
static bool ended_well(const struct changes *changes, const uint64_t *expect, int error)
{
	if (error == -ESTALE && expect)
		return false;
	if (error)
		refused(changes, failed_at_commit(changes));
	return true;
}

bool changes_preview(struct changes *changes, const uint64_t *expect, struct sessions *sessions)
{
	char room[KERNEL_MESSAGE_MAX];
	int error;

	if (!changes->n)
		return true;
	begin(changes);
	error = preview(expect, sessions);
	/* Its transaction makes way for the next try's. */
	if (kernel_talk(kernel_message(room, SGNL_CMD_TXN_ABORT), NULL, NULL))
		refused(changes, NULL);
	return ended_well(changes, expect, error);
}

/* What a request to commit asks for beside that. */
void changes_put_wishes(struct nlmsghdr *nlh)
{
	if (options.fate)
		mnl_attr_put_u8(nlh, SGNL_A_TXN_SESSIONS, options.fate);
	if (options.confirm)
		mnl_attr_put_u32(nlh, SGNL_A_TXN_CONFIRM, options.confirm);
}

static int commit(const uint64_t *expect, struct committed *committed)
{
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh;

	nlh = kernel_message(room, SGNL_CMD_TXN_COMMIT);
	if (expect)
		mnl_attr_put_u64(nlh, SGNL_A_TXN_EXPECT, *expect);
	changes_put_wishes(nlh);
	return kernel_talk(nlh, get_committed, committed);
}

bool changes_commit(struct changes *changes, const uint64_t *expect)
{
	struct committed committed = {};
	struct sessions sessions = {};

	if (options.preview) {
		if (!changes_preview(changes, expect, &sessions))
			return false;
		sessions_show(&sessions);
		return true;
	}
	if (!changes->n)
		return true;
	if (is_one_message(changes) && !expect && !options.fate && !options.confirm) {
		commit_one(changes);
		return true;
	}
	begin(changes);
	if (changes->keeps_login && !options.confirm)
		lockout_check(EXPLAIN_BY_QUEUED);
	if (!ended_well(changes, expect, commit(expect, &committed)))
		return false;
	print_rule_id(changes, committed.rule);
	if (committed.changes)
		changes_tell_confirm();
	return true;
}

bool changes_audit(struct changes *changes, const uint64_t *expect)
{
	const struct change *change;
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh;
	int error;

	begin(changes);
	nlh = kernel_message(room, SGNL_CMD_AUDIT_START);
	mnl_attr_put_u64(nlh, SGNL_A_TXN_EXPECT, *expect);
	error = kernel_talk(nlh, NULL, NULL);
	if (error == -ESTALE)
		return false;
	if (!error)
		return true;
	change = failed_at_commit(changes);
	if (change)
		fail_kernel("\"%s\": %s", change_line(change), kernel_failure.text);
	refused(changes, NULL);
}

/* The rule that a change finds: as an earlier one leaves it, or the kernel's. */
static struct rule rule_before(const struct changes *changes, size_t at)
{
	uint32_t id = changes->v[at].rule->core.id;
	size_t i;

	for (i = at; i-- > 0;) {
		const struct change *change = &changes->v[i];

		if ((change->cmd == SGNL_CMD_RULE_ADD || change->cmd == SGNL_CMD_RULE_SET) &&
		    change->rule->core.id == id)
			return *change->rule;
	}
	return state_rule(id);
}

/*
 * The kernel replaces a rule as a whole: what rule set does not name is read
 * first, and must not have changed when the result is written.
 */
void changes_run(struct changes *changes)
{
	uint64_t generation;
	bool sets = false;
	int tries;
	size_t i;

	for (tries = 0; tries < TRIES; tries++) {
		for (i = 0; i < changes->n; i++)
			sets |= changes->v[i].cmd == SGNL_CMD_RULE_SET;
		if (sets)
			generation = state_generation();
		for (i = 0; i < changes->n; i++) {
			struct change *change = &changes->v[i];
			struct rule rule;

			if (change->cmd != SGNL_CMD_RULE_SET)
				continue;
			if (changes->file)
				error_line(changes->file, change->line);
			error_command("rule", "set");
			rule = rule_before(changes, i);
			rule.patch = change->rule->patch;
			rule_merge(&rule, rule.patch);
			change->rule = mem_copy(&rule);
		}
		if (changes_commit(changes, sets ? &generation : NULL))
			return;
	}
	error_line(NULL, 0);
	fail_kernel("other changes came between each time: try again");
}
