#!/bin/sh
# Prints the path of a Python for the benchmarks: python.sh MODULES REQUIREMENTS
#
# That is $PYTHON where it is set. Else it is a virtual environment under target/bench-venv, made with python3 where there is none,
# into which the pinned REQUIREMENTS are installed unless all MODULES (a,b,c) are there.
set -eu
modules=$1
root=$(cd "$(dirname "$0")/.." && pwd)
requirements=$root/bench/$2
have() { "$1" -c "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1].split(','))))" "$modules"; }

if [ -n "${PYTHON:-}" ]; then
    python=$(command -v "$PYTHON") || { echo "PYTHON=$PYTHON is no program" >&2; exit 2; }
    have "$python" || { echo "PYTHON=$PYTHON lacks one of $modules: $python -m pip install -r $requirements" >&2; exit 2; }
else
    venv=$root/target/bench-venv
    python=$venv/bin/python
    [ -x "$python" ] || python3 -m venv "$venv" >&2
    have "$python" || "$python" -m pip install --disable-pip-version-check -r "$requirements" >&2
fi
echo "$python"
