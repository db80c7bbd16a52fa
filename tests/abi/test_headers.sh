#!/bin/sh
# Each public header alone as C11 and as C++ of three standards; the programs in headers and documents; what headers may
# include, and what their comments say. SPDX-License-Identifier: MIT
# usage: test_headers.sh SOURCE-ROOT SHARED-LIBRARY
. "$(dirname "$0")/../cli/tap.sh"

root=$1
library=$2
warnings="-Wall -Wextra -Wpedantic -Werror"
CC=${CC:-cc}
CXX=${CXX:-c++}
SANITIZE=${SANITIZE-}

# --- each header alone ---

for header in "$root"/include/resnet/*.h; do
    name=resnet/$(basename "$header")
    echo "#include <$name>" >"$scratch/alone.c"
    run $CC -std=c11 $warnings -I "$root/include" -fsyntax-only "$scratch/alone.c"
    check "$name alone as C11" "[ $status = 0 ]"
    if command -v "$CXX" >/dev/null; then
        cp "$scratch/alone.c" "$scratch/alone.cc"
        for standard in 11 17 20; do
            run $CXX -std=c++$standard $warnings -I "$root/include" -fsyntax-only "$scratch/alone.cc"
            check "$name alone as C++$standard" "[ $status = 0 ]"
        done
    fi
    check "resnet.h includes $name" \
        "[ $name = resnet/resnet.h ] || grep -q '#include <$name>' '$root/include/resnet/resnet.h'"
    check "$name includes nothing but its own kind and the basic headers" \
        "! grep '^#include' '$header' | grep -v -e '<resnet/' -e '<stddef.h>' -e '<stdint.h>'"
    check "$name has no bool, enum, long, union or bit-field" \
        "! $CC -fpreprocessed -dD -E -P '$header' 2>/dev/null | grep -wE 'bool|_Bool|enum|long|union|(int|uint32_t|int32_t) [a-z_]+ ?: ?[0-9]+'"
done

# --- what their comments say ---

run python3 "$(dirname "$0")/check_docs.py" "$root/include/resnet"
check "functions tell since when they are there, their statuses and their threads" "[ $status = 0 ]"

# --- the programs in comments and documents ---

# The indented program of a header's first comment.
program_of_header()
{
    awk '/\*\// { exit } /^ \*      / { print substr($0, 9) }' "$1"
}

# The n-th block of C in a document, if it is a whole program.
program_of_document()
{
    awk -v n="$2" '/^```/ { inside = !inside; block = 0; if (inside && /^```c$/) block = ++i; next }
        block == n' "$1"
}

compile()
{
    # shellcheck disable=SC2086 # SANITIZE: the flags of a library built with sanitizers
    run $CC -std=c11 $warnings $SANITIZE -I "$root/include" -o "$scratch/program" "$1" "$library"
}

for header in "$root"/include/resnet/*.h; do
    program_of_header "$header" >"$scratch/program.c"
    [ -s "$scratch/program.c" ] || continue
    compile "$scratch/program.c"
    check "the program in $(basename "$header") compiles and links" "[ $status = 0 ]"
done
for document in "$root"/README.md "$root"/docs/*.md; do
    [ -e "$document" ] || continue
    n=1
    while program_of_document "$document" $n >"$scratch/program.c" && [ -s "$scratch/program.c" ]; do
        if grep -q 'int main' "$scratch/program.c"; then
            compile "$scratch/program.c"
            check "program $n of $(basename "$document") compiles and links" "[ $status = 0 ]"
        fi
        n=$((n + 1))
    done
done
program_of_document "$root/README.md" 1 >"$scratch/program.c"
check "README.md opens with examples/classify.c" \
    "grep -v '^/\*.*\*/$' '$root/examples/classify.c' | cmp -s - '$scratch/program.c'"

finish
