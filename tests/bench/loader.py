#!/usr/bin/env python3
"""Images a second decoded, resized to 256 and cropped to 224: this library's loader against torchvision's transforms.

    ninja -C BUILD tests/unit/data/loader_worker
    python3 tests/bench/loader.py BUILD/tests/unit/data/loader_worker FOLDER [ROUNDS]

FOLDER holds a folder of images per class. torch (see requirements.txt) and torchvision (0.29; of it the transforms alone are
used, so `pip install --no-deps` will do) run in the same process for one worker, and in a DataLoader of four processes for four. Rounds are interleaved; medians are printed.
"""
import statistics
import subprocess
import sys
import time


def measure_ours(worker, folder, n_workers, shrink):
    """One warm epoch, then one that counts."""
    command = [worker, folder, str(n_workers), str(shrink), "2"]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def make_torch_loader(folder, n_workers):
    import torch
    keep = []
    try:
        import torchvision
    except RuntimeError:  # built without its operators, of which none is needed here
        for name in list(sys.modules):
            if name.startswith("torchvision"):
                del sys.modules[name]
        keep.append(torch.library.Library("torchvision", "DEF"))
        for name in "nms", "qnms":
            keep[0].define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision
    from torchvision import transforms
    from torchvision.datasets import ImageFolder
    torch.set_num_threads(1)
    steps = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
                                transforms.Normalize([.485, .456, .406], [.229, .224, .225])])
    loader = torch.utils.data.DataLoader(ImageFolder(folder, steps), 32, shuffle=True,
                                         num_workers=n_workers if n_workers > 1 else 0,
                                         persistent_workers=n_workers > 1)
    loader.keep = keep
    return loader


def measure_torch(loader):
    start = time.monotonic()
    n = sum(len(labels) for _, labels in loader)
    return n / (time.monotonic() - start)


def main():
    worker, folder = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    for n_workers in 1, 4:
        loader = make_torch_loader(folder, n_workers)
        measure_torch(loader)
        figures = {"torchvision": [], "exact": [], "shrink": []}
        for _ in range(rounds):
            figures["torchvision"].append(measure_torch(loader))
            figures["exact"].append(measure_ours(worker, folder, n_workers, 0))
            figures["shrink"].append(measure_ours(worker, folder, n_workers, 1))
        base = statistics.median(figures["torchvision"])
        for name, values in figures.items():
            median = statistics.median(values)
            print(f"{n_workers} workers  {name:12} {median:8.1f} images/s  best {max(values):8.1f}"
                  f"  {median / base:5.2f} x torchvision")


if __name__ == "__main__":
    main()
