"""Datasets as Keras users ask for them. SPDX-License-Identifier: MIT"""
import os
from typing import Any, List, Optional, Sequence, Tuple, Union

from .dataset import Dataset
from .options import Text

_PARTS = {"training": "train", "validation": "val"}


def _order_classes(dataset: Dataset, class_names: Sequence[str]) -> Dataset:
    found = dataset.class_names
    if sorted(found) != sorted(class_names):
        raise ValueError(f"class_names {list(class_names)}: the folders are {found}")
    places = {name: i for i, name in enumerate(class_names)}
    return dataset.relabel(class_names, [places[name] for name in found])


def image_dataset_from_directory(
        directory: Text, labels: str = "inferred", label_mode: str = "int",
        class_names: Optional[Sequence[str]] = None, batch_size: int = 32, image_size: Tuple[int, int] = (256, 256),
        shuffle: bool = True, seed: Optional[int] = None, validation_split: Optional[float] = None,
        subset: Optional[str] = None, interpolation: str = "bilinear", **more: Any
) -> Union[Dataset, Tuple[Dataset, Dataset]]:
    """A Dataset of a folder with a subfolder a class, as keras.utils.image_dataset_from_directory.

    subset: "training", "validation", or "both" for a pair; validation_split is the share held out, of each class
    (Keras: of all). image_size, shuffle and interpolation tell what iterating gives: a model reads pictures by its own
    recipe. `more`: fields of resnet_dataset_options. Raises FileNotFoundError, ValueError.
    """
    if labels != "inferred" or label_mode != "int":
        raise ValueError("labels are inferred from the folders and are numbers: Dataset.from_samples() takes others")
    if (subset is None) != (validation_split is None):
        raise ValueError("validation_split and subset belong together")
    if subset not in (None, "training", "validation", "both"):
        raise ValueError(f"subset {subset!r}: is none of 'training', 'validation', 'both'")
    wanted: List[str] = list(_PARTS.values()) if subset == "both" else [_PARTS[subset] if subset else "all"]
    made = []
    for part in wanted:
        dataset = Dataset.from_directory(directory, part, seed=seed, val_fraction=validation_split, **more)
        dataset = _order_classes(dataset, class_names) if class_names is not None else dataset
        dataset.batch_size, dataset.image_size, dataset.interpolation = batch_size, image_size, interpolation
        dataset.shuffle, dataset.seed = shuffle, seed or 0
        made.append(dataset)
    return (made[0], made[1]) if subset == "both" else made[0]


def dataset_from_dataframe(dataframe: Any, directory: Optional[Text] = None, x_col: str = "filename",
                           y_col: Optional[str] = "class", classes: Optional[Sequence[str]] = None,
                           **more: Any) -> Dataset:
    """A Dataset of a table with a row a picture (pandas's, or a mapping of columns): x_col holds paths, below
    `directory` where they are relative; y_col labels, None for none. `more` as in Dataset.from_samples()."""
    paths = [os.path.join(os.fspath(directory or ""), path) for path in dataframe[x_col]]
    y = None if y_col is None else list(dataframe[y_col])
    return Dataset.from_samples(paths, y, classes, **more)
