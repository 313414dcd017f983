// SPDX-License-Identifier: GPL-2.0
/*
 * The tool as a function, which leaves nothing behind: its memory is freed,
 * exit() comes back here, no file is opened, and behind its socket is a kernel
 * that holds what it is told and judges nothing.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <sanitizer/allocator_interface.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Included, since they remember names and a socket from one run to the next. */
#include "kernel.c"
#include "name.c"

#include "core/limits.h"
#include "error.h"
#include "link.h"
#include "object.h"
#include "options.h"
#include "tool.h"

#define MANY   (1 << 16)
#define FAMILY 99

/* ---- memory: what a run has not freed ---- */

static void *held[MANY];
static size_t n_held;
/* Of this thread alone: libFuzzer has another one, which looks at the memory in use. */
static _Thread_local bool counting;

static void on_malloc(const void *p, size_t size)
{
	(void)size;
	if (!counting)
		return;
	if (n_held == MANY)
		abort();
	held[n_held++] = (void *)p;
}

static void on_free(const void *p)
{
	size_t i;

	for (i = n_held; counting && i-- > 0;)
		if (held[i] == p) {
			held[i] = held[--n_held];
			return;
		}
}

/* ---- what is not to happen: the tool is built to call these instead ---- */

static jmp_buf back;

_Noreturn void tool_exit(int status)
{
	longjmp(back, status + 1);
}

FILE *tool_fopen(const char *path, const char *mode)
{
	(void)path;
	(void)mode;
	errno = ENOENT;
	return NULL;
}

int tool_open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	errno = ENOENT;
	return -1;
}

/* Would keep memory for itself. */
char *tool_setlocale(int category, const char *locale)
{
	(void)category;
	(void)locale;
	return NULL;
}

/* ---- devices: there is one of each name ---- */

static char device[64][16];

unsigned int link_index(const char *name)
{
	unsigned int i;

	for (i = 0; i < 64 && *device[i]; i++)
		if (!strcmp(device[i], name))
			return i + 1;
	if (i == 64 || !*name || strlen(name) >= sizeof(device[i]))
		fail("device \"%s\": expected a device of this network namespace",
		     name);
	memcpy(device[i], name, strlen(name) + 1);
	return i + 1;
}

const char *link_name(unsigned int index)
{
	return device[index - 1];
}

const struct object doctor_object = { .name = "doctor", .usage = "" };

/* ---- the kernel ---- */

/* What it was told, message behind message, and the answers not yet read. */
static char store[1 << 22], answers[1 << 22];
static size_t n_store, n_answers, n_read;

void tool_kernel_empty(void)
{
	n_store = 0;
	memset(device, 0, sizeof(device));
}

static struct nlmsghdr *next_message(char *room, size_t used, size_t size)
{
	if (size - used < KERNEL_MESSAGE_MAX + 64)
		abort();
	return (void *)(room + used);
}

static void answer(const struct nlmsghdr *to, uint16_t type,
		   const void *payload, size_t bytes)
{
	struct nlmsghdr *nlh =
		next_message(answers, n_answers, sizeof(answers));

	mnl_nlmsg_put_header(nlh);
	memcpy(mnl_nlmsg_put_extra_header(nlh, bytes), payload, bytes);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_CAPPED;
	nlh->nlmsg_seq = to->nlmsg_seq;
	n_answers += MNL_ALIGN(nlh->nlmsg_len);
}

static void acknowledge(const struct nlmsghdr *to, int error)
{
	struct nlmsgerr ack = { .error = error, .msg = *to };

	answer(to, NLMSG_ERROR, &ack, sizeof(ack));
}

/* The command that shows what another one adds, or 0. */
static uint8_t shown_by(uint8_t cmd)
{
	switch (cmd) {
	case SGNL_CMD_GROUP_ADD:
		return SGNL_CMD_GROUP_GET;
	case SGNL_CMD_RULE_ADD:
		return SGNL_CMD_RULE_GET;
	case SGNL_CMD_MEMBER_ADD:
		return SGNL_CMD_MEMBER_GET;
	case SGNL_CMD_PORT_ADD:
		return SGNL_CMD_PORT_GET;
	case SGNL_CMD_GUARD_ADD:
		return SGNL_CMD_GUARD_GET;
	case SGNL_CMD_PLATFORM_SET:
		return SGNL_CMD_PLATFORM_GET;
	case SGNL_CMD_LIST_ADD:
		return SGNL_CMD_LIST_GET;
	}
	return 0;
}

