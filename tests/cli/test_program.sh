#!/bin/sh
# classify, embed, info, convert and bench on random weights. SPDX-License-Identifier: MIT
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

"$make_model" "$scratch/m.h5" 7 64 || bail_out "no model"
"$draw_shapes" "$scratch/set" 2 1 || bail_out "no pictures"
set -- "$scratch"/set/unseen/*
head -c 700 "$scratch/set/unseen/ring.jpg" >"$scratch/truncated.jpg" 2>/dev/null ||
    head -c 700 "$1" >"$scratch/truncated.jpg"
: >"$scratch/empty.png"
echo "no picture" >"$scratch/text.jpg"
mkdir "$scratch/none"

# --- classify ---

resnet50 classify --weights "$scratch/m.h5" "$@"
check "classify tells people 5 classes of each picture" \
    "[ $status = 0 ] && [ \$(grep -c ' % ' '$out') = $((5 * $#)) ]"
resnet50 classify --weights "$scratch/m.h5" --json --top 3 "$@"
check "--json: path and predictions of each" \
    "[ $status = 0 ] && json 'len(d) == $# and all(set(e) == {\"path\", \"predictions\"} for e in d)'"
check "predictions: index, label, probability, logit" \
    "json 'all(set(p) == {\"index\", \"label\", \"probability\", \"logit\"} for e in d for p in e[\"predictions\"])'"
check "3 of them, the most probable first" \
    "json 'all([p[\"probability\"] for p in e[\"predictions\"]] == sorted((p[\"probability\"] for p in e[\"predictions\"]), reverse=True) and len(e[\"predictions\"]) == 3 for e in d)'"
cp "$out" "$scratch/reference"
for threads in 1 2 3 4; do
    resnet50 classify --weights "$scratch/m.h5" --json --top 3 --threads $threads "$@"
    check "the same bytes with $threads threads" "cmp -s '$out' '$scratch/reference'"
done
resnet50 classify --weights "$scratch/m.h5" --json --top 100 "$1"
check "--top beyond the classes: all of them, adding up to 1" \
    "json 'len(d[0][\"predictions\"]) == 7 and abs(sum(p[\"probability\"] for p in d[0][\"predictions\"]) - 1) < 1e-5'"
run env RESNET50_WEIGHTS="$scratch/m.h5" "$program" classify --json "$1"
check "RESNET50_WEIGHTS stands in for --weights" "[ $status = 0 ] && json 'len(d) == 1'"
resnet50 classify --weights "$scratch/m.h5" --recipe keras --size 96 "$1"
check "--recipe and --size" "[ $status = 0 ]"
resnet50 classify --weights "$scratch/m.h5" --json --top 3 --crops 10 "$@"
check "--crops: other figures" "[ $status = 0 ] && json 'len(d) == $#' && ! cmp -s '$out' '$scratch/reference'"
resnet50 classify --weights "$scratch/m.h5" --json --top 3 --crops 1 "$@"
check "--crops 1: those without it" "cmp -s '$out' '$scratch/reference'"
resnet50 classify --weights "$scratch/m.h5" --crops 3 "$1"
check "--crops 3: 2" "[ $status = 2 ] && says 3"
resnet50 classify --weights "$scratch/m.h5" --recipe nonsense "$1"
check "an unknown recipe: 2" "[ $status = 2 ] && says nonsense"

resnet50 classify --weights "$scratch/m.h5" --json "$scratch/empty.png" "$1" "$scratch/text.jpg" \
    "$scratch/truncated.jpg" "$scratch/absent.jpg" "$scratch/none" "$2"
check "bad pictures do not stop the others, and make it 1" \
    "[ $status = 1 ] && json '[\"error\" in e for e in d] == [True, False, True, True, True, True, False]'"
check "each error names its file" "json 'all(e[\"path\"] in e.get(\"error\", e[\"path\"]) for e in d)'"
check "and is told on standard error" "says text.jpg && says absent.jpg && says empty.png"
cp "$out" "$scratch/mixed"
resnet50 classify --weights "$scratch/m.h5" --json --batch 1 "$1" "$2"
check "the others' answers are their own, wherever the bad ones stood" \
    "json 'all(a[\"predictions\"][0][\"label\"] == b[\"predictions\"][0][\"label\"] and abs(a[\"predictions\"][0][\"logit\"] - b[\"predictions\"][0][\"logit\"]) < 1e-4 for m in [json.load(open(\"$scratch/mixed\"))] for a, b in zip(d, [m[1], m[6]]))'"
latin=$scratch/$(printf 'caf\351.jpg')
cp "$1" "$latin"
resnet50 classify --weights "$scratch/m.h5" --json "$latin"
check "a file name that is not UTF-8" "[ $status = 0 ] && json '\"\\ufffd\" in d[0][\"path\"]'"
resnet50 classify --weights "$scratch/m.h5" -- "$1"
check "-- ends the options" "[ $status = 0 ]"
sh -c '"$@" >/dev/full' sh "$program" classify --weights "$scratch/m.h5" --json "$1" 2>"$err"
full_status=$?
check "a full disk behind standard output: 1" "[ $full_status = 1 ] && says 'standard output'"

# A file as training scripts write it that keep a moving average: "model" of seed 1, "model_ema" of seed 2.
"$make_model" "$scratch/raw.h5" 7 64 1 && "$make_model" "$scratch/ema.h5" 7 64 2 || bail_out "no models"
resnet50 convert "$scratch/raw.h5" "$scratch/raw.safetensors"
resnet50 convert "$scratch/ema.h5" "$scratch/ema.safetensors"
python3 - "$scratch" <<'END'
import json, struct, sys
header, data = {}, b""
for part, name in (("model.", "raw"), ("model_ema.", "ema")):
    content = open(f"{sys.argv[1]}/{name}.safetensors", "rb").read()
    start = 8 + struct.unpack("<Q", content[:8])[0]
    for key, entry in json.loads(content[8:start]).items():
        if key == "__metadata__":
            continue
        entry["data_offsets"] = [len(data) + offset for offset in entry["data_offsets"]]
        header[part + key] = entry
    data += content[start:]
text = json.dumps(header).encode()
open(f"{sys.argv[1]}/both.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)
END
for which in raw ema; do
    resnet50 classify --weights "$scratch/$which.safetensors" --size 64 --json "$1"
    cp "$out" "$scratch/$which.json"
done
for pair in prefer:ema only:ema never:raw; do
    resnet50 classify --weights "$scratch/both.safetensors" --averaged "${pair%:*}" --size 64 --json "$1"
    check "--averaged ${pair%:*}: the answers of ${pair#*:}" "[ $status = 0 ] && cmp -s '$out' '$scratch/${pair#*:}.json'"
done
resnet50 classify --weights "$scratch/both.safetensors" --size 64 --json "$1"
check "prefer is what goes without saying" "cmp -s '$out' '$scratch/ema.json'"
resnet50 convert "$scratch/both.safetensors" "$scratch/never.h5" --averaged never
resnet50 classify --weights "$scratch/never.h5" --size 64 --json "$1"
check "convert --averaged never" "[ $status = 0 ] && cmp -s '$out' '$scratch/raw.json'"
resnet50 classify --weights "$scratch/raw.h5" --averaged only "$1"
check "--averaged only, of a file that has none: 1, and it says so" "[ $status = 1 ] && says 'no averaged weights'"
rm "$scratch"/raw.* "$scratch"/ema.* "$scratch/both.safetensors" "$scratch/never.h5"

# Pictures of 65500 x 65500 px by their headers, of a few bytes by their length.
python3 - "$scratch" <<'END'
import struct, sys, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
header = chunk(b"IHDR", struct.pack(">IIBBBBB", 65500, 65500, 8, 2, 0, 0, 0))
open(sys.argv[1] + "/huge.png", "wb").write(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
frame = struct.pack(">BHHB", 8, 65500, 65500, 3) + b"\1\x22\0\2\x11\1\3\x11\1"
open(sys.argv[1] + "/huge.jpg", "wb").write(b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9")
END
resnet50 classify --weights "$scratch/m.h5" --json "$scratch/huge.png" "$scratch/huge.jpg" "$1"
check "65500 x 65500 px by the header are refused, and cost no memory" \
    "[ $status = 1 ] && json '[\"error\" in e for e in d] == [True, True, False]' && says huge.png && says huge.jpg"

# --- embed ---

resnet50 embed --weights "$scratch/m.h5" --out "$scratch/e.npy" --json "$1" "$scratch/text.jpg" "$2"
check "embed: a bad picture makes it 1" "[ $status = 1 ] && json 'd[\"shape\"] == [3, 2048] and \"error\" in d[\"images\"][1]'"
npy_is_right()
{
    python3 - "$1" <<'END'
import ast, math, struct, sys
data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x93NUMPY\x01\x00"
size = struct.unpack("<H", data[8:10])[0]
assert (10 + size) % 64 == 0 and data[9 + size] == 10
header = ast.literal_eval(data[10:10 + size].decode())
assert header == {"descr": "<f4", "fortran_order": False, "shape": (3, 2048)}
values = struct.unpack(f"<{3 * 2048}f", data[10 + size:])
assert all(map(math.isfinite, values[:2048] + values[4096:]))
assert all(map(math.isnan, values[2048:4096]))
assert min(values[:2048]) >= 0 and max(values[:2048]) > 0
END
}
check "the .npy is what NumPy reads: 3 rows, NaN for the bad one" "npy_is_right '$scratch/e.npy'"
resnet50 embed --weights "$scratch/m.h5" "$1"
check "embed without --out: 2" "[ $status = 2 ]"
resnet50 embed --weights "$scratch/m.h5" --out /nonexistent/e.npy "$1"
check "embed into an absent folder: 1, named" "[ $status = 1 ] && says /nonexistent/e.npy"

# --- info and convert ---

resnet50 info "$scratch/m.h5"
check "info for people" "[ $status = 0 ] && grep -q 'v1.5' '$out'"
resnet50 info --json --weights "$scratch/m.h5"
check "info --json" \
    "json 'd[\"n_classes\"] == 7 and d[\"variant\"] == \"v1.5\" and d[\"bn_epsilon\"] == 1e-5 and d[\"recipe\"][\"crop_width\"] == 64'"
check "parameters: torchvision's 25,557,032 less 993 classes" "json 'd[\"parameters\"] == 25557032 - 993 * 2049'"

printf 'a\nb\nc\nd\ne\nf\ng\n' >"$scratch/names"
resnet50 convert "$scratch/m.h5" "$scratch/m.safetensors" --classes "$scratch/names" --licence MIT \
    --provenance here --json
check "convert to safetensors by the name's end" "[ $status = 0 ] && json 'd[\"format\"] == \"safetensors\"'"
resnet50 info --json "$scratch/m.safetensors"
check "it keeps classes, licence, provenance and recipe" \
    "json 'd[\"classes\"] == list(\"abcdefg\") and d[\"licence\"] == \"MIT\" and d[\"provenance\"] == \"here\" and d[\"recipe\"][\"crop_width\"] == 64'"
resnet50 convert --weights "$scratch/m.safetensors" --out "$scratch/back" --format h5
check "convert back, by --format" "[ $status = 0 ]"
resnet50 classify --weights "$scratch/back" --json --top 3 "$@"
sed 's/"label": ".*"/"label": ""/' "$out" >"$scratch/unnamed"
check "the weights went through it bit by bit" "cmp -s '$scratch/unnamed' '$scratch/reference'"
resnet50 convert "$scratch/m.h5" "$scratch/m.nonsense"
check "convert to no known kind: 2" "[ $status = 2 ]"
resnet50 convert "$scratch/m.h5" "$scratch/k.h5"
check "convert v1.5 to .h5: a note for Keras" "[ $status = 0 ] && grep -q 'note: .*v1.5 and keras' '$out'"
resnet50 convert "$scratch/m.h5" "$scratch/t" --to torch --json
check "convert --to torch: safetensors, nothing to note" \
    "[ $status = 0 ] && json 'd[\"format\"] == \"safetensors\" and d[\"note\"] is None'"
resnet50 convert "$scratch/m.h5" "$scratch/refused.h5" --to keras
check "convert --to keras refuses v1.5 and says the way out" \
    "[ $status = 1 ] && says 'its 3x3' && [ ! -e '$scratch/refused.h5' ]"
resnet50 convert "$scratch/m.h5" "$scratch/refused.h5" --to torch
check "convert --to torch into .h5: 2" "[ $status = 2 ] && says '--to torch'"
head -n 3 "$scratch/names" >"$scratch/few"
resnet50 convert "$scratch/m.h5" "$scratch/n.h5" --classes "$scratch/few"
check "too few class names: 1" "[ $status = 1 ] && says '3 lines'"

# --- bad weights ---

: >"$scratch/empty"
head -c 100000 "$scratch/m.h5" >"$scratch/cut.h5"
head -c 100000 "$scratch/m.safetensors" >"$scratch/cut.safetensors"
for bad in empty cut.h5 cut.safetensors text.jpg names; do
    resnet50 info "$scratch/$bad"
    check "bad weights ($bad): 1, named" "[ $status = 1 ] && says '$bad'"
done

# --- augment-preview ---

resnet50 augment-preview --out "$scratch/sheet.png" --augment trivial --views 3 --size 64 --json "$1" "$2"
check "augment-preview draws a sheet" \
    "[ $status = 0 ] && json 'd[\"width\"] == 4 * 68 + 4 and d[\"height\"] == 2 * 68 + 4'"
resnet50 classify --weights "$scratch/m.h5" "$scratch/sheet.png"
check "which is a picture" "[ $status = 0 ]"
resnet50 augment-preview --out "$scratch/other.png" --augment nonsense "$1"
check "an unknown preset: 2" "[ $status = 2 ] && says nonsense"

# --- bench ---

resnet50 bench --batch 2 --size 64 --runs 4 --json
check "bench needs no weights" \
    "[ $status = 0 ] && json 'd[\"images_per_second\"] > 0 and d[\"ms_median\"] > 0 and d[\"peak_rss_mib\"] > 10 and d[\"runs\"] == 4'"
resnet50 bench --batch 2 --size 64 --runs 3 --weights "$scratch/m.h5" --threads 1 --json
check "but takes some" "[ $status = 0 ] && json 'd[\"threads\"] == 1'"
resnet50 bench --batch 2 --size 64 --runs 3 --train --json
check "bench --train" "[ $status = 0 ] && json 'd[\"mode\"] == \"train\"'"

finish
