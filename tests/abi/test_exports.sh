#!/bin/sh
# The shared library's names, the map file's, and those the headers declare are the same; each
# foreign header is included by one folder of lib/. SPDX-License-Identifier: MIT
# usage: test_exports.sh SOURCE-ROOT SHARED-LIBRARY
. "$(dirname "$0")/../cli/tap.sh"

root=$1
library=$2
map=$root/lib/resnet50.map

sed -n 's/^ *\(resnet_[a-z0-9_]*\);.*/\1/p' "$map" >"$scratch/map.unsorted"
sort "$scratch/map.unsorted" >"$scratch/map"
run nm -D --defined-only "$library"
# the version script's own name is an absolute symbol, and what sanitizers add is not ours
awk '$2 != "A" { print $3 }' "$out" | sed 's/@.*//' | grep -v -e '^__' -e '^_init$' -e '^_fini$' |
    sort >"$scratch/exported"
# names followed by a parenthesis in declarations; comments and callback types left out
cat "$root"/include/resnet/*.h | awk '
    /\/\*/ { inside = 1 } !inside { print } /\*\// { inside = 0 }' |
    grep -v typedef | grep -o 'resnet_[a-z0-9_]*(' | tr -d '(' | sort -u >"$scratch/declared"

check "the map lists each name once" "[ -z \"\$(uniq -d '$scratch/map')\" ]"
check "the map has no globs but that of local:" "! grep -E '\*' '$map' | grep -qv '^ *\*;$'"
check "the library exports what the map lists" "diff '$scratch/map' '$scratch/exported' >'$out'"
check "the headers declare what the map lists" "diff '$scratch/map' '$scratch/declared' >'$out'"

run readelf -d "$library"
check "the soname is libresnet50.so.0.1" "grep -q 'SONAME.*\[libresnet50.so.0.1\]' '$out'"

# foreign header, and the folders of lib/ that may include it
while read -r header folder; do
    check "$header is included in lib/$folder only" \
        "! grep -rlE '#include [<\"]$header' '$root/lib' | grep -v '^$root/lib/$folder/'"
done <<END
dnnl dnn
jpeglib image
png.h image
webp image
libexif image
zip.h store
zlib.h store
END
check "lib/ needs no libhdf5" "! grep -rlE '#include [<\"]hdf5\.h' '$root/lib'"
check "lib/ calls nothing that belongs to the host's process" \
    "! grep -rnwE '(exit|abort|getenv|srand|setlocale|signal|sigaction|chdir|printf|fprintf|puts) ?\(' '$root/lib' --include='*.c' | grep -v '^[^:]*:[0-9]*: \*' | grep -v '/\* .*(.*) .*\*/' >'$out'"

finish
