"""How long calls are stopped: by Ctrl-C, by another thread, by an exception in a callback.
SPDX-License-Identifier: MIT"""
import contextlib
import signal
import threading
from typing import Any, Callable, Iterator, List, Optional

from . import capi, errors, handle


class CancelToken:
    """A wish to stop, which any thread may make; calls that were given the token then raise
    CancelledError.

    >>> token = resnet50.CancelToken()
    >>> threading.Timer(60, token.cancel).start()
    >>> model.evaluate(dataset, cancel=token)
    """

    def __init__(self) -> None:
        self._handle = handle.create(capi.resnet_cancel_token, capi.resnet_cancel_token_free,
                                     capi.resnet_cancel_token_create)

    @property
    def pointer(self) -> Any:
        """For the structs of capi; it lives as long as this does."""
        return self._handle.pointer

    def cancel(self) -> None:
        """Asks to stop; from any thread or signal handler."""
        capi.resnet_cancel_token_cancel(self._handle)

    def reset(self) -> None:
        """Takes the wish back."""
        capi.resnet_cancel_token_reset(self._handle)

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return bool(capi.resnet_cancel_token_is_cancelled(self._handle))


class Run:
    """One long call that calls back."""

    def __init__(self, token: Optional[CancelToken]) -> None:
        self.token = token or CancelToken()
        self.error: Optional[BaseException] = None
        self.interrupted = False
        self._has_failed = False
        self._sources: List[Any] = []

    def watch(self, *sources: Any) -> None:
        """Datasets whose own callbacks may fail while the call runs: what has take_failure()."""
        self._sources += [source for source in sources if source is not None]

    def fail(self, error: BaseException) -> None:
        """Keeps the first exception of a callback until the call has returned, and asks it to."""
        if self.error is None:
            self.error = error
        self.interrupted = self.interrupted or isinstance(error, KeyboardInterrupt)
        self.token.cancel()

    def guard(self, function: Callable[..., Any]) -> Callable[..., int]:
        """`function` as C calls it: 0 to go on; an exception, or what is true, stops."""
        def call(_user_data: Any, *arguments: Any) -> int:
            try:
                return 1 if self.error or self.interrupted or function(*arguments) else 0
            except BaseException as error:  # pylint: disable=broad-except
                self.fail(error)
                return 1
        return call

    def interrupt(self, _number: int, _frame: Any) -> None:
        self.interrupted = True
        self.token.cancel()

    def raise_failure(self) -> None:
        """What stopped the call, in place of the status that says so."""
        for source in self._sources:
            self.error = self.error or source.take_failure()
        if self.error is not None:
            error, self.error, self._has_failed = self.error, None, True
            try:
                raise error
            finally:
                del error  # its traceback knows this frame: a ring, which would keep all that the call was given
        if self.interrupted:
            raise KeyboardInterrupt

    def clear(self) -> None:
        """The caller's token goes back to what the caller made of it."""
        if self._has_failed or self.error is not None or self.interrupted:
            self.token.reset()


def _owns_signals() -> bool:
    """Python's own handler raises KeyboardInterrupt wherever it happens to be; another is the host's."""
    return (threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler)


@contextlib.contextmanager
def _hear_signals(run: Run) -> Iterator[None]:
    if not _owns_signals():
        yield
        return
    signal.signal(signal.SIGINT, run.interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def long_call(token: Optional[CancelToken] = None) -> Iterator[Run]:
    """Around a call that calls back. Ctrl-C is heard in the next callback, of which there is one a batch;
    what callbacks raise, and KeyboardInterrupt, come out of here once the call has returned, with their
    own tracebacks."""
    run = Run(token)
    try:
        with _hear_signals(run):
            yield run
    except errors.ResNetError:
        run.raise_failure()
        raise
    finally:
        run.clear()
    run.raise_failure()
