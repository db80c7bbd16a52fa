"""Handles of the library, freed when Python lets go of them. SPDX-License-Identifier: MIT"""
import ctypes
import functools
import weakref
from typing import Any, Callable, Dict

import numpy as np

from .capi import library


class Handle:
    """Owns one handle. The functions of capi take it as it is, and by that keep it for the length of the
    call, which its `pointer` alone would not. The library keeps what one handle needs of another, so they
    may be let go of in any order."""

    __slots__ = ("pointer", "_anchor", "_reference")

    def __init__(self, pointer: Any, free: Callable[[Any], None]) -> None:
        self.pointer = pointer
        self._anchor = np.empty(0)
        self._reference = weakref.ref(self._anchor, functools.partial(_get_freer(free), pointer))
        _keep(self._reference)

    @property
    def _as_parameter_(self) -> Any:
        return self.pointer

    def give_away(self) -> None:
        """Somebody else frees it from now on."""
        _references.pop(id(self._reference), None)
        self._reference = None  # type: ignore[assignment]


# Two traps are kept away from. A finalizer in Python would swallow the Ctrl-C that happens to come while it
# runs: Python prints what a finalizer raises, and goes on. So none of Python's own code runs: the weak
# reference calls C's function at once, which is given the reference as a second argument and does not look
# at it. And of a cycle the collector calls weak references first, then __del__ methods, which would find
# handles that are freed already. So the reference is not to the handle but to an array, of which the
# collector knows nothing: it goes when the handle is really taken apart, behind all __del__ methods.

_freers: Dict[str, Any] = {}


def _get_freer(free: Any) -> Any:
    if free.__name__ not in _freers:
        freer = library.find_again(free)
        freer.argtypes = (*free.argtypes, ctypes.py_object)
        freer.restype = None
        _freers[free.__name__] = freer
    return _freers[free.__name__]


_references: "Dict[int, weakref.ref[Any]]" = {}
_limit = 1024


def _keep(reference: "weakref.ref[Any]") -> None:
    """References live as long as their handles at least; those of handles that are gone are swept now and
    then."""
    global _limit
    _references[id(reference)] = reference
    if len(_references) > _limit:
        for key, one in list(_references.items()):
            if one() is None:
                _references.pop(key, None)
        _limit = max(1024, 2 * len(_references))


def create(kind: Any, free: Callable[[Any], None], function: Callable[..., Any], *arguments: Any) -> Handle:
    """The handle of type `kind` that function(out, *arguments) makes."""
    pointer = ctypes.POINTER(kind)()
    function(ctypes.byref(pointer), *arguments)
    return Handle(pointer, free)
