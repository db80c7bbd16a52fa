#!/bin/sh
# The command line itself: help, wrong usage, exit status. SPDX-License-Identifier: MIT
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

commands="classify train evaluate embed info convert bench scan augment-preview"

resnet50
check "without a command: usage on standard error, 2" "[ $status = 2 ] && [ ! -s '$out' ] && [ -s '$err' ]"
resnet50 nonsense
check "an unknown command: 2" "[ $status = 2 ] && says nonsense"
resnet50 --help
for command in $commands; do
    check "--help lists $command" "[ $status = 0 ] && grep -q '^  $command ' '$out'"
done
resnet50 --version
check "--version" "[ $status = 0 ] && grep -q '^resnet50 [0-9]' '$out' && grep -q oneDNN '$out'"

for command in $commands; do
    resnet50 "$command" --help
    check "$command --help" \
        "[ $status = 0 ] && [ ! -s '$err' ] && grep -q '^usage: resnet50 $command' '$out' && grep -q -- --json '$out'"
    check "$command --help keeps to 100 columns" "! grep -q '.\{101\}' '$out'"
    resnet50 "$command" --nonsense
    check "$command: an unknown option: 2, nothing on standard output" \
        "[ $status = 2 ] && [ ! -s '$out' ] && says --nonsense"
done

resnet50 classify
check "classify without pictures: 2" "[ $status = 2 ] && says IMAGE"
resnet50 classify x.jpg
check "classify without weights: 2" "[ $status = 2 ] && says --weights"
resnet50 classify --weights
check "an option without its value: 2" "[ $status = 2 ] && says FILE"
for value in 0 -1 1.5 x '' nan 99999999999999999999; do
    resnet50 classify --top "$value" x.jpg
    check "--top '$value': 2" "[ $status = 2 ] && says 'whole number'"
done
resnet50 classify --json=yes x.jpg
check "a value for a flag: 2" "[ $status = 2 ] && says --json"
resnet50 bench x
check "an operand too many: 2" "[ $status = 2 ]"
resnet50 train --data /nonexistent
check "train without --out: 2" "[ $status = 2 ] && says --out"
resnet50 train --data /nonexistent --out x.h5 --freeze nonsense
check "an unknown word: 2" "[ $status = 2 ] && says nonsense"
resnet50 train --data /nonexistent --out x.nonsense
check "train with an --out of no known kind: 2" "[ $status = 2 ] && says .safetensors"
resnet50 train --data /nonexistent --out /nonexistent/x.h5
check "train with an --out that cannot be written: 1, at once" "[ $status = 1 ] && says /nonexistent"
resnet50 train --data /nonexistent --out "$scratch/x.h5"
check "train on an absent folder: 1, named" "[ $status = 1 ] && says /nonexistent"
resnet50 evaluate --weights x --data y --require 'top1'
check "a requirement that is none: 2" "[ $status = 2 ] && says top1"
resnet50 classify --weights /nonexistent/w.h5 x.jpg
check "absent weights: 1, named" "[ $status = 1 ] && says /nonexistent/w.h5"

finish
