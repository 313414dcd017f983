/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SGNL_TOOL_OPTIONS_H
#define _SGNL_TOOL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	bool json;
	bool pretty;
	bool statistics;
	bool details;
	bool oneline;
	bool preview; /* show the sessions that would end, and change nothing */
	uint8_t fate; /* SGNL_FATE_... of the sessions of what a change affects */
	uint32_t confirm; /* seconds, or 0 */
};

extern struct options options;

#endif
