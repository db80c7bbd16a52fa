"""Pictures that are changed each time they are shown, as Keras's ImageDataGenerator. SPDX-License-Identifier: MIT"""
import ctypes
import os
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Optional, Sequence, Tuple, Union

import numpy as np

from . import applications, capi, folders, handle, options, pictures
from .dataset import Dataset
from .options import Text
from .recipe import FloatArray, Recipe

if TYPE_CHECKING:
    from .model import Model

_CLASS_MODES = ("categorical", "sparse", "binary", None)


def _read_range(name: str, value: Any) -> Tuple[float, float]:
    """A pair as it is, a number as that much around 1."""
    pair = tuple(value) if hasattr(value, "__len__") else (1 - value, 1 + value)
    if len(pair) != 2:
        raise ValueError(f"{name} {value!r}: a number or a pair is wanted")
    return float(pair[0]), float(pair[1])


def _read_shift(name: str, value: Any) -> float:
    if hasattr(value, "__len__"):
        raise NotImplementedError(f"{name} {value!r}: a list of shifts is not to be had, a number is")
    return float(value)


def _is_keras(function: Any) -> bool:
    """Ours, or that of Keras's module of ResNets of 2015."""
    module = getattr(function, "__module__", "") or ""
    is_theirs = getattr(function, "__name__", "") == "preprocess_input" and module.split(".")[-1] in ("resnet", "resnet50")
    return function is applications.preprocess_input or is_theirs


