/* SPDX-License-Identifier: GPL-2.0 */
/* Dumps of other families than sgnl's own. */
#ifndef _SGNL_TOOL_NETLINK_H
#define _SGNL_TOOL_NETLINK_H

#include <libmnl/libmnl.h>

/*
 * Dumps what @nlh asks of the protocol @bus. A kernel that does not know what is
 * asked for has none of it. A dump that others changed is read once more, before
 * @reply sees anything of it.
 */
void netlink_dump(int bus, struct nlmsghdr *nlh, mnl_cb_t reply, void *data);

#endif
