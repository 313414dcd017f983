// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "core/reason.h"
#include "error.h"
#include "kernel.h"
#include "link.h"
#include "mem.h"
#include "object.h"
#include "print.h"
#include "text.h"

/* The namespace has values, a port has packets by direction and reason. */
static const struct column columns[] = {
	{ "device", "DEV", 0 },
	{ "direction", "DIR", 0 },
	{ "name", "NAME", 0 },
	{ "value", "VALUE", COLUMN_RIGHT },
	{ "verdict", "VERDICT", 0 },
	{ "packets", "PACKETS", COLUMN_RIGHT },
	{ "text", "TEXT", COLUMN_DETAILS },
	{},
};

struct counter {
	uint8_t reason;
	uint64_t packets;
};

struct counters {
	struct port_counter {
		const char *device;
		uint8_t direction;
		struct counter counter;
	} * v;
	size_t n;
	size_t room;
};

struct values {
	struct value {
		const char *name;
		uint64_t value;
	} * v;
	size_t n;
	size_t room;
};

struct stats {
	struct values values;
	struct counters counters;
	uint32_t ifindex; /* of the only port wanted, or 0 */
};

static struct counter get_counter(const struct nlattr *nest)
{
	struct counter counter = {};
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_COUNTER_REASON:
			counter.reason = attr_u8(attr);
			break;
		case SGNL_A_COUNTER_PACKETS:
			counter.packets = attr_u64(attr);
			break;
		}
	}
	return counter;
}

static uint32_t get_ifindex(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	attr_for_each(attr, nlh)
		if (mnl_attr_get_type(attr) == SGNL_A_STATS_IFINDEX)
			return attr_u32(attr);
	return 0;
}

static void add_counter(struct counters *counters, const char *device, uint8_t direction,
			struct counter counter)
{
	*vec_add(counters) = (struct port_counter){
		.device = device,
		.direction = direction,
		.counter = counter,
	};
}

/* The kernel leaves out counters that are zero; -d shows them as well. */
static void get_direction(struct counters *counters, const char *device, uint8_t direction,
			  const struct nlmsghdr *nlh)
{
	unsigned int type = direction == SGNL_DIRECTION_IN ? SGNL_A_STATS_COUNTER_IN :
							     SGNL_A_STATS_COUNTER_OUT;
	bool seen[UINT8_MAX + 1] = {};
	const struct nlattr *attr;
	unsigned int reason;

	attr_for_each(attr, nlh) {
		struct counter counter;

		if (mnl_attr_get_type(attr) != type)
			continue;
		counter = get_counter(attr);
		seen[counter.reason] = true;
		add_counter(counters, device, direction, counter);
	}
	if (!options.details)
		return;
	for (reason = SGNL_REASON_UNSPEC + 1; reason <= SGNL_REASON_MAX; reason++)
		if (!seen[reason])
			add_counter(counters, device, direction,
				    (struct counter){ .reason = reason });
}

static void get_port(struct counters *counters, uint32_t ifindex, const struct nlmsghdr *nlh)
{
	const char *device = link_name(ifindex);

	get_direction(counters, device, SGNL_DIRECTION_IN, nlh);
	get_direction(counters, device, SGNL_DIRECTION_OUT, nlh);
}

static void get_values(struct values *values, const struct nlmsghdr *nlh)
{
	static const char *const names[] = {
		[SGNL_A_STATS_GROUPS] = "groups",
		[SGNL_A_STATS_PORTS] = "ports",
		[SGNL_A_STATS_MEMBERS] = "members",
		[SGNL_A_STATS_SESSIONS] = "sessions",
		[SGNL_A_STATS_POLICIES] = "policies",
		[SGNL_A_STATS_POLICIES_COMPILED] = "policies-compiled",
		[SGNL_A_STATS_EVENTS_LOST] = "events-lost",
		[SGNL_A_STATS_GENERATION] = "generation",
		[SGNL_A_STATS_CONFIRM] = "confirm",
		[SGNL_A_STATS_SESSION_BYTES] = "session-bytes",
	};
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		unsigned int type = mnl_attr_get_type(attr);
		struct value value;

		if (type >= sizeof(names) / sizeof(names[0]) || !names[type])
			continue;
		value.name = names[type];
		value.value = mnl_attr_get_payload_len(attr) == sizeof(uint32_t) ? attr_u32(attr) :
										   attr_u64(attr);
		if (value.value || options.details)
			*vec_add(values) = value;
	}
}

static void get_stats(const struct nlmsghdr *nlh, void *data)
{
	uint32_t ifindex = get_ifindex(nlh);
	struct stats *stats = data;

	if (ifindex && (!stats->ifindex || stats->ifindex == ifindex))
		get_port(&stats->counters, ifindex, nlh);
	else if (!ifindex && !stats->ifindex)
		get_values(&stats->values, nlh);
}

static json_t *value_row(const struct value *value)
{
	json_t *row = json_object();

	row_text(row, "name", value->name);
	row_number(row, "value", value->value);
	return row;
}

static json_t *counter_row(const struct port_counter *port)
{
	const struct counter *counter = &port->counter;
	const struct sgnl_reason_info *info = NULL;
	json_t *row = json_object();

	if (counter->reason <= SGNL_REASON_MAX)
		info = &sgnl_reasons[counter->reason];
	row_text(row, "device", port->device);
	row_text(row, "direction", word_text(words_direction, port->direction));
	row_text(row, "name", reason_text(counter->reason));
	if (info)
		row_text(row, "verdict", info->passes ? "pass" : "drop");
	row_number(row, "packets", counter->packets);
	if (info)
		row_text(row, "text", info->text);
	return row;
}

static void stats_show(struct args *args)
{
	const char *device = args_peek(args) ? args_next(args, "device", "") : NULL;
	char room[KERNEL_MESSAGE_MAX];
	struct stats stats = {};
	size_t i;
	int error;

	args_end(args);
	if (device)
		stats.ifindex = link_index(device);
	/* Counters never stand still: a dump that others changed is as good. */
	error = kernel_dump(kernel_message(room, SGNL_CMD_STATS_GET), get_stats, &stats);
	if (error && error != -EINTR)
		fail_kernel("%s", kernel_failure.text);
	print_begin(columns);
	for (i = 0; i < stats.values.n; i++)
		print_row(value_row(&stats.values.v[i]), NULL);
	for (i = 0; i < stats.counters.n; i++)
		print_row(counter_row(&stats.counters.v[i]), NULL);
	print_end();
}

const struct object stats_object = {
	.name = "stats",
	.usage = "Usage: sgnl stats [DEV]\n",
	.run = stats_show,
};
