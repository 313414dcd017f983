#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [--write]: instructions of our own rows are no more than 2 % above those of selftests/bench/baseline/, on
# both stock kernels. They are compared where kernel, QEMU, CPU, command line and compiler are the same; elsewhere the
# rows only have to be there. --write makes the baseline what is measured now. And a packet of an established session
# stores nothing to memory that CPUs share, on 6.12.
set -eu
# shellcheck source=selftests/check/lib.sh
. "$(dirname "$0")/../check/lib.sh"

baseline=selftests/bench/baseline
kernels='6.1 6.12'

count() { # KERNEL
	if ! selftests/bench/guest.sh "$1" -s floor est two flat unbound flood new growth group >"$work/$1"; then
		cat "$work/$1"
		return 1
	fi
}

rows() { # FILE
	sed -n 's/^figure \(.*\) .*/\1/p' "$1"
}

value() { # FILE ROW-AND-WHO
	sed -n "s/^figure $2 //p" "$1"
}

no_more() { # BEFORE NOW
	awk -v before="$1" -v now="$2" 'BEGIN {
		if (now != "" && now <= before * 1.02)
			exit 0
		print now " are more than 2 % above " before
		exit 1
	}'
}

# An established packet does not feel what it has nothing to do with.
flat() { # FILE
	awk '
		$1 == "figure" && $2 == "flat" {
			n++
			least = n == 1 || $4 < least ? $4 : least
			most = n == 1 || $4 > most ? $4 : most
			print
		}
		END { exit !(n == 4 && most - least <= 1) }' "$1"
}

count_stores() {
	if ! selftests/bench/stores.sh 6.12 -s >"$work/stores"; then
		cat "$work/stores"
		return 1
	fi
}

# Nothing is stored within the second; what touches or opens a session does store, or nothing would be seen.
no_stores() { # FILE
	awk '
		$1 == "from" && $2 !~ /^stores-(touch|new)-/ { print }
		$1 != "figure" { next }
		$2 ~ /^stores-(touch|new)-/ {
			others++
			wrong = $4 < 1
		}
		$2 ~ /^stores-(udp|tcp)[46]-(1|4k)$/ {
			rows++
			wrong = $4 != 0
		}
		wrong {
			print
			bad = 1
			wrong = 0
		}
		END {
			if (rows != 16 || others != 9)
				print rows + 0 " rows, and " others + 0 " others"
			exit bad || rows != 16 || others != 9
		}' "$1"
}

if [ "${1-}" = --write ]; then
	mkdir -p "$baseline"
	for kernel in $kernels; do
		count "$kernel"
		cp "$work/$kernel" "$baseline/$kernel"
	done
	exit
fi

for kernel in $kernels; do
	now=$work/$kernel before=$baseline/$kernel
	try "bench: $kernel, instructions are counted" count "$kernel"
	others=$(diff <(grep '^pin' "$before") <(grep '^pin' "$now") | sed -n 's/^> pin //p')
	if [ -n "$others" ]; then
		try "bench: $kernel has the baseline's rows, which are not compared, for there is ${others//$'\n'/; }" \
			diff <(rows "$before") <(rows "$now")
	else
		while read -r row; do
			try "bench: $kernel, $row" no_more "$(value "$before" "$row")" "$(value "$now" "$row")"
		done < <(rows "$before")
	fi
	try "bench: $kernel, an established packet does not feel rules, groups and ports" flat "$now"
done

try 'bench: 6.12, stores are counted' count_stores
try 'bench: 6.12, an established packet stores nothing to memory that CPUs share' no_stores "$work/stores"

printf 'figure flat %s\n' 'a 1' 'b 1' 'c 3' 'd 1' >"$work/planted"
try 'bench: 3 % more are seen' sees 'are more than 2 % above' no_more 300 309
try 'bench: a figure that is missing is seen' sees 'are more than 2 % above' no_more 300 ''
try 'bench: a slope is seen' sees 'figure flat c 3' flat "$work/planted"
sed 's/^\(figure stores-tcp6-4k sgnl\) .*/\1 0.0002/' "$work/stores" >"$work/planted"
try 'bench: one store in 4,096 packets is seen' sees 'figure stores-tcp6-4k sgnl 0.0002' no_stores "$work/planted"
sed 's/^\(figure stores-touch-udp4 sgnl\) .*/\1 0.0000/' "$work/stores" >"$work/planted"
try 'bench: it is seen if stores are not' sees 'figure stores-touch-udp4 sgnl 0.0000' no_stores "$work/planted"
finish
