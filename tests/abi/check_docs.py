"""Whether the public headers say of each function since when it is there, of each that returns a
status which ones, and from which threads it may be called; and whether formatting has left their
tables alone. Prints what is wrong, exit status 1 if anything.

    check_docs.py INCLUDE-FOLDER

A function's text is the comment before it; functions that follow one another without a blank line
share the first one's, and those of a group (@name ... @{) have the group's as well. A text that
starts with "The same" takes over what the one before it says. SPDX-License-Identifier: MIT
"""
import os
import re
import sys

FUNCTION = re.compile(r"RESNET_API\s+(?:RESNET_NODISCARD\s+)?([\w\s]+?[\s*]*?)(resnet_\w+)\(.*?;", re.S)
PIECE = re.compile(r"/\*.*?\*/|RESNET_API\b.*?;|\n[ \t]*\n|#define[^\n]*", re.S)
STATUS = re.compile(r"\b(INVALID|NOMEM|IO|FORMAT|SHAPE|UNSUPPORTED|STATE|CANCELLED|BACKEND|INTERNAL"
                    r"|NOT_FOUND|BUSY|TIMEOUT)\b|[Ss]tatus codes|Returns the status")
TABLE = re.compile(r"^ \*  \|-", re.M)


def read_functions(text):
    """(name, returns, documentation) of each."""
    group = own = before = ""
    for match in PIECE.finditer(text):
        piece = match.group()
        if piece.startswith("/*"):
            if "@{" in piece:
                group = piece
            if "@}" in piece:
                group = ""
            if "@{" in piece or "@}" in piece:
                own = ""
                continue
            # what a text that takes over says comes behind what it takes over
            own = before + piece if re.match(r"/\*\*\s+The same\b", piece) else piece
            before = own
        elif piece.startswith("RESNET_API"):
            function = FUNCTION.match(piece)
            yield function.group(2), " ".join(function.group(1).split()), own + group
        else:
            own = "" if piece.startswith("\n") else own


def find_faults(name, returns, words):
    if "Since:" not in words:
        yield f"{name}: no Since:"
    if returns == "resnet_status" and not STATUS.search(words):
        yield f"{name}: does not say which statuses it returns"
    if returns == "resnet_status" and "Thread-safety:" not in words:
        yield f"{name}: no word on threads"


def check_header(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    faults = []
    for name, returns, words in read_functions(text):
        faults += find_faults(name, returns, words)
    for line in re.findall(r"^ \* [\w(\"`][^\n]*", text, re.M):
        faults.append(f"a line of a comment is not where the others start: {line}")
    for match in TABLE.finditer(text):
        head = text[:match.start()].split("\n")[-2]
        if not head.startswith(" *  |"):
            faults.append(f"a table without its head: {head}")
    return faults


def main(folder):
    faults = []
    for header in sorted(name for name in os.listdir(folder) if name.endswith(".h")):
        faults += [f"{header}: {fault}" for fault in check_header(os.path.join(folder, header))]
    print("\n".join(faults))
    return len(faults) > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
