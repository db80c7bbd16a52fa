#!/bin/sh
# The small programs of examples/. SPDX-License-Identifier: MIT
# usage: test_examples.sh PROGRAM MAKE-MODEL DRAW-SHAPES CLASSIFY SIMILAR TEACH
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

"$make_model" "$scratch/m.h5" 7 64 || bail_out "no model"
"$draw_shapes" "$scratch/set" 3 2 || bail_out "no pictures"
star=$scratch/set/val/star/star-0001.jpg
ring=$scratch/set/val/ring/ring-0001.jpg

run "$4" "$scratch/m.h5" "$star"
check "classify tells three classes" "[ $status = 0 ] && [ \$(grep -c % '$out') = 3 ]"
run "$4" "$scratch/m.h5" /nonexistent.jpg
check "and what is wrong" "[ $status = 1 ] && grep -q /nonexistent.jpg '$err'"
run "$5" "$scratch/m.h5" "$star" "$star"
check "a picture is like itself" "[ $status = 0 ] && grep -q '^1.0000' '$out'"
run "$5" "$scratch/m.h5" "$star" "$ring"
check "and less like another" "[ $status = 0 ] && ! grep -q '^1.0000' '$out'"
run "$6" "$scratch/m.h5" "$scratch/set" "$scratch/taught.h5"
check "teach learns a new head" "[ $status = 0 ] && [ \$(grep -c '^epoch' '$out') = 10 ]"
resnet50 info --json "$scratch/taught.h5"
check "and saves it with its classes" "json 'd[\"classes\"][4] == \"star\"'"

finish
