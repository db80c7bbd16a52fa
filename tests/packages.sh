#!/bin/sh
# Debian's packages as a stranger has them: built twice in a system of their own, installed into a bare one, used in
# every way, removed. Slow, and no part of tests/run.sh. SPDX-License-Identifier: MIT
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
release=bookworm
mirror=${RESNET50_MIRROR:-http://deb.debian.org/debian}
work=${RESNET50_PACKAGES:-/var/tmp/resnet50-packages}
builder=$work/builder
bare=$work/bare

usage()
{
    cat <<END
usage: sh tests/packages.sh [--quick] [--help]
Needs root and debootstrap; lintian is run if it is there. In $work (or the folder in
RESNET50_PACKAGES), which may be removed afterwards (3 GB), it
  - builds the packages twice, in two folders, with tests and without, and compares them,
  - installs them into a bare Debian $release with compilers,
  - compiles the README's program by pkg-config, by CMake and as a meson subproject, each
    shared and static, runs it, and runs the packages' autopkgtests,
  - copies the program and its libraries into an empty folder, and runs it there,
  - removes the packages, and looks for what they left.
  --quick leaves out the tests of the first build.
What was built is not built again: remove builder/first and builder/second for that.
END
}

say()
{
    printf '\n== %s\n' "$*"
}

# in_system FOLDER COMMAND...
in_system()
{
    system=$1
    shift
    chroot "$system" env LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# make_system FOLDER PACKAGE...
make_system()
{
    system=$1
    shift
    [ ! -f "$system/ready" ] || return 0
    [ -d "$system/usr" ] || debootstrap --variant=minbase $release "$system" "$mirror" >"$work/log" 2>&1
    cp /etc/resolv.conf "$system/etc/"
    in_system "$system" apt-get update -q >"$work/log" 2>&1
    in_system "$system" apt-get install -q -y --no-install-recommends "$@" >"$work/log" 2>&1
    touch "$system/ready"
}

# What programs want beside files; undone when the script ends.
mount_systems()
{
    trap 'umount "$builder/proc" "$bare/proc" "$builder/dev/shm" 2>/dev/null || :' EXIT
    mount -t proc proc "$builder/proc"
    mount -t proc proc "$bare/proc"
    mount -t tmpfs tmpfs "$builder/dev/shm"
}

copy_source()
{
    rm -rf "$1"
    mkdir -p "$1"
    tar -C "$root" -cf - --exclude './build*' --exclude ./.git . | tar -C "$1" -xf -
}

# --- building ---

# The fields of a package's Build-Depends, without their versions.
build_depends()
{
    sed -n '/^Build-Depends:/,/^[A-Z]/p' "$root/debian/control" | sed '/^Standards/d; s/^Build-Depends://' |
        tr ',' '\n' | sed 's/debhelper-compat/debhelper/; s/(.*)//; s/<.*>//; s/:any//' | xargs
}

# build FOLDER DEB_BUILD_OPTIONS
build()
{
    [ ! -f "$builder/$1/built" ] || return 0
    copy_source "$builder/$1/libresnet50"
    in_system "$builder" sh -c "cd '/$1/libresnet50' && DEB_BUILD_OPTIONS='parallel=$(nproc) $2' dpkg-buildpackage -us -uc -b" \
        >"$work/build.log" 2>&1 || { tail -n 30 "$work/build.log"; exit 1; }
    touch "$builder/$1/built"
}

compare_builds()
{
    say "two builds"
    (cd "$builder/first" && sha256sum ./*.deb) | tee "$work/first"
    (cd "$builder/second/elsewhere" && sha256sum ./*.deb) >"$work/second"
    diff "$work/first" "$work/second"
    echo "the same bytes in both"
}

# --- using ---

compile()
{
    say "$1"
    in_system "$bare" sh -ec "cd /tmp/use; $2"
}

write_program()
{
    rm -rf "$bare/tmp/use"
    mkdir -p "$bare/tmp/use/subprojects"
    awk '/^```/ { inside = /^```c$/; next } inside' "$root/README.md" >"$bare/tmp/use/program.c"
    cp "$root/tests/golden/image/baseline-420.jpg" "$bare/tmp/use/picture.jpg"
    cp "$root/tests/cli/make_model.c" "$bare/tmp/use/"
    cat >"$bare/tmp/use/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.13)
project(program C)
find_package(resnet50 0.1 REQUIRED COMPONENTS shared static)
add_executable(by-cmake program.c)
target_link_libraries(by-cmake PRIVATE resnet50::resnet50)
add_executable(by-cmake-static program.c)
target_link_libraries(by-cmake-static PRIVATE resnet50::static)
END
    cat >"$bare/tmp/use/meson.build" <<'END'
project('program', 'c')
executable('by-meson', 'program.c', dependencies: dependency('resnet50', fallback: 'resnet50'))
END
    copy_source "$bare/tmp/use/subprojects/resnet50"
}

use_packages()
{
    write_program
    run='weights.h5 picture.jpg'
    compile "pkg-config, shared" "cc -o make-model make_model.c \$(pkg-config --cflags --libs resnet50)
        ./make-model weights.h5 3 64
        cc -o program program.c \$(pkg-config --cflags --libs resnet50); ./program $run"
    compile "pkg-config, static" "cc -o static program.c \$(pkg-config --cflags --libs resnet50-static)
        ./static $run; if ldd ./static | grep libresnet50; then exit 1; fi"
    compile "CMake, shared and static" "cmake -B cmake . >/dev/null; cmake --build cmake >/dev/null
        ./cmake/by-cmake $run; ./cmake/by-cmake-static $run; if ldd cmake/by-cmake-static | grep libresnet50; then exit 1; fi"
    for kind in shared static; do
        compile "meson subproject, $kind" "meson setup $kind-build --force-fallback-for=resnet50 \
            -Dresnet50:default_library=$kind >/dev/null; ninja -C $kind-build >/dev/null; ./$kind-build/by-meson $run"
    done
    compile "the program" "resnet50 --version; resnet50 classify --weights $run"
    for test in pkg-config cmake; do
        compile "autopkgtest: $test" "cd subprojects/resnet50; debian/tests/$test 2>&1 | tail -n 4"
    done
}

# The list of files without what apt and dpkg keep for themselves, and what compilers left in /tmp.
list_files()
{
    (cd "$bare" && find . -xdev \( -path ./tmp -o -path ./proc -o -path ./dev -o -path ./debs -o -path ./image \
        -o -path ./var/cache -o -path ./var/log -o -path ./var/lib/dpkg -o -path ./var/lib/apt \) -prune -o -print) |
        grep -v -e '^./etc/ld.so.cache$' -e '/__pycache__' | sort
}

use_image()
{
    say "a container's files"
    rm -rf "$bare/image"
    cp "$root/.ci/image.sh" "$bare/tmp/"
    in_system "$bare" sh /tmp/image.sh /image
    cp "$bare/tmp/use/weights.h5" "$bare/tmp/use/picture.jpg" "$bare/image/data/"
    chroot "$bare/image" /usr/bin/resnet50 classify --weights /data/weights.h5 /data/picture.jpg
    rm -rf "$bare/image"
}

quick=
case ${1-} in
--help | -h) usage; exit 0 ;;
--quick) quick=nocheck ;;
'') ;;
*) usage >&2; exit 2 ;;
esac
mkdir -p "$work"
# shellcheck disable=SC2046 # the words are meant to be split
make_system "$builder" build-essential $(build_depends)
make_system "$bare" gcc g++ libc6-dev pkg-config cmake make meson ninja-build python3
mount_systems
build first "$quick"
build second/elsewhere nocheck
compare_builds
if command -v lintian >/dev/null; then
    say "lintian"
    lintian --allow-root --profile debian --fail-on error,warning "$builder"/first/*.changes && echo "no errors, no warnings"
fi
list_files >"$work/before"
mkdir -p "$bare/debs"
cp "$builder"/first/*.deb "$bare/debs/"
say "installation"
in_system "$bare" sh -c 'apt-get install -q -y --no-install-recommends /debs/libresnet50-0.1_*.deb /debs/libresnet50-dev_*.deb \
    /debs/resnet50-tools_*.deb' 2>/dev/null | grep '^Setting up .*resnet50'
use_packages
use_image
say "removal"
in_system "$bare" apt-get purge -q -y --autoremove '*resnet50*' | grep '^Removing .*resnet50'
list_files >"$work/after"
diff "$work/before" "$work/after"
echo "nothing is left"
