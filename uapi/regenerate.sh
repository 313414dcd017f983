#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# regenerate.sh [DIR]: generates the uapi header and the kernel's netlink
# policies and op table from specs/sgnl.yaml, into the tree or, for comparison,
# below DIR. Needs Debian's linux-source-6.12, python3-yaml, python3-jsonschema.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$top}
archive=/usr/src/linux-source-6.12.tar.xz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tar -C "$work" -xf "$archive" --strip-components=1 --wildcards \
	'*/tools/net/ynl/*' '*/Documentation/netlink/genetlink-legacy.yaml'

# The generator finds the schema beside the spec's folder and names the spec
# relative to the folder that holds MAINTAINERS.
mkdir -p "$work/tree/uapi/specs" "$out/uapi/linux" "$out/kmod/ctl/generated"
cp "$top/MAINTAINERS" "$work/tree/"
cp "$top/uapi/specs/sgnl.yaml" "$work/tree/uapi/specs/"
cp "$work/Documentation/netlink/genetlink-legacy.yaml" "$work/tree/uapi/"

gen() {
	/usr/bin/python3 "$work/tools/net/ynl/ynl-gen-c.py" \
		--spec "$work/tree/uapi/specs/sgnl.yaml" "$@"
}
gen --mode uapi --header -o "$out/uapi/linux/sgnl.h"
gen --mode kernel --header -o "$out/kmod/ctl/generated/sgnl-nl.h"
gen --mode kernel --source -o "$out/kmod/ctl/generated/sgnl-nl.c"
