#!/bin/bash
# Installs what sgnl needs and is missing, from Debian 12's own packages, and says what it installs.
#
#   install-deps.sh [build|guest|check|bench|all]...
#
#   build  compiler, headers of both kernels, libraries of the tool
#   guest  QEMU, both kernels, and the real programs that tests run in a guest
#   check  the source of 6.12 (UML, checkpatch, YNL) and the style tools
#   bench  what draws the plots of bench/
#   all    all but the plots; what is meant when nothing is said
#
# When nothing is missing it is done in a few hundredths of a second, needs no root and prints nothing.
set -eu

build='gcc make pkg-config libc6-dev
  linux-headers-cloud-amd64 linux-headers-6.12-cloud-amd64
  libmnl-dev libnl-3-dev libnl-route-3-dev libnl-genl-3-dev libjansson-dev libsmartcols-dev'
guest='qemu-system-x86 linux-image-cloud-amd64 linux-image-6.12-cloud-amd64
  busybox-static cpio kmod xz-utils zstd procps util-linux
  iproute2 iputils-ping curl nginx-light socat iperf3 hping3 tcpdump ethtool nftables jq python3 python3-scapy'
check='linux-source-6.12 patch bzip2 flex bison bc libelf-dev libssl-dev perl
  clang llvm libclang-rt-14-dev clang-format shellcheck mandoc sparse pahole git dkms
  python3-yaml python3-jsonschema'
bench=gnuplot-nox

wanted=
for set in "${@:-all}"; do
	case $set in
	build) wanted+=" $build" ;;
	guest) wanted+=" $guest" ;;
	check) wanted+=" $check" ;;
	bench) wanted+=" $bench" ;;
	all) wanted+=" $build $guest $check" ;;
	*)
		echo "${0##*/}: unknown set '$set' (build, guest, check, bench or all)" >&2
		exit 1
		;;
	esac
done

# dpkg-query fails when one of the packages is unknown to it, and lists the others all the same.
missing() {
	# shellcheck disable=SC2086 # a list of words
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
		awk -v wanted="$wanted" '
			$1 == "installed" { have[$2] = 1 }
			END {
				n = split(wanted, name)
				for (i = 1; i <= n; i++)
					if (!have[name[i]]++)
						printf " %s", name[i]
			}'
}

todo=$(missing)
[ -n "$todo" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "${0##*/}: missing, and only root can install:$todo" >&2
	exit 1
fi

echo "Installing from Debian's packages:$todo"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)

# No package may start a service here (nginx would); Debian asks this file before any is started.
policy=/usr/sbin/policy-rc.d
if [ -e "$policy" ]; then
	trap 'rm -f "$log"' EXIT
else
	trap 'rm -f "$log" "$policy"' EXIT
	trap 'exit 1' INT TERM HUP
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
fi

# Another apt may be at work on a machine that was just started: wait for its lock.
apt() {
	apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@" >"$log" 2>&1
}
install() {
	# shellcheck disable=SC2086 # a list of words
	apt install --no-install-recommends $todo
}

# Package lists that are absent, or older than the mirror, make the first try fail.
if ! install && ! { apt update && install; }; then
	tail -n 30 "$log" >&2
	exit 1
fi

todo=$(missing)
[ -z "$todo" ] || {
	echo "${0##*/}: still missing:$todo" >&2
	exit 1
}
