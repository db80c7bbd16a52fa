"""A model's answers held against labels. SPDX-License-Identifier: MIT"""
import ctypes
from typing import TYPE_CHECKING, Any, Dict, Iterable, Optional, Tuple, Union

import numpy as np

from . import capi, options
from .cancel import CancelToken, long_call
from .dataset import Dataset
from .metrics import Metrics
from .progress import Progress

if TYPE_CHECKING:
    from .model import Model


def _make_metrics(model: "Model", more: Dict[str, Any]) -> Metrics:
    if model.n_classes == 0:
        raise ValueError("the model has no head: there are no classes to measure")
    return Metrics(model.class_names or model.n_classes, **more)


def _measure_dataset(model: "Model", dataset: Dataset, metrics: Metrics, batch_size: int,
                     cancel: Optional[CancelToken], verbose: Union[int, str]) -> None:
    dataset.check_model(model)
    n_batches = -(-len(dataset) // batch_size)
    with long_call(cancel) as run, Progress(n_batches, verbose) as progress:
        run.watch(dataset)

        def hear(pointer: Any) -> None:
            told = pointer.contents
            progress.add(0 if told.epoch_done else 1, f"accuracy {told.accuracy:.4f}")

        callback = capi.resnet_progress_callback(run.guard(hear))
        wanted = options.make(capi.resnet_evaluate_options, batch_size=batch_size, n_threads=model.n_threads,
                              cancel=run.token.pointer, on_progress=callback)
        capi.resnet_evaluate(metrics, model, dataset, ctypes.byref(wanted))


def _pair(x: Any, y: Any) -> Iterable[Tuple[Any, Any]]:
    """Pictures with their labels at once, or batch by batch."""
    if y is not None:
        return [(x, y)]
    if hasattr(x, "__next__") or hasattr(x, "__iter__"):
        return x  # type: ignore[no-any-return]
    raise TypeError(f"{type(x).__name__}: labels y are wanted, or batches of (pictures, labels)")


def measure(model: "Model", x: Any, y: Any, batch_size: int, cancel: Optional[CancelToken],
            verbose: Union[int, str], more: Dict[str, Any]) -> Metrics:
    """Metrics of a Dataset, of pictures x with labels y, or of batches (pictures, labels)."""
    metrics = _make_metrics(model, more)
    if isinstance(x, Dataset):
        if y is not None:
            raise ValueError("a Dataset has its labels: leave y out")
        _measure_dataset(model, x, metrics, batch_size, cancel, verbose)
        return metrics
    for pictures, wanted in _pair(x, y):
        logits = model.predict(pictures, batch_size, output="logits", cancel=cancel)
        metrics.add(logits, np.asarray(wanted))
    return metrics
