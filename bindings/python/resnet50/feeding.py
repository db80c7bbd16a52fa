"""What fit() is given, as what the library learns from. SPDX-License-Identifier: MIT"""
import ctypes
import itertools
import warnings
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple, Union

import numpy as np

from . import labels, options, pictures
from .dataset import Dataset
from .recipe import FloatArray, Recipe

if TYPE_CHECKING:
    from .model import Model

IntArray = labels.IntArray


class ArrayBatches:
    """Network input in memory, [n][3][height][width], with labels."""

    def __init__(self, x: FloatArray, y: IntArray, batch_size: int, shuffle: bool, seed: int) -> None:
        if len(x) != len(y):
            raise ValueError(f"{len(x)} pictures have {len(y)} labels")
        self._x, self._y, self._size, self._shuffle, self._seed = x, y, batch_size, shuffle, seed

    def __len__(self) -> int:
        return -(-len(self._x) // self._size)

    def iterate(self, epoch: int) -> Iterator[Tuple[Any, IntArray]]:
        """The batches of an epoch."""
        order = np.arange(len(self._x))
        if self._shuffle:
            np.random.default_rng([self._seed, epoch]).shuffle(order)
        for start in range(0, len(order), self._size):
            chosen = order[start:start + self._size]
            yield self._x[chosen], self._y[chosen]


class GivenBatches:
    """Batches (pictures, labels) that somebody else makes: a generator, for which an epoch's steps must be known, or
    what can be iterated anew each epoch."""

    def __init__(self, source: Any, n_steps: Optional[int], model: "Model") -> None:
        self._source, self._n_steps = source, n_steps
        self._names, self._n_classes = model.class_names, model.n_classes
        self._endless: Optional[Iterator[Any]] = iter(source) if hasattr(source, "__next__") else None
        if self._endless is not None and n_steps is None:
            raise ValueError("a generator does not say where an epoch ends: steps_per_epoch is wanted")

    def __len__(self) -> int:
        if self._n_steps is not None:
            return self._n_steps
        return len(self._source) if hasattr(self._source, "__len__") else 0

    def _open(self) -> Iterator[Any]:
        if self._endless is not None:
            return self._endless
        if not hasattr(self._source, "__iter__") and hasattr(self._source, "__len__"):  # Keras's Sequence
            return (self._source[i] for i in range(len(self._source)))
        return iter(self._source)

    def iterate(self, epoch: int) -> Iterator[Tuple[Any, IntArray]]:
        """The batches of an epoch."""
        n = 0
        for item in itertools.islice(self._open(), self._n_steps):
            if not (isinstance(item, (tuple, list)) and len(item) == 2):
                raise TypeError("batches are (pictures, labels); weights of samples are not to be had here")
            yield item[0], labels.to_numbers(item[1], self._names, self._n_classes)
            n += 1
        if n == 0 or n < (self._n_steps or 0):
            raise ValueError(f"the batches ended in epoch {epoch + 1}, after {n} of {self._n_steps or 'its'} steps")
        if hasattr(self._source, "on_epoch_end"):
            self._source.on_epoch_end()


Batches = Union[ArrayBatches, GivenBatches]


def is_input(x: Any) -> bool:
    """Floats, which are the network's input and go through no recipe."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def find_pixels(x: "np.ndarray[Any, Any]", recipe: Recipe) -> Optional[pictures.Pixels]:
    """8-bit pixels of which the recipe makes exactly x, [n][height][width][3], so that what Keras users scale
    beforehand is learnt from as pictures are; None where there are none."""
    if x.ndim != 4 or x.shape[1:] != (*recipe.crop, 3) or recipe.resize != "exact" or not len(x):
        return None
    if not _agree(_unscale(x[:1], recipe), x[:1], recipe):
        return None
    pixels = _unscale(x, recipe)
    return pixels if _agree(pixels, x, recipe) else None


def _unscale(x: "np.ndarray[Any, Any]", recipe: Recipe) -> pictures.Pixels:
    values = (np.asarray(x, np.float64) * recipe.std + recipe.mean) * recipe.divisor
    if recipe.channels == "bgr":
        values = values[..., ::-1]
    return np.ascontiguousarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _agree(pixels: pictures.Pixels, x: "np.ndarray[Any, Any]", recipe: Recipe) -> bool:
    return bool((np.asarray(recipe.scale(pixels)) == x).all())


def _list_names(model: "Model") -> List[str]:
    return model.class_names or [str(i) for i in range(model.n_classes)]


def make_dataset(model: "Model", x: Any, y: Any) -> Dataset:
    """Of pictures with labels: the model's classes."""
    return Dataset.from_samples(x, y, _list_names(model))


def read(model: "Model", x: Any, y: Any, batch_size: int, shuffle: bool, seed: int,
         n_steps: Optional[int]) -> Union[Dataset, Batches]:
    """A Dataset where the pictures can be read anew, else batches."""
    if isinstance(x, Dataset):
        if y is not None:
            raise ValueError("a Dataset has its labels: leave y out")
        return x
    if y is None:
        return GivenBatches(x, n_steps, model)
    whole = find_pixels(x, model.recipe) if is_input(x) and shuffle else None
    if whole is not None:
        return make_dataset(model, whole, y)
    if is_input(x):
        inputs = pictures.from_one(x, lambda: model.recipe)
        assert isinstance(inputs, pictures.Inputs)
        numbers = labels.to_numbers(y, model.class_names, model.n_classes)
        return ArrayBatches(inputs.values, numbers, batch_size, shuffle, seed)
    return make_dataset(model, x, y)


def split_tail(x: Any, y: Any, share: float) -> Tuple[Any, Any, Any, Any]:
    """The last `share` of arrays is for validation, as in Keras, before any shuffling."""
    if y is None or not hasattr(x, "__len__"):
        raise ValueError("validation_split is for pictures with labels y; split() cuts a Dataset")
    if not 0 < share < 1:
        raise ValueError(f"validation_split {share!r}: must be in [0, 1)")
    n = int(len(x) * (1 - share))
    if not 0 < n < len(x):
        raise ValueError(f"validation_split {share!r} of {len(x)} pictures leaves nothing on one side")
    return x[:n], y[:n], x[n:], y[n:]


def read_validation(model: "Model", data: Any) -> Tuple[Optional[Dataset], Any]:
    """(a Dataset for the library, None) or (None, arguments for measure())."""
    if data is None:
        return None, None
    if isinstance(data, Dataset):
        return data, None
    if isinstance(data, (tuple, list)) and len(data) == 3:
        raise ValueError("validation_data: weights of samples are not to be had here")
    if not (isinstance(data, (tuple, list)) and len(data) == 2):
        if hasattr(data, "__next__"):
            raise TypeError("validation_data: a generator can be seen once only; a Dataset, or (x, y), is wanted")
        return None, (data, None)
    x, y = data
    whole = find_pixels(x, model.recipe) if is_input(x) else None
    if whole is not None:
        return make_dataset(model, whole, y), None
    return (None, (x, y)) if is_input(x) else (make_dataset(model, x, y), None)


def check_names(model: "Model", dataset: Dataset) -> None:
    """Labels of a dataset must mean the model's classes; a model without names takes its."""
    found, wanted = dataset.class_names, model.class_names
    if len(found) != model.n_classes:
        raise ValueError(f"the data have {len(found)} classes, the model has {model.n_classes}: "
                         f"model.with_head({len(found)}) makes one that fits")
    if all(name == str(i) for i, name in enumerate(found)):
        return
    if not wanted:
        model.class_names = found
        return
    other = next((i for i, (one, two) in enumerate(zip(found, wanted)) if one != two), None)
    if other is not None:
        raise ValueError(f"class {other} is {found[other]!r} in the data and {wanted[other]!r} in the model: "
                         "model.class_names = dataset.class_names if the model has yet to learn them")


def check_steps(n_steps: Optional[int], n_samples: int, batch_size: int) -> None:
    """An epoch shows every sample of a Dataset."""
    whole = -(-n_samples // batch_size)
    if n_steps in (None, whole):
        return
    if n_steps == n_samples // batch_size:
        warnings.warn(f"steps_per_epoch {n_steps}: an epoch has {whole} steps here, so that all are shown", stacklevel=4)
        return
    raise ValueError(f"steps_per_epoch {n_steps}: an epoch of a Dataset has {whole} steps; subset() makes it smaller")


def get_weight_fields(class_weight: Any, n_classes: int) -> Dict[str, Any]:
    """Of resnet_trainer_options: "balanced", {class: weight} (1 where none is given), or a weight a class."""
    if class_weight is None:
        return {}
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(f"class_weight {class_weight!r}: is neither 'balanced' nor a dict")
        return {"balance": options.choose("BALANCE", "weights")}
    if isinstance(class_weight, dict):
        unknown = next((key for key in class_weight if key not in range(n_classes)), None)
        if unknown is not None:
            raise ValueError(f"class_weight: there is no class {unknown!r}")
        class_weight = [class_weight.get(i, 1.0) for i in range(n_classes)]
    values = [float(one) for one in class_weight]
    return {"n_class_weights": len(values), "class_weights": (ctypes.c_float * len(values))(*values)}
