#!/bin/sh
# Finds a Python the lab runs on and lets packaging/prepare.py do the rest. PYTHON=... chooses one.
set -eu
cd "$(dirname "$0")/.."

fits() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    fits "$PYTHON" || { echo "PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13." >&2; exit 1; }
    exec "$PYTHON" packaging/prepare.py "$@"
fi
for candidate in python3 python3.13 python3.12 python3.11 python; do
    if fits "$candidate"; then
        exec "$candidate" packaging/prepare.py "$@"
    fi
done
echo "The lab needs Python 3.11, 3.12 or 3.13, and none is on the PATH; name one with PYTHON=/path/to/python3.12." >&2
exit 1
