#!/bin/sh
# From nothing to a network that knows new classes: installs what is missing, builds, draws a picture
# set, learns it from scratch, and classifies pictures it never saw in a new process.
# SPDX-License-Identifier: MIT
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=${RESNET50_BUILD:-$root/build}
work=$build/quickstart
data=
weights=
epochs=

usage()
{
    cat <<END
usage: sh examples/quickstart.sh [OPTION]...
Installs what is missing (apt; as root or with sudo), builds into $build,
draws a small picture set, trains a ResNet-50 on it, prints how good it became, saves it as
$work/model.h5, and classifies pictures that it never saw.

  --data DIR      your own pictures instead: a folder per class, or train/ and val/ with those.
                  Three of them (of val/, if there is one) are classified at the end
  --weights FILE  start from pretrained weights instead of from scratch: first a new head is
                  learnt, then the last stage as well, at 224 px
                  (sh examples/fetch-weights.sh gets some)
  --epochs N      passes over the pictures
  --help          this text
END
}

wrong_usage()
{
    echo "quickstart: $* (see --help)" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --data | --weights | --epochs)
        [ $# -ge 2 ] || wrong_usage "$1 wants a value"
        case $1 in
        --data) data=$2 ;;
        --weights) weights=$2 ;;
        --epochs) epochs=$2 ;;
        esac
        shift 2 ;;
    *) wrong_usage "there is no option $1" ;;
    esac
done
[ -z "$data" ] || [ -d "$data" ] || wrong_usage "$data: no such folder"
[ -z "$weights" ] || [ -r "$weights" ] || wrong_usage "$weights: cannot be read"

say()
{
    printf '\n== %s\n' "$*"
}

# --- packages ---

packages="gcc g++ libc6-dev meson ninja-build pkg-config python3
libdnnl-dev libjpeg-dev libpng-dev libwebp-dev libexif-dev libzip-dev zlib1g-dev libjansson-dev"

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
if [ -n "$missing" ]; then
    say "installing$missing"
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -q
    # shellcheck disable=SC2086 # the words are meant to be split
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
fi

# --- the library and its programs ---

started=$(date +%s)
say "building into $build"
mkdir -p "$work"
[ -e "$build/build.ninja" ] ||
    meson setup "$build" "$root" -Dtests=disabled >"$work/setup.log" 2>&1 || {
    cat "$work/setup.log"
    exit 1
}
ninja -C "$build"
resnet50=$build/examples/resnet50/resnet50

# --- pictures ---

if [ -z "$data" ]; then
    say "drawing pictures"
    data=$work/pictures
    rm -rf "$data"
    "$build/examples/draw/draw-shapes" "$data" 300 50
    unseen=$data/unseen
    echo "$data: $(find "$data/train" -type f | wc -l) to learn from, $(find "$data/val" -type f | wc -l) held out"
fi

# --- learning ---

say "learning (Ctrl-C stops and keeps what was learnt)"
if [ -n "$weights" ]; then
    "$resnet50" train --data "$data" --out "$work/model.h5" --weights "$weights" --new-head \
        --head-epochs 5 --freeze layer3 --lr 0.001 --schedule cosine --epochs "${epochs:-5}"
elif [ -n "${unseen-}" ]; then
    "$resnet50" train --data "$data" --out "$work/model.h5" --size 48 --batch 32 --shards 4 \
        --optimizer adam --schedule cosine --zero-init-residual --epochs "${epochs:-4}"
else
    "$resnet50" train --data "$data" --out "$work/model.h5" --size 128 --batch 32 --augment light \
        --lr 0.05 --warmup 1 --schedule cosine --zero-init-residual --epochs "${epochs:-30}"
fi

# --- a new process, and pictures it never saw ---

say "classifying pictures in a new process"
if [ -n "${unseen-}" ]; then
    set -- "$unseen"/*
else
    held_out=$data
    for name in test validation valid val; do
        [ ! -d "$data/train" ] || [ ! -d "$data/$name" ] || held_out=$data/$name
    done
    set --
    while IFS= read -r picture; do
        set -- "$@" "$picture"
    done <<END
$(find "$held_out" -type f \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' \) | sort -R | head -n 3)
END
fi
"$resnet50" classify --weights "$work/model.h5" --top 2 "$@"

say "done in $(($(date +%s) - started)) s after the packages"
echo "classify more:  $resnet50 classify --weights $work/model.h5 PICTURE..."
echo "measure again:  $resnet50 evaluate --weights $work/model.h5 --data $data"
