/* SPDX-License-Identifier: GPL-2.0 */
/* The words of one command, taken one after the other. */
#ifndef _SGNL_TOOL_ARGS_H
#define _SGNL_TOOL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/limits.h"
#include "core/rule.h"

struct args {
	char **word;
	int n;
	int at;
};

/* Where a packet comes from or goes to. */
struct args_endpoint {
	struct sgnl_prefix address;
	uint16_t port;
	bool has_port;
};

#define GROUP_NAME "sg-NAME or ACCOUNT/sg-NAME ([A-Za-z0-9._-], up to 127 bytes)"

const char *args_peek(const struct args *args);
const char *args_next(struct args *args, const char *what, const char *expected);
bool args_take(struct args *args, const char *word);
void args_end(const struct args *args);
_Noreturn void args_unexpected(const char *word, const char *const words[], const char *also);

/* "a, b or c" of a table. */
const char *args_words(const char *const words[]);
int args_find(const char *const words[], const char *word);
/*
 * Takes the next word, which must be one of the table's and not be in @seen
 * yet, and returns its place; -1 if there is none.
 */
int args_keyword(struct args *args, const char *const words[], uint64_t *seen);
int args_enum(struct args *args, const char *what, const char *const words[]);

unsigned long args_number(const char *word, const char *what, unsigned long min, unsigned long max,
			  const char *expected);
/* The parts of A,B,C; an empty one is left to whoever reads it to refuse. */
char **args_split(const char *list, size_t *n, const char *what, size_t max);
const char *args_group(struct args *args, const char *what);
const char *args_description(struct args *args);
bool args_is_protocol(const char *word, uint16_t *proto);
struct sgnl_port_range args_ports(struct args *args, const char *what, bool may_lift);
struct sgnl_prefix args_prefix(const char *word, const char *what);
struct sgnl_prefix args_address(const char *word, const char *what);
/* ADDRESS, A.B.C.D:PORT or [ADDRESS]:PORT */
struct args_endpoint args_endpoint(struct args *args, const char *what);
/* A packet's protocol: a name or a number. */
uint8_t args_protocol(struct args *args);
/* One or two VLAN ids, outer first; returns how many. */
size_t args_vlan(struct args *args, uint16_t vlan[SGNL_VLAN_DEPTH]);
/* A time, in seconds of UTC; 0 for never, which lifts one. */
time_t args_time(struct args *args, const char *what, bool may_lift);
/* Seconds within which a commit is to be confirmed. */
uint32_t args_confirm(const char *word);
uint32_t args_rule_id(const char *word);
/* The name of a list of one kind: LIST_PREFIXES or LIST_PORTS. */
const char *args_list(struct args *args, const char *kind);

#endif
