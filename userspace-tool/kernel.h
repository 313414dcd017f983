/* SPDX-License-Identifier: GPL-2.0 */
/* The socket to the kernel's family sgnl, opened when it is first needed. */
#ifndef _SGNL_TOOL_KERNEL_H
#define _SGNL_TOOL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/sgnl.h>

/* Room for one message of any kind that is sent: a list of 2,000 entries takes most. */
#define KERNEL_MESSAGE_MAX 20480

/* What the kernel said of the last request that it refused. */
struct kernel_failure {
	size_t at; /* which of the messages that were sent */
	bool has_index; /* a commit says which of the queued changes: */
	uint32_t index;
	char text[256];
};

extern struct kernel_failure kernel_failure;

typedef void (*kernel_reply)(const struct nlmsghdr *nlh, void *data);

void kernel_netns(const char *name);

struct nlmsghdr *kernel_message(void *room, uint8_t cmd);
/*
 * Sends @n messages with sequence numbers that follow each other, the last of
 * which asks for an acknowledgment. Returns 0 or, for the first one that was
 * refused, -errno with kernel_failure filled.
 */
int kernel_send(struct nlmsghdr *first, size_t bytes, size_t n, kernel_reply reply, void *data);
int kernel_talk(struct nlmsghdr *nlh, kernel_reply reply, void *data);
/* -EINTR: what was dumped changed meanwhile. */
int kernel_dump(struct nlmsghdr *nlh, kernel_reply reply, void *data);

void kernel_listen(const char *group);
/* Waits for an event; false if some were lost, once all that were not are told. */
bool kernel_event(kernel_reply reply, void *data);

/* Attributes that were checked to be what they should. */
uint8_t attr_u8(const struct nlattr *attr);
uint16_t attr_u16(const struct nlattr *attr);
uint32_t attr_u32(const struct nlattr *attr);
uint64_t attr_u64(const struct nlattr *attr);
const char *attr_string(const struct nlattr *attr);

#define attr_for_each(attr, nlh) mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))

static inline uint8_t kernel_command(const struct nlmsghdr *nlh)
{
	return ((const struct genlmsghdr *)mnl_nlmsg_get_payload(nlh))->cmd;
}

#endif
