#!/bin/sh
# One pass of the whole road (loading, learning, measuring, saving) with one worker and with four;
# small enough for the thread sanitizer. SPDX-License-Identifier: MIT
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

"$draw_shapes" "$scratch/set" 2 1 || bail_out "no pictures"
for threads in 1 4; do
    resnet50 train --data "$scratch/set" --size 32 --batch 6 --epochs 1 --augment light --seed 3 \
        --threads $threads --loaders $threads --out "$scratch/$threads.h5"
    check "train with $threads threads" "[ $status = 0 ]"
    resnet50 evaluate --weights "$scratch/$threads.h5" --data "$scratch/set" --threads $threads --json
    check "evaluate with $threads threads" "[ $status = 0 ]"
    cp "$out" "$scratch/$threads.json"
done
check "the same model, byte for byte" "cmp -s '$scratch/1.h5' '$scratch/4.h5'"
check "and the same figures" "cmp -s '$scratch/1.json' '$scratch/4.json'"

finish
