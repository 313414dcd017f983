#!/bin/bash
# initrd.sh RELEASE FILE RUN JUMP: writes the initrd for the kernel RELEASE to FILE.
#
# Without JUMP: busybox, what brings the host's / into the guest, and guest/root.sh as /init.
# With JUMP: a whole system with the programs below, the checkout, module and tool, and guest/init.sh
# as /init. The part that does not change with the checkout is kept in build/guest/.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
release=$1 initrd=$2 run=$3 jump=$4
export PATH=/usr/sbin:/usr/bin:/sbin:/bin # Debian's own programs

programs='bash dash busybox ip ss tc bridge ping socat python3 ethtool tcpdump hping3 curl nft jq
	kmod insmod rmmod modprobe lsmod setsid unshare nsenter dmesg
	awk cat chmod cmp comm cp cut date dd diff env expr find grep head hostname id ln ls mkdir
	mkfifo mktemp mv nl od paste ps readlink realpath rm sed seq sh sha256sum sleep sort stat stty
	tail tee timeout touch tr uname uniq wc xargs'
modules='veth dummy bridge tun 8021q ifb macvlan sch_netem sch_ingress nf_tables nf_conntrack nft_ct virtio_pci virtio_console'

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

pack() {
	(cd "$root" && find . -mindepth 1 | cpio -o -H newc --quiet)
}

# The files of a module and of those that it needs; nothing for one that is built in.
module_files() {
	local module
	for module; do
		modprobe -S "$release" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
	done | awk '!seen[$0]++'
}

libraries() {
	ldd "$@" 2>/dev/null | grep -o '/[^ )]*' | grep -v ':$' | sort -u
}

if [ -z "$jump" ]; then
	mkdir -p "$root"/{bin,run,modules}
	cp /bin/busybox "$root/bin/"
	ln -s busybox "$root/bin/sh"
	cp "$here/../guest/root.sh" "$root/init"
	touch "$root/modules/order"
	# A kernel of kernel/build.sh has no modules, nor a folder of them.
	[ ! -d "/lib/modules/$release" ] || module_files virtio_pci virtiofs overlay | while read -r file; do
		name=$(basename "${file%.xz}")
		case $file in
		*.xz) xz -dc "$file" >"$root/modules/$name" ;;
		*) cp "$file" "$root/modules/" ;;
		esac
		echo "$name" >>"$root/modules/order"
	done
	pack >"$initrd"
	exit
fi

mkdir -p "$root"/{etc,proc,sys,dev,run,tmp,root,var/tmp,var/log,usr/{bin,sbin,lib,lib64}}
for name in bin sbin lib lib64; do
	ln -s "usr/$name" "$root/$name"
done

system=$top/build/guest/system-$release
if [ ! "$system" -nt "$0" ] || [ ! "$system" -nt /var/lib/dpkg/status ]; then
	files=()
	for name in $programs; do
		file=$(type -P "$name") || {
			echo "${0##*/}: no $name here" >&2
			exit 1
		}
		files+=("$file")
	done
	python=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
	files+=("$python"/lib-dynload/*.so)
	mapfile -t -O ${#files[@]} files < <(libraries "${files[@]}")
	# shellcheck disable=SC2086 # a list of words
	mapfile -t -O ${#files[@]} files < <(module_files $modules)
	files+=(/etc/{passwd,group,hosts,protocols,services,nsswitch.conf}
		/lib/modules/"$release"/modules.{order,builtin,builtin.modinfo})
	cp -L --parents "${files[@]}" "$root"
	cp -r --parents "$python" "$root"
	rm -rf "$root$python"/{test,idlelib,lib2to3,ensurepip,pydoc_data,tkinter,config-*}
	depmod -b "$root" "$release"
	for name in $(busybox --list); do
		[ -e "$root/bin/$name" ] || [ -e "$root/sbin/$name" ] || ln -s busybox "$root/bin/$name"
	done
	pack >"$system.new"
	mv "$system.new" "$system"
	rm -rf "$root"
	mkdir "$root"
	for name in bin sbin lib lib64; do
		mkdir -p "$root/usr/$name"
		ln -s "usr/$name" "$root/$name"
	done
fi

# The kernel unpacks one archive after the other.
cd "$top"
mkdir -p "$root$top/build"
find . -mindepth 1 -maxdepth 1 ! -name build ! -name .git -exec cp -r -t "$root$top" {} +
if [ -e build/tool ]; then
	cp -r build/tool "$root$top/build/"
	mapfile -t files < <(find "$root$top/build/tool" -maxdepth 1 -type f -perm -100)
	mapfile -t files < <(libraries "${files[@]}")
	[ ${#files[@]} = 0 ] ||
		cp -L --parents "${files[@]}" "$root"
fi
for ko in build/{,bench/}"$release"/*.ko; do
	[ -e "$ko" ] || continue
	mkdir -p "$root$top/${ko%/*}"
	strip --strip-debug -o "$root$top/$ko" "$ko"
done
mkdir -p "$root$run"
cp "$run"/{settings,command} "$root$run/"
ln -s "$(realpath "$here/../guest/init.sh")" "$root/init"
pack | cat "$system" - >"$initrd"
