#!/usr/bin/env python3
"""Whole ResNet-50 files as the frameworks write them, read by the library and compared bit by bit;
and the library's files read back by the frameworks.

    ninja -C BUILD tests/unit/store/store_dump
    python store_check.py --build BUILD [--folder FOLDER]

Needs torch, torchvision, keras with tensorflow, h5py, safetensors and numpy, and 1 GB in FOLDER (a
temporary one by default). Prints a line for each file; the exit status is 1 when any differs.
SPDX-License-Identifier: MIT
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import keras
import numpy as np
import safetensors.torch
import torch

library = torch.library.Library("torchvision", "DEF")
for operator in ("nms", "qnms"):  # so that torchvision imports beside a torch it was not built for
    try:
        library.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    except RuntimeError:
        pass
import torchvision

parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
parser.add_argument("--build", default=os.environ.get("RESNET50_BUILD", "build"))
parser.add_argument("--folder", default=None)
arguments = parser.parse_args()
DUMP = pathlib.Path(arguments.build) / "tests/unit/store/store_dump"
FOLDER = pathlib.Path(arguments.folder or tempfile.mkdtemp())
failures = 0


def report(ok, text):
    global failures
    failures += not ok
    print("ok  " if ok else "FAIL", text, flush=True)


def load(path, *copies):
    """What the library makes of a file: ({name: array}, facts), or its message."""
    done = subprocess.run([DUMP, FOLDER / "dump", path, *copies], capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stdout.strip() + done.stderr
    facts = json.loads((FOLDER / "dump.json").read_text())
    values = np.fromfile(FOLDER / "dump.bin", "f4")
    tensors, start = {}, 0
    for entry in facts.pop("tensors"):
        count = int(np.prod(entry["dims"]))
        tensors[entry["name"]] = values[start : start + count].reshape(entry["dims"])
        start += count
    return tensors, facts


def check(path, expected, **facts):
    found, said = load(path)
    if found is None:
        return report(False, f"{path.name}: {said}")
    same = set(found) == set(expected) and all(
        np.array_equal(found[name], expected[name]) for name in expected)
    wrong = {key: said[key] for key, value in facts.items()
             if abs(said[key] - value) > 1e-9}
    report(same and not wrong, f"{path.name}: {len(found)} tensors, {said['format']} {wrong or ''}")


def check_refused(path, *words):
    found, said = load(path)
    report(found is None and all(word in said for word in words), f"{path.name}: {said}")


# PyTorch


def make_torchvision():
    torch.manual_seed(0)
    model = torchvision.models.resnet50(weights=None)
    for name, value in model.state_dict().items():
        if value.dtype != torch.float32:
            value.fill_(7)
        else:
            value.normal_(0, 0.05)
            if name.endswith("running_var"):
                value.abs_().add_(0.5)
    return model


def numpy_of(state):
    return {name: value.detach().float().numpy() for name, value in state.items()
            if "num_batches" not in name}


def hugging_face_name(name):
    parts = name.split(".")
    kind = lambda is_conv: "convolution" if is_conv else "normalization"
    if parts[0] == "fc":
        return "classifier.1." + parts[1]
    if not parts[0].startswith("layer"):
        return f"resnet.embedder.embedder.{kind(parts[0] == 'conv1')}.{parts[1]}"
    base = f"resnet.encoder.stages.{int(parts[0][5]) - 1}.layers.{parts[1]}."
    if parts[2] == "downsample":
        return f"{base}shortcut.{kind(parts[3] == '0')}.{parts[4]}"
    return f"{base}layer.{int(parts[2][-1]) - 1}.{kind(parts[2][:4] == 'conv')}.{parts[3]}"


def flip_dims(value):
    """The same tensor, its dimensions stored in reverse order."""
    order = tuple(reversed(range(value.dim())))
    return value.permute(order).contiguous().permute(order)


def check_torch():
    model = make_torchvision()
    state = model.state_dict()
    expected = numpy_of(state)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    flat = torch.cat([value.float().reshape(-1) for value in state.values()])
    views, start = {}, 0
    for name, value in state.items():
        views[name] = flat[start : start + value.numel()].view(value.shape)
        start += value.numel()
    files = {
        "zip": (state, {}),
        "before_1.6": (state, {"_use_new_zipfile_serialization": False}),
        "protocol4": (state, {"pickle_protocol": 4}),
        "parameters": (dict(model.named_parameters()) | dict(model.named_buffers()), {}),
        "module": ({"module." + name: value for name, value in state.items()}, {}),
        "wrapped": ({"model": state}, {}),
        "checkpoint": ({"epoch": 3, "best": torch.tensor(1.5), "args": argparse.Namespace(lr=0.1),
                        "state_dict": state, "optimizer": optimizer.state_dict()}, {}),
        "shared": (views, {}),
        "shared_before_1.6": (views, {"_use_new_zipfile_serialization": False}),
        "strided": ({name: flip_dims(value) for name, value in state.items()}, {}),
        "double": ({name: value.double() for name, value in state.items()}, {}),
    }
    for name, (content, options) in files.items():
        path = FOLDER / f"torch_{name}.pth"
        torch.save(content, path, **options)
        check(path, expected, variant=2, bn_epsilon=np.float32(1e-5), resize=256)
        path.unlink()
    for dtype in (torch.float16, torch.bfloat16):
        halves = {name: value.to(dtype) if value.dtype == torch.float32 else value
                  for name, value in state.items()}
        path = FOLDER / f"torch_{str(dtype)[6:]}.pth"
        torch.save(halves, path)
        check(path, numpy_of(halves))
        path.unlink()
    path = FOLDER / "torchvision.safetensors"
    safetensors.torch.save_file({name: value.contiguous() for name, value in state.items()}, path)
    check(path, expected)
    path = FOLDER / "hugging_face.safetensors"
    safetensors.torch.save_file(
        {hugging_face_name(name): value.contiguous() for name, value in state.items()}, path)
    check(path, expected, resize=256, crop=224)
    check_torch_refusals(model)
    check_own_files(state)


def check_torch_refusals(model):
    path = FOLDER / "refused.pth"
    for name, words in [("resnet18", ["layer1.0.conv1.weight", "[64,64,3,3]", "ResNet-18"]),
                        ("resnet101", ["layer3.6.bn1", "not a part", "ResNet-101"]),
                        ("wide_resnet50_2", ["[128,64,1,1]", "Wide ResNet"]),
                        ("resnext50_32x4d", ["[128,64,1,1]"]),
                        ("vgg11", ["no first convolution"])]:
        torch.save(torchvision.models.get_model(name).state_dict(), path)
        check_refused(path, *words)
    torch.save(model, path)
    check_refused(path, "torchvision.models.resnet.ResNet", "state_dict")
    wrong = dict(model.state_dict())
    wrong["layer2.0.conv1.weight"] = torch.zeros(128, 256, 3, 3)
    torch.save(wrong, path)
    check_refused(path, "layer2.0.conv1.weight: expected [128,256,1,1], file has [128,256,3,3]")
    path.unlink()


def check_own_files(state):
    """torch to our HDF5 and safetensors: both to the frameworks and back, the same bytes again."""
    source = FOLDER / "source.pth"
    torch.save(state, source)
    copies = [FOLDER / "own.h5", FOLDER / "own.safetensors"]
    again = [FOLDER / "again.h5", FOLDER / "again.safetensors"]
    load(source, *copies)
    expected = numpy_of(state)
    model = keras.applications.ResNet50(weights=None)
    model.load_weights(copies[0])
    found = keras_tensors(model)
    report(all(np.array_equal(found[name], expected[name]) for name in expected),
           "our HDF5 in keras.applications.ResNet50.load_weights")
    found = numpy_of(safetensors.torch.load_file(copies[1]))
    report(found.keys() == expected.keys() and
           all(np.array_equal(found[name], expected[name]) for name in expected),
           "our safetensors in safetensors.torch.load_file")
    torchvision.models.resnet50().load_state_dict(
        safetensors.torch.load_file(copies[1]) |
        {name: value for name, value in state.items() if "num_batches" in name})
    for copy in copies:
        check(copy, expected, variant=2)
        load(copy, *again)
        report(all(a.read_bytes() == b.read_bytes() for a, b in zip(copies, again)),
               f"{copy.name} written again has the same bytes")


# Keras


def keras_base(layer):
    """'conv3_block1_0_conv' to torchvision's 'layer2.0.downsample.0'."""
    if layer in ("conv1_conv", "conv1_bn"):
        return "conv1" if layer == "conv1_conv" else "bn1"
    stage, block, number, part = layer.split("_")
    base = f"layer{int(stage[4:]) - 1}.{int(block[5:]) - 1}."
    if number == "0":
        return base + ("downsample.0" if part == "conv" else "downsample.1")
    return base + part + number


