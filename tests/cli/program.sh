# For the tests of the resnet50 program: `. program.sh PROGRAM MAKE-MODEL DRAW-SHAPES` after tap.sh.
# SPDX-License-Identifier: MIT
# Tests change folders, so the programs' paths must not depend on where they were started.
program=$(realpath "$1")
make_model=$(realpath "$2")
draw_shapes=$(realpath "$3")
unset RESNET50_WEIGHTS

resnet50()
{
    run "$program" "$@"
}

# Whether the last command's standard output is one JSON document d that makes the Python condition
# true.
json()
{
    python3 - "$out" "$1" <<'END'
import json, math, sys
d = json.load(open(sys.argv[1]))
try:
    sys.exit(0 if eval(sys.argv[2]) else 1)
except (KeyError, TypeError, IndexError) as error:
    print("#", type(error).__name__, error)
    sys.exit(1)
END
}

# Whether standard error names the program and contains a text.
says()
{
    grep -q '^resnet50: ' "$err" && grep -qF -- "$1" "$err"
}
