#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# caps.sh: sessions up to what the host may have (S10), with a module whose limits are small, in
# a guest. TAP.
#
# KERNEL  the guest's kernel (uml-debug)
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
# In the checkout: a guest sees no other place of it
mkdir -p "$top/build"
copy=$(mktemp -d "$top/build/caps.XXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM HUP
tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C "$copy" -xf -
sed -i -e 's/\(SGNL_NET_SESSIONS_MAX\t* *\).*/\1300/' -e 's/\(SGNL_HOST_SESSIONS_MAX\t* *\).*/\1500/' \
	"$copy/kmod/core/limits.h"
"$copy/selftests/guest.sh" -k "${KERNEL:-uml-debug}" \
	'cd selftests/frames && PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 run.py caps'