def keras_tensors(model):
    names = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias",
             "moving_mean": "running_mean", "moving_variance": "running_var"}
    order = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
    tensors = {}
    dense = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.Dense)]
    for layer in model._flatten_layers():
        for weight in layer.weights if not isinstance(layer, keras.Model) else []:
            value = weight.numpy()
            if layer in dense:
                last = layer is dense[-1]
                base = "fc" if last else f"fc.hidden{dense.index(layer)}"
            else:
                base = keras_base(layer.name)
            tensors[f"{base}.{names[weight.name]}"] = value.transpose(order[value.ndim])
    return tensors


def randomise(model):
    rng = np.random.default_rng(0)
    for weight in model.weights:
        value = rng.standard_normal(weight.shape).astype("f4") * 0.05
        positive = "variance" in weight.path or "gamma" in weight.path
        weight.assign(np.abs(value) + 0.5 if positive else value)


def keras_models():
    top = keras.applications.ResNet50(weights=None)
    yield "top", top, {"crop": 224, "head_pooling": 0}
    body = keras.applications.ResNet50(weights=None, include_top=False)
    yield "notop", body, {"head_pooling": 0}
    yield "sequential", keras.Sequential([
        keras.Input((224, 224, 3)), body, keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(64, activation="relu"), keras.layers.Dropout(0.3),
        keras.layers.Dense(5, activation="softmax")]), {
            "head_pooling": 0, "head_activation": 1, "head_dropout": np.float32(0.3)}
    pooled = keras.layers.GlobalAveragePooling2D()(body.output)
    yield "grown", keras.Model(body.input, keras.layers.Dense(7)(pooled)), {"head_pooling": 0}
    pooled = keras.layers.GlobalAveragePooling2D()(body.output)
    yield "sigmoid", keras.Model(
        body.input, keras.layers.Dense(1, activation="sigmoid")(pooled)), {"head_pooling": 0}
    image = keras.Input((160, 160, 3))
    pooled = keras.layers.GlobalMaxPooling2D()(body(image, training=False))
    yield "nested", keras.Model(image, keras.layers.Dense(7)(pooled)), {
        "head_pooling": 1, "crop": 160}


