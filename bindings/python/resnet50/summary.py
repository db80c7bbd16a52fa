"""A model as a table. SPDX-License-Identifier: MIT"""
from typing import TYPE_CHECKING, Callable, List, Optional, Tuple

if TYPE_CHECKING:
    from .layers import Layer
    from .model import Model


def _halve(extent: int) -> int:
    return (extent + 1) // 2


def _side_of(model: "Model", layer: "Layer") -> Tuple[int, int]:
    """Height and width of its output. In v1.5 a stage strides in its first 3x3 convolution, in v1 before that."""
    stage = int(layer.name[4]) - 1
    if stage == 0:
        height, width = (_halve(side) for side in model.input_shape[:2])
        return height, width
    is_before = stage > 1 and "block1_1_" in layer.name and model.variant == "v1_5"
    return model.feature_shape(stage - is_before)[1:]


def _shape_of(model: "Model", layer: "Layer") -> Tuple[Optional[int], ...]:
    if layer.kind == "InputLayer":
        return (None, *model.input_shape)
    if layer.kind.startswith("Global"):
        return (None, model.n_features)
    n_outputs = model.tensor_shapes[layer.tensor_names[0]][0]
    if layer.kind == "Dense":
        return (None, n_outputs)
    return (None, *_side_of(model, layer), n_outputs)


def _write_line(columns: Tuple[str, ...], widths: Tuple[int, ...]) -> str:
    return " ".join(text[:width].ljust(width) for text, width in zip(columns, widths)).rstrip()


def write_summary(model: "Model", show_trainable: bool) -> str:
    """Keras's table: the layers that have values, their output's shapes, how many numbers they hold."""
    widths = (44, 24, 12, 10)
    heads = ("Layer (type)", "Output shape", "Param #") + (("Trainable",) if show_trainable else ())
    lines: List[str] = [f'Model: "{model.name}"', _write_line(heads, widths), "=" * sum(widths)]
    for layer in model.layers:
        if not layer.torch_name and layer.kind != "InputLayer" and not layer.kind.startswith("Global"):
            continue
        columns = (f"{layer.name} ({layer.kind})", str(_shape_of(model, layer)), f"{layer.count_params():,}")
        lines.append(_write_line(columns + (("Y" if layer.trainable else "N",) if show_trainable else ()), widths))
    total = model.count_params()
    trainable = sum(layer.count_trainable() for layer in model.layers)
    lines += ["=" * sum(widths), f"Total params: {total:,}", f"Trainable params: {trainable:,}",
              f"Non-trainable params: {total - trainable:,}"]
    return "\n".join(lines)


def print_summary(model: "Model", print_fn: Optional[Callable[[str], None]], show_trainable: bool) -> None:
    (print_fn or print)(write_summary(model, show_trainable))
