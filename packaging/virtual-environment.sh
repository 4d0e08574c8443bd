#!/bin/sh
# Make the virtual environment with the pinned packages and this checkout in it.
#   virtual-environment.sh PYTHON FOLDER
set -eu

python=$1
folder=$2

if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
    echo "$python is $("$python" -V 2>&1); Python 3.11, 3.12 or 3.13 is needed: make PYTHON=..." >&2
    exit 1
fi

if ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    echo "Making $folder"
    rm -rf "$folder"
    "$python" -m venv "$folder"
fi

echo "Installing pinned packages into $folder"
pip_install() {
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
        --constraint packaging/constraints.txt "$@"
}
# The build backend is pinned like the rest, which pip's own build environment would not honour.
pip_install hatchling
pip_install --no-build-isolation --editable '.[dev]'
