#!/bin/sh
# What evaluate measures on: the pictures that were held out, and which of the model's classes.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

"$draw_shapes" "$scratch/set" 8 4 || bail_out "no pictures"
cp -r "$scratch/set/train" "$scratch/plain"

evaluate()
{
    resnet50 evaluate --weights "$@"
}

# Whether the first line of standard output has a text.
first_line()
{
    head -n 1 "$out" | grep -qF -- "$1"
}

# --- cut by seed ---

resnet50 train --data "$scratch/plain" --val-fraction 0.25 --seed 7 --size 32 --batch 16 --epochs 1 \
    --json --out "$scratch/p.h5"
[ "$status" = 0 ] || bail_out "no model"
cp "$out" "$scratch/train.json"
evaluate "$scratch/p.h5" --data "$scratch/plain" --json
check "auto is what was held out" "[ $status = 0 ] && json 'd[\"images\"] == 12 and d[\"measured\"] == {\"data\": \"$scratch/plain\",
    \"part\": \"val\", \"images\": 12, \"left_out\": 0, \"learnt\": 0, \"new\": 0, \"gone\": 0, \"seed\": 7, \"val_fraction\": 0.25, \"classes\": 6,
    \"matched_by\": \"order\", \"crops\": 1}'"
check "with the figures that train found" \
    "json 'd[\"loss\"] == json.load(open(\"$scratch/train.json\"))[\"validation\"][\"loss\"]'"
mv "$scratch/plain" "$scratch/moved"
evaluate "$scratch/p.h5" --data "$scratch/moved/"
check "wherever the folder is, which the first line says" \
    "[ $status = 0 ] && first_line 'measured on 12 pictures of $scratch/moved/, held out when the model learnt (seed 7, fraction 0.25)'"
resnet50 convert "$scratch/p.h5" "$scratch/p.safetensors"
evaluate "$scratch/p.safetensors" --data "$scratch/moved"
check "from safetensors as well" "[ $status = 0 ] && first_line 'measured on 12 pictures'"
evaluate "$scratch/p.h5" --data "$scratch/moved" --part all --per-image "$scratch/each.csv"
check "learnt ones are named as such" \
    "[ $status = 0 ] && first_line 'measured on 48 pictures of $scratch/moved, 36 of them learnt'"
check "one by one, too" "[ \$(grep -c ',1$' '$scratch/each.csv') = 36 ] && [ \$(grep -c ',0$' '$scratch/each.csv') = 12 ]"
evaluate "$scratch/p.h5" --data "$scratch/moved" --part train
check "--part train: all learnt" "first_line 'measured on 36 pictures of $scratch/moved, all of them learnt'"
# --- a folder that has changed since ---

cp "$(find "$scratch/set/val/star" -type f | head -n 1)" "$scratch/moved/star/new.png"
cp "$scratch/moved/star/new.png" "$scratch/moved/circle/0new.png"
evaluate "$scratch/p.h5" --data "$scratch/moved" --json
check "new pictures change nothing: auto is what was held out" "[ $status = 0 ] && json 'd[\"images\"] == 12 and d[\"measured\"][\"learnt\"] == 0 and d[\"measured\"][\"part\"] == \"val\" and d[\"measured\"][\"new\"] == 2 and d[\"measured\"][\"gone\"] == 0'"
check "with the same figures" \
    "json 'd[\"loss\"] == json.load(open(\"$scratch/train.json\"))[\"validation\"][\"loss\"]'"
evaluate "$scratch/p.h5" --data "$scratch/moved"
check "and they are told of" "first_line 'held out when the model learnt (seed 7, fraction 0.25); 2 new pictures since and not among these: --part new'"
evaluate "$scratch/p.h5" --data "$scratch/moved" --part train
check "nor were they learnt" "first_line 'measured on 36 pictures of $scratch/moved, all of them learnt' && first_line '2 new pictures'"
evaluate "$scratch/p.h5" --data "$scratch/moved" --part all
check "--part all has them, and says so" \
    "first_line 'measured on 50 pictures of $scratch/moved, 36 of them learnt' && first_line '; 2 of them new since'"
evaluate "$scratch/p.h5" --data "$scratch/moved" --part new --per-image "$scratch/each.csv"
check "--part new: those alone" "[ $status = 0 ] && first_line 'measured on 2 pictures of $scratch/moved, new since the model learnt' &&
    [ \$(grep -c 'new.png.*,0$' '$scratch/each.csv') = 2 ]"
