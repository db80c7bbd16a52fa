"""Parameters that are pointers to numbers: they take what ctypes takes, and arrays of NumPy's.
SPDX-License-Identifier: MIT"""
import ctypes
import functools
from typing import Any

import numpy as np


def get_address(array: "np.ndarray[Any, Any]") -> int:
    """Of the first element. NumPy's own array.ctypes imports modules, which is slow and, at the end of the
    interpreter, too late."""
    return int(array.__array_interface__["data"][0])


def _check(array: "np.ndarray[Any, Any]", dtype: "np.dtype[Any]") -> None:
    if array.dtype != dtype:
        raise TypeError(f"an array of {dtype} is wanted, not of {array.dtype}")
    if not array.flags.c_contiguous:
        raise ValueError("the array is not in one piece: numpy.ascontiguousarray() makes it so")


@functools.lru_cache(maxsize=None)
def pointer_to(scalar: Any) -> Any:
    """For argtypes: None, byref(), pointers and arrays of `scalar`, and NumPy arrays of its dtype."""
    pointer = ctypes.POINTER(scalar)
    dtype = np.dtype(scalar)

    class Pointer:
        @classmethod
        def from_param(cls, value: Any) -> Any:
            if not isinstance(value, np.ndarray):
                return pointer.from_param(value)
            _check(value, dtype)
            return ctypes.c_void_p(get_address(value))

    Pointer.__name__ = Pointer.__qualname__ = f"{scalar.__name__}_pointer"
    return Pointer
