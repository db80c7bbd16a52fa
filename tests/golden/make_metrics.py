#!/usr/bin/env python3
"""Makes tests/golden/metrics/*.json: small sets of scores and what scikit-learn says of them.

Needs numpy, scipy and scikit-learn (made with 2.4.6, 1.17.1 and 1.9.1).

    python3 tests/golden/make_metrics.py

Undefined figures are null. SPDX-License-Identifier: MIT
"""
import json
import math
import pathlib
import warnings

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_softmax, softmax
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).resolve().parent / "metrics"
N_BINS = 15
SKIP, ZERO = "skip", "zero"


def clean(value):
    value = float(value)
    return None if math.isnan(value) else "inf" if math.isinf(value) else value


def clean_all(values):
    return [clean(value) for value in values]


class Case:
    def __init__(self, kind, names, scores, labels):
        self.kind, self.names = kind, names
        self.scores = np.asarray(scores, np.float32)
        self.y = np.asarray(labels)
        self.n, self.n_classes = self.scores.shape
        exact = self.scores.astype(np.float64)
        self.p = softmax(exact, axis=1) if kind == "logits" else exact
        with np.errstate(divide="ignore"):
            self.z = exact if kind == "logits" else np.log(np.maximum(exact, 2.0 ** -126))
            log_p = log_softmax(exact, axis=1) if kind == "logits" else np.log(exact)
        self.losses = -log_p[np.arange(self.n), self.y]
        self.predicted = self.scores.argmax(axis=1)
        self.one_hot = np.eye(self.n_classes, dtype=int)[self.y]
        self.all = np.arange(self.n_classes)

    def totals(self):
        y, predicted = self.y, self.predicted
        figures = {
            "count": self.n,
            "accuracy": sk.accuracy_score(y, predicted),
            "top1": sk.accuracy_score(y, predicted),
            "balanced_accuracy": sk.balanced_accuracy_score(y, predicted),
            "loss": self.losses.mean(),
            "log_loss": sk.log_loss(y, self.p, labels=self.all),
            "kappa": sk.cohen_kappa_score(y, predicted, labels=self.all),
            "mcc": sk.matthews_corrcoef(y, predicted),
        }
        for k in range(2, self.n_classes + 1):
            figures[f"top{k}"] = 1 if k == self.n_classes else sk.top_k_accuracy_score(
                y, self.scores, k=k, labels=self.all)
        return figures

    def rows(self, labels):
        figures = {}
        parts = ("precision", "recall", "f1")
        for average in ("macro", "micro", "weighted"):
            row = sk.precision_recall_fscore_support(self.y, self.predicted, labels=labels,
                                                     average=average, zero_division=0)
            figures |= {f"{average}_{part}": value for part, value in zip(parts, row)}
        row = sk.precision_recall_fscore_support(self.y, self.predicted, labels=self.all,
                                                 zero_division=0)
        for part, values in zip(parts + ("support",), row):
            figures |= {f"{part}[{self.names[c]}]": values[c] for c in self.all}
        figures |= {f"predicted[{c}]": (self.predicted == c).sum() for c in self.all}
        return figures

    def areas(self, absent):
        aucs = [sk.roc_auc_score(self.one_hot[:, c], self.p[:, c]) for c in self.all]
        aps = [sk.average_precision_score(self.one_hot[:, c], self.p[:, c]) for c in self.all]
        figures = {f"auc[{self.names[c]}]": aucs[c] for c in self.all}
        figures |= {f"ap[{self.names[c]}]": aps[c] for c in self.all}
        present = self.one_hot.any(axis=0)
        defined = present & ~np.isnan(aucs)
        for average in ("macro", "micro", "weighted"):
            columns = self.all if absent == ZERO or average == "micro" else self.all[defined]
            figures[f"{average}_auc"] = math.nan if len(columns) == 0 else sk.roc_auc_score(
                self.one_hot[:, columns], self.p[:, columns], average=average)
            columns = self.all if absent == ZERO or average == "micro" else self.all[present]
            figures[f"{average}_ap"] = sk.average_precision_score(
                self.one_hot[:, columns], self.p[:, columns], average=average)
        figures["map"] = figures["macro_ap"]
        return figures

    def report(self, absent, digits):
        labels = (self.all if absent == ZERO
                  else np.union1d(np.unique(self.y), np.unique(self.predicted)))
        return sk.classification_report(self.y, self.predicted, labels=labels, digits=digits,
                                        target_names=[self.names[c] for c in labels],
                                        zero_division=0)

    def calibration(self, p):
        confidence = p.max(axis=1)
        correct = self.predicted == self.y
        bins = np.searchsorted(np.linspace(0, 1, N_BINS + 1)[1:-1], confidence)
        counts = np.bincount(bins, minlength=N_BINS)
        accuracy, mean = calibration_curve(correct, confidence, n_bins=N_BINS)
        gaps = np.abs(accuracy - mean)
        return {"counts": counts.tolist(), "accuracies": clean_all(accuracy),
                "confidences": clean_all(mean), "mce": gaps.max(),
                "ece": float((gaps * counts[counts > 0]).sum() / self.n)}

    def loss_at(self, inverse):
        return -log_softmax(inverse * self.z, axis=1)[np.arange(self.n), self.y].mean()

    def slope_at(self, inverse):
        return (softmax(inverse * self.z, axis=1) * self.z).sum() - self.z[
            np.arange(self.n), self.y].sum()

    def temperature(self):
        if self.slope_at(1 / 1000) * self.slope_at(1000) >= 0:
            return None  # no minimum inside
        inverse = brentq(self.slope_at, 1 / 1000, 1000, xtol=1e-16, rtol=1e-14)
        return {"temperature": 1 / inverse, "loss": self.loss_at(inverse),
                "ece": self.calibration(softmax(inverse * self.z, axis=1))["ece"]}

    def curves(self, which):
        y = self.one_hot.ravel() if which == "micro" else self.one_hot[:, which]
        p = self.p.ravel() if which == "micro" else self.p[:, which]
        fpr, tpr, thresholds = sk.roc_curve(y, p)
        precision, recall, cuts = sk.precision_recall_curve(y, p)
        return {"fpr": clean_all(fpr), "tpr": clean_all(tpr), "thresholds": clean_all(thresholds),
                "precision": clean_all(precision), "recall": clean_all(recall),
                "cuts": clean_all(cuts)}

    def macro_roc(self):
        """As in scikit-learn's example on multiclass ROC; every 37th point."""
        grid = np.linspace(0, 1, 1000)
        curves = [sk.roc_curve(self.one_hot[:, c], self.p[:, c])[:2] for c in self.all
                  if 0 < self.one_hot[:, c].sum() < self.n]
        mean = np.mean([np.interp(grid, *curve) for curve in curves], axis=0) if curves else (
            np.full(1000, np.nan))
        return clean_all(mean[::37])

    def resampled(self, rng):
        drawn = rng.integers(0, self.n, self.n)
        case = Case(self.kind, self.names, self.scores[drawn], self.y[drawn])
        return case.totals() | case.areas(SKIP) | case.rows(None)

    def intervals(self, rng, n_resamples=4000):
        """95 % percentile intervals by another generator: equal but for the luck of the draw."""
        results = [self.resampled(rng) for _ in range(n_resamples)]
        return {name: clean_all(np.quantile([result[name] for result in results], [0.025, 0.975]))
                for name in ("accuracy", "macro_f1", "weighted_recall", "loss", "mcc", "macro_auc",
                             "micro_auc", "map", f"auc[{self.names[0]}]", "top2")}

    def document(self, with_curves):
        figures = {absent: {name: clean(value) for name, value in (
            self.totals() | self.areas(absent)
            | self.rows(self.all if absent == ZERO else None)).items()} for absent in (SKIP, ZERO)}
        document = {
            "kind": self.kind, "names": self.names, "labels": self.y.tolist(),
            "scores": [round(float(s), 6) for s in self.scores.ravel()],
            "figures": figures,
            "reports": {absent: {digits: self.report(absent, int(digits)) for digits in "24"}
                        for absent in (SKIP, ZERO)},
            "confusion": sk.confusion_matrix(self.y, self.predicted, labels=self.all).tolist(),
            "calibration": self.calibration(self.p),
            "temperature": self.temperature(),
        }
        if with_curves:
            document["macro_roc"] = self.macro_roc()
            document["curves"] = {str(which): self.curves(which)
                                  for which in list(range(self.n_classes)) + ["micro"]}
        return document


