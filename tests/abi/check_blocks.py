"""Code in documents is code that is compiled or run: a block of C is a whole program, which the test `headers` compiles,
or stands, line by line, in the file that a comment before it names, as every block of C++ does.
usage: check_blocks.py SOURCE-ROOT DOCUMENT...    SPDX-License-Identifier: MIT"""
import pathlib
import re
import sys

FENCE = re.compile(r"^( *)```([a-z+]*)$")
ORIGIN = re.compile(r"^ *<!-- from (\S+) -->$")


def blocks_of(text):
    """(line number, language, origin or None, indentation, lines) of each fenced block"""
    lines = text.splitlines()
    i = 0
    while i < len(lines):
        fence = FENCE.match(lines[i])
        i += 1
        if not fence:
            continue
        start, origin = i, ORIGIN.match(lines[i - 2]) if i > 1 else None
        while i < len(lines) and lines[i].strip() != "```":
            i += 1
        yield start, fence[2], origin and origin[1], fence[1], lines[start:i]
        i += 1


def stands_in(block, path):
    """Whether the lines follow one another there; what they are indented by does not count."""
    wanted = [line.strip() for line in block]
    there = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return any(there[i:i + len(wanted)] == wanted for i in range(len(there)))


def fault_of(root, language, origin, indentation, lines):
    if origin:
        path = root / origin
        if not path.is_file():
            return f"{origin} is not there"
        return None if stands_in(lines, path) else f"it does not stand in {origin}"
    if language == "cpp":
        return "no comment before it names the file that it is from"
    if language == "c" and (indentation or not any("int main" in line for line in lines)):
        return "neither a whole program nor named the file that it is from"
    return None


def main(root, *documents):
    n_faults = 0
    for document in documents:
        for number, *block in blocks_of(pathlib.Path(document).read_text(encoding="utf-8")):
            fault = fault_of(pathlib.Path(root), *block)
            if fault:
                n_faults += 1
                print(f"{document}:{number}: {fault}")
    return n_faults != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
