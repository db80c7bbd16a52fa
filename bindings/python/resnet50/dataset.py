"""Labelled pictures to learn from and to be measured on. SPDX-License-Identifier: MIT"""
import ctypes
import os
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple, Union, overload

import numpy as np
import numpy.typing as npt

from . import capi, errors, handle, labels, options, pictures
from .capi.pointers import get_address
from .options import Text
from .pictures import Pixels
from .recipe import FloatArray

if TYPE_CHECKING:
    from .model import Model

IntArray = npt.NDArray[np.int32]
#: The label of a sample that has none.
UNLABELLED = capi.RESNET_UNLABELLED


def _create(function: Callable[..., Any], *arguments: Any) -> handle.Handle:
    return handle.create(capi.resnet_dataset, capi.resnet_dataset_free, function, *arguments)


def _make_options(part: str, fields: Dict[str, Any]) -> Any:
    """resnet_dataset_options; on_corrupt and part by their names."""
    if isinstance(fields.get("on_corrupt"), str):
        fields["on_corrupt"] = options.choose("CORRUPT", fields["on_corrupt"], "on_corrupt")
    if fields.get("cache_file") is not None:
        fields["cache_file"] = options.encode_path(fields["cache_file"])
    return options.make(capi.resnet_dataset_options, part=options.choose("PART", part, "part"), **fields)


class _Reader:
    """A Python function that makes samples, as the library calls it from threads of its own."""

    def __init__(self, read: Callable[[int], Any]) -> None:
        self.failure: Optional[BaseException] = None
        self._read = read
        self.callback = capi.resnet_dataset_read_callback(self._call)

    def _call(self, _user_data: Any, out: Any, index: int) -> int:
        try:
            image = pictures.make_image(self._read(index))
            image.give_away()
            out[0] = image.pointer
            return capi.RESNET_OK
        except BaseException as error:  # pylint: disable=broad-except
            self.failure = self.failure or error
            status = error.status if isinstance(error, errors.ResNetError) else capi.RESNET_E_INVALID
            text = f"sample {index}: {type(error).__name__}: {error}"
            return capi.resnet_set_error(status, text.encode().replace(b"\0", b" "))


