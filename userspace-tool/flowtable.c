// SPDX-License-Identifier: GPL-2.0
/* Flowtables of nft(8), whose packets are forwarded from the device itself. */
#include <arpa/inet.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "doctor.h"
#include "kernel.h"
#include "mem.h"
#include "netlink.h"

static void get_hook(const char *detail, const struct nlattr *hook)
{
	const struct nlattr *attr, *name;

	mnl_attr_for_each_nested(attr, hook) {
		if (mnl_attr_get_type(attr) != NFTA_FLOWTABLE_HOOK_DEVS)
			continue;
		mnl_attr_for_each_nested(name, attr) {
			if (mnl_attr_get_type(name) == NFTA_DEVICE_NAME)
				doctor_found(doctor_looked_at(attr_string(name)), "flowtable",
					     detail);
		}
	}
}

static int get_flowtable(const struct nlmsghdr *nlh, void *data)
{
	const char *table = "", *name = "", *offload = "";
	const struct nlattr *attr, *hook = NULL;

	(void)data;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(attr)) {
		case NFTA_FLOWTABLE_TABLE:
			table = attr_string(attr);
			break;
		case NFTA_FLOWTABLE_NAME:
			name = attr_string(attr);
			break;
		case NFTA_FLOWTABLE_FLAGS:
			if (ntohl(attr_u32(attr)) & NFT_FLOWTABLE_HW_OFFLOAD)
				offload = ", in hardware";
			break;
		case NFTA_FLOWTABLE_HOOK:
			hook = attr;
			break;
		}
	}
	if (hook)
		get_hook(mem_printf("%s of table %s%s", name, table, offload), hook);
	return MNL_CB_OK;
}

void doctor_flowtables(void)
{
	char room[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETFLOWTABLE;
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	netlink_dump(NETLINK_NETFILTER, nlh, get_flowtable, NULL);
}
