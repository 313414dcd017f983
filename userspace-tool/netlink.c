// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "error.h"
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

/* Returns 0 or -errno; it is -EINTR if the answer changed meanwhile. */
static int dump(struct mnl_socket *socket, const struct nlmsghdr *nlh, mnl_cb_t reply, void *data)
{
	static char room[65536];
	ssize_t got;
	int more;

	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		got = mnl_socket_recvfrom(socket, room, sizeof(room));
		more = got < 0 ? -1 : mnl_cb_run(room, got, nlh->nlmsg_seq, 0, reply, data);
	} while (more > 0);
	return more < 0 ? -errno : 0;
}

void netlink_dump(int bus, struct nlmsghdr *nlh, mnl_cb_t reply, void *data)
{
	struct mnl_socket *socket;
	int error, tries;

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	for (tries = 0; tries < TRIES; tries++) {
		socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
		if (!socket && errno == EPROTONOSUPPORT)
			return;
		if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
			fail_kernel("netlink socket: %s", strerror(errno));
		nlh->nlmsg_seq = tries + 1;
		error = dump(socket, nlh, reply, data);
		mnl_socket_close(socket);
		if (!error || is_unknown(bus, -error))
			return;
		if (error != -EINTR)
			break;
	}
	fail_kernel("reading what passes by: %s", strerror(-error));
}
