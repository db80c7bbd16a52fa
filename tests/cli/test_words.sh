#!/bin/sh
# What the program says: its own words, one line each, nothing that a terminal would obey.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

"$draw_shapes" "$scratch/set" 3 2 || bail_out "no pictures"
cd "$scratch" || bail_out "no folder"
train()
{
    resnet50 train --data set --size 32 --batch 8 --epochs 1 --out x.h5 "$@"
}

# --- options by their names ---

for mistake in "--monitor val_loss --val-fraction 0 --data set/val" "--freeze-names nothere" \
    "--milestones 3,2 --schedule multi-step" "--resume" "--augment nonsense"; do
    train $mistake
    check "train $mistake: no word of the library's" \
        "[ $status != 0 ] && ! sed s/val_loss// '$err' | grep -qE 'resnet_|RESNET_|[a-z]_[a-z]'"
done
check "nothing of it was written" "[ ! -e x.h5 ]"

# --- did you mean ---

resnet50 trian
check "a command" "[ $status = 2 ] && says 'did you mean train?'"
resnet50 convrt --help
check "another" "[ $status = 2 ] && says 'did you mean convert?'"
resnet50 xyzzy
check "what is like none is left alone" "[ $status = 2 ] && ! grep -q 'did you mean' '$err'"
train --epoch 3
check "an option" "[ $status = 2 ] && says 'did you mean --epochs?'"
train --optimizer=adm
check "a word" "[ $status = 2 ] && says 'did you mean adam?'"
train --lerning-rate 3
check "an option like none" "[ $status = 2 ] && ! grep -q 'did you mean' '$err'"

# --- several hidden layers, single changes ---

train --hidden 8,4 --crop resized --flip 0.3 --zoom 0.9,1.1 --jitter-hue 0.1 --erasing 0.2
check "train with hidden layers and changes of its own" "[ $status = 0 ]"
resnet50 info --json x.h5
check "the model has both layers" \
    "json 'd[\"parameters\"] == 25557032 - 2049000 + 2048 * 8 + 8 + 8 * 4 + 4 + 4 * 6 + 6'"
train --hidden 8,0,4
check "a layer of no units: 2" "[ $status = 2 ] && says --hidden"
train --hidden 1,2,3,4,5
check "too many: 2" "[ $status = 2 ] && says --hidden"
train --flip 2
check "a change out of its range: 2" "[ $status = 2 ] && says --flip"
resnet50 augment-preview --augment none --views 1 --size 32 --out a.png set/unseen/star.jpg
resnet50 augment-preview --augment none --flip 1 --views 1 --size 32 --out b.png set/unseen/star.jpg
check "augment-preview shows them" "[ $status = 0 ] && ! cmp -s a.png b.png"
resnet50 augment-preview --augment none --flip 0 --views 1 --size 32 --out c.png set/unseen/star.jpg
check "and a change that can say 0" "cmp -s a.png c.png"

# --- one picture, not "1 pictures" ---

resnet50 augment-preview --views 1 --size 32 --out d.png set/unseen/star.jpg
check "1 picture, 1 version" "grep -q '1 picture, 1 version of each' '$out'"
mkdir -p one/a
cp set/unseen/star.jpg one/a
resnet50 scan one
check "1 file, 1 picture, 1 problem" "grep -q '^1 file, 1 picture, 1 problem\$' '$out'"

# --- scan tells what train would ---

