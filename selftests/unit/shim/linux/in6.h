/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers of protocols, from the C library, whose <netinet/in.h> tests need too. */
#include <netinet/in.h>
