# sgnl: the kernel module and the tool. `make help` lists what can be made.
#
# All output is in build/: the module once for each kernel in build/<release>/, the tool in build/tool/.

VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
PREFIX  ?= /usr/local
KDIR    ?= /lib/modules/$(shell uname -r)/build
KERNEL  ?= 6.12

# Empty when there are no headers in KDIR
release := $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)

# kbuild puts its objects beside the sources: each kernel gets a copy of them, made of links.
# One make at a time may be in it, for guests that start side by side all build first.
# BTF would need the kernel's own, which Debian's headers do not have.
copy   := $(CURDIR)/build/$(release)
kbuild  = $(MAKE) -C $(KDIR) M=$(copy) CONFIG_DEBUG_INFO_BTF_MODULES= \
	$(if $(shell grep -s '^CONFIG_UML=y' $(KDIR)/.config),ARCH=um)
tool    = $(MAKE) -C userspace-tool O=$(CURDIR)/build/tool PREFIX=$(PREFIX) VERSION=$(VERSION)

all: $(if $(release),module) tool ## module for the running kernel, if its headers are here, and tool

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]* ## /\1\t/p' Makefile | expand -t 12

deps: ## install what is missing from Debian's packages (root)
	@selftests/install-deps.sh all

module: ## sgnl.ko for one kernel: KDIR=headers (the running kernel's); STRICT=1: warnings are errors
	$(if $(release),,$(error no kernel headers in $(KDIR)))
	@mkdir -p $(copy)
	+@exec 9>$(copy)/.lock && flock 9 && \
	cp -rsf $(CURDIR)/Kbuild $(CURDIR)/kmod $(CURDIR)/uapi $(copy)/ && \
	find $(copy) -xtype l -delete && \
	$(kbuild) $(if $(STRICT),W=1 KCFLAGS=-Werror) modules

modules: ## sgnl.ko for Debian's 6.1 and 6.12, strictly; UML=1: for the UML kernel of the tests too
	+$(MAKE) module STRICT=1 KDIR=$$(selftests/qemu/kernel.sh 6.1)
	+$(MAKE) module STRICT=1 KDIR=$$(selftests/qemu/kernel.sh 6.12)
	+$(if $(UML),$(MAKE) module STRICT=1 KDIR=$$(selftests/kernel/build.sh uml-debug))

tool: ## the tool
	@mkdir -p build/tool
	+@exec 9>build/tool/.lock && flock 9 && $(tool)

demo: $(if $(HERE),all) ## a small cloud of namespaces, step by step, in a guest with 6.12; HERE=1: on this host
ifdef HERE
	@PATH=$(CURDIR)/build/tool:$$PATH SGNL_MODULE=$(copy)/sgnl.ko selftests/demo.sh
else
	@selftests/guest.sh -k 6.12 selftests/demo.sh
endif

check: ## all tests; the last line is: N passed, M failed; BEDS=all: in smp-debug and smp-kcsan too
	@selftests/install-deps.sh all
	@selftests/run.sh

bench: ## what packets cost, ours and peers', into selftests/bench/results/
	@selftests/bench/run.sh

soak: ## long tests over and over for HOURS=1, in SOAK_BEDS=uml-debug,smp-debug
	@selftests/soak.sh

guest: export RUN := $(value RUN)
guest: ## RUN='command' in a guest with the module; KERNEL=6.1|6.12|uml-debug|smp-debug|smp-kcsan; JUMP=1: time passes at once
	@selftests/guest.sh -k $(KERNEL) $(if $(JUMP),-t) "$${RUN:?say RUN=\'command\'}"

# DKMS builds the module anew for each kernel that comes; without it, it is there for this one only.
source := /usr/src/sgnl-$(VERSION)
install: tool ## module (by DKMS where that is installed), tool, man page; PREFIX=/usr/local
	+$(tool) install
ifneq ($(wildcard /usr/sbin/dkms),)
	-[ ! -d $(source) ] || dkms remove sgnl/$(VERSION) --all
	rm -rf $(source)
	mkdir -p $(source)
	cp -r Kbuild dkms.conf COPYING kmod uapi $(source)/
	dkms install sgnl/$(VERSION) -k $(release) --kernelsourcedir $(KDIR)
else
	+$(MAKE) module
	+$(kbuild) CONFIG_MODULE_SIG_ALL= modules_install
	depmod $(release)
endif

uninstall: ## what install put in place
	-[ ! -d $(source) ] || dkms remove sgnl/$(VERSION) --all
	rm -rf $(source)
	find /lib/modules/$(release) -name 'sgnl.ko*' -delete
	depmod $(release)
	rm -f $(PREFIX)/bin/sgnl $(PREFIX)/share/man/man8/sgnl.8 $(PREFIX)/share/bash-completion/completions/sgnl

clean: ## remove build/
	rm -rf build

.PHONY: all help deps module modules tool demo check bench soak guest install uninstall clean
