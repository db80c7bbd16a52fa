#!/bin/sh
# What the program writes: whole or not at all, nowhere it should not, and told before the work.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

"$make_model" "$scratch/m.h5" 6 32 || bail_out "no model"
"$draw_shapes" "$scratch/set" 3 2 || bail_out "no pictures"
picture=$scratch/set/val/star/star-0001.jpg
cd "$scratch" || bail_out "no folder"
train()
{
    resnet50 train --data "$scratch/set" --size 32 --batch 8 --epochs 1 "$@"
}
# wait_for SECONDS CONDITION
wait_for()
{
    tries=0
    until eval "$2" || [ $tries = $(($1 * 10)) ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}
sum()
{
    cksum <"$1"
}
mode()
{
    stat -c %a "$1"
}

# --- names ---

before=$(sum "$picture")
for name in "$picture" x.jpg x.PNG x.jpeg x.h5 x.pth x.safetensors x.csv; do
    resnet50 embed --weights m.h5 --out "$name" "$picture"
    check "embed --out $(basename "$name"): 2, nothing written" \
        "[ $status = 2 ] && says --out && { [ '$name' = '$picture' ] || [ ! -e '$name' ]; }"
done
ln "$picture" hidden.npy
resnet50 embed --weights m.h5 --out hidden.npy "$picture"
check "a picture by another name is none the less refused" "[ $status = 2 ] && says 'one of the pictures'"
resnet50 augment-preview --out "$(ls set/unseen/*.png | head -n 1)" "$picture"
check "augment-preview replaces no picture unasked" "[ $status = 2 ] && says --replace"
resnet50 augment-preview --out sheet.jpg "$picture"
check "and writes a .png" "[ $status = 2 ] && says .png"
resnet50 augment-preview --out sheet.png --views 1 --size 32 "$picture"
resnet50 augment-preview --out sheet.png --views 1 --size 32 --replace "$picture"
check "with --replace it does" "[ $status = 0 ]"
check "the picture is as it was" "[ \"\$(sum '$picture')\" = '$before' ]"
resnet50 convert m.h5 x.png --format h5
check "convert to a picture: 2" "[ $status = 2 ] && [ ! -e x.png ]"

# --- told before the work ---

long=$(printf '%0256d' 0)
mkdir folder.h5
for name in folder.h5 "$long.h5" m.h5/x.h5 nowhere/x.h5; do
    resnet50 train --data /nonexistent --out "$name"
    check "train --out $(echo "$name" | cut -c1-20): told before the data is looked at" \
        "[ $status = 1 ] && ! grep -q nonexistent '$err'"
    resnet50 convert /nonexistent.h5 "$name"
    check "convert likewise" "[ $status = 1 ] && ! grep -q nonexistent '$err'"
done
for option in --report=nowhere/x.html --history=nowhere/x --history-jsonl=folder.h5 --checkpoints=m.h5 \
    --checkpoints=m.h5/run --tensorboard=m.h5 --listing=nowhere/x --feature-file=nowhere/x; do
    resnet50 train --data /nonexistent --out x.h5 $option
    check "train $option: likewise" "[ $status != 0 ] && ! grep -q nonexistent '$err'"
done
for option in --report=nowhere/x.json --per-image=nowhere/x.csv; do
    resnet50 evaluate --data /nonexistent --weights m.h5 $option
    check "evaluate $option: likewise" "[ $status = 1 ] && ! grep -q nonexistent '$err'"
done
: >same
resnet50 train --data /nonexistent --out x.h5 --history same --history-jsonl "$scratch/same"
check "two outputs in one place: 2" "[ $status = 2 ] && says 'same file'"
resnet50 train --data "$scratch/set" --out x.h5 --resume
check "--resume without --checkpoints: 2" "[ $status = 2 ] && says --checkpoints"
resnet50 train --data "$scratch/set" --out x.h5 --checkpoints run --resume
check "--resume without a checkpoint does not start anew" "[ $status = 1 ] && says run/last.rnck && [ ! -e x.h5 ]"
check "and makes no folder" "[ ! -e run ]"

# --- links, modes, what is no regular file ---

umask 027
resnet50 convert m.h5 new.h5
check "a new file obeys the umask" "[ \$(mode new.h5) = 640 ]"
resnet50 embed --weights m.h5 --out new.npy "$picture"
check "a table of vectors too" "[ \$(mode new.npy) = 640 ]"
umask 022
chmod 604 new.h5 new.npy
ln -s new.h5 link.h5
resnet50 convert m.h5 link.h5
check "a link stays a link, what it leads to keeps its mode" \
    "[ $status = 0 ] && [ -L link.h5 ] && [ ! -L new.h5 ] && [ \$(mode new.h5) = 604 ]"
resnet50 embed --weights m.h5 --out new.npy "$picture"
check "vectors that are replaced keep it as well" "[ \$(mode new.npy) = 604 ]"
mkfifo pipe
cat pipe >read.h5 &
resnet50 convert m.h5 pipe --format h5
wait $!
check "a pipe is written through" "[ $status = 0 ] && [ -p pipe ] && cmp -s new.h5 read.h5"
cat pipe >read.csv &
resnet50 train --data set --freeze all --random-features --size 32 --batch 16 --epochs 2 --out taught.h5 --history pipe
wait $!
check "a history too, to its end" "[ $status = 0 ] && [ -p pipe ] && [ \$(grep -c '^[0-9]' read.csv) = 2 ]"
resnet50 train --data set --freeze all --random-features --size 32 --batch 16 --epochs 2 --out taught.h5 --history-jsonl /dev/null \
    --history /dev/full
check "one that cannot be written is told before anything is learnt" "[ $status = 1 ] && says /dev/full && [ -c /dev/null ]"
resnet50 convert m.h5 /dev/null --format safetensors
check "/dev/null stays a device" "[ $status = 0 ] && [ -c /dev/null ]"
resnet50 convert m.h5 /dev/full --format safetensors
check "a full device: 1" "[ $status = 1 ] && says /dev/full"
"$program" embed --weights m.h5 --out /dev/stdout --json "$picture" 2>"$err" >both
check "/dev/stdout is written through even into a file" "grep -q NUMPY both && grep -q shape both"
if mknod device c 1 3 2>/dev/null && : 2>/dev/null >device; then
    resnet50 evaluate --weights m.h5 --data set --per-image device
    check "a device of the user's stays one" "[ $status = 0 ] && [ -c device ]"
else
    check "a device of the user's stays one # SKIP not permitted" true
fi

# --- closed streams ---

resnet50 embed --weights m.h5 --out open.npy "$picture"
(
    exec <&- >&- 2>&-
    "$program" embed --weights m.h5 --out closed.npy "$picture"
)
check "with all streams closed the file holds what it should" "cmp -s open.npy closed.npy"
(
    exec >&- 2>&-
    "$program" train --data set --size 32 --batch 8 --epochs 1 --out closed.h5 --history closed.csv
)
check "and so do a model and its history" \
    "resnet50 info closed.h5; [ $status = 0 ] && [ \$(grep -c '' closed.csv) = 2 ]"
"$program" info m.h5 >&- 2>"$err"
check "a closed standard output is told" "[ $? = 1 ] && says 'standard output'"

# --- the user's files beside ours ---

mkdir kept
for name in last.rnck.backup last.rnck.sha256 last.rnck.abcdef best.h5.sha256 best.h5.backup; do
    echo mine >"kept/$name"
done
train --out kept.h5 --checkpoints kept
check "backups beside checkpoints stay" "[ $status = 0 ] && [ \$(cat kept/*.*.* | grep -c mine) = 5 ]"
check "nothing else does" "[ \$(ls -A kept | grep -c '') = 7 ]"

# --- full disks ---

mkdir disk
if mount -t tmpfs -o size=120k tmpfs disk 2>/dev/null; then
    at_exit "umount '$scratch/disk'"
    echo old | tee disk/v.npy disk/each.csv disk/r.html >disk/sheet.png
    resnet50 embed --weights m.h5 --out disk/v.npy set/train set/val
    check "a full disk under embed: 1" "[ $status = 1 ] && says 'No space left'"
    head -c 100000 /dev/zero >disk/filler
    resnet50 evaluate --weights m.h5 --data set --report disk/r.html
    check "under a report: 1" "[ $status = 1 ] && says 'No space left'"
    resnet50 augment-preview --replace --out disk/sheet.png "$picture"
    check "under a sheet: 1" "[ $status = 1 ] && says 'No space left'"
    resnet50 convert m.h5 disk/m.h5
    check "under a model: 1" "[ $status = 1 ] && says 'No space left'"
    head -c 100000 /dev/zero >>disk/filler 2>/dev/null
    resnet50 evaluate --weights m.h5 --data set --per-image disk/each.csv
    check "under a table: 1, at once" "[ $status = 1 ] && says 'No space left'"
    check "what was there stays, and nothing else" \
        "[ \$(cat disk/v.npy disk/each.csv disk/r.html disk/sheet.png | grep -c '^old') = 4 ] && [ \$(ls -A disk | grep -c '') = 5 ]"
    rm disk/filler
    TMPDIR="$scratch" train --out disk/m.h5
    check "under the model learnt: 1, and it goes elsewhere" \
        "[ $status = 1 ] && says 'No space left' && ls rescued-*-m.h5 >/dev/null"
fi
run sh -c 'ulimit -f 8 && "$@"' sh "$program" convert m.h5 limited.h5
check "a limit of file size: 1, no trace" "[ $status = 1 ] && says limited.h5 && [ ! -e limited.h5 ]"
ln -s /dev/full full.html
train --out first.h5 --report full.html
check "a report that fails: 1, the model is there" "[ $status = 1 ] && says full.html && [ -s first.h5 ]"

# --- signals ---

# start_training OPTION...: in the background, with the signals as a shell in the foreground has them.
start_training()
{
    env --default-signal=INT "$program" train --data set --size 32 --batch 4 --epochs 1000 "$@" \
        >"$out" 2>"$err" </dev/null &
    pid=$!
}
end_training()
{
    status=0
    wait $pid || status=$?
}
echo older >old.h5
start_training --out old.h5 --checkpoints early --checkpoint-steps 1
wait_for 60 '[ -e early/last.rnck ]'
kill -TERM $pid
end_training
epochs=$(grep -c ^epoch "$err")
check "cancelled in its first epoch, it leaves the older file" \
    "[ $status = 1 ] && { [ $epochs != 0 ] || { grep -q older old.h5 && says 'stays as it was'; }; }"
start_training --out young.h5 --checkpoints early2 --checkpoint-steps 1
wait_for 60 '[ -e early2/last.rnck ]'
kill -HUP $pid
end_training
check "where there is none, what was learnt is kept" "[ $status = 1 ] && says cancelled && [ -s young.h5 ]"
"$program" train --data set --size 32 --batch 8 --epochs 2 --out ignored.h5 >"$out" 2>"$err" </dev/null &
pid=$! # a background job of a shell ignores SIGINT
wait_for 60 'grep -q "to learn from" "$err"'
sleep 0.3
kill -INT $pid
end_training
check "SIGINT ignored on entry stays ignored" "[ $status = 0 ] && [ \$(grep -c ^epoch '$err') = 2 ]"

# --- late failures ---

cp -r set spoilt
env --default-signal=INT "$program" train --data spoilt --size 32 --batch 4 --epochs 1000 --cache-bytes 0 \
    --out spoilt.h5 >"$out" 2>"$err" </dev/null &
pid=$!
wait_for 60 'grep -q ^epoch "$err"'
for file in spoilt/train/star/*; do echo "no picture" >"$file"; done
end_training
check "pictures that go bad on the way: 1, what was learnt is saved" \
    "[ $status = 1 ] && says star && [ -s spoilt.h5 ] && grep -q 'spoilt.h5: saved' '$err'"

finish
