"""transfer.py TRAIN TEST: what a network that knows eight classes gives for learning two others.

TRAIN and TEST are folders with one folder of JPEG files a class, such as CIFAR-10 written as
pictures. ResNet-50 learns all classes but two at 32x32; then it is taught those two with a few
pictures of each, in three ways: a new head on frozen features, the last stage fine-tuned as well,
and everything from scratch. Each seed draws other pictures and another order. Everything is done by
the program `resnet50`; its commands are printed. While it learns it only glances at ten other
pictures a class, so that nothing is chosen by what is measured in the end. Learning rates are to be
chosen on --measure-on rest: training pictures that no road has seen.
"""
import argparse
import json
import os
import random
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

from refs.binding import add_build_argument

PRETRAIN = ("--size 32 --batch 128 --lr 0.05 --schedule cosine --warmup 1 --weight-decay 5e-4 "
            "--zero-init-residual --augment light --seed 1")
ROADS = {
    "frozen features, new head": (True, "--freeze all --optimizer adam --lr 1e-3 --epochs 100 "
                                        "--batch 50"),
    "last stage fine-tuned": (True, "--freeze layer3 --head-epochs 100 --lr 0.001 --epochs 20 "
                                    "--schedule cosine --batch 50"),
    "from scratch": (False, "--size 32 --lr 0.02 --schedule cosine --warmup 5 --epochs 60 "
                            "--batch 50 --zero-init-residual --augment light"),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--left-out", default="cat,truck", metavar="A,B", help="default cat,truck")
    parser.add_argument("--epochs", type=int, default=8, help="of the pretraining, default 8")
    parser.add_argument("--per-class", type=int, default=50, metavar="N", help="default 50")
    parser.add_argument("--seeds", default="1,2,3", metavar="LIST", help="default 1,2,3")
    parser.add_argument("--pretrained", metavar="FILE.h5",
                        help="kept there, and used if it exists (default: learnt and forgotten)")
    parser.add_argument("--measure-on", choices=("test", "rest"), default="test",
                        help="TEST, or 1000 other pictures a class of TRAIN (default test)")
    parser.add_argument("--road", action="append", default=[], metavar="NAME=OPTIONS",
                        help="other options for a road, whose name may be shortened; only the "
                             "roads given are taken")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="default: all processors")
    add_build_argument(parser)
    return parser.parse_args()


class Program:
    def __init__(self, build, threads):
        self.path = os.path.join(build, "examples", "resnet50", "resnet50")
        self.threads = threads

    def run(self, command, options, **paths):
        """The JSON document of one command; the command is printed."""
        words = [command, *shlex.split(options)]
        for name, path in paths.items():
            words += [f"--{name}", path]
        print("$ resnet50", *(os.path.basename(w) if w in paths.values() else w for w in words),
              flush=True)
        words += ["--threads", str(self.threads), "--json"]
        done = subprocess.run([self.path, *words], capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        return json.loads(done.stdout)


def link_classes(folder, source, classes):
    """`folder` with the class folders of `source` that are named."""
    os.makedirs(folder)
    for name in classes:
        os.symlink(os.path.abspath(os.path.join(source, name)), os.path.join(folder, name))


def link_files(folder, source, name, files):
    os.makedirs(os.path.join(folder, name))
    for file in files:
        os.symlink(os.path.abspath(os.path.join(source, name, file)),
                   os.path.join(folder, name, file))


def pretrain(program, options, classes, scratch):
    """The network of `classes`; says how well it knows them."""
    known = os.path.join(scratch, "known")
    link_classes(os.path.join(known, "train"), options.train, classes)
    link_classes(os.path.join(known, "test"), options.test, classes)
    weights = options.pretrained or os.path.join(scratch, "known.h5")
    if not os.path.exists(weights):
        result = program.run("train", f"{PRETRAIN} --epochs {options.epochs}",
                             data=known, out=weights)
        speed = statistics.median(epoch["images_per_second"] for epoch in result["epochs"])
        print(f"  {len(classes)} classes: top-1 {100 * result['validation']['top1']:.2f} %, "
              f"median of epochs {speed:.0f} images/s")
    return weights


def draw_pictures(options, seed, classes, scratch):
    """Folders of the pictures to learn from and, of TRAIN, 1000 others a class."""
    few, rest = (os.path.join(scratch, f"{name}-{seed}") for name in ("few", "rest"))
    rng = random.Random(seed)
    for name in classes:
        files = sorted(os.listdir(os.path.join(options.train, name)))
        rng.shuffle(files)
        chosen, others = files[:options.per_class], files[options.per_class:]
        link_files(os.path.join(few, "train"), options.train, name, chosen)
        link_files(os.path.join(few, "val"), options.train, name, others[-10:])
        link_files(rest, options.train, name, others[:1000])
    return few, rest


def take_road(program, options, road, weights, seed, folders):
    """(accuracy in per cent, images/s of the last epochs, seconds) of one road with one seed."""
    starts_known, words = road
    few, measured, scratch = folders
    model = os.path.join(scratch, "two.h5")
    paths = dict(data=few, out=model, **({"weights": weights} if starts_known else {}))
    start = time.perf_counter()
    result = program.run("train", f"{words} --seed {seed}", **paths)
    seconds = time.perf_counter() - start
    speed = statistics.median(epoch["images_per_second"] for epoch in result["epochs"][-20:])
    judged = program.run("evaluate", "", data=measured, weights=model)
    print(f"  {100 * judged['top1']:.2f} % of {judged['images']} pictures, {speed:.0f} images/s, "
          f"{seconds:.1f} s in all", flush=True)
    return 100 * judged["top1"], speed, seconds


def roads_of(options):
    """{name: (starts from the pretrained network, options)}, those asked for."""
    if not options.road:
        return ROADS
    roads = {}
    for text in options.road:
        name, words = text.split("=", 1)
        (full,) = [known for known in ROADS if known.startswith(name)]
        roads[f"{full}: {words}"] = (ROADS[full][0], words)
    return roads


def print_table(results, seeds):
    print("\n| | " + " | ".join(f"seed {seed}" for seed in seeds) +
          " | mean | standard deviation | images/s | whole run |\n|---|" +
          "---:|" * (len(seeds) + 4))
    for name, rows in results.items():
        accuracies = [row[0] for row in rows]
        spread = statistics.stdev(accuracies) if len(rows) > 1 else float("nan")
        print(f"| {name} | " + " | ".join(f"{value:.2f} %" for value in accuracies) +
              f" | {statistics.mean(accuracies):.2f} % | {spread:.2f} | "
              f"{statistics.median(row[1] for row in rows):.0f} | "
              f"{statistics.median(row[2] for row in rows):.1f} s |")


def main():
    options = arguments()
    left_out = sorted(options.left_out.split(","))
    classes = sorted(set(os.listdir(options.train)) - set(left_out))
    seeds = [int(seed) for seed in options.seeds.split(",")]
    program, results = Program(options.build, options.threads), {}
    with tempfile.TemporaryDirectory() as scratch:
        weights = pretrain(program, options, classes, scratch)
        link_classes(os.path.join(scratch, "test"), options.test, left_out)
        for seed in seeds:
            few, rest = draw_pictures(options, seed, left_out, scratch)
            measured = rest if options.measure_on == "rest" else os.path.join(scratch, "test")
            for name, road in roads_of(options).items():
                results.setdefault(name, []).append(
                    take_road(program, options, road, weights, seed, (few, measured, scratch)))
    print_table(results, seeds)


if __name__ == "__main__":
    main()
