#!/bin/sh
# The small programs of examples/. SPDX-License-Identifier: MIT
# usage: test_examples.sh PROGRAM MAKE-MODEL DRAW-SHAPES FOLDER-OF-EXAMPLES
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

examples=$(realpath "$4")
source=$(dirname "$0")/../../examples

"$make_model" "$scratch/m.h5" 7 64 || bail_out "no model"
"$draw_shapes" "$scratch/set" 3 2 || bail_out "no pictures"
star=$scratch/set/val/star/star-0001.jpg
ring=$scratch/set/val/ring/ring-0001.jpg

run "$examples/classify" "$scratch/m.h5" "$star"
check "classify tells three classes" "[ $status = 0 ] && [ \$(grep -c % '$out') = 3 ]"
run "$examples/classify" "$scratch/m.h5" /nonexistent.jpg
check "and what is wrong" "[ $status = 1 ] && grep -q /nonexistent.jpg '$err'"
run "$examples/similar" "$scratch/m.h5" "$star" "$star"
check "a picture is like itself" "[ $status = 0 ] && grep -q '^1.0000' '$out'"
run "$examples/similar" "$scratch/m.h5" "$star" "$ring"
check "and less like another" "[ $status = 0 ] && ! grep -q '^1.0000' '$out'"
run "$examples/teach" "$scratch/m.h5" "$scratch/set" "$scratch/taught.h5"
check "teach learns a new head" "[ $status = 0 ] && [ \$(grep -c '^epoch' '$out') = 10 ]"
resnet50 info --json "$scratch/taught.h5"
check "and saves it with its classes" "json 'd[\"classes\"][4] == \"star\"'"

pictures=$(find "$scratch/set/val" -name '*.jpg' | sort)
n_pictures=$(echo "$pictures" | wc -l)
best()
{
    for picture in $pictures; do
        "$examples/classify" "$scratch/taught.h5" "$picture" | head -n 1 | sed 's/^ *//'
    done
}
best >"$scratch/best"

# shellcheck disable=SC2086 # the pictures are meant to be split
run "$examples/threads" "$scratch/taught.h5" 3 $pictures
sed 's/^[^:]*: \(.*\) \([0-9.]* %\)$/\2 \1/' "$out" >"$scratch/told"
check "threads answers as one alone, in order" "[ $status = 0 ] && diff '$scratch/best' '$scratch/told'"
# shellcheck disable=SC2086
run "$examples/threads" "$scratch/taught.h5" 3 $pictures "$scratch/none.jpg"
check "and tells of the picture that is not there" "[ $status = 1 ] && grep -q none.jpg '$err'"

# shellcheck disable=SC2086
run "$examples/queue" "$scratch/taught.h5" 4 $pictures "$scratch/none.jpg"
check "queue answers what it can, and says what it cannot" \
    "[ $status = 1 ] && grep -q none.jpg '$err' && grep -q '^$n_pictures answers, 1 failures' '$out'"
sed -n 's/^\(.*\): \(.*\) \([0-9.]* %\), one of.*/\1 \3 \2/p' "$out" | sort | cut -d ' ' -f 2- >"$scratch/told"
check "with each picture's own answer" "diff '$scratch/best' '$scratch/told'"

# shellcheck disable=SC2086
run "$examples/classify++" "$scratch/taught.h5" $pictures
awk 'NR % 4 == 2' "$out" | sed 's/^ *//' >"$scratch/told"
check "C++ says the same" "[ $status = 0 ] && diff '$scratch/best' '$scratch/told'"
run "$examples/classify++" "$scratch/none.h5" "$star"
check "and what is wrong" "[ $status = 1 ] && grep -q none.h5 '$err'"
run "$examples/teach++" "$scratch/m.h5" "$scratch/set" "$scratch/taught++.h5"
check "C++ teaches, measures and saves" \
    "[ $status = 0 ] && [ \$(grep -c '^epoch' '$out') = 10 ] && grep -q 'weighted avg' '$out' && grep -q '^macro F1' '$out'"
resnet50 info --json "$scratch/taught++.h5"
check "with the folder's classes" "json 'd[\"classes\"][4] == \"star\"'"
run "$examples/teach++" "$scratch/m.h5" "$scratch/none" "$scratch/none.h5"
check "and says what is wrong" "[ $status = 1 ] && grep -q '^teach++: .*none' '$err' && [ ! -e '$scratch/none.h5' ]"

head -c $((64 * 48 * 3 * 9 + 5)) /dev/zero >"$scratch/frames"
watch()
{
    run sh -c "'$examples/decoded_frames' '$scratch/taught.h5' 64 48 $1 <'$scratch/frames'"
}
watch 0
check "decoded_frames tells of a change once, and skips nothing if it need not keep up" \
    "[ $status = 0 ] && [ \$(grep -c '^frame' '$out') = 1 ] && grep -q '^9 frames, 0 ' '$out'"
watch 1000000
check "it skips what is late" "[ $status = 0 ] && grep -q '^9 frames, [1-9]' '$out'"

run "$examples/transfer_learning" "$scratch/m.h5" "$scratch/set" "$scratch/tuned.h5" 2
check "transfer_learning has two phases and a report" \
    "[ $status = 0 ] && grep -q '^epoch 3 of 3' '$out' && grep -q 'weighted avg' '$out'"
run "$examples/query_metrics" "$scratch/tuned.h5" "$scratch/set" star
check "query_metrics tells intervals, a threshold and mistakes" \
    "[ $status = 0 ] && grep -q '^accuracy .*interval' '$out' && grep -q '^star: a score' '$out' && grep -q ^mistake '$out'"

for program in "$source"/*.c "$source"/*.cpp; do
    check "$(basename "$program") is shorter than 150 lines" "[ \$(wc -l <'$program') -lt 150 ]"
    name=$(basename "$program" .c)
    check "$(basename "$program") is run here" "grep -q 'examples/${name%.cpp}' '$0'"
done

finish