def rounded(values):
    return np.round(values, 3).astype(np.float32)


def quantised(rng, n, n_classes, steps):
    """Probabilities that are multiples of 1 / steps, so that many are equal and all are exact."""
    return rng.multinomial(steps, rng.dirichlet(np.ones(n_classes), n)) / steps


def learned(rng, n, n_classes, strength):
    y = rng.integers(0, n_classes, n)
    return rounded(rng.normal(size=(n, n_classes)) * 2 + strength * np.eye(n_classes)[y]), y


def main():
    rng = np.random.default_rng(20)
    OUT.mkdir(exist_ok=True)
    cases = {}
    cases["plain"] = Case("logits", ["cat", "dog", "great white shark", "f1", "a[b]", "tücke"],
                          *learned(rng, 60, 6, 2.0)), True
    cases["many"] = Case("logits", [f"class_{c}" for c in range(12)], *learned(rng, 250, 12, 3)), False
    cases["ties"] = Case("probabilities", ["w", "x", "y", "z"], quantised(rng, 80, 4, 8),
                         rng.integers(0, 4, 80)), True
    absent = quantised(rng, 40, 5, 16) * [1, 1, 1, 1, 0]
    absent[:, 0] += 1 - absent.sum(axis=1)
    cases["absent"] = Case("probabilities", ["a", "b", "c", "predicted only", "neither"], absent,
                           rng.integers(0, 3, 40)), True
    cases["one_label"] = Case("logits", ["only", "never", "not"], learned(rng, 20, 3, 0)[0],
                              np.zeros(20, int)), True
    y = rng.integers(0, 3, 15)
    cases["perfect"] = Case("logits", ["0", "1", "2"], 100 * np.eye(3)[y], y), True
    cases["single"] = Case("logits", ["first", "second"], [[1.5, 0.25]], [0]), True
    y = rng.integers(0, 2, 50)
    cases["binary"] = Case("logits", ["no", "yes"], rounded(rng.normal(size=(50, 2)) + np.eye(2)[y]),
                           y), True
    for name, (case, with_curves) in cases.items():
        document = case.document(with_curves)
        if name == "plain":
            document["intervals"] = case.intervals(rng)
        with open(OUT / f"{name}.json", "w") as out:
            json.dump(document, out, separators=(",", ":"), ensure_ascii=False)
            out.write("\n")


if __name__ == "__main__":
    main()
