#!/bin/sh
# Installs what a bare Debian 12 lacks, builds with gcc and with clang, runs every test, then those
# that matter under sanitizers. The last line is "N passed, N failed".
# SPDX-License-Identifier: MIT
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
builds=${RESNET50_BUILDS:-$root/build-tests}
jobs=$(nproc)
summary=$builds/summary
python=$builds/python/bin/python
n_passed=0
n_failed=0

usage()
{
    cat <<END
usage: sh tests/run.sh [--quick] [--help]
Builds into $builds (or the folder in RESNET50_BUILDS) and runs:
  gcc     every test, optimised, warnings as errors; among them those of the Python package
  clang   every test with the address and undefined-behaviour sanitizers, warnings as errors
  fuzz    libFuzzer on every reader of files, a quarter of a minute each, in clang's build
  tsan    the tests with several threads, with gcc's thread sanitizer
  --quick runs gcc's alone.
The last line is "N passed, N failed"; the exit status is 0 if none failed.
END
}

# --- packages ---

packages="gcc g++ clang libclang-rt-dev libc6-dev locales meson ninja-build pkg-config cmake python3 python3-venv binutils curl
libdnnl-dev libhdf5-dev libjpeg-dev libpng-dev libwebp-dev libexif-dev libzip-dev zlib1g-dev libjansson-dev libcmocka-dev"


missing_packages()
{
    for package in $packages; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            printf '%s ' "$package"
    done
}

install_packages()
{
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    echo "installing: $missing"
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -q || return 1
    # shellcheck disable=SC2086 # the words are meant to be split
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

# --- results ---

# Counts the tests in a build's log: TAP scripts count each of their checks, programs one each.
count_results()
{
    python3 - "$1" <<'END'
import json, sys
passed = failed = 0
try:
    lines = open(sys.argv[1]).read().splitlines()
except OSError:
    lines = []
for line in lines:
    test = json.loads(line)
    output = (test.get("stdout") or "").splitlines()
    checks_ok = sum(text.startswith("ok ") for text in output)
    checks_bad = sum(text.startswith("not ok ") for text in output)
    if test["result"] == "SKIP":
        continue
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        passed += checks_ok or 1
    else:
        passed += checks_ok
        failed += checks_bad or 1
print(passed, failed)
END
}

# Adds to the totals: WHAT PASSED FAILED.
add_results()
{
    n_passed=$((n_passed + $2))
    n_failed=$((n_failed + $3))
    printf '%-8s %5d passed, %d failed\n' "$1" "$2" "$3" | tee -a "$summary"
}

# --- builds ---

# build NAME COMPILER C++-COMPILER MESON-OPTION...; a failed build is one failure.
build()
{
    name=$1
    compiler=$2
    compiler_plus=$3
    shift 3
    echo "== $name =="
    rm -rf "${builds:?}/$name"
    CC=$compiler CXX=$compiler_plus meson setup "$builds/$name" "$root" "$@" \
        >"$builds/$name.log" 2>&1 &&
        ninja -j "$jobs" -C "$builds/$name" >>"$builds/$name.log" 2>&1 && return 0
    tail -n 40 "$builds/$name.log"
    add_results "$name" 0 1
    return 1
}

# run_tests NAME MESON-TEST-ARGUMENT...
run_tests()
{
    name=$1
    shift
    log=$builds/$name/meson-logs/testlog.json
    rm -f "$log"
    meson test -C "$builds/$name" --no-rebuild --print-errorlogs --num-processes "$jobs" "$@"
    test_status=$?
    set -- $(count_results "$log")
    # a test driver that failed without a failed test has failed all the same
    if [ $test_status != 0 ] && [ "$2" = 0 ]; then set -- "$1" 1; fi
    add_results "$name" "$1" "$2"
}

# One result a target.
run_fuzzers()
{
    for target in container model image files; do
        if RESNET50_FUZZ_BUILD=$builds/clang sh "$root/tests/fuzz/run.sh" --seconds 15 --target $target; then
            add_results "fuzz" 1 0
        else
            add_results "fuzz" 0 1
        fi
    done
}

sanitizers()
{
    # optimised enough to be quick, with frames to be read
    echo "-Dbuildtype=debugoptimized -Db_sanitize=$1 -Db_lundef=false -Db_ndebug=false"
}

# A Python of its own for the tests of the bindings: what they need is not the distribution's.
make_python()
{
    [ -x "$python" ] && return
    echo "== python =="
    python3 -m venv "$builds/python" >"$builds/python.log" 2>&1 &&
        "$builds/python/bin/pip" install -q -r "$root/bindings/python/tests/requirements.txt" >>"$builds/python.log" 2>&1 && return
    tail -n 20 "$builds/python.log"
    rm -rf "$builds/python"
    add_results python 0 1
    python=
}

test_all()
{
    make_python
    build gcc gcc g++ -Dwerror=true "-Dpython_tests=$python" && run_tests gcc
    [ -z "$quick" ] || return
    # Libraries of Debian's are not instrumented; what they keep for the process's life is no leak of ours.
    export ASAN_OPTIONS=detect_stack_use_after_return=1:abort_on_error=0:allocator_may_return_null=1
    export LSAN_OPTIONS=suppressions=$root/tests/lsan.supp:print_suppressions=0
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    # What the second compiler may see otherwise than the first shows under its sanitizers best, so there
    # is no optimised build of its: that would run all of it a third time.
    # shellcheck disable=SC2046
    build clang clang clang++ -Dwerror=true $(sanitizers address,undefined) -Dfuzzers=true \
        -Dc_args=-fsanitize=fuzzer-no-link -Dcpp_args=-fsanitize=fuzzer-no-link && {
        run_tests clang --timeout-multiplier 4
        run_fuzzers
    }
    export TSAN_OPTIONS=suppressions=$root/tests/tsan.supp:history_size=4:allocator_may_return_null=1
    # shellcheck disable=SC2046
    build tsan gcc g++ $(sanitizers thread) && {
        run_tests tsan --timeout-multiplier 6 --suite core --suite data --suite thread
        run_tests tsan --timeout-multiplier 6 inference
    }
}

quick=
case ${1-} in
--help | -h) usage; exit 0 ;;
--quick) quick=1 ;;
'') ;;
*) usage >&2; exit 2 ;;
esac
mkdir -p "$builds"
: >"$summary"
if ! install_packages; then
    echo "packages could not be installed" >&2
    add_results packages 0 1
else
    test_all
fi
echo
cat "$summary"
echo "$n_passed passed, $n_failed failed"
[ "$n_failed" = 0 ]
