#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# reasons.sh: kmod/core/reason.h has the spec's reasons, by name and in order.
set -eu
# shellcheck source=selftests/check/lib.sh
. "$(dirname "$0")/lib.sh"

check_reasons() {
	/usr/bin/python3 - "$1" <<'EOF'
import re, sys, yaml

spec = yaml.safe_load(open("uapi/specs/sgnl.yaml"))
wanted = []
for definition in spec["definitions"]:
    if definition["name"] == "reason":
        for entry in definition["entries"]:
            wanted.append(entry if isinstance(entry, str) else entry["name"])
text = re.sub(r"\s*\\\n\s*", " ", open(sys.argv[1]).read())
found = re.findall(r'X\((\w+), "([^"]*)", (?:true|false),', text)
status = 0
for i in range(max(len(wanted), len(found))):
    name = wanted[i] if i < len(wanted) else None
    symbol, told = found[i] if i < len(found) else (None, None)
    if name is None or told != name or symbol != name.upper().replace("-", "_"):
        print(f"entry {i}: the spec has {name}, reason.h has {symbol}, {told}")
        status = 1
if len(wanted) < 10:
    print(f"only {len(wanted)} reasons in the spec")
    status = 1
sys.exit(status)
EOF
}

planted() {
	sed 's/"not-ip"/"no-ip"/' kmod/core/reason.h >"$work/reason.h"
	check_reasons "$work/reason.h"
}

try "reasons: reason.h and the spec agree" check_reasons kmod/core/reason.h
try "reasons: another name is seen" sees 'no-ip' planted
finish
