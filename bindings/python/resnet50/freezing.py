"""From layers that are not trainable to the library's options. SPDX-License-Identifier: MIT"""
from typing import TYPE_CHECKING, Any, Dict, List, Tuple

from . import capi

if TYPE_CHECKING:
    from .layers import Layer
    from .model import Model


def _name_norm(conv: str) -> str:
    """The batch norm behind a convolution, by torchvision's names."""
    if conv.endswith("downsample.0"):
        return conv[:-1] + "1"
    return conv.replace("conv", "bn")


def _pair(layers: "List[Layer]") -> "List[Tuple[Layer, Layer]]":
    by_name = {layer.torch_name: layer for layer in layers}
    return [(layer, by_name[_name_norm(layer.torch_name)]) for layer in layers if layer.kind == "Conv2D"]


def get_fields(model: "Model") -> Dict[str, Any]:
    """Fields of resnet_trainer_options that freeze what model.layers says. The library freezes convolutions together
    with their batch norms, and trains every dense layer; what wishes otherwise is refused by name."""
    for layer in model.layers:
        if layer.kind == "Dense" and not layer.trainable:
            raise ValueError(f"{layer.name} is not trainable: dense layers always learn; with_head() makes new ones")
    pairs = _pair(model.layers)
    for conv, norm in pairs:
        if conv.trainable != norm.trainable:
            raise ValueError(f"{conv.name} is{'' if conv.trainable else ' not'} trainable and {norm.name} is"
                             f"{'' if norm.trainable else ' not'}: a convolution and its batch norm freeze together")
    frozen = [conv.torch_name for conv, _ in pairs if not conv.trainable]
    if len(frozen) == len(pairs):
        return {"freeze": capi.RESNET_FREEZE_ALL}
    return {"freeze_names": ",".join(frozen).encode()} if frozen else {}
