"""Single pictures, as keras.utils has them. SPDX-License-Identifier: MIT"""
import ctypes
from typing import Any, Optional, Tuple

import numpy as np

from . import capi, handle, options, pictures
from .pictures import Pixels
from .recipe import FloatArray


class Image:
    """A decoded picture: 8-bit RGB, turned as EXIF says. numpy.asarray(image) is [height][width][3]."""

    def __init__(self, owned: handle.Handle) -> None:
        self._handle = owned

    @property
    def size(self) -> Tuple[int, int]:
        """(width, height) in px, as Pillow has it."""
        return (capi.resnet_image_get_width(self._handle), capi.resnet_image_get_height(self._handle))

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> Any:
        del copy  # it is always one
        array: Pixels = pictures.to_array(self._handle)
        return array if dtype is None else array.astype(dtype)

    def resize(self, size: Tuple[int, int], interpolation: str = "bilinear") -> "Image":
        """At (width, height) px, as Pillow's resize() to the bit."""
        number = options.choose("FILTER", interpolation, "interpolation")
        return Image(handle.create(capi.resnet_image, capi.resnet_image_free, capi.resnet_image_resize,
                                   self._handle, *size, number))

    def save(self, path: options.Text) -> None:
        """Writes a PNG."""
        capi.resnet_image_save_png(self._handle, options.encode_path(path))

    def _repr_png_(self) -> bytes:
        made = handle.create(capi.resnet_bytes, capi.resnet_bytes_free, capi.resnet_image_encode_png,
                             self._handle)
        return ctypes.string_at(capi.resnet_bytes_get_data(made), capi.resnet_bytes_get_size(made))


def load_img(path: Any, target_size: Optional[Tuple[int, int]] = None, interpolation: str = "nearest") -> Image:
    """A picture from a path, bytes, an open file, Pillow's image or a uint8 array; target_size is (height, width), as
    in Keras."""
    image = Image(pictures.make_image(path))
    return image if target_size is None else image.resize((target_size[1], target_size[0]), interpolation)


def img_to_array(img: Any, data_format: Optional[str] = None, dtype: Any = None) -> FloatArray:
    """float32 [height][width][channels] in 0..255, of load_img()'s or Pillow's image; "channels_first" turns it."""
    array = np.asarray(img, dtype or np.float32)
    if array.ndim == 2:
        array = array[:, :, None]
    return array.transpose(2, 0, 1) if data_format == "channels_first" else array
