#!/bin/sh
# Fuzzes everything that reads files from strangers: libFuzzer with the address and undefined-behaviour
# sanitizers, from files of every kind. SPDX-License-Identifier: MIT
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${RESNET50_FUZZ_BUILD:-$root/build-fuzz}
runs=100000
seconds=
targets=
slowest=1 # second; more in a run of seconds, on machines that do other things as well
memory=1024 # MiB: the caps of the targets, the sanitizers' shadow and quarantine, and what is loaded

usage()
{
    cat <<END
usage: sh tests/fuzz/run.sh [RUNS] [--seconds N] [--target NAME]...
Builds into $build (or RESNET50_FUZZ_BUILD) with clang and gives each target RUNS changed inputs
(default $runs), or N seconds. An input that crashes, leaks, has undefined behaviour, takes more than a
second or $memory MiB is a finding; it stays in $build/findings.
Targets: container (parsers of weights), model (resnet_model_load_memory), image, files (lists, HDF5
arrays, checkpoints, features). The exit status is 0 if there were no findings.
END
}

wrong_usage()
{
    echo "$*; --help tells more" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --seconds | --target)
        [ $# -gt 1 ] || wrong_usage "$1 lacks its value"
        case $1 in
        --seconds) seconds=$2 ;;
        *) targets="$targets $2" ;;
        esac
        shift ;;
    -*) wrong_usage "there is no option $1" ;;
    *) runs=$1 ;;
    esac
    shift
done
[ -z "$seconds" ] || slowest=10
case $runs$seconds in *[!0-9]*) wrong_usage "RUNS and N are whole numbers" ;; esac
: "${targets:=container model image files}"

build_targets()
{
    [ -e "$build/build.ninja" ] || CC=clang CXX=clang++ meson setup "$build" "$root" -Dfuzzers=true \
        -Dprogram=disabled -Dbuildtype=debugoptimized -Db_ndebug=false \
        -Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link \
        -Dcpp_args=-fsanitize=fuzzer-no-link || return 1
    # shellcheck disable=SC2046 # the words are meant to be split
    ninja -C "$build" $(printf 'tests/fuzz/fuzz_%s ' $targets)
}

# The files that a target starts from.
gather_seeds()
{
    mkdir -p "$2"
    case $1 in
    image) cp "$root"/tests/golden/image/*.jpg "$root"/tests/golden/image/*.png "$root"/tests/golden/image/*.webp "$2" ;;
    files) "$build/tests/fuzz/fuzz_files" --seeds="$2" ;;
    *)
        find "$root/tests/golden/store" "$root/tests/golden/hdf5" "$root/tests/fuzz/found/weights" -type f -size -1024k \
            ! -name '*.json' -exec cp {} "$2" \;
        ;;
    esac
}

# A figure of libFuzzer's last words: NAME LOG.
figure()
{
    sed -n "s/^stat::$1: *//p" "$2" | tail -n 1
}

# Runs one target: NAME. One line of figures; 1 if there was a finding.
fuzz()
{
    work=$build/corpus/$1
    log=$build/fuzz_$1.log
    rm -rf "$work"
    mkdir -p "$work/new" "$build/findings"
    gather_seeds "$1" "$work/seeds" || return 1
    status=0
    limit=-runs=$runs
    [ -z "$seconds" ] || limit=-max_total_time=$seconds
    "$build/tests/fuzz/fuzz_$1" "$work/new" "$work/seeds" -artifact_prefix="$build/findings/$1-" \
        -timeout="$slowest" -report_slow_units=1 -rss_limit_mb=$memory -malloc_limit_mb=256 -max_len=300000 \
        -print_final_stats=1 -seed="$(date +%s)" \
        "$limit" >"$log" 2>&1 || status=$?
    findings=$(grep -c 'Test unit written' "$log")
    [ $status = 0 ] || [ "$findings" -gt 0 ] || findings=1
    printf '%-10s %9s inputs, %s findings, peak memory %s MiB, slowest input %s s\n' "$1" \
        "$(figure number_of_executed_units "$log")" "$findings" "$(figure peak_rss_mb "$log")" \
        "$(figure slowest_unit_time_sec "$log")"
    [ "$findings" = 0 ] || grep -E 'ERROR|SUMMARY|runtime error|Test unit written' "$log" | sed 's/^/    /'
    [ "$findings" = 0 ]
}

export ASAN_OPTIONS=detect_stack_use_after_return=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export LSAN_OPTIONS=suppressions=$root/tests/lsan.supp:print_suppressions=0
mkdir -p "$build"
build_targets >"$build/build.log" 2>&1 || {
    tail -n 40 "$build/build.log"
    exit 1
}
failed=0
for target in $targets; do
    fuzz "$target" || failed=1
done
exit $failed