class ImageDataGenerator:
    """What is done to pictures that a fit learns from; flows do it, to Datasets. Ranges and probabilities are Keras's:
    rotation_range and shear_range degrees either way, shifts a share of the side below 1 and px from 1 on,
    zoom_range a number or a pair, brightness_range a pair of factors, channel_shift_range 0..255, flips of one in two.

    A model prepares pictures by its own recipe, of which `rescale` and `preprocessing_function` (preprocess_input) are
    an assertion: a model with another recipe refuses the flow. Other functions, centring and whitening
    are refused by name. validation_split: the share of the subset "validation".
    """

    def __init__(self, *, rotation_range: float = 0, width_shift_range: float = 0.0, height_shift_range: float = 0.0,
                 brightness_range: Optional[Sequence[float]] = None, shear_range: float = 0.0,
                 zoom_range: Union[float, Sequence[float]] = 0.0, channel_shift_range: float = 0.0,
                 fill_mode: str = "nearest", cval: float = 0.0, horizontal_flip: bool = False,
                 vertical_flip: bool = False, rescale: Optional[float] = None,
                 preprocessing_function: Optional[Callable[[Any], Any]] = None, data_format: Optional[str] = None,
                 validation_split: float = 0.0, **more: Any) -> None:
        for name, value in more.items():
            if value:
                raise NotImplementedError(f"ImageDataGenerator: {name} is not to be had")
        if data_format not in (None, "channels_last"):
            raise ValueError(f"data_format {data_format!r}: flows give channels_last")
        if not 0 <= validation_split < 1:
            raise ValueError(f"validation_split {validation_split!r}: must be in [0, 1)")
        self.validation_split = validation_split
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.recipe = self._find_recipe()
        low, high = (1.0, 1.0) if brightness_range is None else _read_range("brightness_range", brightness_range)
        self._fields: Dict[str, Any] = {
            "rotation_range": float(rotation_range), "shear_range": float(shear_range),
            "width_shift_range": _read_shift("width_shift_range", width_shift_range),
            "height_shift_range": _read_shift("height_shift_range", height_shift_range),
            "zoom_range": _read_range("zoom_range", zoom_range), "brightness_range": (low, high),
            "channel_shift_range": float(channel_shift_range), "cval": float(cval),
            "fill_mode": options.choose("FILL", fill_mode, "fill_mode"),
            "horizontal_flip": 0.5 * bool(horizontal_flip), "vertical_flip": 0.5 * bool(vertical_flip)}

    def _find_recipe(self) -> Optional[Recipe]:
        """What pictures go through by rescale or preprocessing_function."""
        function, rescale = self.preprocessing_function, self.rescale
        if function is not None and rescale:
            raise ValueError("rescale and preprocessing_function: one of them")
        if function is not None:
            if not _is_keras(function):
                raise NotImplementedError(f"preprocessing_function {function!r}: only preprocess_input is to be had; a "
                                          "Dataset.from_function() makes pictures by any function")
            return Recipe.named("keras")
        if not rescale:
            return None
        struct = Recipe.named("unit").to_struct()
        struct.divisor = round(1 / rescale, 4)
        return Recipe.from_struct(struct)

    def to_struct(self) -> Any:
        """As capi.resnet_augment."""
        struct = capi.resnet_augment()
        capi.resnet_augment_init(ctypes.byref(struct), ctypes.sizeof(struct), None)
        for name, value in self._fields.items():
            if isinstance(value, tuple):
                getattr(struct, name)[:] = value
            else:
                setattr(struct, name, value)
        return struct

    def get_training_fields(self) -> Dict[str, Any]:
        """Of resnet_trainer_options: nothing where pictures stay as they are, whose features can be kept."""
        struct, plain = self.to_struct(), ImageDataGenerator().to_struct()
        struct.fill_mode, struct.cval = plain.fill_mode, plain.cval
        if bytes(struct) == bytes(plain):
            return {}
        return {"augmentation": ctypes.pointer(self.to_struct())}

    def apply(self, pixels: Any, target_size: Tuple[int, int], seed: int, epoch: int, sample: int) -> FloatArray:
        """A changed picture, float32 [height][width][3] in 0..255. What is drawn follows from the last three."""
        height, width = target_size
        recipe = Recipe.named("keras").to_struct()
        recipe.crop_height, recipe.crop_width = height, width
        image, struct = pictures.make_image(pixels), self.to_struct()
        changed = handle.create(capi.resnet_image, capi.resnet_image_free, capi.resnet_augment_image, image,
                                ctypes.byref(struct), ctypes.byref(recipe), seed, epoch, sample)
        return pictures.to_array(changed).astype(np.float32)

    def scale(self, x: FloatArray) -> FloatArray:
        """What rescale or preprocessing_function make of pixels."""
        return x if self.recipe is None else self.recipe.scale(x)

    # --- flows ---

    def _choose_part(self, n: int, subset: Optional[str]) -> range:
        """Keras's places: the first ones are for validation."""
        _check_subset(subset, self.validation_split)
        cut = int(n * self.validation_split)
        return range(n) if subset is None else range(cut) if subset == "validation" else range(cut, n)

    def flow(self, x: Any, y: Any = None, batch_size: int = 32, shuffle: bool = True, seed: Optional[int] = None,
             subset: Optional[str] = None, *, class_names: Optional[Sequence[str]] = None,
             target_size: Optional[Tuple[int, int]] = None, class_mode: Optional[str] = "sparse") -> "Flow":
        """Of pixels [n][height][width][1 or 3], uint8 or floats that are whole numbers in 0..255, or a list of paths or
        pictures, with labels y: numbers, names or one-hot rows."""
        dataset = Dataset.from_samples(_to_pixels(x), y, class_names)
        part = self._choose_part(len(dataset), subset)
        is_rows = np.ndim(y) == 2 if y is not None else False
        return Flow(dataset.subset(part), self, batch_size, target_size, "categorical" if is_rows else class_mode,
                    shuffle, seed)

    def flow_from_directory(self, directory: Text, target_size: Optional[Tuple[int, int]] = None,
                            color_mode: str = "rgb", classes: Optional[Sequence[str]] = None,
                            class_mode: Optional[str] = "categorical", batch_size: int = 32, shuffle: bool = True,
                            seed: Optional[int] = None, subset: Optional[str] = None, **more: Any) -> "Flow":
        """Of a folder with a subfolder a class. The subset "validation" has validation_split of each class (Keras:
        the first ones), whatever the seed. `more`: fields of resnet_dataset_options."""
        if color_mode != "rgb":
            raise ValueError(f"color_mode {color_mode!r}: the network sees rgb, which grey pictures become")
        _check_subset(subset, self.validation_split)
        dataset = folders.image_dataset_from_directory(
            directory, class_names=classes, subset=subset,
            validation_split=self.validation_split if subset is not None else None, **more)
        assert isinstance(dataset, Dataset)
        return Flow(dataset, self, batch_size, target_size, class_mode, shuffle, seed, directory)

    def flow_from_dataframe(self, dataframe: Any, directory: Optional[Text] = None, x_col: str = "filename",
                            y_col: Optional[str] = "class", target_size: Optional[Tuple[int, int]] = None,
                            color_mode: str = "rgb", classes: Optional[Sequence[str]] = None,
                            class_mode: Optional[str] = "categorical", batch_size: int = 32, shuffle: bool = True,
                            seed: Optional[int] = None, subset: Optional[str] = None, **more: Any) -> "Flow":
        """Of a table with a row a picture, as dataset_from_dataframe(); the subset "validation" is its first rows."""
        if color_mode != "rgb":
            raise ValueError(f"color_mode {color_mode!r}: the network sees rgb, which grey pictures become")
        dataset = folders.dataset_from_dataframe(dataframe, directory, x_col, y_col, classes, **more)
        part = self._choose_part(len(dataset), subset)
        return Flow(dataset.subset(part), self, batch_size, target_size, class_mode, shuffle, seed, directory)


def _check_subset(subset: Optional[str], share: float) -> None:
    if subset not in (None, "training", "validation"):
        raise ValueError(f"subset {subset!r}: is neither 'training' nor 'validation'")
    if subset is not None and not share:
        raise ValueError("subset: ImageDataGenerator(validation_split=) says how much the validation gets")