class Dataset:
    """Where samples are found, their labels, and the names of their classes. Pixels are read when they are
    wanted; it never changes, so that any number of threads may use it.

    As a sequence: len(), dataset[i] is (pixels uint8 [height][width][3], label), dataset[a:b] a Dataset.
    Iterating gives batches of `batch_size`: (pixels float32 [n][height][width][3] in 0..255, resized to
    `image_size`, labels int32 [n]), shuffled anew each time if `shuffle`.
    """

    def __init__(self, owned: handle.Handle, keep: Tuple[Any, ...] = ()) -> None:
        self._handle = owned
        self._keep = keep  #: memory and functions that the samples are made of
        self.batch_size = 32
        self.image_size: Tuple[int, int] = (224, 224)
        self.interpolation = "bilinear"
        self.shuffle = False
        self.seed = 0
        self._n_rounds = 0

    def _derive(self, owned: handle.Handle) -> "Dataset":
        """What is cut from it reads its samples."""
        made = Dataset(owned, self._keep)
        made.batch_size, made.image_size, made.interpolation = self.batch_size, self.image_size, self.interpolation
        made.shuffle, made.seed = self.shuffle, self.seed
        return made

    # --- where they come from ---

    @classmethod
    def from_directory(cls, directory: Text, part: str = "all", **more: Any) -> "Dataset":
        """A folder with one subfolder of pictures a class, below train/, val/ and the like or not. part: "all",
        "train", "val" or "test". `more`: fields of resnet_dataset_options, such as val_fraction, seed, on_corrupt
        ("error" or "skip"), orient."""
        wanted = _make_options(part, more)
        return cls(_create(capi.resnet_dataset_open_folder, options.encode_path(directory), ctypes.byref(wanted)))

    @classmethod
    def from_manifest(cls, path: Text, class_names: Sequence[str] = (), part: str = "all", **more: Any) -> "Dataset":
        """A CSV or JSON-lines file with a row a picture: path, label, perhaps part."""
        wanted = _make_options(part, more)
        names = options.encode_list(class_names) if class_names else None
        return cls(_create(capi.resnet_dataset_open_manifest, options.encode_path(path), names, len(class_names),
                           ctypes.byref(wanted)))

    @classmethod
    def from_cifar(cls, directory: Text, part: str = "all", coarse: bool = False, **more: Any) -> "Dataset":
        """CIFAR-10 or CIFAR-100 in its binary version."""
        wanted = _make_options(part, more)
        return cls(_create(capi.resnet_dataset_open_cifar, options.encode_path(directory), int(coarse),
                           ctypes.byref(wanted)))

    @classmethod
    def from_imagenet(cls, directory: Text, part: str = "all", annotations: Optional[Text] = None,
                      synsets: Optional[Text] = None, **more: Any) -> "Dataset":
        """ILSVRC 2012 and what is laid out like it."""
        wanted = _make_options(part, more)
        files = [options.encode_path(one) if one is not None else None for one in (annotations, synsets)]
        return cls(_create(capi.resnet_dataset_open_imagenet, options.encode_path(directory), *files,
                           ctypes.byref(wanted)))

    @classmethod
    def from_hdf5(cls, path: Text, images: Optional[str] = None, labels: Optional[str] = None,
                  part: str = "all", **more: Any) -> "Dataset":
        """8-bit pixels and labels from arrays of an HDF5 file, called "images" and "labels" if not said otherwise."""
        wanted = _make_options(part, more)
        names = [options.encode(one) if one is not None else None for one in (images, labels)]
        return cls(_create(capi.resnet_dataset_open_hdf5, options.encode_path(path), *names, ctypes.byref(wanted)))

    @classmethod
    def from_samples(cls, samples: Any, y: Any = None, class_names: Optional[Sequence[str]] = None,
                     part: str = "all", **more: Any) -> "Dataset":
        """Your own: a uint8 array [n][height][width][channels] (not copied where it is in one piece, and to be left
        alone from then on), or a sequence of paths, bytes, Pillow's images and arrays. y: labels as numbers, names
        or one-hot rows; None: none."""
        numbers, names = labels.read(y, len(samples), class_names)
        wanted = _make_options(part, more)
        builder = handle.create(capi.resnet_dataset_builder, capi.resnet_dataset_builder_free,
                                capi.resnet_dataset_builder_create, options.encode_list(names), len(names),
                                ctypes.byref(wanted))
        keep = tuple(_add(builder, sample, int(number)) for sample, number in zip(samples, numbers))
        return cls(_create(capi.resnet_dataset_builder_finish, builder),
                   tuple(one for one in keep if one is not None))

    @classmethod
    def from_function(cls, read: Callable[[int], Any], y: Sequence[Any], class_names: Optional[Sequence[str]] = None,
                      part: str = "all", **more: Any) -> "Dataset":
        """Samples made when they are wanted: read(index) returns a path, bytes, Pillow's image or an array, the same
        for the same index. It is called from several threads. What it raises stops the call that wanted
        the sample, and comes out of it."""
        numbers, names = labels.read(y, len(y), class_names)
        wanted = _make_options(part, more)
        reader = _Reader(read)
        owned = _create(capi.resnet_dataset_from_callback, reader.callback, None, len(numbers), numbers,
                        options.encode_list(names), len(names), ctypes.byref(wanted))
        return cls(owned, (reader,))

    # --- what they are ---

    @property
    def _as_parameter_(self) -> Any:
        """The functions of capi take it as it is."""
        return self._handle.pointer

    def __len__(self) -> int:
        return capi.resnet_dataset_get_n_samples(self._handle)

    @property
    def n_classes(self) -> int:
        """Classes, those without samples included."""
        return capi.resnet_dataset_get_n_classes(self._handle)

    @property
    def class_names(self) -> List[str]:
        """Their names; a label is an index into them."""
        return [options.decode(capi.resnet_dataset_get_class_name(self._handle, i)) for i in range(self.n_classes)]

    @property
    def labels(self) -> IntArray:
        """A label a sample, int32 [n]; -1 where there is none."""
        get = capi.resnet_dataset_get_label
        return np.fromiter((get(self._handle, i) for i in range(len(self))), np.int32, len(self))

    @property
    def paths(self) -> List[str]:
        """Where each sample is found: a file's path, or a name for what is no file of its own."""
        get = capi.resnet_dataset_get_path
        return [os.fsdecode(get(self._handle, i) or b"") for i in range(len(self))]

    @property
    def n_ignored(self) -> int:
        """Files that were left out on opening since their names do not end as a picture's."""
        return capi.resnet_dataset_get_n_ignored(self._handle)

    @property
    def digest(self) -> str:
        """32 hexadecimal digits that follow from names, order and classes."""
        text = ctypes.create_string_buffer(capi.RESNET_DIGEST_SIZE)
        capi.resnet_dataset_copy_digest(text, len(text), self._handle)  # type: ignore[arg-type,unused-ignore]
        return text.value.decode()

    def class_counts(self) -> "npt.NDArray[np.uint64]":
        """Samples of each class."""
        out = np.zeros(self.n_classes, np.uint64)
        capi.resnet_dataset_copy_class_counts(out, len(out), self._handle)
        return out

    def class_weights(self) -> Dict[int, float]:
        """What Keras's class_weight takes, as scikit-learn's compute_class_weight("balanced")."""
        out = np.zeros(self.n_classes, np.float32)
        capi.resnet_dataset_copy_class_weights(out, len(out), self._handle)
        return {i: float(weight) for i, weight in enumerate(out)}

    def __repr__(self) -> str:
        return f"<resnet50.Dataset: {len(self)} samples of {self.n_classes} classes>"

    def take_failure(self) -> Optional[BaseException]:
        """What the function of from_function() raised last in a call of the library, once."""
        for reader in self._keep:
            if isinstance(reader, _Reader) and reader.failure is not None:
                failure, reader.failure = reader.failure, None
                return failure
        return None

    def check_model(self, model: "Model") -> None:
        """Raises where its pictures are not for the model."""

    def get_training_fields(self) -> Dict[str, Any]:
        """Fields of resnet_trainer_options that a fit to it has."""
        return {}

    # --- samples ---

    def load_image(self, index: int) -> Pixels:
        """The pixels of a sample, uint8 [height][width][3]; no recipe is applied."""
        return pictures.to_array(self._load(index))

    def _load(self, index: int) -> handle.Handle:
        try:
            return handle.create(capi.resnet_image, capi.resnet_image_free, capi.resnet_dataset_load_image,
                                 self._handle, index)
        except errors.ResNetError:
            failure = self.take_failure()
            if failure is not None:
                raise failure
            raise

    @overload
    def __getitem__(self, index: int) -> Tuple[Pixels, int]: ...

    @overload
    def __getitem__(self, index: slice) -> "Dataset": ...

    def __getitem__(self, index: Union[int, slice]) -> Any:
        if isinstance(index, slice):
            return self.subset(range(len(self))[index])
        place = range(len(self))[index]
        return self.load_image(place), capi.resnet_dataset_get_label(self._handle, place)

    def __iter__(self) -> Iterator[Tuple[FloatArray, IntArray]]:
        order = np.arange(len(self))
        if self.shuffle:
            np.random.default_rng([self.seed, self._n_rounds]).shuffle(order)
        self._n_rounds += 1
        for start in range(0, len(order), self.batch_size):
            chosen = order[start:start + self.batch_size]
            yield self._load_batch(chosen), self.labels_of(chosen)

    def labels_of(self, indices: Any) -> IntArray:
        """The labels of some samples."""
        return np.array([capi.resnet_dataset_get_label(self._handle, int(i)) for i in indices], np.int32)

    def _load_batch(self, indices: Any) -> FloatArray:
        height, width = self.image_size
        filter_number = options.choose("FILTER", self.interpolation, "interpolation")
        out = np.empty((len(indices), height, width, 3), np.float32)
        for row, index in zip(out, indices):
            resized = handle.create(capi.resnet_image, capi.resnet_image_free, capi.resnet_image_resize,
                                    self._load(int(index)), width, height, filter_number)
            row[...] = pictures.to_array(resized)
        return out

    # --- what can be cut from them ---

    def subset(self, indices: Sequence[int]) -> "Dataset":
        """The samples at `indices`, in that order, with all the classes."""
        array = np.ascontiguousarray(indices, np.uint64)
        return self._derive(_create(capi.resnet_dataset_subset, self._handle, array, len(array)))

    def _cut_in_two(self, function: Callable[..., Any], *arguments: Any) -> Tuple["Dataset", "Dataset"]:
        first = ctypes.POINTER(capi.resnet_dataset)()
        second = ctypes.POINTER(capi.resnet_dataset)()
        function(ctypes.byref(first), ctypes.byref(second), self._handle, *arguments)
        return (self._derive(handle.Handle(first, capi.resnet_dataset_free)),
                self._derive(handle.Handle(second, capi.resnet_dataset_free)))

    def split(self, val_fraction: float = 0.2, seed: int = 0) -> Tuple["Dataset", "Dataset"]:
        """(train, validation), each class keeping its share."""
        return self._cut_in_two(capi.resnet_dataset_split, val_fraction, seed)

    def fold(self, n_folds: int, fold: int, seed: int = 0) -> Tuple["Dataset", "Dataset"]:
        """(train, validation) of one fold of a stratified cross-validation."""
        return self._cut_in_two(capi.resnet_dataset_fold, n_folds, fold, seed)

    def take_per_class(self, n_per_class: int, seed: int = 0) -> "Dataset":
        """At most so many samples of each class."""
        return self._derive(_create(capi.resnet_dataset_take_per_class, self._handle, n_per_class, seed))

    def relabel(self, class_names: Sequence[str], new_labels: Sequence[int]) -> "Dataset":
        """The same samples with other classes: what was class c becomes new_labels[c]."""
        numbers = np.ascontiguousarray(new_labels, np.uint32)
        if len(numbers) != self.n_classes:
            raise ValueError(f"new_labels: {self.n_classes} numbers are wanted, not {len(numbers)}")
        return self._derive(_create(capi.resnet_dataset_relabel, self._handle, options.encode_list(class_names),
                                    len(class_names), numbers))


def _add(builder: Any, sample: Any, label: int) -> Any:
    """Adds one sample; returns what has to stay alive for it."""
    batch = pictures.from_one(sample)
    if isinstance(batch, pictures.Files):
        capi.resnet_dataset_builder_add_file(builder, batch.paths[0], label)
    elif isinstance(batch, pictures.Encoded):
        data = batch.items[0]
        capi.resnet_dataset_builder_add_bytes(builder, data, len(data), label, None)
    elif isinstance(batch, pictures.Frames) and len(batch) == 1:
        _, height, width, _ = batch.pixels.shape
        capi.resnet_dataset_builder_borrow_pixels(builder, get_address(batch.pixels), width, height,
                                                  batch.pixels.strides[1], pictures.get_layout(batch), label, None)
        return batch.pixels
    else:
        raise TypeError(f"{type(sample).__name__}: is no sample: paths, bytes, Pillow's images and uint8 arrays are")
    return None
