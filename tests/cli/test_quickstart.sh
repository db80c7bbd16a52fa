#!/bin/sh
# examples/quickstart.sh on a few pictures of one's own. SPDX-License-Identifier: MIT
# usage: test_quickstart.sh PROGRAM MAKE-MODEL DRAW-SHAPES SOURCE-ROOT BUILD-ROOT
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

quickstart=$4/examples/quickstart.sh
export RESNET50_BUILD="$scratch/build"
# what is built already is used as it is
mkdir "$scratch/build"
for name in build.ninja examples lib; do
    ln -s "$5/$name" "$scratch/build/$name"
done
mkdir "$scratch/bin"
printf '#!/bin/sh\n' >"$scratch/bin/ninja"
chmod +x "$scratch/bin/ninja"
PATH=$scratch/bin:$PATH
command -v dpkg-query >/dev/null || skip_all "this is no Debian"

"$draw_shapes" "$scratch/set" 3 2 || bail_out "no pictures"
run sh "$quickstart" --help
check "--help tells of --data and --weights" "[ $status = 0 ] && grep -q -- '--data' '$out' && grep -q -- '--weights' '$out'"
run sh "$quickstart" --nonsense
check "an unknown option: 2" "[ $status = 2 ]"
run sh "$quickstart" --data /nonexistent
check "an absent folder: 2" "[ $status = 2 ]"
run sh "$quickstart" --data "$scratch/set" --epochs 1
check "--data: learns, tells how well, and classifies" \
    "[ $status = 0 ] && grep -q 'f1-score' '$out' && [ \$(grep -c '^  .* %  ' '$out') = 6 ]"
check "and saves the model" "[ -s '$scratch/build/quickstart/model.h5' ]"
cp "$scratch/build/quickstart/model.h5" "$scratch/weights.h5"
run sh "$quickstart" --data "$scratch/set" --epochs 1 --weights "$scratch/weights.h5"
check "--weights: starts from them with a new head" "[ $status = 0 ] && grep -q 'gives way' '$err'"

finish
