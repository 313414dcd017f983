// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "batch.h"
#include "change.h"
#include "core/session_state.h"
#include "error.h"
#include "link.h"
#include "mem.h"
#include "object.h"
#include "session.h"
#include "text.h"

static const struct column columns[] = {
	{ "device", "DEV", 0 },
	{ "protocol", "PROTO", 0 },
	{ "local_address", "LOCAL", 0 },
	{ "local_port", "PORT", COLUMN_RIGHT },
	{ "opener", "OPENER", 0 },
	{ "peer_address", "PEER", 0 },
	{ "peer_port", "PORT", COLUMN_RIGHT },
	{ "state", "STATE", 0 },
	{ "reason", "REASON", 0 },
	{ "rule", "RULE", 0 },
	{ "pending", "PENDING", COLUMN_DETAILS },
	{ "vlan", "VLAN", COLUMN_DETAILS },
	{ "age", "AGE", COLUMN_RIGHT | COLUMN_DETAILS },
	{ "idle", "IDLE", COLUMN_RIGHT },
	{ "expires", "EXPIRES", COLUMN_RIGHT },
	{},
};

/* Of those that were not loaded */
static const struct column columns_left[] = {
	{ "line", "LINE", COLUMN_RIGHT }, { "session", "SESSION", 0 }, { "outcome", "OUTCOME", 0 },
	{ "reason", "REASON", 0 },	  { "rule", "RULE", 0 },       {},
};

static const char *const words_saved[] = { "state", "reset", "age", "idle", "id", "vlan", NULL };

enum { WORD_STATE, WORD_RESET, WORD_AGE, WORD_IDLE, WORD_ID, WORD_VLAN };

/* The most that the kernel tells of ages. */
#define AGE_MAX	 16776960
#define IDLE_MAX 910

struct session session_get(const struct nlmsghdr *nlh)
{
	struct session session = { .device = "" };
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_SESSION_EVENT:
			session.event = attr_u8(attr);
			break;
		case SGNL_A_SESSION_IFINDEX:
			session.ifindex = attr_u32(attr);
			break;
		case SGNL_A_SESSION_PROTO:
			session.proto = attr_u8(attr);
			break;
		case SGNL_A_SESSION_LOCAL_ADDRESS:
			session.local = address_get(attr);
			break;
		case SGNL_A_SESSION_LOCAL_PORT:
			session.local_port = attr_u16(attr);
			break;
		case SGNL_A_SESSION_PEER_ADDRESS:
			session.peer = address_get(attr);
			break;
		case SGNL_A_SESSION_PEER_PORT:
			session.peer_port = attr_u16(attr);
			break;
		case SGNL_A_SESSION_OPENER:
			session.opener = attr_u8(attr);
			break;
		case SGNL_A_SESSION_STATE:
			session.state = attr_u8(attr);
			break;
		case SGNL_A_SESSION_REASON:
			session.reason = attr_u8(attr);
			break;
		case SGNL_A_SESSION_RULE:
			session.rule = attr_u32(attr);
			break;
		case SGNL_A_SESSION_AGE:
			session.age = attr_u32(attr);
			break;
		case SGNL_A_SESSION_IDLE:
			session.idle = attr_u32(attr);
			break;
		case SGNL_A_SESSION_EXPIRES:
			session.expires = attr_u32(attr);
			break;
		case SGNL_A_SESSION_VLAN:
			if (session.n_vlan < SGNL_VLAN_DEPTH)
				session.vlan[session.n_vlan++] = attr_u16(attr);
			break;
		case SGNL_A_SESSION_PENDING:
			session.pending = true;
			break;
		case SGNL_A_SESSION_PHASE:
			session.phase = attr_u8(attr);
			break;
		case SGNL_A_SESSION_RESET_BY:
			session.reset_by = attr_u8(attr);
			break;
		}
	}
	session.device = link_name(session.ifindex);
	return session;
}

/* TCP and UDP have ports, an echo has its id in their place. */
static bool has_ports(const struct session *session)
{
	switch (session->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return true;
	default:
		return false;
	}
}

/* VLAN ids, outer first. */
static json_t *vlan_ids(const struct session *session)
{
	json_t *ids = json_array();
	size_t i;

	for (i = 0; i < session->n_vlan; i++)
		json_array_append_new(ids, json_integer(session->vlan[i]));
	return ids;
}

