"""cifar10.py TRAIN TEST: one recipe from the same initial weights here, in PyTorch and in Keras.

TRAIN and TEST are folders with one folder of JPEG files a class, such as CIFAR-10 written as
pictures. ResNet-50 as it is, on the 32x32 pixels, the last gamma of every block 0 at first; SGD with
momentum, its rate rising over the first --warmup epochs and falling along half a cosine to nothing,
no weight decay (Keras has another kind of it), random crops of the picture padded by four and flips
with --augment. Every framework gets the same batches in the same order, each in a process of its own,
one after the other; images/s count the training steps alone, not the decoding.
"""
import argparse
import math
import multiprocessing
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from refs import random_weights
from refs.binding import add_build_argument
from refs.verdict import Tally

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
FRAMEWORKS = ("ours", "pytorch", "keras")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--epochs", type=int, default=3, help="default 3")
    parser.add_argument("--batch", type=int, default=128, help="default 128")
    parser.add_argument("--lr", type=float, default=0.02, help="the highest rate; default 0.02")
    parser.add_argument("--warmup", type=float, default=0.5, metavar="EPOCHS", help="default 0.5")
    parser.add_argument("--momentum", type=float, default=0.9, help="default 0.9")
    parser.add_argument("--limit", type=int, default=0, metavar="N",
                        help="only N training images, evenly of all classes (default: all)")
    parser.add_argument("--test-limit", type=int, default=0, metavar="N", help="likewise")
    parser.add_argument("--augment", action="store_true", help="random crops and flips")
    parser.add_argument("--seed", type=int, default=1, help="default 1")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="default: all processors")
    parser.add_argument("--frameworks", default=",".join(FRAMEWORKS), metavar="LIST",
                        help=f"default {','.join(FRAMEWORKS)}")
    parser.add_argument("--points", type=float, default=5.0,
                        help="how far the final test accuracies may be apart (default 5)")
    add_build_argument(parser)
    return parser.parse_args()


