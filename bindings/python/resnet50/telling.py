"""What a fit shows: a line an epoch, with a bar as it goes. SPDX-License-Identifier: MIT"""
import sys
import time
from typing import Optional, Union

from .callbacks import Callback, Logs
from .progress import Progress


def read_verbose(verbose: Union[int, str]) -> int:
    """0 is silent, 1 a bar, 2 a line an epoch; "auto": a bar in a terminal, else a line."""
    if verbose == "auto":
        return 1 if sys.stderr.isatty() else 2
    if verbose not in (0, 1, 2):
        raise ValueError(f"verbose {verbose!r}: is none of 'auto', 0, 1, 2")
    return int(verbose)


def _format(logs: Logs) -> str:
    return " - ".join(f"{name}: {value:.4f}" if abs(value) >= 1e-3 or value == 0 else f"{name}: {value:.4e}"
                      for name, value in (logs or {}).items())


class Teller(Callback):
    """On standard error, as all progress is."""

    def __init__(self, verbose: int) -> None:
        super().__init__()
        self.verbose = verbose
        self._progress: Optional[Progress] = None
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._start = time.monotonic()
        if self.verbose:
            sys.stderr.write(f"Epoch {epoch + 1}/{self.params['epochs']}\n")
        if self.verbose == 1:
            self._progress = Progress(self.params["steps"], 1)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self._progress is not None:
            self._progress.add(1, _format(logs))

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self._progress is not None:
            self._progress.add(0, _format(logs))
            self.close()
        elif self.verbose:
            steps = self.params["steps"]
            sys.stderr.write(f"{steps}/{steps} - {time.monotonic() - self._start:.0f}s - {_format(logs)}\n")

    def close(self) -> None:
        """Ends the line, also of an epoch that was broken off."""
        if self._progress is not None:
            self._progress.__exit__()
            self._progress = None
