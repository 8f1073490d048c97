#!/bin/sh
# Prints the first interpreter on this machine that is Python 3.11 or newer and can make virtual environments.
# PYTHON=… in the environment is tried before all others.
for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python3.14 python; do
    if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
echo "Postdesk needs Python 3.11 or newer with venv. Debian: apt install python3 python3-venv;" \
    "macOS: brew install python@3.11; then try again, or name one: make PYTHON=/path/to/python3" >&2
exit 1
