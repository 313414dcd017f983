#!/bin/bash
# run.sh RELEASE KERNEL RUN JUMP KERNEL-ARGUMENTS: boots the UML kernel in the directory KERNEL, with
# the host's / as its root, and waits for its end. Called by guest.sh, which says what is in the
# directory RUN.
set -eu

guest=$(cd "$(dirname "$0")/../guest" && pwd)
kernel=$2 run=$3 jump=$4
read -ra arguments <<<"$5"

# The machine's own files, gone with it. Its console wants a pipe: it cannot wait for a file.
home=$(mktemp -d)
trap 'kill $! 2>/dev/null || :; rm -rf "$home"' EXIT
trap 'exit 143' TERM
timeout -k 5 "${GUEST_TIMEOUT:-900}" "$kernel/vmlinux" mem=1G uml_dir="$home/" umid=sgnl \
	rootfstype=hostfs rootflags=/ ro init="$guest/root.sh" \
	SGNL_RUN="$run" SGNL_INIT="$guest/init.sh" \
	con=null con0=null,fd:1 ${jump:+time-travel=inf-cpu} "${arguments[@]}" > >(cat >"$run/console") 2>&1 &
wait $!
