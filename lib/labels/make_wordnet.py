#!/usr/bin/env python3
"""Remakes wordnet_closure.tsv: the 1000 ImageNet synsets and everything they are, from WordNet 3.0.

Needs Debian's package wordnet-base and nothing beyond Python's own library. ImageNet's wnids are the
byte offsets of WordNet 3.0's data.noun, which is the release that package ships.

    python3 lib/labels/make_wordnet.py [/usr/share/wordnet/data.noun]

A line of the result: wnid, its direct hypernyms' wnids (spaces between), its words (", " between).
SPDX-License-Identifier: MIT
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def read_nouns(path):
    """{wnid: ([parent wnid], [word])}; the format is described in WordNet's manual page wndb(5)."""
    nouns = {}
    for line in open(path, encoding="ascii"):
        if line.startswith("  "):  # the licence
            continue
        fields = line.split(" | ")[0].split()
        n_words = int(fields[3], 16)
        words = [word.replace("_", " ") for word in fields[4:4 + 2 * n_words:2]]
        pointers = fields[5 + 2 * n_words:]
        parents = ["n" + pointers[i + 1] for i in range(0, len(pointers), 4)
                   if pointers[i] in ("@", "@i")]  # hypernym, instance hypernym
        nouns["n" + fields[0]] = (parents, words)
    return nouns


def close_upwards(nouns, wnids):
    closure = set()
    waiting = list(wnids)
    while waiting:
        wnid = waiting.pop()
        if wnid not in closure:
            closure.add(wnid)
            waiting += nouns[wnid][0]
    return sorted(closure)


def main():
    nouns = read_nouns(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wordnet/data.noun")
    classes = [line.split("\t")[1] for line in open(HERE / "imagenet_classes.tsv")]
    with open(HERE / "wordnet_closure.tsv", "w") as out:
        for wnid in close_upwards(nouns, classes):
            parents, words = nouns[wnid]
            assert not any("," in word for word in words)
            out.write(f"{wnid}\t{' '.join(parents)}\t{', '.join(words)}\n")


if __name__ == "__main__":
    main()
