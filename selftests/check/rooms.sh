#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rooms.sh: includes of kmod/ point one way only, and core/ knows nothing of the kernel but types.
set -eu
# shellcheck source=selftests/check/lib.sh
. "$(dirname "$0")/lib.sh"

# check_rooms KMOD: complains about each include that a room may not have.
check_rooms() {
	/usr/bin/python3 - "$1" <<'EOF'
import os, re, sys

kmod = os.path.realpath(sys.argv[1])
# Each room sees those before it; compat/ lies below all, and sees none.
rooms = ["core", "table", "hook", "ctl", "."]
sees = {room: set(rooms[:i + 1]) | {"compat"} for i, room in enumerate(rooms)}
sees["compat"] = {"compat"}
# The generated table and the handlers that it names are one room.
sees["ctl/generated"] = sees["ctl"] = sees["ctl"] | {"ctl/generated"}
# What user space can stand in for: selftests/unit/shim has the rest. The compiler's own besides.
core_may = {"linux/types.h", "linux/string.h", "linux/in.h", "linux/in6.h", "linux/slab.h",
            "linux/sort.h", "linux/sgnl.h", "linux/bitops.h", "linux/compiler.h", "linux/cache.h"}

seen, wrong = 0, 0
for folder, _, files in sorted(os.walk(kmod)):
    for name in sorted(files):
        if not name.endswith((".c", ".h")):
            continue
        path = os.path.join(folder, name)
        room = os.path.relpath(folder, kmod)
        shown = os.path.relpath(path, kmod)
        if room not in sees:
            print(f"{shown}: there is no room {room}")
            wrong += 1
            continue
        for number, line in enumerate(open(path), 1):
            m = re.match(r'\s*#\s*include(_next)?\s*(["<])([^">]+)[">]', line)
            if not m:
                if re.match(r"\s*#\s*include", line):
                    print(f"{shown}:{number}: an include that cannot be read: {line.strip()}")
                    wrong += 1
                continue
            seen += 1
            what = m[3]
            if m[2] == "<":
                if room == "core" and what not in core_may:
                    print(f"{shown}:{number}: core/ may not include <{what}>")
                    wrong += 1
                continue
            target = None
            for base in (folder, kmod):
                if os.path.exists(os.path.join(base, what)):
                    target = os.path.realpath(os.path.join(base, what))
                    break
            if what.startswith("../uapi/") or (target and "/uapi/" in target):
                continue
            if target is None or not target.startswith(kmod + os.sep):
                print(f"{shown}:{number}: no such file in kmod/: {what}")
                wrong += 1
                continue
            if not what.endswith(".h"):
                print(f"{shown}:{number}: includes a .c file: {what}")
                wrong += 1
            there = os.path.relpath(os.path.dirname(target), kmod)
            if there not in sees[room]:
                print(f"{shown}:{number}: {room}/ may not include from {there}/: {what}")
                wrong += 1
if seen < 20:
    print(f"only {seen} includes were found")
    wrong += 1
sys.exit(wrong > 0)
EOF
}

# planted FILE LINE: what check_rooms says of a copy in which FILE begins with LINE
planted() {
	rm -rf "$work/kmod"
	cp -r kmod "$work/kmod"
	mkdir -p "$(dirname "$work/kmod/$1")"
	touch "$work/kmod/$1"
	sed -i "1i $2" "$work/kmod/$1"
	[ -s "$work/kmod/$1" ] || echo "$2" >"$work/kmod/$1"
	check_rooms "$work/kmod"
}

try "rooms: includes point one way only" check_rooms kmod
try "rooms: a look upwards is seen" sees 'core/key.c:1: core/ may not include from table/' planted core/key.c '#include "../table/member.h"'
try "rooms: a look upwards two floors is seen" sees 'table/new.c:1: table/ may not include from ctl/' \
	planted table/new.c '#include "../ctl/netlink.h"'
try "rooms: compat looking up is seen" sees 'compat/new.h:1: compat/ may not include from core/' planted compat/new.h '#include "../core/key.h"'
try "rooms: skbs in core are seen" sees 'core/ may not include <linux/skbuff.h>' planted core/match.c '#include <linux/skbuff.h>'
try "rooms: an included .c is seen" sees 'includes a .c file' planted table/new.c '#include "../core/key.c"'
try "rooms: a new room is seen" sees 'there is no room misc' planted misc/new.c '#include <linux/types.h>'
finish
