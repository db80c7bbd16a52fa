#!/bin/sh
# resnet50 scan on a folder with everything wrong. SPDX-License-Identifier: MIT
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

"$draw_shapes" "$scratch/set" 4 2 || bail_out "no pictures"
resnet50 scan "$scratch/set" --json
check "a good folder: 0, no findings" "[ $status = 0 ] && json 'd[\"problems\"] == 0 and d[\"findings\"] == [] and d[\"files\"] == 42'"

star=$scratch/set/train/star
: >"$star/empty.jpg"
echo "no picture" >"$star/text.jpg"
echo "notes" >"$star/README.txt"
head -c 1500 "$star/star-0001.jpg" >"$star/cut.jpg"
head -c 60 "$star/star-0001.jpg" >"$star/stump.jpg"
cp "$star/star-0001.jpg" "$star/twice.jpg"
cp "$star/star-0002.jpg" "$scratch/set/train/ring/conflict.jpg"
cp "$scratch/set/train/cross/cross-0001.jpg" "$scratch/set/val/cross/leak.jpg"
ln -s nowhere "$star/dangling.jpg"
echo "hidden" >"$star/.hidden.jpg"

# write_png FILE WIDTH HEIGHT ORIENTATION: with an eXIf chunk unless ORIENTATION is 0
write_png()
{
    python3 - "$@" <<'END'
import struct, sys, zlib
path, width, height, orientation = sys.argv[1], *map(int, sys.argv[2:5])
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\0" + bytes((7 * x + 13 * y) % 256 for x in range(3 * width)) for y in range(height))
exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HHI", orientation, 0, 0)
open(path, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    + (chunk(b"eXIf", exif) if orientation else b"") + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
END
}
write_png "$star/tiny.png" 20 40 0
write_png "$star/turned.png" 40 48 6
write_png "$star/upright.png" 41 48 1

resnet50 scan "$scratch/set" --json
check "with problems: 1" "[ $status = 1 ]"
# kind_of NAME KIND
kind_of()
{
    json "[f[\"kind\"] for f in d[\"findings\"] if f[\"path\"].endswith(\"/$1\")] == [\"$2\"]"
}
check "an empty file is not an image" "kind_of empty.jpg not_an_image"
check "text is not an image" "kind_of text.jpg not_an_image"
check "nor are notes" "kind_of README.txt not_an_image"
check "half a picture is truncated" "kind_of cut.jpg truncated"
check "a stump is truncated as well" "kind_of stump.jpg truncated"
check "a copy in the class is a duplicate" "kind_of twice.jpg duplicate"
check "a copy in another class is a conflict" "kind_of star-0002.jpg conflict || kind_of conflict.jpg conflict"
check "a copy in val/ is a leak" "kind_of leak.jpg leak"
check "a dangling link is unreadable" "kind_of dangling.jpg unreadable"
check "a small picture is tiny" "kind_of tiny.png tiny"
check "a turned one is rotated" "kind_of turned.png rotated"
check "one with the usual orientation is not" "json 'not any(\"upright\" in f[\"path\"] for f in d[\"findings\"])'"
check "hidden files do not exist" "json 'not any(\"hidden\" in f[\"path\"] for f in d[\"findings\"])'"
check "the counts agree" \
    "json 'd[\"problems\"] == len([f for f in d[\"findings\"] if f[\"kind\"] != \"rotated\"]) == 10'"
cp "$out" "$scratch/first"
resnet50 scan "$scratch/set" --json --threads 1
check "the same with one thread" "cmp -s '$out' '$scratch/first'"
resnet50 scan "$scratch/set" --min-side 10
check "--min-side, and lines for people" "[ $status = 1 ] && ! grep -q '^tiny' '$out' && grep -q '^leak .*leak.jpg: .*cross-0001.jpg' '$out'"
resnet50 scan /nonexistent
check "an absent folder: 1, named" "[ $status = 1 ] && cat '$out' '$err' | grep -q /nonexistent"
resnet50 scan
check "no folder: 2" "[ $status = 2 ]"

finish
