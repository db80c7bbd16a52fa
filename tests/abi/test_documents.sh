#!/bin/sh
# What documents name is there: functions, constants, files, links to other documents and their headings; their code is
# that of files which are compiled.
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

# --- constants ---

grep -ohE '\bRESNET_[A-Z0-9_]+' "$root"/include/resnet/*.h "$root"/lib/core/*.h "$root"/lib/dnn/*.h "$root"/lib/resnet50.map |
    sort -u >"$scratch/defined"
for document in $documents; do
    grep -oE '`RESNET_[A-Z0-9_]*[A-Z0-9]`' "$document" | tr -d '`' | sort -u | comm -23 - "$scratch/defined" >"$scratch/absent"
    check "$(basename "$document") names constants that there are" "! grep . '$scratch/absent'"
done
grep -oE '^#define RESNET_(OK|E_[A-Z_]+)' "$root/include/resnet/error.h" | sed 's/.* //' |
    while read -r code; do grep -q "^| \`$code\` |" "$root/docs/errors.md" || echo "$code"; done >"$scratch/absent"
check "errors.md tells of every status code" "! grep . '$scratch/absent'"

# --- code ---

# shellcheck disable=SC2086 # the documents are meant to be split
run python3 "$(dirname "$0")/check_blocks.py" "$root" $documents
check "blocks of code are whole programs, or stand in the file that is named" "[ $status = 0 ]"

# --- figures ---

for source in "$root"/docs/figures/*.dot; do
    figure=$(basename "$source" .dot)
    grep -oE 'label="[^"]*"' "$source" | sed 's/^label="//; s/"$//; s/\\n/\n/g' | while read -r line; do
        grep -qF ">$line</text>" "${source%.dot}.svg" || echo "$line"
    done >"$scratch/absent"
    check "$figure.svg is drawn from $figure.dot" "[ -e '${source%.dot}.svg' ] && ! grep . '$scratch/absent'"
    check "$figure.svg is shown" "grep -qF '](figures/$figure.svg)' $documents"
done
# Rooms and arrows are those that the test `includes` reads.
awk -F: '/^```/ { inside = !inside; next } inside && /^[a-z]+:/ { n = split($2, to, " "); for (i = 1; i <= n; i++) print $1 " -> " to[i] }' \
    "$root/docs/contributing.md" | sort >"$scratch/allowed"
grep -oE '[a-z]+ -> [a-z]+' "$root/docs/figures/architecture.dot" | grep -v ^hosts | sort >"$scratch/drawn"
for list in allowed drawn; do
    sed 's/ -> /\n/' "$scratch/$list" | sort -u >"$scratch/rooms_$list"
done
check "the rooms' figure has no other arrows than there are" "! comm -13 '$scratch/allowed' '$scratch/drawn' | grep ."
check "and all rooms" "diff '$scratch/rooms_allowed' '$scratch/rooms_drawn'"

# --- the site ---

for page in "$root"/docs/*.md; do
    grep -q ": $(basename "$page")\$" "$root/docs/site/mkdocs.yml" || basename "$page"
done >"$scratch/absent"
check "the site's table of contents has every page" "! grep . '$scratch/absent'"
check "what builds the site is pinned" "! grep -vE '^(#|[A-Za-z0-9_.-]+==[0-9a-z.]+\$)' '$root/docs/requirements.txt'"

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
