#!/bin/sh
# A project that takes this one in builds and installs the library, not the program or the tests.
# SPDX-License-Identifier: MIT
# usage: test_subproject.sh SOURCE-ROOT
. "$(dirname "$0")/../cli/tap.sh"

here=$(dirname "$0")
project=$scratch/project
mkdir -p "$project/subprojects"
ln -s "$1" "$project/subprojects/resnet50"
cp "$here/consumer.c" "$project/"
cat >"$project/meson.build" <<'END'
project('host', 'c', default_options: ['c_std=c11', 'buildtype=debug'])
executable('host', 'consumer.c', dependencies: dependency('resnet50', fallback: 'resnet50'), install: true)
END

run env PKG_CONFIG_PATH= meson setup "$scratch/build" "$project" --wrap-mode=forcefallback
check "a project with a fallback is set up" "[ $status = 0 ]"
run ninja -C "$scratch/build" -t targets all
check "it builds the library" "grep -q 'libresnet50.so' '$out'"
check "and neither program nor tests" "! grep -qE 'resnet50/examples|resnet50/tests' '$out'"

# --- in C++ ---

mkdir -p "$scratch/plus/subprojects"
ln -s "$1" "$scratch/plus/subprojects/resnet50"
cp "$1/examples/classify.cpp" "$scratch/plus/"
cat >"$scratch/plus/meson.build" <<'END'
project('host', 'cpp', default_options: 'cpp_std=c++17')
executable('host', 'classify.cpp', dependencies: dependency('resnet50', fallback: 'resnet50'))
END
run env PKG_CONFIG_PATH= meson setup "$scratch/build-plus" "$scratch/plus" --wrap-mode=forcefallback
check "a project in C++ is set up" "[ $status = 0 ]"
run ninja -C "$scratch/build-plus" host.p/classify.cpp.o
check "and finds resnet.hpp" "[ $status = 0 ]"

# --- by a wrap, as a source package ---

wrapped=$scratch/wrapped
mkdir -p "$wrapped/subprojects"
cp "$project/meson.build" "$project/consumer.c" "$wrapped/"
tar -C "$1" -cf "$scratch/resnet50-0.1.tar" --transform 's,^\.,resnet50-0.1,' \
    ./meson.build ./meson_options.txt ./bindings ./include ./lib ./pkgconfig
cat >"$wrapped/subprojects/resnet50.wrap" <<END
[wrap-file]
directory = resnet50-0.1
source_url = file://$scratch/resnet50-0.1.tar
source_filename = resnet50-0.1.tar
source_hash = $(sha256sum "$scratch/resnet50-0.1.tar" | cut -d ' ' -f 1)

[provide]
dependency_names = resnet50
END
sed -i "s/, fallback: 'resnet50'//" "$wrapped/meson.build"
run env PKG_CONFIG_PATH= meson setup "$scratch/build-wrapped" "$wrapped" --force-fallback-for=resnet50
check "a project with a wrap is set up, by the name of the dependency alone" "[ $status = 0 ]"
run ninja -C "$scratch/build-wrapped" -t targets all
check "and it builds the library" "grep -q 'resnet50-0.1/lib/libresnet50.so' '$out'"

finish
