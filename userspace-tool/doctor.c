// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "doctor.h"
#include "error.h"
#include "kernel.h"
#include "link.h"
#include "mem.h"
#include "netlink.h"
#include "object.h"
#include "print.h"
#include "state.h"

static const struct column columns[] = {
	{ "device", "DEV", 0 },
	{ "what", "WHAT", 0 },
	{ "detail", "DETAIL", 0 },
	{},
};

struct finding {
	const struct device *device;
	const char *what;
	const char *detail;
};

static VEC(struct device) devices;
static VEC(struct finding) findings;

static struct device *find_device(uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < devices.n; i++)
		if (devices.v[i].ifindex == ifindex)
			return &devices.v[i];
	return NULL;
}

const struct device *doctor_device(uint32_t ifindex)
{
	struct device *device = find_device(ifindex);

	if (device)
		return device;
	device = mem_alloc(sizeof(*device));
	*device = (struct device){
		.name = mem_printf("if%u", ifindex),
		.kind = "",
		.ifindex = ifindex,
	};
	return device;
}

const struct device *doctor_looked_at(const char *name)
{
	size_t i;

	for (i = 0; i < devices.n; i++)
		if (devices.v[i].looked_at && !strcmp(devices.v[i].name, name))
			return &devices.v[i];
	return NULL;
}

void doctor_found(const struct device *device, const char *what, const char *detail)
{
	size_t i;

	if (!device || !device->looked_at)
		return;
	for (i = 0; i < findings.n; i++) {
		const struct finding *f = &findings.v[i];

		if (f->device == device && !strcmp(f->what, what) && !strcmp(f->detail, detail))
			return;
	}
	*vec_add(&findings) = (struct finding){ device, what, detail };
}

static const char *get_kind(const struct nlattr *info)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, info)
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			return mem_string(attr_string(attr));
	return "";
}

static void get_xdp(struct device *device, const struct nlattr *xdp)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, xdp) {
		if (mnl_attr_get_type(attr) == IFLA_XDP_ATTACHED)
			device->xdp_mode = attr_u8(attr);
		else if (mnl_attr_get_type(attr) == IFLA_XDP_PROG_ID)
			device->xdp_program = attr_u32(attr);
	}
}

static int get_device(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct device device = { .name = "", .kind = "", .ifindex = ifi->ifi_index };
	const struct nlattr *attr;

	(void)data;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			device.name = mem_string(attr_string(attr));
			break;
		case IFLA_LINKINFO:
			device.kind = get_kind(attr);
			break;
		case IFLA_XDP:
			get_xdp(&device, attr);
			break;
		case IFLA_PHYS_SWITCH_ID:
			device.switched = true;
			break;
		}
	}
	*vec_add(&devices) = device;
	return MNL_CB_OK;
}

static void read_devices(void)
{
	char room[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	nlh->nlmsg_type = RTM_GETLINK;
	ifi->ifi_family = AF_UNSPEC;
	netlink_dump(NETLINK_ROUTE, nlh, get_device, NULL);
}

static bool is_one_of(const char *kind, const char *const kinds[])
{
	for (; *kinds; kinds++)
		if (!strcmp(*kinds, kind))
			return true;
	return false;
}

static void check_side(const struct device *device, uint8_t side)
{
	static const char *const owners[] = { "macvlan", "macvtap", "ipvlan", "ipvtap", NULL };

	if (side == SGNL_SIDE_SELF && !strcmp(device->kind, "tun"))
		doctor_found(device, "side", "self, on the host's end of a tun or tap device");
	if (side != SGNL_SIDE_GUEST)
		return;
	if (is_one_of(device->kind, owners))
		doctor_found(device, "side",
			     mem_printf("guest, on a %s whose owner sends through it",
					device->kind));
	/* The port of a switch may stand for what is behind it. */
	if (!*device->kind && !device->switched)
		doctor_found(device, "side", "guest, on a device of this host's own");
}

static void check_device(const struct device *device)
{
	static const char *const modes[] = {
		[XDP_ATTACHED_DRV] = "in the driver",
		[XDP_ATTACHED_SKB] = "generic",
		[XDP_ATTACHED_HW] = "in hardware",
		[XDP_ATTACHED_MULTI] = "several",
	};

	if (device->xdp_mode != XDP_ATTACHED_NONE) {
		const char *mode = device->xdp_mode <= XDP_ATTACHED_MULTI ?
					   modes[device->xdp_mode] :
					   "attached";

		doctor_found(device, "xdp",
			     device->xdp_program ?
				     mem_printf("program %u, %s", device->xdp_program, mode) :
				     mem_printf("programs, %s", mode));
	}
	if (!strcmp(device->kind, "netkit"))
		doctor_found(device, "netkit", "programs at either end run before the hooks");
	if (!strcmp(device->kind, "ifb"))
		doctor_found(device, "ifb", "it has other devices' packets");
	doctor_offload(device);
}

static int compare(const void *a, const void *b)
{
	const struct finding *fa = a, *fb = b;
	int order = strcmp(fa->device->name, fb->device->name);

	order = order ?: strcmp(fa->what, fb->what);
	return order ?: strcmp(fa->detail, fb->detail);
}

static void print(void)
{
	size_t i;

	vec_sort(&findings, compare);
	print_begin(columns);
	for (i = 0; i < findings.n; i++) {
		json_t *row = row_one("device", findings.v[i].device->name);

		row_text(row, "what", findings.v[i].what);
		row_text(row, "detail", findings.v[i].detail);
		print_row(row, NULL);
	}
	print_end();
}

static void doctor(struct args *args)
{
	const char *name = args_peek(args) ? args_next(args, "device", "") : NULL;
	uint32_t only = name ? link_index(name) : 0;
	struct state state = {};
	struct device *device;
	size_t i;

	args_end(args);
	state_ports(&state, 0);
	read_devices();
	for (i = 0; i < state.ports.n; i++) {
		device = find_device(state.ports.v[i].ifindex);
		if (!device || (only && device->ifindex != only))
			continue;
		device->looked_at = true;
		check_side(device, state.ports.v[i].side);
	}
	/* One that is given may be no port yet. */
	device = only ? find_device(only) : NULL;
	if (device)
		device->looked_at = true;
	for (i = 0; i < devices.n; i++)
		if (devices.v[i].looked_at)
			check_device(&devices.v[i]);
	doctor_redirects();
	doctor_flowtables();
	doctor_xdp_sockets();
	print();
	if (findings.n)
		exit_status = STATUS_REFUSED;
}

const struct object doctor_object = {
	.name = "doctor",
	.usage = "Usage: sgnl doctor [DEV]\n",
	.run = doctor,
};
