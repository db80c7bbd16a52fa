"""same_bits.py: equal bits for 1, 2, 3 and 4 threads, in inference and in training.

Inference: logits of batches of 1, 3, 8 and 32 images, both algorithms. Training: five steps of SGD,
then the saved file, HDF5 and safetensors, also with a frozen backbone and with Adam. With --data a
folder of class folders is trained on by `resnet50 train` as well.
"""
import argparse
import hashlib
import os
import tempfile

import numpy as np

from refs import random_weights
from refs.binding import FREEZE, OPTIMIZER, Library, Model, Session, Trainer, add_build_argument
from refs.verdict import Tally

THREADS = (1, 2, 3, 4)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=224, help="px, inference (default 224)")
    parser.add_argument("--train-size", type=int, default=96, help="px, training (default 96)")
    parser.add_argument("--train-batch", type=int, default=20, help="images (default 20)")
    parser.add_argument("--data", help="class folders for `resnet50 train`")
    add_build_argument(parser)
    return parser.parse_args()


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def check_same(tally, what, digests):
    """digests: {threads: hex digest}."""
    same = len(set(digests.values())) == 1
    tally.check(what, same, next(iter(digests.values()))[:16] if same else
                " ".join(f"{n}:{digest[:8]}" for n, digest in digests.items()))


def inference(tally, library, path, size):
    rng = np.random.default_rng(2)
    images = rng.standard_normal((32, 3, size, size)).astype(np.float32)
    model = Model.load(library, path)
    for algorithm in ("auto", "direct"):
        for batch in (1, 3, 8, 32):
            def digest(n_threads):
                logits = Session(model, n_threads, algorithm).logits(images[:batch])
                return hashlib.sha256(logits.tobytes()).hexdigest()
            what = f"inference, {algorithm}, batch {batch}, {size} px"
            digests = tally.attempt(what, lambda: {n: digest(n) for n in THREADS})
            if digests:
                check_same(tally, what, digests)


def trained(library, path, folder, n_threads, options, fields):
    """SHA-256 of the files saved after five steps: (HDF5, safetensors)."""
    rng = np.random.default_rng(3)
    shape = (options.train_batch, 3, options.train_size, options.train_size)
    model = Model.load(library, path)
    trainer = Trainer(model, n_threads=n_threads, learning_rate=0.01, **fields)
    for _ in range(5):
        trainer.step(rng.standard_normal(shape).astype(np.float32),
                     rng.integers(0, model.n_classes, options.train_batch))
    trainer.close()
    digests = []
    for ending, file_format in ((".h5", "hdf5"), (".safetensors", "safetensors")):
        out = os.path.join(folder, "out" + ending)
        model.save(out, file_format)
        digests.append(digest_of(out))
    return digests


def training(tally, library, path, folder, options):
    cases = {"SGD": {}, "Adam": {"optimizer": OPTIMIZER["adam"]},
             "SGD, layer3 frozen": {"freeze": FREEZE["layer3"]},
             "SGD, head only": {"freeze": FREEZE["all"]}}
    for name, fields in cases.items():
        what = f"five steps, {name}, {options.train_batch} images of {options.train_size} px"
        both = tally.attempt(what, lambda: {n: trained(library, path, folder, n, options, fields)
                                            for n in THREADS})
        for index, kind in enumerate(("HDF5", "safetensors")):
            if both:
                check_same(tally, f"{what}: {kind}", {n: pair[index] for n, pair in both.items()})


def program(tally, library, folder, data):
    def run(n_threads):
        out = os.path.join(folder, "program.h5")
        library.run_program("train", "--data", data, "--out", out, "--epochs", 1, "--batch", 32,
                            "--size", 32, "--seed", 1, "--threads", n_threads)
        return digest_of(out)
    what = "resnet50 train, one epoch at 32 px"
    digests = tally.attempt(what, lambda: {n: run(n) for n in THREADS})
    if digests:
        check_same(tally, what, digests)


def main():
    options = arguments()
    library, tally = Library(options.build), Tally()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "start.safetensors")
        random_weights.save_safetensors(random_weights.random_state(n_classes=10), path)
        inference(tally, library, path, options.size)
        training(tally, library, path, folder, options)
        if options.data:
            program(tally, library, folder, options.data)
    tally.finish()


if __name__ == "__main__":
    main()
