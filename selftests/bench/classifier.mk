# SPDX-License-Identifier: GPL-2.0
# `make -f classifier.mk run`: what classifier_bench.c measures of kmod/core/, with the kernel's flags.

top    := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
O      ?= $(top)/build/bench
# What a kernel is built with, as far as it changes such code
CFLAGS ?= -O2 -mgeneral-regs-only -fno-strict-aliasing

core := $(filter-out %/list.c,$(wildcard $(top)/kmod/core/*.c))

$(O)/classifier: $(top)/selftests/bench/classifier_bench.c $(wildcard $(top)/kmod/core/*.[ch])
	@mkdir -p $(@D)
	for f in $(wildcard $(top)/kmod/core/*.c); do \
		$(CC) -std=gnu11 -Wall -Wextra $(CFLAGS) -I$(top)/selftests/unit/shim -I$(top)/uapi -c -o $(O)/$$(basename $$f .c).o $$f || exit; \
	done
	$(CC) -std=gnu11 -Wall -Wextra -O2 -I$(top)/selftests/unit/shim -I$(top)/uapi -I$(top)/kmod/core \
		-o $@ $< $(O)/*.o

run: $(O)/classifier
	$(O)/classifier

.PHONY: run
