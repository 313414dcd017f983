// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "error.h"
#include "mem.h"
#include "netlink.h"

#define TRIES 5

/* What a kernel says that was built without what it is asked about. */
static bool is_unknown(int bus, int error)
{
	switch (error) {
	case ENOENT:
	case ENODEV:
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT:
		return true;
	case EINVAL: /* nf_tables is not there */
		return bus == NETLINK_NETFILTER;
	default:
		return false;
	}
}

struct answer {
	VEC(const struct nlmsghdr *) messages;
};

static int keep(const struct nlmsghdr *nlh, void *data)
{
	struct answer *answer = data;

	*vec_add(&answer->messages) = memcpy(mem_alloc(nlh->nlmsg_len), nlh, nlh->nlmsg_len);
	return MNL_CB_OK;
}

/* Returns 0 or -errno; it is -EINTR if the answer changed meanwhile. */
static int dump(struct mnl_socket *socket, const struct nlmsghdr *nlh, struct answer *answer)
{
	static char room[65536];
	ssize_t got;
	int more;

	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		got = mnl_socket_recvfrom(socket, room, sizeof(room));
		more = got < 0 ? -1 : mnl_cb_run(room, got, nlh->nlmsg_seq, 0, keep, answer);
	} while (more > 0);
	return more < 0 ? -errno : 0;
}

void netlink_dump(int bus, struct nlmsghdr *nlh, mnl_cb_t reply, void *data)
{
	struct answer answer = {};
	struct mnl_socket *socket;
	int error, tries;
	size_t i;

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	for (tries = 0; tries < TRIES; tries++) {
		socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
		if (!socket && errno == EPROTONOSUPPORT)
			return;
		if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
			fail_kernel("netlink socket: %s", strerror(errno));
		nlh->nlmsg_seq = tries + 1;
		answer.messages.n = 0;
		error = dump(socket, nlh, &answer);
		mnl_socket_close(socket);
		if (error != -EINTR)
			break;
	}
	if (error && !is_unknown(bus, -error))
		fail_kernel("reading what passes by: %s", strerror(-error));
	for (i = 0; i < answer.messages.n; i++)
		reply(answer.messages.v[i], data);
}
