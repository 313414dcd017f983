// SPDX-License-Identifier: GPL-2.0
/* Changes of prefix lists and port lists (R6). */
#include "txn.h"

/**
 * sgnl_txn_find_list() - finds a list, or says that there is none
 * @txn: the transaction
 * @name: its name
 * @kind: its kind, which its name tells
 *
 * Return: the list in the new snapshot, or NULL.
 */
struct sgnl_list *sgnl_txn_find_list(struct sgnl_txn *txn, const char *name,
				     u8 kind)
{
	struct sgnl_list *list;
	unsigned int pos;

	list = sgnl_config_list(txn->config, name, &pos);
	if (!list)
		sgnl_txn_fail(txn, -ENOENT, "%s %s: no such list",
			      sgnl_list_noun(kind), name);
	return list;
}

/* The list or the copy that takes its place, or NULL if memory ran out. */
static struct sgnl_list *own_list(struct sgnl_txn *txn, struct sgnl_list *list)
{
	struct sgnl_config *config = txn->config;
	unsigned int by_name, by_id;
	struct sgnl_list *copy;

	if (sgnl_array_own(&config->lists, txn->gfp) ||
	    sgnl_array_own(&config->list_names, txn->gfp))
		return NULL;
	if (refcount_read(&list->ref) == 1)
		return list;
	copy = sgnl_list_clone(list, txn->gfp);
	if (!copy)
		return NULL;
	sgnl_config_list(config, list->name, &by_name);
	sgnl_lists_find(config->lists, list->id, &by_id);
	config->list_names->item[by_name] = copy;
	sgnl_array_replace(&config->lists, by_id, copy, txn->gfp);
	return copy;
}

/* Says what is wrong with an entry. */
static int fail_entry(struct sgnl_txn *txn, int err,
		      const struct sgnl_list *list,
		      const struct sgnl_list_entries *entries, unsigned int i,
		      const char *what)
{
	const struct sgnl_port_range *range = &entries->range[i];
	const struct sgnl_prefix *prefix = &entries->prefix[i];
	u8 bytes[16];

	if (list->kind == SGNL_LIST_PORT)
		return sgnl_txn_fail(txn, err, "port-list %s: %u/%u %s",
				     list->name, range->min, range->max, what);
	sgnl_addr_write(bytes, &prefix->addr, prefix->family);
	return prefix->family == SGNL_FAMILY_IPV4 ?
		       sgnl_txn_fail(txn, err, "prefix-list %s: %pI4/%u %s",
				     list->name, bytes, prefix->len, what) :
		       sgnl_txn_fail(txn, err, "prefix-list %s: %pI6c/%u %s",
				     list->name, bytes, prefix->len, what);
}

/* A prefix list holds one family. */
static int check_family(struct sgnl_txn *txn, const struct sgnl_list *list,
			const struct sgnl_list_entries *entries)
{
	unsigned int i;

	if (list->kind == SGNL_LIST_PORT)
		return 0;
	for (i = 0; i < entries->n; i++)
		if (entries->prefix[i].family != list->family)
			return fail_entry(txn, -EINVAL, list, entries, i,
					  list->family == SGNL_FAMILY_IPV4 ?
						  "is IPv6; the list is of IPv4" :
						  "is IPv4; the list is of IPv6");
	return 0;
}

/* How many entries the list would have if it took those from i on too. */
static unsigned int would_have(const struct sgnl_list *list,
			       const struct sgnl_list_entries *entries,
			       unsigned int i)
{
	unsigned int n = sgnl_list_entries(list);

	for (; i < entries->n; i++)
		n += !sgnl_list_has(list, entries, i);
	return n;
}

/* The list is the transaction's own. */
static int insert_all(struct sgnl_txn *txn, struct sgnl_list *list,
		      const struct sgnl_list_entries *entries)
{
	unsigned int i;
	int err;

	err = check_family(txn, list, entries);
	if (err)
		return err;
	for (i = 0; i < entries->n; i++)
		if (!sgnl_list_insert(list, entries, i))
			return sgnl_txn_fail(txn, -ENOSPC,
					     "%s %s: it would have %u entries, at most %u allowed",
					     sgnl_list_noun(list->kind),
					     list->name,
					     would_have(list, entries, i),
					     list->max);
	return 0;
}

static int fill(struct sgnl_txn *txn, struct sgnl_list *list,
		const struct sgnl_list_args *args)
{
	if (args->description &&
	    sgnl_list_describe(list, args->description, txn->gfp))
		return sgnl_txn_out_of_memory(txn);
	return insert_all(txn, list, &args->entries);
}

