// SPDX-License-Identifier: GPL-2.0
/* AF_XDP sockets, as the kernel tells of them if it was built to. */
#include <linux/sock_diag.h>
#include <linux/xdp_diag.h>
#include <sys/socket.h>

#include "doctor.h"
#include "kernel.h"
#include "mem.h"
#include "netlink.h"

static int get_socket(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	(void)data;
	mnl_attr_for_each(attr, nlh, sizeof(struct xdp_diag_msg)) {
		const struct xdp_diag_info *info = mnl_attr_get_payload(attr);

		if (mnl_attr_get_type(attr) == XDP_DIAG_INFO &&
		    mnl_attr_get_payload_len(attr) >= sizeof(*info) && info->ifindex)
			doctor_found(doctor_device(info->ifindex), "af-xdp",
				     mem_printf("a socket at queue %u", info->queue_id));
	}
	return MNL_CB_OK;
}

void doctor_xdp_sockets(void)
{
	char room[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);
	struct xdp_diag_req *request = mnl_nlmsg_put_extra_header(nlh, sizeof(*request));

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	request->sdiag_family = AF_XDP;
	request->xdiag_show = XDP_SHOW_INFO;
	netlink_dump(NETLINK_SOCK_DIAG, nlh, get_socket, NULL);
}
