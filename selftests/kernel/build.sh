#!/bin/bash
# Builds a kernel of the tests from Debian's linux-source-6.12, or finds it built, and prints its
# directory (kernel and Module.symvers: enough to run it and to build modules for it).
#
#   build.sh uml-debug|uml-bench|smp-debug|smp-kcsan   built if need be (6-20 min on two cores)
#   build.sh --source                        only the unpacked source (checkpatch, YNL)
#
# Kept outside the tree, by hash of all that goes in: only the first run pays.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sgnl
mkdir -p "$cache"

kernel=${1-}
case $kernel in
uml-debug) arch=um parts='base debug' ;;
uml-bench) arch=um parts='base bench' ;;
smp-debug) arch=x86_64 parts='base smp debug' ;;
smp-kcsan) arch=x86_64 parts='base smp kcsan' ;;
--source) ;;
*)
	echo "${0##*/}: no kernel '$kernel'" >&2
	exit 1
	;;
esac

tarball=/usr/src/linux-source-6.12.tar.xz
if [ ! -e "$tarball" ]; then
	echo "${0##*/}: no linux-source-6.12 here: run selftests/install-deps.sh check" >&2
	exit 1
fi
version=$(dpkg-query -W -f '${Version}' linux-source-6.12)

# Two runs that begin at once: one builds, the other waits for it.
exec 9>"$cache/lock"
flock 9

src=$cache/linux-source-$version
if [ ! -e "$src/.unpacked" ]; then
	echo "Unpacking linux-source-6.12 $version" >&2
	rm -rf "$src"
	mkdir "$src"
	tar -xf "$tarball" --strip-components=1 -C "$src"
	touch "$src/.unpacked"
fi
patch=um-stacks
if [ ! -e "$src/.$patch" ]; then
	patch -s -p1 -d "$src" <"$here/$patch.patch"
	touch "$src/.$patch"
fi
exec 9>&-
if [ "$kernel" = --source ]; then
	echo "$src"
	exit
fi

# The release names the directory of the module that is built for it.
config=$(
	echo "CONFIG_LOCALVERSION=\"-sgnl-${kernel#uml-}\""
	for part in $parts; do
		cat "$here/$part.config"
	done | if [ "$arch" = um ]; then sed 's/ # um$//'; else sed '/ # um$/d'; fi
)
hash=$({
	echo "$version"
	gcc --version | head -n 1
	grep -v '^$\|^# [^C]' <<<"$config"
	[ "$kernel" != uml-debug ] || cat "$here/$patch.patch"
} | sha256sum | cut -c 1-12)
out=$cache/$kernel-$hash

exec 9>"$cache/$kernel.lock"
flock 9
if [ ! -e "$out/.built" ]; then
	echo "Building the kernel $kernel in $out (6-20 min, once)" >&2
	rm -rf "$out"
	mkdir "$out"
	echo "$config" >"$out/wishes"
	kbuild() {
		nice make -s -C "$src" ARCH="$arch" O="$out" "$@" >>"$out/build.log" 2>&1 || {
			tail -n 30 "$out/build.log" >&2
			exit 1
		}
	}
	kbuild KCONFIG_ALLCONFIG="$out/wishes" allnoconfig

	# kconfig drops in silence what it cannot give.
	unmet=$(grep '^CONFIG_\|^# CONFIG_' "$out/wishes" | grep -vxFf "$out/.config") && {
		printf '%s: wishes that this kernel does not meet:\n%s\n' "${0##*/}" "$unmet" >&2
		exit 1
	}
	kbuild -j"$(nproc)"

	# Modules need headers, scripts and Module.symvers; objects are of no more use.
	find "$out" \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) ! -path "$out/scripts/*" -delete
	rm -f "$out/linux" "$out/vmlinux.symvers" "$out"/.tmp_vmlinux*
	touch "$out/.built"
fi
echo "$out"
