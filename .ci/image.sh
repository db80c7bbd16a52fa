#!/bin/sh
# Copies an installed program and the libraries it is linked to into an empty folder: all that a container needs.
# SPDX-License-Identifier: MIT
# usage: image.sh FOLDER [PROGRAM]
set -eu

image=$1
program=${2:-/usr/bin/resnet50}
mkdir -p "$image/usr/bin" "$image/tmp" "$image/data"
chmod 1777 "$image/tmp"
# as /lib and /lib64 of the system's, links or not
for folder in lib lib64 bin; do
    [ ! -L "/$folder" ] || ln -sf "usr/$folder" "$image/$folder"
done
cp "$program" "$image/usr/bin/"
ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    folder=$(dirname "$library")
    mkdir -p "$image$(realpath "$folder")"
    cp -L "$library" "$image$(realpath "$folder")/"
done
du -sh "$image" | cut -f 1
