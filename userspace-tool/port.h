/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SGNL_TOOL_PORT_H
#define _SGNL_TOOL_PORT_H

#include "args.h"
#include "kernel.h"
#include "print.h"

/* What a command gives. */
enum {
	PORT_SIDE = 1,
	PORT_ADDRESSES = 2,
	PORT_GROUPS = 4,
	PORT_SMTP = 8,
	PORT_TRUNK = 16,
	PORT_ETHERTYPES = 32,
};

/* The lists are sorted and have nothing twice. */
struct port {
	const char *name;
	uint32_t ifindex;
	uint32_t id;
	unsigned int given;
	unsigned int line; /* of the file that it is from */
	uint8_t side;
	uint8_t smtp;
	uint8_t trunk;
	const char **groups;
	struct sgnl_prefix *addresses;
	uint16_t *ethertypes;
	size_t n_groups;
	size_t n_addresses;
	size_t n_ethertypes;
	uint32_t vpc;
	uint32_t rules;
	uint32_t sessions;
	uint64_t generation;
	uint8_t command; /* of an event */
};

bool port_same_groups(const struct port *a, const struct port *b);
bool port_same_addresses(const struct port *a, const struct port *b);
bool port_same_ethertypes(const struct port *a, const struct port *b);

void port_put(struct nlmsghdr *nlh, uint8_t cmd, const struct port *port);
struct port port_get(const struct nlmsghdr *nlh);
const char *port_words(const struct port *port);
json_t *port_row(const struct port *port);

#endif
