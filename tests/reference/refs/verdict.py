"""Measures of agreement, and a tally of what passed."""
import sys

import numpy as np


def relative_l2(value, reference):
    """||value - reference|| / ||reference||, in float64."""
    value, reference = np.asarray(value, np.float64), np.asarray(reference, np.float64)
    return float(np.linalg.norm(value - reference) / max(np.linalg.norm(reference), 1e-300))


def worst_relative_l2(values, references):
    """The largest relative L2 error over the rows."""
    return max(relative_l2(value, reference) for value, reference in zip(values, references))


def top5(logits):
    """Indices of the five largest, equal ones by index."""
    return np.argsort(-np.asarray(logits, np.float64), axis=-1, kind="stable")[..., :5]


def n_same_top5(values, references):
    """How many rows have the same five best classes in the same order."""
    return int(np.all(top5(values) == top5(references), axis=-1).sum())


class Tally:
    """Prints one line a check and remembers the failures."""

    def __init__(self):
        self.n_checks = 0
        self.failed = []

    def check(self, what, passed, figures=""):
        self.n_checks += 1
        if not passed:
            self.failed.append(what)
        print(f"{'ok  ' if passed else 'FAIL'}  {what:<58} {figures}", flush=True)

    def logits(self, what, values, references, limit):
        """Checks rows of logits against references."""
        error, same = worst_relative_l2(values, references), n_same_top5(values, references)
        self.check(what, error <= limit and same == len(references),
                   f"rel. L2 {error:.2e}  top-5 {same}/{len(references)}")

    def attempt(self, what, work):
        """Runs work(); an exception is a failed check. Returns its result, or None."""
        try:
            return work()
        except Exception as error:  # a comparison goes on with the next file
            self.check(what, False, f"{type(error).__name__}: {error}"[:300])
            return None

    def finish(self):
        """Prints the sum and ends the program with 0 or 1."""
        print(f"\n{self.n_checks - len(self.failed)} of {self.n_checks} checks passed")
        for what in self.failed:
            print(f"failed: {what}")
        sys.exit(1 if self.failed else 0)
