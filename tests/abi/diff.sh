#!/bin/sh
# What changed in the ABI since a commit, by libabigail. SPDX-License-Identifier: MIT
# usage: sh tests/abi/diff.sh COMMIT
# Exit status: 0 nothing changed or functions were added; 1 something else was changed, which a person is to judge: a
# field appended to a struct of options is meant, another one is not; 2 it did not work.
set -eu

[ $# = 1 ] || { sed -n '3s/# //p' "$0" >&2; exit 2; }
command -v abidiff >/dev/null || { echo "abidiff is missing (abigail-tools)" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# build NAME SOURCE: the library alone, with what a debugger reads.
build()
{
    meson setup "$scratch/$1" "$2" -Dbuildtype=debug -Ddefault_library=shared -Dprogram=disabled \
        -Dtests=disabled >"$scratch/log" 2>&1 &&
        ninja -C "$scratch/$1" >"$scratch/log" 2>&1 && return
    tail -n 20 "$scratch/log" >&2
    exit 2
}

mkdir "$scratch/source"
git -C "$root" archive "$1" | tar -C "$scratch/source" -xf - || exit 2
build before "$scratch/source"
build after "$root"
compare()
{
    abidiff --headers-dir1 "$scratch/source/include" --headers-dir2 "$root/include" --drop-private-types "$@" \
        "$scratch"/before/lib/libresnet50.so.*.[0-9] "$scratch"/after/lib/libresnet50.so.*.[0-9]
}
# Bits of the status: 1 and 2, abidiff failed; 4, something differs; 8, so that programs break.
status=0
compare || status=$?
[ $((status & 3)) = 0 ] || exit 2
compare --no-added-syms >/dev/null || exit 1
