/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SGNL_TOOL_OPTIONS_H
#define _SGNL_TOOL_OPTIONS_H

#include <stdbool.h>

struct options {
	bool json;
	bool pretty;
	bool statistics;
	bool details;
	bool oneline;
};

extern struct options options;

#endif
