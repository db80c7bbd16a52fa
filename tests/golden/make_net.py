#!/usr/bin/env python3
"""Remakes tests/golden/net/: what torch finds for networks whose weights both sides draw.

Needs: torch (2.13), torchvision, numpy. Run: python3 tests/golden/make_net.py

names.txt    torchvision's state_dict names in order, with shapes
archs.txt    of each of its residual networks: depth, groups, width per group, how many tensors (as in
             names.txt), how many learning values, and the CRC-32 of what names.txt has for it
expected.txt per case its settings, then logits of the running statistics; the first step's loss,
             of each gradient the norm and two products with drawn vectors, the same of the moved
             statistics; and ten losses of plain SGD. All computed in double.
With an argument the script also prints how far float32 torch is from that.
"""
import math
import os
import sys
import zlib

import numpy as np
import torch

OPERATORS = torch.library.Library("torchvision", "DEF")  # its wheel may not match torch's build
for operator in ("nms", "qnms"):
    OPERATORS.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision  # noqa: E402

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "net")
N_CLASSES = 7

# name, variant, epsilon, pool padded, statistics kept, label smoothing, class weights, n, h, w, rate
CASES = [
    ("v1.5", 2, 1e-5, 1, 0, 0.0, 0, 6, 64, 64, 0.0001),
    ("v1", 1, 1.001e-5, 1, 0, 0.1, 1, 6, 64, 64, 0.0001),
    ("v1-unpadded", 1, 1e-3, 0, 0, 0.0, 0, 7, 64, 49, 0.0001),
    ("v1.5-kept", 2, 1e-3, 1, 1, 0.0, 0, 3, 64, 64, 0.000003),
]


def mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def draw(count, stream, low, high):
    """tests/unit/draw.h over lib/core/rng.c, as float32."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        key = mix(np.uint64(2015) + golden)
        key = mix(key ^ (np.uint64(1) + golden))
        key = mix(key + np.uint64(stream) * golden + np.uint64(1))
        key = mix(key + np.uint64(2))
        bits = mix(key + np.arange(1, count + 1, dtype=np.uint64) * golden)
    uniform = (bits >> np.uint64(11)).astype(np.float64) * 2.0 ** -53
    return (low + (high - low) * uniform).astype(np.float32)


def draw_param(index, name, shape):
    """tests/unit/net/network.h: batch norms that keep most values away from ReLU's corner."""
    count = math.prod(shape)
    stream = 1000 + index
    if len(shape) == 4:
        bound = math.sqrt(6.0 / (count // shape[0]))
        values = draw(count, stream, -bound, bound)
    elif len(shape) == 2:
        bound = 0.3 / math.sqrt(shape[1])
        values = draw(count, stream, -bound, bound)
    elif name == "fc.bias":
        values = draw(count, stream, -0.1, 0.1)
    elif name.endswith("running_mean"):
        values = draw(count, stream, -0.2, 0.2)
    elif name.endswith("running_var"):
        values = draw(count, stream, 0.5, 1.5)
    elif name.endswith("bias"):
        values = draw(count, stream, -0.5, 0.5)
        values = values + np.where(values < 0, -3, 3).astype(np.float32)
    elif ".bn3." in name:
        values = draw(count, stream, 0.1, 0.5)
    else:
        values = draw(count, stream, 0.5, 1.5)
    return torch.from_numpy(values.reshape(shape))


def tensors_of(network):
    return [(name, value) for name, value in network.state_dict().items()
            if "num_batches_tracked" not in name]


def make_network(case, dtype):
    _, variant, epsilon, padded, *_ = case
    network = torchvision.models.resnet50(num_classes=N_CLASSES).to(dtype)
    for index, (name, value) in enumerate(tensors_of(network)):
        value.copy_(draw_param(index, name, tuple(value.shape)))
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = float(np.float32(epsilon))
    if variant == 1:
        for layer in (network.layer2, network.layer3, network.layer4):
            layer[0].conv1.stride, layer[0].conv2.stride = (2, 2), (1, 1)
    if not padded:
        network.maxpool.padding = 0
    return network


def project(tensor, index):
    values = tensor.detach().double().numpy().ravel()
    products = [values @ draw(values.size, 2000 + 2 * index + k, -1, 1).astype(np.float64)
                for k in range(2)]
    return [float(np.linalg.norm(values)), *map(float, products)]


def run(case, dtype):
    name, _, _, _, kept, smoothing, weighted, n, h, w, rate = case
    network = make_network(case, dtype)
    images = torch.from_numpy(draw(n * 3 * h * w, 1, -1, 1).reshape(n, 3, h, w)).to(dtype)
    labels = torch.arange(n) * 3 % N_CLASSES
    weights = torch.from_numpy(draw(N_CLASSES, 2, 0.5, 2)).to(dtype) if weighted else None
    criterion = torch.nn.CrossEntropyLoss(weight=weights,
                                          label_smoothing=float(np.float32(smoothing)))
    network.eval()
    with torch.no_grad():
        logits = network(images)
    network.train(not kept)
    index_of = {key: index for index, (key, _) in enumerate(tensors_of(network))}
    lines, losses = [], []
    for step in range(10):
        network.zero_grad()
        loss = criterion(network(images), labels)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            for key, value in network.named_parameters():
                lines.append(("gradient", key, project(value.grad, index_of[key])))
            for key, value in network.named_buffers():
                if key.endswith(("mean", "var")) and not kept:
                    lines.append(("statistic", key, project(value, index_of[key])))
        with torch.no_grad():
            for value in network.parameters():
                value -= float(np.float32(rate)) * value.grad
    return logits.double().numpy().ravel(), lines, losses


def numbers(values):
    return " ".join(f"{value:.9g}" for value in values)


def compare_float(case, logits, lines, losses):
    logits32, lines32, losses32 = run(case, torch.float32)
    print(case[0], "logits", np.abs(logits - logits32).max() / np.abs(logits).max(),
          "losses", np.abs(np.array(losses) / np.array(losses32) - 1).max())
    worst = max((np.abs(np.array(a[2]) - b[2]).max() / a[2][0], a[1]) for a, b in
                zip(lines, lines32))
    print("  worst tensor", worst, "losses", numbers(losses))


# torchvision's name, depth, groups, width per group
ARCHS = [
    ("resnet18", 18, 1, 64),
    ("resnet34", 34, 1, 64),
    ("resnet50", 50, 1, 64),
    ("resnet101", 101, 1, 64),
    ("resnet152", 152, 1, 64),
    ("wide_resnet50_2", 50, 1, 128),
    ("wide_resnet101_2", 101, 1, 128),
    ("resnext50_32x4d", 50, 32, 4),
    ("resnext101_32x8d", 101, 32, 8),
    ("resnext101_64x4d", 101, 64, 4),
]


def describe_arch(name):
    with torch.device("meta"):
        model = getattr(torchvision.models, name)()
    lines = [f"{key} {','.join(map(str, value.shape))}\n" for key, value in tensors_of(model)]
    n_values = sum(value.numel() for value in model.parameters())
    return f"{len(lines)} {n_values} {zlib.crc32(''.join(lines).encode()):08x}"


def main():
    torch.manual_seed(0)
    os.makedirs(HERE, exist_ok=True)
    with open(os.path.join(HERE, "names.txt"), "w") as file:
        for name, value in tensors_of(torchvision.models.resnet50()):
            file.write(f"{name} {','.join(map(str, value.shape))}\n")
    with open(os.path.join(HERE, "archs.txt"), "w") as file:
        for name, *numbers_of in ARCHS:
            file.write(f"{name} {' '.join(map(str, numbers_of))} {describe_arch(name)}\n")
    with open(os.path.join(HERE, "expected.txt"), "w") as file:
        for case in CASES:
            logits, lines, losses = run(case, torch.float64)
            file.write("case " + " ".join(f"{field}" for field in case) + "\n")
            file.write(f"logits {numbers(logits)}\n")
            for kind, key, values in lines:
                file.write(f"{kind} {key} {numbers(values)}\n")
            file.write(f"losses {numbers(losses)}\n")
            if len(sys.argv) > 1:
                compare_float(case, logits, lines, losses)


if __name__ == "__main__":
    main()
