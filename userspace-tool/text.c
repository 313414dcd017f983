// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/sgnl.h>

#include "core/reason.h"
#include "mem.h"
#include "text.h"

const char *const words_direction[] = { "in", "out", NULL };
const char *const words_policy[] = { "allow", "deny", NULL };
const char *const words_group_type[] = { "basic", "enterprise", NULL };
const char *const words_internal[] = { "accept", "drop", NULL };
const char *const words_side[] = { "guest", "self", NULL };
const char *const words_smtp[] = { "deny", "allow", "private", NULL };
const char *const words_switch[] = { "off", "on", NULL };
const char *const words_pmtud[] = { "open", "strict", NULL };
const char *const words_session_event[] = { "new", "end", NULL };
const char *const words_fate[] = { "keep", "revalidate", "cut", NULL };
const char *const words_family[] = { "ipv4", "ipv6", NULL };
const char *const words_platform_item[] = {
	"arp", "neighbour", "mld", "dhcp", "pmtud", "metaserver", "slb", "probe", NULL,
};

const char *const words_session_state[] = {
	"opened", "established", "closing", "reset", "cut", NULL,
};

const char *const words_session_phase[] = {
	"opened", "opened-fin", "established", "fin-opener", "fin-answerer", "closing", "cut", NULL,
};

const char *const words_session_outcome[] = { "loaded", "present", "expired", "refused", NULL };

const char *const words_reset_by[] = { "none", "opener", "answerer", "both", NULL };

const char *word_text(const char *const words[], unsigned int n)
{
	unsigned int i;

	for (i = 0; words[i]; i++)
		if (i == n)
			return words[i];
	return mem_printf("%u", n);
}

const char *reason_text(unsigned int reason)
{
	return reason <= SGNL_REASON_MAX ? sgnl_reasons[reason].name : mem_printf("%u", reason);
}

/* The first name of a number is the one that is shown. */
static const struct {
	const char *name;
	uint16_t proto;
} protocols[] = {
	{ "tcp", IPPROTO_TCP },	    { "udp", IPPROTO_UDP },	  { "icmp", IPPROTO_ICMP },
	{ "icmpv4", IPPROTO_ICMP }, { "icmpv6", IPPROTO_ICMPV6 }, { "gre", IPPROTO_GRE },
	{ "all", SGNL_PROTO_ALL },
};

#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

bool protocol_named(const char *word, uint16_t *proto)
{
	size_t i;

	for (i = 0; i < PROTOCOLS; i++)
		if (!strcmp(protocols[i].name, word)) {
			*proto = protocols[i].proto;
			return true;
		}
	return false;
}

const char *protocol_text(uint16_t proto)
{
	size_t i;

	for (i = 0; i < PROTOCOLS; i++)
		if (protocols[i].proto == proto)
			return protocols[i].name;
	return mem_printf("%u", proto);
}

bool number_read(const char *word, unsigned long min, unsigned long max, int base,
		 unsigned long *value)
{
	char *end;

	/* strtoul() lets spaces, signs and, in base 16, nothing at all pass. */
	if (!strchr("0123456789", word[0]) || !word[0])
		return false;
	errno = 0;
	*value = strtoul(word, &end, base);
	return !errno && !*end && *value >= min && *value <= max;
}

bool address_read(const char *word, struct sgnl_prefix *address)
{
	unsigned char bytes[16];

	*address = (struct sgnl_prefix){};
	if (inet_pton(AF_INET, word, bytes) == 1)
		sgnl_addr_read(&address->addr, &address->family, bytes, 4);
	else if (inet_pton(AF_INET6, word, bytes) == 1)
		sgnl_addr_read(&address->addr, &address->family, bytes, 16);
	else
		return false;
	address->len = sgnl_family_bits(address->family);
	return true;
}

bool prefix_read(const char *word, struct sgnl_prefix *prefix)
{
	char *text = mem_string(word), *slash = strchr(text, '/');
	unsigned long len;

	if (slash)
		*slash = '\0';
	if (!address_read(text, prefix))
		return false;
	if (slash) {
		if (!number_read(slash + 1, 0, prefix->len, 10, &len))
			return false;
		prefix->len = len;
	}
	sgnl_prefix_mask(prefix);
	return true;
}

bool ports_read(const char *word, struct sgnl_port_range *ports)
{
	char *first = mem_string(word), *slash = strchr(first, '/');
	unsigned long min, max;

	*ports = SGNL_PORTS_ALL;
	if (!strcmp(word, "-1/-1"))
		return true;
	if (slash)
		*slash = '\0';
	if (!number_read(first, 1, 65535, 10, &min) ||
	    !number_read(slash ? slash + 1 : first, 1, 65535, 10, &max) || min > max)
		return false;
	*ports = (struct sgnl_port_range){ .min = min, .max = max };
	return true;
}

const char *address_text(const struct sgnl_prefix *address)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	int family = address->family == SGNL_FAMILY_IPV6 ? AF_INET6 : AF_INET;

	sgnl_addr_write(bytes, &address->addr, address->family);
	return mem_string(inet_ntop(family, bytes, text, sizeof(text)));
}

const char *prefix_text(const struct sgnl_prefix *prefix)
{
	return mem_printf("%s/%u", address_text(prefix), prefix->len);
}

const char *ports_text(const struct sgnl_port_range *ports)
{
	if (ports->min == 0)
		return "-1/-1";
	return mem_printf("%u/%u", ports->min, ports->max);
}

const char *utc_text(time_t at)
{
	char text[32];
	struct tm tm;

	if (!gmtime_r(&at, &tm) || !strftime(text, sizeof(text), UTC_FORMAT, &tm))
		return NULL;
	return mem_string(text);
}

const char *rule_id_text(uint32_t id)
{
	return mem_printf("sgr-%u", id);
}

static bool plain(const char *word)
{
	const unsigned char *c = (const unsigned char *)word;

	if (!*c || *c == '#')
		return false;
	for (; *c; c++)
		if (*c <= ' ' || *c == 0x7f || *c == '"' || *c == '\\')
			return false;
	return true;
}

const char *quoted(const char *word)
{
	if (plain(word))
		return word;
	obstack_1grow(&mem, '"');
	for (; *word; word++) {
		unsigned char c = *word;

		if (c == '"' || c == '\\')
			obstack_printf(&mem, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			obstack_printf(&mem, "\\x%02x", c);
		else
			obstack_1grow(&mem, c);
	}
	obstack_grow0(&mem, "\"", 1);
	return obstack_finish(&mem);
}
