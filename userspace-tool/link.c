// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "error.h"
#include "link.h"
#include "mem.h"

/*
 * For names all links are read once, since an answer may be about many, and
 * followed from then on, since the monitor runs for long.
 */
static struct nl_cache_mngr *manager;
static struct nl_cache *links;

/* Numbers are asked for one by one: a host may have very many links. */
static struct nl_sock *asker;

static void fail_links(int error)
{
	fail_kernel("reading the links: %s", nl_geterror(error));
}

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
		fail_links(error);
}

static int asker_open(void)
{
	asker = nl_socket_alloc();
	return asker ? nl_connect(asker, NETLINK_ROUTE) : -NLE_NOMEM;
}

unsigned int link_index(const char *name)
{
	struct rtnl_link *link = NULL;
	unsigned int index = 0;
	int error = 0;

	if (!asker)
		error = asker_open();
	if (error)
		fail_links(error);
	if (strlen(name) < IFNAMSIZ)
		error = rtnl_link_get_kernel(asker, 0, name, &link);
	if (error && error != -NLE_NODEV && error != -NLE_OBJ_NOTFOUND)
		fail_links(error);
	/* The kernel knows it by its other names too, which nothing else shows. */
	if (link && !strcmp(rtnl_link_get_name(link), name))
		index = rtnl_link_get_ifindex(link);
	rtnl_link_put(link);
	if (!index)
		fail("device \"%s\": expected a device of this network namespace", name);
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
