// SPDX-License-Identifier: GPL-2.0
/* Guard patterns: names of devices that are closed until they are ports. */
#include <linux/glob.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pattern.h"

/**
 * sgnl_pattern_create() - creates a pattern
 * @text: the pattern, valid
 * @slot: its bit
 * @gfp: how to allocate
 *
 * Return: the pattern with one reference, or NULL if memory ran out.
 */
struct sgnl_pattern *sgnl_pattern_create(const char *text, u8 slot, gfp_t gfp)
{
	struct sgnl_pattern *pattern = kzalloc(sizeof(*pattern), gfp);

	if (!pattern)
		return NULL;
	if (!try_module_get(THIS_MODULE)) { /* D2 */
		kfree(pattern);
		return NULL;
	}
	refcount_set(&pattern->ref, 1);
	pattern->slot = slot;
	strscpy(pattern->text, text, sizeof(pattern->text));
	return pattern;
}

/**
 * sgnl_pattern_put() - gives a reference back; the last one frees the pattern
 * @pattern: the pattern
 */
void sgnl_pattern_put(struct sgnl_pattern *pattern)
{
	if (!refcount_dec_and_test(&pattern->ref))
		return;
	kfree(pattern);
	module_put(THIS_MODULE);
}

static void pattern_get(void *item)
{
	struct sgnl_pattern *pattern = item;

	refcount_inc(&pattern->ref);
}

static void pattern_put(void *item)
{
	sgnl_pattern_put(item);
}

const struct sgnl_array_ops sgnl_patterns_ops = {
	.get = pattern_get,
	.put = pattern_put,
};

static int compare_text(const void *item, const void *key)
{
	const struct sgnl_pattern *pattern = item;

	return strcmp(pattern->text, key);
}

/**
 * sgnl_pattern_find() - finds a pattern by its text
 * @patterns: the patterns of a snapshot
 * @text: the text
 * @pos: its place, or where it would have to be
 *
 * Return: the pattern, without a reference, or NULL.
 */
struct sgnl_pattern *sgnl_pattern_find(const struct sgnl_array *patterns,
				       const char *text, unsigned int *pos)
{
	if (!sgnl_array_find(patterns, compare_text, text, pos))
		return NULL;
	return patterns->item[*pos];
}

/**
 * sgnl_pattern_matches() - does a pattern match the name of a device?
 * @pattern: the pattern
 * @name: the name
 */
bool sgnl_pattern_matches(const struct sgnl_pattern *pattern, const char *name)
{
	return glob_match(pattern->text, name);
}
