#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run-guest.sh [KIND]...: runs all KIND_*.sh (test unless said) here, on this machine, and prints one TAP:
# their tests under new numbers and one plan. A test that ends without its plan, or with another
# number of tests, or by its time limit (settings; not where time jumps) fails.
set -u
[ $# != 0 ] || set -- test
cd "$(dirname "$0")" || exit
limit=$(sed -n 's/^timeout=//p' settings)

# An emulated kernel that watches every access is slow: there, what meets on several CPUs, in few rounds. uml-debug
# runs all tests under the same eyes.
declare -A few=() # their arguments
if [[ ${SGNL_GUEST-} = smp-* ]]; then
	few=(
		[test_clients.sh]=''
		[test_floods.sh]=1
		[test_fuzz.sh]=1500
		[test_guard_flood.sh]=20
		[test_migration.sh]=180
		[test_monitor.sh]=''
		[test_moves.sh]=100
		[test_parallel.sh]=''
		[test_storm.sh]='20 20000'
		[test_swaps.sh]=20
		[test_teardown.sh]=5
	)
	limit=$((2 * limit))
fi

# What the tool does by itself is the same on each kernel: uml-debug alone sees it.
skip=''
[[ ${SGNL_GUEST-} != 6.* ]] || skip=' test_answers.sh test_check.sh test_diff.sh test_digest.sh '

n=0 bad=0
result() { # "ok"|"not ok" TITLE
	n=$((n + 1))
	[ "$1" = ok ] || bad=1
	echo "$1 $n $2"
}

# What runs, with its CPU time (in ticks), and where in the kernel each process waits
processes() {
	local dir command
	for dir in /proc/[0-9]*; do
		command=$(tr '\0' ' ' <"$dir/cmdline")
		[ -n "$command" ] || continue
		echo "# ${dir#/proc/}: $command"
		cut -d ' ' -f 3,14,15 "$dir/stat"
		sed 's/^/# /' "$dir/stack"
	done 2>/dev/null
}

# A pipe from which nothing comes: to wait without a process, which would hold what it writes to
exec {never}<> <(:)

# limited SECONDS COMMAND...: ends it after that time (0: never), and says before what it waits for.
limited() {
	local seconds=$1 watch
	shift
	{
		[ "$seconds" = 0 ] || read -rt $((seconds - 5)) -u "$never" || processes
	} &
	watch=$!
	disown
	timeout -k 5 "$seconds" "$@"
	set -- $?
	kill "$watch" 2>/dev/null
	return "$1"
}

one() {
	local name=$1 limit=$limit tests=0 failed=0 plan='' status='' line word title
	[[ $name != jump_* ]] || limit=0
	while IFS= read -r line; do
		case $line in
		'ok '* | 'not ok '*)
			word=${line%%ok *}ok
			title=${line#*ok }
			# The number that it had, and a dash where kselftest's style has one
			[[ ! $title =~ ^[0-9]+\ *(-\ )?(.*)$ ]] || title=${BASH_REMATCH[2]}
			tests=$((tests + 1))
			[ "$word" = ok ] || failed=$((failed + 1))
			result "$word" "$title"
			;;
		1..[0-9]*)
			plan=${line#1..}
			plan=${plan%% *}
			;;
		'@status '*) status=${line#@status } ;;
		'TAP version'*) ;;
		'') ;;
		*) echo "# ${line#\# }" ;;
		esac
	done < <(
		# shellcheck disable=SC2086 # words
		limited "$limit" "./$name" ${few[$name]-} 2>&1 </dev/null
		# On a line of its own, whatever the last words were
		printf '\n@status %s\n' $?
	)
	# kselftest's status for a skip
	if [ "$status" = 4 ] && [ "$tests" = 0 ]; then
		result ok "$name # SKIP"
	elif [ -z "$plan" ] || [ "$plan" != "$tests" ]; then
		result 'not ok' "$name: planned ${plan:-nothing}, $tests tests came, status $status"
	elif [ "$failed" = 0 ] && [ "$status" != 0 ]; then
		result 'not ok' "$name: status $status"
	fi
}

echo 'TAP version 13'
for kind; do
	for file in "$kind"_*.sh; do
		if [ ! -e "$file" ]; then
			echo "Bail out! there is no $file"
			exit 1
		fi
		[ ${#few[@]} = 0 ] || [ -n "${few[$file]+x}" ] || continue
		[[ $skip != *" $file "* ]] || continue
		echo "# $file ${few[$file]-}"
		begin=$SECONDS
		one "$file"
		echo "# $file took $((SECONDS - begin)) s"
	done
done
echo "1..$n"
exit $bad
