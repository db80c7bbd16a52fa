"""Whatever Python people have pictures in, as the library takes it. SPDX-License-Identifier: MIT"""
import ctypes
import dataclasses
import itertools
import os
from typing import Any, Callable, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import capi, handle, options
from .capi.pointers import get_address
from .recipe import FloatArray, PreparedArray, Recipe

Pixels = npt.NDArray[np.uint8]
#: Asked only where it matters, since a call of the library stands behind it.
GetRecipe = Callable[[], Recipe]

_LAYOUTS = {1: capi.RESNET_PIXELS_GRAY, 3: capi.RESNET_PIXELS_RGB, 4: capi.RESNET_PIXELS_RGBA}
_IMAGE_FREE = capi.resnet_image_free


@dataclasses.dataclass
class Files:
    """Paths of pictures."""

    paths: List[bytes]

    def __len__(self) -> int:
        return len(self.paths)


@dataclasses.dataclass
class Encoded:
    """Files of pictures in memory."""

    items: List[bytes]

    def __len__(self) -> int:
        return len(self.items)


@dataclasses.dataclass
class Frames:
    """8-bit pixels [n][height][width][1, 3 or 4], each row in one piece."""

    pixels: Pixels

    def __len__(self) -> int:
        return len(self.pixels)


@dataclasses.dataclass
class Inputs:
    """The network's input, float32 [n][3][height][width]: no recipe is applied."""

    values: FloatArray

    def __len__(self) -> int:
        return len(self.values)


Batch = Union[Files, Encoded, Frames, Inputs]


# --- arrays ---

def _is_channels(extent: int) -> bool:
    return extent in _LAYOUTS


def _to_frames(array: "np.ndarray[Any, Any]") -> Frames:
    """[h][w], [h][w][c], [c][h][w], [n][h][w][c] or [n][c][h][w]."""
    if array.ndim == 2:
        array = array[None, :, :, None]
    elif array.ndim == 3:
        array = array[None]
    if array.ndim == 4 and not _is_channels(array.shape[3]) and _is_channels(array.shape[1]):
        array = array.transpose(0, 2, 3, 1)
    if array.ndim != 4 or not _is_channels(array.shape[3]):
        raise ValueError(f"8-bit pixels of shape {array.shape}: [height][width], [height][width][channels] or "
                         "[n][height][width][channels] with 1, 3 or 4 channels are wanted")
    n, height, width, channels = array.shape
    del n
    row = array.strides[1]
    has_whole_rows = (array.strides[3] == 1 and array.strides[2] == channels and row >= width * channels
                      and array.strides[0] == height * row)
    return Frames(array if has_whole_rows else np.ascontiguousarray(array))


def _check_recipe(array: "np.ndarray[Any, Any]", recipe: Optional[GetRecipe]) -> None:
    made_by = array.recipe if isinstance(array, PreparedArray) else None
    wanted = recipe() if recipe and made_by else None
    if made_by and wanted and not made_by.agrees(wanted):
        raise ValueError(f"the input was scaled by the recipe {made_by.name!r}, the model was trained with "
                         f"{wanted.name!r}: preprocess_input(x, recipe=model.recipe) gives what it wants")


def _to_inputs(array: "np.ndarray[Any, Any]", recipe: Optional[GetRecipe]) -> Inputs:
    """[h][w][3], [3][h][w], [n][h][w][3] or [n][3][h][w]; sides are 32 px at least, so that 3 is clear."""
    _check_recipe(array, recipe)
    if array.ndim == 3:
        array = array[None]
    if array.ndim != 4 or 3 not in (array.shape[1], array.shape[3]):
        raise ValueError(f"floats of shape {array.shape}: input for the network is [n][height][width][3] or "
                         "[n][3][height][width]")
    if array.shape[1] != 3:
        array = array.transpose(0, 3, 1, 2)
    return Inputs(np.ascontiguousarray(array, np.float32))


def _from_array(array: "np.ndarray[Any, Any]", recipe: Optional[GetRecipe]) -> Batch:
    if array.dtype == np.uint8:
        return _to_frames(array)
    if array.dtype.kind == "f":
        return _to_inputs(array, recipe)
    raise TypeError(f"an array of {array.dtype}: pixels are uint8 (0 to 255), what preprocess_input() made is float")


