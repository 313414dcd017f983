// SPDX-License-Identifier: GPL-2.0
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <linux/sgnl.h>

#include "error.h"
#include "mem.h"
#include "name.h"

struct name {
	uint32_t number;
	char text[];
};

static VEC(struct name *) names;
static void *tree;

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/*
 * Names outlive the obstack's marks, so they have memory of their own: there
 * are no more of them than there are groups and lists.
 */
uint32_t name_number(const char *text)
{
	size_t size = strlen(text) + 1;
	struct name *name = malloc(sizeof(*name) + size);
	struct name **found;

	if (!name)
		fail("out of memory");
	memcpy(name->text, text, size);
	found = tsearch(name, &tree, compare);
	if (!found)
		fail("out of memory");
	if (*found != name) {
		free(name);
		return (*found)->number;
	}
	*vec_add(&names) = name;
	name->number = names.n;
	return name->number;
}

const char *name_text(uint32_t number)
{
	return names.v[number - 1]->text;
}

/* Not isalnum(), which knows more letters in some locales. */
#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

bool name_begins(const char *name, const char *begin)
{
	const char *slash = strchr(name, '/');
	const char *own = slash ? slash + 1 : name;
	size_t account = slash ? slash - name : 0, n = strlen(begin);

	if (strlen(name) > SGNL_NAME_MAX || slash == name || strncmp(own, begin, n) || !own[n])
		return false;
	return strspn(name, NAME_CHARS) >= account && !own[strspn(own, NAME_CHARS)];
}

bool name_valid(const char *name)
{
	return name_begins(name, "sg-");
}
