#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_floods.sh [SECONDS] [-k WORD]: floods at one port, of so many seconds each (3), and what a neighbour loses by
# them; frames/floods.py has them all. -k runs those alone that have the word in their title.
set -eu
cd "$(dirname "$0")/frames"
export PYTHONDONTWRITEBYTECODE=1
if [[ ${1-} =~ ^[0-9]+$ ]]; then
	export SGNL_FLOOD_SECONDS=$1
	shift
fi
exec /usr/bin/python3 run.py floods "$@"
