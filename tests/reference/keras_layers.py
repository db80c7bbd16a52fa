"""keras_layers.py: every layer class of Keras 3 and Keras 2 in every place of a ResNet-50.

Each class is put before the first convolution, on the last feature map, behind the pooling, in the
head, and behind the last dense layer, in models of both Keras 3 (keras) and Keras 2 (tf_keras),
saved as .h5 and, first of its class, before the first convolution and in the head, as .keras.
The library must give what `predict` gives (largest difference of a
probability 1e-3), or refuse with a sentence that names the layer; anything else is a failure. The
table in docs/weights.md is what came out: --write puts it there, else it is compared.

    keras_layers.py [--only WORD] [--write]
"""
import argparse
import inspect
import os
import re
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from refs.binding import ACTIVATION, Library, Model, ResnetError, Session, add_build_argument
from refs.verdict import Tally

SIZE, N_CLASSES, N_HIDDEN, LIMIT = 64, 5, 16, 1e-3
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "weights.md")
START, END = "<!-- keras layers: start -->", "<!-- keras layers: end -->"
PLACES = ("before", "map", "features", "head", "logits", "answer")
TITLES = {"before": "before the first convolution", "map": "on the last map",
          "features": "behind the pooling", "head": "between dense layers",
          "logits": "behind the last dense layer", "answer": "behind the softmax"}


def merge(name):
    return lambda K: lambda x: getattr(K.layers, name)()([x, x])


def one(name, *args, **kwargs):
    return lambda K: getattr(K.layers, name)(*args, **kwargs)


def adapted(K):
    layer = K.layers.Normalization()
    layer.adapt(np.random.default_rng(5).uniform(0, 255, (8, 4, 4, 3)).astype(np.float32))
    return layer


def moved(K):
    """A batch norm whose statistics and factors are not those of a new one."""
    layer = K.layers.BatchNormalization(epsilon=0.01)

    def call(x):
        y = layer(x)
        rng, n = np.random.default_rng(6), x.shape[-1]
        layer.set_weights([rng.uniform(0.5, 1.5, n), rng.normal(0, 0.3, n), rng.normal(0, 0.3, n),
                           rng.uniform(0.5, 2, n)])
        return y
    return call


