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

finish
