#!/bin/sh
# Arrows between the rooms of lib/ are those that docs/contributing.md lists, and those between headers
# make no circle; programs, examples and bindings see public headers only; a word means one thing.
# SPDX-License-Identifier: MIT
# usage: test_includes.sh SOURCE-ROOT
. "$(dirname "$0")/../cli/tap.sh"

root=$1

# The lines "room: room room" of the block that begins with core's.
awk '/^core:/ { inside = 1 } /^```/ { inside = 0 } inside' "$root/docs/contributing.md" >"$scratch/list"
check "docs/contributing.md lists the rooms" "[ -s '$scratch/list' ]"

# A file's room: its folder below lib/, or "model" for those that lie in lib/ itself.
room_of()
{
    case $1 in */*) echo "${1%%/*}" ;; *) echo model ;; esac
}

# "room included-room file" for each include of a room by another.
cd "$root/lib" || bail_out "no lib/"
grep -rnE --include='*.[ch]' --include='*.cc' '^#include "' . |
    sed -n 's|^\./\([^:]*\):[0-9]*:#include "\([^"]*\)".*|\1 \2|p' |
    while read -r file header; do echo "$(room_of "$file") $(room_of "$header") $file"; done |
    awk '$1 != $2' >"$scratch/arrows"

for folder in */; do
    room=${folder%/}
    check "$room is listed" "grep -q '^$room:' '$scratch/list'"
done

while IFS=: read -r room rooms; do
    awk -v room="$room" -v allowed=" $rooms " \
        '$1 == room && !index(allowed, " " $2 " ")' "$scratch/arrows" >"$scratch/strange"
    check "$room includes core and what is listed: ${rooms:-nothing}" "! head -n 5 '$scratch/strange' | grep ."
    for other in $rooms; do
        check "$room does include $other" "grep -q '^$room $other ' '$scratch/arrows'"
        check "$other is listed before $room" \
            "awk -F: -v a='$other' -v b='$room' '\$1 == a { seen = 1 } \$1 == b { exit !seen }' '$scratch/list'"
    done
done <"$scratch/list"

# --- headers of one room ---

grep -nE '^#include "' */*.h *.h | sed -n 's|^\([^:]*\):[0-9]*:#include "\([^"]*\)".*|\1 \2|p' >"$scratch/headers"
check "headers include others" "[ -s '$scratch/headers' ]"
check "no header includes itself by way of others" \
    "tsort '$scratch/headers' 2>'$scratch/loops' >/dev/null; ! cat '$scratch/loops' | grep ."

for folder in examples bindings; do
    [ -d "$root/$folder" ] || continue
    check "$folder/ sees public headers only" \
        "! grep -rnE '#include \"(core|arch|image|store|dnn|net|data|metrics|train|labels)/' '$root/$folder'"
done
check "public headers see public headers only" "! grep -rnE '#include \"' '$root/include'"

# --- machines ---

# vector_avx2.c and the like may want their machine's header; any machine compiles them.
grep -rlE --include='*.[ch]' '#include <[a-z0-9]*(intrin|_neon|_sve)\.h>' . >"$scratch/vectors"
check "a machine's header is seen by files that are named after its vectors only" \
    "! grep -vE '_(sse|avx|neon|sve)[a-z0-9]*\.[ch]$' '$scratch/vectors'"
while read -r file; do
    check "$file is empty on other machines" \
        "sed '/#include .*intrin/q' '$file' | grep -qE '^#if.*defined\(__(x86_64|aarch64)__\)'"
done <"$scratch/vectors"

# --- words ---

grep -rhoE --include='*.[ch]' '^(typedef )?(struct|enum) rn_[a-z0-9_]+ \{' . | awk '{ print $(NF - 1) }' |
    sort | uniq -d >"$scratch/twice"
check "no type's name has two meanings" "! grep . '$scratch/twice'"

grep -rhoE --include='*.[ch]' '^(typedef )?(struct|enum) rn_[a-z0-9_]+ \{' . | awk '{ print $(NF - 1) }' | sort -u >"$scratch/types"
grep -rhoE --include='*.[ch]' '\brn_[a-z0-9_]+\(' . | tr -d '(' | sort -u | comm -12 - "$scratch/types" >"$scratch/both"
check "no type's name is a function's" "! grep . '$scratch/both'"

finish
