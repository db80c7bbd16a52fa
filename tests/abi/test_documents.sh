#!/bin/sh
# What documents name is there: functions, files, links to other documents and their headings.
# SPDX-License-Identifier: MIT
# usage: test_documents.sh SOURCE-ROOT
. "$(dirname "$0")/../cli/tap.sh"

root=$1
documents="$root/README.md $root/docs/*.md"

# --- functions ---

cat $(find "$root/lib" "$root/include" -name '*.[ch]' -o -name '*.cc') |
    grep -oE '\b(rn|resnet)_[a-z0-9_]+\(' | sort -u | tr -d '(' >"$scratch/defined"
for document in $documents; do
    grep -oE '`(rn|resnet)_[a-z0-9_]+\(\)`' "$document" | tr -d '`()' | sort -u |
        comm -23 - "$scratch/defined" >"$scratch/absent"
    check "$(basename "$document") names functions that there are" "! grep . '$scratch/absent'"
done

# --- files, links, headings ---

# A heading as the part of a link behind the #.
anchors_of()
{
    sed -n 's/^##* //p' "$1" | tr 'A-Z' 'a-z' | sed 's/[^a-z0-9_ -]//g; s/ /-/g'
}

for document in $documents; do
    folder=$(dirname "$document")
    grep -oE '\]\([^)# ]*(#[^) ]*)?\)' "$document" | sed 's/^](//; s/)$//' | grep -v '^https\?:' >"$scratch/links"
    : >"$scratch/broken"
    while IFS='#' read -r file anchor; do
        target=$document
        [ -z "$file" ] || target=$folder/$file
        [ -e "$target" ] || echo "$file" >>"$scratch/broken"
        [ -z "$anchor" ] || anchors_of "$target" | grep -qx "$anchor" || echo "$file#$anchor" >>"$scratch/broken"
    done <"$scratch/links"
    check "$(basename "$document"): links lead somewhere" "! grep . '$scratch/broken'"
    grep -oE '`(lib|tests|examples|include|bindings|docs)/[A-Za-z0-9_./-]*[A-Za-z0-9]`' "$document" | tr -d '`' | sort -u |
        while read -r path; do [ -e "$root/$path" ] || echo "$path"; done >"$scratch/broken"
    check "$(basename "$document"): files that it names are there" "! grep . '$scratch/broken'"
done

finish
