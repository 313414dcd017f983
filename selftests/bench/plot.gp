# SPDX-License-Identifier: GPL-2.0
# gnuplot -c plot.gp RESULTS: a picture for each table that goals.py has left there
set terminal svg size 640,400 font "sans,12" background "white"
set datafile missing "?"
set key top left noenhanced
set key autotitle columnhead
set logscale xy
set grid
set style data linespoints
folder = ARG1

set ylabel "instructions added to a packet"
set output folder."/rules.svg"
set xlabel "rules; new flow, each by a rule at random, 6.12"
plot for [i=2:4] folder."/rules.dat" using 1:i

set output folder."/members.svg"
set xlabel "members of the group that 1,000 rules name; new flow, 6.12"
plot for [i=2:3] folder."/members.dat" using 1:i

set output folder."/ports.svg"
set xlabel "guarded devices; established flow, 6.12"
plot for [i=2:3] folder."/ports.dat" using 1:i

set ylabel "ns added to a packet"
set output folder."/sessions.svg"
set xlabel "sessions, in random order; established TCP, UML"
plot for [i=2:3] folder."/sessions.dat" using 1:i

set ylabel "ms"
do for [noun in "ports groups members"] {
	set output folder."/scale-".noun.".svg"
	set xlabel noun."; load, list and unload by one program each, a change by netlink, UML"
	plot for [i=2:5] folder."/scale-".noun.".dat" using 1:(column(i)/1e6) title columnheader(i)
}
