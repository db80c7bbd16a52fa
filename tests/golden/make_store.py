#!/usr/bin/env python3
"""Makes tests/golden/store/ again: tiny weight files as the frameworks write them, and
expected.json, the tensors that each holds.

Needs torch, keras with tensorflow, h5py, safetensors and numpy (made with torch 2.13, keras 3.15,
h5py 3.14 and safetensors 0.8).

    python3 tests/golden/make_store.py

expected.json: {"tensors": {FILE: {KEY: {"dims": [...], "values": [...]}}}, in the file's own
layout; "values" is left out where a type is not read. "refused": {FILE: word of the message}}.
SPDX-License-Identifier: MIT
"""
import argparse
import collections
import datetime
import io
import json
import os
import pathlib
import pickle
import struct
import tarfile
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import keras
import numpy as np
import safetensors.torch
import torch

HERE = pathlib.Path(__file__).parent / "store"
expected = {}
refused = {}


def expect(name, tensors):
    expected[name] = {
        key: {"dims": list(np.shape(value)), "values": np.ravel(np.asarray(value, "f8")).tolist()}
        for key, value in tensors.items()
    }


def floats(*shape, start=0.0):
    return torch.arange(int(np.prod(shape)), dtype=torch.float32).reshape(shape) * 0.25 + start


def state_dict():
    """Every way a tensor may lie in its storage; quarters are exact in all types."""
    shared = floats(20, start=-2)
    return collections.OrderedDict(
        weight=floats(2, 3, start=1),
        transposed=floats(3, 4).t(),
        slice=shared[4:12].view(2, 4),
        other_slice=shared[10:14],
        parameter=torch.nn.Parameter(floats(5, start=3)),
        half=floats(3).half(),
        bfloat16=floats(2, 2).bfloat16(),
        double=floats(4).double(),
        scalar=torch.tensor(1.5),
        empty=torch.zeros(0, 3),
        num_batches_tracked=torch.tensor(7),
    )


def values_of(tensors):
    return {key: value.detach().float().numpy() for key, value in tensors.items()}


def expect_torch(name, tensors):
    expect(name, values_of(tensors))
    expected[name]["num_batches_tracked"].pop("values")


def make_torch():
    tensors = state_dict()
    for name, content, options in [
        ("torch_zip.pth", tensors, {}),
        ("torch_zip_protocol4.pth", tensors, {"pickle_protocol": 4}),
        ("torch_before_1.6.pth", tensors, {"_use_new_zipfile_serialization": False}),
        ("torch_checkpoint.pth",
         {"epoch": 3, "best": torch.tensor(0.5), "lr": 0.1, "big": 1 << 80, "none": None,
          "args": argparse.Namespace(lr=0.1, sizes=[1, 2], mode=("a", {"b"})),
          "accuracy": np.float64(0.5), "state_dict": tensors}, {}),
        ("torch_nested.pth", {"model": {"state_dict": dict(tensors)}}, {}),
    ]:
        torch.save(content, HERE / name, **options)
        expect_torch(name, tensors)


def make_extras():
    """What scripts keep beside the weights, and several state dicts side by side."""
    tensors = state_dict()
    torch.save({"milestones": collections.Counter([3, 5]), "dtype": torch.float16,
                "path": pathlib.PurePosixPath("/tmp/x"), "when": datetime.datetime(2024, 5, 6),
                "losses": np.arange(4.0), "device": torch.device("cpu"),
                "criterion": torch.nn.CrossEntropyLoss(weight=floats(3)),
                "optimizer": torch.optim.SGD([floats(2)], 0.1).state_dict(),
                "set": {1}, "frozen": frozenset([1]), "slice": slice(3), "model": tensors},
               HERE / "torch_extras.pth")
    expect_torch("torch_extras.pth", tensors)
    some = {"weight": floats(2, 3), "bias": floats(2)}
    averaged = {"module.weight": floats(2, 3, start=9), "n_averaged": torch.tensor(2)}
    torch.save({"model": some, "model_ema": averaged, "epoch": 1}, HERE / "torch_averaged.pth")
    expect_torch("torch_averaged.pth",
                 {f"model.{key}": value for key, value in some.items()}
                 | {f"model_ema.{key}": value for key, value in averaged.items()}
                 | {"num_batches_tracked": torch.tensor(7)})
    del expected["torch_averaged.pth"]["num_batches_tracked"]
    del expected["torch_averaged.pth"]["model_ema.n_averaged"]["values"]
    # Deflated, and tensors that take turns between two storages of zeros.
    left, right = torch.zeros(1 << 16), torch.zeros(1 << 16)
    turns = {f"t{i}": (right if i % 2 else left)[i : i + 2] for i in range(64)}
    stored, path = io.BytesIO(), HERE / "torch_turns.pth"
    torch.save(turns, stored)
    with zipfile.ZipFile(stored) as source, zipfile.ZipFile(path, "w") as archive:
        for entry in source.infolist():
            archive.writestr(zipfile.ZipInfo(entry.filename), source.read(entry),
                             zipfile.ZIP_DEFLATED, 9)
    expect(path.name, values_of(turns))


