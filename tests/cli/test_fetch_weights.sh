#!/bin/sh
# examples/fetch-weights.sh against a server on loopback. SPDX-License-Identifier: MIT
# usage: test_fetch_weights.sh SOURCE-ROOT
. "$(dirname "$0")/tap.sh"

fetch=$1/examples/fetch-weights.sh
server=$(dirname "$0")/range_server.py
mkdir "$scratch/served"
export XDG_CACHE_HOME="$scratch/cache"
unset http_proxy HTTP_PROXY https_proxy all_proxy ALL_PROXY || :

# --- a server with four files, and a catalogue of them ---

for name in whole cut norange-cut wrong; do
    head -c 300000 /dev/urandom >"$scratch/served/$name.bin"
done
python3 "$server" "$scratch/served" "$scratch/port" "$scratch/requests" &
server_pid=$!
at_exit "kill $server_pid"
tries=0
until [ -s "$scratch/port" ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || bail_out "the server did not start"
    sleep 0.1
done
url=http://127.0.0.1:$(cat "$scratch/port")

sha256()
{
    sha256sum "$scratch/served/$1.bin" | cut -c 1-8
}
{
    echo '# a comment'
    printf '%s\tsha256\t%s\t%s/%s.bin\ta file\n' whole "$(sha256 whole)" "$url" whole
    printf '%s\tsha256\t%s\t%s/%s.bin\ta file\n' cut "$(sha256 cut)" "$url" cut
    printf '%s\tsha256\t%s\t%s/%s.bin\ta file\n' norange-cut "$(sha256 norange-cut)" "$url" norange-cut
    printf 'by-md5\tmd5\t%s\t%s/whole.bin\ta file\n' \
        "$(md5sum "$scratch/served/whole.bin" | cut -d ' ' -f 1)" "http://127.0.0.1:1"
    printf 'wrong\tsha256\t00000000\t%s/wrong.bin\ta file\n' "$url"
    printf 'absent\tsha256\t00000000\t%s/absent.bin\ta file\n' "$url"
} >"$scratch/catalogue"

run_fetch()
{
    run sh "$fetch" --catalogue "$scratch/catalogue" "$@"
}

# --- what must hold ---

run_fetch whole
check "a file is fetched" "[ $status = 0 ] && cmp -s '$scratch/served/whole.bin' '$scratch/cache/resnet50/whole.bin'"
check "its path is all there is on standard output" "[ \"$(cat "$out")\" = '$scratch/cache/resnet50/whole.bin' ]"

: >"$scratch/requests"
run_fetch whole
check "what is there is not fetched again" "[ $status = 0 ] && [ ! -s '$scratch/requests' ]"

run_fetch cut
check "a download cut off fails and leaves its part" \
    "[ $status = 1 ] && [ -s '$scratch/cache/resnet50/cut.bin.part' ] && [ ! -e '$scratch/cache/resnet50/cut.bin' ]"
run_fetch cut
check "a second run goes on with it" \
    "[ $status = 0 ] && cmp -s '$scratch/served/cut.bin' '$scratch/cache/resnet50/cut.bin'"
check "by asking for the rest only" "grep -q '^/cut.bin bytes=150000-' '$scratch/requests'"

run_fetch norange-cut
run_fetch norange-cut
check "a server without ranges is asked for the whole" \
    "[ $status = 0 ] && cmp -s '$scratch/served/norange-cut.bin' '$scratch/cache/resnet50/norange-cut.bin'"

run_fetch wrong
check "a wrong digest is refused" "[ $status = 1 ] && grep -q 'wrong sha256 digest' '$err'"
check "and the file removed" "! ls '$scratch/cache/resnet50' | grep -q wrong"

run_fetch absent whole
check "an absent file does not keep the others away" "[ $status = 1 ] && grep -q whole.bin '$out'"

rm "$scratch/cache/resnet50/whole.bin"
run_fetch --base "$url/" by-md5
check "--base names a mirror, and MD5 is checked" "[ $status = 0 ] && [ -s '$scratch/cache/resnet50/whole.bin' ]"

echo damaged >"$scratch/cache/resnet50/whole.bin"
run_fetch whole
check "a damaged file in the cache is fetched anew" \
    "[ $status = 0 ] && cmp -s '$scratch/served/whole.bin' '$scratch/cache/resnet50/whole.bin'"

run sh "$fetch" --list
check "--list names the published files" "[ $status = 0 ] && grep -q resnet50-0676ba61.pth '$out' && grep -q '^keras-notop' '$out'"
run sh "$fetch" --help
check "--help says how" "[ $status = 0 ] && grep -q '^usage:' '$out'"
run sh "$fetch" nonsense
check "an unknown name is wrong usage" "[ $status = 2 ]"
run sh "$fetch" --nonsense
check "an unknown option is wrong usage" "[ $status = 2 ]"
run sh "$fetch"
check "no name is wrong usage" "[ $status = 2 ]"

finish
