#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# jump_model.sh [run.py's arguments]: test_model.sh in a guest whose time jumps, where sessions expire between frames.
set -eu
exec "$(dirname "$0")/test_model.sh" --jump --frames 6000 --seed 2 "$@"