/* Sessions by device, then as they are shown from left to right. */
static int compare(const void *a, const void *b)
{
	const struct session *x = a, *y = b;
	int order = strcmp(x->device, y->device);

	if (!order)
		order = x->proto - y->proto;
	if (!order)
		order = address_compare(&x->local, &y->local);
	if (!order)
		order = x->local_port - y->local_port;
	if (!order)
		order = address_compare(&x->peer, &y->peer);
	if (!order)
		order = x->peer_port - y->peer_port;
	return order ? order : memcmp(x->vlan, y->vlan, sizeof(x->vlan));
}

json_t *session_row(const struct session *session)
{
	json_t *row = json_object();

	row_text(row, "device", session->device);
	row_text(row, "protocol", protocol_text(session->proto));
	row_text(row, "local_address", address_text(&session->local));
	if (has_ports(session))
		row_number(row, "local_port", session->local_port);
	row_text(row, "opener", word_text(words_direction, session->opener));
	row_text(row, "peer_address", address_text(&session->peer));
	if (has_ports(session))
		row_number(row, "peer_port", session->peer_port);
	row_text(row, "state", word_text(words_session_state, session->state));
	row_text(row, "reason", reason_text(session->reason));
	if (session->rule)
		row_text(row, "rule", rule_id_text(session->rule));
	row_flag(row, "pending", session->pending);
	if (session->n_vlan)
		json_object_set_new(row, "vlan", vlan_ids(session));
	row_number(row, "age", session->age);
	row_number(row, "idle", session->idle);
	row_number(row, "expires", session->expires);
	return row;
}

static void get_session(const struct nlmsghdr *nlh, void *data)
{
	struct sessions *sessions = data;

	*vec_add(sessions) = session_get(nlh);
}

int sessions_read(struct nlmsghdr *nlh, struct sessions *sessions)
{
	int error = kernel_dump(nlh, get_session, sessions);

	vec_sort(sessions, compare);
	return error;
}

void sessions_show(const struct sessions *sessions)
{
	size_t i;

	print_begin(columns);
	for (i = 0; i < sessions->n; i++)
		print_row(session_row(&sessions->v[i]), NULL);
	print_end();
}

static struct nlmsghdr *get_message(void *room, uint32_t ifindex)
{
	struct nlmsghdr *nlh = kernel_message(room, SGNL_CMD_SESSION_GET);

	if (ifindex)
		mnl_attr_put_u32(nlh, SGNL_A_SESSION_IFINDEX, ifindex);
	return nlh;
}

static void session_show(struct args *args)
{
	const char *device = args_peek(args) ? args_next(args, "device", "") : NULL;
	char room[KERNEL_MESSAGE_MAX];
	struct sessions sessions = {};
	int error;

	args_end(args);
	error = sessions_read(get_message(room, device ? link_index(device) : 0), &sessions);
	/* Sessions come and go: what was seen in passing is the best answer. */
	if (error && error != -EINTR)
		fail_kernel("%s", kernel_failure.text);
	sessions_show(&sessions);
}

static uint32_t parse_device(struct args *args)
{
	return link_index(args_next(args, "device", "the device of a port"));
}

