"""From pictures to the network's input: the preprocessing that travels with a model.
SPDX-License-Identifier: MIT"""
import ctypes
import dataclasses
from typing import Any, List, Optional, Tuple

import numpy as np
import numpy.typing as npt

from . import capi, options

FloatArray = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Resize, crop, channel order, scale. Each value v in 0..255 of a channel becomes
    (v / divisor - mean) / std, in float32.

    Change one by dataclasses.replace(recipe, crop=(256, 256)).
    """

    name: str                           #: which named recipe it started as
    resize: str                         #: "short_edge", "exact" or "none"
    interpolation: str                  #: "nearest", "bilinear" or "bicubic", as Pillow's
    resize_size: int                    #: px of the shorter side, for "short_edge"
    crop: Tuple[int, int]               #: height, width, px, from the middle
    channels: str                       #: "rgb" or "bgr", of the input
    divisor: float                      #: > 0
    mean: Tuple[float, float, float]    #: in the order of `channels`
    std: Tuple[float, float, float]     #: likewise, > 0

    @classmethod
    def named(cls, name: str, size: Optional[int] = None) -> "Recipe":
        """One of names(), for crops of size x size px if given."""
        struct = capi.resnet_recipe()
        capi.resnet_recipe_init(ctypes.byref(struct), ctypes.sizeof(struct), options.encode(name))
        if size is not None:
            capi.resnet_recipe_set_size(ctypes.byref(struct), size)
        return cls.from_struct(struct)

    @staticmethod
    def names() -> List[str]:
        """The recipes that have names: "keras", "torchvision-v1", ..."""
        names: List[str] = []
        while True:
            name = capi.resnet_recipe_get_name(len(names))
            if name is None:
                return names
            names.append(options.decode(name))

    @classmethod
    def from_struct(cls, struct: Any) -> "Recipe":
        """From capi.resnet_recipe."""
        mean, std = tuple(struct.mean), tuple(struct.std)
        return cls(options.decode(struct.name), options.name_choice("RESIZE", struct.resize_mode),
                   options.name_choice("FILTER", struct.resize_filter), struct.resize_size,
                   (struct.crop_height, struct.crop_width),
                   options.name_choice("CHANNELS", struct.channel_order), struct.divisor, mean, std)

    def to_struct(self) -> Any:
        """As capi.resnet_recipe."""
        struct = capi.resnet_recipe()
        capi.resnet_recipe_init(ctypes.byref(struct), ctypes.sizeof(struct), None)
        struct.name = options.encode(self.name)
        struct.resize_mode = options.choose("RESIZE", self.resize)
        struct.resize_filter = options.choose("FILTER", self.interpolation)
        struct.resize_size = self.resize_size
        struct.crop_height, struct.crop_width = self.crop
        struct.channel_order = options.choose("CHANNELS", self.channels)
        struct.divisor = self.divisor
        struct.mean[:] = self.mean
        struct.std[:] = self.std
        return struct

    def scale(self, pixels: Any, channel_axis: int = -1) -> "PreparedArray":
        """The arithmetic alone: RGB values 0..255 of any shape, 3 along channel_axis, become input.
        Returns float32 of the same shape; `pixels` stays as it is."""
        values = np.array(pixels, np.float32)
        if values.ndim == 0 or values.shape[channel_axis] != 3:
            raise ValueError(f"3 channels are wanted along axis {channel_axis}, the shape is {values.shape}")
        values = np.moveaxis(values, channel_axis, -1)
        if self.channels == "bgr":
            values = np.ascontiguousarray(values[..., ::-1])
        if self.divisor != 1:
            values /= np.float32(self.divisor)
        values -= np.asarray(self.mean, np.float32)
        if self.std != (1, 1, 1):
            values /= np.asarray(self.std, np.float32)
        prepared = np.moveaxis(values, -1, channel_axis).view(PreparedArray)
        prepared.recipe = self
        return prepared

    def agrees(self, other: "Recipe") -> bool:
        """Whether both make the same numbers of the same pixels."""
        return ((self.channels, self.divisor, self.mean, self.std)
                == (other.channels, other.divisor, other.mean, other.std))


class PreparedArray(np.ndarray):
    """Network input that remembers by which recipe it was scaled, so that a model of another recipe
    refuses it. Otherwise an ordinary float32 array."""

    recipe: Optional[Recipe] = None

    def __array_finalize__(self, source: Any) -> None:
        self.recipe = getattr(source, "recipe", None)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """What arithmetic makes of it is no longer what the recipe made."""
        plain = np.asarray(array)
        return plain[()] if return_scalar else plain
