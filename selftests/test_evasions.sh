#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_evasions.sh [-k WORD]: tricks that fooled other filters, in frames made by scapy; frames/evasions.py has
# them all. -k runs those alone that have the word in their title.
set -eu
cd "$(dirname "$0")/frames"
export PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 run.py evasions "$@"
