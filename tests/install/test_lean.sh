#!/bin/sh
# A build without the libraries that can be left out says what it lacks, and does the rest.
# SPDX-License-Identifier: MIT
# usage: test_lean.sh SOURCE-ROOT
. "$(dirname "$0")/../cli/tap.sh"

golden=$1/tests/golden
build=$scratch/build
run meson setup "$build" "$1" -Dpng=disabled -Dwebp=disabled -Dzip=disabled -Dtests=disabled \
    -Dbuildtype=debug -Ddebug=false -Ddefault_library=shared
check "it is set up without libpng, libwebp and libzip" "[ $status = 0 ]"
run ninja -C "$build" lib/libresnet50.so.0.1 examples/resnet50/resnet50
check "and built" "[ $status = 0 ]"
program=$build/examples/resnet50/resnet50
check "it needs none of them" \
    "! readelf -d '$build/lib/libresnet50.so.0.1' | grep NEEDED | grep -qE 'png|webp|libzip'"
run "$program" --version
check "and can be asked for it" "[ $status = 0 ] && grep -q '^with no-png no-webp no-zip$' '$out'"

run "$program" info "$golden/store/torch_zip.pth"
check "a .pth is refused for what is missing" "[ $status = 1 ] && grep -q 'has no libzip' '$err'"
run "$program" info "$golden/store/keras_3.keras"
check "and a .keras" "[ $status = 1 ] && grep -q 'has no libzip' '$err'"
run "$program" info "$golden/store/tensors.safetensors"
check "safetensors are read" "! grep -q 'this build' '$err'"

for picture in type2-8bit.png:libpng lossy.webp:libwebp; do
    run "$program" augment-preview "$golden/image/${picture%:*}" --out "$scratch/sheet.png"
    check "${picture%:*} is refused for want of ${picture#*:}" \
        "[ $status = 1 ] && grep -q 'has no ${picture#*:}' '$err'"
done

finish
