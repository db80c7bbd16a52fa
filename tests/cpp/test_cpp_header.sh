#!/bin/sh
# resnet.hpp under all warnings of gcc and clang, in C++17 and C++20, with all that test_cpp.cc and the
# example make of its templates; and every function of C in it. SPDX-License-Identifier: MIT
# usage: test_cpp_header.sh SOURCE-ROOT
. "$(dirname "$0")/../cli/tap.sh"

root=$1
mkdir "$scratch/resnet"
cp "$root/bindings/cpp/resnet.hpp" "$scratch/resnet/"
# the C headers are C's business, so that they count as the system's here
paths="-isystem $root/include -I $scratch"
gcc_warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
    -Wnull-dereference -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wuseless-cast -Woverloaded-virtual
    -Wcast-qual -Wcast-align -Wundef -Wredundant-decls -Wswitch-enum -Wmissing-declarations -Wdouble-promotion"
# what C++98 could not compile, and padding, are no faults; later clangs warn of every pointer that is indexed
clang_warnings="-Weverything -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-padded -Wno-unknown-warning-option
    -Wno-unsafe-buffer-usage -Wno-switch-default"

# compile COMPILER STANDARD WARNINGS
compile()
{
    command -v "$1" >/dev/null || return 0
    for source in tests/cpp/test_cpp.cc examples/classify.cpp examples/teach.cpp; do
        # shellcheck disable=SC2086 # options are meant to be split
        run "$1" -std=$2 $3 -Werror $paths -fsyntax-only "$root/$source"
        check "$source with $1 as $2, all warnings" "[ $status = 0 ]"
    done
    echo '#include <resnet/resnet.hpp>' >"$scratch/alone.cc"
    # shellcheck disable=SC2086
    run "$1" -std=$2 $3 -Werror $paths -fsyntax-only "$scratch/alone.cc"
    check "resnet.hpp alone with $1 as $2" "[ $status = 0 ]"
}
for standard in c++17 c++20; do
    compile g++ $standard "$gcc_warnings"
    compile clang++ $standard "$clang_warnings"
done

check "it includes resnet.h and the standard library only" \
    "! grep '^#include' '$root/bindings/cpp/resnet.hpp' | grep -vE '<(resnet/resnet\.h|[a-z_]+)>'"
sed -n 's/^ *\(resnet_[a-z0-9_]*\);.*/\1/p' "$root/lib/resnet50.map" | sort >"$scratch/exported"
grep -v '^ \*' "$root/bindings/cpp/resnet.hpp" | grep -oE 'resnet_[a-z0-9_]+' | sort -u >"$scratch/used"
comm -23 "$scratch/exported" "$scratch/used" >"$scratch/missing"
check "every function of C is reached through it" "! cat '$scratch/missing' | grep ."

finish
