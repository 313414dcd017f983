/* SPDX-License-Identifier: GPL-2.0 */
/* How values are written; what is written here, args.c reads. */
#ifndef _SGNL_TOOL_TEXT_H
#define _SGNL_TOOL_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/rule.h"

/* How times are written, up to the last second of 9999. */
#define UTC_FORMAT "%Y-%m-%dT%H:%M:%SZ"
#define UTC_MAX	   253402300799

/* Tables of words end with NULL; a word's place is its number in the protocol. */
extern const char *const words_direction[];
extern const char *const words_policy[];
extern const char *const words_group_type[];
extern const char *const words_internal[];
extern const char *const words_side[];
extern const char *const words_smtp[];
extern const char *const words_switch[];
extern const char *const words_pmtud[];
extern const char *const words_session_state[];
extern const char *const words_session_event[];
extern const char *const words_session_phase[];
extern const char *const words_session_outcome[];
extern const char *const words_reset_by[];
extern const char *const words_platform_item[];
extern const char *const words_fate[];
extern const char *const words_family[];

bool protocol_named(const char *word, uint16_t *proto);
bool number_read(const char *word, unsigned long min, unsigned long max, int base,
		 unsigned long *value);
bool address_read(const char *word, struct sgnl_prefix *address);
/* An address or CIDR; bits behind the prefix are cleared. */
bool prefix_read(const char *word, struct sgnl_prefix *prefix);
/* A, A/B or -1/-1 */
bool ports_read(const char *word, struct sgnl_port_range *ports);

/* A table's word; its number, where a newer kernel knows more words. */
const char *word_text(const char *const words[], unsigned int n);
const char *reason_text(unsigned int reason);

/* The texts live on the obstack. */
const char *protocol_text(uint16_t proto);
const char *address_text(const struct sgnl_prefix *address);
const char *prefix_text(const struct sgnl_prefix *prefix);
const char *ports_text(const struct sgnl_port_range *ports);
const char *utc_text(time_t at);
const char *rule_id_text(uint32_t id);
/* A word as a file's line has it: quoted if it must be. */
const char *quoted(const char *word);

#endif
