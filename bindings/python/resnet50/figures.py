"""Figures of labels and scores at hand, as sklearn.metrics has them. SPDX-License-Identifier: MIT"""
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from .metrics import Metrics

DoubleArray = npt.NDArray[np.float64]
_AVERAGES = (("macro avg", "macro"), ("weighted avg", "weighted"))


def _flatten(y: Any) -> "npt.NDArray[Any]":
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] > 1:
        values = values.argmax(1)
    return values.ravel()


def _collect(y_true: Any, y_pred: Any, labels: Optional[Sequence[Any]],
             names: Optional[Sequence[str]]) -> Tuple[Metrics, List[Any]]:
    """Metrics of answers that are labels: the one that was given has all the score."""
    truth, found = _flatten(y_true), _flatten(y_pred)
    if len(truth) != len(found):
        raise ValueError(f"{len(truth)} labels have {len(found)} answers")
    classes = list(labels) if labels is not None else sorted(set(truth.tolist()) | set(found.tolist()))
    places = {value: i for i, value in enumerate(classes)}
    unknown = next((value for value in (*truth.tolist(), *found.tolist()) if value not in places), None)
    if unknown is not None:
        raise ValueError(f"the label {unknown!r} is none of `labels`")
    if names is not None and len(names) != len(classes):
        raise ValueError(f"target_names: {len(classes)} are wanted, not {len(names)}")
    metrics = Metrics(list(names) if names is not None else [str(one) for one in classes], absent="zero",
                      max_score_bytes=0)
    scores = np.zeros((len(found), len(classes)), np.float32)
    scores[np.arange(len(found)), [places[value] for value in found.tolist()]] = 1
    metrics.add(scores, np.array([places[value] for value in truth.tolist()], np.int32))
    return metrics, classes


def _row(metrics: Metrics, which: Union[int, str]) -> Dict[str, float]:
    row = metrics.row(which)
    return {"precision": row.precision, "recall": row.recall, "f1-score": row.f1, "support": row.support}


def classification_report(y_true: Any, y_pred: Any, *, labels: Optional[Sequence[Any]] = None,
                          target_names: Optional[Sequence[str]] = None, digits: int = 2,
                          output_dict: bool = False) -> Any:
    """scikit-learn's table to the character, or its dict. y_true, y_pred: numbers, names, or rows of scores or one-hot
    values."""
    metrics, _ = _collect(y_true, y_pred, labels, target_names)
    if not output_dict:
        return metrics.report(digits=digits).text
    found: Dict[str, Any] = {name: _row(metrics, i) for i, name in enumerate(metrics.class_names)}
    found["accuracy"] = metrics["accuracy"]
    return {**found, **{name: _row(metrics, which) for name, which in _AVERAGES}}


def confusion_matrix(y_true: Any, y_pred: Any, *, labels: Optional[Sequence[Any]] = None) -> "npt.NDArray[np.int64]":
    """[classes][classes]: row the label, column the answer; classes in order, or as `labels` says."""
    return _collect(y_true, y_pred, labels, None)[0].confusion_matrix.astype(np.int64)


def roc_curve(y_true: Any, y_score: Any, *, pos_label: Any = 1) -> Tuple[DoubleArray, DoubleArray, DoubleArray]:
    """(false positive rates, true positive rates, thresholds) of scores [n] of the class pos_label, as
    scikit-learn's."""
    scores = np.asarray(y_score, np.float64).ravel()
    if not np.isfinite(scores).all():
        raise ValueError("a score is not a finite number")
    levels, ranks = np.unique(scores, return_inverse=True)
    metrics = Metrics(2, "probabilities")
    share = ((ranks + 1) / (len(levels) + 1)).astype(np.float32)  # the order is all that counts
    positives = np.asarray(_flatten(y_true) == pos_label, np.int32)
    metrics.add(np.stack([1 - share, share], 1), positives)
    curve = metrics.roc(1)
    places = np.rint(curve.thresholds[1:] * (len(levels) + 1)).astype(np.int64) - 1
    return curve.x, curve.y, np.concatenate([[np.inf], levels[places]])


def auc(x: Any, y: Any) -> float:
    """The area under a curve of ascending x, by trapezoids."""
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return float(np.sum(np.diff(xs) * (ys[1:] + ys[:-1]) / 2))
