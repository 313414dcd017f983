/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What clouds answer when they are asked for their security groups: JSON, as
 * their command-line tools print it. Each cloud has a file of its own that reads
 * its answers into this form, which then becomes a state.
 */
#ifndef _SGNL_TOOL_ANSWER_H
#define _SGNL_TOOL_ANSWER_H

#include <jansson.h>

#include "group.h"
#include "list.h"
#include "mem.h"
#include "rule.h"
#include "state.h"

/* One group, of which several answers may tell. */
struct answer_group {
	struct group group;
	bool has_type;
	bool has_rules; /* an answer told them */
	bool ended; /* by its last page */
	bool bad; /* and that was said */
	const char *vpc; /* as the cloud names it */
	bool may_be_saved; /* its answer has the form that save writes */
};

/* @where says which it is; the words are those of its peer and its port list. */
struct answer_rule {
	struct rule rule;
	const char *where;
	const char *peer_field;
	const char *ports_field;
};

struct answer_list {
	struct list list;
	bool bad; /* and that was said */
};

/* Texts are those of the JSON values, which stay until the tool ends. */
struct answers {
	VEC(struct answer_group) groups;
	VEC(struct answer_rule) rules;
	VEC(struct answer_list) lists;
	VEC(const char *) notes; /* left out, and not missed */
	VEC(const char *) lost; /* cannot be carried over */
	bool more_groups; /* the page of groups that was read last is not the last one */
	bool more_port_lists; /* the same of port lists */
	const char *file; /* that is being read */
};

/* A thing in an answer: what is wrong with it is remembered with where it is. */
struct answer_part {
	struct answers *answers;
	const json_t *object;
	const char *where;
	bool bad; /* it is to be left out */
};

/* A field's text, or its number as text; NULL if it is absent, null or empty. */
const char *answer_text(struct answer_part *part, const char *field);
/* The same of a field that must be there; what is @expected is said if it is not. */
const char *answer_need(struct answer_part *part, const char *field, const char *expected);
/* The array behind a field or, in it, behind @inner; NULL if there is none. */
const json_t *answer_array(const json_t *object, const char *field, const char *inner);
/* A text that sgnl has room for. */
const char *answer_description(struct answer_part *part, const char *field);
/* A field's place in a table of words, in any case. */
uint8_t answer_enum(struct answer_part *part, const char *field, const char *const words[]);
/* Fields that are not in the table must be empty. */
void answer_fields(struct answer_part *part, const char *const known[]);
/* A field with this @value, NULL if it has none, is not as it should be. */
void answer_bad(struct answer_part *part, const char *field, const char *value, const char *why);

/* NULL or an empty text is no token. Ends the tool if the page is one too many. */
void answer_page(struct answer_group *group, const char *token);
struct answer_group *answer_group(struct answers *answers, const char *name);
struct answer_list *answer_list(struct answers *answers, const char *name);
/* A rule of a group that is otherwise as one without words is. */
struct answer_rule answer_rule(const struct answer_group *group, const char *where);
/* Takes the rule if neither it nor what was read of it is bad; @fields: SGNL_RULE_PART_... */
void answer_add(struct answer_part *part, struct answer_rule *rule, const char *const fields[]);

/*
 * Reads the answers in a file that is open, from its line @line on. What they
 * tell of is to be complete only when the last file is read.
 */
void answers_read(struct answers *answers, FILE *in, const char *file, unsigned int line);
/*
 * What is to be in force: @have but for the groups and lists of the answers.
 * Prints what is left out, and ends the tool if that is more than @partial
 * allows.
 */
void answers_describe(struct answers *answers, const struct state *have, struct state *want,
		      bool partial);

#endif
