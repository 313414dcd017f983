#!/bin/sh
# What a guest starts first when the host's / is to be its root: lays a writable layer over it, thrown
# away with the guest, and goes on with init.sh. /init of the initrd under QEMU (busybox alone);
# under UML the host's / is the root from the beginning.
set -eu
if [ -d /modules ]; then
	/bin/busybox --install -s /bin
	export PATH=/bin
else
	export PATH=/usr/sbin:/usr/bin:/sbin:/bin
fi

mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/upper /run/work /run/root
lower=/
if [ -d /modules ]; then
	while read -r file; do
		insmod "/modules/$file"
	done </modules/order
	mkdir /run/host
	mount -t virtiofs -o ro root /run/host
	lower=/run/host
fi
mount -t overlay -o "lowerdir=$lower,upperdir=/run/upper,workdir=/run/work" overlay /run/root
if [ -d /modules ]; then
	exec switch_root /run/root "$SGNL_INIT"
fi
cd /run/root
pivot_root . mnt
exec chroot . "$SGNL_INIT"