mkdir -p empty flat two/a two/b
cp set/unseen/* flat
cp set/unseen/star.jpg two/a
cp set/unseen/ring.* two/b
for data in empty one flat two; do
    resnet50 train --data $data --size 32 --batch 2 --epochs 1 --out y.h5
    export reason="$(sed -n 's/^resnet50: //p' "$err" | head -n 1)"
    refused=$status
    resnet50 scan $data --json
    check "scan $data: refused as by train" \
        "[ $refused = 1 ] && [ $status = 1 ] && json '[\"_\" in f[\"message\"] for f in d[\"findings\"] if f[\"kind\"] == \"refused\" and f[\"message\"] in __import__(\"os\").environ[\"reason\"]] == [False]'"
done
resnet50 scan set --json
check "and not where train begins" "[ $status = 0 ] && json 'd[\"counts\"][\"refused\"] == 0'"

# --- names from elsewhere ---

escape=$(printf '\033')
csi=$(printf '\302\233')
evil=$(printf 'a\n\033[31mb\302\233c\342\200\256')
mkdir -p "evil/$evil" evil/z
cp set/train/star/* "evil/$evil"
cp set/train/ring/* evil/z
resnet50 train --data evil --size 32 --batch 4 --epochs 1 --out evil.h5
check "training on it says nothing raw" "[ $status = 0 ] && ! grep -q -e '$escape' -e '$csi' '$out' '$err'"
resnet50 info evil.h5
check "info shows a class name printable" \
    "[ $status = 0 ] && ! grep -q -e '$escape' -e '$csi' '$out' && grep -qF 'a\\x0A\\x1B[31mb' '$out'"
resnet50 info --json evil.h5
check "JSON has it whole, and nothing a terminal would obey" \
    "! grep -q -e '$escape' -e '$csi' '$out' && json 'd[\"classes\"][0] == \"a\\n\\x1b[31mb\\x9bc\\u202e\"'"
cp set/unseen/star.jpg "$evil.jpg"
cp set/unseen/star.jpg "$(printf 'latin\351.jpg')"
resnet50 classify --weights evil.h5 --top 1 "$evil.jpg" "$evil.png" latin*.jpg
check "classify tells paths printable: one line each" \
    "[ $status = 1 ] && ! grep -q -e '$escape' -e '$csi' '$out' '$err' && [ \$(grep -c '' '$out') = 4 ] && [ \$(grep -c '' '$err') = 1 ] && grep -qF 'latin\\xE9' '$out'"
resnet50 convert evil.h5 e.h5 --licence "$evil" --provenance "$evil"
resnet50 info e.h5
check "so are licence and provenance" "! grep -q -e '$escape' -e '$csi' '$out' && [ \$(grep -c '' '$out') = 8 ]"
resnet50 "$evil"
check "and what was typed" "[ $status = 2 ] && ! grep -q '$escape' '$err' && [ \$(grep -c '' '$err') = 1 ]"

# --- what can be classified ---

resnet50 classify --weights x.h5 --json set/unseen
cp "$out" folder.json
check "a folder stands for its pictures" "[ $status = 0 ] && json 'len(d) == 6'"
ls set/unseen/* | "$program" classify --weights x.h5 --json - >list.json
check "- for a list of them" "cmp -s folder.json list.json"
ln -s .. set/unseen/round
resnet50 classify --weights x.h5 --json set/unseen
check "links to folders are not followed" "[ $status = 0 ] && json 'len(d) == 6'"
rm set/unseen/round
resnet50 classify --weights x.h5 --json empty set/unseen
check "a folder without pictures: 1, told, the others classified" \
    "[ $status = 1 ] && says 'without pictures' && json 'len(d) == 7 and \"error\" in d[0]'"
: >not.jpg
resnet50 classify --weights x.h5 --csv --top 2 not.jpg set/unseen
check "--csv: a line per picture and class" "[ $status = 1 ] && [ \$(grep -c '' '$out') = 14 ]"
csv_is_right()
{
    python3 - "$out" folder.json <<'PY'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert list(rows[0]) == ["path", "rank", "index", "label", "probability", "error"]
assert rows[0]["error"] and not rows[0]["label"]
for picture, first in zip(json.load(open(sys.argv[2])), rows[1::2]):
    best = picture["predictions"][0]
    assert first["path"] == picture["path"] and first["label"] == best["label"]
    assert abs(float(first["probability"]) - best["probability"]) < 1e-6 and first["rank"] == "1"
PY
}
check "it says what JSON does" csv_is_right
quoted='say "a, b".jpg'
cp set/unseen/star.jpg "$quoted"
resnet50 classify --weights x.h5 --csv --top 1 "$quoted"
check "fields are quoted" "grep -qF '\"say \"\"a, b\"\".jpg\",1,' '$out'"
resnet50 classify --weights x.h5 --csv --json set/unseen
check "--csv with --json: 2" "[ $status = 2 ]"
resnet50 embed --weights x.h5 --json --out v.npy set/unseen
check "embed takes folders as well" "[ $status = 0 ] && json 'd[\"shape\"] == [6, 2048]'"

finish
