/* SPDX-License-Identifier: GPL-2.0 */
/* Changes: what commands ask for, before they are sent. */
#ifndef _SGNL_TOOL_CHANGE_H
#define _SGNL_TOOL_CHANGE_H

#include "group.h"
#include "guard.h"
#include "list.h"
#include "mem.h"
#include "member.h"
#include "platform.h"
#include "port.h"
#include "rule.h"
#include "session.h"
#include "session.h"

struct change {
	uint8_t cmd; /* SGNL_CMD_... */
	unsigned int line; /* where it was read */
	union {
		const struct group *group;
		const struct rule *rule;
		const struct membership *membership;
		const struct port *port;
		const struct guard *guard;
		const struct platform *platform;
		const struct list *list;
		struct session *session;
	};
};

struct changes {
	struct change *v;
	size_t n;
	size_t room;
	const char *file; /* NULL: the command line */
	unsigned int line; /* of the changes that are added */
	bool keeps_login; /* apply's: refused if they would keep out who makes them over ssh */
};

struct change *change_add(struct changes *changes, uint8_t cmd);

/* Sends all of them, and ends the tool at the first that is refused. */
void changes_send(const struct changes *changes, kernel_reply reply, void *data);

/* The command that makes it, as a file's line has it. */
const char *change_line(const struct change *change);

/* What the options ask of a commit, into its request; and what of that is told when it is done. */
void changes_put_wishes(struct nlmsghdr *nlh);
void changes_tell_confirm(void);

/*
 * Puts all of them in force or none, and prints the id of a rule that a single
 * rule add made. With @expect only if that generation is in force; returns
 * false if another is.
 */
bool changes_commit(struct changes *changes, const uint64_t *expect);
/* The sessions that they would end with --sessions cut; likewise false. */
bool changes_preview(struct changes *changes, const uint64_t *expect, struct sessions *sessions);
/* The same, but the kernel judges packets beside what is in force, and that stays. */
bool changes_audit(struct changes *changes, const uint64_t *expect);
/* As changes_commit(), with rule set applied to the rules as they are. */
void changes_run(struct changes *changes);

#endif
