#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# layout.sh [--write]: the structs that packets read or write lie in memory as selftests/check/layout.txt has them, by
# pahole, of sgnl.ko for Debian's 6.12. Another kernel or compiler may lay them out otherwise: there only the names of
# their fields are compared. --write makes the file what is there now; kmod/README.md says who writes each field.
set -eu
# shellcheck source=selftests/check/lib.sh
. "$(dirname "$0")/lib.sh"

layout=selftests/check/layout.txt
structs='sgnl_net sgnl_config sgnl_array
	sgnl_port sgnl_port_hook sgnl_port_conf sgnl_guard sgnl_stats sgnl_platform_stats
	sgnl_policy_entry sgnl_policy sgnl_policy_group sgnl_policy_rule sgnl_classifier sgnl_field
	sgnl_rule_entry sgnl_rule sgnl_counter sgnl_hits sgnl_prefix_list sgnl_port_list
	sgnl_platform_conf sgnl_platform sgnl_members sgnl_member sgnl_member_set sgnl_group_set
	sgnl_part tail sgnl_slot_state sgnl_chain sgnl_chain_link sgnl_hint sgnl_budget
	bucket datagram sgnl_fragment_seen sgnl_audit sgnl_audit_difference'

kdir=$(selftests/qemu/kernel.sh 6.12)
release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$kdir/include/generated/utsrelease.h")

build() {
	mkdir -p build
	flock build/.lock make -s module STRICT=1 KDIR="$kdir"
}

# What it holds for, and then all of them in this order; one that is not there is left out, and so is what pahole
# remarks on holes, which the places tell.
lay_out() { # OBJECT
	local name
	echo "pin kernel $release"
	echo "pin compiler gcc $(gcc -dumpfullversion), $(dpkg-query -W -f '${source:Version}' gcc-12-base)"
	pahole "$1" >"$work/pahole"
	for name in $structs; do
		awk -v first="struct $name {" '$0 == first { on = 1 } on && !/XXX/ { print } /^}/ { on = 0 }' "$work/pahole"
	done
}

pins() { # FILE
	grep '^pin ' "$1"
}

# Structs, and their fields without types and places
fields() { # FILE
	sed -n -e '/^struct /p' -e 's/^\t.*[ *]\([a-z_0-9]*\)[][0-9]*\( __attr.*\)*;.*/\1/p' "$1"
}

same() { # FILE
	if diff <(pins "$layout") <(pins "$1") >"$work/others"; then
		diff "$layout" "$1"
	else
		diff <(fields "$layout") <(fields "$1")
	fi
}

if [ "${1-}" = --write ]; then
	build
	lay_out "build/$release/sgnl.ko" >"$layout"
	exit
fi

try 'layout: the module is built' build
lay_out "build/$release/sgnl.ko" >"$work/now"
title='layout: structs lie in memory as they did'
diff <(pins "$layout") <(pins "$work/now") >/dev/null || title='layout: structs have the same fields (another kernel or compiler)'
try "$title" same "$work/now"

printf 'struct sgnl_chain { unsigned first, between, last; } planted;\n' | gcc -g -x c -c -o "$work/planted.o" -
lay_out "$work/planted.o" >"$work/planted"
try 'layout: a field more is seen' sees between same "$work/planted"
sed 's/^pin kernel .*/pin kernel 9.9/' "$work/planted" >"$work/elsewhere"
try 'layout: elsewhere too' sees '> between' same "$work/elsewhere"
sed 's/^pin kernel .*/pin kernel 9.9/; s,/\* .* \*/,,' "$work/now" >"$work/elsewhere"
try 'layout: other places are not compared elsewhere' same "$work/elsewhere"
finish