# --- Pillow's images ---

def _is_pillow(value: Any) -> bool:
    return any(one.__module__.startswith("PIL.") and one.__name__ == "Image" for one in type(value).__mro__)


def _turn(image: Any) -> Any:
    """By EXIF, as files are; Pillow leaves it to its caller."""
    if image.getexif().get(0x0112, 1) == 1:
        return image
    from PIL import ImageOps  # type: ignore[import-not-found,unused-ignore]
    return ImageOps.exif_transpose(image)


def _from_pillow(image: Any) -> Pixels:
    if image.mode.startswith(("I", "F")):
        raise ValueError(f"Pillow's mode {image.mode!r} has no 8-bit pixels: give the file itself, or convert it")
    image = _turn(image)
    if image.mode not in ("RGB", "RGBA", "L"):
        has_alpha = "A" in image.mode or "a" in image.mode or "transparency" in image.info
        image = image.convert("RGBA" if has_alpha else "RGB")
    return np.asarray(image)


# --- one value ---

def _read(file: Any) -> bytes:
    data = file.read()
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError(f"{getattr(file, 'name', file)!r}: was opened as text; open it with 'rb'")
    return bytes(data)


def is_path(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike))


def from_one(value: Any, recipe: Optional[GetRecipe] = None) -> Optional[Batch]:
    """A value that stands for itself: a path, bytes, an open file, an image, an array. None: it is
    something else, such as a list."""
    if is_path(value):
        if os.path.isdir(value):
            raise IsADirectoryError(f"{value}: is a folder; image_dataset_from_directory() reads those")
        return Files([options.encode_path(value)])
    if isinstance(value, (bytes, bytearray, memoryview)):
        return Encoded([bytes(value)])
    if isinstance(value, np.ndarray):
        return None if value.dtype.kind in "OUS" else _from_array(value, recipe)
    if _is_pillow(value):
        return _to_frames(_from_pillow(value))
    if hasattr(value, "read"):
        return Encoded([_read(value)])
    if hasattr(value, "__array__") and not hasattr(value, "columns"):
        return from_one(np.asarray(value), recipe)
    return None


def make_image(value: Any) -> handle.Handle:
    """A decoded image of one picture; not of network input."""
    batch = from_one(value)
    if isinstance(batch, Files):
        return handle.create(capi.resnet_image, _IMAGE_FREE, capi.resnet_image_load, batch.paths[0], None)
    if isinstance(batch, Encoded):
        data = batch.items[0]
        return handle.create(capi.resnet_image, _IMAGE_FREE, capi.resnet_image_decode, data, len(data), None)
    if isinstance(batch, Frames) and len(batch) == 1:
        height, width, channels = batch.pixels.shape[1:]
        return handle.create(capi.resnet_image, _IMAGE_FREE, capi.resnet_image_from_pixels, get_address(batch.pixels),
                             width, height, batch.pixels.strides[1], _LAYOUTS[channels], None)
    raise TypeError(f"{type(value).__name__}: is not one picture")


def split(batch: Batch) -> Iterator[Any]:
    """Its pictures one by one, as make_image() takes them."""
    if isinstance(batch, Files):
        yield from (os.fsdecode(path) for path in batch.paths)
    elif isinstance(batch, Encoded):
        yield from batch.items
    elif isinstance(batch, Frames):
        yield from batch.pixels


def get_layout(frames: Frames) -> int:
    """RESNET_PIXELS_* of their channels."""
    return _LAYOUTS[frames.pixels.shape[3]]


# --- many ---

def _join(batches: Sequence[Batch]) -> Optional[Batch]:
    """One batch of several of a kind and shape; None where that cannot be."""
    first = batches[0]
    if len(batches) == 1:
        return first
    if any(type(one) is not type(first) for one in batches):
        return None
    if isinstance(first, Files):
        return Files([path for one in batches for path in one.paths])  # type: ignore[union-attr]
    if isinstance(first, Encoded):
        return Encoded([item for one in batches for item in one.items])  # type: ignore[union-attr]
    arrays: List[Any] = [one.pixels if isinstance(one, Frames) else one.values  # type: ignore[union-attr]
                         for one in batches]
    if any(array.shape[1:] != arrays[0].shape[1:] for array in arrays):
        return None
    joined = np.concatenate(arrays)
    return Frames(joined) if isinstance(first, Frames) else Inputs(joined)


