#!/bin/bash
# kernel.sh 6.1|6.12: the headers' directory of the newest such Debian cloud kernel that is installed
# with its headers.
set -eu
newest=
for image in $(printf '%s\n' /boot/vmlinuz-"$1".*-cloud-amd64 | sort -V); do
	headers=/usr/src/linux-headers-${image#/boot/vmlinuz-}
	[ ! -e "$headers/.config" ] || newest=$headers
done
[ -n "$newest" ] || {
	echo "${0##*/}: no Debian $1 cloud kernel with headers here: run selftests/install-deps.sh" >&2
	exit 1
}
echo "$newest"
