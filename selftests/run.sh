#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh: all tests, layer by layer, as `make check` runs them; selftests/README.md says what they are.
# Ends with `N passed, M failed`, and `, S skipped` if any were. Status 1 if something failed, or
# nothing ran, or, with CI=true, something was skipped.
#
#   ONLY=layer,layer  these layers alone, by the beginning of their names
#   BEDS=all          also in the emulated debug kernels with two CPUs
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
logs=build/check
rm -rf "$logs"
mkdir -p "$logs"

only=${ONLY-}
layers=(guest-uml-debug guest-6.1 guest-6.12 guest-uml-debug-fault bench jump-6.12 jump-6.1 caps mutants module check unit fuzz)
[ "${BEDS-}" != all ] || layers+=(guest-smp-debug guest-smp-kcsan)

wanted() {
	local name
	for name in ${only//,/ }; do
		[[ $1 != "$name"* ]] || return 0
	done
	[ -z "$only" ]
}

# Each prints TAP; static checks one after the other, each with a plan of its own.
run_layer() {
	case $1 in
	check)
		local script status=0
		for script in rooms regenerate reasons completion faults style statements; do
			"$here/check/$script.sh" || status=1
		done
		return "$status"
		;;
	unit) make -s -C "$here/unit" check ;;
	mutants) "$here/unit/mutants.sh" ;;
	fuzz) "$here/fuzz/run.sh" ;;
	module)
		local status=0
		"$here/check/modules.sh" || status=1
		"$here/check/layout.sh" || status=1
		return "$status"
		;;
	guest-uml-debug-fault) "$here/guest.sh" -k uml-debug "selftests/run-guest.sh fault" ;;
	guest-*) "$here/guest.sh" -k "${1#*-}" selftests/run-guest.sh ;;
	caps) "$here/caps.sh" ;;
	bench) "$here/bench/check.sh" ;;
	jump-*) "$here/guest.sh" -k "${1#*-}" -t selftests/run-guest.sh jump ;;
	esac
}

# run LAYER: its TAP into a file, with its status at the end, and how long it took. Where the emulator failed
# (guest.sh), once more.
run() {
	local status=0 begin=$SECONDS
	run_layer "$1" >"$logs/$1.tap" 2>&1 </dev/null || status=$?
	if [ $status = 97 ]; then
		mv "$logs/$1.tap" "$logs/$1.first"
		status=0
		run_layer "$1" >"$logs/$1.tap" 2>&1 </dev/null || status=$?
		echo "# the emulator failed before: $logs/$1.first" >>"$logs/$1.tap"
	fi
	echo "# status $status" >>"$logs/$1.tap"
	echo "# $((SECONDS - begin)) s" >>"$logs/$1.tap"
}

# count LAYER: "passed failed skipped" of a layer. What TAP does not say is a failure of its own: a
# plan that is missing, a test that is, a status that does not fit.
count() {
	awk -v layer="$1" '
		function wrong(text) {
			print "not ok - " layer ": " text >"/dev/stderr"
			failed++
		}
		function end_plan() {
			if (plan != tests)
				wrong("a plan of " plan ", and " tests + 0 " tests")
			tests = 0
			plan = ""
		}
		/^ok / {
			tests++
			if (toupper($0) ~ /# SKIP/)
				skipped++
			else
				passed++
		}
		/^not ok / {
			tests++
			failed++
		}
		/^1\.\.[0-9]+/ {
			plans++
			plan = substr($1, 4) + 0
			if (plan == 0) {
				plan = ""
				skipped++
				next
			}
			end_plan()
		}
		/^Bail out!/ { wrong($0) }
		/^# status [0-9]+$/ { status = $3 }
		END {
			if (tests)
				wrong(tests " tests after the last plan, or without one")
			if (!plans)
				wrong("no plan: nothing was tested")
			if (status == "" || (status != 0 && !failed))
				wrong("ended with status " status)
			print passed + 0, failed + 0, skipped + 0
		}' "$logs/$1.tap"
}

passed=0 failed=0 skipped=0
report() {
	local p f s
	echo "## $1"
	cat "$logs/$1.tap"
	read -r p f s < <(count "$1")
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "## $1: $p passed, $f failed, $s skipped"
}

todo=()
for layer in "${layers[@]}"; do
	! wanted "$layer" || todo+=("$layer")
done
if [ ${#todo[@]} = 0 ]; then
	echo "no layer '$only'; there are: ${layers[*]}" >&2
	exit 1
fi
"$here/install-deps.sh" all

# A guest leaves half a CPU idle, as many tests wait; so three of them at a time, the long ones first. What boots no
# guest takes what these leave of the CPUs: one of them, and one more for each guest that is missing. Guests may build
# the kernel of uml-debug or the module.
export GUEST_TIMEOUT=${GUEST_TIMEOUT:-3000}
declare -A layer_of=()
stop() {
	local pid
	for pid in "${!layer_of[@]}"; do
		kill -- "-$pid" 2>/dev/null || :
	done
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

is_beside() { # LAYER
	[[ $1 = @(mutants|module|check|unit|fuzz) ]]
}

# start LAYER: in a process group of its own, so that all of it can be stopped
start() {
	set -m
	{
		! is_beside "$1" || renice -n 19 -p "$BASHPID" >/dev/null
		run "$1"
	} &
	set +m
	layer_of[$!]=$1
}

# start_next: those that may begin now; the others are left in todo.
start_next() {
	local layer later=() guests=0 beside=0
	for layer in "${layer_of[@]}"; do
		if is_beside "$layer"; then
			beside=$((beside + 1))
		else
			guests=$((guests + 1))
		fi
	done
	for layer in "${todo[@]}"; do
		if is_beside "$layer" && [ $((guests + beside)) -lt 4 ]; then
			beside=$((beside + 1))
			start "$layer"
		elif ! is_beside "$layer" && [ "$guests" -lt 3 ]; then
			guests=$((guests + 1))
			start "$layer"
		else
			later+=("$layer")
		fi
	done
	todo=("${later[@]}")
}

start_next
while [ ${#layer_of[@]} != 0 ]; do
	wait -n -p pid "${!layer_of[@]}" || :
	report "${layer_of[$pid]}"
	unset "layer_of[$pid]"
	start_next
done

status=0
if [ "$failed" != 0 ] || [ "$passed" = 0 ]; then
	status=1
fi
if [ "${CI-}" = true ] && [ "$skipped" != 0 ]; then
	status=1
fi
echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
exit "$status"
