"""Pictures of figures, by matplotlib where it is installed. SPDX-License-Identifier: MIT"""
from typing import Any, Optional, Sequence

import numpy as np

from .history import pair_curves, read_history
from .metrics import Metrics


def _get_axes(n: int, axes: Any, size: float) -> Any:
    """n of them, of a new figure or those that were given; only here matplotlib is wanted."""
    if axes is None:
        try:
            from matplotlib import figure  # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            raise ImportError("plots want matplotlib: pip install matplotlib") from None
        made = figure.Figure(figsize=(size * n, 0.8 * size), layout="constrained")
        return made.subplots(1, n, squeeze=False)[0]
    given = list(np.ravel(np.array(axes, dtype=object)))
    if len(given) < n:
        raise ValueError(f"axes: {n} are wanted, not {len(given)}")
    return given[:n]


def plot_history(history: Any, figures: Optional[Sequence[str]] = None, axes: Any = None) -> Any:
    """Curves of a History (or its dict), one chart a figure, with the validation's beside it. figures: which; None:
    all. Returns matplotlib's Figure, which a notebook shows and savefig() writes. Raises ImportError, ValueError."""
    values = read_history(history)
    unknown = next((name for name in figures or () if name not in values), None)
    if unknown is not None:
        raise ValueError(f"there is no figure {unknown!r}; there are {', '.join(values)}")
    pairs = [pair for pair in pair_curves(values) if figures is None or pair[0] in figures]
    if not pairs:
        raise ValueError("the history has no epochs")
    epochs = getattr(history, "epoch", None)
    chosen = _get_axes(len(pairs), axes, 4.0)
    for one, (title, curves) in zip(chosen, pairs):
        for name, numbers in curves:
            places = epochs if epochs is not None and len(epochs) == len(numbers) else range(len(numbers))
            one.plot([place + 1 for place in places], numbers, marker="o", markersize=3, label=name)
        one.set(title=title, xlabel="epoch")
        one.legend()
    return chosen[0].figure


def _write_counts(axes: Any, counts: "np.ndarray[Any, Any]", text: str) -> None:
    middle = counts.max() / 2 if counts.size else 0
    for row, column in np.ndindex(*counts.shape):
        axes.text(column, row, format(counts[row, column], text), ha="center", va="center",
                  color="white" if counts[row, column] > middle else "black")


def plot_confusion_matrix(matrix: Any, class_names: Optional[Sequence[str]] = None, normalize: bool = False,
                          axes: Any = None) -> Any:
    """A confusion matrix: of Metrics, or [classes][classes] with row the label and column the answer. normalize:
    shares of each row. Returns matplotlib's Figure. Raises ImportError, ValueError."""
    names = class_names or (matrix.class_names if isinstance(matrix, Metrics) else None)
    counts = np.asarray(matrix.confusion_matrix if isinstance(matrix, Metrics) else matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        raise ValueError(f"a confusion matrix of shape {counts.shape}: [classes][classes] is wanted")
    if names is None:
        names = [str(i) for i in range(len(counts))]
    if len(names) != len(counts):
        raise ValueError(f"class_names: {len(counts)} are wanted, not {len(names)}")
    if normalize:
        counts = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    one = _get_axes(1, axes, 5.0)[0]
    one.imshow(counts, cmap="Blues")
    if len(names) <= 30:
        _write_counts(one, counts, ".2f" if normalize else "d")
    one.set(xlabel="predicted", ylabel="true", xticks=range(len(names)), yticks=range(len(names)))
    one.set_xticklabels(names, rotation=45, ha="right")
    one.set_yticklabels(names)
    return one.figure


def plot_roc(metrics: Metrics, classes: Optional[Sequence[Any]] = None, axes: Any = None) -> Any:
    """ROC curves of classes (numbers, names, "macro", "micro"; None: each), with the area under each. Returns
    matplotlib's Figure. Raises ImportError, ValueError."""
    from .figures import auc
    one = _get_axes(1, axes, 5.0)[0]
    for which in classes if classes is not None else range(metrics.n_classes):
        curve = metrics.roc(which)
        name = metrics.class_names[which] if isinstance(which, int) else which
        one.plot(curve.x, curve.y, label=f"{name} (area {auc(curve.x, curve.y):.3f})")
    one.plot([0, 1], [0, 1], linestyle="--", color="grey")
    one.set(xlabel="false positive rate", ylabel="true positive rate")
    one.legend()
    return one.figure
