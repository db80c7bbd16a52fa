"""A model's values by name. SPDX-License-Identifier: MIT"""
import ctypes
from typing import Any, Dict, Iterator, Tuple

import numpy as np

from . import capi, options
from .recipe import FloatArray


def _view(model: Any, index: int) -> Tuple[str, FloatArray]:
    view = capi.resnet_tensor_view()
    capi.resnet_model_get_tensor(ctypes.byref(view), ctypes.sizeof(view), model, index)
    if view.dtype != capi.RESNET_DTYPE_F32:
        raise NotImplementedError(f"{options.decode(view.name)}: is of dtype {view.dtype}, which this package does not know")
    shape = tuple(view.dims[:view.n_dims])
    data = ctypes.cast(view.data, ctypes.POINTER(ctypes.c_float))
    return options.decode(view.name), np.ctypeslib.as_array(data, shape)


def list_shapes(model: Any) -> Dict[str, Tuple[int, ...]]:
    """{torchvision's name: shape}, in torchvision's order."""
    return {name: values.shape for name, values in _iterate(model)}


def _iterate(model: Any) -> Iterator[Tuple[str, FloatArray]]:
    for index in range(capi.resnet_model_get_n_tensors(model)):
        yield _view(model, index)


def copy_all(model: Any) -> Dict[str, FloatArray]:
    """{torchvision's name: values}: convolutions [out][in][k][k], linear layers [out][in]."""
    return {name: values.copy() for name, values in _iterate(model)}


def copy_one(model: Any, wanted: str) -> FloatArray:
    """The tensor of that name."""
    for name, values in _iterate(model):
        if name == wanted:
            return values.copy()
    raise KeyError(wanted)


def set_one(model: Any, name: str, values: Any, shape: Tuple[int, ...]) -> None:
    """Overwrites a tensor; its shape must be that of `values`."""
    array = np.ascontiguousarray(values, np.float32)
    if array.shape != shape:
        raise ValueError(f"{name}: expected {list(shape)}, got {list(array.shape)}")
    capi.resnet_model_set_tensor(model, options.encode(name), array, array.size)
