// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
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

struct sessions {
	struct session *v;
	size_t n;
	size_t room;
};

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
	return order ? order : x->peer_port - y->peer_port;
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

int sessions_show(struct nlmsghdr *nlh, bool exact)
{
	struct sessions sessions = {};
	int error = kernel_dump(nlh, get_session, &sessions);
	size_t i;

	if (error && (exact || error != -EINTR))
		return error;
	vec_sort(&sessions, compare);
	print_begin(columns);
	for (i = 0; i < sessions.n; i++)
		print_row(session_row(&sessions.v[i]), NULL);
	print_end();
	return 0;
}

void sessions_show_none(void)
{
	print_begin(columns);
	print_end();
}

static void session_show(struct args *args)
{
	const char *device = args_peek(args) ? args_next(args, "device", "") : NULL;
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh;

	args_end(args);
	nlh = kernel_message(room, SGNL_CMD_SESSION_GET);
	if (device)
		mnl_attr_put_u32(nlh, SGNL_A_SESSION_IFINDEX, link_index(device));
	/* Sessions come and go: what was seen in passing is the best answer. */
	if (sessions_show(nlh, false))
		fail_kernel("%s", kernel_failure.text);
}

const struct object session_object = {
	.name = "session",
	.usage =
		"Usage: sgnl session show [DEV]\n",
	.commands = {
		{ .name = "show", .run = session_show },
	},
};
