#!/bin/sh
# Where things are looked for when the folders are called otherwise, and when there is one kind of library.
# Nothing is built: what meson wrote is laid out by hand. SPDX-License-Identifier: MIT
# usage: test_folders.sh SOURCE-ROOT BUILD-ROOT
. "$(dirname "$0")/../cli/tap.sh"

here=$(cd "$(dirname "$0")" && pwd)
CC=${CC:-cc}
command -v pkg-config >/dev/null || skip_all "pkg-config is missing"

# lay_out NAME LIBDIR OPTION...: a tree in $tree, with the library that was built really.
lay_out()
{
    name=$1 libdir=$2
    shift 2
    tree=$scratch/$name-tree
    run meson setup "$scratch/$name" "$root" --prefix /usr --libdir "$libdir" -Dprogram=disabled \
        -Dtests=disabled "$@"
    check "$name: it is set up" "[ $status = 0 ]"
    folder=$tree/usr/$libdir
    case $libdir in /*) folder=$tree$libdir ;; esac
    mkdir -p "$folder/pkgconfig" "$folder/cmake/resnet50" "$tree/usr/include"
    cp "$scratch/$name"/meson-private/resnet50*.pc "$folder/pkgconfig/"
    cp "$scratch/$name"/pkgconfig/resnet50Config*.cmake "$folder/cmake/resnet50/"
    cp -R "$root/include/resnet" "$tree/usr/include/"
}

root=$1
built=$2/lib

# --- a library folder of several levels, the static library alone ---

lay_out multiarch lib/some-machine-gnu/deep -Ddefault_library=static
cp "$built/libresnet50.a" "$folder/"
run $CC -std=c11 -o "$scratch/static" "$here/consumer.c" \
    $(PKG_CONFIG_LIBDIR="$folder/pkgconfig" pkg-config --cflags --libs resnet50)
check "where the static library is alone, -lresnet50 brings what it needs" "[ $status = 0 ]"
run "$scratch/static"
check "and the program runs" "[ $status = 0 ]"

# What find_package() finds, without a compiler: locate LIBRARY-TARGET.
locate()
{
    mkdir -p "$scratch/locate"
    cat >"$scratch/locate/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.13)
project(locate NONE)
find_package(resnet50 REQUIRED PATHS "$folder/cmake/resnet50" NO_DEFAULT_PATH)
get_target_property(file resnet50::$1 IMPORTED_LOCATION)
get_target_property(include resnet50::$1 INTERFACE_INCLUDE_DIRECTORIES)
get_target_property(kind resnet50::resnet50 INTERFACE_LINK_LIBRARIES)
message(STATUS "found \${file} \${include} \${kind}")
CMAKE
    rm -rf "$scratch/located"
    run cmake -S "$scratch/locate" -B "$scratch/located"
}

if command -v cmake >/dev/null; then
    locate static
    check "CMake finds it there, and the headers" "[ $status = 0 ] &&
        grep -qF 'found $folder/libresnet50.a $tree/usr/include resnet50::static' '$out'"
fi

# --- a library folder outside the prefix, the shared library alone ---

lay_out apart /elsewhere/lib -Ddefault_library=shared -Dpkgconfig.relocatable=false
check "its .pc says so" "grep -q '^libdir=/elsewhere/lib' '$folder/pkgconfig/resnet50.pc'"
check "and there is none for the static library" "[ ! -e '$folder/pkgconfig/resnet50-static.pc' ]"
if command -v cmake >/dev/null; then
    touch "$folder/libresnet50.so.0.1"
    locate shared
    check "CMake finds the library where it lies, the headers under the prefix" "[ $status = 0 ] &&
        grep -qF 'found $folder/libresnet50.so.0.1 /usr/include resnet50::shared' '$out'"
fi

# --- a folder reached by a link above it, as /lib leads to /usr/lib ---

lay_out usrmerge lib -Ddefault_library=shared
if command -v cmake >/dev/null; then
    touch "$folder/libresnet50.so.0.1"
    ln -s usr/lib "$tree/lib"
    folder=$tree/lib
    locate shared
    check "CMake finds the headers from behind a link such as /lib" "[ $status = 0 ] &&
        grep -qF ' $tree/usr/include ' '$out'"
fi

finish
