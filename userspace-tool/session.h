/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SGNL_TOOL_SESSION_H
#define _SGNL_TOOL_SESSION_H

#include "args.h"
#include "kernel.h"
#include "print.h"

struct session {
	const char *device;
	uint32_t ifindex;
	uint8_t event;
	uint8_t proto;
	struct sgnl_prefix local;
	struct sgnl_prefix peer;
	uint16_t local_port;
	uint16_t peer_port;
	uint8_t opener;
	uint8_t state;
	uint8_t reason;
	uint32_t rule;
	uint32_t age;
	uint32_t idle;
	uint32_t expires;
	uint16_t vlan[SGNL_VLAN_DEPTH];
	size_t n_vlan;
	bool pending;
	uint8_t phase;
	uint8_t reset_by;
};

struct sessions {
	struct session *v;
	size_t n;
	size_t room;
};

struct session session_get(const struct nlmsghdr *nlh);
/* Has it loaded. */
void session_put(struct nlmsghdr *nlh, const struct session *session);
json_t *session_row(const struct session *session);
/* Reads what a dump shows, in order. -EINTR: it changed meanwhile. */
int sessions_read(struct nlmsghdr *nlh, struct sessions *sessions);
void sessions_show(const struct sessions *sessions);

#endif
