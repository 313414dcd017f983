#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ynl.sh: copies the kernel's own YNL client and its schema from Debian's linux-source-6.12 to
# build/ynl, and prints that directory. To be run before a guest starts: unpacking takes minutes there.
set -eu
cd "$(dirname "$0")/../.."
to=$PWD/build/ynl
if [ ! -e "$to/.done" ]; then
	source=$(selftests/kernel/build.sh --source)
	rm -rf "$to"
	mkdir -p "$to"
	cp -r "$source"/tools/net/ynl/cli.py "$source"/tools/net/ynl/lib "$to"
	cp "$source/Documentation/netlink/genetlink-legacy.yaml" "$to"
	touch "$to/.done"
fi
echo "$to"