static bool is_echo(const struct session *session)
{
	return session->proto ==
	       (session->local.family == SGNL_FAMILY_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static const char *end_text(const struct session *session, const struct sgnl_prefix *address,
			    uint16_t port)
{
	const char *text = address_text(address);

	if (session->proto != IPPROTO_TCP && session->proto != IPPROTO_UDP)
		return text;
	return mem_printf(address->family == SGNL_FAMILY_IPV4 ? "%s:%u" : "[%s]:%u", text, port);
}

/* The words of its opening packet, as explain takes them, then how it stands. */
static const char *saved_words(const struct session *session)
{
	const char *local = end_text(session, &session->local, session->local_port);
	const char *peer = end_text(session, &session->peer, session->peer_port);
	bool in = session->opener == SGNL_DIRECTION_IN;
	const char *words;

	words = mem_printf("%s %s %s %s", word_text(words_direction, session->opener),
			   protocol_text(session->proto), in ? peer : local, in ? local : peer);
	if (is_echo(session))
		words = mem_printf("%s id %u", words, session->local_port);
	if (session->n_vlan)
		words = mem_printf("%s vlan %u", words, session->vlan[0]);
	if (session->n_vlan > 1)
		words = mem_printf("%s,%u", words, session->vlan[1]);
	words = mem_printf("%s state %s", words, word_text(words_session_phase, session->phase));
	if (session->reset_by)
		words = mem_printf("%s reset %s", words,
				   word_text(words_reset_by, session->reset_by));
	return mem_printf("%s age %u idle %u", words, session->age, session->idle);
}

static void session_save(struct args *args)
{
	uint32_t ifindex = parse_device(args);
	char room[KERNEL_MESSAGE_MAX];
	struct sessions sessions = {};
	struct nlmsghdr *nlh;
	int error;
	size_t i;

	args_end(args);
	/* Of what is no port there is nothing to save. */
	nlh = kernel_message(room, SGNL_CMD_PORT_GET);
	mnl_attr_put_u32(nlh, SGNL_A_PORT_IFINDEX, ifindex);
	if (kernel_talk(nlh, NULL, NULL))
		fail_kernel("%s", kernel_failure.text);
	error = kernel_dump(get_message(room, ifindex), get_session, &sessions);
	if (error && error != -EINTR)
		fail_kernel("%s", kernel_failure.text);
	vec_sort(&sessions, compare);
	for (i = 0; i < sessions.n; i++)
		puts(saved_words(&sessions.v[i]));
}

static uint32_t parse_seconds(struct args *args, const char *what, unsigned int max)
{
	const char *expected = mem_printf("0 to %u seconds", max);

	return args_number(args_next(args, what, expected), what, 0, max, expected);
}

static void parse_words(struct args *args, struct session *session, uint64_t *given)
{
	while (args_peek(args)) {
		switch (args_keyword(args, words_saved, given)) {
		case WORD_STATE:
			session->phase = args_enum(args, "state", words_session_phase);
			break;
		case WORD_RESET:
			session->reset_by = args_enum(args, "reset", words_reset_by);
			break;
		case WORD_AGE:
			session->age = parse_seconds(args, "age", AGE_MAX);
			break;
		case WORD_IDLE:
			session->idle = parse_seconds(args, "idle", IDLE_MAX);
			break;
		case WORD_ID:
			session->local_port = args_number(args_next(args, "id", "0 to 65535"), "id",
							  0, 65535, "0 to 65535");
			session->peer_port = session->local_port;
			break;
		case WORD_VLAN:
			session->n_vlan = args_vlan(args, session->vlan);
			break;
		}
	}
}

static void need_unicast(const char *what, const struct sgnl_prefix *address)
{
	if (sgnl_addr_multicast(&address->addr, address->family))
		fail("%s \"%s\": expected a unicast address", what, address_text(address));
}

static void check_ports(const struct session *session, const struct args_endpoint *src,
			const struct args_endpoint *dst, bool has_id)
{
	bool ports = session->proto == IPPROTO_TCP || session->proto == IPPROTO_UDP;

	if (ports && !(src->has_port && dst->has_port))
		fail("%s port missing: expected IPV4:PORT or [IPV6]:PORT",
		     src->has_port ? "destination" : "source");
	if (!ports && (src->has_port || dst->has_port))
		fail("port: only tcp and udp have ports; none expected");
	if (is_echo(session) && !has_id)
		fail("id missing: expected 0 to 65535");
	if (!is_echo(session) && has_id)
		fail("id: expected with icmp and icmpv6 only");
}

static void check_state(const struct session *session, uint64_t given)
{
	const struct sgnl_session_fsm fsm = {
		.phase = session->phase,
		.reset_by = session->reset_by,
	};
	unsigned int i;

	for (i = 0; words_saved[i]; i++)
		if ((1 << WORD_STATE | 1 << WORD_AGE | 1 << WORD_IDLE) & ~given & 1 << i)
			fail("%s missing: expected state STATE, age SECONDS and idle SECONDS",
			     words_saved[i]);
	if (session->proto != IPPROTO_TCP && session->reset_by)
		fail("reset \"%s\": expected with tcp only",
		     word_text(words_reset_by, session->reset_by));
	if (session->proto != IPPROTO_TCP && !sgnl_session_reachable(&fsm, session->proto))
		fail("state \"%s\": expected opened, established or cut, but of tcp",
		     word_text(words_session_phase, session->phase));
	if (!sgnl_session_reachable(&fsm, session->proto))
		fail("reset \"%s\": expected %s in state %s",
		     word_text(words_reset_by, session->reset_by),
		     session->phase == SGNL_PHASE_CUT ? "none" : "none or opener",
		     word_text(words_session_phase, session->phase));
	if (session->idle > session->age)
		fail("idle \"%u\": expected no more than age, which is %u", session->idle,
		     session->age);
}

static void parse_saved(struct args *args, struct changes *changes)
{
	struct session session = { .device = "" };
	struct args_endpoint src, dst;
	uint64_t given = 0;
	bool in;

	session.opener = args_enum(args, "direction", words_direction);
	in = session.opener == SGNL_DIRECTION_IN;
	session.proto = args_protocol(args);
	src = args_endpoint(args, "source");
	dst = args_endpoint(args, "destination");
	if (src.address.family != dst.address.family)
		fail("addresses: expected two of the same family");
	need_unicast("source", &src.address);
	need_unicast("destination", &dst.address);
	session.local = in ? dst.address : src.address;
	session.peer = in ? src.address : dst.address;
	session.local_port = in ? dst.port : src.port;
	session.peer_port = in ? src.port : dst.port;
	parse_words(args, &session, &given);
	check_ports(&session, &src, &dst, given & 1 << WORD_ID);
	check_state(&session, given);
	change_add(changes, SGNL_CMD_SESSION_ADD)->session = mem_copy(&session);
}

void session_put(struct nlmsghdr *nlh, const struct session *session)
{
	size_t i;

	mnl_attr_put_u32(nlh, SGNL_A_SESSION_IFINDEX, session->ifindex);
	mnl_attr_put_u8(nlh, SGNL_A_SESSION_PROTO, session->proto);
	address_put(nlh, SGNL_A_SESSION_LOCAL_ADDRESS, &session->local);
	mnl_attr_put_u16(nlh, SGNL_A_SESSION_LOCAL_PORT, session->local_port);
	address_put(nlh, SGNL_A_SESSION_PEER_ADDRESS, &session->peer);
	mnl_attr_put_u16(nlh, SGNL_A_SESSION_PEER_PORT, session->peer_port);
	mnl_attr_put_u8(nlh, SGNL_A_SESSION_OPENER, session->opener);
	mnl_attr_put_u8(nlh, SGNL_A_SESSION_PHASE, session->phase);
	mnl_attr_put_u8(nlh, SGNL_A_SESSION_RESET_BY, session->reset_by);
	mnl_attr_put_u32(nlh, SGNL_A_SESSION_AGE, session->age);
	mnl_attr_put_u32(nlh, SGNL_A_SESSION_IDLE, session->idle);
	for (i = 0; i < session->n_vlan; i++)
		mnl_attr_put_u16(nlh, SGNL_A_SESSION_VLAN, session->vlan[i]);
}

/* The sessions of a file, of which what became of each is told in their order. */
struct loading {
	struct changes changes;
	size_t n;
	size_t no_room;
};

static json_t *left_row(const struct change *change, uint8_t outcome, uint8_t reason, uint32_t rule)
{
	json_t *row = json_object();

	row_number(row, "line", change->line);
	row_text(row, "session", saved_words(change->session));
	row_text(row, "outcome", word_text(words_session_outcome, outcome));
	if (reason)
		row_text(row, "reason", reason_text(reason));
	if (rule)
		row_text(row, "rule", rule_id_text(rule));
	return row;
}

static void get_outcome(const struct nlmsghdr *nlh, void *data)
{
	struct loading *loading = data;
	const struct change *change = &loading->changes.v[loading->n++];
	uint8_t outcome = SGNL_SESSION_OUTCOME_LOADED, reason = 0;
	const struct nlattr *attr;
	uint32_t rule = 0;

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_SESSION_OUTCOME:
			outcome = attr_u8(attr);
			break;
		case SGNL_A_SESSION_REASON:
			reason = attr_u8(attr);
			break;
		case SGNL_A_SESSION_RULE:
			rule = attr_u32(attr);
			break;
		}
	}
	if (outcome == SGNL_SESSION_OUTCOME_LOADED)
		return;
	loading->no_room += reason == SGNL_REASON_QUOTA || reason == SGNL_REASON_NO_MEMORY;
	print_row(left_row(change, outcome, reason, rule), NULL);
}

static void session_load(struct args *args)
{
	uint32_t ifindex = parse_device(args);
	const char *device = args->word[args->at - 1];
	const char *file = args_next(args, "file", "the name of a file, or -");
	struct loading loading = {};
	size_t i;

	args_end(args);
	batch_read(batch_open(file, &loading.changes), &loading.changes, parse_saved);
	for (i = 0; i < loading.changes.n; i++)
		loading.changes.v[i].session->ifindex = ifindex;
	print_begin(columns_left);
	changes_send(&loading.changes, get_outcome, &loading);
	print_end();
	if (loading.no_room)
		fail_kernel("%zu of %zu sessions found no room: expected fewer, more memory, or a higher number in port set %s sessions",
			    loading.no_room, loading.changes.n, quoted(device));
}

const struct object session_object = {
	.name = "session",
	.usage =
		"Usage: sgnl session show [DEV]\n"
		"       sgnl session save DEV\n"
		"       sgnl session load DEV FILE|-\n",
	.commands = {
		{ .name = "show", .run = session_show },
		{ .name = "save", .run = session_save },
		{ .name = "load", .run = session_load },
	},
};
