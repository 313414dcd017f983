// SPDX-License-Identifier: GPL-2.0
/* Filters of tc(8) that take packets from a device, or put them on one. */
#include <string.h>

#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>

#include "doctor.h"
#include "kernel.h"
#include "mem.h"
#include "netlink.h"

/* Where filters of a device are asked for, and whose they are. */
struct place {
	const struct device *device;
	bool egress;
};

static VEC(struct place) places;

static struct nlmsghdr *message(void *room, uint16_t type, uint32_t ifindex, uint32_t parent)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);
	struct tcmsg *tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));

	nlh->nlmsg_type = type;
	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = parent;
	return nlh;
}

static void found(const struct place *place, const struct tc_mirred *mirred)
{
	bool redirects = mirred->eaction == TCA_EGRESS_REDIR ||
			 mirred->eaction == TCA_INGRESS_REDIR;
	bool transmits = mirred->eaction == TCA_EGRESS_REDIR ||
			 mirred->eaction == TCA_EGRESS_MIRROR;
	const struct device *target = doctor_device(mirred->ifindex);

	/* What a device transmits is judged before its filters see it. */
	if (redirects && !place->egress)
		doctor_found(place->device, strcmp(target->kind, "ifb") ? "tc-redirect" : "ifb",
			     mem_printf("received packets go to %s before they are judged",
					target->name));
	if (transmits)
		doctor_found(target, "tc-redirect",
			     mem_printf("packets that %s %s come here unjudged",
					place->device->name,
					place->egress ? "transmits" : "receives"));
}

static void get_action(const struct place *place, const struct nlattr *action)
{
	const struct nlattr *attr, *options = NULL;
	const char *kind = "";

	mnl_attr_for_each_nested(attr, action) {
		if (mnl_attr_get_type(attr) == TCA_ACT_KIND)
			kind = attr_string(attr);
		else if (mnl_attr_get_type(attr) == TCA_ACT_OPTIONS)
			options = attr;
	}
	if (strcmp(kind, "mirred") || !options)
		return;
	mnl_attr_for_each_nested(attr, options) {
		if (mnl_attr_get_type(attr) == TCA_MIRRED_PARMS &&
		    mnl_attr_get_payload_len(attr) >= sizeof(struct tc_mirred))
			found(place, mnl_attr_get_payload(attr));
	}
}

/* Each kind of filter has its actions in an attribute of its own. */
static uint16_t actions_attr(const char *kind)
{
	static const struct {
		const char *kind;
		uint16_t attr;
	} kinds[] = {
		{ "basic", TCA_BASIC_ACT },	  { "bpf", TCA_BPF_ACT },
		{ "cgroup", TCA_CGROUP_ACT },	  { "flow", TCA_FLOW_ACT },
		{ "flower", TCA_FLOWER_ACT },	  { "fw", TCA_FW_ACT },
		{ "matchall", TCA_MATCHALL_ACT }, { "route", TCA_ROUTE4_ACT },
		{ "u32", TCA_U32_ACT },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].attr;
	return 0;
}

static int get_filter(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *action, *options = NULL;
	uint16_t actions = 0;

	mnl_attr_for_each(attr, nlh, sizeof(struct tcmsg)) {
		if (mnl_attr_get_type(attr) == TCA_KIND)
			actions = actions_attr(attr_string(attr));
		else if (mnl_attr_get_type(attr) == TCA_OPTIONS)
			options = attr;
	}
	if (!actions || !options)
		return MNL_CB_OK;
	mnl_attr_for_each_nested(attr, options) {
		if (mnl_attr_get_type(attr) != actions)
			continue;
		mnl_attr_for_each_nested(action, attr)
			get_action(data, action);
	}
	return MNL_CB_OK;
}

static int get_qdisc(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	const char *kind = "";

	(void)data;
	mnl_attr_for_each(attr, nlh, sizeof(*tcm))
		if (mnl_attr_get_type(attr) == TCA_KIND)
			kind = attr_string(attr);
	if (!strcmp(kind, "ingress") || !strcmp(kind, "clsact"))
		*vec_add(&places) = (struct place){ .device = doctor_device(tcm->tcm_ifindex) };
	/* An ingress qdisc would answer for egress with the same filters. */
	if (!strcmp(kind, "clsact"))
		*vec_add(&places) = (struct place){
			.device = doctor_device(tcm->tcm_ifindex),
			.egress = true,
		};
	return MNL_CB_OK;
}

void doctor_redirects(void)
{
	char room[256];
	size_t i;

	netlink_dump(NETLINK_ROUTE, message(room, RTM_GETQDISC, 0, 0), get_qdisc, NULL);
	for (i = 0; i < places.n; i++) {
		struct place *place = &places.v[i];
		uint32_t parent =
			TC_H_MAKE(TC_H_CLSACT, place->egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);

		netlink_dump(NETLINK_ROUTE,
			     message(room, RTM_GETTFILTER, place->device->ifindex, parent),
			     get_filter, place);
	}
}
