// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "error.h"
#include "kernel.h"
#include "mem.h"

/*
 * The answers to one send of many messages wait in the receive buffer, and a
 * listener's must hold a burst of events.
 */
#define RECEIVE_BUFFER (8 << 20)

#define NETNS_DIR      "/run/netns/"

struct kernel_failure kernel_failure;

struct mcast {
	const char *name;
	uint32_t id;
};

static struct {
	VEC(struct mcast) mcast;
	struct mnl_socket *socket;
	struct mnl_socket *events; /* apart: the other one's answers must not push any out */
	uint16_t family;
	uint32_t seq;
} kernel;

void kernel_netns(const char *name)
{
	const char *path = strchr(name, '/') ? name : mem_printf(NETNS_DIR "%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail("network namespace \"%s\": %s", name, strerror(errno));
}

static void get_mcast(const struct nlattr *groups)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups) {
		struct mcast *mcast = vec_add(&kernel.mcast);

		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				mcast->name = mem_string(attr_string(attr));
			else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				mcast->id = attr_u32(attr);
		}
	}
}

static void get_family(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	(void)data;
	attr_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			kernel.family = attr_u16(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			get_mcast(attr);
	}
}

static struct nlmsghdr *message(void *room, uint16_t type, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	genl->cmd = cmd;
	genl->version = SGNL_FAMILY_VERSION;
	return nlh;
}

static void kernel_open(void)
{
	char room[256];
	struct nlmsghdr *nlh;
	int on = 1, size = RECEIVE_BUFFER, fd;

	kernel.socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!kernel.socket || mnl_socket_bind(kernel.socket, 0, MNL_SOCKET_AUTOPID) < 0)
		fail_kernel("generic netlink socket: %s", strerror(errno));
	/* Older kernels may refuse these: texts are then missing, no more. */
	mnl_socket_setsockopt(kernel.socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(kernel.socket, NETLINK_CAP_ACK, &on, sizeof(on));
	/* The first needs CAP_NET_ADMIN in the initial namespace, the other is bounded. */
	fd = mnl_socket_get_fd(kernel.socket);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));

	nlh = message(room, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, SGNL_FAMILY_NAME);
	switch (kernel_talk(nlh, get_family, NULL)) {
	case 0:
		break;
	case -ENOENT:
		fail_kernel("no family \"%s\": is the module loaded?", SGNL_FAMILY_NAME);
	default:
		fail_kernel("%s", kernel_failure.text);
	}
}

struct nlmsghdr *kernel_message(void *room, uint8_t cmd)
{
	if (!kernel.socket)
		kernel_open();
	return message(room, kernel.family, cmd);
}

static void set_text(const char *text)
{
	snprintf(kernel_failure.text, sizeof(kernel_failure.text), "%s", text);
}

/* Keeps what was said of the first message that was refused. */
static int get_error(const struct nlmsghdr *nlh, int error, size_t attrs)
{
	const struct nlattr *attr;

	kernel_failure.has_index = false;
	set_text(strerror(-error));
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return error;
	mnl_attr_for_each(attr, nlh, attrs) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			set_text(attr_string(attr));
			break;
		case NLMSGERR_ATTR_COOKIE:
			if (mnl_attr_get_payload_len(attr) != sizeof(kernel_failure.index))
				break;
			kernel_failure.has_index = true;
			kernel_failure.index = mnl_attr_get_u32(attr);
			break;
		}
	}
	return error;
}

static int get_ack(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *ack = mnl_nlmsg_get_payload(nlh);
	size_t attrs = sizeof(*ack);

	if (!ack->error)
		return 0;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		attrs += mnl_nlmsg_get_payload_len(&ack->msg);
	return get_error(nlh, ack->error, attrs);
}

static int get_done(const struct nlmsghdr *nlh)
{
	const int *error = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*error) || *error >= 0)
		return 0;
	return get_error(nlh, *error, sizeof(*error));
}

/*
 * Reads the answers to the messages numbered @first to @last, until the last
 * one is acknowledged or its dump has ended.
 */
static int receive(uint32_t first, uint32_t last, kernel_reply reply, void *data)
{
	static char room[65536];
	bool lost = false, interrupted = false;
	int result = 0;

	for (;;) {
		ssize_t got = recv(mnl_socket_get_fd(kernel.socket), room, sizeof(room),
				   lost ? MSG_DONTWAIT : 0);
		const struct nlmsghdr *nlh = (const void *)room;
		int left = got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == ENOBUFS) {
			/*
			 * Requests are done when they are sent: whatever was
			 * answered and not lost is there already.
			 */
			lost = true;
			continue;
		}
		if (got < 0 && lost && errno == EAGAIN && result)
			return result;
		if (got < 0)
			fail_kernel("receiving: %s", lost ? strerror(ENOBUFS) : strerror(errno));

		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_seq - first > last - first)
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				interrupted = true;
			if (nlh->nlmsg_type != NLMSG_ERROR && nlh->nlmsg_type != NLMSG_DONE) {
				if (reply)
					reply(nlh, data);
				continue;
			}
			/* Only the first failure counts; later ones may follow from it. */
			if (!result) {
				result = nlh->nlmsg_type == NLMSG_ERROR ? get_ack(nlh) :
									  get_done(nlh);
				kernel_failure.at = nlh->nlmsg_seq - first;
			}
			if (nlh->nlmsg_seq == last)
				return !result && interrupted ? -EINTR : result;
		}
	}
}

