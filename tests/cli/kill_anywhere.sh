#!/bin/sh
# Kills train, convert, embed and evaluate at random moments: nothing that was there is lost, nothing
# half written takes a place, and the next run clears up. SPDX-License-Identifier: MIT
# usage: kill_anywhere.sh PROGRAM MAKE-MODEL DRAW-SHAPES [ROUNDS [SEED]]; each round is one kill
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

rounds=${4:-8}
seed=${5:-1}
"$make_model" "$scratch/m.h5" 6 32 || bail_out "no model"
"$draw_shapes" "$scratch/set" 3 2 || bail_out "no pictures"
mkdir "$scratch/out"
cd "$scratch/out" || bail_out "no folder"

# start COMMAND: one of the four, all its outputs asked for
start()
{
    case $1 in
    train)
        set -- train --data ../set --size 32 --batch 8 --epochs 2 --out learnt.h5 --report learnt.html \
            --history history.csv --history-jsonl history.jsonl --tensorboard events --checkpoints run \
            --checkpoint-steps 1 --feature-file features --listing listing
        [ ! -e run/last.rnck ] || set -- "$@" --resume
        ;;
    convert) set -- convert ../m.h5 converted.safetensors ;;
    embed) set -- embed --weights ../m.h5 --out vectors.npy ../set ;;
    evaluate)
        set -- evaluate --weights ../m.h5 --data ../set --report measured.json --per-image each.csv
        ;;
    esac
    exec "$program" "$@" >"$out" 2>"$err" </dev/null
}
seconds()
{
    date +%s.%N
}

# Whole runs first: they leave what later ones replace, and tell how long one takes.
for command in train convert embed evaluate; do
    begin=$(seconds)
    (start $command) || bail_out "$command fails: $(cat "$err")"
    eval "time_$command=$(echo "$(seconds) $begin" | awk '{print $1 - $2}')"
done
rm -r run
for name in run.backup learnt.h5.backup learnt.h5.abcdef learnt.h5~ vectors.npy.sha256 \
    .resnet50-draft-mine .resnet50-draft-0123456789abcdef-00.txt; do
    echo mine >"$name"
done
inputs_sum()
{
    find ../m.h5 ../set -type f -exec cksum {} + | sort | cksum
}
inputs=$(inputs_sum)

all_is_whole()
{
    python3 - <<'PY'
import csv, json, os, struct
data = open("vectors.npy", "rb").read()
size = struct.unpack("<H", data[8:10])[0]
shape = eval(data[10:10 + size].decode())["shape"]
assert len(data) == 10 + size + 4 * shape[0] * shape[1], "vectors.npy"
rows = list(csv.reader(open("each.csv", newline="")))
assert len(rows) == 13 and all(len(row) == 7 for row in rows), "each.csv"
json.load(open("measured.json"))
assert open("learnt.html").read().rstrip().endswith("</html>"), "learnt.html"
if os.path.exists("history.csv"):
    text = open("history.csv").read()
    assert text.endswith("\n") and len({line.count(",") for line in text.splitlines()}) == 1, "history.csv"
for line in open("history.jsonl") if os.path.exists("history.jsonl") else []:
    assert line.endswith("\n") and json.loads(line), "history.jsonl"
PY
}
models_load()
{
    for model in learnt.h5 converted.safetensors $([ ! -e run/best.h5 ] || echo run/best.h5); do
        "$program" info "$model" >/dev/null || return 1
    done
}

round=0
n_drafts=0
n_killed=0
while [ $round -lt "$rounds" ]; do
    case $((round % 4)) in 0) command=train ;; 1) command=convert ;; 2) command=embed ;; *) command=evaluate ;; esac
    eval "duration=\$time_$command"
    (start $command) &
    pid=$!
    sleep "$(awk -v seed=$((seed * 1000 + round)) -v t="$duration" 'BEGIN { srand(seed); print rand() * t }')"
    kill -KILL $pid 2>/dev/null
    status=0
    wait $pid 2>/dev/null || status=$?
    [ $status != 137 ] || n_killed=$((n_killed + 1))
    n_drafts=$((n_drafts + $(find . -name '.resnet50-draft-*-??' | grep -c '')))
    round=$((round + 1))
    check "$round: $command killed: all outputs are whole" \
        "[ $status = 137 -o $status = 0 ] && all_is_whole 2>>'$err' && models_load 2>>'$err'"
done
echo "# $n_killed of $rounds killed in time, $n_drafts drafts seen"
check "what is read is as it was" "[ \"\$(inputs_sum)\" = '$inputs' ]"
check "the user's own files are as well" \
    "[ \$(cat run.backup learnt.h5.backup learnt.h5.abcdef learnt.h5~ vectors.npy.sha256 .resnet50-draft-mine .resnet50-draft-0123456789abcdef-00.txt | grep -c mine) = 7 ]"
for command in train convert embed evaluate; do
    status=0
    (start $command) || status=$?
    check "$command works after all that" "[ $status = 0 ]"
done
check "and no draft is left" "[ -z \"\$(find . -name '.resnet50-draft-*-??')\" ]"

finish
