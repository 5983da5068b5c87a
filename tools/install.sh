#!/bin/sh
# Installs one lock and this checkout into .venv: sh tools/install.sh locks/runtime.txt
# Every package must carry a hash of the lock. uv does it in seconds; where uv cannot be had or its index differs from
# pip's, pip does the same from the same file. --no-deps: the lock is complete, and it leaves out on purpose what
# locks/overrides.txt names.
set -eu
lock=$1
venv_python=.venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "DocuRift needs Python 3.11 or newer; none was found. Name one: make PYTHON=/path/to/python3.11" >&2
    return 1
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() { "$@" >"$log" 2>&1 || { cat "$log" >&2; return 1; }; }

if ! "$venv_python" -c '' 2>/dev/null; then
    python=$(find_python)
    echo "Creating .venv with $("$python" --version)"
    "$python" -m venv .venv || {
        echo "This Python cannot make virtual environments (on Debian: apt-get install python3-venv)." >&2
        exit 1
    }
fi

echo "Installing $lock"
quietly "$venv_python" -m pip install --quiet --require-hashes --no-deps -r locks/uv.txt
if ! "$venv_python" -m uv pip install --quiet ${UV_FLAGS:-} --python "$venv_python" --require-hashes --no-deps \
    -r "$lock" >"$log" 2>&1; then
    echo "uv could not install it; trying pip"
    quietly "$venv_python" -m pip install --quiet --require-hashes --no-deps -r "$lock"
fi
quietly "$venv_python" -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
