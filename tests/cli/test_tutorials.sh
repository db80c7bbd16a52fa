#!/bin/sh
# What documents say to type: the blocks marked to be run do run, in the order of the page; every command that is shown
# has the options that are shown. SPDX-License-Identifier: MIT
# usage: test_tutorials.sh PROGRAM MAKE-MODEL DRAW-SHAPES SOURCE-ROOT
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

root=$(realpath "$4")

# --- commands and options ---

# Each `resnet50 COMMAND ...` in the blocks of a document, on a line of its own; what follows a pipe or a hash is cut off.
commands_of()
{
    awk '/^ *```/ { inside = /```sh$/; next }
        inside { if (sub(/\\$/, "")) { whole = whole $0; next } print whole $0; whole = "" }' "$1" |
        sed 's/ #.*//; s/|/\n/g; s/ && /\n/g' | sed -n 's/^ *\(build[0-9]*\/examples\/resnet50\/\)\?resnet50 \([a-z]\)/\2/p'
}

# Options that a command does not have.
strangers()
{
    commands_of "$1" | while read -r command rest; do
        "$program" "$command" --help >"$scratch/help" 2>&1 || echo "no command $command"
        for word in $rest; do
            case $word in
            --*) grep -qE "^ +(-[a-z], )?$word( |\$)" "$scratch/help" || echo "$command $word" ;;
            esac
        done
    done
}

for document in "$root"/README.md "$root"/docs/*.md; do
    strangers "$document" >"$scratch/strangers"
    check "$(basename "$document"): commands have the options that it shows" "! grep . '$scratch/strangers'"
done

# --- blocks to be run ---

mkdir -p "$scratch/bin"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$program" >"$scratch/bin/resnet50"
chmod +x "$scratch/bin/resnet50"
PATH=$scratch/bin:$PATH

blocks_to_run()
{
    awk '/^ *<!-- run -->$/ { marked = 1; next }
        /^ *```/ { if (inside) { inside = 0; marked = 0 } else inside = 1; next }
        inside && marked' "$1"
}

# What the pages take to be there: pictures, pretrained weights, a photograph, and what the first tour leaves.
furnish()
{
    mkdir -p "$1"
    cp -r "$scratch/pets" "$scratch/photo.jpg" "$scratch/weights.h5" "$1"
    [ ! -e "$scratch/pets.h5" ] || cp "$scratch/pets.h5" "$1"
}

"$make_model" "$scratch/weights.h5" 7 64 || bail_out "no model"
"$draw_shapes" "$scratch/drawn" 6 2 || bail_out "no pictures"
mkdir "$scratch/pets"
mv "$scratch/drawn/train" "$scratch/drawn/val" "$scratch/pets"
cp "$scratch/pets/val/star/star-0001.jpg" "$scratch/photo.jpg"

for page in own_classes quickstart fine_tuning choosing_a_metric; do
    blocks_to_run "$root/docs/$page.md" >"$scratch/$page.sh"
    furnish "$scratch/$page"
    run sh -c "cd '$scratch/$page' && sh -eu '$scratch/$page.sh'"
    check "$page.md: $(grep -c '^ *resnet50' "$scratch/$page.sh") commands run" "[ $status = 0 ] && grep -q resnet50 '$scratch/$page.sh'"
    [ $page != own_classes ] || cp "$scratch/$page/pets.h5" "$scratch"
done
grep -lE '^ *<!-- run -->$' "$root"/docs/*.md | sed 's/.*\///; s/\.md$//' | sort >"$scratch/marked"
printf '%s\n' choosing_a_metric fine_tuning own_classes quickstart >"$scratch/run"
check "no other page has blocks to be run" "diff '$scratch/run' '$scratch/marked'"

finish
