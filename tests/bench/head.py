#!/usr/bin/env python3
"""A new head on a frozen backbone: thirty epochs against one plain pass, and against PyTorch's.

    python tests/bench/head.py PHOTOS --build BUILD [--rounds 3]

PHOTOS is a folder of JPEG photographs. Windows at random places of them, four fifths to all of
their sides, make 2000 JPEG files in ten class folders, and 20 more to be held out. In turn:

  pass     resnet50 evaluate: each of the 2000 decoded and run through the network once
  ours     resnet50 train --freeze all --epochs 30, from reading the folder to the model file
  pytorch  one epoch in the usual way: frozen backbone in eval mode, no_grad, channels_last, then a
           linear layer with Adam. Images are decoded beforehand, in PyTorch's favour, and only
           --torch-images of them are run; time is scaled to 2000 images and 30 epochs

With --threads 1 the processors' time is a fair measure on a busy machine, too: nobody waits for
another thread, and nobody spins.

The network is the same for all: torchvision's v1.5 with random weights. Python packages are those
of requirements.txt, and Pillow.
"""
import argparse
import glob
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "reference"))

from refs import random_weights
from refs.binding import add_build_argument

N_CLASSES = 10
BATCH = 32


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos")
    parser.add_argument("--images", type=int, default=2000, help="default 2000")
    parser.add_argument("--epochs", type=int, default=30, help="default 30")
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--torch-images", type=int, default=500, help="default 500; 0: no PyTorch")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="default: all processors")
    add_build_argument(parser)
    return parser.parse_args()


def cut_window(photo, rng):
    """A window of four fifths to all of the photograph's sides."""
    width, height = (max(1, round(side * rng.uniform(0.8, 1.0))) for side in photo.size)
    left, top = rng.randint(0, photo.width - width), rng.randint(0, photo.height - height)
    return photo.crop((left, top, left + width, top + height))


def write_pictures(folder, photos, n):
    """n JPEG files in class folders; their paths."""
    from PIL import Image
    rng, paths = random.Random(n), []
    for i in range(n):
        path = os.path.join(folder, f"class{i % N_CLASSES}", f"{i:05}.jpg")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with Image.open(photos[i // N_CLASSES % len(photos)]) as photo:
            cut_window(photo.convert("RGB"), rng).save(path, quality=92)
        paths.append(path)
    return paths


class Program:
    def __init__(self, build, threads):
        self.path = os.path.join(build, "examples", "resnet50", "resnet50")
        self.threads = threads

    def run(self, *words):
        """(seconds, seconds of all processors) of one command, from start to exit."""
        start = time.perf_counter()
        process = subprocess.Popen([self.path, *words, "--threads", str(self.threads)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if status:
            sys.exit(f"resnet50 {' '.join(words[:8])} ... failed")
        return seconds, usage.ru_utime + usage.ru_stime


class PyTorch:
    """The linear layer on the frozen network, over decoded images."""

    def __init__(self, weights, paths, threads):
        import torch
        from refs import torch_network
        from safetensors.numpy import load_file
        torch.set_num_threads(threads)
        self.torch = torch
        network = torch_network.from_state(load_file(weights)).eval().requires_grad_(False)
        self.network = network.to(memory_format=torch.channels_last)
        self.head = torch.nn.Linear(2048, N_CLASSES)
        self.optimizer = torch.optim.Adam(self.head.parameters(), 1e-3)
        self.images = torch.stack([self.decode(path) for path in paths])
        self.images = self.images.contiguous(memory_format=torch.channels_last)
        self.labels = torch.arange(len(paths)) % N_CLASSES
        self.step(slice(0, BATCH))

    def decode(self, path):
        from PIL import Image
        import numpy as np
        with Image.open(path) as image:
            scale = 256 / min(image.size)
            image = image.resize([max(256, int(side * scale)) for side in image.size])
            left, top = (image.width - 224) // 2, (image.height - 224) // 2
            pixels = np.asarray(image.crop((left, top, left + 224, top + 224)), np.float32) / 255
        return self.torch.from_numpy((pixels - 0.45) / 0.225).permute(2, 0, 1)

    def step(self, where):
        with self.torch.no_grad():
            features = self.network.features(self.images[where])
        loss = self.torch.nn.functional.cross_entropy(self.head(features), self.labels[where])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    def run(self, n_images):
        """(seconds, seconds of all processors) that n_images would take, from one epoch."""
        start, start_work = time.perf_counter(), time.process_time()
        for first in range(0, len(self.labels), BATCH):
            self.step(slice(first, first + BATCH))
        scale = n_images / len(self.labels)
        return ((time.perf_counter() - start) * scale,
                (time.process_time() - start_work) * scale)


def measure(contestants, n_rounds):
    """{contestant: [(seconds, processor seconds)]} of all rounds, taken in turn."""
    results = {name: [] for name in contestants}
    for index in range(n_rounds):
        for name, run in contestants.items():
            results[name].append(run())
            print(f"round {index + 1}: {name} {results[name][-1][0]:.1f} s, "
                  f"processors {results[name][-1][1]:.1f} s", flush=True)
    return results


def ratios(results, name, base, column):
    """Median over the rounds, and all of them, of one contestant's time over another's."""
    each = [row[column] / other[column] for row, other in zip(results[name], results[base])]
    return f"{statistics.median(each):.2f} ({', '.join(f'{ratio:.2f}' for ratio in each)})"


def print_table(results):
    print("\n| | median | best | worst | processors' time, median |\n|---|---:|---:|---:|---:|")
    for name, rows in results.items():
        seconds = [row[0] for row in rows]
        print(f"| {name} | {statistics.median(seconds):.1f} s | {min(seconds):.1f} s | "
              f"{max(seconds):.1f} s | {statistics.median(row[1] for row in rows):.1f} s |")
    print()
    for column, what in enumerate(("time", "processors' time")):
        print(f"ours over one plain pass, {what}: {ratios(results, 'ours', 'pass', column)}")
        if "pytorch" in results:
            print(f"PyTorch over ours, {what}: {ratios(results, 'pytorch', 'ours', column)}")


def main():
    options = arguments()
    photos = sorted(glob.glob(os.path.join(options.photos, "*.[jJ][pP]*[gG]")))
    program = Program(options.build, options.threads)
    with tempfile.TemporaryDirectory() as scratch:
        weights, model, out, data, few = (os.path.join(scratch, name) for name in (
            "start.safetensors", "model.h5", "out.h5", "data", "few"))
        paths = write_pictures(os.path.join(data, "train"), photos, options.images)
        write_pictures(os.path.join(data, "val"), photos, 2 * N_CLASSES)
        random_weights.save_safetensors(random_weights.random_state(), weights)
        write_pictures(few, photos, 2 * N_CLASSES)
        program.run("train", "--weights", weights, "--data", few, "--out", model, "--freeze", "all",
                    "--epochs", "1", "--val-fraction", "0.5")
        contestants = {
            "pass": lambda: program.run("evaluate", "--weights", model, "--data",
                                        os.path.join(data, "train"), "--batch", str(BATCH)),
            "ours": lambda: program.run(
                "train", "--weights", weights, "--data", data, "--out", out, "--freeze", "all",
                "--optimizer", "adam", "--epochs", str(options.epochs), "--batch", str(BATCH)),
        }
        if options.torch_images:
            head = PyTorch(weights, paths[:options.torch_images], options.threads)
            contestants["pytorch"] = lambda: head.run(options.images * options.epochs)
        print_table(measure(contestants, options.rounds))


if __name__ == "__main__":
    main()
