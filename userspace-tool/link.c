// SPDX-License-Identifier: GPL-2.0
#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "error.h"
#include "link.h"
#include "mem.h"

/*
 * All links are read once, since a batch or an answer may name many, and
 * followed from then on, since the monitor runs for long.
 */
static struct nl_cache_mngr *manager;
static struct nl_cache *links;

static int links_open(void)
{
	int error = nl_cache_mngr_alloc(NULL, NETLINK_ROUTE, NL_AUTO_PROVIDE, &manager);

	return error ?: nl_cache_mngr_add(manager, "route/link", NULL, NULL, &links);
}

static void links_read(void)
{
	int error;

	/* Where more has changed than the socket had room for, all are read anew. */
	if (manager && nl_cache_mngr_data_ready(manager) < 0) {
		nl_cache_mngr_free(manager);
		manager = NULL;
	}
	error = manager ? 0 : links_open();
	if (error)
		fail_kernel("reading the links: %s", nl_geterror(error));
}

unsigned int link_index(const char *name)
{
	struct rtnl_link *link;
	unsigned int index;

	links_read();
	link = rtnl_link_get_by_name(links, name);
	if (!link)
		fail("device \"%s\": expected a device of this network namespace", name);
	index = rtnl_link_get_ifindex(link);
	rtnl_link_put(link);
	return index;
}

const char *link_name(unsigned int index)
{
	struct rtnl_link *link;
	const char *name;

	links_read();
	link = rtnl_link_get(links, index);
	if (!link)
		return mem_printf("if%u", index);
	name = mem_string(rtnl_link_get_name(link));
	rtnl_link_put(link);
	return name;
}
