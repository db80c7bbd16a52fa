#!/usr/bin/env python3
"""Turns the two .tsv files of this folder into the tables that label_tables.h declares.

    python3 generate_tables.py imagenet_classes.tsv wordnet_closure.tsv label_tables.c

Texts lie one after another in one array with an offset each, so that the tables hold no pointers:
they are shared between processes and need no work when the library is loaded.
SPDX-License-Identifier: MIT
"""
import sys


def read_rows(path):
    return [line.rstrip("\n").split("\t") for line in open(path, encoding="ascii")]


def running_sums(lengths):
    sums = [0]
    for length in lengths:
        sums.append(sums[-1] + length)
    assert sums[-1] < 1 << 16, "an offset no longer fits uint16_t"
    return sums


def array(declaration, values):
    lines = [", ".join(map(str, values[i:i + 16])) for i in range(0, len(values), 16)]
    return f"const {declaration} = {{\n    " + ",\n    ".join(lines) + "};\n"


def texts(name, values):
    """Numbers, since ISO C promises no string literal beyond 4095 characters."""
    blob = "".join(value + "\0" for value in values)
    starts = running_sums(len(value) + 1 for value in values)[:-1]
    return (array(f"char {name}[{len(blob)}]", list(blob.encode("ascii")))
            + array(f"uint16_t {name}_starts[{len(starts)}]", starts))


def main():
    classes = read_rows(sys.argv[1])
    synsets = read_rows(sys.argv[2])
    wnids = [row[0] for row in synsets]
    parents = [row[1].split() for row in synsets]
    index_of = {wnid: i for i, wnid in enumerate(wnids)}
    assert [int(row[0]) for row in classes] == list(range(1000)) and wnids == sorted(wnids)
    with open(sys.argv[3], "w", encoding="ascii") as out:
        out.write("/* Made by generate_tables.py. */\n#include \"labels/label_tables.h\"\n\n")
        out.write(texts("rn_imagenet_names", [row[2] for row in classes]))
        out.write(array("uint16_t rn_imagenet_synsets[1000]", [index_of[row[1]] for row in classes]))
        out.write(f"const size_t rn_n_synsets = {len(wnids)};\n")
        out.write(array(f"char rn_synset_wnids[{len(wnids)}][10]", [f'"{wnid}"' for wnid in wnids]))
        out.write(texts("rn_synset_words", [row[2] for row in synsets]))
        out.write(array(f"uint16_t rn_synset_parents[{sum(map(len, parents))}]",
                        [index_of[wnid] for row in parents for wnid in row]))
        out.write(array(f"uint16_t rn_synset_first_parents[{len(wnids) + 1}]",
                        running_sums(map(len, parents))))


if __name__ == "__main__":
    main()
