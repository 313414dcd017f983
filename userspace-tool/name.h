/* SPDX-License-Identifier: GPL-2.0 */
/* Names of groups and lists, kept once each; rules and the core know them by number. */
#ifndef _SGNL_TOOL_NAME_H
#define _SGNL_TOOL_NAME_H

#include <stdbool.h>
#include <stdint.h>

/* A name's number, from 1; the same name has the same number. */
uint32_t name_number(const char *name);
/* The name with this number; one copy, so that equal names are equal pointers. */
const char *name_text(uint32_t number);
/* Of a group. */
bool name_valid(const char *name);

/* How the names of lists begin. */
#define LIST_PREFIXES "pl-"
#define LIST_PORTS    "prl-"

/* [ACCOUNT/]BEGIN... */
bool name_begins(const char *name, const char *begin);

#endif
