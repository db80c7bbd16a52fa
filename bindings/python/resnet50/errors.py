"""What goes wrong, as exceptions of one family. SPDX-License-Identifier: MIT"""
import errno
from typing import Dict, Tuple, Type


class LibraryError(ImportError):
    """libresnet50 was not found, or has another interface than this package."""


class ResNetError(Exception):
    """A call of the library failed. `status` is its code (RESNET_E_*), `message` one line with the fact
    and its place."""

    status: int = -10

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.message = message
        if status:
            self.status = status

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> Tuple[Type["ResNetError"], Tuple[str, int]]:
        return type(self), (self.message, self.status)


class InvalidError(ResNetError, ValueError):
    """An argument is out of its range."""

    status = -1


class OutOfMemoryError(ResNetError, MemoryError):
    """Memory could not be had."""

    status = -2


class FileError(ResNetError, OSError):
    """A file could not be opened, read or written."""

    status = -3

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message, status)
        self.errno = errno.EIO
        self.strerror = message


class FormatError(ResNetError, ValueError):
    """The bytes are not what their format demands."""

    status = -4


class ShapeError(ResNetError, ValueError):
    """A tensor has another shape than the network's."""

    status = -5


class UnsupportedError(ResNetError, NotImplementedError):
    """Well-formed, but beyond what the library reads or does."""

    status = -6


class StateError(ResNetError, RuntimeError):
    """The object is not in a state for this call."""

    status = -7


class CancelledError(ResNetError):
    """Somebody asked the call to stop."""

    status = -8


class BackendError(ResNetError, RuntimeError):
    """oneDNN or a codec failed where it should not."""

    status = -9


class InternalError(ResNetError, RuntimeError):
    """A broken promise inside the library: please report it."""

    status = -10


class NotFoundError(FileError, FileNotFoundError):
    """There is no such file or folder."""

    status = -11

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message, status)
        self.errno = errno.ENOENT


class BusyError(ResNetError):
    """No room, or no answer yet: the same call may succeed later."""

    status = -12


class DeadlineError(ResNetError, TimeoutError):
    """Its deadline passed before it was its turn."""

    status = -13

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message, status)
        self.errno = errno.ETIMEDOUT
        self.strerror = message


_CLASSES: Dict[int, Type[ResNetError]] = {
    one.status: one for one in (
        InvalidError, OutOfMemoryError, FileError, FormatError, ShapeError, UnsupportedError, StateError,
        CancelledError, BackendError, InternalError, NotFoundError, BusyError,
        DeadlineError)}


def from_status(status: int, message: str) -> ResNetError:
    """The exception for a status (RESNET_E_*); one that is not known is a ResNetError."""
    return _CLASSES.get(status, ResNetError)(message, status)
