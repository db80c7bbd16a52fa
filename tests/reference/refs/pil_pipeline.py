"""The documented evaluation transforms, with Pillow alone.

torchvision: shorter side to `resize` (the longer one int(resize * long / short)), antialiased
bilinear or bicubic; central crop, offsets rounded half to even; /255; minus mean; by std.
Keras: load_img(target_size=(224, 224), interpolation="nearest"), then caffe-style
preprocess_input: BGR, minus the ImageNet means.
"""
import os

import numpy as np
from PIL import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
KERAS_MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)


def _resize_short_edge(image, size, how):
    width, height = image.size
    if width <= height:
        return image.resize((size, int(size * height / width)), how)
    return image.resize((int(size * width / height), size), how)


def _centre_crop(image, size):
    left = int(round((image.size[0] - size) / 2.0))
    top = int(round((image.size[1] - size) / 2.0))
    return image.crop((left, top, left + size, top + size))


def torchvision_input(path, resize=256, crop=224, how=Image.BILINEAR):
    """[3][crop][crop], float32."""
    with Image.open(path) as file:
        image = _centre_crop(_resize_short_edge(file.convert("RGB"), resize, how), crop)
    pixels = np.asarray(image, np.float32) / np.float32(255)
    return np.ascontiguousarray(((pixels - MEAN) / STD).transpose(2, 0, 1))


def keras_input(path, size=224):
    """[3][size][size], float32, channels BGR: transposed for the library."""
    with Image.open(path) as file:
        image = file.convert("RGB").resize((size, size), Image.NEAREST)
    pixels = np.asarray(image, np.float32)[:, :, ::-1] - KERAS_MEAN_BGR
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def photographs(folder, count):
    """The first `count` JPEG and PNG files of a folder, by name."""
    names = sorted(name for name in os.listdir(folder)
                   if name.lower().endswith((".jpg", ".jpeg", ".png")))
    if len(names) < count:
        raise SystemExit(f"{folder}: {len(names)} photographs, wanted {count}")
    return [os.path.join(folder, name) for name in names[:count]]
