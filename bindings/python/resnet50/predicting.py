"""From pictures to answers. SPDX-License-Identifier: MIT"""
import ctypes
import html
from typing import TYPE_CHECKING, Any, Callable, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from . import capi, errors, options, pictures
from .cancel import CancelToken, long_call
from .pictures import Batch, GetRecipe, Inputs
from .progress import Progress
from .recipe import FloatArray, Recipe
from .session import Session, SessionPool

if TYPE_CHECKING:
    from .dataset import Dataset
    from .model import Model

_NO_HEAD = "the model has no head: it gives embeddings and feature maps"


class Prediction(NamedTuple):
    """One class that a picture may be of."""

    label: int
    name: str
    probability: float


def _check_cancel(cancel: Optional[CancelToken]) -> None:
    if cancel is not None and cancel.cancelled:
        raise errors.CancelledError("predict() was cancelled")


def _run(pool: SessionPool, batches: Any, n_all: Optional[int], n_values: Callable[[Session], int],
         run: Callable[[Session, FloatArray, Batch], None], cancel: Optional[CancelToken]) -> FloatArray:
    """Rows of n_values floats. Where the number of pictures is known, they are written where they stay."""
    with pool.borrow() as session:
        width = n_values(session)
        whole = np.empty((n_all, width), np.float32) if n_all is not None else None
        parts: List[FloatArray] = []
        start = 0
        for batch in batches:
            _check_cancel(cancel)
            out = np.empty((len(batch), width), np.float32) if whole is None else whole[start:start + len(batch)]
            run(session, out, batch)
            start += len(batch)
            if whole is None:
                parts.append(out)
    if whole is not None:
        return whole
    return parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.empty((0, width), np.float32)


def predict(pool: SessionPool, x: Any, kind: str, batch_size: int, recipe: GetRecipe, steps: Optional[int],
            cancel: Optional[CancelToken]) -> FloatArray:
    """Answers to whatever pictures.read_batches() reads."""
    if kind == "features":
        return run_features(pool, x, 4, batch_size, recipe)
    output = options.choose("OUTPUT", kind, "output")
    n_all = pictures.count(x) if steps is None else None
    batches = pictures.read_batches(x, batch_size, recipe, steps)

    def count_values(session: Session) -> int:
        n_values = session.get_n_values(output)
        if n_values == 0:
            raise errors.StateError(_NO_HEAD)
        return n_values

    return _run(pool, batches, n_all, count_values,
                lambda session, out, batch: session.run(out, batch, output), cancel)


# --- feature maps ---

def get_feature_shape(pool: SessionPool, height: int, width: int, stage: int) -> Tuple[int, int, int]:
    """(channels, height, width) of the map behind `stage`."""
    with pool.borrow() as session:
        return _ask_feature_shape(session, height, width, stage)


def _ask_feature_shape(session: Session, height: int, width: int, stage: int) -> Tuple[int, int, int]:
    shape = (ctypes.c_size_t * 3)()
    capi.resnet_session_get_feature_shape(shape, session, height, width, stage)
    return (shape[0], shape[1], shape[2])


def _prepare_all(batch: Batch, recipe: Recipe) -> FloatArray:
    """Network input of pictures; arrays of it are taken as they are."""
    if isinstance(batch, Inputs):
        return batch.values
    out = np.empty((len(batch), 3, *recipe.crop), np.float32)
    struct = recipe.to_struct()
    singles = pictures.split(batch)
    for row, one in zip(out, singles):
        image = pictures.make_image(one)
        capi.resnet_image_prepare(row, row.size, image, ctypes.byref(struct))
    return out


def prepare(x: Any, recipe: GetRecipe) -> FloatArray:
    """Network input of all pictures of x, float32 [n][3][height][width]."""
    parts = [_prepare_all(batch, recipe()) for batch in pictures.read_batches(x, 1 << 20, recipe)]
    if not parts:
        raise ValueError("there are no pictures")
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _run_map(session: Session, values: FloatArray, stage: int) -> FloatArray:
    n, _, height, width = values.shape
    shape = _ask_feature_shape(session, height, width, stage)
    out = np.empty((n, *shape), np.float32)
    capi.resnet_session_features(out, out.size, session, values, n, height, width, stage)
    return np.ascontiguousarray(out.transpose(0, 2, 3, 1))


def run_features(pool: SessionPool, x: Any, stage: int, batch_size: int, recipe: GetRecipe) -> FloatArray:
    """Maps behind a stage, [n][h][w][channels]."""
    with pool.borrow() as session:
        parts = [_run_map(session, _prepare_all(batch, recipe()), stage)
                 for batch in pictures.read_batches(x, batch_size, recipe)]
    if not parts:
        raise ValueError("there are no pictures, and so no shape of maps")
    return np.concatenate(parts)


# --- whole datasets ---

def predict_dataset(model: "Model", dataset: "Dataset", kind: str, batch_size: int, cancel: Optional[CancelToken],
                    verbose: Union[int, str]) -> FloatArray:
    """A row a sample of the dataset, in its order."""
    dataset.check_model(model)
    output = options.choose("OUTPUT", kind, "output")
    n_values = model.n_features if output == capi.RESNET_OUTPUT_EMBEDDINGS else model.n_classes
    if n_values == 0:
        raise errors.StateError(_NO_HEAD)
    out = np.empty((len(dataset), n_values), np.float32)
    with long_call(cancel) as run, Progress(len(dataset), verbose) as progress:
        run.watch(dataset)
        hear = capi.resnet_scores_callback(run.guard(lambda scores: progress.add(scores.contents.n)))
        wanted = options.make(capi.resnet_predict_options, output=output, batch_size=batch_size,
                              n_threads=model.n_threads, cancel=run.token.pointer, on_scores=hear)
        capi.resnet_predict(out, out.size, model, dataset, ctypes.byref(wanted))
    return out


# --- classes ---

class Predictions(List[List[Prediction]]):
    """A list of each picture's most probable classes, which a notebook shows as a table."""

    def _repr_html_(self) -> str:
        rows = []
        for place, one in enumerate(self):
            cells = "".join(f"<td>{html.escape(name or str(label))}</td><td>{100 * probability:.1f} %</td>"
                            for label, name, probability in one)
            rows.append(f"<tr><th>{place}</th>{cells}</tr>")
        return f"<table>{''.join(rows)}</table>"


def rank(probabilities: FloatArray, class_names: Sequence[str], top: int) -> Predictions:
    """The `top` most probable classes of each row; equal ones by their number."""
    top = min(top, probabilities.shape[1])
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    names = class_names or [""] * probabilities.shape[1]
    return Predictions([Prediction(int(label), names[label], float(row[label])) for label in labels]
                       for row, labels in zip(probabilities, best))
