#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_frames.sh [-k WORD]: single frames through a port, each with its verdict, reason and rule; the tests are
# in frames/test_*.py. -k runs those alone that have the word in their title.
set -eu
cd "$(dirname "$0")/frames"
modules=(test_*.py)
export PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 run.py "${modules[@]%.py}" "$@"
