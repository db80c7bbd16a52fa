# For tests written as shell scripts: `. tap.sh`, run and check, at the end `finish`. Speaks TAP.
# $scratch is a folder of the test's own, removed at its end; it lies in memory if the system has a
# file system there with room for a few models from which programs may be started, as tests/scratch.h
# does it. SPDX-License-Identifier: MIT
set -u

scratch_root()
{
    free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "${free:-0}" -ge 2097152 ] && probe=$(mktemp -p /dev/shm 2>/dev/null); then
        printf '#!/bin/sh\n' >"$probe"
        chmod +x "$probe"
        "$probe" 2>/dev/null && echo /dev/shm || echo /tmp
        rm -f "$probe"
        return
    fi
    echo /tmp
}

scratch=$(mktemp -d -p "${TMPDIR-$(scratch_root)}")
out=$scratch/stdout
err=$scratch/stderr
n_checks=0
n_failed=0
exit_commands="rm -rf '$scratch'"
trap 'eval "$exit_commands"' EXIT

# Something to be done when the test ends, whatever way.
at_exit()
{
    exit_commands="$1; $exit_commands"
}

# Runs a command; its exit status goes to $status, its streams to the files $out and $err.
run()
{
    status=0
    "$@" >"$out" 2>"$err" </dev/null || status=$?
}

# check WHAT CONDITION: the condition is shell code.
check()
{
    n_checks=$((n_checks + 1))
    if eval "$2"; then
        echo "ok $n_checks - $1"
        return
    fi
    n_failed=$((n_failed + 1))
    echo "not ok $n_checks - $1"
    echo "# condition: $2"
    echo "# last status: ${status-none}; standard output and error of the last command:"
    head -n 20 "$out" "$err" 2>/dev/null | sed 's/^/#   /'
}

bail_out()
{
    echo "Bail out! $1"
    exit 1
}

skip_all()
{
    echo "1..0 # SKIP $1"
    exit 0
}

finish()
{
    echo "1..$n_checks"
    [ $n_failed = 0 ]
    exit
}