def check_keras():
    for name, model, facts in keras_models():
        randomise(model)
        expected = keras_tensors(model)
        common = {"variant": 1, "bn_epsilon": np.float32(1.001e-5), "stem_pool": 1}
        for suffix in (".weights.h5", "_model.h5", ".keras"):
            path = FOLDER / f"keras_{name}{suffix}"
            if name == "sigmoid":  # becomes the logits 0 and z
                for tensor in ("fc.weight", "fc.bias"):
                    if len(expected[tensor]) == 1:
                        expected[tensor] = np.concatenate(
                            [np.zeros_like(expected[tensor]), expected[tensor]])
            if suffix == ".weights.h5":
                model.save_weights(path)
                check(path, expected, **common)
                check_counted(path, expected)
            else:
                model.save(path)
                check(path, expected, **common, **facts)
            path.unlink()
        if name == "top":
            check_old_names(model, expected)
    other = keras.applications.ResNet50V2(weights=None)
    path = FOLDER / "v2.weights.h5"
    other.save_weights(path)
    check_refused(path, "V2")


def check_counted(path, expected):
    """Keras 3 before 3.7 kept no names; TensorFlow 2.13 called the root otherwise."""
    copy = FOLDER / ("counted_" + path.name)
    shutil.copy(path, copy)
    with h5py.File(copy, "a") as file:
        file.visititems(lambda name, item: item.attrs.pop("name", None) and None)
        file.move("layers", "_layer_checkpoint_dependencies")
    check(copy, expected)
    copy.unlink()


def old_name(layer):
    if layer in ("conv1_conv", "conv1_bn", "predictions"):
        return {"conv1_conv": "conv1", "conv1_bn": "bn_conv1", "predictions": "fc1000"}[layer]
    stage, block, number, part = layer.split("_")
    branch = {"0": "1", "1": "2a", "2": "2b", "3": "2c"}[number]
    letter = chr(ord("a") + int(block[5:]) - 1)
    return f"{'res' if part == 'conv' else 'bn'}{stage[4:]}{letter}_branch{branch}"


def write_old(path, model, keras_1=False, theano=False, backend=b"tensorflow"):
    spell = {"kernel": "W", "bias": "b", "moving_mean": "running_mean",
             "moving_variance": "running_std"}
    with h5py.File(path, "w") as file:
        layers = [layer for layer in model.layers if layer.weights]
        file.attrs["layer_names"] = [old_name(layer.name).encode() for layer in layers]
        if backend:
            file.attrs["backend"] = backend
            file.attrs["keras_version"] = b"2.0.5"
        for layer in layers:
            name = old_name(layer.name)
            group, names = file.create_group(name), []
            for weight in layer.weights:
                value = weight.numpy()
                if theano and value.ndim == 4:
                    value = value.transpose(3, 2, 0, 1)[:, :, ::-1, ::-1]
                short = spell.get(weight.name, weight.name)
                names.append(f"{name}_{short}:0" if keras_1 else f"{name}/{weight.name}:0")
                group.create_dataset(names[-1], data=value)
            group.attrs["weight_names"] = [text.encode() for text in names]


def check_old_names(model, expected):
    path = FOLDER / "keras_2015.h5"
    write_old(path, model)
    check(path, expected, variant=1, bn_epsilon=np.float32(1e-3), stem_pool=1)
    write_old(path, model, keras_1=True, backend=None)
    check(path, expected, bn_epsilon=np.float32(1e-3))
    write_old(path, model, theano=True, backend=b"theano")
    check(path, expected)
    write_old(path, model, theano=True, backend=None)
    check_refused(path, "Theano")
    path.unlink()


if __name__ == "__main__":
    check_torch()
    check_keras()
    sys.exit(failures > 0)
