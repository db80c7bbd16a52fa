#!/bin/sh
# Want of memory in the program itself: it says so, its exit status is 1, and no output is kept that
# misses something. SPDX-License-Identifier: MIT
# usage: test_program_memory.sh PROGRAM MAKE-MODEL DRAW-SHAPES PRELOADED
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"
preloaded=$(realpath "$4")

"$draw_shapes" "$scratch/set" 2 1 || bail_out "no pictures"
cd "$scratch" || bail_out "no folder"
ls set/train >names.txt
"$make_model" n.h5 "$(wc -l <names.txt)" 32 || bail_out "no model"
resnet50 convert n.h5 m.h5 --classes names.txt
check "a model of these classes" "[ $status = 0 ]"

# A table that was finished before stays; it has a line a picture and a head.
is_cut()
{
    [ -e "$1" ] && [ "$(wc -l <"$1")" != "$(($(find set/val -type f | wc -l) + 1))" ]
}

# Every early allocation, and ever fewer of the later ones, until none fails.
fail_each()
{
    what=$1
    shift
    at=1
    n_bad=0
    while [ $at -lt 20000 ]; do
        rm -f v.npy each.csv
        run env LD_PRELOAD="$preloaded" RESNET50_TEST_FAIL_AT=$at "$program" "$@"
        [ $status = 0 ] && break
        if [ $status != 1 ] || ! grep -q 'out of memory' "$err" || [ -e v.npy ] || is_cut each.csv; then
            n_bad=$((n_bad + 1))
            echo "# $what: allocation $at: status $status"
        fi
        at=$((at + 1 + at / 2))
    done
    check "$what: $at" "[ $n_bad = 0 ] && [ $status = 0 ] && [ $at -gt 2 ]"
}

fail_each "classify" classify --weights m.h5 set/unseen
fail_each "classify --json" classify --weights m.h5 --json set/unseen
fail_each "classify --csv" classify --weights m.h5 --csv set/unseen
fail_each "embed" embed --weights m.h5 --out v.npy set/unseen
fail_each "evaluate" evaluate --weights m.h5 --data set --per-image each.csv
fail_each "evaluate --json" evaluate --weights m.h5 --data set --json
fail_each "info" info --weights m.h5
fail_each "info --json" info --weights m.h5 --json
finish
