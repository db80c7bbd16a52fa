"""What is told of figures: a table, JSON, a page. SPDX-License-Identifier: MIT"""
import ctypes
import html
import json
from typing import Any, Dict, Optional, Sequence

import numpy as np

from . import capi, handle, options
from .options import Text

_ENDS = {".json": "json", ".html": "html", ".htm": "html", ".txt": "text"}


class Report:
    """Made by Metrics.report(). str() is scikit-learn's classification_report to the character; a notebook shows
    the page."""

    def __init__(self, metrics: handle.Handle, **more: Any) -> None:
        wanted = options.make(capi.resnet_report_options, **more)
        self._handle = handle.create(capi.resnet_report, capi.resnet_report_free, capi.resnet_report_create,
                                     metrics, ctypes.byref(wanted))

    def set_title(self, title: str) -> None:
        """The page's heading."""
        capi.resnet_report_set_title(self._handle, options.encode(title))

    def add_fact(self, name: str, value: Any) -> None:
        """A line beneath the heading, such as the model's file."""
        capi.resnet_report_add_fact(self._handle, options.encode(name), options.encode(str(value)))

    def add_history(self, name: str, values: Sequence[float]) -> None:
        """A training curve, a value an epoch; "loss" and "val_loss" share a chart."""
        array = np.ascontiguousarray(values, np.float64)
        capi.resnet_report_add_history(self._handle, options.encode(name), array, len(array))

    def add_picture(self, number: int, caption: Optional[str] = None, picture: bytes = b"") -> None:
        """What to show of sample `number` should it be among the mistakes: a caption, a JPEG or PNG."""
        capi.resnet_report_add_picture(self._handle, number,
                                       None if caption is None else options.encode(caption), picture or None,
                                       len(picture))

    def _copy(self, form: int) -> str:
        size = ctypes.c_size_t()
        capi.resnet_report_copy(None, 0, ctypes.byref(size), self._handle, form)
        text = ctypes.create_string_buffer(size.value + 1)
        capi.resnet_report_copy(text, len(text), ctypes.byref(size), self._handle, form)
        return text.value.decode()

    @property
    def text(self) -> str:
        """The table."""
        return self._copy(capi.RESNET_REPORT_TEXT)

    @property
    def html(self) -> str:
        """One page that loads nothing from anywhere."""
        return self._copy(capi.RESNET_REPORT_HTML)

    def to_dict(self) -> Dict[str, Any]:
        """Every figure; docs/metrics.md describes the document."""
        found: Dict[str, Any] = json.loads(self._copy(capi.RESNET_REPORT_JSON))
        return found

    def save(self, path: Text, format: Optional[str] = None) -> None:  # pylint: disable=redefined-builtin
        """Writes it: "text", "json" or "html"; None goes by the path's end."""
        name = format or next((name for end, name in _ENDS.items() if str(path).lower().endswith(end)), None)
        if name is None:
            raise ValueError(f"{path}: a report is .txt, .json or .html; format= overrides the name")
        capi.resnet_report_save(self._handle, options.encode_path(path),
                                options.choose("REPORT", name, "format"))

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """In a frame of its own, since the page brings its own style."""
        return f'<iframe srcdoc="{html.escape(self.html)}" width="100%" height="640" frameborder="0"></iframe>'
