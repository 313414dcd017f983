/* SPDX-License-Identifier: GPL-2.0 */
/* The grammar's upper two words, as each noun describes its own. */
#ifndef _SGNL_TOOL_OBJECT_H
#define _SGNL_TOOL_OBJECT_H

#include "args.h"

struct changes;

/*
 * A command either changes something or says something. What changes something
 * can stand in a file that describes a state if it is an add, or if it says so. What
 * commits says so too, if it has no changes of its own.
 */
struct command {
	const char *name;
	void (*change)(struct args *args, struct changes *changes);
	void (*run)(struct args *args);
	bool describes;
	bool commits;
};

/* The commands end with an empty one; an object without any has run, and says if that changes. */
struct object {
	const char *name;
	const char *usage;
	void (*run)(struct args *args);
	bool changes;
	struct command commands[8];
};

extern const struct object group_object;
extern const struct object rule_object;
extern const struct object member_object;
extern const struct object prefix_list_object;
extern const struct object port_list_object;
extern const struct object port_object;
extern const struct object platform_object;
extern const struct object session_object;
extern const struct object stats_object;
extern const struct object monitor_object;
extern const struct object save_object;
extern const struct object apply_object;
extern const struct object diff_object;
extern const struct object confirm_object;
extern const struct object audit_object;
extern const struct object guard_object;
extern const struct object explain_object;
extern const struct object check_object;
extern const struct object doctor_object;

#endif
