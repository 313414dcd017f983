#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# jump_sessions.sh [-k WORD]: how long sessions live, in a guest whose time jumps; the tests are in
# frames/jump_times.py. -k runs those alone that have the word in their title.
set -eu
cd "$(dirname "$0")/frames"
export PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 run.py jump_times "$@"
