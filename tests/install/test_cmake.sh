#!/bin/sh
# find_package(resnet50): components, versions, C and C++, wherever the installed tree was moved to.
# SPDX-License-Identifier: MIT
# usage: test_cmake.sh SOURCE-ROOT BUILD-ROOT PREFIX
. "$(dirname "$0")/../cli/tap.sh"

here=$(cd "$(dirname "$0")" && pwd)
installed=$scratch/moved
command -v cmake >/dev/null || skip_all "cmake is missing"
command -v "${CXX:-c++}" >/dev/null || skip_all "there is no C++ compiler"

run meson install -C "$2" --no-rebuild --destdir "$scratch/root"
check "it installs into DESTDIR" "[ $status = 0 ]"
mv "$scratch/root$3" "$installed"
config=$(find "$installed" -name resnet50Config.cmake)
check "its files for CMake are there" \
    "[ -s '$config' ] && [ -s '$(dirname "$config")/resnet50ConfigVersion.cmake' ]"
check "they name no path of this machine" "! grep -E '$2|$1|\"/' '$(dirname "$config")'/*"
library=$(dirname "$(dirname "$(dirname "$config")")")

# configure NAME WHAT-find_package-IS-ASKED-FOR TARGETS [OPTION...]
configure()
{
    name=$1 want=$2 targets=$3
    shift 3
    cp "$here/consumer.c" "$scratch/consumer.cc"
    cp "$here/consumer.c" "$scratch/consumer.c"
    run cmake -S "$here/cmake" -B "$scratch/$name" -DCMAKE_PREFIX_PATH="$installed" -DWANT="$want" \
        -DTARGETS="$targets" -DCONSUMER="$scratch/consumer" "$@"
}

# --- programs ---

configure both "0.1;COMPONENTS;shared;static" "shared;static;resnet50"
check "a project that wants both kinds is configured" "[ $status = 0 ]"
run cmake --build "$scratch/both"
check "and built, in C and in C++11" "[ $status = 0 ]"
for program in shared resnet50 static shared++ resnet50++ static++; do
    run "$scratch/both/$program"
    check "$program runs" "[ $status = 0 ] && grep -q '^0\.1' '$out'"
done
needed="readelf -d '$scratch/both'"
check "the static one needs no libresnet50, the others do" \
    "! $needed/static | grep -q 'libresnet50' && $needed/shared | grep -q 'libresnet50.so.0.1' &&
     $needed/resnet50++ | grep -q 'libresnet50.so.0.1'"
check "the shared one drags in no other library of ours" \
    "! $needed/shared | grep NEEDED | grep -qE 'dnnl|jpeg|png|jansson|zip|exif|stdc'"

configure only_static "COMPONENTS;static" "resnet50"
run cmake --build "$scratch/only_static"
check "resnet50::resnet50 is the static one where that alone is asked for" \
    "[ $status = 0 ] && ! readelf -d '$scratch/only_static/resnet50' | grep -q libresnet50"

ln -s "$installed" "$scratch/link"
configure linked "REQUIRED" resnet50 -DCMAKE_PREFIX_PATH="$scratch/link"
check "the tree is found by a link to it" "[ $status = 0 ]"

# --- what is refused ---

for case in 0.1 0.1.0 0 0.1.0...0.9 ; do
    configure version "$case" shared
    check "a project that wants $case is content" "[ $status = 0 ]"
done
for case in 0.0 0.2 0.1.99 1 1.1 "0.1.1;EXACT" 0.0.1...\<0.1 0.2...3; do
    configure version "$case" shared
    check "a project that wants $case is refused" "[ $status != 0 ] && grep -q 'version' '$err'"
done
configure component "COMPONENTS;dynamic" shared
check "a component that there is not is named" \
    "[ $status != 0 ] && grep -q 'no component dynamic: shared, static' '$err'"
configure optional "OPTIONAL_COMPONENTS;dynamic" shared
check "unless it is an optional one" "[ $status = 0 ]"
rm "$library"/libresnet50.a
configure missing "COMPONENTS;static" static
check "a library that is packaged apart and not there is named" \
    "[ $status != 0 ] && grep -q 'no static library in' '$err'"
configure shared "COMPONENTS;shared" shared
check "and is not missed by who does not want it" "[ $status = 0 ]"
rm "$library"/libresnet50.so*
configure nothing "" shared
check "without a library nothing is found" "[ $status != 0 ] && grep -q 'there is no libresnet50' '$err'"

finish
