#!/bin/sh
# The library for arm64 Linux, without such a machine: built by Debian's cross compiler in a folder of its own,
# tested under qemu, its logits compared with those of this machine. Slow, and no part of tests/run.sh.
# SPDX-License-Identifier: MIT
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
release=bookworm
mirror=${RESNET50_MIRROR:-http://deb.debian.org/debian}
system=${RESNET50_ARM64:-/var/tmp/resnet50-arm64}
suites="core image metrics labels store dnn kernel data"
tolerance=1e-5

usage()
{
    cat <<END
usage: sh tests/arm64.sh [--build] [--help]
Needs root and debootstrap. In $system (or the folder in RESNET50_ARM64), which is
made if it is not there and may be removed afterwards (2 GB), it
  - installs Debian $release with gcc-aarch64-linux-gnu and the arm64 -dev packages,
  - builds the library, the program and the tests with warnings as errors,
  - runs the suites $suites under qemu-aarch64,
  - classifies a picture there and here, and compares the logits to $tolerance.
  --build stops after the build.
END
}

packages="gcc g++ gcc-aarch64-linux-gnu g++-aarch64-linux-gnu meson ninja-build pkg-config python3 binutils
qemu-user-static libdnnl-dev:arm64 libjpeg-dev:arm64 libpng-dev:arm64 libwebp-dev:arm64 libexif-dev:arm64
libzip-dev:arm64 zlib1g-dev:arm64 libjansson-dev:arm64 libhdf5-dev:arm64 libcmocka-dev:arm64"

# --- the system ---

install_system()
{
    [ -x "$system/usr/bin/aarch64-linux-gnu-gcc" ] && return
    [ -d "$system/usr" ] || debootstrap --variant=minbase $release "$system" "$mirror"
    cp /etc/resolv.conf "$system/etc/"
    chroot "$system" dpkg --add-architecture arm64
    chroot "$system" apt-get update -q
    # shellcheck disable=SC2086 # the words are meant to be split
    chroot "$system" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages
}

# What the system's programs want beside files; undone when the script ends.
mount_system()
{
    trap unmount_system EXIT
    mount -t proc proc "$system/proc"
    mount -t tmpfs tmpfs "$system/dev/shm"
}

unmount_system()
{
    umount "$system/dev/shm" "$system/proc" 2>/dev/null || :
}

# --- the build ---

copy_source()
{
    rm -rf "$system/src"
    mkdir "$system/src"
    tar -C "$root" -cf - --exclude './build*' --exclude ./.git . | tar -C "$system/src" -xf -
    cat >"$system/src/arm64.ini" <<'END'
[binaries]
c = 'aarch64-linux-gnu-gcc'
cpp = 'aarch64-linux-gnu-g++'
ar = 'aarch64-linux-gnu-gcc-ar'
strip = 'aarch64-linux-gnu-strip'
pkgconfig = 'pkg-config'
exe_wrapper = 'qemu-aarch64-static'

[properties]
pkg_config_libdir = '/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig'

[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
END
}

build()
{
    if [ ! -f "$system/build/build.ninja" ]; then
        chroot "$system" meson setup /build /src --cross-file /src/arm64.ini -Dwerror=true
    fi
    chroot "$system" ninja -C /build
    chroot "$system" aarch64-linux-gnu-readelf -h /build/lib/libresnet50.so.0.1 | grep -q AArch64
}

run_tests()
{
    set --
    for suite in $suites; do set -- "$@" --suite "$suite"; done
    chroot "$system" meson test -C /build --no-rebuild --print-errorlogs --timeout-multiplier 40 "$@"
}

# --- the logits ---

compare_logits()
{
    here=$system/native
    [ -f "$here/build.ninja" ] || meson setup "$here" "$root" >/dev/null
    ninja -C "$here" examples/resnet50/resnet50 tests/cli/make-model >/dev/null
    "$here/tests/cli/make-model" "$system/weights.h5" 100 224 7
    cp "$root/tests/golden/image/baseline-420.jpg" "$system/picture.jpg"
    "$here/examples/resnet50/resnet50" classify --json --top 100 --weights "$system/weights.h5" \
        "$system/picture.jpg" >"$system/here.json"
    for threads in 1 3; do
        chroot "$system" qemu-aarch64-static /build/examples/resnet50/resnet50 classify --json --top 100 \
            --threads $threads --weights /weights.h5 /picture.jpg >"$system/arm64-$threads.json"
    done
    cmp "$system/arm64-1.json" "$system/arm64-3.json"
    python3 - "$system/here.json" "$system/arm64-1.json" $tolerance <<'END'
import json, sys
def logits(path):
    return {each["index"]: each["logit"] for each in json.load(open(path))[0]["predictions"]}
here, there = logits(sys.argv[1]), logits(sys.argv[2])
assert len(here) == len(there) == 100
scale = max(abs(value) for value in here.values())
worst = max(abs(here[i] - there[i]) for i in here) / scale
print("logits: worst difference %.1e of the largest, which is %.3g" % (worst, scale))
sys.exit(worst > float(sys.argv[3]))
END
}

stop_after_build=
case ${1-} in
--help | -h) usage; exit 0 ;;
--build) stop_after_build=1 ;;
'') ;;
*) usage >&2; exit 2 ;;
esac
install_system
mount_system
copy_source
build
[ -z "$stop_after_build" ] || exit 0
compare_logits
run_tests
echo "arm64: built, tested, same logits to $tolerance"