class Evil:
    def __reduce__(self):
        return os.system, ("exit 1",)


def make_refused():
    torch.save({"conv1.weight": Evil()}, HERE / "evil_zip.pth")
    torch.save({"conv1.weight": Evil()}, HERE / "evil_before_1.6.pth",
               _use_new_zipfile_serialization=False)
    (HERE / "evil.pickle").write_bytes(pickle.dumps(Evil(), protocol=2))
    (HERE / "evil_protocol0.pickle").write_bytes(pickle.dumps(Evil(), protocol=0))
    torch.save(torch.nn.Linear(2, 2), HERE / "whole_model.pth")
    (HERE / "plain.pickle").write_bytes(pickle.dumps({"a": 1}))
    torch.save([1, 2], HERE / "list.pth")
    with zipfile.ZipFile(HERE / "script.pt", "w") as archive:  # what marks a TorchScript archive
        archive.writestr("script/data.pkl", pickle.dumps({}, protocol=2))
        archive.writestr("script/constants.pkl", pickle.dumps((), protocol=2))
    with h5py.File(HERE / "not_keras.h5", "w") as file:
        file["x"] = np.zeros(3)
    external = HERE / "external.h5"
    with h5py.File(external, "w") as file:
        group = file.create_group("c")
        group.create_dataset("c/kernel:0", (2, 2), "f4", external=[("/etc/passwd", 0, 16)])
        group.attrs["weight_names"] = [b"c/kernel:0"]
        file.attrs["layer_names"] = [b"c"]
    with h5py.File(HERE / "external_link.h5", "w") as file:
        file.attrs["layer_names"] = [b"c"]
        file["c"] = h5py.ExternalLink(external.name, "/c")
    with h5py.File(HERE / "unwritten.h5", "w") as file:
        group = file.create_group("c")
        group.create_dataset("c/kernel:0", (16384, 16384), "f4", chunks=(64, 64))
        group.attrs["weight_names"] = [b"c/kernel:0"]
        file.attrs["layer_names"] = [b"c"]
    refused.update({
        "evil_zip.pth": "posix.system", "evil_before_1.6.pth": "posix.system",
        "evil.pickle": "posix.system", "evil_protocol0.pickle": "posix.system",
        "whole_model.pth": "torch.nn.modules.linear.Linear", "plain.pickle": "bare pickle",
        "list.pth": "no state dict", "script.pt": "TorchScript", "not_keras.h5": "layer_names",
        "external.h5": "outside the file", "external_link.h5": "another file",
        "unwritten.h5": "holds no data",
    })


def record(first, second, name):
    """A pickled (first, second, torch.<name>)."""
    inner = pickle.dumps((first, second), protocol=2)[2:-1]
    inner = inner[: inner.rindex(b"\x86")]  # the two, without the tuple of them
    return b"\x80\x02" + inner + b"ctorch\n" + name + b"\n\x87."


class Reference:
    def __init__(self, key):
        self.key = key


class ReferencePickler(pickle.Pickler):
    def persistent_id(self, obj):
        return obj.key if isinstance(obj, Reference) else None


