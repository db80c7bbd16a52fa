#!/bin/sh
# Builds the documents' site: pages, references of C and of Python. Warnings and broken links are errors. What MkDocs needs is
# installed into a virtual environment beside the site; Doxygen is the system's.
# usage: sh docs/build_site.sh [FOLDER]        (default: build-site; the site is FOLDER/site/index.html)
# SPDX-License-Identifier: MIT
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${1:-$root/build-site}"
out=$(cd "${1:-$root/build-site}" && pwd)
command -v doxygen >/dev/null || {
    echo "build_site: doxygen is not there (apt install doxygen)" >&2
    exit 1
}

requirements=$root/docs/requirements.txt
cmp -s "$requirements" "$out/requirements.txt" || {
    python3 -m venv --clear "$out/python"
    "$out/python/bin/pip" install -q --require-virtualenv -r "$requirements"
    cp "$requirements" "$out"
}

rm -rf "$out/doxygen"
mkdir "$out/doxygen"
{
    cat "$root/docs/site/Doxyfile"
    printf 'INPUT = "%s"\nOUTPUT_DIRECTORY = "%s"\n' "$root/include/resnet" "$out/doxygen"
    printf 'INPUT_FILTER = "sed -E -f %s"\n' "$root/docs/site/headers.sed"
} | doxygen -

export PYTHONDONTWRITEBYTECODE=1 RESNET50_PYTHON="$root/bindings/python" RESNET50_DOCSTRINGS="$root/docs/site/shapes.py" NO_MKDOCS_2_WARNING=1
"$out/python/bin/python" "$root/docs/site/stage.py" "$root" "$out/doxygen/xml" "$out"
"$out/python/bin/mkdocs" build --clean --config-file "$out/mkdocs.yml"
"$out/python/bin/python" "$root/docs/site/check_links.py" "$out/site"
