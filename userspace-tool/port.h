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
	PORT_ETHERTYPES = 8,
};

/* Settings of one number each; port.c has a row for each. */
enum {
	PORT_SMTP,
	PORT_TRUNK,
	PORT_GUARD,
	PORT_PMTUD,
	PORT_ADOPT,
	PORT_IDLE_ESTABLISHED,
	PORT_IDLE_CLOSING,
	PORT_IDLE_OTHER,
	PORT_SESSIONS,
	PORT_FOLLOW,
	PORT_SETTINGS,
};

/* The lists are sorted and have nothing twice. */
struct port {
	const char *name;
	uint32_t ifindex;
	uint32_t id;
	unsigned int given;
	unsigned int line; /* of the file that it is from */
	uint8_t side;
	uint32_t given_settings; /* bits, 1 << PORT_SMTP and so on */
	uint32_t setting[PORT_SETTINGS];
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

uint32_t port_settings_differ(const struct port *a, const struct port *b);
void port_put(struct nlmsghdr *nlh, uint8_t cmd, const struct port *port);
struct port port_get(const struct nlmsghdr *nlh);
const char *port_words(const struct port *port);
/* The words behind `port set`, of what is given. */
const char *port_set_words(const struct port *port);
/* A,B,C */
const char *port_group_words(const struct port *port);
json_t *port_row(const struct port *port);

#endif
