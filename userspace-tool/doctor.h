/* SPDX-License-Identifier: GPL-2.0 */
/* What passes by the hooks of a device. */
#ifndef _SGNL_TOOL_DOCTOR_H
#define _SGNL_TOOL_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

/* A device of this network namespace. */
struct device {
	const char *name;
	const char *kind; /* "" of hardware and the like */
	uint32_t ifindex;
	uint32_t xdp_program;
	uint8_t xdp_mode;
	bool switched; /* its packets may be forwarded by hardware */
	bool looked_at;
};

/* Devices that are unknown have an empty kind, and "ifN" as a name. */
const struct device *doctor_device(uint32_t ifindex);
/* NULL if there is none that is looked at. */
const struct device *doctor_looked_at(const char *name);
/* Says it once, and only of a device that is looked at. */
void doctor_found(const struct device *device, const char *what, const char *detail);

void doctor_redirects(void);
void doctor_flowtables(void);
void doctor_xdp_sockets(void);
void doctor_offload(const struct device *device);

#endif
