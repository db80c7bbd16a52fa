#!/bin/sh
# Fetches published ResNet-50 weights into the user's cache, resuming what was cut off, and checks
# their digests. SPDX-License-Identifier: MIT
set -eu

catalogue=$(dirname "$0")/weights.tsv
cache=${XDG_CACHE_HOME:-$HOME/.cache}/resnet50
base=

usage()
{
    cat <<END
usage: sh fetch-weights.sh [OPTION]... NAME...
Fetches published weights into $cache
and prints the path of each file on standard output, so that this works:

    resnet50 classify --weights "\$(sh fetch-weights.sh torchvision-v2)" photo.jpg

  --list            names, addresses and what they are
  --base URL        fetch the files from this folder instead (a mirror)
  --catalogue FILE  other weights than those of $catalogue
  --help            this text

A download that was cut off goes on where it ended. A file whose digest is wrong is removed and
reported. Exit status: 0 all there, 1 failed, 2 wrong usage.
The weights' licences are their publishers'; this project ships none.
END
}

say()
{
    echo "fetch-weights: $*" >&2
}

wrong_usage()
{
    say "$* (see --help)"
    exit 2
}

list()
{
    grep -v '^#' "$catalogue" | while IFS='	' read -r name _ _ url what; do
        printf '%-15s %s\n%-15s %s\n' "$name" "$what" '' "$url"
    done
}

# The catalogue's line for a name, without the name.
find_line()
{
    awk -F '\t' -v OFS='\t' -v name="$1" '$1 == name { print $2, $3, $4; exit }' "$catalogue"
}

# Whether the file's digest starts as the catalogue says.
is_right()
{
    actual=$("$2sum" "$1" | cut -d ' ' -f 1)
    case $actual in
    "$3"*) return 0 ;;
    *) return 1 ;;
    esac
}

# Goes on with a partial file; starts anew with a server that cannot do that.
download()
{
    if [ -s "$2" ]; then
        say "going on with $2"
        curl --fail --location --show-error --continue-at - --output "$2" "$1" && return
        # 33: the server sends whole files only; 22 here: there is nothing beyond what we have
        case $? in
        22 | 33 | 36) rm -f "$2" ;;
        *) return 1 ;;
        esac
    fi
    curl --fail --location --show-error --output "$2" "$1"
}

fetch()
{
    line=$(find_line "$1")
    [ -n "$line" ] || wrong_usage "there are no weights called \"$1\"; --list tells those there are"
    kind=$(printf %s "$line" | cut -f 1)
    digest=$(printf %s "$line" | cut -f 2)
    url=$(printf %s "$line" | cut -f 3)
    name=${url##*/}
    file=$cache/$name
    if [ -f "$file" ] && is_right "$file" "$kind" "$digest"; then
        echo "$file"
        return
    fi
    download "${base:-${url%/*}}/$name" "$file.part" || {
        say "$1: the download failed; run this again to go on with it"
        return 1
    }
    is_right "$file.part" "$kind" "$digest" || {
        rm -f "$file.part"
        say "$1: wrong $kind digest: $name is not what it should be, and was removed"
        return 1
    }
    mv "$file.part" "$file"
    echo "$file"
}

only_list=
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --list) only_list=1; shift ;;
    --base | --catalogue)
        [ $# -ge 2 ] || wrong_usage "$1 wants a value"
        if [ "$1" = --base ]; then base=${2%/}; else catalogue=$2; fi
        shift 2 ;;
    --) shift; break ;;
    -*) wrong_usage "there is no option $1" ;;
    *) break ;;
    esac
done
[ -r "$catalogue" ] || wrong_usage "$catalogue: cannot be read"
if [ -n "$only_list" ]; then
    list
    exit 0
fi
[ $# -gt 0 ] || wrong_usage "no name is given"
command -v curl >/dev/null || { say "curl is missing (apt install curl)"; exit 1; }
mkdir -p "$cache"
status=0
for name in "$@"; do
    fetch "$name" || status=1
done
exit $status
