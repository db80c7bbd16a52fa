"""Sessions of a model, handed to whichever thread wants to run it. SPDX-License-Identifier: MIT"""
import contextlib
import ctypes
import os
from typing import Any, Callable, Iterator, List

from . import capi, handle, options
from .capi.pointers import get_address
from .pictures import Batch, Encoded, Files, Frames, Inputs, get_layout
from .recipe import FloatArray

#: Sessions that are kept for the next call, at most; each holds the memory of its plans.
MAX_IDLE = 32

_RUN_INPUTS: "dict[int, Callable[..., int]]" = {
    capi.RESNET_OUTPUT_LOGITS: capi.resnet_session_logits,
    capi.RESNET_OUTPUT_PROBABILITIES: capi.resnet_session_probabilities,
    capi.RESNET_OUTPUT_EMBEDDINGS: capi.resnet_session_embeddings,
}


class Session:
    """One caller's way to run the model."""

    def __init__(self, model: Any, n_threads: int) -> None:
        wanted = options.make(capi.resnet_session_options, n_threads=n_threads)
        self._handle = handle.create(capi.resnet_session, capi.resnet_session_free, capi.resnet_session_create,
                                     model, ctypes.byref(wanted))

    @property
    def _as_parameter_(self) -> Any:
        return self._handle.pointer

    def get_n_values(self, output: int) -> int:
        """Floats a picture of RESNET_OUTPUT_*."""
        return capi.resnet_session_get_n_values(self._handle, output)

    def run(self, out: FloatArray, batch: Batch, output: int) -> None:
        """out [n][values] becomes RESNET_OUTPUT_* of the batch."""
        if isinstance(batch, Inputs):
            n, _, height, width = batch.values.shape
            _RUN_INPUTS[output](out, out.size, self._handle, batch.values, n, height, width)
        elif isinstance(batch, Frames):
            n, height, width, _ = batch.pixels.shape
            capi.resnet_session_run_frames(out, out.size, self._handle, output, get_address(batch.pixels), n, width,
                                           height, batch.pixels.strides[1], get_layout(batch))
        elif isinstance(batch, Files):
            paths = (ctypes.c_char_p * len(batch))(*batch.paths)
            capi.resnet_session_run_files(out, out.size, self._handle, output, paths, len(batch), None)
        else:
            self._run_encoded(out, batch, output)

    def _run_encoded(self, out: FloatArray, batch: Encoded, output: int) -> None:
        n = len(batch)
        items = ctypes.cast((ctypes.c_char_p * n)(*batch.items), ctypes.POINTER(ctypes.c_void_p))
        sizes = (ctypes.c_size_t * n)(*(len(item) for item in batch.items))
        capi.resnet_session_run_bytes(out, out.size, self._handle, output, items, sizes, n, None)


class SessionPool:
    """Sessions on one model: as many as callers at once, kept for the callers to come. A process that was
    forked makes its own."""

    def __init__(self, model: Any, n_threads: int) -> None:
        self._model = model
        self._n_threads = n_threads
        self._idle: List[Session] = []
        self._process = os.getpid()

    def clear(self) -> None:
        """After the model's values changed: sessions that were made before would refuse to run."""
        self._idle = []

    def _take(self, idle: List[Session]) -> Session:
        try:
            return idle.pop()  # one step, so that threads need no lock
        except IndexError:
            return Session(self._model, self._n_threads)

    @contextlib.contextmanager
    def borrow(self) -> Iterator[Session]:
        """A session for the time of a block, which no other thread has meanwhile."""
        if self._process != os.getpid():
            self._idle, self._process = [], os.getpid()
        idle = self._idle
        session = self._take(idle)
        try:
            yield session
        finally:
            if len(idle) < MAX_IDLE:
                idle.append(session)