static const struct nlattr *find_attr(const struct nlmsghdr *nlh, uint16_t type)
{
	const struct nlattr *attr;

	attr_for_each(attr, nlh)
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

/* The first message that it was told, or the one behind another; NULL at the end. */
static const struct nlmsghdr *told(const struct nlmsghdr *before)
{
	const char *at = store;

	if (before)
		at = (const char *)before + MNL_ALIGN(before->nlmsg_len);
	return at < store + n_store ? (const void *)at : NULL;
}

static bool has_rule(uint32_t id)
{
	const struct nlmsghdr *nlh;

	for (nlh = told(NULL); nlh; nlh = told(nlh)) {
		const struct nlattr *attr = find_attr(nlh, SGNL_A_RULE_ID);

		if (kernel_command(nlh) == SGNL_CMD_RULE_ADD && attr &&
		    mnl_attr_get_u32(attr) == id)
			return true;
	}
	return false;
}

/* Little endian, as all is that libFuzzer runs on. */
static void put_default(struct nlmsghdr *nlh, uint16_t type, size_t size,
			uint32_t value)
{
	if (!find_attr(nlh, type))
		mnl_attr_put(nlh, type, size, &value);
}

static void complete_port(struct nlmsghdr *nlh)
{
	bool guest = mnl_attr_get_u8(find_attr(nlh, SGNL_A_PORT_SIDE)) ==
		     SGNL_SIDE_GUEST;

	put_default(nlh, SGNL_A_PORT_GUARD, 1, guest);
	put_default(nlh, SGNL_A_PORT_ADOPT, 2, SGNL_ADOPT_DEFAULT);
	put_default(nlh, SGNL_A_PORT_IDLE_ESTABLISHED, 2, SGNL_IDLE_DEFAULT);
	put_default(nlh, SGNL_A_PORT_IDLE_CLOSING, 2, SGNL_IDLE_TCP_CLOSING);
	put_default(nlh, SGNL_A_PORT_IDLE_OTHER, 2, SGNL_IDLE_DEFAULT);
	put_default(nlh, SGNL_A_PORT_SESSIONS_MAX, 4,
		    SGNL_PORT_SESSIONS_DEFAULT);
}

/* What the kernel itself adds to what it was told. */
static void complete(struct nlmsghdr *nlh)
{
	uint32_t id = 1;

	switch (kernel_command(nlh)) {
	case SGNL_CMD_PORT_ADD:
		complete_port(nlh);
		break;
	case SGNL_CMD_PLATFORM_SET:
		put_default(nlh, SGNL_A_PLATFORM_SWITCH, 1, true);
		break;
	case SGNL_CMD_RULE_ADD:
		while (has_rule(id))
			id++;
		put_default(nlh, SGNL_A_RULE_ID, 4, id);
		break;
	}
}

/* One at a time, whatever the request was that made them members. */
static void show_members(const struct nlmsghdr *to, const struct nlmsghdr *nlh)
{
	const struct nlattr *group = find_attr(nlh, SGNL_A_MEMBER_GROUP);
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		char room[512];
		struct nlmsghdr *one;

		if (mnl_attr_get_type(attr) != SGNL_A_MEMBER_ADDRESS)
			continue;
		one = mnl_nlmsg_put_header(room);
		mnl_nlmsg_put_extra_header(one, sizeof(struct genlmsghdr));
		mnl_attr_put(one, SGNL_A_MEMBER_GROUP,
			     mnl_attr_get_payload_len(group),
			     mnl_attr_get_payload(group));
		mnl_attr_put(one, SGNL_A_MEMBER_ADDRESS,
			     mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
		mnl_attr_put(one, SGNL_A_MEMBER_EXPLICIT, 0, NULL);
		answer(to, FAMILY, mnl_nlmsg_get_payload(one),
		       mnl_nlmsg_get_payload_len(one));
	}
}

static void show(const struct nlmsghdr *to)
{
	const struct nlmsghdr *nlh;
	int done = 0;

	for (nlh = told(NULL); nlh; nlh = told(nlh)) {
		if (shown_by(kernel_command(nlh)) != kernel_command(to))
			continue;
		if (kernel_command(nlh) == SGNL_CMD_MEMBER_ADD)
			show_members(to, nlh);
		else
			answer(to, FAMILY, mnl_nlmsg_get_payload(nlh),
			       mnl_nlmsg_get_payload_len(nlh));
	}
	answer(to, NLMSG_DONE, &done, sizeof(done));
}

static void tell_family(const struct nlmsghdr *to)
{
	char room[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	answer(to, GENL_ID_CTRL, mnl_nlmsg_get_payload(nlh),
	       mnl_nlmsg_get_payload_len(nlh));
}

/* Every attribute lies within its message. */
static void check_message(const struct nlmsghdr *nlh)
{
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *attr;
	const char *last =
		mnl_nlmsg_get_payload_offset(nlh, sizeof(struct genlmsghdr));

	attr_for_each(attr, nlh)
		last = (const char *)attr + MNL_ALIGN(attr->nla_len);
	if (last != end || nlh->nlmsg_len > KERNEL_MESSAGE_MAX)
		abort();
}

/* Of what it is asked it knows nothing, but for dumps. */
static bool asks(uint8_t cmd)
{
	switch (cmd) {
	case SGNL_CMD_GROUP_GET:
	case SGNL_CMD_RULE_GET:
	case SGNL_CMD_PORT_GET:
	case SGNL_CMD_PLATFORM_GET:
	case SGNL_CMD_EXPLAIN_GET:
		return true;
	}
	return false;
}

static void request(const struct nlmsghdr *nlh)
{
	uint8_t cmd = kernel_command(nlh);
	struct nlmsghdr *kept;
	int error = 0;

	check_message(nlh);
	if (nlh->nlmsg_type == GENL_ID_CTRL) {
		tell_family(nlh);
	} else if ((nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
		show(nlh);
		return;
	} else if (asks(cmd)) {
		error = -ENOENT;
	} else if (shown_by(cmd)) {
		kept = next_message(store, n_store, sizeof(store));
		memcpy(kept, nlh, nlh->nlmsg_len);
		complete(kept);
		n_store += MNL_ALIGN(kept->nlmsg_len);
	}
	if (error || nlh->nlmsg_flags & NLM_F_ACK)
		acknowledge(nlh, error);
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus;
	(void)flags;
	return (void *)store;
}

int mnl_socket_bind(struct mnl_socket *socket, unsigned int groups, pid_t pid)
{
	(void)socket;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *socket)
{
	(void)socket;
	return -1;
}

int mnl_socket_setsockopt(const struct mnl_socket *socket, int type,
			  void *value, socklen_t size)
{
	(void)socket;
	(void)type;
	(void)value;
	(void)size;
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *messages,
			  size_t size)
{
	const struct nlmsghdr *nlh = messages;
	int left = size;

	(void)socket;
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		request(nlh);
	if (left)
		abort();
	return size;
}

/* One message each time. */
ssize_t tool_recv(int fd, void *room, size_t size, int flags)
{
	const struct nlmsghdr *nlh = (void *)(answers + n_read);

	(void)fd;
	(void)flags;
	if (n_read == n_answers || nlh->nlmsg_len > size) {
		errno = ECONNRESET;
		return -1;
	}
	memcpy(room, nlh, nlh->nlmsg_len);
	n_read += MNL_ALIGN(nlh->nlmsg_len);
	return nlh->nlmsg_len;
}

/* Events never come. */
ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *room,
			    size_t size)
{
	(void)socket;
	(void)room;
	(void)size;
	errno = ECONNRESET;
	return -1;
}

/* ---- a run ---- */

static void forget(void)
{
	counting = false;
	while (n_held)
		free(held[--n_held]);
	memset(&kernel, 0, sizeof(kernel));
	memset(&names, 0, sizeof(names));
	tree = NULL;
	memset(&options, 0, sizeof(options));
	error_line(NULL, 0);
	exit_status = 0;
	n_answers = 0;
	n_read = 0;
	optind = 0;
}

char tool_printed[1 << 20];

int tool_run(const char *const *argv, const void *input, size_t size)
{
	FILE *in = stdin, *out = stdout, *err = stderr;
	static char complaint[4096];
	static int status;
	static bool hooked;
	int argc = 0, code;

	if (!hooked)
		hooked =
			__sanitizer_install_malloc_and_free_hooks((void *)on_malloc,
								  (void *)on_free);
	while (argv[argc])
		argc++;
	tool_printed[0] = '\0';
	stdin = fmemopen((void *)input, size, "r");
	stdout = fmemopen(tool_printed, sizeof(tool_printed), "w");
	stderr = fmemopen(complaint, sizeof(complaint), "w");
	counting = true;
	code = setjmp(back);
	if (code)
		status = code - 1;
	else
		status = sgnl_main(argc, (char **)argv);
	fclose(stdin);
	fclose(stdout);
	fclose(stderr);
	stdin = in;
	stdout = out;
	stderr = err;
	forget();
	return status;
}
