// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <linux/sgnl.h>

#include "args.h"
#include "error.h"
#include "mem.h"
#include "name.h"
#include "text.h"

const char *args_peek(const struct args *args)
{
	return args->at < args->n ? args->word[args->at] : NULL;
}

const char *args_next(struct args *args, const char *what, const char *expected)
{
	if (args->at == args->n)
		fail("%s missing: expected %s", what, expected);
	return args->word[args->at++];
}

bool args_take(struct args *args, const char *word)
{
	if (args->at == args->n || strcmp(args->word[args->at], word))
		return false;
	args->at++;
	return true;
}

void args_end(const struct args *args)
{
	if (args->at < args->n)
		fail("unexpected word \"%s\": expected no more words", args->word[args->at]);
}

/* "a, b or c" of a table, to say what is allowed. */
static const char *words_list(const char *const words[], const char *also)
{
	size_t i;

	for (i = 0; words[i]; i++) {
		if (i)
			obstack_grow(&mem, words[i + 1] || also ? ", " : " or ",
				     words[i + 1] || also ? 2 : 4);
		obstack_grow(&mem, words[i], strlen(words[i]));
	}
	if (also)
		obstack_printf(&mem, " or %s", also);
	obstack_1grow(&mem, '\0');
	return obstack_finish(&mem);
}

void args_unexpected(const char *word, const char *const words[], const char *also)
{
	fail("unexpected word \"%s\": expected %s", word, words_list(words, also));
}

const char *args_words(const char *const words[])
{
	return words_list(words, NULL);
}

