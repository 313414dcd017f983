#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh: all figures, ours and the peers', on both stock kernels and in UML; then `bench GOAL ...` for each of what is aimed
# at, everything in selftests/bench/results/, and README.md's table.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
selftests/install-deps.sh build guest check bench
out=build/bench results=selftests/bench/results
mkdir -p $out $results
for kernel in 6.1 6.12 uml-bench; do
	selftests/bench/guest.sh "$kernel" >"$out/$kernel.txt"
done
for kernel in 6.1 6.12; do
	selftests/bench/stores.sh "$kernel" >>"$out/$kernel.txt"
done
selftests/bench/guest.sh uml-bench -l >$out/scale.txt
selftests/bench/goals.py $results README.md $out/{6.1,6.12,uml-bench,scale}.txt
gnuplot -c selftests/bench/plot.gp $results
rm $results/*.dat
