"""What a training makes small: cross-entropy, under Keras's names. SPDX-License-Identifier: MIT"""
from typing import Any, Dict, Type


class CategoricalCrossentropy:
    """-log of the true class's probability, a mean over the batch. label_smoothing: the share in [0, 1) that all
    classes get evenly. Labels may be numbers, names or one-hot rows with this as with the sparse one."""

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0, name: str = "categorical_crossentropy",
                 **more: Any) -> None:
        for refused in more:
            raise TypeError(f"{type(self).__name__} has no {refused!r} here")
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"label_smoothing {label_smoothing!r}: must be in [0, 1)")
        self.from_logits = from_logits  #: makes no difference: the library computes from logits by itself
        self.label_smoothing = label_smoothing
        self.name = name


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """The same of labels that are numbers."""

    def __init__(self, from_logits: bool = False, name: str = "sparse_categorical_crossentropy", **more: Any) -> None:
        super().__init__(from_logits, 0.0, name, **more)


_KINDS: Dict[str, Type[CategoricalCrossentropy]] = {"categorical_crossentropy": CategoricalCrossentropy,
          "sparse_categorical_crossentropy": SparseCategoricalCrossentropy}


def get(loss: Any) -> CategoricalCrossentropy:
    """A loss by its name, or itself; others than cross-entropy are refused by name."""
    if isinstance(loss, CategoricalCrossentropy):
        return loss
    if isinstance(loss, str) and loss in _KINDS:
        made: CategoricalCrossentropy = _KINDS[loss]()
        return made
    hint = "; two classes are two outputs here" if "binary" in str(loss) else ""
    raise ValueError(f"loss {loss!r}: the library has {' and '.join(sorted(_KINDS))}{hint}")