static void transmit(const void *messages, size_t bytes)
{
	if (mnl_socket_sendto(kernel.socket, messages, bytes) < 0)
		fail_kernel("sending: %s", strerror(errno));
}

int kernel_send(struct nlmsghdr *first, size_t bytes, size_t n, kernel_reply reply, void *data)
{
	struct nlmsghdr *nlh = first;
	int left = bytes;
	size_t i;

	for (i = 0; i < n; i++, nlh = mnl_nlmsg_next(nlh, &left)) {
		nlh->nlmsg_seq = ++kernel.seq;
		if (i == n - 1)
			nlh->nlmsg_flags |= NLM_F_ACK;
	}
	transmit(first, bytes);
	return receive(kernel.seq - n + 1, kernel.seq, reply, data);
}

int kernel_talk(struct nlmsghdr *nlh, kernel_reply reply, void *data)
{
	return kernel_send(nlh, nlh->nlmsg_len, 1, reply, data);
}

int kernel_dump(struct nlmsghdr *nlh, kernel_reply reply, void *data)
{
	nlh->nlmsg_flags |= NLM_F_DUMP;
	nlh->nlmsg_seq = ++kernel.seq;
	transmit(nlh, nlh->nlmsg_len);
	return receive(kernel.seq, kernel.seq, reply, data);
}

void kernel_listen(const char *group)
{
	size_t i;
	int on = 1;

	if (!kernel.events) {
		if (!kernel.socket)
			kernel_open();
		kernel.events = kernel.socket;
		kernel.socket = NULL;
	}
	fcntl(mnl_socket_get_fd(kernel.events), F_SETFL, O_NONBLOCK);
	/* The kernel counts what is lost here, as events-lost. */
	mnl_socket_setsockopt(kernel.events, NETLINK_BROADCAST_ERROR, &on, sizeof(on));
	for (i = 0; i < kernel.mcast.n; i++) {
		struct mcast *mcast = &kernel.mcast.v[i];

		if (strcmp(mcast->name, group))
			continue;
		if (mnl_socket_setsockopt(kernel.events, NETLINK_ADD_MEMBERSHIP, &mcast->id,
					  sizeof(mcast->id)))
			fail_kernel("listening to %s: %s", group, strerror(errno));
		return;
	}
	fail_kernel("no multicast group \"%s\"", group);
}

static void reply_each(const char *room, ssize_t got, kernel_reply reply, void *data)
{
	const struct nlmsghdr *nlh = (const void *)room;
	int left;

	for (left = got; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		if (nlh->nlmsg_type == kernel.family)
			reply(nlh, data);
}

/*
 * Once an event had no room, the kernel drops all that come behind, and says so
 * once, until everything was taken out. Only then does it say so of what is lost
 * from there on. In a flood there may always be more to take out: where it says so a
 * second time, the first loss is told of, and the second when that is over.
 */
bool kernel_event(kernel_reply reply, void *data)
{
	struct pollfd fd = { .fd = mnl_socket_get_fd(kernel.events), .events = POLLIN };
	static char room[65536];
	static bool lost;
	ssize_t got;

	for (;;) {
		got = mnl_socket_recvfrom(kernel.events, room, sizeof(room));
		if (got >= 0) {
			reply_each(room, got, reply, data);
			if (!lost)
				return true;
		} else if (errno == ENOBUFS) {
			if (lost)
				return false;
			lost = true;
		} else if (errno == EAGAIN) {
			if (lost) {
				lost = false;
				return false;
			}
			poll(&fd, 1, -1);
		} else if (errno != EINTR) {
			fail_kernel("receiving: %s", strerror(errno));
		}
	}
}

static void need(const struct nlattr *attr, enum mnl_attr_data_type type)
{
	if (mnl_attr_validate(attr, type) < 0)
		fail_kernel("attribute %u of an answer: %s", mnl_attr_get_type(attr),
			    strerror(errno));
}

uint8_t attr_u8(const struct nlattr *attr)
{
	need(attr, MNL_TYPE_U8);
	return mnl_attr_get_u8(attr);
}

uint16_t attr_u16(const struct nlattr *attr)
{
	need(attr, MNL_TYPE_U16);
	return mnl_attr_get_u16(attr);
}

uint32_t attr_u32(const struct nlattr *attr)
{
	need(attr, MNL_TYPE_U32);
	return mnl_attr_get_u32(attr);
}

uint64_t attr_u64(const struct nlattr *attr)
{
	need(attr, MNL_TYPE_U64);
	return mnl_attr_get_u64(attr);
}

const char *attr_string(const struct nlattr *attr)
{
	need(attr, MNL_TYPE_NUL_STRING);
	return mnl_attr_get_str(attr);
}
