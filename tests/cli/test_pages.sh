#!/bin/sh
# Manual pages and completions of shells say what --help says. SPDX-License-Identifier: MIT
# usage: test_pages.sh PROGRAM MAKE-MODEL DRAW PAGES-FOLDER
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/program.sh"

pages=$4
resnet50 --help
commands=$(sed -n 's/^  \([a-z-]*\)  *[A-Z].*/\1/p' "$out")
check "there are commands" "[ $(echo "$commands" | wc -w) -ge 9 ]"
for shell in bash zsh fish; do
    resnet50 --completion $shell
    check "$shell's completion is printed" "[ $status = 0 ] && [ -s '$out' ] && [ ! -s '$err' ]"
    cp "$out" "$scratch/completion.$shell"
done

# --- pages ---

resnet50 --man
cp "$out" "$scratch/resnet50.1"
check "the program's page is the one that was built" \
    "[ $status = 0 ] && cmp -s '$out' '$pages/resnet50.1'"
for command in $commands; do
    resnet50 "$command" --man
    page=$scratch/resnet50-$command.1
    cp "$out" "$page"
    check "$command has a page, which was built" "[ $status = 0 ] && cmp -s '$page' '$pages/resnet50-$command.1'"
    check "and the program's page leads there" \
        "sed 's/.-/-/g' '$scratch/resnet50.1' | grep -q '^.BR resnet50-$command (1)'"
    resnet50 "$command" --help
    options=$(grep -o '^  --[a-z0-9-]*' "$out" | tr -d ' ')
    check "$command has options" "[ $(echo "$options" | wc -w) -ge 2 ]"
    for option in $options; do
        sed 's/\\-/-/g' "$page" | grep -q -e "^.fB$option.fR" || echo "$option: not in the page"
        sed -n "s/^ *$command) options=//p" "$scratch/completion.bash" | grep -q -e "[' ]$option[' ]" ||
            echo "$option: not in bash's"
        sed -n "/^    $command)/,/;;/p" "$scratch/completion.zsh" | grep -q -e "'\*\?$option[=[]" ||
            echo "$option: not in zsh's"
        [ "$option" = --help ] || grep -q -e "from $command' -l ${option#--} " "$scratch/completion.fish" ||
            echo "$option: not in fish's"
    done >"$scratch/missing"
    cp "$scratch/missing" "$out"
    check "each option of $command is in its page and in every completion" "[ ! -s '$scratch/missing' ]"
done
for page in "$scratch"/*.1; do
    check "$(basename "$page") begins no line with a request that is none" \
        "! grep '^[.]' '$page' | grep -vqE '^[.](TH|SH|TP|PP|BR|B|br)'"
    command -v mandoc >/dev/null || continue
    check "$(basename "$page"): mandoc finds no fault" \
        "! mandoc -Tlint -Wwarning '$page' | grep -v 'missing date'"
done

# --- bash ---

# What is offered for the last of the words: offers WORD...
offers()
{
    run bash -c 'compopt() { :; }; . "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _resnet50 "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        echo "${COMPREPLY[@]}"' "$scratch/completion.bash" "$@"
}
if command -v bash >/dev/null; then
    offers resnet50 e
    check "bash: commands" "[ \"\$(cat '$out')\" = 'evaluate embed' ]"
    offers resnet50 train --optim
    check "bash: options" "[ \"\$(cat '$out')\" = --optimizer ]"
    offers resnet50 classify --optim
    check "bash: of that command only" "[ -z \"\$(cat '$out')\" ]"
    offers resnet50 train --optimizer ada
    check "bash: words" "[ \"\$(cat '$out')\" = 'adam adamw' ]"
    offers resnet50 train --optimizer = ada
    check "bash: words behind an equals sign" "[ \"\$(cat '$out')\" = 'adam adamw' ]"
    offers resnet50 classify --recipe =
    check "bash: names that the library tells" "grep -q 'torchvision-v1.*keras' '$out'"
    offers resnet50 train --epochs ''
    check "bash: nothing for a number" "[ -z \"\$(cat '$out')\" ]"
    offers resnet50 --completion z
    check "bash: shells" "[ \"\$(cat '$out')\" = zsh ]"
fi

# --- the others, where they are ---

if command -v zsh >/dev/null; then
    run zsh -n "$scratch/completion.zsh"
    check "zsh reads its completion" "[ $status = 0 ] && [ ! -s '$err' ]"
fi
if command -v fish >/dev/null; then
    export HOME="$scratch" XDG_CONFIG_HOME="$scratch" XDG_DATA_HOME="$scratch"
    run fish --no-config -c "source $scratch/completion.fish; complete -C 'resnet50 train --optimizer ada'"
    check "fish: words" "[ \"\$(cut -f 1 '$out' | xargs)\" = 'adam adamw' ]"
    run fish --no-config -c "source $scratch/completion.fish; complete -C 'resnet50 cl'"
    check "fish: commands" "grep -q '^classify' '$out'"
    run fish --no-config -c "source $scratch/completion.fish; complete -C 'resnet50 classify --to'"
    check "fish: options" "grep -q '^--top' '$out' && ! grep -q -e '--optimizer' '$out'"
fi

resnet50 --completion csh
check "another shell is refused, and told which there are" "[ $status = 2 ] && says 'bash, zsh or fish'"
resnet50 --completion
check "none as well" "[ $status = 2 ]"

finish
