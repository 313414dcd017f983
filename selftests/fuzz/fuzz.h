/* SPDX-License-Identifier: GPL-2.0 */
/* What every fuzzer needs. */
#ifndef SGNL_FUZZ_H
#define SGNL_FUZZ_H

#include <linux/types.h>

/* Called by libFuzzer with each input. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* From here on rnd() and its like take their numbers from these bytes. */
void fuzz_begin(const u8 *data, size_t size);

/* The bytes as a text in a block of its own, to be freed. */
char *fuzz_text(const u8 *data, size_t size);

#endif
