/* SPDX-License-Identifier: GPL-2.0 */
/* Network devices of this network namespace. */
#ifndef _SGNL_TOOL_LINK_H
#define _SGNL_TOOL_LINK_H

/* The device's number; ends the tool if there is no such device. */
unsigned int link_index(const char *name);
/* Its name, or "ifN" if it is gone. */
const char *link_name(unsigned int index);

#endif