def read_folder(folder, limit):
    """(pixels [n][32][32][3] of bytes, labels [n]) of the class folders below `folder`."""
    from PIL import Image
    classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    pixels, labels = [], []
    for label, name in enumerate(classes):
        files = sorted(os.listdir(os.path.join(folder, name)))
        for file in files[:limit // len(classes) if limit else None]:
            with Image.open(os.path.join(folder, name, file)) as image:
                pixels.append(np.asarray(image.convert("RGB")))
            labels.append(label)
    return np.stack(pixels), np.array(labels, np.int64)


def normalised(pixels):
    """[n][3][h][w] floats of [n][h][w][3] bytes."""
    scaled = pixels.astype(np.float32) / np.float32(255)
    scaled = (scaled - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def _augmented(rng, pixels):
    """Crops at random offsets of the picture padded by four; half of them mirrored."""
    n, height, width, _ = pixels.shape
    padded = np.pad(pixels, ((0, 0), (4, 4), (4, 4), (0, 0)))
    tops, lefts = rng.integers(0, 9, n), rng.integers(0, 9, n)
    result = np.empty_like(pixels)
    for i, (top, left) in enumerate(zip(tops, lefts)):
        result[i] = padded[i, top:top + height, left:left + width]
    flipped = rng.random(n) < 0.5
    result[flipped] = result[flipped, :, ::-1]
    return result


def epoch_of(data, recipe, epoch):
    """Images and labels of one epoch in order, whole batches only; the same for every framework."""
    pixels, labels = data
    rng = np.random.default_rng((recipe["seed"], epoch))
    order = rng.permutation(len(labels))
    order = order[:len(order) // recipe["batch"] * recipe["batch"]]
    pixels = pixels[order]
    if recipe["augment"]:
        pixels = _augmented(rng, pixels)
    return normalised(pixels), labels[order]


def slices_of(n, batch):
    return [slice(start, min(start + batch, n)) for start in range(0, n, batch)]


def rate_at(step, recipe):
    """The learning rate of a step, counted over the whole run."""
    time = step / recipe["epoch_steps"]
    if time < recipe["warmup"]:
        return recipe["lr"] * (step + 1) / (recipe["epoch_steps"] * recipe["warmup"])
    done = (time - recipe["warmup"]) / (recipe["epochs"] - recipe["warmup"])
    return recipe["lr"] * (1 + math.cos(math.pi * done)) / 2


class Ours:
    def __init__(self, recipe):
        from refs.binding import Library, Model, Session, Trainer
        self.session_of = Session
        self.model = Model.load(Library(recipe["build"]), recipe["weights"])
        self.trainer = Trainer(self.model, schedule=lambda step: rate_at(step, recipe),
                               weight_decay=0.0, momentum=recipe["momentum"],
                               batch_size=recipe["batch"], n_threads=recipe["threads"])
        self.recipe = recipe

    def prepare(self, images, labels):
        return images, labels

    def train(self, images, labels):
        losses = [self.trainer.step(images[where], labels[where])
                  for where in slices_of(len(labels), self.recipe["batch"])]
        return float(np.mean(losses))

    def logits(self, images):
        session = self.session_of(self.model, self.recipe["threads"])
        parts = [session.logits(images[where]) for where in slices_of(len(images), 100)]
        session.close()
        return np.concatenate(parts)


class PyTorch:
    def __init__(self, recipe):
        import torch
        from refs import torch_network
        from safetensors.numpy import load_file
        torch.set_num_threads(recipe["threads"])
        self.torch, self.recipe = torch, recipe
        network = torch_network.from_state(load_file(recipe["weights"]))
        self.network = network.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(network.parameters(), recipe["lr"], recipe["momentum"],
                                         fused=True)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: rate_at(step, recipe) / recipe["lr"])

    def prepare(self, images, labels):
        batch = self.torch.from_numpy(images)
        return (batch.contiguous(memory_format=self.torch.channels_last),
                self.torch.from_numpy(labels))

    def train(self, images, labels):
        self.network.train()
        losses = []
        for where in slices_of(len(labels), self.recipe["batch"]):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.torch.nn.functional.cross_entropy(self.network(images[where]),
                                                          labels[where])
            loss.backward()
            self.optimizer.step()
            self.schedule.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    def logits(self, images):
        from refs import torch_network
        return torch_network.logits(self.network, images, 100)


def _keras_schedule(recipe):
    import keras

    n_steps = recipe["epoch_steps"] * recipe["epochs"]
    table = np.array([rate_at(step, recipe) for step in range(n_steps)], np.float32)

    class Table(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return keras.ops.take(table, keras.ops.cast(step, "int32"))

    return Table()


class Keras:
    def __init__(self, recipe):
        from refs import keras_network
        import keras
        import tensorflow
        from safetensors.numpy import load_file
        tensorflow.config.threading.set_intra_op_parallelism_threads(recipe["threads"])
        self.recipe = recipe
        self.network = keras_network.build("torchvision", 10, size=32)
        keras_network.set_torchvision_state(self.network, load_file(recipe["weights"]))
        self.network.compile(
            optimizer=keras.optimizers.SGD(_keras_schedule(recipe), momentum=recipe["momentum"]),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    def prepare(self, images, labels):
        return np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels

    def train(self, images, labels):
        history = self.network.fit(images, labels, batch_size=self.recipe["batch"], shuffle=False,
                                   verbose=0)
        return history.history["loss"][0]

    def logits(self, images):
        return self.network.predict(images.transpose(0, 2, 3, 1), batch_size=100, verbose=0)


def run(framework, recipe):
    """Trains in this process; returns [(loss, test accuracy, images/s)] of the epochs."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:recipe["threads"]])
    train = read_folder(recipe["train"], recipe["limit"])
    pixels, test_labels = read_folder(recipe["test"], recipe["test_limit"])
    test = normalised(pixels)
    recipe = dict(recipe, epoch_steps=len(train[1]) // recipe["batch"])
    learner = {"ours": Ours, "pytorch": PyTorch, "keras": Keras}[framework](recipe)
    rows = []
    for epoch in range(recipe["epochs"]):
        images, labels = learner.prepare(*epoch_of(train, recipe, epoch))
        start = time.perf_counter()
        loss = learner.train(images, labels)
        seconds = time.perf_counter() - start
        accuracy = 100 * float(np.mean(learner.logits(test).argmax(1) == test_labels))
        rows.append((loss, accuracy, len(labels) / seconds))
        print(f"{framework:<9} epoch {epoch + 1:>2}  loss {loss:.4f}  test accuracy "
              f"{accuracy:5.2f} %  {rows[-1][2]:7.1f} images/s", flush=True)
    return rows


def main():
    options = arguments()
    tally, results = Tally(), {}
    with tempfile.TemporaryDirectory() as folder:
        recipe = dict(vars(options), weights=os.path.join(folder, "start.safetensors"))
        random_weights.save_safetensors(
            random_weights.fresh_state(options.seed, 10, zero_init_residual=True), recipe["weights"])
        for framework in options.frameworks.split(","):
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                results[framework] = pool.submit(run, framework, recipe).result()
    print("\n| framework | " + " | ".join(f"epoch {i + 1}" for i in range(options.epochs)) +
          " | images/s, best epoch |\n|---|" + "---:|" * (options.epochs + 1))
    for framework, rows in results.items():
        print(f"| {framework} | " + " | ".join(f"{row[1]:.2f} %" for row in rows) +
              f" | {max(row[2] for row in rows):.0f} |")
    print()
    final = {framework: rows[-1][1] for framework, rows in results.items()}
    for framework, accuracy in final.items():
        tally.check(f"{framework} learns", accuracy > 25, f"{accuracy:.2f} %, chance is 10 %")
    spread = max(final.values()) - min(final.values())
    tally.check("final test accuracies", spread <= options.points, f"{spread:.2f} points apart")
    tally.finish()


if __name__ == "__main__":
    main()