int args_find(const char *const words[], const char *word)
{
	int i;

	for (i = 0; words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

int args_keyword(struct args *args, const char *const words[], uint64_t *seen)
{
	const char *word = args_peek(args);
	int i;

	if (!word)
		return -1;
	i = args_find(words, word);
	if (i < 0)
		args_unexpected(word, words, NULL);
	if (*seen & 1ULL << i)
		fail("\"%s\" is given twice: expected once", word);
	*seen |= 1ULL << i;
	args->at++;
	return i;
}

int args_enum(struct args *args, const char *what, const char *const words[])
{
	const char *expected = args_words(words);
	const char *word = args_next(args, what, expected);
	int i = args_find(words, word);

	if (i < 0)
		fail("%s \"%s\": expected %s", what, word, expected);
	return i;
}

unsigned long args_number(const char *word, const char *what, unsigned long min, unsigned long max,
			  const char *expected)
{
	int base = word[0] == '0' && word[1] == 'x' ? 16 : 10;
	unsigned long value;

	if (!number_read(word, min, max, base, &value))
		fail("%s \"%s\": expected %s", what, word, expected);
	return value;
}

char **args_split(const char *list, size_t *n, const char *what, size_t max)
{
	char *text = mem_string(list), **parts, *c;

	*n = 1;
	for (c = text; *c; c++)
		*n += *c == ',';
	if (*n > max)
		fail("%s list of %zu: expected up to %zu", what, *n, max);
	parts = mem_alloc(*n * sizeof(*parts));
	for (*n = 0; (c = strsep(&text, ","));)
		parts[(*n)++] = c;
	return parts;
}

const char *args_group(struct args *args, const char *what)
{
	const char *name = args_next(args, what, GROUP_NAME);

	if (!name_valid(name))
		fail("%s \"%s\": expected " GROUP_NAME, what, name);
	return name_text(name_number(name));
}

const char *args_description(struct args *args)
{
	const char *text = args_next(args, "description", "a text of up to 512 bytes");
	json_t *utf8;

	if (strlen(text) > SGNL_DESCRIPTION_MAX)
		fail("description of %zu bytes: expected up to %d", strlen(text),
		     SGNL_DESCRIPTION_MAX);
	/* JSON carries UTF-8 alone: what cannot be shown is not let in. */
	utf8 = json_string(text);
	if (!utf8)
		fail("description \"%s\": expected UTF-8", text);
	json_decref(utf8);
	return mem_string(text);
}

bool args_is_protocol(const char *word, uint16_t *proto)
{
	unsigned long value;

	if (protocol_named(word, proto))
		return true;
	if (!number_read(word, 0, 255, 10, &value))
		return false;
	*proto = value;
	return true;
}

struct sgnl_port_range args_ports(struct args *args, const char *what, bool may_lift)
{
	const char *expected = may_lift ? "1 to 65535, A/B, -1/-1 or any" :
					  "1 to 65535, A/B or -1/-1";
	const char *word = args_next(args, what, expected);
	const char *slash = strchr(word, '/');
	struct sgnl_port_range range = SGNL_PORTS_ALL, part;

	if ((may_lift && !strcmp(word, "any")) || ports_read(word, &range))
		return range;
	/* Both parts alone may be ports. */
	if (slash && ports_read(slash + 1, &part) &&
	    ports_read(mem_printf("%.*s", (int)(slash - word), word), &part))
		fail("%s \"%s\": expected A/B with A not above B", what, word);
	fail("%s \"%s\": expected %s", what, word, expected);
}

struct sgnl_prefix args_prefix(const char *word, const char *what)
{
	struct sgnl_prefix prefix;
	const char *slash = strchr(word, '/');

	if (prefix_read(word, &prefix))
		return prefix;
	if (slash && address_read(mem_printf("%.*s", (int)(slash - word), word), &prefix))
		fail("%s \"%s\": expected a prefix length of 0 to %u", what, word, prefix.len);
	fail("%s \"%s\": expected an IPv4 or IPv6 address or CIDR", what, word);
}

struct sgnl_prefix args_address(const char *word, const char *what)
{
	struct sgnl_prefix prefix;

	if (!address_read(word, &prefix))
		fail("%s \"%s\": expected an IPv4 or IPv6 address", what, word);
	if (!sgnl_addr_can_be_member(&prefix.addr, prefix.family))
		fail("%s \"%s\": expected a unicast address, not loopback or link-local", what,
		     word);
	return prefix;
}

/* "+90s", "+5m", "+2h" or "+1d" from now on, and what is left of this second */
static bool from_now(const char *word, unsigned long max, time_t *at)
{
	static const char units[] = "smhd";
	static const unsigned int seconds[] = { 1, 60, 3600, 86400 };
	char *digits = mem_string(word + 1);
	size_t n = strlen(digits);
	const char *unit = n ? strchr(units, digits[n - 1]) : NULL;
	time_t now = time(NULL) + 1;
	unsigned long value;

	if (!unit)
		return false;
	digits[n - 1] = '\0';
	if (!number_read(digits, 1, (max - now) / seconds[unit - units], 10, &value))
		return false;
	*at = now + value * seconds[unit - units];
	return true;
}

/* What is read must be written the same again: so there is no 30th of February. */
static bool at_time(const char *word, time_t *at)
{
	struct tm tm = {};
	const char *end = strptime(word, UTC_FORMAT, &tm);

	if (!end || *end)
		return false;
	*at = timegm(&tm);
	return *at > 0 && !strcmp(utc_text(*at), word);
}

time_t args_time(struct args *args, const char *what, bool may_lift)
{
	const char *expected = may_lift ? "YYYY-MM-DDTHH:MM:SSZ, +N with s, m, h or d, or never" :
					  "YYYY-MM-DDTHH:MM:SSZ, or +N with s, m, h or d";
	const char *word = args_next(args, what, expected);
	time_t at;

	if (may_lift && !strcmp(word, "never"))
		return 0;
	if (word[0] == '+' ? !from_now(word, UTC_MAX, &at) : !at_time(word, &at))
		fail("%s \"%s\": expected %s", what, word, expected);
	return at;
}

uint32_t args_confirm(const char *word)
{
	return args_number(word, "confirm", 1, 3600, "1 to 3600 seconds");
}

uint32_t args_rule_id(const char *word)
{
	unsigned long id;

	if (strncmp(word, "sgr-", 4) || !number_read(word + 4, 1, UINT32_MAX, 10, &id))
		fail("rule id \"%s\": expected sgr-N", word);
	return id;
}

const char *args_list(struct args *args, const char *kind)
{
	const char *what = strcmp(kind, LIST_PORTS) ? "prefix-list" : "port-list";
	const char *expected =
		mem_printf("%sNAME or ACCOUNT/%sNAME ([A-Za-z0-9._-], up to 127 bytes)", kind,
			   kind);
	const char *name = args_next(args, what, expected);

	if (!name_begins(name, kind))
		fail("%s \"%s\": expected %s", what, name, expected);
	return name_text(name_number(name));
}

struct args_endpoint args_endpoint(struct args *args, const char *what)
{
	const char *expected = "ADDRESS, IPV4:PORT or [IPV6]:PORT";
	const char *word = args_next(args, what, expected);
	char *text = mem_string(word), *colon = strrchr(text, ':'), *close;
	struct args_endpoint end = {};

	if (address_read(text, &end.address))
		return end;
	if (!colon)
		fail("%s \"%s\": expected %s", what, word, expected);
	*colon = '\0';
	close = text[0] == '[' ? strchr(text, ']') : NULL;
	if (close && !close[1]) {
		*close = '\0';
		text++;
	}
	if (!address_read(text, &end.address) ||
	    end.address.family != (close ? SGNL_FAMILY_IPV6 : SGNL_FAMILY_IPV4))
		fail("%s \"%s\": expected %s", what, word, expected);
	end.port = args_number(colon + 1, "port", 0, 65535, "0 to 65535");
	end.has_port = true;
	return end;
}

uint8_t args_protocol(struct args *args)
{
	const char *expected = "tcp, udp, icmp, icmpv6, gre or 0 to 255";
	const char *word = args_next(args, "protocol", expected);
	uint16_t proto;

	if (!args_is_protocol(word, &proto) || proto > 255)
		fail("protocol \"%s\": expected %s", word, expected);
	return proto;
}

size_t args_vlan(struct args *args, uint16_t vlan[SGNL_VLAN_DEPTH])
{
	const char *expected = "one or two ids of 0 to 4095, outer first";
	char *text = mem_string(args_next(args, "vlan", expected)), *word;
	size_t n = 0;

	for (word = strtok(text, ","); word; word = strtok(NULL, ",")) {
		if (n == SGNL_VLAN_DEPTH)
			fail("third id \"%s\": expected %s", word, expected);
		vlan[n++] = args_number(word, "vlan", 0, 4095, expected);
	}
	return n;
}
