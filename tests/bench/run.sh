#!/bin/sh
# run.sh: builds the library in release mode and measures it beside PyTorch, ONNX Runtime, OpenVINO
# and Keras. Options go to bench.py; see --help. Nothing is written into the source tree: the peers'
# virtual environment and the build are kept under the cache folder, results go to the current one.
#
#   RESNET50_BENCH_VENV    the virtual environment to make or to use
#   RESNET50_BENCH_BUILD   the build folder
#   RESNET50_BENCH_PYTHON  the Python to make the environment with (default: python3.11, or python3)
# SPDX-License-Identifier: MIT
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
source=$(CDPATH= cd -- "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/resnet50
venv=${RESNET50_BENCH_VENV:-$cache/bench-venv}
build=${RESNET50_BENCH_BUILD:-$cache/bench-build}
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

if [ ! -x "$venv/bin/python" ]; then
    python=${RESNET50_BENCH_PYTHON:-$(command -v python3.11 || command -v python3)}
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
fi

case " $* " in
*" --help "* | *" -h "*) exec "$venv/bin/python" "$here/bench.py" --help ;;
esac

case " $* " in
*" --build "*) ;; # a library the caller has built
*)
    [ -f "$build/build.ninja" ] ||
        meson setup --buildtype=release -Dtests=disabled "$build" "$source" >&2
    ninja -C "$build" >&2
    set -- --build "$build" "$@"
    ;;
esac

mkdir -p "$cache"
cc -std=c11 -O3 -march=native -ffp-contract=fast -pthread "$here/fma.c" -o "$cache/fma"
exec "$venv/bin/python" "$here/bench.py" --fma "$cache/fma" "$@"
