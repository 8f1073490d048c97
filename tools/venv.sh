#!/bin/sh
# Makes the virtual environment $1, where there is none that works, and installs the lock file $2 into it.
# Only pip is needed, and only what the lock file names by its hash is installed.
set -eu
venv=$1
lock=$2
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$("$(dirname "$0")/python.sh")
    echo "making $venv with $python"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
echo "installing $lock into $venv (once; again when the file changes)"
"$venv/bin/python" -m pip install -qq --no-input --disable-pip-version-check --require-hashes -r "$lock"
