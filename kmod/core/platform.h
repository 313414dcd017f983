/* SPDX-License-Identifier: GPL-2.0 */
/* Platform traffic, which no rule can block, and what a guest may never send. */
#ifndef SGNL_CORE_PLATFORM_H
#define SGNL_CORE_PLATFORM_H

#include "key.h"
#include "reason.h"

enum sgnl_reason sgnl_platform_match(const struct sgnl_key *key);
enum sgnl_reason sgnl_platform_forbidden(const struct sgnl_key *key);
bool sgnl_platform_smtp_denied(const struct sgnl_key *key, u8 smtp);

#endif
