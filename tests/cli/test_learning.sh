#!/bin/sh
# train and evaluate on a drawn picture set, so small that nothing much is learnt.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

"$draw_shapes" "$scratch/set" 8 4 || bail_out "no pictures"
train()
{
    resnet50 train --data "$scratch/set" --size 32 --batch 16 --shards 2 "$@"
}

# --- train ---

train --out "$scratch/m.h5" --epochs 2 --threads 1 --report "$scratch/report.html"
check "train" "[ $status = 0 ] && [ -s '$scratch/m.h5' ]"
check "a line an epoch on standard error when that is no terminal" \
    "[ \$(grep -c '^epoch [12]/2  step 3/3  loss [0-9.]*  accuracy [0-9.]* %  held out: .* images/s  .* left' '$err') = 2 ]"
check "the classification report on standard output" \
    "grep -q 'precision *recall *f1-score' '$out' && grep -q triangle '$out'"
check "--report writes a page that loads nothing" \
    "grep -q '<svg' '$scratch/report.html' && ! grep -qE '(src|href)=\"http' '$scratch/report.html'"
train --out "$scratch/m3.h5" --epochs 2 --threads 3 --json
check "--json: epochs and validation, nothing else on standard output" \
    "[ $status = 0 ] && json 'len(d[\"epochs\"]) == 2 and sum(map(sum, d[\"validation\"][\"confusion_matrix\"])) == 24'"
check "the same bytes with 1 and 3 threads" "cmp -s '$scratch/m.h5' '$scratch/m3.h5'"
resnet50 info --json "$scratch/m.h5"
check "the file knows its classes and its recipe" \
    "json 'd[\"classes\"] == [\"circle\", \"cross\", \"ring\", \"square\", \"star\", \"triangle\"] and d[\"recipe\"][\"crop_width\"] == 32'"
run script -qec "'$program' train --data '$scratch/set' --size 32 --batch 16 --epochs 1 --out '$scratch/t.h5'" /dev/null
if [ $status != 127 ]; then
    check "a live line on a terminal" "[ $status = 0 ] && tr '\\r' '\\n' <'$out' | grep -q 'step 1/3'"
fi

train --out "$scratch/head.h5" --epochs 1 --weights "$scratch/m.h5" --freeze all --optimizer adam --json
check "from weights of the same classes with a frozen backbone" \
    "[ $status = 0 ] && ! grep -q 'gives way' '$err'"
train --out "$scratch/random.h5" --epochs 1 --freeze all
check "a head on random features only when asked for: 2" "[ $status = 2 ] && says random-features && [ ! -e '$scratch/random.h5' ]"
train --out "$scratch/random.h5" --epochs 1 --freeze all --random-features
check "asked for, it is done" "[ $status = 0 ] && [ -s '$scratch/random.h5' ]"
train --out "$scratch/zero.h5" --epochs 2 --weights "$scratch/m.h5" --lr 0 --weight-decay 0 --json
check "--lr 0 is 0, and the first epoch is number 1" \
    "[ $status = 0 ] && json 'd[\"epochs\"][0][\"epoch\"] == 1 and d[\"epochs\"][1][\"learning_rate\"] == 0'"
mkdir "$scratch/two"
cp -r "$scratch/set/train/star" "$scratch/set/train/ring" "$scratch/two"
resnet50 train --data "$scratch/two" --size 32 --batch 8 --epochs 1 --weights "$scratch/m.h5" --out "$scratch/two.h5"
check "other classes get a new head, and it says so" "[ $status = 0 ] && grep -q 'gives way' '$err'"
resnet50 train --data "$scratch/two" --val-fraction 0 --size 32 --batch 8 --epochs 1 --json --out "$scratch/all.h5"
check "--val-fraction 0: learns from all, holds out none" \
    "[ $status = 0 ] && grep -q ', 0 held out' '$err' && json 'd[\"validation\"] is None and d[\"epochs\"][0][\"val_loss\"] is None'"
train --out "$scratch/m.h5" --epochs 1 --weights "$scratch/absent.h5"
check "absent weights: 1, and the old file stays" "[ $status = 1 ] && says absent.h5 && cmp -s '$scratch/m.h5' '$scratch/m3.h5'"

# --- interrupted ---

# A shell's background jobs ignore SIGINT, and what is ignored stays so.
: >"$err" # what the last command said must not be taken for this one's
env --default-signal=INT "$program" train --data "$scratch/set" --size 32 --batch 4 --epochs 1000 \
    --out "$scratch/cut.h5" --json >"$out" 2>"$err" </dev/null &
