"""The network as Keras users ask for it. SPDX-License-Identifier: MIT"""
import os
from typing import Any, List, Optional, Sequence, Tuple, Union

import numpy as np

from . import capi, errors, options
from .model import Model, load_model
from .options import Text
from .recipe import PreparedArray, Recipe

_KERAS_FILE = "resnet50_weights_tf_dim_ordering_tf_kernels.h5"
_KERAS_URL = "https://storage.googleapis.com/tensorflow/keras-applications/resnet/" + _KERAS_FILE


def _find_imagenet() -> str:
    """Keras's own file where Keras keeps it. Nothing is fetched behind anybody's back."""
    home = os.environ.get("KERAS_HOME", os.path.join(os.path.expanduser("~"), ".keras"))
    path = os.path.join(home, "models", _KERAS_FILE)
    if not os.path.exists(path):
        raise errors.NotFoundError(f"weights='imagenet': {path} is not there. No weights come with this package, and it "
                                   f"fetches none: put {_KERAS_URL} there, or give a file's path as weights")
    return path


def _get_size(input_shape: Optional[Sequence[Optional[int]]]) -> Optional[Tuple[int, int]]:
    if input_shape is None:
        return None
    if len(input_shape) != 3 or 3 not in (input_shape[0], input_shape[2]):
        raise ValueError(f"input_shape {tuple(input_shape)}: (height, width, 3) is wanted")
    height, width = input_shape[:2] if input_shape[2] == 3 else input_shape[1:]
    return None if height is None or width is None else (height, width)


def set_size(model: Model, size: Optional[Tuple[int, int]]) -> None:
    """The recipe's crop; what was resized to it exactly still is."""
    if size is not None and model.recipe.crop != size:
        struct = model.recipe.to_struct()
        if size[0] == size[1]:
            capi.resnet_recipe_set_size(struct, size[0])
        struct.crop_height, struct.crop_width = size
        model.recipe = Recipe.from_struct(struct)


def _load(weights: Union[Text, bytes, None], classes: Optional[int], pooling: str, seed: int,
          include_top: bool) -> Model:
    if weights is None:
        model = Model.new(classes or 1000, pooling=pooling, seed=seed, variant=capi.RESNET_VARIANT_V1,
                          bn_epsilon=1.001e-5)
        model.recipe = Recipe.named("keras")
        return model
    path = _find_imagenet() if isinstance(weights, str) and weights == "imagenet" else weights
    if pooling == "max":
        return load_model(path, new_head=1, n_classes=classes or 1000, pooling=capi.RESNET_POOLING_MAX)
    return load_model(path, n_classes=classes if include_top else None)


def ResNet50(include_top: bool = True, weights: Union[Text, bytes, None] = "imagenet", *,
             input_shape: Optional[Sequence[Optional[int]]] = None, pooling: Optional[str] = None,
             classes: Optional[int] = None, classifier_activation: Optional[str] = "softmax",
             class_names: Optional[Sequence[str]] = None, n_threads: int = 0, seed: int = 0,
             name: str = "resnet50") -> Model:
    """ResNet-50 as keras.applications.ResNet50.

    weights: a file (any that load_model() reads) or its bytes; "imagenet": Keras's own, where Keras keeps
    it (~/.keras/models); None: random ones, Keras's variant of the network with Keras's recipe.
    include_top: False gives feature maps [n][h][w][2048], or with pooling "avg" or "max" their pooled
    form [n][2048]. input_shape: (height, width, 3), the size that the recipe makes; any from 32 px.
    classifier_activation: "softmax", or None for logits. classes: their number, by default the file's.

    Raises FileNotFoundError, ValueError (another network, another number of classes).
    """
    if pooling not in (None, "avg", "max"):
        raise ValueError(f"pooling {pooling!r}: is none of None, 'avg', 'max'")
    if classifier_activation not in ("softmax", None, "linear"):
        raise ValueError(f"classifier_activation {classifier_activation!r}: is neither 'softmax' nor None")
    kind = "max" if pooling == "max" and not include_top else "average"
    model = _load(weights, classes, kind, seed, include_top)
    if include_top and model.n_classes == 0:
        raise ValueError("the weights have no head: include_top=False, or model.with_head(n) for a new one")
    if not include_top:
        model.output_kind = "features" if pooling is None else "embeddings"
    elif classifier_activation != "softmax":
        model.output_kind = "logits"
    set_size(model, _get_size(input_shape))
    if class_names is not None:
        model.class_names = list(class_names)
    model.name, model.n_threads = name, n_threads
    return model


def preprocess_input(x: Any, data_format: Optional[str] = None, *,
                     recipe: Union[str, Recipe] = "keras") -> PreparedArray:
    """Pixels 0..255, RGB, as the network's input: a float32 array of the same shape; x stays as it is.

    data_format: "channels_last" (the default), or "channels_first". recipe: Keras's by default (BGR, less the mean);
    model.recipe is that of a model's weights. A model of another recipe refuses what comes out of here, as
    long as it is passed on as it is.
    """
    if data_format not in (None, "channels_last", "channels_first"):
        raise ValueError(f"data_format {data_format!r}: is neither 'channels_last' nor 'channels_first'")
    chosen = Recipe.named(recipe) if isinstance(recipe, str) else recipe
    return chosen.scale(x, -3 if data_format == "channels_first" else -1)


def decode_predictions(preds: Any, top: int = 5,
                       class_names: Optional[Sequence[str]] = None) -> List[List[Tuple[str, str, float]]]:
    """Lists of (id, name, score), the best first, of each row of preds [n][classes]: ImageNet's wnids and names, or
    with class_names those and their numbers."""
    scores = np.asarray(preds)
    n_classes = len(class_names) if class_names is not None else capi.RESNET_IMAGENET_N_CLASSES
    if scores.ndim != 2 or scores.shape[1] != n_classes:
        raise ValueError(f"predictions of shape {scores.shape}: [n][{n_classes}] is wanted"
                         + ("" if class_names is not None else "; class_names= names other classes"))
    best = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return [[(*_name(int(label), class_names), float(row[label])) for label in labels]
            for row, labels in zip(scores, best)]


def _name(label: int, class_names: Optional[Sequence[str]]) -> Tuple[str, str]:
    if class_names is not None:
        return str(label), class_names[label]
    return (options.decode(capi.resnet_imagenet_get_wnid(label)),
            options.decode(capi.resnet_imagenet_get_name(label)))
