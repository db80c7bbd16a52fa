"""Labels as Python people write them: numbers, names, one-hot rows. SPDX-License-Identifier: MIT"""
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from . import capi

IntArray = npt.NDArray[np.int32]


def _from_names(values: "npt.NDArray[Any]", names: Sequence[str]) -> IntArray:
    places = {name: i for i, name in enumerate(names)}
    unknown = next((value for value in values if value not in places), None)
    if unknown is not None:
        raise ValueError(f"the label {str(unknown)!r} is none of the classes")
    return np.array([places[value] for value in values], np.int32)


def _from_rows(values: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
    """One-hot rows; what is not exactly one of a row's values is refused."""
    if values.shape[1] == 1:
        return values[:, 0]
    if not (((values == 0) | (values == 1)).all() and (values.sum(1) == 1).all()):
        raise ValueError("rows of labels must be one-hot: a single 1 each, else 0")
    rows: "npt.NDArray[Any]" = values.argmax(1)
    return rows


def _check_range(values: "npt.NDArray[Any]", n_classes: int) -> IntArray:
    if values.dtype.kind not in "iub" and not (values == np.floor(values)).all():
        raise ValueError("labels that are numbers must be whole ones")
    if len(values) and not (capi.RESNET_UNLABELLED <= values.min() and values.max() < n_classes):
        raise ValueError(f"labels go from 0 to {n_classes - 1}, found {values.min()} to {values.max()}")
    return values.astype(np.int32)


def to_numbers(y: Any, class_names: Sequence[str], n_classes: int) -> IntArray:
    """int32 [n] of numbers in [0, n_classes), of names, or of one-hot rows [n][n_classes]."""
    values = np.asarray(y)
    if values.ndim == 2:
        if values.shape[1] not in (1, n_classes):
            raise ValueError(f"labels of shape {values.shape}: rows of {n_classes} are wanted")
        values = _from_rows(values)
    if values.ndim != 1:
        raise ValueError(f"labels of shape {values.shape}: [n] or [n][n_classes] is wanted")
    if values.dtype.kind in "UO":
        return _from_names(values, class_names)
    return _check_range(values, n_classes)


def _list_classes(values: "npt.NDArray[Any]") -> List[str]:
    if values.ndim == 2 and values.shape[1] > 1:
        return [str(i) for i in range(values.shape[1])]
    if values.dtype.kind in "UO":
        return sorted(set(values.ravel().tolist()))
    return [str(i) for i in range(int(values.max()) + 1)]


def read(y: Any, n: int, class_names: Optional[Sequence[str]]) -> Tuple[IntArray, List[str]]:
    """(numbers, names of classes) for n samples. Without class_names: the different names in order, or the numbers
    from 0 to the highest."""
    if y is None:
        names = list(class_names) if class_names else ["0"]
        return np.full(n, capi.RESNET_UNLABELLED, np.int32), names
    values = np.asarray(y)
    if len(values) != n:
        raise ValueError(f"{n} samples have {len(values)} labels")
    names = list(class_names) if class_names is not None else _list_classes(values) if n else []
    return to_numbers(values, names, len(names)), names
