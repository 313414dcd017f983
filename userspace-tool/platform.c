// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "change.h"
#include "core/limits.h"
#include "error.h"
#include "mem.h"
#include "object.h"
#include "platform.h"
#include "state.h"
#include "text.h"

static const struct column columns[] = {
	{ "item", "ITEM", 0 },
	{ "on", "ON", 0 },
	{ "packets", "PACKETS", COLUMN_RIGHT },
	{ "addresses", "ADDRESSES", 0 },
	{},
};

struct platform platform_default(uint8_t item)
{
	return (struct platform){ .item = item, .on = true };
}

bool platform_is_default(const struct platform *platform)
{
	return platform->on && !platform->n_prefixes;
}

static bool has_prefixes(uint8_t item)
{
	return item == SGNL_PLATFORM_ITEM_SLB || item == SGNL_PLATFORM_ITEM_PROBE;
}

static void sort(struct platform *platform)
{
	if (platform->n_prefixes)
		qsort(platform->prefixes, platform->n_prefixes, sizeof(*platform->prefixes),
		      prefix_compare);
}

static void parse_prefixes(struct platform *platform, struct args *args)
{
	const char *list = args_next(args, "address", "A[,B...] or none");
	struct sgnl_prefix *prefixes;
	char **parts;
	size_t i;

	if (!has_prefixes(platform->item))
		fail("address: expected with slb and probe alone");
	platform->given |= PLATFORM_PREFIXES;
	if (!strcmp(list, "none"))
		return;
	parts = args_split(list, &platform->n_prefixes, "address", SGNL_PLATFORM_PREFIXES_MAX);
	prefixes = mem_alloc(platform->n_prefixes * sizeof(*prefixes));
	for (i = 0; i < platform->n_prefixes; i++)
		prefixes[i] = args_prefix(parts[i], "address");
	platform->prefixes = prefixes;
	sort(platform);
	for (i = 1; i < platform->n_prefixes; i++)
		if (!prefix_compare(&prefixes[i], &prefixes[i - 1]))
			fail("address %s is given twice: expected once", prefix_text(&prefixes[i]));
}

static void platform_set(struct args *args, struct changes *changes)
{
	static const char *const words[] = { "on", "off", "address", NULL };
	struct platform platform = platform_default(args_enum(args, "item", words_platform_item));
	uint64_t seen = 0;

	for (;;) {
		switch (args_keyword(args, words, &seen)) {
		case 0:
			platform.given |= PLATFORM_SWITCH;
			continue;
		case 1:
			platform.given |= PLATFORM_SWITCH;
			platform.on = false;
			continue;
		case 2:
			parse_prefixes(&platform, args);
			continue;
		}
		break;
	}
	if (!seen)
		fail("nothing to change: expected on, off or address");
	if ((seen & 3) == 3)
		fail("both on and off: expected one of them");
	change_add(changes, SGNL_CMD_PLATFORM_SET)->platform = mem_copy(&platform);
}

bool platform_same_prefixes(const struct platform *a, const struct platform *b)
{
	size_t i;

	if (a->n_prefixes != b->n_prefixes)
		return false;
	for (i = 0; i < a->n_prefixes; i++)
		if (prefix_compare(&a->prefixes[i], &b->prefixes[i]))
			return false;
	return true;
}

void platform_put(struct nlmsghdr *nlh, const struct platform *platform)
{
	size_t i;

	mnl_attr_put_u8(nlh, SGNL_A_PLATFORM_ITEM, platform->item);
	if (platform->given & PLATFORM_SWITCH)
		mnl_attr_put_u8(nlh, SGNL_A_PLATFORM_SWITCH, platform->on);
	if (!(platform->given & PLATFORM_PREFIXES))
		return;
	for (i = 0; i < platform->n_prefixes; i++)
		prefix_put(nlh, SGNL_A_PLATFORM_PREFIX, &platform->prefixes[i]);
	if (!platform->n_prefixes)
		mnl_attr_put(nlh, SGNL_A_PLATFORM_CLEAR_PREFIX, 0, NULL);
}

struct platform platform_get(const struct nlmsghdr *nlh)
{
	struct platform platform = { .given = ~0U };
	const struct nlattr *attr;
	size_t n = 0;

	attr_for_each(attr, nlh)
		n += mnl_attr_get_type(attr) == SGNL_A_PLATFORM_PREFIX;
	platform.prefixes = mem_alloc(n * sizeof(*platform.prefixes));
	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_PLATFORM_ITEM:
			platform.item = attr_u8(attr);
			break;
		case SGNL_A_PLATFORM_SWITCH:
			platform.on = attr_u8(attr);
			break;
		case SGNL_A_PLATFORM_PREFIX:
			platform.prefixes[platform.n_prefixes++] = prefix_get(attr);
			break;
		case SGNL_A_PLATFORM_PACKETS:
			platform.packets = attr_u64(attr);
			break;
		case SGNL_A_PLATFORM_COMMAND:
			platform.command = attr_u8(attr);
			break;
		}
	}
	sort(&platform);
	return platform;
}

static const char **prefix_texts(const struct platform *platform)
{
	const char **texts = mem_alloc(platform->n_prefixes * sizeof(*texts));
	size_t i;

	for (i = 0; i < platform->n_prefixes; i++)
		texts[i] = prefix_text(&platform->prefixes[i]);
	return texts;
}

const char *platform_words(const struct platform *platform)
{
	const char **texts = prefix_texts(platform);
	const char *line = mem_printf("%s %s", word_text(words_platform_item, platform->item),
				      word_text(words_switch, platform->on));
	size_t i;

	for (i = 0; i < platform->n_prefixes; i++)
		line = mem_printf("%s%s%s", line, i ? "," : " address ", texts[i]);
	return line;
}

json_t *platform_row(const struct platform *platform)
{
	json_t *row = json_object();

	row_text(row, "item", word_text(words_platform_item, platform->item));
	row_flag(row, "on", platform->on);
	row_number(row, "packets", platform->packets);
	row_texts(row, "addresses", prefix_texts(platform), platform->n_prefixes);
	return row;
}

static void platform_show(struct args *args)
{
	int item = args_peek(args) ? args_enum(args, "item", words_platform_item) : -1;
	struct state state = {};
	size_t i;

	args_end(args);
	state_platform(&state, item);
	print_begin(columns);
	for (i = 0; i < state.platform.n; i++) {
		const struct platform *platform = &state.platform.v[i];

		print_row(platform_row(platform),
			  mem_printf("platform set %s", platform_words(platform)));
	}
	print_end();
}

const struct object platform_object = {
	.name = "platform",
	.usage = "Usage: sgnl platform set ITEM [on|off]\n"
		 "       sgnl platform set slb|probe [on|off] [address LIST|none]\n"
		 "       sgnl platform show [ITEM]\n"
		 "ITEM := arp | neighbour | mld | dhcp | pmtud | metaserver | slb | probe\n"
		 "LIST := A[,B...], addresses and CIDRs\n",
	.commands = {
		{ .name = "set", .change = platform_set, .describes = true },
		{ .name = "show", .run = platform_show },
	},
};