pid=$!
tries=0
until grep -q '^epoch 1/' "$err" || [ $tries = 600 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
kill -INT $pid
status=0
wait $pid || status=$?
check "an interrupt ends it with 1" "[ $status = 1 ] && says cancelled"
check "keeps what was learnt, and tells" "[ -s '$scratch/cut.h5' ] && json 'd[\"cancelled\"] is True and d[\"saved\"] is True'"

# --- killed and resumed ---

train --out "$scratch/whole.h5" --epochs 3 --batch 4
: >"$err"
"$program" train --data "$scratch/set" --size 32 --batch 4 --shards 2 --epochs 3 --out "$scratch/resumed.h5" \
    --checkpoints "$scratch/run" --checkpoint-steps 2 >"$out" 2>"$err" </dev/null &
pid=$!
tries=0
until grep -q '^epoch 2/' "$err" || [ $tries = 600 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
kill -KILL $pid
wait $pid 2>/dev/null
train --out "$scratch/resumed.h5" --epochs 3 --batch 4 --checkpoints "$scratch/run" --resume
check "killed and resumed, it ends with the same bytes" \
    "[ $status = 0 ] && cmp -s '$scratch/whole.h5' '$scratch/resumed.h5'"

# --- evaluate ---

resnet50 evaluate --weights "$scratch/m.h5" --data "$scratch/set" --json
check "evaluate --json" \
    "[ $status = 0 ] && json 'd[\"images\"] == 24 and len(d[\"classes\"]) == 6 and 0 <= d[\"top1\"] <= d[\"top5\"] <= 1 and d[\"loss\"] > 0'"
check "the confusion matrix has the counts of the classes" "json '[sum(r) for r in d[\"confusion_matrix\"]] == [4] * 6'"
check "top1 is its diagonal" \
    "json 'abs(sum(d[\"confusion_matrix\"][i][i] for i in range(6)) / 24 - d[\"top1\"]) < 1e-9'"
resnet50 evaluate --weights "$scratch/m.h5" --data "$scratch/set/val" --json
check "a plain folder is measured whole" "[ $status = 0 ] && json 'd[\"images\"] == 24'"
resnet50 evaluate --weights "$scratch/m.h5" --data "$scratch/set" --require 'top1>=0' --require 'loss<1e9' \
    --require 'recall[star]>=0'
check "requirements that hold" "[ $status = 0 ]"
resnet50 evaluate --weights "$scratch/m.h5" --data "$scratch/set" --require 'top1>=0' --require 'top1>1' --json
check "one that does not: 3, named, and the document all the same" \
    "[ $status = 3 ] && says 'top1>1' && json 'd[\"images\"] == 24'"
check "which tells what held" \
    "json '[(r[\"figure\"], r[\"relation\"], r[\"bound\"], r[\"holds\"]) for r in d[\"requirements\"]] == [(\"top1\", \">=\", 0, True), (\"top1\", \">\", 1, False)] and d[\"requirements\"][1][\"value\"] == d[\"top1\"]'"
resnet50 evaluate --weights "$scratch/m.h5" --data "$scratch/set" --require 'nonsense>1'
check "a figure there is not: 2" "[ $status = 2 ] && says nonsense"
resnet50 evaluate --weights /nonexistent.h5 --data "$scratch/set" --require 'nonsense>1'
check "told before the model is looked at" "[ $status = 2 ] && says nonsense"
resnet50 evaluate --weights "$scratch/m.h5" --data "$scratch/set" --require 'f1[nonsense]>1'
check "and a class there is not before the pictures are" \
    "[ $status = 2 ] && says nonsense && [ ! -s '$out' ]"
resnet50 evaluate --weights "$scratch/m.h5" --data "$scratch/set" --per-image "$scratch/each.csv" \
    --report "$scratch/report.json"
check "--per-image: a line per picture" \
    "[ $status = 0 ] && [ \$(grep -c '' '$scratch/each.csv') = 25 ] && head -n 1 '$scratch/each.csv' | grep -q '^path,label,predicted'"
check "--report .json" "python3 -m json.tool '$scratch/report.json' >/dev/null"
mkdir -p "$scratch/bad/a" "$scratch/bad/b"
cp "$scratch"/set/train/star/*.png "$scratch/bad/a"
cp "$scratch"/set/train/ring/*.png "$scratch/bad/b"
resnet50 evaluate --weights "$scratch/m.h5" --data "$scratch/bad"
check "other classes than the model's: 1, the first named" "[ $status = 1 ] && says 'its \"a\" is none of the model'"
echo "no picture" >"$scratch/bad/b/text.jpg"
resnet50 train --data "$scratch/bad" --size 32 --batch 2 --epochs 1 --out "$scratch/bad.h5"
check "a file that is no picture in a class folder: 1, named" "[ $status = 1 ] && says text.jpg"
resnet50 train --data "$scratch/bad" --size 32 --batch 2 --epochs 1 --out "$scratch/bad.h5" --on-corrupt skip
check "or skipped" "[ $status = 0 ] && [ -s '$scratch/bad.h5' ]"

# --- what happens on the way ---

resnet50 train --data "$scratch/set" --size 32 --batch 16 --epochs 8 --lr 1e-6 --schedule plateau \
    --plateau-patience 0 --patience 3 --restore-best --out "$scratch/stopped.h5" --json
check "a rate that falls, a stop and restored values are told as they happen" \
    "grep -q 'learning rate reduced' '$err' && grep -q 'training stopped, the best was epoch' '$err' &&
     grep -q 'the best, are restored' '$err'"
check "and in JSON" "json 'd[\"summary\"][\"stop_reason\"] == \"early\" and d[\"summary\"][\"n_reductions\"] > 0'"
check "with the epoch whose values are kept" \
    "json 'd[\"summary\"][\"best_epoch\"] == d[\"summary\"][\"restored_epoch\"] < d[\"summary\"][\"n_epochs\"] < 8'"

finish
