/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One try of a noun against its twin; true if they agree. The unit tests make
 * many with random numbers, the fuzzers (selftests/fuzz) with numbers of their
 * choice.
 */
#ifndef SGNL_UNIT_TRIAL_H
#define SGNL_UNIT_TRIAL_H

#include <linux/types.h>
#include <linux/sgnl.h>

/* How often each reason was reached. */
typedef unsigned long reasons_seen[SGNL_REASON_MAX + 1];

/* A policy, and so many look-ups in it. */
bool try_policy(unsigned int look_ups, reasons_seen seen);

#endif
