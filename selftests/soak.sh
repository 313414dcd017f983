#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# soak.sh: the long tests in guests, over and over until the time is over; what has begun by then comes to
# its end. A round has a new seed, and a line; the last line is the sum. Status 1 if anything failed.
#
#   HOURS         for how long; a fraction will do (1)
#   SOAK_BEDS     the guests' kernels, one after the other (uml-debug,smp-debug)
#   GUEST_TIMEOUT seconds that one guest may take (7200)
#
# What was said is in build/soak/, and of guests that failed their kernel's log too.
set -eu
cd "$(dirname "$0")/.."

# A guest each, on each bed of a round. In it, SGNL_SEED is the round's.
# shellcheck disable=SC2016 # for the guest's shell
runs=(
	'selftests/test_model.sh --seed $SGNL_SEED --frames 50000'
	'selftests/test_fuzz.sh 200000 $SGNL_SEED'
	'selftests/test_teardown.sh 1000 $SGNL_SEED'
	'selftests/run-guest.sh test'
	'selftests/run-guest.sh fault'
)

seconds=$(awk -v hours="${HOURS:-1}" 'BEGIN { print int(hours * 3600) }')
[ "$seconds" -gt 0 ] || {
	echo "${0##*/}: HOURS=$HOURS is no time" >&2
	exit 1
}
export GUEST_TIMEOUT=${GUEST_TIMEOUT:-7200} SGNL_SEED
mkdir -p build/soak
logs=$(mktemp -d "build/soak/$(date +%m%d-%H%M%S)-XXXX")
echo "$seconds s; what is said: $logs"
trap 'exit 130' INT TERM HUP

round=0 passed=0 failed=0
SECONDS=0
time_left() {
	[ "$SECONDS" -lt "$seconds" ]
}

# run BED N: 0 if all of it was well
run() {
	local log=$logs/$round-$1-$2.log guest
	selftests/guest.sh -k "$1" "${runs[$2]}" >"$log" 2>&1 </dev/null && return
	echo "not ok - $1: ${runs[$2]//\$SGNL_SEED/$SGNL_SEED}; see $log"
	guest=$(sed -n 's/^log: //p' "$log")
	[ -z "$guest" ] || cp -r "$guest" "$log.guest"
	return 1
}

while time_left; do
	round=$((round + 1)) SGNL_SEED=$SRANDOM
	for bed in $(tr , ' ' <<<"${SOAK_BEDS:-uml-debug,smp-debug}"); do
		good=0 bad=0 begin=$SECONDS
		for n in "${!runs[@]}"; do
			time_left || break
			if run "$bed" "$n"; then
				good=$((good + 1))
			else
				bad=$((bad + 1))
			fi
		done
		passed=$((passed + good)) failed=$((failed + bad))
		[ $((good + bad)) = 0 ] ||
			echo "round $round, seed $SGNL_SEED, $bed: $good passed, $bad failed, $((SECONDS - begin)) s"
	done
done
echo "$round rounds, $SECONDS s: $passed passed, $failed failed"
[ "$failed" = 0 ]
