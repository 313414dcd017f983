#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test_model.sh [run.py's arguments]: random frames through the module and through the model in model/, which must
# agree; model/run.py tells how.
set -eu
cd "$(dirname "$0")/model"
export PYTHONDONTWRITEBYTECODE=1
# So many that an emulated machine takes less than a minute
exec /usr/bin/python3 run.py --tap --explain --frames 10000 --per 500 "$@"
