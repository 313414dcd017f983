/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing here lies next to what others write. */
#define __read_mostly
