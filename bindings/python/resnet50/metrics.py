"""How good answers are. SPDX-License-Identifier: MIT"""
import ctypes
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import capi, handle, labels, options
from .report import Report

DoubleArray = npt.NDArray[np.float64]
_AVERAGES = {"macro": capi.RESNET_MACRO, "micro": capi.RESNET_MICRO, "weighted": capi.RESNET_WEIGHTED}


class Curve(NamedTuple):
    """Points of a curve; x and y are what its maker says."""

    x: DoubleArray
    y: DoubleArray
    thresholds: DoubleArray


class Row(NamedTuple):
    """A class's, or an average's, line of a report."""

    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


class Mistake(NamedTuple):
    """A sample that was taken for something else."""

    id: int
    label: int
    predicted: int
    label_probability: float
    predicted_probability: float


class Reliability(NamedTuple):
    """Bins of confidence, and how right the samples in them were."""

    counts: "npt.NDArray[np.uint64]"
    confidences: DoubleArray
    accuracies: DoubleArray


class Metrics:
    """What was measured so far: batches of scores and labels go in, scikit-learn's figures come out.

    `classes`: how many, or their names. scores: "logits", or "probabilities". absent: "skip", or "zero", what averages
    do with a class that does not occur. `more`: fields of resnet_metrics_options.

    >>> metrics = Metrics(["cat", "dog"])
    >>> metrics.add(logits, y)
    >>> metrics["macro_f1"], metrics["recall[cat]"]
    >>> print(metrics.report())
    """

    def __init__(self, classes: Union[int, Sequence[str]], scores: str = "logits", absent: str = "skip",
                 **more: Any) -> None:
        names = None if isinstance(classes, int) else options.encode_list(classes)
        n_classes = classes if isinstance(classes, int) else len(classes)
        wanted = options.make(capi.resnet_metrics_options, scores=options.choose("SCORES", scores, "scores"),
                              absent=options.choose("ABSENT", absent, "absent"), **more)
        self._handle = handle.create(capi.resnet_metrics, capi.resnet_metrics_free, capi.resnet_metrics_create,
                                     n_classes, names, ctypes.byref(wanted))

    @property
    def _as_parameter_(self) -> Any:
        """The functions of capi take it as it is."""
        return self._handle.pointer

    def add(self, scores: Any, y: Any, ids: Any = None) -> None:
        """scores [n][n_classes]; y: numbers, names or one-hot rows; ids: numbers by which mistakes are named, 0, 1,
        ... if None. A batch is added wholly or not at all."""
        values = np.ascontiguousarray(scores, np.float32)
        if values.ndim != 2 or values.shape[1] != self.n_classes:
            raise ValueError(f"scores of shape {values.shape}: [n][{self.n_classes}] is wanted")
        numbers = labels.to_numbers(y, self.class_names, self.n_classes)
        places = None if ids is None else np.ascontiguousarray(ids, np.uint64)
        if len(numbers) != len(values) or (places is not None and len(places) != len(values)):
            raise ValueError(f"{len(values)} rows of scores have {len(numbers)} labels")
        capi.resnet_metrics_add(self._handle, values, numbers, places, len(values))

    def merge(self, other: "Metrics") -> None:
        """Adds all that another one has seen."""
        capi.resnet_metrics_merge(self._handle, other)

    def clear(self) -> None:
        """Forgets all samples."""
        capi.resnet_metrics_clear(self._handle)

    def __len__(self) -> int:
        return capi.resnet_metrics_get_count(self._handle)

    @property
    def n_classes(self) -> int:
        """Classes."""
        return capi.resnet_metrics_get_n_classes(self._handle)

    @property
    def class_names(self) -> List[str]:
        """Their names, or numbers."""
        return [options.decode(capi.resnet_metrics_get_class_name(self._handle, i)) for i in range(self.n_classes)]

    # --- figures ---

    @staticmethod
    def figure_names() -> List[str]:
        """What can be asked for: "accuracy", "macro_f1", "recall[]" (with a class in the brackets), ..."""
        names: List[str] = []
        while True:
            name = capi.resnet_metrics_get_figure_name(len(names))
            if name is None:
                return names
            names.append(options.decode(name))

    def __getitem__(self, name: str) -> float:
        value = ctypes.c_double()
        capi.resnet_metrics_get(ctypes.byref(value), self._handle, options.encode(name))
        return value.value

    def to_dict(self) -> Dict[str, float]:
        """All figures that are of no single class and can be had."""
        found = {}
        for name in self.figure_names():
            if not name.endswith("[]") and not (name == "top5" and self.n_classes < 5):
                found[name] = self[name]
        return found

    @property
    def confusion_matrix(self) -> "npt.NDArray[np.uint64]":
        """[n_classes][n_classes]: row the label, column the prediction."""
        counts = capi.resnet_metrics_get_confusion(self._handle)
        return np.ctypeslib.as_array(counts, (self.n_classes, self.n_classes)).copy()

    def _find(self, which: Union[int, str]) -> int:
        if not isinstance(which, str):
            return int(which)
        names = self.class_names
        if which in names:
            return names.index(which)
        if which in _AVERAGES:
            return _AVERAGES[which]
        raise ValueError(f"{which!r}: is neither a class nor {', '.join(_AVERAGES)}")

    def row(self, which: Union[int, str]) -> Row:
        """Precision, recall, F1 of a class (number or name) or of "macro", "micro", "weighted"."""
        row = capi.resnet_metrics_row()
        capi.resnet_metrics_copy_row(ctypes.byref(row), ctypes.sizeof(row), self._handle, self._find(which))
        return Row(row.precision, row.recall, row.f1, row.support, row.predicted)

    @property
    def mistakes(self) -> List[Mistake]:
        """The worst first."""
        found = []
        for rank in range(capi.resnet_metrics_get_n_mistakes(self._handle)):
            one = capi.resnet_metrics_mistake()
            capi.resnet_metrics_copy_mistake(ctypes.byref(one), ctypes.sizeof(one), self._handle, rank)
            found.append(Mistake(one.id, one.label, one.predicted, one.label_probability, one.predicted_probability))
        return found

    def _copy_curve(self, function: Callable[..., Any], which: Union[int, str]) -> Curve:
        count = ctypes.c_size_t()
        number = self._find(which)
        function(None, None, None, 0, ctypes.byref(count), self._handle, number)
        arrays = [np.empty(count.value) for _ in range(3)]
        function(*arrays, count.value, ctypes.byref(count), self._handle, number)
        return Curve(*arrays)

    def roc(self, which: Union[int, str]) -> Curve:
        """x false positive rates, y true positive rates, of a class, "micro" or "macro"; as scikit-learn's
        roc_curve."""
        return self._copy_curve(capi.resnet_metrics_copy_roc, which)

    def precision_recall(self, which: Union[int, str]) -> Curve:
        """x recalls, y precisions, of a class or "micro"; as scikit-learn's precision_recall_curve, its last
        point's threshold being infinite."""
        found = self._copy_curve(capi.resnet_metrics_copy_precision_recall, which)
        return Curve(found.y, found.x, found.thresholds)

    def reliability(self) -> Reliability:
        """How right answers of each confidence are."""
        count = ctypes.c_size_t()
        capi.resnet_metrics_copy_reliability(None, None, None, 0, ctypes.byref(count), self._handle)
        counts = np.empty(count.value, np.uint64)
        confidences, accuracies = np.empty(count.value), np.empty(count.value)
        capi.resnet_metrics_copy_reliability(counts, confidences, accuracies, count.value, ctypes.byref(count),
                                             self._handle)
        return Reliability(counts, confidences, accuracies)

    def interval(self, name: str, confidence: float = 0.95, n_resamples: int = 1000,
                 seed: int = 0) -> Tuple[float, float]:
        """A figure's confidence interval by bootstrap: (low, high)."""
        low, high = ctypes.c_double(), ctypes.c_double()
        capi.resnet_metrics_copy_interval(ctypes.byref(low), ctypes.byref(high), self._handle, options.encode(name),
                                          n_resamples, confidence, seed)
        return low.value, high.value

    def fit_temperature(self) -> float:
        """By which all logits are to be divided so that the loss is least."""
        value = ctypes.c_double()
        capi.resnet_metrics_fit_temperature(ctypes.byref(value), None, None, self._handle)
        return value.value

    # --- telling ---

    def report(self, title: Optional[str] = None, **more: Any) -> Report:
        """Text, JSON or a page. `more`: fields of resnet_report_options: digits, n_resamples, confidence, seed."""
        made = Report(self._handle, **more)
        if title is not None:
            made.set_title(title)
        return made

    def __repr__(self) -> str:
        return f"<resnet50.Metrics: {len(self)} samples of {self.n_classes} classes>"

    def _repr_html_(self) -> str:
        return self.report()._repr_html_()