def _to_pixels(x: Any) -> Any:
    """Floats that hold 8-bit pixels as such: what others do to floats cannot be done to pictures here."""
    if not isinstance(x, np.ndarray) or x.dtype == np.uint8:
        return x
    if x.dtype.kind not in "fiu" or x.size and not ((x >= 0) & (x <= 255) & (x == np.floor(x))).all():
        raise ValueError("flow() takes pixels, whole numbers from 0 to 255; rescale= and preprocessing_function= scale")
    return x.astype(np.uint8)


class Flow(Dataset):
    """A Dataset whose pictures are changed while a fit learns from them, each epoch otherwise. It is measured and
    predicted as it is, in its order.

    next(flow) gives changed batches without end, for looking at: (float32 [n][height][width][3], labels), as rescale or
    preprocessing_function make them; class_mode says what labels are: one-hot rows ("categorical"), numbers ("sparse",
    or "binary" of two classes), or None. Iterating gives those of one epoch. len() counts pictures.
    """

    def __init__(self, dataset: Dataset, generator: ImageDataGenerator, batch_size: int = 32,
                 target_size: Optional[Tuple[int, int]] = None, class_mode: Optional[str] = "categorical",
                 shuffle: bool = True, seed: Optional[int] = None, directory: Optional[Text] = None) -> None:
        super().__init__(dataset._handle, dataset._keep)
        if class_mode not in _CLASS_MODES:
            raise ValueError(f"class_mode {class_mode!r}: is none of 'categorical', 'sparse', 'binary', None")
        if class_mode == "binary" and dataset.n_classes != 2:
            raise ValueError(f"class_mode 'binary': there are {dataset.n_classes} classes")
        self.generator, self.class_mode = generator, class_mode
        self.target_size = tuple(target_size) if target_size is not None else None
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed or 0
        self.image_size = target_size or (224, 224)
        self.directory = directory
        self._rest: Optional[Iterator[Any]] = None

    def _derive(self, owned: handle.Handle) -> "Flow":
        made = Flow(Dataset(owned, self._keep), self.generator, self.batch_size, None, self.class_mode, self.shuffle,
                    self.seed, self.directory)
        made.target_size, made.image_size = self.target_size, self.image_size
        return made

    # --- Keras's names ---

    @property
    def samples(self) -> int:
        """Pictures."""
        return len(self)

    n = samples

    @property
    def num_classes(self) -> int:
        """Classes."""
        return self.n_classes

    @property
    def classes(self) -> "np.ndarray[Any, np.dtype[np.int32]]":
        """A label a picture."""
        return self.labels

    @property
    def class_indices(self) -> Dict[str, int]:
        """{name: label}."""
        return {name: i for i, name in enumerate(self.class_names)}

    @property
    def filepaths(self) -> Sequence[str]:
        """A path a picture."""
        return self.paths

    @property
    def filenames(self) -> Sequence[str]:
        """Below the folder that was opened."""
        if self.directory is None:
            return self.paths
        return [os.path.relpath(path, self.directory) for path in self.paths]

    # --- what a fit learns from ---

    def check_model(self, model: "Model") -> None:
        wanted, recipe = model.recipe, self.generator.recipe
        if recipe is not None and not recipe.agrees(wanted):
            said = "rescale" if self.generator.rescale else "preprocessing_function"
            raise ValueError(f"{said}: the model scales pixels by its own recipe, {wanted.name!r}, which is another: leave "
                             "it out, or set model.recipe if the weights were trained so")
        if self.target_size is not None and self.target_size != wanted.crop:
            raise ValueError(f"target_size {self.target_size}: the model's recipe makes {wanted.crop}; "
                             "ResNet50(input_shape=) changes it")

    def get_training_fields(self) -> Dict[str, Any]:
        return self.generator.get_training_fields()

    # --- what is looked at ---

    def _make_labels(self, indices: Any) -> Any:
        numbers = self.labels_of(indices)
        if self.class_mode == "categorical":
            return np.eye(self.n_classes, dtype=np.float32)[numbers]
        return numbers.astype(np.float32) if self.class_mode == "binary" else numbers

    def __iter__(self) -> Iterator[Any]:
        order, epoch = np.arange(len(self)), self._n_rounds
        if self.shuffle:
            np.random.default_rng([self.seed, epoch]).shuffle(order)
        self._n_rounds += 1
        for start in range(0, len(order), self.batch_size):
            chosen = order[start:start + self.batch_size]
            x = np.stack([self.generator.apply(self.load_image(int(i)), self.image_size, self.seed, epoch, int(i))
                          for i in chosen])
            scaled = self.generator.scale(x)
            yield scaled if self.class_mode is None else (scaled, self._make_labels(chosen))

    def __next__(self) -> Any:
        while len(self):
            if self._rest is None:
                self._rest = iter(self)
            try:
                return next(self._rest)
            except StopIteration:
                self._rest = None
        raise StopIteration

    next = __next__
