"""What a training was, epoch by epoch. SPDX-License-Identifier: MIT"""
import html
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .callbacks import Callback, Logs

_WIDTH, _HEIGHT, _EDGE = 360, 200, 36
_COLOURS = ("#1f6fb2", "#d1662b")


class History(Callback):
    """What fit() returns: `history` {figure: a value an epoch}, `epoch` their numbers from 0. A notebook shows
    curves and a table."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch: List[int] = []
        self.history: Dict[str, List[float]] = {}

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items() if values)
        return f"<resnet50.History: {len(self.epoch)} epochs{'; ' if last else ''}{last}>"

    def _repr_html_(self) -> str:
        pairs = pair_curves(self.history)
        charts = "".join(_draw(self.epoch, name, curves) for name, curves in pairs)
        return f"<div>{charts}{_make_table(self.epoch, self.history)}</div>"


def pair_curves(history: Dict[str, List[float]]) -> List[Tuple[str, List[Tuple[str, List[float]]]]]:
    """Figures with their namesakes of the validation: [(figure, [(name, values), ...]), ...]."""
    own = [name for name in history if not (name.startswith("val_") and name[4:] in history)]
    return [(name, [(one, history[one]) for one in (name, "val_" + name) if one in history]) for name in own]


def _scale(values: Sequence[float], low: float, high: float, start: float, end: float) -> List[float]:
    span = (high - low) or 1.0
    return [start + (value - low) / span * (end - start) for value in values]


def _draw(epochs: Sequence[int], title: str, curves: Sequence[Tuple[str, List[float]]]) -> str:
    """A small chart; an epoch without a finite value has no point."""
    points = [[(x, y) for x, y in zip(epochs[-len(values):], values) if abs(y) < float("inf")]
              for _, values in curves]
    ys = [y for one in points for _, y in one]
    if not ys:
        return ""
    low, high = min(ys), max(ys)
    parts = [f'<text x="{_EDGE}" y="14" font-weight="bold">{html.escape(title)}</text>',
             f'<text x="0" y="{_EDGE}">{high:.3g}</text><text x="0" y="{_HEIGHT - _EDGE + 8}">{low:.3g}</text>',
             f'<text x="{_EDGE}" y="{_HEIGHT - 8}">epoch {epochs[0] + 1} to {epochs[-1] + 1}</text>']
    for (name, _), one, colour, place in zip(curves, points, _COLOURS, range(2)):
        xs = _scale([x for x, _ in one], epochs[0], epochs[-1], _EDGE + 6, _WIDTH - 6)
        heights = _scale([y for _, y in one], low, high, _HEIGHT - _EDGE, _EDGE - 8)
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, heights))
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>' for x, y in zip(xs, heights))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>{dots}<text x="'
                     f'{_WIDTH - 200 + 100 * place}" y="{_HEIGHT - 8}" fill="{colour}">{html.escape(name)}</text>')
    return (f'<svg width="{_WIDTH}" height="{_HEIGHT}" style="font: 11px sans-serif; fill: currentColor">'
            f'{"".join(parts)}</svg>')


def _make_table(epochs: Sequence[int], history: Dict[str, List[float]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in ("epoch", *history))
    rows = []
    for i, epoch in enumerate(epochs):
        cells: List[Optional[float]] = [values[i] if i < len(values) else None for values in history.values()]
        rows.append(f"<tr><td>{epoch + 1}</td>"
                    + "".join(f"<td>{'' if value is None else format(value, '.4g')}</td>" for value in cells) + "</tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def read_history(history: Any) -> Dict[str, List[float]]:
    """Of a History, or the dict itself."""
    found = getattr(history, "history", history)
    if not isinstance(found, dict):
        raise TypeError(f"{type(history).__name__}: is no history; fit() returns one")
    return found
