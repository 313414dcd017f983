// SPDX-License-Identifier: GPL-2.0
/* Features of a device that let hardware forward what the kernel never sees. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>

#include "doctor.h"
#include "error.h"
#include "mem.h"

static bool ask(int fd, const char *name, void *request)
{
	struct ifreq ifr = { .ifr_data = request };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return !ioctl(fd, SIOCETHTOOL, &ifr);
}

/* The names of all features; NULL if the device tells of none. */
static struct ethtool_gstrings *ask_names(int fd, const char *name)
{
	struct ethtool_sset_info *set = mem_alloc(sizeof(*set) + sizeof(uint32_t));
	struct ethtool_gstrings *names;

	set->cmd = ETHTOOL_GSSET_INFO;
	set->sset_mask = 1ULL << ETH_SS_FEATURES;
	if (!ask(fd, name, set) || !set->sset_mask)
		return NULL;
	names = mem_alloc(sizeof(*names) + set->data[0] * ETH_GSTRING_LEN);
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = set->data[0];
	return ask(fd, name, names) ? names : NULL;
}

static void get_features(int fd, const struct device *device)
{
	struct ethtool_gstrings *names = ask_names(fd, device->name);
	struct ethtool_gfeatures *features;
	uint32_t blocks, i;

	if (!names)
		return;
	blocks = (names->len + 31) / 32;
	features = mem_alloc(sizeof(*features) + blocks * sizeof(features->features[0]));
	features->cmd = ETHTOOL_GFEATURES;
	features->size = blocks;
	if (!ask(fd, device->name, features))
		return;
	for (i = 0; i < names->len; i++) {
		const char *name = (const char *)names->data + i * ETH_GSTRING_LEN;

		if (!(features->features[i / 32].active & 1U << i % 32))
			continue;
		if (!strcmp(name, "hw-tc-offload") || !strcmp(name, "l2-fwd-offload"))
			doctor_found(device, "offload", mem_printf("%s is on", name));
	}
}

void doctor_offload(const struct device *device)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail_kernel("socket: %s", strerror(errno));
	get_features(fd, device);
	close(fd);
	if (device->switched)
		doctor_found(device, "offload", "the port of a switch in hardware");
}
