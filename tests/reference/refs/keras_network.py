"""ResNet-50 in Keras 3 (TensorFlow): the real application, and two variants of it.

build("torchvision") is torchvision's v1.5 with torchvision's layer names, so that PyTorch's weights
can be given to Keras; build("2015") is v1 as the files of 2015 to 2018 have it. Import this before
anything else touches TensorFlow: it chooses the backend and silences the start-up messages.
"""
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import h5py
import keras
import numpy as np
from keras import layers

from refs.random_weights import STAGES


class _Style:
    """Names, epsilon and strides of one family."""

    def __init__(self, kind):
        self.old = kind == "2015"
        self.epsilon = 1e-3 if self.old else 1e-5
        self.stem = ("conv1", "bn_conv1") if self.old else ("conv1", "bn1")
        self.head = "fc1000" if self.old else "fc"

    def names(self, stage, block, index):
        """Layer names of convolution `index` (0 the shortcut) and of its batch norm."""
        if self.old:
            branch = "1" if index == 0 else "2" + "abc"[index - 1]
            tail = f"{stage + 1}{'abcdef'[block]}_branch{branch}"
            return f"res{tail}", f"bn{tail}"
        where = f"layer{stage}.{block}."
        if index == 0:
            return where + "downsample.0", where + "downsample.1"
        return f"{where}conv{index}", f"{where}bn{index}"


def _convolve(x, style, names, filters, size=1, stride=1):
    if size == 3 and stride == 2:  # torch pads both sides, Keras's "same" one
        x, padding = layers.ZeroPadding2D(1)(x), "valid"
    else:
        padding = "same" if size == 3 else "valid"
    x = layers.Conv2D(filters, size, strides=stride, padding=padding, use_bias=style.old,
                      name=names[0])(x)
    return layers.BatchNormalization(epsilon=style.epsilon, momentum=0.9, name=names[1])(x)


def _block(x, style, stage, block, n_mid, n_out):
    stride = 2 if block == 0 and stage > 1 else 1
    strides = (stride, 1, 1) if style.old else (1, stride, 1)
    shortcut = x
    for index, (filters, size) in enumerate(((n_mid, 1), (n_mid, 3), (n_out, 1)), 1):
        x = _convolve(x, style, style.names(stage, block, index), filters, size,
                      strides[index - 1])
        if index < 3:
            x = layers.Activation("relu")(x)
    if block == 0:
        shortcut = _convolve(shortcut, style, style.names(stage, 0, 0), n_out, 1, stride)
    return layers.Activation("relu")(layers.Add()([x, shortcut]))


def build(kind, n_classes=1000, size=None):
    """A functional model that ends in logits; kind: "torchvision" or "2015"."""
    style = _Style(kind)
    inputs = keras.Input((size, size, 3))
    x = layers.ZeroPadding2D(3)(inputs)
    x = layers.Conv2D(64, 7, strides=2, use_bias=style.old, name=style.stem[0])(x)
    x = layers.BatchNormalization(epsilon=style.epsilon, momentum=0.9, name=style.stem[1])(x)
    x = layers.ZeroPadding2D(1)(layers.Activation("relu")(x))
    x = layers.MaxPooling2D(3, strides=2)(x)
    for stage, (n_blocks, n_mid, n_out) in enumerate(STAGES, 1):
        for block in range(n_blocks):
            x = _block(x, style, stage, block, n_mid, n_out)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(n_classes, name=style.head)(x))


def application(n_classes=1000, include_top=True):
    """The real keras.applications.ResNet50, ending in logits or in the pooled features."""
    if include_top:
        return keras.applications.ResNet50(weights=None, classes=n_classes,
                                           classifier_activation=None)
    return keras.applications.ResNet50(weights=None, include_top=False, pooling="avg")


def randomise(model, seed=1):
    """Random weights, biases and batch-norm statistics that keep activations near 1."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            randomise(layer, seed + 1)
        elif isinstance(layer, (layers.Conv2D, layers.Dense)):
            kernel = layer.kernel.shape
            scale = np.sqrt(2.0 / np.prod(kernel[:-1]))
            if isinstance(layer, layers.Dense):
                scale = 1 / 45
            values = [rng.standard_normal(kernel) * scale]
            if layer.use_bias:
                values.append(0.1 * rng.standard_normal(kernel[-1]))
            layer.set_weights(values)
        elif isinstance(layer, layers.BatchNormalization):
            n = layer.gamma.shape[0]
            gain = 0.5 if layer.name.endswith(("3_bn", "2c", "0_bn", "1")) else 1.0
            layer.set_weights([gain * rng.uniform(0.5, 1.5, n), 0.2 * rng.standard_normal(n),
                               0.3 * rng.standard_normal(n), rng.uniform(0.5, 2.0, n)])
    # inputs are 0..255 minus a mean: the first convolution brings them near 1
    first = next((layer for layer in model.layers if layer.name in ("conv1_conv", "conv1")), None)
    if first is not None:
        values = first.get_weights()
        first.set_weights([values[0] / 64, *values[1:]])


def set_torchvision_state(model, state):
    """Gives a build("torchvision") model numpy weights under torchvision's names."""
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            layer.set_weights([state[layer.name + ".weight"].transpose(2, 3, 1, 0)])
        elif isinstance(layer, layers.Dense):
            layer.set_weights([state["fc.weight"].T, state["fc.bias"]])
        elif isinstance(layer, layers.BatchNormalization):
            layer.set_weights([state[f"{layer.name}.{what}"] for what in
                               ("weight", "bias", "running_mean", "running_var")])


def save_legacy_weights(model, path):
    """Keras 3's own writer of weights in the HDF5 layout of before `.weights.h5`."""
    from keras.src.legacy.saving import legacy_h5_format
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


_KERAS_1 = {"kernel": "W", "bias": "b", "gamma": "gamma", "beta": "beta",
            "moving_mean": "running_mean", "moving_variance": "running_std"}


def save_keras_2_weights(model, path, keras_1=False, rename=None):
    """Writes with h5py what Keras 2 (/conv1/conv1/kernel:0) or Keras 1 (/conv1/conv1_W:0) wrote.

    Keras 1 called the variance running_std, and noted no keras_version. `rename` maps the names of
    layers.
    """
    rename = rename or {}
    names = [rename.get(layer.name, layer.name) for layer in model.layers]
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in names]
        file.attrs["backend"] = b"tensorflow"
        if not keras_1:
            file.attrs["keras_version"] = b"2.1.6"
        for layer, name in zip(model.layers, names):
            group = file.create_group(name)
            weights = {}
            for variable in layer.weights:
                what = variable.path.rsplit("/", 1)[1]
                key = f"{name}_{_KERAS_1[what]}:0" if keras_1 else f"{name}/{what}:0"
                weights[key] = np.asarray(variable)
            group.attrs["weight_names"] = [key.encode() for key in weights]
            for key, value in weights.items():
                group.create_dataset(key, data=value)


def logits(model, images_nchw, batch=8):
    """Outputs for a numpy array of [n][3][h][w] images."""
    images = np.ascontiguousarray(images_nchw.transpose(0, 2, 3, 1))
    return np.concatenate([np.asarray(model(images[i:i + batch], training=False))
                           for i in range(0, len(images), batch)])
