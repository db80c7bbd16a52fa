"""The network's layers under Keras's names, in Keras's order: what is frozen, and their weights.
SPDX-License-Identifier: MIT"""
from typing import TYPE_CHECKING, Dict, List, Optional, Tuple

import numpy as np

from .recipe import FloatArray

if TYPE_CHECKING:
    from .model import Model

#: blocks of the four stages
_BLOCKS = (3, 4, 6, 3)
_BATCH_NORM = ("weight", "bias", "running_mean", "running_var")


class Layer:
    """One layer of a model. `name` is Keras's, `torch_name` torchvision's ("" for layers that have no values), `kind`
    Keras's class. `trainable` says whether a fit changes it; the library freezes a convolution and its
    batch norm together, so both must say the same."""

    def __init__(self, model: "Model", name: str, kind: str, torch_name: str = "") -> None:
        self._model = model
        self.name = name
        self.kind = kind
        self.torch_name = torch_name
        self.trainable = True

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}{'' if self.trainable else ', frozen'}>"

    @property
    def tensor_names(self) -> List[str]:
        """Names of its tensors in Keras's order: gamma, beta, mean, variance; kernel, bias."""
        shapes = self._model.tensor_shapes
        if not self.torch_name:
            return []
        ends = _BATCH_NORM if self.kind == "BatchNormalization" else ("weight", "bias")
        return [f"{self.torch_name}.{end}" for end in ends if f"{self.torch_name}.{end}" in shapes]

    def get_weights(self) -> List[FloatArray]:
        """Copies of its values, in Keras's layouts: kernels [k][k][in][out], dense ones [in][out]. Biases of convolutions
        are folded into the mean of the batch norm behind."""
        return [_to_keras(self._model.get_tensor(name)) for name in self.tensor_names]

    def set_weights(self, weights: List[FloatArray]) -> None:
        """Overwrites them: as many arrays, of the shapes that get_weights() gives."""
        names = self.tensor_names
        if len(weights) != len(names):
            raise ValueError(f"{self.name}: {len(names)} arrays are wanted, not {len(weights)}")
        for name, values in zip(names, weights):
            self._model.set_tensor(name, _to_torch(np.asarray(values)))

    def count_params(self) -> int:
        """Numbers in its tensors."""
        shapes = self._model.tensor_shapes
        return sum(int(np.prod(shapes[name])) for name in self.tensor_names)

    def count_trainable(self) -> int:
        """Of these, how many a fit changes."""
        if not self.trainable:
            return 0
        shapes = self._model.tensor_shapes
        return sum(int(np.prod(shapes[name])) for name in self.tensor_names if ".running_" not in name)


def _to_keras(values: FloatArray) -> FloatArray:
    if values.ndim == 4:
        return np.ascontiguousarray(values.transpose(2, 3, 1, 0))
    return np.ascontiguousarray(values.T) if values.ndim == 2 else values


def _to_torch(values: FloatArray) -> FloatArray:
    if values.ndim == 4:
        return np.ascontiguousarray(values.transpose(3, 2, 0, 1))
    return np.ascontiguousarray(values.T) if values.ndim == 2 else values


Row = Tuple[str, str, str]


def _list_part(prefix: str, torch: str, part: int, with_relu: bool = True) -> List[Row]:
    conv, norm = ("downsample.0", "downsample.1") if part == 0 else (f"conv{part}", f"bn{part}")
    rows = [(f"{prefix}_{part}_conv", "Conv2D", f"{torch}.{conv}"),
            (f"{prefix}_{part}_bn", "BatchNormalization", f"{torch}.{norm}")]
    return rows + [(f"{prefix}_{part}_relu", "Activation", "")] if with_relu else rows


def _list_block(stage: int, block: int) -> List[Row]:
    prefix, torch = f"conv{stage + 1}_block{block + 1}", f"layer{stage}.{block}"
    rows = _list_part(prefix, torch, 1) + _list_part(prefix, torch, 2)
    last = _list_part(prefix, torch, 3, with_relu=False)
    if block == 0:
        shortcut = _list_part(prefix, torch, 0, with_relu=False)
        last = [shortcut[0], last[0], shortcut[1], last[1]]  # the order in which Keras makes them
    return rows + last + [(f"{prefix}_add", "Add", ""), (f"{prefix}_out", "Activation", "")]


def _list_backbone() -> List[Row]:
    rows = [("input_1", "InputLayer", ""), ("conv1_pad", "ZeroPadding2D", ""), ("conv1_conv", "Conv2D", "conv1"),
            ("conv1_bn", "BatchNormalization", "bn1"), ("conv1_relu", "Activation", ""),
            ("pool1_pad", "ZeroPadding2D", ""), ("pool1_pool", "MaxPooling2D", "")]
    for stage, n_blocks in enumerate(_BLOCKS, 1):
        for block in range(n_blocks):
            rows += _list_block(stage, block)
    return rows


def _list_head(shapes: Dict[str, Tuple[int, ...]], pooling: str) -> List[Row]:
    """avg_pool, then the linear layers as the library has named them."""
    linear = [name[:-len(".weight")] for name, shape in shapes.items() if name.endswith(".weight") and len(shape) == 2]
    kind = "GlobalAveragePooling2D" if pooling == "average" else "GlobalMaxPooling2D"
    names = [f"dense_{i + 1}" for i in range(len(linear) - 1)] + ["predictions"]
    return [("avg_pool" if pooling == "average" else "max_pool", kind, "")] + [
        (name, "Dense", torch) for name, torch in zip(names, linear)]


def make_layers(model: "Model") -> List[Layer]:
    """All layers of a model, from the input on: Keras's 175 and the head's."""
    rows = _list_backbone()
    if model.include_top:
        rows += _list_head(model.tensor_shapes, model.pooling)
    elif model.output_kind == "embeddings":
        rows += _list_head({}, model.pooling)[:1]
    return [Layer(model, *row) for row in rows]


def find_layer(layers: List[Layer], name: Optional[str], index: Optional[int]) -> Layer:
    """By Keras's name, by torchvision's, or by its place."""
    if index is not None:
        return layers[index]
    for layer in layers:
        if name and name in (layer.name, layer.torch_name):
            return layer
    raise ValueError(f"there is no layer {name!r}")
