#!/bin/sh
# Installs into an empty folder, then builds programs against that by pkg-config: shared and static,
# C and C++. SPDX-License-Identifier: MIT
# usage: test_install.sh SOURCE-ROOT BUILD-ROOT PREFIX RELOCATABLE
. "$(dirname "$0")/../cli/tap.sh"

here=$(dirname "$0")
build=$2
prefix=$3
CC=${CC:-cc}
CXX=${CXX:-c++}
command -v pkg-config >/dev/null || skip_all "pkg-config is missing"

run meson install -C "$build" --no-rebuild --destdir "$scratch/root"
check "it installs into DESTDIR" "[ $status = 0 ]"
# What is found is found by where it lies, not by what it was configured for.
installed=$scratch/moved
mv "$scratch/root$prefix" "$installed"
pc=$(find "$installed" -name resnet50.pc)
check "resnet50.pc is there" "[ -s '$pc' ]"
check "it names no path of this machine but the prefix" \
    "! grep -E '(/build|$build|\.so)' '$pc' && ! grep '^Libs' '$pc' | grep -q '/usr/lib'"
# Distributions may want the prefix to be written out.
if [ "$4" = true ]; then
    check "and not even that" "grep -q '^prefix=\${pcfiledir}' '$pc' && ! grep -qF '$prefix' '$pc'"
else
    sed -i "s|^prefix=.*|prefix=$installed|" "$(dirname "$pc")"/resnet50*.pc
fi
check "the program is there" "[ -x '$installed/bin/resnet50' ]"
check "and the library's manual page" "[ -s '$installed/share/man/man7/libresnet50.7' ]"
for header in "$1"/include/resnet/*.h; do
    check "which names resnet/$(basename "$header")" \
        "grep -q 'resnet/$(basename "$header")$' '$installed/share/man/man7/libresnet50.7'"
done
for page in man1/resnet50.1 man1/resnet50-train.1 ../bash-completion/completions/resnet50 \
    ../zsh/site-functions/_resnet50 ../fish/vendor_completions.d/resnet50.fish; do
    check "$page of the program is installed" "[ -s '$installed/share/man/$page' ]"
done

# No other .pc is to be found: a program that links ours must not need any.
PKG_CONFIG_LIBDIR=$(dirname "$pc")
export PKG_CONFIG_LIBDIR
library=$(find "$installed" -name 'libresnet50.so.0.1' -exec dirname {} \;)
check "the shared library is there, with its links" \
    "[ -e '$library/libresnet50.so' ] && [ -e '$library/libresnet50.so.0.1' ]"
check "and the static one" "[ -s '$library/libresnet50.a' ]"
for header in "$1"/include/resnet/*.h; do
    check "resnet/$(basename "$header") is installed as it is" \
        "cmp -s '$header' '$installed/include/resnet/$(basename "$header")'"
done
check "resnet/resnet.hpp is installed beside them" \
    "cmp -s '$1/bindings/cpp/resnet.hpp' '$installed/include/resnet/resnet.hpp'"

# --- shared ---

run $CC -std=c11 -Wall -Wextra -Werror $(pkg-config --cflags resnet50) -o "$scratch/shared" \
    "$here/consumer.c" $(pkg-config --libs resnet50)
check "a C program links the shared library" "[ $status = 0 ]"
run env LD_LIBRARY_PATH="$library" "$scratch/shared"
check "and runs with it" "[ $status = 0 ] && grep -q '^0.1' '$out'"
check "linking it drags in no other library" \
    "! readelf -d '$scratch/shared' | grep NEEDED | grep -qv -e libresnet50 -e 'libc\.' -e 'libm\.' -e san"
# Under /usr the system's linker looks, and a path of the program's own is unwanted.
if [ "$prefix" != /usr ]; then
    run env -u LD_LIBRARY_PATH "$installed/bin/resnet50" --version
    check "the installed program runs where the tree was moved to" "[ $status = 0 ]"
fi
cflags=$(pkg-config --cflags resnet50 | xargs)
check "a program is told of no include folder but ours" \
    "[ \"\$(realpath '${cflags#-I}')\" = '$installed/include' ]"

if command -v "$CXX" >/dev/null; then
    cp "$here/consumer.c" "$scratch/consumer.cc"
    run $CXX -std=c++11 -Wall -Wextra -Werror $(pkg-config --cflags resnet50) -o "$scratch/shared++" \
        "$scratch/consumer.cc" $(pkg-config --libs resnet50)
    check "a C++ program links the shared library" "[ $status = 0 ]"
    run env LD_LIBRARY_PATH="$library" "$scratch/shared++"
    check "and runs with it" "[ $status = 0 ]"
fi

if command -v "$CXX" >/dev/null; then
    run $CXX -std=c++17 -Wall -Wextra -Werror $(pkg-config --cflags resnet50) -o "$scratch/classify++" \
        "$1/examples/classify.cpp" $(pkg-config --libs resnet50)
    check "a C++ program links it by resnet.hpp" "[ $status = 0 ]"
    run env LD_LIBRARY_PATH="$library" "$scratch/classify++"
    check "and runs with it" "[ $status = 2 ] && grep -q usage '$err'"
fi

# --- static, with the shared library beside it ---

run $CC -std=c11 $(pkg-config --cflags resnet50-static) -o "$scratch/static" "$here/consumer.c" \
    $(pkg-config --libs resnet50-static)
check "a C program links the static library" "[ $status = 0 ]"
check "and not the shared one" "! readelf -d '$scratch/static' | grep NEEDED | grep -q resnet50"
rm -f "$library"/libresnet50.so*
run "$scratch/static"
check "and runs" "[ $status = 0 ] && grep -q '^0.1' '$out'"
if command -v "$CXX" >/dev/null; then
    run $CXX -std=c++11 $(pkg-config --cflags resnet50-static) -o "$scratch/static++" \
        "$scratch/consumer.cc" $(pkg-config --libs resnet50-static)
    check "a C++ program links the static library" "[ $status = 0 ]"
    run "$scratch/static++"
    check "and runs" "[ $status = 0 ]"
fi

finish