/**
 * sgnl_txn_list_add() - creates a list
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_list_add(struct sgnl_txn *txn, const struct sgnl_list_args *args)
{
	struct sgnl_config *config = txn->config;
	struct sgnl_list *list;
	unsigned int pos;
	int err;

	if (sgnl_config_list(config, args->name, &pos))
		return sgnl_txn_fail(txn, -EEXIST, "%s %s: exists already",
				     sgnl_list_noun(args->kind), args->name);
	if (config->lists->n == SGNL_LISTS_MAX)
		return sgnl_txn_fail(txn, -ENOSPC,
				     "%s %s: there are %u lists, the most allowed",
				     sgnl_list_noun(args->kind), args->name,
				     SGNL_LISTS_MAX);
	if (txn->next_list > SGNL_ID_MAX)
		return sgnl_txn_fail(txn, -ENOSPC, "no list numbers left");
	list = sgnl_list_create(txn->next_list, args->name, args->kind,
				args->family, args->max, txn->gfp);
	if (!list)
		return sgnl_txn_out_of_memory(txn);
	err = fill(txn, list, args);
	if (err)
		goto put_list;
	err = sgnl_array_insert(&config->list_names, pos, list, txn->gfp);
	if (err) {
		sgnl_txn_out_of_memory(txn);
		goto put_list;
	}
	err = sgnl_array_insert(&config->lists, config->lists->n, list,
				txn->gfp);
	if (err) {
		sgnl_txn_out_of_memory(txn);
		sgnl_array_remove(&config->list_names, pos, txn->gfp);
		goto put_list;
	}
	txn->next_list++;
	return 0;

put_list:
	sgnl_list_put(list);
	return err;
}

/**
 * sgnl_txn_list_set() - changes a list's entries or description
 * @txn: the transaction
 * @args: words about it
 *
 * Return: 0 or an error.
 */
int sgnl_txn_list_set(struct sgnl_txn *txn, const struct sgnl_list_args *args)
{
	struct sgnl_list *list =
		sgnl_txn_find_list(txn, args->name, args->kind);

	if (!list)
		return -ENOENT;
	list = own_list(txn, list);
	if (!list)
		return sgnl_txn_out_of_memory(txn);
	/* Policies hold the very list; a new description is a new one too. */
	txn->stale = true;
	if (args->has_entries)
		sgnl_list_clear(list);
	return fill(txn, list, args);
}

/* Says which rule names a list, if one does. */
static int check_unnamed(struct sgnl_txn *txn, const struct sgnl_list *list)
{
	struct sgnl_config *config = txn->config;
	unsigned int i, j;

	for (i = 0; i < config->groups->n; i++) {
		struct sgnl_group *group = config->groups->item[i];

		for (j = 0; j < group->rules->n; j++) {
			struct sgnl_rule_entry *entry = group->rules->item[j];

			if (entry->rule.peer_list == list->id ||
			    entry->rule.port_list == list->id)
				return sgnl_txn_fail(txn, -EBUSY,
						     "%s %s: rule sgr-%u of group %s names it",
						     sgnl_list_noun(list->kind),
						     list->name, entry->rule.id,
						     group->name);
		}
	}
	return 0;
}

/**
 * sgnl_txn_list_del() - deletes a list
 * @txn: the transaction
 * @args: its name
 *
 * Return: 0 or an error.
 */
int sgnl_txn_list_del(struct sgnl_txn *txn, const struct sgnl_list_args *args)
{
	struct sgnl_list *list =
		sgnl_txn_find_list(txn, args->name, args->kind);
	struct sgnl_config *config = txn->config;
	unsigned int by_name, by_id;
	int err;

	if (!list)
		return -ENOENT;
	err = check_unnamed(txn, list);
	if (err)
		return err;
	sgnl_config_list(config, args->name, &by_name);
	sgnl_lists_find(config->lists, list->id, &by_id);
	if (sgnl_array_own(&config->lists, txn->gfp) ||
	    sgnl_array_remove(&config->list_names, by_name, txn->gfp))
		return sgnl_txn_out_of_memory(txn);
	sgnl_array_remove(&config->lists, by_id, txn->gfp);
	return 0;
}

/**
 * sgnl_txn_list_entry_add() - adds entries to a list
 * @txn: the transaction
 * @args: its name and the entries
 *
 * Return: 1 if some were added, 0 if all were there, or an error.
 */
int sgnl_txn_list_entry_add(struct sgnl_txn *txn,
			    const struct sgnl_list_args *args)
{
	struct sgnl_list *list =
		sgnl_txn_find_list(txn, args->name, args->kind);

	int err;

	if (!list)
		return -ENOENT;
	err = check_family(txn, list, &args->entries);
	if (err)
		return err;
	if (would_have(list, &args->entries, 0) == sgnl_list_entries(list))
		return 0;
	list = own_list(txn, list);
	if (!list)
		return sgnl_txn_out_of_memory(txn);
	txn->stale = true;
	return insert_all(txn, list, &args->entries) ?: 1;
}

/**
 * sgnl_txn_list_entry_del() - takes entries from a list
 * @txn: the transaction
 * @args: its name and the entries
 *
 * Return: 0 or an error.
 */
int sgnl_txn_list_entry_del(struct sgnl_txn *txn,
			    const struct sgnl_list_args *args)
{
	const struct sgnl_list_entries *entries = &args->entries;
	struct sgnl_list *list =
		sgnl_txn_find_list(txn, args->name, args->kind);
	unsigned int i;
	int err;

	if (!list)
		return -ENOENT;
	err = check_family(txn, list, entries);
	if (err)
		return err;
	list = own_list(txn, list);
	if (!list)
		return sgnl_txn_out_of_memory(txn);
	txn->stale = true;
	for (i = 0; i < entries->n; i++) {
		if (!sgnl_list_has(list, entries, i))
			return fail_entry(txn, -ENOENT, list, entries, i,
					  "is not in it");
		sgnl_list_remove(list, entries, i);
	}
	return 0;
}