def make_torch_tar():
    """As torch.serialization._legacy_load reads it; nothing writes it any more."""
    tensors = {key: value for key, value in state_dict().items()
               if value.dtype == torch.float32 and key != "parameter"}
    storages = pickle.dumps(len(tensors), protocol=2)
    records = pickle.dumps(len(tensors), protocol=2)
    for row, value in enumerate(tensors.values()):
        flat = value.untyped_storage()
        storages += record(1000 + row, "cpu", b"FloatStorage")
        storages += struct.pack("<q", len(flat) // 4) + bytes(flat)
        records += record(70000 + row, 1000 + row, b"FloatTensor")
        records += struct.pack("<i4x", value.dim())
        records += struct.pack(f"<{2 * value.dim() + 1}q", *value.shape, *value.stride(),
                               value.storage_offset())
    storages += pickle.dumps([], protocol=2)
    names = collections.OrderedDict(
        (key, Reference(str(70000 + row))) for row, key in enumerate(tensors))
    pickled = io.BytesIO()
    ReferencePickler(pickled, protocol=2).dump(names)
    path = HERE / "torch_2016.pth"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in [("storages", storages), ("tensors", records),
                           ("pickle", pickled.getvalue())]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    loaded = torch.load(path, weights_only=False)
    assert all(torch.equal(loaded[key], tensors[key]) for key in tensors)
    expect(path.name, values_of(tensors))


def make_safetensors():
    tensors = {key: value.detach().contiguous().clone() for key, value in state_dict().items()}
    safetensors.torch.save_file(tensors, HERE / "tensors.safetensors", metadata={"format": "pt"})
    expect_torch("tensors.safetensors", tensors)
    # An odd offset is allowed and occurs.
    header = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[1,9]},' \
             b'"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}} '
    data = b"\x05" + struct.pack("<2f", 1.5, -2.25)
    (HERE / "odd.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + data)
    expect("odd.safetensors", {"a": [1.5, -2.25], "b": [0]})
    expected["odd.safetensors"]["b"].pop("values")


LAYERS = {  # as Keras keeps them: kernels [h][w][in][out]
    "c": {"kernel": (3, 3, 1, 2), "bias": (2,)},
    "n": {"gamma": (2,), "beta": (2,), "moving_mean": (2,), "moving_variance": (2,)},
    "d": {"kernel": (2, 3), "bias": (3,)},
}
KERAS_1 = {"kernel": "W", "bias": "b", "moving_mean": "running_mean",
           "moving_variance": "running_std"}


def layer_values():
    start = 0
    values = {}
    for layer, variables in LAYERS.items():
        for variable, shape in variables.items():
            count = int(np.prod(shape))
            values[f"{layer}/{variable}"] = (np.arange(start, start + count) / 8.0).reshape(shape)
            start += count
    return values


def write_h5(name, texts, spell, dtype="<f4", chunked=False, **options):
    """A Keras 1 or 2 file: `texts` makes an attribute of a list of names."""
    values = layer_values()
    with h5py.File(HERE / name, "w", track_order=False) as file:
        layers = ["input", *LAYERS]
        if chunked:
            file.attrs["layer_names0"] = texts(layers[:2])
            file.attrs["layer_names1"] = texts(layers[2:])
        else:
            file.attrs["layer_names"] = texts(layers)
        file.create_group("input").attrs["weight_names"] = []
        for layer, variables in LAYERS.items():
            group = file.create_group(layer)
            names = [spell(layer, variable) for variable in variables]
            for weight, variable in zip(names, variables):
                group.create_dataset(weight, data=values[f"{layer}/{variable}"].astype(dtype),
                                     track_times=False, **options)
            group.attrs["weight_names"] = texts(names)
    expect(name, values)


def make_h5():
    encoded = lambda names: [name.encode() for name in names]
    fixed = lambda names: np.array(encoded(names))
    keras_2 = lambda layer, variable: f"{layer}/{variable}:0"
    keras_1 = lambda layer, variable: f"{layer}_{KERAS_1.get(variable, variable)}:0"
    write_h5("keras_2_bytes.h5", encoded, keras_2)
    write_h5("keras_2_fixed.h5", fixed, keras_2, chunked=True)
    write_h5("keras_2_str.h5", list, keras_2, compression="gzip")
    write_h5("keras_2_scoped.h5", fixed, lambda layer, v: f"{layer}_1/{v}_2:0", dtype=">f8")
    write_h5("keras_1.h5", encoded, keras_1, dtype="<f2")


def make_keras():
    keras.utils.set_random_seed(1)
    body = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Conv2D(2, 3, name="c"),
         keras.layers.BatchNormalization(name="n", epsilon=0.002)], name="body")
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), body, keras.layers.GlobalMaxPooling2D(name="g"),
         keras.layers.Dropout(0.25), keras.layers.Dense(3, name="d")])
    values = layer_values()
    for layer in [*body.layers, model.get_layer("d")]:
        layer.set_weights([values[f"{layer.name}/{variable}"] for variable in LAYERS[layer.name]])
    model.save(HERE / "keras_3.keras")
    model.save(HERE / "keras_3_model.h5")
    model.save_weights(HERE / "keras_3.weights.h5")
    body.save_weights(HERE / "keras_3_counted.weights.h5")
    with h5py.File(HERE / "keras_3_counted.weights.h5", "a") as file:  # as before 3.7
        file.visititems(lambda name, item: item.attrs.pop("name", None) and None)
    for name in ["keras_3.keras", "keras_3_model.h5", "keras_3.weights.h5"]:
        expect(name, values)
    half = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="d", dtype="bfloat16")])
    half.layers[0].set_weights([np.arange(6).reshape(3, 2) / 4, np.array([-1, 0.5])])
    half.save_weights(HERE / "keras_3_bfloat16.weights.h5")
    expect("keras_3_bfloat16.weights.h5",
           {"d/kernel": np.arange(6).reshape(3, 2) / 4, "d/bias": [-1, 0.5]})
    counted = {"c": "conv2d", "n": "batch_normalization"}
    expect("keras_3_counted.weights.h5",
           {f"{counted[layer]}/{variable}": values[f"{layer}/{variable}"]
            for layer in counted for variable in LAYERS[layer]})


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    make_torch()
    make_extras()
    make_torch_tar()
    make_refused()
    make_safetensors()
    make_h5()
    make_keras()
    lines = [f'{json.dumps(name)}: {json.dumps(tensors)}' for name, tensors in expected.items()]
    text = '{"tensors": {\n' + ",\n".join(lines) + '},\n"refused": ' + json.dumps(refused) + "}\n"
    (HERE / "expected.json").write_text(text)
