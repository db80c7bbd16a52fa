"""training_keras.py: heads taught by the Python package's optimisers, and its schedules, against Keras's.

A head learns twelve steps here, and the same head on the same features in Keras. SGD is the same formula; Adam and
RMSprop add epsilon at another place (resnet50.optimizers says where), which shows where gradients are tiny.
"""
import argparse
import os
import pathlib
import sys

import numpy as np

from refs.binding import add_build_argument
from refs.verdict import Tally, relative_l2

N_STEPS = 12
RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (16, 32, 32, 3)).astype(np.uint8)
Y = np.arange(16) % 4

#: optimiser, arguments that are equal in both; bounds of the losses' and of the moved kernel's relative L2 error
OPTIMIZERS = [
    ("SGD", {"learning_rate": 0.05}, 1e-4, 1e-4), ("SGD", {"learning_rate": 0.01, "momentum": 0.9}, 1e-4, 1e-4),
    ("SGD", {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True}, 1e-4, 1e-4),
    ("SGD", {"learning_rate": 0.05, "weight_decay": 0.1, "global_clipnorm": 0.5}, 1e-4, 1e-4),
    ("Adam", {"learning_rate": 1e-3}, 1e-4, 2e-2), ("AdamW", {"learning_rate": 1e-3, "weight_decay": 0.1}, 1e-4, 2e-2),
    ("RMSprop", {"learning_rate": 1e-4}, 5e-3, 0.1), ("RMSprop", {"learning_rate": 1e-4, "momentum": 0.5}, 5e-3, 0.1)]

SCHEDULES = [
    ("ExponentialDecay", (0.1, 10, 0.5)), ("ExponentialDecay", (0.1, 10, 0.5, True)),
    ("InverseTimeDecay", (0.1, 10, 0.7)), ("PiecewiseConstantDecay", ([3, 8], [1.0, 0.5, 0.1])),
    ("PolynomialDecay", (0.1, 10, 0.01, 2.0)), ("PolynomialDecay", (0.1, 10, 0.01, 1.0, True)),
    ("CosineDecay", (0.1, 10, 0.1)), ("CosineDecayRestarts", (0.1, 5, 2.0, 0.7, 0.1))]


def find_package():
    """The package of this tree on the library of --build; before it is imported."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_build_argument(parser)
    os.environ["RESNET50_LIBRARY"] = os.path.join(parser.parse_args().build, "lib", "libresnet50.so.0.1")
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bindings" / "python"))


def make_model(resnet50):
    model = resnet50.Model.new(4, seed=1)
    model.recipe = resnet50.Recipe.named("torchvision-v1", 32)
    model.trainable = False
    model.get_layer("predictions").trainable = True
    return model


def teach_ours(model, optimizer):
    """Losses before each step, then the kernel."""
    model.compile(optimizer, allow_random_features=1)
    losses = model.fit(X, Y, len(X), N_STEPS, 0).history["loss"]
    return losses, model.get_layer("predictions").get_weights()[0]


def teach_keras(keras, features, weights, optimizer):
    """The same of the same head on the same features."""
    head = keras.Sequential([keras.Input((features.shape[1],)), keras.layers.Dense(4, activation="softmax")])
    head.set_weights(weights)
    head.compile(optimizer, "sparse_categorical_crossentropy")
    losses = head.fit(features, Y, len(X), N_STEPS, 0, shuffle=False).history["loss"]
    return losses, head.get_weights()[0]


def check_optimizer(tally, keras, resnet50, name, arguments, loss_bound, kernel_bound):
    model = make_model(resnet50)
    features, weights = model.embed(X), model.get_layer("predictions").get_weights()
    ours = teach_ours(model, getattr(resnet50.optimizers, name)(**arguments))
    theirs = teach_keras(keras, features, weights, getattr(keras.optimizers, name)(**arguments))
    loss = relative_l2(ours[0], theirs[0])
    kernel = relative_l2(ours[1] - weights[0], theirs[1] - weights[0])
    tally.check(f"{name} {arguments}", loss < loss_bound and kernel < kernel_bound,
                f"losses {loss:.1e}, kernel {kernel:.1e}")


def main():
    find_package()
    import keras
    import resnet50
    tally = Tally()
    for case in OPTIMIZERS:
        check_optimizer(tally, keras, resnet50, *case)
    for name, arguments in SCHEDULES:
        ours, theirs = (getattr(one.optimizers.schedules, name)(*arguments) for one in (resnet50, keras))
        worst = max(abs(ours(step) - float(theirs(step))) for step in range(30))
        tally.check(f"{name}{arguments}", worst < 1e-6, f"{worst:.1e}")
    tally.finish()


if __name__ == "__main__":
    main()