# What a class is made with, where it cannot be made without; several where it matters.
MADE = {
    "Activation": [one("Activation", name) for name in
                   ("linear", "relu", "tanh", "sigmoid", "elu", "selu", "gelu", "silu", "softmax",
                    "softplus", "exponential", "hard_sigmoid")],
    "ActivityRegularization": [one("ActivityRegularization", 0.01)],
    "AlphaDropout": [one("AlphaDropout", 0.5)],
    "AveragePooling2D": [one("AveragePooling2D", 2), one("AveragePooling2D", 1)],
    "BatchNormalization": [moved],
    "Bidirectional": [lambda K: K.layers.Bidirectional(K.layers.LSTM(4))],
    "CenterCrop": [one("CenterCrop", SIZE, SIZE), one("CenterCrop", 48, 48)],
    "Conv2D": [one("Conv2D", 3, 1)],
    "Conv2DTranspose": [one("Conv2DTranspose", 3, 1)],
    "Cropping2D": [one("Cropping2D", 2), one("Cropping2D", 0)],
    "Dense": [one("Dense", 3), one("Dense", 7, activation="tanh")],
    "DepthwiseConv2D": [one("DepthwiseConv2D", 1)],
    "Discretization": [one("Discretization", bin_boundaries=[50.0, 100.0])],
    "Dropout": [one("Dropout", 0.5)],
    "ELU": [one("ELU"), one("ELU", 0.5)],
    "GaussianDropout": [one("GaussianDropout", 0.5)],
    "GaussianNoise": [one("GaussianNoise", 0.5)],
    "GroupNormalization": [one("GroupNormalization", 1)],
    "Lambda": [lambda K: K.layers.Lambda(lambda x: x * 2.0, output_shape=lambda s: s)],
    "LeakyReLU": [one("LeakyReLU"), one("LeakyReLU", 0.1)],
    "Normalization": [adapted, one("Normalization", mean=[100.0, 110.0, 120.0],
                                   variance=[900.0, 1000.0, 2000.0]),
                      one("Normalization", axis=None, mean=127.0, variance=900.0)],
    "Permute": [one("Permute", (2, 1, 3)), one("Permute", (1,))],
    "Pipeline": [lambda K: K.layers.Pipeline([K.layers.RandomFlip(), K.layers.Rescaling(1 / 255)])],
    "ReLU": [one("ReLU"), one("ReLU", max_value=6), one("ReLU", negative_slope=0.1)],
    "RandomBrightness": [one("RandomBrightness", 0.5)],
    "RandomColorDegeneration": [one("RandomColorDegeneration", 0.5)],
    "RandomContrast": [one("RandomContrast", 0.5)],
    "RandomCrop": [one("RandomCrop", SIZE, SIZE), one("RandomCrop", 48, 48)],
    "RandomHeight": [one("RandomHeight", 0.3)],
    "RandomHue": [one("RandomHue", 0.5)],
    "RandomPosterization": [one("RandomPosterization", 4)],
    "RandomRotation": [one("RandomRotation", 0.2)],
    "RandomSaturation": [one("RandomSaturation", 0.5)],
    "RandomSharpness": [one("RandomSharpness", 0.5)],
    "RandomShear": [one("RandomShear", 0.5, 0.5)],
    "RandomTranslation": [one("RandomTranslation", 0.3, 0.3)],
    "RandomWidth": [one("RandomWidth", 0.3)],
    "RandomZoom": [one("RandomZoom", 0.3)],
    "RepeatVector": [one("RepeatVector", 1)],
    "Rescaling": [one("Rescaling", 1 / 255), one("Rescaling", 1 / 127.5, -1.0),
                  one("Rescaling", 0.4, 0.2), one("Rescaling", -0.1)],
    "Reshape": [one("Reshape", (1, 1, -1)), one("Reshape", (-1,)), one("Reshape", (-1, 1))],
    "Resizing": [one("Resizing", SIZE, SIZE), one("Resizing", 48, 48)],
    "SeparableConv2D": [one("SeparableConv2D", 3, 1)],
    "Softmax": [one("Softmax")],
    "Solarization": [one("Solarization", 0.5, 0.5)],
    "SpatialDropout2D": [one("SpatialDropout2D", 0.5)],
    "SpectralNormalization": [lambda K: K.layers.SpectralNormalization(K.layers.Dense(3))],
    "TimeDistributed": [lambda K: K.layers.TimeDistributed(K.layers.Dense(3))],
    "UpSampling2D": [one("UpSampling2D", 2), one("UpSampling2D", 1)],
    "ZeroPadding2D": [one("ZeroPadding2D", 2), one("ZeroPadding2D", 0)],
    **{name: [merge(name)] for name in
       ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")},
}


def doubling(K, name):
    """A layer of the user's own. An .h5 keeps no more of a class than its name, so that there even
    Keras takes one called as a layer of Keras's own for that."""
    return type(name, (K.layers.Layer,), {"call": lambda self, x: x * 2.0})()


# Operations in the graph of a functional model, and what a subclass can hide.
OPERATIONS = {
    "preprocess_input (caffe)": lambda K: K.applications.resnet50.preprocess_input,
    "preprocess_input (tf)": lambda K: K.applications.mobilenet_v2.preprocess_input,
    "preprocess_input (torch)": lambda K: K.applications.densenet.preprocess_input,
    "x / c": lambda K: lambda x: x / 255.0,
    "x * c": lambda K: lambda x: x * 0.5,
    "x + c": lambda K: lambda x: x + 0.25,
    "x - c": lambda K: lambda x: x - 1.0,
    "c - x": lambda K: lambda x: 255.0 - x,
    "x - [a, b, c]": lambda K: lambda x: x - np.array([1.0, 20.0, 30.0], np.float32),
    "x[..., ::-1]": lambda K: lambda x: x[..., ::-1],
    "x[..., k]": lambda K: lambda x: (K.ops if K is keras else tf).stack(
        [x[..., 0], x[..., 2], x[..., 1]], axis=-1),
    "x[:, 1:]": lambda K: lambda x: x[:, 1:],
    "relu(x)": lambda K: K.activations.relu,
    "tanh(x)": lambda K: tf.nn.tanh if K is tf_keras else keras.ops.tanh,
    "softmax(x)": lambda K: tf.nn.softmax if K is tf_keras else keras.ops.softmax,
    "x ** 2": lambda K: lambda x: x ** 2,
    "x + x": lambda K: lambda x: x + x,
    "training=True": lambda K: lambda x: K.layers.Dropout(0.5)(x, training=True),
    "a class of the user's own": lambda K: doubling(K, "Doubling"),
    "a class of the user's own called Identity (.keras)": lambda K: doubling(K, "Identity"),
}

HEADS = ("linear", "relu", "tanh", "sigmoid", "elu", "selu", "gelu", "silu", "leaky_relu",
         "softplus", "softsign", "exponential", "hard_sigmoid", "mish")


def classes_of(K):
    """Public layer classes by their own names."""
    found = {}
    for value in vars(K.layers).values():
        if inspect.isclass(value) and issubclass(value, K.layers.Layer):
            found.setdefault(value.__name__, value)
    return found


class Backbone:
    """ResNet-50 in one Keras, with random weights made once."""

    def __init__(self, K):
        self.K = K
        self.model = K.applications.ResNet50(weights=None, include_top=False,
                                             input_shape=(SIZE, SIZE, 3))
        rng = np.random.default_rng(1)
        for layer in self.model.layers:
            weights = layer.get_weights()
            if isinstance(layer, K.layers.Conv2D):
                scale = np.sqrt(2 / np.prod(weights[0].shape[:3]))
                scale /= 64 if layer.name == "conv1_conv" else 1
                weights = [rng.standard_normal(weights[0].shape) * scale,
                           0.1 * rng.standard_normal(weights[1].shape)]
            elif isinstance(layer, K.layers.BatchNormalization):
                n = weights[0].shape
                gain = 0.5 if layer.name.endswith(("3_bn", "0_bn")) else 1.0
                weights = [gain * rng.uniform(0.5, 1.5, n), 0.2 * rng.standard_normal(n),
                           0.3 * rng.standard_normal(n), rng.uniform(0.5, 2, n)]
            layer.set_weights(weights)
        self.pixels = rng.integers(0, 256, (2, SIZE, SIZE, 3)).astype(np.uint8)

    def dense(self, units, activation=None, seed=2):
        def call(x):
            layer = self.K.layers.Dense(units, activation=activation)
            y = layer(x)
            rng = np.random.default_rng(seed)
            kernel = layer.get_weights()[0].shape
            layer.set_weights([rng.standard_normal(kernel) / np.sqrt(kernel[0]),
                               0.3 * rng.standard_normal(units)])
            return y
        return call

    def whole(self, place, layer, flat=False):
        """The network with `layer` in its place, from pixels to probabilities."""
        put = lambda where, x: layer(x) if where == place else x
        K = self.K
        inputs = K.Input((SIZE, SIZE, 3))
        x = put("before", inputs)
        if flat:
            body = K.applications.ResNet50(weights=None, include_top=False, input_tensor=x)
            body.set_weights(self.model.get_weights())
            x = body.output
        else:
            x = self.model(x, training=False)
        x = K.layers.GlobalAveragePooling2D()(put("map", x))
        x = put("features", x)
        x = put("head", self.dense(N_HIDDEN)(x))
        x = put("logits", self.dense(N_CLASSES, seed=3)(x))
        if len(x.shape) != 2 or x.shape[-1] != N_CLASSES:
            raise ValueError("changes the number of classes")
        return K.Model(inputs, put("answer", K.layers.Softmax()(x)))

    def predict(self, model, raw):
        pixels = self.pixels.astype(np.float32)
        if not raw:
            pixels = self.K.applications.resnet50.preprocess_input(pixels.copy())
        model.compile(run_eagerly=True)
        return model.predict(pixels, verbose=0).reshape(len(pixels), -1)


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


class Outcome:
    """What the library made of one model."""

    def __init__(self, state, detail=""):
        self.state, self.detail = state, detail


def is_own(recipe, before):
    """Whether the model brings its preprocessing, so that Keras is given the pixels themselves."""
    return before or recipe.name != b"keras"


class Comparison:
    def __init__(self, library, tally, folder):
        self.library, self.tally, self.folder = library, tally, folder

    def load(self, backbone, path, names):
        """("answer", probabilities, recipe), or ("refused", sentence, None)."""
        try:
            with Model.load(self.library, path) as model:
                inputs = np.stack([model.prepare(image) for image in backbone.pixels])
                with Session(model, 2) as session:
                    return "answer", softmax(session.logits(inputs)), model.recipe
        except ResnetError as error:
            text = str(error)
            named = any(name in text for name in names)
            return ("refused" if named else "nameless"), text.split(": ", 3)[-1], None

    def judge(self, backbone, model, names, raw, baseline, suffixes=(".h5", ".keras")):
        states, details = set(), []
        for suffix in suffixes:
            path = os.path.join(self.folder, "model" + suffix)
            try:
                model.save(path)
            except Exception as error:
                details.append(f"{suffix} cannot be saved: {error}"[:80])
                continue
            kind, answer, recipe = self.load(backbone, path, names)
            os.remove(path)
            if kind == "answer":
                expected = backbone.predict(model, is_own(recipe, raw))
                # one output is the second of two classes
                answer = answer[:, 1:] if expected.shape[-1] == 1 else answer
                error = float(np.abs(answer - expected).max()) \
                    if answer.shape == expected.shape else np.inf
                same = error <= LIMIT
                plain = baseline is not None and recipe.name == b"keras" and \
                    baseline.shape == expected.shape and np.abs(expected - baseline).max() <= 1e-6
                kind = ("harmless" if plain else "translated") if same else "WRONG"
                details.append(f"{suffix} {error:.1e}")
            else:
                details.append(f"{suffix} {answer}")
            states.add(kind)
        state = states.pop() if len(states) == 1 else "/".join(sorted(states)) or "-"
        return Outcome(state, "; ".join(dict.fromkeys(details)))

    def check(self, what, outcome):
        good = outcome.state in ("harmless", "translated", "refused", "-")
        self.tally.check(what, good, f"{outcome.state}: {outcome.detail}"[:230])
        return outcome


def names_of(model, base):
    """What a refusal may name: the layers that are not the backbone's, or their classes."""
    return {name for layer in model.layers if layer is not base
            for name in (layer.name, layer.__class__.__name__)} | \
        {operation.name for operation in getattr(model, "operations", [])}


def variants(K, name, cls):
    for make in MADE.get(name, [lambda K: cls()]):
        try:
            yield make(K)
        except Exception:
            pass


class Sweep:
    def __init__(self, comparison, only):
        self.comparison, self.only = comparison, only
        self.table = {}  # {row: {place: {states}}}

    def note(self, row, place, state):
        self.table.setdefault(row, {}).setdefault(place, set()).add(state)

    def one(self, backbone, row, place, layer, what, suffixes):
        try:
            model = backbone.whole(place, layer)
        except Exception:
            return self.note(row, place, "-")  # Keras itself cannot have it there
        raw = place == "before" and row in OPERATIONS
        names = names_of(model, backbone.model)
        try:
            outcome = self.comparison.judge(backbone, model, names, raw, backbone.baseline,
                                            suffixes)
        except (ValueError, TypeError, tf.errors.OpError):
            return self.note(row, place, "-")  # nor compute it
        self.comparison.check(f"{what}, {TITLES[place]}", outcome)
        self.note(row, place, outcome.state)

    def run(self, backbone):
        K = backbone.K
        title = "Keras 3" if K is keras else "Keras 2"
        backbone.baseline = backbone.predict(backbone.whole(None, None), False)
        for name, cls in sorted(classes_of(K).items()):
            if self.only and self.only != name:
                continue
            for place in PLACES:
                for number, layer in enumerate(variants(K, name, cls)):
                    if number > 3 and place != "head":  # more functions, where there may be some
                        continue
                    both = number == 0 and place in ("before", "head")
                    self.one(backbone, name, place, layer, f"{title} {name} {number}",
                             (".h5", ".keras") if both else (".h5",))
        for name, make in OPERATIONS.items():
            if self.only and self.only != name:
                continue
            for place in PLACES:
                self.one(backbone, name, place, make(K), f"{title} {name}",
                         (".keras",) if name.endswith("(.keras)") else (".h5", ".keras"))


def heads(comparison, backbone):
    """Whole heads, and the three forms of model around one."""
    K, L, dense = backbone.K, backbone.K.layers, backbone.dense
    title = "Keras 3" if K is keras else "Keras 2"

    def check(what, make, raw=False):
        try:
            model = make()
        except Exception as error:
            print(f"      {title} {what}: not in this Keras ({str(error)[:60]})")
            return
        names = names_of(model, backbone.model)
        comparison.check(f"{title} {what}",
                         comparison.judge(backbone, model, names, raw, None))

    def on_features(head, pooling="avg"):
        def make():
            inputs = K.Input((SIZE, SIZE, 3))
            x = backbone.model(inputs, training=False)
            if pooling == "avg":
                x = L.GlobalAveragePooling2D()(x)
            elif pooling == "max":
                x = L.GlobalMaxPooling2D()(x)
            elif pooling:
                x = pooling(x)
            return K.Model(inputs, head(x))
        return make

    for name in HEADS:
        check(f"hidden Dense({name!r})", on_features(
            lambda x, name=name: dense(N_CLASSES, "softmax", 3)(dense(N_HIDDEN, name)(x))))
    for name, layer in (("ReLU(0.2)", lambda: L.ReLU(negative_slope=0.2)),
                        ("LeakyReLU(0.3)", lambda: L.LeakyReLU(0.3)), ("ELU(0.7)", lambda: L.ELU(0.7)),
                        ("PReLU", lambda: L.PReLU())):
        check(f"activation={name}", on_features(
            lambda x, layer=layer: dense(N_CLASSES, "softmax", 3)(dense(N_HIDDEN, layer())(x))))
    check("Dense, BN, relu, Dropout, Dense", on_features(lambda x: dense(N_CLASSES, "softmax", 3)(
        L.Dropout(0.4)(L.Activation("relu")(moved(K)(dense(N_HIDDEN)(x)))))))
    check("Dense(relu), BN, Dense", on_features(lambda x: dense(N_CLASSES, "softmax", 3)(
        moved(K)(dense(N_HIDDEN, "relu")(x)))))
    check("BN, Dense", on_features(lambda x: dense(N_CLASSES, "softmax", 3)(moved(K)(x))))
    check("BN without gamma and beta, Dense", on_features(
        lambda x: dense(N_CLASSES, "softmax", 3)(L.BatchNormalization(scale=False)(
            L.BatchNormalization(scale=False, center=False)(x)))))
    check("Dense, BN, softmax", on_features(lambda x: L.Softmax()(moved(K)(dense(N_CLASSES)(x)))))
    check("four hidden layers, each another activation", on_features(
        lambda x: dense(N_CLASSES, "softmax", 9)(dense(12, "gelu", 8)(dense(13, "elu", 7)(
            dense(14, "tanh", 6)(dense(15, "selu", 5)(x)))))))
    check("five hidden layers", on_features(
        lambda x: dense(N_CLASSES, "softmax", 9)(dense(11, "relu", 10)(dense(12, "gelu", 8)(dense(
            13, "elu", 7)(dense(14, "tanh", 6)(dense(15, "selu", 5)(x))))))))
    check("Dense, Rescaling, softmax", on_features(
        lambda x: L.Softmax()(L.Rescaling(0.01)(dense(N_CLASSES)(x)))))
    check("logits", on_features(lambda x: L.Softmax()(dense(N_CLASSES)(x))))
    check("one output, sigmoid", on_features(lambda x: dense(1, "sigmoid")(x)))
    check("one output, softmax", on_features(lambda x: dense(1, "softmax")(x)))
    check("several outputs, sigmoid", on_features(lambda x: dense(3, "sigmoid")(x)))
    check("a last tanh", on_features(lambda x: dense(3, "tanh")(x)))
    check("max pool", on_features(lambda x: dense(N_CLASSES, "softmax")(x), "max"))
    check("average and max pool", on_features(
        lambda x: dense(N_CLASSES, "softmax")(x),
        lambda x: L.Concatenate()([L.GlobalAveragePooling2D()(x), L.GlobalMaxPooling2D()(x)])))
    check("Flatten of the map", on_features(lambda x: dense(N_CLASSES, "softmax")(x), L.Flatten()))
    check("AveragePooling2D of the whole map, Flatten", on_features(
        lambda x: dense(N_CLASSES, "softmax")(L.Flatten()(x)), L.AveragePooling2D(2)))
    check("keepdims, Flatten", on_features(
        lambda x: dense(N_CLASSES, "softmax")(L.Flatten()(x)),
        L.GlobalAveragePooling2D(keepdims=True)))
    check("a dense layer on the map", on_features(
        lambda x: L.GlobalAveragePooling2D()(dense(N_CLASSES)(x)), None))
    check("two branches added", on_features(
        lambda x: L.Softmax()(L.Add()([dense(N_CLASSES, None, 4)(x), dense(N_CLASSES)(x)]))))
    check("a shared dense layer", on_features(lambda x: shared(K, dense, x)))
    check("two outputs", lambda: two_outputs(backbone))
    check("Sequential", lambda: sequential(backbone, []))
    check("Sequential with augmentation and Rescaling", lambda: sequential(
        backbone, [K.Sequential([L.RandomFlip(), L.RandomRotation(0.1)]), L.Rescaling(1 / 255)]))
    check("flat graph", lambda: backbone.whole("head", L.Activation("tanh"), flat=True))
    check("flat graph with preprocess_input", lambda: backbone.whole(
        "before", K.applications.resnet50.preprocess_input, flat=True), raw=True)


def weights_alone(comparison, backbone):
    """A file of weights does not tell a hidden tanh: ReLU is assumed and said, or set by the caller.
    A head that is refused leaves the network."""
    K, tally = backbone.K, comparison.tally
    title = "Keras 3" if K is keras else "Keras 2"
    model = backbone.whole("head", K.layers.Activation("tanh"))
    expected = backbone.predict(model, False)
    for name in ("weights.h5", "model.weights.h5") if K is tf_keras else ("model.weights.h5",):
        path = os.path.join(comparison.folder, name)
        model.save_weights(path)

        def answers(**fields):
            with Model.load(comparison.library, path, **fields) as ours, Session(ours, 2) as session:
                pixels = backbone.K.applications.resnet50.preprocess_input(
                    backbone.pixels.astype(np.float32))
                logits = session.logits(pixels.transpose(0, 3, 1, 2))
                return float(np.abs(softmax(logits) - expected).max()), ours.remarks
        error, text = answers()
        tally.check(f"{title} {name}: ReLU is assumed, and said", error > LIMIT and "assumed" in text,
                    text)
        error, text = answers(hidden_activation=ACTIVATION["tanh"])
        tally.check(f"{title} {name}: as the caller says", error <= LIMIT and "assumed" not in text,
                    f"{error:.1e} {text}")
        os.remove(path)
    path = os.path.join(comparison.folder, "flatten.keras")
    inputs = K.Input((SIZE, SIZE, 3))
    K.Model(inputs, backbone.dense(3)(K.layers.Flatten()(backbone.model(inputs)))).save(path)
    with Model.load(comparison.library, path, new_head=1, n_classes=7) as ours:
        tally.check(f"{title}: a new head in place of one that is refused", ours.n_classes == 7)
    os.remove(path)


def shared(K, dense, x):
    layer = K.layers.Dense(16, activation="relu")
    x = dense(16)(x)
    return dense(N_CLASSES, "softmax", 3)(layer(layer(x)))


def two_outputs(backbone):
    inputs = backbone.K.Input((SIZE, SIZE, 3))
    x = backbone.K.layers.GlobalAveragePooling2D()(backbone.model(inputs))
    return backbone.K.Model(inputs, [backbone.dense(3)(x), backbone.dense(4)(x)])


def sequential(backbone, first):
    K = backbone.K
    model = K.Sequential([K.Input((SIZE, SIZE, 3)), *first, backbone.model,
                          K.layers.GlobalAveragePooling2D(),
                          K.Sequential([K.layers.Dense(8, activation="tanh"),
                                        K.layers.Dropout(0.2)]),
                          K.layers.Dense(N_CLASSES, activation="softmax")])
    return model


class Changed:
    """Backbones that are almost ResNet-50: each must be refused by the layer's name."""

    CASES = {
        "an epsilon of its own": ("conv3_block2_1_bn", {"epsilon": 0.01}),
        "dilation": ("conv5_block1_2_conv", {"dilation_rate": (2, 2)}),
        "padding": ("conv2_block1_2_conv", {"padding": "valid"}),
        "stride in stage 2": ("conv2_block1_1_conv", {"strides": (2, 2)}),
        "strides of 1": ("conv5_block1_1_conv", {"strides": (1, 1)}),
        "an activation in a convolution": ("conv3_block1_2_conv", {"activation": "relu"}),
        "another activation": ("conv4_block2_1_relu", {"activation": "gelu"}),
        "another axis": ("conv4_block2_1_bn", {"axis": 1}),
        "another pool": ("pool1_pool", {"pool_size": (2, 2)}),
        "padding of the stem": ("conv1_pad", {"padding": ((2, 3), (2, 3))}),
    }

    def __init__(self, comparison, backbone):
        self.comparison, self.backbone = comparison, backbone

    def run(self):
        import json
        import zipfile
        K, folder = self.backbone.K, self.comparison.folder
        model = self.backbone.whole(None, None)
        path, changed = (os.path.join(folder, name) for name in ("good.keras", "changed.keras"))
        model.save(path)
        for what, (name, fields) in self.CASES.items():
            with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as out:
                for entry in source.namelist():
                    data = source.read(entry)
                    if entry == "config.json":
                        config = json.loads(data)
                        body = next(layer for layer in config["config"]["layers"]
                                    if "layers" in layer["config"])
                        layer = next(layer for layer in body["config"]["layers"]
                                     if layer["config"]["name"] == name)
                        layer["config"].update(fields)
                        data = json.dumps(config)
                    out.writestr(entry, data)
            kind, text, _ = self.comparison.load(self.backbone, changed, {name})
            self.comparison.tally.check(f"{K.__name__}: {what}", kind == "refused", str(text)[:160])
        os.remove(path)
        os.remove(changed)


def row_of(states):
    states = states - {"-"} or states
    words = [word for word in ("translated", "harmless", "refused", "-") if word in states]
    return " or ".join(words) if words != ["-"] else "–"


def make_table(table):
    lines = ["| layer | " + " | ".join(TITLES[place] for place in PLACES) + " |",
             "|---|" + "---|" * len(PLACES)]
    for row in sorted(table, key=lambda row: (row in OPERATIONS, row.lower())):
        cells = [row_of(table[row].get(place, {"-"})) for place in PLACES]
        if all(cell in ("refused", "–") for cell in cells):
            continue
        label = row if row in OPERATIONS else f"`{row}`"
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    refused = sorted(row for row in table if row not in OPERATIONS and
                     all(row_of(table[row].get(place, {"-"})) in ("refused", "–")
                         for place in PLACES) and
                     any("refused" in states for states in table[row].values()))
    lines += ["", "Refused wherever Keras lets them stand: " +
              ", ".join(f"`{row}`" for row in refused) + "."]
    return "\n".join(lines)


def update_docs(text, write, tally):
    with open(DOCS, encoding="utf-8") as file:
        whole = file.read()
    pattern = re.compile(re.escape(START) + r"\n.*?" + re.escape(END), re.DOTALL)
    new = pattern.sub(lambda match: f"{START}\n{text}\n{END}", whole)
    if write:
        with open(DOCS, "w", encoding="utf-8") as file:
            file.write(new)
    else:
        tally.check("the table in docs/weights.md", new == whole)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="a class or operation: that row alone")
    parser.add_argument("--write", action="store_true", help="puts the table into docs/weights.md")
    parser.add_argument("--keras", type=int, choices=(2, 3), help="that one alone")
    parser.add_argument("--heads", action="store_true", help="whole heads and backbones alone")
    add_build_argument(parser)
    options = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        comparison = Comparison(Library(options.build), tally, folder)
        sweep = Sweep(comparison, options.only)
        for K in [{3: keras, 2: tf_keras}[n] for n in (3, 2) if options.keras in (None, n)]:
            backbone = Backbone(K)
            if not options.only:
                heads(comparison, backbone)
                weights_alone(comparison, backbone)
                Changed(comparison, backbone).run()
            if not options.heads:
                sweep.run(backbone)
    if not (options.only or options.heads or options.keras):
        text = make_table(sweep.table)
        print(text)
        update_docs(text, options.write, tally)
    tally.finish()


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