rm "$scratch/moved/star/new.png" "$scratch/moved/circle/0new.png"
gone=$(ls "$scratch/moved/circle" | head -n 1)
mv "$scratch/moved/circle/$gone" "$scratch/gone"
evaluate "$scratch/p.h5" --data "$scratch/moved"
check "a picture that is gone is missed" "[ $status = 0 ] && first_line '1 picture gone since'"
evaluate "$scratch/p.h5" --data "$scratch/moved" --part new
check "--part new, and there is none: 1" "[ $status = 1 ] && says 'no picture is new to the model'"
mkdir "$scratch/others"
for class in "$scratch"/moved/*; do
    mkdir "$scratch/others/${class##*/}"
    for picture in "$class"/*; do cp "$picture" "$scratch/others/${class##*/}/other-${picture##*/}"; done
done
evaluate "$scratch/p.h5" --data "$scratch/others" --json
check "another list: everything, and nothing is claimed" \
    "[ $status = 0 ] && json 'd[\"images\"] == 47 and d[\"measured\"][\"learnt\"] is None and d[\"measured\"][\"part\"] == \"all\"'"
evaluate "$scratch/p.h5" --data "$scratch/others"
check "which is said" "first_line 'not the list that the model learnt from'"
evaluate "$scratch/p.h5" --data "$scratch/others" --part new
check "nor is anything called new" "[ $status = 1 ] && says 'does not say'"
rm -r "$scratch/others"
mv "$scratch/gone" "$scratch/moved/circle/$gone"

resnet50 train --data "$scratch/moved" --val-fraction 0 --size 32 --batch 16 --epochs 1 --out "$scratch/all.h5"
evaluate "$scratch/all.h5" --data "$scratch/moved"
check "nothing held out: all were learnt" "[ $status = 0 ] && first_line 'measured on 48 pictures of $scratch/moved, all of them learnt'"

"$make_model" "$scratch/random.h5" 6 32 || bail_out "no model"
evaluate "$scratch/random.h5" --data "$scratch/moved"
check "a model that says nothing of it" "[ $status = 0 ] && first_line 'the model does not say what it learnt from'"

# --- parts of the data's own ---

resnet50 train --data "$scratch/set" --size 32 --batch 16 --epochs 1 --out "$scratch/s.h5"
evaluate "$scratch/s.h5" --data "$scratch/set"
check "val/ is the held-out part" \
    "first_line 'measured on 24 pictures of $scratch/set, its held-out part, none of them learnt'"
evaluate "$scratch/s.h5" --data "$scratch/set" --part train
check "train/ was learnt" "first_line 'its part to learn from, all of them learnt'"
evaluate "$scratch/s.h5" --data "$scratch/set" --part all --json
check "both: as many as train/ has" "json 'd[\"measured\"][\"learnt\"] == 48 and d[\"measured\"][\"images\"] == 72'"
mv "$scratch/set/train" "$scratch/set/Training"
mv "$scratch/set/val" "$scratch/set/Testing"
evaluate "$scratch/s.h5" --data "$scratch/set" --json
check "Testing/ is held out" "json 'd[\"measured\"][\"part\"] == \"val\" and d[\"images\"] == 24'"

list=$scratch/list.csv
echo 'Path ; Label ; Split' >"$list"
for name in circle cross ring square star triangle; do
    find "$scratch/moved/$name" -type f | sort | awk -v name="$name" \
        '{ print $0 " ; " name " ; " (NR < 7 ? "train" : "val") }' >>"$list"
done
resnet50 train --data "$list" --size 32 --batch 16 --epochs 1 --out "$scratch/c.h5"
evaluate "$scratch/c.h5" --data "$list"
check "a column says it: semicolons and spaces in the list do not matter" \
    "[ $status = 0 ] && first_line 'measured on 12 pictures of $list, its held-out part, none of them learnt'"

# --- some of the classes ---

mkdir "$scratch/some"
cp -r "$scratch/set/Testing/star" "$scratch/set/Testing/ring" "$scratch/some"
evaluate "$scratch/p.h5" --data "$scratch/some" --json --per-image "$scratch/some.csv"
check "two of six folders, by name" "[ $status = 0 ] && json 'd[\"images\"] == 8 and d[\"measured\"][\"classes\"] == 2 and d[\"measured\"][\"matched_by\"] == \"name\" and [c[\"support\"] for c in d[\"per_class\"]] == [0, 0, 4, 0, 4, 0]'"
check "figures over what occurs, from the predictions one by one" "python3 - '$out' '$scratch/some.csv' <<'END'
import csv, json, sys
document = json.load(open(sys.argv[1]))
rows = list(csv.DictReader(open(sys.argv[2])))
occurring = sorted({r['label'] for r in rows} | {r['predicted'] for r in rows})
count = lambda test: sum(1 for r in rows if test(r))
recalls, f1s = {}, []
for name in occurring:
    hit = count(lambda r: r['label'] == name == r['predicted'])
    support, predicted = count(lambda r: r['label'] == name), count(lambda r: r['predicted'] == name)
    recalls[name] = hit / support if support else 0
    f1s.append(2 * hit / (support + predicted))
balanced = sum(recalls[r] for r in {r['label'] for r in rows}) / 2
assert abs(document['macro_f1'] - sum(f1s) / len(f1s)) < 1e-9
assert abs(document['balanced_accuracy'] - balanced) < 1e-9
assert abs(document['top1'] - count(lambda r: r['label'] == r['predicted']) / 8) < 1e-9
END"
mv "$scratch/some/star" "$scratch/some/4"
mv "$scratch/some/ring" "$scratch/some/2"
evaluate "$scratch/p.h5" --data "$scratch/some" --json
check "by index" "[ $status = 0 ] && json 'd[\"measured\"][\"matched_by\"] == \"index\" and [c[\"support\"] for c in d[\"per_class\"]] == [0, 0, 4, 0, 4, 0]'"
find "$scratch/set/Testing/ring" -type f | sed 's/$/,2/; 1i path,label' >"$scratch/indices.csv"
evaluate "$scratch/p.h5" --data "$scratch/indices.csv" --json
check "rows of indices, not all of them there" "[ $status = 0 ] && json 'd[\"images\"] == 4 and d[\"per_class\"][2][\"support\"] == 4'"
"$make_model" "$scratch/thousand.h5" 1000 32 || bail_out "no model"
mv "$scratch/some/4" "$scratch/some/n02102040"
mv "$scratch/some/2" "$scratch/some/n01440764"
evaluate "$scratch/thousand.h5" --data "$scratch/some" --json
check "by wnid" "[ $status = 0 ] && json 'd[\"measured\"][\"matched_by\"] == \"wnid\" and d[\"per_class\"][0][\"support\"] == 4 and d[\"per_class\"][217][\"support\"] == 4'"
evaluate "$scratch/thousand.h5" --data "$scratch/some"
check "which the first line says" "sed -n 1p '$out' | grep -q 'with 2 of the model.s 1000 classes, matched by wnid'"
mkdir "$scratch/some/griffin"
cp "$scratch"/set/Testing/ring/* "$scratch/some/griffin"
evaluate "$scratch/thousand.h5" --data "$scratch/some"
check "a class that the model does not have: 1, named" "[ $status = 1 ] && says griffin"

# --- what is left out is told ---

mkdir -p "$scratch/mixed"
cp -r "$scratch/set/Testing/star" "$scratch/set/Testing/ring" "$scratch/mixed"
echo GIF89a >"$scratch/mixed/star/a.gif"
evaluate "$scratch/p.h5" --data "$scratch/mixed"
check "pictures of kinds that are not read" "[ $status = 0 ] && says '1 picture is left out'"
echo "no picture" >"$scratch/mixed/star/b.jpg"
evaluate "$scratch/p.h5" --data "$scratch/mixed" --on-corrupt skip --json
check "bad ones, one by one and in sum" "[ $status = 0 ] && says 'left out: $scratch/mixed/star/b.jpg' &&
    json 'd[\"measured\"][\"left_out\"] == 1 and d[\"images\"] == 8'"
evaluate "$scratch/p.h5" --data "$scratch/mixed" --on-corrupt skip --max-corrupt 0.1
check "above the limit: 1" "[ $status = 1 ] && says '1 of 9 pictures'"
for file in "$scratch"/mixed/*/*.[jp]*; do echo x >"$file"; done
evaluate "$scratch/p.h5" --data "$scratch/mixed" --on-corrupt skip --max-corrupt 1
check "nothing left: 1" "[ $status = 1 ] && says 'none of 9 pictures'"
resnet50 train --data "$scratch/mixed" --on-corrupt skip --max-corrupt 1 --size 32 --epochs 1 --out "$scratch/none.h5"
check "nothing to learn from: 1, nothing saved" "[ $status = 1 ] && [ ! -e '$scratch/none.h5' ]"

finish

# --- several crops ---

evaluate "$scratch/random.h5" --data "$scratch/moved" --json
cp "$out" "$scratch/one.json"
evaluate "$scratch/random.h5" --data "$scratch/moved" --json --crops 10 --per-image "$scratch/ten.csv"
check "ten crops: other figures, which are told" \
    "[ $status = 0 ] && json 'd[\"measured\"][\"crops\"] == 10 and abs(d[\"loss\"] - json.load(open(\"$scratch/one.json\"))[\"loss\"]) > 1e-6'"
average_loss()
{
    python3 -c 'import csv, math, sys
rows = list(csv.DictReader(open(sys.argv[1])))
print(sum(-math.log(float(row["label_probability"])) for row in rows) / len(rows))' "$1"
}
check "and told of each picture" "json 'd[\"images\"] == 48 and abs(d[\"loss\"] - $(average_loss "$scratch/ten.csv")) < 1e-4'"
evaluate "$scratch/random.h5" --data "$scratch/moved" --crops 5
check "in the first line, too" "[ $status = 0 ] && first_line '; 5 crops of each, their logits averaged'"
