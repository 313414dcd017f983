#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the host may have, beside what a port may: for the module of small limits that caps.sh builds.
set -eu
cd "$(dirname "$0")/frames"
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 run.py caps