def _gather(values: List[Batch]) -> Iterator[Batch]:
    """Neighbours of one kind and shape run together."""
    run: List[Batch] = []
    for value in values:
        if run and _join([run[-1], value]) is None:
            yield _join(run)  # type: ignore[misc]
            run = []
        run.append(value)
    if run:
        yield _join(run)  # type: ignore[misc]


def _first_of(item: Any) -> Any:
    """Generators of Keras's yield (pictures, labels) or (pictures, labels, weights)."""
    is_pair = isinstance(item, (tuple, list)) and 2 <= len(item) <= 3 and isinstance(item[0], np.ndarray)
    return item[0] if is_pair and item[0].ndim == 4 else item


def _column_of(frame: Any) -> Any:
    """The column of a DataFrame that holds paths."""
    for name in ("path", "file", "file_name", "filename", "image", "image_path"):
        if name in frame.columns:
            return frame[name]
    raise ValueError(f"the table has no column of paths (path, filename, image): {list(frame.columns)}")


def _cut(batch: Batch, size: int) -> Iterator[Batch]:
    for start in range(0, len(batch), size):
        part = slice(start, start + size)
        if isinstance(batch, Files):
            yield Files(batch.paths[part])
        elif isinstance(batch, Encoded):
            yield Encoded(batch.items[part])
        elif isinstance(batch, Frames):
            yield Frames(batch.pixels[part])
        else:
            yield Inputs(batch.values[part])


def _convert(item: Any, recipe: Optional[GetRecipe]) -> Batch:
    item = _first_of(item)
    batch = from_one(item, recipe)
    if batch is None and isinstance(item, (list, tuple)) and item:
        parts = [_convert(one, recipe) for one in item]
        batch = _join(parts)
        if batch is None:
            raise ValueError("a batch within a list has pictures of different kinds or sizes")
    if batch is None:
        raise TypeError(f"{type(item).__name__}: is no picture; paths, bytes, open files, Pillow's images and "
                        "arrays are")
    return batch


def _iterate(values: Iterable[Any], size: int, recipe: Optional[GetRecipe]) -> Iterator[Batch]:
    """Single pictures are gathered to batches of `size`; batches stay as they are."""
    waiting: List[Batch] = []
    for item in values:
        batch = _convert(item, recipe)
        if len(batch) == 1:
            waiting.append(batch)
        else:
            yield from _gather(waiting)
            waiting = []
            yield from _cut(batch, size)
        if len(waiting) == size:
            yield from _gather(waiting)
            waiting = []
    yield from _gather(waiting)


def count(value: Any) -> Optional[int]:
    """How many pictures a value has where that shows beforehand: of an array."""
    return len(value) if isinstance(value, np.ndarray) and value.ndim == 4 else None


def read_batches(value: Any, size: int, recipe: Optional[GetRecipe], steps: Optional[int] = None) -> Iterator[Batch]:
    """Batches of at most `size` pictures, in order. Arrays are not copied where their layout allows. `steps` ends it
    after so many batches, of a generator after so many of what it yields."""
    if size < 1:
        raise ValueError(f"batch_size {size}: must be at least 1")
    batch = from_one(value, recipe)
    if batch is not None:
        return itertools.islice(_cut(batch, size), steps)
    if hasattr(value, "columns"):
        value = _column_of(value)
    if not hasattr(value, "__iter__"):
        raise TypeError(f"{type(value).__name__}: is neither a picture nor a sequence of pictures")
    return _iterate(itertools.islice(value, steps), size, recipe)


def to_array(image: handle.Handle) -> Pixels:
    """A copy of an image's pixels, uint8 [height][width][3], RGB."""
    height = capi.resnet_image_get_height(image)
    width = capi.resnet_image_get_width(image)
    pixels = capi.resnet_image_get_pixels(image)
    shape: Tuple[int, ...] = (height, width, 3)
    return np.ctypeslib.as_array(ctypes.cast(pixels, ctypes.POINTER(ctypes.c_uint8)), shape).copy()
