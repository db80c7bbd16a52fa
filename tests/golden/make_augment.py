#!/usr/bin/env python3
"""Makes tests/golden/augment/expected.txt again: what torchvision and Keras make of pictures in
tests/golden/image/ with fixed parameters.

Needs torch 2.13 and torchvision 0.28 or later (its Pillow backend is the reference), keras 3 with a
backend, scipy and numpy. Run make_image.py first.

One check a line, pixels as 64-bit FNV-1a hashes, floats as C99 hexadecimal:
  op FILE NUMBER MAGNITUDE HASH                    enum rn_policy_op with torchvision's magnitude
  hue FILE SHIFT HASH                              adjust_hue
  magnitude POLICY NUMBER BIN BINS WIDTH HEIGHT VALUE
  keras FILE ROTATION X Y SHEAR ZOOM_X ZOOM_Y FILL CVAL HASH
  shift FILE SHIFT HASH                            apply_channel_shift, rounded
"""
import pathlib

import numpy as np
import torch
from PIL import Image

# torchvision without its compiled part lacks operators that it names on import
library = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from keras.src.legacy.preprocessing import image as keras_image
from torchvision.transforms import InterpolationMode, autoaugment
from torchvision.transforms import functional

from make_image import fnv

HERE = pathlib.Path(__file__).parent
FILLS = ["nearest", "constant", "reflect", "wrap"]
rng = np.random.default_rng(7)
lines = []


def load(name):
    return Image.open(HERE / "image" / name).convert("RGB")


def make_ops(name):
    image = load(name)
    height, width = image.size[::-1]
    spaces = [autoaugment.RandAugment()._augmentation_space(31, (height, width)),
              autoaugment.TrivialAugmentWide()._augmentation_space(31)]
    for space in spaces:
        for number, (op, (magnitudes, is_signed)) in enumerate(space.items()):
            for bin_number in (4, 20, 30):
                value = float(magnitudes[bin_number]) if magnitudes.ndim else 0.0
                for sign in (1, -1) if is_signed else (1,):
                    changed = autoaugment._apply_op(image, op, sign * value,
                                                    InterpolationMode.NEAREST, None)
                    lines.append(f"op {name} {number} {(sign * value).hex()} "
                                 f"{fnv(np.asarray(changed))}")
    for shift in (-0.5, -0.21, 0.0, 0.1, 0.5):
        changed = np.asarray(functional.adjust_hue(image, shift))
        lines.append(f"hue {name} {shift.hex()} {fnv(changed)}")


def make_magnitudes():
    for bins, width, height in ((31, 224, 224), (11, 100, 177)):
        for policy, space in (
            (1, autoaugment.RandAugment()._augmentation_space(bins, (height, width))),
            (2, autoaugment.TrivialAugmentWide()._augmentation_space(bins)),
        ):
            for number, (magnitudes, _) in enumerate(space.values()):
                for bin_number in range(bins) if magnitudes.ndim else ():
                    value = float(magnitudes[bin_number]).hex()
                    lines.append(f"magnitude {policy} {number} {bin_number} {bins} {width} "
                                 f"{height} {value}")


def make_keras(name):
    """Square pictures only: on others Keras 3 exchanges height and width."""
    image = load(name)
    side = min(image.size)
    pixels = np.asarray(image.crop((0, 0, side, side))).astype(np.float32)
    cases = [(30.0, 0.0, 0.0, 0.0, 1.0, 1.0), (0.0, 3.5, -7.25, 0.0, 1.0, 1.0),
             (0.0, 0.0, 0.0, 20.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0, 0.7, 1.6)]
    cases += [tuple(rng.uniform((-180, -20, -20, -40, 0.5, 0.5), (180, 20, 20, 40, 2, 2)))
              for _ in range(3)]
    for case in cases:
        theta, tx, ty, shear, zx, zy = (float(value) for value in case)
        for number, fill in enumerate(FILLS):
            values = keras_image.apply_affine_transform(
                pixels, theta=theta, tx=tx, ty=ty, shear=shear, zx=zx, zy=zy, row_axis=0,
                col_axis=1, channel_axis=2, fill_mode=fill, cval=77.0)
            rounded = np.floor(values.astype(np.float64) + 0.5).astype(np.uint8)
            parameters = " ".join(v.hex() for v in (theta, tx, ty, shear, zx, zy))
            lines.append(f"keras {name} {parameters} {number} {77.0.hex()} {fnv(rounded)}")
    for shift in (-60.25, 33.75, 200.0):
        values = np.rint(keras_image.apply_channel_shift(pixels, shift, channel_axis=2))
        lines.append(f"shift {name} {shift.hex()} {fnv(values.astype(np.uint8))}")


def main():
    for name in ("baseline-big.jpg", "type2-8bit.png"):
        make_ops(name)
        make_keras(name)
    make_magnitudes()
    (HERE / "augment").mkdir(exist_ok=True)
    (HERE / "augment" / "expected.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
