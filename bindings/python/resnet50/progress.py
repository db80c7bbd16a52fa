"""How far a long call is. SPDX-License-Identifier: MIT"""
import sys
import time
from typing import Any, Union

_WIDTH = 24


class Progress:
    """A line that is drawn over and over, on standard error; silent with verbose 0, and with "auto" where that is no
    terminal."""

    def __init__(self, n_all: int, verbose: Union[int, str] = 0, what: str = "") -> None:
        self.n_all = n_all
        self.n_done = 0
        self.what = what
        self._shown = bool(verbose) and (verbose != "auto" or sys.stderr.isatty())
        self._start = time.monotonic()
        self._drawn = 0.0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: Any) -> None:
        if self._shown:
            self._draw()
            sys.stderr.write("\n")

    def add(self, n: int, text: str = "") -> None:
        """n more are done; `text` follows the bar."""
        self.n_done += n
        self.what = text or self.what
        if self._shown and time.monotonic() - self._drawn > 0.1:
            self._draw()

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        seconds = self._drawn - self._start
        full = _WIDTH * self.n_done // max(self.n_all, 1)
        left = seconds / self.n_done * (self.n_all - self.n_done) if self.n_done else 0
        sys.stderr.write(f"\r{self.n_done}/{self.n_all} [{'#' * full}{'.' * (_WIDTH - full)}] {seconds:.0f} s, "
                         f"{left:.0f} s left {self.what}\x1b[K")
        sys.stderr.flush()
