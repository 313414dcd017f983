#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# modules.sh: the module builds for both stock kernels without a word from gcc (W=1) or sparse, needs
# no other module, and the kernels have what selftests/config asks for.
set -eu
# shellcheck source=selftests/check/lib.sh
. "$(dirname "$0")/lib.sh"

# Guests build too, and in the same place.
build() { # KDIR
	flock build/.lock make -s module STRICT=1 KDIR="$1"
}

# run_sparse KDIR RELEASE: goes over every file, whether it has to be built or not; with the flags of the build, so that
# none has to.
run_sparse() {
	flock build/.lock make -C "$1" M="$top/build/$2" CONFIG_DEBUG_INFO_BTF_MODULES= W=1 KCFLAGS=-Werror C=2 modules \
		>"$work/sparse" 2>&1 &&
		grep -c 'CHECK .*kmod/' "$work/sparse"
}

sparse() {
	local files
	files=$(run_sparse "$@") || {
		cat "$work/sparse"
		return 1
	}
	# As many as there are, or it looked at nothing.
	[ "$files" -ge "$(ours 'kmod/*.c' | wc -l)" ] || {
		echo "sparse saw $files files"
		return 1
	}
	! grep -A 3 'warning:\|error:' "$work/sparse"
}

no_depends() {
	local depends
	depends=$(modinfo -F depends "$1") || return
	[ -z "$depends" ] || {
		echo "$1 depends on: $depends"
		return 1
	}
}

config() {
	local line status=0
	while read -r line; do
		case $line in
		'' | \#*) continue ;;
		*=m) grep -q "^${line%=m}=[ym]$" "$1/.config" && continue ;;
		*) grep -qxF "$line" "$1/.config" && continue ;;
		esac
		echo "the kernel has no $line"
		status=1
	done <selftests/config
	return "$status"
}

mkdir -p build
for kernel in 6.1 6.12; do
	kdir=$(selftests/qemu/kernel.sh "$kernel")
	release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$kdir/include/generated/utsrelease.h")
	try "module: $kernel builds without a warning (W=1)" build "$kdir"
	try "module: $kernel, sparse has nothing to say" sparse "$kdir" "$release"
	try "module: $kernel, no other module is needed" no_depends "build/$release/sgnl.ko"
	try "module: $kernel has what selftests/config asks for" config "$kdir"
done
finish
