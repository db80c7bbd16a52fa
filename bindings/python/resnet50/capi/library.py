"""Finds libresnet50 and hands out its functions. SPDX-License-Identifier: MIT"""
import ctypes
import os
from typing import Any, Callable, List

from .. import errors

#: The interface that this package is made for: RESNET_ABI_VERSION, and the end of the soname.
ABI_VERSION = "0.1"

_SONAME = f"libresnet50.so.{ABI_VERSION}"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _candidates() -> List[str]:
    """An explicit path stands alone; else the package's own library, else the system's."""
    explicit = os.environ.get("RESNET50_LIBRARY")
    if explicit:
        return [explicit]
    own = os.path.join(_PACKAGE, _SONAME)
    return [own] if os.path.exists(own) else [_SONAME]


def _open(name: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(name)
    except OSError as error:
        raise errors.LibraryError(
            f"libresnet50 cannot be loaded: {error}. It is looked for at RESNET50_LIBRARY (a path), in "
            f"{_PACKAGE}, and as {_SONAME} where the system looks for libraries") from None


def _ask_text(library: ctypes.CDLL, name: str) -> str:
    try:
        function = getattr(library, name)
    except AttributeError:
        return "?"
    function.restype = ctypes.c_char_p
    return bytes(function()).decode()


def _find_path(library: ctypes.CDLL, name: str) -> str:
    """The file that was mapped, which a soname alone does not tell."""
    class Info(ctypes.Structure):
        _fields_ = [("path", ctypes.c_char_p), ("base", ctypes.c_void_p),
                    ("symbol", ctypes.c_char_p), ("address", ctypes.c_void_p)]
    info = Info()
    address = ctypes.cast(library.resnet_version, ctypes.c_void_p)
    found = ctypes.CDLL(None).dladdr(address, ctypes.byref(info))
    return os.path.realpath(os.fsdecode(info.path)) if found and info.path else name


def _load() -> ctypes.CDLL:
    name = _candidates()[0]
    library = _open(name)
    found = _ask_text(library, "resnet_abi_version")
    if found != ABI_VERSION:
        raise errors.LibraryError(
            f"{name}: is libresnet50 {_ask_text(library, 'resnet_version')} with interface {found}; this "
            f"package needs interface {ABI_VERSION}")
    return library


_library = _load()
_last_error = _library.resnet_last_error
_last_error.restype = ctypes.c_char_p

#: The file that was loaded.
LIBRARY_PATH = _find_path(_library, _candidates()[0])


def _raise_failure(status: int, _function: Any, _arguments: Any) -> int:
    if status:
        raise errors.from_status(status, _last_error().decode("utf-8", "replace"))
    return status


def bind(name: str, must_check: bool, returns: Any, *parameters: Any) -> Callable[..., Any]:
    """The function `name`; those whose status must be checked raise what it stands for."""
    try:
        function: Any = getattr(_library, name)
    except AttributeError:
        raise errors.LibraryError(
            f"{LIBRARY_PATH}: has no {name}(): it is of another release than this package") from None
    function.restype = returns
    function.argtypes = parameters
    if must_check:
        function.errcheck = _raise_failure
    return function  # type: ignore[no-any-return]


def find_again(function: Any) -> Any:
    """The same function, for which other types may be declared."""
    return _library[function.__name__]
