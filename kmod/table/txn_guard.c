// SPDX-License-Identifier: GPL-2.0
/* Changes of guard patterns. */
#include "txn.h"

/* The first bit that no pattern of the new snapshot has. */
static u8 free_slot(const struct sgnl_array *patterns)
{
	u64 used = 0;
	unsigned int i;

	for (i = 0; i < patterns->n; i++) {
		const struct sgnl_pattern *pattern = patterns->item[i];

		used |= BIT_ULL(pattern->slot);
	}
	return __ffs64(~used);
}

/**
 * sgnl_txn_guard_add() - adds a guard pattern (D1)
 * @txn: the transaction, under RTNL
 * @text: the pattern, valid
 *
 * Return: 0 or an error.
 */
int sgnl_txn_guard_add(struct sgnl_txn *txn, const char *text)
{
	struct sgnl_array **patterns = &txn->config->patterns;
	struct sgnl_pattern *pattern;
	unsigned int pos;

	if (sgnl_pattern_find(*patterns, text, &pos))
		return sgnl_txn_fail(txn, -EEXIST, "pattern %s: exists already",
				     text);
	if ((*patterns)->n == SGNL_GUARD_PATTERNS_MAX)
		return sgnl_txn_fail(txn, -ENOSPC,
				     "pattern %s: there would be %u, at most %u allowed",
				     text, SGNL_GUARD_PATTERNS_MAX + 1,
				     SGNL_GUARD_PATTERNS_MAX);
	pattern = sgnl_pattern_create(text, free_slot(*patterns), txn->gfp);
	if (!pattern)
		return sgnl_txn_out_of_memory(txn);
	if (sgnl_array_insert(patterns, pos, pattern, txn->gfp)) {
		sgnl_pattern_put(pattern);
		return sgnl_txn_out_of_memory(txn);
	}
	txn->patterns = true;
	return 0;
}

/**
 * sgnl_txn_guard_del() - deletes a guard pattern
 * @txn: the transaction, under RTNL
 * @text: the pattern
 *
 * Return: 0 or an error.
 */
int sgnl_txn_guard_del(struct sgnl_txn *txn, const char *text)
{
	unsigned int pos;

	if (!sgnl_pattern_find(txn->config->patterns, text, &pos))
		return sgnl_txn_fail(txn, -ENOENT,
				     "pattern %s: no such pattern", text);
	if (sgnl_array_remove(&txn->config->patterns, pos, txn->gfp))
		return sgnl_txn_out_of_memory(txn);
	txn->patterns = true;
	return 0;
}
